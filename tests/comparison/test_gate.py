"""The gate: who may be compared with whom, which numbers may enter, what is explained, which status is carried."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optkommunen.comparison.gate import carried_status, reasons, validate_units
from optkommunen.data.register import municipalities
from optkommunen.errors import ComparisonError, ForeignUnitError, ValueTableError
from optkommunen.values import STATUSES, UNKNOWN


def rows(**columns):
    return pd.DataFrame({"kommune": ["M01", "M02", "M03"], "events": [3, 4, 5], "status": "synthetic", **columns})


def test_all_69_may_be_compared():
    keys = municipalities()["kommune"]
    assert (
        validate_units(pd.DataFrame({"kommune": keys, "ehb": 1.0}), counts=["ehb"])["kommune"].tolist() == keys.tolist()
    )


def test_the_rows_keep_their_order_and_their_other_columns():
    frame = rows(name=list("abc")).iloc[[2, 0, 1]]
    table = validate_units(frame, counts=["events"])
    assert table[["kommune", "name"]].to_numpy().tolist() == [["M03", "c"], ["M01", "a"], ["M02", "b"]]
    assert table.index.tolist() == [0, 1, 2]


def test_the_frame_given_stays_as_it_was():
    frame = rows(status=["synthetic", "missing", "synthetic"]).drop(columns="events").assign(events=["3", "4", "5"])
    before = frame.copy()
    validate_units(frame, counts=["events"])
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("status", ["unusable", "suppressed", "missing"])
def test_a_number_beside_a_status_without_value_does_not_enter(status):
    table = validate_units(rows(status=["synthetic", status, "synthetic"]), counts=["events"])
    assert table["events"].isna().tolist() == [False, True, False]
    assert table["status"].tolist()[1] == status


def test_a_missing_number_stays_missing_whatever_its_type():
    for empty in (None, np.nan, pd.NA):
        table = validate_units(rows(events=pd.array([3, empty, 5], dtype="Int64")), counts=["events"])
        assert table["events"].dtype == float
        assert table["events"].isna().tolist() == [False, True, False]


def test_real_units_without_a_status_are_of_unknown_status():
    table = validate_units(pd.DataFrame({"kommune": ["06438", "09562"]}))
    assert table["status"].tolist() == [UNKNOWN, UNKNOWN]


def test_invented_units_are_marked_even_if_the_frame_lost_its_status():
    assert validate_units(rows().drop(columns="status"))["status"].tolist() == ["synthetic"] * 3


def test_what_passed_the_gate_passes_it_again():
    once = validate_units(pd.DataFrame({"kommune": ["06438", "09562"], "ehb": [1, 2]}), counts=["ehb"])
    pd.testing.assert_frame_equal(validate_units(once, counts=["ehb"]), once)


def test_an_unknown_word_in_the_status_is_refused():
    with pytest.raises(ValueTableError, match=r"must be one of observed.*found ok"):
        validate_units(rows(status="ok"))


def test_a_missing_column_is_named_beside_those_that_are_there():
    with pytest.raises(ComparisonError, match=r"not found: ehb, x, y \(found: kommune, events, status\)"):
        validate_units(rows(), counts=["ehb"], numbers=["x"], others=["y"])


def test_a_frame_without_the_key_is_refused():
    with pytest.raises(ComparisonError, match="not found: kommune"):
        validate_units(rows().drop(columns="kommune"))


def test_an_empty_key_is_refused():
    with pytest.raises(ComparisonError, match="names its unit in 'kommune'; 1 do not"):
        validate_units(rows(kommune=["M01", None, "M03"]))


def test_a_unit_that_stands_twice_is_refused_by_name():
    with pytest.raises(ComparisonError, match="compared once; more than once here: M01"):
        validate_units(rows(kommune=["M01", "M01", "M02"]))


def test_real_and_invented_units_are_never_compared():
    with pytest.raises(ComparisonError, match="found M01 beside 06438"):
        validate_units(rows(kommune=["06438", "M01", "M02"]))


@pytest.mark.parametrize("key", ["05111", "M70", "DE", "6438"])
def test_a_foreign_unit_is_refused_beside_real_and_beside_invented_ones(key):
    for others in (["06438", "09562"], ["M01", "M02"]):
        with pytest.raises(ForeignUnitError, match=key):
            validate_units(rows(kommune=[*others, key]))


def test_one_unit_makes_no_comparison():
    with pytest.raises(ComparisonError, match="at least 2 units; found 1"):
        validate_units(rows()[:1])


def test_a_method_may_ask_for_more_units():
    with pytest.raises(ComparisonError, match="at least 10 units; found 3"):
        validate_units(rows(), fewest=10)


@pytest.mark.parametrize("wrong", [-1, np.inf, -np.inf])
def test_a_count_that_is_negative_or_infinite_is_refused_with_its_unit(wrong):
    with pytest.raises(
        ComparisonError,
        match=rf"'events' holds finite numbers of 0 or more; .* M02: {wrong:g}",
    ):
        validate_units(rows(events=[3, wrong, 5]), counts=["events"])


def test_a_number_may_be_negative_but_not_infinite():
    assert validate_units(rows(events=[3, -1, 5]), numbers=["events"])["events"].tolist() == [3, -1, 5]
    with pytest.raises(ComparisonError, match="'events' holds finite numbers; not so in 1 row, the first: M02: inf"):
        validate_units(rows(events=[3, np.inf, 5]), numbers=["events"])


def test_a_negative_number_that_does_not_enter_is_no_error():
    table = validate_units(rows(events=[3, -99, 5], status=["synthetic", "missing", "synthetic"]), counts=["events"])
    assert np.isnan(table["events"][1])


def test_words_are_no_numbers():
    with pytest.raises(ComparisonError, match="Column 'events' holds finite numbers"):
        validate_units(rows(events=["3", "many", "5"]), counts=["events"])


def test_each_unit_that_cannot_enter_has_its_reason():
    frame = rows(events=[3, np.nan, 2.5], ehb=[0, 9, 9])
    table = validate_units(frame, counts=["events", "ehb"])
    assert reasons(table, ["events", "ehb"], exposure="ehb", events="events").tolist() == [
        "the denominator is 0", "events is missing", "the number of events is an average, not a count",
    ]  # fmt: skip


def test_the_status_explains_more_than_an_empty_cell_and_a_note_more_than_a_status():
    frame = rows(status=["suppressed", "suppressed", "synthetic"], note=["fewer than 3 persons", "", "as reported"])
    table = validate_units(frame, counts=["events"])
    assert reasons(table, ["events"]).tolist() == ["fewer than 3 persons", "status suppressed", ""]


statuses = st.lists(st.sampled_from(STATUSES), min_size=2, max_size=8)


@given(statuses)
def test_a_sum_of_all_carries_the_worst_of_all(found):
    status = pd.Series(found, dtype="str")
    worst_one = max(found, key=STATUSES.index)
    assert carried_status(status, np.ones(len(found), dtype=bool)).tolist() == [worst_one] * len(found)


@given(statuses)
def test_what_nobody_enters_keeps_its_own_status(found):
    assert carried_status(pd.Series(found, dtype="str"), np.eye(len(found), dtype=bool)).tolist() == found
