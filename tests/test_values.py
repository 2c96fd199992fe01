"""The vocabulary of values."""

import pandas as pd
import pytest

from optkommunen import values
from optkommunen.errors import ValueTableError

GOOD = pd.DataFrame(
    {
        "kommune": ["06438", "09562"],
        "period": ["2008", "2008"],
        "indicator": ["ehb", "ehb"],
        "value": [1.0, float("nan")],
        "status": ["derived", "missing"],
    }
)


def test_a_good_table_passes_unchanged():
    assert values.check_values(GOOD) is GOOD


@pytest.mark.parametrize("column", ["kommune", "value", "status"])
def test_a_missing_column_is_named(column):
    with pytest.raises(ValueTableError, match=f"not found: {column}"):
        values.check_values(GOOD.drop(columns=column))


def test_an_unknown_status_is_named():
    with pytest.raises(ValueTableError, match="found guessed"):
        values.check_values(GOOD.assign(status=["guessed", "missing"]))


def test_a_status_that_promises_a_number_needs_one():
    with pytest.raises(ValueTableError, match="must be a number; 1 are empty, the first for kommune '09562'"):
        values.check_values(GOOD.assign(status="observed"))


def test_a_key_twice_is_refused():
    with pytest.raises(ValueTableError, match="kommune=06438, period=2008, indicator=ehb"):
        values.check_values(pd.concat([GOOD, GOOD]))


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


def test_no_value_table_holds_an_unknown_status():
    with pytest.raises(ValueTableError, match="found unknown"):
        values.check_values(GOOD.assign(status=["unknown", "missing"]))
