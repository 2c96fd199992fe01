"""What a model and its answers say, and what they cannot say, in two to four sentences."""

from __future__ import annotations

import pandas as pd

from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.words import (
    Lang,
    decimals_for,
    level_number,
    noted,
    number,
    p_value,
    shortest,
    significant,
    translate,
)  # fmt: skip


def model(result: Result, lang: Lang) -> list[str]:
    """What a regression says of the coefficient in the foreground."""
    question: Question = result.options["question"]
    row = question.marginal().iloc[0]
    told = [_estimate(question, row, lang), _association(lang)]
    if row["note"]:
        told.append(translate("There is no interval: {why}.", lang, why=noted(row["note"], lang)))
    elif not question.bound:
        told.append(translate("A difference below {mde} would often have been missed (80% power at 5%).", lang,
                              mde=significant(row["mde"], 3, lang)))  # fmt: skip
    if len(question.left_out):
        told.append(translate("{n} municipalities are not in the model.", lang, n=len(question.left_out)))
    return told


def inference(result: Result, lang: Lang) -> list[str]:
    """How far the p-value hangs on the inference."""
    table = result.table
    rows = table[(table["model"] == table["model"].iloc[0]) & table["p"].notna()]
    reported = rows.loc[rows["inference"] == "HC3", "p"]
    if reported.empty:
        return model(result, lang)
    return [
        translate("The p-values of the model lie between {low} and {high}, the reported one (HC3) is {reported}.", lang,
                  low=p_value(rows["p"].min(), lang), high=p_value(rows["p"].max(), lang),
                  reported=p_value(float(reported.iloc[0]), lang)),
        translate("Where they disagree, the conclusion hangs on the inference, not on the data alone.", lang),
    ]  # fmt: skip


marginal = model  # the question is then that of the term that was asked for


def joint(result: Result, lang: Lang) -> list[str]:
    """Whether several coefficients can all be zero."""
    return [
        translate("That all {n} coefficients are zero has a p-value of {p} (F = {F}).", lang, n=result.facts["df1"],
                  p=p_value(result.facts["p"], lang), F=significant(result.facts["F"], 3, lang)),
        translate("Which of them differ from zero, the p-values adjusted after Holm say; a large one does not say that "
                  "there is no association.", lang),
    ]  # fmt: skip


def influence(result: Result, lang: Lang) -> list[str]:
    """How far the coefficient hangs on single municipalities."""
    question: Question = result.options["question"]
    with_all = float(question.fit.coef[question.fit.index_of(question.interest)])
    low, high, value = (significant(v, 3, lang) for v in (result.facts["lowest"], result.facts["highest"], with_all))
    return [
        translate("Without single municipalities the coefficient lies between {low} and {high}; with all it is "
                  "{value}.", lang, low=low, high=high, value=value),
        translate("Who moves it far is to be looked at, not to be left out for it.", lang),
    ]  # fmt: skip


def alternatives(result: Result, lang: Lang) -> list[str]:
    """How far the coefficient hangs on the model."""
    values = result.table["value"].dropna()
    if values.empty:
        return model(result, lang)
    low, high, value = (significant(float(v), 3, lang) for v in (values.min(), values.max(), values.iloc[0]))
    return [
        translate("By {n} models the difference lies between {low} and {high}, by the fitted one it is {value}.", lang,
                  n=len(values), low=low, high=high, value=value),
        translate("They are of the same data: that they agree shows nothing of what all of them leave out.", lang),
    ]  # fmt: skip


def panel(result: Result, lang: Lang) -> list[str]:
    """What each municipality compared with itself says."""
    row = result.table.iloc[0]
    told = translate("It changes in {changing} of {n} municipalities, which count as {clusters} clusters.", lang,
                     changing=row["n_changing"], n=row["municipalities"],
                     clusters=number(row["effective_clusters"], 1, lang))  # fmt: skip
    if row["note"]:
        return [told, translate("There is no interval: {why}.", lang, why=noted(row["note"], lang))]
    return [
        translate("Within municipalities, on the logarithm of the rate, the coefficient is {value}.", lang,
                  value=_value(row, lang)),
        told,
        translate("What of a municipality lasts is taken out; what changes with provision is not.", lang),
    ]  # fmt: skip


def specifications(result: Result, lang: Lang) -> list[str]:
    """What the curves show in short."""
    question: Question = result.options["question"]
    told = [
        translate("Of {n} models of {outcome}, {same}% have the sign that more have; {significant}% have p < .05; "
                  "the median is {median}.", lang, n=number(row["n_specifications"], 0, lang),
                  outcome=question.words(row["outcome"], lang), same=number(100 * row["share_one_sign"], 0, lang),
                  significant=number(100 * row["share_significant"], 0, lang),
                  median=significant(row["value"], 3, lang))
        for row in result.table.to_dict("records")
    ]  # fmt: skip
    return [*told, translate("The shares describe the choices and are no test; the joint test is.", lang)]


def sensitivity(result: Result, lang: Lang) -> list[str]:
    """How strong an unobserved confounder would have to be."""
    rv, rva = (number(100 * result.facts[name], 0, lang) for name in ("RV", "RV_alpha"))
    return [
        translate("A confounder would have to explain {rv}% of what is left of both regressor and outcome to bring the "
                  "coefficient to zero, {rva}% to bring its interval there.", lang, rv=rv, rva=rva),
        translate("Whether there is one as strong, no data can say.", lang),
    ]  # fmt: skip


def adjusted(result: Result, lang: Lang) -> list[str]:
    """What is left of each municipality, and of one what."""
    rows = result.table.dropna(subset=["value"])
    if rows.empty:
        return [translate("Nobody has an outcome on the scale of the model.", lang)]
    ends = rows.loc[[rows["value"].idxmin(), rows["value"].idxmax()]]
    low, high = (f"{significant(row['value'], 2, lang)} ({row.get('name', row['kommune'])})" for _, row in
                 ends.iterrows())  # fmt: skip
    told = translate("Observed less expected lies between {low} and {high}, on the scale of the model.", lang, low=low,
                     high=high)  # fmt: skip
    if len(rows) == 1:
        told = translate("Observed less expected is {low}, on the scale of the model.", lang, low=low)
    return [told, *(noted(note, lang) for note in result.notes)]


def residual_space(result: Result, lang: Lang) -> list[str]:
    """Whether neighbours have residuals alike."""
    row = result.table.iloc[-1]
    return [
        translate("Moran's I of the residuals is {value}, {expected} would be expected by chance (p {p}).", lang,
                  value=significant(row["value"], 2, lang), expected=significant(row["expected"], 2, lang),
                  p=p_value(row["p"], lang)),
        translate("A small p says that neighbours share what is not in the model, not what it is.", lang),
    ]  # fmt: skip


def outcome_words(question: Question, lang: Lang) -> str:
    """The outcome in the unit of the marginal association."""
    model, outcome = question.fit.model, question.words(question.fit.model.outcome, lang)
    per = shortest(question.per, lang)
    if isinstance(model, CountModel):
        exposure = question.words(model.exposure, lang)
        return translate("{outcome} per {per} {exposure}", lang, outcome=outcome, per=per, exposure=exposure)
    if isinstance(model, ShareModel) and question.per != 1:
        return translate("{outcome} (times {per})", lang, outcome=outcome, per=per)
    if question.of_the_caseload:
        return translate("{outcome} (per cent)", lang, outcome=outcome)
    return outcome


def _association(lang: Lang) -> str:
    return translate("It is an association among municipalities, not an effect, and says nothing about single "
                     "persons.", lang)  # fmt: skip


def _estimate(question: Question, row: pd.Series, lang: Lang) -> str:
    fit, words = question.fit, question.words
    interest = words(question.interest, lang)
    if question.bound:
        return translate(
            "The coefficient of {interest} is {value} on the scale of the model; {bound} cannot stay alike while it "
            "differs, so compare predictions instead.", lang, interest=interest,
            value=significant(float(fit.coef[fit.index_of(question.interest)]), 3, lang),
            bound=", ".join(question.bound),
        )  # fmt: skip
    fields = {"step": question.more(lang), "interest": interest, "n": fit.n}
    fields |= {"outcome": outcome_words(question, lang), "value": _value(row, lang)}
    others = [words(name, lang) for name in question.others]
    if not others:
        return translate(
            "With {step} more of {interest}, the difference in {outcome} is {value}, n = {n}.", lang, **fields
        )
    alike = ", ".join(others) if len(others) < 4 else translate("the {n} other regressors", lang, n=len(others))
    return translate("With {step} more of {interest}, the difference in {outcome} is {value}, among municipalities "
                     "alike in {others}, n = {n}.", lang, others=alike, **fields)  # fmt: skip


def _value(row: pd.Series, lang: Lang) -> str:
    value = significant(row["value"], 3, lang)
    if pd.isna(row["lower"]):
        return value
    digits = decimals_for(row["value"], 3)
    return translate("{value} [{lower}; {upper}] ({level}% interval)", lang, value=value,
                     lower=number(row["lower"], digits, lang), upper=number(row["upper"], digits, lang),
                     level=level_number(row["level"], lang))  # fmt: skip
