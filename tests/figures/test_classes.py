"""Classes of a map."""

import itertools

import numpy as np
import pandas as pd
import pytest

from optkommunen.errors import ValueTableError
from optkommunen.figures.basemap import classify
from optkommunen.loaders.bundled import load_context


@pytest.fixture(scope="module")
def childcare():
    frame = load_context("childcare_u3", 2008)
    return frame[frame["kommune"] != "DE"].set_index("kommune")["value"]


@pytest.mark.parametrize("scheme", ["quantile", "natural"])
@pytest.mark.parametrize("classes", [1, 2, 5, 7])
def test_classes_do_not_overlap_and_none_is_empty(childcare, scheme, classes):
    group = classify(childcare, classes, scheme)
    reach = childcare.groupby(group).agg(["min", "max"])
    assert list(reach.index) == list(range(classes))
    assert (reach["max"].to_numpy()[:-1] < reach["min"].to_numpy()[1:]).all()


def test_quantiles_are_nearly_equal_in_number(childcare):
    counts = classify(childcare, 5).value_counts()
    assert counts.max() - counts.min() <= 2


def test_natural_breaks_are_the_best_of_all_cuts():
    values = pd.Series(np.random.default_rng(5).normal(size=14)).round(1)
    group = classify(values, 3, "natural")
    levels = np.unique(values)

    def within(group):
        return sum(((values[group == k] - values[group == k].mean()) ** 2).sum() for k in group.unique())

    every = [
        within(pd.Series(np.digitize(values, [levels[i], levels[j]])))
        for i, j in itertools.combinations(range(1, len(levels)), 2)
    ]
    assert within(group) == pytest.approx(min(every))


@pytest.mark.parametrize("scheme", ["quantile", "natural"])
def test_values_printed_alike_share_a_class(scheme):
    values = pd.Series([1.0, 2.01, 2.02, 2.03, 2.04, 5.0, 5.04, 9.0])
    group = classify(values, 4, scheme)
    assert set(group[1:5]) == {group[1]}
    assert set(group[5:7]) == {group[5]}


def test_fewer_values_than_classes_make_fewer_classes():
    assert classify(pd.Series([3.0, 3.0, 4.0]), 5).tolist() == [0, 0, 1]
    assert classify(pd.Series([3.0, 3.0]), 5, "natural").tolist() == [0, 0]


def test_an_unknown_scheme_and_no_class_are_refused():
    with pytest.raises(ValueTableError, match="'quantile' or 'natural'; found 'equal'"):
        classify(pd.Series([1.0]), 2, "equal")
    with pytest.raises(ValueTableError, match="at least one class; found 0"):
        classify(pd.Series([1.0]), 0)
