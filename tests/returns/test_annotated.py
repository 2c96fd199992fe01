"""The annotated copy: the same cells at the same addresses, every finding marked, the original untouched."""

import hashlib

import openpyxl
import pytest

import optkommunen as ok
from optkommunen.errors import FileFormatError
from optkommunen.loaders._parts import Cell
from optkommunen.returns.annotated import annotated_workbook
from optkommunen.returns.check import read
from optkommunen.returns.grid import Grid
from tests.returns import planted
from tests.returns.files import csv_folder, excerpt, put


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Path of the spoilt workbook, its reading, and the copy."""
    folder = tmp_path_factory.mktemp("annotated")
    book = planted.sound_book()
    planted.spoil(book)
    book.save(folder / "spoilt.xlsx")
    before = hashlib.sha256((folder / "spoilt.xlsx").read_bytes()).hexdigest()
    reading = read(folder / "spoilt.xlsx")
    annotated_workbook(reading.grids, reading.findings, "en").save(folder / "copy.xlsx")
    assert hashlib.sha256((folder / "spoilt.xlsx").read_bytes()).hexdigest() == before
    return folder / "spoilt.xlsx", reading, openpyxl.load_workbook(folder / "copy.xlsx")


def test_the_cells_stand_where_they_stood(spoilt):
    path, _, copy = spoilt
    original = openpyxl.load_workbook(path, data_only=True)
    for sheet in original:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    assert copy[sheet.title][cell.coordinate].value == cell.value, cell.coordinate


def test_every_finding_is_listed_and_its_cells_are_marked(spoilt):
    _, reading, copy = spoilt
    rows = list(copy["findings"].iter_rows(min_row=2, values_only=True))
    assert [row[2] or "" for row in rows] == [finding.cells for finding in reading.findings]
    for finding in reading.findings:
        for row, column in finding.places:
            cell = copy[finding.sheet].cell(max(row, 1), max(column, 1))
            assert cell.fill.fill_type == "solid", finding
        if finding.places:
            row, column = min(finding.places)
            assert finding.rule("en") in copy[finding.sheet].cell(max(row, 1), max(column, 1)).comment.text


def test_the_list_leads_to_the_cells(spoilt):
    _, reading, copy = spoilt
    links = [copy["findings"].cell(row, 3).hyperlink for row in range(2, len(reading.findings) + 2)]
    assert [link is not None for link in links] == [bool(finding.places) for finding in reading.findings]
    assert links[0].location or links[0].target or links[0].ref


@pytest.mark.parametrize("text", ["=1+1", "+49", "-x", "@SUM(A1)"])
def test_no_cell_of_a_copy_begins_a_formula(tmp_path, text):
    tables = excerpt()
    put("monthly", 2, "ehb", text)(tables)
    reading = read(csv_folder(tmp_path, tables))
    annotated_workbook(reading.grids, reading.findings).save(tmp_path / "copy.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "copy.xlsx")["monthly"]["E2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_copy_is_read_as_its_original(spoilt, tmp_path):
    _, reading, copy = spoilt
    copy.save(tmp_path / "again.xlsx")
    again = read(tmp_path / "again.xlsx")
    lost = {"number_percent", "cell_error", "cell_formula", "rows_hidden"}  # kinds of cells, formats: not in the copy
    kinds = [finding.kind for finding in reading.findings]
    assert set(kinds) - lost - {finding.kind for finding in again.findings} == set()


def test_no_original_is_overwritten(spoilt):
    path, _, _ = spoilt
    with pytest.raises(FileFormatError, match="An annotated copy never overwrites a file"):
        ok.check_returns(path, annotated=path)


def test_of_a_file_that_cannot_be_read_no_copy_is_written(tmp_path):
    assert ok.check_returns(tmp_path / "none.xlsx", annotated=tmp_path / "checked.xlsx").facts["errors"] == 1
    assert not (tmp_path / "checked.xlsx").exists()


def test_names_and_cells_that_a_workbook_cannot_hold_are_written_without_them(tmp_path):
    grid = Grid("a.csv", "a/b:c" + "x" * 40, {1: {1: Cell(1, 1, "k\x01", "text")}}, is_csv=True)
    book = annotated_workbook([grid, grid], [])
    assert book.sheetnames[1][:5] == "a_b_c"
    assert book.worksheets[1]["A1"].value == "k\ufffd"
