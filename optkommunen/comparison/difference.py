"""Interval of the difference of a rate from its reference, from the limits of both; on arrays, on the natural scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from optkommunen.indicators.intervals import Interval, tail_of

Floats = NDArray[np.float64]

TRANSIENT = "+transient"
"""Added to the method of an interval that holds the change between years too."""


def widened(rate: ArrayLike, limits: Interval, level: float, omega2: ArrayLike, highest: float = np.inf) -> Interval:
    """Limits with a variance between years added to the variance that they stand for.

    ``L' = r - √((r - L)² + z² ω²)``, ``U' = r + √((U - r)² + z² ω²)``, not below 0 and not above `highest`.

    Parameters
    ----------
    rate : shape (n,).
    limits : by chance alone.
    level : of these limits, of which z is the quantile.
    omega2 : variance between years of each rate. In a sum over a sum each member moves on its own: the variance is
        ``ω² ΣE²/(ΣE)²``.
    highest : 1 for a share.

    Examples
    --------
    >>> from optkommunen.indicators.intervals import poisson
    >>> wide = widened([0.25], poisson([25], [100]), 0.95, 0.05**2)
    >>> wide.method.tolist(), bool(0.25 - wide.lower[0] > 1.96 * np.hypot(0.04, 0.05))
    (['byar+transient'], True)
    """
    r, added = np.asarray(rate, dtype=float), stats.norm.isf(tail_of(level)) ** 2 * np.asarray(omega2, dtype=float)
    lower = np.maximum(r - np.sqrt((r - limits.lower) ** 2 + added), 0)
    upper = np.minimum(r + np.sqrt((limits.upper - r) ** 2 + added), highest)
    method = np.where(limits.method == "none", "none", limits.method + TRANSIENT)
    return limits._replace(lower=lower, upper=upper, method=method)


def difference(
    rate: ArrayLike, own: tuple[Floats, Floats], reference: ArrayLike, its: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Limits of ``rate - reference`` from the limits of both, which are independent.

    Both are wrong by their own variance, recovered from their own limits (MOVER):
    ``d - √((r - l)² + (U - R)²)`` and ``d + √((u - r)² + (R - L)²)``.

    Parameters
    ----------
    rate, reference : shape (n,), of separate units.
    own, its : lower and upper limits of the one and of the other; those of a known number are the number.

    References
    ----------
    Zou & Donner 2008, Statistics in Medicine 27:1693.

    Examples
    --------
    Two intervals that overlap, and yet the difference is sure:

    >>> low, _ = difference([2.0], ([1.0], [3.0]), [0.5], ([-0.5], [1.5]))
    >>> bool(low[0] > 0)
    True
    """
    r, big = np.asarray(rate, dtype=float), np.asarray(reference, dtype=float)
    (low, high), (its_low, its_high) = np.asarray(own, dtype=float), np.asarray(its, dtype=float)
    return r - big - np.hypot(r - low, its_high - big), r - big + np.hypot(high - r, big - its_low)
