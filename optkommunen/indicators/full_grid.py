"""The gate for returns: columns of a frame on the full grid of municipalities and periods, with what lacks and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, WITHOUT_VALUE, check_statuses

Grid = Literal["month", "year", "annual"]

MONTHS = 12
PERIODS = {"month": (r"\d{4}-(?:0[1-9]|1[0-2])", "2008-03"), "annual": (r"\d{4}", "2008")}


def full_grid(frame: pd.DataFrame, columns: list[str], grid: Grid, members: Iterable[str] = ()) -> pd.DataFrame:
    """Gate for returns: the columns asked for, on the full grid of municipalities and periods.

    A value that may not enter (status ``unusable``, ``suppressed``, ``missing``, an empty cell, no row) is blank, and
    ``reason`` says why; ``reason`` is empty where all columns have a value.

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
    check_statuses(frame["status"])
    table = frame[needed].assign(
        period=frame["period"].astype("str"), said=frame["note"].fillna("") if "note" in frame.columns else ""
    )
    _check_keys(table, "annual" if grid == "annual" else "month")
    barred = table["status"].isin(WITHOUT_VALUE)
    for column in columns:
        table[column] = _numbers(table, column).mask(barred)
    table = table.set_index([KEY, "period"]).reindex(_grid(table, grid, members))
    absent_row, barred = table["status"].isna(), table["status"].isin(WITHOUT_VALUE)
    reason = pd.Series("", index=table.index)
    for column in columns:
        reason = reason.mask(table[column].isna(), reason + ", " + column)
    reason = ("no value of " + reason.str.removeprefix(", ")).where(reason != "", "")
    said = table["status"].astype("str") + (": " + table["said"]).where(table["said"] != "", "")
    table["reason"] = reason.mask(barred, said).mask(absent_row, not_reported(columns))
    table["status"] = table["status"].mask((table["reason"] != "") & ~barred, "missing")
    return table.drop(columns="said").reset_index()


def _check_keys(table: pd.DataFrame, period: Literal["month", "annual"]) -> None:
    form, example = PERIODS[period]
    malformed = table.loc[~table["period"].str.fullmatch(form), "period"]
    if len(malformed):
        message = f"A period of these returns is text like {example!r}; found {malformed.iloc[0]!r}. Write all alike."
        raise ValueTableError(message)
    require_once(table, [KEY, "period"], f"Returns have one row per {KEY} and period")


def check_shares(table: pd.DataFrame, part: str, whole: str) -> None:
    """Refuse a quota of persons whose part is larger than its whole; names municipality and period."""
    more = table[table[part] > table[whole]]
    if len(more):
        first = more.iloc[0]
        message = (
            f"A quota counts persons among the same persons; {part} exceeds {whole} in {len(more)} rows, the first: "
            f"{first[KEY]}, {first['period']}: {first[part]:g} of {first[whole]:g}. "
            "Correct the return, or set its status to 'unusable' and say why in 'note'."
        )
        raise ValueTableError(message)


def _numbers(table: pd.DataFrame, column: str) -> pd.Series:
    entering = ~table["status"].isin(WITHOUT_VALUE)
    values = pd.to_numeric(table[column], errors="coerce").astype(float)
    no_number = values.isna() & table[column].notna()
    wrong = entering & (no_number | values.lt(0) | values.abs().eq(np.inf))
    if wrong.any():
        first = table[wrong].iloc[0]
        message = (
            f"A number of the returns is 0 or more; {column!r} is not in {wrong.sum()} rows, the first: {first[KEY]}, "
            f"{first['period']}: {first[column]}. Correct it, or set the status to 'unusable' and say why in 'note'."
        )
        raise ValueTableError(message)
    return values


def not_reported(columns: list[str]) -> str:
    """Reason of a value for which there is no row."""
    return f"{' and '.join(columns)} not reported"


def _grid(table: pd.DataFrame, grid: Grid, members: Iterable[str]) -> pd.MultiIndex:
    periods = sorted(table["period"].unique())
    if grid == "year":
        years = dict.fromkeys(period[:4] for period in periods)
        periods = [f"{year}-{month:02}" for year in years for month in range(1, MONTHS + 1)]
    return pd.MultiIndex.from_product([sorted({*table[KEY], *members}), periods], names=[KEY, "period"])
