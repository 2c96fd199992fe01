"""Jahresfortschrittswert: integrations of the year so far over the mean stock of as many months before."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from optkommunen.data import catalogue
from optkommunen.errors import ValueTableError
from optkommunen.indicators.full_grid import MONTHS, full_grid
from optkommunen.indicators.intervals import NO_EXPOSURE
from optkommunen.indicators.numerator_denominator import frames_of
from optkommunen.loaders.section_48a import DIFFERENT
from optkommunen.returns.breaks import break_notes
from optkommunen.returns.secrecy import SUPPRESSED
from optkommunen.values import KEY, RANK, STATUS_WORDS, is_whole, joined, ranks

NAME = "jahresfortschrittswert"
OF_BENCHMARKING = ("eingliederungen", "eingliederungen_u25")
COLUMNS = [KEY, "period", "indicator", "value", "status", "unit", "numerator", "denominator", "n_months", "note"]


def annual_progress(
    data: object, *, numerator: str = "eingliederungen", denominator: str = "ehb", lag: int = 1
) -> pd.DataFrame:
    """Jahresfortschrittswert of each municipality and month.

    ``value = 100 × Σ numerator of January to month m / mean denominator of m months, lag months earlier``: January to
    March 2015 over the mean of December to February. In December it is the rate of the whole year, as K2 of § 48a
    SGB II is computed with the same lag.

    Parameters
    ----------
    data : object or DataFrame
        Returns (``ok.load_returns()``), or a frame of monthly counts.
    numerator : str, default "eingliederungen"
        Column of events. With Eingliederungen a note warns that the published figure is of Integrationen, which leave
        Minijobs out; who reports these as a further column names it.
    denominator : str, default "ehb"
        Column of the stock.
    lag : int, default 1
        Months by which the stock is earlier; 1 is the practice of the Bundesagentur für Arbeit, 0 the text of the
        Verordnung.

    Returns
    -------
    DataFrame, columns `COLUMNS`
        ``numerator`` (sum) and ``denominator`` (mean stock), ``n_months`` the months of the year so far; no interval.
        One month that lacks makes all later months of its year missing, with the reason in ``note``: nothing is filled
        in. A protected one (`returns.secrecy`) makes them ``suppressed``.

    Raises
    ------
    ValueTableError
        A lag that is no whole number from 0 to 11; no monthly returns, or a column that is not there.

    References
    ----------
    Verordnung nach § 48a Abs. 2 SGB II (BGBl. I 2010, 1152), § 5; BIAJ, note 644 of 2015 (lag and Jahresfortschritt).

    Examples
    --------
    Two of a hundred each month are 2, 4, 6 … of a hundred since January:

    >>> months = [f"{year}-{month:02}" for year in (2007, 2008) for month in range(1, 13)]
    >>> frame = pd.DataFrame({"kommune": "M01", "period": months, "eingliederungen": 2, "ehb": 100,
    ...                       "status": "synthetic"})
    >>> table = annual_progress(frame).set_index("period")
    >>> table.loc["2008-01":"2008-03", "value"].tolist(), table.loc["2007-01", "note"].split(";")[0]
    ([2.0, 4.0, 6.0], 'ehb without a value: 2006-12')
    """
    if not is_whole(lag, 0, MONTHS - 1):
        message = f"The stock is earlier by a whole number of months from 0 to {MONTHS - 1}; found {lag!r}."
        raise ValueTableError(message)
    monthly, _ = frames_of(data)
    if monthly is None:
        message = "A Jahresfortschrittswert is made of monthly returns; found annual ones. Pass those of the months."
        raise ValueTableError(message)
    units = getattr(data, "units", None)
    members: list[str] = [] if units is None else units[KEY].tolist()
    events, stock = (_Wide.of(monthly, column, members) for column in (numerator, denominator))
    tables = []
    for month in events.cells.columns:
        january = pd.Period(month[:4] + "-01", "M")
        since = pd.period_range(january, month, freq="M")
        before = [str(one - lag) for one in since]
        sums, lacking = events.summed([str(one) for one in since])
        stocks, lacking_stock = stock.summed(before)
        status = np.maximum(np.maximum(events.worst(map(str, since)), stock.worst(before)), RANK["derived"])
        mean = stocks / len(since)
        reason = pd.Series(joined(lacking, lacking_stock), mean.index, dtype="str")
        reason = reason.mask((reason == "") & mean.eq(0), f"{NO_EXPOSURE} ({denominator})")
        known = reason == ""
        status = np.where(known | (status == RANK[SUPPRESSED]), status, RANK["missing"])
        tables.append(pd.DataFrame({
            "period": month, "numerator": sums.where(known), "denominator": mean.where(known), "n_months": len(since),
            "status": STATUS_WORDS.take(status), "note": reason,
        }))  # fmt: skip
    table = pd.concat(tables).rename_axis(KEY).reset_index().astype({KEY: "str", "period": "str"})
    broken = break_notes(table, getattr(data, "breaks", None), [numerator, denominator])
    warning = [DIFFERENT if numerator in OF_BENCHMARKING else ""] * len(table)
    table = table.assign(
        indicator=NAME, value=100 * table["numerator"] / table["denominator"], unit=catalogue.indicator(NAME).unit,
        note=pd.array(joined(table["note"], broken, warning), dtype="str"),
    )  # fmt: skip
    return table.sort_values([KEY, "period"], ignore_index=True)[COLUMNS]


class _Wide:
    """One monthly column, municipalities × months, with what each cell is worth."""

    def __init__(self, name: str, cells: pd.DataFrame, places: pd.DataFrame) -> None:
        self.name, self.cells, self.places = name, cells, places

    @classmethod
    def of(cls, monthly: pd.DataFrame, column: str, members: Iterable[str]) -> _Wide:
        grid = full_grid(monthly, [column], "year", members)
        grid = grid.assign(place=ranks(grid["status"]))
        cells, places = (grid.pivot(index=KEY, columns="period", values=name) for name in (column, "place"))
        return cls(column, cells, places)

    def summed(self, months: list[str]) -> tuple[pd.Series, list[str]]:
        """Sum over some months, and which of them have no value, of each municipality."""
        cells = self.cells.reindex(columns=months)
        lacking = [", ".join(np.array(months)[row]) for row in cells.isna().to_numpy()]
        return cells.sum(axis=1), [f"{self.name} without a value: {which}" if which else "" for which in lacking]

    def worst(self, months: Iterable[str]) -> np.ndarray:
        """Place of the worst status in some months, those that are not there left out."""
        there = [month for month in months if month in self.places.columns]
        return self.places[there].max(axis=1).to_numpy()
