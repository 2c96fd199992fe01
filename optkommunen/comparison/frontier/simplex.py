"""Thousands of small programs at once: the dual simplex method on arrays, for the draws of a bootstrap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optkommunen.comparison.frontier import linear_programs
from optkommunen.comparison.frontier.linear_programs import TOLERANCE, Rows

_CELLS = 150_000
"""Weights held at a time, over all programs: what a processor keeps near."""
_PIVOTS = 60
"""Steps before a program is left to HiGHS; of 69 units hardly any takes more than 20."""
_SMALLEST_PIVOT = 1e-9
_DRIFT = 1e-9
"""Error of the inverse after all steps, from which on a program is left to HiGHS, too."""


def scores_of_draws(programs: Rows, factors: np.ndarray, pivots: int = _PIVOTS) -> np.ndarray:
    """θ of each unit against the reference of each draw, shape (draws, n).

    Parameters
    ----------
    programs : of the data observed.
    factors : by which the moving rows of each point are multiplied in each draw, shape (draws, n).
    pivots : steps granted; what is not solved by then is solved by HiGHS.
    """
    draws, n = factors.shape
    some = max(1, _CELLS // n**2)
    theta = np.empty((draws, n))
    for start in range(0, draws, some):
        moved = np.where(programs.moves[:, None], factors[start : start + some, None, :], 1.0) * programs.points
        theta[start : start + some] = _dual_simplex(moved, programs, pivots)
    for draw in np.flatnonzero(np.isnan(theta).any(axis=1)):
        moved = np.where(programs.moves[:, None], factors[draw], 1.0) * programs.points
        theta[draw] = linear_programs.scores(replace(programs, points=moved))
    return theta


@np.errstate(divide="ignore", invalid="ignore", over="ignore")  # what comes of it is not proved optimal
def _dual_simplex(points: np.ndarray, programs: Rows, pivots: int) -> np.ndarray:
    """θ of all units in some draws, shape (draws, n); NaN where the steps did not suffice or went astray.

    The first basis is θ in the row of a contracted input and the slacks in the others. Its reduced costs are positive,
    so every step keeps them so (dual feasible) and mends the variable furthest below zero, until none is. Each step is
    taken by all programs at once; those that are done take it with a length of zero.
    """
    (draws, rows, n), radial = points.shape, programs.radial
    theta, identity, first = np.full((draws, n), np.nan), np.eye(rows), int(np.flatnonzero(radial[:, 0])[0])
    inverse = np.tile(identity, (draws, n, 1, 1))
    inverse[..., first] = np.where(identity[first][:, None] > 0, -1.0, -radial).T / radial[first][:, None]
    basis = np.tile(n + np.arange(rows), (draws, n, 1))  # slacks follow the points
    left = np.arange(draws)
    for _ in range(pivots):
        basic = np.einsum("duij,ju->dui", inverse, programs.offset)
        lacking = -basic
        if programs.equation:  # its slack must be zero, not just not below
            lacking = np.where(basis == n + rows - 1, np.abs(basic), lacking)
        lacking[..., first] = 0  # θ may have any value
        leaving = lacking.argmax(axis=2)
        at = (*np.ogrid[: len(left), :n], leaving)
        done = lacking[at] <= TOLERANCE
        ready = done.all(axis=1)
        if ready.any():
            sound = _optimal(points[ready], programs, basis[ready], inverse[ready], first)
            theta[left[ready]] = np.where(sound, basic[ready, :, first], np.nan)
            left, points, inverse, basis = left[~ready], points[~ready], inverse[~ready], basis[~ready]
            basic, leaving, done = basic[~ready], leaving[~ready], done[~ready]
            at = (*np.ogrid[: len(left), :n], leaving)
        if not len(left):
            break
        row = np.where(basic[at] > 0, -1.0, 1.0)[..., None] * inverse[at]
        price = inverse[:, :, first]
        change = np.concatenate([row @ points, row], axis=2)
        cost = -np.concatenate([price @ points, price], axis=2)
        if programs.equation:
            change[..., -1] = 0  # the slack of the equation does not come back
        may = change < -_SMALLEST_PIVOT
        ratio = np.divide(cost, -change, out=np.full_like(cost, np.inf), where=may)
        entering = ratio.argmin(axis=2)
        moves = ~done & may[(*at[:2], entering)]
        weight, slack = np.minimum(entering, n - 1), np.maximum(entering - n, 0)
        column = np.where((entering < n)[..., None], points[at[0], :, weight], identity[slack])
        column = (inverse @ column[..., None])[..., 0]
        length = np.divide(1.0, column[at], out=np.zeros_like(column[at]), where=moves)
        column[at] -= 1
        inverse -= column[..., None] * (length[..., None] * inverse[at])[:, :, None, :]
        basis[at] = np.where(moves, entering, basis[at])
    return theta


def _optimal(points: np.ndarray, programs: Rows, basis: np.ndarray, inverse: np.ndarray, first: int) -> np.ndarray:
    """Whether the steps have kept the inverse exact and the reduced costs positive, shape (draws, n)."""
    draws, rows, n = points.shape
    columns = np.concatenate([points, np.broadcast_to(np.eye(rows), (draws, rows, rows))], axis=2)
    basic = columns[np.arange(draws)[:, None, None], :, basis].swapaxes(2, 3)
    basic[..., first] = -programs.radial.T
    drift = np.abs(inverse @ basic - np.eye(rows)).max(axis=(2, 3))
    price = inverse[:, :, first]
    gain = price @ columns[..., : n + rows - programs.equation]  # the equation's own price may have either sign
    return (drift < _DRIFT) & (gain.max(axis=2) < _DRIFT * np.abs(price).max(axis=2))
