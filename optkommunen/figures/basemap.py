"""What a map is made of: Länder, areas with their status, attribution, the classes of values, the legend beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import Sheet, wrapped
from optkommunen.figures.style import INK, LAND, LAND_BORDER, QUIET
from optkommunen.loaders.bundled import load_boundaries
from optkommunen.words import Lang, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT, PANEL = 7.3, 3.35
"""Inches: height of the map, width of the panel beside it."""

APPROXIMATE: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.1, "linestyle": (0, (2, 1.2))}
"""Broken outline around a shape whose area is only approximate."""

Scheme = Literal["quantile", "natural"]
SCHEMES: tuple[Scheme, ...] = ("quantile", "natural")


def germany(page: Sheet) -> tuple[Axes, dict[str, shapely.Geometry], Panel]:
    """Axes with the Länder, broken outlines of approximate areas and the attribution; areas of the 69 by key; a panel.

    The limits fill the axes exactly, so nothing moves when drawn. Shapes are added as plain artists here and below:
    the limits are fixed, and matplotlib would spend most of the time on working them out from every outline.
    """
    shapes = load_boundaries()
    width, height = page.width - PANEL - 0.2, HEIGHT * page.stretch
    ax = page.axes(0, 0, width, HEIGHT)
    west, south, east, north = shapes.total_bounds
    south -= 0.035 * (north - south)  # room for the attribution
    per_inch = max((east - west) / width, (north - south) / height) * 1.01
    middle, centre = (west + east) / 2, (south + north) / 2
    ax.set(
        xlim=(middle - per_inch * width / 2, middle + per_inch * width / 2),
        ylim=(centre - per_inch * height / 2, centre + per_inch * height / 2),
    )
    ax.axis("off")
    for geometry in shapes.loc[shapes["level"] == "land", "geometry"]:
        ax.add_artist(PathPatch(_path(geometry), facecolor=LAND, edgecolor="none", zorder=1))
        ax.add_artist(PathPatch(_path(geometry), facecolor="none", edgecolor=LAND_BORDER, linewidth=0.7, zorder=2))
    for shape in shapes[shapes["approximate"]].itertuples():
        ax.add_artist(PathPatch(_path(shape.geometry), **APPROXIMATE, zorder=6, gid=f"approximate {shape.key}"))
    ax.text(0.0, 0.0, shapes.attrs["attribution"], transform=ax.transAxes, size=7, color=QUIET, va="bottom", ha="left",
            gid="attribution")  # fmt: skip
    own = shapes[shapes["level"] == "kommune"]
    areas = dict(zip(own["key"], own["geometry"], strict=True))
    return ax, areas, Panel(page.axes(page.width - PANEL, 0, PANEL, HEIGHT))


def area(ax: Axes, geometry: shapely.Geometry, fill: str, key: str, hatch: str = "", ink: str = QUIET) -> None:
    """One municipality: filled, hatched in `ink` if its status asks for it, with a white and a thin dark border."""
    path = _path(geometry)
    if hatch:
        ax.add_artist(PathPatch(path, facecolor=fill, edgecolor="none", zorder=3, gid=key))
        ax.add_artist(
            PathPatch(path, facecolor="none", edgecolor=ink, linewidth=0, hatch=hatch, zorder=4, gid=f"hatch {key}")
        )
        ax.add_artist(PathPatch(path, facecolor="none", edgecolor="white", linewidth=0.6, zorder=5))
    else:
        ax.add_artist(PathPatch(path, facecolor=fill, edgecolor="white", linewidth=0.6, zorder=3, gid=key))
    ax.add_artist(PathPatch(path, facecolor="none", edgecolor=QUIET, linewidth=0.35, zorder=5))


def _path(geometry: shapely.Geometry) -> Path:
    """Outline with holes: outer rings one way round, inner rings the other."""
    polygons = [shapely.geometry.polygon.orient(part) for part in getattr(geometry, "geoms", [geometry])]
    rings = [ring for part in polygons for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(np.asarray(ring.coords), closed=True) for ring in rings))


class Panel:
    """Legend beside a map: entries one below the other, in inches, so that nothing moves with the length of a text."""

    def __init__(self, ax: Axes) -> None:
        self.ax = ax
        extent, dpi = ax.get_window_extent(), ax.figure.dpi
        ax.set(xlim=(0, extent.width / dpi), ylim=(0, extent.height / dpi))
        ax.axis("off")
        self.y = float(extent.height / dpi) - 0.05

    def entry(self, words: str, fill: str, hatch: str = "", gid: str = "entry") -> None:
        """Swatch with words."""
        box = (0.0, self.y - 0.19), 0.32, 0.19
        self.ax.add_patch(Rectangle(*box, facecolor=fill, edgecolor=QUIET, linewidth=0.6))
        if hatch:
            self.ax.add_patch(Rectangle(*box, facecolor="none", edgecolor=INK, linewidth=0, hatch=hatch))
        self.ax.text(0.42, self.y - 0.095, words, va="center_baseline", size=8.5, gid=gid)
        self.y -= 0.27

    def approximate(self, lang: Lang) -> None:
        """Swatch with the broken outline of an approximate shape."""
        words = translate("outline approximate\n(old border crosses\ntoday's Gemeinden)", lang)
        self.ax.add_patch(Rectangle((0.0, self.y - 0.19), 0.32, 0.19, **APPROXIMATE))
        self.ax.text(0.42, self.y - 0.02, words, va="top", size=8.5, gid="entry")
        self.y -= 0.17 * (words.count("\n") + 1) + 0.12

    def small(self, words: str) -> None:
        """Small print below an entry, wrapped."""
        lines = wrapped(words, 7, PANEL - 0.46)
        self.ax.text(0.42, self.y + 0.045, lines, va="top", size=7, color=QUIET, linespacing=1.2, gid="members")
        self.y -= 0.122 * (lines.count("\n") + 1) + 0.04

    def words(self, words: str, colour: str = QUIET) -> None:
        """Lines of text without a swatch."""
        self.ax.text(0.0, self.y, words, va="top", size=8.5, color=colour, linespacing=1.25)
        self.y -= 0.17 * (words.count("\n") + 1) + 0.12

    def gap(self) -> None:
        """Some space between groups of entries."""
        self.y -= 0.12


def classify(values: pd.Series, classes: int = 5, scheme: Scheme = "quantile", decimals: int = 1) -> pd.Series:
    """Class of each value, 0 for the lowest.

    Values are compared as they are printed, so two municipalities with the same printed value never get two colours.

    * ``quantile``: classes as equal in number as ties allow.
    * ``natural``: the classes with the smallest sum of squared deviations from the class means (Fisher 1958), found
      exactly by dynamic programming.

    Parameters
    ----------
    values : numbers, no NaN.
    classes : number of classes, at least 1; fewer result if there are fewer different values.
    scheme : ``"quantile"`` or ``"natural"``.
    decimals : digits behind the decimal mark that are printed.

    Returns
    -------
    Series of int, same index

    Raises
    ------
    ValueTableError
        If the scheme is unknown or the number of classes is below 1.

    References
    ----------
    W. D. Fisher, On grouping for maximum homogeneity, JASA 53 (1958), 789–798.

    Examples
    --------
    A gap that quantiles cut through is where natural breaks lie:

    >>> values = pd.Series([1.0, 2.0, 3.0, 4.0, 50.0, 51.0])
    >>> classify(values, 2).tolist(), classify(values, 2, "natural").tolist()
    ([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1])
    """
    if scheme not in SCHEMES:
        message = f"Classes are made by {' or '.join(map(repr, SCHEMES))}; found {scheme!r}."
        raise ValueTableError(message)
    if classes < 1:
        message = f"A map needs at least one class; found {classes}."
        raise ValueTableError(message)
    printed = values.astype(float).round(decimals) + 0.0
    levels, place, counts = np.unique(printed.to_numpy(), return_inverse=True, return_counts=True)
    wanted = min(classes, len(levels))
    starts = _quantile(counts, wanted) if scheme == "quantile" else _natural(levels, counts, wanted)
    return pd.Series(np.searchsorted(starts, place, side="right") - 1, index=values.index, dtype=int)


def _quantile(counts: np.ndarray, classes: int) -> np.ndarray:
    """First level of each class: cuts at the ties nearest to equal numbers, at least one level a class."""
    before = np.concatenate([[0], np.cumsum(counts)])
    starts = [0]
    for k in range(1, classes):
        first, last = starts[-1] + 1, len(counts) - (classes - k)
        target = before[-1] * k / classes
        starts.append(first + int(np.argmin(np.abs(before[first : last + 1] - target))))
    return np.array(starts)


def _natural(levels: np.ndarray, counts: np.ndarray, classes: int) -> np.ndarray:
    """First level of each class, so that the squared deviations within the classes are least."""
    n, shifted = len(levels), levels - levels.mean()
    sums = [np.concatenate([[0.0], np.cumsum(counts * shifted**power)]) for power in range(3)]
    weight, first, second = (of[None, :] - of[:, None] for of in sums)  # of the levels i to j - 1
    possible = weight > 0
    within = np.where(possible, second - first**2 / np.where(possible, weight, 1.0), np.inf)
    best, cuts = within[0], []
    for _ in range(classes - 1):  # one class more: from level i on
        cost = best[:, None] + within
        cuts.append(cost.argmin(axis=0))
        best = cost.min(axis=0)
    starts = [n]
    for cut in reversed(cuts):
        starts.append(cut[starts[-1]])
    return np.array([0, *starts[:0:-1]])
