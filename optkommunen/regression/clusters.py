"""Which municipalities belong together; standard errors for few unequal clusters: CR1S, CR2 (Satterthwaite), CR3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.design import Working
from optkommunen.regression.fitted_model import EXACT, FittedModel
from optkommunen.regression.tables import FEWEST_DF, coverage_of, detectable_errors
from optkommunen.values import KEY
from optkommunen.words import N_

SINGLE = N_("settled by a single cluster, at least in part: the clusters cannot show its uncertainty")
"""Why a coefficient to which an absorbed cluster contributes has no standard error."""
STILL = 1e-9
"""Share of a regressor's size up to which a change is rounding."""
_EXPONENT = {"CR1S": 0.0, "CR2": 0.5, "CR3": 1.0}
_ABSORBED = 1e-8
_BIASED = 1e-6


@dataclass(frozen=True)
class Groups:
    """A partition of the rows of a sample.

    Attributes
    ----------
    codes : group of each row, 0 … count - 1, shape (n,).
    labels : name of each group.
    """

    codes: np.ndarray
    labels: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.labels)

    @property
    def rows(self) -> list[np.ndarray]:
        """Positions of the rows of each group."""
        return [np.flatnonzero(self.codes == g) for g in range(self.count)]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum over the rows of each group, shape (count, …)."""
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.codes, values)
        return total

    def reach(self, values: np.ndarray) -> np.ndarray:
        """Largest less smallest value within each group, shape (count, …)."""
        return np.array([np.ptp(values[rows], axis=0) for rows in self.rows])

    def varying(self, values: np.ndarray) -> int:
        """Number of groups within which the values differ.

        Examples
        --------
        What is the same within each group varies in none:

        >>> groups = Groups(np.array([0, 0, 1, 1]), ("a", "b"))
        >>> groups.varying(np.array([1.0, 1, 2, 2])), groups.varying(np.array([1.0, 2, 3, 3]))
        (0, 1)
        """
        return int((self.reach(values) > 0).sum())

    def changing(self, values: np.ndarray) -> np.ndarray:
        """Whether regressors (n, m) change within each group by more than rounding, shape (count, m).

        Examples
        --------
        What is rounding beside large values is a change among small ones:

        >>> groups, x = Groups(np.array([0, 0, 1, 1]), ("a", "b")), np.array([[0.3], [0.1 + 0.2], [1e-13], [2e-13]])
        >>> groups.changing(x).ravel().tolist(), Groups(groups.codes[:2], ("b",)).changing(1e12 * x[2:]).item()
        ([False, False], True)
        """
        return self.reach(values) > STILL * np.abs(values).max(axis=0)


def groups_of(data: pd.DataFrame, column: str) -> Groups:
    """Groups named in a column of the data of a fitted model.

    Raises
    ------
    ModelError
        The column is missing or has empty cells; names the municipalities.

    Examples
    --------
    >>> groups_of(pd.DataFrame({"kommune": list("abc"), "land": ["NI", "SH", "NI"]}), "land").labels
    ('NI', 'SH')
    """
    if column not in data.columns:
        message = (
            f"Clusters and strata are a column of the frame that was fitted; {column!r} is not one of "
            f"{', '.join(map(str, data.columns))}. Merge it into the frame and fit again."
        )
        raise ModelError(message)
    empty = data.loc[data[column].isna(), KEY].tolist()
    if empty:
        message = f"Each municipality belongs to one group; {column} is empty for {', '.join(empty)}. Fill it in."
        raise ModelError(message)
    codes, labels = pd.factorize(data[column], sort=True)
    return Groups(codes, tuple(str(label) for label in labels))


def clusters_of(data: pd.DataFrame, column: str) -> Groups:
    """Groups that serve as clusters: at least two of them.

    Raises
    ------
    ModelError
        As `groups_of`, and if all rows lie in one cluster.
    """
    groups = groups_of(data, column)
    if groups.count < 2:
        message = f"Inference by cluster needs at least 2 clusters; {column} is {groups.labels[0]} for all rows."
        raise ModelError(message)
    return groups


def cluster_table(
    result: FittedModel, cluster: str, terms: Sequence[str] | None = None, level: float | None = 0.95
) -> pd.DataFrame:
    """Coefficients with three covariances by cluster, one below the other.

    All rows are multiplied by √w first; a count or share model is taken as the weighted least squares that its fit ends
    in, with working weights w V(mu) and Pearson's residuals. With ``X_g, e_g`` the rows and residuals of cluster g,
    ``M = (X'X)^-1``, ``H_gg = X_g M X_g'`` and c picking one coefficient::

        Var = M [ Σ_g X_g' A_g e_g e_g' A_g X_g ] M
        A_g = (I - H_gg)^-a    a = 0 (CR1S, times G/(G-1) · (n-1)/(n-k)), 1/2 (CR2), 1 (CR3)
        df  = tr(P'P)² / tr((P'P)²)    P = [ (I - H)[:, g] A_g X_g M c  for all g ]

    CR2 has t with the df above (Satterthwaite). CR1S and CR3 have t(G-1): CR1S as in most programs, too optimistic for
    few or unequal clusters; CR3, the jackknife, because it errs on the large side by itself. The working model behind
    A_g and df is independent errors with a variance proportional to 1/w; under it CR2 is unbiased. (Whoever takes
    equal variances for weighted data gets another CR2.) Where I - H_gg is singular (a cluster with a dummy of its own),
    its pseudo-inverse is taken.

    Parameters
    ----------
    result : fitted model, linear, of counts or of a share.
    cluster : column of the clusters in the frame that was fitted, such as the Land.
    terms : coefficients to show; None shows all.
    level : coverage of the interval; None leaves out interval and p-value and changes no value.

    Returns
    -------
    DataFrame, three rows for each term
        ``model, outcome, term, value, lower, upper, level, method, kind, se, df, t, p, mde, n_clusters, n_varying,
        note, n, status``. ``n_varying`` is the number of clusters within which the regressor varies. ``note`` gives the
        reason where interval, p-value and ``mde`` are missing, then for all three: fewer than 2 of Satterthwaite's
        degrees of freedom; a coefficient to which an absorbed cluster contributes, such as the dummy of one cluster:
        then the standard error is missing too, as it would leave out what that cluster adds; or an outcome that follows
        the regressors exactly.

    Raises
    ------
    ModelError
        No such term or column, a municipality without cluster, a single cluster.

    References
    ----------
    Bell & McCaffrey 2002; Pustejovsky & Tipton 2018; MacKinnon, Nielsen & Webb 2023; goldens V12, V13.

    Examples
    --------
    If each municipality is a cluster of its own, CR2 is HC2 and CR3 is HC3:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 2, 1, 4, 3, 7]})
    >>> fit = LinearModel("y", ("x",))(frame)
    >>> by_cluster = cluster_table(fit, "kommune", ["x"])["se"].tolist()[1:]
    >>> np.allclose(by_cluster, [fit.table(kind=kind)["se"][1] for kind in ("HC2", "HC3")])
    True
    """
    groups = clusters_of(result.data, cluster)
    coverage = coverage_of(level)
    asked = list(terms or result.terms)
    places = [result.index_of(term) for term in asked]
    satterthwaite = np.full(len(asked), np.nan) if result.exact else cr2(result.working, groups, places).df
    told = satterthwaite >= FEWEST_DF
    shown = told & np.isfinite(coverage)
    coef, tables = result.coef[places], []
    for kind in _EXPONENT:
        df = satterthwaite if kind == "CR2" else np.full(len(asked), groups.count - 1.0)
        scores = groups.sums(_adjusted(result.working, groups, places, kind) * result.pearson[:, None])
        factor = groups.count / (groups.count - 1) * (result.n - 1) / result.df if kind == "CR1S" else 1.0
        se = np.where(np.isnan(satterthwaite), np.nan, np.sqrt(factor * (scores**2).sum(axis=0)))
        reach = np.where(shown, stats.t.ppf((1 + coverage) / 2, df) * se, np.nan)
        found = {
            "lower": coef - reach,
            "upper": coef + reach,
            "level": np.where(shown, coverage, np.nan),
            "method": np.where(shown, [f"{result.model.label} {kind} t({d:.1f})" for d in df], "none"),
            "kind": kind,
            "se": se,
            "df": df,
            "t": coef / se,
            "p": np.where(shown, 2 * stats.t.sf(np.abs(coef / se), df), np.nan),
            "mde": np.where(told, se * [detectable_errors(d) for d in df], np.nan),
            "n_clusters": groups.count,
            "n_varying": [groups.varying(column) for column in result.x.T[places]],
            "note": [EXACT if result.exact else _reason(d) for d in satterthwaite],
        }
        tables.append(result.rows_of(found, asked))
    return pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)


class Cr2(NamedTuple):
    """CR2 of m coefficients: covariance (m, m) and Satterthwaite's degrees of freedom (m,).

    Both are NaN for a coefficient to which an absorbed cluster contributes.
    """

    covariance: np.ndarray
    df: np.ndarray


def cr2(fit: Working, groups: Groups, places: Sequence[int]) -> Cr2:
    """CR2 and its degrees of freedom for the coefficients at some places of a fit; formulas as in `cluster_table`.

    Examples
    --------
    Two clusters that are each other's mirror image have one degree of freedom between them:

    >>> x, bread = np.array([[1.0], [1], [1], [1]]), np.array([[0.25]])
    >>> cr2(Working(x, bread, np.array([1.0, 1, -1, -1])), Groups(np.array([0, 0, 1, 1]), ("a", "b")), [0]).df.round(12)
    array([1.])
    """
    a = _adjusted(fit, groups, places, "CR2")
    df = np.full(len(places), np.nan)
    for j, place in enumerate(places):
        u = groups.sums(fit.x * a[:, [j]])
        gram = np.diag(groups.sums(a[:, j] ** 2)) - u @ fit.bread @ u.T  # P'P, because I - H is idempotent
        if np.trace(gram) > (1 - _BIASED) * fit.bread[place, place]:  # equal: CR2 is unbiased, no absorbed contributes
            df[j] = np.trace(gram) ** 2 / (gram**2).sum()
    scores = groups.sums(a * fit.e[:, None])
    known = np.where(np.isnan(df), np.nan, 1.0)
    return Cr2(scores.T @ scores * np.outer(known, known), df)


def _adjusted(fit: Working, groups: Groups, places: Sequence[int], kind: str) -> np.ndarray:
    """Columns ``A_g X_g M c`` of all clusters, one for each coefficient, shape (n, m)."""
    moved = fit.x @ fit.bread[:, places]
    adjusted = np.empty_like(moved)
    for rows in groups.rows:
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - fit.x[rows] @ fit.bread @ fit.x[rows].T)
        kept = values > _ABSORBED  # the others are absorbed: no residual points there, the pseudo-inverse is zero
        vectors = vectors[:, kept]
        adjusted[rows] = vectors * values[kept] ** -_EXPONENT[kind] @ (vectors.T @ moved[rows])
    return adjusted


def _reason(df: float) -> str:
    """Why there is neither interval nor p-value with so many degrees of freedom; empty where there is."""
    if np.isnan(df):
        return SINGLE
    if df < FEWEST_DF:
        return f"{df:.1f} of Satterthwaite's degrees of freedom, fewer than {FEWEST_DF}: neither interval nor p-value"
    return ""
