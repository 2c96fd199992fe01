"""Official figures of the 69: as tidy frames that go into every comparison, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from optkommunen.data import store
from optkommunen.data.catalogue import Lang
from optkommunen.errors import ValueTableError
from optkommunen.front.membership import with_members
from optkommunen.front.result import Result
from optkommunen.front.show import Look, readable
from optkommunen.front.shown import Shown
from optkommunen.indicators import caseload as derived
from optkommunen.indicators.reconciliation import verdicts
from optkommunen.loaders import bundled
from optkommunen.loaders.bundled import CELLS, COLUMN, screened_indicators
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, chosen_period, chosen_periods, periods_of
from optkommunen.words import translate, translate_plural

Period = str | int | Iterable[str | int] | None
_HERE = "optkommunen.front.official_figures"
_FIGURE = ("name", "indicator", "period", "value", "bridged", "deviation_pct", "verdict", "reason", "status")
_JUMPS = {"jumps_69_pct": 1, "jumps_other_pct": 1}
_PLACES = {"official": 0, "bridged": 0, "deviation_pct": 1, "tolerance_pct": 1}


def load_context(
    indicator: str | Iterable[str] | None = None, period: Period = None, *, near: str | int | None = None
) -> pd.DataFrame:
    """Official context figures of the 69 and Germany, 2005–2010.

    **Area status:** ``admitted``, ``successor`` (the larger Kreis that holds it today, status ``estimated``) or
    ``Germany``. **Licence:** dl-de/by-2-0. Sources and known faults: `optkommunen.loaders.bundled.load_context`.

    Parameters
    ----------
    indicator : str or several, optional
        Names of the catalogue; all official ones if None.
    period : str, int or several, optional
        Years; all if None.
    near : str or int, optional
        In place of a period: of each indicator the year nearest to this one in which the 69 have usable values, of two
        the later. So what is published every second year stands beside what is published every year.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, ring_status, period, indicator, value, unit, status, marker, area_status, time_base,
        source, note``; the row ``DE`` is Germany, in no ring, never compared or ranked.

    Raises
    ------
    UnknownIndicatorError
        A name that is no official context figure.
    ValueTableError
        A year that is not there, with the range; both `period` and `near`.

    Examples
    --------
    >>> table = load_context("unemployment_rate", 2008)
    >>> len(table), table["ring_status"].value_counts().to_dict()
    (70, {'estimated': 69, '': 1})

    Care is counted in odd years, and the unemployed of the 69 are not usable before 2009:

    >>> table = load_context(["care_need", "longterm_share", "childcare_u3"], near=2008)
    >>> table.groupby("indicator")["period"].first().to_dict()
    {'care_need': '2009', 'childcare_u3': '2008', 'longterm_share': '2009'}
    """
    if near is None:
        return with_members(bundled.load_context(indicator, period))
    if period is not None:
        message = "A year is one that is asked for or the nearest to one; found both period= and near=. Leave one out."
        raise ValueTableError(message)
    return with_members(_nearest(bundled.load_context(indicator), near))


def _nearest(table: pd.DataFrame, near: str | int) -> pd.DataFrame:
    """Of each indicator the rows of one year."""
    usable = table[table["kommune"].ne(REFERENCE) & ~table["status"].isin(WITHOUT_VALUE)]
    there = usable[["indicator", "period"]].drop_duplicates()
    year = int(chosen_period(near, periods_of(near), "near"))
    years = there["period"].astype(int)
    order = there.assign(away=(years - year).abs(), later=-years).sort_values(["away", "later"])
    return table.merge(order.drop_duplicates("indicator")[["indicator", "period"]])


def caseload(*, period: Period = None) -> pd.DataFrame:
    """Persons in BG and erwerbsfähige Hilfebedürftige of the 69, annual means 2007–2010, derived from published rates.

    See `optkommunen.indicators.caseload.caseload` for the formula, the areas and the breaks.

    Parameters
    ----------
    period : str, int or several, optional
        Years; all if None.

    Returns
    -------
    DataFrame
        As `load_context`; indicators ``persons_in_bg`` and ``ehb``, in persons.

    Raises
    ------
    ValueTableError
        A year that is not there, with the range.

    Examples
    --------
    >>> caseload(period=2008)["status"].value_counts().to_dict()
    {'derived': 110, 'estimated': 26, 'missing': 2}
    """
    table = derived.caseload()
    if period is not None:
        table = table[table["period"].isin(chosen_periods(period, table["period"], "the caseload"))]
    return with_members(table.reset_index(drop=True))


def reconcile(published: pd.DataFrame | None = None) -> Result:
    """Verdict on each published figure: how the official leg, or another printed figure, agrees with it.

    The verdicts: ``reproduced``, ``consistent``, ``not independent``, ``deviates``, ``not computable``; what they mean
    and how they are reached is told by `optkommunen.indicators.reconciliation.verdicts.reconcile`.

    Parameters
    ----------
    published : DataFrame or None, default None
        Figures to judge, in the columns of ``ok.load_published()``; None for the bundled ones.

    Returns
    -------
    Result
        ``.table`` has a row for each figure, in its order. Parts: ``checks`` (independent ones of the official leg, to
        show first), ``families`` (how many figures of which kind have which verdict), ``tolerances``. Facts: ``n``,
        the number of each verdict, ``against_official`` and ``against_printed`` (what the consistent ones agree with).
        It shows the families, and the figures of one municipality after ``.of()``.

    Raises
    ------
    ValueTableError
        A column missing, an identifier twice, a value or period that cannot be read, a synthetic value.

    Examples
    --------
    >>> answer = reconcile()
    >>> answer.facts["n"] == len(answer) == int(answer.parts["families"]["figures"].sum())
    True
    """
    table = verdicts.reconcile(published)
    return Result(
        "reconcile", table,
        parts={"checks": verdicts.prominent_checks(table), "families": verdicts.summary(table),
               "tolerances": verdicts.tolerances()},
        facts=_tally(table), sentences=f"{_HERE}:reconciled",
        options={"shown": f"{_HERE}:shown_shortly", "short": ("families", _FIGURE, _PLACES), "digits": _PLACES},
    )  # fmt: skip


def screen() -> Result:
    """Which official figures are wrong exactly for the 69, by one rule for every indicator and year.

    The 69 are held against the other Kreise in level, and the change of each municipality from the year before against
    the spread of the changes elsewhere: a jump is one of more than 3.5 robust standard deviations. What is found has
    the status ``unusable`` in ``ok.load_context()`` and enters no calculation.

    Returns
    -------
    Result
        ``.table`` has a row for each indicator and year: medians of the 69 and elsewhere, their ``distance`` in robust
        standard deviations, changes, jumps, ``verdict`` (``sound``, ``cells unusable`` or ``column unusable``) and
        ``reason``. Part ``indicators``: for each the years found, how many values are unusable, how often it jumps.
        Facts: ``n`` (indicators and years), ``columns``, ``cells``. It shows the indicators.

    Examples
    --------
    >>> found = screen()
    >>> unusable = load_context()["status"] == "unusable"
    >>> found.facts["columns"], bool(found.parts["indicators"]["n_unusable"].sum() == unusable.sum())
    (8, True)
    """
    table = store.table("screen").rename(columns={"level": "distance"})
    indicators = screened_indicators(table, bundled.load_context())
    title = str(store.resource("screen")["title"])
    counts = table["verdict"].value_counts()
    return Result(
        "screen", table.assign(status="derived", source=title), parts={"indicators": indicators},
        facts={"n": len(table), "columns": int(counts[COLUMN]), "cells": int(counts[CELLS])},
        sentences=f"{_HERE}:screened",
        options={"shown": f"{_HERE}:shown_shortly", "short": ("indicators", (), _JUMPS)},
    )  # fmt: skip


def shown_shortly(result: Result, *, digits: int | None, lang: Lang | None, caption: str, **chosen: Any) -> Shown:
    """The part that says it shortly, or the table where columns are asked for or there is one municipality."""
    part, figures, places = result.options["short"]
    alone = len(result.table.get(KEY, pd.Series(dtype="str")).unique()) == 1
    short = not alone and all(one is None for one in chosen.values())
    frame, named = (result.parts[part], ()) if short else (result.table, figures)
    return readable(frame, Look.of(lang, digits, places=places), named=named, caption=caption, **chosen)


def reconciled(result: Result, lang: Lang) -> list[str]:
    """What `reconcile` says: how many figures have which verdict, and what the agreement is with."""
    found = _tally(result.table)  # of one municipality after `.of`, when the facts are still those of all
    words = ", ".join(f"{translate(verdict, lang)} {found[verdict]}" for verdict in verdicts.VERDICTS if found[verdict])
    said = [translate_plural("{n} printed figure: {counts}.", "{n} printed figures: {counts}.", len(result), lang,
                             counts=words)]  # fmt: skip
    if found["consistent"]:
        said.append(translate(
            "Of the {n} consistent ones {official} agree with an official value, {printed} with other printed figures.",
            lang, n=found["consistent"], official=found["against_official"], printed=found["against_printed"],
        ))  # fmt: skip
    return [*said, translate("A figure that agrees only with what it was made of tests nothing.", lang)]


def screened(result: Result, lang: Lang) -> list[str]:
    """What `screen` says: how many columns and years it found, and what that means."""
    facts = result.facts
    return [
        translate(
            "Of {n} indicators and years {columns} are unusable for all of the 69, {cells} for single municipalities.",
            lang, n=facts["n"], columns=facts["columns"], cells=facts["cells"],
        ),
        translate("What is unusable enters no calculation; what is called sound was not found, not proven.", lang),
    ]  # fmt: skip


def _tally(table: pd.DataFrame) -> dict[str, int]:
    """How many figures there are, have which verdict, and what the consistent ones agree with."""
    counts = table["verdict"].value_counts()
    consistent = table["verdict"] == "consistent"
    printed = int((consistent & (table["status"] == "published")).sum())
    found = {"n": len(table), **{verdict: int(counts.get(verdict, 0)) for verdict in verdicts.VERDICTS}}
    return found | {"against_official": int(consistent.sum()) - printed, "against_printed": printed}
