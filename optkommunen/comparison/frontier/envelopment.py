"""Learning from the best, with warnings: how far a unit is from a frontier of the others, and who shows the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from optkommunen.comparison.frontier import linear_programs
from optkommunen.comparison.frontier.quantities import check_convex, check_values
from optkommunen.comparison.frontier.scores import FrontierResult, by_variable, estimates, with_peers
from optkommunen.comparison.gate import validate_units
from optkommunen.errors import ComparisonError
from optkommunen.values import KEY, missing_where
from optkommunen.words import N_, translate

SMALLEST = 1e-8
"""Weight of a peer, and slack in shares of the mean of its column, from which on they count: what a solver can tell."""

_CAVEATS = (
    N_(
        "A tool for searching, not a verdict: the most favourable figures make the frontier; chance, reporting errors "
        "and better conditions count as efficiency."
    ),
    N_(
        "n ≥ max(m·s, 3(m+s)) municipalities for m inputs and s outputs is a minimum. The fewer municipalities and "
        "the more variables, the more look efficient; so pool all of them, never work inside a ring."
    ),
    N_(
        "Ratios and totals must not be mixed: two municipalities together have the sum of their totals, but not the "
        "mean of their ratios. Ratios alone make this sense only where they share a denominator."
    ),
    N_("Conditions that the office cannot change belong in as fixed inputs, or not at all."),
    N_(
        "Constant and variable returns to scale are to be shown side by side: studies of one country found opposite "
        "returns to scale (Sheldon 2003; Ramirez & Vassiliev 2007)."
    ),
    N_(
        "Scores are biased upwards; the correction assumes that inefficiency is distributed alike everywhere. A "
        "second stage (scores regressed on conditions) needs separability (Simar & Wilson 2007)."
    ),
)


def caveats(lang: str | None = None) -> tuple[str, ...]:
    """What must stand beside every result of a frontier; None: in the session's language.

    Examples
    --------
    >>> print(caveats("en")[3])
    Conditions that the office cannot change belong in as fixed inputs, or not at all.
    """
    return tuple(translate(text, lang) for text in _CAVEATS)


@dataclass(frozen=True)
class Frontier:
    """Data envelopment analysis, called with a frame: distance from the frontier that the best of the units form.

    Input orientation: the smallest θ such that some mix of the units has at least the outputs of this one with θ times
    its inputs. Output orientation: the largest φ such that some mix has φ times its outputs with at most its inputs;
    the score is 1/φ. So a score is between 0 and 1, and 1 is on the frontier. Under constant returns a mix may be of
    any size; under variable returns its weights sum to one. Where several mixes do, that with the largest sum of slacks
    is taken, each slack as a share of the mean of its column, so that units of measurement do not matter.

    Parameters
    ----------
    inputs : columns of which less is better, e.g. staff.
    outputs : columns of which more is better, e.g. Eingliederungen.
    returns : ``"constant"`` or ``"variable"`` returns to scale; show both.
    orientation : ``"input"`` or ``"output"``.
    fixed : inputs that the office cannot change: a mix may have no more of them, but they are neither contracted nor
        counted as slack. They are resources; a burden enters by its reverse.
    ratios : inputs and outputs that are ratios but are not in the catalogue. What is neither counts as a total.

    Raises
    ------
    ComparisonError
        No input or output, one named twice, all inputs fixed, ratios beside totals or under constant returns.

    References
    ----------
    Charnes, Cooper & Rhodes 1978 (constant returns); Banker, Charnes & Cooper 1984 (variable); Banker & Morey 1986
    (fixed inputs; under constant returns as in Cooper, Seiford & Tone 2007, chapter 7). Goldens V24, V25.

    Examples
    --------
    One input, one output: the score is productivity as a share of the highest, and the highest is the peer:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04", "M05", "M06"],
    ...                       "staff": [10.0, 20, 30, 40, 50, 60], "placed": [10.0, 40, 30, 40, 50, 60]})
    >>> result = Frontier(("staff",), ("placed",))(frame)
    >>> result.scores["value"].round(12).tolist()
    [0.5, 1.0, 0.5, 0.5, 0.5, 0.5]
    >>> result.peers["peer"].unique().tolist()
    ['M02']
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    returns: Literal["constant", "variable"] = "constant"
    orientation: Literal["input", "output"] = "input"
    fixed: tuple[str, ...] = ()
    ratios: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.returns not in ("constant", "variable") or self.orientation not in ("input", "output"):
            message = (
                "A frontier has 'constant' or 'variable' returns and 'input' or 'output' orientation; found "
                f"{self.returns!r} and {self.orientation!r}."
            )
            raise ComparisonError(message)
        columns, free = self.columns, set(self.inputs) - set(self.fixed)
        if not self.inputs or not self.outputs or len(set(columns)) < len(columns):
            message = (
                f"A frontier needs inputs and outputs, each named once; found inputs {', '.join(self.inputs) or '–'} "
                f"and outputs {', '.join(self.outputs) or '–'}."
            )
            raise ComparisonError(message)
        for name, allowed in (("fixed", self.inputs), ("ratios", columns)):
            strange = [column for column in getattr(self, name) if column not in allowed]
            if strange:
                message = f"What is {name} is one of {', '.join(allowed)}; found {', '.join(strange)}."
                raise ComparisonError(message)
        if self.orientation == "input" and not free:
            message = "Input orientation contracts inputs, and all are fixed here. Leave one free, or expand outputs."
            raise ComparisonError(message)
        check_convex(columns, self.ratios, constant=self.returns == "constant")

    @property
    def columns(self) -> tuple[str, ...]:
        """Inputs, then outputs."""
        return (*self.inputs, *self.outputs)

    @property
    def method(self) -> str:
        """What stands in column ``method``."""
        return f"DEA {self.orientation} orientation, {self.returns} returns"

    def __call__(self, frame: pd.DataFrame) -> FrontierResult:
        """Scores, peers, slacks and targets of each unit.

        Parameters
        ----------
        frame : DataFrame with ``kommune`` and the columns, of one period; ``status`` where there is one.

        Raises
        ------
        ComparisonError
            As `gate.validate_units`; a value that is zero or negative, or too few units for so many variables.
        ForeignUnitError
            A unit outside the closed set.
        """
        units = validate_units(frame, numbers=self.columns)[[KEY, *self.columns, "status"]]
        empty = units[list(self.columns)].isna()
        units["note"] = [f"no value of {', '.join(empty.columns[row])}" if any(row) else "" for row in empty.to_numpy()]
        units["status"] = missing_where(units["status"], empty.any(axis=1))
        data = units[~empty.any(axis=1)].set_index(KEY).sort_index()[list(self.columns)]  # so their order plays no part
        check_values(data, len(self.inputs), len(self.outputs))
        values, m, scale = data.to_numpy(), len(self.inputs), data.mean().to_numpy()
        free, shares = np.array([column not in self.fixed for column in self.inputs]), values / scale
        programs = linear_programs.rows(
            shares[:, :m], shares[:, m:], free, variable=self.returns == "variable", output=self.orientation == "output"
        )
        theta = np.minimum(linear_programs.scores(programs), 1.0)
        unit, peer, weight = linear_programs.peers(programs, theta)
        mix = (sparse.csc_array((weight, (unit, peer)), shape=2 * theta.shape) @ programs.points.T).T
        slack = (programs.offset + theta * programs.radial - mix)[: len(scale)].T
        if self.orientation == "output":  # θ times the weights were solved for
            weight, slack = weight / theta[unit], slack / theta[:, None]
        counts = weight > SMALLEST
        pairs = pd.DataFrame({KEY: data.index[unit], "peer": data.index[peer], "weight": weight})[counts]
        slack = np.where(slack > SMALLEST, slack, 0.0) * scale
        units, peers = with_peers(units, pairs)
        roles = {column: self._role(column) for column in self.columns}
        scores, targets = pd.Series(theta, index=data.index), self._targets(values, theta, slack)
        return FrontierResult(
            method=self.method, scores=estimates(units, scores, self.method), peers=peers,
            slacks=by_variable(units, roles, data.index, value=slack),
            targets=by_variable(units, roles, data.index, observed=values, target=targets),
            units=units, programs=programs, theta=scores,
        )  # fmt: skip

    def _role(self, column: str) -> str:
        return "output" if column in self.outputs else "fixed" if column in self.fixed else "input"

    def _targets(self, values: np.ndarray, theta: np.ndarray, slack: np.ndarray) -> np.ndarray:
        """Projection less slack; what is fixed stays as it is."""
        stretch = theta[:, None] if self.orientation == "input" else 1 / theta[:, None]
        roles = np.array([self._role(column) for column in self.columns])
        projected = np.where(roles == self.orientation, stretch * values, values)
        return projected + np.select([roles == "output", roles == "input"], [slack, -slack], 0.0)
