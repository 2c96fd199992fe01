"""Panel of municipalities and years: quasi-Poisson with an effect of each municipality and each year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.irls import fit_poisson
from optkommunen.regression.panel_gate import STILL, checked, units_of
from optkommunen.regression.panel_result import PanelResult


@dataclass(frozen=True)
class PanelModel:
    """Poisson regression with an effect of each municipality and year: ``ln E[O_it] = ln(e_it) + a_i + b_t + x_it'c``.

    Whatever stays the same in a municipality (its size, its region, its context) drops out; the coefficient is found
    from changes within municipalities alone, so those whose regressor changes carry it. Standard errors are CR2 by
    municipality with Satterthwaite's degrees of freedom. Where few municipalities carry the coefficient there is
    neither interval nor p-value; see `PanelResult.table`.

    Parameters
    ----------
    outcome : column of a non-negative count.
    regressors : columns that change over the years.
    exposure : column of the positive exposure.
    period : column of the year.
    name : label of the model in tables and figures.

    References
    ----------
    Hausman, Hall & Griliches 1984; Wooldridge 1999 (consistent under any dispersion); Pustejovsky & Tipton 2018 (CR2
    beside fixed effects); Carter, Schnepel & Steigerwald 2017 (effective clusters).

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

    label: ClassVar[str] = "quasi-Poisson panel"

    def __call__(self, frame: pd.DataFrame) -> PanelResult:
        """Fit the model to one row per municipality and year.

        Raises
        ------
        ModelError
            A column is missing, a municipality stands twice in a year, a cell is empty, fewer than three municipalities
            have two years, or a regressor does not change within any municipality, or by the same in all.
        """
        return self.fit(checked(frame, self.outcome, self.regressors, self.exposure, self.period))

    def fit(self, data: pd.DataFrame) -> PanelResult:
        """Fit the model to rows that have passed the gate of `__call__`, numbered anew."""
        units = units_of(data)
        years, year = np.unique(data[self.period], return_inverse=True)
        effects = np.column_stack([np.eye(units.count)[units.codes], np.eye(len(years))[year][:, 1:]])
        design = np.column_stack([data[list(self.regressors)].to_numpy(dtype=float), effects])
        y, exposure = (data[column].to_numpy(dtype=float) for column in (self.outcome, self.exposure))
        if np.linalg.matrix_rank(design / np.linalg.norm(design, axis=0), STILL) < design.shape[1]:
            message = (
                f"The changes of {', '.join(self.regressors)} must differ between municipalities and from each other; "
                "they are the same in all, as an effect of the year is, or collinear. Leave one of them out."
            )
            raise ModelError(message)
        fit = fit_poisson(design, y, np.log(exposure))
        if not fit.converged:
            message = (
                f"The panel model of {self.outcome} has no finite estimate: a municipality without any, or a regressor "
                "that separates zeros. Leave it out."
            )
            raise ModelError(message)
        return PanelResult(self, data, design, fit.coef, fit.fitted, units)
