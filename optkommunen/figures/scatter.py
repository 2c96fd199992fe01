"""Two value tables as points: need against provision, one panel a service or a pair of indicators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.lines import Line2D

from optkommunen.data.labels import axis_label, group_name, indicator_label, service_name, sources
from optkommunen.data.ring_rule import RINGS
from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import (
    Chart,
    Legend,
    columns_across,
    inner_width,
    new_figure,
    reason_drawn,
    watermark,
    wrapped,
)
from optkommunen.figures.notes import INVENTED, returns_source, ring_note
from optkommunen.figures.placement import REACHES, place
from optkommunen.figures.style import INK, QUIET, RING_COLOURS, DecimalMark, in_order, require_groups, style_context
from optkommunen.indicators.services import SERVICES, TOGETHER
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, check_statuses, worst
from optkommunen.words import N_, Lang, language, translate, translate_plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS, NARROWEST, PANEL, LEFT = 3, 2.6, 2.3, 0.62
"""Panels side by side at most; inches: width that each needs at least, height of a panel, room for the numbers and
words at its left."""

NAMED, FENCE, FEWEST = 3, 1.5, 5
"""How many points are named, how many interquartile ranges outside the middle half they lie, and the smallest group
that is judged."""

NAMED_NOTE = N_(
    "Named: who lies more than 1.5 interquartile ranges outside the middle half of its group, at most {n} a panel."
)
FARTHER = (75, 100, 130)
"""Pixels: how far a name may stand from its point in a dense panel, beyond what suits a map."""

MARKERS = "osD^vPX<>hp*d8"
A_LINE = 7
"""Groups side by side in the legend; from there on colours come a second time, with other shapes."""
TWO_COLOURS = (RING_COLOURS[2], RING_COLOURS[3])
"""Blue and orange: of two groups, as east and west."""


def points(x: pd.DataFrame, y: pd.DataFrame, on: Sequence[str] = (KEY,)) -> pd.DataFrame:
    """Two value tables side by side: one row a point, with the worst status of its two values.

    Parameters
    ----------
    x, y : value tables of one indicator and one period each; the reference row ``DE`` is left out.
    on : columns that a point is known by, ``kommune`` and perhaps ``service``.

    Returns
    -------
    DataFrame
        ``*on, x_indicator, y_indicator, x, y, status``. Who has only one of the two values, or an unusable one, is
        kept without values.

    Raises
    ------
    ValueTableError
        If a column is absent, or a table holds several values for a point.

    Examples
    --------
    >>> from optkommunen.loaders.bundled import load_context
    >>> table = points(load_context("care_need", 2009), load_context("care_home_places", 2009))
    >>> table.shape, sorted(table["status"].unique())
    ((69, 6), ['estimated', 'observed'])
    """
    on = list(on)
    table = _side("x", x, on).merge(_side("y", y, on), on=on, how="outer", validate="one_to_one")
    table[["x_indicator", "y_indicator"]] = table[["x_indicator", "y_indicator"]].ffill().bfill()
    table["status"] = worst(table["x_status"].fillna("missing"), table["y_status"].fillna("missing"))
    table[["x", "y"]] = table[["x", "y"]].where(table[["x", "y"]].notna().all(axis=1))
    return table[[*on, "x_indicator", "y_indicator", "x", "y", "status"]]


def _side(name: str, frame: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """One coordinate of each point, with its status."""
    required = (*on, "indicator", "value", "status")
    require_columns(frame, required, f"A point needs in {name}")
    rows = frame[frame[KEY] != REFERENCE]
    if len(rows["indicator"].unique()) > 1:
        message = f"An axis has one indicator; {name} has several. Filter it by column 'indicator'."
        raise ValueTableError(message)
    require_once(rows, on, f"A point has one value on each axis, not so in {name}", "Choose one period.")
    value = rows["value"].mask(rows["status"].isin(WITHOUT_VALUE)).astype(float)
    renamed = {"indicator": f"{name}_indicator", "status": f"{name}_status"}
    return rows[[*on, "indicator", "status"]].rename(columns=renamed).assign(**{name: value})


def outlying(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Points far outside the middle half of their group in x or y, farthest first, at most `NAMED`.

    Distance in interquartile ranges of the group beyond its quartiles (Tukey 1977). Groups of fewer than `FEWEST` are
    not judged, and estimated values are not named.

    Parameters
    ----------
    rows : points with both values: ``x, y, status`` and the group.
    by : column of the group.

    Returns
    -------
    DataFrame
        Some of the rows.

    Examples
    --------
    >>> flat = pd.DataFrame({"kommune": list("abcdef"), "group": "g", "x": [1, 2, 3, 4, 5, 50], "y": [0.0] * 6,
    ...     "status": "observed"})
    >>> outlying(flat, "group")["kommune"].tolist()
    ['f']
    """
    beyond = pd.Series(0.0, index=rows.index)
    for _, members in rows.groupby(by):
        if len(members) < FEWEST:
            continue
        for column in ("x", "y"):
            low, high = np.quantile(members[column], [0.25, 0.75])
            if high > low:
                outside = np.maximum(low - members[column], members[column] - high) / (high - low)
                beyond.loc[members.index] = np.maximum(beyond.loc[members.index], outside)
    beyond = beyond[(beyond > FENCE) & rows["status"].ne("estimated")]
    return rows.loc[beyond.sort_values(ascending=False, kind="stable").index[:NAMED]]


def need_and_provision(
    table: pd.DataFrame, *, pairs: Sequence[tuple[str, str]] | None = None, by: str = "ring",
    title: str | None = None, source: str = "", notes: Sequence[str] = (), lang: str | None = None,
    width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """Need across, provision upwards: each municipality a point, marked by its group; nothing is fitted.

    One panel for each service, or for each pair of indicators where there is no column ``service``. Estimated values
    are hollow. Named are only those that lie far outside their own group, so that groups of different level (rings,
    east and west) are not judged by one another. Panels of one provision indicator have the same upward axis.

    Parameters
    ----------
    table : DataFrame
        Value table of the indicators of `pairs`, with ``name`` and the group: as from ``ok.load_context`` or
        ``ok.service_indicator``, of one period each. Without pairs as from `points`.
    pairs : sequence of (str, str), optional
        Need and provision of each panel, by the names of their indicators.
    by : str, default "ring"
        Column of the groups, at most fourteen.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": the returns.
    notes : sequence of str
        Sentences at the foot.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, or there are more than fourteen groups. Where no point has both values, the figure says
        so and is empty.

    Examples
    --------
    Every municipality is one point in its panel:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.loaders.bundled import load_context
    >>> from optkommunen.data.register import EAST, municipalities
    >>> table = points(load_context("care_need", 2009), load_context("care_ambulatory_staff", 2009))
    >>> table = table.merge(municipalities()[["kommune", "name", "land"]], on="kommune")
    >>> table["region"] = table["land"].isin(EAST).map({True: "east", False: "west"})
    >>> fig = need_and_provision(table, by="region", lang="en")
    >>> sum(len(line.get_xdata()) for line in fig.axes[0].lines if line.get_gid().startswith("points"))
    69
    >>> plt.close(fig)
    """
    lang = language(lang)
    head = translate("Need and provision", lang)
    if pairs is not None:
        used, table = table, _paired(table, pairs, by)
        used = used[used["indicator"].isin([name for pair in pairs for name in pair])]
        head, source = _headline(head, used), source or _source(used, lang)
    _check(table, by)
    title = head if title is None else title
    source = source or returns_source("", lang)
    notes = [ring_note(table, lang) if by == "ring" else "", *notes]
    if table[["x", "y"]].isna().any(axis=1).all():
        names = ", ".join(dict.fromkeys(indicator_label(str(name), lang) for name in table["y_indicator"]))
        why = translate("Left out, since nobody has a value: {what}.", lang, what=names)
        return reason_drawn(why, source, lang=lang, title=title, notes=notes, table=table, width=width, height=height)
    panels = _panels(table, lang)
    reaches = {str(name): _reach(rows["y"], table["status"]) for name, rows in table.groupby("y_indicator")}
    groups = in_order(map(str, table[by]))
    columns = columns_across(width, NARROWEST, min(len(panels), ACROSS))
    lines = -(-len(panels) // columns)
    with style_context():
        legend = _legend(table.groupby(by)[KEY].nunique(), groups, width, lang)
        page = new_figure(
            lines * (PANEL + 0.95) + legend.room, title,
            translate("Each municipality a point; shape and colour: group", lang), source, lang,
            _notes(panels, lang, notes), table=table, says=[_shown(panels, by, lang)], width=width, height=height,
        )  # fmt: skip
        each = page.width / columns
        for i, (heading, rows) in enumerate(panels):
            line, column = divmod(i, columns)
            bottom = (lines - 1 - line) * (PANEL + 0.95) + 0.62
            ax = page.axes(column * each + LEFT, bottom, each - LEFT - 0.12, PANEL)
            ax.set(xlim=_reach(rows["x"], ()), ylim=reaches[str(rows["y_indicator"].iloc[0])])
            _panel(ax, heading, rows, groups, by, each - LEFT - 0.12, lang)
        page.legend(legend)
    return watermark(page.figure, table["status"])


def _paired(table: pd.DataFrame, pairs: Sequence[tuple[str, str]], by: str) -> pd.DataFrame:
    """Points of all pairs; who has no row of an indicator is not there."""
    required = (KEY, "name", by, "indicator", "value", "status")
    require_columns(table, required, "Need against provision needs", "Take the table from ok.load_context().")
    on = list(dict.fromkeys([KEY, "name", by, *(c for c in ("service", "ring_status") if c in table)]))
    of = {str(name): rows for name, rows in table.groupby("indicator", sort=False)}
    absent = [name for pair in pairs for name in pair if name not in of]
    if absent or not pairs:
        message = (
            f"Pairs are of indicators of the table, {', '.join(of)}; not there: {', '.join(absent) or 'any (empty)'}. "
            "Ask for them too."
        )
        raise ValueTableError(message)
    return pd.concat([points(of[need], of[provision], on) for need, provision in pairs], ignore_index=True)


def _headline(head: str, used: pd.DataFrame) -> str:
    periods = sorted(used["period"].astype(str).unique()) if "period" in used else []
    return ", ".join(filter(None, [head, "–".join(dict.fromkeys([*periods[:1], *periods[-1:]]))]))


def _source(used: pd.DataFrame, lang: Lang) -> str:
    """Publishers of official figures; what is of services comes from returns."""
    if "service" in used or "source" not in used:
        return returns_source("", lang)
    return sources(used["source"].str.split(";").str[0], lang)


def _panels(table: pd.DataFrame, lang: Lang) -> list[tuple[str, pd.DataFrame]]:
    """Heading and rows of each panel: services in the order of the law, or pairs in order of appearance."""
    if "service" not in table:
        return [("", rows) for _, rows in table.groupby(["x_indicator", "y_indicator"], sort=False)]
    found = {str(name): rows for name, rows in table.groupby("service")}
    return [(service_name(name, lang), found[name]) for name in (*SERVICES, TOGETHER) if name in found]


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    """Who has both values."""
    return rows.dropna(subset=["x", "y"])


def _reach(values: pd.Series, statuses: Iterable[str]) -> tuple[float, float]:
    """Limits of an axis, with room below for the mark of invented values."""
    if values.isna().all():
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    span = (high - low) or abs(high) or 1.0
    return low - (0.2 if "synthetic" in set(statuses) else 0.08) * span, high + 0.08 * span


def _panel(ax: Axes, heading: str, rows: pd.DataFrame, groups: list[str], by: str, width: float, lang: Lang) -> None:
    known = _known(rows)
    for i, group in enumerate(groups):
        for estimated in (True, False):
            same = known[(known[by] == group) & known["status"].eq("estimated").eq(estimated)]
            if len(same):
                ax.plot(same["x"], same["y"], gid=f"points {group}", zorder=3, **_look(i, groups, estimated=estimated))
    ax.xaxis.set_major_formatter(DecimalMark(lang))
    ax.yaxis.set_major_formatter(DecimalMark(lang))
    ax.locator_params(nbins=5)
    ax.grid()
    ax.set_title(heading, size=9, weight="bold", pad=6)
    first = rows.iloc[0]
    ax.set_xlabel(wrapped(axis_label(str(first["x_indicator"]), lang), 8, width), size=8, labelpad=2)
    ax.set_ylabel(wrapped(axis_label(str(first["y_indicator"]), lang), 8, PANEL), size=8, labelpad=2)
    if known.empty:
        words = translate("no value", lang)
        ax.text(0.5, 0.5, words, size=8, color=QUIET, ha="center", transform=ax.transAxes, gid="missing")
    else:
        _names(ax, known, by)


def _names(ax: Axes, known: pd.DataFrame, by: str) -> None:
    """Names of the outlying, set where they cover no point."""
    inverse = ax.transData.inverted()
    around = [shapely.box(*inverse.transform(centre - 4), *inverse.transform(centre + 4))
              for centre in ax.transData.transform(known[["x", "y"]].to_numpy())]  # fmt: skip
    rows = outlying(known, by)
    at = list(zip(rows["x"], rows["y"], strict=True))
    for text in place(ax, at, rows["name"].tolist(), 7, avoid=around, reaches=(*REACHES, *FARTHER)):
        text.set_gid("name")


def _look(i: int, groups: list[str], *, estimated: bool) -> dict[str, Any]:
    """Shape and colour of a group; those of a ring are its own, whichever rings are there."""
    rings = set(groups) <= set(RINGS)
    i = RINGS.index(groups[i]) if rings else i
    colour = (TWO_COLOURS if len(groups) <= 2 and not rings else RING_COLOURS)[i % A_LINE]
    return {
        "linestyle": "none", "marker": MARKERS[i], "markersize": 5, "color": "white" if estimated else colour,
        "markeredgecolor": colour if estimated else INK, "markeredgewidth": 0.9 if estimated else 0.5,
    }  # fmt: skip


def _legend(members: pd.Series, groups: list[str], width: float | None, lang: Lang) -> Legend:
    """Groups with the number of their members."""
    columns = min(len(groups), max(2, round(A_LINE * inner_width(width) / inner_width(None))))
    handles = [
        Line2D([], [], label=f"{group_name(group, lang)} ({members[group]})", **_look(i, groups, estimated=False))
        for i, group in enumerate(groups)
    ]
    room = 0.05 + 0.25 * -(-len(groups) // columns)
    return Legend(handles, columns, room, {"columnspacing": 1.4, "handletextpad": 0.2})


def _shown(panels: Sequence[tuple[str, pd.DataFrame]], by: str, lang: Lang) -> str:
    """How many municipalities, and who is named."""
    n = len({key for _, rows in panels for key in _known(rows)[KEY]})
    named = dict.fromkeys(name for _, rows in panels for name in outlying(_known(rows), by)["name"])
    who = translate("Far outside their group: {names}.", lang, names=", ".join(named)) if named else ""
    count = translate_plural("One municipality.", "{n} municipalities, each a point in every panel.", n, lang)
    return f"{count} {who}".strip()


def _notes(panels: Sequence[tuple[str, pd.DataFrame]], lang: Lang, notes: Sequence[str]) -> list[str]:
    statuses = {status for _, rows in panels for status in rows["status"]}
    # a panel without any point says so itself
    without = [name for _, rows in panels if len(_known(rows)) for name in rows.drop(_known(rows).index)["name"]]
    names = ", ".join(dict.fromkeys(without))
    return [
        translate(INVENTED, lang) if "synthetic" in statuses else "",
        translate(NAMED_NOTE, lang, n=NAMED),
        translate("Hollow: estimated.", lang) if "estimated" in statuses else "",
        translate("Without a value and not shown: {names}.", lang, names=names) if without else "",
        *notes,
    ]


def _check(table: pd.DataFrame, by: str) -> None:
    required = (KEY, "name", by, "x_indicator", "y_indicator", "x", "y", "status")
    way_out = "Take the table from figures.scatter.points() and merge names and groups."
    require_columns(table, required, "Need against provision needs", way_out)
    check_statuses(table["status"])
    require_groups(table, by, len(MARKERS))
