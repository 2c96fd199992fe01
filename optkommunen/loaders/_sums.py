"""Whether parts add up to their whole in a table that carries both.

Official tables themselves break the rule: 192-71-4 has 841 school leavers with Fachhochschulreife for Germany and 5,378
in its Länder, 335-31-4 counts the reception centre of Saarland for the Land only. So a gap is said beside the data and
proves no damage; only a column of counts or amounts in which most totals are far from their parts (in official tables
the median gap is 4.9 % at most) has been sorted or shifted apart from its keys, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.loaders._areas import LAENDER, check_complete, mark_smaller, valid_kreise
from optkommunen.loaders._cells import RATIO
from optkommunen.loaders._files import DOWNLOAD_AGAIN, drop_repeats, refusal

FAR, FEWEST = 0.25, 8
"""Median gap from which a column of counts or amounts is refused, and the number of totals that this takes."""

_TOTAL = re.compile(r"Anzahl|Personen|1000|(?:(?:Tsd\.|Mill\.) )?EUR|qkm|ha")
_SUMMED = re.compile(r"Anzahl|Personen|1000|(?:Tsd\.|Mill\.) EUR|qkm|ha")
# EUR alone is left out here: mostly an average, whatever its heading says
_PER_HEAD = re.compile(r"\bje\b|\bpro\b|durchschnittlich", re.IGNORECASE)
_NOISE = 1e-4


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
