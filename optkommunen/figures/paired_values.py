"""Two value tables side by side as points, and which points lie apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, worst

NAMED, FENCE, FEWEST = 3, 1.5, 5
"""How many points are named, how many interquartile ranges outside the middle half they lie, and the smallest group
that is judged."""


def points(x: pd.DataFrame, y: pd.DataFrame, on: Sequence[str] = (KEY,)) -> pd.DataFrame:
    """Two value tables side by side: one row a point, with the worst status of its two values.

    Parameters
    ----------
    x, y : value tables of one indicator and one period each; the reference row ``DE`` is left out.
    on : columns that a point is known by, ``kommune`` and perhaps ``service``.

    Returns
    -------
    DataFrame
        ``*on, x_indicator, y_indicator, x, y, status``. Who has only one of the two values, or an unusable one, is
        kept without values.

    Raises
    ------
    ValueTableError
        If a column is absent, or a table holds several values for a point.

    Examples
    --------
    >>> from optkommunen.loaders.context import load_context
    >>> table = points(load_context("care_need", 2009), load_context("care_home_places", 2009))
    >>> table.shape, sorted(table["status"].unique())
    ((69, 6), ['estimated', 'observed'])
    """
    on = list(on)
    table = _side("x", x, on).merge(_side("y", y, on), on=on, how="outer", validate="one_to_one")
    table[["x_indicator", "y_indicator"]] = table[["x_indicator", "y_indicator"]].ffill().bfill()
    table["status"] = worst(table["x_status"].fillna("missing"), table["y_status"].fillna("missing"))
    table[["x", "y"]] = table[["x", "y"]].where(table[["x", "y"]].notna().all(axis=1))
    return table[[*on, "x_indicator", "y_indicator", "x", "y", "status"]]


def _side(name: str, frame: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """One coordinate of each point, with its status."""
    required = (*on, "indicator", "value", "status")
    absent = [column for column in required if column not in frame.columns]
    if absent:
        message = f"A point needs the columns {', '.join(required)}; not found in {name}: {', '.join(absent)}."
        raise ValueTableError(message)
    rows = frame[frame[KEY] != REFERENCE]
    if len(rows["indicator"].unique()) > 1 or rows.duplicated(on).any():
        message = (
            f"A point has one value on each axis; {name} has several for the same {', '.join(on)}. "
            "Filter it by columns 'indicator' and 'period'."
        )
        raise ValueTableError(message)
    value = rows["value"].mask(rows["status"].isin(WITHOUT_VALUE)).astype(float)
    renamed = {"indicator": f"{name}_indicator", "status": f"{name}_status"}
    return rows[[*on, "indicator", "status"]].rename(columns=renamed).assign(**{name: value})


def outlying(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Points far outside the middle half of their group in x or y, farthest first, at most `NAMED`.

    Distance in interquartile ranges of the group beyond its quartiles (Tukey 1977). Groups of fewer than `FEWEST` are
    not judged, and estimated values are not named.

    Parameters
    ----------
    rows : points with both values: ``x, y, status`` and the group.
    by : column of the group.

    Returns
    -------
    DataFrame
        Some of the rows.

    Examples
    --------
    >>> flat = pd.DataFrame({"kommune": list("abcdef"), "group": "g", "x": [1, 2, 3, 4, 5, 50], "y": [0.0] * 6,
    ...     "status": "observed"})
    >>> outlying(flat, "group")["kommune"].tolist()
    ['f']
    """
    beyond = pd.Series(0.0, index=rows.index)
    for _, members in rows.groupby(by):
        if len(members) < FEWEST:
            continue
        for column in ("x", "y"):
            low, high = np.quantile(members[column], [0.25, 0.75])
            if high > low:
                outside = np.maximum(low - members[column], members[column] - high) / (high - low)
                beyond.loc[members.index] = np.maximum(beyond.loc[members.index], outside)
    beyond = beyond[(beyond > FENCE) & rows["status"].ne("estimated")]
    return rows.loc[beyond.sort_values(ascending=False, kind="stable").index[:NAMED]]
