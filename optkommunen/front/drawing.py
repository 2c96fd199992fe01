"""The figure that belongs to an answer: which function of `figures` draws it, and what that is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import axis_label, column_label, decimals_of, indicator_label, service_name
from optkommunen.errors import ComparisonError, ValueTableError
from optkommunen.figures.comparators import ring_and_neighbours
from optkommunen.figures.funnels import funnel as funnel_plot
from optkommunen.figures.heatmaps import heatmap
from optkommunen.figures.interval_rows import compare_areas, rank_sets
from optkommunen.figures.profiles import profile
from optkommunen.figures.second_mark import second_mark
from optkommunen.front import phrases
from optkommunen.front.result import Result, first_level
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Keys = Sequence[str] | None


def position(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, kommunen: Keys = None, **size: Any
) -> Figure:
    """Of one indicator, intervals against the reference; of several, a profile or a heatmap.

    Drawn are all, or with somebody highlighted its ring; or the ``kommunen``. A profile is of who is highlighted.
    """
    rows = first_level(result.table)
    own = highlight[0] if highlight else ""
    if kommunen is not None:
        rows = rows[rows[KEY].isin(kommunen)]
    elif own:
        rows = rows[rows[KEY].isin(_beside(result, rows, own))]
    if "neighbours" in result.parts:  # the figure has words for rings only
        rows = rows.assign(reference=[phrases.cell("reference", text, lang) for text in rows["reference"]])
    if "service" in rows and len(rows["service"].unique()) > 1:
        rows = rows.assign(indicator=rows["service"])
    elif "indicator" not in rows:
        rows = rows.assign(indicator="")
    if len(rows["indicator"].unique()) > 1:
        rows = rows[rows["ring"] != ""]
        if own:
            return _called(
                profile, rows, own, lang=lang, name=result.options["names"][own], title=title,
                source=result.source, **size,
            )  # fmt: skip
        return _called(heatmap, rows, lang=lang, **_common(result, title), **size)
    return _called(
        compare_areas, rows, lang=lang, **_common(result, title or _title(result, rows, lang, own)),
        **_unit(rows, lang), highlight=own, polarity=result.options["polarity"], **size,
    )  # fmt: skip


def funnel(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """The funnel; who is highlighted is among the names anyway if unusual."""
    rows = result.table
    exposure = phrases.head("denominator", lang)
    return _called(
        funnel_plot, result.options["found"], lang=lang, **_common(result, title or _title(result, rows, lang)),
        **_unit(rows, lang), exposure=exposure, **size,
    )  # fmt: skip


def rank(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Ranks with both sets."""
    rows = first_level(result.table)
    if rows["lower"].isna().all():
        message = f"A figure shows sets of ranks, and there is none: {rows['note'].iloc[0]}. Look at .show()."
        raise ComparisonError(message)
    both = first_level(result.parts["simultaneous"])
    both = both[both[KEY].isin(rows[KEY])]
    return _called(
        rank_sets, rows, both, lang=lang, **_common(result, title or _title(result, rows, lang)),
        highlight=highlight[0] if highlight else "", **size,
    )  # fmt: skip


def shrink(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Shrunken values with intervals, the observed ones hollow beside them."""
    rows = first_level(result.table)
    words = (phrases.head("shrunken", lang), phrases.head("raw", lang))
    return _called(
        second_mark, rows, lang=lang, mark="raw", words=words, **_common(result, title or _title(result, rows, lang)),
        **_unit(rows, lang), highlight=highlight[0] if highlight else "", subtitle=_interval(rows, lang),
        notes=[phrases.sentence("shrink_means", lang)], **size,
    )  # fmt: skip


def partners(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Differences of all candidates from who asks."""
    rows = result.table.assign(**{KEY: lambda table: table["partner"]})
    words = (phrases.head("difference", lang), "")
    own = result.options["names"][result.options["kommune"]]
    return _called(
        second_mark, rows, lang=lang, mark="", words=words, line=0.0, **_unit(rows, lang),
        **_common(result, title or f"{_title(result, rows, lang)}: {own}"), subtitle=_interval(rows, lang),
        notes=[phrases.sentence("partners_mean", lang)], **size,
    )  # fmt: skip


def frontier(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Scores corrected for their bias, with intervals; the raw ones hollow."""
    rows = result.parts["corrected"]
    rows = rows[rows[KEY].isin(result.table[KEY])]
    words = (phrases.head("corrected", lang), phrases.head("score", lang))
    scale = phrases.cell("scale", str(rows["scale"].iloc[0]), lang)
    said = f"{phrases.head('score', lang)}, {scale}, {result.options['period']}".removesuffix(", ")
    notes = [phrases.translated(result.notes[0], lang)]
    return _called(
        second_mark, rows, lang=lang, mark="score", words=words, **_common(result, title or said),
        highlight=highlight[0] if highlight else "", subtitle=_interval(rows, lang), notes=notes, **size,
    )  # fmt: skip


def neighbours(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, variable: str | None = None, **size: Any
) -> Figure:
    """One municipality among its neighbours, those of its ring and all, by one condition."""
    own = highlight[0] if highlight else str(result.table[KEY].iloc[0])
    table = result.table
    groups = {phrases.sentence("group_neighbours", lang): table.loc[table[KEY] == own, "neighbour"].tolist()}
    if "rings" in result.parts:
        ring = result.parts["rings"].set_index(KEY)["ring"]
        groups[f"{phrases.head('ring', lang)} {ring.get(own, '')}"] = ring.index[ring == ring.get(own)].tolist()
    return _strips(result, own, groups, variable, lang, title, size)


def types(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, variable: str | None = None, **size: Any
) -> Figure:
    """One municipality among the types, by one condition."""
    own = highlight[0] if highlight else str(result.table[KEY].iloc[0])
    known = result.table[result.table["type"] != ""]
    groups = {f"{phrases.head('type', lang)} {name}": part[KEY].tolist() for name, part in known.groupby("type")}
    said = title or phrases.sentence("among_types", lang, name=result.options["names"][own])
    return _strips(result, own, groups, variable, lang, said, size)


def _strips(
    result: Result, own: str, groups: dict[str, list[str]], variable: str | None, lang: Lang, title: str | None,
    size: dict[str, Any],
) -> Figure:  # fmt: skip
    conditions, known = result.parts["conditions"], result.options["variables"]
    chosen = variable or known[0]
    if chosen not in known:
        message = f"Drawn is one of the conditions used, {', '.join(known)}; found {variable!r}. Choose one."
        raise ValueTableError(message)
    values = conditions[[KEY, "status"]].assign(value=conditions[chosen])
    groups = {name: [key for key in keys if key != own] for name, keys in groups.items()}
    kept = {name: keys for name, keys in groups.items() if keys}
    return _called(
        ring_and_neighbours, values, own, kept, lang=lang, unit=column_label(chosen, lang),
        **_common(result, title), **size,
    )  # fmt: skip


def _beside(result: Result, rows: pd.DataFrame, own: str) -> list[str]:
    """The ring, or the neighbours, of a municipality, itself among them."""
    if "neighbours" in result.parts:
        pairs = result.parts["neighbours"]
        return [own, *pairs.loc[pairs[KEY] == own, "neighbour"]]
    ring = rows.loc[rows[KEY] == own, "ring"].iloc[0]
    return rows.loc[rows["ring"] == ring, KEY].tolist() if ring else [own]


def _common(result: Result, title: str | None) -> dict[str, Any]:
    return {"names": result.options["names"], "title": title or "", "source": result.source}


def _unit(rows: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    name = str(rows["indicator"].iloc[0]) if "indicator" in rows else ""
    own = str(rows["unit"].iloc[0]) if "unit" in rows else ""
    known = axis_label(name, lang) if name else own
    return {"unit": known, "decimals": decimals_of(name) if name else 2}


def _title(result: Result, rows: pd.DataFrame, lang: Lang, own: str = "") -> str:
    name = str(rows["indicator"].iloc[0]) if "indicator" in rows and rows["indicator"].iloc[0] else ""
    service = service_name(str(rows["service"].iloc[0]), lang) if "service" in rows else ""
    rings = list(rows["ring"].unique()) if "ring" in rows else []
    ring = phrases.cell("ring", str(rings[0]), lang) if own and len(rings) == 1 else ""
    said = [indicator_label(name, lang) if name else "", service, ring, str(result.options["period"])]
    return ", ".join(filter(None, said))


def _interval(rows: pd.DataFrame, lang: Lang) -> str:
    levels = rows["level"].dropna()
    if levels.empty:
        return ""
    return phrases.bounds_head("interval", phrases.percent(float(levels.iloc[0]), lang), lang)


def _called(function: Callable[..., Figure], *given: Any, **named: Any) -> Figure:
    """Call a figure with what it takes of the common keywords."""
    known = inspect.signature(function).parameters
    title = named.get("title")
    kept = {name: value for name, value in named.items() if name in known}
    if title is None:
        kept.pop("title", None)
    unknown = {n for n, v in named.items() if n not in known and v is not None} - {"width", "height", "title", "unit"}
    if unknown:
        message = f"This figure takes {', '.join(sorted(known))}; found {', '.join(sorted(unknown))}. Leave it out."
        raise ValueTableError(message)
    return function(*given, **kept)
