"""Rings: what is published, the reconstruction, own rings."""

import pandas as pd
import pytest

from optkommunen.comparison import rings
from optkommunen.errors import ForeignUnitError, ValueTableError
from optkommunen.register import municipalities
from tests.shared import shared


def test_reconstructed_rings_have_the_sizes_of_the_worked_rule():
    sizes = rings.reconstructed()["ring"].value_counts()
    assert [sizes[ring] for ring in rings.RINGS] == [10, 9, 13, 7, 10, 8, 12]


def test_municipalities_published_in_one_ring_fall_into_one_reconstructed_ring():
    both = rings.published().merge(rings.reconstructed(), on="kommune", suffixes=("_published", ""))
    both = both[both["ring_published"] != ""]
    assert both.groupby("ring_published")["ring"].unique().map(list).to_dict() == {
        "1 Agglomerationsräume": ["R-I"],
        "4 Verdichtete Kreise": ["R-III"],
    }


@pytest.mark.shared
def test_reconstruction_agrees_with_the_worked_assignment_in_all_69():
    worked = pd.read_csv(shared("data/reference/settlement_types_69.csv"), dtype="str").set_index("ags_2005")
    own = rings.reconstructed().set_index("kommune")
    assert (own["ring"] == worked["ring_reconstructed"]).all()
    assert (own["space"] == worked["region_type"]).all()


def test_a_municipality_near_a_cut_has_its_value_within_the_margin():
    near = rings.near_a_cut(rate_margin=0.5, density_margin=0.1)
    rates = near[near["criterion"].str.startswith("sgb2")]
    assert len(near) > 0
    assert ((rates["value"] - rates["cut"]).abs() < 0.5).all()
    assert (near["ring"] != near["ring_beyond"]).all()


def test_wider_margins_show_more_municipalities():
    assert len(rings.near_a_cut(1.0, 0.2)) > len(rings.near_a_cut(0.1, 0.02))


def test_a_ring_of_ones_own_may_group_any_of_the_69():
    table = rings.custom({key: "all" for key in municipalities()["kommune"]})
    assert table["ring"].eq("all").all()
    assert len(table) == 69


def test_an_own_ring_may_be_given_as_a_series():
    series = rings.reconstructed().set_index("kommune")["ring"]
    assert rings.custom(series)["ring"].tolist() == series.tolist()


def test_a_foreign_unit_in_an_own_ring_is_refused():
    with pytest.raises(ForeignUnitError, match="05111"):
        rings.custom({"05111": "x"})


def test_units_of_another_closed_set_are_accepted_when_it_is_named():
    assert len(rings.custom({"M01": "a", "M02": "a"}, units=["M01", "M02"])) == 2


def test_a_ring_without_a_name_is_refused():
    with pytest.raises(ValueTableError, match="needs a name; 06438"):
        rings.custom({"06438": " "})
