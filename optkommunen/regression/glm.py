"""Quasi-Poisson with exposure and fractional logit, with robust standard errors: frame in, table out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import (
    CONSTANT,
    WeightedModel,
    check,
    column,
    drop_full_leverage,
    keys,
    matrix,
    solve,
)
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.irls import BINOMIAL, POISSON, Family, irls

_BORDER = 1e-6


@dataclass(frozen=True)
class CountModel:
    """Quasi-Poisson regression of a count with exposure: ``ln E[O_i] = ln(exposure_i) + x_i'b``.

    Parameters
    ----------
    outcome : column of a non-negative count, such as the integrations of a year.
    regressors : columns on the right-hand side; a constant is always added.
    exposure : column of the positive exposure, such as the mean number of eHb of the year.
    name : label of the model in tables and figures.
    free_exposure : also estimate a coefficient of ln(exposure), as the term ``ln_<exposure>``, beside the offset. It is
        zero where the count grows in proportion to the exposure.

    References
    ----------
    McCullagh & Nelder 1989.

    Examples
    --------
    The unit of the exposure moves the constant and nothing else:

    >>> frame = pd.DataFrame({"kommune": list("abcdef"), "o": [12, 9, 30, 22, 8, 41], "x": [0.0, 1, 2, 3, 4, 5]})
    >>> frame["ehb"] = [50.0, 40, 110, 80, 30, 120]
    >>> heads = CountModel("o", ("x",), "ehb")(frame)
    >>> thousands = CountModel("o", ("x",), "ehb")(frame.assign(ehb=frame["ehb"] / 1000))
    >>> np.allclose(thousands.coef - heads.coef, [np.log(1000), 0])
    True
    """

    outcome: str
    regressors: tuple[str, ...]
    exposure: str
    name: str = ""
    free_exposure: bool = False

    family: ClassVar[Family] = POISSON
    label: ClassVar[str] = "quasi-Poisson"

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients, the constant first."""
        return (CONSTANT, *self.regressors, *([f"ln_{self.exposure}"] if self.free_exposure else []))

    def __call__(self, frame: pd.DataFrame) -> GlmResult:
        """Fit the model to one row per municipality.

        Parameters
        ----------
        frame : DataFrame with ``kommune``, the outcome, the regressors and the exposure; a column ``status``, where
            present, is carried into every table as the worst status that entered.

        Raises
        ------
        ModelError
            As of `LinearModel`; an exposure is not positive, a count negative, all counts zero, or the estimate is
            not finite because a regressor separates the counts of zero from the others.
        """
        if self.free_exposure:
            check(frame, self.outcome, self.regressors, self.exposure, "Exposure")
            frame = frame.assign(**{self.terms[-1]: np.log(frame[self.exposure])})
        return _fit(self, frame)

    def gate(self, data: pd.DataFrame) -> None:
        """Refuse data that the model cannot be estimated from; see `__call__`."""
        check(data, self.outcome, self.terms[1:], self.exposure, "Exposure")
        negative = data[data[self.outcome] < 0]
        if len(negative):
            message = f"A count must not be negative; {self.outcome} is for {keys(negative)}. Correct these cells."
            raise ModelError(message)
        if not data[self.outcome].any():
            message = f"A count must be positive somewhere; {self.outcome} is zero for all {len(data)} municipalities."
            raise ModelError(message)

    def arrays(self, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Design (n, k), outcome, prior weights of one, and offset ln(exposure), each (n,)."""
        offset = np.log(column(data, self.exposure))
        return matrix(data, self.terms[1:]), column(data, self.outcome), np.ones(len(data)), offset


@dataclass(frozen=True)
class ShareModel(WeightedModel):
    """Logit regression of a share; without trials the fractional logit, with trials quasi-binomial.

    Parameters
    ----------
    outcome : column of a share, 0 to 1.
    regressors : columns on the right-hand side; a constant is always added.
    weights : column of positive trials (the denominators of the shares), or None: every municipality counts equally.
    name : label of the model in tables and figures.

    References
    ----------
    Papke & Wooldridge 1996; McCullagh & Nelder 1989.

    Examples
    --------
    Whether the share or its complement is modelled changes signs only:

    >>> frame = pd.DataFrame({"kommune": list("abcde"), "s": [0.2, 0.1, 0.4, 0.3, 0.6], "x": [0.0, 1, 2, 3, 4]})
    >>> share = ShareModel("s", ("x",))(frame)
    >>> rest = ShareModel("s", ("x",))(frame.assign(s=1 - frame["s"]))
    >>> np.allclose(share.coef, -rest.coef), np.allclose(share.table()["se"], rest.table()["se"])
    (True, True)
    """

    family: ClassVar[Family] = BINOMIAL

    @property
    def label(self) -> str:
        """Kind of model, as it stands in the column ``method``."""
        return "fractional logit" if self.weights is None else "quasi-binomial"

    def __call__(self, frame: pd.DataFrame) -> GlmResult:
        """Fit the model to one row per municipality.

        Parameters
        ----------
        frame : DataFrame with ``kommune``, the outcome, the regressors and the trials; a column ``status``, where
            present, is carried into every table as the worst status that entered.

        Raises
        ------
        ModelError
            As of `LinearModel`; a share lies outside 0 to 1, all are 0 or all are 1, or the estimate is not finite
            because a regressor separates the shares of 0 or 1 from the others.
        """
        return _fit(self, frame)

    def gate(self, data: pd.DataFrame) -> None:
        """Refuse data that the model cannot be estimated from; see `__call__`."""
        check(data, self.outcome, self.regressors, self.weights)
        share = data[self.outcome]
        outside = data[~share.between(0, 1)]
        if len(outside):
            message = (
                f"A share lies between 0 and 1; {self.outcome} does not for {keys(outside)}. "
                "Divide percentages by 100, or model a rate above one as a count with exposure."
            )
            raise ModelError(message)
        if (share == 0).all() or (share == 1).all():
            message = f"A share must vary; {self.outcome} is {share.iloc[0]:g} for all {len(data)} municipalities."
            raise ModelError(message)


@dataclass(frozen=True)
class GlmResult(FittedModel):
    """A fitted `CountModel` or `ShareModel`.

    ``classical`` standard errors are the quasi ones, ``sqrt(phi)`` times those of the kind ``model`` (phi = 1).
    """

    kinds: ClassVar[tuple[str, ...]] = ("model", *FittedModel.kinds)

    model: CountModel | ShareModel

    def covariance(self, kind: str = "HC3") -> np.ndarray:
        """As of `Result.covariance`; the kind ``model`` takes the variance function at its word (phi = 1)."""
        return self.bread if kind == "model" else super().covariance(kind)

    def without_each(self) -> np.ndarray:
        """Coefficients refitted without each municipality in turn, shape (n, k); NaN where no finite ones exist."""
        weights = self.w * (1 - np.eye(self.n))
        return irls(self.model.family, self.x, self.y, self.offset, self.coef, weights).coef

    def _fitted_by_statsmodels(self, y: pd.Series, x: pd.DataFrame) -> Any:
        import statsmodels.api as sm
        from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

        if isinstance(self.model, CountModel):
            model = sm.GLM(y, x, family=sm.families.Poisson(), exposure=np.exp(self.offset))
        else:
            model = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=self.w)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PerfectSeparationWarning)  # an exact fit has no error, and says so here
            return model.fit(start_params=self.coef, scale="X2", use_t=True)


def _fit(model: CountModel | ShareModel, frame: pd.DataFrame) -> GlmResult:
    model, data, *dropped = drop_full_leverage(model, frame)
    x, y, w, offset = model.arrays(data)
    fit = irls(model.family, x, y, offset, None, w)
    variance = model.family.variance(fit.fitted)
    if not fit.converged:
        border = data[variance < _BORDER * variance.max()]
        message = (
            f"No finite estimate: the fitted {model.outcome} runs to its border for {keys(border)}, because regressors "
            "tell them apart from all others (separation). Leave out the regressor, or merge its groups."
        )
        raise ModelError(message)
    working = x @ fit.coef + (y - fit.fitted) / variance
    solved = solve(x, working, w * variance, model.terms)
    return GlmResult(model, data, x, y, w, offset, *solved, *dropped)
