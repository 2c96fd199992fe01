"""GENESIS tables in the classic CSV layout, old and new, as the Regionaldatenbank delivers them."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._files import (
    DOWNLOAD_AGAIN,
    VALUE_COLUMNS,
    decode,
    drop_repeats,
    level_of,
    parse_cells,
    read_bytes,
    refusal,
)

ENCODINGS = ("utf-8-sig", "cp1252")
"""Downloads are cp1252; a copy saved as UTF-8 is read as well."""

_FIRST_LINE = re.compile(r"(?:GENESIS-)?Tab(?:elle|le): *(?P<code>\S+)")
_TIME = re.compile(r"(?P<year>\d{4})|(?P<iso>\d{4}-\d\d-\d\d)|(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})")
_FOOT = re.compile(r'"?_{5,}"?')
_CREATED = re.compile(r'"?(?:Stand|created): *(?P<when>[\d.]+ */ *[\d:]+)')
_UNIT = re.compile(
    r"Anzahl|Prozent|Promille|%|Jahre|Tage|Personen|Index"
    r"|(?:(?:1000|Tsd\.|Mill\.|Mrd\.)(?: ?{0})?|{0})(?: ?(?:/|je) ?\S+)?".format(
        "(?:EUR|DM|qkm|qm|km|ha|cbm|t|kg|kWh|MWh|GJ|TJ)"
    )
)
_DIGITS_BY_INDENT = {0: (2,), 2: (2,), 4: (3,), 6: (5, 8), 8: (8,)}


@dataclass(frozen=True)
class _Header:
    """What stands above the data: code, title, headings, units, and the line after it."""

    code: str
    title: str
    variables: list[str]
    units: list[str]
    end: int


def read_genesis(path: str | Path, *, area_status: str = "contemporary", repair_keys: bool = False) -> pd.DataFrame:
    r"""Read a GENESIS table (classic CSV with time, key and name in the first three columns).

    **Definition:** one row per area, period and column of the table, in the order of the file. A
    marker in place of a number gives ``value`` NaN and stands in ``marker``; it is never 0:
    ``-`` nothing there or no such area, ``.`` unknown or secret, ``x`` blocked, ``...`` comes later,
    ``/`` too uncertain. Rows that say the same twice are kept once.

    **Format:** cp1252 or UTF-8, ``;``, decimal comma, no thousands separator. First line
    ``GENESIS-Tabelle: CODE`` (old downloads print ``Temporär``), title lines, header lines that begin
    with empty fields, data, a line of underscores, notes (never read, though some look like data).

    **Area status:** not in the file. Most tables use the keys of each year; some are recalculated to
    the present (13312-01-05-4, 82411-01-03-4): then say so in `area_status`.

    **Known faults:** Hamburg and Berlin appear only as Land (``02``, ``11``), Aachen 2008 as
    ``05334002``. Before 2008 some tables carry areas under their old *and* their new key: filter by
    the keys valid in the year (`optkommunen.loaders.bbsr.read_umsteiger`) before adding up. The reverse
    in 13211-01-03-4: 2009 and 2010 have Mecklenburg-Vorpommern under the keys of 2011 only, so filter
    these two years by the keys of 2011. Names are those of today, also for old years.

    **Source and licence:** Statistische Ämter des Bundes und der Länder, Regionaldatenbank Deutschland,
    dl-de/by-2-0 (older files: reproduction with source); the foot of the file has the year to cite.

    Parameters
    ----------
    path : the CSV file.
    area_status : text for the column of that name.
    repair_keys : restore leading zeros that a spreadsheet program removed, by the indentation of the
        name (2 blanks Land, 4 Regierungsbezirk, 6 Kreis). Without it such a file is refused.

    Returns
    -------
    DataFrame, shape (data lines × value columns, 9)
        ``key, name, level, period, variable, value, unit, marker, area_status``. ``level`` is germany
        (key ``DG``), land, regierungsbezirk, kreis or part; ``period`` a year or ISO date;
        ``variable`` the parts of the heading joined with `` | ``; ``unit`` "" if the file has none.
        ``attrs``: ``table``, ``title``, ``created``.

    Raises
    ------
    FileFormatError
        Not this format, wrong encoding, lost leading zeros, truncated, contradictory rows, or a cell
        that is neither number nor marker; names the row.

    Examples
    --------
    A marker stays a marker:

    >>> import tempfile
    >>> lines = ["GENESIS-Tabelle: 13211-01-03-4", "Arbeitslose", ";;;insgesamt;langzeitarbeitslos",
    ...          ";;;Anzahl;Anzahl", "2005;03152;      Göttingen, Landkreis;16334;.", "__________", ""]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="cp1252")
    ...     read_genesis(path)[["key", "level", "variable", "value", "marker"]]
         key  level            variable    value marker
    0  03152  kreis           insgesamt  16334.0
    1  03152  kreis  langzeitarbeitslos      NaN      .
    """
    path = Path(path)
    lines = decode(read_bytes(path), path, ENCODINGS).split("\n")
    header = _read_header(lines, path)
    foot = _find_foot(lines, header.end, path)
    data = _split_data(lines, header, foot, path)
    rows = range(header.end + 1, foot + 1)  # line numbers count from 1
    keys = _read_keys([fields[1:3] for fields in data], rows, path, repair_keys)

    columns = len(header.variables)
    cells = [cell for fields in data for cell in fields[3 : 3 + columns]]
    values, markers = parse_cells(cells, rows, header.variables, path)
    frame = pd.DataFrame(
        {
            "key": np.repeat(keys, columns),
            "name": np.repeat([fields[2].strip() for fields in data], columns),
            "level": np.repeat([level_of(key) for key in keys], columns),
            "period": np.repeat([_period(fields[0]) for fields in data], columns),
            "variable": np.tile(header.variables, len(data)),
            "value": values,
            "unit": np.tile(header.units, len(data)),
            "marker": markers,
            "area_status": area_status,
        },
        columns=VALUE_COLUMNS,
    )
    frame = drop_repeats(frame, np.repeat(rows, columns), path)
    created = [found["when"] for line in lines[foot:] if (found := _CREATED.match(line))]
    frame.attrs = {"table": header.code, "title": header.title, "created": created[-1] if created else ""}
    return frame


def _read_header(lines: list[str], path: Path) -> _Header:
    first = _FIRST_LINE.match(lines[0])
    if not first:
        rule = "A GENESIS table begins with 'GENESIS-Tabelle: CODE'"
        raise refusal(path, rule, repr(lines[0][:40]), "Choose the CSV download of the table.", row=1)
    start = next((i for i, line in enumerate(lines) if i and line.startswith(";")), None)
    if start is None:
        raise refusal(path, "Headings stand in lines that begin with empty fields (;;;)", "no such line")
    end = next((i for i in range(start, len(lines)) if not lines[i].startswith(";")), len(lines))
    titles = [line.rstrip(";").strip() for line in lines[1:start]]
    table = [_split(line)[3:] for line in lines[start:end]]
    if len({len(parts) for parts in table}) > 1:
        widths = ", ".join(str(len(parts) + 3) for parts in table)
        raise refusal(path, "All heading lines have the same number of fields", widths, row=start + 1)
    headings = [[" ".join(part.split()) for part in column] for column in zip(*table, strict=True)]
    while headings and not any(headings[-1]):  # a spreadsheet program pads all lines to the widest note
        headings.pop()
    units = [column[-1] for column in headings]
    if headings and all(unit and _UNIT.fullmatch(unit) for unit in units):
        headings = [column[:-1] for column in headings]
    else:  # one unit for the whole table is printed behind the last title line: "… (Anzahl)"
        common = re.search(r"\(([^()]+)\)$", titles[-1] if titles else "")
        units = [common[1] if common and _UNIT.fullmatch(common[1]) else ""] * len(headings)
    variables = [" | ".join(part for part in column if part) for column in headings]
    if not variables or not all(variables):
        rule = "Every value column has a heading, behind time, key and name"
        raise refusal(path, rule, f"{sum(map(bool, variables))} headings", row=start + 1)
    return _Header(first["code"].rstrip(";"), " ".join(filter(None, titles)), variables, units, end)


def _find_foot(lines: list[str], start: int, path: Path) -> int:
    for number in range(start, len(lines)):
        if _FOOT.fullmatch(lines[number].rstrip("; ")):
            return number
    last = len(lines) - (lines[-1] == "")
    raise refusal(path, "The data end with a line of underscores", "none: the file is truncated", row=last)


def _split_data(lines: list[str], header: _Header, foot: int, path: Path) -> list[list[str]]:
    if foot == header.end:
        raise refusal(path, "Data follow the headings", "none", row=foot + 1)
    data = [_split(line) for line in lines[header.end : foot]]
    width = 3 + len(header.variables)
    for row, fields in enumerate(data, header.end + 1):
        if not _TIME.fullmatch(fields[0]):
            rule = "A data line begins with the time (JJJJ, TT.MM.JJJJ or JJJJ-MM-TT), then key, name and values"
            way_out = "Choose the table with time and area in the rows, and keep the layout of the download."
            raise refusal(path, rule, repr(fields[0]), way_out, row=row)
        if len(fields) < width or any(fields[width:]):
            found = f"{len(fields)} fields: the line is truncated or shifted"
            raise refusal(path, f"A data line has {width} fields", found, row=row)
    return data


def _read_keys(pairs: list[list[str]], rows: range, path: Path, repair: bool) -> list[str]:
    keys = []
    for row, (key, name) in zip(rows, pairs, strict=True):
        restored = _restore_key(key, len(name) - len(name.lstrip(" ")))
        if restored is None:
            rule = "A key is DG or 2, 3, 5 or 8 digits (zeros in front), as the indentation of the name asks"
            raise refusal(path, rule, f"{key!r} for {name!r}", row=row, column="key")
        if restored != key and not repair:
            rule = "Keys keep their leading zeros"
            found = f"{key!r} for {name.strip()!r}: they were lost, as happens when Excel saves a CSV file"
            way_out = f"{DOWNLOAD_AGAIN} Or read it with repair_keys=True, which restores {restored!r}."
            raise refusal(path, rule, found, way_out, row=row, column="key")
        keys.append(restored)
    return keys


def _restore_key(key: str, indent: int) -> str | None:
    """Key with as many zeros as the indentation of its name asks for; None if it does not fit.

    Examples
    --------
    Two digits are a Land or a Regierungsbezirk; only the indentation tells:

    >>> _restore_key("10", 2), _restore_key("51", 4), _restore_key("3241001", 6)
    ('10', '051', '03241001')
    """
    if key == "DG":
        return key
    if not re.fullmatch(r"[0-9]+", key):
        return None
    if indent == 0:  # an editor removed the indentation as well: accept complete keys, repair nothing
        return key if level_of(key) else None
    fitting = [digits for digits in _DIGITS_BY_INDENT.get(indent, ()) if len(key) in (digits, digits - 1)]
    return key.zfill(fitting[0]) if fitting else None


def _period(time: str) -> str:
    """Year or ISO date.

    Examples
    --------
    >>> _period("31.12.2009"), _period("2013-12-31"), _period("2008")
    ('2009-12-31', '2013-12-31', '2008')
    """
    found = _TIME.fullmatch(time)
    return f"{found['y']}-{found['m']}-{found['d']}" if found and found["y"] else time


def _split(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=";")) if '"' in line else line.split(";")
