"""The contribution table: terms that add up, and distances that are residuals."""

import numpy as np
import pytest

from optkommunen.regression.glm import CountModel
from optkommunen.regression.influence import adjusted_distance, contributions
from optkommunen.regression.linear import LinearModel
from tests.regression.test_glm import COUNT, FRAME, SHARE

LINEAR = LinearModel("share", ("coverage", "density"), "cases")
FREE = CountModel("integrations", ("coverage",), "ehb", free_exposure=True)
every_model = pytest.mark.parametrize("model", [COUNT, FREE, SHARE, LINEAR], ids=["count", "free", "share", "linear"])


@every_model
def test_the_terms_add_up_to_the_adjustment(model):
    fit = model(FRAME)
    sums = contributions(fit).groupby("kommune")["value"].sum()
    table = adjusted_distance(fit).set_index("kommune")
    np.testing.assert_allclose(sums[table.index], table["adjustment"], atol=1e-14)


@every_model
def test_reference_adjustment_and_distance_add_up_to_the_observed(model):
    table = adjusted_distance(model(FRAME))
    np.testing.assert_allclose(table["reference"] + table["adjustment"] + table["value"], table["observed"], rtol=1e-13)


def test_a_contribution_by_hand():
    fit = COUNT(FRAME)
    table = contributions(fit).set_index(["kommune", "term"])
    coverage = FRAME.set_index("kommune")["coverage"]
    want = (coverage["M05"] - coverage.mean()) * fit.coef[1]
    assert table.at[("M05", "coverage"), "value"] == pytest.approx(want, rel=1e-12)
    assert len(table) == 2 * len(FRAME)


def test_the_distance_of_counts_is_the_logarithm_of_observed_over_expected():
    fit = COUNT(FRAME)
    table = adjusted_distance(fit)
    np.testing.assert_allclose(table["value"], np.log(fit.y / fit.fitted), atol=1e-12)
    np.testing.assert_allclose(table["observed"], np.log(FRAME["integrations"] / FRAME["ehb"]), rtol=1e-12)


def test_the_distance_of_shares_is_a_difference_of_logits():
    fit = SHARE(FRAME)
    odds = fit.y / (1 - fit.y) / (fit.fitted / (1 - fit.fitted))
    np.testing.assert_allclose(adjusted_distance(fit)["value"], np.log(odds), atol=1e-12)


def test_the_distance_of_a_linear_model_is_its_residual():
    fit = LINEAR(FRAME)
    np.testing.assert_allclose(adjusted_distance(fit)["value"], fit.residuals, atol=1e-14)


@pytest.mark.parametrize(("model", "column", "border"), [(COUNT, "integrations", 0), (SHARE, "share", 1)])
def test_an_outcome_without_logarithm_has_a_reason_and_keeps_its_expectation(model, column, border):
    frame = FRAME.assign(**{column: FRAME[column].mask(FRAME["kommune"] == "M04", border)})
    table = adjusted_distance(model(frame)).set_index("kommune")
    assert table.index[table["value"].isna()].tolist() == ["M04"]
    assert table.at["M04", "note"] == f"{column} is {border}: no value on the scale of the model"
    assert table["expected"].notna().all()
    assert table["note"].drop("M04").eq("").all()


def test_the_worst_status_that_entered_is_carried():
    fit = COUNT(FRAME.assign(status=["derived"] * 39 + ["estimated"]))
    assert set(contributions(fit)["status"]) == set(adjusted_distance(fit)["status"]) == {"estimated"}
