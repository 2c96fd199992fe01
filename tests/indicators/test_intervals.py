"""Intervals of counts and shares: goldens, scipy and statsmodels, edge cases, properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.indicators.intervals import (
    byar,
    checked_per,
    exact_poisson,
    levels_of,
    poisson,
    tail_of,
    wilson,
)
from tests.goldens import check, golden

LEVELS = st.sampled_from([0.8, 0.9, 0.95, 0.98, 0.99, 0.998, 0.9999])
COUNTS = st.integers(0, 500_000)


def test_v01_limits_of_shares():
    block = golden("V01_wilson_newcombe1998")
    for key, values in block["values"].items():
        events, trials = map(int, key.split("/"))
        limits = wilson(events, trials)
        check([limits.lower, limits.upper], values["wilson"], block["tolerance"])
        exact = proportion_confint(events, trials, method="beta")
        check(exact, values["clopper"], block["tolerance"])


@pytest.mark.parametrize(("name", "level"), [("byar_95", 0.95), ("byar_998", 0.998)])
def test_v02_byar_limits_of_counts(name, level):
    block = golden("V02_phe_wilson_byar")
    for events, want in block["values"][name].items():
        for method in (byar, poisson):
            limits = method([int(events)], level=level)
            check([limits.lower[0], limits.upper[0]], want, block["tolerance"])


def test_v04_exact_limits_of_a_count():
    block = golden("V04_funnel_limits")
    for expected, want in block["values"]["poisson"].items():
        e = int(expected)
        got = [limit for level in (0.95, 0.998) for limit in exact_poisson(e, level)[:2]]
        check(np.array(got) / e, want, block["tolerance"])


@pytest.mark.parametrize("level", [0.5, 0.95, 0.998])
def test_wilson_agrees_with_statsmodels(level):
    k, n = np.array([0, 1, 7, 50, 99, 100]), np.full(6, 100)
    limits = wilson(k, n, level)
    lower, upper = proportion_confint(k, n, alpha=1 - level, method="wilson")
    np.testing.assert_allclose(limits.lower, lower, atol=1e-12)
    np.testing.assert_allclose(limits.upper, upper, atol=1e-12)


def test_exact_limits_leave_the_tail_probability_on_each_side():
    counts = np.array([1, 3, 9, 40])
    limits = exact_poisson(counts)
    np.testing.assert_allclose(stats.poisson.sf(counts - 1, limits.lower), 0.025, rtol=1e-9)
    np.testing.assert_allclose(stats.poisson.cdf(counts, limits.upper), 0.025, rtol=1e-9)


def test_no_event_has_lower_limit_0_and_the_known_upper_limit():
    limits = exact_poisson([0], 0.95)
    assert limits.lower[0] == 0.0
    assert limits.upper[0] == pytest.approx(-np.log(0.025), rel=1e-12)
    assert byar([0]).lower[0] == 0.0


def test_at_ten_events_byar_is_within_a_fifth_of_a_per_cent_of_exact():
    for level, within in ((0.95, 0.002), (0.998, 0.015)):
        near, exact = byar([10], level), exact_poisson([10], level)
        assert abs(near.lower / exact.lower - 1) < within
        assert abs(near.upper / exact.upper - 1) < within


def test_byar_never_goes_below_0():
    assert (byar([1, 2, 3], 0.99999).lower >= 0).all()


def test_the_method_changes_at_ten_events_element_by_element():
    limits = poisson([0, 9, 10, 11])
    assert limits.method.tolist() == ["exact", "exact", "byar", "byar"]
    few, many = exact_poisson([9]), byar([10])
    assert limits.lower[1] == few.lower[0]
    assert limits.upper[2] == many.upper[0]


def test_no_exposure_has_no_limits_and_says_why():
    limits = poisson([0, 5, 5], exposure=[0, 0, 10])
    assert np.isnan(limits.lower[:2]).all()
    assert limits.method.tolist() == ["none", "none", "exact"]
    assert limits.reason.tolist() == ["the denominator is 0", "the denominator is 0", ""]


def test_a_share_of_nobody_has_no_limits_and_says_why():
    limits = wilson([0, 1], [0, 2])
    assert np.isnan(limits.upper[0])
    assert limits.reason.tolist() == ["the denominator is 0", ""]


def test_mean_stocks_need_not_be_whole_for_wilson():
    limits = wilson(14.5, 100.5)
    assert limits.lower < 14.5 / 100.5 < limits.upper


def test_twelve_months_added_up_would_be_root_twelve_too_narrow():
    mean, summed = wilson(900, 6000), wilson(12 * 900, 12 * 6000)
    ratio = (mean.upper - mean.lower) / (summed.upper - summed.lower)
    assert ratio == pytest.approx(np.sqrt(12), rel=1e-3)


@pytest.mark.parametrize("method", [exact_poisson, byar, poisson])
@pytest.mark.parametrize(
    ("count", "message"),
    [(-1, "finite number of 0 or more; 1 are not, the first: -1"), (np.nan, "finite number.*nan"),
     (np.inf, "finite number.*inf"), (2.5, r"whole number.*2\.5.*add the months up first")],
)  # fmt: skip
def test_counts_that_are_no_counts_are_refused_with_the_way_out(method, count, message):
    with pytest.raises(ValueTableError, match=message):
        method([3, count])


@pytest.mark.parametrize("exposure", [-1.0, np.nan, np.inf])
def test_an_impossible_exposure_is_refused(exposure):
    with pytest.raises(ValueTableError, match="Every exposure is a finite number"):
        poisson([3], exposure=[exposure])


def test_more_in_the_part_than_in_the_whole_is_refused():
    with pytest.raises(ValueTableError, match=r"first: 5 of 4.*it is a rate: use poisson"):
        wilson([1, 5], [4, 4])


@pytest.mark.parametrize("method", [exact_poisson, byar, poisson])
def test_switched_off_there_are_no_limits_but_the_input_is_still_checked(method):
    limits = method([3, 30], level=None)
    assert np.isnan(limits.lower).all()
    assert np.isnan(limits.upper).all()
    assert limits.method.tolist() == ["none", "none"]
    with pytest.raises(ValueTableError, match="finite number"):
        method([-3], level=None)


def test_shares_switched_off_have_no_limits():
    assert wilson([1], [2], None).method.tolist() == ["none"]


@pytest.mark.parametrize("method", [exact_poisson, byar, poisson])
def test_a_mean_of_months_has_no_interval_and_asks_for_none(method):
    with pytest.raises(ValueTableError, match=r"an averaged count gets no interval \(level=None\)"):
        method([2.5], 0.95) if method is not poisson else poisson([2.5], level=0.95)
    limits = method([2.5], level=None)
    assert limits.method.tolist() == ["none"]


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "0.95", True, float("nan"), (0.95, None), [[0.95]], 1j])
def test_a_level_that_is_no_share_is_refused_with_the_way_to_write_it(level):
    for function in (tail_of, levels_of):
        with pytest.raises(OptkommunenError, match=r"between 0 and 1; found .*Write 0\.95"):
            function(level)


@pytest.mark.parametrize("per", [0, -100, float("nan"), float("inf"), True, "100", None])
def test_a_rate_is_per_a_positive_number(per):
    with pytest.raises(OptkommunenError, match="per a positive number of units; found per="):
        checked_per(per)


def test_an_empty_list_of_levels_is_refused():
    with pytest.raises(OptkommunenError, match="list given is empty"):
        levels_of([])


@given(COUNTS, LEVELS)
def test_limits_contain_the_count(events, level):
    for method in (exact_poisson, byar, poisson):
        limits = method([events], level=level)
        assert limits.lower[0] <= events <= limits.upper[0]


@given(COUNTS, st.tuples(LEVELS, LEVELS))
def test_a_wider_level_contains_the_narrower(events, levels):
    narrow, wide = (poisson([events], level=level) for level in sorted(levels))
    assert wide.lower[0] <= narrow.lower[0]
    assert wide.upper[0] >= narrow.upper[0]


@given(st.floats(0, 1), st.floats(0.5, 1e6), st.tuples(LEVELS, LEVELS))
def test_limits_of_a_share_contain_it_and_stay_between_0_and_1(share, n, levels):
    k = min(share * n, n)
    narrow, wide = (wilson(k, n, level) for level in sorted(levels))
    for limits in (narrow, wide):
        assert 0 <= limits.lower <= k / n <= limits.upper <= 1
    assert wide.lower <= narrow.lower
    assert wide.upper >= narrow.upper


@given(st.lists(COUNTS, min_size=1, max_size=20))
def test_a_vector_gives_what_its_elements_give(counts):
    together = poisson(counts)
    alone = [poisson([one]) for one in counts]
    assert together.lower.tolist() == [one.lower[0] for one in alone]
    assert together.upper.tolist() == [one.upper[0] for one in alone]
