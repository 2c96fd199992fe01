"""Indicators from returns: hand-computed values, sums over sums, intervals by kind, what is missing and why."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import OptkommunenError, UnknownIndicatorError, UnknownUnitError, ValueTableError
from optkommunen.indicators import intervals
from optkommunen.indicators.rates import COLUMNS, computable, indicator
from optkommunen.validate import check_values

YEAR = [f"2008-{month:02}" for month in range(1, 13)]
COUNTS = {
    "bg": 80, "persons": 150, "ehb": 100, "ehb_u25": 20, "ehb_employed": 25, "eingliederungen": 2,
    "eingliederungen_u25": 1, "aktivierte": 15, "aktivierte_u25": 5, "sanktionen": 1, "sanktionen_u25": 0,
}  # fmt: skip
ANNUAL = {
    "staff_total": 2.0, "staff_integration": 0.8, "staff_u25": 0.16, "cost_total": 960_000.0,
    "cost_transfers": 480_000.0, "cost_kdu": 288_000.0, "cost_administration": 96_000.0,
}  # fmt: skip


def months(kommune="M01", periods=YEAR, status="synthetic", **counts):
    return pd.DataFrame({"kommune": kommune, "period": periods, **COUNTS, **counts, "status": status})


def year(kommune="M01", period="2008", status="synthetic", **values):
    return pd.DataFrame({"kommune": [kommune], "period": period, **ANNUAL, **values, "status": status})


def returns(monthly=None, annual=None, units=None):
    return SimpleNamespace(
        monthly=months() if monthly is None else monthly, annual=year() if annual is None else annual, units=units
    )


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.mark.parametrize(
    ("name", "want"),
    [("bg", 80), ("ehb_reported", 100), ("persons_per_bg", 150 / 80), ("eingliederungsquote", 2.0),
     ("eingliederungsquote_u25", 5.0), ("aktivierungsquote", 15.0), ("aktivierungsquote_u25", 25.0),
     ("beschaeftigtenquote", 25.0), ("sanktionsquote", 1.0), ("sanktionsquote_u25", 0.0), ("cost_total_per_bg", 1000.0),
     ("cost_transfers_per_bg", 500.0), ("cost_kdu_per_bg", 300.0), ("cost_administration_per_bg", 100.0),
     ("betreuungsrelation_1", 50.0), ("betreuungsrelation_2", 125.0), ("betreuungsrelation_u25", 125.0)],
)  # fmt: skip
def test_each_indicator_by_hand(name, want):
    row = only(indicator(name, returns()))
    assert row["value"] == pytest.approx(want)
    assert (row["kommune"], row["period"], row["indicator"], row["status"]) == ("M01", "2008", name, "synthetic")
    assert row["n_months"] == 12


def test_the_hand_computed_list_is_complete():
    cases = test_each_indicator_by_hand.pytestmark[0].args[1]
    assert {name for name, _ in cases} == set(computable())


def test_a_result_has_key_and_columns_in_order_and_passes_the_gate():
    result = indicator("bg", returns())
    assert list(result.columns) == ["kommune", *COLUMNS]
    check_values(result)


@pytest.mark.parametrize(
    ("name", "method"),
    [("eingliederungsquote", "byar"), ("sanktionsquote_u25", "exact"), ("aktivierungsquote", "wilson"),
     ("beschaeftigtenquote", "wilson"), ("bg", "none"), ("persons_per_bg", "none"), ("cost_kdu_per_bg", "none"),
     ("betreuungsrelation_2", "none")],
)  # fmt: skip
def test_the_kind_decides_the_interval(name, method):
    row = only(indicator(name, returns()))
    assert row["method"] == method
    assert np.isnan(row["lower"]) == (method == "none")


def test_a_rate_of_events_over_a_year_takes_its_events_over_the_sum_of_the_stocks():
    row = only(indicator("eingliederungsquote", returns()))
    limits = intervals.byar([24])
    assert (row["numerator"], row["denominator"]) == (24, 1200)
    assert row["lower"] == pytest.approx(100 * limits.lower[0] / 1200)
    assert row["upper"] == pytest.approx(100 * limits.upper[0] / 1200)


def test_a_quota_over_a_year_takes_the_mean_stock_not_the_sum_of_months():
    row = only(indicator("aktivierungsquote", returns()))
    limits = intervals.wilson(15, 100)
    assert (row["numerator"], row["denominator"]) == (15, 100)
    assert (row["lower"], row["upper"]) == pytest.approx((100 * limits.lower, 100 * limits.upper))


def test_a_quota_that_changes_over_the_year_divides_the_means():
    frame = months(ehb=range(100, 1300, 100), aktivierte=range(12))
    row = only(indicator("aktivierungsquote", frame))
    assert (row["numerator"], row["denominator"]) == (5.5, 650)


def test_months_come_as_reported():
    frame = months(eingliederungen=range(12), status="observed")
    rates = indicator("eingliederungsquote", frame, time="month")
    assert rates["value"].tolist() == pytest.approx(list(range(12)))
    assert set(rates["status"]) == {"derived"}
    assert set(indicator("bg", frame, time="month")["status"]) == {"observed"}


def test_a_rate_of_events_may_exceed_100():
    assert only(indicator("eingliederungsquote", months(eingliederungen=150)))["value"] == 150


# ---- groups: sums over sums

THREE = pd.concat([months("M01"), months("M02", ehb=1000, eingliederungen=5), months("M03", ehb=50)])
RINGS = pd.DataFrame({"kommune": ["M03", "M01", "M02"], "ring": ["R-II", "R-I", "R-I"]})


def test_a_ring_is_a_sum_over_a_sum_not_a_mean_of_rates():
    ring = indicator("eingliederungsquote", THREE, by=RINGS).set_index("ring")
    assert ring.at["R-I", "value"] == pytest.approx(100 * (2 + 5) / 1100)
    assert ring.at["R-I", "n"] == 2
    assert ring.at["R-II", "value"] == pytest.approx(4)


def test_groups_come_from_units_from_the_frame_or_from_an_assignment_alike():
    from_units = indicator("bg", returns(THREE, units=RINGS), by="ring")
    from_frame = indicator("bg", THREE.merge(RINGS, on="kommune"), by="ring")
    pd.testing.assert_frame_equal(from_units, indicator("bg", THREE, by=RINGS))
    pd.testing.assert_frame_equal(from_units, from_frame)


def test_columns_of_groups_may_be_combined():
    units = RINGS.assign(land=["L01", "L01", "L02"])
    both = indicator("bg", returns(THREE, units=units), by=["ring", "land"])
    assert both[["ring", "land"]].to_numpy().tolist() == [["R-I", "L01"], ["R-I", "L02"], ["R-II", "L01"]]


def test_everything_is_one_group():
    row = only(indicator("eingliederungsquote", THREE, by="all"))
    assert (row["all"], row["n"]) == ("all", 3)
    assert row["value"] == pytest.approx(100 * 9 / 1150)


def test_costs_of_a_ring_are_all_euros_over_all_bg():
    data = returns(pd.concat([months("M01"), months("M02", bg=320)]), pd.concat([year("M01"), year("M02")]))
    row = only(indicator("cost_total_per_bg", data, by="all"))
    assert row["value"] == pytest.approx(2 * 960_000 / 12 / 400)


def test_betreuungsrelation_of_a_ring_is_a_ratio_of_sums():
    data = returns(pd.concat([months("M01"), months("M02", ehb=900)]), pd.concat([year("M01"), year("M02")]))
    assert only(indicator("betreuungsrelation_1", data, by="all"))["value"] == pytest.approx(1000 / 4)


@pytest.mark.parametrize(
    ("by", "message"),
    [("ring", "'ring' is in none of them. Pass a frame of kommune and 'ring'"),
     (RINGS.iloc[:2], "column 'ring' has none for M02"), (pd.concat([RINGS, RINGS[:1]]), "more than once here: M03"),
     (RINGS.assign(ring=["", "R-I", "R-I"]), "column 'ring' has none for M03"),
     (RINGS.rename(columns={"ring": "part"}).assign(land="L01"), r"one column of groups.*found kommune, part, land"),
     (RINGS.rename(columns={"ring": "note"}), "may not be named 'note'")],
    ids=["nowhere", "not all", "twice", "empty", "too wide", "taken"],
)  # fmt: skip
def test_groups_that_are_none_are_refused(by, message):
    with pytest.raises(ValueTableError, match=message):
        indicator("bg", THREE, by=by)


def test_a_municipality_that_changes_its_group_is_refused():
    frame = months().assign(ring=["R-I"] * 6 + ["R-II"] * 6)
    with pytest.raises(ValueTableError, match="one group of the column 'ring'; more than once here: M01"):
        indicator("bg", frame, by="ring")


# ---- levels


def test_several_levels_come_long_in_the_order_asked_for():
    two = indicator("eingliederungsquote", THREE, level=(0.95, 0.998))
    assert two["kommune"].tolist() == ["M01", "M01", "M02", "M02", "M03", "M03"]
    assert two["level"].tolist() == [0.95, 0.998] * 3
    assert (two["upper"][1::2].to_numpy() > two["upper"][::2].to_numpy()).all()


@pytest.mark.parametrize("name", computable())
def test_switching_off_changes_nothing_but_the_interval(name):
    data = returns(THREE, pd.concat([year("M01"), year("M02"), year("M03")]))
    on, off = indicator(name, data), indicator(name, data, level=None)
    interval = ["lower", "upper", "level", "method"]
    pd.testing.assert_frame_equal(on.drop(columns=interval), off.drop(columns=interval))
    assert off[["lower", "upper", "level"]].isna().all(axis=None)
    assert set(off["method"]) == {"none"}
    assert off["level"].dtype == "float64"


def test_a_level_of_95_is_refused():
    with pytest.raises(OptkommunenError, match=r"Write 0\.95"):
        indicator("bg", months(), level=95)


# ---- what is missing, and why


def test_a_month_that_is_missing_leaves_numerator_and_denominator_of_that_month_out():
    frame = months(eingliederungen=[None, *[2] * 11], ehb=[9_999, *[100] * 11], status="observed")
    row = only(indicator("eingliederungsquote", frame))
    assert (row["value"], row["denominator"], row["n_months"]) == (pytest.approx(2), 1100, 11)
    assert row["status"] == "estimated"
    assert row["note"] == "11 of 12 months: no value of eingliederungen (2008-01)"


def test_a_month_without_a_row_is_not_reported():
    row = only(indicator("aktivierungsquote", months(periods=YEAR).iloc[:-2]))
    assert (row["n_months"], row["denominator"]) == (10, 100)
    assert row["note"] == "10 of 12 months: aktivierte and ehb not reported (2008-11, 2008-12)"


def test_an_unusable_month_enters_nothing_and_its_reason_is_told():
    frame = months(status=["unusable", *["synthetic"] * 11], ehb=[-5, *[100] * 11])
    frame["note"] = ["entered twice", *[""] * 11]
    row = only(indicator("ehb_reported", frame))
    assert (row["value"], row["n_months"]) == (100, 11)
    assert row["note"] == "11 of 12 months: unusable: entered twice (2008-01)"


@pytest.mark.parametrize("status", ["unusable", "suppressed", "missing"])
def test_missing_in_is_missing_out_with_the_status_and_the_reason(status):
    frame = pd.concat([months("M01", status=status), months("M02")])
    row = indicator("eingliederungsquote", frame).iloc[0]
    assert np.isnan(row["value"])
    assert np.isnan(row["lower"])
    assert (row["method"], row["status"], row["note"]) == ("none", status, status)
    assert (row["n"], row["n_missing"], row["n_months"]) == (0, 1, 0)


def test_a_ring_leaves_out_who_has_no_value_from_both_parts_and_names_them():
    frame = pd.concat([months("M01", eingliederungen=None), months("M02", ehb=1000, eingliederungen=5)])
    row = only(indicator("eingliederungsquote", frame, by="all"))
    assert row["value"] == pytest.approx(0.5)
    assert (row["n"], row["n_missing"], row["status"], row["note"]) == (1, 1, "synthetic", "without M01")


def test_a_ring_says_who_has_months_missing_and_how_many_are_estimated():
    frame = pd.concat([months("M01", status="observed").iloc[1:], months("M02", status="observed"),
                       months("M03", status="missing")])  # fmt: skip
    row = only(indicator("bg", frame, by="all"))
    assert (row["value"], row["n"], row["n_estimated"], row["n_missing"]) == (160, 2, 1, 1)
    assert (row["status"], row["n_months"]) == ("estimated", 11)
    assert row["note"] == "without M03; months missing in M01"


def test_each_municipality_says_whether_it_is_estimated():
    frame = pd.concat([months("M01", status="estimated"), months("M02"), months("M03", status="missing")])
    table = indicator("bg", frame)
    assert table[["n", "n_estimated", "n_missing"]].to_numpy().tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]


@pytest.mark.parametrize(("status", "told"), [("suppressed", "suppressed"), ("unusable", "missing")])
def test_a_group_without_any_value_is_missing_or_suppressed(status, told):
    row = only(indicator("bg", months(status=status), by="all"))
    assert (row["status"], row["note"], row["n_missing"]) == (told, "no member has a value", 1)


def test_an_annual_figure_is_not_divided_by_an_incomplete_year():
    row = only(indicator("cost_total_per_bg", returns(months().iloc[1:])))
    assert np.isnan(row["value"])
    assert row["status"] == "missing"
    assert row["note"] == (
        "an annual figure needs all twelve months beside it; 11 of 12 months: bg not reported (2008-01)"
    )


def test_a_year_of_which_one_side_is_not_reported_is_missing_with_the_side():
    data = returns(pd.concat([months("M01"), months("M02")]), pd.concat([year("M01"), year("M01", "2007")]))
    result = indicator("betreuungsrelation_1", data).set_index(["kommune", "period"])
    assert result.at[("M01", "2008"), "value"] == 50
    assert result.at[("M01", "2007"), "note"] == "ehb not reported"
    assert result.at[("M02", "2008"), "note"] == "staff_total not reported"


def test_a_municipality_of_the_units_that_reports_nothing_is_missing_not_absent():
    units = pd.DataFrame({"kommune": ["M01", "M02"], "ring": "R-I"})
    alone = indicator("bg", returns(units=units)).set_index("kommune")
    assert alone.at["M02", "note"] == "bg not reported"
    ring = only(indicator("cost_total_per_bg", returns(units=units), by="ring"))
    assert (ring["value"], ring["n"], ring["n_missing"], ring["note"]) == (1000, 1, 1, "without M02")
    cost = indicator("cost_total_per_bg", returns(units=units)).set_index("kommune")
    assert cost.at["M02", "note"] == "bg not reported; cost_total not reported"


def test_nullable_whole_numbers_give_what_floats_give():
    frame = months(eingliederungen=[None, *[2] * 11])
    nullable = frame.astype({"eingliederungen": "Int64", "ehb": "Int64"})
    for name in ("eingliederungsquote", "ehb_reported"):
        pd.testing.assert_frame_equal(indicator(name, nullable), indicator(name, frame))


def test_annual_returns_without_a_row_leave_the_monthly_indicators_alone():
    data = returns(annual=year().iloc[:0])
    assert only(indicator("eingliederungsquote", data))["value"] == pytest.approx(2)
    assert only(indicator("cost_total_per_bg", data))["note"] == "cost_total not reported"


def test_no_staff_is_a_denominator_of_0():
    row = only(indicator("betreuungsrelation_2", returns(annual=year(staff_integration=0))))
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "the denominator is 0 (staff_integration)")


@pytest.mark.parametrize(("name", "events"), [("eingliederungsquote_u25", 0), ("aktivierungsquote_u25", 0)])
def test_nobody_in_the_stock_has_no_rate(name, events):
    frame = months(ehb_u25=0, eingliederungen_u25=events, aktivierte_u25=events)
    row = only(indicator(name, frame))
    assert np.isnan(row["value"])
    assert (row["method"], row["status"], row["note"]) == ("none", "missing", "the denominator is 0 (ehb_u25)")


@pytest.mark.parametrize(("name", "method"), [("sanktionsquote", "exact"), ("aktivierungsquote", "wilson")])
def test_a_zero_numerator_is_a_value_of_0_with_an_upper_limit(name, method):
    row = only(indicator(name, months(sanktionen=0, aktivierte=0)))
    assert (row["value"], row["lower"], row["method"]) == (0, 0, method)
    assert row["upper"] > 0


def test_an_averaged_number_of_events_has_a_value_but_no_interval():
    row = only(indicator("eingliederungsquote", months(eingliederungen=2.5)))
    assert row["value"] == pytest.approx(2.5)
    assert (row["method"], row["note"]) == ("none", "no interval: the number of events is an average")


def test_halves_that_add_up_to_a_whole_number_are_still_averages():
    frame = pd.concat([months("M01", eingliederungen=0.5), months("M02")])
    assert only(indicator("eingliederungsquote", frame, by="all"))["method"] == "none"


# ---- input that breaks the form


@pytest.mark.parametrize(
    ("frame", "message"),
    [(months().drop(columns="status"), "not found: status"), (months().drop(columns="ehb"), "needs the column 'ehb'"),
     (pd.concat([months(), months()]), "more than once here: M01/2008-01, M01/2008-02, M01/2008-03 and 9 more"),
     (months(ehb=-1), "'ehb' is not in 12 rows, the first: M01, 2008-01: -1"), (months(ehb=np.inf), "inf"),
     (months(ehb="viele"), "viele"), (months(status="sure"), "found sure"),
     (months(periods=["2008-13", *YEAR[1:]]), "like '2008-03'; found '2008-13'"),
     (months().iloc[:0], "found 0 rows"), (SimpleNamespace(), "found SimpleNamespace")],
    ids=["status", "column", "twice", "negative", "infinite", "text", "vocabulary", "period", "empty", "object"],
)  # fmt: skip
def test_returns_that_break_their_form_are_refused(frame, message):
    with pytest.raises(ValueTableError, match=message):
        indicator("eingliederungsquote", frame)


def test_more_activated_than_ehb_is_refused_with_place_and_month():
    frame = months(aktivierte=[15, 120, *[15] * 10])
    with pytest.raises(ValueTableError, match=r"aktivierte exceeds ehb.*M01, 2008-02: 120 of 100"):
        indicator("aktivierungsquote", frame, time="month")


def test_one_impossible_month_is_refused_also_where_the_mean_of_the_year_hides_it():
    frame = months(aktivierte=[15, 120, *[15] * 10])
    with pytest.raises(ValueTableError, match=r"aktivierte exceeds ehb.*2008-02"):
        indicator("aktivierungsquote", frame)


def test_an_annual_figure_has_no_month():
    with pytest.raises(ValueTableError, match=r"'cost_total' is reported once a year.*time='year'"):
        indicator("cost_total_per_bg", returns(), time="month")


def test_a_time_that_is_none_is_refused():
    with pytest.raises(ValueTableError, match="'month' or 'year'; found 'quarter'"):
        indicator("bg", months(), time="quarter")


@pytest.mark.parametrize(
    ("name", "message"),
    [("ehb", "counterpart in the returns is ehb_reported"), ("k2", "Computed: bg, ehb_reported"),
     ("eingliederungsqoute", "Near to it: eingliederungsquote")],
)  # fmt: skip
def test_what_is_not_computed_is_refused_with_what_is(name, message):
    with pytest.raises(UnknownIndicatorError, match=message):
        indicator(name, months())


# ---- the base


def test_another_base_stands_in_the_result_and_in_the_unit():
    row = only(indicator("eingliederungsquote", months(), base="persons"))
    assert row["value"] == pytest.approx(100 * 2 / 150)
    assert (row["base"], row["unit"]) == ("persons", "eingliederungen per 100 persons and month")
    usual = only(indicator("eingliederungsquote", months()))
    assert (usual["base"], usual["unit"]) == ("ehb", "per 100 eHb and month")


def test_a_count_has_no_base():
    with pytest.raises(ValueTableError, match="is a count and is divided by nothing"):
        indicator("bg", months(), base="ehb")


# ---- annual frames, and figures of a year in place of months


def test_events_of_a_year_over_its_mean_stock_are_a_rate_per_month_too():
    frame = pd.DataFrame(
        {"kommune": ["M01"], "period": "2008", "eingliederungen": 24, "ehb": 100, "status": "observed"}
    )
    row = only(indicator("eingliederungsquote", frame))
    months_row = only(indicator("eingliederungsquote", months(status="observed")))
    assert (row["value"], row["lower"]) == (months_row["value"], months_row["lower"])


# ---- properties

CELL = st.one_of(st.none(), st.integers(0, 3_000))
PANEL = st.lists(st.tuples(CELL, CELL, st.integers(0, 2)), min_size=36, max_size=36)


def panel(cells):
    frame = pd.DataFrame(cells, columns=["aktivierte", "more", "group"])
    frame["ehb"] = frame["aktivierte"] + frame["more"]  # a part never exceeds its whole
    frame["eingliederungen"] = frame["aktivierte"]
    frame["kommune"] = [f"M{unit:02}" for unit in range(1, 7) for _ in range(6)]
    frame["period"] = [f"2008-{month:02}" for _ in range(6) for month in range(1, 7)]
    frame["ring"] = frame["kommune"].map(frame.groupby("kommune")["group"].first())
    return frame.assign(status="synthetic")


@settings(deadline=None, max_examples=20)
@given(PANEL, st.sampled_from(["eingliederungsquote", "aktivierungsquote"]), st.sampled_from(["month", "year"]))
def test_aggregates_are_sums_over_sums(cells, name, time):
    frame = panel(cells)
    units = indicator(name, frame, time=time).merge(frame[["kommune", "ring"]].drop_duplicates(), on="kommune")
    rings = indicator(name, frame, by="ring", time=time).set_index(["ring", "period"])
    parts = units.groupby(["ring", "period"])[["numerator", "denominator"]].sum(min_count=1)
    for column in ("numerator", "denominator"):
        np.testing.assert_allclose(rings[column], parts[column], rtol=1e-12)
    np.testing.assert_allclose(
        rings["value"], 100 * parts["numerator"] / parts["denominator"].replace(0, np.nan), rtol=1e-12
    )
    everything = indicator(name, frame, by="all", time=time).set_index("period")
    np.testing.assert_allclose(
        everything["numerator"], rings["numerator"].groupby("period").sum(min_count=1), rtol=1e-12
    )
    assert (everything["n"] + everything["n_missing"] == 6).all()


@settings(deadline=None, max_examples=10)
@given(PANEL, st.randoms(use_true_random=False), st.sampled_from([None, "ring", "all"]))
def test_the_order_of_the_rows_changes_nothing(cells, random, by):
    frame = panel(cells)
    order = list(range(len(frame)))
    random.shuffle(order)
    for name in ("eingliederungsquote", "aktivierungsquote", "ehb_reported"):
        pd.testing.assert_frame_equal(indicator(name, frame, by=by), indicator(name, frame.iloc[order], by=by))


@settings(deadline=None, max_examples=10)
@given(PANEL, st.sampled_from(["eingliederungsquote", "aktivierungsquote"]), st.sampled_from([None, "ring", "all"]))
def test_intervals_contain_the_value_and_the_wider_the_narrower(cells, name, by):
    result = indicator(name, panel(cells), by=by, level=(0.95, 0.998))
    known = result["value"].notna()
    slack = 1e-9 * result["value"].where(known)
    assert (result["lower"] <= result["value"] + slack)[known].all()
    assert (result["upper"] >= result["value"] - slack)[known].all()
    narrow, wide = (result[result["level"] == level].reset_index() for level in (0.95, 0.998))
    assert (wide["lower"] <= narrow["lower"])[wide["value"].notna()].all()
    assert (wide["upper"] >= narrow["upper"])[wide["value"].notna()].all()
    assert result["method"].eq("none").equals(~known)
    assert (result["note"] != "")[~known].all()


@settings(deadline=None, max_examples=10)
@given(PANEL)
def test_relabelling_the_municipalities_changes_nothing_but_labels(cells):
    frame = panel(cells)
    other = {key: f"X{key[1:]}" for key in frame["kommune"].unique()}
    result = indicator("eingliederungsquote", frame)
    renamed = indicator("eingliederungsquote", frame.assign(kommune=frame["kommune"].map(other)))
    pd.testing.assert_frame_equal(result.assign(kommune=result["kommune"].map(other)), renamed)


EVENTS_WITHOUT_STOCK = [("eingliederungsquote", "ehb", "eingliederungen"), ("sanktionsquote", "ehb", "sanktionen"),
                        ("persons_per_bg", "bg", "persons")]  # fmt: skip


@pytest.mark.parametrize(("name", "stock", "events"), EVENTS_WITHOUT_STOCK)
@pytest.mark.parametrize("time", ["month", "year"])
def test_events_without_a_stock_enter_no_sum_and_are_counted_as_missing(name, stock, events, time):
    frame = pd.concat([months("M01", ring="R-I"), months("M02", ring="R-I", **{stock: 0, events: 5})])
    alone = indicator(name, frame[frame["kommune"] == "M01"], time=time).set_index("period")
    for by in ("ring", "all"):
        table = indicator(name, frame, by=by, time=time).set_index("period")
        columns = ["value", "lower", "upper", "numerator", "denominator", "method"]
        pd.testing.assert_frame_equal(table[columns], alone[columns])
        assert set(zip(table["n"], table["n_missing"], table["note"], strict=True)) == {(1, 1, "without M02")}
    own = indicator(name, frame, time=time).query("kommune == 'M02'")
    assert own[["value", "lower", "upper", "numerator", "denominator"]].isna().all(axis=None)
    assert set(own["status"]) == {"missing"}
    assert set(own["note"]) == {f"the denominator is 0 ({stock})"}


def test_a_ring_compares_as_its_members_do():
    frame = pd.concat([months("M01", ["2008-03"], ehb=1000, eingliederungen=20, ring="R-I"),
                       months("M02", ["2008-03"], ehb=0, eingliederungen=5, ring="R-I")])  # fmt: skip
    assert only(indicator("eingliederungsquote", frame, by="ring", time="month"))["value"] == 2.0


def test_money_and_staff_without_their_base_enter_no_sum():
    data = returns(pd.concat([months("M01"), months("M02", bg=0, persons=0)]),
                   pd.concat([year("M01"), year("M02", staff_integration=0.0)]))  # fmt: skip
    for name, value in (("cost_total_per_bg", 1000.0), ("betreuungsrelation_2", 125.0)):
        row = only(indicator(name, data, by="all"))
        assert (row["value"], row["n"], row["n_missing"]) == (pytest.approx(value), 1, 1)


def test_a_month_of_events_without_a_stock_is_a_month_that_lacks():
    frame = months(ehb=[0, *[100] * 11], eingliederungen=[50, *[2] * 11])
    row = only(indicator("eingliederungsquote", frame))
    assert (row["value"], row["n_months"], row["status"]) == (2.0, 11, "synthetic")
    assert row["note"] == "11 of 12 months: the denominator is 0 (ehb) (2008-01)"


def test_a_month_without_stock_and_without_events_belongs_to_the_year():
    frame = months(ehb=[0, *[100] * 11], eingliederungen=[0, *[2] * 11])
    row = only(indicator("eingliederungsquote", frame))
    assert (row["value"], row["n_months"], row["note"]) == (2.0, 12, "")


def real(keys=("06438", "06436", "05117"), **columns):
    return pd.concat([months(key, status="observed", **columns) for key in keys])


REAL_RINGS = reconstructed()[reconstructed()["kommune"].isin(["06438", "06436", "05117"])]


@pytest.mark.parametrize(
    "by", [REAL_RINGS, REAL_RINGS[["kommune", "ring", "status"]], REAL_RINGS[["kommune", "ring"]], "ring", ["ring"]]
)
def test_sums_over_reconstructed_rings_are_estimated_on_every_road(by):
    ring = real()["kommune"].map(REAL_RINGS.set_index("kommune")["ring"])
    for name in ("eingliederungsquote", "aktivierungsquote", "bg"):
        table = indicator(name, real().assign(ring=ring), by=by)
        assert set(table["status"]) == set(table["ring_status"]) == {"estimated"}
        assert set(table["n_estimated"]) == {0}  # the values of the members are observed
    own = indicator("eingliederungsquote", real().assign(ring="mine"), by="ring")
    assert (own.columns[:2].tolist(), own["status"].tolist()) == (["ring", "period"], ["derived"])


def test_a_status_of_rings_in_the_returns_is_carried():
    frame = real().assign(ring="mine", ring_status="estimated")
    assert indicator("bg", frame, by="ring")[["ring", "ring_status", "status"]].iloc[0].tolist() == [
        "mine", "estimated", "estimated",
    ]  # fmt: skip


def test_groups_are_named_by_key_or_name_in_any_text_type():
    frame, ring = real(), pd.DataFrame({"kommune": ["06438", "06436", "05117"], "ring": ["a", "a", "b"]})
    want = indicator("eingliederungsquote", frame, by=ring)
    for other in (ring.astype("category"), ring.astype("string"),
                  ring.assign(kommune=["LK Offenbach", "Main-Taunus-Kreis", "Mülheim an der Ruhr"])):  # fmt: skip
        pd.testing.assert_frame_equal(indicator("eingliederungsquote", frame, by=other), want, check_dtype=False)
    pd.testing.assert_frame_equal(
        indicator("eingliederungsquote", frame.astype({"kommune": "category"}), by=ring), want, check_dtype=False
    )
    with pytest.raises(UnknownUnitError, match="found the number 6438"):
        indicator("eingliederungsquote", frame, by=ring.assign(kommune=[6438, 6436, 5117]))
