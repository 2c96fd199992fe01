"""The committed recovery table: what it must show, and that the study makes it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.recovery import Recovery, summarised
from benchmarks.study import study

TABLE = pd.read_csv(Path(__file__).resolve().parents[1] / "benchmarks" / "recovery.csv").fillna({"term": ""})
INDEX = "provision_index"
PANEL = "panel with effects of municipality and year"
PRIMARY = "quasi-Poisson, HC3"
NOTHING = "five services, Holm: any of those without effect"


def of(case, estimator, term=INDEX):
    rows = TABLE[(TABLE["case"] == case) & (TABLE["estimator"] == estimator) & (TABLE["term"] == term)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_case_has_two_thousand_draws_of_every_estimator():
    assert (TABLE["draws"] == 2000).all()
    per_case = TABLE.groupby("case")[["estimator", "term"]].agg(lambda c: tuple(c))
    assert set(per_case.index) == {"complete", "no_effect", "own_need", "under_recording"}
    assert per_case["estimator"].nunique() == per_case["term"].nunique() == 1


@pytest.mark.parametrize("term", [INDEX, "waiting_days", "unemployment_rate", "ln_density"])
def test_the_primary_model_is_unbiased(term):
    row = of("complete", PRIMARY, term)
    assert abs(row["bias"]) < 3 * row["bias_se"]


@pytest.mark.parametrize("case", ["complete", "no_effect"])
def test_its_intervals_keep_their_promise(case):
    assert 0.93 <= of(case, PRIMARY)["coverage"] <= 0.98


@pytest.mark.parametrize(
    "estimator",
    ["OLS of the rate, HC3", "WLS of the rate, HC3", "OLS of ln rate, HC3", "fractional logit, average, HC3",
     "quasi-Poisson, average per 100 eHb, weights equal", "quasi-Poisson, average per 100 eHb, weights ehb",
     PANEL],
)  # fmt: skip
def test_other_estimators_find_their_own_estimand(estimator):
    row = of("complete", estimator)
    assert abs(row["bias"]) < max(4 * row["bias_se"], 0.02 * row["truth"])


def test_the_naive_model_is_biased_and_plain_poisson_covers_too_rarely():
    naive = of("complete", "naive: index and waiting time only, HC3")
    assert naive["bias"] < -0.3
    assert naive["coverage"] < 0.5
    assert of("complete", "quasi-Poisson, model")["coverage"] < 0.5


def test_the_index_is_found_nearly_always_and_holm_calls_nothing_something_rarely_enough():
    assert of("complete", PRIMARY)["rejected"] > 0.97
    row = of("no_effect", NOTHING, "")
    assert row["rejected"] <= 0.05 + 2 * row["rejected_se"]


@pytest.mark.parametrize(
    "estimator", ["WLS of the rate, wild bootstrap by Land", "quasi-Poisson, score bootstrap by Land",
                  "WLS of the rate, Freedman–Lane with HC3-t", "OLS of the rate, Freedman–Lane with HC3-t"],
)  # fmt: skip
def test_resampling_keeps_its_size(estimator):
    row = of("no_effect", estimator)
    assert abs(row["rejected"] - 0.05) < 0.02


def test_the_panel_with_its_small_sample_covariance_keeps_coverage_and_size():
    for case in ("complete", "no_effect", "own_need"):
        row = of(case, PANEL)
        assert 0.94 - 2 * row["coverage_se"] <= row["coverage"] <= 0.96
    assert of("no_effect", PANEL)["rejected"] <= 0.07


@pytest.mark.parametrize(("case", "most"), [("own_need", 0.8), ("under_recording", 0.2)])
def test_where_adjustment_must_fail_it_fails(case, most):
    assert of(case, PRIMARY)["coverage"] < most


def test_a_few_draws_made_anew_agree_with_the_table():
    seeds = range(12)
    drawn = summarised(study(Recovery(), seeds)).set_index(["estimator", "term"])
    for estimator in (PRIMARY, "WLS of the rate, HC3", "naive: index and waiting time only, HC3"):
        new, row = drawn.loc[(estimator, INDEX)], of("complete", estimator)
        assert abs(new["mean"] - row["mean"]) < 4 * row["sd"] / np.sqrt(len(seeds))
        assert new["mean_se"] == pytest.approx(row["mean_se"], rel=0.15)


def test_two_calls_give_the_same_draw():
    pd.testing.assert_frame_equal(Recovery("own_need")(5), Recovery("own_need")(5))
