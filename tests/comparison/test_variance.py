"""Variances: of counts by formula, between units against goldens and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from optkommunen.comparison.variance import between_variance, difference, sampling_variance, widened
from optkommunen.errors import ComparisonError
from optkommunen.indicators import intervals
from tests.goldens import check, golden, golden_data


def test_the_sampling_variance_of_a_rate_and_of_a_share():
    np.testing.assert_allclose(sampling_variance([50], [200]), [50 / 200**2])
    np.testing.assert_allclose(sampling_variance([50], [200], "stock_quota"), [0.25 * 0.75 / 200])


def test_no_event_is_known_no_better_than_one():
    events, stock = [0, 1, 2, 2, 4], [100, 100, 100, 50, 100]
    found = sampling_variance(events, stock)
    m = 9 / 450
    np.testing.assert_allclose(found, [m / 100, 1 / 100**2, 2 / 100**2, 2 / 50**2, 4 / 100**2])
    assert found[0] >= found[1]


def test_a_share_of_nothing_or_everything_has_the_variance_at_the_share_of_all():
    found, m = sampling_variance([0, 20, 30], [40, 20, 60], "stock_quota"), 50 / 120
    np.testing.assert_allclose(found, [m * (1 - m) / 40, m * (1 - m) / 20, 0.25 / 60])


def test_what_is_missing_teaches_nothing_about_the_rate_of_all():
    found = sampling_variance([0, 5, np.nan, 900], [100, 100, 100, np.nan])
    np.testing.assert_allclose(found, [5 / 200 / 100, 5 / 100**2, np.nan, np.nan])


def test_where_nobody_had_an_event_nothing_is_known():
    assert np.isnan(sampling_variance([0, 0], [100, 200])).all()
    assert np.isnan(sampling_variance([9, 7], [9, 7], "stock_quota")).all()


def test_a_full_count_has_no_sampling_variance():
    with pytest.raises(ComparisonError, match="found the kind 'ratio'"):
        sampling_variance([50], [200], "ratio")


@pytest.mark.shared
def test_dersimonian_laird_of_the_bcg_trials():
    block = golden("V06_bcg_meta")
    data, want = golden_data("bcg"), block["values"]["DL"]
    found = between_variance(data["yi"], data["vi"], "DL")
    got = [found.mean, found.se, found.tau2, found.q, found.i2]
    check(got, [want[name] for name in ("mu", "se", "tau2", "Q", "I2")], block["tolerance"])


@pytest.mark.shared
@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_three_estimators_of_the_teacher_expectancy_studies(method):
    block = golden("V43_raudenbush_tau2")
    data, want = golden_data("raudenbush1985"), block["values"][method]
    found = between_variance(data["yi"], data["vi"], method)
    check([found.mean, found.se, found.tau2], [want["mu"], want["se"], want["tau2"]], block["tolerance"])


def studies(seed, k=30):
    rng = np.random.default_rng(seed)
    variances = rng.lognormal(-1, 1, k)
    return rng.normal(1, np.sqrt(0.5 + variances)), variances


@pytest.mark.parametrize(("method", "theirs"), [("DL", "dl"), ("PM", "pm")])
def test_estimators_equal_those_of_statsmodels(method, theirs):
    for seed in range(20):
        y, s2 = studies(seed)
        want = combine_effects(y, s2, method_re=theirs).tau2
        assert between_variance(y, s2, method).tau2 == pytest.approx(max(want, 0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("mean", [None, 0.8])
def test_reml_is_the_highest_point_of_the_likelihood(mean):
    for seed in range(20):
        y, s2 = studies(seed)

        def likelihood(tau2, y=y, s2=s2):
            w = 1 / (tau2 + s2)
            centre = w @ y / w.sum() if mean is None else mean
            lost = np.log(w.sum()) if mean is None else 0
            return (np.log(w).sum() - lost - w @ (y - centre) ** 2) / 2

        found = between_variance(y, s2, "REML", mean=mean).tau2
        assert likelihood(found) >= max(likelihood(tau2) for tau2 in np.linspace(0, 20, 2001)) - 1e-10


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_around_a_known_mean_equal_variances_leave_the_mean_square_minus_theirs(method):
    y = np.array([1.0, 4, 7, 3])
    assert between_variance(y, np.full(4, 2.0), method, mean=3.0).tau2 == pytest.approx(((y - 3) ** 2).mean() - 2)


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_values_closer_than_chance_allows_have_no_variance_between(method):
    found = between_variance([1.0, 1.1, 0.9], [1.0, 2.0, 1.0], method)
    assert (found.tau2, found.i2) == (0, 0)


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_tau2_has_the_squared_unit_of_the_values(method):
    y, s2 = studies(3)
    assert between_variance(1e3 * y, 1e6 * s2, method).tau2 == pytest.approx(1e6 * between_variance(y, s2, method).tau2)


def test_a_value_without_a_sampling_variance_is_refused():
    with pytest.raises(ComparisonError, match="found 3 values, 1 without such a variance"):
        between_variance([1, 2, 3], [1, 0, 1])


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ComparisonError, match="DL, PM or REML; found 'SJ'"):
        between_variance([1, 2, 3], [1, 1, 1], "SJ")


def test_arguments_that_do_not_fit_are_refused():
    with pytest.raises(ComparisonError, match=r"found \(3,\), \(2,\), None"):
        between_variance([1, 2, 3], [1, 1])
    with pytest.raises(ComparisonError, match="a mean is a finite number"):
        between_variance([1, 2, 3], [1, 1, 1], mean=np.nan)


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
