"""Official figures of the front are those of the deep functions, with name, ring and its status."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.position import compare
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.indicators import caseload as derived
from optkommunen.loaders import bundled
from optkommunen.values import VALUE_COLUMNS

FIRST = ["kommune", "name", "ring", "ring_status", "period", "indicator"]


@pytest.mark.parametrize(("names", "period"), [("unemployment_rate", 2008), (["foreign_share", "debtor_rate"], None)])
def test_the_context_is_that_of_the_loader(names, period):
    front = ok.load_context(names, period)
    assert list(front.columns[:6]) == FIRST
    pd.testing.assert_frame_equal(front[list(VALUE_COLUMNS)], bundled.load_context(names, period))
    assert front.loc[front["kommune"] != "DE", "ring_status"].eq("estimated").all()


def test_the_caseload_is_that_of_the_indicators():
    front = ok.caseload()
    assert list(front.columns[:6]) == FIRST
    pd.testing.assert_frame_equal(front[list(VALUE_COLUMNS)], derived.caseload())
    assert ok.caseload(period="2008")["period"].unique().tolist() == ["2008"]


@pytest.mark.parametrize(
    ("call", "span"),
    [
        (lambda: ok.load_context("unemployment_rate", 2011), "2005 to 2010"),
        (lambda: ok.caseload(period=2005), "2007 to 2010"),
    ],
)
def test_a_year_that_is_not_there_is_refused_with_the_range(call, span):
    with pytest.raises(ValueTableError, match=span):
        call()


def test_what_is_no_context_figure_is_refused():
    with pytest.raises(UnknownIndicatorError, match=r"ok\.caseload"):
        ok.load_context("persons_in_bg")


def test_an_official_figure_goes_into_a_comparison_unchanged_but_for_germany():
    table = ok.load_context("unemployment_rate", 2008)
    place = compare(table[table["kommune"] != "DE"], ok.rings(), reference="median", level=None)
    assert len(place) == 69
    assert set(place["ring_status"]) == {"estimated"}


def test_the_caseload_adds_up_over_rings_and_says_how_sure_they_are():
    sums = ok.total(ok.caseload(period=[2007, 2010]), by="ring")
    everything = ok.total(ok.caseload(period=[2007, 2010])).set_index(["indicator", "period"])["value"]
    added = sums.groupby(["indicator", "period"])["value"].sum()
    assert (added - everything).abs().max() < 1e-6
    assert set(sums["ring_status"]) == {"estimated"}


def test_recorded_cases_stand_beside_the_need_as_they_were_printed():
    table = ok.recorded_cases().set_index("service")
    assert table["recorded_cases"].to_dict() == {"debt": 32_500, "addiction": 9_000, "psychosocial": 20_000}
    assert table["estimated_need"].to_dict() == {"debt": 1_130_000, "addiction": 450_000, "psychosocial": 900_000}
    assert table["need_per_100_elb"].to_dict() == {"debt": 25, "addiction": 10, "psychosocial": 20}
    printed = ok.load_published().set_index("figure_id")["value"]
    shares = printed["de.services_" + table.index + "_recorded_share_pct.2012"]
    assert table["per_100_in_need"].round(1).tolist() == shares.tolist()
    assert table.at["debt", "recorded_per_100_elb"] == pytest.approx(25 * 32_500 / 1_130_000)
    assert table["status"].eq("derived").all()
    heads = ok.show(table.reset_index(), lang="de").frame.columns
    assert "Geschätzter Bedarf" in heads
