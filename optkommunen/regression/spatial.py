"""Do neighbours resemble each other: Moran's I of values and of the residuals of a model."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws, count_beyond
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.tables import status_of
from optkommunen.validate import require_columns
from optkommunen.values import KEY, is_whole

FEWEST = 4
"""Municipalities below which the moments of Moran's I do not exist."""
_ROUNDING = 1e-13


def nearest_weights(places: pd.DataFrame, k: int = 5) -> pd.DataFrame:
    """Row-standardised weights of the k nearest neighbours.

    Contiguity would leave isolates: 69 municipalities lie scattered over a country.

    Parameters
    ----------
    places : DataFrame with ``kommune, x, y``: projected coordinates in one unit of length, not degrees.
    k : number of neighbours; equal distances are resolved by the order of keys.

    Returns
    -------
    DataFrame, shape (n, n)
        Index and columns are the sorted keys; every row has k entries of 1/k. Row: municipality, column: neighbour.

    Raises
    ------
    ModelError
        A column is missing, a key stands twice, a coordinate is empty, or k is not between 1 and n - 1.

    Examples
    --------
    The neighbour of a remote place need not have it as a neighbour:

    >>> weights = nearest_weights(pd.DataFrame({"kommune": list("abc"), "x": [0.0, 1, 9], "y": 0.0}), k=1)
    >>> float(weights.at["c", "b"]), float(weights.at["b", "c"])
    (1.0, 0.0)
    """
    require_columns(places, [KEY, "x", "y"], "Neighbours need", error=ModelError)
    ordered = places.sort_values(KEY)
    xy = ordered[["x", "y"]].to_numpy(dtype=float)
    bad = ordered.loc[ordered[KEY].duplicated() | ~np.isfinite(xy).all(axis=1), KEY]
    if len(bad):
        message = f"Every municipality needs one pair of coordinates; not so: {', '.join(bad.unique())}. Complete them."
        raise ModelError(message)
    if not is_whole(k, 1, len(xy) - 1):
        message = f"The number of neighbours is a whole number between 1 and {len(xy) - 1}; found k = {k!r}."
        raise ModelError(message)
    squared = ((xy[:, None, :] - xy[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(squared, np.inf)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :k]
    weights = np.zeros_like(squared)
    np.put_along_axis(weights, nearest, 1 / k, axis=1)
    keys = pd.Index(ordered[KEY], name=KEY)
    return pd.DataFrame(weights, index=keys, columns=keys)


def fingerprint(weights: pd.DataFrame) -> str:
    """Twelve hexadecimal digits (SHA-256) that say which weights were used: of keys, neighbours and 12 digits.

    Public copies of "the same" weights differ, and with them I; golden V21.

    Examples
    --------
    The order of rows does not matter, one neighbour does:

    >>> places = pd.DataFrame({"kommune": list("abcd"), "x": [0.0, 1, 3, 7], "y": 0.0})
    >>> one, two = nearest_weights(places, 1), nearest_weights(places, 2)
    >>> fingerprint(one) == fingerprint(one.iloc[::-1]), fingerprint(one) == fingerprint(two)
    (True, False)
    """
    ordered = weights.sort_index().sort_index(axis=1)
    w, keys = ordered.to_numpy(dtype=float), list(ordered.index)
    links = [f"{keys[i]};{ordered.columns[j]};{w[i, j]:.12g}" for i, j in np.argwhere(w != 0)]
    return hashlib.sha256("\n".join([*keys, *links]).encode()).hexdigest()[:12]


def morans_i(
    values: pd.DataFrame | LinearResult, weights: pd.DataFrame, draws: int = 9999, *, seed: int
) -> pd.DataFrame:
    """Moran's I, ``n/S0 · e'We / e'e``, of values or of the residuals of a linear model.

    Values are the residuals of a model of the constant alone. Moments under normality, with M = I - X(X'X)⁻¹X':
    ``E = n/S0 · tr(MW)/(n-k)``, ``Var = (n/S0)² [tr(MWMW') + tr(MWMW) + tr(MW)²]/((n-k)(n-k+2)) - E²``. In a
    weighted model rows of X and residuals are multiplied by the root of the regression weights.

    Parameters
    ----------
    values : DataFrame with ``kommune, value``, or a fitted linear model.
    weights : square frame keyed by municipality, as from `nearest_weights`; need not be row-standardised.
    draws, seed : random orders of the values or residuals; p = (1 + count)/(1 + B), counting those at least as far
        from the expectation over all orders, -1/(n-1) unless weighted. For residuals this ignores that they were
        estimated.

    Returns
    -------
    DataFrame
        One row for each ``method``: ``normality``, for values also ``randomisation``, and ``permutation``:
        ``value`` (I), ``lower, upper, level`` (no interval), ``method, expected, sd, z, p`` (two-sided), ``n``,
        ``weights`` (`fingerprint`), ``status``.

    Raises
    ------
    ModelError
        Weights and values do not cover the same municipalities; a cell is empty; all values are equal, or the model
        leaves no residuals; a municipality has no neighbour, or itself as one.
    OptkommunenError
        The number of draws is no whole number of 1 or more.

    References
    ----------
    Cliff & Ord 1981; Anselin 1988; golden V21.

    Examples
    --------
    A chessboard pattern is as negative as it can be:

    >>> places = pd.DataFrame({"kommune": list("abcd"), "x": [0.0, 1, 10, 11], "y": 0.0, "value": [1.0, -1, 1, -1]})
    >>> float(morans_i(places, nearest_weights(places, 1), seed=1)["value"].iloc[0])
    -1.0
    """
    draws = check_draws(draws)
    if isinstance(values, LinearResult):
        if values.exact:
            message = f"Moran's I of residuals needs residuals; {EXACT}. Leave out what gives the outcome."
            raise ModelError(message)
        data, (x, _, e) = values.data, values.working
    else:
        numbers = _numbers(values)
        data, x, e = values, np.ones((len(values), 1)), numbers - numbers.mean()
    keys = data[KEY]
    order = keys.to_numpy().argsort()  # one seed then means one set of draws, whatever the order of rows
    w, x, e = _aligned(weights, keys.iloc[order]), x[order], e[order]
    n, k = x.shape
    if n < FEWEST:
        message = f"Moran's I and its moments need at least {FEWEST} municipalities; found {n}."
        raise ModelError(message)
    s0, squares = w.sum(), float(e @ e)
    observed = n / s0 * float(e @ w @ e) / squares

    q, _ = np.linalg.qr(x)
    mw = w - q @ (q.T @ w)
    mwt = w.T - q @ (q.T @ w.T)
    expected = n / s0 * np.trace(mw) / (n - k)
    traces = (mw * mwt.T).sum() + (mw * mw.T).sum() + np.trace(mw) ** 2
    variance = (n / s0) ** 2 * traces / ((n - k) * (n - k + 2)) - expected**2
    if variance <= _ROUNDING:
        message = (
            f"Moran's I must depend on the values; with these weights it is {observed:.3g} in whatever order they "
            "come, as where all are neighbours of all. Choose fewer neighbours."
        )
        raise ModelError(message)
    rows = [_row("normality", observed, expected, variance**0.5)]
    if not isinstance(values, LinearResult):
        rows.append(_row("randomisation", observed, expected, (_randomisation(w, e) - expected**2) ** 0.5))

    shuffled = np.random.default_rng(seed).permuted(np.tile(e, (draws, 1)), axis=1)
    drawn = n / s0 * np.einsum("dn,dn->d", shuffled @ w, shuffled) / squares
    centre = (e.sum() ** 2 / squares - 1) / (n - 1)  # weighted residuals need not sum to zero
    p = count_beyond(drawn - centre, observed - centre).p(every=False)
    sd = float(drawn.std(ddof=1)) if draws > 1 else np.nan
    rows.append(_row(f"permutation, {draws} draws, seed {seed}", observed, centre, sd, p))
    return pd.DataFrame(rows).assign(n=n, weights=fingerprint(weights), status=status_of(data))


def _row(method: str, observed: float, expected: float, sd: float, p: float | None = None) -> dict[str, object]:
    """One row of the answer; the p of a normal statistic unless one is given."""
    z = (observed - expected) / sd
    row = {"value": observed, "lower": np.nan, "upper": np.nan, "level": np.nan, "method": method}
    return row | {"expected": expected, "sd": sd, "z": z, "p": float(2 * stats.norm.sf(abs(z))) if p is None else p}


def _randomisation(w: np.ndarray, e: np.ndarray) -> float:
    """Expected square of I over all orders of the values e, which have mean zero (Cliff & Ord 1981)."""
    n, s0 = len(e), w.sum()
    s1 = ((w + w.T) ** 2).sum() / 2
    s2 = ((w.sum(axis=0) + w.sum(axis=1)) ** 2).sum()
    kurtosis = n * (e**4).sum() / (e**2).sum() ** 2
    spread = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    tails = kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    return float((spread - tails) / ((n - 1) * (n - 2) * (n - 3) * s0**2))


def _numbers(values: pd.DataFrame) -> np.ndarray:
    require_columns(values, [KEY, "value"], "Moran's I needs", error=ModelError)
    numbers = pd.to_numeric(values["value"], errors="coerce").to_numpy(dtype=float)
    empty = values.loc[~np.isfinite(numbers), KEY].tolist()
    if empty:
        message = (
            f"Every value must be a finite number; not so for {', '.join(empty)}. "
            "Drop these municipalities openly, and build the weights without them."
        )
        raise ModelError(message)
    if np.ptp(numbers) <= _ROUNDING * np.abs(numbers).max():
        message = f"Moran's I compares differences, but all {len(numbers)} values are {numbers[0]:g}."
        raise ModelError(message)
    return numbers


def _aligned(weights: pd.DataFrame, keys: pd.Series) -> np.ndarray:
    """Weights in the order of the values, checked."""
    different = set(keys) ^ set(weights.index) | set(weights.index) ^ set(weights.columns)
    different |= set(keys[keys.duplicated()]) | set(weights.index[weights.index.duplicated()])
    if different:
        message = (
            "Values and weights (rows and columns) must cover the same municipalities, each once; "
            f"not so: {', '.join(sorted(different))}. Build the weights from the places of the sample."
        )
        raise ModelError(message)
    w = weights.loc[list(keys), list(keys)].to_numpy(dtype=float)
    alone = keys[(w.sum(axis=1) == 0) | (np.diag(w) != 0)].tolist()
    if alone:
        message = f"Every municipality needs a neighbour other than itself; not so: {', '.join(alone)}."
        raise ModelError(message)
    return w
