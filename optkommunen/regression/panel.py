"""Panel of municipalities and years: quasi-Poisson with an effect of each municipality and each year."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.columns import require_numbers
from optkommunen.regression.irls import fit_poisson
from optkommunen.regression.power import detectable_errors
from optkommunen.regression.status import status_of
from optkommunen.regression.tables import estimates
from optkommunen.values import KEY

FEWEST = 3
"""Municipalities with two years each; with fewer nothing is left to compare."""


@dataclass(frozen=True)
class PanelModel:
    """Poisson regression with an effect of each municipality and year: ``ln E[O_it] = ln(e_it) + a_i + b_t + x_it'c``.

    Whatever stays the same in a municipality (its size, its region, its context) drops out; the coefficient is found
    from changes within municipalities alone. Standard errors are clustered by municipality, with t(G - 1).

    Parameters
    ----------
    outcome : column of a non-negative count.
    regressors : columns that change over the years.
    exposure : column of the positive exposure.
    period : column of the year.
    name : label of the model in tables and figures.

    References
    ----------
    Hausman, Hall & Griliches 1984; Wooldridge 1999 (consistent under any dispersion); Cameron & Miller 2015 (clusters).

    Examples
    --------
    What a municipality always has more of is absorbed by its effect:

    >>> frame = pd.DataFrame({"kommune": list("aabbccdd"), "period": ["1", "2"] * 4, "e": 100.0,
    ...                       "o": [10, 14, 20, 22, 31, 28, 9, 14], "x": [0.1, 0.4, 0.2, 0.3, 0.5, 0.4, 0.3, 0.6]})
    >>> model = PanelModel("o", ("x",), "e")
    >>> larger = frame.assign(e=frame["e"] * frame["kommune"].map({"a": 1, "b": 2, "c": 5, "d": 9}))
    >>> np.allclose(model(frame).coef, model(larger).coef)
    True
    """

    outcome: str
    regressors: tuple[str, ...]
    exposure: str
    period: str = "period"
    name: str = ""

    def __call__(self, frame: pd.DataFrame) -> PanelResult:
        """Fit the model to one row per municipality and year.

        Raises
        ------
        ModelError
            A column is missing, a municipality stands twice in a year, a cell is empty, fewer than three municipalities
            have two years, or a regressor does not change within any municipality.
        """
        data = _checked(frame, self)
        units, unit = np.unique(data[KEY], return_inverse=True)
        years, year = np.unique(data[self.period], return_inverse=True)
        x = data[list(self.regressors)].to_numpy(dtype=float)
        design = np.column_stack([x, np.eye(len(units))[unit], np.eye(len(years))[year][:, 1:]])
        y, exposure = (data[column].to_numpy(dtype=float) for column in (self.outcome, self.exposure))
        fit = fit_poisson(design, y, np.log(exposure))
        if not fit.converged:
            message = (
                f"The panel model of {self.outcome} has no finite estimate: a municipality without any, or a regressor "
                "that separates zeros. Leave it out."
            )
            raise ModelError(message)
        scores = design * (y - fit.fitted)[:, None]
        by_unit = np.zeros((len(units), design.shape[1]))
        np.add.at(by_unit, unit, scores)
        bread = np.linalg.inv(design.T @ (fit.fitted[:, None] * design))
        g = len(units)
        covariance = g / (g - 1) * bread @ (by_unit.T @ by_unit) @ bread
        k = len(self.regressors)
        return PanelResult(self, data, fit.coef[:k], covariance[:k, :k], fit.fitted, g, design.shape[1])


@dataclass(frozen=True)
class PanelResult:
    """A fitted `PanelModel`.

    Attributes
    ----------
    coef, covariance : of the regressors, shapes (k,) and (k, k); effects of municipalities and years are left out.
    fitted : expected counts, shape (n,).
    n_units : municipalities.
    n_parameters : regressors and effects together.
    """

    model: PanelModel
    data: pd.DataFrame = field(repr=False)
    coef: np.ndarray
    covariance: np.ndarray = field(repr=False)
    fitted: np.ndarray = field(repr=False)
    n_units: int
    n_parameters: int

    @property
    def n(self) -> int:
        """Number of municipality-years."""
        return len(self.data)

    @property
    def phi(self) -> float:
        """Dispersion within municipalities: Pearson X² over n minus the number of parameters."""
        y = self.data[self.model.outcome].to_numpy(dtype=float)
        return float(((y - self.fitted) ** 2 / self.fitted).sum()) / (self.n - self.n_parameters)

    def table(self, level: float | None = 0.95) -> pd.DataFrame:
        """Coefficients of the regressors; columns as of `Result.table`, ``n`` municipality-years, ``df`` = G - 1."""
        se, df = np.sqrt(np.diag(self.covariance)), self.n_units - 1
        method = f"quasi-Poisson panel CR1 t({df})"
        whose = pd.DataFrame(
            {"model": self.model.name, "outcome": self.model.outcome, "term": list(self.model.regressors)}
        )
        table = pd.concat([whose, estimates(self.coef, se, df, level, method)], axis=1)
        table["mde"] = se * detectable_errors(df)
        return table.assign(n=self.n, df=df, status=status_of(self.data))


def _checked(frame: pd.DataFrame, model: PanelModel) -> pd.DataFrame:
    columns = [model.outcome, *model.regressors, model.exposure]
    absent = [column for column in (KEY, model.period, *columns) if column not in frame.columns]
    if absent:
        needed = ", ".join([KEY, model.period, *columns])
        message = f"The panel needs the columns {needed}; not found: {', '.join(absent)}."
        raise ModelError(message)
    twice = frame[frame.duplicated([KEY, model.period])]
    if len(twice):
        first = f"{twice.iloc[0][KEY]} in {twice.iloc[0][model.period]}"
        message = f"A panel has one row per municipality and year; {len(twice)} occur twice, the first: {first}."
        raise ModelError(message)
    require_numbers(frame, columns)
    for column in columns:
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = ~np.isfinite(numbers) | ((numbers < 0) if column == model.outcome else False)
        wrong |= (numbers <= 0) if column == model.exposure else False
        if wrong.any():
            row = frame[wrong].iloc[0]
            rule = "positive" if column == model.exposure else "not negative" if column == model.outcome else "a number"
            where = f"{row[KEY]} in {row[model.period]}"
            message = f"{column} must be {rule}; it is {row[column]!r} for {where}. Correct it."
            raise ModelError(message)
    several = frame.groupby(KEY)[model.period].transform("size") > 1
    alone = sorted(frame.loc[~several, KEY].unique())
    if alone:
        message = f"A panel compares the years of a municipality; one year only for {', '.join(alone)}. Leave them out."
        raise ModelError(message)
    if frame[KEY].nunique() < FEWEST:
        message = f"A panel needs at least {FEWEST} municipalities; found {frame[KEY].nunique()}."
        raise ModelError(message)
    still = [c for c in model.regressors if frame.groupby(KEY)[c].agg(np.ptp).max() < 1e-12]
    if still:
        message = f"A regressor must change within municipalities; {', '.join(still)} never does. Leave it out."
        raise ModelError(message)
    return frame.reset_index(drop=True)
