"""Where municipalities stand: intervals against a reference, and confidence sets for ranks, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.comparison.difference import TRANSIENT
from optkommunen.comparison.position import REFERENCES
from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import Chart, Sheet, legend_grid, new_figure, text_width
from optkommunen.figures.notes import SURE_DIFFERENCE, alternative, ring_note, spread
from optkommunen.figures.style import INK, PALE, QUIET, DecimalMark, require_rows, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY, RESULT_COLUMNS
from optkommunen.words import N_, Lang, language, number, translate

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
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, or several levels or periods make a key occur twice.

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
    require_one_row(table, (KEY, *RESULT_COLUMNS, "reference", "reference_value", "label", "status"))
    downwards = _better_is_low(table) if polarity is None else polarity < 0
    rows = table.sort_values(["value", KEY], ascending=[downwards, True], na_position="last", ignore_index=True)
    levels = rows["level"].dropna().unique()
    level = number(100 * levels[0], 1 if levels[0] > 0.99 else 0, lang) if len(levels) else ""
    missing = translate("no value", lang)
    transient = rows.loc[rows["lower"].notna(), "method"].astype("str").str.endswith(TRANSIENT).any()
    reference = reference_name(str(rows["reference"].iloc[0]), lang)
    within = translate("chance and change between years", lang) if transient else translate("chance alone", lang)
    subtitle = translate(
        "Line: {level}% interval ({within}); tick: {reference}", lang, level=level, within=within, reference=reference
    )
    title = translate("Values and how they compare", lang) if title is None else title
    found = [label for label in LABEL_COLOURS if rows["label"].eq(label).any()]
    counts = {label: f"{translate(LABELS[label], lang)} ({int(rows['label'].eq(label).sum())})" for label in found}
    against = translate("Against {reference}: {labels}.", lang, reference=reference, labels=", ".join(counts.values()))
    columns, extra = legend_grid([*counts.values(), translate("reference", lang)], width)
    shown = spread(rows.set_index(KEY)["value"], decimals, lang, names)
    with style_context():
        ax, page = rows_sheet(
            rows, names, title, subtitle, source, lang, highlight,
            [translate(SURE_DIFFERENCE, lang), ring_note(rows, lang) if rows["reference"].isin(OF_RINGS).any() else ""],
            extra, table=table, alt_text=alternative(title, shown, against), width=width, height=height,
        )  # fmt: skip
        for y, (_, row) in enumerate(rows.iterrows()):
            colour = LABEL_COLOURS[str(row["label"])]
            if pd.notna(row["lower"]):
                ax.plot(
                    [row["lower"], row["upper"]],
                    [y, y],
                    color=_line_colour(str(row["label"])),
                    linewidth=2.2,
                    solid_capstyle="butt",
                    zorder=3,
                    gid=f"interval {row[KEY]}",
                )
            if pd.notna(row["value"]):
                ax.plot(
                    row["value"],
                    y,
                    "o",
                    markersize=5,
                    color=colour,
                    markeredgecolor=INK,
                    markeredgewidth=0.6,
                    zorder=4,
                    gid=f"point {row[KEY]}",
                )
            else:
                ax.text(0.01, y, missing, transform=ax.get_yaxis_transform(), size=7, color=QUIET, va="center")
            if pd.notna(row["reference_value"]):
                ax.plot(
                    [row["reference_value"]] * 2,
                    [y - 0.42, y + 0.42],
                    color=INK,
                    linewidth=1.1,
                    zorder=2,
                    gid=f"reference {row[KEY]}",
                )
            ax.annotate(
                number(row["value"], decimals, lang),
                (1, y),
                (4, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                size=7.5,
                va="center",
                gid="value",
            )
        finish_rows(ax, len(rows), unit, lang)
        handles: list[Any] = [
            Line2D(
                [],
                [],
                color=_line_colour(f),
                linewidth=2.2,
                marker="o",
                markerfacecolor=LABEL_COLOURS[f],
                markeredgecolor=INK,
                markeredgewidth=0.6,
                label=counts[f],
            )
            for f in found
        ]
        handles.append(Line2D([], [], color=INK, linewidth=1.1, label=translate("reference", lang)))
        page.legend(handles, ncols=columns, room=0.28 + extra)
    return watermark(page.figure, rows["status"], rows[KEY])


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
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

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
        require_one_row(table, (KEY, *RESULT_COLUMNS, "status"))
    rows = marginal.merge(simultaneous[[KEY, "lower", "upper"]], on=KEY, suffixes=("", "_all"), validate="one_to_one")
    rows = rows.sort_values(["value", "lower", "upper", KEY], na_position="last", ignore_index=True)
    level = number(100 * float(marginal["level"].dropna().iloc[0]), 0, lang) if marginal["level"].notna().any() else ""
    title = translate("Ranks and how sure they are", lang) if title is None else title
    with style_context():
        ax, page = rows_sheet(
            rows, names, title,
            translate("Circles: estimated rank; lines: ranks compatible with the data ({level}%)", lang, level=level),
            source, lang, highlight, [translate(RANKS_NOTE, lang)], 0.0, table=rows,
            alt_text=alternative(title, _sure_ranks(rows, names, lang)), width=width, height=height,
        )  # fmt: skip
        for y, (_, row) in enumerate(rows.iterrows()):
            for low, high, colour, width, kind in (
                ("lower_all", "upper_all", "#c9d6e8", 5.0, "simultaneous"),
                ("lower", "upper", "#1f5fa8", 2.0, "marginal"),
            ):
                if pd.notna(row[low]):
                    ax.plot(
                        [row[low], row[high]],
                        [y, y],
                        color=colour,
                        linewidth=width,
                        solid_capstyle="butt",
                        zorder=2 if kind == "simultaneous" else 3,
                        gid=f"{kind} {row[KEY]}",
                    )
            if pd.notna(row["value"]):
                ax.plot(
                    row["value"],
                    y,
                    "o",
                    markersize=4.5,
                    color="white",
                    markeredgecolor=INK,
                    markeredgewidth=1.0,
                    zorder=4,
                    gid=f"rank {row[KEY]}",
                )
        ax.set_xlim(0, len(rows) + 1)
        finish_rows(ax, len(rows), translate("rank (1 = best)", lang), lang)
        page.legend(
            [
                Line2D(
                    [],
                    [],
                    color="#1f5fa8",
                    linewidth=2.0,
                    marker="o",
                    markerfacecolor="white",
                    markeredgecolor=INK,
                    label=translate("single municipality", lang),
                ),
                Line2D([], [], color="#c9d6e8", linewidth=5.0, label=translate("whole table", lang)),
            ],
        )
    return watermark(page.figure, rows["status"], rows[KEY])


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


def reference_name(reference: str, lang: str | None = None) -> str:
    """Name of a reference in the language of the figure; an unknown one as it is."""
    return translate(_REFERENCES[reference], lang) if reference in _REFERENCES else reference


def _better_is_low(table: pd.DataFrame) -> bool:
    """Whether those labelled better lie below their reference, or those labelled worse above it."""
    above = np.sign(table["value"] - table["reference_value"])
    return bool((above * table["label"].map({"better": 1, "worse": -1})).sum() < 0)


def _line_colour(label: str) -> str:
    """Colour of an interval: that of its label, and grey where the label is white."""
    return PALE if label == "not assessed" else LABEL_COLOURS[label]


def rows_sheet(
    rows: pd.DataFrame,
    names: Mapping[str, str] | None,
    title: str,
    subtitle: str,
    source: str,
    lang: Lang,
    highlight: str,
    notes: list[str],
    extra: float,
    **data: Any,
) -> tuple[Axes, Sheet]:
    """Sheet with one row for each municipality, its name at the left."""
    step, size = (SMALL_ROW, 7.0) if len(rows) > MANY else (ROW, 8.5)
    words = [str((names or {}).get(key, key)) for key in rows[KEY]]
    left = 0.15 + max(text_width(word, size, "bold") for word in words)
    body = step * (len(rows) + 1.2)
    page = new_figure(
        body + 0.85 + extra, title, subtitle, source or translate("own calculation", lang), lang, notes, **data
    )
    ax = page.axes(left, 0.48, page.width - left - 0.6, body)
    ax.set_yticks(range(len(rows)), words, size=size)
    ax.set_ylim(len(rows) + 0.2, -0.7)
    for label, key, word in zip(ax.get_yticklabels(), rows[KEY], words, strict=True):
        if highlight and highlight in (key, word):
            label.set_fontweight("bold")
    return ax, page


def finish_rows(ax: Axes, rows: int, unit: str, lang: Lang) -> None:
    """Axis, unit and, among many rows, a thin line after each five."""
    ax.tick_params(axis="y", length=0, pad=3)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(unit)
    ax.xaxis.set_major_formatter(DecimalMark(lang))
    if rows > MANY:
        for y in range(0, rows, 5):
            ax.axhline(y + 4.5, color=PALE, linewidth=0.3, zorder=1)


def require_one_row(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """Refuse a table without the columns, without rows, or with a municipality twice."""
    require_rows(table, columns)
    twice = table.loc[table[KEY].duplicated(), KEY]
    if len(twice):
        message = f"The figure shows one row a municipality; twice here: {', '.join(twice.unique())}. Choose one level."
        raise ValueTableError(message)
