"""The five flankierende Leistungen of the Musterkommunen: need, provision, waiting time and what is recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optkommunen.indicators.services import SERVICES as SERVICES
from optkommunen.synthetic.places import N

YEARS = (2005, 2006, 2007, 2008)
OFFERS = ("own", "contracted", "both")

# Persons with identified need per eHb. National estimates of 2012 are higher (25 % debt, 20 % psychosocial, 10 %
# addiction): what an office identifies is less. With a coverage near one half about 7 of 100 eHb are served, as in
# the one place where all services were counted (2007).
NEED_SHARE = np.array([0.027, 0.008, 0.045, 0.032, 0.017])
NEED_PRESSURE = 0.20
NEED_SD = 0.15
NEED_SD_YEAR = 0.05

# Coverage = served / need. Linear in its parts, so that the five are exchangeable given the context and the index of
# all five carries the sum of their effects.
COVERAGE = np.array([0.50, 0.44, 0.47, 0.48, 0.54])
COVERAGE_PRESSURE = 0.055  # offer follows demand: where conditions are hard, more was built up
COVERAGE_TREND = 0.01
COVERAGE_SD = 0.04  # of a municipality, all services alike
COVERAGE_SD_SERVICE = 0.06  # of a service in a municipality
COVERAGE_SD_YEAR = 0.055  # from year to year, all services alike
COVERAGE_SD_SERVICE_YEAR = 0.045
COVERAGE_LIMITS = (0.03, 0.97)

# Median days from the request to the first appointment; three weeks were called short in 2009.
WAITING = np.array([25.0, 14.0, 28.0, 24.0, 15.0])
WAITING_PRESSURE = 2.5
WAITING_COVERAGE = -30.0  # who is well staffed lets nobody wait
WAITING_SD = 3.0
WAITING_SD_SERVICE = 4.0
WAITING_SD_YEAR = 2.0
WAITING_SD_SERVICE_YEAR = 3.0

COST_PER_PERSON = np.array([900.0, 350.0, 550.0, 800.0, 650.0])  # euros; debt: 230,000 € a year in one Kreis (2009)
OWN_NEED_COVERAGE = 0.05
OWN_NEED_NEED = 0.20
LEAST_RECORDED = 0.35


@dataclass(frozen=True, eq=False)
class Provision:
    """Services of each municipality, year and service: arrays of shape (69, 4, 5).

    ``served`` is what happened; ``recorded`` is what the case system knows and the return says. ``lasting_coverage``
    and ``lasting_waiting`` are coverage and days without what passes with the year: the year's own deviation, and the
    rounding to whole persons and days.
    """

    offer: np.ndarray
    need: np.ndarray
    served: np.ndarray
    recorded: np.ndarray
    waiting: np.ndarray
    in_einv: np.ndarray
    spending: np.ndarray
    municipal_share: np.ndarray
    lasting_coverage: np.ndarray
    lasting_waiting: np.ndarray

    @property
    def coverage(self) -> np.ndarray:
        """Share of the identified need that was met, shape (69, 4, 5)."""
        return self.served / self.need


def draw_provision(
    rng: np.random.Generator,
    ehb: np.ndarray,
    pressure: np.ndarray,
    own_need: np.ndarray,
    recording: np.ndarray,
) -> Provision:
    """Draw need, then provision that follows it.

    Parameters
    ----------
    rng : random stream.
    ehb : mean eHb of 2005 to 2008, shape (69, 4).
    pressure : conditions that raise need, shape (69,); linear in the four primary context variables.
    own_need : need that no context variable measures, shape (69,); zero outside the scenario `own_need`.
    recording : share of the served that is recorded, shape (69,); one outside the scenario `under_recording`.
    """
    z, n = pressure[:, None, None], own_need[:, None, None]
    t = np.arange(len(YEARS))[None, :, None]
    full, unit, year, service = (N, 4, 5), (N, 1, 1), (N, 4, 1), (N, 1, 5)

    share = np.log(NEED_SHARE) + NEED_PRESSURE * z + OWN_NEED_NEED * n
    share = share + NEED_SD * rng.standard_normal(service) + NEED_SD_YEAR * rng.standard_normal(full)
    need = np.maximum(np.rint(ehb[:, :, None] * np.exp(share)), 1)

    of_unit = COVERAGE_SD * rng.standard_normal(unit)
    lasting_coverage = (
        COVERAGE + COVERAGE_PRESSURE * z + COVERAGE_TREND * t + OWN_NEED_COVERAGE * n + of_unit
        + COVERAGE_SD_SERVICE * rng.standard_normal(service)
    )  # fmt: skip
    coverage = (
        lasting_coverage + COVERAGE_SD_YEAR * rng.standard_normal(year)
        + COVERAGE_SD_SERVICE_YEAR * rng.standard_normal(full)
    )  # fmt: skip
    served = np.rint(need * np.clip(coverage, *COVERAGE_LIMITS))

    lasting_waiting = (
        WAITING
        + WAITING_PRESSURE * z
        + WAITING_COVERAGE * of_unit
        + WAITING_SD * rng.standard_normal(unit)
        + WAITING_SD_SERVICE * rng.standard_normal(service)
    )
    waiting = (
        lasting_waiting + WAITING_SD_YEAR * rng.standard_normal(year)
        + WAITING_SD_SERVICE_YEAR * rng.standard_normal(full)
    )  # fmt: skip

    agreed = rng.uniform(0.3, 0.7, unit) * np.exp(0.1 * rng.standard_normal(full))
    price = COST_PER_PERSON * np.exp(0.15 * rng.standard_normal(service) + 0.05 * rng.standard_normal(full))
    share_paid = np.clip(np.rint(85 + 8 * rng.standard_normal(service) + rng.standard_normal(full)), 40, 100)
    offer = np.broadcast_to(rng.choice(len(OFFERS), service, p=(0.3, 0.5, 0.2)), full)
    return Provision(
        offer=offer,
        need=need,
        served=served,
        recorded=np.rint(served * recording[:, None, None]),
        waiting=np.maximum(np.rint(waiting), 1),
        in_einv=np.rint(need * np.minimum(agreed, 1)),
        spending=np.rint(served * price),
        municipal_share=share_paid,
        lasting_coverage=np.clip(lasting_coverage, *COVERAGE_LIMITS),
        lasting_waiting=np.broadcast_to(np.maximum(lasting_waiting, 1), full),
    )


def service_columns(provision: Provision) -> dict[str, np.ndarray]:
    """Columns of the table `services` as a return would say them. Shapes (69, 4, 5)."""
    return {
        "offer": np.array(OFFERS)[provision.offer],
        "need": provision.need,
        "served": provision.recorded,
        "waiting_days": provision.waiting,
        "in_einv": provision.in_einv,
        "recorded": provision.recorded,
        "spending": provision.spending,
        "municipal_share": provision.municipal_share,
    }
