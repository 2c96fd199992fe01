"""The models that could as well have been fitted, of any model: each row is that of its own fit, in one unit."""

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import COLUMNS, alternative_models, alternatives_to
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel, linear_counterparts
from optkommunen.regression.marginal import average_marginal

FRAME = spec.design(ok.load_returns()).frame.assign(share=lambda t: t["rate"] / 100)
ON = ("waiting_days", "provision_index", "ln_density")
COUNT = CountModel(spec.OUTCOME, ON, "ehb")(FRAME)


def test_rows_beside_a_count_are_those_of_their_own_fits():
    table = alternatives_to(COUNT, "waiting_days", step=7, per=1000).set_index("model")
    per = {"step": 7, "per": 1000}
    free = CountModel(spec.OUTCOME, ON, "ehb", free_exposure=True)(FRAME)
    share = ShareModel("share", ON)(FRAME)
    ols, wls = (LinearModel("rate", ON, weights)(FRAME) for weights in (None, "ehb"))
    logs = LinearModel("ln_rate", ON)(FRAME).table().set_index("term").loc["waiting_days"]
    mean = 1000 * FRAME["eingliederungen"].sum() / FRAME["ehb"].sum()
    want = {
        "quasi-Poisson": average_marginal(COUNT, "waiting_days", **per),
        "weighted by ehb": average_marginal(COUNT, "waiting_days", **per, weights="ehb"),
        "fractional logit": average_marginal(share, "waiting_days", **per),
        "ln ehb free": average_marginal(free, "waiting_days", **per),
        "waiting_days alone": average_marginal(
            CountModel(spec.OUTCOME, ("waiting_days",), "ehb")(FRAME), "waiting_days", **per
        ),
        "OLS of the rate": average_marginal(ols, "waiting_days", 70, per=1),  # rate is per 100
        "WLS of the rate": average_marginal(wls, "waiting_days", 70, per=1),
    }
    columns = ["value", "lower", "upper", "se", "p", "mde"]
    for name, row in want.items():
        np.testing.assert_allclose(table.loc[name, columns].astype(float), row[columns].iloc[0].astype(float), 1e-9)
    np.testing.assert_allclose(table.at["OLS of ln rate", "value"], 7 * mean * logs["value"])
    np.testing.assert_allclose(table.at["OLS of ln rate", "p"], logs["p"])
    assert list(table.columns) == [column for column in COLUMNS if column != "model"]


def test_the_stated_model_has_the_same_rows_by_either_road():
    stated = alternative_models(FRAME)
    general = alternatives_to(CountModel(spec.OUTCOME, spec.PRIMARY, "ehb")(FRAME), spec.INDEX, step=0.1)
    shared = ["value", "lower", "upper", "se", "p", "mde", "n"]
    np.testing.assert_allclose(general[shared].iloc[:7], stated[shared].iloc[:7], rtol=1e-9)


@pytest.mark.parametrize(
    ("fit", "names"),
    [
        (LinearModel("rate", ON)(FRAME), ["OLS", "ln_density alone"]),
        (LinearModel("rate", ON, "ehb")(FRAME), ["WLS", "OLS", "ln_density alone"]),
        (LinearModel("rate", ("ln_density",))(FRAME), ["OLS"]),
        (ShareModel("share", ON)(FRAME), ["fractional logit", "OLS of the share", "ln_density alone"]),
    ],
)
def test_what_stands_beside_a_linear_model_and_a_share(fit, names):
    table = alternatives_to(fit, "ln_density")
    assert table["model"].tolist() == names
    assert (
        table["value"].iloc[0]
        == average_marginal(fit, "ln_density", 1, per=1 if isinstance(fit.model, LinearModel) else 100)["value"].iloc[0]
    )


def test_a_model_that_cannot_be_fitted_says_why():
    none = FRAME.assign(eingliederungen=FRAME["eingliederungen"].mask(FRAME["kommune"] == "M05", 0))
    table = alternatives_to(CountModel(spec.OUTCOME, ON, "ehb")(none), "ln_density").set_index("model")
    assert "is not for M05" in table.at["OLS of ln rate", "note"]
    assert table.drop(index="OLS of ln rate")["value"].notna().all()
    with pytest.raises(ModelError, match="'nowhere' is not one of them"):
        alternatives_to(COUNT, "nowhere")


def test_a_regressor_called_rate_is_not_taken_for_the_rate_of_the_outcome():
    frame = FRAME.drop(columns="rate").rename(columns={"waiting_days": "rate"})
    fit = CountModel(spec.OUTCOME, ("rate", "ln_density"), "ehb")(frame)
    ols = linear_counterparts(fit)[0]
    plain = linear_counterparts(CountModel(spec.OUTCOME, ("waiting_days", "ln_density"), "ehb")(FRAME))[0]
    np.testing.assert_allclose(ols.coef, plain.coef)
    assert alternatives_to(fit, "rate")["value"].notna().all()


def test_without_a_level_there_is_no_interval_and_the_values_stay():
    with_level, without = (alternatives_to(COUNT, "ln_density", level=level) for level in (0.95, None))
    pd.testing.assert_series_equal(with_level["value"], without["value"])
    assert without[["lower", "upper", "p"]].isna().all(axis=None)
