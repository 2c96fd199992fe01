"""What a number of an official table can be, by its unit: whole, not below zero, and which mark is the decimal one."""

from __future__ import annotations

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
