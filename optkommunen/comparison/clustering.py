"""Groups of points: Ward's tree, k-means from its centroids, and how well the groups hold together, on arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster import hierarchy

from optkommunen.comparison.distances import Floats
from optkommunen.errors import ComparisonError
from optkommunen.values import is_whole

Labels = NDArray[np.int64]


class Partition(NamedTuple):
    """Groups 0 to k - 1 of n points, and their centroids, shape (k, dimensions)."""

    labels: Labels
    centroids: Floats


def cut(points: Floats, tree: Floats, k: int) -> Partition:
    """Tree of `hierarchy.linkage` cut into k groups; into fewer where fewer points differ.

    Raises
    ------
    ComparisonError
        k is no whole number from 1 to the number of points.

    Examples
    --------
    >>> points = np.array([[0.0], [0.1], [5.0], [5.2]])
    >>> cut(points, hierarchy.linkage(points, "ward"), 2).centroids.ravel().round(2).tolist()
    [0.05, 5.1]
    """
    if not is_whole(k, 1, len(points)):
        message = f"{len(points)} points are cut into 1 to {len(points)} groups, a whole number; found k={k!r}."
        raise ComparisonError(message)
    groups = min(k, len(np.unique(points, axis=0)))
    labels = hierarchy.cut_tree(tree, groups).ravel().astype(np.int64)
    return Partition(labels, np.array([points[labels == group].mean(axis=0) for group in range(groups)]))


def typed(points: Floats, k: int) -> Partition:
    """Ward's tree (R: ward.D2) cut into k groups, then k-means by Lloyd's algorithm from their centroids.

    k-means ends when no point changes its group. From the same start Lloyd and Hartigan–Wong (the default in R) may
    stop in different optima: golden V26.

    References
    ----------
    Ward 1963; Murtagh & Legendre 2014 on the two criteria that bear his name; Lloyd 1982.

    Examples
    --------
    A cut that is an optimum stays:

    >>> points = np.array([[0.0], [0.1], [5.0], [5.2]])
    >>> typed(points, 2).centroids.ravel().round(2).tolist()
    [0.05, 5.1]
    """
    from sklearn.cluster import KMeans

    start = cut(points, hierarchy.linkage(points, "ward"), k).centroids
    fit = KMeans(len(start), init=start, n_init=1, tol=0, algorithm="lloyd").fit(points)
    return Partition(fit.labels_.astype(np.int64), fit.cluster_centers_)


def silhouettes(points: Floats, labels: Labels) -> Floats:
    """Silhouette of each point: near 1 well within its group, negative nearer to another; 0 for a group of one.

    Raises
    ------
    ComparisonError
        Fewer than two groups, or as many as points.

    References
    ----------
    Rousseeuw 1987.
    """
    from sklearn.metrics import silhouette_samples

    groups = len(np.unique(labels))
    if not 2 <= groups < len(points):
        message = f"A silhouette needs 2 to {len(points) - 1} groups of {len(points)} points; found {groups}."
        raise ComparisonError(message)
    return silhouette_samples(points, labels)


def jaccard(one: Labels, other: Labels) -> Floats:
    """Of each group of one partition, the share it has in common with its most similar group of another; shape (k,).

    Examples
    --------
    >>> jaccard(np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])).round(2).tolist()
    [0.67, 0.5]
    """
    ours, theirs = (labels[:, None] == np.unique(labels) for labels in (one, other))
    common = ours.T.astype(np.int64) @ theirs.astype(np.int64)
    union = ours.sum(axis=0)[:, None] + theirs.sum(axis=0) - common
    return (common / union).max(axis=1)


def at_the_edge(apart: Floats, labels: Labels) -> NDArray[np.bool_]:
    """Points whose nearest other point lies in another group (Randlage), from their distances, shape (n, n)."""
    others = np.where(np.eye(len(labels), dtype=bool), np.inf, apart)
    return labels[others.argmin(axis=1)] != labels
