"""The Musterkommunen: orders of magnitude, known truth, scenarios, seeds, and nothing real in them."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optkommunen.data import store
from optkommunen.data.register import municipalities
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import OptkommunenError
from optkommunen.returns.read import load_returns, load_truth
from optkommunen.synthetic import (
    CONTEXT,
    LAND_SIZES,
    RING_SIZES,
    SCENARIOS,
    ContextMoments,
    Effects,
    Generator,
    Synthetic,
    context_moments,
    service_provision,
)
from optkommunen.synthetic.places import DECIMALS, HIGHEST, IN_LOGARITHMS, LOWEST
from optkommunen.synthetic.service_provision import SERVICES
from tools.compile_data_raw import _csv
from tools.raw.musterkommunen import SEED, musterkommunen

TABLES = ("units", "monthly", "annual", "services")
RETURNS = load_returns()
BUNDLED = Synthetic(RETURNS.monthly, RETURNS.annual, RETURNS.services, RETURNS.units, load_truth())
SETS = {"bundled": BUNDLED, "seed 1": Generator(seed=1)(), "seed 2": Generator(seed=2)()}
YEARS = (2006, 2007, 2008)


@pytest.fixture(params=SETS, scope="module")
def drawn(request):
    return SETS[request.param]


# --- places -----------------------------------------------------------------------------------------


def test_ring_sizes_are_those_of_the_reconstruction(drawn):
    assert reconstructed()["ring"].value_counts().to_dict() == RING_SIZES
    assert drawn.units["ring"].value_counts().to_dict() == RING_SIZES


def test_laender_are_invented_and_as_large_as_those_of_the_69(drawn):
    assert sorted(municipalities()["land"].value_counts(), reverse=True) == list(LAND_SIZES)
    assert drawn.units["land"].value_counts().reindex([f"L{i:02d}" for i in range(1, 14)]).tolist() == list(LAND_SIZES)


def test_every_table_holds_the_69_keys_and_every_period_once(drawn):
    keys = [f"M{i:02d}" for i in range(1, 70)]
    assert drawn.units["kommune"].tolist() == keys
    for frame, identity, rows in (
        (drawn.monthly, ["kommune", "period"], 69 * 36),
        (drawn.annual, ["kommune", "period"], 69 * 3),
        (drawn.services, ["kommune", "period", "service"], 69 * 4 * 5),
    ):
        assert set(frame["kommune"]) == set(keys)
        assert len(frame.drop_duplicates(identity)) == len(frame) == rows
    assert (drawn.monthly["period"].min(), drawn.monthly["period"].max()) == ("2006-01", "2008-12")
    assert (drawn.services["period"].min(), drawn.services["period"].max()) == ("2005", "2008")


def test_context_is_rounded_and_within_plausible_limits(drawn):
    for name, decimals, low, high in zip(CONTEXT, DECIMALS, LOWEST, HIGHEST, strict=True):
        values = drawn.units[name]
        assert values.between(low, high).all(), name
        assert np.allclose(values, values.round(decimals)), name


def test_coordinates_are_distinct_and_inside_the_invented_plane(drawn):
    assert not drawn.units.duplicated(["x", "y"]).any()
    assert drawn.units["x"].between(0, 600_000).all()
    assert drawn.units["y"].between(0, 800_000).all()


def test_context_has_the_moments_of_the_real_figures_on_average():
    moments = context_moments()
    log = list(IN_LOGARITHMS)
    means, covariances = [], []
    for seed in range(100):
        units = Generator(seed)().units
        values = units[list(CONTEXT)].copy()
        values[log] = np.log(values[log])
        of_ring = values.groupby(units["ring"]).transform("mean")
        means.append(values.groupby(units["ring"]).mean().loc[list(RING_SIZES)].to_numpy())
        covariances.append((values - of_ring).T @ (values - of_ring) / (69 - 7))
    sd = np.sqrt(np.diag(moments.covariance))
    assert (np.abs(np.mean(means, axis=0) - moments.means) / sd).max() < 0.2  # limits and rounding shift a little
    found = np.mean(covariances, axis=0) / np.outer(sd, sd)
    assert np.abs(found - moments.covariance / np.outer(sd, sd)).max() < 0.12


def test_moments_may_be_given_and_without_covariance_each_place_is_the_mean_of_its_ring():
    means = context_moments().means
    units = Generator(seed=1, moments=ContextMoments(means, np.eye(12) * 1e-12))().units
    debtor_rate = units["ring"].map(dict(zip(RING_SIZES, means[:, CONTEXT.index("debtor_rate")], strict=True)))
    assert np.allclose(units["debtor_rate"], debtor_rate, atol=0.0501)


def test_nothing_in_the_bundled_set_names_a_real_place():
    register, kreise = municipalities(), store.table("kreise")
    names = {*register["name"], *register["name_admitted"], *register["land"], *kreise["name"]}
    names |= {re.split(r"[ ,(/-]", name)[0] for name in names} - {"Landkreis", "Kreis", "Stadt", "St.", "Bad", "Region"}
    files = [store.verified_path(f"musterkommunen_{name}") for name in (*TABLES, "truth")]
    words = set(re.findall(r"[^\W\d_][\w.]*", " ".join(path.read_text(encoding="utf-8") for path in files)))
    assert not words & {name for name in names if len(name) > 2}


def test_no_key_of_the_bundled_set_is_a_real_one():
    real = {*municipalities()["kommune"], *store.table("kreise")["key"]}
    for name in TABLES:
        frame = getattr(BUNDLED, name)
        texts = frame.select_dtypes("str")
        assert not texts.isin(real).any().any()
        assert texts["kommune"].str.fullmatch(r"M[0-9]{2}").all()


def test_no_invented_place_carries_the_figures_of_a_real_one():
    from optkommunen.loaders.bundled import load_context

    names = [name for name in CONTEXT if name not in ("persons_in_bg_per_100", "density")]
    real = load_context(names).pivot(index=["kommune", "period"], columns="indicator", values="value")[names]
    for row in BUNDLED.units[names].to_numpy():
        same = np.isclose(real.to_numpy(), row, atol=0.051).sum(axis=1)
        assert same.max() <= len(names) // 2


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_synthetic(name, drawn):
    assert set(getattr(drawn, name)["status"]) == {"synthetic"}


# --- orders of magnitude: bands, not targets --------------------------------------------------------


def per_year(frame, columns, how):
    return frame.groupby(frame["period"].str[:4])[columns].agg(how).astype(float)


def test_eHb_of_september_2006_are_about_690_000(drawn):
    total = drawn.monthly.loc[drawn.monthly["period"] == "2006-09", "ehb"].sum()
    assert total == pytest.approx(690_000, rel=0.05)


def test_eHb_fall_from_2007_to_2008_as_germanys_did(drawn):
    sums = per_year(drawn.monthly, ["ehb"], "sum")["ehb"]
    assert -0.055 <= sums["2008"] / sums["2007"] - 1 <= -0.04
    assert -0.03 <= sums["2007"] / sums["2006"] - 1 <= -0.01


def test_sizes_are_log_normal_in_the_range_of_the_69(drawn):
    size = drawn.monthly.groupby("kommune")["ehb"].mean().astype(float)
    assert size.median() == pytest.approx(8_350, rel=0.2)
    assert np.log(size).std() == pytest.approx(0.6, abs=0.15)
    assert size.between(1_500, 40_000).all()


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        ("eingliederungen", "ehb", 0.021, 0.025),
        ("aktivierte", "ehb", 0.135, 0.17),
        ("sanktionen", "ehb", 0.006, 0.015),
        ("ehb_employed", "ehb", 0.18, 0.31),
        ("ehb_u25", "ehb", 0.18, 0.22),
        ("eingliederungen_u25", "eingliederungen", 0.2, 0.32),
        ("ehb", "bg", 1.34, 1.42),
        ("persons", "bg", 1.83, 1.97),
    ],
)
def test_monthly_quotas_have_the_published_or_a_plausible_order_of_magnitude(drawn, part, whole, low, high):
    sums = per_year(drawn.monthly, [part, whole], "sum")
    assert (sums[part] / sums[whole]).between(low, high).all()


def test_staff_ratios_of_2006_are_the_published_ones_as_ratios_of_sums(drawn):
    months = drawn.monthly[drawn.monthly["period"].str.startswith("2006")]
    ehb, young = (months[column].sum() / 12 for column in ("ehb", "ehb_u25"))
    staff = drawn.annual[drawn.annual["period"] == "2006"].sum(numeric_only=True)
    assert ehb / staff["staff_total"] == pytest.approx(72, rel=0.03)
    assert ehb / staff["staff_integration"] == pytest.approx(162, rel=0.03)
    assert young / staff["staff_u25"] == pytest.approx(142, rel=0.03)


def test_cost_per_bg_and_month_is_near_what_is_published_for_germany(drawn):
    bg = per_year(drawn.monthly, ["bg"], "sum")["bg"].loc["2008"]
    cost = per_year(drawn.annual, ["cost_transfers", "cost_kdu", "cost_administration"], "sum").loc["2008"] / bg
    assert cost["cost_transfers"] + cost["cost_kdu"] == pytest.approx(756, rel=0.06)
    assert cost["cost_kdu"] == pytest.approx(284, rel=0.08)
    assert 50 <= cost["cost_administration"] <= 120


def test_about_7_of_100_eHb_are_served(drawn):
    served = per_year(drawn.services, ["served"], "sum")["served"]
    ehb = per_year(drawn.monthly, ["ehb"], "sum")["ehb"] / 12
    assert (100 * served / ehb).dropna().between(6, 8.2).all()


@pytest.mark.parametrize("columns", [list(SERVICES), None], ids=["each service", "index"])
def test_coverage_changes_within_a_municipality_by_at_least_a_twentieth(drawn, columns):
    wide = coverage_of(drawn.services)
    series = [wide[name].unstack("period") for name in columns] if columns else [wide.mean(axis=1).unstack("period")]
    variance = pd.concat([one.var(axis=1) for one in series])
    assert np.sqrt(variance.mean()) >= 0.05


# --- identities -------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32), scenario=st.sampled_from(sorted(SCENARIOS)))
@settings(max_examples=15, deadline=None)
def test_parts_never_exceed_their_whole_and_counts_are_whole_numbers(seed, scenario):
    made = Generator(seed, scenario)()
    for name in ("monthly", "annual", "services"):
        frame, entry = getattr(made, name), store.resource(f"musterkommunen_{name}")
        assert entry["parts"]
        for part, whole in entry["parts"]:
            assert (frame[part] <= frame[whole]).all(), (part, whole)
        for field in entry["schema"]["fields"]:
            if field["type"] == "integer":
                assert frame[field["name"]].dtype == "int64"
                assert (frame[field["name"]] >= 0).all()
    assert (made.services["need"] > 0).all()


def test_total_cost_is_the_sum_of_its_three_parts(drawn):
    parts = drawn.annual[["cost_transfers", "cost_kdu", "cost_administration"]].sum(axis=1)
    assert (parts == drawn.annual["cost_total"]).all()


def test_no_cell_of_the_bundled_set_is_empty():
    for name in TABLES:
        frame = getattr(BUNDLED, name)
        assert not frame.isna().any().any()
        assert not (frame.select_dtypes("str") == "").any().any()


def test_recording_is_complete_in_the_bundled_set():
    assert (BUNDLED.services["recorded"] == BUNDLED.services["served"]).all()


# --- truth ------------------------------------------------------------------------------------------


def test_truth_is_plain_and_its_keys_are_sorted(drawn):
    def ordered(value):
        if isinstance(value, dict):
            assert list(value) == sorted(value)
            for one in value.values():
                ordered(one)

    ordered(drawn.truth)
    assert json.loads(json.dumps(drawn.truth)) == drawn.truth


def test_expected_rates_follow_from_the_tables_and_the_stated_formula(drawn):
    """Computed anew from what the tables say: the truth acts on reported values of the year before."""
    truth, p = drawn.truth, drawn.truth["parameters"]
    units = drawn.units.set_index("kommune")
    x = primary_context(units)
    context = sum(p["context"][name] * (x[name] - p["context_centre"][name]) for name in p["context"])
    of_unit = context + units["land"].map(truth["effects"]["land"]) + pd.Series(truth["effects"]["persistent"])
    coverage = coverage_of(drawn.services)
    waiting = drawn.services.groupby(["kommune", "period"])["waiting_days"].mean()
    expected = pd.DataFrame(truth["expected_rate"]).T
    for year in YEARS:
        before = coverage.xs(str(year - 1), level="period")
        service_provision = sum(p[f"effect_{s}"] * (before[s] - 0.5) for s in SERVICES)
        log_rate = np.log(12 * p["rate_per_month"]) + p["year"][str(year)] + service_provision + of_unit
        log_rate += p["effect_waiting"] * (waiting.xs(str(year - 1), level="period") - 21)
        log_rate += pd.DataFrame(truth["effects"]["transient"]).T[str(year)]
        np.testing.assert_allclose(100 * np.exp(log_rate[expected.index]), expected[str(year)], rtol=1e-5)


def passing(truth):
    """What of the log rate passes with the year, apart from the transient part; the mean of each year taken out."""
    expected, lasting = pd.DataFrame(truth["expected_rate"]).T, pd.Series(truth["lasting_rate"])
    left = np.log(expected).sub(np.log(lasting[expected.index]), axis=0)
    left -= pd.DataFrame(truth["effects"]["transient"]).T.loc[expected.index]
    return left - left.mean()


def test_without_effects_only_the_transient_part_passes():
    truth = Generator(seed=3, effects=Effects.none())().truth
    np.testing.assert_allclose(passing(truth), 0, atol=1e-5)
    expected, transient = (pd.DataFrame(t).T for t in (truth["expected_rate"], truth["effects"]["transient"]))
    stays = (expected * np.exp(-transient.loc[expected.index])).mean(axis=1)
    np.testing.assert_allclose(stays, pd.Series(truth["lasting_rate"])[expected.index], rtol=1e-5)


def test_of_offer_and_waiting_only_the_years_own_change_passes():
    drawn = [passing(Generator(seed=seed)().truth) for seed in range(20)]
    each_service = service_provision.COVERAGE_SD_SERVICE_YEAR**2
    offer = service_provision.COVERAGE_SD_YEAR**2 * 0.7**2 + each_service * (0.4**2 + 0.3**2)
    waiting = 0.006**2 * (service_provision.WAITING_SD_YEAR**2 + service_provision.WAITING_SD_SERVICE_YEAR**2 / 5)
    assert np.mean([p.to_numpy().std() for p in drawn]) == pytest.approx(np.sqrt(offer + waiting), rel=0.05)
    between_years = np.mean([p.corr().to_numpy()[np.triu_indices(3, 1)] for p in drawn])
    assert abs(between_years) < 3 / np.sqrt(20 * 3 * 69)  # what stayed would be in all three years


def test_integrations_of_a_year_are_poisson_around_the_expected_rate(drawn):
    months = drawn.monthly.assign(year=drawn.monthly["period"].str[:4])
    year = months.groupby(["kommune", "year"]).agg(o=("eingliederungen", "sum"), e=("ehb", "mean")).astype(float)
    rate = drawn.truth["expected_rate"]
    expected = year["e"] * [rate[kommune][period] / 100 for kommune, period in year.index]
    chi2 = ((year["o"] - expected) ** 2 / expected).sum()
    assert stats.chi2(len(year)).cdf(chi2) == pytest.approx(0.5, abs=0.495)


def test_average_marginal_effects_follow_from_expected_rates_with_the_stated_weights(drawn):
    months = drawn.monthly.assign(year=drawn.monthly["period"].str[:4])
    ehb = months.groupby(["kommune", "year"])["ehb"].mean().unstack().astype(float)
    rate = pd.DataFrame(drawn.truth["expected_rate"]).T.loc[ehb.index]
    means = {"equal": rate.mean(), "ehb": (rate * ehb).sum() / ehb.sum()}
    for estimand in drawn.truth["estimands"].values():
        for weights, by_year in estimand["average_marginal_effect"].items():
            for year, value in by_year.items():
                expected = estimand["multiplier"] * estimand["log_rate"] * means[weights][year]
                assert value == pytest.approx(expected, abs=2e-5)


def test_ten_more_served_per_100_in_all_services_are_nearly_two_integrations_more():
    effect = BUNDLED.truth["estimands"]["provision_index"]["average_marginal_effect"]
    assert 1.6 <= effect["equal"]["2008"] <= 2.3


def test_two_services_help_three_do_not_and_shorter_waiting_helps():
    estimands = BUNDLED.truth["estimands"]
    effects = [estimands[f"coverage_{service}"]["log_rate"] for service in SERVICES]
    assert sorted(effects)[:3] == [0, 0, 0]
    assert min(sorted(effects)[3:]) > 0
    assert sum(effects) == pytest.approx(0.7)
    assert estimands["provision_index"]["log_rate"] == pytest.approx(0.7)
    assert estimands["waiting_days"]["log_rate"] < 0


def test_persistent_and_transient_effects_of_every_municipality_are_in_the_truth():
    effects, p = BUNDLED.truth["effects"], BUNDLED.truth["parameters"]
    persistent = np.array(list(effects["persistent"].values()))
    transient = pd.DataFrame(effects["transient"]).to_numpy()
    assert persistent.shape == (69,)
    assert transient.shape == (3, 69)
    assert persistent.std(ddof=1) == pytest.approx(p["sd_persistent"], rel=0.25)
    assert transient.std(ddof=1) == pytest.approx(p["sd_transient"], rel=0.15)


def test_truth_of_an_effect_given_is_that_effect():
    truth = Generator(seed=1, effects=Effects(childcare=0.1, debt=0.1, care=0.3, waiting=0.0))().truth
    assert truth["estimands"]["provision_index"]["log_rate"] == pytest.approx(0.5)
    assert truth["estimands"]["coverage_care"]["log_rate"] == 0.3


# --- recovery ---------------------------------------------------------------------------------------


def coverage_of(services):
    share = services.assign(share=services["served"] / services["need"]).astype({"share": float})
    return share.pivot(index=["kommune", "period"], columns="service", values="share")


def primary_context(units):
    logs = {f"ln_{name}": np.log(units[name].astype(float)) for name in ("gdp_per_head", "density")}
    return units[["persons_in_bg_per_100", "unemployment_rate"]].assign(**logs)


def design(made, year, naive=False):
    """Outcome, exposure and regressors of one year, provision of the year before; rows in the order of the keys."""
    months = made.monthly[made.monthly["period"].str[:4] == str(year)].groupby("kommune")
    before = made.services[made.services["period"] == str(year - 1)]
    index = coverage_of(before).mean(axis=1).droplevel("period")
    waiting = before.groupby("kommune")["waiting_days"].mean()
    context = primary_context(made.units.set_index("kommune"))
    x = np.column_stack([index, waiting, *([] if naive else [context])])
    x = np.column_stack([np.ones(69), x - x.mean(axis=0)])
    return months["eingliederungen"].sum().to_numpy(float), months["ehb"].mean().to_numpy(float), x


def quasi_poisson(o, e, x):
    """Coefficients (statsmodels), HC3 standard errors (methods.md § 12) and dispersion."""
    fit = sm.GLM(o, x, family=sm.families.Poisson(), offset=np.log(e)).fit()
    mu = fit.mu
    a = np.linalg.inv((x.T * mu) @ x)
    score = (o - mu) / (1 - mu * np.einsum("ij,jk,ik->i", x, a, x))
    cov = a @ ((x.T * score**2) @ x) @ a
    return fit.params, np.sqrt(np.diag(cov)), float(((o - mu) ** 2 / mu).sum() / (len(o) - x.shape[1]))


def study(scenario="complete", naive=False, effects=None, seeds=60):
    """Estimates, standard errors of index and waiting time, and dispersions over seeds."""
    rows = []
    for seed in range(seeds):
        o, e, x = design(Generator(seed, scenario, effects or Effects())(), 2008, naive)
        b, se, phi = quasi_poisson(o, e, x)
        rows.append([b[1], b[2], se[1], se[2], phi])
    return np.array(rows).T


def errors_in_monte_carlo_se(estimates, truth):
    return (estimates.mean() - truth) / (estimates.std(ddof=1) / np.sqrt(len(estimates)))


@pytest.fixture(scope="module")
def complete():
    return study()


def test_the_primary_model_finds_index_and_waiting_time_without_bias(complete):
    index, waiting, *_ = complete
    assert abs(errors_in_monte_carlo_se(index, 0.7)) < 3
    assert abs(errors_in_monte_carlo_se(waiting, -0.006)) < 3


def test_intervals_with_HC3_cover_the_truth_about_as_often_as_they_say(complete):
    index, waiting, se_index, se_waiting, _ = complete
    t = stats.t(69 - 7).ppf(0.975)
    assert np.mean(np.abs(index - 0.7) <= t * se_index) >= 0.88
    assert np.mean(np.abs(waiting + 0.006) <= t * se_waiting) >= 0.88


def test_the_index_is_found_nearly_always(complete):
    index, _, se, *_ = complete
    assert np.mean(index > stats.t(69 - 7).ppf(0.975) * se) >= 0.95


def test_residual_dispersion_of_the_primary_model_is_10_to_15_on_average(complete):
    assert 10 <= complete[4].mean() <= 15


def test_the_naive_model_finds_too_little_because_offer_follows_demand():
    index, waiting, *_ = study(naive=True)
    assert errors_in_monte_carlo_se(index, 0.7) < -8
    assert errors_in_monte_carlo_se(waiting, -0.006) < -8


def test_without_effects_the_primary_model_finds_none_and_the_naive_one_invents_them():
    index, waiting, *_ = study(effects=Effects.none())
    assert abs(errors_in_monte_carlo_se(index, 0)) < 3
    assert abs(errors_in_monte_carlo_se(waiting, 0)) < 3
    assert errors_in_monte_carlo_se(study(naive=True, effects=Effects.none())[0], 0) < -8


@pytest.mark.parametrize("scenario", ["own_need", "under_recording"])
def test_adjustment_fails_in_the_two_declared_scenarios(scenario):
    index, *_ = study(scenario)
    assert errors_in_monte_carlo_se(index, 0.7) < -8
    assert index.mean() < 0.55
    assert not Generator(1, scenario)().truth["adjusted_model_holds"]


def test_residual_dispersion_of_the_bundled_set_is_10_to_15_in_each_year_and_its_seed_is_the_first_such():
    def dispersions(made):
        return [quasi_poisson(*design(made, year))[2] for year in YEARS]

    assert all(10 <= phi <= 15 for phi in dispersions(BUNDLED))
    for seed in range(2008, SEED):
        assert not all(10 <= phi <= 15 for phi in dispersions(Generator(seed)()))


# --- scenarios --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_the_same_seed_gives_the_same_places_and_stocks_in_every_scenario(scenario):
    plain, other = Generator(seed=3)(), Generator(seed=3, scenario=scenario)()
    pd.testing.assert_frame_equal(plain.units, other.units)
    pd.testing.assert_frame_equal(
        plain.monthly[["kommune", "period", "ehb"]], other.monthly[["kommune", "period", "ehb"]]
    )


def test_under_recording_leaves_the_truth_and_hides_served_persons():
    plain, hidden = Generator(seed=3)(), Generator(seed=3, scenario="under_recording")()
    assert plain.truth["expected_rate"] == hidden.truth["expected_rate"]
    share = hidden.services["served"] / plain.services["served"]
    recorded = hidden.services["kommune"].map(hidden.truth["effects"]["recorded_share"])
    assert (share - recorded).abs().max() < 0.08  # whole persons
    assert recorded.between(0.35, 1).all()
    assert recorded.std() > 0.1


def test_need_of_its_own_raises_need_and_provision_and_lowers_integration():
    plain, other = Generator(seed=3)(), Generator(seed=3, scenario="own_need")()
    own = pd.Series(other.truth["effects"]["own_need"])
    need = np.log(other.services["need"] / plain.services["need"]).groupby(other.services["kommune"]).mean()
    rate = pd.DataFrame(other.truth["expected_rate"]).T.sum(axis=1) / pd.DataFrame(plain.truth["expected_rate"]).T.sum(
        axis=1
    )
    coverage = coverage_of(other.services).mean(axis=1) - coverage_of(plain.services).mean(axis=1)
    assert np.corrcoef(own, need)[0, 1] > 0.99
    assert np.corrcoef(own, coverage.groupby("kommune").mean())[0, 1] > 0.95
    assert np.corrcoef(own, rate)[0, 1] < -0.5
    assert own.abs().gt(0).all()
    assert plain.truth["effects"]["own_need"] == {}


def test_an_unknown_scenario_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(OptkommunenError, match=r"one of complete, own_need, under_recording; found 'ideal'\. Choose"):
        Generator(seed=1, scenario="ideal")


# --- seeds, bytes, speed ----------------------------------------------------------------------------


@given(seed=st.integers(0, 2**63 - 1))
@settings(max_examples=5, deadline=None)
def test_a_seed_called_twice_gives_the_same_set_and_another_seed_another(seed):
    first, again, other = Generator(seed)(), Generator(seed)(), Generator(seed + 1)()
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
        assert not getattr(first, name).equals(getattr(other, name))
    assert first.truth == again.truth


def test_a_set_that_is_changed_leaves_the_next_one_as_it_is():
    first = Generator(seed=5)()
    for name in TABLES:
        getattr(first, name).loc[:, "kommune"] = "changed"
    assert Generator(seed=5)().monthly["kommune"].iloc[0] == "M01"


def test_the_generator_is_a_frozen_parameter_object():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Generator(seed=1).seed = 2


def test_the_bundled_set_is_regenerated_byte_for_byte():
    tables, truth = musterkommunen()
    for name, frame in tables.items():
        assert store.verified_path(name).read_bytes() == _csv(frame).encode("utf-8"), name
    assert store.verified_path("musterkommunen_truth").read_bytes() == truth.encode("utf-8")


def test_the_descriptor_calls_every_bundled_table_invented():
    entries = [entry for entry in store.descriptor()["resources"] if entry["name"].startswith("musterkommunen_")]
    assert len(entries) == 5
    for entry in entries:
        assert "invented" in entry["title"]
        assert {field["area_status"] for field in entry["schema"]["fields"]} == {"none: invented places"}
