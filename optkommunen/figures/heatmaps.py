"""The rug: all municipalities and many indicators at once, coloured by their position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.patches import Patch, Rectangle

from optkommunen.data.labels import indicator_label
from optkommunen.errors import ValueTableError
from optkommunen.figures.interval_rows import LABEL_COLOURS, LABELS
from optkommunen.figures.layout import Chart, inner_width, legend_grid, new_figure, text_width, wrapped
from optkommunen.figures.notes import SURE_DIFFERENCE, alternative, ring_note
from optkommunen.figures.style import PALE, QUIET, require_rows, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import language, translate

if TYPE_CHECKING:
    pass

CELL, LINE, LEGEND = 0.17, 0.135, 0.45
"""Inches: height of a row of the rug, of a line of the names above it, of the legend above these."""


def heatmap(
    table: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None, source: str = "",
    highlight: str = "", lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One row a municipality, one column an indicator, coloured by better, similar, worse.

    Parameters
    ----------
    table : DataFrame
        ``kommune, indicator, label, status``, and ``ring`` where rows shall be grouped by ring.
    names : mapping, optional
        Name of each key; the key itself if None.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": own calculation.
    highlight : str
        Key or name of the municipality that stands out.
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
        If a column is absent, or a municipality has an indicator twice.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rows = {"kommune": ["M01", "M02"], "indicator": "bg", "label": ["better", "worse"], "status": "synthetic"}
    >>> fig = heatmap(pd.DataFrame(rows), lang="en")
    >>> [patch.get_gid() for patch in fig.axes[0].patches]
    ['M01 bg better', 'M02 bg worse']
    >>> plt.close(fig)
    """
    lang = language(lang)
    require_cells(table, (KEY, "indicator", "label", "status"))
    title = translate("All municipalities, all indicators", lang) if title is None else title
    given, table = table, table.assign(ring=table.get("ring", ""))
    order = table[[KEY, "ring"]].drop_duplicates().sort_values(["ring", KEY], ignore_index=True)
    columns = list(dict.fromkeys(table["indicator"]))
    words = [str((names or {}).get(key, key)) for key in order[KEY]]
    labels = table.set_index([KEY, "indicator"])["label"].to_dict()
    size = 6.5 if len(order) > 20 else 8.0
    cell = CELL if len(order) > 20 else 0.24
    seen = {name: int(table["label"].eq(name).sum()) for name in LABEL_COLOURS if table["label"].eq(name).any()}
    shown = translate(
        "{rows} municipalities by {columns} indicators: {labels}.", lang, rows=len(order), columns=len(columns),
        labels=", ".join(f"{translate(LABELS[name], lang)} ({n})" for name, n in seen.items()),
    )  # fmt: skip
    labels_there = [translate(LABELS[name], lang) for name in seen]
    columns_of_legend, extra = legend_grid(labels_there, width)
    with style_context():
        left = 0.55 + max(text_width(word, size) for word in words)
        body = cell * (len(order) + 1.6)
        each = (inner_width(width) - left - 0.1) / len(columns)
        heads = [wrapped(indicator_label(name, lang), 7.5, each - 0.08) for name in columns]
        page = new_figure(
            body + LINE * (1 + max(head.count("\n") for head in heads)) + LEGEND + extra,
            title,
            translate("Each municipality against the rest of its ring", lang),
            source or translate("own calculation", lang),
            lang,
            [translate(SURE_DIFFERENCE, lang), ring_note(table, lang)],
            table=given,
            alt_text=alternative(title, shown),
            width=width,
            height=height,
        )
        ax = page.axes(left, 0.0, page.width - left - 0.1, body)
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
        for tick, key, word in zip(ax.get_yticklabels(), order[KEY], words, strict=True):
            if highlight and highlight in (key, word):
                tick.set_fontweight("bold")
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
        handles = [
            Patch(facecolor=LABEL_COLOURS[name], alpha=0.85, edgecolor=PALE, label=words)
            for name, words in zip(seen, labels_there, strict=True)
        ]
        page.legend(handles, columns_of_legend, 0.28 + extra)
    return watermark(page.figure, table["status"], table[KEY])


def require_cells(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """Refuse a table without a column or a row, or with an indicator twice for a municipality."""
    require_rows(table, columns)
    twice = table[table.duplicated([KEY, "indicator"])]
    if len(twice):
        where = f"{twice.iloc[0][KEY]}, {twice.iloc[0]['indicator']}"
        message = f"A municipality has each indicator once; {len(twice)} occur twice, the first: {where}."
        raise ValueTableError(message)
    strange = table[~table["label"].isin(LABEL_COLOURS)]
    if len(strange):
        first = strange.iloc[0]
        message = (
            f"A label is one of {', '.join(LABEL_COLOURS)}; found {first['label']!r} for {first[KEY]}, "
            f"{first['indicator']}. Take the table from compare."
        )
        raise ValueTableError(message)
