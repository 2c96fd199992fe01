"""What a cell of an official table can be: a number, by its unit whole or not below zero; a time that is possible."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._files import DOWNLOAD_AGAIN, refusal

_COUNTED = re.compile(r"Anzahl|Personen|number|persons", re.IGNORECASE)
_MEASURED = re.compile(r"(?:1000|Tsd\.|Mill\.)|(?:1000 )?(?:qkm|qm|km|ha|cbm)|Jahre|Tage|Monate|Stunden")
_MONEY = re.compile(r"EUR|DM|Euro")
RATIO = re.compile(
    r"\b(?:je|pro|per)\b|durchschn|mittler|anteil|quote|dichte|rate\b|ziffer|index|äquivalent", re.IGNORECASE
)
_SHARE = re.compile(r"anteil|quote", re.IGNORECASE)
_BALANCE = re.compile(
    r"saldo|saldi|überschu|entwicklung|veränder|differenz|zunahme|abnahme|zuwachs|gewinn|verlust|bilanz|abweich|wachstum"
    r"|korrektur|netto|change|balance|surplus|minder",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2},\d{3}")
_SAVED = "a spreadsheet program has written thousands commas"


def check_numbers(
    cells: Sequence[str], frame: pd.DataFrame, rows: Sequence[int], path: Path, subject: str = ""
) -> None:
    """Refuse numbers that their unit does not allow, and commas that may separate thousands.

    A comma before exactly three digits (``16,334``) is read as decimal mark only if its column proves it: some other
    comma there stands before one, two or four digits. In a count it never is one.

    Parameters
    ----------
    cells : texts of the values, shape (n,).
    frame : DataFrame, shape (n, ...), with ``key, period, variable, value, unit`` of each cell.
    rows : line number in the file of each cell, shape (n,).
    path : file, for the message only.
    subject : what the whole table counts, where its columns are named "Insgesamt" and "weiblich" only.

    Raises
    ------
    FileFormatError
        A count with decimals or below zero, an amount of money in parts of a cent, a negative area, duration or
        share, or a comma of unknown meaning; names row and column.

    Examples
    --------
    >>> table = pd.DataFrame({"key": "03152", "period": "2005", "variable": ["Arbeitslose"], "value": [16.334],
    ...                       "unit": "Anzahl"})
    >>> check_numbers(["16,334"], table, [7], Path("a.csv"))
    Traceback (most recent call last):
    optkommunen.errors.FileFormatError: a.csv, row 7, column 'Arbeitslose': A count (Anzahl) is a whole number; found
    '16,334' for 03152, 2005: a spreadsheet program has written thousands commas. Download the file again and keep it
    as it is (do not open and save it in Excel).
    >>> check_numbers(["1,234", "0,5"], table.loc[[0, 0]].assign(unit="Prozent"), [7, 8], Path("a.csv"))
    """
    texts = np.array([cell.strip() for cell in cells], dtype=object)
    values = frame["value"].to_numpy(dtype=float)
    kinds = frame[["variable", "unit"]].drop_duplicates()
    of_kind = frame.groupby(["variable", "unit"], sort=False).ngroup().to_numpy()
    flags = np.array([_allowed(f"{subject} | {v}", str(u)) for v, u in kinds.itertuples(index=False)], dtype=bool)
    whole, cents, positive = flags[of_kind].T

    def refuse(wrong: np.ndarray, rule: str, reason: str) -> None:
        for at in np.flatnonzero(wrong)[:1]:
            row = frame.iloc[at]
            found = f"{texts[at]!r} for {row['key']}, {row['period']}" + (f": {reason}" if reason else "")
            raise refusal(path, rule.format(row["unit"]), found, DOWNLOAD_AGAIN, row=rows[at], column=row["variable"])

    with np.errstate(invalid="ignore"):
        comma = np.array([bool(_THOUSANDS.fullmatch(text)) for text in texts], dtype=bool)
        fraction = whole & (values % 1 > 0)
        refuse(fraction & comma, "A count ({}) is a whole number", _SAVED)
        refuse(whole & np.array(["," in text for text in texts]), "A count ({}) is a whole number", "")
        refuse(cents & comma, "An amount ({}) has at most two decimals", _SAVED)
        refuse(positive & (values < 0), "A count, an area, a duration or a share is not below zero", "")
    decimal = np.array(["," in text for text in texts], dtype=bool) & ~comma
    proven = np.isin(of_kind, of_kind[decimal])
    rule = "A comma is the decimal mark, which a column proves by a comma before one or two digits"
    refuse(comma & ~proven, rule, f"it may mean thousands ({_SAVED}), and nothing in the column tells")


def _allowed(variable: str, unit: str) -> tuple[bool, bool, bool]:
    """Whether a column is of whole numbers, of money in whole cents, and never below zero."""
    counted = bool(_COUNTED.fullmatch(unit)) and not RATIO.search(variable)
    amount = bool(_COUNTED.fullmatch(unit) or _MEASURED.fullmatch(unit) or _SHARE.search(variable))
    return counted, bool(_MONEY.fullmatch(unit)), amount and not _BALANCE.search(variable)


EARLIEST = 1945
"""No table of the Länder reaches further back."""

_TIME = re.compile(
    r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d{4})"  # 31.12.2018
    r"|\d{4}(?:-\d\d(?:-\d\d)?)?"  # 2018, 2018-12, 2018-12-31
    r"|\d{4}-\d{4}"  # 2012-2017: a span of INKAR
    r"|\d{4}/\d\d(?:\d\d)?"  # 2018/19: a school year
    r"|\d{4}(?:-\d\d){1,2}P\d+[DMY]"  # 2023-10P6M: begin and length, in flat files
)
_AHEAD = re.compile(r"voraus(?:berechn|schätz)|projektion|prognos|zukünft", re.IGNORECASE)


def as_period(time: str) -> str | None:
    """Time as printed, days as ISO date; None if the text is no time.

    Examples
    --------
    >>> [as_period(time) for time in ("31.12.2009", "2013-12-31", "2008", "2023-10P6M", "2012-2017", "Insgesamt")]
    ['2009-12-31', '2013-12-31', '2008', '2023-10P6M', '2012-2017', None]
    """
    found = _TIME.fullmatch(time)
    if not found:
        return None
    return f"{found['y']}-{found['m']}-{found['d']}" if found["y"] else time


def last_time(created: str, title: str) -> str:
    """Day up to which a table can have figures: that of its making, or today if it names none; 2100 for projections.

    Parameters
    ----------
    created : the day as GENESIS prints it (``02.01.2024 / 20:44:32``), or "".
    title : title and headings of the table.

    Examples
    --------
    >>> last_time("02.01.2024 / 20:44:32", "Arbeitslose"), last_time("02.01.2024", "Bevölkerungsvorausberechnung")
    ('2024-01-02', '2100-12-31')
    """
    if _AHEAD.search(title):
        return "2100-12-31"
    return as_period(created[:10]) or datetime.date.today().isoformat()


def why_impossible(period: str, last: str) -> str:
    """Why no figure can be for this time; "" if one can.

    Parameters
    ----------
    period : as `as_period` gives it.
    last : ISO date, as `last_time` gives it.

    Examples
    --------
    >>> [why_impossible(period, "2024-01-02") for period in ("2505", "2009-02-31", "2024")]
    ['after 2024-01-02, when the table was made', 'no day of the calendar', '']
    """
    days = re.match(r"\d{4}-(\d\d)(?:-(\d\d))?(?!\d)", period)
    if days:
        try:
            datetime.date.fromisoformat(f"{period[:4]}-{days[1]}-{days[2] or '01'}")
        except ValueError:
            return "no day of the calendar"
    span = re.fullmatch(r"(\d{4})-(\d{4})", period)
    if span and span[2] <= span[1]:
        return "a span that ends before it begins"
    if int(period[:4]) < EARLIEST:
        return f"before {EARLIEST}"
    end = span[2] if span else period
    late = end[:10] > last if re.fullmatch(r"\d{4}-\d\d-\d\d", end) else end[:4] > last[:4]
    return f"after {last}, when the table was made" if late else ""
