"""Ward and k-means on arrays: the published partitions of USArrests."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import cdist
from sklearn.metrics import adjusted_rand_score

from optkommunen.comparison import clustering
from optkommunen.comparison.distances import z_scores
from optkommunen.errors import ComparisonError
from tests.goldens import check, golden, golden_data


@pytest.fixture
def arrests():
    data = golden_data("USArrests").set_index("Unnamed: 0")
    points = z_scores(data.to_numpy(dtype=float), list(data.columns))
    tree = linkage(points, "ward")
    ward = clustering.cut(points, tree, 4)
    return list(data.index), points, tree, ward, clustering.typed(points, 4)


def within(points, partition):
    return ((points - partition.centroids[partition.labels]) ** 2).sum()


@pytest.mark.shared
def test_heights_and_sizes_of_the_tree(arrests):
    block = golden("V26_cluster")
    _, points, tree, ward, _ = arrests
    check(tree[-4:, 2], block["values"]["usarrests_scaled_wardD2_last4"], block["tolerance"])
    assert sorted(np.bincount(ward.labels)) == block["values"]["ward4_sizes_sorted"]
    check(clustering.silhouettes(points, ward.labels).mean(), block["values"]["sil_ward4"], block["tolerance"])


@pytest.mark.shared
def test_lloyd_from_the_ward_centroids(arrests):
    block = golden("V26_cluster")
    want = block["values"]["lloyd_from_ward"]
    _, points, _, _, lloyd = arrests
    assert sorted(np.bincount(lloyd.labels)) == want["sizes_sorted"]
    check(within(points, lloyd), want["tot_within"], block["tolerance"])
    check(1 - within(points, lloyd) / (points**2).sum(), want["between_ratio"], block["tolerance"])
    check(clustering.silhouettes(points, lloyd.labels).mean(), want["silhouette"], block["tolerance"])


@pytest.mark.shared
def test_agreement_of_tree_and_k_means(arrests):
    block = golden("V40_typing_stability")
    want = block["values"]["usarrests"]
    _, _, _, ward, lloyd = arrests
    check(adjusted_rand_score(ward.labels, lloyd.labels), want["ari_ward4_vs_kmeans4"], block["tolerance"])
    check(np.sort(clustering.jaccard(ward.labels, lloyd.labels)), want["jaccard_ward4_sorted"], block["tolerance"])


@pytest.mark.shared
def test_states_at_the_edge_of_their_group(arrests):
    want = golden("V40_typing_stability")["values"]["usarrests"]
    _, points, _, ward, _ = arrests
    assert clustering.at_the_edge(cdist(points, points), ward.labels).sum() == want["randlage_ward4"]
    assert (clustering.silhouettes(points, ward.labels) < 0).sum() == want["negative_silhouette_ward4"]


@pytest.mark.shared
def test_nearest_states_and_their_distances(arrests):
    block = golden("V40_typing_stability")
    names, points, *_ = arrests
    apart = cdist(points, points)
    for state, neighbours in block["values"]["usarrests"]["neighbours3"].items():
        row = apart[names.index(state)]
        order = np.argsort(row)[1:4]
        assert [names[i] for i in order] == neighbours
        check(row[order], block["values"]["usarrests"]["distances3"][state], block["tolerance"])


def test_k_means_ends_where_every_point_is_with_its_nearest_centroid():
    points = np.random.default_rng(1).normal(size=(60, 3))
    end = clustering.typed(points, 5)
    np.testing.assert_array_equal(cdist(points, end.centroids).argmin(axis=1), end.labels)
    means = [points[end.labels == group].mean(axis=0) for group in range(5)]
    np.testing.assert_allclose(end.centroids, means)


def test_other_names_of_the_groups_agree_fully():
    labels = np.random.default_rng(1).integers(4, size=50)
    renamed = np.array([2, 0, 3, 1])[labels]
    assert (clustering.jaccard(labels, renamed) == 1).all()


@pytest.mark.parametrize("k", [0, -1, 1.5, 2.0, True, 4, "2", None])
def test_points_are_cut_into_a_whole_number_of_groups(k):
    with pytest.raises(ComparisonError, match=r"3 points are cut into 1 to 3 groups, a whole number; found k="):
        clustering.typed(np.array([[0.0], [1.0], [5.0]]), k)


def test_points_that_are_alike_are_not_told_apart():
    points = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    assert np.bincount(clustering.typed(points, 4).labels).tolist() == [2, 3]


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_one_group_and_groups_of_one_have_no_silhouette(labels):
    with pytest.raises(ComparisonError, match=f"2 to 2 groups of 3 points; found {max(labels) + 1}"):
        clustering.silhouettes(np.array([[0.0], [1.0], [5.0]]), np.array(labels))
