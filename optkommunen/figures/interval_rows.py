"""Where municipalities stand: one row each, with interval, point and reference; the drawing of rows for all figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.comparison.position import REFERENCES
from optkommunen.comparison.variance import TRANSIENT
from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import Chart, Legend, new_figure, text_width, watermark
from optkommunen.figures.notes import SURE_DIFFERENCE, ring_note, spread
from optkommunen.figures.placement import beside
from optkommunen.figures.style import INK, PALE, QUIET, DecimalMark, require_rows, style_context
from optkommunen.values import KEY, RESULT_COLUMNS
from optkommunen.words import N_, Lang, language, level_number, noted, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_COLOURS = {
    "better": "#1f5fa8",
    "similar": "#8c8c8c",
    "worse": "#c4501f",
    "higher": "#5b3f8c",
    "lower": "#b5892b",
    "not assessed": "#ffffff",
}
"""Blue and orange: distinct to the colour-blind, and no traffic light, which would promise more than an interval."""
LINE_COLOURS = LABEL_COLOURS | {"not assessed": PALE}
"""Of an interval: that of its label, and grey where the label is white."""
LABELS = {
    "better": N_("better"), "similar": N_("similar"), "worse": N_("worse"), "higher": N_("higher"),
    "lower": N_("lower"), "not assessed": N_("not assessed"),
}  # fmt: skip
OF_RINGS = (REFERENCES["rest"], REFERENCES["median"])
"""References that are those of a ring; beside them stands what its status is."""
RANKS_NOTE = N_(
    "Bold: for the question of a single municipality; pale: for the whole table at once (Mogstad, Romano, Shaikh, "
    "Wilhelm)."
)
_REFERENCES = {
    "rest of the ring": N_("rest of the ring (sum over sum)"),
    "median of the ring": N_("median of the ring"),
    "all": N_("all together"),
    "chosen peers": N_("chosen peers"),
}
ESTIMATE, WHOLE_TABLE = "#1f5fa8", "#c9d6e8"
"""Of point and interval of an estimate, and of what holds for all at once."""
ROW, SMALL_ROW, MANY = 0.26, 0.165, 20
"""Inches a row; narrower where more than `MANY` stand below one another."""


def compare_areas(
    table: pd.DataFrame, *, polarity: int | None = None, decimals: int = 2, names: Mapping[str, str] | None = None,
    title: str | None = None, unit: str = "", source: str = "", highlight: str = "", lang: str | None = None,
    width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """Values with intervals against their reference, best first, coloured by better, similar, worse.

    The mark on each row is its reference (the rest of the ring differs a little for each). Nothing is estimated here.

    Parameters
    ----------
    table : DataFrame
        One level of `comparison.position.compare`: ``kommune, value, lower, upper, level, method, reference,
        reference_value, label, status``; with ``ring, ring_status`` the figure says where rings are reconstructed.
    polarity : {1, -1, 0}, optional
        +1 high is good, -1 low is good; None: read from the labels, high first where they say nothing.
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
        If a column is absent, a label unknown, or several levels or periods make a key occur twice.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rows = {"kommune": ["M01", "M02"], "value": [2.0, 3.0], "lower": [1.8, 2.8], "upper": [2.2, 3.2], "level": 0.95}
    >>> rows |= {"method": "byar", "reference": "rest", "reference_value": 2.5, "label": ["worse", "better"]}
    >>> fig = compare_areas(pd.DataFrame(rows | {"status": "synthetic"}), lang="en")
    >>> [line.get_gid() for line in fig.axes[0].lines if str(line.get_gid()).startswith("point")]
    ['point M02', 'point M01']
    >>> plt.close(fig)
    """
    lang = language(lang)
    require_rows(table, (KEY, *RESULT_COLUMNS, "reference", "reference_value", "label", "status"), once=(KEY,))
    require_labels(table)
    rows = _ordered(table, rising=_better_is_low(table) if polarity is None else polarity < 0)
    transient = rows.loc[rows["lower"].notna(), "method"].astype("str").str.endswith(TRANSIENT).any()
    reference = str(rows["reference"].iloc[0])
    reference = noted(_REFERENCES.get(reference, reference), lang)
    within = translate("chance and change between years", lang) if transient else translate("chance alone", lang)
    subtitle = translate(
        "Line: {level}% interval ({within}); tick: {reference}", lang, level=_level(rows, lang), within=within,
        reference=reference,
    )  # fmt: skip
    title = translate("Values and how they compare", lang) if title is None else title
    counts = label_counts(rows["label"], lang)
    against = translate("Against {reference}: {labels}.", lang, reference=reference, labels=", ".join(counts.values()))
    shown = spread(rows.set_index(KEY)["value"], decimals, lang, names)

    def mark(ax: Axes, y: int, row: pd.Series) -> None:
        key, label = row[KEY], str(row["label"])
        whisker(ax, y, row, LINE_COLOURS[label], gid=f"interval {key}")
        if pd.notna(row["value"]):
            dot(ax, row["value"], y, LABEL_COLOURS[label], markeredgewidth=0.6, gid=f"point {key}")
        else:
            missing = translate("no value", lang)
            ax.text(0.01, y, missing, transform=ax.get_yaxis_transform(), size=7, color=QUIET, va="center")
        if pd.notna(row["reference_value"]):
            tick(ax, row["reference_value"], y, 0.42, gid=f"reference {key}")

    with style_context():
        of_point: dict[str, Any] = {"marker": "o", "markeredgecolor": INK, "markeredgewidth": 0.6, "linewidth": 2.2}
        handles = [
            Line2D([], [], color=LINE_COLOURS[f], markerfacecolor=LABEL_COLOURS[f], label=words, **of_point)
            for f, words in counts.items()
        ]
        handles.append(Line2D([], [], color=INK, linewidth=1.1, label=translate("reference", lang)))
        of_rings = rows["reference"].isin(OF_RINGS).any()
        return _draw(
            rows, mark, handles, title, subtitle, source, lang, names, highlight, unit, decimals=decimals,
            notes=[translate(SURE_DIFFERENCE, lang), ring_note(rows, lang) if of_rings else ""],
            table=table, says=[shown, against], width=width, height=height,
        )  # fmt: skip


def rank_sets(
    marginal: pd.DataFrame, simultaneous: pd.DataFrame, *, names: Mapping[str, str] | None = None,
    title: str | None = None, source: str = "", highlight: str = "", lang: str | None = None,
    width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """Which ranks are compatible with the data: point rank, marginal set (bold), simultaneous set (pale).

    Parameters
    ----------
    marginal, simultaneous : DataFrame
        One level each of `comparison.ranks.RankSets`: ``kommune, value, lower, upper, level, method, status``.
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
        If a column is absent or a key occurs twice.
    """
    lang = language(lang)
    for table in (marginal, simultaneous):
        require_rows(table, (KEY, *RESULT_COLUMNS, "status"), once=(KEY,))
    rows = marginal.merge(simultaneous[[KEY, "lower", "upper"]], on=KEY, suffixes=("", "_all"), validate="one_to_one")
    rows = rows.sort_values(["value", "lower", "upper", KEY], na_position="last", ignore_index=True)
    subtitle = translate(
        "Circles: estimated rank; lines: ranks compatible with the data ({level}%)", lang, level=_level(rows, lang)
    )
    title = translate("Ranks and how sure they are", lang) if title is None else title

    def mark(ax: Axes, y: int, row: pd.Series) -> None:
        key, of_all = row[KEY], ("lower_all", "upper_all")
        whisker(ax, y, row, WHOLE_TABLE, of_all, linewidth=5.0, zorder=2, gid=f"simultaneous {key}")
        whisker(ax, y, row, ESTIMATE, linewidth=2.0, gid=f"marginal {key}")
        dot(ax, row["value"], y, "white", markersize=4.5, markeredgewidth=1.0, gid=f"rank {key}")

    with style_context():
        handles = [
            Line2D([], [], color=ESTIMATE, linewidth=2.0, marker="o", markerfacecolor="white", markeredgecolor=INK,
                   label=translate("single municipality", lang)),
            Line2D([], [], color=WHOLE_TABLE, linewidth=5.0, label=translate("whole table", lang)),
        ]  # fmt: skip
        return _draw(
            rows, mark, handles, title, subtitle, source, lang, names, highlight,
            translate("rank (1 = best)", lang), notes=[translate(RANKS_NOTE, lang)], reach=(0, len(rows) + 1),
            table=rows, says=[_sure_ranks(rows, names, lang)], width=width, height=height,
        )  # fmt: skip


def second_mark(
    table: pd.DataFrame, *, mark: str, words: tuple[str, str], names: Mapping[str, str] | None = None, title: str = "",
    subtitle: str = "", unit: str = "", source: str = "", decimals: int = 2, highlight: str = "",
    notes: Sequence[str] = (), line: float | None = None, lang: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Points with intervals and, hollow, a second value of the same municipality; the largest first.

    Parameters
    ----------
    table : DataFrame
        One level: ``kommune, value, lower, upper, status`` and the column `mark`.
    mark : str
        Column of the second value; empty for none.
    words : tuple of str
        For the legend: of the point and of the second mark.
    names : mapping, optional
        Name of each key; the key itself if None.
    title, subtitle, unit : str
        Headline, what the marks are, unit of the value.
    source : str
        At the foot; "": own calculation.
    decimals : int, default 2
        Digits of printed values.
    highlight : str
        Key or name of the municipality that stands out.
    notes : sequence of str
        Sentences at the foot.
    line : float, optional
        Value at which a vertical line stands.
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
        If a column is absent, or a municipality occurs twice.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rows = {"kommune": ["M01", "M02"], "value": [2.0, 3.0], "lower": [1.8, 2.8], "upper": [2.2, 3.2]}
    >>> table = pd.DataFrame(rows | {"raw": [1.5, 3.5], "status": "synthetic"})
    >>> fig = second_mark(table, lang="en", mark="raw", words=("shrunken", "observed"))
    >>> [line.get_gid() for line in fig.axes[0].lines if str(line.get_gid()).startswith("second")]
    ['second M02', 'second M01']
    >>> plt.close(fig)
    """
    lang = language(lang)
    require_rows(table, (KEY, "value", "lower", "upper", "status", *([mark] if mark else [])), once=(KEY,))
    rows = _ordered(table, rising=False)

    def marks(ax: Axes, y: int, row: pd.Series) -> None:
        whisker(ax, y, row, ESTIMATE, gid=f"interval {row[KEY]}")
        dot(ax, row["value"], y, ESTIMATE, markeredgecolor=ESTIMATE, gid=f"point {row[KEY]}")
        if mark:
            dot(ax, row[mark], y, "none", zorder=5, gid=f"second {row[KEY]}")

    with style_context():
        handles = [Line2D([], [], color=ESTIMATE, linewidth=2.2, marker="o", label=words[0])]
        if mark:
            handles.append(
                Line2D([], [], color="none", marker="o", markerfacecolor="none", markeredgecolor=INK, label=words[1])
            )
        return _draw(
            rows, marks, handles, title, subtitle, source, lang, names, highlight, unit, decimals=decimals, line=line,
            notes=notes, table=table, says=[spread(rows.set_index(KEY)["value"], decimals, lang, names)], width=width,
            height=height,
        )  # fmt: skip


def _draw(
    rows: pd.DataFrame, mark: Callable[[Axes, int, pd.Series], None], handles: list[Line2D], title: str, subtitle: str,
    source: str, lang: Lang, names: Mapping[str, str] | None, highlight: str, unit: str, *, notes: Sequence[str],
    decimals: int | None = None, line: float | None = None, reach: tuple[float, float] | None = None,
    width: float | None, **data: Any,
) -> Chart:  # fmt: skip
    """Sheet with a row for each municipality: its name, what `mark` draws of it, and its value where it is printed."""
    legend = Legend.of(handles, width)
    step, size = (SMALL_ROW, 7.0) if len(rows) > MANY else (ROW, 8.5)
    words = [str((names or {}).get(key, key)) for key in rows[KEY]]
    left, body = 0.15 + max(text_width(word, size, "bold") for word in words), step * (len(rows) + 1.2)
    page = new_figure(body + 0.57 + legend.room, title, subtitle, source, lang, notes, width=width, **data)
    ax = page.axes(left, 0.48, page.width - left - 0.6, body)
    name_rows(ax, words, size, rows[KEY], highlight)
    ax.set_ylim(len(rows) + 0.2, -0.7)
    if line is not None:
        ax.axvline(line, color=INK, linewidth=0.8, zorder=1, gid="line")
    for y, (_, row) in enumerate(rows.iterrows()):
        mark(ax, y, row)
        if decimals is not None:
            beside(ax, y, number(row["value"], decimals, lang), gid="value")
    if reach:
        ax.set_xlim(reach)
    finish_rows(ax, lang, unit)
    for y in range(0, len(rows) if len(rows) > MANY else 0, 5):
        ax.axhline(y + 4.5, color=PALE, linewidth=0.3, zorder=1)
    page.legend(legend)
    return watermark(page.figure, rows["status"], rows[KEY])


def whisker(
    ax: Axes, y: float, row: Mapping[str, Any] | pd.Series, colour: str, ends: tuple[str, str] = ("lower", "upper"),
    **look: Any,
) -> None:  # fmt: skip
    """Line of a row from its lower to its upper end; none where one of them is not known."""
    low, high = (row[end] for end in ends)
    if pd.notna(low) and pd.notna(high):
        look = {"linewidth": 2.2, "zorder": 3, "solid_capstyle": "butt", **look}
        ax.plot([low, high], [y, y], color=colour, **look)


def dot(ax: Axes, x: float, y: float, colour: str, marker: str = "o", **look: Any) -> None:
    """Point of a row; none where the value is not known."""
    if pd.notna(x):
        ax.plot([x], [y], marker, color=colour, **{"markersize": 5, "markeredgecolor": INK, "zorder": 4, **look})


def tick(ax: Axes, x: float, y: float, half: float, **look: Any) -> None:
    """Upright tick across a row: a reference or a median."""
    ax.plot([x, x], [y - half, y + half], color=INK, **{"linewidth": 1.1, "zorder": 2, **look})


def name_rows(
    ax: Axes, words: Sequence[str], size: float, keys: Sequence[str] | pd.Series = (), highlight: str = ""
) -> None:
    """Names at the left of the rows; bold is who is named in `highlight`, by key or name."""
    ax.set_yticks(range(len(words)), words, size=size)
    if highlight:
        for label, key, word in zip(ax.get_yticklabels(), keys, words, strict=True):
            label.set_fontweight("bold" if highlight in (key, word) else "normal")


def finish_rows(ax: Axes, lang: Lang, unit: str = "", pad: float = 3) -> None:
    """Axis below the rows with the unit, no axis beside them."""
    ax.tick_params(axis="y", length=0, pad=pad)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(unit)
    ax.xaxis.set_major_formatter(DecimalMark(lang))


def label_counts(labels: pd.Series, lang: Lang) -> dict[str, str]:
    """Words of the labels that occur, each with its number, in the order of `LABELS`."""
    found = labels.value_counts()
    return {name: f"{translate(text, lang)} ({found[name]})" for name, text in LABELS.items() if name in found}


def with_service(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the column ``service``, empty where an indicator is of none: what names a line or column."""
    return table.assign(service=table["service"].fillna("") if "service" in table else "")


def require_labels(table: pd.DataFrame) -> None:
    """Refuse a label that has no colour."""
    strange = table[~table["label"].isin(LABEL_COLOURS)]
    if len(strange):
        where = ", ".join(str(strange.iloc[0][column]) for column in (KEY, "indicator") if column in strange)
        message = (
            f"A label is one of {', '.join(LABEL_COLOURS)}; found {strange.iloc[0]['label']!r} for {where}. "
            "Take the table from compare."
        )
        raise ValueTableError(message)


def _level(rows: pd.DataFrame, lang: Lang) -> str:
    """Level of the intervals of a table in per cent, empty where it has none."""
    levels = rows["level"].dropna()
    return level_number(float(levels.iloc[0]), lang) if len(levels) else ""


def _ordered(table: pd.DataFrame, *, rising: bool) -> pd.DataFrame:
    """Rows by value, then key; those without a value last."""
    return table.sort_values(["value", KEY], ascending=[rising, True], na_position="last", ignore_index=True)


def _sure_ranks(rows: pd.DataFrame, names: Mapping[str, str] | None, lang: Lang) -> str:
    """Who is estimated first and last, and how many ranks the sets of single municipalities hold."""
    known = rows[rows["value"].notna()]
    if known.empty:
        return translate("No value.", lang)
    held = known["upper"] - known["lower"] + 1
    first, last = (str(known[KEY].iloc[i]) for i in (0, -1))
    return translate(
        "Estimated first: {first}, last: {last}; the set of one municipality holds {low} to {high} of {n} ranks.", lang,
        first=(names or {}).get(first, first), last=(names or {}).get(last, last), n=len(known),
        low=number(held.min(), 0, lang), high=number(held.max(), 0, lang),
    )  # fmt: skip


def _better_is_low(table: pd.DataFrame) -> bool:
    """Whether those labelled better lie below their reference, or those labelled worse above it."""
    above = np.sign(table["value"] - table["reference_value"])
    return bool((above * table["label"].map({"better": 1, "worse": -1})).sum() < 0)
