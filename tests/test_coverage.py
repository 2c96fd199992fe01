"""The committed coverage table of the comparison: what it must show, and that the study makes it."""

from pathlib import Path

import pandas as pd
import pytest

from optkommunen.studies import study
from optkommunen.synthetic.coverage import Coverage, summarised

TABLE = pd.read_csv(Path(__file__).resolve().parents[1] / "benchmarks" / "comparison_coverage.csv").set_index("measure")


def test_every_measure_has_two_thousand_draws():
    assert (TABLE["draws"] == 2000).all()


def test_intervals_with_the_change_between_years_hold_the_lasting_rate():
    assert TABLE.at["interval_s_omega", "value"] >= 0.95 - 2 * TABLE.at["interval_s_omega", "se"]


def test_chance_alone_holds_it_far_too_rarely_and_calls_most_different():
    assert TABLE.at["interval_s", "value"] < 0.7
    assert TABLE.at["called_different_s", "value"] > 2 * TABLE.at["called_different_s_omega", "value"]


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_rank_sets_hold_what_they_promise(kind):
    row = TABLE.loc[f"{kind}_s_omega"]
    assert row["value"] >= 0.95 - 2 * row["se"]


def test_rank_sets_by_chance_alone_miss_somebody_too_often():
    assert TABLE.at["simultaneous_s", "value"] < 0.7


def test_shrunken_rates_are_nearer_to_the_truth_than_raw_ones():
    assert TABLE.at["error_shrunken_to_raw_year", "value"] < 1


def test_intervals_of_shrunken_rates_hold_the_lasting_rate_from_three_years_only():
    assert TABLE.at["interval_shrunken_year", "value"] < 0.6
    assert TABLE.at["interval_shrunken_years", "value"] > 0.95


def test_the_spread_between_municipalities_is_recovered():
    assert TABLE.at["tau", "value"] == pytest.approx(TABLE.at["true_spread", "value"], rel=0.1)


def test_a_few_draws_made_anew_agree_with_the_table():
    drawn = summarised(study(Coverage(), range(8))).set_index("measure")
    for measure in ("omega", "interval_s_omega", "called_different_s"):
        assert abs(drawn.at[measure, "value"] - TABLE.at[measure, "value"]) < 5 * drawn.at[measure, "se"] + 1e-9


def test_two_calls_give_the_same_draw():
    pd.testing.assert_frame_equal(Coverage(draws=500)(4), Coverage(draws=500)(4))
