"""Quarters of a ring and the gain to the best: golden, other software, arithmetic, what does not apply."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.mstats import mquantiles

from optkommunen.comparison.quarters import gain_to_best_quarter, quarter_cuts, quarters_among
from optkommunen.errors import ComparisonError
from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import load_returns
from tests.goldens import check, golden


def quarters(values, kind=7):
    """Quarter of each value in one ring of all."""
    rates = pd.Series(values, dtype=float)
    return quarters_among(rates, np.tile(rates.notna(), (len(rates), 1)), kind)["quarter"]


@pytest.mark.parametrize("kind", [6, 7])
def test_v30_cuts_and_quarters(kind):
    block = golden("V30_quantiles")
    values = block["values"]
    check(quarter_cuts(values["x"], kind), values[f"type{kind}"], block["tolerance"])
    assert quarters(values["x"], kind).tolist() == values[f"quarter_type{kind}"]


numbers = st.lists(st.integers(0, 50), min_size=4, max_size=20)


@given(numbers, st.sampled_from([(7, 1), (6, 0)]))
def test_cuts_equal_those_of_scipy(values, types):
    kind, parameter = types
    want = mquantiles(values, [0.25, 0.5, 0.75], alphap=parameter, betap=parameter)
    np.testing.assert_allclose(quarter_cuts(values, kind), want, rtol=1e-12)


@given(numbers, st.sampled_from([6, 7]))
def test_a_higher_value_is_never_in_a_lower_quarter_and_equals_share_one(values, kind):
    table = pd.DataFrame({"value": values, "quarter": quarters(values, kind)}).sort_values("value")
    assert table["quarter"].is_monotonic_increasing
    shared = table.groupby("value")["quarter"]
    assert (shared.min() == shared.max()).all()


def test_a_value_equal_to_a_cut_belongs_to_the_lower_quarter():
    assert quarters([1, 2, 3, 4, 5]).tolist() == [1, 1, 2, 3, 4]


def test_a_missing_value_has_no_quarter_and_moves_no_other():
    with_gap = quarters([1, np.nan, 2, 3, 4, 5])
    assert with_gap.isna().tolist() == [False, True, False, False, False, False]
    assert with_gap.dropna().tolist() == quarters([1, 2, 3, 4, 5]).tolist()


def test_three_values_have_no_quarters():
    assert quarters([1, 2, 3]).isna().all()


def test_another_quantile_type_is_refused():
    with pytest.raises(ComparisonError, match="type 7 or 6; found 8"):
        quarter_cuts([1, 2, 3, 4], 8)


def test_each_ring_has_its_own_quarters_and_says_where_it_has_none():
    rates = pd.Series([1.0, 2, 3, 4, 10, 20, 5], index=list("abcdefg"))
    ring = np.array(["x"] * 4 + ["y"] * 2 + [""])
    table = quarters_among(rates, (ring[:, None] == ring) & (ring != ""))
    assert table["quarter"].dropna().to_dict() == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert table["note"].tolist()[3:] == ["", *["no quarters: fewer than 4 values in the ring"] * 2, "in no ring"]


RATES = pd.DataFrame({
    "kommune": ["M01", "M02", "M03", "M04", "M05"], "period": "2008", "numerator": [20, 40, 30, 40, 50],
    "denominator": [100, 200, 100, 100, 100],
})  # fmt: skip
RING = pd.DataFrame({"kommune": RATES["kommune"], "ring": "R-I"})


def gain(frame=RATES, rings=RING, **options):
    return gain_to_best_quarter(frame, rings, **{"polarity": 1, "kind": "event_rate", **options}).set_index("kommune")


def test_whoever_gains_what_is_lacking_stands_at_the_cut():
    table = gain()
    reached = table["rate"] + 100 * table["value"] / RATES.set_index("kommune")["denominator"]
    lacking = table["rate"] < table["cut"]
    np.testing.assert_allclose(reached[lacking], table["cut"][lacking])
    assert (table.loc[~lacking, "value"] == 0).all()


def test_where_low_is_good_the_gain_is_what_is_too_much():
    low = gain(polarity=-1)
    # cut at 25 %: a rate of 20; of 30, 40, 50 in 100 there are 10, 20, 30 too many
    assert low["value"].round(9).tolist() == [0, 0, 10, 20, 30]
    assert low["cut"].unique().tolist() == [20]


def test_where_no_direction_is_good_there_is_no_best_quarter():
    table = gain(polarity=0)
    assert table[["value", "cut"]].isna().all(axis=None)
    assert table["note"].eq("no best quarter: neither direction is good").all()
    assert table["status"].eq("missing").all()


def test_a_year_known_in_part_is_carried_to_twelve_months():
    full = gain(RATES.assign(n_months=12))["value"]
    half = gain(RATES.assign(n_months=6))["value"]
    np.testing.assert_allclose(half, 2 * full)


def test_a_month_of_ones_own_is_one_month_of_twelve():
    np.testing.assert_allclose(gain(RATES.assign(period="2008-03"))["value"], 12 * gain()["value"])


def test_persons_of_a_mean_stock_are_not_multiplied_by_months():
    table = gain(RATES.assign(n_months=6), kind="stock_quota")
    np.testing.assert_allclose(table["value"], gain()["value"])
    assert table["unit"].unique() == "events (mean stock)"


def test_of_the_returns_the_gain_is_in_integrations_a_year():
    returns = load_returns()
    values = indicator("eingliederungsquote", returns)
    table = gain_to_best_quarter(values, returns.units, period=2008).set_index("kommune")
    own = values[values["period"] == "2008"].set_index("kommune")
    ring = returns.units.set_index("kommune")["ring"]
    cut = own["value"].groupby(ring).transform(lambda rates: np.quantile(rates, 0.75))
    # a rate per 100 eHb and month, times the mean stock, times twelve months
    want = (cut - own["value"]).clip(lower=0) / 100 * (own["denominator"] / 12) * 12
    np.testing.assert_allclose(table["value"], want.reindex(table.index), atol=1e-9)
    assert table["unit"].unique() == "eingliederungen per year"
    assert table["status"].unique() == "synthetic"


def test_a_ratio_of_staff_has_no_gain_in_persons():
    returns = load_returns()
    table = gain_to_best_quarter(indicator("betreuungsrelation_1", returns), returns.units)
    assert table["value"].isna().all()
    assert table["note"].str.startswith("no gain in events or persons").all()


def test_one_missing_unit_stays_with_its_reason():
    table = gain(RATES.assign(numerator=[20, np.nan, 30, 40, 50], note=["", "not reported", "", "", ""]))
    assert np.isnan(table.at["M02", "value"])
    assert table.at["M02", "note"] == "not reported"
    assert table.at["M02", "status"] == "missing"


def test_a_ring_of_one_has_no_gain_and_says_why():
    table = gain(rings=RING.assign(ring=["R-I"] * 4 + ["R-II"]))
    assert table.at["M05", "note"] == "no quarters: fewer than 4 values in the ring"


@settings(deadline=None, max_examples=13)
@given(st.permutations(range(5)), st.sampled_from([1.0, 1000.0]))
def test_order_and_scale_change_no_gain(order, per):
    turned = gain(RATES.iloc[list(order)], RING.iloc[list(order)[::-1]], per=per)
    np.testing.assert_allclose(turned["value"], gain()["value"], rtol=1e-12)
    np.testing.assert_allclose(turned["cut"], gain()["cut"] * per / 100, rtol=1e-12)
