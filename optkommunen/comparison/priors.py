"""How the true rates of all units are spread, estimated from what was observed: gamma, beta, moments; on arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

NARROW = (1e-9, 1e3)
"""Smallest α looked for, and largest as a multiple of the largest expected count: beyond it no unit would keep a
thousandth of its own rate."""


class Prior(NamedTuple):
    """Distribution of true rates: Gamma(α, β) with mean α/β, or Beta(α, β) with mean α/(α+β).

    Both parameters are infinite where the units vary no more than by chance: then all have the `mean`.
    """

    alpha: float
    beta: float
    mean: float


class Marshall(NamedTuple):
    """Moment estimates: mean ``m``, variance between units ``a`` (may be negative), shrunken ``rates``."""

    m: float
    a: float
    rates: NDArray[np.float64]


def marshall(events: ArrayLike, exposure: ArrayLike) -> Marshall:
    """Global moment estimator: ``m = ΣO/ΣE``, ``A = ΣE (r-m)²/ΣE - m/mean(E)``, ``m + A/(A + m/E) (r - m)``.

    Where A is not positive all shrunken rates are m. Smoothed maps are often published with it; `gamma_prior` uses the
    information of each count in full.

    Parameters
    ----------
    events, exposure : shape (n,), finite; exposure positive.

    References
    ----------
    Marshall 1991, Applied Statistics 40:283.

    Examples
    --------
    The smaller unit moves further towards the mean:

    >>> found = marshall([10, 300, 100], [100, 1000, 1000])
    >>> bool(abs(found.rates[0] - 0.1) > abs(found.rates[2] - 0.1))
    True
    """
    o, e = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    m, r = o.sum() / e.sum(), o / e
    a = (e * (r - m) ** 2).sum() / e.sum() - m / e.mean()
    weight = a / (a + m / e) if a > 0 else np.zeros_like(e)
    return Marshall(float(m), float(a), m + weight * (r - m))


def gamma_prior(events: ArrayLike, exposure: ArrayLike, *, mean: float | None = None) -> Prior:
    """Gamma distribution of the true rates, by maximum likelihood of the negative binomial counts.

    ``O ~ Poisson(E λ)``, ``λ ~ Gamma(α, β)``. The variance of the counts beyond chance decides whether there is one:
    where ``Σ (O - E m)² ≤ ΣO`` with ``m = ΣO/ΣE`` (or the mean given), the likelihood rises up to the Poisson
    limit. Its profile in α is searched on a grid and the highest peak solved, so there are no start values.

    Parameters
    ----------
    events, exposure : shape (n,), finite; exposure positive, some event.
    mean : mean of the distribution, if it is known: 1 where the exposure is the events expected by a model.

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

    grid = np.linspace(np.log(NARROW[0]), np.log(NARROW[1] * (e * m).max()), 100)
    slopes = np.array([slope(at) for at in grid])
    peaks = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    if not len(peaks):
        return Prior(np.inf, np.inf, m)
    roots = [optimize.brentq(slope, grid[i], grid[i + 1], xtol=1e-14, rtol=8.9e-16) for i in peaks]
    alpha = float(np.exp(max(roots, key=likelihood)))
    found = centre(alpha) if mean is None else m
    return Prior(alpha, alpha / found, found)


def beta_prior(part: ArrayLike, whole: ArrayLike) -> Prior:
    """Beta distribution of the true shares, from mean and variance (n-1) of the observed ones.

    ``α + β = m (1-m)/v - 1``, ``α = m (α + β)``. v also holds what chance adds, so the distribution is a little too
    wide and draws too little where the units are small. Where v is no larger than chance alone would make it, the
    mean of ``m (1-m)/n``, the true shares are one point.

    Parameters
    ----------
    part, whole : shape (n,), persons among the same persons; whole positive, shares not all 0 or all 1.

    References
    ----------
    Gelman et al., Bayesian Data Analysis, section 5.1.

    Examples
    --------
    Equal shares are one point, not a distribution:

    >>> beta_prior([10, 20, 40], [100, 200, 400]).alpha
    inf
    """
    shares = np.asarray(part, dtype=float) / np.asarray(whole, dtype=float)
    m, v = float(shares.mean()), float(shares.var(ddof=1))
    chance = float((m * (1 - m) / np.asarray(whole, dtype=float)).mean())
    if v <= chance:
        return Prior(np.inf, np.inf, m)
    size = m * (1 - m) / v - 1
    return Prior(m * size, (1 - m) * size, m)
