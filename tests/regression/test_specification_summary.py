"""The joint test of a curve: against a loop that refits everything, twice the same, and its size."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.specification_summary import joint_test
from optkommunen.regression.specifications import SpecificationCurve
from tests.regression.test_specifications import FRAME

TINY = FRAME.head(16)
CURVE = SpecificationCurve(
    ("rate", "log_rate"), "x", ("a", "b"), samples={"all": TINY["kommune"], "first": TINY["kommune"].head(12)}
)
DRAWS, SEED = 40, 7


def refit(outcomes):
    """Coefficient, p and normal score of every specification, by statsmodels: one list for each outcome."""
    scores = {outcome: [] for outcome in outcomes}
    for outcome, y in outcomes.items():
        for n in (16, 12):
            for weights in (np.ones(16), TINY["ehb"].to_numpy()):
                for controls in ([], ["a"], ["b"], ["a", "b"]):
                    x = sm.add_constant(TINY[["x", *controls]].to_numpy()[:n])
                    fit = sm.WLS(y[:n], x, weights=weights[:n]).fit(cov_type="HC3", use_t=True)
                    z = stats.norm.isf(fit.pvalues[1] / 2) * np.sign(fit.params[1])
                    scores[outcome].append([fit.params[1], fit.pvalues[1], z])
    return {outcome: np.array(each) for outcome, each in scores.items()}


def statistics(scores):
    found = {}
    for outcome, s in (scores | {"all": np.concatenate(list(scores.values()))}).items():
        sign = np.sign(s[:, 0]) * (s[:, 1] < 0.05)
        found[outcome, "median"] = np.median(s[:, 0])
        found[outcome, "share_significant"] = max((sign > 0).mean(), (sign < 0).mean())
        found[outcome, "average_z"] = s[:, 2].mean()
    del found["all", "median"]
    return pd.Series(found)


@pytest.mark.parametrize("weights", [(None, "ehb"), ("ehb", None)])
def test_the_joint_test_equals_refitting_every_specification_on_every_draw(weights):
    z = sm.add_constant(TINY[["a", "b"]].to_numpy())
    orders = np.random.default_rng(SEED).permuted(np.tile(np.arange(16), (DRAWS, 1)), axis=1)
    w = np.ones(16) if weights[0] is None else TINY["ehb"].to_numpy()
    reduced = {outcome: sm.WLS(TINY[outcome].to_numpy(), z, weights=w).fit() for outcome in CURVE.outcomes}
    drawn = [
        statistics(refit({name: fit.fittedvalues + fit.wresid[order] / w**0.5 for name, fit in reduced.items()}))
        for order in orders
    ]
    observed = statistics(refit({name: TINY[name].to_numpy() for name in CURVE.outcomes}))
    everything = pd.concat([observed, *drawn], axis=1)
    distance = everything.sub(everything.mean(axis=1), axis=0).abs()
    shares = everything.index.get_level_values(1) == "share_significant"
    distance[shares] = everything[shares]
    extreme = distance.iloc[:, 1:].ge(distance.iloc[:, 0] - 1e-10, axis=0).sum(axis=1)

    got = joint_test(replace(CURVE, weights=weights), TINY, DRAWS, seed=SEED).set_index(["outcome", "statistic"])
    assert got.index.tolist() == observed.index.tolist()
    np.testing.assert_allclose(got["value"], observed, rtol=1e-8)
    np.testing.assert_allclose(got["p"], (1 + extreme) / (1 + DRAWS), rtol=1e-12)
    np.testing.assert_allclose(got["null_high"], everything.iloc[:, 1:].quantile(0.975, axis=1), rtol=1e-8)
    assert got["n_specifications"].tolist() == [16, 16, 16, 16, 16, 16, 32, 32]


def test_the_observed_median_is_that_of_the_curve():
    test = joint_test(CURVE, TINY, 10, seed=1).set_index(["outcome", "statistic"])
    curve = CURVE(TINY)
    for outcome, part in curve.groupby("outcome"):
        assert test.at[(outcome, "median"), "value"] == pytest.approx(part["value"].median(), rel=1e-10)


def test_the_same_seed_gives_the_same_table():
    first, again = joint_test(CURVE, TINY, 40, seed=3), joint_test(CURVE, TINY, 40, seed=3)
    pd.testing.assert_frame_equal(first, again)
    assert not first["null_low"].equals(joint_test(CURVE, TINY, 40, seed=4)["null_low"])


def test_the_middle_of_the_draws_needs_a_draw_beyond_each_end():
    few, enough = (joint_test(CURVE, TINY, draws, seed=3) for draws in (38, 39))
    assert few[["null_low", "null_high"]].isna().all(axis=None)
    assert enough[["null_low", "null_high"]].notna().all(axis=None)
    assert few["p"].notna().all()


def test_the_order_of_rows_changes_nothing():
    shuffled = TINY.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(joint_test(CURVE, TINY, 40, seed=3), joint_test(CURVE, shuffled, 40, seed=3))


def test_rows_outside_all_samples_do_not_enter():
    narrow = SpecificationCurve(("rate",), "x", ("a", "b"), samples={"first": TINY["kommune"].head(12)})
    alone = SpecificationCurve(("rate",), "x", ("a", "b"))
    pd.testing.assert_frame_equal(
        joint_test(narrow, TINY.assign(a=TINY["a"].where(TINY.index < 12)), 20, seed=1),
        joint_test(alone, TINY.head(12), 20, seed=1),
    )


def test_a_curve_that_only_shows_an_omitted_control_is_not_significant():
    rng = np.random.default_rng(42)
    found = []
    for seed in range(200):
        frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["x", "a", "b"])
        frame["x"] += frame["a"]
        frame["y"] = 2 * frame["a"] + rng.normal(size=30)
        frame["kommune"] = [f"M{i:02d}" for i in range(30)]
        curve = SpecificationCurve(("y",), "x", ("a", "b"), weights=(None,))
        found.append(joint_test(curve, frame, 99, seed=seed)["p"] <= 0.05)
    assert (np.mean(found, axis=0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)).all()


def test_a_weighted_curve_finds_what_its_weights_show():
    """Small municipalities scatter widely; in their weights an association is plain, and permuting must not hide it."""
    rng = np.random.default_rng(7)
    curve = SpecificationCurve(("y",), "x", ("z",), weights=("size",))
    size = np.repeat([1.0, 400.0], 15)
    found = {0.0: [], 0.06: []}
    for (slope, rejected), samples in zip(found.items(), (150, 50), strict=True):
        for seed in range(samples):
            frame = pd.DataFrame(rng.normal(size=(30, 2)), columns=["x", "z"]).assign(size=size)
            frame["y"] = slope * frame["x"] + rng.normal(size=30) / size**0.5
            frame["kommune"] = [f"M{i:02d}" for i in range(30)]
            test = joint_test(curve, frame, 99, seed=seed).set_index("statistic")
            rejected.append(test.at["median", "p"] <= 0.05)
    assert np.mean(found[0.0]) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150)
    assert np.mean(found[0.06]) > 0.8


def test_the_unit_of_the_weights_changes_no_p():
    curve = SpecificationCurve(("rate",), "x", ("a", "b"), weights=("ehb", None))
    one, thousand = (joint_test(curve, TINY.assign(ehb=u * TINY["ehb"]), 99, seed=3) for u in (1.0, 1000.0))
    assert one["p"].equals(thousand["p"])


def test_an_outcome_made_of_its_regressors_has_no_curve():
    with pytest.raises(ModelError, match="made follows the regressors with all controls exactly"):
        joint_test(SpecificationCurve(("made",), "x", ("a",)), TINY.assign(made=0.3 * TINY["a"] + 0.1), 40, seed=1)
