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
