"""One class holds every answer: nothing that is done with it changes it, and an empty one says why."""

import csv
import pickle

import matplotlib.pyplot as plt
import openpyxl
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data.register import municipalities
from optkommunen.errors import OptkommunenError, UnknownUnitError
from optkommunen.front.processed import write_csv_for_excel
from optkommunen.front.result import Result

FEW = "two municipalities make no quarters"


def told(result, lang):
    """Sentences of the tests' own answer."""
    return [f"{lang}: {len(result)} rows.", f"Level {result.options['level']}."]


def answer(**changed):
    table = pd.DataFrame(
        {
            "kommune": ["M01", "M02"], "name": ["Musterkommune 01", "Musterkommune 02"], "value": [2.0, 3.5],
            "lower": [1.0, 3.0], "upper": [3.0, 4.0], "level": 0.95, "status": ["synthetic", "missing"],
            "source": ["returns", "returns"], "note": ["", "=1+1"],
        }
    )  # fmt: skip
    given = {
        "parts": {"peers": table[["kommune", "value"]], "rings": pd.DataFrame({"ring": ["R-I"]})},
        "facts": {"phi": 1.25}, "notes": ("Chance alone.", "", "Chance alone."), "options": {"level": 0.95},
        "sentences": f"{__name__}:told", "heads": {"interval": "funnel limits"},
    }  # fmt: skip
    return Result("compare", table, **(given | changed))


def real():
    register = municipalities()
    return Result("compare", register[["kommune", "name"]].assign(value=1.0, status="observed", source="BBSR"))


def test_writing_to_the_table_changes_no_answer():
    result = answer()
    mine = result.table
    mine.loc[0, "value"] = 99.0
    assert result.table["value"].tolist() == [2.0, 3.5]


def test_writing_to_the_frame_that_was_given_changes_no_answer():
    table = answer().table
    result = Result("compare", table)
    table.loc[0, "value"] = 99.0
    assert result.table["value"].tolist() == [2.0, 3.5]


def test_writing_to_a_part_changes_no_answer():
    result = answer()
    mine = result.parts["peers"]
    mine.loc[0, "value"] = 99.0
    assert result.parts["peers"]["value"].tolist() == [2.0, 3.5]


def test_the_table_is_a_lazy_copy():
    result = answer()
    assert result.table["value"].to_numpy().base is result.data["value"].to_numpy().base


@pytest.mark.parametrize("attribute", ["facts", "parts", "options", "heads"])
def test_what_was_found_beside_the_table_cannot_be_changed(attribute):
    with pytest.raises(TypeError):
        getattr(answer(), attribute)["phi"] = 2.0


def test_an_answer_cannot_be_given_another_table():
    with pytest.raises(AttributeError):
        answer().data = pd.DataFrame()


def test_an_answer_survives_storing():
    result = answer()
    again = pickle.loads(pickle.dumps(result))
    pd.testing.assert_frame_equal(again.table, result.table)
    assert repr(again) == repr(result)
    assert (again.facts, again.notes, again.options) == (result.facts, result.notes, result.options)
    assert again.parts["peers"].equals(result.parts["peers"])


def test_a_part_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(KeyError, match="There is no 'overlap' here; there is peers, rings"):
        answer().parts["overlap"]


def test_status_is_the_worst_and_a_source_stands_once():
    assert (answer().status, answer().source) == ("missing", "returns")


def test_a_table_without_status_is_of_unknown_status():
    assert Result("compare", pd.DataFrame({"kommune": ["M01"]})).status == "unknown"


def test_a_note_stands_once_and_an_empty_one_nowhere():
    assert answer().notes == ("Chance alone.",)


def test_text_form_is_one_line_and_the_same_for_every_copy():
    assert repr(answer()) == repr(answer()) == "Result of compare: 2 rows, status missing"
    assert repr(answer(options={"level": 0.95, "period": "2008"})) == "Result of compare: 2 rows, 2008, status missing"


@pytest.mark.parametrize("name", ["M02", "Musterkommune 02", " M02 "])
def test_the_answer_for_one_municipality_is_found_by_key_and_by_name_of_the_returns(name):
    one = answer().of(name)
    assert one.table["kommune"].tolist() == ["M02"]
    assert one.parts["peers"]["kommune"].tolist() == ["M02"]
    assert one.parts["rings"]["ring"].tolist() == ["R-I"]
    assert one.facts == answer().facts


@pytest.mark.parametrize("name", ["05558", "Coesfeld", "Kreis Coesfeld", "LK Coesfeld"])
def test_the_answer_for_one_of_the_69_is_found_by_any_known_name(name):
    assert real().of(name).table["kommune"].tolist() == ["05558"]


def test_an_unknown_name_is_refused_with_keys_that_are_there():
    with pytest.raises(UnknownUnitError, match=r"such as M01, M02; found 'M70'. Give key or name"):
        answer().of("M70")


def test_one_of_the_69_that_is_not_in_the_answer_is_refused():
    some = Result("compare", real().table.head(3))
    with pytest.raises(UnknownUnitError, match="'Coesfeld' is 05558, which is not in this answer of compare"):
        some.of("Coesfeld")


def test_an_answer_without_municipalities_has_none_to_look_at():
    with pytest.raises(UnknownUnitError, match="has rows of a municipality if it has a column kommune"):
        Result("regress", pd.DataFrame({"term": ["a"]})).of("M01")


def test_the_summary_is_told_in_the_language_asked_for_without_quotes():
    text = answer().summary("de")
    assert text == "de: 2 rows. Level 0.95."
    assert repr(text) == "de: 2 rows. Level 0.95."


def test_another_language_is_refused():
    with pytest.raises(OptkommunenError, match="found 'fr'"):
        answer().summary("fr")


def test_an_empty_answer_says_its_reason_everywhere():
    empty = Result("compare", pd.DataFrame(), reason=FEW)
    assert empty.summary() == "Two municipalities make no quarters."
    assert "Two municipalities make no quarters." in empty.show().to_html()
    assert str(empty.show()) == "Two municipalities make no quarters."
    assert "Two municipalities make no quarters." in [text.get_text() for text in empty.plot(lang="en").texts]
    assert "Two municipalities make no quarters." in empty._repr_html_()
    assert repr(empty) == f"Result of compare: empty, {FEW}"
    assert empty.of("anybody") is empty
    assert (len(empty), bool(empty)) == (0, False)


def test_a_figure_is_not_left_open_so_that_it_shows_once():
    Result("compare", pd.DataFrame(), reason=FEW).plot()
    assert plt.get_fignums() == []


def test_an_answer_without_figure_says_so():
    with pytest.raises(OptkommunenError, match="that of compare has none"):
        answer().plot()


def test_the_readable_table_says_what_its_bounds_are():
    assert "95% funnel limits" in answer().show(lang="en").frame.columns
    assert "95-%-Grenzen des Trichters" in answer().show(lang="de").frame.columns


def test_csv_keeps_keys_as_text_and_every_digit(tmp_path):
    result = Result("compare", pd.DataFrame({"kommune": ["05558"], "value": [1 / 3]}))
    result.to_csv(tmp_path / "mine.csv")
    again = pd.read_csv(tmp_path / "mine.csv", dtype={"kommune": "str"})
    assert again.equals(result.table)
    assert str(tmp_path) not in (tmp_path / "mine.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["=1+1", "+49", "-5", "@SUM(A1)", "05558"])
def test_in_a_workbook_text_is_text_and_never_a_formula(tmp_path, text):
    Result("compare", pd.DataFrame({"kommune": [text], "value": [-1.5]})).to_excel(tmp_path / "mine.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "mine.xlsx")["compare"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == (text, "s", "@")
    assert sheet["A2"].quotePrefix == (not text[0].isdigit())
    assert (sheet["B2"].value, sheet["B2"].data_type) == (-1.5, "n")


FORMULAS = ["=1+1", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_file_of_texts_lets_a_cell_or_a_head_begin_a_formula(tmp_path, text):
    frame = pd.DataFrame({"name": [text, "Coesfeld"], text: ["-5,3 %", "-"], "change": [-1.5, 2.0]})
    Result("compare", frame).to_csv(tmp_path / "mine.csv")
    with (tmp_path / "mine.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    plain = "'" + text.replace("\r", "\n")
    assert lines == [["name", plain, "change"], [plain, "-5,3 %", "-1.5"], ["Coesfeld", "-", "2.0"]]
    write_csv_for_excel(tmp_path / "excel.csv", frame)
    with (tmp_path / "excel.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter=";"))
    assert lines[0][1] == lines[1][0] == f'="{text}"'  # a formula whose value is the text
    assert [line[2] for line in lines[1:]] == ["-1,5", "2,0"]


@pytest.mark.parametrize("text", FORMULAS[:4])
def test_no_readable_table_lets_a_cell_or_a_head_begin_a_formula(text):
    shown = ok.show(pd.DataFrame({"name": [text], text: ["x"], "change": [-1.5]}))
    assert [head for head in shown.frame.columns if head.endswith(text)] == [f"'{text}"]
    assert shown.frame.iloc[0].tolist() == [f"'{text}", "x", "−1.50"]
    cell = pd.DataFrame({"name": ["=1+1"]})
    assert "| '=1+1 |" in ok.show(cell).to_markdown()
    assert "'=1+1 \\\\" in ok.show(cell).to_latex()
    assert ">&#39;=1+1<" in ok.show(cell).to_html()


def test_a_workbook_has_a_sheet_for_each_part_and_the_notes(tmp_path):
    answer().to_excel(tmp_path / "mine.xlsx")
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    assert book.sheetnames == ["compare", "peers", "rings", "notes"]
    assert book["notes"]["A2"].value == "Chance alone."


def test_a_missing_value_is_an_empty_cell(tmp_path):
    table = pd.DataFrame({"kommune": ["M01"], "value": [float("nan")], "quarter": pd.array([None], dtype="Int64")})
    Result("compare", table).to_excel(tmp_path / "mine.xlsx")
    row = openpyxl.load_workbook(tmp_path / "mine.xlsx")["compare"][2]
    assert [cell.value for cell in row][:1] == ["M01"]
    assert {cell.value for cell in row[1:]} <= {None}


def test_a_workbook_has_the_name_of_one(tmp_path):
    with pytest.raises(OptkommunenError, match=r"is a file .xlsx; found 'mine.csv'"):
        answer().to_excel(tmp_path / "mine.csv")


def test_a_paper_takes_the_same_table_as_latex_and_markdown():
    result = answer()
    assert r"95\% funnel limits" in result.to_latex(lang="en")
    assert r"\toprule" in result.to_latex()
    assert result.to_markdown(lang="en").splitlines()[2].startswith("| ")
    assert "[1.00; 3.00]" in result.to_html(lang="en")


def test_a_part_is_shown_like_the_answer_with_the_look_it_was_given():
    look = {"peers": {"columns": ("value",), "heads": {"value": "gain"}, "digits": {"value": 1}}}
    found = answer(options={"level": 0.95, "parts": look})
    shown = found.show("peers", lang="en")
    assert (list(shown.frame.columns), shown.frame["Gain"].tolist(), shown.notes) == (["Gain"], ["2.0", "3.5"], ())
    assert found.show("rings", lang="en").frame.to_numpy().tolist() == [["R-I"]]
    assert (
        Result("compare", pd.DataFrame(), reason=FEW).show("peers", lang="en").reason == f"{FEW[0].upper()}{FEW[1:]}."
    )


def test_the_head_of_an_answer_is_its_first_rows():
    assert len(answer().show(head=1).frame) == 1
    assert len(answer().show("peers", head=1).frame) == 1
