"""Answers as a workbook: keys and texts stay text, whatever they begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

    if Path(path).suffix.lower() != ".xlsx":
        message = f"A workbook is a file .xlsx; found {Path(path).name!r}. Name it so, or take to_csv()."
        raise ValueTableError(message)
    book = Workbook()
    book.remove(book.active)
    for name, frame in sheets.items():
        if len(frame) >= _ROWS:
            message = f"A sheet has {_ROWS:,} rows; {name!r} has {len(frame):,} and its head. Take to_csv()."
            raise ValueTableError(message)
        if len(frame) or not book.sheetnames:
            _fill(book.create_sheet(_SHEET.sub(" ", name)[:31]), frame)
    book.save(path)


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
