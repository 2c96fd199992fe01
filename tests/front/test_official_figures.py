"""Official figures of the front are those of the deep functions, with name, ring and its status."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.position import compare
from optkommunen.data import store
from optkommunen.errors import UnknownIndicatorError, UnknownUnitError, ValueTableError
from optkommunen.indicators import caseload as derived
from optkommunen.indicators.reconciliation import verdicts
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


ANSWER = ok.reconcile()


def test_the_verdicts_are_those_of_the_reconciliation():
    table = verdicts.reconcile()
    pd.testing.assert_frame_equal(ANSWER.table, table)
    pd.testing.assert_frame_equal(ANSWER.parts["checks"], verdicts.prominent_checks(table))
    pd.testing.assert_frame_equal(ANSWER.parts["families"], verdicts.summary(table))


def test_the_facts_add_up():
    facts = ANSWER.facts
    assert sum(facts[verdict] for verdict in verdicts.VERDICTS) == facts["n"] == len(ANSWER)
    assert facts["against_official"] + facts["against_printed"] == facts["consistent"]


def test_it_shows_the_families_and_of_one_municipality_its_figures():
    assert ANSWER.show().frame.columns[0] == "Family"
    one = ANSWER.of("Marburg-Biedenkopf")
    assert set(one.table["kommune"]) == {"06534"}
    assert len(one.show().frame) == len(one)
    assert ANSWER.show(columns=["figure_id", "verdict"]).frame.shape == (len(ANSWER), 2)


def test_a_municipality_of_which_nothing_is_printed_is_named():
    without = sorted(set(ok.municipalities()["kommune"]) - set(ANSWER.table["kommune"]))
    with pytest.raises(UnknownUnitError, match=without[0]):
        ANSWER.of(without[0])


def test_a_verdict_has_its_word_in_the_language_asked_for():
    shown = ANSWER.show(columns=["figure_id", "verdict"], lang="de").frame
    assert set(shown["Urteil"]) == {"reproduziert", "stimmig", "nicht unabhängig", "weicht ab", "nicht berechenbar"}


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "833 printed figures: reproduced 8"), ("de", "833 gedruckte Zahlen")]
)
def test_the_summary_counts_in_the_language_asked_for(lang, word):
    assert str(ANSWER.summary(lang)).startswith(word)


def test_figures_without_a_consistent_one_have_a_summary_too():
    published = ok.load_published()
    unknown = published[
        published["figure_id"] == ANSWER.table.query("verdict == 'not computable'")["figure_id"].iloc[0]
    ]
    assert str(ok.reconcile(unknown).summary("en")).startswith("1 printed figure: not computable 1. A figure")


def test_figures_that_are_none_are_refused():
    with pytest.raises(ValueTableError, match="Published figures need"):
        ok.reconcile(pd.DataFrame({"value": [1.0]}))


def test_the_screen_is_the_bundled_one_and_its_distance_is_no_level():
    table = ok.screen().table
    stored = store.table("screen").rename(columns={"level": "distance"})
    pd.testing.assert_frame_equal(table[list(stored.columns)], stored)
    assert "level" not in table


def test_every_unusable_value_of_the_69_is_counted_by_the_screen():
    context = ok.load_context()
    unusable = context.loc[context["status"] == "unusable", "indicator"].value_counts()
    counted = ok.screen().parts["indicators"].set_index("indicator")["n_unusable"]
    assert counted.to_dict() == unusable.to_dict()


def test_the_screen_shows_indicators_and_where_columns_are_asked_for_years():
    screen = ok.screen()
    assert len(screen.show().frame) == len(screen.parts["indicators"]) == 9
    years = screen.show(columns=["indicator", "period", "verdict"], lang="de").frame
    assert set(years["Urteil"]) == {"unauffällig", "Zellen unbrauchbar", "Spalte unbrauchbar"}
    assert "224" in str(screen.summary())
