"""Funnel: rate against size, with the limits within which a municipality of that size is not unusual."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from optkommunen.catalogue import Lang
from optkommunen.comparison.funnel import FunnelResult
from optkommunen.figures.labels import halo, place
from optkommunen.figures.mark import stamp
from optkommunen.figures.page import sheet
from optkommunen.figures.style import DASHED, INK, QUIET, DecimalMark, look, number
from optkommunen.figures.texts import say
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FLAG_COLOURS = {"inside": "#8c8c8c", "high": "#5b3f8c", "low": "#b5892b", "not assessed": "#ffffff"}
LABELLED = 14
"""Most names that are written; the farthest outside come first."""


def funnel(
    result: FunnelResult,
    lang: Lang = "de",
    *,
    names: Mapping[str, str] | None = None,
    title: str = "",
    unit: str = "",
    exposure: str = "",
    source: str = "",
    decimals: int = 2,
) -> Figure:
    """Funnel of all municipalities; those outside the widest limits by name.

    Solid: additive limits (true values differ in all sizes alike). Broken: naive limits, as if chance were all.

    Parameters
    ----------
    result : of `comparison.funnel.Funnel`.
    lang : ``"de"`` or ``"en"``.
    names : name of each key; the key itself if None.
    title, unit, exposure, source : headline, unit of the rate, name of the size, source.
    decimals : digits of θ0 in the subtitle.

    Returns
    -------
    Figure

    Examples
    --------
    Every municipality has its point at its size and rate:

    >>> import matplotlib.pyplot as plt
    >>> import pandas as pd
    >>> from optkommunen.comparison.funnel import Funnel
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "events": [20, 30, 55], "exposure": [100, 150, 200]})
    >>> fig = funnel(Funnel()(frame.assign(status="synthetic")), "en")
    >>> sum(len(points.get_offsets()) for points in fig.axes[0].collections)
    3
    >>> plt.close(fig)
    """
    widest = result.units["level"].max()
    rows = result.units[result.units["level"] == widest]
    shown = rows[rows["value"].notna()]
    summary = result.summary.set_index("level")
    head = summary.loc[widest]
    grid = np.geomspace(0.85 * shown["exposure"].min(), 1.1 * shown["exposure"].max(), 200)
    with look():
        page = sheet(
            4.6,
            title or say("funnel_title", lang),
            say(
                "funnel_subtitle",
                lang,
                theta=number(head["theta0"], decimals, lang),
                phi=number(head["phi"], 1, lang),
                tau=number(head["tau"], decimals, lang),
            ),
            source or say("own_calculation", lang),
            lang,
            [say("funnel_note", lang), *_counts(result, lang)],
        )
        ax = page.axes(0.75, 0.45, page.width - 0.95, 3.75)
        for level, curve in result.limits(grid).groupby("level"):
            width = 1.3 if level == widest else 0.8
            for end in ("lower", "upper"):
                ax.plot(curve["exposure"], curve[end], color=INK, linewidth=width, gid=f"{end} {level}", zorder=2)
                ax.plot(
                    curve["exposure"], curve[f"{end}_naive"], color=QUIET, linewidth=0.7, linestyle=DASHED, zorder=1
                )
        ax.axhline(head["theta0"], color=INK, linewidth=0.8, zorder=1, gid="centre")
        for flag, points in shown.groupby("flag"):
            ax.scatter(
                points["exposure"],
                points["value"],
                s=26,
                color=FLAG_COLOURS[str(flag)],
                edgecolor=INK,
                linewidth=0.5,
                zorder=3,
                gid=f"flag {flag}",
                label=f"{say(f'flag_{flag}', lang)} ({len(points)})",
            )
        ax.set_xscale("log")
        ticks = [t for t in (2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000) if grid[0] < t < grid[-1]]
        ax.set_xticks(ticks, [number(t, 0, lang) for t in ticks])
        ax.set_xticks([], minor=True)
        ax.margins(y=0.12)
        ax.set(xlim=(grid[0], grid[-1]), xlabel=exposure, ylabel=unit)
        ax.yaxis.set_major_formatter(DecimalMark(lang))
        ax.grid(axis="y")
        low, high = ax.get_ylim()
        ax.set_ylim(low - 0.08 * (high - low), high)
        outside = shown[shown["flag"].isin(["low", "high"])]
        outside = outside.loc[outside["z"].abs().sort_values(ascending=False).index[:LABELLED]]
        page.figure.canvas.draw()
        place(
            ax,
            list(zip(outside["exposure"], outside["value"], strict=True)),
            [str((names or {}).get(key, key)) for key in outside[KEY]],
            size=7.5,
        )
        solid = Line2D([], [], color=INK, linewidth=1.3, label=say("funnel_additive", lang))
        broken = Line2D([], [], color=QUIET, linewidth=0.7, linestyle=DASHED, label=say("funnel_naive", lang))
        ax.legend(
            handles=[*ax.get_legend_handles_labels()[0], solid, broken],
            loc="lower left",
            ncols=5,
            bbox_to_anchor=(-0.01, 1.0),
            borderpad=0,
            handletextpad=0.3,
            columnspacing=1.0,
        )
        levels = ", ".join(number(100 * level, 1, lang) for level in sorted(result.units["level"].unique()))
        ax.annotate(
            f"{levels} %",
            (1, curve_end(result, grid)),
            (-4, 4),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            size=7.5,
            ha="right",
            color=QUIET,
            path_effects=halo(),
        )
    return stamp(page.figure, rows["status"], rows[KEY])


def curve_end(result: FunnelResult, grid: np.ndarray) -> float:
    """Height of the widest upper limit at the largest exposure."""
    curve = result.limits(grid[-1:])
    return float(curve["upper"].max())


def _counts(result: FunnelResult, lang: Lang) -> list[str]:
    return [
        say(
            "funnel_counts",
            lang,
            level=number(100 * row["level"], 1, lang),
            naive=row["outside_naive"],
            additive=row["outside_additive"],
            rate=number(100 * row["flagged_without_outliers"], 1, lang),
        )
        for row in result.summary.to_dict("records")
    ]
