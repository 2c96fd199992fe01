"""Funnel: which municipalities are unusual, given their size and given how much all of them vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from optkommunen.comparison import dispersion
from optkommunen.comparison.dispersion import FORMS, Kind, Overdispersion, Variant, limits, suffix
from optkommunen.comparison.gate import carried_status, reasons, require_within, validate_units
from optkommunen.comparison.position import NOT_ASSESSED
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.intervals import checked_per, levels_of
from optkommunen.values import KEY, RESULT_COLUMNS, missing_where
from optkommunen.words import Note

FEWEST_UNITS = 3
TRIM = 0.1

FEWEST_SURE = 30
FEW = Note("φ and τ are uncertain: fewer than {n} units", n=FEWEST_SURE)

UNIT_COLUMNS = [
    KEY, *RESULT_COLUMNS, "flag", "label",
    "lower_multiplicative", "upper_multiplicative", "flag_multiplicative", "lower_naive", "upper_naive", "flag_naive",
    "events", "exposure", "expected", "z", "status", "note",
]  # fmt: skip


@dataclass(frozen=True)
class Funnel:
    """Funnel around the rate of all, called with a frame.

    Primary are the additive limits ``θ0 ∓ z √(s² + τ²)``, shifted by the skewness of counts: true values differ, in all
    sizes alike. Multiplicative and naive ones stand beside them, see `optkommunen.comparison.dispersion.limits` and
    `limits_at`. They say where a new value of a unit of that size would lie; they are no confidence interval of the
    unit. φ and τ are estimated over all units of the frame: call it with the 69, never with a ring of ten.

    Parameters
    ----------
    levels : coverage of the limits.
    variant : how φ is protected against the outliers that it should find, see
        `optkommunen.comparison.dispersion.overdispersion`. None of them flags exactly the nominal share; the summary
        says what each flags where nothing is to be found.
    kind : ``rate`` (events, Poisson) or ``proportion`` (persons among the same persons).
    trim : share of the units that is pulled in at each end.
    per : values and limits are per so many.
    polarity : +1 high is good, -1 high is bad, 0 neither.
    events, exposure : columns of the frame.

    References
    ----------
    Spiegelhalter 2005a, 2005b; Verburg et al. 2018; Cornish & Fisher 1938 (skewness).

    Examples
    --------
    A municipality is judged by its size: 40 of 100 is unusual where 4 of 10 is not.

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04", "M05"], "events": [200, 190, 210, 40, 4],
    ...                       "exposure": [1000, 1000, 1000, 100, 10]})
    >>> Funnel(levels=(0.95,))(frame).units["flag_naive"].tolist()
    ['inside', 'inside', 'inside', 'high', 'inside']
    """

    levels: tuple[float, ...] = (0.95, 0.998)
    variant: Variant = "corrected"
    kind: Kind = "rate"
    trim: float = TRIM
    per: float = 100.0
    polarity: int = 0
    events: str = "events"
    exposure: str = "exposure"

    def __post_init__(self) -> None:
        allowed = {"variant": get_args(Variant), "kind": get_args(Kind), "polarity": (-1, 0, 1)}
        for name, words in allowed.items():
            if getattr(self, name) not in words:
                found = getattr(self, name)
                message = f"The {name} of a funnel is one of {words}; found {found!r}. Choose one of them."
                raise ComparisonError(message)
        if not self._levels:
            message = "A funnel is made of limits, so it needs levels; found None. Give some, e.g. (0.95, 0.998)."
            raise ComparisonError(message)
        checked_per(self.per)
        dispersion.winsorised_variance(self.trim)

    @property
    def _levels(self) -> tuple[float, ...]:
        return tuple(level for level in levels_of(self.levels) if level is not None)

    def __call__(self, frame: pd.DataFrame) -> FunnelResult:
        """Funnel of one period.

        Parameters
        ----------
        frame : ``kommune`` and the columns of events and exposure, one row for each municipality; ``status``.

        Raises
        ------
        ComparisonError, ForeignUnitError
            As the gate of every comparison; fewer than three units with a value; no event at all; a share of all of
            1; a part larger than its whole.
        """
        rows = validate_units(frame, counts=[self.events, self.exposure]).sort_values(KEY, ignore_index=True)
        note = reasons(rows, [self.events, self.exposure], exposure=self.exposure)
        known = note == ""
        units = pd.DataFrame({KEY: rows[KEY], "events": rows[self.events], "exposure": rows[self.exposure]})
        self._check(units[known])
        o, e = units["events"].where(known), units["exposure"].where(known)
        found = dispersion.overdispersion(o[known], e[known], self.kind, self.variant, self.trim)
        status = carried_status(rows["status"], known.to_numpy())
        units = units.assign(
            rate=o / e, value=self.per * o / e, expected=found.theta0 * e,
            z=(o / e - found.theta0) / dispersion.standard_error(found.theta0, e, self.kind),
            status=missing_where(status, ~known), note=note,
        )  # fmt: skip
        long = pd.concat([self._judged(units, found, level) for level in self._levels])
        long = long.sort_values(KEY, kind="stable", ignore_index=True)[UNIT_COLUMNS]
        alarms = dispersion.flagged_without_outliers(found, e[known], self._levels, self.kind, self.variant, self.trim)
        return FunnelResult(long, self._summary(long, found, alarms), self, found)

    def _check(self, units: pd.DataFrame) -> None:
        o, e = units["events"], units["exposure"]
        if len(units) < FEWEST_UNITS:
            message = (
                f"A funnel needs {FEWEST_UNITS} units with events and exposure, better all of them; found "
                f"{len(units)}. Fill in the values or choose another period."
            )
            raise TooFewUnitsError(message)
        if self.kind == "proportion":
            require_within(units[KEY], o, e, "kind='rate'")
        if o.sum() == 0 or (self.kind == "proportion" and o.sum() == e.sum()):
            message = (
                f"A funnel needs a centre that chance can move away from; found {o.sum():g} events in {e.sum():g}. "
                "There is nothing to compare."
            )
            raise TooFewUnitsError(message)

    def _judged(self, units: pd.DataFrame, found: Overdispersion, level: float) -> pd.DataFrame:
        """Limits and flags at one level."""
        known = units["rate"].notna()
        bounds = limits(found, units.loc[known, "exposure"], level, self.kind).set_axis(units.index[known])
        bounds = bounds.reindex(units.index)
        out = units.assign(level=level, method=np.where(known, "funnel_additive", "none"), **(self.per * bounds))
        for form in FORMS:
            low = units["rate"] < bounds[f"lower{suffix(form)}"]
            high = units["rate"] > bounds[f"upper{suffix(form)}"]
            out[f"flag{suffix(form)}"] = np.select([~known, low, high], [NOT_ASSESSED, "low", "high"], "inside")
        words = {1: ("better", "worse"), -1: ("worse", "better"), 0: ("", "")}[self.polarity]
        out["label"] = np.select([out["flag"] == "high", out["flag"] == "low"], words, "")
        return out

    def _summary(self, long: pd.DataFrame, found: Overdispersion, alarms: list[float]) -> pd.DataFrame:
        rows = []
        for level, alarm in zip(self._levels, alarms, strict=True):
            units = long[(long["level"] == level) & (long["method"] != "none")]
            outside = {f"outside_{form}": int((units[f"flag{suffix(form)}"] != "inside").sum()) for form in FORMS}
            rows.append({
                "level": level, "n": len(units), "variant": self.variant, "theta0": self.per * found.theta0,
                "phi": found.phi, "tau": self.per * np.sqrt(found.tau2), "x2": found.x2, "df": found.df, "p": found.p,
                **outside, "flagged_without_outliers": alarm, "status": units["status"].iloc[0],
                "note": FEW if len(units) < FEWEST_SURE else "",
            })  # fmt: skip
        return pd.DataFrame(rows)


class FunnelResult(NamedTuple):
    """A funnel: its units, its parameters, and its limits over any exposure.

    Attributes
    ----------
    units : DataFrame, columns `UNIT_COLUMNS`
        One row for each municipality and level, sorted by key. ``lower, upper`` are the additive limits around θ0;
        ``flag``: inside, low, high, or not assessed with the reason in ``note``; ``label``: better or worse for the
        flagged, empty for the others and with polarity 0. The status of all that enter θ0 is carried by each.
    summary : DataFrame
        For each level ``n, variant, theta0, phi, tau, x2, df, p`` (Pearson's test of excess variation), how many lie
        ``outside_naive`` and, with τ or φ, ``outside_additive, outside_multiplicative``; ``flagged_without_outliers``:
        the share outside where there is none to find, simulated for this θ0 and τ² and these exposures
        (`dispersion.flagged_without_outliers`). ``note``: that φ and τ are uncertain, with fewer than `FEWEST_SURE`
        units.
    funnel, found : what it was made with, and θ0, φ, τ² on the natural scale.
    """

    units: pd.DataFrame
    summary: pd.DataFrame
    funnel: Funnel
    found: Overdispersion

    def limits(self, grid: ArrayLike) -> pd.DataFrame:
        """Limits over a grid of exposures, for smooth curves.

        Parameters
        ----------
        grid : positive exposures.

        Returns
        -------
        DataFrame
            ``level, exposure, centre, lower, upper`` (additive), then the other forms as in `units`; sorted by level
            and exposure.
        """
        exposure, per = np.sort(np.asarray(grid, dtype=float)), self.funnel.per
        tables = [
            pd.DataFrame({"level": level, "exposure": exposure, "centre": per * self.found.theta0}).join(
                per * limits(self.found, exposure, level, self.funnel.kind)
            )
            for level in self.funnel._levels
        ]
        return pd.concat(tables, ignore_index=True)
