"""What a specification curve shows: in short, by choice, and whether it would look so without any association."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special, stats

from optkommunen.p_values import check_draws, count_beyond, fewest_draws
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.specifications import SpecificationCurve
from optkommunen.regression.tables import status_of
from optkommunen.values import KEY

ALPHA = 0.05
"""Below it a specification counts as significant in the shares."""
_AT_ONCE = 32
"""Draws that share one pass over the designs; more no longer fit into the processor's cache."""


def summary(curve: pd.DataFrame) -> pd.DataFrame:
    """Describe a curve: median, range and shares. They are descriptions; the test of a whole curve is `joint_test`.

    Parameters
    ----------
    curve : as from a `SpecificationCurve`, or some rows of it.

    Returns
    -------
    DataFrame
        One row per outcome, as forms of the outcome may differ in unit: ``outcome, value`` (median coefficient),
        ``lower, upper, level, method`` (no interval), ``minimum, maximum, share_negative, share_positive``,
        ``share_one_sign`` (the larger of the two), ``share_significant`` (p < .05; empty where the curve was asked
        for without p), ``n_specifications, status``.

    Examples
    --------
    >>> curve = pd.DataFrame({"outcome": "y", "value": [1.0, 2, 3, -1], "p": [0.20, 0.01, 0.03, 0.30]})
    >>> summary(curve.assign(status="derived"))[["value", "share_one_sign", "share_significant"]].iloc[0].tolist()
    [1.5, 0.75, 0.5]
    """
    rows = []
    for outcome, part in curve.groupby("outcome", sort=False):
        value, p = part["value"], part["p"]
        negative, positive = float((value < 0).mean()), float((value > 0).mean())
        rows.append({
            "outcome": outcome, "value": value.median(), "lower": np.nan, "upper": np.nan, "level": np.nan,
            "method": "none", "minimum": value.min(), "maximum": value.max(), "share_negative": negative,
            "share_positive": positive, "share_one_sign": max(negative, positive),
            "share_significant": float((p < ALPHA).mean()) if p.notna().all() else np.nan,
            "n_specifications": len(part), "status": status_of(part),
        })  # fmt: skip
    return pd.DataFrame(rows)


def choice_effects(curve: pd.DataFrame) -> pd.DataFrame:
    """What each choice does to the coefficient: mean of the specifications with it less mean of those without.

    A curve holds each choice with all combinations of the others, so that this is the mean of the differences between
    two specifications that differ in it alone.

    Parameters
    ----------
    curve : as from a `SpecificationCurve`, of one form of the outcome.

    Returns
    -------
    DataFrame
        ``kind`` (``weights, sample, control``), ``choice``, ``value``; the largest first. Weights and samples are
        compared with the first.

    Examples
    --------
    >>> curve = pd.DataFrame({"value": [1.0, 2.0, 2.0, 3.5], "controls": ["", "z", "", "z"]})
    >>> choice_effects(curve.assign(weights=["none", "none", "ehb", "ehb"], sample="all"))["value"].tolist()
    [1.25, 1.25]
    """
    found: list[tuple[str, str, float]] = []
    for kind in ("weights", "sample"):
        chosen = curve[kind].fillna("").astype(str)
        first, *others = dict.fromkeys(chosen)
        base = curve.loc[chosen == first, "value"].mean()
        found += [(kind, other, curve.loc[chosen == other, "value"].mean() - base) for other in others]
    used = curve["controls"].astype(str).str.get_dummies(", ").astype(bool)
    for control in used:
        if not used[control].all():
            with_it, without = curve.loc[used[control], "value"], curve.loc[~used[control], "value"]
            found.append(("control", str(control), with_it.mean() - without.mean()))
    table = pd.DataFrame(found, columns=["kind", "choice", "value"])
    return table.sort_values("value", ascending=False, key=abs, kind="stable", ignore_index=True)


def joint_test(curve: SpecificationCurve, frame: pd.DataFrame, draws: int = 500, *, seed: int) -> pd.DataFrame:
    """Permutation test of a whole curve (Freedman–Lane on all controls).

    Each draw makes one outcome for the whole curve: the fit on all controls without the regressor of interest (in
    the weights of the main specification), plus its residuals in random order, the same order for all outcome forms.
    Where the main specification is weighted, what is permuted are the residuals times √w, which have equal variance
    under it; each is then divided by the √w of its new place.
    On it the curve is estimated anew. What a specification with few controls picks up from the omitted ones is in
    the draws as well, so they need not lie around zero: the two-sided p of median and average z counts draws at least
    as far from the mean of all as the observed curve; the p of the share, draws with at least as large a share.
    There was no random assignment: it is a test of exchangeability given the controls.

    Parameters
    ----------
    curve : the specifications.
    frame : as for the curve.
    draws : number of permutations B; p = (1 + count)/(1 + B).
    seed : of the permutations.

    Returns
    -------
    DataFrame
        ``outcome, statistic, value, lower, upper, level, method, p, null_low, null_high, n_specifications, status``.
        For each outcome three statistics: ``median`` coefficient; ``share_significant``, the share of specifications
        with p < .05 in the sign in which more are; ``average_z``, the mean of the normal scores of all t (Stouffer).
        With several outcomes the last two also over all of them (outcome ``all``; no median, as units may differ).
        ``null_low, null_high`` are the 2.5th and the 97.5th percentile of the draws (type 7), missing below 39 draws.

    Raises
    ------
    ModelError
        As the curve.
    OptkommunenError
        The number of draws is no whole number of 1 or more.

    References
    ----------
    Freedman & Lane 1983; Simonsohn, Simmons & Nelson 2020.

    Examples
    --------
    The unit of the outcome changes the median, but no p:

    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(20, 3)), columns=["x", "z", "y"])
    >>> frame = frame.assign(kommune=[f"M{i:02d}" for i in range(20)])
    >>> curve = SpecificationCurve(("y",), "x", ("z",), weights=(None,))
    >>> one, ten = joint_test(curve, frame, 99, seed=1), joint_test(curve, frame.assign(y=10 * frame["y"]), 99, seed=1)
    >>> bool(np.isclose(ten["value"][0], 10 * one["value"][0])), one["p"].equals(ten["p"])
    (True, True)
    """
    draws = check_draws(draws)
    cells = [fit for _, fit in curve.full_models(frame)]
    used = frame[frame[KEY].isin(set().union(*(fit.data[KEY] for fit in cells)))].sort_values(KEY)
    places = pd.Index(used[KEY])
    null = {}
    for outcome in curve.outcomes:
        fit = LinearModel(outcome, (*curve.always, *curve.controls), curve.weights[0])(used)
        null[outcome] = fit.fitted, fit.working.e, np.sqrt(fit.w)
    identity = np.arange(len(used))
    shuffled = np.random.default_rng(seed).permuted(np.tile(identity, (draws, 1)), axis=1)
    orders = np.vstack([identity, shuffled]).T  # the first column is the observed curve

    chunks = []
    for first in range(0, draws + 1, _AT_ONCE):
        now = orders[:, first : first + _AT_ONCE]
        scores: dict[str, list[np.ndarray]] = {outcome: [] for outcome in curve.outcomes}
        for fit in cells:
            fitted, residuals, root = null[fit.model.outcome]
            y = (fitted[:, None] + residuals[now] / root[:, None])[places.get_indexer(fit.data[KEY])]
            scores[fit.model.outcome].append(_scores(*curve.associations(fit, y), fit.n - 2 - len(curve.always)))
        chunks.append(_statistics({outcome: np.concatenate(each, axis=1) for outcome, each in scores.items()}))
    statistics = pd.concat(chunks, axis=1).to_numpy()

    table = chunks[0].index.to_frame(index=False)
    table["value"], table["lower"], table["upper"], table["level"] = statistics[:, 0], np.nan, np.nan, np.nan
    table["method"] = f"Freedman–Lane, {draws} draws, seed {seed}"
    table["p"] = [_p(row, kind) for row, kind in zip(statistics, table["statistic"], strict=True)]
    ends = np.quantile(statistics[:, 1:], [0.025, 0.975], axis=1)
    table["null_low"], table["null_high"] = ends if draws >= fewest_draws(0.95) else np.full_like(ends, np.nan)
    per_outcome = len(cells) // len(curve.outcomes) * 2 ** len(curve.controls)
    table["n_specifications"] = per_outcome * np.where(table["outcome"] == "all", len(curve.outcomes), 1)
    table["status"] = status_of(used)
    return table


def _p(row: np.ndarray, statistic: str) -> float:
    """Where the first of a statistic's values, the observed one, stands among the others, which are drawn."""
    distance = row if statistic == "share_significant" else row - row.mean()
    reach = float(np.abs(row).max()) if statistic == "median" else None  # a coefficient has a unit
    return count_beyond(distance[1:], distance[0], reach).p(every=False)


def _scores(coef: np.ndarray, se: np.ndarray, df: int) -> np.ndarray:
    """Coefficient, normal score and sign where p < .05, shape (3, specifications, draws); df without controls."""
    degrees = df - np.array([row.bit_count() for row in range(len(coef))])[:, None]
    t = coef / se
    z = -np.sign(t) * special.ndtri(special.stdtr(degrees, -np.abs(t)))
    significant = np.sign(t) * (np.abs(t) > stats.t.isf(ALPHA / 2, degrees))
    return np.stack([coef, z, significant])


def _statistics(scores: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows (outcome, statistic), one column for each draw."""
    rows = {}
    if len(scores) > 1:
        scores = scores | {"all": np.concatenate(list(scores.values()), axis=1)}
    for outcome, (coef, z, significant) in scores.items():
        if outcome != "all":
            rows[outcome, "median"] = np.median(coef, axis=0)
        rows[outcome, "share_significant"] = np.maximum((significant > 0).mean(axis=0), (significant < 0).mean(axis=0))
        rows[outcome, "average_z"] = z.mean(axis=0)
    return pd.DataFrame.from_dict(rows, orient="index").set_index(
        pd.MultiIndex.from_tuples(rows, names=["outcome", "statistic"])
    )
