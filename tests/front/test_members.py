"""Rings in force in every form, and name, ring and its status beside the rows of a table."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data.ring_rule import reconstructed
from optkommunen.front.members import members, with_members
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL, write_own_returns

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
