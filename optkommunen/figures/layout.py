"""The sheet every figure is drawn on: title, body in inches, legend, notes and source at the foot; marks, its table."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from optkommunen.errors import ValueTableError
from optkommunen.figures.notes import MARK, alternative
from optkommunen.figures.placement import AXES, outline, write
from optkommunen.figures.style import DPI, QUIET, STORED, style_context
from optkommunen.values import is_invented
from optkommunen.words import translate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text

WIDTH = 9.5
"""Inches: the width of a notebook page."""

INCH, SMALLEST = 25.4, 20
"""Millimetres: in an inch; what is narrower or lower was meant in inches."""

EDGE, _SMALL = 0.12, 7.5
"""Margin in inches; size of the small print in points."""

LEGEND_HANDLE, LEGEND_LINE = 0.56, 0.19
"""Inches: what an entry of a legend takes beside its words; the height of a line."""

MARK_COLOUR = "#a3201f"
MARK_SIZE, SMALLEST_MARK = 7.0, 5.8
"""Points; where the axes is too narrow even for the smallest, the words stand on two lines."""

_UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""Metadata that would differ with every run, by format."""


class Chart(Figure):
    """A figure that carries the table it was drawn from and a text that says what it shows.

    Stored as PDF its letters are embedded (TrueType), as SVG they stay text; the same figure gives the same bytes.

    Attributes
    ----------
    table : DataFrame
        What it was drawn from; writing to it changes no figure.
    alt_text : str
        One or two sentences made from the data, in the language of the figure.
    """

    table: pd.DataFrame
    alt_text: str

    def savefig(self, fname: Any, **options: Any) -> None:
        """Store the figure, see `matplotlib.figure.Figure.savefig`."""
        kind = str(options.get("format") or str(fname).rpartition(".")[2]).lower()
        if kind in _UNDATED:
            options["metadata"] = _UNDATED[kind] | (options.get("metadata") or {})
        with mpl.rc_context(STORED):
            super().savefig(fname, **options)


@functools.lru_cache(maxsize=4096)
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


def source_line(fig: Figure, text: str, *, notes: Sequence[str] = (), lang: str | None = None) -> Text:
    """Notes and the source at the foot of a figure, wrapped to its width.

    Parameters
    ----------
    fig : Figure
        Of any library that draws with matplotlib.
    text : str
        The source, without the word for it.
    notes : sequence of str
        Sentences that stand above the source.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    Text
        In the lower left corner.
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
    size; the sheet grows. A height that is asked for stretches the body: inches upwards are then as many times
    `stretch`.
    """

    figure: Chart
    width: float
    height: float
    left: float
    bottom: float
    stretch: float = 1.0

    def axes(self, x: float, y: float, width: float, height: float, **options: Any) -> Axes:
        """Axes in the body; position and size in inches."""
        full_width, full_height = self.figure.get_size_inches()
        place = (
            (self.left + x) / full_width, (self.bottom + self.stretch * y) / full_height, width / full_width,
            self.stretch * height / full_height,
        )  # fmt: skip
        return self.figure.add_axes(place, **options)

    def legend(self, legend: Legend) -> None:
        """Legend in a strip at the upper edge of the body; none without an entry."""
        if legend.handles:
            ax = self.axes(0, self.height - legend.room, self.width, legend.room - 0.02)
            ax.axis("off")
            ax.legend(
                handles=legend.handles, loc="center left", bbox_to_anchor=(-0.005, 0.5), ncols=legend.columns,
                borderpad=0, **legend.look,
            )  # fmt: skip


@dataclass(frozen=True)
class Legend:
    """Entries of a legend, how many stand side by side, the inches that they take upwards, and how they are set."""

    handles: Sequence[Artist]
    columns: int
    room: float
    look: dict[str, float]

    @classmethod
    def of(cls, handles: Sequence[Artist], width: float | None, line: float = 0.28, **look: float) -> Legend:
        """In as many lines as the width of the figure asks for, the first `line` inches high; no room for no entry."""
        columns, extra = legend_grid([str(handle.get_label()) for handle in handles], width)
        return cls(handles, columns, line + extra if handles else 0.0, look)


def inner_width(width: float | None) -> float:
    """Inches between the margins of a figure of this width in millimetres; None: of a notebook page."""
    return (width / INCH if width else WIDTH) - 2 * EDGE


def columns_across(width: float | None, least: float, most: int) -> int:
    """How many panels of at least `least` inches stand side by side in a figure, at most `most`.

    Examples
    --------
    >>> columns_across(None, 2.2, 4), columns_across(160, 2.2, 4)
    (4, 2)
    """
    return max(1, min(most, int(inner_width(width) // least)))


def legend_grid(labels: Sequence[str], width: float | None) -> tuple[int, float]:
    """How many entries of a legend stand side by side in a figure, and the inches that further lines need.

    Examples
    --------
    >>> legend_grid(["value of the ring"] * 5, None), legend_grid(["value of the ring"] * 5, 152.4)
    ((5, 0.0), (3, 0.19))
    """
    widths = [text_width(label, 8) + LEGEND_HANDLE for label in labels]
    columns = len(labels)
    if inner_width(width) < inner_width(None):
        while columns > 1 and sum(max(part) for part in np.array_split(widths, columns)) > inner_width(width):
            columns -= 1
    return columns, LEGEND_LINE * (-(-len(labels) // max(columns, 1)) - 1)


def new_figure(
    body: float, title: str, subtitle: str, source: str, lang: str | None = None, notes: Sequence[str] = (), *,
    table: pd.DataFrame, says: Sequence[str] = (), width: float | None = None, height: float | None = None,
) -> Sheet:  # fmt: skip
    """Figure with title, subtitle and foot around a body.

    Parameters
    ----------
    body : float
        Height of the body in inches; the figure is higher by title and foot.
    title, subtitle : str
        Wrapped to the width; empty ones take no room.
    source : str
        Without the word for it, see `source_line`; own calculation if empty.
    lang : {"de", "en"}, optional
        None: the session's.
    notes : sequence of str
        Sentences that stand above the source.
    table : DataFrame
        What the figure is drawn from.
    says : sequence of str
        What it shows, in one or two sentences: after the title, the text in its place.
    width, height : float, optional
        Of the figure in millimetres; None: the width of a notebook page, the height that the body needs.

    Raises
    ------
    ValueTableError
        If a height leaves no room for the body; a width or height below `SMALLEST`.

    Examples
    --------
    A longer note makes the figure higher, and leaves the body as it is:

    >>> data = {"table": pd.DataFrame(), "says": ["Nothing."]}
    >>> short, long = (new_figure(2, "Title", "", "own", "en", ["word " * n], **data) for n in (5, 60))
    >>> float(long.figure.get_figheight()) > float(short.figure.get_figheight()), long.height == short.height
    (True, True)
    >>> square = new_figure(2, "Title", "", "own", "en", **data, width=127, height=127).figure
    >>> tuple(map(float, square.get_size_inches()))
    (5.0, 5.0)
    >>> plt.close("all")
    """
    _refuse_inches(width, height)
    alt_text, source = alternative(title, *says), source or translate("own calculation", lang)
    across, inner = inner_width(width) + 2 * EDGE, inner_width(width)
    title, subtitle = wrapped(title, 11.5, inner, "bold"), wrapped(subtitle, 9, inner)
    foot = _foot(source, lang, notes, across)
    head_title = 0.23 * (title.count("\n") + 1) if title else 0.0
    head = EDGE + head_title + (0.18 * (subtitle.count("\n") + 1) if subtitle or title else 0.0) + 0.10
    base = EDGE + 0.145 * (foot.count("\n") + 1) + 0.10
    full = math.ceil((head + body + base) * DPI) / DPI if height is None else height / INCH  # whole pixels
    if full <= head + base:
        message = f"Title and foot of the figure take {(head + base) * INCH:.0f} mm; found height={height}. Give more."
        raise ValueTableError(message)
    stretch = 1.0 if height is None else (full - head - base) / body
    base = full - head - stretch * body
    fig = cast("Chart", plt.figure(figsize=(across, full), FigureClass=Chart))
    plt.close(fig)  # a figure is its cell's value; one that pyplot holds shows a second time
    fig.table, fig.alt_text = table.copy(deep=False), alt_text
    fig.text(EDGE / across, 1 - EDGE / full, title, size=11.5, weight="bold", va="top", ha="left")
    fig.text(EDGE / across, 1 - (EDGE + head_title + 0.02) / full, subtitle, size=9, color=QUIET, va="top", ha="left")
    source_line(fig, source, notes=notes, lang=lang)
    return Sheet(fig, inner, body, EDGE, base, stretch)


def _refuse_inches(width: float | None, height: float | None) -> None:
    for name, size in (("width", width), ("height", height)):
        if size is not None and size < SMALLEST:
            message = (
                f"The {name} of a figure is in millimetres, at least {SMALLEST}; found {size:g}. "
                f"Inches: {name}={size:g} * {INCH}."
            )
            raise ValueTableError(message)


def reason_drawn(
    reason: str, source: str = "", *, lang: str | None = None, title: str | None = None, notes: Sequence[str] = (),
    table: pd.DataFrame | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """A figure without axes, where the data carry no answer: it says why there is none.

    Parameters
    ----------
    reason : str
        One sentence.
    source : str, default ""
        Of the data; own calculation if empty.
    lang : {"de", "en"}, optional
        None: the session's.
    title : str, optional
        Headline; None: the words for "no answer", "": none.
    notes : sequence of str
        Sentences at the foot.
    table : DataFrame, optional
        What would have been drawn.
    width, height : float, optional
        Inches.

    Returns
    -------
    Chart

    Examples
    --------
    >>> fig = reason_drawn("A ring of two has no quarters.", lang="en")
    >>> [text.get_text() for text in fig.texts][:2], len(fig.axes)
    (['No answer', 'A ring of two has no quarters.'], 0)
    >>> plt.close(fig)
    """
    head = translate("No answer", lang) if title is None else title
    with style_context():
        return new_figure(
            0.05, head, reason, source, lang, notes, table=pd.DataFrame() if table is None else table, says=[reason],
            width=width, height=height,
        ).figure  # fmt: skip


def _foot(text: str, lang: str | None, notes: Sequence[str], width: float) -> str:
    lines = [*(note for note in notes if note), translate("Source: {text}", lang, text=text)]
    return "\n".join(wrapped(line, _SMALL, width - 2 * EDGE) for line in lines)


def watermark(fig: Chart, statuses: Iterable[str], keys: Iterable[str] = ()) -> Chart:
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


def room_for_mark(ax: Axes, share: float) -> None:
    """A strip at the lower edge of the axes, of a share of their height."""
    low, high = ax.get_ylim()
    ax.set_ylim(low - share * (high - low), high)


def _write(ax: Axes) -> None:
    """The mark in a corner of the axes, smaller and then on two lines where it would be wider than the axes."""
    width, words = ax.get_window_extent().width / ax.figure.dpi, MARK
    size = _fitting(words, width)
    if size < SMALLEST_MARK:
        words = MARK.replace("– ", "–\n")
        size = min(SMALLEST_MARK, _fitting(words, width))
    write(ax, words, (0, 0), (3, 3), AXES, size=size, weight="bold", color=MARK_COLOUR, va="bottom", zorder=20,
          path_effects=outline(), gid="mark", linespacing=1.0)  # fmt: skip


def _fitting(words: str, width: float) -> float:
    """Largest size in points, up to `MARK_SIZE`, at which the longest line stays within a width in inches."""
    longest = max(text_width(line, MARK_SIZE, "bold") for line in words.split("\n"))
    return MARK_SIZE * min(1.0, 0.94 * width / longest)
