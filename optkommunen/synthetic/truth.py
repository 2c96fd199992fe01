"""The truth of a set of Musterkommunen: what generated it, and what each estimator should find."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from optkommunen.synthetic import service_provision
from optkommunen.synthetic.monthly_returns import YEARS
from optkommunen.synthetic.places import CENTRE, PRIMARY
from optkommunen.synthetic.service_provision import SERVICES

SCENARIOS = {
    "complete": "need acts on integration through the measured context only, and every person served is recorded: "
    "the primary model can find the truth",
    "own_need": "need has a part of its own that raises provision, lowers integration and is in no control: "
    "adjustment must fail",
    "under_recording": "persons served are recorded incompletely, each municipality its own share: the truth acts on "
    "all served, the return knows the recorded; adjustment must fail",
}

RATE_PER_MONTH = 0.0232  # 16,000 of 690,414 eHb, third quarter of 2006
YEAR_EFFECTS = (0.0, 0.01, 0.0)
CONTEXT_EFFECTS = np.array([-0.006, -0.006, 0.06, 0.015])
COVERAGE_CENTRE, WAITING_CENTRE = 0.5, 21.0
OWN_NEED_EFFECT = -0.05
SD_PERSISTENT, SD_TRANSIENT, SD_LAND = 0.044, 0.038, 0.02
"""Of the log rate; with the services' own variation they make the annual φ of the primary model about 12."""

_DIGITS = 6


def record(
    seed: int,
    scenario: str,
    effects: dict[str, float],
    keys: tuple[str, ...],
    parts: dict[str, np.ndarray],
    rate: np.ndarray,
    lasting: np.ndarray,
    ehb: np.ndarray,
) -> dict[str, Any]:
    """Everything a recovery study compares with, as plain values with sorted keys.

    Parameters
    ----------
    seed, scenario, effects : as given to the generator.
    keys : the Musterkommunen.
    parts : ``persistent`` (69,), ``transient`` (69, 3), ``land`` (13,), ``own_need`` (69,), ``recording`` (69,).
    rate : integrations per eHb and year that were expected, shape (69, 3).
    lasting : the rate without what passes with the year, mean of the years, shape (69,).
    ehb : mean eHb of the year, shape (69, 3).
    """
    found = {
        "effects": {
            "land": {f"L{i + 1:02d}": _plain(v) for i, v in enumerate(parts["land"])},
            "persistent": _by_key(keys, parts["persistent"]),
            "transient": _by_key_and_year(keys, parts["transient"]),
            "own_need": _by_key(keys, parts["own_need"]) if scenario == "own_need" else {},
            "recorded_share": _by_key(keys, parts["recording"]) if scenario == "under_recording" else {},
        },
        "estimands": _estimands(effects, rate, ehb),
        "expected_rate": _by_key_and_year(keys, 100 * rate),
        "lasting_rate": _by_key(keys, 100 * lasting),
        "notes": {
            "acts": "coverage and waiting time of the year before, as reported, when recording is complete",
            "average_marginal_effect": "derivative of the expected rate, averaged over the 69: multiplier × log_rate × "
            "mean of the expected rate (per 100 eHb and year); equal: each municipality counts one; "
            "ehb: weight is the mean eHb of the year",
            "effects": "on the natural logarithm of the rate",
            "expected_rate": "Eingliederungen per 100 eHb and year that were expected before the Poisson draw",
            "formula": "ln rate = ln(12 × rate_per_month) + year + sum over services of effect × (coverage − "
            f"{COVERAGE_CENTRE}) + waiting × (mean waiting days − {WAITING_CENTRE:g}) + context effects × "
            "(context − centre) + land + persistent + transient; "
            "Eingliederungen ~ Poisson(mean eHb × rate)",
            "lasting_rate": "the expected rate without what passes with the year, mean of the three years: no "
            "transient part, coverage and waiting time without the year's own deviation (and not rounded); intervals, "
            "ranks and shrunken rates of municipalities are judged against it",
            "linear_models": "a linear regression of the rate estimates the average marginal effect of its own "
            "weights (unweighted: equal; weighted by eHb: ehb), one of the logarithm of the rate the log_rate",
            "scenario": SCENARIOS[scenario],
        },
        "parameters": {
            "rate_per_month": RATE_PER_MONTH,
            "year": _by_year(YEAR_EFFECTS),
            "context": _named(CONTEXT_EFFECTS),
            "context_centre": _named(CENTRE),
            "own_need": OWN_NEED_EFFECT if scenario == "own_need" else 0.0,
            "sd_land": SD_LAND,
            "sd_persistent": SD_PERSISTENT,
            "sd_transient": SD_TRANSIENT,
            "coverage_pressure": service_provision.COVERAGE_PRESSURE,
            "waiting_pressure": service_provision.WAITING_PRESSURE,
            **{f"effect_{name}": float(value) for name, value in effects.items()},
        },
        "adjusted_model_holds": scenario == "complete",
        "naive_model_holds": False,
        "scenario": scenario,
        "seed": seed,
        "status": "synthetic",
    }  # fmt: skip
    return _sorted(found)


def _estimands(effects: dict[str, float], rate: np.ndarray, ehb: np.ndarray) -> dict[str, Any]:
    """What the coefficient of each regressor should be, and its average marginal effect in each outcome year."""
    per_100, days = "for 10 more served per 100 with need", "for 10 more days"
    primary, both = "primary model", "primary model; model of the five services"
    index = sum(effects[name] for name in SERVICES)
    rows = [("provision_index", index, primary, "1 (all five coverages from 0 to 1)", 0.1, f"{per_100}, in all five")]
    rows += [
        (f"coverage_{name}", effects[name], "model of the five services", "1 (coverage from 0 to 1)", 0.1, per_100)
        for name in SERVICES
    ]
    rows += [("waiting_days", effects["waiting"], both, "day (mean of the five medians)", 10, days)]
    units = ("person per 100 inhabitants", "percentage point", "unit of the logarithm", "unit of the logarithm")
    rows += [
        (name, float(value), both, unit, 1, f"for one more {unit}")
        for name, value, unit in zip(PRIMARY, CONTEXT_EFFECTS, units, strict=True)
    ]
    rows += [("ln_ehb", 0.0, "primary model with ln eHb beside the exposure", "unit of the logarithm", 1, "")]
    level = {"equal": 100 * rate.mean(axis=0), "ehb": 100 * (rate * ehb).sum(axis=0) / ehb.sum(axis=0)}
    return {
        name: {
            "log_rate": _plain(value),
            "model": model,
            "per": per,
            "average_marginal_effect": {
                weights: _by_year(multiplier * value * means) for weights, means in level.items()
            },
            "average_marginal_effect_unit": f"Eingliederungen per 100 eHb and year {step}".strip(),
            "multiplier": multiplier,
        }
        for name, value, model, per, multiplier, step in rows
    }  # fmt: skip


def _named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(PRIMARY, map(_plain, values), strict=True))


def _by_key(keys: tuple[str, ...], values: np.ndarray) -> dict[str, float]:
    return dict(zip(keys, map(_plain, values), strict=True))


def _by_year(values: Iterable[float]) -> dict[str, float]:
    return dict(zip(map(str, YEARS), map(_plain, values), strict=True))


def _by_key_and_year(keys: tuple[str, ...], values: np.ndarray) -> dict[str, dict[str, float]]:
    return dict(zip(keys, map(_by_year, values), strict=True))


def _plain(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value
