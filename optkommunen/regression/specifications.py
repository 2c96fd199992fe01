"""The specification curve: one association under all subsets of controls, outcome forms, weights and samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.columns import require_numbers
from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.regression.subsets import subset_associations
from optkommunen.regression.tables import coverage_of, status_of
from optkommunen.validate import require_columns
from optkommunen.values import KEY

ALPHA = 0.05
"""Below it a specification counts as significant in the shares."""


@dataclass(frozen=True)
class SpecificationCurve:
    """All linear models that could have been reported for one association, called with a frame.

    Outcomes × weights × samples × all 2^p subsets of the controls, each with HC3 and t(n-k); k counts the constant.
    Controls that are themselves intermediate outcomes belong to a curve of their own.

    Parameters
    ----------
    outcomes : columns, the forms of the outcome.
    interest : column whose coefficient is followed.
    controls : columns; every subset of them is one specification.
    weights : columns of positive weights (WLS), or None (OLS).
    always : further regressors of every specification.
    samples : label → keys of the municipalities, or a Boolean Series indexed by key; None: all rows, label ``all``.
    main : the controls of the main specification; None: all controls. Its outcome, weights and sample are the first
        of each list.
    level : coverage of the intervals; None leaves out interval and p-value and changes no value.

    References
    ----------
    Simonsohn, Simmons & Nelson 2020; golden V39.

    Examples
    --------
    The specification with all controls is the ordinary model:

    >>> frame = pd.DataFrame({"kommune": list("abcdefg"), "y": [1.0, 2, 2, 4, 5, 4, 7], "x": [0.0, 1, 2, 3, 4, 5, 6]})
    >>> frame["z"] = [1.0, 0, 0, 1, 0, 1, 1]
    >>> curve = SpecificationCurve(("y",), "x", ("z",), weights=(None,))(frame)
    >>> curve["controls"].tolist(), curve["main"].tolist()
    (['', 'z'], [False, True])
    >>> model = LinearModel("y", ("x", "z"))(frame).table()
    >>> bool(np.isclose(curve["se"].iloc[1], model["se"].iloc[1]))
    True
    """

    outcomes: tuple[str, ...]
    interest: str
    controls: tuple[str, ...]
    weights: tuple[str | None, ...] = (None, "ehb")
    always: tuple[str, ...] = ()
    samples: Mapping[str, Iterable[str] | pd.Series] | None = None
    main: tuple[str, ...] | None = None
    level: float | None = 0.95

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Estimate every specification.

        Parameters
        ----------
        frame : DataFrame with ``kommune``, one row for each municipality, and all columns of the curve.

        Returns
        -------
        DataFrame
            One row per specification: ``value, lower, upper, level, method, se, t, p, outcome, weights, sample,
            controls`` (comma-joined), ``k, n, main, status``; by outcome, weights and sample as declared, then by
            number of controls.

        Raises
        ------
        ModelError
            As `LinearModel`, for the model with all controls: what it accepts, each of its subsets accepts. An empty
            cell in any column: the sample would differ between specifications. A municipality that some
            specification fits exactly, for the same reason. An outcome that follows the regressors exactly. A column
            with two roles.
        """
        coverage = coverage_of(self.level)
        subsets, labels, sizes = self.subsets()
        main = ", ".join(c for c in self.controls if self.main is None or c in self.main)
        tables = []
        for number, (sample, fit) in enumerate(self.full_models(frame)):
            coef, se = (each[subsets, 0] for each in self.associations(fit, fit.y[:, None]))
            k = 2 + len(self.always) + sizes
            table = pd.DataFrame({"value": coef, "lower": np.nan, "upper": np.nan, "level": np.nan, "method": "none"})
            table["se"], table["t"], table["p"] = se, coef / se, np.nan
            if self.level is not None:
                possible = fit.n - np.arange(k.max() + 1)
                reach = stats.t.ppf((1 + coverage) / 2, possible)[k] * se
                kind = "OLS" if fit.model.weights is None else "WLS"
                table["lower"], table["upper"], table["level"] = coef - reach, coef + reach, coverage
                table["method"] = np.array([f"{kind} HC3 t({df})" for df in possible], dtype=object)[k]
                table["p"] = 2 * stats.t.sf(table["t"].abs(), fit.n - k)
            table["outcome"], table["weights"], table["sample"] = fit.model.outcome, fit.model.weights or "none", sample
            table["controls"], table["k"], table["n"] = labels, k, fit.n
            table["main"] = (table["controls"] == main) if number == 0 else False
            table["status"] = status_of(fit.data)
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def subsets(self) -> tuple[np.ndarray, list[str], np.ndarray]:
        """Row of each subset in the arrays of `subset_associations`, its controls and their number; smallest first."""
        p = len(self.controls)
        chosen = [each for size in range(p + 1) for each in itertools.combinations(range(p), size)]
        labels = [", ".join([self.controls[j] for j in each]) for each in chosen]
        rows = np.array([sum([1 << j for j in each]) for each in chosen])
        return rows, labels, np.array([len(each) for each in chosen])

    def associations(self, fit: LinearResult, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and standard errors of outcomes, shape (n, d), in the rows and the weights of a full model."""
        root = np.sqrt(fit.w)[:, None]
        x = fit.x * root  # constant, interest, always, controls
        fixed = 2 + len(self.always)
        return subset_associations(x[:, [0, *range(2, fixed)]], x[:, fixed:], x[:, 1], outcomes * root)

    def full_models(self, frame: pd.DataFrame) -> list[tuple[str, LinearResult]]:
        """Sample label and the model with all controls, for each outcome, weights and sample."""
        rows = self._samples(frame)
        regressors = (self.interest, *self.always, *self.controls)
        fits = []
        for outcome, weights, label in itertools.product(self.outcomes, self.weights, rows):
            try:
                fit = LinearModel(outcome, regressors, weights)(rows[label])
            except ModelError as error:
                message = f"Curve of {outcome}, weights {weights or 'none'}, sample {label!r}: {error}"
                raise ModelError(message) from error
            if fit.dropped:
                message = (
                    "All specifications must use one sample, but with all controls the model fits "
                    f"{', '.join(fit.dropped)} exactly (sample {label!r}). "
                    "Fix the sample first: leave these municipalities out, or the control that singles them out."
                )
                raise ModelError(message)
            if fit.exact:
                message = (
                    f"A curve needs something left to explain; {outcome} follows the regressors with all controls "
                    f"exactly (sample {label!r}). Leave out the control that it is made of."
                )
                raise ModelError(message)
            fits.append((label, fit))
        return fits

    def _samples(self, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows of each sample; refuses columns that are absent, have two roles or have empty cells."""
        regressors = [self.interest, *self.always, *self.controls]
        weights = [column for column in self.weights if column is not None]
        columns = list(dict.fromkeys([*self.outcomes, *regressors, *weights]))
        require_columns(frame, [KEY, *columns], "The curve needs", error=ModelError)
        require_numbers(frame, columns, regressors)
        names = [*self.outcomes, *regressors]
        twice = sorted({name for name in names if names.count(name) > 1})
        unknown = sorted(set(self.main or ()) - set(self.controls))
        if twice or unknown:
            message = (
                "A column is either outcome, interest, always in or a control, and the main specification takes its "
                f"controls from the list; found twice: {', '.join(twice) or 'none'}; "
                f"not a control: {', '.join(unknown) or 'none'}."
            )
            raise ModelError(message)
        numbers = frame[columns].apply(pd.to_numeric, errors="coerce")
        samples = {}
        for label, members in ({"all": frame[KEY]} if self.samples is None else self.samples).items():
            keys = _keys(members, label, frame[KEY])
            inside = frame[KEY].isin(keys)
            bad = ~np.isfinite(numbers[inside])
            if bad.to_numpy().any():
                cells = [f"{c} for {', '.join(frame[KEY][inside][bad[c]])}" for c in columns if bad[c].any()]
                message = (
                    "All specifications must use one sample, so every cell must be a finite number; "
                    f"not in sample {label!r}: {'; '.join(cells)}. "
                    "Fix the sample first: leave these municipalities out of it, or these columns out of the curve."
                )
                raise ModelError(message)
            samples[label] = frame[inside]
        return samples


def summary(curve: pd.DataFrame) -> pd.DataFrame:
    """Describe a curve: median, range and shares. They are descriptions; the test of a whole curve is `joint_test`.

    Parameters
    ----------
    curve : as from a `SpecificationCurve`, or some rows of it.

    Returns
    -------
    DataFrame
        One row per outcome, as forms of the outcome may differ in unit: ``outcome, value`` (median coefficient),
        ``lower, upper, level, method`` (no interval), ``minimum, maximum, share_negative, share_positive``,
        ``share_one_sign`` (the larger of the two), ``share_significant`` (p < .05; empty where the curve was asked
        for without p), ``n_specifications, status``.

    Examples
    --------
    >>> curve = pd.DataFrame({"outcome": "y", "value": [1.0, 2, 3, -1], "p": [0.20, 0.01, 0.03, 0.30]})
    >>> summary(curve.assign(status="derived"))[["value", "share_one_sign", "share_significant"]].iloc[0].tolist()
    [1.5, 0.75, 0.5]
    """
    rows = []
    for outcome, part in curve.groupby("outcome", sort=False):
        value = part["value"]
        negative, positive = float((value < 0).mean()), float((value > 0).mean())
        row = {"outcome": outcome, "value": value.median(), "lower": np.nan, "upper": np.nan, "level": np.nan}
        row |= {"method": "none", "minimum": value.min(), "maximum": value.max()}
        row |= {"share_negative": negative, "share_positive": positive, "share_one_sign": max(negative, positive)}
        row["share_significant"] = float((part["p"] < ALPHA).mean()) if part["p"].notna().all() else np.nan
        row["n_specifications"] = len(part)
        row["status"] = status_of(part)
        rows.append(row)
    return pd.DataFrame(rows)


def choice_effects(curve: pd.DataFrame) -> pd.DataFrame:
    """What each choice does to the coefficient: mean of the specifications with it less mean of those without.

    A curve holds each choice with all combinations of the others, so that this is the mean of the differences between
    two specifications that differ in it alone.

    Parameters
    ----------
    curve : as from a `SpecificationCurve`, of one form of the outcome.

    Returns
    -------
    DataFrame
        ``kind`` (``weights, sample, control``), ``choice``, ``value``; the largest first. Weights and samples are
        compared with the first.

    Examples
    --------
    >>> curve = pd.DataFrame({"value": [1.0, 2.0, 2.0, 3.5], "controls": ["", "z", "", "z"]})
    >>> choice_effects(curve.assign(weights=["none", "none", "ehb", "ehb"], sample="all"))["value"].tolist()
    [1.25, 1.25]
    """
    found: list[tuple[str, str, float]] = []
    for kind in ("weights", "sample"):
        chosen = curve[kind].fillna("").astype(str)
        first, *others = dict.fromkeys(chosen)
        base = curve.loc[chosen == first, "value"].mean()
        found += [(kind, other, curve.loc[chosen == other, "value"].mean() - base) for other in others]
    used = curve["controls"].astype(str).str.get_dummies(", ").astype(bool)
    for control in used:
        if not used[control].all():
            with_it, without = curve.loc[used[control], "value"], curve.loc[~used[control], "value"]
            found.append(("control", str(control), with_it.mean() - without.mean()))
    table = pd.DataFrame(found, columns=["kind", "choice", "value"])
    return table.sort_values("value", ascending=False, key=abs, kind="stable", ignore_index=True)


def _keys(members: Iterable[str] | pd.Series, label: str, known: pd.Series) -> list[str]:
    """Keys of one sample; a Boolean Series is read by its index, never by position."""
    if isinstance(members, pd.Series) and pd.api.types.is_bool_dtype(members):
        members = members.index[members]
    keys = list(members)
    strangers = sorted(map(str, set(keys) - set(known)))
    if strangers:
        message = (
            "A sample lists keys of the frame, or is a Boolean Series indexed by them; "
            f"not in the frame, but in sample {label!r}: {', '.join(strangers)}."
        )
        raise ModelError(message)
    return keys
