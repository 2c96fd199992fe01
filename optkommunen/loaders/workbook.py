"""Cells of an .xlsx workbook as they are stored: one pass over each sheet, nothing guessed, nothing lost in silence."""

from __future__ import annotations

import datetime
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from xml.parsers import expat

from optkommunen.errors import FileFormatError
from optkommunen.loaders._containers import BROKEN, broken, open_container
from optkommunen.loaders._files import DOWNLOAD_AGAIN, refusal
from optkommunen.loaders._parts import Cell, Cells, Elements, Handler, Texts, UnreadableError
from optkommunen.words import N_, Note

WITHOUT_VALUE = {
    "error": "an error value",
    "bad": "content that is not of its cell's type",
    "formula": "a formula without a stored result",
}
"""Kinds of cells that have no value."""

LIVE = {
    r"xl/(?:vbaproject\.bin|(?:intl)?macrosheets/.*)": N_("macros"),
    r"xl/externallinks/.*": N_("links to other files"),
    r"xl/(?:connections\.xml|querytables/.*)": N_("data connections"),
}
"""Parts that change values when a spreadsheet program opens the workbook, by what they are; nothing here runs them."""

_Reader = TypeVar("_Reader", bound=Handler)
_PIECE = 2**20
# Cells that are formatted but empty, then rows without cells: they say where they stand, and so does what follows.
_EMPTY = (
    re.compile(rb'(?:<(?:\w+:)?c r="[A-Z]+[0-9]+"[^<>]*/>\s*)+(?=</|<(?:\w+:)?c r=")'),
    re.compile(rb'(?:<(?:\w+:)?row r="[0-9]+"[^<>]*(?:/>|></(?:\w+:)?row>)\s*)+(?=</|<(?:\w+:)?row r=")'),
)
_DECORATION = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_BUILT_IN = {"9": "percent", "10": "percent"} | {
    str(code): "date" for code in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
}


@dataclass(frozen=True)
class Page:
    """Cells of one sheet.

    Parameters
    ----------
    path, sheet : where.
    state : visible, hidden or veryHidden.
    rows : cells of each filled row by column, from top to bottom.
    hidden, hidden_columns : hidden rows and columns.
    repeated : row and column of a cell that stands again (the first is kept), column 0 for a whole row.
    far : row and column of filled cells beyond column 500, which are not kept.
    """

    path: Path
    sheet: str
    state: str
    rows: dict[int, dict[int, Cell]]
    hidden: set[int]
    hidden_columns: set[int]
    repeated: list[tuple[int, int]]
    far: list[tuple[int, int]]

    def lines(self, width: int) -> Iterator[tuple[int, list[Any]]]:
        """Row number and the first ``width`` values of each row that has any; None where nothing stands.

        Raises
        ------
        FileFormatError
            A cell among them has no value, or stands twice.
        """
        for row, column in self.repeated:
            if column <= width:
                rule, found = "Each cell stands in its sheet once", f"column {column}" if column else "the whole row"
                raise self.refusal(rule, f"{found} again", row=row)
        for row, cells in self.rows.items():
            values: list[Any] = [None] * width
            for column, cell in cells.items():
                if column <= width:
                    if cell.kind in WITHOUT_VALUE:
                        rule, found = f"The cell in column {column} has a value", WITHOUT_VALUE[cell.kind]
                        raise self.refusal(rule, f"{found} {cell.value or ''}".strip(), row=row)
                    values[column - 1] = cell.value
            if any(value is not None for value in values):
                yield row, values

    def refusal(
        self, rule: str, found: str, way_out: str = DOWNLOAD_AGAIN, *, row: int | None = None, column: str | None = None
    ) -> FileFormatError:
        """Error that says where in this sheet."""
        return refusal(self.path, rule, found, way_out, sheet=self.sheet, row=row, column=column)


class Workbook:
    """An .xlsx workbook (also "Strict Open XML"), whose sheets are read one by one when asked for.

    Why not a library: those at hand lose error values, formulas without result or whole rows in silence, or fail on
    colours and properties that no value depends on. This one never asks for the stated dimension of a sheet, and of
    the styles it reads only what makes a number a date or a percentage.

    Parameters
    ----------
    path : the file.

    Attributes
    ----------
    sheets : name and state (visible, hidden, veryHidden) of each worksheet, in order.
    notes : what could not be read and touches no stored value: damaged number formats.
    live : which of `LIVE` the workbook has.

    Raises
    ------
    FileFormatError
        Another kind of file (says which), a broken container, a part that is cut or damaged (named with its line), a
        document type (its entities could put other text into cells), or more than the limits allow.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.sheets: dict[str, str] = {}
        self.notes: list[str] = []
        self._container, self._parts = open_container(path)
        self.live = [what for part, what in LIVE.items() if any(re.fullmatch(part, name) for name in self._parts)]
        main = self._targets("_rels/.rels", "").get("officeDocument", "xl/workbook.xml")
        folder, name = posixpath.split(main)
        targets = self._targets(f"{folder}/_rels/{name}.rels", folder)
        self._origin = datetime.datetime(1899, 12, 30)
        self._part_of: dict[str, str] = {}
        for tag, attributes in self._parse(main, Elements()).found:
            if tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self._origin = datetime.datetime(1904, 1, 1)
            elif tag == "sheet":
                self._add_sheet(attributes, targets)
        self._texts = self._parse(targets["sharedStrings"], Texts()).found if "sharedStrings" in targets else []
        self._forms = self._read_forms(targets["styles"]) if "styles" in targets else []

    def page(self, sheet: str) -> Page:
        """Cells of one sheet."""
        cells = self._parse(self._part_of[sheet], Cells(self._texts, self._forms, self._origin), sheet)
        rows = {row: cells.rows[row] for row in sorted(cells.rows)}
        return Page(
            self.path, sheet, self.sheets[sheet], rows, cells.hidden, cells.hidden_columns, cells.repeated, cells.far
        )

    def _add_sheet(self, attributes: dict[str, str], targets: dict[str, str]) -> None:
        name = attributes.get("name", "")
        part = next((targets.get(f"#{attributes[key]}", "") for key in attributes if key.endswith("ships id")), "")
        if name in self.sheets:
            raise refusal(self.path, N_("Names of sheets are unique"), Note("{name!r} twice", name=name))
        if not re.search("/(chart|dialog|macro)sheets/", part):
            self.sheets[name], self._part_of[name] = attributes.get("state", "visible"), part

    def _targets(self, part: str, folder: str) -> dict[str, str]:
        """Parts that a part refers to, by the last word of the relation's type and by ``#`` and its id."""
        targets: dict[str, str] = {}
        if part.lower() in self._parts:
            for _, link in self._parse(part, Elements()).found:
                if link.get("TargetMode") != "External":
                    target = posixpath.join("/", folder, link.get("Target", "").replace("\\", "/"))
                    target = posixpath.normpath(target).lstrip("/")
                    targets[posixpath.basename(link.get("Type", ""))] = targets[f"#{link.get('Id')}"] = target
        return targets

    def _read_forms(self, part: str) -> list[str]:
        """What the number format of each cell style makes of a number; nothing, with a note, if styles are damaged."""
        try:
            styles = self._parse(part, Elements()).found
        except FileFormatError as error:
            self.notes.append(Note("number formats were not read, so dates are day numbers: {why}", why=error.found))
            return []
        formats: dict[str, str] = {}
        forms: list[str] = []
        for tag, attributes in styles:
            code = attributes.get("numFmtId", "0")
            if tag == "numFmt":
                formats.setdefault(code, form_of(attributes.get("formatCode", "")))
            elif tag == "xf":
                forms.append(formats.get(code, _BUILT_IN.get(code, "")))
            elif tag == "cellXfs":  # cells refer to this list; what came before are named styles
                forms.clear()
        return forms

    def _parse(self, part: str, handler: _Reader, sheet: str | None = None) -> _Reader:
        """Feed a part to a handler, in pieces without what is formatted but empty."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = _refuse_document_type
        if part.lower() not in self._parts:
            raise broken(self.path, Note("it refers to a part {part!r}, which is not there", part=part))
        try:
            with self._container.open(self._parts[part.lower()]) as stream:
                rest = b""
                while piece := stream.read(_PIECE):
                    piece = rest + piece
                    end = max(piece.rfind(b"<"), 0) or len(piece)  # a tag is cut between pieces, not within
                    piece, rest = piece[:end], piece[end:]
                    for empty in _EMPTY if b"<!" not in piece else ():
                        piece = empty.sub(b"", piece)
                    parser.Parse(piece)
                parser.Parse(rest, True)
        except expat.ExpatError as error:
            where = {"part": part, "line": error.lineno, "reached": handler.reached()}
            found = Note("{part} cut or damaged in line {line}{reached} ({error})", error=str(error), **where)
            raise refusal(self.path, N_("The parts of a workbook are sound XML"), found, sheet=sheet) from error
        except UnreadableError as error:
            found = Note("{what} in {part}{reached}", what=error.what, part=part, reached=handler.reached())
            raise refusal(
                self.path, N_("A workbook is as spreadsheet programs write it"), found, sheet=sheet
            ) from error
        except BROKEN as error:
            raise broken(self.path, f"{part}: {error}") from error
        return handler


def form_of(code: str) -> str:
    r"""What a number format makes of a number: ``percent``, ``date`` or nothing.

    Examples
    --------
    >>> [form_of(code) for code in ("0%", '0"%"', r"[$-407]mmm\ yy", '#,##0 "Monate"', "[Red]0")]
    ['percent', '', 'date', '', '']
    """
    code = _DECORATION.sub("", code)
    if "%" in code:
        return "percent"
    return "date" if re.search("[dmyhs]", code.split(";")[0].lower()) else ""


def _refuse_document_type(*_: object) -> None:
    what = Note("a document type (its entities could put other text into cells)")
    raise UnreadableError(what)
