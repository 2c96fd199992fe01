"""The tables of a frontier: from arrays of the units with all values to one row or more for every unit asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.values import KEY, RESULT_COLUMNS, worst, worst_of


def estimates(units: pd.DataFrame, value: pd.Series, method: str) -> pd.DataFrame:
    """Result columns without interval, in the order of the units; what has no value is ``missing``."""
    table = units[[KEY, "status", "note"]].assign(value=units[KEY].map(value), lower=np.nan, upper=np.nan, level=np.nan)
    return table.assign(method=method)[[KEY, *RESULT_COLUMNS, "status", "note"]]


def with_peers(units: pd.DataFrame, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units and their peers, both with the worst status of a unit and its peers: their figures make its score.

    Parameters
    ----------
    units : ``kommune, status, note`` and whatever else.
    pairs : ``kommune, peer, weight`` of the units that are scored.

    Returns
    -------
    units : as given, with that status.
    peers : ``kommune, peer, weight, status, note``; one row without peer for a unit that is not scored.
    """
    own = units.set_index(KEY)["status"]
    theirs = pairs["peer"].map(own).groupby(pairs[KEY]).agg(worst_of).reindex(own.index).fillna(own)
    units = units.assign(status=worst(own, theirs).to_numpy())
    pairs = pairs.sort_values(["weight", "peer"], ascending=[False, True])
    table = units[[KEY, "status", "note"]].merge(pairs, on=KEY, how="left", validate="one_to_many")
    return units, table.fillna({"peer": ""})[[KEY, "peer", "weight", "status", "note"]]


def by_variable(units: pd.DataFrame, roles: dict[str, str], scored: pd.Index, **arrays: np.ndarray) -> pd.DataFrame:
    """Long table, one row for each unit and variable.

    Parameters
    ----------
    units : ``kommune, status, note``.
    roles : role of each variable.
    scored : keys of the rows of the arrays.
    **arrays : further columns, each of shape (scored, variables).

    Returns
    -------
    DataFrame
        ``kommune, variable, role``, the columns given, ``status, note``.
    """
    table = units[[KEY, "status", "note"]].loc[units.index.repeat(len(roles))].reset_index(drop=True)
    table["variable"], table["role"] = _repeated(list(roles), units), _repeated(list(roles.values()), units)
    for name, array in arrays.items():
        table[name] = pd.DataFrame(array, index=scored).reindex(units[KEY]).to_numpy().ravel()
    return table[[KEY, "variable", "role", *arrays, "status", "note"]]


def _repeated(names: Sequence[str], units: pd.DataFrame) -> np.ndarray:
    return np.tile(np.array(names), len(units))
