"""p-values of resampled statistics (draws needed, ties, what p is), and of several tests made at once (Holm)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.values import is_whole

TIE = 1e-10
"""Share of what a statistic can reach within which two of its values are one."""


class Count(NamedTuple):
    """Resampled statistics at least as large as the observed one, with ties and without, and their number."""

    ge: int
    gt: int
    number: int

    def p(self, *, every: bool) -> float:
        """p-value: ``count/N`` where every pattern was taken, ``(1 + count)/(1 + B)`` where B were drawn.

        Examples
        --------
        A drawn p is never 0:

        >>> Count(0, 0, 99).p(every=False)
        0.01
        """
        return self.ge / self.number if every else (1 + self.ge) / (1 + self.number)


def count_beyond(resampled: ArrayLike, observed: float, reach: float | None = None) -> Count:
    """How many resampled statistics are at least as far from 0 as the observed one; a near tie is a tie.

    A statistic calculated in another order of its terms differs by rounding. The margin is relative, so that p does not
    depend on the unit of the data: ``1e-10 Σ|d|`` for a sum of terms d (relative to the sum itself it would fail where
    the terms cancel), ``1e-10 max(1, |t|)`` for a statistic without unit.

    Parameters
    ----------
    resampled : statistics, shape (N,).
    observed : the statistic itself.
    reach : the largest value that the statistic can take, Σ|d| of a sum; None: it has no unit.

    Examples
    --------
    Numbers in thousands count as the same numbers in millions:

    >>> import itertools
    >>> d = np.array([1873.1, -4658.3, 313.9])
    >>> signs = np.array(list(itertools.product([1, -1], repeat=3)))
    >>> one, other = (count_beyond(signs @ (d * u), (d * u).sum(), abs(d * u).sum()) for u in (1, 1e-9))
    >>> one == other
    True
    """
    far, size = abs(float(observed)), np.abs(np.asarray(resampled, dtype=float))
    margin = TIE * (max(1.0, far) if reach is None else reach)
    margin = margin if np.isfinite(far) else 0.0  # an infinite t, of a fit without residuals, is tied by its like
    return Count(int((size >= far - margin).sum()), int((size > far + margin).sum()), size.size)


def fewest_draws(level: float) -> int:
    """Draws that an interval needs so that one lies beyond each limit: ``2/(1 - level) - 1``.

    Examples
    --------
    >>> fewest_draws(0.95), fewest_draws(0.998)
    (39, 999)
    """
    return math.ceil(2 / (1 - level) - 1 - 1e-6)


def check_draws(draws: int, level: float | None = None) -> int:
    """Refuse a number of draws that is none, or too small for an interval of the level.

    Raises
    ------
    OptkommunenError
        Says how many are needed.

    Examples
    --------
    >>> check_draws(39, 0.95)
    39
    """
    fewest = 1 if level is None else fewest_draws(level)
    if not is_whole(draws, fewest):
        what = "Resampling" if level is None else f"An interval of level {level:g}"
        message = f"{what} needs a whole number of draws, at least {fewest}; found {draws!r}. Draw more."
        raise OptkommunenError(message)
    return int(draws)


def holm(p: Sequence[float] | pd.Series) -> pd.Series:
    """Adjusted p-values that bound the probability of one false finding or more among all the tests.

    ``max over j ≤ i of (m - j + 1) p_(j)``, at most 1, for the ordered p-values of m tests.

    Parameters
    ----------
    p : p-values, shape (m,).

    Returns
    -------
    Series, shape (m,)
        In the order and with the index given.

    Raises
    ------
    ModelError
        If a p-value is missing or not between 0 and 1.

    References
    ----------
    Holm 1979.

    Examples
    --------
    The smallest of m is multiplied by m, the order is kept:

    >>> holm([0.01, 0.5, 0.04]).tolist()
    [0.03, 0.5, 0.08]
    """
    p = pd.Series(p, dtype=float)
    bad = p[~p.between(0, 1)]
    if len(bad):
        found = ", ".join(f"{value:g} at {place}" for place, value in bad.items())
        message = f"A p-value is a number from 0 to 1; found {found}. Leave out tests that were not made."
        raise ModelError(message)
    order = np.argsort(p.to_numpy())
    steps = p.to_numpy()[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return pd.Series(adjusted, index=p.index)
