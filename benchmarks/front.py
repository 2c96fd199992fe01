"""The front beside plain pandas: a year's quota of each municipality, its place, and one series of official figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from timing import best

import optkommunen as ok

INDICATOR = "eingliederungsquote"
REPEAT = 30


def in_pandas(returns: ok.Returns) -> pd.DataFrame:
    """Sum over sum of twelve months and the ring, with no check, no status, no interval."""
    year = returns.monthly.assign(year=returns.monthly["period"].str[:4])
    sums = year.groupby(["kommune", "year"])[["eingliederungen", "ehb"]].sum().reset_index()
    sums["value"] = 100 * sums["eingliederungen"] / sums["ehb"]
    return sums.merge(returns.units[["kommune", "ring"]], on="kommune")


def indicator() -> tuple[str, str, float, float]:
    returns = ok.load_returns()
    ours, peer = ok.indicator(INDICATOR, returns), in_pandas(returns)
    np.testing.assert_allclose(
        ours.sort_values(["kommune", "period"])["value"], peer.sort_values(["kommune", "year"])["value"], rtol=1e-12
    )
    seconds = best(lambda: ok.indicator(INDICATOR, returns), REPEAT)
    return (
        "ok.indicator, 69 × 36 months",
        "plain pandas, nothing checked",
        seconds,
        best(lambda: in_pandas(returns), REPEAT),
    )


def compare() -> tuple[str, str, float, float]:
    returns = ok.load_returns()
    quota = ok.indicator(INDICATOR, returns)
    seconds = best(lambda: ok.compare(quota), REPEAT)
    return (
        "ok.compare, 69 × 3 years",
        "plain pandas, the quota alone",
        seconds,
        best(lambda: in_pandas(returns), REPEAT),
    )


def one_series() -> tuple[str, str, float, float]:
    path = ok.store.data_folder() / "context.csv"
    seconds = best(lambda: ok.load_context("unemployment_rate", 2008), REPEAT)
    peer = best(lambda: pd.read_csv(path, dtype={"kommune": "str", "period": "str"}), REPEAT)
    return "ok.load_context, one series", "pandas.read_csv of the table", seconds, peer


MEASURES = (indicator, compare, one_series)
