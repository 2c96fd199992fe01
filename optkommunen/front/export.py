"""Answers as files of other programs, whole or not at all: CSV, workbook, Stata. Keys and texts stay text there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import column_head, indicator_label, unit_of
from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.figures.notes import MARK
from optkommunen.front.result import Result
from optkommunen.sheets import inert_frame, sheet_title, storable, write_cell
from optkommunen.values import KEY, STATUS_OF, is_invented
from optkommunen.words import language, translate

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_ROWS = 1_048_576
"""Rows of a sheet."""

_NAME, _LABEL, _SHORT = 32, 80, 2045
"""Characters of a name and of a label, bytes of a text that Stata can sort and merge by."""
_STAMP = datetime(2000, 1, 1)
"""A fixed time, so that the same table gives the same bytes."""
_RESERVED = {
    "aggregate", "array", "boolean", "break", "byte", "case", "catch", "class", "colvector", "complex", "const",
    "continue", "default", "delegate", "delete", "do", "double", "else", "eltypedef", "end", "enum", "explicit",
    "export", "external", "float", "for", "friend", "function", "global", "goto", "if", "in", "inline", "int",
    "local", "long", "NULL", "pragma", "protected", "quad", "rowvector", "short", "strL", "typedef", "typename",
    "using", "virtual", "with", "_all", "_b", "_coef", "_cons", "_n", "_N", "_pi", "_pred", "_rc", "_se",
    "_skip",
}  # fmt: skip


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

    Raises
    ------
    OptkommunenError
        The folder is not there or may not be written to, or has no room; or `path` names no file. What is wrong
        with another file is passed on as it is.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(f"{folder}/a.csv") as part:
    ...         _ = part.write_text("kommune")
    ...     [found.name for found in Path(folder).iterdir()]
    ['a.csv']
    """
    try:
        target = Path(path).expanduser()
        part = target.with_name(f".{target.name}.{os.getpid()}")
        with suppress(OSError):
            part.lstat()  # a ValueError, if no file can be named so
    except (ValueError, RuntimeError) as error:
        message = (
            f"A file is written under a name that the system knows; found {str(path)!r} ({error}). Choose another."
        )
        raise OptkommunenError(message) from error
    try:
        yield part
        part.replace(target)
    except OSError as error:
        if error.filename is not None and str(error.filename) != str(part):
            raise
        message = (
            f"A file is written whole or not at all; {target.name} could not be: "
            f"{error.strerror or error}. Choose a folder that exists, may be written to and has room."
        )
        raise OptkommunenError(message) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_csv(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a frame as CSV for R and Python: UTF-8, comma, decimal point, full precision.

    Parameters
    ----------
    path : str or Path
        Of the file.
    frame : DataFrame, shape (n, k)
        A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    with whole_file(path) as part:
        inert_frame(frame).to_csv(part, index=False, encoding="utf-8", errors="replace", lineterminator="\n")


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
            _fill(book.create_sheet(sheet_title(name, book.sheetnames)), frame)
    save_workbook(path, book)


def save_workbook(path: str | Path, book: Workbook) -> None:
    """Store a workbook, whole or not at all.

    Parameters
    ----------
    path : str or Path
        Of the .xlsx file.
    book : openpyxl.Workbook
    """
    from lxml.etree import LxmlError  # how openpyxl tells of a full disk

    with whole_file(path) as part:
        try:
            book.save(part)
        except LxmlError as error:
            raise OSError(str(error)) from error


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
            cell = write_cell(sheet, row, column, content)
            if isinstance(content, str):
                cell.number_format = "@"
    sheet.freeze_panes = "A2"


def _content(value: object) -> object:
    """What a cell holds: nothing for a missing value; text for what a spreadsheet has no type for."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def to_stata(table: pd.DataFrame | Result, path: str | Path, *, labels: Mapping[str, str] | None = None,
             title: str = "", lang: Lang | None = None) -> None:  # fmt: skip
    """Write a table or an answer as a Stata file (.dta, Stata 14 or later).

    Keys, names and periods are texts, so that ``01001`` keeps its zero. ``status`` and truth values are numbers with
    value labels. What is missing, or infinite, is Stata's missing value. A column has its words as variable label; a
    name that Stata does not allow is changed, and its label then begins with the name it had. What rests on invented
    values says so in the label of the data.

    Parameters
    ----------
    table : DataFrame or Result
        As from ``ok.indicator``, ``ok.load_context`` and the like, or an answer, of which the table is written.
    path : str or Path
        Of the .dta file.
    labels : mapping of str to str, optional
        Words for columns, in place of the package's.
    title : str, default ""
        Label of the data, at most 80 characters.
    lang : {"de", "en"} or None, default None
        Language of the labels; None: that of the session.

    Raises
    ------
    ValueTableError
        A name that does not end in ``.dta``; a table without a column, as an empty answer has: with its reason.

    Examples
    --------
    >>> import tempfile
    >>> frame = pd.DataFrame({"kommune": ["01001"], "value": [1.5], "status": ["derived"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_stata(frame, Path(folder) / "mine.dta")
    ...     pd.read_stata(Path(folder) / "mine.dta").iloc[0].to_dict()
    {'kommune': '01001', 'value': 1.5, 'status': 'derived'}
    """
    check_ending(path, ".dta", "A Stata file", "Name it so.")
    lang = language(lang)
    if isinstance(table, Result):
        title = title or f"optkommunen {table.name}"
        if table.reason:
            message = f"A Stata file holds a table; this answer is empty: {table.summary(lang)} Look at .summary()."
            raise ValueTableError(message)
        table = table.table
    names = _names(list(map(str, table.columns)))
    words = {str(column): column_words(table, str(column), lang) for column in table} | dict(labels or {})
    data = pd.DataFrame({name: _column(table.iloc[:, at]) for at, name in enumerate(names)})
    labelled = {
        name: short(storable(words[old] if name == old else f"{old}: {words[old]}"), _LABEL)
        for name, old in zip(names, words, strict=True)
    }
    yes: dict[float, str] = {0: translate("no", lang), 1: translate("yes", lang)}
    flags: dict[Any, dict[float, str]] = {name: yes for name in names if data[name].dtype == "int8"}
    long = [name for name in data if _is_long(data[name])]
    mark = MARK if is_invented(table.get("status", ()), table.get(KEY, ())) else ""
    with whole_file(path) as part:  # version 118: Stata 14 and later, whose texts are UTF-8
        data.to_stata(
            part, write_index=False, version=118, variable_labels=labelled, value_labels=flags, convert_strl=long,
            data_label=short(" · ".join(filter(None, [mark, title])), _LABEL), time_stamp=_STAMP,
        )  # fmt: skip


def column_words(table: pd.DataFrame, column: str, lang: Lang | None = None) -> str:
    """Words for a column: its head; of the value of one indicator, the indicator and its unit.

    Examples
    --------
    >>> frame = pd.DataFrame({"indicator": ["unemployment_rate"], "value": [8.1], "unit": ["%"]})
    >>> column_words(frame, "value"), column_words(frame, "period", "de")
    ('Unemployment rate, %', 'Zeitraum')
    """
    if column == "value" and "indicator" in table and len(table["indicator"].unique()) == 1:
        name = str(table["indicator"].iloc[0])
        unit = unit_of(name, str(table["unit"].iloc[0]) if "unit" in table else "", lang)
        return ", ".join(filter(None, [indicator_label(name, lang), unit]))
    return column_head(column, lang)


def short(text: str, characters: int) -> str:
    """Text of at most so many characters, cut after a word.

    Examples
    --------
    >>> short("Eingliederungen into the first labour market", 20)
    'Eingliederungen …'
    """
    if len(text) <= characters:
        return text
    return text[: characters - 1].rsplit(" ", 1)[0][: characters - 2] + " …"


def _names(columns: list[str]) -> list[str]:
    """Names that Stata allows, each once.

    Examples
    --------
    >>> _names(["kommune", "C(land)[T.Bayern]", "if", "2008", "x y", "x_y"])
    ['kommune', 'C_land__T_Bayern_', 'if_', '_2008', 'x_y_', 'x_y']
    """
    taken: set[str] = {column for column in columns if _allowed(column)}
    names = []
    for column in columns:
        name = column
        if not _allowed(column):
            name = re.sub(r"\W", "_", column, flags=re.ASCII)[:_NAME] or "_"
            name = f"_{name}"[:_NAME] if name[0].isdigit() else name
            name = name if _allowed(name) and name not in taken else f"{name[: _NAME - 1]}_"
            at = 2
            while name in taken:
                name, at = f"{name[: _NAME - 4]}_{at}", at + 1
            taken.add(name)
        names.append(name)
    return names


def _allowed(name: str) -> bool:
    plain = re.fullmatch(rf"[A-Za-z_]\w{{0,{_NAME - 1}}}", name, flags=re.ASCII)
    return plain is not None and name not in _RESERVED and not re.fullmatch(r"str\d+", name)


def _column(column: pd.Series) -> pd.Series:
    """Values as Stata has types for: text, numbers, truth values as 0 and 1, statuses as labelled numbers."""
    if pd.api.types.is_bool_dtype(column):
        return column.astype("int8" if not column.isna().any() else "float64")
    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype("float64")
        whole = pd.api.types.is_integer_dtype(column) and not column.isna().any()
        return column.astype("int64") if whole else numbers.where(np.isfinite(numbers))
    text = column.astype("object").where(column.notna(), "").astype("str")
    if column.name == "status" and set(text) <= {*STATUS_OF.values(), ""}:
        return pd.Series(pd.Categorical(text.where(text != ""), list(STATUS_OF.values())), index=column.index)
    return text.map(storable).astype("object")


def _is_long(column: pd.Series) -> bool:
    return column.dtype == "object" and any(len(text.encode("utf-8")) > _SHORT for text in column)
