"""Nearest neighbours: distances, invariances, and the quarter by rule against the quarter by distance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.comparison.neighbours import nearest, overlap
from optkommunen.errors import ComparisonError, ForeignUnitError
from optkommunen.indicators.conditions import conditions
from optkommunen.values import SYNTHETIC_KEYS

VARIABLES = ["a", "b"]


def frame_of(seed, n=20):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.lognormal(size=(n, 2)), columns=VARIABLES)
    return frame.assign(kommune=SYNTHETIC_KEYS[:n], value=rng.normal(size=n), status="synthetic")


FRAME = frame_of(1)
RINGS = FRAME[["kommune"]].assign(ring=["R-I"] * 8 + ["R-II"] * 12)


def test_each_of_the_69_has_ten_others_the_nearest_first():
    table = nearest(conditions())
    assert (table["kommune"].value_counts() == 10).all()
    assert (table["kommune"] != table["neighbour"]).all()
    assert table.groupby("kommune")["distance"].apply(lambda d: d.is_monotonic_increasing).all()
    assert set(table["neighbour"]) <= set(conditions()["kommune"])


def test_neighbours_are_found_by_sorting_all_distances():
    z = (FRAME[VARIABLES] - FRAME[VARIABLES].mean()) / FRAME[VARIABLES].std()
    table = nearest(FRAME, VARIABLES, k=3)
    for i, key in enumerate(FRAME["kommune"]):
        by_hand = np.sqrt(((z - z.iloc[i]) ** 2).sum(axis=1)).set_axis(FRAME["kommune"]).drop(key).nsmallest(3)
        own = table[table["kommune"] == key]
        assert own["neighbour"].tolist() == by_hand.index.tolist()
        np.testing.assert_allclose(own["distance"], by_hand)


def test_a_near_unit_is_near_in_both_directions():
    table = nearest(FRAME, VARIABLES, k=19).set_index(["kommune", "neighbour"])["distance"]
    for (one, other), distance in table.items():
        assert table[other, one] == distance


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(seed, random):
    frame = frame_of(seed)
    moved = nearest(frame.iloc[random.sample(range(20), 20)], VARIABLES, k=4)
    plain = nearest(frame, VARIABLES, k=4)
    pd.testing.assert_frame_equal(moved.sort_values(["kommune", "position"], ignore_index=True), plain)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_units_of_measurement_change_nothing(seed, factor, shift):
    frame = frame_of(seed)
    other, plain = nearest(frame.assign(a=factor * (frame["a"] + shift)), VARIABLES), nearest(frame, VARIABLES)
    assert other["neighbour"].tolist() == plain["neighbour"].tolist()
    np.testing.assert_allclose(other["distance"], plain["distance"], rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_other_names_of_the_units_change_only_the_names(seed, random):
    frame = frame_of(seed)
    names = dict(zip(frame["kommune"], random.sample(SYNTHETIC_KEYS, 20), strict=True))
    renamed = nearest(frame.assign(kommune=frame["kommune"].map(names)), VARIABLES)
    plain = nearest(frame, VARIABLES)
    assert renamed["neighbour"].tolist() == plain["neighbour"].map(names).tolist()
    np.testing.assert_allclose(renamed["distance"], plain["distance"])


def test_a_unit_without_value_has_no_neighbours_and_is_nobodys():
    frame = FRAME.assign(b=FRAME["b"].where(FRAME["kommune"] != "M05"))
    table = nearest(frame, VARIABLES, k=3)
    own = table[table["kommune"] == "M05"].iloc[0]
    assert own["neighbour"] == ""
    assert own["note"] == "no value: b"
    assert "M05" not in set(table["neighbour"])


def test_each_row_carries_the_worse_status_of_both():
    context = conditions()
    own = context.assign(status=np.where(context["kommune"] == "06438", "estimated", "observed"))
    table = nearest(own)
    either = table["kommune"].eq("06438") | table["neighbour"].eq("06438")
    assert table["neighbour"].eq("06438").any()
    assert table["status"].tolist() == np.where(either, "estimated", "observed").tolist()
    gone = nearest(FRAME.assign(b=FRAME["b"].where(FRAME["kommune"] != "M05"), status="synthetic"), VARIABLES, k=3)
    assert gone["status"].isin(["synthetic", "missing"]).all()


def test_a_variable_without_weight_plays_no_part():
    only_a = nearest(FRAME, ["a"], k=3)
    weighed = nearest(FRAME, VARIABLES, k=3, weights={"a": 1.0, "b": 0.0})
    pd.testing.assert_frame_equal(weighed, only_a)


def test_overlap_counts_shared_neighbours():
    one, other = nearest(FRAME, ["a"], k=5), nearest(FRAME, ["b"], k=5)
    table = overlap(one, other).set_index("kommune")
    for key in FRAME["kommune"]:
        sets = [set(each.loc[each["kommune"] == key, "neighbour"]) for each in (one, other)]
        assert table.at[key, "common"] == len(sets[0] & sets[1])
    np.testing.assert_allclose(table["value"], table["common"].astype(float) / 5)
    assert 0 < table["value"].mean() < 1


def test_overlap_without_neighbours_is_missing_with_a_reason():
    without = nearest(FRAME.assign(b=FRAME["b"].where(FRAME["kommune"] != "M05")), VARIABLES, k=3)
    row = overlap(nearest(FRAME, VARIABLES, k=3), without).set_index("kommune").loc["M05"]
    assert np.isnan(row["value"])
    assert row["note"] == "no neighbours in one of the lists"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nearest(FRAME, VARIABLES, k=20), ComparisonError, "1 to 19 neighbours; found k=20"),
        (lambda: nearest(FRAME, VARIABLES, k=0), ComparisonError, "found k=0"),
        (lambda: nearest(FRAME.replace("M01", "05111"), VARIABLES), ForeignUnitError, r"05111 \(Düsseldorf\)"),
        (lambda: nearest(conditions().replace("01054", "05111")), ForeignUnitError, "05111"),
        (
            lambda: overlap(nearest(FRAME, VARIABLES, k=5), nearest(FRAME, VARIABLES, k=4)),
            ComparisonError,
            "lists of 4, 5",
        ),
        (
            lambda: overlap(nearest(FRAME, VARIABLES, k=5), nearest(FRAME.head(19), VARIABLES, k=5)),
            ComparisonError,
            "of M20 only one",
        ),
        (lambda: overlap(nearest(FRAME, VARIABLES), FRAME), ComparisonError, "not found: neighbour"),
    ],
)
def test_what_cannot_be_answered_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
