"""How far a score lies above the truth: the homogeneous smoothed bootstrap of Simar & Wilson (1998)."""

from __future__ import annotations

import numpy as np

from optkommunen.comparison.frontier.linear_programs import Rows
from optkommunen.comparison.frontier.simplex import scores_of_draws

BELOW_ONE = 1e-8
"""A score nearer to one than this is one."""


def bandwidth(theta: np.ndarray) -> float:
    """Bandwidth of the kernel over the scores; 0 where all are efficient.

    Normal reference rule, ``1.06 min(s, R/1.34) N^(-1/5)`` (Silverman 1986), on the scores below one and their mirror
    images above one: the heap at one itself is made by the method. From these N = 2m points it is carried over to the
    n scores by ``(2m/n)^(1/5)`` and by the ratio of standard deviations (Simar & Wilson 2008).
    """
    below = theta[theta < 1 - BELOW_ONE]
    if not len(below):
        return 0.0
    mirrored = np.concatenate([below, 2 - below])
    spread = mirrored.std(ddof=1)
    lower, upper = np.quantile(mirrored, [0.25, 0.75], method="linear")
    reference = 1.06 * min(spread, (upper - lower) / 1.34) * len(mirrored) ** -0.2
    return float(reference * (len(mirrored) / len(theta)) ** 0.2 * theta.std(ddof=1) / spread)


def pseudo_scores(theta: np.ndarray, h: float, draws: int, seed: int) -> np.ndarray:
    """Scores drawn from a smoothed distribution of `theta`, shape (draws, n), between 0 and 1.

    Gaps to one and their mirror images are drawn with replacement, moved by a normal kernel, pulled together so that
    smoothing does not widen them (Silverman 1986), and folded back. Simar & Wilson (1998) fold first and
    then pull the scores towards their mean; no pseudo-unit then reaches the frontier, and the bias is overstated: with
    69 units and half-normal gaps, 95 % intervals covered 62 % of the true scores instead of 82 %.

    A floor of half the lowest score keeps scores above zero; only a kernel as wide as they are would reach it.
    """
    rng, n, gaps = np.random.default_rng(seed), len(theta), 1 - theta
    moved = np.abs(gaps[rng.integers(n, size=(draws, n))] + h * rng.standard_normal((draws, n)))
    return np.maximum(1 - moved / np.sqrt(1 + h**2 / np.mean(gaps**2)), theta.min() / 2)


def scores_on_pseudo_frontiers(programs: Rows, theta: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Scores of the units observed against the frontier of each draw, shape (draws, n).

    In each draw every unit is moved along its ray to a drawn score; these pseudo-units form the reference. None of them
    lies beyond the frontier observed, so the scores are not below `theta`: as theirs exceed it, it exceeds the truth.
    """
    drawn = pseudo_scores(theta, bandwidth(theta), draws, seed)
    inputs_move = programs.points[programs.moves].min() > 0  # rows of outputs have the other sign
    return scores_of_draws(programs, theta / drawn if inputs_move else drawn / theta)
