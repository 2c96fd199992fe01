"""Rings in every form: the same rings give the same answer, and what is no ring is refused."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError, UnknownUnitError
from optkommunen.front.comparing import compare
from optkommunen.front.membership import groups, members, with_members
from optkommunen.front.surroundings import neighbours, types
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL, write_own_returns

VALUES = pd.DataFrame({"kommune": ["05558", "06438", "09679"], "value": [1.0, 2.0, 3.0]})


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
    found = groups(None, VALUES)
    expected = reconstructed().set_index("kommune")["ring"]
    assert (found.frame.set_index("kommune")["ring"] == expected).all()
    assert set(found.frame["status"]) == {"estimated"}
    assert found.note == "Rings: own reconstruction by the published rule, not published."


def test_the_status_of_rings_stands_in_every_row_and_in_the_notes():
    own = VALUES.assign(ring="west", status="observed", period="2008", indicator="unemployment_rate")
    place = compare(own, rings=own[["kommune", "ring"]].assign(status="estimated"))
    assert set(place.table["ring_status"]) == {"estimated"}
    assert place.status == "estimated"
    assert "Rings: estimated assignment, not published." in place.notes


def test_the_status_of_a_ring_is_not_that_of_the_values():
    own = VALUES.assign(ring="west", ring_status="estimated", status="observed")
    assert set(groups(None, own).frame["status"]) == {"estimated"}
    assert set(groups("ring", own.drop(columns="ring_status")).frame["status"]) == {"observed"}


def test_names_stand_for_keys():
    found = groups(pd.DataFrame({"kommune": ["Coesfeld", "LK Offenbach"], "ring": [1.0, 2.0]}), VALUES)
    assert found.frame[["kommune", "ring"]].to_numpy().tolist() == [["05558", "1"], ["06438", "2"]]


def test_a_key_that_lost_its_zero_is_refused():
    with pytest.raises(UnknownUnitError, match="found the number 5558"):
        groups(pd.DataFrame({"kommune": [5558], "ring": ["west"]}), VALUES)


def test_a_name_that_is_none_is_refused():
    with pytest.raises(UnknownUnitError, match="no Kreis of 2004 to 2022 is known as 'Atlantis'"):
        groups({"Atlantis": "west"}, VALUES)


def test_a_municipality_in_two_rings_is_refused():
    with pytest.raises(ComparisonError, match="in one ring; more than once here: 05558"):
        groups(pd.DataFrame({"kommune": ["05558", "Coesfeld"], "ring": ["a", "b"]}), VALUES)


def test_a_column_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ComparisonError, match=r"the table has no column 'cluster' \(there: kommune, value\)"):
        groups("cluster", VALUES)


@pytest.mark.parametrize("other", [3, ["05558"], pd.DataFrame({"kommune": ["05558"], "cluster": ["a"]})])
def test_another_form_is_refused_with_the_forms(other):
    with pytest.raises(ComparisonError, match="Rings are a frame of kommune and ring"):
        groups(other, VALUES)


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


BUNDLED = load_returns()


def own_returns(folder, **units):
    """Returns under real keys; columns of a table of units by name, if any."""
    write_own_returns(folder)
    if units:
        pd.DataFrame({"kommune": list(REAL.values()), **units}).to_csv(folder / "units.csv", index=False)
    return load_returns(folder)


def test_the_rings_of_the_69_are_the_reconstruction_and_estimated():
    rings, rule = ok.rings(), reconstructed()
    assert list(rings.columns) == ["kommune", "name", "ring", "status"]
    assert rings["ring"].tolist() == rule["ring"].tolist()
    assert set(rings["status"]) == {"estimated"}


def test_musterkommunen_have_the_rings_of_their_units_and_these_are_synthetic():
    rings = ok.rings(BUNDLED)
    assert rings["ring"].tolist() == BUNDLED.units["ring"].tolist()
    assert set(rings["status"]) == {"synthetic"}


def test_rings_of_own_returns_are_observed_unless_they_say_otherwise(tmp_path):
    ring = ["A"] * 20 + ["B"] * 14
    said = ["published", *[""] * 33]
    rings = ok.rings(own_returns(tmp_path, ring=ring, ring_status=said)).set_index("kommune")
    assert rings.loc[list(REAL.values()), "ring"].tolist() == ring
    assert rings["status"].value_counts().to_dict() == {"observed": 33, "published": 1}


def test_rings_of_own_returns_that_are_the_reconstruction_stay_estimated(tmp_path):
    rule = reconstructed().set_index("kommune")["ring"]
    rings = ok.rings(own_returns(tmp_path, ring=rule[list(REAL.values())].to_numpy()))
    assert set(rings["status"]) == {"estimated"}


def test_own_returns_without_rings_have_those_of_the_69(tmp_path):
    rings = ok.rings(own_returns(tmp_path)).set_index("kommune")
    assert rings["ring"].equals(ok.rings().set_index("kommune")["ring"].reindex(rings.index))
    assert set(rings["status"]) == {"estimated"}


def test_who_is_in_no_ring_has_none_and_is_counted_in_none(tmp_path):
    returns = own_returns(tmp_path, ring=[""] + ["A"] * 33)
    rings = ok.rings(returns).set_index("kommune")
    assert rings.loc["06432", ["ring", "status"]].tolist() == ["", "missing"]
    assert members(returns).loc["06432", "ring_status"] == ""


def test_rings_go_into_indicator_and_comparison_as_they_are():
    from optkommunen.comparison.position import compare

    rings = ok.rings(BUNDLED)
    table = ok.indicator("eingliederungsquote", BUNDLED)
    assert set(compare(table, rings)["ring_status"]) == {"synthetic"}
    by_ring = ok.indicator("eingliederungsquote", BUNDLED, by=rings)
    assert by_ring["value"].equals(ok.indicator("eingliederungsquote", BUNDLED, by="ring")["value"])


def test_germany_has_a_name_and_no_ring():
    table = with_members(pd.DataFrame({"kommune": ["DE", "06438"], "value": [1.0, 2.0]}))
    assert table.iloc[0].tolist() == ["DE", "Deutschland", "", "", 1.0]
    assert table.at[1, "name"] == "Offenbach (Landkreis)"


def test_a_frame_of_one_s_own_has_its_own_rings_or_those_in_force():
    frame = pd.DataFrame({"kommune": ["06438", "01054"]})
    assert members(frame).loc["06438", "ring"] == ok.rings().set_index("kommune").at["06438", "ring"]
    assert members(frame.assign(ring="A")).loc["06438", ["ring", "ring_status"]].tolist() == ["A", "observed"]
    invented = frame.assign(kommune=["M01", "M02"])
    assert members(invented).loc["M01", "ring_status"] == "synthetic"


def test_the_index_of_a_table_does_not_matter():
    table = pd.DataFrame({"kommune": ["01054", "06438"]}, index=[7, 3])
    assert with_members(table)["name"].to_dict() == {7: "Nordfriesland", 3: "Offenbach (Landkreis)"}


def test_a_ring_the_returns_changed_is_the_one_that_counts():
    units = BUNDLED.units.assign(ring=BUNDLED.units["ring"].where(BUNDLED.units["kommune"] != "M01", "mine"))
    table = ok.indicator("bg", replace(BUNDLED, units=units), period=2008)
    assert table.set_index("kommune").at["M01", "ring"] == "mine"


def test_own_rings_move_those_they_name_and_leave_the_others_where_they_are():
    rings = ok.rings(own={"Coesfeld": "R-I", "06438": "west"}).set_index("kommune")
    rule = ok.rings().set_index("kommune")
    assert rings.loc[["05558", "06438"], ["ring", "status"]].to_numpy().tolist() == [
        ["R-I", "observed"], ["west", "observed"],
    ]  # fmt: skip
    assert rings.drop(["05558", "06438"]).equals(rule.drop(["05558", "06438"]))


def test_own_rings_of_the_69_leave_musterkommunen_in_theirs():
    assert ok.rings(BUNDLED, own={"Coesfeld": "R-I"}).equals(ok.rings(BUNDLED))
    assert ok.rings(BUNDLED, own={"M01": "R-I"}).set_index("kommune").loc["M01", "ring"] == "R-I"


def test_own_rings_may_be_the_types_and_not_neighbours():
    types = ok.types()
    rings = ok.rings(own=types).set_index("kommune")["ring"]
    found = types.table.set_index("kommune")["type"]
    found = found[found != ""]
    assert rings[found.index].tolist() == found.tolist()
    with pytest.raises(ok.errors.ComparisonError, match="found neighbours"):
        ok.rings(own=ok.neighbours(k=3))


def test_a_mapping_names_musterkommunen_as_the_table_does():
    returns = ok.load_returns()
    by_name, by_key = (ok.rings(returns, own={unit: "mine"}) for unit in ("Musterkommune 30", "M30"))
    pd.testing.assert_frame_equal(by_name, by_key)
    assert by_key.set_index("kommune").at["M30", "ring"] == "mine"
    quota = ok.indicator("bg", returns)
    own = {"Musterkommune 30": "mine", "M31": "mine"}
    assert set(ok.compare(quota, rings=own).table.query("ring == 'mine'")["kommune"]) == {"M30", "M31"}
