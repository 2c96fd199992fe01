"""The five services: sums over sums, intervals by kind, waiting never added, recording bounds, what nobody reports."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

import optkommunen as ok
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import UnknownIndicatorError
from optkommunen.indicators import service_supply, services
from optkommunen.indicators.services import SERVICES, service_indicator, silent
from tests.some_returns import some, without_care_and_waiting, without_need

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
    got = table.set_index([by, "service", "period"])["value"]
    single = got[got.index.get_level_values("service") != "together"].sort_index()
    np.testing.assert_allclose(single, 100 * sums["served"] / sums["need"])
    all_five = sums.groupby([by, "period"])[["served", "need"]].sum()
    together = got.xs("together", level="service").sort_index()
    np.testing.assert_allclose(together, 100 * all_five["served"] / all_five["need"])


@pytest.mark.parametrize(
    ("name", "above", "below"),
    [("service_in_einv", "in_einv", "need"), ("service_recorded", "recorded", "served")],
)
def test_the_five_together_are_sums_over_sums_and_missing_where_one_is(name, above, below):
    services = RETURNS.services.copy()
    lost = (services["kommune"] == "M07") & (services["service"] == "debt") & (services["period"] == "2008")
    services.loc[lost, above] = pd.NA
    table = service_indicator(name, replace(RETURNS, services=services)).query("service == 'together'")
    rows = services[services["period"] == "2008"].groupby("kommune")[[above, below]].sum().astype(float)
    found = table[table["period"] == "2008"].set_index("kommune")
    assert np.isnan(found.at["M07", "value"])
    assert found.at["M07", "status"] == "missing"
    others = [key for key in found.index if key != "M07"]
    want = 100 * rows.loc[others, above] / rows.loc[others, below]
    np.testing.assert_allclose(found.loc[others, "value"], want)


def test_the_municipal_share_of_all_five_is_that_of_their_euros():
    table = service_indicator("service_municipal_share", RETURNS, by="all").set_index(["service", "period"])["value"]
    rows = RETURNS.services.query("period == '2008'")
    euros = rows["spending"].astype(float)
    want = (euros * rows["municipal_share"].astype(float)).sum() / euros.sum()
    assert table["together", "2008"] == pytest.approx(want)


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
    assert set(service_supply.waiting(RETURNS)["status"]) == {"synthetic"}
    assert set(services.provision(RETURNS)["status"]) == {"synthetic"}


def test_switching_off_the_interval_changes_no_value():
    on, off = (service_indicator("service_takeup", RETURNS, level=level) for level in (0.95, None))
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off["lower"].isna().all()


def test_an_indicator_of_the_months_is_refused_here_and_the_other_way_round():
    with pytest.raises(UnknownIndicatorError, match="service_takeup, service_need, service_coverage"):
        service_indicator("eingliederungsquote", RETURNS)
    with pytest.raises(UnknownIndicatorError, match=r"ok\.service_indicator\('service_coverage', returns\)"):
        ok.indicator("service_coverage", RETURNS)


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


def test_nobody_served_is_a_coverage_of_0_and_no_lack_of_need():
    row = one(services.provision(changed(served=0, recorded=0)), kommune="M01", period="2008")
    assert (row["coverage_debt"], row["n_services"], row["note"]) == (0, 5, "")
    others = ROWS.query("kommune == 'M01' and period == '2008' and service != 'debt'")
    assert row["provision_index"] == pytest.approx((others["served"] / others["need"]).sum() / 5)


def test_nobody_served_of_an_unknown_need_leaves_no_index():
    row = one(services.provision(changed(need=pd.NA, served=0)), kommune="M01", period="2008")
    assert (np.isnan(row["provision_index"]), row["note"]) == (True, "not every service is reported")


def test_without_need_in_one_service_the_five_together_are_the_other_four():
    returns = changed(need=0, served=0, in_einv=0, recorded=0)
    row = one(service_indicator("service_coverage", returns), kommune="M01", period="2008", service="together")
    others = ROWS.query("kommune == 'M01' and period == '2008' and service != 'debt'")
    assert row["value"] == pytest.approx(100 * others["served"].sum() / others["need"].sum())
    assert row["note"] == ""


@pytest.mark.parametrize("side", ["need", "served"])
def test_a_service_of_which_one_side_is_not_reported_is_not_collected(side):
    values = ROWS[side].mask(ROWS["service"] == "debt")
    table = services.collected(replace(RETURNS, services=ROWS.assign(**{side: values})))
    assert table.all().to_dict() == {service: service != "debt" for service in SERVICES}


SERVED_WITHOUT_NEED = {"need": 0, "served": 5, "in_einv": 3, "recorded": 2}


@pytest.mark.parametrize("name", ["service_coverage", "service_in_einv"])
def test_served_without_need_enters_no_sum_and_is_counted_as_missing(name):
    returns = changed(**SERVED_WITHOUT_NEED)
    row = one(service_indicator(name, returns), kommune="M01", period="2008", service="debt")
    assert (np.isnan(row["value"]), row["status"], row["note"]) == (True, "missing", "the denominator is 0 (need)")
    without = replace(RETURNS, services=ROWS[ROWS["kommune"] != "M01"], units=RETURNS.units.query("kommune != 'M01'"))
    columns = ["value", "lower", "upper", "numerator", "denominator", "n"]
    for service in ("debt", "together"):
        want = one(service_indicator(name, without, by="all"), period="2008", service=service)
        have = one(service_indicator(name, returns, by="all"), period="2008", service=service)
        assert have[columns].tolist() == want[columns].tolist()
        assert (have["n_missing"], have["note"]) == (1, "without M01")
    together = one(service_indicator(name, returns), kommune="M01", period="2008", service="together")
    assert (np.isnan(together["value"]), together["note"]) == (True, "the denominator is 0 (need of debt)")


def test_served_without_need_leaves_no_index():
    row = one(services.provision(changed(**SERVED_WITHOUT_NEED)), kommune="M01", period="2008")
    assert np.isnan(row["provision_index"])
    assert (row["status"], row["note"]) == ("missing", "served without need: debt")


def test_served_without_need_has_no_bounds():
    row = one(
        service_supply.recording_bounds(changed(**SERVED_WITHOUT_NEED)), kommune="M01", period="2008", service="debt"
    )
    assert (row[["value", "lower", "upper"]].isna().all(), row["status"]) == (True, "missing")


def test_the_status_of_rings_is_carried_by_services_and_their_waiting_times():
    rings = reconstructed()
    keys = dict(zip(RETURNS.units["kommune"], rings["kommune"], strict=True))
    tables = {
        name: (table := getattr(RETURNS, name)).assign(kommune=table["kommune"].map(keys), status="observed")
        for name in ("monthly", "annual", "services", "units")
    }
    returns = replace(RETURNS, **tables)
    for by in (rings, rings[["kommune", "ring"]]):
        table, days = service_indicator("service_coverage", returns, by=by), service_supply.waiting(returns, by=by)
        for told in (table["status"], table["ring_status"], days["status"], days["ring_status"]):
            assert set(told) == {"estimated"}
        assert set(table["n_estimated"]) == set(days["n_estimated"]) == {0}
    assert set(service_supply.waiting(returns, by="land")["status"]) == {"observed"}


# ---- what nobody collected


def test_a_service_that_nobody_collected_is_not_in_the_index():
    returns = without_care_and_waiting(RETURNS)
    table = services.provision(returns).query("period == '2007'").set_index("kommune")
    rows = ROWS.query("period == '2007' and service != 'care'").assign(coverage=lambda t: t["served"] / t["need"])
    np.testing.assert_allclose(table["provision_index"], rows.groupby("kommune")["coverage"].mean()[table.index])
    assert set(table["n_services"]) == {4}
    assert set(table["note"]) == {"nobody collected: care"}
    assert table["waiting_days"].isna().all()


def test_need_that_nobody_identified_takes_the_service_out_of_the_index_and_leaves_its_waiting_time():
    table = services.provision(without_need(RETURNS)).query("period == '2007'").set_index("kommune")
    rows = ROWS.query("period == '2007'")
    coverage = (rows["served"] / rows["need"])[rows["service"] != "debt"].groupby(rows["kommune"]).mean()
    np.testing.assert_allclose(table["provision_index"], coverage[table.index])
    np.testing.assert_allclose(table["waiting_days"], rows.groupby("kommune")["waiting_days"].mean()[table.index])


def test_who_lacks_a_service_that_others_collected_still_has_no_index():
    rows = ROWS[(ROWS["service"] != "care") | (ROWS["kommune"] == "M05")]
    table = services.provision(replace(RETURNS, services=rows)).query("period == '2007'").set_index("kommune")
    assert table["provision_index"].notna().sum() == 1
    assert table.at["M01", "note"] == "not every service is reported"


def test_what_nobody_collected_is_left_out_of_a_table_with_the_reason():
    table = service_indicator("service_takeup", without_care_and_waiting(RETURNS), by="ring").query("period == '2008'")
    assert set(table.loc[table["service"] == "care", "status"]) == {"missing"}
    kept, reasons = services.reported(table)
    assert set(kept["service"]) == {"childcare", "debt", "psychosocial", "addiction"}
    assert reasons == ["care: nobody reports it", "together: care is not reported"]
    assert kept["value"].notna().all()


def test_what_nobody_reports_at_all_leaves_an_empty_table_and_one_reason():
    kept, reasons = services.reported(service_supply.waiting(without_care_and_waiting(RETURNS)))
    assert kept.empty
    assert reasons == ["nobody reports it for any service"]


def test_what_everybody_reports_is_kept_whole():
    table = service_indicator("service_coverage", changed(served=pd.NA)).query("period == '2008'")
    kept, reasons = services.reported(table)
    pd.testing.assert_frame_equal(kept, table)
    assert reasons == []


def unreported(returns):
    return silent(returns).to_numpy().tolist()


def test_nothing_is_silent_in_the_bundled_set():
    assert unreported(RETURNS) == []


def test_a_service_and_a_column_that_nobody_reports():
    assert unreported(without_care_and_waiting(some())) == [["services", "", "care"], ["services", "waiting_days", ""]]


def test_a_column_of_one_service():
    assert unreported(without_need(RETURNS)) == [["services", "need", "debt"]]


def test_a_column_of_the_months_and_one_of_the_years():
    monthly = RETURNS.monthly.assign(sanktionen=pd.array([pd.NA] * len(RETURNS.monthly), dtype="Int64"))
    annual = RETURNS.annual.assign(cost_kdu=pd.NA)
    changed = replace(RETURNS, monthly=monthly, annual=annual)
    assert unreported(changed) == [["monthly", "sanktionen", ""], ["annual", "cost_kdu", ""]]


def test_one_who_reports_it_is_enough():
    rows = RETURNS.services
    one = rows.assign(waiting_days=rows["waiting_days"].where((rows["kommune"] == "M05") & (rows["period"] == "2006")))
    assert ["services", "waiting_days", ""] not in unreported(replace(RETURNS, services=one))


def test_values_that_may_not_enter_are_no_report():
    rows = RETURNS.services
    barred = rows.assign(status=rows["status"].mask(rows["service"] == "care", "unusable"))
    assert unreported(replace(RETURNS, services=barred)) == [["services", "", "care"]]


def test_it_is_said_in_the_words_of_the_chapter():
    told = ok.figures.whose(without_care_and_waiting(RETURNS), lang="en").splitlines()
    assert told[1:] == ["Nobody reports: home care; waiting_days."]
    assert (
        ok.figures.whose(without_need(RETURNS), lang="de").splitlines()[1]
        == "Niemand meldet: need (Schuldnerberatung)."
    )
