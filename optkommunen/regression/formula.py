"""A formula in words becomes columns of numbers, once; resampling then runs on arrays."""

from __future__ import annotations

import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import keys, require_varying
from optkommunen.values import KEY


def parsed(formula: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Frame with the columns of a formula, its outcome and its regressors; the constant is the model's own.

    A missing cell is refused here: a missing category would become the reference category without a word.

    Parameters
    ----------
    formula : ``"outcome ~ regressors"``; functions such as ``log(x)`` and ``C(group)`` may stand in it.
    frame : with the columns named.

    Returns
    -------
    frame : the columns given and those the formula makes, under their names in the formula.
    outcome, regressors : names of these columns.

    Raises
    ------
    ModelError
        Not readable, without constant, several outcomes, the outcome on both sides, a missing cell, a regressor
        with one value.

    Examples
    --------
    >>> made, outcome, regressors = parsed("y ~ C(ring)", pd.DataFrame({"y": [1.0, 2, 3], "ring": ["a", "b", "a"]}))
    >>> outcome, regressors, made["C(ring)[T.b]"].tolist()
    ('y', ('C(ring)[T.b]',), [0, 1, 0])
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        sides = Formula(formula)
        variables = [set(map(str, side.required_variables)) for side in (sides.lhs, sides.rhs)]
        _refuse_missing(frame, variables[0] | variables[1])
        outcome = sides.lhs.get_model_matrix(frame, na_action="ignore")
        right = sides.rhs.get_model_matrix(frame, na_action="ignore")
    except (FormulaicError, AttributeError, SyntaxError, KeyError, NameError) as error:
        message = (
            f"A formula reads 'outcome ~ regressor + regressor' with columns of the frame; {formula!r} does not "
            f"({error}). Columns: {', '.join(map(str, frame.columns))}."
        )
        raise ModelError(message) from error
    if "Intercept" not in right.columns:
        message = (
            f"Every model has a constant; {formula!r} takes it out. Drop '- 1' or '0 +': of the groups of C(x) one "
            "is then the reference."
        )
        raise ModelError(message)
    if len(variables[0]) == 1 and variables[0] <= variables[1]:
        message = (
            f"The outcome cannot explain itself; {', '.join(variables[0])} stands on both sides of {formula!r}. "
            "Leave it out on the right."
        )
        raise ModelError(message)
    require_varying(frame, sorted(variables[1] & set(frame.columns)))
    left = [column for column in outcome.columns if column != "Intercept"]
    columns = [column for column in right.columns if column != "Intercept"]
    if len(left) != 1 or not columns:
        message = (
            f"A formula has one outcome and at least one regressor; {formula!r} has {len(left)} and {len(columns)}."
        )
        raise ModelError(message)
    made = pd.concat([outcome[left], right[columns]], axis=1).set_axis(frame.index)
    kept = frame[[column for column in frame.columns if column not in made.columns]]
    return pd.concat([kept, pd.DataFrame(made)], axis=1), left[0], tuple(columns)


def _refuse_missing(frame: pd.DataFrame, variables: set[str]) -> None:
    for name in [column for column in frame.columns if column in variables]:
        empty = frame[frame[name].isna()]
        if len(empty):
            whose = keys(empty) if KEY in frame else f"{len(empty)} rows"
            message = (
                f"A formula needs every cell of its columns; {name} is missing for {whose}. Drop them "
                f"openly (frame.dropna(subset=[{name!r}])), give them a group of their own, or leave the "
                "column out."
            )
            raise ModelError(message)
