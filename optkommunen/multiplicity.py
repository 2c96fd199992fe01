"""p-values of several tests made at once, adjusted by Holm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError


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
    p = _probabilities(p)
    order = np.argsort(p.to_numpy())
    steps = p.to_numpy()[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return pd.Series(adjusted, index=p.index)


def _probabilities(p: Sequence[float] | pd.Series) -> pd.Series:
    p = pd.Series(p, dtype=float)
    bad = p[~p.between(0, 1)]
    if len(bad):
        found = ", ".join(f"{value:g} at {place}" for place, value in bad.items())
        message = f"A p-value is a number from 0 to 1; found {found}. Leave out tests that were not made."
        raise ModelError(message)
    return p
