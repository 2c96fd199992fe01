"""Moran's I: golden, other formulas for the same moments, neighbours in any order of rows."""

import itertools

import numpy as np
import pandas as pd
import pytest

from optkommunen.errors import ModelError
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.spatial import fingerprint, morans_i, nearest_weights
from tests.goldens import check, golden, golden_data
from tests.regression.test_linear import FRAME

PLACES = FRAME[["kommune"]].assign(
    x=np.random.default_rng(1).uniform(0, 1e5, 30), y=np.random.default_rng(2).uniform(0, 1e5, 30)
)
WEIGHTS = nearest_weights(PLACES)
VALUES = FRAME[["kommune"]].assign(value=FRAME["y"])


@pytest.fixture
def columbus():
    links = golden_data("columbus_neighbours")
    weights = pd.crosstab(links["POLYID"].astype(str), links["neighbour"].astype(str))
    data = golden_data("columbus")
    return data.assign(kommune=data["POLYID"].astype(str)), weights.div(weights.sum(axis=1), axis=0)


@pytest.mark.shared
def test_crime_in_columbus(columbus):
    block = golden("V21_moran_columbus")
    want = block["values"]["CRIME"]
    data, weights = columbus
    table = morans_i(data.assign(value=data["CRIME"]), weights, 99, seed=1).set_index("method")
    normal, random = table.loc["normality"], table.loc["randomisation"]
    check(normal[["value", "expected"]].astype(float), [want["I"], want["E"]], block["tolerance"])
    check([normal["sd"] ** 2, random["sd"] ** 2], [want["V_norm"], want["V_rand"]], block["tolerance"])
    check(random["z"], want["z_rand"], block["tolerance"])
    income = morans_i(data.assign(value=data["INC"]), weights, 99, seed=1)["value"].iloc[0]
    check(income, block["values"]["INC_I"], block["tolerance"])


@pytest.mark.parametrize("regression_weights", [None, "w"])
def test_moments_of_residuals_equal_those_of_a_ratio_of_quadratic_forms(regression_weights):
    """Independent form: with B the symmetric part of MWM and m = n - k, Var = 2 (m tr B² - tr² B)/(m² (m + 2))."""
    fit = LinearModel("y", ("x", "z"), regression_weights)(FRAME)
    row = morans_i(fit, WEIGHTS, 9, seed=1).iloc[0]
    x = fit.x * np.sqrt(fit.w)[:, None]
    m = np.eye(fit.n) - x @ np.linalg.pinv(x)
    w = WEIGHTS.to_numpy()
    b = m @ (w + w.T) @ m / 2 * fit.n / w.sum()
    roots = np.linalg.eigvalsh(b)
    assert row["expected"] == pytest.approx(roots.sum() / fit.df, rel=1e-10)
    variance = 2 * (fit.df * (roots**2).sum() - roots.sum() ** 2) / (fit.df**2 * (fit.df + 2))
    assert row["sd"] ** 2 == pytest.approx(variance, rel=1e-10)


def test_values_are_the_residuals_of_a_constant():
    noise = FRAME.assign(one=FRAME["x"])
    fit = LinearModel("y", ())(noise)
    ours, theirs = morans_i(VALUES, WEIGHTS, 99, seed=1), morans_i(fit, WEIGHTS, 99, seed=1)
    columns = ["value", "expected", "sd", "z", "p"]
    np.testing.assert_allclose(ours.iloc[[0, 2]][columns].astype(float), theirs[columns].astype(float), rtol=1e-10)


def test_randomisation_gives_the_moments_of_all_orders():
    few = VALUES.head(6)
    weights = nearest_weights(PLACES.head(6), 2)
    row = morans_i(few, weights, 9, seed=1).set_index("method").loc["randomisation"]
    w, e = weights.to_numpy(), few["value"].to_numpy() - few["value"].mean()
    every = np.array(list(itertools.permutations(e)))
    moran = len(e) / w.sum() * ((every @ w) * every).sum(axis=1) / (e @ e)
    np.testing.assert_allclose([row["expected"], row["sd"]], [moran.mean(), moran.std()], rtol=1e-10)


def test_orders_of_weighted_residuals_are_measured_from_their_own_expectation():
    fit = LinearModel("y", ("x",), "w")(FRAME.head(6))
    weights = nearest_weights(PLACES.head(6), 2)
    w, e = weights.to_numpy(), fit.residuals * np.sqrt(fit.w)  # do not sum to zero
    every = np.array(list(itertools.permutations(e)))
    moran = len(e) / w.sum() * ((every @ w) * every).sum(axis=1) / (e @ e)
    assert morans_i(fit, weights, 9, seed=1)["expected"].iloc[-1] == pytest.approx(moran.mean(), rel=1e-10)


def test_residuals_that_follow_the_map_are_found():
    north = FRAME.assign(y=FRAME["x"] + PLACES["y"] / 1e4)
    assert (morans_i(LinearModel("y", ("x",))(north), WEIGHTS, 999, seed=1)["p"] < 0.01).all()


def test_the_same_seed_gives_the_same_table():
    pd.testing.assert_frame_equal(morans_i(VALUES, WEIGHTS, 99, seed=3), morans_i(VALUES, WEIGHTS, 99, seed=3))


def test_the_order_of_rows_changes_neither_weights_nor_statistic():
    shuffled = nearest_weights(PLACES.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(shuffled, WEIGHTS)
    first, again = morans_i(VALUES, WEIGHTS, 99, seed=1), morans_i(VALUES.iloc[::-1], WEIGHTS, 99, seed=1)
    pd.testing.assert_frame_equal(first, again, rtol=1e-10)


def test_each_row_holds_the_k_nearest():
    xy = PLACES.set_index("kommune")
    for key, row in WEIGHTS.iterrows():
        distance = np.hypot(xy["x"] - xy.at[key, "x"], xy["y"] - xy.at[key, "y"]).drop(key)
        assert set(row.index[row > 0]) == set(distance.nsmallest(5).index)
        assert row.sum() == pytest.approx(1)


def test_equal_distances_are_resolved_by_the_order_of_keys():
    square = pd.DataFrame({"kommune": ["M4", "M2", "M3", "M1"], "x": [1.0, 1, -1, -1], "y": [1.0, -1, 1, -1]})
    weights = nearest_weights(square, 1)
    assert weights.idxmax(axis=1).to_dict() == {"M1": "M2", "M2": "M1", "M3": "M1", "M4": "M2"}


def test_the_table_states_which_weights_were_used():
    assert (morans_i(VALUES, WEIGHTS, 9, seed=1)["weights"] == fingerprint(WEIGHTS)).all()
    assert fingerprint(WEIGHTS) != fingerprint(nearest_weights(PLACES, 4))


SELF = WEIGHTS.copy()
SELF.loc["M03", "M03"] = 0.2
ISOLATED = WEIGHTS.copy()
ISOLATED.loc["M04"] = 0.0


@pytest.mark.parametrize(
    ("values", "weights", "message"),
    [
        (VALUES.iloc[1:], WEIGHTS, "each once; not so: M01"),
        (VALUES, WEIGHTS.drop(columns="M02"), "each once; not so: M02"),
        (pd.concat([VALUES, VALUES.head(1)]), WEIGHTS, "each once; not so: M01"),
        (VALUES.assign(value=VALUES["value"].where(VALUES["kommune"] != "M09")), WEIGHTS, "not so for M09"),
        (VALUES.assign(value=1.0), WEIGHTS, "all 30 values are 1"),
        (VALUES.rename(columns={"value": "rate"}), WEIGHTS, "not found: value"),
        (VALUES, SELF, "other than itself; not so: M03"),
        (VALUES, ISOLATED, "other than itself; not so: M04"),
    ],
    ids=["fewer", "columns", "twice", "empty", "constant", "column", "self", "isolated"],
)
def test_weights_that_do_not_fit_the_values_are_refused(values, weights, message):
    with pytest.raises(ModelError, match=message):
        morans_i(values, weights, 9, seed=1)


@pytest.mark.parametrize(
    ("places", "k", "message"),
    [
        (PLACES.drop(columns="y"), 5, "not found: y"),
        (PLACES.assign(x=PLACES["x"].where(PLACES["kommune"] != "M08")), 5, "not so: M08"),
        (pd.concat([PLACES, PLACES.head(1)]), 5, "not so: M01"),
        (PLACES, 30, "between 1 and 29; found k = 30"),
    ],
    ids=["column", "empty", "twice", "many"],
)
def test_places_without_neighbours_are_refused(places, k, message):
    with pytest.raises(ModelError, match=message):
        nearest_weights(places, k)
