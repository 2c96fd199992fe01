"""Development of official values over the years: counts and the sum of their ring, quotas and the median of a group."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.data.labels import decimals_of, group_name, indicator_label, sources, time_base, unit_of
from optkommunen.data.register import municipalities
from optkommunen.data.ring_rule import reconstructed, ring_status
from optkommunen.errors import ValueTableError
from optkommunen.figures import style, time_lines
from optkommunen.figures.layout import Chart, inner_width, new_figure, text_width, watermark, wrapped
from optkommunen.figures.notes import INVENTED, ring_note
from optkommunen.figures.placement import headline, separate_labels
from optkommunen.figures.style import DASHED, DOTTED, INK, QUIET, RING_COLOURS, DecimalMark, style_context
from optkommunen.figures.time_lines import BOLD, end_label, estimated_keys, legend_above, named, thin_handle
from optkommunen.indicators.aggregate import is_count, same_members, total
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, plain
from optkommunen.words import N_, NO_BREAK, Lang, language, number, percent, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Scale = Literal["index", "absolute"]
SCALES: tuple[Scale, ...] = ("index", "absolute")
SCALE_WORDS = {"index": N_("Index, {base} = 100"), "absolute": N_("Sum in {unit}")}
CHANGE_OF_SUM = N_("at the end of each line the change of the sum {first}–{last}; n = municipalities with a value")

QUOTA, ABOVE, BELOW, LEFT, RIGHT = 1.3, 0.48, 0.32, 0.42, 1.6
"""Inches: height of a panel of quotas, room above and below it, for numbers at its left and for names at its right."""

MEDIAN_NOTE = N_("The median counts each municipality alike; it is not the quota of the group.")
LEFT_OUT = N_("{label}: without a value in one of the years and left out: {names}.")
GROUP_COLOURS = RING_COLOURS[2:4]
"""Blue and orange: of two groups at most, as east and west, side by side."""


def development(
    frame: pd.DataFrame, *, by: str = "ring", scale: Scale = "index", rings: pd.DataFrame | None = None,
    title: str | None = None, source: str = "", lang: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """How a count developed: one panel a ring, and one for all rings together.

    ``index``: the first period is 100; thin grey lines are the municipalities, the bold line is the sum of the ring
    (not the mean of the thin lines), the dotted one the sum of all. ``absolute``: the sums themselves, on one axis
    from zero for all rings and on an own axis for all together. At the end of each bold line stands its change in
    per cent. Dashed or hollow: estimated, or a sum that contains estimates.

    Totals of two years compare only with the same members, so municipalities with a value in some years only are
    left out of all, and the figure says which.

    Parameters
    ----------
    frame : DataFrame
        Value table of one count over two or more periods, e.g. eHb of ``caseload()``.
    by : str, default "ring"
        Column to group by.
    scale : {"index", "absolute"}
        See above.
    rings : DataFrame, optional
        Table ``kommune, ring``, as from ``ok.rings``; if None the column ``ring`` of the frame, and the reconstructed
        rings where it has none.
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
        If the status is absent, the frame holds several indicators or a single period, the indicator is a rate, or a
        municipality has no ring.

    Examples
    --------
    The end label is the change of the sum, here of all 68 municipalities that have a value:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.indicators.caseload import caseload
    >>> ehb = caseload().query("indicator == 'ehb'")
    >>> fig = development(ehb, lang="en")
    >>> sums = ehb.groupby("period")["value"].sum()
    >>> [t.get_text() for t in fig.axes[-1].texts if t.get_gid() == "end"]
    ['−7.5%']
    >>> f"{(sums['2010'] / sums['2007'] - 1) * 100:.1f}"
    '-7.5'
    >>> plt.close(fig)
    """
    lang = language(lang)
    story = _prepare(frame, by, scale, rings)
    names = [*story.names, None]
    columns, body = time_lines.grid(len(names), width)
    first, last = story.periods[0], story.periods[-1]
    title = f"{indicator_label(story.indicator, lang)}, {first}–{last}" if title is None else title
    told = ((translate("all rings", lang) if name is None else name, story.change(name, lang)) for name in names)
    changes = translate("Change from {first} to {last}: {changes}.", lang, first=first, last=last,
                        changes=", ".join(f"{name} {change}" for name, change in told if change))  # fmt: skip
    subtitle = [
        translate(SCALE_WORDS[scale], lang, base=first, unit=story.unit(lang)), time_base(story.time_base, lang),
        translate(CHANGE_OF_SUM, lang, first=first, last=last),
    ]  # fmt: skip
    with style_context():
        legend = legend_above(_handles(story, scale, lang), width)
        page = new_figure(
            body + legend.room, title, "; ".join(part for part in subtitle if part),
            source or sources(story.frame.get("source", []), lang) or "–", lang, story.notes(lang), table=story.frame,
            says=[changes], width=width, height=height,
        )  # fmt: skip
        page.legend(legend)
        own = 0.5 if scale == "absolute" else 0.0
        axes = time_lines.panels(page, len(names), columns, margin=0.68 if own else 0.42, own=own)
        for i, (ax, name) in enumerate(zip(axes, names, strict=True)):
            _panel(ax, story, name, i, scale, lang)
            if scale == "absolute":
                highest = (story.everything if name is None else story.sums)["value"].max()
                ax.set_ylim(0, 1.15 * highest if highest > 0 else 1)
    return watermark(page.figure, story.frame["status"], story.frame[KEY])


def quota_development(
    frame: pd.DataFrame, *, by: str, highlight: str = "", title: str | None = None, source: str = "",
    notes: Sequence[str] = (), lang: str | None = None, width: float | None = None, height: float | None = None,
) -> Chart:  # fmt: skip
    """How published rates developed: one line of panels an indicator, one column a group, never both groups in one.

    Thin grey lines are the municipalities (dashed: estimated), the bold one is the median of their values, each
    counted alike. The highest and the lowest of the last year are named. Panels of an indicator share their axis.
    Medians of two years compare only with the same members: who lacks a year is left out and named.

    Parameters
    ----------
    frame : DataFrame
        Value table of one or more rates over two or more periods, with the group; the reference ``DE`` is left out.
    by : str
        Column of the group, at most two, as east and west.
    highlight : str
        Key of a municipality whose line stands out and bears its name; "": nobody.
    title : str, optional
        Headline; None: the labels of the indicators.
    source : str
        At the foot; "": that of the values.
    notes : sequence of str
        Sentences at the foot.
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
        If the status is absent, an indicator is a count or has a single period, or there are more than two groups.

    Examples
    --------
    The bold line is the median of the thin ones:

    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from optkommunen.loaders.bundled import load_context
    >>> fig = quota_development(load_context("debtor_rate").assign(group="all"), by="group")
    >>> lines = {line.get_gid(): np.asarray(line.get_ydata()) for line in fig.axes[0].lines}
    >>> thin = [values for gid, values in lines.items() if gid.startswith("unit")]
    >>> len(thin), bool(np.allclose(np.median(thin, axis=0), lines["median"]))
    (69, True)
    >>> plt.close(fig)
    """
    lang = language(lang)
    rows = _quotas(frame, by)
    kept = same_members(rows)
    kept = kept[~kept["status"].isin(WITHOUT_VALUE)]
    if kept.empty:
        message = "A development needs a municipality with a value in every year shown; found none. Choose other years."
        raise ValueTableError(message)
    names, groups = list(dict.fromkeys(kept["indicator"])), sorted(kept[by].unique())
    years = sorted(kept["period"].astype(int).unique())
    head = ", ".join(indicator_label(str(name), lang) for name in names) if title is None else title
    head = f"{head}, {years[0]}–{years[-1]}" if head else ""
    shown = translate("Medians: {medians}.", lang, medians=_medians(kept, by, lang))
    each_width = inner_width(width) / len(groups)
    heads = {
        (name, group): f"{group_name(str(group), lang)}: {indicator_label(str(name), lang)}"
        for name, group in itertools.product(names, groups)
    }
    heads = {panel: wrapped(text, 9, each_width - LEFT - 0.1, "bold") for panel, text in heads.items()}
    each = ABOVE + 0.155 * max(text.count("\n") for text in heads.values()) + QUOTA + BELOW
    handles = [Line2D([], [], label=translate("median of the group", lang), **BOLD),
               thin_handle(translate("single municipality", lang))]  # fmt: skip
    if kept["status"].eq("estimated").any():
        handles.append(thin_handle(translate("single municipality, estimated", lang), DASHED))
    handles += time_lines.break_handle(kept, lang)
    legend = legend_above(handles, width)
    with style_context():
        page = new_figure(
            each * len(names) + legend.room, head, _quota_subtitle(kept, lang),
            source or sources(kept.get("source", []), lang), lang,
            notes=[translate(INVENTED, lang) if kept["status"].eq("synthetic").any() else "",
                   translate(MEDIAN_NOTE, lang), *_gone(rows, kept, lang), *notes],
            table=kept, says=[shown], width=width, height=height,
        )  # fmt: skip
        for i, name in enumerate(names):
            of_all = kept[kept["indicator"] == name]
            low, high = of_all["value"].min(), of_all["value"].max()
            edge = 0.06 * ((high - low) or 1.0)
            for group, members in of_all.groupby(by):
                bottom = (len(names) - 1 - i) * each + BELOW
                ax = page.axes(groups.index(group) * each_width + LEFT, bottom, each_width - LEFT - RIGHT, QUOTA)
                ax.set(xlim=(years[0] - 0.2, years[-1] + 0.2), ylim=(low - edge, high + edge))
                _quota_panel(
                    ax, members, heads[name, group], GROUP_COLOURS[groups.index(group)], years, highlight, lang
                )
        page.legend(legend)
    return watermark(page.figure, kept["status"])


@dataclass(frozen=True)
class _Development:
    """What the figure tells: values, sums and what was left out."""

    frame: pd.DataFrame
    """Rows kept, with the group in column ``group``; reference left out."""
    sums: pd.DataFrame
    everything: pd.DataFrame
    names: list[str]
    periods: list[str]
    left_out: pd.Series
    """Group of each municipality that has a value in some periods only."""
    rings: pd.DataFrame
    """Key, ring and its status, where they are known: what a note says of them."""

    @property
    def indicator(self) -> str:
        return str(self.frame["indicator"].iloc[0])

    @property
    def time_base(self) -> str:
        return str(self.frame["time_base"].iloc[0]) if "time_base" in self.frame else ""

    def unit(self, lang: Lang) -> str:
        return unit_of(self.indicator, str(self.frame["unit"].iloc[0]), lang)

    def of(self, name: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Municipalities and sums of a group, these by period; of all for None."""
        units, sums = self.frame, self.everything
        if name is not None:
            units, sums = units[units["group"] == name], self.sums[self.sums["group"] == name]
        return units, sums.set_index("period").reindex(self.periods)

    def change(self, name: str | None, lang: Lang) -> str:
        """Change of the sum of a group from the first to the last period, as text; empty from nothing."""
        first, last = self.of(name)[1]["value"].iloc[[0, -1]]
        return percent(100 * (last / first - 1), 1, lang, sign=True) if first > 0 else ""

    def notes(self, lang: Lang) -> list[str]:
        """Who is left out or has no value, whose recording broke, and what is to be said of the rings."""
        counts = self.frame.groupby(KEY)["value"].count()
        gaps, never = self.left_out.index, counts.index[counts == 0]
        return [
            translate("Only municipalities with a value in every year shown; {n} with gaps left out: {names}.", lang,
                      n=len(gaps), names=named(gaps)) if len(gaps) else "",
            translate("Without a value in any year: {names}.", lang, names=named(never)) if len(never) else "",
            time_lines.broken_note(self.frame, lang),
            ring_note(self.rings, lang),
        ]  # fmt: skip


def _prepare(frame: pd.DataFrame, by: str, scale: str, rings: pd.DataFrame | None) -> _Development:
    style.require_status(frame, "period", "indicator", "unit")
    if scale not in SCALES:
        message = f"A development is drawn as {' or '.join(map(repr, SCALES))}; found {scale!r}."
        raise ValueTableError(message)
    style.require_one(frame, "indicator", "A development")
    periods = sorted(frame["period"].astype("str").unique())
    if len(periods) < 2:
        message = f"A development needs at least two periods; found {', '.join(periods)}. Load more years."
        raise ValueTableError(message)
    rows = frame[frame[KEY] != REFERENCE]
    if by == "ring" and (rings is not None or by not in rows.columns):
        table = reconstructed() if rings is None else rings
        require_columns(table, (KEY, "ring"), "An assignment to rings needs")
        require_once(table, (KEY,), "A municipality belongs to one ring")
        table = plain(table).assign(ring_status=ring_status).set_index(KEY)
        rows = rows.assign(**{column: rows[KEY].map(table[column]) for column in ("ring", "ring_status")})
    known = {"ring": by, "ring_status": f"{by}_status"}
    rings = rows[[KEY]].assign(**{new: rows[old] for new, old in known.items() if old in rows.columns})
    kept = same_members(rows)
    left_out = rows[~rows[KEY].isin(kept[KEY])].drop_duplicates(KEY).set_index(KEY)[by].sort_index()
    sums = total(kept, by)  # refuses rates and rows without a group
    kept = kept.assign(group=kept[by], value=kept["value"].mask(kept["status"].isin(WITHOUT_VALUE)))
    names, sums = style.in_order(kept["group"]), sums.rename(columns={by: "group"})
    return _Development(kept, sums, total(kept), names, periods, left_out, rings)


def _panel(ax: Axes, story: _Development, name: str | None, place: int, scale: Scale, lang: Lang) -> None:
    units, sums = story.of(name)
    x = range(len(story.periods))
    if scale == "index":
        wide = units.pivot(index=KEY, columns="period", values="value")[story.periods]
        wide = wide[wide[story.periods[0]] != 0].dropna()
        index = 100 * wide.div(wide[story.periods[0]], axis=0)
        time_lines.unit_lines(ax, x, index, estimated_keys(units), alpha=0.8 if name else 0.45)
        time_lines.break_marks(ax, story.periods, index, units)
        ax.plot([0, len(x) - 1], [100, 100], color=QUIET, linewidth=0.6, zorder=1, gid="hundred")
        if name is not None:
            of_all = story.of(None)[1]["value"]
            ax.plot(x, 100 * of_all / of_all.iloc[0], color=INK, linewidth=1.1, linestyle=DOTTED, zorder=3, gid="all")
    first = sums["value"].iloc[0]  # no index from nothing
    values = sums["value"] if scale == "absolute" else 100 * sums["value"] / (first if first > 0 else float("nan"))
    colour = INK if name is None else style.ring_colour(name, place)
    time_lines.bold_line(ax, x, values, colour, hollow=sums["n_estimated"].gt(0).tolist())
    end_label(ax, len(x) - 1, values.iloc[-1], story.change(name, lang))
    ax.set_xticks(list(x), story.periods)
    ax.set_xlim(-0.15, (len(x) - 1) * 1.52)
    ax.spines["bottom"].set_bounds(0, len(x) - 1)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(DecimalMark(lang))
    own = name is None and scale == "absolute"
    everybody = translate("all rings (own axis)", lang) if own else translate("all rings", lang)
    headline(
        ax, name or everybody, _members(story, name, sums, lang), indent=-40 if own else 0
    )  # points: above the tick labels of the own axis, not only above the panel


def _members(story: _Development, name: str | None, sums: pd.DataFrame, lang: Lang) -> str:
    """What the sum of a panel is made of."""
    first, most = sums.iloc[0], int(sums["n_estimated"].max())
    left_out = int(story.left_out.eq(name).sum()) if name is not None else len(story.left_out)
    parts = [f"n{NO_BREAK}={NO_BREAK}{first['n']}"]
    parts += [translate("{n} estimated", lang, n=most)] if most else []
    parts += [translate("{n} without value", lang, n=first["n_missing"])] if first["n_missing"] else []
    parts += [translate("{n} left out", lang, n=left_out)] if left_out else []
    return ", ".join(parts)


def _handles(story: _Development, scale: Scale, lang: Lang) -> list[Line2D]:
    """Entries of the legend."""
    estimated = story.frame["status"].eq("estimated").any()
    handles = [Line2D([], [], label=translate("sum of the ring", lang), **BOLD)]
    if estimated:
        words = translate("sum that contains estimates", lang)
        handles.append(Line2D([], [], markerfacecolor="white", label=words, **BOLD))
    if scale == "index":
        handles.append(thin_handle(translate("single municipality", lang)))
        if estimated:
            handles.append(thin_handle(translate("single municipality, estimated", lang), DASHED))
        handles += time_lines.break_handle(story.frame, lang)
        handles.append(thin_handle(translate("all rings together", lang), DOTTED, color=INK, linewidth=1.1))
    return handles


def _quota_panel(
    ax: Axes, rows: pd.DataFrame, heading: str, colour: str, years: list[int], own: str, lang: Lang
) -> None:
    wide = rows.pivot(index=KEY, columns="period", values="value")
    x, estimated = wide.columns.astype(int).tolist(), estimated_keys(rows)
    time_lines.unit_lines(ax, x, wide, estimated, alpha=0.8)
    time_lines.break_marks(ax, dict(zip(wide.columns, x, strict=True)), wide, rows)
    if own in wide.index:
        ax.plot(x, wide.loc[own].to_numpy(), color=INK, linewidth=1.6, zorder=5, gid=f"highlight {own}")
    medians = wide.median()
    time_lines.bold_line(ax, x, medians, colour, "median", hollow=[False] * len(x))
    name = str(rows["indicator"].iloc[0])
    _ends(ax, x[-1], wide.iloc[:, -1], float(medians.iloc[-1]), decimals_of(name), _names(rows), own, lang)
    inches = ax.bbox.width / ax.figure.dpi
    fits = (text_width("2008", 8) + 0.06) * (len(years) - 0.6) <= inches
    ax.set_xticks(years if fits else [years[0], years[-1]])
    ax.yaxis.set_major_formatter(DecimalMark(lang))
    ax.locator_params(axis="y", nbins=5)
    ax.grid(axis="y")
    about = [f"n{NO_BREAK}={NO_BREAK}{len(wide)}"]
    about += [translate("{n} estimated", lang, n=len(estimated))] if estimated else []
    headline(ax, heading, f"{unit_of(name, str(rows['unit'].iloc[0]), lang)}; {', '.join(about)}")


def _ends(ax: Axes, x: int, last: pd.Series, median: float, decimals: int, names: dict[str, str], own: str,
          lang: Lang) -> None:  # fmt: skip
    """Beside the last year: the median, and the highest, the lowest and who is highlighted by name."""
    keys = dict.fromkeys([str(last.idxmax()), str(last.idxmin()), *([own] if own in last.index else [])])
    ends = [(median, translate("median {value}", lang, value=number(median, decimals, lang)), "end")]
    ends += [
        (float(last[key]), f"{names[key]} {number(last[key], decimals, lang)}", "own" if key == own else "name")
        for key in keys
    ]
    low, high = ax.get_ylim()
    places = separate_labels([value for value, _, _ in ends], 0.15 / QUOTA * (high - low), low, high)
    for (_, text, gid), y in zip(ends, places, strict=True):
        look = {"end": {}, "own": {"size": 7, "color": INK}, "name": {"size": 7, "weight": "normal", "color": QUIET}}[
            gid
        ]
        end_label(ax, x, y, text, 9, gid, **look)


def _names(rows: pd.DataFrame) -> dict[str, str]:
    """Name of each municipality: as the table says, else from the register, else its key."""
    register = municipalities().set_index(KEY)["name"]
    names = rows["name"] if "name" in rows else rows[KEY].map(register)
    return dict(zip(rows[KEY].astype(str), names.fillna(rows[KEY]).astype(str), strict=True))


def _quota_subtitle(kept: pd.DataFrame, lang: Lang) -> str:
    bases = dict.fromkeys(kept["time_base"]) if "time_base" in kept else {}
    words = ", ".join(time_base(str(base), lang) for base in bases)
    return translate("Each line a municipality; {base}", lang, base=words).removesuffix("; ")


def _medians(kept: pd.DataFrame, by: str, lang: Lang) -> str:
    """Median of each indicator and group in the first and in the last year."""
    parts = []
    for (name, group), rows in kept.groupby(["indicator", by], sort=False):
        medians = rows.groupby("period")["value"].median()
        first, last = (number(medians.iloc[i], decimals_of(str(name)), lang) for i in (0, -1))
        parts.append(translate(
            "{label}, {group}, from {first} to {last}", lang, label=indicator_label(str(name), lang),
            group=group_name(str(group), lang), first=first, last=last,
        ))  # fmt: skip
    return "; ".join(parts)


def _gone(rows: pd.DataFrame, kept: pd.DataFrame, lang: Lang) -> list[str]:
    names, notes = _names(rows), []
    for name, of_all in rows.groupby("indicator", sort=False):
        gone = sorted(set(of_all[KEY]) - set(kept.loc[kept["indicator"] == name, KEY]))
        if gone:
            notes.append(translate(LEFT_OUT, lang, label=indicator_label(str(name), lang), names=named(gone, names)))
    return notes


def _quotas(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    style.require_status(frame, "period", "indicator", "unit", by)
    rows = frame[frame[KEY] != REFERENCE]
    counts = sorted(rows.loc[rows["unit"].map(is_count), "indicator"].unique())
    if counts:
        message = f"Quotas are rates; {', '.join(counts)} are counts, which add up. Draw them by figures.development()."
        raise ValueTableError(message)
    periods = rows.groupby("indicator")["period"].nunique()
    if periods.empty or (periods < 2).any():
        short = ", ".join(periods.index[periods < 2]) or "no indicator"
        message = f"A development needs at least two periods of each indicator; not so: {short}. Load more years."
        raise ValueTableError(message)
    style.require_groups(rows, by, len(GROUP_COLOURS))
    return rows
