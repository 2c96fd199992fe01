"""The front door of the regression: returns, a formula or names in; a fitted regression out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.answer import Regression
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.design import keys
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.formula import named, parsed
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.returns.read import Returns
from optkommunen.values import KEY

_LAND = "land"


def regress(
    data: Returns | pd.DataFrame,
    formula: str | None = None,
    *,
    outcome: str | None = None,
    on: Sequence[str] = (),
    exposure: str | None = None,
    weights: str | None = None,
    share: bool = False,
    interest: str | None = None,
    cluster: str | None = "",
    year: int | str | None = None,
    context_period: int | str | None = None,
    step: float | None = None,
    per: float = spec.PER,
    name: str = "",
) -> Regression:
    """Regression of an outcome of municipalities on their services and conditions.

    ``regress(returns)`` fits the primary specification, stated before any result: quasi-Poisson of the Eingliederungen
    of a year with exposure eHb on the provision index and the waiting time of the year before and four context
    variables; a service or the waiting time that nobody collected is not in it, and `Regression.summary` says so.
    Everything may be changed: a formula (``"eingliederungen ~ coverage_debt + log(ehb)"``) or names.

    Parameters
    ----------
    data : returns, whose design is built for `year`; or a frame with ``kommune`` and the columns.
    formula : ``"outcome ~ regressors"``, read once by formulaic; functions such as ``log(x)`` may stand in it. Text is
        groups, one coefficient for each but the first; numbers are numbers, ``C(x)`` makes groups of whole ones.
    outcome, on : names instead of a formula; text is groups here too.
    exposure : column of the exposure: quasi-Poisson of a count. For returns and their Eingliederungen it is eHb. Not
        together with weights or share.
    weights : column of weights: WLS, or the trials of a share.
    share : whether the outcome is a share between 0 and 1: fractional logit.
    interest : the coefficient in the foreground; the first regressor if None.
    cluster : column of the clusters, of at least two; None: no inference by cluster. If empty, the column ``land``
        where there is one; `Regression.summary` says where it cannot be used.
    year : outcome year of returns; the last if None.
    context_period : year of the official context of returns that bring none; None: the year before the outcome, or what
        stands in for it, see `integration.design`.
    step, per : unit of `Regression.marginal`: `step` more of the regressor (None: 0.1, ten of 100, for a coverage or
        the provision index of returns, else 1), events per `per` of the exposure.
    name : label in tables and figures.

    Returns
    -------
    Regression

    Raises
    ------
    ModelError
        No such column, formula not readable or without constant, the outcome among its regressors, exposure beside
        weights or share, a unit twice, a missing cell, text that is numbers, dates, too few rows, a constant or
        collinear regressor, an interest that is not in the model, clusters that were named and are only one, a year of
        a frame; names columns and municipalities.

    Examples
    --------
    A formula and names say the same:

    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> by_formula = regress(returns, "eingliederungen ~ provision_index + waiting_days")
    >>> by_name = regress(returns, outcome="eingliederungen", on=["provision_index", "waiting_days"])
    >>> by_formula.table().equals(by_name.table())
    True
    """
    if isinstance(on, str):
        message = f"on is a list of columns; found the text {on!r}. Write on=[{on!r}]."
        raise ModelError(message)
    if exposure is not None and (weights is not None or share):
        other = f"weights={weights!r}" if weights is not None else "share=True"
        message = (
            f"An exposure makes the outcome a count, weights or share make it a mean or a share; found exposure="
            f"{exposure!r} and {other}. Give one of them."
        )
        raise ModelError(message)
    frame, left_out, source = _frame(data, year, context_period)
    if cluster and cluster not in frame.columns:
        message = (
            f"The clusters are a column of the data; {cluster!r} is not (found: {', '.join(map(str, frame.columns))}). "
            "Name one of them, or cluster=None."
        )
        raise ModelError(message)
    if formula is not None:
        if outcome is not None or on:
            message = "A regression is named by a formula or by outcome and on; found both. Give one of them."
            raise ModelError(message)
        frame, outcome, on = parsed(formula, frame)
    elif outcome is None and not on and isinstance(data, Returns):
        outcome, on, name = spec.OUTCOME, spec.present(spec.PRIMARY, frame), name or "primary"
    elif outcome is None or not on:
        message = "A regression needs an outcome and regressors: a formula, or outcome and on."
        raise ModelError(message)
    if isinstance(data, Returns) and outcome == spec.OUTCOME and weights is None and not share:
        exposure = exposure or spec.EXPOSURE
    if outcome in on:
        message = f"The outcome cannot explain itself; {outcome} is among the regressors. Leave it out there."
        raise ModelError(message)
    frame, regressors = named(on, frame)
    if exposure is not None:
        fit: FittedModel = CountModel(str(outcome), regressors, exposure, name)(frame)
    elif share:
        fit = ShareModel(str(outcome), regressors, weights, name)(frame)
    else:
        fit = LinearModel(str(outcome), regressors, weights, name)(frame)
    chosen = interest or regressors[0]
    if chosen not in regressors:
        message = (
            f"The coefficient in the foreground is that of a regressor; {chosen!r} is none (found: "
            f"{', '.join(regressors)}). Name one of them as interest."
        )
        raise ModelError(message)
    fit.index_of(chosen)
    if step is None:
        step = spec.STEP if source and chosen in (spec.INDEX, *spec.COVERAGES) else 1
    out = pd.concat([left_out, _full_leverage(fit, frame, left_out)], ignore_index=True)
    used, why_not = _clusters(fit.data, cluster)
    return Regression(fit, chosen, used, step, per, out, source, why_not)


def _frame(
    data: Returns | pd.DataFrame, year: int | str | None, context_period: int | str | None
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    if isinstance(data, Returns):
        frame, left_out = spec.design(data, year, context_period=context_period)
        return frame, left_out, data.source
    for name, given in (("year", year), ("context_period", context_period)):
        if given is not None:
            message = f"A frame holds its year; found {name}={given!r} beside one. Choose its rows, or give returns."
            raise ModelError(message)
    columns = [KEY, *(name for name in ("name", "period") if name in data), "reason"]
    return data, pd.DataFrame(columns=columns), ""


def _full_leverage(fit: FittedModel, frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Rows of `left_out` for those who fit themselves exactly."""
    gone = frame[frame[KEY].isin(fit.dropped)]
    with_them = f", left out with it: {', '.join(fit.dropped_regressors)}" if fit.dropped_regressors else ""
    reason = f"leverage one: it alone identifies a regressor and fits itself exactly{with_them}"
    return gone.assign(reason=reason)[like.columns]


def _clusters(data: pd.DataFrame, cluster: str | None) -> tuple[str | None, str]:
    """Column of the clusters, or why there is none although there is a column."""
    column = cluster or _LAND
    if cluster is None or column not in data:
        return None, ""
    lacking = data[data[column].isna()]
    if not len(lacking) and len(data[column].unique()) > 1:
        return column, ""
    found = f"is missing for {keys(lacking)}" if len(lacking) else f"is {data[column].iloc[0]} for all"
    if cluster:
        message = f"Inference by cluster needs two clusters and everybody in one; {column} {found}. Write cluster=None."
        raise ModelError(message)
    return None, f"{column} {found}"
