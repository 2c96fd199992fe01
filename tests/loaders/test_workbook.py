"""Workbook: what is stored comes out, what has no value is said, what is no sound workbook is refused by name."""

import datetime
import zipfile

import openpyxl
import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders import _containers, _parts
from optkommunen.loaders.workbook import Workbook
from tests.loaders import books
from tests.shared import shared

MAIN = books.MAIN
OFFICIAL = [
    "bbsr/ref-kreise-umrech-2021-1990-2020.xlsx",
    "destatis_xlsx/04-kreise_stand_31122018.xlsx",
    "destatis_xlsx/04_KreiseVorjahr_stand_31122021.xlsx",
]


@pytest.fixture
def page(tmp_path):
    def read(rows, **options):
        return Workbook(books.write(tmp_path / "mappe.xlsx", {"Blatt": rows}, **options)).page("Blatt")

    return read


def values(page):
    return {(row, column): cell.value for row, cells in page.rows.items() for column, cell in cells.items()}


def kinds(page):
    return {(row, column): cell.kind for row, cells in page.rows.items() for column, cell in cells.items()}


def styles(*codes, tail=""):
    formats = "".join(f'<numFmt numFmtId="{164 + n}" formatCode="{code}"/>' for n, code in enumerate(codes))
    cells = "".join(f'<xf numFmtId="{164 + n}"/>' for n in range(len(codes)))
    named = '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts>{named}<cellXfs>{cells}</cellXfs>{tail}</styleSheet>'
    )


def refused(path, match):
    with pytest.raises(FileFormatError, match=match):
        Workbook(path)


# --- official workbooks -----------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize("file", OFFICIAL)
def test_every_cell_of_an_official_workbook_is_what_another_library_reads(file):
    path = shared(f"data/official/{file}")
    peer = openpyxl.load_workbook(path, read_only=True, data_only=True)
    ours = Workbook(path)
    assert list(ours.sheets) == peer.sheetnames
    assert not ours.notes
    for name in list(ours.sheets)[::6] if len(ours.sheets) > 6 else ours.sheets:
        lines = enumerate(peer[name].iter_rows(values_only=True), 1)
        expected = {(n, k): v for n, line in lines for k, v in enumerate(line, 1) if v is not None}
        assert values(ours.page(name)) == expected
    peer.close()


# --- values and kinds -------------------------------------------------------------------------------


def test_texts_stand_inline_or_in_a_table_and_in_runs_without_readings_aloud(page):
    runs = "<si><r><t>Kreis</t></r><r><t xml:space='preserve'> Nord</t></r><rPh sb='0' eb='1'><t>kraɪs</t></rPh></si>"
    rows = '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="inlineStr"><is><t>a &amp; b_x000D_</t></is></c></row>'
    assert values(page(rows, texts=["unused", runs])) == {(1, 1): "Kreis Nord", (1, 2): "a & b\r"}


def test_an_error_value_is_an_error_not_text_and_not_nothing(page):
    cell = page('<row r="1"><c r="A1" t="e"><v>#DIV/0!</v></c></row>').rows[1][1]
    assert (cell.kind, cell.value) == ("error", "#DIV/0!")


def test_a_formula_without_result_is_told_apart_from_an_empty_cell(page):
    rows = (
        '<row r="1"><c r="A1"><f>B1+1</f></c><c r="B1" s="0"/><c r="C1"><f>1+1</f><v>2</v></c>'
        '<c r="D1" t="str"><f>""</f><v></v></c><c r="E1"><f>B1</f><v/></c></row>'
    )
    cells = page(rows).rows[1]
    assert {k: (c.kind, c.value, c.formula) for k, c in cells.items()} == {
        1: ("formula", None, True),
        3: ("number", 2.0, True),
        4: ("text", "", True),
        5: ("formula", None, True),
    }


@pytest.mark.parametrize("stored", ["5x6", "1e400", "-1e999", "nan", "inf", "1_000", "1,5", "0x10"])
def test_what_is_no_finite_number_in_a_number_cell_is_bad_with_its_place(page, stored):
    found = page(f'<row r="7"><c r="C7"><v>{stored}</v></c></row>')
    assert (found.rows[7][3].kind, found.rows[7][3].value) == ("bad", stored)
    with pytest.raises(FileFormatError, match=r"sheet 'Blatt', row 7: The cell in column 3 has a value; found content"):
        list(found.lines(3))


@pytest.mark.parametrize(("stored", "number"), [("1E+19", 1e19), ("-.5", -0.5), ("1e300", 1e300), (" 7 ", 7.0)])
def test_numbers_are_read_in_every_notation_that_programs_write(page, stored, number):
    assert values(page(f'<row r="1"><c r="A1"><v>{stored}</v></c></row>')) == {(1, 1): number}


def test_truth_values_are_no_numbers_and_a_lost_text_is_bad(page):
    rows = (
        '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>2</v></c><c r="C1" t="s"><v>9</v></c>'
        '<c r="D1" t="q"><v>1</v></c></row>'
    )
    assert kinds(page(rows)) == {(1, 1): "truth", (1, 2): "bad", (1, 3): "bad", (1, 4): "bad"}
    assert values(page(rows))[1, 1] is True


def test_cells_and_rows_without_place_follow_each_other(page):
    rows = (
        "<row><c><v>1</v></c><c><v>2</v></c></row><row r='4'><c r='C4'><v>3</v></c><c><v>4</v></c></row>"
        "<row><c><v>5</v></c></row>"
    )
    assert values(page(rows)) == {(1, 1): 1, (1, 2): 2, (4, 3): 3, (4, 4): 4, (5, 1): 5}


def test_empty_cells_before_one_without_place_still_count(page):
    rows = (
        '<row r="1"><c r="A1" s="0"/><c r="B1" s="0"/><c><v>3</v></c></row><row r="2" ht="9"/>'
        "<row><c><v>4</v></c></row>"
    )
    assert values(page(rows)) == {(1, 3): 3, (3, 1): 4}


def test_a_comment_or_cdata_section_does_not_hide_cells(page):
    rows = '<row r="1"><!-- <c r="A1"/> --><c r="B1" t="str"><v><![CDATA[<c r="A1"/>]]></v></c></row>'
    assert values(page(rows)) == {(1, 2): '<c r="A1"/>'}


def test_the_stated_dimension_is_never_asked(page):
    lines = books.sheet([[n, n] for n in range(50)], before='<dimension ref="A1:A3"/>')
    assert len(page(lines).rows) == 50


def test_elements_may_have_a_prefix(page):
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" s="0"/><x:c r="B1"><x:v>2</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )
    assert values(page("<?xml version='1.0'?>" + xml)) == {(1, 2): 2}


def test_a_utf_16_sheet_is_read(tmp_path):
    parts = books.parts_of({"Blatt": [["Köln", 1]]})
    name = "xl/worksheets/sheet1.xml"
    parts[name] = ("<?xml version='1.0' encoding='UTF-16'?>" + parts[name]).encode("utf-16")
    assert values(Workbook(books.pack(tmp_path / "a.xlsx", parts)).page("Blatt")) == {(1, 1): "Köln", (1, 2): 1}


# --- formats and dates ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "form"),
    [
        ("0%", "percent"), (r"0\ %", "percent"), ("0.0 %;-0.0 %", "percent"), ("0&quot;%&quot;", ""), (r"0\%", ""),
        ("0_%", ""), ("#,##0 &quot;Monate&quot;", ""), ("[Red]0", ""), ("General", ""), ("0;-0;&quot;-&quot;", ""),
    ],
)  # fmt: skip
def test_a_format_says_whether_a_number_is_a_percentage(page, code, form):
    cell = page('<row r="1"><c r="A1" s="0"><v>0.34</v></c></row>', styles=styles(code)).rows[1][1]
    assert (cell.value, cell.kind, cell.form) == (0.34, "number", form)


@pytest.mark.parametrize("code", [r"yyyy\-mm\-dd", r"[$-407]mmm\ yy", "dd.mm.yyyy;@", "MM/YYYY"])
def test_a_number_with_a_date_format_is_a_date(page, code):
    cell = page('<row r="1"><c r="A1" s="0"><v>39508</v></c></row>', styles=styles(code)).rows[1][1]
    assert (cell.kind, cell.value) == ("date", datetime.datetime(2008, 3, 1))


def test_built_in_formats_are_known_and_named_styles_do_not_shift_them(page):
    codes = "".join(f'<xf numFmtId="{code}"/>' for code in (0, 9, 14))
    named = '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    own = f'<styleSheet xmlns="{MAIN}">{named}<cellXfs>{codes}</cellXfs></styleSheet>'
    rows = '<row r="1"><c r="A1" s="0"><v>1</v></c><c r="B1" s="1"><v>1</v></c><c r="C1" s="2"><v>1</v></c></row>'
    cells = page(rows, styles=own).rows[1]
    assert [(c.kind, c.form) for c in cells.values()] == [("number", ""), ("number", "percent"), ("date", "")]


@pytest.mark.parametrize(
    ("number", "day"),
    [(1, (1900, 1, 1)), (59, (1900, 2, 28)), (61, (1900, 3, 1)), (39448, (2008, 1, 1)), (39448.75, (2008, 1, 1, 18))],
)
def test_day_numbers_follow_the_calendar_of_1900_with_its_false_leap_day(page, number, day):
    rows = f'<row r="1"><c r="A1" s="0"><v>{number}</v></c></row>'
    assert values(page(rows, styles=styles("dd.mm.yyyy"))) == {(1, 1): datetime.datetime(*day)}


def test_a_workbook_may_count_its_days_from_1904(page):
    rows = '<row r="1"><c r="A1" s="0"><v>37986</v></c></row>'
    found = page(rows, styles=styles("dd.mm.yyyy"), book='<workbookPr date1904="1"/>')
    assert values(found) == {(1, 1): datetime.datetime(2008, 1, 1)}


def test_an_iso_date_is_a_date_and_another_text_in_its_place_is_bad(page):
    rows = '<row r="1"><c r="A1" t="d"><v>2008-03-01</v></c><c r="B1" t="d"><v>1.3.2008</v></c></row>'
    assert values(page(rows)) == {(1, 1): datetime.datetime(2008, 3, 1), (1, 2): "1.3.2008"}
    assert kinds(page(rows)) == {(1, 1): "date", (1, 2): "bad"}


def test_a_day_beyond_the_calendar_is_bad(page):
    rows = '<row r="1"><c r="A1" s="0"><v>1e12</v></c></row>'
    assert kinds(page(rows, styles=styles("dd.mm.yyyy"))) == {(1, 1): "bad"}


@pytest.mark.parametrize(
    "odd",
    [
        '<fills><fill><patternFill patternType="solid"><extLst><ext uri="x"/></extLst></patternFill></fill></fills>',
        "<fills><fill/></fills>",
        '<dxfs><dxf><numFmt numFmtId="164" formatCode="0%"/></dxf></dxfs>',
    ],
)
def test_what_styles_hold_beside_number_formats_does_no_harm(page, odd):
    rows = '<row r="1"><c r="A1" s="0"><v>39508</v></c></row>'
    assert kinds(page(rows, styles=styles("dd.mm.yyyy", tail=odd))) == {(1, 1): "date"}


def test_damaged_styles_cost_the_formats_and_a_note_says_so(tmp_path):
    path = books.write(tmp_path / "a.xlsx", {"Blatt": [[39508]]}, styles=styles("dd.mm.yyyy")[:-40])
    workbook = Workbook(path)
    assert values(workbook.page("Blatt")) == {(1, 1): 39508}
    assert "number formats were not read" in workbook.notes[0]
    assert "styles.xml" in workbook.notes[0]


# --- what is odd about a sheet ----------------------------------------------------------------------


def test_a_cell_that_stands_twice_and_a_row_that_comes_back_are_told(page):
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>'
        '<row r="1"><c r="B1"><v>4</v></c></row>'
    )
    found = page(rows)
    assert found.repeated == [(1, 1), (1, 0)]
    assert values(found) == {(1, 1): 1, (1, 2): 4, (2, 1): 3}
    with pytest.raises(FileFormatError, match=r"row 1: Each cell stands in its sheet once; found column 1 again"):
        list(found.lines(2))


def test_rows_come_in_the_order_of_the_sheet(page):
    rows = '<row r="9"><c r="A9"><v>9</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'
    assert list(page(rows).rows) == [2, 9]


def test_a_far_cell_is_told_and_not_kept(page):
    found = page('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')
    assert found.far == [(1_048_576, 16_384)]
    assert list(found.rows) == [1]


def test_hidden_rows_and_sheets_are_known(tmp_path):
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
    sheets = {"offen": rows, "zu": [[1]], "ganz zu": [[1]]}
    workbook = Workbook(books.write(tmp_path / "a.xlsx", sheets, states={"zu": "hidden", "ganz zu": "veryHidden"}))
    assert workbook.sheets == {"offen": "visible", "zu": "hidden", "ganz zu": "veryHidden"}
    assert workbook.page("offen").hidden == {2}
    assert workbook.page("zu").state == "hidden"


def test_empty_formatted_cells_by_the_thousand_change_nothing(page):
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(4, 40_000))
    heights = "".join(f'<row r="{n}" ht="15"/>' for n in range(40_000, 80_000))
    found = page(
        f'<row r="3"><c r="A3"><v>1</v></c></row>{empty}{heights}<row r="90000"><c r="B90000"><v>2</v></c></row>'
    )
    assert values(found) == {(3, 1): 1, (90_000, 2): 2}


def test_pieces_of_a_megabyte_are_put_together_without_a_seam(page):
    lines = [[n, f"Musterkreis {n}", n / 7] for n in range(1, 20_001)]
    assert [cells for _, cells in page(lines).lines(3)] == lines


# --- limits -----------------------------------------------------------------------------------------


def test_more_filled_rows_than_the_limit_are_refused(page, monkeypatch):
    monkeypatch.setattr(_parts, "ROWS", 20)
    assert len(page([[1]] * 20).rows) == 20
    with pytest.raises(FileFormatError, match=r"sheet 'Blatt': .*found more than 20 filled rows in .*after row 21"):
        page([[1]] * 21)


def test_a_text_longer_than_a_cell_can_hold_is_refused(page):
    assert values(page([["a" * 32_767]]))
    with pytest.raises(FileFormatError, match=r"a text of 32,768 characters"):
        page([["a" * 32_768]])


def test_more_texts_than_the_limit_are_refused(page, monkeypatch):
    monkeypatch.setattr(_parts, "TEXTS", 2)
    with pytest.raises(FileFormatError, match=r"more than 2 different texts in xl/sharedStrings.xml"):
        page([[1]], texts=["a", "b", "c"])


def test_the_unpacked_size_is_checked_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(_containers, "UNPACKED", 2**20)
    path = books.write(tmp_path / "a.xlsx", {"Blatt": " " * 2**20})
    assert path.stat().st_size < 10_000
    refused(path, r"a\.xlsx: A workbook has at most 1 MB when unpacked; found 1 MB")


def test_a_document_type_is_refused_by_name(page):
    entity = f'<!DOCTYPE worksheet [<!ENTITY a "9999">]>{books.sheet("<row><c><v>&a;</v></c></row>")}'
    with pytest.raises(FileFormatError, match=r"found a document type .* in xl/worksheets/sheet1\.xml"):
        page(entity)


# --- parts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spell", [lambda n: n.replace("/", "\\"), str.upper, lambda n: "/" + n, str.title])
def test_names_of_parts_may_have_backslashes_or_another_case(tmp_path, spell):
    parts = {spell(name): content for name, content in books.parts_of({"Blatt": [["a", 1]]}, texts=["x"]).items()}
    assert values(Workbook(books.pack(tmp_path / "a.xlsx", parts)).page("Blatt")) == {(1, 1): "a", (1, 2): 1}


def test_targets_may_be_absolute_and_the_main_part_may_have_another_name(tmp_path):
    parts = books.parts_of({"Blatt": [[1]]})
    links = parts.pop("xl/_rels/workbook.xml.rels").replace('Target="', 'Target="/xl/')
    parts |= {"xl/_rels/workbook22.xml.rels": links, "xl/workbook22.xml": parts.pop("xl/workbook.xml")}
    parts["_rels/.rels"] = parts["_rels/.rels"].replace("workbook.xml", "workbook22.xml")
    assert values(Workbook(books.pack(tmp_path / "a.xlsx", parts)).page("Blatt")) == {(1, 1): 1}


def test_properties_and_pictures_may_be_damaged(tmp_path):
    parts = books.parts_of({"Blatt": [[1]]}) | {"docProps/core.xml": "<broken", "xl/media/image1.png": b"\x00"}
    assert values(Workbook(books.pack(tmp_path / "a.xlsx", parts)).page("Blatt")) == {(1, 1): 1}


def test_a_strict_workbook_is_read(tmp_path):
    parts = books.parts_of({"Blatt": [["Köln", datetime.date(2008, 3, 1)]]}, texts=["x"])
    for old, new in ((MAIN, "main"), (books.RELATIONS, "officeDocument/relationships")):
        space = f"http://purl.oclc.org/ooxml/{'spreadsheetml/' if new == 'main' else ''}{new}"
        parts = {name: content.replace(old, space) for name, content in parts.items()}
    found = Workbook(books.pack(tmp_path / "a.xlsx", parts)).page("Blatt")
    assert values(found) == {(1, 1): "Köln", (1, 2): datetime.datetime(2008, 3, 1)}


def test_a_sheet_of_charts_is_no_sheet_of_cells(tmp_path):
    parts = books.parts_of({"Blatt": [[1]], "Diagramm": [[1]]})
    links = parts["xl/_rels/workbook.xml.rels"].replace("worksheets/sheet2", "chartsheets/sheet1")
    parts["xl/_rels/workbook.xml.rels"] = links
    assert list(Workbook(books.pack(tmp_path / "a.xlsx", parts)).sheets) == ["Blatt"]


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", "_rels/.rels"]
)
def test_a_part_that_is_cut_is_named_with_its_line(tmp_path, part):
    parts = books.parts_of({"Blatt": [[1]]}, texts=["x"])
    parts[part] = parts[part][: len(parts[part]) // 2]
    refused(books.pack(tmp_path / "a.xlsx", parts), rf"a\.xlsx: .*sound XML; found {part} cut or damaged in line 1")


def test_a_sheet_that_is_cut_is_named_with_the_last_row_that_was_read(page):
    xml = books.sheet([[n] for n in range(1, 100)])
    with pytest.raises(FileFormatError, match=r"sheet 'Blatt': .*sheet1\.xml cut or damaged in line 1, after row 4\d "):
        page(xml[: len(xml) // 2])


def test_a_part_that_is_missing_is_named(tmp_path):
    parts = books.parts_of({"Blatt": [[1]]})
    del parts["xl/worksheets/sheet1.xml"]
    path = books.pack(tmp_path / "a.xlsx", parts)
    with pytest.raises(FileFormatError, match=r"refers to a part 'xl/worksheets/sheet1\.xml', which is not there"):
        Workbook(path).page("Blatt")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('<row r="2"><c r="A3"><v>1</v></c></row>', "a cell 'A3' in row 2"),
        ('<row r="2"><c r="2"><v>1</v></c></row>', "a cell '2' in row 2"),
        ('<row r="2"><c r="Z%2"><v>1</v></c></row>', "a cell 'Z%2' in row 2"),
        ('<row r="zwei"><c><v>1</v></c></row>', "zwei"),
        ('<row r="2"><c r="A2" s="blau"><v>1</v></c></row>', "blau"),
    ],
)
def test_a_place_or_style_that_is_none_is_refused(page, row, words):
    with pytest.raises(FileFormatError, match=words):
        page(row)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_or_a_sheet_that_stands_twice_is_refused(tmp_path):
    path = books.write(tmp_path / "a.xlsx", {"Blatt": [[1]]})
    with zipfile.ZipFile(path, "a") as container:
        container.writestr("XL/worksheets/sheet1.xml", books.sheet([[2]]))
    refused(path, r"Each part of a workbook stands in its container once; found XL/worksheets/sheet1\.xml twice")
    parts = books.parts_of({"Blatt": [[1]], "Zwei": [[2]]})
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("Zwei", "Blatt")
    refused(books.pack(path, parts), r"Names of sheets are unique; found 'Blatt' twice")


# --- what is no .xlsx workbook ----------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("raw", "kind", "way_out"),
    [
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "a workbook protected by a password",
            "Save it without password",
        ),
        (OLE + "Workbook".encode("utf-16-le"), r"an old binary \.xls", r"save it as 'Excel workbook \(\.xlsx\)'"),
        (OLE + "WordDocument".encode("utf-16-le"), "a Word document", "Choose the workbook"),
        (OLE, r"an old binary \.xls or another old Office file", "save it as"),
        (b"\x09\x08\x10\x00\x00\x06", r"an old binary \.xls", "save it as"),
        (b"<table><tr><td>01001</td></tr></table>", "an HTML page .*a table saved as a web page", "as .xlsx or CSV"),
        (b"<html xmlns:o='x'><table></table></html>", "an HTML page .*a table saved as a web page", "as .xlsx or CSV"),
        (b"Kreis;Name\n01001;Flensburg\n", "a CSV file", r"Give it the ending \.csv"),
        ("Kreis\tName\n01001\tKöln\n".encode("cp1252"), "a CSV file", r"Give it the ending \.csv"),
        (b"%PDF-1.7\n", "a PDF", "as .xlsx or CSV"),
        (b"\x1f\x8b\x08rest", "a gzip archive", "Unpack it"),
        (
            b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
            "an XML spreadsheet of 2003",
            "save it",
        ),
        (b"\x00\x01\x02nothing known", "another kind of file", "Download the file again"),
        (b"PK\x03\x04 cut off", "a broken or truncated one", "Download the file again"),
    ],
)
def test_the_message_says_what_the_file_is_and_what_to_do(tmp_path, raw, kind, way_out):
    path = tmp_path / "tabelle.xls"
    path.write_bytes(raw)
    refused(path, rf"tabelle\.xls: .*; found {kind}.*{way_out}")


@pytest.mark.parametrize(
    ("member", "kind", "way_out"),
    [
        ("xl/workbook.bin", r"a binary \.xlsb workbook", "save it as"),
        ("content.xml", r"an OpenDocument file \(\.ods\)", "save it as"),
        ("word/document.xml", "a Word document", "Choose the workbook"),
        ("Index/Document.iwa", "an Apple Numbers document", "Export it as"),
        ("12411-01-01-4_1700000000000_de_flat.csv", "a GENESIS download in the format ffcsv", "read_ffcsv"),
        ("Umsteiger/ref-kreise.xlsx", "an archive that holds other files", "Unpack it"),
        ("readme.md", r"a broken or truncated one \(it has no part xl/workbook\.xml\)", "Download the file again"),
    ],
)
def test_the_message_says_what_another_container_is(tmp_path, member, kind, way_out):
    refused(books.pack(tmp_path / "a.xlsx", {member: "x"}), rf"a\.xlsx: .*; found {kind}.*{way_out}")


@pytest.mark.shared
def test_the_binary_workbook_of_the_bundesagentur_is_recognised():
    path = shared("data/official/ba_xlsx/Zuordnung-Kreise-Arbeitsmarktregionen.xls")
    refused(path, r"Arbeitsmarktregionen\.xls: The workbook must be \.xlsx; found an old binary \.xls\. Open it in a")


def test_an_encrypted_container_is_refused(tmp_path):
    path = books.write(tmp_path / "a.xlsx", {"Blatt": [[1]]})
    raw = bytearray(path.read_bytes())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):  # the flag "encrypted" in every header, as packing programs set it
        at = -1
        while (at := raw.find(start, at + 1)) >= 0:
            raw[at + (6 if start[2] == 3 else 8)] |= 1
    path.write_bytes(raw)
    refused(path, r"a\.xlsx: .*found a workbook protected by a password\. Save it without password")
