"""Destatis workbook of the Kreise (Gemeindeverzeichnis, table 04): area and population of every Kreis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.loaders._files import DOWNLOAD_AGAIN, open_workbook, refusal

COLUMNS = ("key", "name", "kind", "nuts3", "area_km2", "population", "male", "female", "area_status")

_SHEET = "Kreisfreie Städte"
_ORDER = ("key", "kind", "name", "nuts3", "area_km2", "population", "male", "female")
# What the two heading lines begin with, without blanks, hyphens and line breaks.
_UPPER = ("schlüsselnummer", "regionalebezeichnung", "kreisfreiestadt", "nuts3", "flächeinkm2", "bevölkerung")
_LOWER = {5: "insgesamt", 6: "männlich", 7: "weiblich"}


def read_kreise_workbook(path: str | Path) -> pd.DataFrame:
    r"""Read the Destatis workbook "Kreisfreie Städte und Landkreise nach Fläche, Bevölkerung …".

    **Definition:** one row per Kreis; population on 31.12. of the area status, area in km² on the
    same day. Sums of Länder and Regierungsbezirke are left out; the row for Germany serves as check.

    **Format:** xlsx, sheet "Kreisfreie Städte u. Landkreise"; area status above two heading lines and
    a line of numbers; blank lines and Land lines between; footnotes below.

    **Known faults:** area in Rheinland-Pfalz without the German-Luxembourg condominium; areas before
    and after 2014 and population before and after 2016 are comparable only in part (footnotes).

    **Source and licence:** © Statistisches Bundesamt (Destatis), Gemeindeverzeichnis-
    Informationssystem, with the date of the workbook; reproduction with source is permitted.

    Parameters
    ----------
    path : the workbook.

    Returns
    -------
    DataFrame, shape (Kreise, 9)
        ``key, name, kind, nuts3, area_km2, population, male, female, area_status``; key text of five
        digits (Hamburg ``02000``, Berlin ``11000``), kind as printed (Kreisfreie Stadt, Stadtkreis,
        Kreis, Landkreis, Regionalverband), persons as whole numbers, area status ``TT.MM.JJJJ``.

    Raises
    ------
    FileFormatError
        Not a workbook, sheet or heading missing, a key that is a number, a cell that is no number,
        or Kreise that do not add up to Germany; names sheet, row and column.

    Examples
    --------
    Headings are compared without blanks, hyphens and line breaks:

    >>> squeeze("Schlüssel-nummer"), squeeze("Fläche \nin km2")
    ('schlüsselnummer', 'flächeinkm2')
    """
    path = Path(path)
    workbook = open_workbook(path)
    try:
        sheet = next((name for name in workbook.sheetnames if name.startswith(_SHEET)), None)
        if sheet is None:
            found, rule = ", ".join(workbook.sheetnames), f"The workbook has a sheet '{_SHEET} …'"
            raise refusal(path, rule, found, "Download table 04 of the Gemeindeverzeichnis (Kreise).")
        table = [tuple(cells[:9]) for cells in workbook[sheet].iter_rows(values_only=True)]
    finally:
        workbook.close()
    status, start = _check_head(table, sheet, path)
    records = []
    for row, cells in enumerate(table[start:], start + 1):
        record: dict[str, Any] = dict(zip(_ORDER, cells, strict=False))
        if str(record["nuts3"]).startswith("DE"):  # only Kreise have a NUTS3 code
            records.append(_check_row(record, row, sheet, path))
    frame = pd.DataFrame(records, columns=COLUMNS[:-1])
    frame["area_status"] = status
    _check_total(frame, table, sheet, path)
    return frame


def squeeze(text: Any) -> str:
    """Text in small letters without blanks, hyphens and line breaks; empty for an empty cell."""
    return "" if text is None else re.sub(r"[\s-]", "", str(text)).lower()


def _check_head(table: list[tuple[Any, ...]], sheet: str, path: Path) -> tuple[str, int]:
    start = next((i for i, cells in enumerate(table[:20]) if squeeze(cells[0]).startswith(_UPPER[0])), None)
    if start is None or start + 1 >= len(table):
        raise refusal(path, "A heading line begins with 'Schlüsselnummer'", "no such line", sheet=sheet)
    expected = [(start, n, text) for n, text in enumerate(_UPPER)]
    expected += [(start + 1, n, text) for n, text in _LOWER.items()]
    for line, number, text in expected:
        heading = table[line][number] if number < len(table[line]) else None
        if not squeeze(heading).startswith(text):
            rule = f"Heading {number + 1} begins with {text!r} (blanks and hyphens aside)"
            raise refusal(path, rule, repr(heading), sheet=sheet, row=line + 1, column=_ORDER[number])
    for cells in table[:start]:
        found = re.search(r"Gebietsstand: *(\d\d\.\d\d\.\d{4})", str(cells[0]))
        if found:
            return found[1], start + 2
    raise refusal(path, "'Gebietsstand: TT.MM.JJJJ' stands above the headings", "no such line", sheet=sheet)


def _check_row(record: dict[str, Any], row: int, sheet: str, path: Path) -> dict[str, Any]:
    key = record["key"]
    if not (isinstance(key, str) and re.fullmatch(r"\d{5}", key.strip())):
        rule, way_out = "A key is text of five digits", f"{DOWNLOAD_AGAIN} Or format the column as text."
        found = f"{key!r}" + (", a number: leading zeros are lost" if isinstance(key, int | float) else "")
        raise refusal(path, rule, found, way_out, sheet=sheet, row=row, column="key")
    for column in ("area_km2", "population", "male", "female"):
        value = record[column]
        if not isinstance(value, int | float):
            raise refusal(path, "A cell is a number", repr(value), sheet=sheet, row=row, column=column)
        record[column] = float(value) if column == "area_km2" else int(value)
    if record["male"] + record["female"] != record["population"]:
        rule = "Population is male plus female"
        found = f"{record['population']} against {record['male']} + {record['female']}"
        raise refusal(path, rule, found, sheet=sheet, row=row, column="population")
    texts = {column: str(record[column] or "").strip() for column in ("key", "name", "kind", "nuts3")}
    return {**record, **texts}


def _check_total(frame: pd.DataFrame, table: list[tuple[Any, ...]], sheet: str, path: Path) -> None:
    row = next((n for n, cells in enumerate(table, 1) if cells[1:3] == ("Deutschland", "Insgesamt")), None)
    if row is None:
        rule, found = "The table ends with the row 'Deutschland, Insgesamt'", "none: the sheet is truncated"
        raise refusal(path, rule, found, sheet=sheet, row=len(table))
    twice = frame.loc[frame["key"].duplicated(), "key"]
    if len(twice):
        raise refusal(path, "One row for each key", f"{twice.iloc[0]} twice", sheet=sheet, column="key")
    total = frame["population"].sum()
    if total != table[row - 1][5]:
        rule, found = "The Kreise add up to Germany", f"{total} against {table[row - 1][5]}: rows are missing"
        raise refusal(path, rule, found, sheet=sheet, row=row, column="population")
