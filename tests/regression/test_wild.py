"""Wild cluster bootstrap, against the golden and refits with statsmodels for every sign vector."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.wild import wild_bootstrap
from tests.goldens import check, golden
from tests.regression.test_cluster_covariance import FRAME, LAND, fitted, investment


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
