"""Destatis workbook of the Kreise (Gemeindeverzeichnis, table 04): area and population of every Kreis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.loaders._files import DOWNLOAD_AGAIN, check_names, refusal
from optkommunen.loaders.workbook import Page, Workbook

COLUMNS = ("key", "name", "kind", "nuts3", "area_km2", "population", "male", "female", "area_status")

_Line = tuple[int, list[Any]]  # row number and cells
_SHEET = "Kreisfreie Städte"
_ORDER = ("key", "kind", "name", "nuts3", "area_km2", "population", "male", "female", "per_km2")
# What the two heading lines begin with, without blanks, hyphens and line breaks.
_UPPER = ("schlüsselnummer", "regionalebezeichnung", "kreisfreiestadt", "nuts3", "flächeinkm2", "bevölkerung")
_LOWER = {5: "insgesamt", 6: "männlich", 7: "weiblich", 8: "jekm2"}


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
        Not a workbook, sheet or heading missing, a key that is a number, a cell that is no number, a garbled
        name, persons that do not fit sex, area or density, or Kreise that do not add up to Germany; names sheet,
        row and column.

    Examples
    --------
    Headings are compared without blanks, hyphens and line breaks:

    >>> squeeze("Schlüssel-nummer"), squeeze("Fläche \nin km2")
    ('schlüsselnummer', 'flächeinkm2')
    """
    workbook = Workbook(path)
    sheet = next((name for name in workbook.sheets if name.startswith(_SHEET)), None)
    if sheet is None:
        found, rule = ", ".join(workbook.sheets), f"The workbook has a sheet '{_SHEET} …'"
        raise refusal(workbook.path, rule, found, "Download table 04 of the Gemeindeverzeichnis (Kreise).")
    page = workbook.page(sheet)
    table = list(page.lines(9))
    status, start = _check_head(page, table)
    records = []
    for row, cells in table[start:]:
        record: dict[str, Any] = dict(zip(_ORDER, cells, strict=False))
        if str(record["nuts3"]).startswith("DE"):  # only Kreise have a NUTS3 code
            records.append(_check_row(page, row, record))
    frame = pd.DataFrame(records, columns=COLUMNS[:-1])
    frame["area_status"] = status
    _check_total(page, frame, table)
    return frame


def squeeze(text: Any) -> str:
    """Text in small letters without blanks, hyphens and line breaks; empty for an empty cell."""
    return "" if text is None else re.sub(r"[\s-]", "", str(text)).lower()


def _check_head(page: Page, table: list[_Line]) -> tuple[str, int]:
    start = next((n for n, (_, cells) in enumerate(table[:20]) if squeeze(cells[0]).startswith(_UPPER[0])), None)
    if start is None or start + 1 >= len(table):
        rule = "A heading line begins with 'Schlüsselnummer'"
        raise page.refusal(rule, "no such line")
    expected = [(table[start], n, text) for n, text in enumerate(_UPPER)]
    expected += [(table[start + 1], n, text) for n, text in _LOWER.items()]
    for (row, cells), number, text in expected:
        if not squeeze(cells[number]).startswith(text):
            rule = f"Heading {number + 1} begins with {text!r} (blanks and hyphens aside)"
            raise page.refusal(rule, repr(cells[number]), row=row, column=_ORDER[number])
    for _, cells in table[:start]:
        found = re.search(r"Gebietsstand: *(\d\d\.\d\d\.\d{4})", str(cells[0]))
        if found:
            return found[1], start + 2
    rule = "'Gebietsstand: TT.MM.JJJJ' stands above the headings"
    raise page.refusal(rule, "no such line")


def _check_row(page: Page, row: int, record: dict[str, Any]) -> dict[str, Any]:
    key = record["key"]
    if not (isinstance(key, str) and re.fullmatch(r"\d{5}", key.strip())):
        rule, way_out = "A key is text of five digits", f"{DOWNLOAD_AGAIN} Or format the column as text."
        found = f"{key:g}, a number: leading zeros are lost" if isinstance(key, float) else repr(key)
        raise page.refusal(rule, found, way_out, row=row, column="key")
    for column in _ORDER[4:]:
        value = record[column]
        if not isinstance(value, float) or value < 0:
            rule = "A cell is a number, not below 0"
            raise page.refusal(rule, repr(value), row=row, column=column)
        if column in ("population", "male", "female"):
            if not value.is_integer():
                rule = "Persons are whole numbers"
                raise page.refusal(rule, f"{value:g}", row=row, column=column)
            record[column] = int(value)
    if abs(record["population"] - record["per_km2"] * record["area_km2"]) > 0.51 * record["area_km2"]:
        rule = "Inhabitants per km² are population by area"
        found = f"{record['per_km2']:g} against {record['population']} / {record['area_km2']:g}"
        raise page.refusal(rule, found, row=row, column="per_km2")
    if record["male"] + record["female"] != record["population"]:
        rule = "Population is male plus female"
        found = f"{record['population']} against {record['male']} + {record['female']}"
        raise page.refusal(rule, found, row=row, column="population")
    texts = {column: str(record[column] or "").strip() for column in ("key", "name", "kind", "nuts3")}
    check_names([texts["name"]], [row], page.path, sheet=page.sheet)
    return {**record, **texts}


def _check_total(page: Page, frame: pd.DataFrame, table: list[_Line]) -> None:
    last = next(((row, cells) for row, cells in table if cells[1:3] == ["Deutschland", "Insgesamt"]), None)
    if last is None:
        rule, found = "The table ends with the row 'Deutschland, Insgesamt'", "none: the sheet is truncated"
        raise page.refusal(rule, found, row=table[-1][0])
    twice = frame.loc[frame["key"].duplicated(), "key"]
    if len(twice):
        rule = "One row for each key"
        raise page.refusal(rule, f"{twice.iloc[0]} twice", column="key")
    row, cells = last
    for column, tolerance in (("population", 0), ("male", 0), ("female", 0), ("area_km2", 0.05)):
        total, printed = float(frame[column].sum()), cells[_ORDER.index(column)]
        if not isinstance(printed, float) or abs(total - printed) > tolerance:
            rule = "The Kreise add up to Germany"
            words = f"{printed:.10g}" if isinstance(printed, float) else repr(printed)
            found = f"{total:.10g} against {words}: rows are missing or changed"
            raise page.refusal(rule, found, row=row, column=column)
