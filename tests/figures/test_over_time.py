"""Development by ring: lines are values, sums are sums, and what is estimated or missing is said."""

import functools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from optkommunen.data.ring_rule import RINGS, reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.figures import style
from optkommunen.figures.over_time import development
from optkommunen.indicators.caseload import caseload
from optkommunen.loaders.bundled import load_context
from tests.figures.overlaps import faults


@functools.cache
def table():
    return caseload().query("indicator == 'ehb'").merge(reconstructed()[["kommune", "ring"]], on="kommune")


@functools.cache
def drawn(lang="de", scale="index"):
    """The development of eHb, drawn once for all claims about it."""
    return development(caseload().query("indicator == 'ehb'"), lang=lang, scale=scale)


def panels(fig):
    """Axes by the headline above them."""
    found = {}
    for ax in fig.axes:
        headlines = [text.get_text() for text in ax.texts if text.get_gid() == "headline"]
        if headlines:
            found[headlines[0]] = ax
    return found


def line(ax, gid):
    (found,) = [artist for artist in ax.lines if artist.get_gid() == gid]
    return np.asarray(found.get_ydata(), dtype=float)


def said(ax, gid):
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def every_text(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


def invented(values, statuses=None):
    """Two rings of Musterkommunen over two years, from ``{key: (2007, 2008)}``."""
    rows = [(key, year, v) for key, pair in values.items() for year, v in zip(("2007", "2008"), pair, strict=True)]
    frame = pd.DataFrame(rows, columns=["kommune", "period", "value"])
    status = frame["value"].isna().map({True: "missing", False: "synthetic"})
    return frame.assign(
        indicator="bg", unit="BG", status=status if statuses is None else statuses,
        ring=["A" if key < "M03" else "B" for key in frame["kommune"]],
    )  # fmt: skip


def test_there_is_one_panel_a_ring_and_one_for_all():
    assert list(panels(drawn())) == [*RINGS, "alle Ringe"]


@pytest.mark.parametrize("ring", RINGS)
def test_the_bold_line_is_the_index_of_the_sum(ring):
    sums = table().query("ring == @ring").groupby("period")["value"].sum()
    np.testing.assert_allclose(line(panels(drawn())[ring], "sum"), 100 * sums / sums.iloc[0])


def test_the_thin_lines_are_the_indices_of_the_municipalities():
    values = table().pivot(index="kommune", columns="period", values="value").dropna()
    ax = panels(drawn())["alle Ringe"]
    thin = {
        artist.get_gid().removeprefix("unit "): artist
        for artist in ax.lines
        if str(artist.get_gid()).startswith("unit")
    }
    assert set(thin) == set(values.index)
    for key, artist in thin.items():
        np.testing.assert_allclose(artist.get_ydata(), 100 * values.loc[key] / values.loc[key, "2007"])


def test_exactly_the_estimated_municipalities_are_dashed():
    estimated = set(table().loc[table()["status"] == "estimated", "kommune"])
    thin = [artist for artist in panels(drawn())["alle Ringe"].lines if str(artist.get_gid()).startswith("unit")]
    assert {artist.get_gid().removeprefix("unit ") for artist in thin if artist.is_dashed()} == estimated


@pytest.mark.parametrize(("ring", "status"), [("R-I", "known"), ("R-IV", "estimated")])
def test_a_sum_with_estimates_has_hollow_points(ring, status):
    points = [artist for artist in panels(drawn())[ring].lines if artist.get_gid() == f"sum {status}"]
    assert len(points) == 4
    hollow = {mpl.colors.to_hex(point.get_markerfacecolor()) == "#ffffff" for point in points}
    assert hollow == {status == "estimated"}


def test_each_panel_says_how_many_are_counted_estimated_and_missing():
    notes = {name: said(ax, "headline")[1].replace("\N{NO-BREAK SPACE}", " ") for name, ax in panels(drawn()).items()}
    assert notes["R-I"] == "n = 10"
    assert notes["R-VII"] == "n = 11, 5 geschätzt, 1 ohne Wert"
    assert notes["alle Ringe"] == "n = 68, 13 geschätzt, 1 ohne Wert"
    assert "In keinem Jahr mit Wert: Anhalt-Zerbst." in every_text(drawn())


def test_the_end_label_is_the_change_of_the_sum_in_the_language():
    sums = table().groupby("period")["value"].sum()
    change = 100 * (sums["2010"] / sums["2007"] - 1)
    assert said(panels(drawn())["alle Ringe"], "end") == [f"−{abs(change):.1f}\N{NO-BREAK SPACE}%".replace(".", ",")]
    assert said(panels(drawn("en"))["all rings"], "end") == [f"−{abs(change):.1f}%"]


def test_all_panels_of_an_index_share_their_axis():
    assert len({ax.get_ylim() for ax in panels(drawn()).values()}) == 1


def test_absolute_sums_are_drawn_from_zero_and_all_rings_have_an_own_axis():
    found = panels(drawn(scale="absolute"))
    sums = table().groupby(["ring", "period"])["value"].sum()
    for ring in RINGS:
        np.testing.assert_allclose(line(found[ring], "sum"), sums[ring])
    np.testing.assert_allclose(
        line(found["alle Ringe (eigene Achse)"], "sum"), table().groupby("period")["value"].sum()
    )
    assert all(ax.get_ylim()[0] == 0 for ax in found.values())
    assert len({found[ring].get_ylim() for ring in RINGS}) == 1


def test_a_municipality_with_a_gap_is_left_out_of_every_year_and_named():
    fig = development(load_context("unemployed", range(2005, 2009)))
    note = next(text for text in every_text(fig).split("\n") if text.startswith("Nur Kommunen mit Wert"))
    assert "11 mit Lücken weggelassen: Bautzen" in note
    assert said(panels(fig)["R-IV"], "headline")[1].replace("\N{NO-BREAK SPACE}", " ") == "n = 1, 6 weggelassen"
    frame = load_context("unemployed", range(2005, 2009)).query("kommune != 'DE'")
    whole = frame.groupby("kommune").filter(lambda rows: rows["value"].notna().all())
    sums = whole.groupby("period")["value"].sum()
    np.testing.assert_allclose(line(panels(fig)["alle Ringe"], "sum"), 100 * sums / sums.iloc[0])


def test_germany_is_in_no_sum():
    frame = load_context("unemployed", [2005, 2006])
    sums = frame[frame["kommune"] != "DE"].groupby("period")["value"].sum()
    np.testing.assert_allclose(line(panels(development(frame))["alle Ringe"], "sum"), 100 * sums / sums.iloc[0])


def test_recording_breaks_and_the_reconstruction_are_told_at_the_foot():
    assert "Bei 14 Kommunen verzeichnet die Spalte note einen Bruch der Erfassung" in every_text(drawn())
    assert "Ringe: eigene Rekonstruktion" in every_text(drawn())
    assert "Rings: own reconstruction" in every_text(drawn("en"))


def test_rings_of_ones_own_are_not_called_reconstructed():
    own = table()[["kommune"]].drop_duplicates().assign(ring=lambda t: "Land " + t["kommune"].str[:2])
    fig = development(table().drop(columns="ring"), rings=own)
    assert len(panels(fig)) == table()["kommune"].str[:2].nunique() + 1
    assert "Rekonstruktion" not in every_text(fig)
    assert faults(fig) == []


def test_any_column_may_be_the_group():
    fig = development(table().assign(half=lambda f: (f["kommune"] < "08").map({True: "a", False: "b"})), by="half")
    assert list(panels(fig)) == ["a", "b", "alle Ringe"]


def test_musterkommunen_with_their_own_rings_are_drawn():
    fig = development(invented({"M01": (10, 20), "M02": (30, 20), "M03": (5, 6)}))
    np.testing.assert_allclose(line(panels(fig)["A"], "sum"), [100, 100])
    np.testing.assert_allclose(line(panels(fig)["B"], "sum"), [100, 120])
    assert faults(fig) == []


def test_a_ring_that_starts_from_nothing_has_no_index_and_no_change():
    ax = panels(development(invented({"M01": (0, 5), "M03": (5, 6)})))["A"]
    assert np.isnan(line(ax, "sum")).all()
    assert said(ax, "end") == []


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("scale", ["index", "absolute"])
def test_no_text_covers_another_or_leaves_the_figure(lang, scale):
    assert faults(drawn(lang, scale)) == []


def test_ticks_have_the_thousands_mark_of_the_language():
    for lang, tick in (("de", "100.000"), ("en", "100,000")):
        ax = panels(drawn(lang, "absolute"))["R-I"]
        drawn(lang, "absolute").draw_without_rendering()
        assert tick in [label.get_text() for label in ax.get_yticklabels()]


def test_the_same_frame_gives_the_same_light_picture():
    one, two = style.png(drawn()), style.png(development(caseload().query("indicator == 'ehb'")))
    assert one == two
    assert len(one) < 120_000


def test_a_frame_without_status_is_refused():
    with pytest.raises(ValueTableError, match="not found: status"):
        development(table().drop(columns="status"))


def test_a_rate_is_refused():
    with pytest.raises(ValueTableError, match="rates are not"):
        development(load_context("unemployment_rate", [2007, 2008]))


def test_two_indicators_are_refused():
    with pytest.raises(ValueTableError, match="shows one indicator; found persons_in_bg, ehb"):
        development(caseload())


def test_a_single_year_is_no_development():
    with pytest.raises(ValueTableError, match="at least two periods; found 2008"):
        development(table().query("period == '2008'"))


def test_a_municipality_without_a_ring_is_refused():
    with pytest.raises(ValueTableError, match="column 'ring' is empty for 01054"):
        development(table().assign(ring=table()["ring"].mask(table()["kommune"] == "01054")))


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueTableError, match="'index' or 'absolute'; found 'log'"):
        development(table(), scale="log")


def test_a_refused_frame_leaves_no_figure_open():
    with pytest.raises(ValueTableError):
        development(table().drop(columns="status"))
    assert plt.get_fignums() == []


def test_rings_that_came_with_the_frame_are_called_reconstructed_too():
    assert "eigene Rekonstruktion" in every_text(development(table()))


def test_rings_of_ones_own_take_the_place_of_those_of_the_table():
    frame = caseload().query("indicator == 'ehb'").merge(reconstructed()[["kommune", "ring"]], on="kommune")
    halves = frame[["kommune"]].drop_duplicates()
    halves["ring"] = np.where(halves["kommune"] < "06", "north", "south")
    fig = development(frame.assign(ring_status="estimated"), rings=halves, lang="en")
    assert list(panels(fig)) == ["north", "south", "all rings"]
    assert "Rings:" not in every_text(fig)
    guessed = development(frame, rings=halves.assign(status="estimated"), lang="en")
    assert "Rings: estimated assignment, not published." in every_text(guessed)
