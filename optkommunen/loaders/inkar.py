"""INKAR web export: the indicators of the BBSR as a researcher downloads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._cells import as_period, check_numbers, last_time, why_impossible
from optkommunen.loaders._files import (
    DOWNLOAD_AGAIN,
    check_names,
    decode,
    drop_repeats,
    level_of,
    parse_cells,
    read_bytes,
    refusal,
    split_csv,
)
from optkommunen.loaders.areas import check_areas, long_table, mark_smaller

COMPLETE = ("Bereich", "ID", "Kuerzel")
"""First headings of the complete INKAR file: every indicator, area and year in one table of several gigabytes."""

WAY_TO_EXPORT = "Export the wanted indicators and years for the Kreise from the INKAR website as CSV."

_WITH_HANAU = "1.1.2026 or later (401 Kreise, Hanau apart from the Main-Kinzig-Kreis)"
_FIXED = ["Kennziffer", "Raumeinheit", "Aggregat"]

# Area status by the number of Kreise, the keys that must be there and those that must not.
_AREA_STATUSES = (
    (413, {"05313", "05354", "14511"}, {"05334", "14161"}, "31.12.2008 (413 Kreise)"),
    (412, {"05334", "13001"}, {"05313", "13071"}, "31.12.2009 to 31.12.2010 (412 Kreise)"),
    (402, {"03152", "03156", "13071"}, {"03159", "13001"}, "31.12.2011 to 31.12.2015 (402 Kreise)"),
    (401, {"03159", "16056"}, {"03152", "03156"}, "31.12.2016 to 31.12.2020 (401 Kreise)"),
    (400, {"03159"}, {"03152", "16056"}, "31.12.2021 or later (400 Kreise)"),
    (401, {"03159", "06435"}, {"03152", "16056"}, _WITH_HANAU),
)


def read_inkar(path: str | Path, *, area_status: str | None = None) -> pd.DataFrame:
    r"""Read an INKAR web export (one row per area, one column per indicator and year).

    **Definition:** one row per area and column, in the order of the file. An empty cell is a missing
    value: NaN with an empty marker (INKAR prints no markers). What an indicator measures, its unit
    and its time base stand in the INKAR metadata, not in the file.

    **Format:** UTF-8, ``;``, values quoted, decimal comma *and* thousands points (``"1.527"`` is
    1527), two heading lines: short names, then years or spans (``2012-2017``); no foot.

    **Area status:** not in the file; inferred from the number of Kreise and from keys that a reform
    created or abolished. Every year of a file is on this one area status. With 401 Kreise since 2026 the
    Main-Kinzig-Kreis is without Hanau in every year, and its area status says so.

    **Known faults:** the share of long-term unemployed is far too low for the Optionskommunen in 2005
    to 2008: their cases are not in the numerator.

    **Source and licence:** Data: BBSR Bonn, INKAR (edition of the download); dl-de/by-2-0; own
    processing. The Schuldnerquote comes from the Creditreform SchuldnerAtlas: name it.

    Parameters
    ----------
    path : the CSV file.
    area_status : text for the column of that name; None infers it.

    Returns
    -------
    DataFrame, shape (areas × value columns, 9)
        ``key, name, level, period, variable, value, unit, marker, area_status``; ``variable`` is the
        short name, ``unit`` always "".

    Raises
    ------
    FileFormatError
        Not UTF-8, the complete INKAR file, a workbook, a heading renamed, garbled names, unknown keys, lost
        leading zeros, impossible years, truncated, contradictory columns, a cell that is no number, or an area
        status that cannot be inferred; names the row.

    Examples
    --------
    Points separate thousands, and an empty cell stays missing:

    >>> import tempfile
    >>> lines = ["Kennziffer;Raumeinheit;Aggregat;Medianeinkommen;Asylbewerber ", ";;;2017;2017",
    ...          '"03355";"Lüneburg";"Landkreis";"2.890";""', ""]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "inkar.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8-sig")
    ...     read_inkar(path, area_status="31.12.2017")[["key", "period", "variable", "value"]]
         key period         variable   value
    0  03355   2017  Medianeinkommen  2890.0
    1  03355   2017     Asylbewerber     NaN
    """
    path = Path(path)
    refuse_complete(path)
    lines, numbers = split_csv(decode(read_bytes(path), path, ("utf-8-sig",)), path)
    names, periods = _check_headings(lines, path)
    _check_years(periods, names, path)
    data, rows = lines[2:], numbers[2:]
    keys = [_check_key(fields[0], row, path) for fields, row in zip(data, rows, strict=True)]
    columns, status = len(names), area_status or _ask_if_unknown(keys, path)
    cells = [cell for fields in data for cell in fields[3:]]
    labels = [f"{name} {period}" for name, period in zip(names, periods, strict=True)]
    values, markers = parse_cells(cells, rows, labels, path, points=True)
    frame = long_table(
        keys, [fields[1].strip() for fields in data], names, period=np.tile(periods, len(data)), value=values, unit="",
        marker=markers, area_status=status,
    )  # fmt: skip
    if area_status is None:  # in a selection a column can be empty
        _check_filled(frame, path)
    cell_rows = np.repeat(rows, columns).tolist()
    check_names(frame["name"].tolist(), cell_rows, path, column="Raumeinheit")
    check_numbers(cells, frame, cell_rows, path)
    later = bool(area_status) or status == _WITH_HANAU
    check_areas(frame, cell_rows, path, column="Kennziffer", recalculated=later)
    frame = drop_repeats(frame, cell_rows, path)
    mark_smaller(frame, whole=status == _WITH_HANAU)
    frame.attrs = {"table": "INKAR", "title": "INKAR web export", "created": ""}
    return frame


def infer_area_status(keys: Iterable[str]) -> str | None:
    """Area status that fits a set of keys; None if none does.

    The number of Kreise alone does not tell: 400 of 401 would look like 2021.

    Examples
    --------
    >>> infer_area_status(["01001", "01002"]) is None
    True
    """
    found = {key for key in keys if level_of(key) == "kreis"}
    for number, present, absent, status in _AREA_STATUSES:
        if len(found) == number and present <= found and not absent & found:
            return status
    return None


def refuse_complete(path: Path) -> None:
    """Refuse the complete INKAR file by its first line, before its gigabytes are read."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(200).removeprefix(b"\xef\xbb\xbf").decode("latin-1").replace('"', "")
    if start.startswith(";".join(COMPLETE)):
        rule, found = "A web export of INKAR has a row for each Kreis", "the complete INKAR file (Bereich;ID;Kuerzel;…)"
        raise refusal(path, rule, found, WAY_TO_EXPORT, row=1)


def _check_years(periods: list[str], names: list[str], path: Path) -> None:
    last = last_time("", " ".join(names))
    for name, period in zip(names, periods, strict=True):
        reason = why_impossible(period, last) if as_period(period) else "no year"
        if reason:
            rule = "The second line has a year or a span of years for each column"
            raise refusal(path, rule, f"{period!r}, {reason}", row=2, column=name)


def _check_filled(frame: pd.DataFrame, path: Path) -> None:
    filled = frame["value"].notna().groupby([frame["variable"], frame["period"]], sort=False).any()
    for variable, period in filled.index[~filled][:1]:
        raise refusal(path, "A column has values", "none: its cells were lost", column=f"{variable} {period}")


def _ask_if_unknown(keys: list[str], path: Path) -> str:
    status = infer_area_status(keys)
    if status is None:
        candidates = "; ".join(text for *_, text in _AREA_STATUSES)
        number = sum(level_of(key) == "kreis" for key in keys)
        rule = "The area status is inferred from a complete set of Kreise"
        found = f"{number} Kreise that fit none of: {candidates}"
        way_out = "Download the file again if it is truncated; if it is a selection, state area_status=…."
        raise refusal(path, rule, found, way_out)
    return status


def _check_headings(lines: list[list[str]], path: Path) -> tuple[list[str], list[str]]:
    for number, column in enumerate(_FIXED):
        heading = lines[0][number].strip() if number < len(lines[0]) else "nothing"
        if heading != column:
            rule = f"The first headings are {', '.join(_FIXED)}"
            raise refusal(path, rule, repr(heading), "Restore the heading.", row=1, column=column)
    if len(lines) < 2 or any(field.strip() for field in lines[1][:3]):
        found = repr(";".join(lines[1])[:40]) if len(lines) > 1 else "nothing"
        raise refusal(path, "The second line is ;;; and a year for each column", found, row=2)
    if len(lines) < 3 or len(lines[0]) < 4:
        found = f"{len(lines) - 2} areas and {len(lines[0]) - 3} columns"
        raise refusal(path, "Areas and value columns follow the headings", found, row=2)
    names, periods = ([field.strip() for field in line[3:]] for line in lines[:2])
    return names, periods


def _check_key(key: str, row: int, path: Path) -> str:
    if level_of(key) not in ("kreis", "land"):
        rule = "A Kennziffer is text of five digits (Kreis) or two (Land)"
        found = f"{key!r}" + (": its leading zero was lost" if key.isdigit() and len(key) in (1, 4) else "")
        way_out = f"{DOWNLOAD_AGAIN} Export one spatial level, Kreise."
        raise refusal(path, rule, found, way_out, row=row, column="Kennziffer")
    return key
