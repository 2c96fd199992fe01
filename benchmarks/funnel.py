"""How many municipalities each variant of the funnel flags, with and without true outliers: simulated sets.

`python benchmarks/funnel.py --sets 2000 --seed 2008` wrote benchmarks/funnel.csv.

A set: 69 municipalities, exposure log-normal (median 6,000, log-SD 0.6), true rate normal around 25 per 100 with an SD
of 2 or 4 points, events Poisson. With outliers, the true rates of three of them are 4 SD higher than drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.comparison import dispersion

TABLE = Path(__file__).with_suffix(".csv")
N, MEDIAN, LOG_SD, CENTRE = 69, 6000, 0.6, 0.25
SPREADS, OUTLIERS, DISTANCE = (0.02, 0.04), (0, 3), 4
VARIANTS: tuple[dispersion.Variant, ...] = ("corrected", "winsorised", "plain")
LEVELS = (0.95, 0.998)


def flag_rates(sets: int = 2000, seed: int = 2008) -> pd.DataFrame:
    """Share of municipalities outside the additive limits, by true spread, outliers, variant and level.

    Parameters
    ----------
    sets : simulated sets for each spread and number of outliers.
    seed : of the sets; each spread and number of outliers has its own stream.

    Returns
    -------
    DataFrame
        ``sd`` (points per 100), ``outliers, variant, level, nominal, flagged`` (share of the municipalities that are no
        outliers), ``se`` (Monte-Carlo, over sets), ``found`` (share of the outliers; missing without), ``phi`` and
        ``tau`` (means; points per 100), ``sets``.
    """
    cases = [(spread, outliers) for spread in SPREADS for outliers in OUTLIERS]
    rows: list[dict[str, object]] = []
    for case, (spread, outliers) in enumerate(cases):
        rng = np.random.default_rng([seed, case])
        exposure = np.exp(rng.normal(np.log(MEDIAN), LOG_SD, (sets, N)))
        rate = rng.normal(CENTRE, spread, (sets, N))
        rate[:, :outliers] += DISTANCE * spread
        rows += _rows(rng.poisson(exposure * np.maximum(rate, 0)), exposure, spread, outliers)
    return pd.DataFrame(rows)


def _rows(events: np.ndarray, exposure: np.ndarray, spread: float, outliers: int) -> Iterable[dict[str, object]]:
    observed, sets = events / exposure, len(events)
    for variant in VARIANTS:
        theta0, phi, tau2, _ = dispersion.estimates(events, exposure, "rate", variant, trim=0.1)
        for level in LEVELS:
            lower, upper = dispersion.limits_at(theta0[:, None], exposure, level, "rate", tau2[:, None])
            outside = (observed < lower) | (observed > upper)
            flagged = outside[:, outliers:].mean(axis=1)
            yield {
                "sd": 100 * spread, "outliers": outliers, "variant": variant, "level": level,
                "nominal": round(1 - level, 6), "flagged": flagged.mean(), "se": flagged.std(ddof=1) / np.sqrt(sets),
                "found": outside[:, :outliers].mean() if outliers else np.nan,
                "phi": phi.mean(), "tau": 100 * np.sqrt(tau2).mean(), "sets": sets,
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=2008)
    given = parser.parse_args()
    table = flag_rates(given.sets, given.seed)
    table.round(5).to_csv(TABLE, index=False, lineterminator="\n")
    print(table.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
