"""What nobody reports is named: services, columns, one column of a service."""

from dataclasses import replace

import pandas as pd

import optkommunen as ok
from optkommunen.indicators.unreported import silent
from tests.some_returns import some, without_care_and_waiting, without_need

RETURNS = ok.load_returns()


def named(returns):
    return silent(returns).to_numpy().tolist()


def test_nothing_is_silent_in_the_bundled_set():
    assert named(RETURNS) == []


def test_a_service_and_a_column_that_nobody_reports():
    assert named(without_care_and_waiting(some())) == [["services", "", "care"], ["services", "waiting_days", ""]]


def test_a_column_of_one_service():
    assert named(without_need(RETURNS)) == [["services", "need", "debt"]]


def test_a_column_of_the_months_and_one_of_the_years():
    monthly = RETURNS.monthly.assign(sanktionen=pd.array([pd.NA] * len(RETURNS.monthly), dtype="Int64"))
    annual = RETURNS.annual.assign(cost_kdu=pd.NA)
    changed = replace(RETURNS, monthly=monthly, annual=annual)
    assert named(changed) == [["monthly", "sanktionen", ""], ["annual", "cost_kdu", ""]]


def test_one_who_reports_it_is_enough():
    rows = RETURNS.services
    one = rows.assign(waiting_days=rows["waiting_days"].where((rows["kommune"] == "M05") & (rows["period"] == "2006")))
    assert ["services", "waiting_days", ""] not in named(replace(RETURNS, services=one))


def test_values_that_may_not_enter_are_no_report():
    rows = RETURNS.services
    barred = rows.assign(status=rows["status"].mask(rows["service"] == "care", "unusable"))
    assert named(replace(RETURNS, services=barred)) == [["services", "", "care"]]


def test_it_is_said_in_the_words_of_the_chapter():
    told = ok.figures.whose(without_care_and_waiting(RETURNS), lang="en").splitlines()
    assert told[1:] == ["Nobody reports: home care; waiting_days."]
    assert (
        ok.figures.whose(without_need(RETURNS), lang="de").splitlines()[1]
        == "Niemand meldet: need (Schuldnerberatung)."
    )
