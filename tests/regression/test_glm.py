"""Quasi-Poisson and fractional logit: goldens, statsmodels where it is right, and where it is wrong."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.irls import fit_poisson
from tests.goldens import check, golden, golden_data

RNG = np.random.default_rng(1116)
N = 40
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(1, N + 1)],
        "x": RNG.normal(size=N),
        "z": RNG.normal(size=N),
        "ehb": RNG.lognormal(9, 0.6, size=N),
        "status": "synthetic",
    }
)
FRAME["o"] = RNG.poisson(FRAME["ehb"] * np.exp(-1.4 + 0.05 * FRAME["x"] + 0.1 * RNG.normal(size=N)))
FRAME["share"] = 1 / (1 + np.exp(1 - 0.4 * FRAME["x"] + 0.3 * RNG.normal(size=N)))
MODEL = CountModel("o", ("x", "z"), "ehb")


def se(fit, kind):
    return np.sqrt(np.diag(fit.covariance(kind)))


@pytest.fixture
def ships():
    data = golden_data("ships").astype({"year": str, "period": str})
    dummies = pd.get_dummies(data[["type", "year", "period"]], drop_first=True).astype(float)
    frame = pd.concat([data[["service", "incidents"]], dummies], axis=1).assign(kommune=[f"s{i}" for i in data.index])
    return frame, tuple(dummies.columns), CountModel("incidents", tuple(dummies.columns), "service")(frame)


@pytest.mark.shared
def test_ships_have_their_coefficients_dispersion_and_standard_errors(ships):
    block, (_, _, fit) = golden("V16_quasipoisson_ships"), ships
    want, tolerance = block["values"], block["tolerance"]
    check(fit.coef, want["coef"], tolerance)
    check(fit.phi, want["phi"], tolerance)
    check(se(fit, "classical"), want["quasi_se"], tolerance)
    for kind in ("HC0", "HC2", "HC3"):
        check(se(fit, kind), want[kind], tolerance)


@pytest.mark.shared
def test_statsmodels_gives_hc0_whatever_it_is_asked_for(ships):
    want = golden("V16_quasipoisson_ships")["values"]
    frame, columns, fit = ships
    design = sm.add_constant(frame[list(columns)])
    for kind in ("HC2", "HC3"):
        peer = sm.GLM(frame["incidents"], design, sm.families.Poisson(), exposure=frame["service"]).fit(cov_type=kind)
        np.testing.assert_allclose(peer.bse.iloc[0], want["HC0"][0], rtol=1e-6)
        assert abs(peer.bse.iloc[0] / se(fit, kind)[0] - 1) > 0.3


@pytest.mark.shared
@pytest.mark.parametrize("free", [False, True])
def test_counts_of_north_carolina(free):
    block = golden("V37_rate_regression_sids")
    data = golden_data("sids74").assign(kommune=lambda d: d["fips"].astype(str))
    data["share"] = data["NWBIR74"] / data["BIR74"]
    fit = CountModel("SID74", ("share",), "BIR74", free_exposure=free)(data)
    want = block["values"]["sids74"]["quasipoisson_free_ln_exposure" if free else "quasipoisson"]
    check(fit.coef, want["coef"], block["tolerance"])
    check(se(fit, "classical"), want["quasi_se"], block["tolerance"])
    for kind in ("HC0", "HC2", "HC3"):
        if kind in want:
            check(se(fit, kind), want[kind], block["tolerance"])


@pytest.fixture
def beetles():
    data = golden_data("beetles")
    return data.assign(kommune=[f"b{i}" for i in data.index], share=data["killed"] / data["n"])


@pytest.mark.shared
def test_beetles_with_trials_are_quasi_binomial(beetles):
    block = golden("V34_beetles_quasibinomial")
    want, tolerance = block["values"], block["tolerance"]
    fit = ShareModel("share", ("dose",), "n")(beetles)
    check(fit.coef, want["coef"], tolerance)
    check(fit.phi, want["phi"], tolerance)
    check(se(fit, "model"), want["se"], tolerance)
    check(se(fit, "classical"), want["quasi_se"], tolerance)
    for kind in ("HC0", "HC2", "HC3"):
        check(se(fit, kind), want[kind], tolerance)


@pytest.mark.shared
def test_statsmodels_forgets_the_trials_of_a_two_column_outcome(beetles):
    want = golden("V34_beetles_quasibinomial")["values"]
    outcome = np.column_stack([beetles["killed"], beetles["n"] - beetles["killed"]])
    peer = sm.GLM(outcome, sm.add_constant(beetles["dose"]), sm.families.Binomial()).fit(scale="X2")
    np.testing.assert_allclose(peer.scale, want["wrong_two_column_scale"], rtol=1e-5)
    fit = ShareModel("share", ("dose",), "n")(beetles)
    assert abs(fit.phi / peer.scale - 1) > 10


@pytest.mark.shared
def test_beetles_without_trials_are_a_fractional_logit(beetles):
    block = golden("V17_fraclogit_401k")
    want, tolerance = block["values"]["beetles_unweighted"], block["tolerance"]
    fit = ShareModel("share", ("dose",))(beetles)
    check(fit.coef, want["coef"], tolerance)
    for kind in ("HC0", "HC3"):
        check(se(fit, kind), want[kind], tolerance)


@pytest.mark.parametrize("kind", ["model", "HC0"])
def test_counts_equal_statsmodels_where_it_is_right(kind):
    fit = MODEL(FRAME)
    design = sm.add_constant(FRAME[["x", "z"]])
    options = {"cov_type": "HC0"} if kind == "HC0" else {}
    peer = sm.GLM(FRAME["o"], design, sm.families.Poisson(), exposure=FRAME["ehb"]).fit(tol=1e-14, **options)
    np.testing.assert_allclose(fit.coef, peer.params, rtol=1e-8)
    np.testing.assert_allclose(se(fit, kind), peer.bse, rtol=1e-8)


def test_hat_values_are_those_of_the_weighted_design():
    fit = MODEL(FRAME)
    root = np.sqrt(fit.fitted)[:, None] * fit.x
    np.testing.assert_allclose(fit.hat, np.diag(root @ np.linalg.inv(root.T @ root) @ root.T))


def test_the_table_has_the_columns_of_the_linear_one():
    from optkommunen.regression.linear import LinearModel

    linear = LinearModel("share", ("x", "z"))(FRAME).table()
    for fit in (MODEL(FRAME), ShareModel("share", ("x", "z"))(FRAME)):
        assert list(fit.table().columns) == list(linear.columns)
        assert fit.table()["method"].str.contains(r"HC3 t\(37\)").all()


def test_switching_off_the_interval_changes_no_value():
    on, off = MODEL(FRAME).table(), MODEL(FRAME).table(level=None)
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off[["lower", "upper", "p"]].isna().all().all()


def test_the_order_of_rows_changes_nothing():
    one, two = MODEL(FRAME).table(), MODEL(FRAME.sample(frac=1, random_state=3)).table()
    pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_a_municipality_that_fits_itself_is_dropped_and_named():
    frame = FRAME.assign(alone=(FRAME["kommune"] == "M07").astype(float))
    fit = CountModel("o", ("x", "alone"), "ehb")(frame.assign(alone=frame["alone"] + 1e-9 * frame["z"]))
    assert fit.dropped == ("M07",)
    assert np.isfinite(fit.table()["se"]).all()


def test_many_fits_at_once_equal_one_by_one():
    x = sm.add_constant(FRAME[["x", "z"]]).to_numpy()
    offset = np.log(FRAME["ehb"].to_numpy())
    weights = 1 - np.eye(N)
    many = fit_poisson(x, FRAME["o"], offset, weights=weights)
    for i in (0, 17, 39):
        keep = weights[i] > 0
        one = fit_poisson(x[keep], FRAME["o"].to_numpy()[keep], offset[keep])
        np.testing.assert_allclose(many.coef[i], one.coef, rtol=1e-10)


def test_a_fit_from_another_start_is_the_same():
    x, offset = sm.add_constant(FRAME[["x", "z"]]).to_numpy(), np.log(FRAME["ehb"].to_numpy())
    cold, warm = (fit_poisson(x, FRAME["o"], offset, start=start) for start in (None, [-1.0, 0.2, 0.1]))
    np.testing.assert_allclose(cold.coef, warm.coef, rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"o": -1}, "A count must not be negative; o is for M01"),
        ({"ehb": 0.0}, "Exposure must be positive; ehb is not for M01"),
        ({"o": np.nan}, "o is not for M01"),
        ({"kommune": "M02"}, "twice here: M02"),
    ],
)
def test_broken_counts_are_refused_by_name(change, message):
    frame = FRAME.astype({"o": float})
    for column, value in change.items():
        frame.loc[0, column] = value
    with pytest.raises(ModelError, match=message):
        MODEL(frame)


def test_counts_of_nothing_but_zero_are_refused():
    with pytest.raises(ModelError, match="zero for all 40 municipalities"):
        MODEL(FRAME.assign(o=0))


def test_a_regressor_that_separates_the_zeros_is_refused():
    frame = FRAME.assign(group=(np.arange(N) < 8).astype(float))
    frame["o"] = frame["o"].where(frame["group"] == 0, 0)
    with pytest.raises(ModelError, match=r"No finite estimate: .* M01, .*separation"):
        CountModel("o", ("group",), "ehb")(frame)


def test_a_share_outside_its_range_is_refused():
    with pytest.raises(ModelError, match="M01"):
        ShareModel("share", ("x",))(FRAME.assign(share=FRAME["share"].where(FRAME["kommune"] != "M01", 1.2)))


def test_an_unknown_covariance_is_refused():
    with pytest.raises(ModelError, match=r"one of .*HC3; not 'HC4'"):
        MODEL(FRAME).covariance("HC4")
