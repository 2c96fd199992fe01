"""Transient variance: against brute force and closed form, recovered from counts of every size, by fifth of size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.comparison.transient import BY_SIZE, Levels, transient_by_size, transient_variance
from optkommunen.comparison.variance import sampling_variance
from optkommunen.errors import ComparisonError
from optkommunen.values import SYNTHETIC_KEYS


def panel(values, variance=0.0):
    """Frame of an array (units, years)."""
    n, years = values.shape
    frame = pd.DataFrame({"kommune": np.repeat(SYNTHETIC_KEYS[:n], years), "value": values.ravel()})
    frame["period"] = np.tile([str(2006 + i) for i in range(years)], n)
    return frame.assign(variance=np.broadcast_to(variance, values.shape).ravel())


VALUES = np.array([[20.0, 23, 26], [30, 29, 35], [25, 25, 40], [22, 30, 31]])


def brute(frame, weight):
    """ω² by the formula, with the leverages of the rows times the root of their weight."""
    x = pd.get_dummies(frame[["kommune", "period"]], dtype=float).to_numpy() * np.sqrt(weight)[:, None]
    hat = x @ np.linalg.pinv(x)
    y = np.sqrt(weight) * frame["value"].to_numpy()
    squares, free = (y - hat @ y) ** 2, 1 - np.diag(hat)
    return max(0.0, (squares.sum() - (free * weight * frame["variance"]).sum()) / (free * weight).sum())


def test_without_a_denominator_it_is_the_mean_square_less_the_mean_sampling_variance():
    residual = VALUES - VALUES.mean(axis=1, keepdims=True) - VALUES.mean(axis=0) + VALUES.mean()
    want = (residual**2).sum() / ((4 - 1) * (3 - 1)) - 2.0
    assert transient_variance(panel(VALUES, 2.0)).omega2 == pytest.approx(want, rel=1e-12)


def test_it_is_cut_off_once_and_not_unit_by_unit():
    assert transient_variance(panel(VALUES, 1000.0)).omega2 == 0
    still = np.vstack([VALUES, np.tile([[10.0], [20]], 3)])  # two that chance ought to move and that do not
    by_hand = brute(panel(still, 2.0), np.ones(18))
    assert transient_variance(panel(still, 2.0)).omega2 == pytest.approx(by_hand, rel=1e-10)


def test_weights_of_one_over_the_sampling_variance_give_cochrans_q_less_its_degrees_of_freedom():
    rng = np.random.default_rng(4)
    values, variance = rng.normal(20, 3, (12, 4)), rng.uniform(0.5, 4, (12, 4))
    frame = panel(values, variance).assign(denominator=1 / variance.ravel()).drop(index=[1, 14, 30])
    w = frame["denominator"].to_numpy()
    x = pd.get_dummies(frame[["kommune", "period"]], dtype=float).to_numpy()
    y = frame["value"].to_numpy()
    beta = np.linalg.lstsq(x * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    q = (w * (y - x @ beta) ** 2).sum()
    c = w.sum() - np.trace(np.linalg.pinv(x.T @ (w[:, None] * x)) @ x.T @ (w[:, None] ** 2 * x))
    df = len(frame) - 12 - 4 + 1
    assert q > df
    assert transient_variance(frame).omega2 == pytest.approx((q - df) / c, rel=1e-9)


def test_equal_rows_have_the_degrees_of_freedom_of_two_way_residuals():
    assert transient_variance(panel(VALUES, 2.0)).df == pytest.approx((4 - 1) * (3 - 1))
    assert transient_variance(panel(VALUES, 0.0)).df == pytest.approx((4 - 1) * (3 - 1))
    still = np.tile([[10.0], [20], [30]], 3)  # no variance at all, sampled or transient
    assert transient_variance(panel(still, 0.0)).df == pytest.approx((3 - 1) * (3 - 1))


def test_degrees_of_freedom_are_twice_the_squared_mean_of_the_estimate_over_its_variance():
    rng, denominator = np.random.default_rng(7), np.geomspace(1, 30, 8).repeat(3)
    frame = panel(np.zeros((8, 3)), (1 / denominator).reshape(8, 3)).assign(denominator=denominator)
    levels = Levels.of(frame)
    variance = 1 / denominator + 0.5
    drawn = rng.normal(size=(100_000, 24)) * np.sqrt(variance)
    squares = levels.squares(drawn).sum(axis=1)
    found = levels.degrees(variance)
    assert found == pytest.approx(2 * squares.mean() ** 2 / squares.var(), rel=0.02)
    assert found < (8 - 1) * (3 - 1) - 1  # unlike weights leave less than as many rows of equal weight


def test_years_that_are_missing_change_the_leverages_and_nothing_else():
    six = np.hstack([VALUES, VALUES[:, ::-1]])
    frame = panel(six, 1.0).assign(denominator=np.repeat([100.0, 250, 400, 1000], 6)).drop(index=[1, 9])
    found = transient_variance(frame)
    assert found.omega2 == pytest.approx(brute(frame, frame["denominator"].to_numpy()), rel=1e-10)
    assert (found.n_years, found.n_units) == (6, 4)


class Panels:
    """Many panels of 69 units over three years: `events` is the median, ω the share of the rate that passes."""

    def __init__(self, events, sets, seed, omega=0.15, fall=0.0, gaps=False):
        rng = np.random.default_rng(seed)
        stock = rng.lognormal(0, 0.6, (69, 1)) * events / 0.25 * np.array([1, 1.03, 0.97])
        level, year = rng.normal(0.25, 0.03, (69, 1)), np.array([0, 0.012, -0.007])
        sd = 0.25 * omega * (stock / np.median(stock)) ** fall
        rate = level + year + sd * rng.standard_normal((sets, 69, 3))
        self.frame = panel(stock).assign(denominator=stock.ravel())
        keep = self.frame.index.difference(np.arange(0, 30, 6) if gaps else [])
        self.frame, size = self.frame.loc[keep], stock.ravel()[keep]
        self.counts = rng.poisson(stock * np.maximum(rate, 0)).reshape(sets, -1)[:, keep]
        self.values, self.variances = self.counts / size, self.counts / size**2
        self.omega2, self.size = (0.25 * omega) ** 2, self.frame.groupby("kommune")["denominator"].mean()

    def excess(self):
        return Levels.of(self.frame).excess(self.values, self.variances)

    def by_fifth(self):
        fifth = np.ceil(5 * self.size.rank() / 69)
        return Levels.of(self.frame).excess_by(self.frame["kommune"].map(fifth), self.values, self.variances)

    def one(self, i):
        frame = self.frame.assign(value=self.values[i], numerator=self.counts[i].astype(float))
        return frame.assign(variance=sampling_variance(frame["numerator"], frame["denominator"]))


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(("events", "omega"), [(6, 0.3), (60, 0.15), (2300, 0.06)])
def test_the_true_variance_is_recovered_at_every_size(events, omega, gaps):
    panels = Panels(events, 3000, seed=7, omega=omega, gaps=gaps)
    assert 0.97 < np.maximum(panels.excess(), 0).mean() / panels.omega2 < 1.03


def test_the_frame_and_the_arrays_say_the_same():
    panels = Panels(6, 3, seed=2, omega=0.3)
    for i, excess in enumerate(panels.excess()):
        assert transient_variance(panels.one(i)).omega2 == pytest.approx(max(0, excess), rel=1e-10)
    for i, fifths in enumerate(panels.by_fifth()):
        np.testing.assert_allclose(transient_by_size(panels.one(i))["value"], np.sqrt(np.maximum(fifths, 0)))


def test_where_nothing_moves_nearly_nothing_is_added():
    panels = Panels(60, 2000, seed=5, omega=0.0)
    assert np.maximum(panels.excess(), 0).mean() < 0.06 * panels.variances.mean()


def test_rows_without_event_have_no_variance_of_their_own_to_subtract():
    panels = Panels(1.5, 10, seed=1, omega=0.5)
    for i, excess in enumerate(panels.excess()):
        frame = panels.one(i)
        assert transient_variance(frame).omega2 == pytest.approx(max(0, excess), rel=1e-10)
        assert transient_variance(frame.drop(columns="numerator")).omega2 <= max(0, excess)


def test_the_denominator_makes_the_estimate_surer():
    panels = Panels(6, 2000, seed=9)
    plain = Levels.of(panels.frame.drop(columns="denominator")).excess(panels.values, panels.variances)
    assert abs(plain.mean() - panels.omega2) < 3 * plain.std() / np.sqrt(2000)
    assert panels.excess().std() < 0.9 * plain.std()


@pytest.mark.parametrize("events", [6, 300])
def test_one_omega_for_all_sizes_is_the_same_in_each_fifth(events):
    panels = Panels(events, 3000, seed=6, omega=0.3)
    se = panels.by_fifth().std(axis=0) / np.sqrt(3000)
    np.testing.assert_array_less(abs(panels.by_fifth().mean(axis=0) - panels.omega2), 3 * se)


def test_an_omega_that_falls_with_size_is_seen_by_fifth():
    panels = Panels(300, 1000, seed=8, fall=-0.4)
    found = np.sqrt(panels.by_fifth().mean(axis=0))
    assert (np.diff(found) < 0).all()
    size = np.exp(np.log(panels.size).groupby(np.ceil(5 * panels.size.rank() / 69)).mean())
    assert np.polyfit(np.log(size), np.log(found), 1)[0] == pytest.approx(-0.4, abs=0.06)


def test_fifths_are_told_with_their_sizes():
    table = transient_by_size(Panels(300, 1, seed=2).one(0))
    assert table.columns.tolist() == BY_SIZE
    assert table["n_units"].tolist() == [13, 14, 14, 14, 14]
    assert (table["smallest"].to_numpy()[1:] > table["largest"].to_numpy()[:-1]).all()
    assert table["status"].unique() == "synthetic"


def test_too_few_units_for_fifths_are_missing_with_the_reason():
    table = transient_by_size(panel(VALUES, 2.0).assign(denominator=100.0))
    assert table["value"].isna().all()
    assert table["note"].unique() == "ω by fifth of size needs ten units with three years, found 4"
    assert table["status"].unique() == "missing"


def test_years_that_nobody_shares_tell_nothing_and_say_so():
    first, later = panel(VALUES[:1], 1.0), panel(VALUES[1:2], 1.0)
    apart = pd.concat([first, later.assign(kommune="M02", period=lambda f: "1" + f["period"].str[1:])])
    assert transient_variance(apart).reason == "ω² needs years that units share, found none"


def test_a_fifth_that_shares_no_years_with_the_others_is_no_fifth():
    rng = np.random.default_rng(1)
    frame = panel(rng.normal(20, 2, (10, 3)), 1.0).assign(denominator=np.repeat(np.arange(100.0, 1100, 100), 3))
    for i, key in enumerate(("M01", "M02")):  # the smallest fifth
        own = frame["kommune"] == key
        frame.loc[own, "period"] = [str(1900 + 3 * i + t) for t in range(3)]
    assert transient_variance(frame).reason == ""
    assert transient_by_size(frame)["note"].str.contains("share none with others").all()


def test_size_is_needed_for_omega_by_size():
    with pytest.raises(ComparisonError, match="the column 'denominator'"):
        transient_by_size(panel(VALUES, 2.0))


def test_a_crisis_that_moves_all_alike_changes_nothing():
    moved = VALUES + np.array([0.0, -10, 3])
    assert transient_variance(panel(moved, 2.0)).omega2 == pytest.approx(transient_variance(panel(VALUES, 2.0)).omega2)


@settings(deadline=None, max_examples=13)
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
    found = transient_variance(frame)
    assert found[1:4] == (0, 0, "ω² needs three years, found 0")
    assert np.isnan([found.omega2, found.df]).all()


def test_without_periods_there_is_no_change():
    with pytest.raises(ComparisonError, match="need the column 'period'"):
        transient_variance(panel(VALUES).drop(columns="period"))
