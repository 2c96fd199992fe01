"""Positions in many indicators, of one municipality in its ring or of all; and one municipality among groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from optkommunen.data.labels import decimals_of, unit_of, value_label
from optkommunen.errors import ValueTableError
from optkommunen.figures.interval_rows import (
    LABEL_COLOURS,
    LABELS,
    MANY,
    finish_rows,
    label_counts,
    name_rows,
    require_labels,
    tick,
    with_service,
)
from optkommunen.figures.layout import Chart, Legend, inner_width, new_figure, text_width, watermark, wrapped
from optkommunen.figures.notes import SURE_DIFFERENCE, ring_note
from optkommunen.figures.placement import OF_COLUMN, OF_ROW, beside, outline, write
from optkommunen.figures.style import INK, PALE, QUIET, require_rows, style_context
from optkommunen.values import KEY
from optkommunen.words import Lang, language, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, NAMES, OWN = 0.5, 3.1, 1.95
"""Inches of a profile: height of a row, widths of names and own values."""

CELL, LINE = 0.17, 0.135
"""Inches of a heatmap: height of a row, and of a line of the names above it."""

GROUP = 0.95
"""Inches: height of the row of a group."""

HALF = "#d8dde6"
OWN_COLOUR, SHARED, OTHER = "#c4501f", "#1f5fa8", "#8c8c8c"
"""Of one's own value, of members of several groups, and of the others."""


def profile(
    table: pd.DataFrame, kommune: str, *, name: str = "", title: str | None = None, source: str = "",
    lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One municipality within its ring: the range of the ring, its middle half and median, and one's own value.

    Each row has its own scale, from the lowest to the highest value of the ring, which stand at its ends.

    Parameters
    ----------
    table : DataFrame
        ``kommune, indicator[, service], value, label, status``: all members of the ring, the label of each.
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
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, an indicator occurs twice for a municipality, a label is unknown, or the municipality is
        not in the table.

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
    given, table = table, with_service(table)
    require_rows(table, (KEY, "indicator", "value", "label", "status"), once=(KEY, "indicator", "service"))
    require_labels(table)
    if kommune not in set(table[KEY]):
        message = f"The profile is that of a member of the table; {kommune!r} is not in it."
        raise ValueTableError(message)
    named = ["indicator", "service"]
    lines = {(str(i), str(s)): rows.set_index(KEY) for (i, s), rows in table.groupby(named, sort=False)}
    ranged = [name for name, rows in lines.items() if rows["value"].min() < rows["value"].max()]
    own_rows = table[table[KEY] == kommune]
    legend = Legend.of(_handles(own_rows[own_rows.set_index(named).index.isin(ranged)], ranged, lang), width)
    body, n = ROW * (len(lines) + 0.6), table[KEY].nunique()
    title = translate("Profile: {name}", lang, name=name or kommune) if title is None else title
    words = ", ".join(label_counts(own_rows["label"], lang).values())
    shown = translate("In {n} indicators against its ring: {labels}.", lang, n=len(lines), labels=words)
    with style_context():
        page = new_figure(
            body + (0.07 + legend.room if legend.handles else 0.0), title,
            translate("in its ring of {n}; each row from the lowest to the highest value of the ring", lang, n=n),
            source, lang, [translate(SURE_DIFFERENCE, lang), ring_note(table, lang)], table=given, says=[shown],
            width=width, height=height,
        )  # fmt: skip
        ax = page.axes(NAMES, 0.0, page.width - NAMES - OWN, body)
        for y, (line, rows) in enumerate(lines.items()):
            _words(ax, y, line, float(rows["value"].get(kommune, np.nan)), lang)
            if line in ranged:
                _line(ax, y, line, rows, kommune, lang)
            else:
                ax.text(0.5, y, translate("no range", lang), size=7.5, color=QUIET, ha="center", va="center")
        ax.set(xlim=(-0.02, 1.02), ylim=(len(lines) - 0.1, -0.6), xticks=[], yticks=[])
        ax.spines[["left", "bottom"]].set_visible(False)
        page.legend(legend)
    return watermark(page.figure, table["status"], table[KEY])


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
        legend = Legend.of(handles, width)
        left = 0.55 + max(text_width(word, size) for word in words)
        body = cell * (len(order) + 1.6)
        each = (inner_width(width) - left - 0.1) / len(columns)
        heads = [wrapped(value_label(name, service, lang), 7.5, each - 0.08) for name, service in columns]
        page = new_figure(
            body + LINE * (1 + max(head.count("\n") for head in heads)) + 0.17 + legend.room, title,
            translate("Each municipality against the rest of its ring", lang),
            source, lang, [translate(SURE_DIFFERENCE, lang), ring_note(table, lang)], table=given, says=[shown],
            width=width, height=height,
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
            write(ax, head, (x, 1), (0, 4), OF_COLUMN, size=7.5, ha="center", va="bottom", gid="column")
        for ring, members in order[order["ring"] != ""].groupby("ring"):
            middle = float(members.index.to_numpy().mean())
            write(ax, str(ring), (0, middle), (-72 * (left - 0.12), 0), OF_ROW, size=7.5, va="center", weight="bold",
                  rotation=90, gid="ring")  # fmt: skip
            ax.axhline(members.index.max() + 0.5, color=QUIET, linewidth=0.6)
        page.legend(legend)
    return watermark(page.figure, table["status"], table[KEY])


def ring_and_neighbours(
    values: pd.DataFrame, kommune: str, groups: Mapping[str, Sequence[str]], *, decimals: int = 2,
    names: Mapping[str, str] | None = None, title: str | None = None, unit: str = "", source: str = "",
    lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One municipality among its ring and among its neighbours: a strip for each, with the middle half and the median.

    A group never holds oneself: its n is the number of points. Who stands in several groups is blue. Lowest, highest
    and one's own value are named.

    Parameters
    ----------
    values : DataFrame
        ``kommune, value, status``; with ``ring`` (and ``ring_status``) the figure says where rings are
        reconstructed.
    kommune : str
        Who is compared.
    groups : mapping
        Name of each group (the ring, the neighbours, all) → keys.
    decimals : int, default 2
        Digits of printed values.
    names : mapping, optional
        Name of each key; the key itself if None.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the value.
    source : str
        At the foot; "": own calculation.
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
        If a column is absent, a key occurs twice, or a group has no value.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [1.0, 2, 3], "status": "synthetic"})
    >>> fig = ring_and_neighbours(values, "M02", {"ring": ["M01", "M02"], "near": ["M03"]}, lang="en")
    >>> [t.get_text() for t in fig.axes[0].get_yticklabels()]
    ['ring (n = 1)', 'near (n = 1)']
    >>> plt.close(fig)
    """
    lang = language(lang)
    require_rows(values, (KEY, "value", "status"), once=(KEY,))
    known = values.dropna(subset=["value"]).set_index(KEY)["value"]
    members = {name: [key for key in keys if key in known.index and key != kommune] for name, keys in groups.items()}
    empty = [name for name, keys in members.items() if not keys]
    if empty:
        message = f"A comparison needs others with a value; {', '.join(empty)} has none."
        raise ValueTableError(message)
    counts = pd.Series([key for keys in members.values() for key in keys]).value_counts()
    words = {str(key): str((names or {}).get(key, key)) for key in known.index}
    if title is None:
        title = translate("{name} against ring and neighbours", lang, name=words.get(kommune, kommune))
    medians = ", ".join(f"{name} {number(known[keys].median(), decimals, lang)}" for name, keys in members.items())
    own = number(known.get(kommune, np.nan), decimals, lang)
    shown = translate("Own value {value}; medians: {medians}.", lang, value=own, medians=medians)
    with style_context():
        page = new_figure(
            GROUP * len(members) + 0.9, title,
            translate("Points: comparators (blue: in several groups); area: middle half; tick: median", lang),
            source, lang, [ring_note(values, lang)], table=values, says=[shown], width=width, height=height,
        )  # fmt: skip
        ax = page.axes(1.7, 0.5, page.width - 1.9, GROUP * len(members) + 0.3)
        for y, keys in enumerate(members.values()):
            strip = known[keys].sort_values()
            _middle(ax, y, strip, 0.24, str(y))
            shared = [len(members) > 1 and counts[key] > 1 for key in strip.index]
            ax.scatter(strip, [y] * len(strip), s=30, c=np.where(shared, SHARED, OTHER), edgecolor="white",
                       linewidth=0.6, zorder=3, gid=f"group {y}")  # fmt: skip
            for end, align in ((0, "left"), (-1, "right")) if len(strip) > 1 else ((0, "center"),):
                write(ax, words[str(strip.index[end])], (strip.iloc[end], y), (0, -13), size=7, color=QUIET, ha=align,
                      va="center", path_effects=outline(), gid="extreme")  # fmt: skip
        if kommune in known.index:
            ax.axvline(known[kommune], color=OWN_COLOUR, linewidth=1.6, zorder=4, gid="own")
            write(ax, f"{words[kommune]}: {own}", (known[kommune], 1), (3, -2), OF_COLUMN, size=8, color=OWN_COLOUR,
                  va="top", weight="bold", gid="own name")  # fmt: skip
        name_rows(ax, [f"{name} (n = {len(keys)})" for name, keys in members.items()], 8.5)
        ax.set_ylim(len(members) - 0.25, -0.85)
        ax.margins(x=0.08)
        finish_rows(ax, lang, unit)
    return watermark(page.figure, values["status"], values[KEY])


def _middle(ax: Axes, y: float, values: pd.Series, half: float, name: str) -> None:
    """Middle half and median of a row."""
    first, median, third = np.quantile(values, [0.25, 0.5, 0.75])
    area = Rectangle((first, y - half), third - first, 2 * half, facecolor=HALF, zorder=1.5, gid=f"half {name}")
    ax.add_patch(area)
    tick(ax, median, y, half, linewidth=1.2, zorder=3, gid=f"median {name}")


def _words(ax: Axes, y: int, line: tuple[str, str], own: float, lang: Lang) -> None:
    """Name of the indicator and its service on the left, one's own value with its unit on the right."""
    indicator, service = line
    told = f"{number(own, decimals_of(indicator), lang)} {wrapped(unit_of(indicator, '', lang), 6.5, 0.85)}"
    words = wrapped(value_label(indicator, service, lang), 8, 2.3)
    write(ax, words, (0, y), (-54, 0), OF_ROW, size=8, ha="right", va="center", gid="indicator")
    beside(ax, y, told, 40, size=7, weight="bold", gid="own value")


def _line(ax: Axes, y: int, line: tuple[str, str], rows: pd.DataFrame, kommune: str, lang: Lang) -> None:
    """The ring: its ends in numbers, its middle half, its median, each member a dot; one's own a larger one."""
    indicator, name = line[0], " ".join(filter(None, line))
    values = rows["value"].dropna()
    low, high = float(values.min()), float(values.max())
    at = (values - low) / (high - low)
    ax.plot([0, 1], [y, y], color=PALE, linewidth=1.2, zorder=1)
    _middle(ax, y, at, 0.18, name)
    ax.scatter(at, [y] * len(at), s=9, color=QUIET, zorder=3, linewidth=0, gid=f"members {name}")
    for value, side, away in ((low, 0.0, -8), (high, 1.0, 8)):  # clear of a point that stands at the end
        end = number(value, decimals_of(indicator), lang)
        write(ax, end, (side, y), (away, 0), size=7, color=QUIET, ha="left" if side else "right", va="center",
              gid="end")  # fmt: skip
    if kommune in at:
        ax.scatter([at[kommune]], [y], s=62, color=LABEL_COLOURS[str(rows["label"][kommune])], edgecolor=INK,
                   linewidth=0.8, zorder=4, gid=f"own {name}")  # fmt: skip


def _handles(own: pd.DataFrame, ranged: list[Any], lang: Lang) -> list[Any]:
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
