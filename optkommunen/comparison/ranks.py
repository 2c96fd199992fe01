"""The honest league table: which ranks are compatible with the data, who may belong to the best, who cannot be told."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.comparison import pairwise
from optkommunen.comparison.gate import aligned, carried_status, standard_errors, validate_units
from optkommunen.comparison.measure import Best, sign_of
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.intervals import levels_of
from optkommunen.p_values import check_draws
from optkommunen.validate import require_columns
from optkommunen.values import KEY, RESULT_COLUMNS, missing_where, worst_of
from optkommunen.words import N_

SIMULTANEOUS = "rank_simultaneous"
NO_SPREAD = N_("no ranking: the values vary no more than chance alone would let them (tau² = 0)")


@dataclass(frozen=True)
class RankSets:
    """Confidence sets for ranks, called with a frame.

    Unit j is surely above k if ``(x_j - x_k)/√(s_j² + s_k²)`` exceeds a critical value: the `level` quantile of the
    largest such difference that errors alone would bring forth, over all comparisons not yet decided, until no more
    are. The best rank of a unit is then one more than are surely above it, its worst rank leaves behind it only those
    surely below. The decisions are one-sided in both directions, so they hold without any assumption on ties.

    ``kind="marginal"`` answers one unit's question, "which rank may be ours?"; only comparisons with that unit enter.
    ``kind="simultaneous"`` is for the whole table: all sets hold together with probability `level`, and so do
    `top_k`, `distinguishable` and the grades read from them. With the same seed each marginal set lies within the
    simultaneous one.

    Standard errors are the caller's: √(s² + ω²), sampling and transient variance of a year; for a mean of three years
    the sum is divided by 3. ω² is itself an estimate from a few years: with `df`, its degrees of freedom, the critical
    values are those of t. On regenerated Musterkommunen, nominal 95 % marginal sets from s alone hold the rank that
    lasts in 85 %, and simultaneous ones the whole table at once in 1 % of the draws; with ω² both hold in nearly
    100 %, as they must where units differ: the 5 % are reached where all are equal. With the spread between the units
    in the standard errors every set would be the whole table.

    Parameters
    ----------
    kind : ``"marginal"`` or ``"simultaneous"``.
    best : which end has rank 1: ``"high"``, ``"low"``, or the polarity of the catalogue (+1 or -1).
    level : coverage; several give one row each; None leaves out the sets and changes no rank.
    draws : simulated sets of errors; with 1,000 a set may change with the seed, with 20,000 hardly.
    seed : of the draws. The order of the rows plays no part.

    Raises
    ------
    ComparisonError
        Another kind or direction, too few draws for the level.
    OptkommunenError
        A level that is no share, draws that are no whole number.

    References
    ----------
    Mogstad, Romano, Shaikh & Wilhelm 2024 (Review of Economic Studies 91). Other ways: posterior expected ranks
    (Laird & Louis 1989), grades that weigh wrong orders against lost ones (Kline, Rose & Walters 2024); both rest on
    a model for the distribution of the true values, these sets do not. Golden V08.

    Examples
    --------
    One rank is sure, the other two are not:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 4.0], "se": 0.2})
    >>> RankSets()(frame)[["kommune", "value", "lower", "upper"]].to_numpy().tolist()
    [['M01', 3.0, 2.0, 3.0], ['M02', 2.0, 2.0, 3.0], ['M03', 1.0, 1.0, 1.0]]
    """

    kind: Literal["marginal", "simultaneous"] = "marginal"
    best: Best = "high"
    level: float | Iterable[float] | None = 0.95
    draws: int = 20_000
    seed: int = 2008

    def __post_init__(self) -> None:
        if self.kind not in ("marginal", "simultaneous"):
            message = f"Rank sets are 'marginal' or 'simultaneous'; found {self.kind!r}."
            raise ComparisonError(message)
        sign_of(self.best)
        check_draws(self.draws)
        for level in levels_of(self.level):
            if level is not None:
                pairwise.exceeding(level, self.draws)

    def __call__(
        self, frame: pd.DataFrame, covariance: pd.DataFrame | None = None, *, df: float | None = None
    ) -> pd.DataFrame:
        """Ranks and their confidence sets.

        Parameters
        ----------
        frame : DataFrame with ``kommune, value, se``; ``status`` where there is one. ``se`` is not needed beside a
            covariance.
        covariance : covariance of the values, where they are not independent (adjusted values of a model); rows and
            columns named by ``kommune``.
        df : degrees of freedom of the standard errors, where their scale is estimated (`multi_year_mean` gives them);
            None: the standard errors are known.

        Returns
        -------
        DataFrame
            ``kommune, value, lower, upper, level, method, estimate, se, critical, n, status, note``, one row for each
            row of `frame` and level. ``value`` is the rank (1 is best; ties share the better one), ``lower`` and
            ``upper`` the best and the worst compatible one among the ``n`` ranked; ``critical`` is the number of
            standard errors that a difference must exceed. Simultaneous sets also have ``grade``: from the top down,
            groups within which no two units can be told apart. A unit without value or standard error has no rank and
            is not counted; where the values vary no more than by chance nobody has one. ``note`` says why.

        Raises
        ------
        ComparisonError
            Fewer than two units with value and standard error, two of them exact (no standard error of their
            difference), degrees of freedom that are not positive, or a covariance that does not fit the frame or is
            none.
        ForeignUnitError
            A unit outside the closed set.
        """
        if df is not None and not df > 0:
            message = f"Degrees of freedom are above 0, or None where the standard errors are known; found {df!r}."
            raise ComparisonError(message)
        data = validate_units(frame, counts=[] if covariance is not None else ["se"], numbers=["value"])
        if covariance is not None:
            data["se"] = standard_errors(covariance, data[KEY])
        note = _without(data)
        # Best first; the draws follow this order, so neither the order of the rows nor the names of the units matter.
        sign = sign_of(self.best)
        ranked = data[note == ""].assign(x=lambda d: sign * d["value"])
        ranked = ranked.sort_values(["x", "se", KEY], ascending=[False, True, True])
        _check_ranked(ranked)
        x, variance = ranked["x"].to_numpy(), ranked["se"].to_numpy() ** 2
        matrix = None if covariance is None else aligned(covariance, ranked[KEY])
        spread = _vary(x, variance, matrix)
        if not spread:
            note = note.mask(note == "", NO_SPREAD)
        data = data.rename(columns={"value": "estimate"}).assign(n=len(ranked), note=note)
        data["status"] = carried_status(data["status"], data.index.isin(ranked.index))  # a rank hangs on all
        data["status"] = missing_where(data["status"], data["estimate"].isna())
        ranks = ranked["x"].rank(method="min", ascending=False)
        drawn: Any = {"draws": self.draws, "seed": self.seed, "df": math.inf if df is None else df}
        simulated = pairwise.simulate(x, variance, matrix, **drawn) if spread else None
        tables = [self._table(data, ranks, simulated, level) for level in levels_of(self.level)]
        return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)

    def _table(
        self, data: pd.DataFrame, ranks: pd.Series, simulated: pairwise.Pairs | None, level: float | None
    ) -> pd.DataFrame:
        """One level, in the order of the data; `ranks` and the pairs are in that of the ranking."""
        table = data.assign(value=np.nan, lower=np.nan, upper=np.nan, critical=np.nan, method="none")
        table["level"] = np.nan if level is None else level
        grade = pd.Series(pd.NA, index=data.index, dtype="Int64")
        if simulated is not None:
            table["value"] = ranks
            if level is not None:
                if self.kind == "marginal":
                    critical = pairwise.marginal(simulated, level)
                else:
                    critical = np.full(len(ranks), pairwise.simultaneous(simulated, level))
                    grade[ranks.index] = pairwise.grades(simulated, critical[0])
                table.loc[ranks.index, "critical"] = critical
                lower, upper = pairwise.rank_limits(simulated, critical)
                table.loc[ranks.index, "lower"], table.loc[ranks.index, "upper"] = lower, upper
                table.loc[ranks.index, "method"] = f"rank_{self.kind}"
        columns = [KEY, *RESULT_COLUMNS, "estimate", "se", "critical", "n", "status", "note"]
        table = table[columns]
        return table if self.kind == "marginal" else table.assign(grade=grade)


def top_k(sets: pd.DataFrame, k: int) -> pd.DataFrame:
    """Units that may belong to the best k: a set that holds all of the true best k with probability ``level``.

    Parameters
    ----------
    sets : result of `RankSets` with ``kind="simultaneous"``.
    k : how many are the best.

    Returns
    -------
    DataFrame
        The rows of `sets` whose best rank is at most k, by rank, with ``sure``: the worst rank too.

    Raises
    ------
    ComparisonError
        Sets that do not hold together, or k beyond the number of ranked units.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 4.0], "se": 0.2})
    >>> sets = RankSets("simultaneous")(frame)
    >>> top_k(sets, 1)["kommune"].tolist(), top_k(sets, 2)["kommune"].tolist(), top_k(sets, 2)["sure"].tolist()
    (['M03'], ['M03', 'M02', 'M01'], [True, False, False])
    """
    _check_simultaneous(sets)
    if isinstance(k, bool) or k not in range(1, int(sets["n"].max()) + 1):
        message = f"The best k are 1 to {sets['n'].max()} here; found k={k!r}."
        raise ComparisonError(message)
    may_belong = sets[sets["lower"] <= k]
    return may_belong.assign(sure=may_belong["upper"] <= k).sort_values(["level", "value", KEY], ignore_index=True)


def distinguishable(sets: pd.DataFrame) -> pd.DataFrame:
    """Share of the pairs of units whose order is sure: how much the league table says.

    Parameters
    ----------
    sets : result of `RankSets` with ``kind="simultaneous"``.

    Returns
    -------
    DataFrame
        ``value, lower, upper, level, method, pairs, distinguishable, n, grades, status``, one row for each level;
        ``value`` between 0 and 1. A description of the decisions made, without interval.

    Raises
    ------
    ComparisonError
        Sets that do not hold together.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 4.0], "se": 0.2})
    >>> distinguishable(RankSets("simultaneous")(frame))[["pairs", "distinguishable"]].to_numpy().tolist()
    [[3, 2]]
    """
    _check_simultaneous(sets)
    rows = []
    for level, one in sets[sets["method"] == SIMULTANEOUS].groupby("level"):
        n = len(one)
        total, sure = n * (n - 1) // 2, int((one["lower"] - 1).sum())
        counts = (total, sure, n, one["grade"].max(), worst_of(one["status"]))
        rows.append((sure / total, np.nan, np.nan, level, SIMULTANEOUS, *counts))
    return pd.DataFrame(rows, columns=[*RESULT_COLUMNS, "pairs", "distinguishable", "n", "grades", "status"])


def _without(data: pd.DataFrame) -> pd.Series:
    """Why a unit is not ranked, with what its own note says; empty if it is."""
    note = pd.Series("", index=data.index).mask(data["se"].isna(), N_("no standard error"))
    note = note.mask(data["value"].isna(), N_("no value"))
    if "note" not in data:
        return note
    own = data["note"].fillna("")
    return note.mask((note != "") & (own != ""), note + ": " + own)


def _check_simultaneous(sets: pd.DataFrame) -> None:
    if SIMULTANEOUS in set(sets.get("method", ())):
        needed = (KEY, *RESULT_COLUMNS, "status", "note", "grade")
        require_columns(
            sets, needed, "What is said of several units needs", "Pass a result of RankSets.", ComparisonError
        )
    if not sets["method"].eq(SIMULTANEOUS).any():
        noted = [text for text in sets["note"].unique() if text]
        message = (
            "What is said of several units at once needs sets that hold together, RankSets('simultaneous') with a "
            f"level; found {', '.join(sets['method'].unique())}{f' ({noted[0]})' if noted else ''}."
        )
        raise ComparisonError(message)


def _check_ranked(ranked: pd.DataFrame) -> None:
    if len(ranked) < 2:
        message = f"A ranking needs at least 2 units with value and standard error; found {len(ranked)}."
        raise TooFewUnitsError(message)
    exact = ranked.loc[ranked["se"] == 0, KEY]
    if len(exact) > 1:
        message = (
            f"The difference of two units needs a standard error; {', '.join(sorted(exact))} all have one of 0. Full "
            "counts have no error to rank by: leave the sets out and show the values."
        )
        raise ComparisonError(message)


def _vary(x: np.ndarray, variance: np.ndarray, covariance: np.ndarray | None) -> bool:
    """Whether the values vary more than their errors: Cochran's Q above its degrees of freedom, so tau² > 0."""
    if covariance is not None:
        weights = np.linalg.pinv(covariance, hermitian=True)
        centred = x - weights.sum(axis=0) @ x / weights.sum()
        return bool(centred @ weights @ centred > len(x) - 1)
    erring = variance > 0
    # a value known exactly has all the weight, so it is the mean
    mean = (x / variance).sum() / (1 / variance).sum() if erring.all() else x[~erring][0]
    centred = x - mean
    return bool((centred[erring] ** 2 / variance[erring]).sum() > len(x) - 1)
