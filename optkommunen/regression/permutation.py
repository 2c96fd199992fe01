"""Permutation test of one coefficient of a linear model, after Freedman and Lane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws, count_beyond
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.groups import Groups, groups_of, row
from optkommunen.regression.linear import LinearResult

_ALL_UP_TO = 1_000_000
_CELLS = 2_000_000
_STUDENTISED = ("HC3", "classical")


def freedman_lane(
    result: LinearResult,
    term: str,
    *,
    strata: str | None = None,
    studentise: Literal["HC3", "classical"] = "HC3",
    draws: int = 9_999,
    seed: int = 2008,
) -> pd.DataFrame:
    """Test of one coefficient of an OLS or WLS model by permuting the residuals of the model without its regressor.

    ``y* = ŷ_Z + π(ẽ)``, with ẽ the residuals of y on all other regressors Z; t* is the t-value of the regressor in the
    full model of y*. By Frisch, Waugh and Lovell no model is refitted. WLS: rows multiplied by √w, so that what is
    permuted has equal variance under the model. There was no random assignment: it is a test of exchangeability given
    Z. If there are at most a million permutations, all are taken: ``p = #{|t*| ≥ |t|} / N``; otherwise ``draws`` of
    them, ``p = (1 + count) / (1 + draws)``. Near ties count, as in `count_beyond`.

    Parameters
    ----------
    result : fitted linear model.
    term : the coefficient.
    strata : column of the strata, in the frame that was fitted, within which residuals are permuted; None permutes over
        all. A municipality alone in its stratum keeps its residual: it contributes nothing.
    studentise : standard error of t*. HC3 keeps the size where variances differ; ``classical`` is the plain t.
    draws, seed : number of permutations and their seed, where there are too many to take all.

    Returns
    -------
    DataFrame, one row
        ``model, outcome, term, value, lower, upper, level, method, t, p, count_ge, count_gt, vectors, permutations,
        alone, note, n, status``. Counts are of ``vectors`` permutations taken, with and without ties; ``permutations``
        is the number of distinct ones, the product of the factorials of the sizes of the strata (infinite beyond
        1e308); ``alone`` the number of municipalities without companion in their stratum. There is no interval.
        ``note``: why there is no p-value.

    Raises
    ------
    ModelError
        No such term or column, a municipality without stratum, only strata of one, or no such standard error.
    OptkommunenError
        The number of draws is no whole number of 1 or more.

    References
    ----------
    Freedman & Lane 1983; Winkler et al. 2014; golden V38.

    Examples
    --------
    Two strata of three allow 3! · 3! permutations, and the observed order always counts:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "ring": list("111222"), "x": [0.0, 1, 2, 3, 4, 5]})
    >>> test = freedman_lane(LinearModel("y", ("x",))(frame.assign(y=[0.0, 2, 1, 4, 3, 7])), "x", strata="ring")
    >>> bool(test.at[0, "permutations"] == test.at[0, "vectors"] == 36), bool(test.at[0, "p"] >= 1 / 36)
    (True, True)
    """
    j, draws = result.index_of(term), check_draws(draws)
    if studentise not in _STUDENTISED:
        message = f"The t of a permutation is studentised by {' or '.join(_STUDENTISED)}; found {studentise!r}."
        raise ModelError(message)
    groups = groups_of(result.data, strata) if strata else Groups(np.zeros(result.n, dtype=int), ("all",))
    number = math.prod(math.factorial(len(rows)) for rows in groups.rows)
    if number == 1:
        message = f"A permutation needs a stratum of two or more; each of {strata} has one. Choose wider strata."
        raise ModelError(message)
    every = number <= _ALL_UP_TO
    x, bread, e = result.working
    z = x @ bread[:, j]
    residuals = e + result.coef[j] * z / bread[j, j]  # without the regressor
    blocks = _all(residuals, groups, number) if every else _drawn(residuals, groups, draws, seed)
    t = _t_value(residuals[None], result, x, z, studentise)[0]
    counted = count_beyond(np.concatenate([_t_value(block, result, x, z, studentise) for block in blocks]), t)
    taken = f"{'all' if every else 'drawn'} {counted.number}"
    found = {
        "lower": np.nan,
        "upper": np.nan,
        "level": np.nan,
        "method": f"{result.model.label} Freedman–Lane, {studentise} t, {taken} permutations",
        "t": t,
        "p": counted.p(every=every),
        "count_ge": counted.ge,
        "count_gt": counted.gt,
        "vectors": counted.number,
        "permutations": float(number) if math.log10(number) < 308 else np.inf,
        "alone": sum(len(rows) == 1 for rows in groups.rows),
        "note": "",
    }
    if result.exact:
        found |= {"method": "none", "t": np.nan, "p": np.nan, "count_ge": 0, "count_gt": 0, "note": EXACT}
    return pd.DataFrame([row(result, term, **found)])


def _t_value(residuals: np.ndarray, result: LinearResult, x: np.ndarray, z: np.ndarray, studentise: str) -> np.ndarray:
    """Value of t of the coefficient in the full model, for each row of permuted residuals (N, n); z is X M c."""
    q = np.linalg.qr(x)[0]
    e = residuals - (residuals @ q) @ q.T
    if studentise == "HC3":
        variance = e**2 @ (z / (1 - result.hat)) ** 2
    else:
        variance = (e**2).sum(axis=1) / result.df * (z @ z)
    with np.errstate(divide="ignore", invalid="ignore"):
        return residuals @ z / np.sqrt(variance)


def _all(values: np.ndarray, groups: Groups, number: int) -> Iterator[np.ndarray]:
    """Every permutation within groups, once, in blocks of rows."""
    members = [rows for rows in groups.rows if len(rows) > 1]
    orders = [values[rows][np.array(list(permutations(range(len(rows)))))] for rows in members]
    block_length = max(1, _CELLS // len(values))
    for start in range(0, number, block_length):
        which = np.unravel_index(np.arange(start, min(start + block_length, number)), [len(order) for order in orders])
        block = np.tile(values, (len(which[0]), 1))
        for rows, order, chosen in zip(members, orders, which, strict=True):
            block[:, rows] = order[chosen]
        yield block


def _drawn(values: np.ndarray, groups: Groups, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Random permutations within groups, in blocks of rows."""
    rng = np.random.default_rng(seed)
    block_length = max(1, _CELLS // len(values))
    for start in range(0, draws, block_length):
        block = np.tile(values, (min(block_length, draws - start), 1))
        for rows in groups.rows:
            block[:, rows] = rng.permuted(block[:, rows], axis=1)
        yield block
