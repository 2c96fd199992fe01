"""One coefficient under every inference for few units, side by side; several at once by Wald's F and after Holm."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.p_values import holm
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, GlmResult
from optkommunen.regression.linear import LinearResult
from optkommunen.regression.resampling import freedman_lane, pairs_bootstrap
from optkommunen.regression.tables import detectable_errors
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap
from optkommunen.words import N_, Note, number, significant

COLUMNS = (
    "model", "inference", "value", "lower", "upper", "level", "method", "se", "df", "p", "mde", "n", "n_clusters",
    "note", "status",
)  # fmt: skip


def inference_table(
    result: FittedModel,
    term: str,
    cluster: str | None = None,
    *,
    level: float | None = 0.95,
    seed: int = 2008,
    draws: int = 9_999,
    unclustered: str = "",
) -> pd.DataFrame:
    """One coefficient under every inference that fits the model, one row each.

    A count model: quasi, HC2, HC3, and by cluster the score bootstrap. A share model: quasi, HC2, HC3, and by cluster
    CR1S, CR2, CR3. A linear model: HC2, HC3, permutation (Freedman–Lane, HC3-t), pairs bootstrap, and by cluster CR1S,
    CR2, CR3 and the exact wild bootstrap. The reported one is HC3; the others say how far the conclusion hangs on it.

    Parameters
    ----------
    result : fitted model.
    term : the coefficient.
    cluster : column of the clusters, such as the Land; None leaves out the inference by cluster.
    level : coverage of the intervals; None leaves out intervals and p-values; the bootstraps by cluster have a p-value
        only.
    seed, draws : of permutation and pairs bootstrap, and of the signs where there are more than 16 clusters.
    unclustered : why there is no inference by cluster, for a row without interval that says so; empty for none.

    Returns
    -------
    DataFrame
        `COLUMNS`. Where the pairs bootstrap is impossible its row has no interval and the reason in ``note``.
        ``mde``: smallest coefficient found with 80 % power at 5 %, from the standard error and the
        degrees of freedom of the row (n - k where it has none); missing below two degrees.

    Raises
    ------
    ModelError
        No such term or column, or a single cluster.
    OptkommunenError
        The level is no share, or there are too few draws for it.

    Examples
    --------
    The estimate is the same in every row:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "land": list("NNSSHHBB"), "x": range(8)})
    >>> frame["y"] = [0.0, 2, 1, 4, 3, 7, 5, 9]
    >>> table = inference_table(LinearModel("y", ("x",))(frame), "x", "land", draws=99)
    >>> table["value"].nunique(), table["inference"].tolist()[:3]
    (1, ['classical', 'HC2', 'HC3'])
    """
    j = result.index_of(term)
    rows = []
    for kind in ("classical", "HC2", "HC3"):
        name = "quasi" if kind == "classical" and not isinstance(result, LinearResult) else kind
        rows.append(_row(name, result.table(level, kind).iloc[j].to_dict()))
    if isinstance(result, LinearResult):
        lane = freedman_lane(result, term, draws=draws, seed=seed).to_dict("records")[0]
        rows.append(_row("Freedman–Lane", lane, note=lane["note"] or _counted(N_("{n} permutations"), lane)))
        rows += _pairs(result, term, level, seed, draws)
    if cluster is not None:
        if isinstance(result, GlmResult) and isinstance(result.model, CountModel):
            rows.append(_signs("score", score_bootstrap(result, term, cluster, draws=draws, seed=seed), cluster))
        else:
            clustered = cluster_table(result, cluster, [term], level).to_dict("records")
            rows += [_row(f"{row['kind']} by {cluster}", row) for row in clustered]
        if isinstance(result, LinearResult):
            rows.append(_signs("wild", wild_bootstrap(result, term, cluster, draws=draws, seed=seed), cluster))
    if unclustered:
        rows.append(_row("by cluster", {"value": float(result.coef[j]), "method": "none"}, note=unclustered))
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    table["note"] = pd.Series([row["note"] for row in rows], dtype=object)  # a note keeps its words in both languages
    return table.assign(model=result.model.name or result.model.label, n=result.n, status=result.status)


class WaldTest(NamedTuple):
    """Test that some coefficients are all zero: F with df1 and df2 degrees of freedom, and its p-value.

    F and p are missing where the outcome follows the regressors exactly, as every standard error is.
    """

    F: float
    df1: int
    df2: int
    p: float


def wald(result: FittedModel, terms: Sequence[str], kind: str = "HC3") -> WaldTest:
    """Joint test of several coefficients: ``F = b_q' V_qq^-1 b_q / q`` with F(q, n-k).

    It comes before the tests of the single terms, which are then adjusted by `p_values.holm`.

    Parameters
    ----------
    result : fitted model.
    terms : the q coefficients tested together.
    kind : covariance V, as of `Result.table`; HC3 is the reported one.

    Raises
    ------
    ModelError
        No term is given, one is given twice, or the model has no such term.

    Examples
    --------
    For one coefficient, F is the square of t and the p-value is the same:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 4], "y": [0.0, 2, 1, 4, 3]})
    >>> fit = LinearModel("y", ("x",))(frame)
    >>> test, table = wald(fit, ["x"]), fit.table().set_index("term")
    >>> np.allclose([test.F, test.p], [table.at["x", "t"] ** 2, table.at["x", "p"]])
    True
    """
    places = [result.index_of(term) for term in terms]
    if not places or len(set(places)) < len(places):
        message = f"A joint test needs one or more terms, each once; found {', '.join(terms) or 'none'}."
        raise ModelError(message)
    b, v = result.coef[places], result.covariance(kind)[np.ix_(places, places)]
    statistic = float(b @ np.linalg.solve(v, b)) / len(places)
    return WaldTest(statistic, len(places), result.df, float(stats.f.sf(statistic, len(places), result.df)))


def jointly(result: FittedModel, terms: Sequence[str], level: float | None = 0.95) -> tuple[pd.DataFrame, WaldTest]:
    """`wald` of several coefficients, and their rows of `FittedModel.table` with ``p_holm``, adjusted after Holm.

    Examples
    --------
    Adjusting never makes a p-value smaller:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 4], "z": [1.0, 0, 0, 1, 1]})
    >>> fit = LinearModel("y", ("x", "z"))(frame.assign(y=[0.0, 2, 1, 4, 3]))
    >>> table, test = jointly(fit, ["x", "z"])
    >>> bool((table["p_holm"] >= table["p"]).all()), test.df1
    (True, 2)
    """
    test = wald(result, terms)
    table = result.table(level).set_index("term").loc[list(terms)].reset_index()
    return table.assign(p_holm=holm(table["p"]) if level is not None else np.nan), test


def _pairs(result: LinearResult, term: str, level: float | None, seed: int, draws: int) -> list[dict[str, Any]]:
    """Rows of the pairs bootstrap; one row with the reason where most draws lack a group and have no refit."""
    try:
        table = pairs_bootstrap(result, level=level, draws=draws, seed=seed)
    except ModelError as reason:
        value = float(result.coef[result.index_of(term)])
        return [_row("pairs bootstrap", {"value": value, "method": "none"}, note=str(reason))]
    rows = table[table["term"] == term].assign(mde=lambda t: t["se"] * detectable_errors(result.df))
    return [_row(f"pairs bootstrap, {row['kind']}", row) for row in rows.to_dict("records")]


def _signs(name: str, test: pd.DataFrame, cluster: str) -> dict[str, Any]:
    found = test.to_dict("records")[0]
    smallest = partial(significant, found["smallest_p"], 2)
    least = _counted(N_("{n} sign vectors; p at least {smallest}"), found, smallest=smallest)
    return _row(f"{name} bootstrap by {cluster}", found, note=found["note"] or least)


def _counted(text: str, found: dict[Any, Any], **fields: object) -> Note:
    return Note(text, n=partial(number, found["vectors"], 0), **fields)


def _row(inference: str, found: dict[Any, Any], **further: Any) -> dict[str, Any]:
    return {"note": "", **{str(k): v for k, v in found.items()}, "inference": inference, **further}
