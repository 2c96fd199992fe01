"""The gate for returns: columns of a frame on the full grid of municipalities and periods, with what lacks and why."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.returns.secrecy import PROTECTED, SUPPRESSED, is_protected
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, WITHOUT_VALUE, check_statuses

Grid = Literal["month", "year", "annual"]

MONTHS = 12
OWN_COLUMNS = {KEY, "period", "status", "reason", "note", "n_months", "whole"}
"""Columns of what is made of returns; none of them is a count."""
PERIODS = {"month": (r"\d{4}-(?:0[1-9]|1[0-2])", "2008-03"), "annual": (r"\d{4}", "2008")}


def full_grid(frame: pd.DataFrame, columns: list[str], grid: Grid, members: Iterable[str] = ()) -> pd.DataFrame:
    """Gate for returns: the columns asked for, on the full grid of municipalities and periods.

    A value that may not enter (status ``unusable``, ``suppressed``, ``missing``, an empty cell, no row) is blank, and
    ``reason`` says why; ``reason`` is empty where all columns have a value. A row of which a column asked for is
    protected (`returns.secrecy`) is ``suppressed``.

    Parameters
    ----------
    frame : returns with ``kommune, period, status`` and the columns; ``note``, if there, gives the reason in words.
    columns : names of counts, stocks or amounts.
    grid : ``month``, the months in the frame; ``year``, all twelve months of its years; ``annual``, the years.
    members : further municipalities of the grid.

    Raises
    ------
    ValueTableError
        If a column is not there, a key occurs twice, a period is malformed, or a number is negative or infinite.

    Examples
    --------
    A municipality that did not report a month has a row all the same:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M02"], "period": ["2008-01", "2008-01", "2008-02"],
    ...                       "bg": [100, 200, 210], "status": "synthetic"})
    >>> full_grid(frame, ["bg"], "month").query("reason != ''")[["kommune", "period", "reason"]].to_numpy().tolist()
    [['M01', '2008-02', 'bg not reported']]
    """
    needed = [KEY, "period", "status", *columns]
    way_out = "Keep key and status through merges: the status says what each number is worth."
    require_columns(frame, needed, "Returns need", way_out)
    taken = sorted({*columns} & OWN_COLUMNS)
    if taken:
        message = f"A column of counts may not be called {', '.join(taken)}: these say what a row is worth. Rename it."
        raise ValueTableError(message)
    check_statuses(frame["status"])
    key, keys = pd.factorize(frame[KEY])
    period, periods = pd.factorize(frame["period"].astype("str"))
    _check_keys(frame, key, period, periods, "annual" if grid == "annual" else "month")
    rows, columns_of = sorted({*keys, *members}), _periods(periods, grid)
    place = pd.Index(rows).get_indexer(pd.Index(keys))[key] * len(columns_of)
    place += pd.Index(columns_of).get_indexer(periods)[period]
    size = len(rows) * len(columns_of)
    status, words = pd.factorize(frame["status"])
    barred = np.array([word in WITHOUT_VALUE for word in words], dtype=bool)[status]
    values = {column: np.full(size, np.nan) for column in columns}
    for column, full in values.items():
        full[place] = np.where(barred, np.nan, _numbers(frame, column, barred))
    reason = _lacking_columns(values, size)
    absent_row = np.ones(size, dtype=bool)
    absent_row[place] = False
    reason[absent_row] = not_reported(columns)
    protected = is_protected(frame, columns) & ~barred
    reason[place[protected]] = f"{PROTECTED}: {' or '.join(columns)}"
    for row in np.flatnonzero(barred).tolist():
        reason[place[row]] = _said(frame, words[status[row]], row)
    worth = np.full(size, len(words))  # missing
    worth[place] = status
    lost = np.array(reason != "", dtype=bool)
    lost[place[barred]] = False
    worth[lost] = len(words)
    worth[place[protected]] = len(words) + 1
    return pd.DataFrame(
        {
            KEY: pd.array(rows, dtype="str").take(np.repeat(np.arange(len(rows)), len(columns_of))),
            "period": pd.array(columns_of, dtype="str").take(np.tile(np.arange(len(columns_of)), len(rows))),
            "status": pd.array([*words, "missing", SUPPRESSED], dtype="str").take(worth),
            **values,
            "reason": pd.array(reason, dtype="str"),
        }
    )


def _lacking_columns(values: dict[str, np.ndarray], size: int) -> np.ndarray:
    """Reason of each place of the grid: which columns have no value; empty where all have one."""
    reason, empty = np.full(size, "", dtype=object), np.isnan(list(values.values()))
    for one in np.unique(empty[:, empty.any(axis=0)], axis=1).T:
        named = ", ".join(itertools.compress(values, one))
        reason[(empty == one[:, None]).all(axis=0)] = f"no value of {named}"
    return reason


def _said(frame: pd.DataFrame, status: str, row: int) -> str:
    """Why a value may not enter, in the words of the return."""
    note = frame["note"].iloc[row] if "note" in frame.columns else ""
    return f"{status}: {note}" if isinstance(note, str) and note else status


def _check_keys(
    frame: pd.DataFrame, key: np.ndarray, period: np.ndarray, periods: pd.Index, kind: Literal["month", "annual"]
) -> None:
    form, example = PERIODS[kind]
    malformed = [one for one in periods if not re.fullmatch(form, one)]
    if malformed:
        message = f"A period of these returns is text like {example!r}; found {malformed[0]!r}. Write all alike."
        raise ValueTableError(message)
    if (key < 0).any():
        message = f"Each row of returns names its municipality in {KEY!r}; {(key < 0).sum()} do not. Fill in the key."
        raise ValueTableError(message)
    if pd.Series(key * max(len(periods), 1) + period).duplicated().any():  # quicker than to look at the words
        require_once(frame, [KEY, "period"], f"Returns have one row per {KEY} and period")


def check_shares(table: pd.DataFrame, part: str, whole: str) -> None:
    """Refuse a quota of persons whose part is larger than its whole; names municipality and period."""
    larger = table[part].to_numpy() > table[whole].to_numpy()
    if larger.any():
        more = table[larger]
        first = more.iloc[0]
        message = (
            f"A quota counts persons among the same persons; {part} exceeds {whole} in {len(more)} rows, the first: "
            f"{first[KEY]}, {first['period']}: {first[part]:g} of {first[whole]:g}. "
            "Correct the return, or set its status to 'unusable' and say why in 'note'."
        )
        raise ValueTableError(message)


def _numbers(frame: pd.DataFrame, column: str, barred: np.ndarray) -> np.ndarray:
    """Numbers of a column; one that may enter is neither text nor negative nor infinite."""
    given = frame[column]
    numeric = given if pd.api.types.is_numeric_dtype(given) else pd.to_numeric(given, errors="coerce")
    values = numeric.to_numpy(dtype=float, na_value=np.nan)
    wrong = ~barred & ((np.isnan(values) & given.notna().to_numpy()) | (values < 0) | np.isinf(values))
    if wrong.any():
        first = frame[wrong].iloc[0]
        message = (
            f"A number of the returns is 0 or more; {column!r} is not in {wrong.sum()} rows, the first: {first[KEY]}, "
            f"{first['period']}: {first[column]}. Correct it, or set the status to 'unusable' and say why in 'note'."
        )
        raise ValueTableError(message)
    return values


def not_reported(columns: list[str]) -> str:
    """Reason of a value for which there is no row."""
    return f"{' and '.join(columns)} not reported"


def _periods(found: Iterable[str], grid: Grid) -> list[str]:
    periods = sorted(found)
    if grid != "year":
        return periods
    years = dict.fromkeys(period[:4] for period in periods)
    return [f"{year}-{month:02}" for year in years for month in range(1, MONTHS + 1)]
