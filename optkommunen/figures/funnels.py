"""Funnel: rate against size, with the limits within which a municipality of that size is not unusual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from optkommunen.comparison.funnel import FEWEST_SURE, FunnelResult
from optkommunen.figures.layout import Chart, legend_grid, new_figure, watermark, wrapped
from optkommunen.figures.placement import beside, place, separate_labels
from optkommunen.figures.style import DASHED, INK, QUIET, DecimalMark, style_context
from optkommunen.values import KEY
from optkommunen.words import N_, Lang, language, number, translate, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FLAG_COLOURS = {"inside": "#8c8c8c", "between": "#7fb8dd", "high": "#5b3f8c", "low": "#b5892b"}
"""Between: outside the narrowest limits, inside the widest."""
FLAGS = {
    "inside": N_("inside"), "between": N_("outside {level} only"), "high": N_("above"), "low": N_("below"),
}  # fmt: skip
LIMITS_NOTE = N_(
    "The limits say where a new value of a municipality of that size would lie; they are no confidence interval of the "
    "municipality. φ and τ are taken over all, not within a ring."
)
FEW_NOTE = N_("Fewer than {n} municipalities: φ and τ are uncertain here.")
LABELLED = 14
"""Most names that are written; the farthest outside come first."""
MOST_TICKS = 9
HEIGHT = 3.75
"""Inches of the plane of the funnel."""


def funnel(
    result: FunnelResult, *, exposure: str = "", decimals: int = 2, names: Mapping[str, str] | None = None,
    title: str | None = None, unit: str = "", source: str = "", highlight: str = "", lang: str | None = None,
    width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """Funnel of all municipalities; those outside the widest limits by name, those outside the narrowest only in blue.

    Solid: additive limits (true values differ in all sizes alike). Broken: naive limits, as if chance were all.

    Parameters
    ----------
    result : FunnelResult
        Of `comparison.funnel.Funnel`.
    exposure : str
        Name of the size.
    decimals : int, default 2
        Digits of θ0 in the subtitle.
    names : mapping, optional
        Name of each key; the key itself if None.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the value.
    source : str
        At the foot; "": own calculation.
    highlight : str
        Key or name of a municipality that is named wherever it lies.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Examples
    --------
    Every municipality has its point at its size and rate:

    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from optkommunen.comparison.funnel import Funnel
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "events": [20, 30, 55], "exposure": [100, 150, 200]})
    >>> fig = funnel(Funnel()(frame.assign(status="synthetic")), lang="en")
    >>> sum(len(points.get_offsets()) for points in fig.axes[0].collections)
    3
    >>> plt.close(fig)
    """
    lang = language(lang)
    narrowest, widest = result.units["level"].min(), result.units["level"].max()
    rows = result.units[result.units["level"] == widest]
    shown = _classed(result)
    found = shown["flag"].value_counts()
    flags = {
        flag: f"{translate(text, lang, level=_percent(narrowest, lang))} ({found[flag]})"
        for flag, text in FLAGS.items()
        if flag in found
    }
    title = translate("Who is unusual, given size?", lang) if title is None else title
    solid_words, broken_words = translate("limits", lang), translate("limits by chance alone", lang)
    columns, extra = legend_grid([*flags.values(), solid_words, broken_words], width)
    summary = result.summary.set_index("level")
    head = summary.loc[widest]
    subtitle = translate(
        "Centre {theta}; dispersion φ = {phi}; true spread between municipalities τ = {tau}", lang,
        theta=number(head["theta0"], decimals, lang), phi=number(head["phi"], 1, lang),
        tau=number(head["tau"], decimals, lang),
    )  # fmt: skip
    says = translate("{n} municipalities, against the limits: {flags}.", lang, n=len(shown),
                     flags=", ".join(flags.values()))  # fmt: skip
    grid = np.geomspace(0.85 * shown["exposure"].min(), 1.1 * shown["exposure"].max(), 200)
    with style_context():
        page = new_figure(
            4.6 + extra, title, subtitle, source, lang,
            [translate(LIMITS_NOTE, lang), translate(FEW_NOTE, lang, n=FEWEST_SURE) if head["note"] else "",
             *_counts(result, lang)],
            table=rows, says=[says], width=width, height=height,
        )  # fmt: skip
        ax = page.axes(0.75, 0.45, page.width - 1.3, HEIGHT)
        for level, curve in result.limits(grid).groupby("level"):
            line = 1.3 if level == widest else 0.8
            for end in ("lower", "upper"):
                ax.plot(curve["exposure"], curve[end], color=INK, linewidth=line, gid=f"{end} {level}", zorder=2)
                ax.plot(curve["exposure"], curve[f"{end}_naive"], color=QUIET, linewidth=0.7, linestyle=DASHED,
                        zorder=1)  # fmt: skip
        ax.axhline(head["theta0"], color=INK, linewidth=0.8, zorder=1, gid="centre")
        for flag, words in flags.items():
            points = shown[shown["flag"] == flag]
            ax.scatter(points["exposure"], points["value"], s=26, color=FLAG_COLOURS[flag], edgecolor=INK,
                       linewidth=0.5, zorder=3, gid=f"flag {flag}", label=words)  # fmt: skip
        ax.set_xscale("log")
        ticks = _ticks(grid[0], grid[-1])
        ax.set_xticks(ticks, [number(t, max(0, int(-np.floor(np.log10(t)))), lang) for t in ticks])
        ax.set_xticks([], minor=True)
        ax.margins(y=0.12)
        ax.set(xlim=(grid[0], grid[-1]), xlabel=exposure, ylabel=wrapped(unit, 9, HEIGHT))
        ax.yaxis.set_major_formatter(DecimalMark(lang))
        ax.grid(axis="y")
        low, high = ax.get_ylim()
        ax.set_yticks([tick for tick in ax.get_yticks() if tick >= 0])  # below 0 there is room, but no rate
        ax.set_ylim(low - 0.08 * (high - low), high)
        outside = shown[shown["flag"].isin(["low", "high"])]
        outside = outside.loc[outside["z"].abs().sort_values(ascending=False).index[:LABELLED]]
        chosen = shown[shown[KEY].map(lambda key: bool(highlight) and highlight in (key, (names or {}).get(key)))]
        outside = pd.concat([outside, chosen[~chosen[KEY].isin(outside[KEY])]])
        at = list(zip(outside["exposure"], outside["value"], strict=True))
        place(ax, at, [str((names or {}).get(key, key)) for key in outside[KEY]], size=7.5)
        solid = Line2D([], [], color=INK, linewidth=1.3, label=solid_words)
        broken = Line2D([], [], color=QUIET, linewidth=0.7, linestyle=DASHED, label=broken_words)
        handles = [*ax.get_legend_handles_labels()[0], solid, broken]
        ax.legend(handles=handles, loc="lower left", ncols=columns, bbox_to_anchor=(-0.01, 1.0), borderpad=0,
                  handletextpad=0.3, columnspacing=1.0)  # fmt: skip
        _name_limits(ax, result.limits(grid[-1:]), HEIGHT * page.stretch, lang)
    return watermark(page.figure, rows["status"], rows[KEY])


def _ticks(low: float, high: float) -> list[float]:
    """Round sizes between two ends: 1, 2, 5, 10, … where that gives a few, powers of ten or even steps where not.

    Examples
    --------
    >>> _ticks(15, 600), _ticks(5, 4e4), _ticks(210, 290)
    ([20.0, 50.0, 100.0, 200.0, 500.0], [10.0, 100.0, 1000.0, 10000.0], [220.0, 240.0, 260.0, 280.0])
    """
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    even = MaxNLocator(5).tick_values(low, high)
    for ticks in (np.outer(powers, [1, 2, 5]).ravel(), powers, even):
        inside = [float(tick) for tick in ticks if low < tick < high]
        if 2 <= len(inside) <= MOST_TICKS:
            break
    return inside


def _classed(result: FunnelResult) -> pd.DataFrame:
    """Units with a value at the widest limits; ``flag`` is between where only narrower ones are exceeded."""
    known = result.units[result.units["value"].notna()]
    narrow = known[known["level"] == known["level"].min()].set_index(KEY)["flag"]
    shown = known[known["level"] == known["level"].max()]
    between = (shown["flag"] == "inside") & (shown[KEY].map(narrow) != "inside")
    return shown.assign(flag=shown["flag"].mask(between, "between"))


def _name_limits(ax: Axes, ends: pd.DataFrame, inches: float, lang: Lang) -> None:
    """Level of each limit beside its right end."""
    low, high = ax.get_ylim()
    texts = [
        (row[side], _percent(row["level"], lang)) for row in ends.to_dict("records") for side in ("lower", "upper")
    ]
    texts = [(y, text) for y, text in texts if low <= y <= high]
    gap = (high - low) * 11 / (72 * inches)
    for (_, text), y in zip(texts, separate_labels([y for y, _ in texts], gap, low, high), strict=True):
        beside(ax, y, text, 3, color=QUIET, gid="level")


def _percent(level: float, lang: Lang) -> str:
    """A level in per cent with the digits it needs.

    Examples
    --------
    >>> _percent(0.95, "en"), _percent(0.998, "en")
    ('95%', '99.8%')
    """
    digits = next((d for d in range(6) if abs(100 * level - round(100 * level, d)) < 1e-9), 6)
    return with_unit(100 * level, digits, "%", lang)


def _counts(result: FunnelResult, lang: Lang) -> list[str]:
    notes = []
    for row in result.summary.to_dict("records"):
        rate, without = row["flagged_without_outliers"], ""
        if pd.notna(rate):
            expected = with_unit(100 * rate, 1, "%", lang)
            without = translate("; without true outliers {rate} would lie outside on average", lang, rate=expected)
        notes.append(translate(
            "{level}: outside {additive} (by chance alone {naive}){without}.", lang, without=without,
            level=_percent(row["level"], lang), naive=row["outside_naive"], additive=row["outside_additive"],
        ))  # fmt: skip
    return notes
