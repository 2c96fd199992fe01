"""The figure that belongs to an answer: which function of `figures` draws it, and what that is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.catalogue import Lang, indicator
from optkommunen.data.labels import axis_label, column_head, column_label, decimals_of, indicator_label, service_name
from optkommunen.errors import ComparisonError, ValueTableError
from optkommunen.figures.funnels import funnel as funnel_plot
from optkommunen.figures.interval_rows import compare_areas, rank_sets, second_mark
from optkommunen.figures.layout import reason_drawn
from optkommunen.figures.profiles import heatmap, profile, ring_and_neighbours
from optkommunen.front.chance import NO_SPREAD
from optkommunen.front.given import LATEST, Given, given, source_of
from optkommunen.front.membership import groups as ring_groups
from optkommunen.front.phrases import bounds_head, cell
from optkommunen.front.result import Result, first_level
from optkommunen.front.sentences import PARTNERS, SHRUNKEN
from optkommunen.values import KEY
from optkommunen.words import N_, as_sentence, level_number, noted, translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Keys = Sequence[str] | None
Size = Mapping[str, Any]


def compare(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, kommunen: Keys = None, **size: Any
) -> Figure:
    """Of one indicator, intervals against the reference; of several, a profile or a heatmap.

    Drawn are all, or with somebody highlighted its ring; or the ``kommunen``. A profile is of who is highlighted.
    """
    rows, own = first_level(result.table), _first(highlight)
    if kommunen is not None:
        rows = rows[rows[KEY].isin(kommunen)]
    elif own:
        rows = rows[rows[KEY].isin(_beside(result, rows, own))]
    if "neighbours" in result.parts:  # the figure has words for rings only
        rows = rows.assign(reference=[cell("reference", text, lang) for text in rows["reference"]])
    if "indicator" not in rows:
        rows = rows.assign(indicator="")
    if len(rows[[column for column in ("indicator", "service") if column in rows]].drop_duplicates()) > 1:
        rows = rows[rows["ring"] != ""]
        if own:
            name = result.options["names"][own]
            return profile(rows, own, name=name, lang=lang, title=title, source=result.source, **size)
        return heatmap(rows, **_common(result, lang, title, size) | {"title": title})
    return compare_areas(
        rows, highlight=own, polarity=result.options["polarity"], **_unit(rows, lang),
        **_common(result, lang, title or _title(result, rows, lang, own), size),
    )  # fmt: skip


def funnel(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """The funnel."""
    rows = result.table
    return funnel_plot(
        result.options["found"], exposure=_size(rows, lang), highlight=_first(highlight),
        **_unit(rows, lang), **_common(result, lang, title or _title(result, rows, lang), size),
    )  # fmt: skip


def rank(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Ranks with both sets; where no order can be told, that."""
    if NO_SPREAD in result.notes:
        return reason_drawn(as_sentence(NO_SPREAD, lang), result.source, lang=lang, title=title, **size)
    rows = first_level(result.table)
    if rows["level"].isna().all():
        message = "A figure shows sets of ranks; these have no level. Ask for one: rank(…, level=0.95)."
        raise ComparisonError(message)
    both = first_level(result.parts["simultaneous"])
    return rank_sets(
        rows, both[both[KEY].isin(rows[KEY])], highlight=_first(highlight),
        **_common(result, lang, title or _title(result, rows, lang), size),
    )  # fmt: skip


def shrink(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Shrunken values with intervals, the observed ones hollow beside them."""
    rows = first_level(result.table)
    return second_mark(
        rows, mark="raw", words=(column_head("shrunken", lang), column_head("raw", lang)),
        highlight=_first(highlight), subtitle=_interval(rows, lang), notes=[translate(SHRUNKEN, lang)],
        **_unit(rows, lang), **_common(result, lang, title or _title(result, rows, lang), size),
    )  # fmt: skip


def partners(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Differences of all candidates from who asks."""
    rows = result.table.assign(**{KEY: lambda table: table["partner"]})
    own = result.options["names"][result.options["kommune"]]
    return second_mark(
        rows, mark="", words=(column_head("difference", lang), ""), line=0.0, subtitle=_interval(rows, lang),
        notes=[translate(PARTNERS, lang)], **_unit(rows, lang),
        **_common(result, lang, title or f"{_title(result, rows, lang)}: {own}", size),
    )  # fmt: skip


def frontier(result: Result, *, highlight: Keys, lang: Lang, title: str | None, **size: Any) -> Figure:
    """Scores corrected for their bias, with intervals; the raw ones hollow."""
    rows = result.parts["corrected"]
    rows = rows[rows[KEY].isin(result.table[KEY])]
    score, scale = column_head("score", lang), cell("scale", str(rows["scale"].iloc[0]), lang)
    said = ", ".join(filter(None, [score, scale, result.options["period"]]))
    return second_mark(
        rows, mark="score", words=(column_head("corrected", lang), score), highlight=_first(highlight),
        subtitle=_interval(rows, lang), notes=[noted(result.notes[0], lang)],
        **_common(result, lang, title or said, size),
    )  # fmt: skip


def neighbours(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, variable: str | None = None,
    values: pd.DataFrame | None = None, rings: Any = None, period: int | str = LATEST, **size: Any,
) -> Figure:  # fmt: skip
    """One municipality among its neighbours and those of its ring, by one condition or a table of other values.

    The ``values`` are of one indicator; ``rings`` and ``period`` are as in `compare`.
    """
    table = result.table
    own = _first(highlight) or str(table[KEY].iloc[0])
    groups = {translate("nearest neighbours", lang): table.loc[table[KEY] == own, "neighbour"].tolist()}
    if values is not None:
        found = given(values)
        if not found:
            text = translate(N_("The table has no row of a municipality."), lang)
            return reason_drawn(text, result.source, lang=lang, title=title, **size)
        (one,) = found
        return _values_among(result, one, one.period(period), own, groups, rings, lang, title, size)
    if "rings" in result.parts:
        groups |= _own_ring(result.parts["rings"], own, lang)
    return _strips(result, own, groups, variable, lang, title, size)


def _values_among(
    result: Result, one: Given, period: str, own: str, near: Mapping[str, list[str]], rings: Any, lang: Lang,
    title: str | None, size: Size,
) -> Figure:  # fmt: skip
    rows = one.frame[one.frame["period"] == period]
    group = ring_groups(rings, one.frame).frame
    assigned = group.set_index(KEY)
    rows = rows.assign(ring=rows[KEY].map(assigned["ring"]), ring_status=rows[KEY].map(assigned["status"]))
    known = rows[rows[KEY].isin(rows.loc[one.known(period), KEY])]
    groups = {**_own_ring(group, own, lang), **near}
    kept = {name: [key for key in keys if key in set(known[KEY]) - {own}] for name, keys in groups.items()}
    name, source = result.options["names"][own], source_of(rows)
    if not any(kept.values()):
        text = translate(N_("Nobody beside {name} has a value."), lang, name=name)
        return reason_drawn(text, source, lang=lang, title=title, **size)
    said = title or ", ".join(filter(None, [name, one.label(lang), period]))
    return ring_and_neighbours(
        rows.assign(value=rows["value"].where(rows[KEY].isin(known[KEY]))), own, {k: v for k, v in kept.items() if v},
        names=result.options["names"], title=said, source="; ".join(filter(None, [source, result.source])), lang=lang,
        **_unit(rows, lang), **size,
    )  # fmt: skip


def types(
    result: Result, *, highlight: Keys, lang: Lang, title: str | None, variable: str | None = None, **size: Any
) -> Figure:
    """One municipality among the types, by one condition."""
    own = _first(highlight) or str(result.table[KEY].iloc[0])
    known = result.table[result.table["type"] != ""]
    groups = {f"{column_head('type', lang)} {name}": part[KEY].tolist() for name, part in known.groupby("type")}
    said = title or translate("{name} among the types", lang, name=result.options["names"][own])
    return _strips(result, own, groups, variable, lang, said, size)


def _strips(
    result: Result, own: str, groups: Mapping[str, list[str]], variable: str | None, lang: Lang, title: str | None,
    size: Size,
) -> Figure:  # fmt: skip
    conditions, known = result.parts["conditions"], result.options["variables"]
    chosen = variable or known[0]
    if chosen not in known:
        message = f"Drawn is one of the conditions used, {', '.join(known)}; found {variable!r}. Choose one."
        raise ValueTableError(message)
    values = conditions[[KEY, "status"]].assign(value=conditions[chosen])
    groups = {name: [key for key in keys if key != own] for name, keys in groups.items()}
    kept = {name: keys for name, keys in groups.items() if keys}
    unit = column_label(chosen, lang)
    return ring_and_neighbours(values, own, kept, unit=unit, **_common(result, lang, title, size))


def _size(rows: pd.DataFrame, lang: Lang) -> str:
    """What the size of a municipality in a funnel is: the denominator, over the months of the year where it is one."""
    head = column_head("denominator", lang)
    if "indicator" not in rows:
        return head
    entry = indicator(str(rows["indicator"].iloc[0]))
    if not entry.denominator:
        return head
    what = column_label(entry.denominator, lang)
    text = N_("{what}, summed over the months") if entry.kind == "event_rate" else N_("{what}, mean of the months")
    return f"{head}: {translate(text, lang, what=what)}"


def _own_ring(rings: pd.DataFrame, own: str, lang: Lang) -> dict[str, list[str]]:
    """Members of the ring of a municipality, under its name."""
    ring = rings.set_index(KEY)["ring"]
    return {f"{column_head('ring', lang)} {ring.get(own, '')}": ring.index[ring == ring.get(own)].tolist()}


def _first(highlight: Keys) -> str:
    return highlight[0] if highlight else ""


def _beside(result: Result, rows: pd.DataFrame, own: str) -> list[str]:
    """The ring, or the neighbours, of a municipality, itself among them."""
    if "neighbours" in result.parts:
        pairs = result.parts["neighbours"]
        return [own, *pairs.loc[pairs[KEY] == own, "neighbour"]]
    ring = rows.loc[rows[KEY] == own, "ring"].iloc[0]
    return rows.loc[rows["ring"] == ring, KEY].tolist() if ring else [own]


def _common(result: Result, lang: Lang, title: str | None, size: Size) -> dict[str, Any]:
    """What every figure takes."""
    return {"names": result.options["names"], "title": title or "", "source": result.source, "lang": lang, **size}


def _unit(rows: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    name = str(rows["indicator"].iloc[0]) if "indicator" in rows else ""
    own = str(rows["unit"].iloc[0]) if "unit" in rows else ""
    return {"unit": axis_label(name, lang) if name else own, "decimals": decimals_of(name) if name else 2}


def _title(result: Result, rows: pd.DataFrame, lang: Lang, own: str = "") -> str:
    name = str(rows["indicator"].iloc[0]) if "indicator" in rows else ""
    service = service_name(str(rows["service"].iloc[0]), lang) if "service" in rows else ""
    rings = list(rows["ring"].unique()) if "ring" in rows else []
    ring = cell("ring", str(rings[0]), lang) if own and len(rings) == 1 else ""
    said = [indicator_label(name, lang), service, ring, str(result.options["period"])]
    return ", ".join(filter(None, said))


def _interval(rows: pd.DataFrame, lang: Lang) -> str:
    levels = rows["level"].dropna()
    return bounds_head("interval", level_number(float(levels.iloc[0]), lang), lang) if len(levels) else ""
