"""The frontier: published scores, peers and slacks, one linear program a unit beside it, and what is refused."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optkommunen.comparison.frontier import linear_programs
from optkommunen.comparison.frontier.envelopment import Frontier, caveats
from optkommunen.comparison.frontier.scores import EFFICIENT, NO_OTHERS
from optkommunen.errors import ComparisonError, ForeignUnitError
from optkommunen.values import SYNTHETIC_KEYS
from tests.goldens import check, golden, golden_data

IN, OUT = ("staff", "rooms"), ("placed", "trained")
KINDS = [(r, o) for r in ("constant", "variable") for o in ("input", "output")]


def frame_of(n, seed=1, *, whole=False):
    """Units behind a common frontier; whole numbers make ties and duplicates."""
    rng = np.random.default_rng(seed)
    x = np.exp(rng.normal(1, 0.6, (n, 2)))
    y = x.prod(axis=1)[:, None] ** 0.45 * np.exp(rng.normal(0, 0.2, (n, 2)) - np.abs(rng.normal(0, 0.3, (n, 1))))
    values = np.ceil(np.hstack([x, y])) if whole else np.hstack([x, y])
    frame = pd.DataFrame(values, columns=[*IN, *OUT])
    return frame.assign(kommune=SYNTHETIC_KEYS[:n], status="synthetic")


FRAME = frame_of(30)
frames = st.builds(frame_of, st.integers(13, 25), st.integers(0, 10_000), whole=st.booleans())


def one_by_one(frame, returns, orientation, fixed=(), leave_out_itself=False):
    """Score of each unit by one call of scipy: bounds given, status checked; NaN where infeasible."""
    x, y = frame[list(IN)].to_numpy(), frame[list(OUT)].to_numpy()
    free = np.array([column not in fixed for column in IN])
    n, found = len(frame), []
    equation = {"A_eq": np.append(np.ones(n), 0)[None], "b_eq": [1]} if returns == "variable" else {}
    for o in range(n):
        bounds = [(0, 0 if leave_out_itself and j == o else None) for j in range(n)] + [(None, None)]
        if orientation == "input":
            left = np.vstack([np.column_stack([x.T, -x[o] * free]), np.column_stack([-y.T, [0, 0]])])
            right, cost = [*(x[o] * ~free), *-y[o]], 1
        else:
            left = np.vstack([np.column_stack([x.T, [0, 0]]), np.column_stack([-y.T, y[o]])])
            right, cost = [*x[o], 0, 0], -1
        solved = linprog(np.append(np.zeros(n), cost), left, right, bounds=bounds, method="highs", **equation)
        assert solved.status in ((0, 2) if leave_out_itself else (0,))
        found.append(np.nan if solved.status == 2 else solved.x[-1] if cost == 1 else 1 / solved.x[-1])
    return np.array(found)


def programs_of(x, y, *, variable=False, output=False):
    """Programs on arrays, for examples with fewer or more units than a frame may have."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float).reshape(len(x), -1)
    free = np.ones(x.shape[1], dtype=bool)
    return linear_programs.rows(x / x.mean(axis=0), y / y.mean(axis=0), free, variable=variable, output=output)


@pytest.fixture
def hospitals():
    data = golden_data("hospitals")
    data["kommune"] = SYNTHETIC_KEYS[: len(data)]
    return data


def of_hospitals(returns, orientation="input"):
    return Frontier(("doctors", "nurses"), ("outpatients", "inpatients"), returns, orientation)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("returns", "orientation", "published"),
    [
        ("constant", "input", "cst_hospitals_ccr"),
        ("constant", "output", "cst_hospitals_ccr"),
        ("variable", "input", "cst_hospitals_bcc_in"),
        ("variable", "output", "cst_hospitals_bcc_out"),
    ],
)
def test_scores_of_the_hospitals(hospitals, returns, orientation, published):
    block = golden("V24_dea_textbook")
    scores = of_hospitals(returns, orientation)(hospitals).scores
    check(scores["value"], block["values"][published], block["tolerance"])


@pytest.mark.shared
def test_hospital_11_has_no_superefficiency_under_variable_returns_and_a_reason(hospitals):
    assert golden("V24_dea_textbook")["values"]["cst_hospitals_superefficiency_vrs_unit11"] is None
    row = of_hospitals("variable")(hospitals).superefficiency().set_index("kommune").loc["M11"]
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", NO_OTHERS)


def test_scores_peers_slacks_and_superefficiency_of_example_1_of_coelli():
    block = golden("V24_dea_textbook")
    want, tolerance = block["values"], block["tolerance"]
    programs = programs_of(want["eg1_inputs"], want["eg1_output"])
    theta = linear_programs.scores(programs)
    check(theta, want["coelli_eg1"], tolerance)
    weights = np.zeros((5, 5))
    unit, peer, weight = linear_programs.peers(programs, theta)
    weights[unit, peer] = weight
    check(weights, want["coelli_eg1_lambda"], tolerance)
    x = np.array(want["eg1_inputs"])
    check(theta[:, None] * x - weights @ x, want["coelli_eg1_input_slacks"], tolerance)
    alone = theta.copy()
    efficient = np.flatnonzero(theta > EFFICIENT)
    alone[efficient] = linear_programs.superefficient(programs, efficient)
    check(alone, want["coelli_eg1_superefficiency_crs"], tolerance)


@pytest.mark.shared
def test_program_follow_through_with_all_70_sites():
    block = golden("V25_dea_pft70")
    want, tolerance = block["values"], block["tolerance"]
    data = golden_data("charnes1981")
    x, y = data[["x1", "x2", "x3", "x4", "x5"]], data[["y1", "y2", "y3"]]
    theta = linear_programs.scores(programs_of(x, y))
    check([theta.mean(), theta.min()], [want["crs_in"]["mean"], want["crs_in"]["min"]], tolerance)
    assert (theta > EFFICIENT).sum() == want["crs_in"]["n_eff"]
    check(theta[:5], want["crs_first5"], tolerance)
    check((1 / linear_programs.scores(programs_of(x, y, output=True))).mean(), want["crs_out_mean"], tolerance)


@pytest.mark.shared
def test_program_follow_through_with_the_sites_of_the_programme():
    block = golden("V25_dea_pft70")
    want, data = block["values"], golden_data("charnes1981").query("pft == 1")
    data = data.assign(kommune=SYNTHETIC_KEYS[: len(data)])
    value = Frontier(("x1", "x2", "x3", "x4", "x5"), ("y1", "y2", "y3"))(data).scores["value"]
    assert (len(value), (value > EFFICIENT).sum()) == (want["PFT49_n"], want["PFT49_n_eff"])
    check(value.mean(), want["PFT49_crs_mean"], block["tolerance"])


@pytest.mark.parametrize("fixed", [(), ("staff",), ("rooms",)])
@pytest.mark.parametrize(("returns", "orientation"), KINDS)
@pytest.mark.parametrize("frame", [FRAME, frame_of(40, 2, whole=True)], ids=["spread", "ties"])
def test_scores_equal_one_linear_program_a_unit(frame, returns, orientation, fixed):
    value = Frontier(IN, OUT, returns, orientation, fixed)(frame).scores["value"]
    np.testing.assert_allclose(value, one_by_one(frame, returns, orientation, fixed), rtol=1e-9)


@pytest.mark.parametrize("fixed", [(), ("staff",)])
@pytest.mark.parametrize(("returns", "orientation"), KINDS)
def test_superefficiency_equals_one_linear_program_a_unit(returns, orientation, fixed):
    found = Frontier(IN, OUT, returns, orientation, fixed)(FRAME).superefficiency()["value"]
    np.testing.assert_allclose(found, one_by_one(FRAME, returns, orientation, fixed, leave_out_itself=True), rtol=1e-9)


@pytest.mark.parametrize(("returns", "orientation"), KINDS)
def test_the_second_phase_leaves_the_largest_sum_of_slacks(returns, orientation):
    frame = frame_of(40, 2, whole=True)
    result = Frontier(IN, OUT, returns, orientation)(frame)
    x, y = frame[list(IN)].to_numpy(), frame[list(OUT)].to_numpy()
    scale = np.append(x.mean(axis=0), y.mean(axis=0))
    found = result.slacks["value"].to_numpy().reshape(len(frame), 4) / scale
    equation = {"A_eq": np.append(np.ones(40), np.zeros(4))[None], "b_eq": [1]} if returns == "variable" else {}
    for o, theta in enumerate(result.scores["value"]):
        a, b = (theta, 1) if orientation == "input" else (1, 1 / theta)
        # What is left of the projected inputs and outputs, less a hair, so that rounding of θ keeps it feasible.
        left = np.column_stack([np.vstack([x.T, -y.T]), np.diag(scale)])
        right = np.append(a * x[o], -b * y[o]) + 1e-9 * scale
        solved = linprog(
            np.append(np.zeros(40), -np.ones(4)), left, right, bounds=(0, None), method="highs", **equation
        )
        assert solved.status == 0
        np.testing.assert_allclose(found[o].sum(), -solved.fun, atol=1e-6)


@given(frames)
@settings(max_examples=13, deadline=None)
def test_constant_returns_never_score_higher_than_variable_ones(frame):
    constant, variable = (Frontier(IN, OUT, returns)(frame).scores["value"] for returns in ("constant", "variable"))
    assert (constant <= variable + 1e-9).all()


@given(frames, st.sampled_from(KINDS))
@settings(max_examples=13, deadline=None)
def test_more_units_never_raise_a_score(frame, kind):
    model = Frontier(IN, OUT, *kind)
    fewer, more = model(frame.iloc[:-1]).scores["value"], model(frame).scores["value"].iloc[:-1]
    assert (more <= fewer + 1e-9).all()


@given(frames, st.sampled_from(KINDS), st.sampled_from([1e-3, 60.0, 1e6]))
@settings(max_examples=13, deadline=None)
def test_units_of_measurement_change_no_score(frame, kind, factor):
    model = Frontier(IN, OUT, *kind)
    other = model(frame.assign(staff=frame["staff"] * factor, trained=frame["trained"] / factor))
    np.testing.assert_allclose(other.scores["value"], model(frame).scores["value"], rtol=1e-9)


@given(frames, st.sampled_from(KINDS), st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_rows_changes_nothing(frame, kind, random):
    order = random.sample(range(len(frame)), len(frame))
    one, other = (Frontier(IN, OUT, *kind)(f) for f in (frame, frame.iloc[order]))
    assert other.scores["kommune"].tolist() == frame["kommune"].iloc[order].tolist()
    for name in ("scores", "peers", "slacks", "targets"):
        by = ["kommune", *[c for c in ("peer", "variable") if c in getattr(one, name)]]
        tables = [getattr(result, name).sort_values(by, ignore_index=True) for result in (one, other)]
        pd.testing.assert_frame_equal(*tables)


@given(frames)
@settings(max_examples=10, deadline=None)
def test_both_orientations_score_alike_under_constant_returns(frame):
    one, other = (Frontier(IN, OUT, orientation=o)(frame).scores["value"] for o in ("input", "output"))
    np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("fixed", [(), ("staff",)])
@pytest.mark.parametrize(("returns", "orientation"), KINDS)
def test_a_target_is_the_mix_of_the_peers(returns, orientation, fixed):
    result = Frontier(IN, OUT, returns, orientation, fixed)(FRAME)
    mix = result.peers.merge(FRAME.drop(columns="status"), left_on="peer", right_on="kommune", suffixes=("", "_peer"))
    mix = mix[[*IN, *OUT]].mul(mix["weight"], axis=0).groupby(mix["kommune"]).sum()
    targets = result.targets.pivot(index="kommune", columns="variable", values="target")
    changeable = [column for column in (*IN, *OUT) if column not in fixed]
    np.testing.assert_allclose(targets[changeable], mix[changeable], rtol=1e-6)
    for column in fixed:
        own = FRAME.set_index("kommune")[column]
        slack = result.slacks.query("variable == @column").set_index("kommune")["value"]
        np.testing.assert_allclose(targets[column], own)
        np.testing.assert_allclose(mix[column], own - slack, rtol=1e-6)


def test_a_unit_at_its_target_is_efficient():
    result = Frontier(IN, OUT, "variable")(FRAME)
    targets = result.targets.pivot(index="kommune", columns="variable", values="target")
    worst = result.scores.set_index("kommune")["value"].idxmin()
    there = FRAME.set_index("kommune")
    there.loc[worst, [*IN, *OUT]] = targets.loc[worst, [*IN, *OUT]]
    again = Frontier(IN, OUT, "variable")(there.reset_index())
    assert again.scores.set_index("kommune").at[worst, "value"] == pytest.approx(1, abs=1e-7)
    np.testing.assert_allclose(again.slacks.query("kommune == @worst")["value"], 0, atol=1e-6)


def test_weights_of_peers_sum_to_one_under_variable_returns():
    peers = Frontier(IN, OUT, "variable", "output")(FRAME).peers
    np.testing.assert_allclose(peers.groupby("kommune")["weight"].sum(), 1)
    assert (peers["weight"] > 1e-8).all()


def test_peers_are_efficient_units():
    result = Frontier(IN, OUT)(FRAME)
    efficient = result.scores.loc[result.scores["value"] > EFFICIENT, "kommune"]
    assert set(result.peers["peer"]) <= set(efficient)


def test_a_fixed_input_is_no_excuse_in_input_orientation_and_no_matter_in_output_orientation():
    free, fixed = (Frontier(IN, OUT, "variable", "input", f)(FRAME).scores["value"] for f in ((), ("rooms",)))
    assert (fixed <= free + 1e-9).all()
    assert (fixed < free - 1e-3).any()
    free, fixed = (Frontier(IN, OUT, "variable", "output", f)(FRAME).scores["value"] for f in ((), ("rooms",)))
    np.testing.assert_allclose(fixed, free)


def test_a_unit_without_a_value_is_not_scored_and_nobodys_peer():
    frame = FRAME.assign(placed=FRAME["placed"].where(FRAME["kommune"] != "M03"))
    result, without = Frontier(IN, OUT)(frame), Frontier(IN, OUT)(FRAME[FRAME["kommune"] != "M03"])
    row = result.scores.set_index("kommune").loc["M03"]
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "no value of placed")
    assert (result.peers.query("kommune == 'M03'")["peer"] == "").all()
    assert result.targets.query("kommune == 'M03'")["target"].isna().all()
    rest = result.scores[result.scores["kommune"] != "M03"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, without.scores)
    assert "no value of placed" in result.superefficiency()["note"].tolist()
    assert "no value of placed" in result.bootstrap(draws=50)["note"].tolist()


def test_a_score_carries_the_worst_status_of_the_unit_and_its_peers():
    result = Frontier(IN, OUT)(FRAME.assign(status="derived"))
    peer = result.peers["peer"].value_counts().idxmax()
    status = np.where(FRAME["kommune"] == peer, "estimated", "derived")
    table = Frontier(IN, OUT)(FRAME.assign(status=status))
    behind = result.peers.loc[result.peers["peer"] == peer, "kommune"]
    touched = table.scores["kommune"].isin(behind)
    assert set(table.scores.loc[touched, "status"]) == {"estimated"}
    assert set(table.scores.loc[~touched, "status"]) == {"derived"}


def test_units_that_are_all_alike_are_all_efficient_and_their_own_peers():
    frame = FRAME.assign(staff=2.0, rooms=3.0, placed=4.0, trained=5.0)
    result = Frontier(IN, OUT, "variable")(frame)
    np.testing.assert_allclose(result.scores["value"], 1)
    np.testing.assert_allclose(result.slacks["value"], 0)


def test_ratios_alone_may_enter_under_variable_returns():
    model = Frontier(("betreuungsrelation_1",), ("eingliederungsquote",), "variable")
    frame = FRAME.rename(columns={"staff": "betreuungsrelation_1", "placed": "eingliederungsquote"})
    assert model(frame).scores["value"].between(0, 1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), OUT), "needs inputs and outputs, each named once; found inputs –"),
        ((IN, ("staff",)), "each named once; found inputs staff, rooms and outputs staff"),
        ((IN, OUT, "increasing"), "'constant' or 'variable' returns .* found 'increasing'"),
        ((IN, OUT, "variable", "both"), "found 'variable' and 'both'"),
        ((IN, OUT, "variable", "input", ("placed",)), "What is fixed is one of staff, rooms; found placed"),
        ((IN, OUT, "variable", "input", IN), "all are fixed here"),
        ((IN, OUT, "variable", "input", (), ("share",)), "What is ratios is one of .* found share"),
        ((IN, ("placed", "eingliederungsquote")), "ratios here: eingliederungsquote; totals: staff, rooms, placed"),
        ((IN, OUT, "variable", "input", (), ("trained",)), "ratios here: trained; .* ratios break the convexity"),
        ((("unemployment_rate",), ("eingliederungsquote",)), "twice the size does not have twice the rate"),
    ],
)
def test_a_frontier_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ComparisonError, match=message):
        Frontier(*arguments)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="rooms"), "not found: rooms"),
        (FRAME.assign(rooms=FRAME["rooms"].where(FRAME["kommune"] != "M02", 0)), "above zero; rooms is not for M02"),
        (FRAME.assign(placed=-FRAME["placed"]), "above zero; placed is not for M01, M02"),
        (FRAME.assign(rooms=FRAME["rooms"].where(FRAME["kommune"] != "M04", 1e7)), "rooms has .* and 1e\\+07 for M04"),
        (FRAME.head(11), r"needs at least max\(2·2, 3·\(2\+2\)\) = 12 units with all values; found 11"),
        (FRAME.assign(placed=np.nan), "= 12 units with all values; found 0"),
        (pd.concat([FRAME, FRAME.head(1)]), "more than once here: M01"),
    ],
    ids=["column", "zero", "negative", "wide", "few", "missing", "twice"],
)
def test_values_that_can_make_no_frontier_are_refused_with_names(frame, message):
    with pytest.raises(ComparisonError, match=message):
        Frontier(IN, OUT)(frame)


def test_only_the_closed_set_is_compared():
    with pytest.raises(ForeignUnitError, match="05111"):
        Frontier(IN, OUT)(FRAME.head(2).assign(kommune=["05111", "06438"]))


def test_a_solver_that_gives_up_is_heard(monkeypatch):
    monkeypatch.setitem(linear_programs._OPTIONS, "simplex_iteration_limit", 0)
    with pytest.raises(ComparisonError, match="HiGHS ended with"):
        Frontier(IN, OUT)(FRAME)


def test_the_solver_prints_nothing(capfd):
    Frontier(IN, OUT)(FRAME)
    assert capfd.readouterr() == ("", "")


def test_the_solver_is_loaded_only_when_a_frontier_is_computed():
    code = "import sys, optkommunen.comparison.frontier.envelopment; print('highspy' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_every_caveat_is_there_in_both_languages():
    assert len(caveats("de")) == len(caveats("en"))
    assert not set(caveats("de")) & set(caveats("en"))
