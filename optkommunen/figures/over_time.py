"""Development of counts over the years: each municipality and the sum of its ring, in small multiples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd
from matplotlib.lines import Line2D

from optkommunen.data.labels import indicator_label, sources, time_base, unit_of
from optkommunen.data.ring_rule import reconstructed, ring_status
from optkommunen.errors import ValueTableError
from optkommunen.figures import style, time_lines
from optkommunen.figures.layout import Chart, new_figure
from optkommunen.figures.notes import alternative, ring_note
from optkommunen.figures.placement import headline
from optkommunen.figures.style import DASHED, DOTTED, INK, NO_BREAK, QUIET, style_context
from optkommunen.figures.time_lines import BOLD, named, thin_handle
from optkommunen.figures.watermark import watermark
from optkommunen.indicators.aggregate import same_members, total
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, plain
from optkommunen.words import N_, Lang, language, percent, translate, translate_plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Scale = Literal["index", "absolute"]
SCALES: tuple[Scale, ...] = ("index", "absolute")
SCALE_WORDS = {"index": N_("Index, {base} = 100"), "absolute": N_("Sum in {unit}")}
CHANGE_OF_SUM = N_("at the end of each line the change of the sum {first}–{last}; n = municipalities with a value")


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
    changes = translate("Change from {first} to {last}: {changes}.", lang, first=first, last=last,
                        changes=_changes(story, lang))  # fmt: skip
    subtitle = [
        translate(SCALE_WORDS[scale], lang, base=first, unit=story.unit(lang)), time_base(story.time_base, lang),
        translate(CHANGE_OF_SUM, lang, first=first, last=last),
    ]  # fmt: skip
    with style_context():
        legend = time_lines.Legend.of(_entries(story, scale), width, lang)
        page = new_figure(
            body + legend.room, title, "; ".join(part for part in subtitle if part),
            source or sources(story.frame.get("source", []), lang) or "–", lang, story.notes(lang), table=story.frame,
            alt_text=alternative(title, changes), width=width, height=height,
        )  # fmt: skip
        legend.draw(page)
        own = 0.5 if scale == "absolute" else 0.0
        axes = time_lines.panels(page, len(names), columns, margin=0.68 if own else 0.42, own=own)
        for i, (ax, name) in enumerate(zip(axes, names, strict=True)):
            _panel(ax, story, name, i, scale, lang)
            if scale == "absolute":
                highest = (story.everything if name is None else story.sums)["value"].max()
                ax.set_ylim(0, 1.15 * highest if highest > 0 else 1)
    return watermark(page.figure, story.frame["status"], story.frame[KEY])


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
        """Municipalities and sums of a group; of all for None."""
        if name is None:
            return self.frame, self.everything
        return self.frame[self.frame["group"] == name], self.sums[self.sums["group"] == name]

    def notes(self, lang: Lang) -> list[str]:
        missing = self.frame.groupby(KEY)["value"].count()
        never = list(missing.index[missing == 0])
        notes = []
        if len(self.left_out):
            notes.append(translate(
                "Only municipalities with a value in every year shown; {n} with gaps left out: {names}.", lang,
                n=len(self.left_out), names=named(self.left_out.index),
            ))  # fmt: skip
        if never:
            notes.append(translate("Without a value in any year: {names}.", lang, names=named(never)))
        if "note" in self.frame:
            noted = self.frame["note"].astype("str").str.contains(r"\bbreak:")
            if noted.any():
                notes.append(translate_plural(
                    "For {n} municipality column note records a recording break in at least one year.",
                    "For {n} municipalities column note records a recording break in at least one year.",
                    self.frame.loc[noted, KEY].nunique(), lang,
                ))  # fmt: skip
        return [*notes, ring_note(self.rings, lang)]


def _prepare(frame: pd.DataFrame, by: str, scale: str, rings: pd.DataFrame | None) -> _Development:
    style.require_status(frame, "period", "indicator", "unit")
    if scale not in SCALES:
        message = f"A development is drawn as {' or '.join(map(repr, SCALES))}; found {scale!r}."
        raise ValueTableError(message)
    found = [str(name) for name in frame["indicator"].unique()]
    if len(found) != 1:
        message = (
            f"A development shows one indicator; found {', '.join(found) or 'none'}. "
            "Filter the frame by column 'indicator'."
        )
        raise ValueTableError(message)
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


def _changes(story: _Development, lang: Lang) -> str:
    """Change of the sum of each group and of all, as the panels print it."""
    parts = []
    for name in (*story.names, None):
        sums = story.of(name)[1].set_index("period")["value"].reindex(story.periods)
        if sums.iloc[0] > 0:
            words = translate("all rings", lang) if name is None else name
            parts.append(f"{words} {percent(100 * (sums.iloc[-1] / sums.iloc[0] - 1), 1, lang, sign=True)}")
    return ", ".join(parts)


def _panel(ax: Axes, story: _Development, name: str | None, place: int, scale: Scale, lang: Lang) -> None:
    units, sums = story.of(name)
    sums = sums.set_index("period").reindex(story.periods)
    x = range(len(story.periods))
    first = float(sums["value"].iloc[0])
    base = first if first > 0 else float("nan")  # no index and no change from nothing
    if scale == "index":
        wide = units.pivot(index=KEY, columns="period", values="value")[story.periods]
        wide = wide[wide[story.periods[0]] != 0].dropna()
        index = 100 * wide.div(wide[story.periods[0]], axis=0)
        time_lines.unit_lines(ax, x, index, time_lines.estimated_keys(units), alpha=0.8 if name else 0.45)
        ax.plot([0, len(x) - 1], [100, 100], color=QUIET, linewidth=0.6, zorder=1, gid="hundred")
        if name is not None:
            of_all = story.everything.set_index("period")["value"].reindex(story.periods)
            ax.plot(x, 100 * of_all / of_all.iloc[0], color=INK, linewidth=1.1, linestyle=DOTTED, zorder=3, gid="all")
    values = sums["value"] if scale == "absolute" else 100 * sums["value"] / base
    colour = INK if name is None else style.ring_colour(name, place)
    time_lines.bold_line(ax, x, values, colour, hollow=sums["n_estimated"].gt(0).tolist())
    change = percent(100 * (sums["value"].iloc[-1] / base - 1), 1, lang, sign=True) if base > 0 else ""
    time_lines.end_label(ax, len(x) - 1, values.iloc[-1], change)
    ax.set_xticks(list(x), story.periods)
    ax.set_xlim(-0.15, (len(x) - 1) * 1.52)
    ax.spines["bottom"].set_bounds(0, len(x) - 1)
    ax.grid(axis="y")
    ax.yaxis.set_major_formatter(style.DecimalMark(lang))
    words, indent = translate("all rings", lang) if name is None else name, 0
    if name is None and scale == "absolute":
        words = translate("all rings (own axis)", lang)
        indent = -40  # points: above the tick labels of the own axis, not only above the panel
    headline(ax, words, _members(story, name, sums, lang), indent=indent)


def _members(story: _Development, name: str | None, sums: pd.DataFrame, lang: Lang) -> str:
    """What the sum of a panel is made of."""
    first, most = sums.iloc[0], int(sums["n_estimated"].max())
    left_out = int(story.left_out.eq(name).sum()) if name is not None else len(story.left_out)
    parts = [f"n{NO_BREAK}={NO_BREAK}{first['n']}"]
    parts += [translate("{n} estimated", lang, n=most)] if most else []
    parts += [translate("{n} without value", lang, n=first["n_missing"])] if first["n_missing"] else []
    parts += [translate("{n} left out", lang, n=left_out)] if left_out else []
    return ", ".join(parts)


def _entries(story: _Development, scale: Scale) -> list[tuple[Line2D, str]]:
    """Handles and words of the legend."""
    estimated = story.frame["status"].eq("estimated").any()
    entries = [(Line2D([], [], **BOLD), N_("sum of the ring"))]
    if estimated:
        entries.append((Line2D([], [], markerfacecolor="white", **BOLD), N_("sum that contains estimates")))
    if scale == "index":
        entries.append((thin_handle(), N_("single municipality")))
        if estimated:
            entries.append((thin_handle(DASHED), N_("single municipality, estimated")))
        entries.append((thin_handle(DOTTED, color=INK, linewidth=1.1), N_("all rings together")))
    return entries
