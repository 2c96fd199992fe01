"""Shapes that a series of returns has only by mistake: cumulated, pasted from another, exchanged with another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from optkommunen.returns.columns import WHOLE
from optkommunen.returns.expected import SIZES, Series, median_known
from optkommunen.returns.findings import Finding
from optkommunen.returns.typed import Typed

_LONG = 6
"""Figures that two series must share to be taken for a copy."""

_RUN, _COUNTED, _CHANCE = 3, 20, 1e-10
"""Three figures of 20 or more that stand again in the same order may be a copy; they are if chance is as rare as this.
Two whole numbers with normal noise σ about one level are the same with a chance of 1 to 2 √π σ."""

_EXCHANGED = np.log(1.6)
"""How far apart two series must be for an exchange to show, and how near each other's level they must come."""

_RESTLESS = 5.0
"""Times the usual change of all three sizes, from which their months do not follow each other."""


def patterns(table: Typed, series: Mapping[str, Series]) -> tuple[list[Finding], dict[str, np.ndarray]]:
    """Findings about whole series, and the cells that they cover (these are not told once more).

    Parameters
    ----------
    table : one table of the returns.
    series : its columns of numbers, as from `series_of`.

    Returns
    -------
    list of Finding, dict of array
        The arrays are masks of the shape of the series' values.
    """
    findings: list[Finding] = []
    if not series:
        return findings, {}
    covered = {name: np.zeros(one.numbers.shape, bool) for name, one in series.items()}
    findings += _exchanged(table, series, covered)
    for name, one in series.items():
        if one.column.kind == "events" and table.block.table.name == "monthly":
            findings += _cumulated(table, one, covered[name], name)
    findings += _equal_units(table, series, covered)
    findings += _equal_blocks(table, series, covered)
    findings += _equal_columns(table, series, covered)
    findings += _equal_periods(table, series, covered)
    return findings, covered


def _places(table: Typed, one: Series, rows: np.ndarray, name: str) -> list[tuple[int, int]]:
    return [table.place(int(position), name) for position in one.positions[rows].ravel() if position >= 0]


def _cumulated(table: Typed, one: Series, covered: np.ndarray, name: str) -> list[Finding]:
    """Years whose months never fall and grow as a sum since January does."""
    years = np.array([period[:4] for period in one.periods])
    hits: dict[int, list[str]] = defaultdict(list)
    for year in np.unique(years):
        months = np.flatnonzero(years == year)
        values = one.numbers[:, months]
        with np.errstate(invalid="ignore"):
            grows = (np.diff(values, axis=1) >= 0).all(axis=1) & (values[:, -1] >= 4 * values[:, 0])
            grows &= (values[:, -1] >= 20) & np.isfinite(values).all(axis=1)
        for at in np.flatnonzero(grows) if len(months) >= _LONG else ():
            hits[int(at)].append(str(year))
    findings = []
    for row, found in hits.items():
        mask = np.isin(years, found) & ~covered[row]
        covered[row] |= mask
        places = [table.place(int(position), name) for position in one.positions[row][mask]]
        findings.append(table.block.grid.finding("cumulated", f"{one.keys[row]}, {', '.join(found)}", places, name))
    return findings


def _equal_units(table: Typed, series: Mapping[str, Series], covered: dict[str, np.ndarray]) -> list[Finding]:
    """Municipalities whose figures are those of another, in one column or in several."""
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, one in series.items():
        seen: dict[bytes, int] = {}
        for row, values in enumerate(one.numbers):
            if (np.isfinite(values) & (values > 0)).sum() < _LONG or len(np.unique(values[np.isfinite(values)])) < 3:
                continue
            first = seen.setdefault(values.tobytes(), row)
            if first != row and one.keys[first] != one.keys[row]:
                pairs[first, row].append(name)
    findings = []
    for (first, second), names in pairs.items():
        places = []
        for name in names:
            covered[name][[first, second]] = True
            places += _places(table, series[name], np.array([first, second]), name)  # either may be the copy
        one = series[names[0]]
        found = f"{one.keys[second]} = {one.keys[first]}"
        findings.append(table.block.grid.finding("equal_series", found, places, names[0] if len(names) == 1 else ""))
    return findings


def _equal_blocks(table: Typed, series: Mapping[str, Series], covered: dict[str, np.ndarray]) -> list[Finding]:
    """Runs of figures, in one column or several, that stand again at another municipality or another time."""
    cells: dict[tuple[int, int, int], set[tuple[str, int]]] = defaultdict(set)
    whole = {name: one for name, one in series.items() if one.column.kind in WHOLE and one.numbers.shape[1] >= _RUN}
    sizes = {name: np.maximum(one.numbers, 1.0) for name, one in whole.items()}
    rare = {name: np.log(2 * np.sqrt(np.pi) * sizes[name] * one.chance(sizes[name])) for name, one in whole.items()}
    for name, one in whole.items():
        runs = np.lib.stride_tricks.sliding_window_view(one.numbers, _RUN, axis=1)
        free = ~np.lib.stride_tricks.sliding_window_view(covered[name], _RUN, axis=1).any(axis=2)
        varied = (runs >= _COUNTED).all(axis=2) & (runs.max(axis=2) > runs.min(axis=2)) & free
        seen: dict[bytes, tuple[int, int]] = {}
        for row, time in np.argwhere(varied).tolist():
            before = seen.setdefault(runs[row, time].tobytes(), (row, time))
            if before != (row, time):
                cells[before[0], row, time - before[1]] |= {(name, time + step) for step in range(_RUN)}
    findings = []
    for (first, second, lag), block in cells.items():
        # the three sizes follow each other, and so do two columns that are the same: they count once
        facts = {
            (t, 0 if name in SIZES else series[name].numbers[second, t]): rare[name][second, t] for name, t in block
        }
        if sum(facts.values()) < -np.log(_CHANCE):
            continue
        names, times = {name for name, _ in block}, sorted({time for _, time in block})
        places = []
        for name, time in block:
            for row, at in ((first, time - lag), (second, time)):  # either may be the copy
                covered[name][row, at] = True
                places.append(table.place(int(series[name].positions[row, at]), name))
        one = next(iter(series.values()))
        spans = [f"{one.keys[row]}, {one.periods[times[0] - by]}" for row, by in ((second, 0), (first, lag))]
        column = names.pop() if len(names) == 1 else ""
        findings.append(table.block.grid.finding("equal_series", " = ".join(spans), sorted(set(places)), column))
    return findings


def _equal_columns(table: Typed, series: Mapping[str, Series], covered: dict[str, np.ndarray]) -> list[Finding]:
    """Columns that are the same throughout a municipality, cell by cell."""
    findings = []
    names = list(series)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            same = series[first].numbers == series[second].numbers
            known = np.isfinite(series[first].numbers) & (series[first].numbers >= 5)
            rows = np.flatnonzero((same & known).sum(axis=1) >= np.maximum(_LONG, 0.9 * known.sum(axis=1)))
            if len(rows) and not (len(rows) == len(same) and _may_be_equal(second, series)):
                rows = rows[~covered[second][rows].all(axis=1)]
                places = _places(table, series[second], rows, second)
                if places:
                    covered[second][rows] = True
                    found = f"{second} = {first} ({', '.join(map(str, series[first].keys[rows][:3]))})"
                    findings.append(table.block.grid.finding("equal_series", found, places, second))
    return findings


def _may_be_equal(name: str, series: Mapping[str, Series]) -> bool:
    """Whether a column may be the same as its whole everywhere (all that were served are recorded)."""
    column = series[name].column
    return bool(column.part_of) and column.band is not None and column.band[1] >= 1


def _equal_periods(table: Typed, series: Mapping[str, Series], covered: dict[str, np.ndarray]) -> list[Finding]:
    """Periods of a municipality whose figures are all those of the period before."""
    stack = np.stack([one.numbers for one in series.values()])
    if stack.shape[2] < 2 or stack.shape[0] < 4:
        return []
    same = stack[:, :, 1:] == stack[:, :, :-1]
    known = np.isfinite(stack[:, :, 1:])
    informative = known & (stack[:, :, 1:] > 10)
    hits = (same | ~known).all(axis=0) & (informative.sum(axis=0) >= 4)
    findings = []
    one = next(iter(series.values()))
    for row in np.flatnonzero(hits.any(axis=1)):
        for time in np.flatnonzero(hits[row]) + 1:
            places = [table.place(int(one.positions[row, time]), name) for name in series]
            found = f"{one.keys[row]}: {one.periods[time]} = {one.periods[time - 1]}"
            findings.append(table.block.grid.finding("equal_series", found, places, ""))
    return findings


def _exchanged(table: Typed, series: Mapping[str, Series], covered: dict[str, np.ndarray]) -> list[Finding]:
    """Rows that hold the figures of another municipality: one period, or the column of keys sorted alone."""
    stocks = [one for one in series.values() if one.column.kind == "stock"]
    if not stocks or stocks[0].numbers.shape[1] < 3 or len(stocks[0].keys) < 2:
        return []
    logs = np.stack([one.logs for one in stocks])
    usual = np.stack([median_known(each, axis=1) for each in logs])
    away = _mean_known(logs - usual[:, :, None])
    known = np.isfinite(away)
    far = known & (np.abs(np.where(known, away, 0.0)) > _EXCHANGED)
    sizes = [one for one in stocks if one.column.name in SIZES]
    restless = bool(sizes) and min(one.change / one.column.noise for one in sizes) > _RESTLESS
    if far.sum() > 0.3 * known.sum() or restless:
        for mask in covered.values():
            mask[:] = True
        share = f"{100 * far.sum() / known.sum():.0f} %"
        place = [(table.block.head, table.block.columns.get("kommune", 0))]
        return [table.block.grid.finding("exchanged", share, place, "kommune")]
    findings = []
    for time in np.flatnonzero(far.sum(axis=0) >= 2):
        rows = [int(row) for row in np.flatnonzero(far[:, time])]
        for i, first in enumerate(rows):
            for second in rows[i + 1 :]:
                there = _mean_known(np.abs(logs[:, first, time] - usual[:, second]))
                back = _mean_known(np.abs(logs[:, second, time] - usual[:, first]))
                if there + back < _EXCHANGED / 2:
                    places = [table.place(int(stocks[0].positions[row, time]), "kommune") for row in (first, second)]
                    found = f"{stocks[0].keys[first]} / {stocks[0].keys[second]}, {stocks[0].periods[time]}"
                    findings.append(table.block.grid.finding("exchanged", found, places, "kommune"))
                    for mask in covered.values():
                        mask[[first, second], time] = True
    return findings


def _mean_known(values: np.ndarray) -> np.ndarray:
    """Mean over the first axis of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)
