"""Time lines: thin ones of municipalities, a bold one of their ring; so drawn, the months of the report's figures.

By months they are drawn as small multiples of all rings, or of one ring with every municipality by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.patheffects as effects
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.data.register import municipalities
from optkommunen.figures.grafik_data import GrafikData
from optkommunen.figures.layout import Chart, Legend, Sheet, columns_across, new_figure, room_for_mark, text_width
from optkommunen.figures.placement import headline, outline, separate_labels, write
from optkommunen.figures.style import DASHED, DOTTED, INK, PALE, QUIET, DecimalMark, ring_colour, style_context
from optkommunen.indicators.rates import ALL
from optkommunen.values import KEY, is_break
from optkommunen.words import N_, NO_BREAK, Lang, number, percent, translate, translate_plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS, NARROWEST, PANEL, GAP = 4, 2.2, 1.75, 0.75
"""Panels side by side at most; inches: width that each needs at least, height of a panel, and between two for headline
and years."""

PAGE_HEIGHT, PER_NAME, NAME_SIZE = 4.4, 0.19, 8
THIN: dict[str, Any] = {"color": PALE, "linewidth": 0.7}
BOLD: dict[str, Any] = {"color": "#777777", "linewidth": 2.4, "marker": "o", "markersize": 5, "markeredgecolor": INK}
"""Lines of municipalities; the bold line in the legend, where it stands for all colours."""

MARK: dict[str, Any] = {"color": INK, "marker": "|", "markersize": 7, "markeredgewidth": 1.2, "zorder": 4.5}
"""Where a series breaks."""

YEAR_BAR = "#c9c9c4"
CHANGE_OF_MEAN = N_("at the end the change of the yearly mean {first}–{last}")
CHANGE_IN_POINTS = N_("at the end the change of the yearly value {first}–{last} in percentage points")
LEFT_OUT = N_("Without a value in one of the months, or without a base value, and left out: {names}.")
LINES = ("-", (0, (5, 1)), (0, (1.2, 0.9)))
"""Lines of municipalities in turn, so that not colour alone tells them apart."""


def draw(
    story: GrafikData, ring: str | None, title: str, source: str, lang: Lang, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Monthly values of municipalities, rings and all; the mean of each year as a bar across its months.

    A count is an index: the mean of the first year is 100. A quota is shown as it is. The end label is the change
    from the first to the last year: per cent of a count, percentage points of a quota.

    Parameters
    ----------
    story : as from `grafik_data.prepare`, by months.
    ring : one ring in full, or None for all.
    title, source : headline, and of the returns.
    lang : {"de", "en"}
    width, height : float, optional
        Of the figure in millimetres.

    Returns
    -------
    Chart
    """
    frame = _Frame(story, story.entry.kind == "count", lang)
    base, last = (getattr(story.years["period"], end)() for end in ("min", "max"))
    change = CHANGE_OF_MEAN if frame.index else CHANGE_IN_POINTS
    subtitle = frame.scale if base == last else f"{frame.scale}; {translate(change, lang, first=base, last=last)}"
    shown = [*story.rings, ALL] if ring is None else [ring, ALL]
    changes = ", ".join(f"{frame.name(each)} {frame.change(each)}" for each in shown if frame.change(each))
    says = translate("Change from {first} to {last}: {changes}.", lang, first=base, last=last, changes=changes)
    with style_context():
        legend = legend_above(_handles(frame, ring), width)
        if ring is None:
            columns, body = grid(len(shown), width)
        else:
            columns, body = 1, 0.6 + max(PAGE_HEIGHT, PER_NAME * (len(frame.units(ring)) + 3))
        page = new_figure(
            body + legend.room, title, subtitle, source, lang,
            [*story.notes(lang), *_notes(story, lang)], table=story.units, says=[says] if changes else [], width=width,
            height=height,
        )  # fmt: skip
        if ring is None:
            _overview(page, frame, columns)
        else:
            _one_ring(page, frame, ring, body - 0.6)
        page.legend(legend)
    return page.figure


def legend_above(handles: Sequence[Line2D], width: float | None) -> Legend:
    """Legend of lines, above the panels."""
    return Legend.of(handles, width, 0.3, columnspacing=1.3, handlelength=1.9, handletextpad=0.5)


def thin_handle(words: str, linestyle: Any = "-", **look: Any) -> Line2D:
    """Line of a municipality for a legend."""
    return Line2D([], [], label=words, linestyle=linestyle, **{**THIN, "linewidth": 0.9, **look})


def grid(n: int, width: float | None) -> tuple[int, float]:
    """How many of `n` panels stand side by side, and the inches that all take upwards."""
    columns = columns_across(width, NARROWEST, COLUMNS)
    return columns, -(-n // columns) * (PANEL + GAP)


def panels(page: Sheet, n: int, columns: int, margin: float = 0.42, own: float = 0.0) -> list[Axes]:
    """Axes of the panels, line by line, on one scale upwards; with `own` inches for it, the last has its own."""
    each, found = (page.width - margin) / columns, list[Any]()
    for i in range(n):
        row, column = divmod(i, columns)
        apart = own if i == n - 1 else 0.0
        bottom = (-(-n // columns) - 1 - row) * (PANEL + GAP) + 0.28
        share = found[0] if found and not apart else None
        ax = page.axes(margin + column * each + apart, bottom, each - 0.12 - apart, PANEL, sharey=share)
        ax.tick_params(labelleft=column == 0 or apart > 0)
        found.append(ax)
    return found


def estimated_keys(rows: pd.DataFrame) -> set[str]:
    """Municipalities with an estimated value."""
    return set(rows.loc[rows["status"] == "estimated", KEY])


def unit_lines(ax: Axes, x: Sequence[float], wide: pd.DataFrame, estimated: set[str], **look: Any) -> None:
    """Thin line of each municipality (a row of the frame), dashed where values are estimated."""
    for key, values in wide.iterrows():
        ax.plot(x, values.to_numpy(), gid=f"unit {key}", linestyle=DASHED if key in estimated else "-",
                **{**THIN, "zorder": 2, **look})  # fmt: skip


def broken(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of municipalities whose series breaks in their period."""
    return rows[is_break(rows["note"])] if "note" in rows.columns else rows[:0]


def broken_note(rows: pd.DataFrame, lang: Lang) -> str:
    """How many of the series break; empty if none does."""
    n = broken(rows)[KEY].nunique()
    return translate_plural(
        "For {n} municipality column note records a recording break in at least one year.",
        "For {n} municipalities column note records a recording break in at least one year.", n, lang,
    ) if n else ""  # fmt: skip


def break_marks(ax: Axes, periods: Sequence[str] | Mapping[str, float], wide: pd.DataFrame, rows: pd.DataFrame) -> None:
    """A short upright stroke on the line of each municipality where its series breaks.

    Parameters
    ----------
    periods : in order, or where each stands.
    wide : the lines as they are drawn, one row for each municipality.
    rows : the values with their ``note``.
    """
    at = periods if isinstance(periods, Mapping) else {period: i for i, period in enumerate(periods)}
    for key, period in broken(rows)[[KEY, "period"]].itertuples(index=False):
        if key in wide.index and period in at:
            ax.plot(at[period], float(wide.loc[key, period]), gid=f"break {key} {period}", **MARK)


def break_handle(rows: pd.DataFrame, lang: Lang) -> list[Line2D]:
    """Entry of the legend for such a stroke; none where no series breaks."""
    return [Line2D([], [], label=translate("break", lang), linestyle="none", **MARK)] if len(broken(rows)) else []


def bold_line(
    ax: Axes, x: Sequence[float], values: pd.Series, colour: str, gid: str = "sum", width: float = 2.4,
    hollow: Sequence[bool] | None = None,
) -> None:  # fmt: skip
    """Line with a dark rim, and its points where it is said which of them are `hollow`."""
    rim = [effects.Stroke(linewidth=1.5 * width, foreground=INK), effects.Normal()]
    ax.plot(x, values.to_numpy(), color=colour, linewidth=width, zorder=4, gid=gid, path_effects=rim,
            solid_capstyle="round")  # fmt: skip
    for at, value, estimated in zip(x, values, hollow if hollow is not None else (), strict=hollow is not None):
        ax.plot(at, value, "o", markersize=5, color="white" if estimated else colour, markeredgecolor=INK,
                markeredgewidth=0.9, zorder=5, gid=f"{gid} {'estimated' if estimated else 'known'}")  # fmt: skip


def end_label(ax: Axes, x: float, y: float, text: str, away: float = 6, gid: str = "end", **look: Any) -> None:
    """A text beside the end of a line; none where the line has no end."""
    if text and np.isfinite(y):
        write(ax, text, (x, y), (away, 0), va="center", gid=gid, annotation_clip=False, path_effects=outline(),
              **{"size": 8, "weight": "bold", "zorder": 6, **look})  # fmt: skip


def named(keys: Iterable[str], names: Mapping[str, str] | None = None) -> str:
    """Names of municipalities in one line: those given, else from the register, else the key."""
    known = municipalities().set_index(KEY)["name"] if names is None else names
    return ", ".join(str(known.get(key, key)) for key in keys)


@dataclass(frozen=True)
class _Frame:
    """Series as they are drawn."""

    story: GrafikData
    index: bool
    lang: Lang

    @property
    def scale(self) -> str:
        """What stands upwards."""
        if not self.index:
            return self.story.entry.axis(self.lang)
        return translate("Index, mean of {base} = 100", self.lang, base=self.story.years["period"].min())

    def name(self, ring: str) -> str:
        """Words for a ring, or for all."""
        return translate("all rings", self.lang) if ring == ALL else ring

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

    def places(self) -> dict[str, list[int]]:
        """Where the months of each year stand."""
        years = [period[:4] for period in self.story.periods]
        return {year: [i for i, of in enumerate(years) if of == year] for year in dict.fromkeys(years)}

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
        broken_note(story.units, lang),
        translate("Dashed: estimated.", lang) if story.units["status"].eq("estimated").any() else "",
    ]


def _overview(page: Sheet, frame: _Frame, columns: int) -> None:
    rings, x = [*frame.story.rings, ALL], range(len(frame.story.periods))
    axes, estimated = panels(page, len(rings), columns), estimated_keys(frame.story.units)
    for i, (ax, ring) in enumerate(zip(axes, rings, strict=True)):
        unit_lines(ax, x, frame.units(ring), estimated, linewidth=0.5, alpha=0.8 if ring != ALL else 0.4)
        break_marks(ax, frame.story.periods, frame.units(ring), frame.story.units)
        _sum(ax, frame, ring, INK if ring == ALL else ring_colour(ring, i))
        if ring != ALL:
            _all(ax, frame)
        _months(ax, frame, room=1.27)
        end_label(ax, x[-1], frame.months(ring).iloc[-1], frame.change(ring), 5)
        n, of = int(frame.story.sums.query("ring == @ring").iloc[-1]["n"]), frame.story.members(ring)
        counted = f"{n}" if n == of else f"{n}/{of}"
        headline(ax, frame.name(ring), f"n{NO_BREAK}={NO_BREAK}{counted}")
    room_for_mark(axes[0], 0.09)


def _one_ring(page: Sheet, frame: _Frame, ring: str, height: float) -> None:
    wide, estimated = frame.units(ring), estimated_keys(frame.story.units)
    yearly = {key: values.groupby(values.index.str[:4]).mean() for key, values in wide.iterrows()}
    texts = {str(key): f"{frame.story.names[key]}  {frame.changed(yearly[key])}".strip() for key in wide.index}
    texts |= {name: f"{frame.name(name)}  {frame.change(name)}" for name in (ring, ALL)}
    room = 0.45 + max(text_width(text, NAME_SIZE, "bold") for text in texts.values())
    ax = page.axes(0.68, 0.32, page.width - 0.68 - room, height)
    ends, inks = {}, {}
    for i, ((key, values), colour) in enumerate(zip(wide.iterrows(), _colours(len(wide)), strict=True)):
        ax.plot(values.to_numpy(), color=colour, linewidth=1.1, gid=f"unit {key}", zorder=2,
                linestyle=DASHED if key in estimated else LINES[i % len(LINES)])  # fmt: skip
        ends[str(key)], inks[str(key)] = float(values.iloc[-1]), colour
    break_marks(ax, frame.story.periods, wide, frame.story.units)
    _sum(ax, frame, ring, ring_colour(ring, frame.story.rings.index(ring)))
    _all(ax, frame)
    ends |= {name: float(frame.months(name).iloc[-1]) for name in (ring, ALL)}
    inks |= {ring: INK, ALL: INK}
    _months(ax, frame, room=1.0)
    ax.set_ylabel(frame.scale)
    room_for_mark(ax, 0.09)
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
    bold_line(ax, range(len(frame.story.periods)), frame.months(ring), colour, width=1.6)
    places = frame.places()
    for year, value in frame.years(ring).items():
        months = places[str(year)]
        ax.plot([months[0], months[-1]], [value, value], color=YEAR_BAR, linewidth=4.0, zorder=1.5, gid=f"year {year}",
                solid_capstyle="butt")  # fmt: skip


def _all(ax: Axes, frame: _Frame) -> None:
    ax.plot(frame.months(ALL).to_numpy(), color=INK, linewidth=1.0, linestyle=DOTTED, zorder=3, gid="all")


def _months(ax: Axes, frame: _Frame, room: float) -> None:
    """Years on the axis: a tick at each January, the year in the middle of its months."""
    periods, places = frame.story.periods, frame.places()
    januaries = [i for i, period in enumerate(periods) if period.endswith("-01")]
    ax.set_xticks(januaries, [""] * len(januaries))
    ax.set_xticks([np.mean(months) for months in places.values()], list(places), minor=True)
    ax.tick_params(axis="x", which="minor", length=0, pad=5, labelsize=8, labelcolor=QUIET)
    ax.set_xlim(-0.5, (len(periods) - 1) * room)
    ax.spines["bottom"].set_bounds(-0.5, len(periods) - 1)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(DecimalMark(frame.lang))


def _handles(frame: _Frame, ring: str | None) -> list[Line2D]:
    """Entries of the legend."""
    rim = [effects.Stroke(linewidth=2.6, foreground=INK), effects.Normal()]
    bold, lang = N_("sum of the ring") if frame.index else N_("value of the ring"), frame.lang
    return [
        Line2D([], [], color="#777777", linewidth=1.8, path_effects=rim, label=translate(bold, lang)),
        Line2D([], [], color=YEAR_BAR, linewidth=4.0, label=translate("yearly value of the ring", lang)),
        *([thin_handle(translate("single municipality", lang), linewidth=0.8)] if ring is None else []),
        *break_handle(frame.story.units, lang),
        thin_handle(translate("all rings together", lang), DOTTED, color=INK, linewidth=1.0),
    ]


def _colours(n: int) -> list[Any]:
    """Colours of lines that are read by their names at the end: dark enough for text, neighbours apart."""
    wheel = mpl.colormaps["turbo"](np.linspace(0.03, 0.97, n)) * [0.72, 0.72, 0.72, 1]
    return [wheel[i] for i in np.argsort(np.arange(n) * 0.618 % 1, kind="stable")]
