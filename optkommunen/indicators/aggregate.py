"""Sums and medians over municipalities by group and period, with the worst status that they contain."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import pandas as pd

from optkommunen.data.ring_rule import ring_status
from optkommunen.errors import ValueTableError
from optkommunen.validate import check_values, require_columns
from optkommunen.values import KEY, REFERENCE, STATUSES, WITHOUT_VALUE, plain, worst, worst_by, worst_of_groups

COUNTED = ("persons", "BG", "cases", "places", "full-time equivalents", "hours", "km²", "€")
"""What can be added up over municipalities; each also in thousands (``1,000 persons``)."""

THOUSAND = "1,000 "

GERMANY = "Germany"
"""Group of the reference row beside those of municipalities."""


def is_count(unit: str) -> bool:
    """Whether values in this unit may be added up: a count, an area, an amount; never a rate, a mean or an index.

    Examples
    --------
    >>> is_count("1,000 persons"), is_count("% of children under 3"), is_count("€ per inhabitant")
    (True, False, False)
    """
    return unit.removeprefix(THOUSAND) in COUNTED


def total(frame: pd.DataFrame, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Sum of a count over municipalities, for each group, period and indicator.

    ``total = Σ value`` over the members whose value may enter. ``unusable``, ``suppressed`` and ``missing`` enter
    nothing and are counted in ``n_missing``; the status is the worst of those summed and of who is in which group.
    Nothing is filled in, so totals of two periods compare only where ``n`` stands for the same municipalities in both:
    see `same_members`.

    Parameters
    ----------
    frame : value table of one or more counts; the reference row ``DE`` is left out.
    by : column or columns of the frame to group by, e.g. ``"ring"``; none for the sum of all.

    Returns
    -------
    DataFrame
        ``*by`` (``ring_status`` beside a ring that is not observed), ``period, indicator, value, unit, n, n_estimated,
        n_missing, status, time_base, source``, sorted by group and period within the order of the indicators in the
        frame. ``value`` is NaN and status ``missing`` (``suppressed`` if all are) where no member has a value.

    Raises
    ------
    ValueTableError
        If the frame breaks the vocabulary, a unit is not that of a count, a row has no group, or a count belongs to
        the larger area of a successor.

    Examples
    --------
    The rings together are the total, and what is missing is counted, not guessed:

    >>> from optkommunen.indicators.caseload import caseload
    >>> table = caseload().query("indicator == 'ehb'")
    >>> lands = total(table.assign(land=table["kommune"].str[:2]), by="land")
    >>> everything = total(table).set_index("period")
    >>> bool((lands.groupby("period")["value"].sum() - everything["value"]).abs().max() < 1e-6)
    True
    >>> print(*everything.loc["2008", ["n", "n_estimated", "n_missing", "status"]])
    68 13 1 estimated
    """
    groups = [by] if isinstance(by, str) else list(by)
    check_values(frame, (KEY, "period", "indicator", "value", "unit", "status", *groups))
    frame = plain(frame[frame[KEY] != REFERENCE])
    _require_counts(frame)
    _require_groups(frame, groups)
    said = {f"{group}_status": ring_status(frame.drop(columns="status"), group) for group in groups}
    said = {column: status for column, status in said.items() if status.ne(STATUSES[0]).any()}
    entering = ~frame["status"].isin(WITHOUT_VALUE)
    parts = frame.assign(**said, value=frame["value"].where(entering))
    keys = ["indicator", *groups, "period"]
    sums = summed(parts, keys, ["value"], entering, list(said))
    for column in ("unit", "time_base", "source"):
        sums[column] = parts.groupby(keys)[column].first() if column in parts.columns else ""
    order = {name: place for place, name in enumerate(frame["indicator"].unique())}
    sums = sums.reset_index().sort_values("indicator", key=lambda c: c.map(order), kind="stable", ignore_index=True)
    columns = ["period", "indicator", "value", "unit", "n", "n_estimated", "n_missing", "status", "time_base", "source"]
    return sums[[*groups, *said, *columns]]


def summed(
    rows: pd.DataFrame, keys: list[str], values: list[str], entering: pd.Series, statuses: Sequence[str] = ()
) -> pd.DataFrame:
    """Sums by group, how many municipalities they are of, and the worst status of what is summed.

    Parameters
    ----------
    rows : DataFrame, shape (n, …)
        ``status``, `keys`, `values` and `statuses`.
    keys : columns that name a group; the result is sorted by them.
    values : columns to add up, missing in rows that do not enter.
    entering : Series of bool, shape (n,)
        Which rows enter.
    statuses : columns that say how sure the groups are.

    Returns
    -------
    DataFrame, indexed by `keys`
        `values` (missing where nobody has one), ``n, n_estimated, n_missing, status`` and `statuses`; where nobody
        enters the status is ``suppressed`` if all are, else ``missing``.

    Examples
    --------
    >>> rows = pd.DataFrame({"ring": "a", "bg": [3.0, 4.0, None], "status": ["observed", "estimated", "missing"]})
    >>> print(*summed(rows, ["ring"], ["bg"], rows["bg"].notna()).iloc[0])
    2 1 1 7.0 estimated
    """
    counts = {"n": entering, "n_estimated": rows["status"].eq("estimated") & entering, "n_missing": ~entering}
    status = worst(rows["status"], *(rows[column] for column in statuses))
    status = status.where(entering, rows["status"].where(rows["status"].eq("suppressed"), "missing"))
    rows = rows.assign(**counts, status=status)
    grouped = rows.groupby(keys, sort=True)
    sums = grouped[list(counts)].sum().astype(int)
    sums[values] = grouped[values].sum(min_count=1)
    sums["status"] = worst_of_groups(rows, keys)
    for column in statuses:
        sums[column] = worst_by(rows, keys, column)
    return sums


def medians(frame: pd.DataFrame, by: str, *, reference: bool = False) -> pd.DataFrame:
    """Median and range of a value over municipalities, for each group, period and indicator (and service).

    ``unusable``, ``suppressed`` and ``missing`` do not enter, nor does who is in no group: ``n`` is how many do. The
    status is the worst of theirs and of who is in which group.

    Parameters
    ----------
    frame : DataFrame
        Value table: one row for each municipality, period, indicator and, where there is such a column, service.
    by : str
        Column of the groups.
    reference : bool, default False
        Whether the reference row ``DE`` follows as group ``"Germany"``, without a range.

    Returns
    -------
    DataFrame
        The group (``<group>_status`` beside one that is not observed), ``period, indicator, [service,] value, lower,
        upper, level, method, unit, n, status, source``, sorted by group and period within the order of the indicators
        in the frame. ``value`` is the median, ``lower, upper`` the smallest and the largest value, ``level`` NaN and
        ``method`` ``"range"``; groups nobody of whom has a value are not there.

    Raises
    ------
    ValueTableError
        A column that is not there, or a frame that breaks the vocabulary.

    Examples
    --------
    Who has no value does not pull the median down:

    >>> frame = pd.DataFrame({"kommune": ["01054", "03457", "05117"], "period": "2008", "indicator": "debtor_rate",
    ...     "value": [8.0, 12.0, None], "unit": "%", "status": ["observed", "estimated", "missing"], "land": "a"})
    >>> print(*medians(frame, "land").loc[0, ["value", "lower", "upper", "n", "status"]])
    10.0 8.0 12.0 2 estimated
    """
    require_columns(frame, (by,), "Medians by group need", "Name a column of the table, or give groups as a frame.")
    services = ["service"] if "service" in frame.columns else []
    for rows in [each for _, each in frame.groupby(services)] if services else [frame]:
        check_values(rows, (KEY, "period", "indicator", "value", "unit", "status"))
    frame = plain(frame)
    order = {name: place for place, name in enumerate(frame["indicator"].unique())}
    frame = frame[~frame["status"].isin(WITHOUT_VALUE)]
    grouped = frame[(frame[KEY] != REFERENCE) & frame[by].notna() & frame[by].astype("str").str.strip().ne("")]
    sure = f"{by}_status"
    keys = ["indicator", "unit", *services, by, "period"]
    found = _spread(grouped.assign(**{sure: ring_status(grouped.drop(columns="status"), by)}), keys, sure)
    if reference:
        germany = frame[frame[KEY] == REFERENCE].assign(**{by: GERMANY, sure: STATUSES[0]})
        found = pd.concat([found, _spread(germany, keys, sure).assign(lower=nan, upper=nan)])
    found = found.sort_values("indicator", key=lambda c: c.map(order), kind="stable", ignore_index=True)
    said = [sure] if found[sure].ne(STATUSES[0]).any() else []
    columns = ["value", "lower", "upper", "level", "method", "unit", "n", "status", "source"]
    return found.assign(level=nan, method="range")[[by, *said, "period", "indicator", *services, *columns]]


def _spread(rows: pd.DataFrame, keys: list[str], sure: str) -> pd.DataFrame:
    """Median and range of each group, its number and its statuses."""
    rows = rows.assign(status=worst(rows["status"], rows[sure]))
    groups = rows.groupby(keys, sort=True)
    return pd.DataFrame(
        {
            **groups["value"].agg(value="median", lower="min", upper="max", n="count"),
            **{column: worst_by(rows, keys, column) for column in ("status", sure)},
            "source": groups["source"].first() if "source" in rows.columns else "",
        }
    ).reset_index()


def same_members(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the municipalities that have a value in every period of their indicator, so that totals compare.

    A municipality without a usable value in every period (Anhalt-Zerbst) is kept: it enters no total, and
    `total` counts it as missing. Left out is only who has a value in some periods and none in others.

    Parameters
    ----------
    frame : value table of one or more indicators.

    Returns
    -------
    DataFrame
        The rows kept, unchanged.

    Examples
    --------
    After it, ``n`` is the same in every year:

    >>> from optkommunen.loaders.bundled import load_context
    >>> unemployed = load_context("unemployed")
    >>> total(unemployed)["n"].tolist(), total(same_members(unemployed))["n"].tolist()
    ([69, 69, 64, 58, 57, 57], [57, 57, 57, 57, 57, 57])
    """
    check_values(frame, (KEY, "period", "indicator", "value", "status"))
    entering = (~frame["status"].isin(WITHOUT_VALUE)).rename("entering")
    periods = frame.groupby("indicator")["period"].transform("nunique")
    having = entering.groupby([frame[KEY], frame["indicator"]]).transform("sum")
    return frame[(having == periods) | (having == 0)]


def _require_counts(frame: pd.DataFrame) -> None:
    units = frame.groupby("indicator")["unit"].unique()
    for indicator, found in units.items():
        if len(found) > 1:
            message = (
                f"A total needs one unit; {indicator!r} comes in {', '.join(map(repr, found))}. Convert to one of them."
            )
            raise ValueTableError(message)
        if not is_count(found[0]):
            message = (
                f"Only counts are summed over municipalities, rates are not; the unit of {indicator!r} is {found[0]!r} "
                f"(counts: {', '.join(COUNTED)}). Sum numerator and denominator, then divide."
            )
            raise ValueTableError(message)
    if "area_status" in frame.columns:
        larger = frame.loc[frame["area_status"].eq("successor") & ~frame["status"].isin(WITHOUT_VALUE), KEY]
        if len(larger):
            message = (
                "A total adds up counts of the areas as admitted; "
                f"{', '.join(sorted(larger.unique()))} carry the count of a larger successor, which two of the 69 may "
                "share. Convert it to the old area, or set its status to 'missing'."
            )
            raise ValueTableError(message)


def _require_groups(frame: pd.DataFrame, groups: list[str]) -> None:
    for column in groups:
        without = frame.loc[frame[column].isna() | frame[column].astype("str").str.strip().eq(""), KEY]
        if len(without):
            message = (
                f"Every row of a total belongs to a group; column {column!r} is empty for "
                f"{', '.join(sorted(without.unique()))}. Give it a group, or leave the municipality out."
            )
            raise ValueTableError(message)
