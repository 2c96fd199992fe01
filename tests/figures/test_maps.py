"""Maps: what is drawn is what the frame says."""

import functools

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest

from optkommunen.data.register import municipalities
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ForeignUnitError, ValueTableError
from optkommunen.figures import style
from optkommunen.figures.basemap import classify
from optkommunen.figures.maps import map_indicator, map_rings
from optkommunen.loaders.bundled import load_boundaries, load_context
from tests.figures.overlaps import faults

ATTRIBUTION = "© GeoBasis-DE / BKG 2016 (Daten verändert)"


@pytest.fixture(scope="module")
def childcare():
    return load_context("childcare_u3", 2008)


@pytest.fixture(scope="module")
def youth():
    return load_context("unemployed_u25", 2010)


@functools.cache
def rings_map(lang="de"):
    """The map of rings, drawn once for all claims about it."""
    return map_rings(lang=lang)


@functools.cache
def indicator_map(name="childcare_u3", year=2008, lang="de", scheme="quantile"):
    """A map of the context, drawn once for all claims about it."""
    return map_indicator(load_context(name, year), lang=lang, scheme=scheme)


def patches(fig, prefix=""):
    """Patches of the map by key; hatches with prefix ``hatch ``."""
    found = {p.get_gid(): p for p in fig.axes[0].patches if p.get_gid()}
    keys = municipalities()["kommune"]
    return {key: found[prefix + key] for key in keys if prefix + key in found}


def fills(fig):
    return {key: mpl.colors.to_hex(patch.get_facecolor()) for key, patch in patches(fig).items()}


def texts(fig, gid):
    return [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == gid]


def every_text(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


def test_each_municipality_has_the_colour_of_its_ring():
    colours = dict(zip(["R-I", "R-II", "R-III", "R-IV", "R-V", "R-VI", "R-VII"], style.RING_COLOURS, strict=True))
    ring = reconstructed().set_index("kommune")["ring"]
    assert fills(rings_map()) == {key: colours[name] for key, name in ring.items()}


def test_the_numerals_on_the_map_count_the_rings():
    numerals = pd.Series(texts(rings_map(), "numeral")).value_counts()
    counts = reconstructed()["ring"].str.removeprefix("R-").value_counts()
    assert numerals.to_dict() == counts.to_dict()


def test_the_map_of_rings_says_that_they_are_reconstructed():
    assert "rekonstruiert" in every_text(rings_map())
    assert "reconstructed" in every_text(rings_map("en"))


def test_all_members_of_a_ring_are_named_beside_the_map():
    listed = ", ".join(" ".join(texts(rings_map(), "members")).split())
    names = municipalities()["name"].str.replace(" ", ", ")
    assert all(name in listed for name in names)


def test_rings_of_ones_own_are_not_called_reconstructed():
    own = pd.DataFrame({"kommune": ["06438", "06436", "01054"], "ring": ["Rhein-Main", "Rhein-Main", "Küste"]})
    fig = map_rings(lang="de", rings=own)
    assert "rekonstru" not in every_text(fig).lower()
    assert "Rhein-Main (2)" in texts(fig, "entry")
    assert "in keinem Ring (66)" in texts(fig, "entry")
    assert faults(fig) == []


def test_the_reconstruction_is_called_so_whoever_hands_it_over():
    given = reconstructed()[["kommune", "ring"]].astype({"ring": "category"})
    assert every_text(map_rings(lang="de", rings=given)) == every_text(map_rings(lang="de"))


def test_more_than_seven_rings_are_refused():
    keys = municipalities()["kommune"][:8]
    with pytest.raises(ValueTableError, match="tells 7 rings apart; found 8"):
        map_rings(rings=pd.DataFrame({"kommune": keys, "ring": keys}))


def test_a_foreign_unit_among_the_rings_is_refused():
    with pytest.raises(ForeignUnitError, match="05111"):
        map_rings(rings=pd.DataFrame({"kommune": ["05111"], "ring": ["x"]}))


def test_a_municipality_in_two_rings_is_refused_also_by_key_and_name():
    first = municipalities().iloc[0]
    with pytest.raises(ValueTableError, match=f"belongs to one ring; more than once here: {first['kommune']}"):
        map_rings(rings=pd.DataFrame({"kommune": [first["kommune"], first["name"]], "ring": ["x", "y"]}))


def test_each_municipality_has_the_colour_of_its_class(childcare):
    values = childcare[childcare["kommune"] != "DE"].set_index("kommune")["value"]
    group = classify(values, 5)
    assert fills(indicator_map()) == {key: style.sequential(5)[k] for key, k in group.items()}


def test_exactly_the_estimated_are_hatched(childcare):
    estimated = childcare.loc[childcare["status"] == "estimated", "kommune"]
    assert set(patches(indicator_map(), "hatch ")) == set(estimated) - {"DE"}


def test_missing_is_grey_with_strokes_and_unusable_grey_with_crosses(youth):
    fig = indicator_map("unemployed_u25", 2010)
    status = youth.set_index("kommune")["status"].drop("DE")
    for key, patch in patches(fig, "hatch ").items():
        assert patch.get_hatch() == (style.UNUSABLE_HATCH if status[key] == "unusable" else style.MISSING_HATCH)
        assert fills(fig)[key] == style.NO_VALUE
    assert set(patches(fig, "hatch ")) == set(status[status.isin(["missing", "unusable"])].index)


def test_a_status_that_does_not_occur_has_no_legend_entry():
    assert not [words for words in texts(indicator_map(), "entry") if "kein Wert" in words]
    words = texts(indicator_map("unemployed_u25", 2010), "entry")
    assert "kein Wert (12)" in words
    assert "unbrauchbar (veröffentlicht, Fehler bekannt) (1)" in words
    assert not [entry for entry in words if "geschätzt" in entry]


def test_an_unusable_value_is_not_classified_even_if_it_is_the_highest(youth):
    key = youth.loc[youth["status"] == "unusable", "kommune"].iloc[0]
    wrong = youth.assign(value=youth["value"].mask(youth["kommune"] == key, 1e9))
    assert fills(map_indicator(wrong)) == fills(indicator_map("unemployed_u25", 2010))


def test_germany_is_told_and_not_drawn(childcare):
    assert "Deutschland: 17,7\N{NO-BREAK SPACE}% der Kinder unter 3 Jahren" in every_text(indicator_map())
    without = childcare[childcare["kommune"] != "DE"]
    assert fills(indicator_map()) == fills(map_indicator(without))
    assert "Deutschland:" not in every_text(map_indicator(without))


def test_the_named_are_the_highest_and_lowest_that_are_not_estimated(childcare):
    own = childcare[(childcare["status"] == "observed") & (childcare["kommune"] != "DE")]
    own = own.merge(municipalities()[["kommune", "name"]], on="kommune").sort_values("value")
    named = {text.split("\n")[0] for text in texts(indicator_map(), "name")}
    assert named == set(own["name"].iloc[[0, 1, 2, -3, -2, -1]])


def test_the_points_of_the_distribution_are_the_values(childcare):
    strip = indicator_map().axes[2]
    drawn = sorted(float(x) for points in strip.collections for x in points.get_offsets()[:, 0])
    assert drawn == sorted(childcare.loc[childcare["kommune"] != "DE", "value"])
    hollow = next(points for points in strip.collections if points.get_gid() == "estimated")
    assert len(hollow.get_offsets()) == 14


def test_unit_and_year_stand_in_the_title():
    assert indicator_map().texts[0].get_text() == "Betreuungsquote unter 3 Jahren, 2008 (% der Kinder unter 3 Jahren)"
    assert indicator_map(lang="en").texts[0].get_text() == "Childcare quota under 3, 2008 (% of children under 3)"


def test_german_figures_have_a_decimal_comma_and_english_ones_a_point():
    assert all("," in entry and "." not in entry for entry in texts(indicator_map(), "class"))
    assert all("." in entry and "," not in entry for entry in texts(indicator_map(lang="en"), "class"))


def test_the_source_of_the_frame_stands_at_the_foot():
    assert "Quelle: INKAR, Ausgabe 2024; a_betr0003_bev0003" in every_text(indicator_map())
    assert "Source: INKAR, edition 2024; a_betr0003_bev0003" in every_text(indicator_map(lang="en"))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_each_map_bears_the_attribution_and_marks_approximate_shapes(lang):
    approximate = load_boundaries().query("approximate")["key"]
    for fig in (rings_map(lang), indicator_map(lang=lang)):
        (face,) = [text for text in fig.axes[0].texts if text.get_gid() == "attribution"]
        assert face.get_text() == ATTRIBUTION
        assert fig.axes[0].get_window_extent().contains(*face.get_window_extent().min)
        marked = {p.get_gid() for p in fig.axes[0].patches if str(p.get_gid()).startswith("approximate")}
        assert marked == {f"approximate {key}" for key in approximate}


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    ("name", "year", "scheme"),
    [
        ("childcare_u3", 2008, "quantile"),
        ("unemployed_u25", 2010, "natural"),
        ("ehb_share", 2010, "quantile"),
        ("gva_primary_share", 2008, "quantile"),
        ("debt", 2009, "quantile"),
        ("debt_per_head", 2010, "natural"),
        ("care_ambulatory_staff", 2009, "quantile"),
    ],
)
def test_no_text_of_a_map_covers_another_or_leaves_the_figure(name, year, scheme, lang):
    assert faults(indicator_map(name, year, lang, scheme)) == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_no_text_of_the_ring_map_covers_another_or_leaves_the_figure(lang):
    assert faults(rings_map(lang)) == []


def test_the_same_map_is_the_same_picture_and_light_enough_for_a_notebook(childcare):
    one, two = style.png(indicator_map()), style.png(map_indicator(childcare))
    assert one == two
    assert len(one) < 120_000
    assert len(style.png(rings_map())) < 120_000


def test_the_settings_of_the_session_do_not_change_a_map(childcare):
    plain = style.png(indicator_map())
    with mpl.rc_context({"font.size": 20, "axes.grid": True, "patch.linewidth": 5, "hatch.linewidth": 4}):
        assert style.png(map_indicator(childcare)) == plain


def test_a_frame_without_status_is_refused(childcare):
    with pytest.raises(ValueTableError, match="not found: status"):
        map_indicator(childcare.drop(columns="status"))


@pytest.mark.parametrize(("column", "values"), [("indicator", ["a", "b"]), ("period", ["2007", "2008"])])
def test_two_indicators_or_periods_are_refused(childcare, column, values):
    frame = pd.concat([childcare.assign(**{column: value}) for value in values])
    with pytest.raises(ValueTableError, match=f"A map shows one {column}; found {values[0]}, {values[1]}"):
        map_indicator(frame)


def test_a_map_without_any_value_is_refused():
    with pytest.raises(ValueTableError, match="at least one value; 'unemployed_longterm' 2006 has none"):
        map_indicator(load_context("unemployed_longterm", 2006))


def test_musterkommunen_and_invented_values_have_no_place_on_a_map(childcare):
    with pytest.raises(ForeignUnitError, match="M01"):
        map_indicator(childcare.assign(kommune=[f"M{i:02d}" for i in range(1, 71)]))
    with pytest.raises(ValueTableError, match="synthetic"):
        map_indicator(childcare.assign(status="synthetic"))


def test_a_part_of_the_69_is_drawn_with_the_rest_left_white(childcare):
    fig = map_indicator(childcare[childcare["kommune"].str.startswith("06")])
    assert sum(colour == "#ffffff" for colour in fills(fig).values()) == 69 - 13
    assert "nicht in der Tabelle (56)" in texts(fig, "entry")
    assert faults(fig) == []


def test_a_refused_frame_leaves_no_figure_open(childcare):
    with pytest.raises(ValueTableError):
        map_indicator(childcare.drop(columns="status"))
    assert plt.get_fignums() == []
