"""What a check of returns finds: where, which rule, what stands there, the way out; one cause is one finding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from optkommunen.returns.columns import choices_of, title_of
from optkommunen.returns.rules import rules
from optkommunen.words import Note, all_notes, noted, translate

FIELDS = ("severity", "kind", "file", "sheet", "cells", "column", "found", "rule", "way_out", "count")
"""Columns of a table of findings."""

Place = tuple[int, int]
_SHOWN = 4


def titles_of(columns: str, lang: str | None = None) -> str:
    """Titles of several columns, given as names with commas between them."""
    return ", ".join(title_of(column, lang) for column in columns.split(", "))


_WORDED: dict[str, Callable[[Any, str | None], str]] = dict.fromkeys(
    ("part", "whole", "what", "per", "near"), title_of
) | {
    "heads": titles_of,
    "identity": titles_of,
    "choices": choices_of,
    "rule": noted,
    "way_out": noted,
    "why": noted,
}
"""Fields of a rule that name a column, or several, or are texts of the reader, and how these are said."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or asks to be looked at.

    Parameters
    ----------
    kind : name of the rule, a key of `rules`.
    found : what stands there.
    file : name of the file, without its folder.
    sheet : name of the sheet; "" for a CSV file or the file as a whole.
    places : row and column of each cell, from 1; column 0 stands for the row, row 0 for the column.
    column : head of the column; "" if it is about a row or more.
    fields : what the words of the rule leave open.
    """

    kind: str
    found: str
    file: str
    sheet: str = ""
    places: tuple[Place, ...] = ()
    column: str = ""
    fields: tuple[tuple[str, object], ...] = ()

    @property
    def severity(self) -> str:
        """Whether it has to be mended (``error``) or looked at (``warning``)."""
        return rules()[self.kind].severity

    def rule(self, lang: str | None = None) -> str:
        """The rule, in words."""
        return rules()[self.kind].rule(lang, self._worded(lang))

    def way_out(self, lang: str | None = None) -> str:
        """What to do."""
        return rules()[self.kind].way_out(lang, self._worded(lang))

    def _worded(self, lang: str | None) -> dict[str, object]:
        """Fields of the rule, names of columns by their titles, in the language asked for."""
        return {name: _WORDED[name](value, lang) if name in _WORDED else value for name, value in self.fields}

    @property
    def cells(self) -> str:
        """Addresses of the cells: ``C5``, ``C5:C16``, ``C5, C9, C12 … (17)``."""
        spans = _spans(self.places)
        shown = ", ".join(_span(span) for span in spans[:_SHOWN])
        return shown if len(spans) <= _SHOWN else f"{shown} … ({len(self.places)})"

    def sentence(self, lang: str | None = None) -> str:
        """Place, rule, what was found and the way out, in one line.

        Examples
        --------
        >>> print(Finding("cell_error", "#DIV/0!", "r.xlsx", "monthly", ((5, 3),), "ehb").sentence())
        r.xlsx, sheet 'monthly', C5, column 'ehb': A cell holds a value; found #DIV/0!. Mend the formula, or leave the
        cell empty.
        """
        where = [self.file]
        where += [translate("sheet {name!r}", lang, name=self.sheet)] if self.sheet else []
        where += [self.cells] if self.places else []
        where += [translate("column {name!r}", lang, name=self.column)] if self.column else []
        return f"{', '.join(where)}: {self.words(lang)}"

    def words(self, lang: str | None = None) -> str:
        """Rule, what was found and the way out, without the place."""
        words = {"rule": self.rule(lang), "found": noted(self.found, lang), "way_out": self.way_out(lang)}
        return translate("{rule}; found {found}. {way_out}", lang, **words)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings with one cause as one: the same found again in a column, cells below or beside each other.

    Parameters
    ----------
    findings : each of one cell, row, column or sheet.

    Returns
    -------
    list of Finding
        Errors first, then by sheet and place.

    Examples
    --------
    >>> column = [Finding("cell_error", "#N/A", "r.xlsx", "monthly", ((row, 3),), "ehb") for row in (5, 6, 9)]
    >>> [(finding.cells, finding.found) for finding in merged(column)]
    [('C5:C6, C9', '#N/A')]
    """
    same: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        same[finding.kind, finding.file, finding.sheet, finding.column, finding.found, finding.fields].append(finding)
    single = [replace(group[0], places=_places(group)) for group in same.values()]
    near: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in single:
        near[finding.kind, finding.file, finding.sheet].append(finding)
    whole = [finding for group in near.values() for finding in _neighbours(group)]
    return sorted(whole, key=lambda finding: (finding.severity, finding.file, finding.sheet, finding.places))


def table_of(findings: Sequence[Finding], lang: str | None = None) -> pd.DataFrame:
    """Findings as a table, one row each.

    Returns
    -------
    DataFrame, shape (findings, 10)
        ``severity, kind, file, sheet, cells, column, found, rule, way_out, count`` (cells concerned).

    Examples
    --------
    >>> table_of([]).columns.tolist()[:5]
    ['severity', 'kind', 'file', 'sheet', 'cells']
    """
    rows = [
        {
            "severity": finding.severity,
            "kind": finding.kind,
            "file": finding.file,
            "sheet": finding.sheet,
            "cells": finding.cells,
            "column": finding.column,
            "found": noted(finding.found, lang),
            "rule": finding.rule(lang),
            "way_out": finding.way_out(lang),
            "count": max(len(finding.places), 1),
        }
        for finding in findings
    ]
    return pd.DataFrame(rows, columns=list(FIELDS))


def address(row: int, column: int) -> str:
    """Address of a cell as spreadsheets write it; of a row or column as a whole if the other is 0.

    Examples
    --------
    >>> address(7, 28), address(7, 0), address(0, 2)
    ('AB7', '7:7', 'B:B')
    """
    if not row:
        return f"{letters(column)}:{letters(column)}"
    return f"{letters(column)}{row}" if column else f"{row}:{row}"


def letters(column: int) -> str:
    """Letters of a column, counted from 1.

    Examples
    --------
    >>> letters(1), letters(28)
    ('A', 'AB')
    """
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _places(group: Sequence[Finding]) -> tuple[Place, ...]:
    return tuple(sorted({place for finding in group for place in finding.places}))


def _neighbours(group: list[Finding]) -> list[Finding]:
    """Findings of one rule in one sheet: those whose cells touch are one."""
    ordered = sorted(group, key=lambda finding: finding.places)
    owner = {place: i for i, finding in enumerate(ordered) for place in finding.places}
    root = list(range(len(ordered)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for i, finding in enumerate(ordered):
        for row, column in finding.places:
            for place in ((row, column), (row + 1, column), (row, column + 1)):
                other = ordered[owner.get(place, i)]
                if other.fields == finding.fields and (other.column == finding.column or other.found == finding.found):
                    first, second = sorted((find(i), find(owner.get(place, i))))
                    root[second] = first
    joined: dict[int, list[Finding]] = defaultdict(list)
    for i, finding in enumerate(ordered):
        joined[find(i)].append(finding)
    return [_one(findings) for findings in joined.values()]


def _one(findings: Sequence[Finding]) -> Finding:
    """Findings that touch as one: the column if it is one, what was found, up to four of it."""
    first = findings[0]
    if len(findings) == 1:
        return first
    alike = all(finding.column == first.column for finding in findings)
    different = list(dict.fromkeys(finding.found for finding in findings))
    found = different[0] if len(different) == 1 else all_notes(different[:_SHOWN])
    if len(different) > _SHOWN:
        found = Note("{first} and others", first=found)
    return replace(first, found=found, column=first.column if alike else "", places=_places(findings))


def _spans(places: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Rectangles of one column or one row that the cells form, in order; a block of several columns as one."""
    if len(places) > 1:
        rows, columns = {row for row, _ in places}, {column for _, column in places}
        corner = (min(rows), min(columns)), (max(rows), max(columns))
        if len(places) == (corner[1][0] - corner[0][0] + 1) * (corner[1][1] - corner[0][1] + 1):
            return [corner]
    spans: list[tuple[Place, Place]] = []
    for row, column in sorted(places, key=lambda place: (place[1], place[0])):
        if spans and spans[-1][1] == (row - 1, column):
            spans[-1] = (spans[-1][0], (row, column))
        else:
            spans.append(((row, column), (row, column)))
    return spans


def _span(span: tuple[Place, Place]) -> str:
    first, last = address(*span[0]), address(*span[1])
    if first == last:
        return first
    return f"{first.split(':')[0]}:{last.split(':')[-1]}"
