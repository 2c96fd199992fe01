"""Ordered bars with intervals: the municipalities of a ring, with the values of ring and all and the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from optkommunen.figures import style
from optkommunen.figures.interval_rows import finish_rows, name_rows, whisker
from optkommunen.figures.layout import Chart, Legend, columns_across, new_figure, text_width
from optkommunen.figures.notes import BY_CHANCE, spread
from optkommunen.figures.placement import AXES, beside, headline, write
from optkommunen.figures.style import ESTIMATED_HATCH, INK, QUIET
from optkommunen.indicators.rates import ALL
from optkommunen.values import KEY
from optkommunen.words import N_, NO_BREAK, Lang, level_number, number, translate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from optkommunen.figures.report2008 import GrafikData

ACROSS, NARROWEST = 2, 4.0
"""Panels side by side in the overview at most; inches that each needs at least."""

HEAD, MARK_ROWS = 0.52, 1.3
"""Inches above a panel for its headline; rows left free below the bars for the mark of invented values."""


def draw(
    story: GrafikData, ring: str | None, title: str, source: str, lang: Lang, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Values of the last year as bars from zero, best above, with whiskers where there is an interval.

    Parameters
    ----------
    story : as from `report2008.prepare`, by years.
    ring : one ring in full, or None for the overview of all rings and the rings among themselves.
    title, source : headline, and of the returns.
    lang : {"de", "en"}
    width, height : float, optional
        Of the figure in millimetres.

    Returns
    -------
    Chart
    """
    tables = {name: _rows(story, name) for name in ([*story.rings, ALL] if ring is None else [ring])}
    size, row, across = (6.5, 0.155, columns_across(width, NARROWEST, ACROSS)) if ring is None else (8.5, 0.30, 1)
    lines = [list(tables)[i : i + across] for i in range(0, len(tables), across)]
    free = MARK_ROWS if story.synthetic else 0.0
    heights = [HEAD + row * (free + max(len(tables[name]) for name in line)) + 0.28 for line in lines]
    legend = Legend.of(_handles(story, lang), width, 0.26)
    shown = pd.concat([rows for name, rows in tables.items() if name != ALL])
    with style.style_context():
        page = new_figure(
            sum(heights) + (0.06 + legend.room), title, _subtitle(story, lang), source, lang,
            _notes(story, shown, lang), table=story.units, width=width, height=height,
            says=[spread(shown.set_index("name")["value"], story.entry.decimals, lang)],
        )  # fmt: skip
        each = page.width / across
        names = max(text_width(name, size) for rows in tables.values() for name in rows["label"]) + 0.12
        digits = 2 * _column(story, size) + 0.04
        reach = pd.concat(tables.values())[["value", "upper"]].max().max()
        top = page.height - (0.06 + legend.room)
        for line, deep in zip(lines, heights, strict=True):
            for column, name in enumerate(line):
                bars = len(tables[name]) + free
                ax = page.axes(column * each + names, top - HEAD - row * bars, each - names - digits - 0.1, row * bars)
                _panel(ax, story, name, tables[name], size, lang)
                ax.set_ylim(bars - 0.5, -0.5)
                ax.set_xlim(0, 1.06 * reach if reach > 0 else 1)
            top -= deep
        page.legend(legend)
    return page.figure


def _rows(story: GrafikData, ring: str) -> pd.DataFrame:
    """Rows of one panel, best first: label, value, limits, status, change; of all, the rings among themselves."""
    first, last = story.periods[0], story.periods[-1]
    if ring == ALL:
        rows = story.sums[(story.sums["period"] == last) & (story.sums["ring"] != ALL)].set_index("ring", drop=False)
        rows = rows.assign(label=rows["ring"], change=pd.Series(story.changes, dtype=float))
    else:
        units = story.units[story.units["ring"] == ring].set_index(KEY)
        rows, before = (units[units["period"] == period] for period in (last, first))
        rows = rows.assign(label=rows["name"], change=rows["value"] - before["value"])
    rows = rows.assign(change=rows["change"] if first != last else float("nan"))
    best_first = [story.entry.polarity < 0, True]
    return rows.sort_values(["value", "label"], ascending=best_first, na_position="last")


def _panel(ax: Axes, story: GrafikData, panel: str, rows: pd.DataFrame, size: float, lang: Lang) -> None:
    decimals = story.entry.decimals
    for y, (key, row) in enumerate(rows.iterrows()):
        ring = str(key) if panel == ALL else panel
        colour = style.ring_colour(ring, story.rings.index(ring))
        if pd.isna(row["value"]):
            words = " " + translate("no value", lang)
            ax.text(0, y, words, size=size - 0.5, color=QUIET, va="center", gid=f"missing {key}")
        else:
            hatch = ESTIMATED_HATCH if _short(row) or row["n_estimated"] else ""
            ax.barh(y, row["value"], height=0.66, color=style.paler(colour), edgecolor=INK, linewidth=0.4, hatch=hatch,
                    zorder=2)[0].set_gid(f"bar {key}")  # fmt: skip
        for linewidth, ink, gid in ((2.6, "white", "rim"), (1.1, INK, f"interval {key}")):
            whisker(ax, y, row, ink, linewidth=linewidth, gid=gid)
        for text, right in ((number(row["value"], decimals, lang), 0.0),
                            (number(row["change"], decimals, lang, sign=True), 1.0)):  # fmt: skip
            beside(ax, y, text, 72 * (1 + right) * _column(story, size), size=size, ha="right",
                   color=QUIET if right else INK, gid="change" if right else "value")  # fmt: skip
    for name, line in {panel: "-", ALL: style.DOTTED}.items():
        value = _last(story, name)
        if pd.notna(value):
            ax.plot([value, value], [-0.5, len(rows) - 0.5], color=INK, linewidth=1.2, linestyle=line, zorder=4,
                    gid="all value" if name == ALL else "ring value")  # fmt: skip
    name_rows(ax, rows["label"].tolist(), size)
    finish_rows(ax, lang)
    ax.tick_params(axis="x", labelsize=size)
    ax.locator_params(axis="x", nbins=5)
    _headline(ax, story, panel, int(rows["value"].notna().sum()), size, lang)


def _headline(ax: Axes, story: GrafikData, panel: str, n: int, size: float, lang: Lang) -> None:
    of, space = story.members(panel), NO_BREAK
    counted = f"{n}/{of}" if n < of else f"{n}"
    words = translate("The rings", lang) if panel == ALL else f"{panel} (n{space}={space}{counted})"
    of_whom = {panel: translate("ring", lang), ALL: translate("all", lang)}
    values = [f"{whose} {number(_last(story, name), story.entry.decimals, lang)}" for name, whose in of_whom.items()]
    headline(ax, words, "; ".join(values), size + 2, size + 0.5)
    if story.periods[0] != story.periods[-1]:
        words = translate("since {year}", lang, year=story.periods[0])
        write(ax, words, (1, 1), (144 * _column(story, size), 5), AXES, size=size, ha="right", va="bottom",
              color=QUIET, gid="since")  # fmt: skip


def _last(story: GrafikData, ring: str) -> float:
    sums = story.sums[(story.sums["ring"] == ring) & (story.sums["period"] == story.periods[-1])]
    return float(sums["value"].iloc[0])


def _column(story: GrafikData, size: float) -> float:
    """Width of a column of numbers in inches."""
    return text_width("−88,888"[: story.entry.decimals + 4], size) + 0.1


def _short(row: pd.Series) -> bool:
    """Whether a year stands on fewer than twelve months."""
    return bool(0 < row["n_months"] < 12)


def _subtitle(story: GrafikData, lang: Lang) -> str:
    axis, year = story.entry.axis(lang), story.periods[-1]
    levels = story.units["level"].dropna().unique()
    if len(levels):
        level = level_number(levels[0], lang)
        words = translate("{axis}; bar: {year}, line: {level}% interval", lang, axis=axis, year=year, level=level)
    else:
        words = translate("{axis}; bar: {year}", lang, axis=axis, year=year)
    text = N_("; right: change since {first}")
    if story.entry.kind == "stock_quota":
        text = N_("; right: change since {first} in percentage points")
    return words + translate(text, lang, first=story.periods[0]) if story.changes else words


def _notes(story: GrafikData, rows: pd.DataFrame, lang: Lang) -> list[str]:
    short = rows.apply(_short, axis=1)
    notes = story.notes(lang)
    if story.left_out and story.changes:
        notes.append(translate(
            "Without a value in {first} or {last}, so not in the change of ring and all: {names}.", lang,
            first=story.periods[0], last=story.periods[-1], names=story.listed(),
        ))  # fmt: skip
    if short.any():
        notes.append(translate("Hatched: months are missing, the value stands for the year.", lang))
    if (rows["n_estimated"].gt(0) & ~short).any():
        notes.append(translate("Hatched: estimated, as the return itself says.", lang))
    if story.units["level"].notna().any():
        notes.append(translate(BY_CHANCE, lang))
    return notes


def _handles(story: GrafikData, lang: Lang) -> list[Artist]:
    return [
        Patch(facecolor="#bbbbbb", edgecolor=INK, linewidth=0.4, label=story.entry.label(lang)),
        Line2D([], [], color=INK, linewidth=1.2, label=translate("value of the ring", lang)),
        Line2D([], [], color=INK, linewidth=1.2, linestyle=style.DOTTED,
               label=translate("value of all rings together", lang)),
    ]  # fmt: skip
