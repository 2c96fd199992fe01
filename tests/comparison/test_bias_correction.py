"""Bias-corrected scores: their order, a frontier that is known, and the fast programs beside HiGHS."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from optkommunen.comparison.frontier import bias_correction, linear_programs
from optkommunen.comparison.frontier.bias_correction import bandwidth, pseudo_scores, scores_of_draws
from optkommunen.comparison.frontier.envelopment import Frontier
from optkommunen.comparison.frontier.scores import ALL_EFFICIENT, NOISY
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.values import SYNTHETIC_KEYS
from tests.comparison.test_frontier import FRAME, IN, KINDS, OUT, frame_of

kinds = pytest.mark.parametrize(("returns", "orientation"), KINDS)


@kinds
def test_a_corrected_score_is_below_the_raw_one_and_its_limits_are_ordered(returns, orientation):
    table = Frontier(IN, OUT, returns, orientation, ("rooms",))(FRAME).bootstrap(draws=300)
    assert (table["value"] <= table["score"] + 1e-9).all()
    assert (table["lower"] <= table["upper"]).all()
    assert (table["upper"] <= table["score"] + 1e-9).all()
    np.testing.assert_allclose(table["value"], table["score"] - table["bias"])


@kinds
def test_fast_programs_equal_those_of_highs(returns, orientation):
    programs = Frontier(IN, OUT, returns, orientation, ("rooms",))(frame_of(40, 2, whole=True)).programs
    factors = np.exp(np.random.default_rng(3).normal(0, 0.3, (25, 40)))
    fast = scores_of_draws(programs, factors)
    for draw, factor in enumerate(factors):
        moved = programs.points * np.where(programs.moves[:, None], factor, 1)
        np.testing.assert_allclose(fast[draw], linear_programs.scores(replace(programs, points=moved)), rtol=1e-9)


def test_what_the_fast_programs_leave_unsolved_goes_to_highs():
    programs = Frontier(IN, OUT, "variable")(FRAME).programs
    factors = np.exp(np.random.default_rng(3).normal(0, 0.3, (4, 30)))
    np.testing.assert_allclose(scores_of_draws(programs, factors, pivots=3), scores_of_draws(programs, factors))


def test_a_fast_program_that_is_not_proved_optimal_goes_to_highs(monkeypatch):
    programs = Frontier(IN, OUT)(FRAME).programs
    factors = np.exp(np.random.default_rng(3).normal(0, 0.3, (4, 30)))
    proved = scores_of_draws(programs, factors)
    monkeypatch.setattr(bias_correction, "_DRIFT", -1.0)
    assert np.isnan(bias_correction._dual_simplex(programs.points[None], programs, 60)).all()
    np.testing.assert_allclose(scores_of_draws(programs, factors), proved)


def test_a_frontier_of_unmoved_points_gives_the_scores_themselves():
    result = Frontier(IN, OUT, "variable", "output")(FRAME)
    np.testing.assert_allclose(scores_of_draws(result.programs, np.ones((1, 30)))[0], result.theta)


def known_frontier(seed):
    """Units that place one person an employee at best; true scores are known. 69 units, constant returns."""
    rng = np.random.default_rng(seed)
    truth = np.exp(-np.abs(rng.normal(0, 0.3, 69)))
    angle = rng.uniform(0.2, 1.3, 69)
    staff = np.exp(rng.normal(3, 0.6, 69))
    columns = {"staff": staff, "placed": staff * truth * np.cos(angle), "trained": staff * truth * np.sin(angle)}
    return pd.DataFrame({"kommune": SYNTHETIC_KEYS, **columns}), truth


@pytest.fixture(scope="module")
def against_the_truth():
    """Twelve samples: mean and least error of raw scores, mean error of corrected ones, share of limits that hold."""
    found = []
    for seed in range(12):
        frame, truth = known_frontier(seed)
        table = Frontier(("staff",), ("placed", "trained"))(frame).bootstrap(draws=400)
        raw = table["score"] - truth
        covered = (table["lower"] <= truth) & (truth <= table["upper"])
        found.append({"raw": raw.mean(), "least": raw.min(), "corrected": (table["value"] - truth).mean()})
        found[-1]["covered"] = covered.mean()
    return pd.DataFrame(found)


def test_no_score_is_below_the_true_one_of_a_known_frontier(against_the_truth):
    assert against_the_truth["least"].min() > -1e-9


def test_the_correction_takes_most_of_the_bias_off_scores_of_a_known_frontier(against_the_truth):
    assert abs(against_the_truth["corrected"].mean()) < against_the_truth["raw"].mean() / 2


def test_intervals_cover_most_but_not_95_percent_of_the_scores_of_a_known_frontier(against_the_truth):
    assert 0.75 < against_the_truth["covered"].mean() < 0.95


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    result = Frontier(IN, OUT)(FRAME)
    pd.testing.assert_frame_equal(result.bootstrap(draws=100, seed=1), result.bootstrap(draws=100, seed=1))
    assert not result.bootstrap(draws=100, seed=1)["value"].equals(result.bootstrap(draws=100, seed=2)["value"])


def test_neither_order_nor_units_of_measurement_change_a_corrected_score():
    one = Frontier(IN, OUT)(FRAME).bootstrap(draws=100).set_index("kommune")
    frame = FRAME.assign(staff=FRAME["staff"] * 1000).sample(frac=1, random_state=1)
    other = Frontier(IN, OUT)(frame).bootstrap(draws=100).set_index("kommune")
    columns = ["value", "lower", "upper"]
    np.testing.assert_allclose(other.loc[one.index, columns], one[columns], rtol=1e-8)


def test_several_levels_are_nested_and_none_changes_no_value():
    result = Frontier(IN, OUT)(FRAME)
    table = result.bootstrap(draws=200, level=[0.8, 0.95])
    narrow, wide = table[table["level"] == 0.8], table[table["level"] == 0.95]
    assert (wide["lower"].to_numpy() <= narrow["lower"].to_numpy()).all()
    assert (wide["upper"].to_numpy() >= narrow["upper"].to_numpy()).all()
    off = result.bootstrap(draws=200, level=None)
    np.testing.assert_array_equal(off["value"], wide["value"])
    assert off[["lower", "upper", "level"]].isna().all().all()


def test_where_all_are_efficient_there_is_no_correction_and_a_reason():
    table = Frontier(IN, OUT)(FRAME.assign(staff=2.0, rooms=3.0, placed=4.0, trained=5.0)).bootstrap(draws=100)
    assert table["value"].isna().all()
    assert (table["note"] == ALL_EFFICIENT).all()
    assert (table["status"] == "missing").all()


def test_a_correction_smaller_than_its_noise_is_named():
    table = Frontier(IN, OUT, "variable")(FRAME).bootstrap(draws=300)
    noisy = table["bias"] ** 2 <= 3 * table["se"] ** 2
    assert noisy.any()
    assert ((table["note"] == NOISY) == noisy).all()


@pytest.mark.parametrize(
    ("draws", "level", "fewest"),
    [(0, 0.95, 39), (1, 0.95, 39), (9, 0.95, 39), (19, 0.95, 39), (38, 0.95, 39), (998, (0.95, 0.998), 999),
     (39.0, 0.95, 39), (True, None, 1), (0, None, 1), (-5, None, 1)],
)  # fmt: skip
def test_too_few_draws_for_the_level_are_refused(draws, level, fewest):
    with pytest.raises(OptkommunenError, match=f"a whole number of draws, at least {fewest}; found"):
        Frontier(IN, OUT)(FRAME).bootstrap(draws=draws, level=level)


def test_the_fewest_draws_of_the_level_are_enough():
    table = Frontier(IN, OUT)(FRAME).bootstrap(draws=39)
    assert (table["lower"] < table["upper"]).all()


def test_one_draw_has_no_standard_deviation():
    with pytest.raises(ComparisonError, match="needs two of them; found 1"):
        Frontier(IN, OUT)(FRAME).bootstrap(draws=1, level=None)


def test_the_bandwidth_is_the_rule_worked_out_by_hand():
    # Mirror images of .5 .6 .7 .8 about 1; standard deviation √(8·(.25+.16+.09+.04)·2/8 / 7); quartiles .675 and 1.325.
    spread = np.sqrt(2 * (0.25 + 0.16 + 0.09 + 0.04) / 7)
    scores = np.array([0.5, 0.6, 0.7, 0.8, 1.0])
    want = 1.06 * min(spread, 0.65 / 1.34) * 8**-0.2 * (8 / 5) ** 0.2 * np.sqrt(0.148 / 4) / spread
    assert bandwidth(scores) == pytest.approx(want)


def test_smoothing_keeps_the_spread_of_the_scores_below_one_and_stays_within_bounds():
    theta = np.random.default_rng(4).uniform(0.4, 1, 69)
    drawn = pseudo_scores(theta, bandwidth(theta), draws=4000, seed=5)
    assert drawn.min() > 0
    assert 0.9999 < drawn.max() <= 1
    assert np.mean((1 - drawn) ** 2) == pytest.approx(np.mean((1 - theta) ** 2), rel=0.01)
