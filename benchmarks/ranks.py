"""Confidence sets for ranks beside multiple_inference: same estimates, as many draws; and how they grow.

`python benchmarks/ranks.py` prints the times, with `--agreement` how many limits are equal (half a minute), with
`--growth` the times of 690 and 6,900 units (a minute). The peer is in benchmarks/requirements.lock.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from timing import best

from optkommunen.comparison import pairwise
from optkommunen.comparison.ranks import RankSets
from optkommunen.values import SYNTHETIC_KEYS

UNITS, DRAWS, LEVEL = 69, 20_000, 0.95


def estimates(units: int = UNITS) -> tuple[np.ndarray, np.ndarray]:
    """Rates as in the returns: sizes log-normal with SD 0.6, true SD twice the typical standard error."""
    rng = np.random.default_rng(20081231)
    se = np.exp(-0.3 * rng.normal(size=units))
    return rng.normal(0, 2, units) + se * rng.normal(size=units), se


def frame() -> pd.DataFrame:
    value, se = estimates()
    return pd.DataFrame({"kommune": SYNTHETIC_KEYS, "value": value, "se": se, "status": "synthetic"})


def _peer(kind: str, draws: int = DRAWS) -> np.ndarray:
    from multiple_inference import confidence_set

    value, se = estimates()
    model = getattr(confidence_set, f"{kind.title()}Ranking")(value, np.diag(se**2))
    return model.fit(n_samples=draws).conf_int(1 - LEVEL)


def marginal() -> tuple[str, str, float, float]:
    data = frame()
    ours, peer = best(lambda: RankSets("marginal")(data), 20), best(lambda: _peer("marginal"), 1)
    return f"rank sets of {UNITS} single units, {DRAWS:,} draws", "multiple_inference", ours, peer


def simultaneous() -> tuple[str, str, float, float]:
    data = frame()
    ours, peer = best(lambda: RankSets("simultaneous")(data), 20), best(lambda: _peer("simultaneous"), 1)
    return f"rank sets of the table of {UNITS}, {DRAWS:,} draws", "multiple_inference", ours, peer


def grown(units: int, draws: int = 1_000) -> tuple[str, str, float, float]:
    """How the table grows: beside the same of 69 units, since no peer ends in reasonable time."""

    def table_of(size: int) -> None:
        value, se = estimates(size)
        order = np.argsort(-value)
        pairwise.simultaneous(pairwise.simulate(value[order], se[order] ** 2, draws=draws, seed=1), LEVEL)

    words = f"rank sets of the table of {units:,}, {draws:,} draws"
    return words, f"the same of {UNITS} units", best(lambda: table_of(units), 1), best(lambda: table_of(UNITS), 20)


MEASURES = (marginal, simultaneous, partial(grown, 690), partial(grown, 6_900))


def agreement(kind: Literal["marginal", "simultaneous"], draws: int = 100_000) -> str:
    """How many limits are those of the peer, with many draws: its draws are others, and some pairs lie at the edge."""
    ours = RankSets(kind, draws=draws)(frame())[["lower", "upper"]].to_numpy()
    apart = np.abs(ours - _peer(kind, draws))
    return f"{kind}: {int((apart == 0).sum())} of {apart.size} limits equal, largest difference {apart.max():.0f}"


def growth() -> pd.DataFrame:
    """Seconds by number of units; the draws need 4 bytes × units × draws, and nothing else grows beyond them."""
    rows = []
    for units, draws in ((69, DRAWS), (690, DRAWS), (690, 1_000), (6_900, 1_000)):
        value, se = estimates(units)
        order = np.argsort(-value)
        start = time.perf_counter()
        simulated = pairwise.simulate(value[order], se[order] ** 2, draws=draws, seed=1)
        drawn = time.perf_counter()
        pairwise.simultaneous(simulated, LEVEL)
        whole = time.perf_counter()
        pairwise.marginal(simulated, LEVEL)
        own = time.perf_counter()
        rows.append((units, draws, simulated.errors.nbytes / 2**20, drawn - start, whole - drawn, own - whole))
    return pd.DataFrame(rows, columns=["units", "draws", "MB of draws", "draw", "simultaneous", "marginal"])


def main() -> None:
    for measure in MEASURES:
        ours, peer, seconds, peer_seconds = measure()
        print(f"{ours:<46} {seconds:9.5f} s   {peer:<20} {peer_seconds:9.5f} s   ratio {peer_seconds / seconds:7.1f}")
    if "--agreement" in sys.argv[1:]:
        print(agreement("marginal"), agreement("simultaneous"), sep="\n")
    if "--growth" in sys.argv[1:]:
        print(growth().round(3).to_string(index=False))


if __name__ == "__main__":
    main()
