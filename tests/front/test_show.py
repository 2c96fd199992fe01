"""A readable table: words, digits, intervals, the mark of the language; the same on every run, nothing breaks out."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ValueTableError
from optkommunen.front.show import WORDS_OF_A_REASON, show
from optkommunen.front.shown import Shown


def table(**changed):
    columns = {
        "kommune": ["M01", "M02"], "name": ["Musterkommune 01", "Musterkommune 02"], "period": "2008",
        "indicator": "eingliederungsquote", "value": [2.254, 1.5], "lower": [2.0, 1.25], "upper": [2.5, 1.754],
        "level": 0.95, "method": "byar", "status": "synthetic", "unit": "per 100 eHb and month", "note": "",
    }  # fmt: skip
    return pd.DataFrame(columns | changed)


def test_an_interval_stands_in_one_cell_under_its_level():
    shown = show(table(), lang="de")
    assert shown.frame.to_dict("records")[0] == {
        "Kommune": "Musterkommune 01", "Wert": "2,25", "95-%-Intervall": "[2,00; 2,50]",
    }  # fmt: skip


def test_the_decimal_mark_is_that_of_the_language():
    assert show(table(), lang="en").frame.iloc[0].tolist() == ["Musterkommune 01", "2.25", "[2.00; 2.50]"]


def test_without_a_language_it_is_that_of_the_session():
    assert show(table()).frame.equals(show(table(), lang="en").frame)


@pytest.mark.parametrize(("indicator", "expected"), [("ehb", "2"), ("aktivierungsquote", "2.3"), ("no_such", "2.3")])
def test_digits_are_those_of_the_catalogue(indicator, expected):
    assert show(table(indicator=indicator), lang="en").frame["Value"].iloc[0] == expected


def test_digits_may_be_given():
    assert show(table(), digits=3, lang="en").frame["Value"].iloc[0] == "2.254"


def test_digits_may_be_given_for_single_columns():
    frame = pd.DataFrame({"printed": [2.254], "deviation_pct": [1.26], "other": [0.5]})
    assert show(frame, digits={"printed": 0, "deviation_pct": 1}, lang="en").frame.iloc[0].tolist() == [
        "2", "1.3", "0.50",
    ]  # fmt: skip


def test_the_unit_of_a_row_is_in_the_language_asked_for():
    frame = pd.DataFrame({"indicator": ["unemployment_rate", "household_income"], "unit": ["%", "€ per head"]})
    units = show(frame, columns=["unit"], lang="de").frame["Einheit"].tolist()
    assert units[0] == "%"
    assert units[1].startswith("€ je ")


def test_counts_have_no_digits_whatever_is_asked():
    assert show(table(n=[1234, 5]), digits=2, lang="de").frame["n"].tolist() == ["1.234", "5"]


def test_what_all_rows_share_stands_once_in_the_caption():
    caption = show(table(), lang="de").caption
    assert caption == "Eingliederungsquote (je 100 eHb und Monat); 2008; Status: erfunden"


def test_a_status_that_differs_stands_in_its_column():
    shown = show(table(status=["observed", "estimated"]), lang="de")
    assert shown.frame["Status"].tolist() == ["beobachtet", "geschätzt"]
    assert "Status" not in shown.caption


def test_a_reason_has_at_most_twelve_words():
    long = " ".join(f"w{i}" for i in range(30))
    note = show(table(note=[long, "short"]), lang="en").frame["Note"]
    assert note.tolist() == [" ".join(f"w{i}" for i in range(WORDS_OF_A_REASON)) + " …", "short"]


def test_of_several_levels_the_first_is_shown():
    twice = pd.concat([table(), table(level=0.998, lower=[1.0, 1.0])])
    shown = show(twice, lang="en")
    assert len(shown.frame) == 2
    assert "95% interval" in shown.frame.columns


def test_a_missing_interval_is_a_dash():
    assert show(table(lower=[None, 1.25], upper=[None, 1.754])).frame["95% interval"].tolist()[0] == "–"


def test_columns_are_chosen_and_ordered():
    shown = show(table(), columns=["value", "name"], lang="en")
    assert shown.frame.columns.tolist() == ["Value", "Municipality"]
    with pytest.raises(ValueTableError, match=r"not there: colour \(there: kommune, name"):
        show(table(), columns=["colour"])


def test_indicators_stand_side_by_side():
    both = pd.concat([table(), table(indicator="aktivierungsquote", value=[15.04, 16.0])])
    shown = show(both, across="indicator", columns=["value"], lang="de")
    heads = ["Kommune", "Eingliederungsquote (je 100 eHb und Monat)", "Aktivierungsquote (% der eHb)"]
    assert shown.frame.columns.tolist() == heads
    assert shown.frame.iloc[0].tolist() == ["Musterkommune 01", "2,25", "15,0"]


def test_who_lacks_one_of_those_side_by_side_has_an_empty_cell():
    both = pd.concat([table(), table(indicator="aktivierungsquote").head(1)])
    shown = show(both, rows="name", across="indicator", columns=["value", "lower"], lang="en")
    assert shown.frame.iloc[1].tolist() == ["Musterkommune 02", "1.50", "[1.25; 1.75]", "", ""]


def test_rows_that_are_not_told_apart_are_refused():
    both = pd.concat([table(), table()])
    with pytest.raises(ValueTableError, match=r"2 occur twice: name=Musterkommune 01, indicator=eingl.*rows="):
        show(both, rows="name", across="indicator")


def test_the_same_table_has_the_same_html_and_another_another():
    assert show(table()).to_html() == show(table()).to_html()
    uuid = show(table()).to_html().split("#T_")[1][:10]
    assert uuid not in show(table(value=[9.0, 9.0])).to_html()


def test_cells_have_no_ids():
    assert " id=" not in show(table()).to_html().split("<tbody>")[1]


@pytest.mark.parametrize("where", ["name", "note"])
def test_texts_cannot_break_out_of_the_table(where):
    shown = show(table(**{where: "<script>alert(1)</script>"}), caption="<b>mine</b>")
    assert "<script>" not in shown.to_html()
    assert "<b>" not in shown.to_html()
    assert "&lt;script&gt;" in shown.to_html()


def test_a_frame_of_ones_own_keeps_its_names():
    shown = show(pd.DataFrame({"my_own": [1.5], "who": ["a <b>"], "is_so": [True]}), lang="de")
    assert shown.frame.to_dict("records") == [{"my_own": "1,50", "who": "a <b>", "is_so": "ja"}]


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(ValueTableError, match="twice here: a"):
        show(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_an_index_with_a_name_is_a_column():
    assert show(pd.DataFrame({"x": [1]}, index=pd.Index(["b"], name="who"))).frame.columns.tolist() == ["who", "x"]


def test_two_heads_of_one_word_are_two_columns():
    shown = show(pd.DataFrame({"numerator": [1], "Numerator": [2]}), lang="en")
    assert shown.frame.columns.tolist() == ["Numerator", "Numerator"]
    assert ">2<" in shown.to_html()


def test_an_empty_frame_is_an_empty_table():
    assert show(table().head(0)).frame.empty


def test_text_form_is_one_line_and_print_shows_the_table():
    shown = show(table(), lang="en")
    assert repr(shown) == (
        "Table: 2 × 3, Eingliederungsquote (take-ups of work) (per 100 eHb and month); 2008; "
        "Status: synthetic (invented)"
    )
    assert "Musterkommune 02" in str(shown)


def test_latex_escapes_and_sets_the_minus():
    text = show(table(value=[-1.0, 2.0], name=["a & b", "50 %_"]), lang="de").to_latex()
    assert r"a \& b" in text
    assert r"50 \%\_" in text
    assert "$-$1,00" in text
    assert r"\caption{Eingliederungsquote" in text


def test_markdown_keeps_its_columns():
    text = show(table(name=["a | b", "c"]), lang="en").to_markdown()
    assert r"| a \| b | 2.25 | [2.00; 2.50] |" in text.splitlines()


def test_a_table_without_answer_says_why():
    shown = Shown(pd.DataFrame(), "", (), "en", reason="Too few.")
    assert (str(shown), shown.to_markdown(), repr(shown)) == ("Too few.", "Too few.", "Table: empty, Too few.")
    assert "Too few." in shown.to_latex()
    assert shown.to_html() == "<p>Too few.</p>"


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_table_of_the_front_door_is_readable(lang):
    returns = ok.load_returns()
    for frame in (
        ok.municipalities(), ok.load_context("unemployment_rate", 2008), ok.caseload(), returns.units, returns.services,
        ok.indicator("eingliederungsquote", returns, by="ring"), ok.service_indicator("service_coverage", returns),
    ):  # fmt: skip
        shown = show(frame, lang=lang)
        assert len(shown.frame) == len(frame)
        assert shown.frame.map(lambda text: isinstance(text, str)).all(axis=None)


def side_by_side(**changed):
    frame = pd.DataFrame({
        "ring": ["R-I", "R-I", "R-II", "R-II"], "period": ["2007", "2008"] * 2, "value": [1.0, 2.0, 3.0, 4.0],
        "n": [9, 9, 8, 8], "status": ["derived", "derived", "estimated", "estimated"],
    })  # fmt: skip
    return ok.show(frame.assign(**changed), rows="ring", across="period", columns=["value", "n", "status"])


def test_what_all_of_a_row_share_of_number_and_status_stands_once_behind():
    shown = side_by_side()
    assert shown.frame.columns.tolist() == ["Ring", "2007", "2008", "n", "Status"]
    assert shown.frame.iloc[1].tolist() == ["R-II", "3", "4", "8", "estimated"]
    assert shown.numeric == (1, 2, 3)


def test_what_differs_within_a_row_stands_beside_each_value():
    shown = side_by_side(n=[9, 7, 8, 8])
    assert shown.frame.columns.tolist() == ["Ring", "2007: Value", "2007: n", "2008: Value", "2008: n", "Status"]
    assert shown.frame["2008: n"].tolist() == ["7", "8"]


def test_a_change_side_by_side_is_named_in_the_caption_and_not_in_the_unit_of_the_values():
    table = ok.change(ok.total(ok.caseload(), by="ring"), period=(2007, 2008))
    shown = ok.show(table, rows="ring", across="indicator", columns=["relative", "status"])
    assert shown.caption == "Change in %; Status: estimated"
    assert shown.frame.columns.tolist() == ["Ring", "Persons in Bedarfsgemeinschaften", "eHb"]


def test_a_unit_that_the_label_ends_with_is_not_said_twice():
    table = ok.indicator("bg", ok.load_returns(), period=[2007, 2008], by="ring")
    assert ok.show(table, rows="ring", across="period", columns=["value"]).caption.startswith(
        "Bedarfsgemeinschaften (BG);"
    )
