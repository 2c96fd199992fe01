"""The vocabulary of values."""

import numpy as np
import pandas as pd
import pytest

from optkommunen import values
from optkommunen.errors import UnknownIndicatorError, ValueTableError


def test_worst_of_every_pair_is_the_later_in_the_list():
    for i, better in enumerate(values.STATUSES):
        for worse in values.STATUSES[i:]:
            assert values.worst_of([better, worse]) == worse


@pytest.mark.parametrize("status", values.STATUSES)
def test_an_unknown_status_is_worse_than_an_estimate_and_hides_nothing_invented_or_missing(status):
    hidden = values.STATUSES.index(status) <= values.STATUSES.index("estimated")
    want = values.UNKNOWN if hidden else status
    assert values.worst_of([status, values.UNKNOWN]) == want
    one, other = pd.Series([status, values.UNKNOWN]), pd.Series([values.UNKNOWN, status])
    assert values.worst(one, other).tolist() == [want, want]


def test_a_status_that_is_none_is_refused_and_named():
    with pytest.raises(ValueTableError, match=r"A status must be one of observed, .*, unknown, .*; found guessed\."):
        values.ranks(pd.Series(["observed", "guessed"]))
    with pytest.raises(ValueTableError, match="found None"):
        values.ranks(pd.Series(["observed", None], dtype="object"))
    with pytest.raises(ValueTableError, match="found guessed"):
        values.worst_of(["observed", "guessed"])
    with pytest.raises(ValueTableError, match="found unknown"):
        values.check_statuses(pd.Series(["unknown"]))


def test_statuses_of_other_rows_are_not_put_together():
    one = pd.Series(["observed", "derived"], index=["M01", "M02"])
    assert values.worst(one).equals(one)
    assert values.worst(one, one).index.tolist() == ["M01", "M02"]
    with pytest.raises(ValueTableError, match="Statuses are those of the same rows"):
        values.worst(one, one[::-1])


@pytest.mark.parametrize(
    ("number", "whole"),
    [(3, True), (6, True), (np.int64(4), True), (2, False), (7, False), (4.0, False), (True, False), ("4", False)],
)
def test_a_number_of_groups_is_whole_and_within_both_bounds(number, whole):
    assert values.is_whole(number, 3, 6) is whole


def test_true_is_no_number_also_where_1_is_allowed():
    assert values.is_whole(1, 1)
    assert not values.is_whole(True, 1)


def test_a_column_of_categories_becomes_plain_and_others_stay_as_they_are():
    frame = pd.DataFrame({"ring": pd.Categorical([2, 1], [1, 2, 3]), "value": pd.array([1, None], dtype="Int64")})
    assert values.plain(frame).dtypes.tolist() == [np.dtype("int64"), pd.Int64Dtype()]
    pd.testing.assert_frame_equal(values.plain(frame[["value"]]), frame[["value"]])


@pytest.mark.parametrize("asked", [True, 2008.5, None, [2008, float("nan")], pd.Timestamp("2008-01-01")])
def test_what_is_no_period_is_refused(asked):
    with pytest.raises(ValueTableError, match=r"A period is text or a whole number, .*; found "):
        values.periods_of(asked)


def test_spaces_around_a_period_play_no_part():
    assert values.periods_of([" 2008", "2008-03 "]) == ["2008", "2008-03"]


@pytest.mark.parametrize("choose", [values.chosen_periods, values.chosen_period])
def test_periods_that_are_not_there_are_refused_with_the_range_of_those_that_are(choose):
    with pytest.raises(ValueTableError, match=r"the returns: 2007 to 2008; not there: 2006\. Choose another"):
        choose(2006, ["2008", "2007", "2007"], "the returns")
    with pytest.raises(ValueTableError, match=r"the returns: 2007; not there: any \(empty\)"):
        choose([], ["2007"], "the returns")
    with pytest.raises(UnknownIndicatorError, match=r"the frame: none; not there: 2008"):
        choose(2008, [], "the frame", UnknownIndicatorError)


def test_one_period_is_one_and_none_is_there_in_an_empty_frame():
    with pytest.raises(ValueTableError, match=r"found 2007, 2009\. Choose one of 2007, 2009"):
        values.chosen_period([2007, 2009], ["2007", "2009"], "the returns")
    with pytest.raises(ValueTableError, match=r"the returns: none; not there: any \(empty\)"):
        values.chosen_period(None, [], "the returns")
    assert values.chosen_period([2007], ["2007", "2009"], "the returns") == "2007"


def test_a_range_is_told_by_its_ends_only_where_none_lacks():
    assert values.span_of(["2007"]) == "2007"
    assert values.span_of(["2008", "2007"]) == "2007 to 2008"
    assert values.span_of(["2007-01", "2007-02", "2007-04"]) == "2007-01, 2007-02, 2007-04"
    assert values.span_of(["before", "after"]) == "after, before"
    assert values.span_of(["2007", "2007-02"]) == "2007, 2007-02"
