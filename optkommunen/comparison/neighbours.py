"""Who works under the most similar conditions: nearest neighbours, how stable they are, and what they change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from optkommunen.comparison.distances import Weights, located
from optkommunen.errors import ComparisonError
from optkommunen.indicators.conditions import CONDITIONS
from optkommunen.validate import require_columns
from optkommunen.values import KEY, is_whole, worst
from optkommunen.words import N_


def nearest(
    frame: pd.DataFrame, variables: Sequence[str] = CONDITIONS, k: int = 10, weights: Weights | None = None
) -> pd.DataFrame:
    """The k units under the most similar conditions, for each unit.

    Parameters
    ----------
    frame : DataFrame with ``kommune`` and the variables, e.g. of `indicators.conditions.conditions`.
    variables : columns of the conditions.
    k : number of neighbours, 5 to 10 as a rule: fewer are too few to compare with, more are no longer alike.
    weights : by variable; None: all count alike. See `distances.regression_weights`.

    Returns
    -------
    DataFrame
        ``kommune, position, neighbour, distance, status, note``, k rows for each unit, the nearest first; equal
        distances by key. A unit without a value of each variable has one row without neighbour, and ``note`` says
        why; it is nobody's neighbour. ``status``: the worse of both.

    Raises
    ------
    ComparisonError
        As `distances.located`; a number of neighbours that is none, or more than there are.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "density": [100.0, 110.0, 300.0, 330.0]})
    >>> nearest(frame, ["density"], k=1)[["kommune", "neighbour"]].to_numpy().tolist()
    [['M01', 'M02'], ['M02', 'M01'], ['M03', 'M04'], ['M04', 'M03']]
    """
    units, keys, points, _ = located(frame, variables, weights)
    if not is_whole(k, 1, len(keys) - 1):
        message = f"Of {len(keys)} units with all values each has 1 to {len(keys) - 1} neighbours; found k={k!r}."
        raise ComparisonError(message)
    apart = cdist(points, points)
    np.fill_diagonal(apart, np.inf)
    order = np.argsort(apart, axis=1, kind="stable")[:, :k]
    found = pd.DataFrame(
        {
            KEY: np.repeat(keys, k),
            "position": np.tile(np.arange(1, k + 1), len(keys)),
            "neighbour": np.array(keys)[order].ravel(),
            "distance": np.take_along_axis(apart, order, axis=1).ravel(),
        }
    ).astype({"position": "Int64"})
    table = units.merge(found, on=KEY, how="left", validate="one_to_many")
    theirs = table["neighbour"].map(units.set_index(KEY)["status"])
    table["status"] = worst(table["status"], theirs.fillna(table["status"]))
    table["neighbour"] = table["neighbour"].fillna("")
    return table[[KEY, "position", "neighbour", "distance", "status", "note"]]


def overlap(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Share of the neighbours of each unit that two lists have in common: how much hangs on the weights.

    Parameters
    ----------
    one, other : results of `nearest` for the same units and k, under two weightings or two sets of conditions.

    Returns
    -------
    DataFrame
        ``kommune, value, common, k, note``; ``value`` between 0 and 1, missing where a unit has no neighbours.

    Raises
    ------
    ComparisonError
        If the lists are of other units or of different length.

    References
    ----------
    In a revision of the English nearest-neighbours model, 4 to 5 of ten neighbours stayed.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "density": [100.0, 110.0, 300.0, 330.0]})
    >>> overlap(nearest(frame, ["density"], k=2), nearest(frame, ["density"], k=2))["value"].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    lists = [_lists(neighbours) for neighbours in (one, other)]
    lengths = {len(names) for each in lists for names in each if names}
    if set(lists[0].index) != set(lists[1].index) or len(lengths) != 1:
        odd = sorted(set(lists[0].index) ^ set(lists[1].index))
        found = f"of {', '.join(odd)} only one" if odd else f"lists of {', '.join(map(str, sorted(lengths)))}"
        message = f"Two lists of neighbours are compared for the same units and the same k; found {found}."
        raise ComparisonError(message)
    (k,) = lengths
    both = pd.DataFrame({"one": lists[0], "other": lists[1].reindex(lists[0].index)})
    common = pd.Series([len(a & b) for a, b in zip(both["one"], both["other"], strict=True)], index=both.index)
    without = both.map(len).eq(0).any(axis=1)
    table = pd.DataFrame({"value": (common / k).mask(without), "common": common.astype("Int64").mask(without), "k": k})
    table["note"] = np.where(without, N_("no neighbours in one of the lists"), "")
    return table.rename_axis(KEY).reset_index()


def _lists(neighbours: pd.DataFrame) -> pd.Series:
    """Set of neighbours of each unit; empty where it has none."""
    way_out = "It is a result of nearest."
    require_columns(neighbours, [KEY, "neighbour"], "A list of neighbours needs", way_out, ComparisonError)
    return neighbours.groupby(KEY, sort=False)["neighbour"].agg(lambda names: {name for name in names if name})
