"""What a fitted model answers when it is asked again: each a result of its own, by one function of `regression`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.front import model_items
from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.loaders.bundled import centroids
from optkommunen.multiplicity import holm
from optkommunen.regression import caseload_change
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import alternative_models, alternatives_to, cities, services_jointly
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, linear_counterparts
from optkommunen.regression.joint import joint_test
from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.regression.multiple import wald
from optkommunen.regression.sensitivity import oster, sensitivity
from optkommunen.regression.spatial import morans_i, nearest_weights
from optkommunen.regression.specifications import SpecificationCurve, summary
from optkommunen.values import KEY
from optkommunen.words import Note, p_value, significant

_DRAWN = ("inference", "influence", "alternatives", "specifications", "panel")
_HERE = "optkommunen.front.model_"


def answer(name: str, question: Question, table: pd.DataFrame, columns: Sequence[str], **further: Any) -> Result:
    """An answer with its source, and of which model and outcome it is, in its parts too.

    Figure and sentences are found by the name of the answer.
    """
    whose = {"model": question.fit.model.name, "outcome": question.fit.model.outcome}
    parts = {part: _with_missing(frame, whose) for part, frame in further.pop("parts", {}).items()}
    return Result(
        name, _with_missing(table, whose).assign(source=question.source), sentences=f"{_HERE}sentences:{name}",
        figure=f"{_HERE}figures:{name}" if name in _DRAWN else "", parts=parts,
        options={"question": question, "cell": question.cell, "columns": columns, "level": question.level}, **further,
    )  # fmt: skip


def _with_missing(frame: pd.DataFrame, values: Mapping[str, str]) -> pd.DataFrame:
    """The frame with columns that it does not have yet; answers of several models then stand below each other."""
    return frame.assign(**{name: value for name, value in values.items() if name not in frame})


def inference(question: Question, seed: int, draws: int) -> Result:
    """`inference_table` of the model, and below it of a count model's linear counterparts."""
    fit = question.fit
    fits = [fit, *(linear_counterparts(fit, question.per) if isinstance(fit.model, CountModel) else [])]
    table = pd.concat([inferences_of(question, each, seed, draws) for each in fits], ignore_index=True)
    columns = ["model", "inference", "value", "lower", "se", "df", "p", "mde", "note"]
    return answer("inference", question, table, columns, notes=tuple(model_items.notes(question)))


def inferences_of(question: Question, fit: FittedModel, seed: int = 2008, draws: int = 9_999) -> pd.DataFrame:
    """Inferences of one fit; where the clusters cannot be used, a row without interval says why."""
    table = inference_table(fit, question.interest, question.cluster, level=question.level, seed=seed, draws=draws)
    if not question.unclustered:
        return table
    none: dict[str, Any] = dict.fromkeys(["lower", "upper", "level", "se", "df", "p", "mde", "n_clusters"], np.nan)
    none |= {"inference": "by cluster", "method": "none", "note": pd.Series([question.unclustered], dtype=object)}
    return pd.concat([table, table.iloc[[0]].assign(**none)], ignore_index=True)


def joint(question: Question, terms: Sequence[str] | None) -> Result:
    """Wald F first, then each coefficient with its p adjusted after Holm; of the stated model the five services."""
    told = []
    if terms is None and question.stated:
        table, test = services_jointly(question.sample, question.level)
        told.append(Note("The services stand in place of {index}.", index=question.called(spec.INDEX)))
    else:
        names = list(question.fit.terms[1:] if terms is None else terms)
        test = wald(question.fit, names)
        table = question.fit.table(question.level).set_index("term").loc[names].reset_index()
        table["p_holm"] = holm(table["p"]) if question.level is not None else np.nan
    facts = {"F": float(test.F), "df1": test.df1, "df2": test.df2, "p": float(test.p)}
    told.append(Note(
        "All {df1} zero: F({df1}, {df2}) = {F}, p-value {p} (HC3).", df1=test.df1, df2=test.df2,
        F=partial(significant, facts["F"], 3), p=partial(p_value, facts["p"]),
    ))  # fmt: skip
    columns = ["term", "value", "lower", "se", "p", "p_holm", "mde", "note"]
    return answer("joint", question, table, columns, facts=facts, notes=tuple(told))


def marginal(question: Question, term: str | None, step: float | None, per: float | None) -> Result:
    """`average_marginal` of one coefficient."""
    table = question.marginal(term, step=step, per=per)
    row = table.iloc[0]
    asked = replace(question, interest=row["term"], step=float(row["step"]), per=float(row["per"]))
    return answer("marginal", asked, table, ["term", "step", "per", "value", "lower", "se", "p", "mde", "note"])


def alternatives(question: Question) -> Result:
    """The coefficient by the models that could as well have been fitted, in one unit."""
    fit, told = question.fit, []
    if question.stated and question.interest == spec.INDEX and question.returns is not None:
        try:
            panel = spec.panel_design(question.returns).frame
        except NotEnoughDataError as reason:
            panel, told = None, [Note("No panel: {why}", why=reason.args[0])]
        table = alternative_models(question.sample, panel, question.level)
    else:
        table = alternatives_to(fit, question.interest, step=question.step, per=question.per, level=question.level)
    columns = ["model", "value", "lower", "se", "p", "mde", "n", "note"]
    return answer("alternatives", question, table, columns, notes=tuple(told))


def specifications(
    question: Question,
    controls: Sequence[str] | None,
    samples: Mapping[str, Iterable[str] | pd.Series] | None,
    draws: int,
    seed: int,
) -> Result:
    """One `SpecificationCurve` for each form of the outcome, what it shows in short, and its joint test."""
    curves, tests, told = [], [], []
    for curve, rows in _curves(question, controls, samples):
        try:
            found = curve(rows)
            test = joint_test(curve, rows, draws, seed=seed) if draws else None
        except ModelError as reason:
            told.append(str(reason))
            continue
        curves.append(found)
        tests.extend([] if test is None else [test])
    if not curves:
        return Result("specifications", pd.DataFrame(), reason="; ".join(told))
    whole = pd.concat(curves, ignore_index=True)
    by_sample = [summary(rows).assign(sample=sample) for sample, rows in whole.groupby("sample", sort=False)]
    table, parts = summary(whole), {"curve": whole, "samples": pd.concat(by_sample, ignore_index=True)}
    if tests:
        parts["joint_test"] = pd.concat(tests, ignore_index=True)
        p = parts["joint_test"].pivot(index="outcome", columns="statistic", values="p")
        for statistic in ("median", "share_significant", "average_z"):
            table[f"p_{statistic}"] = table["outcome"].map(p[statistic])
    columns = [
        "outcome", "value", "minimum", "maximum", "share_one_sign", "share_significant", "p_median", "n_specifications",
    ]  # fmt: skip
    return answer("specifications", question, table, columns, parts=parts, notes=tuple(told))


def _curves(
    question: Question, controls: Sequence[str] | None, samples: Mapping[str, Iterable[str] | pd.Series] | None
) -> list[tuple[SpecificationCurve, pd.DataFrame]]:
    """Curves of the declared controls, or of the other regressors of a model of one's own, with their rows."""
    model, interest = question.fit.model, question.interest
    weights: tuple[str | None, ...] = (None,)
    outcomes: tuple[str, ...] = (model.outcome,)
    always: tuple[str, ...] = ()
    data = question.fit.data
    stated = question.of_the_design or question.of_the_caseload
    declared: Sequence[str] = (spec.TWELVE if stated else question.others) if controls is None else controls
    if question.of_the_design:
        data, outcomes, weights = question.sample, (spec.RATE, spec.LN_RATE), (None, spec.EXPOSURE)
        always = tuple(name for name in spec.present((spec.WAITING,), data) if name != interest)
        data = data.dropna(subset=[name for name in declared if name in data])
    elif isinstance(model, CountModel):
        linear_fit = linear_counterparts(question.fit, question.per)[0]
        data, outcomes, weights = linear_fit.data, (linear_fit.model.outcome,), (None, model.exposure)
    elif model.weights is not None:
        weights = (model.weights, None)
    elif question.of_the_caseload:
        weights = (None, caseload_change.WEIGHTS)
    if question.of_the_caseload:
        always = tuple(question.others)
    always = tuple(name for name in always if name not in declared)
    chosen = tuple(name for name in declared if name != interest)
    main = tuple(name for name in question.others if name in chosen)
    found = []
    for outcome in outcomes:
        rows = data[data[outcome].notna()]
        parts = samples
        if samples is None and stated:
            towns = cities(rows)
            inside = [key for key in rows[KEY] if key not in towns]
            parts = {"all": rows[KEY].tolist()} | ({"without cities": inside} if len(inside) < len(rows) else {})
        curve = SpecificationCurve(
            (outcome,), interest, chosen, weights=weights, always=always, main=main, level=question.level, samples=parts
        )
        found.append((curve, rows))
    return found


def linear(question: Question) -> LinearResult:
    """The model itself if it is linear; of counts OLS of the logarithm of the rate, without who has no event.

    Raises
    ------
    ModelError
        The model is one of shares.
    """
    fit, model = question.fit, question.fit.model
    if isinstance(fit, LinearResult):
        return fit
    if isinstance(model, ShareModel):
        message = (
            "Omitted variables and space are asked of linear models; this is a model of a share. Fit the linear one: "
            "leave out share=True."
        )
        raise ModelError(message)
    outcome = spec.LN_RATE if question.of_the_design else f"ln({model.outcome} / {model.exposure})"
    rows = fit.data[fit.data[model.outcome] > 0]
    logs = rows.assign(**{outcome: np.log(rows[model.outcome] / rows[model.exposure])})
    return LinearModel(outcome, fit.terms[1:], None, "OLS of ln rate")(logs)


def _notes_on_linear(question: Question, linear_fit: LinearResult) -> list[str]:
    if linear_fit is question.fit:
        return []
    outcome, less = linear_fit.model.outcome, question.fit.n - linear_fit.n
    if less:
        return [Note("Of the linear model beside it: OLS of {outcome}, without {n} who have no event.", outcome=outcome,
                     n=less)]  # fmt: skip
    return [Note("Of the linear model beside it: OLS of {outcome}.", outcome=outcome)]


def robustness(
    question: Question, benchmarks: Sequence[str | Sequence[str]] | None, k: Sequence[float], r_max: float | None
) -> Result:
    """`sensitivity` with its bounds by benchmark, and `oster`; of counts by the linear model beside it."""
    linear_fit, interest = linear(question), question.interest
    if benchmarks is None:
        benchmarks = [name for name in question.others if not question.stated or name in spec.CONTROLS]
    alpha = 0.05 if question.level is None else 1 - question.level
    headline = sensitivity(linear_fit, interest, alpha=alpha).headline
    bounds, told = [], _notes_on_linear(question, linear_fit)
    for benchmark, times in product(benchmarks, k):
        try:
            bounds.append(sensitivity(linear_fit, interest, [benchmark], (times,), alpha).bounds)
        except NotEnoughDataError as reason:
            label = benchmark if isinstance(benchmark, str) else " + ".join(benchmark)
            row = {"term": interest, "benchmark": label, "k": times, "method": "none", "note": str(reason)}
            bounds.append(pd.DataFrame([row | {"status": linear_fit.status}]))
    parts = {"bounds": pd.concat(bounds, ignore_index=True) if bounds else pd.DataFrame()}
    if len(linear_fit.terms) > 2:
        try:
            parts["oster"] = oster(linear_fit, interest, r_max)
            headline["delta"] = parts["oster"]["delta"]
        except ModelError as reason:
            if r_max is not None:
                raise
            told.append(Note("No delta after Oster: {why}", why=str(reason)))
    facts = {name: float(headline[name].iloc[0]) for name in ("RV", "RV_alpha")}
    columns = ["term", "value", "lower", "se", "t", "partial_r2", "RV", "RV_alpha", "delta"]
    return answer("sensitivity", question, headline, columns, parts=parts, notes=tuple(told), facts=facts)


def residual_space(question: Question, k: int, places: pd.DataFrame | None, draws: int, seed: int) -> Result:
    """`morans_i` of the residuals, with the k nearest of the places; of counts by the linear model beside it."""
    linear_fit = linear(question)
    if places is None:
        places = centroids() if question.returns is None else spec.places(question.returns)
    keys = set(linear_fit.data[KEY])
    absent = sorted(keys - set(places[KEY])) if KEY in places else []
    if absent:
        message = (
            f"Neighbours need the place of each municipality; not known: {', '.join(absent)}. Give places=, a frame "
            f"{KEY}, x, y."
        )
        raise ModelError(message)
    inside = places[places[KEY].isin(keys)] if KEY in places else places
    table = morans_i(linear_fit, nearest_weights(inside, k), draws, seed=seed)
    columns = ["method", "value", "expected", "sd", "z", "p"]
    return answer("residual_space", question, table, columns, notes=tuple(_notes_on_linear(question, linear_fit)))
