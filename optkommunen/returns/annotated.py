"""A copy of a file of returns with every finding marked at its cell; written afresh, the original is only read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from optkommunen.returns.findings import Finding, address, table_of
from optkommunen.returns.grid import Grid
from optkommunen.sheets import sheet_title, write_cell
from optkommunen.words import Lang, language, translate

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_COLOURS = {"error": "FFF4B6B6", "warning": "FFFFE8A3"}
_MOST_NOTES = 2_000
"""Notes in one copy; a finding of thousands of cells has its note at the first."""


def annotated_workbook(grids: Sequence[Grid], findings: Sequence[Finding], lang: Lang | None = None) -> Workbook:
    """The cells that were read, at the same addresses, with marks and notes, behind a first sheet that lists all.

    Parameters
    ----------
    grids : sequence of Grid
        Sheets as they were read.
    findings : sequence of Finding
        What to mark.
    lang : {"de", "en"}, optional
        Language of the notes; the session's if None.

    Returns
    -------
    openpyxl.Workbook
        Cells that begin as a formula does are text in it.
    """
    import openpyxl

    lang = language(lang)
    book = openpyxl.Workbook()
    titles = _titles(grids)
    _write_list(book.active, findings, titles, lang)
    for grid in grids:
        sheet = book.create_sheet(titles[grid.file, grid.name])
        for row, cells in grid.rows.items():
            for column, cell in cells.items():
                if cell.value is not None:
                    write_cell(sheet, row, column, cell.value)
        here = [
            finding
            for finding in findings
            if finding.file == grid.file and (grid.is_csv or finding.sheet == grid.name) and finding.places
        ]
        _mark(sheet, here, lang)
    return book


def _titles(grids: Sequence[Grid]) -> dict[tuple[str, str], str]:
    """Name of each sheet of the copy: its own, shortened and numbered where a workbook needs it."""
    titles: dict[tuple[str, str], str] = {}
    for grid in grids:
        titles[grid.file, grid.name] = sheet_title(grid.name, titles.values())
    return titles


def _mark(sheet: Worksheet, findings: Sequence[Finding], lang: Lang) -> None:
    """Colour each cell of a finding, and put its words at the first."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    notes: dict[tuple[int, int], list[str]] = defaultdict(list)
    for finding in sorted(findings, key=lambda finding: finding.severity, reverse=True):
        fill = PatternFill("solid", fgColor=_COLOURS[finding.severity])
        for place in finding.places:
            sheet.cell(*_cell_of(place)).fill = fill
        notes[_cell_of(min(finding.places))].append(finding.words(lang))
    for (row, column), texts in list(notes.items())[:_MOST_NOTES]:
        sheet.cell(row, column).comment = Comment("\n\n".join(texts), "optkommunen", width=320, height=160)


def _cell_of(place: tuple[int, int]) -> tuple[int, int]:
    """The cell that stands for a place: of a whole row or column its first."""
    return max(place[0], 1), max(place[1], 1)


def _write_list(
    sheet: Worksheet, findings: Sequence[Finding], titles: Mapping[tuple[str, str], str], lang: Lang
) -> None:
    """All findings, one in a row, each with a link to its first cell."""
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet.title = translate("findings", lang)
    frame = table_of(findings, lang)
    columns = {
        "severity": translate("severity", lang),
        "sheet": translate("sheet", lang),
        "cells": translate("cells", lang),
        "column": translate("column", lang),
        "found": translate("found", lang),
        "rule": translate("rule", lang),
        "way_out": translate("way out", lang),
    }
    for number, head in enumerate(columns.values(), 1):
        write_cell(sheet, 1, number, head).font = Font(bold=True)
    for row, (finding, line) in enumerate(zip(findings, frame.itertuples(), strict=True), 2):
        for number, name in enumerate(columns, 1):
            text = translate(str(getattr(line, name)), lang) if name == "severity" else getattr(line, name)
            write_cell(sheet, row, number, text).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_COLOURS[finding.severity])
        title = next(
            (t for (file, name), t in titles.items() if file == finding.file and finding.sheet in ("", name)), None
        )
        if title and finding.places:
            link, quoted = sheet.cell(row, 3), title.replace("'", "''")
            link.hyperlink = f"#'{quoted}'!{address(*_cell_of(min(finding.places)))}"
            link.font = Font(underline="single", color="FF0563C1")
    for letter, width in zip("ABCDEFG", (10, 14, 18, 22, 40, 48, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
