"""OLS and WLS with heteroscedasticity-robust standard errors, also of the rate beside a count: frame in, table out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import WeightedModel, check, drop_full_leverage, solve
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel
from optkommunen.regression.irls import GAUSSIAN, Family


@dataclass(frozen=True)
class LinearModel(WeightedModel):
    """Linear regression of one outcome on named columns, called with a frame.

    Parameters
    ----------
    outcome : column of the outcome.
    regressors : columns on the right-hand side; a constant is always added.
    weights : column of positive weights (WLS), or None: every municipality counts equally (OLS).
    name : label of the model in tables and figures.

    References
    ----------
    MacKinnon & White 1985 (HC3); Long & Ervin 2000 (HC3 with t for n ≤ 250).

    Examples
    --------
    Weights of one equal no weights:

    >>> frame = pd.DataFrame({"kommune": list("abcde"), "y": [1.0, 2, 2, 4, 5], "x": [0.0, 1, 2, 3, 4], "w": 1.0})
    >>> plain, weighted = LinearModel("y", ("x",))(frame), LinearModel("y", ("x",), "w")(frame)
    >>> np.allclose(plain.table()["upper"], weighted.table()["upper"])
    True
    """

    family: ClassVar[Family] = GAUSSIAN

    @property
    def label(self) -> str:
        """Kind of model, as it stands in the column ``method``."""
        return "OLS" if self.weights is None else "WLS"

    def __call__(self, frame: pd.DataFrame) -> LinearResult:
        """Fit the model to one row per municipality.

        Parameters
        ----------
        frame : DataFrame with ``kommune``, the outcome, the regressors and the weights; a column ``status``, where
            present, is carried into every table as the worst status that entered.

        Raises
        ------
        ModelError
            A column is missing, a municipality stands twice, a cell is empty, there are too few rows, the outcome is
            constant, or a regressor is constant or collinear; names columns and municipalities.
        """
        model, data, *dropped = drop_full_leverage(self, frame)
        x, y, w, offset = model.arrays(data)
        return LinearResult(model, data, x, y, w, offset, *solve(x, y, w, model.terms), *dropped)

    def gate(self, data: pd.DataFrame) -> None:
        """Refuse data that the model cannot be estimated from; see `__call__`."""
        check(data, self.outcome, self.regressors, self.weights)
        if data[self.outcome].eq(data[self.outcome].iloc[0]).all():
            message = (
                f"An outcome must vary over the sample; {self.outcome} is {data[self.outcome].iloc[0]:g} for all "
                f"{len(data)} municipalities. Choose another."
            )
            raise ModelError(message)


@dataclass(frozen=True)
class LinearResult(FittedModel):
    """A fitted `LinearModel`."""

    model: LinearModel

    def without_each(self) -> np.ndarray:
        """Coefficients without each municipality in turn, ``b - A x_i w_i e_i / (1 - h_i)``, shape (n, k)."""
        return self.coef - (self.x @ self.bread) * (self.w * self.residuals / (1 - self.hat))[:, None]

    def _fitted_by_statsmodels(self, y: pd.Series, x: pd.DataFrame) -> Any:
        import statsmodels.api as sm

        return (sm.OLS(y, x) if self.model.weights is None else sm.WLS(y, x, weights=self.w)).fit()


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
    rate = f"rate of {result.model.outcome}" if "rate" in result.terms else "rate"
    frame = result.data.assign(**{rate: per * result.data[result.model.outcome] / result.data[exposure]})
    return [
        LinearModel(rate, result.terms[1:], weights, f"{kind} of the rate")(frame)
        for kind, weights in (("OLS", None), ("WLS", exposure))
    ]


def log_linear(result: FittedModel, outcome: str = "") -> LinearResult:
    """The model itself if it is linear; of counts OLS of the logarithm of the rate, without who has no event.

    Parameters
    ----------
    result : fitted model.
    outcome : name of the logarithm; empty for one that says what it is of.

    Raises
    ------
    ModelError
        The model is one of shares.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "o": [12, 0, 30, 22, 8, 41], "x": [0.0, 1, 2, 3, 4, 5]})
    >>> fit = log_linear(CountModel("o", ("x",), "ehb")(frame.assign(ehb=100.0)))
    >>> fit.model.outcome, fit.n
    ('ln(o / ehb)', 5)
    """
    if isinstance(result, LinearResult):
        return result
    model = result.model
    if not isinstance(model, CountModel):
        message = (
            "Omitted variables and space are asked of linear models; this is a model of a share. Fit the linear one: "
            "leave out share=True."
        )
        raise ModelError(message)
    outcome = outcome or f"ln({model.outcome} / {model.exposure})"
    rows = result.data[result.data[model.outcome] > 0]
    logs = rows.assign(**{outcome: np.log(rows[model.outcome] / rows[model.exposure])})
    return LinearModel(outcome, result.terms[1:], None, "OLS of ln rate")(logs)
