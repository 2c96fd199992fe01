"""Development over months and years: small multiples of all rings, or one ring with every municipality by name."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.patheffects as effects
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.figures import time_lines
from optkommunen.figures.layout import Chart, Sheet, new_figure, text_width
from optkommunen.figures.notes import alternative
from optkommunen.figures.placement import headline, separate_labels
from optkommunen.figures.style import DASHED, DOTTED, INK, NO_BREAK, QUIET, DecimalMark, ring_colour, style_context
from optkommunen.indicators.rates import ALL
from optkommunen.values import KEY
from optkommunen.words import N_, Lang, number, percent, translate, translate_plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from optkommunen.figures.report2008 import GrafikData

PAGE_HEIGHT, PER_NAME, NAME_SIZE = 4.4, 0.19, 8
YEAR_BAR = "#c9c9c4"
CHANGE_OF_MEAN = N_("at the end the change of the yearly mean {first}–{last}")
CHANGE_IN_POINTS = N_("at the end the change of the yearly value {first}–{last} in percentage points")
LEFT_OUT = N_("Without a value in one of the months, or without a base value, and left out: {names}.")
LINES = ("-", (0, (5, 1)), (0, (1.2, 0.9)))
"""Lines of municipalities in turn, so that not colour alone tells them apart."""


def draw(
    story: GrafikData, ring: str | None, title: str, lang: Lang, source: str = "", width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Monthly values of municipalities, rings and all; the mean of each year as a bar across its months.

    A count is an index: the mean of the first year is 100. A quota is shown as it is. The end label is the change
    from the first to the last year: per cent of a count, percentage points of a quota.

    Parameters
    ----------
    story : as from `report2008.prepare`, by months.
    ring : one ring in full, or None for all.
    title : headline.
    lang : {"de", "en"}
    source : str
        At the foot; "": the returns.
    width, height : float, optional
        Of the figure in millimetres.

    Returns
    -------
    Chart
    """
    index = story.entry.kind == "count"
    base = story.years["period"].min()
    scale = translate("Index, mean of {base} = 100", lang, base=base) if index else story.entry.axis(lang)
    last = story.years["period"].max()
    change = CHANGE_OF_MEAN if index else CHANGE_IN_POINTS
    subtitle = scale if base == last else f"{scale}; {translate(change, lang, first=base, last=last)}"
    frame, source = _Frame(story, index, lang), source or story.source_words(lang)
    shown = (*story.rings, ALL) if ring is None else (ring, ALL)
    everybody = translate("all rings", lang)
    changes = ", ".join(
        f"{everybody if name == ALL else name} {frame.change(name)}" for name in shown if frame.change(name)
    )
    says = translate("Change from {first} to {last}: {changes}.", lang, first=base, last=last, changes=changes)
    data: dict[str, Any] = {"table": story.units, "alt_text": alternative(title, says if changes else "")}
    data |= {"width": width, "height": height}
    notes = [*story.notes(lang), *_notes(story, lang)]
    with style_context():
        legend = time_lines.Legend.of(_entries(frame, ring), width, lang)
        if ring is None:
            columns, body = time_lines.grid(len(story.rings) + 1, width)
            page = new_figure(body + legend.room, title, subtitle, source, lang, notes, **data)
            _overview(page, frame, columns)
        else:
            members = story.units.loc[story.units["ring"] == ring, KEY].nunique()
            body = max(PAGE_HEIGHT, PER_NAME * (members + 3))
            page = new_figure(body + 0.6 + legend.room, title, subtitle, source, lang, notes, **data)
            _one_ring(page, frame, ring, body)
        legend.draw(page)
    return page.figure


@dataclass(frozen=True)
class _Frame:
    """Series as they are drawn."""

    story: GrafikData
    index: bool
    lang: Lang

    def units(self, ring: str) -> pd.DataFrame:
        """Months in columns, one row for each municipality of a ring (or all)."""
        units = self.story.units
        if ring != ALL:
            units = units[units["ring"] == ring]
        wide = units.pivot(index=KEY, columns="period", values="value").reindex(columns=self.story.periods)
        if not self.index:
            return wide
        first = wide.columns[0][:4]
        mean = wide.loc[:, wide.columns.str.startswith(first)].mean(axis=1)
        return 100 * wide.div(mean.where(mean > 0), axis=0)

    def months(self, ring: str) -> pd.Series:
        """Values of a ring's sum by month."""
        return self._of(self.story.sums, ring).reindex(self.story.periods) / self._base(ring)

    def years(self, ring: str) -> pd.Series:
        """Values of a ring's sum by year."""
        return self._of(self.story.years, ring) / self._base(ring)

    @functools.cached_property
    def estimated(self) -> set[str]:
        """Who has an estimated value in some month."""
        return time_lines.estimated_keys(self.story.units)

    def change(self, ring: str) -> str:
        """Change of the yearly value from the first to the last year, as text; empty with one year or no base."""
        return self.changed(self.years(ring))

    def changed(self, years: pd.Series) -> str:
        """Change between the first and the last of some yearly values, as text."""
        if len(years) < 2 or not np.isfinite(years.iloc[[0, -1]]).all():
            return ""
        first, last = float(years.iloc[0]), float(years.iloc[-1])
        if self.index:
            return percent(100 * (last / first - 1), 1, self.lang, sign=True) if first > 0 else ""
        return number(last - first, self.story.entry.decimals, self.lang, sign=True)

    def _base(self, ring: str) -> float:
        if not self.index:
            return 1.0
        first = float(self._of(self.story.years, ring).iloc[0])
        return first / 100 if first > 0 else float("nan")

    @staticmethod
    def _of(frame: pd.DataFrame, ring: str) -> pd.Series:
        return frame[frame["ring"] == ring].set_index("period")["value"].sort_index()


def _notes(story: GrafikData, lang: Lang) -> list[str]:
    """Who is left out, which years are no full years, what dashed lines mean."""
    reported = story.units.drop_duplicates("period")["period"].str[:4].value_counts()
    short = reported[reported < 12].sort_index()
    return [
        translate(LEFT_OUT, lang, names=story.listed()) if story.left_out else "",
        *(
            translate_plural("{year} has {n} month only.", "{year} has {n} months only.", n, lang, year=year)
            for year, n in short.items()
        ),
        translate("Dashed: estimated.", lang) if story.units["status"].eq("estimated").any() else "",
    ]


def _overview(page: Sheet, frame: _Frame, columns: int) -> None:
    rings, x = [*frame.story.rings, ALL], range(len(frame.story.periods))
    axes = time_lines.panels(page, len(rings), columns)
    for i, (ax, ring) in enumerate(zip(axes, rings, strict=True)):
        time_lines.unit_lines(
            ax, x, frame.units(ring), frame.estimated, linewidth=0.5, alpha=0.8 if ring != ALL else 0.4
        )
        _sum(ax, frame, ring, INK if ring == ALL else ring_colour(ring, i))
        if ring != ALL:
            _all(ax, frame)
        _months(ax, frame, room=1.27)
        time_lines.end_label(ax, x[-1], frame.months(ring).iloc[-1], frame.change(ring), 5)
        n, of = int(frame.story.sums.query("ring == @ring").iloc[-1]["n"]), frame.story.members(ring)
        counted = f"{n}" if n == of else f"{n}/{of}"
        words = translate("all rings", frame.lang) if ring == ALL else ring
        headline(ax, words, f"n{NO_BREAK}={NO_BREAK}{counted}")
    _room_below(axes[0])


def _one_ring(page: Sheet, frame: _Frame, ring: str, height: float) -> None:
    wide = frame.units(ring)
    yearly = {key: values.groupby(values.index.str[:4]).mean() for key, values in wide.iterrows()}
    texts = {str(key): f"{frame.story.names[key]}  {frame.changed(yearly[key])}".strip() for key in wide.index}
    everybody = translate("all rings", frame.lang)
    texts |= {ring: f"{ring}  {frame.change(ring)}", ALL: f"{everybody}  {frame.change(ALL)}"}
    room = 0.45 + max(text_width(text, NAME_SIZE, "bold") for text in texts.values())
    ax = page.axes(0.68, 0.32, page.width - 0.68 - room, height)
    colours = _colours(len(wide))
    ends, inks = {}, {}
    for i, ((key, values), colour) in enumerate(zip(wide.iterrows(), colours, strict=True)):
        ax.plot(values.to_numpy(), color=colour, linewidth=1.1, gid=f"unit {key}", zorder=2,
                linestyle=DASHED if key in frame.estimated else LINES[i % len(LINES)])  # fmt: skip
        ends[str(key)], inks[str(key)] = float(values.iloc[-1]), colour
    place = frame.story.rings.index(ring)
    _sum(ax, frame, ring, ring_colour(ring, place))
    _all(ax, frame)
    ends |= {name: float(frame.months(name).iloc[-1]) for name in (ring, ALL)}
    inks |= {ring: INK, ALL: INK}
    _months(ax, frame, room=1.0)
    if frame.index:
        base = frame.story.years["period"].min()
        ax.set_ylabel(translate("Index, mean of {base} = 100", frame.lang, base=base))
    else:
        ax.set_ylabel(frame.story.entry.axis(frame.lang))
    _room_below(ax)
    _end_labels(ax, ends, texts, inks, height * page.stretch)


def _end_labels(ax: Axes, ends: dict[str, float], texts: dict[str, str], inks: dict[str, Any], height: float) -> None:
    """Names at the right, moved apart, each joined to the end of its line."""
    low, high = ax.get_ylim()
    keys = [key for key in ends if np.isfinite(ends[key])]
    per_inch = (high - low) / height
    places = separate_labels([ends[key] for key in keys], PER_NAME * per_inch, low, high)
    last = ax.get_xlim()[1]
    for key, y in zip(keys, places, strict=True):
        ax.annotate(
            texts[key], (last, ends[key]), (1.045, (y - low) / (high - low)), textcoords="axes fraction",
            va="center", size=NAME_SIZE, color=inks[key], weight="bold" if key in (ALL, texts[key].split("  ")[0])
            else "normal", annotation_clip=False, gid=f"name {key}",
            arrowprops={"arrowstyle": "-", "color": inks[key], "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0,
                        "relpos": (0, 0.5)},
        )  # fmt: skip


def _sum(ax: Axes, frame: _Frame, ring: str, colour: str) -> None:
    """Line of a ring's sum by month, and the mean of each year across its months."""
    time_lines.bold_line(ax, range(len(frame.story.periods)), frame.months(ring), colour, width=1.6)
    position = {period: i for i, period in enumerate(frame.story.periods)}
    for year, value in frame.years(ring).items():
        months = [i for period, i in position.items() if period.startswith(str(year))]
        ax.plot([months[0], months[-1]], [value, value], color=YEAR_BAR, linewidth=4.0, zorder=1.5, gid=f"year {year}",
                solid_capstyle="butt")  # fmt: skip


def _all(ax: Axes, frame: _Frame) -> None:
    ax.plot(frame.months(ALL).to_numpy(), color=INK, linewidth=1.0, linestyle=DOTTED, zorder=3, gid="all")


def _months(ax: Axes, frame: _Frame, room: float) -> None:
    """Years on the axis: a tick at each January, the year in the middle of its months."""
    periods = frame.story.periods
    januaries = [i for i, period in enumerate(periods) if period.endswith("-01")]
    years = sorted({period[:4] for period in periods})
    middles = [np.mean([i for i, period in enumerate(periods) if period.startswith(year)]) for year in years]
    ax.set_xticks(januaries, [""] * len(januaries))
    ax.set_xticks(middles, years, minor=True)
    ax.tick_params(axis="x", which="minor", length=0, pad=5, labelsize=8, labelcolor=QUIET)
    ax.set_xlim(-0.5, (len(periods) - 1) * room + 0.0)
    ax.spines["bottom"].set_bounds(-0.5, len(periods) - 1)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(DecimalMark(frame.lang))


def _room_below(ax: Axes) -> None:
    """A strip at the lower edge, for the mark of invented values."""
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.09 * (high - low), high)


def _entries(frame: _Frame, ring: str | None) -> list[tuple[Line2D, str]]:
    """Handles and words of the legend."""
    rim = [effects.Stroke(linewidth=2.6, foreground=INK), effects.Normal()]
    bold = Line2D([], [], color="#777777", linewidth=1.8, path_effects=rim)
    return [
        (bold, N_("sum of the ring") if frame.index else N_("value of the ring")),
        (Line2D([], [], color=YEAR_BAR, linewidth=4.0), N_("yearly value of the ring")),
        *([(time_lines.thin_handle(linewidth=0.8), N_("single municipality"))] if ring is None else []),
        (time_lines.thin_handle(DOTTED, color=INK, linewidth=1.0), N_("all rings together")),
    ]


def _colours(n: int) -> list[Any]:
    """Colours of lines that are read by their names at the end: dark enough for text, neighbours apart."""
    wheel = mpl.colormaps["turbo"](np.linspace(0.03, 0.97, n)) * [0.72, 0.72, 0.72, 1]
    return [wheel[i] for i in np.argsort(np.arange(n) * 0.618 % 1, kind="stable")]
