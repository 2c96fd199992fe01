"""OLS and WLS with heteroscedasticity-robust standard errors: frame in, table out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.power import detectable_noncentrality
from optkommunen.values import KEY, worst_of

CONSTANT = "constant"
_FULL_LEVERAGE = 1 - 1e-8
_CONDITION = 1e8


@dataclass(frozen=True)
class LinearModel:
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

    outcome: str
    regressors: tuple[str, ...]
    weights: str | None = None
    name: str = ""

    def __call__(self, frame: pd.DataFrame) -> LinearResult:
        """Fit the model to one row per municipality.

        Parameters
        ----------
        frame : DataFrame with ``kommune``, the outcome, the regressors and the weights; a column ``status``, where
            present, is carried into every table as the worst status that entered.

        Raises
        ------
        ModelError
            A column is missing, a municipality stands twice, a cell is empty, there are too few rows, or a
            regressor is constant or collinear; names columns and municipalities.
        """
        columns = [self.outcome, *self.regressors, *([self.weights] if self.weights else [])]
        _check(frame, columns, len(self.regressors))
        data = frame.reset_index(drop=True)
        dropped: list[str] = []
        while True:
            x, y, w = self._arrays(data)
            b, hat, bread = _solve(x, y, w, (CONSTANT, *self.regressors))
            full = hat > _FULL_LEVERAGE
            if not full.any():
                break
            dropped += data.loc[full, KEY].tolist()  # fits its own value exactly: says nothing about the others
            data = data[~full].reset_index(drop=True)
            _check(data, columns, len(self.regressors))
        return LinearResult(self, data, x, y, w, b, hat, bread, tuple(dropped))

    def _arrays(self, data: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x = np.column_stack([np.ones(len(data)), data[list(self.regressors)].to_numpy(dtype=float)])
        w = np.ones(len(data)) if self.weights is None else data[self.weights].to_numpy(dtype=float)
        return x, data[self.outcome].to_numpy(dtype=float), w


@dataclass(frozen=True)
class LinearResult:
    """A fitted `LinearModel`; every table is a plain frame.

    Attributes
    ----------
    hat : leverage of each municipality, shape (n,).
    dropped : municipalities with leverage one, left out because they fit themselves exactly.
    """

    model: LinearModel
    data: pd.DataFrame = field(repr=False)
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    w: np.ndarray = field(repr=False)
    coef: np.ndarray
    hat: np.ndarray = field(repr=False)
    bread: np.ndarray = field(repr=False)
    dropped: tuple[str, ...] = ()

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
        return (CONSTANT, *self.model.regressors)

    @property
    def residuals(self) -> np.ndarray:
        """Outcome minus fitted value, shape (n,), unweighted."""
        return self.y - self.x @ self.coef

    def covariance(self, kind: str = "HC3") -> np.ndarray:
        """Covariance of the coefficients: ``HC0``, ``HC2``, ``HC3`` or ``classical``, shape (k, k)."""
        e = self.residuals
        if kind == "classical":
            return self.bread * float(self.w @ e**2) / self.df
        exponent = {"HC0": 0.0, "HC2": 0.5, "HC3": 1.0}[kind]
        scores = self.x * (self.w * e / (1 - self.hat) ** exponent)[:, None]
        return self.bread @ (scores.T @ scores) @ self.bread

    def table(self, level: float | None = 0.95, kind: str = "HC3") -> pd.DataFrame:
        """Coefficients with interval, p-value and minimum detectable effect.

        Parameters
        ----------
        level : coverage of the interval; None leaves out interval and p-value and changes no value.
        kind : covariance; HC3 with t(n-k) is the reported one.

        Returns
        -------
        DataFrame
            ``model, outcome, term, value, lower, upper, level, method, se, t, p, mde, n, df, status``. ``mde`` is
            the smallest true coefficient that would be found with 80 % power at 5 %.
        """
        se = np.sqrt(np.diag(self.covariance(kind)))
        t = self.coef / se
        table = pd.DataFrame({"model": self.model.name, "outcome": self.model.outcome, "term": self.terms})
        table["value"], table["lower"], table["upper"], table["level"] = self.coef, np.nan, np.nan, np.nan
        table["method"] = "none"
        if level is not None:
            reach = stats.t.ppf((1 + level) / 2, self.df) * se
            table["lower"], table["upper"], table["level"] = self.coef - reach, self.coef + reach, level
            table["method"] = f"{'OLS' if self.model.weights is None else 'WLS'} {kind} t({self.df})"
        table["se"], table["t"] = se, t
        table["p"] = 2 * stats.t.sf(np.abs(t), self.df) if level is not None else np.nan
        table["mde"] = se * detectable_noncentrality(self.n, len(self.model.regressors))
        table["n"], table["df"] = self.n, self.df
        table["status"] = worst_of(self.data["status"]) if "status" in self.data else "unknown"
        return table

    def largest_hat(self) -> tuple[str, float]:
        """Key and leverage of the municipality with the largest leverage."""
        i = int(self.hat.argmax())
        return str(self.data[KEY].iloc[i]), float(self.hat[i])

    def without(self, kommunen: Iterable[str], name: str = "") -> LinearResult:
        """The same model without some municipalities.

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
        model = replace(self.model, name=name or self.model.name)
        return model(self.data[~self.data[KEY].isin(left_out)])


def _solve(
    x: np.ndarray, y: np.ndarray, w: np.ndarray, names: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients, leverages and (X'WX)^-1 by QR of the weighted design."""
    root = np.sqrt(w)[:, None]
    q, r = np.linalg.qr(x * root)
    scaled = np.linalg.norm(x * root, axis=0)
    if np.linalg.cond((x * root) / scaled) > _CONDITION:
        near = [names[j] for j in np.flatnonzero(np.abs(np.diag(r)) / scaled < 1 / _CONDITION**0.5)] or list(names[1:])
        message = (
            "Regressors must not be linear combinations of each other (or of the constant); "
            f"collinear here: {', '.join(near)}. Leave one of them out."
        )
        raise ModelError(message)
    inverse = np.linalg.inv(r)
    return inverse @ (q.T @ (y * root[:, 0])), (q**2).sum(axis=1), inverse @ inverse.T


def _check(frame: pd.DataFrame, columns: list[str], k: int) -> None:
    absent = [column for column in [KEY, *columns] if column not in frame.columns]
    if absent:
        message = f"The model needs the columns {', '.join([KEY, *columns])}; not found: {', '.join(absent)}."
        raise ModelError(message)
    twice = frame.loc[frame[KEY].duplicated(), KEY].unique()
    if len(twice):
        message = f"A model has one row per municipality; twice here: {', '.join(twice)}. Choose one period."
        raise ModelError(message)
    for column in columns:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        empty = frame.loc[~np.isfinite(numbers), KEY].tolist()
        if empty:
            message = (
                f"Every cell of the model must be a finite number; {column} is not for {', '.join(map(str, empty))}. "
                "Drop these municipalities openly, or leave the column out."
            )
            raise ModelError(message)
    if len(frame) < k + 3:
        message = f"{k} regressors need at least {k + 3} municipalities; found {len(frame)}."
        raise ModelError(message)
    constant = [column for column in columns[1 : k + 1] if frame[column].min() == frame[column].max()]
    if constant:
        message = f"A regressor must vary over the sample; constant here: {', '.join(constant)}. Leave it out."
        raise ModelError(message)
    if len(columns) > k + 1 and not (frame[columns[-1]] > 0).all():
        bad = frame.loc[~(frame[columns[-1]] > 0), KEY].tolist()
        message = f"Weights must be positive; {columns[-1]} is not for {', '.join(map(str, bad))}."
        raise ModelError(message)
