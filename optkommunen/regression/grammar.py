"""What a formula may say, and what is wrong with one that says something else."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from optkommunen.errors import ModelError

FUNCTIONS = ("C", "I", "log", "log2", "log10", "exp", "np", "center", "scale", "poly", "bs", "cr", "contr", "Treatment")
"""What may stand before a bracket in a formula; everything of numpy after ``np.``."""

ALLOWED = (
    "Allowed are columns (with a blank in the name: in `backticks`) joined by +, a:b for a product, a*b for a + b + "
    "a:b, brackets, C(x) for the groups of x, I(...) for arithmetic, and log, exp, np. and the like"
)

_SIGNS = {
    "**": "a power is written I(x ** 2)",
    "^": "a power is written I(x ** 2)",
    "/": "a ratio is written I(a / b)",
    "-": "a difference is written I(a - b); what is not wanted is left out",
    "|": "groups of x are written C(x); clusters are named beside the formula, cluster='land'",
    "=": "between outcome and regressors stands ~",
    "in": "groups within groups are written a:b",
}


class Part(NamedTuple):
    """One part of a term: a column, or an expression of columns.

    Attributes
    ----------
    text : as it stands in the formula.
    names : the columns and functions in it.
    groups : whether it is ``C(...)``.
    levels : groups named in ``C(x, levels=[...])``, or None.
    """

    text: str
    names: frozenset[str]
    groups: bool
    levels: tuple[object, ...] | None


def refused(formula: str, reason: str) -> ModelError:
    """What is raised for a formula that cannot be read.

    Examples
    --------
    >>> print(str(refused("y = x", "between outcome and regressors stands ~")).partition(". ")[0])
    A formula reads 'outcome ~ regressor + regressor' with columns of the frame; 'y = x' does not (between outcome and
    regressors stands ~)
    """
    message = (
        f"A formula reads 'outcome ~ regressor + regressor' with columns of the frame; {formula!r} does not "
        f"({reason}). {ALLOWED}."
    )
    return ModelError(message)


def read(formula: str) -> tuple[list[Part], list[Part]]:
    """Parts of the left and of the right side of a formula that keeps to the rules.

    The parser would take more, and often mean something else than its reader: ``x**2`` and ``x - z`` are ``x``, ``x/z``
    is ``x + x:z``.

    Raises
    ------
    ModelError
        The formula says something that is not allowed, or cannot be parsed; says what and how it is written.

    Examples
    --------
    >>> left, right = read("log(rate) ~ provision_index + C(ring)")
    >>> [part.text for part in left + right], sorted(right[1].names), right[1].groups
    (['log(rate)', 'provision_index', 'C(ring)'], ['C', 'ring'], True)
    """
    from formulaic.errors import FormulaicError
    from formulaic.parser.algos.tokenize import tokenize

    if not isinstance(formula, str):
        raise refused(formula, f"it is no text but {type(formula).__name__}")
    try:
        tokens = [(token.kind.value, token.token) for token in tokenize(formula)]
    except FormulaicError as error:
        raise refused(formula, "a bracket or a quotation mark is left open") from error
    fault = _fault(tokens)
    if fault:
        raise refused(formula, fault)
    sides: tuple[list[Part], list[Part]] = ([], [])
    right = False
    for what, text in tokens:
        right = right or text.startswith("~")
        if what in ("name", "python"):
            sides[right].append(_part(formula, what, text))
    return sides


def _fault(tokens: list[tuple[str, str]]) -> str:
    """What is wrong with the words of a formula; empty if nothing is."""
    signs = "".join(text for what, text in tokens if what == "operator")
    if signs.count("~") != 1 and "=" not in signs:
        return f"~ stands once, between outcome and regressors, not {signs.count('~')} times"
    for (what, text), (follows, after) in zip(tokens, [*tokens[1:], ("end", "")], strict=True):
        if what == "operator":
            fault = _sign(text, after)
            if fault:
                return fault
            if follows in ("end", "operator") or after == ")":
                return f"nothing stands after {text}"
        if what == "value" and text not in ("0", "1"):
            return _literal(text)
        if what == "context" and text not in "()":
            return f"{text} is no bracket of a formula"
        if what in ("name", "python", "value") and follows in ("name", "python", "value"):
            return f"{text} and {after} stand side by side without a sign between them"
    opened = 0
    for what, text in tokens:
        opened += {"(": 1, ")": -1}.get(text, 0) if what == "context" else 0
        if opened < 0 or (opened and "~" in text and what == "operator"):
            return "its brackets do not match"
    if opened:
        return "a bracket or a quotation mark is left open"
    return "no outcome stands before ~" if tokens[0][1].startswith("~") else ""


def _sign(text: str, after: str) -> str:
    for sign, way in _SIGNS.items():
        if sign in text and not (sign == "-" and after in ("0", "1")):
            return way
    return "" if re.fullmatch(r"[~+:*-]+", text) else f"{text} is no sign of a formula"


def _literal(text: str) -> str:
    if text == ".":
        return "the columns are named one by one, not by a point"
    if text[0] in "'\"":
        return f"{text} is text, no column; a name stands without quotation marks"
    return f"{text} is a number, no column; a multiple is written I({text} * x)"


def _part(formula: str, what: str, text: str) -> Part:
    if what == "name":
        return Part(text, frozenset([text]), False, None)
    quoted = re.findall(r"`([^`]*)`", text)
    plain = re.sub(r"`[^`]*`", lambda found: f"_quoted_{quoted.index(found[0][1:-1])}", text)
    try:
        tree = ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        raise refused(formula, f"{text} is no expression") from error
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {quoted[int(name.removeprefix("_quoted_"))] if name.startswith("_quoted_") else name for name in names}
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "C":
        return Part(text, frozenset(names), True, _levels(tree))
    return Part(text, frozenset(names), False, None)


def _levels(call: ast.Call) -> tuple[object, ...] | None:
    for keyword in call.keywords:
        if keyword.arg == "levels":
            try:
                return tuple(ast.literal_eval(keyword.value))
            except (ValueError, TypeError):
                return None
    return None
