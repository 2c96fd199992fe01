"""The vocabulary of values."""

import pandas as pd
import pytest

from optkommunen import values


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
