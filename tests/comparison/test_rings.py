"""Rings: what is published, the reconstruction, own rings."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from optkommunen.comparison import rings
from optkommunen.errors import ComparisonError, ForeignUnitError, UnknownUnitError, ValueTableError
from optkommunen.loaders.context import load_context
from optkommunen.register import municipalities
from optkommunen.ring_rule import ring_status
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


def test_the_share_between_rings_is_that_of_an_analysis_of_variance():
    frame = load_context("unemployment_rate", 2008).query("kommune != 'DE'")[["kommune", "value", "status"]]
    by_rule = rings.reconstructed()
    row = rings.between_share(frame, by_rule).iloc[0]
    data = frame.merge(by_rule[["kommune", "ring"]])
    fit = smf.ols("value ~ C(ring)", data).fit()
    assert row["value"] == pytest.approx(fit.rsquared, rel=1e-10)
    assert (row["n"], row["n_rings"], row["status"]) == (69, 7, "estimated")
    assert row["value"] + row["within"] == pytest.approx(1)


def test_a_share_between_rings_leaves_out_who_has_no_value_or_ring_and_is_missing_where_nothing_differs():
    frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "value": [1.0, None, 3.0, 9.0]})
    own = frame[["kommune"]].assign(ring=["a", "a", "b", ""])
    row = rings.between_share(frame, own).iloc[0]
    assert (row["value"], row["n"]) == (1.0, 2)
    assert np.isnan(rings.between_share(frame.assign(value=2.0), own)["value"].iloc[0])
    with pytest.raises(ComparisonError, match="2 municipalities with value and ring; found 1"):
        rings.between_share(frame.assign(value=[1.0, None, None, 9.0]), own)


def test_an_own_ring_may_name_its_units_and_never_by_numbers():
    named = rings.custom({"Coesfeld": "west", "LK Offenbach": "south", "Bautzen": "east"})
    assert named["kommune"].tolist() == ["05558", "06438", "14272"]
    with pytest.raises(UnknownUnitError, match="leading zero; found the number 6438"):
        rings.custom({6438: "south"})


def test_only_the_municipalities_that_stay_where_the_rule_puts_them_are_reconstructed():
    moved = rings.reconstructed()[["kommune", "ring"]].replace({"ring": {"R-VII": "mine"}})
    status = ring_status(moved)
    assert (status == "observed").equals(moved["ring"] == "mine")
    assert set(ring_status(moved.assign(status="published"))) == {"estimated", "published"}
    assert set(ring_status(moved.assign(ring_status="estimated", status="observed"))) == {"estimated"}
    assert ring_status(moved.assign(status=None)).equals(status)
