"""What a reader has to know of an estimate: one item a row, and the notes below its table."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial

import pandas as pd

from optkommunen.data.labels import method_name
from optkommunen.front import phrases
from optkommunen.front.question import Question, listed
from optkommunen.indicators.conditions import complete_years
from optkommunen.regression import integration as spec
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.values import KEY
from optkommunen.words import Lang, Note, noted, number, shortest, significant


def items(question: Question) -> pd.DataFrame:
    """What a reader has to know of the estimate, one item a row.

    Returns
    -------
    DataFrame
        ``item, value``: English texts, the same on every run, which `show` says in German too. Four items of returns
        stand only where they apply: what of a stated model nobody collected, whose provision index has fewer services
        than the others', of which year the context is, and what is not public.
    """
    fit, row = question.fit, question.marginal().iloc[0]
    key, hat = fit.largest_leverage()
    whose = fit.data.set_index(KEY)["name"][key] if "name" in fit.data else key
    n = Note("{n} municipalities", n=fit.n)
    if len(question.left_out):
        n = Note("{n} municipalities, {out} left out", n=fit.n, out=len(question.left_out))
    detectable = Note("{mde} (unit of the estimand; 80% power at 5%)", mde=partial(significant, row["mde"], 3))
    found: list[tuple[Note, str]] = [
        (Note("estimand"), _estimand(question)),
        (Note("estimator"), _estimator(question)),
        (Note("weights"), _weights(question)),
        (Note("covariance"), f"HC3, t({fit.df})"),
        *((Note("outcome year"), year) for year in _years(question)),
        (Note("n"), n),
        *_short_index(fit),
        *((Note("context"), told) for told in _context(question)),
        (Note("clusters"), _clusters(question)),
        (Note("dispersion"), Note("phi = {phi}", phi=partial(significant, fit.phi, 3))),
        (Note("largest leverage"), listed([partial(number, hat, 2), f"({whose})"], " ")),
        (Note("leverage one, dropped"), _dropped(fit)),
        (Note("minimum detectable"), listed([partial(noted, row["note"])]) if row["note"] else detectable),
        (Note("multiple testing"), _multiple(question)),
        (Note("status"), listed([partial(_status, fit.status)])),
        (Note("source"), question.source),
    ]
    if question.returns is not None and _not_public(fit):
        what = Note(
            "Eingliederungen, use of the services and waiting times by municipality in the years of the report on 2008 "
            "(2006 to 2008); no published study of offices as units is known"
        )
        found.append((Note("not public"), what))
    if question.of_the_caseload:
        what = Note(
            "childcare under § 16 SGB II, its users and waiting times, and Eingliederungen by municipality in 2008; no "
            "published study of offices as units is known"
        )
        found.append((Note("not public"), what))
    return pd.DataFrame(found, columns=["item", "value"], dtype=object)


def notes(question: Question) -> list[str]:
    """What stands below the table of coefficients."""
    told: list[str] = []
    if question.fit.exact:
        told.append(Note("The outcome follows the regressors exactly: there is no error and no interval."))
    if len(question.left_out):
        counted = Counter(question.left_out["reason"])
        reasons = listed([listed([partial(noted, why), f"({n})"], " ") for why, n in counted.items()], "; ")
        told.append(Note("{n} left out: {reasons}.", n=len(question.left_out), reasons=reasons))
    if question.unclustered:
        told.append(Note("No inference by cluster: {why}.", why=question.unclustered))
    told += [Note("Context of {context}.", context=each) for each in _context(question) if "estimated" in each]
    return told


def _estimand(question: Question) -> Note:
    fit, model, interest, called = question.fit, question.fit.model, question.interest, question.called
    outcome, per = called(model.outcome), partial(shortest, question.per)
    if question.bound:
        return Note(
            "the coefficient of one term, {interest}, in the model of {outcome}; no comparison by itself, for {bound} "
            "cannot stay alike while it differs. Compare predictions instead",
            interest=interest, outcome=outcome, bound=", ".join(question.bound),
        )  # fmt: skip
    if isinstance(model, CountModel) and question.returns is not None and model.outcome == spec.OUTCOME:
        unit = Note("how many more {outcome} a year per {per} {exposure}", outcome=outcome, per=per,
                    exposure=called(model.exposure))  # fmt: skip
    elif isinstance(model, CountModel):
        unit = Note("how many more {outcome} per {per} {exposure}", outcome=outcome, per=per,
                    exposure=called(model.exposure))  # fmt: skip
    elif isinstance(model, ShareModel) and question.per == 100:
        unit = Note("how much more {outcome}, in percentage points,", outcome=outcome)
    elif isinstance(model, ShareModel):
        unit = Note("how much more {outcome}, times {per},", outcome=outcome, per=per)
    elif question.of_the_caseload:
        unit = Note("how many per cent more (100 × ln) {outcome}", outcome=outcome)
    else:
        unit = Note("how much more {outcome}, in its unit,", outcome=outcome)
    more = Note("{step} more of: {interest}", step=partial(question.more), interest=called(interest))
    if question.returns is not None and interest in (spec.INDEX, *spec.COVERAGES):
        more = Note("{more}, {served} more served per 100 with need", more=more,
                    served=partial(shortest, 100 * question.step))  # fmt: skip
    alike = Note("nothing else held equal")
    if question.others:
        alike = Note("among municipalities alike in: {others}", others=listed(map(called, question.others)))
    return Note(
        "{unit} a municipality has with {more}; {alike}; mean of {n} municipalities; an association, not an effect",
        unit=unit, more=more, alike=alike, n=fit.n,
    )  # fmt: skip


def _estimator(question: Question) -> Note:
    model = question.fit.model
    label = listed([partial(method_name, model.label)])
    if not isinstance(model, CountModel):
        return label
    return Note("{estimator}, exposure {exposure}", estimator=label, exposure=question.called(model.exposure))


def _weights(question: Question) -> Note:
    """Two different things: what counts how much in the fit, and in the average of the estimand."""
    model, called = question.fit.model, question.called
    if isinstance(model, LinearModel):
        fit = Note("every municipality equally")
        if model.weights:
            fit = Note("by {weights}", weights=called(model.weights))
        return Note("fit: {fit}; average: none, the coefficient is the same everywhere", fit=fit)
    if isinstance(model, CountModel):
        fit = Note("by the expected count, so by {exposure} times expected rate", exposure=called(model.exposure))
    elif model.weights:
        fit = Note("by {weights} times share (1 - share), as expected", weights=called(model.weights))
    else:
        fit = Note("by share (1 - share), as expected")
    return Note("fit: {fit}; average: every municipality equally", fit=fit)


def _clusters(question: Question) -> Note:
    if question.cluster:
        return listed([str(question.fit.data[question.cluster].nunique()), f"({question.cluster})"], " ")
    return Note("none: {why}", why=question.unclustered) if question.unclustered else Note("none")


def _dropped(fit: FittedModel) -> Note:
    who, regressors = ", ".join(fit.dropped), ", ".join(fit.dropped_regressors)
    if regressors:
        return Note("{who}, and what only they identify: {regressors}", who=who, regressors=regressors)
    return listed([who]) if who else Note("none")


def _years(question: Question) -> list[str]:
    """The outcome year of returns."""
    return [] if question.returns is None else [", ".join(question.fit.data["period"].astype(str).unique())]


def _multiple(question: Question) -> Note:
    if question.of_the_caseload:
        return Note("two outcomes, stated beforehand: Holm over the two; models that leave places out are checks")
    if question.stated and question.interest == spec.INDEX:
        return Note("this coefficient was stated beforehand; others by joint F, then Holm")
    return Note("p of one coefficient, unadjusted: it holds if {term} was chosen before any result; others by joint F, "
                "then Holm", term=question.called(question.interest))  # fmt: skip


def _status(status: str, lang: Lang) -> str:
    return status if lang == "en" else phrases.cell("status", status, lang)


def _named(fit: FittedModel) -> set[str]:
    """Every name in the outcome and the terms."""
    return set(re.findall(r"\w+", " ".join([fit.model.outcome, *fit.terms])))


def _context(question: Question) -> list[Note]:
    """Of which year the context of returns is; nothing where none is in the model."""
    data = question.fit.data
    if question.returns is None or _named(question.fit).isdisjoint(spec.TWELVE):
        return []
    of, before = str(data["context_period"].iloc[0]), str(int(data["period"].iloc[0]) - 1)
    if not of:
        return [Note("brought by the returns, which name no year")]
    if of == before:
        return [Note("{year}, the year before the outcome; density of 2005", year=of)]
    if before in complete_years():
        return [Note("{year}, in place of {before}, the year before the outcome: estimated; density of 2005", year=of,
                     before=before)]  # fmt: skip
    return [Note("{year}, in place of {before}, the year before the outcome, for which not all twelve variables are "
                 "published: estimated; density of 2005", year=of, before=before)]  # fmt: skip


def _not_public(fit: FittedModel) -> bool:
    """Whether the model uses what no publication has by municipality."""
    known = {spec.OUTCOME, spec.LN_RATE, spec.INDEX, spec.WAITING, *spec.COVERAGES}
    known |= {spec.RATE} if spec.OUTCOME in fit.data else set()
    return not known.isdisjoint(_named(fit))


def _short_index(fit: FittedModel) -> list[tuple[Note, Note]]:
    """What nobody collected, and whose index has fewer services than others have; nothing without it in the model."""
    data = fit.data
    if "n_services" not in data or not any(spec.INDEX in term for term in fit.terms):
        return []
    found, nobody = [], spec.absent(data)
    if nobody:
        found.append((Note("not in the model, nobody has it"), listed([", ".join(nobody)])))
    few = data[data["n_services"] < len(spec.present(spec.COVERAGES, data))]
    notes = few["note"] if "note" in few else pd.Series("", index=few.index)
    told = [
        f"{who} ({n}" + (f"; {note})" if note else ")")
        for who, n, note in zip(few[KEY], few["n_services"], notes, strict=True)
    ]
    return [*found, (Note("index of fewer than five services"), listed([", ".join(told)]) if told else Note("none"))]
