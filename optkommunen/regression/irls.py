"""Exponential families, and their regression on arrays: one fit, or thousands at once that share their design."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from optkommunen.errors import ModelError

ITERATIONS = 50
_STILL = 1e-9  # of the linear predictor; the step that is this small leaves an error of its square
_LONGEST_STEP = 4.0
_RUNAWAY = 20.0
_SINGULAR = 1e-9


class Fit(NamedTuple):
    """Coefficients (…, k), fitted values (…, n), and whether a finite maximum was reached (…,).

    Where it was not, the coefficients are NaN and the fitted values are those of the last step.
    """

    coef: np.ndarray
    fitted: np.ndarray
    converged: np.ndarray


class Family(NamedTuple):
    """Exponential family with its canonical link.

    ``link(mu)`` and its inverse ``mean(eta)``; ``variance(mu)``, which is also the derivative of the mean;
    ``curvature(mu)``, the derivative of the variance by eta; ``start(y, offset, w)``, a linear predictor from the data.
    """

    link: Callable[[np.ndarray], np.ndarray]
    mean: Callable[[np.ndarray], np.ndarray]
    variance: Callable[[np.ndarray], np.ndarray]
    curvature: Callable[[np.ndarray], np.ndarray]
    start: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _poisson_start(y: np.ndarray, offset: np.ndarray, w: np.ndarray) -> np.ndarray:
    exposure = np.exp(offset)
    rate = (w * y).sum(axis=-1, keepdims=True) / (w * exposure).sum(axis=-1, keepdims=True)
    return np.log((y + exposure * np.where(rate > 0, rate, 1)) / 2)


def _binomial_start(y: np.ndarray, offset: np.ndarray, w: np.ndarray) -> np.ndarray:
    share = (w * y).sum(axis=-1, keepdims=True) / w.sum(axis=-1, keepdims=True)
    return logit((y + np.where((share > 0) & (share < 1), share, 0.5)) / 2)


GAUSSIAN = Family(lambda y: y, lambda eta: eta, np.ones_like, np.zeros_like, lambda y, offset, w: y)
POISSON = Family(np.log, np.exp, lambda mu: mu, lambda mu: mu, _poisson_start)
BINOMIAL = Family(logit, expit, lambda mu: mu * (1 - mu), lambda mu: mu * (1 - mu) * (1 - 2 * mu), _binomial_start)


def irls(
    family: Family,
    x: ArrayLike,
    y: ArrayLike,
    offset: ArrayLike = 0.0,
    start: ArrayLike | None = None,
    weights: ArrayLike = 1.0,
) -> Fit:
    """Regression with the canonical link, ``link(E[y]) = offset + x'b``: Newton's method for every fit of the batch.

    Each stops by itself, so its company changes nothing. The design is made orthonormal once, so that the normal
    equations lose no digits to its scale. A fit has no finite maximum when a fitted value runs away from its start, or
    when the rows with weight do not span the design.

    Parameters
    ----------
    family : `POISSON` (ln), `BINOMIAL` (logit) or `GAUSSIAN`.
    x : design with its constant, shape (n, k).
    y : outcome, shape (n,), or (B, n) for B fits at once.
    offset : logarithm of the exposure, scalar, (n,) or (B, n).
    start : coefficients to start from, (k,) or (B, k); None starts from the data.
    weights : prior weights, scalar, (n,) or (B, n); a weight of zero leaves the row out.

    Returns
    -------
    Fit
        ``coef`` (k,) or (B, k), ``fitted`` (n,) or (B, n), ``converged`` () or (B,).

    Raises
    ------
    ModelError
        If the columns of x are collinear.

    References
    ----------
    McCullagh & Nelder 1989.

    Examples
    --------
    With a constant alone the rate is total over total, and a row of weight zero does not count:

    >>> x, y, exposure = np.ones((3, 1)), np.array([2.0, 3, 7]), np.array([10.0, 10, 20])
    >>> every_row, first_two = irls(POISSON, x, y, np.log(exposure), weights=[[1, 1, 1], [1, 1, 0]]).coef
    >>> np.allclose(np.exp(every_row), 12 / 40), np.allclose(np.exp(first_two), 5 / 20)
    (True, True)
    """
    x = np.asarray(x, dtype=float)
    n, k = x.shape
    single = max(np.ndim(part) for part in (y, offset, weights, 0 if start is None else start)) < 2
    y, offset, w, _ = np.broadcast_arrays(*(np.atleast_2d(part) for part in (y, offset, weights, np.empty(n))))
    q, r = _orthonormal(x)
    products = (q[:, :, None] * q[:, None, :]).reshape(n, k * k)

    def newton(working: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.linalg.solve((working @ products).reshape(-1, k, k), (right @ q)[..., None])[..., 0]

    running = np.arange(len(y))
    if (w == 0).any():
        spread = np.linalg.eigvalsh(((w > 0) @ products).reshape(-1, k, k))[:, 0]
        running = np.flatnonzero(spread > _SINGULAR)
    first, g, converged = np.zeros(y.shape), np.zeros((len(y), k)), np.zeros(len(y), dtype=bool)
    first[running] = family.start(y[running], offset[running], w[running])
    if start is None:
        mu = family.mean(first)
        working = w * family.variance(mu)
        g[running] = newton(working[running], (working * (first - offset) + w * (y - mu))[running])
    else:
        g[:] = np.asarray(start, dtype=float) @ r.T
    for _ in range(ITERATIONS):
        prior, begun = w[running], first[running]
        eta = np.where(prior > 0, g[running] @ q.T + offset[running], begun)  # a row left out may lie anywhere
        mu = family.mean(eta)
        step = newton(prior * family.variance(mu), prior * (y[running] - mu))
        move = _largest(step @ q.T, prior)
        step *= np.minimum(1, _LONGEST_STEP / np.maximum(move, _STILL))[:, None]
        g[running] += step
        converged[running] = move <= _STILL
        away = _largest(eta + step @ q.T - begun, prior)
        running = running[(move > _STILL) & (away < _RUNAWAY)]
        if not len(running):
            break
    coef = np.linalg.solve(r, g.T).T
    coef[~converged] = np.nan
    with np.errstate(over="ignore"):
        fit = Fit(coef, family.mean(g @ q.T + offset), converged)
    return Fit(*(part[0] for part in fit)) if single else fit


def _orthonormal(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    q, r = np.linalg.qr(x)
    if (np.abs(np.diag(r)) <= _SINGULAR * np.linalg.norm(x, axis=0)).any():
        message = "The columns of the design must not be linear combinations of each other. Leave one of them out."
        raise ModelError(message)
    return q, r


def _largest(change: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Largest change of the linear predictor among the rows that count, for each fit."""
    return np.where(w > 0, np.abs(change), 0).max(axis=1)
