"""Sums over municipalities: a count added up by group and year, with the worst status it contains."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.data.ring_rule import ring_status
from optkommunen.errors import ValueTableError
from optkommunen.validate import check_values
from optkommunen.values import KEY, REFERENCE, STATUSES, WITHOUT_VALUE, plain, worst, worst_of

COUNTED = ("persons", "BG", "cases", "places", "full-time equivalents", "hours", "km²", "€")
"""What can be added up over municipalities; each also in thousands (``1,000 persons``)."""

THOUSAND = "1,000 "


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
        frame. ``value`` is NaN and status ``missing`` where no member has a value.

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
    parts = frame.assign(
        **said,
        status=worst(frame["status"], *said.values()),
        value=frame["value"].where(entering),
        n=entering,
        n_estimated=frame["status"].eq("estimated"),
        n_missing=~entering,
    )
    keys = ["indicator", *groups, "period"]
    grouped = parts.groupby(keys, sort=True)
    sums = grouped[["n", "n_estimated", "n_missing"]].sum().astype(int)
    sums["value"] = grouped["value"].sum(min_count=1)
    sums["status"] = parts[entering].groupby(keys)["status"].agg(worst_of)
    sums["status"] = sums["status"].fillna("missing")
    sums["unit"] = grouped["unit"].first()
    for column in ("time_base", "source"):
        sums[column] = grouped[column].first() if column in parts.columns else ""
    for column in said:
        sums[column] = grouped[column].agg(worst_of)
    order = {name: place for place, name in enumerate(frame["indicator"].unique())}
    sums = sums.reset_index().sort_values("indicator", key=lambda c: c.map(order), kind="stable", ignore_index=True)
    columns = ["period", "indicator", "value", "unit", "n", "n_estimated", "n_missing", "status", "time_base", "source"]
    return sums[[*groups, *said, *columns]]


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

    >>> from optkommunen.loaders.context import load_context
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
