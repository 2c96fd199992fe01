"""What may stand in a spreadsheet: text that begins no formula, names of sheets that every program takes."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a formula begins, or what a spreadsheet leaves out before it."""
_NUMBER = re.compile(r"[+-]\d[\d.,]*\s?%?")
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_TITLE = re.compile(r"[\[\]:*?/\\]")
"""What the XML of a workbook or Word document, and a name of a sheet, cannot hold."""
_TITLE = 31
"""Characters of a name of a sheet."""


def begins_formula(text: str) -> bool:
    r"""Whether a spreadsheet would take a text for a formula: a number with its sign and a lone sign are none.

    Examples
    --------
    >>> [text for text in ("=1+1", "+SUM(A1)", "-x", "@x", "\t=1", "-5,3 %", "-", "a=b", "") if begins_formula(text)]
    ['=1+1', '+SUM(A1)', '-x', '@x', '\t=1']
    """
    return len(text) > 1 and text.startswith(_SIGNS) and not _NUMBER.fullmatch(text)


def inert(text: str) -> str:
    r"""A text as it may stand in a file of texts: an apostrophe in front where it would begin a formula, line ends LF.

    Examples
    --------
    >>> inert("=1+1"), inert("Coesfeld\r\nBorken")
    ("'=1+1", 'Coesfeld\nBorken')
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR is not quoted, and would end the line
    return f"'{text}" if begins_formula(text) else text


def inert_frame(frame: pd.DataFrame, without: Container[int] = ()) -> pd.DataFrame:
    """A frame whose heads and texts begin no formula; numbers stay numbers.

    Parameters
    ----------
    frame : DataFrame, shape (n, k)
    without : places of columns whose texts are numbers already formatted.

    Examples
    --------
    >>> inert_frame(pd.DataFrame({"=note": ["=1+1", "x"], "change": [-1.5, 2.0]})).to_dict("list")
    {"'=note": ["'=1+1", 'x'], 'change': [-1.5, 2.0]}
    """
    cells = frame.copy(deep=False)
    for at in range(frame.shape[1]):
        column = frame.iloc[:, at]
        if at not in without and not pd.api.types.is_numeric_dtype(column):
            before = list(column)
            texts = [inert(value) if isinstance(value, str) else value for value in before]
            if texts != before:
                cells.isetitem(at, pd.Series(texts, dtype="object").to_numpy())
    cells.columns = pd.Index([inert(head) if isinstance(head, str) else head for head in frame.columns])
    return cells


def storable(text: str) -> str:
    r"""A text as it may stand in a workbook or Word document: U+FFFD for each sign that XML 1.0 has not.

    Examples
    --------
    >>> storable("Coesfeld\x0b\uffff") == "Coesfeld\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    True
    """
    return _NO_XML.sub("\ufffd", text)


def write_cell(sheet: Worksheet, row: int, column: int, value: object) -> Any:
    """Write a value into a cell of a workbook, a text always as text.

    Parameters
    ----------
    sheet : openpyxl.worksheet.worksheet.Worksheet
    row, column : from 1.
    value : text, number, truth value or date.

    Returns
    -------
    openpyxl.cell.cell.Cell
    """
    cell: Any = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = storable(value)
        cell.data_type, cell.quotePrefix = "s", value.startswith(_SIGNS)  # also once it is edited
    else:
        cell.value = value
    return cell


def sheet_title(name: str, taken: Iterable[str] = ()) -> str:
    """Name of a sheet that a workbook takes: without its own signs, of at most 31 characters, numbered if it is taken.

    Parameters
    ----------
    name : the name wished for.
    taken : names of the other sheets; case is no difference.

    Examples
    --------
    >>> sheet_title("Grafik 4/5"), sheet_title("Monthly", ["monthly"])
    ('Grafik 4_5', 'Monthly 2')
    """
    plain = _NO_TITLE.sub("_", storable(name)).strip("'") or "_"
    title, number, used = plain[:_TITLE].rstrip("'"), 1, {other.casefold() for other in taken}
    while title.casefold() in used:
        number += 1
        title = f"{plain[: _TITLE - 4]} {number}"
    return title
