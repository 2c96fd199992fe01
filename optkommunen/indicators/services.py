"""The five kommunal flankierende Leistungen: take-up, coverage, recording, money by service, and provision as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from optkommunen.data import catalogue
from optkommunen.errors import UnknownIndicatorError
from optkommunen.indicators import intervals
from optkommunen.indicators.numerator_denominator import PARTS, numerator_denominator, over_a_stock
from optkommunen.indicators.rates import COLUMNS, aggregate
from optkommunen.returns.read import Returns
from optkommunen.returns.secrecy import PROTECTED, SUPPRESSED, is_protected
from optkommunen.values import KEY, WITHOUT_VALUE, joined, missing_where, worst, worst_of_groups

SERVICES = ("childcare", "care", "debt", "psychosocial", "addiction")
"""§ 16 Abs. 2 Satz 2 Nr. 1–4 SGB II a.F., from 2009 § 16a: Nr. 1 childcare and home care, 2 debt, 3 psychosocial, 4
addiction."""
TOGETHER = "together"
"""All five added up: cases, since a person may use several."""

_ROWS = {"monthly": (KEY, "period", "status"), "annual": (KEY, "period", "status"),
         "services": (KEY, "period", "service", "status")}  # fmt: skip
"""Columns that say what a row is about; the others may be empty."""


def service_indicator(
    name: str,
    returns: Returns,
    by: str | Sequence[str] | pd.DataFrame | None = None,
    level: float | Iterable[float] | None = 0.95,
) -> pd.DataFrame:
    """An indicator of the services, for each of the five and by municipality, ring, Land or all.

    As `rates.indicator`: sums over sums, never means of rates. Take-up is a rate of events per mean eHb of the year
    (exact or Byar interval); coverage, agreement and recording are shares of persons (Wilson); money has no interval.
    Where no need was identified, coverage is undefined and says so; served without need enters no sum.

    Parameters
    ----------
    name : ``service_takeup``, ``service_coverage``, ``service_in_einv``, ``service_recorded``,
        ``service_spending_per_ehb`` or ``service_municipal_share``.
    returns : ``ok.load_returns()`` or one's own.
    by, level : as in `rates.indicator`.

    Returns
    -------
    DataFrame
        ``kommune`` or the groups, ``service``, then the columns of `rates.indicator`; also rows of service
        ``"together"``: all five added up, missing where one is. A person served twice counts twice there, so the
        interval of ``"together"`` is somewhat narrow.

    Raises
    ------
    UnknownIndicatorError
        If the entry is not one of the services'.
    ValueTableError
        If a municipality has no group, or ``by`` names no column.

    Examples
    --------
    Coverage of a ring is persons served over persons with need, not a mean of percentages:

    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> everyone = service_indicator("service_coverage", returns, by="all").set_index(["service", "period"])["value"]
    >>> debt = returns.services.query("service == 'debt' and period == '2008'")
    >>> bool(abs(everyone["debt", "2008"] - 100 * debt["served"].sum() / debt["need"].sum()) < 1e-12)
    True
    """
    entry = catalogue.indicator(name)
    if not entry.by_service:
        names = ", ".join(e.name for e in catalogue.entries() if e.by_service)
        message = f"Indicators of the services are {names}; found {name!r}. Others: ok.indicator."
        raise UnknownIndicatorError(message)
    levels = intervals.levels_of(level)
    table = _parts(entry, returns)
    known = list(table["service"].unique()) or [""]  # nothing reported yet: no row, all columns
    tables = [aggregate(table[table["service"] == s][PARTS], entry, entry.denominator, returns, by, levels)
              .assign(service=s) for s in known]  # fmt: skip
    long = pd.concat(tables, ignore_index=True)
    groups = [column for column in long.columns if column not in (*COLUMNS, "service")]
    return long[[*groups, "service", *COLUMNS]]


def provision(returns: Returns, services: Sequence[str] | None = None) -> pd.DataFrame:
    """Provision of each municipality and year, as the regression takes it.

    ``coverage_<service>`` = served / need of each service, 0 to 1; ``provision_index`` = unweighted mean of the
    coverages that are defined; ``waiting_days`` = mean of the medians. Without need in a service its coverage is
    undefined and the index is the mean of the others; so it is where *nobody* collected a service in that year (see
    `collected`), for then it is the same mean for all: ``n_services`` says of how many, ``note`` which is not in it.
    Who does not report what others do has no index; served without need is no
    coverage and leaves none. Where a figure is protected (`returns.secrecy`) the year is ``suppressed``.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    services : of which the index is made, as far as they are collected; all if None.

    Returns
    -------
    DataFrame
        ``kommune, period, provision_index, waiting_days, coverage_*`` (5), ``n_services, status, note``. A waiting time
        that nobody collected is missing for all.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = provision(load_returns())
    >>> coverage = table[[f"coverage_{service}" for service in SERVICES]]
    >>> bool(np.allclose(table["provision_index"], coverage.mean(axis=1))), table["n_services"].unique().tolist()
    (True, [5])
    """
    need, served, waits = (wide_of(returns, column) for column in ("need", "served", "waiting_days"))
    asked = by_anybody(need.notna() & served.notna())
    if services is not None:
        asked &= pd.Series([service in services for service in SERVICES], index=list(SERVICES))
    coverage = (served / need.where(need > 0)).where(asked)
    table = coverage.set_axis([f"coverage_{service}" for service in SERVICES], axis=1)
    without, contradiction = need.eq(0) & served.eq(0) & asked, need.eq(0) & served.gt(0) & asked
    reported = (coverage.notna() | without | ~asked).all(axis=1) & coverage.notna().any(axis=1)
    table.insert(0, "provision_index", coverage.mean(axis=1).where(reported))
    waited = by_anybody(waits.notna())
    table.insert(1, "waiting_days", waits.mean(axis=1).where((waits.notna() | ~waited).all(axis=1)))
    table["n_services"] = coverage.notna().sum(axis=1)
    table["status"] = worst(worst_of_groups(returns.services, [KEY, "period"]), "derived").where(reported, "missing")
    table["note"] = joined(named(without, "no need"), named(~asked, "nobody collected"))
    table["note"] = table["note"].where(reported, "not every service is reported")
    table["note"] = table["note"].mask(contradiction.any(axis=1), named(contradiction, "served without need"))
    protected = protected_in(returns, ["need", "served"]) & asked
    suppressed = protected.any(axis=1) & ~reported
    table["status"] = table["status"].mask(suppressed, SUPPRESSED)
    table["note"] = table["note"].mask(suppressed, named(protected, PROTECTED))
    return table.reset_index()


def collected(returns: Returns) -> pd.DataFrame:
    """Whether anybody reports need and use of a service in a year: what nobody collected can be in no index.

    Returns
    -------
    DataFrame of bool
        Years × the five services.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> bool(collected(load_returns()).all(axis=None))
    True
    """
    known = wide_of(returns, "need").notna() & wide_of(returns, "served").notna()
    return known.groupby(level="period").any()


def reported(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the services in which somebody has a value, and why the others are left out.

    Parameters
    ----------
    table : columns ``service, value``, as from `service_indicator` or `service_supply.waiting`; one indicator.

    Returns
    -------
    DataFrame and list of str
        The rows of those services, unchanged; one reason for each service left out, none where all stay.

    Examples
    --------
    >>> table = pd.DataFrame({"service": ["care", "debt", "debt"], "value": [None, 3.0, None]})
    >>> kept, reasons = reported(table)
    >>> kept["service"].tolist(), reasons
    (['debt', 'debt'], ['care: nobody reports it'])
    """
    having = table["value"].notna().groupby(table["service"]).any()
    found = [service for service in (*SERVICES, TOGETHER) if service in having.index]
    silent = [service for service in found if not having[service]]
    if silent and silent == found:
        return table[:0], ["nobody reports it for any service"]
    single = [service for service in silent if service != TOGETHER]
    reasons = [f"{service}: nobody reports it" for service in single]
    if TOGETHER in silent:
        what = f"{', '.join(single)} is not reported" if single else "nobody reports all five"
        reasons.append(f"{TOGETHER}: {what}")
    return table[~table["service"].isin(silent)], reasons


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


def by_anybody(known: pd.DataFrame) -> pd.DataFrame:
    """In each row: whether anybody has it in the same year."""
    return known.groupby(level="period").transform("any")


def named(marked: pd.DataFrame, words: str) -> list[str]:
    """Names of the services marked in each row after some words; empty where there is none."""
    names = marked.columns.to_numpy()
    return [f"{words}: {', '.join(names[row])}" if row.any() else "" for row in marked.to_numpy()]


def _parts(entry: catalogue.Indicator, returns: Returns) -> pd.DataFrame:
    """Numerator and denominator of each municipality, year and service, and of all five together."""
    rows = returns.services.copy()
    made_of = {"municipal_spending": ["spending", "municipal_share"]}
    rows["municipal_spending"] = rows["spending"].astype(float) * rows["municipal_share"].astype(float) / 100
    keys = pd.MultiIndex.from_product(
        [sorted(returns.units[KEY]), sorted(rows["period"].unique()), SERVICES], names=[KEY, "period", "service"]
    )
    rows = rows.set_index([KEY, "period", "service"]).reindex(keys).reset_index()
    rows["status"] = rows["status"].fillna("missing")
    columns = [c for c in (entry.numerator, entry.denominator) if c != "ehb"]
    rows[columns] = rows[columns].astype(float)
    rows["is_protected"] = is_protected(rows, [name for column in columns for name in made_of.get(column, [column])])
    rows["status"] = rows["status"].mask(rows["is_protected"] & ~rows["status"].isin(WITHOUT_VALUE), SUPPRESSED)
    if "ehb" in (entry.numerator, entry.denominator):
        stock = numerator_denominator(returns.monthly, None, "ehb", "", flow=False, time="year")
        stock = stock[[KEY, "period", "numerator", "status", "note"]].rename(columns={"numerator": "ehb"})
        rows = rows.merge(stock, on=[KEY, "period"], how="left", suffixes=("", "_ehb"), validate="many_to_one")
        rows["status"] = worst(rows["status"], rows["status_ehb"].fillna("missing"))
    rows = pd.concat([rows, _together(rows, entry, columns)], ignore_index=True)
    unknown = rows["status"].isin(WITHOUT_VALUE) | rows[columns].isna().any(axis=1)
    note = pd.Series("not reported: " + ", ".join(columns), index=rows.index)
    if "ehb" in rows:
        note = note.mask(rows["ehb"].isna(), "not reported: ehb of the year")
    empty = rows["empty"].fillna("")
    note = note.mask(empty != "", f"{intervals.NO_EXPOSURE} ({entry.denominator} of " + empty + ")")
    note = note.mask(rows["is_protected"] & rows["status"].eq(SUPPRESSED), f"{PROTECTED}: {' or '.join(columns)}")
    table = rows.assign(
        numerator=rows[entry.numerator].mask(unknown),
        denominator=rows[entry.denominator].mask(unknown),
        n_months=np.where(unknown, 0, 12),
        whole=rows[entry.numerator].mod(1).eq(0),
        status=missing_where(worst(rows["status"], "derived"), unknown),
        note=note.where(unknown, ""),
    )
    return over_a_stock(table, entry.denominator)[[*PARTS, "service"]]


def _together(rows: pd.DataFrame, entry: catalogue.Indicator, columns: list[str]) -> pd.DataFrame:
    """The five together: cases and euros add up; missing where one service is. A person counts in each service.

    Served without need is a service that is missing, and ``empty`` names it.
    """
    contradiction = (entry.denominator in columns) & rows[entry.numerator].gt(0) & rows[entry.denominator].eq(0)
    usable = ~rows["status"].isin(WITHOUT_VALUE) & ~contradiction
    values = rows.assign(**{column: rows[column].where(usable) for column in columns})
    grouped = values.groupby([KEY, "period"], sort=True)
    table = grouped[columns].sum(min_count=len(SERVICES))
    if "ehb" in rows:
        table["ehb"] = grouped["ehb"].first()
    complete = table[columns].notna().all(axis=1)
    table["is_protected"] = (
        grouped["is_protected"].any() & ~rows["status"].eq("missing").groupby([rows[KEY], rows["period"]]).any()
    )
    table["status"] = (
        worst_of_groups(rows, [KEY, "period"]).where(complete, "missing").mask(table["is_protected"], SUPPRESSED)
    )
    named = rows[contradiction].groupby([KEY, "period"])["service"].agg(", ".join)
    table["empty"] = named.reindex(table.index, fill_value="")
    return table.reset_index().assign(service=TOGETHER)


def wide_of(returns: Returns, column: str) -> pd.DataFrame:
    """One column of the services, services side by side; what may not enter is missing."""
    rows = returns.services
    values = rows[column].where(~rows["status"].isin(WITHOUT_VALUE)).astype(float)
    wide = rows.assign(**{column: values}).pivot(index=[KEY, "period"], columns="service", values=column)
    return wide.reindex(columns=list(SERVICES)).rename_axis(columns=None)


def protected_in(returns: Returns, columns: list[str]) -> pd.DataFrame:
    """Whether one of some columns of the services is protected, services side by side as in `wide_of`."""
    rows = returns.services.assign(is_protected=is_protected(returns.services, columns))
    wide = rows.pivot(index=[KEY, "period"], columns="service", values="is_protected")
    return wide.reindex(columns=list(SERVICES)).rename_axis(columns=None).eq(True)  # a service without a row is none


def _known(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Which cells hold a value that may enter, or one that is reported and protected."""
    known = rows.drop(columns=[*_ROWS[name], *({"note", PROTECTED} & set(rows.columns))]).replace("", None).notna()
    known = known.where(~rows["status"].isin(WITHOUT_VALUE), False)
    return known.apply(lambda cells: cells | is_protected(rows, [str(cells.name)]))
