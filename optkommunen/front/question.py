"""What a model is asked: the fit, the coefficient in the foreground, its unit, its clusters, who is not in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import pandas as pd

from optkommunen.data.labels import SAMPLES, column_label, method_name
from optkommunen.errors import ModelError
from optkommunen.front import phrases
from optkommunen.front.given import source_of
from optkommunen.regression import caseload_change
from optkommunen.regression import integration as spec
from optkommunen.regression.design import CONSTANT, keys
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import Lang, Note, noted, shortest, translate

LAND = "land"
"""Column of the clusters that are taken unless others are named."""
DESIGN = "design"
"""Column that says of which design of this package a frame is, so that its columns have their words."""
CHILDCARE = "childcare"
"""What stands there in the design of `childcare_design`."""
_GROUP = re.compile(r"(?:C\()?(?P<column>\w+)\)?\[T\.(?P<group>.+)\]")


@dataclass(frozen=True, eq=False)
class Question:
    """A fitted regression with one coefficient in the foreground; data and names only, so that it pickles.

    Attributes
    ----------
    specified : CountModel, ShareModel or LinearModel
        As it was specified, with the regressors that only those who fit themselves exactly identify.
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

    specified: Any
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
        return source_of(self.fit.data) if self.returns is None else self.returns.source

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
    def of_the_caseload(self) -> bool:
        """Whether it is the change of the case load on childcare, so that the twelve controls belong to it."""
        model, data = self.fit.model, self.fit.data
        made = DESIGN in data and bool((data[DESIGN] == CHILDCARE).all())
        asked = model.outcome in caseload_change.OUTCOMES and self.interest == caseload_change.EXPOSURE
        return made and asked and isinstance(model, LinearModel)

    @property
    def of_the_package(self) -> bool:
        """Whether the columns are those of a design of this package, which has words for them."""
        return self.returns is not None or bool(DESIGN in self.fit.data and self.fit.data[DESIGN].notna().all())

    @property
    def others(self) -> list[str]:
        """The regressors beside the one in the foreground."""
        return [name for name in self.fit.terms[1:] if name != self.interest]

    @property
    def bound(self) -> list[str]:
        """Terms that cannot stay alike while the interest differs, since they share a column with it."""
        return [name for name in self.others if _bound(self.interest, name, self.fit.data)]

    def marginal(self, term: str | None = None, *, step: float | None = None, per: float | None = None) -> pd.DataFrame:
        """`average_marginal` of a coefficient; None: that in the foreground, in its unit.

        A linear model is in the unit of its outcome already, so that it has ``per`` 1.
        """
        if per is None:
            per = 1 if isinstance(self.fit.model, LinearModel) else self.per
        if step is None:
            step = self.step if term in (None, self.interest) else 1
        return average_marginal(self.fit, term or self.interest, step, per=per, level=self.level)

    def more(self, lang: Lang = "en") -> str:
        """How much more of the interest, with its unit where that is not one."""
        if not self.of_the_caseload:
            return shortest(self.step, lang)
        return translate("{points} percentage points", lang, points=shortest(10 * self.step, lang))

    def called(self, name: str, labels: Mapping[str, str] = MappingProxyType({})) -> Note:
        """Words for a term or column: the label given, those of the package for its designs, else its name.

        A group stands behind its column: ``C(ring)[T.R-II]`` is "ring: R-II".
        """
        if name in labels:
            return listed([str(labels[name])])
        group = _GROUP.fullmatch(name)
        if group:
            return Note("{column}: {group}", column=self.called(group["column"], labels), group=group["group"])
        return listed([partial(column_label, name) if self.of_the_package or name == CONSTANT else name])

    def words(self, name: str, lang: Lang = "en") -> str:
        """The same in a language."""
        return noted(self.called(name), lang)

    def cell(self, column: str, text: str, lang: Lang) -> str:
        """What stands in a cell of an answer: words for terms, models and inferences; else as everywhere.

        The name that a researcher gave to the model stays as it is.
        """
        if column in ("term", "outcome", "benchmark"):
            return " + ".join(self.words(part, lang) for part in text.split(" + "))
        if column == "inference" or (column == "model" and (self.stated or text != self.fit.model.name)):
            return method_name(text, lang, self._names(lang))
        return phrases.cell(column, text, lang)

    def _names(self, lang: Lang) -> dict[str, str]:
        """Words for what this package named: samples, models beside the fitted one."""
        found = {f"{self.interest} alone": translate("{term} alone", lang, term=self.words(self.interest, lang))}
        if isinstance(self.fit.model, CountModel):
            exposure = self.fit.model.exposure
            words = self.words(exposure, lang)
            found[f"weighted by {exposure}"] = translate("weighted by {by}", lang, by=words)
            found[f"ln {exposure} free"] = translate("ln {exposure} free", lang, exposure=words)
        return found | ({LAND: "Land"} | {n: translate(n, lang) for n in SAMPLES} if self.of_the_package else {})


def listed(parts: Iterable[str | Callable[[Lang], str]], between: str = ", ") -> Note:
    """Several words as one note: notes and functions of the language have the reader's language, a text stays.

    Examples
    --------
    >>> noted(listed(["year", partial(column_label, "ln_density")]), "de")
    'year, Einwohner je km² (ln)'
    """
    fields = {f"part{i}": part for i, part in enumerate(parts)}
    return Note(between.join(f"{{{name}}}" for name in fields), **fields)


def question(
    specified: Any,
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
    """A model fitted, with what follows from the fit: the unit, usable clusters, who fits itself exactly.

    Parameters
    ----------
    specified, sample, left_out, interest, per, level, returns
        As of `Question`.
    step : float or None
        None: 0.1, ten of a hundred, for a coverage or the provision index of returns, else 1.
    cluster : str or None
        Column that was named; empty for `LAND` where it can be used.

    Raises
    ------
    ModelError
        The interest went with those who alone identify it; clusters that were named cannot be used; it cannot be
        fitted.
    """
    fit = specified(sample)
    fit.index_of(interest)
    if step is None:
        step = spec.STEP if returns is not None and interest in (spec.INDEX, *spec.COVERAGES) else 1
    reason = Note("leverage one: it alone identifies a regressor and fits itself exactly")
    if fit.dropped_regressors:
        reason = Note(
            "leverage one: it alone identifies a regressor and fits itself exactly, left out with it: {regressors}",
            regressors=", ".join(fit.dropped_regressors),
        )
    out = with_reason(left_out, sample[sample[KEY].isin(fit.dropped)], reason)
    used, why_not = _clusters(fit.data, cluster)
    return Question(specified, fit, sample, out, interest, step, per, level, used, why_not, returns)


def with_reason(left_out: pd.DataFrame, gone: pd.DataFrame, reason: Note) -> pd.DataFrame:
    """Who is left out, with some more; reasons are objects, so that they keep their words in both languages."""
    more = gone.assign(reason=pd.Series([reason] * len(gone), index=gone.index, dtype=object))
    return pd.concat([left_out.astype({"reason": object}), more[list(left_out)]], ignore_index=True)


def _clusters(data: pd.DataFrame, cluster: str | None) -> tuple[str | None, str]:
    """Column of the clusters, or why there is none although there is a column."""
    column = cluster or LAND
    if cluster is None or column not in data:
        return None, ""
    lacking = data[data[column].isna()]
    if not len(lacking) and len(data[column].unique()) > 1:
        return column, ""
    found = Note("{column} is {name} for all", column=column, name=data[column].iloc[0])
    if len(lacking):
        found = Note("{column} is missing for {who}", column=column, who=keys(lacking))
    if cluster:
        message = f"Inference by cluster needs two clusters and everybody in one; {found}. Write cluster=None."
        raise ModelError(message)
    return None, found


def _bound(one: str, other: str, data: pd.DataFrame) -> bool:
    """Whether two terms share a column of the data; the groups of one factor do not count, they exclude each other."""
    bare, beside = (re.sub(r"\[[^\]]*\]", "", term) for term in (one, other))
    if bare == beside:
        return False
    shared = set(re.findall(r"\w+", bare)) & set(re.findall(r"\w+", beside))
    return bool(shared & set(data.columns))
