"""Indicators of the front equal the deep functions to the last digit, and carry who a row is of and its source."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.position import compare
from optkommunen.comparison.variance import difference
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.indicators import aggregate, rates, services
from optkommunen.indicators import conditions as deep_conditions
from optkommunen.indicators import service_supply as supply
from optkommunen.indicators.service_supply import service_profile
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL, write_own_returns
from tests.some_returns import some

RETURNS = load_returns()
MEMBER = ["kommune", "name", "ring", "ring_status"]


@pytest.fixture
def own(tmp_path):
    return load_returns(write_own_returns(tmp_path))


@pytest.mark.parametrize(
    "name", ["eingliederungsquote", "aktivierungsquote", "bg", "cost_kdu_per_bg", "persons_per_bg"]
)
@pytest.mark.parametrize("by", [None, "ring", "all", ["land", "ring"]])
def test_an_indicator_is_that_of_the_deep_function(name, by):
    front = ok.indicator(name, RETURNS, by=by)
    deep = rates.indicator(name, RETURNS, by)
    pd.testing.assert_frame_equal(front[list(deep.columns)], deep)
    assert set(front.columns) - set(deep.columns) == ({*MEMBER[1:], "source"} if by is None else {"source"})
    assert front["source"].unique().tolist() == [RETURNS.source]


def test_several_indicators_stand_below_each_other_in_the_order_asked_for():
    front = ok.indicator(["bg", "aktivierungsquote"], RETURNS, level=[0.8, 0.95])
    deep = [rates.indicator(name, RETURNS, level=[0.8, 0.95]) for name in ("bg", "aktivierungsquote")]
    pd.testing.assert_frame_equal(front[list(deep[0].columns)], pd.concat(deep, ignore_index=True))


def test_who_a_row_is_of_stands_before_its_period():
    front = ok.indicator("bg", RETURNS)
    assert list(front.columns[:6]) == [*MEMBER, "period", "indicator"]
    units = RETURNS.units.set_index("kommune")
    assert front["name"].equals(front["kommune"].map(units["name"]).rename("name"))
    assert front["ring"].equals(front["kommune"].map(units["ring"]).rename("ring"))
    assert set(front["ring_status"]) == {"synthetic"}


@pytest.mark.parametrize("period", [2008, "2008", [2007, 2008], range(2006, 2009)])
def test_periods_are_years_as_text_or_number(period):
    front = ok.indicator("eingliederungsquote", RETURNS, period=period)
    deep = rates.indicator("eingliederungsquote", RETURNS)
    wanted = [str(one) for one in (period if not isinstance(period, int | str) else [period])]
    assert front["value"].tolist() == deep.loc[deep["period"].isin(wanted), "value"].tolist()


def test_a_month_asked_for_is_the_month():
    front = ok.indicator("eingliederungsquote", RETURNS, period="2008-03")
    deep = rates.indicator("eingliederungsquote", RETURNS, time="month").query("period == '2008-03'")
    assert front["value"].tolist() == deep["value"].tolist()


@pytest.mark.parametrize("call", [ok.indicator, ok.service_indicator])
def test_a_period_that_is_not_there_is_refused_with_the_range(call):
    name = "service_coverage" if call is ok.service_indicator else "bg"
    first = "2005" if call is ok.service_indicator else "2006"
    with pytest.raises(ValueTableError, match=f"{first} to 2008; not there: 2011"):
        call(name, RETURNS, period=2011)


def test_a_frame_of_counts_does_as_well():
    front = ok.indicator("eingliederungsquote", RETURNS.monthly, period=2008)
    assert front["value"].tolist() == ok.indicator("eingliederungsquote", RETURNS, period=2008)["value"].tolist()
    assert front["ring"].tolist() == ok.indicator("eingliederungsquote", RETURNS, period=2008)["ring"].tolist()


def test_own_returns_without_rings_are_added_up_by_those_in_force(own):
    front = ok.indicator("eingliederungsquote", own, by="ring", period=2008)
    deep = rates.indicator("eingliederungsquote", own, ok.rings(own)).query("period == '2008'")
    assert front["value"].tolist() == deep["value"].tolist()
    assert set(front["ring_status"]) == {"estimated"}
    with pytest.raises(ValueTableError, match="has none for"):
        rates.indicator("eingliederungsquote", own, "ring")


def test_rings_of_one_s_own_are_a_mapping_of_names_too(own):
    pair = own.only(["06438", "05558"])
    front = ok.indicator("bg", pair, by={"Offenbach (Landkreis)": "A", "Coesfeld": "A"}, period=2008)
    assert front[["ring", "n"]].to_numpy().tolist() == [["A", 2]]


def test_real_rows_have_their_names_and_source(own):
    front = ok.indicator("bg", own, period=2008).set_index("kommune")
    assert front.at["06438", "name"] == "Offenbach (Landkreis)"
    assert front["source"].str.contains("sha256").all()


def test_the_table_of_an_indicator_goes_into_a_comparison_unchanged():
    for name in ("eingliederungsquote", "aktivierungsquote", "cost_kdu_per_bg"):
        front = ok.indicator(name, RETURNS)
        deep = compare(rates.indicator(name, RETURNS), RETURNS.units[["kommune", "ring"]])
        pd.testing.assert_frame_equal(compare(front, ok.rings(RETURNS)), deep)


@pytest.mark.parametrize("by", [None, "ring", "all"])
def test_an_indicator_of_the_services_is_that_of_the_deep_function(by):
    front = ok.service_indicator(["service_coverage", "service_takeup"], RETURNS, by=by)
    deep = [services.service_indicator(name, RETURNS, by) for name in ("service_coverage", "service_takeup")]
    pd.testing.assert_frame_equal(front[list(deep[0].columns)], pd.concat(deep, ignore_index=True))


def test_one_service_is_chosen_by_its_name():
    front = ok.service_indicator("service_coverage", RETURNS, service="debt")
    assert front["service"].unique().tolist() == ["debt"]
    with pytest.raises(ValueTableError, match="A service is one of childcare"):
        ok.service_indicator("service_coverage", RETURNS, service="Schulden")


def test_the_wrong_function_for_an_indicator_names_the_right_one():
    with pytest.raises(UnknownIndicatorError, match=r"ok\.service_indicator"):
        ok.indicator("service_coverage", RETURNS)
    with pytest.raises(UnknownIndicatorError, match=r"ok\.indicator"):
        ok.service_indicator("bg", RETURNS)


def test_the_profile_of_a_year_is_that_of_the_deep_function():
    front, deep = ok.service_profile(RETURNS, period=2008), service_profile(RETURNS, 2008)
    renamed = front.rename(columns={"indicator": "feature"})[list(deep.columns)]
    pd.testing.assert_frame_equal(renamed, deep)
    assert sorted(ok.service_profile(RETURNS)["period"].unique()) == ["2005", "2006", "2007", "2008"]


@pytest.mark.parametrize(
    ("what", "deep"),
    [
        ("offer", supply.service_supply),
        ("waiting", supply.waiting),
        ("breadth", supply.breadth),
        ("recording", supply.recording_bounds),
    ],
)
def test_the_supply_of_services_is_that_of_the_deep_functions(what, deep):
    expected = deep(RETURNS)
    pd.testing.assert_frame_equal(ok.service_supply(RETURNS, what=what)[list(expected.columns)], expected)
    of_2008 = ok.service_supply(RETURNS, what=what, period=2008)
    assert of_2008["period"].unique().tolist() == ["2008"]


def test_waiting_times_of_rings_are_those_in_force(own):
    front = ok.service_supply(own, what="waiting", by="ring")
    assert set(front["ring"]) == set(ok.rings(own)["ring"])
    with pytest.raises(ValueTableError, match="found 'price'"):
        ok.service_supply(own, what="price")


def half_recorded():
    """Returns of which M01 to M09 record half of those served by debt counselling, and M10 does not say."""
    rows = RETURNS.services
    debt = rows["service"] == "debt"
    half = (rows["served"] // 2).where(debt & (rows["kommune"] < "M10"), rows["recorded"])
    return replace(RETURNS, services=rows.assign(recorded=half.mask(debt & (rows["kommune"] == "M10"))))


def test_the_recording_of_groups_and_of_all_together_are_sums_of_persons():
    returns = half_recorded()
    table = ok.service_supply(returns, what="recording", by="ring", period=2008, total=True)
    rows = returns.services.query("service == 'debt' and period == '2008' and kommune != 'M10'")
    rows = rows.merge(returns.units[["kommune", "ring"]])
    both = pd.concat([rows, rows.assign(ring="all")]).groupby("ring")
    sums = both[["need", "served", "recorded"]].sum().astype(float)
    found = table.query("service == 'debt'").set_index("ring").loc[sums.index]
    close = {"rtol": 1e-12, "check_names": False}
    pd.testing.assert_series_equal(found["value"], 100 * sums["served"] / sums["need"], **close)
    pd.testing.assert_series_equal(found["lower"], 100 * sums["recorded"] / sums["need"], **close)
    pd.testing.assert_series_equal(found["recorded"], 100 * sums["recorded"] / sums["served"], **close)
    known = rows.assign(most=rows["need"].where(rows["recorded"] < rows["served"], rows["served"]))
    most = pd.concat([known, known.assign(ring="all")]).groupby("ring")["most"].sum().astype(float)
    pd.testing.assert_series_equal(found["upper"], 100 * most / sums["need"], **close)
    assert found.loc["all", ["incomplete", "n", "n_missing"]].tolist() == [9, 68, 1]


def test_the_breadth_of_groups_and_of_all_together_is_the_median_of_members_and_its_range():
    rows = RETURNS.services
    nobody = (rows["kommune"] < "M31") & (rows["service"] == "care") | (rows["kommune"] == "M02") & (rows["need"] > 0)
    returns = replace(RETURNS, services=rows.assign(served=rows["served"].mask(nobody, 0)))
    table = ok.service_supply(returns, what="breadth", by="ring", period=2008, total=True).set_index("ring")
    served = returns.services.query("period == '2008'").groupby("kommune")["served"].agg(lambda n: (n > 0).sum())
    ring = returns.units.set_index("kommune")["ring"]
    everybody = pd.concat([served.groupby(ring).agg(["median", "min", "max"]),
                           served.groupby(lambda _: "all").agg(["median", "min", "max"])])  # fmt: skip
    found = table.loc[everybody.index, ["value", "lower", "upper"]]
    assert found.to_numpy().tolist() == everybody.to_numpy(dtype=float).tolist()
    assert table.loc["all", ["value", "lower", "upper", "n"]].tolist() == [5, 0, 5, 69]


def test_by_all_is_the_row_below_the_groups():
    for what in ("waiting", "breadth", "recording"):
        below = ok.service_supply(RETURNS, what=what, by="ring", total=True).query("ring == 'all'")
        alone = ok.service_supply(RETURNS, what=what, by="all")
        same = [column for column in alone if column in below]
        pd.testing.assert_frame_equal(alone[same], below[same].reset_index(drop=True))
    below = ok.service_indicator("service_takeup", RETURNS, by="ring", total=True).query("ring == 'all'")
    alone = ok.service_indicator("service_takeup", RETURNS, by="all")
    pd.testing.assert_series_equal(alone["value"], below["value"].reset_index(drop=True))


@pytest.mark.parametrize("by", ["ring", pytest.param(ok.rings(RETURNS), id="frame")])
def test_all_together_below_the_groups_are_the_sum_of_all(by):
    table = ok.service_indicator(["service_coverage", "service_recorded"], RETURNS, by=by, period=2008, total=True)
    rows = RETURNS.services.query("period == '2008'").groupby("service")[["need", "served", "recorded"]].sum()
    found = table.query("ring == 'all' and service != 'together'").pivot(index="service", columns="indicator")["value"]
    expected = 100 * rows["served"] / rows["need"]
    assert (found["service_coverage"] - expected).abs().max() < 1e-12
    assert (found["service_recorded"] - 100 * rows["recorded"] / rows["served"]).abs().max() < 1e-12
    assert table["ring"].drop_duplicates().tolist()[-1] == "all"
    assert table["ring_status"].eq("synthetic").all()
    groups = ok.service_indicator(["service_coverage", "service_recorded"], RETURNS, by=by, period=2008)
    own = table[table["ring"] != "all"].reset_index(drop=True)
    key = ["indicator", "ring", "service"]
    assert own.set_index(key)["value"].sort_index().equals(groups.set_index(key)["value"].sort_index())


@pytest.mark.parametrize("by", [None, ["ring"]])
def test_a_total_without_one_column_of_groups_is_refused(by):
    with pytest.raises(ValueTableError, match="A total stands below groups"):
        ok.service_indicator("service_takeup", RETURNS, by=by, total=True)
    with pytest.raises(ValueTableError, match="A total stands below groups"):
        ok.service_supply(RETURNS, what="breadth", by=by, total=True)


def test_conditions_are_those_of_the_deep_function(own):
    for returns, year in ((None, 2007), (None, 2008), (own, 2008), (RETURNS, 2007)):
        front, deep = ok.conditions(returns, period=year), deep_conditions.conditions(returns, year)
        pd.testing.assert_frame_equal(front[list(deep.columns)], deep)
    logs = ok.conditions(logarithms=True)
    assert "ln_density" in logs
    assert "density" not in logs


def test_the_period_of_conditions_is_the_year_or_empty_where_returns_bring_them(own):
    assert set(ok.conditions(own, period="2008")["period"]) == {"2008"}
    assert set(ok.conditions(RETURNS)["period"]) == {""}
    with pytest.raises(ValueTableError, match="2005 to 2010"):
        ok.conditions(period=2012)


def test_a_total_is_that_of_the_deep_function():
    table = ok.load_context("unemployed")
    deep = aggregate.total(aggregate.same_members(table), "ring")
    pd.testing.assert_frame_equal(ok.total(table, by="ring", same_members=True), deep)
    own_rings = ok.total(table, by=ok.rings())
    assert own_rings["value"].equals(ok.total(table, by="ring")["value"])


def test_medians_are_those_of_the_members_with_a_value():
    table = ok.load_context("debtor_rate", 2008)
    lost = table["kommune"].isin(["06438", "05117"])
    table.loc[lost, "status"] = "suppressed"
    found = ok.medians(table, by="ring").set_index("ring")
    kept = table[table["value"].notna() & ~table["status"].isin(ok.values.WITHOUT_VALUE) & (table["kommune"] != "DE")]
    spread = kept.groupby("ring")["value"].agg(["median", "min", "max", "count"])
    assert found[["value", "lower", "upper", "n"]].to_numpy().tolist() == spread.to_numpy().tolist()
    assert found["n"].sum() < 69
    assert found["method"].unique().tolist() == ["range"]
    assert found["level"].isna().all()
    assert found["ring_status"].unique().tolist() == found["status"].unique().tolist() == ["estimated"]
    assert found["unit"].unique().tolist() == table["unit"].unique().tolist()


def test_germany_is_a_group_of_its_own_without_a_range_where_it_is_asked_for():
    table = ok.load_context(["childcare_u3", "care_need"], near=2008)
    plain, beside = ok.medians(table, by="ring"), ok.medians(table, by="ring", reference=True)
    pd.testing.assert_frame_equal(beside[beside["ring"] != "Germany"].reset_index(drop=True), plain)
    germany = beside[beside["ring"] == "Germany"].set_index("indicator")
    assert germany["value"].to_dict() == table[table["kommune"] == "DE"].set_index("indicator")["value"].to_dict()
    assert germany[["lower", "upper"]].isna().all(axis=None)
    assert beside["indicator"].drop_duplicates().tolist() == ["childcare_u3", "care_need"]
    assert beside.groupby("indicator")["ring"].last().eq("Germany").all()


def test_groups_of_some_leave_the_others_out():
    table, some_of = ok.load_context("childcare_u3", 2008), {"Coesfeld": "a", "05117": "a", "Jena": "b"}
    found = ok.medians(table, by=some_of).set_index("ring")
    value = table.set_index("kommune")["value"]
    assert found["value"].to_dict() == {"a": value[["05558", "05117"]].median(), "b": value["16053"]}
    assert found["n"].to_dict() == {"a": 2, "b": 1}
    region = ok.municipalities()[["kommune", "region"]]
    assert ok.medians(table, by=region)["status"].tolist() == ["estimated", "estimated"]
    assert "region_status" not in ok.medians(table, by=region)


def test_medians_of_services_are_by_service():
    table = ok.service_indicator("service_coverage", RETURNS, period=2008)
    found = ok.medians(table, by="ring").set_index(["ring", "service"])["value"]
    assert found.to_dict() == table.groupby(["ring", "service"])["value"].median().to_dict()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "rung"}, "Medians by group need the columns rung; not found: rung"),
        ({"by": None}, "Medians are of one group"),
        ({"by": ["ring", "land"]}, "Medians are of one group"),
        ({"by": "ring", "period": 1999}, "not there: 1999"),
    ],
)
def test_medians_without_a_known_group_or_period_are_refused(options, message):
    with pytest.raises(ValueTableError, match=message):
        ok.medians(ok.load_context("childcare_u3", 2008), **options)


def test_medians_of_several_levels_are_refused():
    with pytest.raises(ValueTableError, match="one row per"):
        ok.medians(ok.indicator("aktivierungsquote", RETURNS, level=[0.8, 0.95]), by="ring")


def test_the_change_of_a_count_is_absolute_relative_and_an_index():
    table = ok.indicator("bg", RETURNS)
    wide = table.pivot(index="kommune", columns="period", values="value")
    found = ok.change(table).set_index("kommune")
    assert (found["value"] - (wide["2008"] - wide["2006"])).abs().max() == 0
    assert (found["index"] - 100 * wide["2008"] / wide["2006"]).abs().max() < 1e-9
    assert (found["relative"] + 100 - found["index"]).abs().max() < 1e-9
    assert found["method"].eq("none").all()
    assert found[["first", "last"]].drop_duplicates().to_numpy().tolist() == [["2006", "2008"]]


def test_the_change_of_a_rate_of_events_has_the_interval_of_two_years():
    table = ok.indicator("eingliederungsquote", RETURNS)
    found = ok.change(table, period=[2007, "2008"]).set_index("kommune").loc["M07"]
    before, after = (table.set_index(["kommune", "period"]).loc[("M07", year)] for year in ("2007", "2008"))
    low, high = difference(
        [after["value"]],
        ([after["lower"]], [after["upper"]]),
        [before["value"]],
        ([before["lower"]], [before["upper"]]),
    )
    assert (found["lower"], found["upper"], found["method"]) == (low[0], high[0], "mover")
    assert found["index"] != found["index"]
    assert found["lower"] < found["value"] < found["upper"]


def test_the_change_of_a_quota_of_stocks_is_in_points_and_has_no_interval():
    found = ok.change(ok.indicator("aktivierungsquote", RETURNS))
    assert found["unit"].unique().tolist() == ["percentage points"]
    assert found["lower"].isna().all()


def test_a_change_without_one_of_its_values_is_missing_and_says_which():
    monthly = RETURNS.monthly
    gone = (monthly["kommune"] == "M05") & (monthly["period"].str[:4] == "2006")
    found = ok.change(ok.indicator("bg", replace(RETURNS, monthly=monthly[~gone]))).set_index("kommune")
    assert found.at["M05", "status"] == "missing"
    assert found.at["M05", "note"].startswith("2006: bg not reported")
    rings = ok.change(ok.indicator("bg", replace(RETURNS, monthly=monthly[~gone]), by="ring")).set_index("ring")
    assert (rings["note"].str.contains("municipalities in 2006")).sum() == 1


def test_a_change_keeps_the_order_and_all_that_says_what_a_row_is_about():
    table = ok.service_indicator("service_coverage", RETURNS, level=[0.8, 0.95])
    found = ok.change(table)
    assert {"service", "level", "name", "ring", "ring_status"} <= set(found.columns)
    assert found["kommune"].drop_duplicates().tolist() == table["kommune"].drop_duplicates().tolist()
    assert len(found) == len(table[table["period"] == "2008"])


def test_official_figures_change_too_with_the_status_of_both_years():
    found = ok.change(ok.load_context("unemployment_rate"), period=[2005, 2010])
    assert len(found) == 70
    assert set(found.loc[found["ring"] != "", "status"]) <= {"derived", "estimated", "missing"}


@pytest.mark.parametrize("period", [2008, [2006, 2007, 2008], [2008, 2008]])
def test_a_change_is_one_between_two_periods(period):
    with pytest.raises(ValueTableError, match="between two periods"):
        ok.change(ok.indicator("bg", RETURNS), period=period)


def test_a_part_of_the_returns_is_enough():
    few = some()
    front = ok.indicator("bg", few, period=2008)
    assert set(front["kommune"]) == set(few.units["kommune"])
    assert len(REAL) > len(front)
