"""The profile: one municipality within its ring, one line an indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from optkommunen.data.labels import decimals_of, indicator_label, unit_of
from optkommunen.errors import ValueTableError
from optkommunen.figures.heatmaps import require_cells
from optkommunen.figures.interval_rows import LABEL_COLOURS, LABELS
from optkommunen.figures.layout import Chart, legend_grid, new_figure, wrapped
from optkommunen.figures.notes import SURE_DIFFERENCE, alternative, ring_note
from optkommunen.figures.style import INK, PALE, QUIET, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import Lang, language, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, NAMES, OWN, LEGEND = 0.5, 3.1, 1.95, 0.35
"""Inches: height of a row, widths of names and own values, height of the legend."""

HALF = "#d8dde6"


def profile(
    table: pd.DataFrame, kommune: str, *, name: str = "", title: str | None = None, source: str = "",
    lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One municipality within its ring: the range of the ring, its middle half and median, and one's own value.

    Each row has its own scale, from the lowest to the highest value of the ring, which stand at its ends.

    Parameters
    ----------
    table : DataFrame
        ``kommune, indicator, value, label, status``: all members of the ring, the label of each.
    kommune : str
        Key of the municipality.
    name : str
        Its name; the key if empty.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": own calculation.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, an indicator occurs twice for a municipality, or the municipality is not in the table.

    Examples
    --------
    One's own value stands between the ends of the ring, by its size:

    >>> import matplotlib.pyplot as plt
    >>> rows = {"kommune": ["M01", "M02", "M03"], "indicator": "bg", "value": [10.0, 40.0, 20.0], "label": "similar"}
    >>> fig = profile(pd.DataFrame(rows).assign(status="synthetic"), "M03", lang="en")
    >>> [round(float(p.get_offsets()[0, 0]), 2) for p in fig.axes[0].collections if p.get_gid() == "own bg"]
    [0.33]
    >>> plt.close(fig)
    """
    lang = language(lang)
    require_cells(table, (KEY, "indicator", "value", "label", "status"))
    if kommune not in set(table[KEY]):
        message = f"The profile is that of a member of the table; {kommune!r} is not in it."
        raise ValueTableError(message)
    lines = {str(name): rows.set_index(KEY) for name, rows in table.groupby("indicator", sort=False)}
    ranged = [name for name, rows in lines.items() if rows["value"].min() < rows["value"].max()]
    handles = _handles(table[(table[KEY] == kommune) & table["indicator"].isin(ranged)], ranged, lang)
    columns, extra = legend_grid([str(handle.get_label()) for handle in handles], width)
    body, n = ROW * (len(lines) + 0.6), table[KEY].nunique()
    title = translate("Profile: {name}", lang, name=name or kommune) if title is None else title
    own_labels = table.loc[table[KEY] == kommune, "label"].value_counts()
    words = ", ".join(f"{translate(text, lang)} ({own_labels[label]})" for label, text in LABELS.items()
                      if label in own_labels)  # fmt: skip
    shown = translate("In {n} indicators against its ring: {labels}.", lang, n=len(lines), labels=words)
    with style_context():
        page = new_figure(
            body + (LEGEND + extra if handles else 0.0), title,
            translate("in its ring of {n}; each row from the lowest to the highest value of the ring", lang, n=n),
            source or translate("own calculation", lang), lang,
            [translate(SURE_DIFFERENCE, lang), ring_note(table, lang)], table=table,
            alt_text=alternative(title, shown), width=width, height=height,
        )  # fmt: skip
        ax = page.axes(NAMES, 0.0, page.width - NAMES - OWN, body)
        for y, (indicator, rows) in enumerate(lines.items()):
            own = float(rows["value"].get(kommune, np.nan))
            _words(ax, y, indicator, own, lang)
            if indicator in ranged:
                _line(ax, y, indicator, rows, kommune, lang)
            else:
                ax.text(0.5, y, translate("no range", lang), size=7.5, color=QUIET, ha="center", va="center")
        ax.set(xlim=(-0.02, 1.02), ylim=(len(lines) - 0.1, -0.6), xticks=[], yticks=[])
        ax.spines[["left", "bottom"]].set_visible(False)
        if handles:
            page.legend(handles, columns, 0.28 + extra)
    return watermark(page.figure, table["status"], table[KEY])


def _words(ax: Axes, y: int, indicator: str, own: float, lang: Lang) -> None:
    """Name of the indicator on the left, one's own value with its unit on the right."""
    told = f"{number(own, decimals_of(indicator), lang)} {wrapped(unit_of(indicator, '', lang), 6.5, 0.85)}"
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center"}
    words = wrapped(indicator_label(indicator, lang), 8, 2.3)
    ax.annotate(words, (0, y), (-54, 0), size=8, ha="right", gid="indicator", **beside)
    ax.annotate(told, (1, y), (40, 0), size=7, weight="bold", gid="own value", **beside)


def _line(ax: Axes, y: int, indicator: str, rows: pd.DataFrame, kommune: str, lang: Lang) -> None:
    """The ring: its ends in numbers, its middle half, its median, each member a dot; one's own a larger one."""
    values = rows["value"].dropna()
    low, high = float(values.min()), float(values.max())
    at = (values - low) / (high - low)
    first, median, third = np.quantile(at, [0.25, 0.5, 0.75])
    ax.plot([0, 1], [y, y], color=PALE, linewidth=1.2, zorder=1)
    ax.add_patch(Rectangle((first, y - 0.17), third - first, 0.34, facecolor=HALF, zorder=2, gid=f"half {indicator}"))
    ax.plot([median] * 2, [y - 0.2, y + 0.2], color=INK, linewidth=1.2, zorder=3, gid=f"median {indicator}")
    ax.scatter(at, [y] * len(at), s=9, color=QUIET, zorder=3, linewidth=0, gid=f"members {indicator}")
    for value, side, away in ((low, 0.0, -8), (high, 1.0, 8)):  # clear of a point that stands at the end
        end = number(value, decimals_of(indicator), lang)
        ax.annotate(end, (side, y), (away, 0), textcoords="offset points", size=7, color=QUIET,
                    ha="left" if side else "right", va="center", gid="end")  # fmt: skip
    if kommune in at:
        ax.scatter([at[kommune]], [y], s=62, color=LABEL_COLOURS[str(rows["label"][kommune])], edgecolor=INK,
                   linewidth=0.8, zorder=4, gid=f"own {indicator}")  # fmt: skip


def _handles(own: pd.DataFrame, ranged: list[str], lang: Lang) -> list[Any]:
    """Legend of what is drawn: the labels of one's own points, then the parts of the ring; empty without a range."""
    if not ranged:
        return []
    point: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 7, "markeredgecolor": INK}
    seen = set(own.loc[own["value"].notna(), "label"])
    handles: list[Any] = [
        Line2D([], [], color=colour, label=translate(LABELS[name], lang), **point)
        for name, colour in LABEL_COLOURS.items()
        if name in seen
    ]
    handles.append(Patch(facecolor=HALF, label=translate("middle half of the ring", lang)))
    handles.append(Line2D([], [], color=INK, linewidth=1.2, label=translate("median of the ring", lang)))
    return handles
