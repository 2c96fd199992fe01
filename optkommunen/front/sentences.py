"""What an answer says and what it cannot say, in two to four sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import column_label, decimals_of, value_label
from optkommunen.front.phrases import cell
from optkommunen.front.result import Result, first_level
from optkommunen.values import KEY
from optkommunen.words import N_, as_sentence, level_number, number, translate

SHRUNKEN = N_("Shrunken values are estimates and never stand in place of the observed ones.")
PARTNERS = N_("What partners do differently is a reason to ask, not a cause.")


def compare(result: Result, lang: Lang) -> list[str]:
    """Of `compare`: against what, how many have which label, or the one municipality in numbers."""
    rows = first_level(result.table)
    named = [column for column in ("indicator", "service") if column in rows]
    reference = cell("against", str(rows["reference"].iloc[0]), lang)
    n = rows[KEY].nunique()
    kinds = rows[named].drop_duplicates() if named else rows.head(1)
    if n == 1:
        said = [_one(row, lang) for row in rows.head(2).to_dict("records")]
        if len(kinds) == 1 and "gain" in result.parts:
            said += _gain(result.parts["gain"], lang)
    elif len(kinds) > 1:
        text = N_("{n} municipalities in {indicators} indicators against {reference}.")
        said = [translate(text, lang, n=n, indicators=len(kinds), reference=reference)]
    else:
        text = N_("{label}, {period}: {n} municipalities against {reference}.")
        said = [translate(text, lang, **_what(result, rows, lang), n=len(rows), reference=reference)]
    assessed = rows[rows["label"] != "not assessed"]
    if assessed.empty:
        text = N_(
            "Without numerator and denominator there is no interval and no label, only the distance to the median."
        )
        return [*said, translate(text, lang)]
    if n > 1:
        counts = _counted(assessed["label"], lang)
        level = level_number(float(result.options["level"]), lang)
        said.append(translate("At the level of {level}%: {counts}.", lang, level=level, counts=counts))
        if not assessed["label"].equals(assessed["label_poisson"]):
            chance = _counted(assessed["label_poisson"], lang)
            said[-1] += " " + translate("By chance alone it would be {counts}.", lang, counts=chance)
    means = translate("A label says that a difference is sure, not what it is due to.", lang)
    return [*said, means, *_noted(result, lang)][:4]


def _gain(table: pd.DataFrame, lang: Lang) -> list[str]:
    """What the best quarter of the ring would mean, in events or persons."""
    if len(table) != 1 or table["value"].isna().any():
        return []
    row = table.iloc[0]
    if row["value"] == 0:
        return [translate("The best quarter of the ring is reached.", lang)]
    flow = str(row["unit"]).endswith(" per year")
    what = column_label(str(row["unit"]).removesuffix(" per year").removesuffix(" (mean stock)"), lang)
    more, fewer = (
        N_("Reaching the best quarter of the ring would mean {n} more a year: {what}."),
        N_("Reaching the best quarter of the ring would mean {n} fewer a year: {what}."),
    ) if flow else (
        N_("Reaching the best quarter of the ring would mean {n} more on average: {what}."),
        N_("Reaching the best quarter of the ring would mean {n} fewer on average: {what}."),
    )  # fmt: skip
    text = more if row["cut"] > row["rate"] else fewer
    return [translate(text, lang, n=number(row["value"], 0, lang), what=what)]


def _counted(labels: pd.Series, lang: Lang) -> str:
    return ", ".join(f"{many} {cell('label', str(label), lang)}" for label, many in labels.value_counts().items())


def funnel(result: Result, lang: Lang) -> list[str]:
    """Of `funnel`: how many are unusual, and how far beyond chance the values vary."""
    facts, what = result.facts, _what(result, first_level(result.table), lang)
    return [
        translate(
            "{label}, {period}: {outside} of {n} municipalities lie outside the {level}% limits.",
            lang, **what, outside=facts["outside_additive"], n=facts["n"], level=level_number(facts["level"], lang),
        ),
        translate(
            "The variance is {phi} times that of chance alone, whose limits would put {naive} outside.",
            lang, phi=number(facts["phi"], 1, lang), naive=facts["outside_naive"],
        ),
        translate("Who lies outside is unusual for its size; the funnel does not say why.", lang),
        *_noted(result, lang),
    ][:4]  # fmt: skip


def rank(result: Result, lang: Lang) -> list[str]:
    """Of `rank`: how much of the order is sure, who may be best; or the rank of the one municipality."""
    rows, facts = first_level(result.table), result.facts
    means = translate("A rank without its set is no finding.", lang)
    if "pairs" not in facts:
        return [*_noted(result, lang)[-1:], means]
    said = translate(
        "{label}, {period}: {share}% of the {pairs} pairs of {n} municipalities are surely in order ({grades} grades).",
        lang, **_what(result, rows, lang), pairs=number(facts["pairs"], 0, lang), n=facts["n"],
        share=number(100 * facts["surely_in_order"], 1, lang), grades=facts["grades"],
    )  # fmt: skip
    row = _only(rows)
    if row:
        rank_, lower, upper = (number(row[column], 0, lang) for column in ("value", "lower", "upper"))
        text = N_("{name}: rank {rank}, compatible with {lower} to {upper}.")
        told = translate(text, lang, name=row["name"], rank=rank_, lower=lower, upper=upper)
    else:
        text = N_("{may} may be among the best {k}; {sure} surely are.")
        told = translate(text, lang, k=facts["k"], may=facts["may_be_best"], sure=facts["surely_best"])
    return [said, told, means, *_noted(result, lang)][:4]


def shrink(result: Result, lang: Lang) -> list[str]:
    """Of `shrink`: how much the own value counts; or the one municipality."""
    rows, facts = first_level(result.table), result.facts
    weight = number(facts["mean_weight"], 2, lang)
    text = N_("{label}, {period}: {n} municipalities; the own value counts {weight} on average.")
    said = [translate(text, lang, **_what(result, rows, lang), n=facts["n"], weight=weight)]
    row = _only(rows)
    if row:
        raw, value = (number(row[column], _places(row), lang) for column in ("raw", "value"))
        text = N_("{name}: observed {raw}, shrunken {value}{interval}.")
        said.append(translate(text, lang, name=row["name"], raw=raw, value=value, interval=_interval(row, lang)))
    return [*said, *_noted(result, lang), translate(SHRUNKEN, lang)][:4]


def partners(result: Result, lang: Lang) -> list[str]:
    """Of `partners`: who is surely better, or that nobody is."""
    told = result.options["found"].sentence(lang, dict(result.options["names"]))
    return [told, *_noted(result, lang), translate(PARTNERS, lang)][:4]


def neighbours(result: Result, lang: Lang) -> list[str]:
    """Of `neighbours`: how many, and how far they hang on the choice."""
    facts, rows = result.facts, result.table
    k = facts["k"]
    text = N_("The {k} nearest neighbours each of {n} municipalities by {variables} conditions.")
    said = [translate(text, lang, k=k, n=facts["n"], variables=facts["n_variables"])]
    if len(rows[KEY].unique()) == 1:
        said.append(f"{rows['name'].iloc[0]}: {', '.join(rows['neighbour_name'])}.")
    if "n_weighed" in facts:
        said.append(translate("{n} of the conditions count, each with its weight.", lang, n=facts["n_weighed"]))
    if "overlap_median" in facts:
        common = number(facts["overlap_median"], 0, lang)
        text = N_("Without logarithms {common} of {k} stay the same, in the median")
        if "n_weighed" in facts:
            text = N_("With all weights alike {common} of {k} stay the same, in the median")
        said.append(translate(text, lang, common=common, k=k))
        own = result.parts["overlap"]["common"]
        if len(own) == 1 and own.notna().all():
            said[-1] += translate("; here {n}", lang, n=int(own.iloc[0]))
        said[-1] += "."
    if "in_ring_mean" in facts:
        mean = number(facts["in_ring_mean"], 1, lang)
        said.append(translate("On average {mean} of the {k} neighbours are in the same ring.", lang, mean=mean, k=k))
    return said


def types(result: Result, lang: Lang) -> list[str]:
    """Of `types`: how many and how well apart."""
    facts = result.facts
    silhouette, edge = number(facts["silhouette"], 2, lang), facts["at_the_edge"]
    text = N_("{types} types of {n} municipalities; mean silhouette {silhouette}.")
    return [
        translate(text, lang, types=facts["types"], n=facts["n"], silhouette=silhouette),
        translate("{edge} are on the edge of their type: their nearest neighbour is of another.", lang, edge=edge),
        translate("The types are of this package, not those of the IAB.", lang),
    ]


def frontier(result: Result, lang: Lang) -> list[str]:
    """Of `frontier`: how many are on it under each scale, and the first of the warnings."""
    facts, period = result.facts, result.options["period"] or "–"
    text = N_("{n} municipalities, {period}: {efficient} on the frontier ({scale}); mean score {mean}.")
    said = [
        translate(
            text, lang, n=facts["n"], period=period, efficient=facts[f"efficient_{scale}"],
            scale=cell("scale", scale, lang), mean=number(facts[f"mean_{scale}"], 2, lang),
        )
        for scale in result.options["scales"]
    ]  # fmt: skip
    return [*said, *_noted(result, lang)[:1]]


def _what(result: Result, rows: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Label of the indicator, and of its service, and the period."""
    return {"label": _label(rows.iloc[0].to_dict(), lang), "period": str(result.options["period"])}


def _label(row: Mapping[Any, Any], lang: Lang) -> str:
    return value_label(str(row.get("indicator", "")), str(row.get("service", "")), lang)


def _only(rows: pd.DataFrame) -> dict[Any, Any]:
    """The one row with a value that the answer has; empty if it has others."""
    return rows.iloc[0].to_dict() if len(rows) == 1 and pd.notna(rows["value"].iloc[0]) else {}


def _noted(result: Result, lang: Lang) -> list[str]:
    return [as_sentence(note, lang) for note in result.notes]


def _places(row: Mapping[Any, Any]) -> int:
    return decimals_of(str(row["indicator"])) if "indicator" in row else 2


def _interval(row: Mapping[Any, Any], lang: Lang) -> str:
    if pd.isna(row["lower"]):
        return ""
    places = _places(row)
    return f" [{number(row['lower'], places, lang)}; {number(row['upper'], places, lang)}]"


def _chance(row: Mapping[Any, Any], lang: Lang) -> str:
    if row["label"] == row["label_poisson"]:
        return ""
    return translate(" (by chance alone: {label})", lang, label=cell("label", str(row["label_poisson"]), lang))


def _one(row: Mapping[Any, Any], lang: Lang) -> str:
    places = _places(row)
    return translate(
        "{name}, {what}: {value}{interval}; {reference} {against}; distance {distance}: {label}{chance}.",
        lang, name=row["name"], what=_label(row, lang), value=number(row["value"], places, lang),
        interval=_interval(row, lang), reference=cell("reference", str(row["reference"]), lang),
        against=number(row["reference_value"], places, lang), distance=number(row["distance"], places, lang, sign=True),
        label=cell("label", str(row["label"]), lang), chance=_chance(row, lang),
    )  # fmt: skip
