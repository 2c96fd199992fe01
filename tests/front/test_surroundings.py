"""neighbours and types say to the last digit what the pure functions say."""

import pickle

import pandas as pd
import pytest

from optkommunen.comparison.neighbours import nearest, overlap
from optkommunen.comparison.rings import reconstructed
from optkommunen.comparison.types import Typology
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.front.surroundings import neighbours, types
from optkommunen.indicators.conditions import conditions, logarithmic


def variables(frame):
    return [c for c in frame.columns if c not in ("kommune", "status", "note")]


def test_neighbours_are_those_of_the_pure_function(returns):
    frame = logarithmic(conditions(returns))
    expected = nearest(frame, variables(frame), k=10)
    near = neighbours(returns)
    pd.testing.assert_frame_equal(near.table[list(expected.columns)], expected)
    raw = nearest(conditions(returns), variables(conditions(returns)), k=10)
    pd.testing.assert_frame_equal(near.parts["overlap"], overlap(expected, raw))


def test_neighbours_of_the_69_need_no_returns():
    near = neighbours(k=5)
    assert near.facts["n"] == 69
    assert near.of("Coesfeld").table["neighbour_name"].notna().all()
    ring = reconstructed().set_index("kommune")["ring"]
    rows = near.of("Coesfeld").table
    in_ring = near.parts["rings"].set_index("kommune")["in_ring"]
    assert in_ring["05558"] == (ring[rows["neighbour"]] == ring["05558"]).sum()


def test_conditions_are_chosen_by_their_plain_names():
    near = neighbours(k=5, variables=["density", "unemployment_rate"])
    frame = logarithmic(conditions())
    expected = nearest(frame, ["ln_density", "unemployment_rate"], k=5)
    pd.testing.assert_frame_equal(near.table[list(expected.columns)], expected)


def test_conditions_of_ones_own_do_as_well():
    frame = pd.DataFrame({"kommune": [f"M0{i}" for i in range(1, 6)], "x": [1.0, 2.0, 4.0, 7.0, 11.0]})
    near = neighbours(frame, k=1)
    assert near.table["neighbour"].tolist() == ["M02", "M01", "M02", "M03", "M04"]


def test_too_few_municipalities_have_no_ten_neighbours(returns):
    few = neighbours(returns.only(["M01", "M02", "M03", "M04"]))
    assert few.reason == "of 4 municipalities with all conditions none has 10 neighbours"
    assert few.summary("de") == "Von 4 Kommunen mit allen Bedingungen hat keine 10 Nachbarn."


@pytest.mark.parametrize("k", [0, -1, 2.5, True])
def test_a_number_of_neighbours_that_is_none_is_refused(k):
    with pytest.raises(ComparisonError, match="counted by a whole number from 1"):
        neighbours(k=k)


def test_types_are_those_of_the_pure_function(returns):
    frame = logarithmic(conditions(returns))
    typology = Typology(variables(frame))
    expected = typology(frame)
    kinds = types(returns, resamples=40)
    pd.testing.assert_frame_equal(kinds.table[list(expected.columns)], expected)
    pd.testing.assert_frame_equal(kinds.parts["cuts"], typology.cuts(frame))
    pd.testing.assert_frame_equal(kinds.parts["stability"], typology.stability(frame, 40, 2008))


def test_too_few_municipalities_have_no_types(returns):
    assert types(returns.only(["M01", "M02", "M03", "M04"])).reason.startswith("A type has at least 5 units")


def test_why_there_are_no_types_stands_in_the_language_of_the_reader(returns):
    few = types(returns.only(["M01", "M02"]))
    assert few.reason.startswith("At least 3 units with all of")
    assert few.summary("de").startswith("Mindestens 3 Kommunen mit allen Werten von")


def test_the_answer_for_one_does_not_make_the_parts_that_take_time(returns):
    one = types(returns, resamples=0).of("M10")  # no bootstrap has so few
    assert one.table["kommune"].tolist() == ["M10"]
    with pytest.raises(OptkommunenError, match="draws"):
        one.parts["stability"]


@pytest.mark.parametrize("ask", [neighbours, types])
def test_answers_can_be_stored(returns, ask):
    found = ask(returns)
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.table, found.table)
    pd.testing.assert_frame_equal(again.parts["conditions"], found.parts["conditions"])
