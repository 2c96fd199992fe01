"""Which estimates are surely above which others: all pairs tested stepwise against simulated errors, on arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optkommunen.errors import ComparisonError

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_HEADROOM = 0.45
"""How far below its upper bound a critical value is looked for first: a matter of speed, never of the result."""
_ROUNDING = 1 - 1e-5
"""A bound in single precision may fall short of what it bounds by this factor."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Estimates in descending order, and draws of the errors that chance alone would give them.

    Only the draws in which a large difference is possible at all are compared pair by pair. With ``a`` the
    standardised errors of a draw, M the largest of the opposite sign to ``a_i`` and m the largest of the same sign,

        ``|T_ij|² ≤ max(a_i² + M², m² s_max²/(s_i² + s_max²)) / (1 - largest correlation of i)``

    (Cauchy and Schwarz), so all other draws cannot reach a critical value above that, and need not be looked at. The
    critical values are exact for the draws made; a test compares them with all pairs in all draws.

    Parameters
    ----------
    x : estimates, the largest first, shape (p,).
    variance : their variances, shape (p,).
    covariance : their covariance, shape (p, p); None if they are independent.
    errors : draws of N(0, covariance), or of t with that scale, shape (p, draws).
    highest, lowest : square of the largest and of the smallest standardised error of each draw, 0 if it has the
        other sign; shape (draws,).
    """

    x: Floats
    variance: Floats
    covariance: Floats | None = field(repr=False)
    errors: Singles = field(repr=False)
    highest: Singles = field(repr=False)
    lowest: Singles = field(repr=False)

    def against(self, i: int) -> tuple[Floats, Floats]:
        """Unit i minus each other, in standard errors of the difference; and one over these. Zero for i itself."""
        squared = self.variance[i] + self.variance
        if self.covariance is not None:
            squared = squared - 2 * self.covariance[i]
        squared[i] = np.inf
        precision = 1 / np.sqrt(squared)
        return (self.x[i] - self.x) * precision, precision

    def reach(self, i: int) -> Singles:
        """Upper bound of the squared differences of unit i in each draw, times `slack`; shape (draws,)."""
        own, largest = self.variance[i], self.variance.max()
        a = self.errors[i] * np.float32(own**-0.5 if own > 0 else 0.0)
        opposite = np.where(a > 0, self.lowest, self.highest)
        same = (self.highest + self.lowest - opposite) * np.float32(largest / (own + largest))
        return np.maximum(a * a + opposite, same)

    def slack(self, i: int) -> float:
        """One minus the largest correlation of unit i with another, at most 1."""
        if self.covariance is None:
            return 1.0
        scale = np.sqrt(self.variance[i] * self.variance)
        correlation = np.divide(self.covariance[i], scale, out=np.zeros_like(scale), where=scale > 0)
        correlation[i] = 0
        return 1 - max(float(correlation.max()), 0.0)


def simulate(
    x: Floats, variance: Floats, covariance: Floats | None = None, *, draws: int, seed: int, df: float = math.inf
) -> Pairs:
    """Draw the errors of estimates that all equal each other; see `Pairs` for shapes.

    With finite `df` the scale of the variances is itself an estimate: each draw is divided by ``√(χ²_df/df)``, so all
    differences are those of a multivariate t (of equal variances: the studentised range).

    Examples
    --------
    Units of measurement play no part:

    >>> x, variance = np.array([3.0, 1.0, 0.0]), np.array([1.0, 0.5, 0.2])
    >>> metres, miles = (simulate(x / u, variance / u**2, draws=999, seed=1) for u in (1, 1609.0))
    >>> round(simultaneous(metres, 0.95) - simultaneous(miles, 0.95), 5)
    0.0
    """
    scale = np.sqrt(variance.mean())  # keeps single precision within its range
    x, variance = x / scale, variance / scale**2
    rng = np.random.default_rng(seed)
    errors = rng.standard_normal((len(x), draws), dtype=np.float32)
    if math.isfinite(df):
        errors *= np.sqrt(df / rng.chisquare(df, draws)).astype(np.float32)
    standardised = errors
    if covariance is not None:
        covariance = covariance / scale**2
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        deviation = np.sqrt(variance)
        errors = root.astype(np.float32) @ errors
        standardised = errors / np.where(deviation > 0, deviation, 1).astype(np.float32)[:, None]
    highest = np.maximum(np.fmax.reduce(standardised, axis=0), 0) ** 2
    lowest = np.minimum(np.fmin.reduce(standardised, axis=0), 0) ** 2
    if covariance is None:
        errors *= np.sqrt(variance).astype(np.float32)[:, None]
    return Pairs(x, variance, covariance, errors, highest, lowest)


def exceeding(level: float, draws: int) -> int:
    """How many of the draws may reach a statistic that is still significant: (1 + count)/(1 + draws) ≤ 1 - level.

    The statistic is the largest of all differences, so one tail is enough and half as many draws as an interval needs
    (`optkommunen.p_values.fewest_draws`).

    Raises
    ------
    ComparisonError
        If there are too few draws for the level.

    Examples
    --------
    >>> exceeding(0.95, 19), exceeding(0.95, 20_000)
    (1, 1000)
    """
    count = int((1 - level) * (draws + 1) + 1e-9)
    if count < 1:
        fewest = math.ceil(1 / (1 - level) - 1 - 1e-6)
        message = f"A level of {level:g} needs at least {fewest} draws; found {draws}. Draw more."
        raise ComparisonError(message)
    return count


def marginal(pairs: Pairs, level: float) -> Floats:
    """Critical value of each unit's own comparisons: both directions with each other unit, stepwise; shape (p,).

    Examples
    --------
    The comparisons of one unit are some of all comparisons, so they need the smaller critical value:

    >>> pairs = simulate(np.array([3.0, 1.0, 0.0]), np.array([1.0, 0.5, 0.2]), draws=999, seed=1)
    >>> bool((marginal(pairs, 0.95) <= simultaneous(pairs, 0.95)).all())
    True
    """
    count = exceeding(level, pairs.errors.shape[1])
    return np.array([_marginal(pairs, i, count) for i in range(len(pairs.x))])


def _marginal(pairs: Pairs, i: int, count: int) -> float:
    gaps, precision = pairs.against(i)
    towards = np.where(gaps >= 0, precision, -precision).astype(np.float32)[:, None]  # positive: as observed
    gaps, reach, slack = np.abs(gaps), pairs.reach(i), pairs.slack(i)
    guess = max(_largest(reach, count) ** 0.5 - _HEADROOM, 0.0)
    while True:
        drawn = pairs.errors.take(np.flatnonzero(reach >= guess**2 * slack * _ROUNDING), axis=1)
        differences = np.subtract(drawn[i].copy(), drawn, out=drawn)
        differences *= towards
        critical = _stepwise(differences, gaps, count)
        if critical >= guess:
            return critical
        guess = critical  # of some draws only, so at most that of all: the second time suffices


def _stepwise(differences: Singles, gaps: Floats, count: int) -> float:
    """Critical value when those hypotheses are dropped that it rejects, and so on.

    Differences count as positive in the direction observed. What would turn an observed order round is never
    rejected, so the opposite directions stay to the end.
    """
    turned = -np.fmin.reduce(differences, axis=0)
    remaining = differences
    while True:
        critical = _largest(np.maximum(turned, np.fmax.reduce(remaining, axis=0)), count)
        kept = gaps <= critical
        if np.count_nonzero(kept) == len(remaining):
            return critical
        remaining = differences[kept]


def simultaneous(pairs: Pairs, level: float) -> float:
    """Critical value of all comparisons in both directions, stepwise.

    Examples
    --------
    Two units make one difference of standard normal errors, in two directions:

    >>> pairs = simulate(np.array([1.0, 0.0]), np.array([0.7, 0.1]), draws=99_999, seed=1)
    >>> print(round(simultaneous(pairs, 0.95), 1))
    2.0
    """
    draws = pairs.errors.shape[1]
    count = exceeding(level, draws)
    guess = max(_largest(pairs.highest + pairs.lowest, count) ** 0.5 - _HEADROOM, 0.0)
    while True:
        size, draw, gap = _beyond(pairs, guess)
        kept = np.ones(len(size), dtype=bool)
        while True:
            largest = np.zeros(draws, dtype=np.float32)
            np.maximum.at(largest, draw[kept], np.abs(size[kept]))
            critical = _largest(largest, count)
            undecided = (size < 0) | (gap <= critical)
            if np.array_equal(undecided, kept):
                break
            kept = undecided
        if critical >= guess:
            return critical
        guess = critical or 0.8 * guess


def _beyond(pairs: Pairs, guess: float) -> tuple[Singles, NDArray[np.intp], Floats]:
    """All differences of at least `guess` in the draws: size (negative: observed order turned), draw, observed gap."""
    sizes, draws, observed = [], [], []
    for i in range(len(pairs.x) - 1):
        rows = np.flatnonzero(pairs.reach(i) >= guess**2 * pairs.slack(i) * _ROUNDING)
        if not len(rows):
            continue
        gaps, precision = pairs.against(i)
        differences = pairs.errors[i, rows] - pairs.errors[i + 1 :].take(rows, axis=1)
        differences *= precision[i + 1 :, None].astype(np.float32)
        at = np.flatnonzero(np.abs(differences) >= guess)
        unit, draw = np.divmod(at, len(rows))
        sizes.append(differences.ravel()[at])
        draws.append(rows[draw])
        observed.append(gaps[i + 1 + unit])
    if not sizes:
        return np.empty(0, np.float32), np.empty(0, np.intp), np.empty(0)
    return np.concatenate(sizes), np.concatenate(draws), np.concatenate(observed)


def rank_limits(pairs: Pairs, critical: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Best and worst rank of each unit: one more than are surely above it, and p less those surely below it.

    Parameters
    ----------
    pairs : the estimates.
    critical : critical value of each unit, shape (p,).
    """
    above, below = np.empty((2, len(pairs.x)), dtype=np.int64)
    for i, value in enumerate(critical):
        gaps, _ = pairs.against(i)
        above[i], below[i] = np.count_nonzero(gaps < -value), np.count_nonzero(gaps > value)
    return 1 + above, len(pairs.x) - below


def grades(pairs: Pairs, critical: float) -> NDArray[np.int64]:
    """Groups from the top within which no two units can be told apart; 1 is the best.

    A new grade begins with the first unit that is surely below a member of the grade before it.
    """
    grade, begins = np.ones(len(pairs.x), dtype=np.int64), 0
    for i in range(1, len(pairs.x)):
        gaps, _ = pairs.against(i)
        if (gaps[begins:i] < -critical).any():
            begins = i
            grade[i:] += 1
    return grade


def _largest(values: Singles, count: int) -> float:
    """The count-th largest of some values, none of them negative; 0 if there are fewer."""
    return float(np.partition(values, len(values) - count)[len(values) - count]) if len(values) >= count else 0.0
