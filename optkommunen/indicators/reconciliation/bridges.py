"""What the official leg says about a printed figure: directly, or after a stated bridge."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.indicators.aggregate import total
from optkommunen.indicators.caseload import YEARS, caseload
from optkommunen.indicators.reconciliation.printed import Comparison, Figure, Printed
from optkommunen.loaders.bundled import load_context, load_published
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, worst_of

ALL = "69"
"""Scope, and key in this module, of the Optionskommunen together."""


@dataclass(frozen=True)
class Official:
    """A cell of the official leg; the value is NaN where its status says so."""

    value: float
    status: str
    note: str = ""


@dataclass(frozen=True)
class Counterpart:
    """Which official column a printed indicator corresponds to, and what keeps the two apart."""

    column: str
    factor: float = 1.0
    month: int = 0
    caveat: str = ""


COUNTERPARTS = {
    "ehb": Counterpart("ehb"),
    "persons_in_bg": Counterpart("persons_in_bg"),
    "sozialgeld": Counterpart("sozialgeld"),
    "sgb2_share_population_pct": Counterpart("persons_in_bg_rate", factor=0.1),
    "unemployed_all": Counterpart("unemployed"),
    "unemployment_rate_pct": Counterpart("unemployment_rate"),
    "u3_childcare_quota_pct": Counterpart("childcare_u3", month=3),
    "age3to5_childcare_quota_pct": Counterpart("childcare_3to5", month=3),
    "bg_single_share_pct": Counterpart(
        "bg_single_share", caveat="printed is a type of BG (one single person), official are BG of one person"
    ),
}
"""``month`` 0: the official value is an annual mean."""

BOTH_CODES = {
    "unemployed_sgb2": "unemployed",
    "unemployed_u25": "unemployed_u25",
    "unemployment_rate_sgb2_pct": "unemployment_rate",
    "unemployment_rate_u25_pct": "unemployment_rate_u25",
}
"""Printed for SGB II alone; the official column counts SGB II and SGB III together."""


@functools.cache
def official_leg() -> dict[tuple[str, str, str], Official]:
    """Every official cell a printed figure is compared with: (key, year, column); synthetic values never enter."""
    wanted = {c.column for c in COUNTERPARTS.values()} - {"ehb", "persons_in_bg", "sozialgeld"}
    context = load_context(sorted(wanted | set(BOTH_CODES.values()) | {"population", "ehb_share"}))
    frame = pd.concat([context, caseload()])
    value = frame["value"].mask(frame["status"].isin(WITHOUT_VALUE))
    keys = zip(frame[KEY], frame["period"], frame["indicator"], strict=True)
    leg = dict(zip(keys, map(Official, value, frame["status"], frame["note"]), strict=True))
    for year in map(str, YEARS):
        rate, population = leg[REFERENCE, year, "persons_in_bg_rate"].value, leg[REFERENCE, year, "population"].value
        persons = rate / 1000 * population
        leg[REFERENCE, year, "persons_in_bg"] = Official(persons, "derived")
        leg[REFERENCE, year, "ehb"] = Official(persons * leg[REFERENCE, year, "ehb_share"].value / 100, "derived")
    for key, year, column in list(leg):
        if column == "persons_in_bg":
            leg[key, year, "sozialgeld"] = _combined(leg[key, year, column], leg[key, year, "ehb"], lambda p, e: p - e)
        if column in ("unemployment_rate", "unemployment_rate_u25"):
            counted = leg[key, year, column.replace("unemployment_rate", "unemployed")]
            leg[key, year, column.replace("unemployment_rate", "labour_force")] = _combined(
                counted, leg[key, year, column], lambda n, rate: 100 * n / rate
            )
    for row in total(caseload()).to_dict("records"):
        note = f"{row['n']} of the {row['n'] + row['n_missing']}, {row['n_estimated']} of them estimated"
        leg[ALL, row["period"], row["indicator"]] = Official(row["value"], row["status"], note)
    for year in map(str, YEARS):
        persons_of_all = leg[ALL, year, "persons_in_bg"]
        share = 100 * persons_of_all.value / _population_of_all(leg, year)
        leg[ALL, year, "sgb2_share_population_pct"] = Official(share, persons_of_all.status, persons_of_all.note)
    return leg


def _population_of_all(leg: dict[tuple[str, str, str], Official], year: str) -> float:
    """Population of those whose persons in BG are summed, as it entered them: persons / rate."""
    pairs = [
        (leg[k, year, "persons_in_bg"].value, leg[k, year, "persons_in_bg_rate"].value) for k in municipalities()[KEY]
    ]
    return sum(1000 * persons / rate for persons, rate in pairs if not math.isnan(persons))


def _combined(one: Official, other: Official, formula: Callable[[float, float], float]) -> Official:
    notes = "; ".join(dict.fromkeys(note for note in (one.note, other.note) if note))
    return Official(formula(one.value, other.value), worst_of(["derived", one.status, other.status]), notes)


@functools.cache
def december_ratios() -> dict[tuple[str, str], float]:
    """The column ``ratio`` of `national_ratios`, by indicator and year."""
    frame = national_ratios()
    return dict(zip(zip(frame["indicator"], frame["period"], strict=True), frame["ratio"], strict=True))


def national_ratios() -> pd.DataFrame:
    """Germany's December stock over its annual mean: how a year's end lies to its mean, by concept.

    ``ratio = printed December stock / (rate × mean population)``. A municipality's mean times this ratio is a December
    stock under the assumption that its year ran as the nation's. Two printed parts of December 2009 do not add up to
    their printed total (0.04 %); the printed eHb is used as it stands.

    Returns
    -------
    DataFrame, shape (12, 5)
        ``indicator`` (ehb, persons_in_bg, sozialgeld), ``period`` (2007–2010), ``december, mean, ratio``.

    Examples
    --------
    The count fell through 2008, so its December lies well below its mean; in 2009 it did not:

    >>> ratios = national_ratios().set_index(["indicator", "period"])["ratio"]
    >>> print(round(ratios["ehb", "2008"], 3), round(ratios["ehb", "2009"], 3))
    0.951 0.999
    """
    printed = load_published().query("scope == 'DE'").set_index(["indicator", "period"])["value"]
    rows = [
        {"indicator": name, "period": str(year), "december": float(printed[name, f"{year}-12"]),
         "mean": official_leg()[REFERENCE, str(year), name].value}
        for name in ("ehb", "persons_in_bg", "sozialgeld")
        for year in YEARS
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.assign(ratio=frame["december"] / frame["mean"])


def find(figure: Figure) -> tuple[Official, Counterpart] | None:
    """Official cell of the figure's unit, year and concept, in the unit of the figure; None if there is none."""
    counterpart = COUNTERPARTS.get(figure.indicator)
    if counterpart is None or not figure.key or not figure.year:
        return None
    cell = official_leg().get((figure.key, figure.year, counterpart.column))
    if cell is None or math.isnan(cell.value):
        return None
    return Official(cell.value * counterpart.factor, cell.status, cell.note), counterpart


def traeger(figure: Figure, _: Printed) -> Comparison | None:
    """Number of Träger: the rows of the register, from 2011 the areas of 31.12.2008."""
    if figure.indicator != "n_zkt":
        return None
    count = float(len(municipalities()))
    if figure.year < "2011":
        return Comparison("same", count, "observed", official=count)
    merged = float(municipalities()["ags_2008"].nunique())
    return Comparison("areas", merged, "observed", "areas of 31.12.2008: two of the 69 each in two of them", count)


def same_time_base(figure: Figure, _: Printed) -> Comparison | None:
    """Same concept, same time base: an annual mean against an annual mean, March against March."""
    found = find(figure)
    if found is None:
        return None
    cell, counterpart = found
    if not (figure.month == counterpart.month if counterpart.month else figure.is_mean):
        return None
    because = "same concept and time base; the reason is not known"
    return Comparison("same", cell.value, cell.status, "", cell.value, because, (cell.note,))


def december(figure: Figure, _: Printed) -> Comparison | None:
    """December of a municipality: its annual mean times the national December-to-mean ratio of that year."""
    found = find(figure)
    ratio = december_ratios().get((figure.indicator, figure.year))
    if found is None or ratio is None or figure.month != 12 or figure.scope != "municipality":
        return None
    cell = found[0]
    text = f"annual mean {figure.year} × {ratio:.3f} (Germany: December stock / annual mean)"
    because = "own course of the year or another count; the source does not say"
    return Comparison("december", cell.value * ratio, cell.status, text, cell.value, because, (cell.note,))


def within_year(figure: Figure, _: Printed) -> Comparison | None:
    """A month, a few months or an unknown day against the annual mean of the same year: no bridge, a wide tolerance."""
    found = find(figure)
    if found is None or found[1].month:
        return None
    cell, counterpart = found
    what = "a month" if figure.months == 1 else "a day not printed" if figure.months == 12 else "some months"
    because = "; ".join(filter(None, ["month against year", counterpart.caveat]))
    text = f"annual mean {figure.year} against {what} of the same year"
    return Comparison("month", cell.value, cell.status, text, cell.value, because, (cell.note,))


def all_together(figure: Figure, _: Printed) -> Comparison | None:
    """Sum over the municipalities, first year at hand, against a figure of 2006 for all 69: plausibility only."""
    leg, year = official_leg(), str(YEARS[0])
    cell = leg.get((ALL, year, figure.indicator))
    if figure.scope != ALL or cell is None or not figure.year or figure.year >= year:
        return None
    text = (
        f"annual mean {year} of 68 (Anhalt-Zerbst was split) against {figure.year} of all 69: plausibility, not proof"
    )
    because = f"annual mean {year} of 68 against {figure.year} of all 69"
    if figure.indicator == "persons_in_bg":
        ehb = leg[ALL, year, "ehb"].value
        because = (
            f"{because}, which does not move the eHb of the same sum: the print would be {figure.value / ehb:.2f} "
            f"persons per eHb of this sum, the official leg has {cell.value / ehb:.2f}"
        )
    return Comparison("69", cell.value, cell.status, text, cell.value, because, (cell.note,))


def beside(figure: Figure) -> str:
    """What the official column says where it counts both codes, or why its cell is unusable; no verdict follows."""
    column = BOTH_CODES.get(figure.indicator)
    cell = official_leg().get((figure.key, figure.year, column)) if column and figure.key and figure.year else None
    if cell is None or cell.status == "missing":
        return ""
    if math.isnan(cell.value):
        return f"the official cell, SGB II and SGB III together, is {cell.status}: {cell.note}"
    return f"SGB II and SGB III together, annual mean {figure.year}: {cell.value:,.10g}"
