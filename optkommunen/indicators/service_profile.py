"""What municipalities do: services, staffing and process of one year in one long table, for comparison side by side."""

from __future__ import annotations

import pandas as pd

from optkommunen.data import catalogue
from optkommunen.errors import ComparisonError
from optkommunen.indicators.rates import indicator
from optkommunen.indicators.service_supply import waiting
from optkommunen.indicators.services import TOGETHER, service_indicator
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_period

BY_SERVICE = ("service_coverage", "service_in_einv", "service_recorded", "service_spending_per_ehb")
WAITING = "service_waiting_days"
STAFFING = ("betreuungsrelation_1", "betreuungsrelation_2")

COLUMNS = (KEY, "feature", "service", "value", "unit", "status", "note")


def service_profile(returns: Returns, year: int | str) -> pd.DataFrame:
    """Coverage, waiting time, agreement, recording and spending of each service, and the staffing, of one year.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    year : of the returns.

    Returns
    -------
    DataFrame, columns `COLUMNS`
        One row for each municipality, feature (an entry of the catalogue) and service; ``service`` is empty for
        staffing. A value that is missing has its reason in ``note``.

    Raises
    ------
    ComparisonError
        If the returns do not hold that year.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = service_profile(load_returns(), 2008)
    >>> table.groupby("feature")["service"].nunique().to_dict()["service_coverage"], table["kommune"].nunique()
    (5, 69)
    """
    table = service_profiles(returns)
    period = chosen_period(year, table["period"], "the returns", ComparisonError)
    chosen = table[table["period"] == period].rename(columns={"indicator": "feature"})
    return chosen[list(COLUMNS)].reset_index(drop=True)


def service_profiles(returns: Returns) -> pd.DataFrame:
    """As `service_profile`, of all periods: ``period`` and ``indicator`` in place of ``feature``.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = service_profiles(load_returns())
    >>> table.groupby("period")["indicator"].nunique().to_dict()
    {'2005': 5, '2006': 7, '2007': 7, '2008': 7}
    """
    services = [service_indicator(name, returns, level=None) for name in BY_SERVICE]
    days = waiting(returns).assign(indicator=WAITING, unit=catalogue.indicator(WAITING).unit)
    days["note"] = days["value"].isna().map({True: "not reported: waiting_days", False: ""})
    staffing = [indicator(name, returns, level=None).assign(service="") for name in STAFFING]
    table = pd.concat([*services, days, *staffing], ignore_index=True)
    kept = [KEY, "period", "indicator", *COLUMNS[2:]]
    return table.loc[table["service"] != TOGETHER, kept].reset_index(drop=True)
