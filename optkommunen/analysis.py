"""The front door of the regression: returns, a formula or names in; plain tables, a summary and a figure out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.catalogue import Lang
from optkommunen.errors import ModelError
from optkommunen.figures.models import coefficients
from optkommunen.figures.terms import term
from optkommunen.figures.texts import say
from optkommunen.loaders.returns import Returns
from optkommunen.regression import integration as spec
from optkommunen.regression.design import keys
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, twins
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.power import detectable_noncentrality
from optkommunen.regression.result import Result
from optkommunen.values import KEY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CLUSTER = "land"
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
        DataFrame, columns ``item, value`` (text), the same on every run. Two items stand only where they apply: whose
        provision index has fewer than five services, and what of the data is not public.
        """
        fit, model = self.fit, self.fit.model
        key, hat = fit.largest_hat()
        counts = isinstance(model, CountModel)
        whose = fit.data.set_index(KEY)["name"][key] if "name" in fit.data else key
        unit = self.marginal()
        mde = float(unit["se"].iloc[0]) * detectable_noncentrality(fit.n, len(fit.coef) - 1)
        clusters = f"{fit.data[self.cluster].nunique()} ({self.cluster})" if self.cluster else "none"
        items = {
            "estimand": _estimand(self),
            "estimator": f"{model.label}, exposure {_words(model.exposure)}" if counts else model.label,
            "weights": _weights(model),
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


def regress(
    data: Returns | pd.DataFrame,
    formula: str | None = None,
    *,
    outcome: str | None = None,
    on: Sequence[str] = (),
    exposure: str | None = None,
    weights: str | None = None,
    share: bool = False,
    interest: str | None = None,
    cluster: str | None = _CLUSTER,
    year: int | None = None,
    step: float = spec.STEP,
    per: float = spec.PER,
    name: str = "",
) -> Regression:
    """Regression of an outcome of municipalities on their services and conditions.

    ``regress(returns)`` fits the primary specification, stated before any result: quasi-Poisson of the Eingliederungen
    of a year with exposure eHb on the provision index and the waiting time of the year before and four context
    variables. Everything may be changed: a formula (``"eingliederungen ~ coverage_debt + log(ehb)"``) or names.

    Parameters
    ----------
    data : returns, whose design is built for `year`; or a frame with ``kommune`` and the columns.
    formula : ``"outcome ~ regressors"``, read once by formulaic; functions such as ``log(x)`` may stand in it.
    outcome, on : names instead of a formula.
    exposure : column of the exposure: quasi-Poisson of a count. For returns and their Eingliederungen it is eHb. Not
        together with weights or share.
    weights : column of weights: WLS, or the trials of a share.
    share : whether the outcome is a share between 0 and 1: fractional logit.
    interest : the coefficient in the foreground; the first regressor if None.
    cluster : column of the clusters; None, or a frame without a column ``land``: no inference by cluster.
    year : outcome year of returns; the last if None.
    step, per : unit of `Regression.marginal`.
    name : label in tables and figures.

    Returns
    -------
    Regression

    Raises
    ------
    ModelError
        No such column, formula not readable or without constant, the outcome among its regressors, exposure beside
        weights or share, a unit twice, a missing cell, too few rows, a constant or collinear regressor, an interest
        that is not in the model; names columns and municipalities.

    Examples
    --------
    A formula and names say the same:

    >>> from optkommunen.loaders.returns import load_returns
    >>> returns = load_returns()
    >>> by_formula = regress(returns, "eingliederungen ~ provision_index + waiting_days")
    >>> by_name = regress(returns, outcome="eingliederungen", on=["provision_index", "waiting_days"])
    >>> by_formula.table().equals(by_name.table())
    True
    """
    if isinstance(on, str):
        message = f"on is a list of columns; found the text {on!r}. Write on=[{on!r}]."
        raise ModelError(message)
    if exposure is not None and (weights is not None or share):
        other = f"weights={weights!r}" if weights is not None else "share=True"
        message = (
            f"An exposure makes the outcome a count, weights or share make it a mean or a share; found exposure="
            f"{exposure!r} and {other}. Give one of them."
        )
        raise ModelError(message)
    frame, left_out, source = _frame(data, year)
    if cluster not in (None, _CLUSTER, *frame.columns):
        message = (
            f"The clusters are a column of the data; {cluster!r} is not (found: {', '.join(map(str, frame.columns))}). "
            "Name one of them, or cluster=None."
        )
        raise ModelError(message)
    if formula is not None:
        if outcome is not None or on:
            message = "A regression is named by a formula or by outcome and on; found both. Give one of them."
            raise ModelError(message)
        frame, outcome, on = _parsed(formula, frame)
    elif outcome is None and not on and isinstance(data, Returns):
        outcome, on, name = spec.OUTCOME, spec.PRIMARY, name or "primary"
    elif outcome is None or not on:
        message = "A regression needs an outcome and regressors: a formula, or outcome and on."
        raise ModelError(message)
    if isinstance(data, Returns) and outcome == spec.OUTCOME and weights is None and not share:
        exposure = exposure or spec.EXPOSURE
    regressors = tuple(on)
    if outcome in regressors:
        message = f"The outcome cannot explain itself; {outcome} is among the regressors. Leave it out there."
        raise ModelError(message)
    if exposure is not None:
        fit: Result = CountModel(str(outcome), regressors, exposure, name)(frame)
    elif share:
        fit = ShareModel(str(outcome), regressors, weights, name)(frame)
    else:
        fit = LinearModel(str(outcome), regressors, weights, name)(frame)
    chosen = interest or regressors[0]
    fit.position(chosen)
    cluster = cluster if cluster in fit.data and len(fit.data[cluster].unique()) > 1 else None
    return Regression(fit, chosen, cluster, step, per, left_out, source)


def _estimand(regression: Regression) -> str:
    fit, model, interest = regression.fit, regression.fit.model, regression.interest
    if isinstance(model, CountModel):
        unit = f"how many more {_words(model.outcome)} per {regression.per:g} {_words(model.exposure)}"
    elif isinstance(model, ShareModel):
        points = "in percentage points" if regression.per == 100 else f"times {regression.per:g}"
        unit = f"how much more {_words(model.outcome)}, {points},"
    else:
        unit = f"how much more {_words(model.outcome)}, in its unit,"
    others = ", ".join(_words(name) for name in fit.terms[1:] if name != interest)
    alike = f"among municipalities alike in: {others}" if others else "nothing else held equal"
    return (
        f"{unit} a municipality has with {regression.step:g} more of: {_words(interest)}; {alike}; mean of {fit.n} "
        "municipalities; an association, not an effect"
    )


def _words(name: str) -> str:
    """Words for a column, as on the figures; a column that a formula made keeps its name."""
    return term(name, "en") if name.isidentifier() else name


def _weights(model: CountModel | ShareModel | LinearModel) -> str:
    """Two different things: what counts how much in the fit, and in the average of the estimand."""
    if isinstance(model, LinearModel):
        fit = f"by {_words(model.weights)}" if model.weights else "every municipality equally"
        return f"fit: {fit}; average: none, the coefficient is the same everywhere"
    if isinstance(model, CountModel):
        fit = f"by the expected count, so by {_words(model.exposure)} times expected rate"
    else:
        fit = (f"by {_words(model.weights)} times " if model.weights else "by ") + "share (1 - share), as expected"
    return f"fit: {fit}; average: every municipality equally"


def _multiple(regression: Regression) -> str:
    model, interest = regression.fit.model, regression.interest
    primary = CountModel(spec.OUTCOME, spec.PRIMARY, spec.EXPOSURE, model.name)
    if model == primary and interest == spec.INDEX:
        stated = "this coefficient was stated beforehand"
    else:
        stated = f"p of one coefficient, unadjusted: it holds if {_words(interest)} was chosen before any result"
    return f"{stated}; others by joint F, then Holm"


def _not_public(fit: Result) -> bool:
    """Whether the model uses what no publication has by municipality."""
    known = {spec.OUTCOME, spec.LN_RATE, spec.INDEX, spec.WAITING, *spec.COVERAGES}
    known |= {spec.RATE} if spec.OUTCOME in fit.data else set()
    words = re.findall(r"\w+", " ".join([fit.model.outcome, *fit.terms]))
    return not known.isdisjoint(words)


def _short_index(fit: Result) -> dict[str, str]:
    """Whose provision index is the mean of fewer than five services; no item where the index is not in the model."""
    data = fit.data
    if "n_services" not in data or not any(spec.INDEX in term for term in fit.terms):
        return {}
    few = data[data["n_services"] < len(spec.COVERAGES)]
    notes = few["note"] if "note" in few else pd.Series("", index=few.index)
    told = [
        f"{who} ({n}" + (f"; {note})" if note else ")")
        for who, n, note in zip(few[KEY], few["n_services"], notes, strict=True)
    ]
    return {"index of fewer than five services": ", ".join(told) or "none"}


def _frame(data: Returns | pd.DataFrame, year: int | None) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    if isinstance(data, Returns):
        frame, left_out = spec.design(data, year)
        return frame, left_out, data.source
    return data, pd.DataFrame(columns=[KEY, "reason"]), ""


def _parsed(formula: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Frame with the columns of a formula, its outcome and its regressors; the constant is the model's own.

    A missing cell is refused here: a missing category would become the reference category without a word.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        sides = Formula(formula)
        variables = [set(map(str, side.required_variables)) for side in (sides.lhs, sides.rhs)]
        _refuse_missing(frame, variables[0] | variables[1])
        outcome = sides.lhs.get_model_matrix(frame, na_action="ignore")
        right = sides.rhs.get_model_matrix(frame, na_action="ignore")
    except (FormulaicError, AttributeError, SyntaxError, KeyError, NameError) as error:
        message = (
            f"A formula reads 'outcome ~ regressor + regressor' with columns of the frame; {formula!r} does not "
            f"({error}). Columns: {', '.join(map(str, frame.columns))}."
        )
        raise ModelError(message) from error
    if "Intercept" not in right.columns:
        message = (
            f"Every model has a constant; {formula!r} takes it out. Drop '- 1' or '0 +': of the groups of C(x) one "
            "is then the reference."
        )
        raise ModelError(message)
    if len(variables[0]) == 1 and variables[0] <= variables[1]:
        message = (
            f"The outcome cannot explain itself; {', '.join(variables[0])} stands on both sides of {formula!r}. "
            "Leave it out on the right."
        )
        raise ModelError(message)
    left = [column for column in outcome.columns if column != "Intercept"]
    columns = [column for column in right.columns if column != "Intercept"]
    if len(left) != 1 or not columns:
        message = (
            f"A formula has one outcome and at least one regressor; {formula!r} has {len(left)} and {len(columns)}."
        )
        raise ModelError(message)
    made = pd.concat([outcome[left], right[columns]], axis=1).set_axis(frame.index)
    kept = frame[[column for column in frame.columns if column not in made.columns]]
    return pd.concat([kept, pd.DataFrame(made)], axis=1), left[0], tuple(columns)


def _refuse_missing(frame: pd.DataFrame, variables: set[str]) -> None:
    for name in [column for column in frame.columns if column in variables]:
        empty = frame[frame[name].isna()]
        if len(empty):
            whose = keys(empty) if KEY in frame else f"{len(empty)} rows"
            message = (
                f"A formula needs every cell of its columns; {name} is missing for {whose}. Drop them "
                f"openly (frame.dropna(subset=[{name!r}])), give them a group of their own, or leave the "
                "column out."
            )
            raise ModelError(message)
