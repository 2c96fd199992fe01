"""From estimate and standard error to the result columns: interval, t, p, minimum detectable effect, status."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import optimize, stats

from optkommunen.errors import ModelError
from optkommunen.indicators.intervals import tail_of
from optkommunen.values import KEY, UNKNOWN, status_without, worst_of

POWER, ALPHA = 0.80, 0.05
FEWEST_DF = 2
"""Degrees of freedom below which a t test by cluster is not told (CR2 with a handful of clusters)."""


def estimates(
    value: ArrayLike, se: ArrayLike, df: ArrayLike, level: float | None, method: str | Sequence[str], missing: str = ""
) -> pd.DataFrame:
    """Result columns of estimates whose t has the given degrees of freedom.

    Parameters
    ----------
    value, se : estimates and their standard errors, shape (m,).
    df : degrees of freedom, one number or one for each estimate.
    level : coverage of the interval; None leaves out interval and p-value and changes no value.
    method : what made the interval, one text or one for each estimate; ``none`` stands there if there is none.
    missing : why an estimate has no standard error, where one has none.

    Raises
    ------
    OptkommunenError
        If the level is no share.

    Returns
    -------
    DataFrame, shape (m, 10)
        ``value, lower, upper, level, method, se, t, p, note, mde``; ``note`` is the reason where there is no error,
        ``mde`` the smallest true value that would be found with 80 % power at 5 %.

    Examples
    --------
    The border of the 95 % interval is the hypothesis with p = .05:

    >>> upper = estimates([1.0], [0.5], 60, 0.95, "t")["upper"]
    >>> round(float(estimates([1.0] - upper, [0.5], 60, 0.95, "t")["p"].iloc[0]), 12)
    0.05
    """
    coverage = coverage_of(level)
    value, se = np.asarray(value, dtype=float), np.asarray(se, dtype=float)
    t, known = value / se, np.isfinite(se)
    shown = known & np.isfinite(coverage)
    reach = stats.t.isf((1 - coverage) / 2, df) * se
    columns = {
        "value": value,
        "lower": np.where(shown, value - reach, np.nan),
        "upper": np.where(shown, value + reach, np.nan),
        "level": np.where(shown, coverage, np.nan),
        "method": np.where(shown, method, "none").astype(object),
        "se": se,
        "t": t,
        "p": np.where(shown, 2 * stats.t.sf(np.abs(t), df), np.nan),
        "note": np.where(known, "", missing).astype(object),
        "mde": se * [detectable_errors(float(d)) for d in np.broadcast_to(df, se.shape)],
    }
    return pd.DataFrame(columns)


@functools.cache
def detectable_errors(df: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Number of standard errors that a true coefficient must reach to be found by a t test.

    Parameters
    ----------
    df : degrees of freedom of the t: n - k of HC3, clusters - 1 of CR1S and CR3, Satterthwaite's of CR2.
    alpha, power : level of the test and probability to find the effect.

    Raises
    ------
    ModelError
        If the power is not above the level.

    Returns
    -------
    float
        √(n f²), with Cohen's f² = partial R² / (1 - partial R²) of one regressor. Missing below two degrees of freedom,
        where no p-value is given either.

    References
    ----------
    Cohen 1988, chapter 9; golden V33.

    Examples
    --------
    A little more than the 2.80 of the normal approximation, and much more with few clusters:

    >>> round(detectable_errors(42), 2), round(detectable_errors(5), 2)
    (2.87, 3.51)

    With 69 municipalities and 8 regressors, anything below a tenth of the residual variance stays hidden:

    >>> f2 = detectable_errors(69 - 8 - 1) ** 2 / 69
    >>> round(f2 / (1 + f2), 3)
    0.105
    """
    if not (0 < alpha < power < 1):
        message = f"A test finds more than its level: 0 < alpha < power < 1; found alpha {alpha:g} and power {power:g}."
        raise ModelError(message)
    if not df >= FEWEST_DF:
        return float("nan")
    critical = float(stats.f.isf(alpha, 1, df))  # F with one degree of freedom is the square of t
    far = (10 + 2 * critical**0.5 / (1 - power)) ** 2
    found = optimize.brentq(lambda nc: stats.ncf.sf(critical, 1, df, nc) - power, 1e-6, far, xtol=1e-12)
    return float(found) ** 0.5


def coverage_of(level: float | None) -> float:
    """Level of an interval as a number, NaN for None (no interval); refuses what is no share.

    Raises
    ------
    OptkommunenError
        If the level is not a number between 0 and 1.

    Examples
    --------
    >>> coverage_of(0.9), coverage_of(None)
    (0.9, nan)
    """
    if level is None:
        return float("nan")
    if isinstance(level, bool) or not isinstance(level, (int, float, np.integer, np.floating)):
        message = f"The level of an interval is one number between 0 and 1; found {level!r}. Write 0.95 for 95 %."
        raise ModelError(message)
    tail_of(float(level))
    return float(level)


def status_of(data: pd.DataFrame) -> str:
    """Worst status of the rows; without a column of that name ``synthetic`` for Musterkommunen, else ``unknown``.

    Examples
    --------
    >>> status_of(pd.DataFrame({"status": ["observed", "estimated"]})), status_of(pd.DataFrame({"y": [1.0]}))
    ('estimated', 'unknown')
    """
    if "status" in data:
        return worst_of(data["status"].unique())
    return status_without(data[KEY]) if KEY in data else UNKNOWN
