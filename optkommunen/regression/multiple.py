"""Several coefficients at once: the joint Wald F test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.fitted_model import FittedModel


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

    It comes before the tests of the single terms, which are then adjusted by `multiplicity.holm`.

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

    >>> import pandas as pd
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
