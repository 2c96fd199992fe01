"""Panel with effects: equals statsmodels with dummies and CR2 in full matrices, refuses what too few carry."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression.integration import panel_design
from optkommunen.regression.panel import PanelModel

FRAME = panel_design(ok.load_returns()).frame
MODEL = PanelModel("eingliederungen", ("provision_index", "waiting_days"), "ehb")


def few(frame, keys):
    """Rows of some municipalities."""
    return frame[frame["kommune"].isin(keys)].reset_index(drop=True)


TWELVE = few(FRAME, [f"M{i:02d}" for i in range(1, 13)])
REPORTED = pd.DataFrame(
    {
        "kommune": np.repeat(list("abcdef"), 2),
        "period": ["1", "2"] * 6,
        "e": 1000.0,
        "o": [200, 260, 190, 195, 210, 205, 205, 212, 220, 214, 180, 186],
        "x": [0.0, 1] + [0.0] * 10,
    }
)


def with_dummies(frame, names):
    """Regressors and dummies of all municipalities and of all years but the first."""
    units, years = (pd.get_dummies(frame[column], dtype=float) for column in ("kommune", "period"))
    return np.column_stack([frame[list(names)], units, years.iloc[:, 1:]]).astype(float)


def test_coefficients_equal_those_of_statsmodels_with_dummies():
    result = MODEL(FRAME)
    design = with_dummies(FRAME, MODEL.regressors)
    peer = sm.GLM(FRAME["eingliederungen"], design, sm.families.Poisson(), exposure=FRAME["ehb"]).fit(tol=1e-14)
    np.testing.assert_allclose(result.coef, peer.params[:2], rtol=1e-8)
    np.testing.assert_allclose(result.fitted, peer.fittedvalues, rtol=1e-8)


@pytest.mark.parametrize("j", [0, 1])
def test_errors_and_degrees_of_freedom_equal_their_definition_in_full_matrices(j):
    result = MODEL(TWELVE)
    root = np.sqrt(result.fitted)
    x = with_dummies(TWELVE, MODEL.regressors) * root[:, None]
    e = (TWELVE["eingliederungen"] - result.fitted) / root
    bread = np.linalg.pinv(x.T @ x)
    maker = np.eye(len(x)) - x @ bread @ x.T
    columns = []
    for key in TWELVE["kommune"].unique():
        rows = (TWELVE["kommune"] == key).to_numpy()
        block = maker[np.ix_(rows, rows)]
        left, size, right = np.linalg.svd(block)
        inverse_root = left @ np.diag([0.0 if one < 1e-8 else one**-0.5 for one in size]) @ right
        columns.append(maker[:, rows] @ inverse_root @ x[rows] @ bread[:, j])
    p = np.column_stack(columns)
    gram = p.T @ p
    found = result.table().iloc[j]
    # P is made of residual makers, so P'√W y = P'e
    assert found["se"] ** 2 == pytest.approx(((p.T @ e) ** 2).sum(), rel=1e-7)
    df = np.trace(gram) ** 2 / (gram**2).sum()
    assert found["df"] == pytest.approx(df, rel=1e-7)
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(found["t"]), df), rel=1e-6)
    assert found["upper"] == pytest.approx(found["value"] + stats.t.ppf(0.975, df) * found["se"], rel=1e-7)


def test_effective_clusters_equal_the_regression_of_the_regressor_on_everything_else():
    result = MODEL(TWELVE)
    design = with_dummies(TWELVE, MODEL.regressors)
    left = sm.WLS(design[:, 0], design[:, 1:], weights=result.fitted).fit().resid
    shares = pd.Series(result.fitted * left**2).groupby(TWELVE["kommune"]).sum()
    row = result.table().iloc[0]
    assert row["effective_clusters"] == pytest.approx(shares.sum() ** 2 / (shares**2).sum(), rel=1e-8)
    assert row["n_changing"] == 12


def test_one_changing_municipality_has_neither_interval_nor_p():
    row = PanelModel("o", ("x",), "e")(REPORTED).table().iloc[0]
    assert row["value"] == pytest.approx(0.2554, abs=1e-4)
    assert row[["lower", "upper", "level", "p", "mde"]].isna().all()
    assert row["method"] == "none"
    assert row["n_changing"] == 1
    assert row["effective_clusters"] < 2
    assert row["note"].startswith(
        "carried by too few: it changes in 1 of 6 municipalities; 1.5 effective clusters, no "
    )


def test_degrees_of_freedom_without_effective_clusters_are_not_enough():
    """One of thirty moves far, five by a little: twenty-odd degrees of freedom cannot be, but one cluster carries."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"kommune": np.repeat([f"M{i:02d}" for i in range(30)], 3), "period": ["1", "2", "3"] * 30})
    frame["e"], frame["x"] = 8000.0, 0.0
    frame.loc[:2, "x"] = [0.0, 1.0, 3.0]
    frame["o"] = rng.poisson(2000, 90)
    row = PanelModel("o", ("x",), "e")(frame).table().iloc[0]
    assert row["effective_clusters"] < 1.2
    assert np.isnan(row["p"])


def test_the_sign_flips_equal_refits_of_the_working_model_over_the_changing_municipalities():
    still = TWELVE["kommune"] > "M06"
    frame = TWELVE.assign(x=TWELVE["provision_index"].mask(still, 0.3))
    result = PanelModel("eingliederungen", ("x", "waiting_days"), "ehb")(frame)
    test = result.sign_flips("x").iloc[0]
    design = with_dummies(frame, ("x", "waiting_days"))
    mean = (
        sm.GLM(frame["eingliederungen"], design[:, 1:], sm.families.Poisson(), exposure=frame["ehb"])
        .fit(tol=1e-14)
        .fittedvalues.to_numpy()
    )
    residual = (frame["eingliederungen"].to_numpy() - mean) / mean
    codes = pd.factorize(frame["kommune"])[0]
    t = []
    for signs in product([1.0, -1.0], repeat=6):
        outcome = residual * np.array([*signs, *[0.0] * 6])[codes]
        refit = sm.WLS(outcome, design, weights=mean).fit()
        left = sm.WLS(design[:, 0], design[:, 1:], weights=mean).fit().resid
        scores = pd.Series(left * mean * refit.resid).groupby(codes).sum()
        t.append((left * mean) @ outcome / np.sqrt((scores**2).sum()))
    n, k = design.shape
    assert test["t"] == pytest.approx(t[0] / np.sqrt(12 / 11 * (n - 1) / (n - k)), rel=1e-6)
    assert test["count_ge"] == (np.abs(t) >= abs(t[0]) - 1e-8).sum()
    assert test["p"] == test["count_ge"] / 64
    assert (test["vectors"], test["smallest_p"], test["n_changing"]) == (64, 2 / 64, 6)


def test_an_interval_by_signs_holds_what_is_not_rejected():
    result = MODEL(few(FRAME, [f"M{i:02d}" for i in range(1, 9)]))
    row = result.sign_flips("provision_index", level=0.9).iloc[0]
    assert row["lower"] < row["value"] < row["upper"]
    offset = result.data.assign(ehb=result.data["ehb"] * np.exp(row["upper"] * result.data["provision_index"]))
    at_the_end = MODEL(offset).sign_flips("provision_index").at[0, "p"]
    assert at_the_end == pytest.approx(0.1, abs=0.02)


def test_signs_of_a_single_municipality_say_nothing():
    row = PanelModel("o", ("x",), "e")(REPORTED).sign_flips("x").iloc[0]
    assert np.isnan(row["p"])
    assert row["note"].startswith("settled by a single cluster")
    with pytest.raises(ModelError, match="'z' is not one of them"):
        PanelModel("o", ("x",), "e")(REPORTED).sign_flips("z")


def test_as_many_parameters_as_rows_leave_no_error():
    frame = few(REPORTED, list("abc")).assign(x=[0.0, 1, 2, 2, 1, 3], z=[1.0, 0, 0, 2, 5, 5])
    result = PanelModel("o", ("x", "z"), "e")(frame)
    table = result.table()
    assert table[["se", "lower", "p", "mde"]].isna().all(axis=None)
    assert table["note"].str.startswith("the outcome follows the regressors exactly").all()
    assert np.isnan(result.phi)
    assert np.isnan(result.sign_flips("x").at[0, "p"])


def test_changes_are_seen_in_any_unit():
    table, tiny = (MODEL(TWELVE.assign(provision_index=TWELVE["provision_index"] * u)).table() for u in (1.0, 1e-13))
    np.testing.assert_allclose(table["t"], tiny["t"], rtol=1e-6)


def test_a_change_that_is_the_same_in_all_is_refused():
    same = TWELVE.assign(trend=(TWELVE["period"] == "2008").astype(float))
    with pytest.raises(ModelError, match="changes of trend must differ between municipalities"):
        PanelModel("eingliederungen", ("trend",), "ehb")(same)


def test_what_never_changes_in_a_municipality_is_refused_by_name():
    with pytest.raises(ModelError, match="change within municipalities; density never does"):
        PanelModel("eingliederungen", ("density",), "ehb")(FRAME.assign(density=FRAME["ln_density"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="ehb"), "not found: ehb"),
        (lambda f: pd.concat([f, f.iloc[[4]]]), "more than once here: M02/2007"),
        (lambda f: f.assign(ehb=f["ehb"].where(f.index != 3, 0.0)), r"ehb must be positive; it is .* for M02 in 2006"),
        (lambda f: f.assign(eingliederungen=f["eingliederungen"].where(f.index != 3, -1.0)), "must be not negative"),
        (
            lambda f: f[f.index != 3][lambda g: ~((g["kommune"] == "M02") & (g["period"] == "2007"))],
            "one year only for M02",
        ),
        (lambda f: f[f["kommune"].isin(["M01", "M02"])], "at least 3 municipalities; found 2"),
        (lambda f: f.assign(eingliederungen=f["eingliederungen"].mask(f["kommune"] == "M05", 0)), "no finite estimate"),
    ],
)
def test_broken_panels_are_refused(change, message):
    with pytest.raises(ModelError, match=message):
        MODEL(change(FRAME))


def test_switching_off_the_interval_changes_no_value():
    on, off = MODEL(FRAME).table(), MODEL(FRAME).table(level=None)
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off["lower"].isna().all()


def test_phi_is_pearson_within_municipalities():
    result = MODEL(FRAME)
    y = FRAME["eingliederungen"].to_numpy()
    want = ((y - result.fitted) ** 2 / result.fitted).sum() / (207 - 73)
    assert result.phi == pytest.approx(want)
