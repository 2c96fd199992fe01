"""GENESIS tables as flat file (ffcsv): one value per line, in a zip; the layouts of today and before 2024."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._cells import as_period, check_numbers, last_time, why_impossible
from optkommunen.loaders._files import (
    VALUE_COLUMNS,
    check_names,
    decode,
    level_of,
    parse_cells,
    read_bytes,
    refusal,
    split_csv,
)
from optkommunen.loaders.areas import CONTEMPORARY, check_areas, completed

FFCSV_COLUMNS = (*VALUE_COLUMNS, "variable_code", "quality")

_ENGLISH = {
    "title": "statistics_label",
    "period": "time",
    "region": "1_variable_code",
    "key": "1_variable_attribute_code",
    "name": "1_variable_attribute_label",
    "value": "value",
    "unit": "value_unit",
    "variable_code": "value_variable_code",
    "variable": "value_variable_label",
}
_GERMAN = {
    "title": "Statistik_Label",
    "period": "Zeit",
    "region": "1_Merkmal_Code",
    "key": "1_Auspraegung_Code",
    "name": "1_Auspraegung_Label",
}
_FURTHER_LABEL = re.compile(r"(?!1_)\d+_(?:variable_attribute_label|Auspraegung_Label)")
_WIDE = re.compile(r"(?P<code>[A-Za-z0-9]+)__(?P<label>.+)__(?P<unit>(?!q$).+)")
_DIGITS = {"DINSG": (), "DLAND": (2,), "DLANDU": (2,), "REGBEZ": (3,), "KREISE": (5, 8), "FKREISE": (5, 8)}
"""Codes of the region and the digits of its keys; some statistics have variants of DLAND and KREISE."""
_POINT = re.compile(r"-?\d+\.\d+")


def read_ffcsv(path: str | Path, *, area_status: str = CONTEMPORARY, selection: bool = False) -> pd.DataFrame:
    r"""Read a GENESIS flat file (ffcsv) with the region as its first variable.

    **Definition:** one row per line and value column of the file, in its order, which is arbitrary:
    sort before showing. Markers as in `optkommunen.loaders.genesis.read_genesis`: NaN in ``value``,
    text in ``marker``, never 0.

    **Format:** zip with one CSV (or that CSV), UTF-8, ``;``, decimal comma. English headings also for
    German data; the older layout has German headings, cp1252 or UTF-8, and a column
    ``CODE__Label__Unit`` for each variable. A download in English (``…_en_flat.csv``) has decimal points and is
    refused: ask for ``language=de``.

    **Area status:** not in the file; contemporary unless stated. Areas that no longer exist are there
    with ``-``. Figures of the Main-Kinzig-Kreis from 2026 on are without Hanau; their area status says so.

    **What is checked:** as in `optkommunen.loaders.genesis.read_genesis`.

    **Source and licence:** Statistische Ämter des Bundes und der Länder, Regionaldatenbank
    Deutschland; dl-de/by-2-0; cite the year of the download.

    Parameters
    ----------
    path : the zip, or the CSV taken out of it.
    area_status : text for the column of that name.
    selection : whether the file is a selection of areas, so that none is missed and sums are not compared.

    Returns
    -------
    DataFrame, shape (values, 11)
        ``key, name, level, period, variable, value, unit, marker, area_status``, then
        ``variable_code`` and ``quality`` (the sign of ``value_q``, "" without). ``variable`` is the
        label of the value and those of the further dimensions, joined with `` | ``; a total is
        "Insgesamt". ``period`` as printed, days as ISO date. ``attrs``: ``table``, ``title``, ``sums``.

    Raises
    ------
    FileFormatError
        Broken zip, wrong encoding, garbled names, a heading missing, renamed or twice, lost leading zeros, unknown
        keys, missing areas, impossible times and counts, decimal points, a line with too few fields, contradictory
        lines, or a cell that is neither number nor marker.

    Examples
    --------
    The unit comes from the file, and a dissolved Kreis keeps its marker:

    >>> import tempfile
    >>> heading = ("statistics_code;statistics_label;time;1_variable_code;1_variable_attribute_code;"
    ...            "1_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label")
    >>> line = "11111;Gebietsstand;2024-12-31;KREISE;{};{};Anzahl;GEM001;Zahl der Gemeinden"
    >>> lines = [heading, line.format("09178;Freising", "24"), line.format("15355;Bördekreis", "-"), ""]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "flat.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8-sig")
    ...     read_ffcsv(path, selection=True)[["key", "variable", "value", "unit", "marker"]]
         key            variable  value    unit marker
    0  09178  Zahl der Gemeinden   24.0  Anzahl
    1  15355  Zahl der Gemeinden    NaN  Anzahl      -
    """
    path = Path(path)
    (header, *texts), (_, *rows) = split_csv(_read_member(path), path)
    names = _recognise(header, path)
    if not texts:
        raise refusal(path, "Lines with values follow the headings", "none", row=1)
    table = pd.DataFrame(texts, columns=header, dtype="str")
    _check_keys(table[names["region"]], table[names["key"]], rows, path)

    wide = [found for name in header if (found := _WIDE.fullmatch(name))]
    columns = [names["value"]] if "value" in names else [found[0] for found in wide]
    cells = table[columns].to_numpy().ravel().tolist()
    _check_language(cells, rows, columns, path)
    values, markers = parse_cells(cells, rows, columns, path)
    areas = table.loc[table.index.repeat(len(columns))].reset_index(drop=True)
    if "value" in names:
        variable, code, unit = (areas[names[part]] for part in ("variable", "variable_code", "unit"))
        quality = areas.get("value_q", pd.Series("", areas.index))
    else:
        variable, code, unit = (
            pd.Series(np.tile([found[part].replace("_", " ") for found in wide], len(table)))
            for part in ("label", "code", "unit")
        )
        signs = [f"{found['code']}__{found['label']}__q" for found in wide]
        quality = pd.Series(table.reindex(columns=signs, fill_value="").to_numpy().ravel())
    for further in filter(_FURTHER_LABEL.fullmatch, header):
        variable = variable + " | " + areas[further]
    frame = pd.DataFrame(
        {
            "key": areas[names["key"]],
            "name": areas[names["name"]].str.strip(),
            "level": areas[names["key"]].map(level_of),
            "period": np.repeat(_read_periods(table[names["period"]], rows, path), len(columns)),
            "variable": variable,
            "value": values,
            "unit": unit,
            "marker": markers,
            "area_status": area_status,
            "variable_code": code,
            "quality": quality,
        },
        columns=FFCSV_COLUMNS,
    )
    lines = np.repeat(rows, len(columns)).tolist()
    check_names(frame["name"].tolist(), lines, path, column=names["name"])
    check_numbers(cells, frame, lines, path)
    check_areas(frame, lines, path, column=names["key"], recalculated=area_status != CONTEMPORARY)
    frame, sums = completed(frame, lines, path, selection=selection)
    title = table[names["title"]].iloc[0]
    frame.attrs = {"table": path.name.split("_")[0], "title": title, "created": "", "sums": sums}
    return frame


def _read_member(path: Path) -> str:
    raw = read_bytes(path)
    if raw.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                members = [name for name in archive.namelist() if name.lower().endswith(".csv")]
                if len(members) != 1:
                    found = ", ".join(archive.namelist()) or "nothing"
                    raise refusal(path, "The zip holds one CSV", found)
                raw = archive.read(members[0])
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise refusal(path, "The zip must be complete", f"a truncated or broken one ({error})") from error
    start = raw[:200].removeprefix(b"\xef\xbb\xbf")
    encodings = ("utf-8-sig", "cp1252") if start.startswith(b"Statistik_Code") else ("utf-8-sig",)
    return decode(raw, path, encodings)


def _recognise(header: list[str], path: Path) -> dict[str, str]:
    names = _GERMAN if any(heading.startswith(("Statistik_", "Zeit")) for heading in header) else _ENGLISH
    for heading in names.values():
        if heading not in header:
            rule, found = f"A flat file has the heading {heading!r}", ", ".join(header)
            raise refusal(path, rule, found, "Restore the heading, or download again.", row=1, column=heading)
    twice = next((heading for heading in header if header.count(heading) > 1), None)
    if twice is not None:
        found = f"{header.count(twice)} of that name"
        raise refusal(path, "Each column of a flat file has a name of its own", found, row=1, column=twice)
    if names is _GERMAN and not any(map(_WIDE.fullmatch, header)):
        raise refusal(path, "A value column is named CODE__Label__Unit", ", ".join(header), row=1)
    return names


def _read_periods(times: pd.Series, rows: list[int], path: Path) -> list[str]:
    periods = {time: as_period(time) for time in times.unique()}
    last = last_time("", "")
    for time, row in zip(times, rows, strict=True):
        reason = "no time" if periods[time] is None else why_impossible(str(periods[time]), last)
        if reason:
            rule = "Time is a year, a day, a month or a span (2024, 2024-12-31, 2023-10P6M)"
            raise refusal(path, rule, f"{time!r}, {reason}", row=row, column=str(times.name))
    return [str(periods[time]) for time in times]


def _check_language(cells: list[str], rows: list[int], columns: list[str], path: Path) -> None:
    """Refuse the English edition, whose points are decimal ones, before a point is called a damaged number."""
    points = [at for at, cell in enumerate(cells) if _POINT.fullmatch(cell)]
    if points and not any("," in cell for cell in cells):
        row, column = rows[points[0] // len(columns)], columns[points[0] % len(columns)]
        found = f"{cells[points[0]]!r}: a point and no comma anywhere, as in the English edition (…_en_flat.csv)"
        way_out = "Download the German one (language=de)."
        raise refusal(path, "A number has a decimal comma", found, way_out, row=row, column=column)


def _check_keys(regions: pd.Series, keys: pd.Series, rows: list[int], path: Path) -> None:
    for region, key, row in zip(regions, keys, rows, strict=True):
        if region not in _DIGITS:
            rule = f"The first variable is the region ({', '.join(_DIGITS)})"
            way_out = "Choose a table by Kreis (its code ends in -4), Regierungsbezirk or Land, or for Germany."
            raise refusal(path, rule, repr(region), way_out, row=row, column=str(regions.name))
        complete = key == "DG" if region == "DINSG" else level_of(key) and len(key) in _DIGITS[region]
        if not complete:
            digits = " or ".join(map(str, _DIGITS[region]))
            rule = f"A key of {region} has {digits} digits" if digits else "The key of Germany is DG"
            found = f"{key!r}: leading zeros were lost, or it is no key"
            raise refusal(path, rule, found, row=row, column=str(keys.name))
