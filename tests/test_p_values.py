"""p-values of resampled statistics, and of several tests at once against a golden, statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.p_values import check_draws, count_beyond, fewest_draws, holm
from tests.goldens import check, golden

REPORTED = [1873755.23, 4658345.55, 313717.49, 1553976.01, 7962426.73, 7124303.18, 5055835.86, 2079835.22]
P = pd.Series(np.random.default_rng(22).uniform(size=40) ** 2).round(2)  # rounded: some are tied


def sums_of(values: np.ndarray) -> np.ndarray:
    sums = np.zeros(1)
    for value in values[::-1]:
        sums = np.concatenate([sums + value, sums - value])
    return sums


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_the_observed_pattern_counts_itself_and_its_mirror_in_every_unit(unit):
    values = np.array(REPORTED) * unit
    found = count_beyond(sums_of(values), values.sum(), np.abs(values).sum())
    assert (found.ge, found.gt) == (2, 0)


@given(
    st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 2)), min_size=2, max_size=7),
    st.integers(-12, 12),
)
def test_p_does_not_depend_on_the_unit_also_where_terms_cancel(values, power):
    d = np.array([*values, *(-v for v in values[:3])])
    one = count_beyond(sums_of(d), d.sum(), np.abs(d).sum())
    scaled = d * 10.0**power
    other = count_beyond(sums_of(scaled), scaled.sum(), np.abs(scaled).sum())
    assert one.ge == other.ge >= 2
    assert one.p(every=True) > 0


@pytest.mark.parametrize(("level", "fewest"), [(0.5, 3), (0.9, 19), (0.95, 39), (0.99, 199), (0.998, 999)])
def test_an_interval_needs_a_draw_beyond_each_limit(level, fewest):
    assert fewest_draws(level) == fewest
    assert check_draws(fewest, level) == fewest
    with pytest.raises(OptkommunenError, match=f"at least {fewest}; found {fewest - 1}"):
        check_draws(fewest - 1, level)


@pytest.mark.parametrize("draws", [0, -1, 2.5, True, None])
def test_a_number_of_draws_is_a_whole_number(draws):
    with pytest.raises(OptkommunenError, match="whole number of draws"):
        check_draws(draws)


def test_an_infinite_statistic_is_tied_by_its_like_and_by_nothing_else():
    found = count_beyond([np.inf, 1.0, -np.inf, 1e300], np.inf)
    assert (found.ge, found.gt) == (2, 0)
    assert count_beyond([1.0, np.inf], 1.0) == (2, 1, 2)


def test_fifteen_p_values_of_benjamini_and_hochberg():
    block = golden("V22_multiplicity")
    p, want = block["values"]["p"], block["values"]
    check(holm(p)[:4], want["holm_adj_first4"], block["tolerance"])
    found_in_a_screen = stats.false_discovery_control(p)  # of more than 20 indicators; scipy does it
    check(found_in_a_screen[:4], want["bh_adj_first4"], block["tolerance"])
    assert (holm(p) <= 0.05).sum() == want["reject05"]["holm"]
    assert (found_in_a_screen <= 0.05).sum() == want["reject05"]["bh"]


def test_adjusted_p_values_equal_statsmodels():
    np.testing.assert_allclose(holm(P), multipletests(P, method="holm")[1], rtol=1e-12)


def test_the_order_of_the_tests_changes_nothing():
    shuffled = P.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(holm(shuffled).sort_index(), holm(P), rtol=1e-14)


def test_labels_that_stand_twice_stay_in_their_place():
    twice = pd.Series([0.04, 0.01, 0.6], index=["a", "a", "b"])
    assert holm(twice).index.tolist() == ["a", "a", "b"]
    assert holm(twice).iloc[1] == pytest.approx(0.03)


@pytest.mark.parametrize("wrong", [np.nan, 1.2, -0.1])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ModelError, match=f"found {wrong:g} at b"):
        holm(pd.Series([0.5, wrong], index=["a", "b"]))
