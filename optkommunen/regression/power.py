"""The smallest association that a sample of this size would find: minimum detectable effect."""

from __future__ import annotations

import functools

from scipy import optimize, stats

from optkommunen.errors import ModelError

POWER, ALPHA = 0.80, 0.05
FEWEST_DF = 2
"""Degrees of freedom below which a t test by cluster is not told (CR2 with a handful of clusters)."""


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
    found = _noncentrality(df, alpha, power)  # F with one degree of freedom is the square of t
    return found**0.5 if df >= FEWEST_DF else float("nan")


@functools.cache
def _noncentrality(df: float, alpha: float, power: float) -> float:
    """Noncentrality at which F(1, df) rejects at `alpha` with the given power; missing without degrees of freedom."""
    if not (0 < alpha < power < 1):
        message = f"A test finds more than its level: 0 < alpha < power < 1; found alpha {alpha:g} and power {power:g}."
        raise ModelError(message)
    if not df > 0:
        return float("nan")
    critical = float(stats.f.isf(alpha, 1, df))
    far = (10 + 2 * critical**0.5 / (1 - power)) ** 2
    return float(optimize.brentq(lambda nc: stats.ncf.sf(critical, 1, df, nc) - power, 1e-6, far, xtol=1e-12))
