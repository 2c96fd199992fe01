"""Maps of the 69: by ring, and by one official indicator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from optkommunen.data.labels import decimals_of, indicator_label, sources, time_base, unit_of
from optkommunen.data.register import keys_of, municipalities, require_closed_set
from optkommunen.data.ring_rule import is_reconstructed, reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.figures import style
from optkommunen.figures.basemap import HEIGHT, PANEL, Panel, Scheme, area, classify, germany
from optkommunen.figures.layout import Chart, new_figure, wrapped
from optkommunen.figures.notes import spread
from optkommunen.figures.placement import outline, place, pole_of_inaccessibility
from optkommunen.figures.style import INK, QUIET, require_one, require_status, style_context
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, plain
from optkommunen.words import N_, NO_BREAK, Lang, language, number, translate, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 3
"""How many of the highest and of the lowest are named."""

RINGS_TITLE = N_("Comparison rings of the 69 Optionskommunen (reconstructed)")
RINGS_SUBTITLE = N_("Areas as admitted (31 December 2005); numeral = ring; number of municipalities in brackets")
RINGS_SOURCE = N_(
    "rule after Kreis Coesfeld, SV-7-0669 (2007); BBSR, conversion keys and planning regions; INKAR; own assignment"
)
RINGS_NOTE = N_(
    "The rings are an own reconstruction by the published rule (settlement type, then SGB II rate). The 11 published "
    "memberships fall together as published, 58 cannot be verified; the numbers are not the published ones."
)
RING_RULES = {
    "R-I": N_("agglomeration, dense"),
    "R-II": N_("agglomeration, other, rate below 9"),
    "R-III": N_("urbanised, dense, rate below 9"),
    "R-IV": N_("as R-II and R-III, rate from 9"),
    "R-V": N_("other, rate below 6"),
    "R-VI": N_("other, rate 6 to below 9"),
    "R-VII": N_("other, rate from 9"),
}
NAMED_NOTE = N_("Named are the three highest and the three lowest values that are not estimated.")
ESTIMATED_NOTE = N_(
    "Estimated: value of today's larger Kreis, or resting on an assumption; the reason stands in column note."
)
SCHEMES = {"quantile": N_("Classes: quantiles"), "natural": N_("Classes: natural breaks")}
WITHOUT = {
    "missing": N_("no value"), "suppressed": N_("suppressed"), "unusable": N_("unusable (published, known fault)"),
}  # fmt: skip
HATCHES = {"missing": style.MISSING_HATCH, "suppressed": style.MISSING_HATCH, "unusable": style.UNUSABLE_HATCH}
"""Statuses of what has no value to show, in words and strokes."""


def map_rings(
    *, rings: pd.DataFrame | None = None, title: str | None = None, source: str = "", lang: str | None = None,
    width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """The 69, coloured and numbered by comparison ring.

    Parameters
    ----------
    rings : DataFrame, optional
        Table ``kommune, ring`` of up to seven rings of one's own; the reconstructed rings if None.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": that of the rings.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ForeignUnitError
        If a ring holds a unit that is not one of the 69.
    ValueTableError
        If there are more than seven rings.

    Examples
    --------
    Every municipality is drawn once and carries the numeral of its ring:

    >>> import matplotlib.pyplot as plt
    >>> fig = map_rings()
    >>> numerals = [t.get_text() for t in fig.axes[0].texts if t.get_gid() == "numeral"]
    >>> len(numerals), numerals.count("VII")
    (69, 12)
    >>> plt.close(fig)
    """
    lang = language(lang)
    ring = _ring_of_each(reconstructed() if rings is None else rings)
    own = not is_reconstructed(ring.reset_index()).all()
    names = style.in_order(ring)
    colours = dict(zip(names, style.RING_COLOURS, strict=False))
    named = municipalities().set_index(KEY)["name"]
    if title is None:
        title = translate("Optionskommunen by own rings", lang) if own else translate(RINGS_TITLE, lang)
    source = source or (translate("own assignment", lang) if own else translate(RINGS_SOURCE, lang))
    notes = [] if own else [translate(RINGS_NOTE, lang)]
    counts = ", ".join(f"{name} {int((ring == name).sum())}" for name in names)
    says = translate("Map of the 69 by ring, with the number of municipalities: {rings}.", lang, rings=counts)
    with style_context():
        page = new_figure(
            HEIGHT, title, translate(RINGS_SUBTITLE, lang), source, lang, notes, table=ring.reset_index(), says=[says],
            width=width, height=height,
        )  # fmt: skip
        ax, areas, panel = germany(page)
        for key, geometry in areas.items():
            area(ax, geometry, colours.get(str(ring.get(key)), style.NO_VALUE), key)
        _numerals(ax, areas, ring, {name: name.removeprefix("R-") for name in names}, colours)
        for name in names:
            words = name if own else f"{name}  {translate(RING_RULES[name], lang)}"
            members = ring.index[ring == name]
            panel.entry(f"{words} ({len(members)})", colours[name])
            panel.small(", ".join(named[key].replace(" ", NO_BREAK) for key in sorted(members)))
        if len(ring) < len(areas):
            panel.entry(translate("in no ring ({n})", lang, n=len(areas) - len(ring)), style.NO_VALUE)
        if not own:
            panel.words(translate("rate: persons in BG\nper 100 inhabitants, 2008", lang))
        panel.gap()
        panel.approximate(lang)
    return page.figure


def map_indicator(
    frame: pd.DataFrame, *, classes: int = 5, scheme: Scheme = "quantile", title: str | None = None, source: str = "",
    lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """One official indicator of one period on the 69, with the distribution behind the classes.

    Colour is the class (light low, dark high). ``estimated`` values are hatched in their colour; ``missing``,
    ``suppressed`` and ``unusable`` ones are grey and hatched, whatever number stands beside them. The three highest
    and the three lowest values that are not estimated are named. Germany stands as text and is never coloured.

    Parameters
    ----------
    frame : DataFrame
        Value table of one indicator and one period, e.g. ``load_context("childcare_u3", 2008)``.
    classes : int, default 5
        Number of classes.
    scheme : {"quantile", "natural"}
        See `optkommunen.figures.basemap.classify`.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": that of the values.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in millimetres; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If the status is absent, the frame holds several indicators or periods, no value at all, or synthetic values.
    ForeignUnitError
        If a unit is not one of the 69 (a Musterkommune has no place on a map).

    Examples
    --------
    The classes of the legend hold all municipalities that have a value:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.loaders.bundled import load_context
    >>> fig = map_indicator(load_context("childcare_u3", 2008), lang="en")
    >>> entries = [t.get_text() for t in fig.axes[1].texts if t.get_gid() == "class"]
    >>> sum(int(text.split("(")[1].rstrip(")")) for text in entries)
    69
    >>> plt.close(fig)
    """
    lang = language(lang)
    name, period = _one_indicator(frame)
    units = frame[frame[KEY] != REFERENCE].set_index(KEY)
    shown = units[~units["status"].isin(WITHOUT_VALUE)]
    if shown.empty:
        message = f"A map needs at least one value; {name!r} {period} has none among the 69. Choose another period."
        raise ValueTableError(message)
    digits = decimals_of(name)
    group = classify(shown["value"], classes, scheme, digits)
    colours = style.sequential(int(group.max()) + 1)
    unit_words = unit_of(name, str(frame["unit"].iloc[0]), lang)
    estimated = shown["status"] == "estimated"
    base = time_base(str(frame["time_base"].iloc[0]), lang) if "time_base" in frame else ""
    title = f"{indicator_label(name, lang)}, {period} ({unit_words})" if title is None else title
    source = source or sources(frame.get("source", ()), lang)
    named = municipalities().set_index(KEY)["name"].to_dict()
    with style_context():
        page = new_figure(
            HEIGHT, title,
            "; ".join(part for part in (base, translate("areas as admitted (31 December 2005)", lang)) if part),
            source, lang, [translate(NAMED_NOTE, lang), translate(ESTIMATED_NOTE, lang) if estimated.any() else ""],
            table=frame, says=[spread(shown["value"], digits, lang, named, unit_words)], width=width, height=height,
        )  # fmt: skip
        ax, areas, panel = germany(page)
        for key, geometry in areas.items():
            if key in shown.index:
                fill = colours[group[key]]
                area(ax, geometry, fill, key, style.ESTIMATED_HATCH if estimated[key] else "", style.ink_on(fill))
            elif key in units.index:
                area(ax, geometry, style.NO_VALUE, key, HATCHES[str(units.at[key, "status"])])
            else:
                area(ax, geometry, "white", key)
        _names(ax, areas, shown.loc[~estimated, "value"], digits, lang)
        gloss = translate("lowest to highest value\n(number of municipalities)", lang)
        panel.words(f"{translate(SCHEMES[scheme], lang)}\n{gloss}", colour=INK)
        for k in range(len(colours) - 1, -1, -1):
            members = shown["value"][group == k]
            reach = f"{number(members.min(), digits, lang)} – {number(members.max(), digits, lang)}"
            panel.entry(f"{reach} ({len(members)})", colours[k], gid="class")
        panel.gap()
        if estimated.any():
            words = translate("estimated ({n})", lang, n=estimated.sum())
            panel.entry(words, "white", style.ESTIMATED_HATCH)
        for status in (status for status in WITHOUT_VALUE if status in set(units["status"])):
            n = (units["status"] == status).sum()
            panel.entry(f"{translate(WITHOUT[status], lang)} ({n})", style.NO_VALUE, HATCHES[status])
        absent = len(set(areas) - set(units.index))
        if absent:
            panel.entry(translate("not in the table ({n})", lang, n=absent), "white")
        panel.approximate(lang)
        _germany_value(panel, frame, digits, unit_words, lang)
        bottom = max(panel.y - 2.3, 0.42) / page.stretch
        strip = page.axes(page.width - PANEL + 0.05, bottom, PANEL - 0.2, 1.75 / page.stretch)
        _distribution(strip, shown["value"], group, estimated, colours, unit_words, lang)
    return page.figure


def _ring_of_each(rings: pd.DataFrame) -> pd.Series:
    require_columns(rings, (KEY, "ring"), "An assignment to rings needs", "See ok.rings().")
    table = plain(rings).assign(**{KEY: keys_of(rings[KEY])})
    require_once(table, (KEY,), "A municipality belongs to one ring")
    ring = table.set_index(KEY)["ring"]
    require_closed_set(ring.index)
    if ring.nunique() > len(style.RING_COLOURS):
        message = f"A map tells {len(style.RING_COLOURS)} rings apart; found {ring.nunique()}. Draw them in two maps."
        raise ValueTableError(message)
    return ring


def _one_indicator(frame: pd.DataFrame) -> tuple[str, str]:
    require_status(frame, "period", "indicator", "unit")
    name, period = (require_one(frame, column, "A map") for column in ("indicator", "period"))
    require_closed_set(frame.loc[frame[KEY] != REFERENCE, KEY])
    if frame["status"].eq("synthetic").any():
        message = "A map shows real places; found status 'synthetic'. Invented values have no place on it: drop them."
        raise ValueTableError(message)
    return name, period


def _numerals(
    ax: Axes, areas: Mapping[str, shapely.Geometry], ring: pd.Series, numeral: dict[str, str], colours: dict[str, str]
) -> None:
    """The numeral of the ring in each area, beside it where the area is too small."""
    outside: dict[tuple[float, float], str] = {}
    inside = []
    for key, geometry in areas.items():
        if key not in ring.index:
            continue
        x, y, radius = pole_of_inaccessibility(geometry)
        name = str(ring[key])
        text = ax.text(x, y, numeral[name], size=7, ha="center", va="center_baseline", zorder=8, gid="numeral",
                       color=style.ink_on(colours[name]))  # fmt: skip
        pixels = ax.transData.transform((x + radius, y))[0] - ax.transData.transform((x, y))[0]
        extent = text.get_window_extent()
        if np.hypot(extent.width, extent.height) / 2 > 1.5 * pixels:
            text.remove()
            outside[x, y] = numeral[name]
        else:
            inside.append(text)
    for text in place(ax, list(outside), list(outside.values()), size=7, avoid=list(areas.values()), taken=inside):
        text.set_gid("numeral")


def _names(ax: Axes, areas: Mapping[str, shapely.Geometry], values: pd.Series, digits: int, lang: Lang) -> None:
    """Names of the highest and lowest; ties at the end of the three are all named while they are few."""
    keys = dict.fromkeys([*_extreme(values, largest=True), *_extreme(values, largest=False)])
    name = municipalities().set_index(KEY)["name"]
    hearts = [pole_of_inaccessibility(areas[key])[:2] for key in keys]
    words = [f"{name[key]}\n{number(values[key], digits, lang)}" for key in keys]
    for x, y in hearts:
        ax.plot(x, y, "o", markersize=2.6, color="white", markeredgecolor=INK, markeredgewidth=0.8, zorder=8)
    face = [text for text in ax.texts if text.get_gid() == "attribution"]
    for text in place(ax, hearts, words, size=8, avoid=list(areas.values()), taken=face):
        text.set_gid("name")
        text.set_path_effects(outline(2.5))


def _extreme(values: pd.Series, *, largest: bool) -> list[str]:
    found = values.nlargest(NAMED, keep="all") if largest else values.nsmallest(NAMED, keep="all")
    if len(found) > NAMED + 1:
        found = found[found != found.iloc[-1]]
    return [str(key) for key in found.index]


def _germany_value(panel: Panel, frame: pd.DataFrame, digits: int, unit_words: str, lang: Lang) -> None:
    row = frame[(frame[KEY] == REFERENCE) & ~frame["status"].isin(WITHOUT_VALUE)]
    if row.empty:
        return
    value = with_unit(float(row["value"].iloc[0]), digits, unit_words, lang)
    if row["status"].iloc[0] == "estimated":
        value = translate("{value} (estimated)", lang, value=value)
    panel.gap()
    panel.words(wrapped(translate("Germany: {value}", lang, value=value), 8.5, PANEL - 0.05), colour=INK)


def _distribution(
    ax: Axes, values: pd.Series, group: pd.Series, estimated: pd.Series, colours: Sequence[str], unit_words: str,
    lang: Lang,
) -> None:  # fmt: skip
    """Every value as a point, in order: what the classes cut up."""
    ordered = values.sort_values(kind="stable")
    rank = np.arange(1, len(ordered) + 1)
    fill = [colours[k] for k in group[ordered.index]]
    hollow = estimated[ordered.index].to_numpy()
    ax.scatter(ordered[~hollow], rank[~hollow], s=13, c=[f for f, h in zip(fill, hollow, strict=True) if not h],
               edgecolors=QUIET, linewidths=0.4, gid="values")  # fmt: skip
    ax.scatter(ordered[hollow], rank[hollow], s=13, c="white", linewidths=1.0,
               edgecolors=[f for f, h in zip(fill, hollow, strict=True) if h], gid="estimated")  # fmt: skip
    text = N_("Each municipality a point, in order of value")
    if hollow.any():
        text = N_("Each municipality a point, in order; hollow: estimated")
    ax.set_title(wrapped(translate(text, lang), 8, PANEL - 0.1), size=8, color=QUIET)
    ax.set(yticks=[], ylim=(-1, len(rank) + 2))
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_formatter(style.DecimalMark(lang))
    ax.locator_params(axis="x", nbins=6)
    ax.set_xlabel(wrapped(unit_words, 8, PANEL - 0.2), size=8)
