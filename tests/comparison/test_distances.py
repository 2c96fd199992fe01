"""Units as points, and the weights of the procedure, against statsmodels and by hand."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.comparison.distances import located, regression_weights
from optkommunen.errors import ComparisonError
from optkommunen.values import SYNTHETIC_KEYS

RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(RNG.normal(size=(20, 3)) @ RNG.normal(size=(3, 3)), columns=["a", "b", "c"])
FRAME.insert(0, "kommune", SYNTHETIC_KEYS[:20])
FRAME["y"] = FRAME["a"] - 2 * FRAME["b"] + RNG.normal(size=20)
VARIABLES = ["a", "b", "c"]


def test_distances_are_those_of_weighed_z_scores():
    weights = {"a": 0.5, "b": 0.0, "c": 2.0}
    z = (FRAME[VARIABLES] - FRAME[VARIABLES].mean()) / FRAME[VARIABLES].std()
    difference = z.iloc[4] - z.iloc[9]
    by_hand = np.sqrt((0.5 * difference["a"]) ** 2 + (2 * difference["c"]) ** 2)
    points = located(FRAME, VARIABLES, weights).points
    np.testing.assert_allclose(np.linalg.norm(points[4] - points[9]), by_hand)


def test_weights_of_one_equal_no_weights():
    weighed = located(FRAME, VARIABLES, dict.fromkeys(VARIABLES, 1.0))
    np.testing.assert_array_equal(weighed.points, located(FRAME, VARIABLES).points)


def test_a_unit_without_a_value_is_nowhere_and_says_why():
    frame = FRAME.assign(note="not published")
    frame.loc[2, ["a", "c"]] = np.nan
    place = located(frame, VARIABLES)
    assert place.units["note"][2] == "no value: a, c; not published"
    assert "M03" not in place.keys
    np.testing.assert_array_equal(place.points, located(frame.drop(index=2), VARIABLES).points)


def test_regression_weights_are_standardised_coefficients():
    table = regression_weights(FRAME, "y", VARIABLES)
    z = (FRAME - FRAME.mean(numeric_only=True))[["y", *VARIABLES]] / FRAME[["y", *VARIABLES]].std()
    peer = sm.OLS(z["y"], sm.add_constant(z[VARIABLES])).fit()
    np.testing.assert_allclose(table["value"], peer.params[VARIABLES])
    np.testing.assert_array_equal(table["weight"], table["value"].abs())


def test_regression_weights_do_not_depend_on_units_of_measurement():
    other = FRAME.assign(a=FRAME["a"] * 1000 - 7, y=FRAME["y"] / 3)
    want = regression_weights(FRAME, "y", VARIABLES)["value"]
    np.testing.assert_allclose(regression_weights(other, "y", VARIABLES)["value"], want)


def test_who_is_left_out_of_the_regression_is_named():
    frame = FRAME.copy()
    frame.loc[6, "y"] = np.nan
    table = regression_weights(frame, "y", VARIABLES)
    assert set(table["note"]) == {"without M07"}
    assert set(table["n"]) == {19}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FRAME, ["a", "nothing"]), "not found: nothing"),
        ((FRAME, []), "several different ones; found none"),
        ((FRAME, ["a", "a"]), "several different ones; found a, a"),
        ((FRAME.assign(a=1.0), VARIABLES), "constant here: a"),
        ((FRAME.assign(a=np.nan), VARIABLES), "At least 3 units with all of a, b, c are needed; found 0"),
        ((FRAME, VARIABLES, {"a": 1.0, "b": 1.0, "d": 1.0}), "not in both: c, d"),
        ((FRAME, ["a"], {"a": -1.0}), "not negative"),
        ((FRAME, ["a"], {"a": 0.0}), "one at least is positive"),
        ((FRAME, ["a"], {"a": "1"}), "Weights are finite"),
    ],
    ids=["column", "none", "twice", "constant", "empty", "names", "negative", "zero", "text"],
)
def test_conditions_that_place_nobody_are_refused(arguments, message):
    with pytest.raises(ComparisonError, match=message):
        located(*arguments)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.head(4), "3 conditions need at least 5 units with all values; found 4"),
        (FRAME.assign(c=FRAME["a"] + FRAME["b"]), "linear combinations of each other; a, b, c are"),
        (FRAME.assign(y=2.0), "constant here: y"),
    ],
    ids=["few", "collinear", "constant"],
)
def test_weights_that_cannot_be_estimated_are_refused(frame, message):
    with pytest.raises(ComparisonError, match=message):
        regression_weights(frame, "y", VARIABLES)


def test_selection_drops_the_condition_with_the_largest_p_until_all_are_kept():
    rng = np.random.default_rng(11)
    n = 40
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd")).assign(kommune=SYNTHETIC_KEYS[:n])
    frame["y"] = 2 * frame["a"] - frame["c"] + rng.normal(size=n)
    table = regression_weights(frame, "y", list("abcd"), keep=0.05).set_index("variable")
    left = list("abcd")
    while True:  # the same by statsmodels
        z = (frame[["y", *left]] - frame[["y", *left]].mean()) / frame[["y", *left]].std()
        fit = sm.OLS(z["y"], sm.add_constant(z[left])).fit()
        p = fit.pvalues[left]
        if p.max() <= 0.05:
            break
        left.remove(p.idxmax())
    assert table.index[table["weight"] > 0].tolist() == left
    np.testing.assert_allclose(table.loc[left, "weight"], fit.params[left].abs(), rtol=1e-10)
    np.testing.assert_allclose(table.loc[left, "p"], p, rtol=1e-8)
    assert table.drop(left)["note"].eq("not selected").all()


def test_a_target_that_goes_with_nothing_selects_nothing_and_says_so():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["y", "a", "b"]).assign(kommune=SYNTHETIC_KEYS[:30])
    with pytest.raises(ComparisonError, match="No condition goes with y at p 1e-09 or less"):
        regression_weights(frame, "y", ["a", "b"], keep=1e-9)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_target_that_is_a_combination_of_the_conditions_has_weights_but_no_p(unit):
    frame = FRAME.assign(y=unit * (3 * FRAME["a"] - FRAME["b"]))
    table = regression_weights(frame, "y", VARIABLES)
    want = frame[VARIABLES].std() / frame["y"].std() * unit * np.array([3, -1, 0])
    np.testing.assert_allclose(table["value"], want, atol=1e-12)
    assert table["p"].isna().all()
    assert set(table["note"]) == {"no p: y is exactly a combination of the conditions"}
    with pytest.raises(ComparisonError, match="there is no p to select by"):
        regression_weights(frame, "y", VARIABLES, keep=0.1)


@pytest.mark.parametrize("keep", ["x", float("nan"), -1, 0, 10, True])
def test_a_largest_p_is_a_share(keep):
    with pytest.raises(ComparisonError, match="above 0 and at most 1, or None"):
        regression_weights(FRAME, "y", VARIABLES, keep=keep)
