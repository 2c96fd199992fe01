"""GENESIS tables in the classic CSV layout, old and new, as the Regionaldatenbank delivers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._areas import CONTEMPORARY, check_areas
from optkommunen.loaders._cells import as_period, check_numbers, last_time, why_impossible
from optkommunen.loaders._files import (
    DOWNLOAD_AGAIN,
    VALUE_COLUMNS,
    check_names,
    level_of,
    parse_cells,
    refusal,
)
from optkommunen.loaders._genesis_lines import Lines, read_lines
from optkommunen.loaders._sums import completed

_DIGITS_BY_INDENT = {0: (2,), 2: (2,), 4: (3,), 6: (5, 8), 8: (8,)}


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
    frame = pd.DataFrame(
        {
            "key": np.repeat(keys, width),
            "name": np.repeat(names, width),
            "level": np.repeat([level_of(key) for key in keys], width),
            "period": _read_periods(lines, path),
            "variable": np.tile(lines.variables, len(keys)),
            "value": values,
            "unit": np.tile(lines.units, len(keys)),
            "marker": markers,
            "area_status": area_status,
        },
        columns=VALUE_COLUMNS,
    )
    rows = np.repeat(lines.rows, width).tolist()
    check_numbers(cells, frame, rows, path, lines.subject)
    check_areas(frame, rows, path, recalculated=area_status != CONTEMPORARY)
    if lines.times:  # as the layout with the time in the rows has it: one period after the other
        order = np.argsort(pd.factorize(frame["period"])[0], kind="stable")
        frame, rows = frame.iloc[order].reset_index(drop=True), [rows[at] for at in order]
    frame, sums = completed(frame, rows, path, selection=selection)
    frame.attrs = {"table": lines.code, "title": lines.title, "created": lines.created, "sums": sums}
    return frame


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
