"""Leave one out: what each municipality does to a coefficient, in closed form."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.linear import LinearResult
from optkommunen.values import KEY


def leave_one_out(result: LinearResult, term: str) -> pd.DataFrame:
    """One coefficient of an OLS or WLS model, refitted without each municipality in turn.

    ``b_(i) = b - A x_i w_i e_i / (1 - h_i)`` with ``A = (X'WX)^-1``; Cook's distance
    ``w_i e_i² h_i / (k s² (1 - h_i)²)``; studentised residual with the variance estimated without i.

    Parameters
    ----------
    result : fitted linear model.
    term : the coefficient.

    Returns
    -------
    DataFrame, shape (n, 6)
        ``kommune`` (the one left out), ``value`` (coefficient without it), ``dfbeta`` (value minus the coefficient
        of all), ``hat, cook, rstudent``.

    Raises
    ------
    ModelError
        If the model has no such term.

    References
    ----------
    Cook 1977; Belsley, Kuh & Welsch 1980.

    Examples
    --------
    A municipality that lies exactly on the line changes nothing:

    >>> from optkommunen.regression.linear import LinearModel
    >>> frame = pd.DataFrame({"kommune": list("abcde"), "x": [0.0, 1, 2, 3, 4], "y": [0.0, 1.5, 2, 2.5, 4]})
    >>> table = leave_one_out(LinearModel("y", ("x",))(frame), "x").set_index("kommune")
    >>> abs(round(float(table.at["c", "dfbeta"]), 12))
    0.0
    """
    if term not in result.terms:
        message = f"The model has the terms {', '.join(result.terms)}; {term!r} is not one of them."
        raise ModelError(message)
    j = result.terms.index(term)
    x, w, e, h = result.x, result.w, result.residuals, result.hat
    k = len(result.coef)
    change = -(x @ result.bread)[:, j] * w * e / (1 - h)
    squares = w * e**2
    s2 = squares.sum() / result.df
    s2_without = (result.df * s2 - squares / (1 - h)) / (result.df - 1)
    return pd.DataFrame(
        {
            KEY: result.data[KEY],
            "value": result.coef[j] + change,
            "dfbeta": change,
            "hat": h,
            "cook": squares * h / (k * s2 * (1 - h) ** 2),
            "rstudent": np.sqrt(w) * e / np.sqrt(s2_without * (1 - h)),
        }
    )
