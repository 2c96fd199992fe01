"""Panel of municipalities and years: quasi-Poisson with effects of both, and which municipalities carry it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws
from optkommunen.regression.clusters import SINGLE, STILL, Cr2, Groups, cr2, groups_of
from optkommunen.regression.columns import require_numbers
from optkommunen.regression.design import Working, only_rounding, working_at
from optkommunen.regression.fitted_model import EXACT
from optkommunen.regression.irls import POISSON, irls
from optkommunen.regression.tables import coverage_of, estimates, status_of
from optkommunen.regression.wild import counts_under, sign_test
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY

FEWEST = 3
"""Municipalities with two years each; with fewer nothing is left to compare."""
FEWEST_CARRYING = 4
"""Degrees of freedom and effective clusters below which a panel gives neither interval nor p-value."""
_FLIPS = [
    "model", "outcome", "term", "value", "lower", "upper", "level", "method", "t", "p", "count_ge", "count_gt",
    "vectors", "smallest_p", "n_changing", "note", "n", "status",
]  # fmt: skip


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
        return self.fit(_checked(frame, self))

    def fit(self, data: pd.DataFrame) -> PanelResult:
        """Fit the model to rows that have passed the gate of `__call__`, numbered anew."""
        units = groups_of(data, KEY)
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
        fit = irls(POISSON, design, y, np.log(exposure))
        if not fit.converged:
            message = (
                f"The panel model of {self.outcome} has no finite estimate: a municipality without any, or a regressor "
                "that separates zeros. Leave it out."
            )
            raise ModelError(message)
        return PanelResult(self, data, design, fit.coef, fit.fitted, units)


@dataclass(frozen=True)
class PanelResult:
    """A fitted `PanelModel`.

    Attributes
    ----------
    data : the rows of the panel, n municipality-years.
    design : regressors and effects of municipalities and years, shape (n, k).
    parameters : their coefficients, shape (k,).
    fitted : expected counts, shape (n,).
    units : which municipality each row belongs to.
    """

    model: PanelModel
    data: pd.DataFrame = field(repr=False)
    design: np.ndarray = field(repr=False)
    parameters: np.ndarray = field(repr=False)
    fitted: np.ndarray = field(repr=False)
    units: Groups = field(repr=False)

    @property
    def coef(self) -> np.ndarray:
        """Coefficients of the regressors."""
        return self.parameters[: len(self.model.regressors)]

    @property
    def n(self) -> int:
        """Number of municipality-years."""
        return len(self.data)

    @property
    def y(self) -> np.ndarray:
        """Counts, shape (n,)."""
        return self.data[self.model.outcome].to_numpy(dtype=float)

    @property
    def phi(self) -> float:
        """Dispersion within municipalities: Pearson X² over n minus the number of parameters; NaN where that is 0."""
        rest = self.n - len(self.parameters)
        return float(((self.y - self.fitted) ** 2 / self.fitted).sum()) / rest if rest else float("nan")

    @property
    def exact(self) -> bool:
        """Whether all residuals are rounding, as where there are as many parameters as rows."""
        return only_rounding(self.y - self.fitted, self.design, self.parameters, self.fitted, self.y)

    @property
    def working(self) -> Working:
        """The weighted least squares that the fit ends in, effects of municipalities and years in the design."""
        return working_at(self.design, self.y, self.fitted)

    @property
    def changing(self) -> np.ndarray:
        """Whether a regressor changes within a municipality, shape (municipalities, regressors)."""
        return self.units.changing(self.design[:, : len(self.coef)])

    @property
    def effective_clusters(self) -> np.ndarray:
        """Municipalities of equal weight that would carry each coefficient as firmly: ``(Σ γ_g)² / Σ γ_g²``.

        γ_g is the sum of squares, over the years of a municipality, of what is left of the regressor beside all others
        (Carter, Schnepel & Steigerwald 2017).
        """
        x, bread, _ = self.working
        squares = self.units.sums((x @ bread[:, : len(self.coef)]) ** 2)
        return squares.sum(axis=0) ** 2 / (squares**2).sum(axis=0)

    @property
    def clustered(self) -> Cr2:
        """CR2 by municipality and Satterthwaite's degrees of freedom of the regressors."""
        return cr2(self.working, self.units, range(len(self.coef)))

    def too_few(self, df: np.ndarray) -> list[str]:
        """Why so few carry each coefficient that it has neither interval nor p-value; empty where enough do.

        Degrees of freedom and effective clusters must both be at least 4.
        """
        shown = zip(df, self.effective_clusters, self.changing.sum(axis=0), strict=True)
        return [
            ""
            if d >= FEWEST_CARRYING and effective >= FEWEST_CARRYING
            else f"carried by too few: it changes in {number} of {self.units.count} municipalities; {effective:.1f} "
            f"effective clusters, {'no' if np.isnan(d) else f'{d:.1f}'} degrees of freedom, each must be at least "
            f"{FEWEST_CARRYING}"
            for d, effective, number in shown
        ]

    def table(self, level: float | None = 0.95) -> pd.DataFrame:
        """Coefficients of the regressors, with CR2 by municipality and Satterthwaite's t.

        Where few municipalities change, errors by cluster are far too small: with one of thirty a test at 5 % with
        CR1 and t(G - 1) rejects two thirds of true hypotheses. Degrees of freedom alone do not see it, as the
        pseudo-inverse drops the one that changes. So both must be at least 4, degrees of freedom and effective
        clusters; the size is then at most 7 % (`benchmarks/panel_size.csv`).

        Parameters
        ----------
        level : coverage of the interval; None leaves out interval and p-value and changes no value.

        Returns
        -------
        DataFrame
            Columns as of `Result.table`, with ``n`` municipality-years and ``df`` Satterthwaite's, and ``n_changing``
            (municipalities within which the regressor changes), ``effective_clusters``. ``note``: why interval,
            p-value and ``mde`` are missing.
        """
        covariance, df = self.clustered
        few = [EXACT] * len(df) if self.exact else self.too_few(df)
        carried = np.array([not reason for reason in few])
        method = [f"{self.model.label} CR2 t({d:.1f})" for d in df]
        se = np.full(len(df), np.nan) if self.exact else np.sqrt(np.diag(covariance))
        table = estimates(self.coef, se, df, level, method)
        table.loc[~carried, ["lower", "upper", "level", "p", "mde"]] = np.nan
        table.loc[~carried, "method"] = "none"
        whose = {"model": self.model.name, "outcome": self.model.outcome, "term": list(self.model.regressors)}
        return pd.DataFrame(whose).join(table.assign(note=few)).assign(
            n=self.n, df=df, n_changing=self.changing.sum(axis=0), effective_clusters=self.effective_clusters,
            status=status_of(self.data),
        )  # fmt: skip

    def sign_flips(
        self, term: str, *, level: float | None = None, draws: int = 9_999, seed: int = 2008
    ) -> pd.DataFrame:
        """Test of one coefficient against zero by the signs of the municipalities within which it changes.

        The model is fitted under the null; the scores of the municipalities, projected on the restricted design, change
        sign as in `score_bootstrap`, studentised for each pattern. Only those within which the regressor changes take
        part, so p is at least 2^(1-n_changing): fewer than six never reject at 5 %.

        Parameters
        ----------
        term : the regressor.
        level : coverage of an interval of the hypothetical values that are not rejected; None gives p alone.
        draws, seed : number of sign patterns and their seed, where more than 16 municipalities change.

        Returns
        -------
        DataFrame, one row
            ``model, outcome, term, value, lower, upper, level, method, t, p, count_ge, count_gt, vectors, smallest_p,
            n_changing, note, n, status``; ``note``: why there is no p, as where a single municipality changes.

        Raises
        ------
        ModelError
            No such regressor.
        """
        j = self._position(term)
        coverage_of(level)
        check_draws(draws)
        found = {} if self.exact else self.flipped(j, level, draws, seed)
        if np.isfinite(found.get("t", np.nan)):
            found["method"] = f"{self.model.label} score bootstrap, {found['taken']} sign patterns"
        else:
            reason = EXACT if self.exact else SINGLE
            found = dict.fromkeys(_FLIPS, np.nan) | {"method": "none", "note": reason}
        whose = {"model": self.model.name, "outcome": self.model.outcome, "term": term, "value": self.coef[j]}
        whose |= {"n_changing": int(self.changing[:, j].sum()), "n": self.n, "status": status_of(self.data)}
        return pd.DataFrame([found | whose])[_FLIPS]

    def flipped(self, j: int, level: float | None, draws: int, seed: int) -> dict[str, Any]:
        """The test of `sign_flips` of the regressor at a place, as of `wild.sign_test`."""
        offset = np.log(self.data[self.model.exposure].to_numpy(dtype=float))
        restricted = counts_under(self.design, self.y, offset, j)
        changing = self.changing[:, j]
        return sign_test(restricted, j, self.units, float(self.coef[j]), level, draws, seed, changing)

    def _position(self, term: str) -> int:
        if term not in self.model.regressors:
            message = f"The panel has the regressors {', '.join(self.model.regressors)}; {term!r} is not one of them."
            raise ModelError(message)
        return self.model.regressors.index(term)


def _checked(frame: pd.DataFrame, model: PanelModel) -> pd.DataFrame:
    """Rows of a panel, numbered anew.

    Raises
    ------
    ModelError
        Names the columns, municipalities and years; see `PanelModel`.
    """
    period, columns = model.period, [model.outcome, *model.regressors, model.exposure]
    require_columns(frame, [KEY, period, *columns], "The panel needs", error=ModelError)
    require_once(frame, [KEY, period], "A panel has one row per municipality and year", error=ModelError)
    require_numbers(frame, columns)
    rules = {model.outcome: "not negative", **dict.fromkeys(model.regressors, "a number"), model.exposure: "positive"}
    for column, rule in rules.items():
        numbers = pd.to_numeric(frame[column], errors="coerce")
        too_small = numbers <= 0 if rule == "positive" else (numbers < 0) & (rule == "not negative")
        wrong = ~np.isfinite(numbers) | too_small
        if wrong.any():
            row = frame[wrong].iloc[0]
            where = f"{row[KEY]} in {row[period]}"
            message = f"{column} must be {rule}; it is {row[column]!r} for {where}. Correct it."
            raise ModelError(message)
    several = frame.groupby(KEY)[period].transform("size") > 1
    alone = sorted(frame.loc[~several, KEY].unique())
    if alone:
        message = f"A panel compares the years of a municipality; one year only for {', '.join(alone)}. Leave them out."
        raise ModelError(message)
    if frame[KEY].nunique() < FEWEST:
        message = f"A panel needs at least {FEWEST} municipalities; found {frame[KEY].nunique()}."
        raise ModelError(message)
    change = groups_of(frame, KEY).changing(frame[list(model.regressors)].to_numpy(dtype=float))
    still = [name for name, changed in zip(model.regressors, change.T, strict=True) if not changed.any()]
    if still:
        message = f"A regressor must change within municipalities; {', '.join(still)} never does. Leave it out."
        raise ModelError(message)
    return frame.reset_index(drop=True)
