"""The same returns as other libraries write them: GDAL; one without styles, addresses or dimensions."""

import datetime
import re
import zipfile
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pyogrio
import pytest

from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES
from tests.loaders import books
from tests.returns.files import BUNDLED, excerpt, workbook


def plain_workbook(path, tables, prefix=""):
    """A workbook with texts in their cells and nothing beside: no styles, no shared texts, no addresses."""
    space = f'xmlns{prefix and ":" + prefix[:-1]}="{books.MAIN}"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        sheets = links = ""
        for i, (name, lines) in enumerate(tables.items(), 1):
            rows = "".join(f"<row>{''.join(map(_cell, line))}</row>" for line in lines)
            sheet = _prefixed(f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>", prefix)
            container.writestr(f"xl/worksheets/s{i}.xml", sheet)
            sheets += f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>'
            links += f'<Relationship Id="rId{i}" Type="{books.RELATIONS}/worksheet" Target="worksheets/s{i}.xml"/>'
        book = f'<workbook {space} xmlns:r="{books.RELATIONS}"><sheets>{sheets}</sheets></workbook>'
        package = f'xmlns="{books.PACKAGE}"'
        container.writestr("xl/workbook.xml", _prefixed(book, prefix))
        container.writestr("xl/_rels/workbook.xml.rels", f"<Relationships {package}>{links}</Relationships>")
        main = f'<Relationship Id="rId1" Type="{books.RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        container.writestr("_rels/.rels", f"<Relationships {package}>{main}</Relationships>")
    return path


def _cell(value):
    if value is None or value is pd.NA:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def _prefixed(xml, prefix):
    return re.sub("<(/?)", rf"<\g<1>{prefix}", xml)


def tables_of(path):
    reading = read(path)
    assert reading.findings == []
    return reading.tables


def test_a_workbook_of_another_library_is_read_as_the_original(tmp_path):
    for name in TABLES:  # GDAL, which geopandas brings along
        frame = getattr(BUNDLED, name)
        pyogrio.write_dataframe(frame, tmp_path / "gdal.xlsx", driver="XLSX", layer=name, append=name != TABLES[0])
    found = tables_of(tmp_path / "gdal.xlsx")
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], getattr(BUNDLED, name))


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_workbook_of_cells_and_nothing_beside_is_read_as_the_original(tmp_path, prefix):
    lines = {}
    for name in TABLES:
        frame = getattr(BUNDLED, name)
        lines[name] = [list(frame.columns), *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]
    found = tables_of(plain_workbook(tmp_path / "plain.xlsx", lines, prefix))
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], getattr(BUNDLED, name))


def test_what_libreoffice_makes_of_formats_and_months_is_read_as_the_original(tmp_path):
    path = workbook(tmp_path, excerpt())
    expected = tables_of(path)
    book = openpyxl.load_workbook(path)
    for row in range(2, 6):
        cell = book["monthly"].cell(row, 2)
        cell.value, cell.number_format = datetime.datetime.fromisoformat(f"{cell.value}-01"), r"yyyy\-mm\-dd"
    share = book["services"].cell(2, excerpt()["services"][0].index("municipal_share") + 1)
    share.value, share.number_format = share.value / 100, r"0\ %"
    book.save(path)
    found = tables_of(path)
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], expected[name])


@pytest.mark.parametrize("dimension", [b"A1", b"A1:M3", b"A1:XFD1048576"])
def test_a_wrong_dimension_changes_nothing(tmp_path, dimension):
    path = workbook(tmp_path, excerpt())
    parts = books.unpack(path)
    for name in [name for name in parts if "worksheets" in name]:
        parts[name] = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="' + dimension + b'"', parts[name])
    assert len(tables_of(books.pack(path, parts))["monthly"]) == 4


def test_damaged_styles_are_told_and_every_value_is_read(tmp_path):
    path = workbook(tmp_path, excerpt())
    parts = books.unpack(path)
    parts["xl/styles.xml"] = parts["xl/styles.xml"][:-200]
    reading = read(books.pack(path, parts))
    assert [finding.kind for finding in reading.findings] == ["formats_unread"]
    assert len(reading.tables["services"]) == 10


def test_empty_cells_formatted_far_below_the_table_change_nothing(tmp_path):
    path = workbook(tmp_path, excerpt())
    expected = tables_of(path)
    parts = books.unpack(path)
    sheets = [name for name in parts if "worksheets" in name]
    for name in sheets:
        below = b"".join(
            b'<row r="%d"><c r="A%d" s="0"/><c r="B%d" s="0"/></row>' % (n, n, n) for n in range(50, 50_000)
        )
        parts[name] = parts[name].replace(b"</sheetData>", below + b"</sheetData>")
    found = tables_of(books.pack(path, parts))
    for name in TABLES:
        pd.testing.assert_frame_equal(found[name], expected[name])
