"""The stepwise test of all pairs, against all pairs in all draws."""

import re

import numpy as np
import pytest

from optkommunen.comparison import pairwise
from optkommunen.errors import ComparisonError

DRAWS = 1999


def covariance_of(rng, p, common):
    factors = rng.normal(size=(p, 2)) * common
    return factors @ factors.T + np.diag(rng.uniform(0.2, 2.0, p))


def every_pair(drawn, level, family):
    """The definition itself: the largest of all hypotheses of a family that remain, in every draw."""
    covariance = np.diag(drawn.variance) if drawn.covariance is None else drawn.covariance
    variance = np.diag(covariance)
    precision = 1 / np.sqrt(variance[:, None] + variance - 2 * covariance + np.eye(len(variance)) * 1e9)
    observed = (drawn.x[:, None] - drawn.x) * precision
    errors = drawn.errors.astype(float).T
    simulated = (errors[:, :, None] - errors[:, None, :]) * precision
    remaining = family.copy()
    while True:
        largest = np.sort(simulated[:, remaining].max(axis=1))
        critical = largest[-pairwise.exceeding(level, len(errors))]
        kept = remaining & ~(observed > critical)
        if (kept == remaining).all():
            return critical
        remaining = kept


def problem(case):
    rng = np.random.default_rng(20240101)
    x = np.sort(rng.normal(0, 3, 12))[::-1]
    variance = np.exp(rng.normal(0, 0.6, 12))
    if case == "tied":
        x[3:6] = x[3]
    if case == "one exact":
        variance[4] = 0.0
    if case == "one imprecise":
        variance[2] *= 400
    covariance = None
    if case.startswith("correlated"):
        covariance = covariance_of(rng, 12, 3.0 if case == "correlated strongly" else 0.7)
        variance = np.diag(covariance)
    return pairwise.simulate(x, variance, covariance, draws=DRAWS, seed=5)


CASES = ["independent", "tied", "one exact", "one imprecise", "correlated", "correlated strongly"]


@pytest.mark.parametrize("level", [0.80, 0.95, 0.998])
@pytest.mark.parametrize("case", CASES)
def test_the_critical_value_of_all_pairs_equals_the_definition(case, level):
    drawn = problem(case)
    want = every_pair(drawn, level, ~np.eye(12, dtype=bool))
    np.testing.assert_allclose(pairwise.simultaneous(drawn, level), want, rtol=1e-5)


@pytest.mark.parametrize("level", [0.80, 0.95, 0.998])
@pytest.mark.parametrize("case", CASES)
def test_the_critical_values_of_single_units_equal_the_definition(case, level):
    drawn = problem(case)
    got = pairwise.marginal(drawn, level)
    for i in range(12):
        own = np.zeros((12, 12), dtype=bool)
        own[i], own[:, i], own[i, i] = True, True, False
        np.testing.assert_allclose(got[i], every_pair(drawn, level, own), rtol=1e-5)


def test_the_bound_is_never_below_what_it_bounds():
    for case in CASES:
        drawn = problem(case)
        for i in range(12):
            _, precision = drawn.against(i)
            largest = (np.abs(drawn.errors[i] - drawn.errors) * precision[:, None]).max(axis=0)
            assert (largest**2 * drawn.slack(i) <= drawn.reach(i) * (1 + 1e-5)).all()


def test_correlated_errors_are_drawn_with_their_covariance():
    covariance = covariance_of(np.random.default_rng(3), 4, 1.0)
    drawn = pairwise.simulate(np.zeros(4), np.diag(covariance), covariance, draws=200_000, seed=1)
    np.testing.assert_allclose(np.cov(drawn.errors), drawn.covariance, atol=0.02)


def test_two_units_have_the_normal_quantile():
    drawn = pairwise.simulate(np.array([0.1, 0.0]), np.array([1.0, 3.0]), draws=199_999, seed=1)
    np.testing.assert_allclose(pairwise.simultaneous(drawn, 0.95), 1.959964, atol=0.02)
    np.testing.assert_allclose(pairwise.marginal(drawn, 0.95), 1.959964, atol=0.02)


@pytest.mark.parametrize("covariance", [None, np.diag([1.0, 3.0])])
def test_with_an_estimated_scale_two_units_have_the_quantile_of_t(covariance):
    x, variance = np.array([0.1, 0.0]), np.array([1.0, 3.0])
    drawn = pairwise.simulate(x, variance, covariance, draws=199_999, seed=1, df=9)
    np.testing.assert_allclose(pairwise.simultaneous(drawn, 0.95), 2.262157, atol=0.02)  # a table of t
    np.testing.assert_allclose(pairwise.marginal(drawn, 0.95), 2.262157, atol=0.02)


@pytest.mark.parametrize("df", [12, 110, np.inf])
def test_equal_variances_have_the_quantile_of_the_studentised_range(df):
    from scipy.stats import studentized_range

    drawn = pairwise.simulate(np.zeros(20), np.ones(20), draws=99_999, seed=1, df=df)
    want = studentized_range.ppf(0.95, 20, df) / np.sqrt(2)
    np.testing.assert_allclose(pairwise.simultaneous(drawn, 0.95), want, atol=0.02)


def test_a_step_that_decides_pairs_lowers_the_critical_value_of_the_others():
    apart, together = np.array([100.0, 50.0, 0.2, 0.1, 0.0]), np.zeros(5)
    values = [
        pairwise.simultaneous(pairwise.simulate(x, np.ones(5), draws=9999, seed=1), 0.95) for x in (apart, together)
    ]
    assert values[0] < values[1]


def test_no_two_units_of_a_grade_can_be_told_apart():
    drawn = problem("independent")
    critical = pairwise.simultaneous(drawn, 0.95)
    grade = pairwise.grades(drawn, critical)
    for i in range(12):
        gaps, _ = drawn.against(i)
        assert (np.abs(gaps[grade == grade[i]]) <= critical).all()
    assert grade[0] == 1
    assert len(np.unique(grade)) == grade[-1] > 1


def test_significance_counts_draws_as_a_p_value_does():
    assert pairwise.exceeding(0.95, 19) == 1
    assert pairwise.exceeding(0.95, 20_000) == 1000
    with pytest.raises(ComparisonError, match="needs at least 19 draws; found 18"):
        pairwise.exceeding(0.95, 18)


@pytest.mark.parametrize("level", [0.8, 0.93, 0.95, 0.99, 0.998])
def test_the_draws_asked_for_are_the_fewest_that_do(level):
    with pytest.raises(ComparisonError) as refused:
        pairwise.exceeding(level, 1)
    fewest = int(re.search(r"at least (\d+)", str(refused.value))[1])
    assert pairwise.exceeding(level, fewest) == 1
    with pytest.raises(ComparisonError):
        pairwise.exceeding(level, fewest - 1)
