"""Months from which a municipality counts otherwise than before, declared or told by its files: its series breaks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from optkommunen.returns.columns import TABLES, table
from optkommunen.returns.declarations import ITEM, VALUE, YEAR
from optkommunen.returns.findings import Finding
from optkommunen.returns.typed import PERIOD, Typed
from optkommunen.values import BREAK, KEY

CHANGED = "system_changed"
COLUMNS = [KEY, PERIOD, ITEM, "note"]

_TOUCHES: Mapping[str, frozenset[str]] = {
    "minijobs": frozenset({"eingliederungen", "eingliederungen_u25"}),
    "kdu_in_transfers": frozenset({"cost_transfers"}),
}
"""Columns that an answer is about; another system, or another area, is about all."""


def joined_declarations(
    declared: Sequence[pd.DataFrame], files: Sequence[Mapping[str, Typed]]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Declarations of several files as one frame.

    Who answers a question otherwise in a later file counts otherwise from the first month of that file that no
    earlier one has: the answer stands once more, with this month in ``period``. Of the same months two files cannot
    declare different things, nor give different control totals of a year. A question that one file leaves open is
    answered by the other.

    Parameters
    ----------
    declared : as from `declared_in`, of each file.
    files : their tables by name, in the order of `joining.in_time`.

    Returns
    -------
    DataFrame, list of Finding
    """
    if len(declared) == 1:
        return declared[0], []
    first: dict[tuple[str, str, str], object] = {}
    held: dict[tuple[str, str, str], tuple[object, int]] = {}
    changes: list[tuple[str, str, str, object]] = []
    findings: list[Finding] = []
    months = [_months_of(tables) for tables in files]
    for i, frame in enumerate(declared):
        for key, item, year, value in frame[[KEY, ITEM, YEAR, VALUE]].itertuples(index=False):
            if item == CHANGED:
                changes.append((key, item, year, value))
                continue
            answer = (key, item, year)
            first.setdefault(answer, value)
            before, other = held.setdefault(answer, (value, i))
            if before == value:
                continue
            last = max((month for j in range(i) for month in months[j].get(key, ())), default="")
            new = min((month for month in months[i].get(key, ()) if month > last), default="")
            kind = "declarations_changed" if new and not year else "declarations_differ"
            found = f"{key}{f', {year}' if year else ''}: {value} / {before}"
            findings.append(Finding(kind, found, _name(files[i]), "", (), item, (("other", _name(files[other])),)))
            if kind == "declarations_changed":
                changes.append((key, item, new, value))
                held[answer] = (value, i)
    rows = list(dict.fromkeys([*((*answer, value) for answer, value in first.items()), *changes]))
    return pd.DataFrame(rows, columns=[KEY, ITEM, YEAR, VALUE]), findings


def _months_of(tables: Mapping[str, Typed]) -> dict[str, set[str]]:
    """Months that a file has of each municipality; of a year without months all twelve."""
    found: dict[str, set[str]] = {}
    for name in TABLES[:3]:
        if name in tables:
            for key, period in tables[name].frame[[KEY, PERIOD]].itertuples(index=False):
                own = [period] if "-" in period else [f"{period}-{month:02}" for month in range(1, 13)]
                found.setdefault(str(key), set()).update(own)
    return found


def _name(tables: Mapping[str, Typed]) -> str:
    return next((table.block.grid.file for table in tables.values()), "")


def breaks_of(declarations: pd.DataFrame) -> pd.DataFrame:
    """Breaks that declarations tell: a change of the recording system, or an answer that holds from a month on.

    Parameters
    ----------
    declarations : as of `optkommunen.returns.read.Returns`.

    Returns
    -------
    DataFrame
        ``kommune, period`` (first month of what is new), ``item`` (the question), ``note`` (words), by municipality and
        month.

    Examples
    --------
    >>> rows = [("05558", "minijobs", "", "all"), ("05558", "minijobs", "2009-01", "none"),
    ...         ("05554", "system_changed", "", "2008-07")]
    >>> breaks_of(pd.DataFrame(rows, columns=["kommune", "item", "period", "value"]))["note"].tolist()
    ['recording system changed 2008-07', 'minijobs 2009-01: none, before: all']
    """
    questions = table("declarations").columns
    rows, held = [], dict[tuple[str, str], str]()
    told = declarations[declarations[ITEM].isin(questions)].astype("str")
    in_order = told.sort_values(YEAR, kind="stable")[[KEY, ITEM, YEAR, VALUE]]
    for key, item, month, value in in_order.itertuples(index=False):
        if item == CHANGED:
            rows.append((key, value, item, f"recording system changed {value}"))
        elif month:
            rows.append((key, month, item, f"{item} {month}: {value}, before: {held.get((key, item), '?')}"))
        held[key, item] = value
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str").sort_values([KEY, PERIOD], ignore_index=True)


def break_notes(rows: pd.DataFrame, breaks: pd.DataFrame | None, columns: Collection[str]) -> pd.Series:
    """Note of the month, or year, in which a series breaks: ``break: …``; empty elsewhere.

    The note stands at the first period that there is from that month on; a year belongs to a break if its month lies
    in it. The series before that period is another one.

    Parameters
    ----------
    rows : ``kommune, period``: all months, or all years, of each municipality.
    breaks : as from `breaks_of`; None if nothing is declared.
    columns : what the series is made of; an answer about other columns leaves it whole.

    Examples
    --------
    >>> breaks = pd.DataFrame([("05558", "2009-03", "system_changed", "recording system changed 2009-03")],
    ...                       columns=["kommune", "period", "item", "note"])
    >>> rows = pd.DataFrame({"kommune": "05558", "period": ["2008", "2009"]})
    >>> break_notes(rows, breaks, ["ehb"]).tolist()
    ['', 'break: recording system changed 2009-03']
    """
    notes = pd.Series("", rows.index, dtype="str")
    if breaks is None or breaks.empty:
        return notes
    found: dict[tuple[str, str], list[str]] = {}
    periods = rows.groupby(KEY)["period"].agg(lambda own: sorted(map(str, own)))
    for key, month, item, note in breaks[COLUMNS].itertuples(index=False):
        own = periods.get(key, [])
        later = [period for period in own if period >= month[: len(period)]]
        touched = set(columns) & _TOUCHES.get(item, set(columns))
        if touched and later and later[0] != own[0]:  # a series that begins with it has no break
            found.setdefault((key, later[0]), []).append(note)
    pairs = zip(rows[KEY], rows["period"], strict=True)
    texts = [found.get((str(key), str(period)), []) for key, period in pairs]
    return pd.Series([f"{BREAK} {'; '.join(text)}" if text else "" for text in texts], rows.index, dtype="str")
