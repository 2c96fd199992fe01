"""The empty workbook: what it holds, what stays open, and that it is read as it was filled."""

import openpyxl
import pytest

import optkommunen as ok
from optkommunen.cli import main
from optkommunen.errors import FileFormatError, ForeignUnitError, ValueTableError
from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES, WHOLE, table
from optkommunen.returns.read import load_returns
from optkommunen.returns.template import FURTHER_COLUMNS
from tests.own_returns import REAL
from tests.returns.files import TEMPLATE_HEAD as HEAD
from tests.returns.files import fill


@pytest.fixture(scope="module", params=["en", "de"])
def written(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "returns.xlsx"
    keys = [REAL[key] for key in ("M01", "M02", "M03")]
    return request.param, ok.template(path, period=[2008, 2009], kommunen=keys, lang=request.param)


@pytest.fixture
def book(written):
    return openpyxl.load_workbook(written[1])


def test_it_has_a_sheet_for_each_table_and_two_beside(written, book):
    lang, _ = written
    titles = [table(name).title[lang] for name in (*TABLES, "declarations")]
    assert book.sheetnames[:5] == titles
    assert len(book.sheetnames) == 6


@pytest.mark.parametrize("name", TABLES)
def test_each_column_stands_below_its_definition_unit_and_example(written, book, name):
    lang, _ = written
    sheet = book[table(name).title[lang]]
    for number, column in enumerate(table(name).columns.values(), 1):
        assert sheet.cell(1, number).value == column.definition[lang]
        assert (sheet.cell(2, number).value or "") == column.unit[lang]
        assert sheet.cell(HEAD, number).value == column.title[lang]
        assert sheet.cell(HEAD, number).protection.locked


def test_keys_names_and_periods_are_filled_in_as_text(written, book):
    sheet = book[table("monthly").title[written[0]]]
    rows = [[cell.value for cell in row[:3]] for row in sheet.iter_rows(min_row=HEAD + 1)]
    assert len(rows) == 3 * 24
    assert rows[0] == ["06432", "Darmstadt-Dieburg", "2008-01"]
    assert {cell.number_format for row in sheet.iter_rows(min_row=HEAD + 1, max_col=3) for cell in row} == {"@"}


@pytest.mark.parametrize("name", TABLES)
def test_figures_further_columns_and_rows_are_open_and_never_have_separators_of_thousands(written, book, name):
    sheet = book[table(name).title[written[0]]]
    assert sheet.protection.sheet
    columns = list(table(name).columns.values())
    for number in range(1, len(columns) + FURTHER_COLUMNS + 1):
        dimension = sheet.column_dimensions[openpyxl.utils.get_column_letter(number)]
        assert not dimension.protection.locked
        assert "," not in dimension.number_format
    whole = next(i for i, column in enumerate(columns, 1) if column.kind in (*WHOLE, "text"))
    expected = "0" if columns[whole - 1].kind in WHOLE else "@"
    assert sheet.column_dimensions[openpyxl.utils.get_column_letter(whole)].number_format == expected


def test_words_have_a_list_and_numbers_a_check_for_five_hundred_rows_more(written, book):
    lang, _ = written
    sheet = book[table("services").title[lang]]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    last = sheet.max_row + 500
    service = next(rule for cells, rule in rules.items() if cells.startswith("D"))
    assert service.formula1 == '"' + ",".join(table("services").columns["service"].labels[lang].values()) + '"'
    assert all(int(cells.rsplit(":", 1)[1][1:]) == last for cells in rules)
    assert len(service.formula1) < 256  # what a spreadsheet takes
    assert {rule.type for rule in rules.values()} == {"list", "whole", "decimal"}


def test_an_empty_template_is_read_as_nothing_reported_yet(written):
    reading = read(written[1])
    assert reading.findings == []
    assert all(reading.tables[name].empty for name in TABLES[:3])
    returns = load_returns(written[1])
    assert returns.monthly.empty
    assert "nothing is reported yet" in str(ok.check_returns(written[1]).summary("en"))


def test_what_is_filled_in_is_read_as_it_was(written, tmp_path):
    lang, path = written
    book, source = openpyxl.load_workbook(path), load_returns()
    kept = {"06432": "M01", "06438": "M02", "06434": "M03"}
    fill(book, source, kept, lang)
    book.save(tmp_path / "filled.xlsx")
    reading = read(tmp_path / "filled.xlsx")
    assert reading.findings == []
    for name in TABLES[:3]:
        known = table(name)
        found = reading.tables[name].assign(kommune=lambda frame: frame["kommune"].map(kept))
        typed = [*known.numbers, *(["offer"] if name == "services" else [])]
        found = found.set_index(known.identity)[typed]
        assert found.equals(getattr(source, name).set_index(known.identity)[typed].loc[found.index])
        assert len(found) == {"monthly": 36, "annual": 3, "services": 15}[name]


def test_declarations_and_control_totals_are_read(written, tmp_path):
    lang, path = written
    book = openpyxl.load_workbook(path)
    sheet = book[table("declarations").title[lang]]
    labels = {sheet.cell(row, 1).value: row for row in range(3, sheet.max_row + 1)}
    questions = table("declarations").columns
    housing = questions["kdu_in_transfers"]
    sheet.cell(labels[housing.title[lang]], 3).value = housing.labels[lang]["yes"]
    sheet.cell(labels[questions["system_changed"].title[lang]], 4).value = "07/2008"
    total = next(row for label, row in labels.items() if label.endswith(": 2008") and "U25" not in label)
    sheet.cell(total, 5).value = 2040
    book.save(tmp_path / "declared.xlsx")
    answers = [["06432", "kdu_in_transfers", "", "yes"], ["06438", "system_changed", "", "2008-07"]]
    declared = load_returns(tmp_path / "declared.xlsx", secrecy="off").declarations
    assert declared.to_numpy().tolist() == [*answers, ["06434", "eingliederungen", "2008", 2040.0]]
    protected = load_returns(tmp_path / "declared.xlsx").declarations  # a total less the other months is the month
    assert protected.to_numpy().tolist() == answers


def test_a_wrong_declaration_is_told_at_its_cell(written, tmp_path):
    lang, path = written
    book = openpyxl.load_workbook(path)
    sheet = book[table("declarations").title[lang]]
    sheet["C3"] = "vielleicht"
    book.save(tmp_path / "declared.xlsx")
    assert [(finding.kind, finding.cells) for finding in read(tmp_path / "declared.xlsx").findings] == [
        ("choice_unknown", "C3")
    ]


def test_no_file_is_overwritten_and_the_ending_is_that_of_a_workbook(written, tmp_path):
    with pytest.raises(FileFormatError, match=r"never overwrites a file; returns\.xlsx exists"):
        ok.template(written[1], period=2008)
    with pytest.raises(ValueTableError, match=r"found 'returns\.csv'"):
        ok.template(tmp_path / "returns.csv", period=2008)


@pytest.mark.parametrize("period", ["2008-2010", "2008-03", "08", "2004"])
def test_years_are_named_each_and_are_those_of_sgb_ii(tmp_path, period):
    with pytest.raises(FileFormatError, match=rf"whole years from 2005 on, .*found {period}\. Name each year"):
        ok.template(tmp_path / "returns.xlsx", period=["2008", period])


@pytest.mark.parametrize("place", ["M01", "Düsseldorf"])
def test_a_template_is_of_the_69_only(tmp_path, place):
    with pytest.raises(ForeignUnitError, match="limited to the 69 Optionskommunen"):
        ok.template(tmp_path / "returns.xlsx", period=2008, kommunen=["Coesfeld", place])
    assert not (tmp_path / "returns.xlsx").exists()


def test_the_commands_write_check_and_annotate(tmp_path, capsys):
    path = tmp_path / "returns.xlsx"
    assert main(["template", "--period", "2008", "--out", str(path), "--kommune", "Coesfeld", "--lang", "de"]) == 0
    assert main(["check", str(path), "--lang", "de"]) == 0
    book = openpyxl.load_workbook(path)
    book["monatlich"]["D5"] = "k.A."
    book.save(path)
    assert main(["check", str(path), "--annotated", str(tmp_path / "checked.xlsx")]) == 1
    told = capsys.readouterr().out
    assert "ERROR: A cell of this column is a number." in told
    assert "monatlich D5 Bedarfsgemeinschaften: 'k.A.'" in told
    assert (tmp_path / "checked.xlsx").exists()
