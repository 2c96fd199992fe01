"""Invented returns and the studies' tables, by their public names."""

from pathlib import Path

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import OptkommunenError
from optkommunen.front.simulating import STUDIES
from optkommunen.regression import caseload_change
from optkommunen.regression import integration as spec
from optkommunen.synthetic import Effects, Generator

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def test_the_seed_of_the_bundled_set_draws_the_bundled_set():
    returns, truth = ok.simulate(seed=ok.load_truth()["seed"])
    bundled = ok.load_returns()
    for name in ("monthly", "annual", "services", "units"):
        pd.testing.assert_frame_equal(getattr(returns, name), getattr(bundled, name), check_dtype=False, rtol=1e-9)
    assert truth["estimands"] == ok.load_truth()["estimands"]


def test_a_scenario_is_that_of_the_generator_and_named_as_the_source():
    returns, truth = ok.simulate("under_recording", seed=5)
    drawn = Generator(seed=5, scenario="under_recording")()
    assert truth == drawn.truth
    pd.testing.assert_frame_equal(returns.services, drawn.services, check_dtype=False)
    assert returns.source == "optkommunen.synthetic, scenario under_recording, seed 5"
    model = ok.regress(returns)
    assert model.fit.coef.tolist() == ok.regress(spec.design(drawn).frame, outcome="eingliederungen", on=spec.PRIMARY,
                                                 exposure="ehb").fit.coef.tolist()  # fmt: skip


def test_effects_that_a_dict_does_not_name_are_none():
    assert ok.simulate(seed=1, effects={})[1]["parameters"]["effect_debt"] == 0
    by_dict, by_class = (
        ok.simulate(seed=1, effects={"debt": 0.4}),
        ok.simulate(seed=1, effects=Effects(childcare=0, debt=0.4, waiting=0)),
    )
    assert by_dict.truth == by_class.truth
    with pytest.raises(OptkommunenError, match=r"those of childcare, .*; found dept"):
        ok.simulate(seed=1, effects={"dept": 1})
    with pytest.raises(OptkommunenError, match="complete, own_need, under_recording"):
        ok.simulate("perfect", seed=1)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_is_the_stored_table(name):
    table, stored = ok.load_study(name), pd.read_csv(FOLDER / f"{name}.csv").rename(columns={"case": "scenario"})
    assert list(table.columns[: stored.shape[1]]) == list(stored.columns)
    assert len(table) == len(stored)
    assert name == "recovery" or table.shape == stored.shape
    numbers = stored.select_dtypes("number").columns
    pd.testing.assert_frame_equal(table[numbers], stored[numbers])
    assert table[stored.columns].drop(columns=numbers).notna().all(axis=None)


def test_power_is_what_is_found_where_there_is_something_and_size_where_there_is_nothing():
    study = ok.load_study("recovery").set_index(["scenario", "estimator", "term"]).sort_index()
    stored = (
        pd.read_csv(FOLDER / "recovery.csv").fillna({"term": ""}).set_index(["case", "estimator", "term"]).sort_index()
    )
    row = ("own_need", "quasi-Poisson, HC3", "provision_index")
    assert study.at[row, "power_pct"] == study.at[row, "rejected_pct"] == 100 * stored.at[row, "rejected"]
    assert study.at[row, "size_pct"] == 100 * stored.at[("no_effect", *row[1:]), "rejected"]
    assert study.at[row, "bias_pct"] == pytest.approx(100 * stored.at[row, "bias"] / stored.at[row, "truth"])
    assert study.at[row, "coverage_pct"] == 100 * stored.at[row, "coverage"]
    assert study.loc["no_effect", "power_pct"].isna().all()
    assert study.loc["complete", "power_pct"].notna().any()
    assert study["status"].eq("synthetic").all()


def test_every_stored_table_is_a_study_and_another_name_is_refused_with_the_list():
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == list(STUDIES)
    with pytest.raises(
        OptkommunenError, match="comparison_coverage, funnel, panel_size, recovery, speed; found 'ranks'"
    ):
        ok.load_study("ranks")


def test_the_design_of_the_real_regression_is_the_stated_one():
    for everywhere in (False, True):
        frame = ok.childcare_design(everywhere=everywhere)
        want = caseload_change.design(everywhere=everywhere)
        pd.testing.assert_frame_equal(frame.drop(columns=["source", "design"]), want)
    controls = [caseload_change.EXPOSURE, *caseload_change.CONTROLS]
    west = ok.childcare_design()
    stated = {(f.model.outcome, f.model.weights): f for f in caseload_change.models(caseload_change.design())[::-1]}
    for (outcome, weights), fit in stated.items():
        model = ok.regress(west, outcome=outcome, on=controls, weights=weights)
        assert model.fit.coef.tolist() == fit.coef.tolist()
        assert ok.regress(west, outcome=outcome, weights=weights).table.equals(model.table)
    everywhere = ok.childcare_design(everywhere=True)
    within = ok.regress(everywhere, outcome="ehb_change", on=[*controls, "east"])
    assert ok.regress(everywhere, outcome="ehb_change").table.equals(within.table)
    with pytest.raises(OptkommunenError, match="needs an outcome and regressors"):
        ok.regress(west.drop(columns="design"), outcome="ehb_change")
