"""The five figures of the report on 2008, from any returns: who is shown, in which ring, over which years."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from optkommunen.comparison.membership import membership, rings_of
from optkommunen.data import catalogue
from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.figures import bars, time_lines
from optkommunen.figures.layout import Chart, reason_drawn, watermark
from optkommunen.figures.notes import INVENTED, RECONSTRUCTED, members_note, returns_source
from optkommunen.figures.style import in_order
from optkommunen.indicators.numerator_denominator import Time
from optkommunen.indicators.rates import ALL, indicator
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_periods
from optkommunen.words import N_, Lang, Note, language, noted, translate

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
OWN_FORM = N_(
    "After a figure of the report on 2008 of which only the title is known; form and values are not the report's."
)
DEVELOPMENTS = (1, 2, 3)
FEWEST = 2
"""Months that make a development."""
SILENT, NOBODY = N_("Not reported: {columns}."), N_("No municipality has a value in every month.")
"""Why a figure stays empty."""


class NothingToShowError(OptkommunenError):
    """The returns are sound and hold nothing for this figure, which then says so (a note) and stays empty."""


@dataclass(frozen=True)
class GrafikData:
    """What a figure tells: values of municipalities and of groups, by month where it shows months, and by year.

    Attributes
    ----------
    units : result of `indicator` for each municipality, with ``name, ring``.
    sums : result of `indicator` for each ring and for all (``ring`` is ``"all"``), by the same periods.
    years : as `sums`, by year.
    changes : change of rings and all between the first and the last year, of the municipalities with a value in both.
    rings : names of the rings in order.
    names : name of each municipality of the returns.
    left_out : municipalities of a development without a value in some month, or of a change without one of its years.
    reconstructed : whether the rings are our reconstruction.
    membership : how many members each ring has, and how many report; see `membership`.
    """

    entry: catalogue.Indicator
    units: pd.DataFrame
    sums: pd.DataFrame
    years: pd.DataFrame
    changes: dict[str, float]
    rings: list[str]
    names: dict[str, str]
    left_out: list[str]
    reconstructed: bool
    membership: pd.DataFrame

    @property
    def periods(self) -> list[str]:
        """Months or years in order; between the first and the last month also those that nobody reports."""
        found = sorted(self.units["period"].unique())
        if len(found[0]) == len("2008"):
            return found
        return list(pd.period_range(found[0], found[-1], freq="M").strftime("%Y-%m"))

    @property
    def synthetic(self) -> bool:
        """Whether the values are invented."""
        return bool(self.units["status"].eq("synthetic").any())

    def listed(self) -> str:
        """Names of those left out."""
        return ", ".join(self.names[key] for key in self.left_out)

    def notes(self, lang: Lang) -> list[str]:
        """What the foot says about form and rings."""
        return [
            translate(INVENTED, lang) if self.synthetic else "",
            translate(OWN_FORM, lang),
            translate(RECONSTRUCTED, lang) if self.reconstructed else "",
            members_note(self.membership, lang),
        ]

    def members(self, ring: str) -> int:
        """How many members a ring has, or all rings shown together, whether they report or not."""
        table = self.membership
        return int(table.loc[table["ring"].eq(ring) | (ring == ALL), "members"].sum())

    def span(self) -> str:
        """Years shown: ``2006–2008``, or ``2008`` alone."""
        return _span(self.periods)


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
        title = translate(TITLES[number], lang, span=_span(returns.monthly["period"])) if title is None else title
        return reason_drawn(
            noted(nothing.args[0], lang), source, lang=lang, title=title, table=returns.monthly, width=width,
            height=height,
        )  # fmt: skip
    if title is None:
        title = translate(TITLES[number], lang, span=story.span() if months else story.periods[-1])
        title = title if ring is None else f"{title} – {ring}"
    draw = time_lines.draw if months else bars.draw
    fig = draw(story, ring, title, source, lang, width, height)
    return watermark(fig, story.units["status"], story.units[KEY])


def prepare(
    name: str,
    returns: Returns,
    *,
    months: bool,
    rings: pd.DataFrame | Mapping[str, str] | None = None,
    level: float | None = 0.95,
) -> GrafikData:
    """Values of an indicator for municipalities, rings and all, ready to be drawn.

    Sums of two periods compare only with the same members. In a development, whoever lacks a month (or, for an index,
    a base) is left out of all and named; in bars, whoever lacks one of the two years is left out of their change.

    Parameters
    ----------
    name : of a computable entry of the catalogue.
    returns, rings, level : as in `grafik`.
    months : values by month, or by year.

    Raises
    ------
    NothingToShowError
        If nobody reports a column, or nobody has a value in every month.
    ValueTableError
        If a development has a single month.
    """
    entry = catalogue.indicator(name)
    columns = [column for column in (entry.numerator, entry.denominator) if column]
    silent = [column for column in columns if returns.monthly[column].isna().all()]
    if silent:
        raise NothingToShowError(Note(SILENT, columns=", ".join(silent)))
    named, own = rings_of(returns, rings)
    names = dict(zip(named[KEY], named["name"], strict=True))
    counted = membership(returns, named[[KEY, "ring"]])
    time: Time = "month" if months else "year"
    level = None if months else level
    units = indicator(name, returns, level=level, time=time)
    left_out = _without_month(units, index=entry.kind == "count") if months else _without_year(units)
    if months:
        if len(left_out) == len(names):
            raise NothingToShowError(NOBODY)
        if units["period"].nunique() < FEWEST:
            found = ", ".join(units["period"].unique())
            message = f"A development needs at least two months; found {found}. Choose more years."
            raise ValueTableError(message)
        returns = returns.only(set(names) - set(left_out))
        named, units = (frame[~frame[KEY].isin(left_out)] for frame in (named, units))

    def of_groups(data: Returns, period: Time) -> pd.DataFrame:
        there = named[named[KEY].isin(data.units[KEY])]
        groups = (there[[KEY, "ring", "ring_status"]], there[[KEY]].assign(ring=ALL))
        return pd.concat([indicator(name, data, group, level, time=period) for group in groups], ignore_index=True)

    years = of_groups(returns, "year")
    same = years if months or not left_out else of_groups(returns.only(set(names) - set(left_out)), "year")
    wide = same.pivot(index="ring", columns="period", values="value")
    changes = {str(k): float(v) for k, v in (wide.iloc[:, -1] - wide.iloc[:, 0]).items()} if wide.shape[1] > 1 else {}
    order = in_order(named["ring"])
    sums = of_groups(returns, time) if months else years
    units = units.merge(named[[KEY, "name", "ring"]], on=KEY, validate="many_to_one")
    return GrafikData(entry, units, sums, years, changes, order, names, left_out, own, counted)


def _without_month(units: pd.DataFrame, *, index: bool) -> list[str]:
    """Who has no value in some month, or no base for an index."""
    values = units.groupby(KEY)["value"].agg(["count", "sum"])
    gone = values["count"] < units["period"].nunique()
    if index:
        base = units[units["period"].str[:4] == units["period"].min()[:4]].groupby(KEY)["value"].sum()
        gone |= base.reindex(values.index).fillna(0) == 0
    return list(values.index[gone])


def _without_year(units: pd.DataFrame) -> list[str]:
    """Who has no value in the first or in the last year."""
    ends = units[units["period"].isin([units["period"].min(), units["period"].max()])]
    return sorted(ends.loc[ends["value"].isna(), KEY].unique())


def _span(periods: Iterable[str]) -> str:
    """First and last year of some periods."""
    first, last = min(periods)[:4], max(periods)[:4]
    return first if first == last else f"{first}–{last}"


def _of_period(returns: Returns, period: int | str | Sequence[int | str] | None) -> Returns:
    if period is None:
        return returns
    wanted = chosen_periods(period, returns.monthly["period"].str[:4], "the returns")
    monthly, annual = (frame[frame["period"].str[:4].isin(wanted)] for frame in (returns.monthly, returns.annual))
    return dataclasses.replace(returns, monthly=monthly, annual=annual)
