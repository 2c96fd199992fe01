"""Where a municipality stands: its distance to a reference, how sure that is, and its quarter in the ring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from optkommunen.comparison.gate import AVERAGED, carried_status
from optkommunen.comparison.measure import Measure, joined, measured, of_period, same_ring
from optkommunen.comparison.quarters import ring_quarters
from optkommunen.comparison.variance import sampling_variance, transient_variance
from optkommunen.errors import ComparisonError
from optkommunen.indicators import intervals
from optkommunen.values import KEY, RESULT_COLUMNS

NOT_ASSESSED = "not assessed"
REFERENCES = {"rest": "rest of the ring", "median": "median of the ring", "all": "all"}
TRANSIENT = "+transient"
"""Added to the method of an interval that holds the change between years too."""

COLUMNS = [
    KEY, "ring", "ring_status", "period", *RESULT_COLUMNS, "reference", "reference_value", "n_reference", "distance",
    "label", "label_poisson", "quarter", "quantile_type", "omega", "n_years", "status", "note",
]  # fmt: skip
_WORDS = {1: ("better", "worse"), -1: ("worse", "better"), 0: ("higher", "lower")}


def compare(
    frame: pd.DataFrame,
    rings: pd.DataFrame,
    *,
    reference: Literal["rest", "median", "all"] | Sequence[str] = "rest",
    period: str | int | None = None,
    level: float | Iterable[float] | None = (0.95, 0.998),
    polarity: int | None = None,
    kind: Literal["event_rate", "stock_quota", "cost", "ratio", "count"] | None = None,
    per: float | None = None,
    quantile_type: int = 7,
) -> pd.DataFrame:
    """Position of each municipality in one year: distance to a reference, better, similar or worse, and its quarter.

    The label says whether the interval of the municipality lies above or below the reference, which is taken as fixed.
    The interval holds chance within the year *and* the change from year to year, ``s² + ω²``: by chance alone most
    differ from their ring, and about one in ten to six of these in the other direction next year (5 of 53 and 7 of 40
    on the bundled returns). The limits of the count (exact, Byar; Wilson for quotas) carry s², ω²
    (`transient_variance`, from all years of the frame) widens them:
    ``L' = r - √((r - L)² + z² ω²)``, ``U' = r + √((U - r)² + z² ω²)``. With fewer than three years only chance is left,
    and ``method`` and ``note`` say so. Two overlapping intervals are no test of two municipalities against each other.

    Parameters
    ----------
    frame : result of ``ok.indicator(name, returns, time="year")`` over one or several years, or ``kommune, period,
        numerator, denominator``. Parts of a stock quota are mean stocks: added up over twelve months they would make
        the interval √12 too narrow. Official figures come as ``kommune, period, value``: without numerator there is no
        interval, no sum over a sum and no label, only the distance to the median.
    rings : ``kommune, ring``, units by key or name; ``status`` where there is one; a unit may be in none.
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
        One row for each municipality and level, sorted by key. ``label``: better, similar, worse (polarity 0: higher,
        similar, lower) or ``not assessed``, then with the reason in ``note``; ``label_poisson``: by chance alone.
        ``quarter``: 1 = lowest values of the ring, a value equal to a cut belongs to the lower quarter; missing in
        rings of fewer than four values. ``omega``: ω in the unit of the value, from ``n_years`` years.
        ``status``: the worst of municipality, reference and ring; ``ring_status``: that of the ring alone.

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
    measure, table = measured(frame, rings, kind=kind, per=per, polarity=polarity)
    units = of_period(table, period)
    name, members = _members(units, reference, measure)
    found, alone = _reference_values(units, members, name)
    within = ring_quarters(units["rate"], units["ring"], quantile_type)
    omega2, n_years, few_years = _between_years(table, measure)
    units = units.assign(
        value=measure.per * units["rate"], reference=name, reference_value=measure.per * found,
        n_reference=members.sum(axis=1), distance=measure.per * (units["rate"] - found), quarter=within["quarter"],
        quantile_type=quantile_type, omega=measure.per * np.sqrt(omega2), n_years=n_years,
        status=carried_status(units["status"], members | same_ring(units)),
        note=joined(units["reason"], units["note"], alone, within["note"]),
    )  # fmt: skip
    rows = []
    for rank, one in enumerate(intervals.levels_of(level)):
        chance = _chance(units, measure, one)
        limits = _widened(chance, units["rate"], measure, one, omega2)
        rows.append(
            units.assign(
                lower=measure.per * limits.lower,
                upper=measure.per * limits.upper,
                level=np.nan if one is None else one,
                method=limits.method,
                label=_labels(limits, found, measure.polarity),
                label_poisson=_labels(chance, found, measure.polarity),
                note=joined(units["note"], chance.reason, np.where(np.isnan(chance.lower), "", few_years)),
                rank=rank,
            )
        )
    return pd.concat(rows).sort_values([KEY, "rank"], kind="stable", ignore_index=True)[COLUMNS]


def _members(units: pd.DataFrame, reference: str | Sequence[str], measure: Measure) -> tuple[str, NDArray[np.bool_]]:
    """Name of the reference, and who of the columns is in that of the unit of the row; only units with a value."""
    same = same_ring(units)
    others = ~np.eye(len(units), dtype=bool)
    if not isinstance(reference, str):
        absent = [str(key) for key in reference if key not in set(units[KEY])]
        if absent or not len(reference):
            message = f"Peers are units of the frame in that period; not there: {', '.join(absent) or 'any (empty)'}."
            raise ComparisonError(message)
        name, members = "chosen peers", units[KEY].isin(list(reference)).to_numpy() & others
    elif reference in REFERENCES:
        name = REFERENCES[reference]
        members = {"rest": same & others, "median": same, "all": np.ones_like(same)}[reference]
    else:
        message = f"A reference is {', '.join(REFERENCES)}, or a list of keys; found {reference!r}."
        raise ComparisonError(message)
    if not measure.summed and name != REFERENCES["median"]:
        message = (
            f"The {name} is a sum over a sum, and here are values without numerator and denominator. Ask for "
            "reference='median'; a mean of rates would count a small municipality as much as a large one."
        )
        raise ComparisonError(message)
    return name, members & units["rate"].notna().to_numpy()


def _reference_values(
    units: pd.DataFrame, members: NDArray[np.bool_], name: str
) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Reference of each unit on the natural scale, and why it has none: nobody else is in it."""
    alone = np.array([not others.any() for others in members & ~np.eye(len(units), dtype=bool)])
    if name == REFERENCES["median"]:
        rates = np.where(members, units["rate"].to_numpy(), np.nan)
        found = np.array([np.nan if lonely else np.nanmedian(row) for lonely, row in zip(alone, rates, strict=True)])
    else:
        events, stock = (members @ units[part].fillna(0).to_numpy() for part in ("numerator", "denominator"))
        found = events / np.where(alone, np.nan, stock)
    in_ring = (units["ring"] != "").to_numpy() | (name not in (REFERENCES["rest"], REFERENCES["median"]))
    return found, np.where(alone & in_ring, f"no reference: nobody else with a value in the {name}", "")


def _between_years(table: pd.DataFrame, measure: Measure) -> tuple[float, int, str]:
    """ω² on the natural scale, the number of years, and why the label rests on chance alone."""
    if not measure.counted:
        return np.nan, table["period"].nunique(), ""
    stock = table["denominator"].mask(table["reason"] != "")
    s2 = sampling_variance(table["numerator"], stock, measure.kind)
    years = table[[KEY, "period"]].assign(value=table["rate"], variance=s2)
    omega2, n_years, _, reason = transient_variance(years)
    return omega2, n_years, f"by chance alone: {reason}" if reason else ""


def _chance(units: pd.DataFrame, measure: Measure, level: float | None) -> intervals.Interval:
    """Limits by chance alone on the natural scale; the reason where a value has none."""
    known = units["rate"].notna()
    whole = (units["numerator"] % 1 == 0) | (measure.kind != "event_rate")
    ok = (known & whole & measure.counted).to_numpy()
    why = pd.Series("", index=units.index)
    if not measure.counted:
        why = why.mask(known, "no interval: values are full counts or come without numerator")
    elif level is None:
        why = why.mask(known, "no interval: switched off")
    else:
        why = why.mask(known & ~whole, f"no interval: {AVERAGED}")
    lower, upper = np.full(len(units), np.nan), np.full(len(units), np.nan)
    method = np.full(len(units), "none", dtype=object)
    limits_of = intervals.poisson if measure.kind == "event_rate" else intervals.wilson
    limits = limits_of(units.loc[ok, "numerator"], units.loc[ok, "denominator"], level)
    lower[ok], upper[ok], method[ok] = limits.lower, limits.upper, limits.method
    return intervals.Interval(lower, upper, method.astype(np.str_), why.to_numpy(dtype=np.str_))


def _widened(
    chance: intervals.Interval, rate: pd.Series, measure: Measure, level: float | None, omega2: float
) -> intervals.Interval:
    """The same limits with ω² added to the variance that they stand for; a rate is not below 0, a quota not above 1."""
    if level is None or np.isnan(omega2):
        return chance
    r, added = rate.to_numpy(), stats.norm.isf(intervals.tail_of(level)) ** 2 * omega2
    lower = np.maximum(r - np.sqrt((r - chance.lower) ** 2 + added), 0)
    upper = np.minimum(r + np.sqrt((chance.upper - r) ** 2 + added), 1 if measure.kind == "stock_quota" else np.inf)
    method = np.where(chance.method == "none", "none", chance.method + TRANSIENT)
    return chance._replace(lower=lower, upper=upper, method=method)


def _labels(limits: intervals.Interval, reference: NDArray[np.float64], polarity: int) -> NDArray[np.object_]:
    above, below = _WORDS[polarity]
    unknown = np.isnan(limits.lower) | np.isnan(reference)
    return np.select(
        [unknown, limits.lower > reference, limits.upper < reference], [NOT_ASSESSED, above, below], "similar"
    )
