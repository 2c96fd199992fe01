"""What every fitted model offers: covariance, table, leverages, and a refit without some municipalities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.design import Working, only_rounding
from optkommunen.regression.tables import estimates, status_of
from optkommunen.values import KEY
from optkommunen.words import N_

_DESCRIPTIONS = {
    "classical": "Standard errors are classical, scaled by the dispersion; computed by optkommunen",
    "model": "Standard errors take the variance function at its word (dispersion 1); computed by optkommunen",
}
_LEVERAGE_POWER = {"HC0": 0.0, "HC2": 0.5, "HC3": 1.0}


EXACT = N_("the outcome follows the regressors exactly: no residual is left to estimate an error from")


@dataclass(frozen=True)
class FittedModel(ABC):
    """A fitted model; every table is a plain frame.

    Linear and generalised linear models share everything that follows from the canonical link: with prior weights w
    and variance function V (one in the linear model) ``W = w V``, ``A = (X'WX)^-1`` (the bread),
    ``h = W x'Ax`` (the leverages) and ``w (y - mu)`` (what enters the score).

    Attributes
    ----------
    data : the frame of the municipalities that entered, one row each.
    x, y, w : design (n, k), outcome (n,) and prior weights (n,).
    offset : what is added to the linear predictor: logarithm of the exposure of counts, else zero, shape (n,).
    coef : coefficients, shape (k,).
    hat : leverage of each municipality, shape (n,).
    bread : ``(X'WX)^-1``, shape (k, k).
    dropped : municipalities with leverage one, left out because they fit themselves exactly.
    dropped_regressors : regressors that only they identify, left out with them; not in ``model`` any more.
    """

    kinds: ClassVar[tuple[str, ...]] = ("classical", *_LEVERAGE_POWER)

    model: Any
    data: pd.DataFrame = field(repr=False)
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    w: np.ndarray = field(repr=False)
    offset: np.ndarray = field(repr=False)
    coef: np.ndarray
    hat: np.ndarray = field(repr=False)
    bread: np.ndarray = field(repr=False)
    dropped: tuple[str, ...] = ()
    dropped_regressors: tuple[str, ...] = ()

    @property
    def fitted(self) -> np.ndarray:
        """Fitted values in the unit of the outcome, shape (n,): means, expected counts or shares."""
        fitted: np.ndarray = self.model.family.mean(self.x @ self.coef + self.offset)
        return fitted

    @property
    def variance(self) -> np.ndarray:
        """Variance function at the fitted values, shape (n,): one, mu of counts, mu (1 - mu) of shares."""
        variance: np.ndarray = self.model.family.variance(self.fitted)
        return variance

    @property
    def mean_derivatives(self) -> tuple[np.ndarray, np.ndarray]:
        """First and second derivative of the mean, share or rate per unit of exposure, each of shape (n,)."""
        family = self.model.family
        response = family.mean(self.x @ self.coef)
        return family.variance(response), family.curvature(response)

    @property
    def link_observed(self) -> np.ndarray:
        """Outcome on the scale of the coefficients, shape (n,): ln rate, logit of a share; infinite where none."""
        with np.errstate(divide="ignore"):
            observed: np.ndarray = self.model.family.link(self.y) - self.offset
        return observed

    @abstractmethod
    def without_each(self) -> np.ndarray:
        """Coefficients without each municipality in turn, shape (n, k); NaN where they do not exist."""

    @property
    def n(self) -> int:
        """Number of municipalities."""
        return len(self.y)

    @property
    def df(self) -> int:
        """Residual degrees of freedom, n - k."""
        return self.n - len(self.coef)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients, the constant first."""
        return tuple(self.model.terms)

    @property
    def residuals(self) -> np.ndarray:
        """Outcome minus fitted value, shape (n,), unweighted."""
        return self.y - self.fitted

    @property
    def pearson(self) -> np.ndarray:
        """Residuals of equal variance phi, ``sqrt(w/V) (y - mu)``, shape (n,)."""
        return np.sqrt(self.w / self.variance) * self.residuals

    @property
    def working(self) -> Working:
        """The weighted least squares that the model ends in; of a linear model it is the model itself."""
        return Working(self.x * np.sqrt(self.w * self.variance)[:, None], self.bread, self.pearson)

    @property
    def exact(self) -> bool:
        """Whether all residuals are rounding: the outcome is what the regressors make of it, and has no error."""
        return only_rounding(self.residuals, self.x, self.coef, self.variance, self.y)

    @property
    def phi(self) -> float:
        """Dispersion: sum of the squared Pearson residuals over n - k; the residual variance of a linear model."""
        return 0.0 if self.exact else float(self.pearson @ self.pearson) / self.df

    @property
    def status(self) -> str:
        """Worst status that entered; see `status_of`."""
        return status_of(self.data)

    def index_of(self, term: str) -> int:
        """Place of a term among the coefficients.

        Raises
        ------
        ModelError
            If the model has no such term, or left it out with those who alone identify it.
        """
        if term in self.dropped_regressors:
            message = (
                f"{term!r} was left out together with {', '.join(self.dropped)}, who alone identify it and fit "
                "themselves exactly. Choose another term, or merge groups of one."
            )
            raise ModelError(message)
        if term not in self.terms:
            message = f"The model has the terms {', '.join(self.terms)}; {term!r} is not one of them."
            raise ModelError(message)
        return self.terms.index(term)

    def covariance(self, kind: str = "HC3") -> np.ndarray:
        """Covariance of the coefficients, shape (k, k).

        ``A [sum (w_i (y_i - mu_i) / (1 - h_i)^a)² x_i x_i'] A`` with a = 0, 1/2, 1 for ``HC0``, ``HC2``, ``HC3``;
        ``phi A`` for ``classical``. Missing if the fit is `exact`.

        Raises
        ------
        ModelError
            If there is no such kind; lists the kinds.

        References
        ----------
        White 1980; MacKinnon & White 1985.
        """
        if kind not in self.kinds:
            message = f"The covariance of this model is one of {', '.join(self.kinds)}; not {kind!r}."
            raise ModelError(message)
        if self.exact:
            return np.full_like(self.bread, np.nan)
        if kind == "classical":
            return self.bread * self.phi
        scores = self.x * (self.w * self.residuals / (1 - self.hat) ** _LEVERAGE_POWER[kind])[:, None]
        moved = scores @ self.bread  # squared last: nearly collinear regressors lose fewer digits
        return moved.T @ moved

    def table(self, level: float | None = 0.95, kind: str = "HC3") -> pd.DataFrame:
        """Coefficients with interval, p-value and minimum detectable effect.

        Parameters
        ----------
        level : coverage of the interval; None leaves out interval and p-value and changes no value.
        kind : covariance; HC3 with t(n-k) is the reported one.

        Returns
        -------
        DataFrame
            ``model, outcome, term, value, lower, upper, level, method, se, t, p, note, mde, n, df, status``. ``mde`` is
            the smallest true coefficient that would be found with 80 % power at 5 %; ``note`` says why there is neither
            error nor interval.
        """
        se = np.sqrt(np.diag(self.covariance(kind)))
        found = estimates(self.coef, se, self.df, level, f"{self.model.label} {kind} t({self.df})", EXACT)
        return self.rows_of({**found, "n": self.n, "df": self.df})

    def rows_of(self, found: Mapping[str, Any], terms: Sequence[str] | None = None) -> pd.DataFrame:
        """Rows of a table about some coefficients: what is asked, what was found, what entered.

        Parameters
        ----------
        found : columns of the method, in their order: values of all rows, or one for each.
        terms : the coefficients; None: all.

        Returns
        -------
        DataFrame, one row for each term
            ``model, outcome, term, value``, what was found, ``n, status`` (the worst that entered).
        """
        places = [self.index_of(term) for term in terms or self.terms]
        whose = {"model": self.model.name, "outcome": self.model.outcome, "term": [self.terms[j] for j in places]}
        first = pd.DataFrame(whose | {"value": self.coef[places]})
        return first.assign(**{**found, "n": self.n, "status": self.status})

    def statsmodels_results(self, kind: str = "HC3") -> Any:
        """Results object of statsmodels for the fit, with its covariance in place of statsmodels' own.

        What rests on the covariance (standard errors, t, p, intervals, ``t_test``, ``wald_test``, ``get_prediction``)
        is that of `table`, with t(n-k). The covariance has to come from here: ``cov_type="HC3"`` of a
        GLM is HC0 in statsmodels 0.15, without a warning. Rows are labelled by key, columns by term;
        who fits itself exactly is in it no more.

        Parameters
        ----------
        kind : str, default "HC3"
            One of ``kinds``.

        Returns
        -------
        statsmodels.regression.linear_model.RegressionResults or statsmodels.genmod.generalized_linear_model.GLMResults
            Of OLS, WLS, Poisson with exposure (scale: Pearson's phi), or binomial with the trials as ``var_weights``.
            Its ``get_prediction()`` and ``predict(new)`` of counts are those of one unit of exposure unless they are
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
        >>> np.allclose(fit.statsmodels_results().pvalues, fit.table()["p"])
        True
        """
        covariance = self.covariance(kind)
        x = pd.DataFrame(self.x, index=pd.Index(self.data[KEY]), columns=list(self.terms))
        results = self._fitted_by_statsmodels(pd.Series(self.y, index=x.index, name=self.model.outcome), x)
        inner, described = results._results, f"Standard errors are {kind}, computed by optkommunen"
        inner.cov_params_default, inner.cov_type = covariance, kind
        inner.cov_kwds = {"description": _DESCRIPTIONS.get(kind, described)}
        return results

    @abstractmethod
    def _fitted_by_statsmodels(self, y: pd.Series, x: pd.DataFrame) -> Any:
        """The same model fitted by statsmodels, with errors of its own."""

    def largest_leverage(self) -> tuple[str, float]:
        """Key and leverage of the municipality with the largest leverage."""
        i = int(self.hat.argmax())
        return str(self.data[KEY].iloc[i]), float(self.hat[i])

    def without(self, kommunen: Iterable[str], name: str = "") -> Self:
        """The same model without some municipalities.

        Raises
        ------
        ModelError
            If one of them is not in the sample.
        """
        return replace(self.model, name=name or self.model.name)(self.sample_without(kommunen))

    def sample_without(self, kommunen: Iterable[str]) -> pd.DataFrame:
        """Rows of the sample without some municipalities.

        Raises
        ------
        ModelError
            If one of them is not in the sample.
        """
        left_out = set(kommunen)
        absent = sorted(left_out - set(self.data[KEY]))
        if absent:
            message = f"Only municipalities of the sample can be left out; not in it: {', '.join(absent)}."
            raise ModelError(message)
        return self.data[~self.data[KEY].isin(left_out)]
