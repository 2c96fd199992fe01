"""Lines of a GENESIS table: title, headings and units above, data, notes below; time in the rows or in the columns."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from optkommunen.loaders._cells import as_period
from optkommunen.loaders._files import decode, read_bytes, refusal

ENCODINGS = ("utf-8-sig", "cp1252")
"""Downloads are cp1252; a copy saved as UTF-8 is read as well."""

_FIRST_LINE = re.compile(r"(?:GENESIS-)?Tab(?:elle|le): *(?P<code>\S+)")
_FOOT = re.compile(r'"?_{5,}"?')
_COMMON = re.compile(r"(?P<subject>.*?) *\((?P<unit>[^()]+)\)")
_CREATED = re.compile(r'"?(?:Stand|created): *(?P<when>[\d.]+ */ *[\d:]+)')
_UNIT = re.compile(
    r"Anzahl|Prozent|Promille|%|Jahre|Monate|Wochen|Tage|Stunden|Personen|Index|[12]\d\d\d=100"
    r"|(?:(?:1000|Tsd\.|Mill\.|Mrd\.)(?: ?{0})?|{0})(?: ?(?:/|je) ?\S+)?".format(
        "(?:EUR|Euro|DM|qkm|qm|km|ha|cbm|t|dt|kg|kWh|MWh|kW|MW|GJ|TJ|Ew|EW)"
    )
)


@dataclass(frozen=True)
class Lines:
    """Parts of a GENESIS table.

    Parameters
    ----------
    code, title, created : from first line, title lines and foot.
    subject : what all columns count, where the title says it: "Durchschnittliche Jahresbevölkerung (Anzahl)"; else "".
    variables, units : heading and unit of each value column, shape (k,).
    times : period of each value column, shape (k,), where time stands in the columns; else empty.
    data : fields of each data line.
    rows : line number of each data line; lines count from 1.
    """

    code: str
    title: str
    created: str
    subject: str
    variables: list[str]
    units: list[str]
    times: list[str]
    data: list[list[str]]
    rows: range

    @property
    def lead(self) -> int:
        """Fields before the values: time, key and name, or key and name."""
        return 2 if self.times else 3


def read_lines(path: Path, unit: str | None) -> Lines:
    """Read a GENESIS table into its parts.

    Parameters
    ----------
    path : the CSV file.
    unit : unit of every value column, for a file that prints none; None asks the file.

    Raises
    ------
    FileFormatError
        Not this format, no headings, units or foot, or a line with too few fields; names the row.
    """
    lines = decode(read_bytes(path), path, ENCODINGS).split("\n")
    first = _FIRST_LINE.match(lines[0])
    if not first:
        rule = "A GENESIS table begins with 'GENESIS-Tabelle: CODE'"
        raise refusal(path, rule, repr(lines[0][:40]), "Choose the CSV download of the table.", row=1)
    start = next((i for i, line in enumerate(lines) if i and line.startswith(";")), None)
    if start is None:
        raise refusal(path, "Headings stand in lines that begin with empty fields (;;;)", "no such line")
    end = next((i for i in range(start, len(lines)) if not lines[i].startswith(";")), len(lines))
    titles = [line.rstrip(";").strip() for line in lines[1:start]]
    common = _COMMON.fullmatch(titles[-1] if titles else "")
    variables, units, times = _read_headings(lines[start:end], common, start + 1, path, unit)
    foot = _find_foot(lines, end, path)
    created = [found["when"] for line in lines[foot:] if (found := _CREATED.match(line))]
    if foot == end:
        raise refusal(path, "Data follow the headings", "none", row=foot + 1)
    parts = Lines(
        code=first["code"].rstrip(";"),
        title=" ".join(filter(None, titles)),
        created=created[-1] if created else "",
        subject=common["subject"] if common else "",
        variables=variables,
        units=units,
        times=times,
        data=[_split(line) for line in lines[end:foot]],
        rows=range(end + 1, foot + 1),
    )
    _check_widths(parts, path)
    return parts


def _read_headings(
    lines: list[str], common: re.Match[str] | None, row: int, path: Path, unit: str | None
) -> tuple[list[str], list[str], list[str]]:
    """Heading, unit and (where time stands in the columns) period of each value column."""
    table = [[" ".join(part.split()) for part in _split(line)] for line in lines]
    if len({len(parts) for parts in table}) > 1:
        widths = ", ".join(str(len(parts)) for parts in table)
        raise refusal(path, "All heading lines have the same number of fields", widths, row=row)
    while table[0] and not any(parts[-1] for parts in table):  # a spreadsheet program pads all lines to the widest note
        table = [parts[:-1] for parts in table]
    dated = next((parts[2:] for parts in table if len(parts) > 2 and parts[2] and all(map(as_period, parts[2:]))), [])
    headings = [parts[2 if dated else 3 :] for parts in table if not (dated and parts[2:] == dated)]
    columns = [list(column) for column in zip(*headings, strict=True)] or [[] for _ in dated]
    last = [column[-1] for column in columns if column]
    if 2 * sum(bool(_UNIT.fullmatch(text)) for text in last) > len(columns) and all(last):
        units, columns = last, [column[:-1] for column in columns]
    elif common and _UNIT.fullmatch(
        common["unit"]
    ):  # one unit for all is printed behind the last title line: "… (Anzahl)"
        units = [common["unit"]] * len(columns)
    elif unit is None and columns:
        rule = "Every value column has a unit, in the last heading line or in parentheses behind the title"
        found = f"none in {';'.join(last)[:60]!r}: a heading line was lost, or the unit is unknown here"
        way_out = "Download the file again, or state the unit of all columns: unit='Anzahl'."
        raise refusal(path, rule, found, way_out, row=row + len(lines) - 1)
    else:
        units = [str(unit)] * len(columns)
    if unit is not None and set(units) != {unit}:
        found = ", ".join(sorted(set(units)))
        raise refusal(path, f"unit={unit!r} is for a file that prints no unit", found, "Leave unit out.", row=row)
    variables = [" | ".join(part for part in column if part) for column in columns]
    if dated and common and not any(variables):  # only the time stands above the values
        variables = [common["subject"]] * len(columns)
    if not variables or not all(variables):
        rule = "Every value column has a heading, behind time, key and name"
        raise refusal(path, rule, f"{sum(map(bool, variables))} headings", row=row)
    return variables, units, [str(as_period(time)) for time in dated]


def _find_foot(lines: list[str], start: int, path: Path) -> int:
    for number in range(start, len(lines)):
        if _FOOT.fullmatch(lines[number].rstrip("; ")):
            return number
    last = len(lines) - (lines[-1] == "")
    raise refusal(path, "The data end with a line of underscores", "none: the file is truncated", row=last)


def _check_widths(parts: Lines, path: Path) -> None:
    width = parts.lead + len(parts.variables)
    for row, fields in zip(parts.rows, parts.data, strict=True):
        if not parts.times and not as_period(fields[0]):
            rule = "Time stands in the first column of each data line, or above each value column"
            way_out = "Choose the table with the areas in the rows, and keep the layout of the download."
            raise refusal(path, rule, repr(fields[0]), way_out, row=row)
        if len(fields) < width or any(fields[width:]):
            found = f"{len(fields)} fields: the line is truncated or shifted"
            raise refusal(path, f"A data line has {width} fields", found, row=row)


def _split(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=";")) if '"' in line else line.split(";")
