"""Intervals for counts of events and for shares, on arrays: exact Poisson, Byar, Wilson."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.words import N_

EXACT_BELOW = 10
"""Fewer events than this: exact limits; from here on Byar's, which then lie within 0.2 % of the exact (95 %)."""

NO_EXPOSURE = N_("the denominator is 0")


class Interval(NamedTuple):
    """Limits of an array of counts or shares, element by element.

    Parameters
    ----------
    lower, upper : limits; NaN where there is none.
    method : ``exact``, ``byar``, ``wilson`` or ``none``.
    reason : why there is no interval; empty where there is one, or where it was switched off.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    method: NDArray[np.str_]
    reason: NDArray[np.str_]


def exact_poisson(events: ArrayLike, level: float | None = 0.95) -> Interval:
    """Exact limits of a Poisson count.

    With ``a = 1 - level``: ``L = chi2_{a/2}(2 O) / 2``, ``U = chi2_{1-a/2}(2 O + 2) / 2``; for O = 0 the lower limit
    is 0 by rule, since chi-square with 0 degrees of freedom has no quantile.

    Parameters
    ----------
    events : whole numbers, 0 or more; without an interval also means of months.
    level : coverage between 0 and 1; None switches the interval off.

    Raises
    ------
    ValueTableError
        If a count is negative, not finite or not whole.

    References
    ----------
    Garwood 1936; Breslow & Day 1987, vol. II, section 2.3.

    Examples
    --------
    No event at all still leaves an upper limit, the "rule of three" at a one-sided 5 %:

    >>> limits = exact_poisson([0], level=0.90)
    >>> print(limits.lower[0], limits.upper[0].round(3))
    0.0 2.996
    """
    counts = _counts(events, level)
    if level is None:
        return _none(counts)
    tail = tail_of(level)
    # 1 stands in for 0 degrees of freedom, where the quantile does not exist
    lower = np.where(counts == 0, 0.0, stats.chi2.ppf(tail, 2 * np.where(counts == 0, 1, counts)) / 2)
    return _limits(lower, stats.chi2.isf(tail, 2 * counts + 2) / 2, "exact")


def byar(events: ArrayLike, level: float | None = 0.95) -> Interval:
    """Byar's approximate limits of a Poisson count.

    ``L = O (1 - 1/(9 O) - z/(3 √O))³``, ``U = (O+1) (1 - 1/(9 (O+1)) + z/(3 √(O+1)))³``; meant for O ≥ 10, where at
    95 % they lie within 0.2 % of the exact limits. For O = 0, and where the bracket of L is negative (very few
    events at a very high level), the lower limit is 0.

    Parameters
    ----------
    events : whole numbers, 0 or more; without an interval also means of months.
    level : coverage between 0 and 1; None switches the interval off.

    References
    ----------
    Breslow & Day 1987, vol. II, equation 2.13.

    Examples
    --------
    From ten events on it is as good as the exact interval:

    >>> near, exact = byar([10, 100, 1000]), exact_poisson([10, 100, 1000])
    >>> bool((abs(near.lower / exact.lower - 1) < 0.002).all() and (abs(near.upper / exact.upper - 1) < 0.002).all())
    True
    """
    counts = _counts(events, level)
    if level is None:
        return _none(counts)
    z = stats.norm.isf(tail_of(level))
    some, more = np.where(counts == 0, 1.0, counts), counts + 1
    lower = some * np.maximum(1 - 1 / (9 * some) - z / (3 * np.sqrt(some)), 0) ** 3
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return _limits(np.where(counts == 0, 0.0, lower), upper, "byar")


def poisson(events: ArrayLike, exposure: ArrayLike = 1.0, level: float | None = 0.95) -> Interval:
    """Limits of a rate of events over a stock: those of the count, divided by the exposure.

    Exact below `EXACT_BELOW` events, Byar from there on. Events are no persons: one person may be counted more than
    once and a rate may exceed 1, so an interval for shares would be wrong.

    Parameters
    ----------
    events : whole numbers, 0 or more; without an interval also means of months.
    exposure : stock (or person-months), 0 or more; where it is 0 the limits are missing and `Interval.reason` says so.
    level : coverage between 0 and 1; None switches the interval off.

    Raises
    ------
    ValueTableError
        If a count or exposure is negative or not finite, or a count not whole.

    References
    ----------
    Breslow & Day 1987; Public Health England, Technical Guide: Confidence Intervals (2018).

    Examples
    --------
    The method changes at ten events, and twice the exposure halves the limits:

    >>> limits = poisson([9, 10], exposure=[1000, 1000])
    >>> limits.method.tolist()
    ['exact', 'byar']
    >>> bool(np.allclose(poisson([9, 10], exposure=2000).upper, limits.upper / 2))
    True
    >>> poisson([3], exposure=[0]).reason.tolist()
    ['the denominator is 0']
    """
    counts, stock = np.broadcast_arrays(_counts(events, level), _stock(exposure, "exposure"))
    if level is None:
        return _none(counts)
    few = counts < EXACT_BELOW
    approximate = byar(np.where(few, EXACT_BELOW, counts), level)  # a harmless count where it does not apply
    lower, upper = approximate.lower, approximate.upper
    if few.any():
        exact = exact_poisson(counts[few], level)  # the incomplete gamma function is the slow part
        lower[few], upper[few] = exact.lower, exact.upper
    empty = stock == 0
    divisor = np.where(empty, 1.0, stock)
    return _limits(lower / divisor, upper / divisor, np.where(few, "exact", "byar"), empty)


def wilson(part: ArrayLike, whole: ArrayLike, level: float | None = 0.95) -> Interval:
    """Wilson's score limits of a share: k persons among the same n persons.

    ``(p + z²/2n ∓ z √(p (1-p)/n + z²/4n²)) / (1 + z²/n)``. Mean stocks need not be whole: a quota averaged over twelve
    months takes the *mean* stock as n. The same persons are seen again each month, and adding the months up would
    make the interval √12 too narrow.

    Parameters
    ----------
    part, whole : k and n, 0 ≤ k ≤ n; where n is 0 the limits are missing and `Interval.reason` says so.
    level : coverage between 0 and 1; None switches the interval off.

    Raises
    ------
    ValueTableError
        If a number is negative or not finite, or k is larger than n.

    References
    ----------
    Wilson 1927; Newcombe 1998, Statistics in Medicine 17:857–872, method 3.

    Examples
    --------
    Limits stay between 0 and 1, also for an empty share, and mirror those of the other part:

    >>> limits, other = wilson([0, 15], [20, 148]), wilson([20, 133], [20, 148])
    >>> print(limits.lower.round(4), limits.upper.round(4))
    [0.     0.0624] [0.1611 0.1605]
    >>> bool(np.allclose(limits.lower, 1 - other.upper))
    True
    """
    k, n = _share(part, whole)
    if level is None:
        return _none(k)
    z = stats.norm.isf(tail_of(level))
    empty = n == 0
    size = np.where(empty, 1.0, n)
    p, q = k / size, (n - k) / size
    reach = z * np.sqrt(p * q / size + z**2 / (4 * size**2))
    # the two roots multiply to p² / (1 + z²/n): so written, a tiny share loses no digit and 0 of n gives exactly 0
    lower = p**2 / (p + z**2 / (2 * size) + reach)
    upper = 1 - q**2 / (q + z**2 / (2 * size) + reach)
    return _limits(lower, upper, "wilson", empty)


def tail_of(level: float) -> float:
    """Probability beyond each limit, ``(1 - level) / 2``; refuses a level that is no number between 0 and 1.

    Examples
    --------
    >>> round(tail_of(0.95), 12)
    0.025
    """
    if not (isinstance(level, Real) and 0 < level < 1):
        message = (
            f"The level of an interval lies between 0 and 1; found {level!r}. Write 0.95 for 95 %, None for no "
            "interval."
        )
        raise OptkommunenError(message)
    return (1 - level) / 2


def levels_of(level: float | Iterable[float] | None) -> tuple[float | None, ...]:
    """Levels asked for as a tuple without repetition; one or several, or None for no interval.

    Examples
    --------
    >>> levels_of(0.95), levels_of([0.95, 0.998, 0.95]), levels_of(None)
    ((0.95,), (0.95, 0.998), (None,))
    """
    if level is None:
        return (None,)
    listed = tuple(level) if isinstance(level, Iterable) and not isinstance(level, str) else (level,)
    for one in listed:
        tail_of(one)
    if not listed:
        message = "An interval needs a level; the list given is empty. Write 0.95, several, or None for no interval."
        raise OptkommunenError(message)
    return tuple(dict.fromkeys(listed))


def checked_per(per: float) -> float:
    """So many units that a rate is per; refuses what is no positive number.

    Examples
    --------
    >>> checked_per(100)
    100.0
    """
    if not isinstance(per, Real) or isinstance(per, bool) or not 0 < per < np.inf:
        message = f"A rate is per a positive number of units; found per={per!r}. Write 100 for a rate per 100."
        raise OptkommunenError(message)
    return float(per)


def _limits(lower: ArrayLike, upper: ArrayLike, method: ArrayLike, empty: ArrayLike = False) -> Interval:
    """Interval with all fields of one shape; where the denominator is empty there is none, and the reason says so."""
    low, high, name, no = np.broadcast_arrays(lower, upper, method, empty)
    return Interval(
        np.where(no, np.nan, low), np.where(no, np.nan, high), np.where(no, "none", name), np.where(no, NO_EXPOSURE, "")
    )


def _none(like: NDArray[np.float64]) -> Interval:
    missing = np.full(like.shape, np.nan)
    return _limits(missing, missing, "none")


def _counts(events: ArrayLike, level: float | None) -> NDArray[np.float64]:
    """Counts; whole ones where an interval is asked for."""
    counts = _stock(events, "count")
    broken = counts[counts != np.floor(counts)]
    if broken.size and level is not None:
        message = (
            f"A count of events is a whole number; {broken.size} are not, the first: {broken.flat[0]:g}. "
            "If these are means of months, add the months up first; an averaged count gets no interval (level=None)."
        )
        raise ValueTableError(message)
    return counts


def _stock(numbers: ArrayLike, what: str) -> NDArray[np.float64]:
    values = np.asarray(numbers, dtype=float)
    wrong = values[~np.isfinite(values) | (values < 0)]
    if wrong.size:
        message = (
            f"Every {what} is a finite number of 0 or more; {wrong.size} are not, the first: {wrong.flat[0]:g}. "
            "Correct it, or leave missing values out before and keep their reason."
        )
        raise ValueTableError(message)
    return values


def _share(part: ArrayLike, whole: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k, n = np.broadcast_arrays(_stock(part, "count"), _stock(whole, "count"))
    more = k > n
    if more.any():
        message = (
            f"A share counts persons among the same persons; {more.sum()} have more in the part than in the whole, the "
            f"first: {k[more].flat[0]:g} of {n[more].flat[0]:g}. If one person may count more than once, it is a rate: "
            "use poisson."
        )
        raise ValueTableError(message)
    return k, n
