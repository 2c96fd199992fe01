"""Size of tests in a panel where few municipalities change, by how many do: simulated panels without association.

    python -m benchmarks.panel_size [DRAWS]        (`make panelsize`: 1,000 panels of each case, 2,000 where all of 69
                                                    change; ten minutes of one core)

Writes benchmarks/panel_size.csv. Number k of a case is the same panel whatever the number of draws or of cores.

A panel: 3 years, exposure log-normal (median 8,350, log-SD 0.6), 25 events per 100, Poisson, with further log-normal
variation of SD .06 from year to year: independent, or a random walk (`serial`), or of twice the SD where the regressor
changes (`unequal`). The regressor is 0, and in those that change 1 from the second or third year on (`steps`) or normal
in each year (`random`). Its true coefficient is 0.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.study import study
from optkommunen.regression.panel import PanelModel, PanelResult

TABLE = Path(__file__).with_suffix(".csv")
DRAWS, SEED, LEVEL = 1_000, 2008, 0.95
YEARS, MEDIAN, LOG_SD, RATE, EXTRA = 3, 8_350, 0.6, 0.25, 0.06
PATTERNS = 999
"""Sign patterns drawn where more than 16 municipalities change."""
REGRESSORS = ("steps", "random")
SHOWN = ((30, 5), (30, 10), (30, 15), (10, 10), (69, 69))
"""Municipalities, and how many of them change: where not every panel is refused."""
NUMBERS = {
    "independent": ((30, 1), (30, 2), (30, 3), (3, 3), (6, 6), *SHOWN),
    "serial": SHOWN,
    "unequal": SHOWN,
}
MODEL = PanelModel("events", ("x",), "exposure")


class Case(NamedTuple):
    """Panels of one kind: how errors and regressor behave, municipalities, and how many of them change."""

    errors: str
    regressor: str
    units: int
    changing: int

    def panel(self, number: int) -> pd.DataFrame:
        """Panel of a number."""
        rng = np.random.default_rng([SEED, REGRESSORS.index(self.regressor), self.units, self.changing, number])
        shape = (self.units, YEARS)
        x = np.zeros(shape)
        while np.ptp(x - x.mean(axis=1, keepdims=True), axis=0).max() == 0:  # all by the same: an effect of the year
            if self.regressor == "steps":
                x[: self.changing] = np.arange(YEARS) >= rng.integers(1, YEARS, (self.changing, 1))
            else:
                x[: self.changing] = rng.normal(size=(self.changing, YEARS))
        exposure = MEDIAN * np.exp(rng.normal(0, LOG_SD, (self.units, 1))) * np.ones(YEARS)
        extra = EXTRA * rng.normal(size=shape)
        if self.errors == "serial":
            extra = extra.cumsum(axis=1)
        if self.errors == "unequal":
            extra[: self.changing] *= 2
        events = rng.poisson(RATE * exposure * np.exp(extra))
        names = [f"M{unit:02d}" for unit in range(self.units)]
        columns = {"kommune": np.repeat(names, YEARS), "period": np.tile(np.arange(YEARS).astype(str), self.units)}
        return pd.DataFrame(columns | {"x": x.ravel(), "exposure": exposure.ravel(), "events": events.ravel()})

    def __call__(self, number: int) -> dict[str, float]:
        """What the tests make of the panel of a number, by the rule of `PanelResult.table`; p is NaN where refused."""
        result = MODEL.fit(self.panel(number))
        covariance, df = result.clustered
        t, refused = abs(result.coef[0]) / np.sqrt(covariance[0, 0]), result.too_few(df)[0]
        flips = result.flipped(0, None, PATTERNS, number)
        return {
            "p": np.nan if refused else float(2 * stats.t.sf(t, df[0])),
            "flips": flips["p"] if np.isfinite(flips["t"]) else np.nan,
            "cr1": p_of_cr1(result),
            "df": float(df[0]),
            "effective_clusters": float(result.effective_clusters[0]),
        }


def p_of_cr1(result: PanelResult) -> float:
    """The p of CR1 with t(G - 1), as most programs give it."""
    x, bread, e = result.working
    scores, g = result.units.sums((x @ bread[:, 0]) * e), result.units.count
    t = result.coef[0] / np.sqrt(g / (g - 1) * (scores**2).sum())
    return float(2 * stats.t.sf(abs(t), g - 1))


def row(case: Case, draws: int, progress: bool = False) -> dict[str, float | str]:
    """Shares of the panels of a case, a refusal counted as no rejection, and what lies at their middle."""
    found = pd.DataFrame(study(case, range(draws), progress=progress, title=", ".join(map(str, case))))
    shown = found["p"].notna()
    size = {name: float((found[name] <= 1 - LEVEL).mean()) for name in ("p", "flips", "cr1")}
    shares = {"refused": 1 - shown.mean(), "size": size["p"], "size_sign_flips": size["flips"], "size_cr1": size["cr1"]}
    shares["coverage"] = (found["p"][shown] > 1 - LEVEL).mean()
    middle = {name: found[name].median() for name in ("df", "effective_clusters")}
    return case._asdict() | {"draws": draws} | shares | middle


def cases() -> list[Case]:
    """All cases: errors × numbers × regressor."""
    return [Case(e, r, *numbers) for e, listed in NUMBERS.items() for numbers in listed for r in REGRESSORS]


def draws_of(case: Case) -> int:
    """Twice as many where the coverage is told to a per cent."""
    return DRAWS * (1 + (case.units > 30))


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with joblib.parallel_config(n_jobs=-1):
        table = pd.DataFrame([row(case, asked or draws_of(case), progress=True) for case in cases()])
    table.to_csv(TABLE, index=False, float_format="%.4f", lineterminator="\n")
    print(TABLE)
