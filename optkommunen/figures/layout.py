"""The sheet every figure is drawn on: title, body measured in inches, notes and source at the foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from optkommunen.figures.style import DPI, QUIET
from optkommunen.words import Lang, translate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDTH = 9.5
"""Inches: the width of a notebook page."""

EDGE, _SMALL = 0.12, 7.5
"""Margin in inches; size of the small print in points."""


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of one line of text in inches, in the font of the figures.

    Examples
    --------
    >>> text_width("ring ring", 9) > text_width("ring", 9), round(text_width("ring", 18) / text_width("ring", 9), 1)
    (True, 2.0)
    """
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) / 72


def wrapped(text: str, size: float, inches: float, weight: str = "normal") -> str:
    r"""Text broken into lines that fit a width, measured in the font of the figures; old line breaks stay.

    Examples
    --------
    >>> wrapped("eins zwei drei", 9, 0.7).count("\n"), wrapped("eins zwei drei", 9, 7)
    (1, 'eins zwei drei')
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, size, weight) > inches:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return "\n".join(lines)


def source_line(fig: Figure, text: str, lang: Lang = "de", notes: Sequence[str] = ()) -> Text:
    """Notes and the source at the foot of a figure, wrapped to its width.

    Parameters
    ----------
    fig : the figure.
    text : the source, without the word for it.
    lang : ``"de"`` or ``"en"``.
    notes : sentences that stand above the source.
    """
    width, height = fig.get_size_inches()
    foot = _foot(text, lang, notes, width)
    return fig.text(
        EDGE / width, EDGE / height, foot, size=_SMALL, color=QUIET, va="bottom", ha="left", linespacing=1.3
    )


@dataclass(frozen=True)
class Sheet:
    """A figure with title and foot in place, and a body measured in inches from its lower left corner.

    Why this class exists: title and notes differ in length by language, the picture must not. The body keeps its
    size; the sheet grows.
    """

    figure: Figure
    width: float
    height: float
    left: float
    bottom: float

    def axes(self, x: float, y: float, width: float, height: float, **options: Any) -> Axes:
        """Axes in the body; position and size in inches."""
        full_width, full_height = self.figure.get_size_inches()
        place = (
            (self.left + x) / full_width, (self.bottom + y) / full_height, width / full_width, height / full_height,
        )  # fmt: skip
        return self.figure.add_axes(place, **options)

    def legend(self, handles: Sequence[Artist], ncols: int = 0, room: float = 0.28, **options: Any) -> None:
        """Legend in a strip at the upper edge of the body: `room` inches high, one line unless `ncols` says less."""
        ax = self.axes(0, self.height - room, self.width, room - 0.02)
        ax.axis("off")
        ax.legend(
            handles=handles, loc="center left", bbox_to_anchor=(-0.005, 0.5), ncols=ncols or max(len(handles), 1),
            borderpad=0, **options,
        )  # fmt: skip


def new_figure(
    height: float, title: str, subtitle: str, source: str, lang: Lang = "de", notes: Sequence[str] = ()
) -> Sheet:
    """Figure with title, subtitle and foot around a body.

    Parameters
    ----------
    height : of the body, in inches; the figure is higher by title and foot.
    title, subtitle : wrapped to the width.
    source : without the word for it, see `source_line`.
    lang : ``"de"`` or ``"en"``.
    notes : sentences that stand above the source.

    Examples
    --------
    A longer note makes the figure higher, and leaves the body as it is:

    >>> short, long = (new_figure(2, "Title", "", "own", "en", notes=["word " * n]) for n in (5, 60))
    >>> float(long.figure.get_figheight()) > float(short.figure.get_figheight()), long.height == short.height
    (True, True)
    >>> plt.close("all")
    """
    inner = WIDTH - 2 * EDGE
    title, subtitle = wrapped(title, 11.5, inner, "bold"), wrapped(subtitle, 9, inner)
    foot = _foot(source, lang, notes, WIDTH)
    head_title = 0.23 * (title.count("\n") + 1)
    head = EDGE + head_title + 0.18 * (subtitle.count("\n") + 1) + 0.10
    base = EDGE + 0.145 * (foot.count("\n") + 1) + 0.10
    full = math.ceil((head + height + base) * DPI) / DPI  # whole pixels
    base = full - head - height
    fig = plt.figure(figsize=(WIDTH, full))
    fig.text(EDGE / WIDTH, 1 - EDGE / full, title, size=11.5, weight="bold", va="top", ha="left")
    fig.text(EDGE / WIDTH, 1 - (EDGE + head_title + 0.02) / full, subtitle, size=9, color=QUIET, va="top", ha="left")
    source_line(fig, source, lang, notes)
    return Sheet(fig, inner, height, EDGE, base)


def _foot(text: str, lang: Lang, notes: Sequence[str], width: float) -> str:
    lines = [*(note for note in notes if note), translate("Source: {text}", lang, text=text)]
    return "\n".join(wrapped(line, _SMALL, width - 2 * EDGE) for line in lines)
