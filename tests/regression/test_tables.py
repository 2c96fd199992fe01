"""Minimum detectable effect."""

import numpy as np
import pytest
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.tables import detectable_errors
from tests.goldens import check, golden


def test_detectable_effect_of_69_municipalities_and_8_regressors():
    block = golden("V33_power_n69")
    want = block["values"]["n69_k8_q1"]["a05"]
    f2 = detectable_errors(69 - 8 - 1) ** 2 / 69
    check(f2, want["f2"], block["tolerance"])
    check(f2 / (1 + f2), want["partial_r2"], block["tolerance"])


def test_a_coefficient_at_the_detectable_effect_is_found_four_times_in_five():
    df = 48 - 5 - 1
    found = stats.nct.sf(stats.t.isf(0.025, df), df, detectable_errors(df))
    assert found == pytest.approx(0.80, abs=1e-4)


def test_simulated_power_at_the_detectable_effect():
    rng = np.random.default_rng(2008)
    n, draws = 48, 4000
    x = rng.normal(size=n)
    x = (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).sum())  # classical standard error of the slope is 1
    slope = detectable_errors(n - 2)
    y = slope * x[:, None] + rng.normal(size=(n, draws))
    y -= y.mean(axis=0)
    b = x @ y
    s2 = (y**2).sum(axis=0) - b**2
    t = b / np.sqrt(s2 / (n - 2))
    found = (np.abs(t) > stats.t.isf(0.025, n - 2)).mean()
    assert found == pytest.approx(0.80, abs=3 * np.sqrt(0.16 / draws))


@pytest.mark.parametrize(("df", "alpha", "level"), [(2, 0.001, 0.9), (2, 0.05, 0.99), (5, 0.05, 0.8), (1e6, 0.05, 0.8)])
def test_the_detectable_errors_are_found_with_the_power_asked_for(df, alpha, level):
    errors = detectable_errors(df, alpha, level)
    assert stats.ncf.sf(stats.f.isf(alpha, 1, df), 1, df, errors**2) == pytest.approx(level, abs=1e-8)


def test_a_power_below_the_level_is_refused():
    with pytest.raises(ModelError, match="0 < alpha < power < 1"):
        detectable_errors(20, 0.05, 0.04)
