"""Parts of an .xlsx workbook as the XML parser meets them: elements, shared texts, cells of a sheet."""

from __future__ import annotations

import datetime
import math
import re
from functools import partial
from typing import NamedTuple

from optkommunen.words import Note, number

ROWS, COLUMNS, TEXTS, LENGTH = 200_000, 500, 1_000_000, 32_767
"""Limits: filled rows of a sheet, columns, different texts of a workbook, characters of a cell (Excel's own limit)."""

Value = str | float | bool | datetime.datetime | None
"""What a cell may hold."""

_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # "Strict Open XML"
)
_NAMES = "workbookPr sheet si rPh t col row c v f numFmt cellStyleXfs cellXfs xf"
_TAGS = {f"{space} {tag}": tag for space in _MAIN for tag in _NAMES.split()}
_TAGS["http://schemas.openxmlformats.org/package/2006/relationships Relationship"] = "Relationship"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Cell(NamedTuple):
    """One cell that holds anything.

    Parameters
    ----------
    row, column : place, from 1.
    value : what is stored; the text that stands there for the kinds error and bad, None for formula.
    kind : number, text, truth, date, error (``#DIV/0!``), bad (``5x6`` or ``1e400`` as a number), formula (no result).
    form : ``percent`` if the number format multiplies a number by 100, else empty.
    formula : whether a formula stands behind the value.
    """

    row: int
    column: int
    value: Value
    kind: str
    form: str = ""
    formula: bool = False


class UnreadableError(Exception):
    """A part says what no spreadsheet program writes; who reads the workbook adds where.

    Parameters
    ----------
    what : what it says.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Handler:
    """Receives the events of the parser; keeps text where an element asked for it."""

    def __init__(self) -> None:
        self._text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element; its name has the namespace in front."""

    def end(self, name: str) -> None:
        """End an element."""

    def text(self, text: str) -> None:
        """Keep the text between two tags, if it is wanted."""
        if self._text is not None:
            self._text.append(text)

    def reached(self) -> str:
        """How far the reading came, for a message."""
        return ""

    def _take(self) -> str:
        text, self._text = "".join(self._text or ()), None
        if len(text) > LENGTH:
            n, most = partial(number, len(text), 0), partial(number, LENGTH, 0)
            what = Note("a text of {n} characters (a cell has at most {most})", n=n, most=most)
            raise UnreadableError(what)
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Elements(Handler):
    """Elements that matter, in order, each with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _TAGS:
            self.found.append((_TAGS[name], attributes))


class Texts(Handler):
    """Shared texts, in order; how a text is read aloud (phonetic runs) is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._runs: list[str] = []
        self._aloud = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "t" and not self._aloud:
            self._text = []
        elif tag == "rPh":
            self._aloud = True

    def end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "t" and self._text is not None:
            self._runs.append(self._take())
        elif tag == "rPh":
            self._aloud = False
        elif tag == "si":
            if len(self.found) == TEXTS:
                what = Note("more than {n} different texts", n=partial(number, TEXTS, 0))
                raise UnreadableError(what)
            self.found.append("".join(self._runs))
            self._runs = []


class Cells(Texts):
    """Filled cells of a sheet by row and column, with what is odd about them.

    Parameters
    ----------
    texts : shared texts.
    forms : ``date``, ``percent`` or nothing for each cell style; empty if styles are not known.
    origin : day 0 of the workbook.

    Attributes
    ----------
    rows : cells of each filled row, by column.
    hidden, hidden_columns : hidden rows and columns.
    repeated : row and column of a cell that stands again (the first is kept), column 0 for a whole row.
    far : row and column of filled cells beyond `COLUMNS`, which are not kept.
    """

    def __init__(self, texts: list[str], forms: list[str], origin: datetime.datetime) -> None:
        super().__init__()
        self.rows: dict[int, dict[int, Cell]] = {}
        self.hidden: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.repeated: list[tuple[int, int]] = []
        self.far: list[tuple[int, int]] = []
        self._shared, self._forms, self._origin = texts, forms, origin
        self._row = self._column = self._style = 0
        self._kind, self._value, self._formula = "", "", False
        self._filled = False
        self._columns: dict[str, int] = {}

    def reached(self) -> str:
        return Note(", after row {row}", row=self._row)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _TAGS.get(name)
        if tag == "c":
            self._column = self._place(attributes["r"]) if "r" in attributes else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._value, self._filled, self._formula = "", False, False
        elif tag == "v":
            self._text, self._filled = [], True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._row, self._column = int(attributes.get("r", self._row + 1)), 0
            if self._row in self.rows:
                self.repeated.append((self._row, 0))
            if attributes.get("hidden") in ("1", "true"):
                self.hidden.add(self._row)
        elif tag == "col":
            if attributes.get("hidden") in ("1", "true"):
                first, last = int(attributes.get("min", 0)), min(int(attributes.get("max", 0)), COLUMNS)
                self.hidden_columns.update(range(first, last + 1))
        else:
            super().start(name, attributes)

    def end(self, name: str) -> None:
        tag = _TAGS.get(name)
        if tag == "v":
            self._value = self._take()
        elif tag != "c":
            super().end(name)
        else:
            if self._runs:
                self._value, self._runs, self._filled = "".join(self._runs), [], True
            if self._filled or self._formula:
                self._keep()

    def _place(self, place: str) -> int:
        """Column of ``B7``; the row must be the one that is being read."""
        letters = place.rstrip("0123456789")
        if letters not in self._columns:
            number = 0
            for letter in letters if re.fullmatch("[A-Z]{1,3}", letters) else ():
                number = number * 26 + ord(letter) - 64
            self._columns[letters] = number
        if place[len(letters) :] != str(self._row) or not self._columns[letters]:
            what = Note("a cell {place!r} in row {row}", place=place, row=self._row)
            raise UnreadableError(what)
        return self._columns[letters]

    def _keep(self) -> None:
        form = self._forms[self._style] if self._style < len(self._forms) else ""
        value, kind = self._read(form == "date")
        if kind == "empty":
            return
        if self._column > COLUMNS:
            self.far.append((self._row, self._column))
            return
        cells = self.rows.setdefault(self._row, {})
        if len(self.rows) > ROWS:
            what = Note("more than {n} filled rows", n=partial(number, ROWS, 0))
            raise UnreadableError(what)
        if self._column in cells:
            self.repeated.append((self._row, self._column))
        else:
            form = form if kind == "number" else ""
            cells[self._column] = Cell(self._row, self._column, value, kind, form, self._formula)

    def _read(self, is_date: bool) -> tuple[Value, str]:
        """Value and kind of the cell that ends."""
        text = self._value
        if self._filled and self._kind in ("inlineStr", "str"):
            return text, "text"
        text = text.strip()
        if not text:
            return None, "formula" if self._formula else "empty"
        if self._kind == "s" and text.isdecimal() and int(text) < len(self._shared):
            return self._shared[int(text)], "text"
        if self._kind == "e":
            return text, "error"
        if self._kind == "b" and text in ("0", "1", "false", "true"):
            return text in ("1", "true"), "truth"
        try:
            if self._kind == "d":
                return datetime.datetime.fromisoformat(text).replace(tzinfo=None), "date"
            if self._kind == "n" and _NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
                return (self._day(number), "date") if is_date else (number, "number")
        except (ValueError, OverflowError):
            pass
        return text, "bad"

    def _day(self, number: float) -> datetime.datetime:
        """Date of a day number; before day 60 the calendar of 1900 is one day off (it has a 29 February)."""
        number += number < 60 and self._origin.year == 1899
        return self._origin + datetime.timedelta(seconds=round(number * 86_400_000) / 1000)
