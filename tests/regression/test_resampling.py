"""Pairs bootstrap and permutation test, against goldens and refits with statsmodels of the same draws."""

import math
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.resampling import freedman_lane, pairs_bootstrap
from tests.goldens import check, golden, golden_data
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
    monkeypatch.setattr("optkommunen.regression.resampling._CELLS", 7 * 30)
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


SMALL = FRAME.head(8).assign(ring=list("aaabbbcd"))


@pytest.mark.shared
def test_all_permutations_of_eight_cars():
    block = golden("V38_freedman_lane_exact")
    want = block["values"]["rows25_32"]
    cars = golden_data("mtcars").iloc[24:32]
    fit = LinearModel("mpg", ("hp", "wt"))(cars.assign(kommune=cars["car"]))
    (test,) = freedman_lane(fit, "wt", studentise="classical").to_dict("records")
    check(test["t"], want["t"], block["tolerance"])
    assert (test["count_ge"], test["vectors"]) == (want["count_abs_ge"], want["N"])
    check(test["p"], want["p_two"], block["tolerance"])


def test_all_sign_patterns_of_darwins_maize_are_those_of_scipy():
    """Paired differences without covariates need no code of ours."""
    block = golden("V23_darwin_randomisation")
    want = block["values"]
    test = stats.permutation_test((want["diffs"],), np.sum, permutation_type="samples", n_resamples=want["N"])
    assert (test.statistic, len(test.null_distribution)) == (want["sum"], want["N"])
    check(test.pvalue, want["p_two"], block["tolerance"])
    assert (test.null_distribution >= want["sum"]).sum() == want["count_ge"]
    assert (test.null_distribution > want["sum"]).sum() == want["count_gt"]


def refits(frame, orders, weights, hc3):
    """Plain or HC3 t of x for each order of the (weighted) residuals without x, by refitting."""
    w = np.ones(len(frame)) if weights is None else frame["w"].to_numpy()
    root, y = np.sqrt(w), frame["y"].to_numpy()
    z = sm.add_constant(frame[["z"]].to_numpy())
    line = sm.WLS(y, z, weights=w).fit().fittedvalues
    residuals = root * (y - line)
    full = np.column_stack([z, frame["x"]])
    t = []
    for order in orders:
        fit = sm.WLS(line + residuals[list(order)] / root, full, weights=w).fit()
        t.append(fit.params[2] / (fit.HC3_se if hc3 else fit.bse)[2])
    return np.array(t)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("studentise", ["HC3", "classical"])
def test_every_permutation_within_strata_equals_a_refit(weights, studentise):
    frame = SMALL.assign(z=FRAME["w"].iloc[8:16].to_numpy())
    orders = [(*a, *b, 6, 7) for a, b in product(permutations(range(3)), permutations(range(3, 6)))]
    t = refits(frame, orders, weights, studentise == "HC3")
    test = freedman_lane(fitted(weights, frame=frame), "x", strata="ring", studentise=studentise)
    (found,) = test.to_dict("records")
    assert found["t"] == pytest.approx(t[0])
    assert (found["vectors"], found["permutations"], found["alone"]) == (36, 36, 2)
    assert found["count_ge"] == (np.abs(t) >= abs(t[0]) - 1e-10).sum()
    assert found["count_gt"] == (np.abs(t) > abs(t[0]) + 1e-10).sum()
    assert found["p"] == found["count_ge"] / 36


def test_the_observed_t_is_that_of_the_table():
    fit = fitted("w")
    assert freedman_lane(fit, "x", draws=9).at[0, "t"] == pytest.approx(fit.table().set_index("term").at["x", "t"])


@pytest.mark.parametrize(("strata", "number"), [(None, math.factorial(8)), ("ring", 36), ("pair", 2)])
def test_drawn_permutations_agree_with_all_of_them(monkeypatch, strata, number):
    fit = fitted(frame=SMALL.assign(z=FRAME["w"].iloc[8:16].to_numpy(), pair=list("abcdefgg")))
    exact = freedman_lane(fit, "x", strata=strata)
    assert exact.at[0, "vectors"] == number
    monkeypatch.setattr("optkommunen.regression.resampling._ALL_UP_TO", 1)
    drawn = freedman_lane(fit, "x", strata=strata, draws=20_000)
    p = exact.at[0, "p"]
    assert 0 < p < 1
    assert drawn.at[0, "p"] == (1 + drawn.at[0, "count_ge"]) / 20_001
    assert drawn.at[0, "p"] == pytest.approx(p, abs=3 * np.sqrt(p * (1 - p) / 20_000))


def test_the_same_seed_gives_the_same_p_value():
    first, again = (freedman_lane(fitted(), "x", strata="land", draws=999, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first.at[0, "permutations"] == math.prod(math.factorial(size) for size in (9, 7, 5, 3, 3, 2, 1))


def test_blocks_of_permutations_change_nothing(monkeypatch):
    fit = fitted(frame=SMALL.assign(z=FRAME["w"].iloc[8:16].to_numpy()))
    whole = freedman_lane(fit, "x", strata="ring")
    monkeypatch.setattr("optkommunen.regression.resampling._CELLS", 7 * 8)
    pd.testing.assert_frame_equal(freedman_lane(fit, "x", strata="ring"), whole)


def test_strata_of_one_each_are_refused():
    with pytest.raises(ModelError, match="each of kommune has one"):
        freedman_lane(fitted(), "x", strata="kommune")
