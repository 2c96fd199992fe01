"""The results object of statsmodels carries our covariance; and what statsmodels would have said without it."""

import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import OLSInfluence

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import wald
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal

FRAME = spec.design(ok.load_returns()).frame.assign(share=lambda t: t["rate"] / 100)
FITS = {
    "OLS": LinearModel(spec.RATE, spec.PRIMARY)(FRAME),
    "WLS": LinearModel(spec.RATE, spec.PRIMARY, "ehb")(FRAME),
    "quasi-Poisson": CountModel(spec.OUTCOME, spec.PRIMARY, "ehb")(FRAME),
    "quasi-Poisson, free exposure": CountModel(spec.OUTCOME, spec.PRIMARY, "ehb", free_exposure=True)(FRAME),
    "fractional logit": ShareModel("share", spec.PRIMARY)(FRAME),
    "quasi-binomial": ShareModel("share", spec.PRIMARY, "ehb")(FRAME),
}
COUNTS = FITS["quasi-Poisson"]


@pytest.mark.parametrize("name", FITS)
def test_what_the_library_says_of_each_coefficient_is_what_our_table_says(name):
    fit = FITS[name]
    results, table = fit.statsmodels_results(), fit.table().set_index("term")
    assert list(results.params.index) == list(fit.terms)
    close = {"rtol": 1e-10}
    np.testing.assert_allclose(results.params, table["value"], **close)
    np.testing.assert_allclose(results.bse, table["se"], **close)
    np.testing.assert_allclose(results.tvalues, table["t"], **close)
    np.testing.assert_allclose(results.pvalues, table["p"], **close)
    np.testing.assert_allclose(results.conf_int(), table[["lower", "upper"]], **close)
    np.testing.assert_allclose(results.conf_int(alpha=0.1), fit.table(0.9)[["lower", "upper"]], **close)
    np.testing.assert_array_equal(results.cov_params(), fit.covariance())
    assert (results.cov_type, results.use_t, results.df_resid) == ("HC3", True, fit.df)
    assert results.scale == pytest.approx(fit.phi, rel=1e-10)
    np.testing.assert_allclose(results.fittedvalues, fit.fitted, **close)
    assert list(results.fittedvalues.index) == fit.data["kommune"].tolist()


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("kind", ["classical", "HC0", "HC2"])
def test_another_covariance_is_carried_as_well(name, kind):
    fit = FITS[name]
    np.testing.assert_allclose(fit.statsmodels_results(kind).bse, fit.table(kind=kind)["se"], rtol=1e-10)


@pytest.mark.parametrize("name", FITS)
def test_tests_of_the_library_rest_on_the_carried_covariance(name):
    fit = FITS[name]
    results = fit.statsmodels_results()
    single = results.t_test("provision_index = 0")
    assert single.pvalue == pytest.approx(fit.table().set_index("term").at["provision_index", "p"], rel=1e-10)
    joint, ours = results.wald_test("provision_index = 0, waiting_days = 0", scalar=True), wald(fit, spec.NAIVE)
    assert (joint.statistic, joint.pvalue) == pytest.approx((ours.F, ours.p), rel=1e-8)
    assert (joint.df_num, joint.df_denom) == (ours.df1, ours.df2)


@pytest.mark.parametrize("name", FITS)
def test_a_prediction_has_the_delta_method_error_of_the_carried_covariance(name):
    fit = FITS[name]
    new = fit.x[:3]
    found = fit.statsmodels_results().get_prediction(new).summary_frame()
    slope = fit.mean_derivatives[0][:3]  # counts: per unit of exposure, which is what the library predicts unasked
    np.testing.assert_allclose(found["mean_se"], slope * np.sqrt(np.diag(new @ fit.covariance() @ new.T)), rtol=1e-10)


def test_a_prediction_of_counts_drops_the_exposure_unless_it_is_given():
    results = COUNTS.statsmodels_results()
    np.testing.assert_allclose(results.predict(), COUNTS.fitted)
    np.testing.assert_allclose(results.predict(COUNTS.x), COUNTS.fitted / FRAME["ehb"])
    np.testing.assert_allclose(results.predict(COUNTS.x, exposure=FRAME["ehb"]), COUNTS.fitted)


@pytest.mark.parametrize("name", FITS)
def test_the_results_pickle_with_their_covariance(name):
    results = FITS[name].statsmodels_results()
    again = pickle.loads(pickle.dumps(results))
    pd.testing.assert_series_equal(again.bse, results.bse)
    pd.testing.assert_frame_equal(again.conf_int(), results.conf_int())


def test_the_printed_summary_names_the_covariance():
    for fit in FITS.values():
        text = fit.statsmodels_results().summary().as_text()
        assert "HC3" in text
        assert "t" in text.split("std err")[1].split("P>|t|")[0]


def test_where_no_residual_is_left_the_library_has_no_error_either():
    frame = FRAME.assign(made=0.1 + 0.3 * FRAME["provision_index"], count=10 * FRAME["ehb"])
    for fit in (LinearModel("made", spec.NAIVE)(frame), CountModel("count", spec.NAIVE, "ehb")(frame)):
        results = fit.statsmodels_results()
        assert results.bse.isna().all()
        assert results.pvalues.isna().all()
        assert results.conf_int().isna().all(axis=None)


def test_an_unknown_covariance_is_refused():
    with pytest.raises(ModelError, match="one of classical, HC0, HC2, HC3; not 'HC1'"):
        FITS["OLS"].statsmodels_results("HC1")


# ---- why the algebra is our own: what statsmodels 0.15 says. A failure here means that the library changed; then look
# whether the own part can go.


def poisson(**options):
    model = sm.GLM(COUNTS.y, COUNTS.x, family=sm.families.Poisson(), exposure=FRAME["ehb"].to_numpy())
    return model.fit(**options)


@pytest.mark.parametrize("kind", ["HC1", "HC2", "HC3"])
def test_statsmodels_still_returns_hc0_for_the_robust_covariances_of_a_glm(kind):
    theirs = poisson(cov_type=kind)
    np.testing.assert_allclose(theirs.bse, COUNTS.table(kind="HC0")["se"], rtol=1e-7)
    assert COUNTS.table()["se"].iloc[1] == pytest.approx(0.1160, abs=5e-5)
    assert theirs.bse[1] == pytest.approx(0.0985, abs=5e-5)
    assert theirs.pvalues[1] < 1e-10 < 1e-9 < COUNTS.table()["p"].iloc[1]


def test_statsmodels_agrees_on_hc3_of_linear_models():
    for name in ("OLS", "WLS"):
        fit = FITS[name]
        weights = {} if name == "OLS" else {"weights": fit.w}
        theirs = (sm.WLS if weights else sm.OLS)(fit.y, fit.x, **weights).fit(cov_type="HC3", use_t=True)
        np.testing.assert_allclose(theirs.bse, fit.table()["se"], rtol=1e-9)


def test_statsmodels_still_has_no_leverages_of_weighted_least_squares():
    fit = FITS["WLS"]
    theirs = sm.WLS(fit.y, fit.x, weights=fit.w).fit()
    assert not hasattr(theirs, "get_influence")
    assert OLSInfluence(theirs).hat_matrix_diag.sum() == pytest.approx(0.07, abs=0.005)
    assert fit.hat.sum() == pytest.approx(7)


def test_statsmodels_still_gives_a_p_where_a_municipality_fits_itself_exactly():
    found = []
    for key in FRAME["kommune"][:12]:
        x = np.column_stack([np.ones(69), FRAME["provision_index"], FRAME["kommune"] == key])
        with np.errstate(all="ignore"):
            found.append(sm.OLS(FRAME["rate"].to_numpy(), x.astype(float)).fit(cov_type="HC3", use_t=True).bse[2])
    known = np.array(found)[np.isfinite(found)]
    assert len(known)  # made of rounding: the residual of who is alone over 1 - h, both zero
    assert known.max() > 3 * known.min()
    frame = FRAME.assign(alone=FRAME["kommune"].eq("M07").astype(float))
    fit = LinearModel("rate", ("provision_index", "alone"))(frame)
    assert (fit.dropped, fit.dropped_regressors) == (("M07",), ("alone",))
    assert "alone" not in fit.statsmodels_results().params.index


def test_statsmodels_still_calls_a_separated_fit_converged():
    few = FRAME["kommune"].isin(["M07", "M08", "M09"])
    frame = FRAME.assign(eingliederungen=FRAME["eingliederungen"].mask(few, 0), few=few.astype(float))
    x = sm.add_constant(frame[["provision_index", "few"]].to_numpy())
    theirs = sm.GLM(frame["eingliederungen"], x, family=sm.families.Poisson(), exposure=frame["ehb"]).fit()
    assert theirs.converged
    assert theirs.params.iloc[2] < -15
    with pytest.raises(ModelError, match=r"runs to its border for M07, M08, M09.*separation"):
        CountModel("eingliederungen", ("provision_index", "few"), "ehb")(frame)


def test_the_average_marginal_association_is_that_of_predictions_of_the_library():
    unit = average_marginal(COUNTS, "provision_index", 1, per=1)["value"].iloc[0]
    results, h = COUNTS.statsmodels_results(), 1e-6
    moved = COUNTS.x + h * (np.array(COUNTS.terms) == "provision_index")
    assert (results.predict(moved) - results.predict(COUNTS.x)).mean() / h == pytest.approx(unit, rel=1e-5)
