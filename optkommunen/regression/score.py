"""Score bootstrap by cluster: the wild bootstrap of a coefficient of the quasi-Poisson model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.fitted_model import Working
from optkommunen.regression.glm import CountModel, GlmResult
from optkommunen.regression.irls import fit_poisson
from optkommunen.regression.wild import sign_table


def score_bootstrap(
    result: GlmResult,
    term: str,
    cluster: str,
    *,
    level: float | None = None,
    draws: int = 9_999,
    seed: int = 2008,
) -> pd.DataFrame:
    """Test of one coefficient of a quasi-Poisson model against zero, exact over the signs of the clusters.

    The model is fitted under the null only: means μ̃, residuals r̃ = y - μ̃, working weights μ̃. With x̃ the residual of
    the regressor on all others (weights μ̃), ``s_g = Σ_(i in g) x̃_i r̃_i`` are the scores of the clusters, projected on
    the restricted design, ``S_g = Σ_(i in g) x_i r̃_i`` those of all coefficients, ``A = (Σ_i μ̃_i x_i x_i')^-1`` and
    ``D_g = Σ_(i in g) μ̃_i x̃_i x_i'``. For a sign vector v::

        T(v)² = (Σ_g v_g s_g)² / ( c Σ_g (v_g s_g - D_g A Σ_h v_h S_h)² )     c = G/(G-1) · (n-1)/(n-k)

    The subtracted part is what one refit of all coefficients takes out of each cluster's score, so each T(v) has a
    standard error of its own (CR1S). v = 1 is the observed statistic. In the working linear model at the restricted fit
    (outcome r̃/μ̃ about the restricted line, weights μ̃) this is `wild_bootstrap`; counting, ties, draws, interval and
    columns are the same. ``t`` is the observed score statistic, ``value`` the coefficient of the full fit.

    Parameters
    ----------
    result : fitted quasi-Poisson model with ``x, y, offset`` (logarithm of the exposure), ``coef, terms, data``.
    term : the coefficient.
    cluster : column of the clusters in the frame that was fitted, such as the Land.
    level : coverage of an interval of the hypothetical values that are not rejected; None gives the p-value alone.
    draws, seed : number of sign vectors and their seed, where there are more than 16 clusters.

    Returns
    -------
    DataFrame, one row
        As `wild_bootstrap`.

    Raises
    ------
    ModelError
        As `wild_bootstrap`; if the restricted fit does not converge, or the model is not one of counts.

    References
    ----------
    Kline & Santos 2012; the projection and the size in small samples: our own simulation, see the tests.

    Examples
    --------
    The unit of the exposure changes nothing:

    >>> frame = pd.DataFrame({"kommune": list("abcdefgh"), "land": list("NNSSHHBB"), "x": np.arange(8.0), "e": 100.0})
    >>> frame["o"] = [9, 12, 10, 15, 14, 19, 17, 24]
    >>> tests = [score_bootstrap(CountModel("o", ("x",), "e")(frame.assign(e=e)), "x", "land") for e in (1.0, 100.0)]
    >>> bool(np.isclose(tests[0].at[0, "t"], tests[1].at[0, "t"])), bool(tests[0].at[0, "p"] == tests[1].at[0, "p"])
    (True, True)
    """
    if not isinstance(result.model, CountModel):
        message = f"The score bootstrap is that of a count model; this is a {result.model.label}. Use its linear twin."
        raise ModelError(message)
    j = result.index_of(term)
    others = np.delete(result.x, j, axis=1)

    def restricted(null: float) -> Working:
        return working_at(result.x, result.y, restricted_mean(others, result.y, result.offset + null * result.x[:, j]))

    return sign_table(result, term, cluster, restricted, "quasi-Poisson score bootstrap", level, draws, seed)


def working_at(x: np.ndarray, y: np.ndarray, mean: np.ndarray) -> Working:
    """Weighted least squares of a count model about given means, with the whole design."""
    root = np.sqrt(mean)
    rows = x * root[:, None]
    return Working(rows, np.linalg.inv(rows.T @ rows), (y - mean) / root)


def restricted_mean(x: np.ndarray, y: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Expected counts of the model under the null."""
    fit = fit_poisson(x, y, offset)
    if not fit.converged:
        message = "The model without the tested regressor must have a fit; it did not converge. Look for empty groups."
        raise ModelError(message)
    return fit.fitted
