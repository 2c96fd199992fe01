"""OLS and WLS with robust covariance, against goldens, statsmodels and broken input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.linear import LinearModel
from tests.goldens import check, golden, golden_data

RNG = np.random.default_rng(20090319)
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(1, 31)],
        "x": RNG.normal(size=30),
        "z": RNG.normal(size=30),
        "w": RNG.uniform(1, 9, size=30),
        "status": "synthetic",
    }
)
FRAME["y"] = 1 + 2 * FRAME["x"] - FRAME["z"] + RNG.normal(size=30)
MODEL = LinearModel("y", ("x", "z"))


@pytest.fixture
def schools():
    block = golden("V09_publicschools_hc")
    data = golden_data("PublicSchools").dropna()
    frame = pd.DataFrame({"kommune": data.iloc[:, 0], "spending": data["Expenditure"], "income": data["Income"] / 1e4})
    frame["income2"] = frame["income"] ** 2
    return block, LinearModel("spending", ("income", "income2"))(frame)


@pytest.mark.shared
@pytest.mark.parametrize(("kind", "published"), [("classical", "ols"), ("HC0", "HC0"), ("HC2", "HC2"), ("HC3", "HC3")])
def test_standard_errors_of_public_schools(schools, kind, published):
    block, fit = schools
    check(np.sqrt(np.diag(fit.covariance(kind))), block["values"][published], block["tolerance"])


@pytest.mark.shared
def test_alaska_has_the_largest_leverage(schools):
    block, fit = schools
    key, hat = fit.largest_leverage()
    assert key == "Alaska"
    check(hat, block["values"]["alaska_hat"], block["tolerance"])


@pytest.mark.shared
@pytest.mark.parametrize("weights", [None, "BIR74"])
def test_rates_of_events_of_north_carolina(weights):
    block = golden("V37_rate_regression_sids")
    data = golden_data("sids74").assign(kommune=lambda d: d["fips"].astype(str))
    data["rate"], data["share"] = 1000 * data["SID74"] / data["BIR74"], data["NWBIR74"] / data["BIR74"]
    fit = LinearModel("rate", ("share",), weights)(data)
    want = block["values"]["sids74"]["ols" if weights is None else "wls"]
    check(fit.coef, want["coef"], block["tolerance"])
    for kind in ("HC2", "HC3"):
        check(np.sqrt(np.diag(fit.covariance(kind))), want[kind], block["tolerance"])


@pytest.mark.parametrize("weights", [None, "w"])
def test_table_equals_statsmodels(weights):
    fit = LinearModel("y", ("x", "z"), weights)(FRAME)
    w = 1.0 if weights is None else FRAME["w"]
    peer = sm.WLS(FRAME["y"], sm.add_constant(FRAME[["x", "z"]]), weights=w).fit(cov_type="HC3", use_t=True)
    table = fit.table()
    np.testing.assert_allclose(table["value"], peer.params, rtol=1e-10)
    np.testing.assert_allclose(table["se"], peer.bse, rtol=1e-10)
    np.testing.assert_allclose(table["p"], peer.pvalues, rtol=1e-8)
    np.testing.assert_allclose(table[["lower", "upper"]], peer.conf_int(), rtol=1e-10)


def test_the_order_of_rows_changes_nothing():
    shuffled = FRAME.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(MODEL(FRAME).table(), MODEL(shuffled).table(), rtol=1e-10)


def test_switching_off_the_interval_changes_no_value():
    on, off = MODEL(FRAME).table(), MODEL(FRAME).table(level=None)
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off[["lower", "upper", "p"]].isna().all().all()
    assert (off["method"] == "none").all()


def test_the_worst_status_that_entered_is_carried():
    mixed = FRAME.assign(status=["derived"] * 29 + ["estimated"])
    assert (MODEL(mixed).table()["status"] == "estimated").all()


@pytest.mark.parametrize("weights", [None, "w"])
def test_a_municipality_that_fits_itself_exactly_is_dropped_with_its_dummy(weights):
    frame = FRAME.assign(only=(FRAME["kommune"] == "M07").astype(float))
    fit = LinearModel("y", ("only", "x"), weights)(frame)
    assert (fit.dropped, fit.dropped_regressors, fit.terms) == (("M07",), ("only",), ("constant", "x"))
    plain = LinearModel("y", ("x",), weights)(FRAME[FRAME["kommune"] != "M07"])
    pd.testing.assert_frame_equal(fit.table(), plain.table())
    with pytest.raises(ModelError, match="'only' was left out together with M07"):
        fit.index_of("only")


def test_the_only_municipality_of_the_reference_leaves_another_reference():
    group = np.where(FRAME["kommune"] == "M07", "a", np.where(FRAME["z"] > 0, "b", "c"))
    frame = FRAME.assign(b=(group == "b") * 1.0, c=(group == "c") * 1.0)
    fit = LinearModel("y", ("b", "c", "x"))(frame)
    assert (fit.dropped, fit.dropped_regressors) == (("M07",), ("c",))
    plain = LinearModel("y", ("b", "x"))(frame[frame["kommune"] != "M07"])
    pd.testing.assert_frame_equal(fit.table(), plain.table())


def test_two_sets_of_groups_may_lose_their_reference_at_once():
    last = pd.Series(np.arange(len(FRAME)) % 3, index=FRAME.index)
    frame = FRAME.assign(
        b=(FRAME["z"] > 0) * 1.0, c=(FRAME["z"] <= 0) * 1.0, **{f"r{i}": (last == i) * 1.0 for i in range(3)}
    )
    frame.loc[frame["kommune"] == "M07", ["b", "c"]] = 0.0
    frame.loc[frame["kommune"] == "M09", ["r0", "r1", "r2"]] = 0.0
    fit = LinearModel("y", ("b", "c", "x", "r0", "r1", "r2"))(frame)
    assert (fit.dropped, fit.dropped_regressors) == (("M07", "M09"), ("c", "r2"))
    plain = LinearModel("y", ("b", "x", "r0", "r1"))(frame[~frame["kommune"].isin(["M07", "M09"])])
    pd.testing.assert_frame_equal(fit.table(), plain.table())


def test_without_a_regressor_that_others_identify_nothing_is_estimated():
    frame = FRAME.assign(only=(FRAME["kommune"] == "M07").astype(float))
    with pytest.raises(ModelError, match="Only M07 tell the regressors only from the constant"):
        LinearModel("y", ("only",))(frame)


def test_without_equals_a_fit_of_the_smaller_frame():
    small = MODEL(FRAME[FRAME["kommune"] != "M03"]).table()
    pd.testing.assert_frame_equal(MODEL(FRAME).without(["M03"]).table(), small)


def test_leaving_out_who_is_not_there_is_refused():
    with pytest.raises(ModelError, match="not in it: M99"):
        MODEL(FRAME).without(["M99"])


@pytest.mark.parametrize(
    ("model", "frame", "message"),
    [
        (LinearModel("y", ("nothing",)), FRAME, "not found: nothing"),
        (MODEL, pd.concat([FRAME, FRAME.iloc[[4]]]), "more than once here: M05"),
        (MODEL, FRAME.assign(x=FRAME["x"].where(FRAME["kommune"] != "M02")), "x is not for M02"),
        (MODEL, FRAME.assign(z=np.inf), "z is not for M01"),
        (MODEL, FRAME.assign(x=1.0), "constant here: x"),
        (MODEL, FRAME.assign(z=2 * FRAME["x"] + 1), "collinear here: z"),
        (MODEL, FRAME.head(4), "at least 5 municipalities; found 4"),
        (LinearModel("y", ("x",), "w"), FRAME.assign(w=FRAME["w"] - 3), "Weights must be positive; w is not for"),
    ],
    ids=["column", "twice", "missing", "infinite", "constant", "collinear", "few", "weights"],
)
def test_input_that_cannot_be_estimated_is_refused_with_names(model, frame, message):
    with pytest.raises(ModelError, match=message):
        model(frame)
