"""Types: the procedure on made points, its choice of a number, and its stability."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from optkommunen.comparison.types import COVERED, Typology
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.indicators.conditions import conditions
from optkommunen.returns.read import load_returns
from optkommunen.values import SYNTHETIC_KEYS

VARIABLES = ["a", "b"]
SIZES = [15, 10, 6]


def clouds(seed, spread=0.3):
    """Three clouds of points, far apart."""
    rng = np.random.default_rng(seed)
    cloud = np.repeat([0, 1, 2], SIZES)
    points = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])[cloud] + spread * rng.normal(size=(31, 2))
    frame = pd.DataFrame(points, columns=VARIABLES).assign(kommune=SYNTHETIC_KEYS[:31], status="synthetic")
    return frame, [f"T{c + 1}" for c in cloud]


FRAME, TRUTH = clouds(1)
NOISE = clouds(1, spread=3.0)[0]
TWO = [0.0] * 15 + [1.0] * 16
"""Units under one of two conditions."""


def test_clouds_far_apart_are_the_types_the_largest_first():
    assert Typology(VARIABLES)(FRAME)["type"].tolist() == TRUTH


def test_the_number_of_types_has_the_best_silhouette_of_the_admissible():
    cuts = Typology(VARIABLES).cuts(NOISE)
    chosen = Typology(VARIABLES)(NOISE)["type"].nunique()
    admissible = cuts[cuts["smallest"] >= 5]
    assert chosen == admissible.loc[admissible["silhouette"].idxmax(), "types"]


def test_cuts_show_the_gap_where_far_types_would_be_merged():
    cuts = Typology(VARIABLES).cuts(FRAME).set_index("types")
    assert cuts["gap"].drop(index=2).idxmax() == 3
    assert (cuts["height"].diff().dropna() <= 0).all()


def test_units_between_types_are_at_the_edge_or_nearer_to_another():
    table = Typology(VARIABLES, types=3)(NOISE)
    own = table.set_index("kommune")["type"]
    assert table["randlage"].tolist() == (own[table["nearest"]].to_numpy() != own.to_numpy()).tolist()
    assert table["randlage"].sum() > 0


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(seed, random):
    frame = clouds(seed, spread=2.0)[0]
    moved = Typology(VARIABLES, types=3)(frame.iloc[random.sample(range(31), 31)])
    plain = Typology(VARIABLES, types=3)(frame)
    pd.testing.assert_frame_equal(moved.sort_values("kommune", ignore_index=True), plain)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
def test_names_and_units_of_measurement_change_no_partition(seed, random, factor):
    frame = clouds(seed)[0]
    other = frame.assign(kommune=random.sample(SYNTHETIC_KEYS, 31), a=factor * frame["a"])
    types = [Typology(VARIABLES, types=3)(each)["type"].to_numpy() for each in (frame, other)]
    assert adjusted_rand_score(*types) == 1


def test_a_unit_without_value_has_no_type_and_says_why():
    frame = FRAME.assign(a=FRAME["a"].where(FRAME["kommune"] != "M02"))
    table = Typology(VARIABLES)(frame)
    assert table.loc[1, ["type", "nearest", "note"]].tolist() == ["", "", "no value: a"]
    assert table["type"].drop(index=1).tolist() == [TRUTH[0], *TRUTH[2:]]


def test_a_type_too_small_to_compare_in_is_noted():
    table = Typology(VARIABLES, types=3, fewest=7)(FRAME)
    assert (table["note"] == "type of fewer than 7 units").tolist() == [kind == "T3" for kind in TRUTH]


def test_far_clouds_are_stable_and_noise_is_not():
    far, noise = (
        Typology(VARIABLES, types=3).stability(frame, resamples=50).query("resampling == 'bootstrap'").set_index("type")
        for frame in (FRAME, NOISE)
    )
    assert (far["value"] == 1).all()
    assert noise.at["", "value"] < 0.9


def test_without_one_variable_equals_the_procedure_on_the_others():
    types = Typology(["a", "b"], types=3)
    plain = types(NOISE)["type"].to_numpy()
    agreement = [adjusted_rand_score(plain, Typology([v], types=3)(NOISE)["type"].to_numpy()) for v in ("b", "a")]
    table = types.stability(NOISE, resamples=39).query("measure == 'adjusted_rand'").set_index("resampling")
    row = table.loc["variable left out"]
    np.testing.assert_allclose(row[["value", "lower", "upper"]].tolist(), [np.mean(agreement), *sorted(agreement)])
    assert row["n"] == 2


def test_one_variable_cannot_be_left_out():
    assert set(Typology(["a"], types=2).stability(FRAME, resamples=39)["resampling"]) == {"bootstrap"}


def test_the_same_seed_gives_the_same_stability_and_another_other_resamples():
    types = Typology(VARIABLES, types=3)
    once, again, other = (types.stability(NOISE, resamples=39, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(other)


@pytest.mark.parametrize("leg", ["official", "returns"])
def test_both_legs_have_types_with_their_status(leg):
    context = conditions() if leg == "official" else conditions(load_returns())
    table = Typology()(context)
    assert (table["type"] != "").all()
    assert table["status"].tolist() == context["status"].tolist()
    assert table["type"].value_counts().min() >= 5


@pytest.mark.parametrize(
    ("types", "frame", "message"),
    [
        (Typology(VARIABLES, types=1), FRAME, "31 units give 2 to 30 types; found types=1"),
        (Typology(VARIABLES, types=31), FRAME, "found types=31"),
        (Typology(VARIABLES, types=2.0), FRAME, r"found types=2\.0"),
        (Typology(VARIABLES, types=True), FRAME, "found types=True"),
        (Typology(VARIABLES, types=3), FRAME.assign(a=TWO, b=TWO), "31 units give 2 to 2 types; found types=3"),
        (Typology(VARIABLES, fewest=20), FRAME, "at least 20 units; no number of types from 2 to 12"),
        (Typology(VARIABLES), FRAME.assign(a=1.0), "constant here: a"),
    ],
)
def test_types_that_these_units_do_not_give_are_refused(types, frame, message):
    with pytest.raises(ComparisonError, match=message):
        types(frame)


def test_a_condition_of_no_weight_shapes_no_type_and_no_resample():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(40, 2)), columns=["a", "b"]).assign(kommune=SYNTHETIC_KEYS[:40])
    frame["noise"] = 50 * rng.normal(size=40)
    weights = {"a": 2.0, "b": 1.0, "noise": 0.0}
    plain, weighed = Typology(["a", "b"], weights={"a": 2.0, "b": 1.0}), Typology(["a", "b", "noise"], weights=weights)
    assert weighed(frame)["type"].tolist() == plain(frame)["type"].tolist()
    assert plain(frame)["type"].tolist() != Typology(["a", "b"], weights={"a": 1.0, "b": 9.0})(frame)["type"].tolist()
    one, other = (t.stability(frame, resamples=39, seed=1).query("resampling == 'bootstrap'") for t in (plain, weighed))
    np.testing.assert_allclose(one["value"], other["value"])


def test_no_more_types_are_looked_for_than_units_that_differ():
    frame = FRAME.assign(a=TWO, b=TWO)
    assert Typology(VARIABLES).cuts(frame)["types"].tolist() == [2]
    assert Typology(VARIABLES)(frame)["type"].tolist() == ["T2"] * 15 + ["T1"] * 16


@pytest.mark.parametrize("fewest", [0, -1, 1.5, True, "5"])
def test_a_type_has_a_whole_number_of_units(fewest):
    with pytest.raises(ComparisonError, match="a whole number of units, at least 1; found fewest="):
        Typology(VARIABLES, fewest=fewest)


@pytest.mark.parametrize("resamples", [0, -1, 1, 9, 19, 38, 39.0, True])
@pytest.mark.parametrize("variables", [VARIABLES, ["a"]])
def test_a_range_of_resamples_needs_39(variables, resamples):
    with pytest.raises(OptkommunenError, match="whole number of draws, at least 39"):
        Typology(variables, types=2).stability(FRAME, resamples=resamples)


def test_the_range_of_39_resamples_holds_the_next_one_in_95_of_100():
    drawn = np.random.default_rng(8).normal(size=(4000, 40))
    kept = (drawn[:, :39].min(axis=1) <= drawn[:, 39]) & (drawn[:, 39] <= drawn[:, :39].max(axis=1))
    assert kept.mean() == pytest.approx(COVERED, abs=0.01)
