"""Average marginal associations: golden, numerical gradient, closed forms; adjustment; several tests at once."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.adjustment import adjusted_distance, contributions
from optkommunen.regression.glm import ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.multiple import benjamini_hochberg, holm, wald
from tests.goldens import check, golden, golden_data
from tests.regression.test_glm import FRAME, MODEL


@pytest.mark.shared
def test_beetles_have_their_average_partial_effect():
    block = golden("V17_fraclogit_401k")
    data = golden_data("beetles")
    frame = data.assign(kommune=[f"b{i}" for i in data.index], share=data["killed"] / data["n"])
    table = average_marginal(ShareModel("share", ("dose",))(frame), "dose", 1, per=1)
    check(table["value"].iloc[0], block["values"]["beetles_unweighted"]["APE_dose"], block["tolerance"])


def test_in_a_count_model_it_is_step_times_coefficient_times_mean_rate():
    fit = MODEL(FRAME)
    rate = fit.fitted / FRAME["ehb"].to_numpy()
    for weights in (None, "ehb"):
        table = average_marginal(fit, "x", 0.1, per=100, weights=weights)
        mean = rate.mean() if weights is None else np.average(rate, weights=FRAME["ehb"])
        assert table["value"].iloc[0] == pytest.approx(0.1 * 100 * fit.coef[1] * mean)


@pytest.mark.parametrize("model", [MODEL, ShareModel("share", ("x", "z"))])
def test_the_standard_error_is_that_of_a_numerical_gradient(model):
    fit = model(FRAME)

    def average(coef):
        eta = fit.x @ coef
        return np.mean(coef[1] * (np.exp(eta) if model is MODEL else np.exp(eta) / (1 + np.exp(eta)) ** 2))

    steps = 1e-6 * np.eye(3)
    gradient = np.array([(average(fit.coef + h) - average(fit.coef - h)) / 2e-6 for h in steps])
    want = 100 * np.sqrt(gradient @ fit.covariance("HC3") @ gradient)
    assert average_marginal(fit, "x", 1)["se"].iloc[0] == pytest.approx(want, rel=1e-6)


def test_a_weight_that_is_not_there_is_refused():
    with pytest.raises(ModelError, match="'heads' is not"):
        average_marginal(MODEL(FRAME), "x", 1, weights="heads")


# ---- adjusted distance


@pytest.mark.parametrize("model", [MODEL, LinearModel("share", ("x", "z"))])
def test_the_terms_of_the_adjustment_add_up_exactly(model):
    fit = model(FRAME)
    parts = contributions(fit).groupby("kommune")["value"].sum()
    table = adjusted_distance(fit).set_index("kommune")
    np.testing.assert_allclose(parts.loc[table.index], table["adjustment"], atol=1e-12)
    np.testing.assert_allclose(table["observed"] - table["expected"], table["value"], atol=1e-12)


def test_the_expectation_of_a_count_model_is_the_logarithm_of_its_rate():
    fit = MODEL(FRAME)
    table = adjusted_distance(fit)
    np.testing.assert_allclose(np.exp(table["expected"]), fit.fitted / FRAME["ehb"])
    np.testing.assert_allclose(np.exp(table["observed"]), FRAME["o"] / FRAME["ehb"])


def test_no_event_has_no_distance_and_says_why():
    frame = FRAME.assign(o=FRAME["o"].where(FRAME["kommune"] != "M03", 0))
    row = adjusted_distance(MODEL(frame)).set_index("kommune").loc["M03"]
    assert np.isnan(row["value"])
    assert "no value on the scale" in row["note"]


# ---- several tests at once


@pytest.mark.shared
def test_fifteen_p_values_of_benjamini_and_hochberg():
    block = golden("V22_multiplicity")
    p, want = block["values"]["p"], block["values"]
    for adjust, name in ((holm, "holm"), (benjamini_hochberg, "bh")):
        adjusted = np.asarray(adjust(p))
        assert (adjusted < 0.05).sum() == want["reject05"][name]
        check(adjusted[:4], want[f"{name}_adj_first4"], block["tolerance"])


def test_adjusted_values_keep_their_labels_and_order():
    p = pd.Series({"debt": 0.04, "care": 0.001, "addiction": 0.03})
    adjusted = holm(p)
    assert list(adjusted.index) == ["debt", "care", "addiction"]
    np.testing.assert_allclose(adjusted, [0.06, 0.003, 0.06])


@pytest.mark.parametrize("weights", [None, "ehb"])
def test_the_joint_test_equals_that_of_statsmodels(weights):
    fit = LinearModel("share", ("x", "z"), weights)(FRAME)
    w = 1.0 if weights is None else FRAME["ehb"]
    peer = sm.WLS(FRAME["share"], sm.add_constant(FRAME[["x", "z"]]), weights=w).fit(cov_type="HC3", use_t=True)
    test, want = wald(fit, ("x", "z")), peer.f_test(np.eye(3)[1:])
    np.testing.assert_allclose([test.F, test.p], [float(np.squeeze(want.fvalue)), float(want.pvalue)], rtol=1e-8)
    assert (test.df1, test.df2) == (2, 37)


def test_the_joint_test_of_one_term_is_the_square_of_its_t():
    fit = MODEL(FRAME)
    row = fit.table().set_index("term").loc["x"]
    test = wald(fit, ("x",))
    np.testing.assert_allclose([test.F, test.p], [row["t"] ** 2, row["p"]])
