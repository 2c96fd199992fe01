"""A fitted regression that is asked again: what it rests on, how firm it is, what it leaves of each municipality."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optkommunen.errors import NotEnoughDataError
from optkommunen.front import model_answers, model_items
from optkommunen.front.question import LAND, Question, question, with_reason
from optkommunen.front.result import Result
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.values import KEY
from optkommunen.words import Note


@dataclass(frozen=True, eq=False, repr=False)
class Model(Result):
    """The answer of `regress`: coefficients with HC3 intervals, and what the model says when it is asked again.

    Why this class exists: a regression is fitted once and asked several times. ``table`` has a row for each
    coefficient (``model, outcome, term, value, lower, upper, level, method, se, t, p, note, mde, n, df, status,
    source``), ``facts`` the single numbers, the part ``items`` what a referee asks for, the part ``left_out`` who is
    not in it. Each method answers with a `Result`, at the level and for the coefficient that `regress` was given;
    where the data carry no model, all of them say the reason.

    Examples
    --------
    >>> import optkommunen as ok
    >>> model = ok.regress(ok.load_returns())
    >>> model.facts["n"], model.interest, model
    (69, 'provision_index', Result of regress: 7 rows, 2008, status synthetic)
    >>> bool(abs(model.results.pvalues["provision_index"] / model.table["p"].iloc[1] - 1) < 1e-9)
    True
    """

    @property
    def question(self) -> Question:
        """The fit and what is asked of it.

        Raises
        ------
        NotEnoughDataError
            There is no model; says why.
        """
        if self.reason:
            raise NotEnoughDataError(self.reason)
        found: Question = self.options["question"]
        return found

    @property
    def fit(self) -> FittedModel:
        """The fitted model of `optkommunen.regression`."""
        return self.question.fit

    @property
    def interest(self) -> str:
        """The coefficient in the foreground."""
        return self.question.interest

    @property
    def results(self) -> Any:
        """A results object of statsmodels that carries the covariance reported here, as of `fit`.

        ``t_test``, ``wald_test``, ``get_prediction``, ``conf_int`` and pickling rest on HC3 with t(n-k). It is made
        anew each time, so that nothing done with it changes the model. Its ``summary()`` prints the time.
        """
        return self.fit.statsmodels_results()

    def inference(self, *, seed: int = 2008, draws: int = 9_999) -> Result:
        """The coefficient in the foreground under every inference for few units; linear counterparts below it.

        Parameters
        ----------
        seed, draws : int
            Of permutation and pairs bootstrap.

        Returns
        -------
        Result
            As of `inference_table`; counterparts are in events per `per` of the exposure. Where the clusters cannot be
            used, a row without interval says why.
        """
        return self._ask("inference", model_answers.inference, seed, draws)

    def joint(self, terms: Sequence[str] | None = None) -> Result:
        """Several coefficients at once: Wald F with HC3 in ``facts``, then each with its p adjusted after Holm.

        Parameters
        ----------
        terms : list of str or None, default None
            Coefficients tested together. None: all; of the model stated beforehand the five services, which then stand
            in place of their index.

        Returns
        -------
        Result
            ``term, value, lower, upper, level, method, se, t, p, p_holm, ...``; ``facts``: ``F, df1, df2, p``.

        Raises
        ------
        ModelError
            The model has no such term, or one is given twice.
        """
        return self._ask("joint", model_answers.joint, terms)

    def marginal(self, term: str | None = None, *, step: float | None = None, per: float | None = None) -> Result:
        """A coefficient in the unit people think in; see `average_marginal`.

        Parameters
        ----------
        term : str or None, default None
            The one in the foreground if None.
        step, per : float or None, default None
            Difference of the regressor; events per how many of the exposure. None: as `regress` was given.

        Returns
        -------
        Result
            One row.
        """
        return self._ask("marginal", model_answers.marginal, term, step, per)

    def without(self, kommunen: str | Iterable[str]) -> Model:
        """The same model without some municipalities.

        Parameters
        ----------
        kommunen : str or iterable of str
            By key or name.

        Returns
        -------
        Model
            Fitted anew.

        Raises
        ------
        UnknownUnitError
            A name or key that is nobody's, or not in the sample.
        ModelError
            Without them it cannot be fitted.
        """
        if self.reason:
            return self
        asked = self.question
        rows = asked.fit.data[[c for c in (KEY, "name") if c in asked.fit.data]]
        known = Result("regress", rows)
        names = [kommunen] if isinstance(kommunen, str) else list(kommunen)
        keys = list(dict.fromkeys(str(known.of(name).table[KEY].iloc[0]) for name in names))
        gone = asked.sample[KEY].isin(keys)
        before = asked.left_out[~asked.left_out[KEY].isin(asked.fit.dropped)]  # these are found anew
        out, sample = with_reason(before, asked.sample[gone], Note("left out on request")), asked.sample[~gone]
        by_itself = asked.cluster == LAND or asked.unclustered  # then it may be without clusters from now on
        return model_of(question(
            asked.specified, sample, out, interest=asked.interest, step=asked.step, per=asked.per, level=asked.level,
            cluster="" if by_itself else asked.cluster, returns=asked.returns,
        ))  # fmt: skip

    def influence(self, groups: str | Mapping[str, Iterable[str]] | None = None) -> Result:
        """The coefficient without each municipality, and in the part ``groups`` without each group of them.

        Parameters
        ----------
        groups : str or mapping of str to list of str or None, default None
            Column of the groups, or municipalities by name of the group. None: each Land; of designs of the package
            (returns, `childcare_design`) also the cities.

        Returns
        -------
        Result
            As of `leave_one_out`; the part as of `leave_group_out`; ``facts``: ``lowest, highest``.
        """
        return self._ask("influence", model_answers.influence, groups)

    def alternatives(self) -> Result:
        """The coefficient by the models that could as well have been fitted, in one unit.

        Returns
        -------
        Result
            As of `alternative_models` for the model stated beforehand, else as of `alternatives_to`.
        """
        return self._ask("alternatives", model_answers.alternatives)

    def panel(self, *, seed: int = 2008) -> Result:
        """Each municipality compared with itself over the years, for the model stated beforehand.

        What of a municipality lasts, measured or not, drops out. Where few of them change, there is neither interval
        nor p-value, and the note says so.

        Parameters
        ----------
        seed : int, default 2008
            Of the signs.

        Returns
        -------
        Result
            One row, as of `PanelResult.table`, with ``p_signs`` (test by the signs of those who change) and the number
            of ``municipalities``. Empty for other models, and where no municipality has two years.
        """
        return self._ask("panel", model_answers.panel, seed)

    def specifications(
        self,
        controls: Sequence[str] | None = None,
        *,
        samples: Mapping[str, Iterable[str] | pd.Series] | None = None,
        draws: int = 0,
        seed: int = 2008,
    ) -> Result:
        """The coefficient under all subsets of controls, forms of the outcome, weights and samples, by linear models.

        Parameters
        ----------
        controls : list of str or None, default None
            None: the twelve declared ones for Eingliederungen of returns and for the models of `childcare_design`,
            else the other regressors of the model.
        samples : mapping or None, default None
            As of `SpecificationCurve`; None: all, and of these designs also without the cities.
        draws : int, default 0
            Permutations of the joint test, which then is the part ``joint_test``; 0: none, for it takes its time.
        seed : int, default 2008
            Of the permutations.

        Returns
        -------
        Result
            What the curve of each form of the outcome shows in short, as of `specification_summary.summary`, with the
            p of the joint test; the part ``samples`` says it by sample, the part ``curve`` holds all, as of
            `SpecificationCurve`. ``plot(outcome=...)`` draws one form of the outcome instead of each.

        Raises
        ------
        ModelError
            Controls that are no columns, are empty somewhere or have two roles.
        """
        return self._ask("specifications", model_answers.specifications, controls, samples, draws, seed)

    def sensitivity(
        self,
        benchmarks: Sequence[str | Sequence[str]] | None = None,
        *,
        k: Sequence[float] = (1, 2, 3),
        r_max: float | None = None,
    ) -> Result:
        """How strong an unobserved confounder would have to be: robustness values, bounds by benchmark, Oster's delta.

        Of counts it is asked of OLS of the logarithm of the rate, and a note says so.

        Parameters
        ----------
        benchmarks : list or None, default None
            Regressors, or groups of them, to which the confounder is compared; None: the controls.
        k : list of float, default (1, 2, 3)
            How many times as strong it is.
        r_max : float or None, default None
            As of `oster`.

        Returns
        -------
        Result
            One row, as the headline of `sensitivity`, with Oster's ``delta``; parts ``bounds`` and ``oster``;
            ``facts``: ``RV, RV_alpha``. A bound that would leave nothing of the regressor has a note in place of
            values.

        Raises
        ------
        ModelError
            The model is one of shares; a benchmark is not in it; k is not positive.
        """
        return self._ask("sensitivity", model_answers.robustness, benchmarks, k, r_max)

    def adjusted(self) -> Result:
        """Bereinigter Abstand: observed less what the factors let expect of each municipality.

        Returns
        -------
        Result
            As of `adjusted_distance`; the part ``contributions`` has what each factor adds. On the scale of the
            coefficients: the logarithm of the rate of counts, the logit of a share. ``facts``: the key of the
            ``farthest``; ``of(kommune)`` shows how its distance comes about.
        """
        return self._ask("adjusted", model_answers.adjusted)

    def residual_space(
        self, k: int = 5, *, places: pd.DataFrame | None = None, draws: int = 9_999, seed: int = 2008
    ) -> Result:
        """Whether neighbours have residuals alike: Moran's I with the k nearest.

        Parameters
        ----------
        k : int, default 5
            Neighbours of each municipality.
        places : DataFrame or None, default None
            ``kommune, x, y``; None: those of the returns, or the centres of the 69.
        draws, seed : int
            Of the permutations.

        Returns
        -------
        Result
            As of `morans_i`; of counts of OLS of the logarithm of the rate.

        Raises
        ------
        ModelError
            Somebody's place is not known; the model is one of shares.
        """
        return self._ask("residual_space", model_answers.residual_space, k, places, draws, seed)

    def _ask(self, name: str, answer: Callable[..., Result], *arguments: Any) -> Result:
        if self.reason:
            return Result(name, pd.DataFrame(), reason=self.reason)
        try:
            return answer(self.question, *arguments)
        except NotEnoughDataError as reason:
            return Result(name, pd.DataFrame(), reason=reason.args[0])


def model_of(asked: Question) -> Model:
    """The answer that belongs to a question."""
    data = asked.fit.data
    periods = list(data["period"].astype("str").unique()) if "period" in data else []
    return Model(
        "regress",
        asked.fit.table(asked.level).assign(source=asked.source),
        parts={"items": model_items.items(asked), "left_out": asked.left_out},
        facts=_facts(asked),
        notes=tuple(model_items.notes(asked)),
        figure="optkommunen.front.model_figures:model",
        sentences="optkommunen.front.model_sentences:model",
        options={"question": asked, "cell": asked.cell, "level": asked.level,
                 "period": periods[0] if len(periods) == 1 else "",
                 "columns": ["term", "value", "lower", "se", "p", "mde", "note"]},
    )  # fmt: skip


def no_model(reason: str) -> Model:
    """The answer where the data carry no model: the reason."""
    return Model("regress", pd.DataFrame(), reason=reason)


def _facts(asked: Question) -> dict[str, float | int | str]:
    """The single numbers of a model as plain Python values."""
    fit, row = asked.fit, asked.marginal().iloc[0]
    key, hat = fit.largest_leverage()
    return {
        "model": fit.model.name,
        "outcome": fit.model.outcome,
        "n": fit.n,
        "left_out": len(asked.left_out),
        "coefficients": len(fit.coef),
        "df": fit.df,
        "phi": float(fit.phi),
        "coefficient": float(fit.coef[fit.index_of(asked.interest)]),
        "marginal": float(row["value"]),
        "lower": float(row["lower"]),
        "upper": float(row["upper"]),
        "p": float(row["p"]),
        "minimum_detectable": float(row["mde"]),
        "largest_leverage": hat,
        "largest_leverage_of": key,
    }
