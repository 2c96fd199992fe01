"""Printed figures against other printed figures: parts and totals, rates and counts, two sources for one month."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optkommunen.indicators.reconciliation.bridges import december_ratios, official_leg
from optkommunen.indicators.reconciliation.printed import Comparison, Figure, Printed
from optkommunen.values import worst_of

SECOND_SOURCE = {"", "first", "az", "faz", "paper2016", "high", "low", "provisional", "expected_final", "derived"}
"""Variants of an identifier that print the same thing again; the others are parts of it or the ends of a change."""

NOT_INDEPENDENT = "the figure and what it is set beside are made of each other: no independent check"


@dataclass(frozen=True)
class Formula:
    """A printed figure as a function of others of the same unit.

    An operand is an indicator, by itself in the same period, or ``@december`` of the same year, ``@january``,
    ``@before`` (December of the year before), ``@mean`` of the same year, ``@months`` (mean of the months printed in
    the year), ``@any`` period; ``official:`` takes the official leg (``@before``: a year
    earlier), ``months`` is the length of the period.
    """

    target: str
    operands: tuple[str, ...]
    compute: Callable[..., float]
    text: str
    kind: str = "parts"
    where: Callable[[Figure], bool] = lambda figure: True


def _sum(whole: str, *parts: str, invert: bool = True) -> list[Formula]:
    """``whole = Σ parts``, and each part as the whole less the others."""
    formulas = [Formula(whole, parts, lambda *values: sum(values), " + ".join(parts), "sum")]
    for part in parts if invert else ():
        others = tuple(other for other in parts if other != part)
        text = f"{whole} - {' - '.join(others)}"
        formulas.append(Formula(part, (whole, *others), lambda total, *rest: total - sum(rest), text, "sum"))
    return formulas


def _quotient(rate: str, count: str, base: str, text: str, kind: str = "parts", factor: float = 1) -> Formula:
    """``rate = factor × count / base``."""
    return Formula(rate, (count, base), lambda n, d: factor * n / d, text, kind)


def _rate(rate: str, count: str, base: str, what: str, kind: str = "parts", factor: float = 100) -> list[Formula]:
    """``rate = factor × count / base``, and the count from the rate."""
    back = Formula(count, (rate, base), lambda r, d: r * d / factor, f"{rate} × {what}", kind)
    return [_quotient(rate, count, base, f"{count} / {what}", kind, factor), back]


_SERVICES_IN_NEED = ("debt", "psychosocial", "addiction")
_LABOUR_FORCE = "official labour force (unemployed / rate, annual mean)"

FORMULAS: tuple[Formula, ...] = (
    *_sum("persons_in_bg", "ehb", "sozialgeld"),
    *_sum("eingliederungen", "eingliederungen_svpfl", "minijob_starts"),
    *_sum("eingliederungen_2am", "eingliederungen_2am_agh", "eingliederungen_2am_schulung"),
    *_sum(
        "counselling_first_contacts_total",
        *(f"counselling_first_contacts_{field}" for field in ("addiction", "debt", "family")),
    ),
    *_sum("counselling_clients_total", *(f"counselling_cases_{field}" for field in ("addiction", "debt", "family"))),
    *_sum(
        "services_total",
        *(f"services_{service}" for service in ("childcare", "care", "debt", "psychosocial", "addiction")),
        invert=False,  # rounded to hundreds: the smallest part would carry the rounding of all
    ),
    _quotient("persons_per_bg", "persons_in_bg", "bg", "persons_in_bg / bg"),
    _quotient("persons_per_bg", "persons_in_bg@december", "bg@december",
              "persons_in_bg / bg of December of the same year", "ratio"),
    _quotient("ehb_per_bg", "ehb", "bg", "ehb / bg"),
    *_rate("betreuungspersonal_share_pct", "betreuungsrelation_1", "betreuungsrelation_2", "betreuungsrelation_2"),
    _quotient("betreuungsrelation_2", "betreuungsrelation_1", "betreuungspersonal_share_pct",
              "betreuungsrelation_1 / betreuungspersonal_share_pct", factor=100),
    *(
        _quotient(f"services_{s}_recorded_share_pct", f"services_{s}", f"services_need_{s}@any",
                  "recorded / estimated need", factor=100)
        for s in _SERVICES_IN_NEED
    ),
    *itertools.chain.from_iterable(
        _rate(f"services_need_{s}_pct", f"services_need_{s}", "ehb@before", "eLb of the December before", "need")
        for s in _SERVICES_IN_NEED
    ),
    Formula(
        "integrationsquote_k2_pct", ("integrationen_48a", "ehb@before", "ehb@december"),
        lambda n, start, end: 100 * n / ((start + end) / 2), "Integrationen / mean of two December stocks of eLb", "K2",
    ),
    Formula(
        "integrationen_48a", ("integrationsquote_k2_pct", "ehb@before", "ehb@december"),
        lambda rate, start, end: rate / 100 * (start + end) / 2, "K2 × mean of two December stocks of eLb", "K2",
    ),
    *(
        Formula(
            f"{count}_change_pct", (f"{count}@december", f"{count}@january"),
            lambda end, start: 100 * (end / start - 1), "change from January to December of the year",
        )
        for count in ("bg", "unemployed_sgb2")
    ),
    *_rate("eingliederungen_monthly_mean", "eingliederungen", "months", "number of months", factor=1),
    Formula(
        "cost_per_bg_month_eur", ("expenditure_total_eur", "bg@months"), lambda eur, bg: eur / 12 / bg,
        "expenditure of the year / 12 / mean of the printed months of BG", "ratio",
    ),
    Formula(
        "bg", ("bg@december", "official:december_ratio"), lambda stock, ratio: stock / ratio,
        "December stock / the year's national December-to-mean ratio of eHb", "ratio", lambda figure: figure.is_mean,
    ),
    Formula(
        "bg", ("bg@mean", "official:december_ratio"), lambda mean, ratio: mean * ratio,
        "annual mean × the year's national December-to-mean ratio of eHb", "ratio", lambda figure: figure.month == 12,
    ),
    *_rate("unemployment_rate_sgb2_pct", "unemployed_sgb2", "official:labour_force", _LABOUR_FORCE, "labour force"),
    _quotient("unemployment_rate_sgb2_pct", "unemployed_sgb2@december", "official:labour_force",
              f"unemployed_sgb2 of December / {_LABOUR_FORCE}", "labour force", factor=100),
    *_rate("unemployment_rate_u25_pct", "unemployed_u25", "official:labour_force_u25", f"{_LABOUR_FORCE}, under 25",
           "labour force"),
    *_rate("persons_change_pct", "persons_change", "official:persons_in_bg@before",
           "official persons in BG, annual mean of the year before", "ratio"),
)  # fmt: skip
"""In order; the first whose operands are all printed is taken."""

_ARITHMETIC = re.compile(
    r"derived: \D*?(?P<a>\d[\d,.]*)[^;+/\d]*?(?: \d{4})?"
    r" (?P<op>\+|plus|less|-|/|of) [^\d(;]*(?P<b>\d[\d,.]*)(?: x (?P<times>\d+))?"
)
"""'derived: 1,434 in 2009 less the printed increase of 58': two numbers, what is done with them, once a multiple."""
_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b, "plus": lambda a, b: a + b, "-": lambda a, b: a - b, "less": lambda a, b: a - b,
    "/": lambda a, b: a / b, "of": lambda a, b: a / b,
}  # fmt: skip


@dataclass(frozen=True)
class Operand:
    """One value that enters a formula, with what its print leaves open; ``said`` is the note of a printed one."""

    value: float
    status: str = "published"
    rounding_pct: float = 0.0
    note: str = ""
    said: str = ""


def operands(figure: Figure, operand: str, printed: Printed) -> list[Operand]:
    """All values an operand may stand for; what we derived ourselves is no evidence for its own parts."""
    if operand == "months":
        return [Operand(figure.months)]
    if operand.startswith("official:"):
        return _official(figure, operand.removeprefix("official:"))
    indicator, _, when = operand.partition("@")
    others = [other for other in printed.of(figure, indicator) if not other.derivation]
    if when == "months":
        months = [other.value for other in others if other.month and other.year == figure.year and figure.months == 12]
        return [Operand(sum(months) / len(months))] if months else []
    found = [other for other in others if _WHEN[when](figure, other)]
    return [Operand(other.value, "published", other.rounding_pct, said=_said(other, figure)) for other in found]


_WHEN: dict[str, Callable[[Figure, Figure], bool]] = {
    "": lambda figure, other: other.span == figure.span,
    "december": lambda figure, other: other.month == 12 and other.year == figure.year,
    "january": lambda figure, other: other.month == 1 and other.year == figure.year and figure.months == 12,
    "before": lambda figure, other: other.month == 12 and bool(figure.year) and int(other.year) + 1 == int(figure.year),
    "mean": lambda figure, other: other.is_mean and other.year == figure.year,
    "any": lambda figure, other: True,
}


def _official(figure: Figure, name: str) -> list[Operand]:
    if name == "december_ratio":
        ratio = december_ratios().get(("ehb", figure.year))
        return [Operand(ratio, "derived")] if ratio else []
    column, _, before = name.partition("@")
    year = str(int(figure.year) - 1) if before and figure.year else figure.year
    cell = official_leg().get((figure.key, year, column)) if figure.key else None
    return [] if cell is None or math.isnan(cell.value) else [Operand(cell.value, cell.status, 0.0, cell.note)]


def formula(figure: Figure, printed: Printed) -> Comparison | None:
    """First formula whose operands are all printed; of several printed values the combination nearest to the figure.

    A figure that was itself derived is made of printed figures, so they are no independent side.
    """
    for entry in FORMULAS:
        if entry.target != figure.indicator or not entry.where(figure):
            continue
        choices = list(itertools.product(*(operands(figure, operand, printed) for operand in entry.operands)))
        if not choices:
            continue
        blame = "the printed parts do not add up" if entry.kind == "sum" else "the figures do not fit each other"
        taken = min(choices, key=lambda choice: abs(_value(entry, choice) - figure.value))
        return Comparison(
            entry.kind,
            _value(entry, taken),
            worst_of(operand.status for operand in taken),
            entry.text,
            because="; ".join(filter(None, [blame, *(operand.said for operand in taken)])),
            notes=(NOT_INDEPENDENT if figure.derivation else "", *(operand.note for operand in taken)),
            rounding_pct=100 * _rounding(entry, taken) / abs(figure.value),
            independent=not figure.derivation,
        )
    return None


def _said(other: Figure, figure: Figure) -> str:
    """What the note of another figure adds to the figure's own."""
    own = figure.note.split("; ")
    added = "; ".join(part for part in other.note.split("; ") if part not in own)
    return f"of {other.figure_id}: {added}" if added else ""


def _value(entry: Formula, taken: Sequence[Operand]) -> float:
    return entry.compute(*(operand.value for operand in taken))


def _rounding(entry: Formula, taken: Sequence[Operand]) -> float:
    """What the rounding of the operands does to the value, one after the other, added up: never too small."""
    moved = 0.0
    for place, operand in enumerate(taken):
        shifted = replace(operand, value=operand.value * (1 + operand.rounding_pct / 100))
        moved += abs(_value(entry, [*taken[:place], shifted, *taken[place + 1 :]]) - _value(entry, taken))
    return moved


def broken_sum(figure: Figure, printed: Printed) -> Comparison | None:
    """A sum that does not add up: stronger evidence than an official value near by, so it comes first."""
    found = formula(figure, printed)
    if found is None or found.kind != "sum":
        return None
    off = 100 * abs(found.bridged / figure.value - 1)
    return found if off > found.rounding_pct + figure.rounding_pct else None


def sum_of_years(figure: Figure, printed: Printed) -> Comparison | None:
    """A sum over several years against the years, as printed or as 12 × their monthly mean."""
    first, last = figure.span
    if figure.year or first % 12:
        return None
    parts = []
    for year in range(first // 12, last // 12 + 1):
        span = (12 * year, min(12 * year + 11, last))
        of_year = [f for f in printed.of(figure, figure.indicator) if f.span == span]
        means = [f for f in printed.of(figure, f"{figure.indicator}_monthly_mean") if f.span == span]
        if not of_year and not means:
            return None
        parts.append(of_year[0].value if of_year else means[0].value * means[0].months)
    text = f"sum of the printed years {first // 12}–{last // 12}"
    because = "the printed years do not add up"
    return Comparison("years", sum(parts), "published", text, because=because)


def second_source(figure: Figure, printed: Printed) -> Comparison | None:
    """Another print of the same figure: the nearest of those for the same unit and period."""
    others = [f for f in printed.of(figure, figure.indicator) if f.span == figure.span and _same_thing(f, figure)]
    if not others:
        return None
    nearest = min(others, key=lambda f: abs(f.value - figure.value))
    text = f"{nearest.value:,.10g} printed elsewhere ({nearest.figure_id})"
    because = "; ".join(filter(None, ["two prints of one figure", _said(nearest, figure)]))
    independent = not (_made_of(figure, nearest) or _made_of(nearest, figure))
    return Comparison(
        "sources", nearest.value, "published", text, because=because, rounding_pct=nearest.rounding_pct,
        notes=("" if independent else NOT_INDEPENDENT,), independent=independent,
    )  # fmt: skip


def _made_of(figure: Figure, other: Figure) -> bool:
    """Whether the derivation of a figure names the other: by its value, or as the provisional one."""
    named = _variant(other)
    return f"{other.value:,.10g}" in figure.derivation or (bool(named) and named in figure.derivation)


def _same_thing(one: Figure, other: Figure) -> bool:
    variants = {_variant(one), _variant(other)}
    return variants <= SECOND_SOURCE and "decline" not in one.note


def _variant(figure: Figure) -> str:
    """What follows place, indicator and period in the identifier."""
    return figure.figure_id.split(".", 3)[3] if figure.figure_id.count(".") > 2 else ""


def arithmetic(figure: Figure, _: Printed) -> Comparison | None:
    """A value derived by us: the arithmetic that its note states, done again. Guards the table, proves nothing."""
    match = _ARITHMETIC.search(figure.note)
    if match is None:
        return None
    a, b = (float(match[group].replace(",", "")) for group in "ab")
    value = _OPERATIONS[match["op"]](a, b) * float(match["times"] or 1)
    if figure.indicator.endswith("_pct"):
        value *= 100
    text = f"arithmetic of the note: {match[0].removeprefix('derived: ')}"
    return Comparison(
        "note", value, "published", text, because="the note gives another number", notes=(NOT_INDEPENDENT,),
        independent=False,
    )  # fmt: skip
