"""Values with intervals and a second mark, one row a municipality: shrunken and observed, corrected and raw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.figures.interval_rows import finish_rows, require_one_row, rows_sheet
from optkommunen.figures.layout import legend_grid
from optkommunen.figures.notes import alternative, spread
from optkommunen.figures.style import INK, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import language, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ESTIMATE = "#1f5fa8"
"""Of point and interval; the second mark is a hollow circle."""


def second_mark(
    table: pd.DataFrame,
    *,
    mark: str,
    words: tuple[str, str],
    names: Mapping[str, str] | None = None,
    title: str = "",
    subtitle: str = "",
    unit: str = "",
    source: str = "",
    lang: str | None = None,
    width: float | None = None,
    height: float | None = None,
    decimals: int = 2,
    highlight: str = "",
    notes: Sequence[str] = (),
    downwards: bool = True,
    line: float | None = None,
) -> Figure:
    """Points with intervals and, hollow, a second value of the same municipality; the largest first.

    Parameters
    ----------
    table : DataFrame
        One level: ``kommune, value, lower, upper, status`` and the column `mark`.
    mark : str
        Column of the second value; empty for none.
    words : tuple of str
        For the legend: of the point and of the second mark.
    names : mapping of str to str or None, default None
        Name of each key.
    title, subtitle, unit, source : str
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Inches.
    decimals : int, default 2
        Of the printed values.
    highlight : str
        Key whose name is bold.
    notes : list of str
        Sentences at the foot.
    downwards : bool, default True
        Whether the largest value stands first.
    line : float or None, default None
        Value at which a vertical line stands.

    Returns
    -------
    Figure

    Raises
    ------
    ValueTableError
        A column is absent, or a municipality occurs twice.

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
    require_one_row(table, (KEY, "value", "lower", "upper", "status", *([mark] if mark else [])))
    rows = table.sort_values(["value", KEY], ascending=[not downwards, True], na_position="last", ignore_index=True)
    lang = language(lang)
    with style_context():
        columns, extra = legend_grid([word for word in words if word], width)
        shown = spread(rows.set_index(KEY)["value"], decimals, lang, names)
        ax, page = rows_sheet(
            rows, names, title, subtitle, source, lang, highlight, list(notes), extra, table=table,
            alt_text=alternative(title, shown), width=width, height=height,
        )  # fmt: skip
        if line is not None:
            ax.axvline(line, color=INK, linewidth=0.8, zorder=1, gid="line")
        for y, (_, row) in enumerate(rows.iterrows()):
            _row(ax, y, row, mark, number(row["value"], decimals, lang))
        finish_rows(ax, len(rows), unit, lang)
        handles = [Line2D([], [], color=ESTIMATE, linewidth=2.2, marker="o", label=words[0])]
        if mark:
            hollow = Line2D(
                [], [], color="none", marker="o", markerfacecolor="none", markeredgecolor=INK, label=words[1]
            )
            handles.append(hollow)
        page.legend(handles, ncols=columns, room=0.28 + extra)
    return watermark(page.figure, rows["status"], rows[KEY])


def _row(axes: Axes, y: int, row: pd.Series, mark: str, text: str) -> None:
    key = row[KEY]
    if pd.notna(row["lower"]):
        axes.plot([row["lower"], row["upper"]], [y, y], color=ESTIMATE, linewidth=2.2, solid_capstyle="butt", zorder=3)
    if pd.notna(row["value"]):
        axes.plot(row["value"], y, "o", markersize=5, color=ESTIMATE, zorder=4, gid=f"point {key}")
    if mark and pd.notna(row[mark]):
        axes.plot(
            row[mark], y, "o", markersize=5, markerfacecolor="none", markeredgecolor=INK, zorder=5, gid=f"second {key}"
        )  # fmt: skip
    axes.annotate(
        text, (1, y), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points", size=7.5, va="center"
    )  # fmt: skip
