"""Returns that stand in several files, as of several years, become one; where two do not agree, both are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.returns.columns import NUMBERS, TABLES
from optkommunen.returns.findings import Finding, address
from optkommunen.returns.plausibility import FEWEST_EXPECTED, JUMP
from optkommunen.returns.secrecy import is_protected
from optkommunen.returns.typed import NOTE, PERIOD, STATUS, Typed
from optkommunen.values import KEY, worst_of

Tables = Mapping[str, Typed]

_FILE, _AT = "file of the row", "position of the row"
_MOST_PERIODS = 12
"""Periods at the end of one file and at the beginning of the next whose levels are held against each other."""


def in_time(files: Sequence[Tables]) -> list[int]:
    """Order of the files by their first and last year, then by name: it does not hang on how they are given.

    Examples
    --------
    >>> in_time([{}, {}])
    [0, 1]
    """

    def span(i: int) -> tuple[str, str, str]:
        periods = sorted(str(p)[:4] for name in TABLES[:3] if name in files[i] for p in files[i][name].frame[PERIOD])
        name = min((table.block.grid.file for table in files[i].values()), default="")
        return (periods[0] if periods else "", periods[-1] if periods else "", name)

    return sorted(range(len(files)), key=span)


def joined(files: Sequence[Tables]) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Each table of several files as one frame, and the cells on which they do not agree.

    A cell that is empty in one file and filled in another takes the filled one. Two that are filled must be equal; of
    the numbers that describe a municipality (``units``) those of the later file stand, and a warning says so. The
    status of a row is the worst that a file gives it, its notes stand one behind the other.

    Parameters
    ----------
    files : tables by name, in the order of `in_time`; of Musterkommunen the table ``units`` has the column ``name``.

    Returns
    -------
    dict of DataFrame, list of Finding
        Rows sorted by municipality and period; the frame of a table that only one file has is as it is there. A
        finding stands at the cell of the later file and names that of the earlier.
    """
    frames: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    for name in TABLES:
        having = [tables[name] for tables in files if name in tables]
        if having:
            frames[name], wrong = _joined(having) if len(having) > 1 else (having[0].frame, [])
            findings += wrong
    return frames, findings


def _joined(tables: Sequence[Typed]) -> tuple[pd.DataFrame, list[Finding]]:
    identity = tables[0].block.table.identity
    parts = [table.frame.assign(**dict[str, Any]({_FILE: i, _AT: table.frame.index})) for i, table in enumerate(tables)]
    rows = _of_one_type(parts)
    several = rows.duplicated(identity, keep=False)
    single, twice = rows[~several], rows[several]
    if twice.empty:
        return _sorted(single, identity), []
    columns = [c for c in rows.columns if c not in {*identity, STATUS, NOTE, _FILE, _AT}]
    key = [twice[name] for name in identity]
    findings: list[Finding] = []
    whole: dict[str, pd.Series] = {}
    for column in columns:
        values = twice[column]
        filled = (values.notna() & values.ne("")).fillna(value=False).astype(bool)
        at = pd.Series(np.arange(len(twice)), twice.index, dtype="float64").where(filled)
        first = at.groupby(key).transform("first")
        of_place = tables[0].block.table.name == "units" and pd.api.types.is_numeric_dtype(values)
        chosen = at.groupby(key).transform("last") if of_place else first
        findings += _differing(tables, twice, column, filled, first, "units_changed" if of_place else "files_differ")
        taken = values.reset_index(drop=True).reindex(chosen.fillna(-1).astype(int))
        whole[column] = taken.set_axis(twice.index).fillna("") if taken.dtype == "str" else taken.set_axis(twice.index)
    merged = twice.assign(**dict[str, Any](whole))
    for column, join in ((STATUS, _worst), (NOTE, _texts)):
        if column in merged:
            merged[column] = merged.groupby(identity)[column].transform(join)
    return _sorted(pd.concat([single, merged.drop_duplicates(identity)]), identity), findings


def _of_one_type(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rows of all; a further column that is text in one file is text in all."""
    texts = {str(c) for part in parts for c in part if part[c].dtype == "str"} - {STATUS}
    same = [part.assign(**{c: _as_text(part[c]) for c in texts & set(part.columns)}) for part in parts]
    status = [part[STATUS].astype("object") for part in same]
    rows = pd.concat([part.drop(columns=STATUS) for part in same], ignore_index=True)
    rows[STATUS] = pd.concat(status, ignore_index=True).array
    return rows.assign(**{c: rows[c].fillna("") for c in texts})


def _as_text(column: pd.Series) -> pd.Series:
    if column.dtype == "str":
        return column
    return pd.Series(["" if pd.isna(value) else f"{value:.10g}" for value in column], column.index, dtype="str")


def _sorted(rows: pd.DataFrame, identity: Sequence[str]) -> pd.DataFrame:
    by = [name for name in identity if name in (KEY, PERIOD)]
    return rows.drop(columns=[_FILE, _AT]).sort_values(by, kind="stable", ignore_index=True)


def _differing(
    tables: Sequence[Typed], rows: pd.DataFrame, column: str, filled: pd.Series, first: pd.Series, kind: str
) -> Iterator[Finding]:
    """One finding for each cell that is not what the first file has that fills it."""
    values = rows[column].to_numpy(dtype=object)
    for i in np.flatnonzero(filled):
        j = int(first.iloc[i])
        if i == j or _equal(values[i], values[j]):
            continue
        own, other = (tables[rows[_FILE].iloc[n]] for n in (i, j))
        there = address(*other.place(int(rows[_AT].iloc[j]), column))
        found = f"{_shown(values[i])} / {_shown(values[j])} ({there})"
        where = ", ".join(filter(None, (other.block.grid.file, other.block.sheet)))
        yield own.finding(kind, found, int(rows[_AT].iloc[i]), column, other=where)


def _equal(one: object, other: object) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return bool(np.isclose(float(one), float(other), rtol=1e-9, atol=0))  # type: ignore[arg-type]


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else f"{float(value):.10g}"  # type: ignore[arg-type]


def _worst(statuses: pd.Series) -> str | None:
    known = statuses.dropna()
    return worst_of(known) if len(known) else None


def _texts(notes: pd.Series) -> str:
    return "; ".join(dict.fromkeys(filter(None, notes)))


def of_file(table: Typed, whole: pd.DataFrame) -> Typed:
    """The table of one file with what the joined (and protected) frame has left in its filled cells.

    Parameters
    ----------
    table : of one file.
    whole : the joined frame of this table, protected or not.
    """
    identity = table.block.table.identity
    rows = whole.set_index(identity).loc[pd.MultiIndex.from_frame(table.frame[identity]) if len(identity) > 1
                                         else table.frame[identity[0]]].set_axis(table.frame.index)  # fmt: skip
    values = [str(c) for c in table.frame.columns if c not in identity and table.frame[c].dtype.kind in "if"]
    left = {c: table.frame[c].mask(is_protected(rows, [c])) for c in values}
    return replace(table, frame=table.frame.assign(**left))


def parts_across(table: Typed, whole: pd.DataFrame) -> Typed:
    """The rows of one file with the values that the files have together, so that a part meets its whole."""
    identity = table.block.table.identity
    rows = table.frame[identity].merge(whole, on=identity, how="left", validate="one_to_one")
    return replace(table, frame=rows.set_axis(table.frame.index))


def apart_in_level(files: Sequence[Tables]) -> list[Finding]:
    """Columns of a municipality whose level changes by more than a factor between one file and the next.

    The median of the last twelve periods of a file is held against that of the first twelve of the next, where both
    are large enough that it is not chance. Within a file the plausibility of the file tells.

    Parameters
    ----------
    files : tables by name, in the order of `in_time`.

    Returns
    -------
    list of Finding
        Warnings, at the cells of the later file.
    """
    findings: list[Finding] = []
    for name in ("monthly", "annual"):
        having = [tables[name] for tables in files if name in tables]
        columns = [c.name for c in having[0].block.table.columns.values() if c.kind in NUMBERS] if having else []
        for i, later in enumerate(having[1:], 1):
            for column in columns:
                findings += _steps(having[i - 1], later, column)
    return findings


def _steps(earlier: Typed, later: Typed, column: str) -> Iterator[Finding]:
    before = earlier.frame.dropna(subset=column).sort_values(PERIOD).groupby(KEY)
    after = later.frame.dropna(subset=column).sort_values(PERIOD).groupby(KEY)
    level = before[column].agg(lambda values: values.tail(_MOST_PERIODS).astype(float).median())
    new = after[column].agg(lambda values: values.head(_MOST_PERIODS).astype(float).median())
    ends = before[PERIOD].max()
    for key in level.index.intersection(new.index):
        old, now = float(level[key]), float(new[key])
        rows = after.get_group(key)
        if min(old, now) < FEWEST_EXPECTED or abs(np.log(now / old)) <= JUMP or rows[PERIOD].min() <= ends[key]:
            continue
        places = [later.place(int(position), column) for position in rows.index[:_MOST_PERIODS]]
        found = f"{old:.6g} → {now:.6g} ({key})"
        grid = later.block.grid
        yield grid.finding("level_between_files", found, places, column, other=earlier.block.grid.file)


def named_apart(names: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """New names of files that bear the same name in different folders: folders stand in no output.

    Examples
    --------
    >>> named_apart([["returns.xlsx"], ["returns.xlsx", "units.csv"]])
    [{'returns.xlsx': 'returns.xlsx'}, {'returns.xlsx': 'returns.xlsx (2)', 'units.csv': 'units.csv'}]
    """
    seen: dict[str, int] = {}
    found = []
    for own in names:
        renamed = {}
        for name in dict.fromkeys(own):
            seen[name] = seen.get(name, 0) + 1
            renamed[name] = name if seen[name] == 1 else f"{name} ({seen[name]})"
        found.append(renamed)
    return found
