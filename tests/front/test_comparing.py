"""compare says to the last digit what the pure functions say, and what a reader needs beside."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.position import compare as position
from optkommunen.comparison.quarters import gain_to_best_quarter
from optkommunen.comparison.rings import between_share
from optkommunen.comparison.transient import transient_by_size
from optkommunen.comparison.variance import sampling_variance
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError
from optkommunen.front.comparing import compare

UNEMPLOYMENT = ok.load_context("unemployment_rate", 2008)


@pytest.fixture(scope="module")
def rings(returns):
    return returns.units[["kommune", "ring"]]


@pytest.mark.parametrize("reference", ["rest", "median", "all", ["M01", "M02"]])
@pytest.mark.parametrize("level", [0.95, (0.9, 0.998), None])
def test_compare_says_what_the_pure_function_says(quota, rings, reference, level):
    place = compare(quota, reference=reference, level=level)
    expected = position(quota, rings, reference=reference, level=level)
    pd.testing.assert_frame_equal(place.table[list(expected.columns)], expected)


def test_what_a_reader_needs_stands_beside_the_numbers(quota):
    table = compare(quota).table
    assert table.columns[:3].tolist() == ["kommune", "name", "indicator"]
    assert (table["name"].iloc[0], table["unit"].iloc[0]) == ("Musterkommune 01", "per 100 eHb and month")
    assert table.columns[-2:].tolist() == ["unit", "source"]


def test_published_values_are_compared_by_the_median():
    place = compare(UNEMPLOYMENT)
    expected = position(UNEMPLOYMENT[UNEMPLOYMENT["kommune"] != "DE"], reconstructed(), reference="median", level=0.95)
    pd.testing.assert_frame_equal(place.table[list(expected.columns)], expected)
    assert place.of("Coesfeld").table["reference"].tolist() == ["median of the ring"]
    assert any("published without numerator and denominator" in note for note in place.notes)
    assert place.status == "estimated"
    assert place.source == "; ".join(UNEMPLOYMENT.loc[UNEMPLOYMENT["kommune"] != "DE", "source"].unique())


def test_caseload_goes_in_unchanged_two_indicators_at_once():
    place = compare(ok.caseload())
    assert place.table["indicator"].unique().tolist() == ["persons_in_bg", "ehb"]
    assert set(place.table["period"]) == {"2010"}
    assert len(place) == 138


def test_several_indicators_are_compared_each_for_itself(quota, activation):
    both = compare(pd.concat([quota, activation])).table
    for one in (quota, activation):
        rows = both[both["indicator"] == one["indicator"].iloc[0]].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, compare(one).table)


def test_services_are_compared_each_for_itself(returns, with_rings, rings):
    table = with_rings(ok.service_indicator("service_coverage", returns))
    place = compare(table)
    debt = table[table["service"] == "debt"]
    found = place.table[place.table["service"] == "debt"].reset_index(drop=True)
    expected = position(debt, rings, level=0.95)
    pd.testing.assert_frame_equal(found[list(expected.columns)], expected)


def test_a_service_that_nobody_reports_is_a_note_and_alone_an_empty_answer(returns, with_rings):
    table = with_rings(ok.service_indicator("service_coverage", returns))
    nobody = table.assign(numerator=table["numerator"].mask(table["service"] == "debt"))
    place = compare(nobody)
    assert "debt" not in set(place.table["service"])
    assert place.notes[-1] == "nobody has a value of Coverage of need, debt counselling in 2008"
    alone = compare(nobody[nobody["service"] == "debt"])
    assert alone.reason == "nobody has a value of Coverage of need, debt counselling in 2008"
    assert alone.summary("de") == "Niemand hat 2008 einen Wert von Bedarfsdeckung, Schuldnerberatung."


def test_one_year_alone_is_by_chance_alone_and_says_so(quota):
    place = compare(quota[quota["period"] == "2008"])
    assert place.notes == ("by chance alone: ω² needs three years, found 1",)
    assert "allein nach Zufall: ω² braucht drei Jahre, gefunden 1" in place.show(lang="de").to_html()
    assert np.isnan(place.facts["omega"])


def test_the_change_between_years_is_of_all_years_whichever_is_judged(quota):
    assert compare(quota, period=2006).facts["omega"] == compare(quota).facts["omega"] > 0
    assert set(compare(quota, period="2006").table["period"]) == {"2006"}


def test_the_facts_count_the_labels(quota):
    place = compare(quota)
    counts = place.table["label"].value_counts()
    assert {label: place.facts[label] for label in counts.index} == counts.to_dict()
    assert {type(value) for value in place.facts.values()} <= {int, float, str, bool}


def test_gain_and_shares_stand_in_the_parts(quota, rings):
    place = compare(quota)
    gain = gain_to_best_quarter(quota, rings)
    pd.testing.assert_frame_equal(place.parts["gain"][list(gain.columns)], gain)
    other = ok.compare(quota, quantile_type=6).parts["gain"]
    pd.testing.assert_frame_equal(other[list(gain.columns)], gain_to_best_quarter(quota, rings, quantile_type=6))
    assert not other["cut"].equals(gain["cut"])
    last = place.table[["kommune", "value", "status"]]
    share = between_share(last, rings)
    assert place.parts["shares"]["value"].tolist() == share["value"].tolist()
    assert place.parts["shares"]["indicator"].tolist() == ["eingliederungsquote"]


def test_rings_of_one_give_no_reference_and_the_answer_says_so(quota):
    place = compare(quota, rings={key: key for key in quota["kommune"]})
    assert place.reason.startswith("nobody has a reference: in no ring")
    assert place.summary("de").startswith("Niemand hat einen Vergleich: In keinem Ring")


def test_a_ring_of_two_has_no_quarters_and_says_so(quota):
    place = compare(quota, rings={"M01": "a", "M02": "a"}).of("M01").table.iloc[0]
    assert pd.isna(place["quarter"])
    assert "fewer than" in place["note"]


def test_the_note_of_a_row_stands_in_the_language_of_the_table(quota):
    few = quota[(quota["period"] == "2008") & quota["kommune"].isin(["M01", "M02"])]
    place = compare(few, rings={"M01": "a", "M02": "a"})
    assert place.table["note"].iloc[0] == (
        "no quarters: fewer than 4 values in the ring; by chance alone: ω² needs three years, found 1"
    )
    for shown in (place.show(lang="de"), pickle.loads(pickle.dumps(place)).show(lang="de")):
        assert shown.caption.startswith("Eingliederungsquote")
        assert shown.frame["Anmerkung"].iloc[0].startswith("keine Viertel: weniger als 4 Werte im Ring; allein nach Zu")


def test_indicators_without_a_value_are_named_each_in_the_language_of_the_reader(quota, activation):
    nobody = pd.concat([quota, activation]).assign(numerator=np.nan, value=np.nan)
    answer = compare(nobody)
    assert answer.reason.count("nobody has a value of") == 2
    assert answer.summary("de").startswith("Niemand hat 2008 einen Wert von Eingliederungsquote; niemand hat 2008")


def test_the_mean_of_the_years_is_no_period_to_compare(quota):
    with pytest.raises(ComparisonError, match="not there: mean"):
        compare(quota, period="mean")


def test_an_unknown_reference_is_refused(quota):
    with pytest.raises(ComparisonError, match="A reference is rest, median, all, or a list of keys; found 'mean'"):
        compare(quota, reference="mean")


def test_the_rest_of_a_ring_of_published_values_is_refused():
    with pytest.raises(ComparisonError, match="Ask for reference='median'"):
        compare(UNEMPLOYMENT, reference="rest")


def test_an_answer_can_be_stored_with_parts_not_yet_made(quota):
    found = compare(quota)
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.table, found.table)
    pd.testing.assert_frame_equal(again.parts["gain"], found.parts["gain"])


def test_labels_by_chance_alone_that_turn_are_counted_from_one_year_to_the_next(quota, rings):
    turned = compare(quota).parts["turned"].set_index("period")
    labels = {
        year: position(quota, rings, period=year, level=0.95)["label_poisson"] for year in ("2006", "2007", "2008")
    }
    for one, other in (("2006", "2007"), ("2007", "2008")):
        crossed = pd.crosstab(labels[one], labels[other])
        assert turned.loc[one, "turned"] == crossed.loc["better", "worse"] + crossed.loc["worse", "better"]
        assert turned.loc[one, "differ"] == (labels[one] != "similar").sum()


def test_the_change_between_years_by_size_is_that_of_the_pure_function(quota):
    variance = 100**2 * sampling_variance(quota["numerator"], quota["denominator"])
    expected = transient_by_size(quota.drop(columns="note").assign(variance=variance))
    found = compare(quota).parts["change_by_size"]
    pd.testing.assert_frame_equal(found[list(expected.columns)], expected)
    assert compare(UNEMPLOYMENT).parts["change_by_size"].empty


def test_the_summary_says_what_chance_alone_would_call_different_and_what_the_best_quarter_would_mean(quota):
    place = compare(quota)
    assert "57 similar, 8 better, 4 worse. By chance alone it would be 25 similar, 23 worse, 21 better." in (
        place.summary("en")
    )
    gain = place.parts["gain"].set_index("kommune").loc["M14", "value"]
    own = place.of("M14").summary("en")
    assert "similar (by chance alone: worse)" in own
    assert f"Reaching the best quarter of the ring would mean {gain:.0f} more a year: Eingliederungen." in own
    low = compare(quota, polarity=-1).of("M35").summary("en")
    assert " fewer a year: Eingliederungen." in low
    best = place.table.query("quarter == 4")["kommune"].iloc[0]
    assert "The best quarter of the ring is reached." in place.of(best).summary("en")


def test_the_best_quarter_of_a_quota_of_stocks_means_persons_on_average_and_not_a_year():
    quota = ok.indicator("beschaeftigtenquote", ok.load_returns())
    place = compare(quota, polarity=1)
    lowest = place.table.query("quarter == 1")["kommune"].iloc[0]
    assert re.search(r"would mean [\d,]+ more on average: ", place.of(lowest).summary("en"))


def test_published_values_have_no_column_for_labels_and_say_why_below():
    shown = compare(UNEMPLOYMENT).show(lang="en")
    assert "Label" not in shown.frame.columns
    assert any("no interval and no label" in note for note in shown.notes)


def test_a_profile_over_services_names_the_service_and_not_an_official_figure_of_that_name():
    coverage = ok.service_indicator("service_coverage", ok.load_returns())
    fig = compare(coverage).plot(highlight="M15", lang="en")
    labels = [text.get_text() for text in fig.axes[0].texts if text.get_gid() == "indicator"]
    assert "Coverage of need, debt counselling" in [" ".join(label.split()) for label in labels]
    values = [text.get_text() for text in fig.axes[0].texts if text.get_gid() == "own value"]
    assert all("% of persons with" in value for value in values)
    heads = [text.get_text() for text in compare(coverage).plot(lang="de").axes[0].texts if text.get_gid() == "column"]
    assert "Bedarfsdeckung, Schuldnerberatung" in [" ".join(head.split()) for head in heads]
