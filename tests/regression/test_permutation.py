"""Permutation tests, against goldens and refits with statsmodels for every permutation."""

import math
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.permutation import freedman_lane
from tests.goldens import check, golden, golden_data
from tests.regression.test_cluster_covariance import FRAME, fitted

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
    monkeypatch.setattr("optkommunen.regression.permutation._ALL_UP_TO", 1)
    drawn = freedman_lane(fit, "x", strata=strata, draws=20_000)
    p = exact.at[0, "p"]
    assert 0 < p < 1
    assert drawn.at[0, "p"] == (1 + drawn.at[0, "count_ge"]) / 20_001
    assert drawn.at[0, "p"] == pytest.approx(p, abs=3 * np.sqrt(p * (1 - p) / 20_000))


def test_the_same_seed_gives_the_same_p_value():
    first, again = (freedman_lane(fitted(), "x", strata="land", draws=999, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first.at[0, "permutations"] == math.prod(math.factorial(size) for size in (9, 7, 5, 3, 3, 2, 1))


def test_blocks_change_nothing(monkeypatch):
    fit = fitted(frame=SMALL.assign(z=FRAME["w"].iloc[8:16].to_numpy()))
    whole = freedman_lane(fit, "x", strata="ring")
    monkeypatch.setattr("optkommunen.regression.permutation._CELLS", 7 * 8)
    pd.testing.assert_frame_equal(freedman_lane(fit, "x", strata="ring"), whole)


def test_strata_of_one_each_are_refused():
    with pytest.raises(ModelError, match="each of kommune has one"):
        freedman_lane(fitted(), "x", strata="kommune")
