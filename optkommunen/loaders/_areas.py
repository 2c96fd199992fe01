"""Areas that an official table can name: which keys there are, which belong together, and which must be there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from optkommunen.data import store
from optkommunen.loaders._files import DOWNLOAD_AGAIN, level_of, refusal

CONTEMPORARY = "contemporary"
"""Area status of a table with the keys of each year."""

WITHOUT_HANAU = "from 1.1.2026 without Hanau: smaller than before under the same key"
"""What is added to the area status of the Main-Kinzig-Kreis from 2026 on: never compare it with earlier years."""

MAIN_KINZIG = "06435"
FIRST, LAST, NO_NEW = 2004, 2022, 2025
"""Years of the register of Kreise, and the last one up to which none was made since; other keys cannot be checked."""

LAENDER = {
    "01": "Schleswig-Holstein", "02": "Hamburg", "03": "Niedersachsen", "04": "Bremen", "05": "Nordrhein-Westfalen",
    "06": "Hessen", "07": "Rheinland-Pfalz", "08": "Baden-Württemberg", "09": "Bayern", "10": "Saarland",
    "11": "Berlin", "12": "Brandenburg", "13": "Mecklenburg-Vorpommern", "14": "Sachsen", "15": "Sachsen-Anhalt",
    "16": "Thüringen",
}  # fmt: skip
_REGIERUNGSBEZIRKE = [  # and Statistische Regionen, NUTS 2 regions and former ones, as GENESIS prints them
    "010", "020", "031", "032", "033", "034", "040", "051", "053", "055", "057", "059", "064", "065", "066", "071",
    "072", "073", "081", "082", "083", "084", "091", "092", "093", "094", "095", "096", "097", "100", "110", "120",
    "130", "141", "142", "143", "145", "146", "147", "150", "151", "152", "153", "160",
]  # fmt: skip
_PARTS = ["03241001", "05334002", "10041100", *(f"110{n:02}0{n:02}" for n in range(1, 13))]
"""Hannover, Aachen, Saarbrücken and the Bezirke of Berlin."""
_PRINTED_AS = {"02000": "02", "11000": "11", "05313": "05334002"}
"""Keys in place of which GENESIS prints a Land or a part."""


@functools.cache
def _kreise() -> pd.DataFrame:
    return store.table("kreise").set_index("key")


@functools.cache
def _whose() -> dict[str, set[str]]:
    """Keys of Kreise and Länder that bear a name, in small letters and without what follows a comma."""
    whose: dict[str, set[str]] = {}
    for key, name in [*_kreise()["name"].items(), *LAENDER.items()]:
        whose.setdefault(_bare(str(name)), set()).add(str(key))
    return whose


def _bare(name: str) -> str:
    return name.split(",")[0].strip().lower()


def check_areas(
    frame: pd.DataFrame, rows: Sequence[int], path: Path, *, column: str | None = "key", recalculated: bool = False
) -> None:
    """Refuse keys that no area has, and names that belong to another key.

    The register knows every Kreis of 2004 to 2022, and the 400 of 2022 were those of 2025. A Kreis that it does not
    know can only carry figures of other years (it was dissolved before, or made since, as Hanau in 2026), or stand in a
    table that is recalculated to a later status.
    Whether a key is *valid* in its year cannot be asked: GENESIS prints figures under later and earlier keys, too.

    Parameters
    ----------
    frame : DataFrame, shape (n, ...), with ``key, name, level, period, marker``.
    rows : line number in the file of each row, shape (n,).
    path, column : where, for the message.
    recalculated : whether all years stand on one area status.

    Raises
    ------
    FileFormatError
        Names row, key and name.

    Examples
    --------
    >>> table = pd.DataFrame({"key": ["01002"], "name": "Flensburg, kreisfreie Stadt", "level": "kreis",
    ...                       "period": "2008", "marker": ""})
    >>> check_areas(table, [7], Path("a.csv"))
    Traceback (most recent call last):
    optkommunen.errors.FileFormatError: a.csv, row 7, column 'key': Key and name mean the same area; found '01002' for
    'Flensburg, kreisfreie Stadt', whose key is 01001: keys and names were sorted apart. Download the file again and
    keep it as it is (do not open and save it in Excel).
    """
    known = {"DG", *LAENDER, *_REGIERUNGSBEZIRKE, *_PARTS, *_kreise().index}
    years = frame["period"].str[:4].astype(int)
    judged = years.between(FIRST, NO_NEW) & frame["marker"].ne("-") & (not recalculated)
    new = frame["level"].eq("kreis") & frame["key"].str[:2].isin(list(LAENDER)) & ~judged
    for at in np.flatnonzero(~frame["key"].isin(known) & ~new)[:1]:
        found = f"{frame['key'].iloc[at]!r} for {frame['name'].iloc[at]!r}, {frame['period'].iloc[at]}"
        if frame["level"].iloc[at] == "part":
            rule, way_out = (
                "A table is by Kreis, not by Gemeinde",
                "Choose the table of the Kreise (its code ends in -4).",
            )
        else:
            rule = f"A key is that of a Land, a Regierungsbezirk or a Kreis of {FIRST} to {NO_NEW}"
            way_out = f"{DOWNLOAD_AGAIN} A table recalculated to a later status needs area_status=…."
        raise refusal(path, rule, found, way_out, row=rows[at], column=column)
    pairs = frame.reset_index(drop=True)[["key", "name"]].drop_duplicates()
    for at, key, name in pairs.itertuples():
        own = _whose().get(_bare(name), set())
        if own and key not in own and level_of(key) in ("kreis", "land"):
            found = f"{key!r} for {name!r}, whose key is {' or '.join(sorted(own))}: keys and names were sorted apart"
            raise refusal(path, "Key and name mean the same area", found, row=rows[at], column=column)


def check_complete(frame: pd.DataFrame, path: Path) -> None:
    """Refuse a table in which areas are missing: rows were lost.

    A table by Kreis has every Kreis valid in its period, a table with Länder has all of them and Germany. GENESIS
    prints the same areas in each period, those that are dissolved or not yet there with ``-``.

    Raises
    ------
    FileFormatError
        Names period and missing areas, and the option for a file of chosen areas.

    Examples
    --------
    >>> keys = list(LAENDER)[:15]
    >>> table = pd.DataFrame({"key": keys, "level": "land", "period": "2008", "variable": "x", "marker": ""})
    >>> check_complete(table, Path("a.csv"))
    Traceback (most recent call last):
    optkommunen.errors.FileFormatError: a.csv: A table has every area of its period; found none of 16, DG in 2008 ('x'):
    rows were lost. Download the file again and keep it as it is (do not open and save it in Excel). If you chose areas
    or left out empty rows, read it with selection=True.
    """
    everywhere = set(frame["key"])
    expected: set[str] = set()
    if everywhere & set(LAENDER) - {"02", "11"}:
        expected |= {"DG", *LAENDER}
    empty = frame["marker"].eq("-").groupby([frame["key"], frame["period"]]).all()
    if empty.any():  # rows without any figure were not left out, so each period has all areas of the file
        expected |= everywhere
    by_kreis = frame["level"].eq("kreis").any()
    keys = frame["key"].to_numpy(dtype=object)
    cells = frame.groupby(["period", "variable"], sort=False)
    for (period, variable), at in cast("dict[tuple[str, str], np.ndarray]", cells.indices).items():
        there = set(keys[at])
        wanted = expected | (valid_kreise(int(period[:4]), there) if by_kreis else set())
        absent = sorted(wanted - there)
        if absent:
            named = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
            found = f"none of {named} in {period} ({variable!r}): rows were lost"
            way_out = f"{DOWNLOAD_AGAIN} If you chose areas or left out empty rows, read it with selection=True."
            raise refusal(path, "A table has every area of its period", found, way_out)


def valid_kreise(year: int, there: set[str]) -> set[str]:
    """Kreise valid at the end of a year, each under the key that the table prints."""
    kreise, known = _kreise(), min(max(year, FIRST), LAST)
    valid = kreise.index[(kreise["valid_from"] <= known) & (kreise["valid_to"] >= known)]
    return {printed if (printed := _PRINTED_AS.get(key, key)) in there else key for key in valid}


def mark_smaller(frame: pd.DataFrame, *, whole: bool = False) -> None:
    """Give figures of the Main-Kinzig-Kreis without Hanau an area status of their own, in place.

    Since 1.1.2026 Hanau is reported to be kreisfrei; the key of the rest stays 06435. Earlier years are on the smaller
    area, too, where the table gives the new Kreis of Hessen figures for them (a table recalculated to 2026).

    Parameters
    ----------
    frame : DataFrame with ``key, period, level, marker, area_status``.
    whole : whether every year of the table is on the area status of 2026 or later.

    Examples
    --------
    >>> table = pd.DataFrame({"key": "06435", "period": ["2025-12-31", "2026"], "level": "kreis", "marker": "",
    ...                       "area_status": CONTEMPORARY})
    >>> mark_smaller(table)
    >>> print(*table["area_status"], sep=chr(10))
    contemporary
    contemporary; from 1.1.2026 without Hanau: smaller than before under the same key
    """
    made = frame["level"].eq("kreis") & frame["key"].str.startswith("06") & ~frame["key"].isin(_kreise().index)
    apart = set(frame.loc[made & frame["marker"].eq(""), "period"])
    late = frame["period"].str[:4].astype(int).ge(2026) | frame["period"].isin(apart) | whole
    smaller = frame["key"].eq(MAIN_KINZIG) & late
    frame.loc[smaller, "area_status"] = frame.loc[smaller, "area_status"] + f"; {WITHOUT_HANAU}"
