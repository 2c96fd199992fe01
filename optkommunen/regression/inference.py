"""One coefficient under every inference for few units: robust, by cluster, bootstrap, permutation, side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, GlmResult
from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.regression.resampling import freedman_lane, pairs_bootstrap
from optkommunen.regression.tables import detectable_errors
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap
from optkommunen.words import N_, Note, number, significant

COLUMNS = (
    "model", "inference", "value", "lower", "upper", "level", "method", "se", "df", "p", "mde", "n", "n_clusters",
    "note", "status",
)  # fmt: skip
TWIN_RATE = "rate"


def linear_counterparts(result: FittedModel, per: float = 100) -> list[LinearResult]:
    """Linear twins of a count model: OLS and WLS of the rate per `per` of the exposure on the same regressors.

    OLS counts each municipality equally, WLS by its exposure; the sign should survive the choice (Hujer 2014). Their
    coefficients are in events per `per`, not in logarithms.

    Raises
    ------
    ModelError
        If the model is not one of counts.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "o": [12, 9, 30, 22, 8, 41], "x": [0.0, 1, 2, 3, 4, 5]})
    >>> frame["ehb"] = [50.0, 40, 110, 80, 30, 120]
    >>> [twin.model.weights for twin in linear_counterparts(CountModel("o", ("x",), "ehb")(frame))]
    [None, 'ehb']
    """
    if not isinstance(result.model, CountModel):
        message = f"Twins are those of a count model; this is a {result.model.label}. Fit LinearModel yourself."
        raise ModelError(message)
    exposure = result.model.exposure
    rate = TWIN_RATE if TWIN_RATE not in result.terms else f"{TWIN_RATE} of {result.model.outcome}"
    frame = result.data.assign(**{rate: per * result.data[result.model.outcome] / result.data[exposure]})
    return [
        LinearModel(rate, result.terms[1:], weights, f"{kind} of the rate")(frame)
        for kind, weights in (("OLS", None), ("WLS", exposure))
    ]


def inference_table(
    result: FittedModel,
    term: str,
    cluster: str | None = None,
    *,
    level: float | None = 0.95,
    seed: int = 2008,
    draws: int = 9_999,
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

    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "land": list("NNSSHHBB"), "x": range(8)})
    >>> frame["y"] = [0.0, 2, 1, 4, 3, 7, 5, 9]
    >>> table = inference_table(LinearModel("y", ("x",))(frame), "x", "land", draws=99)
    >>> table["value"].nunique(), table["inference"].tolist()[:3]
    (1, ['classical', 'HC2', 'HC3'])
    """
    j = result.index_of(term)
    rows = [_robust(result, j, kind, level) for kind in ("classical", "HC2", "HC3")]
    if isinstance(result, LinearResult):
        lane = freedman_lane(result, term, draws=draws, seed=seed).to_dict("records")[0]
        rows.append(_row("Freedman–Lane", lane, note=lane["note"] or _counted(N_("{n} permutations"), lane)))
        rows += _pairs(result, term, level, seed, draws)
    if cluster is not None and not isinstance(result.model, CountModel):
        for clustered in cluster_table(result, cluster, [term], level).to_dict("records"):
            rows.append(_row(f"{clustered['kind']} by {cluster}", clustered))
    if cluster is not None and isinstance(result, LinearResult):
        rows.append(_signs("wild", wild_bootstrap(result, term, cluster, draws=draws, seed=seed), cluster))
    if cluster is not None and isinstance(result, GlmResult) and isinstance(result.model, CountModel):
        rows.append(_signs("score", score_bootstrap(result, term, cluster, draws=draws, seed=seed), cluster))
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    table["note"] = pd.Series([row["note"] for row in rows], dtype=object)  # a note keeps its words in both languages
    return table.assign(model=result.model.name or result.model.label, n=result.n, status=result.status)


def _robust(result: FittedModel, j: int, kind: str, level: float | None) -> dict[str, Any]:
    found = result.table(level, kind).iloc[j].to_dict()
    return _row("quasi" if kind == "classical" and not isinstance(result, LinearResult) else kind, found)


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
