"""Speed of the frontier beside one call of scipy's linprog a unit: programs, growth to 690 and 6,900 units, bootstrap.

`python benchmarks/frontier.py` prints. Peers that would take minutes are measured on a part and scaled up, and say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.optimize import linprog
from timing import best

from optkommunen.comparison.frontier import linear_programs
from optkommunen.comparison.frontier.bias_correction import scores_on_pseudo_frontiers


def units(n: int, variable: bool) -> tuple[np.ndarray, linear_programs.Rows]:
    """Two inputs and two outputs of n units of very different size, and their programs (input orientation)."""
    rng = np.random.default_rng(2008)
    x = np.exp(rng.normal(0, 0.6, (n, 2)))
    y = x.prod(axis=1)[:, None] ** 0.45 * np.exp(rng.normal(0, 0.2, (n, 2)) - np.abs(rng.normal(0, 0.3, (n, 1))))
    values = np.hstack([x / x.mean(axis=0), y / y.mean(axis=0)])
    return values, linear_programs.rows(values[:, :2], values[:, 2:], np.ones(2, bool), variable=variable, output=False)


def one_by_one(values: np.ndarray, variable: bool, which: Sequence[int]) -> list[float]:
    x, y, n = values[:, :2], values[:, 2:], len(values)
    equation = {"A_eq": np.append(np.ones(n), 0)[None], "b_eq": [1]} if variable else {}
    bounds, found = [(0, None)] * n + [(None, None)], []
    for o in which:
        left = np.vstack([np.column_stack([x.T, -x[o]]), np.column_stack([-y.T, [0, 0]])])
        solved = linprog(np.eye(n + 1)[n], left, [0, 0, *-y[o]], bounds=bounds, method="highs", **equation)
        assert solved.status == 0
        found.append(solved.fun)
    return found


def programs(n: int, variable: bool, some: int) -> tuple[str, str, float, float]:
    values, rows = units(n, variable)
    which = range(0, n, n // some)
    np.testing.assert_allclose(linear_programs.scores(rows)[which], one_by_one(values, variable, which), rtol=1e-8)
    ours = best(lambda: linear_programs.scores(rows), 20 if n < 100 else 3)
    peer = best(lambda: one_by_one(values, variable, which), 5 if n < 100 else 1) * n / len(which)
    returns = "variable" if variable else "constant"
    scaled = "" if len(which) == n else f", {len(which)} scaled up"
    return f"DEA, {n:,} units, {returns} returns", f"scipy linprog, one a unit{scaled}", ours, peer


def bootstrap(variable: bool) -> tuple[str, str, float, float]:
    values, rows = units(69, variable)
    theta = linear_programs.scores(rows)
    ours = best(lambda: scores_on_pseudo_frontiers(rows, theta, 2_000, 1), 3)
    peer = best(lambda: one_by_one(values, variable, range(69)), 3) * 2_000
    returns = "variable" if variable else "constant"
    return f"DEA bootstrap, 2,000 draws, {returns} returns", "scipy linprog, one draw scaled up", ours, peer


MEASURES = tuple(
    partial(*call)
    for variable in (False, True)
    for call in (
        (programs, 69, variable, 69),
        (programs, 690, variable, 690),
        (programs, 6_900, variable, 60),
        (bootstrap, variable),
    )
)

if __name__ == "__main__":
    for measure in MEASURES:
        what, peer, seconds, peer_seconds = measure()
        print(f"{what:<46} {seconds:9.5f} s   {peer:<36} {peer_seconds:9.5f} s   ratio {peer_seconds / seconds:7.1f}")
