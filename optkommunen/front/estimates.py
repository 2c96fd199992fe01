"""Values of an indicator with standard errors that hold chance and the change between years."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.transient import transient_variance
from optkommunen.comparison.variance import sampling_variance
from optkommunen.errors import ComparisonError
from optkommunen.front.given import MEAN, Given
from optkommunen.values import KEY, missing_where
from optkommunen.words import Note


class Estimates(NamedTuple):
    """Values of municipalities with standard errors that hold the change between years.

    Attributes
    ----------
    table : ``kommune, value, se, n, status, note``.
    omega2 : ω²; 0 where fewer than three years do not tell it.
    df : degrees of freedom of the standard errors; None where they hold chance alone.
    note : why they hold chance alone; empty if they do not.
    period : of which years, in words.
    """

    table: pd.DataFrame
    omega2: float
    df: float | None
    note: str
    period: str


def chance_alone(n: int) -> Note:
    """That the change between years is not known."""
    return Note("by chance alone: ω² needs three years, found {n}", n=n)


def estimates(one: Given, period: int | str) -> Estimates:
    """The mean of the years of each municipality, or one year, with the standard error that holds ω².

    Parameters
    ----------
    one : Given
        Of an indicator with an error of chance.
    period : int or str
        ``"mean"``, ``"latest"`` or a year; ω² is of all years anyway.

    Raises
    ------
    ComparisonError
        Months, which are no years; a period that is not there.
    """
    frame = one.frame
    months = frame["period"].str.fullmatch(r"\d{4}-\d{2}")
    if months.any():
        message = (
            f"Standard errors hold the change between years, so this takes years; found the month "
            f"{frame.loc[months, 'period'].iloc[0]}. Pass ok.indicator(name, returns, time='year')."
        )
        raise ComparisonError(message)
    rows = with_variance(one, "note")
    entering = rows.drop(columns="note", errors="ignore")
    if period == MEAN:
        mean = multi_year_mean(entering)
        note = chance_alone(mean.n_years) if mean.reason else ""
        return Estimates(mean.table, mean.omega2, mean.df, note, one.span)
    chosen = one.period(period)
    found = transient_variance(entering)
    omega2 = 0.0 if np.isnan(found.omega2) else found.omega2
    of_year = rows[rows["period"] == chosen].sort_values(KEY, ignore_index=True)
    of_year["se"] = np.sqrt(of_year["variance"] + omega2)
    told = of_year["note"].fillna("") if "note" in of_year else ""
    table = of_year.assign(n=of_year["value"].notna().astype(int), note=told)
    if "status" not in table:
        table["status"] = "unknown"
    table["status"] = missing_where(table["status"], table["value"].isna())
    note = chance_alone(found.n_years) if np.isnan(found.omega2) else ""
    df = None if note else found.df
    return Estimates(table[[KEY, "value", "se", "n", "status", "note"]], omega2, df, note, chosen)


def with_variance(one: Given, *others: str) -> pd.DataFrame:
    """``kommune, period, numerator, denominator, status``, and others that there are, with value and s²."""
    frame, known = one.frame, one.known()
    parts = frame[["numerator", "denominator"]].where(known)
    value = frame["value"] if "value" in frame else one.per * parts["numerator"] / parts["denominator"]
    variance = one.per**2 * sampling_variance(parts["numerator"], parts["denominator"], one.what)
    columns = [c for c in (KEY, "period", "numerator", "denominator", "status", *others) if c in frame]
    return frame[columns].assign(value=value.where(known), variance=variance)
