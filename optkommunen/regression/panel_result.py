"""A fitted panel: which municipalities carry a coefficient, CR2 with a refusal where few do, a test by their signs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.p_values import check_draws
from optkommunen.regression.cluster_covariance import SINGLE, Cr2, cr2
from optkommunen.regression.fitted_model import EXACT, Working, only_rounding
from optkommunen.regression.groups import Groups
from optkommunen.regression.panel_gate import changes
from optkommunen.regression.power import detectable_errors
from optkommunen.regression.score import restricted_mean, working_at
from optkommunen.regression.tables import coverage_of, estimates, status_of
from optkommunen.regression.wild import sign_test

if TYPE_CHECKING:
    from optkommunen.regression.panel import PanelModel

FEWEST_CARRYING = 4
"""Degrees of freedom and effective clusters below which a panel gives neither interval nor p-value."""
_FLIPS = [
    "model", "outcome", "term", "value", "lower", "upper", "level", "method", "t", "p", "count_ge", "count_gt",
    "vectors", "smallest_p", "n_changing", "note", "n", "status",
]  # fmt: skip


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
        return changes(self.design[:, : len(self.coef)], self.units)

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
        table.loc[~carried, ["lower", "upper", "level", "p"]] = np.nan
        table.loc[~carried, "method"] = "none"
        whose = {"model": self.model.name, "outcome": self.model.outcome, "term": list(self.model.regressors)}
        table = pd.concat([pd.DataFrame(whose), table.assign(note=few)], axis=1)
        table["mde"] = np.where(carried, se * [detectable_errors(d) for d in df], np.nan)
        table["n"], table["df"], table["n_changing"] = self.n, df, self.changing.sum(axis=0)
        return table.assign(effective_clusters=self.effective_clusters, status=status_of(self.data))

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
            taken = f"{'all' if found['every'] else 'drawn'} {found['vectors']} sign patterns"
            found["method"] = f"{self.model.label} score bootstrap, {taken}"
        else:
            reason = EXACT if self.exact else SINGLE
            found = dict.fromkeys(_FLIPS, np.nan) | {"method": "none", "note": reason}
        whose = {"model": self.model.name, "outcome": self.model.outcome, "term": term, "value": self.coef[j]}
        whose |= {"n_changing": int(self.changing[:, j].sum()), "n": self.n, "status": status_of(self.data)}
        return pd.DataFrame([found | whose])[_FLIPS]

    def flipped(self, j: int, level: float | None, draws: int, seed: int) -> dict[str, Any]:
        """The test of `sign_flips` of the regressor at a place, as of `wild.sign_test`."""
        others = np.delete(self.design, j, axis=1)
        offset = np.log(self.data[self.model.exposure].to_numpy(dtype=float))

        def restricted(null: float) -> Working:
            mean = restricted_mean(others, self.y, offset + null * self.design[:, j])
            return working_at(self.design, self.y, mean)

        changing = self.changing[:, j]
        return sign_test(restricted, j, self.units, float(self.coef[j]), level, draws, seed, changing)

    def _position(self, term: str) -> int:
        if term not in self.model.regressors:
            message = f"The panel has the regressors {', '.join(self.model.regressors)}; {term!r} is not one of them."
            raise ModelError(message)
        return self.model.regressors.index(term)
