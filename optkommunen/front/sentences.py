"""What an answer says and what it cannot say, in two to four sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import decimals_of, indicator_label, service_name
from optkommunen.front import phrases
from optkommunen.front.phrases import sentence
from optkommunen.front.result import Result, first_level
from optkommunen.values import KEY
from optkommunen.words import number


def position(result: Result, lang: Lang) -> list[str]:
    """Of `compare`: against what, how many have which label, or the one municipality in numbers."""
    rows = first_level(result.table)
    named = [column for column in ("indicator", "service") if column in rows]
    reference = phrases.against(str(rows["reference"].iloc[0]), lang)
    one = len(rows[KEY].unique()) == 1
    kinds = rows[named].drop_duplicates() if named else rows.head(1)
    said = []
    if one:
        said += [_one(row, lang) for row in rows.head(2).to_dict("records")]
    elif len(kinds) > 1:
        said.append(sentence("several", lang, n=rows[KEY].nunique(), indicators=len(kinds), reference=reference))
    else:
        said.append(sentence("compared", lang, **_what(result, rows, lang), n=len(rows), reference=reference))
    assessed = rows[rows["label"] != "not assessed"]
    if assessed.empty:
        said.append(sentence("no_label", lang))
        return said
    if not one:
        counts = assessed["label"].value_counts()
        words = ", ".join(f"{n} {phrases.cell('label', str(label), lang)}" for label, n in counts.items())
        level = phrases.percent(float(result.options["level"]), lang)
        said.append(sentence("labels", lang, level=level, counts=words))
    return [*said, sentence("label_means", lang), *_noted(result, lang)][:4]


def funnel(result: Result, lang: Lang) -> list[str]:
    """Of `funnel`: how many are unusual, and how far beyond chance the values vary."""
    rows, facts = first_level(result.table), result.facts
    level = phrases.percent(facts["level"], lang)
    outside = facts["outside_additive"]
    said = [
        sentence("funnel", lang, **_what(result, rows, lang), outside=outside, n=facts["n"], level=level),
        sentence("dispersion", lang, phi=number(facts["phi"], 1, lang), naive=facts["outside_naive"]),
        sentence("funnel_means", lang),
    ]
    return [*said, *_noted(result, lang)][:4]


def rank(result: Result, lang: Lang) -> list[str]:
    """Of `rank`: how much of the order is sure, who may be best; or the rank of the one municipality."""
    rows, facts = first_level(result.table), result.facts
    if "pairs" not in facts:
        return [_noted(result, lang)[-1], sentence("rank_means", lang)]
    share = number(100 * facts["surely_in_order"], 1, lang)
    said = [
        sentence(
            "ranked",
            lang,
            **_what(result, rows, lang),
            pairs=number(facts["pairs"], 0, lang),
            n=facts["n"],
            share=share,
        )
    ]
    if len(rows) == 1 and pd.notna(rows["value"].iloc[0]):
        row = rows.iloc[0]
        ranks = {name: number(row[column], 0, lang) for name, column in _RANKS}
        said.append(sentence("rank_of", lang, name=row["name"], **ranks))
    else:
        said.append(sentence("best", lang, k=facts["k"], may=facts["may_be_best"], sure=facts["surely_best"]))
    return [*said, sentence("rank_means", lang), *_noted(result, lang)][:4]


def shrink(result: Result, lang: Lang) -> list[str]:
    """Of `shrink`: how much the own value counts; or the one municipality."""
    rows, facts = first_level(result.table), result.facts
    weight = number(facts["mean_weight"], 2, lang)
    said = [sentence("shrunken", lang, **_what(result, rows, lang), n=facts["n"], weight=weight)]
    if len(rows) == 1 and pd.notna(rows["value"].iloc[0]):
        row = rows.iloc[0].to_dict()
        places = _places(row)
        raw, value = (number(row[column], places, lang) for column in ("raw", "value"))
        said.append(sentence("shrink_of", lang, name=row["name"], raw=raw, value=value, interval=_interval(row, lang)))
    return [*said, *_noted(result, lang), sentence("shrink_means", lang)][:4]


def partners(result: Result, lang: Lang) -> list[str]:
    """Of `partners`: who is surely better, or that nobody is."""
    told = result.options["found"].sentence(lang, dict(result.options["names"]))
    return [told, *_noted(result, lang), sentence("partners_mean", lang)][:4]


def neighbours(result: Result, lang: Lang) -> list[str]:
    """Of `neighbours`: how many, and how far they hang on the choice."""
    facts, rows = result.facts, result.table
    k = facts["k"]
    said = [sentence("neighbours", lang, k=k, n=facts["n"], variables=facts["n_variables"])]
    if len(rows[KEY].unique()) == 1:
        names = ", ".join(rows["neighbour_name"])
        said.append(sentence("neighbours_of", lang, name=rows["name"].iloc[0], names=names))
    if "overlap_median" in facts:
        said.append(sentence("overlap", lang, common=number(facts["overlap_median"], 0, lang), k=k))
    if "in_ring_mean" in facts:
        said.append(sentence("in_ring", lang, mean=number(facts["in_ring_mean"], 1, lang), k=k))
    return said[:4]


def types(result: Result, lang: Lang) -> list[str]:
    """Of `types`: how many and how well apart."""
    facts = result.facts
    silhouette = number(facts["silhouette"], 2, lang)
    return [
        sentence("types", lang, types=facts["types"], n=facts["n"], silhouette=silhouette),
        sentence("types_edge", lang, edge=facts["at_the_edge"]),
        sentence("types_mean", lang),
    ]


def frontier(result: Result, lang: Lang) -> list[str]:
    """Of `frontier`: how many are on it under each scale, and the first of the warnings."""
    facts, period = result.facts, result.options["period"] or "–"
    said = [
        sentence(
            "frontier",
            lang,
            n=facts["n"],
            period=period,
            efficient=facts[f"efficient_{scale}"],
            scale=phrases.cell("scale", scale, lang),
            mean=number(facts[f"mean_{scale}"], 2, lang),
        )
        for scale in result.options["scales"]
    ]
    return [*said, phrases.translated(result.notes[0], lang)]


_RANKS = (("rank", "value"), ("lower", "lower"), ("upper", "upper"))


def _what(result: Result, rows: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Label of the indicator, and of its service, and the period."""
    return {"label": _label(rows.iloc[0].to_dict(), lang), "period": str(result.options["period"])}


def _label(row: Mapping[Any, Any], lang: Lang) -> str:
    label = indicator_label(str(row["indicator"]), lang) if "indicator" in row else phrases.head("value", lang)
    return label + (f", {service_name(str(row['service']), lang)}" if "service" in row else "")


def _noted(result: Result, lang: Lang) -> list[str]:
    """Notes as sentences."""
    notes = [phrases.translated(note, lang) for note in result.notes]
    return [note[:1].upper() + note[1:] + ("" if note.endswith(".") else ".") for note in notes]


def _places(row: Mapping[Any, Any]) -> int:
    return decimals_of(str(row["indicator"])) if "indicator" in row else 2


def _interval(row: Mapping[Any, Any], lang: Lang) -> str:
    if pd.isna(row["lower"]):
        return ""
    places = _places(row)
    return f" [{number(row['lower'], places, lang)}; {number(row['upper'], places, lang)}]"


def _one(row: Mapping[Any, Any], lang: Lang) -> str:
    places = _places(row)
    return sentence(
        "one", lang, name=row["name"], what=_label(row, lang), value=number(row["value"], places, lang),
        interval=_interval(row, lang),
        reference=phrases.cell("reference", str(row["reference"]), lang),
        against=number(row["reference_value"], places, lang), distance=number(row["distance"], places, lang, sign=True),
        label=phrases.cell("label", str(row["label"]), lang),
    )  # fmt: skip
