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
from optkommunen.values import KEY
from optkommunen.words import Lang

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
    return _coefficients(question, result.table, lang, {"unit": outcome_words(question, lang), **asked})


def influence(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient without each municipality in turn."""
    question: Question = result.options["question"]
    table, fit = result.table, question.fit
    table = table if "name" in table else table.assign(name=table[KEY])
    value = float(fit.coef[fit.index_of(question.interest)])
    return robustness.influence(table, value, status=fit.status, **_common(question, lang, asked))


def specifications(result: Result, *, lang: Lang, outcome: str | None = None, **asked: Any) -> Figure:
    """The curve of one form of the outcome; the first unless it is named."""
    question: Question = result.options["question"]
    table = result.parts["curve"]
    found = list(dict.fromkeys(table["outcome"]))
    chosen = str(outcome or found[0])
    if chosen not in found:
        message = (
            f"A curve is that of one form of the outcome: {', '.join(found)}; found {outcome!r}. Name one of them."
        )
        raise OptkommunenError(message)
    labels = design_labels(lang) if question.of_the_package else None
    common = _common(question, lang, asked, chosen)
    return robustness.specification_curve(table[table["outcome"] == chosen], labels=labels, **common)


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
    common = _common(question, lang, asked)
    return coefficient_plot.coefficients(rows.assign(model=names)[_COLUMNS], labels=labels, **common)


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
    return {"lang": lang, "title": title, "source": question.source, **options}
