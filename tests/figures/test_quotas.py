"""Development of published rates: thin lines are values, bold ones medians of the same members, east beside west."""

import functools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data import catalogue
from optkommunen.data.register import EAST
from optkommunen.errors import ValueTableError
from optkommunen.figures.notes import MARK
from optkommunen.figures.over_time import quota_development
from tests.figures.overlaps import faults

REGISTER = ok.municipalities()
CHILDCARE = ("childcare_u3", "childcare_u3_fullday", "childcare_3to5")


@functools.cache
def regions(*names):
    region = REGISTER["land"].isin(EAST).map({True: "east", False: "west"})
    return ok.load_context(list(names)).merge(REGISTER[["kommune"]].assign(region=region), on="kommune")


@functools.cache
def drawn(lang="de"):
    """Three quotas, drawn once for all claims about them."""
    return quota_development(regions(*CHILDCARE), by="region", lang=lang)


def panels(fig):
    """Axes by their two headlines: group with indicator, unit with members."""
    return {tuple(said(ax, "headline")): ax for ax in fig.axes if said(ax, "headline")}


def said(ax, gid):
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def lines(ax, start):
    return {a.get_gid().removeprefix(start): a for a in ax.lines if str(a.get_gid()).startswith(start)}


def words(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


def of(fig, indicator, group):
    label = catalogue.indicator(indicator).label("de")
    (ax,) = [ax for (head, _), ax in panels(fig).items() if head == f"{group}: {label}"]
    return ax


def test_every_municipality_is_a_line_in_the_panel_of_its_group():
    table = regions(*CHILDCARE).query("indicator == 'childcare_u3'")
    for region, group in (("east", "Ost"), ("west", "West")):
        thin = lines(of(drawn(), "childcare_u3", group), "unit ")
        rows = table[table["region"] == region]
        assert set(thin) == set(rows["kommune"])
        for key, line in thin.items():
            assert line.get_ydata().tolist() == rows[rows["kommune"] == key].sort_values("period")["value"].tolist()


def test_the_bold_line_is_the_median_of_the_group_alone():
    table = regions(*CHILDCARE).query("indicator == 'childcare_3to5' and region == 'west'")
    bold = lines(of(drawn(), "childcare_3to5", "West"), "median")[""]
    np.testing.assert_allclose(bold.get_ydata(), table.groupby("period")["value"].median())
    assert bold.get_xdata().tolist() == [2006, 2007, 2008, 2009, 2010]


def test_the_groups_of_an_indicator_share_their_axis_and_indicators_do_not():
    east, west = ([of(drawn(), name, group).get_ylim() for name in CHILDCARE] for group in ("Ost", "West"))
    assert east == west
    assert len(set(east)) == 3


def test_highest_and_lowest_of_the_last_year_are_named():
    table = regions(*CHILDCARE).query("indicator == 'childcare_u3' and region == 'west' and period == '2010'")
    names = table.set_index("kommune")["value"].rename(REGISTER.set_index("kommune")["name"])
    ax = of(drawn(), "childcare_u3", "West")
    assert [text.rsplit(" ", 1)[0] for text in said(ax, "name")] == [names.idxmax(), names.idxmin()]
    assert said(ax, "end") == [f"Median {ok.figures.number(names.median(), 1, 'de')}"]


def test_estimated_lines_are_broken_and_counted():
    ax = of(drawn(), "childcare_u3", "Ost")
    broken = [line for line in lines(ax, "unit ").values() if line.get_linestyle() != "-"]
    assert len(broken) == 12
    assert said(ax, "headline")[1].endswith("19, 12 geschätzt")
    assert "einzelne Kommune, geschätzt" in words(drawn())


def test_the_unit_stands_above_each_axis():
    units = [about.split("; ")[0] for _, about in panels(drawn())]
    assert units == [catalogue.indicator(name).unit_de for name in CHILDCARE for _ in ("east", "west")]


def test_who_lacks_a_year_is_left_out_of_every_year_and_named():
    table = regions("debtor_rate").copy()
    gone = (table["kommune"] == "06438") & (table["period"] == "2007")
    table.loc[gone, ["value", "status"]] = [np.nan, "missing"]
    fig = quota_development(table, by="region", lang="en")
    ax = next(ax for (head, _), ax in panels(fig).items() if head.startswith("west"))
    assert "06438" not in lines(ax, "unit ")
    assert "left out: Offenbach (Landkreis)." in " ".join(words(fig).split())


def test_years_without_a_count_are_years_apart():
    fig = quota_development(regions("care_home_places"), by="region")
    bold = lines(next(iter(panels(fig).values())), "median")[""]
    assert bold.get_xdata().tolist() == [2005, 2007, 2009]


@pytest.mark.parametrize("lang", ["de", "en"])
def test_nothing_covers_anything(lang):
    assert faults(drawn(lang)) == []
    table = regions("care_home_places", "consumer_insolvencies", "debtor_rate")
    assert faults(quota_development(table, by="region", lang=lang, notes=["A note. " * 40])) == []
    close = table[table["kommune"].isin(["06438", "06434", "12065"])].assign(value=1.0)
    assert faults(quota_development(close, by="region", lang=lang)) == []


def test_real_values_are_not_marked_and_invented_ones_are():
    assert MARK not in words(drawn())
    table = pd.DataFrame({
        "kommune": ["M01", "M02"] * 2, "name": ["Musterkommune 01", "Musterkommune 02"] * 2,
        "period": ["2007", "2007", "2008", "2008"],
        "indicator": "mine", "unit": "%", "status": "synthetic", "group": "all", "value": [1.0, 2.0, 3.0, 4.0],
    })  # fmt: skip
    fig = quota_development(table, by="group", lang="en")
    (ax,) = panels(fig).values()
    assert [" ".join(text.split()) for text in said(ax, "mark")] == [MARK]
    assert said(ax, "name") == ["Musterkommune 02 4.0", "Musterkommune 01 3.0"]
    assert faults(fig) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="status"), "not found: status"),
        (lambda t: t.assign(unit="persons"), "debtor_rate are counts"),
        (lambda t: t[t["period"] == "2008"], "at least two periods of each indicator; not so: debtor_rate"),
        (lambda t: t.assign(region=t["kommune"]), "at most 2 groups; column 'region' has 69, and 0 rows have none"),
        (lambda t: t.assign(status="missing"), "a value in every year shown; found none"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ValueTableError, match=message):
        quota_development(change(regions("debtor_rate")), by="region")
    assert plt.get_fignums() == []


def test_at_the_width_of_a_page_years_stand_apart():
    assert faults(quota_development(regions("childcare_u3"), by="region", width=160)) == []
