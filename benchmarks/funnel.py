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
from joblib import Parallel, delayed
from tqdm import tqdm

from optkommunen.comparison import dispersion

TABLE = Path(__file__).with_suffix(".csv")
N, MEDIAN, LOG_SD, CENTRE = 69, 6000, 0.6, 0.25
SPREADS, OUTLIERS, DISTANCE = (0.02, 0.04), (0, 3), 4
VARIANTS: tuple[dispersion.Variant, ...] = ("corrected", "winsorised", "plain")
LEVELS = (0.95, 0.998)


def flag_rates(sets: int = 2000, seed: int = 2008, jobs: int = -1) -> pd.DataFrame:
    """Share of municipalities outside the additive limits, by true spread, outliers, variant and level.

    Parameters
    ----------
    sets : simulated sets for each spread and number of outliers.
    seed : of the sets; each set has its own stream, so the number of jobs changes no number.

    Returns
    -------
    DataFrame
        ``sd`` (points per 100), ``outliers, variant, level, nominal, flagged`` (share of the municipalities that are no
        outliers), ``se`` (Monte-Carlo, over sets), ``found`` (share of the outliers; missing without), ``phi`` and
        ``tau`` (means; points per 100), ``sets``.
    """
    rows = []
    cases = [(spread, outliers) for spread in SPREADS for outliers in OUTLIERS]
    for case, (spread, outliers) in enumerate(cases):
        numbers = tqdm(range(sets), desc=f"SD {100 * spread:g}, {outliers} outliers")
        found = Parallel(n_jobs=jobs)(
            delayed(_one_set)(np.random.default_rng([seed, case, number]), spread, outliers) for number in numbers
        )
        rows += _rows(np.array(found), spread, outliers, sets)
    return pd.DataFrame(rows)


def _one_set(rng: np.random.Generator, spread: float, outliers: int) -> list[list[tuple[float, float, float, float]]]:
    """Shares flagged of ordinary ones and outliers, φ and τ, by variant and level."""
    exposure = np.exp(rng.normal(np.log(MEDIAN), LOG_SD, N))
    rate = rng.normal(CENTRE, spread, N)
    rate[:outliers] += DISTANCE * spread
    events = rng.poisson(exposure * np.maximum(rate, 0))
    observed = events / exposure
    results = []
    for variant in VARIANTS:
        found = dispersion.overdispersion(events, exposure, variant=variant)
        levels = []
        for level in LEVELS:
            limits = dispersion.limits(found, exposure, level)["additive"].to_numpy()
            outside = (observed < limits[:, 0]) | (observed > limits[:, 1])
            hits = outside[:outliers].mean() if outliers else np.nan
            levels.append((outside[outliers:].mean(), hits, found.phi, 100 * np.sqrt(found.tau2)))
        results.append(levels)
    return results


def _rows(found: np.ndarray, spread: float, outliers: int, sets: int) -> Iterable[dict[str, object]]:
    for i, variant in enumerate(VARIANTS):
        for j, level in enumerate(LEVELS):
            flagged, hits, phi, tau = found[:, i, j].T
            yield {
                "sd": 100 * spread, "outliers": outliers, "variant": variant, "level": level,
                "nominal": round(1 - level, 6), "flagged": flagged.mean(), "se": flagged.std(ddof=1) / np.sqrt(sets),
                "found": hits.mean(), "phi": phi.mean(), "tau": tau.mean(), "sets": sets,
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
