"""The smallest association that a sample of this size would find: minimum detectable effect."""

from __future__ import annotations

import functools

from scipy import optimize, stats

from optkommunen.errors import ModelError
from optkommunen.values import is_whole

POWER, ALPHA = 0.80, 0.05
FEWEST_DF = 2
"""Degrees of freedom below which a t test by cluster is not told (CR2 with a handful of clusters)."""


def detectable_f2(n: int, k: int, q: int = 1, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest effect size f² of `q` regressors that is found with the given power.

    The test of ``q`` of ``k`` regressors (constant not counted) has F(q, n-k-1) with noncentrality ``f² n``.

    Parameters
    ----------
    n : number of municipalities.
    k : number of regressors without the constant.
    q : number of regressors tested together.
    alpha, power : level of the test and probability to find the effect.

    Returns
    -------
    float
        Cohen's f² = partial R² / (1 - partial R²).

    Raises
    ------
    ModelError
        If the power is not above the level, more regressors are tested than there are, or no degree of freedom is left.

    References
    ----------
    Cohen 1988, chapter 9; golden V33.

    Examples
    --------
    With 69 municipalities and 8 regressors, anything below a tenth of the residual variance stays hidden:

    >>> f2 = detectable_f2(69, 8)
    >>> round(f2 / (1 + f2), 3)
    0.105
    """
    if not all(is_whole(one, 1) for one in (n, k, q)) or not q <= k < n - 1:
        message = (
            "Of n municipalities and k regressors q are tested together: whole numbers with 1 ≤ q ≤ k < n - 1; found "
            f"n = {n!r}, k = {k!r}, q = {q!r}."
        )
        raise ModelError(message)
    return _noncentrality(q, n - k - 1, alpha, power) / n


def detectable_partial_r2(n: int, k: int, q: int = 1, alpha: float = ALPHA, power: float = POWER) -> float:
    """Smallest partial R² that is found with the given power; see `detectable_f2`.

    Examples
    --------
    More municipalities, smaller detectable share:

    >>> detectable_partial_r2(48, 5) > detectable_partial_r2(69, 5)
    True
    """
    f2 = detectable_f2(n, k, q, alpha, power)
    return f2 / (1 + f2)


def detectable_errors(df: float, alpha: float = ALPHA, power: float = POWER) -> float:
    """Number of standard errors that a true coefficient must reach to be found by a t test; √(f² n) of one regressor.

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
        Missing below two degrees of freedom, where no p-value is given either.

    Examples
    --------
    A little more than the 2.80 of the normal approximation, and much more with few clusters:

    >>> round(detectable_errors(42), 2), round(detectable_errors(5), 2)
    (2.87, 3.51)
    """
    found = _noncentrality(1, df, alpha, power)  # F with one degree of freedom is the square of t
    return found**0.5 if df >= FEWEST_DF else float("nan")


@functools.cache
def _noncentrality(q: int, df: float, alpha: float, power: float) -> float:
    """Noncentrality at which F(q, df) rejects at `alpha` with the given power; missing without degrees of freedom."""
    if not (0 < alpha < power < 1):
        message = f"A test finds more than its level: 0 < alpha < power < 1; found alpha {alpha:g} and power {power:g}."
        raise ModelError(message)
    if not df > 0:
        return float("nan")
    critical = float(stats.f.isf(alpha, q, df))
    far = (10 + 2 * (q * critical) ** 0.5 / (1 - power)) ** 2
    return float(optimize.brentq(lambda nc: stats.ncf.sf(critical, q, df, nc) - power, 1e-6, far, xtol=1e-12))
