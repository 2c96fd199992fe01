"""The services side by side: points are values, lines are limits, what has no value says so."""

import functools
from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data.ring_rule import RINGS
from optkommunen.errors import ValueTableError
from optkommunen.figures.notes import MARK, RECONSTRUCTED
from optkommunen.figures.service_rows import by_service
from optkommunen.indicators import service_supply
from optkommunen.indicators.services import SERVICES, TOGETHER, service_indicator
from tests.figures.overlaps import faults

RETURNS = ok.load_returns()
SMALLEST, LARGEST = "R-IV", "R-III"  # 7 and 13 members


@functools.cache
def of_rings(name, level=0.95):
    """Rings and all, last year."""
    units = RETURNS.units[["kommune", "ring"]]
    groups = (units, units.assign(ring="all"))
    table = pd.concat([service_indicator(name, RETURNS, by=group, level=level) for group in groups])
    return table[table["period"] == "2008"]


@functools.cache
def of_members(name, ring):
    table = service_indicator(name, RETURNS).query("period == '2008'").merge(RETURNS.units[["kommune", "name", "ring"]])
    return table[table["ring"] == ring]


@functools.cache
def waiting():
    table = service_supply.waiting(RETURNS, by="ring").query("period == '2008'")
    return table.rename(columns={"shortest": "lower", "longest": "upper"}).assign(
        indicator="service_waiting_days", level=np.nan, method="range", unit="days (median)"
    )


def panels(fig):
    """Axes of each indicator and service, in order."""
    found, heading = {}, ""
    for ax in fig.axes:
        for text in ax.texts:
            if text.get_gid() == "heading":
                heading = text.get_text()
            if text.get_gid() == "service":
                found[heading, " ".join(text.get_text().split())] = ax
    return found


def artists(ax, start):
    return {a.get_gid().removeprefix(start): a for a in ax.lines if str(a.get_gid()).startswith(start)}


def said(fig, gid):
    return [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == gid]


def words(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


def test_points_and_lines_are_the_values_and_limits_of_the_table():
    table = of_rings("service_takeup").set_index(["service", "ring"])
    for ax in panels(by_service(of_rings("service_takeup"), lang="en")).values():
        points, lines = artists(ax, "point "), artists(ax, "line ")
        assert len(points) == len(lines) == 8
        for gid, point in points.items():
            row = table.loc[tuple(gid.split(" "))]
            assert point.get_xdata().tolist() == [row["value"]]
            np.testing.assert_array_equal(lines[gid].get_xdata(), row[["lower", "upper"]].astype(float))


def test_rows_stand_in_the_order_of_the_table_with_all_of_them_last():
    table = of_rings("service_coverage").sort_values("ring")  # "R-I" … and "all" somewhere among them
    ax = next(iter(panels(by_service(table)).values()))
    assert [label.get_text() for label in ax.get_yticklabels()] == [*sorted(RINGS), "alle"]
    heights = {gid.split(" ")[1]: a.get_ydata()[0] for gid, a in artists(ax, "point ").items()}
    assert list(heights) == sorted(heights, key=heights.get)
    assert ax.yaxis_inverted()


def test_services_stand_in_the_order_of_the_law_and_their_sum_at_the_end():
    found = list(panels(by_service(of_rings("service_takeup").iloc[::-1], lang="en")))
    assert [service for _, service in found] == [
        "childcare", "home care", "debt counselling", "psychosocial support", "addiction counselling", "all five",
    ]  # fmt: skip


def test_one_line_of_panels_for_each_indicator():
    fig = by_service(pd.concat([of_rings("service_takeup"), of_rings("service_coverage")]), lang="en")
    found = panels(fig)
    assert [heading for heading, _ in found].count("Take-up of social services") == 6
    assert [heading for heading, _ in found].count("Coverage of need") == 6
    above, below = (found[heading, "home care"].get_position().y0 for heading in dict.fromkeys(h for h, _ in found))
    assert above > below


def test_a_share_that_is_100_in_every_row_is_told_and_not_drawn():
    complete, takeup = of_rings("service_recorded"), of_rings("service_takeup")
    fig = by_service(pd.concat([takeup, complete]), lang="en")
    assert {heading for heading, _ in panels(fig)} == {"Take-up of social services"}
    assert "100 % in every row and not drawn: Recorded in the case system." in words(fig)
    assert {heading for heading, _ in panels(by_service(complete, lang="en"))} == {"Recorded in the case system"}
    one = complete.assign(value=complete["value"].mask(complete["ring"] == "R-I", 99.0))
    fig = by_service(pd.concat([takeup, one]), lang="en")
    assert "Recorded in the case system" in {heading for heading, _ in panels(fig)}


def test_the_value_of_all_is_a_dotted_line_across_the_rows():
    table = of_rings("service_coverage")
    ax = list(panels(by_service(table)).values())[2]
    (line,) = [a for a in ax.lines if a.get_gid() == "all value"]
    want = table.query("service == 'debt' and ring == 'all'")["value"].iloc[0]
    assert set(line.get_xdata()) == {want}


def test_axes_begin_at_zero_and_a_share_ends_at_a_hundred():
    for name in ("service_coverage", "service_takeup"):
        limits = [ax.get_xlim() for ax in panels(by_service(of_rings(name))).values()]
        assert {low for low, _ in limits} == {0}
        if name == "service_coverage":
            assert {high for _, high in limits} == {104}
        else:
            assert len({high for _, high in limits}) == 6


def test_without_limits_there_is_a_point_and_no_line():
    fig = by_service(of_rings("service_takeup", None))
    for ax in panels(fig).values():
        assert len(artists(ax, "point ")) == 8
        assert artists(ax, "line ") == {}
    assert "Intervall" not in words(fig)


def test_what_the_line_means_is_said():
    assert said(by_service(of_rings("service_coverage"), lang="en"), "about") == ["line: 95% interval; dotted: all"]
    assert said(by_service(waiting(), lang="en"), "about") == ["line: shortest to longest waiting time of the members"]
    bounds = (
        service_supply.recording_bounds(RETURNS)
        .query("period == '2008'")
        .merge(RETURNS.units[["kommune", "name", "ring"]])
    )
    bounds = bounds[bounds["ring"] == SMALLEST].assign(indicator="service_coverage", level=np.nan, unit="%")
    fig = by_service(bounds, by="name", lang="en")
    assert said(fig, "about") == ["line: bounds, whoever is not recorded"]
    assert "Overlapping intervals" not in words(fig)


def test_what_has_no_value_says_so_and_has_no_point():
    rows = RETURNS.services.copy()
    gone = (rows["kommune"] == "M01") & (rows["service"] == "debt")
    rows.loc[gone, "served"] = pd.NA
    returns = replace(RETURNS, services=rows)
    table = (
        service_indicator("service_takeup", returns).query("period == '2008'").merge(RETURNS.units[["kommune", "name"]])
    )
    fig = by_service(table[table["kommune"].isin(["M01", "M02"])], by="name", lang="en")
    assert said(fig, "missing debt Musterkommune 01") == ["no value"]
    assert said(fig, "missing together Musterkommune 01") == ["no value"]
    ax = panels(fig)["Take-up of social services", "debt counselling"]
    assert list(artists(ax, "point ")) == ["debt Musterkommune 02"]


def without(table, *services):
    return table.assign(value=table["value"].mask(table["service"].isin(services)), lower=np.nan, upper=np.nan)


def test_a_service_that_nobody_reports_has_no_panel_and_is_named_at_the_foot():
    fig = by_service(without(of_rings("service_takeup"), "care", TOGETHER), lang="en")
    shown = [service for _, service in panels(fig)]
    assert shown == ["childcare", "debt counselling", "psychosocial support", "addiction counselling"]
    foot = " ".join(text.get_text() for text in fig.texts).replace("\n", " ")
    assert "Left out, since nobody has a value: Take-up of social services: home care, all five." in foot
    assert faults(fig) == []
    assert [mark.replace("\n", " ") for mark in said(fig, "mark")] == [MARK] * 4


def test_an_indicator_that_nobody_reports_leaves_the_other_where_it_is():
    fig = by_service(pd.concat([of_rings("service_coverage"), without(waiting(), *SERVICES)]), lang="de")
    assert {heading for heading, _ in panels(fig)} == {"Bedarfsdeckung"}
    foot = " ".join(text.get_text() for text in fig.texts).replace("\n", " ")
    assert "Ohne Wert und daher weggelassen: Wartezeit." in foot


def test_without_any_value_the_sheet_says_so_and_is_empty():
    fig = by_service(without(waiting(), *SERVICES), lang="en", title="Waiting")
    assert fig.axes == []
    assert any("Left out, since nobody has a value: Waiting time." in text.get_text() for text in fig.texts)


def test_an_estimated_value_is_hollow_and_explained():
    table = of_rings("service_coverage").assign(status="observed")
    table.loc[(table["service"] == "debt") & (table["ring"] == "R-I"), "status"] = "estimated"
    fig = by_service(table, lang="en")
    ax = panels(fig)["Coverage of need", "debt counselling"]
    hollow = {gid for gid, a in artists(ax, "point ").items() if a.get_markerfacecolor() == "white"}
    assert hollow == {"debt R-I"}
    assert "Hollow: estimated." in words(fig)


def test_a_reconstructed_ring_is_said_and_hollows_no_observed_value():
    table = of_rings("service_coverage").assign(status="estimated", ring_status="estimated", n_estimated=0)
    fig = by_service(table, lang="en", notes=[RECONSTRUCTED])  # said once, whoever says it
    assert " ".join(words(fig).split()).count("Rings: own reconstruction") == 1
    assert "Hollow: estimated." not in words(fig)


def test_values_are_printed_with_the_digits_of_the_catalogue():
    table = of_rings("service_coverage").query("ring == 'R-II'")
    want = [ok.figures.number(table.set_index("service").at[s, "value"], 1, "de") for s in (*SERVICES, TOGETHER)]
    assert said(by_service(table), "value") == want


def test_every_axis_has_its_unit():
    fig = by_service(pd.concat([of_rings("service_takeup"), waiting()]), lang="de")
    units = [" ".join(text.split()) for text in said(fig, "unit")]
    assert units == ["je 100 eHb und Jahr"] * 6 + ["Tage (Median)"] * 5


@pytest.mark.parametrize("lang", ["de", "en"])
def test_nothing_covers_anything_for_rings(lang):
    for names in (("service_takeup", "service_recorded"), ("service_in_einv", "service_municipal_share")):
        assert faults(by_service(pd.concat(map(of_rings, names)), lang=lang)) == []
    assert faults(by_service(pd.concat([of_rings("service_spending_per_ehb"), waiting()]), lang=lang)) == []


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("ring", [SMALLEST, LARGEST])
def test_nothing_covers_anything_for_the_members_of_a_ring(ring, lang):
    for name in ("service_takeup", "service_coverage"):
        table = of_members(name, ring)
        assert faults(by_service(table, by="name", lang=lang)) == []
        long = table.assign(name="Neustadt an der Aisch " + table["kommune"])
        assert faults(by_service(long, by="name", lang=lang)) == []


def test_invented_values_are_marked_in_every_panel_and_real_ones_in_none():
    table = of_rings("service_coverage")
    for statuses, marked in ((table["status"], 6), ("observed", 0)):
        fig = by_service(table.assign(status=statuses))
        marks = [" ".join(text.split()) for text in said(fig, "mark")]
        assert marks == [MARK] * marked


def test_words_of_ones_own_and_notes_are_shown():
    fig = by_service(of_rings("service_coverage"), labels={"service_coverage": "Mine"}, title="T", notes=["A note."])
    assert {heading for heading, _ in panels(fig)} == {"Mine"}
    assert fig.texts[0].get_text() == "T"
    assert "A note." in words(fig)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns=["method", "status"]), "not found: method, status"),
        (lambda t: pd.concat([t, t.assign(period="2007")]), "shows one period; found 2008, 2007"),
        (lambda t: t.assign(service="dentist"), "childcare, care, .*; found dentist"),
        (lambda t: pd.concat([t, t[:1]]), "service_coverage/childcare/R-I. Name the rows apart"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ValueTableError, match=message):
        by_service(change(of_rings("service_coverage")))
    assert plt.get_fignums() == []
