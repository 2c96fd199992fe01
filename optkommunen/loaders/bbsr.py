"""BBSR Umsteigeschlüssel: weights that carry counts from the Kreise of one year to those of 31.12.2021."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.loaders._files import DOWNLOAD_AGAIN, check_names, refusal
from optkommunen.loaders.workbook import Page, Workbook
from optkommunen.values import periods_of

COLUMNS = (
    "year", "key", "name", "target", "target_name", "weight_area", "weight_population", "weight_employees",
    "area_km2", "population_1000", "employees_1000", "target_year", "note",
)  # fmt: skip
NUMBERS = COLUMNS[5:11]

GERMANY = {
    1990: (543, 356_948, 79_114), 1991: (543, 356_723, 80_276), 1992: (543, 356_949, 80_975),
    1993: (517, 356_965, 81_340), 1994: (444, 356_959, 81_539), 1995: (439, 357_006, 81_817),
    1996: (439, 357_005, 82_012), 1997: (440, 357_021, 82_058), 1998: (440, 357_022, 82_038),
    1999: (440, 357_020, 82_163), 2000: (440, 357_022, 82_259), 2001: (439, 357_023, 82_441),
    2002: (439, 357_027, 82_538), 2003: (439, 357_004, 82_532), 2004: (439, 357_039, 82_501),
    2005: (439, 357_087, 82_438), 2006: (439, 357_108, 82_315), 2007: (429, 357_098, 82_218),
    2008: (413, 357_106, 82_003), 2009: (412, 357_117, 81_802), 2010: (412, 357_115, 81_752),
    2011: (402, 357_130, 81_844), 2012: (402, 357_161, 80_523), 2013: (402, 357_333, 80_768),
    2014: (402, 357_333, 81_197), 2015: (402, 357_368, 82_176), 2016: (401, 357_401, 82_522),
    2017: (401, 357_570, 82_793), 2018: (401, 357_575, 83_020), 2019: (401, 357_573, 83_167),
    2020: (401, 357_579, 83_155), 2021: (400, 357_585, 83_237),
}  # fmt: skip
"""Kreise, area in km² and inhabitants in 1,000 at 31.12. of each year; editions differ by far less than a Kreis."""

# What a heading begins with (and what its unit is), without blanks, hyphens and line breaks; columns go by position.
_HEADINGS = {
    "key": ("kreise31.12.", ""),
    "name": ("kreisname", ""),
    "weight_area": ("flächenproportional", ""),
    "weight_population": ("bevölkerungsproportional", ""),
    "weight_employees": ("beschäftigtenproportional", ""),
    "area_km2": ("flächeam", "inkm²"),
    "population_1000": ("bevölkerungam", "in1000"),
    "employees_1000": ("sozialvers", "in1000"),
    "target": ("kreise31.12.", ""),
    "target_name": ("kreisname", ""),
}
_TOLERANCE = 1e-6

PARTS = {
    "area_km2": ("weight_area", 0.02),
    "population_1000": ("weight_population", 0.15),
    "employees_1000": ("weight_employees", 0.15),
}
"""Part value of a source: its weight, and how far rounding to the printed decimals takes it from its share."""

GARBLED = {"Teltow-Flõming": "Teltow-Fläming"}
"""Name in eleven sheets: Windows letters that were read as DOS letters."""

_TENFOLD = "population printed tenfold"
_MERGED = "printed as area and population of the Kreis of 2021; here the area of 2019"
# Year and source: column, printed, right, note.
_MISPRINTS = (
    (1991, "11000", "population_1000", 34_460.3, 3_446.0, _TENFOLD),
    (2020, "16056", "area_km2", 1_371.15, 104.17, _MERGED),
    (2020, "16063", "area_km2", 1_371.15, 1_266.98, _MERGED),
    (2020, "16056", "population_1000", 159.9, np.nan, _MERGED),
    (2020, "16063", "population_1000", 159.9, np.nan, _MERGED),
)
_WHOLE = "area or population printed whole in each row of this source; here its share by weight"


def read_umsteiger(path: str | Path, years: int | str | Iterable[int | str] | None = None) -> pd.DataFrame:
    """Read the BBSR Umsteigeschlüssel for Kreise, one row for each pair of source and target.

    **Definition:** ``weight_*`` is the share of the source (area, inhabitants, employees) that lies
    in the target; the weights of a source add up to 1. Area, population and employees are the part
    of the source in the target: add them up by ``key`` or by ``target``. Weights are for counts only;
    convert a rate through its numerator and denominator.

    **Format:** xlsx, one sheet per source year (``2008``, in editions before 2021 ``2008-2019``), one
    heading row, 8 columns up to 1996 and 10 from 1997.

    **Area status:** source 31.12. of the year; target 31.12. of ``target_year``, the same in every sheet
    (edition 2021: 400 Kreise, although its headings of 2007 to 2010 say 31.12.2020). The distinct ``key``
    of a year are the Kreise valid on 31.12. of that year.

    **Known faults:** keys are numbers with lost zeros, a name is garbled ("Teltow-Flõming"), both restored;
    long names are cut, 80 of 1990 and 1993 are empty. Printed numbers that cannot be right are put right where
    the workbook says how, else missing, and ``note`` says so: Berlin 1991 has ten times its inhabitants; 16063,
    16070 and 16073 have the whole source in each of their two rows (population 2016 to 2018, area 2017 and
    2018); 16056 and 16063 have area and population of the Kreis they formed in 2021 (2020). The population of
    1990 seems to be that of 31.12.1989. Weights are not affected.

    **Source and licence:** BBSR Bonn, Umsteigeschlüssel Kreise; dl-de/by-2-0; own processing.

    Parameters
    ----------
    path : the workbook.
    years : source year or years to read; None reads every sheet that is named after a year.

    Returns
    -------
    DataFrame, shape (pairs, 13)
        ``year, key, name, target, target_name, weight_area, weight_population, weight_employees,
        area_km2, population_1000, employees_1000, target_year, note``; key and target text of five digits, area
        in km², population and employees in 1,000. Employees are NaN up to 1996.

    Raises
    ------
    FileFormatError
        Not a workbook, a sheet missing, a heading renamed or moved, a cell without number, a garbled name, a pair
        twice, weights that do not add up to 1, parts that are not the weight's share, or another number of Kreise,
        area or population than Germany had (rows lost); names sheet, row and column.

    Examples
    --------
    Keys are restored from the numbers of the workbook:

    >>> restore_key(3152000.0), restore_key("16077000"), restore_key(None)
    ('03152', '16077', None)
    """
    path = Path(path)
    workbook = Workbook(path)
    sheets = {int(name[:4]): name for name in workbook.sheets if re.fullmatch(r"\d{4}(-\d{4})?", name)}
    wanted = list(sheets) if years is None else [int(period) for period in periods_of(years)]
    absent = [str(year) for year in wanted if year not in sheets] or ([] if wanted else ["1990 … 2020"])
    if absent:
        found = f"no {', '.join(absent)} among {', '.join(workbook.sheets)}"
        way_out = "Choose other years, or download the workbook 'Umsteigeschlüssel Kreise'."
        raise refusal(path, "Each source year has a sheet of that name", found, way_out)
    parts = [_read_page(workbook.page(sheets[year]), year) for year in wanted]
    return pd.concat(parts, ignore_index=True)


def restore_key(cell: Any) -> str | None:
    """Five-digit Kreisschlüssel from the number of the workbook; None if the cell is none."""
    text = f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return text.zfill(8)[:5] if re.fullmatch(r"\d{7,8}", text) and text.endswith("000") else None


def _read_page(page: Page, year: int) -> pd.DataFrame:
    lines = list(page.lines(len(_HEADINGS)))
    layout, stated = _check_headings(page, year, *(lines[0] if lines else (1, [])))
    records = [_check_row(page, row, dict(zip(layout, cells, strict=False))) for row, cells in lines[1:]]
    if not records:
        rule = "A sheet has rows below its headings"
        raise page.refusal(rule, "none", row=2)
    rows = [row for row, _ in lines[1:]]
    frame = pd.DataFrame(records).reindex(columns=COLUMNS).assign(year=year, note="")
    frame = frame.astype(dict.fromkeys(NUMBERS, "float64"))
    for column in ("name", "target_name"):
        check_names(frame[column].tolist(), rows, page.path, sheet=page.sheet, column=column)
    _check_weights(page, frame, rows)
    frame = mend(frame, year)
    _check_parts(page, frame, rows)
    _check_germany(page, frame, year)
    return frame.assign(target_year=_target_year(page, frame, stated))


def _check_headings(page: Page, year: int, row: int, headings: list[Any]) -> tuple[list[str], int]:
    """Columns in order, and the year that the headings state for the targets."""
    layout = list(_HEADINGS) if year >= 1997 else [c for c in _HEADINGS if "employees" not in c]
    for number, column in enumerate(layout):
        heading = str(headings[number]) if headings and headings[number] else "nothing"
        start, unit = _HEADINGS[column]
        start += str(year) if number == 0 else ""
        plain = re.sub(r"[\s-]", "", heading).lower().replace("1.000", "1000").replace("km2", "km²")
        if not (plain.startswith(start) and plain.endswith(unit)):
            rule = f"Heading {number + 1} begins with {start!r}" + (f" and ends with {unit!r}" if unit else "")
            rule += " (blanks and hyphens aside)"
            way_out = f"{DOWNLOAD_AGAIN} Columns are taken by position and must not be moved."
            if plain.startswith("gemeinden"):
                way_out = "This is the workbook for Gemeinden; download 'Umsteigeschlüssel Kreise'."
            raise page.refusal(rule, repr(heading), way_out, row=row, column=column)
    stated = re.search(r"\d{4}$", str(headings[layout.index("target")]).strip())
    return layout, int(stated[0]) if stated else 0


def _check_row(page: Page, row: int, record: dict[str, Any]) -> dict[str, Any]:
    for column in ("key", "target"):
        key = restore_key(record[column])
        if key is None:
            rule, found = "A key is the Kreisschlüssel with 000 behind it", f"{record[column]!r}"
            raise page.refusal(rule, found, row=row, column=column)
        record[column] = key
    for column in ("name", "target_name"):
        record[column] = str(record[column] or "").strip()
        record[column] = GARBLED.get(record[column], record[column])
    for column in NUMBERS:
        value = record.get(column, 0.0)
        if not isinstance(value, float) or value < 0 or (column.startswith("weight") and value > 1 + _TOLERANCE):
            rule = "A weight is a number from 0 to 1" if column.startswith("weight") else "A part is a number from 0 on"
            raise page.refusal(rule, repr(value), row=row, column=column)
    return record


def _check_weights(page: Page, frame: pd.DataFrame, rows: list[int]) -> None:
    twice = frame.duplicated(["key", "target"]).to_numpy()
    if twice.any():
        position = int(np.flatnonzero(twice)[0])
        found = f"a second row for {frame['key'].iloc[position]} and {frame['target'].iloc[position]}"
        rule = "One row for each source and target"
        raise page.refusal(rule, found, row=rows[position])
    for column in ("weight_area", "weight_population", "weight_employees"):
        if frame[column].isna().all():
            continue
        wrong = frame.groupby("key")[column].sum().sub(1).abs().loc[lambda gap: gap > _TOLERANCE]
        if len(wrong):
            key = wrong.index[0]
            position = int(np.flatnonzero(frame["key"] == key)[0])
            found = f"{frame.loc[frame['key'] == key, column].sum():.6f} for {key}: rows are missing or changed"
            rule = "The weights of a source add up to 1"
            raise page.refusal(rule, found, row=rows[position], column=column)


def _check_parts(page: Page, frame: pd.DataFrame, rows: list[int]) -> None:
    for column, (weight, tolerance) in PARTS.items():
        wrong = np.flatnonzero(gap(frame, column) > tolerance)
        if wrong.size:
            line = frame.iloc[wrong[0]]
            whole = frame.loc[frame["key"] == line["key"], column].sum()
            rule = "A part is its weight's share in the source"
            found = f"{line[column]:g} of {whole:g} with a weight of {line[weight]:g}"
            raise page.refusal(rule, found, row=rows[wrong[0]], column=column)


def _check_germany(page: Page, frame: pd.DataFrame, year: int) -> None:
    """Refuse another number of Kreise, area or population than Germany had: rows are lost or numbers changed."""
    if year not in GERMANY:
        rule = f"The reader knows the Kreise of {min(GERMANY)} to {max(GERMANY)}"
        raise page.refusal(rule, f"a sheet for {year}", "Choose other years.")
    kreise, area, population = GERMANY[year]
    number = frame["key"].nunique()
    if number != kreise:
        rule = f"Germany had {kreise} Kreise at 31.12.{year}"
        raise page.refusal(rule, f"{number}: rows are missing or changed", column="key")
    for column, total, tolerance in (("area_km2", area, 0.001), ("population_1000", population, 0.03)):
        sum_ = frame[column].sum(skipna=False)
        if abs(sum_ - total) > tolerance * total:
            rule = f"The parts add up to Germany, about {total:,} at 31.12.{year}"
            raise page.refusal(rule, f"{sum_:,.1f}: rows are missing or changed", column=column)


def _target_year(page: Page, frame: pd.DataFrame, stated: int) -> int:
    """Year whose Kreise the targets are; the heading's year, unless Germany had another number of Kreise then."""
    number = frame["target"].nunique()
    fitting = [year for year, (kreise, *_) in GERMANY.items() if kreise == number]
    if not fitting:
        rule = "The targets are the Kreise at 31.12. of a year"
        raise page.refusal(rule, f"{number}, as in no year: rows are missing or changed", column="target")
    return stated if stated in fitting else fitting[-1]


def mend(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Put misprints of one sheet right and say so in ``note``; what is printed otherwise stays as it is.

    Berlin's tenfold population of 1991 stands between 3,409.7 and 3,465.7. Three sources in Thüringen that were
    divided (16063, 16070, 16073; population 2016 to 2018, area 2017 and 2018) carry the whole in each of their two
    rows, against their own weights; with shares by weight the Kreise of 2018 add up to the 357,574.8 km² and 83,019.8
    thousand inhabitants that Destatis counts. Eisenach and the Wartburgkreis of 2020 both carry the Kreis that they
    formed in 2021, whose area is the sum of their areas of 2019; nothing here says how its inhabitants divide.

    Parameters
    ----------
    frame : pairs of one sheet: ``key``, weights, parts, ``note``.
    year : its source year.

    Examples
    --------
    >>> two = {"key": "16063", "weight_area": [0.9, 0.1], "area_km2": [1000.0, 1000.0], "note": ""}
    >>> mend(pd.DataFrame(two), 2017)["area_km2"].tolist()
    [900.0, 100.0]
    """
    frame = frame.copy()
    for wrong_year, key, column, printed, right, note in _MISPRINTS:
        if wrong_year == year:
            hit = frame["key"].eq(key) & frame[column].eq(printed)
            frame[column], frame["note"] = frame[column].mask(hit, right), frame["note"].mask(hit, note)
    for column in PARTS.keys() & set(frame):
        weight, tolerance = PARTS[column]
        equal = frame.groupby("key")[column].transform("nunique").eq(1)
        whole = equal & gap(frame, column).gt(tolerance)
        frame[column] = frame[column].mask(whole, frame[column] * frame[weight])
        frame["note"] = frame["note"].mask(whole, _WHOLE)
    return frame


def gap(frame: pd.DataFrame, column: str) -> pd.Series:
    """How far each part is from its weight's share in the whole source."""
    whole = frame.groupby("key")[column].transform("sum")
    return (frame[column] - frame[PARTS[column][0]] * whole).abs()
