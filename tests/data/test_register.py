"""The register, the look-up and the closed set."""

import re

import matplotlib.pyplot as plt
import pytest

import optkommunen as ok
from optkommunen.data import register as m
from optkommunen.errors import AmbiguousUnitError, ForeignUnitError, UnknownUnitError
from optkommunen.loaders.genesis import read_genesis
from tests.shared import shared

REGISTER = m.municipalities()
AMBIGUOUS_NAMES = {
    "Offenbach", "Würzburg", "Osnabrück", "Oldenburg", "Schweinfurt", "Leipzig", "Görlitz",
}  # fmt: skip


def test_the_register_has_63_landkreise_and_6_cities_in_13_laender():
    assert REGISTER["kind"].value_counts().to_dict() == {"Landkreis": 63, "kreisfreie Stadt": 6}
    assert REGISTER["land"].nunique() == 13


def test_areas_unchanged_by_2008_and_2021_are_58_and_55():
    assert REGISTER["area_same_2008"].sum() == 58
    assert REGISTER["area_same_2021"].sum() == 55


def test_population_of_the_69_at_the_end_of_2005():
    assert REGISTER["population_2005"].sum() == pytest.approx(12_664.7)


def test_every_changed_area_has_a_note_that_says_what_happened():
    changed = REGISTER[~REGISTER["area_same_2021"]]
    assert (changed["successor_note"].str.len() > 20).all()


@pytest.mark.parametrize("name", sorted(AMBIGUOUS_NAMES))
def test_a_name_that_two_kreise_bear_is_ambiguous_and_lists_its_candidates(name):
    with pytest.raises(AmbiguousUnitError, match=r"stands for more than one unit: .*; .*Give the key as admitted"):
        m.resolve(name)


def test_no_other_short_name_of_a_kreis_is_ambiguous():
    found = set()
    for printed in m._names()["name"]:
        short = re.sub(m._EPITHET, "", m._bare(m._fold(printed)))
        try:
            m.resolve(short)
        except AmbiguousUnitError:
            found.add(short)
        except ForeignUnitError:
            pass
    two_in_one_kreis = {"salzlandkreis"}
    assert found == {m._fold(name) for name in AMBIGUOUS_NAMES} | two_in_one_kreis


@pytest.mark.parametrize("key", ["14625", "15089", "03159"])
def test_a_later_key_that_stands_for_two_of_the_69_is_ambiguous(key):
    with pytest.raises(AmbiguousUnitError, match=key):
        m.resolve(key)


@pytest.mark.parametrize("column", ["kommune", "ags_2008", "ags_2021"])
def test_every_other_key_of_any_area_status_resolves(column):
    for kommune, key in zip(REGISTER["kommune"], REGISTER[column], strict=True):
        if key not in ("14625", "15089", "03159"):
            assert m.resolve(key) == kommune


def test_official_names_of_2004_and_2008_resolve_unless_borne_twice():
    larger = {"14292": "14272"}
    """Kamenz lies in the Landkreis Bautzen of 2008, whose name means the municipality as admitted."""
    for column in ("name_admitted", "name_2008"):
        for kommune, name in zip(REGISTER["kommune"], REGISTER[column], strict=True):
            if name != "Salzlandkreis":
                assert m.resolve(name) == (larger.get(kommune, kommune) if column == "name_2008" else kommune)


@pytest.mark.parametrize(
    ("written", "kommune"),
    [
        ("LK Offenbach", "06438"), ("Kreis Offenbach", "06438"), ("Landkreis Offenbach", "06438"),
        ("Offenbach (Landkreis)", "06438"), ("Offenbach, Landkreis", "06438"), ("Muelheim", "05117"),
        ("Mülheim a. d. Ruhr", "05117"), ("kreisfreie Stadt Mulheim an der Ruhr", "05117"), ("Kreis Duren", "05358"),
        ("Sankt Wendel", "10046"), ("Osterode", "03156"), ("Vulkaneifel", "07233"), ("Daun", "07233"),
        ("Heidekreis", "03358"), ("Mittelsachsen", "14375"), ("Stadt Schweinfurt", "09662"),
        ("  rheingau-taunus-kreis ", "06439"), ("Wiesbaden, kreisfreie Stadt, Landeshauptstadt", "06414"),
        ("Ennepe-Ruhr", "05954"), ("Marburg Biedenkopf", "06534"), ("Main Taunus Kreis", "06436"),
        ("St.Wendel", "10046"), ("Rotenburg/Wümme", "03357"), ("Muelheim/Ruhr", "05117"),
        ("Landkreis Oldenburg (Oldenburg)", "03458"),
    ],
)  # fmt: skip
def test_people_write_names_in_many_ways(written, kommune):
    assert m.resolve(written) == kommune


def test_every_name_that_the_package_displays_resolves_to_its_key():
    for kommune, name in zip(REGISTER["kommune"], REGISTER["name"], strict=True):
        for written in (name, name.lower(), f"  {name} ", m.name(kommune)):
            assert m.resolve(written) == kommune


def test_every_label_of_a_map_resolves_to_a_municipality():
    values = ok.load_context("gdp_per_head", 2008)
    fig = ok.figures.map_indicator(values, lang="en")
    labels = [text.get_text().split("\n")[0] for ax in fig.axes for text in ax.texts if text.get_gid() == "name"]
    assert len(labels) >= 6
    assert all(m.name(m.resolve(label)) == label for label in labels)
    plt.close(fig)


@pytest.mark.parametrize(
    ("written", "kommune"),
    [("Bautzen", "14272"), ("Landkreis Bautzen", "14272"), ("Bautzen, Landkreis", "14272"), ("Meißen", "14280"),
     ("Meissen", "14280"), ("LK Meißen", "14280"), ("Göttingen", "03152"), ("Landkreis Göttingen", "03152")],
)  # fmt: skip
def test_a_name_that_a_later_larger_kreis_bears_too_means_the_municipality_as_admitted(written, kommune):
    assert m.resolve(written) == kommune


def test_a_kreis_outside_the_69_is_named_in_the_refusal():
    with pytest.raises(ForeignUnitError, match=r"limited to the 69.*05111 \(Düsseldorf\)"):
        m.resolve("Düsseldorf")


@pytest.mark.parametrize("written", ["6438", "Nirgendwo", "", "99999", "064380"])
def test_what_is_no_kreis_is_refused_with_the_way_out(written):
    with pytest.raises(UnknownUnitError, match="leading zero"):
        m.resolve(written)


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownUnitError, match=r"known as 'Ofenbach'. Near to it: .*Offenbach"):
        m.resolve("Ofenbach")


@pytest.mark.shared
def test_every_name_that_the_official_table_prints_for_one_of_the_69_resolves_or_is_borne_twice():
    printed = read_genesis(next(shared("data/official/genesis_csv").glob("13211-01-03-4*")))
    names = printed[printed["key"].isin(REGISTER["kommune"])].drop_duplicates("key").set_index("key")["name"]
    refused = set()
    for kommune, name in names.items():
        try:
            assert m.resolve(name) == kommune
        except AmbiguousUnitError:
            refused.add(name)
    assert refused <= {"Schweinfurt"}


def test_the_closed_set_points_from_a_later_key_to_the_key_as_admitted():
    with pytest.raises(ForeignUnitError, match="14627 is the later key of 14280: use the key as admitted"):
        m.require_closed_set(["06438", "14627"])
