"""What a table of values is before anything is computed: whose, of what, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ComparisonError, ForeignUnitError, UnknownIndicatorError, UnknownUnitError
from optkommunen.front.chance import funnel, partners, rank, shrink
from optkommunen.front.comparing import compare
from optkommunen.front.given import given, only

ASKED = {
    "funnel": funnel, "rank": rank, "shrink": shrink, "partners": lambda table, **o: partners(table, "M01", **o),
}  # fmt: skip


def own(**changed):
    columns = {"kommune": ["M01", "M02", "M03"], "period": "2008", "numerator": [3, 4, 9], "denominator": 100}
    return pd.DataFrame(columns | changed)


def test_reference_rows_drop_out():
    assert "DE" in set(ok.load_context("unemployment_rate", 2008)["kommune"])
    place = compare(ok.load_context("unemployment_rate", 2008))
    assert len(place) == 69
    assert "DE" not in set(place.table["kommune"])


def test_a_land_is_no_municipality():
    frame = pd.DataFrame({"kommune": ["05558", "05", "DE"], "indicator": "unemployment_rate", "value": 1.0})
    assert given(frame)[0].frame["kommune"].tolist() == ["05558"]


@pytest.mark.parametrize("by", ["ring", "land", "all"])
def test_tables_of_sums_are_refused(returns, by):
    with pytest.raises(ComparisonError, match=f"found sums by {by}"):
        compare(ok.indicator("eingliederungsquote", returns, by=by))


@pytest.mark.parametrize("other", [ok.load_returns, None, {"kommune": ["M01"]}, []])
def test_what_is_no_table_is_refused_with_what_to_pass(other):
    with pytest.raises(ComparisonError, match=r"Pass ok.indicator\(name, returns\)"):
        compare(other)


def test_names_stand_for_keys_and_numbers_are_refused():
    frame = pd.DataFrame({"kommune": ["Coesfeld", "Peine"], "indicator": "unemployment_rate", "value": 1.0})
    assert given(frame)[0].frame["kommune"].tolist() == ["05558", "03157"]
    with pytest.raises(UnknownUnitError, match="found the number 5558"):
        given(frame.assign(kommune=[5558, 3157]))


def test_a_kreis_that_is_not_one_of_the_69_is_refused():
    with pytest.raises(ForeignUnitError, match="05111"):
        compare(pd.DataFrame({"kommune": ["05111"], "indicator": "unemployment_rate", "value": [1.0]}))


@pytest.mark.parametrize("ask", [compare, *ASKED.values()])
def test_numbers_of_ones_own_say_what_they_are(ask):
    with pytest.raises(ComparisonError, match="not given: kind and polarity"):
        ask(own())
    with pytest.raises(ComparisonError, match=r"not given: polarity\. Pass kind="):
        ask(own(), kind="event_rate")


def test_numbers_of_ones_own_that_say_it_are_compared():
    place = compare(own(ring="a"), kind="event_rate", polarity=-1)
    assert place.table["value"].tolist() == [3.0, 4.0, 9.0]
    assert "indicator" not in place.table


def test_an_indicator_that_is_none_is_refused():
    with pytest.raises(UnknownIndicatorError, match="'eingliederungquote' is not there"):
        compare(own(indicator="eingliederungquote"))


def test_the_catalogue_says_what_an_indicator_is(quota, activation):
    one, other = only(quota), only(activation)
    assert (one.kind, one.polarity, one.per, one.summed) == ("event_rate", 1, 100.0, True)
    assert (other.kind, other.polarity) == ("stock_quota", 0)


@pytest.mark.parametrize("name", list(ASKED))
def test_published_values_are_refused_by_kind(name):
    with pytest.raises(ComparisonError, match="unemployment_rate is published without numerator and denominator"):
        ASKED[name](ok.load_context("unemployment_rate", 2008))


@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.parametrize(
    ("indicator", "kind"), [("bg", "count"), ("cost_total_per_bg", "cost"), ("betreuungsrelation_1", "ratio")]
)
def test_full_counts_are_refused_by_kind(returns, with_rings, name, indicator, kind):
    table = with_rings(ok.indicator(indicator, returns))
    with pytest.raises(ComparisonError, match=rf"{indicator} is of the kind {kind}, a full count.*Take compare\(\)"):
        ASKED[name](table)
    assert set(compare(table, reference="median").table["label"]) == {"not assessed"}


@pytest.mark.parametrize("name", list(ASKED))
def test_one_indicator_is_asked_of_and_several_are_refused(quota, activation, name):
    with pytest.raises(ComparisonError, match="found eingliederungsquote, aktivierungsquote"):
        ASKED[name](pd.concat([quota, activation]))


@pytest.mark.parametrize("name", list(ASKED))
def test_one_service_is_asked_of(returns, with_rings, name):
    table = with_rings(ok.service_indicator("service_coverage", returns))
    with pytest.raises(ComparisonError, match="found service_coverage childcare, service_coverage care"):
        ASKED[name](table)
    assert len(ASKED[name](table[table["service"] == "debt"]))


@pytest.mark.parametrize("ask", [compare, *ASKED.values()])
def test_a_period_that_is_not_there_is_refused_with_the_range(quota, ask):
    with pytest.raises(ComparisonError, match="the table: 2006 to 2008; not there: 2011"):
        ask(quota, period=2011)


@pytest.mark.parametrize("name", ["rank", "shrink", "partners"])
def test_months_are_no_years(returns, with_rings, name):
    months = with_rings(ok.indicator("eingliederungsquote", returns, time="month"))
    with pytest.raises(ComparisonError, match=r"found the month 2006-01\. Pass ok.indicator"):
        ASKED[name](months)


def test_several_levels_of_the_table_are_one_value(returns, with_rings, quota):
    twice = with_rings(ok.indicator("eingliederungsquote", returns, level=(0.95, 0.998)))
    pd.testing.assert_frame_equal(compare(twice).table, compare(quota).table)


def test_a_table_without_municipalities_is_an_empty_answer(quota):
    assert compare(quota.head(0)).reason == "the table has no row of a municipality"


@pytest.mark.parametrize("ask", [compare, *ASKED.values()])
def test_where_nobody_has_a_value_the_answer_is_empty_and_says_so(quota, ask):
    nobody = quota.assign(numerator=np.nan, value=np.nan, status="missing", note="")
    found = ask(nobody)
    assert found.reason.startswith("nobody has a value of Eingliederungsquote")
    assert found.summary("de").startswith("Niemand hat 200")
    assert "Eingliederungsquote" in found.plot(lang="de").texts[1].get_text().replace("\n", " ")
