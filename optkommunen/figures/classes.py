"""Classes of a map: values that look alike stay together, each class says from where to where it reaches."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError

Scheme = Literal["quantile", "natural"]
SCHEMES: tuple[Scheme, ...] = ("quantile", "natural")


def classify(values: pd.Series, classes: int = 5, scheme: Scheme = "quantile", decimals: int = 1) -> pd.Series:
    """Class of each value, 0 for the lowest.

    Values are compared as they are printed, so two municipalities with the same printed value never get two colours.

    * ``quantile``: classes as equal in number as ties allow.
    * ``natural``: the classes with the smallest sum of squared deviations from the class means (Fisher 1958), found
      exactly by dynamic programming.

    Parameters
    ----------
    values : numbers, no NaN.
    classes : number of classes, at least 1; fewer result if there are fewer different values.
    scheme : ``"quantile"`` or ``"natural"``.
    decimals : digits behind the decimal mark that are printed.

    Returns
    -------
    Series of int, same index

    Raises
    ------
    ValueTableError
        If the scheme is unknown or the number of classes is below 1.

    References
    ----------
    W. D. Fisher, On grouping for maximum homogeneity, JASA 53 (1958), 789–798.

    Examples
    --------
    A gap that quantiles cut through is where natural breaks lie:

    >>> values = pd.Series([1.0, 2.0, 3.0, 4.0, 50.0, 51.0])
    >>> classify(values, 2).tolist(), classify(values, 2, "natural").tolist()
    ([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1])
    """
    if scheme not in SCHEMES:
        message = f"Classes are made by {' or '.join(map(repr, SCHEMES))}; found {scheme!r}."
        raise ValueTableError(message)
    if classes < 1:
        message = f"A map needs at least one class; found {classes}."
        raise ValueTableError(message)
    printed = values.astype(float).round(decimals) + 0.0
    levels, place, counts = np.unique(printed.to_numpy(), return_inverse=True, return_counts=True)
    wanted = min(classes, len(levels))
    starts = _quantile(counts, wanted) if scheme == "quantile" else _natural(levels, counts, wanted)
    return pd.Series(np.searchsorted(starts, place, side="right") - 1, index=values.index, dtype=int)


def _quantile(counts: np.ndarray, classes: int) -> np.ndarray:
    """First level of each class: cuts at the ties nearest to equal numbers, at least one level a class."""
    before = np.concatenate([[0], np.cumsum(counts)])
    starts = [0]
    for k in range(1, classes):
        first, last = starts[-1] + 1, len(counts) - (classes - k)
        target = before[-1] * k / classes
        starts.append(first + int(np.argmin(np.abs(before[first : last + 1] - target))))
    return np.array(starts)


def _natural(levels: np.ndarray, counts: np.ndarray, classes: int) -> np.ndarray:
    """First level of each class, so that the squared deviations within the classes are least."""
    n = len(levels)
    weight = np.concatenate([[0.0], np.cumsum(counts)])
    shifted = levels - levels.mean()
    first = np.concatenate([[0.0], np.cumsum(counts * shifted)])
    second = np.concatenate([[0.0], np.cumsum(counts * shifted**2)])

    def within(i: np.ndarray, j: int) -> np.ndarray:
        """Squared deviations of the levels i to j - 1."""
        return second[j] - second[i] - (first[j] - first[i]) ** 2 / (weight[j] - weight[i])

    best = np.full((classes + 1, n + 1), np.inf)
    best[0, 0] = 0.0
    cut = np.zeros((classes + 1, n + 1), dtype=int)
    for k in range(1, classes + 1):
        for j in range(k, n + 1):
            i = np.arange(k - 1, j)
            cost = best[k - 1, i] + within(i, j)
            cut[k, j] = i[np.argmin(cost)]
            best[k, j] = cost.min()
    starts, end = [], n
    for k in range(classes, 0, -1):
        end = cut[k, end]
        starts.append(int(end))
    return np.array(starts[::-1])
