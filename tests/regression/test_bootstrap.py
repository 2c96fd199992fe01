"""Pairs bootstrap, against refits with statsmodels of the same draws."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.bootstrap import pairs_bootstrap
from tests.regression.test_clusters import FRAME, fitted

DRAWS = 199


def drawn_rows(seed):
    return np.random.default_rng(seed).integers(30, size=(DRAWS, 30))


@pytest.mark.parametrize("weights", [None, "w"])
def test_both_intervals_equal_refits(weights):
    fit = fitted(weights)
    refits = [sm.WLS(fit.y[i], fit.x[i], weights=fit.w[i]).fit() for i in drawn_rows(seed=3)]
    b, se = np.array([r.params for r in refits]), np.array([r.HC3_se for r in refits])
    table = pairs_bootstrap(fit, level=0.9, draws=DRAWS, seed=3).set_index("kind")
    np.testing.assert_allclose(table.loc["percentile", "lower"], np.sort(b, axis=0)[9], rtol=1e-9)  # 10th of 199
    np.testing.assert_allclose(table.loc["percentile", "upper"], np.sort(b, axis=0)[189], rtol=1e-9)
    np.testing.assert_allclose(table.loc["percentile", "se"], b.std(axis=0, ddof=1), rtol=1e-9)
    reach = np.sort(np.abs(b - fit.coef) / se, axis=0)[179] * np.sqrt(np.diag(fit.covariance("HC3")))
    np.testing.assert_allclose(table.loc["studentised", "lower"], fit.coef - reach, rtol=1e-9)
    np.testing.assert_allclose(table.loc["studentised", "upper"], fit.coef + reach, rtol=1e-9)


def test_draws_without_a_refit_are_left_out_and_counted():
    city = FRAME["kommune"].isin(["M03", "M11", "M19", "M27"])
    fit = fitted(None, ("x", "city"), FRAME.assign(city=city.astype(float)))
    cities = np.array([len(set(i) & set(np.flatnonzero(city))) for i in drawn_rows(seed=3)])
    without = int((cities <= 1).sum())  # none: collinear; one alone: fits itself exactly
    assert without > 0
    table = pairs_bootstrap(fit, draws=DRAWS, seed=3)
    assert table["left_out"].eq(without).all()
    assert table["note"].eq(f"{without} of {DRAWS} draws without a refit are left out").all()
    assert np.isfinite(table[["lower", "upper"]]).all(axis=None)


def test_a_regressor_that_hangs_on_two_municipalities_is_refused():
    city = FRAME["kommune"].isin(["M03", "M11"])
    fit = fitted(None, ("x", "city"), FRAME.assign(city=city.astype(float)))
    with pytest.raises(ModelError, match="of 199 have none, because a regressor hangs"):
        pairs_bootstrap(fit, draws=DRAWS)


def test_blocks_change_nothing(monkeypatch):
    whole = pairs_bootstrap(fitted("w"), draws=DRAWS)
    monkeypatch.setattr("optkommunen.regression.bootstrap._CELLS", 7 * 30)
    pd.testing.assert_frame_equal(pairs_bootstrap(fitted("w"), draws=DRAWS), whole, rtol=1e-9)


def test_another_seed_gives_another_interval_and_the_same_seed_the_same():
    first, again, other = (pairs_bootstrap(fitted(), draws=DRAWS, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["lower"] != other["lower"]).all()
