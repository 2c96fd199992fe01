"""Poisson and logit fits on arrays, one or many at once, against statsmodels and first principles."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import linprog
from scipy.special import expit

from optkommunen.errors import ModelError
from optkommunen.regression.irls import BINOMIAL, POISSON, irls

RNG = np.random.default_rng(2008)
N = 69
X = np.column_stack([np.ones(N), RNG.normal(size=N), RNG.uniform(20_000, 40_000, size=N)])
EXPOSURE = RNG.lognormal(9, 0.6, size=N)
OFFSET = np.log(EXPOSURE)
Y = RNG.poisson(EXPOSURE * np.exp(-2 + 0.1 * X[:, 1] + 1e-5 * X[:, 2] + RNG.normal(scale=0.1, size=N)))
TRIALS = RNG.integers(5, 60, size=N)
SHARE = RNG.binomial(TRIALS, expit(X[:, 1] + 2e-5 * X[:, 2])) / TRIALS


def peer_poisson(keep=slice(None), y=Y):
    return sm.GLM(y[keep], X[keep], sm.families.Poisson(), offset=OFFSET[keep]).fit(tol=1e-14, maxiter=200)


def test_poisson_equals_statsmodels():
    fit, peer = irls(POISSON, X, Y, OFFSET), peer_poisson()
    np.testing.assert_allclose(fit.coef, peer.params, rtol=1e-10)
    np.testing.assert_allclose(fit.fitted, peer.fittedvalues, rtol=1e-10)


def test_binomial_equals_statsmodels():
    fit = irls(BINOMIAL, X, SHARE, 0.0, None, TRIALS)
    peer = sm.GLM(SHARE, X, sm.families.Binomial(), var_weights=TRIALS).fit(tol=1e-14, maxiter=200)
    np.testing.assert_allclose(fit.coef, peer.params, rtol=1e-10)


def test_the_score_is_zero_at_the_estimate():
    fit = irls(POISSON, X, Y, OFFSET)
    np.testing.assert_allclose((Y - fit.fitted) @ X / (Y @ X), 0, atol=1e-13)


def test_a_row_of_weight_zero_is_left_out():
    weights = np.where(np.arange(N) == 7, 0.0, 1.0)
    np.testing.assert_allclose(
        irls(POISSON, X, Y, OFFSET, weights=weights).coef, peer_poisson(np.arange(N) != 7).params, rtol=1e-10
    )


def test_a_row_that_is_left_out_may_lie_anywhere():
    x, weights = X.copy(), np.where(np.arange(N) == 7, 0.0, 1.0)
    x[7, 1] = 1e5
    fit = irls(POISSON, x, Y, OFFSET, weights=weights)
    assert np.isinf(fit.fitted[7])
    np.testing.assert_allclose(fit.coef, irls(POISSON, X, Y, OFFSET, weights=weights).coef, rtol=1e-10)


def test_a_batch_of_weights_equals_single_fits():
    weights = np.stack([RNG.multinomial(N, np.full(N, 1 / N)) for _ in range(20)])
    batch = irls(POISSON, X, Y, OFFSET, weights=weights)
    assert batch.coef.shape == (20, 3)
    singles = [irls(POISSON, X, Y, OFFSET, weights=w).coef for w in weights]
    np.testing.assert_allclose(batch.coef, singles, rtol=1e-11)


def test_a_batch_of_outcomes_equals_statsmodels():
    outcomes = RNG.poisson(Y, size=(5, N))
    batch = irls(POISSON, X, outcomes, OFFSET)
    np.testing.assert_allclose(batch.coef, [peer_poisson(y=y).params for y in outcomes], rtol=1e-10)


@pytest.mark.parametrize("shift", [-15, -3, 3, 15])
def test_a_bad_start_changes_nothing(shift):
    good = irls(POISSON, X, Y, OFFSET)
    bad = irls(POISSON, X, Y, OFFSET, start=good.coef + np.array([shift, 0, 0]))
    np.testing.assert_allclose(bad.coef, good.coef, rtol=1e-11)


def test_fits_without_finite_maximum_say_so_and_leave_the_others_alone():
    group = (np.arange(N) < 5).astype(float)
    x = np.column_stack([X[:, :2], group])
    batch = irls(POISSON, x, np.stack([Y, np.where(group, 0, Y), np.zeros(N)]), OFFSET)
    assert batch.converged.tolist() == [True, False, False]
    assert np.isnan(batch.coef[1:]).all()
    np.testing.assert_allclose(batch.coef[0], irls(POISSON, x, Y, OFFSET).coef, rtol=1e-11)


@pytest.mark.parametrize("y", [np.zeros(N), np.ones(N), (X[:, 1] > 0).astype(float)], ids=["all 0", "all 1", "step"])
def test_separated_shares_have_no_estimate(y):
    assert not irls(BINOMIAL, X[:, :2], y, 0.0, None, 1.0).converged


def test_a_finite_maximum_is_found_exactly_where_a_linear_programme_says_there_is_one():
    rng = np.random.default_rng(7)
    x = np.column_stack([np.ones(20), rng.normal(size=20), rng.random(20) < 0.2])
    y = rng.poisson(0.4, size=(60, 20))
    exists = []
    for row in y:  # it does unless some direction lowers rows of zero and leaves the others as they are
        zero, equal = x[row == 0], x[row > 0]
        found = linprog(zero.sum(0), zero, np.zeros(len(zero)), equal, np.zeros(len(equal)), bounds=(-1, 1))
        exists.append(found.fun > -1e-9)
    assert 0 < sum(exists) < 60
    assert irls(POISSON, x, y).converged.tolist() == exists


def test_weights_that_do_not_span_the_design_have_no_estimate():
    x = np.column_stack([np.ones(N), np.arange(N) == 0])
    batch = irls(POISSON, x, Y, OFFSET, weights=np.stack([np.ones(N), np.arange(N) > 0]))
    assert batch.converged.tolist() == [True, False]


@pytest.mark.parametrize("column", [2 * X[:, 1] + 1, np.zeros(N)], ids=["combination", "zero"])
def test_collinear_columns_are_refused(column):
    with pytest.raises(ModelError, match="must not be linear combinations"):
        irls(POISSON, np.column_stack([X, column]), Y, OFFSET)
