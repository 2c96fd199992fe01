"""Adjusted distance: what the context lets expect of each municipality, factor by factor, and what remains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.regression.fitted_model import FittedModel
from optkommunen.values import KEY


def contributions(result: FittedModel) -> pd.DataFrame:
    """What each factor adds to the expectation for each municipality: ``(x_ij - mean of x_j) b_j``.

    Parameters
    ----------
    result : fitted model. The values are on the scale of its coefficients: the logarithm of the rate in a count model
        (0.05 is about 5 per cent), the logit of a share, the outcome itself in a linear model.

    Returns
    -------
    DataFrame, one row per municipality and term without the constant
        ``kommune, term, value, lower, upper, level, method, status``; no interval. The values of a municipality sum
        to the ``adjustment`` of `adjusted_distance`.

    Examples
    --------
    Over all municipalities, the contributions of a factor cancel out:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 7], "y": [0.0, 2, 1, 4, 3]})
    >>> abs(round(float(contributions(LinearModel("y", ("x",))(frame))["value"].sum()), 12))
    0.0
    """
    values = _contributions(result)
    index = pd.MultiIndex.from_product([result.data[KEY], result.terms[1:]], names=[KEY, "term"])
    return _described(pd.DataFrame({"value": values.ravel()}, index=index).reset_index(), result)


def adjusted_distance(result: FittedModel) -> pd.DataFrame:
    """Distance of each municipality from what its factors let expect ("bereinigter Abstand").

    ``observed - expected`` with ``expected = reference + adjustment``: the expectation for a municipality whose factors
    lie at the unweighted mean of the sample, plus the sum of the contributions. The municipality itself is part of
    the sample, which draws its expectation towards it by its leverage; `leave_one_out` shows how far that matters.

    Parameters
    ----------
    result : fitted model; scale as of `contributions`.

    Returns
    -------
    DataFrame, one row per municipality
        ``kommune, value, lower, upper, level, method, observed, reference, adjustment, expected, note, status``.
        There is no interval: the distance holds everything the model does not know, chance included. Where the
        outcome has no value on the scale (no event, a share of 0 or 1), it is missing and the note says why.

    Examples
    --------
    The distances of an unweighted linear model sum to zero:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 7], "y": [0.0, 2, 1, 4, 3]})
    >>> abs(round(float(adjusted_distance(LinearModel("y", ("x",))(frame))["value"].sum()), 12))
    0.0
    """
    reference = float(result.x.mean(axis=0) @ result.coef)
    adjustment = _contributions(result).sum(axis=1)
    exists = np.isfinite(result.link_observed)
    observed = np.where(exists, result.link_observed, np.nan)
    expected = reference + adjustment
    frame = pd.DataFrame({KEY: result.data[KEY], "value": observed - expected})
    outcome = result.model.outcome
    reasons = [f"{outcome} is {y:g}: no value on the scale of the model" for y in result.y]
    frame = _described(frame, result)
    found = {"observed": observed, "reference": reference, "adjustment": adjustment, "expected": expected}
    for name, values in (found | {"note": np.where(exists, "", reasons)}).items():
        frame.insert(len(frame.columns) - 1, name, values)
    return frame


def _contributions(result: FittedModel) -> np.ndarray:
    return (result.x - result.x.mean(axis=0))[:, 1:] * result.coef[1:]


def _described(frame: pd.DataFrame, result: FittedModel) -> pd.DataFrame:
    return frame.assign(lower=np.nan, upper=np.nan, level=np.nan, method="none", status=result.status)
