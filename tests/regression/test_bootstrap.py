"""Pairs bootstrap, against refits with statsmodels of the same draws."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.regression.bootstrap import pairs_bootstrap
from tests.regression.test_cluster_covariance import FRAME, fitted

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


@pytest.mark.parametrize(
    ("level", "draws", "fewest"), [(0.95, 1, 39), (0.95, 19, 39), (0.95, 38, 39), (0.998, 99, 999)]
)
def test_an_interval_needs_a_draw_beyond_each_limit(level, draws, fewest):
    with pytest.raises(OptkommunenError, match=f"at least {fewest}; found {draws}"):
        pairs_bootstrap(fitted(), level=level, draws=draws)


def test_draws_without_a_refit_do_not_count_towards_those_an_interval_needs():
    city = FRAME["kommune"].isin(["M03", "M11", "M19", "M27"])
    table = pairs_bootstrap(fitted(None, ("x", "city"), FRAME.assign(city=city.astype(float))), draws=39, seed=3)
    assert table["left_out"].gt(0).all()
    assert table[["lower", "upper", "level"]].isna().all(axis=None)
    assert table["method"].eq("none").all()
    assert table["note"].str.endswith("an interval of level 0.95 needs 39 with one").all()


def test_without_a_level_the_rest_is_the_same():
    on, off = pairs_bootstrap(fitted(), draws=DRAWS), pairs_bootstrap(fitted(), draws=DRAWS, level=None)
    pd.testing.assert_series_equal(on["se"], off["se"])
    assert off[["lower", "upper", "level"]].isna().all(axis=None)
