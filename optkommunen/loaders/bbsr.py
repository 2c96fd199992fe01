"""BBSR Umsteigeschlüssel: weights that carry counts from the Kreise of one year to those of 31.12.2021."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.loaders._files import DOWNLOAD_AGAIN, open_workbook, refusal
from optkommunen.values import periods_of

COLUMNS = (
    "year", "key", "name", "target", "target_name", "weight_area", "weight_population", "weight_employees",
    "area_km2", "population_1000", "employees_1000",
)  # fmt: skip
NUMBERS = COLUMNS[5:]

# What a heading begins with, without blanks, hyphens and line breaks; columns are taken by position.
_HEADINGS = {
    "key": "kreise31.12.",
    "name": "kreisname",
    "weight_area": "flächenproportional",
    "weight_population": "bevölkerungsproportional",
    "weight_employees": "beschäftigtenproportional",
    "area_km2": "flächeam",
    "population_1000": "bevölkerungam",
    "employees_1000": "sozialvers",
    "target": "kreise31.12.",
    "target_name": "kreisname",
}
_TOLERANCE = 1e-6


def read_umsteiger(path: str | Path, years: int | str | Iterable[int | str] | None = None) -> pd.DataFrame:
    """Read the BBSR Umsteigeschlüssel for Kreise, one row for each pair of source and target.

    **Definition:** ``weight_*`` is the share of the source (area, inhabitants, employees) that lies
    in the target; the weights of a source add up to 1. Area, population and employees are the part
    of the source in the target: add them up by ``key`` or by ``target``. Weights are for counts only;
    convert a rate through its numerator and denominator.

    **Format:** xlsx, one sheet per source year (1990 to 2020), one heading row, 8 columns up to 1996
    and 10 from 1997.

    **Area status:** source 31.12. of the year; target 31.12.2021 (400 Kreise) in every sheet,
    although the headings of 2007 to 2010 say 31.12.2020. The distinct ``key`` of a year are the
    Kreise valid on 31.12. of that year.

    **Known faults:** keys are numbers with lost zeros (restored here); long names are cut.

    **Source and licence:** BBSR Bonn, Umsteigeschlüssel Kreise; dl-de/by-2-0; own processing.

    Parameters
    ----------
    path : the workbook.
    years : source year or years to read; None reads every sheet that is named after a year.

    Returns
    -------
    DataFrame, shape (pairs, 11)
        ``year, key, name, target, target_name, weight_area, weight_population, weight_employees,
        area_km2, population_1000, employees_1000``; key and target text of five digits, area in km²,
        population and employees in 1,000. Employees are NaN up to 1996.

    Raises
    ------
    FileFormatError
        Not a workbook, a sheet missing, a heading renamed or moved, a cell without number, a pair
        twice, or weights that do not add up to 1 (rows lost); names sheet, row and column.

    Examples
    --------
    Keys are restored from the numbers of the workbook:

    >>> restore_key(3152000), restore_key("16077000"), restore_key(None)
    ('03152', '16077', None)
    """
    path = Path(path)
    workbook = open_workbook(path)
    try:
        sheets = [name for name in workbook.sheetnames if re.fullmatch(r"\d{4}", name)]
        wanted = sheets if years is None else periods_of(years)
        absent = [name for name in wanted if name not in sheets] or ([] if wanted else ["1990 … 2020"])
        if absent:
            found = f"no {', '.join(absent)} among {', '.join(map(str, workbook.sheetnames))}"
            way_out = "Choose other years, or download the workbook 'Umsteigeschlüssel Kreise'."
            raise refusal(path, "Each source year has a sheet of that name", found, way_out)
        parts = [_read_sheet(list(workbook[name].iter_rows(values_only=True)), name, path) for name in wanted]
    finally:
        workbook.close()
    return pd.concat(parts, ignore_index=True)


def restore_key(cell: Any) -> str | None:
    """Five-digit Kreisschlüssel from the number of the workbook; None if the cell is none."""
    text = str(cell).strip()
    return text.zfill(8)[:5] if re.fullmatch(r"\d{7,8}", text) and text.endswith("000") else None


def _read_sheet(table: list[tuple[Any, ...]], sheet: str, path: Path) -> pd.DataFrame:
    layout = _check_headings(table[0] if table else (), sheet, path)
    records, rows = [], []
    for row, cells in enumerate(table[1:], 2):
        if all(cell is None for cell in cells):
            continue
        record = dict(zip(layout, cells, strict=False))
        for column in ("key", "target"):
            key = restore_key(record[column])
            if key is None:
                rule = "A key is the Kreisschlüssel with 000 behind it"
                raise refusal(path, rule, repr(record[column]), sheet=sheet, row=row, column=column)
            record[column] = key
        for column in set(NUMBERS) & set(layout):
            if not isinstance(record[column], int | float):
                rule, found = "A weight or part value is a number", repr(record[column])
                raise refusal(path, rule, found, sheet=sheet, row=row, column=column)
        records.append(record)
        rows.append(row)
    if not records:
        raise refusal(path, "A sheet has rows below its headings", "none", sheet=sheet, row=2)
    frame = pd.DataFrame(records).reindex(columns=COLUMNS)
    frame["year"] = int(sheet)
    frame[list(NUMBERS)] = frame[list(NUMBERS)].astype("float64")
    for column in ("name", "target_name"):
        frame[column] = frame[column].astype("str").str.strip()
    _check_weights(frame, rows, sheet, path)
    return frame


def _check_headings(headings: tuple[Any, ...], sheet: str, path: Path) -> list[str]:
    layout = list(_HEADINGS) if int(sheet) >= 1997 else [c for c in _HEADINGS if "employees" not in c]
    for number, column in enumerate(layout):
        heading = str(headings[number]) if number < len(headings) else "nothing"
        start = _HEADINGS[column] + (sheet if number == 0 else "")
        if not re.sub(r"[\s-]", "", heading).lower().startswith(start):
            rule = f"Heading {number + 1} begins with {start!r} (blanks and hyphens aside)"
            way_out = f"{DOWNLOAD_AGAIN} Columns are taken by position and must not be moved."
            raise refusal(path, rule, repr(heading), way_out, sheet=sheet, row=1, column=column)
    return layout


def _check_weights(frame: pd.DataFrame, rows: list[int], sheet: str, path: Path) -> None:
    twice = frame.duplicated(["key", "target"]).to_numpy()
    if twice.any():
        position = int(np.flatnonzero(twice)[0])
        found = f"a second row for {frame['key'].iloc[position]} and {frame['target'].iloc[position]}"
        raise refusal(path, "One row for each source and target", found, sheet=sheet, row=rows[position])
    for column in ("weight_area", "weight_population", "weight_employees"):
        if frame[column].isna().all():
            continue
        wrong = frame.groupby("key")[column].sum().sub(1).abs().loc[lambda gap: gap > _TOLERANCE]
        if len(wrong):
            key = wrong.index[0]
            position = int(np.flatnonzero(frame["key"] == key)[0])
            found = f"{frame.loc[frame['key'] == key, column].sum():.6f} for {key}: rows are missing or changed"
            rule = "The weights of a source add up to 1"
            raise refusal(path, rule, found, sheet=sheet, row=rows[position], column=column)
