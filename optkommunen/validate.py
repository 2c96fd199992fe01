"""The one gate for frames: columns that must be there, rows that stand once, numbers that can be computed with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.values import KEY, WITHOUT_VALUE, check_statuses


def require_columns(
    frame: pd.DataFrame,
    columns: Sequence[str],
    subject: str,
    way_out: str = "Rename or add them.",
    error: type[OptkommunenError] = ValueTableError,
) -> None:
    """Refuse a frame without the columns.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str
        Names that must be there.
    subject : str
        Who needs them, with the verb: ``"A comparison needs"``.
    way_out : str
        What to do.
    error : type of OptkommunenError, default ValueTableError

    Raises
    ------
    OptkommunenError
        Of the type `error`; lists the columns needed, those not found and those found.

    Examples
    --------
    >>> require_columns(pd.DataFrame({"kommune": []}), ["kommune", "value"], "A map needs")
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: A map needs the columns kommune, value; not found: value (found: kommune).
    Rename or add them.
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        found = ", ".join(map(str, frame.columns)) or "none"
        message = (
            f"{subject} the columns {', '.join(columns)}; not found: {', '.join(absent)} (found: {found}). {way_out}"
        )
        raise error(message)


def require_once(
    frame: pd.DataFrame,
    keys: Sequence[str],
    rule: str,
    way_out: str = "Keep one of them.",
    error: type[OptkommunenError] = ValueTableError,
) -> None:
    """Refuse rows that share their keys.

    Parameters
    ----------
    frame : DataFrame
    keys : sequence of str
        Columns that name a row together.
    rule : str
        What is once: ``"A municipality belongs to one ring"``.
    way_out : str
        What to do.
    error : type of OptkommunenError, default ValueTableError

    Raises
    ------
    OptkommunenError
        Of the type `error`; says how many are there again, and names up to three.

    Examples
    --------
    >>> require_once(pd.DataFrame({"kommune": ["M01", "M01"]}), ["kommune"], "A municipality has one row")
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: A municipality has one row; more than once here: M01. Keep one of them.
    """
    twice = frame[keys[0]].duplicated() if len(keys) == 1 else frame.duplicated(list(keys))
    if twice.any():
        again = frame.loc[twice, list(keys)].drop_duplicates()
        named = ["/".join(map(str, row)) for row in again.head(3).itertuples(index=False)]
        more = f" and {len(again) - 3} more" if len(again) > 3 else ""
        message = f"{rule}; more than once here: {', '.join(named)}{more}. {way_out}"
        raise error(message)


def numbers_of(
    frame: pd.DataFrame,
    column: str,
    *,
    least: float | None = None,
    missing: bool = True,
    named_by: Sequence[str] = ("kommune",),
    way_out: str = "Correct it, or set it to missing.",
    error: type[OptkommunenError] = ValueTableError,
) -> NDArray[np.float64]:
    """Numbers of a column, refused where one is infinite, too small or no number.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
    column : str
    least : float or None
        Smallest number allowed.
    missing : bool, default True
        Whether a number may be missing.
    named_by : sequence of str
        Columns that name a row in the message.
    way_out : str
        What to do.
    error : type of OptkommunenError, default ValueTableError

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    OptkommunenError
        Of the type `error`; says in how many rows, names the first and what stands there.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "bg": [12, None]})
    >>> numbers_of(frame, "bg", least=0).tolist()
    [12.0, nan]
    >>> numbers_of(frame, "bg", missing=False)
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: Column 'bg' holds finite numbers; not so in 1 row, the first: M02: nan. Correct
    it, or set it to missing.
    """
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.isinf(values) | (np.isnan(values) & (frame[column].notna().to_numpy() | (not missing)))
    if least is not None:
        wrong |= values < least
    if wrong.any():
        first = frame[wrong].iloc[0]
        of = "" if least is None else f" of {least:g} or more"
        rows = "1 row" if wrong.sum() == 1 else f"{wrong.sum()} rows"
        where = "/".join(str(first[name]) for name in named_by if name in frame.columns)
        found = f"not so in {rows}, the first: {where}: {first[column]}"
        message = f"Column {column!r} holds finite numbers{of}; {found}. {way_out}"
        raise error(message)
    return values


def check_values(frame: pd.DataFrame, required: Sequence[str] = (KEY, "value", "status")) -> pd.DataFrame:
    """Gate for a value table: required columns, known statuses, a number wherever the status promises one.

    Parameters
    ----------
    frame : DataFrame with at least the columns in `required`.
    required : names of columns that must be there.

    Returns
    -------
    DataFrame
        The frame itself, unchanged.

    Raises
    ------
    ValueTableError
        If a column is missing, a status unknown, a status promises a value that is not there, or
        a key occurs twice for the same period and indicator.
    """
    way_out = "Keep the status column through merges: it says what each number is worth."
    require_columns(frame, required, "A value table needs", way_out)
    check_statuses(frame["status"])
    promised = ~frame["status"].isin(WITHOUT_VALUE)
    empty = frame[promised & frame["value"].isna()]
    if len(empty):
        first = empty.iloc[0]
        message = (
            f"A value of status {first['status']!r} must be a number; {len(empty)} are empty, "
            f"the first for {KEY} {first.get(KEY)!r}. Set the status to 'missing' and give the reason in 'note'."
        )
        raise ValueTableError(message)
    identity = [c for c in (KEY, "period", "indicator") if c in frame.columns]
    require_once(frame, identity, f"A value table has one row per {', '.join(identity)}")
    return frame
