"""The covariance of values that are not independent: found by key, and refused where it cannot be one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.errors import ComparisonError
from optkommunen.values import KEY

_TOLERANCE = 1e-10


def standard_errors(covariance: pd.DataFrame, keys: pd.Series) -> np.ndarray:
    """Standard error of each unit from a covariance named by key in rows and columns, shape (n,).

    Raises
    ------
    ComparisonError
        What is no frame of numbers; a unit that it does not name, or names twice; a variance that is negative or
        infinite. One that is missing (NaN) leaves the unit without standard error.

    Examples
    --------
    >>> covariance = pd.DataFrame([[4.0, 0.0], [0.0, 9.0]], index=["M01", "M02"], columns=["M01", "M02"])
    >>> standard_errors(covariance, pd.Series(["M02", "M01"])).tolist()
    [3.0, 2.0]
    """
    if not isinstance(covariance, pd.DataFrame):
        message = f"A covariance is a DataFrame named by {KEY} in rows and columns; found {type(covariance).__name__}."
        raise ComparisonError(message)
    for axis, name in ((covariance.index, "rows"), (covariance.columns, "columns")):
        absent = sorted(set(keys) - set(axis))
        if absent or axis.has_duplicates:
            found = f"{', '.join(absent)} not among its {name}" if absent else f"a key twice among its {name}"
            message = f"A covariance names each unit once in rows and columns; found {found}. Label it by {KEY}."
            raise ComparisonError(message)
    try:
        variance = np.diag(covariance.loc[keys, keys].to_numpy(dtype=float))
    except (ValueError, TypeError) as error:
        message = f"A covariance holds numbers; {error}. Convert it first."
        raise ComparisonError(message) from error
    wrong = keys[(variance < 0) | np.isinf(variance)]
    if len(wrong):
        what = "a negative" if (variance < 0).any() else "an infinite"
        message = f"A variance is finite and not negative; found {what} one for {', '.join(wrong)}. Correct it."
        raise ComparisonError(message)
    return np.sqrt(variance)


def aligned(covariance: pd.DataFrame, keys: pd.Series) -> np.ndarray:
    """Covariance of some units in their order, shape (n, n).

    Raises
    ------
    ComparisonError
        If it is not finite, not symmetric, has a negative eigenvalue, or leaves the difference of two units without
        variance.
    """
    matrix = covariance.loc[keys, keys].to_numpy(dtype=float)
    scale = np.abs(matrix).max()
    symmetric = np.isfinite(scale) and np.abs(matrix - matrix.T).max() <= _TOLERANCE * scale
    if not symmetric or np.linalg.eigvalsh(matrix)[0] < -_TOLERANCE * scale:
        message = "A covariance is finite, symmetric and without negative eigenvalue; this one is not. Correct it."
        raise ComparisonError(message)
    variance = np.diag(matrix)
    of_differences = variance[:, None] + variance - 2 * matrix + np.eye(len(matrix)) * scale
    if of_differences.min() <= _TOLERANCE * scale:
        j, k = np.unravel_index(of_differences.argmin(), matrix.shape)
        message = (
            "The difference of two units needs a standard error; by this covariance that of "
            f"{keys.iloc[j]} and {keys.iloc[k]} has none. Leave one of them out."
        )
        raise ComparisonError(message)
    return matrix
