"""What one cell of the returns means: a municipality, a period, a number, a word; what is ambiguous is refused."""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Iterable
from typing import Literal

from optkommunen.data.register import municipalities, names, resolve
from optkommunen.errors import AmbiguousUnitError, ForeignUnitError, OptkommunenError, UnknownUnitError
from optkommunen.loaders._parts import Cell
from optkommunen.returns.columns import COUNTS, WHOLE, Column, fold
from optkommunen.values import SYNTHETIC_KEYS
from optkommunen.words import Note

FIRST_YEAR = 2005
"""SGB II is in force since 1.1.2005."""

Decimal = Literal[",", ".", ""]
"""Decimal mark of a CSV file; "" where nothing in it shows which."""

_LARGEST = {"stock": 1e7, "events": 1e7, "amount": 1e11, "number": 1e6, "share": 100.0}
_MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "januar january jan jän", "februar february feb", "märz maerz march mär mrz mar", "april apr", "mai may",
            "juni june jun", "juli july jul", "august aug", "september sep sept", "oktober october okt oct",
            "november nov", "dezember december dez dec",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_FORMS = (
    r"(?P<y>20\d\d)[-/. ]?(?P<m>0[1-9]|1[0-2])",
    r"(?P<m>0?[1-9]|1[0-2])[-/. ](?P<y>20\d\d)",
    r"(?P<word>[a-zä]+)\.?[-/. ]*(?P<y>20\d\d|\d\d)",
    r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>20\d\d)",
    r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?:[ T]00:00(?::00)?)?",
)
_YEAR = r"(?:jahr |year )?(20\d\d)(?:\.0)?"
_NOTATIONS: dict[Decimal, re.Pattern[str]] = {
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:,\d+)?"),
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:\.\d+)?"),
}
"""How a number is written with each decimal mark: one separator of thousands throughout, or none."""


class WrongCellError(Exception):
    """A cell breaks a rule: its kind, what stands there, what the words of the rule leave open."""

    def __init__(self, kind: str, found: str, **fields: object) -> None:
        super().__init__(kind, found)
        self.kind, self.found, self.fields = kind, found, fields


def shown(cell: Cell | None) -> str:
    """What stands in a cell, as a message shows it.

    Examples
    --------
    >>> shown(Cell(1, 1, "k.A.", "text")), shown(Cell(1, 1, 5455.0, "number")), shown(None)
    ("'k.A.'", '5455', 'an empty cell')
    """
    if cell is not None and cell.kind == "formula":
        return Note("a formula without result")
    if cell is None or cell.value is None or cell.value == "":
        return Note("an empty cell")
    if isinstance(cell.value, bool):
        return "WAHR/TRUE" if cell.value else "FALSCH/FALSE"
    if isinstance(cell.value, float):
        return f"{cell.value:.15g}"
    if isinstance(cell.value, datetime.datetime):
        return f"{cell.value:%Y-%m-%d}"
    return repr(cell.value) if cell.kind == "text" else str(cell.value)


def _wrong(cell: Cell | None, kind: str, **fields: object) -> WrongCellError:
    return WrongCellError(kind, shown(cell), **fields)


def is_empty(cell: Cell | None) -> bool:
    """Whether nothing stands in a cell (blanks are nothing)."""
    return cell is None or (cell.kind == "text" and not str(cell.value).strip())


def checked(cell: Cell) -> Cell:
    """The cell, if it holds a value at all.

    Raises
    ------
    WrongCellError
        An error value, a formula without stored result, or content that is not of its cell's type.
    """
    if cell.kind in ("error", "bad", "formula"):
        raise _wrong(cell, f"cell_{cell.kind}")
    return cell


def key_of(cell: Cell) -> str:
    """Key of the municipality that a cell names.

    Returns
    -------
    str
        Five digits as admitted, or M01 to M69. Four digits are read as a key that lost its zero; three zeros behind
        it (a Gemeindeschlüssel of the Kreis) and an apostrophe before it are dropped.

    Raises
    ------
    WrongCellError
        It names no municipality of the 69, several, or a later Kreis that holds one among others.

    Examples
    --------
    >>> [key_of(Cell(1, 1, value, "text")) for value in ("05558", "6438", "'06438000", "Coesfeld", "M01")]
    ['05558', '06438', '06438', '05558', 'M01']
    """
    value = checked(cell).value
    text = (
        f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip().lstrip("'’").strip()
    )
    if re.fullmatch(r"\d{4}|\d{7}", text):
        text = f"0{text}"
    if re.fullmatch(r"\d{5}000", text):
        text = text[:5]
    if text.upper() in SYNTHETIC_KEYS:
        return text.upper()
    key = _resolved(text)
    if not isinstance(key, str):
        raise _wrong(cell, _UNRESOLVED[type(key)], why=key.args[0]) from key
    if text != key and key in _dissolved() and _dissolved()[key] not in fold(text):
        raise _wrong(cell, "key_later", kommune=key, name=names()[key])
    return key


_UNRESOLVED: dict[type[OptkommunenError], str] = {
    AmbiguousUnitError: "key_ambiguous",
    ForeignUnitError: "key_foreign",
    UnknownUnitError: "key_unknown",
}


@functools.lru_cache(maxsize=10_000)
def _resolved(text: str) -> str | OptkommunenError:
    """Key of a name, or why it has none: the same few names stand in thousands of rows, and looking one up is slow."""
    try:
        return resolve(text)
    except tuple(_UNRESOLVED) as error:
        return error.with_traceback(None)


@functools.cache
def _dissolved() -> dict[str, str]:
    """Those of the 69 whose area became part of a later Kreis, with the word that only their own name has."""
    register = municipalities()
    changed = register[~register["area_same_2021"].eq(True)]
    plain = changed["name_admitted"].str.replace(r"^(Landkreis|Kreis) ", "", regex=True)
    return dict(zip(changed["kommune"], map(fold, plain), strict=True))


def period_in(cell: Cell | None, *, monthly: bool) -> str | None:
    """Month (``2008-03``) or year (``2008``) that a cell means; None if it means none.

    Examples
    --------
    >>> march = ("2008-03", "03/2008", "3.2008", "März 2008", "Mrz 08", "1.3.2008", "31.03.2008", "200803")
    >>> {period_in(Cell(1, 1, text, "text"), monthly=True) for text in march}
    {'2008-03'}
    >>> period_in(Cell(1, 1, "12.3.2008", "text"), monthly=True) is None
    True
    >>> period_in(Cell(1, 1, 2008.0, "number"), monthly=False)
    '2008'
    """
    if cell is None:
        return None
    value = cell.value
    if isinstance(value, datetime.datetime):
        return _of_day(value.year, value.month, value.day, monthly)
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip().lower()
    if isinstance(value, float) and not value.is_integer():
        return None
    if not monthly and (alone := re.fullmatch(_YEAR, text)):
        return alone[1]
    for form in _FORMS:
        if found := re.fullmatch(form, text):
            parts = found.groupdict()
            year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
            month = _MONTHS.get(parts["word"]) if parts.get("word") else int(parts["m"])
            if month is None or not 1 <= month <= 12:
                return None
            if parts.get("d"):
                return _of_day(year, month, int(parts["d"]), monthly)
            return f"{year}-{month:02d}" if monthly else None
    return None


def period_of(cell: Cell, *, monthly: bool, today: datetime.date) -> str:
    """Month or year of a row.

    Raises
    ------
    WrongCellError
        It is none, lies before SGB II or after today.
    """
    period = period_in(checked(cell), monthly=monthly)
    example = "2008-03" if monthly else "2008"
    if period is None:
        raise _wrong(cell, "period_form", example=example)
    if int(period[:4]) < FIRST_YEAR:
        raise _wrong(cell, "period_early", first=FIRST_YEAR)
    if period > (f"{today:%Y-%m}" if monthly else f"{today:%Y}"):
        raise _wrong(cell, "period_future", today=f"{today:%Y-%m}")
    return period


def _of_day(year: int, month: int, day: int, monthly: bool) -> str | None:
    """Month or year of which a day is the first or the last."""
    if monthly:
        ends = (1, calendar.monthrange(year, month)[1]) if 1 <= month <= 12 else ()
        return f"{year}-{month:02d}" if day in ends else None
    return str(year) if (month, day) in ((1, 1), (12, 31)) else None


def choice_of(cell: Cell, column: Column) -> str:
    """Value of a choice, in any known spelling of either language.

    Raises
    ------
    WrongCellError
        It is none of them; lists those that are.
    """
    text = str(checked(cell).value)
    if fold(text) not in column.words:
        raise _wrong(cell, "choice_unknown", choices=column.name)
    return column.words[fold(text)]


def text_of(cell: Cell) -> str:
    """Text of a cell; a whole number as such (ring 1, not 1.0).

    Examples
    --------
    >>> text_of(Cell(1, 1, 4.0, "number")), text_of(Cell(1, 1, " R-IV ", "text"))
    ('4', 'R-IV')
    """
    value = checked(cell).value
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()


def number_of(cell: Cell, kind: str, decimal: Decimal = "") -> float:
    """Number of a cell, by the kind of its column.

    Parameters
    ----------
    cell : a cell that is not empty.
    kind : stock, events, amount, number or share; "" for any number.
    decimal : decimal mark of a CSV file, see `decimal_mark`.

    Raises
    ------
    WrongCellError
        Text, a date, a truth value, a notation that is ambiguous, a percentage that is none, a count that is broken
        or negative, a number that nothing of the kind can reach.

    Examples
    --------
    >>> [number_of(Cell(1, 1, text, "text"), "stock") for text in ("5455", "1.234.567", "8 259")]
    [5455.0, 1234567.0, 8259.0]
    >>> number_of(Cell(1, 1, 0.97, "number", "percent"), "share")
    97.0
    >>> number_of(Cell(1, 1, "5.455", "text"), "stock")
    Traceback (most recent call last):
    optkommunen.returns.parse.WrongCellError: ('number_ambiguous', "'5.455'")
    """
    value = checked(cell).value
    if isinstance(value, bool) or cell.kind == "truth":
        raise _wrong(cell, "number_truth")
    if isinstance(value, datetime.datetime):
        raise _wrong(cell, "number_date")
    if isinstance(value, float):
        number, percent = value, cell.form == "percent"
        number = round(number * 100, 10) if percent else number
    else:
        number, percent = _number_in(cell, decimal)
    if percent and kind not in ("share", ""):
        raise _wrong(cell, "number_percent")
    if kind in WHOLE and not number.is_integer():
        raise _wrong(cell, "number_fraction" if kind in COUNTS else "amount_fraction")
    if kind and number < 0:
        raise _wrong(cell, "number_negative")
    if abs(number) > _LARGEST.get(kind, 1e15):
        raise _wrong(cell, "share_range" if kind == "share" else "number_huge")
    return number + 0.0


def decimal_mark(texts: Iterable[str]) -> Decimal:
    """Decimal mark of the numbers of a CSV file: what those show that can be read in one way only.

    Parameters
    ----------
    texts : cells of columns of numbers.

    Returns
    -------
    {",", ".", ""}
        The mark that more of them show; "" if none shows any.

    Examples
    --------
    >>> decimal_mark(["5455", "34,5", "1.234"]), decimal_mark(["34.5"]), decimal_mark(["5455", "1.234"])
    (',', '.', '')
    """
    comma = point = 0
    for text in texts:
        mark = _mark(text.strip())
        comma, point = comma + (mark == ","), point + (mark == ".")
    if comma == point:
        return ""
    return "," if comma > point else "."


def _mark(text: str) -> Decimal:
    """Decimal mark that a number shows: the one with which alone it can be read; "" if both or none will do."""
    fits = [mark for mark, form in _NOTATIONS.items() if form.fullmatch(text.rstrip("% \u00a0\u202f"))]
    return fits[0] if len(fits) == 1 else ""


def _number_in(cell: Cell, decimal: Decimal) -> tuple[float, bool]:
    """Number of a text, and whether it is a percentage."""
    text = str(cell.value).strip().lstrip("'’").replace("\u2212", "-").replace("€", "").strip()
    percent = text.endswith("%")
    text = text.rstrip("% \u00a0\u202f")
    values = {
        mark: float(re.sub(r"[ \u00a0\u202f]", "", text).replace("." if mark == "," else ",", "").replace(mark, "."))
        for mark, form in _NOTATIONS.items()
        if form.fullmatch(text)
    }
    if not values:
        raise _wrong(cell, "number_text")
    if decimal and decimal not in values:
        raise _wrong(cell, "number_notation", decimal=decimal)
    if decimal:
        return values[decimal], percent
    if len(set(values.values())) > 1:
        raise _wrong(cell, "number_ambiguous")
    return next(iter(values.values())), percent
