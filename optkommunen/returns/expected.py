"""What a figure of the returns should be near: its own series, the size of its municipality, the others."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optkommunen.returns.columns import COUNTS, Column
from optkommunen.values import KEY

SIZES = ("bg", "persons", "ehb")
"""Stocks that each say how large a municipality is; the median of the three outvotes one that is wrong."""

NEAR = 3
"""Periods before and behind that a figure is compared with."""

ENOUGH, NOISIEST = 12, 4.0
"""Figures from which the noise of a column is told; how many times the usual it may be."""

_TYPICAL = {"bg": 0.72, "persons": 1.37, "ehb": 1.0}
"""Usual ratio to the eHb (of the 69 in 2006 and 2007, official figures); only the order of magnitude matters."""


@dataclass(frozen=True)
class Series:
    """One column of a table, municipality by period.

    Parameters
    ----------
    column : what it is.
    numbers : shape (series, periods); NaN where empty or refused. A series is a municipality, or one with a service.
    positions : row of the table that each value stands in; -1 where there is none.
    per : values of the column that the band refers to, same shape; ones where it refers to none.
    keys : municipality of each series.
    groups : what the series have in common, such as the service.
    periods : in order.
    """

    column: Column
    numbers: np.ndarray
    positions: np.ndarray
    per: np.ndarray
    keys: np.ndarray
    groups: np.ndarray
    periods: np.ndarray

    @property
    def logs(self) -> np.ndarray:
        """Logarithms; a zero counts as a half, as anything below one has no logarithm to compare."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(np.where(self.numbers == 0, 0.5, self.numbers))

    @property
    def log_ratio(self) -> np.ndarray:
        """Logarithms of the ratio to `per`."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.logs - np.log(np.where(self.per > 0, self.per, np.nan))

    def chance(self, expected: np.ndarray) -> np.ndarray:
        """Standard deviation of the logarithm about what is expected: usual change, and chance of a count."""
        return np.sqrt(self.noise**2 + self._chance_of_count(expected))

    @property
    def noise(self) -> float:
        """Usual change from one period to the next: what the series show, from that of the column to four times it."""
        return float(np.clip(self.change, self.column.noise, NOISIEST * self.column.noise))

    @functools.cached_property
    def change(self) -> float:
        """Change from one period to the next that the series show, as standard deviation of the logarithm.

        1.48 times the median distance from the neighbours in time, without the chance of a count. A median of six
        varies itself: the squared distance is 1 + π/12 times that of the figure alone. 0 with fewer than 12 figures.
        """
        logs = np.where(self.numbers > 0, self.logs, np.nan)
        near = from_neighbours(logs)
        known = np.isfinite(near) & np.isfinite(logs)
        if known.sum() < ENOUGH:
            return 0.0
        squared = (1.4826 * np.median(np.abs(logs - near)[known])) ** 2 / (1 + np.pi / 12)
        squared -= float(np.median(self._chance_of_count(np.exp(near[known]))))
        return float(np.sqrt(max(squared, 0.0)))

    def _chance_of_count(self, expected: np.ndarray) -> np.ndarray:
        """Variance of the logarithm of a count, by chance alone."""
        return 1 / np.maximum(expected, 1.0) if self.column.kind in COUNTS else np.zeros_like(expected)


def series_of(
    frame: pd.DataFrame, columns: Mapping[str, Column], size: pd.DataFrame | None, group: list[str]
) -> dict[str, Series]:
    """Each column of numbers of a table as series.

    Parameters
    ----------
    frame : table with ``kommune, period``, perhaps ``service``, and columns of numbers; index: row.
    columns : those to make series of.
    size : eHb that are expected of each municipality (index) and period (columns), see `sizes`; None if not known.
    group : columns that tell the series apart, ``kommune`` first.
    """
    index = pd.MultiIndex.from_frame(frame[group]) if len(group) > 1 else pd.Index(frame[KEY])
    rows, labels = pd.factorize(index)
    times, periods = pd.factorize(frame["period"], sort=True)
    shape = len(labels), len(periods)
    positions = np.full(shape, -1)
    positions[rows, times] = frame.index.to_numpy()
    keys = np.array([label[0] if len(group) > 1 else label for label in labels])
    groups = np.array([label[1] if len(group) > 1 else "" for label in labels])

    def matrix(name: str) -> np.ndarray:
        values = np.full(shape, np.nan)
        values[rows, times] = frame[name].astype("float64")
        return values

    ehb = np.full(shape, np.nan)
    if size is not None:
        ehb = size.reindex(index=keys, columns=[p if p in size.columns else p[:4] for p in periods]).to_numpy()

    def reference(name: str) -> np.ndarray:
        if name in ("ehb", "ehb_u25"):
            return ehb * (0.2 if name == "ehb_u25" else 1.0)
        return matrix(name) if name in frame else np.ones(shape)

    return {
        name: Series(column, matrix(name), positions, reference(column.per), keys, groups, np.asarray(periods))
        for name, column in columns.items()
        if name in frame and frame[name].notna().any()
    }


def sizes(monthly: pd.DataFrame) -> pd.DataFrame | None:
    """EHb that bg, persons and eHb together let expect: the median of the three, each by its usual ratio.

    Parameters
    ----------
    monthly : table with ``kommune, period`` and at least one of ``bg, persons, ehb``.

    Returns
    -------
    DataFrame or None
        Municipality by month and by year (median of its months); None if nothing of the three is known.

    Examples
    --------
    One that is wrong is outvoted:

    >>> frame = pd.DataFrame({"kommune": "M01", "period": ["2008-01"], "bg": [720], "persons": [1370], "ehb": [10_000]})
    >>> float(sizes(frame).round().loc["M01", "2008-01"])
    1000.0
    """
    names = [name for name in SIZES if name in monthly and monthly[name].notna().any()]
    if not names:
        return None
    wide = monthly.astype(dict.fromkeys(names, "float64")).pivot(index=KEY, columns="period", values=names)
    wide = wide.where(wide > 0)
    middle = median_known(np.log(np.stack([wide[name].to_numpy() / _TYPICAL[name] for name in names])), axis=0)
    periods = wide[names[0]].columns
    months = dict(zip(periods, np.exp(middle).T, strict=True))
    years = {
        year: median_known(np.exp(middle[:, periods.str[:4] == year]), axis=1) for year in periods.str[:4].unique()
    }
    return pd.DataFrame(months | years, wide.index)


def from_neighbours(logs: np.ndarray, near: int = NEAR) -> np.ndarray:
    """Logarithm that the periods before and behind let expect, the figure itself left out.

    Parameters
    ----------
    logs : logarithms, shape (series, periods); NaN where a figure is no measure for its neighbours.
    near : periods to each side.

    Returns
    -------
    array, shape (series, periods)
        Median of the neighbours; with fewer than four of them the nearest, since one of these may be the wrong one.
        NaN where fewer than two are known.
    """
    padded = np.pad(logs, ((0, 0), (near, near)), constant_values=np.nan)
    shifts = [step for step in range(2 * near + 1) if step != near]
    around = np.stack([padded[:, step : step + logs.shape[1]] for step in shifts])
    known = np.isfinite(around).sum(axis=0)
    distance = np.where(np.isfinite(around), np.abs(around - logs), np.inf)
    nearest = np.take_along_axis(around, distance.argmin(axis=0)[None], axis=0)[0]
    expected = np.where(known < 4, nearest, median_known(around, axis=0))
    return np.where(known >= 2, expected, np.nan)


def from_others(series: Series, fewest: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the ratio that the other municipalities let expect, and how far they spread about it.

    Parameters
    ----------
    series : one column.
    fewest : with fewer municipalities with a value nothing is expected.

    Returns
    -------
    two arrays, shape (series,)
        Median over the municipalities (of the same service) of their own medians; 1.48 times the median distance
        from it, .1 at least.
    """
    middle, spread = np.full((2, len(series.keys)), np.nan)
    own = median_known(series.log_ratio, axis=1)
    for group in np.unique(series.groups):
        within = (series.groups == group) & np.isfinite(own)
        if within.sum() >= fewest:
            middle[series.groups == group] = np.median(own[within])
            deviation = np.median(np.abs(own[within] - np.median(own[within])))
            spread[series.groups == group] = max(1.4826 * deviation, 0.1)
    return middle, spread


def median_known(values: np.ndarray, axis: int) -> np.ndarray:
    """Median of what is known; NaN, without a warning, where nothing is.

    Examples
    --------
    >>> median_known(np.array([[1.0, 3.0, np.nan], [np.nan] * 3]), axis=1).tolist()
    [2.0, nan]
    """
    if not values.shape[axis]:
        return np.full(np.delete(values.shape, axis), np.nan)
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis=axis)  # what is not known comes last
    count = np.isfinite(ordered).sum(axis=axis, keepdims=True)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[axis] - 1)
    return np.squeeze(sum(np.take_along_axis(ordered, at, axis) for at in (low, high)) / 2, axis)
