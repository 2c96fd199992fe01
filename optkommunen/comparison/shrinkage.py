"""Empirical-Bayes shrinkage: rates of small units borrow strength from all, as far as chance blurs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from optkommunen.comparison.gate import carried_status, reasons, require_within, validate_units
from optkommunen.comparison.priors import BetaMethod, beta_prior, gamma_prior
from optkommunen.comparison.variance import between_variance
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.intervals import levels_of, tail_of
from optkommunen.values import KEY, RESULT_COLUMNS, missing_where
from optkommunen.words import N_

FEWEST_UNITS = 3
POOLED = "pooled"
NO_SPREAD = N_("units vary no more than by chance: all have the mean, and a ranking would order noise")

COLUMNS = [KEY, *RESULT_COLUMNS, "weight", "raw", "mean", "status", "note"]


def eb_gamma(
    frame: pd.DataFrame,
    *,
    events: str = "events",
    exposure: str = "exposure",
    towards: str | None = None,
    level: float | Iterable[float] | None = 0.95,
    per: float = 100,
) -> pd.DataFrame:
    """Shrunken rates of events: ``(α + O)/(β + E)``, where the true rates of all follow Gamma(α, β).

    α and β by maximum likelihood (`optkommunen.comparison.priors.gamma_prior`). Each rate keeps the weight
    ``E/(β + E)`` of its own and takes the rest from the mean: the smaller, the more. Limits are quantiles of
    Gamma(α + O, β + E); they take α and β as known and so are a little too narrow.

    Parameters
    ----------
    frame : ``kommune``, events (whole numbers), exposure; ``status``.
    events, exposure : columns of the frame.
    towards : column with the rate that each unit is drawn to, in the unit of the value: that of its ring or of a
        regression; the mean of all if None. Then λ is the ratio to that rate, with mean 1. Drawing everybody to the
        mean of the 69 drags small rural units to a foreign level.
    level : coverage of the limits; several give one row each; None leaves them out.
    per : values are per so many.

    Returns
    -------
    DataFrame, columns `COLUMNS`
        One row for each municipality and level, sorted by key. ``value`` is the shrunken rate, never to be published
        as the observed one, which is ``raw``; ``mean`` what it was drawn to; ``weight`` that of the own rate. Method
        ``eb_gamma``; ``pooled`` where units vary no more than by chance: all have the mean, no limits, no ranking.
        Missing with the reason in ``note``.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As the gate of every comparison; fewer than three units with a value; no event at all.

    References
    ----------
    Clayton & Kaldor 1987; Marshall 1991.

    Examples
    --------
    Of two equal rates the one of the smaller unit moves further:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "events": [4, 400, 100, 250],
    ...                       "exposure": [10, 1000, 1000, 1000]})
    >>> table = eb_gamma(frame)
    >>> table["raw"].tolist()[:2], bool(table["value"][0] < table["value"][1] < 40)
    ([40.0, 40.0], True)
    """
    counts = [events, exposure, *([towards] if towards else [])]
    rows, known = _rows(frame, counts=counts, exposure=exposure, events=events, not_zero=towards)
    o, e = (rows.loc[known, column].to_numpy() for column in (events, exposure))
    if not o.any():
        message = f"Rates are drawn to a mean above 0; found no event at all in {events!r}. There is nothing to shrink."
        raise TooFewUnitsError(message)
    scale = np.ones(len(o)) if towards is None else rows.loc[known, towards].to_numpy() / per
    size = e * scale
    prior = gamma_prior(o, size, mean=None if towards is None else 1.0)
    spread = None if np.isinf(prior.alpha) else stats.gamma(prior.alpha + o, scale=scale / (prior.beta + size))
    found = _Shrunken(raw=o / e, mean=prior.mean * scale, weight=size / (prior.beta + size), spread=spread)
    return _table(rows, known, found, "eb_gamma", level, per)


def eb_beta(
    frame: pd.DataFrame,
    *,
    part: str = "part",
    whole: str = "whole",
    method: BetaMethod = "likelihood",
    level: float | Iterable[float] | None = 0.95,
    per: float = 100,
) -> pd.DataFrame:
    """Shrunken shares of persons: ``(α + k)/(α + β + n)``, where the true shares of all follow Beta(α, β).

    α and β by maximum likelihood (`optkommunen.comparison.priors.beta_prior`); limits are quantiles of
    Beta(α + k, β + n - k), which take α and β as known and so are a little too narrow.

    Parameters
    ----------
    frame : ``kommune``, part and whole; ``status``.
    part, whole : columns of the frame; persons among the same persons.
    method : ``moments`` in place of ``likelihood`` is the textbook's; it draws too little (see `beta_prior`).
    level, per : as in `eb_gamma`.

    Returns
    -------
    DataFrame, columns `COLUMNS`
        As `eb_gamma`, with method ``eb_beta`` (``eb_beta_moments``).

    Raises
    ------
    ComparisonError, ForeignUnitError
        As `eb_gamma`; a part larger than its whole; shares of which each is 0 or 1; another method.

    References
    ----------
    Tarone 1979; Gelman et al., Bayesian Data Analysis, section 5.1 (moments).

    Examples
    --------
    Limits stay between 0 and 100, also for an empty share:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "part": [0, 2, 30, 4],
    ...                       "whole": [10, 20, 100, 20]})
    >>> table = eb_beta(frame)
    >>> bool((table["lower"] > 0).all() and (table["upper"] < 100).all())
    True
    """
    rows, known = _rows(frame, counts=[part, whole], exposure=whole)
    require_within(rows.loc[known, KEY], rows.loc[known, part], rows.loc[known, whole], "eb_gamma")
    k, n = (rows.loc[known, column].to_numpy() for column in (part, whole))
    if k.sum() in (0, n.sum()):
        message = f"Shares are drawn to a mean between 0 and 1; found {k.sum():g} of {n.sum():g}. Nothing to shrink."
        raise TooFewUnitsError(message)
    prior = beta_prior(k, n, method)
    spread = None if np.isinf(prior.alpha) else stats.beta(prior.alpha + k, prior.beta + n - k)
    mean = np.full(len(k), prior.mean)
    found = _Shrunken(raw=k / n, mean=mean, weight=n / (prior.alpha + prior.beta + n), spread=spread)
    return _table(rows, known, found, "eb_beta" if method == "likelihood" else "eb_beta_moments", level, per)


def eb_normal(
    frame: pd.DataFrame,
    *,
    value: str = "value",
    variance: str = "variance",
    towards: str | None = None,
    tau2: Literal["DL", "PM", "REML", "JS"] = "PM",
    level: float | Iterable[float] | None = 0.95,
) -> pd.DataFrame:
    """Shrunken values with known sampling variances: ``μ + τ²/(τ² + s²) (y - μ)``; for adjusted values.

    τ² and the weighted mean μ by `optkommunen.comparison.variance.between_variance`. ``JS`` is James and Stein's
    estimator: τ² by Paule and Mandel, and the weight ``s²/(τ² + s²)`` of the mean times (k-3)/(k-1) (given mean:
    (k-2)/k), because the plain one draws too far on average. Limits are those of the normal distribution with variance
    ``τ² s²/(τ² + s²)``; they take μ and τ² as known and so are a little too narrow.

    Parameters
    ----------
    frame : ``kommune``, value and its sampling variance (squared unit of the value, positive); ``status``.
    value, variance : columns of the frame.
    towards : column of the value that each unit is drawn to, e.g. the fitted values of a regression, taken as known;
        fitted with many coefficients to the same values they make τ² too small, so that too much is drawn in.
    tau2 : how τ² is estimated.
    level : as in `eb_gamma`.

    Returns
    -------
    DataFrame, columns `COLUMNS`
        As `eb_gamma`, with method ``eb_normal_`` and the estimator; ``pooled`` where τ² is 0.

    Raises
    ------
    ComparisonError, ForeignUnitError
        As `eb_gamma`; fewer than four values for JS.

    References
    ----------
    Efron & Morris 1975; Morris 1983.

    Examples
    --------
    Known without error, a value stays where it is; known badly, it goes to the mean:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [10.0, 20, 30], "variance": [1e-9, 1, 1e9]})
    >>> table = eb_normal(frame)
    >>> weight = table["weight"].tolist()
    >>> weight[0] > 0.999, weight[2] < 0.001
    (True, True)
    """
    numbers = [value, *([towards] if towards else [])]
    rows, known = _rows(frame, counts=[variance], numbers=numbers, not_zero=variance)
    y, s2 = (rows.loc[known, column].to_numpy() for column in (value, variance))
    base = np.zeros(len(y)) if towards is None else rows.loc[known, towards].to_numpy()
    given = None if towards is None else 0.0
    estimate = between_variance(y - base, s2, "PM" if tau2 == "JS" else tau2, mean=given)
    mean = base + estimate.mean
    drawn = s2 / (estimate.tau2 + s2)
    if tau2 == "JS":
        lost = 3 if given is None else 2
        if len(y) <= lost:
            message = f"The estimator of James and Stein needs more than {lost} values; found {len(y)}. Take 'PM'."
            raise ComparisonError(message)
        drawn = drawn * (len(y) - lost) / (len(y) - lost + 2)
    weight = 1 - drawn
    centre = mean + weight * (y - mean)
    spread = None if estimate.tau2 == 0 else stats.norm(centre, np.sqrt(weight * s2))
    return _table(rows, known, _Shrunken(y, mean, weight, spread), f"eb_normal_{tau2.lower()}", level, 1)


class _Shrunken(NamedTuple):
    """What the estimators share, on the natural scale; `spread` is the distribution of the true value, or None."""

    raw: NDArray[np.float64]
    mean: NDArray[np.float64]
    weight: NDArray[np.float64]
    spread: Any


def _rows(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str],
    numbers: Sequence[str] = (),
    exposure: str | None = None,
    events: str | None = None,
    not_zero: str | None = None,
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Checked rows with the reason of each that cannot enter, and which can."""
    rows = validate_units(frame, counts=counts, numbers=numbers).sort_values(KEY, ignore_index=True)
    note = reasons(rows, [*counts, *numbers], exposure=exposure, events=events)
    if not_zero is not None:
        note = note.mask((note == "") & (rows[not_zero] == 0), f"{not_zero} is 0")
    known = (note == "").to_numpy()
    if known.sum() < FEWEST_UNITS:
        message = (
            f"Shrinkage needs {FEWEST_UNITS} units with values to learn from; found {int(known.sum())}. "
            "Fill in the values or choose another period."
        )
        raise TooFewUnitsError(message)
    return rows.assign(note=note, status=missing_where(carried_status(rows["status"], known), ~known)), known


def _table(
    rows: pd.DataFrame,
    known: NDArray[np.bool_],
    found: _Shrunken,
    method: str,
    level: float | Iterable[float] | None,
    per: float,
) -> pd.DataFrame:
    if not 0 < per < np.inf:
        message = f"Values are per a positive number, 100 for per cent; found per={per}."
        raise ComparisonError(message)
    pooled = found.spread is None
    out = rows[[KEY, "status"]].assign(note=rows["note"].mask(known & pooled, NO_SPREAD))
    weight = np.zeros(len(found.raw)) if pooled else found.weight
    value = found.mean + weight * (found.raw - found.mean)
    out.loc[known, ["value", "raw", "mean"]] = per * np.column_stack([value, found.raw, found.mean])
    out.loc[known, "weight"] = weight
    tables = []
    for one in levels_of(level):
        table = out.assign(lower=np.nan, upper=np.nan, level=np.nan if one is None else one)
        table["method"] = np.where(known, POOLED if pooled else method if one is not None else "none", "none")
        if one is not None and not pooled:
            tail = tail_of(one)
            limits = np.column_stack([found.spread.ppf(tail), found.spread.isf(tail)])
            table.loc[known, ["lower", "upper"]] = per * limits
        tables.append(table)
    return pd.concat(tables).sort_values(KEY, kind="stable", ignore_index=True)[COLUMNS]
