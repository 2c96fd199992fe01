"""How far the official figures can be trusted: verdicts on what was printed, and the screen, as answers."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data import store
from optkommunen.errors import UnknownUnitError, ValueTableError
from optkommunen.indicators.reconciliation import verdicts

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
