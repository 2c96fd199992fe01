"""Variances of a comparison, by chance within a year and between units, and limits that hold several of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from optkommunen.errors import ComparisonError
from optkommunen.indicators.intervals import Interval, tail_of

Method = Literal["DL", "PM", "REML"]
Floats = NDArray[np.float64]

TRANSIENT = "+transient"
"""Added to the method of an interval that holds the change between years too."""


class BetweenVariance(NamedTuple):
    """Variance of the true values between units, beyond their sampling variances.

    Attributes
    ----------
    mean, se : weighted mean with weights ``1/(τ² + s²)`` and its standard error; a mean that was given has se 0.
    tau2 : τ², 0 or more.
    q, i2 : Cochran's Q with weights ``1/s²``, and the share of Q beyond its degrees of freedom, in %.
    """

    mean: float
    se: float
    tau2: float
    q: float
    i2: float


def sampling_variance(numerator: ArrayLike, denominator: ArrayLike, kind: str = "event_rate") -> Floats:
    """Variance that chance alone gives a rate: Poisson ``O/E²``, or ``p (1-p)/n`` for a quota of persons.

    A unit without event (a share of 0 or 1) is not known exactly. Its own count says so, 0, and would make the unit
    with the least information look the surest; it has the variance at the rate of all, m = ΣO/ΣE: ``m/E``, or
    ``m (1-m)/n``.

    Parameters
    ----------
    numerator, denominator : events and stock of all that are compared, over all their years; NaN where not known, the
        denominator positive.
    kind : ``event_rate`` or ``stock_quota``, as in the catalogue.

    Returns
    -------
    array, in squared units of the rate
        NaN where nothing is known of it: nobody had an event (or everybody, of shares).

    Raises
    ------
    ComparisonError
        Another kind: full counts have no sampling variance.

    Examples
    --------
    Four times the size halves the standard error; none of 100 is not known better than one of 100:

    >>> print(np.sqrt(sampling_variance([25, 100], [100, 400])))
    [0.05  0.025]
    >>> none, one, _ = sampling_variance([0, 1, 5], [100, 100, 100])
    >>> bool(none > one)
    True
    """
    if kind not in ("event_rate", "stock_quota"):
        message = (
            f"Chance moves rates of events and quotas of persons (event_rate, stock_quota); found the kind {kind!r}. "
            "Full counts have no sampling variance."
        )
        raise ComparisonError(message)
    o, e = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    known = np.isfinite(o) & np.isfinite(e)
    m = o[known].sum() / e[known].sum() if known.any() else np.nan
    own, of_all = (p * (1 - p if kind == "stock_quota" else 1) / e for p in (o / e, m))
    return np.where(known & (own == 0), np.where(of_all > 0, of_all, np.nan), own)


def between_variance(
    values: ArrayLike, variances: ArrayLike, method: Method = "PM", mean: float | None = None
) -> BetweenVariance:
    """Variance between units, τ², of values with known sampling variances.

    With ``w = 1/(τ² + s²)`` and the weighted mean μ (d = k - 1), or a mean that is given (d = k):

    * DL (DerSimonian–Laird): ``τ² = (Q - d) / (Σw - Σw²/Σw)`` with ``w = 1/s²``; mean given: over ``Σw``;
    * PM (Paule–Mandel): the τ² at which ``Σ w (y - μ)² = d``;
    * REML: the maximum of the restricted likelihood, at which ``Σ w² (y - μ)² = Σw - Σw²/Σw``; mean given: of the
      likelihood, at which ``Σ w² (y - μ)² = Σw``.

    Negative solutions are 0.

    Parameters
    ----------
    values, variances : shape (k,), finite; variances positive.
    method : ``DL``, ``PM`` or ``REML``.
    mean : a mean known from elsewhere, e.g. 0 for residuals of a model.

    Raises
    ------
    ComparisonError
        Fewer than two values, another number of variances, a variance that is not positive, a mean that is no number,
        or an unknown method.

    References
    ----------
    DerSimonian & Laird 1986; Paule & Mandel 1982; Viechtbauer 2005.

    Examples
    --------
    With equal sampling variances all three say: variance of the values minus sampling variance.

    >>> y = [1.0, 4.0, 7.0]
    >>> [round(between_variance(y, [2.0, 2.0, 2.0], method).tau2, 9) for method in ("DL", "PM", "REML")]
    [7.0, 7.0, 7.0]
    """
    y, s2 = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)
    if y.shape != s2.shape or (mean is not None and not np.isfinite(mean)):
        message = (
            f"Each value has one sampling variance, and a mean is a finite number; found {y.shape}, {s2.shape}, {mean}."
        )
        raise ComparisonError(message)
    if len(y) < 2 or not (np.isfinite(y).all() and np.isfinite(s2).all() and (s2 > 0).all()):
        message = (
            "A variance between units needs two values or more, all finite and with positive sampling variances; found "
            f"{len(y)} values, {int((~(s2 > 0)).sum())} without such a variance. Leave these units out."
        )
        raise ComparisonError(message)
    if method not in ("DL", "PM", "REML"):
        message = f"τ² is estimated by DL, PM or REML; found {method!r}."
        raise ComparisonError(message)
    df = len(y) - (mean is None)
    _, w, q = _at(0.0, y, s2, mean)
    if method == "DL":
        tau2 = max(0.0, (q - df) / float(w.sum() - (0 if mean is not None else (w**2).sum() / w.sum())))
    else:
        tau2 = _paule_mandel(y, s2, mean, df) if method == "PM" else _likeliest(y, s2, mean)
    centre, w, _ = _at(tau2, y, s2, mean)
    se = 0.0 if mean is not None else float(1 / np.sqrt(w.sum()))
    return BetweenVariance(centre, se, tau2, q, 100 * max(0.0, 1 - df / q) if q > 0 else 0.0)


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


def _at(tau2: float, y: Floats, s2: Floats, mean: float | None) -> tuple[float, Floats, float]:
    """Mean, weights and Σ w (y - μ)² at a given τ²."""
    w = 1 / (tau2 + s2)
    centre = float(w @ y / w.sum()) if mean is None else mean
    return centre, w, float(w @ (y - centre) ** 2)


def _paule_mandel(y: Floats, s2: Floats, mean: float | None, df: int) -> float:
    if _at(0.0, y, s2, mean)[2] <= df:
        return 0.0
    # at this τ² the sum of squares around the plain mean already gives no more than df
    most = float(((y - (y.mean() if mean is None else mean)) ** 2).sum() / df)
    return _root(lambda tau2: _at(tau2, y, s2, mean)[2] - df, 0.0, most)


def _likeliest(y: Floats, s2: Floats, mean: float | None) -> float:
    """Highest of possibly several maxima: the best point of a grid, then the root of the slope beside it."""

    def slope(tau2: float) -> float:
        centre, w, _ = _at(tau2, y, s2, mean)
        lost = 0.0 if mean is not None else float((w**2).sum() / w.sum())
        return float(w**2 @ (y - centre) ** 2) - (float(w.sum()) - lost)

    def likelihood(tau2: float) -> float:
        _, w, q = _at(tau2, y, s2, mean)
        return float(np.log(w).sum() - q - (0.0 if mean is not None else np.log(w.sum())))

    most = float(((y - y.mean()) ** 2).sum() + s2.sum() + (0.0 if mean is None else len(y) * (y.mean() - mean) ** 2))
    grid = np.concatenate([[0.0], np.geomspace(1e-8 * most, most, 200)])
    best = int(np.argmax([likelihood(tau2) for tau2 in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    return _root(slope, low, high) if slope(low) > 0 > slope(high) else float(grid[best])


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-15 * high, rtol=8.9e-16))
