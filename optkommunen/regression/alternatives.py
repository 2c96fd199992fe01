"""The primary model and those beside it, in one unit: events a year per 100, for ten more served per 100 with need."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.errors import ModelError
from optkommunen.multiplicity import holm
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.integration import (
    COVERAGES,
    EXPOSURE,
    INDEX,
    LN_RATE,
    NAIVE,
    OUTCOME,
    PER,
    PRIMARY,
    RATE,
    SERVICES_MODEL,
    STEP,
    WAITING,
    present,
)
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.multiple import WaldTest, wald
from optkommunen.regression.panel import PanelModel, PanelResult
from optkommunen.regression.tables import coverage_of
from optkommunen.values import KEY

COLUMNS = (
    "model", "outcome", "term", "value", "lower", "upper", "level", "method", "se", "p", "mde", "n", "status", "note",
)  # fmt: skip


def alternative_models(frame: pd.DataFrame, panel: pd.DataFrame | None = None, level: float = 0.95) -> pd.DataFrame:
    """Association of the provision index with integration, by every model, in one unit.

    Unit: Eingliederungen a year per 100 eHb, for 10 more served per 100 with need in all five services. Count and
    share models: average marginal association with its delta-method interval. Linear models of the rate: the
    coefficient.
    Models of the logarithm (OLS of ln rate, panel): coefficient and interval times the mean rate of the sample, which
    is taken as fixed.

    Parameters
    ----------
    frame : as from `integration.design`; what nobody collected is in no model.
    panel : as from `integration.panel_design`; None leaves the panel out.
    level : coverage of the intervals.

    Returns
    -------
    DataFrame
        `COLUMNS`, the primary model first. A model that cannot be fitted has no value and the reason in ``note``.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> from optkommunen.regression.integration import design
    >>> table = alternative_models(design(load_returns()).frame)
    >>> table["model"].iloc[0], bool((table["n"] == 69).all())
    ('primary: quasi-Poisson', True)
    """
    coverage_of(level)  # a wrong level is an error, not a reason why a model has no value
    mean = PER * float(frame[OUTCOME].sum() / frame[EXPOSURE].sum())
    share = frame.assign(share=frame[RATE] / PER)
    primary, naive = present(PRIMARY, frame), present(NAIVE, frame)
    fits = {
        "primary: quasi-Poisson": lambda: _unit(CountModel(OUTCOME, primary, EXPOSURE)(frame), level),
        "primary, weighted by eHb": lambda: _unit(CountModel(OUTCOME, primary, EXPOSURE)(frame), level, EXPOSURE),
        "OLS of the rate": lambda: _unit(LinearModel(RATE, primary)(frame), level, per=1),
        "WLS of the rate": lambda: _unit(LinearModel(RATE, primary, EXPOSURE)(frame), level, per=1),
        "OLS of ln rate": lambda: _scaled(LinearModel(LN_RATE, primary)(frame), level, mean),
        "fractional logit": lambda: _unit(ShareModel("share", primary)(share), level),
        "ln eHb free": lambda: _unit(CountModel(OUTCOME, primary, EXPOSURE, free_exposure=True)(frame), level),
        "naive: no context": lambda: _unit(CountModel(OUTCOME, naive, EXPOSURE)(frame), level),
    }
    if panel is not None:
        fits["panel, within municipalities"] = lambda: _scaled(
            PanelModel(OUTCOME, present((INDEX, WAITING), panel), EXPOSURE)(panel), level, mean
        )
    rows = []
    for name, fit in fits.items():
        try:
            row = fit()
        except ModelError as reason:
            row = {"note": str(reason), "method": "none", "n": len(frame), "status": "missing"}
        rows.append({"note": "", **row, "model": name, "outcome": OUTCOME, "term": INDEX})
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def services_jointly(
    frame: pd.DataFrame, level: float = 0.95, services: Sequence[str] = COVERAGES
) -> tuple[pd.DataFrame, WaldTest]:
    """The five services in place of their index: one joint test first, then each with its p adjusted after Holm.

    Parameters
    ----------
    frame : as from `integration.design`. Who has no need in a service has no coverage and is left out here; see
        `left_out_jointly`. A service that nobody collected is not in the model, and in neither result.
    level : coverage of the intervals.
    services : columns of the services.

    Returns
    -------
    DataFrame and `WaldTest`
        One row for each service: ``term, value, lower, upper, level, method, se, p, p_holm, mde, n, status, note``, on
        the logarithm of the rate for full coverage; ``note`` names who is left out, the same in all rows. And the HC3
        Wald test that all are zero.

    Examples
    --------
    Adjusting never makes a p-value smaller:

    >>> from optkommunen.returns.read import load_returns
    >>> from optkommunen.regression.integration import design
    >>> table, test = services_jointly(design(load_returns()).frame)
    >>> bool((table["p_holm"] >= table["p"]).all()), test.df1
    (True, 5)
    """
    services = present(services, frame)
    complete = frame.dropna(subset=list(services))
    fit = CountModel(OUTCOME, present(SERVICES_MODEL, frame), EXPOSURE, "five services")(complete)
    table = fit.table(level)
    table = table[table["term"].isin(services)].reset_index(drop=True)
    table["p_holm"] = holm(table["p"])
    out = left_out_jointly(frame, services)
    told = [f"{who} left out, {why}" for who, why in zip(out[KEY], out["reason"], strict=True)]
    table["note"] = "; ".join([*told, *_leverage_one(fit)])
    first = ["term", "value", "lower", "upper", "level", "method", "se", "p", "p_holm", "mde", "n", "status", "note"]
    return table[first], wald(fit, services)


def left_out_jointly(frame: pd.DataFrame, services: Sequence[str] = COVERAGES) -> pd.DataFrame:
    """Who is in the design but not in the joint model of the services, because a coverage is missing.

    Returns
    -------
    DataFrame
        ``kommune, reason``, one row for each municipality left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "coverage_debt": [0.4, None], "coverage_care": [0.5, 0.2]})
    >>> left_out_jointly(frame, ["coverage_debt", "coverage_care"]).to_dict("records")
    [{'kommune': 'M02', 'reason': 'no coverage_debt'}]
    """
    missing = frame[list(services)].isna()
    reason = ["no " + ", ".join(missing.columns[row]) for row in missing.to_numpy()]
    return frame[[KEY]].assign(reason=reason)[missing.any(axis=1)].reset_index(drop=True)


def cities(frame: pd.DataFrame) -> list[str]:
    """The kreisfreie Städte of a sample of the 69; of Musterkommunen, which have no such status, the six densest.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> from optkommunen.regression.integration import design
    >>> len(cities(design(load_returns()).frame))
    6
    """
    register = municipalities()
    towns = set(register.loc[register["kind"].str.contains("Stadt"), KEY])
    found = [str(key) for key in frame[KEY] if key in towns]
    if found or not frame["status"].eq("synthetic").all():
        return found
    return [str(key) for key in frame.nlargest(6, "ln_density")[KEY]]


def _unit(fit: FittedModel, level: float, weights: str | None = None, per: float = PER) -> dict[str, object]:
    row = average_marginal(fit, INDEX, STEP, per=per, weights=weights, level=level).to_dict("records")[0]
    return {str(key): value for key, value in row.items()} | {"note": "; ".join(_leverage_one(fit))}


def _leverage_one(fit: FittedModel) -> list[str]:
    """Who is not in a fit, for a note."""
    return [f"{who} left out, leverage one" for who in fit.dropped]


def _scaled(fit: FittedModel | PanelResult, level: float, mean: float) -> dict[str, object]:
    """A coefficient on the logarithm of the rate, times the mean rate."""
    table = fit.table(level)
    row = {str(k): v for k, v in table[table["term"] == INDEX].to_dict("records")[0].items()}
    if isinstance(fit, FittedModel):
        row["note"] = "; ".join(_leverage_one(fit))
    return row | {k: STEP * mean * row[k] for k in ("value", "lower", "upper", "se", "mde")}
