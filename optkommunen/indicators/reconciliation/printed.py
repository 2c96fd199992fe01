"""Printed figures: one as an object with its period read, all of them as a look-up, and what a comparison found."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from optkommunen.values import REFERENCE

HEDGE_PCT = 2.5
"""What 'about' and 'just under' leave open: a count given in two digits is off by up to 5 %, half of it on average."""


@dataclass(frozen=True)
class Figure:
    """One printed figure; the period is read as months, so that 2008-12 and 2008-12-31 are the same month."""

    figure_id: str
    scope: str
    kommune: str
    name: str
    indicator: str
    period: str
    value: float
    approximate: bool
    note: str

    @property
    def unit(self) -> tuple[str, str]:
        """Whom the figure is about."""
        return self.scope, self.kommune or self.name

    @property
    def key(self) -> str:
        """Key under which the official leg knows it; empty if it does not."""
        return {"DE": REFERENCE, "municipality": self.kommune}.get(self.scope, "")

    @property
    def span(self) -> tuple[int, int]:
        """First and last month, counted from year 0.

        Examples
        --------
        >>> make = lambda period: Figure("", "DE", "", "", "ehb", period, 1.0, False, "")
        >>> [last - first + 1 for first, last in (make(p).span for p in ("2008", "2008-12-31", "2008-01/2008-10"))]
        [12, 1, 10]
        """
        first, _, last = self.period.partition("/")
        return _month(first, 1), _month(last or first, 12)

    @property
    def months(self) -> int:
        """Number of months covered."""
        return self.span[1] - self.span[0] + 1

    @property
    def year(self) -> str:
        """Calendar year that holds the whole period, else empty."""
        first, last = (month // 12 for month in self.span)
        return str(first) if first == last else ""

    @property
    def month(self) -> int:
        """Calendar month 1–12 of a figure for one month, else 0."""
        return self.span[0] % 12 + 1 if self.months == 1 else 0

    @property
    def is_mean(self) -> bool:
        """Whether the note calls it the mean of its year."""
        return self.months == 12 and re.search(r"\bmean\b", self.note) is not None

    @property
    def derivation(self) -> str:
        """What the note says it was made of, where it was not counted; else empty.

        Examples
        --------
        >>> make = lambda note: Figure("", "DE", "", "", "ehb", "2008", 1.0, False, note)
        >>> make("derived: 1,434 in 2009 less 58; all residents").derivation, make("all residents").derivation
        ('derived: 1,434 in 2009 less 58', '')
        """
        match = re.search(r"\b(?:derived|expected final value)\b[^;]*", self.note)
        return match[0] if match else ""

    @property
    def rounding_pct(self) -> float:
        """What the print leaves open, in % of the value: half a unit of the last digit, or the hedge if that is more.

        Examples
        --------
        >>> round(Figure("", "DE", "", "", "rate", "2008", 12.5, False, "").rounding_pct, 3)
        0.4
        """
        decimals = len(f"{self.value:.10g}".partition(".")[2])
        return max(50 * 10**-decimals / abs(self.value), HEDGE_PCT if self.approximate else 0)


def _month(text: str, default: int) -> int:
    year, month = text[:4], text[5:7]
    return 12 * int(year) + int(month or default) - 1


@dataclass(frozen=True)
class Comparison:
    """What a rule found for one figure: the value to set beside it, how it came about, what to blame if it is off.

    ``independent`` is False where one of the two was made of the other: their agreement tests nothing.
    """

    kind: str
    bridged: float
    status: str
    bridge: str = ""
    official: float = math.nan
    because: str = ""
    notes: tuple[str, ...] = ()
    rounding_pct: float = 0.0
    independent: bool = True


class Printed:
    """Look-up of printed figures by unit and indicator, in the order of the table."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._by_unit: dict[tuple[tuple[str, str], str], list[Figure]] = defaultdict(list)
        for figure in figures:
            self._by_unit[figure.unit, figure.indicator].append(figure)

    def of(self, figure: Figure, indicator: str) -> list[Figure]:
        """Figures of the same unit; the figure itself and printed zeros are left out."""
        found = self._by_unit.get((figure.unit, indicator), [])
        return [other for other in found if other.figure_id != figure.figure_id and other.value]
