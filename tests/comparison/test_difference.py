"""The interval of a difference: false alarms by simulation, its parts by hand, and its limits of validity."""

import numpy as np
import pytest
from scipy import stats

from optkommunen.comparison.difference import difference, widened
from optkommunen.indicators import intervals

LIMITS = {"event_rate": intervals.poisson, "stock_quota": intervals.wilson}
HIGHEST = {"event_rate": np.inf, "stock_quota": 1.0}
RATE = 0.25


def called_different(members, events, omega, kind="event_rate", sets=20_000):
    """Share of units called different from a reference of so many others, all rates equal but for what passes; and
    the same with the reference taken as fixed."""
    rng = np.random.default_rng(2008)
    sizes = np.exp(0.6 * stats.norm.ppf((np.arange(members) + 0.5) / members))  # the median is as large as the unit
    size = np.round(np.append(1, sizes) * events / RATE)
    rate = np.maximum(RATE * (1 + omega * rng.standard_normal((sets, members + 1))), 0)
    drawn = rng.poisson(rate * size) if kind == "event_rate" else rng.binomial(size.astype(int), np.minimum(rate, 1))
    one, others, stock = drawn[:, 0], drawn[:, 1:].sum(axis=1), size[1:].sum()
    r, reference, omega2 = one / size[0], others / stock, (RATE * omega) ** 2
    own, its = LIMITS[kind](one, size[:1], 0.95), LIMITS[kind](others, stock, 0.95)
    own = widened(r, own, 0.95, omega2, HIGHEST[kind])
    its = widened(reference, its, 0.95, omega2 * (size[1:] ** 2).sum() / stock**2, HIGHEST[kind])
    low, high = difference(r, (own.lower, own.upper), reference, (its.lower, its.upper))
    fixed = (own.lower > reference) | (own.upper < reference)
    return ((low > 0) | (high < 0)).mean(), fixed.mean()


@pytest.mark.parametrize("members", [1, 3, 10, 68])
@pytest.mark.parametrize(("events", "omega"), [(1500, 0.06), (1500, 0.0), (60, 0.15), (10, 0.06)])
def test_equal_rates_are_called_different_in_three_to_five_and_a_half_per_cent(members, events, omega):
    found, _ = called_different(members, events, omega)
    assert 0.03 < found < 0.055


@pytest.mark.parametrize("members", [1, 3, 10, 68])
@pytest.mark.parametrize("events", [10, 1500])
def test_equal_quotas_are_called_different_in_about_five_per_cent(members, events):
    found, _ = called_different(members, events, 0.06, "stock_quota")
    assert 0.042 < found < 0.056


def test_a_single_peer_taken_as_fixed_would_be_called_different_three_times_as_often():
    found, fixed = called_different(1, 1500, 0.06)
    assert fixed > 3 * found > 0.14


def test_with_a_reference_known_exactly_it_is_the_interval_of_the_unit():
    own = intervals.poisson([8, 30, 0], [40, 100, 20], 0.95)
    low, high = difference([0.2, 0.3, 0.0], (own.lower, own.upper), np.full(3, 0.1), (np.full(3, 0.1), np.full(3, 0.1)))
    np.testing.assert_allclose([low, high], [own.lower - 0.1, own.upper - 0.1], rtol=1e-12)


def test_of_normal_limits_it_is_the_normal_interval_of_a_difference():
    z, se, its = stats.norm.isf(0.025), 0.02, 0.03
    low, high = difference([0.5], ([0.5 - z * se], [0.5 + z * se]), [0.4], ([0.4 - z * its], [0.4 + z * its]))
    reach = z * np.hypot(se, its)
    np.testing.assert_allclose([low[0], high[0]], [0.1 - reach, 0.1 + reach])


def test_turned_round_the_limits_change_sides():
    one, other = ([0.1], [0.4]), ([0.05], [0.3])
    low, high = difference([0.2], one, [0.1], other)
    turned = difference([0.1], other, [0.2], one)
    np.testing.assert_allclose(turned, [-high, -low])


def test_widened_limits_end_at_nothing_and_at_everything():
    wide = widened([0.05], intervals.poisson([5], [100], 0.95), 0.95, 0.2**2)
    assert wide.lower[0] == 0
    assert widened([0.95], intervals.wilson([95], [100], 0.95), 0.95, 0.2**2, 1.0).upper[0] == 1
