"""Time lines: thin ones of municipalities, a bold one of their ring or group; so drawn, the development of quotas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib.patheffects as effects
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.data.labels import decimals_of, group_name, indicator_label, sources, time_base, unit_of
from optkommunen.data.register import municipalities
from optkommunen.errors import ValueTableError
from optkommunen.figures import style
from optkommunen.figures.layout import (
    Chart,
    Sheet,
    columns_across,
    inner_width,
    legend_grid,
    new_figure,
    text_width,
    wrapped,
)
from optkommunen.figures.notes import INVENTED, alternative
from optkommunen.figures.placement import headline, outline, separate_labels
from optkommunen.figures.style import DASHED, INK, NO_BREAK, PALE, QUIET, RING_COLOURS, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.indicators.aggregate import is_count, same_members
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE
from optkommunen.words import N_, Lang, language, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS, NARROWEST, PANEL, GAP = 4, 2.2, 1.75, 0.75
"""Panels side by side at most; inches: width that each needs at least, height of a panel, and between two for headline
and years."""

QUOTA, ABOVE, BELOW, LEFT, RIGHT = 1.3, 0.48, 0.32, 0.42, 1.6
"""Inches: height of a panel of quotas, room above and below it, for numbers at its left and for names at its right."""

MEDIAN_NOTE = N_("The median counts each municipality alike; it is not the quota of the group.")
LEFT_OUT = N_("{label}: without a value in one of the years and left out: {names}.")
MOST_GROUPS = 2
GROUP_COLOURS = RING_COLOURS[2:4]
"""Blue and orange: of two groups, as east and west."""
THIN: dict[str, Any] = {"color": PALE, "linewidth": 0.7}
BOLD: dict[str, Any] = {"color": "#777777", "linewidth": 2.4, "marker": "o", "markersize": 5, "markeredgecolor": INK}
"""Lines of municipalities; the bold line in the legend, where it stands for all colours."""


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
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

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
    >>> from optkommunen.loaders.bundled import load_context
    >>> fig = quota_development(load_context("debtor_rate").assign(group="all"), by="group")
    >>> lines = {line.get_gid(): np.asarray(line.get_ydata()) for line in fig.axes[0].lines}
    >>> thin = [values for gid, values in lines.items() if gid.startswith("unit")]
    >>> len(thin), bool(np.allclose(np.median(thin, axis=0), lines["median"]))
    (69, True)
    >>> plt.close(fig)
    """
    lang = language(lang)
    rows = _quotas(frame, by)
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
    each = ABOVE + 0.155 * max(text.count("\n") for text in heads.values()) + QUOTA + BELOW
    entries = [(Line2D([], [], **BOLD), N_("median of the group")), (thin_handle(), N_("single municipality"))]
    if kept["status"].eq("estimated").any():
        entries.append((thin_handle(DASHED), N_("single municipality, estimated")))
    with style_context():
        legend = Legend.of(entries, width, lang)
        page = new_figure(
            each * len(names) + legend.room, head, _subtitle(kept, lang),
            source or sources(kept.get("source", []), lang) or translate("own calculation", lang), lang,
            notes=[translate(INVENTED, lang) if kept["status"].eq("synthetic").any() else "",
                   translate(MEDIAN_NOTE, lang), *_gone(rows, kept, lang), *notes],
            table=kept, alt_text=alternative(head, shown), width=width, height=height,
        )  # fmt: skip
        for i, name in enumerate(names):
            of_all = kept[kept["indicator"] == name]
            low, high = of_all["value"].min(), of_all["value"].max()
            edge = 0.06 * ((high - low) or 1.0)
            for group, members in of_all.groupby(by):
                bottom = (len(names) - 1 - i) * each + BELOW
                ax = page.axes(groups.index(group) * each_width + LEFT, bottom, each_width - LEFT - RIGHT, QUOTA)
                ax.set(xlim=(years[0] - 0.2, years[-1] + 0.2), ylim=(low - edge, high + edge))
                _panel(ax, members, heads[name, group], GROUP_COLOURS[groups.index(group)], years, lang)
        legend.draw(page)
    return watermark(page.figure, kept["status"])


@dataclass(frozen=True)
class Legend:
    """Legend above the panels, in as many lines as the width asks for."""

    handles: list[Line2D]
    columns: int
    room: float
    """Inches that it takes."""

    @classmethod
    def of(cls, entries: Iterable[tuple[Line2D, str]], width: float | None, lang: Lang) -> Legend:
        """Handles with their words in the language."""
        handles = []
        for handle, words in entries:
            handle.set_label(translate(words, lang))
            handles.append(handle)
        columns, extra = legend_grid([str(handle.get_label()) for handle in handles], width)
        return cls(handles, columns, 0.3 + extra)

    def draw(self, page: Sheet) -> None:
        """Write it at the upper edge of the body."""
        page.legend(self.handles, self.columns, self.room, columnspacing=1.3, handlelength=1.9, handletextpad=0.5)


def thin_handle(linestyle: Any = "-", **look: Any) -> Line2D:
    """Line of a municipality for a legend."""
    return Line2D([], [], linestyle=linestyle, **{**THIN, "linewidth": 0.9, **look})


def grid(n: int, width: float | None) -> tuple[int, float]:
    """How many of `n` panels stand side by side, and the inches that all take upwards."""
    columns = columns_across(width, NARROWEST, COLUMNS)
    return columns, -(-n // columns) * (PANEL + GAP)


def panels(page: Sheet, n: int, columns: int, margin: float = 0.42, own: float = 0.0) -> list[Axes]:
    """Axes of the panels, line by line, on one scale upwards; with `own` inches for it, the last has its own."""
    each, found = (page.width - margin) / columns, list[Any]()
    for i in range(n):
        row, column = divmod(i, columns)
        apart = own if i == n - 1 else 0.0
        bottom = (-(-n // columns) - 1 - row) * (PANEL + GAP) + 0.28
        share = found[0] if found and not apart else None
        ax = page.axes(margin + column * each + apart, bottom, each - 0.12 - apart, PANEL, sharey=share)
        ax.tick_params(labelleft=column == 0 or apart > 0)
        found.append(ax)
    return found


def estimated_keys(rows: pd.DataFrame) -> set[str]:
    """Municipalities with an estimated value."""
    return set(rows.loc[rows["status"] == "estimated", KEY])


def unit_lines(ax: Axes, x: Sequence[float], wide: pd.DataFrame, estimated: set[str], **look: Any) -> None:
    """Thin line of each municipality (a row of the frame), dashed where values are estimated."""
    for key, values in wide.iterrows():
        ax.plot(x, values.to_numpy(), gid=f"unit {key}", linestyle=DASHED if key in estimated else "-",
                **{**THIN, "zorder": 2, **look})  # fmt: skip


def bold_line(
    ax: Axes, x: Sequence[float], values: pd.Series, colour: str, gid: str = "sum", width: float = 2.4,
    hollow: Sequence[bool] | None = None,
) -> None:  # fmt: skip
    """Line with a dark rim, and its points where it is said which of them are `hollow`."""
    rim = [effects.Stroke(linewidth=1.5 * width, foreground=INK), effects.Normal()]
    ax.plot(x, values.to_numpy(), color=colour, linewidth=width, zorder=4, gid=gid, path_effects=rim,
            solid_capstyle="round")  # fmt: skip
    for at, value, estimated in zip(x, values, hollow if hollow is not None else (), strict=hollow is not None):
        ax.plot(at, value, "o", markersize=5, color="white" if estimated else colour, markeredgecolor=INK,
                markeredgewidth=0.9, zorder=5, gid=f"{gid} {'estimated' if estimated else 'known'}")  # fmt: skip


def end_label(ax: Axes, x: float, y: float, text: str, away: float = 6, gid: str = "end", **look: Any) -> None:
    """A text beside the end of a line; none where the line has no end."""
    if text and np.isfinite(y):
        ax.annotate(text, (x, y), (away, 0), textcoords="offset points", va="center", gid=gid, annotation_clip=False,
                    path_effects=outline(), **{"size": 8, "weight": "bold", "zorder": 6, **look})  # fmt: skip


def named(keys: Iterable[str], names: dict[str, str] | None = None) -> str:
    """Names of municipalities in one line: those given, else from the register, else the key."""
    known = municipalities().set_index(KEY)["name"] if names is None else names
    return ", ".join(str(known.get(key, key)) for key in keys)


def _panel(ax: Axes, rows: pd.DataFrame, heading: str, colour: str, years: list[int], lang: Lang) -> None:
    wide = rows.pivot(index=KEY, columns="period", values="value")
    x, estimated = wide.columns.astype(int).tolist(), estimated_keys(rows)
    unit_lines(ax, x, wide, estimated, alpha=0.8)
    medians = wide.median()
    bold_line(ax, x, medians, colour, "median", hollow=[False] * len(x))
    name = str(rows["indicator"].iloc[0])
    _ends(ax, x[-1], wide.iloc[:, -1], float(medians.iloc[-1]), decimals_of(name), _names(rows), lang)
    inches = ax.bbox.width / ax.figure.dpi
    fits = (text_width("2008", 8) + 0.06) * (len(years) - 0.6) <= inches
    ax.set_xticks(years if fits else [years[0], years[-1]])
    ax.yaxis.set_major_formatter(style.DecimalMark(lang))
    ax.locator_params(axis="y", nbins=5)
    ax.grid(axis="y")
    about = [f"n{NO_BREAK}={NO_BREAK}{len(wide)}"]
    about += [translate("{n} estimated", lang, n=len(estimated))] if estimated else []
    headline(ax, heading, f"{unit_of(name, str(rows['unit'].iloc[0]), lang)}; {', '.join(about)}")


def _ends(ax: Axes, x: int, last: pd.Series, median: float, decimals: int, names: dict[str, str], lang: Lang) -> None:
    """Beside the last year: the median, and the highest and the lowest by name."""
    keys = dict.fromkeys([str(last.idxmax()), str(last.idxmin())])
    ends = [(median, translate("median {value}", lang, value=number(median, decimals, lang)), "end")]
    ends += [(float(last[key]), f"{names[key]} {number(last[key], decimals, lang)}", "name")
             for key in keys]  # fmt: skip
    low, high = ax.get_ylim()
    places = separate_labels([value for value, _, _ in ends], 0.15 / QUOTA * (high - low), low, high)
    for (_, text, gid), y in zip(ends, places, strict=True):
        look = {} if gid == "end" else {"size": 7, "weight": "normal", "color": QUIET}
        end_label(ax, x, y, text, 9, gid, **look)


def _names(rows: pd.DataFrame) -> dict[str, str]:
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


def _gone(rows: pd.DataFrame, kept: pd.DataFrame, lang: Lang) -> list[str]:
    names, notes = _names(rows), []
    for name, of_all in rows.groupby("indicator", sort=False):
        gone = sorted(set(of_all[KEY]) - set(kept.loc[kept["indicator"] == name, KEY]))
        if gone:
            notes.append(translate(LEFT_OUT, lang, label=indicator_label(str(name), lang), names=named(gone, names)))
    return notes


def _quotas(frame: pd.DataFrame, by: str) -> pd.DataFrame:
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
