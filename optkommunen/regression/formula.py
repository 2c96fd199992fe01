"""A formula, or names of columns, become columns of numbers, once; resampling then runs on arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.columns import GROUPS, TEXT, encoded, kind, missing, require_unique
from optkommunen.regression.design import keys, require_varying
from optkommunen.regression.grammar import FUNCTIONS, Part, read, refused
from optkommunen.values import KEY


def parsed(formula: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Frame with the columns of a formula, its outcome and its regressors; the constant is the model's own.

    Text is groups: one regressor for each of its values but the first. Numbers stay numbers; whole numbers that are
    codes of groups are written ``C(code)``. Truth values are 0 and 1. A missing cell is refused here: a missing
    category would become the reference category without a word.

    Parameters
    ----------
    formula : ``"outcome ~ regressors"``; see `grammar.ALLOWED`.
    frame : with the columns named.

    Returns
    -------
    frame : the columns given and those the formula makes, under their names in the formula.
    outcome, regressors : names of these columns.

    Raises
    ------
    ModelError
        Not readable, without constant, several outcomes, the outcome on both sides or no number, a missing cell, text
        that is numbers, dates, a regressor with one value.

    Examples
    --------
    >>> made, outcome, regressors = parsed("y ~ C(ring)", pd.DataFrame({"y": [1.0, 2, 3], "ring": ["a", "b", "a"]}))
    >>> outcome, regressors, made["C(ring)[T.b]"].tolist()
    ('y', ('C(ring)[T.b]',), [0, 1, 0])
    """
    left, right = read(formula)
    parts = [*left, *right]
    _require_known(formula, parts, frame)
    explained, explaining = ({name for part in side for name in part.names} & {*frame} for side in (left, right))
    require_unique(frame, explained | explaining)
    _refuse_missing(frame, explained | explaining)
    clean = _encoded(frame, parts)
    whole = [
        part.text for part in left if part.groups or (part.text in frame and kind(frame[part.text]) in (TEXT, GROUPS))
    ]
    if whole:
        message = f"An outcome is a number; {whole[0]} is groups. Count them, or give each a number."
        raise ModelError(message)
    outcome, regressors = _columns(formula, parts, clean)
    if "Intercept" not in regressors:
        message = (
            f"Every model has a constant; {formula!r} takes it out. Drop '- 1' or '0 +': of the groups of C(x) one "
            "is then the reference."
        )
        raise ModelError(message)
    if len(explained) == 1 and explained & explaining:
        message = (
            f"The outcome cannot explain itself; {', '.join(explained)} stands on both sides of {formula!r}. "
            "Leave it out on the right."
        )
        raise ModelError(message)
    require_varying(frame, sorted(explaining))
    first, names = ([name for name in side.columns if name != "Intercept"] for side in (outcome, regressors))
    if len(first) != 1 or not names:
        message = (
            f"A formula has one outcome and at least one regressor; {formula!r} has {len(first)} and {len(names)}."
        )
        raise ModelError(message)
    made = pd.DataFrame(pd.concat([outcome[first], regressors[names]], axis=1).set_axis(frame.index))
    return _with(frame, made), first[0], tuple(names)


def named(names: Sequence[str], frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Regressors by name as a formula takes them: text becomes a column for each of its groups but the first.

    Parameters
    ----------
    names : columns of the frame.
    frame : one row per municipality.

    Returns
    -------
    frame : the columns given and those of the groups.
    regressors : names of columns of numbers.

    Raises
    ------
    ModelError
        Text with a missing cell, that is numbers or has one value; dates. What is no column is the model's to say.

    Examples
    --------
    >>> named(["x", "ring"], pd.DataFrame({"x": [1, 2, 3], "ring": ["a", "b", "a"]}))[1]
    ('x', 'ring[T.b]')
    """
    require_unique(frame, names)
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        message = f"A regressor stands once; {', '.join(twice)} is named twice. Leave one out."
        raise ModelError(message)
    made: dict[str, pd.Series] = {}
    regressors: list[str] = []
    for name in names:
        if name not in frame or kind(frame[name]) not in (TEXT, GROUPS):
            regressors.append(name)
            continue
        _refuse_missing(frame, [name])
        require_varying(frame, [name])
        groups = _of_groups(frame, name, encoded(frame, name))
        for level in groups.cat.categories[1:]:
            made[f"{name}[T.{level}]"] = groups.eq(level).astype(int)
            regressors.append(f"{name}[T.{level}]")
    return _with(frame, pd.DataFrame(made, index=frame.index)), tuple(regressors)


def _with(frame: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """The frame with the columns made, in place of those of the same name."""
    return pd.concat([frame[[column for column in frame.columns if column not in made]], made], axis=1)


def _require_known(formula: str, parts: Iterable[Part], frame: pd.DataFrame) -> None:
    for part in parts:
        unknown = sorted(part.names - set(frame.columns) - (set() if part.text in part.names else set(FUNCTIONS)))
        if unknown:
            what = "no column" if part.text in part.names else "neither a column nor a function of a formula"
            error = refused(formula, f"{', '.join(unknown)} is {what}")
            message = f"{error} Columns: {', '.join(map(str, frame.columns))}."
            raise ModelError(message)


def _encoded(frame: pd.DataFrame, parts: Iterable[Part]) -> pd.DataFrame:
    """The frame with the columns of a formula as numbers or groups."""
    made: dict[str, pd.Series] = {}
    for part in parts:
        for name in sorted(part.names & set(frame.columns)):
            made[name] = encoded(frame, name, groups=part.groups)
            if part.groups or part.text == name:
                _of_groups(frame, name, made[name])
        beyond = set() if part.levels is None else {*made[next(iter(part.names & made.keys()))]} - set(part.levels)
        if beyond:
            message = (
                f"The levels of a factor name each of its groups; {part.text} leaves out "
                f"{', '.join(map(str, sorted(beyond, key=str)))}. Name all, or leave out these municipalities openly."
            )
            raise ModelError(message)
    return frame.assign(**made)


def _of_groups(frame: pd.DataFrame, name: str, column: pd.Series) -> pd.Series:
    """The column itself, unless it is text that tells every municipality from every other."""
    if isinstance(column.dtype, pd.CategoricalDtype) and len(frame) > 2 and column.is_unique:
        message = (
            f"Groups hold several municipalities; {name} has another value in each of the {len(frame)} rows, such as "
            f"{column.iloc[0]!r}. Leave it out, or merge its values to groups."
        )
        raise ModelError(message)
    return column


def _columns(formula: str, parts: Iterable[Part], frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Columns of the left and of the right side, as formulaic makes them."""
    made = _made(formula, frame)
    if made is None:
        wrong = [part.text for part in parts if _made(f"{part.text} ~ 1", frame) is None]
        raise refused(formula, f"{', '.join(wrong) or 'it'} cannot be computed from these columns")
    return made


def _made(formula: str, frame: pd.DataFrame) -> list[pd.DataFrame] | None:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    python = (ArithmeticError, AttributeError, LookupError, NameError, SyntaxError, TypeError, ValueError)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():  # a cell without a number is refused by its name
            warnings.simplefilter("ignore", RuntimeWarning)
            sides = Formula(formula)
            return [side.get_model_matrix(frame, na_action="ignore", context={}) for side in (sides.lhs, sides.rhs)]
    except (FormulaicError, *python):
        return None


def _refuse_missing(frame: pd.DataFrame, variables: Iterable[str]) -> None:
    for name in [column for column in frame.columns if column in set(variables)]:
        empty = frame[missing(frame[name])]
        if len(empty):
            whose = keys(empty) if KEY in frame else f"{len(empty)} rows"
            message = (
                f"A formula needs every cell of its columns; {name} is missing for {whose}. Drop them "
                f"openly (frame.dropna(subset=[{name!r}])), give them a group of their own, or leave the "
                "column out."
            )
            raise ModelError(message)
