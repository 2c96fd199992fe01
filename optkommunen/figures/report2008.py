"""The five figures of the report on 2008: ordered bars with intervals of a year; lines of months by `time_lines`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from optkommunen.comparison.rings import rings_of
from optkommunen.errors import ValueTableError
from optkommunen.figures import style, time_lines
from optkommunen.figures.grafik_data import NOBODY, GrafikData, NothingToShowError, prepare, year_span
from optkommunen.figures.interval_rows import finish_rows, name_rows, whisker
from optkommunen.figures.layout import Chart, Legend, columns_across, new_figure, reason_drawn, text_width, watermark
from optkommunen.figures.notes import BY_CHANCE, returns_source, spread
from optkommunen.figures.placement import AXES, beside, headline, write
from optkommunen.figures.style import ESTIMATED_HATCH, INK, QUIET
from optkommunen.indicators.rates import ALL
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_periods
from optkommunen.words import N_, NO_BREAK, Lang, language, level_number, noted, number, translate

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

GRAFIKEN = {
    1: "bg",
    2: "ehb_reported",
    3: "beschaeftigtenquote",
    4: "eingliederungsquote",
    5: "aktivierungsquote",
}
"""Indicator of each Grafik; titles as printed in the report's list of figures, form and values are our own."""
TITLES = {
    1: N_("Development of the Bedarfsgemeinschaften, {span}"),
    2: N_("Development of persons able to work and in need (eHb), {span}"),
    3: N_("Development of the Beschäftigtenquote, {span}"),
    4: N_("Eingliederungsquote (take-ups of work), {span}"),
    5: N_("Aktivierungsquote (persons in measures), {span}"),
}
DEVELOPMENTS = (1, 2, 3)

ACROSS, NARROWEST = 2, 4.0
"""Panels side by side in the overview at most; inches that each needs at least."""

HEAD, MARK_ROWS = 0.52, 1.3
"""Inches above a panel for its headline; rows left free below the bars for the mark of invented values."""


def grafik(
    number: int, returns: Returns, ring: str | None = None, *, period: int | str | Sequence[int | str] | None = None,
    rings: pd.DataFrame | Mapping[str, str] | None = None, level: float | None = 0.95, title: str | None = None,
    source: str = "", lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """Figure after one of the five Grafiken of the report on 2008: all rings on one page, or one ring in full.

    1 Bedarfsgemeinschaften, 2 erwerbsfähige Hilfebedürftige, 3 Beschäftigtenquote: development over months and years.
    4 Eingliederungsquote, 5 Aktivierungsquote: ordered bars of the last year with the values of ring and all and the
    change since the first year. Only the titles of the Grafiken are known; the form is our own, the values are those
    of the returns. Invented returns carry their mark in every axes.

    Parameters
    ----------
    number : {1, 2, 3, 4, 5}
        As above.
    returns : Returns
        ``ok.load_returns()`` or one's own.
    ring : str, optional
        A ring for its page with every municipality by name; None for the overview of all rings.
    period : str, int or several, optional
        Years shown, all of the returns if None. Bars show the last of them and the change since the first.
    rings : DataFrame or mapping, optional
        Table ``kommune, ring``, or ring by municipality (key or name); if None those of the returns, and the
        reconstructed ones where returns have none.
    level : float, default 0.95
        Of the intervals in 4 and 5; None leaves them out.
    title : str, optional
        Headline; None: that of the report, "": none.
    source : str
        At the foot; "": the returns.
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
        An unknown number, ring or year; a municipality without a ring, a ring named ``all``; several levels; a single
        month of a development. Where a column is not reported at all, the figure says so and is empty.

    Examples
    --------
    The bar of a ring's best is as long as its rate:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.indicators.rates import indicator
    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> fig = grafik(4, returns, "R-IV", lang="en")
    >>> bars = [patch.get_width() for patch in fig.axes[0].patches if str(patch.get_gid()).startswith("bar")]
    >>> rate = indicator("eingliederungsquote", returns).query("period == '2008'").set_index("kommune")["value"]
    >>> members = returns.units.query("ring == 'R-IV'")["kommune"]
    >>> bool(abs(max(bars) - rate[members].max()) < 1e-12)
    True
    >>> plt.close(fig)
    """
    lang = language(lang)
    if number not in GRAFIKEN:
        message = f"The report on 2008 has the Grafiken 1 to 5; found {number!r}. Name one of them."
        raise ValueTableError(message)
    if level is not None and not isinstance(level, float):
        message = f"A figure shows one level of intervals, such as 0.95, or None; found {level!r}."
        raise ValueTableError(message)
    months, returns = number in DEVELOPMENTS, _of_period(returns, period)
    source = source or returns_source(returns.source, lang)
    named, _ = rings_of(returns, rings)
    if ring is not None and ring not in set(named["ring"]):
        found = ", ".join(sorted(set(named["ring"])))
        message = f"The returns have the rings {found}; found {ring!r}. Name one of them, or None."
        raise ValueTableError(message)
    try:
        story = prepare(GRAFIKEN[number], returns, months=months, rings=rings, level=level)
        if ring is not None and ring not in story.rings:
            raise NothingToShowError(NOBODY)
    except NothingToShowError as nothing:
        title = translate(TITLES[number], lang, span=year_span(returns.monthly["period"])) if title is None else title
        return reason_drawn(
            noted(nothing.args[0], lang), source, lang=lang, title=title, table=returns.monthly, width=width,
            height=height,
        )  # fmt: skip
    if title is None:
        title = translate(TITLES[number], lang, span=story.span() if months else story.periods[-1])
        title = title if ring is None else f"{title} – {ring}"
    draw = time_lines.draw if months else _bars
    fig = draw(story, ring, title, source, lang, width, height)
    return watermark(fig, story.units["status"], story.units[KEY])


def _of_period(returns: Returns, period: int | str | Sequence[int | str] | None) -> Returns:
    if period is None:
        return returns
    wanted = chosen_periods(period, returns.monthly["period"].str[:4], "the returns")
    monthly, annual = (frame[frame["period"].str[:4].isin(wanted)] for frame in (returns.monthly, returns.annual))
    return dataclasses.replace(returns, monthly=monthly, annual=annual)


def _bars(
    story: GrafikData, ring: str | None, title: str, source: str, lang: Lang, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Values of the last year as bars from zero, best above, with whiskers where there is an interval.

    Parameters
    ----------
    story : as from `report2008.prepare`, by years.
    ring : one ring in full, or None for the overview of all rings and the rings among themselves.
    title, source : headline, and of the returns.
    lang : {"de", "en"}
    width, height : float, optional
        Of the figure in millimetres.

    Returns
    -------
    Chart
    """
    tables = {name: _rows(story, name) for name in ([*story.rings, ALL] if ring is None else [ring])}
    size, row, across = (6.5, 0.155, columns_across(width, NARROWEST, ACROSS)) if ring is None else (8.5, 0.30, 1)
    lines = [list(tables)[i : i + across] for i in range(0, len(tables), across)]
    free = MARK_ROWS if story.synthetic else 0.0
    heights = [HEAD + row * (free + max(len(tables[name]) for name in line)) + 0.28 for line in lines]
    legend = Legend.of(_handles(story, lang), width, 0.26)
    shown = pd.concat([rows for name, rows in tables.items() if name != ALL])
    with style.style_context():
        page = new_figure(
            sum(heights) + (0.06 + legend.room), title, _subtitle(story, lang), source, lang,
            _notes(story, shown, lang), table=story.units, width=width, height=height,
            says=[spread(shown.set_index("name")["value"], story.entry.decimals, lang)],
        )  # fmt: skip
        each = page.width / across
        names = max(text_width(name, size) for rows in tables.values() for name in rows["label"]) + 0.12
        digits = 2 * _column(story, size) + 0.04
        reach = pd.concat(tables.values())[["value", "upper"]].max().max()
        top = page.height - (0.06 + legend.room)
        for line, deep in zip(lines, heights, strict=True):
            for column, name in enumerate(line):
                bars = len(tables[name]) + free
                ax = page.axes(column * each + names, top - HEAD - row * bars, each - names - digits - 0.1, row * bars)
                _panel(ax, story, name, tables[name], size, lang)
                ax.set_ylim(bars - 0.5, -0.5)
                ax.set_xlim(0, 1.06 * reach if reach > 0 else 1)
            top -= deep
        page.legend(legend)
    return page.figure


def _rows(story: GrafikData, ring: str) -> pd.DataFrame:
    """Rows of one panel, best first: label, value, limits, status, change; of all, the rings among themselves."""
    first, last = story.periods[0], story.periods[-1]
    if ring == ALL:
        rows = story.sums[(story.sums["period"] == last) & (story.sums["ring"] != ALL)].set_index("ring", drop=False)
        rows = rows.assign(label=rows["ring"], change=pd.Series(story.changes, dtype=float))
    else:
        units = story.units[story.units["ring"] == ring].set_index(KEY)
        rows, before = (units[units["period"] == period] for period in (last, first))
        rows = rows.assign(label=rows["name"], change=rows["value"] - before["value"])
    rows = rows.assign(change=rows["change"] if first != last else float("nan"))
    best_first = [story.entry.polarity < 0, True]
    return rows.sort_values(["value", "label"], ascending=best_first, na_position="last")


def _panel(ax: Axes, story: GrafikData, panel: str, rows: pd.DataFrame, size: float, lang: Lang) -> None:
    decimals = story.entry.decimals
    for y, (key, row) in enumerate(rows.iterrows()):
        ring = str(key) if panel == ALL else panel
        colour = style.ring_colour(ring, story.rings.index(ring))
        if pd.isna(row["value"]):
            words = " " + translate("no value", lang)
            ax.text(0, y, words, size=size - 0.5, color=QUIET, va="center", gid=f"missing {key}")
        else:
            hatch = ESTIMATED_HATCH if _short(row) or row["n_estimated"] else ""
            ax.barh(y, row["value"], height=0.66, color=style.paler(colour), edgecolor=INK, linewidth=0.4, hatch=hatch,
                    zorder=2)[0].set_gid(f"bar {key}")  # fmt: skip
        for linewidth, ink, gid in ((2.6, "white", "rim"), (1.1, INK, f"interval {key}")):
            whisker(ax, y, row, ink, linewidth=linewidth, gid=gid)
        for text, right in ((number(row["value"], decimals, lang), 0.0),
                            (number(row["change"], decimals, lang, sign=True), 1.0)):  # fmt: skip
            beside(ax, y, text, 72 * (1 + right) * _column(story, size), size=size, ha="right",
                   color=QUIET if right else INK, gid="change" if right else "value")  # fmt: skip
    for name, line in {panel: "-", ALL: style.DOTTED}.items():
        value = _last(story, name)
        if pd.notna(value):
            ax.plot([value, value], [-0.5, len(rows) - 0.5], color=INK, linewidth=1.2, linestyle=line, zorder=4,
                    gid="all value" if name == ALL else "ring value")  # fmt: skip
    name_rows(ax, rows["label"].tolist(), size)
    finish_rows(ax, lang)
    ax.tick_params(axis="x", labelsize=size)
    ax.locator_params(axis="x", nbins=5)
    _headline(ax, story, panel, int(rows["value"].notna().sum()), size, lang)


def _headline(ax: Axes, story: GrafikData, panel: str, n: int, size: float, lang: Lang) -> None:
    of, space = story.members(panel), NO_BREAK
    counted = f"{n}/{of}" if n < of else f"{n}"
    words = translate("The rings", lang) if panel == ALL else f"{panel} (n{space}={space}{counted})"
    of_whom = {panel: translate("ring", lang), ALL: translate("all", lang)}
    values = [f"{whose} {number(_last(story, name), story.entry.decimals, lang)}" for name, whose in of_whom.items()]
    headline(ax, words, "; ".join(values), size + 2, size + 0.5)
    if story.periods[0] != story.periods[-1]:
        words = translate("since {year}", lang, year=story.periods[0])
        write(ax, words, (1, 1), (144 * _column(story, size), 5), AXES, size=size, ha="right", va="bottom",
              color=QUIET, gid="since")  # fmt: skip


def _last(story: GrafikData, ring: str) -> float:
    sums = story.sums[(story.sums["ring"] == ring) & (story.sums["period"] == story.periods[-1])]
    return float(sums["value"].iloc[0])


def _column(story: GrafikData, size: float) -> float:
    """Width of a column of numbers in inches."""
    return text_width("−88,888"[: story.entry.decimals + 4], size) + 0.1


def _short(row: pd.Series) -> bool:
    """Whether a year stands on fewer than twelve months."""
    return bool(0 < row["n_months"] < 12)


def _subtitle(story: GrafikData, lang: Lang) -> str:
    axis, year = story.entry.axis(lang), story.periods[-1]
    levels = story.units["level"].dropna().unique()
    if len(levels):
        level = level_number(levels[0], lang)
        words = translate("{axis}; bar: {year}, line: {level}% interval", lang, axis=axis, year=year, level=level)
    else:
        words = translate("{axis}; bar: {year}", lang, axis=axis, year=year)
    text = N_("; right: change since {first}")
    if story.entry.kind == "stock_quota":
        text = N_("; right: change since {first} in percentage points")
    return words + translate(text, lang, first=story.periods[0]) if story.changes else words


def _notes(story: GrafikData, rows: pd.DataFrame, lang: Lang) -> list[str]:
    short = rows.apply(_short, axis=1)
    notes = story.notes(lang)
    if story.left_out and story.changes:
        notes.append(translate(
            "Without a value in {first} or {last}, so not in the change of ring and all: {names}.", lang,
            first=story.periods[0], last=story.periods[-1], names=story.listed(),
        ))  # fmt: skip
    if short.any():
        notes.append(translate("Hatched: months are missing, the value stands for the year.", lang))
    if (rows["n_estimated"].gt(0) & ~short).any():
        notes.append(translate("Hatched: estimated, as the return itself says.", lang))
    if story.units["level"].notna().any():
        notes.append(translate(BY_CHANCE, lang))
    return notes


def _handles(story: GrafikData, lang: Lang) -> list[Artist]:
    return [
        Patch(facecolor="#bbbbbb", edgecolor=INK, linewidth=0.4, label=story.entry.label(lang)),
        Line2D([], [], color=INK, linewidth=1.2, label=translate("value of the ring", lang)),
        Line2D([], [], color=INK, linewidth=1.2, linestyle=style.DOTTED,
               label=translate("value of all rings together", lang)),
    ]  # fmt: skip
