"""How the true rates of all units are spread, estimated from what was observed: gamma, beta, moments; on arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from optkommunen.errors import ComparisonError

BetaMethod = Literal["likelihood", "moments"]

NARROW = (1e-9, 1e3)
"""Smallest α (of a beta: α + β) looked for, and largest as a multiple of the largest expected count (of a beta: the
largest whole): beyond it no unit would keep a thousandth of its own rate."""
ROUNDING = 1e-12
"""Persons asked one by one (every whole is 1) vary exactly as chance does; rounding must not turn that into spread."""


class Prior(NamedTuple):
    """Distribution of true rates: Gamma(α, β) with mean α/β, or Beta(α, β) with mean α/(α+β).

    Both parameters are infinite where the units vary no more than by chance: then all have the `mean`.
    """

    alpha: float
    beta: float
    mean: float


def gamma_prior(events: ArrayLike, exposure: ArrayLike, *, mean: float | None = None) -> Prior:
    """Gamma distribution of the true rates, by maximum likelihood of the negative binomial counts.

    ``O ~ Poisson(E λ)``, ``λ ~ Gamma(α, β)``. The variance of the counts beyond chance decides whether there is one:
    where ``Σ (O - E m)² ≤ ΣO`` with ``m = ΣO/ΣE`` (or the mean given), the likelihood rises up to the Poisson
    limit. Its profile in α is searched on a grid and the highest peak solved, so there are no start values.

    Parameters
    ----------
    events, exposure : shape (n,), finite; exposure positive, some event.
    mean : mean of the distribution, if it is known: 1 where the exposure is the events expected by a model.

    Raises
    ------
    ComparisonError
        A mean that is not positive.

    References
    ----------
    Clayton & Kaldor 1987, Biometrics 43:671.

    Examples
    --------
    Units that vary less than chance allows have no distribution of their own:

    >>> gamma_prior([10, 20, 40], [100, 200, 400])
    Prior(alpha=inf, beta=inf, mean=0.1)
    """
    o, e = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    if mean is not None and not 0 < mean < np.inf:
        message = f"The mean of rates is positive; found {mean}. Leave it out to have it estimated."
        raise ComparisonError(message)
    m = float(o.sum() / e.sum()) if mean is None else mean
    if ((o - e * m) ** 2).sum() <= o.sum():
        return Prior(np.inf, np.inf, m)

    def centre(alpha: float) -> float:
        """Likeliest mean at a given α: Σ (O - E c)/(α + E c) = 0, convex and falling in c: Newton never overshoots."""
        c = 0.0
        for _ in range(200):
            total = alpha + e * c
            step = float(((o - e * c) / total).sum() / ((alpha + o) * e / total**2).sum())
            c += step
            if step <= 1e-14 * c:
                break
        return c

    def slope(log_alpha: float) -> float:
        """Derivative of the profile likelihood in ln α."""
        alpha = np.exp(log_alpha)
        expected = e * (centre(alpha) if mean is None else m)
        by_alpha = special.digamma(alpha + o) - special.digamma(alpha) + np.log(alpha / (alpha + expected))
        return float(alpha * (by_alpha + (expected - o) / (alpha + expected)).sum())

    def likelihood(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        c = centre(alpha) if mean is None else m
        return float(stats.nbinom.logpmf(o, alpha, alpha / (alpha + e * c)).sum())

    alpha = _peak(slope, likelihood, np.log(NARROW[0]), np.log(NARROW[1] * (e * m).max()))
    if alpha is None:
        return Prior(np.inf, np.inf, m)
    found = centre(alpha) if mean is None else m
    return Prior(alpha, alpha / found, found)


def beta_prior(part: ArrayLike, whole: ArrayLike, method: BetaMethod = "likelihood") -> Prior:
    """Beta distribution of the true shares, by maximum likelihood of the beta-binomial counts.

    ``k ~ Bin(n, p)``, ``p ~ Beta(α, β)``. As in `gamma_prior` the variance beyond chance decides whether there is one:
    where ``Σ (k - n m)² ≤ m (1-m) Σn`` with ``m = Σk/Σn``, the likelihood rises up to the binomial limit (it is its
    slope there). Its profile in α + β is searched on a grid and the highest peak solved.

    ``moments`` takes mean and variance v (n-1) of the observed shares instead: ``α + β = m (1-m)/v - 1``,
    ``α = m (α + β)``. v also holds what chance adds, so the distribution is too wide and draws too little where the
    units are small: the squared error on rare events is about ten times that of the likelihood. It is the textbook's.

    Parameters
    ----------
    part, whole : shape (n,), persons among the same persons; whole positive, shares not all 0 or all 1.
    method : ``likelihood`` or ``moments``.

    Raises
    ------
    ComparisonError
        Another method; shares of which each is 0 or 1, and which vary more than by chance.

    References
    ----------
    Tarone 1979, Biometrika 66:585 (the slope). Moments: Gelman et al., Bayesian Data Analysis, section 5.1.

    Examples
    --------
    Equal shares are one point, not a distribution; of unlike ones the moments keep more:

    >>> beta_prior([10, 20, 40], [100, 200, 400]).alpha
    inf
    >>> part, whole = [0, 2, 30, 4], [10, 20, 100, 20]
    >>> bool(beta_prior(part, whole, "moments").alpha < beta_prior(part, whole).alpha)
    True
    """
    k, n = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    if method == "moments":
        return _beta_moments(k / n, n)
    if method != "likelihood":
        message = f"A beta distribution is estimated by 'likelihood' or 'moments'; found {method!r}."
        raise ComparisonError(message)
    m = float(k.sum() / n.sum())
    chance = m * (1 - m) * n.sum()
    if ((k - n * m) ** 2).sum() <= chance * (1 + ROUNDING):
        return Prior(np.inf, np.inf, m)
    if ((k == 0) | (k == n)).all():
        message = (
            "How far shares lie apart is told by some that lie between; here each is 0 or 1, and the likelihood rises "
            "up to a distribution that has only these two. There is nothing to shrink: show the shares themselves."
        )
        raise ComparisonError(message)

    def slopes(size: float, c: float) -> tuple[float, float, float]:
        """Derivatives of the likelihood by α and by β at mean c, and by α and β together from the whole."""
        return (
            float((special.digamma(k + c * size) - special.digamma(c * size)).sum()),
            float((special.digamma(n - k + (1 - c) * size) - special.digamma((1 - c) * size)).sum()),
            float((special.digamma(n + size) - special.digamma(size)).sum()),
        )

    def centre(size: float) -> float:
        """Likeliest mean at a given α + β; the likelihood is concave in it."""

        def by_mean(c: float) -> float:
            by_alpha, by_beta, _ = slopes(size, c)
            return by_alpha - by_beta

        return float(optimize.brentq(by_mean, 1e-12, 1 - 1e-12, xtol=1e-15, rtol=8.9e-16))

    def slope(log_size: float) -> float:
        """Derivative of the profile likelihood in ln(α + β)."""
        size = np.exp(log_size)
        c = centre(size)
        by_alpha, by_beta, by_both = slopes(size, c)
        return float(size * (c * by_alpha + (1 - c) * by_beta - by_both))

    def likelihood(log_size: float) -> float:
        size = np.exp(log_size)
        c = centre(size)
        return float(
            (special.betaln(k + c * size, n - k + (1 - c) * size) - special.betaln(c * size, (1 - c) * size)).sum()
        )

    peak = _peak(slope, likelihood, np.log(NARROW[0]), np.log(NARROW[1] * n.max()))
    if peak is None:
        return Prior(np.inf, np.inf, m)
    found = centre(peak)
    return Prior(found * peak, (1 - found) * peak, found)


def _beta_moments(shares: NDArray[np.float64], whole: NDArray[np.float64]) -> Prior:
    m, v = float(shares.mean()), float(shares.var(ddof=1))
    if v <= float((m * (1 - m) / whole).mean()):
        return Prior(np.inf, np.inf, m)
    size = m * (1 - m) / v - 1
    return Prior(m * size, (1 - m) * size, m)


def _peak(
    slope: Callable[[float], float], likelihood: Callable[[float], float], low: float, high: float
) -> float | None:
    """The likeliest size, from a likelihood in its logarithm that may have several peaks; None if it has none."""
    grid = np.linspace(low, high, 100)
    slopes = np.array([slope(at) for at in grid])
    peaks = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    if not len(peaks):
        return None
    roots = [optimize.brentq(slope, grid[i], grid[i + 1], xtol=1e-14, rtol=8.9e-16) for i in peaks]
    return float(np.exp(max(roots, key=likelihood)))
