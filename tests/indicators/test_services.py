"""The five services: sums over sums, intervals by kind, waiting times never added, bounds of what is recorded."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import optkommunen as ok
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.indicators import services
from optkommunen.indicators.services import SERVICES, service_indicator

RETURNS = ok.load_returns()
ROWS = RETURNS.services


def changed(key="M01", period="2008", service="debt", **values):
    """Returns in which one row says something else."""
    rows = ROWS.copy()
    where = (rows["kommune"] == key) & (rows["period"] == period) & (rows["service"] == service)
    assert where.sum() == 1
    for column, value in values.items():
        rows.loc[where, column] = value
    return replace(RETURNS, services=rows)


def one(table, **wanted):
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize("by", ["ring", "land"])
def test_coverage_of_a_group_is_served_over_need(by):
    table = service_indicator("service_coverage", RETURNS, by=by)
    sums = ROWS.merge(RETURNS.units[["kommune", by]]).groupby([by, "service", "period"])[["served", "need"]].sum()
    got = table.set_index([by, "service", "period"])["value"].sort_index()
    np.testing.assert_allclose(got, 100 * sums["served"] / sums["need"])


def test_takeup_is_served_per_mean_ehb_of_the_year():
    table = service_indicator("service_takeup", RETURNS)
    stock = RETURNS.monthly.query("kommune == 'M05' and period >= '2007' and period < '2008'")["ehb"].mean()
    served = one(ROWS, kommune="M05", period="2007", service="care")["served"]
    row = one(table, kommune="M05", period="2007", service="care")
    assert row["value"] == pytest.approx(100 * served / stock)
    assert row["lower"] == pytest.approx(100 * stats.chi2.ppf(0.025, 2 * served) / 2 / stock, rel=0.002)
    assert row["method"] in ("exact", "byar")


def test_a_share_has_the_interval_of_wilson():
    row = one(service_indicator("service_in_einv", RETURNS, by="all"), service="addiction", period="2008")
    rows = ROWS.query("service == 'addiction' and period == '2008'")
    want = proportion_confint(rows["in_einv"].sum(), rows["need"].sum(), method="wilson")
    np.testing.assert_allclose([row["lower"] / 100, row["upper"] / 100], want)


def test_the_five_together_are_their_sum():
    table = service_indicator("service_takeup", RETURNS, by="ring").pivot(
        index=["ring", "period"], columns="service", values="value"
    )
    known = table.dropna()
    np.testing.assert_allclose(known[services.TOGETHER], known[list(SERVICES)].sum(axis=1))
    assert len(known) == 7 * 3


def test_a_year_without_ehb_says_so():
    row = one(service_indicator("service_takeup", RETURNS), kommune="M01", period="2005", service="debt")
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "not reported: ehb of the year")


def test_money_has_no_interval_and_the_municipal_share_is_weighted_with_spending():
    table = service_indicator("service_municipal_share", RETURNS, by="ring")
    assert set(table["method"]) == {"none"}
    rows = ROWS.merge(RETURNS.units[["kommune", "ring"]]).query(
        "ring == 'R-I' and period == '2008' and service == 'debt'"
    )
    want = np.average(rows["municipal_share"], weights=rows["spending"])
    assert one(table, ring="R-I", period="2008", service="debt")["value"] == pytest.approx(want)


def test_without_need_coverage_is_undefined_and_the_group_goes_on():
    returns = changed(need=0, served=0, in_einv=0, recorded=0)
    row = one(service_indicator("service_coverage", returns), kommune="M01", period="2008", service="debt")
    assert np.isnan(row["value"])
    assert "need" in row["note"]
    everyone = one(service_indicator("service_coverage", returns, by="all"), period="2008", service="debt")
    rest = ROWS.query("service == 'debt' and period == '2008' and kommune != 'M01'")
    assert everyone["value"] == pytest.approx(100 * rest["served"].sum() / rest["need"].sum())


def test_what_is_not_reported_is_missing_and_counted():
    returns = changed(served=pd.NA)
    row = one(service_indicator("service_takeup", returns), kommune="M01", period="2008", service="debt")
    assert (row["status"], row["note"]) == ("missing", "not reported: served")
    together = one(service_indicator("service_takeup", returns), kommune="M01", period="2008", service="together")
    assert np.isnan(together["value"])
    everyone = one(service_indicator("service_takeup", returns, by="all"), period="2008", service="debt")
    assert (everyone["n"], everyone["n_missing"]) == (68, 1)


def test_every_value_of_the_bundled_set_is_synthetic():
    for name in ("service_coverage", "service_takeup", "service_spending_per_ehb"):
        table = service_indicator(name, RETURNS, by="ring")
        assert set(table.loc[table["value"].notna(), "status"]) == {"synthetic"}
    assert set(services.waiting(RETURNS)["status"]) == {"synthetic"}
    assert set(services.provision(RETURNS)["status"]) == {"synthetic"}


def test_switching_off_the_interval_changes_no_value():
    on, off = (service_indicator("service_takeup", RETURNS, level=level) for level in (0.95, None))
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off["lower"].isna().all()


def test_an_indicator_of_the_months_is_refused_here_and_the_other_way_round():
    with pytest.raises(UnknownIndicatorError, match="service_takeup, service_coverage"):
        service_indicator("eingliederungsquote", RETURNS)
    with pytest.raises(UnknownIndicatorError, match=r"ok\.service_indicator\('service_coverage', returns\)"):
        ok.indicator("service_coverage", RETURNS)


# ---- breadth and evenness


def test_breadth_counts_the_services_that_served_anybody():
    returns = changed(served=0, recorded=0)
    row = one(services.breadth(returns), kommune="M01", period="2008")
    assert row["value"] == 4


def test_evenness_is_the_entropy_of_the_shares():
    row = one(services.breadth(RETURNS), kommune="M07", period="2006")
    shares = ROWS.query("kommune == 'M07' and period == '2006'")["served"]
    assert row["evenness"] == pytest.approx(stats.entropy(shares.astype(float), base=5))


def test_one_service_for_all_is_not_even():
    rows = ROWS.assign(served=ROWS["served"].where(ROWS["service"] == "debt", 0))
    table = services.breadth(replace(RETURNS, services=rows))
    assert table["value"].unique().tolist() == [1]
    np.testing.assert_allclose(table["evenness"], 0, atol=1e-12)


def test_breadth_is_missing_where_a_service_is_not_reported():
    row = one(services.breadth(changed(served=pd.NA)), kommune="M01", period="2008")
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "not every service is reported")


# ---- waiting time


def test_a_ring_shows_the_distribution_of_its_members_waiting_times():
    table = services.waiting(RETURNS, by="ring")
    members = ROWS.merge(RETURNS.units[["kommune", "ring"]]).query(
        "ring == 'R-V' and period == '2008' and service == 'debt'"
    )
    days = members["waiting_days"]
    row = one(table, ring="R-V", period="2008", service="debt")
    assert (row["value"], row["shortest"], row["longest"]) == (days.median(), days.min(), days.max())
    assert row["within_two_weeks"] == pytest.approx(100 * (days <= 14).mean())


def test_a_missing_waiting_time_is_counted_not_guessed():
    returns = changed(waiting_days=np.nan)
    row = one(services.waiting(returns), kommune="M01", period="2008", service="debt")
    assert np.isnan(row["value"])
    assert np.isnan(row["within_two_weeks"])
    assert (row["n"], row["n_missing"], row["status"]) == (0, 1, "missing")


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueTableError, match="column of the units"):
        services.waiting(RETURNS, by="planet")


# ---- offer, recording, provision


def test_offers_count_municipalities():
    table = services.offers(RETURNS, by="ring")
    assert (table.groupby(["service", "period"])[["both", "contracted", "own"]].sum().sum(axis=1) == 69).all()


def test_bounds_open_where_recording_is_incomplete():
    row = one(ROWS, kommune="M01", period="2008", service="debt")
    returns = changed(recorded=int(row["served"]) - 5)
    bounds = one(services.recording_bounds(returns), kommune="M01", period="2008", service="debt")
    assert bounds["value"] == pytest.approx(100 * row["served"] / row["need"])
    assert bounds["lower"] == pytest.approx(100 * (row["served"] - 5) / row["need"])
    assert bounds["upper"] == 100


def test_bounds_are_missing_where_recording_is_not_reported():
    bounds = one(services.recording_bounds(changed(recorded=pd.NA)), kommune="M01", period="2008", service="debt")
    assert np.isnan(bounds["lower"])
    assert np.isnan(bounds["upper"])


def test_the_index_is_the_mean_of_the_coverages_that_are_defined():
    returns = changed(need=0, served=0, in_einv=0, recorded=0)
    row = one(services.provision(returns), kommune="M01", period="2008")
    others = ROWS.query("kommune == 'M01' and period == '2008' and service != 'debt'")
    assert row["provision_index"] == pytest.approx((others["served"] / others["need"]).mean())
    assert np.isnan(row["coverage_debt"])
    assert (row["n_services"], row["note"]) == (4, "no need: debt")


def test_an_unreported_service_leaves_no_index():
    row = one(services.provision(changed(served=pd.NA)), kommune="M01", period="2008")
    assert np.isnan(row["provision_index"])
    assert (row["status"], row["note"]) == ("missing", "not every service is reported")
