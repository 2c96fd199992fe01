"""Who is under similar conditions: neighbours and types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from optkommunen.comparison import neighbours as nearest_units
from optkommunen.comparison.distances import Weights, regression_weights
from optkommunen.comparison.types import Typology
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.front.given import LATEST, given, names_of
from optkommunen.front.membership import groups
from optkommunen.front.result import Result, answered
from optkommunen.indicators.conditions import IN_LOGARITHMS, conditions, logarithmic
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, REFERENCE, is_whole, worst_of
from optkommunen.words import Note

KEEP = 0.10
"""Largest p of a condition that a regression keeps."""


def neighbours(
    returns: Returns | pd.DataFrame | None = None,
    *,
    k: int = 10,
    variables: Sequence[str] | None = None,
    weights: Weights | pd.DataFrame | None = None,
    period: int | str = 2007,
    logarithms: bool = True,
) -> Result:
    """The k municipalities under the most similar conditions, for each municipality.

    Parameters
    ----------
    returns : Returns, DataFrame or None, default None
        Whose municipalities; or ``kommune`` and conditions of one's own; None: all of the 69.
    k : int, default 10
        Neighbours of each.
    variables : list of str or None, default None
        Conditions that count; None: all twelve, or all numbers of one's own frame.
    weights : mapping of str to float, DataFrame or None, default None
        Of the conditions; a table of values of one indicator: a regression on the conditions selects (p up to 0.10) and
        weighs them, as the IAB does. None: all alike.
    period : int or str, default 2007
        Year of the official conditions.
    logarithms : bool, default True
        Whether positive and skewed conditions enter as logarithms (``ln_density`` and the like).

    Returns
    -------
    Result
        ``kommune, name, position, neighbour, neighbour_name, distance, status, note``. ``parts``: ``overlap`` (how
        many stay without logarithms; with weights, how many of those with all weights alike), ``weights`` of a
        regression, ``rings`` (how many are in the own ring), ``conditions``. Empty with the reason where too few have
        all conditions, or a value to weigh them by.

    Raises
    ------
    ComparisonError
        A number of neighbours that is none, an unknown condition, a constant one.

    See Also
    --------
    optkommunen.comparison.neighbours.nearest : The method.

    Examples
    --------
    >>> near = neighbours(k=3)
    >>> near.of("Coesfeld").table["neighbour"].nunique(), len(near)
    (3, 207)
    """
    raw, ring = _surroundings(returns, period)
    frame, used = _used(raw, variables, logarithms)
    if not is_whole(k, 1):
        message = f"Neighbours are counted by a whole number from 1; found k={k!r}. Take 5 to 10."
        raise ComparisonError(message)
    complete = int(frame[used].notna().all(axis=1).sum())
    if k >= complete:
        reason = Note("of {n} municipalities with all conditions none has {k} neighbours", n=complete, k=k)
        return Result("neighbours", pd.DataFrame(), reason=reason)
    parts: dict[str, Any] = {"conditions": frame}
    weighing: Weights | None = None if isinstance(weights, pd.DataFrame) else weights
    if isinstance(weights, pd.DataFrame):
        values = _target(weights, frame)
        n_known = int(frame[used].notna().all(axis=1).to_numpy()[values.notna()].sum())
        if n_known < len(used) + 2:
            reason = Note(
                "{variables} conditions are weighed by a regression of {needed} municipalities or more; found {n}",
                variables=len(used), needed=len(used) + 2, n=n_known,
            )  # fmt: skip
            return Result("neighbours", pd.DataFrame(), reason=reason)
        parts["weights"] = regression_weights(frame.assign(target=values), "target", used, keep=KEEP)
        weighing = parts["weights"].set_index("variable")["weight"]
    rows = nearest_units.nearest(frame, used, k, weighing)
    names = names_of(ring if ring is not None else frame)
    data = rows.assign(name=rows[KEY].map(names), neighbour_name=rows["neighbour"].map(names).fillna(""))
    data = data[[KEY, "name", "position", "neighbour", "neighbour_name", "distance", "status", "note"]]
    facts: dict[str, Any] = {"k": k, "n": complete, "n_variables": len(used)}
    if weighing is not None:
        facts["n_weighed"] = int((pd.Series(weighing) > 0).sum())
        parts["overlap"] = nearest_units.overlap(rows, nearest_units.nearest(frame, used, k))
    elif logarithms and set(used) - set(raw.columns):
        plain_ones = [name.removeprefix("ln_") for name in used]
        parts["overlap"] = nearest_units.overlap(rows, nearest_units.nearest(raw, plain_ones, k))
    if "overlap" in parts:
        facts["overlap_median"] = float(parts["overlap"]["common"].median())
    if ring is not None:
        parts["rings"] = _in_ring(rows, ring)
        facts["in_ring_mean"] = float(parts["rings"]["in_ring"].mean())
    shown = ("name", "position", "neighbour_name", "distance", "status", "note")
    return answered("neighbours", data, parts=parts, facts=facts, names=names, columns=shown, variables=tuple(used))


def types(
    returns: Returns | pd.DataFrame | None = None,
    *,
    types: int | None = None,
    variables: Sequence[str] | None = None,
    weights: Weights | None = None,
    period: int | str = 2007,
    logarithms: bool = True,
    rings: Any = None,
    fewest: int = 5,
    resamples: int = 200,
    seed: int = 2008,
) -> Result:
    """Types of municipalities under similar conditions, by the procedure of the IAB.

    Parameters
    ----------
    returns : Returns, DataFrame or None, default None
        As in `neighbours`.
    types : int or None, default None
        How many; None: as many as give the highest mean silhouette.
    variables : list of str or None, default None
        As in `neighbours`.
    weights : mapping of str to float or None, default None
        As in `neighbours`.
    period : int or str, default 2007
        As in `neighbours`.
    logarithms : bool, default True
        As in `neighbours`.
    rings : DataFrame, mapping, str or Result, default None
        Set beside the types in ``parts["rings"]``, as in ``ok.compare``; None: those of the returns, or of the 69.
    fewest : int, default 5
        Municipalities in a type that can still be compared with each other.
    resamples, seed : int
        Of the bootstrap in ``parts["stability"]``.

    Returns
    -------
    Result
        ``kommune, name, type, silhouette, nearest, distance, randlage, status, note``. ``parts``: ``cuts`` (what each
        number of types would give), ``stability``, ``rings`` (members of each ring by type, and how many of the ten
        nearest neighbours are of the same ring and type), ``conditions``. Empty with the reason where too few have all
        conditions.

    Raises
    ------
    ComparisonError
        A number of types that these municipalities do not give.

    See Also
    --------
    optkommunen.comparison.types.Typology : The method, with its references.

    Examples
    --------
    >>> import optkommunen as ok
    >>> answer = ok.types(ok.load_returns(), resamples=10)
    >>> answer.table["type"].value_counts().to_dict()
    {'T1': 40, 'T2': 29}

    The number of types is the one whose mean silhouette is highest.

    >>> cuts = answer.parts["cuts"]
    >>> int(cuts.loc[cuts["silhouette"].idxmax(), "types"])
    2
    """
    raw, ring = _surroundings(returns, period)
    frame, used = _used(raw, variables, logarithms)
    typology = Typology(used, types, weights, fewest)
    try:
        rows = typology(frame)
    except TooFewUnitsError as error:
        return Result("types", pd.DataFrame(), reason=error.args[0])
    names = names_of(ring if ring is not None else frame)
    data = rows.assign(name=rows[KEY].map(names), nearest_name=rows["nearest"].map(names).fillna(""))
    data = data[[KEY, "name", "type", "silhouette", "nearest", "nearest_name", *rows.columns[4:]]]
    facts = {
        "types": int(rows.loc[rows["type"] != "", "type"].nunique()), "n": int((rows["type"] != "").sum()),
        "silhouette": float(rows["silhouette"].mean()), "at_the_edge": int(rows["randlage"].sum()),
        "nearer_to_another": int((rows["silhouette"] < 0).sum()),
    }  # fmt: skip
    parts = {
        "cuts": partial(typology.cuts, frame), "stability": partial(typology.stability, frame, resamples, seed),
        "conditions": frame,
    }  # fmt: skip
    group = ring if rings is None else groups(rings, frame).frame
    if group is not None:
        parts["rings"] = partial(_beside_rings, data, group, frame, used, weights)
    shown = ("name", "type", "silhouette", "nearest_name", "distance", "randlage", "status", "note")
    return answered(
        "types", data, parts=parts, facts=facts, looks={"rings": {"digits": {"in_ring": 1, "in_type": 1}}},
        names=names, columns=shown, variables=tuple(used),
    )  # fmt: skip


def _surroundings(returns: Any, period: int | str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Conditions as they are, and the rings of the same municipalities where they are known."""
    if isinstance(returns, pd.DataFrame):
        own = returns[returns[KEY] != REFERENCE] if KEY in returns else returns
        return own, own[[KEY, "ring"]] if {KEY, "ring"} <= set(own.columns) else None
    if returns is not None and not isinstance(returns, Returns):
        message = f"Conditions are of returns, of a frame, or of the 69; found {type(returns).__name__}. Pass one."
        raise ComparisonError(message)
    frame = conditions(returns, period)
    if returns is None:
        return frame, groups(None, frame).frame
    units = returns.units
    return frame, units[[KEY, "name", "ring"]] if "ring" in units and units["ring"].notna().any() else None


def _target(table: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """Values of one indicator, of the last period, beside the conditions of each municipality."""
    found = given(table, kind="ratio", polarity=0)
    if not found:
        return pd.Series(float("nan"), index=frame.index)
    one = found[0]
    rows = one.frame[one.known() & (one.frame["period"] == one.period(LATEST))]
    return frame[KEY].map(rows.set_index(KEY)["value"])


def _used(frame: pd.DataFrame, variables: Sequence[str] | None, logarithms: bool) -> tuple[pd.DataFrame, list[str]]:
    skewed = [name for name in IN_LOGARITHMS if name in frame]
    taken = logarithmic(frame) if logarithms and len(skewed) == len(IN_LOGARITHMS) else frame
    numeric = [c for c in taken.columns if pd.api.types.is_numeric_dtype(taken[c])]
    asked = [f"ln_{v}" if f"ln_{v}" in taken and v not in taken else v for v in variables or ()]
    return taken, asked or numeric


def _beside_rings(
    types: pd.DataFrame, ring: pd.DataFrame, frame: pd.DataFrame, used: list[str], weights: Weights | None
) -> pd.DataFrame:
    """Members of each ring by type, and how many of the nearest neighbours are of the same ring or type on average."""
    near = nearest_units.nearest(frame, used, min(10, int(frame[used].notna().all(axis=1).sum()) - 1), weights)
    in_type = _in_ring(near, types.rename(columns={"type": "ring"})).set_index(KEY)["in_ring"]
    counted = _in_ring(near, ring).assign(in_type=lambda table: table[KEY].map(in_type)).query("ring != ''")
    same = counted.groupby("ring")[["in_ring", "in_type"]].mean()
    kind = types.set_index(KEY)["type"].reindex(ring[KEY]).fillna("")
    members = pd.crosstab(ring["ring"].to_numpy(), kind.to_numpy())
    table = members.assign(n=members.sum(axis=1)).join(same, how="inner").rename_axis("ring")
    return table.rename_axis(columns=None).reset_index().assign(status=worst_of([*types["status"], *near["status"]]))


def _in_ring(rows: pd.DataFrame, ring: pd.DataFrame) -> pd.DataFrame:
    """How many of the neighbours of each are in its own ring."""
    of = ring.set_index(KEY)["ring"]
    pairs = rows[rows["neighbour"] != ""]
    same = pairs[KEY].map(of) == pairs["neighbour"].map(of)
    counted = same.groupby(pairs[KEY]).agg(["sum", "size"]).set_axis(["in_ring", "k"], axis=1).reset_index()
    return counted.assign(ring=counted[KEY].map(of))[[KEY, "ring", "in_ring", "k"]]
