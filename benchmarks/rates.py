"""Intervals of rates beside PHStatsMethods: equal numbers first, then seconds; and how they grow."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
from timing import best

import optkommunen as ok
from optkommunen.indicators.intervals import poisson

LEVEL = 0.95


def counted(times: int = 1) -> pd.DataFrame:
    """Integrations and eHb of each Musterkommune and month: 2,484 rates, repeated."""
    monthly = ok.load_returns().monthly[["kommune", "period", "eingliederungen", "ehb"]]
    frame = pd.concat([monthly] * times, ignore_index=True)
    return frame.astype({"eingliederungen": float, "ehb": float})


def with_phstatsmethods(frame: pd.DataFrame) -> pd.DataFrame:
    from PHStatsMethods import ph_rate

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ph_rate(frame, "eingliederungen", "ehb", confidence=LEVEL, multiplier=100)


def intervals(times: int = 1) -> tuple[str, str, float, float]:
    frame = counted(times)
    events, stock = frame["eingliederungen"].to_numpy(), frame["ehb"].to_numpy()
    ours, theirs = poisson(events, stock, LEVEL), with_phstatsmethods(frame)
    np.testing.assert_allclose(100 * ours.lower, theirs["lower_95_ci"], rtol=1e-10)
    np.testing.assert_allclose(100 * ours.upper, theirs["upper_95_ci"], rtol=1e-10)
    seconds, peer = best(lambda: poisson(events, stock, LEVEL)), best(lambda: with_phstatsmethods(frame), 3)
    return f"intervals of {len(frame):,} rates (exact, Byar)", "PHStatsMethods ph_rate", seconds, peer


MEASURES = (intervals, partial(intervals, 10))

if __name__ == "__main__":
    for measure in MEASURES:
        ours, peer, seconds, peer_seconds = measure()
        print(f"{ours:<44} {seconds:9.5f} s   {peer:<24} {peer_seconds:9.3f} s   ratio {peer_seconds / seconds:7.1f}")
