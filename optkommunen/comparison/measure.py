"""What the numbers of a comparison are: kind, scale, the direction that is good; and who is in which ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optkommunen.comparison.gate import by_period, reasons, require_within
from optkommunen.comparison.rings import neighbours_by_key, rings_by_key
from optkommunen.data import catalogue
from optkommunen.data.register import keys_of
from optkommunen.errors import ComparisonError
from optkommunen.indicators.full_grid import MONTHS
from optkommunen.values import KEY, RESULT_COLUMNS, chosen_period, missing_where, plain, worst, worst_by
from optkommunen.values import joined as joined_notes
from optkommunen.words import N_

Kind = Literal["event_rate", "stock_quota", "cost", "ratio", "count"]
COUNTED = ("event_rate", "stock_quota")
"""Kinds whose value chance moves; all others are full counts without an interval."""
KINDS = (*COUNTED, "cost", "ratio", "count")
"""What numbers of one's own may be; the catalogue says it of its own."""
PER_CENT = 100.0
"""Rates and quotas of one's own are per 100; a cost or a ratio is per one."""

NO_RING = N_("in no ring")
NEAREST = "own neighbours"
"""Name of the ring of each unit where rings are its neighbours."""
_KEPT = [
    KEY, "period", "numerator", "denominator", "rate", "reason", "status", "note", "n_months", "ring", "ring_status",
]  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Measure:
    """One indicator as a comparison needs it.

    Parameters
    ----------
    entry : in the catalogue; None for numbers of one's own.
    kind : as in the catalogue; ``event_rate`` and ``stock_quota`` have an interval.
    per : the value is per so many.
    polarity : +1 high is good, -1 high is bad, 0 neither.
    summed : whether values come with numerator and denominator, so that a group is a sum over a sum.
    """

    entry: catalogue.Indicator | None
    kind: Kind
    per: float
    polarity: int
    summed: bool

    @property
    def counted(self) -> bool:
        """Whether the value is one that chance moves and whose parts are known: it has an interval."""
        return self.summed and self.kind in COUNTED


def measure_of(
    frame: pd.DataFrame, *, kind: str | None = None, per: float | None = None, polarity: int | None = None
) -> Measure:
    """What the catalogue says of the one indicator that a frame names, or what is said in its place.

    Parameters
    ----------
    frame, kind, per, polarity : as in `prepare_measure`.

    Raises
    ------
    ComparisonError
        Several indicators; kind or polarity neither in the catalogue nor given, or in no use.

    Examples
    --------
    >>> measure_of(pd.DataFrame({"kommune": ["M01"], "value": [3.0]}), kind="cost", polarity=0).per
    1.0
    """
    named = list(frame["indicator"].unique()) if "indicator" in frame.columns else []
    if len(named) > 1:
        message = f"One indicator is compared at a time; found {', '.join(map(str, named))}. Select one."
        raise ComparisonError(message)
    entry = catalogue.indicator(str(named[0])) if named else None
    if entry is None and (kind is None or polarity is None):
        lacking = [name for name, given in (("kind", kind), ("polarity", polarity)) if given is None]
        message = (
            "Numbers that name no indicator of the catalogue say what they are and which direction is good; not given: "
            f"{' and '.join(lacking)}. Pass kind= {', '.join(KINDS)}, and polarity=1 (high is good), -1 (high is bad) "
            "or 0 (neither); or add the column indicator."
        )
        raise ComparisonError(message)
    allowed: tuple[str | None, ...] = KINDS
    if entry is not None:
        allowed = (*KINDS, entry.kind)
        kind, polarity = kind or entry.kind, entry.polarity if polarity is None else polarity
    if kind not in allowed:
        message = f"A kind is one of {', '.join(KINDS)}; found {kind!r}. Leave it out where the catalogue has it."
        raise ComparisonError(message)
    if polarity not in (-1, 0, 1):
        message = f"A polarity is 1 (high is good), -1 (high is bad) or 0 (neither); found {polarity!r}."
        raise ComparisonError(message)
    scale = entry.multiplier if entry is not None else PER_CENT if kind in COUNTED else 1.0
    summed = {"numerator", "denominator"} <= set(frame.columns) and kind != "count"
    per = float(per or scale) if summed else 1.0
    return Measure(entry=entry, kind=cast(Kind, kind), per=per, polarity=int(polarity), summed=summed)


def prepare_measure(
    frame: pd.DataFrame,
    rings: pd.DataFrame,
    *,
    kind: str | None,
    per: float | None,
    polarity: int | None,
) -> tuple[Measure, pd.DataFrame]:
    """Measure and checked values of every period: ``rate`` on the natural scale, ``reason`` where there is none.

    Parameters
    ----------
    frame : result of ``ok.indicator``, or ``kommune, period`` and ``numerator, denominator`` or ``value``; rows that
        differ only in their interval (several levels) count once.
    rings : ``kommune, ring`` by key or name; its status (`ring_rule.ring_status`) is carried by every unit; or
        ``kommune, neighbour`` with its ``status``, the result of `neighbours.nearest`.
    kind, per, polarity : in place of what the catalogue says; kind and polarity are needed where the frame names no
        ``indicator``.

    Returns
    -------
    (Measure, DataFrame)
        ``kommune, period, numerator, denominator, rate, reason, status, note, n_months, ring, ring_status``; a unit in
        no ring has the ring ``""`` and no status of it. Without ``n_months`` a year has twelve and a month is one.

    Raises
    ------
    ComparisonError
        Kind or polarity neither in the catalogue nor given; parts of a stock quota that are sums over months; rings
        that are malformed, or of nobody in the frame.
    """
    frame = plain(frame)
    measure = measure_of(frame, kind=kind, per=per, polarity=polarity)
    values = without_intervals(frame)
    columns = {"counts": ["numerator", "denominator"]} if measure.summed else {"numbers": ["value"]}
    table = by_period(values, **columns)
    if measure.summed:
        if measure.kind == "stock_quota":
            _require_mean_stocks(table, measure.entry)
            require_within(table[KEY], table["numerator"], table["denominator"], "kind='event_rate'")
        table["reason"] = reasons(table, ["numerator", "denominator"], exposure="denominator")
        table["rate"] = table["numerator"] / table["denominator"].mask(table["reason"] != "")
    else:
        table["reason"] = reasons(table, ["value"])
        table = table.assign(rate=table["value"], numerator=np.nan, denominator=np.nan)
    lost = (table["reason"] != "").to_numpy()
    table["note"] = table["note"].fillna("").where(~lost, "").astype("str") if "note" in table else ""
    if "n_months" not in table:
        table["n_months"] = np.where(is_month(table), 1, MONTHS)
    assigned, units = _assigned(rings, table[KEY]), table[KEY].tolist()
    for at, column in enumerate(("ring", "ring_status")):
        table[column] = pd.array([assigned.get(unit, ("", ""))[at] for unit in units], dtype="str")
    table["status"] = worst(table["status"], table["ring_status"].where(table["ring"] != "", table["status"]))
    if lost.any():  # a value that cannot be computed is missing, whatever its parts are worth
        table["status"] = missing_where(table["status"], lost)
    return measure, table[_KEPT]


def without_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """The values of a table, once each where it has several levels, without the columns of its interval.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": "M01", "value": 3.0, "lower": [2.0, 1.0], "level": [0.95, 0.998]})
    >>> without_intervals(frame).to_dict("list")
    {'kommune': ['M01'], 'value': [3.0]}
    """
    several = "level" in frame.columns and len(frame["level"].unique()) > 1
    of_interval = [c for c in RESULT_COLUMNS if c != "value" and c in frame.columns]
    frame = frame.drop(columns=of_interval) if of_interval else frame
    return frame.drop_duplicates() if several else frame


def of_period(table: pd.DataFrame, period: str | int | None) -> pd.DataFrame:
    """Rows of one period, the latest if None."""
    chosen = chosen_period(period, table["period"], "the frame", ComparisonError)
    units = table[table["period"] == chosen]
    in_order = units[KEY].is_monotonic_increasing
    return units.reset_index(drop=True) if in_order else units.sort_values(KEY, ignore_index=True)


def is_month(table: pd.DataFrame) -> pd.Series:
    """Which rows are of a month, not of a year."""
    return table["period"].str.fullmatch(r"\d{4}-\d{2}")


def same_ring(units: pd.DataFrame, rings: pd.DataFrame) -> NDArray[np.bool_]:
    """Who of the columns is in the ring of the unit of the row and has a value, shape (n, n).

    With neighbours for rings the unit itself and its neighbours are, whosever neighbour it is.
    """
    if "neighbour" in rings:
        place = pd.Series(np.arange(len(units)), index=units[KEY])
        own, near = rings[KEY].map(place), rings["neighbour"].map(place)
        there = own.notna() & near.notna()
        same = np.diag((units["ring"] != "").to_numpy())
        same[own[there].to_numpy(dtype=int), near[there].to_numpy(dtype=int)] = True
    else:
        ring = units["ring"].to_numpy()
        same = (ring[:, None] == ring) & (ring != "")
    return same & units["rate"].notna().to_numpy()


def joined(first: pd.Series, *others: pd.Series | NDArray[np.str_] | str) -> pd.Series:
    """Notes of a row in one text; empty ones leave no trace.

    Examples
    --------
    >>> joined(pd.Series(["", "a"]), pd.Series(["b", "b"]), "").tolist()
    ['b', 'a; b']
    """
    notes = [len(first) * [one] if isinstance(one, str) else one.tolist() for one in (first, *others)]
    return pd.Series(joined_notes(*notes), index=first.index, dtype="str")


def _require_mean_stocks(table: pd.DataFrame, entry: catalogue.Indicator | None) -> None:
    """Refuse a quota of stocks whose parts can be seen to be sums over months: its interval would be √12 too narrow."""
    rule = "Parts of a stock quota are mean stocks, never sums over months: the same persons are seen again each month"
    if entry is not None and entry.kind in ("event_rate", "cost") and (table.get("n_months", pd.Series()) > 1).any():
        message = f"{rule}; the parts of {entry.name} are such sums. Leave kind out, or pass mean stocks."
        raise ComparisonError(message)
    months, year = table[is_month(table)], table["period"].str[:4]
    added = months.groupby([KEY, year])["denominator"].agg(["sum", "size"]).rename_axis([KEY, "period"])
    years = table.merge(added[added["size"] > 1].reset_index(), on=[KEY, "period"])
    summed = years[np.isclose(years["denominator"], years["sum"]) & (years["sum"] > 0)]
    if len(summed):
        first = summed.iloc[0]
        message = (
            f"{rule}; that of {first[KEY]} in {first['period']} is the sum of its {first['size']} months, "
            f"{first['denominator']:g}. Divide by the number of months."
        )
        raise ComparisonError(message)


def _assigned(rings: pd.DataFrame, units: pd.Series) -> dict[str, tuple[str, str]]:
    """Ring and its status of each key; refused where they are of nobody in the frame."""
    if "neighbour" in rings:
        worst_among = worst_by(neighbours_by_key(rings), [KEY], "status")
        return {str(key): (NEAREST, status) for key, status in worst_among.items()}
    known, keys = rings_by_key(rings), keys_of(rings[KEY])
    if len(units) and not units.isin(keys).any():
        message = (
            f"Rings are those of the units compared; found rings of {', '.join(keys[:3]) or 'nobody'} … and "
            f"units {', '.join(units.drop_duplicates().head(3))} …, none in both. Pass the rings of these units."
        )
        raise ComparisonError(message)
    return {key: (ring, status) for key, ring, status in known.itertuples(index=False)}


Best = Literal["high", "low"] | int

_SIGNS: dict[str | int, int] = {"high": 1, "low": -1, 1: 1, -1: -1}


def sign_of(best: Best) -> int:
    """1 if high is best, -1 if low is: from a word or from the polarity of the catalogue.

    Raises
    ------
    ComparisonError
        Another word, or polarity 0.

    Examples
    --------
    >>> sign_of("high"), sign_of("low"), sign_of(-1)
    (1, -1, -1)
    """
    if best not in _SIGNS:
        message = (
            f"An order needs a best end: 'high' (+1) or 'low' (-1); found {best!r}. Where neither high nor low is good "
            "(polarity 0), choose one and say so: polarity=1 or polarity=-1."
        )
        raise ComparisonError(message)
    return _SIGNS[best]
