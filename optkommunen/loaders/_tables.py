"""Tables of a researcher's file, cell by cell: sheets of a workbook or CSV files of the same names."""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optkommunen.errors import FileFormatError
from optkommunen.loaders._containers import BROKEN, broken, open_container
from optkommunen.loaders._files import decode, parse_number, read_bytes, refusal

Cell = str | float | datetime.datetime | None
"""What a cell may hold: text, number, date, nothing."""

_POINT_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Sheet:
    """Cells of one table with their row numbers in the file, so that each message can say where.

    Parameters
    ----------
    path : the file.
    sheet : name of the sheet; None for a CSV file.
    header : column names, in small letters.
    rows : number in the file of each row.
    cells : cells of each row, as many as the header.
    german : whether numbers are text with decimal comma.
    """

    path: Path
    sheet: str | None
    header: list[str]
    rows: list[int]
    cells: list[list[Cell]]
    german: bool

    def column(self, name: str) -> Iterator[tuple[int, Cell]]:
        """Row number and cell, from top to bottom."""
        position = self.header.index(name)
        return ((row, cells[position]) for row, cells in zip(self.rows, self.cells, strict=True))

    def require(self, names: Sequence[str]) -> None:
        """Refuse a table without these columns; the message names those that are there."""
        absent = [name for name in names if name not in self.header]
        if absent:
            rule, found = f"The table has the columns {', '.join(names)}", f"no {', '.join(absent)}"
            further = [name for name in self.header if name and name not in names]
            near = [(name, *difflib.get_close_matches(name, further, n=1, cutoff=0.8)) for name in absent]
            hints = [f"Did you mean {pair[0]!r} by {pair[1]!r}? " for pair in near if len(pair) > 1]
            way_out = f"Add or rename them; there are {', '.join(filter(None, self.header))}."
            raise self.refusal(rule, found, "".join(hints) + way_out, 1)

    def replaced(self, columns: dict[str, Sequence[Any]]) -> Sheet:
        """Same table with columns added or replaced."""
        kept = [i for i, name in enumerate(self.header) if name not in columns]
        header = [self.header[i] for i in kept] + list(columns)
        added = zip(*columns.values(), strict=True) if columns else ([] for _ in self.rows)
        cells = [[old[i] for i in kept] + list(new) for old, new in zip(self.cells, added, strict=True)]
        return replace(self, header=header, cells=cells)

    def where(self, row: int, column: str) -> str:
        """Place of a cell in words."""
        sheet = [] if self.sheet is None else [f"sheet {self.sheet!r}"]
        return ", ".join([self.path.name, *sheet, f"row {row}", f"column {column!r}"])

    def refusal(
        self, rule: str, found: str, way_out: str, row: int | None = None, column: str | None = None,
        *, whole_file: bool = False,
    ) -> FileFormatError:  # fmt: skip
        """Error that says where in this table."""
        return refusal(
            self.path, rule, found, way_out, sheet=None if whole_file else self.sheet, row=row, column=column
        )


def read_sheets(
    path: str | Path | Iterable[str | Path], names: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, Sheet]:
    """Tables of a workbook, a folder of CSV files, or a list of CSV files, by name.

    Parameters
    ----------
    path : ``.xlsx`` workbook, folder, or CSV files.
    names : tables to look for; their order is the order of the result.
    optional : those of them that may be missing.

    Raises
    ------
    FileFormatError
        Not a workbook or CSV, a table missing, empty, given twice, or with a column name twice.
    """
    if isinstance(path, str | Path):
        path = Path(path)
        if path.is_dir():
            files = {name: path / f"{name}.csv" for name in names if (path / f"{name}.csv").is_file()}
            _require(path, files, names, optional, [file.name for file in sorted(path.iterdir())], "file {}.csv")
            return {name: _from_csv(file) for name, file in files.items()}
        if path.suffix.lower() != ".csv":
            return _from_workbook(path, names, optional)
        path = [path]
    given = [Path(file) for file in path]
    files = {name: file for name in names for file in given if file.stem.lower() == name}
    folder = given[0].parent if given else Path()
    twice = [name for name in files if sum(file.stem.lower() == name for file in given) > 1]
    if twice:
        rule, found = "Each table is one file", f"several files {twice[0]}.csv in the list"
        raise refusal(folder, rule, found, "Put the rows of all years into one file, one below the other.")
    _require(folder, files, names, optional, [file.name for file in given], "file {}.csv")
    return {name: _from_csv(file) for name, file in files.items()}


def parse_number_cell(sheet: Sheet, row: int, column: str, cell: Cell) -> float:
    """Number of a cell; NaN if it is empty.

    Raises
    ------
    FileFormatError
        The cell holds text, a date, or a number in another notation.
    """
    if cell is None or cell == "":
        return np.nan
    if isinstance(cell, float):
        return cell
    rule = "A cell of this column is a number"
    way_out = "Write 0 for nothing, leave the cell empty if it is not known; a number cell is not formatted as text."
    if not isinstance(cell, str) or sheet.sheet is not None:
        raise sheet.refusal(rule, repr(cell), way_out, row, column)
    try:
        if sheet.german:
            return parse_number(cell)
        if _POINT_NUMBER.fullmatch(cell):
            return float(cell)
    except ValueError:
        pass
    notation = "decimal comma, since semicolons separate" if sheet.german else "decimal point, since commas separate"
    rule = f"{rule} ({notation})"
    raise sheet.refusal(rule, repr(cell), way_out, row, column)


def _require(
    path: Path, found: Iterable[str], names: Sequence[str], optional: Sequence[str], there: Sequence[str], form: str
) -> None:
    absent = [form.format(name) for name in names if name not in optional and name not in found]
    if absent:
        wanted = ", ".join(form.format(name) for name in names)
        rule = f"Returns consist of {wanted} ({', '.join(optional)} may be left out)"
        found_words = f"no {', '.join(absent)} among {', '.join(there) or 'nothing'}"
        raise refusal(path, rule, found_words, "Add the table under that name.")


def _from_workbook(path: Path, names: Sequence[str], optional: Sequence[str]) -> dict[str, Sheet]:
    open_container(path)  # says what the file is, if it is no workbook
    import openpyxl  # only who reads workbooks pays for it

    try:
        with warnings.catch_warnings():  # openpyxl warns of styles and validations, which no reader uses
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(read_bytes(path)), read_only=True, data_only=True)
        titles = {title.strip().lower(): title for title in workbook.sheetnames}
        _require(path, titles, names, optional, workbook.sheetnames, "sheet {}")
        sheets = {}
        for name in names:
            if name in titles:
                workbook[titles[name]].reset_dimensions()  # what a sheet states of its size may be wrong
                lines = [list(line) for line in workbook[titles[name]].iter_rows(values_only=True)]
                sheets[name] = _sheet(path, titles[name], list(enumerate(lines, 1)), german=False)
        workbook.close()
        return sheets
    except (*BROKEN, KeyError, TypeError, SyntaxError) as error:  # an error of its XML parser is a SyntaxError
        raise broken(path, f"{type(error).__name__}: {error}") from error


def _from_csv(path: Path) -> Sheet:
    text = decode(read_bytes(path), path, ("utf-8-sig", "cp1252"))
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[Any]]] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, cells))
    except csv.Error as error:
        found = f"{error}: the file is truncated or damaged"
        raise refusal(path, "Quotes are closed in each line", found, "Save it again.", row=reader.line_num) from error
    for number, cells in lines:
        if cells and len(cells) != len(lines[0][1]):
            rule, found = f"Each line has {len(lines[0][1])} fields", f"{len(cells)}"
            way_out = f"Look for a shifted line, or a {delimiter!r} inside a field without quotes."
            raise refusal(path, rule, found, way_out, row=number)
    return _sheet(path, None, lines, german=delimiter == ";")


def _sheet(path: Path, title: str | None, lines: list[tuple[int, list[Any]]], *, german: bool) -> Sheet:
    """Header and rows that hold anything; blank lines are left out."""
    filled = [(number, [_plain(cell) for cell in cells]) for number, cells in lines]
    filled = [(number, cells) for number, cells in filled if any(cell not in (None, "") for cell in cells)]
    if len(filled) < 2:
        rule, found = "A table has a line of column names and rows below it", "no rows" if filled else "nothing"
        raise refusal(path, rule, found, "Fill it in.", sheet=title)
    header = ["" if cell is None else str(cell).strip().lower() for cell in filled[0][1]]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        found = f"{', '.join(twice)} twice"
        raise refusal(path, "Column names are unique", found, "Rename one of them.", sheet=title, row=filled[0][0])
    rows, cells = [number for number, _ in filled[1:]], [cells for _, cells in filled[1:]]
    padded = [line + [None] * (len(header) - len(line)) for line in cells]
    return Sheet(path, title, header, rows, padded, german)


def _plain(cell: Any) -> Cell:
    """Whole numbers as floats (truth values stay text: they are no numbers), text without blanks around it."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        return float(cell)
    return cell.strip() if isinstance(cell, str) else cell
