"""The front of the regression: returns, a formula or names in; a model out."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.front.model import Model, model_of, no_model
from optkommunen.front.question import CHILDCARE, DESIGN, question
from optkommunen.regression import caseload_change
from optkommunen.regression import integration as spec
from optkommunen.regression.formula import named, parsed
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.tables import coverage_of
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import Note

LATEST = "latest"
CHILDCARE_SOURCE = "INKAR 2024; INKAR via GERDA; GENESIS 12411-05-01-4; BBSR"


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
    period: int | str = LATEST,
    context_period: int | str | None = None,
    step: float | None = None,
    per: float = spec.PER,
    level: float | None = 0.95,
    fewest: int = 0,
    name: str = "",
) -> Model:
    """Regression of an outcome of municipalities on their services and conditions.

    ``regress(returns)`` fits the primary specification, stated before any result: quasi-Poisson of the Eingliederungen
    of a year with exposure eHb on the provision index and the waiting time of the year before and four context
    variables; a service or the waiting time that nobody collected is not in it, and the items of the model say so.
    Everything may be changed: a formula (``"eingliederungen ~ coverage_debt + log(ehb)"``) or names.

    Parameters
    ----------
    data : Returns or DataFrame
        Returns, whose design is built for `period`: ``eingliederungen, ehb, rate, ln_rate``; of the year before
        ``provision_index, waiting_days, coverage_<service>, n_services``; ``land, ring`` and the context of
        ``ok.conditions(logarithms=True)``. Or a frame with ``kommune`` and the columns.
    formula : str or None, default None
        ``"outcome ~ regressors"``, read once by formulaic; functions such as ``log(x)`` may stand in it. Text is
        groups, one coefficient for each but the first; numbers are numbers, ``C(x)`` makes groups of whole ones.
    outcome, on : str, list of str
        Names instead of a formula; text is groups here too. Without `on` those of `childcare_design` are regressed on
        what was stated beforehand for them.
    exposure : str or None, default None
        Column of the exposure: quasi-Poisson of a count. For returns and their Eingliederungen it is eHb. Not
        together with weights or share.
    weights : str or None, default None
        Column of weights: WLS, or the trials of a share.
    share : bool, default False
        Whether the outcome is a share between 0 and 1: fractional logit.
    interest : str or None, default None
        The coefficient in the foreground; the first regressor if None.
    cluster : str or None, default ""
        Column of the clusters, of at least two; None: no inference by cluster. If empty, the column ``land`` where
        there is one; the notes say where it cannot be used.
    period : str or int, default "latest"
        Outcome year of returns.
    context_period : str, int or None, default None
        Year of the official context of returns that bring none; None: the year before the outcome, or what stands in
        for it, see `integration.design`.
    step : float or None, default None
        Unit of `Model.marginal`: `step` more of the regressor; None: 0.1, ten of 100, for a coverage or the provision
        index of returns, else 1.
    per : float, default 100
        The same: events per `per` of the exposure.
    level : float or None, default 0.95
        Coverage of the intervals of the model and of all that it answers; None leaves them and the p-values out and
        changes no other number.
    fewest : int, default 0
        Municipalities below which there is no model but the reason; a report takes 25.
    name : str, default ""
        Label in tables and figures.

    Returns
    -------
    Model
        Empty, with the reason, where the data carry none: no services of the year before, too few municipalities.

    Raises
    ------
    ModelError
        No such column, formula not readable or without constant, the outcome among its regressors, exposure beside
        weights or share, a unit twice, a missing cell, text that is numbers, dates, a constant or collinear regressor,
        an interest that is not in the model, clusters that were named and are only one, a period of a frame or one
        that the returns do not have; names columns and municipalities.

    Examples
    --------
    A formula and names say the same:

    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> by_formula = regress(returns, "eingliederungen ~ provision_index + waiting_days")
    >>> by_name = regress(returns, outcome="eingliederungen", on=["provision_index", "waiting_days"])
    >>> by_formula.table.equals(by_name.table)
    True
    """
    coverage_of(level)
    _require_one_kind(formula, outcome, on, exposure, weights, share)
    returns = data if isinstance(data, Returns) else None
    try:
        frame, left_out = _frame(data, period, context_period)
    except NotEnoughDataError as reason:
        if period != LATEST:
            raise
        return no_model(reason.args[0])
    if cluster and cluster not in frame.columns:
        message = (
            f"The clusters are a column of the data; {cluster!r} is not (found: {', '.join(map(str, frame.columns))}). "
            "Name one of them, or cluster=None."
        )
        raise ModelError(message)
    if formula is not None:
        frame, outcome, on = parsed(formula, frame)
    elif outcome is not None and not on and DESIGN in frame and (frame[DESIGN] == CHILDCARE).all():
        on = caseload_change.stated(frame)
    elif outcome is None and not on and returns is not None:
        outcome, on, name = spec.OUTCOME, spec.present(spec.PRIMARY, frame), name or "primary"
    elif outcome is None or not on:
        message = "A regression needs an outcome and regressors: a formula, or outcome and on."
        raise ModelError(message)
    if returns is not None and outcome == spec.OUTCOME and weights is None and not share:
        exposure = exposure or spec.EXPOSURE
    if outcome in on:
        message = f"The outcome cannot explain itself; {outcome} is among the regressors. Leave it out there."
        raise ModelError(message)
    frame, regressors = named(on, frame)
    chosen = interest or regressors[0]
    if chosen not in regressors:
        message = (
            f"The coefficient in the foreground is that of a regressor; {chosen!r} is none (found: "
            f"{', '.join(regressors)}). Name one of them as interest."
        )
        raise ModelError(message)
    if exposure is not None:
        model: CountModel | ShareModel | LinearModel = CountModel(str(outcome), regressors, exposure, name)
    elif share:
        model = ShareModel(str(outcome), regressors, weights, name)
    else:
        model = LinearModel(str(outcome), regressors, weights, name)
    if len(frame) < fewest:
        return no_model(Note(
            "{fewest} municipalities were asked for at least; {n} have what the model needs", fewest=fewest,
            n=len(frame),
        ))  # fmt: skip
    try:
        return model_of(question(
            model, frame, left_out, interest=chosen, step=step, per=per, level=level, cluster=cluster, returns=returns
        ))  # fmt: skip
    except NotEnoughDataError as reason:
        return no_model(reason.args[0])


def childcare_design(*, everywhere: bool = False) -> pd.DataFrame:
    """The real regression: change of eHb and of persons in BG 2007–2008 on the places for children under three.

    The specification was fixed before any result: ``ehb_change`` or ``persons_in_bg_change`` on ``childcare_u3`` with
    ``persons_in_bg_per_100, ln_gdp_per_head, ln_density, unemployment_change``, without weights and with
    ``population``.

    Parameters
    ----------
    everywhere : bool, default False
        All 55 of unchanged area, with the column ``east`` for a region effect; else the 48 in the west.

    Returns
    -------
    DataFrame, shape (48, 25) or (55, 25)
        As of `optkommunen.regression.caseload_change.design`, with ``source`` and ``design``, by which `regress` knows
        that the columns have words.

    Examples
    --------
    >>> model = regress(childcare_design(), "ehb_change ~ childcare_u3 + ln_density", weights="population")
    >>> model.facts["n"], model.status
    (48, 'derived')
    """
    frame = caseload_change.design(everywhere=everywhere)
    return frame.assign(**{"source": CHILDCARE_SOURCE, DESIGN: CHILDCARE})


def _require_one_kind(
    formula: str | None, outcome: str | None, on: Sequence[str], exposure: str | None, weights: str | None, share: bool
) -> None:
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
    if formula is not None and (outcome is not None or on):
        message = "A regression is named by a formula or by outcome and on; found both. Give one of them."
        raise ModelError(message)


def _frame(
    data: Returns | pd.DataFrame, period: int | str, context_period: int | str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Frame of the model, and who is not in it."""
    if isinstance(data, Returns):
        return spec.design(data, None if period == LATEST else period, context_period=context_period)
    for name, given in (("period", None if period == LATEST else period), ("context_period", context_period)):
        if given is not None:
            message = f"A frame holds its period; found {name}={given!r} beside one. Choose its rows, or give returns."
            raise ModelError(message)
    columns = [KEY, *(name for name in ("name", "period") if name in data), "reason"]
    return data, pd.DataFrame(columns=columns)
