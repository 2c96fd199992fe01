"""What a column of a frame is to a model: numbers, text whose values are groups, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd
from pandas.api import types

from optkommunen.errors import ModelError
from optkommunen.values import KEY

NUMBERS, TEXT, GROUPS = "numbers", "text", "groups"
NUMERALS, DATES, MIXED, OTHER = "numerals", "dates", "mixed", "other"

_NUMERAL = re.compile(r"[+\-−]?\s*(\d[\d.,'’\s]*|[.,]\d+)([eE][+\-]?\d+)?\s*[%‰€]?")
_WHOLE = re.compile(r"\d+")
_INFERRED = {
    "string": TEXT, "empty": NUMBERS,
    **dict.fromkeys(("boolean", "integer", "floating", "mixed-integer-float", "decimal"), NUMBERS),
    **dict.fromkeys(("datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period"), DATES),
    **dict.fromkeys(("mixed", "mixed-integer"), MIXED),
}  # fmt: skip


def kind(column: pd.Series) -> str:
    """What a column is, whatever its dtype; missing and blank cells do not count.

    Returns
    -------
    str
        `NUMBERS`: numbers and truth values. `TEXT`: text, of dtype object, str, string or category. `GROUPS`: a
        category of anything else, such as the classes of ``pd.cut``. Neither: `NUMERALS` (text with a cell that reads
        as a number), `DATES` (dates, periods, durations), `MIXED` (text among numbers), `OTHER`.

    Examples
    --------
    The dtype does not matter, the cells do:

    >>> [kind(pd.Series(["a", "b"], dtype=dtype)) for dtype in ("object", "string", "category")]
    ['text', 'text', 'text']
    >>> kind(pd.Series(["0,3", "12 %"])), kind(pd.Series([1, 2], dtype="object")), kind(pd.Series(["a", 2]))
    ('numerals', 'numbers', 'mixed')
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inside = kind(pd.Series(column.cat.remove_unused_categories().cat.categories))
        return inside if inside in (TEXT, NUMERALS) else GROUPS
    if types.is_bool_dtype(dtype) or types.is_numeric_dtype(dtype):
        return OTHER if types.is_complex_dtype(dtype) else NUMBERS
    filled = column[~missing(column)].astype(object)
    found = _INFERRED.get(types.infer_dtype(filled), OTHER)
    return NUMERALS if found == TEXT and any(map(_numeral, filled)) else found


def missing(column: pd.Series) -> pd.Series:
    """Whether a cell is empty; text of blanks is."""
    if types.is_numeric_dtype(column.dtype):
        return column.isna()
    blank = column.map(lambda cell: isinstance(cell, str) and not cell.strip(), na_action="ignore")
    return column.isna() | blank.astype(object).eq(True)


def encoded(frame: pd.DataFrame, name: str, *, groups: bool = False) -> pd.Series:
    """One column as a model takes it: plain numbers, or groups without empty ones, in the order of their names.

    The order of a category is its own: its first group is the reference.

    Parameters
    ----------
    frame : with the column, no cell empty.
    name : of the column.
    groups : the column was named as one of groups, by ``C(name)``: text of whole numbers (codes) is then taken.

    Raises
    ------
    ModelError
        The column is neither numbers nor text; says what to write.

    Examples
    --------
    >>> frame = pd.DataFrame({"ring": pd.Categorical(["b", "a", "b"], categories=["a", "b", "emptied"])})
    >>> encoded(frame, "ring").cat.categories.tolist(), encoded(frame.astype("string"), "ring").tolist()
    (['a', 'b'], ['b', 'a', 'b'])
    """
    column = frame[name]
    found = kind(column)
    if found == NUMBERS:
        return _plain(column)
    codes = groups and found == NUMERALS and _codes(column.astype(object))
    if found not in (TEXT, GROUPS) and not codes:
        refuse(frame, name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        used = column.cat.remove_unused_categories()
        return used.cat.rename_categories([str(level) for level in used.cat.categories]).cat.as_unordered()
    levels = sorted({str(text) for text in column})
    return pd.Series(pd.Categorical(column.astype(object), categories=levels), index=column.index, name=name)


def require_numbers(frame: pd.DataFrame, names: Iterable[str], regressors: Iterable[str] = ()) -> None:
    """Refuse columns of a model class that are no numbers; empty cells are the caller's matter.

    Raises
    ------
    ModelError
        Names the column, what it holds, and what to write.
    """
    regressors = set(regressors)
    for name in names:
        found = kind(frame[name])
        if found in (TEXT, GROUPS):
            example = frame[name].dropna().iloc[0]
            way = f"For a term of each of its groups write C({name}) in a formula of ok.regress."
            message = f"A column of the model holds numbers; {name} is text, such as {str(example)!r}. " + (
                way if name in regressors else "Name another column."
            )
            raise ModelError(message)
        if found != NUMBERS:
            refuse(frame, name)


def require_unique(frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse names that stand above several columns of the frame.

    Raises
    ------
    ModelError
        Names them.
    """
    several = sorted(set(frame.columns[frame.columns.duplicated()]) & set(names))
    if several:
        message = f"A name stands for one column; several of the frame are called {', '.join(several)}. Rename them."
        raise ModelError(message)


def refuse(frame: pd.DataFrame, name: str) -> None:
    """Say why a column is neither numbers nor groups, and what to write instead.

    Raises
    ------
    ModelError
        Always.
    """
    column = frame[name]
    found, cells = kind(column), column[~missing(column)].astype(object)
    if found == NUMERALS:
        message = _about_numerals(frame, name, cells)
    elif found == DATES:
        duration = isinstance(cells.iloc[0], pd.Timedelta) or "timedelta" in types.infer_dtype(cells)
        number = f"its days, frame[{name!r}].dt.days" if duration else f"its year, frame[{name!r}].dt.year"
        message = (
            f"A model takes numbers, or text as groups; {name} holds dates, periods or durations, such as "
            f"{str(cells.iloc[0])!r}. Write a number ({number}), or groups: frame[{name!r}].astype(str), and "
            f"C({name}) in a formula."
        )
    elif found == MIXED:
        first = {isinstance(cell, str): cell for cell in reversed(list(cells))}
        message = (
            f"A column holds numbers or text; {name} holds both, such as {' and '.join(map(repr, first.values()))}. "
            f"Make it one of them: pd.to_numeric(frame[{name!r}], errors='coerce') or frame[{name!r}].astype(str)."
        )
    else:
        example = f", such as {cells.iloc[0]!r}" if len(cells) else ""
        message = f"A model takes numbers, or text as groups; {name} is neither{example}. Make it one of them."
    raise ModelError(message)


def _about_numerals(frame: pd.DataFrame, name: str, cells: pd.Series) -> str:
    is_number = cells.map(_numeral).astype(bool)
    numerals, others = cells[is_number], cells[~is_number]
    whose = f" ({frame.loc[numerals.index[0], KEY]})" if KEY in frame and frame.index.is_unique else ""
    beside = f", beside what is none, {others.iloc[0]!r}" if len(others) else ""
    codes = f", or C({name}) in a formula if they are codes of groups" if _codes(cells) else ""
    return (
        f"Numbers stand as numbers, not as text; {name} holds text that reads as numbers, such as "
        f"{numerals.iloc[0]!r}{whose}{beside}. Write frame[{name!r}] = "
        f"pd.to_numeric({_as_digits(name, ''.join(numerals))}{', errors=' + repr('coerce') if len(others) else ''})"
        f"{codes}."
    )


def _as_digits(name: str, signs: str) -> str:
    """Code that leaves of text only what `pd.to_numeric` reads; a point beside a decimal comma is one of thousands."""
    idle = {sign for sign in signs if sign in "%‰€'’" or sign.isspace()} | (
        {"."} if "," in signs and "." in signs else set()
    )
    code = f"frame[{name!r}].astype(str)"
    if idle:
        code += f".str.replace({'[' + ''.join(sorted(idle)) + ']'!r}, '', regex=True)"
    for sign, plain in ((",", "."), ("−", "-")):
        code += f".str.replace({sign!r}, {plain!r})" if sign in signs else ""
    return code


def _codes(cells: pd.Series) -> bool:
    """Whether text can be codes of groups: whole numbers without a sign, and words."""
    return all(_WHOLE.fullmatch(text.strip()) or not _numeral(text) for text in cells)


def _numeral(text: str) -> bool:
    return _NUMERAL.fullmatch(text.strip()) is not None


def _plain(column: pd.Series) -> pd.Series:
    """Numbers of any dtype as those of numpy; truth values as 0 and 1, whole numbers stay whole."""
    whole = types.infer_dtype(column) in ("boolean", "integer")
    return column.astype("int64" if whole else "float64")
