"""Coefficients across models: point and interval side by side, so that robustness is seen and not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from optkommunen.data.labels import column_label, method_name
from optkommunen.errors import ValueTableError
from optkommunen.figures.interval_rows import dot, finish_rows, whisker
from optkommunen.figures.layout import Chart, Legend, Sheet, inner_width, new_figure, watermark, wrapped
from optkommunen.figures.notes import spread
from optkommunen.figures.placement import AXES, beside, outline, write
from optkommunen.figures.style import INK, QUIET, style_context
from optkommunen.validate import require_columns, require_once
from optkommunen.values import RESULT_COLUMNS
from optkommunen.words import N_, Lang, language, level_number, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, NAMES, COUNT = 0.44, 2.3, 0.4
"""Inches: height of a row, width of the names on the left, width of the column n."""

ACROSS, NARROWEST = 3, 2.1
"""Panels side by side at most, more stand below; inches that each needs at least."""

ENTERS = {
    "estimated": N_("Estimated values enter the regression."),
    "synthetic": N_("Synthetic values: invented Musterkommunen."),
}
"""What the foot says of values that enter a model."""

BAND = "#e4e7ee"
POINT = "#1f4e8c"
OF_POINT: dict[str, Any] = {"markersize": 6, "markeredgecolor": POINT, "markeredgewidth": 1.4}


def coefficients(
    table: pd.DataFrame, *, labels: Mapping[str, str] | None = None, decimals: int = 2, title: str | None = None,
    unit: str = "", source: str = "", lang: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Coefficients of several models with their intervals: one row a model, one panel a term (and outcome).

    Nothing is estimated here. A row without interval has a hollow point and no line. Panels of the same term share
    their axis. The pale band is the smallest effect that the model could detect, on both sides of zero.

    Parameters
    ----------
    table : DataFrame
        Columns ``model, term, value, lower, upper, level, method``; if there, also ``outcome`` (more panels), ``n``
        (printed at the right), ``mde`` (band) and ``status`` (estimated and invented ones are told at the foot).
    labels : mapping, optional
        Words for models, terms and outcomes; without them a column has its own name. For models on the package's own
        designs they are `optkommunen.data.labels.design_labels`.
    decimals : int, default 2
        Digits of printed values.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the coefficient, on the axis.
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
        If a column is absent, a model occurs twice in a panel, or a value lies outside its interval.

    Examples
    --------
    The point stands where the table says, and the whisker reaches as far:

    >>> import matplotlib.pyplot as plt
    >>> row = {"model": "OLS", "term": "x", "value": 0.4, "lower": -0.1, "upper": 0.9, "level": 0.95, "method": "HC3"}
    >>> fig = coefficients(pd.DataFrame([row]), lang="en")
    >>> lines = {line.get_gid(): line for line in fig.axes[1].lines}
    >>> [float(x) for x in lines["interval OLS"].get_xdata()], [float(x) for x in lines["point OLS"].get_xdata()]
    ([-0.1, 0.9], [0.4])
    >>> plt.close(fig)
    """
    lang, given = language(lang), table
    _check(table)
    title = translate("Coefficients by model", lang) if title is None else title
    words = {"constant": column_label("constant", lang), **(labels or {})}
    table = table.assign(outcome=table.get("outcome", "")).astype({"model": "str", "term": "str", "outcome": "str"})
    panels = {(str(o), str(t)): rows for (o, t), rows in table.groupby(["outcome", "term"], sort=False)}
    models, outcomes = list(dict.fromkeys(table["model"])), list(dict.fromkeys(table["outcome"]))
    across = inner_width(width) - NAMES
    columns = max(1, min(len(panels), ACROSS, int(across // NARROWEST)))
    each_width = across / columns
    room = each_width - 0.2 - (COUNT if "n" in table else 0.0)
    subtitle = _subtitle(table, lang)
    if outcomes != [""] and len(outcomes) == 1:
        outcome = translate("Outcome: {name}.", lang, name=words.get(outcomes[0], outcomes[0]))
        subtitle = f"{outcome} {subtitle}"
    headings = [
        wrapped("\n".join(_named(term, outcome if len(outcomes) > 1 else "", words)), 9, room + 0.1, "bold")
        for outcome, term in panels
    ]
    legend = Legend.of(_handles(table, lang), width, 0.3)
    above = 0.16 * (1 + max(heading.count("\n") for heading in headings)) + 0.25
    each, lines = above + len(models) * ROW + 0.55, -(-len(panels) // columns)
    with style_context():
        page = new_figure(
            lines * each + legend.room, title, subtitle, source, lang, _notes(table, lang), table=given,
            says=_shown(panels, words, decimals, lang), width=width, height=height,
        )  # fmt: skip
        page.legend(legend)
        shared: dict[str, Axes] = {}
        for i, ((outcome, term), heading) in enumerate(zip(panels, headings, strict=True)):
            line, column = divmod(i, columns)
            y = (lines - 1 - line) * each + 0.5
            if column == 0:
                _names(page, y, models, table, words, lang)
            ax = page.axes(NAMES + column * each_width, y, room, len(models) * ROW, sharex=shared.get(term))
            shared.setdefault(term, ax)
            fitted = set(table.loc[table["outcome"] == outcome, "model"])
            _rows(ax, panels[outcome, term], models, fitted, decimals, lang)
            _finish(ax, len(models), heading, wrapped(unit or translate("coefficient", lang), 9, room), room, lang)
            if "n" in table:
                write(ax, "n", (1, 1), (12, 4), AXES, size=8, style="italic", color=QUIET)
    return watermark(page.figure, table.get("status", ()))


def _named(term: str, outcome: str, words: Mapping[str, str]) -> list[str]:
    """What a panel shows: its term, and its outcome where that is told apart."""
    return [words.get(name, name) for name in (term, outcome) if name]


def _shown(
    panels: Mapping[tuple[str, str], pd.DataFrame], words: Mapping[str, str], decimals: int, lang: Lang
) -> list[str]:
    """Lowest and highest coefficient of each panel, with its model; of the first three panels."""
    says = []
    for (outcome, term), rows in list(panels.items())[:ACROSS]:
        models = rows["model"].map(lambda name: words.get(name, method_name(name, lang, words)))
        found = spread(rows.set_index(models)["value"], decimals, lang)
        says.append(f"{', '.join(_named(term, outcome, words))}: {found}")
    return says


def _check(table: pd.DataFrame) -> None:
    required = ("model", "term", *RESULT_COLUMNS)
    require_columns(table, required, "A table of coefficients needs", "Take it from LinearResult.table().")
    identity = [column for column in ("outcome", "model", "term") if column in table.columns]
    require_once(table, identity, "A model has one row per term", "Name the models apart.")
    outside = table[(table["value"] < table["lower"]) | (table["value"] > table["upper"])]
    if len(outside):
        row = outside.iloc[0]
        message = (
            f"A value lies within its interval; {row['term']!r} in {row['model']!r} has {row['value']:g} outside "
            f"{row['lower']:g} to {row['upper']:g}. Check which columns were merged."
        )
        raise ValueTableError(message)


def _rows(ax: Axes, rows: pd.DataFrame, models: list[str], fitted: set[str], decimals: int, lang: Lang) -> None:
    of = {str(row["model"]): row for _, row in rows.iterrows()}
    for y, model in enumerate(reversed(models)):
        if model in of:
            _row(ax, y, model, of[model], decimals, lang)
        else:
            why = translate("not in the model", lang) if model in fitted else translate("not fitted", lang)
            ax.text(0, y, why, size=7, color=QUIET, ha="center", va="center", gid="absent",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def _row(ax: Axes, y: int, model: str, row: pd.Series, decimals: int, lang: Lang) -> None:
    if pd.notna(row.get("mde")):
        mde = float(row["mde"])
        ax.add_patch(Rectangle((-mde, y - 0.34), 2 * mde, 0.68, facecolor=BAND, zorder=1, gid=f"mde {model}"))
        ax.update_datalim([(-mde, y), (mde, y)])
    whisker(ax, y, row, POINT, linewidth=1.8, gid=f"interval {model}")
    colour = "white" if row[["lower", "upper"]].isna().any() else POINT
    dot(ax, row["value"], y, colour, gid=f"point {model}", **OF_POINT)
    write(ax, number(row["value"], decimals, lang, sign=True), (row["value"], y), (0, 6), size=7.5, ha="center",
          zorder=5, gid="value", path_effects=outline())  # fmt: skip
    if pd.notna(row.get("n")):
        beside(ax, y, number(row["n"], 0, lang), 12, size=8, color=QUIET, gid="n")


def _finish(ax: Axes, rows: int, heading: str, unit: str, room: float, lang: Lang) -> None:
    ax.axvline(0, color=INK, linewidth=0.8, zorder=2)
    ax.set(ylim=(-0.75, rows - 0.3), yticks=[])
    ax.margins(x=0.08)
    ax.locator_params(axis="x", nbins=3 if room < 1.5 else 4 if room < 2.5 else 8)
    finish_rows(ax, lang, unit)
    ax.set_title(heading, size=9, weight="bold", pad=8)


def _names(
    page: Sheet, bottom: float, models: list[str], table: pd.DataFrame, words: Mapping[str, str], lang: Lang
) -> None:
    """Models on the left; the method below each where the methods differ."""
    ax = page.axes(0, bottom, NAMES - 0.15, len(models) * ROW)
    ax.set(xlim=(0, 1), ylim=(-0.75, len(models) - 0.3))
    ax.axis("off")
    methods = table.groupby("model")["method"].unique()
    several = len(table["method"].unique()) > 1
    for y, model in enumerate(reversed(models)):
        text = wrapped(words.get(model, method_name(model, lang, words)), 8.5, NAMES - 0.2)
        ax.text(0, y, text, va="bottom" if several else "center", size=8.5, gid="model", linespacing=1.05)
        if several:
            made = ", ".join(method_name(method, lang) for method in methods[model])
            ax.text(0, y - 0.05, made, va="top", size=7, color=QUIET, gid="method")


def _handles(table: pd.DataFrame, lang: Lang) -> list[Any]:
    handles: list[Any] = []
    if table["lower"].isna().any() or table["upper"].isna().any():
        words = translate("hollow: no interval", lang)
        handles.append(Line2D([], [], color="white", linestyle="none", marker="o", label=words, **OF_POINT))
    if "mde" in table and table["mde"].notna().any():
        handles.append(Patch(facecolor=BAND, label=translate("smallest detectable effect (±)", lang)))
    return handles


def _subtitle(table: pd.DataFrame, lang: Lang) -> str:
    levels, methods = table["level"].dropna().unique(), table["method"].dropna().unique()
    if len(levels) == 1:
        one = translate("Point: estimate; line: {level}% interval", lang, level=level_number(levels[0], lang))
    else:
        one = translate("Point: estimate; line: interval, level by row", lang)
    return f"{one}; {method_name(methods[0], lang)}" if len(methods) == 1 else one


def _notes(table: pd.DataFrame, lang: Lang) -> list[str]:
    if "status" not in table:
        return []
    return [translate(text, lang) for status, text in ENTERS.items() if table["status"].eq(status).any()]
