"""Which sheet is which table of the returns, where its heads stand, and which of them is which column."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from optkommunen.loaders._parts import COLUMNS, Cell
from optkommunen.returns.columns import TABLES, Table, fold, table
from optkommunen.returns.findings import Finding, address
from optkommunen.returns.grid import Grid
from optkommunen.returns.parse import period_in, shown

EXPLANATIONS = frozenset(map(fold, ("explanations", "erläuterungen", "hinweise", "lies mich", "readme")))
"""Sheets that only explain."""

_VARIABLE = frozenset(map(fold, ("variable", "column", "spalte", "merkmal", "kennzahl", "indicator", "indikator")))
_VALUE = frozenset(map(fold, ("value", "wert", "anzahl", "zahl")))
_HEAD_WITHIN = 40
_TYPO = 0.85
"""Likeness (`difflib`) from which a further column is taken for a known one that was misspelt."""


@dataclass(frozen=True)
class Block:
    """Rows of one table of the returns, cell by cell.

    Parameters
    ----------
    grid : where they stand.
    table : which table they are.
    head : row of the heads.
    columns : column number of each name; further columns have their head as name, in small letters.
    rows : row number of each row.
    cells : cells of each column; None where nothing stands.
    """

    grid: Grid
    table: Table
    head: int
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[int] = field(default_factory=list)
    cells: dict[str, list[Cell | None]] = field(default_factory=dict)

    @property
    def further(self) -> list[str]:
        """Columns that only this file has."""
        return [name for name in self.columns if name not in self.table.columns]

    @property
    def sheet(self) -> str:
        """Name of the sheet; "" for a CSV file."""
        return "" if self.grid.is_csv else self.grid.name

    def head_of(self, name: str) -> str:
        """Head of a column as it stands in the file."""
        cell = self.grid.rows[self.head].get(self.columns[name])
        return str(cell.value).strip() if cell else name


def blocks_of(grids: Sequence[Grid]) -> tuple[dict[str, Block], Grid | None, list[Finding]]:
    """Tables among the grids by name, the sheet of declarations if there is one, and what is wrong with their form.

    Parameters
    ----------
    grids : as from `read_grids`.

    Returns
    -------
    dict of Block, Grid or None, list of Finding
        A table is found by the name of its sheet, or else by its heads.
    """
    findings: list[Finding] = []
    found: dict[str, list[Grid]] = defaultdict(list)
    declared = None
    for grid in grids:
        name = _table_of(grid)
        if name in TABLES:
            found[name].append(grid)
        elif fold(grid.name) in table("declarations").spellings:
            if declared is not None:
                findings.append(grid.finding("sheet_twice", repr(grid.name), table="declarations"))
            declared = declared or grid
        elif grid.rows and fold(grid.name) not in EXPLANATIONS:
            findings.append(grid.finding("sheet_unknown", repr(grid.name)))
    blocks = {}
    for name, several in found.items():
        if len(several) > 1:
            named = ", ".join(repr(grid.name) for grid in several)
            findings += [several[0].finding("sheet_twice", named, table=name)]
            continue
        findings += _state(several[0])
        block, wrong = _block(several[0], table(name))
        findings += wrong
        if block:
            blocks[name] = block
    return {name: blocks[name] for name in TABLES if name in blocks}, declared, findings


def apart(grids: Sequence[Grid]) -> list[list[Grid]]:
    """CSV files as returns that hold each table once: the second file of a table begins the next.

    Parameters
    ----------
    grids : of files of one list, in which two of one table are two years (and not a mistake, as in one workbook).
    """
    found: list[list[Grid]] = [[]]
    count: dict[str, int] = defaultdict(int)
    for grid in grids:
        name = _table_of(grid) or fold(grid.name)
        if count[name] == len(found):
            found.append([])
        found[count[name]].append(grid)
        count[name] += 1
    return found


def _table_of(grid: Grid) -> str:
    """Table whose name the sheet bears, or whose heads it has; "" if none."""
    for name in TABLES:
        if fold(grid.name) in table(name).spellings:
            return name
    scores = {}
    for name in TABLES[:3]:
        head = _head_row(grid, table(name))
        known = {table(name).find(str(cell.value)) for cell in grid.rows[head].values()} if head else set()
        numbers = known & set(table(name).numbers)
        if numbers and {"kommune", "name"} & known and set(table(name).identity[1:]) <= known:
            scores[name] = len(numbers)
    return max(scores, key=lambda name: scores[name]) if scores else ""


def _head_row(grid: Grid, sheet: Table) -> int:
    """First row that names the key and another column, else the row with the most known heads; 0 if there is none."""
    best, most = 0, 1
    for row in list(grid.rows)[:_HEAD_WITHIN]:
        cells = [cell for cell in grid.rows[row].values() if isinstance(cell.value, str)]
        known = {sheet.find(str(cell.value)) for cell in cells} - {None}
        long = {"variable" for cell in cells if fold(str(cell.value)) in _VARIABLE}
        if len(known | long) > 1 and known & {"kommune", "name"}:
            return row
        if len(known | long) > most:
            best, most = row, len(known | long)
    return best


def _state(grid: Grid) -> list[Finding]:
    """What does not show when the sheet is opened, stands twice, or lies too far off."""
    findings = []
    if grid.state != "visible":
        findings.append(grid.finding("sheet_hidden", grid.state))
    rows = sorted(grid.hidden_rows & grid.rows.keys())
    if rows:
        findings.append(grid.finding("rows_hidden", str(len(rows)), [(row, 0) for row in rows]))
    filled = {column for cells in grid.rows.values() for column in cells}
    columns = sorted(grid.hidden_columns & filled)
    if columns:
        findings.append(grid.finding("columns_hidden", str(len(columns)), [(0, column) for column in columns]))
    if grid.twice:
        findings.append(grid.finding("cell_twice", address(*grid.twice[0]), grid.twice))
    if grid.far:
        findings.append(grid.finding("cell_far", address(*grid.far[0]), grid.far[:1000]))
    return findings


def _block(grid: Grid, sheet: Table) -> tuple[Block | None, list[Finding]]:
    if not grid.rows:
        return None, [grid.finding("sheet_empty", repr(grid.name))]
    head = _head_row(grid, sheet)
    if not head:
        first = next(iter(grid.rows.values()))
        seen = ", ".join(str(cell.value) for cell in list(first.values())[:5])
        return None, [grid.finding("head_none", repr(seen), heads=", ".join(list(sheet.columns)[:6]))]
    names, findings = _names(grid, sheet, head)
    rows = [row for row in grid.rows if row > head]
    findings += _without_head(grid, head, rows, names)
    across = {number: cell for number, cell in grid.rows[head].items() if number in names.values() and _is_time(cell)}
    long = [name for name in names if fold(name) in _VARIABLE and name not in sheet.columns]
    if long and (len(across) > 1 or any(fold(name) in _VALUE for name in names)):
        return _from_long(grid, sheet, head, names, across, long[0], findings)
    block = Block(grid, sheet, head, names, rows)
    for name, number in names.items():
        block.cells[name] = [grid.rows[row].get(number) for row in rows]
    return block, findings + _required(block, findings)


def _is_time(cell: Cell) -> bool:
    return period_in(cell, monthly=True) is not None or period_in(cell, monthly=False) is not None


def _names(grid: Grid, sheet: Table, head: int) -> tuple[dict[str, int], list[Finding]]:
    """Column number of each name; heads that mean the same column, or are nearly called like a known one."""
    names: dict[str, int] = {}
    findings = []
    heads = {number: str(cell.value).strip() for number, cell in sorted(grid.rows[head].items())}
    heads = {number: text for number, text in heads.items() if text}
    there = {sheet.find(text) for text in heads.values()}
    for number, text in heads.items():
        name = sheet.find(text) or text.lower()
        near = "" if name in sheet.columns else _near(name, sheet)
        if name in names:
            places = [(head, names[name]), (head, number)]
            findings.append(grid.finding("head_twice", repr(text), places, name))
        elif near and near not in there:
            findings.append(grid.finding("head_misspelt", repr(text), [(head, number)], text, near=near))
        else:
            names[name] = number
    return names, findings


def _near(name: str, sheet: Table) -> str:
    """Known column that a head is nearly called like; another number in a name means another thing."""
    spellings = {spelling: column.name for column in sheet.columns.values() for spelling in column.spellings}
    folded = fold(name)
    for near in difflib.get_close_matches(folded, list(spellings), n=1, cutoff=_TYPO):
        if re.sub(r"\D", "", near) == re.sub(r"\D", "", folded) and not folded.startswith(f"{near} "):
            return spellings[near]
    return ""


def _without_head(grid: Grid, head: int, rows: Sequence[int], names: dict[str, int]) -> list[Finding]:
    """Filled columns without a head; in a CSV file a line that is longer or shorter than the heads."""
    findings = []
    if grid.is_csv:
        width = grid.fields[head]
        odd = [row for row in rows if grid.fields[row] != width]
        findings += [grid.finding("fields", str(grid.fields[row]), [(row, 0)], width=width) for row in odd]
    else:
        width = COLUMNS
    headed = {number for number, cell in grid.rows[head].items() if str(cell.value).strip()}
    filled = {column: cell for row in reversed(rows) for column, cell in grid.rows[row].items() if column <= width}
    orphans = sorted(filled.keys() - headed)
    return findings + [grid.finding("head_unnamed", shown(filled[number]), [(head, number)]) for number in orphans]


def _required(block: Block, findings: Sequence[Finding]) -> list[Finding]:
    """Columns without which a row says nothing, and known ones that are not there."""
    known, names = block.table, block.columns
    meant = {value for finding in findings for field, value in finding.fields if field == "near"}
    needed = [name for name in known.identity if name not in names and not (name == "kommune" and "name" in names)]
    if needed:
        found = ", ".join(names) or "nothing"
        return [block.grid.finding("head_missing", found, [(block.head, 0)], heads=", ".join(needed))]
    absent = [name for name in known.numbers if name not in names and name not in meant]
    if absent and len(absent) < len(known.numbers):
        return [block.grid.finding("column_absent", ", ".join(absent), [(block.head, 0)])]
    return []


def _from_long(
    grid: Grid, sheet: Table, head: int, names: dict[str, int], across: dict[int, Cell], variable: str,
    findings: list[Finding],
) -> tuple[Block | None, list[Finding]]:  # fmt: skip
    """A table with a row for each figure, or a column for each period, as one with a column for each figure."""
    value = next((number for name, number in names.items() if fold(name) in _VALUE), 0)
    shared_names = [name for name in (*sheet.identity, "name", "status", "note") if name in names]
    if across and "period" in shared_names:
        shared_names.remove("period")
    used = {*(names[name] for name in shared_names), names[variable], *(across or [value])}
    findings += [
        grid.finding("column_unread", repr(name), [(head, number)], name)
        for name, number in names.items()
        if number not in used
    ]
    lines: dict[tuple[object, ...], dict[str, Cell | None]] = {}
    for row in (row for row in grid.rows if row > head):
        cells = grid.rows[row]
        figures = {number: cells[number] for number in across or [value] if number in cells}
        label = cells.get(names[variable])
        column = sheet.find(str(label.value)) if label else None
        if not column and (label or figures):
            place = [(row, names[variable])]
            findings.append(grid.finding("variable_unknown", shown(label), place, variable))
        for number, figure in figures.items() if column else ():
            line = {name: cells.get(names[name]) for name in shared_names}
            line |= {"period": across[number]} if across else {}
            key = tuple(str(cell.value) if (cell := line.get(name)) else "" for name in sheet.identity)
            known = lines.setdefault(key, line)
            if column in known:
                identity = ", ".join(sheet.identity)
                findings.append(grid.finding("row_twice", str(column), [(row, number)], identity=identity))
            for name in {"status", "note"} & names.keys():
                own, other = line.get(name), known.get(name)
                if own and other and own.value != other.value:
                    findings.append(grid.finding("long_differs", shown(own), [(row, own.column)], name))
                known[name] = other or own
            known[str(column)] = figure
    found = list(dict.fromkeys(name for line in lines.values() for name in line))
    block = Block(grid, sheet, head, {name: names.get(name, names[variable]) for name in found})
    for line in lines.values():
        block.rows.append(next((cell.row for cell in line.values() if cell and cell.row > head), head))
        for name in found:
            block.cells.setdefault(name, []).append(line.get(name))
    return block, findings + _required(block, findings)
