"""Position against a reference: golden, references by hand, labels, what does not apply, properties."""

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optkommunen.comparison.position import NOT_ASSESSED, compare
from optkommunen.comparison.quarters import gain_to_best_quarter
from optkommunen.comparison.transient import transient_variance
from optkommunen.data.register import name as name_of
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError, ForeignUnitError, UnknownIndicatorError, UnknownUnitError
from optkommunen.indicators import intervals
from optkommunen.indicators.rates import indicator
from optkommunen.loaders.bundled import load_context
from optkommunen.returns.read import load_returns
from tests.goldens import check, golden

RETURNS = load_returns()
RINGS = RETURNS.units[["kommune", "ring", "status"]]
QUOTA = indicator("eingliederungsquote", RETURNS, level=(0.95, 0.998))

KEYS = ["M01", "M02", "M03", "M04", "M05", "M06"]
FRAME = pd.DataFrame({
    "kommune": KEYS, "period": "2008", "numerator": [300, 100, 40, 90, 700, 8], "status": "synthetic",
    "denominator": [1000, 500, 200, 300, 2000, 30],
})  # fmt: skip
TWO = pd.DataFrame({"kommune": KEYS, "ring": ["a", "a", "a", "a", "b", "b"]})


def position(frame=FRAME, ring=TWO, **options):
    return compare(frame, ring, **{"polarity": 1, "kind": "event_rate", "level": 0.95, **options}).set_index("kommune")


@pytest.mark.parametrize(("polarity", "name"), [(1, "label_polarity_plus1"), (-1, "label_polarity_minus1")])
def test_v42_better_similar_worse(polarity, name):
    block = golden("V42_compare_polarity")
    want = block["values"]["a"]
    keys = KEYS[:5]
    # a sixth unit holds the reference fixed: 25 of 100, so large that it is the rate of the peers
    frame = pd.DataFrame({
        "kommune": KEYS, "period": "2008", "numerator": [*want["events"], 250_000],
        "denominator": [*want["exposure"], 1_000_000],
    })  # fmt: skip
    table = position(frame, reference=["M06"], polarity=polarity).loc[keys]
    assert (table["reference_value"] == want["reference"]).all()
    for column in ("value", "lower", "upper"):
        check(table[column], want[column], block["tolerance"])
    assert table["label"].tolist() == want[name]
    assert table["label_poisson"].tolist() == want[name]


def test_without_a_direction_labels_say_higher_and_lower():
    assert position(polarity=0)["label"][["M01", "M02", "M04"]].tolist() == ["higher", "lower", "similar"]


def test_the_rest_of_the_ring_is_a_sum_over_a_sum_without_the_unit():
    table = position()
    assert table.at["M01", "reference_value"] == 100 * (100 + 40 + 90) / (500 + 200 + 300)
    assert table.at["M05", "reference_value"] == pytest.approx(100 * 8 / 30)
    assert table["n_reference"].tolist() == [3, 3, 3, 3, 1, 1]
    assert table["reference"].unique() == "rest of the ring"


def test_the_other_references_by_hand():
    assert position(reference="median")["reference_value"].tolist()[:4] == [25.0] * 4
    total = 100 * FRAME["numerator"].sum() / FRAME["denominator"].sum()
    assert position(reference="all")["reference_value"].tolist() == pytest.approx([total] * 6)
    peers = position(reference=["M02", "M03"])
    assert peers["reference_value"].tolist() == [20.0] * 6
    assert peers["n_reference"].tolist() == [2, 1, 1, 2, 2, 2]  # nobody is a peer of its own


def test_own_neighbours_are_a_reference_that_is_named_so_and_theirs_need_not_be_the_same():
    lists = pd.DataFrame({"kommune": ["M01", "M01", "M02", "M02"], "neighbour": ["M02", "M03", "M04", "M05"]})
    table = position(ring=lists)
    assert table.at["M01", "reference_value"] == pytest.approx(100 * (100 + 40) / (500 + 200))
    assert table.at["M02", "reference_value"] == pytest.approx(100 * (90 + 700) / (300 + 2000))
    assert table["reference"].unique() == "own neighbours"
    median = position(ring=lists, reference="median")
    assert median.loc[["M01", "M02"], "reference_value"].tolist() == [20, 30]  # of 30, 20, 20 and of 20, 30, 35
    assert median["reference"].unique() == "median of the own neighbours"


def test_the_distance_is_value_minus_reference():
    table = position()
    np.testing.assert_allclose(table["distance"], table["value"] - table["reference_value"])


def test_several_levels_give_one_row_each():
    table = position(level=(0.95, 0.998)).reset_index()
    assert table[["kommune", "level"]].to_numpy().tolist() == [[key, level] for key in KEYS for level in (0.95, 0.998)]


def test_switching_intervals_off_changes_no_value_and_leaves_no_label():
    on, off = position(), position(level=None)
    columns = ["value", "reference_value", "distance", "quarter", "n_reference"]
    pd.testing.assert_frame_equal(on[columns], off[columns])
    assert off[["lower", "upper", "level"]].isna().all(axis=None)
    assert off["method"].unique() == "none"
    assert off["label"].unique() == NOT_ASSESSED
    assert off["note"].str.contains("no interval: switched off").all()


def test_one_year_alone_is_judged_by_chance_and_says_so():
    table = position()
    assert (table["label"] == table["label_poisson"]).all()
    assert table["method"].tolist() == ["byar"] * 5 + ["exact"]
    assert table["note"].str.contains("by chance alone: ω² needs three years, found 1").all()
    assert table["n_years"].unique() == 1


def test_three_years_add_the_variance_between_years():
    table = compare(QUOTA, RINGS, level=0.95).set_index("kommune")
    own = QUOTA[QUOTA["level"] == 0.95]
    s2 = 1e4 * own["numerator"] / own["denominator"] ** 2
    years = own[["kommune", "period", "value", "numerator", "denominator"]].assign(variance=s2)
    omega2 = transient_variance(years).omega2
    assert table["omega"].tolist() == pytest.approx([np.sqrt(omega2)] * 69)
    s2_2008 = s2[own["period"] == "2008"].to_numpy()
    # with thousands of events the limits of the count are those of the normal distribution
    reach = stats.norm.isf(0.025) * np.sqrt(s2_2008 + omega2)
    np.testing.assert_allclose(table["upper"] - table["value"], reach, rtol=0.03)
    np.testing.assert_allclose(table["value"] - table["lower"], reach, rtol=0.03)
    assert table["method"].unique() == "byar+transient"
    assert table["n_years"].unique() == 3


def test_the_change_between_years_only_takes_labels_away():
    table = compare(QUOTA, RINGS)
    labelled = table[table["label"] != "similar"]
    assert (labelled["label"] == labelled["label_poisson"]).all()
    assert len(labelled) < (table["label_poisson"] != "similar").sum()


def test_the_label_is_read_from_the_interval_of_the_distance():
    table = compare(QUOTA, RINGS)
    want = np.select([table["distance_lower"] > 0, table["distance_upper"] < 0], ["better", "worse"], "similar")
    assert table["label"].tolist() == want.tolist()
    assert ((table["distance_lower"] < table["distance"]) & (table["distance"] < table["distance_upper"])).all()


def test_the_interval_of_the_distance_holds_the_error_of_the_reference():
    table = position()
    own, its = intervals.poisson([300], [1000], 0.95), intervals.poisson([230], [1000], 0.95)
    low = 7 - 100 * np.hypot(0.3 - own.lower, its.upper - 0.23)
    high = 7 + 100 * np.hypot(own.upper - 0.3, 0.23 - its.lower)
    np.testing.assert_allclose(table.loc["M01", ["distance_lower", "distance_upper"]].astype(float), [low[0], high[0]])


def test_a_single_peer_is_not_known_exactly():
    frame = FRAME.assign(numerator=[245, 100, 40, 90, 700, 8])  # 24.5 and 20 of 100: the peer has 500 eHb only
    row = position(frame, reference=["M02"]).loc["M01"]
    assert row["lower"] > row["reference_value"]
    assert row["label"] == "similar"


def test_all_holds_the_unit_itself_so_it_is_compared_with_the_others():
    whole = position(reference="all")
    for i, kommune in enumerate(KEYS):
        others = position(reference=KEYS[:i] + KEYS[i + 1 :]).loc[kommune]
        row, share = whole.loc[kommune], FRAME["denominator"][i] / FRAME["denominator"].sum()
        for column in ("distance", "distance_lower", "distance_upper"):
            assert row[column] == pytest.approx((1 - share) * others[column])
        assert (row["label"], row["label_poisson"]) == (others["label"], others["label_poisson"])
        assert row["distance"] == pytest.approx(row["value"] - row["reference_value"])


def test_the_median_is_taken_as_fixed():
    table = compare(QUOTA, RINGS, reference="median")
    for side in ("lower", "upper"):
        np.testing.assert_allclose(table[f"distance_{side}"], table[side] - table["reference_value"], atol=1e-12)


def test_a_large_reference_moves_less_between_years_than_one_peer():
    table = compare(QUOTA, RINGS, level=0.95)
    one = compare(QUOTA, RINGS, level=0.95, reference=["M01"])
    reach = [(t["distance_upper"] - t["distance_lower"]).iloc[1:].median() for t in (table, one)]
    assert reach[0] < 0.85 * reach[1]


def test_a_reference_that_holds_an_average_of_events_has_no_interval():
    table = position(FRAME.assign(numerator=[300.5, 100, 40, 90, 700, 8]))
    assert (table["label"] == NOT_ASSESSED).tolist() == [True] * 4 + [False] * 2
    assert table.at["M02", "note"].startswith("no interval: in the reference the number of events is an average")
    assert table.loc["M02", ["lower", "upper", "distance"]].notna().all()


def test_the_level_of_the_year_before_moves_no_label():
    crisis = QUOTA.assign(numerator=QUOTA["numerator"].mask(QUOTA["period"] == "2007", QUOTA["numerator"] // 2))
    before, after = compare(QUOTA, RINGS), compare(crisis, RINGS)
    assert (before["label"] == after["label"]).mean() > 0.95


def test_units_whose_true_rates_stay_alike_are_seldom_called_different():
    rng = np.random.default_rng(69)
    exposure = rng.lognormal(11, 0.6, 69)
    keys = [f"M{i:02d}" for i in range(1, 70)]
    ring = pd.DataFrame({"kommune": keys, "ring": [f"R{i % 3}" for i in range(69)]})
    by_chance, labelled = [], []
    for _ in range(20):
        years = [
            pd.DataFrame({"kommune": keys, "period": year, "denominator": np.round(exposure),
                          "numerator": rng.poisson(exposure * rng.normal(0.025, 0.002, 69))})
            for year in ("2006", "2007", "2008")
        ]  # fmt: skip
        table = compare(pd.concat(years), ring, kind="event_rate", polarity=1, level=0.95)
        by_chance.append((table["label_poisson"] != "similar").mean())
        labelled.append((table["label"] != "similar").mean())
    assert np.mean(by_chance) > 0.5
    assert 0.03 < np.mean(labelled) < 0.065  # nominal 5 %


def test_a_year_is_chosen_or_the_latest_is_taken():
    assert compare(QUOTA, RINGS)["period"].unique() == "2008"
    assert compare(QUOTA, RINGS, period=2006)["period"].unique() == "2006"
    with pytest.raises(ComparisonError, match="the frame: 2006 to 2008; not there: 2011"):
        compare(QUOTA, RINGS, period=2011)


def test_direction_scale_and_kind_come_from_the_catalogue():
    table = compare(QUOTA, RINGS, level=0.95).merge(QUOTA[QUOTA["level"] == 0.95], on=["kommune", "period"])
    np.testing.assert_allclose(table["value_x"], table["value_y"])
    assert set(table["label"]) == {"better", "similar", "worse"}
    sanctions = compare(indicator("sanktionsquote", RETURNS), RINGS, level=0.95)
    assert set(sanctions["label"]) == {"higher", "similar", "lower"}
    active = compare(indicator("aktivierungsquote", RETURNS, level=0.95), RINGS, level=0.95)
    assert set(active["method"]) == {"wilson+transient"}
    turned = compare(QUOTA, RINGS, level=0.95, polarity=-1)
    swap = {"better": "worse", "worse": "better", "similar": "similar"}
    assert turned["label"].tolist() == [swap[label] for label in table["label"]]


def test_a_share_of_one_year_has_the_limits_of_wilson():
    frame = indicator("aktivierungsquote", RETURNS, level=0.95).query("period == '2008'")
    table = compare(frame, RINGS, level=0.95)
    np.testing.assert_allclose(table[["lower", "upper"]], frame[["lower", "upper"]])


def test_official_figures_without_numerator_show_the_distance_only():
    frame = load_context("unemployment_rate", 2008).query("kommune != 'DE'")
    table = compare(frame, reconstructed(), reference="median", level=0.95)
    assert table["label"].unique() == NOT_ASSESSED
    assert table["note"].str.contains("no interval").all()
    merged = table.merge(frame[["kommune", "value"]], on="kommune", suffixes=("", "_official"))
    assert (merged["value"] == merged["value_official"]).all()
    medians = merged.groupby("ring")["value"].transform("median")
    np.testing.assert_allclose(merged["distance"], merged["value"] - medians)
    assert table["status"].unique() == "estimated"  # so are the rings


@pytest.mark.parametrize("reference", ["rest", "all", ["01054"]])
def test_values_without_numerator_have_no_sum_over_a_sum(reference):
    frame = load_context("unemployment_rate", 2008).query("kommune != 'DE'")
    with pytest.raises(ComparisonError, match="Ask for reference='median'"):
        compare(frame, reconstructed(), reference=reference)


def test_a_cost_is_compared_without_a_label():
    table = compare(indicator("cost_kdu_per_bg", RETURNS), RINGS, level=0.95)
    assert table["label"].unique() == NOT_ASSESSED
    assert table["distance"].notna().all()


def test_a_count_is_compared_with_the_median():
    table = compare(indicator("bg", RETURNS), RINGS, reference="median", level=0.95)
    assert table["distance"].notna().all()
    assert table["method"].unique() == "none"


def test_one_missing_unit_stays_with_its_reason_and_enters_no_reference():
    gone = FRAME.assign(numerator=FRAME["numerator"].astype(float).mask(FRAME["kommune"] == "M02"))
    gone = gone.assign(note=["", "no return", "", "", "", ""])
    table = position(gone)
    row = table.loc["M02"]
    assert (row["label"], row["note"], row["status"], row["method"]) == (NOT_ASSESSED, "no return", "missing", "none")
    assert row[["value", "lower", "upper", "distance"]].isna().all()
    assert table.at["M01", "reference_value"] == pytest.approx(100 * (40 + 90) / (200 + 300))
    assert table.at["M01", "n_reference"] == 2


def test_a_suppressed_value_gets_no_label():
    table = position(FRAME.assign(status=["synthetic", "suppressed", *["synthetic"] * 4]))
    assert table.loc["M02", ["label", "note", "status"]].tolist() == [NOT_ASSESSED, "status suppressed", "suppressed"]


def test_all_missing_is_a_table_of_reasons():
    table = position(FRAME.assign(numerator=np.nan))
    assert table["label"].unique() == NOT_ASSESSED
    assert table["note"].str.startswith("numerator is missing").all()


def test_a_unit_without_exposure_has_no_rate():
    table = position(FRAME.assign(denominator=[0, 500, 200, 300, 2000, 30], numerator=[0, 100, 40, 90, 700, 8]))
    assert table.at["M01", "note"] == "the denominator is 0"


def test_an_averaged_number_of_events_has_a_value_but_no_interval():
    table = position(FRAME.assign(numerator=[300.5, 100, 40, 90, 700, 8]))
    row = table.loc["M01"]
    assert row["value"] == pytest.approx(30.05)
    assert (row["label"], row["method"]) == (NOT_ASSESSED, "none")
    assert "no interval: the number of events is an average, not a count" in row["note"]


def test_a_unit_without_events_has_an_upper_limit_and_a_label():
    table = position(FRAME.assign(numerator=[0, 100, 40, 90, 700, 8]))
    row = table.loc["M01"]
    assert (row["lower"], row["label"]) == (0, "worse")
    assert row["upper"] == pytest.approx(100 * -np.log(0.025) / 1000)  # P(no event) = 2.5 % at this rate


def test_equal_rates_are_all_similar():
    table = position(FRAME.assign(numerator=[100, 50, 20, 30, 200, 3]))
    assert table["label"].unique() == "similar"
    np.testing.assert_allclose(table["distance"], 0, atol=1e-12)
    assert table.loc[["M01", "M02", "M03", "M04"], "quarter"].tolist() == [1] * 4


def test_a_ring_of_one_has_no_reference_and_says_why():
    ring = TWO.assign(ring=["a"] * 5 + ["b"])
    for reference in ("rest", "median"):
        row = position(ring=ring, reference=reference).loc["M06"]
        assert row["label"] == NOT_ASSESSED
        assert f"no reference: nobody else with a value in the {row['reference']}" in row["note"]
        assert np.isnan(row["reference_value"])


def test_a_unit_in_no_ring_is_compared_with_all_but_not_with_a_ring():
    ring = TWO.assign(ring=["", *TWO["ring"][1:]])
    row = position(ring=ring).loc["M01"]
    assert row["label"] == NOT_ASSESSED
    assert "in no ring" in row["note"]
    assert position(ring=ring, reference="all").loc["M01", "label"] != NOT_ASSESSED


def test_the_worst_status_of_unit_reference_and_ring_is_carried():
    real = FRAME.assign(kommune=["06438", "06436", "06432", "06431", "06434", "05117"])
    real["status"] = ["observed", "estimated", *["observed"] * 4]
    ring = TWO.assign(kommune=real["kommune"])
    assert position(real, ring)["status"][real["kommune"]].tolist() == ["estimated"] * 4 + ["observed"] * 2
    assert position(real, ring.assign(status="estimated"))["status"].unique() == "estimated"
    assert position(real.drop(columns="status"), ring)["status"].unique() == "unknown"


@pytest.mark.parametrize("judge", [compare, gain_to_best_quarter])
def test_a_frame_that_names_no_indicator_needs_its_kind_and_a_direction(judge):
    for told, lacking in (({}, "kind and polarity"), ({"polarity": 1}, "kind"), ({"kind": "cost"}, "polarity")):
        for frame in (FRAME, FRAME.assign(value=1.0).drop(columns=["numerator", "denominator"])):
            with pytest.raises(ComparisonError, match=rf"not given: {lacking}\. Pass kind= event_rate, stock_quota,"):
                judge(frame, TWO, **told)
    with pytest.raises(ComparisonError, match="found 2"):
        judge(FRAME, TWO, kind="event_rate", polarity=2)
    with pytest.raises(ComparisonError, match=r"A kind is one of event_rate, .*; found 'declared'"):
        judge(FRAME, TWO, kind="declared", polarity=1)


def test_a_cost_of_ones_own_has_no_interval_no_label_and_is_per_one():
    table = position(kind="cost", polarity=-1)
    assert table["lower"].isna().all()
    assert table["label"].unique() == NOT_ASSESSED
    assert table.at["M01", "value"] == 0.3


def test_parts_of_a_stock_quota_that_are_sums_over_months_are_refused():
    with pytest.raises(ComparisonError, match=r"never sums over months.*eingliederungsquote are such sums"):
        compare(QUOTA, RINGS, kind="stock_quota")
    months = pd.concat([FRAME.assign(period=f"2008-{month:02}") for month in range(1, 13)])
    year = FRAME.assign(numerator=12 * FRAME["numerator"], denominator=12 * FRAME["denominator"])
    with pytest.raises(ComparisonError, match=r"M01 in 2008 is the sum of its 12 months, 12000\. Divide"):
        position(pd.concat([year, months]), kind="stock_quota")
    assert len(position(pd.concat([FRAME, months]), kind="stock_quota", period="2008")) == 6
    assert len(position(pd.concat([year, months]), period="2008")) == 6  # events add up


def test_an_unknown_reference_or_peer_is_refused():
    with pytest.raises(ComparisonError, match="rest, median, all, or a list of keys; found 'mean'"):
        position(reference="mean")
    with pytest.raises(ComparisonError, match="rest, median, all, or a list of keys; found 5"):
        position(reference=5)
    with pytest.raises(ComparisonError, match="not there: M09"):
        position(reference=["M01", "M09"])
    with pytest.raises(ComparisonError, match=r"not there: any \(empty\)"):
        position(reference=[])


def test_two_indicators_are_not_compared_at_once():
    both = pd.concat([QUOTA, indicator("sanktionsquote", RETURNS)])
    with pytest.raises(
        ComparisonError, match="One indicator is compared at a time; found eingliederungsquote, sanktions"
    ):
        compare(both, RINGS)


def test_an_unknown_indicator_is_refused():
    with pytest.raises(UnknownIndicatorError, match="'quote'"):
        compare(FRAME.assign(indicator="quote"), TWO)


def test_two_values_of_a_unit_and_year_are_refused():
    with pytest.raises(ComparisonError, match="more than once here: 2008/M01"):
        position(pd.concat([FRAME, FRAME[:1].assign(numerator=301)]))


def test_a_foreign_unit_is_refused():
    with pytest.raises(ForeignUnitError, match="DE"):
        compare(load_context("unemployment_rate", 2008), reconstructed(), reference="median")


def test_rings_that_cannot_be_used_are_refused():
    with pytest.raises(ComparisonError, match="not found: ring"):
        position(ring=TWO.rename(columns={"ring": "group"}))
    with pytest.raises(ComparisonError, match="one ring; more than once here: M01"):
        position(ring=pd.concat([TWO, TWO[:1].assign(ring="b")]))


REAL_KEYS = ["06438", "06436", "06432", "06431", "06434", "05117"]
REAL_FRAME = FRAME.assign(kommune=REAL_KEYS, status="observed")


def test_names_in_a_table_of_rings_are_keys():
    ring = TWO.assign(kommune=REAL_KEYS)
    named = ring.assign(kommune=[name_of(key) for key in REAL_KEYS])
    pd.testing.assert_frame_equal(position(REAL_FRAME, named), position(REAL_FRAME, ring))


@pytest.mark.parametrize("judge", [position, lambda f, r: gain_to_best_quarter(f, r, kind="event_rate", polarity=1)])
def test_keys_of_rings_that_are_numbers_names_of_nobody_or_of_others_are_refused(judge):
    ring = TWO.assign(kommune=REAL_KEYS)
    for numbers in (ring["kommune"].astype(int), ring["kommune"].astype(float)):
        with pytest.raises(UnknownUnitError, match=r"leading zero; found the number 6438.*dtype=\{\"kommune\": str\}"):
            judge(REAL_FRAME, ring.assign(kommune=numbers))
    with pytest.raises(UnknownUnitError, match="Nirgendwo"):
        judge(REAL_FRAME, ring.assign(kommune=["Nirgendwo", *REAL_KEYS[1:]]))
    with pytest.raises(UnknownUnitError, match="names its unit by key or name; found nan"):
        judge(REAL_FRAME, ring.assign(kommune=[None, *REAL_KEYS[1:]]))
    with pytest.raises(ComparisonError, match=r"rings of M01, M02, M03 … and units 06438.*none in both"):
        judge(REAL_FRAME, TWO)
    assert len(judge(REAL_FRAME, reconstructed())) == 6  # rings may hold more than the frame


@pytest.mark.parametrize("dtype", ["category", "string", "string[python]", "str", "object"])
def test_rings_and_frames_of_any_text_type_are_compared_alike(dtype):
    same = functools.partial(pd.testing.assert_frame_equal, check_dtype=False, check_index_type=False)
    ring = TWO.assign(ring=["a", "a", "a", "a", "b", None], kommune=TWO["kommune"])
    for column in ("kommune", "ring"):
        same(position(ring=ring.astype({column: dtype})), position(ring=ring))
    for column in ("kommune", "period", "status"):
        same(position(FRAME.astype({column: dtype})), position())


def test_rings_that_are_numbers_are_named_by_them():
    numbered = TWO.assign(ring=[1, 1, 1, 1, 2, np.nan])
    assert position(ring=numbered)["ring"].tolist() == ["1", "1", "1", "1", "2", ""]


@pytest.mark.parametrize("columns", [["kommune", "ring", "status"], ["kommune", "ring"]])
def test_reconstructed_rings_are_estimated_whatever_their_table_lost(columns):
    table = position(REAL_FRAME, reconstructed()[columns])
    assert set(table["status"]) == set(table["ring_status"]) == {"estimated"}
    own = position(REAL_FRAME, reconstructed()[columns[:2]].assign(ring="mine"))
    assert (set(own["status"]), set(own["ring_status"])) == ({"observed"}, {"observed"})


@settings(deadline=None, max_examples=13)
@given(st.permutations(range(6)), st.sampled_from(["rest", "median", "all", ["M03", "M05"]]), st.booleans())
def test_order_changes_nothing(order, reference, turn):
    turned = position(FRAME.iloc[list(order)], TWO.iloc[list(order)[:: -1 if turn else 1]], reference=reference)
    pd.testing.assert_frame_equal(turned, position(reference=reference))


@settings(deadline=None, max_examples=13)
@given(st.sampled_from([1.0, 1000.0]), st.permutations(KEYS))
def test_scale_and_names_change_no_label(per, names):
    new = dict(zip(KEYS, names, strict=True))
    renamed = [frame.assign(kommune=frame["kommune"].map(new)) for frame in (FRAME, TWO)]
    table, before = position(*renamed, per=per), position()
    assert table.loc[names, "label"].tolist() == before["label"].tolist()
    np.testing.assert_allclose(table.loc[names, "distance"], before["distance"] * per / 100, rtol=1e-12)


def of_years(numbers, stocks, kind="event_rate", level=(0.95, 0.998)):
    """Four municipalities over three years, compared in the last."""
    rows = [
        {"kommune": f"M{i + 1:02d}", "period": str(2006 + t), "numerator": n, "denominator": stocks[i]}
        for i, years in enumerate(numbers)
        for t, n in enumerate(years)
    ]
    frame = pd.DataFrame(rows).assign(status="synthetic")
    rings = pd.DataFrame({"kommune": frame["kommune"].unique(), "ring": "R-I"})
    return frame, compare(frame, rings, polarity=1, kind=kind, level=level)


def test_the_change_between_years_is_widened_by_the_z_of_its_own_level():
    frame, table = of_years([[300, 420, 310], [250, 330, 240], [200, 190, 290], [280, 260, 350]], [3000] * 4)
    for level, rows in table.groupby("level"):
        last = frame[frame["period"] == "2008"].reset_index(drop=True)
        chance = intervals.poisson(last["numerator"], last["denominator"], level)
        above = ((rows["upper"] - rows["value"]) / 100) ** 2 - (chance.upper - last["numerator"] / 3000).to_numpy() ** 2
        z = stats.norm.isf((1 - level) / 2)
        np.testing.assert_allclose(above, (z * rows["omega"] / 100) ** 2, rtol=1e-9)


def test_the_variance_of_a_quota_is_that_of_shares_and_its_limit_is_one():
    numbers = [[2850, 2990, 2985], [2400, 2700, 2500], [2880, 2600, 2750], [2500, 2580, 2900]]
    frame, table = of_years(numbers, [3000] * 4, kind="stock_quota", level=0.998)
    share = frame["numerator"] / frame["denominator"]
    years = frame[["kommune", "period", "denominator"]].assign(value=share, variance=share * (1 - share) / 3000)
    np.testing.assert_allclose(table["omega"], 100 * transient_variance(years).omega2 ** 0.5, rtol=1e-12)
    assert table["upper"].max() == 100
