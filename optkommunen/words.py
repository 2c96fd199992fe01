"""Words: the language of the session, sentences by gettext, numbers as the language writes them.

A text stands in the code in English, which is its identifier; the German one stands in the catalogue ``locale/de``,
which is read when German is first asked for. Numbers themselves never change with the language.
"""

from __future__ import annotations

import functools
import gettext
import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from importlib import resources
from io import BytesIO
from typing import Literal, Self

import pandas as pd

from optkommunen.errors import OptkommunenError

Lang = Literal["de", "en"]
LANGUAGES: tuple[Lang, ...] = ("de", "en")
DOMAIN = "optkommunen"
NO_BREAK = "\N{NO-BREAK SPACE}"

_session: dict[str, Lang] = {"lang": "en"}


def set_language(lang: Lang) -> None:
    """Choose the language of figures, tables and sentences for the session; English until then.

    Parameters
    ----------
    lang : {"de", "en"}
        What is asked for with a language of its own (`lang="de"`) keeps it.

    Raises
    ------
    OptkommunenError
        If the language is neither.

    Examples
    --------
    >>> set_language("de")
    >>> number(17.65), translate("own calculation")
    ('17,7', 'eigene Berechnung')
    >>> set_language("en")
    >>> number(17.65), translate("own calculation")
    ('17.7', 'own calculation')
    """
    _session["lang"] = language(lang)


def language(lang: str | None = None) -> Lang:
    """The language asked for, or that of the session.

    Parameters
    ----------
    lang : {"de", "en"}, optional
        None: the session's, see `set_language`.

    Raises
    ------
    OptkommunenError
        If the language is neither.

    Examples
    --------
    >>> language(), language("de")
    ('en', 'de')
    >>> language("fr")
    Traceback (most recent call last):
    optkommunen.errors.OptkommunenError: Words are 'de' or 'en'; found 'fr'. Give one of them as `lang`.
    """
    if lang is None:
        return _session["lang"]
    if lang not in LANGUAGES:
        message = f"Words are {' or '.join(map(repr, LANGUAGES))}; found {lang!r}. Give one of them as `lang`."
        raise OptkommunenError(message)
    return lang


def N_(text: str) -> str:
    """Mark a text for the catalogue that is translated elsewhere: the text itself."""
    return text


def translate(text: str, /, lang: str | None = None, **fields: object) -> str:
    """A text in the language asked for, its fields filled in.

    Parameters
    ----------
    text : str
        The English text, with ``{fields}``; one without a translation stays English.
    lang : {"de", "en"}, optional
        None: the session's.
    **fields : object
        What stands in the place of each field.

    Examples
    --------
    >>> translate("Germany: {value}", "de", value="17,7 %"), translate("Germany: {value}", value="17.7%")
    ('Deutschland: 17,7 %', 'Germany: 17.7%')
    """
    return _translations(language(lang)).gettext(text).format(**fields)


class Note(str):
    """A text that waits for its language: a string in English that knows its own words and fields.

    Why this class exists: notes and reasons are stored with an answer and read later, in the language of the reader.

    Parameters
    ----------
    text : str
        The English text with ``{fields}``, as in `translate`.
    **fields : object
        What stands in the place of each field. Another note, or a function of the language (`functools.partial`, so
        that it can be stored), is asked for its words when they are read.

    Examples
    --------
    >>> note = Note("this takes {needed} municipalities with a value, found {n}", needed=3, n=1)
    >>> note, noted(note, "de")
    ('this takes 3 municipalities with a value, found 1', 'dazu gehören 3 Kommunen mit Wert, gefunden 1')
    """

    text: str
    fields: dict[str, object]

    def __new__(cls, text: str, /, **fields: object) -> Self:
        """Written in English."""
        note = super().__new__(cls, text.format(**_worded(fields, "en")))
        note.text, note.fields = text, fields
        return note

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.text,), self.fields


def noted(note: str, lang: str | None = None) -> str:
    """A note in the language asked for; a plain text that the catalogue does not have stays as it is.

    Examples
    --------
    >>> noted("no value", "de"), noted("a text {of nobody}", "de"), noted("", "de")
    ('kein Wert', 'a text {of nobody}', '')
    """
    lang = language(lang)
    if isinstance(note, Note):
        return translate(note.text, lang, **_worded(note.fields, lang))
    return _translations(lang).gettext(note) if note else ""  # the text of "" is the head of the catalogue


def as_sentence(note: str, lang: str | None = None) -> str:
    """A note as `noted`, with a capital letter and a full stop.

    Examples
    --------
    >>> as_sentence("no value", "de"), as_sentence("No value.")
    ('Kein Wert.', 'No value.')
    """
    text = noted(note, lang)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def all_notes(notes: Sequence[str]) -> Note:
    """Several notes as one.

    Examples
    --------
    >>> noted(all_notes([Note("Germany: {value}", value=1), "no value"]), "de")
    'Deutschland: 1; kein Wert'
    """
    fields = {f"note{i}": note if isinstance(note, Note) else partial(noted, note) for i, note in enumerate(notes)}
    text = "; ".join(f"{{{name}}}" for name in fields)
    return Note(text, **fields)


def _worded(fields: dict[str, object], lang: Lang) -> dict[str, object]:
    words = {name: noted(value, lang) for name, value in fields.items() if isinstance(value, Note)}
    return fields | words | {name: value(lang) for name, value in fields.items() if callable(value)}


def translate_plural(one: str, several: str, n: int, /, lang: str | None = None, **fields: object) -> str:
    """The text for one or for several, in the language asked for; ``{n}`` is the number.

    Examples
    --------
    >>> [translate_plural("{year} has {n} month only.", "{year} has {n} months only.", n, year=2008) for n in (1, 3)]
    ['2008 has 1 month only.', '2008 has 3 months only.']
    """
    return _translations(language(lang)).ngettext(one, several, n).format(n=n, **fields)


@functools.cache
def _translations(lang: Lang) -> gettext.NullTranslations:
    """Catalogue of a language, compiled in memory: no .mo file lies in the package. English is the code's own."""
    if lang == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = resources.files("optkommunen").joinpath("locale", lang, "LC_MESSAGES", f"{DOMAIN}.po")
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def number(value: float, decimals: int = 1, lang: str | None = None, *, sign: bool = False) -> str:
    """A number as text: decimal mark and thousands mark of the language, true minus sign, never a negative zero.

    A five is rounded up as on paper (17.65 to 17.7), not by its binary neighbour.

    Parameters
    ----------
    value : float
        The number; NaN becomes an en dash.
    decimals : int, default 1
        Digits behind the decimal mark.
    lang : {"de", "en"}, optional
        None: the session's.
    sign : bool, default False
        Also write a plus sign.

    Returns
    -------
    str
        As it is printed.

    Examples
    --------
    >>> number(-1234.56, 1, "de"), number(-1234.56, 1), number(-0.04, 1, "de"), number(7, 0, sign=True)
    ('−1.234,6', '−1,234.6', '0,0', '+7')
    >>> number(17.65)
    '17.7'
    """
    lang = language(lang)
    if pd.isna(value):
        return "–"
    printed = Decimal(repr(abs(float(value)))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{printed:,f}"
    nothing = not text.strip("0.,")
    if lang == "de":
        text = text.translate(str.maketrans(",.", ".,"))
    return ("" if nothing else "−" if value < 0 else "+" if sign else "") + text


def percent(value: float, decimals: int = 1, lang: str | None = None, *, sign: bool = False) -> str:
    """A percentage as the language writes it.

    Examples
    --------
    >>> percent(-7.69, lang="de", sign=True) == "−7,7\N{NO-BREAK SPACE}%", percent(7.69, sign=True)
    (True, '+7.7%')
    """
    return with_unit(value, decimals, "%", lang, sign=sign)


def level_number(level: float, lang: str | None = None) -> str:
    """A level of intervals as whole per cent, or with the digit it has.

    Examples
    --------
    >>> level_number(0.95, "de"), level_number(0.998, "de")
    ('95', '99,8')
    """
    share = 100 * level
    return number(share, 0 if abs(share - round(share)) < 1e-9 else 1, lang)


def p_value(value: float, lang: str | None = None) -> str:
    """A p-value with three digits, never as zero.

    Parameters
    ----------
    value : float
        The p-value; NaN becomes an en dash.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    str
        Below 0.0005 the bound ``<0.001``.

    Examples
    --------
    >>> p_value(0.0004), p_value(0.0316, "de"), p_value(float("nan"))
    ('<0.001', '0,032', '–')
    """
    if value < 0.0005:  # would print as zero
        return f"<{number(0.001, 3, lang)}"
    return number(value, 3, lang)


def significant(value: float, digits: int = 3, lang: str | None = None) -> str:
    """A number with so many digits that count, at most six behind the decimal mark.

    Examples
    --------
    >>> significant(2.2249), significant(0.0906, 2, "de"), significant(47312.4), significant(0.0)
    ('2.22', '0,091', '47,312', '0')
    """
    return number(value, decimals_for(value, digits), lang)


def decimals_for(value: float, digits: int = 3) -> int:
    """Decimals of a number with so many digits that count, from none to six.

    Examples
    --------
    >>> decimals_for(2.2249), decimals_for(0.00904, 2), decimals_for(47312.4)
    (2, 4, 0)
    """
    size = math.floor(math.log10(abs(value))) if value and math.isfinite(value) else digits
    return min(6, max(0, digits - 1 - size))


def shortest(value: float, lang: str | None = None) -> str:
    """A number with the digits that it has.

    Examples
    --------
    >>> shortest(0.1, "de"), shortest(100.0)
    ('0,1', '100')
    """
    return f"{value:g}".replace(".", "," if language(lang) == "de" else ".")


def with_unit(value: float, decimals: int, unit: str, lang: str | None = None, *, sign: bool = False) -> str:
    """A number followed by its unit; the percent sign as the language sets it.

    Examples
    --------
    >>> with_unit(17.65, 1, "% of eHb"), with_unit(17.65, 1, "%", "de") == "17,7\N{NO-BREAK SPACE}%"
    ('17.7% of eHb', True)
    """
    text = number(value, decimals, lang, sign=sign)
    return text + unit if language(lang) == "en" and unit.startswith("%") else f"{text}{NO_BREAK}{unit}"
