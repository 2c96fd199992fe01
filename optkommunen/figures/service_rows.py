"""The five services side by side: a point with its line for every ring or municipality, one panel a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.data.labels import decimals_of, indicator_label, service_name, unit_of
from optkommunen.data.ring_rule import RINGS
from optkommunen.errors import ValueTableError
from optkommunen.figures.interval_rows import dot, finish_rows, whisker
from optkommunen.figures.layout import (
    Chart,
    Sheet,
    inner_width,
    new_figure,
    reason_drawn,
    text_width,
    watermark,
    wrapped,
)
from optkommunen.figures.notes import BY_CHANCE, INVENTED, returns_source, ring_note, spread
from optkommunen.figures.placement import AXES, beside, outline, write
from optkommunen.figures.style import DOTTED, INK, QUIET, RING_COLOURS, require_one, style_context
from optkommunen.indicators.rates import ALL
from optkommunen.indicators.services import SERVICES, TOGETHER
from optkommunen.validate import require_columns, require_once
from optkommunen.values import RESULT_COLUMNS, WITHOUT_VALUE, check_statuses
from optkommunen.words import N_, Lang, language, number, translate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, MARK_ROWS, GAP = 0.235, 1.9, 0.14
"""Inches: height of a row; rows left free for the mark of invented values; inches between two panels."""

LINES = {
    "bounds": N_("line: bounds, whoever is not recorded"),
    "range": N_("line: shortest to longest waiting time of the members"),
}
"""What the line of a row is, by method; any other is an interval."""

POINT, SMALL, HEAD = "#1f4e8c", 7.5, 8.0


def by_service(
    table: pd.DataFrame, *, by: str = "ring", labels: Mapping[str, str] | None = None, title: str | None = None,
    source: str = "", notes: Sequence[str] = (), lang: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Chart:  # fmt: skip
    """Values of the services by ring or municipality: point and line, one panel a service, one line an indicator.

    Nothing is computed here. A value without limits has a point and no line; what has no value says so, and a panel in
    which nobody has one is left out and named at the foot; without any value the sheet says that alone. A row ``"all"``
    stands last and is drawn as a dotted line across the others. All axes begin at zero; those of a share end at 100.
    The panels of an indicator have one axis, except where all five together are shown too: then each has its own.

    Parameters
    ----------
    table : DataFrame
        Columns ``service, indicator, period, value, lower, upper, level, method, unit, status`` and the one named
        in `by`; a single period. ``method`` says what the line is: ``bounds``, ``range``, or else an interval.
    by : str, default "ring"
        Column with the names of the rows, drawn in order of appearance.
    labels : mapping, optional
        Words for indicators; else the catalogue's.
    title : str, optional
        Headline; None: a general one, "": none.
    source : str
        At the foot; "": the returns.
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
        If a column is absent, there are several periods, a service is unknown, or a row occurs twice in a panel.

    Examples
    --------
    The point stands at the value, and the line ends at the limits:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.indicators.services import service_indicator
    >>> from optkommunen.returns.read import load_returns
    >>> rings = service_indicator("service_coverage", load_returns(), by="ring").query("period == '2008'")
    >>> fig = by_service(rings, lang="en")
    >>> line = next(l for ax in fig.axes for l in ax.lines if l.get_gid() == "line debt R-IV")
    >>> row = rings.query("service == 'debt' and ring == 'R-IV'").iloc[0]
    >>> [float(x) for x in line.get_xdata()] == [float(row["lower"]), float(row["upper"])]
    True
    >>> plt.close(fig)
    """
    lang = language(lang)
    _check(table, by)
    labels = {name: (labels or {}).get(name, indicator_label(name, lang)) for name in table["indicator"].unique()}
    period = table["period"].iloc[0]
    if title is None:
        title = translate("Social services (kommunal flankierende Leistungen), {period}", lang, period=period)
    source = source or returns_source("", lang)
    table, silent = _with_values(table, lang, labels)
    if table.empty:
        return reason_drawn(
            silent, source, lang=lang, title=title, notes=notes, table=table, width=width, height=height
        )
    table, complete = _without_complete(table, lang, labels)
    plan = _planned(table, by, inner_width(width), lang, labels)
    points = N_("point: value; diamond: all together") if ALL in plan.names else N_("point: value")
    with style_context():
        page = new_figure(
            sum(map(plan.height, plan.lines)), title, translate(points, lang), source, lang,
            _notes(table, lang, [silent, complete, *notes]), table=table, width=width, height=height,
            says=list(dict.fromkeys(_shown(line, by, lang) for line in plan.lines)),
        )  # fmt: skip
        top = page.height
        for line in plan.lines:
            top -= plan.height(line)
            _draw_line(page, plan, line, top)
    return watermark(page.figure, table["status"])


def _with_values(table: pd.DataFrame, lang: Lang, labels: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
    """Rows of the panels in which somebody has a value, and a sentence that names the others."""
    gone = table["value"].isna().groupby([table["indicator"], table["service"]]).transform("all")
    words = []
    for name, rows in table[gone].groupby("indicator", sort=False):
        there = set(table.loc[table["indicator"] == name, "service"])
        services = [service_name(service, lang) for service in (*SERVICES, TOGETHER) if service in set(rows["service"])]
        label = labels[str(name)]
        words.append(label if len(services) == len(there) else f"{label}: {', '.join(services)}")
    if not words:
        return table, ""
    return table[~gone], translate("Left out, since nobody has a value: {what}.", lang, what="; ".join(words))


def _without_complete(table: pd.DataFrame, lang: Lang, labels: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
    """Rows without the shares that are 100 in every row, where others are left to draw, and a sentence that says so."""
    share = table["unit"].str.startswith("%")
    full = (share & table["value"].eq(100)).groupby(table["indicator"]).transform("all")
    if full.all() or not full.any():
        return table, ""
    what = ", ".join(labels[name] for name in table.loc[full, "indicator"].unique())
    return table[~full], translate("100 % in every row and not drawn: {what}.", lang, what=what)


@dataclass(frozen=True)
class _Line:
    """One indicator, or some of its services where not all stand side by side: its rows, the words above and below."""

    rows: pd.DataFrame
    heading: str
    about: str
    unit: str
    headings: dict[str, str]
    decimals: int
    digits: float
    """Inches that the longest printed value takes."""

    @property
    def above(self) -> float:
        return 0.36 + 0.155 * (1 + max(text.count("\n") for text in self.headings.values()))

    @property
    def below(self) -> float:
        return 0.34 + 0.145 * (1 + self.unit.count("\n"))


@dataclass(frozen=True)
class _Plan:
    """The grid: which rows there are, the column of each service, and how wide a panel is."""

    by: str
    names: list[str]
    words: list[str]
    columns: dict[str, int]
    lines: list[_Line]
    left: float
    width: float
    free: float
    """Rows left free below the others."""
    lang: Lang

    @property
    def body(self) -> float:
        return ROW * (len(self.names) + self.free)

    def height(self, line: _Line) -> float:
        return line.above + self.body + line.below


def _shown(line: _Line, by: str, lang: Lang) -> str:
    """Lowest and highest value of an indicator, with ring or municipality and service."""
    where = line.rows[by].astype("str") + ", " + line.rows["service"].map(lambda name: service_name(name, lang))
    return f"{line.heading}: {spread(line.rows.set_index(where)['value'], line.decimals, lang)}"


def _planned(table: pd.DataFrame, by: str, inner: float, lang: Lang, labels: dict[str, str]) -> _Plan:
    found = [str(name) for name in dict.fromkeys(table[by])]
    names = [name for name in found if name != ALL] + [ALL] * (ALL in found)
    services = [service for service in (*SERVICES, TOGETHER) if service in set(table["service"])]
    words = [translate("all", lang) if name == ALL else name for name in names]
    left = max(text_width(text, 8) for text in words) + 0.14
    across = len(services)
    if inner < inner_width(None):  # a narrow page: as many as their longest word leaves room for
        longest = max(text_width(w, HEAD, "bold") for s in services for w in service_name(s, lang).split())
        across = -(-across // -(-across // max(1, int((inner - left) // (longest + GAP)))))
    width = (inner - left) / across - GAP
    chunks = [services[i : i + across] for i in range(0, len(services), across)]
    lines = []
    for name, rows in table.groupby("indicator", sort=False):
        decimals = decimals_of(str(name))
        unit = unit_of(str(name), str(rows["unit"].iloc[0]), lang)
        digits = max(text_width(number(value, decimals, lang), SMALL) for value in rows["value"]) + 0.09
        for chunk in chunks:
            heads = {service: wrapped(service_name(service, lang), HEAD, width, "bold")
                     for service in chunk if service in set(rows["service"])}  # fmt: skip
            if heads:
                lines.append(_Line(rows, labels[str(name)], _about(rows, by, lang), wrapped(unit, SMALL, width), heads,
                                   decimals, digits))  # fmt: skip
    free = MARK_ROWS if table["status"].eq("synthetic").any() else 0.2
    columns = {service: i for chunk in chunks for i, service in enumerate(chunk)}
    return _Plan(by, names, words, columns, lines, left, width, free, lang)


def _draw_line(page: Sheet, plan: _Plan, line: _Line, bottom: float) -> None:
    head = page.axes(0, bottom + line.below + plan.body + line.above - 0.3, page.width, 0.24)
    head.axis("off")
    head.text(0, 0.5, line.heading, size=9.5, weight="bold", va="center", gid="heading", transform=head.transAxes)
    at = (text_width(line.heading, 9.5, "bold") + 0.15) / page.width
    head.text(at, 0.5, line.about, size=8, color=QUIET, va="center", gid="about", transform=head.transAxes)
    reach = line.rows.groupby("service")[["value", "upper"]].max().max(axis=1)
    least = 100 if _is_share(line.rows) else 0
    for i, service in enumerate(line.headings):
        x = plan.left + plan.columns[service] * (plan.width + GAP)
        ax = page.axes(x, bottom + line.below, plan.width - line.digits, plan.body)
        values = line.rows[line.rows["service"] == service]
        for row in values.to_dict("records"):
            _row(ax, plan.names.index(str(row[plan.by])), row, line, plan)
        for value in values.loc[values[plan.by] == ALL, "value"].dropna():
            ax.plot([value] * 2, [-0.5, len(plan.names) - 1], color=QUIET, linewidth=1.0, linestyle=DOTTED, zorder=1,
                    gid="all value")  # fmt: skip
        highest = float(reach[service] if _own_axes(line.rows) else max(reach.max(), least))
        ax.set_xlim(0, 1.04 * highest if highest > 0 else 1)
        _finish(ax, plan, line, service, names=i == 0)


def _row(ax: Axes, y: int, row: dict[Any, Any], line: _Line, plan: _Plan) -> None:
    name, estimated, lang = str(row[plan.by]), _estimated(row), plan.lang
    gid = f"{row['service']} {name}"
    if pd.isna(row["value"]) or row["status"] in WITHOUT_VALUE:
        write(ax, translate("no value", lang), (0, y), (3, 0), size=7, color=QUIET, va="center", gid=f"missing {gid}")
        return
    colour = RING_COLOURS[RINGS.index(name)] if name in RINGS else INK if name == ALL else POINT
    whisker(ax, y, row, INK, linewidth=1.2, gid=f"line {gid}")
    marker, size = ("D", 4.6) if name == ALL else ("o", 5.6)
    dot(ax, row["value"], y, "white" if estimated else colour, marker, markersize=size, markeredgewidth=0.7,
        markeredgecolor=colour if estimated else INK, clip_on=False, gid=f"point {gid}")  # fmt: skip
    printed = number(row["value"], line.decimals, lang)
    at = 72 * (line.digits - 0.03 - text_width(printed, SMALL))  # flush right
    beside(ax, y, printed, at, size=SMALL, gid="value", path_effects=outline())


def _finish(ax: Axes, plan: _Plan, line: _Line, service: str, *, names: bool) -> None:
    ax.set_ylim(len(plan.names) - 0.5 + plan.free, -0.5)
    ax.set_yticks(range(len(plan.names)), plan.words if names else [""] * len(plan.names), size=8)
    finish_rows(ax, plan.lang, pad=5)
    ax.tick_params(axis="x", labelsize=SMALL)
    ax.locator_params(axis="x", nbins=4 if plan.width > 1.3 else 3)
    ax.spines["left"].set(visible=True, color="#cccccc")
    write(ax, line.unit, (0, 0), (0, -20), AXES, size=SMALL, color=QUIET, va="top", gid="unit", linespacing=1.15)
    write(ax, line.headings[service], (0, 1), (0, 4), AXES, size=HEAD, weight="bold", va="bottom", gid="service",
          linespacing=1.05)  # fmt: skip


def _is_share(rows: pd.DataFrame) -> bool:
    return bool(rows["unit"].str.startswith("%").all())


def _own_axes(rows: pd.DataFrame) -> bool:
    """Whether a sum of all five would press the single services flat; shares of all five lie among them."""
    return bool(rows["service"].eq(TOGETHER).any()) and not _is_share(rows)


def _about(rows: pd.DataFrame, by: str, lang: Lang) -> str:
    """What the lines of an indicator mean."""
    lined = rows[rows["lower"].notna() & rows["upper"].notna()]
    kinds = [str(method) for method in dict.fromkeys(lined["method"])]
    parts = [translate(text, lang) for kind, text in LINES.items() if kind in kinds]
    levels = lined.loc[~lined["method"].isin(LINES), "level"].dropna().unique()
    parts += [translate("line: {level}% interval", lang, level=number(100 * level, 0, lang)) for level in levels]
    parts += [translate("dotted: all", lang)] if rows[by].eq(ALL).any() else []
    parts += [translate("own axis for each service", lang)] if _own_axes(rows) else []
    return "; ".join(parts)


def _notes(table: pd.DataFrame, lang: Lang, notes: Sequence[str]) -> list[str]:
    statuses, hollow = set(table["status"]), table.apply(_estimated, axis=1).any()
    return [
        translate(INVENTED, lang) if "synthetic" in statuses else "",
        translate(BY_CHANCE, lang) if table["level"].notna().any() else "",
        translate("Hollow: estimated.", lang) if hollow else "",
        *dict.fromkeys([ring_note(table, lang), *notes]),
    ]


def _estimated(row: Mapping[str, Any] | pd.Series) -> bool:
    """Whether it is the value that is estimated; where only the ring is, a note says so."""
    only_ring = row.get("n_estimated") == 0 and row.get("ring_status") == "estimated"
    return row["status"] == "estimated" and not only_ring


def _check(table: pd.DataFrame, by: str) -> None:
    required = ("service", by, "indicator", "period", *RESULT_COLUMNS, "unit", "status")
    require_columns(table, required, "A figure of the services needs", "Take the table from ok.service_indicator().")
    check_statuses(table["status"])
    require_one(table, "period", "A figure of the services")
    unknown = sorted(set(table["service"]) - {*SERVICES, TOGETHER})
    if unknown:
        message = f"Services are {', '.join((*SERVICES, TOGETHER))}; found {', '.join(map(str, unknown))}."
        raise ValueTableError(message)
    require_once(table, ("indicator", "service", by), "A row has one value per service", "Name the rows apart.")
