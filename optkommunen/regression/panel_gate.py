"""Gate of a panel: one row per municipality and year, and regressors that change within municipalities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.values import KEY

FEWEST = 3
"""Municipalities with two years each; with fewer nothing is left to compare."""
STILL = 1e-9
"""Share of a regressor's size up to which a change is rounding."""


def changes(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Whether each column changes within each municipality by more than rounding, in any unit.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": list("aabb"), "x": [0.3, 0.1 + 0.2, 1e-13, 2e-13]})
    >>> changes(frame, ["x"])["x"].tolist(), changes(frame[frame["kommune"] == "b"], ["x"])["x"].tolist()
    ([False, False], [True])
    """
    numbers = frame[list(names)].astype(float)
    reach = numbers.groupby(frame[KEY]).agg(np.ptp)
    return reach > STILL * numbers.abs().max()


def checked(frame: pd.DataFrame, outcome: str, regressors: Sequence[str], exposure: str, period: str) -> pd.DataFrame:
    """Rows of a panel, numbered anew.

    Raises
    ------
    ModelError
        Names the columns, municipalities and years; see `PanelModel`.
    """
    columns = [outcome, *regressors, exposure]
    absent = [column for column in (KEY, period, *columns) if column not in frame.columns]
    if absent:
        needed = ", ".join([KEY, period, *columns])
        message = f"The panel needs the columns {needed}; not found: {', '.join(absent)}."
        raise ModelError(message)
    twice = frame[frame.duplicated([KEY, period])]
    if len(twice):
        first = f"{twice.iloc[0][KEY]} in {twice.iloc[0][period]}"
        message = f"A panel has one row per municipality and year; {len(twice)} occur twice, the first: {first}."
        raise ModelError(message)
    for column in columns:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = ~np.isfinite(numbers) | ((numbers < 0) if column == outcome else False)
        wrong |= (numbers <= 0) if column == exposure else False
        if wrong.any():
            row = frame[wrong].iloc[0]
            rule = "positive" if column == exposure else "not negative" if column == outcome else "a number"
            where = f"{row[KEY]} in {row[period]}"
            message = f"{column} must be {rule}; it is {row[column]!r} for {where}. Correct it."
            raise ModelError(message)
    several = frame.groupby(KEY)[period].transform("size") > 1
    alone = sorted(frame.loc[~several, KEY].unique())
    if alone:
        message = f"A panel compares the years of a municipality; one year only for {', '.join(alone)}. Leave them out."
        raise ModelError(message)
    if frame[KEY].nunique() < FEWEST:
        message = f"A panel needs at least {FEWEST} municipalities; found {frame[KEY].nunique()}."
        raise ModelError(message)
    still = [name for name in regressors if not changes(frame, [name]).to_numpy().any()]
    if still:
        message = f"A regressor must change within municipalities; {', '.join(still)} never does. Leave it out."
        raise ModelError(message)
    return frame.reset_index(drop=True)
