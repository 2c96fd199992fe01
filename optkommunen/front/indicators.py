"""Indicators from returns, as tidy frames that go into every comparison unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import nan
from typing import Any, Literal

import pandas as pd

from optkommunen.comparison import change as changes
from optkommunen.data import catalogue, store
from optkommunen.data.catalogue import Indicator
from optkommunen.errors import ValueTableError
from optkommunen.front.given import LATEST
from optkommunen.front.membership import By, groups_of, with_members, with_rings
from optkommunen.indicators import aggregate, rates, services
from optkommunen.indicators import conditions as context
from optkommunen.indicators import service_supply as supply
from optkommunen.indicators.numerator_denominator import Time
from optkommunen.indicators.service_supply import service_profiles
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_periods, periods_of, span_of

What = str | Indicator | Iterable[str | Indicator]
Period = str | int | Iterable[str | int] | None
Level = float | Iterable[float] | None

SUPPLY: dict[str, Callable[..., pd.DataFrame]] = {
    "offer": supply.service_supply,
    "waiting": supply.waiting,
    "breadth": supply.breadth,
    "recording": supply.recording_bounds,
}
"""What `service_supply` shows, and who computes it."""
_DRAWN = {"waiting": "service_waiting_days", "recording": "service_coverage"}
"""Indicator whose distribution or bounds a table holds, so that ``ok.figures.by_service`` takes it unchanged."""


def indicator(
    what: What,
    returns: Returns | pd.DataFrame,
    *,
    period: Period = None,
    by: By = None,
    level: Level = 0.95,
    time: Time | None = None,
    base: str | None = None,
) -> pd.DataFrame:
    """One or several indicators of the benchmarking, computed from returns as the catalogue says.

    ``value = multiplier × Σ numerator / Σ denominator``. Rings, Länder and all are sums over sums, never means of
    rates. What enters and which interval belongs to it follows from the kind in the catalogue; see
    `optkommunen.indicators.rates.indicator`.

    Parameters
    ----------
    what : str, Indicator, or several of them
        Names of the catalogue (``ok.catalogue()``), or what ``ok.define`` gave back.
    returns : Returns or DataFrame
        ``ok.load_returns()`` or one's own; a frame of monthly or annual counts does as well.
    period : str, int or several, optional
        Years, or months such as ``"2008-03"``; all if None, ``"latest"``: the last that is there.
    by : str, sequence of str, DataFrame or mapping, optional
        None for each municipality; to sum up ``"ring"``, ``"land"``, another column of the returns or their units,
        several of them, ``"all"``, or rings of one's own: a frame ``kommune, ring`` or a mapping of key or name to
        ring.
    level : float, several or None, default 0.95
        Coverage of the intervals; several give one row each, None leaves them out and changes no value.
    time : {"year", "month"}, optional
        Mean per month or mean stock of a year, or single months; months if `period` names months, else years.
    base : str, optional
        Another column to divide by.

    Returns
    -------
    DataFrame
        One row for each municipality (or group), period, indicator and level: ``kommune, name, ring, ring_status,
        period, indicator, value, lower, upper, level, method, status, unit, n, n_estimated, n_missing, n_months,
        numerator, denominator, base, note, source``. In place of the first four stand the groups and their status. A
        value that cannot be had is missing with its reason in ``note``.

    Raises
    ------
    UnknownIndicatorError
        A name that is not in the catalogue, or one that is not computed from returns.
    ValueTableError
        A period that is not there (with the range), returns that break their form, a municipality without a group.

    Examples
    --------
    The ring is a sum over a sum:

    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> own = indicator("eingliederungsquote", returns, period=2008)
    >>> rings = indicator("eingliederungsquote", returns, period=2008, by="ring").set_index("ring")
    >>> sums = own.groupby("ring")[["numerator", "denominator"]].sum()
    >>> bool(((100 * sums["numerator"] / sums["denominator"] - rings["value"]).abs() < 1e-12).all())
    True
    """
    monthly = period is not None and all("-" in one for one in periods_of(period))
    how: Time = time or ("month" if monthly else "year")
    data, groups = with_rings(returns), groups_of(by)
    tables = [rates.indicator(name, data, groups, level, time=how, base=base) for name in _names(what)]
    table = pd.concat([_of(one, period, "the returns") for one in tables], ignore_index=True)
    return with_members(table, data, source=_source(returns))


def service_indicator(
    what: What,
    returns: Returns,
    *,
    period: Period = None,
    by: By = None,
    level: Level = 0.95,
    service: str | Iterable[str] | None = None,
    total: bool = False,
) -> pd.DataFrame:
    """One or several indicators of the flankierende Leistungen, for each of the five and all five together.

    Sums over sums; see `optkommunen.indicators.services.service_indicator`.

    Parameters
    ----------
    what : str, Indicator, or several of them
        Entries of the catalogue that are computed by service, such as ``"service_coverage"``.
    returns : Returns
        ``ok.load_returns()`` or one's own.
    period : int, str, list of these or None, default None
        As in `indicator`; years only.
    by : str, DataFrame or None, default None
        As in `indicator`.
    level : float, list of float or None, default 0.95
        As in `indicator`.
    service : str or several, optional
        ``"childcare", "care", "debt", "psychosocial", "addiction"`` or ``"together"``; all if None.
    total : bool, default False
        Whether all together follow the groups, as group ``"all"``.

    Returns
    -------
    DataFrame
        As `indicator`, with ``service`` before ``period``.

    Raises
    ------
    UnknownIndicatorError
        An entry that is not one of the services'.
    ValueTableError
        A period or service that is not there; a total without groups; as `indicator`.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = service_indicator("service_coverage", load_returns(), period=2008, service="debt")
    >>> len(table), table["service"].unique().tolist(), table["ring_status"].unique().tolist()
    (69, ['debt'], ['synthetic'])
    """
    data: Any = with_rings(returns)
    if period is not None:  # the others need not be computed
        data = data.replace(services=_of(data.services, period, "the returns"))
    groups = _groups(by, data, total=total)
    table = _joined([services.service_indicator(name, data, one, level) for name in _names(what) for one in groups])
    if service is not None:
        wanted = [service] if isinstance(service, str) else list(service)
        known = (*services.SERVICES, services.TOGETHER)
        unknown = [one for one in wanted if one not in known]
        if unknown or not wanted:
            message = f"A service is one of {', '.join(known)}; found {', '.join(map(repr, unknown)) or 'none'}."
            raise ValueTableError(message)
        table = table[table["service"].isin(wanted)].reset_index(drop=True)
    return with_members(table, data, source=_source(returns))


def service_profile(returns: Returns, *, period: Period = None) -> pd.DataFrame:
    """What municipalities do: coverage, waiting, agreement, recording and spending by service, and the staffing.

    Parameters
    ----------
    returns : Returns
        ``ok.load_returns()`` or one's own.
    period : str, int or several, optional
        Years; all if None.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, ring_status, period, indicator, service, value, unit, status, note, source``; ``service``
        is empty for the staffing.

    Raises
    ------
    ValueTableError
        A period that is not there.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = service_profile(load_returns(), period=2008)
    >>> table["indicator"].nunique(), table["kommune"].nunique()
    (7, 69)
    """
    table = _of(service_profiles(returns), period, "the returns")
    return with_members(table, returns, source=_source(returns))


def service_supply(
    returns: Returns,
    *,
    what: Literal["offer", "waiting", "breadth", "recording"] = "offer",
    period: Period = None,
    by: By = None,
    total: bool = False,
) -> pd.DataFrame:
    """How the services are offered: by whom, after which wait, how many of the five, how well recorded.

    Parameters
    ----------
    returns : Returns
        ``ok.load_returns()`` or one's own.
    what : {"offer", "waiting", "breadth", "recording"}, default "offer"
        Number of municipalities by own, contracted or both; median days from the request to the first appointment;
        services that served anybody and how evenly; bounds of the coverage where not everybody served is recorded.
    period : str, int or several, optional
        Years; all if None.
    by : optional
        As in `indicator`, one column: what adds up is added up, else the rows are of the distribution over the members.
    total : bool, default False
        Whether all together follow the groups, as group ``"all"``.

    Returns
    -------
    DataFrame
        As `optkommunen.indicators.service_supply` has it, with ``name, ring, ring_status`` where the rows are of
        municipalities, and ``source``. Waiting and recording also have ``indicator, unit, level, method``, and waiting
        of groups its range as ``lower, upper``: they go into ``ok.figures.by_service`` unchanged.

    Raises
    ------
    ValueTableError
        Another word than these four, a group for which the units have no column, a total without groups, a
        period that is not there.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = service_supply(load_returns(), what="breadth", period=2008)
    >>> len(table), bool(table["value"].between(0, 5).all())
    (69, True)
    """
    if what not in SUPPLY:
        message = f"Of the supply of services are shown {', '.join(SUPPLY)}; found {what!r}. Name one of them."
        raise ValueTableError(message)
    data: Any = with_rings(returns)
    table = _joined([SUPPLY[what](data, one) for one in _groups(by, data, total=total)])
    table = _of(table, period, "the returns")
    if what in _DRAWN:
        table = _as_drawn(table, catalogue.indicator(_DRAWN[what]))
    return with_members(table, data, source=_source(returns))


def conditions(returns: Returns | None = None, *, period: str | int = 2007, logarithms: bool = False) -> pd.DataFrame:
    """The twelve context variables of each municipality, one row each, as models and neighbours take them.

    Official figures for the 69; invented ones for Musterkommunen, and what returns bring in their table ``units``. See
    `optkommunen.indicators.conditions.conditions`.

    Parameters
    ----------
    returns : Returns, optional
        Whose municipalities; the 69 if None.
    period : str or int, default 2007
        Year of the official figures, 2005 to 2010; the regression's if not named.
    logarithms : bool, default False
        Whether what is positive and skewed comes as natural logarithm, ``ln_<name>``.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, ring_status, period``, the twelve, ``status, note, source``; ``period`` is empty for
        context that returns bring, which names no year.

    Raises
    ------
    ValueTableError
        A year without official figures, or returns that bring some of the context only.

    Examples
    --------
    >>> table = conditions(period=2008)
    >>> len(table), table["status"].value_counts().to_dict()
    (69, {'observed': 55, 'estimated': 14})
    """
    table = context.conditions(returns, period)
    own = returns is not None and context.own_conditions(returns)
    if logarithms:
        table = context.logarithmic(table)
    table.insert(1, "period", "" if own else periods_of(period)[0])
    return with_members(table, returns, source=_source(returns) if own else _context_source())


def change(table: pd.DataFrame, *, period: Iterable[str | int] | None = None) -> pd.DataFrame:
    """Change of each municipality or group between two periods: absolute, relative, and as an index for counts.

    See `optkommunen.comparison.change.change`. Sums of groups compare only where the same municipalities stand in both:
    ``ok.total(…, same_members=True)``.

    Parameters
    ----------
    table : DataFrame
        As from `indicator`, ``ok.load_context``, ``ok.caseload`` or `total`.
    period : two of str or int, optional
        The first and the last period compared; those of the table if None.

    Returns
    -------
    DataFrame
        What says what a row is about, then ``first, last, value_first, value_last, value, lower, upper, method,
        relative, index, unit, status, note, source``.

    Raises
    ------
    ValueTableError
        Not two periods, or one that is not there; columns missing.

    Examples
    --------
    A share changes by points, a count also by an index:

    >>> from optkommunen.returns.read import load_returns
    >>> table = change(indicator(["bg", "aktivierungsquote"], load_returns(), by="all"), period=[2006, 2008])
    >>> table.set_index("indicator")["unit"].to_dict(), table["index"].notna().tolist()
    ({'bg': 'BG', 'aktivierungsquote': 'percentage points'}, [True, False])
    """
    there = sorted(table["period"].astype("str").unique()) if "period" in table.columns else []
    if period is None:
        chosen = [there[0], there[-1]] if len(there) > 1 else there
    else:
        chosen = chosen_periods(period, there, "the table")
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        message = (
            f"A change is one between two periods; found {', '.join(chosen) or 'none'} (the table: {span_of(there)}). "
            "Name two, such as period=[2006, 2008]."
        )
        raise ValueTableError(message)
    return changes.change(table, *chosen)


def total(table: pd.DataFrame, *, by: By = None, period: Period = None, same_members: bool = False) -> pd.DataFrame:
    """Sum of a count over municipalities, for each group, period and indicator; rates are refused.

    See `optkommunen.indicators.aggregate.total`.

    Parameters
    ----------
    table : DataFrame
        Value table of counts, as from ``ok.load_context`` or ``ok.caseload``; the reference row is left out.
    by : str, sequence of str, DataFrame or mapping, optional
        Columns of the table such as ``"ring"``, or rings of one's own; None for the sum of all.
    period : str, int or several, optional
        All if None.
    same_members : bool, default False
        Whether who has a value in some periods and none in others is left out of all, so that periods compare.

    Returns
    -------
    DataFrame
        The groups (``ring_status`` beside a ring that is not observed), ``period, indicator, value, unit, n,
        n_estimated, n_missing, status, time_base, source``.

    Raises
    ------
    ValueTableError
        What is no count, a row without a group, a count of a larger area, a period that is not there.

    Examples
    --------
    >>> from optkommunen.front.official_figures import caseload
    >>> table = total(caseload(period=2008), by="ring")
    >>> table["ring"].nunique(), table["ring_status"].unique().tolist()
    (7, ['estimated'])
    """
    frame = aggregate.same_members(table) if same_members else table
    frame, group = _in_groups(_of(frame, period, "the table"), groups_of(by))
    return aggregate.total(frame, group or ())


def medians(table: pd.DataFrame, *, by: By, period: Period = None, reference: bool = False) -> pd.DataFrame:
    """Median and range over municipalities, for each group, period and indicator; of rates as well as counts.

    See `optkommunen.indicators.aggregate.medians`. A median of rates is that of the places, each as much as any other;
    the rate of a ring is a sum over a sum: ``ok.indicator(…, by="ring")``.

    Parameters
    ----------
    table : DataFrame
        As from `indicator`, `service_indicator`, ``ok.load_context`` or ``ok.caseload``.
    by : str, DataFrame or mapping
        A column of the table such as ``"ring"``, or groups of one's own: a frame of ``kommune`` and one column, or a
        mapping of key or name to ring. Who is in no group does not enter, so that groups of some are a choice too.
    period : str, int or several, optional
        All if None.
    reference : bool, default False
        Whether Germany follows as a group of its own; it has no range.

    Returns
    -------
    DataFrame
        The group (``<group>_status`` beside one that is not observed), ``period, indicator, [service,] value`` (the
        median), ``lower, upper`` (the range), ``level`` (NaN), ``method`` (``"range"``), ``unit, n, status`` (the worst
        of what enters), ``source``. Values that are missing, suppressed or unusable do not enter.

    Raises
    ------
    ValueTableError
        A column or a period that is not there, no group, a table with several rows of a municipality, such as of
        several levels.

    Examples
    --------
    >>> from optkommunen.front.official_figures import load_context
    >>> table = medians(load_context("childcare_u3", 2008), by="ring", reference=True)
    >>> len(table), table["ring"].iloc[-1], int(table["value"].between(table["lower"], table["upper"]).sum())
    (8, 'Germany', 7)
    """
    frame, group = _in_groups(_of(table, period, "the table"), groups_of(by))
    if not isinstance(group, str):
        message = f'Medians are of one group of municipalities; found {group!r}. Name a column: by="ring".'
        raise ValueTableError(message)
    return aggregate.medians(frame, group, reference=reference)


def _in_groups(frame: pd.DataFrame, groups: Any) -> tuple[pd.DataFrame, Any]:
    """A table with groups that come as a frame, and the name of their column; others as they are."""
    if not isinstance(groups, pd.DataFrame):
        return frame, groups
    assigned = rates.assignment_of(groups)
    names = [str(column) for column in assigned.columns if column != KEY]
    frame = frame.drop(columns=names, errors="ignore")
    return frame.merge(assigned, on=KEY, how="left", validate="many_to_one"), names[0]


def _names(what: What) -> list[str]:
    """Names of the indicators asked for; a definition that the catalogue does not hold yet is put there."""
    several = [what] if isinstance(what, str | Indicator) else list(what)
    if not several:
        message = "An indicator is named as in ok.catalogue(); found none. Name one or several."
        raise ValueTableError(message)
    return [_name(one) for one in several]


def _source(data: object) -> str | None:
    """Source of returns; None for a frame, whose own column stays."""
    return data.source if isinstance(data, Returns) else ""


def _name(what: Any) -> str:
    if not isinstance(what, Indicator):
        return str(what)
    return what.name if what in catalogue.entries() else catalogue.add(what).name


def _of(table: pd.DataFrame, period: Period, whose: str) -> pd.DataFrame:
    """Rows of the periods asked for."""
    if period is None:
        return table
    chosen = [table["period"].max()] if period == LATEST else chosen_periods(period, table["period"], whose)
    return table[table["period"].isin(chosen)].reset_index(drop=True)


def _groups(by: By, data: Returns, *, total: bool) -> list[Any]:
    """The groups, and all together in one where they are asked for too."""
    group = groups_of(by)
    if not total:
        return [group]
    if not isinstance(group, str | pd.DataFrame):
        message = 'A total stands below groups; found none. Name them: by="ring", or leave out total=.'
        raise ValueTableError(message)
    name = group if isinstance(group, str) else rates.assignment_of(group).columns[1]
    return [group, data.units[[KEY]].assign(**{name: rates.ALL})]


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables below one another; all together are in no ring that could be unsure."""
    if len(tables) == 1:
        return tables[0]
    table = pd.concat(tables, ignore_index=True)
    said = [column for column in table.columns if column.endswith("_status")]
    return table.assign(**{column: table[column].fillna("") for column in said})


def _as_drawn(table: pd.DataFrame, entry: Indicator) -> pd.DataFrame:
    """What a figure of intervals asks for; the range of a group and bounds are none, and have no level."""
    ends = {"lower": "shortest", "upper": "longest"}
    more = {bound: table.get(end, nan) for bound, end in ends.items() if bound not in table}
    method = {} if "method" in table else {"method": "range"}
    return table.assign(indicator=entry.name, unit=entry.unit, level=nan, **more, **method)


def _context_source() -> str:
    named = set(context.CONDITIONS) | {"persons_in_bg_rate"}
    titles = {e["source_title"] for e in store.resource("context")["indicators"] if e["name"] in named}
    return "; ".join(sorted(titles))
