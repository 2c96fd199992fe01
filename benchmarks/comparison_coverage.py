"""Coverage: what intervals, rank sets and shrinkage hold on regenerated Musterkommunen.

    python -m benchmarks.comparison_coverage [DRAWS]        (`make coverage`: 2,000 draws)

(Not named coverage.py: a package of that name is imported by a peer of the benchmarks.)

Writes benchmarks/comparison_coverage.csv, which notebook 03 reads. Seeds 0 to DRAWS - 1; the same on any
number of cores.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.study import study
from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.position import compare
from optkommunen.comparison.ranks import RankSets, distinguishable
from optkommunen.comparison.shrinkage import eb_gamma, eb_normal
from optkommunen.comparison.transient import fifths, transient_by_size
from optkommunen.comparison.variance import between_variance, sampling_variance
from optkommunen.indicators.intervals import tail_of
from optkommunen.indicators.rates import indicator
from optkommunen.synthetic.generator import Generator
from optkommunen.values import KEY

TABLE = Path(__file__).with_suffix(".csv")
DRAWS = 2_000
NAME, YEAR, PER = "eingliederungsquote", "2008", 100
YEARS = 3
LEVEL = 0.95
KINDS: tuple[Literal["marginal", "simultaneous"], ...] = ("marginal", "simultaneous")


@dataclass(frozen=True)
class Coverage:
    """One draw of the coverage study: the Eingliederungsquote of a set from a seed, over three years.

    The lasting rate of a municipality is what a comparison of municipalities is about: the expected rate without what
    passes with the year, neither its transient part nor the year's own change of coverage and waiting time
    (`Generator`; ω² holds both). What moved all in a year is not the municipality's and is taken out first.

    Parameters
    ----------
    draws : of the rank sets.
    """

    draws: int = 2_000

    def __call__(self, seed: int) -> pd.DataFrame:
        """Compare on the set of a seed.

        Returns
        -------
        DataFrame
            ``measure, value``: shares of municipalities or of sets covered (``_fifth_1`` to ``_fifth_5``: of the
            smallest to the largest), the true ω, ω and ω by fifth, shares of pairs told apart, mean squared errors of
            the shrunken rates relative to those of the raw ones; ``equal_``: where all are equal, whether any two are
            told apart, and the share of municipalities told apart in their own sets (``_known``: with the standard
            errors known, ``_normal``: estimated, but taken as known).
        """
        drawn: Any = Generator(seed=seed)()
        table = indicator(NAME, drawn, level=LEVEL)
        table["variance"] = PER**2 * sampling_variance(table["numerator"], table["denominator"])
        over_years = table[[KEY, "period", "value", "variance", "numerator", "denominator", "status"]]
        years = multi_year_mean(over_years)
        mean = years.table.set_index(KEY)
        true = pd.Series(drawn.truth["lasting_rate"]).reindex(mean.index) / 12
        fifth = fifths(table.groupby(KEY)["denominator"].mean().reindex(mean.index))
        passing = pd.DataFrame(drawn.truth["expected_rate"]).T.reindex(mean.index).div(12).sub(true, axis=0)
        found: dict[str, float] = {"true_omega": float(np.sqrt(passing.var(ddof=1).mean()))}
        found["omega"] = float(np.sqrt(years.omega2))
        by_size = transient_by_size(over_years).set_index("fifth")["value"]
        found |= {f"omega_fifth_{one}": float(value) for one, value in by_size.items()}
        found["tau"] = float(np.sqrt(between_variance(mean["value"], mean["se"] ** 2).tau2))
        found["true_spread"] = float(true.std(ddof=1))
        found |= self._intervals(drawn, table, true, fifth)
        reach = stats.norm.isf(tail_of(LEVEL)) * mean["se"]
        inside = _held(mean.assign(lower=mean["value"] - reach, upper=mean["value"] + reach), mean["value"], true)
        found |= _by_fifth("interval_years", inside, fifth) | _shrunken(table, years.table, true)
        alone = (mean["se"] ** 2 - years.omega2 / mean["n"]).pow(0.5)
        found |= self._ranks(mean["value"], alone, None, true, "s", seed)
        found |= self._ranks(mean["value"], mean["se"], years.df, true, "s_omega", seed)
        found |= self._equal(over_years, years.omega2, seed)
        return pd.DataFrame({"measure": list(found), "value": list(found.values())})

    def _intervals(self, drawn: Any, table: pd.DataFrame, true: pd.Series, fifth: pd.Series) -> dict[str, float]:
        rings = drawn.units[[KEY, "ring"]]
        judged = compare(table, rings, level=LEVEL, period=YEAR).set_index(KEY)
        chance = table[table["period"] == YEAR].set_index(KEY)
        return {
            **_by_fifth("interval_s_omega", _held(judged, judged["value"], true), fifth),
            "interval_s": float(_held(chance, judged["value"], true).mean()),
            "called_different_s_omega": float(judged["label"].isin(["better", "worse"]).mean()),
            "called_different_s": float(judged["label_poisson"].isin(["better", "worse"]).mean()),
        }

    def _ranks(
        self, mean: pd.Series, se: pd.Series, df: float | None, true: pd.Series, name: str, seed: int
    ) -> dict[str, float]:
        frame = pd.DataFrame({KEY: mean.index, "value": mean.to_numpy(), "se": se.to_numpy()})
        rank = true.rank(ascending=False, method="min")
        found = {}
        for kind in KINDS:
            sets = RankSets(kind, level=LEVEL, draws=self.draws, seed=seed)(frame, df=df).set_index(KEY)
            held = (sets["lower"] <= rank) & (rank <= sets["upper"])
            found[f"{kind}_{name}"] = float(held.mean() if kind == "marginal" else held.all())
            if kind == "simultaneous":
                found[f"distinguishable_{name}"] = float(distinguishable(sets.reset_index())["value"].iloc[0])
        return found

    def _equal(self, table: pd.DataFrame, omega2: float, seed: int) -> dict[str, float]:
        """Counts of the same sizes where all rates are equal but for what passes with the year; who is told apart."""
        rng, stock = np.random.default_rng([seed, len(table)]), table["denominator"]
        rate, omega = table["numerator"].sum() / stock.sum(), np.sqrt(omega2) / PER
        counts = rng.poisson(stock * (rate + omega * rng.standard_normal(len(table)))).astype(float)
        table = table.assign(numerator=counts, value=PER * counts / stock)
        table["variance"] = PER**2 * sampling_variance(counts, stock)
        years, found = multi_year_mean(table), {}
        values = years.table
        known = (rate / stock + omega**2).groupby(table[KEY]).mean() / YEARS
        exact = PER * np.sqrt(known.reindex(values[KEY]).to_numpy())
        errors = {"": (values["se"], years.df), "_normal": (values["se"], None), "_known": (exact, None)}
        for kind, (name, (se, df)) in product(KINDS, errors.items()):
            sets = RankSets(kind, level=LEVEL, draws=self.draws, seed=seed)(values[[KEY, "value"]].assign(se=se), df=df)
            apart = (sets["lower"] > 1) | (sets["upper"] < len(sets))
            found[f"equal_{kind}{name}"] = float(apart.mean() if kind == "marginal" else apart.any())
        return found


def _held(limits: pd.DataFrame, value: pd.Series, true: pd.Series) -> pd.Series:
    """Whether limits hold the true value, after what moved all alike is taken out."""
    target = true + float(value.mean()) - float(true.mean())
    return (limits["lower"] <= target) & (target <= limits["upper"])


def _by_fifth(name: str, held: pd.Series, fifth: pd.Series) -> dict[str, float]:
    """Share of all, and of each fifth of size."""
    return {name: float(held.mean())} | {
        f"{name}_fifth_{one}": float(share) for one, share in held.groupby(fifth).mean().items()
    }


def _shrunken(table: pd.DataFrame, years: pd.DataFrame, true: pd.Series) -> dict[str, float]:
    """Shrunken rates of the year (counts alone) and of three years (the change between years in the variance)."""
    counts = table.loc[table["period"] == YEAR, [KEY, "numerator", "denominator", "status"]]
    of_year = eb_gamma(counts, events="numerator", exposure="denominator", per=PER, level=LEVEL)
    of_all = eb_normal(years.assign(variance=years["se"] ** 2)[[KEY, "value", "variance", "status"]], level=LEVEL)
    found = {}
    for name, rates in {"year": of_year, "years": of_all}.items():
        one = rates.set_index(KEY)
        target = true + float(one["raw"].mean()) - float(true.mean())
        found[f"interval_shrunken_{name}"] = float(_held(one, one["raw"], true).mean())
        error = {part: float(((one[part] - target) ** 2).mean()) for part in ("value", "raw")}
        found[f"error_shrunken_to_raw_{name}"] = error["value"] / error["raw"]
    return found


def summarised(draws: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean of each measure over the draws with its Monte-Carlo standard error: ``measure, draws, value, se``."""
    long = pd.concat(draws, ignore_index=True)
    grouped = long.groupby("measure", sort=False)["value"]
    table = pd.DataFrame(
        {"draws": grouped.size(), "value": grouped.mean(), "se": grouped.std() / np.sqrt(grouped.size())}
    )
    return table.reset_index()


if __name__ == "__main__":
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    with joblib.parallel_config(n_jobs=-1):
        result = summarised(study(Coverage(), range(draws), progress=True, title="coverage"))
    result.to_csv(TABLE, index=False, float_format="%.5f", lineterminator="\n")
    print(TABLE)
