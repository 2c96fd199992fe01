"""The three variances of a comparison: chance within a year, change between years, difference between units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from optkommunen.comparison.gate import checked
from optkommunen.errors import ComparisonError
from optkommunen.values import KEY

FEWEST_YEARS = 3
"""Years from which a unit tells how much it changes between years."""

Method = Literal["DL", "PM", "REML"]


class TransientVariance(NamedTuple):
    """Variance of a unit's true value between years, pooled over all units.

    Attributes
    ----------
    omega2 : ω², in squared units of the value; NaN where `reason` says why.
    n_years : periods in the frame.
    n_units : units with three years or more.
    """

    omega2: float
    n_years: int
    n_units: int
    reason: str


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

    Parameters
    ----------
    numerator, denominator : events and stock; NaN where not known, the denominator positive.
    kind : ``event_rate`` or ``stock_quota``, as in the catalogue.

    Examples
    --------
    Four times the size halves the standard error:

    >>> print(np.sqrt(sampling_variance([25, 100], [100, 400])))
    [0.05  0.025]
    """
    o, e = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    return o / e**2 if kind == "event_rate" else o / e * (1 - o / e) / e


def transient_variance(frame: pd.DataFrame) -> TransientVariance:
    """Variance between years, ω²: how far a unit's true value moves from one year to the next and back.

    ``ω² = mean over units of max(0, var over years - s²)`` with s² the mean sampling variance of the unit's years. What
    moves all units alike (a good year, a crisis) tells nothing about who stands where and is taken out first: the
    variance over years is that of the residuals of a model with one level for each unit and one for each year, over
    their degrees of freedom. Cutting each unit at 0 makes ω² a little too large where chance explains nearly all.

    Parameters
    ----------
    frame : DataFrame
        ``kommune, period, value, variance``: one row for each unit and year; ``variance`` is s², in squared units of
        the value (`sampling_variance`). Rows without a value or variance do not enter.

    Returns
    -------
    TransientVariance
        Not a number, with the reason, unless two units or more have three years or more.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; each period is checked.

    Examples
    --------
    Units that all move alike, each from its own level, show no transient variance:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"] * 3, "period": ["2006"] * 2 + ["2007"] * 2 + ["2008"] * 2,
    ...                       "value": [20, 30, 21, 31, 25, 35], "variance": 0.0})
    >>> abs(round(transient_variance(frame).omega2, 9)), transient_variance(frame[:4]).reason
    (0.0, 'ω² needs three years, found 2')
    """
    frame = by_period(frame, numbers=["value"], counts=["variance"]).dropna(subset=["value", "variance"])
    n_years = frame["period"].nunique()
    years = frame.groupby(KEY)["period"].transform("size")
    told = frame[years >= FEWEST_YEARS]
    n_units = told[KEY].nunique()
    if not frame["period"].str.fullmatch("[0-9]{4}").all():
        return TransientVariance(np.nan, n_years, n_units, "ω² is a variance between years; the periods are no years")
    if n_years < FEWEST_YEARS:
        return TransientVariance(np.nan, n_years, n_units, f"ω² needs three years, found {n_years}")
    if n_units < 2:
        return TransientVariance(np.nan, n_years, n_units, f"ω² needs two units with three years, found {n_units}")
    levels = [pd.get_dummies(told[column], dtype=float).to_numpy() for column in (KEY, "period")]
    basis, sizes, _ = np.linalg.svd(np.hstack(levels), full_matrices=False)
    basis = basis[:, sizes > sizes[0] * 1e-10]
    value = told["value"].to_numpy() - told["value"].mean()
    squares = (value - basis @ (basis.T @ value)) ** 2
    sums = pd.DataFrame({KEY: told[KEY].to_numpy(), "squares": squares, "df": 1 - (basis**2).sum(axis=1)})
    sums = sums.groupby(KEY).sum()
    excess = sums["squares"] / sums["df"] - told.groupby(KEY)["variance"].mean()
    return TransientVariance(float(excess.clip(lower=0).mean()), n_years, n_units, "")


def by_period(frame: pd.DataFrame, *, counts: Sequence[str] = (), numbers: Sequence[str] = ()) -> pd.DataFrame:
    """Frame of several periods, each through the gate; periods as text."""
    if "period" not in frame.columns:
        message = (
            f"Values of several years need the column 'period'; found {', '.join(map(str, frame.columns))}. Add it."
        )
        raise ComparisonError(message)
    frame = frame.assign(period=frame["period"].astype("str"))
    if frame.empty:
        return checked(frame, counts=counts, numbers=numbers)
    parts = [checked(part, counts=counts, numbers=numbers, fewest=1) for _, part in frame.groupby("period", sort=True)]
    return pd.concat(parts, ignore_index=True)


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
        Fewer than two values, a variance that is not positive, or an unknown method.

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
