"""Jahresfortschrittswert: against the sums and means of its definition, and K2 at the end of the year."""

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ValueTableError
from optkommunen.indicators.annual_progress import annual_progress

RETURNS = ok.load_returns()
MONTHS = [f"{year}-{month:02}" for year in (2014, 2015) for month in range(1, 13)]


def frame(events=None, stock=None, **more):
    events = list(range(1, 25)) if events is None else events
    stock = [100 + 10 * i for i in range(24)] if stock is None else stock
    return pd.DataFrame({"kommune": "05558", "period": MONTHS, "eingliederungen": events, "ehb": stock,
                         "status": "observed", **more})  # fmt: skip


def at(table, period):
    return table.set_index("period").loc[period]


def test_january_to_march_stand_over_december_to_february():
    row = at(annual_progress(frame()), "2015-03")
    assert row["numerator"] == 13 + 14 + 15
    assert row["denominator"] == np.mean([210, 220, 230])
    assert row["value"] == pytest.approx(100 * 42 / 220)
    assert row["status"] == "derived"


def test_without_a_lag_the_months_are_the_same():
    assert at(annual_progress(frame(), lag=0), "2015-03")["denominator"] == np.mean([220, 230, 240])


def test_in_december_it_is_k2_with_a_lag_of_one_month():
    found = ok.annual_progress(RETURNS, period="2008-12").set_index("kommune")["value"]
    months = RETURNS.monthly.set_index(["kommune", "period"])
    sums = months.loc[(slice(None), slice("2008-01", "2008-12")), "eingliederungen"].groupby("kommune").sum()
    stock = months.loc[(slice(None), slice("2007-12", "2008-11")), "ehb"].groupby("kommune").mean()
    wanted = (100 * sums / stock).astype(float)
    assert found.to_numpy() == pytest.approx(wanted.loc[found.index].to_numpy())


def test_the_first_year_lacks_its_december():
    table = annual_progress(frame())
    first = at(table, "2014-05")
    assert (first["status"], first["note"].split(";")[0]) == ("missing", "ehb without a value: 2013-12")
    assert table["value"].notna().sum() == 12


def test_a_month_that_lacks_makes_the_rest_of_its_year_missing():
    events = [1.0] * 24
    events[15] = np.nan
    table = annual_progress(frame(events)).set_index("period")
    assert table.loc["2015-01":"2015-12", "value"].notna().tolist() == [True] * 3 + [False] * 9
    assert table.loc["2015-12", "note"].startswith("eingliederungen without a value: 2015-04")


def test_a_year_that_is_not_there_is_no_neighbour():
    rows = frame()
    rows["period"] = rows["period"].str.replace("2014", "2013")
    assert at(annual_progress(rows), "2015-01")["note"].startswith("ehb without a value: 2014-12")


def test_a_protected_month_makes_it_suppressed():
    events = [5.0] * 24
    events[13] = np.nan
    rows = frame(events, protected=["eingliederungen" if i == 13 else "" for i in range(24)])
    table = annual_progress(rows).set_index("period")
    assert table.loc[["2015-01", "2015-02", "2015-12"], "status"].tolist() == ["derived", "suppressed", "suppressed"]
    assert table.loc["2015-02", ["value", "numerator"]].isna().all()


def test_no_stock_is_no_rate():
    assert at(annual_progress(frame(stock=[0] * 24)), "2015-02")["note"].startswith("the denominator is 0 (ehb)")


def test_eingliederungen_are_told_apart_from_integrationen():
    note = at(annual_progress(frame()), "2015-02")["note"]
    assert note.startswith("Integrationen of § 48a SGB II leave Minijobs out")
    rows = frame().rename(columns={"eingliederungen": "integrationen"})
    assert at(annual_progress(rows, numerator="integrationen"), "2015-02")["note"] == ""


@pytest.mark.parametrize("lag", [-1, 12, 1.0, True, "1"])
def test_a_lag_is_a_whole_number_of_months(lag):
    with pytest.raises(ValueTableError, match="whole number of months from 0 to 11"):
        annual_progress(frame(), lag=lag)


def test_annual_returns_have_no_progress():
    row = {"kommune": ["05558"], "period": ["2015"], "eingliederungen": 3, "ehb": 9, "status": "observed"}
    annual = pd.DataFrame(row)
    with pytest.raises(ValueTableError, match="made of monthly returns"):
        annual_progress(annual)


def test_a_month_is_text_and_one_that_is_not_there_is_refused_with_the_range():
    assert set(ok.annual_progress(RETURNS, period=["2008-01", "2008-02"])["period"]) == {"2008-01", "2008-02"}
    assert set(ok.annual_progress(RETURNS, period="latest")["period"]) == {"2008-12"}
    with pytest.raises(ValueTableError, match="2006-01 to 2008-12; not there: 2009-01"):
        ok.annual_progress(RETURNS, period="2009-01")


def test_it_goes_into_a_comparison():
    table = ok.compare(ok.annual_progress(RETURNS, period="2008-06")).table
    assert len(table) == 69
    assert table["note"].str.contains("leave Minijobs out").all()
