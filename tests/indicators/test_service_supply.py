"""How services are offered: breadth, waiting times that are never added, bounds of what is recorded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from optkommunen.data import catalogue, store
from optkommunen.errors import ValueTableError
from optkommunen.indicators import service_supply
from tests.indicators.test_services import RETURNS, ROWS, changed, one
from tests.some_returns import without_care_and_waiting

ROOT = Path(__file__).parents[2]

# ---- breadth and evenness


def test_breadth_counts_the_services_that_served_anybody():
    returns = changed(served=0, recorded=0)
    row = one(service_supply.breadth(returns), kommune="M01", period="2008")
    assert row["value"] == 4


def test_evenness_is_the_entropy_of_the_shares():
    row = one(service_supply.breadth(RETURNS), kommune="M07", period="2006")
    shares = ROWS.query("kommune == 'M07' and period == '2006'")["served"]
    assert row["evenness"] == pytest.approx(stats.entropy(shares.astype(float), base=5))


def test_one_service_for_all_is_not_even():
    rows = ROWS.assign(served=ROWS["served"].where(ROWS["service"] == "debt", 0))
    table = service_supply.breadth(replace(RETURNS, services=rows))
    assert table["value"].unique().tolist() == [1]
    np.testing.assert_allclose(table["evenness"], 0, atol=1e-12)


def test_breadth_is_missing_where_a_service_is_not_reported():
    row = one(service_supply.breadth(changed(served=pd.NA)), kommune="M01", period="2008")
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "not every service is reported")


def test_a_service_that_nobody_collected_is_in_nobodys_breadth():
    table = service_supply.breadth(without_care_and_waiting(RETURNS)).set_index(["kommune", "period"])
    rows = ROWS[ROWS["service"] != "care"].set_index(["kommune", "period", "service"])["served"].astype(float)
    assert table.at[("M07", "2006"), "evenness"] == pytest.approx(stats.entropy(rows["M07", "2006"], base=4))
    assert table["value"].max() == 4
    assert set(table["note"]) == {"nobody collected: care"}


# ---- waiting time


def test_a_ring_shows_the_distribution_of_its_members_waiting_times():
    table = service_supply.waiting(RETURNS, by="ring")
    members = ROWS.merge(RETURNS.units[["kommune", "ring"]]).query(
        "ring == 'R-V' and period == '2008' and service == 'debt'"
    )
    days = members["waiting_days"]
    row = one(table, ring="R-V", period="2008", service="debt")
    assert (row["value"], row["shortest"], row["longest"]) == (days.median(), days.min(), days.max())
    assert row["within_two_weeks"] == pytest.approx(100 * (days <= 14).mean())


def test_a_waiting_time_is_the_same_days_wherever_it_is_explained():
    words = "from the request to the first appointment"
    (column,) = (
        field for resource in store.descriptor()["resources"] if resource["name"] == "musterkommunen_services"
        for field in resource["schema"]["fields"] if field["name"] == "waiting_days"
    )  # fmt: skip
    assert words in catalogue.indicator("service_waiting_days").definition
    assert words in column["description"]
    assert words in service_supply.waiting.__doc__
    texts = [path.read_text(encoding="utf-8") for folder, kind in (("optkommunen", "*.py"), ("notebooks", "*.ipynb"),
             ("data/raw", "datapackage.json")) for path in sorted((ROOT / folder).rglob(kind))]  # fmt: skip
    assert sum(text.count("to the first appointment") for text in texts) >= 4
    for text in texts:
        assert text.count("to the first appointment") == text.count(words)


def test_a_missing_waiting_time_is_counted_not_guessed():
    returns = changed(waiting_days=np.nan)
    row = one(service_supply.waiting(returns), kommune="M01", period="2008", service="debt")
    assert np.isnan(row["value"])
    assert np.isnan(row["within_two_weeks"])
    assert (row["n"], row["n_missing"], row["status"]) == (0, 1, "missing")


def test_an_unknown_group_is_refused():
    with pytest.raises(ValueTableError, match="column of the units"):
        service_supply.waiting(RETURNS, by="planet")


# ---- offer and recording


def test_offers_count_municipalities():
    table = service_supply.service_supply(RETURNS, by="ring")
    assert (table.groupby(["service", "period"])[["both", "contracted", "own"]].sum().sum(axis=1) == 69).all()


def test_bounds_open_where_recording_is_incomplete():
    row = one(ROWS, kommune="M01", period="2008", service="debt")
    returns = changed(recorded=int(row["served"]) - 5)
    bounds = one(service_supply.recording_bounds(returns), kommune="M01", period="2008", service="debt")
    assert bounds["value"] == pytest.approx(100 * row["served"] / row["need"])
    assert bounds["lower"] == pytest.approx(100 * (row["served"] - 5) / row["need"])
    assert bounds["upper"] == 100


def test_bounds_are_missing_where_recording_is_not_reported():
    bounds = one(service_supply.recording_bounds(changed(recorded=pd.NA)), kommune="M01", period="2008", service="debt")
    assert np.isnan(bounds["lower"])
    assert np.isnan(bounds["upper"])
