"""Answers as files of other programs, whole or not at all: keys and texts stay text there, whatever they begin with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


FORMULA = ("=", "+", "-", "@")
"""How a formula begins in a spreadsheet; a text that begins so is marked as text."""
_ROWS, _SHEET = 1_048_576, re.compile(r"[\[\]:*?/\\]")
_CONVERTED = r"[=+\-@\t]|(?=.*\d)[\d.,:/%€ Ee+-]+$|(?:TRUE|FALSE|WAHR|FALSCH)$"
"""How a text begins, or is, that a spreadsheet takes for a formula, a number, a date or a truth value."""
_LITERAL = 255
"""Characters that a text within a formula may have."""


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A path beside the file, moved to it once all is written: a failure leaves what stood there.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    Path
        Where to write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(f"{folder}/a.csv") as part:
    ...         _ = part.write_text("kommune")
    ...     [found.name for found in Path(folder).iterdir()]
    ['a.csv']
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a frame as CSV for R and Python: UTF-8, comma, decimal point, full precision.

    Parameters
    ----------
    path : str or Path
        Of the file.
    frame : DataFrame, shape (n, k)
    """
    with whole_file(path) as part:
        frame.to_csv(part, index=False, encoding="utf-8", lineterminator="\n")


def write_csv_for_excel(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a frame as CSV that a German Excel opens by a double click: semicolon, decimal comma, UTF-8 with its mark.

    Excel takes a text such as 05515, 2008-03 or 1/2 for a number or a date, quoted or not. Such a text is written as
    the formula ``="05515"``, whose value is the text; nothing else in a CSV file keeps the leading zero there. So is
    what begins as a formula does. Truth values are WAHR and FALSCH.

    Parameters
    ----------
    path : str or Path
        Of the file.
    frame : DataFrame, shape (n, k)
    """
    cells = frame.copy(deep=False)
    for name in cells:
        column = cells[name]
        if pd.api.types.is_bool_dtype(column):
            cells[name] = column.map({True: "WAHR", False: "FALSCH"})
        elif not pd.api.types.is_numeric_dtype(column):
            text = column.astype("str").where(column.notna(), "")
            cells[name] = text.mask(text.str.match(_CONVERTED), text.map(_as_formula))
    with whole_file(path) as part:
        cells.to_csv(part, index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n")


def _as_formula(text: str) -> str:
    """Formula whose value is the text.

    Examples
    --------
    >>> print(_as_formula("05515"), _as_formula('-"x" y'))
    ="05515" ="-""x"" y"
    """
    pieces = [text[at : at + _LITERAL] for at in range(0, len(text), _LITERAL)]
    return "=" + "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def write_workbook(path: str | Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """Write frames to the sheets of a workbook, one each; empty ones are left out.

    Parameters
    ----------
    path : str or Path
        Of the .xlsx file.
    sheets : mapping of str to DataFrame
        By the name of the sheet.

    Raises
    ------
    ValueTableError
        A name that does not end in ``.xlsx``; more rows than a sheet holds.
    """
    from openpyxl import Workbook

    check_ending(path, ".xlsx", "A workbook")
    book = Workbook()
    book.remove(book.active)
    for name, frame in sheets.items():
        if len(frame) >= _ROWS:
            message = f"A sheet has {_ROWS:,} rows; {name!r} has {len(frame):,} and its head. Take to_csv()."
            raise ValueTableError(message)
        if len(frame) or not book.sheetnames:
            _fill(book.create_sheet(_SHEET.sub(" ", name)[:31]), frame)
    with whole_file(path) as part:
        book.save(part)


def check_ending(path: str | Path, ending: str, what: str, way_out: str = "Name it so, or take to_csv().") -> None:
    """Refuse a file whose name does not end as its program asks for."""
    if Path(path).suffix.lower() != ending:
        message = f"{what} is a file {ending}; found {Path(path).name!r}. {way_out}"
        raise ValueTableError(message)


def _fill(sheet: Worksheet, frame: pd.DataFrame) -> None:
    for row, values in enumerate([list(map(str, frame.columns)), *frame.itertuples(index=False)], 1):
        for column, value in enumerate(values, 1):
            content = _content(value)
            if content is None:
                continue
            cell: Any = sheet.cell(row, column)
            cell.value = content
            if isinstance(content, str):
                cell.data_type, cell.number_format = "s", "@"
                cell.quotePrefix = content.startswith(FORMULA)
    sheet.freeze_panes = "A2"


def _content(value: object) -> object:
    """What a cell holds: nothing for a missing value; text for what a spreadsheet has no type for."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, (bool, int, float, str)) else str(value)
