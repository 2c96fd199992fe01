"""Average marginal associations: against a golden, statsmodels, and numerical derivatives."""

import numpy as np
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from tests.goldens import check, golden
from tests.regression.test_glm import COUNT, FRAME, SHARE, beetles

FREE = CountModel("integrations", ("coverage", "density"), "ehb", free_exposure=True)


def average(fit, coef, weights, shift=0.0):
    """Mean expected rate or share with `coef`, everyone's coverage raised by `shift`; written anew for this test."""
    x = fit.x.copy()
    x[:, 1] += shift
    eta = x @ coef
    response = np.exp(eta) if isinstance(fit.model, CountModel) else 1 / (1 + np.exp(-eta))
    return np.average(response, weights=weights)


@pytest.mark.shared
def test_association_of_dose_and_mortality_of_beetles():
    block = golden("V17_fraclogit_401k")
    fit = ShareModel("share", ("dose",))(beetles())
    value = average_marginal(fit, "dose", 1, per=1)["value"]
    check(value, [block["values"]["beetles_unweighted"]["APE_dose"]], block["tolerance"])


def test_shares_equal_statsmodels():
    peer = sm.GLM(FRAME["share"], sm.add_constant(FRAME[["coverage"]]), sm.families.Binomial()).fit(tol=1e-14)
    margins = peer.get_margeff()
    table = average_marginal(ShareModel("share", ("coverage",))(FRAME), "coverage", 1, per=1, kind="model")
    np.testing.assert_allclose(table["value"], margins.margeff, rtol=1e-8)
    np.testing.assert_allclose(table["se"], margins.margeff_se, rtol=1e-8)


@pytest.mark.parametrize("model", [COUNT, FREE, SHARE], ids=["count", "free exposure", "share"])
@pytest.mark.parametrize("weights", [None, "ehb"])
def test_value_and_standard_error_are_numerical_derivatives(model, weights):
    fit = model(FRAME)
    w = None if weights is None else FRAME[weights]
    tiny = 1e-4

    def marginal(coef):
        return 0.1 * 100 * (average(fit, coef, w, tiny) - average(fit, coef, w, -tiny)) / (2 * tiny)

    table = average_marginal(fit, "coverage", 0.1, weights=weights).iloc[0]
    assert table["value"] == pytest.approx(marginal(fit.coef), rel=1e-8)
    steps = 1e-4 * np.eye(len(fit.coef)) / np.abs(fit.x).max(axis=0)
    gradient = np.array([(marginal(fit.coef + s) - marginal(fit.coef - s)) / (2 * s.max()) for s in steps])
    assert table["se"] == pytest.approx(np.sqrt(gradient @ fit.covariance() @ gradient), rel=1e-7)


def test_a_small_difference_of_coverage_has_the_stated_difference_of_the_rate():
    fit = COUNT(FRAME)
    step = 0.001
    by_hand = 100 * (average(fit, fit.coef, None, step) - average(fit, fit.coef, None))
    assert average_marginal(fit, "coverage", step)["value"].iloc[0] == pytest.approx(by_hand, rel=1e-3)


def test_a_linear_model_keeps_its_interval_in_the_new_unit():
    fit = LinearModel("share", ("coverage", "density"))(FRAME)
    table = average_marginal(fit, "coverage", -0.1).iloc[0]
    row = fit.table().set_index("term").loc["coverage"]
    assert table["value"] == pytest.approx(-10 * row["value"])
    assert [table["upper"], table["lower"]] == pytest.approx([-10 * row["lower"], -10 * row["upper"]])
    assert table["p"] == pytest.approx(row["p"])


def test_the_columns_say_what_was_averaged():
    table = average_marginal(COUNT(FRAME), "coverage", 0.1, weights="ehb").iloc[0]
    assert table[["term", "step", "per", "weights", "status"]].tolist() == ["coverage", 0.1, 100, "ehb", "synthetic"]
    assert table["method"] == "quasi-Poisson HC3 t(37), delta method"
    assert average_marginal(COUNT(FRAME), "coverage", 0.1)["weights"].iloc[0] == "equal"


@pytest.mark.parametrize(
    ("term", "weights", "message"),
    [
        ("age", None, "'age' is not one of them"),
        ("coverage", "people", "'people' is not"),
        ("coverage", "gap", "gap is not for M01"),
    ],
)
def test_what_the_model_does_not_have_is_refused(term, weights, message):
    frame = FRAME.assign(gap=FRAME["ehb"].where(FRAME["kommune"] != "M01"))
    with pytest.raises(ModelError, match=message):
        average_marginal(COUNT(frame), term, 0.1, weights=weights)
