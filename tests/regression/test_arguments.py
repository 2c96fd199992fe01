"""Levels, draws, k and alpha that are none are refused; what the data cannot carry is missing with the reason."""

import numpy as np
import pandas as pd
import pytest

from optkommunen.errors import OptkommunenError
from optkommunen.regression.alternatives import alternative_models
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, wald
from optkommunen.regression.influence import leave_group_out, leave_one_out
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.resampling import freedman_lane, pairs_bootstrap
from optkommunen.regression.sensitivity import oster, sensitivity
from optkommunen.regression.spatial import morans_i, nearest_weights
from optkommunen.regression.specification_summary import joint_test
from optkommunen.regression.specifications import SpecificationCurve
from optkommunen.regression.tables import detectable_errors
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap

RNG = np.random.default_rng(2008)
FRAME = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(24)],
        "land": np.repeat(list("ABCDEF"), 4),
        "x": RNG.normal(size=24),
        "z": RNG.normal(size=24),
        "w": RNG.uniform(1, 5, size=24),
        "exposure": RNG.uniform(2000, 9000, size=24),
    }
)
FRAME["y"] = 1 + 0.5 * FRAME["x"] + RNG.normal(size=24)
FRAME["events"] = RNG.poisson(0.2 * FRAME["exposure"] * np.exp(0.1 * FRAME["x"]))
FRAME["share"] = 0.3 + 0.02 * FRAME["x"] + 0.02 * RNG.uniform(size=24)
FRAME["line"] = 0.1 + 0.3 * FRAME["x"]
LINEAR = LinearModel("y", ("x", "z"))(FRAME)
COUNT = CountModel("events", ("x", "z"), "exposure")(FRAME)
CURVE = SpecificationCurve(("y",), "x", ("z",), weights=(None, "w"))
YEARS = [FRAME.assign(period=y, x=RNG.normal(size=24), events=RNG.poisson(900, 24)) for y in ("1", "2")]
PANEL = PanelModel("events", ("x",), "exposure")(pd.concat(YEARS, ignore_index=True))
PLACES = FRAME[["kommune", "x"]].assign(y=FRAME["z"])
VALUES = FRAME[["kommune"]].assign(value=FRAME["y"])

WITH_LEVEL = {
    "table": lambda level: LINEAR.table(level),
    "table of counts": lambda level: COUNT.table(level),
    "average marginal": lambda level: average_marginal(COUNT, "x", 1, level=level),
    "by cluster": lambda level: cluster_table(LINEAR, "land", level=level),
    "wild": lambda level: wild_bootstrap(LINEAR, "x", "land", level=level),
    "score": lambda level: score_bootstrap(COUNT, "x", "land", level=level),
    "pairs": lambda level: pairs_bootstrap(LINEAR, level=level, draws=99),
    "inference": lambda level: inference_table(LINEAR, "x", "land", level=level, draws=99),
    "curve": lambda level: SpecificationCurve(("y",), "x", ("z",), weights=(None,), level=level)(FRAME),
    "without a group": lambda level: leave_group_out(LINEAR, "x", "land", level=level),
    "panel": lambda level: PANEL.table(level),
    "signs of a panel": lambda level: PANEL.sign_flips("x", level=level, draws=99),
    "beside": lambda level: alternative_models(FRAME, level=level),
}
WITH_DRAWS = {
    "Freedman–Lane": lambda draws: freedman_lane(LINEAR, "x", draws=draws),
    "wild": lambda draws: wild_bootstrap(LINEAR, "x", "land", draws=draws),
    "score": lambda draws: score_bootstrap(COUNT, "x", "land", draws=draws),
    "pairs": lambda draws: pairs_bootstrap(LINEAR, draws=draws),
    "joint": lambda draws: joint_test(CURVE, FRAME, draws, seed=1),
    "Moran's I": lambda draws: morans_i(VALUES, nearest_weights(PLACES), draws, seed=1),
    "signs of a panel": lambda draws: PANEL.sign_flips("x", draws=draws),
    "inference": lambda draws: inference_table(LINEAR, "x", "land", draws=draws),
}


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, -0.1, 95, np.nan, "0.95", True, [0.95, 0.998]], ids=repr)
@pytest.mark.parametrize("call", WITH_LEVEL.values(), ids=WITH_LEVEL)
def test_a_level_is_one_number_between_nothing_and_one(call, level):
    with pytest.raises(OptkommunenError, match="level of an interval"):
        call(level)


@pytest.mark.parametrize("draws", [0, -1, 2.5, True, None], ids=repr)
@pytest.mark.parametrize("call", WITH_DRAWS.values(), ids=WITH_DRAWS)
def test_draws_are_a_whole_number(call, draws):
    with pytest.raises(OptkommunenError, match="whole number of draws"):
        call(draws)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sensitivity(LINEAR, "x", ("z",), k=(-1,)), "k positive; found -1"),
        (lambda: sensitivity(LINEAR, "x", ("z",), k=(0, np.nan)), "k positive; found 0, nan"),
        (lambda: sensitivity(LINEAR, "x", alpha=1.5), "alpha is the level of a test, between 0 and 1; found 1.5"),
        (lambda: sensitivity(LINEAR, "x", alpha=0), "between 0 and 1; found 0"),
        (lambda: oster(LINEAR, "x", np.nan), "r_max must lie between"),
        (lambda: detectable_errors(20, alpha=-0.05), "0 < alpha < power < 1"),
        (lambda: detectable_errors(20, power=1.0), "0 < alpha < power < 1"),
        (lambda: average_marginal(COUNT, "constant", 1), "that of a regressor: x, z; places do not differ"),
        (lambda: average_marginal(COUNT, "x", 0), "a number other than 0 in step; found step=0"),
        (lambda: average_marginal(COUNT, "x", np.nan), "found step=nan"),
        (lambda: average_marginal(COUNT, "x", 1, per=-100), "a positive number in per; found per=-100"),
        (lambda: nearest_weights(PLACES, 2.5), "whole number between 1 and 23; found k = 2.5"),
        (lambda: nearest_weights(PLACES, 0), "found k = 0"),
        (lambda: freedman_lane(LINEAR, "x", studentise="HC2"), "studentised by HC3 or classical; found 'HC2'"),
        (lambda: leave_group_out(LINEAR, "x", "land", kind="HC9"), "not 'HC9'"),
        (lambda: morans_i(VALUES.head(3), nearest_weights(PLACES.head(3), 1), 9, seed=1), "at least 4 .*; found 3"),
        (lambda: morans_i(VALUES, nearest_weights(PLACES, 23), 9, seed=1), "whatever order they come"),
    ],
)
def test_what_is_no_argument_is_an_error(call, message):
    with pytest.raises(OptkommunenError, match=message):
        call()


# ---- an outcome that follows the regressors exactly

WEIGHTS = pytest.mark.parametrize("weights", [None, "w"])
UNITS = pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
EXACTLY = "the outcome follows the regressors exactly"


def on_a_line(weights=None, unit=1.0):
    return LinearModel("line", ("x", "z"), weights)(FRAME.assign(line=unit * FRAME["line"]))


@WEIGHTS
@UNITS
def test_a_line_has_coefficients_and_no_error(weights, unit):
    table = on_a_line(weights, unit).table().set_index("term")
    assert table.at["x", "value"] == pytest.approx(0.3 * unit)
    assert table[["lower", "upper", "level", "se", "t", "p", "mde"]].isna().all(axis=None)
    assert table["note"].str.startswith(EXACTLY).all()
    assert table["method"].eq("none").all()
    assert np.isnan(wald(on_a_line(weights, unit), ["x", "z"]).p)


@WEIGHTS
@UNITS
def test_a_line_has_no_influence_from_rounding(weights, unit):
    table = leave_one_out(on_a_line(weights, unit), "x")
    np.testing.assert_allclose(table["value"], 0.3 * unit)
    assert table[["cook", "rstudent"]].isna().all(axis=None)
    assert table["note"].str.startswith(EXACTLY).all()


def test_one_off_a_line_has_no_studentised_residual():
    off = FRAME.assign(line=FRAME["line"] + (FRAME["kommune"] == "M05"))
    table = leave_one_out(LinearModel("line", ("x", "z"))(off), "x").set_index("kommune")
    assert table.index[table["rstudent"].isna()].tolist() == ["M05"]
    assert table.at["M05", "note"].startswith("without it the others follow the regressors exactly")
    assert table["cook"].gt(0).all()


@WEIGHTS
@UNITS
def test_the_robustness_of_a_line_is_one(weights, unit):
    headline, bounds = sensitivity(on_a_line(weights, unit), "x", ("z",))
    assert headline.loc[0, ["partial_r2", "RV", "RV_alpha"]].tolist() == [1, 1, 1]
    assert headline.loc[0, ["lower", "upper", "se", "t"]].isna().all()
    assert headline.at[0, "note"].startswith(EXACTLY)
    assert bounds[["value", "lower", "se", "t"]].isna().all(axis=None)
    idle = sensitivity(on_a_line(weights, unit), "z").headline.loc[0, ["partial_r2", "RV", "RV_alpha"]]
    assert idle.isna().all()


def test_a_strong_association_loses_no_digit_of_its_robustness():
    near = FRAME.assign(line=FRAME["line"] + 1e-7 * FRAME["y"])
    row = sensitivity(LinearModel("line", ("x", "z"))(near), "x").headline.iloc[0]
    assert row["RV"] == pytest.approx(1, abs=1e-6)
    assert 1 - row["RV"] == pytest.approx(row["df"] / row["t"] ** 2, rel=1e-3)


def test_nothing_changes_a_line_after_oster():
    mixed = FRAME.assign(line=0.1 + 0.3 * FRAME["x"] + 0.2 * FRAME["z"])
    row = oster(LinearModel("line", ("x", "z"))(mixed), "x").iloc[0]
    assert (row["r2_with"], row["r_max"]) == (1, 1)
    assert row["value"] == pytest.approx(0.3)


@pytest.mark.parametrize("term", ["x", "z"])
@UNITS
def test_resampling_a_line_gives_no_p(term, unit):
    fit = on_a_line("w", unit)
    for test in (
        freedman_lane(fit, term, draws=99),
        wild_bootstrap(fit, term, "land", level=0.95),
        pairs_bootstrap(fit, draws=99).assign(p=np.nan),
        cluster_table(fit, "land", [term]),
    ):
        assert test[["p", "lower", "upper"]].isna().all(axis=None)
        assert test["method"].eq("none").all()
        assert test["note"].str.startswith(EXACTLY).all()
    table = inference_table(fit, term, "land", draws=99)
    assert table[["p", "lower", "se"]].isna().all(axis=None)
    assert table["note"].str.startswith(EXACTLY).all()


def test_residuals_of_a_line_have_no_neighbours():
    with pytest.raises(OptkommunenError, match=f"Moran's I of residuals needs residuals; {EXACTLY}"):
        morans_i(on_a_line(), nearest_weights(PLACES), 9, seed=1)
    rounding = VALUES.assign(value=[0.3, *[0.1 + 0.2] * 23])
    with pytest.raises(OptkommunenError, match=r"all 24 values are 0\.3"):
        morans_i(rounding, nearest_weights(PLACES), 9, seed=1)


def test_counts_and_shares_on_their_curve_have_no_error():
    frame = FRAME.assign(
        events=FRAME["exposure"] * np.exp(-1 + 0.2 * FRAME["x"]), share=1 / (1 + np.exp(1 - 0.3 * FRAME["x"]))
    )
    for model in (CountModel("events", ("x", "z"), "exposure"), ShareModel("share", ("x", "z"), "w")):
        fit = model(frame)
        assert fit.phi == 0
        assert fit.table()[["se", "p"]].isna().all(axis=None)
        row = average_marginal(fit, "x", 1).iloc[0]
        assert row[["lower", "p"]].isna().all()
        assert row["note"].startswith(EXACTLY)
    test = score_bootstrap(CountModel("events", ("x", "z"), "exposure")(frame), "x", "land", level=0.9).iloc[0]
    assert np.isnan(test["p"])
    assert test["note"].startswith(EXACTLY)


def test_a_good_fit_far_from_zero_is_not_taken_for_a_line():
    far = FRAME.assign(line=1e6 + FRAME["line"] + 1e-4 * FRAME["y"])
    fit = LinearModel("line", ("x", "z"))(far)
    assert not fit.exact
    want = LinearModel("line", ("x", "z"))(FRAME.assign(line=FRAME["line"] + 1e-4 * FRAME["y"]))
    np.testing.assert_allclose(fit.table()["se"], want.table()["se"], rtol=1e-5)
