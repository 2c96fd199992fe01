"""p of every test from permutations, signs or draws: the same in every unit of the data, and never 0."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.errors import ModelError
from optkommunen.regression.glm import CountModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.resampling import freedman_lane
from optkommunen.regression.spatial import morans_i, nearest_weights
from optkommunen.regression.specification_summary import joint_test
from optkommunen.regression.specifications import SpecificationCurve
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap

REPORTED = [1873755.23, 4658345.55, 313717.49, 1553976.01, 7962426.73, 7124303.18, 5055835.86, 2079835.22]
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i}" for i in range(8)],
        "land": list("ABCDEFGH"),
        "pair": list("AABBCCDD"),
        "x": [0.0, 1, 0, 1, 2, 1, 0, 3],
        "z": [1.0, 0, 0, 2, 1, 1, 3, 0],
        "y": [0.0, 3, 1, 4, 0, 2, 6, 1],
        "w": [3.0, 1, 2, 2, 5, 1, 1, 4],
    }
)
WEIGHTS = nearest_weights(FRAME, 2)
YEARS = pd.concat([FRAME.assign(period="1", x=0.0), FRAME.assign(period="2")], ignore_index=True)
CURVE = SpecificationCurve(("v",), "x", ("z",), weights=("w", None))
MIDDLE = 200.0
"""Added to values that are modelled as counts."""


def linear(values, unit, weights=None):
    return LinearModel("v", ("x", "z"), weights)(FRAME.assign(v=unit * values))


def count(values, unit):
    """Counts and exposure in thousands count as the same in millions."""
    frame = FRAME.assign(v=unit * (MIDDLE + values), exposure=1000.0 * unit)
    return CountModel("v", ("x", "z"), "exposure")(frame)


def panel(values, unit):
    both = np.concatenate([values[::-1], values])
    return PanelModel("v", ("x",), "exposure")(YEARS.assign(v=unit * (MIDDLE + both), exposure=1000.0 * unit))


TESTS = {
    "Freedman–Lane, HC3": lambda v, u: freedman_lane(linear(v, u), "x", strata="pair"),
    "Freedman–Lane, classical": lambda v, u: freedman_lane(linear(v, u, "w"), "x", studentise="classical", draws=99),
    "wild bootstrap": lambda v, u: wild_bootstrap(linear(v, u, "w"), "x", "land"),
    "score bootstrap": lambda v, u: score_bootstrap(count(v, u), "x", "land"),
    "panel": lambda v, u: panel(v, u).sign_flips("x"),
    "joint test": lambda v, u: joint_test(CURVE, FRAME.assign(v=u * v), 99, seed=1),
    "Moran's I": lambda v, u: morans_i(FRAME.assign(value=u * v), WEIGHTS, 99, seed=1).iloc[[-1]],
    "Moran's I of residuals": lambda v, u: morans_i(linear(v, u), WEIGHTS, 99, seed=1).iloc[[-1]],
}  # fmt: skip


def p_of(test, values, unit):
    """All p of a test; the kind of refusal where it refuses the data."""
    try:
        return TESTS[test](np.asarray(values, dtype=float), unit)["p"].to_numpy(dtype=float)
    except ModelError as error:
        return str(error)[:20]


def agree(test, values, unit):
    one, other = p_of(test, values, 1.0), p_of(test, values, unit)
    if isinstance(one, str) or isinstance(other, str):
        assert one == other
        return
    np.testing.assert_array_equal(one, other)
    assert not (one <= 0).any()


numbers = st.integers(-40, 40).map(lambda whole: whole / 10)
cancelling = st.lists(numbers, min_size=4, max_size=4).map(lambda half: [*half, *(-v for v in half)])
shuffled = st.lists(numbers, min_size=8, max_size=8)


@pytest.mark.parametrize("test", TESTS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(values=st.one_of(cancelling, shuffled), power=st.integers(-12, 12))
def test_p_is_the_same_in_every_unit_and_never_nothing(test, values, power):
    agree(test, values, 10.0**power)


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e12])
@pytest.mark.parametrize("test", TESTS)
def test_large_and_small_numbers_mean_the_same(test, unit):
    agree(test, np.array(REPORTED) / 1e6, unit)
