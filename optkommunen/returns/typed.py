"""Rows of one table of the returns become a typed frame; what breaks a rule is told, and takes no further part."""

from __future__ import annotations

import collections
import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.loaders._parts import Cell
from optkommunen.returns.columns import NUMBERS, WHOLE, Column
from optkommunen.returns.findings import Finding
from optkommunen.returns.layout import Block
from optkommunen.returns.parse import (
    Decimal,
    WrongCellError,
    choice_of,
    decimal_mark,
    is_empty,
    key_of,
    number_of,
    period_of,
    shown,
    text_of,
)
from optkommunen.returns.secrecy import PROTECTED
from optkommunen.values import KEY, STATUSES, SYNTHETIC, SYNTHETIC_KEYS

NOTE, NAME, STATUS, PERIOD = "note", "name", "status", "period"
_EMPTY = {PERIOD: "period_empty", "service": "service_empty"}
_FEW = 0.1
_INVENTED_NAME = re.compile(r"Musterkommune 0*(\d+)", re.IGNORECASE)

Parser = Callable[[Cell], Any]


@dataclass(frozen=True)
class Typed:
    """A table of the returns, typed.

    Parameters
    ----------
    block : where it was read from.
    frame : rows whose municipality and period are known, once each; index: position in the block.
    wrong : by column, positions of cells that were refused (their value is missing in the frame).
    """

    block: Block
    frame: pd.DataFrame
    wrong: dict[str, set[int]] = field(default_factory=dict)

    def place(self, position: int, name: str) -> tuple[int, int]:
        """Row and column of a cell in the file; the row alone where nothing stands."""
        cell = self.block.cells[name][position] if name in self.block.cells else None
        if cell is not None and name in self.block.table.columns:
            return (cell.row, cell.column)
        return (self.block.rows[position], self.block.columns.get(name, 0))

    def finding(self, kind: str, found: str, position: int, name: str, **fields: object) -> Finding:
        """A finding at one cell."""
        return self.block.grid.finding(kind, found, [self.place(position, name)], name, **fields)


def typed(block: Block, today: datetime.date, context: dict[str, str]) -> tuple[Typed, list[Finding]]:
    """Frame of a block, and what is wrong with its cells.

    Parameters
    ----------
    block : rows of one table.
    today : months after it are refused.
    context : further columns of the bundled table that are no figures of the returns (``string`` or ``number``).

    Returns
    -------
    Typed, list of Finding
        Counts are Int64, amounts too, other numbers float64; an empty or refused cell is missing.
    """
    reader = _Reader(block, today, context)
    return reader.typed(), reader.findings


class _Reader:
    """Reads the columns of a block one by one, and collects what it refuses."""

    def __init__(self, block: Block, today: datetime.date, context: dict[str, str]) -> None:
        self.block, self.today, self.context = block, today, context
        self.findings: list[Finding] = []
        self.wrong: dict[str, set[int]] = {}
        self.kept = [i for i in range(len(block.rows)) if block.table.name == "units" or self._says_something(i)]
        numbers = [name for name in block.columns if name in block.table.numbers or name not in block.table.columns]
        texts = (str(cell.value) for name in numbers for cell in block.cells[name] if cell is not None)
        self.decimal: Decimal = decimal_mark(texts) if block.grid.is_csv else ""

    def typed(self) -> Typed:
        columns = self.block.table.columns
        keys = self._keys()
        periods = self._column(PERIOD, self._period, required=True) if PERIOD in columns else None
        frame = pd.DataFrame({KEY: keys}, index=self.kept)
        if periods is not None:
            frame[PERIOD] = periods
        for name, column in columns.items():
            if name not in (KEY, NAME, PERIOD, STATUS, NOTE):
                frame[name] = self._known(column)
        for name in self.block.further:
            further = self._further(name)
            if further is not None:
                frame[name] = further
        if NOTE in self.block.columns:
            frame[NOTE] = self._texts(NOTE, text_of)
        frame[STATUS] = self._column(STATUS, lambda cell: choice_of(cell, columns[STATUS]))
        return Typed(self.block, self._identified(frame), self.wrong)

    def _says_something(self, position: int) -> bool:
        """Whether a row holds more than its municipality and period (the template fills these in)."""
        given = {KEY, NAME, PERIOD, "service"}
        cells = self.block.cells
        if any(not is_empty(cells[name][position]) for name in cells if name not in given):
            return True
        return all(is_empty(cells[name][position]) for name in (KEY, NAME) if name in cells) and any(
            not is_empty(column[position]) for column in cells.values()
        )

    def _column(self, name: str, parse: Parser, *, required: bool = False) -> list[Any]:
        """Value of each kept cell, None where it is empty or refused."""
        cells = self.block.cells.get(name)
        if cells is None:
            return [None] * len(self.kept)
        known: dict[tuple[object, str, str], Any] = {}
        values: list[Any] = []
        for position in self.kept:
            cell = cells[position]
            if cell is None or is_empty(cell):
                values.append(None)
                if required:
                    self._refuse(WrongCellError(_EMPTY.get(name, "key_empty"), shown(cell)), position, name)
                continue
            same = (cell.value, cell.kind, cell.form)
            if same not in known:
                try:
                    known[same] = parse(cell)
                except WrongCellError as error:
                    known[same] = error
            value = known[same]
            if isinstance(value, WrongCellError):
                self._refuse(value, position, name)
                value = None
            values.append(value)
        return values

    def _refuse(self, error: WrongCellError, position: int, name: str) -> None:
        self.wrong.setdefault(name, set()).add(position)
        cell = self.block.cells[name][position]
        place = (cell.row, cell.column) if cell is not None else (self.block.rows[position], self.block.columns[name])
        self.findings.append(self.block.grid.finding(error.kind, error.found, [place], name, **error.fields))

    def _period(self, cell: Cell) -> str:
        return period_of(cell, monthly=self.block.table.name == "monthly", today=self.today)

    def _keys(self) -> list[str | None]:
        """Key of each row, from its name where the key is empty; the two must agree where both are given."""
        if KEY not in self.block.columns or NAME not in self.block.columns:
            return self._column(KEY if KEY in self.block.columns else NAME, key_of, required=True)
        cells, named = self.block.cells[KEY], self.block.cells[NAME]
        without = {position for position in self.kept if is_empty(cells[position]) and not is_empty(named[position])}
        for position in without:
            cells[position] = named[position]
        keys = self._column(KEY, key_of, required=True)
        known: dict[tuple[object, str, str], str] = {}
        for i, position in enumerate(self.kept):
            cell = named[position]
            if keys[i] is None or cell is None or is_empty(cell) or position in without:
                continue
            same = (cell.value, cell.kind, str(keys[i]))
            if same not in known:
                known[same] = self._named(cell, str(keys[i]))
            if known[same] != keys[i]:
                found = f"{keys[i]} / {shown(cell)}"
                self._refuse(WrongCellError("key_and_name", found), position, NAME)
        return keys

    def _named(self, cell: Cell, key: str) -> str:
        """Key of a name; that of the row where the name is one of the municipality's, or says nothing."""
        invented = _INVENTED_NAME.fullmatch(str(cell.value).strip())
        if key in SYNTHETIC_KEYS:
            return f"M{int(invented[1]):02d}" if invented else key
        try:
            return key_of(cell)
        except WrongCellError as error:
            return key if error.kind == "key_ambiguous" and key in str(error.fields["why"]) else ""

    def _known(self, column: Column) -> pd.Series:
        """A known column, missing throughout if the file lacks it."""
        if column.kind in NUMBERS:
            values = self._column(column.name, lambda cell: number_of(cell, column.kind, self.decimal))
            numbers = pd.Series(values, self.kept, dtype="float64")
            return numbers.astype("Int64") if column.kind in WHOLE else numbers
        parse = text_of if column.kind == "text" else lambda cell: choice_of(cell, column)
        return self._texts(column.name, parse, required=column.name in self.block.table.identity)

    def _texts(self, name: str, parse: Parser, *, required: bool = False) -> pd.Series:
        """A column of texts, "" where a cell is empty or refused."""
        return (
            pd.Series(self._column(name, parse, required=required), self.kept, dtype="object").fillna("").astype("str")
        )

    def _further(self, name: str) -> pd.Series | None:
        """A column that only this file has: numbers; of the units also text, such as a region."""
        if name == PROTECTED:
            place = [(self.block.head, self.block.columns[name])]
            self.findings.append(self.block.grid.finding("column_protected", repr(name), place, name))
            return None
        cells = [self.block.cells[name][position] for position in self.kept]
        filled = [cell for cell in cells if cell is not None and not is_empty(cell)]
        numeric = [cell for cell in filled if _is_number(cell, self.decimal)]
        kind = self.context.get(name, "number" if numeric else "string")
        if self.block.table.name == "units" and len(numeric) < len(filled) and name not in self.context:
            kind = "string"
        if kind == "string" and self.block.table.name != "units":
            if filled:
                found = ", ".join(dict.fromkeys(shown(cell) for cell in filled[:3]))
                place = [(self.block.head, self.block.columns[name])]
                self.findings.append(self.block.grid.finding("column_of_text", found, place, name))
            return None
        if kind == "string":
            return self._texts(name, text_of)
        values = self._column(name, lambda cell: number_of(cell, "", self.decimal))
        return pd.Series(values, self.kept, dtype="float64")

    def _identified(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows whose municipality, period and service are known, once each."""
        identity = [name for name in self.block.table.identity if name in frame]
        frame = frame[(frame[identity].notna() & (frame[identity] != "")).all(axis=1)].copy()
        for name in identity:
            frame[name] = frame[name].astype("str")
        if PERIOD in identity and len(frame):
            frame = self._near_in_time(frame)
        for position in frame.index[frame.duplicated(identity)]:
            same = (frame[identity] == frame.loc[position, identity]).all(axis=1)
            first = self.block.rows[int(same.idxmax())]
            found = f"{', '.join(frame.loc[position, identity])} (= {first})"
            place = [(self.block.rows[position], 0)]
            self.findings.append(self.block.grid.finding("row_twice", found, place, identity=", ".join(identity)))
        return frame.drop_duplicates(identity)

    def _near_in_time(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows whose year is one of the table's; few rows two years off are a date that a spreadsheet made."""
        years = frame[PERIOD].str[:4].astype(int)
        counts = collections.Counter(years.tolist())
        off = [
            year
            for year, count in counts.items()
            if count <= _FEW * len(frame)
            and min((abs(year - other) for other in counts if other != year), default=0) > 1
        ]
        for position in frame.index[years.isin(off)]:
            cell = self.block.cells[PERIOD][position]
            if cell is not None and cell.kind == "date":
                self._refuse(WrongCellError("period_apart", shown(cell)), position, PERIOD)
                frame = frame.drop(index=position)
            else:
                place = [(self.block.rows[position], self.block.columns[PERIOD])]
                self.findings.append(
                    self.block.grid.finding("period_far", str(frame.at[position, PERIOD]), place, PERIOD)
                )
        return frame


def _is_number(cell: Cell, decimal: Decimal) -> bool:
    try:
        number_of(cell, "", decimal)
    except WrongCellError:
        return cell.kind in ("error", "bad", "formula")
    return True


def one_kind_of_unit(tables: Sequence[Typed]) -> tuple[bool, list[Finding]]:
    """Whether the units are real, and rows of the other kind: a file never holds both."""
    invented = sum(int(table.frame[KEY].isin(SYNTHETIC_KEYS).sum()) for table in tables)
    rows = sum(len(table.frame) for table in tables)
    real = 2 * invented <= rows if rows else True
    findings = []
    for table in tables:
        odd = table.frame.index[table.frame[KEY].isin(SYNTHETIC_KEYS) == real]
        findings += [
            table.finding("units_mixed", str(table.frame.at[position, KEY]), position, KEY) for position in odd
        ]
        if real:
            claimed = table.frame.index[table.frame[STATUS] == SYNTHETIC]
            findings += [table.finding("status_invented", SYNTHETIC, position, STATUS) for position in claimed]
    return real, findings


def with_status(frame: pd.DataFrame, real: bool) -> pd.DataFrame:
    """The frame with a status in each row: synthetic for Musterkommunen, observed where the cell is empty."""
    given = frame[STATUS].astype("object").where(frame[STATUS].notna(), STATUSES[0])
    return frame.assign(**{STATUS: given.astype("str") if real else SYNTHETIC})


def parts_exceeding(table: Typed) -> list[Finding]:
    """Parts that are larger than their whole."""
    findings = []
    for part, whole in table.block.table.parts:
        smaller, larger = (table.frame[name].astype("float64") for name in (part, whole))
        for position in table.frame.index[np.asarray(smaller > larger)]:
            found = f"{float(smaller[position]):.10g} > {float(larger[position]):.10g}"
            places = [table.place(position, name) for name in (part, whole)]  # either may be the wrong one
            findings.append(table.block.grid.finding("part", found, places, part, part=part, whole=whole))
    return findings


def gaps(table: Typed, whole: pd.DataFrame) -> list[Finding]:
    """Periods without a row between the first and the last of a municipality (and service).

    Parameters
    ----------
    table : of one file.
    whole : the frame of this table from all files; a gap between two is told where the last row stands.
    """
    if table.wrong.keys() & {KEY, NAME, PERIOD, "service"}:
        return []  # the rows that are refused would be told once more
    group = [name for name in table.block.table.identity if name != PERIOD]
    periods = sorted(whole[PERIOD].unique())
    known = {key: set(own) for key, own in whole.groupby(group)[PERIOD]}
    findings = []
    for key, rows in table.frame.groupby(group)[PERIOD]:
        own = known[key]
        absent = [period for period in periods if min(own) < period < max(own) and period not in own]
        if absent and max(own) in set(rows):
            found = f"{', '.join(map(str, key))}: {', '.join(absent)}"
            findings.append(
                table.block.grid.finding("rows_absent", found, [(table.block.rows[int(rows.index[-1])], 0)])
            )
    return findings
