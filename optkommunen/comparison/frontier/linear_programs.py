"""The linear programs of data envelopment analysis: one for each unit, all on one reused model of HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from optkommunen.errors import ComparisonError

TOLERANCE = 1e-10
"""How far below zero a weight or slack may be for a solution to count as feasible; columns have mean one."""

_FEASIBLE = 1e-9
_OPTIONS = {
    "output_flag": False,
    "presolve": "off",  # would forget the basis of the unit before
    "parallel": "off",
    "threads": 1,
    "primal_feasibility_tolerance": _FEASIBLE,
    "dual_feasibility_tolerance": 1e-9,
}


@dataclass(frozen=True)
class Rows:
    """The program of every unit: ``min θ`` subject to ``points @ λ ≤ θ radial + offset``, ``λ ≥ 0``.

    Both orientations have this form. Output orientation, ``max φ`` with peers μ, is written in ``θ = 1/φ`` and
    ``λ = θ μ``; so θ is between 0 and 1 either way. Without ``Σμ = 1`` returns are constant; with it the last row is
    an equation.

    Attributes
    ----------
    points : the reference, shape (rows, n): inputs, outputs with sign reversed, ones.
    radial, offset : right-hand side of the unit evaluated, shape (rows, n).
    moves : rows whose points move when a unit becomes more or less efficient: its free inputs, or its outputs.
    weighed : rows whose slack counts: not the inputs that nobody can change, not the sum of weights.
    equation : whether the last row is an equation.
    """

    points: np.ndarray
    radial: np.ndarray
    offset: np.ndarray
    moves: np.ndarray
    weighed: np.ndarray
    equation: bool


def rows(x: np.ndarray, y: np.ndarray, free: np.ndarray, *, variable: bool, output: bool) -> Rows:
    """Programs of n units.

    Parameters
    ----------
    x, y : inputs and outputs, shape (n, m) and (n, s), positive, columns with mean one.
    free : inputs that the office can change, shape (m,). The others (Banker & Morey 1986) stay as they are.
    variable : variable returns to scale; constant ones otherwise.
    output : expand outputs at given inputs; contract inputs at given outputs otherwise.
    """
    (n, m), s = x.shape, y.shape[1]
    points, zeros = np.vstack([x.T, -y.T]), np.zeros((m + s, n))
    is_input, is_free = np.arange(m + s) < m, np.append(free, np.ones(s, dtype=bool))
    contracted = is_input if output else is_input & is_free
    radial, offset = np.where(contracted[:, None], points, zeros), np.where(contracted[:, None], zeros, points)
    moves, weighed = ~is_input if output else contracted, is_free
    if variable:
        one, zero = np.ones((1, n)), np.zeros((1, n))
        points = np.vstack([points, one])
        radial, offset = np.vstack([radial, one if output else zero]), np.vstack([offset, zero if output else one])
        moves, weighed = np.append(moves, False), np.append(weighed, False)
    return Rows(points, radial, offset, moves, weighed, variable)


def scores(programs: Rows) -> np.ndarray:
    """Optimal θ of each unit, shape (n,).

    A basis that is optimal for one unit is optimal for every unit whose weights and slacks it makes nonnegative: they
    lie behind the same facet of the frontier. So one solution answers for many units, and only the others are solved.
    """
    n = programs.points.shape[1]
    model, theta = _Model.first_phase(programs), np.full(n, np.nan)
    for unit in range(n):
        if not np.isnan(theta[unit]):
            continue
        model.contract(programs.radial[:, unit])
        model.solve(programs.offset[:, unit])
        theta[unit] = model.value()
        basis, inverse = model.basis()
        (place,) = np.flatnonzero(basis == n)  # θ is above zero, so it is in the basis
        todo = np.flatnonzero(np.isnan(theta))
        moving, constant = inverse @ programs.radial[:, todo], inverse @ programs.offset[:, todo]
        with np.errstate(divide="ignore", invalid="ignore"):
            shared = -constant[place] / moving[place]
            basic = constant + shared * moving
        basic[place] = 0
        found = (moving[place] < 0) & model.feasible(basic, basis)
        theta[todo[found]] = shared[found]
    return theta


def superefficient(programs: Rows, units: np.ndarray) -> np.ndarray:
    """θ of some units measured against all others without themselves, shape (units,); NaN where infeasible.

    Under variable returns, or with inputs that cannot be changed, the others may be unable to do what a unit does at
    any θ (Andersen & Petersen 1993 is for constant returns).
    """
    model, theta = _Model.first_phase(programs), np.full(len(units), np.nan)
    for i, unit in enumerate(units):
        model.contract(programs.radial[:, unit])
        model.limit(unit, 0.0)
        if model.solve(programs.offset[:, unit], may_fail=True):
            theta[i] = model.value()
        model.limit(unit, np.inf)
    return theta


def peers(programs: Rows, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Second phase: the weights that leave the largest sum of slacks at the optimal θ.

    Returns
    -------
    unit, peer, weight : shape (pairs,), weight above zero.
    """
    n = programs.points.shape[1]
    model = _Model(programs.points, programs.points[programs.weighed].sum(axis=0), programs.equation)
    right = programs.offset + theta * programs.radial
    right[: -1 if programs.equation else None] += _FEASIBLE  # lest rounding of θ leave no solution
    todo, found = np.arange(n), []
    while len(todo):
        model.solve(right[:, todo[0]])
        basis, inverse = model.basis()
        basic = inverse @ right[:, todo]
        shared = model.feasible(basic, basis)
        shared[0] = True
        place, column = np.nonzero((basis < n)[:, None] & shared & (basic > 0))
        found.append((todo[column], basis[place], basic[place, column]))
        todo = todo[~shared]
    unit, peer, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return unit, peer, weight


class _Model:
    """``min cost @ z`` under ``columns @ z ≤ right``, kept in HiGHS from one unit to the next, so only changes pass.

    Loading HiGHS takes longer than all programs of the 69, so it is imported here.
    """

    def __init__(self, columns: np.ndarray, cost: np.ndarray, equation: bool) -> None:
        import highspy

        # Highs() prints a banner before it can be told not to (HiGHS issue 1932); its base class is silent.
        self._highs: Any = highspy.Highs.mro()[1]()
        self._status = highspy.HighsModelStatus
        for option, value in _OPTIONS.items():
            self._highs.setOptionValue(option, value)
        height, self.width = columns.shape
        matrix, lp = sparse.csc_array(columns), highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.width, height
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(self.width), np.full(self.width, np.inf)
        lp.row_lower_, lp.row_upper_ = np.full(height, -np.inf), np.zeros(height)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
        self._highs.passModel(lp)
        self._columns = np.hstack([columns, np.eye(height)])
        self._rows, self._equation = np.arange(height, dtype=np.int32), equation

    @classmethod
    def first_phase(cls, programs: Rows) -> _Model:
        """Model whose last column is θ."""
        n = programs.points.shape[1]
        return cls(np.column_stack([programs.points, -programs.radial[:, 0]]), np.eye(n + 1)[n], programs.equation)

    def contract(self, radial: np.ndarray) -> None:
        """Set the column of θ to that of a unit."""
        theta = self.width - 1
        for row in np.flatnonzero(radial != -self._columns[:, theta]):
            self._highs.changeCoeff(row, theta, -radial[row])
        self._columns[:, theta] = -radial

    def limit(self, column: int, upper: float) -> None:
        """Set the upper bound of a weight."""
        self._highs.changeColBounds(column, 0.0, upper)

    def solve(self, right: np.ndarray, *, may_fail: bool = False) -> bool:
        """Solve for the right-hand side of a unit from where the last one ended; False where it may be infeasible."""
        lower = np.full(len(right), -np.inf)
        if self._equation:
            lower[-1] = right[-1]
        self._highs.changeRowsBounds(len(right), self._rows, lower, right)
        self._highs.run()
        if self._highs.getModelStatus() != self._status.kOptimal:
            self._highs.clearSolver()  # from a bad basis a good program may fail
            self._highs.run()
        status = self._highs.getModelStatus()
        if status == self._status.kOptimal:
            return True
        if may_fail and status == self._status.kInfeasible:
            return False
        found = self._highs.modelStatusToString(status)
        message = (
            f"Every program of a frontier has a solution; HiGHS ended with {found!r}. Look for values that lie many "
            "powers of ten apart within a column."
        )
        raise ComparisonError(message)

    def value(self) -> float:
        """Optimal value of the program solved last."""
        return float(self._highs.getObjectiveValue())

    def basis(self) -> tuple[np.ndarray, np.ndarray]:
        """Column of each basic variable (slacks follow the columns) and the inverse of their matrix."""
        basic = self._highs.getBasicVariables()[1]
        place = np.where(basic >= 0, basic, self.width - 1 - basic)
        return place, np.linalg.inv(self._columns[:, place])

    def feasible(self, basic: np.ndarray, basis: np.ndarray) -> np.ndarray:
        """Whether values of the basic variables, shape (rows, units), solve the programs of these units."""
        within = basic >= -TOLERANCE
        if self._equation:
            within &= (basis != self._columns.shape[1] - 1)[:, None] | (basic <= TOLERANCE)
        return np.asarray(within.all(axis=0))
