"""Rings in every form: the same rings give the same answer, and what is no ring is refused."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError, UnknownUnitError
from optkommunen.front.comparing import compare
from optkommunen.front.groups import groups
from optkommunen.front.surroundings import neighbours, types

REAL = pd.DataFrame({"kommune": ["05558", "06438", "09679"], "value": [1.0, 2.0, 3.0]})


@pytest.fixture(scope="module")
def forms(returns):
    ring = returns.units.set_index("kommune")["ring"]
    return {
        "frame": returns.units[["kommune", "ring"]],
        "frame with more columns": returns.units,
        "frame with status": returns.units[["kommune", "ring", "status"]],
        "frame of categories": returns.units[["kommune", "ring"]].astype({"ring": "category"}),
        "mapping": ring.to_dict(),
        "series": ring,
        "column": "ring",
        "none": None,
    }


@pytest.mark.parametrize(
    "form",
    [
        "frame", "frame with more columns", "frame with status", "frame of categories", "mapping", "series", "column",
        "none",
    ],
)  # fmt: skip
def test_the_same_rings_in_any_form_give_the_same_answer(quota, forms, form):
    expected = compare(quota, rings=forms["frame"]).table
    pd.testing.assert_frame_equal(compare(quota, rings=forms[form]).table, expected)


def test_without_rings_the_69_have_the_reconstructed_ones_whose_status_is_carried():
    found = groups(None, REAL)
    expected = reconstructed().set_index("kommune")["ring"]
    assert (found.frame.set_index("kommune")["ring"] == expected).all()
    assert set(found.frame["status"]) == {"estimated"}
    assert found.note == "Rings: own reconstruction by the published rule, not published."


def test_the_status_of_rings_stands_in_every_row_and_in_the_notes():
    own = REAL.assign(ring="west", status="observed", period="2008", indicator="unemployment_rate")
    place = compare(own, rings=own[["kommune", "ring"]].assign(status="estimated"))
    assert set(place.table["ring_status"]) == {"estimated"}
    assert place.status == "estimated"
    assert "Rings: estimated assignment, not published." in place.notes


def test_the_status_of_a_ring_is_not_that_of_the_values():
    own = REAL.assign(ring="west", ring_status="estimated", status="observed")
    assert set(groups(None, own).frame["status"]) == {"estimated"}
    assert set(groups("ring", own.drop(columns="ring_status")).frame["status"]) == {"observed"}


def test_names_stand_for_keys():
    found = groups(pd.DataFrame({"kommune": ["Coesfeld", "LK Offenbach"], "ring": [1.0, 2.0]}), REAL)
    assert found.frame[["kommune", "ring"]].to_numpy().tolist() == [["05558", "1"], ["06438", "2"]]


def test_a_key_that_lost_its_zero_is_refused():
    with pytest.raises(UnknownUnitError, match="found the number 5558"):
        groups(pd.DataFrame({"kommune": [5558], "ring": ["west"]}), REAL)


def test_a_name_that_is_none_is_refused():
    with pytest.raises(UnknownUnitError, match="no Kreis of 2004 to 2022 is known as 'Atlantis'"):
        groups({"Atlantis": "west"}, REAL)


def test_a_municipality_in_two_rings_is_refused():
    with pytest.raises(ComparisonError, match="in one ring; more than once here: 05558"):
        groups(pd.DataFrame({"kommune": ["05558", "Coesfeld"], "ring": ["a", "b"]}), REAL)


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ComparisonError, match=r"the table has no column 'cluster' \(there: kommune, value\)"):
        groups("cluster", REAL)


@pytest.mark.parametrize("other", [3, ["05558"], pd.DataFrame({"kommune": ["05558"], "cluster": ["a"]})])
def test_another_form_is_refused_with_the_forms(other):
    with pytest.raises(ComparisonError, match="Rings are a frame of kommune and ring"):
        groups(other, REAL)


def test_musterkommunen_without_rings_are_refused(returns):
    with pytest.raises(ComparisonError, match=r"Pass rings=returns\.units"):
        compare(ok.indicator("eingliederungsquote", returns).drop(columns="ring", errors="ignore"))


def test_who_has_no_ring_is_in_none(quota):
    place = compare(quota, rings={"M01": "a", "M02": "a", "M03": "a", "M04": None})
    assert set(place.table.loc[place.table["ring"] != "", "kommune"]) == {"M01", "M02", "M03"}


def test_each_is_compared_with_its_own_neighbours(returns, quota):
    near = neighbours(returns, k=5)
    place = compare(quota, rings=near).table.set_index("kommune")
    last = quota[quota["period"] == "2008"].set_index("kommune")
    for key in ("M01", "M33", "M69"):
        rows = near.table
        its = last.loc[rows.loc[rows["kommune"] == key, "neighbour"]]
        assert place.at[key, "reference_value"] == pytest.approx(
            100 * its["numerator"].sum() / its["denominator"].sum(), rel=1e-12
        )
        assert place.at[key, "n_reference"] == 5
    assert set(place["reference"]) == {"own neighbours"}


def test_the_quarter_among_neighbours_counts_the_municipality_itself(returns, quota):
    near = neighbours(returns, k=7)
    place = compare(quota, rings=near).table.set_index("kommune")
    value = quota[quota["period"] == "2008"].set_index("kommune")["value"]
    key = "M12"
    group = value[[key, *near.of(key).table["neighbour"]]]
    assert place.at[key, "quarter"] == 1 + int((value[key] > group.quantile([0.25, 0.5, 0.75])).sum())


def test_the_frame_of_the_neighbours_does_as_well_as_their_answer(returns, quota):
    near = neighbours(returns, k=5)
    pd.testing.assert_frame_equal(compare(quota, rings=near.table).table, compare(quota, rings=near).table)


def test_types_are_rings(returns, quota):
    kinds = types(returns)
    place = compare(quota, rings=kinds).table.set_index("kommune")
    assert (place["ring"] == kinds.table.set_index("kommune")["type"].reindex(place.index)).all()


def test_an_answer_that_has_no_rings_is_refused(returns, quota):
    with pytest.raises(ComparisonError, match="found an answer of compare"):
        compare(quota, rings=compare(quota))
    few = neighbours(returns.only(["M01", "M02", "M03"]), k=10)
    with pytest.raises(ComparisonError, match="neighbours says: "):
        compare(quota, rings=few)
