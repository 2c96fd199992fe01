"""From estimate and standard error to the result columns: one place for interval, t and p."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from optkommunen.indicators.intervals import tail_of


def estimates(value: ArrayLike, se: ArrayLike, df: ArrayLike, level: float | None, method: str) -> pd.DataFrame:
    """Result columns of estimates whose t has the given degrees of freedom.

    Parameters
    ----------
    value, se : estimates and their standard errors, shape (m,).
    df : degrees of freedom, one number or one for each estimate.
    level : coverage of the interval; None leaves out interval and p-value and changes no value.
    method : what made the interval; ``none`` stands there if level is None.

    Raises
    ------
    OptkommunenError
        If the level is no share.

    Returns
    -------
    DataFrame, shape (m, 8)
        ``value, lower, upper, level, method, se, t, p``.

    Examples
    --------
    The border of the 95 % interval is the hypothesis with p = .05:

    >>> upper = estimates([1.0], [0.5], 60, 0.95, "t")["upper"]
    >>> round(float(estimates([1.0] - upper, [0.5], 60, 0.95, "t")["p"].iloc[0]), 12)
    0.05
    """
    value, se = np.asarray(value, dtype=float), np.asarray(se, dtype=float)
    t = value / se
    table = pd.DataFrame({"value": value, "lower": np.nan, "upper": np.nan, "level": np.nan, "method": "none"})
    table["se"], table["t"], table["p"] = se, t, np.nan
    if level is not None:
        reach = stats.t.isf(tail_of(level), df) * se
        table["lower"], table["upper"], table["level"] = value - reach, value + reach, level
        table["method"], table["p"] = method, 2 * stats.t.sf(np.abs(t), df)
    return table
