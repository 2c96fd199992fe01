"""The gate of every comparison: each unit of the closed set once, numbers and covariances that can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.data.register import require_closed_set
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.intervals import NO_EXPOSURE
from optkommunen.validate import numbers_of, require_columns, require_once
from optkommunen.values import (
    KEY,
    RANK,
    STATUS_WORDS,
    SYNTHETIC_KEYS,
    WITHOUT_VALUE,
    check_statuses,
    plain,
    ranks,
    status_without,
)
from optkommunen.words import N_

FEWEST = 2
"""Units that make a comparison."""

_TOLERANCE = 1e-10
"""Rounding of a covariance, beside its largest number."""

AVERAGED = N_("the number of events is an average, not a count")


def validate_units(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    others: Sequence[str] = (),
    fewest: int = FEWEST,
    by: str | None = None,
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
    by : column of periods, in each of which a unit has one row; None: the frame is one period.

    Returns
    -------
    DataFrame
        The same rows in the same order under a new index, the columns as float, ``status`` always there (if the frame
        had none: ``synthetic`` for Musterkommunen, else `UNKNOWN`).

    Raises
    ------
    ComparisonError
        A column missing, a unit twice, too few units, real and invented ones together, a negative or infinite number.
    ForeignUnitError
        A unit that is neither one of the 69 nor a Musterkommune.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "events": [3, 4], "status": ["synthetic", "missing"]})
    >>> validate_units(frame, counts=["events"])["events"].tolist()
    [3.0, nan]
    """
    needed = (KEY, *counts, *numbers, *others)
    require_columns(frame, needed, "A comparison needs", "Keep the key through merges.", ComparisonError)
    frame = plain(frame).reset_index(drop=True)
    _check_units(frame, fewest, by)
    if "status" not in frame.columns:
        frame["status"] = status_without(frame[KEY])
    check_statuses(frame["status"], RANK)
    without = frame["status"].isin(WITHOUT_VALUE)
    columns = [*counts, *numbers]
    if without.any():
        frame[columns] = frame[columns].mask(without)
    for column in columns:
        frame[column] = numbers_of(frame, column, least=0 if column in counts else None, error=ComparisonError)
    return frame


def by_period(frame: pd.DataFrame, *, counts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Frame of several periods, each through the gate; periods as text."""
    if "period" not in frame.columns:
        message = (
            f"Values of several years need the column 'period'; found {', '.join(map(str, frame.columns))}. Add it."
        )
        raise ComparisonError(message)
    frame = frame.assign(period=frame["period"].astype("str"))
    if frame.empty:
        return validate_units(frame, counts=counts, numbers=numbers)
    rows = frame.dropna(subset="period").sort_values("period", kind="stable")
    return validate_units(rows, counts=counts, numbers=numbers, fewest=1, by="period")


def reasons(
    frame: pd.DataFrame, columns: Sequence[str], *, exposure: str | None = None, events: str | None = None
) -> pd.Series:
    """Why a unit cannot enter a comparison; empty where it can.

    Parameters
    ----------
    frame : as `validate_units` returns it; its own ``note`` explains a missing value better than a status does.
    columns : columns that must have a value.
    exposure : the one of them that is divided by and so must not be 0.
    events : the one of them that must be a whole number.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "events": [3, None, 1], "ehb": [9, 9, 0]})
    >>> reasons(validate_units(frame), ["events", "ehb"], exposure="ehb").tolist()
    ['', 'events is missing', 'the denominator is 0']
    """
    found = np.full(len(frame), "", dtype=object)
    if events is not None:
        found[frame[events] % 1 != 0] = AVERAGED
    if exposure is not None:
        found[frame[exposure] == 0] = NO_EXPOSURE
    for column in columns:
        found[frame[column].isna()] = f"{column} is missing"
    without = frame["status"].isin(WITHOUT_VALUE).to_numpy()
    if without.any():
        found[without] = "status " + frame.loc[without, "status"].astype("object")
    if "note" in frame.columns and (found != "").any():
        own = frame["note"].fillna("").astype("object").to_numpy()
        found = np.where((found != "") & (own != ""), own, found)
    return pd.Series(found, index=frame.index, dtype="str")


def require_within(keys: pd.Series, part: pd.Series, whole: pd.Series, instead: str) -> None:
    """Refuse a part that is larger than its whole: persons are counted among the same persons.

    Parameters
    ----------
    keys, part, whole : shape (n,), same index.
    instead : what to use where one person may count more than once.
    """
    larger = keys[part > whole].unique()
    if len(larger):
        message = (
            "A share counts persons among the same persons; the part is larger than the whole for "
            f"{', '.join(larger)}. If one person may count more than once, use {instead}."
        )
        raise ComparisonError(message)


def carried_status(status: pd.Series, enters: np.ndarray) -> pd.Series:
    """Status of each row's result: the worst of its own and of those that enter it.

    Parameters
    ----------
    status : Series of str, shape (n,).
    enters : bool, shape (n, n): whether the unit of the column enters the result of the row; shape (n,) if the same
        units enter all.

    Examples
    --------
    A unit is compared with an estimated one and is then no better than estimated itself:

    >>> carried_status(pd.Series(["observed", "estimated"]), np.array([[False, True], [True, False]])).tolist()
    ['estimated', 'estimated']
    """
    own = ranks(status)
    worst = np.maximum(own, np.where(enters, own, 0).max(axis=-1, initial=0))
    return pd.Series(STATUS_WORDS.take(worst), index=status.index)


def standard_errors(covariance: pd.DataFrame, keys: pd.Series) -> np.ndarray:
    """Standard error of each unit from a covariance named by key in rows and columns, shape (n,).

    Raises
    ------
    ComparisonError
        What is no frame of numbers; a unit that it does not name, or names twice; a variance that is negative or
        infinite. One that is missing (NaN) leaves the unit without standard error.

    Examples
    --------
    >>> covariance = pd.DataFrame([[4.0, 0.0], [0.0, 9.0]], index=["M01", "M02"], columns=["M01", "M02"])
    >>> standard_errors(covariance, pd.Series(["M02", "M01"])).tolist()
    [3.0, 2.0]
    """
    if not isinstance(covariance, pd.DataFrame):
        message = f"A covariance is a DataFrame named by {KEY} in rows and columns; found {type(covariance).__name__}."
        raise ComparisonError(message)
    for axis, name in ((covariance.index, "rows"), (covariance.columns, "columns")):
        absent = sorted(set(keys) - set(axis))
        if absent or axis.has_duplicates:
            found = f"{', '.join(absent)} not among its {name}" if absent else f"a key twice among its {name}"
            message = f"A covariance names each unit once in rows and columns; found {found}. Label it by {KEY}."
            raise ComparisonError(message)
    try:
        variance = np.diag(covariance.loc[keys, keys].to_numpy(dtype=float))
    except (ValueError, TypeError) as error:
        message = f"A covariance holds numbers; {error}. Convert it first."
        raise ComparisonError(message) from error
    wrong = keys[(variance < 0) | np.isinf(variance)]
    if len(wrong):
        what = "a negative" if (variance < 0).any() else "an infinite"
        message = f"A variance is finite and not negative; found {what} one for {', '.join(wrong)}. Correct it."
        raise ComparisonError(message)
    return np.sqrt(variance)


def aligned(covariance: pd.DataFrame, keys: pd.Series) -> np.ndarray:
    """Covariance of some units in their order, shape (n, n).

    Raises
    ------
    ComparisonError
        If it is not finite, not symmetric, has a negative eigenvalue, or leaves the difference of two units without
        variance.
    """
    matrix = covariance.loc[keys, keys].to_numpy(dtype=float)
    scale = np.abs(matrix).max()
    symmetric = np.isfinite(scale) and np.abs(matrix - matrix.T).max() <= _TOLERANCE * scale
    if not symmetric or np.linalg.eigvalsh(matrix)[0] < -_TOLERANCE * scale:
        message = "A covariance is finite, symmetric and without negative eigenvalue; this one is not. Correct it."
        raise ComparisonError(message)
    variance = np.diag(matrix)
    of_differences = variance[:, None] + variance - 2 * matrix + np.eye(len(matrix)) * scale
    if of_differences.min() <= _TOLERANCE * scale:
        j, k = np.unravel_index(of_differences.argmin(), matrix.shape)
        message = (
            "The difference of two units needs a standard error; by this covariance that of "
            f"{keys.iloc[j]} and {keys.iloc[k]} has none. Leave one of them out."
        )
        raise ComparisonError(message)
    return matrix


def _check_units(frame: pd.DataFrame, fewest: int, by: str | None) -> None:
    keys = frame[KEY]
    empty = int(keys.isna().sum())
    if empty:
        message = f"Each row names its unit in {KEY!r}; {empty} do not. Fill in the key."
        raise ComparisonError(message)
    way_out, once = "Choose one period and indicator.", [KEY] if by is None else [by, KEY]
    require_once(frame, once, "A unit is compared once", way_out, ComparisonError)
    invented = keys.isin(SYNTHETIC_KEYS)
    require_closed_set(keys[~invented])
    if invented.any() and not invented.all():
        message = (
            f"Invented units are never compared with real ones; found {keys[invented].iloc[0]} beside "
            f"{keys[~invented].iloc[0]}. Compare them in two calls."
        )
        raise ComparisonError(message)
    if len(keys) < fewest:
        message = f"This comparison needs at least {fewest} units; found {len(keys)}."
        raise TooFewUnitsError(message)
