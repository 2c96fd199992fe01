"""What a fitted model answers when it is asked again: each a result of its own, by one function of `regression`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pandas as pd

from optkommunen.data.labels import column_head
from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.front import model_items
from optkommunen.front.question import LAND, Question
from optkommunen.front.result import Result
from optkommunen.front.show import show
from optkommunen.front.shown import Shown
from optkommunen.loaders.bundled import centroids
from optkommunen.regression import caseload_change
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import alternative_models, alternatives_to, cities, services_jointly
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel
from optkommunen.regression.inference import inference_table, jointly
from optkommunen.regression.influence import adjusted_distance, contributions, leave_group_out, leave_one_out
from optkommunen.regression.linear import LinearResult, linear_counterparts, log_linear
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.sensitivity import oster, sensitivity
from optkommunen.regression.spatial import morans_i, nearest_weights
from optkommunen.regression.specification_summary import joint_test, summary
from optkommunen.regression.specifications import SpecificationCurve
from optkommunen.values import KEY
from optkommunen.words import Note, language, p_value, significant, translate

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
    return inference_table(
        fit, question.interest, question.cluster, level=question.level, seed=seed, draws=draws,
        unclustered=question.unclustered,
    )  # fmt: skip


def joint(question: Question, terms: Sequence[str] | None) -> Result:
    """Wald F first, then each coefficient with its p adjusted after Holm; of the stated model the five services."""
    told = []
    if terms is None and question.stated:
        table, test = services_jointly(question.sample, question.level)
        told.append(Note("The services stand in place of {index}.", index=question.called(spec.INDEX)))
    else:
        names = list(question.fit.terms[1:] if terms is None else terms)
        table, test = jointly(question.fit, names, question.level)
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
    model, interest, data = question.fit.model, question.interest, question.fit.data
    stated = question.of_the_design or question.of_the_caseload
    declared = controls if controls is not None else spec.TWELVE if stated else question.others
    outcomes: tuple[str, ...] = (model.outcome,)
    weights: tuple[str | None, ...] = (None,)
    always: Sequence[str] = ()
    if question.of_the_design:
        data, outcomes, weights = question.sample, (spec.RATE, spec.LN_RATE), (None, spec.EXPOSURE)
        always = [name for name in spec.present((spec.WAITING,), data) if name != interest]
        data = data.dropna(subset=[name for name in declared if name in data])
    elif isinstance(model, CountModel):
        of_the_rate = linear_counterparts(question.fit, question.per)[0]
        data, outcomes, weights = of_the_rate.data, (of_the_rate.model.outcome,), (None, model.exposure)
    elif model.weights is not None:
        weights = (model.weights, None)
    elif question.of_the_caseload:
        weights = (None, caseload_change.WEIGHTS)
    always = tuple(name for name in (question.others if question.of_the_caseload else always) if name not in declared)
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
            (outcome,), interest, chosen, weights, always, samples=parts, main=main, level=question.level
        )
        found.append((curve, rows))
    return found


def _linear(question: Question) -> tuple[LinearResult, list[str]]:
    """`log_linear` of the model, and a note that says so where it is not the model itself."""
    linear = log_linear(question.fit, spec.LN_RATE if question.of_the_design else "")
    outcome, less = linear.model.outcome, question.fit.n - linear.n
    if linear is question.fit:
        return linear, []
    if less:
        return linear, [Note("Of the linear model beside it: OLS of {outcome}, without {n} who have no event.",
                             outcome=outcome, n=less)]  # fmt: skip
    return linear, [Note("Of the linear model beside it: OLS of {outcome}.", outcome=outcome)]


def robustness(
    question: Question, benchmarks: Sequence[str | Sequence[str]] | None, k: Sequence[float], r_max: float | None
) -> Result:
    """`sensitivity` with its bounds by benchmark, and `oster`; of counts by the linear model beside it."""
    (linear, told), interest = _linear(question), question.interest
    if benchmarks is None:
        benchmarks = [name for name in question.others if not question.stated or name in spec.CONTROLS]
    alpha = 0.05 if question.level is None else 1 - question.level
    headline = sensitivity(linear, interest, alpha=alpha).headline
    bounds = []
    for benchmark, times in product(benchmarks, k):
        try:
            bounds.append(sensitivity(linear, interest, [benchmark], (times,), alpha).bounds)
        except NotEnoughDataError as reason:
            label = benchmark if isinstance(benchmark, str) else " + ".join(benchmark)
            row = {"term": interest, "benchmark": label, "k": times, "method": "none", "note": str(reason)}
            bounds.append(pd.DataFrame([row | {"status": linear.status}]))
    parts = {"bounds": pd.concat(bounds, ignore_index=True) if bounds else pd.DataFrame()}
    if len(linear.terms) > 2:
        try:
            parts["oster"] = oster(linear, interest, r_max)
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
    linear, told = _linear(question)
    if places is None:
        places = centroids() if question.returns is None else spec.places(question.returns)
    keys = set(linear.data[KEY])
    absent = sorted(keys - set(places[KEY])) if KEY in places else []
    if absent:
        message = (
            f"Neighbours need the place of each municipality; not known: {', '.join(absent)}. Give places=, a frame "
            f"{KEY}, x, y."
        )
        raise ModelError(message)
    inside = places[places[KEY].isin(keys)] if KEY in places else places
    table = morans_i(linear, nearest_weights(inside, k), draws, seed=seed)
    columns = ["method", "value", "expected", "sd", "z", "p"]
    return answer("residual_space", question, table, columns, notes=tuple(told))


def influence(question: Question, groups: str | Mapping[str, Iterable[str]] | None) -> Result:
    """`leave_one_out`, and in the part ``groups`` without each Land (and the cities), or named groups."""
    fit = question.fit
    table = _with_names(leave_one_out(fit, question.interest), fit.data)
    named = _groups(question) if groups is None else groups
    parts = {"groups": leave_group_out(fit, question.interest, named, level=question.level)} if named else {}
    facts = {"lowest": float(table["value"].min()), "highest": float(table["value"].max())}
    columns = ["name", "value", "dfbeta", "hat", "cook", "note"]
    return answer("influence", question, table.assign(status=fit.status), columns, parts=parts, facts=facts)


def _with_names(table: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    return table.merge(data[[KEY, "name"]], on=KEY, validate="one_to_one") if "name" in data else table


def _groups(question: Question) -> dict[str, list[str]]:
    """Each Land, and of designs of the package the cities that are in the sample."""
    data = question.fit.data
    known = LAND in data and data[LAND].notna().all() and len(data[LAND].unique()) > 1
    found = {str(land): rows[KEY].tolist() for land, rows in data.groupby(LAND, sort=False)} if known else {}
    if question.of_the_package:
        found["cities"] = cities(data)
    return {name: members for name, members in found.items() if members}


def adjusted(question: Question) -> Result:
    """`adjusted_distance` of each municipality, and factor by factor in the part ``contributions``."""
    table, parts = _with_names(adjusted_distance(question.fit), question.fit.data), contributions(question.fit)
    told = Note("There is no interval: the distance holds everything the model does not know, chance included.")
    columns = ["name", KEY, "observed", "expected", "value", "note"]
    size = table["value"].abs()
    facts = {"farthest": str(table[KEY][size.argmax()])} if size.notna().any() else {}
    found = answer("adjusted", question, table, columns, parts={"contributions": parts}, notes=(told,), facts=facts)
    return found._with(options={**found.options, "shown": f"{__name__}:adjusted_shown"})


def adjusted_shown(result: Result, **asked: Any) -> Shown:
    """The table of the distances; of one municipality how its distance comes about, factor by factor."""
    plainly = result._with(options={**result.options, "shown": ""})
    if len(result) != 1 or asked["columns"] or asked["rows"] or asked["across"]:
        return plainly.show(**asked)
    lang = language(asked["lang"])
    row, parts = result.table.iloc[0], result.parts["contributions"]
    question: Question = result.options["question"]
    steps = [(column_head("reference", lang), row["reference"])]
    steps += [(question.words(term, lang), value) for term, value in zip(parts["term"], parts["value"], strict=True)]
    steps += [(column_head(column, lang), row[column]) for column in ("expected", "observed")]
    steps.append((translate("adjusted distance", lang), row["value"]))
    frame = pd.DataFrame(steps, columns=["term", "value"]).assign(status=row["status"])
    caption = "; ".join(filter(None, [asked["caption"], str(row.get("name", row[KEY]))]))
    return show(frame, digits=2 if asked["digits"] is None else asked["digits"], lang=lang, caption=caption)


def panel(question: Question, seed: int) -> Result:
    """Each municipality compared with itself: `PanelModel` of the stated model, and its test by signs."""
    if not (question.stated and question.interest == spec.INDEX and question.returns is not None):
        why = Note("a panel is made of the model stated beforehand, with its provision index")
        return Result("panel", pd.DataFrame(), reason=why)
    rows = spec.panel_design(question.returns).frame
    model = PanelModel(spec.OUTCOME, spec.present((spec.INDEX, spec.WAITING), rows), spec.EXPOSURE)
    try:
        fitted = model(rows)
    except ModelError as reason:
        return Result("panel", pd.DataFrame(), reason=reason.args[0])
    table = fitted.table(question.level).iloc[[0]]
    signs = fitted.sign_flips(spec.INDEX, seed=seed).iloc[0]
    table = table.assign(p_signs=signs["p"], municipalities=rows[KEY].nunique(), term=spec.INDEX)
    if not table["note"].iloc[0]:
        table = table.assign(note=signs["note"])
    columns = [
        "term", "value", "lower", "p", "p_signs", "municipalities", "n_changing", "effective_clusters", "df", "note",
    ]  # fmt: skip
    return answer("panel", question, table, columns)
