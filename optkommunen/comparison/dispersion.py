"""How much more units vary than chance allows, and the limits that follow: on arrays, on the natural scale."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from optkommunen.errors import ComparisonError
from optkommunen.indicators.intervals import EXACT_BELOW, tail_of

Kind = Literal["rate", "proportion"]
Variant = Literal["corrected", "winsorised", "plain"]

FORMS = ("additive", "multiplicative", "naive")


class Overdispersion(NamedTuple):
    """How much more units vary than chance allows; all on the natural scale.

    Attributes
    ----------
    theta0 : centre, sum over sum.
    phi : variance of the units' z-scores, by the variant asked for; 1 if chance explains all.
    tau2 : variance of the true values between units, 0 or more.
    x2, df, p : Pearson's X² of all units against chi-square, whatever the variant; p is P(chi² ≥ X²).
    """

    theta0: float
    phi: float
    tau2: float
    x2: float
    df: int
    p: float


def winsorised_variance(trim: float) -> float:
    """Variance of a standard normal whose tails are pulled in to the quantiles ``trim`` and ``1 - trim``.

    With q that quantile: ``(1 - 2 trim) - 2 q φ(q) + 2 trim q²``.

    Examples
    --------
    >>> round(winsorised_variance(0.1), 4), winsorised_variance(0)
    (0.6787, 1.0)
    """
    if not 0 <= trim < 0.5:
        message = (
            f"Each tail that is pulled in holds less than half of the units; found trim={trim}. The default is 0.1."
        )
        raise ComparisonError(message)
    if trim == 0:
        return 1.0
    q = stats.norm.isf(trim)
    return float((1 - 2 * trim) - 2 * q * stats.norm.pdf(q) + 2 * trim * q**2)


def overdispersion(
    events: ArrayLike, exposure: ArrayLike, kind: Kind = "rate", variant: Variant = "corrected", trim: float = 0.1
) -> Overdispersion:
    """Centre, φ, τ² and the test of excess variation of some rates or proportions.

    ``θ0 = ΣO/ΣE``, ``s = √(θ0/E)`` (proportion ``√(θ0 (1-θ0)/n)``), ``z = (O/E - θ0)/s``, ``φ = mean z²``,
    ``τ² = max(0, (n φ - (n-1)) / (Σw - Σw²/Σw))`` with ``w = 1/s²``. ``winsorised`` pulls z in to its own quantiles
    ``trim`` and ``1 - trim`` (type 7) first, so that a few outliers do not widen the limits that should find them;
    ``corrected`` divides that φ by `winsorised_variance`, because pulling in makes it too small even without outliers;
    ``plain`` does neither.

    Parameters
    ----------
    events, exposure : shape (n,), finite; exposure positive, not all events 0.

    References
    ----------
    DerSimonian & Laird 1986; Spiegelhalter 2005a, Statistics in Medicine 24:1185; 2005b, Quality and Safety in Health
    Care 14:347.

    Examples
    --------
    Equal rates vary less than chance would let them:

    >>> found = overdispersion([10, 20, 40], [100, 200, 400])
    >>> found.theta0, found.phi, found.tau2
    (0.1, 0.0, 0.0)
    """
    o, e = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    n, theta0 = len(o), float(o.sum() / e.sum())
    s = standard_error(theta0, e, kind)
    z = (o / e - theta0) / s
    phi = float(np.mean(z**2))
    x2 = n * phi
    if variant != "plain":
        phi = float(np.mean(np.clip(z, *np.quantile(z, [trim, 1 - trim])) ** 2))
    if variant == "corrected":
        phi /= winsorised_variance(trim)
    w = 1 / s**2
    tau2 = max(0.0, (n * phi - (n - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    return Overdispersion(theta0, phi, tau2, x2, n - 1, float(stats.chi2.sf(x2, n - 1)))


def standard_error(theta0: float, exposure: ArrayLike, kind: Kind = "rate") -> NDArray[np.float64]:
    """Standard error that chance gives a unit of this size at the centre."""
    return np.sqrt((theta0 if kind == "rate" else theta0 * (1 - theta0)) / np.asarray(exposure, dtype=float))


def naive_limits(
    theta0: float, exposure: ArrayLike, level: float, kind: Kind = "rate", *, exact_below: float = EXACT_BELOW
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits that hold a unit of this size if only chance moves it: ``θ0 ∓ z s``.

    A rate with fewer than `exact_below` expected events has the interpolated quantiles of the Poisson distribution
    instead: k is the quantile of p, and the limit ``k - (P(X ≤ k) - p)/P(X = k)`` events. The two meet without a step.

    References
    ----------
    Spiegelhalter 2005a, appendix.

    Examples
    --------
    No event at all is nothing unusual where two are expected:

    >>> lower, upper = naive_limits(1.0, [2.0, 20.0], 0.95)
    >>> lower[0] < 0, lower[1] > 0
    (np.True_, np.True_)
    """
    e = np.asarray(exposure, dtype=float)
    tail = tail_of(level)
    reach = stats.norm.isf(tail) * standard_error(theta0, e, kind)
    lower, upper = theta0 - reach, theta0 + reach
    few = (theta0 * e < exact_below) & (e > 0) if kind == "rate" else np.zeros(e.shape, dtype=bool)
    lower[few], upper[few] = (_poisson_quantile(p, theta0 * e[few]) / e[few] for p in (tail, 1 - tail))
    return lower, upper


def _poisson_quantile(p: float, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    k = stats.poisson.ppf(p, expected)
    return k - (stats.poisson.cdf(k, expected) - p) / stats.poisson.pmf(k, expected)


def exact_limits(expected: ArrayLike, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Limits of O/E as funnels of R packages draw them: the exact interval of a count that equals its expectation.

    ``L = chi2_{a/2}(2 E)/(2 E)``, ``U = chi2_{1-a/2}(2 E + 2)/(2 E)``. For comparison with published funnels only: they
    are confidence limits, not limits of new counts. However few events are expected, they call every unit without one
    low (37 % of the units at one expected event, nominal 5 %), so `Funnel` does not flag by them.

    Examples
    --------
    >>> lower, upper = exact_limits([1.0], 0.95)
    >>> bool(lower[0] > 0)
    True
    """
    e, tail = np.asarray(expected, dtype=float), tail_of(level)
    return stats.chi2.ppf(tail, 2 * e) / (2 * e), stats.chi2.isf(tail, 2 * e + 2) / (2 * e)


def limits(
    found: Overdispersion,
    exposure: ArrayLike,
    level: float,
    kind: Kind = "rate",
    *,
    exact_below: float = EXACT_BELOW,
) -> dict[str, pd.DataFrame]:
    """Limits of units of some sizes in the three `FORMS`, each a frame of ``lower, upper``.

    * additive: ``θ0 ∓ √((z s)² + z² τ²)``: true values differ, in all sizes alike;
    * multiplicative: ``θ0 ∓ z s √φ`` with φ not below 1: everything varies √φ times more than by chance;
    * naive: ``θ0 ∓ z s``: chance alone.

    ``z s`` is the reach of `naive_limits`, to either side. A rate is not below 0, a share not above 1.

    Examples
    --------
    Where units vary no more than by chance the three are one:

    >>> forms = limits(overdispersion([10, 20, 40], [100, 200, 400]), [1000.0], 0.95)
    >>> bool(forms["additive"].equals(forms["naive"])), bool(forms["multiplicative"].equals(forms["naive"]))
    (True, True)
    """
    low, high = naive_limits(found.theta0, exposure, level, kind, exact_below=exact_below)
    added, wider = stats.norm.isf(tail_of(level)) ** 2 * found.tau2, np.sqrt(max(1.0, found.phi))
    forms = {}
    for form in FORMS:
        reach = {}
        for side, naive in (("lower", found.theta0 - low), ("upper", high - found.theta0)):
            reach[side] = {"additive": np.sqrt(naive**2 + added), "multiplicative": naive * wider, "naive": naive}[form]
        upper = found.theta0 + reach["upper"]
        forms[form] = pd.DataFrame({
            "lower": np.maximum(found.theta0 - reach["lower"], 0),
            "upper": upper if kind == "rate" else np.minimum(upper, 1),
        })  # fmt: skip
    return forms
