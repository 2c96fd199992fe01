"""The generator: a frozen parameter object that is called and returns one set of Musterkommunen."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.errors import OptkommunenError
from optkommunen.synthetic import monthly_returns, service_provision, truth
from optkommunen.synthetic.monthly_returns import MONTHS
from optkommunen.synthetic.places import (
    ContextMoments,
    N,
    Places,
    context_moments,
    draw_places,
    pressure,
    primary,
    units_frame,
)
from optkommunen.synthetic.service_provision import SERVICES
from optkommunen.values import KEY, SYNTHETIC_KEYS

FRACTIONS = ("staff_total", "staff_integration", "staff_u25", "waiting_days", "municipal_share")
"""Columns of returns that are no whole numbers."""


@dataclass(frozen=True)
class Effects:
    """Effects on the logarithm of the integration rate of the next year.

    Two services help, three do not; shorter waiting helps. As the five coverages are exchangeable given the context,
    the coefficient of their unweighted mean is the sum of the five.

    Parameters
    ----------
    childcare, care, debt, psychosocial, addiction : per unit of coverage (from nobody to everybody with need).
    waiting : per day of the mean of the five median waiting times.

    Examples
    --------
    >>> Effects().index, Effects.none().index
    (0.7, 0.0)
    """

    childcare: float = 0.4
    care: float = 0.0
    debt: float = 0.3
    psychosocial: float = 0.0
    addiction: float = 0.0
    waiting: float = -0.006

    @classmethod
    def none(cls) -> Effects:
        """No service and no waiting time has an effect: the null hypothesis of a size study."""
        return cls(childcare=0.0, debt=0.0, waiting=0.0)

    @property
    def services(self) -> tuple[float, ...]:
        """Effects of the five coverages, in the order of `SERVICES`."""
        return tuple(getattr(self, name) for name in SERVICES)

    @property
    def index(self) -> float:
        """Effect of the provision index: sum over the five services."""
        return sum(self.services)


@dataclass(frozen=True, eq=False)
class Synthetic:
    """One set of Musterkommunen; every row has the status ``synthetic``.

    Attributes
    ----------
    monthly : DataFrame, shape (2484, 14), January 2006 to December 2008.
    annual : DataFrame, shape (207, 10), 2006 to 2008.
    services : DataFrame, shape (1380, 12), five services, 2005 to 2008: each outcome year has the year before.
    units : DataFrame, shape (69, 20).
    truth : dict of plain values with sorted keys; see `optkommunen.synthetic.truth`.
    """

    monthly: pd.DataFrame = field(repr=False)
    annual: pd.DataFrame = field(repr=False)
    services: pd.DataFrame = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    truth: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Generator:
    """Draw one set of Musterkommunen.

    ``ln rate = ln(12 × 0.0232) + year + Σ effect × (coverage − ½) + waiting × (days − 21) + context + Land +
    persistent + transient``, Eingliederungen of the year ~ Poisson(mean eHb × rate); coverage and waiting time are
    those of the year before. The rate that lasts is the same without what passes with the year: the transient part,
    and the year's own deviation of coverage and waiting time. Need, coverage and waiting time rise with a linear index
    of the four primary context variables, which lower the rate: offer follows demand. So a model of coverage and
    waiting time alone finds too little, and the primary model finds the truth (methods: parameter recovery).

    Parameters
    ----------
    seed : of all random numbers. The same seed gives the same places, stocks and needs in every scenario and for all
        effects.
    scenario : ``complete``; ``own_need`` (need with a part of its own that no control measures) or
        ``under_recording`` (served persons recorded incompletely). In the last two the adjusted model must fail.
    effects : what helps, and how much.
    moments : ring means and covariance of the context; those of the real figures of 2007 if None.

    Raises
    ------
    OptkommunenError
        Unknown scenario; the message lists the known ones.

    Examples
    --------
    >>> first, again = Generator(seed=1)(), Generator(seed=1)()
    >>> first.monthly.equals(again.monthly), first.truth == again.truth
    (True, True)
    >>> set(first.units["status"])
    {'synthetic'}
    """

    seed: int
    scenario: str = "complete"
    effects: Effects = Effects()
    moments: ContextMoments | None = None

    def __post_init__(self) -> None:
        if self.scenario not in truth.SCENARIOS:
            known = ", ".join(truth.SCENARIOS)
            message = f"A scenario must be one of {known}; found {self.scenario!r}. Choose one of these."
            raise OptkommunenError(message)

    def __call__(self) -> Synthetic:
        """Draw the set: a few milliseconds, so that a study may draw thousands."""
        streams = np.random.default_rng(self.seed).spawn(6)
        places = draw_places(streams[0], context_moments() if self.moments is None else self.moments)
        stock = monthly_returns.draw_stock(streams[1])
        parts = self._parts(streams[2])
        provision = service_provision.draw_provision(
            streams[3], stock.annual, pressure(places.context), parts["own_need"], parts["recording"]
        )
        of_provision = self._log_rate(places, parts, provision.coverage, provision.waiting)
        rate = np.exp(of_provision + parts["transient"])
        lasting = np.exp(self._log_rate(places, parts, provision.lasting_coverage, provision.lasting_waiting))
        integrations = monthly_returns.draw_integrations(streams[4], stock, rate)
        monthly = monthly_returns.monthly_columns(streams[5], stock, integrations)
        annual = monthly_returns.annual_columns(streams[5], stock, monthly)
        return Synthetic(
            _table(monthly, MONTHS),
            _table(annual, monthly_returns.YEARS),
            _table(service_provision.service_columns(provision), service_provision.YEARS, SERVICES),
            units_frame(places),
            truth.record(
                self.seed,
                self.scenario,
                dataclasses.asdict(self.effects),
                places.keys,
                parts,
                rate,
                lasting.mean(axis=1),
                stock.annual[:, 1:],
            ),
        )

    def _parts(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw what belongs to a municipality or a Land and to no variable; all streams advance in every scenario."""
        persistent, transient = rng.standard_normal(N), rng.standard_normal((N, 3))
        land, own_need, recording = rng.standard_normal(13), rng.standard_normal(N), rng.random(N)
        hidden, complete = self.scenario == "own_need", self.scenario != "under_recording"
        return {
            "persistent": truth.SD_PERSISTENT * persistent,
            "transient": truth.SD_TRANSIENT * transient,
            "land": truth.SD_LAND * land,
            "own_need": own_need * hidden,
            "recording": np.ones(N) if complete else 1 - (1 - service_provision.LEAST_RECORDED) * recording,
        }

    def _log_rate(
        self, places: Places, parts: dict[str, np.ndarray], coverage: np.ndarray, waiting: np.ndarray
    ) -> np.ndarray:
        """Logarithm of the rate per eHb and year, without its transient part, shape (69, 3)."""
        coverage, waiting = coverage[:, :3], waiting[:, :3].mean(axis=2)
        of_unit = (
            primary(places.context) @ truth.CONTEXT_EFFECTS
            + parts["land"][places.land]
            + parts["persistent"]
            + truth.OWN_NEED_EFFECT * parts["own_need"]
        )
        return (
            np.log(12 * truth.RATE_PER_MONTH)
            + np.array(truth.YEAR_EFFECTS)
            + (coverage - truth.COVERAGE_CENTRE) @ np.array(self.effects.services)
            + self.effects.waiting * (waiting - truth.WAITING_CENTRE)
            + of_unit[:, None]
        )


def _table(columns: dict[str, np.ndarray], periods: tuple[object, ...], services: tuple[str, ...] = ()) -> pd.DataFrame:
    """One tidy table from columns of shape (69, periods[, services]); what is counted is in whole numbers."""
    flat = {name: values.ravel() for name, values in columns.items()}
    whole = {n: v.astype("int64") for n, v in flat.items() if n not in FRACTIONS and v.dtype.kind != "U"}
    return pd.DataFrame({**_labels(periods, services), **flat, **whole, "status": "synthetic"}, copy=False)


@functools.cache
def _labels(periods: tuple[object, ...], services: tuple[str, ...]) -> dict[str, pd.Series]:
    """Key columns of a table, made once: the same in every set."""
    axes = {KEY: SYNTHETIC_KEYS, "period": list(map(str, periods)), "service": services}
    axes = {name: axis for name, axis in axes.items() if axis}
    index = pd.MultiIndex.from_product(list(axes.values()), names=list(axes))
    return {name: pd.Series(index.get_level_values(name), dtype="str") for name in axes}
