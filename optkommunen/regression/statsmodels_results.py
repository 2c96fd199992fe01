"""A fitted model as a statsmodels results object that carries the covariance reported here."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, GlmResult
from optkommunen.values import KEY

_DESCRIPTIONS = {
    "classical": "Standard errors are classical, scaled by the dispersion; computed by optkommunen",
    "model": "Standard errors take the variance function at its word (dispersion 1); computed by optkommunen",
}


def statsmodels_results(fit: FittedModel, kind: str = "HC3") -> Any:
    """Results object of statsmodels for `fit`, with its covariance in place of statsmodels' own.

    What rests on the covariance (standard errors, t, p, intervals, ``t_test``, ``wald_test``, ``get_prediction``)
    is that of `FittedModel.table`, with t(n-k). The covariance has to come from here: ``cov_type="HC3"`` of a
    GLM is HC0 in statsmodels 0.15, without a warning. Rows are labelled by key, columns by term.

    Parameters
    ----------
    fit : LinearResult or GlmResult
        Who fits itself exactly is in it no more.
    kind : str, default "HC3"
        One of ``fit.kinds``.

    Returns
    -------
    statsmodels.regression.linear_model.RegressionResults or statsmodels.genmod.generalized_linear_model.GLMResults
        Of OLS, WLS, Poisson with exposure (scale: Pearson's phi), or binomial with the trials as ``var_weights``. Its
        ``get_prediction()`` and ``predict(new)`` of counts are those of one unit of exposure unless they are
        given an ``exposure``; its ``summary()`` prints the time.

    Raises
    ------
    ModelError
        There is no such kind of covariance.

    References
    ----------
    Seabold & Perktold 2010 (statsmodels); White 1980; MacKinnon & White 1985 (HC3).

    Examples
    --------
    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "x": [0.0, 1, 2, 3, 4, 5], "y": [0.0, 2, 1, 4, 3, 7]})
    >>> fit = LinearModel("y", ("x",))(frame)
    >>> np.allclose(statsmodels_results(fit).pvalues, fit.table()["p"])
    True
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    covariance = fit.covariance(kind)
    x = pd.DataFrame(fit.x, index=pd.Index(fit.data[KEY]), columns=list(fit.terms))
    y = pd.Series(fit.y, index=x.index, name=fit.model.outcome)
    if not isinstance(fit, GlmResult):
        plain = fit.model.weights is None
        results = (sm.OLS(y, x) if plain else sm.WLS(y, x, weights=fit.w)).fit()
    else:
        if isinstance(fit.model, CountModel):
            model = sm.GLM(y, x, family=sm.families.Poisson(), exposure=np.exp(fit.offset))
        else:
            model = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=fit.w)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerfectSeparationWarning)  # an exact fit has no error, and says so here
            results = model.fit(start_params=fit.coef, scale="X2", use_t=True)
    inner = results._results
    inner.cov_params_default = covariance
    inner.cov_type = kind
    inner.cov_kwds = {"description": _DESCRIPTIONS.get(kind, f"Standard errors are {kind}, computed by optkommunen")}
    return results
