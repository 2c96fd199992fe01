"""Omitted variables: goldens, an actual confounder, and limits of what a confounder can be."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.sensitivity import _robustness, oster, sensitivity
from tests.goldens import check, golden, golden_data
from tests.regression.test_linear import FRAME, MODEL

RNG = np.random.default_rng(20190601)


@pytest.fixture
def darfur():
    data = golden_data("darfur")
    # A village with one respondent fits itself; with its dummy it changes neither coefficient nor n - k.
    data = data[data.groupby("village")["village"].transform("size") > 1].reset_index(drop=True)
    villages = pd.get_dummies(data["village"], drop_first=True, dtype=float)
    people = ("age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female")
    frame = pd.concat([data.drop(columns="village"), villages], axis=1).assign(kommune=data.index.astype(str))
    return LinearModel("peacefactor", ("directlyharmed", *people, *villages.columns))(frame)


@pytest.mark.shared
def test_darfur(darfur):
    block = golden("V19_sensemakr_darfur")
    want = block["values"]
    headline, bounds = sensitivity(darfur, "directlyharmed", ("female",), k=(1,))
    for ours, theirs in {
        "value": "est", "se": "se", "t": "t", "df": "df", "partial_r2": "partial_r2", "RV": "RV_q1",
        "RV_alpha": "RV_q1_a05",
    }.items():  # fmt: skip
        check(headline[ours].iloc[0], want[theirs], block["tolerance"])
    for ours, theirs in {"r2_dz": "r2dz", "r2_yz": "r2yz", "value": "est", "se": "se", "t": "t"}.items():
        check(bounds[ours].iloc[0], want["bench_female"]["1"][theirs], block["tolerance"])


@pytest.mark.shared
def test_oster_mtcars():
    block = golden("V20_oster_mtcars")
    cars = golden_data("mtcars")
    fit = LinearModel("mpg", ("wt", "hp", "qsec"))(cars.rename(columns={cars.columns[0]: "kommune"}))
    row = oster(fit, "wt", r_max=0.9).iloc[0]
    for ours, theirs in {
        "delta": "delta_star_R2max0.9", "value": "beta_star_delta1_R2max0.9", "value_without": "beta_unc",
        "value_with": "beta_ctl", "r2_without": "R2_unc", "r2_with": "R2_ctl",
    }.items():  # fmt: skip
        check(row[ours], block["values"][theirs], block["tolerance"])


@pytest.mark.parametrize("weights", [None, "w"])
def test_a_confounder_of_known_strength_changes_value_and_error_as_the_formula_says(weights):
    """Leave z out; its own partial R² then describe it exactly, and the adjustment must give the model with z."""
    small, full = LinearModel("y", ("x",), weights)(FRAME), LinearModel("y", ("x", "z"), weights)(FRAME)
    w = np.ones(len(FRAME)) if weights is None else FRAME["w"]

    def rss(y, names):
        return sm.WLS(FRAME[y], sm.add_constant(FRAME[names]), weights=w).fit().ssr

    r2_dz = 1 - rss("x", ["z"]) / sm.WLS(FRAME["x"], np.ones(len(FRAME)), weights=w).fit().ssr
    r2_yz = 1 - rss("y", ["x", "z"]) / rss("y", ["x"])
    row = sensitivity(small, "x").headline.iloc[0]
    bias = row["se"] * np.sqrt(row["df"] * r2_yz * r2_dz / (1 - r2_dz))
    assert abs(row["value"] - full.coef[1]) == pytest.approx(bias, rel=1e-10)
    se = row["se"] * np.sqrt((1 - r2_yz) / (1 - r2_dz) * row["df"] / (row["df"] - 1))
    assert se == pytest.approx(np.sqrt(full.covariance("classical")[1, 1]), rel=1e-10)


@pytest.mark.parametrize("weights", [None, "w"])
def test_partial_r2_of_one_benchmark_are_those_of_its_t(weights):
    fit = LinearModel("y", ("x", "z", "v"), weights)(FRAME.assign(v=FRAME["x"] ** 2))
    row = sensitivity(fit, "x", ("z",), k=(1,)).bounds.iloc[0]
    w = np.ones(len(FRAME)) if weights is None else FRAME["w"]
    t_d = sm.WLS(FRAME["x"], sm.add_constant(fit.data[["z", "v"]]), weights=w).fit().tvalues["z"]
    assert row["r2_dz"] == pytest.approx(t_d**2 / (len(FRAME) - 3), rel=1e-8)  # f² of z in the regression of x


def test_a_group_counts_as_a_whole():
    fit = LinearModel("y", ("x", "z", "v"))(FRAME.assign(v=FRAME["x"] ** 2))
    bounds = sensitivity(fit, "x", (("z", "v"),), k=(0.5, 1)).bounds
    assert bounds["benchmark"].tolist() == ["z + v"] * 2
    r2 = sm.OLS(FRAME["x"], sm.add_constant(fit.data[["z", "v"]])).fit().rsquared
    assert bounds["r2_dz"].iloc[1] == pytest.approx(r2 / (1 - r2), rel=1e-10)


def test_robustness_value_of_t_2_and_60_degrees_of_freedom():
    assert _robustness(2 / 60**0.5) == pytest.approx(0.227, abs=5e-4)


def test_an_insignificant_coefficient_has_robustness_zero_at_alpha():
    weak = LinearModel("noise", ("x", "z"))(FRAME.assign(noise=np.random.default_rng(5).normal(size=len(FRAME))))
    row = sensitivity(weak, "x").headline.iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert row["RV_alpha"] == 0


def test_more_than_all_of_the_outcome_is_set_to_all_with_a_note():
    row = sensitivity(MODEL(FRAME), "x", ("z",), k=(2,)).bounds.iloc[0]
    assert row["r2_yz"] == 1
    assert "set to 1" in row["note"]
    assert np.isnan(row["t"])


def test_a_confounder_that_leaves_nothing_of_the_term_is_refused():
    tied = FRAME.assign(z=FRAME["x"] + 0.5 * FRAME["z"])
    with pytest.raises(ModelError, match=r"3 times z \(partial R² 0\.\d+\) would leave none. Choose k below"):
        sensitivity(MODEL(tied), "x", ("z",), k=(3,))


@pytest.mark.parametrize(
    ("term", "benchmarks", "message"),
    [("q", (), "x, z; not one of them: q"), ("x", ("x",), "regressors z; not one of them: x")],
)
def test_unknown_names_are_refused(term, benchmarks, message):
    with pytest.raises(ModelError, match=message):
        sensitivity(MODEL(FRAME), term, benchmarks)


def test_both_roots_of_oster_solve_the_equation_of_proportional_selection():
    """Selection on the observed part, cov/var with the term, equals that on the unobserved part; all by regressions."""
    frame = FRAME.assign(x=FRAME["x"] + 0.5 * FRAME["z"], v=RNG.normal(size=len(FRAME)))
    frame["y"] += frame["v"]
    row = oster(LinearModel("y", ("x", "z", "v"))(frame), "x", r_max=0.98).iloc[0]
    controls, x, y = sm.add_constant(frame[["z", "v"]]), frame["x"], frame["y"]
    for beta in row[["value", "other_root"]]:
        observed = sm.OLS(y - beta * x, controls).fit().fittedvalues
        cov_observed = x.cov(observed)
        cov_unobserved = x.cov(y - beta * x) - cov_observed
        var_unobserved = row["r_max"] * y.var() - (beta * x + observed).var() - 2 * beta * cov_unobserved
        assert cov_observed / observed.var() == pytest.approx(cov_unobserved / var_unobserved, rel=1e-8)
    assert row["note"] == ""


def test_with_a_single_control_one_root_of_oster_is_empty_of_content():
    frame = FRAME.assign(x=FRAME["x"] + 0.5 * FRAME["z"])
    row = oster(MODEL(frame), "x", r_max=0.98).iloc[0]
    empty = frame["y"].cov(frame["z"]) / frame["x"].cov(frame["z"])  # y less this times x is unrelated to z
    assert min(abs(row[["value", "other_root"]] - empty)) < 1e-8
    assert row["note"].startswith(f"at {empty:.6g} the controls would have no association")


def test_the_root_on_the_side_to_which_the_controls_moved_the_coefficient_is_taken():
    row = oster(MODEL(FRAME.assign(x=FRAME["x"] + 0.5 * FRAME["z"])), "x", r_max=0.98).iloc[0]
    moved = row["value_with"] - row["value_without"]
    assert (row["value"] - row["value_with"]) * moved > 0 > (row["other_root"] - row["value_with"]) * moved


@pytest.mark.parametrize("weights", [None, "w"])
def test_the_model_without_controls_is_the_term_alone(weights):
    row = oster(LinearModel("y", ("x", "z"), weights)(FRAME), "x").iloc[0]
    w = 1.0 if weights is None else FRAME["w"]
    peer = sm.WLS(FRAME["y"], sm.add_constant(FRAME["x"]), weights=w).fit()
    np.testing.assert_allclose([row["value_without"], row["r2_without"]], [peer.params["x"], peer.rsquared], rtol=1e-10)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_controls_that_move_the_coefficient_by_rounding_do_not_move_it(unit):
    x = FRAME["x"] - FRAME["x"].mean()
    noise = FRAME["z"] - FRAME["z"].mean()
    apart = noise - x * (x @ noise) / (x @ x)  # beside x up to rounding
    frame = FRAME.assign(apart=apart, y=unit * FRAME["y"])
    with pytest.raises(ModelError, match=r"the controls here .apart. do not move x"):
        oster(LinearModel("y", ("x", "apart"))(frame), "x")


@pytest.mark.parametrize(
    ("model", "r_max", "message"),
    [(LinearModel("y", ("x",)), None, "the controls here .none. do not move x"), (MODEL, 0.1, "found 0.1 with R²")],
)
def test_oster_without_controls_or_with_an_impossible_limit_is_refused(model, r_max, message):
    with pytest.raises(ModelError, match=message):
        oster(model(FRAME), "x", r_max)
