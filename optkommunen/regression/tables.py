"""From estimate and standard error to the result columns: one place for interval, t, p and status."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.indicators.intervals import tail_of
from optkommunen.values import KEY, UNKNOWN, status_without, worst_of


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
    DataFrame, shape (m, 9)
        ``value, lower, upper, level, method, se, t, p, note``; ``note`` is the reason where there is no error.

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
    }
    return pd.DataFrame(columns)


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
