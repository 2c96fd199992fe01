"""Need against provision: every municipality where its two values put it, only who lies apart is named."""

import functools
import itertools

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
from optkommunen.figures.scatter import NAMED, need_and_provision, outlying, points
from optkommunen.indicators.services import SERVICES
from tests.figures.overlaps import faults
from tests.some_returns import with_an_eighth_ring

RETURNS = ok.load_returns()
REGISTER = ok.municipalities()


@functools.cache
def real():
    region = REGISTER["land"].isin(EAST).map({True: "east", False: "west"})
    pairs = (("persons_in_bg_rate", "childcare_u3", 2008), ("care_need", "care_ambulatory_staff", 2009))
    table = pd.concat([points(ok.load_context(x, year), ok.load_context(y, year)) for x, y, year in pairs])
    return table.merge(REGISTER[["kommune", "name"]].assign(region=region), on="kommune")


@functools.cache
def invented():
    rows = RETURNS.services.query("period == '2008'")
    stock = RETURNS.monthly.query("period >= '2008'").groupby("kommune")["ehb"].mean()
    value = {
        "service_need": 100 * rows["need"] / rows["kommune"].map(stock),
        "service_coverage": 100 * rows["served"] / rows["need"],
    }
    need, coverage = (
        rows[["kommune", "service", "status"]].assign(indicator=name, value=column.astype(float))
        for name, column in value.items()
    )
    return points(need, coverage, ["kommune", "service"]).merge(
        RETURNS.units[["kommune", "name", "ring"]], on="kommune"
    )


def panels(fig):
    return [ax for ax in fig.axes if ax.axison]


def drawn(ax):
    """Coordinates of all points of a panel, sorted."""
    pairs = [
        pair for a in ax.lines if str(a.get_gid()).startswith("points") for pair in zip(*a.get_data(), strict=True)
    ]
    return sorted((float(x), float(y)) for x, y in pairs)


def said(fig, gid):
    return [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == gid]


def words(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


# ---- points


def test_a_point_carries_the_worst_status_of_its_two_values():
    table = points(ok.load_context("persons_in_bg_rate", 2008), ok.load_context("childcare_u3", 2008))
    sides = [
        ok.load_context(name, 2008).set_index("kommune")["status"] for name in ("persons_in_bg_rate", "childcare_u3")
    ]
    want = {key for key in table["kommune"] if "estimated" in (sides[0][key], sides[1][key])}
    assert set(table.loc[table["status"] == "estimated", "kommune"]) == want
    assert len(table) == 69


def test_who_lacks_one_value_is_kept_without_any():
    x, y = ok.load_context("care_need", 2009), ok.load_context("care_home_places", 2009)
    x = x[x["kommune"] != "06438"]
    y = y.assign(status=y["status"].mask(y["kommune"] == "06434", "unusable"))
    table = points(x, y).set_index("kommune")
    assert table.loc[["06438", "06434"], ["x", "y"]].isna().all(axis=None)
    assert table.loc[["06438", "06434"], "status"].tolist() == ["missing", "unusable"]
    assert table["x_indicator"].unique().tolist() == ["care_need"]
    assert table["x"].notna().sum() == 67


def test_outliers_are_judged_within_their_group():
    frame = pd.DataFrame({
        "kommune": list("abcdefghijkl"), "group": ["low"] * 6 + ["high"] * 6, "status": "observed", "y": 0.0,
        "x": [1, 2, 3, 4, 5, 100, 100, 101, 102, 103, 104, 105],
    })  # fmt: skip
    assert outlying(frame, "group")["kommune"].tolist() == ["f"]
    assert outlying(frame.assign(group="one"), "group").empty


def test_at_most_three_are_named_farthest_first_and_never_an_estimate():
    frame = pd.DataFrame({"group": "g", "status": "observed", "x": [*range(20), 50, 60, 70, 80], "y": 0.0})
    assert outlying(frame, "group")["x"].tolist() == [80, 70, 60]
    assert outlying(frame.assign(status="estimated"), "group").empty


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (ok.load_context("care_need", 2009).drop(columns="status"), "needs in x the columns .* not found: status"),
        (ok.load_context("debtor_rate"), "not so in x; more than once here: "),
    ],
)
def test_a_table_that_is_no_coordinate_is_refused(x, message):
    with pytest.raises(ValueTableError, match=message):
        points(x, ok.load_context("care_home_places", 2009))


# ---- the figure


def test_every_municipality_stands_where_its_values_put_it():
    ax = panels(need_and_provision(real(), by="region"))[0]
    rows = real()[real()["y_indicator"] == "childcare_u3"]
    assert drawn(ax) == sorted(zip(rows["x"], rows["y"], strict=True))
    assert len(rows) == 69


def test_one_panel_for_each_service_in_the_order_of_the_law_on_one_upward_axis():
    fig = need_and_provision(invented(), lang="en")
    titles = ["childcare", "home care", "debt counselling", "psychosocial support", "addiction counselling"]
    assert [ax.get_title(loc="left") for ax in panels(fig)] == titles
    for ax, service in zip(panels(fig), SERVICES, strict=True):
        rows = invented()[invented()["service"] == service]
        np.testing.assert_allclose(drawn(ax), sorted(zip(rows["x"], rows["y"], strict=True)))
    assert len({ax.get_ylim() for ax in panels(fig)}) == 1


def test_groups_have_their_own_shape_and_colour():
    for table, by in ((real(), "region"), (invented(), "ring")):
        drawn_points = [
            a for ax in panels(need_and_provision(table, by=by)) for a in ax.lines if "points" in str(a.get_gid())
        ]
        hollow = [a.get_markerfacecolor() == "white" for a in drawn_points]
        looks = {
            (a.get_gid(), a.get_marker(), a.get_markeredgecolor() if white else a.get_color())
            for a, white in zip(drawn_points, hollow, strict=True)
        }
        groups = table[by].nunique()
        assert len({gid for gid, _, _ in looks}) == len({marker for _, marker, _ in looks}) == groups
        assert len(looks) == groups


def test_an_eighth_ring_is_told_apart_and_the_legend_has_a_second_line():
    eight = with_an_eighth_ring(RETURNS).units[["kommune", "ring"]]
    table = invented().drop(columns="ring").merge(eight, on="kommune")
    fig = need_and_provision(table, lang="en")
    looks = {(a.get_marker(), a.get_color()) for a in panels(fig)[0].lines if "points" in str(a.get_gid())}
    assert len(looks) == 8
    assert faults(fig) == []
    seven = need_and_provision(invented(), lang="en")
    assert fig.get_figheight() > seven.get_figheight()


def test_a_ring_looks_the_same_whichever_rings_are_there():
    def look_of(table):
        ax = panels(need_and_provision(table))[0]
        return {a.get_gid(): (a.get_marker(), a.get_color()) for a in ax.lines if "points" in str(a.get_gid())}

    alone = look_of(invented().query("ring == 'R-V'"))
    assert alone["points R-V"] == look_of(invented())["points R-V"]


def test_estimated_values_are_hollow():
    ax = panels(need_and_provision(real(), by="region"))[1]
    hollow = sum(len(a.get_xdata()) for a in ax.lines if a.get_markerfacecolor() == "white" and "points" in a.get_gid())
    assert hollow == (real().query("y_indicator == 'care_ambulatory_staff'")["status"] == "estimated").sum() == 14


def test_only_outliers_are_named_by_the_register():
    fig = need_and_provision(real(), by="region")
    want = [n for _, rows in real().groupby("y_indicator", sort=False) for n in outlying(rows, "region")["name"]]
    assert sorted(said(fig, "name")) == sorted(want)
    assert set(want) <= set(REGISTER["name"])
    assert 0 < len(want) <= 2 * NAMED


def test_axes_carry_label_and_unit():
    axes = panels(need_and_provision(real(), by="region", lang="en"))
    flat = [" ".join(text.split()) for ax in axes for text in (ax.get_xlabel(), ax.get_ylabel())]
    assert flat == [
        catalogue.indicator(name).axis("en")
        for name in ("persons_in_bg_rate", "childcare_u3", "care_need", "care_ambulatory_staff")
    ]
    ax = panels(need_and_provision(invented(), lang="de"))[0]
    assert ax.get_xlabel() == "Festgestellter Bedarf (je 100 eHb)"


def test_the_legend_counts_the_members_of_each_group():
    fig = need_and_provision(real(), by="region")
    (legend,) = [ax.get_legend() for ax in fig.axes if ax.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == ["Ost (19)", "West (50)"]


def test_who_has_no_value_is_named_at_the_foot_and_an_empty_panel_says_so():
    table = invented()[invented()["service"].isin(["care", "debt"])]
    gone = (table["service"] == "care") | (table["kommune"] == "M07")
    table = table.assign(x=table["x"].mask(gone), status=table["status"].mask(gone, "missing"))
    fig = need_and_provision(table, lang="en")
    assert said(fig, "missing") == ["no value"]
    assert "not shown: Musterkommune 07." in words(fig)
    assert len(drawn(panels(fig)[1])) == 68


@pytest.mark.parametrize("lang", ["de", "en"])
def test_nothing_covers_anything(lang):
    assert faults(need_and_provision(real(), by="region", lang=lang)) == []
    assert faults(need_and_provision(invented(), lang=lang)) == []
    names = itertools.cycle(["Rheingau-Taunus-Kreis", "Neustadt an der Aisch", "Würzburg (Landkreis)", "Jena"])
    long = {key: f"{next(names)} {key}" for key in RETURNS.units["kommune"]}
    assert faults(need_and_provision(invented().assign(name=invented()["kommune"].map(long)), lang=lang)) == []


@pytest.mark.parametrize("ring", ["R-IV", "R-III"])  # 7 and 13 members
def test_a_single_ring_is_drawn(ring):
    fig = need_and_provision(invented().query("ring == @ring"))
    assert faults(fig) == []
    assert len(drawn(panels(fig)[0])) == RETURNS.units["ring"].eq(ring).sum()


def test_invented_values_are_marked_in_every_panel_and_real_ones_in_none():
    assert said(need_and_provision(invented()), "mark") == [MARK] * 5
    assert said(need_and_provision(real(), by="region"), "mark") == []


def test_without_any_point_the_sheet_says_so_and_is_empty():
    fig = need_and_provision(real().assign(x=np.nan), by="region", lang="en")
    assert fig.axes == []
    assert any("Left out, since nobody has a value: Childcare quota under 3" in text.get_text() for text in fig.texts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns=["name", "y"]), "not found: name, y"),
        (lambda t: t.assign(region=t["kommune"]), "at most 14 groups; column 'region' has 69"),
        (lambda t: t.assign(region=None), "138 rows have none"),
        (lambda t: t.assign(status="real"), "found real"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, message):
    with pytest.raises(ValueTableError, match=message):
        need_and_provision(change(real()), by="region")
    assert plt.get_fignums() == []


def official(*names):
    return ok.load_context(list(names), near=2008).merge(REGISTER[["kommune", "region"]])


def test_pairs_are_the_points_of_their_two_indicators():
    table = official("care_need", "care_home_places", "childcare_u3")
    fig = need_and_provision(table, pairs=[("care_need", "care_home_places")], by="region")
    value = table.pivot(index="kommune", columns="indicator", values="value")
    drawn_pairs = sorted(map(tuple, value[["care_need", "care_home_places"]].dropna().to_numpy().tolist()))
    assert drawn(panels(fig)[0]) == drawn_pairs
    assert len(panels(fig)) == 1


@pytest.mark.parametrize(
    ("change", "pairs", "message"),
    [
        (lambda t: t, [("care_need", "childcare_u3")], "Pairs are of indicators .*; not there: childcare_u3. Ask"),
        (lambda t: t, [("need", "places")], "not there: need, places"),
        (lambda t: t, [], r"not there: any \(empty\)"),
        (lambda t: t.drop(columns=["region", "name"]), [("care_need", "care_home_places")], "not found: name, region"),
        (lambda t: t.drop(columns="status"), [("care_need", "care_home_places")], "not found: status"),
    ],
)
def test_pairs_that_the_table_does_not_hold_are_refused(change, pairs, message):
    with pytest.raises(ValueTableError, match=message):
        need_and_provision(change(official("care_need", "care_home_places")), pairs=pairs, by="region")
    assert plt.get_fignums() == []
