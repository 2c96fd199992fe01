"""Side by side: values of `indicator`, the fewest members, the worst status."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ValueTableError
from optkommunen.indicators.side_by_side import side_by_side
from tests.own_returns import REAL, write_own_returns

RETURNS = ok.load_returns()
RINGS = RETURNS.units[["kommune", "ring"]]


def test_values_are_those_of_the_indicator():
    table = side_by_side(["aktivierungsquote", "bg"], RETURNS, RINGS, "2007")
    for by, keys in (("ring", table.index[:-1]), ("all", ["all"])):
        want = ok.indicator("aktivierungsquote", RETURNS, by=by).query("period == '2007'").set_index(by)["value"]
        assert table.loc[list(keys), "aktivierungsquote"].tolist() == want.loc[list(keys)].tolist()


def test_n_is_the_smallest_and_the_status_the_worst_that_enters(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    gone = returns.monthly["kommune"] == "06438"
    late = (returns.monthly["kommune"] == "06434") & (returns.monthly["period"] == "2008-05")
    monthly = returns.monthly.assign(aktivierte=returns.monthly["aktivierte"].mask(gone | late))
    groups = returns.units[["kommune"]].assign(ring="A")
    table = side_by_side(["bg", "aktivierungsquote"], replace(returns, monthly=monthly), groups)
    assert table.loc["A", ["n", "status"]].tolist() == [len(REAL) - 1, "estimated"]


def test_an_indicator_that_nobody_reports_is_empty_and_the_others_stay():
    monthly = RETURNS.monthly.assign(aktivierte=pd.array([pd.NA] * len(RETURNS.monthly), dtype="Int64"))
    table = side_by_side(["bg", "aktivierungsquote"], replace(RETURNS, monthly=monthly), RINGS)
    assert table["aktivierungsquote"].isna().all()
    assert table.loc["all", ["n", "status"]].tolist() == [69, "synthetic"]


def test_a_year_that_is_not_there_is_refused():
    with pytest.raises(ValueTableError, match="the returns: 2006 to 2008; not there: 2010"):
        side_by_side(["bg"], RETURNS, RINGS, "2010")
