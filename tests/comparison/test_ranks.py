"""Confidence sets for ranks: the published sets of PISA 2018, their guarantees, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.comparison.ranks import NO_SPREAD, RankSets, distinguishable, top_k
from optkommunen.comparison.variance import sampling_variance
from optkommunen.errors import ComparisonError, ForeignUnitError, OptkommunenError
from optkommunen.values import SYNTHETIC_KEYS
from tests.goldens import golden, golden_data

SETS = ["kommune", "value", "lower", "upper"]


def frame_of(values, se, **columns):
    keys = list(SYNTHETIC_KEYS[: len(values)])
    return pd.DataFrame({"kommune": keys, "value": values, "se": se, "status": "synthetic", **columns})


RNG = np.random.default_rng(7)
FRAME = frame_of(RNG.normal(0, 3, 20), RNG.uniform(0.3, 1.5, 20))
COVARIANCE = pd.DataFrame(
    np.diag(FRAME["se"] ** 2) + 0.3 * np.outer(FRAME["se"], FRAME["se"]),
    index=FRAME["kommune"],
    columns=FRAME["kommune"],
)
QUICK = {"draws": 1999}


@st.composite
def frames(draw):
    n = draw(st.integers(3, 12))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    values = rng.normal(0, draw(st.sampled_from([2.0, 5.0, 50.0])), n)
    if draw(st.booleans()):
        values[1] = values[0]
    return frame_of(values, np.exp(rng.normal(0, draw(st.sampled_from([0.01, 0.5, 1.5])), n)))


def pisa(subject):
    data = golden_data("pisa2018")[["jurisdiction", f"{subject}_score", f"{subject}_se"]].dropna()
    data.columns = ["jurisdiction", "value", "se"]
    return data.reset_index(drop=True).assign(kommune=SYNTHETIC_KEYS[: len(data)])


@pytest.mark.shared
def test_germany_in_pisa_mathematics_has_its_published_marginal_set():
    block = golden("V08_pisa_rankcs")
    data = pisa("math")
    germany = RankSets()(data)[data["jurisdiction"] == "Germany"].iloc[0]
    assert [germany["lower"], germany["upper"]] == block["values"]["Germany_marg"]


@pytest.mark.shared
def test_the_last_of_pisa_mathematics_have_their_published_simultaneous_sets():
    block = golden("V08_pisa_rankcs")
    data = pisa("math")
    sets = RankSets("simultaneous")(data).set_index(data["jurisdiction"])
    for country, want in block["values"]["simul"].items():
        assert sets.loc[country, ["lower", "upper"]].tolist() == want


@pytest.mark.shared
def test_seven_countries_may_belong_to_the_best_five_in_science():
    block = golden("V08_pisa_rankcs")
    data = pisa("science")
    assert len(data) == block["values"]["science_n"]
    best = top_k(RankSets("simultaneous")(data), 5)
    named = data.set_index("kommune").loc[best["kommune"], "jurisdiction"]
    assert sorted(named) == block["values"]["science_top5_95"]


@settings(max_examples=20, deadline=None)
@given(frames())
def test_a_marginal_set_lies_within_the_simultaneous_one(frame):
    own, whole = RankSets("marginal", **QUICK)(frame), RankSets("simultaneous", **QUICK)(frame)
    assert (own["lower"].fillna(0) >= whole["lower"].fillna(0)).all()
    assert (own["upper"].fillna(0) <= whole["upper"].fillna(0)).all()


@settings(max_examples=20, deadline=None)
@given(frames(), st.sampled_from(["marginal", "simultaneous"]))
def test_a_set_holds_the_point_rank(frame, kind):
    sets = RankSets(kind, **QUICK)(frame).dropna(subset="value")
    assert sets["value"].between(sets["lower"], sets["upper"]).all()


@settings(max_examples=20, deadline=None)
@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(frame, random):
    order = random.sample(range(len(frame)), len(frame))
    moved = RankSets("simultaneous", **QUICK)(frame.iloc[order])
    assert moved["kommune"].tolist() == frame["kommune"].iloc[order].tolist()
    plain = RankSets("simultaneous", **QUICK)(frame)
    pd.testing.assert_frame_equal(moved.sort_values("kommune", ignore_index=True), plain)


@settings(max_examples=20, deadline=None)
@given(frames(), st.randoms(use_true_random=False), st.sampled_from(["marginal", "simultaneous"]))
def test_other_names_of_the_units_change_only_the_names(frame, random, kind):
    names = random.sample(SYNTHETIC_KEYS, len(frame))
    renamed = RankSets(kind, **QUICK)(frame.assign(kommune=names))
    pd.testing.assert_frame_equal(
        renamed.drop(columns="kommune"), RankSets(kind, **QUICK)(frame).drop(columns="kommune")
    )


@settings(max_examples=20, deadline=None)
@given(frames(), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_another_unit_of_measurement_changes_no_rank(frame, factor, shift):
    other = frame.assign(value=factor * (frame["value"] + shift), se=factor * frame["se"])
    pd.testing.assert_frame_equal(RankSets(**QUICK)(other)[SETS], RankSets(**QUICK)(frame)[SETS])


@settings(max_examples=20, deadline=None)
@given(frames(), st.sampled_from(["marginal", "simultaneous"]))
def test_low_is_best_of_the_negative_values(frame, kind):
    low = RankSets(kind, best="low", **QUICK)(frame)
    high = RankSets(kind, best="high", **QUICK)(frame.assign(value=-frame["value"]))
    pd.testing.assert_frame_equal(low[SETS], high[SETS])


@settings(max_examples=20, deadline=None)
@given(frames())
def test_a_higher_level_gives_no_narrower_set(frame):
    sets = RankSets("simultaneous", level=(0.8, 0.95), **QUICK)(frame).dropna(subset="value")
    wide, narrow = sets[sets["level"] == 0.95], sets[sets["level"] == 0.8]
    assert (wide["lower"].to_numpy() <= narrow["lower"].to_numpy()).all()
    assert (wide["upper"].to_numpy() >= narrow["upper"].to_numpy()).all()


def test_all_true_ranks_are_covered_as_often_as_promised():
    rng, repetitions, covered = np.random.default_rng(11), 300, 0
    truth, se, ranks = np.linspace(6, 0, 15), np.full(15, 0.8), np.arange(1, 16)
    for seed in range(repetitions):
        sets = RankSets("simultaneous", draws=999, seed=seed)(frame_of(rng.normal(truth, se), se))
        covered += bool(((sets["lower"] <= ranks) & (sets["upper"] >= ranks)).all())
    assert covered / repetitions >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / repetitions)


def without_event_told_apart(variance, sets=300):
    """Share of units without event that are told apart where a ranking is offered and all rates are equal."""
    rng, apart = np.random.default_rng(1), []
    for seed in range(sets):
        events = rng.poisson(5, 69).astype(float)
        s2 = variance(events, np.full(69, 100.0))
        if (events == 0).any() and (s2 == 0).sum() < 2:
            ranked = RankSets(draws=999, seed=seed)(frame_of(events / 100, np.sqrt(s2)))
            ranked = ranked[(events == 0) & ranked["value"].notna()]
            apart += ((ranked["lower"] > 1) | (ranked["upper"] < 69)).tolist()
    return np.mean(apart)


def test_a_unit_without_event_is_seldom_told_apart_where_all_rates_are_equal():
    assert without_event_told_apart(sampling_variance) < 0.075  # 4 % in a longer run
    assert without_event_told_apart(lambda o, e: np.maximum(o, 0.5) / e**2, sets=100) > 0.12


def test_the_same_seed_gives_the_same_frame_and_another_other_draws():
    once, again, other = (RankSets("simultaneous", seed=seed, **QUICK)(FRAME) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(once, again)
    assert once["critical"][0] != other["critical"][0]


def test_without_a_level_the_ranks_stay_and_the_sets_go():
    on, off = RankSets(**QUICK)(FRAME), RankSets(level=None, **QUICK)(FRAME)
    assert off["value"].tolist() == on["value"].tolist()
    assert off[["lower", "upper", "critical", "level"]].isna().all().all()
    assert (off["method"] == "none").all()
    assert off["level"].dtype == "float64"


def test_several_levels_give_one_row_each_beside_each_other():
    sets = RankSets(level=(0.95, 0.8), **QUICK)(FRAME)
    assert sets["kommune"].tolist() == np.repeat(FRAME["kommune"], 2).tolist()
    assert sets["level"].tolist() == [0.95, 0.8] * len(FRAME)


def test_the_polarity_of_the_catalogue_is_a_direction():
    pd.testing.assert_frame_equal(RankSets(best=-1, **QUICK)(FRAME), RankSets(best="low", **QUICK)(FRAME))


def test_ties_share_the_better_rank_and_the_set():
    sets = RankSets(**QUICK)(frame_of([9.0, 5.0, 5.0, 1.0], 0.5))
    assert sets["value"].tolist() == [1, 2, 2, 4]
    assert sets.loc[1, ["lower", "upper"]].tolist() == sets.loc[2, ["lower", "upper"]].tolist() == [2, 3]


def test_a_unit_without_value_is_not_ranked_and_says_why():
    frame = FRAME.assign(note="")
    frame.loc[3, ["value", "status", "note"]] = [np.nan, "missing", "not reported"]
    frame.loc[5, "se"] = np.nan
    sets = RankSets(**QUICK)(frame)
    assert sets.loc[[3, 5], "note"].tolist() == ["no value: not reported", "no standard error"]
    assert sets.loc[[3, 5], ["value", "lower", "upper"]].isna().all().all()
    others = RankSets(**QUICK)(frame.drop(index=[3, 5]))
    pd.testing.assert_frame_equal(sets.drop(index=[3, 5])[SETS].reset_index(drop=True), others[SETS])
    assert (sets["n"] == 18).all()


def test_values_that_vary_no_more_than_chance_are_not_ranked():
    frame = frame_of([1.0, 1.1, 0.9, 1.0], 1.0)
    for kind in ("marginal", "simultaneous"):
        sets = RankSets(kind, **QUICK)(frame)
        assert sets[["value", "lower", "upper"]].isna().all().all()
        assert (sets["note"] == NO_SPREAD).all()
        assert (sets["method"] == "none").all()


def test_equal_values_are_not_ranked():
    assert (RankSets(**QUICK)(frame_of([2.0, 2.0, 2.0], [0.1, 0.2, 0.3]))["note"] == NO_SPREAD).all()


@pytest.mark.parametrize("covariance", [False, True])
def test_spread_is_judged_as_by_the_moment_estimate_of_tau2(covariance):
    rng = np.random.default_rng(5)
    for _ in range(40):
        frame = frame_of(rng.normal(0, 1, 8), rng.uniform(0.5, 1.5, 8))
        keys = frame["kommune"]
        w = 1 / frame["se"] ** 2
        q = (w * (frame["value"] - np.average(frame["value"], weights=w)) ** 2).sum()
        matrix = pd.DataFrame(np.diag(1 / w), index=keys, columns=keys) if covariance else None
        assert RankSets(**QUICK)(frame, matrix)["value"].notna().all() == (q > 7)


def test_one_unit_known_exactly_can_be_ranked():
    sets = RankSets(**QUICK)(frame_of([5.0, 3.0, 0.0], [0.0, 0.5, 0.5]))
    assert sets["value"].tolist() == [1, 2, 3]


def test_a_diagonal_covariance_gives_the_sets_of_the_standard_errors():
    diagonal = pd.DataFrame(np.diag(FRAME["se"] ** 2), index=FRAME["kommune"], columns=FRAME["kommune"])
    for kind in ("marginal", "simultaneous"):
        got, want = (RankSets(kind)(FRAME, matrix) for matrix in (diagonal, None))
        np.testing.assert_allclose(got["critical"], want["critical"], atol=0.05)  # other draws of the same law


def test_what_all_values_share_plays_no_part():
    shared_by_all = COVARIANCE * 0 + np.diag(FRAME["se"] ** 2) + 5.0
    want = RankSets("simultaneous")(FRAME)
    np.testing.assert_allclose(RankSets("simultaneous")(FRAME, shared_by_all)["critical"], want["critical"], atol=0.05)


def test_a_covariance_is_found_by_key():
    moved = COVARIANCE.sample(frac=1, random_state=1).sample(frac=1, random_state=2, axis=1)
    pd.testing.assert_frame_equal(RankSets(**QUICK)(FRAME, COVARIANCE), RankSets(**QUICK)(FRAME, moved))


def test_sets_carry_the_status_of_their_unit():
    assert (RankSets(**QUICK)(FRAME)["status"] == "synthetic").all()


def test_the_kind_is_named_as_method_and_changes_no_point_rank():
    marginal, simultaneous = RankSets(**QUICK)(FRAME), RankSets("simultaneous", **QUICK)(FRAME)
    assert (marginal["method"] == "rank_marginal").all()
    assert (simultaneous["method"] == "rank_simultaneous").all()
    assert marginal["value"].tolist() == simultaneous["value"].tolist()
    assert set(simultaneous) - set(marginal) == {"grade"}  # of several units, so only of sets that hold together


def test_the_share_of_distinguishable_pairs_counts_each_sure_order_once():
    sets = RankSets("simultaneous", **QUICK)(FRAME)
    share = distinguishable(sets).iloc[0]
    x, se, critical = FRAME["value"].to_numpy(), FRAME["se"].to_numpy(), sets["critical"][0]
    sure = np.abs(x[:, None] - x) > critical * np.sqrt(se[:, None] ** 2 + se**2)
    assert share["distinguishable"] == sure.sum() / 2 > 0
    assert share["value"] == sure.sum() / 2 / share["pairs"]
    assert share["status"] == "synthetic"


def test_grades_never_part_ties_and_never_fall_with_the_value():
    frame = frame_of([9.0, 9.0, 5.0, 4.9, 1.0, 1.0], 0.3)
    grade = RankSets("simultaneous", **QUICK)(frame)["grade"].tolist()
    assert grade == [1, 1, 2, 2, 3, 3]


def test_the_set_of_the_best_grows_with_k():
    sets = RankSets("simultaneous", **QUICK)(FRAME)
    three, five = set(top_k(sets, 3)["kommune"]), set(top_k(sets, 5)["kommune"])
    assert three <= five
    assert len(three) >= 3


@pytest.mark.parametrize("function", [lambda sets: top_k(sets, 3), distinguishable])
def test_marginal_sets_say_nothing_of_several_units_at_once(function):
    with pytest.raises(ComparisonError, match=r"sets that hold together.*found rank_marginal"):
        function(RankSets(**QUICK)(FRAME))


def test_a_table_without_ranking_has_no_best():
    with pytest.raises(ComparisonError, match=r"found none \(no ranking: the values vary no more"):
        top_k(RankSets("simultaneous", **QUICK)(frame_of([1.0, 1.1, 0.9], 1.0)), 1)


@pytest.mark.parametrize("k", [21, 0, 2.5, True, "3", None])
def test_the_best_are_some_of_the_units(k):
    with pytest.raises(ComparisonError, match=f"1 to 20 here; found k={k!r}"):
        top_k(RankSets("simultaneous", **QUICK)(FRAME), k)


@pytest.mark.parametrize("kind", ["marginal", "simultaneous"])
def test_standard_errors_that_are_estimates_need_larger_differences(kind):
    known, estimated = (RankSets(kind, **QUICK)(FRAME, df=df) for df in (None, 8))
    assert (estimated["critical"] > known["critical"]).all()
    assert (estimated["lower"] <= known["lower"]).all()
    assert (estimated["upper"] >= known["upper"]).all()
    pd.testing.assert_frame_equal(RankSets(kind, **QUICK)(FRAME, df=float("inf")), known)


@pytest.mark.parametrize("df", [0, -3, float("nan")])
def test_degrees_of_freedom_are_above_0(df):
    with pytest.raises(ComparisonError, match=f"above 0, or None where the standard errors are known; found {df}"):
        RankSets(**QUICK)(FRAME, df=df)


@pytest.mark.parametrize("draws", [0, 1999.5, True, "many"])
@pytest.mark.parametrize("level", [0.95, None])
def test_draws_are_a_whole_number(draws, level):
    with pytest.raises(OptkommunenError, match=f"whole number of draws, at least 1; found {draws!r}"):
        RankSets(draws=draws, level=level)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "joint"}, "'marginal' or 'simultaneous'; found 'joint'"),
        ({"best": 0}, r"'high' \(\+1\) or 'low' \(-1\); found 0"),
        ({"draws": 99, "level": 0.998}, "needs at least 499 draws; found 99"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ComparisonError, match=message):
        RankSets(**options)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="se"), "not found: se"),
        (FRAME.assign(se=-1.0), "'se' holds finite numbers of 0 or more"),
        (FRAME.assign(se=0.0), r"M01, M02.*all have one of 0"),
        (FRAME.assign(value=np.nan), "at least 2 units with value and standard error; found 0"),
        (FRAME.head(1), "at least 2 units; found 1"),
        (pd.concat([FRAME, FRAME.head(1)]), "more than once here: M01"),
    ],
    ids=["column", "negative", "exact", "empty", "one", "twice"],
)
def test_frames_that_cannot_be_ranked_are_refused_with_names(frame, message):
    with pytest.raises(ComparisonError, match=message):
        RankSets(**QUICK)(frame)


def test_a_unit_outside_the_closed_set_is_refused():
    with pytest.raises(ForeignUnitError, match="05111"):
        RankSets(**QUICK)(pd.DataFrame({"kommune": ["05111", "06438"], "value": [1.0, 2.0], "se": 0.1}))


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (COVARIANCE.drop(index="M03"), "M03 not among its rows"),
        (COVARIANCE.drop(columns="M03"), "M03 not among its columns"),
        (pd.concat([COVARIANCE, COVARIANCE.head(1)]), "a key twice among its rows"),
        (-COVARIANCE, "negative one for M01"),
        (COVARIANCE + np.triu(np.ones((20, 20))), "symmetric"),
        (COVARIANCE * 0 + 1 + np.eye(20) * -0.5, "without negative eigenvalue"),
        (COVARIANCE * 0 + 1, "difference of two units needs a standard error; by this covariance"),
    ],
    ids=["row", "column", "twice", "negative", "asymmetric", "indefinite", "identical"],
)
def test_a_covariance_that_is_none_is_refused(covariance, message):
    with pytest.raises(ComparisonError, match=message):
        RankSets(**QUICK)(FRAME, covariance)
