"""What LibreOffice saves is read as the original: templates, empty and filled, and tidy sheets, as workbook and CSV."""

import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL
from tests.returns import planted
from tests.returns.files import fill

CSV = "csv:Text - txt - csv (StarCalc):{separator},34,76,1,,0,false,{shown},false,false,false,-1"
"""A file for each sheet, in UTF-8; ``shown`` is the choice "save cell content as shown": without it numbers stand in
quotes."""

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="soffice not on this machine; on Debian: apt install libreoffice-calc",
)


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Folder of workbooks as the package and openpyxl write them."""
    folder = tmp_path_factory.mktemp("originals")
    planted.sound_book().save(folder / "tidy.xlsx")
    keys = {key: unit for unit, key in list(REAL.items())[:3]}
    for lang in ("de", "en"):
        path = ok.template(folder / f"empty_{lang}.xlsx", period=[2007, 2008], kommunen=list(keys), lang=lang)
        filled = fill(openpyxl.load_workbook(path), load_returns(), keys, lang)
        filled.save(folder / f"filled_{lang}.xlsx")
    return folder


def saved(originals, folder, form):
    """The same files as LibreOffice saves them; a profile of its own, so that no other run stands in the way."""
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", form]
    files = sorted(map(str, originals.glob("*.xlsx" if form == "xlsx" else "tidy.xlsx")))
    subprocess.run([*command, "--outdir", folder / "saved", *files], check=True, capture_output=True, timeout=300)
    return folder / "saved"


def same(path, original):
    """The number of rows of each table, if both files are read without a finding and as the same."""
    found, expected = read(path), read(original)
    assert found.findings == expected.findings == []
    pd.testing.assert_frame_equal(found.declarations, expected.declarations)
    for name in TABLES:
        pd.testing.assert_frame_equal(found.tables[name], expected.tables[name])
    return [len(found.tables[name]) for name in TABLES]


@pytest.fixture(scope="module")
def workbooks(originals, tmp_path_factory):
    return saved(originals, tmp_path_factory.mktemp("xlsx"), "xlsx")


@pytest.mark.parametrize(
    ("name", "rows"),
    [("tidy", [432, 36, 240, 12]), ("empty_de", [0, 0, 0, 0]), ("empty_en", [0, 0, 0, 0])]
    + [(f"filled_{lang}", [72, 6, 30, 3]) for lang in ("de", "en")],
)
def test_a_workbook_saved_by_libreoffice_is_read_as_the_original(originals, workbooks, name, rows):
    assert same(workbooks / f"{name}.xlsx", originals / f"{name}.xlsx") == rows


@pytest.mark.parametrize(("separator", "shown"), [(",", "true"), (";", "false")])
def test_sheets_saved_by_libreoffice_as_csv_are_read_as_the_original(originals, tmp_path, separator, shown):
    folder = saved(originals, tmp_path, CSV.format(separator=ord(separator), shown=shown))
    assert sorted(file.name for file in folder.iterdir()) == [f"tidy-{name}.csv" for name in sorted(TABLES[:3])]
    assert same(folder, originals / "tidy.xlsx") == [432, 36, 240, 12]
