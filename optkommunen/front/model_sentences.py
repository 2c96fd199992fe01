"""What a model and its answers say, and what they cannot say, in two to four sentences."""

from __future__ import annotations

import math

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.front.model_items import bound_to, marginal
from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.words import number, p_value

GERMAN = {
    "With {step} more of {interest}, the difference in {outcome} is {value}, n = {n}.":
        "Mit {step} mehr von „{interest}“ beträgt der Unterschied bei „{outcome}“ {value}, n = {n}.",
    "With {step} more of {interest}, the difference in {outcome} is {value}, among municipalities alike in {others}, "
    "n = {n}.":
        "Mit {step} mehr von „{interest}“ beträgt der Unterschied bei „{outcome}“ {value}, unter Kommunen, die sich in "
        "{others} gleichen, n = {n}.",
    "the {n} other regressors": "den {n} anderen Regressoren",
    "The coefficient of {interest} is {value} on the scale of the model; {bound} cannot stay alike while it differs, "
    "so compare predictions instead.":
        "Der Koeffizient von {interest} ist {value} auf der Skala des Modells; {bound} kann nicht gleich bleiben, "
        "während er sich ändert: Vergleichen Sie besser Vorhersagen.",
    "{value} [{lower}; {upper}] ({level}% interval)": "{value} [{lower}; {upper}] ({level}-%-Intervall)",
    "{outcome} per {per} {exposure}": "{outcome} je {per} {exposure}",
    "{outcome} (times {per})": "{outcome} (mal {per})",
    "It is an association among municipalities, not an effect, and says nothing about single persons.":
        "Das ist ein Zusammenhang unter Kommunen, keine Wirkung, und sagt nichts über einzelne Personen.",
    "A difference below {mde} would often have been missed (80% power at 5%).":
        "Ein Unterschied unter {mde} wäre oft unentdeckt geblieben (80 % Teststärke bei 5 %).",
    "There is no interval: {why}.": "Es gibt kein Intervall: {why}.",
    "{n} municipalities are not in the model.": "{n} Kommunen sind nicht im Modell.",
    "The p-values of the model lie between {low} and {high}, the reported one (HC3) is {reported}.":
        "Die p-Werte des Modells liegen zwischen {low} und {high}; berichtet wird {reported} (HC3).",
    "Where they disagree, the conclusion hangs on the inference, not on the data alone.":
        "Wo sie auseinandergehen, hängt der Schluss am Verfahren, nicht an den Daten allein.",
    "A confounder would have to explain {rv}% of what is left of both regressor and outcome to bring the coefficient "
    "to zero, {rva}% to bring its interval there.":
        "Eine ungemessene Größe müsste {rv} % des Rests von Regressor und Ergebnis erklären, um den Koeffizienten "
        "auf null zu bringen, {rva} %, um sein Intervall dorthin zu bringen.",
    "Whether there is one as strong, no data can say.": "Ob es eine so starke gibt, können keine Daten sagen.",
    "Of {n} models of {outcome}, {same}% have the sign that more have; {significant}% have p < .05; the median is "
    "{median}.":
        "Von {n} Modellen für {outcome} haben {same} % das häufigere Vorzeichen, {significant} % haben p < 0,05; der "
        "Median ist {median}.",
    "The shares describe the choices and are no test; the joint test is.":
        "Die Anteile beschreiben die Wahlmöglichkeiten und sind kein Test; ein Test ist der gemeinsame.",
}  # fmt: skip
"""German of the sentences, by the English ones."""


def translate(text: str, lang: Lang, **fields: object) -> str:
    """A sentence in the language asked for."""
    return (GERMAN[text] if lang == "de" else text).format(**fields)


def model(result: Result, lang: Lang) -> list[str]:
    """What a regression says of the coefficient in the foreground."""
    question: Question = result.options["question"]
    row = marginal(question).iloc[0]
    told = [_estimate(question, row, lang)]
    told.append(translate("It is an association among municipalities, not an effect, and says nothing about single "
                          "persons.", lang))  # fmt: skip
    if row["note"]:
        told.append(translate("There is no interval: {why}.", lang, why=row["note"]))
    elif not bound_to(question):
        told.append(translate("A difference below {mde} would often have been missed (80% power at 5%).", lang,
                              mde=_digits(row["mde"], lang)))  # fmt: skip
    if len(question.left_out):
        told.append(translate("{n} municipalities are not in the model.", lang, n=len(question.left_out)))
    return told


def inference(result: Result, lang: Lang) -> list[str]:
    """How far the p-value hangs on the inference."""
    table = result.table
    rows = table[(table["model"] == table["model"].iloc[0]) & table["p"].notna()]
    if rows.empty:
        return model(result, lang)
    reported = rows.loc[rows["inference"] == "HC3", "p"]
    return [
        translate("The p-values of the model lie between {low} and {high}, the reported one (HC3) is {reported}.", lang,
                  low=p_value(rows["p"].min(), lang), high=p_value(rows["p"].max(), lang),
                  reported=p_value(float(reported.iloc[0]), lang)),
        translate("Where they disagree, the conclusion hangs on the inference, not on the data alone.", lang),
    ]  # fmt: skip


def sensitivity(result: Result, lang: Lang) -> list[str]:
    """How strong an unobserved confounder would have to be."""
    rv, rva = (number(100 * result.facts[name], 0, lang) for name in ("RV", "RV_alpha"))
    return [
        translate("A confounder would have to explain {rv}% of what is left of both regressor and outcome to bring the "
                  "coefficient to zero, {rva}% to bring its interval there.", lang, rv=rv, rva=rva),
        translate("Whether there is one as strong, no data can say.", lang),
    ]  # fmt: skip


def specifications(result: Result, lang: Lang) -> list[str]:
    """What the curves show in short."""
    question: Question = result.options["question"]
    told = []
    for row in result.table.to_dict("records"):
        significant = row["share_significant"]
        told.append(
            translate("Of {n} models of {outcome}, {same}% have the sign that more have; {significant}% have p < .05; "
                      "the median is {median}.", lang, n=number(row["n_specifications"], 0, lang),
                      outcome=question.words(row["outcome"], lang), same=number(100 * row["share_one_sign"], 0, lang),
                      significant=number(100 * significant, 0, lang), median=_digits(row["value"], lang))
        )  # fmt: skip
    return [*told, translate("The shares describe the choices and are no test; the joint test is.", lang)]


def _estimate(question: Question, row: pd.Series, lang: Lang) -> str:
    fit, words = question.fit, question.words
    interest, bound = words(question.interest, lang), bound_to(question)
    if bound:
        value = _digits(float(fit.coef[fit.index_of(question.interest)]), lang)
        return translate("The coefficient of {interest} is {value} on the scale of the model; {bound} cannot stay "
                         "alike while it differs, so compare predictions instead.", lang, interest=interest,
                         value=value, bound=", ".join(bound))  # fmt: skip
    fields = {"step": _plain(question.step, lang), "interest": interest, "n": fit.n}
    fields |= {"outcome": outcome_words(question, lang), "value": _value(row, lang)}
    others = [words(name, lang) for name in fit.terms[1:] if name != question.interest]
    if not others:
        return translate(
            "With {step} more of {interest}, the difference in {outcome} is {value}, n = {n}.", lang, **fields
        )
    alike = ", ".join(others) if len(others) < 4 else translate("the {n} other regressors", lang, n=len(others))
    return translate("With {step} more of {interest}, the difference in {outcome} is {value}, among municipalities "
                     "alike in {others}, n = {n}.", lang, others=alike, **fields)  # fmt: skip


def outcome_words(question: Question, lang: Lang) -> str:
    """The outcome in the unit of the marginal association."""
    model, outcome = question.fit.model, question.words(question.fit.model.outcome, lang)
    per = _plain(question.per, lang)
    if isinstance(model, CountModel):
        exposure = question.words(model.exposure, lang)
        return translate("{outcome} per {per} {exposure}", lang, outcome=outcome, per=per, exposure=exposure)
    if isinstance(model, ShareModel) and question.per != 1:
        return translate("{outcome} (times {per})", lang, outcome=outcome, per=per)
    return outcome


def _value(row: pd.Series, lang: Lang) -> str:
    value = _digits(row["value"], lang)
    if pd.isna(row["lower"]):
        return value
    digits = _decimals(row["value"])
    bounds = {name: number(row[name], digits, lang) for name in ("lower", "upper")}
    level = number(100 * row["level"], 0, lang)
    return translate("{value} [{lower}; {upper}] ({level}% interval)", lang, value=value, level=level, **bounds)


def _decimals(value: float) -> int:
    """Decimals for three digits that count, at most six."""
    return 2 if not value or not math.isfinite(value) else min(6, max(0, 2 - math.floor(math.log10(abs(value)))))


def _digits(value: float, lang: Lang) -> str:
    return number(value, _decimals(value), lang)


def _plain(value: float, lang: Lang) -> str:
    return f"{value:g}".replace(".", "," if lang == "de" else ".")
