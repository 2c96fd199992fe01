"""How firm a coefficient is: what all specifications find, and what leaving out each municipality does to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from optkommunen.figures.interval_rows import finish_rows, name_rows
from optkommunen.figures.layout import Chart, Legend, new_figure, room_for_mark, text_width, watermark, wrapped
from optkommunen.figures.notes import spread
from optkommunen.figures.placement import OF_COLUMN, write
from optkommunen.figures.style import INK, QUIET, DecimalMark, require_rows, style_context
from optkommunen.regression.specification_summary import choice_effects
from optkommunen.values import KEY
from optkommunen.words import N_, Lang, language, number, percent, translate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

SIGNIFICANT, OTHER, MAIN = "#1f4e8c", "#9db4d3", "#c43c2e"
LEAST, STRIP, BINS = 1.9, 0.185, 60
"""Inches: least height of a panel, of one bar; bars of the histogram at most."""
NAMES = 7.5
"""Points: size of the names of the choices."""
NO_WEIGHTS = "none"
MARK_ROWS = 1.0
"""Rows left free below the bars for the mark of invented values."""


def specification_curve(
    curve: pd.DataFrame, *, labels: Mapping[str, str] | None = None, title: str | None = None, unit: str = "",
    source: str = "", lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """All specifications: how many find which coefficient, and what each choice does to it.

    On the left a histogram of the coefficients, dark those with p < .05, with the main specification marked; on the
    right a bar for each choice: mean coefficient of the specifications with it less that of those without. One line
    of panels for each form of the outcome. The picture describes; it is no test: see the joint test beside it.

    Parameters
    ----------
    curve : DataFrame
        As from `SpecificationCurve`: ``value, p, outcome, weights, sample, controls, main, status``.
    labels : mapping, optional
        Words for outcomes, weights, samples and controls; without them each has its own name. For curves of the
        package's own designs they are `optkommunen.data.labels.design_labels`.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the coefficient.
    source : str
        Data and model, at the foot; "": own calculation.
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
        If a column is absent or there is no specification.

    Examples
    --------
    With z the coefficient is larger by 0.2, and every specification is in the histogram:

    >>> import matplotlib.pyplot as plt
    >>> rows = {"value": [0.3, 0.1], "p": [0.01, 0.5], "outcome": "y", "weights": "", "sample": "all"}
    >>> rows |= {"controls": ["z", ""], "main": [True, False], "status": "derived"}
    >>> histogram, bars = specification_curve(pd.DataFrame(rows), lang="en").axes[:2]
    >>> round(float(bars.patches[0].get_width()), 6), float(sum(p.get_height() for p in histogram.patches))
    (0.2, 2.0)
    """
    lang, words = language(lang), dict(labels or {})
    title = translate("Coefficients of all specifications", lang) if title is None else title
    require_rows(curve, ("value", "p", "outcome", "weights", "sample", "controls", "main", "status"))
    forms = {str(name): rows for name, rows in curve.groupby("outcome", sort=False)}
    effects = {name: choice_effects(rows) for name, rows in forms.items()}
    told = {name: [_called(row, words, lang) for row in table.to_dict("records")] for name, table in effects.items()}
    bars = max(len(names) for names in told.values())
    beside = max([text_width(name, NAMES) for names in told.values() for name in names] + [0.6]) + 0.1
    above = 0.45 if len(forms) > 1 else 0.2
    each = max(LEAST, STRIP * (bars + MARK_ROWS)) + above + 0.5
    legend = Legend.of(_handles(curve, lang), width)
    with style_context():
        page = new_figure(
            len(forms) * each + 0.02 + legend.room, title,
            translate("{n} linear models (HC3); left: how many have which coefficient; right: what each choice does to "
                      "it", lang, n=number(len(curve), 0, lang)),
            source, lang,
            [translate("Bars: mean with the choice less mean without it. The picture describes and is no test.", lang)],
            table=curve, says=[_shown(rows, lang) for rows in forms.values()], width=width, height=height,
        )  # fmt: skip
        half = (page.width - 0.62 - beside - 0.2) / 2
        for i, (name, rows) in enumerate(forms.items()):
            y, high = (len(forms) - 1 - i) * each + 0.5, each - above - 0.5
            left = page.axes(0.62, y, 1.1 * half, high)
            right = page.axes(0.62 + 1.1 * half + 0.2 + beside, y, 0.9 * half - 0.1, high)
            across = wrapped(unit or translate("coefficient", lang), 9, 1.1 * half)
            _histogram(left, rows, across, lang)
            _bars(right, effects[name], told[name], wrapped(translate("difference of the mean", lang), 9, 0.9 * half),
                  lang)  # fmt: skip
            if len(forms) > 1:
                heading = wrapped(words.get(name, name), 9, 1.1 * half, "bold")
                left.set_title(heading, size=9, weight="bold", loc="left", pad=14)
        page.legend(legend)
    return watermark(page.figure, curve["status"])


def influence(
    without: pd.DataFrame, value: float, *, named: int = 6, status: str = "derived", title: str | None = None,
    unit: str = "", source: str = "", lang: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """The coefficient without each municipality in turn, in order; the most influential by name.

    Parameters
    ----------
    without : DataFrame
        As from `leave_one_out`, with a column ``name``: ``kommune, name, value, hat``.
    value : float
        Coefficient with all.
    named : int, default 6
        How many are named, those that move the coefficient most.
    status : str, default "derived"
        Worst status that entered the model.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the coefficient.
    source : str
        Data and model, at the foot; "": own calculation.
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
        If a column is absent.
    """
    lang = language(lang)
    require_rows(without, (KEY, "name", "value", "hat"))
    rows = without.dropna(subset=["value"]).sort_values("value", kind="stable", ignore_index=True)
    title = translate("Coefficient without each municipality", lang) if title is None else title
    with_all = translate("With all: {value}.", lang, value=number(value, 2, lang))
    alone = translate(
        "Without one municipality: {values}", lang, values=spread(rows.set_index("name")["value"], 2, lang)
    )
    with style_context():
        page = new_figure(
            3.4, title,
            translate("Line: with all; point: without this municipality; size of the point: its leverage", lang),
            source, lang,
            [translate("Named are the municipalities without which the coefficient changes most.", lang)],
            table=without, says=[with_all, alone], width=width, height=height,
        )  # fmt: skip
        ax = page.axes(0.75, 0.45, page.width - 0.75 - 0.3, 2.85)
        ax.axhline(value, color=INK, linewidth=1.0, gid="all")
        ax.scatter(range(len(rows)), rows["value"], s=14 + 260 * rows["hat"], color=SIGNIFICANT, alpha=0.75,
                   edgecolor="white", linewidth=0.5, zorder=3, gid="without")  # fmt: skip
        across = translate("{n} municipalities, by size of the coefficient without them", lang, n=len(rows))
        ax.set(xticks=[], xlabel=across, ylabel=unit or translate("coefficient", lang))
        ax.margins(x=0.03, y=0.3)
        ax.grid(axis="y")
        ax.yaxis.set_major_formatter(DecimalMark(lang))
        far = (rows["value"] - value).abs().sort_values(ascending=False).index[:named]
        _names(ax, rows.loc[sorted(far)], len(rows))
        room_for_mark(ax, 0.12)
    return watermark(page.figure, [status], rows[KEY])


def _names(ax: Axes, rows: pd.DataFrame, n: int) -> None:
    """Names towards the middle of the figure: below their points on the left, above on the right, where room is."""
    low, high = ax.get_ylim()
    gap = 0.075 * (high - low)
    for side, sign in (("left", -1), ("right", 1)):
        part = rows[rows.index < n / 2] if side == "left" else rows[rows.index >= n / 2]
        y = -np.inf
        for x, row in part.sort_values("value", ascending=side == "right").iterrows():
            y = max(sign * row["value"] + 0.2 * gap, y + gap)
            inward = part.index.max() + 0.07 * n if side == "left" else part.index.min() - 0.07 * n
            ax.annotate(
                row["name"], (float(str(x)), row["value"]), (float(inward), sign * y), size=8, va="center", color=INK,
                ha=side, gid=f"name {row[KEY]}",
                arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2,
                            "relpos": (0 if side == "left" else 1, 0.5)},  # from the edge that faces the points
            )  # fmt: skip


def _handles(curve: pd.DataFrame, lang: Lang) -> list[Artist]:
    strong, told = curve["p"].lt(0.05), curve["p"].notna().any()
    handles: list[Artist] = [
        Patch(facecolor=colour, label=translate(name, lang))
        for there, colour, name in ((~strong, OTHER, N_("p ≥ .05")), (strong, SIGNIFICANT, N_("p < .05")))
        if told and there.any()
    ]
    if curve["main"].any():
        point: dict[str, Any] = {"marker": "v", "markersize": 7, "color": MAIN, "linestyle": "none"}
        handles.append(Line2D([], [], label=translate("main specification", lang), **point))
    return handles


def _histogram(ax: Axes, rows: pd.DataFrame, unit: str, lang: Lang) -> None:
    values, strong = rows["value"].to_numpy(dtype=float), rows["p"].lt(0.05).to_numpy()
    edges = np.histogram_bin_edges(values, bins=min(BINS, max(5, len(rows) // 10)))
    counts, _ = np.histogram(values, edges)
    ax.hist([values[strong], values[~strong]], bins=edges.tolist(), stacked=True, color=[SIGNIFICANT, OTHER],
            edgecolor="white", linewidth=0.3)  # fmt: skip
    ax.margins(x=0.04)
    ax.set_ylim(-0.12 * counts.max(), 1.15 * counts.max())  # a strip below for the mark of invented values
    ax.set_xlim(min(ax.get_xlim()[0], 0.0), max(ax.get_xlim()[1], 0.0))
    ax.axvline(0, color=INK, linewidth=0.8)
    median = float(np.median(values))
    ax.axvline(median, color=QUIET, linewidth=0.9, linestyle=(0, (4, 2)), gid="median")
    write(ax, translate("median {value}", lang, value=number(median, 2, lang)), (median, 1), (3, 2), OF_COLUMN, size=8,
          color=QUIET, va="bottom", ha="left" if median < np.mean(ax.get_xlim()) else "right")  # fmt: skip
    main = rows.loc[rows["main"].astype(bool), "value"].to_numpy(dtype=float)
    above = counts[np.clip(np.searchsorted(edges, main, side="right") - 1, 0, len(counts) - 1)]
    ax.plot(main, above + 0.05 * counts.max(), "v", markersize=8, color=MAIN, markeredgecolor="white", zorder=5,
            linestyle="none", gid="main")  # fmt: skip
    ax.axhline(0, color=QUIET, linewidth=0.8)
    ax.set(xlabel=unit, ylabel=translate("models", lang))
    ax.grid(axis="y")
    ax.locator_params(axis="x", nbins=6)
    ax.xaxis.set_major_formatter(DecimalMark(lang))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= ax.get_ylim()[1]])
    ax.yaxis.set_major_formatter(lambda value, _: number(value, 0, lang))


def _bars(ax: Axes, effects: pd.DataFrame, names: list[str], unit: str, lang: Lang) -> None:
    ax.barh(np.arange(len(effects)), effects["value"], height=0.68, color=SIGNIFICANT, gid="effect")
    ax.axvline(0, color=INK, linewidth=0.8)
    name_rows(ax, names, NAMES)
    ax.set_ylim(max(len(effects), 1) - 0.5 + MARK_ROWS, -0.5)
    ax.margins(x=0.08)
    ax.locator_params(axis="x", nbins=4)
    finish_rows(ax, lang, unit, pad=3.5)


def _called(row: Mapping[Any, Any], words: Mapping[str, str], lang: Lang) -> str:
    """Words for a choice: what weights it, which sample, which control."""
    name = words.get(row["choice"], row["choice"])
    if row["kind"] != "weights":
        return str(name)
    if row["choice"] in ("", NO_WEIGHTS):
        return translate("unweighted", lang)
    return translate("weighted by {by}", lang, by=name)


def _shown(rows: pd.DataFrame, lang: Lang) -> str:
    """Range, median and sign of the coefficients of a curve."""
    values = rows["value"]
    low, high, median = (number(value, 2, lang) for value in (values.min(), values.max(), values.median()))
    return translate(
        "{n} coefficients from {low} to {high}, median {median}; above zero: {positive}, with p < .05: {strong}.", lang,
        n=number(len(rows), 0, lang), low=low, high=high, median=median,
        positive=percent(100 * values.gt(0).mean(), 0, lang), strong=percent(100 * rows["p"].lt(0.05).mean(), 0, lang),
    )  # fmt: skip
