"""Resampling of a linear model: pairs bootstrap, and permutation test of one coefficient after Freedman and Lane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws, count_beyond, fewest_draws
from optkommunen.regression.clusters import Groups, groups_of
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.tables import coverage_of

_CELLS = 2_000_000
_SINGULAR = 1e-12
_FITS_ITSELF = 1 - 1e-8
_ALL_UP_TO = 1_000_000
_STUDENTISED = ("HC3", "classical")


def pairs_bootstrap(
    result: LinearResult, *, level: float | None = 0.95, draws: int = 9_999, seed: int = 2008
) -> pd.DataFrame:
    """Coefficients of an OLS or WLS model with two bootstrap intervals, one below the other.

    A draw takes n municipalities with replacement, each with its whole row (and its weight). With c_i how often i is
    drawn, the refit is ``b* = (Σ c_i w_i x_i x_i')^-1 Σ c_i w_i x_i y_i``. The *percentile* interval is that of the
    b*; the *studentised* one is ``b ± q se``, with q the quantile of ``|b* - b| / se*`` and se, se* by HC3 in the
    sample and in each draw. Quantiles are of type 6: 9,999 draws are cut at whole order statistics. A draw has no refit
    where the regressors are collinear in it, or where a municipality fits itself exactly (the only one left of its
    kind): it is left out, and counted.

    Parameters
    ----------
    result : fitted linear model.
    level : coverage of the intervals; None leaves them out and changes no other value.
    draws, seed : number of draws and their seed; an interval of level .95 needs 39, one of .998 needs 999.

    Returns
    -------
    DataFrame, two rows for each term
        ``model, outcome, term, value, lower, upper, level, method, kind, se`` (standard deviation of the b*), ``draws,
        left_out`` (draws without a refit), ``note, n, status``. The intervals are missing, and the note says why, where
        too few draws have a refit, or no residual is left.

    Raises
    ------
    ModelError
        If more than half of the draws have no refit.
    OptkommunenError
        The level is no share, or there are too few draws for it.

    References
    ----------
    Freedman 1981 (pairs); Hall 1992 (symmetric studentised interval).

    Examples
    --------
    Weights of one equal no weights:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "x": [0.0, 1, 2, 3, 4, 5, 6, 7], "w": 1.0})
    >>> frame["y"] = [0.0, 2, 1, 4, 3, 7, 5, 9]
    >>> plain, weighted = (pairs_bootstrap(LinearModel("y", ("x",), w)(frame), draws=99) for w in (None, "w"))
    >>> np.allclose(plain["upper"], weighted["upper"])
    True
    """
    coverage, draws = coverage_of(level), check_draws(draws, level)
    b, se = _refits(result, draws, seed)
    left_out = draws - len(b)
    if left_out > draws / 2:
        message = (
            f"A pairs bootstrap needs a refit in most draws; {left_out} of {draws} have none, because a regressor "
            "hangs on too few municipalities. Leave it out, or use wild_bootstrap or freedman_lane."
        )
        raise ModelError(message)
    note = f"{left_out} of {draws} draws without a refit are left out" if left_out else ""
    few = level is not None and len(b) < fewest_draws(level)
    if few:
        note += f"; an interval of level {coverage:g} needs {fewest_draws(coverage)} with one"
    shown = not (level is None or few or result.exact)
    nothing = np.full_like(result.coef, np.nan)
    ends = dict.fromkeys(("percentile", "studentised"), (nothing, nothing))
    if shown:
        tail = (1 - coverage) / 2
        low, high = np.quantile(b, [tail, 1 - tail], axis=0, method="weibull")
        reach = np.quantile(np.abs(b - result.coef) / se, coverage, axis=0, method="weibull")
        reach *= np.sqrt(np.diag(result.covariance("HC3")))
        ends = {"percentile": (low, high), "studentised": (result.coef - reach, result.coef + reach)}
    kinds = []
    for kind, (lower, upper) in ends.items():
        found = {
            "lower": lower,
            "upper": upper,
            "level": coverage if shown else np.nan,
            "method": f"{result.model.label} pairs bootstrap, {kind}" if shown else "none",
            "kind": kind,
            "se": nothing if result.exact or len(b) < 2 else b.std(axis=0, ddof=1),
            "draws": draws,
            "left_out": left_out,
            "note": EXACT if result.exact else note,
        }
        kinds.append(result.rows_of(found))
    return pd.concat(kinds).sort_index(kind="stable").reset_index(drop=True)


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
    return result.rows_of(found, [term])


def _refits(result: LinearResult, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and HC3 standard errors of all draws that have a refit, shapes (m, k), (m, k).

    In an orthonormal basis of the weighted rows the Gram matrix of the sample is the identity, and the smallest
    eigenvalue of a draw's says how near it is to collinear.
    """
    n, k = result.x.shape
    root = np.sqrt(result.w)
    y = result.y * root
    q, r = np.linalg.qr(result.x * root[:, None])
    back = np.linalg.inv(r)
    outer = (q[:, :, None] * q[:, None, :]).reshape(n, k * k)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // n)
    b, se = [], []
    for start in range(0, draws, block):
        m = min(block, draws - start)
        drawn = rng.integers(n, size=(m, n)) + n * np.arange(m)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=m * n).reshape(m, n).astype(float)
        gram = (counts @ outer).reshape(m, k, k)
        eigenvalues = np.linalg.eigvalsh(gram)
        regular = eigenvalues[:, 0] > _SINGULAR * eigenvalues[:, -1]
        counts, bread = counts[regular], np.linalg.inv(gram[regular])
        hat = bread.reshape(-1, k * k) @ outer.T * (counts > 0)  # leverage of one copy of each municipality drawn
        others_left = (counts * hat).max(axis=1) < _FITS_ITSELF
        counts, bread, hat = counts[others_left], bread[others_left], hat[others_left]
        turned = np.einsum("bij,bj->bi", bread, counts @ (q * y[:, None]))
        deleted = (y - turned @ q.T) / (1 - hat)
        covariance = bread @ ((counts * deleted**2) @ outer).reshape(-1, k, k) @ bread
        b.append(turned @ back.T)
        se.append(np.sqrt(((back @ covariance) * back).sum(axis=2)))
    return np.concatenate(b), np.concatenate(se)


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
