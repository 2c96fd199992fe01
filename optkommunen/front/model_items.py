"""What a reader has to know of an estimate: one item a row, and the single numbers."""

from __future__ import annotations

import re

import pandas as pd

from optkommunen.front.question import Question
from optkommunen.indicators.conditions import complete_years
from optkommunen.regression import integration as spec
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.values import KEY

NOT_PUBLIC = (
    "Eingliederungen, use of the services and waiting times by municipality in the years of the report on 2008 (2006 "
    "to 2008); no published study of offices as units is known"
)


def marginal(
    question: Question, term: str | None = None, *, step: float | None = None, per: float | None = None
) -> pd.DataFrame:
    """A coefficient in the unit people think in; see `average_marginal`.

    Parameters
    ----------
    term, step, per : as there; None: those of the question. A linear model is in the unit of its outcome already.
    """
    if per is None:
        per = 1 if isinstance(question.fit.model, LinearModel) else question.per
    if step is None:
        step = question.step if term in (None, question.interest) else 1
    return average_marginal(question.fit, term or question.interest, step, per=per, level=question.level)


def facts(question: Question) -> dict[str, float | int | str]:
    """The single numbers of a model as plain Python values."""
    fit, row = question.fit, marginal(question).iloc[0]
    key, hat = fit.largest_leverage()
    return {
        "n": fit.n,
        "left_out": len(question.left_out),
        "coefficients": len(fit.coef),
        "df": fit.df,
        "phi": float(fit.phi),
        "coefficient": float(fit.coef[fit.index_of(question.interest)]),
        "marginal": float(row["value"]),
        "lower": float(row["lower"]),
        "upper": float(row["upper"]),
        "p": float(row["p"]),
        "minimum_detectable": float(row["mde"]),
        "largest_leverage": hat,
        "largest_leverage_of": key,
    }


def items(question: Question) -> pd.DataFrame:
    """What a reader has to know of the estimate, one item a row.

    Returns
    -------
    DataFrame
        ``item, value`` (text), the same on every run. Four items of returns stand only where they apply: what of a
        stated model nobody collected, whose provision index has fewer services than the others', of which year the
        context is, and what is not public.
    """
    fit, model = question.fit, question.fit.model
    key, hat = fit.largest_leverage()
    counts = isinstance(model, CountModel)
    whose = fit.data.set_index(KEY)["name"][key] if "name" in fit.data else key
    row = marginal(question).iloc[0]
    detectable = f"{row['mde']:.3g} (unit of the estimand; 80 % power at 5 %)"
    clusters = f"{fit.data[question.cluster].nunique()} ({question.cluster})" if question.cluster else "none"
    clusters += f": {question.unclustered}" if question.unclustered else ""
    out = len(question.left_out)
    found = {
        "estimand": _estimand(question),
        "estimator": f"{model.label}, exposure {question.words(model.exposure)}" if counts else model.label,
        "weights": _weights(question),
        "covariance": f"HC3, t({fit.df})",
        "n": f"{fit.n} municipalities" + (f", {out} left out" if out else ""),
        **_short_index(fit),
        **_context(question),
        "clusters": clusters,
        "dispersion": f"phi = {fit.phi:.3g}",
        "largest leverage": f"{hat:.2f} ({whose})",
        "leverage one, dropped": (", ".join(fit.dropped) or "none")
        + (f", and what only they identify: {', '.join(fit.dropped_regressors)}" if fit.dropped_regressors else ""),
        "minimum detectable": row["note"] or detectable,
        "multiple testing": _multiple(question),
        "status": fit.status,
        "source": question.source,
    }
    if question.returns is not None and _not_public(fit):
        found["not public"] = NOT_PUBLIC
    return pd.DataFrame({"item": list(found), "value": list(found.values())})


def notes(question: Question) -> list[str]:
    """What stands below the table of coefficients."""
    fit, told = question.fit, []
    if fit.exact:
        told.append("The outcome follows the regressors exactly: there is no error and no interval.")
    out = question.left_out
    if len(out):
        reasons = "; ".join(f"{why} ({n})" for why, n in out["reason"].value_counts(sort=False).items())
        told.append(f"{len(out)} left out: {reasons}.")
    if question.unclustered:
        told.append(f"No inference by cluster: {question.unclustered}.")
    context = _context(question).get("context", "")
    if "estimated" in context:
        told.append(f"Context of {context}.")
    return told


def bound_to(question: Question) -> list[str]:
    """Terms that cannot stay alike while the interest differs, since they share a column with it."""
    interest, fit = question.interest, question.fit
    return [name for name in fit.terms[1:] if name != interest and _bound(interest, name, fit.data)]


def _estimand(question: Question) -> str:
    fit, model, interest, words = question.fit, question.fit.model, question.interest, question.words
    if isinstance(model, CountModel):
        yearly = " a year" if question.returns is not None and model.outcome == spec.OUTCOME else ""
        unit = f"how many more {words(model.outcome)}{yearly} per {question.per:g} {words(model.exposure)}"
    elif isinstance(model, ShareModel):
        points = "in percentage points" if question.per == 100 else f"times {question.per:g}"
        unit = f"how much more {words(model.outcome)}, {points},"
    else:
        unit = f"how much more {words(model.outcome)}, in its unit,"
    bound = bound_to(question)
    if bound:
        return (
            f"the coefficient of one term, {interest}, in the model of {words(model.outcome)}; no comparison by "
            f"itself, for {', '.join(bound)} cannot stay alike while it differs. Compare predictions instead"
        )
    more = f"{question.step:g} more of: {words(interest)}"
    if question.returns is not None and interest in (spec.INDEX, *spec.COVERAGES):
        more += f", {100 * question.step:g} more served per 100 with need"
    others = [name for name in fit.terms[1:] if name != interest]
    alike = f"among municipalities alike in: {', '.join(map(words, others))}" if others else "nothing else held equal"
    return (
        f"{unit} a municipality has with {more}; {alike}; mean of {fit.n} municipalities; an association, not an effect"
    )


def _bound(one: str, other: str, data: pd.DataFrame) -> bool:
    """Whether two terms share a column of the data; the groups of one factor do not count, they exclude each other."""
    bare, beside = (re.sub(r"\[[^\]]*\]", "", term) for term in (one, other))
    if bare == beside:
        return False
    shared = set(re.findall(r"\w+", bare)) & set(re.findall(r"\w+", beside))
    return bool(shared & set(data.columns))


def _weights(question: Question) -> str:
    """Two different things: what counts how much in the fit, and in the average of the estimand."""
    model, words = question.fit.model, question.words
    if isinstance(model, LinearModel):
        fit = f"by {words(model.weights)}" if model.weights else "every municipality equally"
        return f"fit: {fit}; average: none, the coefficient is the same everywhere"
    if isinstance(model, CountModel):
        fit = f"by the expected count, so by {words(model.exposure)} times expected rate"
    else:
        fit = (f"by {words(model.weights)} times " if model.weights else "by ") + "share (1 - share), as expected"
    return f"fit: {fit}; average: every municipality equally"


def _multiple(question: Question) -> str:
    if question.stated and question.interest == spec.INDEX:
        stated = "this coefficient was stated beforehand"
    else:
        chosen = question.words(question.interest)
        stated = f"p of one coefficient, unadjusted: it holds if {chosen} was chosen before any result"
    return f"{stated}; others by joint F, then Holm"


def _context(question: Question) -> dict[str, str]:
    """Of which year the context of returns is; no item where none is in the model."""
    data, named = question.fit.data, " ".join([question.fit.model.outcome, *question.fit.terms])
    if question.returns is None or not set(re.findall(r"\w+", named)) & set(spec.TWELVE):
        return {}
    of, period = str(data["context_period"].iloc[0]), str(data["period"].iloc[0])
    before = str(int(period) - 1)
    if not of:
        told = "brought by the returns, which name no year"
    elif of == before:
        told = f"{of}, the year before the outcome; density of 2005"
    else:
        why = "" if before in complete_years() else ", for which not all twelve variables are published"
        told = f"{of}, in place of {before}, the year before the outcome{why}: estimated; density of 2005"
    return {"context": told}


def _not_public(fit: FittedModel) -> bool:
    """Whether the model uses what no publication has by municipality."""
    known = {spec.OUTCOME, spec.LN_RATE, spec.INDEX, spec.WAITING, *spec.COVERAGES}
    known |= {spec.RATE} if spec.OUTCOME in fit.data else set()
    words = re.findall(r"\w+", " ".join([fit.model.outcome, *fit.terms]))
    return not known.isdisjoint(words)


def _short_index(fit: FittedModel) -> dict[str, str]:
    """What nobody collected, and whose index has fewer services than others have; nothing without it in the model."""
    data = fit.data
    if "n_services" not in data or not any(spec.INDEX in term for term in fit.terms):
        return {}
    nobody = spec.absent(data)
    found = {"not in the model, nobody has it": ", ".join(nobody)} if nobody else {}
    few = data[data["n_services"] < len(spec.present(spec.COVERAGES, data))]
    notes = few["note"] if "note" in few else pd.Series("", index=few.index)
    told = [
        f"{who} ({n}" + (f"; {note})" if note else ")")
        for who, n, note in zip(few[KEY], few["n_services"], notes, strict=True)
    ]
    return found | {"index of fewer than five services": ", ".join(told) or "none"}
