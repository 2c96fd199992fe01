"""What the five figures of the report on 2008 tell, from any returns: who is shown, in which ring, over which years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from optkommunen.comparison.rings import membership, rings_of
from optkommunen.data import catalogue
from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.figures.notes import INVENTED, RECONSTRUCTED, members_note
from optkommunen.figures.style import in_order
from optkommunen.indicators.numerator_denominator import Time
from optkommunen.indicators.rates import ALL, indicator
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import N_, Lang, Note, translate

OWN_FORM = N_(
    "After a figure of the report on 2008 of which only the title is known; form and values are not the report's."
)
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
        return year_span(self.periods)


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


def year_span(shown: Iterable[str]) -> str:
    """First and last year of the periods shown: ``2006–2008``, or ``2008`` alone."""
    first, last = min(shown)[:4], max(shown)[:4]
    return first if first == last else f"{first}–{last}"
