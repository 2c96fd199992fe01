"""A fitted regression and what it says: tables, what a reader has to know, the figure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.data.labels import column_label, method_name, model_name
from optkommunen.errors import ModelError
from optkommunen.figures.coefficient_plot import coefficients
from optkommunen.indicators.conditions import complete_years
from optkommunen.regression import integration as spec
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, linear_counterparts
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.values import KEY
from optkommunen.words import Lang, translate

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
    source : where the returns come from; empty for a frame of one's own, whose columns keep their names everywhere.
    unclustered : why there is no inference by cluster although there is a column of them.
    """

    fit: FittedModel = field(repr=False)
    interest: str
    cluster: str | None
    step: float
    per: float
    left_out: pd.DataFrame = field(repr=False)
    source: str = ""
    unclustered: str = ""

    def table(self, level: float | None = 0.95) -> pd.DataFrame:
        """All coefficients with HC3 intervals and minimum detectable effects; see `Result.table`."""
        return self.fit.table(level)

    def marginal(self, level: float | None = 0.95) -> pd.DataFrame:
        """The coefficient in the foreground in the unit people think in; see `average_marginal`."""
        per = 1 if isinstance(self.fit.model, LinearModel) else self.per
        return average_marginal(self.fit, self.interest, self.step, per=per, level=level)

    def inference(self, level: float = 0.95, seed: int = 2008) -> pd.DataFrame:
        """The coefficient in the foreground under every inference for few units; a count model's twins below it.

        See `inference_table`; twins are in events per `per` of the exposure. Where the clusters cannot be used, a row
        without interval says why.
        """
        fits = [self.fit, *(linear_counterparts(self.fit, self.per) if isinstance(self.fit.model, CountModel) else [])]
        return pd.concat([self._inference(fit, level, seed) for fit in fits], ignore_index=True)

    def _inference(self, fit: FittedModel, level: float = 0.95, seed: int = 2008) -> pd.DataFrame:
        table = inference_table(fit, self.interest, self.cluster, level=level, seed=seed)
        if not self.unclustered:
            return table
        whose = table.loc[0, ["model", "value", "n", "status"]].to_dict()
        none = whose | {"inference": "by cluster", "method": "none", "note": self.unclustered}
        return pd.DataFrame([*table.to_dict("records"), none]).reindex(columns=table.columns)

    def summary(self) -> pd.DataFrame:
        """What a reader has to know of the estimate, one item a row.

        Returns
        -------
        DataFrame, columns ``item, value`` (text), the same on every run. Four items of returns stand only where they
        apply: what of a stated model nobody collected, whose provision index has fewer services than the others', of
        which year the context is, and what is not public.
        """
        fit, model = self.fit, self.fit.model
        key, hat = fit.largest_leverage()
        counts = isinstance(model, CountModel)
        whose = fit.data.set_index(KEY)["name"][key] if "name" in fit.data else key
        marginal = self.marginal().iloc[0]
        detectable = f"{marginal['mde']:.3g} (unit of the estimand; 80 % power at 5 %)"
        clusters = f"{fit.data[self.cluster].nunique()} ({self.cluster})" if self.cluster else "none"
        clusters += f": {self.unclustered}" if self.unclustered else ""
        items = {
            "estimand": _estimand(self),
            "estimator": f"{model.label}, exposure {self.words(model.exposure)}" if counts else model.label,
            "weights": _weights(self),
            "covariance": f"HC3, t({fit.df})",
            "n": f"{fit.n} municipalities" + (f", {len(self.left_out)} left out" if len(self.left_out) else ""),
            **_short_index(fit),
            **_context(self),
            "clusters": clusters,
            "dispersion": f"phi = {fit.phi:.3g}",
            "largest leverage": f"{hat:.2f} ({whose})",
            "leverage one, dropped": (", ".join(fit.dropped) or "none")
            + (f", and what only they identify: {', '.join(fit.dropped_regressors)}" if fit.dropped_regressors else ""),
            "minimum detectable": marginal["note"] or detectable,
            "multiple testing": _multiple(self),
            "status": fit.status,
            "source": self.source,
        }
        if self.source and _not_public(fit):
            items["not public"] = NOT_PUBLIC
        return pd.DataFrame({"item": list(items), "value": list(items.values())})

    def words(self, name: str, lang: Lang = "en") -> str:
        """Words for a column of returns, as on the figures; what a researcher or a formula named keeps its name."""
        return column_label(name, lang) if self.source else name

    def plot(self, lang: Lang = "de") -> Figure:
        """The coefficient in the foreground, under the reported inference and those beside it."""
        rows = self._inference(self.fit)
        if rows["lower"].isna().all():
            message = f"A figure shows intervals, and there is none: {rows['note'].iloc[0]}. Look at table()."
            raise ModelError(message)
        rows = rows[rows["lower"].notna()].assign(term=self.interest, outcome="")
        model = self.fit.model
        shown = model_name if _primary(self) else method_name  # the name of a model is its own, as its columns are
        own = {"land": "Land"} if self.source else {}
        names = [
            f"{shown(m, lang)}, {method_name(i, lang, own)}"
            for m, i in zip(rows["model"], rows["inference"], strict=True)
        ]
        columns = ["model", "term", "outcome", "value", "lower", "upper", "level", "method", "mde", "n", "status"]
        interest, outcome = self.words(self.interest, lang), self.words(model.outcome, lang)
        labels = {self.interest: interest, **{name: name for name in names}}
        return coefficients(
            rows.assign(model=names)[columns], lang=lang, labels=labels, title=f"{interest} – {outcome}",
            source=self.source or translate("own calculation", lang),
        )  # fmt: skip


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
    if _primary(regression) and regression.interest == spec.INDEX:
        stated = "this coefficient was stated beforehand"
    else:
        chosen = regression.words(regression.interest)
        stated = f"p of one coefficient, unadjusted: it holds if {chosen} was chosen before any result"
    return f"{stated}; others by joint F, then Holm"


def _primary(regression: Regression) -> bool:
    """Whether it is the model stated beforehand, of returns; one's own data have none."""
    model, stated = regression.fit.model, spec.present(spec.PRIMARY, regression.fit.data)
    return bool(regression.source) and model == CountModel(spec.OUTCOME, stated, spec.EXPOSURE, model.name)


def _context(regression: Regression) -> dict[str, str]:
    """Of which year the context of returns is; no item where none is in the model."""
    data, named = regression.fit.data, " ".join([regression.fit.model.outcome, *regression.fit.terms])
    if not regression.source or not set(re.findall(r"\w+", named)) & set(spec.TWELVE):
        return {}
    of, period = str(data["context_period"].iloc[0]), str(data["period"].iloc[0])
    before = str(int(period) - 1)
    if not of:
        told = "brought by the returns, which name no year"
    elif of == before:
        told = f"{of}, the year before the outcome; density of 2005"
    else:
        why = "" if before in complete_years() else ", for which not all twelve variables are published"
        told = f"{of}, in place of {before}, the year before the outcome{why}: estimated; density of 2005"
    return {"context": told}


def _not_public(fit: FittedModel) -> bool:
    """Whether the model uses what no publication has by municipality."""
    known = {spec.OUTCOME, spec.LN_RATE, spec.INDEX, spec.WAITING, *spec.COVERAGES}
    known |= {spec.RATE} if spec.OUTCOME in fit.data else set()
    words = re.findall(r"\w+", " ".join([fit.model.outcome, *fit.terms]))
    return not known.isdisjoint(words)


def _short_index(fit: FittedModel) -> dict[str, str]:
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
