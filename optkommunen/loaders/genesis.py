"""GENESIS tables in the classic CSV layout, old and new, as the Regionaldatenbank delivers them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._cells import as_period, check_numbers, last_time, why_impossible
from optkommunen.loaders._files import (
    DOWNLOAD_AGAIN,
    check_names,
    decode,
    level_of,
    parse_cells,
    read_bytes,
    refusal,
)
from optkommunen.loaders.areas import CONTEMPORARY, check_areas, completed, long_table

_DIGITS_BY_INDENT = {0: (2,), 2: (2,), 4: (3,), 6: (5, 8), 8: (8,)}

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


def read_genesis(
    path: str | Path,
    *,
    area_status: str = CONTEMPORARY,
    repair_keys: bool = False,
    selection: bool = False,
    unit: str | None = None,
) -> pd.DataFrame:
    r"""Read a GENESIS table (classic CSV; areas in the rows, time in the rows or above the columns).

    **Definition:** one row per area, period and column of the table: period by period, areas in the order of the
    file. A marker in place of a number gives ``value`` NaN and stands in ``marker``; it is never 0: ``-`` nothing
    there or no such area, ``.`` unknown or secret, ``x`` blocked, ``...`` comes later, ``/`` too uncertain. Rows that
    say the same twice are kept once.

    **Format:** cp1252 or UTF-8, ``;``, decimal comma, no thousands separator. First line ``GENESIS-Tabelle: CODE``
    (old downloads print ``Temporär``), title lines, heading lines that begin with empty fields, data, a line of
    underscores, notes (never read, though some look like data). Time stands in the first column, or in a heading line
    (``;;31.12.2018``) above data that begin with the key (``DG;Deutschland;83019213``): both give the same frame.

    **Area status:** not in the file. Most tables use the keys of each year; some are recalculated to the present
    (13312-01-05-4, 82411-01-03-4): then say so in `area_status`. Figures of the Main-Kinzig-Kreis from 2026 on are
    without Hanau under the same key; their area status says so.

    **What is checked:** keys and names against the register of all Kreise of 2004 to 2022; every area of its period is
    there (an old download may leave out empty rows: `selection`); counts are whole and not below zero; no time lies
    after the making of the table; parts add up to their whole as far as official tables do (``attrs["sums"]`` says how
    many totals fit). Not checked, because only another copy of the table could show it: a digit changed in a cell, two
    columns exchanged, a column left out, a word lost in a heading.

    **Known faults:** Hamburg and Berlin appear only as Land (``02``, ``11``), Aachen 2008 as ``05334002``. Before 2008
    some tables carry areas under their old *and* their new key: filter by the keys valid in the year
    (`optkommunen.loaders.bbsr.read_umsteiger`) before adding up. The reverse in 13211-01-03-4: 2009 and 2010 have
    Mecklenburg-Vorpommern under the keys of 2011 only, so filter these two years by the keys of 2011. Names are those
    of today, also for old years.

    **Source and licence:** Statistische Ämter des Bundes und der Länder, Regionaldatenbank Deutschland, dl-de/by-2-0
    (older files: reproduction with source); the foot of the file has the year to cite.

    Parameters
    ----------
    path : the CSV file.
    area_status : text for the column of that name.
    repair_keys : restore leading zeros that a spreadsheet program removed, by the indentation of the name (2 blanks
        Land, 4 Regierungsbezirk, 6 Kreis). Without it such a file is refused.
    selection : whether the file is a selection of areas, so that none is missed and sums are not compared.
    unit : unit of all columns, for a table that prints none or an uncommon one.

    Returns
    -------
    DataFrame, shape (areas × periods × columns, 9)
        ``key, name, level, period, variable, value, unit, marker, area_status``. ``level`` is germany (key ``DG``),
        land, regierungsbezirk, kreis or part; ``period`` a year or ISO date; ``variable`` the parts of the heading
        joined with `` | ``. ``attrs``: ``table``, ``title``, ``created``, ``sums``.

    Raises
    ------
    FileFormatError
        Not this format, wrong encoding, garbled names, lost leading zeros, unknown keys, missing areas or units,
        thousands separators, impossible times and counts, truncated, contradictory rows, or a cell that is neither
        number nor marker; names the row.

    Examples
    --------
    A marker stays a marker:

    >>> import tempfile
    >>> lines = ["GENESIS-Tabelle: 13211-01-03-4", "Arbeitslose", ";;;insgesamt;langzeitarbeitslos",
    ...          ";;;Anzahl;Anzahl", "2005;03152;      Göttingen, Landkreis;16334;.", "__________", ""]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "table.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="cp1252")
    ...     read_genesis(path, selection=True)[["key", "level", "variable", "value", "marker"]]
         key  level            variable    value marker
    0  03152  kreis           insgesamt  16334.0
    1  03152  kreis  langzeitarbeitslos      NaN      .
    """
    path = Path(path)
    lines = read_lines(path, unit)
    width = len(lines.variables)
    keys = _read_keys([fields[lines.lead - 2 : lines.lead] for fields in lines.data], lines.rows, path, repair_keys)
    cells = [cell for fields in lines.data for cell in fields[lines.lead : lines.lead + width]]
    values, markers = parse_cells(cells, lines.rows, lines.variables, path)
    names = [fields[lines.lead - 1].strip() for fields in lines.data]
    check_names(names, lines.rows, path)
    frame = long_table(
        keys, names, lines.variables, period=_read_periods(lines, path), value=values,
        unit=np.tile(lines.units, len(keys)), marker=markers, area_status=area_status,
    )  # fmt: skip
    rows = np.repeat(lines.rows, width).tolist()
    check_numbers(cells, frame, rows, path, lines.subject)
    check_areas(frame, rows, path, recalculated=area_status != CONTEMPORARY)
    if lines.times:  # as the layout with the time in the rows has it: one period after the other
        order = np.argsort(pd.factorize(frame["period"])[0], kind="stable")
        frame, rows = frame.iloc[order].reset_index(drop=True), [rows[at] for at in order]
    frame, sums = completed(frame, rows, path, selection=selection)
    frame.attrs = {"table": lines.code, "title": lines.title, "created": lines.created, "sums": sums}
    return frame


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


def _read_periods(lines: Lines, path: Path) -> list[str]:
    """Period of each value, row by row."""
    last = last_time(lines.created, " ".join([lines.title, *lines.variables]))
    printed: Sequence[str] = lines.times or [str(as_period(fields[0])) for fields in lines.data]
    for number, period in enumerate(printed):
        reason = why_impossible(period, last)
        if reason:
            row = lines.rows[0] - 1 if lines.times else lines.rows[number]
            raise refusal(path, "A table has figures of its time", f"{period!r}, {reason}", row=row, column="time")
    if lines.times:
        return list(printed) * len(lines.data)
    return [period for period in printed for _ in lines.variables]


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
