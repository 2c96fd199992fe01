"""A unit's value and how sure it is, the change between years included: the mean of its years, or one of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from optkommunen.comparison.gate import carried_status
from optkommunen.comparison.measure import joined, of_period
from optkommunen.comparison.transient import TransientVariance, gated, transient_variance, variance_of
from optkommunen.errors import TooFewUnitsError
from optkommunen.values import KEY, UNKNOWN, missing_where
from optkommunen.words import N_

COLUMNS = [KEY, "value", "se", "n", "status", "note"]


class Estimates(NamedTuple):
    """Values of all units with standard errors that hold the change between years.

    Attributes
    ----------
    table : ``kommune, value, se, n, status, note``, one row for each unit, sorted by key; n is the years it has.
    omega2 : ω² between years that is in the standard errors; 0 where `reason` says why it is not known.
    n_years : years of the frame.
    reason : why the standard errors hold chance alone; empty if they hold the change between years too.
    df : degrees of freedom of the standard errors, as ω² is an estimate; None where they hold chance alone.
    """

    table: pd.DataFrame
    omega2: float
    n_years: int
    reason: str
    df: float | None


def multi_year_mean(frame: pd.DataFrame) -> Estimates:
    """Mean over a unit's years with ``se = √((s² + ω²)/n)``; s² the mean sampling variance, n the unit's years.

    ω² is that of all units (`transient_variance`); with ``denominator`` its rows have the weight of their size.

    What moved all alike in a year is not the unit's: where somebody lacks a year, the level of each year (over those
    who have them all) is taken out of the values and the mean level put back, so that two years stand beside three.
    Without three years ω² is not known and the standard errors are of chance alone; `reason` says so.
    Years before a break (``note``, see `transient.after_break`) enter neither the mean of that unit nor ω²; they are a
    year that somebody lacks.

    Parameters
    ----------
    frame : DataFrame
        ``kommune, period, value, variance``, one row for each unit and year; ``status`` where there is one, and the
        ``numerator`` and ``denominator`` of the value where it has them. The variance is s², in squared units of the
        value (`variance.sampling_variance`).

    Returns
    -------
    `Estimates`
        The status is the worst of the years that entered; ``missing`` where none did, ``suppressed`` where all are.
        ``note`` names fewer years than the others have, a break that left some out, and a value whose sampling variance
        nobody knows: it has no standard error.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; some units lack a year and nobody has them all.

    Examples
    --------
    A unit that was not yet counted in the good year is not worse for that:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"] * 2, "period": ["2007"] * 3 + ["2008"] * 3,
    ...                       "value": [2.0, 3.0, 2.0, 4.0, 5.0, None], "variance": 0.01})
    >>> found = multi_year_mean(frame)
    >>> found.table["value"].tolist(), found.reason
    ([3.0, 4.0, 3.0], 'ω² needs three years, found 2')
    """
    rows = gated(frame)
    units = np.sort(rows[KEY].unique())
    omega2, _, reason, df = _between_years(variance_of(rows))
    known = rows.dropna(subset=["value"])
    periods = known["period"].unique()
    n = known.groupby(KEY)["period"].size().reindex(units, fill_value=0)
    value = known["value"] - _levels(known, n, len(periods))
    grouped = known.assign(value=value).groupby(KEY)
    s2 = grouped["variance"].mean().reindex(units)
    table = pd.DataFrame({"value": grouped["value"].mean().reindex(units), "se": np.sqrt((s2 + omega2) / n), "n": n})
    worst = carried_status(known["status"], np.equal.outer(known[KEY].to_numpy(), known[KEY].to_numpy()))
    table["status"] = worst.groupby(known[KEY]).first().reindex(units).fillna("missing")
    suppressed = rows["status"].eq("suppressed").groupby(rows[KEY]).all().reindex(units)
    table["status"] = table["status"].mask(suppressed, "suppressed")
    some = f" of {len(periods)} years, freed of the level of each year"
    few = np.where(n < len(periods), n.astype(str) + some, "")
    cut = _years_left_out(frame, rows).reindex(units, fill_value="")
    unsure = np.where(s2.isna(), "no sampling variance", "")
    table["note"] = np.where(n == 0, N_("no year with a value"), joined(pd.Series(few, index=units), cut, unsure))
    return Estimates(table.rename_axis(KEY).reset_index()[COLUMNS], omega2, len(periods), reason, df)


def one_year(frame: pd.DataFrame, period: str | int | None = None) -> Estimates:
    """Value of one year with ``se = √(s² + ω²)``; ω² is that of all years of the frame (`transient_variance`).

    Parameters
    ----------
    frame : DataFrame
        As in `multi_year_mean`; its own ``note`` is kept.
    period : str or int, optional
        One of its years, the latest if None.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; a year that is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "period": "2008", "value": [2.0, 3.0], "variance": 0.25})
    >>> found = one_year(frame, "2008")
    >>> found.table["se"].tolist(), found.reason
    ([0.5, 0.5], 'ω² needs three years, found 1')
    """
    omega2, n_years, reason, df = _between_years(transient_variance(frame))
    rows = pd.DataFrame({"status": UNKNOWN, "note": ""}, index=frame.index).assign(**frame)
    rows = of_period(rows, period)
    known = rows["value"].notna()
    table = rows.assign(
        se=np.sqrt(rows["variance"] + omega2), n=known.astype(int), note=rows["note"].fillna(""),
        status=missing_where(rows["status"], ~known),
    )  # fmt: skip
    return Estimates(table[COLUMNS], omega2, n_years, reason, df)


def _years_left_out(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Note of each unit whose years before a break do not enter."""
    years = (table.dropna(subset="period").astype({"period": "str"}) for table in (frame, rows))
    first, left = (table.groupby(KEY)["period"].min() for table in years)
    later = left[left > first.reindex(left.index)]
    return "years before the break of " + later + " left out"


def _between_years(omega: TransientVariance) -> tuple[float, int, str, float | None]:
    """ω² that standard errors hold, the number of years, why they hold none, and their degrees of freedom."""
    if np.isnan(omega.omega2):
        return 0.0, omega.n_years, omega.reason, None
    return omega.omega2, omega.n_years, "", omega.df


def _levels(known: pd.DataFrame, n: pd.Series, years: int) -> pd.Series:
    """Level of each row's year against the mean level of all years; 0 where every unit has the same years."""
    if (n[n > 0] == years).all():
        return pd.Series(0.0, index=known.index)
    full = known[known[KEY].map(n) == years]
    if full.empty:
        message = (
            f"Units with unlike years are compared by the level of each year over those who have all {years} years; "
            "nobody has them. Choose the years that most have."
        )
        raise TooFewUnitsError(message)
    level = full.groupby("period")["value"].mean()
    return known["period"].map(level - level.mean())
