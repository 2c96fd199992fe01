"""The specification curve: one association under all subsets of controls, outcome forms, weights and samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.columns import require_numbers
from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.regression.tables import coverage_of, status_of
from optkommunen.validate import require_columns
from optkommunen.values import KEY

_CACHED = 2**16
_NARROW = 32
"""A batch is halved while it has more than `_CACHED` numbers (512 kB, what a cache holds) and `_NARROW` subsets."""


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


def subset_associations(
    always: np.ndarray, controls: np.ndarray, interest: np.ndarray, outcomes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of each outcome on the regressor of interest, given every subset of the controls.

    By Frisch–Waugh–Lovell only what remains of interest and outcome beside the controls is needed. Each control in
    turn doubles the batch: subsets without it, and the same subsets with everything that is left orthogonalised to
    it (modified Gram–Schmidt; its squared unit vector adds to the leverages). One more control therefore costs one
    projection instead of a new fit, about four projections for each subset in all, and as no cross products are
    inverted, the condition number enters once, as in QR, not squared.

    Parameters
    ----------
    always : regressors of every subset, the constant among them, shape (n, a).
    controls : shape (n, p).
    interest : shape (n,).
    outcomes : shape (n, d); one design serves all of them.
        For weighted least squares all four are multiplied by the root of the weights. The columns must not be
        collinear, nor any leverage one; `SpecificationCurve` sees to it.

    Returns
    -------
    coef, se : arrays, shape (2^p, d)
        Row s belongs to the subset of all controls j whose bit is set in s: row 0 has none, the last row all.

    References
    ----------
    Frisch & Waugh 1933; Lovell 1963; Björck 1967 (modified Gram–Schmidt); MacKinnon & White 1985 (HC3).

    Examples
    --------
    A control that is orthogonal to everything else changes no coefficient:

    >>> one, x, z = np.ones((4, 1)), np.array([1.0, 1, -1, -1]), np.array([[1.0], [-1], [1], [-1]])
    >>> coef, se = subset_associations(one, z, x, np.array([[3.0], [4], [1], [1]]))
    >>> coef.shape, bool(np.isclose(coef[0, 0], coef[1, 0]))
    ((2, 1), True)
    """
    p, d = controls.shape[1], outcomes.shape[1]
    columns = np.ascontiguousarray(np.column_stack([always, controls, interest, outcomes]).T)[:, :, None]
    hat = np.zeros(columns.shape[1:])
    for _ in range(always.shape[1]):
        columns, hat = _given_first(columns, hat)
    coef, se = np.empty((2**p, d)), np.empty((2**p, d))
    for members, x, y, hat_controls in _grow(np.zeros(1, dtype=int), columns, hat, p):
        influence = x / np.einsum("ns,ns->s", x, x)
        b = np.einsum("ns,dns->ds", influence, y)
        scores = y - x * b[:, None, :]
        scores *= influence / (1 - hat_controls - influence * x)
        coef[members] = b.T
        se[members] = np.sqrt(np.einsum("dns,dns->sd", scores, scores))
    return coef, se


def _given_first(columns: np.ndarray, hat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals of the other columns on the first, shape (m-1, n, subsets), and the leverages with it."""
    unit = columns[0] / np.sqrt(np.einsum("ns,ns->s", columns[0], columns[0]))
    rest = columns[1:]
    return rest - unit * np.einsum("ns,mns->ms", unit, rest)[:, None, :], hat + unit**2


def _grow(
    members: np.ndarray, columns: np.ndarray, hat: np.ndarray, p: int, j: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Subsets of controls j … p-1 in batches that stay in the processor's cache: members, interest, outcomes, hat."""
    if j == p:
        yield members, columns[0], columns[1:], hat
        return
    if columns.size > _CACHED / 2 and columns.shape[2] > _NARROW:
        middle = columns.shape[2] // 2
        for half in (slice(None, middle), slice(middle, None)):
            yield from _grow(members[half], np.ascontiguousarray(columns[:, :, half]), hat[:, half], p, j)
        return
    columns_with, hat_with = _given_first(columns, hat)
    both = np.concatenate([columns[1:], columns_with], axis=2)
    yield from _grow(np.append(members, members | 1 << j), both, np.append(hat, hat_with, axis=1), p, j + 1)
