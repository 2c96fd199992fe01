"""Who works under the most similar conditions: nearest neighbours, how stable they are, and what they change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from optkommunen.comparison.distances import Weights, located
from optkommunen.comparison.gate import carried_status, validate_units
from optkommunen.comparison.quarters import FEWEST_IN_QUARTERS, quarter_cuts
from optkommunen.errors import ComparisonError
from optkommunen.indicators.conditions import CONDITIONS
from optkommunen.validate import require_columns
from optkommunen.values import KEY, is_whole, missing_where, worst, worst_of
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
    weights : by variable; None: all count alike. See `space.regression_weights`.

    Returns
    -------
    DataFrame
        ``kommune, position, neighbour, distance, status, note``, k rows for each unit, the nearest first; equal
        distances by key. A unit without a value of each variable has one row without neighbour, and ``note`` says
        why; it is nobody's neighbour. ``status``: the worse of both.

    Raises
    ------
    ComparisonError
        As `space.located`; a number of neighbours that is none, or more than there are.

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


def rule_against_distance(values: pd.DataFrame, rings: pd.DataFrame, neighbours: pd.DataFrame) -> pd.DataFrame:
    """Whose quarter changes when the ring by rule is replaced by the ring by distance.

    The quarter of a unit is read among the members of its ring, and among itself and its nearest neighbours: cuts at
    25, 50 and 75 % (type 7, linear); a value equal to a cut belongs to the lower quarter; 1 holds the lowest values.

    Parameters
    ----------
    values : DataFrame with ``kommune, value`` of one period; ``status`` where there is one.
    rings : ``kommune, ring``; of every unit of `values`. Types do as well: ``types.rename(columns={"type": "ring"})``.
    neighbours : result of `nearest`.

    Returns
    -------
    DataFrame
        ``kommune, value, ring, quarter_rule, quarter_distance, changed, n_rule, n_distance, status, note``. How many
        change is ``table["changed"].sum()``; the number who can change, ``table["changed"].count()``. Fewer than four
        valid members have no quarters, and ``note`` says so. ``status`` is the worst of the values that enter
        the two cuts and of the choice of ring and neighbours; ``missing`` without a value.

    Raises
    ------
    ComparisonError
        A unit without ring or not among the neighbours' table.

    Examples
    --------
    >>> keys = [f"M{i:02d}" for i in range(1, 9)]
    >>> frame = pd.DataFrame({"kommune": keys, "value": [5.0, 1, 2, 3, 6, 7, 8, 9], "density": range(8)})
    >>> rings = frame[["kommune"]].assign(ring=["R-I"] * 4 + ["R-II"] * 4)
    >>> table = rule_against_distance(frame, rings, nearest(frame, ["density"], k=3))
    >>> int(table["changed"].sum()), int(table["changed"].count())
    (2, 8)
    """
    data = validate_units(values, numbers=["value"])
    assigned = validate_units(rings, others=["ring"]).set_index(KEY)
    ring = assigned["ring"].replace("", None)
    lists = _lists(neighbours)
    for names, what in ((ring[ring.notna()].index, "ring"), (lists.index, "row among the neighbours")):
        without = sorted(set(data[KEY]) - set(names))
        if without:
            message = f"Each unit needs a {what}; {', '.join(without)} have none. Add it, or leave the unit out."
            raise ComparisonError(message)
    value = data.set_index(KEY)["value"]
    known = data["value"].notna().to_numpy()
    by_rule = {name: set(members) for name, members in data[KEY].groupby(data[KEY].map(ring))}
    rows, enter = [], []
    for key in data[KEY]:
        rule, distance = by_rule[ring[key]], {key, *lists[key]} & set(value.index)
        quarters = [_quarter(value[key], value[list(group)].dropna().to_numpy()) for group in (rule, distance)]
        sizes = [int(value[list(group)].count()) for group in (rule, distance)]
        enter.append(known & data[KEY].isin(rule | distance).to_numpy())
        rows.append((key, value[key], ring[key], *quarters, *sizes, _note(value[key], sizes, lists[key])))
    columns = [KEY, "value", "ring", "quarter_rule", "quarter_distance", "n_rule", "n_distance", "note"]
    table = pd.DataFrame(rows, columns=columns).astype({"quarter_rule": "Int64", "quarter_distance": "Int64"})
    table["changed"] = table["quarter_rule"] != table["quarter_distance"]
    table["status"] = carried_status(data["status"], np.array(enter)).to_numpy()
    if "status" in rings:
        table["status"] = worst(table["status"], table[KEY].map(assigned["status"]))
    if "status" in neighbours:
        chosen = neighbours.groupby(KEY)["status"].agg(worst_of)
        table["status"] = worst(table["status"], table[KEY].map(chosen))
    table["status"] = missing_where(table["status"], table["value"].isna())
    return table[[*columns[:5], "changed", "n_rule", "n_distance", "status", "note"]]


def _lists(neighbours: pd.DataFrame) -> pd.Series:
    """Set of neighbours of each unit; empty where it has none."""
    way_out = "It is a result of nearest."
    require_columns(neighbours, [KEY, "neighbour"], "A list of neighbours needs", way_out, ComparisonError)
    return neighbours.groupby(KEY, sort=False)["neighbour"].agg(lambda names: {name for name in names if name})


def _quarter(value: float, group: np.ndarray) -> int | None:
    if np.isnan(value) or len(group) < FEWEST_IN_QUARTERS:
        return None
    return 1 + int((value > quarter_cuts(group)).sum())


def _note(value: float, sizes: list[int], neighbours: set[str]) -> str:
    if np.isnan(value):
        return "no value"
    if not neighbours:
        return "no neighbours"
    small = [name for name, size in zip(("ring", "neighbours"), sizes, strict=True) if size < FEWEST_IN_QUARTERS]
    return f"fewer than {FEWEST_IN_QUARTERS} values in: {', '.join(small)}" if small else ""
