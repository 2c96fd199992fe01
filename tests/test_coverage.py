"""The committed coverage table of the comparison: what it must show, and that the study makes it."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.comparison_coverage import Coverage, summarised
from benchmarks.study import study

TABLE = pd.read_csv(Path(__file__).resolve().parents[1] / "benchmarks" / "comparison_coverage.csv").set_index("measure")
FIFTHS = range(1, 6)


def test_every_measure_has_two_thousand_draws():
    assert (TABLE["draws"] == 2000).all()


@pytest.mark.parametrize("interval", ["interval_s_omega", "interval_years"])
def test_intervals_with_the_change_between_years_hold_the_lasting_rate_in_95_per_cent(interval):
    assert 0.94 <= TABLE.at[interval, "value"] <= 0.96
    for fifth in FIFTHS:
        assert 0.935 <= TABLE.at[f"{interval}_fifth_{fifth}", "value"] <= 0.965


def test_chance_alone_holds_it_far_too_rarely_and_calls_most_different():
    assert TABLE.at["interval_s", "value"] < 0.6
    assert TABLE.at["called_different_s", "value"] > 2 * TABLE.at["called_different_s_omega", "value"]


def test_the_change_between_years_is_recovered_in_all_and_in_each_fifth_of_size():
    true = TABLE.at["true_omega", "value"]
    assert TABLE.at["omega", "value"] == pytest.approx(true, rel=0.03)
    for fifth in FIFTHS:
        assert TABLE.at[f"omega_fifth_{fifth}", "value"] == pytest.approx(true, rel=0.06)


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_rank_sets_hold_what_they_promise(kind):
    assert TABLE.at[f"{kind}_s_omega", "value"] >= 0.95


def test_rank_sets_by_chance_alone_miss_somebody_nearly_always():
    assert TABLE.at["simultaneous_s", "value"] < 0.1
    assert TABLE.at["marginal_s", "value"] < 0.9


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_where_all_are_equal_one_table_in_twenty_tells_anybody_apart(kind):
    for errors in ("", "_known"):
        row = TABLE.loc[f"equal_{kind}{errors}"]
        # a little less, as values that vary no more than by chance get no ranking at all
        assert 0.03 < row["value"] <= 0.05 + 2 * row["se"]


def test_estimated_standard_errors_taken_as_known_tell_too_many_apart():
    row = TABLE.loc["equal_simultaneous_normal"]
    assert row["value"] > 0.05 + 2 * row["se"]


def test_shrunken_rates_are_nearer_to_the_truth_than_raw_ones():
    assert TABLE.at["error_shrunken_to_raw_year", "value"] < 1
    assert TABLE.at["error_shrunken_to_raw_years", "value"] <= 0.9


def test_intervals_of_shrunken_rates_hold_the_lasting_rate_from_three_years_only():
    assert TABLE.at["interval_shrunken_year", "value"] < 0.6
    assert 0.94 <= TABLE.at["interval_shrunken_years", "value"] <= 0.96


def test_the_spread_between_municipalities_is_recovered():
    assert TABLE.at["tau", "value"] == pytest.approx(TABLE.at["true_spread", "value"], rel=0.03)


def test_a_few_draws_made_anew_agree_with_the_table():
    drawn = summarised(study(Coverage(draws=500), range(8))).set_index("measure")
    assert drawn.index.tolist() == TABLE.index.tolist()
    for measure in ("omega", "interval_s_omega", "interval_years", "called_different_s"):
        assert abs(drawn.at[measure, "value"] - TABLE.at[measure, "value"]) < 5 * drawn.at[measure, "se"] + 1e-9


def test_two_calls_give_the_same_draw():
    pd.testing.assert_frame_equal(Coverage(draws=500)(4), Coverage(draws=500)(4))
