"""The twelve context variables of each municipality: official figures for the 69, invented ones for Musterkommunen."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.errors import ValueTableError
from optkommunen.loaders.bundled import load_context
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, REFERENCE, STATUSES, WITHOUT_VALUE, chosen_period, worst_of_groups

CONDITIONS = (
    "persons_in_bg_per_100", "unemployment_rate", "gdp_per_head", "density", "foreign_share", "age_65plus_share",
    "no_school_certificate", "household_income", "tax_capacity", "commuter_balance", "gva_secondary_share",
    "debtor_rate",
)  # fmt: skip
"""The twelve controls of the regression; the first four are those of the primary model."""

YEARS = range(2005, 2011)
"""Years of the official figures."""
IN_LOGARITHMS = ("gdp_per_head", "density", "foreign_share", "household_income", "tax_capacity")
"""Positive and skewed: they enter models as natural logarithms, ``ln_<name>``."""


def conditions(returns: Returns | None = None, year: int | str = 2007) -> pd.DataFrame:
    """Context variables, one row for each municipality.

    For the 69 they are official figures of one year on today's area where the area as admitted is not published (status
    ``estimated``); density is that of 2005, the last year in which all 69 areas existed. Returns that bring their own
    context (Musterkommunen, or a table ``units`` with these columns) keep it.

    Parameters
    ----------
    returns : whose municipalities; all of the 69 if None.
    year : of the official figures, 2005 to 2010; all twelve are published for all in `complete_years`.

    Returns
    -------
    DataFrame
        ``kommune``, the columns `CONDITIONS`, ``status`` (the worst that enters) and ``note``. A figure that is not
        published or not usable is NaN, and ``note`` names it.

    Raises
    ------
    ValueTableError
        If returns bring some of the context and not all of it, or the year is not one of the official figures.

    Examples
    --------
    >>> table = conditions()
    >>> table.shape, int(table["status"].eq("estimated").sum())
    ((69, 15), 14)
    >>> from optkommunen.returns.read import load_returns
    >>> set(conditions(load_returns())["status"])
    {'synthetic'}
    """
    period = chosen_period(year, map(str, YEARS), "official context")
    if returns is None:
        return _official(period)
    if own_conditions(returns):
        own = returns.units.reindex(columns=list(CONDITIONS)).astype(float)
        table = pd.concat([returns.units[[KEY]], own], axis=1)
        return table.assign(status=returns.units["status"], note=_note(own))
    official = _official(period)
    return official[official[KEY].isin(returns.units[KEY])].reset_index(drop=True)


def own_conditions(returns: Returns) -> bool:
    """Whether returns bring the context variables themselves, in their table ``units``, which names no year.

    Raises
    ------
    ValueTableError
        If they bring some and not all.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> own_conditions(load_returns())
    True
    """
    given = returns.units.reindex(columns=list(CONDITIONS)).notna().any()
    if given.any() and not given.all():
        message = (
            f"Returns bring all twelve context variables or none; missing: {', '.join(given.index[~given])}. Complete "
            "the table 'units', or leave them all out: official figures then take their place."
        )
        raise ValueTableError(message)
    return bool(given.any())


@cache
def complete_years() -> tuple[str, ...]:
    """Years for which all twelve context variables are published for all 69 (density: that of 2005).

    Examples
    --------
    Persons in BG begin in 2007:

    >>> complete_years()
    ('2007', '2008', '2009', '2010')
    """
    tables = {str(year): _official(str(year)) for year in YEARS}
    return tuple(year for year, table in tables.items() if table[list(CONDITIONS)].notna().all(axis=None))


def logarithmic(table: pd.DataFrame) -> pd.DataFrame:
    """The same columns as models take them: ``ln_<name>`` for those that are positive and skewed.

    Examples
    --------
    >>> table = logarithmic(conditions())
    >>> list(table.columns[:5])
    ['kommune', 'persons_in_bg_per_100', 'unemployment_rate', 'ln_gdp_per_head', 'ln_density']
    """
    logs = {name: np.log(table[name]) for name in IN_LOGARITHMS}
    return table.assign(**logs).rename(columns={name: f"ln_{name}" for name in IN_LOGARITHMS})


def _official(period: str) -> pd.DataFrame:
    names = ["persons_in_bg_rate", *(n for n in CONDITIONS if n not in ("persons_in_bg_per_100", "density"))]
    long = load_context(names)  # of all years: what is not published in this one is missing here, no error
    long = long[(long[KEY] != REFERENCE) & (long["period"] == period)]
    usable = long["value"].mask(long["status"].isin(WITHOUT_VALUE))
    wide = long.assign(value=usable).pivot(index=KEY, columns="indicator", values="value").reindex(columns=names)
    wide["persons_in_bg_per_100"] = wide["persons_in_bg_rate"] / 10
    wide["density"] = municipalities().set_index(KEY)["density_2005"]
    values = wide[list(CONDITIONS)]
    status = worst_of_groups(long, [KEY]).replace("missing", STATUSES[0])  # its values are missing, and noted
    return values.assign(status=status, note=_note(values)).rename_axis(columns=None).reset_index()


def _note(values: pd.DataFrame) -> pd.Series:
    """Names of what a row lacks."""
    lacking = values.isna().apply(lambda row: ", ".join(row.index[row]), axis=1)
    return lacking.map(lambda names: f"no value: {names}" if names else "")
