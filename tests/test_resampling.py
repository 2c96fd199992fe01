from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optkommunen.errors import OptkommunenError
from optkommunen.resampling import check_draws, count_beyond, fewest_draws

REPORTED = [1873755.23, 4658345.55, 313717.49, 1553976.01, 7962426.73, 7124303.18, 5055835.86, 2079835.22]


def sums_of(values: np.ndarray) -> np.ndarray:
    sums = np.zeros(1)
    for value in values[::-1]:
        sums = np.concatenate([sums + value, sums - value])
    return sums


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_the_observed_pattern_counts_itself_and_its_mirror_in_every_unit(unit):
    values = np.array(REPORTED) * unit
    found = count_beyond(sums_of(values), values.sum(), np.abs(values).sum())
    assert (found.ge, found.gt) == (2, 0)


@given(
    st.lists(st.floats(-1e3, 1e3).map(lambda x: round(x, 2)), min_size=2, max_size=7),
    st.integers(-12, 12),
)
def test_p_does_not_depend_on_the_unit_also_where_terms_cancel(values, power):
    d = np.array([*values, *(-v for v in values[:3])])
    one = count_beyond(sums_of(d), d.sum(), np.abs(d).sum())
    scaled = d * 10.0**power
    other = count_beyond(sums_of(scaled), scaled.sum(), np.abs(scaled).sum())
    assert one.ge == other.ge >= 2
    assert one.p(every=True) > 0


@pytest.mark.parametrize(("level", "fewest"), [(0.5, 3), (0.9, 19), (0.95, 39), (0.99, 199), (0.998, 999)])
def test_an_interval_needs_a_draw_beyond_each_limit(level, fewest):
    assert fewest_draws(level) == fewest
    assert check_draws(fewest, level) == fewest
    with pytest.raises(OptkommunenError, match=f"at least {fewest}; found {fewest - 1}"):
        check_draws(fewest - 1, level)


@pytest.mark.parametrize("draws", [0, -1, 2.5, True, None])
def test_a_number_of_draws_is_a_whole_number(draws):
    with pytest.raises(OptkommunenError, match="whole number of draws"):
        check_draws(draws)


def test_an_infinite_statistic_is_tied_by_its_like_and_by_nothing_else():
    found = count_beyond([np.inf, 1.0, -np.inf, 1e300], np.inf)
    assert (found.ge, found.gt) == (2, 0)
    assert count_beyond([1.0, np.inf], 1.0) == (2, 1, 2)
