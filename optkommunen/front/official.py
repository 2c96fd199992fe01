"""Official figures of the 69, as tidy frames that go into every comparison unchanged."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from optkommunen.front.members import with_members
from optkommunen.indicators import caseload as derived
from optkommunen.loaders import context
from optkommunen.values import chosen_periods

Period = str | int | Iterable[str | int] | None


def load_context(indicator: str | Iterable[str] | None = None, period: Period = None) -> pd.DataFrame:
    """Official context figures of the 69 and Germany, 2005–2010.

    **Area status:** ``admitted``, ``successor`` (the larger Kreis that holds it today, status ``estimated``) or
    ``Germany``. **Licence:** dl-de/by-2-0. Sources and known faults: `optkommunen.loaders.context.load_context`.

    Parameters
    ----------
    indicator : str or several, optional
        Names of the catalogue; all official ones if None.
    period : str, int or several, optional
        Years; all if None.

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
        A year that is not there, with the range.

    Examples
    --------
    >>> table = load_context("unemployment_rate", 2008)
    >>> len(table), table["ring_status"].value_counts().to_dict()
    (70, {'estimated': 69, '': 1})
    """
    return with_members(context.load_context(indicator, period))


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
