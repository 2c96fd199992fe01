"""The five figures of the report on 2008, from any returns: who is shown, in which ring, over which years."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen import catalogue
from optkommunen.catalogue import Lang
from optkommunen.comparison.rings import RINGS, reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.figures import bars, over_months
from optkommunen.figures.mark import stamp
from optkommunen.figures.texts import require_language, say
from optkommunen.indicators.parts import Time
from optkommunen.indicators.rates import ALL, indicator
from optkommunen.loaders.returns import Returns
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRAFIKEN = {
    1: "bg",
    2: "ehb_reported",
    3: "beschaeftigtenquote",
    4: "eingliederungsquote",
    5: "aktivierungsquote",
}
"""Indicator of each Grafik; titles as printed in the report's list of figures, form and values are our own."""
DEVELOPMENTS = (1, 2, 3)


@dataclass(frozen=True)
class Told:
    """What a figure tells: values of municipalities and of groups, by month where it shows months, and by year.

    Attributes
    ----------
    units : result of `indicator` for each municipality, with ``name, ring``.
    sums : result of `indicator` for each ring and for all (``ring`` is ``"all"``), by the same periods.
    years : as `sums`, by year.
    rings : names of the rings in order.
    names : name of each municipality of the returns.
    left_out : municipalities without a value in some month of a development.
    reconstructed : whether the rings are our reconstruction.
    """

    entry: catalogue.Indicator
    units: pd.DataFrame
    sums: pd.DataFrame
    years: pd.DataFrame
    rings: list[str]
    names: dict[str, str]
    left_out: list[str]
    reconstructed: bool

    @property
    def periods(self) -> list[str]:
        """Months or years in order."""
        return sorted(self.units["period"].unique())

    @property
    def synthetic(self) -> bool:
        """Whether the values are invented."""
        return bool(self.units["status"].eq("synthetic").any())

    def notes(self, lang: Lang) -> list[str]:
        """What the foot says about form, rings and gaps."""
        left_out = ", ".join(self.names[key] for key in self.left_out)
        return [
            say("invented", lang) if self.synthetic else "",
            say("own_form", lang),
            say("reconstructed", lang) if self.reconstructed else "",
            say("months_left_out", lang, names=left_out) if left_out else "",
        ]

    def span(self) -> str:
        """Years shown: ``2006–2008``, or ``2008`` alone."""
        first, last = self.periods[0][:4], self.periods[-1][:4]
        return first if first == last else f"{first}–{last}"


def grafik(
    number: int,
    returns: Returns,
    ring: str | None = None,
    *,
    years: Sequence[int] | None = None,
    lang: Lang = "de",
    rings: pd.DataFrame | None = None,
    level: float | None = 0.95,
) -> Figure:
    """Figure after one of the five Grafiken of the report on 2008: all rings on one page, or one ring in full.

    1 Bedarfsgemeinschaften, 2 erwerbsfähige Hilfebedürftige, 3 Beschäftigtenquote: development over months and years.
    4 Eingliederungsquote, 5 Aktivierungsquote: ordered bars of the last year with the values of ring and all and the
    change since the first year. Only the titles of the Grafiken are known; the form is our own, the values are those
    of the returns. Invented returns carry their mark in every axes.

    Parameters
    ----------
    number : 1 to 5.
    returns : ``ok.load_returns()`` or one's own.
    ring : a ring for its page with every municipality by name; None for the overview of all rings.
    years : years shown, all of the returns if None. Bars show the last of them and the change since the first.
    lang : ``"de"`` or ``"en"``.
    rings : table ``kommune, ring``; if None those of the returns, and the reconstructed ones where returns have none.
    level : of the intervals in 4 and 5; None leaves them out.

    Returns
    -------
    Figure

    Raises
    ------
    ValueTableError
        An unknown number, ring or year; a municipality without a ring; fewer than two months of a development.

    Examples
    --------
    The bar of a ring's best is as long as its rate:

    >>> import matplotlib.pyplot as plt
    >>> from optkommunen.loaders.returns import load_returns
    >>> returns = load_returns()
    >>> fig = grafik(4, returns, "R-IV", lang="en")
    >>> bars = [patch.get_width() for patch in fig.axes[0].patches if str(patch.get_gid()).startswith("bar")]
    >>> rate = indicator("eingliederungsquote", returns).query("period == '2008'").set_index("kommune")["value"]
    >>> members = returns.units.query("ring == 'R-IV'")["kommune"]
    >>> bool(abs(max(bars) - rate[members].max()) < 1e-12)
    True
    >>> plt.close(fig)
    """
    require_language(lang)
    if number not in GRAFIKEN:
        message = f"The report on 2008 has the Grafiken 1 to 5; found {number!r}. Name one of them."
        raise ValueTableError(message)
    months = number in DEVELOPMENTS
    story = tell(GRAFIKEN[number], returns, months=months, years=years, rings=rings, level=level)
    if ring is not None and ring not in story.rings:
        message = f"The returns have the rings {', '.join(story.rings)}; found {ring!r}. Name one of them, or None."
        raise ValueTableError(message)
    title = say(f"grafik_{number}", lang, span=story.span() if months else story.periods[-1])
    draw = over_months.draw if months else bars.draw
    return stamp(draw(story, ring, title, lang), story.units["status"])


def tell(
    name: str,
    returns: Returns,
    *,
    months: bool,
    years: Sequence[int] | None = None,
    rings: pd.DataFrame | None = None,
    level: float | None = 0.95,
) -> Told:
    """Values of an indicator for municipalities, rings and all, ready to be drawn.

    Sums of two months compare only with the same members: in a development, whoever lacks a month is left out of
    all and named.

    Parameters
    ----------
    name : of a computable entry of the catalogue.
    returns, years, rings, level : as in `grafik`.
    months : values by month, or by year.
    """
    returns = _of_years(returns, years)
    named, own = rings_of(returns, rings)
    time: Time = "month" if months else "year"
    level = None if months else level
    units = indicator(name, returns, level=level, time=time)
    names = dict(zip(named[KEY], named["name"], strict=True))
    left_out: list[str] = []
    if months:
        having = units.groupby(KEY)["value"].count()
        left_out = list(having.index[having < units["period"].nunique()])
        returns = returns.only(set(having.index) - set(left_out))
        named, units = (frame[~frame[KEY].isin(left_out)] for frame in (named, units))
        if units["period"].nunique() < 2:
            message = (
                "A development needs municipalities with a value in every month, over at least two months; of "
                f"{len(having)} municipalities {len(named)} have one. Choose years in which more report."
            )
            raise ValueTableError(message)

    def of_groups(period: Time) -> pd.DataFrame:
        groups = (named[[KEY, "ring"]], named[[KEY]].assign(ring=ALL))
        return pd.concat([indicator(name, returns, group, level, time=period) for group in groups], ignore_index=True)

    found = set(named["ring"])
    order = [ring for ring in RINGS if ring in found] if found <= set(RINGS) else sorted(found)
    units = units.merge(named, on=KEY, validate="many_to_one")
    return Told(catalogue.indicator(name), units, of_groups(time), of_groups("year"), order, names, left_out, own)


def _of_years(returns: Returns, years: Sequence[int] | None) -> Returns:
    if years is None:
        return returns
    wanted = {str(year) for year in years}
    monthly, annual = (frame[frame["period"].str[:4].isin(wanted)] for frame in (returns.monthly, returns.annual))
    absent = sorted(wanted - set(monthly["period"].str[:4]))
    if absent:
        found = ", ".join(sorted(returns.monthly["period"].str[:4].unique()))
        message = f"Years shown are years of the returns, {found}; not found: {', '.join(absent)}."
        raise ValueTableError(message)
    return dataclasses.replace(returns, monthly=monthly, annual=annual)


def rings_of(returns: Returns, rings: pd.DataFrame | None = None) -> tuple[pd.DataFrame, bool]:
    """Name and ring of each municipality of the returns, and whether the rings are our reconstruction.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    rings : table ``kommune, ring``; if None those of the returns, the reconstructed ones where they have none.

    Returns
    -------
    DataFrame ``kommune, name, ring``, and bool

    Raises
    ------
    ValueTableError
        If a municipality has no ring.
    """
    units = returns.units[[KEY, "name", "ring"]]
    own = rings is None and bool(units["ring"].fillna("").str.strip().eq("").all())
    if own:
        rings = reconstructed()
    if rings is not None:
        units = units.drop(columns="ring").merge(rings[[KEY, "ring"]], on=KEY, how="left", validate="one_to_one")
    without = units.loc[units["ring"].isna() | units["ring"].eq(""), "name"]
    if len(without):
        message = f"Every municipality shown has a ring; {', '.join(without)} have none. Complete the rings."
        raise ValueTableError(message)
    return units, own
