"""Faults that a file of returns can have, each planted in a seeded place: what the robustness study asks the check for.

A fault takes the lines of the tables (head first), changes them, and says which cells it touched, as table, row (1 is
the head) and column (0 is the whole row, row 0 the whole column).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.sets import Lines, Place
from optkommunen.returns.columns import COUNTS, WHOLE, table

FORM, VISIBLE = "form", "visible"
FAULTS: dict[str, tuple[str, Callable[[Any], None]]] = {}
"""By name: the class of the fault, and what plants it."""

MUCH = 100
"""Count from which a factor of nine has to show."""


class NotHereError(Exception):
    """The fault cannot be planted in this set (too few months, no such column)."""


@dataclass
class Sheets:
    """Lines of the tables, and what a fault did to them."""

    lines: Lines
    rng: np.random.Generator
    is_csv: bool
    touched: set[Place] = field(default_factory=set)
    formats: dict[Place, str] = field(default_factory=dict)

    def at(self, name: str, row: int, column: str) -> Any:
        """Value of a cell."""
        return self.lines[name][row - 1][self.lines[name][0].index(column)]

    def put(self, name: str, row: int, column: str, value: Any, number_format: str = "") -> None:
        """Write a cell and remember it."""
        number = self.lines[name][0].index(column)
        self.lines[name][row - 1][number] = value
        self.touched.add((name, row, number + 1))
        if number_format:
            self.formats[name, row, number + 1] = number_format

    def rows(self, name: str) -> range:
        """Rows of a table, without its head."""
        return range(2, len(self.lines[name]) + 1)

    def cell(self, kinds: tuple[str, ...], least: float = 0) -> tuple[str, int, str]:
        """Some cell of a column of one of the kinds whose value is at least so much."""
        columns = [(n, c.name) for n in self.lines for c in table(n).columns.values() if c.kind in kinds]
        if not columns:
            raise NotHereError
        for _ in range(200):
            name, column = columns[self.rng.integers(len(columns))]
            row = int(self.rng.choice(self.rows(name)))
            value = self.at(name, row, column)
            if value is not None and value >= least:
                return name, row, column
        raise NotHereError

    def some_table(self) -> str:
        """Some table of the set."""
        return str(self.rng.choice(list(self.lines)))

    def series(self, name: str, key: str) -> list[int]:
        """Rows of one municipality."""
        return [row for row in self.rows(name) if self.at(name, row, "kommune") == key]

    def years_of(self, key: str, years: list[str]) -> list[int]:
        """Monthly rows of one municipality in some years."""
        return [row for row in self.series("monthly", key) if str(self.at("monthly", row, "period"))[:4] in years]

    def some_key(self) -> str:
        """Some municipality."""
        return str(self.rng.choice(sorted({line[0] for line in self.lines["monthly"][1:]})))


def fault(kind: str) -> Callable[[Callable[[Sheets], None]], Callable[[Sheets], None]]:
    """Register a fault under the name of its function."""

    def register(plant: Callable[[Sheets], None]) -> Callable[[Sheets], None]:
        FAULTS[plant.__name__] = (kind, plant)
        return plant

    return register


@fault(FORM)
def text_in_a_number(sheets: Sheets) -> None:
    name, row, column = sheets.cell(("stock", "events", "amount", "number"))
    sheets.put(name, row, column, str(sheets.rng.choice(["k.A.", "-", "x", "unbekannt", "ca. 300", "12 34", "1.2.3"])))


@fault(FORM)
def separator_of_thousands_as_text(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS, 1000)
    value = f"{sheets.at(name, row, column):,.0f}"
    sheets.put(name, row, column, value.replace(",", "." if sheets.rng.random() < 0.5 or sheets.is_csv else ","))


@fault(FORM)
def negative(sheets: Sheets) -> None:
    name, row, column = sheets.cell((*WHOLE, "number"), 1)
    sheets.put(name, row, column, -sheets.at(name, row, column))


@fault(FORM)
def fraction_of_a_count(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS, 1)
    sheets.put(name, row, column, sheets.at(name, row, column) + 0.5)


@fault(FORM)
def beyond_any_count(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS)
    sheets.put(name, row, column, float(sheets.rng.choice([1e19, 1e12, 9e8])))


@fault(FORM)
def percentage_for_a_count(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS, 1)
    sheets.put(name, row, column, "34%" if sheets.is_csv else 0.34, "0%")


@fault(FORM)
def date_for_a_number(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS)
    day = datetime.datetime(2008, int(sheets.rng.integers(1, 13)), 1)
    sheets.put(name, row, column, f"{day:%d.%m.%Y}" if sheets.is_csv else day)


@fault(FORM)
def truth_value(sheets: Sheets) -> None:
    name, row, column = sheets.cell(COUNTS)
    sheets.put(name, row, column, "WAHR" if sheets.is_csv else True)


@fault(FORM)
def error_value(sheets: Sheets) -> None:
    name, row, column = sheets.cell((*WHOLE, "number"))
    sheets.put(name, row, column, str(sheets.rng.choice(["#DIV/0!", "#NV", "#REF!", "#WERT!"])))


@fault(FORM)
def formula_without_result(sheets: Sheets) -> None:
    name, row, column = sheets.cell((*WHOLE, "number"))
    sheets.put(name, row, column, "=A1+1")


@fault(FORM)
def key_of_nobody(sheets: Sheets) -> None:
    name = sheets.some_table()
    key = str(sheets.rng.choice(["Entenhausen", "05111", "Landkreis Mittelsachsen", "99999", "Summe", "Offenbach"]))
    row = int(sheets.rng.choice(sheets.rows(name)))
    sheets.put(name, row, "kommune", key)
    sheets.put(name, row, "name", None)


@fault(FORM)
def key_missing(sheets: Sheets) -> None:
    name = sheets.some_table()
    row = int(sheets.rng.choice(sheets.rows(name)))
    sheets.put(name, row, "kommune", None)
    sheets.put(name, row, "name", None)


@fault(FORM)
def key_of_another(sheets: Sheets) -> None:
    name = sheets.some_table()
    row = int(sheets.rng.choice(sheets.rows(name)))
    others = sorted({line[0] for line in sheets.lines[name][1:]} - {sheets.at(name, row, "kommune")})
    if not others:
        raise NotHereError
    sheets.put(name, row, "kommune", str(sheets.rng.choice(others)))


@fault(FORM)
def period_of_no_month(sheets: Sheets) -> None:
    row = int(sheets.rng.choice(sheets.rows("monthly")))
    forms = ["2008", "2008-13", "13/2008", "März", 3.2008, "2031-05", "2004-05", None]
    if not sheets.is_csv:
        forms.append(datetime.datetime(2026, 8, 1))
    sheets.put("monthly", row, "period", forms[sheets.rng.integers(len(forms))])


@fault(FORM)
def period_of_another_row(sheets: Sheets) -> None:
    row = int(sheets.rng.choice(sheets.rows("monthly")[1:]))
    if sheets.at("monthly", row, "kommune") != sheets.at("monthly", row - 1, "kommune"):
        raise NotHereError
    sheets.put("monthly", row, "period", sheets.at("monthly", row - 1, "period"))


@fault(FORM)
def row_pasted_twice(sheets: Sheets) -> None:
    name = sheets.some_table()
    row = int(sheets.rng.choice(sheets.rows(name)))
    sheets.lines[name].append(list(sheets.lines[name][row - 1]))
    sheets.touched.add((name, len(sheets.lines[name]), 0))


@fault(FORM)
def part_above_its_whole(sheets: Sheets) -> None:
    pairs = [(name, *pair) for name in sheets.lines for pair in table(name).parts]
    name, part, whole = pairs[sheets.rng.integers(len(pairs))]
    row = int(sheets.rng.choice(sheets.rows(name)))
    sheets.put(name, row, part, sheets.at(name, row, whole) + 1)


@fault(FORM)
def head_misspelt(sheets: Sheets) -> None:
    name = sheets.some_table()
    columns = [column for column in table(name).numbers if len(column) > 7]
    column = str(sheets.rng.choice(columns))
    number = sheets.lines[name][0].index(column)
    cut = int(sheets.rng.integers(1, len(column) - 1))
    sheets.lines[name][0][number] = column[:cut] + column[cut + 1 :]
    sheets.touched.add((name, 1, number + 1))


@fault(FORM)
def head_missing(sheets: Sheets) -> None:
    name = sheets.some_table()
    number = sheets.lines[name][0].index(str(sheets.rng.choice(table(name).numbers)))
    sheets.lines[name][0][number] = None
    sheets.touched.add((name, 1, number + 1))


@fault(FORM)
def head_twice(sheets: Sheets) -> None:
    name = sheets.some_table()
    first, second = sheets.rng.choice(table(name).numbers, 2, replace=False)
    number = sheets.lines[name][0].index(str(second))
    sheets.lines[name][0][number] = str(first)
    sheets.touched.add((name, 1, number + 1))


@fault(FORM)
def word_of_no_choice(sheets: Sheets) -> None:
    if "services" not in sheets.lines:
        raise NotHereError
    row = int(sheets.rng.choice(sheets.rows("services")))
    sheets.put("services", row, str(sheets.rng.choice(["service", "offer"])), "Rentenberatung")


@fault(FORM)
def share_above_hundred(sheets: Sheets) -> None:
    name, row, column = sheets.cell(("share",), 2)
    sheets.put(name, row, column, sheets.at(name, row, column) * 100)


def _factor(sheets: Sheets) -> float:
    return float(sheets.rng.choice([10, 12, 100, 1000, 1 / 10, 1 / 12, 1 / 100, 1 / 1000]))


def _times(value: float | None, factor: float, kind: str) -> float | None:
    if value is None:
        return None
    return round(value * factor) if kind in WHOLE else round(value * factor, 4)


@fault(VISIBLE)
def cell_off_by_a_factor(sheets: Sheets) -> None:
    name, row, column = sheets.cell((*WHOLE, "number"), MUCH)
    factor = _factor(sheets)
    sheets.put(name, row, column, _times(sheets.at(name, row, column), factor, table(name).columns[column].kind))


@fault(VISIBLE)
def row_in_another_unit(sheets: Sheets) -> None:
    name = str(sheets.rng.choice([name for name in sheets.lines if name != "services"]))
    row, factor = int(sheets.rng.choice(sheets.rows(name))), float(sheets.rng.choice([10, 100, 1000]))
    for column in table(name).numbers:
        sheets.put(name, row, column, _times(sheets.at(name, row, column), factor, table(name).columns[column].kind))


@fault(VISIBLE)
def column_in_another_unit(sheets: Sheets) -> None:
    name = sheets.some_table()
    numbers = [column for column in table(name).numbers if table(name).columns[column].kind in (*WHOLE, "number")]
    column, factor = str(sheets.rng.choice(numbers)), float(sheets.rng.choice([100, 1000, 0.01, 0.001]))
    values = [sheets.at(name, row, column) or 0 for row in sheets.rows(name)]
    if np.median(values) < MUCH:
        raise NotHereError
    for row in sheets.rows(name):
        sheets.put(name, row, column, _times(sheets.at(name, row, column), factor, table(name).columns[column].kind))


@fault(VISIBLE)
def series_in_another_unit(sheets: Sheets) -> None:
    name, _, column = sheets.cell((*WHOLE, "number"), MUCH)
    factor = float(sheets.rng.choice([10, 100, 1000, 0.1, 0.01]))
    rows = sheets.series(name, sheets.some_key())
    if np.median([sheets.at(name, row, column) or 0 for row in rows]) < MUCH:
        raise NotHereError
    for row in rows:
        sheets.put(name, row, column, _times(sheets.at(name, row, column), factor, table(name).columns[column].kind))


@fault(VISIBLE)
def series_of_another(sheets: Sheets) -> None:
    keys = sorted({line[0] for line in sheets.lines["monthly"][1:]})
    if len(keys) < 2:
        raise NotHereError
    first, second = sheets.rng.choice(keys, 2, replace=False)
    column = str(sheets.rng.choice(table("monthly").numbers))
    rows = [sheets.series("monthly", str(key)) for key in (first, second)]
    if len(rows[0]) != len(rows[1]):
        raise NotHereError
    for source, target in zip(*rows, strict=True):
        sheets.put("monthly", target, column, sheets.at("monthly", source, column))


@fault(VISIBLE)
def block_pasted(sheets: Sheets) -> None:
    """Three to twelve months of three to eight columns stand again: at another municipality, or at a later time."""
    numbers = table("monthly").numbers
    months, width = int(sheets.rng.integers(3, 13)), int(sheets.rng.integers(3, 9))
    first = int(sheets.rng.integers(len(numbers) - width + 1))
    source, target = (sheets.series("monthly", sheets.some_key()) for _ in range(2))
    starts = [int(sheets.rng.integers(max(len(rows) - months, 0) + 1)) for rows in (source, target)]
    rows = [some[at : at + months] for some, at in zip((source, target), starts, strict=True)]
    if min(map(len, rows)) < months or set(rows[0]) & set(rows[1]):
        raise NotHereError
    taken = [[sheets.at("monthly", row, column) for column in numbers[first : first + width]] for row in rows[0]]
    if sum((value or 0) >= MUCH for line in taken for value in line) < months * width / 2:
        raise NotHereError
    for row, line in zip(rows[1], taken, strict=True):
        for column, value in zip(numbers[first : first + width], line, strict=True):
            sheets.put("monthly", row, column, value)


@fault(VISIBLE)
def month_copied_from_the_month_before(sheets: Sheets) -> None:
    row = int(sheets.rng.choice(sheets.rows("monthly")[1:]))
    if sheets.at("monthly", row, "kommune") != sheets.at("monthly", row - 1, "kommune"):
        raise NotHereError
    for column in table("monthly").numbers:
        sheets.put("monthly", row, column, sheets.at("monthly", row - 1, column))


@fault(VISIBLE)
def cumulated_since_january(sheets: Sheets) -> None:
    column = str(sheets.rng.choice([c.name for c in table("monthly").columns.values() if c.kind == "events"]))
    rows = sheets.series("monthly", sheets.some_key())
    total, year = 0.0, ""
    if sum(sheets.at("monthly", row, column) or 0 for row in rows) < MUCH:
        raise NotHereError
    for row in rows:
        period = str(sheets.at("monthly", row, "period"))
        total = total if period[:4] == year else 0.0
        year = period[:4]
        total += sheets.at("monthly", row, column) or 0
        sheets.put("monthly", row, column, int(total))


@fault(VISIBLE)
def zero_for_not_known(sheets: Sheets) -> None:
    name, row, column = sheets.cell(WHOLE, MUCH)
    sheets.put(name, row, column, 0)
    for part, whole in table(name).parts:
        if whole == column:
            sheets.put(name, row, part, 0)


@fault(VISIBLE)
def heads_exchanged(sheets: Sheets) -> None:
    name = sheets.some_table()
    first, second = (str(column) for column in sheets.rng.choice(table(name).numbers, 2, replace=False))
    medians = [np.median([sheets.at(name, row, c) or 0 for row in sheets.rows(name)]) for c in (first, second)]
    if min(medians) < 1 or max(medians) / max(min(medians), 1e-9) < 9:
        raise NotHereError  # the bands of the two may overlap
    head = sheets.lines[name][0]
    i, j = head.index(first), head.index(second)
    head[i], head[j] = second, first
    sheets.touched |= {(name, row, number + 1) for row in (1, *sheets.rows(name)) for number in (i, j)}


@fault(VISIBLE)
def two_exchanged_in_a_month(sheets: Sheets) -> None:
    rows = list(sheets.rows("monthly"))
    first, second = (int(row) for row in sheets.rng.choice(rows, 2, replace=False))
    same = sheets.at("monthly", first, "period") == sheets.at("monthly", second, "period")
    sizes = [sheets.at("monthly", row, "ehb") for row in (first, second)]
    if not same or None in sizes or max(sizes) < 2 * min(sizes):
        raise NotHereError
    for column in ("kommune", "name"):
        values = [sheets.at("monthly", row, column) for row in (first, second)]
        sheets.put("monthly", first, column, values[1])
        sheets.put("monthly", second, column, values[0])


@fault(VISIBLE)
def keys_sorted_alone(sheets: Sheets) -> None:
    rows = list(sheets.rows("monthly"))
    if len({sheets.at("monthly", row, "kommune") for row in rows}) < 2:
        raise NotHereError
    order = sheets.rng.permutation(rows)
    named = [[sheets.at("monthly", int(row), column) for column in ("kommune", "name", "period")] for row in order]
    for row, values in zip(rows, named, strict=True):
        for column, value in zip(("kommune", "name", "period"), values, strict=True):
            sheets.put("monthly", row, column, value)


@fault(VISIBLE)
def share_as_a_fraction(sheets: Sheets) -> None:
    name, row, column = sheets.cell(("share",), 10)
    sheets.put(name, row, column, sheets.at(name, row, column) / 100)


@fault(VISIBLE)
def table_in_another_unit(sheets: Sheets) -> None:
    factor = float(sheets.rng.choice([100, 1000]))
    for row in sheets.rows("monthly"):
        for column in table("monthly").numbers:
            sheets.put("monthly", row, column, _times(sheets.at("monthly", row, column), factor, "stock"))


@fault(VISIBLE)
def year_in_another_unit(sheets: Sheets) -> None:
    numbers = [column.name for column in table("monthly").columns.values() if column.kind in COUNTS]
    column, year = str(sheets.rng.choice(numbers)), str(sheets.rng.choice([2006, 2007, 2008]))
    rows = sheets.years_of(sheets.some_key(), [year])
    if not rows or np.median([sheets.at("monthly", row, column) or 0 for row in rows]) < MUCH:
        raise NotHereError
    factor = float(sheets.rng.choice([10, 100, 0.1, 0.01]))
    for row in rows:
        sheets.put("monthly", row, column, _times(sheets.at("monthly", row, column), factor, "stock"))


@fault(VISIBLE)
def year_of_zeros(sheets: Sheets) -> None:
    column = str(sheets.rng.choice(["ehb_employed", "aktivierte", "eingliederungen", "ehb_u25", "sanktionen"]))
    years = sheets.rng.choice([2006, 2007, 2008], int(sheets.rng.integers(1, 4)), replace=False).astype(str)
    rows = sheets.years_of(sheets.some_key(), list(years))
    if not rows or np.median([sheets.at("monthly", row, column) or 0 for row in rows]) < MUCH:
        raise NotHereError
    for row in rows:
        sheets.put("monthly", row, column, 0)
        for part, whole in table("monthly").parts:
            if whole == column:
                sheets.put("monthly", row, part, 0)
