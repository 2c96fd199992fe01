"""Covariances by cluster, against goldens, statsmodels, the jackknife and what their definitions promise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels
import statsmodels.api as sm
from scipy import linalg, stats
from statsmodels.datasets import grunfeld

from optkommunen.errors import ModelError
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from tests.goldens import check, golden

SIZES = (9, 7, 5, 3, 3, 2, 1)
RNG = np.random.default_rng(20081231)
LAND = np.repeat([f"L{g}" for g in range(7)], SIZES)
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(1, 31)],
        "land": LAND,
        "x": RNG.normal(size=30),
        "z": np.repeat([-1.0, 0.5, 1.0, -0.5, 0.8, -1.2, 0.3], SIZES),
        "w": RNG.uniform(1, 9, size=30),
        "status": "synthetic",
    }
)
FRAME["y"] = 1 + FRAME["x"] + np.repeat(RNG.normal(size=7), SIZES) + RNG.normal(size=30)


def fitted(weights=None, regressors=("x", "z"), frame=FRAME):
    return LinearModel("y", regressors, weights)(frame)


def investment():
    data = grunfeld.load_pandas().data
    frame = data.assign(kommune=[str(i) for i in range(len(data))])
    return LinearModel("invest", ("value", "capital"))(frame)


def test_petersen():
    block = golden("V12_petersen")
    path = Path(statsmodels.__file__).parent / "stats" / "tests" / "test_data.txt"
    data = pd.read_csv(path, sep=r"\s+", header=None, names=["firm", "year", "x", "y"])
    fit = LinearModel("y", ("x",))(data.assign(kommune=data.index.astype(str)))
    check(fit.coef, block["values"]["coef"], block["tolerance"])
    check(np.sqrt(np.diag(fit.covariance("classical"))), block["values"]["ols"], block["tolerance"])
    table = cluster_table(fit, "firm")
    check(table.loc[table["kind"] == "CR1S", "se"], block["values"]["cl_firm"], block["tolerance"])


@pytest.mark.parametrize("kind", ["CR1S", "CR2", "CR3"])
def test_standard_errors_of_investment(kind):
    block = golden("V13_grunfeld_cluster")
    table = cluster_table(investment(), "firm").replace({"term": {"constant": "const"}})
    se = table[table["kind"] == kind].set_index("term")["se"]
    for term, want in block["values"][kind].items():
        check(se[term], want, block["tolerance"])


def test_satterthwaite_of_investment():
    block = golden("V13_grunfeld_cluster")
    table = cluster_table(investment(), "firm").replace({"term": {"constant": "const"}})
    cr2 = table[table["kind"] == "CR2"].set_index("term")
    for term in ("const", "capital"):
        check(cr2.at[term, "df"], block["values"]["satt_df"][term], block["tolerance"])
        check(cr2.at[term, "p"], block["values"]["satt_p"][term], block["tolerance"])


@pytest.mark.parametrize("weights", [None, "w"])
def test_cr1s_equals_statsmodels(weights):
    w = np.ones(30) if weights is None else FRAME["w"]
    peer = sm.WLS(FRAME["y"], sm.add_constant(FRAME[["x", "z"]]), weights=w).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(LAND)[0]}, use_t=True
    )
    table = cluster_table(fitted(weights), "land")
    table = table[table["kind"] == "CR1S"]
    np.testing.assert_allclose(table["se"], peer.bse, rtol=1e-10)
    np.testing.assert_allclose(table["p"], peer.pvalues, rtol=1e-8)
    np.testing.assert_allclose(table[["lower", "upper"]], peer.conf_int(), rtol=1e-8)


@pytest.mark.parametrize("weights", [None, "w"])
def test_cr3_is_the_jackknife_over_clusters(weights):
    fit = fitted(weights)
    without = np.array([fit.without(FRAME.loc[FRAME["land"] == g, "kommune"]).coef for g in np.unique(LAND)])
    table = cluster_table(fit, "land")
    se = table.loc[table["kind"] == "CR3", "se"]
    np.testing.assert_allclose(se**2, ((without - fit.coef) ** 2).sum(axis=0), rtol=1e-9)


def quadratic_form(fit, j):
    """Matrix Q with CR2 variance = (√w y)' Q (√w y), by n × n matrices, cluster after cluster."""
    root = np.sqrt(fit.w)
    x = fit.x * root[:, None]
    m = np.linalg.inv(x.T @ x)
    residual_maker = np.eye(fit.n) - x @ m @ x.T
    q = np.zeros((fit.n, fit.n))
    for g in np.unique(LAND):
        rows = (FRAME["land"] == g).to_numpy()
        a_g = linalg.inv(linalg.sqrtm(residual_maker[np.ix_(rows, rows)]).real)
        p = residual_maker[:, rows] @ a_g @ x[rows] @ m[:, j]
        q += np.outer(p, p)
    return q, m, root


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("j", [0, 1, 2])
def test_cr2_equals_its_definition_in_full_matrices(weights, j):
    fit = fitted(weights)
    q, _, root = quadratic_form(fit, j)
    found = cluster_table(fit, "land").query("kind == 'CR2'").iloc[j]
    np.testing.assert_allclose(found["se"] ** 2, root * fit.y @ q @ (root * fit.y), rtol=1e-9)
    np.testing.assert_allclose(found["df"], np.trace(q) ** 2 / np.trace(q @ q), rtol=1e-9)
    np.testing.assert_allclose(found["p"], 2 * stats.t.sf(abs(found["t"]), found["df"]), rtol=1e-10)


@pytest.mark.parametrize("weights", [None, "w"])
def test_cr2_is_unbiased_if_variances_are_one_by_weight(weights):
    fit = fitted(weights)
    for j in range(3):
        q, m, root = quadratic_form(fit, j)
        rows_of_variance_one_by_weight = np.diag(1 / fit.w)
        expected = np.trace(q @ (root[:, None] * rows_of_variance_one_by_weight * root))
        np.testing.assert_allclose(expected, m[j, j], rtol=1e-9)


def test_absorbed_clusters_equal_the_regression_on_deviations_from_their_means():
    dummies = [f"is_{g}" for g in np.unique(LAND)[1:-1]]  # L6 has a single row, which a dummy would fit exactly
    kept = FRAME[LAND != "L6"].assign(**{d: (FRAME["land"] == d[3:]).astype(float) for d in dummies})
    fit = fitted(None, ("x", *dummies), kept)
    by_land = kept.groupby("land")[["x", "y"]]
    x, y = (kept[["x", "y"]] - by_land.transform("mean")).to_numpy().T
    e = y - x * (x @ y) / (x @ x)
    of_cluster = pd.DataFrame({"score": x * e, "share": x**2 / (x @ x)}).groupby(kept["land"].to_numpy()).sum()
    table = cluster_table(fit, "land", ["x"]).set_index("kind")
    for kind, a in (("CR2", 1), ("CR3", 2)):
        variance = (of_cluster["score"] ** 2 / (1 - of_cluster["share"]) ** a).sum() / (x @ x) ** 2
        np.testing.assert_allclose(table.at[kind, "se"] ** 2, variance, rtol=1e-9)


def test_a_coefficient_settled_by_one_cluster_has_no_standard_error():
    fit = fitted(None, ("x", "only"), FRAME.assign(only=(FRAME["land"] == "L1").astype(float)))
    table = cluster_table(fit, "land").set_index("term")
    assert table.loc["only", ["se", "lower", "upper", "p"]].isna().all(axis=None)
    assert table.loc["only", "note"].str.startswith("settled by a single cluster").all()
    assert table.loc["x", "note"].eq("").all()


def test_fewer_than_two_degrees_of_freedom_leave_neither_interval_nor_p_value():
    lopsided = FRAME.assign(z=np.repeat([0.0, 0.1, 0.0, 0.0, 0.1, 0.0, 9.0], SIZES))
    table = cluster_table(fitted(frame=lopsided), "land", ["z"])
    df = table.set_index("kind").at["CR2", "df"]
    assert df < 2
    assert table[["lower", "upper", "level", "p"]].isna().all(axis=None)
    assert table["se"].gt(0).all()
    assert table["method"].eq("none").all()
    assert table["note"].str.startswith(f"{df:.1f} of Satterthwaite's degrees of freedom, fewer than 2").all()


def test_clusters_in_which_the_regressor_varies_are_counted():
    table = cluster_table(fitted(), "land").drop_duplicates("term").set_index("term")
    assert table["n_varying"].to_dict() == {"constant": 0, "x": 6, "z": 0}
    assert table["n_clusters"].eq(7).all()


def test_switching_off_the_interval_changes_no_value():
    on, off = cluster_table(fitted(), "land"), cluster_table(fitted(), "land", level=None)
    unchanged = ["term", "kind", "value", "se", "df", "t", "status"]
    pd.testing.assert_frame_equal(on[unchanged], off[unchanged])
    assert off[["lower", "upper", "level", "p"]].isna().all(axis=None)


def test_the_order_of_rows_and_the_names_of_clusters_change_nothing():
    other = FRAME.assign(land=FRAME["land"].map(lambda g: f"Z{9 - int(g[1])}")).sample(frac=1, random_state=1)
    moved = cluster_table(fitted("w", frame=other), "land")
    pd.testing.assert_frame_equal(cluster_table(fitted("w"), "land"), moved, rtol=1e-8)


@pytest.mark.parametrize(
    ("frame", "cluster", "terms", "message"),
    [
        (FRAME, "region", None, "'region' is not one of kommune, land"),
        (FRAME.assign(land=FRAME["land"].where(FRAME["kommune"] != "M04")), "land", None, "land is empty for M04"),
        (FRAME.assign(land="NI"), "land", None, "at least 2 clusters; land is NI for all rows"),
        (FRAME, "land", ["income"], "'income' is not one of them"),
    ],
    ids=["column", "empty", "single", "term"],
)
def test_what_cannot_be_clustered_is_refused_with_names(frame, cluster, terms, message):
    with pytest.raises(ModelError, match=message):
        cluster_table(fitted(frame=frame), cluster, terms)


def shares(weights=None):
    rng = np.random.default_rng(5)
    share = 1 / (1 + np.exp(1 - 0.3 * FRAME["x"] - np.repeat(0.3 * rng.normal(size=7), SIZES)))
    return ShareModel("share", ("x", "z"), weights)(FRAME.assign(share=share + 0.02 * rng.normal(size=30)))


@pytest.mark.parametrize("weights", [None, "w"])
def test_clusters_of_a_share_equal_statsmodels_and_those_of_the_working_linear_model(weights):
    fit = shares(weights)
    w = np.ones(30) if weights is None else FRAME["w"]
    peer = sm.GLM(fit.y, fit.x, sm.families.Binomial(), var_weights=w).fit(tol=1e-14)
    scores = pd.DataFrame(fit.x * np.asarray(w * (fit.y - peer.fittedvalues))[:, None]).groupby(LAND).sum()
    bread = peer.cov_params() / peer.scale
    se = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread) * 7 / 6 * 29 / 27)
    table = cluster_table(fit, "land")
    np.testing.assert_allclose(table.loc[table["kind"] == "CR1S", "se"], se, rtol=1e-7)
    mean = fit.fitted
    frame = FRAME.assign(y=fit.x @ fit.coef + (fit.y - mean) / (mean * (1 - mean)), weight=fit.w * mean * (1 - mean))
    working = cluster_table(LinearModel("y", ("x", "z"), "weight")(frame), "land")
    columns = ["term", "kind", "value", "lower", "upper", "se", "df", "p", "mde"]
    pd.testing.assert_frame_equal(table[columns], working[columns], rtol=1e-7)


def test_counts_have_the_same_covariances_by_cluster():
    frame = FRAME.assign(o=np.random.default_rng(1).poisson(200 * np.exp(0.1 * FRAME["x"])), e=1000.0)
    fit = CountModel("o", ("x", "z"), "e")(frame)
    single = cluster_table(fit, "kommune", ["x"]).set_index("kind")["se"]
    assert single["CR2"] == pytest.approx(np.sqrt(fit.covariance("HC2")[1, 1]), rel=1e-8)


def test_cr2_of_a_share_rejects_a_true_null_in_about_one_of_twenty_samples():
    rng = np.random.default_rng(13)
    land = np.repeat([f"L{g:02d}" for g in range(13)], (13, 13, 10, 6, 5, 5, 5, 4, 2, 2, 2, 1, 1))
    codes, names = pd.factorize(land)[0], [f"{i:02d}" for i in range(69)]
    draws, p = 400, []
    for _ in range(draws):
        x = rng.normal(size=69) + rng.normal(size=13)[codes]
        eta = -1 + 0.15 * rng.normal(size=69) + 0.1 * rng.normal(size=13)[codes]
        frame = pd.DataFrame({"kommune": names, "land": land, "x": x, "share": 1 / (1 + np.exp(-eta))})
        p.append(cluster_table(ShareModel("share", ("x",))(frame), "land", ["x"]).set_index("kind")["p"])
    rejected = (pd.DataFrame(p) <= 0.05).mean()
    assert rejected["CR2"] == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / draws))
    assert rejected["CR1S"] > rejected["CR2"]
