"""What a spreadsheet, a Word document or Stata cannot hold is replaced, in cells, heads and names alike."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from docx import Document

import optkommunen as ok
from optkommunen.front.export import to_stata, write_csv, write_workbook
from optkommunen.front.processed import write_csv_for_excel
from optkommunen.sheets import sheet_title, storable

NO_XML = ["\0", "\x0b", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"]


def table(sign):
    return pd.DataFrame({"kommune": ["06438"], f"h{sign}": [f"x{sign}"]})


@pytest.mark.parametrize("sign", NO_XML)
def test_a_workbook_holds_any_text(sign, tmp_path):
    write_workbook(tmp_path / "a.xlsx", {f"s{sign}": table(sign)})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["s\ufffd"]
    assert [cell.value for cell in sheet["B"]] == ["h\ufffd", "x\ufffd"]


@pytest.mark.parametrize("sign", NO_XML)
def test_a_word_document_holds_any_text(sign, tmp_path):
    shown = replace(ok.show(table(sign), caption=f"c{sign}"), notes=(f"n{sign}",))
    shown.to_word(tmp_path / "a.docx")
    document = Document(tmp_path / "a.docx")
    assert [row.cells[1].text for row in document.tables[0].rows] == ["h\ufffd", "x\ufffd"]
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert [texts[0], texts[-1], document.core_properties.title] == ["c\ufffd", "n\ufffd", "c\ufffd"]


@pytest.mark.parametrize("write", [write_csv, write_csv_for_excel])
def test_a_file_of_text_holds_half_a_letter(write, tmp_path):
    write(tmp_path / "a.csv", table("\ud800"))
    assert "h?" in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_stata_holds_half_a_letter(tmp_path):
    to_stata(table("\ud800"), tmp_path / "a.dta")
    assert pd.read_stata(tmp_path / "a.dta")["h_"].tolist() == ["x\ufffd"]


def test_what_can_be_stored_is_left():
    text = "Coesfeld\t\n\r\u20ac \ue000 \ufffd \U0001f600"
    assert storable(text) == text


@pytest.mark.parametrize("name", ["a" * 30 + "'b", "a" * 29 + "''b", "'" * 40, "'a'"])
def test_a_name_of_a_sheet_begins_and_ends_without_apostrophe(name):
    title = sheet_title(name)
    assert 0 < len(title) <= 31
    assert title == title.strip("'")
