"""Tables of coefficients as they are read: each row with the digits that its standard error carries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import column_head, method_name, model_name
from optkommunen.front import phrases
from optkommunen.front.question import Question
from optkommunen.front.result import Result
from optkommunen.front.show import Look, readable
from optkommunen.front.shown import Shown
from optkommunen.words import language, number

_NAMES = ("term", "outcome", "benchmark", "model", "inference")
_IN_UNIT = ("value", "se", "mde", "dfbeta")
_INTERVAL = "interval "


def coefficients(
    result: Result,
    *,
    digits: int | None = None,
    columns: Sequence[str] | None = None,
    rows: str | Sequence[str] | None = None,
    across: str | None = None,
    lang: Lang | None = None,
    caption: str = "",
) -> Shown:
    """As `show`, with two digits that count in the standard error of each row, unless `digits` says otherwise.

    Coefficients of one model differ in size a thousandfold. The words for terms are those of the package for its own
    designs; what a researcher named keeps its name.
    """
    lang, question = language(lang), result.options["question"]
    asked = list(columns or result.options["columns"])
    table = result.table
    records = table.to_dict("records")
    known = {row.get("value"): _places(row, digits) for row in records if not pd.isna(row.get("se", math.nan))}
    places = [known.get(row.get("value"), _places(row, digits)) for row in records]
    texts, heads, numeric = table.copy(), {}, set()
    for column in [name for name in _IN_UNIT if name in table]:
        texts[column] = [number(v, p, lang) for v, p in zip(table[column], places, strict=True)]
        numeric.add(column)
    for column in [name for name in _NAMES if name in table]:
        texts[f"{column} "] = [_words(column, str(name), question, lang) for name in table[column]]
        heads[f"{column} "] = column_head(column, lang)
    if {"lower", "upper"} <= set(table) and table["lower"].notna().any():
        bounds = zip(table["lower"], table["upper"], places, strict=True)
        texts[_INTERVAL] = [
            "–" if pd.isna(low) else f"[{number(low, p, lang)}; {number(high, p, lang)}]" for low, high, p in bounds
        ]
        level = f"{100 * table['level'].dropna().iloc[0]:g}".replace(".", "," if lang == "de" else ".")
        heads[_INTERVAL] = phrases.bounds_head("interval", level, lang)
        numeric.add(_INTERVAL)
    chosen = {name: f"{name} " for name in _NAMES} | {"lower": _INTERVAL, "upper": _INTERVAL}
    kept = list(dict.fromkeys(chosen.get(name, name) for name in asked))
    kept = [name for name in kept if name in texts and not _empty(texts[name])]
    shown = readable(
        texts, Look(lang, heads=heads), columns=kept, rows=_listed(rows, chosen),
        across=None if across is None else chosen.get(across, across), caption=caption, notes=result.notes,
    )  # fmt: skip
    right = tuple(i for i, name in enumerate(kept) if name in numeric) if across is None else ()
    return replace(shown, numeric=tuple(sorted({*shown.numeric, *right})))


def _listed(names: str | Sequence[str] | None, chosen: dict[str, str]) -> list[str] | None:
    if names is None:
        return None
    return [chosen.get(name, name) for name in ([names] if isinstance(names, str) else names)]


def _empty(column: pd.Series) -> bool:
    return bool(column.isna().all() or column.astype("str").isin(["", "–"]).all())


def _places(row: dict[Any, Any], digits: int | None) -> int:
    """Decimals of a row: two digits of the error that count, or three of the value where it has none."""
    if digits is not None:
        return digits
    for name, wanted in (("se", 1), ("value", 2)):
        size = abs(row.get(name, math.nan))
        if size and math.isfinite(size):
            return min(6, max(0, wanted - math.floor(math.log10(size))))
    return 2


def _words(column: str, name: str, question: Question, lang: Lang) -> str:
    if column == "inference":
        return method_name(name, lang, {"land": "Land"} if question.of_the_package else None)
    if column == "model":
        return (model_name if question.of_the_package else method_name)(name, lang)
    return " + ".join(question.words(part, lang) for part in name.split(" + "))
