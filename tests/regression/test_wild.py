"""Wild and score bootstrap by cluster, against the golden and statsmodels, and their size where the null holds."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap
from tests.goldens import check, golden
from tests.regression.test_clusters import FRAME, LAND, fitted, investment


def cluster_t(y, x, w, codes, j):
    fit = sm.WLS(y, x, weights=w).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    return fit.tvalues[j]


def all_sign_vectors(y, x, w, codes, j):
    """Studentised coefficient of every sign vector by refitting, the constant vector +1 first."""
    others = np.delete(x, j, axis=1)
    line = sm.WLS(y, others, weights=w).fit().fittedvalues
    signs = np.array(list(product([1.0, -1.0], repeat=codes.max() + 1)))
    return np.array([cluster_t(line + v[codes] * (y - line), x, w, codes, j) for v in signs])


def test_counts_of_investment():
    block = golden("V14_wcr_exact")
    want = block["values"]["capital"]
    (test,) = wild_bootstrap(investment(), "capital", "firm").to_dict("records")
    check(test["t"], want["t"], block["tolerance"])
    assert (test["count_ge"], test["count_gt"], test["vectors"]) == (want["count_ge"], want["count_gt"], want["N"])
    check(test["p"], want["p"], block["tolerance"])


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("term", ["x", "z"])
def test_every_sign_vector_equals_a_refit(weights, term):
    fit = fitted(weights)
    t = all_sign_vectors(fit.y, fit.x, fit.w, pd.factorize(LAND)[0], fit.terms.index(term))
    (test,) = wild_bootstrap(fit, term, "land").to_dict("records")
    assert test["t"] == pytest.approx(t[0])
    assert test["vectors"] == len(t)
    assert test["count_ge"] == (np.abs(t) >= abs(t[0]) - 1e-10).sum()
    assert test["count_gt"] == (np.abs(t) > abs(t[0]) + 1e-10).sum()
    assert test["p"] == test["count_ge"] / len(t)


@pytest.mark.parametrize("weights", [None, "w"])
def test_the_interval_holds_the_values_that_are_not_rejected(weights):
    (test,) = wild_bootstrap(fitted(weights), "x", "land", level=0.9).to_dict("records")
    width = test["upper"] - test["lower"]

    def p_of(null):
        shifted = FRAME.assign(y=FRAME["y"] - null * FRAME["x"])
        return wild_bootstrap(fitted(weights, frame=shifted), "x", "land").at[0, "p"]

    for end, outwards in ((test["lower"], -1), (test["upper"], 1)):
        assert p_of(end - outwards * 1e-6 * width) > 0.1
        assert p_of(end + outwards * 1e-6 * width) <= 0.1


def test_four_clusters_reject_nothing_at_five_per_cent():
    frame = FRAME.assign(quarter=[f"Q{i % 4}" for i in range(30)])
    (test,) = wild_bootstrap(fitted(frame=frame), "x", "quarter", level=0.95).to_dict("records")
    assert test["smallest_p"] == 2 / 2**4
    assert (test["lower"], test["upper"]) == (-np.inf, np.inf)
    assert test["note"].startswith("no end")


def test_more_than_16_clusters_are_sampled_from_the_seed():
    frame = FRAME.assign(pair=[f"P{i // 2:02d}" for i in range(30)], own=FRAME["kommune"])
    fit = fitted(frame=frame)
    assert wild_bootstrap(fit, "x", "pair").at[0, "vectors"] == 2**15
    first, again = (wild_bootstrap(fit, "x", "own", draws=999, seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first.at[0, "p"] == (1 + first.at[0, "count_ge"]) / 1000
    assert first.at[0, "smallest_p"] == 1 / 1000


def test_an_interval_from_drawn_signs_needs_enough_of_them():
    fit = fitted(frame=FRAME.assign(own=FRAME["kommune"]))
    with pytest.raises(
        OptkommunenError, match=r"An interval of level 0\.95 needs a whole number of draws, at least 39"
    ):
        wild_bootstrap(fit, "x", "own", level=0.95, draws=38)
    assert wild_bootstrap(fit, "x", "own", draws=9).at[0, "p"] >= 0.1


def test_drawn_sign_vectors_agree_with_all_of_them(monkeypatch):
    fit = fitted()
    exact = wild_bootstrap(fit, "z", "land").at[0, "p"]
    monkeypatch.setattr("optkommunen.regression.wild._ALL_UP_TO", 6)
    drawn = wild_bootstrap(fit, "z", "land", draws=20_000)
    assert "drawn 20000 sign vectors" in drawn.at[0, "method"]
    assert drawn.at[0, "p"] == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / 20_000))


def test_a_coefficient_settled_inside_single_clusters_is_refused():
    dummies = {f"is_{g}": (FRAME["land"] == g).astype(float) for g in ("L1", "L2", "L3", "L4", "L5")}
    frame = FRAME[LAND != "L6"].assign(**dummies)
    fit = LinearModel("y", tuple(dummies))(frame)
    with pytest.raises(ModelError, match="is_L1 is settled inside single clusters of land"):
        wild_bootstrap(fit, "is_L1", "land")


CODES = pd.factorize(LAND)[0]
LAENDER = np.repeat(np.arange(13), (13, 13, 10, 6, 5, 5, 5, 4, 2, 2, 2, 1, 1))


def counts(x, y, offset, land):
    """Fit the quasi-Poisson model of the columns x and z."""
    frame = pd.DataFrame({"kommune": [f"{i:02d}" for i in range(len(y))], "land": land, "integrations": y})
    return CountModel("integrations", ("x", "z"), "ehb")(frame.assign(x=x[:, 1], z=x[:, 2], ehb=np.exp(offset)))


@pytest.fixture
def fit():
    rng = np.random.default_rng(2008)
    x = np.column_stack([np.ones(30), FRAME[["x", "z"]]])
    offset = np.log(rng.uniform(2_000, 9_000, size=30))
    noise = 0.1 * rng.normal(size=30) + 0.05 * rng.normal(size=7)[CODES]
    y = rng.poisson(np.exp(offset - 1.4 + 0.03 * x[:, 1] + noise)).astype(float)
    return counts(x, y, offset, LAND)


@pytest.mark.parametrize("term", ["x", "z"])
def test_every_sign_vector_equals_a_refit_of_the_working_model(fit, term):
    j = fit.terms.index(term)
    restricted = sm.GLM(fit.y, np.delete(fit.x, j, axis=1), family=sm.families.Poisson(), offset=fit.offset).fit()
    mean = restricted.fittedvalues
    working = np.log(mean) - fit.offset + (fit.y - mean) / mean
    t = all_sign_vectors(working, fit.x, mean, CODES, j)
    (test,) = score_bootstrap(fit, term, "land").to_dict("records")
    assert test["t"] == pytest.approx(t[0], rel=1e-6)
    assert test["count_ge"] == (np.abs(t) >= abs(t[0]) - 1e-8).sum()
    assert test["count_gt"] == (np.abs(t) > abs(t[0]) + 1e-8).sum()
    assert test["value"] == fit.coef[j]


def test_the_signs_of_one_give_the_projected_score_by_its_standard_error(fit):
    others = fit.x[:, [0, 2]]
    mean = sm.GLM(fit.y, others, family=sm.families.Poisson(), offset=fit.offset).fit().fittedvalues
    projected = sm.WLS(fit.x[:, 1], others, weights=mean).fit().resid
    residual = fit.y - mean
    refit = sm.WLS(residual / mean, fit.x, weights=mean).fit()
    left = pd.Series(projected * mean * refit.resid).groupby(LAND).sum()
    factor = 7 / 6 * 29 / 27
    t = (projected @ residual) / np.sqrt(factor * (left**2).sum())
    assert score_bootstrap(fit, "x", "land").at[0, "t"] == pytest.approx(t, rel=1e-6)


def test_the_interval_of_counts_holds_the_values_that_are_not_rejected(fit):
    (test,) = score_bootstrap(fit, "x", "land", level=0.9).to_dict("records")
    width = test["upper"] - test["lower"]
    assert test["lower"] < test["value"] < test["upper"]

    def p_of(null):
        shifted = counts(fit.x, fit.y, fit.offset + null * fit.x[:, 1], LAND)
        return score_bootstrap(shifted, "x", "land").at[0, "p"]

    for end, outwards in ((test["lower"], -1), (test["upper"], 1)):
        assert p_of(end - outwards * 1e-6 * width) > 0.1
        assert p_of(end + outwards * 1e-6 * width) <= 0.1


def test_a_true_null_is_rejected_in_about_one_of_twenty_samples():
    rng = np.random.default_rng(69)
    draws, rejected = 500, 0
    for _ in range(draws):
        x = np.column_stack([np.ones(69), rng.normal(size=69) + rng.normal(size=13)[LAENDER], rng.normal(size=69)])
        offset = np.log(8_350) + 0.6 * rng.normal(size=69)
        noise = 0.12 * rng.normal(size=69) + 0.05 * rng.normal(size=13)[LAENDER]
        y = rng.poisson(np.exp(offset - 1.4 + 0.1 * x[:, 2] + noise)).astype(float)
        drawn = counts(x, y, offset, LAENDER)
        rejected += score_bootstrap(drawn, "x", "land").at[0, "p"] <= 0.05
    assert rejected / draws == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / draws))


def test_a_restricted_model_without_fit_is_refused(fit):
    empty = (LAND == "L4").astype(float)
    none = replace(fit, x=np.column_stack([fit.x[:, :2], empty]), y=fit.y * (1 - empty))
    with pytest.raises(ModelError, match="did not converge"):
        score_bootstrap(none, "x", "land")


def test_a_share_has_no_score_bootstrap(fit):
    share = ShareModel("share", ("x", "z"))(fit.data.assign(share=0.2 + 0.01 * fit.data["x"]))
    with pytest.raises(ModelError, match=r"a fractional logit\. Use its linear twin"):
        score_bootstrap(share, "x", "land")
