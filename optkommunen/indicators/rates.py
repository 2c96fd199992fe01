"""The benchmarking's indicators from returns: by municipality, ring, Land or all; sums over sums, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from optkommunen.data import catalogue
from optkommunen.data.register import keys_of
from optkommunen.data.ring_rule import ring_status
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.indicators import intervals
from optkommunen.indicators.aggregate import summed
from optkommunen.indicators.numerator_denominator import Time, frames_of, numerator_denominator
from optkommunen.returns.breaks import break_notes
from optkommunen.validate import require_once
from optkommunen.values import KEY, RESULT_COLUMNS, STATUSES, joined, plain

ALL = "all"
FLOWS = ("event_rate", "cost")
"""Kinds whose numerator adds up over months; the denominator is then in unit-months."""

COLUMNS = (
    "period", "indicator", *RESULT_COLUMNS, "status", "unit", "n", "n_estimated", "n_missing", "n_months",
    "numerator", "denominator", "base", "note",
)  # fmt: skip


def indicator(
    name: str,
    data: object,
    by: str | Sequence[str] | pd.DataFrame | None = None,
    level: float | Iterable[float] | None = 0.95,
    *,
    time: Time = "year",
    base: str | None = None,
) -> pd.DataFrame:
    """An indicator of the benchmarking, computed from returns as its entry in the catalogue says.

    ``value = multiplier × Σ numerator / Σ denominator``; rings, Länder and all are sums over sums, never means of
    rates. The kind of the entry decides what enters and which interval belongs to it:

    ===========  ============================  ==============================  ======================
    kind         numerator of a year           denominator of a year           method
    ===========  ============================  ==============================  ======================
    event_rate   events of the months          sum of the monthly stocks       ``exact`` or ``byar``
    stock_quota  mean of the monthly stocks    mean of the monthly stocks      ``wilson``
    cost         € of the year                 twelve times the mean stock     ``none``
    ratio        mean stock                    mean stock, staff of the year   ``none``
    count        mean of the monthly stocks    –                               ``none``
    ===========  ============================  ==============================  ======================

    So a rate of events is per month in a month and in a year alike; one person may be counted more than once, and it is
    never a share of persons. An interval says how far a value could move by chance under the same conditions, not
    what a sample may hide: the counts are complete. See
    `optkommunen.indicators.numerator_denominator` for months that are missing.

    Parameters
    ----------
    name : of a computable entry of the catalogue, e.g. ``"eingliederungsquote"``.
    data : returns: an object with ``monthly`` and ``annual`` (``ok.load_returns()``), or one frame of either.
    by : None for each municipality; ``"ring"``, ``"land"`` or another column of the returns or of their ``units``;
        several columns for their combinations; ``"all"``; or a frame of ``kommune`` (key or name) and one column of
        groups, with its ``status`` where there is one (a table of rings may hold more).
    level : coverage between 0 and 1; several give one row each; None switches intervals off and changes no value.
    time : ``"year"`` (mean per month or mean stock of the year) or ``"month"``.
    base : another column to divide by, where the catalogue leaves the base open; it stands in column ``base``.

    Returns
    -------
    DataFrame
        ``kommune`` or the groups (``ring_status`` beside a ring that is not observed: reconstructed, estimated,
        invented), then `COLUMNS`, sorted by group, period and level. ``n`` municipalities enter,
        ``n_estimated`` of them estimated; ``n_missing`` have no value (a denominator of 0 among them: events without a
        stock are no rate) and enter neither part. ``n_months`` is the
        smallest number of months that enter. ``denominator`` of a rate of events or a cost is in unit-months. A value
        is missing, with the reason in ``note``, where nobody reported or the denominator is 0. An averaged (not whole)
        number of events gets no interval. ``note`` also names a break of the series (``break: …``), see
        `optkommunen.returns.breaks`.

    Raises
    ------
    UnknownIndicatorError
        If the catalogue has no such entry, or only declares it.
    ValueTableError
        If the returns break their form, a municipality has no group, or a part exceeds its whole.

    References
    ----------
    Breslow & Day 1987; Wilson 1927. Indicator list: Jahresbericht 2006 of the benchmarking.

    Examples
    --------
    A ring is a sum over a sum, not the mean of its members' rates (2.0 and 4.0):

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "period": "2008-01", "eingliederungen": [20, 4],
    ...                       "ehb": [1000, 100], "ring": "R-I", "status": "synthetic"})
    >>> ring = indicator("eingliederungsquote", frame, by="ring", time="month")
    >>> print(ring["ring"][0], ring["value"].round(3)[0], ring["method"][0], ring["status"][0])
    R-I 2.182 byar synthetic

    Switching intervals off changes no value:

    >>> off = indicator("eingliederungsquote", frame, by="ring", level=None, time="month")
    >>> bool(off["value"].equals(ring["value"])), off["method"].tolist(), bool(off["lower"].isna().all())
    (True, ['none'], True)
    """
    entry = _computable(name)
    levels = intervals.levels_of(level)
    denominator = _denominator(entry, base)
    monthly, annual = frames_of(data)
    flow, share = entry.kind in FLOWS, entry.kind == "stock_quota"
    units = getattr(data, "units", None)
    members = () if units is None else units[KEY]
    table = numerator_denominator(
        monthly, annual, entry.numerator, denominator, flow=flow, share=share, time=time, members=members
    )
    return aggregate(table, entry, denominator, data, by, levels)


def aggregate(
    table: pd.DataFrame,
    entry: catalogue.Indicator,
    denominator: str,
    data: object,
    by: str | Sequence[str] | pd.DataFrame | None,
    levels: Sequence[float | None],
) -> pd.DataFrame:
    """Sum numerators and denominators of municipalities by group, divide, add the interval of the entry's kind.

    Parameters
    ----------
    table : columns `numerator_denominator.PARTS`, one row for each municipality and period.
    entry : of the catalogue; says how the value comes about.
    denominator : name of the denominator, for units and reasons.
    data, by : as in `indicator`.
    levels : as from `intervals.levels_of`.

    Returns
    -------
    DataFrame
        As from `indicator`.
    """
    columns = [column for column in (entry.numerator, denominator) if column]
    broken = break_notes(table, getattr(data, "breaks", None), columns)
    groups, grouped = _grouped(table.assign(breaks=broken), by, data)
    statuses = status_columns(grouped, groups)
    sums = _valued(_each(grouped) if groups == [KEY] else _sums(grouped, groups, statuses), entry)
    unit = entry.unit if denominator == entry.denominator else _unit(entry, denominator)
    sums = sums.assign(indicator=entry.name, unit=unit, base=denominator)
    columns = [*groups, *statuses, *COLUMNS]
    by_level = [_with_limits(sums, entry, one)[columns] for one in levels]
    return pd.concat(by_level).sort_index(kind="stable").reset_index(drop=True)  # sums are sorted by group and period


def computable() -> tuple[str, ...]:
    """Names that `indicator` computes, in the order of the catalogue.

    Examples
    --------
    >>> "eingliederungsquote" in computable(), "k2" in computable()
    (True, False)
    """
    return tuple(entry.name for entry in catalogue.entries() if _is_computed(entry) and not entry.by_service)


def _is_computed(entry: catalogue.Indicator) -> bool:
    """Whether an entry says from which columns of the returns it is made."""
    return entry.kind != "declared" and bool(entry.numerator)


def _computable(name: str) -> catalogue.Indicator:
    entry = catalogue.indicator(name)
    if entry.by_service:
        message = f"{name!r} is computed for each of the five services: ok.service_indicator({name!r}, returns)."
        raise UnknownIndicatorError(message)
    if not _is_computed(entry):
        twins = [other for other in computable() if catalogue.indicator(other).numerator == name]
        hint = (
            f"Its counterpart in the returns is {', '.join(twins)}."
            if twins
            else f"Computed: {', '.join(computable())}."
        )
        message = f"{name!r} stands in the catalogue but is not computed from returns here. {hint}"
        raise UnknownIndicatorError(message)
    return entry


def _denominator(entry: catalogue.Indicator, base: str | None) -> str:
    if base is not None and not entry.denominator:
        message = f"{entry.name!r} is a count and is divided by nothing; found base={base!r}. Leave it out."
        raise ValueTableError(message)
    return entry.denominator if base is None else base


def _unit(entry: catalogue.Indicator, base: str) -> str:
    month = " and month" if entry.kind in FLOWS else ""
    return f"{entry.numerator} per {entry.multiplier:,g} {base}{month}"


def _grouped(
    table: pd.DataFrame, by: str | Sequence[str] | pd.DataFrame | None, data: object
) -> tuple[list[str], pd.DataFrame]:
    """The table with its group columns."""
    if by is None:
        return [KEY], table
    if isinstance(by, str) and by == ALL:
        return [ALL], table.assign(**{ALL: ALL})
    if isinstance(by, pd.DataFrame):
        assignments = [assignment_of(by)]
    else:
        assignments = [_assignment(column, data) for column in ([by] if isinstance(by, str) else by)]
    groups = [str(frame.columns[1]) for frame in assignments]
    for frame, group in zip(assignments, groups, strict=True):
        if group in table.columns:
            message = f"A group may not be named {group!r}: the result has a column of its own of that name. Rename it."
            raise ValueTableError(message)
        table = table.merge(_checked(frame, group, table), on=KEY, how="left", validate="many_to_one")
    return groups, table


def assignment_of(by: pd.DataFrame) -> pd.DataFrame:
    """Key, group and status of the group (``<group>_status``) from a table of groups, such as one of rings.

    Parameters
    ----------
    by : ``kommune`` (key or name) and one column of groups, or ``ring`` beside others; ``status`` where there is one.

    Examples
    --------
    >>> from optkommunen.data.ring_rule import reconstructed
    >>> assignment_of(reconstructed()).iloc[0].tolist()
    ['01054', 'R-VI', 'estimated']
    """
    columns = [str(column) for column in by.columns]
    found = [c for c in columns if c not in (KEY, "status") and c.removesuffix("_status") not in set(columns) - {c}]
    if KEY not in columns or (len(found) != 1 and "ring" not in found):
        message = (
            f"An assignment has {KEY} and one column of groups, and the status of these if there is one; found "
            f"{', '.join(columns)}. Select them, e.g. rings[['{KEY}', 'ring', 'status']]."
        )
        raise ValueTableError(message)
    group = "ring" if "ring" in found else found[0]
    table = plain(by)
    return pd.DataFrame(
        {KEY: keys_of(table[KEY]), group: table[group].array, f"{group}_status": ring_status(table, group).array}
    )


def status_columns(table: pd.DataFrame, groups: Sequence[str]) -> list[str]:
    """Columns of the statuses of groups that a result shows: of those that are not observed."""
    columns = [f"{group}_status" for group in groups if f"{group}_status" in table.columns]
    return [column for column in columns if table[column].ne(STATUSES[0]).any()]


def _assignment(column: str, data: object) -> pd.DataFrame:
    """Groups from the returns: from ``units``, else from a column of the monthly or annual frame."""
    for frame in (getattr(data, "units", None), *frames_of(data)):
        if frame is not None and {KEY, column} <= set(frame.columns) and column != KEY:
            own = [c for c in (KEY, column, f"{column}_status") if c in frame.columns]
            table = plain(frame[own]).drop_duplicates()
            return table.assign(**{f"{column}_status": ring_status(table, column)})
    message = (
        f"Groups are a column of the returns or of their units; {column!r} is in none of them. Pass a frame of {KEY} "
        f"and {column!r}, None for each municipality, or {ALL!r}."
    )
    raise ValueTableError(message)


def _checked(frame: pd.DataFrame, group: str, table: pd.DataFrame) -> pd.DataFrame:
    rule = f"A municipality belongs to one group of the column {group!r}"
    require_once(frame, [KEY], rule, "Keep one assignment for all periods.")
    known = frame.dropna(subset=[group])
    known = known[known[group].astype("str").str.strip() != ""]
    without = sorted(set(table[KEY]) - set(known[KEY]))
    if without:
        message = (
            f"Every municipality belongs to a group; column {group!r} has none for {', '.join(without)}. "
            "Give it a group, or leave the municipality out of the returns."
        )
        raise ValueTableError(message)
    return known


def _each(table: pd.DataFrame) -> pd.DataFrame:
    """As `_sums` where each municipality is a group of its own: one row for each of them and each period."""
    entering = table["numerator"].notna()
    return table.assign(
        note=_both(table["note"], table["breaks"]),
        n=entering.astype(int),
        n_estimated=(table["status"].eq("estimated") & entering).astype(int),
        n_missing=(~entering).astype(int),
        n_months=table["n_months"].where(entering, 0).astype(int),
        whole=table["whole"] | ~entering,
    ).sort_values([KEY, "period"], kind="stable", ignore_index=True)


def _sums(table: pd.DataFrame, groups: list[str], statuses: list[str]) -> pd.DataFrame:
    """Σ numerator, Σ denominator, counts of municipalities and the worst status that enters, by group and period."""
    entering, keys = table["numerator"].notna(), [*groups, "period"]
    sums = summed(table, keys, ["numerator", "denominator"], entering, statuses)
    months = table["n_months"].where(entering).groupby([table[key] for key in keys], sort=True).min()
    sums["n_months"] = months.fillna(0).astype(int)
    sums["whole"] = (table["whole"] | ~entering).groupby([table[key] for key in keys], sort=True).all()
    sums["note"] = _group_notes(table, keys).reindex(sums.index, fill_value="")
    broken = table[table["breaks"].ne("") & entering].groupby(keys, sort=True)[KEY].agg(", ".join)
    told = ("series breaks in " + broken).reindex(sums.index, fill_value="")
    sums["note"] = _both(sums["note"], told)
    sums["note"] = sums["note"].mask(sums["n"] == 0, "no member has a value")
    return sums.reset_index()


def _both(notes: pd.Series, others: pd.Series) -> pd.Series:
    """Two notes of each row as one."""
    return pd.Series(joined(notes, others), notes.index, dtype="str") if others.ne("").any() else notes


def _group_notes(rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Who is missing in a sum, and who enters with fewer than twelve months."""
    told = rows[rows["note"] != ""]
    words = told["numerator"].isna().map({True: "without ", False: "months missing in "})
    lists = told.assign(words=words).groupby([*keys, "words"], sort=True)[KEY].agg(", ".join).reset_index("words")
    lists["text"] = lists["words"] + lists[KEY]
    return lists.groupby(level=list(range(len(keys))))["text"].agg(lambda texts: "; ".join(sorted(texts, reverse=True)))


def _valued(sums: pd.DataFrame, entry: catalogue.Indicator) -> pd.DataFrame:
    if not entry.denominator:
        return sums.assign(value=sums["numerator"] * entry.multiplier)
    value, note = entry.multiplier * sums["numerator"] / sums["denominator"], sums["note"]
    if entry.kind == "event_rate":
        averaged, means = "no interval: the number of events is an average", value.notna() & ~sums["whole"]
        note = note.mask(means, (averaged + "; " + note).str.removesuffix("; "))
    return sums.assign(value=value, note=note)


def _with_limits(sums: pd.DataFrame, entry: catalogue.Indicator, level: float | None) -> pd.DataFrame:
    """Limits on the natural scale, multiplied like the value; none where there is no value or the kind has none."""
    lower, upper = np.full(len(sums), np.nan), np.full(len(sums), np.nan)
    method = np.full(len(sums), "none", dtype=object)
    rows = sums["value"].notna().to_numpy()
    if entry.kind == "event_rate":
        rows = rows & sums["whole"].to_numpy(bool)
    if entry.kind in ("event_rate", "stock_quota"):
        limits_of = intervals.poisson if entry.kind == "event_rate" else intervals.wilson
        limits = limits_of(sums["numerator"].to_numpy()[rows], sums["denominator"].to_numpy()[rows], level)
        lower[rows], upper[rows] = limits.lower * entry.multiplier, limits.upper * entry.multiplier
        method[rows] = limits.method
    return sums.assign(
        lower=lower,
        upper=upper,
        level=np.nan if level is None else level,
        method=pd.array(method, dtype="str"),
    )
