"""Where a municipality stands: its distance to a reference, how sure that is, and its quarter in the ring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optkommunen.comparison.gate import AVERAGED, carried_status
from optkommunen.comparison.measure import NEAREST, Kind, Measure, joined, of_period, prepare_measure, same_ring
from optkommunen.comparison.quarters import quarters_among
from optkommunen.comparison.transient import after_break, variance_of
from optkommunen.comparison.variance import difference, sampling_variance, widened
from optkommunen.errors import ComparisonError
from optkommunen.indicators import intervals
from optkommunen.values import KEY, RESULT_COLUMNS
from optkommunen.words import N_

NOT_ASSESSED = "not assessed"
REFERENCES = {"rest": "rest of the ring", "median": "median of the ring", "all": "all"}
NEIGHBOURS = {"rest": NEAREST, "median": f"median of the {NEAREST}", "all": "all"}
"""The same where rings are the neighbours of each."""
NOBODY = N_("no reference: nobody else with a value in the {name}")
"""Why a unit has no reference."""
_MEDIANS = (REFERENCES["median"], NEIGHBOURS["median"])
COLUMNS = [
    KEY, "ring", "ring_status", "period", *RESULT_COLUMNS, "reference", "reference_value", "n_reference",
    "distance", "distance_lower", "distance_upper", "label", "label_poisson", "quarter", "quantile_type", "omega",
    "n_years", "status", "note",
]  # fmt: skip
Floats = NDArray[np.float64]
_WORDS = {1: ("better", "worse"), -1: ("worse", "better"), 0: ("higher", "lower")}


def compare(
    frame: pd.DataFrame,
    rings: pd.DataFrame,
    *,
    reference: Literal["rest", "median", "all"] | Sequence[str] = "rest",
    period: str | int | None = None,
    level: float | Iterable[float] | None = (0.95, 0.998),
    polarity: int | None = None,
    kind: Kind | None = None,
    per: float | None = None,
    quantile_type: int = 7,
) -> pd.DataFrame:
    """Position of each municipality in one year: distance to a reference, better, similar or worse, and its quarter.

    The label says whether the interval of the *difference* from the reference lies above or below 0. The reference
    has an error of its own: taken as fixed, one in six units equal to a chosen peer would be called different. Limits
    of the unit and of its reference (exact or Byar's of the counts; Wilson's for quotas) hold chance within the year
    *and* the change from year to year, ``s² + ω²`` (`transient_variance`, from all years of the frame): by chance
    alone most differ from their ring, and about one in ten to six of these in the other direction next year (5 of 52
    and 7 of 40 on the bundled returns). The interval of the difference comes from both (`variance.widened`,
    `variance.difference`). The median of a ring is taken as fixed. ``all`` holds the unit itself, so its distance
    is ``1 - share`` times that from the others. With fewer than three years only chance is left, and ``method`` and
    ``note`` say so. ``lower, upper`` is the interval of the unit itself, which is what is drawn; whether two such
    intervals overlap is no test.

    Parameters
    ----------
    frame : result of ``ok.indicator(name, returns, time="year")`` over one or several years, or ``kommune, period,
        numerator, denominator``. Parts of a stock quota are mean stocks: added up over twelve months they would make
        the interval √12 too narrow. Official figures come as ``kommune, period, value``: without numerator there is no
        interval, no sum over a sum and no label, only the distance to the median.
    rings : ``kommune, ring``, units by key or name; ``status`` where there is one; a unit may be in none. Or
        ``kommune, neighbour``, the result of `neighbours.nearest`: each is then compared with its own neighbours.
    reference : ``"rest"``: sum over sum of the ring without the unit (its own share of a ring reaches a fifth);
        ``"median"`` of the ring with the unit; ``"all"``: sum over sum of all; or keys of chosen peers: sum over sum
        of these without the unit.
    period : the year that is judged, 2008 or ``"2008"``; the latest if None.
    level : coverage of the interval; several give one row each; None leaves out intervals and labels.
    polarity, kind, per : in place of the catalogue's. Where the frame names no indicator, polarity and kind are needed
        and nothing is assumed; per is then 100 for rates and quotas, 1 for a cost or a ratio.
    quantile_type : of the quarters, 7 or 6 (Hyndman & Fan 1996).

    Returns
    -------
    DataFrame, columns `COLUMNS`
        One row for each municipality and level, sorted by key. ``distance_lower, distance_upper``: interval of the
        distance, from which the label is read. ``label``: better, similar, worse (polarity 0: higher, similar, lower)
        or ``not assessed``, then with the reason in ``note``; ``label_poisson``: by chance alone. ``quarter``: 1 =
        lowest values of the ring, a value equal to a cut belongs to the lower quarter; missing in rings of fewer than
        four values. ``omega``: ω in the unit of the value, from ``n_years`` years. ``status``: the worst of
        municipality, reference and ring; ``ring_status``: that of the ring alone.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; or several indicators, an unknown period, reference or quantile type, a sum
        asked for where there are values only.

    References
    ----------
    Breslow & Day 1987; Zou & Donner 2008 (limits from recovered variances); Goldstein & Healy 1995.

    Examples
    --------
    The reference is a sum over a sum without the unit itself; in one year alone the label rests on chance:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "period": "2008", "numerator": [300, 100, 40],
    ...                       "denominator": [1000, 500, 200], "status": "synthetic"})
    >>> rings = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "ring": "R-I"})
    >>> table = compare(frame, rings, kind="event_rate", polarity=1, level=0.95)
    >>> table[["reference_value", "label", "method"]].to_numpy().tolist()[0]
    [20.0, 'better', 'byar']
    """
    measure, values = prepare_measure(frame, rings, kind=kind, per=per, polarity=polarity)
    units = of_period(values, period)
    same = same_ring(units, rings)
    words = NEIGHBOURS if "neighbour" in rings else REFERENCES
    name, members = _members(units, reference, measure, same, words)
    own, (found, against, alone) = _own(units), _reference(units, members, name)
    within = quarters_among(units["rate"], same, quantile_type)
    omega2, n_years, few_years = _between_years(values, measure)
    columns = {
        **{column: units[column] for column in (KEY, "ring", "ring_status", "period")},
        "value": measure.per * units["rate"], "reference": name, "reference_value": measure.per * found,
        "n_reference": members.sum(axis=1),
        "distance": measure.per * (units["rate"] - found), "quarter": within["quarter"], "quantile_type": quantile_type,
        "omega": measure.per * np.sqrt(omega2), "n_years": n_years,
        "status": carried_status(units["status"], members | same),
    }  # fmt: skip
    notes = units["reason"], units["note"], alone, within["note"]
    tables = []
    for one in intervals.levels_of(level):
        chance, its_chance = _chance(own, measure, one, ""), _chance(against, measure, one, "in the reference ")
        limits, its = (_widened(*both, measure, one, omega2) for both in ((own, chance), (against, its_chance)))
        low, high = _distance(own, limits, against, its)
        unsure = np.isnan(chance.lower)
        why = np.where(unsure, chance.reason, its_chance.reason), np.where(unsure, "", few_years)
        of_level = {
            "lower": measure.per * limits.lower, "upper": measure.per * limits.upper,
            "level": np.nan if one is None else one, "method": limits.method, "distance_lower": measure.per * low,
            "distance_upper": measure.per * high, "label": _labels(low, high, measure.polarity),
            "label_poisson": _labels(*_distance(own, chance, against, its_chance), measure.polarity),
            "note": joined(*notes, *why),
        }  # fmt: skip
        table = columns | of_level
        tables.append(pd.DataFrame({name: table[name] for name in COLUMNS}))
    return tables[0] if len(tables) == 1 else pd.concat(tables).sort_values(KEY, kind="stable", ignore_index=True)


def _members(
    units: pd.DataFrame,
    reference: str | Sequence[str],
    measure: Measure,
    same: NDArray[np.bool_],
    words: Mapping[str, str],
) -> tuple[str, NDArray[np.bool_]]:
    """Name of the reference, and who of the columns is in that of the unit of the row; only units with a value."""
    others = ~np.eye(len(units), dtype=bool)
    if isinstance(reference, Iterable) and not isinstance(reference, str):
        reference = list(reference)
        absent = [str(key) for key in reference if key not in set(units[KEY])]
        if absent or not len(reference):
            message = f"Peers are units of the frame in that period; not there: {', '.join(absent) or 'any (empty)'}."
            raise ComparisonError(message)
        name, members = "chosen peers", units[KEY].isin(reference).to_numpy() & others
    elif reference in words:
        name = words[reference]
        members = {"rest": same & others, "median": same, "all": np.ones_like(same)}[reference]
    else:
        message = f"A reference is {', '.join(words)}, or a list of keys; found {reference!r}."
        raise ComparisonError(message)
    if not measure.summed and name not in _MEDIANS:
        message = (
            f"The {name} is a sum over a sum, and here are values without numerator and denominator. Ask for "
            "reference='median'; a mean of rates would count a small municipality as much as a large one."
        )
        raise ComparisonError(message)
    return name, members & units["rate"].notna().to_numpy()


class _Sum(NamedTuple):
    """Rates of units, or of what each is compared with: a unit is a sum of one, the reference holds no unit itself.

    ``concentration`` is ΣE²/(ΣE)² of the members, each of which moves on its own between years; 0 for a rate that is
    taken as fixed. ``share`` is the part of the whole reference that the unit itself is.
    """

    rate: Floats
    events: Floats
    stock: Floats
    concentration: Floats
    share: Floats


def _own(units: pd.DataFrame) -> _Sum:
    one, (rate, events, stock) = np.ones(len(units)), units[["rate", "numerator", "denominator"]].to_numpy().T
    return _Sum(rate, events, stock, one, one)


def _reference(units: pd.DataFrame, members: NDArray[np.bool_], name: str) -> tuple[Floats, _Sum, NDArray[np.str_]]:
    """Reference of each unit on the natural scale, the sum it is compared with, and why it has none: nobody else."""
    others = members & ~np.eye(len(units), dtype=bool)
    alone = np.array([not row.any() for row in others])
    of_rings = {words[kind] for words in (REFERENCES, NEIGHBOURS) for kind in ("rest", "median")}
    in_ring = (units["ring"] != "").to_numpy() | (name not in of_rings)
    why = np.where(alone & in_ring, NOBODY.format(name=name), "")
    if name in _MEDIANS:
        rates, nothing = np.where(members, units["rate"].to_numpy(), np.nan), np.zeros(len(units))
        found = np.array([np.nan if lonely else np.nanmedian(row) for lonely, row in zip(alone, rates, strict=True)])
        return found, _Sum(found, nothing, nothing, nothing, nothing), why
    counts = units[["numerator", "denominator"]].fillna(0)
    all_events, all_stock = (members @ counts[part].to_numpy() for part in counts)
    found = all_events / np.where(alone, np.nan, all_stock)
    events, stock = (others @ counts.to_numpy()).T
    stock[np.isnan(found)] = np.nan
    size = counts["denominator"].to_numpy()
    own = np.where(members.diagonal(), size, 0)
    return found, _Sum(events / stock, events, stock, others @ size**2 / stock**2, own / (own + stock)), why


def _between_years(table: pd.DataFrame, measure: Measure) -> tuple[float, int, str]:
    """ω² on the natural scale, the number of years, and why the label rests on chance alone."""
    if not measure.counted:
        return np.nan, table["period"].nunique(), ""
    stock = table["denominator"].mask(table["reason"] != "")
    s2 = sampling_variance(table["numerator"], stock, measure.kind)
    years = table[[KEY, "period", "numerator"]].assign(value=table["rate"], variance=s2, denominator=stock)
    years["note"] = joined(table["note"], table["reason"])  # a break stands with the reason where there is no value
    found = variance_of(after_break(years))
    return found.omega2, found.n_years, f"by chance alone: {found.reason}" if found.reason else ""


def _chance(of: _Sum, measure: Measure, level: float | None, where: str) -> intervals.Interval:
    """Limits by chance alone on the natural scale; the reason where a value has none."""
    known, fixed = np.isfinite(of.rate), of.concentration == 0
    lower, upper = (np.where(fixed, of.rate, np.nan) for _ in range(2))
    method, why = np.full(len(known), "none", dtype=object), np.full(len(known), "", dtype=object)
    if not measure.counted:
        why[known] = "no interval: values are full counts or come without numerator"
    elif level is None:
        why[known] = "no interval: switched off"
    else:
        counted = known & ~fixed
        ok = counted & ((of.events % 1 == 0) | (measure.kind != "event_rate"))
        why[counted & ~ok] = f"no interval: {where}{AVERAGED}"
        limits_of = intervals.poisson if measure.kind == "event_rate" else intervals.wilson
        limits = limits_of(of.events[ok], of.stock[ok], level)
        lower[ok], upper[ok], method[ok] = limits.lower, limits.upper, limits.method
    return intervals.Interval(lower, upper, method.astype(np.str_), why.astype(np.str_))


def _widened(
    of: _Sum, chance: intervals.Interval, measure: Measure, level: float | None, omega2: float
) -> intervals.Interval:
    """The same limits with the change between years; a rate is not below 0, a quota not above 1."""
    if level is None or np.isnan(omega2):
        return chance
    highest = 1.0 if measure.kind == "stock_quota" else np.inf
    return widened(of.rate, chance, level, omega2 * of.concentration, highest)


def _distance(own: _Sum, its_own: intervals.Interval, against: _Sum, its: intervals.Interval) -> tuple[Floats, Floats]:
    """Limits of the distance; that from a reference with the unit in it is 1 - share of that from the others."""
    low, high = difference(own.rate, (its_own.lower, its_own.upper), against.rate, (its.lower, its.upper))
    return (1 - against.share) * low, (1 - against.share) * high


def _labels(low: Floats, high: Floats, polarity: int) -> NDArray[np.object_]:
    above, below = _WORDS[polarity]
    return np.select([np.isnan(low), low > 0, high < 0], [NOT_ASSESSED, above, below], "similar")
