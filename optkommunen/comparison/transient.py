"""How far a unit's true value moves from one year to the next and back: the transient variance ω², and ω by size."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from optkommunen.comparison.gate import by_period
from optkommunen.errors import ComparisonError
from optkommunen.values import KEY, is_break, worst_of

FEWEST_YEARS = 3
"""Years from which a unit tells how much it changes between years."""

Floats = NDArray[np.float64]

BY_SIZE = ["fifth", "value", "n_units", "smallest", "largest", "status", "note"]


class TransientVariance(NamedTuple):
    """Variance of a unit's true value between years, pooled over all units.

    Attributes
    ----------
    omega2 : ω², in squared units of the value; NaN where `reason` says why.
    n_years : periods in the frame.
    n_units : units with three years or more.
    df : degrees of freedom of ``s² + ω²``, after Satterthwaite; below units times (years - 1) where the weights differ.
    """

    omega2: float
    n_years: int
    n_units: int
    reason: str
    df: float = math.nan


def transient_variance(frame: pd.DataFrame) -> TransientVariance:
    """Variance between years, ω²: how far a unit's true value moves from one year to the next and back.

    A weighted fit on one level for each unit *and one for each year* leaves the residuals e: what moves all alike (a
    good year, a crisis) tells nothing about who stands where. With its weights w, its leverages h (of the rows times
    √w) and each row's own sampling variance s²,

        ``ω² = max(0, (Σ w e² - Σ w (1-h) s²) / Σ w (1-h))``

    cut off once; cutting each unit would make it too large where chance explains nearly all. The weights are
    proportional to the denominator, ``1/s²`` at the rate of all; weights from each row's own count would be infinite
    where there is no event, and too large wherever there are few. Without a denominator all rows weigh the same: as
    right, less sure. One ω² stands for units of all sizes; `transient_by_size` shows whether that is so.

    Parameters
    ----------
    frame : DataFrame
        ``kommune, period, value, variance``: one row for each unit and year; ``variance`` is s², in squared units of
        the value (`variance.sampling_variance`). ``denominator``, where known, makes the weights. ``numerator``, where
        known, says which rows are without event: their own variance is 0, and to subtract that of the rate of all
        would make ω² too small. Rows without a value, variance or denominator do not enter, nor do years before a
        break that ``note`` tells (`after_break`), nor units with fewer than three years; years may be missing.

    Returns
    -------
    TransientVariance
        Not a number, with the reason, unless two units or more have three years or more, and share some.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; each period is checked.

    References
    ----------
    DerSimonian & Laird 1986 (the moments, there around one mean): with ``w = 1/s²`` this is ``(Q - df)/C``.

    Examples
    --------
    Units that all move alike, each from its own level, show no transient variance:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"] * 3, "period": ["2006"] * 2 + ["2007"] * 2 + ["2008"] * 2,
    ...                       "value": [20, 30, 21, 31, 25, 35], "variance": 0.0})
    >>> abs(round(transient_variance(frame).omega2, 9)), transient_variance(frame[:4]).reason
    (0.0, 'ω² needs three years, found 2')
    """
    return variance_of(gated(frame))


def variance_of(rows: pd.DataFrame) -> TransientVariance:
    """As `transient_variance`, of rows that passed the gate (`gate.by_period`) already."""
    rows, n_years, reason = _told(rows)
    n_units = rows[KEY].nunique()
    if reason:
        return TransientVariance(np.nan, n_years, n_units, reason)
    levels = Levels.of(rows)
    if not levels.free.any():
        return TransientVariance(np.nan, n_years, n_units, "ω² needs years that units share, found none")
    variance = _own_variance(rows).to_numpy(dtype=float)
    omega2 = max(0.0, float(levels.excess(rows["value"], variance)))
    return TransientVariance(omega2, n_years, n_units, "", levels.degrees(variance + omega2))


def transient_by_size(frame: pd.DataFrame) -> pd.DataFrame:
    """ω by fifth of size, from the smallest units to the largest: whether one ω stands for all.

    Where ω falls with size, intervals with one ω² for all hold too seldom in small units and too often in large ones.
    The residuals are those of `transient_variance`. What a fifth's residuals should be, given ω² of each fifth, is
    linear in these five numbers, ``E Σ_g w e² = Σ_j (Σ_{i in g} M_ij²) w_j (s_j² + ω_j²)`` with M the matrix that
    makes residuals; the five equations are solved. Each fifth alone tells ω² much less surely than all together.

    Parameters
    ----------
    frame : as in `transient_variance`, with ``denominator``; size is its mean over the years.

    Returns
    -------
    DataFrame, columns `BY_SIZE`
        Five rows, from the smallest. ``value`` is ω in the unit of the value (0 where chance explains more than there
        is), ``smallest`` and ``largest`` the sizes of the fifth, ``status`` the worst of the rows that enter. Missing,
        with the reason in ``note``, for fewer than ten units with three years, or where those of a fifth share no
        years with others.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As `transient_variance`; no column ``denominator``.

    Examples
    --------
    Small units that move and large ones that do not:

    >>> keys, rng = [f"M{i:02d}" for i in range(1, 21)], np.random.default_rng(1)
    >>> sd = np.where(np.arange(20) < 4, 2.0, 0.0)
    >>> years = [pd.DataFrame({"kommune": keys, "period": year, "value": 20 + sd * rng.standard_normal(20),
    ...                        "variance": 0.0, "denominator": np.arange(100, 2100, 100)}) for year in "1234"]
    >>> found = transient_by_size(pd.concat(years).assign(period=lambda t: "200" + t["period"]))
    >>> found["value"].round(1).tolist()[1:], bool(found["value"][0] > 1)
    ([0.0, 0.0, 0.0, 0.0], True)
    """
    if "denominator" not in frame.columns:
        message = f"ω by size needs the size: the column 'denominator'; found {', '.join(map(str, frame.columns))}."
        raise ComparisonError(message)
    rows, _, reason = _told(gated(frame))
    size = rows.groupby(KEY)["denominator"].mean()
    if not reason and len(size) < 10:
        reason = f"ω by fifth of size needs ten units with three years, found {len(size)}"
    if not reason:
        fifth, levels = fifths(size), Levels.of(rows)
        of_row = rows[KEY].map(fifth).to_numpy()
        if pd.Series(levels.free).groupby(of_row).sum().eq(0).any():
            reason = "ω by fifth of size needs years that units share; those of one fifth share none with others"
    table = pd.DataFrame({"fifth": range(1, 6), "n_units": 0, "status": "missing", "note": reason})
    if reason:
        return table.reindex(columns=BY_SIZE)
    omega2 = levels.excess_by(of_row, rows["value"], _own_variance(rows))
    sizes = size.groupby(fifth)
    return table.assign(
        value=np.sqrt(np.maximum(omega2, 0)), n_units=sizes.size().to_numpy(), smallest=sizes.min().to_numpy(),
        largest=sizes.max().to_numpy(), status=worst_of(rows["status"]),
    )[BY_SIZE]  # fmt: skip


def fifths(size: pd.Series) -> pd.Series:
    """Fifth of each unit, from 1, the smallest, to 5; shape as given.

    Examples
    --------
    >>> fifths(pd.Series([30, 10, 50, 20, 40])).tolist()
    [3, 1, 5, 2, 4]
    """
    return (5 * size.rank(method="first") / len(size)).map(math.ceil)


class Levels(NamedTuple):
    """Fit of one level for each unit and one for each year to the rows of a panel, each row with its weight.

    ``basis`` spans the levels, times the roots of the weights: orthonormal columns, shape (rows, units + years - 1)
    where the years of all hang together. Weights have the mean 1.
    """

    basis: Floats
    weight: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Levels:
        """Of the rows ``kommune, period``, weighted by ``denominator`` where there is one."""
        weight = rows["denominator"].to_numpy() if "denominator" in rows else np.ones(len(rows))
        weight = weight / weight.mean()
        units, years = (_indicators(rows[column], weight) for column in (KEY, "period"))
        # no row is of two units: their columns are orthonormal as they stand
        beyond, sizes, _ = np.linalg.svd(years - units @ (units.T @ years), full_matrices=False)
        return cls(np.hstack([units, beyond[:, sizes > 1e-10]]), weight)

    @property
    def free(self) -> Floats:
        """One minus the leverage of each row, exactly 0 where its residual can only be 0."""
        found = 1 - (self.basis**2).sum(axis=1)
        return np.where(found > 1e-9, found, 0.0)

    def squares(self, value: ArrayLike) -> Floats:
        """Weighted squared residuals of one or many sets of values, shape (..., rows)."""
        y = np.asarray(value, dtype=float)
        y = (y - y.mean(axis=-1, keepdims=True)) * np.sqrt(self.weight)  # a common level leaves no residual
        return (y - (y @ self.basis) @ self.basis.T) ** 2

    def excess(self, value: ArrayLike, variance: ArrayLike) -> Floats:
        """Variance beyond that of the rows, of each set of values: ω², not cut off."""
        free = self.free * self.weight
        return (self.squares(value).sum(axis=-1) - np.asarray(variance, dtype=float) @ free) / free.sum()

    def degrees(self, variance: Floats) -> float:
        """Degrees of freedom of the sum of squared residuals if the rows have these variances: 2 mean²/variance."""
        scaled = variance * self.weight
        if not scaled.any():
            return float(len(scaled) - self.basis.shape[1])
        leverage = (self.basis**2).sum(axis=1)
        fitted = self.basis.T @ (scaled[:, None] * self.basis)
        # the sum of s_i s_j R_ij² with R = I - BB' makes no matrix of rows by rows
        squares = (scaled**2 * (1 - 2 * leverage)).sum() + (fitted**2).sum()
        return float((self.free @ scaled) ** 2 / squares)

    def excess_by(self, group: ArrayLike, value: ArrayLike, variance: ArrayLike) -> Floats:
        """The same of each group of the rows, in the order of their labels; shape (..., groups)."""
        within = (np.asarray(group) == np.unique(group)[:, None]).astype(float)
        residuals = np.eye(len(self.weight)) - self.basis @ self.basis.T
        shares = within @ residuals**2 * self.weight  # how much of each row's variance comes to each group
        beyond = self.squares(value) @ within.T - np.asarray(variance, dtype=float) @ shares.T
        return beyond @ np.linalg.inv(shares @ within.T).T


def _indicators(labels: pd.Series, weight: Floats) -> Floats:
    """One column for each label, times the roots of the weights, each of length 1."""
    place, known = pd.factorize(labels)
    columns = np.eye(len(known))[place] * np.sqrt(weight)[:, None]
    return columns / np.linalg.norm(columns, axis=0)


def _own_variance(rows: pd.DataFrame) -> pd.Series:
    return rows["variance"].mask(rows["numerator"] == 0, 0.0) if "numerator" in rows else rows["variance"]


def gated(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a frame as in `transient_variance`, each period through the gate, without those before a break."""
    counts = [column for column in ("numerator", "denominator") if column in frame.columns]
    return after_break(by_period(frame, numbers=["value"], counts=["variance", *counts]))


def after_break(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those of a unit that lie before its last break, as the ``note`` of a row tells it.

    Before and after it are not one series: the step between them is no change of what is measured. The row of the
    break itself stays.

    Parameters
    ----------
    rows : ``kommune, period`` as text, ``note`` where there is one.

    Examples
    --------
    >>> notes = ["", "break: recording system changed 2008-03", ""]
    >>> rows = pd.DataFrame({"kommune": "M01", "period": ["2007", "2008", "2009"], "note": notes})
    >>> after_break(rows)["period"].tolist()
    ['2008', '2009']
    """
    return rows[in_series(rows)].reset_index(drop=True)


def in_series(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows do not lie before the last break of their unit; all where no note tells one."""
    breaks = is_break(rows["note"]) if "note" in rows.columns else pd.Series(dtype=bool)
    if not breaks.any():
        return np.ones(len(rows), dtype=bool)
    last = rows[breaks].groupby(KEY)["period"].max()
    return (rows["period"] >= rows[KEY].map(last).fillna("")).to_numpy()


def _told(rows: pd.DataFrame) -> tuple[pd.DataFrame, int, str]:
    """Rows that tell ω², the number of periods, and why they do not."""
    known = ~np.isnan(rows[["value", "variance"]].to_numpy(dtype=float)).any(axis=1)
    if "denominator" in rows.columns:
        known &= rows["denominator"].to_numpy(dtype=float) > 0
    rows = rows[known]
    periods = rows["period"].unique()
    unit = pd.factorize(rows[KEY])[0]
    years = np.bincount(unit)
    told, n_years = rows[years[unit] >= FEWEST_YEARS], len(periods)
    n_units, reason = int((years >= FEWEST_YEARS).sum()), ""
    if not all(re.fullmatch("[0-9]{4}", period) for period in periods):
        reason = "ω² is a variance between years; the periods are no years"
    elif n_years < FEWEST_YEARS:
        reason = f"ω² needs three years, found {n_years}"
    elif n_units < 2:
        reason = f"ω² needs two units with three years, found {n_units}"
    return told, n_years, reason
