"""How the five services are offered: breadth, waiting times, who provides, what recording leaves open, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.data import catalogue
from optkommunen.errors import ComparisonError, ValueTableError
from optkommunen.indicators.aggregate import summed
from optkommunen.indicators.rates import ALL, assignment_of, indicator, status_columns
from optkommunen.indicators.services import (
    SERVICES,
    TOGETHER,
    by_anybody,
    named,
    protected_in,
    service_indicator,
    wide_of,
)  # fmt: skip
from optkommunen.returns.read import Returns
from optkommunen.returns.secrecy import PROTECTED, SUPPRESSED, is_protected
from optkommunen.values import (
    KEY,
    WITHOUT_VALUE,
    chosen_period,
    missing_where,
    worst,
    worst_by,
    worst_of_groups,
)  # fmt: skip

TWO_WEEKS = 14
"""Days."""

BY_SERVICE = ("service_coverage", "service_in_einv", "service_recorded", "service_spending_per_ehb")
WAITING = "service_waiting_days"
STAFFING = ("betreuungsrelation_1", "betreuungsrelation_2")

PROFILE = (KEY, "feature", "service", "value", "unit", "status", "note")


def breadth(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """How many of the five services served anybody, and how evenly those served are spread over them.

    Evenness is Pielou's: entropy of the five shares over its maximum, ``-Σ p ln p / ln 5``. A service that nobody
    collected in a year is not among them, for anybody: then both are of the others, and ``note`` says so.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    by : as in `waiting`.

    Returns
    -------
    DataFrame
        ``kommune, period, value`` (0 to 5), ``evenness`` (0 to 1; missing where nobody was served), ``status, note``.
        Missing where a service is not reported that others report. Of groups: the group (with its status, as
        `waiting`), ``period``, median, smallest and largest of its members as ``value, lower, upper, evenness,
        evenness_lower, evenness_upper``, ``method`` (``"range"``), ``n, n_missing, status``.

    Examples
    --------
    Equal use of all five is even, whatever the size:

    >>> from dataclasses import replace
    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> even = replace(returns, services=returns.services.assign(served=7))
    >>> table = breadth(even)
    >>> table["value"].unique().tolist(), bool(np.allclose(table["evenness"], 1))
    ([5.0], True)
    """
    served, status = wide_of(returns, "served"), worst_of_groups(returns.services, [KEY, "period"])
    asked = by_anybody(served.notna())
    whole = (served.notna() | ~asked).all(axis=1) & asked.any(axis=1)
    shares = served.div(served.sum(axis=1).where(lambda total: total > 0), axis=0)
    entropy = -(shares * np.log(shares.where(shares > 0, 1.0))).sum(axis=1, min_count=1)
    most = np.log(asked.sum(axis=1).where(lambda n: n > 1))
    table = pd.DataFrame({"value": (served > 0).sum(axis=1).astype(float), "evenness": entropy / most})
    table = table.where(whole, axis=0) + 0.0
    table["status"] = status.where(whole, "missing")
    table["note"] = named(~asked, "nobody collected")
    table["note"] = table["note"].where(whole, "not every service is reported")
    protected = protected_in(returns, ["served"])
    suppressed = protected.any(axis=1) & ~whole
    table["status"] = table["status"].mask(suppressed, SUPPRESSED)
    table["note"] = table["note"].mask(suppressed, named(protected, PROTECTED))
    return table.reset_index() if by is None else _breadth_of_groups(table.reset_index(), by, returns)


def _breadth_of_groups(table: pd.DataFrame, by: str | pd.DataFrame, returns: Returns) -> pd.DataFrame:
    """Neither adds up: the distribution over the members."""
    group, rows = _grouped(table, by, returns)
    keys = [group, "period"]
    grouped = rows.groupby(keys, sort=True)
    found = grouped.agg(
        value=("value", "median"), lower=("value", "min"), upper=("value", "max"),
        evenness=("evenness", "median"), evenness_lower=("evenness", "min"), evenness_upper=("evenness", "max"),
        n=("value", "count"),
    ).assign(method="range")  # fmt: skip
    found["n_missing"] = grouped.size() - found["n"]
    found["status"] = worst_of_groups(rows, keys)
    columns = ["value", "lower", "upper", "evenness", "evenness_lower", "evenness_upper", "method", "n", "n_missing"]
    return _in_order(found, rows, keys, [*columns, "status"])


def waiting(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """Median waiting time by service: of each municipality, or its distribution over the members of a group.

    Days from the request to the first appointment. Medians cannot be added up, so a group shows the median of its
    members' medians, the shortest and the longest, and how many of its members stay within two weeks.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    by : None for each municipality, ``"all"``, a column of ``returns.units`` such as ``"ring"``, or a frame
        ``kommune`` and group.

    Returns
    -------
    DataFrame
        ``kommune`` or the group (``ring_status`` beside a ring that is not observed), ``service, period, value``
        (days), ``shortest, longest, within_two_weeks`` (% of members that report), ``n, n_estimated, n_missing,
        status``; the status is also that of who is in which group.

    Raises
    ------
    ValueTableError
        If `by` names no column of the units.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = waiting(load_returns(), by="ring")
    >>> bool(table["value"].between(table["shortest"], table["longest"]).all())
    True
    """
    rows = returns.services[[KEY, "service", "period", "waiting_days", "status"]]
    protected = is_protected(returns.services, ["waiting_days"])
    rows = rows.assign(status=rows["status"].mask(protected, SUPPRESSED))
    group, rows = _grouped(rows, by, returns)
    days = rows["waiting_days"].where(~rows["status"].isin(WITHOUT_VALUE)).astype(float)
    rows = rows.assign(days=days, within=(days <= TWO_WEEKS).where(days.notna()).astype(float), missing=days.isna())
    keys = [group, "service", "period"]
    grouped = rows.groupby(keys, sort=True)
    table = pd.DataFrame(grouped["days"].agg(value="median", shortest="min", longest="max", n="count"))
    table["within_two_weeks"] = 100 * grouped["within"].mean()
    table["n_estimated"], table["n_missing"] = grouped["estimated"].sum(), grouped["missing"].sum()
    table["status"] = worst_of_groups(rows.assign(status=missing_where(rows["status"], days.isna())), keys)
    columns = ["value", "shortest", "longest", "within_two_weeks", "n", "n_estimated", "n_missing", "status"]
    return _in_order(table, rows, keys, columns)


def service_supply(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """How the services are offered: number of municipalities by own, contracted or both, for each service.

    Returns
    -------
    DataFrame
        The group (``all`` for None), ``service, period``, then one column for each way of offering, and ``status``.

    Examples
    --------
    Every municipality that reports offers each service in one way:

    >>> from optkommunen.returns.read import load_returns
    >>> table = service_supply(load_returns())
    >>> table[["both", "contracted", "own"]].sum(axis=1).unique().tolist()
    [69]
    """
    rows = returns.services
    group, rows = _grouped(rows, ALL if by is None else by, returns)
    rows = rows[rows["offer"].fillna("") != ""]
    keys = [group, "service", "period"]
    counts = rows.pivot_table(index=keys, columns="offer", values=KEY, aggfunc="count")
    counts = counts.fillna(0).astype(int).rename_axis(columns=None)
    counts["status"] = worst_of_groups(rows, keys)
    return _in_order(counts, rows[keys], keys, list(counts.columns))


def recording_bounds(returns: Returns, by: str | pd.DataFrame | None = None) -> pd.DataFrame:
    """Bounds of coverage where recording is incomplete: low take-up and low recording look alike.

    What the case system proves is the lower bound. Where everybody served is recorded, it is the upper bound too;
    where not, the count of those served is itself in doubt, and nothing but the need bounds it from above (Manski
    1989). Bounds are no interval: they hold without any assumption on who is not recorded.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    by : as in `waiting`; a group has sums over sums, of the members whose bounds are known.

    Returns
    -------
    DataFrame
        ``kommune, period, service, value`` (coverage as reported, %), ``lower, upper, method`` (``"bounds"``),
        ``recorded`` (% of those served), ``status``. Missing where nobody needs the service or a part is not reported.
        Of groups: the group (with its status, as `waiting`), ``service, period, value, lower, upper, method,
        recorded``, ``incomplete`` (members that do not record everybody served), ``n, n_missing, status``.

    Examples
    --------
    Complete recording leaves no doubt:

    >>> from optkommunen.returns.read import load_returns
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
    status = rows["status"].mask(is_protected(rows, ["need", "served"]), SUPPRESSED)
    table = table.assign(status=missing_where(worst(status, "derived"), table["value"].isna()))
    return table if by is None else _bounds_of_groups(table.assign(need=need, served=served), by, returns)


def _bounds_of_groups(table: pd.DataFrame, by: str | pd.DataFrame, returns: Returns) -> pd.DataFrame:
    """Persons added up over the members whose bounds are known."""
    group, rows = _grouped(table, by, returns)
    keys, shares = [group, "service", "period"], ["value", "lower", "upper"]
    known = rows[shares].notna().all(axis=1)
    people = rows.assign(
        **rows[shares].mul(rows["need"], axis=0).where(known),
        need=rows["need"].where(known),
        served=rows["served"].where(known),
        recorded=(rows["recorded"] * rows["served"]).where(known),
        incomplete=known & rows["recorded"].lt(100),
    )
    sums = summed(people, keys, [*shares, "need", "served", "recorded"], known)
    found = sums[["n", "n_missing", "status"]].assign(
        **sums[shares].div(sums["need"], axis=0),
        method="bounds",
        recorded=sums["recorded"] / sums["served"].where(sums["served"] > 0),
        incomplete=people.groupby(keys)["incomplete"].sum().astype(int),
    )
    return _in_order(found, rows, keys, [*shares, "method", "recorded", "incomplete", "n", "n_missing", "status"])


def service_profile(returns: Returns, year: int | str) -> pd.DataFrame:
    """Coverage, waiting time, agreement, recording and spending of each service, and the staffing, of one year.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    year : of the returns.

    Returns
    -------
    DataFrame, columns `PROFILE`
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
    return chosen[list(PROFILE)].reset_index(drop=True)


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
    days["note"] = days["note"].mask(days["status"].eq(SUPPRESSED), f"{PROTECTED}: waiting_days")
    staffing = [indicator(name, returns, level=None).assign(service="") for name in STAFFING]
    table = pd.concat([*services, days, *staffing], ignore_index=True)
    kept = [KEY, "period", "indicator", *PROFILE[2:]]
    return table.loc[table["service"] != TOGETHER, kept].reset_index(drop=True)


def _grouped(rows: pd.DataFrame, by: str | pd.DataFrame | None, returns: Returns) -> tuple[str, pd.DataFrame]:
    if by is None:
        return KEY, rows.assign(estimated=rows["status"].eq("estimated"))
    if isinstance(by, str) and by == ALL:
        by = returns.units[[KEY]].assign(**{ALL: ALL})
    if isinstance(by, str):
        if by not in returns.units.columns:
            message = f"Groups are a column of the units, {', '.join(returns.units.columns)}, or {ALL!r}; found {by!r}."
            raise ValueTableError(message)
        by = returns.units[[c for c in (KEY, by, f"{by}_status") if c in returns.units.columns]]
    table = assignment_of(by)
    group, status = table.columns[1:]
    rows = rows.merge(table, on=KEY, how="left", validate="many_to_one")
    carried = worst(rows["status"], rows[status].fillna(rows["status"]))
    return str(group), rows.assign(estimated=rows["status"].eq("estimated"), status=carried)


def _in_order(table: pd.DataFrame, rows: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Groups with their statuses, sorted by group, then in the order of the law, then by year."""
    place = {service: i for i, service in enumerate(SERVICES)}
    statuses = status_columns(rows, keys[:1])
    table = table.assign(**{column: worst_by(rows, keys, column) for column in statuses}).reset_index()
    table = table.sort_values(keys, key=lambda c: c.map(place) if c.name == "service" else c, ignore_index=True)
    return table[[keys[0], *statuses, *keys[1:], *columns]]
