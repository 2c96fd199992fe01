"""Funnel: goldens, variants, limits at all sizes, test of excess variation, flags and labels, false alarms."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from optkommunen.comparison import dispersion
from optkommunen.comparison.dispersion import (
    FORMS,
    Overdispersion,
    flagged_without_outliers,
    overdispersion,
    standard_error,
    suffix,
    winsorised_variance,
)
from optkommunen.comparison.funnel import Funnel
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import load_returns
from optkommunen.values import SYNTHETIC_KEYS
from tests.goldens import check, golden, golden_data

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "funnel.csv"
VARIANTS = ("corrected", "winsorised", "plain")


def units(seed=1, n=69, sd=0.02, outlier=0.0):
    rng = np.random.default_rng(seed)
    exposure = np.round(rng.lognormal(np.log(6000), 0.6, n))
    rate = rng.normal(0.25, sd, n)
    rate[0] += outlier
    return pd.DataFrame({"kommune": SYNTHETIC_KEYS[:n], "events": rng.poisson(exposure * rate), "exposure": exposure})


def limits(*about):
    """Lower and upper limit by form."""
    table = dispersion.limits(*about)
    sides = {form: table[[f"lower{suffix(form)}", f"upper{suffix(form)}"]] for form in FORMS}
    return {form: side.set_axis(["lower", "upper"], axis=1) for form, side in sides.items()}


def around(theta0, tau2=0.0, phi=1.0):
    """Centre and spread, as if they had been found."""
    return Overdispersion(theta0, phi, tau2, 0.0, 68, 1.0)


def test_v04_limits_of_a_proportion():
    block = golden("V04_funnel_limits")
    theta0, want = block["values"]["prop_theta0"], block["values"]["lower95_pct"]
    # published funnels have the normal form at every size
    lower = theta0 - stats.norm.isf(0.025) * standard_error(theta0, [float(n) for n in want], "proportion")
    check(100 * lower, list(want.values()), block["tolerance"])


@pytest.mark.shared
def test_v36_overdispersion_of_north_carolina():
    block = golden("V36_funnel_overdispersion")
    want, data = block["values"]["sids74"], golden_data("sids74")
    events, exposure = data["SID74"].to_numpy(float), data["BIR74"].to_numpy(float)
    plain, found = (overdispersion(events, exposure, variant=variant) for variant in ("plain", "winsorised"))
    check(1000 * found.theta0, want["theta0_per1000"], block["tolerance"])
    check(plain.phi, want["phi_raw_mean_z2"], block["tolerance"])
    check(found.x2 / found.df, want["phi_pearson_df99"], block["tolerance"])
    check(found.phi, want["phi_winsorised"], block["tolerance"])
    check(1e6 * found.tau2, want["tau2_per1000_squared"], block["tolerance"])
    check(1000 * np.sqrt(found.tau2), want["tau_per1000"], block["tolerance"])
    s = standard_error(found.theta0, exposure)
    spread = {"naive": s, "additive": np.sqrt(s**2 + found.tau2), "multiplicative": s * np.sqrt(found.phi)}
    for form, of_form in spread.items():
        away = abs(events / exposure - found.theta0) / of_form  # published funnels have the normal form at every size
        outside = [int((away > stats.norm.isf((1 - level) / 2)).sum()) for level in (0.95, 0.998)]
        assert outside == want[f"outside_{form}_95_998"]


@pytest.mark.parametrize("trim", [0.01, 0.1, 0.25])
def test_the_winsorised_variance_is_that_of_the_integral(trim):
    q = stats.norm.isf(trim)
    want, _ = integrate.quad(lambda z: min(abs(z), q) ** 2 * stats.norm.pdf(z), -12, 12, points=[-q, q])
    assert winsorised_variance(trim) == pytest.approx(want, rel=1e-9)


def test_corrected_is_winsorised_over_its_variance_and_without_trim_all_are_one():
    frame = units()
    phi = {v: overdispersion(frame["events"], frame["exposure"], variant=v).phi for v in VARIANTS}
    assert phi["corrected"] == pytest.approx(phi["winsorised"] / 0.679, rel=1e-3)
    untrimmed = [overdispersion(frame["events"], frame["exposure"], variant=v, trim=0).phi for v in VARIANTS]
    assert untrimmed == pytest.approx([phi["plain"]] * 3)


def test_the_test_of_excess_variation_is_pearsons():
    frame = units()
    found = overdispersion(frame["events"], frame["exposure"])
    want = stats.chisquare(frame["events"], found.theta0 * frame["exposure"])
    assert found.x2 == pytest.approx(want.statistic, rel=1e-10)
    assert found.p == pytest.approx(want.pvalue, rel=1e-8)
    assert found.df == 68


def test_tau_is_recovered():
    found = [
        overdispersion(frame["events"], frame["exposure"], variant="plain").tau2
        for frame in (units(seed, sd=0.03) for seed in range(300))
    ]
    assert abs(np.mean(found) - 0.03**2) < 3 * np.std(found) / np.sqrt(300)


def test_one_outlier_widens_the_corrected_limits_less_than_the_plain_ones():
    clean, spoiled = units(), units(outlier=0.3)
    change = {
        v: overdispersion(spoiled["events"], spoiled["exposure"], variant=v).tau2
        / overdispersion(clean["events"], clean["exposure"], variant=v).tau2
        for v in ("corrected", "plain")
    }
    assert change["corrected"] < 1.2 < 3 < change["plain"]


def beyond(expected, level, form="additive"):
    """Probability of a Poisson count above the upper and below the lower limit, over what the level says."""
    edge = limits(around(0.01), expected / 0.01, level)[form]
    above = stats.poisson.sf(np.floor(edge["upper"] * expected / 0.01), expected)
    below = stats.poisson.cdf(np.ceil(edge["lower"] * expected / 0.01) - 1, expected)
    return above / ((1 - level) / 2), below / ((1 - level) / 2)


@pytest.mark.parametrize(("level", "fewest"), [(0.95, 1), (0.998, 10)])
def test_as_many_counts_lie_above_the_upper_limit_as_the_level_says_on_average_over_sizes(level, fewest):
    for expected in fewest * np.array([1.0, 1.5, 2, 3, 5, 10, 30, 100]):
        above, _ = beyond(np.linspace(expected, 2 * expected, 4001), level)
        assert 0.94 <= above.mean() <= 1.01


@pytest.mark.parametrize(("expected", "share"), [(1.0, 0.74), (2.0, 0.81), (5.0, 0.91)])
def test_below_ten_expected_events_fewer_counts_lie_above_the_widest_limit_than_it_says(expected, share):
    above, _ = beyond(np.linspace(expected, 2 * expected, 4001), 0.998)
    assert above.mean() == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_at_no_expected_count_is_the_upper_tail_far_above_what_the_level_says(level):
    above, below = beyond(np.geomspace(1, 1000, 20_001), level)
    assert above.max() <= 1.75
    assert below.max() <= 2.5  # none where 2.8 are expected, at 95 %
    assert (beyond(np.linspace(5, 10, 4001), level)[1].mean()) <= 1.01


def test_no_event_is_not_low_where_fewer_than_two_are_expected_but_the_package_form_says_so():
    for level in (0.5, 0.95, 0.998):
        for tau2 in (0.0, 0.001):
            edge = limits(around(0.01, tau2), [10.0, 199.9], level)
            assert all((frame["lower"] == 0).all() for frame in edge.values())
    assert stats.chi2.ppf(0.025, 2 * 1.0) / 2 > 0  # the exact limit of a count, which R packages draw


def test_of_a_share_nothing_is_high_where_fewer_than_two_are_expected_outside():
    assert limits(around(0.99), [150.0], 0.5, "proportion")["additive"]["upper"][0] == 1


@pytest.mark.parametrize("kind", ["rate", "proportion"])
@pytest.mark.parametrize("tau2", [0.0, 0.01])
def test_limits_are_smooth_over_all_sizes(kind, tau2):
    grid = np.geomspace(10, 1e6, 20_001)  # from one expected event on
    edge = limits(around(0.1, tau2), grid, 0.95, kind)["additive"]
    step = np.abs(np.diff(edge, axis=0))
    assert step.max() < 0.001
    assert (np.diff(edge["upper"]) < 0).all()
    assert (np.diff(edge["lower"]) >= 0).all()


def moments(events, weight, size):
    mean = (events / size * weight).sum()
    return ((events / size - mean) ** 2 * weight).sum(), ((events / size - mean) ** 3 * weight).sum()


@pytest.mark.parametrize("kind", ["rate", "proportion"])
def test_limits_follow_the_variance_and_the_skewness_of_counts_whose_true_values_spread_evenly(kind):
    """Two true values, equally often: variance and third cumulant as exact sums over all counts."""
    size, theta0, tau = 120, 0.2, 0.08
    k = np.arange(size + 1 if kind == "proportion" else 400)
    chance = stats.binom.pmf(k, size, [[theta0 - tau], [theta0 + tau]]) if kind == "proportion" else None
    chance = stats.poisson.pmf(k, size * np.array([[theta0 - tau], [theta0 + tau]])) if chance is None else chance
    variance, third = moments(k, chance.mean(axis=0), size)
    seen = tau**2 * (1 - 1 / size) if kind == "proportion" else tau**2  # what the true values add to the variance seen
    for level in (0.95, 0.998):
        z = stats.norm.isf((1 - level) / 2)
        edge = limits(around(theta0, seen), [float(size)], level, kind)["additive"].iloc[0]
        shift = (z**2 - 1) / 6 * third / variance
        assert edge["upper"] == pytest.approx(theta0 + z * np.sqrt(variance) + shift, rel=1e-9)
        assert edge["lower"] == pytest.approx(max(theta0 - z * np.sqrt(variance) + shift, 0), rel=1e-9)


def test_the_limits_of_a_share_mirror_those_of_the_other_part():
    grid = np.geomspace(1, 1e5, 500)
    for form in ("additive", "multiplicative", "naive"):
        own = limits(around(0.15, 0.003, 5.0), grid, 0.998, "proportion")[form]
        other = limits(around(0.85, 0.003, 5.0), grid, 0.998, "proportion")[form]
        np.testing.assert_allclose(own["lower"], 1 - other["upper"], atol=1e-12)
        np.testing.assert_allclose(own["upper"], 1 - other["lower"], atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    st.floats(0.05, 1e4), st.floats(0, 3), st.sampled_from([0.01, 0.5, 0.9]), st.sampled_from(["rate", "proportion"])
)
def test_a_higher_level_has_wider_limits_up_to_the_highest(expected, relative, theta0, kind):
    found = around(theta0, (relative * theta0) ** 2)
    levels = (0.7, 0.95, 0.998, 0.999999, 1 - 1e-15)
    edges = [limits(found, [expected / theta0], level, kind)["additive"].iloc[0] for level in levels]
    for narrow, wide in pairwise(edges):
        assert wide["lower"] <= narrow["lower"] <= theta0
        assert wide["upper"] >= narrow["upper"]


def test_a_count_is_flagged_where_it_lies_outside_the_limits_drawn():
    rng = np.random.default_rng(3)
    exposure = np.round(rng.uniform(20, 400, 69))
    frame = pd.DataFrame({"kommune": SYNTHETIC_KEYS, "events": rng.poisson(0.02 * exposure), "exposure": exposure})
    frame.loc[:4, "events"] += 5
    result = Funnel()(frame)
    curves = result.limits(frame["exposure"]).drop_duplicates().set_index(["level", "exposure"])
    for row in result.units.itertuples():
        edge = curves.loc[(row.level, row.exposure)]
        want = "low" if row.value < edge["lower"] else "high" if row.value > edge["upper"] else "inside"
        assert row.flag == want
    assert result.units["flag"].eq("high").sum() >= 5


def test_limits_of_a_large_unit_by_hand():
    found = overdispersion(*(units()[column] for column in ("events", "exposure")))
    s, z = np.sqrt(found.theta0 / 5000), stats.norm.isf(0.025)
    forms = limits(found, [5000.0], 0.95)
    skewed = (z**2 - 1) / 6 / 5000
    assert forms["naive"]["upper"][0] == pytest.approx(found.theta0 + z * s + skewed)
    k3 = found.theta0 / 5000**2 + 3 * found.tau2 / 5000
    variance = found.theta0 / 5000 + found.tau2
    want = found.theta0 + z * np.sqrt(variance) + (z**2 - 1) / 6 * k3 / variance
    assert forms["additive"]["upper"][0] == pytest.approx(want)
    lower = found.theta0 - z * s * np.sqrt(found.phi) + skewed * (3 - 2 / found.phi)
    assert forms["multiplicative"]["lower"][0] == pytest.approx(lower)


def test_limits_never_narrow_below_chance():
    found = overdispersion([100, 200, 300, 400], [1000, 2000, 3000, 4000])
    assert found.phi < 1
    forms = limits(found, [500.0, 5000.0], 0.95)
    pd.testing.assert_frame_equal(forms["multiplicative"], forms["naive"])
    pd.testing.assert_frame_equal(forms["additive"], forms["naive"])


def test_the_frame_says_what_the_arrays_say():
    frame = units()
    result = Funnel()(frame)
    found = overdispersion(frame["events"], frame["exposure"])
    assert result.found == found
    table = result.units[result.units["level"] == 0.998].reset_index(drop=True)
    edge = limits(found, frame["exposure"], 0.998)["additive"]
    np.testing.assert_allclose(table["lower"], 100 * edge["lower"])
    np.testing.assert_allclose(table["value"], 100 * frame["events"] / frame["exposure"])
    z = (frame["events"] / frame["exposure"] - found.theta0) / standard_error(found.theta0, frame["exposure"])
    np.testing.assert_allclose(table["z"], z)
    assert table["method"].unique() == "funnel_additive"


def test_flags_and_labels_of_a_high_and_a_low_unit():
    frame = units(sd=0.0)
    frame.loc[0, "events"] = round(0.4 * frame.loc[0, "exposure"])
    frame.loc[1, "events"] = round(0.1 * frame.loc[1, "exposure"])
    for polarity, words in {1: ["better", "worse"], -1: ["worse", "better"], 0: ["", ""]}.items():
        table = Funnel(levels=(0.998,), polarity=polarity)(frame).units.set_index("kommune")
        assert table.loc[["M01", "M02"], "flag"].tolist() == ["high", "low"]
        assert table.loc[["M01", "M02"], "label"].tolist() == words
        assert (table.loc[table["flag"] == "inside", "label"] == "").all()


def test_without_a_direction_nobody_is_better_or_worse_and_rows_are_numbered():
    table = Funnel()(units()).units
    assert set(table["flag"]) > {"inside"}
    assert set(table["label"]) == {""}
    assert table.index.equals(pd.RangeIndex(2 * 69))


def test_what_lies_outside_at_a_high_level_lies_outside_at_a_lower_one():
    table = Funnel()(units(sd=0.05)).units.pivot(index="kommune", columns="level", values="flag")
    assert (table.loc[table[0.998] != "inside", 0.95] != "inside").all()


def test_the_summary_counts_what_the_units_show():
    result = Funnel()(units())
    for row in result.summary.itertuples():
        table = result.units[result.units["level"] == row.level]
        assert row.outside_additive == (table["flag"] != "inside").sum()
        assert row.outside_naive == (table["flag_naive"] != "inside").sum() > row.outside_additive
        assert row.outside_multiplicative == (table["flag_multiplicative"] != "inside").sum()
        assert row.tau == pytest.approx(100 * np.sqrt(result.found.tau2))
        assert row.note == ""


def alarms(median, cv):
    """False alarms at both levels with so many events expected in the middle, mean over four sets of exposures."""
    sizes = np.exp(np.random.default_rng(1).normal(np.log(median), 0.6, (4, 69)))
    return np.mean([flagged_without_outliers(around(1.0, cv**2), each, [0.95, 0.998]) for each in sizes], axis=0)


@pytest.mark.parametrize(("median", "at_95"), [(1, 0.02), (3, 0.04), (10, 0.05), (100, 0.06), (1500, 0.068)])
def test_the_fewer_events_the_fewer_units_are_flagged_without_outliers(median, at_95):
    assert alarms(median, cv=0.3)[0] == pytest.approx(at_95, abs=0.006)


@pytest.mark.parametrize("median", [10, 100, 1500])
def test_without_excess_fewer_than_the_nominal_share_are_flagged(median):
    at_95, at_998 = alarms(median, cv=0.0)
    assert at_95 == pytest.approx(0.04, abs=0.003)
    assert at_998 == pytest.approx(0.0013, abs=0.0004)


@pytest.mark.parametrize("kind", ["rate", "proportion"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_false_alarms_are_those_of_funnels_drawn_one_by_one(kind, variant):
    """An independent simulation: new sets, each through the funnel of the package."""
    rng, n = np.random.default_rng(11), 40
    exposure, found = np.round(rng.uniform(50, 500, n)), around(0.3, 0.05**2)
    flagged = []
    for _ in range(400):
        truth = rng.normal(0.3, 0.05, n)
        events = rng.poisson(truth * exposure) if kind == "rate" else rng.binomial(exposure.astype(int), truth)
        one = overdispersion(events, exposure, kind, variant)
        edge = limits(one, exposure, 0.95, kind)["additive"]
        flagged.append(((events / exposure < edge["lower"]) | (events / exposure > edge["upper"])).mean())
    error = np.std(flagged) / np.sqrt(len(flagged))
    got = flagged_without_outliers(found, exposure, [0.95], kind, variant)[0]
    assert abs(got - np.mean(flagged)) < 3.5 * error


@pytest.mark.parametrize(
    "options",
    [{"levels": (0.9,)}, {"trim": 0.2}, {"kind": "proportion"}, {"variant": "plain"}, {"variant": "winsorised"}],
)
@pytest.mark.parametrize("n", [12, 69])
def test_the_summary_says_what_this_funnel_flags_without_outliers(options, n):
    frame = units(n=n)
    funnel = Funnel(**{"levels": (0.95,)} | options)
    result = funnel(frame)
    arguments = (funnel.levels, funnel.kind, funnel.variant, funnel.trim)
    want = flagged_without_outliers(result.found, frame["exposure"], *arguments)
    assert result.summary["flagged_without_outliers"].tolist() == want
    assert 0 < want[0] < 0.2


def test_few_units_leave_phi_and_tau_uncertain_and_the_summary_says_so():
    assert Funnel()(units(n=29)).summary["note"].unique() == "φ and τ are uncertain: fewer than 30 units"
    assert Funnel()(units(n=30)).summary["note"].unique() == ""


def test_curves_pass_through_the_limits_of_the_units():
    frame = units()
    result = Funnel()(frame)
    curves = result.limits(frame["exposure"])
    table = result.units.sort_values(["level", "exposure"], kind="stable").reset_index(drop=True)
    columns = ["lower", "upper", "lower_naive", "upper_naive", "lower_multiplicative", "upper_multiplicative"]
    np.testing.assert_allclose(curves[columns], table[columns])
    assert (curves["centre"] == 100 * result.found.theta0).all()


def test_curves_start_above_zero():
    for start in (0, -1, np.nan, np.inf):
        with pytest.raises(ComparisonError, match="positive, finite exposures; found"):
            Funnel()(units()).limits([start, 10])


def test_limits_stay_within_what_a_rate_and_a_share_can_be():
    frame = pd.DataFrame(
        {"kommune": ["M01", "M02", "M03", "M04"], "events": [1, 9, 95, 88], "exposure": [1, 10, 100, 90]}
    )
    curves = Funnel(kind="proportion")(frame).limits([1, 5])
    assert (curves["upper"] <= 100).all()
    assert (Funnel()(frame.assign(exposure=[1000] * 4)).limits([1, 5])["lower"] >= 0).all()


def test_the_columns_of_the_returns_can_be_used_as_they_are():
    frame = indicator("eingliederungsquote", load_returns()).query("period == '2008'")
    result = Funnel(events="numerator", exposure="denominator", polarity=1)(frame)
    assert result.summary["p"].max() < 1e-10
    assert result.units["status"].unique() == "synthetic"
    assert set(result.units["label"]) <= {"", "better", "worse"}


def test_one_missing_unit_stays_with_its_reason_and_changes_no_centre():
    frame = units().assign(note="", events=lambda f: f["events"].astype(float))
    gone = frame.assign(events=frame["events"].mask(frame["kommune"] == "M07"), note="no return")
    result, rest = Funnel()(gone), Funnel()(frame[frame["kommune"] != "M07"])
    row = result.units.query("kommune == 'M07' and level == 0.95").iloc[0]
    assert (row["flag"], row["note"], row["status"], row["method"]) == ("not assessed", "no return", "missing", "none")
    assert row[["value", "lower", "upper", "z"]].isna().all()
    assert result.found == rest.found
    assert result.summary["n"].tolist() == [68, 68]


def test_a_unit_without_exposure_is_not_assessed():
    frame = units()
    frame.loc[3, ["events", "exposure"]] = 0
    assert Funnel()(frame).units.query("kommune == 'M04'")["note"].unique() == "the denominator is 0"


def test_a_unit_without_events_is_low():
    frame = units()
    frame.loc[3, "events"] = 0
    assert Funnel()(frame).units.query("kommune == 'M04'")["flag"].tolist() == ["low", "low"]


def test_equal_rates_lie_inside_without_any_spread():
    frame = pd.DataFrame({"kommune": SYNTHETIC_KEYS, "events": 50, "exposure": 200})
    result = Funnel()(frame)
    assert (result.found.phi, result.found.tau2) == (0, 0)
    assert result.units["flag"].unique() == "inside"


def test_an_estimated_unit_makes_the_centre_and_so_every_flag_estimated():
    real = units(n=4).assign(kommune=["06438", "06436", "06432", "06431"], status=["observed"] * 3 + ["estimated"])
    result = Funnel()(real)
    assert result.units["status"].unique() == "estimated"
    assert result.summary["status"].unique() == "estimated"


def test_nothing_to_estimate_from_is_refused():
    with pytest.raises(ComparisonError, match="needs 3 units with events and exposure, better all of them; found 0"):
        Funnel()(units().assign(events=np.nan))
    with pytest.raises(ComparisonError, match="found 0 events in"):
        Funnel()(units().assign(events=0))
    with pytest.raises(ComparisonError, match="found 280 events in 280"):
        Funnel(kind="proportion")(units(n=4).assign(events=70, exposure=70))


def test_a_part_larger_than_its_whole_is_no_share():
    frame = units().assign(events=lambda f: f["events"].where(f["kommune"] != "M05", 1e6))
    with pytest.raises(ComparisonError, match="larger than the whole for M05"):
        Funnel(kind="proportion")(frame)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "robust"}, r"variant of a funnel is one of .*found 'robust'"),
        ({"kind": "share"}, r"kind of a funnel is one of .*found 'share'"),
        ({"polarity": 2}, r"polarity of a funnel is one of \(-1, 0, 1\); found 2"),
        ({"levels": None}, "needs levels; found None"),
        ({"trim": 0.5}, "less than half of the units; found trim=0.5"),
        ({"per": 0}, "per a positive number of units; found per=0"),
        ({"per": -100}, "found per=-100"),
        ({"per": float("inf")}, "found per=inf"),
    ],
)
def test_parameters_that_make_no_funnel_are_refused(options, message):
    with pytest.raises(OptkommunenError, match=message):
        Funnel(**options)


def test_a_level_is_between_0_and_1():
    with pytest.raises(OptkommunenError, match="between 0 and 1; found 95"):
        Funnel(levels=(95,))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000), st.sampled_from(VARIANTS))
def test_order_changes_nothing(seed, variant):
    frame = units(n=12, sd=0.05)
    turned = frame.sample(frac=1, random_state=seed)
    ours, theirs = (Funnel(variant=variant)(one) for one in (frame, turned))
    pd.testing.assert_frame_equal(ours.units, theirs.units)
    pd.testing.assert_frame_equal(ours.summary, theirs.summary)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from([1 / 12, 12.0, 1000.0]), st.sampled_from(VARIANTS))
def test_the_unit_of_the_exposure_changes_no_flag(factor, variant):
    frame = units(sd=0.04)
    other = Funnel(variant=variant)(frame.assign(exposure=frame["exposure"] * factor))
    own = Funnel(variant=variant)(frame)
    assert own.units["flag"].tolist() == other.units["flag"].tolist()
    np.testing.assert_allclose(other.units["upper"] * factor, own.units["upper"], rtol=1e-9)
    assert other.found.phi == pytest.approx(own.found.phi, rel=1e-9)


def test_the_table_of_simulated_flag_rates_has_every_case_and_2000_sets():
    table = pd.read_csv(BENCHMARK)
    cases = table.groupby(["sd", "outliers", "variant", "level"]).size()
    assert cases.eq(1).all()
    assert len(cases) == 2 * 2 * 3 * 2
    assert (table["sets"] == 2000).all()
    assert table["found"].notna().eq(table["outliers"] > 0).all()


def test_without_outliers_the_variants_flag_what_the_method_says():
    table = pd.read_csv(BENCHMARK).query("outliers == 0")
    rates = table.pivot_table(index="variant", columns="level", values="flagged")
    for variant, at_95, at_998 in [("winsorised", 0.12, 0.016), ("plain", 0.049, 0.0016), ("corrected", 0.064, 0.0043)]:
        assert rates.at[variant, 0.95] == pytest.approx(at_95, abs=0.005)
        assert rates.at[variant, 0.998] == pytest.approx(at_998, abs=0.0006)


def test_the_table_agrees_with_what_a_funnel_simulates_for_itself():
    exposure = np.exp(np.random.default_rng(2).normal(np.log(6000), 0.6, 69))
    table = pd.read_csv(BENCHMARK).query("outliers == 0 and sd == 4").set_index(["variant", "level"])["flagged"]
    for variant in VARIANTS:
        got = flagged_without_outliers(around(0.25, 0.04**2), exposure, [0.95, 0.998], "rate", variant)
        assert got == pytest.approx([table[variant, 0.95], table[variant, 0.998]], abs=0.003)


def test_of_three_outliers_the_corrected_form_finds_more_than_the_plain_one():
    found = pd.read_csv(BENCHMARK).query("outliers == 3 and level == 0.998").groupby("variant")["found"].mean()
    assert found["corrected"] == pytest.approx(0.67, abs=0.03)
    assert found["plain"] == pytest.approx(0.40, abs=0.03)


def test_the_simulation_gives_the_same_numbers_twice_and_others_with_another_seed():
    from benchmarks.funnel import flag_rates

    once, again = flag_rates(sets=3), flag_rates(sets=3)
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(flag_rates(sets=3, seed=1))


def test_the_dispersion_of_proportions_is_that_of_binomial_counts():
    part, whole = np.array([30, 60, 20, 90]), np.array([100, 150, 90, 160])
    theta = part.sum() / whole.sum()
    z = (part / whole - theta) / np.sqrt(theta * (1 - theta) / whole)
    found = overdispersion(part, whole, kind="proportion", variant="plain")
    assert found.phi == pytest.approx(np.mean(z**2))
    assert found.x2 == pytest.approx((z**2).sum())
    table = np.array([part, whole - part])
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)  # the same test
