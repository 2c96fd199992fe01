"""Figures of § 48a SGB II (K1 to K3E4) from a tidy CSV file, in a form that this package states itself."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.data import catalogue
from optkommunen.data.register import resolve
from optkommunen.errors import FileFormatError, OptkommunenError
from optkommunen.loaders._files import decode, read_bytes, refusal
from optkommunen.values import KEY
from optkommunen.words import N_

COLUMNS = (KEY, "period", "indicator", "value")
PARTS = ("numerator", "denominator")
FIRST = "2011-01"
"""Month from which values exist."""

INDICATORS = tuple(f"k{k}{e}" for k in (1, 2, 3) for e in ("", "e1", "e2", "e3", "e4"))
YEAR_ON_YEAR = ("k1", "k1e1", "k1e2", "k3")
"""Quotients to the same month of the year before: 96 % is four per cent less."""

INTEGRATIONS = ("k2", "k2e3", "k2e4", "k3e1")
DIFFERENT = N_("Integrationen of § 48a SGB II leave Minijobs out, Eingliederungen of the benchmarking do not")
"""Warning beside what is made of either: the two never stand in one comparison."""

RULE = "Figures of § 48a SGB II stand in a CSV file with the columns kommune, period, indicator, value"
_SMALLEST_QUOTIENT = 20.0
_ROUNDING = 0.06
"""Of a value printed with one decimal, and a bit."""


def read_section_48a(path: str | Path) -> pd.DataFrame:
    """Figures of § 48a SGB II of municipalities and months, as one puts them together.

    **Definition:** K1 (benefits for subsistence), K2 (Integrationen), K3 (Langzeitleistungsbezieher) with their
    Ergänzungsgrößen, in per cent as the catalogue states them (``ok.catalogue("k2")``); year-on-year figures as
    quotients (96), not as changes (−4).
    **Form:** stated by this package: no published file of this kind was at hand, and what the Statistik der
    Bundesagentur für Arbeit publishes has to be brought into it by hand. CSV with ``;``, ``,`` or tab; columns
    ``kommune`` (key as admitted or any name of the 69), ``period`` (month, ``2012-03``), ``indicator`` (``k1``,
    ``k1e1`` … ``k3e4``), ``value`` (per cent; empty: not published), and, for all rows with a value or for none,
    ``numerator`` and ``denominator``. With a comma as decimal mark the separator is not a comma.
    **Known limit:** values exist from 2011. From 2011 on two pairs of the 69 were one job centre each; its figure is
    entered under the one that is meant, never under both.

    Parameters
    ----------
    path : str or Path
        The CSV file.

    Returns
    -------
    DataFrame
        ``kommune, period, indicator, value[, numerator, denominator], unit, status, marker, area_status, time_base,
        source, note``, one row for each figure; ``published``, or ``missing`` where the cell is empty. ``note`` warns
        that Integrationen are no Eingliederungen. It goes into ``ok.compare`` unchanged.

    Raises
    ------
    FileFormatError
        A column missing, twice or unknown; a municipality that is not clearly one of the 69; a period that is no month
        from 2011 on; an indicator that is none of § 48a; a number that is none, negative, or a change in place of a
        quotient; a value that is not numerator over denominator; a figure twice. Names row, column and cell.

    Examples
    --------
    >>> import tempfile
    >>> lines = ["kommune;period;indicator;value", "Coesfeld;2012-12;K2;31,4", "05554;2012-12;K2;"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "kennzahlen.csv")
    ...     _ = path.write_text(chr(10).join(lines), encoding="utf-8")
    ...     table = read_section_48a(path)
    >>> table[["kommune", "indicator", "value", "status"]].to_numpy().tolist()
    [['05558', 'k2', 31.4, 'published'], ['05554', 'k2', nan, 'missing']]
    """
    path = Path(path)
    lines, comma = _lines(path)
    head = [cell.strip().lower() for cell in lines[0][1]]
    _check_head(path, head)
    rows, seen = [], dict[tuple[str, str, str], int]()
    for number, cells in lines[1:]:
        if len(cells) != len(head):
            raise refusal(path, "A row has a cell for each column", f"{len(cells)} of {len(head)}", _QUOTES, row=number)
        row = _row(path, number, dict(zip(head, (cell.strip() for cell in cells), strict=True)), comma)
        same = (str(row[KEY]), str(row["period"]), str(row["indicator"]))
        if same in seen:
            found = f"{', '.join(same)} again (row {seen[same]})"
            raise refusal(path, "A figure stands once", found, "Leave one of the two rows.", row=number)
        seen[same] = number
        rows.append(row)
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *(part for part in PARTS if part in head)])
    _check_parts(path, frame, [number for number, _ in lines[1:]])
    entries = {name: catalogue.indicator(name) for name in frame["indicator"].unique()}
    return frame.assign(
        unit=frame["indicator"].map({name: entry.unit for name, entry in entries.items()}),
        status=np.where(frame["value"].isna(), "missing", "published"),
        marker="",
        area_status="job centre of the month",
        time_base=frame["indicator"].map({name: entry.time_base for name, entry in entries.items()}),
        source=f"{path.name} (§ 48a SGB II)",
        note=np.where(frame["indicator"].isin(INTEGRATIONS), DIFFERENT, ""),
    ).astype(dict.fromkeys((KEY, "period", "indicator", "unit", "status", "time_base", "note"), "str"))


_QUOTES = "Put a cell that holds the separator into quotes."


def _lines(path: Path) -> tuple[list[tuple[int, list[str]]], bool]:
    """Lines that are not empty with their numbers, and whether a comma may be a decimal mark."""
    text = decode(read_bytes(path), path, ("utf-8-sig", "cp1252"))
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    try:
        lines = [
            (number, line)
            for number, line in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), 1)
            if any(cell.strip() for cell in line)
        ]
    except csv.Error as error:
        raise refusal(path, "Quotes are closed in each line", f"{error}: the file is cut or damaged") from error
    return lines, delimiter != ","


def _check_head(path: Path, head: list[str]) -> None:
    known = (*COLUMNS, *PARTS)
    absent = [name for name in COLUMNS if name not in head]
    half = [name for name in PARTS if name not in head] if set(PARTS) & set(head) else []
    odd = [name for name in head if name not in known or head.count(name) > 1]
    if absent or half or odd:
        found = f"without {', '.join(absent + half)}" if absent or half else f"{', '.join(map(repr, odd))}"
        way_out = "Both numerator and denominator may stand beside them; no other column, and none twice."
        raise refusal(path, RULE, found, way_out, row=1)


def _row(path: Path, number: int, cells: dict[str, str], comma: bool) -> dict[str, str | float]:
    """One figure."""

    def no(cells: dict[str, str], column: str, rule: str, way_out: str) -> FileFormatError:
        return refusal(path, rule, repr(cells[column]), way_out, row=number, column=column)

    try:
        key = resolve(cells[KEY])
    except OptkommunenError as error:
        raise no(cells, KEY, "Figures are of the 69 Optionskommunen", str(error)) from error
    period, name = cells["period"], cells["indicator"].lower()
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", period):
        raise no(cells, "period", "A period is a month", "Write it as 2012-03.")
    if period < FIRST:
        raise no(
            cells, "period", f"Figures of § 48a SGB II exist from {FIRST} on", "Look at the year, or at what it is."
        )
    if name not in INDICATORS:
        raise no(cells, "indicator", f"An indicator is one of {', '.join(INDICATORS)}", "Correct it.")
    row: dict[str, str | float] = {KEY: key, "period": period, "indicator": name}
    for column in [c for c in ("value", *PARTS) if c in cells]:
        text = cells[column].replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
        mark = "[.,]" if comma else "[.]"
        if text and not re.fullmatch(rf"-?\d+({mark}\d+)?", text):
            way_out = "Leave the cell empty where nothing is published; no unit, no thousands mark."
            raise no(cells, column, "A figure is a number", way_out)
        if column in PARTS and re.fullmatch(r"\d{1,3}[.,]\d{3}", text):
            raise no(cells, column, "A count has no thousands mark", "Write 5455, not 5.455; a mean with one decimal.")
        row[column] = float(text.replace(",", ".")) if text else np.nan
    value = float(row["value"])
    if name in YEAR_ON_YEAR and value < _SMALLEST_QUOTIENT:
        rule = f"{name} is a quotient to the same month of the year before, in per cent (96)"
        raise no(cells, "value", rule, "It looks like a change: write 96 for −4 %.")
    negative = [column for column in ("value", *PARTS) if column in row and float(row[column]) < 0]
    if negative:
        raise no(cells, negative[0], "A rate and its parts are not negative", "Correct it.")
    return row


def _check_parts(path: Path, frame: pd.DataFrame, numbers: list[int]) -> None:
    """Numerator and denominator are those of the value, in every row with a value."""
    if PARTS[0] not in frame.columns:
        return
    known = frame["value"].notna()
    for i in np.flatnonzero(known & frame[list(PARTS)].isna().any(axis=1)):
        rule = "Numerator and denominator stand in every row with a value, or in none"
        way_out = "Fill them in, or leave the two columns out (figures without them may stand in a file of their own)."
        raise refusal(path, rule, "an empty cell", way_out, row=numbers[i])
    rate = 100 * frame["numerator"] / frame["denominator"].where(frame["denominator"] > 0)
    off = known & ~((rate - frame["value"]).abs() <= _ROUNDING)
    for i in np.flatnonzero(off):
        found = f"{frame['value'][i]:g} and 100 × {frame['numerator'][i]:g} / {frame['denominator'][i]:g}"
        rule = "A value is 100 times numerator over denominator, but for rounding"
        raise refusal(path, rule, found, "Correct the one that is wrong.", row=numbers[i])
