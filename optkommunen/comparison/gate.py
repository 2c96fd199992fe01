"""The gate of every comparison: one row for each unit of the closed set, and numbers that can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ComparisonError
from optkommunen.loaders.returns import SYNTHETIC_KEYS
from optkommunen.register import require_closed_set
from optkommunen.values import KEY, WITHOUT_VALUE, check_statuses

FEWEST = 2
"""Units that make a comparison."""


def checked(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    others: Sequence[str] = (),
    fewest: int = FEWEST,
) -> pd.DataFrame:
    """Frame whose rows may be compared with each other.

    Compared are the 69 among themselves or the Musterkommunen among themselves, one row each. A value that is not
    there stays NaN and is the method's to explain; what a status of ``unusable``, ``suppressed`` or ``missing``
    stands beside becomes NaN.

    Parameters
    ----------
    frame : DataFrame with ``kommune`` and the columns named; ``status`` where there is one.
    counts : columns of counts and exposures: finite, not negative.
    numbers : columns of finite numbers of either sign.
    others : further columns that must be there.
    fewest : units needed.

    Returns
    -------
    DataFrame
        The same rows in the same order under a new index, the columns as float, ``status`` always there (``unknown``
        if the frame had none).

    Raises
    ------
    ComparisonError
        A column missing, a unit twice, too few units, real and invented ones together, a negative or infinite number.
    ForeignUnitError
        A unit that is neither one of the 69 nor a Musterkommune.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "events": [3, 4], "status": ["synthetic", "missing"]})
    >>> checked(frame, counts=["events"])["events"].tolist()
    [3.0, nan]
    """
    absent = [column for column in (KEY, *counts, *numbers, *others) if column not in frame.columns]
    if absent:
        message = (
            f"A comparison needs the columns {', '.join((KEY, *counts, *numbers, *others))}; not found: "
            f"{', '.join(absent)} (found: {', '.join(map(str, frame.columns))}). Keep the key through merges."
        )
        raise ComparisonError(message)
    _check_units(frame[KEY], fewest)
    frame = frame.reset_index(drop=True)
    if "status" in frame.columns:
        check_statuses(frame["status"])
        without = frame["status"].isin(WITHOUT_VALUE)
    else:
        frame, without = frame.assign(status="unknown"), pd.Series(False, index=frame.index)
    for column in (*counts, *numbers):
        values = _numeric(frame, column)
        wrong = np.isinf(values) | ((values < 0) if column in counts else False)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            rule = "is finite and not negative" if column in counts else "is finite"
            message = (
                f"Column {column!r} {rule}; found {values[first]:g} for {frame[KEY][first]}. Correct the value, or set "
                "it to missing."
            )
            raise ComparisonError(message)
        frame[column] = np.where(without, np.nan, values)
    return frame


def _check_units(keys: pd.Series, fewest: int) -> None:
    empty = int(keys.isna().sum())
    if empty:
        message = f"Each row names its unit in {KEY!r}; {empty} do not. Fill in the key."
        raise ComparisonError(message)
    twice = keys[keys.duplicated()].unique()
    if len(twice):
        message = f"A unit is compared once; twice here: {', '.join(map(str, twice))}. Choose one period and indicator."
        raise ComparisonError(message)
    invented = keys.isin(SYNTHETIC_KEYS)
    if invented.any() and not invented.all():
        message = (
            f"Invented units are never compared with real ones; found {keys[invented].iloc[0]} beside "
            f"{keys[~invented].iloc[0]}. Compare them in two calls."
        )
        raise ComparisonError(message)
    if not invented.any():
        require_closed_set(keys)
    if len(keys) < fewest:
        message = f"This comparison needs at least {fewest} units; found {len(keys)}."
        raise ComparisonError(message)


def _numeric(frame: pd.DataFrame, column: str) -> np.ndarray:
    try:
        return pd.to_numeric(frame[column]).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError) as error:
        message = f"Column {column!r} holds numbers; {error}. Convert it first."
        raise ComparisonError(message) from error
