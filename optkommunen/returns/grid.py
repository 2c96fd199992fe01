"""Cells of a researcher's file as they stand there: each sheet of a workbook, or each CSV file, as one grid."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import DOWNLOAD_AGAIN, decode, read_bytes, refusal
from optkommunen.loaders._parts import COLUMNS, ROWS, Cell
from optkommunen.loaders.workbook import Workbook
from optkommunen.returns.findings import Finding, Place
from optkommunen.words import N_, Note, all_notes, number

LARGEST_CSV = 64 * 2**20
"""Bytes that a CSV file may have; returns of all 69 over ten years have less than a tenth."""

_DELIMITERS = (";", "\t", ",")
_CSV = (".csv", ".txt", ".tsv")
_SAVE_AGAIN = N_("Save it again, or ask for it anew.")


@dataclass(frozen=True)
class Grid:
    """Filled cells of one sheet or CSV file.

    Parameters
    ----------
    file : name of the file, without its folder.
    name : name of the sheet; of a CSV file its own name without the ending.
    rows : cells of each filled row by column, both from 1.
    is_csv : whether every cell is text, so that numbers have yet to be read from it.
    state : visible, hidden or veryHidden.
    hidden_rows, hidden_columns : which of them do not show.
    twice : row and column of a cell that stands again (the first is kept), column 0 for a whole row.
    far : filled cells that lie too far to the right, and are not kept.
    fields : number of fields of each line of a CSV file.
    """

    file: str
    name: str
    rows: dict[int, dict[int, Cell]]
    is_csv: bool = False
    state: str = "visible"
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    twice: tuple[Place, ...] = ()
    far: tuple[Place, ...] = ()
    fields: dict[int, int] = field(default_factory=dict)

    def finding(
        self, kind: str, found: str, places: Iterable[Place] = (), column: str = "", **fields: object
    ) -> Finding:
        """A finding in this grid."""
        sheet = "" if self.is_csv else self.name
        return Finding(kind, found, self.file, sheet, tuple(places), column, tuple(sorted(fields.items())))


def read_grids(path: str | Path | Iterable[str | Path]) -> tuple[list[Grid], list[Finding]]:
    """Every sheet of a workbook, or every CSV file of a folder or list, with what could not be read.

    Parameters
    ----------
    path : ``.xlsx`` workbook, CSV file, folder, or list of CSV files.

    Returns
    -------
    list of Grid, list of Finding
        A sheet or file that is damaged is a finding, and the others are read.

    Raises
    ------
    FileFormatError
        There is no such file or nothing in it, or it is another kind of file (says which).
    """
    files, unread = files_of(path)
    if len(files) == 1 and files[0].suffix.lower() not in _CSV:
        return _of_workbook(files[0])
    grids, findings = _of_files(files)
    return grids, [Finding("file_unread", repr(name), name) for name in unread] + findings


def files_of(path: str | Path | Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Files that are read, and names of those in the same folder that are not.

    Raises
    ------
    FileFormatError
        A folder without a CSV file.
    """
    if not isinstance(path, str | Path):
        return [Path(file) for file in path], []
    path = Path(path)
    if not path.is_dir():
        return [path], []
    inside = sorted(file for file in path.iterdir() if not file.name.startswith("."))
    files = [file for file in inside if file.is_file() and file.suffix.lower() in _CSV]
    if not files:
        found = ", ".join(file.name for file in inside[:5]) or N_("nothing")
        rule, way_out = N_("A folder of returns holds CSV files"), N_("Choose another folder, or the workbook itself.")
        raise refusal(path, rule, found, way_out)
    return files, [file.name for file in inside if file not in files]


def parts_of(path: str | Path | Iterable[str | Path]) -> list[str | Path | list[Path]]:
    """What is read together as one return: each workbook, each folder, the CSV files that lie in one folder.

    Parameters
    ----------
    path : workbook, folder or CSV file, or list of these in any order.

    Examples
    --------
    >>> [str(part) for part in parts_of(["2009.xlsx", "2008.xlsx"])], len(parts_of(["a/monthly.csv", "a/units.csv"]))
    (['2008.xlsx', '2009.xlsx'], 1)
    """
    if isinstance(path, str | Path):
        return [path]
    given = sorted({Path(one) for one in path})
    loose = [one for one in given if one.suffix.lower() in _CSV and not one.is_dir()]
    parts: list[str | Path | list[Path]] = [one for one in given if one not in loose]
    parts += [[one for one in loose if one.parent == folder] for folder in dict.fromkeys(one.parent for one in loose)]
    return parts or [[]]


def unreadable(error: FileFormatError, file: str, sheet: str = "") -> Finding:
    """Finding of a file or sheet that cannot be read: what the reader says of it."""
    way_out = _SAVE_AGAIN if error.way_out == DOWNLOAD_AGAIN else error.way_out
    places = ((error.row, 0),) if error.row else ()
    return Finding("unreadable", error.found, file, sheet, places, "", (("rule", error.rule), ("way_out", way_out)))


def _of_files(files: list[Path]) -> tuple[list[Grid], list[Finding]]:
    grids, findings = [], []
    for file in files:
        try:
            grids.append(_of_csv(file))
        except FileFormatError as error:
            findings.append(unreadable(error, file.name))
    return grids, findings


def _of_workbook(path: Path) -> tuple[list[Grid], list[Finding]]:
    workbook = Workbook(path)
    grids, findings = [], [Finding("formats_unread", note, path.name) for note in workbook.notes]
    findings += [Finding("live", all_notes(workbook.live), path.name)] if workbook.live else []
    for sheet, state in workbook.sheets.items():
        try:
            page = workbook.page(sheet)
        except FileFormatError as error:
            findings.append(unreadable(error, path.name, sheet))
            continue
        hidden, columns = frozenset(page.hidden), frozenset(page.hidden_columns)
        twice, far = tuple(page.repeated), tuple(page.far)
        grids.append(Grid(path.name, sheet, page.rows, False, state, hidden, columns, twice, far))
    return grids, findings


def _of_csv(path: Path) -> Grid:
    """Cells of a CSV file, all as text; the separator is what most lines have most of."""
    raw = read_bytes(path)
    if len(raw) > LARGEST_CSV:
        rule = Note("A CSV file of returns has at most {n} MB", n=LARGEST_CSV // 2**20)
        found = Note("{n} MB", n=partial(number, len(raw) / 2**20, 0))
        raise refusal(path, rule, found, N_("Choose the file of the returns, or cut it by years."))
    text = decode(raw, path, ("utf-8-sig", "cp1252"))
    rows: dict[int, dict[int, Cell]] = {}
    fields: dict[int, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for line in reader:
            row = len(fields) + 1
            fields[row] = len(line)
            cells = {i: Cell(row, i, value.strip(), "text") for i, value in enumerate(line, 1) if value.strip()}
            if cells:
                rows[row] = cells
    except csv.Error as error:
        found = Note("{error}: the file is cut or damaged", error=str(error))
        raise refusal(path, N_("Quotes are closed in each line"), found, _SAVE_AGAIN, row=reader.line_num) from error
    if len(rows) > ROWS or max(fields.values(), default=0) > COLUMNS:
        most = {"rows": partial(number, ROWS, 0), "columns": COLUMNS}
        rule = Note("A CSV file of returns has at most {rows} filled lines of {columns} fields", **most)
        found = Note("{rows} and {fields}", rows=len(rows), fields=max(fields.values()))
        raise refusal(path, rule, found, N_("Choose the file of the returns."))
    return Grid(path.name, path.stem, rows, is_csv=True, fields=fields)


def _delimiter(text: str) -> str:
    r"""Separator of the fields: the one that gives most lines the same number of fields, more than one.

    Examples
    --------
    >>> [_delimiter(text) for text in ("a;b;c\n1,5;2;3\n", "Title\na,b\n1,2\n", "a\tb\n1,5\t2\n")]
    [';', ',', '\t']
    """
    lines = [line for line in text.split("\n", 201)[:200] if line.strip()]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines)
        count, frequency = max(counts.items(), key=lambda item: (item[0] > 0, item[1])) if counts else (0, 0)
        return (frequency if count else 0, count)

    return max(_DELIMITERS, key=agreement)
