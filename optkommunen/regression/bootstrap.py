"""Pairs bootstrap of a linear model: municipalities drawn with replacement, all refits at once by weighted Grams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws, fewest_draws
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.tables import coverage_of

_CELLS = 2_000_000
_SINGULAR = 1e-12
_FITS_ITSELF = 1 - 1e-8


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
    table = result.table(level=None)
    kinds = []
    for kind, (lower, upper) in ends.items():
        found: dict[str, Any] = {
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
        kinds.append(table[["model", "outcome", "term", "value"]].assign(**found, n=table["n"], status=table["status"]))
    return pd.concat(kinds).sort_index(kind="stable").reset_index(drop=True)


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
