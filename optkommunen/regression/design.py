"""What every model needs of its data: the gate for input, weighted least squares, and the rule for leverage one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.regression.columns import require_numbers, require_unique
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY
from optkommunen.words import Note

CONSTANT = "constant"
_FULL_LEVERAGE = 1 - 1e-8
_CONDITION = 1e8
_ROUNDING = 1e-13

M = TypeVar("M", bound=Any)
"""A model: a dataclass with ``regressors, terms``, ``gate(data)`` and ``arrays(data)``; see `WeightedModel`."""


@dataclass(frozen=True)
class WeightedModel:
    """What names a model of a mean or a share; see `LinearModel` and `ShareModel`."""

    outcome: str
    regressors: tuple[str, ...]
    weights: str | None = None
    name: str = ""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients, the constant first."""
        return (CONSTANT, *self.regressors)

    def arrays(self, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Design (n, k), outcome, weights (or ones), and an offset of zero, each (n,)."""
        y = column(data, self.outcome)
        return matrix(data, self.regressors), y, column(data, self.weights), np.zeros(len(data))


class LeastSquares(NamedTuple):
    """Coefficients (k,), leverages (n,) and ``bread = (X'WX)^-1`` (k, k)."""

    coef: np.ndarray
    hat: np.ndarray
    bread: np.ndarray


class Working(NamedTuple):
    """A fitted model as the weighted least squares that it ends in.

    Attributes
    ----------
    x : rows of the design times the root of their working weight W, shape (n, k).
    bread : ``(X'WX)^-1``, shape (k, k).
    e : residuals times the root of W over the derivative of the mean: Pearson's, shape (n,).
    """

    x: np.ndarray
    bread: np.ndarray
    e: np.ndarray


def working_at(x: np.ndarray, y: np.ndarray, mean: np.ndarray) -> Working:
    """Weighted least squares of a count model about given means, with the whole design."""
    root = np.sqrt(mean)
    rows = x * root[:, None]
    return Working(rows, np.linalg.inv(rows.T @ rows), (y - mean) / root)


def only_rounding(residuals: np.ndarray, x: np.ndarray, coef: np.ndarray, slope: np.ndarray, y: np.ndarray) -> bool:
    """Whether residuals are no more than what is lost in adding up the terms of a fit.

    Parameters
    ----------
    residuals, y, slope : residuals, outcome, and derivative of the mean by the linear predictor, each of shape (n,).
    x, coef : design (n, k) and coefficients (k,).

    Examples
    --------
    >>> x, y = np.ones((3, 1)), np.full(3, 0.1)
    >>> only_rounding(y - 0.1 * (1 + 1e-15), x, np.array([0.1]), np.ones(3), y)
    True
    """
    size = (np.abs(x) @ np.abs(coef)) * slope + 2 * np.abs(y)
    return bool((np.abs(residuals) <= _ROUNDING * size).all())


def matrix(data: pd.DataFrame, regressors: Sequence[str]) -> np.ndarray:
    """Design with the constant first, shape (n, k)."""
    return np.column_stack([np.ones(len(data)), data[list(regressors)].to_numpy(dtype=float)])


def column(data: pd.DataFrame, name: str | None) -> np.ndarray:
    """One column as numbers, shape (n,); ones where no name is given."""
    return np.ones(len(data)) if name is None else data[name].to_numpy(dtype=float)


def solve(x: np.ndarray, y: np.ndarray, w: np.ndarray, terms: Sequence[str]) -> LeastSquares:
    """Weighted least squares by QR of the weighted design.

    Parameters
    ----------
    x, y, w : design (n, k), outcome (n,) and positive weights (n,).
    terms : names of the columns of the design, the constant first, for the message.

    Raises
    ------
    ModelError
        If the columns are collinear; names them.

    Examples
    --------
    The leverages sum to the number of coefficients:

    >>> x = np.column_stack([np.ones(5), np.arange(5.0) ** 2])
    >>> round(float(solve(x, np.arange(5.0), np.arange(1.0, 6), ("constant", "x")).hat.sum()), 12)
    2.0
    """
    root = np.sqrt(w)[:, None]
    q, r = np.linalg.qr(x * root)
    scaled = np.linalg.norm(x * root, axis=0)
    if np.linalg.cond((x * root) / scaled) > _CONDITION:
        weak = np.abs(np.diag(r)) / scaled < 1 / _CONDITION**0.5
        near = [term for term, found in zip(terms, weak, strict=True) if found] or list(terms[1:])
        message = (
            "Regressors must not be linear combinations of each other (or of the constant); "
            f"collinear here: {', '.join(near)}. Leave one of them out."
        )
        raise ModelError(message)
    inverse = np.linalg.inv(r)
    return LeastSquares(inverse @ (q.T @ (y * root[:, 0])), (q**2).sum(axis=1), inverse @ inverse.T)


def drop_full_leverage(model: M, frame: pd.DataFrame) -> tuple[M, pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Leave out who fits its own value exactly, such as the only municipality of a Land with Land terms.

    Leverage one is a matter of the design, whatever the outcome and the positive weights: such a municipality says
    nothing about the others, and its residual would be divided by zero. It alone identifies a regressor, which goes
    with it: the dummy of its Land, constant without it; or, where its Land was the reference, the last of the dummies
    that now sum to one, whose Land is the new reference. No other coefficient of the model moves.

    Parameters
    ----------
    model : its gate is asked before each look at the leverages.
    frame : one row per municipality.

    Returns
    -------
    model : with the regressors that are still identified.
    data : the rows that stay, numbered anew.
    dropped, dropped_regressors : municipalities and regressors left out.

    Examples
    --------
    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [1.0, 2, 4, 3, 5, 7], "only_c": [0.0, 0, 1, 0, 0, 0]})
    >>> model, _, *dropped = drop_full_leverage(LinearModel("y", ("x", "only_c")), frame.assign(y=frame["x"]))
    >>> model.regressors, *dropped
    (('x',), ('c',), ('only_c',))
    """
    model, data = replace(model, regressors=tuple(model.regressors)), frame.reset_index(drop=True)
    dropped: list[str] = []
    gone: list[str] = []
    while True:
        model.gate(data)
        x, y, w, offset = model.arrays(data)
        full = solve(x, y, w * np.exp(offset), model.terms).hat > _FULL_LEVERAGE  # as if all had the same rate
        if not full.any():
            return model, data, tuple(dropped), tuple(gone)
        dropped += data.loc[full, KEY].tolist()
        data = data[~full].reset_index(drop=True)
        idle = _constant(data, model.regressors)
        idle += _without_reference(data, [name for name in model.regressors if name not in idle])
        gone += idle
        model = replace(model, regressors=tuple(name for name in model.regressors if name not in idle))
        if not model.regressors:
            message = (
                f"Only {', '.join(dropped)} tell the regressors {', '.join(gone)} from the constant, and they fit "
                "themselves exactly; nothing is left to estimate. Choose other regressors."
            )
            raise ModelError(message)


def require_varying(data: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse regressors, numbers or groups, that are the same in all rows."""
    constant = _constant(data, names)
    if constant:
        message = f"A regressor must vary over the sample; constant here: {', '.join(constant)}. Leave it out."
        raise ModelError(message)


def _constant(data: pd.DataFrame, names: Iterable[str]) -> list[str]:
    return [name for name in names if len(data) and data[name].eq(data[name].iloc[0]).all()]


def _without_reference(data: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Dummies that are one minus earlier ones: the last of each set of groups that lost its reference."""
    earlier: list[str] = []
    last: list[str] = []
    for name in names:
        if not data[name].isin([0, 1]).all():
            continue
        x, dummy = matrix(data, earlier), column(data, name)
        part = np.linalg.lstsq(x, dummy, rcond=None)[0]
        others = np.isclose(part[1:], 0) | np.isclose(part[1:], -1)
        found = np.allclose(x @ part, dummy) and np.isclose(part[0], 1) and others.all()
        (last if found else earlier).append(name)
    return last


def check(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    positive: str | None = None,
    positive_is: str = "Weights",
) -> None:
    """Gate of every model: columns, one row per municipality, finite numbers, enough rows, regressors that vary.

    Parameters
    ----------
    frame : one row per municipality.
    outcome, regressors : columns of the model.
    positive : column that must be positive (weights, exposure), or None.
    positive_is : what that column is, for the message.

    Raises
    ------
    ModelError
        Names the columns and municipalities.
    NotEnoughDataError
        There are too few rows for the regressors.
    """
    columns = [outcome, *regressors, *([positive] if positive else [])]
    require_columns(frame, [KEY, *columns], "The model needs", error=ModelError)
    require_unique(frame, [KEY, *columns])
    if CONSTANT in regressors:
        message = f"{CONSTANT} is the name of the model's own constant; a regressor is called so. Rename the column."
        raise ModelError(message)
    _check_keys(frame[KEY])
    require_once(frame, [KEY], "A model has one row per municipality", "Choose one period.", ModelError)
    require_numbers(frame, dict.fromkeys(columns), regressors)
    for name in dict.fromkeys(columns):
        numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        empty = frame[~np.isfinite(numbers)]
        if len(empty):
            message = (
                f"Every cell of the model must be a finite number; {name} is not for {keys(empty)}. "
                "Drop these municipalities openly, or leave the column out."
            )
            raise ModelError(message)
    k = len(regressors)
    if len(frame) < k + 3:
        message = Note(
            "{k} regressors need at least {least} municipalities; found {n}.", k=k, least=k + 3, n=len(frame)
        )
        raise NotEnoughDataError(message)
    require_varying(frame, regressors)
    if positive and not (frame[positive] > 0).all():
        bad = keys(frame[~(frame[positive] > 0)])
        message = f"{positive_is} must be positive; {positive} is not for {bad}."
        raise ModelError(message)


def _check_keys(column: pd.Series) -> None:
    strange = [key for key in column if not isinstance(key, str) or not key]
    if strange:
        message = (
            f"A municipality's key is text with its leading zeros, such as '06438'; {KEY} holds {strange[0]!r}. Read "
            f"it as text (pd.read_csv(..., dtype={{{KEY!r}: str}})) and fill in what is empty."
        )
        raise ModelError(message)


def keys(rows: pd.DataFrame) -> str:
    """Municipalities of some rows, for a message."""
    return ", ".join(map(str, rows[KEY]))
