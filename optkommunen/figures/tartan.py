"""Many indicators at once: the rug of all municipalities, and the profile of one within its ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from optkommunen.catalogue import Lang
from optkommunen.errors import ValueTableError
from optkommunen.figures.mark import stamp
from optkommunen.figures.page import EDGE, WIDTH, sheet, text_width, wrapped
from optkommunen.figures.standing import LABEL_COLOURS
from optkommunen.figures.style import INK, PALE, QUIET, look, number, require_rows
from optkommunen.figures.texts import decimals, label, say, unit
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CELL, LINE, LEGEND = 0.17, 0.135, 0.45
"""Inches: height of a row of the rug, of a line of the names above it, of the legend above these."""
SPINE_ROW = 0.5


def rug(
    table: pd.DataFrame, lang: Lang = "de", *, names: Mapping[str, str] | None = None, title: str = "", source: str = ""
) -> Figure:
    """One row a municipality, one column an indicator, coloured by better, similar, worse.

    Parameters
    ----------
    table : ``kommune, indicator, label, status``, and ``ring`` where rows shall be grouped by ring.
    lang : ``"de"`` or ``"en"``.
    names : name of each key; the key itself if None.
    title, source : headline and source.

    Returns
    -------
    Figure

    Raises
    ------
    ValueTableError
        If a column is absent, or a municipality has an indicator twice.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rows = {"kommune": ["M01", "M02"], "indicator": "bg", "label": ["better", "worse"], "status": "synthetic"}
    >>> fig = rug(pd.DataFrame(rows), "en")
    >>> [patch.get_gid() for patch in fig.axes[0].patches]
    ['M01 bg better', 'M02 bg worse']
    >>> plt.close(fig)
    """
    _require(table, (KEY, "indicator", "label", "status"))
    table = table.assign(ring=table.get("ring", ""))
    order = table[[KEY, "ring"]].drop_duplicates().sort_values(["ring", KEY], ignore_index=True)
    columns = list(dict.fromkeys(table["indicator"]))
    words = [str((names or {}).get(key, key)) for key in order[KEY]]
    labels = table.set_index([KEY, "indicator"])["label"].to_dict()
    size = 6.5 if len(order) > 20 else 8.0
    cell = CELL if len(order) > 20 else 0.24
    with look():
        left = 0.55 + max(text_width(word, size) for word in words)
        height = cell * (len(order) + 1.6)
        width = (WIDTH - 2 * EDGE - left - 0.1) / len(columns)
        heads = [wrapped(label(name, lang), 7.5, width - 0.08) for name in columns]
        page = sheet(
            height + LINE * (1 + max(head.count("\n") for head in heads)) + LEGEND,
            title or say("rug_title", lang),
            say("rug_subtitle", lang),
            source or say("own_calculation", lang),
            lang,
            [say("areas_note", lang)],
        )
        ax = page.axes(left, 0.0, page.width - left - 0.1, height)
        for y, key in enumerate(order[KEY]):
            for x, name in enumerate(columns):
                found = labels.get((key, name))
                if found is None:
                    continue
                ax.add_patch(
                    Rectangle(
                        (x - 0.47, y - 0.42),
                        0.94,
                        0.84,
                        facecolor=LABEL_COLOURS[str(found)],
                        alpha=0.85,
                        edgecolor=PALE if found == "not assessed" else "none",
                        linewidth=0.4,
                        gid=f"{key} {name} {found}",
                    )
                )
        ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(order) + 1.1, -0.6), xticks=[])
        ax.set_yticks(range(len(order)), words, size=size)
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)
        for x, head in enumerate(heads):
            ax.annotate(
                head,
                (x, 1),
                (0, 4),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                size=7.5,
                ha="center",
                va="bottom",
                gid="column",
            )
        for ring, rows in order.groupby("ring"):
            if ring:
                ax.annotate(
                    str(ring),
                    (0, float(rows.index.to_numpy().mean())),
                    (-72 * (left - 0.12), 0),
                    size=7.5,
                    va="center",
                    xycoords=("axes fraction", "data"),
                    textcoords="offset points",
                    weight="bold",
                    rotation=90,
                    gid="ring",
                )
                ax.axhline(rows.index.max() + 0.5, color=QUIET, linewidth=0.6)
        seen = [name for name in LABEL_COLOURS if table["label"].eq(name).any()]
        page.legend(
            [
                Patch(facecolor=LABEL_COLOURS[name], alpha=0.85, edgecolor=PALE, label=say(f"label_{name}", lang))
                for name in seen
            ]
        )
    return stamp(page.figure, table["status"], table[KEY])


def profile(
    table: pd.DataFrame, kommune: str, lang: Lang = "de", *, name: str = "", title: str = "", source: str = ""
) -> Figure:
    """One municipality within its ring: the range of the ring, its middle half and median, and one's own value.

    Each row has its own scale, from the lowest to the highest value of the ring, which stand at its ends.

    Parameters
    ----------
    table : ``kommune, indicator, value, label, status``: all members of the ring, the label of each.
    kommune : key of the municipality.
    lang : ``"de"`` or ``"en"``.
    name : its name; the key if empty.
    title, source : headline and source.

    Returns
    -------
    Figure

    Raises
    ------
    ValueTableError
        If a column is absent, an indicator occurs twice for a municipality, or the municipality is not in the table.
    """
    _require(table, (KEY, "indicator", "value", "label", "status"))
    if kommune not in set(table[KEY]):
        message = f"The profile is that of a member of the table; {kommune!r} is not in it."
        raise ValueTableError(message)
    indicators = list(dict.fromkeys(table["indicator"]))
    with look():
        words = {i: wrapped(label(i, lang), 8, 2.3) for i in indicators}
        ranged: list[str] = []
        page = sheet(
            SPINE_ROW * (len(indicators) + 0.6) + 0.35,
            title or say("profile_title", lang, name=name or kommune),
            say("profile_subtitle", lang, n=table[KEY].nunique()),
            source or say("own_calculation", lang),
            lang,
            [say("areas_note", lang)],
        )
        ax = page.axes(3.1, 0.0, page.width - 3.1 - 1.95, SPINE_ROW * (len(indicators) + 0.6))
        for y, indicator in enumerate(indicators):
            rows = table[table["indicator"] == indicator].set_index(KEY)
            digits = decimals(indicator)
            values = rows["value"].dropna()
            own, found = rows["value"].get(kommune, np.nan), str(rows["label"].get(kommune, "not assessed"))
            ax.annotate(
                words[indicator],
                (0, y),
                (-72 * 0.75, 0),
                xycoords=("axes fraction", "data"),
                size=8,
                ha="right",
                textcoords="offset points",
                va="center",
                gid="indicator",
            )
            ax.annotate(
                f"{number(own, digits, lang)} {wrapped(unit(indicator, '', lang), 6.5, 0.85)}",
                (1, y),
                (40, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                size=7,
                va="center",
                gid="own value",
                weight="bold",
            )
            if len(values) < 2 or values.min() == values.max():
                ax.text(0.5, y, say("no_range", lang), size=7.5, color=QUIET, ha="center", va="center")
                continue
            ranged.append(indicator)
            low, high = float(values.min()), float(values.max())
            at = (values - low) / (high - low)
            q1, median, q3 = np.quantile(at, [0.25, 0.5, 0.75])
            ax.plot([0, 1], [y, y], color=PALE, linewidth=1.2, zorder=1)
            ax.add_patch(
                Rectangle((q1, y - 0.17), q3 - q1, 0.34, facecolor="#d8dde6", zorder=2, gid=f"half {indicator}")
            )
            ax.plot([median] * 2, [y - 0.2, y + 0.2], color=INK, linewidth=1.2, zorder=3, gid=f"median {indicator}")
            ax.scatter(
                at.drop(kommune, errors="ignore"),
                [y] * len(at.drop(kommune, errors="ignore")),
                s=9,
                color=QUIET,
                zorder=3,
                linewidth=0,
                gid=f"others {indicator}",
            )
            for value, side, align in ((low, 0.0, "right"), (high, 1.0, "left")):
                ax.annotate(
                    number(value, digits, lang),
                    (side, y),
                    (5 if side else -5, 0),
                    textcoords="offset points",
                    size=7,
                    color=QUIET,
                    ha=align,
                    va="center",
                    gid="end",
                )
            if pd.notna(own):
                ax.scatter(
                    [(own - low) / (high - low)],
                    [y],
                    s=62,
                    color=LABEL_COLOURS[found],
                    edgecolor=INK,
                    linewidth=0.8,
                    zorder=4,
                    gid=f"own {indicator}",
                )
        ax.set(xlim=(-0.02, 1.02), ylim=(len(indicators) - 0.1, -0.6), xticks=[], yticks=[])
        ax.spines[["left", "bottom"]].set_visible(False)
        shown = table[(table[KEY] == kommune) & table["indicator"].isin(ranged) & table["value"].notna()]
        seen = [n for n in LABEL_COLOURS if shown["label"].eq(n).any()]
        handles: list[Any] = [
            Line2D(
                [],
                [],
                linestyle="none",
                marker="o",
                markersize=7,
                color=LABEL_COLOURS[n],
                markeredgecolor=INK,
                label=say(f"label_{n}", lang),
            )
            for n in seen
        ]
        if ranged:
            handles += [
                Patch(facecolor="#d8dde6", label=say("middle_half", lang)),
                Line2D([], [], color=INK, linewidth=1.2, label=say("ring_median", lang)),
            ]
        page.legend(handles, ncols=7)
    return stamp(page.figure, table["status"], table[KEY])


def _require(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    require_rows(table, columns)
    twice = table[table.duplicated([KEY, "indicator"])]
    if len(twice):
        where = f"{twice.iloc[0][KEY]}, {twice.iloc[0]['indicator']}"
        message = f"A municipality has each indicator once; {len(twice)} occur twice, the first: {where}."
        raise ValueTableError(message)
