"""read_official: every official file is read by its reader, or named with the download that is wanted."""

import zipfile

import pytest

import optkommunen as ok
from optkommunen.errors import FileFormatError
from tests.shared import SHARED, shared

OFFICIAL = SHARED / "data" / "official"
FILES = sorted(path.relative_to(OFFICIAL).as_posix() for path in OFFICIAL.rglob("*") if path.is_file())
READERS = {
    "genesis_csv": "read_genesis",
    "genesis_ffcsv_zip": "read_ffcsv",
    "inkar_export_csv": "read_inkar",
    "bbsr": "read_umsteiger",
    "destatis_xlsx": "read_kreise_workbook",
}
NAMED = {  # what is no table of figures: the words that say so
    ".json": "a JSON reply of the web service",
    ".md": "a text without a table",
    "GV100AD": "the register GV100AD",
    "Zuordnung": "a list of Kreise by Arbeitsmarktregion.*Bundesagentur für Arbeit.*old binary .xls",
    "excelbeschaedigt": "found '1' for 'Schleswig-Holstein'.*repair_keys=True",
}


@pytest.fixture
def file(tmp_path):
    def write(content, name="download"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.fixture
def archive(tmp_path):
    def write(**members):
        path = tmp_path / "download.xlsx"
        with zipfile.ZipFile(path, "w") as target:
            for name, text in members.items():
                target.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_csv", ".csv"), text)
        return path

    return write


def named(path, match):
    with pytest.raises(FileFormatError, match=match):
        ok.read_official(path)


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_every_official_file_is_read_or_named(name):
    path = shared(f"data/official/{name}")
    words = next((words for part, words in NAMED.items() if part in name), None)
    if words:
        named(path, words)
    else:
        assert ok.read_official(path).attrs["reader"] == READERS[name.split("/")[0]]


@pytest.mark.shared
def test_official_files_are_found():
    shared("data/official")
    assert len(FILES) == 37


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "other"),
    [("bbsr/ref-kreise-umrech-2021-1990-2020.xlsx", "table.csv"), ("inkar_export_csv/INKAR1_pop.csv", "x.xls")],
)
def test_the_name_of_a_file_does_not_matter(name, other, file):
    raw = shared(f"data/official/{name}").read_bytes()
    assert ok.read_official(file(raw, other)).attrs["reader"] == READERS[name.split("/")[0]]


@pytest.mark.shared
def test_options_reach_the_reader():
    path = next(shared("data/official/genesis_csv").glob("*excelbeschaedigt*"))
    assert len(ok.read_official(path, repair_keys=True)) == 1575 * 12


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4 ...", "a PDF"),
        (b"\x1f\x8b\x08\x00", "packed by gzip"),
        ("GENESIS-Tabelle: 1".encode("utf-16"), "UTF-16"),
        (
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "a password-protected workbook.*without password",
        ),
        (b"\xd0\xcf\x11\xe0" + b"Kennziffer", "an INKAR export as workbook .old binary .xls.*as CSV"),
        (b"\xd0\xcf\x11\xe0", "an old binary file of Excel"),
        ("Bereich;ID;Kuerzel;Indikator", "the complete INKAR file"),
        ("<!DOCTYPE html><html>", "an HTML page"),
        ('{"type":"FeatureCollection"}', "boundaries of areas"),
        ("ags,name,wert", "a text that begins with 'ags,name,wert'"),
        (b"", "an empty file"),
        (b"PK\x03\x04 and no more", "truncated, broken or locked"),
    ],
)
def test_what_is_not_read_is_named(file, content, words):
    named(file(content), words)


SHEET = '<workbook><sheets><sheet name="{}" sheetId="1"/></sheets></workbook>'


@pytest.mark.parametrize(
    ("sheet", "texts", "words"),
    [
        ("Tabelle1", "Statistik der Bundesagentur für Arbeit", "Bundesagentur.*Regionaldatenbank"),
        ("13211-01-03-4", "GENESIS-Tabelle: 13211-01-03-4", "a GENESIS table as workbook"),
        ("INKAR", "Kennziffer Raumeinheit", "an INKAR export as workbook"),
        ("Onlineprodukt_Gemeinden", "Gemeindename PLZ", "a table of Gemeinden.*table 04"),
        ("monthly", "kommune", "a workbook of returns.*load_returns"),
        ("Tabelle1", "irgendwas", "a workbook with the sheets Tabelle1"),
    ],
)
def test_a_workbook_is_named_by_what_it_says(archive, sheet, texts, words):
    named(archive(xl__workbook_xml=SHEET.format(sheet), xl__sharedStrings_xml=texts), words)


def test_a_strict_workbook_is_named(archive):
    book = '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheets/></workbook>'
    named(archive(xl__workbook_xml=book), "Strict Open XML.*Save it as")


@pytest.mark.parametrize("sheet", ["2008", "2008-2019"])
def test_sheets_named_after_years_go_to_the_umsteiger(archive, sheet):
    from optkommunen.loaders.official import _reader_for

    assert _reader_for(archive(xl__workbook_xml=SHEET.format(sheet))).__name__ == "read_umsteiger"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"inkar_2024_csv": "Bereich;ID;Kuerzel;Indikator"}, "the complete INKAR file"),
        ({"a_csv": "x", "b_csv": "y"}, "a zip with a.csv, b.csv"),
        ({"a_csv": "x;y"}, "a zip with a.csv, which begins with 'x;y'"),
        ({"word__document_xml": "x"}, "a Word document"),
        ({"mimetype": "x"}, "LibreOffice"),
    ],
)
def test_a_zip_is_named_by_what_is_in_it(archive, members, words):
    named(archive(**members), words)
