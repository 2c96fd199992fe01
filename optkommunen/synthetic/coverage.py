"""Coverage of the comparison: intervals, rank sets and shrinkage on regenerated sets, against lasting true rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.comparison.lasting import lasting
from optkommunen.comparison.position import compare
from optkommunen.comparison.ranks import RankSets, distinguishable
from optkommunen.comparison.shrinkage import eb_gamma, eb_normal
from optkommunen.comparison.variance import between_variance, sampling_variance
from optkommunen.indicators.rates import indicator
from optkommunen.synthetic.generator import Generator
from optkommunen.values import KEY

NAME, YEAR, PER = "eingliederungsquote", "2008", 100
LEVEL = 0.95


@dataclass(frozen=True)
class Coverage:
    """One draw of the coverage study: the Eingliederungsquote of a set from a seed, over three years.

    The lasting rate of a municipality is the mean over the three years of its expected rate without the transient part.
    What a comparison of municipalities is about is this rate, not the chance and the passing change of one year.

    Parameters
    ----------
    draws : of the rank sets.

    Examples
    --------
    >>> table = Coverage(draws=500)(1)
    >>> table.columns.tolist(), table.equals(Coverage(draws=500)(1))
    (['measure', 'value'], True)
    """

    draws: int = 2_000

    def __call__(self, seed: int) -> pd.DataFrame:
        """Compare on the set of a seed.

        Returns
        -------
        DataFrame
            ``measure, value``: shares of municipalities or of sets covered, shares of pairs told apart, mean squared
            errors of the shrunken rates relative to those of the raw ones.
        """
        drawn: Any = Generator(seed=seed)()
        table = indicator(NAME, drawn, level=LEVEL)
        table["variance"] = PER**2 * sampling_variance(table["numerator"], table["denominator"])
        years = lasting(table[[KEY, "period", "value", "variance", "status"]])
        mean = years.table.set_index(KEY)
        true = _lasting(drawn.truth).reindex(mean.index)
        found: dict[str, float] = {"omega": float(np.sqrt(years.omega2))}
        found["tau"] = float(np.sqrt(between_variance(mean["value"], mean["se"] ** 2).tau2))
        found["true_spread"] = float(true.std(ddof=1))
        found |= self._intervals(drawn, table, true) | _shrunken(table, years.table, true)
        alone = (mean["se"] ** 2 - years.omega2 / mean["n"]).pow(0.5)
        found |= self._ranks(mean["value"], alone, true, "s", seed)
        found |= self._ranks(mean["value"], mean["se"], true, "s_omega", seed)
        return pd.DataFrame({"measure": list(found), "value": list(found.values())})

    def _intervals(self, drawn: Any, table: pd.DataFrame, true: pd.Series) -> dict[str, float]:
        rings = drawn.units[[KEY, "ring"]]
        judged = compare(table, rings, level=LEVEL, period=YEAR).set_index(KEY)
        level = float(judged["value"].mean()) - float(
            true.mean()
        )  # what moved all in that year is not the municipality's
        inside = (judged["lower"] <= true + level) & (true + level <= judged["upper"])
        chance = table[table["period"] == YEAR].set_index(KEY)
        alone = (chance["lower"] <= true + level) & (true + level <= chance["upper"])
        return {
            "interval_s_omega": float(inside.mean()),
            "interval_s": float(alone.mean()),
            "called_different_s_omega": float(judged["label"].isin(["better", "worse"]).mean()),
            "called_different_s": float(judged["label_poisson"].isin(["better", "worse"]).mean()),
        }

    def _ranks(self, mean: pd.Series, se: pd.Series, true: pd.Series, name: str, seed: int) -> dict[str, float]:
        frame = pd.DataFrame({KEY: mean.index, "value": mean.to_numpy(), "se": se.to_numpy()})
        rank = true.rank(ascending=False, method="min")
        found = {}
        kinds: tuple[Literal["marginal", "simultaneous"], ...] = ("marginal", "simultaneous")
        for kind in kinds:
            sets = RankSets(kind, level=LEVEL, draws=self.draws, seed=seed)(frame).set_index(KEY)
            held = (sets["lower"] <= rank) & (rank <= sets["upper"])
            found[f"{kind}_{name}"] = float(held.mean() if kind == "marginal" else held.all())
            if kind == "simultaneous":
                found[f"distinguishable_{name}"] = float(distinguishable(sets.reset_index())["value"].iloc[0])
        return found


def _shrunken(table: pd.DataFrame, years: pd.DataFrame, true: pd.Series) -> dict[str, float]:
    """Shrunken rates of the year (counts alone) and of three years (the change between years in the variance)."""
    counts = table.loc[table["period"] == YEAR, [KEY, "numerator", "denominator", "status"]]
    of_year = eb_gamma(counts, events="numerator", exposure="denominator", per=PER, level=LEVEL)
    of_all = eb_normal(years.assign(variance=years["se"] ** 2)[[KEY, "value", "variance", "status"]], level=LEVEL)
    found = {}
    for name, rates in {"year": of_year, "years": of_all}.items():
        one = rates.set_index(KEY)
        target = true + float(one["raw"].mean()) - float(true.mean())  # what moved all is not the municipality's
        found[f"interval_shrunken_{name}"] = float(((one["lower"] <= target) & (target <= one["upper"])).mean())
        error = {part: float(((one[part] - target) ** 2).mean()) for part in ("value", "raw")}
        found[f"error_shrunken_to_raw_{name}"] = error["value"] / error["raw"]
    return found


def summarised(draws: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean of each measure over the draws with its Monte-Carlo standard error: ``measure, draws, value, se``.

    Examples
    --------
    >>> one = pd.DataFrame({"measure": ["a"], "value": [1.0]})
    >>> summarised([one, one.assign(value=0.0)])["value"].tolist()
    [0.5]
    """
    long = pd.concat(draws, ignore_index=True)
    grouped = long.groupby("measure", sort=False)["value"]
    table = pd.DataFrame(
        {"draws": grouped.size(), "value": grouped.mean(), "se": grouped.std() / np.sqrt(grouped.size())}
    )
    return table.reset_index()


def _lasting(truth: dict[str, Any]) -> pd.Series:
    """Mean over the years of the expected rate without its transient part, per 100 eHb and month."""
    expected = pd.DataFrame(truth["expected_rate"]).T
    transient = pd.DataFrame(truth["effects"]["transient"]).T.reindex(expected.index)
    return (expected * np.exp(-transient)).mean(axis=1) / 12
