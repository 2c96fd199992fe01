"""All subsets of controls at once: the coefficient of interest and its HC3 standard error in each of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_CACHED = 2**16
_NARROW = 32
"""A batch is halved while it has more than `_CACHED` numbers (512 kB, what a cache holds) and `_NARROW` subsets."""


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
