"""Influence and residuals: what each municipality or Land does to a coefficient; observed less expected, by factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import keys
from optkommunen.regression.fitted_model import EXACT, FittedModel
from optkommunen.values import KEY
from optkommunen.words import N_

_ROUNDING = 1e-12
_FROM_TABLE = ["value", "lower", "upper", "level", "method", "se", "p", "mde", "n", "status", "note"]


def leave_one_out(result: FittedModel, term: str) -> pd.DataFrame:
    """One coefficient, estimated without each municipality in turn.

    The coefficients of OLS and WLS come in closed form, ``b_(i) = b - A x_i w_i e_i / (1 - h_i)`` with
    ``A = (X'WX)^-1``; a count or share model is refitted. With the Pearson residual
    ``r_i = sqrt(w_i / V(mu_i)) (y_i - mu_i)`` and its dispersion phi, for all models: Cook's distance
    ``r_i² h_i / (k phi (1 - h_i)²)`` and the studentised residual ``r_i / sqrt(phi_(i) (1 - h_i))``, where
    ``phi_(i) = ((n-k) phi - r_i² / (1 - h_i)) / (n-k-1)`` leaves i out. Both are exact for OLS and WLS, and the usual
    one-step approximation (the weights W stay) for counts and shares.

    Parameters
    ----------
    result : fitted model.
    term : the coefficient.

    Returns
    -------
    DataFrame, shape (n, 7)
        ``kommune`` (the one left out), ``value`` (coefficient without it), ``dfbeta`` (value minus the coefficient
        of all), ``hat, cook, rstudent, note``. The note is empty, or says what is missing and why: the value, where a
        model of counts or shares has no finite estimate; Cook's distance and the studentised residual, where all
        follow the regressors exactly, or the latter alone, where the others do.

    Raises
    ------
    ModelError
        If the model has no such term.

    References
    ----------
    Cook 1977; Belsley, Kuh & Welsch 1980; Pregibon 1981 (one step).

    Examples
    --------
    A municipality that lies exactly on the line changes nothing:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 4], "y": [0.0, 1.5, 2, 2.5, 4]})
    >>> table = leave_one_out(LinearModel("y", ("x",))(frame), "x").set_index("kommune")
    >>> abs(round(float(table.at["c", "dfbeta"]), 12))
    0.0
    """
    j = result.index_of(term)
    value = result.without_each()[:, j]
    squares, h, k = result.pearson**2, result.hat, len(result.coef)
    without = result.df * result.phi - squares / (1 - h)  # their residual sum of squares, in the working model
    others = without > _ROUNDING * result.df * result.phi
    phi_without = np.where(others, without, np.nan) / (result.df - 1)
    phi = np.nan if result.exact else result.phi
    note = np.where(others, "", N_("without it the others follow the regressors exactly: no studentised residual"))
    note = np.where(np.isnan(value), N_("without it a regressor separates: no finite estimate"), note)
    return pd.DataFrame(
        {
            KEY: result.data[KEY],
            "value": value,
            "dfbeta": value - result.coef[j],
            "hat": h,
            "cook": squares * h / (k * phi * (1 - h) ** 2),
            "rstudent": result.pearson / np.sqrt(phi_without * (1 - h)),
            "note": EXACT if result.exact else note,
        }
    )


def leave_group_out(
    result: FittedModel,
    term: str,
    groups: str | Mapping[str, Iterable[str]],
    *,
    level: float | None = 0.95,
    kind: str = "HC3",
) -> pd.DataFrame:
    """One coefficient, estimated without each group in turn: each Land, or a named set such as the cities.

    Parameters
    ----------
    result : fitted model.
    term : the coefficient.
    groups : column of the sample that names the group of each municipality, or ``{name: municipalities}``.
    level, kind : interval and covariance, as of `Result.table`.

    Returns
    -------
    DataFrame
        One row per group, in the order of first appearance: ``group`` (the one left out), ``value, lower, upper,
        level, method, se, p, mde, n, status, note``. Where the model cannot be estimated without the group, the value
        is missing and the note says why; it also names who is left out besides, because without the group it would
        fit itself exactly.

    Raises
    ------
    ModelError
        The model has no such term, the sample no such column, a municipality no group; a set is empty or names a
        municipality that is not in the sample.

    Examples
    --------
    A group of one is leave-one-out:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 2, 1, 4, 3, 7]})
    >>> fit = LinearModel("y", ("x",))(frame)
    >>> without_f = leave_group_out(fit, "x", {"the last": ["f"]})
    >>> np.allclose(without_f["value"], leave_one_out(fit, "x")["value"].iloc[-1])
    True
    """
    result.index_of(term)
    result.table(level, kind)  # a wrong level or kind is an error, not a reason why a group has no value
    rows = []
    for group, members in _groups(result.data, groups).items():
        sample = result.sample_without(members)
        try:
            refit = result.model(sample)
            row = refit.table(level, kind)[_FROM_TABLE].iloc[refit.index_of(term)].to_dict()
            also = ", ".join([*refit.dropped, *refit.dropped_regressors])
            also = f"leverage one, left out as well: {also}" if refit.dropped else ""
            row["note"] = "; ".join(filter(None, (also, row["note"])))
        except ModelError as reason:
            row = {"value": np.nan, "method": "none", "n": len(sample), "status": "missing", "note": str(reason)}
        rows.append({"group": group, **row})
    return pd.DataFrame(rows, columns=["group", *_FROM_TABLE])


def _groups(data: pd.DataFrame, groups: str | Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    if not isinstance(groups, str):
        sets = {name: list(members) for name, members in groups.items()}
        empty = [name for name, members in sets.items() if not members]
        if empty:
            message = f"A set to be left out needs at least one municipality; empty here: {', '.join(empty)}."
            raise ModelError(message)
        return sets
    if groups not in data:
        message = f"The groups are a column of the sample; {groups!r} is not (found: {', '.join(data.columns)})."
        raise ModelError(message)
    without = data[data[groups].isna()]
    if len(without):
        message = f"Every municipality of the sample needs its group; {groups} is empty for {keys(without)}."
        raise ModelError(message)
    return {str(name): rows[KEY].tolist() for name, rows in data.groupby(groups, sort=False)}


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
