"""The mark of invented values: written inside every axes that shows them, in any language, without a switch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from optkommunen.figures.layout import text_width
from optkommunen.figures.notes import MARK
from optkommunen.figures.placement import outline
from optkommunen.values import is_invented

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AnyFigure = TypeVar("AnyFigure", bound="Figure")
MARK_COLOUR = "#a3201f"
MARK_SIZE, SMALLEST = 7.0, 5.8
"""Points; where the axes is too narrow even for the smallest, the words stand on two lines."""


def watermark(fig: AnyFigure, statuses: Iterable[str], keys: Iterable[str] = ()) -> AnyFigure:
    """Write the mark into every axes of a figure if one of its values is synthetic, or belongs to a Musterkommune.

    Parameters
    ----------
    fig : the finished figure.
    statuses : of all values that it shows.
    keys : of the municipalities that it shows.

    Returns
    -------
    Figure
        The same figure.

    Examples
    --------
    One invented value is enough, and an axes that carries a legend only stays free:

    >>> import matplotlib.pyplot as plt
    >>> fig, (ax, legend) = plt.subplots(1, 2)
    >>> _ = legend.axis("off")
    >>> fig = watermark(fig, ["observed", "synthetic"])
    >>> [text.get_text() for text in ax.texts], legend.texts[:]
    (['SYNTHETISCHE DATEN – Musterkommunen'], [])
    >>> plt.close(fig)
    """
    if is_invented(statuses, keys):
        for ax in fig.axes:
            if ax.axison:
                _write(ax)
    return fig


def _write(ax: Axes) -> None:
    width, words = ax.get_window_extent().width / ax.figure.dpi, MARK
    size = _fitting(words, width)
    if size < SMALLEST:
        words = MARK.replace("– ", "–\n")
        size = min(SMALLEST, _fitting(words, width))
    ax.annotate(
        words, (0, 0), (3, 3), xycoords="axes fraction", textcoords="offset points", size=size, weight="bold",
        color=MARK_COLOUR, va="bottom", ha="left", zorder=20, path_effects=outline(), gid="mark", linespacing=1.0,
    )  # fmt: skip


def _fitting(words: str, width: float) -> float:
    """Largest size in points, up to `MARK_SIZE`, at which the longest line stays within a width in inches."""
    longest = max(text_width(line, MARK_SIZE, "bold") for line in words.split("\n"))
    return MARK_SIZE * min(1.0, 0.94 * width / longest)
