"""What the numbers of a comparison are: kind, scale, the direction that is good; and who is in which ring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optkommunen import catalogue
from optkommunen.comparison.gate import reasons, require_within
from optkommunen.comparison.variance import by_period
from optkommunen.errors import ComparisonError
from optkommunen.indicators.reported import MONTHS
from optkommunen.values import KEY, RESULT_COLUMNS, chosen_period, missing_where, worst

COUNTED = ("event_rate", "stock_quota")
"""Kinds whose value chance moves; all others are full counts without an interval."""


NO_RING = "in no ring"


@dataclass(frozen=True)
class Measure:
    """One indicator as a comparison needs it.

    Parameters
    ----------
    kind : as in the catalogue; ``event_rate`` and ``stock_quota`` have an interval.
    per : the value is per so many.
    polarity : +1 high is good, -1 high is bad, 0 neither.
    summed : whether values come with numerator and denominator, so that a group is a sum over a sum.
    numerator : name of what the numerator counts.
    """

    kind: str
    per: float
    polarity: int
    summed: bool
    numerator: str = "events"

    @property
    def counted(self) -> bool:
        """Whether the value is one that chance moves and whose parts are known: it has an interval."""
        return self.summed and self.kind in COUNTED


def measured(
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
    rings : ``kommune, ring``; its ``status``, if there is one, is carried by every unit.
    kind, per, polarity : in place of what the catalogue says; needed where the frame names no ``indicator``.

    Returns
    -------
    (Measure, DataFrame)
        ``kommune, period, numerator, denominator, rate, reason, status, note, n_months, ring``; a unit in no ring has
        the ring ``""``.
    """
    measure = _measure(frame, kind, per, polarity)
    values = frame.drop(columns=[c for c in RESULT_COLUMNS if c != "value" and c in frame.columns]).drop_duplicates()
    columns = {"counts": ["numerator", "denominator"]} if measure.summed else {"numbers": ["value"]}
    table = by_period(values, **columns)
    if measure.summed:
        if measure.kind == "stock_quota":
            require_within(table[KEY], table["numerator"], table["denominator"], "kind='event_rate'")
        table["reason"] = reasons(table, ["numerator", "denominator"], exposure="denominator")
        table["rate"] = table["numerator"] / table["denominator"].mask(table["reason"] != "")
    else:
        table["reason"] = reasons(table, ["value"])
        table = table.assign(rate=table["value"], numerator=np.nan, denominator=np.nan)
    table["note"] = table["note"].fillna("").astype("str").mask(table["reason"] != "", "") if "note" in table else ""
    table["n_months"] = table.get("n_months", MONTHS)
    assigned = _assigned(rings)
    table["ring"] = table[KEY].map(assigned["ring"]).fillna("")
    if "status" in assigned:
        table["status"] = worst(table["status"], table[KEY].map(assigned["status"]).fillna(table["status"]))
    # a value that cannot be computed is missing, whatever its parts are worth
    table["status"] = missing_where(table["status"], table["reason"] != "")
    keep = [KEY, "period", "numerator", "denominator", "rate", "reason", "status", "note", "n_months", "ring"]
    return measure, table[keep]


def of_period(table: pd.DataFrame, period: str | int | None) -> pd.DataFrame:
    """Rows of one period, the latest if None."""
    chosen = chosen_period(period, table["period"], "the frame", ComparisonError)
    return table[table["period"] == chosen].sort_values(KEY, ignore_index=True)


def same_ring(units: pd.DataFrame) -> NDArray[np.bool_]:
    """Who of the columns is in the ring of the unit of the row and has a value, shape (n, n)."""
    ring = units["ring"].to_numpy()
    return (ring[:, None] == ring) & (ring != "") & units["rate"].notna().to_numpy()


def joined(first: pd.Series, *others: pd.Series | NDArray[np.str_] | str) -> pd.Series:
    """Notes of a row in one text; empty ones leave no trace.

    Examples
    --------
    >>> joined(pd.Series(["", "a"]), pd.Series(["b", "b"]), "").tolist()
    ['b', 'a; b']
    """
    columns = pd.DataFrame({0: first, **{i: other for i, other in enumerate(others, 1)}})
    return pd.Series(["; ".join(filter(None, row)) for row in columns.to_numpy()], index=first.index, dtype="str")


def _measure(frame: pd.DataFrame, kind: str | None, per: float | None, polarity: int | None) -> Measure:
    named = list(frame["indicator"].unique()) if "indicator" in frame.columns else []
    if len(named) > 1:
        message = f"One indicator is compared at a time; found {', '.join(map(str, named))}. Select one."
        raise ComparisonError(message)
    entry = catalogue.indicator(str(named[0])) if named else None
    if polarity is None and entry is None:
        message = (
            "Better or worse needs a direction: the frame names no indicator of the catalogue and no polarity is "
            "given. Pass polarity=1 (high is good), -1 (high is bad) or 0 (neither)."
        )
        raise ComparisonError(message)
    direction = entry.polarity if polarity is None and entry is not None else polarity
    if direction not in (-1, 0, 1):
        message = f"A polarity is 1 (high is good), -1 (high is bad) or 0 (neither); found {direction!r}."
        raise ComparisonError(message)
    kinds = sorted({known.kind for known in catalogue.entries()})
    if kind not in (None, *kinds):
        message = f"A kind is one of {', '.join(kinds)}; found {kind!r}. Leave it out where the catalogue has it."
        raise ComparisonError(message)
    kind = kind or (entry.kind if entry is not None else "event_rate")
    parts = {"numerator", "denominator"} <= set(frame.columns) and kind != "count"
    scale = per or (entry.multiplier if entry is not None else 100.0)
    counted = entry.numerator if entry is not None and entry.numerator else "events"
    return Measure(kind, float(scale) if parts else 1.0, int(direction), parts, counted)


def _assigned(rings: pd.DataFrame) -> pd.DataFrame:
    """Rings by key, empty ones left out."""
    absent = [column for column in (KEY, "ring") if column not in rings.columns]
    if absent:
        message = f"Rings are a frame of {KEY} and ring; not found: {', '.join(absent)}. Rename the column of groups."
        raise ComparisonError(message)
    twice = rings.loc[rings[KEY].duplicated(), KEY]
    if len(twice):
        message = f"A unit belongs to one ring; more than once here: {', '.join(map(str, twice))}. Keep one."
        raise ComparisonError(message)
    known = rings[rings["ring"].notna() & (rings["ring"].astype("str").str.strip() != "")]
    return known.set_index(KEY)
