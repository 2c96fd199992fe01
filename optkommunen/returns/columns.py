"""The columns of the municipalities' returns: what each is called, means, and may hold, read from one table."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from optkommunen.words import language

TABLES = ("monthly", "annual", "services", "units")
"""Tables of the returns, in order."""

SHEETS = (*TABLES, "declarations")
"""Sheets that are read."""

COUNTS = ("stock", "events")
WHOLE = (*COUNTS, "amount")
NUMBERS = (*WHOLE, "number", "share")
"""Kinds that are counts of persons or cases, that are whole, that are numbers at all."""


@dataclass(frozen=True)
class Column:
    """One column of the returns.

    Attributes
    ----------
    name : as in the tables of `load_returns`.
    kind : key, name, period, choice, text, stock, events, amount, number or share.
    title, unit, definition : words by language, ``en`` and ``de``; a column without unit has "".
    example : what a cell may look like.
    spellings : heads by which it is known, folded (see `fold`).
    part_of : columns of the same row that it never exceeds; of two, it is what they have in common.
    of : count of the persons that a mean or an amount is of, in the same row or in the months of its year; "" if none.
    per : column that `band` refers to (of the row, or ``ehb``: median of the year); "" for the figure itself.
    band : lowest and highest plausible ratio to `per`; None where no limit is known.
    noise : usual change from one period to the next, as standard deviation of the logarithm.
    words : for a choice, its values by folded spelling.
    labels : for a choice, the word of each value by language.
    """

    name: str
    kind: str
    title: Mapping[str, str]
    unit: Mapping[str, str]
    definition: Mapping[str, str]
    example: Any
    spellings: frozenset[str]
    part_of: tuple[str, ...] = ()
    of: str = ""
    per: str = ""
    band: tuple[float, float] | None = None
    noise: float = 0.0
    words: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def choices(self) -> tuple[str, ...]:
        """Values of a choice."""
        return tuple(self.labels.get("en", ()))


@dataclass(frozen=True)
class Table:
    """One sheet of the returns.

    Attributes
    ----------
    name : monthly, annual, services or units.
    title, rows : name of the sheet, and what a row is, by language.
    spellings : names by which the sheet is known, folded.
    columns : by name, in order.
    """

    name: str
    title: Mapping[str, str]
    rows: Mapping[str, str]
    spellings: frozenset[str]
    columns: Mapping[str, Column]

    @property
    def identity(self) -> list[str]:
        """Columns that tell the rows apart."""
        return [name for name in ("kommune", "period", "service") if name in self.columns]

    @property
    def numbers(self) -> list[str]:
        """Columns that hold numbers."""
        return [name for name, column in self.columns.items() if column.kind in NUMBERS]

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Pairs of a part and its whole."""
        return [(name, whole) for name, column in self.columns.items() for whole in column.part_of]

    def find(self, head: str) -> str | None:
        """Name of the column that a head means, in whatever case and known spelling; None if it is no known one.

        Examples
        --------
        >>> [table("monthly").find(head) for head in ("EHB", "eHb  unter 25 Jahren", "Vermittlungen", "Wetter")]
        ['ehb', 'ehb_u25', 'eingliederungen', None]
        """
        return _heads(self.name).get(fold(head))


def table(name: str) -> Table:
    """One sheet of the returns by name; the questions of the sheet ``declarations`` as its columns.

    Examples
    --------
    A part is a column of the same sheet as its whole:

    >>> all(whole in table(name).columns for name in TABLES for _, whole in table(name).parts)
    True
    """
    return _tables()[name]


def title_of(column: str, lang: str | None = None) -> str:
    """Title of a column of the returns; a further column has its own name.

    Examples
    --------
    >>> title_of("ehb_u25"), title_of("ehb_u25", "de"), title_of("wetter")
    ('eHb under 25', 'eHb unter 25 Jahren', 'wetter')
    """
    for name in SHEETS:
        if column in table(name).columns:
            return table(name).columns[column].title[language(lang)]
    return column


def choices_of(column: str, lang: str | None = None) -> str:
    """Words of a choice.

    Examples
    --------
    >>> choices_of("offer", "de")
    'Eigen, Vertrag, Beides, Verweis, Nicht'
    """
    found = next(table(name).columns[column] for name in SHEETS if column in table(name).columns)
    return ", ".join(found.labels[language(lang)].values())


def fold(text: str) -> str:
    r"""A head or word without what its spelling may differ in: case, blanks, underscores, hyphens, a line break.

    Examples
    --------
    >>> fold(" eHb_U25 "), fold("Eingliederungs-\nvereinbarung"), fold("Maßnahme")
    ('ehb u25', 'eingliederungsvereinbarung', 'massnahme')
    """
    text = re.sub(r"[-\u00ad\u2010\u2011]\s*\n\s*|\u00ad", "", text)
    return re.sub(r"[\s_\u2010\u2011-]+", " ", text.casefold()).strip()


@functools.cache
def _tables() -> Mapping[str, Table]:
    text = resources.files("optkommunen.returns").joinpath("columns.toml").read_text(encoding="utf-8")
    sheets = tomllib.loads(text)
    every = sheets.pop("every")
    tables = {}
    for name, sheet in sheets.items():
        own = {key: entry for key, entry in sheet.items() if isinstance(entry, dict)}
        first = {key: every[key] for key in ("kommune", "name")} if name in TABLES else {}
        last = {key: entry for key, entry in every.items() if key not in first} if name in TABLES else {}
        tables[name] = Table(
            name,
            _words(sheet, "sheet"),
            _words(sheet, "rows"),
            frozenset(fold(word) for word in (name, sheet["sheet_en"], sheet["sheet_de"], *sheet["spellings"])),
            MappingProxyType({key: _column(key, entry) for key, entry in (first | own | last).items()}),
        )
    return MappingProxyType(tables)


def _column(name: str, entry: dict[str, Any]) -> Column:
    spellings = (name, entry["title_en"], entry["title_de"], *entry["spellings"])
    words = entry.get("words", {})
    spoken = {value: [value, *spellings] for value, spellings in words.items()}
    labels = {lang: {value: known[i] for value, known in words.items()} for i, lang in enumerate(("en", "de"))}
    band, part_of = entry.get("band"), entry.get("part_of", [])
    return Column(
        name,
        entry["kind"],
        _words(entry, "title"),
        _words(entry, "unit"),
        _words(entry, "definition"),
        entry["example"],
        frozenset(map(fold, spellings)),
        (part_of,) if isinstance(part_of, str) else tuple(part_of),
        entry.get("of", ""),
        entry.get("per", ""),
        (band[0], band[1]) if band else None,
        entry.get("noise", 0.0),
        MappingProxyType({fold(word): value for value, known in spoken.items() for word in known}),
        labels if words else {},
    )


def _words(entry: dict[str, Any], what: str) -> Mapping[str, str]:
    return MappingProxyType({lang: entry.get(f"{what}_{lang}", "") for lang in ("en", "de")})


@functools.cache
def _heads(name: str) -> dict[str, str]:
    """Column of each head by which one of a sheet is known."""
    return {spelling: column.name for column in table(name).columns.values() for spelling in column.spellings}
