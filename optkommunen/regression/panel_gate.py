"""Gate of a panel: one row per municipality and year, and regressors that change within municipalities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.columns import require_numbers
from optkommunen.regression.groups import Groups
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY

FEWEST = 3
"""Municipalities with two years each; with fewer nothing is left to compare."""
STILL = 1e-9
"""Share of a regressor's size up to which a change is rounding."""


def changes(values: np.ndarray, units: Groups) -> np.ndarray:
    """Whether regressors (n, m) change within each municipality by more than rounding, shape (municipalities, m).

    Examples
    --------
    What is rounding beside large values is a change among small ones:

    >>> units, x = Groups(np.array([0, 0, 1, 1]), ("a", "b")), np.array([[0.3], [0.1 + 0.2], [1e-13], [2e-13]])
    >>> changes(x, units).ravel().tolist(), changes(1e12 * x[2:], Groups(units.codes[:2], ("b",))).item()
    ([False, False], True)
    """
    return units.reach(values) > STILL * np.abs(values).max(axis=0)


def units_of(frame: pd.DataFrame) -> Groups:
    """The municipalities as groups of rows, in the order of their keys."""
    codes, labels = pd.factorize(frame[KEY], sort=True)
    return Groups(codes, tuple(map(str, labels)))


def checked(frame: pd.DataFrame, outcome: str, regressors: Sequence[str], exposure: str, period: str) -> pd.DataFrame:
    """Rows of a panel, numbered anew.

    Raises
    ------
    ModelError
        Names the columns, municipalities and years; see `PanelModel`.
    """
    columns = [outcome, *regressors, exposure]
    require_columns(frame, [KEY, period, *columns], "The panel needs", error=ModelError)
    require_once(frame, [KEY, period], "A panel has one row per municipality and year", error=ModelError)
    require_numbers(frame, columns)
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
    change = changes(frame[list(regressors)].to_numpy(dtype=float), units_of(frame))
    still = [name for name, changed in zip(regressors, change.T, strict=True) if not changed.any()]
    if still:
        message = f"A regressor must change within municipalities; {', '.join(still)} never does. Leave it out."
        raise ModelError(message)
    return frame.reset_index(drop=True)
