"""What nobody reports: columns and services of the returns that are empty for all."""

from __future__ import annotations

import pandas as pd

from optkommunen.indicators.services import SERVICES
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, WITHOUT_VALUE

_ROWS = {"monthly": (KEY, "period", "status"), "annual": (KEY, "period", "status"),
         "services": (KEY, "period", "service", "status")}  # fmt: skip
"""Columns that say what a row is about; the others may be empty."""


def silent(returns: Returns) -> pd.DataFrame:
    """Columns, services and single columns of a service that nobody reports in any period.

    Returns
    -------
    DataFrame
        ``table, column, service``: ``column`` is empty where a whole service is meant, ``service`` where a column of
        all services or of another table is.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> rows = returns.services[returns.services["service"] != "care"].assign(waiting_days=None)
    >>> silent(replace(returns, services=rows)).to_dict("split")["data"]
    [['services', '', 'care'], ['services', 'waiting_days', '']]
    >>> len(silent(returns))
    0
    """
    found = []
    for name in ("monthly", "annual"):
        known = _known(getattr(returns, name), name)
        found += [(name, column, "") for column in known.columns[~known.any()]]
    known = _known(returns.services, "services")
    by_service = known.groupby(returns.services["service"]).any().reindex(list(SERVICES), fill_value=False)
    without = [service for service in SERVICES if not by_service.loc[service].any()]
    empty = [str(column) for column in by_service.columns if not by_service[column].any()]
    found += [("services", "", service) for service in without]
    found += [("services", column, "") for column in empty]
    rest = by_service.drop(index=without, columns=empty)
    found += [("services", str(c), str(s)) for s in rest.index for c in rest.columns if not rest.at[s, c]]
    return pd.DataFrame(found, columns=["table", "column", "service"])


def _known(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Which cells hold a value that may enter."""
    known = rows.drop(columns=[*_ROWS[name], *({"note"} & set(rows.columns))]).replace("", None).notna()
    return known.where(~rows["status"].isin(WITHOUT_VALUE), False)
