"""Figures that can hardly be: against their own series, the other municipalities, the usual, the official figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optkommunen.returns.columns import COUNTS, WHOLE, Column
from optkommunen.returns.declarations import ITEM, VALUE, YEAR, answer
from optkommunen.returns.expected import SIZES, Series, from_neighbours, from_others, median_known, series_of, sizes
from optkommunen.returns.findings import Finding
from optkommunen.returns.patterns import patterns
from optkommunen.returns.typed import Typed
from optkommunen.values import KEY

JUMP, FAR, APART = np.log(2.5), np.log(8.0), np.log(3.0)
"""Factors: a jump is at least 2.5 and five standard deviations, or 8; far from others 3 and five spreads, or 8."""

RUN, LONG = np.log(6.0), 6
"""A figure is far from its whole series at a factor of 6, if the series has six figures."""

SPREADS = 5.0
WITHIN, WIDEST = 3.0, np.log(2.0)
"""A usual band reaches at least three spreads of the municipalities from their middle, but never twice its bounds."""

FEWEST_EXPECTED = 20
"""Below this count a zero, or a factor, may be chance."""

MUCH = 60
"""Where this much is expected, a factor of 8 is flagged whatever the spread."""

SMALLEST, LARGEST = 300, 60_000
"""EHb of a municipality; the 69 had 1,000 to 35,000 in 2007."""

OFFICIAL = 1.25
"""Factor between official and reported means of a year."""

_MOST = 0.6
"""Share of a row, series or column that is flagged from which the whole of it is one finding."""


@dataclass(frozen=True)
class _Flags:
    """Cells of one column that are far from what is expected."""

    series: Series
    kind: np.ndarray
    off: np.ndarray


def implausible(
    tables: Mapping[str, Typed],
    declarations: pd.DataFrame,
    official: Mapping[str, pd.DataFrame],
    refused: set[tuple[str, str, tuple[int, int]]],
) -> list[Finding]:
    """What asks to be looked at; nothing is changed.

    Parameters
    ----------
    tables : ``monthly, annual, services``, those that there are.
    declarations : as from `declared_in`.
    official : official figures by column (``ehb``, ``persons``): ``kommune, period`` (year), ``value``.
    refused : cells in error, by sheet and place: they take no part.

    Returns
    -------
    list of Finding
        Warnings; a whole row, series or column that is off is one.
    """
    frames = {name: _without_refused(table, refused) for name, table in tables.items() if name != "units"}
    size = sizes(frames["monthly"]) if "monthly" in frames and len(frames["monthly"]) else None
    findings: list[Finding] = []
    ranges = _sizes(tables["monthly"], frames["monthly"], size) if size is not None else []
    other_unit = any(len(found.places) > _MOST * len(frames["monthly"]) for found in ranges)
    for name, frame in frames.items():
        if not len(frame) or (other_unit and name == "monthly"):
            continue
        columns = {key: column for key, column in tables[name].block.table.columns.items() if key in frame}
        numbers = {key: column for key, column in columns.items() if column.noise}
        group = [key for key in tables[name].block.table.identity if key != "period"]
        series = series_of(frame, numbers, size, group)
        flags = _all_flags(series)
        shapes, covered = patterns(tables[name], series)
        findings += shapes + _told(tables[name], flags, covered)
        frames[name] = _without_flagged(frame, flags)
    if "annual" in frames:
        findings += _costs(tables["annual"], frames["annual"], declarations)
    if "monthly" in frames:
        findings += _totals(tables["monthly"], frames["monthly"], declarations)
        findings += ranges or _official(tables["monthly"], frames["monthly"], official)
    return findings


def _without_refused(table: Typed, refused: set[tuple[str, str, tuple[int, int]]]) -> pd.DataFrame:
    """Frame of a table whose cells in error are missing."""
    frame = table.frame.copy()
    block = table.block
    here = {place for file, sheet, place in refused if (file, sheet) == (block.grid.file, block.sheet)}
    for name in table.block.table.numbers if here else ():
        if name in table.block.cells:
            wrong = [position for position in frame.index if table.place(position, name) in here]
            frame.loc[wrong, name] = pd.NA if frame[name].dtype == "Int64" else np.nan
    return frame


def _all_flags(series: Mapping[str, Series]) -> dict[str, _Flags]:
    """Flags of each column; what is flagged in one is no reference for another, so that one cause is told once."""
    flags: dict[str, _Flags] = {}
    for name in sorted(series, key=lambda name: series[name].column.per in series):
        one = series[name]
        if one.column.per in flags:
            one = replace(one, per=np.where(flags[one.column.per].kind == "", one.per, np.nan))
        flags[name] = _flags(one)
    return {name: flags[name] for name in series}


def _without_flagged(frame: pd.DataFrame, flags: Mapping[str, _Flags]) -> pd.DataFrame:
    """Frame whose flagged cells are missing, for sums and totals."""
    frame = frame.copy()
    for name, flag in flags.items():
        rows = flag.series.positions[flag.kind != ""]
        frame[name] = frame[name].astype("float64")
        frame.loc[rows, name] = np.nan
    return frame


def _flags(series: Series) -> _Flags:
    """Cells that are far from their neighbours in time, the other municipalities, or the usual band."""
    logs, ratio = series.logs, series.log_ratio
    kind = np.full(logs.shape, "", dtype="U6")
    off = np.zeros(logs.shape)

    def flag(name: str, deviation: np.ndarray, far: np.ndarray) -> None:
        new = far & (kind == "")
        kind[new], off[new] = name, deviation[new]

    counted = series.column.kind in COUNTS
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        middle, spread = from_others(series)
        others = middle[:, None] + logs - ratio
        positive = np.where(series.numbers > 0, logs, np.nan)
        near = from_neighbours(positive)
        nothing = series.numbers == 0
        flag("zero", logs - near, nothing & (np.exp(near) >= FEWEST_EXPECTED))
        low = np.log(series.per) + middle[:, None] - 3 * spread[:, None]
        flag("zero", logs - low, nothing & (series.column.kind in WHOLE) & (np.exp(low) >= FEWEST_EXPECTED))
        own = np.broadcast_to(median_known(positive, axis=1)[:, None], logs.shape)
        long = (np.isfinite(positive).sum(axis=1) >= LONG)[:, None]
        enough = np.exp(own) >= FEWEST_EXPECTED if counted else np.isfinite(own)
        far = np.abs(logs - own) > np.maximum(RUN, SPREADS * series.chance(np.exp(own)))
        flag("jump", logs - own, long & enough & far & ~nothing)
        near = from_neighbours(np.where(kind == "", positive, np.nan))
        usual = np.where(np.isfinite(near), near, others)
        enough = np.exp(usual) >= FEWEST_EXPECTED if counted else np.isfinite(usual)
        chance = series.chance(np.exp(usual))
        flag("jump", logs - near, enough & ~nothing & (np.abs(logs - near) > _limit(JUMP, chance, near)))
        both = np.sqrt(chance**2 + spread[:, None] ** 2)
        far = np.abs(ratio - middle[:, None]) > _limit(APART, both, usual)
        flag("among", ratio - middle[:, None], enough & ~nothing & far)
        if series.column.band:
            low, high = (np.log(bound) if bound > 0 else -np.inf for bound in series.column.band)
            slack = 2 * chance if counted else 0.0  # a small count is off the band by chance
            wide = _wider(low, high, middle, spread)[:, None]
            outside = (ratio < low - slack - wide) | (ratio > high + slack + wide)
            middle_of_band = (max(low, high - np.log(100)) + high) / 2
            flag("band", ratio - middle_of_band, outside & np.isfinite(ratio) & ~nothing)
    return _Flags(series, kind, off)


def _wider(low: float, high: float, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """How far the band is widened to each side: where the middle of the municipalities lies in it, by their spread."""
    within = (low <= middle) & (middle <= high)
    reach = np.maximum(low - (middle - WITHIN * spread), middle + WITHIN * spread - high)
    return np.where(within, np.clip(reach, 0.0, WIDEST), 0.0)


def _limit(least: float, spread: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Distance from which a figure is flagged: many spreads, but a factor of 8 in any case where much is expected."""
    limit = np.maximum(least, SPREADS * spread)
    return np.where(np.exp(expected) >= MUCH, np.minimum(limit, FAR), limit)


def _told(table: Typed, flags: Mapping[str, _Flags], covered: Mapping[str, np.ndarray]) -> list[Finding]:
    """Flagged cells as findings: a whole column, row or series as one."""
    findings: list[Finding] = []
    left = {
        name: (flag.kind != "") & ~covered.get(name, np.zeros_like(flag.kind, bool)) for name, flag in flags.items()
    }
    known = {name: np.isfinite(flag.series.numbers) for name, flag in flags.items()}
    for name, flag in flags.items():  # columns
        if known[name].sum() >= 3 and left[name].sum() >= _MOST * known[name].sum():
            findings.append(_whole(table, flag, left[name], name))
            left[name][:] = False
    if flags:  # rows
        many = sum(mask.astype(int) for mask in left.values())
        filled = sum(mask.astype(int) for mask in known.values())
        for place in np.argwhere((many >= 3) & (many >= _MOST * filled)):
            at = tuple(place)
            names = [name for name in flags if left[name][at]]
            offs = [flags[name].off[at] for name in names]
            if np.ptp(offs) < np.log(4):
                findings.append(_row(table, flags, names, at, float(np.median(offs))))
                for name in names:
                    left[name][at] = False
    for name, flag in flags.items():  # series, then cells
        for row in map(int, np.flatnonzero(left[name].any(axis=1))):
            cells = [int(cell) for cell in np.flatnonzero(left[name][row])]
            whole = len(cells) >= max(2, _MOST * known[name][row].sum())
            for group in [cells] if whole else _causes(flag, row, cells):
                findings.append(_one(table, flag, row, group, name))
    return findings


def _causes(flag: _Flags, row: int, cells: Sequence[int]) -> list[list[int]]:
    """Flagged cells of one series by cause: its level, where that is above or below the usual; else each by itself."""
    level = [cell for cell in cells if flag.kind[row, cell] in ("among", "band")]
    sides = [[cell for cell in level if (flag.off[row, cell] > 0) == above] for above in (True, False)]
    return [side for side in sides if side] + [[cell] for cell in cells if cell not in level]


def _places(table: Typed, series: Series, at: Sequence[tuple[int, int]], name: str) -> list[tuple[int, int]]:
    return [table.place(int(series.positions[place]), name) for place in at]


def _factor(off: float) -> str:
    return f"{np.exp(abs(off)):.2g}" if abs(off) < np.log(95) else f"{np.exp(abs(off)):,.0f}"


def _whole(table: Typed, flag: _Flags, mask: np.ndarray, name: str) -> Finding:
    places = _places(table, flag.series, [tuple(at) for at in np.argwhere(mask)], name)
    median = float(np.nanmedian(flag.series.numbers))
    factor = _factor(float(np.median(flag.off[mask])))
    return table.block.grid.finding("unit_of_rows", f"median {median:.4g}", places, name, factor=factor)


def _row(table: Typed, flags: Mapping[str, _Flags], names: list[str], at: tuple[int, int], off: float) -> Finding:
    places = [place for name in names for place in _places(table, flags[name].series, [at], name)]
    series = flags[names[0]].series
    found = f"{series.keys[at[0]]}, {series.periods[at[1]]}"
    return table.block.grid.finding("unit_of_rows", found, places, "", factor=_factor(off))


def _one(table: Typed, flag: _Flags, row: int, cells: Sequence[int], name: str) -> Finding:
    """Finding about one cell, or the cells of one series."""
    series = flag.series
    places = _places(table, series, [(row, cell) for cell in cells], name)
    kind = str(flag.kind[row, cells[0]])
    value = series.numbers[row, cells[0]]
    where = f"{series.keys[row]}{f' ({series.groups[row]})' if series.groups[row] else ''}"
    near = np.exp(series.logs[row, cells[0]] - flag.off[row, cells[0]])
    found = f"{value:.10g}, {where}, {series.periods[cells[0]]}"
    if kind in ("zero", "jump", "among"):
        return table.block.grid.finding(kind, f"{found} (≈ {near:.3g})", places, name)
    return _outside(table, series.column, found, places)


def _outside(table: Typed, column: Column, found: str, places: list[tuple[int, int]]) -> Finding:
    low, high = column.band or (0.0, 0.0)
    fields: dict[str, object] = {"what": column.name, "low": f"{low:g}", "high": f"{high:g}"}
    if column.per:
        return table.block.grid.finding("band", found, places, column.name, per=column.per, **fields)
    return table.block.grid.finding("band_alone", found, places, column.name, **fields)


def _costs(table: Typed, frame: pd.DataFrame, declarations: pd.DataFrame) -> list[Finding]:
    """Costs whose parts are more than the total; housing counts once where transfers include it."""
    parts = frame[["cost_transfers", "cost_kdu", "cost_administration"]].astype("float64")
    includes = answer(declarations, "kdu_in_transfers")
    parts.loc[frame[KEY].map(includes).eq("yes"), "cost_kdu"] = 0.0
    total = frame["cost_total"].astype("float64")
    over = frame.index[parts.sum(axis=1) > 1.005 * total]
    return [
        table.finding("sum_of_costs", f"{parts.loc[i].sum():,.0f} > {total.loc[i]:,.0f}", i, "cost_total") for i in over
    ]


def _totals(table: Typed, frame: pd.DataFrame, declarations: pd.DataFrame) -> list[Finding]:
    """Sums (of stocks: means) over the year that differ from the control total of the case system."""
    findings = []
    for total in declarations[declarations[YEAR] != ""].itertuples():
        name, year = str(getattr(total, ITEM)), str(getattr(total, YEAR))
        rows = frame[(frame[KEY] == getattr(total, KEY)) & frame["period"].str.startswith(year)]
        values = rows[name].astype("float64")
        events = table.block.table.columns[name].kind == "events"
        reached = values.sum() if events else values.mean()
        if (
            len(values)
            and values.notna().all()
            and not np.isclose(reached, float(getattr(total, VALUE)), rtol=0 if events else 0.005, atol=0.5)
        ):
            places = [table.place(position, name) for position in rows.index]
            found = f"{getattr(total, KEY)}, {year}: {reached:,.0f} / {float(getattr(total, VALUE)):,.0f}"
            findings.append(table.block.grid.finding("control_total", found, places, name))
    return findings


def _sizes(table: Typed, frame: pd.DataFrame, size: pd.DataFrame) -> list[Finding]:
    """Municipalities that are larger or smaller than any of the 69; if most of them are, it is the table's unit."""
    median = size.median(axis=1)
    off = median.index[(median < SMALLEST) | (median > LARGEST)]
    name = next(name for name in reversed(SIZES) if name in frame and frame[name].notna().any())
    found = {key: f"{median[key]:,.0f} ({key})" for key in off}
    return _of_units(table, frame, "range", name, found)


def _of_units(table: Typed, frame: pd.DataFrame, kind: str, name: str, found: Mapping[str, str]) -> list[Finding]:
    """One finding for each municipality; one for all if it is most of several."""
    rows = {key: frame.index[frame[KEY] == key] for key in found}
    if len(found) > max(2, _MOST * frame[KEY].nunique()):
        places = [table.place(position, name) for key in found for position in rows[key]]
        return [table.block.grid.finding(kind, "; ".join(list(found.values())[:4]), places, name)]
    return [
        table.block.grid.finding(kind, text, [table.place(position, name) for position in rows[key]], name)
        for key, text in found.items()
    ]


def _official(table: Typed, frame: pd.DataFrame, official: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Means of the year that are far from the official figure of the same municipality and year."""
    findings = []
    for name, figures in official.items():
        if name not in frame:
            continue
        means = frame.assign(year=frame["period"].str[:4]).groupby([KEY, "year"])[name].mean().astype("float64")
        known = figures.set_index([KEY, "period"])["value"].reindex(means.index).astype("float64")
        far = means.gt(OFFICIAL * known) | known.gt(OFFICIAL * means)
        found: dict[str, str] = {}
        for key, year in far.index[far]:
            found.setdefault(str(key), f"{means[key, year]:,.0f} / {known[key, year]:,.0f} ({key}, {year})")
        findings += _of_units(table, frame, "official", name, found)
    return findings
