"""What a model is asked: the fit, the coefficient in the foreground, its unit, its clusters, who is not in it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import column_label
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.design import keys
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel
from optkommunen.returns.read import Returns
from optkommunen.values import KEY

LAND = "land"
"""Column of the clusters that are taken unless others are named."""
DESIGN = "design"
"""Column that says of which design of this package a frame is, so that its columns have their words."""


@dataclass(frozen=True, eq=False)
class Question:
    """A fitted regression with one coefficient in the foreground; data and names only, so that it pickles.

    Attributes
    ----------
    fit : FittedModel
        The fitted model.
    sample : DataFrame
        The rows it was given, those included that fit themselves exactly.
    left_out : DataFrame
        Who is not in it, with the reason.
    interest : str
        The coefficient in the foreground.
    step, per : float
        Its unit: `step` more of the regressor, events per `per` of the exposure.
    level : float or None
        Coverage of the intervals.
    cluster : str or None
        Column of the clusters.
    unclustered : str
        Why there is no inference by cluster although there is a column of them.
    returns : Returns or None
        What the design was made of; None for a frame of one's own, whose columns keep their names everywhere.
    """

    fit: FittedModel
    sample: pd.DataFrame
    left_out: pd.DataFrame
    interest: str
    step: float
    per: float
    level: float | None
    cluster: str | None
    unclustered: str = ""
    returns: Returns | None = None

    @property
    def source(self) -> str:
        """Where the data come from: the returns, or the column ``source`` of a frame."""
        if self.returns is not None:
            return self.returns.source
        column = self.fit.data.get("source", pd.Series(dtype="str")).dropna().astype("str")
        return "; ".join(dict.fromkeys(text for text in column if text))

    @property
    def stated(self) -> bool:
        """Whether it is the model stated beforehand, of returns; one's own data have none."""
        model, stated = self.fit.model, spec.present(spec.PRIMARY, self.fit.data)
        return self.returns is not None and model == CountModel(spec.OUTCOME, stated, spec.EXPOSURE, model.name)

    @property
    def of_the_design(self) -> bool:
        """Whether it counts the Eingliederungen of returns, so that the stated controls belong to it."""
        model = self.fit.model
        counts = isinstance(model, CountModel) and (model.outcome, model.exposure) == (spec.OUTCOME, spec.EXPOSURE)
        return self.returns is not None and counts

    @property
    def of_the_package(self) -> bool:
        """Whether the columns are those of a design of this package, which has words for them."""
        return self.returns is not None or bool(DESIGN in self.fit.data and self.fit.data[DESIGN].notna().all())

    def words(self, name: str, lang: Lang = "en") -> str:
        """Words for a column of returns, as on the figures; what a researcher or a formula named keeps its name."""
        return column_label(name, lang) if self.of_the_package else name


def question(
    fit: FittedModel,
    sample: pd.DataFrame,
    left_out: pd.DataFrame,
    *,
    interest: str,
    step: float | None,
    per: float,
    level: float | None,
    cluster: str | None,
    returns: Returns | None,
) -> Question:
    """A question with what follows from the fit: the unit, usable clusters, who fits itself exactly.

    Parameters
    ----------
    fit, sample, left_out, interest, per, level, returns
        As of `Question`.
    step : float or None
        None: 0.1, ten of a hundred, for a coverage or the provision index of returns, else 1.
    cluster : str or None
        Column that was named; empty for `LAND` where it can be used.

    Raises
    ------
    ModelError
        The interest went with those who alone identify it; clusters that were named cannot be used.
    """
    fit.index_of(interest)
    if step is None:
        step = spec.STEP if returns is not None and interest in (spec.INDEX, *spec.COVERAGES) else 1
    gone = sample[sample[KEY].isin(fit.dropped)]
    with_them = f", left out with it: {', '.join(fit.dropped_regressors)}" if fit.dropped_regressors else ""
    reason = f"leverage one: it alone identifies a regressor and fits itself exactly{with_them}"
    out = pd.concat([left_out, gone.assign(reason=reason)[left_out.columns]], ignore_index=True)
    used, why_not = _clusters(fit.data, cluster)
    return Question(fit, sample, out, interest, step, per, level, used, why_not, returns)


def _clusters(data: pd.DataFrame, cluster: str | None) -> tuple[str | None, str]:
    """Column of the clusters, or why there is none although there is a column."""
    column = cluster or LAND
    if cluster is None or column not in data:
        return None, ""
    lacking = data[data[column].isna()]
    if not len(lacking) and len(data[column].unique()) > 1:
        return column, ""
    found = f"is missing for {keys(lacking)}" if len(lacking) else f"is {data[column].iloc[0]} for all"
    if cluster:
        message = f"Inference by cluster needs two clusters and everybody in one; {column} {found}. Write cluster=None."
        raise ModelError(message)
    return None, f"{column} {found}"
