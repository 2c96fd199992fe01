"""Wild bootstrap by cluster: a coefficient against all sign vectors of the clusters, exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import optimize

from optkommunen.errors import ModelError
from optkommunen.regression.groups import Groups, clusters_of, row
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.result import Result

_ALL_UP_TO = 16
_TIE = 1e-10
_FLAT = 1e-20
_FARTHEST = 64.0

Restricted = Callable[[float], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""From the hypothetical coefficient to weighted rows (n, k), (X'WX)^-1 (k, k), weighted residuals of that fit (n,)."""


def wild_bootstrap(
    result: LinearResult,
    term: str,
    cluster: str,
    *,
    level: float | None = None,
    draws: int = 9_999,
    seed: int = 2008,
) -> pd.DataFrame:
    """Test of one coefficient of an OLS or WLS model against zero, exact over the signs of the clusters.

    The model is fitted without the regressor (under the null); ``y* = ŷ_r + v_g ẽ`` flips the sign of all residuals
    ẽ of a cluster at once; t* is the coefficient of y* by its CR1S standard error. All 2^G sign vectors are taken (v
    and -v give the same |t*|, so half of them are calculated), and ``p = #{|t*| ≥ |t| - 1e-10} / 2^G``. The two
    constant vectors give back the observed t, so p is at least 2^(1-G). More than 16 clusters: ``draws`` vectors from
    ``seed``, ``p = (1 + count) / (1 + draws)``. WLS: rows multiplied by √w.

    Parameters
    ----------
    result : fitted linear model.
    term : the coefficient.
    cluster : column of the clusters in the frame that was fitted, such as the Land.
    level : coverage of an interval of the hypothetical values that are not rejected; None gives the p-value alone. Its
        ends are found from the estimate by doubling and bisection; infinite where nothing is rejected (few clusters).
    draws, seed : number of sign vectors and their seed, where there are too many to take all.

    Returns
    -------
    DataFrame, one row
        ``model, outcome, term, value, lower, upper, level, method, t, p, count_ge, count_gt, vectors, smallest_p,
        n_clusters, n_varying, note, n, status``. Counts are of ``vectors`` sign vectors, with and without ties; a
        vector that leaves no variance counts. ``n_varying`` is the number of clusters within which the regressor
        varies: few of them, little power. ``note``: why the interval has no end.

    Raises
    ------
    ModelError
        No such term or column, a municipality without cluster, a single cluster, or a coefficient that is settled
        inside single clusters.

    References
    ----------
    Cameron, Gelbach & Miller 2008; MacKinnon, Nielsen & Webb 2023; golden V14.

    Examples
    --------
    No p-value is smaller than the number of clusters allows, however close the line:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "land": list("NNSSHHBB"), "x": np.arange(8.0)})
    >>> frame["y"] = frame["x"] + [0.1, -0.1, 0.0, 0.2, -0.2, 0.1, 0.0, -0.1]
    >>> test = wild_bootstrap(LinearModel("y", ("x",))(frame), "x", "land")
    >>> float(test.at[0, "p"]), float(test.at[0, "smallest_p"])
    (0.125, 0.125)
    """
    j = result.position(term)
    root = np.sqrt(result.w)
    x, e = result.x * root[:, None], result.residuals * root
    regressor = x @ result.bread[:, j] / result.bread[j, j]  # residual of the regressor on all others

    def restricted(null: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return x, result.bread, e + (result.coef[j] - null) * regressor

    return sign_test(result, term, cluster, restricted, f"{result.model.label} wild bootstrap", level, draws, seed)


def sign_test(
    result: Result,
    term: str,
    cluster: str,
    restricted: Restricted,
    name: str,
    level: float | None,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Row of a test by the signs of the clusters; `restricted` gives the model at a hypothetical coefficient."""
    groups = clusters_of(result.data, cluster)
    j = result.position(term)
    signs, every = _signs(groups.count, draws, seed)
    t = _t_values(*restricted(0.0), j, groups, signs)
    if not np.isfinite(t[0]):
        message = (
            f"A test by cluster needs a coefficient to which several clusters contribute; {term} is settled inside "
            f"single clusters of {cluster}. Choose another cluster, or leave their dummies out."
        )
        raise ModelError(message)

    def accepted(null: float) -> bool:
        return level is not None and _p(_t_values(*restricted(null), j, groups, signs), every) > 1 - level

    lower = upper = np.nan
    if level is not None:
        start = float(result.coef[j])
        _, bread, e = restricted(start)
        step = float(np.sqrt(bread[j, j] * (e @ e) / (len(e) - len(bread))))
        lower, upper = _end(accepted, start, -step), _end(accepted, start, step)
    endless = f"no end: accepted as far as {_FARTHEST:.0f} standard errors away"
    vectors = 2**groups.count if every else draws
    found = {
        "lower": lower,
        "upper": upper,
        "level": np.nan if level is None else level,
        "method": f"{name}, {'all' if every else 'drawn'} {vectors} sign vectors",
        "t": t[0],
        "p": _p(t, every),
        "count_ge": _count(t, every, -_TIE),
        "count_gt": _count(t, every, _TIE),
        "vectors": vectors,
        "smallest_p": 2 / vectors if every else 1 / (1 + vectors),
        "n_clusters": groups.count,
        "n_varying": groups.varying(result.x[:, j]),
        "note": endless if np.isinf([lower, upper]).any() else "",
    }
    return pd.DataFrame([row(result, term, **found)])


def _signs(count: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Sign vectors, the first all ones, and whether they are all (one of each pair v, -v)."""
    if count <= _ALL_UP_TO:
        bits = np.arange(2 ** (count - 1))[:, None] >> np.arange(count)
        return 1.0 - 2.0 * (bits & 1), True
    drawn = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, count))
    return np.vstack([np.ones(count), drawn]), False


def _t_values(x: np.ndarray, bread: np.ndarray, e: np.ndarray, j: int, groups: Groups, signs: np.ndarray) -> np.ndarray:
    """Studentised coefficient for each sign vector, from sums over clusters alone, shape (N,)."""
    n, k = x.shape
    z = x @ bread[:, j]
    own = groups.sums(z * e)
    refit = groups.sums(x * e[:, None]) @ bread @ groups.sums(x * z[:, None]).T
    scores = signs * own - signs @ refit
    squares = (scores**2).sum(axis=1)
    squares[squares <= _FLAT * (own @ own)] = 0.0
    factor = groups.count / (groups.count - 1) * (n - 1) / (n - k)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = signs @ own / np.sqrt(factor * squares)
    return np.where(squares == 0.0, np.inf, t)


def _count(t: np.ndarray, every: bool, tie: float) -> int:
    """Number of sign vectors at least as extreme as the first of t, the observed one, give or take a tie."""
    others = t if every else t[1:]
    return (2 if every else 1) * int((np.abs(others) >= abs(t[0]) + tie).sum())


def _p(t: np.ndarray, every: bool) -> float:
    count = _count(t, every, -_TIE)
    return count / (2 * len(t)) if every else (1 + count) / len(t)


def _end(accepted: Callable[[float], bool], start: float, step: float) -> float:
    """Where acceptance turns into rejection in the direction of the step; infinite if it does not."""
    inside, outside = start, start + step
    while accepted(outside):
        inside, outside = outside, start + 2 * (outside - start)
        if abs(outside - start) > _FARTHEST * abs(step):
            return float(np.copysign(np.inf, step))
    return float(optimize.bisect(lambda null: accepted(null) - 0.5, inside, outside, xtol=1e-9 * abs(step)))
