"""Words in and around the axes: names near their points, free of one another; numbers beside rows, headlines above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.patheffects as effects
import numpy as np
import shapely

from optkommunen.figures.style import INK, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

ANGLES = np.deg2rad([0, 180, 30, 150, 330, 210, 60, 120, 300, 240, 90, 270])
"""Directions tried, best first: beside, then obliquely, then above and below."""

Within = str | tuple[str, str]
AXES, OF_ROW, OF_COLUMN = "axes fraction", ("axes fraction", "data"), ("data", "axes fraction")
"""Places within the axes; those beside a row, and above or below a column."""

REACHES = (6, 12, 20, 30, 42, 56)
"""Distances tried, in pixels."""


def pole_of_inaccessibility(geometry: shapely.Geometry) -> tuple[float, float, float]:
    """Centre and radius of the largest circle inside a shape: where a short text fits best.

    Examples
    --------
    The circle lies within the shape, also where the centroid does not:

    >>> ring = shapely.Point(0, 0).buffer(10).difference(shapely.Point(0, 0).buffer(8))
    >>> x, y, radius = pole_of_inaccessibility(ring)
    >>> ring.covers(shapely.Point(x, y)), 0.9 < radius < 1.1
    (True, True)
    """
    line = shapely.maximum_inscribed_circle(geometry)
    x, y = line.coords[0]
    return float(x), float(y), float(line.length)


def outline(width: float = 2.0) -> list[effects.AbstractPathEffect]:
    """White rim that keeps a text readable on any ground."""
    return [effects.withStroke(linewidth=width, foreground="white")]


def place(
    ax: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    size: float = 8,
    avoid: Sequence[shapely.Geometry] = (),
    taken: Sequence[Text] = (),
    reaches: Sequence[int] = REACHES,
) -> list[Text]:
    """Set texts beside their points so that none covers another or leaves the axes.

    Each text takes the free position of least cost, from north to south: near is better than far, open ground better
    than the shapes in `avoid`, and a small shape is not hidden. Deterministic; the axes must have their final limits
    and aspect.

    Parameters
    ----------
    ax : axes with the map or the points.
    points : positions in data coordinates.
    texts : one text for each point.
    size : in points.
    avoid : shapes in data coordinates that a text should rather not cover.
    taken : texts that are already there.
    reaches : distances tried, in pixels, the nearest first.

    Returns
    -------
    list of Text, in the order of `points`
    """
    frame = ax.get_window_extent()
    to_pixel = ax.transData.transform
    boxes = [shapely.box(*text.get_window_extent().extents) for text in taken]
    ground = shapely.simplify(shapely.transform(np.array(avoid, dtype=object), to_pixel), 0.5)
    areas = shapely.area(ground)
    room = shapely.box(*frame.extents)
    shapely.prepare(room)
    placed: dict[int, Text] = {}
    for i in sorted(range(len(points)), key=lambda i: -points[i][1]):
        x, y = to_pixel(points[i])
        text = ax.text(*points[i], texts[i], size=size, color=INK, ha="center", va="center", linespacing=1.1,
                       path_effects=outline(), zorder=8)  # fmt: skip
        extent = text.get_window_extent()
        half = np.array([extent.width, extent.height]) / 2 + 1.5
        best, cost = None, np.inf
        for rank, angle in enumerate(ANGLES):
            direction = np.array([np.cos(angle), np.sin(angle)])
            for reach in reaches:
                centre = np.array([x, y]) + direction * reach + direction * half
                box = shapely.box(*(centre - half), *(centre + half))
                if not room.covers(box) or any(box.intersects(other) for other in boxes):
                    continue
                covered = shapely.area(shapely.intersection(ground, box))
                own = reach + rank + 60 * covered.sum() / box.area + 80 * (covered / areas).max(initial=0)
                if own < cost:
                    best, cost = (centre, box, reach), own
        if best is None:  # no free position at all: rather no name than one across another
            text.remove()
            continue
        centre, box, reach = best
        boxes.append(box)
        text.set_position(tuple(ax.transData.inverted().transform(centre)))
        placed[i] = text
        if reach > reaches[0]:
            end = shapely.ops.nearest_points(box, shapely.Point(x, y))[0]
            (x0, y0), (x1, y1) = points[i], ax.transData.inverted().transform((end.x, end.y))
            ax.plot([x0, x1], [y0, y1], color=QUIET, linewidth=0.7, zorder=7, gid=f"leader {texts[i]}")
    return [placed[i] for i in sorted(placed)]


def separate_labels(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved apart to at least `gap`, as near to their own as their order allows, between two ends.

    Where there is no room for all, the gap becomes as large as the room allows.

    Examples
    --------
    Order stays, and who stands free does not move:

    >>> separate_labels([1.0, 1.1, 5.0], 0.5, 0.0, 6.0)
    [0.8, 1.3, 5.0]
    >>> separate_labels([3.0, 3.0, 3.0], 9.0, 0.0, 4.0)
    [0.0, 2.0, 4.0]
    """
    n = len(positions)
    gap = min(gap, (high - low) / max(n - 1, 1))
    order = sorted(range(n), key=lambda i: positions[i])
    groups: list[list[float]] = []  # mean of the wanted starts, members
    for rank, i in enumerate(order):
        groups.append([positions[i] - rank * gap, 1])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, members = groups.pop()
            before, others = groups.pop()
            groups.append([(before * others + mean * members) / (others + members), others + members])
    starts = [start for start, members in groups for _ in range(int(members))]
    placed = [min(max(start, low), high - (n - 1) * gap) + rank * gap for rank, start in enumerate(starts)]
    out = [0.0] * n
    for rank, i in enumerate(order):
        out[i] = round(placed[rank], 12)
    return out


def write(
    ax: Axes, text: str, at: tuple[float, float], away: tuple[float, float], within: Within = "data", **look: Any
) -> Text:  # fmt: skip
    """A text so many points away from a place, which is in units of the data, shares of the axes, or one of each."""
    return ax.annotate(text, at, away, xycoords=within, textcoords="offset points", **look)


def beside(ax: Axes, y: float, text: str, away: float = 4, **look: Any) -> Text:
    """A text at the right of the axes, on the height of a value, so many points from the edge."""
    return write(ax, text, (1, y), (away, 0), OF_ROW, **{"size": 7.5, "va": "center", **look})


def headline(ax: Axes, name: str, about: str, size: float = 9, small: float = 7.5, indent: float = 0) -> None:
    """Two lines above a panel: its name, and what it shows."""
    for text, lift, points, weight, colour in ((name, 17, size, "bold", INK), (about, 5, small, "normal", QUIET)):
        write(ax, text, (0, 1), (indent, lift), AXES, size=points, weight=weight, color=colour, va="bottom",
              gid="headline")  # fmt: skip
