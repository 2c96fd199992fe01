"""The check of returns: each fault is told once, at its cell, beside thirty others, and nothing is invented."""

import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data import store
from optkommunen.data.labels import service_name
from optkommunen.data.register import resolve
from optkommunen.errors import FileFormatError
from optkommunen.indicators.services import SERVICES
from optkommunen.returns import parse
from optkommunen.returns import rules as rules_module
from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES, table
from optkommunen.returns.findings import table_of
from optkommunen.returns.rules import rules
from tests.loaders import books
from tests.own_returns import REAL as REAL_KEYS
from tests.returns.files import BUNDLED, csv_folder, excerpt, put, real_keys, with_column, workbook

TODAY = datetime.date(2010, 1, 15)


def found(path):
    """Kind and cells of each finding."""
    return [(finding.kind, finding.cells) for finding in read(path, today=TODAY).findings]


def kinds(path):
    return [kind for kind, _ in found(path)]


@pytest.mark.parametrize("changes", [[], [real_keys]], ids=["invented", "real keys"])
def test_a_sound_file_has_no_finding(written, changes):
    assert found(written(*changes)) == []


CELLS = [
    ("number_text", put("monthly", 3, "ehb", "k.A."), "E3"),
    ("number_text", put("monthly", 3, "ehb", "-"), "E3"),
    ("number_negative", put("monthly", 4, "sanktionen", -1), "L4"),
    ("number_negative", put("annual", 2, "staff_u25", -0.5), "E2"),
    ("number_fraction", put("monthly", 4, "bg", 10.5), "C4"),
    ("amount_fraction", put("annual", 2, "cost_kdu", 17_800_000.5), "H2"),
    ("number_huge", put("monthly", 4, "persons", 10**19), "D4"),
    ("share_range", put("services", 2, "municipal_share", 101.0), "K2"),
    ("number_ambiguous", put("monthly", 3, "ehb", "8.123"), "E3"),
    ("choice_unknown", put("services", 2, "service", "Rentenberatung"), "C2"),
    ("choice_unknown", put("services", 2, "offer", "ja"), "D2"),
    ("key_unknown", put("services", 4, "kommune", "Atlantis"), "A4"),
    ("key_unknown", put("services", 4, "kommune", "M70"), "A4"),
    ("key_empty", put("annual", 2, "kommune", None), "A2"),
    ("period_form", put("annual", 2, "period", "2008-01"), "B2"),
    ("period_form", put("monthly", 2, "period", "2008-13"), "B2"),
    ("period_empty", put("monthly", 2, "period", None), "B2"),
    ("service_empty", put("services", 3, "service", None), "C3"),
    ("period_early", put("annual", 2, "period", "2004"), "B2"),
    ("period_future", put("monthly", 2, "period", "2010-02"), "B2"),
    ("row_twice", put("monthly", 3, "period", "2008-01"), "3:3"),
    ("head_twice", put("monthly", 1, "ehb_u25", "EHB"), "E1:F1"),
]
"""Kind, planted how, told where (the same address in a workbook and in a CSV file)."""


@pytest.mark.parametrize(("kind", "change", "cells"), CELLS, ids=[f"{kind} {cells}" for kind, _, cells in CELLS])
def test_each_fault_is_told_once_at_its_cell(written, kind, change, cells):
    told = found(written(change))
    assert (kind, cells) in told
    assert len([1 for other, _ in told if rules()[other].severity == "error"]) == 1


REAL_CELLS = [
    ("key_foreign", "05111"),
    ("key_foreign", "Düsseldorf"),
    ("key_ambiguous", "Offenbach"),
    ("key_later", "Landkreis Mittelsachsen"),
    ("key_later", "14522"),
    ("units_mixed", "M01"),
]


@pytest.mark.parametrize(("kind", "key"), REAL_CELLS)
def test_a_unit_that_is_none_of_the_69_as_admitted_is_told(written, kind, key):
    assert found(written(real_keys, put("services", 4, "kommune", key))) == [(kind, "A4")]


@pytest.mark.parametrize("key", ["1054", 1054, "01054000", "'01054", "Nordfriesland", "LK Nordfriesland"])
def test_a_key_is_known_in_the_forms_that_programs_leave_of_it(written, key):
    path = written(real_keys, put("annual", 3, "kommune", key))
    assert read(path).tables["annual"]["kommune"].tolist() == ["06438", "01054"]


@pytest.mark.parametrize("month", ["01/2008", "1.2008", "Jan 08", "Januar 2008", "200801", "1.1.2008", "31.01.2008"])
def test_a_month_is_known_in_any_form_that_says_it(written, month):
    assert read(written(put("monthly", 2, "period", month))).tables["monthly"]["period"].iloc[0] == "2008-01"


def test_a_date_that_a_spreadsheet_made_of_a_month_is_not_believed(tmp_path):
    frame = BUNDLED.monthly[BUNDLED.monthly["kommune"].isin(["M01", "M02"])].astype(object)
    lines = [list(frame.columns), *frame.to_numpy().tolist()]
    lines[9][1] = datetime.datetime(2026, 8, 1)  # typed "01.08"
    path = workbook(tmp_path, excerpt() | {"monthly": lines})
    assert [(f.kind, f.cells) for f in read(path, today=datetime.date(2026, 11, 1)).findings] == [
        ("period_apart", "B10")
    ]


@pytest.mark.parametrize(
    ("part", "whole", "name"), [(part, whole, name) for name in TABLES for part, whole in table(name).parts]
)
def test_a_part_larger_than_its_whole_is_told_with_both_cells(tmp_path, part, whole, name):
    path = workbook(tmp_path, excerpt())
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book[name][1]]
    row = [book[name].cell(2, heads.index(column) + 1) for column in (part, whole)]
    row[0].value = row[1].value + 1
    book.save(path)
    told = [finding for finding in read(path).findings if finding.kind == "part"]
    assert {(cell.row, cell.column) for cell in row} in [set(finding.places) for finding in told]


def test_cells_of_each_kind_that_is_no_number(tmp_path):
    path = workbook(tmp_path, excerpt())
    book = openpyxl.load_workbook(path)
    sheet = book["monthly"]
    sheet["C2"], sheet["E3"], sheet["G4"] = True, datetime.datetime(2008, 5, 1), "=A1+1"
    sheet["D5"].value, sheet["D5"].data_type = "#DIV/0!", "e"
    sheet["F5"].value, sheet["F5"].number_format = 0.97, "0%"
    book.save(path)
    told = [("cell_error", "D5"), ("cell_formula", "G4"), ("number_date", "E3"), ("number_percent", "F5")]
    assert sorted(found(path)) == sorted([*told, ("number_truth", "C2")])


def test_a_share_formatted_as_per_cent_is_a_share(tmp_path):
    path = workbook(tmp_path, excerpt())
    book = openpyxl.load_workbook(path)
    cell = book["services"].cell(2, excerpt()["services"][0].index("municipal_share") + 1)
    cell.value, cell.number_format = 0.97, "0%"
    book.save(path)
    assert read(path).tables["services"]["municipal_share"].iloc[0] == 97.0


def test_a_number_as_text_is_read_if_there_is_one_way_to_read_it(tmp_path):
    path = workbook(tmp_path, excerpt())
    book = openpyxl.load_workbook(path)
    for row, text in enumerate(("5455", "5 455", "1.005.455", "5.455,0"), 2):
        book["monthly"].cell(row, 4).value = text
    book.save(path)
    reading = read(path)
    assert reading.tables["monthly"]["persons"].tolist() == [5455, 5455, 1_005_455, 5455]


@pytest.mark.parametrize(("separator", "decimal"), [(";", ","), (",", "."), ("\t", ","), (";", "."), ("\t", ".")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_is_read_in_each_notation(tmp_path, separator, decimal, encoding):
    csv_folder(tmp_path, excerpt(), separator, decimal)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    tables = read(tmp_path).tables
    assert tables["annual"]["staff_total"].tolist() == BUNDLED.annual["staff_total"].iloc[[2, 5]].tolist()


def test_separators_of_thousands_in_a_file_with_decimal_points_are_told(tmp_path):
    csv_folder(tmp_path, excerpt(), ";", ".")
    path = tmp_path / "annual.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2008;", "2008;1.234,5 ", 1), encoding="utf-8")
    assert set(kinds(tmp_path)) <= {"number_text", "number_notation"}
    assert kinds(tmp_path)


def test_titles_above_the_heads_and_heads_of_either_language_are_known(tmp_path):
    tables = excerpt()
    german = [table("monthly").columns[name].title["de"] for name in tables["monthly"][0][:-1]]
    tables["monthly"] = [["Meldung 2008"], [None], ["Stand: 1.2.2009"], [*german, "status"], *tables["monthly"][1:]]
    frame = read(workbook(tmp_path, tables)).tables["monthly"]
    pd.testing.assert_frame_equal(frame, read(workbook(tmp_path, excerpt())).tables["monthly"])


def test_a_sheet_of_another_name_is_known_by_its_heads(tmp_path):
    tables = excerpt()
    tables["Tabelle1"] = tables.pop("monthly")
    assert len(read(workbook(tmp_path, tables)).tables["monthly"]) == 4


def test_two_sheets_that_differ_by_a_blank_are_told(tmp_path):
    tables = excerpt()
    tables["Monthly "] = tables["monthly"]
    assert "sheet_twice" in kinds(workbook(tmp_path, tables))


def test_a_list_with_a_table_twice_loses_no_year_in_silence(tmp_path):
    for folder, change in (("2007", {"2008-01": "2007-01", "2008-02": "2007-02", "2008": "2007"}), ("2008", {})):
        (tmp_path / folder).mkdir()
        tables = {name: [[change.get(c, c) for c in line] for line in lines] for name, lines in excerpt().items()}
        csv_folder(tmp_path / folder, tables)
    files = [tmp_path / folder / f"{name}.csv" for folder in ("2007", "2008") for name in TABLES]
    months = read(files).tables["monthly"]
    assert sorted(set(months["period"])) == ["2007-01", "2007-02", "2008-01", "2008-02"]
    assert len(months) == 8


def tidy(name, identity):
    """One row for each figure."""
    frame = getattr(BUNDLED, name)
    frame = frame[frame["kommune"].isin(["M01", "M02"]) & frame["period"].str.startswith("2008")]
    numbers = table(name).numbers
    return frame.melt(identity, numbers, "variable", "value").dropna()


def test_a_tidy_table_is_read_as_a_wide_one(tmp_path):
    lines = tidy("monthly", ["kommune", "period"])
    tables = excerpt() | {"monthly": [list(lines.columns), *lines.astype(object).to_numpy().tolist()]}
    frame = read(workbook(tmp_path, tables)).tables["monthly"]
    expected = BUNDLED.monthly[BUNDLED.monthly["kommune"].isin(["M01", "M02"])]
    expected = expected[expected["period"].str.startswith("2008")].sort_values(["kommune", "period"])
    pd.testing.assert_frame_equal(
        frame.sort_values(["kommune", "period"], ignore_index=True), expected.reset_index(drop=True)
    )


def test_a_table_with_a_column_for_each_month_is_read(tmp_path):
    lines = tidy("monthly", ["kommune", "period"]).pivot(
        index=["kommune", "variable"], columns="period", values="value"
    )
    lines = lines.reset_index()
    tables = excerpt() | {"monthly": [list(lines.columns), *lines.astype(object).to_numpy().tolist()]}
    frame = read(workbook(tmp_path, tables)).tables["monthly"].set_index(["kommune", "period"]).sort_index()
    expected = BUNDLED.monthly.set_index(["kommune", "period"]).loc[frame.index]
    assert frame["eingliederungen"].equals(expected["eingliederungen"])
    assert len(frame) == 24


def test_a_column_that_is_nearly_called_like_a_known_one_is_told_once(written):
    assert found(written(put("monthly", 1, "eingliederungen", "eingliederungn"))) == [("head_misspelt", "H1")]
    assert found(written(with_column("monthly", "sanktionnen", [1, 2, 3, 4]))) == []


def test_what_does_not_show_is_read_and_told(tmp_path):
    path = workbook(tmp_path, excerpt())
    book = openpyxl.load_workbook(path)
    book["monthly"].row_dimensions[3].hidden = True
    book["annual"].column_dimensions["C"].hidden = True
    book["services"].sheet_state = "hidden"
    book.save(path)
    assert sorted(found(path)) == [("columns_hidden", "C:C"), ("rows_hidden", "3:3"), ("sheet_hidden", "")]
    assert len(read(path).tables["monthly"]) == 4


def test_cells_without_a_head_and_columns_of_text_are_told(tmp_path):
    tables = excerpt()
    with_column("annual", None, ["seen", None])(tables)
    with_column("monthly", "who", ["a", "b", "a", "b"])(tables)
    assert sorted(kinds(workbook(tmp_path, tables))) == ["column_of_text", "head_unnamed"]


def test_a_sheet_that_is_damaged_is_told_and_the_others_are_read(tmp_path):
    path = workbook(tmp_path, excerpt())
    parts = books.unpack(path)
    parts["xl/worksheets/sheet3.xml"] = parts["xl/worksheets/sheet3.xml"][:-300]
    reading = read(books.pack(path, parts))
    assert [finding.kind for finding in reading.findings] == ["unreadable"]
    assert len(reading.tables["monthly"]) == 4
    assert reading.tables["annual"].empty


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"PK\x03\x04 nothing", b"<html>error</html>"])
def test_a_file_that_is_no_workbook_is_one_finding(tmp_path, content):
    path = tmp_path / "returns.xlsx"
    path.write_bytes(content)
    assert kinds(path) == ["unreadable"]
    assert kinds(tmp_path / "not_there.xlsx") == ["unreadable"]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNREADABLE = {
    "returns.xlsx": [
        (b"", "Die Datei muss Inhalt haben; gefunden: eine leere Datei. Speichern Sie sie neu, oder fordern Sie sie"),
        (b"%PDF-1.4", "Die Arbeitsmappe muss .xlsx sein; gefunden: ein PDF. Bitten Sie den Herausgeber um die Tabelle"),
        (b"PK\x03\x04 nothing", "abgeschnittene (das Verzeichnis ihrer Teile fehlt am Ende). Speichern Sie sie neu"),
        (b"<html>error</html>", "gefunden: eine HTML-Seite (oft eine Fehler- oder Anmeldeseite"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "gefunden: eine durch ein Kennwort geschützte Arbeitsmappe"),
    ],
    "monthly.csv": [
        (b'kommune;period;bg\n"M01;2008-01;5', "Anführungszeichen sind in jeder Zeile geschlossen; gefunden: "),
        ("kommune;bg".encode("utf-16"), "gefunden: UTF-16 (in Excel „Unicode-Text“)"),
        ("kommune;name\nM01;MÃ¼nchen\n".encode(), "'Ã¼': Umlaute wurden falsch gelesen, bevor die Datei gespeichert"),
        (b"PK\x03\x04", "ein Zip-Archiv oder eine Arbeitsmappe (.xlsx), gleich was ihr Name sagt"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "said"), [(name, *case) for name, cases in UNREADABLE.items() for case in cases]
)
def test_a_file_that_cannot_be_read_is_told_in_the_language_asked_for(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    (finding,) = read(path).findings
    assert said in finding.sentence("de")
    assert finding.sentence("en").count("; found ") == 1


def test_a_place_that_is_none_of_the_69_is_told_in_the_language_asked_for(written):
    said = {
        "Entenhausen": "Eine Kommune wird mit Namen oder fünfstelligem Kreisschlüssel genannt",
        "Düsseldorf": "'Düsseldorf' ist 05111 (Düsseldorf), keine von ihnen",
        "Offenbach": "Landkreis; eine der 69). Geben Sie den Schlüssel bei der Zulassung an: 06438",
    }
    for name, words in said.items():
        findings = read(written(put("monthly", 2, "kommune", name))).findings
        (finding,) = [finding for finding in findings if finding.kind.startswith("key_")]
        assert words in finding.way_out("de")


def test_a_name_is_looked_up_once_however_many_rows_bear_it(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(parse, "resolve", lambda name: asked.append(name) or resolve(name))
    parse._resolved.cache_clear()
    lines = [["kommune", "period", "ehb"], *([place, "2008-01", 900] for place in ["Summe", "Coesfeld"] * 200)]
    assert set(kinds(workbook(tmp_path, {"monthly": lines}))) >= {"key_unknown", "row_twice"}
    assert sorted(asked) == ["Coesfeld", "Summe"]


LIVE = {
    "xl/vbaProject.bin": "Makros",
    "xl/macrosheets/sheet1.xml": "Makros",
    "xl/externalLinks/externalLink1.xml": "Verknüpfungen mit anderen Dateien",
    "xl/connections.xml": "Datenverbindungen",
}


def test_macros_links_and_connections_are_told_and_the_values_stand_as_stored(book):
    path = book()
    sound = read(path).tables["monthly"]
    for part, words in LIVE.items():
        reading = read(books.pack(path.with_name("live.xlsm"), books.unpack(path) | {part: b"<x/>"}))
        (finding,) = [finding for finding in reading.findings if finding.kind == "live"]
        assert (finding.severity, f"gefunden: {words}. Bringen" in finding.words("de")) == ("warning", True)
        pd.testing.assert_frame_equal(reading.tables["monthly"], sound)
    reading = read(books.pack(path.with_name("live.xlsm"), books.unpack(path) | dict.fromkeys(LIVE, b"<x/>")))
    assert [finding.found for finding in reading.findings if finding.kind == "live"] == [
        "macros; links to other files; data connections"
    ]


def test_a_workbook_of_other_things_says_what_is_missing(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["x", 1])
    book.save(tmp_path / "other.xlsx")
    assert kinds(tmp_path / "other.xlsx") == ["no_table", "sheet_unknown"]


def test_lines_that_are_cut_or_shifted_are_told(tmp_path):
    csv_folder(tmp_path, excerpt())
    path = tmp_path / "annual.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2008,", "2008,,", 1), encoding="utf-8")
    assert ("fields", "2:2") in found(tmp_path)


def test_an_open_quote_is_told(tmp_path):
    csv_folder(tmp_path, excerpt())
    path = tmp_path / "annual.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"M03', encoding="utf-8")
    assert "unreadable" in kinds(tmp_path)


FIELDS = (
    "other",
    *("table", "heads", "near", "width", "why", "kommune", "name", "example", "first", "today", "identity"),
    *("choices", "decimal", "part", "whole", "what", "low", "high", "per", "factor", "rule", "way_out"),
)


def test_every_rule_has_words_in_both_languages_and_its_fields_are_filled():
    for kind, rule in rules().items():
        for lang in ("en", "de"):
            fields = dict.fromkeys(FIELDS, "x.")
            assert rule.rule(lang, fields), kind
            assert rule.way_out(lang, fields).endswith((".", ")")), kind


def test_findings_of_a_column_are_one(tmp_path):
    tables = excerpt()
    for line in tables["monthly"][1:]:
        line[2] = "n/a"
    assert found(workbook(tmp_path, tables)) == [("number_text", "C2:C5")]


def test_the_table_of_findings_is_in_the_language_asked_for(written):
    findings = read(written(put("monthly", 3, "ehb_u25", 10**6)), today=TODAY).findings
    assert "eHb unter 25 Jahren" in table_of(findings, "de")["rule"].iloc[0]
    assert "eHb under 25" in table_of(findings, "en")["rule"].iloc[0]


def test_real_returns_are_held_against_the_official_figures(tmp_path):
    """Invented numbers under real keys disagree with the official eHb of nearly all; scaled to these, of none."""
    path = tmp_path / "returns.xlsx"
    frame = BUNDLED.monthly[BUNDLED.monthly["kommune"].isin(list(REAL_KEYS)[:4])].drop(columns="status")
    frame = frame.assign(kommune=frame["kommune"].map(REAL_KEYS))
    frame[["kommune", "period", "ehb"]].to_excel(path, sheet_name="monthly", index=False)
    assert set(ok.check_returns(path).table["kind"]) >= {"official"}
    official = ok.caseload().query("indicator == 'ehb'").set_index(["kommune", "period"])["value"]
    means = frame.assign(period=frame["period"].str[:4]).groupby(["kommune", "period"])["ehb"].mean()
    factor = (official / means).groupby("kommune").mean()
    scaled = (frame["ehb"].astype(float) * frame["kommune"].map(factor)).round().astype(int)
    frame.assign(ehb=scaled)[["kommune", "period", "ehb"]].to_excel(path, sheet_name="monthly", index=False)
    assert "official" not in set(ok.check_returns(path).table["kind"])


def test_the_dictionary_has_the_words_of_the_columns_table():
    for name in TABLES:
        fields = {entry["name"]: entry for entry in store.resource(f"musterkommunen_{name}")["schema"]["fields"]}
        for column in table(name).columns.values():
            if column.name in fields:
                entry = fields[column.name]
                words = (column.title["en"], column.title["de"], column.definition["en"], column.unit["en"])
                assert (entry["title"], entry["title_de"], entry["description"], entry.get("unit", "")) == words
        assert store.resource(f"musterkommunen_{name}").get("parts", []) == [list(pair) for pair in table(name).parts]


def test_services_have_one_name_in_files_figures_and_sentences():
    labels = table("services").columns["service"].labels
    assert tuple(labels["en"]) == SERVICES
    for lang in ("en", "de"):
        said = {service: service_name(service, lang) for service in SERVICES}
        assert {service: word[0].upper() + word[1:] for service, word in said.items()} == labels[lang]


def test_every_rule_is_asked_somewhere():
    code = "".join(path.read_text(encoding="utf-8") for path in Path(rules_module.__file__).parent.glob("*.py"))
    composed = {"cell_error", "cell_bad", "cell_formula"}
    assert {kind for kind in rules() if f'"{kind}"' not in code} <= composed


def test_a_gap_in_a_series_is_told(tmp_path):
    frame = BUNDLED.monthly[BUNDLED.monthly["kommune"].isin(["M01", "M02"])]
    frame = frame[(frame["kommune"] != "M02") | (frame["period"] != "2007-05")].astype(object)
    tables = excerpt() | {"monthly": [list(frame.columns), *frame.to_numpy().tolist()]}
    told = read(workbook(tmp_path, tables)).findings
    assert [(finding.kind, finding.found) for finding in told] == [("rows_absent", "M02: 2007-05")]


def monthly_of(*lines):
    """The excerpt with other lines of the monthly table."""
    return excerpt() | {"monthly": [list(line) for line in lines]}


def test_a_second_row_of_heads_hides_no_row_above_it(tmp_path):
    head, *rows = excerpt()["monthly"]
    path = workbook(tmp_path, monthly_of(head[:5], *(row[:5] for row in rows[:2]), [None], head, *rows[2:]))
    assert ("key_unknown", "A5") in found(path)  # the second row of heads names no municipality
    assert read(path).tables["monthly"]["kommune"].tolist() == ["M01", "M01", "M02", "M02"]


def test_a_tidy_table_keeps_status_and_note_and_tells_what_it_does_not_read(tmp_path):
    head = ["kommune", "period", "variable", "value", "status", "note", "region"]
    rows = [["06438", "2008-01", name, 500, "geschätzt", "n", "x"] for name in ("bg", "ehb")]
    path = workbook(tmp_path, {"monthly": [head, *rows, ["06438", "2008-01", None, 7, "geschätzt", "n", "x"]]})
    assert sorted(found(path)) == [("column_absent", "1:1"), ("column_unread", "G1"), ("variable_unknown", "C4")]
    frame = read(path).tables["monthly"]
    assert frame[["status", "note"]].to_numpy().tolist() == [["estimated", "n"]]
    rows[1][4] = "observed"
    assert "long_differs" in kinds(workbook(tmp_path, {"monthly": [head, *rows]}))


@pytest.mark.parametrize(
    "text", ["1.234.56", "1,234,5", "1.234,567.89", "1,234.567,8", "1,234.567.89", "12 34", "5.5.5", "1e5"]
)
def test_a_number_whose_separators_do_not_agree_is_refused(tmp_path, text):
    assert ("number_text", "E3") in found(workbook(tmp_path, _with("monthly", 3, "ehb", text)))


@pytest.mark.parametrize(("text", "value"), [("+34.5", 34.5), ("34,5", 34.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5)])
def test_a_number_with_a_sign_or_separators_that_agree_is_read(tmp_path, text, value):
    frame = read(workbook(tmp_path, _with("annual", 2, "staff_total", text))).tables["annual"]
    assert frame["staff_total"].iloc[0] == value


@pytest.mark.parametrize("month", ["2008.1", "2008-1", "marzipan 2008", "3.2008.1"])
def test_a_month_that_may_be_another_is_refused(tmp_path, month):
    assert ("period_form", "B2") in found(workbook(tmp_path, _with("monthly", 2, "period", month)))


def _with(name, row, column, value):
    tables = excerpt()
    put(name, row, column, value)(tables)
    return tables


def test_declarations_that_are_not_understood_are_told(tmp_path):
    tables = excerpt() | {"declarations": [["", "M01", "06438x"], ["Minijobs?", "ja", None], ["area", "2008", None]]}
    assert sorted(found(workbook(tmp_path, tables))) == [("declaration_unknown", "A2"), ("key_unknown", "C1")]
    without = excerpt() | {"declarations": [["area", "2008"]]}
    assert kinds(workbook(tmp_path, without)) == ["head_none"]


def test_files_of_a_folder_that_are_not_read_are_told_and_not_part_of_the_source(tmp_path):
    csv_folder(tmp_path, excerpt())
    (tmp_path / "annual.csv").rename(tmp_path / "annual.xlsx")
    (tmp_path / "older").mkdir()
    returns = ok.load_returns(tmp_path)
    assert [finding.kind for finding in returns.warnings] == ["file_unread", "file_unread"]
    assert "annual" not in returns.source
    assert ok.load_returns(file for file in sorted(tmp_path.glob("*.csv"))).source == returns.source


def test_a_row_with_a_status_and_a_note_only_is_kept(tmp_path):
    tables = excerpt()
    real_keys(tables)
    tables["annual"] = [[*tables["annual"][0], "status", "note"], *tables["annual"][1:]]
    tables["annual"][1] = ["06438", "2008", *[None] * 7, "missing", "not delivered"]
    frame = read(workbook(tmp_path, tables)).tables["annual"]
    assert frame[["status", "note"]].to_numpy().tolist()[0] == ["missing", "not delivered"]


def test_further_columns_named_like_a_part_of_the_identity_change_nothing(tmp_path):
    tables = excerpt()
    with_column("monthly", "service", [1, 2, 3, 4])(tables)
    with_column("units", "period", [2008, "laufend"])(tables)
    reading = read(workbook(tmp_path, tables))
    assert reading.findings == []
    assert reading.tables["units"]["period"].tolist() == ["2008", "laufend"]


def test_a_key_that_is_empty_is_taken_from_the_name(tmp_path):
    tables = excerpt()
    real_keys(tables)
    with_column("annual", "name", ["LK Offenbach", "Nordfriesland"])(tables)
    tables["annual"][1][0] = None
    assert read(workbook(tmp_path, tables)).tables["annual"]["kommune"].tolist() == ["06438", "01054"]


def test_different_causes_that_touch_are_each_told(tmp_path):
    tables = excerpt()
    real_keys(tables)
    tables["monthly"][1][0], tables["monthly"][2][0] = "Entenhausen", "Gansingen"
    told = [finding for finding in read(workbook(tmp_path, tables)).findings if finding.kind == "key_unknown"]
    assert [finding.cells for finding in told] == ["A2", "A3"] or "Gansingen" in told[0].found
    heads = excerpt()
    heads["monthly"][0][2:4] = ["bgg", "persns"]
    assert {"persns"} <= {finding.column for finding in read(workbook(tmp_path, heads)).findings}


def test_an_error_in_one_file_hides_nothing_in_another(tmp_path):
    tables = excerpt()
    put("monthly", 3, "bg", "k.A.")(tables)
    put("annual", 3, "staff_total", 9000.0)(tables)
    assert "band" in kinds(csv_folder(tmp_path, tables)) or "among" in kinds(tmp_path)


def test_paths_and_years_that_cannot_be_are_refused_with_a_message(tmp_path):
    with pytest.raises(FileFormatError, match="written into a folder that exists"):
        ok.template(tmp_path / "no" / "r.xlsx", period=2008)
    with pytest.raises(FileFormatError, match="years from 2005 on"):
        ok.template(tmp_path / "r.xlsx", period=1999)
