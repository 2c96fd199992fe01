"""Monthly and annual returns of the Musterkommunen: stock, integrations, activation, sanctions, staff, cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optkommunen.synthetic.places import N

YEARS = (2006, 2007, 2008)
MONTHS = tuple(f"{year}-{month:02d}" for year in YEARS for month in range(1, 13))
_YEAR_OF_MONTH = np.repeat(np.arange(3), 12)

EHB_SEPTEMBER_2006 = 690_000
_SEPTEMBER_2006 = MONTHS.index("2006-09")
EHB_MEDIAN, EHB_SD = 8_350, 0.6
EHB_FARTHEST = 2.3  # SD; beyond, a draw is repeated: without a limit one place may hold a tenth of all eHb
# Germany's course, September 2006 = 1: annual means 2007 to 2008 fall by 5 % (INKAR 2024: 5.28 and 5.01 million),
# December 2008 stands at 4.77 million. The months between and the mean of 2005 are plausible, not published here.
_NODES = {0: 0.985, 4: 1.012, 8: 1.0, 12: 0.996, 17: 0.990, 23: 0.964, 29: 0.940, 35: 0.908}
COURSE = np.interp(np.arange(36), list(_NODES), list(_NODES.values()))
COURSE_2005 = 0.93
GROWTH_SD, MONTH_SD = 0.02, 0.003

EHB_PER_BG, PERSONS_PER_BG = 1.38, 1.90  # Germany, December 2008: 1.38 and 1.91
U25_SHARE = 0.20  # of the eHb
EMPLOYED_SHARE = np.interp(np.arange(36), [0, 18, 35], [0.195, 0.247, 0.28])  # single places: 20 % 2006, 28 % 2008
SEASON = np.array([0.85, 0.88, 1.02, 1.10, 1.08, 1.03, 0.97, 1.06, 1.13, 1.05, 0.97, 0.86])
U25_SHARE_OF_INTEGRATIONS = 0.26
ACTIVATED_SHARE = 0.15  # third quarter of 2006: printed 16 %, computed 14.5 %
U25_SHARE_OF_ACTIVATED = 0.27
SANCTIONS_PER_EHB = 0.010  # a month; order of magnitude only, no figure of the 69 is published
U25_SHARE_OF_SANCTIONS = 0.35

RELATION_1, RELATION_2, RELATION_U25 = 72, 162, 142  # Optionskommunen 2006, as ratios of sums
# Euros per BG and month; Germany 2008 (INKAR 2024): 756 in all benefits, of these 284 for housing.
TRANSFERS, KDU, ADMINISTRATION = (455, 462, 472), (272, 279, 284), (76, 78, 80)


@dataclass(frozen=True, eq=False)
class Stock:
    """Erwerbsfähige Hilfebedürftige: each month, shape (69, 36), and mean of the year 2005 to 2008, shape (69, 4)."""

    monthly: np.ndarray
    annual: np.ndarray


def draw_stock(rng: np.random.Generator) -> Stock:
    """Draw the eHb: log-normal sizes, rescaled to the sum of September 2006, on Germany's course."""
    draws = rng.standard_normal((12, N))
    within = np.take_along_axis(draws, np.argmax(np.abs(draws) < EHB_FARTHEST, axis=0)[None], axis=0)[0]
    size = EHB_MEDIAN * np.exp(EHB_SD * within)
    size *= EHB_SEPTEMBER_2006 / size.sum()
    growth = GROWTH_SD * rng.standard_normal(N)
    growth -= size @ growth / size.sum()  # all together follow the course
    years = (np.arange(36) - _SEPTEMBER_2006) / 12
    path = np.log(COURSE) + growth[:, None] * years + MONTH_SD * rng.standard_normal((N, 36))
    monthly = np.rint(size[:, None] * np.exp(path))
    before = size * COURSE_2005 * np.exp(-1.25 * growth)
    return Stock(monthly, np.column_stack([before, _yearly(monthly)]))


def draw_integrations(rng: np.random.Generator, stock: Stock, rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw Eingliederungen of each month, all and U25: Poisson, so that the year's sum has mean eHb times the rate.

    Parameters
    ----------
    rng : random stream.
    stock : the eHb.
    rate : integrations per eHb and year, shape (69, 3).
    """
    weight = stock.monthly * np.tile(SEASON, 3)
    weight /= _sums(weight)[:, _YEAR_OF_MONTH]
    expected = (stock.annual[:, 1:] * rate)[:, _YEAR_OF_MONTH] * weight
    everybody = rng.poisson(expected)
    young = U25_SHARE_OF_INTEGRATIONS * np.exp(0.06 * rng.standard_normal((N, 1)))
    return everybody, rng.binomial(everybody, young)


def monthly_columns(
    rng: np.random.Generator, stock: Stock, integrations: tuple[np.ndarray, np.ndarray]
) -> dict[str, np.ndarray]:
    """Draw the other monthly columns around the stock; subsets never exceed their totals. Shapes (69, 36)."""
    ehb, season = stock.monthly, np.tile(SEASON, 3)
    bg = np.rint(ehb / (EHB_PER_BG * np.exp(0.02 * rng.standard_normal((N, 1)))))
    persons = np.rint(bg * PERSONS_PER_BG * np.exp(0.03 * rng.standard_normal((N, 1))))
    young = np.rint(ehb * _share(rng, U25_SHARE, 0.08, 0.01))
    employed = np.rint(ehb * _share(rng, EMPLOYED_SHARE, 0.12, 0.01))
    activated = np.rint(ehb * _share(rng, ACTIVATED_SHARE * (0.5 + 0.5 * season), 0.18, 0.04))
    activated_young = np.rint(activated * _share(rng, U25_SHARE_OF_ACTIVATED, 0.10, 0.04))
    sanctions = rng.poisson(ehb * _share(rng, SANCTIONS_PER_EHB * (0.5 + 0.5 * season), 0.30, 0.0))
    sanctions_young = rng.binomial(sanctions, _share(rng, U25_SHARE_OF_SANCTIONS, 0.10, 0.0))
    return {
        "bg": bg,
        "persons": np.maximum(persons, ehb),
        "ehb": ehb,
        "ehb_u25": young,
        "ehb_employed": employed,
        "eingliederungen": integrations[0],
        "eingliederungen_u25": integrations[1],
        "aktivierte": activated,
        "aktivierte_u25": np.minimum(activated_young, young),
        "sanktionen": sanctions,
        "sanktionen_u25": sanctions_young,
    }


def annual_columns(rng: np.random.Generator, stock: Stock, monthly: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Draw staff in full-time equivalents and cost in euros of the year. Shapes (69, 3).

    The staff ratios of 2006 are those published, as ratios of sums; ``cost_total`` is transfers (benefits without
    housing) plus KdU plus administration.
    """
    ehb, young, bg = stock.annual[:, 1:], _yearly(monthly["ehb_u25"]), _yearly(monthly["bg"])
    integration = ehb / RELATION_2 * np.exp(_staff_noise(rng, 0.12))
    total = integration * RELATION_2 / RELATION_1 * np.exp(_staff_noise(rng, 0.06))
    youth = young / RELATION_U25 * np.exp(_staff_noise(rng, 0.12))
    integration *= ehb[:, 0].sum() / RELATION_2 / integration[:, 0].sum()
    total *= ehb[:, 0].sum() / RELATION_1 / total[:, 0].sum()
    youth *= young[:, 0].sum() / RELATION_U25 / youth[:, 0].sum()
    cost = [
        np.rint(12 * bg * per_bg * np.exp(sd * rng.standard_normal((N, 1)) + 0.01 * rng.standard_normal((N, 3))))
        for per_bg, sd in ((TRANSFERS, 0.04), (KDU, 0.10), (ADMINISTRATION, 0.15))
    ]
    integration = np.round(integration, 1)
    return {
        "staff_total": np.maximum(np.round(total, 1), integration),
        "staff_integration": integration,
        "staff_u25": np.minimum(np.round(youth, 1), integration),
        "cost_total": sum(cost),
        "cost_transfers": cost[0],
        "cost_kdu": cost[1],
        "cost_administration": cost[2],
    }


def _share(rng: np.random.Generator, mean: float | np.ndarray, sd: float, sd_month: float) -> np.ndarray:
    """Shares around a mean: each municipality has its own level, each month a little noise; below one."""
    noise = sd * rng.standard_normal((N, 1)) + sd_month * rng.standard_normal((N, 36))
    return np.minimum(mean * np.exp(noise), 0.95)


def _staff_noise(rng: np.random.Generator, sd: float) -> np.ndarray:
    return sd * rng.standard_normal((N, 1)) + 0.03 * rng.standard_normal((N, 3))


def _sums(monthly: np.ndarray) -> np.ndarray:
    return monthly.reshape(N, 3, 12).sum(axis=2)


def _yearly(monthly: np.ndarray) -> np.ndarray:
    return monthly.reshape(N, 3, 12).mean(axis=2)
