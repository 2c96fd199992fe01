"""The figures of a model and of its answers: the frames they hold, with the words that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.labels import design_labels
from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.figures import coefficient_plot, robustness
from optkommunen.front.model_answers import inferences_of
from optkommunen.front.model_sentences import outcome_words
from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.regression.glm import CountModel
from optkommunen.values import KEY
from optkommunen.words import Lang, translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["model", "term", "outcome", "value", "lower", "upper", "level", "method", "mde", "n", "status"]


def model(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient in the foreground, under the reported inference and those beside it."""
    question: Question = result.options["question"]
    return _coefficients(question, inferences_of(question, question.fit), lang, asked)


def inference(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The same from the table of inferences: the model's own, for its linear counterparts have another unit."""
    table = result.table
    return _coefficients(result.options["question"], table[table["model"] == table["model"].iloc[0]], lang, asked)


def alternatives(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient by the models beside the fitted one, in one unit."""
    question: Question = result.options["question"]
    unit = translate("{outcome},\nwith {step} more of {interest}", lang, outcome=outcome_words(question, lang),
                     step=question.more(lang), interest=question.words(question.interest, lang))  # fmt: skip
    return _coefficients(question, result.table, lang, {"unit": unit, **asked})


def influence(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient without each municipality in turn."""
    question: Question = result.options["question"]
    table, fit = result.table, question.fit
    table = table if "name" in table else table.assign(name=table[KEY])
    value = float(fit.coef[fit.index_of(question.interest)])
    common = _common(question, lang, {**_scale(question, lang), **asked})
    return robustness.influence(table, value, status=fit.status, **common)


def specifications(result: Result, *, lang: Lang, outcome: str | None = None, **asked: Any) -> Figure:
    """What all specifications find: of each form of the outcome, or of the one that is named."""
    question: Question = result.options["question"]
    table = result.parts["curve"]
    found = list(dict.fromkeys(table["outcome"]))
    if outcome is not None and outcome not in found:
        message = f"A form of the outcome is one of {', '.join(found)}; found {outcome!r}. Name one of them."
        raise OptkommunenError(message)
    labels = design_labels(lang) if question.of_the_package else None
    common = _common(question, lang, asked, outcome or found[0])
    if outcome is None and len(found) > 1 and asked.get("title") is None:
        common["title"] = question.words(question.interest, lang)
    chosen = table if outcome is None else table[table["outcome"] == outcome]
    return robustness.specification_curve(chosen, labels=labels, **common)


def panel(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient within municipalities."""
    return _coefficients(result.options["question"], result.table.assign(model="panel"), lang, asked)


def models(result: Result, *, lang: Lang, term: str | None = None, **asked: Any) -> Figure:
    """One coefficient across models, by default that in the foreground of the first: a panel for each outcome."""
    questions: list[Question] = list(result.options["models"].values())
    first, heads = questions[0], list(result.options["models"])
    term = term or first.interest
    names = [question.fit.model.name for question in questions]
    places = [(question.fit.model.outcome, name) for question, name in zip(questions, names, strict=True)]
    if not all(names) or len(set(places)) < len(places):
        names = heads
    tables = [question.fit.table(question.level).assign(model=name)
              for question, name in zip(questions, names, strict=True)]  # fmt: skip
    rows = pd.concat(tables, ignore_index=True)
    rows = rows[rows["term"] == term]
    if rows.empty:
        message = f"A figure of models shows a term that one of them has; {term!r} is in none. Name another."
        raise ModelError(message)
    labels = {name: question.words(name, lang) for question in questions
              for name in (*question.fit.terms, question.fit.model.outcome)}  # fmt: skip
    labels |= {name: first.cell("model", name, lang) for name in names} | dict(result.options["labels"])
    common = _common(
        first, lang, {"title": first.words(term, lang), **{k: v for k, v in asked.items() if v is not None}}
    )
    common["source"] = "; ".join(dict.fromkeys(question.source for question in questions))
    return coefficient_plot.coefficients(rows[_COLUMNS], labels=labels, **common)


def _coefficients(question: Question, rows: pd.DataFrame, lang: Lang, asked: dict[str, Any]) -> Figure:
    """Rows with an interval, each named by its model and inference."""
    if rows["lower"].isna().all():
        why = "the model was asked without a level" if question.level is None else rows["note"].iloc[0]
        message = f"A figure shows intervals, and there is none: {why}. Look at .table."
        raise ModelError(message)
    rows = rows[rows["lower"].notna()].assign(term=question.interest, outcome="")
    named = [column for column in ("model", "inference") if column in rows]
    names = [", ".join(question.cell(c, row[c], lang) for c in named) for row in rows[named].to_dict("records")]
    labels = {question.interest: question.words(question.interest, lang), **{name: name for name in names}}
    common = _common(question, lang, {**_scale(question, lang), **asked})
    return coefficient_plot.coefficients(rows.assign(model=names)[_COLUMNS], labels=labels, **common)


def _scale(question: Question, lang: Lang) -> dict[str, str]:
    """The scale of the coefficients, where it is not the unit of the outcome."""
    counts = isinstance(question.fit.model, CountModel)
    return {"unit": translate("coefficient (logarithm of the rate)", lang)} if counts else {}


def _common(question: Question, lang: Lang, asked: dict[str, Any], outcome: str = "") -> dict[str, Any]:
    """What was asked of the figure, with title and source; these point out nobody."""
    options = dict(asked)
    highlight, title = options.pop("highlight", None), options.pop("title", None)
    if highlight is not None:
        message = f"A figure of a model shows no single municipality; found highlight={highlight!r}."
        raise OptkommunenError(message)
    if title is None:
        names = question.interest, outcome or question.fit.model.outcome
        title = " – ".join(question.words(name, lang) for name in names)
    unit = {"unit": translate("per cent per 10 percentage points", lang)} if question.of_the_caseload else {}
    return {"lang": lang, "title": title, "source": question.source, **unit, **options}
