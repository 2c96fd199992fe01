"""Units as points: how alike two of them are in their conditions, each condition weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from optkommunen.comparison.gate import validate_units
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.values import KEY
from optkommunen.words import Note

Floats = NDArray[np.float64]
Weights = Mapping[str, float] | pd.Series

FEWEST_POINTS = 3
_CONDITION = 1e8
EXACT = "is exactly a combination of the conditions"
_EXACT = 1e-10
"""Residuals smaller than this beside a z-score are rounding."""


class Located(NamedTuple):
    """Units and their points.

    Parameters
    ----------
    units : ``kommune, status, note``, one row for each row of the frame, in its order; ``note`` says why one is
        nowhere.
    keys : those that are somewhere, sorted; the order of the points.
    points : weighed z-scores, shape (n, variables).
    weights : shape (variables,).
    """

    units: pd.DataFrame
    keys: list[str]
    points: Floats
    weights: Floats


def located(frame: pd.DataFrame, variables: Sequence[str], weights: Weights | None = None) -> Located:
    """Units as points: z-scores (standard deviation with n - 1) times the weight of their variable.

    The Euclidean distance of two points is then ``√Σ (w_v (z_iv - z_jv))²``. Two of the 69 in one later Kreis share
    its figures where their own are not published (status ``estimated``), and look more alike than they were. Skewed
    conditions may enter as `indicators.conditions.logarithmic`.

    Parameters
    ----------
    frame : DataFrame with ``kommune`` and the variables; ``status`` and ``note`` where there are.
    variables : columns of the conditions.
    weights : by variable; None: all count alike. A variable of weight 0 plays no part.

    Raises
    ------
    ComparisonError
        A column missing, a variable constant, weights that fit neither the variables nor a weight, too few units with
        all values.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "density": [100.0, 200.0, 300.0]})
    >>> located(frame, ["density"], {"density": 0.5}).points.ravel().tolist()
    [-0.5, 0.0, 0.5]
    """
    weighing = _weights(variables, weights)
    data = validate_units(frame, numbers=list(variables))
    missing = data[list(variables)].isna()
    note = missing.apply(lambda row: "no value: " + ", ".join(row.index[row]) if row.any() else "", axis=1)
    if "note" in data:
        own = data["note"].fillna("")
        note = note.mask((note != "") & (own != "") & (own != note), note + "; " + own)
    units = data[[KEY, "status"]].assign(note=note)
    complete = data[note == ""].sort_values(KEY)  # sums in one order, whatever that of the rows
    if len(complete) < FEWEST_POINTS:
        message = Note(
            "At least {fewest} units with all of {variables} are needed; found {n}.",
            fewest=FEWEST_POINTS, variables=", ".join(variables), n=len(complete),
        )  # fmt: skip
        raise TooFewUnitsError(message)
    values = complete[list(variables)].to_numpy()
    return Located(units, complete[KEY].tolist(), z_scores(values, variables) * weighing, weighing)


def regression_weights(
    frame: pd.DataFrame, target: str, variables: Sequence[str], keep: float | None = None
) -> pd.DataFrame:
    """Weight of each condition as the IAB sets it: how closely a target goes with it, the others held fixed.

    Ordinary least squares of the target on the conditions, all as z-scores; the weight is the absolute value of the
    coefficient. A description of an association, not of what works; with few units and conditions that go together
    the weights are unstable, so look at the overlap of the neighbours under other weights (`neighbours.overlap`).

    Parameters
    ----------
    frame : DataFrame with ``kommune``, the target and the variables.
    target : column of the target, e.g. a rate of integration.
    variables : columns of the conditions.
    keep : the regression also selects: as long as a condition's p is above `keep`, the one with the largest is left
        out and the others are fitted anew. None keeps all. What is selected this way has no valid p any more.

    Returns
    -------
    DataFrame
        ``variable, value, p, weight, n, note``: ``value`` is the standardised coefficient, ``p`` that of the last fit
        it was in; the weight of a condition left out is 0. ``note`` says so, and names the units left out for want of
        a value. A target that is exactly a combination of the conditions leaves no residual, so no p. `nearest` and
        `Typology` take ``weights.set_index("variable")["weight"]``.

    Raises
    ------
    ComparisonError
        Too few units, a constant column, conditions that are linear combinations of each other, none that is kept, or a
        selection by p where there is none.

    References
    ----------
    Blien, Hirschenauer & Phan 2010; Dauth, Dorner & Blien 2013.

    Examples
    --------
    With one condition the weight is the correlation:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "x": [1.0, 2, 3, 4], "y": [2.0, 1, 4, 3]})
    >>> weight = regression_weights(frame, "y", ["x"])["weight"].iloc[0]
    >>> bool(np.isclose(weight, frame["x"].corr(frame["y"])))
    True
    """
    if keep is not None and not (isinstance(keep, Real) and not isinstance(keep, bool) and 0 < keep <= 1):
        message = f"`keep` is the largest p of a condition that stays, above 0 and at most 1, or None; found {keep!r}."
        raise ComparisonError(message)
    columns = [target, *variables]
    data = validate_units(frame, numbers=columns).sort_values(KEY)
    complete = data[columns].notna().all(axis=1)
    needed = len(variables) + 2
    if complete.sum() < needed:
        message = f"{len(variables)} conditions need at least {needed} units with all values; found {complete.sum()}."
        raise ComparisonError(message)
    z = z_scores(data.loc[complete, columns].to_numpy(), columns)
    if np.linalg.cond(z[:, 1:]) > _CONDITION:
        message = (
            f"Conditions must not be linear combinations of each other; {', '.join(variables)} are. Leave one out."
        )
        raise ComparisonError(message)
    kept, size = list(range(len(variables))), len(variables)
    value, p, weight = np.full(size, np.nan), np.full(size, np.nan), np.zeros(size)
    while True:
        value[kept], p[kept] = _least_squares(z[:, [1 + i for i in kept]], z[:, 0])
        last = max(kept, key=lambda i: p[i])
        if keep is None or p[last] <= keep:
            break
        if np.isnan(p[last]):
            message = f"{target} {EXACT}, so there is no p to select by. Leave out `keep`, or take another target."
            raise ComparisonError(message)
        if len(kept) == 1:
            message = f"No condition goes with {target} at p {keep} or less. Raise `keep`, or give weights yourself."
            raise ComparisonError(message)
        kept.remove(last)
    weight[kept] = np.abs(value[kept])
    left_out = data.loc[~complete, KEY]
    without = f"without {', '.join(left_out)}" if len(left_out) else ""
    said = {True: "" if not np.isnan(p).any() else f"no p: {target} {EXACT}", False: "not selected"}
    note = ["; ".join(part for part in (said[i in kept], without) if part) for i in range(size)]
    columns_found = {"variable": list(variables), "value": value, "p": p, "weight": weight}
    return pd.DataFrame(columns_found).assign(n=complete.sum(), note=note)


def _least_squares(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients of centred columns and their p-values; the mean takes one degree of freedom.

    Where nothing is left over there is no p: it would be that of rounding errors.
    """
    coefficient = np.asarray(np.linalg.lstsq(x, y)[0], dtype=np.float64)
    df = len(y) - x.shape[1] - 1
    residual = y - x @ coefficient
    if np.abs(residual).max() < _EXACT:
        return coefficient, np.full(len(coefficient), np.nan)
    se = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (residual @ residual) / df)
    return coefficient, np.asarray(2 * stats.t.sf(np.abs(coefficient) / se, df), dtype=np.float64)


def z_scores(values: Floats, names: Sequence[str]) -> Floats:
    """Columns with mean 0 and standard deviation 1 (n - 1); refuses one that does not vary."""
    constant = [name for name, column in zip(names, values.T, strict=True) if column.min() == column.max()]
    if constant:
        message = f"A condition must vary between the units; constant here: {', '.join(constant)}. Leave it out."
        raise ComparisonError(message)
    return (values - values.mean(axis=0)) / values.std(axis=0, ddof=1)


def _weights(variables: Sequence[str], weights: Weights | None) -> Floats:
    if not len(variables) or len(set(variables)) < len(variables):
        message = f"Conditions are one column or several different ones; found {', '.join(variables) or 'none'}."
        raise ComparisonError(message)
    if weights is None:
        return np.ones(len(variables))
    if set(weights.keys()) != set(variables):
        odd = sorted(set(weights.keys()) ^ set(variables))
        message = f"Each condition has one weight and no other has one; not in both: {', '.join(odd)}. Name them alike."
        raise ComparisonError(message)
    numbers = all(isinstance(weights[name], Real) for name in variables)
    values = np.array([float(weights[name]) if numbers else np.nan for name in variables])
    if not (np.isfinite(values).all() and (values >= 0).all() and values.any()):
        message = f"Weights are finite, not negative, and one at least is positive; found {dict(weights)}."
        raise ComparisonError(message)
    return values
