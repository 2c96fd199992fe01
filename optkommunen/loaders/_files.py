"""Gate for a researcher's files: what is not the promised format is refused, with row, column and way out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.errors import FileFormatError
from optkommunen.words import N_, Note

VALUE_COLUMNS = (
    "key", "name", "level", "period", "variable", "value", "unit", "marker", "area_status",
)  # fmt: skip
"""Columns that every reader of a value table returns, in this order."""

MARKERS = {
    "-": "nothing there, or the area does not exist",
    ".": "unknown or secret",
    "x": "blocked, not meaningful",
    "...": "comes later",
    "/": "too uncertain",
}
"""What official tables print in place of a number."""

DOWNLOAD_AGAIN = N_("Download the file again and keep it as it is (do not open and save it in Excel).")

_BINARY = {
    b"\xd0\xcf\x11\xe0": Note("an old binary workbook (.xls) or an encrypted one"),
    b"PK\x03\x04": Note("a zip or a workbook (.xlsx)"),
    b"%PDF": Note("a PDF"),
    b"\x1f\x8b": Note("a file packed by gzip"),
}
"""What begins a file that is no text."""

_IDENTITY = ["key", "period", "variable", "unit"]
_LEVELS = {2: "land", 3: "regierungsbezirk", 5: "kreis", 8: "part"}
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(,[0-9]+)?")
_POINTED_NUMBER = re.compile(r"-?([0-9]+|[1-9][0-9]{0,2}(\.[0-9]{3})+)(,[0-9]+)?")
# Umlauts, copyright sign and dashes of UTF-8 that were once decoded as cp1252 (or Latin-1) and saved again.
_MOJIBAKE = re.compile("Ã[¤¶¼Ÿ„–œ\x84\x96\x9c\x9f]|Â[©®°§]|â€|ï»¿|\ufffd")
# What no German place name has (nor a Sorbian one, such as Chóśebuz or Łužyca), but any wrong code page leaves in it.
_SORBIAN_CAPITALS = "ČĆĚŁŃÓŘŚŠŽŹ"
_GARBLED_NAME = re.compile(
    rf"[^A-Za-z0-9ÄÖÜẞäöüß{_SORBIAN_CAPITALS}{_SORBIAN_CAPITALS.lower()}"
    r" \t\n\u00a0\u00ad\u2010-\u2014’.,;:/()'\"+*<>=%!#-]"
    rf"|(?<=[^\W\d_])[{_SORBIAN_CAPITALS}]"
)


def refusal(
    path: Path,
    rule: str,
    found: str,
    way_out: str = DOWNLOAD_AGAIN,
    *,
    sheet: str | None = None,
    row: int | None = None,
    column: str | None = None,
) -> FileFormatError:
    """Build the error for a file: where, rule, what was found, way out.

    Examples
    --------
    >>> print(refusal(Path("a.csv"), "A key has five digits", "'1001'", "Import it as text.", row=7))
    a.csv, row 7: A key has five digits; found '1001'. Import it as text.
    """
    where = [path.name]
    if sheet is not None:
        where.append(f"sheet {sheet!r}")
    if row is not None:
        where.append(f"row {row}")
    if column is not None:
        where.append(f"column {column!r}")
    message = f"{', '.join(where)}: {rule}; found {found}. {way_out}"
    return FileFormatError(message, rule=rule, found=found, way_out=way_out, row=row or 0)


def read_bytes(path: str | Path) -> bytes:
    """Bytes of a file that exists, is not empty and is not an error page saved under its name.

    Raises
    ------
    FileFormatError
        No such file, empty file, HTML page, or JSON reply of a web service.
    """
    path = Path(path)
    if not path.is_file():
        found: str = Note("nothing at {path}", path=path)
        raise refusal(path, N_("The file must exist"), found, N_("Check the folder and the spelling."))
    raw = path.read_bytes()
    start = raw[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise refusal(path, N_("The file must have content"), N_("an empty file"))
    if start.startswith(b"<!doctype html") or b"<html" in start or b"<table" in start:
        found = N_("an HTML page (often an error or log-in page, or a table saved as a web page, whatever its ending)")
        way_out = Note(
            "{again} Open it in a browser; if the table is there, save it from a spreadsheet program as .xlsx or CSV.",
            again=Note(DOWNLOAD_AGAIN),
        )
        raise refusal(path, N_("The file must be the download itself"), found, way_out)
    if start.startswith(b'{"'):
        found = N_("a JSON reply of the web service (an error, or the description of a table)")
        if re.search(rb'"(?:featurecollection|topology)"', start):
            found = N_("boundaries of areas (GeoJSON or TopoJSON)")
        raise refusal(path, N_("The file must be the download itself"), found, N_("Choose the table itself, as CSV."))
    return raw


def decode(raw: bytes, path: str | Path, encodings: Sequence[str]) -> str:
    r"""Text of a file in the first of the encodings that fits; line ends become LF.

    Parameters
    ----------
    raw : bytes of the file.
    path : file, for the message only.
    encodings : encodings to try in order, for example ``("utf-8-sig", "cp1252")``.

    Raises
    ------
    FileFormatError
        None of the encodings fits, or the text shows that an earlier program decoded it wrongly.

    Examples
    --------
    >>> decode("Köln\r\n".encode("cp1252"), "a.csv", ("utf-8-sig", "cp1252"))
    'Köln\n'
    """
    path = Path(path)
    for start, kind in _BINARY.items():
        if raw.startswith(start):
            found = Note("{kind}, whatever its name says", kind=kind)
            way_out = N_("Download the table as CSV (ok.read_official says what a file is).")
            raise refusal(path, N_("The file must be text"), found, way_out)
    *before, names = ({"utf-8-sig": "UTF-8"}.get(e, e) for e in encodings)
    if before:
        names = Note("{first} or {last}", first=", ".join(before), last=names)
    rule = Note("The text must be {names}", names=names)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal(path, rule, N_("UTF-16 (Excel calls it 'Unicode text')"), row=1)
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError as error:
            row, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
    else:
        raise refusal(path, rule, Note("byte 0x{byte:02x}, which it does not have", byte=byte), row=row)
    spoilt = _MOJIBAKE.search(text)
    if spoilt:
        row = text.count("\n", 0, spoilt.start()) + 1
        found = Note("{text!r}: umlauts were decoded wrongly before the file was saved", text=spoilt[0])
        raise refusal(path, rule, found, row=row)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_names(
    names: Sequence[str], rows: Sequence[int], path: Path, *, sheet: str | None = None, column: str | None = "name"
) -> None:
    """Refuse names of areas that went through a wrong code page somewhere on their way.

    Names carry a file's only umlauts, so they show what its numbers cannot: ``MÃ¼nchen`` (UTF-8 read as Windows),
    ``M³nchen`` (Windows as DOS), ``M�nchen``, ``M?nchen``, ``M&uuml;nchen``. A letter that was dropped or spelt out
    (``Mnchen``, ``Muenchen``) shows only beside another list of names.

    Parameters
    ----------
    names : names of places, shape (n,).
    rows : row in the file of each, shape (n,).
    path, sheet, column : where, for the message.

    Raises
    ------
    FileFormatError
        Names place, name and the sign that does not belong there.

    Examples
    --------
    >>> check_names(["Cottbus/Chóśebuz, Stadt", "Landkreis Rotenburg (Wümme)"], [2, 3], Path("a.csv"))
    >>> check_names(["Köln", "Teltow-Flõming"], [2, 3], Path("a.csv"))
    Traceback (most recent call last):
    ...
    optkommunen.errors.FileFormatError: a.csv, row 3, column 'name': A name is written in German letters; found
    'Teltow-Flõming' with 'õ': umlauts were decoded wrongly before the file was saved. Download the file again and
    keep it as it is (do not open and save it in Excel).
    """
    spoilt = {name: sign for name in set(names) if (sign := _GARBLED_NAME.search(name))}
    for name, row in zip(names, rows, strict=True) if spoilt else ():
        if name in spoilt:
            found = f"{name!r} with {spoilt[name][0]!r}: umlauts were decoded wrongly before the file was saved"
            raise refusal(path, "A name is written in German letters", found, sheet=sheet, row=row, column=column)


def split_csv(text: str, path: Path) -> tuple[list[list[str]], list[int]]:
    r"""Fields of each line of a ``;`` file without foot, and its line number; all lines are equally long.

    Raises
    ------
    FileFormatError
        The file stops in the middle: no last line end, an open quote, or too few fields.

    Examples
    --------
    >>> split_csv('a;b\n"1;2";3\n', Path("a.csv"))
    ([['a', 'b'], ['1;2', '3']], [1, 2])
    """
    if not text.endswith("\n"):
        found = "none: the file is truncated (or an editor removed the last line end)"
        raise refusal(path, "The last line has a line end", found, row=text.count("\n") + 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    lines, rows = [], []
    try:
        for fields in reader:
            lines.append(fields)
            rows.append(reader.line_num)
    except csv.Error as error:
        found = f"{error}: the file is truncated or damaged"
        raise refusal(path, "Quotes are closed in each line", found, row=reader.line_num) from error
    for fields, row in zip(lines, rows, strict=True):
        if len(fields) != len(lines[0]):
            found = f"{len(fields)}: the line is truncated or shifted"
            raise refusal(path, f"Each line has {len(lines[0])} fields", found, row=row)
    return lines, rows


def parse_number(text: str, *, points: bool = False) -> float:
    """Parse a number in German notation: decimal comma and, only if ``points``, thousands points.

    Parameters
    ----------
    text : the cell.
    points : whether points separate thousands, as in INKAR.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        The text is no such number; above all ``1.5`` is refused, not read as 15.

    Examples
    --------
    >>> parse_number("-26,2"), parse_number("1.055,0", points=True)
    (-26.2, 1055.0)
    """
    pattern = _POINTED_NUMBER if points else _PLAIN_NUMBER
    if not pattern.fullmatch(text):
        message = f"{text!r} is not a number in German notation"
        raise ValueError(message)
    return float(text.replace(".", "").replace(",", "."))


def parse_cells(
    cells: Sequence[str], rows: Sequence[int], columns: Sequence[str], path: Path, *, points: bool = False
) -> tuple[list[float], list[str]]:
    """Values and markers of the cells of a table, row by row; a marker is never turned into a number.

    Parameters
    ----------
    cells : texts, shape (n × k,), all cells of the first row first.
    rows : line numbers in the file, shape (n,).
    columns : headings, shape (k,); for the message.
    path : file, for the message only.
    points : see `parse_number`; also allows an empty cell, which is a missing value without marker.

    Raises
    ------
    FileFormatError
        Names row and column of the first cell that is neither number nor marker.
    """
    known = {marker: (np.nan, marker) for marker in MARKERS}
    if points:
        known[""] = (np.nan, "")
    for position, cell in enumerate(cells):
        if cell in known:
            continue
        try:
            known[cell] = (parse_number(cell.strip(), points=points), "")
        except ValueError as error:
            if cell.strip() in known:
                known[cell] = known[cell.strip()]
                continue
            row, column = rows[position // len(columns)], columns[position % len(columns)]
            rule = f"A cell is a number with decimal comma or one of the markers {' '.join(MARKERS)}"
            raise refusal(path, rule, repr(cell), row=row, column=column) from error
    pairs = [known[cell] for cell in cells]
    return [value for value, _ in pairs], [marker for _, marker in pairs]


def level_of(key: str) -> str | None:
    """Level of a key: germany, land, regierungsbezirk, kreis or part (of a Kreis); None if it is no key."""
    if key == "DG":
        return "germany"
    return _LEVELS.get(len(key)) if re.fullmatch(r"[0-9]+", key) else None


def drop_repeats(frame: pd.DataFrame, rows: Iterable[int], path: Path) -> pd.DataFrame:
    """Keep one of rows that say the same twice; refuse rows that contradict each other.

    Parameters
    ----------
    frame : DataFrame with `VALUE_COLUMNS`.
    rows : line number in the file of each row of the frame.
    path : file, for the message only.
    """
    repeated = frame.duplicated(_IDENTITY)
    if not repeated.any():
        return frame
    conflict = repeated & ~frame.duplicated([*_IDENTITY, "value", "marker"])
    if conflict.any():
        position = int(np.flatnonzero(conflict)[0])
        key, period, variable = frame.loc[frame.index[position], ["key", "period", "variable"]]
        found = f"a second, different value for {key}, {period}, {variable!r}"
        way_out = "Delete the wrong one, or download the file again."
        row = int(list(rows)[position])
        raise refusal(path, "One value for each key, period and variable", found, way_out, row=row)
    return frame[~repeated].reset_index(drop=True)
