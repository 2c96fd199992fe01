"""Shrinkage: goldens, recovery against known truth, pooled where nothing varies, what does not apply, properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optkommunen.comparison.priors import beta_prior, gamma_prior
from optkommunen.comparison.shrinkage import COLUMNS, eb_beta, eb_gamma, eb_normal
from optkommunen.errors import ComparisonError
from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import load_returns
from optkommunen.values import SYNTHETIC_KEYS
from tests.goldens import check, golden, golden_data


def keyed(frame):
    return frame.assign(kommune=list(SYNTHETIC_KEYS[: len(frame)]))


def rates(seed=1, n=69, spread=0.2):
    """Counts with known true rates; small units, so that chance matters."""
    rng = np.random.default_rng(seed)
    exposure = np.round(rng.lognormal(np.log(400), 0.8, n))
    truth = rng.gamma(1 / spread**2, 0.25 * spread**2, n)
    return keyed(pd.DataFrame({"events": rng.poisson(exposure * truth), "exposure": exposure, "truth": truth}))


def loglik(prior, events, exposure):
    return stats.nbinom.logpmf(events, prior.alpha, prior.beta / (prior.beta + exposure)).sum()


@pytest.mark.shared
def test_v35_pumps():
    block = golden("V35_gamma_poisson_eb")
    want, data = block["values"]["pumps"], golden_data("pumps")
    prior = gamma_prior(data["failures"], data["time"])
    check([prior.alpha, prior.beta], [want["alpha"], want["beta"]], block["tolerance"])
    check(loglik(prior, data["failures"], data["time"]), want["loglik"], block["tolerance"])
    table = eb_gamma(keyed(data), events="failures", exposure="time", per=1)
    check(table["value"][:3], want["posterior_mean_first3"], block["tolerance"])
    check(table["weight"][:3], want["weight_on_own_rate_first3"], block["tolerance"])


@pytest.mark.shared
def test_v35_north_carolina():
    block = golden("V35_gamma_poisson_eb")
    want, data = block["values"]["sids74"], golden_data("sids74")
    events, exposure = data["SID74"], data["BIR74"] / 1000
    prior = gamma_prior(events, exposure)
    check([prior.alpha, prior.beta], [want["alpha"], want["beta"]], block["tolerance"])
    check(loglik(prior, events, exposure), want["loglik"], block["tolerance"])
    posterior = (prior.alpha + events[:3]) / (prior.beta + exposure[:3])
    check(posterior, want["posterior_mean_first3"], block["tolerance"])


@pytest.mark.shared
def test_v35_the_moments_of_marshall_are_near_and_the_likelihood_uses_more():
    block = golden("V35_gamma_poisson_eb")
    want, data = block["values"]["sids74"], golden_data("sids74")
    o, e = data["SID74"], data["BIR74"] / 1000
    m, r = o.sum() / e.sum(), o / e
    a = (e * (r - m) ** 2).sum() / e.sum() - m / e.mean()
    check([m, a], [want["marshall_m"], want["marshall_A"]], block["tolerance"])
    check((m + a / (a + m / e) * (r - m))[:3], want["marshall_eb_first3"], block["tolerance"])
    prior = gamma_prior(o, e)
    assert prior.alpha / prior.beta**2 == pytest.approx(a, rel=0.5)


@pytest.mark.shared
def test_v05_rats():
    block = golden("V05_rats_betabinom")
    data = golden_data("rats")[:70]
    prior = beta_prior(data["y"], data["n"], method="moments")
    check([prior.alpha, prior.beta], block["values"]["mom70"], block["tolerance"])
    check(prior.mean, block["values"]["mean70"], block["tolerance"])


@pytest.mark.shared
def test_v06_trials_drawn_to_their_mean():
    block = golden("V06_bcg_meta")
    table = eb_normal(keyed(golden_data("bcg")), value="yi", variance="vi", tau2="DL")
    check(table["value"][:3], block["values"]["DL"]["blup_first3"], block["tolerance"])
    check(table["mean"], block["values"]["DL"]["mu"], block["tolerance"])


@pytest.mark.shared
@pytest.mark.parametrize("method", ["PM", "REML"])
def test_v43_studies_drawn_to_their_mean(method):
    block = golden("V43_raudenbush_tau2")
    table = eb_normal(keyed(golden_data("raudenbush1985")), value="yi", variance="vi", tau2=method)
    check(table["value"][:3], block["values"][method]["blup_first3"], block["tolerance"])


@pytest.mark.shared
def test_v07_batting_averages_of_efron_and_morris():
    block = golden("V07_efron_morris")
    want, data = block["values"], golden_data("batting18")
    average = data["hits45"] / 45
    frame = keyed(data.assign(value=average, variance=average.mean() * (1 - average.mean()) / 45))
    table = eb_normal(frame, tau2="JS")
    check(table["mean"], want["grand_mean"], block["tolerance"])
    check(np.sqrt(frame["variance"]), want["sigma"], block["tolerance"])
    check(table["weight"], want["c"], block["tolerance"])
    check(table["value"].iloc[[0, -1]], [want["JS_first"], want["JS_last"]], block["tolerance"])
    check(((table["raw"] - data["rest_of_season"]) ** 2).sum(), want["SSE_raw"], block["tolerance"])
    check(((table["value"] - data["rest_of_season"]) ** 2).sum(), want["SSE_JS"], block["tolerance"])


@pytest.mark.parametrize("mean", [None, 0.25])
def test_no_other_gamma_is_likelier(mean):
    for seed in range(10):
        frame = rates(seed)
        prior = gamma_prior(frame["events"], frame["exposure"], mean=mean)
        best = loglik(prior, frame["events"], frame["exposure"])
        for alpha in prior.alpha * np.array([0.2, 0.9, 0.999, 1.001, 1.1, 5]):
            for centre in prior.mean * np.array([0.9, 0.999, 1, 1.001, 1.1] if mean is None else [1]):
                other = prior._replace(alpha=alpha, beta=alpha / centre)
                assert loglik(other, frame["events"], frame["exposure"]) <= best + 1e-9


def test_the_gamma_distribution_is_recovered():
    found = [gamma_prior(*(rates(seed)[column] for column in ("events", "exposure"))) for seed in range(200)]
    variance = [prior.mean**2 / prior.alpha for prior in found]
    assert abs(np.mean(variance) - (0.2 * 0.25) ** 2) < 3 * np.std(variance) / np.sqrt(200)
    assert np.mean([prior.mean for prior in found]) == pytest.approx(0.25, abs=3 * 0.05 / np.sqrt(69 * 200))


def test_shrunken_rates_are_closer_to_the_truth_than_the_observed_ones():
    closer = []
    for seed in range(20):
        frame = rates(seed)
        table = eb_gamma(frame, per=1)
        closer.append(((table["value"] - frame["truth"]) ** 2).sum() < ((table["raw"] - frame["truth"]) ** 2).sum())
    assert all(closer)


def test_limits_hold_about_95_of_100_true_rates():
    inside = []
    for seed in range(40):
        frame = rates(seed)
        table = eb_gamma(frame, per=1)
        inside.append(((table["lower"] < frame["truth"]) & (frame["truth"] < table["upper"])).mean())
    # a little too narrow, since the prior is taken as known
    assert 0.93 < np.mean(inside) < 0.955


def test_each_value_lies_between_its_own_rate_and_the_mean():
    table = eb_gamma(rates())
    np.testing.assert_allclose(table["value"], table["mean"] + table["weight"] * (table["raw"] - table["mean"]))
    assert table["weight"].between(0, 1).all()


def test_the_smaller_a_unit_the_more_it_is_drawn():
    frame = rates()
    order = np.argsort(frame["exposure"].to_numpy(), kind="stable")
    assert eb_gamma(frame)["weight"].iloc[order].is_monotonic_increasing


def test_towards_the_ring_each_unit_is_drawn_to_its_own_ring():
    frame = rates().assign(ring=[25.0] * 40 + [40.0] * 29)
    frame["events"] = np.round(frame["events"] * frame["ring"] / 25)
    table = eb_gamma(frame, towards="ring")
    np.testing.assert_allclose(table["mean"], frame["ring"])
    between = np.sort(np.column_stack([table["raw"], frame["ring"]]), axis=1)
    assert ((between[:, 0] <= table["value"]) & (table["value"] <= between[:, 1])).all()
    # two levels, once they are known, are no variation between units
    assert table["weight"].max() < eb_gamma(frame)["weight"].max()


def test_towards_one_and_the_same_rate_is_a_gamma_with_that_mean():
    frame = rates()
    prior = gamma_prior(frame["events"], frame["exposure"], mean=0.3)
    table = eb_gamma(frame.assign(known=30.0), towards="known")
    want = 100 * (prior.alpha + frame["events"]) / (prior.beta + frame["exposure"])
    np.testing.assert_allclose(table["value"], want, rtol=1e-8)


def test_normal_values_are_drawn_to_the_fitted_ones():
    frame = keyed(pd.DataFrame({"value": [1.0, 12, 19, 33], "variance": 1.0, "fit": [0.0, 10, 20, 30]}))
    table = eb_normal(frame, towards="fit")
    tau2 = np.mean([1, 4, 1, 9]) - 1
    np.testing.assert_allclose(table["value"], frame["fit"] + tau2 / (tau2 + 1) * (frame["value"] - frame["fit"]))


def test_limits_of_the_normal_are_those_of_its_posterior():
    frame = keyed(pd.DataFrame({"value": [1.0, 5, 9], "variance": 2.0}))
    table = eb_normal(frame, level=0.998)
    reach = stats.norm.isf(0.001) * np.sqrt(14 / 16 * 2)  # τ² = 16 - 2
    np.testing.assert_allclose(table["upper"] - table["value"], reach)
    np.testing.assert_allclose(table["value"] - table["lower"], reach)


EQUAL = keyed(pd.DataFrame({"events": [10, 20, 40, 80], "exposure": [100, 200, 400, 800], "variance": 1.0}))


@pytest.mark.parametrize(
    "shrink",
    [
        eb_gamma,
        lambda frame: eb_beta(frame, part="events", whole="exposure"),
        lambda frame: eb_normal(frame.assign(value=10.0)),
    ],
)
def test_equal_units_are_pooled_and_no_ranking_is_offered(shrink):
    table = shrink(EQUAL)
    assert table["method"].unique() == "pooled"
    np.testing.assert_allclose(table["value"], 10)
    assert (table["weight"] == 0).all()
    assert table[["lower", "upper"]].isna().all(axis=None)
    assert table["note"].str.contains("a ranking would order noise").all()


def test_units_that_vary_less_than_chance_are_pooled_at_the_sum_over_the_sum():
    frame = EQUAL.assign(events=[11, 19, 41, 79])
    table = eb_gamma(frame)
    assert table["method"].unique() == "pooled"
    np.testing.assert_allclose(table["value"], 100 * 150 / 1500)
    np.testing.assert_allclose(table["raw"], [11, 9.5, 10.25, 9.875])


def test_a_unit_without_events_has_a_rate_above_zero():
    frame = rates()
    frame.loc[4, "events"] = 0
    row = eb_gamma(frame).loc[4]
    assert row["raw"] == 0 < row["lower"] < row["value"] < row["mean"]


def test_several_levels_give_one_row_each_and_none_changes_no_value():
    both, none = eb_gamma(rates(), level=(0.95, 0.998)), eb_gamma(rates(), level=None)
    assert both.columns.tolist() == COLUMNS
    assert both["level"].tolist()[:4] == [0.95, 0.998, 0.95, 0.998]
    np.testing.assert_array_equal(both["value"][::2], none["value"])
    assert none["method"].unique() == "none"
    assert none[["lower", "upper", "level"]].isna().all(axis=None)
    assert none["level"].dtype == "float64"


def test_the_returns_can_be_shrunken_as_they_are():
    frame = indicator("eingliederungsquote", load_returns()).query("period == '2008'")
    table = eb_gamma(frame, events="numerator", exposure="denominator")
    np.testing.assert_allclose(table["raw"], frame["value"])
    assert table["status"].unique() == "synthetic"
    assert table["weight"].between(0.5, 1).all()  # thousands of events: chance says little


def test_one_missing_unit_stays_with_its_reason_and_teaches_nothing():
    frame = rates().assign(status="synthetic", events=lambda f: f["events"].astype(float))
    gone = frame.assign(events=frame["events"].mask(frame["kommune"] == "M07"))
    table, rest = eb_gamma(gone), eb_gamma(frame[frame["kommune"] != "M07"])
    row = table.set_index("kommune").loc["M07"]
    assert row[["note", "status", "method"]].tolist() == ["events is missing", "missing", "none"]
    assert row[["value", "lower", "upper", "weight", "raw", "mean"]].isna().all()
    np.testing.assert_array_equal(table.query("kommune != 'M07'")["value"], rest["value"])


def test_what_cannot_enter_says_why():
    frame = rates().assign(events=lambda f: f["events"].astype(float), known=25.0)
    frame.loc[0, "events"], frame.loc[1, "exposure"], frame.loc[2, "known"] = 3.5, 0, 0
    notes = eb_gamma(frame, towards="known")["note"].tolist()
    assert notes[:4] == ["the number of events is an average, not a count", "the denominator is 0", "known is 0", ""]
    without = keyed(pd.DataFrame({"value": [1.0, 5, 9, 7], "variance": [1.0, 0, 1, 1]}))
    assert eb_normal(without)["note"].tolist() == ["", "variance is 0", "", ""]
    unfitted = without.assign(variance=1.0, fit=[0.0, 0, np.nan, 0])
    assert eb_normal(unfitted, towards="fit")["note"].tolist() == ["", "", "fit is missing", ""]


def test_the_status_of_all_who_teach_is_carried():
    real = rates(n=4).assign(kommune=["05117", "06431", "06432", "06438"], status=["estimated", *["observed"] * 3])
    assert eb_gamma(real)["status"].unique() == "estimated"


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ComparisonError, match="needs 3 units with values to learn from; found 0"):
        eb_gamma(rates().assign(events=np.nan))
    with pytest.raises(ComparisonError, match="found no event at all in 'events'"):
        eb_gamma(rates().assign(events=0))
    with pytest.raises(ComparisonError, match="mean between 0 and 1; found 0 of 1500"):
        eb_beta(EQUAL.assign(part=0, whole=EQUAL["exposure"]))


def test_a_part_larger_than_its_whole_is_no_share():
    with pytest.raises(ComparisonError, match="larger than the whole for M01"):
        eb_beta(EQUAL.assign(part=[101, 20, 40, 80], whole=EQUAL["exposure"]))


def test_james_and_stein_need_four_values():
    with pytest.raises(ComparisonError, match="more than 3 values; found 3"):
        eb_normal(keyed(pd.DataFrame({"value": [1.0, 5, 9], "variance": 2.0})), tau2="JS")


@pytest.mark.parametrize(("given", "lost"), [(True, 2), (False, 3)])
def test_james_and_stein_draw_by_k_minus_2_towards_a_given_mean_and_by_k_minus_3_towards_their_own(given, lost):
    """Equal variances: the share of the mean is (k - lost) s²/Σ(y - μ)², Efron & Morris 1975, sections 1 and 2."""
    y, s2, k = np.array([3.0, 12, 7, -4, 25, 9]), 4.0, 6
    table = eb_normal(
        keyed(pd.DataFrame({"value": y, "variance": s2, "model": 5.0})), towards="model" if given else None, tau2="JS"
    )
    mean = 5.0 if given else y.mean()
    drawn = (k - lost) * s2 / ((y - mean) ** 2).sum()
    np.testing.assert_allclose(table["value"], mean + (1 - drawn) * (y - mean), rtol=1e-9)
    np.testing.assert_allclose(table["weight"], 1 - drawn, rtol=1e-9)


def shrunk(prior, size, raw, whole):
    """Shrunken shares or rates from a prior whose α + β (beta) or β (gamma) is `size`."""
    if np.isinf(prior.alpha):
        return np.full(len(raw), prior.mean)
    return prior.mean + whole / (size + whole) * (raw - prior.mean)


def errors(spread, sets, method="likelihood", seed=11):
    """Mean squared errors of beta-binomial and gamma-Poisson on the same rare events: 2 of 100, median 400 persons."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(sets):
        n = np.round(rng.lognormal(np.log(400), 0.6, 69))
        p = rng.gamma(1 / spread**2, 0.02 * spread**2, 69) if spread else np.full(69, 0.02)
        k = rng.binomial(n.astype(int), p)
        gamma, beta = gamma_prior(k, n), beta_prior(k, n, method)
        both = shrunk(beta, beta.alpha + beta.beta, k / n, n), shrunk(gamma, gamma.beta, k / n, n)
        found.append([((one - p) ** 2).mean() for one in both])
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("spread", "sets"), [(0.0, 150), (0.3, 30)])
def test_rare_shares_are_shrunken_as_well_as_rare_rates(spread, sets):
    beta, gamma = errors(spread, sets)
    assert beta < 1.1 * gamma


def test_moments_draw_far_too_little_where_nothing_varies():
    beta, gamma = errors(0.0, 150, "moments")
    assert beta > 5 * gamma


def test_no_other_beta_is_likelier():
    rng = np.random.default_rng(3)
    for _ in range(5):
        n = np.round(rng.lognormal(4, 0.8, 40))
        k = rng.binomial(n.astype(int), rng.beta(4, 12, 40))
        prior = beta_prior(k, n)
        best = stats.betabinom.logpmf(k, n, prior.alpha, prior.beta).sum()
        for size in (0.2, 0.99, 1, 1.01, 5):
            for mean in (0.9, 0.99, 1, 1.01, 1.1):
                m, total = prior.mean * mean, (prior.alpha + prior.beta) * size
                assert stats.betabinom.logpmf(k, n, m * total, (1 - m) * total).sum() <= best + 1e-9


def test_the_beta_distribution_is_recovered():
    rng, found = np.random.default_rng(2), []
    for _ in range(60):
        n = np.round(rng.lognormal(5, 0.6, 69))
        found.append(beta_prior(rng.binomial(n.astype(int), rng.beta(20, 60, 69)), n))
    variance = [p.mean * (1 - p.mean) / (p.alpha + p.beta + 1) for p in found]
    assert abs(np.mean(variance) - 0.25 * 0.75 / 81) < 3 * np.std(variance) / np.sqrt(60)
    assert np.mean([p.mean for p in found]) == pytest.approx(0.25, abs=0.002)


def test_shares_of_the_other_part_have_the_mirrored_distribution():
    k, n = np.array([3, 9, 20, 44]), np.array([30, 40, 50, 70])
    one, other = beta_prior(k, n), beta_prior(n - k, n)
    np.testing.assert_allclose([one.alpha, one.beta, one.mean], [other.beta, other.alpha, 1 - other.mean], rtol=1e-6)


def test_persons_asked_one_by_one_vary_as_chance_does():
    answers = np.random.default_rng(1).integers(0, 2, 69)
    assert beta_prior(answers, np.ones(69)).alpha == np.inf


def test_shares_that_are_all_nothing_or_everything_have_no_distribution_between():
    with pytest.raises(ComparisonError, match="each is 0 or 1"):
        beta_prior([0, 20, 0, 20], [20, 20, 20, 20])


def test_another_estimate_of_the_beta_is_refused():
    with pytest.raises(ComparisonError, match="'likelihood' or 'moments'; found 'ML'"):
        eb_beta(keyed(pd.DataFrame({"part": [0, 5, 30], "whole": [10, 20, 100]})), method="ML")


def test_the_method_of_moments_is_named_in_the_result():
    frame = keyed(pd.DataFrame({"part": [0, 5, 30, 12], "whole": [10, 20, 100, 20]}))
    assert eb_beta(frame, method="moments")["method"].unique() == "eb_beta_moments"
    prior = beta_prior(frame["part"], frame["whole"], "moments")
    want = 100 * (prior.alpha + frame["part"]) / (prior.alpha + prior.beta + frame["whole"])
    np.testing.assert_allclose(eb_beta(frame, method="moments")["value"], want)


def test_shares_are_the_means_of_their_beta():
    frame = keyed(pd.DataFrame({"part": [0, 5, 30, 12], "whole": [10, 20, 100, 20]}))
    table, prior = eb_beta(frame), beta_prior(frame["part"], frame["whole"])
    posterior = stats.beta(prior.alpha + frame["part"], prior.beta + frame["whole"] - frame["part"])
    np.testing.assert_allclose(table["value"], 100 * posterior.mean())
    np.testing.assert_allclose(table["upper"], 100 * posterior.ppf(0.975))


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 1000))
def test_order_changes_nothing(seed):
    frame = rates(n=15)
    frame["value"], frame["variance"] = frame["events"] / frame["exposure"], frame["events"] / frame["exposure"] ** 2
    turned = frame.sample(frac=1, random_state=seed)
    for shrink in (eb_gamma, eb_normal, lambda f: eb_beta(f, part="events", whole="exposure")):
        pd.testing.assert_frame_equal(shrink(frame), shrink(turned))


@settings(deadline=None, max_examples=10)
@given(st.sampled_from([1 / 12, 12.0, 1000.0]), st.sampled_from([1.0, 1000.0]))
def test_the_unit_changes_no_weight(factor, per):
    frame = rates(n=15)
    own, other = eb_gamma(frame), eb_gamma(frame.assign(exposure=frame["exposure"] * factor), per=per)
    np.testing.assert_allclose(other["weight"], own["weight"], rtol=1e-7)
    np.testing.assert_allclose(other["lower"] * factor * 100 / per, own["lower"], rtol=1e-7)


@pytest.mark.parametrize("per", [0, -100, np.nan, np.inf])
def test_values_are_per_a_positive_number(per):
    with pytest.raises(ComparisonError, match=f"found per={per}"):
        eb_gamma(rates(n=15), per=per)


@pytest.mark.parametrize("mean", [0.0, -1.0, np.nan])
def test_a_mean_of_rates_is_positive(mean):
    with pytest.raises(ComparisonError, match=f"found {mean}"):
        gamma_prior([1, 2, 30], [10, 10, 10], mean=mean)
