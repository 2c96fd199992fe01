"""How firm a coefficient is: all specifications in one curve, and what leaving out each municipality does to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optkommunen.figures.layout import Chart, new_figure, text_width
from optkommunen.figures.notes import alternative, spread
from optkommunen.figures.style import INK, PALE, QUIET, DecimalMark, require_rows, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import N_, Lang, language, number, percent, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIGNIFICANT, OTHER, MAIN = "#1f4e8c", "#9db4d3", "#c43c2e"
CURVE, STRIP = 2.6, 0.16
"""Inches: height of the curve, of one row of the choices."""
NO_WEIGHTS = "none"
MARK_ROWS = 1.0
"""Rows left free below the choices for the mark of invented values."""


def specification_curve(
    curve: pd.DataFrame, *, labels: Mapping[str, str] | None = None, title: str | None = None, unit: str = "",
    source: str = "", lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """All specifications by size of the coefficient: above the coefficient with its interval, below what is in it.

    Dark points have p < .05; the main specification is marked. A row of the lower panel is dark where its choice holds.
    The curve describes; it is no test: see the joint test beside it.

    Parameters
    ----------
    curve : DataFrame
        As from `SpecificationCurve`: ``value, lower, upper, p, outcome, weights, sample, controls, main, status``.
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
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent or there is no specification.

    Examples
    --------
    The points rise from left to right:

    >>> import matplotlib.pyplot as plt
    >>> rows = {"value": [0.3, 0.1], "lower": [0.1, -0.2], "upper": [0.5, 0.4], "p": [0.01, 0.5], "outcome": "y"}
    >>> rows |= {"weights": "", "sample": "all", "controls": ["z", ""], "main": [True, False], "status": "derived"}
    >>> fig = specification_curve(pd.DataFrame(rows), lang="en")
    >>> np.vstack([p.get_offsets() for p in fig.axes[0].collections if p.get_gid() == "point"])[:, 1].tolist()
    [0.1, 0.3]
    >>> plt.close(fig)
    """
    lang = language(lang)
    title = translate("Curve of all specifications", lang) if title is None else title
    require_rows(curve, ("value", "lower", "upper", "p", "outcome", "weights", "sample", "controls", "main", "status"))
    rows = curve.sort_values("value", kind="stable", ignore_index=True)
    choices = _choices(rows, dict(labels or {}), lang)
    n = number(len(rows), 0, lang)
    with style_context():
        left = 0.3 + max([text_width(name, 7.5) for name in choices] + [0.6])
        page = new_figure(
            CURVE + STRIP * (len(choices) + MARK_ROWS) + 0.5, title,
            translate("{n} linear models, by size of the coefficient; vertical: 95% interval (HC3)", lang, n=n),
            source or translate("own calculation", lang), lang,
            [translate("Below: dark where the choice holds. The curve describes and is no test.", lang)],
            table=rows, alt_text=alternative(title, _shown(rows, lang)), width=width, height=height,
        )  # fmt: skip
        ax = page.axes(left, STRIP * (len(choices) + MARK_ROWS) + 0.2, page.width - left - 0.1, CURVE)
        _curve(ax, rows, unit or translate("coefficient", lang), lang)
        below = page.axes(left, 0.0, page.width - left - 0.1, STRIP * (len(choices) + MARK_ROWS))
        used = np.array(list(choices.values()), dtype=float)
        below.imshow(
            1 - 0.72 * used, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest", gid="choices"
        )
        below.set_yticks(range(len(choices)), list(choices), size=7.5)
        below.set_xticks([])
        below.tick_params(length=0)
        below.set_ylim(len(choices) - 0.5 + MARK_ROWS, -0.5)
        below.spines[["left", "bottom"]].set_visible(False)
        for y in np.arange(0.5, len(choices) - 1):
            below.axhline(y, color="white", linewidth=1.5)
    return watermark(page.figure, rows["status"])


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
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

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
            source or translate("own calculation", lang), lang,
            [translate("Named are the municipalities without which the coefficient changes most.", lang)],
            table=without, alt_text=alternative(title, with_all, alone), width=width, height=height,
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
        low, high = ax.get_ylim()
        ax.set_ylim(low - 0.12 * (high - low), high)  # a strip below the names for the mark of invented values
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


def _curve(ax: Axes, rows: pd.DataFrame, unit: str, lang: Lang) -> None:
    x = np.arange(len(rows))
    ax.vlines(x, rows["lower"], rows["upper"], color=PALE, linewidth=max(0.15, min(2.0, 260 / len(rows))), alpha=0.35,
              gid="interval", rasterized=True)  # fmt: skip
    ax.axhline(0, color=INK, linewidth=0.8)
    size = max(0.6, min(16.0, 2400 / len(rows)))
    strong = rows["p"].lt(0.05).to_numpy()
    for chosen, colour, name in ((~strong, OTHER, N_("p ≥ .05")), (strong, SIGNIFICANT, N_("p < .05"))):
        if chosen.any():
            ax.scatter(x[chosen], rows["value"][chosen], s=size, color=colour, zorder=3, gid="point", linewidth=0,
                       label=translate(name, lang))  # fmt: skip
    main = np.flatnonzero(rows["main"].to_numpy(dtype=bool))
    ax.scatter(main, rows["value"].iloc[main], s=42, color=MAIN, edgecolor="white", linewidth=0.8, zorder=5, gid="main",
               label=translate("main specification", lang))  # fmt: skip
    median = float(rows["value"].median())
    words = translate("median {value}", lang, value=number(median, 2, lang))
    ax.annotate(words, (1, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", size=8, color=QUIET,
                ha="right", va="bottom", gid="median")  # fmt: skip
    legend = ax.legend(
        loc="lower left", ncols=3, handletextpad=0.2, bbox_to_anchor=(0, 1.0), borderpad=0, borderaxespad=0.3
    )
    for handle in legend.legend_handles:
        handle.set_sizes([26])  # type: ignore[union-attr]
    ax.set(xticks=[], xlim=(-0.5 - 0.005 * len(rows), len(rows) - 0.5 + 0.005 * len(rows)), ylabel=unit)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(DecimalMark(lang))


def _shown(rows: pd.DataFrame, lang: Lang) -> str:
    """Range, median and sign of the coefficients of a curve."""
    values = rows["value"]
    low, high, median = (number(value, 2, lang) for value in (values.min(), values.max(), values.median()))
    return translate(
        "{n} coefficients from {low} to {high}, median {median}; above zero: {positive}, with p < .05: {strong}.", lang,
        n=number(len(rows), 0, lang), low=low, high=high, median=median,
        positive=percent(100 * values.gt(0).mean(), 0, lang), strong=percent(100 * rows["p"].lt(0.05).mean(), 0, lang),
    )  # fmt: skip


def _choices(rows: pd.DataFrame, words: dict[str, str], lang: Lang) -> dict[str, np.ndarray]:
    """What each row of the lower panel stands for, and in which specifications it holds."""
    found: dict[str, np.ndarray] = {}
    for column in ("outcome", "weights", "sample"):
        values = list(dict.fromkeys(rows[column].fillna("").astype(str).sort_values()))
        if len(values) > 1:
            for value in values:
                name = words.get(value, value)
                if column == "weights" and value not in words:
                    none = value in ("", NO_WEIGHTS)
                    name = translate("unweighted", lang) if none else translate("weighted by {by}", lang, by=name)
                found[name] = rows[column].fillna("").astype(str).eq(value).to_numpy()
    controls = [set(text.split(", ")) - {""} for text in rows["controls"].astype(str)]
    for control in sorted(set().union(*controls), key=lambda c: words.get(c, c)):
        found[words.get(control, control)] = np.array([control in used for used in controls])
    return found
