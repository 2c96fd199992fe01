"""The visual language: colours, marks of status, ticks with the decimal mark of the language, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import Formatter

from optkommunen.data.ring_rule import RINGS
from optkommunen.errors import ValueTableError
from optkommunen.validate import check_values, require_columns, require_once
from optkommunen.values import KEY
from optkommunen.words import language, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image as Picture

DPI = 110

COLOURS, KEPT, FEWEST_PIXELS, ALIKE = 96, 32, 6, 10
"""Colours of a stored picture; how many of them are held free for rare ones; pixels that make a colour and not the rim
of a letter; distance in RGB within which two colours count as one."""

INK, QUIET, PALE = "#1a1a1a", "#555555", "#8c8c8c"
"""Text and axes; secondary text; context that must not compete."""

LAND, LAND_BORDER, NO_VALUE = "#f4f4f2", "#b9b9b4", "#d9d9d9"

RING_COLOURS = ("#1d1a5e", "#85194f", "#2460b0", "#df5f38", "#46b3a0", "#f0b54f", "#f7ecae")
"""Dark to light in the order of the rings, warm and cold in turn: distinct in grey and to the colour-blind."""

ESTIMATED_HATCH, MISSING_HATCH, UNUSABLE_HATCH = "/////", "\\\\\\\\\\", "xxxxx"
DASHED, DOTTED = (0, (3, 2)), (0, (1, 1.4))
"""Lines of estimated values, and of all rings together."""

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters on every machine
    "font.size": 9,
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a label is a dollar sign
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "hatch.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
STORED: Any = {
    "pdf.fonttype": 42,  # TrueType: letters stay letters
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "optkommunen",  # no random ids
}
"""How a figure is stored, whatever the session has set."""


def style_context() -> AbstractContextManager[None]:
    """Context in which every figure is drawn: matplotlib's defaults and `RC`, whatever the session has set."""
    return plt.style.context(["default", RC | STORED])


def notebook_style(lang: str | None = None, decimals: int = 2) -> None:
    """Set up a notebook: theme, picture format, and tables with fixed decimals.

    Parameters
    ----------
    lang : {"de", "en"}, optional
        Language of the numbers in tables (a decimal comma in German); None: the session's when a table is shown.
    decimals : int, default 2
        Digits behind the decimal mark in tables.

    Examples
    --------
    Tables and figures write numbers alike, without a negative zero:

    >>> with pd.option_context("display.float_format", None):
    ...     notebook_style("de", decimals=1)
    ...     print(pd.Series([1234.56, -0.01]).to_string(index=False))
    1.234,6
        0,0
    """
    import seaborn

    lang = None if lang is None else language(lang)
    seaborn.set_theme(style="ticks", font="DejaVu Sans", rc=RC | STORED)
    pd.set_option("display.float_format", lambda value: number(value, decimals, lang))
    pd.set_option("display.max_columns", 30, "display.max_rows", 80)
    pd.set_option("display.max_colwidth", 70, "display.width", 130)
    _pictures_by_png()


def png(fig: Figure) -> bytes:
    """A figure as a PNG picture of at most 96 colours: a quarter of the size, so that notebooks stay light.

    All words on the figure are stored with it (``Title``: the first of them, ``Description``: all, one a line), so that
    a picture can be searched and described. A colour of few points is kept as it is.

    Examples
    --------
    The same figure gives the same bytes:

    >>> fig = plt.figure(figsize=(2, 1))
    >>> png(fig) == png(fig)
    True
    >>> plt.close(fig)
    """
    from matplotlib.text import Text
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    full, small = BytesIO(), BytesIO()
    fig.savefig(full, format="png", dpi=fig.dpi, bbox_inches=None)
    picture = _few_colours(Image.open(full).convert("RGB"))
    words = [text.get_text() for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    about = PngInfo()
    about.add_itxt("Title", fig.texts[0].get_text() if fig.texts else "")
    about.add_itxt("Description", "\n".join(words))
    picture.save(small, format="png", optimize=True, pnginfo=about)
    return small.getvalue()


def _few_colours(picture: Picture) -> Picture:
    """Picture in the commonest colour of each range, so that white stays white, and in rare ones far from these."""
    from PIL import Image
    from scipy.spatial import KDTree

    ranges = picture.quantize(COLOURS - KEPT, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    red, green, blue = np.moveaxis(np.asarray(picture, dtype=np.int64), -1, 0)
    code = (np.asarray(ranges, dtype=np.int64) << 24) + (red << 16) + (green << 8) + blue
    place, found = pd.factorize(code.ravel(), sort=True)  # np.unique would sort every pixel
    pixels = np.bincount(place)
    colours = np.stack([found >> 16 & 255, found >> 8 & 255, found & 255], axis=-1)
    order = np.lexsort((-pixels, found >> 24))
    palette = colours[order][np.unique(found[order] >> 24, return_index=True)[1]]
    rare = colours[pixels >= FEWEST_PIXELS]
    apart = KDTree(palette).query(rare)[0]
    while len(palette) < COLOURS and apart.max(initial=0) > ALIKE:
        farthest = rare[apart.argmax()]
        palette = np.vstack([palette, farthest])
        apart = np.minimum(apart, np.linalg.norm(rare - farthest, axis=1))
    nearest = KDTree(palette).query(colours)[1].astype(np.uint8)
    few = Image.fromarray(nearest[place].reshape(code.shape))  # not by PIL, whose nearest is that of a block of colours
    few.putpalette(palette.astype(np.uint8).ravel().tolist())
    return few


def _pictures_by_png() -> None:
    """In a notebook: show figures by `png`, as laid out and not cropped."""
    if not mpl.get_backend().lower().endswith("backend_inline"):
        return
    from IPython.core.getipython import get_ipython
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("png")
    shell: Any = get_ipython()
    shell.display_formatter.formatters["image/png"].for_type(Figure, png)


class DecimalMark(Formatter):
    """Tick labels with the marks of the language and as many digits as the ticks need, the same for all."""

    def __init__(self, lang: str | None = None) -> None:
        self.lang = language(lang)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Labels of all ticks of an axis at once."""
        reach = max((abs(value) for value in values), default=1.0) or 1.0
        digits = next((d for d in range(6) if all(abs(v - round(v, d)) < 1e-9 * reach for v in values)), 6)
        return [number(value, digits, self.lang) for value in values]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Label of one value, with the digits it needs itself."""
        return self.format_ticks([x])[0]


def require_status(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Refuse a frame whose numbers do not say what they are worth.

    Raises
    ------
    ValueTableError
        If the status or one of `columns` is absent, or the frame breaks the vocabulary otherwise.

    Examples
    --------
    >>> require_status(pd.DataFrame({"kommune": ["06438"], "value": [4.2]}))
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: A value table needs the columns kommune, value, status; not found: status
    (found: kommune, value). Keep the status column through merges: it says what each number is worth.
    """
    return check_values(frame, (KEY, "value", "status", *columns))


def require_rows(frame: pd.DataFrame, columns: Sequence[str], once: Sequence[str] = ()) -> None:
    """Refuse a frame without a row, without one of the columns that a figure draws, or with a row twice.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str
        Names that must be there.
    once : sequence of str
        Columns that name a row together.

    Raises
    ------
    ValueTableError
        Lists the columns needed and those not found, or the rows that are there again.

    Examples
    --------
    >>> require_rows(pd.DataFrame({"value": []}), ("value",))
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: The figure needs rows; found none. Choose others.
    """
    require_columns(frame, columns, "The figure needs")
    if not len(frame):
        message = "The figure needs rows; found none. Choose others."
        raise ValueTableError(message)
    if once:
        require_once(frame, once, f"The figure has one row per {' and '.join(once)}", "Choose one level and period.")


def require_one(frame: pd.DataFrame, column: str, subject: str) -> str:
    """The one value of a column that a figure shows; refused are several, and none.

    Examples
    --------
    >>> require_one(pd.DataFrame({"period": ["2007", "2008"]}), "period", "A map")
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: A map shows one period; found 2007, 2008. Filter the table by column 'period'.
    """
    found = [str(value) for value in frame[column].unique()]
    if len(found) != 1:
        named = ", ".join(found[:5]) + (f" and {len(found) - 5} more" if len(found) > 5 else "")
        message = f"{subject} shows one {column}; found {named or 'none'}. Filter the table by column {column!r}."
        raise ValueTableError(message)
    return found[0]


def require_groups(frame: pd.DataFrame, by: str, most: int) -> None:
    """Refuse more groups than a figure tells apart, and rows without one."""
    groups, without = frame[by].nunique(), int(frame[by].isna().sum())
    if without or groups > most:
        message = (
            f"Everybody has one of at most {most} groups; column {by!r} has {groups}, and {without} rows have none. "
            "Choose other groups, or leave the rows out."
        )
        raise ValueTableError(message)


def sequential(classes: int) -> list[str]:
    """Colours of ordered classes, light to dark; none is a grey, which means: no value."""
    cmap = mpl.colormaps["YlGnBu"]
    steps = [0.24 + 0.74 * i / max(classes - 1, 1) for i in range(classes)]
    return [mpl.colors.to_hex(cmap(step)) for step in steps]


def ring_colour(ring: str, place: int) -> str:
    """Colour of a ring: its own where it is one of the seven, else that of its place among the rings shown.

    Examples
    --------
    A ring keeps its colour, whichever others are there:

    >>> ring_colour("R-V", 0) == ring_colour("R-V", 4), ring_colour("north", 1) == RING_COLOURS[1]
    (True, True)
    """
    return RING_COLOURS[RINGS.index(ring) if ring in RINGS else place % len(RING_COLOURS)]


def in_order(rings: Iterable[str]) -> list[str]:
    """Names of rings or other groups, each once: the seven in their own order, others by the alphabet.

    Examples
    --------
    >>> in_order(["R-V", "R-IV", "R-V"]), in_order(["west", "R-V", "east"])
    (['R-IV', 'R-V'], ['R-V', 'east', 'west'])
    """
    found = set(rings)
    return sorted(found, key=RINGS.index if found <= set(RINGS) else None)


def paler(colour: str) -> str:
    """A colour mixed with as much white, so that dark lines on it stay visible.

    Examples
    --------
    >>> paler("#000000"), paler("#ffffff")
    ('#808080', '#ffffff')
    """
    red, green, blue = (0.5 * channel + 0.5 for channel in mpl.colors.to_rgb(colour))
    return mpl.colors.to_hex((red, green, blue))


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour (relative luminance as in WCAG 2)."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
    luminance = sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
    return "white" if luminance < 0.18 else INK
