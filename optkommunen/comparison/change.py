"""Change between periods: of values (absolute, relative, as an index), and of labels by chance alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.comparison.position import NOT_ASSESSED, compare
from optkommunen.comparison.variance import difference
from optkommunen.data import catalogue
from optkommunen.errors import UnknownIndicatorError
from optkommunen.indicators.aggregate import is_count
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, WITHOUT_VALUE, missing_where, worst, worst_of

POINTS = "percentage points"
MOVER = "mover"
"""Method of an interval of a difference, from the limits of both values (`variance.difference`)."""

_OF_A_PERIOD = (
    "period", "value", "lower", "upper", "method", "status", "unit", "n", "n_estimated", "n_missing", "n_months",
    "numerator", "denominator", "base", "note", "marker", "area_status", "time_base", "source",
)  # fmt: skip
"""What belongs to one period; all other columns say what a row is about."""
_COLUMNS = ["first", "last", "value_first", "value_last", "value", "lower", "upper", "method", "relative", "index",
            "unit", "status", "note", "source"]  # fmt: skip

UNSURE = ("similar", NOT_ASSESSED)
TURNED_COLUMNS = ["period", "next_period", "n", "differ", "turned", "status"]


def change(table: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Change of each row from one period to another.

    ``value = last - first`` in the unit of the values (a share in percentage points); ``relative`` in per cent of the
    first; ``index``, for counts only, with the first as 100. Only a rate of events has an interval, from the limits of
    both years, whose events are others. A stock has none: largely the same persons are counted in both periods.

    Parameters
    ----------
    table : DataFrame
        As from ``ok.indicator``, ``ok.load_context``, ``ok.caseload`` or ``ok.total``, of municipalities or groups.
    first, last : str
        Periods of the table.

    Returns
    -------
    DataFrame
        What says what a row is about (key or group, ``indicator``, ``service``, ``level``), then ``first, last,
        value_first, value_last, value, lower, upper, method, relative, index, unit, status, note, source``. Without a
        value in one of the two the change is missing and ``note`` says why; a group that is not of as many
        municipalities in both says so.

    Raises
    ------
    ValueTableError
        A column missing, or two rows of one period about the same.

    Examples
    --------
    >>> rows = {"kommune": "06438", "period": ["2007", "2008"], "indicator": "bg", "value": [200.0, 150.0],
    ...         "unit": "BG", "status": "observed"}
    >>> change(pd.DataFrame(rows), "2007", "2008")[["value", "relative", "index", "status"]].to_numpy().tolist()
    [[-50.0, -25.0, 75.0, 'derived']]
    """
    needed = ("period", "indicator", "value", "unit", "status")
    require_columns(table, needed, "A change needs", "Keep them.")
    about = [column for column in table.columns if column not in _OF_A_PERIOD]
    both = table.loc[table["period"].isin([first, last]), about].drop_duplicates()
    both = both.merge(_of(table, first, about), on=about, how="left")
    both = both.merge(_of(table, last, about), on=about, how="left", suffixes=("_first", "_last"))
    both[["status_first", "status_last"]] = both[["status_first", "status_last"]].fillna("missing")
    value = both["value_last"] - both["value_first"]
    status = worst(both["status_first"], both["status_last"], "derived")
    ratio = both["value_last"] / both["value_first"].where(both["value_first"] > 0)
    unit = both["unit_first"].fillna(both["unit_last"])
    kind = both["indicator"].map({name: _kind(name) for name in both["indicator"].unique()}).astype("object")
    now, then = (
        both[[f"{part}_{when}" for part in ("value", "lower", "upper")]].to_numpy(float).T for when in ("last", "first")
    )
    limits = difference(now[0], (now[1], now[2]), then[0], (then[1], then[2]))
    lower, upper = np.where(kind == "event_rate", limits, np.nan)
    both = both.assign(
        first=first, last=last, value=value, lower=lower, upper=upper, method=np.where(np.isnan(lower), "none", MOVER),
        relative=100 * (ratio - 1),
        index=(100 * ratio).where((kind == "count") | unit.fillna("").map(is_count).astype(bool)),
        unit=unit.mask(unit.str.startswith("%"), POINTS), status=missing_where(status, value.isna()),
        note=_notes(both, first, last), source=both["source_first"].fillna(both["source_last"]),
    )  # fmt: skip
    return both[[*about, *_COLUMNS]]


def _of(table: pd.DataFrame, period: str, about: list[str]) -> pd.DataFrame:
    """Values of one period that may enter, with the columns a change needs."""
    rows = table[table["period"] == period]
    require_once(rows, about, f"A change has one row for each municipality and indicator in {period}")
    rows = rows.reindex(columns=[*about, "value", "lower", "upper", "unit", "status", "note", "n", "source"])
    barred = rows["status"].isin(WITHOUT_VALUE)
    numbers = rows[["value", "lower", "upper"]].astype(float).mask(barred, axis=0)
    texts = rows[["note", "source"]].astype("object").fillna("")
    return rows.assign(**numbers, **texts)


def _kind(name: str) -> str:
    try:
        return catalogue.indicator(name).kind
    except UnknownIndicatorError:  # a frame of one's own
        return "declared"


def _notes(both: pd.DataFrame, first: str, last: str) -> list[str]:
    """Why there is no change, what the values say of themselves, and whether a group is of as many in both."""
    sides = ((first, both["value_first"], both["note_first"]), (last, both["value_last"], both["note_last"]))
    said: list[list[str]] = [[] for _ in range(len(both))]
    for period, values, notes in sides:
        for row, known, note in zip(said, values.notna(), notes.fillna(""), strict=True):
            if note or not known:
                row.append(f"{period}: {note or 'no value'}")
    for row, before, after in zip(said, both["n_first"].astype(float), both["n_last"].astype(float), strict=True):
        if before != after and not np.isnan(before) and not np.isnan(after):
            row.append(f"{before:g} municipalities in {first}, {after:g} in {last}")
    return ["; ".join(row) for row in said]


def turned_labels(
    frame: pd.DataFrame, rings: pd.DataFrame, *, level: float | None = 0.95, **options: Any
) -> pd.DataFrame:
    """How many differ by chance alone in each period, and how many of these the other way round in the next.

    Parameters
    ----------
    frame, rings, level
        As in `optkommunen.comparison.position.compare`; each period is compared by itself.
    **options
        ``kind, polarity`` of `compare`.

    Returns
    -------
    DataFrame, columns `TURNED_COLUMNS`
        One row for each two periods that follow each other; ``n`` are assessed in the first.

    Raises
    ------
    ComparisonError
        As `compare`.

    Examples
    --------
    The first is sure of being better, then of being worse; so is the other, the other way round:

    >>> counts = {"kommune": ["M01", "M02"] * 2, "period": ["2007"] * 2 + ["2008"] * 2, "denominator": 1000}
    >>> frame = pd.DataFrame({**counts, "numerator": [400, 200, 200, 400], "status": "synthetic"})
    >>> rings = pd.DataFrame({"kommune": ["M01", "M02"], "ring": "R-I"})
    >>> turned_labels(frame, rings, kind="event_rate", polarity=1)[["period", "n", "differ", "turned"]].values.tolist()
    [['2007', 2, 2, 2]]
    """
    found = {}
    for period in sorted(frame["period"].unique()):
        rows = compare(frame, rings, period=period, level=level, **options)
        found[period] = rows.set_index(KEY)[["label_poisson", "status"]]
    counted = []
    for (one, now), (other, after) in pairwise(found.items()):
        label, following = now["label_poisson"], after["label_poisson"].reindex(now.index).fillna(NOT_ASSESSED)
        sure = ~label.isin(UNSURE)
        turned = sure & ~following.isin(UNSURE) & (following != label)
        counted.append({
            "period": one, "next_period": other, "n": int((label != NOT_ASSESSED).sum()), "differ": int(sure.sum()),
            "turned": int(turned.sum()), "status": worst_of([*now["status"], *after["status"]]),
        })  # fmt: skip
    return pd.DataFrame(counted, columns=TURNED_COLUMNS)
