"""All municipalities and many indicators at once, coloured by their position."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.patches import Patch, Rectangle

from optkommunen.data.labels import value_label
from optkommunen.figures.interval_rows import (
    LABEL_COLOURS,
    LABELS,
    MANY,
    label_counts,
    name_rows,
    require_labels,
    with_service,
)
from optkommunen.figures.layout import Chart, inner_width, legend_grid, new_figure, text_width, wrapped
from optkommunen.figures.notes import SURE_DIFFERENCE, alternative, ring_note
from optkommunen.figures.style import PALE, QUIET, require_rows, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import language, translate

CELL, LINE, LEGEND = 0.17, 0.135, 0.45
"""Inches: height of a row, of a line of the names above it, of the legend above these."""


def heatmap(
    table: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None, source: str = "",
    highlight: str = "", lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One row a municipality, one column an indicator, coloured by better, similar, worse.

    Parameters
    ----------
    table : DataFrame
        ``kommune, indicator[, service], label, status``, and ``ring`` where rows shall be grouped by ring.
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
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, a municipality has an indicator twice, or a label is unknown.

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
    given, table = table, with_service(table)
    require_rows(table, (KEY, "indicator", "label", "status"), once=(KEY, "indicator", "service"))
    require_labels(table)
    title = translate("All municipalities, all indicators", lang) if title is None else title
    table = table.assign(ring=table.get("ring", ""))
    order = table[[KEY, "ring"]].drop_duplicates().sort_values(["ring", KEY], ignore_index=True)
    columns = list(dict.fromkeys(zip(table["indicator"], table["service"], strict=True)))
    words = [str((names or {}).get(key, key)) for key in order[KEY]]
    cell, size = (CELL, 6.5) if len(order) > MANY else (0.24, 8.0)
    seen = label_counts(table["label"], lang)
    shown = translate(
        "{rows} municipalities by {columns} indicators: {labels}.", lang, rows=len(order), columns=len(columns),
        labels=", ".join(seen.values()),
    )  # fmt: skip
    with style_context():
        handles = [
            Patch(facecolor=LABEL_COLOURS[name], alpha=0.85, edgecolor=PALE, label=translate(LABELS[name], lang))
            for name in seen
        ]
        columns_of_legend, extra = legend_grid([str(handle.get_label()) for handle in handles], width)
        left = 0.55 + max(text_width(word, size) for word in words)
        body = cell * (len(order) + 1.6)
        each = (inner_width(width) - left - 0.1) / len(columns)
        heads = [wrapped(value_label(name, service, lang), 7.5, each - 0.08) for name, service in columns]
        page = new_figure(
            body + LINE * (1 + max(head.count("\n") for head in heads)) + LEGEND + extra, title,
            translate("Each municipality against the rest of its ring", lang),
            source or translate("own calculation", lang), lang,
            [translate(SURE_DIFFERENCE, lang), ring_note(table, lang)], table=given,
            alt_text=alternative(title, shown), width=width, height=height,
        )  # fmt: skip
        ax = page.axes(left, 0.0, page.width - left - 0.1, body)
        rows = {key: y for y, key in enumerate(order[KEY])}
        for key, name, service, label in table[[KEY, "indicator", "service", "label"]].itertuples(index=False):
            told = " ".join(filter(None, (key, name, service, label)))
            ax.add_patch(Rectangle(
                (columns.index((name, service)) - 0.47, rows[key] - 0.42), 0.94, 0.84, facecolor=LABEL_COLOURS[label],
                alpha=0.85, edgecolor=PALE if label == "not assessed" else "none", linewidth=0.4, gid=told,
            ))  # fmt: skip
        ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(order) + 1.1, -0.6), xticks=[])
        name_rows(ax, words, size, order[KEY], highlight)
        ax.tick_params(length=0)
        ax.spines[["left", "bottom"]].set_visible(False)
        for x, head in enumerate(heads):
            ax.annotate(head, (x, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points", size=7.5,
                        ha="center", va="bottom", gid="column")  # fmt: skip
        for ring, members in order[order["ring"] != ""].groupby("ring"):
            middle = float(members.index.to_numpy().mean())
            ax.annotate(str(ring), (0, middle), (-72 * (left - 0.12), 0), xycoords=("axes fraction", "data"),
                        textcoords="offset points", size=7.5, va="center", weight="bold", rotation=90,
                        gid="ring")  # fmt: skip
            ax.axhline(members.index.max() + 0.5, color=QUIET, linewidth=0.6)
        page.legend(handles, columns_of_legend, 0.28 + extra)
    return watermark(page.figure, table["status"], table[KEY])
