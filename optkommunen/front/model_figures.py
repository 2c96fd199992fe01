"""The figures of a model and of its answers: the frames they hold, with the words that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import design_labels, method_name, model_name
from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.figures import coefficient_plot, robustness
from optkommunen.front.model_answers import inferences_of
from optkommunen.front.model_sentences import outcome_words
from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.values import KEY
from optkommunen.words import translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ["model", "term", "outcome", "value", "lower", "upper", "level", "method", "mde", "n", "status"]


def model(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient in the foreground, under the reported inference and those beside it."""
    question: Question = result.options["question"]
    return _by_inference(question, inferences_of(question, question.fit, 2008, 9_999), lang, asked)


def inference(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The same from the table of inferences: the model's own, for its linear counterparts have another unit."""
    table = result.table
    return _by_inference(result.options["question"], table[table["model"] == table["model"].iloc[0]], lang, asked)


def alternatives(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient by the models beside the fitted one, in one unit."""
    question: Question = result.options["question"]
    rows = _with_interval(question, result.table).assign(term=question.interest, outcome="")
    words = design_labels(lang) if question.of_the_package else {}
    names = [method_name(name, lang, words) for name in rows["model"]]
    unit = outcome_words(question, lang)
    return _coefficients(question, rows.assign(model=names), lang, {**asked, "unit": unit})


def influence(result: Result, *, lang: Lang, **asked: Any) -> Figure:
    """The coefficient without each municipality in turn."""
    question: Question = result.options["question"]
    options, table, fit = _asked(asked), result.table, question.fit
    table = table if "name" in table else table.assign(name=table[KEY])
    return robustness.influence(
        table, float(fit.coef[fit.index_of(question.interest)]), lang=lang,
        title=options.pop("title") or _title(question, lang), source=_source(question, lang), status=fit.status,
        **options,
    )  # fmt: skip


def specifications(result: Result, *, lang: Lang, outcome: str | None = None, **asked: Any) -> Figure:
    """The curve of one form of the outcome; the first unless it is named."""
    question: Question = result.options["question"]
    options, table = _asked(asked), result.parts["curve"]
    found = list(dict.fromkeys(table["outcome"]))
    if outcome is not None and outcome not in found:
        message = (
            f"A curve is that of one form of the outcome: {', '.join(found)}; found {outcome!r}. Name one of them."
        )
        raise OptkommunenError(message)
    rows = table[table["outcome"] == (outcome or found[0])]
    name = question.words(str(outcome or found[0]), lang)
    return robustness.specification_curve(
        rows, lang=lang, title=options.pop("title") or f"{question.words(question.interest, lang)} – {name}",
        source=_source(question, lang), labels=design_labels(lang) if question.of_the_package else None, **options,
    )  # fmt: skip


def _by_inference(question: Question, table: pd.DataFrame, lang: Lang, asked: dict[str, Any]) -> Figure:
    shown = model_name if question.stated else method_name  # the name of a model is its own, as its columns are
    own = {"land": "Land"} if question.of_the_package else {}
    rows = _with_interval(question, table).assign(term=question.interest, outcome="")
    names = [
        f"{shown(m, lang)}, {method_name(i, lang, own)}"
        for m, i in zip(rows["model"], rows["inference"], strict=True)
    ]  # fmt: skip
    return _coefficients(question, rows.assign(model=names), lang, asked)


def _coefficients(question: Question, rows: pd.DataFrame, lang: Lang, asked: dict[str, Any]) -> Figure:
    options = _asked(asked)
    words = {question.interest: question.words(question.interest, lang), **{name: name for name in rows["model"]}}
    return coefficient_plot.coefficients(
        rows[_COLUMNS], lang=lang, labels=words, title=options.pop("title") or _title(question, lang),
        source=_source(question, lang),
        **options,
    )  # fmt: skip


def _with_interval(question: Question, table: pd.DataFrame) -> pd.DataFrame:
    if table["lower"].isna().all():
        why = "the model was asked without a level" if question.level is None else table["note"].iloc[0]
        message = f"A figure shows intervals, and there is none: {why}. Look at .table."
        raise ModelError(message)
    return table[table["lower"].notna()]


def _title(question: Question, lang: Lang) -> str:
    return f"{question.words(question.interest, lang)} – {question.words(question.fit.model.outcome, lang)}"


def _source(question: Question, lang: Lang) -> str:
    return question.source or translate("own calculation", lang)


def _asked(asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked of the figure; these point out nobody."""
    if asked.get("highlight") is not None:
        message = f"A figure of a model shows no single municipality; found highlight={asked['highlight']!r}."
        raise OptkommunenError(message)
    return {name: value for name, value in asked.items() if name != "highlight"}
