"""check_names on names that went through a wrong code page, and on the names of the official files."""

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import check_names
from tests.shared import shared

PATH = Path("namen.csv")
NAMES = ["Teltow-Fläming", "Köln", "München", "Neiße", "Ärmelstadt", "Öhringen", "Überlingen"]
WRITTEN = [
    "utf-8", "cp1252", "latin-1", "iso8859-2", "iso8859-15", "cp437", "cp850", "cp852", "cp1250", "cp1254", "cp1257",
    "mac_roman",
]  # fmt: skip
READ = [*WRITTEN, "cp866", "cp1251", "cp1253", "koi8-r", "ascii"]


def check(names):
    check_names(names, range(2, len(names) + 2), PATH)


@pytest.mark.parametrize("read", READ)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_list_of_names_through_a_wrong_code_page_is_refused(written, read):
    """Whatever the two pages are: either all seven umlauts survived, or one of the names is refused."""
    garbled = [name.encode(written).decode(read, errors="replace") for name in NAMES]
    if garbled == NAMES:
        check(garbled)
    else:
        with pytest.raises(FileFormatError, match=r"namen\.csv, row \d, column 'name': A name is written in German"):
            check(garbled)


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("MÃ¼nchen", "Ã"), ("M³nchen", "³"), ("M├╝nchen", "├"), ("M�nchen", "�"), ("M?nchen", "?"),
        ("M&uuml;nchen", "&"), ("M}nchen", "}"), ("Teltow-Flõming", "õ"), ("Neiáe", "á"), ("K”ln", "”"),
        ("MŘnchen", "Ř"),
    ],
)  # fmt: skip
def test_the_message_says_name_sign_and_row(name, sign):
    with pytest.raises(FileFormatError) as caught:
        check(["Köln", name])
    assert "row 3, column 'name'" in str(caught.value)
    assert f"found {name!r} with {sign!r}" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "Cottbus/Chóśebuz, Stadt", "Oberspreewald-Lausitz / Górne Błota-Łužyca", "Bautzen – Budyšin",
        "Rotenburg (Wümme)", "St. Wendel", "MÜNCHEN", "Weiden i.d.OPf.", "Städteregion Aachen (einschl. Stadt Aachen)",
        "Kreisfreie Stad", "KS Würzburg", "",
    ],
)  # fmt: skip
def test_names_as_the_offices_write_them_pass(name):
    check([name])


@pytest.mark.shared
def test_every_name_of_the_official_files_passes():
    names = set()
    for path in sorted(shared("data/official/genesis_csv").glob("*.csv")):
        lines = path.read_text(encoding="cp1252").splitlines()
        names |= {fields[2] for line in lines if len(fields := line.split(";")) > 3}
    for path in sorted(shared("data/official/genesis_ffcsv_zip").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
        names |= set(pd.read_csv(io.StringIO(text), sep=";", dtype="str")["1_variable_attribute_label"])
    for path in sorted(shared("data/official/inkar_export_csv").glob("*.csv")):
        names |= set(pd.read_csv(path, sep=";", header=[0, 1], dtype="str", encoding="utf-8-sig").iloc[:, 1])
    register = shared("data/official/gv100ad/GV100AD_301123_auszug_kreise.txt").read_text(encoding="utf-8")
    names |= {line[22:72] for line in register.splitlines()}
    assert len(names) > 1500
    check(sorted(names))
