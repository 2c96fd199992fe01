"""Several models side by side, as a paper prints them: coefficients, errors below, what the fit rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optkommunen.data.labels import method_name
from optkommunen.errors import ModelError
from optkommunen.front import phrases
from optkommunen.front.model import Model
from optkommunen.front.question import Question, listed
from optkommunen.front.result import Result
from optkommunen.front.shown import Shown
from optkommunen.regression.design import CONSTANT
from optkommunen.regression.glm import CountModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.tables import coverage_of
from optkommunen.words import N_, Lang, Note, decimals_for, language, level_number, noted, number, translate


def models(
    *fitted: Model,
    level: float | None = None,
    digits: int = 3,
    labels: Mapping[str, str] | None = None,
    lang: Lang | None = None,
) -> Result:
    """Models side by side: coefficients with their error below, N, the named covariance, the statistics of the fit.

    There are no stars. Standard errors are the reported ones (HC3); linear models have R² and adjusted R², counts and
    shares deviance and dispersion, all as statsmodels has them.

    Parameters
    ----------
    *fitted : Model
        As from `regress`; an empty one is left out, and a note says why.
    level : float or None, default None
        Coverage of the intervals below the coefficients; None: standard errors instead.
    digits : int, default 3
        Behind the decimal mark.
    labels : mapping of str to str or None, default None
        Words for terms, outcomes, exposures and weights; without them those of returns have the words of the package,
        those of a frame of one's own their names.
    lang : {"de", "en"} or None, default None
        Language and decimal mark; None: that of the session when the table is shown.

    Returns
    -------
    Result
        ``table`` has a row for each coefficient, unrounded: ``model`` (the head of its column), ``outcome, term, value,
        lower, upper, level, method, se, t, p, note, mde, n, df, status, source``; the part ``fits`` a row for each
        model. It shows as the printed table: ``show(digits=…, lang=…), to_latex(), to_word(path), to_html()``;
        ``plot(term=…)`` draws one coefficient across the models, with the intervals that `regress` was asked for.

    Raises
    ------
    ModelError
        Something that is no model, or none.

    Examples
    --------
    >>> import optkommunen as ok
    >>> returns = ok.load_returns()
    >>> count = ok.regress(returns, "eingliederungen ~ waiting_days")
    >>> linear = ok.regress(returns, "rate ~ waiting_days", weights="ehb", name="linear")
    >>> print(ok.models(count, linear).show(digits=2).frame.to_string(index=False))  # doctest: +ELLIPSIS
                     (1)                                   (2) linear
     Outcome Eingliederungen Eingliederungen per 100 eHb and year
    ...
    """
    strange = [each for each in fitted if not isinstance(each, Model)]
    if strange or not fitted:
        found = f"found {type(strange[0]).__name__}" if strange else "found none"
        message = f"A table of models is made of answers of regress; {found}. Give ok.regress(...), one or several."
        raise ModelError(message)
    coverage_of(level)
    heads = [f"({i}) {'' if each.reason else each.fit.model.name}".strip() for i, each in enumerate(fitted, 1)]
    told = [
        Note("{model} is left out: {why}", model=head, why=each.reason)
        for head, each in zip(heads, fitted, strict=True)
        if each.reason
    ]
    shown = {head: each for head, each in zip(heads, fitted, strict=True) if not each.reason}
    if not shown:
        return Result("models", pd.DataFrame(), reason=listed(told, "; "))
    tables = [
        each.fit.table(level).assign(model=head, source=each.question.source) for head, each in shown.items()
    ]  # fmt: skip
    options = {"models": {head: each.question for head, each in shown.items()}, "level": level, "digits": digits,
               "labels": dict(labels or {}), "lang": lang, "shown": f"{__name__}:printed"}  # fmt: skip
    fits = pd.DataFrame([{"model": head, **_fit(each)} for head, each in shown.items()])
    return Result(
        "models", pd.concat(tables, ignore_index=True), parts={"fits": fits}, notes=tuple(told), options=options,
        figure="optkommunen.front.model_figures:models",
    )  # fmt: skip


def _fit(model: Model) -> dict[str, Any]:
    """What the fit rests on, in numbers and names."""
    fit, specified, results = model.fit, model.fit.model, model.results
    counts = isinstance(specified, CountModel)
    linear = isinstance(specified, LinearModel)
    return {
        "outcome": specified.outcome,
        "estimator": specified.label,
        "exposure": specified.exposure if counts else None,
        "weights": None if counts else specified.weights,
        "n": fit.n,
        "df": fit.df,
        "covariance": f"HC3, t({fit.df})",
        "r2": float(results.rsquared) if linear else float("nan"),
        "r2_adjusted": float(results.rsquared_adj) if linear else float("nan"),
        "deviance": float("nan") if linear else float(results.deviance),
        "phi": float(fit.phi),
        "status": fit.status,
    }


def printed(
    result: Result,
    *,
    digits: int | None = None,
    lang: Lang | None = None,
    caption: str = "",
    columns: Any = None,
    rows: Any = None,
    across: Any = None,
) -> Shown:
    """The table as it is printed.

    Raises
    ------
    ModelError
        Columns, rows or across: the table is laid out already.
    """
    if columns or rows or across:
        message = "A table of models has one layout: terms below each other, models side by side. Take .table for more."
        raise ModelError(message)
    options = result.options
    lang = language(lang if lang is not None else options["lang"])
    digits = options["digits"] if digits is None else digits
    blocks = (_heads(result, lang), _coefficients(result, digits, lang), _statistics(result, digits, lang))
    named = (head.partition(" ") for head in options["models"])
    heads = [place + space + method_name(name, lang) for place, space, name in named]
    frame = pd.DataFrame([row for block in blocks for row in block], columns=["", *heads], dtype="str")
    return Shown(
        frame, caption, tuple(_notes(result, lang)), lang, numeric=tuple(range(1, frame.shape[1])),
        rules=(len(blocks[0]), len(blocks[0]) + len(blocks[1])),
    )  # fmt: skip


def _heads(result: Result, lang: Lang) -> list[list[str]]:
    """Outcome, estimator, and exposure or weights where a model has them."""
    fits, asked = result.parts["fits"].set_index("model"), result.options["models"]
    found = [[translate("Estimator", lang), *(method_name(fits.at[model, "estimator"], lang) for model in asked)]]
    for head, column in ((N_("Outcome"), "outcome"), (N_("Exposure"), "exposure"), (N_("Weights"), "weights")):
        named = fits[column].dropna()
        cells = [_called(result, named[m], q, lang) if m in named else "" for m, q in asked.items()]
        if len(named):
            found.insert(0 if column == "outcome" else len(found), [translate(head, lang), *cells])
    return found


def _coefficients(result: Result, digits: int, lang: Lang) -> list[list[str]]:
    """Two lines for each term, in the order of the models, the constant last."""
    asked, level = result.options["models"], result.options["level"]
    rows = {(row["model"], row["term"]): row for row in result.table.to_dict("records")}
    terms = [term for term in dict.fromkeys(term for _, term in rows) if term != CONSTANT]
    found = []
    for term in [*terms, CONSTANT]:
        first = next(question for question in asked.values() if term in question.fit.terms)
        cells = [rows.get((model, term)) for model in asked]
        values = ["" if row is None else number(row["value"], digits, lang) for row in cells]
        found.append([_called(result, term, first, lang), *values])
        found.append(["", *["" if row is None else _error(row, level, digits, lang) for row in cells]])
    return found


def _statistics(result: Result, digits: int, lang: Lang) -> list[list[str]]:
    """What the fits rest on; a line for what any of them has."""
    fits = result.parts["fits"].set_index("model").loc[list(result.options["models"])]
    fits["phi"] = fits["phi"].where(fits["deviance"].notna())  # of a linear model it is the residual variance
    found = [
        ["N", *[number(n, 0, lang) for n in fits["n"]]],
        [translate("Covariance", lang), *fits["covariance"]],
    ]
    for head, column in (
        ("R²", "r2"), (N_("Adjusted R²"), "r2_adjusted"), (N_("Deviance"), "deviance"), (N_("Dispersion φ"), "phi"),
    ):  # fmt: skip
        places = [digits if column.startswith("r2") else decimals_for(value, 4) for value in fits[column]]
        cells = ["" if pd.isna(v) else number(v, at, lang) for v, at in zip(fits[column], places, strict=True)]
        if any(cells):
            found.append([translate(head, lang), *cells])
    return found


def _called(result: Result, name: str, question: Question, lang: Lang) -> str:
    return noted(question.called(name, result.options["labels"]), lang)


def _notes(result: Result, lang: Lang) -> list[str]:
    level, kinds = result.options["level"], set(result.parts["fits"]["estimator"])
    told = [translate("Standard errors in parentheses.", lang)]
    if level is not None:
        told = [translate("{level}% intervals in brackets.", lang, level=level_number(level, lang))]
    if "quasi-Poisson" in kinds:
        told.append(translate("Coefficients of counts are on the logarithm of the rate.", lang))
    if kinds & {"fractional logit", "quasi-binomial"}:
        told.append(translate("Coefficients of shares are on the logit.", lang))
    told.append(translate("Status: {status}.", lang, status=phrases.cell("status", result.status, lang)))
    return told + [noted(note, lang) for note in result.notes]


def _error(row: dict[Any, Any], level: float | None, digits: int, lang: Lang) -> str:
    if pd.isna(row["se"]):
        return "–"
    if level is None:
        return f"({number(row['se'], digits, lang)})"
    return f"[{number(row['lower'], digits, lang)}; {number(row['upper'], digits, lang)}]"
