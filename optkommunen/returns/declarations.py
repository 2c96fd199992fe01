"""What each municipality declares of its returns, and the control totals from its case system."""

from __future__ import annotations

import contextlib
import datetime
import re

import pandas as pd

from optkommunen.loaders._parts import Cell
from optkommunen.returns.columns import COUNTS, table
from optkommunen.returns.findings import Finding
from optkommunen.returns.grid import Grid
from optkommunen.returns.parse import WrongCellError, choice_of, is_empty, key_of, number_of, period_of
from optkommunen.values import KEY

ITEM, VALUE, YEAR = "item", "value", "period"
_TOTAL = re.compile(r"(?P<head>.+?)[\s,:]*(?:total|summe|kontrollsumme|control total)?[\s,:]*(?P<year>20\d\d)")


def declared_in(grid: Grid | None) -> tuple[pd.DataFrame, list[Finding]]:
    """Declarations of the sheet, one row for each that a municipality makes.

    Parameters
    ----------
    grid : sheet with a row for each question and a column for each municipality; None if there is none.

    Returns
    -------
    DataFrame with columns ``kommune, item, period, value``, list of Finding
        ``item`` is a question of the template (``minijobs, kdu_in_transfers, area, system_changed``, ``period`` empty,
        ``value`` the answer), or a column of the monthly table with the year and its control total.

    Examples
    --------
    >>> declared_in(None)[0].columns.tolist()
    ['kommune', 'item', 'period', 'value']
    """
    findings: list[Finding] = []
    rows: list[tuple[str, str, str, str | float]] = []
    if grid is not None and (head := _head(grid)):
        for number, key in _keys(grid, head).items():
            for row in (row for row in grid.rows if row > head):
                cell, item = grid.rows[row].get(number), _item(grid, row)
                if cell is None or is_empty(cell) or item is None:
                    continue
                try:
                    rows.append((key, *item, _value(item, cell)))
                except WrongCellError as error:
                    place = [(row, number)]
                    findings.append(grid.finding(error.kind, error.found, place, item[0], **error.fields))
    return pd.DataFrame(rows, columns=[KEY, ITEM, YEAR, VALUE]), findings


def _keys(grid: Grid, row: int) -> dict[int, str]:
    """Municipality of each column that a row names."""
    keys = {}
    for number, cell in grid.rows[row].items():
        with contextlib.suppress(WrongCellError):
            keys[number] = key_of(cell)
    return keys


def _head(grid: Grid) -> int:
    """Row that names the municipalities: the first in which a cell behind the first column is a key or name."""
    return next((row for row in grid.rows if set(_keys(grid, row)) - {1}), 0)


def _item(grid: Grid, row: int) -> tuple[str, str] | None:
    """Question of a row, or column and year of a control total."""
    label = grid.rows[row].get(1)
    text = str(label.value).strip() if label else ""
    question = table("declarations").find(text)
    if question:
        return question, ""
    total = _TOTAL.fullmatch(text)
    column = table("monthly").find(total["head"]) if total else None
    return (column, total["year"]) if total and column else None


def _value(item: tuple[str, str], cell: Cell) -> str | float:
    name, year = item
    if year:
        kind = table("monthly").columns[name].kind
        return number_of(cell, kind if kind in COUNTS else "")
    column = table("declarations").columns[name]
    if column.kind == "period":
        return period_of(cell, monthly=True, today=datetime.date.today())
    return choice_of(cell, column)


def answer(declarations: pd.DataFrame, item: str) -> dict[str, str]:
    """Answer of each municipality to one question.

    Examples
    --------
    >>> answer(declared_in(None)[0], "minijobs")
    {}
    """
    told = declarations[(declarations[ITEM] == item) & (declarations[YEAR] == "")]
    return dict(zip(told[KEY], told[VALUE].astype(str), strict=True))
