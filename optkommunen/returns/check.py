"""Sheets of returns become typed tables: every key, cell and row checked against the bundled tables' descriptor."""

from __future__ import annotations

import copy
import datetime
import difflib
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.data import store
from optkommunen.data.register import municipalities, resolve
from optkommunen.errors import AmbiguousUnitError, FileFormatError, ForeignUnitError, UnknownUnitError
from optkommunen.loaders._tables import Cell, Sheet, parse_number_cell
from optkommunen.values import KEY, STATUSES, SYNTHETIC, SYNTHETIC_KEYS

RING_STATUS, UNITS = "ring_status", "musterkommunen_units"
_REAL_KEY = "^[0-9]{5}$"
NOTE, NAME = "note", "name"
"""Text beside the numbers: the note of a row is kept (it says why a value may not enter); names are the register's."""
_TYPO = 0.85
"""Likeness (`difflib`) from which a further column is taken for a known one that was misspelt."""


def typed(sheets: dict[str, Sheet]) -> dict[str, pd.DataFrame]:
    """Tables of the sheets ``monthly, annual, services`` and, if there, ``units``.

    Parameters
    ----------
    sheets : as from `read_sheets`.

    Returns
    -------
    dict of DataFrame
        Under the names of the sheets; ``units`` is always there, one row for each unit that reports.

    Raises
    ------
    FileFormatError, ForeignUnitError, UnknownUnitError, AmbiguousUnitError
        As `load_returns`.
    """
    keys = {name: _keys(sheet) for name, sheet in sheets.items()}
    real = _one_kind_of_unit(sheets, keys)
    tables = {
        name: _table(sheet, _entry(name, real), keys[name], real) for name, sheet in sheets.items() if name != "units"
    }
    used = sorted({key for frame in tables.values() for key in frame[KEY]})
    tables["units"] = _units(sheets.get("units"), keys.get("units"), used, real, sheets["monthly"])
    return tables


def _entry(name: str, real: bool) -> dict[str, Any]:
    """Descriptor of the bundled table of that kind, with the keys and statuses of the file at hand."""
    entry = copy.deepcopy(store.resource(f"musterkommunen_{name}"))
    for column in entry["schema"]["fields"]:
        if real and column["name"] == KEY:
            column["constraints"]["pattern"] = _REAL_KEY
        elif real and column["name"] == "status":
            column["constraints"]["enum"] = [status for status in STATUSES if status != SYNTHETIC]
        elif real and column["name"] == "land":
            column["constraints"] = {}
        elif real and column["name"] in ("ring", "settlement"):
            del column["constraints"]["required"]
    return entry


def _keys(sheet: Sheet) -> list[str]:
    """Key of each row, whatever way the unit is named."""
    sheet.require([KEY])
    known: dict[Cell, str] = {}
    for row, cell in sheet.column(KEY):
        if cell not in known:
            known[cell] = _key(cell, sheet, row)
    return [known[cell] for _, cell in sheet.column(KEY)]


def _key(cell: Cell, sheet: Sheet, row: int) -> str:
    text = f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str("" if cell is None else cell).strip()
    if not text:
        rule = "Each row names its unit"
        raise sheet.refusal(rule, "an empty cell", "Fill in key or name.", row, KEY)
    if re.fullmatch(r"[0-9]{1,4}|M[0-9]", text):
        rule = "A key keeps its leading zeros (06438, M01)"
        raise sheet.refusal(rule, repr(text), "Format the column as text and write the zeros again.", row, KEY)
    if text in SYNTHETIC_KEYS:
        return text
    try:
        if re.fullmatch(r"M[0-9]+", text):
            message = f"Musterkommunen are M01 to M69; {text!r} is not one of them. Correct the key."
            raise ForeignUnitError(message)
        return resolve(text)
    except (AmbiguousUnitError, ForeignUnitError, UnknownUnitError) as error:
        message = f"{sheet.where(row, KEY)}: {error}"
        raise type(error)(message) from error


def _one_kind_of_unit(sheets: dict[str, Sheet], keys: dict[str, list[str]]) -> bool:
    """Whether the units are real; a file that mixes real and invented ones is refused."""
    first = keys["monthly"][0]
    real = first not in SYNTHETIC_KEYS
    for name, sheet in sheets.items():
        for row, key in zip(sheet.rows, keys[name], strict=True):
            if (key not in SYNTHETIC_KEYS) != real:
                rule = "A file holds municipalities of the 69 or Musterkommunen, never both"
                raise sheet.refusal(rule, f"{key} beside {first}", "Put them into two files.", row, KEY)
    return real


def _table(sheet: Sheet, entry: dict[str, Any], keys: list[str], real: bool) -> pd.DataFrame:
    """Typed table of a sheet, its schema, its identity and its parts checked."""
    fields = entry["schema"]["fields"]
    sheet.require([column["name"] for column in fields if column["name"] != "status"])
    columns: dict[str, Any] = {}
    for column in fields:
        name = column["name"]
        if name == KEY:
            columns[name] = pd.Series(keys, dtype="str")
        elif name == "status":
            columns[name] = _status(sheet, real)
        else:
            columns[name] = _column(sheet, column)
    frame = pd.DataFrame(columns)
    _check_identity(frame, sheet, entry["schema"]["primaryKey"])
    _check_schema(frame, sheet, entry)
    for part, whole in entry.get("parts", []):
        _check_part(frame, sheet, part, whole)
    further = {name: _further(sheet, name, text=entry["name"] == UNITS) for name in _further_names(sheet, columns)}
    if NOTE in sheet.header:
        further[NOTE] = pd.Series([_text(cell) for _, cell in sheet.column(NOTE)], dtype="str")
    return pd.concat([frame, pd.DataFrame(further, index=frame.index)], axis=1)


def _further_names(sheet: Sheet, known: Iterable[str]) -> list[str]:
    """Columns that only this file has; one that is nearly called like a known one is refused as misspelt."""
    names = [name for name in sheet.header if name and name not in {*known, NOTE, NAME, RING_STATUS}]
    for name in names:
        near = difflib.get_close_matches(name, [*known, NOTE, RING_STATUS], n=1, cutoff=_TYPO)
        # another number in a name means another thing: ehb_u20 is not ehb_u25 misspelt
        if near and re.sub(r"\D", "", near[0]) == re.sub(r"\D", "", name) and not name.startswith(f"{near[0]}_"):
            rule, found = "A further column is not nearly called like a known one", f"{name!r}"
            way_out = f"Did you mean {near[0]!r}? If it is another thing, call it by another name."
            raise sheet.refusal(rule, found, way_out, 1, name)
    return names


def _further(sheet: Sheet, name: str, *, text: bool) -> pd.Series:
    """A column that only this file has: numbers; of the units also text, such as a region."""
    if text and any(isinstance(cell, str) and cell for _, cell in sheet.column(name)):
        return pd.Series([_text(cell) for _, cell in sheet.column(name)], dtype="str")
    try:
        values = [parse_number_cell(sheet, row, name, cell) for row, cell in sheet.column(name)]
    except FileFormatError as error:
        message = f"{error} A column of text is removed, or called {NOTE!r}."
        raise FileFormatError(message) from error
    return pd.Series(values, dtype="float64")


def _column(sheet: Sheet, column: dict[str, Any]) -> pd.Series:
    name, kind = column["name"], column["type"]
    if kind == "string":
        text = _period if name == "period" else _text
        return pd.Series([text(cell) for _, cell in sheet.column(name)], dtype="str")
    values = [parse_number_cell(sheet, row, name, cell) for row, cell in sheet.column(name)]
    if kind == "integer":
        for row, value in zip(sheet.rows, values, strict=True):
            if not np.isnan(value) and not value.is_integer():
                rule, way_out = "A count is a whole number", "Give the count; leave the cell empty if it is not known."
                raise sheet.refusal(rule, f"{value:g}", way_out, row, name)
        return pd.Series(values, dtype="float64").astype("Int64")
    return pd.Series(values, dtype="float64")


def _text(cell: Cell) -> str:
    """Text of a cell; a whole number as such (ring 1, not 1.0)."""
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return "" if cell is None else str(cell).strip()


def _period(cell: Cell) -> str:
    """Text of a period; a number is a year, the first day of a month that month (Excel makes a date of 2006-01)."""
    if isinstance(cell, datetime.datetime):
        return f"{cell:%Y-%m}" if cell.day == 1 else f"{cell:%Y-%m-%d}"
    return _text(cell)


def _status(sheet: Sheet, real: bool) -> pd.Series:
    if not real:
        return pd.Series([SYNTHETIC] * len(sheet.rows), dtype="str")
    if "status" not in sheet.header:
        return pd.Series(["observed"] * len(sheet.rows), dtype="str")
    given = pd.Series([_text(cell) or "observed" for _, cell in sheet.column("status")], dtype="str")
    invented = np.flatnonzero(given.to_numpy() == SYNTHETIC)
    if len(invented):
        rule = "An invented value never stands beside a real municipality"
        way_out = "Give Musterkommunen their keys M01 to M69, or correct the column status."
        raise sheet.refusal(rule, "status 'synthetic'", way_out, sheet.rows[int(invented[0])], "status")
    return given


def _ring_status(sheet: Sheet) -> pd.Series:
    """How sure it is who is in which ring; observed where the cell is empty: whoever draws a ring knows it."""
    given = [_text(cell) or STATUSES[0] for _, cell in sheet.column(RING_STATUS)]
    for row, status in zip(sheet.rows, given, strict=True):
        if status not in STATUSES:
            way_out = f"Write one of {', '.join(STATUSES)}, or leave the cell empty."
            msg = "A status is a word of the vocabulary"
            raise sheet.refusal(msg, repr(status), way_out, row, RING_STATUS)
    return pd.Series(given, dtype="str")


def _check_identity(frame: pd.DataFrame, sheet: Sheet, identity: list[str]) -> None:
    twice = np.flatnonzero(frame.duplicated(identity).to_numpy())
    if not len(twice):
        return
    second = int(twice[0])
    first = int(np.flatnonzero((frame[identity] == frame.loc[second, identity]).all(axis=1).to_numpy())[0])
    rule = f"One row for each {', '.join(identity)}"
    found = f"{', '.join(map(str, frame.loc[second, identity]))} a second time (first in row {sheet.rows[first]})"
    raise sheet.refusal(rule, found, "Delete one of the two.", sheet.rows[second])


def _check_schema(frame: pd.DataFrame, sheet: Sheet, entry: dict[str, Any]) -> None:
    """Constraints of the descriptor; the first cell that breaks one is named with its rule."""
    import pandera.errors

    try:
        store.schema(entry).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases.dropna(subset=["index"]).sort_values(["index", "column"])
        case = cases.iloc[0]
        (column,) = (c for c in entry["schema"]["fields"] if c["name"] == case["column"])
        value = case["failure_case"]
        found = (repr(value) if value else "an empty cell") if isinstance(value, str) else f"{value:g}"
        raise sheet.refusal(*_rule(column, found), sheet.rows[int(case["index"])], column["name"]) from error


def _rule(column: dict[str, Any], found: str) -> tuple[str, str, str]:
    """Rule of a column in words, what was found, and the way out."""
    words = column.get("constraints", {})
    if "enum" in words:
        return f"{column['title']} is one of {', '.join(words['enum'])}", found, "Use one of these words."
    if "example" in column and column["name"] != KEY:
        way_out = f"Write it as text in this form: {column['example']}."
        return f"{column['title']} is written like {column['example']}", found, way_out
    limits = [f"at least {words['minimum']}"] if "minimum" in words else []
    limits += [f"at most {words['maximum']}"] if "maximum" in words else []
    rule = f"{column['title']} is {' and '.join(limits) or 'filled in'}"
    return rule, found, "Correct the cell; leave it empty if the value is not known."


def _check_part(frame: pd.DataFrame, sheet: Sheet, part: str, whole: str) -> None:
    larger = np.flatnonzero((frame[part] > frame[whole]).fillna(False).to_numpy(dtype=bool))
    if len(larger):
        first = int(larger[0])
        rule, found = f"{part} is part of {whole}", f"{frame[part].iloc[first]:g} of {frame[whole].iloc[first]:g}"
        raise sheet.refusal(rule, found, "Correct the smaller or the larger number.", sheet.rows[first], part)


def _units(sheet: Sheet | None, keys: list[str] | None, used: list[str], real: bool, monthly: Sheet) -> pd.DataFrame:
    """Table of the units that report: from the file, names and Länder of the 69 from the register."""
    entry = _entry("units", real)
    if sheet is None or keys is None:
        if not real:
            rule, found = "Musterkommunen need the table 'units' (name, ring, Land, context)", "none"
            raise monthly.refusal(rule, found, "Add it; the bundled set shows its form.", whole_file=True)
        sheet, keys = Sheet(monthly.path, None, [KEY], [0] * len(used), [[key] for key in used], False), used
    if real:
        register = municipalities().set_index(KEY)
        named = {"name": register["name"], "land": register["land"]}
        sheet = sheet.replaced({name: [column[key] for key in keys] for name, column in named.items()})
        missing = [c["name"] for c in entry["schema"]["fields"] if c["name"] not in sheet.header]
        sheet = sheet.replaced({name: [None] * len(keys) for name in missing if name != "status"})
    frame = _table(sheet, entry, keys, real)
    if RING_STATUS in sheet.header:
        frame[RING_STATUS] = _ring_status(sheet)
    absent = sorted(set(used) - set(frame[KEY]))
    if absent:
        rule, found = "The table 'units' holds every unit that reports", f"none for {', '.join(absent)}"
        raise sheet.refusal(rule, found, "Add the rows, or leave the table out (only possible for the 69).")
    return frame
