"""The committed study of panels in which few municipalities change: what it must show, and that the study makes it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TABLE = pd.read_csv(Path(__file__).resolve().parents[1] / "benchmarks" / "panel_size.csv")
PLAIN = TABLE[TABLE["errors"] == "independent"]


def test_every_case_has_a_thousand_draws():
    numbers = set(zip(PLAIN["units"], PLAIN["changing"], strict=True))
    assert numbers == {(30, 1), (30, 2), (30, 3), (30, 5), (30, 10), (30, 15), (3, 3), (6, 6), (10, 10), (69, 69)}
    assert (TABLE.groupby(["errors", "units", "changing"])["regressor"].agg(set) == {"steps", "random"}).all()
    assert (TABLE["draws"] >= 1_000).all()


def test_the_size_is_at_most_seven_per_cent_everywhere():
    assert TABLE["size"].max() <= 0.07


def test_the_signs_keep_their_size_where_errors_are_alike():
    assert (PLAIN["size_sign_flips"] <= 0.07).all()
    few = PLAIN["changing"] < 6
    assert (PLAIN.loc[few, "size_sign_flips"] == 0).all()  # no p is small enough


def test_the_intervals_of_69_that_change_hold_what_they_promise():
    assert PLAIN.loc[PLAIN["units"] == 69, "coverage"].between(0.94, 0.96).all()
    assert (PLAIN.loc[PLAIN["units"] == 69, "refused"] == 0).all()


def test_without_the_rule_one_changing_municipality_rejects_two_true_hypotheses_in_three():
    alone = PLAIN[PLAIN["changing"] == 1]
    assert alone["size_cr1"].between(0.6, 0.75).all()
    assert (alone["refused"] == 1).all()
    assert (alone["effective_clusters"] < 1.2).all()
    assert PLAIN.loc[PLAIN["changing"].between(2, 3), "size_cr1"].min() > 0.12


def test_what_is_refused_falls_as_more_change():
    assert (PLAIN.loc[PLAIN["changing"] <= 3, "refused"] == 1).all()
    of_thirty = PLAIN[PLAIN["units"] == 30].pivot(index="changing", columns="regressor", values="refused")
    assert (of_thirty.diff().iloc[1:] <= 0).all(axis=None)
    assert of_thirty.loc[15].max() < 0.1


@pytest.mark.parametrize(("regressor", "changing"), [("steps", 1), ("random", 10)])
def test_a_few_draws_made_anew_agree_with_the_table(regressor, changing):
    from benchmarks.panel_size import Case, row

    case = Case("independent", regressor, 30, changing)
    drawn = row(case, 60)
    kept = PLAIN.set_index(["regressor", "units", "changing"]).loc[(regressor, 30, changing)]
    for name in ("size", "size_cr1", "size_sign_flips", "refused"):
        assert abs(drawn[name] - kept[name]) <= 4 * np.sqrt(kept[name] * (1 - kept[name]) / 60) + 1e-9
    assert drawn["effective_clusters"] == pytest.approx(kept["effective_clusters"], rel=0.15)


def test_a_panel_is_that_of_its_number():
    from benchmarks.panel_size import Case

    case = Case("serial", "steps", 10, 10)
    pd.testing.assert_frame_equal(case.panel(3), case.panel(3))
    assert not case.panel(3).equals(case.panel(4))
