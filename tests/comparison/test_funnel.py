"""Funnel: goldens, variants, exact form, test of excess variation, flags and labels, the simulated flag rates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from optkommunen.comparison.dispersion import (
    exact_limits,
    limits,
    naive_limits,
    overdispersion,
    standard_error,
    winsorised_variance,
)
from optkommunen.comparison.funnel import FLAGGED, Funnel
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.indicators.rates import indicator
from optkommunen.loaders.returns import load_returns
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


@pytest.mark.shared
def test_v04_limits_of_a_proportion():
    block = golden("V04_funnel_limits")
    theta0, want = block["values"]["prop_theta0"], block["values"]["lower95_pct"]
    lower, _ = naive_limits(theta0, [float(n) for n in want], 0.95, "proportion")
    check(100 * lower, list(want.values()), block["tolerance"])


@pytest.mark.shared
def test_v04_exact_limits():
    block = golden("V04_funnel_limits")
    for expected, want in block["values"]["poisson"].items():
        got = [limit for level in (0.95, 0.998) for limit in exact_limits(float(expected), level)]
        check(got, want, block["tolerance"])


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
    rate = events / exposure
    for form in ("naive", "additive", "multiplicative"):
        outside = []
        for level in (0.95, 0.998):
            # the golden has the normal form at every size, also below ten expected events
            edge = limits(found, exposure, level, exact_below=0)[form]
            outside.append(int(((rate < edge["lower"]) | (rate > edge["upper"])).sum()))
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


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("expected", [0.3, 1.0, 2.5, 4.0, 9.9])
def test_with_few_expected_events_a_count_beyond_the_limit_is_as_rare_as_the_level_says(expected, level):
    exposure = expected / 0.01
    lower, upper = naive_limits(0.01, np.array([exposure]), level)
    tail = (1 - level) / 2
    # the limits lie between two counts: the one just outside may still be a little too likely, the next may not
    assert stats.poisson.cdf(np.ceil(lower[0] * exposure) - 2, expected) <= tail
    assert stats.poisson.sf(np.floor(upper[0] * exposure) + 1, expected) <= tail
    assert stats.poisson.cdf(np.ceil(lower[0] * exposure), expected) > tail
    assert stats.poisson.sf(np.floor(upper[0] * exposure) - 1, expected) > tail


def test_no_event_is_not_low_where_hardly_any_is_expected_but_the_package_form_says_so():
    assert naive_limits(0.01, np.array([100.0]), 0.95)[0] < 0
    assert exact_limits(1.0, 0.95)[0] > 0


def test_the_exact_form_meets_the_normal_one_without_a_step():
    for level in (0.95, 0.998):
        below, above = naive_limits(0.01, np.array([999.9]), level), naive_limits(0.01, np.array([1000.1]), level)
        for one, other in zip(below, above, strict=True):
            assert abs(one - other)[0] < 0.15 * 0.01


def test_limits_of_a_large_unit_by_hand():
    found = overdispersion(*(units()[column] for column in ("events", "exposure")))
    s, z = np.sqrt(found.theta0 / 5000), stats.norm.isf(0.025)
    forms = limits(found, [5000.0], 0.95)
    assert forms["naive"]["upper"][0] == pytest.approx(found.theta0 + z * s)
    assert forms["additive"]["upper"][0] == pytest.approx(found.theta0 + z * np.sqrt(s**2 + found.tau2))
    assert forms["multiplicative"]["lower"][0] == pytest.approx(found.theta0 - z * s * np.sqrt(found.phi))


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
        assert row.flagged_without_outliers == FLAGGED["corrected"][row.level]


def test_another_level_has_no_simulated_rate():
    assert Funnel(levels=(0.9,))(units()).summary["flagged_without_outliers"].isna().all()
    assert Funnel(trim=0.2)(units()).summary["flagged_without_outliers"].isna().all()
    assert Funnel(kind="proportion")(units()).summary["flagged_without_outliers"].isna().all()
    assert Funnel()(units(n=49)).summary["flagged_without_outliers"].isna().all()
    assert Funnel()(units(n=50)).summary["flagged_without_outliers"].notna().all()


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
    with pytest.raises(ComparisonError, match="positive, finite exposures"):
        Funnel()(units()).limits([0, 10])


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
    ],
)
def test_parameters_that_make_no_funnel_are_refused(options, message):
    with pytest.raises(ComparisonError, match=message):
        Funnel(**options)


def test_a_level_is_between_0_and_1():
    with pytest.raises(OptkommunenError, match="between 0 and 1; found 95"):
        Funnel(levels=(95,))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000), st.sampled_from(VARIANTS))
def test_order_changes_nothing(seed, variant):
    frame = units(n=12, sd=0.05)
    turned = frame.sample(frac=1, random_state=seed)
    ours, theirs = (Funnel(variant=variant)(one) for one in (frame, turned))
    pd.testing.assert_frame_equal(ours.units, theirs.units)
    pd.testing.assert_frame_equal(ours.summary, theirs.summary)


@settings(deadline=None, max_examples=20)
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
    for variant, at_95 in {"winsorised": 0.12, "plain": 0.049, "corrected": 0.064}.items():
        assert rates.at[variant, 0.95] == pytest.approx(at_95, abs=0.006)
    for variant, flagged in FLAGGED.items():
        for level, rate in flagged.items():
            assert rates.at[variant, level] == pytest.approx(rate, abs=0.5 * 10 ** -(3 if level == 0.95 else 4) + 1e-9)


def test_of_three_outliers_the_corrected_form_finds_more_than_the_plain_one():
    found = pd.read_csv(BENCHMARK).query("outliers == 3 and level == 0.998").groupby("variant")["found"].mean()
    assert found["corrected"] == pytest.approx(0.67, abs=0.03)
    assert found["plain"] == pytest.approx(0.40, abs=0.03)


def test_the_simulation_gives_the_same_numbers_twice_and_others_with_another_seed():
    from benchmarks.funnel import flag_rates

    once, again = flag_rates(sets=3, jobs=1), flag_rates(sets=3, jobs=1)
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(flag_rates(sets=3, seed=1, jobs=1))


def test_the_dispersion_of_proportions_is_that_of_binomial_counts():
    part, whole = np.array([30, 60, 20, 90]), np.array([100, 150, 90, 160])
    theta = part.sum() / whole.sum()
    z = (part / whole - theta) / np.sqrt(theta * (1 - theta) / whole)
    found = overdispersion(part, whole, kind="proportion", variant="plain")
    assert found.phi == pytest.approx(np.mean(z**2))
    assert found.x2 == pytest.approx((z**2).sum())
    table = np.array([part, whole - part])
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)  # the same test
