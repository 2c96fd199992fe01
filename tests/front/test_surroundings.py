"""neighbours and types say to the last digit what the pure functions say."""

import pickle

import pandas as pd
import pytest

from optkommunen.comparison.distances import regression_weights
from optkommunen.comparison.neighbours import nearest, overlap
from optkommunen.comparison.types import Typology
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.front.official_figures import load_context
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


def test_a_table_of_values_weighs_the_conditions_by_a_regression():
    rate = load_context("persons_in_bg_rate", 2008)
    known = ["density", "gdp_per_head", "unemployment_rate"]
    near = neighbours(k=5, variables=known, weights=rate)
    frame = logarithmic(conditions())
    used = ["ln_density", "ln_gdp_per_head", "unemployment_rate"]
    values = frame["kommune"].map(rate.set_index("kommune")["value"])
    expected = regression_weights(frame.assign(target=values), "target", used, keep=0.10)
    pd.testing.assert_frame_equal(near.parts["weights"], expected)
    alike = neighbours(k=5, variables=known)
    pd.testing.assert_frame_equal(near.parts["overlap"], overlap(near.table, alike.table))
    assert near.facts["n_weighed"] == (expected["weight"] > 0).sum()
    assert f"here {near.of('Coesfeld').parts['overlap']['common'].item()}." in near.of("Coesfeld").summary("en")


def test_too_few_values_to_weigh_by_are_an_empty_answer():
    rate = load_context("persons_in_bg_rate", 2008)
    assert neighbours(weights=rate.iloc[:5]).reason == (
        "12 conditions are weighed by a regression of 14 municipalities or more; found 5"
    )
    assert neighbours(weights=rate.iloc[:0]).reason.endswith("found 0")


def test_rings_stand_beside_the_types_with_the_neighbours_that_share_both(returns):
    kinds, near = types(returns), neighbours(returns)
    table = kinds.parts["rings"].set_index("ring")
    ring = returns.units.set_index("kommune")["ring"]
    kind = kinds.table.set_index("kommune")["type"]
    assert table["n"].to_dict() == ring.value_counts().to_dict()
    pairs = near.table[near.table["kommune"].map(ring) == "R-III"]
    same = (pairs["kommune"].map(kind) == pairs["neighbour"].map(kind)).groupby(pairs["kommune"]).sum()
    assert table.loc["R-III", "in_type"] == same.mean()


def test_other_values_are_drawn_among_neighbours_and_ring():
    near, rate = neighbours(), load_context("unemployment_rate", [2007, 2008])
    fig = near.plot(highlight="Coesfeld", values=rate, period=2007, rings={"Coesfeld": "mine", "05117": "mine"})
    labels = [text.get_text() for text in fig.axes[0].get_yticklabels()]
    assert labels == ["Ring mine (n = 1)", "nearest neighbours (n = 10)"]
    (name,) = [text.get_text() for text in fig.axes[0].texts if text.get_gid() == "own name"]
    value = rate[(rate["kommune"] == "05558") & (rate["period"] == "2007")]["value"].item()
    assert name == f"Coesfeld: {value:.1f}"
    empty = near.plot(highlight="Coesfeld", values=rate.iloc[:0], lang="en")
    assert "The table has no row of a municipality." in [text.get_text() for text in empty.texts]
    alone = near.plot(highlight="Coesfeld", values=rate[rate["kommune"] == "05558"], lang="en")
    assert "Nobody beside Coesfeld has a value." in [text.get_text() for text in alone.texts]
