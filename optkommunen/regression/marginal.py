"""Average marginal association: a coefficient in the unit people think in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import CONSTANT, column, keys
from optkommunen.regression.fitted_model import EXACT, FittedModel
from optkommunen.regression.tables import estimates


def average_marginal(
    result: FittedModel,
    term: str,
    step: float,
    *,
    per: float = 100,
    weights: str | None = None,
    level: float | None = 0.95,
    kind: str = "HC3",
) -> pd.DataFrame:
    """How the rate differs, on average, between places that differ by `step` of one regressor.

    The derivative of the response by the regressor, averaged over the municipalities of the sample: ``step * per * b``
    times the mean of the expected rate (count model), of ``mu (1 - mu)`` (share model) or of one (linear model).
    The interval is by the delta method from the covariance of all coefficients, with t(n-k).

    Parameters
    ----------
    result : fitted model.
    term : the regressor, once in the model; of a polynomial this is the part of one power only.
    step : difference of the regressor, in its unit (0.1 for ten points of coverage).
    per : multiplier of the rate: 100 gives events per 100 of the exposure, or percentage points of a share. For a
        linear model of a rate that is already per 100 it is 1.
    weights : column of positive weights of the average, such as eHb; None: every municipality counts equally.
    level : coverage of the interval; None leaves out interval and p-value and changes no value.
    kind : covariance, as of `Result.table`.

    Returns
    -------
    DataFrame, one row
        ``model, outcome, term, step, per, weights, value, lower, upper, level, method, se, t, p, note, mde, n,
        df, status``; ``weights`` is ``equal`` or the name of the column, ``mde`` the smallest association found with
        80 % power at 5 %.

    Raises
    ------
    ModelError
        The model has no such regressor (the constant is none), step or per is no unit, or a weight is missing or not
        positive.

    References
    ----------
    Papke & Wooldridge 1996; Wooldridge 2010, chapter 2 (average partial effects).

    Examples
    --------
    In a linear model it is the coefficient in another unit, whatever the weights:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 4], "y": [0.0, 2, 1, 4, 3]})
    >>> fit = LinearModel("y", ("x",))(frame.assign(size=[9, 1, 1, 1, 1]))
    >>> values = [average_marginal(fit, "x", 0.5, per=1, weights=w)["value"].iloc[0] for w in (None, "size")]
    >>> np.allclose(values, 0.5 * fit.coef[1])
    True
    """
    if term == CONSTANT:
        message = (
            f"An average marginal association is that of a regressor: {', '.join(result.terms[1:])}; places do not "
            "differ in the constant. Name one of them."
        )
        raise ModelError(message)
    for name, number in (("step", step), ("per", per)):
        if isinstance(number, bool) or not np.isfinite(number) or number == 0 or (name == "per" and number < 0):
            rule = "a positive number" if name == "per" else "a number other than 0"
            message = f"The unit of the association is {rule} in {name}; found {name}={number!r}."
            raise ModelError(message)
    j = result.index_of(term)
    share = _shares(result.data, weights)
    slope, curvature = result.mean_derivatives
    average = share @ slope
    gradient = result.coef[j] * ((share * curvature) @ result.x)
    gradient[j] += average
    unit = step * per
    se = abs(unit) * np.sqrt(gradient @ result.covariance(kind) @ gradient)
    method = f"{result.model.label} {kind} t({result.df}), delta method"
    table = estimates([unit * result.coef[j] * average], [se], result.df, level, method, EXACT)
    whose = {"model": result.model.name, "outcome": result.model.outcome, "term": term}
    whose |= {"step": step, "per": per, "weights": weights or "equal"}
    return pd.DataFrame([whose]).join(table).assign(n=result.n, df=result.df, status=result.status)


def _shares(data: pd.DataFrame, weights: str | None) -> np.ndarray:
    if weights is not None:
        if weights not in data:
            message = f"The weights are a column of the sample; {weights!r} is not (found: {', '.join(data.columns)})."
            raise ModelError(message)
        bad = data[~((data[weights] > 0) & np.isfinite(data[weights]))]
        if len(bad):
            message = f"Weights must be positive numbers; {weights} is not for {keys(bad)}. Give each its weight."
            raise ModelError(message)
    w = column(data, weights)
    return w / w.sum()
