"""An empty workbook for returns: every column with its unit, definition and example, keys and periods filled in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optkommunen.data.register import keys_of, names
from optkommunen.returns.columns import NUMBERS, TABLES, WHOLE, Column, Table, table
from optkommunen.returns.findings import address, letters
from optkommunen.words import N_, Lang, language, translate

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

FURTHER_COLUMNS, FURTHER_ROWS = 20, 500
"""Columns to the right and rows below that stay open for own columns and further rows."""

_EXPLAINED = (
    N_("Returns for the benchmarking of the Optionskommunen"),
    N_("Fill in what you know; leave empty what you do not know. 0 only where there was nothing."),
    N_("Sheets and columns that you do not have may be removed; the report says what it lacks."),
    N_("Columns of your own may stand to the right, under a head of their own; further rows below."),
    N_("Numbers without separators of thousands; months as text, such as 2008-03."),
    N_("Services are wanted from the year before the first Eingliederungen, so that they precede them."),
    N_("Check the file before you use it: optkommunen check returns.xlsx --annotated checked.xlsx"),
)

_HEAD = 4
_FORMATS = {"number": "0.0", "share": "0.0"}
_WIDTH = {"key": 10, "name": 28, "period": 11, "text": 16, "choice": 18}


def empty_workbook(years: Sequence[str], kommunen: Sequence[str] | None = None, lang: Lang | None = None) -> Workbook:
    """An empty workbook of returns: sheets monthly, annual, services, units, declarations, explanations.

    Parameters
    ----------
    years : sequence of str
        Years to report.
    kommunen : sequence of str, optional
        Keys or names of those that report; all 69 if None.
    lang : {"de", "en"}, optional
        Language of heads and explanations; the session's if None. The reader takes both.

    Raises
    ------
    UnknownUnitError, ForeignUnitError, AmbiguousUnitError
        A municipality that is not, or not clearly, one of the 69.

    Examples
    --------
    >>> empty_workbook(["2008"], ["Coesfeld"], "en")["monthly"].cell(5, 2).value
    'Coesfeld'
    """
    import openpyxl

    lang = language(lang)
    keys = keys_of(kommunen) if kommunen is not None else list(names())
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in TABLES:
        sheet = book.create_sheet(table(name).title[lang])
        _write_table(sheet, table(name), keys, years, lang)
    _write_declarations(book, keys, years, lang)
    _write_explanations(book, lang)
    return book


def _periods(name: str, years: Sequence[str]) -> list[str]:
    if name == "monthly":
        return [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    return list(years)


def _write_table(sheet: Worksheet, known: Table, keys: Sequence[str], years: Sequence[str], lang: Lang) -> None:
    columns = list(known.columns.values())
    for number, column in enumerate(columns, 1):
        words = (column.definition[lang], column.unit[lang], _example(column, lang), column.title[lang])
        for row, text in enumerate(words, 1):
            _head_cell(sheet, row, number, text)
        letter = letters(number)
        dimension = sheet.column_dimensions[letter]
        dimension.width = _WIDTH.get(column.kind, 16)
        _open(dimension, column)
    for number in range(len(columns) + 1, len(columns) + FURTHER_COLUMNS + 1):
        _open(sheet.column_dimensions[letters(number)], None)
    parts: list[list[str]] = [list(keys)]
    if "period" in known.columns:
        parts.append(_periods(known.name, years))
    if "service" in known.columns:
        parts.append(list(known.columns["service"].labels[lang].values()))
    rows = list(itertools.product(*parts))
    place = {column.name: number for number, column in enumerate(columns, 1)}
    for row, values in enumerate(rows, _HEAD + 1):
        for name, value in zip((*known.identity, "name"), (*values, names()[values[0]]), strict=True):
            cell = sheet.cell(row, place[name], value)
            _open(cell, known.columns[name])
    _validate(sheet, columns, _HEAD + len(rows) + FURTHER_ROWS, lang)
    _finish(sheet, freeze=address(_HEAD + 1, len(known.identity) + 2))


def _example(column: Column, lang: Lang) -> Any:
    if column.kind == "choice":
        return column.labels[lang].get(str(column.example), column.labels[lang][next(iter(column.labels[lang]))])
    return column.example


def _head_cell(sheet: Worksheet, row: int, number: int, text: Any) -> None:
    """A cell above the figures: definition, unit, example or head."""
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = sheet.cell(row, number, text)
    cell.number_format = "@" if isinstance(text, str) else "General"
    cell.alignment = Alignment(wrap_text=True, vertical="top" if row < _HEAD else "center")
    cell.font = Font(
        bold=row == _HEAD, italic=row == _HEAD - 1, color="FF404040" if row < _HEAD else "FF000000", size=9
    )
    if row == _HEAD:
        cell.fill = PatternFill("solid", fgColor="FFDCE6F1")


def _open(cell: Any, column: Column | None) -> None:
    """Unlock a cell or a column, in the number format of its kind, never with thousands."""
    from openpyxl.styles import Protection

    cell.protection = Protection(locked=False)
    if column is not None:
        cell.number_format = _FORMATS.get(column.kind, "0" if column.kind in WHOLE else "@")


def _validate(sheet: Worksheet, columns: Sequence[Column], last: int, lang: Lang) -> None:
    """Drop-downs for words, and a check of numbers; it stops typing, not pasting."""
    from openpyxl.worksheet.datavalidation import DataValidation

    for number, column in enumerate(columns, 1):
        if column.kind == "choice":
            rule = _words_of(column, lang)
        elif column.kind in NUMBERS:
            kind = "whole" if column.kind in WHOLE else "decimal"
            operator = "between" if column.kind == "share" else "greaterThanOrEqual"
            upper = "100" if column.kind == "share" else None
            rule = DataValidation(kind, operator=operator, formula1="0", formula2=upper, allow_blank=True)
        else:
            continue
        rule.errorTitle = column.title[lang][:32]
        rule.error = translate("A number not below zero; empty if it is not known.", lang)
        if column.kind == "choice":
            rule.error = translate("One of the words of the list.", lang)
        rule.add(f"{address(_HEAD + 1, number)}:{address(last, number)}")
        sheet.add_data_validation(rule)


def _words_of(column: Column, lang: Lang) -> DataValidation:
    """Drop-down of the words of a choice."""
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation("list", formula1=f'"{",".join(column.labels[lang].values())}"', allow_blank=True)


def _finish(sheet: Worksheet, freeze: str) -> None:
    """Panes, protection of the heads, print on pages one sheet wide."""
    sheet.freeze_panes = freeze
    sheet.row_dimensions[1].height, sheet.row_dimensions[_HEAD].height = 110, 42
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False
    sheet.protection.sort = False
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_HEAD}:{_HEAD}"


def _write_declarations(book: Workbook, keys: Sequence[str], years: Sequence[str], lang: Lang) -> None:
    """A row for each question and each control total, a column for each municipality."""
    known = table("declarations")
    sheet = book.create_sheet(known.title[lang])
    _head_cell(sheet, 1, 1, translate("Declaration", lang))
    _head_cell(sheet, 1, 2, translate("What is asked", lang))
    for number, key in enumerate(keys, 3):
        _head_cell(sheet, 1, number, key)
        _head_cell(sheet, 2, number, names()[key])
        _open(sheet.column_dimensions[letters(number)], None)
        sheet.column_dimensions[letters(number)].width = 16
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 60
    last = letters(len(keys) + 2)
    row = 3
    for column in known.columns.values():
        _head_cell(sheet, row, 1, column.title[lang])
        _head_cell(sheet, row, 2, column.definition[lang])
        if column.kind == "choice":
            rule = _words_of(column, lang)
            rule.add(f"C{row}:{last}{row}")
            sheet.add_data_validation(rule)
        row += 1
    asked = translate(
        "Control total of the year from the case system, if you want the sum of the months checked.", lang
    )
    events = [column for column in table("monthly").columns.values() if column.kind == "events"]
    for column, year in itertools.product(events, years):
        _head_cell(sheet, row, 1, f"{column.title[lang]}: {year}")
        _head_cell(sheet, row, 2, asked)
        row += 1
    _finish(sheet, freeze="C3")
    sheet.row_dimensions[1].height = 16


def _write_explanations(book: Workbook, lang: Lang) -> None:
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(translate("explanations", lang))
    lines = [translate(line, lang) for line in _EXPLAINED]
    lines += [f"{table(name).title[lang]}: {table(name).rows[lang]}" for name in TABLES]
    for row, line in enumerate(lines, 1):
        cell = sheet.cell(row, 1, line)
        cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(bold=row == 1)
    sheet.column_dimensions["A"].width = 100
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
