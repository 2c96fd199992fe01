"""Development of published rates: each municipality a thin line, the median of its group a bold one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.patheffects as effects
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.data.labels import decimals_of, group_name, indicator_label, sources, time_base, unit_of
from optkommunen.data.register import municipalities
from optkommunen.errors import ValueTableError
from optkommunen.figures import style
from optkommunen.figures.layout import Chart, inner_width, legend_grid, new_figure, wrapped
from optkommunen.figures.notes import INVENTED, alternative
from optkommunen.figures.placement import outline, separate_labels
from optkommunen.figures.style import INK, QUIET, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.indicators.aggregate import is_count, same_members
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE
from optkommunen.words import N_, Lang, language, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL, ABOVE, BELOW, LEFT, RIGHT = 1.3, 0.48, 0.32, 0.42, 1.6
"""Inches: height of a panel, room above and below it, for numbers at its left and for names at its right."""

MEDIAN_NOTE = N_("The median counts each municipality alike; it is not the quota of the group.")
LEFT_OUT = N_("{label}: without a value in one of the years and left out: {names}.")
MOST_GROUPS = 2
DASHED = (0, (3, 2))
COLOURS = (style.RING_COLOURS[2], style.RING_COLOURS[3])
THIN: dict[str, Any] = {"color": "#adadad", "linewidth": 0.6}
BOLD: dict[str, Any] = {"linewidth": 2.4, "marker": "o", "markersize": 4.5, "markeredgecolor": INK}


def quota_development(
    frame: pd.DataFrame, *, by: str, title: str | None = None, source: str = "", notes: Sequence[str] = (),
    lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """How published rates developed: one line of panels an indicator, one column a group, never both groups in one.

    Thin grey lines are the municipalities (dashed: estimated), the bold one is the median of their values, each
    counted alike. The highest and the lowest of the last year are named. Panels of an indicator share their axis.
    Medians of two years compare only with the same members: who lacks a year is left out and named.

    Parameters
    ----------
    frame : DataFrame
        Value table of one or more rates over two or more periods, with the group; the reference ``DE`` is left out.
    by : str
        Column of the group, at most two, as east and west.
    title : str, optional
        Headline; None: the labels of the indicators.
    source : str
        At the foot; "": that of the values.
    notes : sequence of str
        Sentences at the foot.
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
        If the status is absent, an indicator is a count or has a single period, or there are more than two groups.

    Examples
    --------
    The bold line is the median of the thin ones:

    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from optkommunen.loaders.context import load_context
    >>> fig = quota_development(load_context("debtor_rate").assign(group="all"), by="group")
    >>> lines = {line.get_gid(): np.asarray(line.get_ydata()) for line in fig.axes[0].lines}
    >>> thin = [values for gid, values in lines.items() if gid.startswith("unit")]
    >>> len(thin), bool(np.allclose(np.median(thin, axis=0), lines["median"]))
    (69, True)
    >>> plt.close(fig)
    """
    lang = language(lang)
    rows = _checked(frame, by)
    kept = same_members(rows)
    kept = kept[~kept["status"].isin(WITHOUT_VALUE)]
    if kept.empty:
        message = "A development needs a municipality with a value in every year shown; found none. Choose other years."
        raise ValueTableError(message)
    names, groups = list(dict.fromkeys(kept["indicator"])), sorted(kept[by].unique())
    years = sorted(kept["period"].astype(int).unique())
    head = ", ".join(indicator_label(str(name), lang) for name in names) if title is None else title
    head = f"{head}, {years[0]}–{years[-1]}" if head else ""
    shown = translate("Medians: {medians}.", lang, medians=_medians(kept, by, lang))
    each_width = inner_width(width) / len(groups)
    heads = {
        (name, group): wrapped(
            f"{group_name(str(group), lang)}: {indicator_label(str(name), lang)}", 9, each_width - LEFT - 0.1, "bold"
        )
        for name in names
        for group in groups
    }
    each = ABOVE + 0.155 * max(text.count("\n") for text in heads.values()) + PANEL + BELOW
    handles = _legend(kept, lang)
    columns, extra = legend_grid([str(handle.get_label()) for handle in handles], width)
    with style_context():
        page = new_figure(
            each * len(names) + 0.3 + extra, head, _subtitle(kept, lang),
            source or sources(kept.get("source", []), lang) or translate("own calculation", lang), lang,
            notes=[translate(INVENTED, lang) if kept["status"].eq("synthetic").any() else "",
                   translate(MEDIAN_NOTE, lang), *_left_out(rows, kept, lang), *notes],
            table=kept, alt_text=alternative(head, shown), width=width, height=height,
        )  # fmt: skip
        for i, name in enumerate(names):
            of_all = kept[kept["indicator"] == name]
            low, high = of_all["value"].min(), of_all["value"].max()
            edge = 0.06 * ((high - low) or 1.0)
            for group, members in of_all.groupby(by):
                bottom = (len(names) - 1 - i) * each + BELOW
                ax = page.axes(groups.index(group) * each_width + LEFT, bottom, each_width - LEFT - RIGHT, PANEL)
                ax.set(xlim=(years[0] - 0.2, years[-1] + 0.2), ylim=(low - edge, high + edge))
                _panel(ax, members, heads[name, group], COLOURS[groups.index(group)], years, lang)
        page.legend(handles, columns, 0.28 + extra)
    return watermark(page.figure, kept["status"])


def _panel(ax: Axes, rows: pd.DataFrame, heading: str, colour: str, years: list[int], lang: Lang) -> None:
    wide = rows.pivot(index=KEY, columns="period", values="value")
    x = wide.columns.astype(int)
    estimated = rows["status"].eq("estimated").groupby(rows[KEY]).any()
    for key, values in wide.iterrows():
        ax.plot(x, values, zorder=2, gid=f"unit {key}", linestyle=DASHED if estimated[str(key)] else "-", **THIN)
    medians = wide.median()
    rim = [effects.Stroke(linewidth=3.6, foreground=INK), effects.Normal()]
    ax.plot(x, medians, color=colour, zorder=4, gid="median", path_effects=rim, solid_capstyle="round", **BOLD)
    name = str(rows["indicator"].iloc[0])
    _ends(ax, x[-1], wide.iloc[:, -1], float(medians.iloc[-1]), decimals_of(name), _named(rows), lang)
    ax.set_xticks(years)
    ax.yaxis.set_major_formatter(style.DecimalMark(lang))
    ax.locator_params(axis="y", nbins=5)
    ax.grid(axis="y")
    n, several = f"n{style.NO_BREAK}={style.NO_BREAK}{len(wide)}", int(estimated.sum())
    about = ", ".join([n, translate("{n} estimated", lang, n=several)]) if several else n
    unit = unit_of(name, str(rows["unit"].iloc[0]), lang)
    for text, lift, size, weight, ink in (
        (heading, 18, 9, "bold", INK),
        (f"{unit}; {about}", 6, 8, "normal", QUIET),
    ):
        ax.annotate(text, (0, 1), (0, lift), xycoords="axes fraction", textcoords="offset points", size=size,
                    weight=weight, color=ink, va="bottom", gid="headline")  # fmt: skip


def _ends(ax: Axes, x: int, last: pd.Series, median: float, decimals: int, names: dict[str, str], lang: Lang) -> None:
    """Beside the last year: the median, and the highest and the lowest by name."""
    keys = dict.fromkeys([str(last.idxmax()), str(last.idxmin())])
    ends = [(median, translate("median {value}", lang, value=number(median, decimals, lang)), "end")]
    ends += [(float(last[key]), f"{names[key]} {number(last[key], decimals, lang)}", "name")
             for key in keys]  # fmt: skip
    low, high = ax.get_ylim()
    places = separate_labels([value for value, _, _ in ends], 0.15 / PANEL * (high - low), low, high)
    for (_, text, gid), y in zip(ends, places, strict=True):
        bold = gid == "end"
        ax.annotate(text, (x, y), (9, 0), textcoords="offset points", va="center", size=8 if bold else 7, gid=gid,
                    weight="bold" if bold else "normal", color=INK if bold else QUIET, annotation_clip=False,
                    path_effects=outline(), zorder=6)  # fmt: skip


def _named(rows: pd.DataFrame) -> dict[str, str]:
    """Name of each municipality: as the table says, else from the register, else its key."""
    register = municipalities().set_index(KEY)["name"]
    names = rows["name"] if "name" in rows else rows[KEY].map(register)
    return dict(zip(rows[KEY].astype(str), names.fillna(rows[KEY]).astype(str), strict=True))


def _subtitle(kept: pd.DataFrame, lang: Lang) -> str:
    bases = dict.fromkeys(kept["time_base"]) if "time_base" in kept else {}
    words = ", ".join(time_base(str(base), lang) for base in bases)
    return translate("Each line a municipality; {base}", lang, base=words).removesuffix("; ")


def _medians(kept: pd.DataFrame, by: str, lang: Lang) -> str:
    """Median of each indicator and group in the first and in the last year."""
    parts = []
    for (name, group), rows in kept.groupby(["indicator", by], sort=False):
        medians = rows.groupby("period")["value"].median()
        first, last = (number(medians.iloc[i], decimals_of(str(name)), lang) for i in (0, -1))
        parts.append(translate(
            "{label}, {group}, from {first} to {last}", lang, label=indicator_label(str(name), lang),
            group=group_name(str(group), lang), first=first, last=last,
        ))  # fmt: skip
    return "; ".join(parts)


def _left_out(rows: pd.DataFrame, kept: pd.DataFrame, lang: Lang) -> list[str]:
    names, notes = _named(rows), []
    for name, of_all in rows.groupby("indicator", sort=False):
        gone = sorted(set(of_all[KEY]) - set(kept.loc[kept["indicator"] == name, KEY]))
        if gone:
            who = ", ".join(names[key] for key in gone)
            notes.append(translate(LEFT_OUT, lang, label=indicator_label(str(name), lang), names=who))
    return notes


def _legend(kept: pd.DataFrame, lang: Lang) -> list[Line2D]:
    handles = [
        Line2D([], [], label=translate("median of the group", lang), color="#777777", **BOLD),
        Line2D([], [], label=translate("single municipality", lang), **THIN),
    ]
    if kept["status"].eq("estimated").any():
        words = translate("single municipality, estimated", lang)
        handles.append(Line2D([], [], label=words, linestyle=DASHED, **THIN))
    return handles


def _checked(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    style.require_status(frame, "period", "indicator", "unit", by)
    rows = frame[frame[KEY] != REFERENCE]
    counts = sorted(rows.loc[rows["unit"].map(is_count), "indicator"].unique())
    if counts:
        message = f"Quotas are rates; {', '.join(counts)} are counts, which add up. Draw them by figures.development()."
        raise ValueTableError(message)
    periods = rows.groupby("indicator")["period"].nunique()
    if periods.empty or (periods < 2).any():
        short = ", ".join(periods.index[periods < 2]) or "no indicator"
        message = f"A development needs at least two periods of each indicator; not so: {short}. Load more years."
        raise ValueTableError(message)
    if rows[by].isna().any() or rows[by].nunique() > MOST_GROUPS:
        message = (
            f"Groups stand side by side, at most {MOST_GROUPS}, and everybody has one; column {by!r} has "
            f"{rows[by].nunique()} and {int(rows[by].isna().sum())} rows without. Choose fewer, or draw them apart."
        )
        raise ValueTableError(message)
    return rows
