"""Areas of an official table: which keys there are, which must be there, and whether parts add up to their whole.

Official tables themselves break the last rule: 192-71-4 has 841 school leavers with Fachhochschulreife for Germany and
5,378 in its Länder, 335-31-4 counts the reception centre of Saarland for the Land only. So a gap is said beside the
data and proves no damage; only a column of counts or amounts in which most totals are far from their parts (in official
tables the median gap is 4.9 % at most) has been sorted or shifted apart from its keys, and is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from optkommunen.data.register import kreise
from optkommunen.loaders._cells import RATIO
from optkommunen.loaders._files import DOWNLOAD_AGAIN, VALUE_COLUMNS, drop_repeats, level_of, refusal

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

FAR, FEWEST = 0.25, 8
"""Median gap from which a column of counts or amounts is refused, and the number of totals that this takes."""

_TOTAL = re.compile(r"Anzahl|Personen|1000|(?:(?:Tsd\.|Mill\.) )?EUR|qkm|ha")
_SUMMED = re.compile(r"Anzahl|Personen|1000|(?:Tsd\.|Mill\.) EUR|qkm|ha")
# EUR alone is left out here: mostly an average, whatever its heading says
_PER_HEAD = re.compile(r"\bje\b|\bpro\b|durchschnittlich", re.IGNORECASE)
_NOISE = 1e-4


@functools.cache
def _whose() -> dict[str, set[str]]:
    """Keys of Kreise and Länder that bear a name, in small letters and without what follows a comma."""
    names = pd.concat([kreise()["name"], pd.Series(LAENDER)])
    return names.index.to_series().groupby(names.map(_bare).to_numpy()).agg(set).to_dict()


def _bare(name: str) -> str:
    return name.split(",")[0].strip().lower()


def long_table(keys: Sequence[str], names: Sequence[str], variables: Sequence[str], **columns: Any) -> pd.DataFrame:
    """Value table of a file with areas in the rows and figures in the columns: one value below the other, row by row.

    Parameters
    ----------
    keys, names : of the areas, shape (n,).
    variables : headings of the columns, shape (k,).
    **columns : the other columns of a value table, shape (n × k,), or one value for all.

    Examples
    --------
    >>> table = long_table(["01", "02"], ["a", "b"], ["x", "y"], period="2008", value=[1.0, 2.0, 3.0, 4.0], unit="",
    ...                    marker="", area_status=CONTEMPORARY)
    >>> table[["key", "variable", "value"]].to_numpy().tolist()
    [['01', 'x', 1.0], ['01', 'y', 2.0], ['02', 'x', 3.0], ['02', 'y', 4.0]]
    """
    areas = pd.DataFrame({"key": keys, "name": names, "level": [level_of(key) for key in keys]})
    long = areas.loc[areas.index.repeat(len(variables))].reset_index(drop=True)
    return long.assign(variable=np.tile(variables, len(keys)), **columns)[list(VALUE_COLUMNS)]


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
    known = {"DG", *LAENDER, *_REGIERUNGSBEZIRKE, *_PARTS, *kreise().index}
    years = frame["period"].str[:4].astype(int)
    judged = years.between(FIRST, NO_NEW) & frame["marker"].ne("-") & (not recalculated)
    new = frame["level"].eq("kreis") & frame["key"].str[:2].isin(list(LAENDER)) & ~judged
    for at in np.flatnonzero(~frame["key"].isin(known) & ~new)[:1]:
        found = f"{frame['key'].iloc[at]!r} for {frame['name'].iloc[at]!r}, {frame['period'].iloc[at]}"
        rule = f"A key is that of a Land, a Regierungsbezirk or a Kreis of {FIRST} to {NO_NEW}"
        way_out = f"{DOWNLOAD_AGAIN} A table recalculated to a later status needs area_status=…."
        if frame["level"].iloc[at] == "part":
            rule = "A table is by Kreis, not by Gemeinde"
            way_out = "Choose the table of the Kreise (its code ends in -4)."
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
    cells = frame.groupby(["period", "variable"], sort=False)["key"].agg(set)
    for (period, variable), there in cast("Iterable[tuple[tuple[str, str], set[str]]]", cells.items()):
        wanted = expected | (valid_kreise(int(period[:4]), there) if by_kreis else set())
        absent = sorted(wanted - there)
        if absent:
            named = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
            found = f"none of {named} in {period} ({variable!r}): rows were lost"
            way_out = f"{DOWNLOAD_AGAIN} If you chose areas or left out empty rows, read it with selection=True."
            raise refusal(path, "A table has every area of its period", found, way_out)


def valid_kreise(year: int, there: set[str]) -> set[str]:
    """Kreise valid at the end of a year, each under the key that the table prints."""
    register, known = kreise(), min(max(year, FIRST), LAST)
    valid = register.index[(register["valid_from"] <= known) & (register["valid_to"] >= known)]
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
    made = frame["level"].eq("kreis") & frame["key"].str.startswith("06") & ~frame["key"].isin(kreise().index)
    apart = set(frame.loc[made & frame["marker"].eq(""), "period"])
    late = frame["period"].str[:4].astype(int).ge(2026) | frame["period"].isin(apart) | whole
    smaller = frame["key"].eq(MAIN_KINZIG) & late
    frame.loc[smaller, "area_status"] = frame.loc[smaller, "area_status"] + f"; {WITHOUT_HANAU}"


def completed(frame: pd.DataFrame, rows: Iterable[int], path: Path, *, selection: bool) -> tuple[pd.DataFrame, str]:
    """Table without repeated rows, complete unless it is a selection of areas, and how many of its totals fit.

    Raises
    ------
    FileFormatError
        Rows contradict each other or were lost, or totals are not those of their parts.
    """
    frame, sums = drop_repeats(frame, rows, path), ""
    if not selection:
        check_complete(frame, path)
        sums = check_sums(frame, path)
    mark_smaller(frame)
    return frame, sums


def check_sums(frame: pd.DataFrame, path: Path) -> str:
    """How many totals of Germany and of the Länder are the sum of their parts, in one sentence; "" without any.

    Compared are counts, areas and amounts of money of a period whose parts are all printed: Länder with Germany, Kreise
    valid in the year with their Land. A gap within the rounding of the addends is none.

    Parameters
    ----------
    frame : DataFrame with ``key, period, variable, value, unit``, one row for each key, period and variable.
    path : file, for the message only.

    Raises
    ------
    FileFormatError
        The totals of a column of counts or amounts are typically a quarter away from the sum of their parts.

    Examples
    --------
    >>> table = pd.DataFrame({"key": ["DG", *LAENDER], "period": "2008", "variable": "x", "unit": "Anzahl",
    ...                       "value": [160.0] + [10.0] * 16})
    >>> check_sums(table, Path("a.csv"))
    '1 of 1 totals are the sum of their parts'
    >>> check_sums(table.replace(160.0, 161.0), Path("a.csv"))  # what rounding explains
    '1 of 1 totals are the sum of their parts'
    >>> check_sums(table.replace(160.0, 260.0), Path("a.csv"))
    "0 of 1 totals are the sum of their parts; furthest off: DG in 2008 ('x'), 260 against 160"
    """
    table = _totals(frame)
    if table.empty:
        return ""
    gap = (table["total"] - table["added"]).abs()
    share = gap / table["total"].abs().clip(lower=1)
    count = table["unit"].str.fullmatch(_SUMMED) & ~table["variable"].str.contains(RATIO)
    far = share[count].groupby([table["variable"], table["period"]]).agg(["median", "size"]).reset_index()
    for typical in far[(far["median"] > FAR) & (far["size"] >= FEWEST)].itertuples():
        found = (
            f"typically {typical.median:.0%} between a total and its parts in {typical.period}: sorted or shifted apart"
        )
        way_out = f"{DOWNLOAD_AGAIN} If this column is no sum, read the file with selection=True."
        raise refusal(path, "Länder and Kreise add up to their total", found, way_out, column=str(typical.variable))
    fits = gap <= table["limit"] + _NOISE
    text = f"{fits.sum()} of {len(table)} totals are the sum of their parts"
    if fits.all():
        return text
    worst = table.iloc[int(share.to_numpy().argmax())]
    place = f"{worst['whole']} in {worst['period']} ({worst['variable']!r})"
    return f"{text}; furthest off: {place}, {worst['total']:.10g} against {worst['added']:.10g}"


def _totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Each total with what its parts add up to: `variable, unit, period, whole, total, added, limit`."""
    additive = frame["unit"].str.fullmatch(_TOTAL) & ~frame["variable"].str.contains(_PER_HEAD)
    index = ["variable", "unit", "period"]
    wide = frame[additive].pivot_table(index=index, columns="key", values="value", dropna=False)
    values, where = wide.to_numpy(dtype=float), {key: at for at, key in enumerate(wide.columns)}
    years = wide.index.get_level_values("period").str[:4].astype(int).to_numpy()
    blocks = []
    for year in np.unique(years):
        lines = np.flatnonzero(years == year)
        groups = {"DG": list(LAENDER)}
        for key in sorted(valid_kreise(int(year), set(where))):
            groups.setdefault(key[:2], []).append(key)
        for whole, parts in groups.items():
            if len(parts) > 1 and {whole, *parts} <= set(where):
                block = values[lines][:, [where[key] for key in parts]]
                rounding = 0.5 * 0.1 ** _decimals(block) * (len(parts) + 1)  # of each addend and of the total
                sums = {"whole": whole, "total": values[lines, where[whole]], "added": block.sum(axis=1)}
                blocks.append(wide.index[lines].to_frame(index=False).assign(**sums, limit=rounding))
    return pd.concat(blocks, ignore_index=True).dropna() if blocks else pd.DataFrame()


def _decimals(block: np.ndarray) -> np.ndarray:
    """Decimals that the values of each row are printed with: 0, 1 or 2."""
    shifted = [np.abs(block * scale - np.round(block * scale)) < _NOISE for scale in (1.0, 10.0)]
    return np.where(shifted[0].all(axis=1), 0, np.where(shifted[1].all(axis=1), 1, 2))
