"""Variances: between years against brute force and recovery, between units against goldens and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects

from optkommunen.comparison.variance import between_variance, sampling_variance, transient_variance
from optkommunen.errors import ComparisonError
from optkommunen.values import SYNTHETIC_KEYS
from tests.goldens import check, golden, golden_data


def panel(values, variance=0.0):
    """Frame of an array (units, years)."""
    n, years = values.shape
    frame = pd.DataFrame({"kommune": np.repeat(SYNTHETIC_KEYS[:n], years), "value": values.ravel()})
    frame["period"] = np.tile([str(2006 + i) for i in range(years)], n)
    return frame.assign(variance=np.broadcast_to(variance, values.shape).ravel())


VALUES = np.array([[20.0, 23, 26], [30, 29, 35], [25, 25, 40], [22, 30, 31]])


def test_the_sampling_variance_of_a_rate_and_of_a_share():
    np.testing.assert_allclose(sampling_variance([50], [200]), [50 / 200**2])
    np.testing.assert_allclose(sampling_variance([50], [200], "stock_quota"), [0.25 * 0.75 / 200])


def test_transient_variance_by_hand():
    residual = VALUES - VALUES.mean(axis=1, keepdims=True) - VALUES.mean(axis=0) + VALUES.mean()
    per_unit = (residual**2).sum(axis=1) / ((3 - 1) * (1 - 1 / 4))
    want = np.maximum(per_unit - 2.0, 0).mean()
    assert transient_variance(panel(VALUES, 2.0)).omega2 == pytest.approx(want, rel=1e-12)


def test_of_many_units_without_a_common_movement_it_is_the_variance_over_years():
    values = np.random.default_rng(1).normal(20, 2, (69, 3)) + np.random.default_rng(2).normal(0, 5, (69, 1))
    values -= values.mean(axis=0) - values.mean()
    plain = np.maximum(values.var(axis=1, ddof=1) - 0.5, 0).mean()
    assert transient_variance(panel(values, 0.5)).omega2 == pytest.approx(plain, rel=0.03)


def test_a_crisis_that_moves_all_alike_changes_nothing():
    moved = VALUES + np.array([0.0, -10, 3])
    assert transient_variance(panel(moved, 2.0)).omega2 == pytest.approx(transient_variance(panel(VALUES, 2.0)).omega2)


def test_a_unit_that_misses_a_year_enters_with_those_it_has():
    five = np.hstack([VALUES, VALUES[:, ::-1]])
    frame = panel(five, 1.0).drop(index=[1, 9])
    found = transient_variance(frame)
    x = pd.get_dummies(frame[["kommune", "period"]], dtype=float).to_numpy()
    hat = x @ np.linalg.pinv(x)
    residual = frame["value"].to_numpy() - hat @ frame["value"].to_numpy()
    rows = pd.DataFrame({"kommune": frame["kommune"], "r": residual**2, "df": 1 - np.diag(hat)})
    sums = rows.groupby("kommune").sum()
    assert found.omega2 == pytest.approx((sums["r"] / sums["df"] - 1.0).clip(lower=0).mean(), rel=1e-10)
    assert (found.n_years, found.n_units) == (6, 4)


def test_transient_variance_is_recovered():
    rng = np.random.default_rng(2008)
    exposure, level, omega = rng.lognormal(11, 0.6, (69, 1)), rng.normal(0.025, 0.004, (69, 1)), 0.002
    year = np.array([0, -0.003, 0.002, 0.001])
    found = []
    for _ in range(200):
        rate = level + year + rng.normal(0, omega, (69, 4))
        events = rng.poisson(exposure * rate)
        found.append(transient_variance(panel(events / exposure, sampling_variance(events, exposure))).omega2)
    # each unit is cut at 0, so a little more than the truth is expected, never less
    assert omega**2 - 3 * np.std(found) / np.sqrt(200) < np.mean(found) < 1.02 * omega**2


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(12)), st.sampled_from([0.01, 100.0]))
def test_order_and_unit_change_nothing_but_the_unit(order, scale):
    frame = panel(VALUES, 2.0)
    turned = frame.iloc[list(order)].assign(
        value=lambda f: f["value"] * scale, variance=lambda f: f["variance"] * scale**2
    )
    assert transient_variance(turned).omega2 == pytest.approx(scale**2 * transient_variance(frame).omega2, rel=1e-9)


def test_two_years_tell_nothing_and_say_so():
    found = transient_variance(panel(VALUES[:, :2]))
    assert np.isnan(found.omega2)
    assert found.reason == "ω² needs three years, found 2"


def test_years_must_be_of_the_same_unit():
    frame = panel(VALUES).drop(index=[1, 4, 7])
    assert transient_variance(frame).reason == "ω² needs two units with three years, found 1"


def test_months_are_no_years():
    frame = panel(VALUES).assign(period=lambda f: f["period"] + "-01")
    assert "the periods are no years" in transient_variance(frame).reason


def test_values_that_may_not_enter_do_not():
    frame = panel(VALUES, 2.0).assign(status="synthetic")
    fourth = frame["kommune"] == "M04"
    spoiled = frame.assign(value=frame["value"].mask(fourth, 99), status=frame["status"].mask(fourth, "unusable"))
    assert transient_variance(spoiled).omega2 == transient_variance(frame[frame["kommune"] != "M04"]).omega2


def test_nothing_known_is_a_reason_and_no_error():
    frame = panel(VALUES).assign(value=np.nan)
    assert transient_variance(frame) == (pytest.approx(np.nan, nan_ok=True), 0, 0, "ω² needs three years, found 0")


def test_without_periods_there_is_no_change():
    with pytest.raises(ComparisonError, match="need the column 'period'"):
        transient_variance(panel(VALUES).drop(columns="period"))


@pytest.mark.shared
def test_dersimonian_laird_of_the_bcg_trials():
    block = golden("V06_bcg_meta")
    data, want = golden_data("bcg"), block["values"]["DL"]
    found = between_variance(data["yi"], data["vi"], "DL")
    got = [found.mean, found.se, found.tau2, found.q, found.i2]
    check(got, [want[name] for name in ("mu", "se", "tau2", "Q", "I2")], block["tolerance"])


@pytest.mark.shared
@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_three_estimators_of_the_teacher_expectancy_studies(method):
    block = golden("V43_raudenbush_tau2")
    data, want = golden_data("raudenbush1985"), block["values"][method]
    found = between_variance(data["yi"], data["vi"], method)
    check([found.mean, found.se, found.tau2], [want["mu"], want["se"], want["tau2"]], block["tolerance"])


def studies(seed, k=30):
    rng = np.random.default_rng(seed)
    variances = rng.lognormal(-1, 1, k)
    return rng.normal(1, np.sqrt(0.5 + variances)), variances


@pytest.mark.parametrize(("method", "theirs"), [("DL", "dl"), ("PM", "pm")])
def test_estimators_equal_those_of_statsmodels(method, theirs):
    for seed in range(20):
        y, s2 = studies(seed)
        want = combine_effects(y, s2, method_re=theirs).tau2
        assert between_variance(y, s2, method).tau2 == pytest.approx(max(want, 0), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("mean", [None, 0.8])
def test_reml_is_the_highest_point_of_the_likelihood(mean):
    for seed in range(20):
        y, s2 = studies(seed)

        def likelihood(tau2, y=y, s2=s2):
            w = 1 / (tau2 + s2)
            centre = w @ y / w.sum() if mean is None else mean
            lost = np.log(w.sum()) if mean is None else 0
            return (np.log(w).sum() - lost - w @ (y - centre) ** 2) / 2

        found = between_variance(y, s2, "REML", mean=mean).tau2
        assert likelihood(found) >= max(likelihood(tau2) for tau2 in np.linspace(0, 20, 2001)) - 1e-10


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_around_a_known_mean_equal_variances_leave_the_mean_square_minus_theirs(method):
    y = np.array([1.0, 4, 7, 3])
    assert between_variance(y, np.full(4, 2.0), method, mean=3.0).tau2 == pytest.approx(((y - 3) ** 2).mean() - 2)


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_values_closer_than_chance_allows_have_no_variance_between(method):
    found = between_variance([1.0, 1.1, 0.9], [1.0, 2.0, 1.0], method)
    assert (found.tau2, found.i2) == (0, 0)


@pytest.mark.parametrize("method", ["DL", "PM", "REML"])
def test_tau2_has_the_squared_unit_of_the_values(method):
    y, s2 = studies(3)
    assert between_variance(1e3 * y, 1e6 * s2, method).tau2 == pytest.approx(1e6 * between_variance(y, s2, method).tau2)


def test_a_value_without_a_sampling_variance_is_refused():
    with pytest.raises(ComparisonError, match="found 3 values, 1 without such a variance"):
        between_variance([1, 2, 3], [1, 0, 1])


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ComparisonError, match="DL, PM or REML; found 'SJ'"):
        between_variance([1, 2, 3], [1, 1, 1], "SJ")
