"""Types of conditions by the procedure of the IAB: weighed z-scores, Ward, k-means; and how stable the types are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial.distance import cdist

from optkommunen.comparison.clustering import Labels, at_the_edge, jaccard, silhouettes, typed
from optkommunen.comparison.distances import Floats, Located, Weights, located
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.conditions import CONDITIONS
from optkommunen.p_values import check_draws
from optkommunen.values import KEY, is_whole
from optkommunen.words import Note

MOST = 12
"""More types than this leave too few units in each of them, of 69."""

COVERED = 0.95
"""Share of the resamples there might be that the range of those drawn holds on average, at least."""


@dataclass(frozen=True)
class Typology:
    """Types of units under similar conditions, called with a frame.

    The procedure is the IAB's: z-scores of the conditions times their weights, Ward's tree, cut into k, k-means from
    the centroids of the cut. The types are of this package: neither the variables nor the assignments of the IAB are
    public, and the IAB sorts all Träger, not the 69.

    Parameters
    ----------
    variables : columns of the conditions.
    types : how many; None: as many (2 to 12) as give the highest mean silhouette with no type below `fewest`.
    weights : by variable; None: all count alike. See `distances.regression_weights`.
    fewest : units in a type that can still be compared with each other.

    References
    ----------
    Rüb & Werner 2007; Blien, Hirschenauer & Phan 2010; Dauth, Dorner & Blien 2013.

    Examples
    --------
    >>> keys = [f"M{i:02d}" for i in range(1, 11)]
    >>> frame = pd.DataFrame({"kommune": keys, "density": [100.0, 101, 103, 104, 106, 900, 903, 905, 906, 908]})
    >>> Typology(["density"])(frame)["type"].tolist()
    ['T1', 'T1', 'T1', 'T1', 'T1', 'T2', 'T2', 'T2', 'T2', 'T2']
    """

    variables: Sequence[str] = CONDITIONS
    types: int | None = None
    weights: Weights | None = None
    fewest: int = 5

    def __post_init__(self) -> None:
        if not is_whole(self.fewest, 1):
            message = f"A type has a whole number of units, at least 1; found fewest={self.fewest!r}."
            raise ComparisonError(message)

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Type of each unit.

        Parameters
        ----------
        frame : DataFrame with ``kommune`` and the variables; ``status`` where there is one.

        Returns
        -------
        DataFrame
            ``kommune, type, silhouette, nearest, distance, randlage, status, note``. Types are T1 (the largest), T2 …;
            a negative ``silhouette`` says that the unit is on average nearer to another type; ``nearest`` is the
            unit under the most similar conditions, and ``randlage`` that it is of another type. A unit without a
            value of each variable has no type, and ``note`` says why; it also names types below `fewest`.

        Raises
        ------
        ComparisonError
            As `distances.located`; a number of types that these units do not give.
        """
        units, keys, points, _ = self._located(frame)
        labels = self._labels(points)
        apart = cdist(points, points)
        np.fill_diagonal(apart, np.inf)
        sizes = np.bincount(labels)
        found = pd.DataFrame({
            KEY: keys, "type": [f"T{label + 1}" for label in labels], "silhouette": silhouettes(points, labels),
            "nearest": np.array(keys)[apart.argmin(axis=1)], "distance": apart.min(axis=1),
            "randlage": at_the_edge(apart, labels), "small": sizes[labels] < self.fewest,
        }).astype({"randlage": "boolean"})  # fmt: skip
        table = units.merge(found, on=KEY, how="left", validate="one_to_one")
        small = table["small"].eq(True)
        table["note"] = table["note"].mask(small, f"type of fewer than {self.fewest} units")
        table[["type", "nearest"]] = table[["type", "nearest"]].fillna("")
        return table[[KEY, "type", "silhouette", "nearest", "distance", "randlage", "status", "note"]]

    def cuts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What each number of types would give, for the choice of one.

        Returns
        -------
        DataFrame
            ``types, height, gap, silhouette, smallest, admissible``: ``height`` at which Ward would merge two of these
            types, ``gap`` from the merge before (large: types far apart), mean silhouette and size of the smallest
            type after k-means, and whether that is at least `fewest`.
        """
        return self._cuts(self._located(frame).points)

    def stability(self, frame: pd.DataFrame, resamples: int = 200, seed: int = 2008) -> pd.DataFrame:
        """Agreement of the types with those found without one variable, and with other units in the sample.

        In each resample of the units (with replacement) z-scores, tree and k-means are made anew, and all units go to
        the nearest new centroid.

        Parameters
        ----------
        frame : as for the call.
        resamples : bootstrap resamples, 39 or more: the range of B holds (B - 1)/(B + 1) of all on average, and is to
            hold 95 %.
        seed : of the resamples.

        Returns
        -------
        DataFrame
            ``resampling, measure, type, value, lower, upper, level, method, n``. ``resampling`` is ``variable left
            out`` or ``bootstrap``; ``measure`` is ``adjusted_rand`` (all types) or ``jaccard`` (of one type with
            its most similar); ``value`` the median, ``lower`` and ``upper`` the smallest and the largest of ``n``. A
            type with a median Jaccard below a half is dissolved more often than not (Hennig 2007).

        Raises
        ------
        OptkommunenError
            Too few resamples for a range.
        ComparisonError
            As the call.

        References
        ----------
        Hubert & Arabie 1985; Hennig 2007.
        """
        check_draws(resamples, COVERED)
        _, _, points, weights = self._located(frame)
        labels = self._labels(points)
        k = int(labels.max()) + 1
        used = np.flatnonzero(weights > 0)
        without = [typed(np.delete(points, v, axis=1), k).labels for v in used] if len(used) > 1 else []
        rng = np.random.default_rng(seed)
        others = [_resampled(points, weights, k, rng) for _ in range(resamples)]
        named = {"variable left out": without, "bootstrap": others}
        tables = [_agreement(labels, found, name) for name, found in named.items() if found]
        return pd.concat(tables, ignore_index=True)

    def _located(self, frame: pd.DataFrame) -> Located:
        place = located(frame, self.variables, self.weights)
        most = _most(place.points)
        if self.types is not None and not is_whole(self.types, 2, most):
            message = f"{len(place.keys)} units give 2 to {most} types; found types={self.types!r}."
            raise ComparisonError(message)
        return place

    def _labels(self, points: Floats) -> Labels:
        """Type of each point, 0 the largest; of equal ones the one with the first key."""
        k = self.types or self._best(points)
        labels = typed(points, k).labels
        first = np.array([np.argmax(labels == label) for label in range(k)])  # points are sorted by key
        place = np.empty(k, dtype=np.int64)
        place[np.lexsort((first, -np.bincount(labels, minlength=k)))] = np.arange(k)
        return place[labels]

    def _best(self, points: Floats) -> int:
        cuts = self._cuts(points)
        admissible = cuts[cuts["admissible"]]
        if admissible.empty:
            message = Note(
                "A type has at least {fewest} units; no number of types from 2 to {most} leaves that many in each of "
                "{n}. Set types=, allow smaller types, or leave outliers out.",
                fewest=self.fewest, most=cuts["types"].max(), n=len(points),
            )  # fmt: skip
            raise TooFewUnitsError(message)
        return int(admissible["types"].to_numpy()[admissible["silhouette"].argmax()])

    def _cuts(self, points: Floats) -> pd.DataFrame:
        heights = hierarchy.linkage(points, "ward")[:, 2]
        rows = []
        for k in range(2, min(MOST, _most(points)) + 1):
            labels = typed(points, k).labels
            silhouette = silhouettes(points, labels).mean()
            rows.append((k, heights[1 - k], heights[1 - k] - heights[-k], silhouette, np.bincount(labels).min()))
        table = pd.DataFrame(rows, columns=["types", "height", "gap", "silhouette", "smallest"])
        return table.assign(admissible=table["smallest"] >= self.fewest)


def _most(points: Floats) -> int:
    """Most types that can be told apart: as many as points that differ, and one fewer than points."""
    return min(len(np.unique(points, axis=0)), len(points) - 1)


def _resampled(points: Floats, weights: Floats, k: int, rng: np.random.Generator) -> Labels:
    """Types of all points by the centroids of a resample with its own z-scores."""
    drawn = rng.integers(len(points), size=len(points))
    deviation = points[drawn].std(axis=0, ddof=1)
    # where a resample does not vary, nor does it part
    scaled = points / np.where(deviation > 0, deviation, 1) * weights
    return cdist(scaled, typed(scaled[drawn], k).centroids).argmin(axis=1)


def _agreement(labels: Labels, others: Sequence[Labels], resampling: str) -> pd.DataFrame:
    from sklearn.metrics import adjusted_rand_score

    rand = np.array([[adjusted_rand_score(labels, other)] for other in others])
    values = np.hstack([rand, [jaccard(labels, other) for other in others]])
    kinds = values.shape[1] - 1
    return pd.DataFrame({
        "resampling": resampling, "measure": ["adjusted_rand"] + ["jaccard"] * kinds,
        "type": [""] + [f"T{i + 1}" for i in range(kinds)], "value": np.median(values, axis=0),
        "lower": values.min(axis=0), "upper": values.max(axis=0), "level": np.nan, "method": "median and range",
        "n": len(others),
    })  # fmt: skip
