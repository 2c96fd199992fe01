"""Official figures of the 69, as tidy frames that go into every comparison unchanged."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.front.members import with_members
from optkommunen.indicators import caseload as derived
from optkommunen.loaders import bundled
from optkommunen.values import REFERENCE, WITHOUT_VALUE, chosen_period, chosen_periods, periods_of

Period = str | int | Iterable[str | int] | None


def load_context(
    indicator: str | Iterable[str] | None = None, period: Period = None, *, near: str | int | None = None
) -> pd.DataFrame:
    """Official context figures of the 69 and Germany, 2005–2010.

    **Area status:** ``admitted``, ``successor`` (the larger Kreis that holds it today, status ``estimated``) or
    ``Germany``. **Licence:** dl-de/by-2-0. Sources and known faults: `optkommunen.loaders.bundled.load_context`.

    Parameters
    ----------
    indicator : str or several, optional
        Names of the catalogue; all official ones if None.
    period : str, int or several, optional
        Years; all if None.
    near : str or int, optional
        In place of a period: of each indicator the year nearest to this one in which the 69 have usable values, of two
        the later. So what is published every second year stands beside what is published every year.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, ring_status, period, indicator, value, unit, status, marker, area_status, time_base,
        source, note``; the row ``DE`` is Germany, in no ring, never compared or ranked.

    Raises
    ------
    UnknownIndicatorError
        A name that is no official context figure.
    ValueTableError
        A year that is not there, with the range; both `period` and `near`.

    Examples
    --------
    >>> table = load_context("unemployment_rate", 2008)
    >>> len(table), table["ring_status"].value_counts().to_dict()
    (70, {'estimated': 69, '': 1})

    Care is counted in odd years, and the unemployed of the 69 are not usable before 2009:

    >>> table = load_context(["care_need", "longterm_share", "childcare_u3"], near=2008)
    >>> table.groupby("indicator")["period"].first().to_dict()
    {'care_need': '2009', 'childcare_u3': '2008', 'longterm_share': '2009'}
    """
    if near is None:
        return with_members(bundled.load_context(indicator, period))
    if period is not None:
        message = "A year is one that is asked for or the nearest to one; found both period= and near=. Leave one out."
        raise ValueTableError(message)
    return with_members(_nearest(bundled.load_context(indicator), near))


def _nearest(table: pd.DataFrame, near: str | int) -> pd.DataFrame:
    """Of each indicator the rows of one year."""
    usable = table[table["kommune"].ne(REFERENCE) & ~table["status"].isin(WITHOUT_VALUE)]
    there = usable[["indicator", "period"]].drop_duplicates()
    year = int(chosen_period(near, periods_of(near), "near"))
    years = there["period"].astype(int)
    order = there.assign(away=(years - year).abs(), later=-years).sort_values(["away", "later"])
    return table.merge(order.drop_duplicates("indicator")[["indicator", "period"]])


def caseload(*, period: Period = None) -> pd.DataFrame:
    """Persons in BG and erwerbsfähige Hilfebedürftige of the 69, annual means 2007–2010, derived from published rates.

    See `optkommunen.indicators.caseload.caseload` for the formula, the areas and the breaks.

    Parameters
    ----------
    period : str, int or several, optional
        Years; all if None.

    Returns
    -------
    DataFrame
        As `load_context`; indicators ``persons_in_bg`` and ``ehb``, in persons.

    Raises
    ------
    ValueTableError
        A year that is not there, with the range.

    Examples
    --------
    >>> caseload(period=2008)["status"].value_counts().to_dict()
    {'derived': 110, 'estimated': 26, 'missing': 2}
    """
    table = derived.caseload()
    if period is not None:
        table = table[table["period"].isin(chosen_periods(period, table["period"], "the caseload"))]
    return with_members(table.reset_index(drop=True))
