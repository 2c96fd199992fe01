"""Jahresfortschrittswert from returns: a figure in the manner of § 48a SGB II, with the warning that goes with it."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from optkommunen.front.given import LATEST
from optkommunen.front.membership import with_members, with_rings
from optkommunen.indicators import annual_progress as progress
from optkommunen.returns.read import Returns
from optkommunen.values import chosen_periods


def annual_progress(
    returns: Returns | pd.DataFrame,
    *,
    period: str | int | Iterable[str | int] | None = None,
    numerator: str = "eingliederungen",
    lag: int = 1,
) -> pd.DataFrame:
    """Jahresfortschrittswert: take-ups of work since January per 100 of the mean stock of as many months before.

    January to March stand over the mean stock of December to February; in December it is the rate of the whole year.
    It grows through the year: compare the same month only. See
    `optkommunen.indicators.annual_progress.annual_progress`.

    Parameters
    ----------
    returns : Returns or DataFrame
        ``ok.load_returns()`` or one's own; a frame of monthly counts does as well.
    period : str, int or several, optional
        Months; all if None, ``"latest"``: the last that is there.
    numerator : str, default "eingliederungen"
        Column of take-ups. Eingliederungen hold Minijobs of at least 15 hours a week, Integrationen of § 48a SGB II do
        not, and a note says so; who reports Integrationen as a further column names it here.
    lag : int, default 1
        Months by which the stock is earlier.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, ring_status, period, indicator, value, status, unit, numerator, denominator, n_months,
        note, source``; it goes into ``ok.compare``. A year whose months (and December before) are not all reported is
        missing from there on, with the reason in ``note``.

    Raises
    ------
    ValueTableError
        A month that is not there (with the range), a lag that is no whole number from 0 to 11, a column that is not
        there.

    Examples
    --------
    >>> import optkommunen as ok
    >>> table = ok.annual_progress(ok.load_returns(), period="2008-12")
    >>> len(table), table["n_months"].unique().tolist(), table["note"][0][:26]
    (69, [12], 'Integrationen of § 48a SGB')
    """
    data = with_rings(returns)
    table = progress.annual_progress(data, numerator=numerator, lag=lag)
    if period is not None:
        there = table["period"]
        chosen = [there.max()] if period == LATEST else chosen_periods(period, there, "the returns")
        table = table[there.isin(chosen)].reset_index(drop=True)
    return with_members(table, data, source=returns.source if isinstance(returns, Returns) else "")
