"""Two variances of a comparison: chance within a year, difference between units (change between years: `transient`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from optkommunen.comparison.gate import validate_units
from optkommunen.errors import ComparisonError

Method = Literal["DL", "PM", "REML"]


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


def sampling_variance(numerator: ArrayLike, denominator: ArrayLike, kind: str = "event_rate") -> NDArray[np.float64]:
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


def by_period(frame: pd.DataFrame, *, counts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Frame of several periods, each through the gate; periods as text."""
    if "period" not in frame.columns:
        message = (
            f"Values of several years need the column 'period'; found {', '.join(map(str, frame.columns))}. Add it."
        )
        raise ComparisonError(message)
    frame = frame.assign(period=frame["period"].astype("str"))
    if frame.empty:
        return validate_units(frame, counts=counts, numbers=numbers)
    rows = frame[frame["period"].notna()].sort_values("period", kind="stable")
    return validate_units(rows, counts=counts, numbers=numbers, fewest=1, by="period")


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


def _at(
    tau2: float, y: NDArray[np.float64], s2: NDArray[np.float64], mean: float | None
) -> tuple[float, NDArray[np.float64], float]:
    """Mean, weights and Σ w (y - μ)² at a given τ²."""
    w = 1 / (tau2 + s2)
    centre = float(w @ y / w.sum()) if mean is None else mean
    return centre, w, float(w @ (y - centre) ** 2)


def _paule_mandel(y: NDArray[np.float64], s2: NDArray[np.float64], mean: float | None, df: int) -> float:
    if _at(0.0, y, s2, mean)[2] <= df:
        return 0.0
    # at this τ² the sum of squares around the plain mean already gives no more than df
    most = float(((y - (y.mean() if mean is None else mean)) ** 2).sum() / df)
    return _root(lambda tau2: _at(tau2, y, s2, mean)[2] - df, 0.0, most)


def _likeliest(y: NDArray[np.float64], s2: NDArray[np.float64], mean: float | None) -> float:
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
