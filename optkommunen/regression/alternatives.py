"""The primary model and those beside it, in one unit: events a year per 100, for ten more served per 100 with need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import WaldTest, jointly
from optkommunen.regression.linear import LinearModel, linear_counterparts
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.panel import PanelModel, PanelResult
from optkommunen.regression.tables import coverage_of
from optkommunen.values import KEY
from optkommunen.words import Note, all_notes

COLUMNS = (
    "model", "outcome", "term", "value", "lower", "upper", "level", "method", "se", "p", "mde", "n", "status", "note",
)  # fmt: skip


def alternative_models(
    frame: pd.DataFrame, panel: pd.DataFrame | None = None, level: float | None = 0.95
) -> pd.DataFrame:
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
    mean = spec.PER * float(frame[spec.OUTCOME].sum() / frame[spec.EXPOSURE].sum())
    share = frame.assign(share=frame[spec.RATE] / spec.PER)
    primary, naive = spec.present(spec.PRIMARY, frame), spec.present(spec.NAIVE, frame)
    counts = CountModel(spec.OUTCOME, primary, spec.EXPOSURE)
    fits: dict[str, Callable[[], dict[Any, Any]]] = {
        "primary: quasi-Poisson": lambda: _unit(counts(frame), level),
        "primary, weighted by eHb": lambda: _unit(counts(frame), level, spec.EXPOSURE),
        "OLS of the rate": lambda: _unit(LinearModel(spec.RATE, primary)(frame), level, per=1),
        "WLS of the rate": lambda: _unit(LinearModel(spec.RATE, primary, spec.EXPOSURE)(frame), level, per=1),
        "OLS of ln rate": lambda: _scaled(LinearModel(spec.LN_RATE, primary)(frame), level, mean),
        "fractional logit": lambda: _unit(ShareModel("share", primary)(share), level),
        "ln eHb free": lambda: _unit(replace(counts, free_exposure=True)(frame), level),
        "naive: no context": lambda: _unit(replace(counts, regressors=naive)(frame), level),
    }
    if panel is not None:
        fits["panel, within municipalities"] = lambda: _scaled(
            PanelModel(spec.OUTCOME, spec.present((spec.INDEX, spec.WAITING), panel), spec.EXPOSURE)(panel), level, mean
        )
    return _side_by_side(fits, len(frame), spec.OUTCOME, spec.INDEX)


def alternatives_to(
    fit: FittedModel, term: str, *, step: float = 1, per: float = spec.PER, level: float | None = 0.95
) -> pd.DataFrame:
    """A coefficient of any model by the models that could as well have been fitted, in one unit.

    Beside a count: its average weighted by the exposure, OLS and WLS of the rate, OLS of its logarithm (times the mean
    rate, taken as fixed), fractional logit, the logarithm of the exposure free. Beside a share: OLS of it. Beside a
    weighted linear model: the unweighted. Always: the regressor alone.

    Parameters
    ----------
    fit : FittedModel
        The model that was fitted.
    term : str
        The coefficient.
    step, per : float
        Unit, as of `average_marginal`; a linear model is in the unit of its outcome, whatever `per`.
    level : float or None, default 0.95
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        `COLUMNS`, the fitted model first. A model that cannot be fitted has no value and the reason in ``note``.

    Raises
    ------
    ModelError
        The model has no such term.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "o": [12, 9, 30, 22, 8, 41], "x": [0.0, 1, 2, 3, 4, 5]})
    >>> frame["ehb"] = [50.0, 40, 110, 80, 30, 120]
    >>> table = alternatives_to(CountModel("o", ("x",), "ehb")(frame), "x")
    >>> table["model"].tolist()[:4]
    ['quasi-Poisson', 'weighted by ehb', 'OLS of the rate', 'WLS of the rate']
    """
    fit.index_of(term)
    coverage_of(level)
    model, data, regressors = fit.model, fit.data, tuple(fit.terms[1:])
    linear = isinstance(model, LinearModel)

    def unit(other: FittedModel, weights: str | None = None, per: float = 1 if linear else per) -> dict[Any, Any]:
        return _unit(other, level, weights, per, term, step)

    fits: dict[str, Callable[[], dict[Any, Any]]] = {model.label: lambda: unit(fit)}
    if isinstance(model, CountModel):
        exposure = model.exposure
        rates = linear_counterparts(fit, per)
        rate, ols = rates[0].model.outcome, rates[0]
        ratio = data.assign(**{rate: ols.data[rate] / per})
        logs = data.assign(**{rate: np.log(ratio[rate].where(ratio[rate] > 0))})
        mean = per * float(fit.y.sum() / data[exposure].sum())
        fits |= {
            f"weighted by {exposure}": lambda: unit(fit, exposure),
            "OLS of the rate": lambda: unit(ols, per=1),
            "WLS of the rate": lambda: unit(rates[1], per=1),
            "OLS of ln rate": lambda: _scaled(LinearModel(rate, regressors)(logs), level, mean, term, step),
            "fractional logit": lambda: unit(ShareModel(rate, regressors)(ratio)),
            f"ln {exposure} free": lambda: unit(replace(model, free_exposure=True)(data)),
        }
    elif isinstance(model, ShareModel):
        fits["OLS of the share"] = lambda: unit(LinearModel(model.outcome, regressors, model.weights)(data))
    elif model.weights is not None:
        fits["OLS"] = lambda: unit(replace(model, weights=None)(data))
    if len(regressors) > 1:
        fits[f"{term} alone"] = lambda: unit(replace(model, regressors=(term,))(data))
    return _side_by_side(fits, fit.n, model.outcome, term)


def _side_by_side(fits: dict[str, Callable[[], dict[Any, Any]]], n: int, outcome: str, term: str) -> pd.DataFrame:
    """One row for each model; the reason in place of a value where it cannot be fitted."""
    rows = []
    for name, fit in fits.items():
        try:
            row = fit()
        except ModelError as reason:
            row = {"note": reason.args[0], "method": "none", "n": n, "status": "missing"}
        rows.append({"note": "", **row, "model": name, "outcome": outcome, "term": term})
    notes = pd.Series([row["note"] for row in rows], dtype=object)  # a note keeps its words in both languages
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS)).assign(note=notes)


def services_jointly(
    frame: pd.DataFrame, level: float | None = 0.95, services: Sequence[str] = spec.COVERAGES
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
    services = spec.present(services, frame)
    complete = frame.dropna(subset=list(services))
    fit = CountModel(spec.OUTCOME, spec.present(spec.SERVICES_MODEL, frame), spec.EXPOSURE, "five services")(complete)
    table, test = jointly(fit, services, level)
    out = left_out_jointly(frame, services)
    told = [Note("{who} left out, {why}", who=who, why=why) for who, why in zip(out[KEY], out["reason"], strict=True)]
    told += _leverage_one(fit)
    table["note"] = pd.Series([all_notes(told) if told else ""] * len(table), dtype=object)
    first = ["term", "value", "lower", "upper", "level", "method", "se", "p", "p_holm", "mde", "n", "status", "note"]
    return table[first], test


def left_out_jointly(frame: pd.DataFrame, services: Sequence[str] = spec.COVERAGES) -> pd.DataFrame:
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
    reason = [Note("no {columns}", columns=", ".join(missing.columns[row])) for row in missing.to_numpy()]
    return frame[[KEY]].assign(reason=np.array(reason, dtype=object))[missing.any(axis=1)].reset_index(drop=True)


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


def _unit(
    fit: FittedModel, level: float | None, weights: str | None = None, per: float = spec.PER, term: str = spec.INDEX,
    step: float = spec.STEP,
) -> dict[Any, Any]:  # fmt: skip
    row = average_marginal(fit, term, step, per=per, weights=weights, level=level).to_dict("records")[0]
    return row | {"note": _told(row["note"], fit)}


def _scaled(
    fit: FittedModel | PanelResult, level: float | None, mean: float, term: str = spec.INDEX, step: float = spec.STEP
) -> dict[Any, Any]:
    """A coefficient on the logarithm of the rate, times the mean rate."""
    table = fit.table(level)
    row = table[table["term"] == term].to_dict("records")[0]
    if isinstance(fit, FittedModel):
        row["note"] = _told(row["note"], fit)
    return row | {k: step * mean * row[k] for k in ("value", "lower", "upper", "se", "mde")}


def _told(note: str, fit: FittedModel) -> str:
    """The note of a row, and who is not in its fit."""
    notes = [*filter(None, [note]), *_leverage_one(fit)]
    return all_notes(notes) if notes else ""


def _leverage_one(fit: FittedModel) -> list[Note]:
    """Who is not in a fit, for a note."""
    return [Note("{who} left out, leverage one", who=who) for who in fit.dropped]
