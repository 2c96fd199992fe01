"""A coefficient against all sign vectors of the clusters, exactly: wild bootstrap, and of counts score bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from optkommunen.errors import ModelError
from optkommunen.p_values import Count, check_draws, count_beyond
from optkommunen.regression.clusters import Groups, clusters_of
from optkommunen.regression.design import Working, working_at
from optkommunen.regression.fitted_model import EXACT, FittedModel
from optkommunen.regression.glm import CountModel, GlmResult
from optkommunen.regression.irls import POISSON, irls
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.tables import coverage_of

_ALL_UP_TO = 16
_FLAT = 1e-20
_FARTHEST = 64.0
_FOUND = (
    "lower", "upper", "level", "method", "t", "p", "count_ge", "count_gt", "vectors", "smallest_p", "n_clusters",
    "n_varying", "note",
)  # fmt: skip

Restricted = Callable[[float], Working]
"""From the hypothetical coefficient to the weighted least squares that the model under it ends in."""


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
    and -v give the same |t*|, so half of them are calculated), and ``p = #{|t*| ≥ |t|} / 2^G``, near ties as in
    `count_beyond`. The two
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
    j = result.index_of(term)
    x, bread, e = result.working
    regressor = x @ bread[:, j] / bread[j, j]  # residual of the regressor on all others

    def restricted(null: float) -> Working:
        return Working(x, bread, e + (result.coef[j] - null) * regressor)

    return _sign_table(result, term, cluster, restricted, f"{result.model.label} wild bootstrap", level, draws, seed)


def score_bootstrap(
    result: GlmResult,
    term: str,
    cluster: str,
    *,
    level: float | None = None,
    draws: int = 9_999,
    seed: int = 2008,
) -> pd.DataFrame:
    """Test of one coefficient of a quasi-Poisson model against zero, exact over the signs of the clusters.

    The model is fitted under the null only: means μ̃, residuals r̃ = y - μ̃, working weights μ̃. With x̃ the residual of
    the regressor on all others (weights μ̃), ``s_g = Σ_(i in g) x̃_i r̃_i`` are the scores of the clusters, projected on
    the restricted design, ``S_g = Σ_(i in g) x_i r̃_i`` those of all coefficients, ``A = (Σ_i μ̃_i x_i x_i')^-1`` and
    ``D_g = Σ_(i in g) μ̃_i x̃_i x_i'``. For a sign vector v::

        T(v)² = (Σ_g v_g s_g)² / ( c Σ_g (v_g s_g - D_g A Σ_h v_h S_h)² )     c = G/(G-1) · (n-1)/(n-k)

    The subtracted part is what one refit of all coefficients takes out of each cluster's score, so each T(v) has a
    standard error of its own (CR1S). v = 1 is the observed statistic. In the working linear model at the restricted fit
    (outcome r̃/μ̃ about the restricted line, weights μ̃) this is `wild_bootstrap`; counting, ties, draws, interval and
    columns are the same. ``t`` is the observed score statistic, ``value`` the coefficient of the full fit.

    Parameters
    ----------
    result : fitted quasi-Poisson model with ``x, y, offset`` (logarithm of the exposure), ``coef, terms, data``.
    term : the coefficient.
    cluster : column of the clusters in the frame that was fitted, such as the Land.
    level : coverage of an interval of the hypothetical values that are not rejected; None gives the p-value alone.
    draws, seed : number of sign vectors and their seed, where there are more than 16 clusters.

    Returns
    -------
    DataFrame, one row
        As `wild_bootstrap`.

    Raises
    ------
    ModelError
        As `wild_bootstrap`; if the restricted fit does not converge, or the model is not one of counts.

    References
    ----------
    Kline & Santos 2012; the projection and the size in small samples: our own simulation, see the tests.

    Examples
    --------
    The unit of the exposure changes nothing:

    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "land": list("NNSSHHBB"), "x": np.arange(8.0), "e": 100.0})
    >>> frame["o"] = [9, 12, 10, 15, 14, 19, 17, 24]
    >>> tests = [score_bootstrap(CountModel("o", ("x",), "e")(frame.assign(e=e)), "x", "land") for e in (1.0, 100.0)]
    >>> bool(np.isclose(tests[0].at[0, "t"], tests[1].at[0, "t"])), bool(tests[0].at[0, "p"] == tests[1].at[0, "p"])
    (True, True)
    """
    if not isinstance(result.model, CountModel):
        message = f"The score bootstrap is that of a count model; this is a {result.model.label}. Use its linear twin."
        raise ModelError(message)
    restricted = counts_under(result.x, result.y, result.offset, result.index_of(term))
    return _sign_table(result, term, cluster, restricted, "quasi-Poisson score bootstrap", level, draws, seed)


def counts_under(x: np.ndarray, y: np.ndarray, offset: np.ndarray, j: int) -> Restricted:
    """The count model under hypothetical values of the coefficient at place j of the design."""
    others = np.delete(x, j, axis=1)

    def restricted(null: float) -> Working:
        fit = irls(POISSON, others, y, offset + null * x[:, j])
        if not fit.converged:
            message = (
                "The model without the tested regressor must have a fit; it did not converge. Look for empty groups."
            )
            raise ModelError(message)
        return working_at(x, y, fit.fitted)

    return restricted


def _sign_table(
    result: FittedModel,
    term: str,
    cluster: str,
    restricted: Restricted,
    name: str,
    level: float | None,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Row of a test by the signs of the clusters; `restricted` gives the model at a hypothetical coefficient."""
    groups, j = clusters_of(result.data, cluster), result.index_of(term)
    coverage_of(level)
    searched = None if result.exact else level
    found = sign_test(restricted, j, groups, float(result.coef[j]), searched, draws, seed)
    if result.exact:
        found |= dict.fromkeys(("lower", "upper", "level", "t", "p"), np.nan)
        found |= {"count_ge": 0, "count_gt": 0, "note": EXACT}
    elif not np.isfinite(found["t"]):
        message = (
            f"A test by cluster needs a coefficient to which several clusters contribute; {term} is settled inside "
            f"single clusters of {cluster}. Choose another cluster, or leave their dummies out."
        )
        raise ModelError(message)
    found["method"] = "none" if result.exact else f"{name}, {found['taken']} sign vectors"
    found |= {"n_clusters": groups.count, "n_varying": groups.varying(result.x[:, j])}
    return result.rows_of({name: found[name] for name in _FOUND}, [term])


def sign_test(
    restricted: Restricted,
    j: int,
    groups: Groups,
    coef: float,
    level: float | None,
    draws: int,
    seed: int,
    flipped: np.ndarray | None = None,
) -> dict[str, Any]:
    """Test of one coefficient by the signs of groups.

    Parameters
    ----------
    restricted : the model at a hypothetical coefficient.
    j : place of the coefficient.
    groups : whose residuals change their sign together.
    coef : its estimate, from which the ends of an interval are searched.
    level, draws, seed : as of `wild_bootstrap`.
    flipped : which groups take part, shape (count,); None: all. The residuals of the others are zero in every pattern.

    Returns
    -------
    dict
        ``lower, upper, level, t, p, count_ge, count_gt, vectors, smallest_p, note``; ``taken`` (all or drawn, and how
        many); t is infinite where the coefficient is settled inside single groups.
    """
    coverage, draws = coverage_of(level), check_draws(draws)
    taking_part = np.ones(groups.count, dtype=bool) if flipped is None else flipped
    drawn, every = _signs(int(taking_part.sum()), draws, seed)
    if not every:
        check_draws(draws, level)
    signs = np.zeros((len(drawn), groups.count))
    signs[:, taking_part] = drawn
    t = _t_values(restricted(0.0), j, groups, signs)
    counted = _count(t, every)

    def accepted(null: float) -> bool:
        return _count(_t_values(restricted(null), j, groups, signs), every).p(every=every) > 1 - coverage

    lower = upper = np.nan
    if level is not None and np.isfinite(t[0]):
        _, bread, e = restricted(coef)
        step = float(np.sqrt(bread[j, j] * (e @ e) / (len(e) - len(bread))))
        lower, upper = _end(accepted, coef, -step), _end(accepted, coef, step)
    endless = f"no end: accepted as far as {_FARTHEST:.0f} standard errors away"
    return {
        "lower": lower,
        "upper": upper,
        "level": coverage,
        "t": t[0],
        "p": counted.p(every=every),
        "count_ge": counted.ge,
        "count_gt": counted.gt,
        "vectors": counted.number,
        "smallest_p": 2 / counted.number if every else 1 / (1 + counted.number),
        "taken": f"{'all' if every else 'drawn'} {counted.number}",
        "note": endless if np.isinf([lower, upper]).any() else "",
    }


def _signs(count: int, draws: int, seed: int) -> tuple[np.ndarray, bool]:
    """Sign vectors, the first all ones, and whether they are all (one of each pair v, -v)."""
    if count <= _ALL_UP_TO:
        bits = np.arange(2 ** (count - 1))[:, None] >> np.arange(count)
        return 1.0 - 2.0 * (bits & 1), True
    drawn = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, count))
    return np.vstack([np.ones(count), drawn]), False


def _t_values(fit: Working, j: int, groups: Groups, signs: np.ndarray) -> np.ndarray:
    """Studentised coefficient for each sign vector, from sums over clusters alone, shape (N,)."""
    x, bread, e = fit
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


def _count(t: np.ndarray, every: bool) -> Count:
    """Sign vectors at least as extreme as the first of t, the observed one; of all, v stands for -v as well."""
    found = count_beyond(t if every else t[1:], t[0])
    return Count(*(2 * part for part in found)) if every else found


def _end(accepted: Callable[[float], bool], start: float, step: float) -> float:
    """Where acceptance turns into rejection in the direction of the step; infinite if it does not."""
    inside, outside = start, start + step
    while accepted(outside):
        inside, outside = outside, start + 2 * (outside - start)
        if abs(outside - start) > _FARTHEST * abs(step):
            return float(np.copysign(np.inf, step))
    return float(optimize.bisect(lambda null: accepted(null) - 0.5, inside, outside, xtol=1e-9 * abs(step)))
