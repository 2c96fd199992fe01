"""Numerator and denominator of an indicator for each municipality and month or year, from the returns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.indicators.full_grid import MONTHS, PERIODS, check_shares, full_grid, not_reported
from optkommunen.indicators.intervals import NO_EXPOSURE
from optkommunen.returns.secrecy import SUPPRESSED
from optkommunen.values import KEY, RANK, STATUS_WORDS, joined, missing_where, ranks, worst

Time = Literal["month", "year"]

PARTS = [KEY, "period", "numerator", "denominator", "n_months", "whole", "status", "note"]


def numerator_denominator(
    monthly: pd.DataFrame | None,
    annual: pd.DataFrame | None,
    numerator: str,
    denominator: str,
    *,
    flow: bool,
    share: bool = False,
    time: Time = "year",
    members: Iterable[str] = (),
) -> pd.DataFrame:
    """Numerator and denominator for each municipality and period; what cannot be had is missing with its reason.

    Month: the two columns as reported. Year, from monthly columns: over the months in which *both* are reported, a
    flow (events, €) is summed and divided by the sum of the monthly stocks (person-months); a stock is averaged on
    both sides. Fewer than twelve months make the status ``estimated``, since they stand for the year, and ``note``
    says which are lacking. An annual figure covers twelve months: beside it, or in place of a monthly column, the
    monthly column is needed in full, else the value is missing. Nothing is filled in. A year with a protected month has
    no value and is ``suppressed``: what is protected is small, so the other months do not stand for the year.

    Events (or persons, euros) without a stock are no rate: a month with a numerator over a denominator of 0 counts as a
    month that lacks, and a period whose denominator is 0 is missing, so that neither enters a sum (`over_a_stock`).

    Parameters
    ----------
    monthly, annual : returns with ``kommune, period, status`` and the columns named; None if there are none.
    numerator, denominator : columns; a count has no denominator (``""``).
    flow : whether the numerator adds up over months (events, €) or is a stock (persons, staff).
    share : whether the numerator is a part of the denominator, and so never larger, in no month.
    time : ``month`` or ``year``.
    members : municipalities that belong to the returns even if they do not occur in these columns.

    Returns
    -------
    DataFrame, columns `PARTS`
        One row for every municipality and period of the returns, also for those not reported. ``whole``: the numerator
        is made of whole numbers.

    Raises
    ------
    ValueTableError
        If a column is not there, a key occurs twice, a period is malformed, a number is negative or infinite, or
        a part larger than its whole.

    Examples
    --------
    A year's events stand over its person-months, a stock over a mean stock, so both rates are per month:

    >>> frame = pd.DataFrame({"kommune": "M01", "period": [f"2008-{m:02}" for m in range(1, 13)],
    ...                       "eingliederungen": 2, "aktivierte": 20, "ehb": 100, "status": "synthetic"})
    >>> flow = numerator_denominator(frame, None, "eingliederungen", "ehb", flow=True, time="year")
    >>> stock = numerator_denominator(frame, None, "aktivierte", "ehb", flow=False, time="year")
    >>> print(*flow.loc[0, ["numerator", "denominator"]], *stock.loc[0, ["numerator", "denominator"]])
    24.0 1200.0 20.0 100.0
    """
    if time not in ("month", "year"):
        message = f"An indicator is asked for by 'month' or 'year'; found {time!r}."
        raise ValueTableError(message)
    wanted = [column for column in (numerator, denominator) if column]
    monthly_columns = [column for column in wanted if _home(column, monthly, annual, time) == "month"]
    annual_columns = [column for column in wanted if column not in monthly_columns]
    if monthly is not None and len(monthly_columns) == len(wanted):
        table = full_grid(monthly, wanted, time, members)
        if share:
            check_shares(table, numerator, denominator)
        if denominator:
            table = _without_stock(table, numerator, denominator)
        if time == "month":
            table = table.assign(n_months=1, whole=_is_whole(table[wanted[0]]), note="")
        else:
            table = _years(table, wanted, flow)
        return _named(table, numerator, denominator, computed=bool(denominator) or time == "year")
    # no column is found in neither frame, so here the annual one is there
    table = full_grid(pd.DataFrame(annual), annual_columns, "annual", members).assign(n_months=MONTHS, note="")
    if flow and denominator in annual_columns:
        table[denominator] *= MONTHS
    if monthly is not None and monthly_columns:
        months = _years(full_grid(monthly, monthly_columns, "year", members), monthly_columns, flow)
        table = _beside(_only_full_years(months, monthly_columns), table, monthly_columns, annual_columns)
    if share:
        check_shares(table, numerator, denominator)
    table["whole"] = _is_whole(table[numerator])
    return _named(table, numerator, denominator, computed=bool(denominator))


def frames_of(data: object) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Monthly and annual returns of what a caller passes: a frame of either, or an object that has both."""
    if isinstance(data, pd.DataFrame):
        if "period" not in data.columns or not len(data):
            message = (
                f"Returns are a frame with {KEY}, period and counts, or the object of ok.load_returns(); found "
                f"{len(data)} rows with the columns {', '.join(map(str, data.columns))}."
            )
            raise ValueTableError(message)
        yearly = data["period"].astype("str").str.fullmatch(PERIODS["annual"][0]).all()
        return (None, data) if yearly else (data, None)
    monthly, annual = getattr(data, "monthly", None), getattr(data, "annual", None)
    if monthly is None and annual is None:
        message = f"Returns have the attributes monthly and annual, or are one frame; found {type(data).__name__}."
        raise ValueTableError(message)
    return monthly, annual


def over_a_stock(table: pd.DataFrame, denominator: str) -> pd.DataFrame:
    """Parts of which none stands over a denominator of 0: such a row is missing with the reason and enters no sum.

    Parameters
    ----------
    table : columns `PARTS`.
    denominator : its name, for the reason.

    Examples
    --------
    >>> row = {"kommune": "M02", "period": "2008", "numerator": [5.0], "denominator": 0.0, "n_months": 12}
    >>> table = pd.DataFrame(row).assign(whole=True, status="synthetic", note="")
    >>> over_a_stock(table, "ehb")[["numerator", "status", "note"]].to_numpy().tolist()
    [[nan, 'missing', 'the denominator is 0 (ehb)']]
    """
    empty = table["denominator"].eq(0)
    if not empty.any():
        return table
    reason = f"{NO_EXPOSURE} ({denominator})"
    return table.assign(
        numerator=table["numerator"].mask(empty),
        denominator=table["denominator"].mask(empty),
        n_months=table["n_months"].mask(empty, 0),
        status=missing_where(table["status"], empty),
        note=table["note"].mask(empty, (reason + "; " + table["note"]).str.removesuffix("; ")),
    )


def _without_stock(table: pd.DataFrame, numerator: str, denominator: str) -> pd.DataFrame:
    """Months as reported; what has a numerator and a denominator of 0 lacks, so that it enters no year."""
    contradiction = table[numerator].gt(0) & table[denominator].eq(0)
    if not contradiction.any():
        return table
    return table.assign(
        reason=table["reason"].mask(contradiction, f"{NO_EXPOSURE} ({denominator})"),
        status=missing_where(table["status"], contradiction),
    )


def _home(column: str, monthly: pd.DataFrame | None, annual: pd.DataFrame | None, time: Time) -> Time:
    if monthly is not None and column in monthly.columns:
        return "month"
    if annual is None or column not in annual.columns:
        found = [str(name) for frame in (monthly, annual) if frame is not None for name in frame.columns]
        message = (
            f"The indicator needs the column {column!r} of the returns; found {', '.join(dict.fromkeys(found))}. "
            "Pass the object of ok.load_returns() where monthly and annual columns meet."
        )
        raise ValueTableError(message)
    if time == "month":
        message = f"{column!r} is reported once a year, so there is no value of a month. Ask for time='year'."
        raise ValueTableError(message)
    return "year"


def _years(table: pd.DataFrame, columns: list[str], flow: bool) -> pd.DataFrame:
    """Years from months: sums of a flow and its person-months, means of stocks; only months with all columns.

    The table is on the full grid: twelve months of a year, one behind the other.
    """
    entering = (table["reason"] == "").to_numpy(bool).reshape(-1, MONTHS)
    n_months = entering.sum(axis=1)
    some, incomplete = n_months > 0, n_months < MONTHS
    numbers = {c: np.where(entering, table[c].to_numpy().reshape(-1, MONTHS), np.nan) for c in columns}
    year = np.repeat(np.arange(len(entering)), MONTHS)
    added = pd.DataFrame({c: values.ravel() for c, values in numbers.items()}).groupby(year).sum(min_count=1)
    sums = {column: added[column].to_numpy() for column in columns}
    if not flow:
        sums = {column: total / np.where(some, n_months, np.nan) for column, total in sums.items()}
    whole = numbers[columns[0]] % 1 == 0
    rank = ranks(table["status"]).reshape(-1, MONTHS)
    enters = np.where(entering, rank, 0).max(axis=1)
    worst_rank = np.where(some, np.where(incomplete, np.maximum(enters, RANK["estimated"]), enters), rank.max(axis=1))
    suppressed = (rank == RANK[SUPPRESSED]).any(axis=1)
    worst_rank[suppressed] = RANK[SUPPRESSED]
    sums = {column: np.where(suppressed, np.nan, values) for column, values in sums.items()}
    first = np.arange(0, len(table), MONTHS)
    years = pd.DataFrame(
        {
            KEY: table[KEY].array.take(first),
            "period": table["period"].iloc[first].str[:4].array,
            **sums,
            "n_months": n_months,
            "whole": (whole | ~entering).all(axis=1),
            "status": STATUS_WORDS.take(worst_rank),
            "reason": "",
            "note": "",
        }
    ).astype({"reason": "str", "note": "str"})
    if incomplete.any():
        texts = _lacking(table[~entering.ravel()])
        lacking = pd.Series(
            [texts.get(year, "") for year in zip(years[KEY], years["period"], strict=True)], dtype="str"
        )
        known = pd.Series(n_months.astype(str), dtype="str") + " of 12 months: " + lacking
        years["reason"] = lacking.where(~some | suppressed, "")
        years["note"] = known.where(incomplete & some & ~suppressed, "")
    return years


def _lacking(rows: pd.DataFrame) -> dict[tuple[Hashable, ...], str]:
    """Which months a year lacks and why, in words; one reason for all twelve needs no list of months."""
    texts = {}
    for key, year in rows.groupby([KEY, rows["period"].str[:4]]):
        months = {str(reason): list(same["period"]) for reason, same in year.groupby("reason", sort=False)}
        texts[key] = "; ".join(
            reason if len(named) == MONTHS else f"{reason} ({', '.join(named)})" for reason, named in months.items()
        )
    return texts


def _only_full_years(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    short = table["note"] != ""
    reason = "an annual figure needs all twelve months beside it; " + table["note"]
    table["reason"] = reason.where(short, table["reason"])
    table["status"] = table["status"].mask(short, "missing")
    table[columns] = table[columns].mask(short, axis=0)
    return table.assign(note="")


def _beside(
    months: pd.DataFrame, years: pd.DataFrame, monthly_columns: list[str], annual_columns: list[str]
) -> pd.DataFrame:
    """Monthly and annual columns of the same municipality and year; each side says what it lacks."""
    both = months.merge(
        years, on=[KEY, "period"], how="outer", suffixes=("", "_annual"), validate="one_to_one", sort=True
    )
    reasons = []
    for side, columns in (("", monthly_columns), ("_annual", annual_columns)):
        both[f"status{side}"] = both[f"status{side}"].fillna("missing")
        reasons.append(both[f"reason{side}"].fillna(not_reported(columns)))
    return both.assign(
        reason=joined(*reasons),
        note="",
        n_months=MONTHS,
        status=worst(both["status"], both["status_annual"]),
    )


def _named(table: pd.DataFrame, numerator: str, denominator: str, *, computed: bool) -> pd.DataFrame:
    entering = (table["reason"] == "").to_numpy(bool)
    worth = np.maximum(ranks(table["status"]), RANK["derived"] if computed else 0)
    named = pd.DataFrame(
        {
            KEY: table[KEY].array,
            "period": table["period"].array,
            "numerator": np.where(entering, table[numerator], np.nan),
            "denominator": np.where(entering, table[denominator], np.nan) if denominator else np.nan,
            "n_months": np.where(entering, table["n_months"], 0).astype(int),
            "whole": table["whole"].array,
            "status": STATUS_WORDS.take(worth),
            "note": table["note"].array if entering.all() else table["reason"].where(~entering, table["note"]).array,
        }
    )
    return over_a_stock(named, denominator)


def _is_whole(values: pd.Series) -> pd.Series:
    return values.isna() | values.mod(1).eq(0)
