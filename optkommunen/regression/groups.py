"""What a test is asked about: which municipalities belong together, and which coefficient; its row of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError
from optkommunen.regression.fitted_model import FittedModel
from optkommunen.values import KEY


@dataclass(frozen=True)
class Groups:
    """A partition of the rows of a sample.

    Attributes
    ----------
    codes : group of each row, 0 … count - 1, shape (n,).
    labels : name of each group.
    """

    codes: np.ndarray
    labels: tuple[str, ...]

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.labels)

    @property
    def rows(self) -> list[np.ndarray]:
        """Positions of the rows of each group."""
        return [np.flatnonzero(self.codes == g) for g in range(self.count)]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum over the rows of each group, shape (count, …)."""
        total = np.zeros((self.count, *values.shape[1:]))
        np.add.at(total, self.codes, values)
        return total

    def reach(self, values: np.ndarray) -> np.ndarray:
        """Largest less smallest value within each group, shape (count, …)."""
        return np.array([np.ptp(values[rows], axis=0) for rows in self.rows])

    def varying(self, values: np.ndarray) -> int:
        """Number of groups within which the values differ.

        Examples
        --------
        What is the same within each group varies in none:

        >>> groups = Groups(np.array([0, 0, 1, 1]), ("a", "b"))
        >>> groups.varying(np.array([1.0, 1, 2, 2])), groups.varying(np.array([1.0, 2, 3, 3]))
        (0, 1)
        """
        return int((self.reach(values) > 0).sum())


def groups_of(data: pd.DataFrame, column: str) -> Groups:
    """Groups named in a column of the data of a fitted model.

    Raises
    ------
    ModelError
        The column is missing or has empty cells; names the municipalities.

    Examples
    --------
    >>> groups_of(pd.DataFrame({"kommune": list("abc"), "land": ["NI", "SH", "NI"]}), "land").labels
    ('NI', 'SH')
    """
    if column not in data.columns:
        message = (
            f"Clusters and strata are a column of the frame that was fitted; {column!r} is not one of "
            f"{', '.join(map(str, data.columns))}. Merge it into the frame and fit again."
        )
        raise ModelError(message)
    empty = data.loc[data[column].isna(), KEY].tolist()
    if empty:
        message = f"Each municipality belongs to one group; {column} is empty for {', '.join(empty)}. Fill it in."
        raise ModelError(message)
    codes, labels = pd.factorize(data[column], sort=True)
    return Groups(codes, tuple(str(label) for label in labels))


def clusters_of(data: pd.DataFrame, column: str) -> Groups:
    """Groups that serve as clusters: at least two of them.

    Raises
    ------
    ModelError
        As `groups_of`, and if all rows lie in one cluster.
    """
    groups = groups_of(data, column)
    if groups.count < 2:
        message = f"Inference by cluster needs at least 2 clusters; {column} is {groups.labels[0]} for all rows."
        raise ModelError(message)
    return groups


def row(result: FittedModel, term: str, **found: Any) -> dict[str, Any]:
    """One row of a table about one coefficient: what is asked, what was found, what entered.

    Parameters
    ----------
    result : fitted model, linear or of counts.
    term : the coefficient.
    **found : columns of the method, in their order.

    Returns
    -------
    dict
        ``model, outcome, term, value``, what was found, ``n, status`` (the worst that entered).
    """
    value = float(result.coef[result.index_of(term)])
    first = {"model": result.model.name, "outcome": result.model.outcome, "term": term, "value": value}
    return first | found | {"n": result.n, "status": result.status}
