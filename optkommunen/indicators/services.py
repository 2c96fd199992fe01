"""The five kommunal flankierende Leistungen: take-up, coverage, waiting, breadth, recording and money, by service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from optkommunen import catalogue
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.indicators import intervals
from optkommunen.indicators.parts import PARTS, parts
from optkommunen.indicators.rates import COLUMNS, aggregate
from optkommunen.loaders.returns import Returns
from optkommunen.values import KEY, STATUSES, WITHOUT_VALUE, worst

SERVICES = ("childcare", "care", "debt", "psychosocial", "addiction")
"""§ 16 Abs. 2 Satz 2 Nr. 1–4 SGB II a.F., from 2009 § 16a: Nr. 1 childcare and home care, 2 debt, 3 psychosocial, 4
addiction."""
TOGETHER = "together"
"""All five added up: cases, since a person may use several."""
TWO_WEEKS = 14
"""Days."""


def service_indicator(
    name: str,
    returns: Returns,
    by: str | Sequence[str] | pd.DataFrame | None = None,
    level: float | Iterable[float] | None = 0.95,
) -> pd.DataFrame:
    """An indicator of the services, for each of the five and by municipality, ring, Land or all.

    As `rates.indicator`: sums over sums, never means of rates. Take-up is a rate of events per mean eHb of the year
    (exact or Byar interval); coverage, agreement and recording are shares of persons (Wilson); money has no interval.
    Where no need was identified, coverage is undefined and says so.

    Parameters
    ----------
    name : ``service_takeup``, ``service_coverage``, ``service_in_einv``, ``service_recorded``,
        ``service_spending_per_ehb`` or ``service_municipal_share``.
    returns : ``ok.load_returns()`` or one's own.
    by, level : as in `rates.indicator`.

    Returns
    -------
    DataFrame
        ``kommune`` or the groups, ``service``, then the columns of `rates.indicator`. Take-up and spending also have
        rows of service ``"together"``: all five added up.

    Raises
    ------
    UnknownIndicatorError
        If the entry is not one of the services'.
    ValueTableError
        If a municipality has no group, or ``by`` names no column.

    Examples
    --------
    Coverage of a ring is persons served over persons with need, not a mean of percentages:

    >>> from optkommunen.loaders.returns import load_returns
    >>> returns = load_returns()
    >>> everyone = service_indicator("service_coverage", returns, by="all").set_index(["service", "period"])["value"]
    >>> debt = returns.services.query("service == 'debt' and period == '2008'")
    >>> bool(abs(everyone["debt", "2008"] - 100 * debt["served"].sum() / debt["need"].sum()) < 1e-12)
    True
    """
    entry = catalogue.indicator(name)
    if not entry.by_service:
        known = ", ".join(e.name for e in catalogue.entries() if e.by_service)
        message = f"Indicators of the services are {known}; found {name!r}. Others: ok.indicator, `breadth`, `waiting`."
        raise UnknownIndicatorError(message)
    levels = intervals.levels_of(level)
    table = _parts(entry, returns)
    tables = [aggregate(table[table["service"] == s][PARTS], entry, entry.denominator, returns, by, levels)
              .assign(service=s) for s in table["service"].unique()]  # fmt: skip
    long = pd.concat(tables, ignore_index=True)
    groups = [column for column in long.columns if column not in (*COLUMNS, "service")]
    return long[[*groups, "service", *COLUMNS]]


def breadth(returns: Returns) -> pd.DataFrame:
    """How many of the five services served anybody, and how evenly those served are spread over them.

    Evenness is Pielou's: entropy of the five shares over its maximum, ``-Σ p ln p / ln 5``.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.

    Returns
    -------
    DataFrame
        ``kommune, period, value`` (0 to 5), ``evenness`` (0 to 1; missing where nobody was served), ``status, note``.
        Missing where one of the five is not reported.

    Examples
    --------
    Equal use of all five is even, whatever the size:

    >>> from dataclasses import replace
    >>> from optkommunen.loaders.returns import load_returns
    >>> returns = load_returns()
    >>> even = replace(returns, services=returns.services.assign(served=7))
    >>> table = breadth(even)
    >>> table["value"].unique().tolist(), bool(np.allclose(table["evenness"], 1))
    ([5.0], True)
    """
    served, status = _wide(returns, "served"), _wide_status(returns)
    whole = served.notna().all(axis=1)
    shares = served.div(served.sum(axis=1).where(lambda total: total > 0), axis=0)
    entropy = -(shares * np.log(shares.where(shares > 0, 1.0))).sum(axis=1, min_count=len(SERVICES))
    table = pd.DataFrame({"value": (served > 0).sum(axis=1).astype(float), "evenness": entropy / np.log(len(SERVICES))})
    table = table.where(whole, axis=0) + 0.0
    table["status"] = status.where(whole, "missing")
    table["note"] = np.where(whole, "", "not every service is reported")
    return table.reset_index()


def waiting(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """Median waiting time by service: of each municipality, or its distribution over the members of a group.

    Medians cannot be added up, so a group shows the median of its members' medians, the shortest and the longest, and
    how many of its members stay within two weeks.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    by : None for each municipality, a column of ``returns.units`` such as ``"ring"``, or a frame ``kommune`` and group.

    Returns
    -------
    DataFrame
        ``kommune`` or the group, ``service, period, value`` (days), ``shortest, longest, within_two_weeks`` (% of
        members that report), ``n, n_missing, status``.

    Raises
    ------
    ValueTableError
        If `by` names no column of the units.

    Examples
    --------
    >>> from optkommunen.loaders.returns import load_returns
    >>> table = waiting(load_returns(), by="ring")
    >>> bool(table["value"].between(table["shortest"], table["longest"]).all())
    True
    """
    rows = returns.services[[KEY, "service", "period", "waiting_days", "status"]]
    group, rows = _grouped(rows, by, returns)
    days = rows["waiting_days"].where(~rows["status"].isin(WITHOUT_VALUE)).astype(float)
    rows = rows.assign(days=days, within=(days <= TWO_WEEKS).where(days.notna()).astype(float), missing=days.isna())
    keys = [group, "service", "period"]
    grouped = rows.groupby(keys, sort=True)
    table = grouped["days"].agg(value="median", shortest="min", longest="max", n="count")
    table["within_two_weeks"] = 100 * grouped["within"].mean()
    table["n_missing"] = grouped["missing"].sum()
    table["status"] = _worst_of_groups(rows.assign(status=rows["status"].mask(days.isna(), "missing")), keys)
    columns = ["value", "shortest", "longest", "within_two_weeks", "n", "n_missing", "status"]
    return _in_order(table.reset_index(), group)[[group, "service", "period", *columns]]


def offers(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """How the services are offered: number of municipalities by own, contracted or both, for each service.

    Returns
    -------
    DataFrame
        The group (``all`` for None), ``service, period``, then one column for each way of offering, and ``status``.

    Examples
    --------
    Every municipality that reports offers each service in one way:

    >>> from optkommunen.loaders.returns import load_returns
    >>> table = offers(load_returns())
    >>> table[["both", "contracted", "own"]].sum(axis=1).unique().tolist()
    [69]
    """
    rows = returns.services
    group, rows = ("all", rows.assign(all="all")) if by is None else _grouped(rows, by, returns)
    rows = rows[rows["offer"].fillna("") != ""]
    counts = rows.pivot_table(index=[group, "service", "period"], columns="offer", values=KEY, aggfunc="count")
    counts = counts.fillna(0).astype(int).rename_axis(columns=None)
    counts["status"] = _worst_of_groups(rows, [group, "service", "period"])
    return _in_order(counts.reset_index(), group)


def recording_bounds(returns: Returns) -> pd.DataFrame:
    """Bounds of coverage where recording is incomplete: low take-up and low recording look alike.

    What the case system proves is the lower bound. Where everybody served is recorded, it is the upper bound too;
    where not, the count of those served is itself in doubt, and nothing but the need bounds it from above (Manski
    1989). Bounds are no interval: they hold without any assumption on who is not recorded.

    Returns
    -------
    DataFrame
        ``kommune, period, service, value`` (coverage as reported, %), ``lower, upper, method`` (``"bounds"``),
        ``recorded`` (% of those served), ``status``. Missing where nobody needs the service or a part is not reported.

    Examples
    --------
    Complete recording leaves no doubt:

    >>> from optkommunen.loaders.returns import load_returns
    >>> table = recording_bounds(load_returns())
    >>> bool((table["lower"] == table["value"]).all() and (table["upper"] == table["value"]).all())
    True
    """
    rows = returns.services
    known = ~rows["status"].isin(WITHOUT_VALUE)
    need, served, recorded = (rows[c].where(known).astype(float) for c in ("need", "served", "recorded"))
    need = need.where(need > 0)
    complete = recorded >= served
    table = rows[[KEY, "period", "service"]].assign(
        value=100 * served / need,
        lower=100 * recorded / need,
        upper=(100 * served / need).where(complete, (100 * need / need).where(recorded.notna() & served.notna())),
        method="bounds",
        recorded=100 * recorded / served.where(served > 0),
    )
    derived = pd.Series("derived", index=rows.index)
    return table.assign(status=worst(rows["status"], derived).where(table["value"].notna(), "missing"))


def provision(returns: Returns) -> pd.DataFrame:
    """Provision of each municipality and year, as the regression takes it.

    ``coverage_<service>`` = served / need of each service, 0 to 1; ``provision_index`` = unweighted mean of the
    coverages that are defined; ``waiting_days`` = mean of the five medians. Without need in a service its coverage is
    undefined and the index is the mean of the others: ``n_services`` says of how many.

    Returns
    -------
    DataFrame
        ``kommune, period, provision_index, waiting_days, coverage_*`` (5), ``n_services, status, note``.

    Examples
    --------
    >>> from optkommunen.loaders.returns import load_returns
    >>> table = provision(load_returns())
    >>> coverage = table[[f"coverage_{service}" for service in SERVICES]]
    >>> bool(np.allclose(table["provision_index"], coverage.mean(axis=1))), table["n_services"].unique().tolist()
    (True, [5])
    """
    need, served, waits = (_wide(returns, column) for column in ("need", "served", "waiting_days"))
    coverage = served / need.where(need > 0)
    table = coverage.set_axis([f"coverage_{service}" for service in SERVICES], axis=1)
    without = need.eq(0) & served.notna()
    reported = (coverage.notna() | without).all(axis=1) & coverage.notna().any(axis=1)
    table.insert(0, "provision_index", coverage.mean(axis=1).where(reported))
    table.insert(1, "waiting_days", waits.mean(axis=1, skipna=False))
    table["n_services"] = coverage.notna().sum(axis=1)
    derived = pd.Series("derived", index=table.index)
    table["status"] = worst(_wide_status(returns), derived).where(reported, "missing")
    names = without.apply(lambda row: ", ".join(row.index[row]), axis=1) if without.any(axis=None) else ""
    table["note"] = pd.Series(names, index=table.index).map(lambda n: f"no need: {n}" if n else "")
    table["note"] = table["note"].where(reported, "not every service is reported")
    return table.reset_index()


def _parts(entry: catalogue.Indicator, returns: Returns) -> pd.DataFrame:
    """Numerator and denominator of each municipality, year and service, and of all five together where they add up."""
    rows = returns.services.copy()
    rows["municipal_spending"] = rows["spending"].astype(float) * rows["municipal_share"].astype(float) / 100
    keys = pd.MultiIndex.from_product(
        [sorted(returns.units[KEY]), sorted(rows["period"].unique()), SERVICES], names=[KEY, "period", "service"]
    )
    rows = rows.set_index([KEY, "period", "service"]).reindex(keys).reset_index()
    rows["status"] = rows["status"].fillna("missing")
    columns = [c for c in (entry.numerator, entry.denominator) if c != "ehb"]
    if "ehb" in (entry.numerator, entry.denominator):
        stock = parts(returns.monthly, None, "ehb", "", flow=False, time="year")
        stock = stock[[KEY, "period", "numerator", "status", "note"]].rename(columns={"numerator": "ehb"})
        rows = rows.merge(stock, on=[KEY, "period"], how="left", suffixes=("", "_ehb"), validate="many_to_one")
        rows["status"] = worst(rows["status"], rows["status_ehb"].fillna("missing"))
        if entry.numerator in ("served", "spending"):  # events and euros of the five add up
            rows = pd.concat([rows, _together(rows, entry.numerator)], ignore_index=True)
    unknown = rows["status"].isin(WITHOUT_VALUE) | rows[columns].isna().any(axis=1)
    if "ehb" in rows:
        unknown |= rows["ehb"].isna()
    note = pd.Series("not reported: " + ", ".join(columns), index=rows.index)
    if "ehb" in rows:
        note = note.mask(rows["ehb"].isna(), "not reported: ehb of the year")
    derived = pd.Series("derived", index=rows.index)
    status = worst(rows["status"], derived)
    return rows.assign(
        numerator=rows[entry.numerator].astype(float).mask(unknown),
        denominator=rows[entry.denominator].astype(float).mask(unknown),
        n_months=np.where(unknown, 0, 12),
        whole=rows[entry.numerator].astype(float).mod(1).fillna(0).eq(0),
        status=status.mask(unknown & ~status.isin(WITHOUT_VALUE), "missing"),
        note=note.where(unknown, ""),
    )[[*PARTS, "service"]]


def _together(rows: pd.DataFrame, numerator: str) -> pd.DataFrame:
    values = rows.assign(**{numerator: rows[numerator].astype(float)})
    grouped = values.groupby([KEY, "period"], sort=True)
    table = grouped[["ehb"]].first()
    table[numerator] = grouped[numerator].sum(min_count=len(SERVICES))
    table["status"] = _worst_of_groups(rows, [KEY, "period"]).where(table[numerator].notna(), "missing")
    return table.reset_index().assign(service=TOGETHER)


def _wide(returns: Returns, column: str) -> pd.DataFrame:
    """One column of the services, services side by side; what may not enter is missing."""
    rows = returns.services
    values = rows[column].where(~rows["status"].isin(WITHOUT_VALUE)).astype(float)
    wide = rows.assign(**{column: values}).pivot(index=[KEY, "period"], columns="service", values=column)
    return wide.reindex(columns=list(SERVICES)).rename_axis(columns=None)


def _wide_status(returns: Returns) -> pd.Series:
    return _worst_of_groups(returns.services, [KEY, "period"])


def _grouped(rows: pd.DataFrame, by: str | pd.DataFrame | None, returns: Returns) -> tuple[str, pd.DataFrame]:
    if by is None:
        return KEY, rows
    if isinstance(by, str):
        if by not in returns.units.columns:
            message = f"Groups are a column of the units, {', '.join(returns.units.columns)}; found {by!r}."
            raise ValueTableError(message)
        by = returns.units[[KEY, by]]
    (group,) = (column for column in by.columns if column != KEY)
    return str(group), rows.merge(by, on=KEY, how="left", validate="many_to_one")


def _in_order(table: pd.DataFrame, group: str) -> pd.DataFrame:
    """Sorted by group, then in the order of the law, then by year."""
    place = {service: i for i, service in enumerate(SERVICES)}
    return table.sort_values(
        [group, "service", "period"], key=lambda c: c.map(place) if c.name == "service" else c, ignore_index=True
    )


def _worst_of_groups(rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Worst status of each group among the rows that have a value; ``missing`` where none has one."""
    ranks = {status: rank for rank, status in enumerate(STATUSES)}
    rank = rows["status"].map(ranks).where(~rows["status"].isin(WITHOUT_VALUE))
    grouped = rank.groupby([rows[key] for key in keys], sort=True).max()
    return grouped.map(dict(enumerate(STATUSES))).fillna("missing")
