"""What each municipality declares of its returns, and the control totals from its case system."""

from __future__ import annotations

import datetime
import re

import pandas as pd

from optkommunen.loaders._parts import Cell
from optkommunen.returns.columns import COUNTS, table
from optkommunen.returns.findings import Finding
from optkommunen.returns.grid import Grid
from optkommunen.returns.parse import WrongCellError, choice_of, is_empty, key_of, number_of, period_of, shown
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
    head = _head(grid) if grid is not None and grid.rows else 0
    if grid is not None and grid.rows and not head:
        findings.append(grid.finding("head_none", repr(grid.name), heads="kommune"))
    if grid is None or not head:
        return pd.DataFrame(rows, columns=[KEY, ITEM, YEAR, VALUE]), findings
    keys, wrong = _keys(grid, head)
    findings += wrong
    for row in (row for row in grid.rows if row > head):
        answers = {number: cell for number, cell in grid.rows[row].items() if number in keys and not is_empty(cell)}
        item = _item(grid, row)
        if answers and item is None and not _is_names(answers, keys):
            label = grid.rows[row].get(1)
            findings.append(grid.finding("declaration_unknown", shown(label), [(row, 1)]))
        if item is None:
            continue
        for number, cell in answers.items():
            try:
                rows.append((keys[number], *item, _value(item, cell)))
            except WrongCellError as error:
                findings.append(grid.finding(error.kind, error.found, [(row, number)], item[0], **error.fields))
    return pd.DataFrame(rows, columns=[KEY, ITEM, YEAR, VALUE]), findings


def _keys(grid: Grid, head: int) -> tuple[dict[int, str], list[Finding]]:
    """Municipality of each column behind the first; a head that names none, or one that is there already."""
    keys: dict[int, str] = {}
    findings = []
    for number, cell in grid.rows[head].items():
        explains = isinstance(cell.value, str) and number == 2 and not _names_one(cell)
        if number == 1 or is_empty(cell) or explains:
            continue
        try:
            key = key_of(cell)
        except WrongCellError as error:
            findings.append(grid.finding(error.kind, error.found, [(head, number)], KEY, **error.fields))
            continue
        if key in keys.values():
            findings.append(grid.finding("head_twice", key, [(head, number)], KEY))
        keys[number] = key
    return keys, findings


def _names_one(cell: Cell) -> bool:
    try:
        key_of(cell)
    except WrongCellError:
        return False
    return True


def _is_names(answers: dict[int, Cell], keys: dict[int, str]) -> bool:
    """Whether a row only says the names of the municipalities once more."""
    return all(_names_one(cell) and key_of(cell) == keys[number] for number, cell in answers.items())


def _head(grid: Grid) -> int:
    """Row that names the municipalities: the first in which a cell behind the first column is a key or name."""
    rows = ((row, [cell for number, cell in cells.items() if number > 1]) for row, cells in grid.rows.items())
    return next((row for row, cells in rows if any(map(_names_one, cells))), 0)


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


def without_totals(declarations: pd.DataFrame) -> pd.DataFrame:
    """Declarations without control totals: a year's total less its other months would be the one that is protected.

    An answer that holds from a month on (`breaks.joined_declarations`) stays.

    Examples
    --------
    >>> rows = [("05558", "minijobs", "", "all"), ("05558", "sanktionen", "2008", 31)]
    >>> without_totals(pd.DataFrame(rows, columns=[KEY, ITEM, YEAR, VALUE]))[ITEM].tolist()
    ['minijobs']
    """
    return declarations[declarations[ITEM].isin(table("declarations").columns)].reset_index(drop=True)
