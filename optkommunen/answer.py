"""A fitted regression and what it says: tables, what a reader has to know, the figure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.catalogue import Lang
from optkommunen.figures.models import coefficients
from optkommunen.figures.terms import term
from optkommunen.figures.texts import say
from optkommunen.regression import integration as spec
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, twins
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.result import Result
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOT_PUBLIC = (
    "Eingliederungen, use of the services and waiting times by municipality in the years of the report on 2008 (2006 "
    "to 2008); no published study of offices as units is known"
)


@dataclass(frozen=True)
class Regression:
    """A fitted regression with one coefficient in the foreground.

    Attributes
    ----------
    fit : the fitted model.
    interest : the coefficient in the foreground.
    cluster : column of the clusters, or None.
    step, per : unit of `marginal`: `step` more of the regressor, events per `per` of the exposure.
    left_out : municipalities that are not in the sample, with the reason.
    source : where the data come from.
    """

    fit: Result = field(repr=False)
    interest: str
    cluster: str | None
    step: float
    per: float
    left_out: pd.DataFrame = field(repr=False)
    source: str = ""

    def table(self, level: float | None = 0.95) -> pd.DataFrame:
        """All coefficients with HC3 intervals and minimum detectable effects; see `Result.table`."""
        return self.fit.table(level)

    def marginal(self, level: float | None = 0.95) -> pd.DataFrame:
        """The coefficient in the foreground in the unit people think in; see `average_marginal`."""
        per = 1 if isinstance(self.fit.model, LinearModel) else self.per
        return average_marginal(self.fit, self.interest, self.step, per=per, level=level)

    def inference(self, level: float = 0.95, seed: int = 2008) -> pd.DataFrame:
        """The coefficient in the foreground under every inference for few units; a count model's twins below it.

        See `inference_table`; twins are in events per `per` of the exposure.
        """
        tables = [inference_table(self.fit, self.interest, self.cluster, level=level, seed=seed)]
        if isinstance(self.fit.model, CountModel):
            linear = twins(self.fit, self.per)
            tables += [inference_table(t, self.interest, self.cluster, level=level, seed=seed) for t in linear]
        return pd.concat(tables, ignore_index=True)

    def summary(self) -> pd.DataFrame:
        """What a reader has to know of the estimate, one item a row.

        Returns
        -------
        DataFrame, columns ``item, value`` (text), the same on every run. Three items stand only where they apply: what
        of a stated model nobody collected, whose provision index has fewer services than the others', and what of the
        data is not public.
        """
        fit, model = self.fit, self.fit.model
        key, hat = fit.largest_hat()
        counts = isinstance(model, CountModel)
        whose = fit.data.set_index(KEY)["name"][key] if "name" in fit.data else key
        mde = float(self.marginal()["mde"].iloc[0])
        clusters = f"{fit.data[self.cluster].nunique()} ({self.cluster})" if self.cluster else "none"
        items = {
            "estimand": _estimand(self),
            "estimator": f"{model.label}, exposure {self.words(model.exposure)}" if counts else model.label,
            "weights": _weights(self),
            "covariance": f"HC3, t({fit.df})",
            "n": f"{fit.n} municipalities" + (f", {len(self.left_out)} left out" if len(self.left_out) else ""),
            **_short_index(fit),
            "clusters": clusters,
            "dispersion": f"phi = {fit.phi:.3g}",
            "largest leverage": f"{hat:.2f} ({whose})",
            "leverage one, dropped": (", ".join(fit.dropped) or "none")
            + (f", and what only they identify: {', '.join(fit.dropped_regressors)}" if fit.dropped_regressors else ""),
            "minimum detectable": f"{mde:.3g} (unit of the estimand; 80 % power at 5 %)",
            "multiple testing": _multiple(self),
            "status": fit.status,
            "source": self.source,
        }
        if _not_public(fit):
            items["not public"] = NOT_PUBLIC
        return pd.DataFrame({"item": list(items), "value": list(items.values())})

    def words(self, name: str) -> str:
        """Words for a column of returns, as on the figures; what a researcher or a formula named keeps its name."""
        return term(name, "en") if self.source and name.isidentifier() else name

    def plot(self, lang: Lang = "de") -> Figure:
        """The coefficient in the foreground, under the reported inference and those beside it."""
        rows = self.inference()
        rows = rows[rows["lower"].notna()].assign(term=self.interest, outcome="")
        rows["model"] = rows["model"] + ", " + rows["inference"]
        first = rows["n"].notna() & rows["model"].str.startswith(self.fit.model.name or self.fit.model.label)
        shown = rows[first] if isinstance(self.fit.model, CountModel) else rows
        columns = ["model", "term", "outcome", "value", "lower", "upper", "level", "method", "mde", "n", "status"]
        title = f"{term(self.interest, lang)} – {term(self.fit.model.outcome, lang)}"
        return coefficients(shown[columns], lang, title=title, source=self.source or say("own_calculation", lang))


def _estimand(regression: Regression) -> str:
    fit, model, interest, words = regression.fit, regression.fit.model, regression.interest, regression.words
    if isinstance(model, CountModel):
        yearly = " a year" if regression.source and model.outcome == spec.OUTCOME else ""
        unit = f"how many more {words(model.outcome)}{yearly} per {regression.per:g} {words(model.exposure)}"
    elif isinstance(model, ShareModel):
        points = "in percentage points" if regression.per == 100 else f"times {regression.per:g}"
        unit = f"how much more {words(model.outcome)}, {points},"
    else:
        unit = f"how much more {words(model.outcome)}, in its unit,"
    others = [name for name in fit.terms[1:] if name != interest]
    bound = [name for name in others if _bound(interest, name, fit.data)]
    if bound:
        return (
            f"the coefficient of one term, {interest}, in the model of {words(model.outcome)}; no comparison by "
            f"itself, for {', '.join(bound)} cannot stay alike while it differs. Compare predictions instead"
        )
    more = f"{regression.step:g} more of: {words(interest)}"
    if regression.source and interest in (spec.INDEX, *spec.COVERAGES):
        more += f", {100 * regression.step:g} more served per 100 with need"
    alike = f"among municipalities alike in: {', '.join(map(words, others))}" if others else "nothing else held equal"
    return (
        f"{unit} a municipality has with {more}; {alike}; mean of {fit.n} municipalities; an association, not an effect"
    )


def _bound(one: str, other: str, data: pd.DataFrame) -> bool:
    """Whether two terms share a column of the data; the groups of one factor do not count, they exclude each other."""
    bare, beside = (re.sub(r"\[[^\]]*\]", "", term) for term in (one, other))
    if bare == beside:
        return False
    shared = set(re.findall(r"\w+", bare)) & set(re.findall(r"\w+", beside))
    return bool(shared & set(data.columns))


def _weights(regression: Regression) -> str:
    """Two different things: what counts how much in the fit, and in the average of the estimand."""
    model, words = regression.fit.model, regression.words
    if isinstance(model, LinearModel):
        fit = f"by {words(model.weights)}" if model.weights else "every municipality equally"
        return f"fit: {fit}; average: none, the coefficient is the same everywhere"
    if isinstance(model, CountModel):
        fit = f"by the expected count, so by {words(model.exposure)} times expected rate"
    else:
        fit = (f"by {words(model.weights)} times " if model.weights else "by ") + "share (1 - share), as expected"
    return f"fit: {fit}; average: every municipality equally"


def _multiple(regression: Regression) -> str:
    model, interest = regression.fit.model, regression.interest
    primary = CountModel(spec.OUTCOME, spec.present(spec.PRIMARY, regression.fit.data), spec.EXPOSURE, model.name)
    if model == primary and interest == spec.INDEX:
        stated = "this coefficient was stated beforehand"
    else:
        stated = (
            f"p of one coefficient, unadjusted: it holds if {regression.words(interest)} was chosen before any result"
        )
    return f"{stated}; others by joint F, then Holm"


def _not_public(fit: Result) -> bool:
    """Whether the model uses what no publication has by municipality."""
    known = {spec.OUTCOME, spec.LN_RATE, spec.INDEX, spec.WAITING, *spec.COVERAGES}
    known |= {spec.RATE} if spec.OUTCOME in fit.data else set()
    words = re.findall(r"\w+", " ".join([fit.model.outcome, *fit.terms]))
    return not known.isdisjoint(words)


def _short_index(fit: Result) -> dict[str, str]:
    """What nobody collected, and whose index has fewer services than others have; nothing without it in the model."""
    data = fit.data
    if "n_services" not in data or not any(spec.INDEX in term for term in fit.terms):
        return {}
    nobody = spec.absent(data)
    items = {"not in the model, nobody has it": ", ".join(nobody)} if nobody else {}
    few = data[data["n_services"] < len(spec.present(spec.COVERAGES, data))]
    notes = few["note"] if "note" in few else pd.Series("", index=few.index)
    told = [
        f"{who} ({n}" + (f"; {note})" if note else ")")
        for who, n, note in zip(few[KEY], few["n_services"], notes, strict=True)
    ]
    return items | {"index of fewer than five services": ", ".join(told) or "none"}
