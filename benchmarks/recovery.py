"""Recovery: what every estimator finds on regenerated Musterkommunen, against its own estimand.

    python -m benchmarks.recovery [DRAWS]        (`make recovery`: 2,000 draws of each case, about half an hour)

Writes benchmarks/recovery.csv, which notebook 05 reads. Seeds 0 to DRAWS - 1; the same table on any number of cores.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from benchmarks.study import study
from optkommunen.p_values import holm
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import wald
from optkommunen.regression.integration import (
    CONTROLS,
    COVERAGES,
    EXPOSURE,
    INDEX,
    LN_EXPOSURE,
    LN_RATE,
    NAIVE,
    OUTCOME,
    PRIMARY,
    RATE,
    SERVICES_MODEL,
    WAITING,
    design,
    panel_design,
)
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.resampling import freedman_lane, pairs_bootstrap
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap
from optkommunen.synthetic.generator import Effects, Generator

TABLE = Path(__file__).with_suffix(".csv")
DRAWS = 2_000
YEAR = 2008
LEVEL, ALPHA = 0.95, 0.05
CLUSTER, PERMUTATIONS = "land", 999


@dataclass(frozen=True)
class Recovery:
    """One draw of the recovery study: a set from a seed, all estimators, and what each should have found.

    Parameters
    ----------
    scenario : of the generator.
    null : whether all effects are zero.
    """

    scenario: str = "complete"
    null: bool = False

    def __call__(self, seed: int) -> pd.DataFrame:
        """Estimate everything on the set of a seed.

        Returns
        -------
        DataFrame
            ``estimator, term, truth, value, se, p, covered`` (the 95 % interval holds the truth; missing where there is
            none, as in a panel that too few carry), ``rejected`` (p < .05; of a bootstrap interval: it leaves out
            zero). Tests without an estimate (joint test, Holm) have ``rejected`` alone.
        """
        effects = Effects.none() if self.null else Effects()
        drawn: Any = Generator(seed=seed, scenario=self.scenario, effects=effects)()
        frame = design(drawn, YEAR).frame
        truth = drawn.truth["estimands"]
        index = truth[INDEX]["log_rate"]
        slope = {weights: 10 * effect[str(YEAR)] for weights, effect in truth[INDEX]["average_marginal_effect"].items()}
        rows: list[dict[str, Any]] = []

        primary = CountModel(OUTCOME, PRIMARY, EXPOSURE)(frame)
        for kind in ("HC3", "HC2", "classical", "model"):
            rows.append(_row(primary.table(LEVEL, kind), INDEX, index, f"quasi-Poisson, {kind}"))
        rows.append(_row(primary.table(LEVEL), WAITING, truth[WAITING]["log_rate"], "quasi-Poisson, HC3"))
        rows += [_row(primary.table(LEVEL), name, truth[name]["log_rate"], "quasi-Poisson, HC3") for name in CONTROLS]
        for weights, column in (("equal", None), ("ehb", EXPOSURE)):
            table = average_marginal(primary, INDEX, 1.0, per=100, weights=column)
            rows.append(_row(table, INDEX, slope[weights], f"quasi-Poisson, average per 100 eHb, weights {weights}"))
        naive = CountModel(OUTCOME, NAIVE, EXPOSURE)(frame)
        rows.append(_row(naive.table(LEVEL), INDEX, index, "naive: index and waiting time only, HC3"))
        for weights, column, name in (("equal", None, "OLS"), ("ehb", EXPOSURE, "WLS")):
            fit = LinearModel(RATE, PRIMARY, column)(frame)
            rows.append(_row(fit.table(LEVEL), INDEX, slope[weights], f"{name} of the rate, HC3"))
            clustered = cluster_table(fit, CLUSTER, [INDEX], LEVEL)
            for kind in ("CR1S", "CR2", "CR3"):
                table = clustered[clustered["kind"] == kind]
                rows.append(_row(table, INDEX, slope[weights], f"{name} of the rate, {kind} by Land"))
            p = float(wild_bootstrap(fit, INDEX, CLUSTER)["p"].iloc[0])
            rows.append(_test(f"{name} of the rate, wild bootstrap by Land", p, INDEX))
            p = float(freedman_lane(fit, INDEX, draws=PERMUTATIONS, seed=seed)["p"].iloc[0])
            rows.append(_test(f"{name} of the rate, Freedman–Lane with HC3-t", p, INDEX))
            drawn_pairs = pairs_bootstrap(fit, level=LEVEL, draws=PERMUTATIONS, seed=seed).assign(p=np.nan)
            for ends, table in drawn_pairs.groupby("kind", sort=False):
                rows.append(_row(table, INDEX, slope[weights], f"{name} of the rate, pairs bootstrap, {ends}"))
        p = float(score_bootstrap(primary, INDEX, CLUSTER)["p"].iloc[0])
        rows.append(_test("quasi-Poisson, score bootstrap by Land", p, INDEX))
        logs = LinearModel(LN_RATE, PRIMARY)(frame)
        rows.append(_row(logs.table(LEVEL), INDEX, index, "OLS of ln rate, HC3"))
        free = CountModel(OUTCOME, PRIMARY, EXPOSURE, free_exposure=True)(frame)
        rows.append(_row(free.table(LEVEL), INDEX, index, "quasi-Poisson, ln eHb free, HC3"))
        rows.append(_row(free.table(LEVEL), LN_EXPOSURE, 0.0, "quasi-Poisson, ln eHb free, HC3"))
        share = ShareModel("share", PRIMARY)(frame.assign(share=frame[RATE] / 100))
        rows.append(_row(average_marginal(share, INDEX, 1.0), INDEX, slope["equal"], "fractional logit, average, HC3"))
        panel = PanelModel(OUTCOME, (INDEX, WAITING), EXPOSURE)(panel_design(drawn).frame)
        rows.append(_row(panel.table(LEVEL), INDEX, index, "panel with effects of municipality and year"))

        services = CountModel(OUTCOME, SERVICES_MODEL, EXPOSURE)(frame)
        table = services.table(LEVEL)
        rows += [_row(table, name, truth[name]["log_rate"], "five services, HC3") for name in COVERAGES]
        single = table.set_index("term").loc[list(COVERAGES), "p"]
        rows.append(_test("five services, joint Wald F, HC3", wald(services, COVERAGES).p))
        rows.append(_test("five services, joint Wald F, quasi", wald(services, COVERAGES, kind="classical").p))
        adjusted = holm(single)
        idle = [name for name in COVERAGES if truth[name]["log_rate"] == 0]
        rows.append(_test("five services, Holm: any of those without effect", adjusted[idle].min()))
        rows += [_test("five services, Holm", adjusted[name], name) for name in COVERAGES]
        return pd.DataFrame(rows)


def summarised(draws: list[pd.DataFrame]) -> pd.DataFrame:
    """Bias, coverage, power or size of each estimator over the draws, with the Monte-Carlo standard error of each.

    Parameters
    ----------
    draws : results of `Recovery`, one for each seed.

    Returns
    -------
    DataFrame
        ``estimator, term, draws, truth`` (mean), ``mean, bias, bias_se, sd`` (of the estimates), ``mean_se`` (as
        reported), ``coverage, coverage_se, rejected, rejected_se``.
    """
    long = pd.concat(draws, ignore_index=True)
    long["error"] = long["value"] - long["truth"]
    grouped = long.groupby(["estimator", "term"], sort=False)
    n = grouped.size()
    table = pd.DataFrame({"draws": n, "truth": grouped["truth"].mean(), "mean": grouped["value"].mean()})
    table["bias"], table["bias_se"] = grouped["error"].mean(), grouped["error"].std() / np.sqrt(n)
    table["sd"], table["mean_se"] = grouped["error"].std(), grouped["se"].mean()
    for column, name in (("covered", "coverage"), ("rejected", "rejected")):
        share = grouped[column].mean()  # of the intervals, and of the tests, that there are
        table[name], table[f"{name}_se"] = share, np.sqrt(share * (1 - share) / grouped[column].count())
    return table.reset_index()


def _row(table: pd.DataFrame, term: str, truth: float, estimator: str) -> dict[str, Any]:
    row = table[table["term"] == term].to_dict("records")[0]
    return {
        "estimator": estimator,
        "term": term,
        "truth": truth,
        "value": row["value"],
        "se": row["se"],
        "p": row["p"],
        "covered": float(row["lower"] <= truth <= row["upper"]) if np.isfinite(row["lower"]) else np.nan,
        "rejected": float(row["p"] < ALPHA if np.isfinite(row["p"]) else row["lower"] > 0 or row["upper"] < 0),
    }


def _test(name: str, p: float, term: str = "") -> dict[str, Any]:
    empty = dict.fromkeys(("truth", "value", "se", "covered"), float("nan"))
    return {"estimator": name, "term": term, **empty, "p": float(p), "rejected": float(p < ALPHA)}


CASES = {
    "complete": Recovery(),
    "no_effect": Recovery(null=True),
    "own_need": Recovery("own_need"),
    "under_recording": Recovery("under_recording"),
}


def table(draws: int) -> pd.DataFrame:
    found = []
    for case, recovery in CASES.items():
        with joblib.parallel_config(n_jobs=-1):
            summary = summarised(study(recovery, range(draws), progress=True, title=case))
        found.append(summary.assign(case=case))
    long = pd.concat(found, ignore_index=True)
    return long[["case", *(column for column in long.columns if column != "case")]]


if __name__ == "__main__":
    result = table(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)
    result.to_csv(TABLE, index=False, float_format="%.5f", lineterminator="\n")
    print(TABLE)
