"""Omitted variables: how strong an unobserved confounder would have to be, after Cinelli & Hazlett and after Oster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.regression.design import CONSTANT
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.tables import status_of

_NOTHING = 1e-9


class Sensitivity(NamedTuple):
    """Robustness values of one coefficient, and bounds by observed benchmarks."""

    headline: pd.DataFrame
    bounds: pd.DataFrame


def sensitivity(
    result: LinearResult,
    term: str,
    benchmarks: Sequence[str | Sequence[str]] = (),
    k: Sequence[float] = (1, 2, 3),
    alpha: float = 0.05,
) -> Sensitivity:
    """Robustness value of a coefficient, and what a confounder k times as strong as a benchmark would leave of it.

    With ``f = |t|/√df`` the robustness value is the share of the residual variance of both term and outcome that a
    confounder would have to explain to bring the coefficient to zero, ``RV = (√(f⁴ + 4f²) - f²)/2``; ``RV_alpha``,
    with ``f`` less ``t(1-α/2, df-1)/√(df-1)``, to bring its interval to zero. All of it rests on the classical
    covariance (in a weighted model, of WLS, with weighted partial R²), not on HC3. Direction: if offer follows
    demand the plain slope is too low; if capacity is fixed, coverage falls with need and it is too high. Bounds pull
    the coefficient towards zero and beyond.

    Parameters
    ----------
    result : fitted linear model.
    term : the coefficient.
    benchmarks : regressors, or groups of regressors, to which the confounder is compared.
    k : multiples of the strength of the benchmark.
    alpha : level of test and interval.

    Returns
    -------
    headline : DataFrame, one row
        ``term, value, lower, upper, level, method, se, t, df, partial_r2, RV, RV_alpha,
        note, status``. Where the outcome follows the regressors exactly there is no error, the note says so, and a term
        that has a part in it has robustness one.
    bounds : DataFrame, one row per benchmark and k
        ``term, benchmark, k, r2_dz, r2_yz`` (partial R² of the confounder with term and outcome), ``value, lower,
        upper, level, method, se, t`` adjusted for it, ``note``: where ``r2_yz`` would pass 1 it is set to 1, the most
        there can be; nothing is left to estimate a standard error from, and t is empty; ``status``.

    Raises
    ------
    ModelError
        The term or a benchmark is not in the model; k is not positive; alpha is not between 0 and 1.
    NotEnoughDataError
        k times the benchmark would explain all of the term or more.

    References
    ----------
    Cinelli & Hazlett 2020; golden V19.

    Examples
    --------
    A confounder as strong as the robustness value, on both sides, leaves nothing of the coefficient:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 1.5, 2, 2.5, 4, 3]})
    >>> row = sensitivity(LinearModel("y", ("x",))(frame), "x").headline.iloc[0]
    >>> bias = row["se"] * row["df"] ** 0.5 * row["RV"] / (1 - row["RV"]) ** 0.5
    >>> bool(np.isclose(bias, row["value"]))
    True
    """
    _check_terms(result, [term])
    if not 0 < alpha < 1:
        message = f"alpha is the level of a test, between 0 and 1; found {alpha!r}. Write 0.05 for 5 %."
        raise ModelError(message)
    weak = [times for times in k if not (np.isfinite(times) and times > 0)]
    if weak:
        message = f"A confounder is k times as strong as its benchmark, k positive; found {', '.join(map(repr, weak))}."
        raise ModelError(message)
    j, df = result.terms.index(term), result.df
    value = float(result.coef[j])
    se = float(np.sqrt(result.covariance("classical")[j, j]))
    method = f"{'OLS' if result.model.weights is None else 'WLS'} classical t"
    f = abs(value / se) / df**0.5
    if result.exact:  # a term without part in it has 0/0
        part = value**2 / result.bread[j, j] / float(result.w @ result.y**2)
        f = np.inf if part > _NOTHING**2 else np.nan
    critical = stats.t.isf(alpha / 2, df - 1)
    reach = stats.t.isf(alpha / 2, df) * se
    level, status = np.nan if result.exact else 1 - alpha, status_of(result.data)
    headline = {
        "term": term, "value": value, "lower": value - reach, "upper": value + reach, "level": level,
        "method": "none" if result.exact else f"{method}({df})", "se": se, "t": value / se, "df": df,
        "partial_r2": 1 / (1 + f**-2) if f else 0.0, "RV": _robustness(f),
        "RV_alpha": _robustness(f - critical / (df - 1) ** 0.5), "note": EXACT if result.exact else "",
        "status": status,
    }  # fmt: skip

    rows = []
    for benchmark in benchmarks:
        group = [benchmark] if isinstance(benchmark, str) else list(benchmark)
        _check_terms(result, group, other_than=(CONSTANT, term))
        label = " + ".join(group)
        r_d, r_y = _partial_r2(result, term, group, (term,)), _partial_r2(result, None, group, ())
        for times in k:
            r2_dz, r2_yz, note = _strength(times, r_d, np.nan if result.exact else r_y, label, term)
            bias = se * np.sqrt(df * r2_yz * r2_dz / (1 - r2_dz))
            adjusted = np.sign(value) * (abs(value) - bias)
            adjusted_se = se * np.sqrt((1 - r2_yz) / (1 - r2_dz) * df / (df - 1))
            rows.append({
                "term": term, "benchmark": label, "k": times, "r2_dz": r2_dz, "r2_yz": r2_yz, "value": adjusted,
                "lower": adjusted - critical * adjusted_se, "upper": adjusted + critical * adjusted_se, "level": level,
                "method": "none" if result.exact else f"{method}({df - 1})", "se": adjusted_se,
                "t": adjusted / adjusted_se if adjusted_se else np.nan, "note": EXACT if result.exact else note,
                "status": status,
            })  # fmt: skip
    columns = ["term", "benchmark", "k", "r2_dz", "r2_yz", "value", "lower", "upper", "level", "method", "se", "t"]
    return Sensitivity(pd.DataFrame([headline]), pd.DataFrame(rows, columns=[*columns, "note", "status"]))


def oster(result: LinearResult, term: str, r_max: float | None = None) -> pd.DataFrame:
    """Selection on unobservables, in proportion to selection on the controls.

    ``delta`` is how many times as important as the controls the unobserved would have to be for a coefficient of
    zero; ``value`` is the coefficient (beta*) if they were just as important (delta = 1). Its quadratic equation has
    one root on either side of the coefficient with controls: the one on the side to which the controls moved it is
    taken, the other reported. A root at which the controls would themselves have no association with the outcome
    solves the equation only in form (with a single control there always is one); ``note`` says so. Weighted models
    use weighted variances and R².

    Parameters
    ----------
    result : fitted linear model with controls; the model without them is the term alone.
    term : the coefficient.
    r_max : R² that a model with all unobserved regressors would have; None: min(1, 1.3 R² with controls).

    Returns
    -------
    DataFrame, one row
        ``term, value, lower, upper, level, method`` (no interval), ``other_root, delta, value_without, r2_without,
        value_with, r2_with, r_max, note, status``.

    Raises
    ------
    ModelError
        The term is not in the model; the controls are missing or do not move the coefficient; r_max is below the R²
        with controls or above 1.

    References
    ----------
    Oster 2019; golden V20. Criticism: Diegert, Masten & Poirier 2022.

    Examples
    --------
    If no variance is left to explain, the coefficient stays:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 1.5, 2, 2.5, 4, 3]})
    >>> fit = LinearModel("y", ("x", "z"))(frame.assign(z=[1.0, 0, 0, 1, 1, 0]))
    >>> observed = float(oster(fit, "x")["r2_with"].iloc[0])
    >>> row = oster(fit, "x", r_max=observed).iloc[0]
    >>> bool(np.isclose(row["value"], row["value_with"]))
    True
    """
    _check_terms(result, [term])
    j = result.terms.index(term)
    x, b1 = result.x[:, j], float(result.coef[j])
    var_y, var_x = _rss(result, result.y, [0]) / (result.n - 1), _rss(result, x, [0]) / (result.n - 1)
    others = [i for i in range(len(result.coef)) if i != j]
    u = _rss(result, x, others) / (result.n - 1)
    r0 = 1 - _rss(result, result.y, [0, j]) / (result.n - 1) / var_y
    r1 = 1.0 if result.exact else 1 - _rss(result, result.y, [*others, j]) / (result.n - 1) / var_y
    centred = result.w * (x - np.average(x, weights=result.w))
    b0 = float(centred @ result.y / (centred @ x))
    if len(others) == 1 or abs(b0 - b1) <= _NOTHING * (var_y / var_x) ** 0.5:  # in no unit more than rounding
        message = (
            "Oster's method compares a coefficient without and with controls; "
            f"the controls here ({', '.join(result.terms[i] for i in others[1:]) or 'none'}) do not move {term}. "
            "Fit a model with the controls that matter."
        )
        raise ModelError(message)
    r_max = min(1.0, 1.3 * r1) if r_max is None else r_max
    if not r1 <= r_max <= 1:
        message = f"r_max must lie between R² with controls and 1; found {r_max:g} with R² {r1:.4g}."
        raise ModelError(message)

    d, rt, rm, s = b0 - b1, (r1 - r0) * var_y, (r_max - r1) * var_y, var_x
    last = b1**2 * u * d * s + b1**3 * (u * s - u**2)
    delta = (b1 * rt * u + b1 * s * u * d**2 + b1**2 * u * d * s + last) / (rm * d * s + b1 * rm * (s - u) + last)
    centre = rm * (s - u) - rt * u - s * u * d**2
    spread = np.sqrt(centre**2 + 4 * rm * d**2 * s**2 * u)
    roots = [float(b1 - (-centre + sign * spread) / (-2 * u * d * s)) for sign in (-1, 1)]
    chosen, other = sorted(roots, key=lambda root: ((root - b1) * -d < 0, abs(root - b1)))
    # variance of the outcome, less the root times the term, that the controls account for
    by_controls = {b: r1 * var_y - b1**2 * u - 2 * b * (b0 * s - b1 * u) + b**2 * (s - u) for b in roots}
    empty = [f"{b:.6g}" for b in (chosen, other) if by_controls[b] < _NOTHING * var_y]
    note = f"at {empty[0]} the controls would have no association with the outcome" if empty else ""
    return pd.DataFrame([{
        "term": term, "value": chosen, "lower": np.nan, "upper": np.nan, "level": np.nan, "method": "none",
        "other_root": other, "delta": delta, "value_without": b0, "r2_without": r0, "value_with": b1, "r2_with": r1,
        "r_max": r_max, "note": note, "status": status_of(result.data),
    }])  # fmt: skip


def _robustness(f: float) -> float:
    """``(√(f⁴ + 4f²) - f²)/2``, so written that a large f loses no digit: it tends to one."""
    return 0.0 if f <= 0 else float(2 / (1 + np.sqrt(1 + 4 / f**2)))


def _strength(times: float, r_d: float, r_y: float, label: str, term: str) -> tuple[float, float, str]:
    """Partial R² of the confounder with term and with outcome, and a note where the latter meets its limit."""
    r2_dz = times * r_d / (1 - r_d)
    if r2_dz >= 1:
        message = (
            f"A confounder must leave some of {term} unexplained; {times:g} times {label} (partial R² {r_d:.3f}) "
            f"would leave none. Choose k below {(1 - r_d) / r_d:.3g}, or a weaker benchmark."
        )
        raise NotEnoughDataError(message)
    q = times * r_d**2 / ((1 - times * r_d) * (1 - r_d))
    r2_yz = ((np.sqrt(times) + np.sqrt(q)) / np.sqrt(1 - q)) ** 2 * r_y / (1 - r_y)
    if r2_yz >= 1:
        return r2_dz, 1.0, f"r2_yz would be {r2_yz:.3g}; set to 1, the most there can be"
    return r2_dz, float(r2_yz), ""


def _partial_r2(result: LinearResult, target: str | None, group: Sequence[str], without: Sequence[str]) -> float:
    """Partial R² of a group of regressors with the outcome (target None) or with a term, given all but `without`."""
    y = result.y if target is None else result.x[:, result.terms.index(target)]
    full = [i for i, name in enumerate(result.terms) if name not in without]
    reduced = [i for i in full if result.terms[i] not in group]
    return 1 - _rss(result, y, full) / _rss(result, y, reduced)


def _rss(result: LinearResult, y: np.ndarray, columns: list[int]) -> float:
    """Weighted residual sum of squares of y on some columns of the design."""
    root = np.sqrt(result.w)
    q, _ = np.linalg.qr(result.x[:, columns] * root[:, None])
    z = y * root
    return float(((z - q @ (q.T @ z)) ** 2).sum())


def _check_terms(result: LinearResult, names: Sequence[str], other_than: tuple[str, ...] = (CONSTANT,)) -> None:
    allowed = [name for name in result.terms if name not in other_than]
    unknown = [name for name in names if name not in allowed]
    if unknown:
        message = f"Choose among the regressors {', '.join(allowed) or 'none'}; not one of them: {', '.join(unknown)}."
        raise ModelError(message)
