"""An official file as it was downloaded: what it is, told by its content, and the reader that it needs."""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import read_bytes, refusal
from optkommunen.loaders.bbsr import read_umsteiger
from optkommunen.loaders.destatis import read_kreise_workbook
from optkommunen.loaders.genesis import read_genesis
from optkommunen.loaders.genesis_ffcsv import read_ffcsv
from optkommunen.loaders.inkar import COMPLETE, WAY_TO_EXPORT, read_inkar, refuse_complete
from optkommunen.loaders.section_48a import read_section_48a

RULE = (
    "Read are GENESIS tables (CSV or flat file), INKAR exports, BBSR Umsteigeschlüssel, Destatis table 04, and figures "
    "of § 48a SGB II (kommune, period, indicator, value)"
)

_GENESIS_CSV = "Download the table from the Regionaldatenbank as CSV or flat file (ffcsv), in German."
_TABLE_04 = "For area and population of the Kreise download table 04 of the Gemeindeverzeichnis (xlsx)."
_SAVE_AS_XLSX = "Open it and save it as Excel workbook (.xlsx) without password, or download the CSV."

# What the first line of a text begins with, and who reads it.
_TEXTS: tuple[tuple[str, Callable[..., pd.DataFrame]], ...] = (
    (r"(?:GENESIS-)?Tab(?:elle|le): *\S", read_genesis),
    (r"statistics_code;|Statistik_Code;|(?:\w+;)*1_(?:variable|Merkmal)_(?:code|Code);", read_ffcsv),
    (r"Kennziffer;(?:Raumeinheit|Aggregat)", read_inkar),
    (r"(?i)(?=.*\bindicator\b)(?=.*\bkommune\b)[\w \t]+[;,\t]", read_section_48a),
)
# What is no table of figures, and what is wanted instead.
_OTHER_TEXTS = (
    (
        r"(?:10|20|30|40|50|60)\d{8}\d\d",
        "the register GV100AD (fixed width), which has no figures of Kreise",
        _TABLE_04,
    ),
    (r"---|# ", "a text without a table", _GENESIS_CSV),
)
_BINARIES = (
    (b"%PDF", "a PDF", "Download the table behind it as CSV or Excel workbook (.xlsx)."),
    (b"\x1f\x8b", "a file packed by gzip", "Unpack it first."),
    (b"\xff\xfe", "a text in UTF-16 (Excel calls it 'Unicode text')", "Download it again, or save it as 'CSV UTF-8'."),
    (b"\xfe\xff", "a text in UTF-16 (Excel calls it 'Unicode text')", "Download it again, or save it as 'CSV UTF-8'."),
)
# What the texts of a workbook say, if its sheets do not tell.
_WORKBOOKS = (
    ("GENESIS-Tabelle", "a GENESIS table as workbook", _GENESIS_CSV),
    ("Bundesagentur", "a workbook of the Statistik der Bundesagentur für Arbeit", _GENESIS_CSV),
    (
        "Arbeitsmarktregion",
        "a list of Kreise by Arbeitsmarktregion, as the Bundesagentur für Arbeit has it",
        _GENESIS_CSV,
    ),
    ("Kennziffer", "an INKAR export as workbook", WAY_TO_EXPORT),
    ("Gemeindename", "a table of Gemeinden", _TABLE_04),
)


def read_official(path: str | Path, **options: Any) -> pd.DataFrame:
    """Read an official file, whatever it is called: its content tells which reader it needs.

    ==============================================  ============================================
    first line, or sheets                           reader
    ==============================================  ============================================
    ``GENESIS-Tabelle: …``                          `optkommunen.loaders.genesis.read_genesis`
    ``statistics_code;…`` (CSV, or in a zip)        `optkommunen.loaders.genesis_ffcsv.read_ffcsv`
    ``Kennziffer;Raumeinheit;…``                    `optkommunen.loaders.inkar.read_inkar`
    ``kommune;period;indicator;value``              `optkommunen.loaders.section_48a.read_section_48a`
    sheets named after years                        `optkommunen.loaders.bbsr.read_umsteiger`
    sheet "Kreisfreie Städte u. Landkreise"         `optkommunen.loaders.destatis.read_kreise_workbook`
    ==============================================  ============================================

    Parameters
    ----------
    path : str or Path
        The file as downloaded.
    **options : object
        Options of that reader, for example ``selection=True`` or ``area_status="31.12.2017"``.

    Returns
    -------
    DataFrame
        As that reader returns it; ``attrs["reader"]`` has its name.

    Raises
    ------
    FileFormatError
        Anything else, with what it is and which download is wanted: the complete INKAR file, an old or a
        password-protected workbook, a Strict one, a table of Gemeinden, a workbook of the Bundesagentur, GV100AD, a
        PDF, an error page. And what the reader itself refuses.

    Examples
    --------
    The name of a file says nothing:

    >>> import tempfile
    >>> lines = ["GENESIS-Tabelle: 13211-01-03-4", "Arbeitslose (Anzahl)", ";;;Insgesamt", "2005;03152;Göttingen;16334",
    ...          "__________", ""]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "download(3).txt")
    ...     _ = path.write_text(chr(10).join(lines), encoding="utf-8")
    ...     table = read_official(path, selection=True)
    >>> table.attrs["reader"], table["value"].tolist()
    ('read_genesis', [16334.0])
    """
    path = Path(path)
    reader = _reader_for(path)
    frame = reader(path, **options)
    frame.attrs["reader"] = reader.__name__
    return frame


def _reader_for(path: Path) -> Callable[..., pd.DataFrame]:
    """Reader of a file, or the refusal that says what it is."""
    refuse_complete(path)  # of its gigabytes only the first line is read
    raw = read_bytes(path)
    if raw.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return _reader_of_zip(archive, path)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            found = f"a truncated, broken or locked zip or workbook ({error})"
            raise refusal(path, RULE, found) from error
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise _named(path, "a password-protected workbook", _SAVE_AS_XLSX)
        for word, found, way_out in _WORKBOOKS:
            if word.encode("utf-16-le") in raw or word.encode("latin-1") in raw:
                raise _named(path, f"{found} (old binary .xls)", way_out)
        raise _named(path, "an old binary file of Excel (.xls)", _SAVE_AS_XLSX)
    for start, found, way_out in _BINARIES:
        if raw.startswith(start):
            raise _named(path, found, way_out)
    line = _first_line(raw)
    for pattern, reader in _TEXTS:
        if re.match(pattern, line):
            return reader
    for pattern, found, way_out in _OTHER_TEXTS:
        if re.match(pattern, line):
            raise _named(path, found, way_out)
    raise _named(path, f"a text that begins with {line[:40]!r}", _GENESIS_CSV)


def _reader_of_zip(archive: zipfile.ZipFile, path: Path) -> Callable[..., pd.DataFrame]:
    members = archive.namelist()
    if "xl/workbook.xml" in members:
        return _reader_of_workbook(archive, path)
    for member, found in (("word/document.xml", "a Word document"), ("xl/workbook.bin", "a binary workbook (.xlsb)")):
        if member in members:
            raise _named(path, found, _SAVE_AS_XLSX)
    if "mimetype" in members:
        raise _named(path, "a document of LibreOffice", _SAVE_AS_XLSX)
    tables = [name for name in members if name.lower().endswith((".csv", ".txt"))]
    if len(tables) != 1:
        raise _named(path, f"a zip with {', '.join(members[:5]) or 'nothing'}", "Unpack it and read the table in it.")
    with archive.open(tables[0]) as file:
        line = _first_line(file.read(4096))
    if line.startswith(";".join(COMPLETE)):
        raise _named(path, "the complete INKAR file (Bereich;ID;Kuerzel;…)", WAY_TO_EXPORT)
    if re.match(_TEXTS[1][0], line):
        return read_ffcsv
    raise _named(
        path, f"a zip with {tables[0]}, which begins with {line[:40]!r}", "Unpack it and read the table in it."
    )


def _reader_of_workbook(archive: zipfile.ZipFile, path: Path) -> Callable[..., pd.DataFrame]:
    book = archive.read("xl/workbook.xml").decode("utf-8", errors="replace")
    if "purl.oclc.org/ooxml" in book:
        raise _named(path, "a workbook in the format 'Strict Open XML'", "Save it as 'Excel workbook (.xlsx)'.")
    sheets = [html.unescape(name) for name in re.findall(r"<(?:\w+:)?sheet\b[^>]*?\bname=\"([^\"]*)\"", book)]
    if any(re.fullmatch(r"(?:19|20)\d\d(?:-(?:19|20)\d\d)?", name) for name in sheets):
        return read_umsteiger
    if any(name.startswith("Kreisfreie Städte") for name in sheets):
        return read_kreise_workbook
    if {"monthly", "annual"} & {name.lower() for name in sheets}:
        raise _named(path, "a workbook of returns", "Read it with ok.load_returns.")
    texts = ""
    for member in archive.namelist():
        if member == "xl/sharedStrings.xml" or member.startswith("xl/worksheets/sheet"):
            texts += archive.read(member)[:1_000_000].decode("utf-8", errors="replace")
    for word, found, way_out in _WORKBOOKS:
        if word in texts or any(word in name for name in sheets):
            raise _named(path, found, way_out)
    raise _named(path, f"a workbook with the sheets {', '.join(sheets[:5])}", _GENESIS_CSV)


def _first_line(raw: bytes) -> str:
    """First line of a text, unquoted, in whichever encoding."""
    line = re.split(rb"[\r\n]", raw.removeprefix(b"\xef\xbb\xbf")[:4096].lstrip(), maxsplit=1)[0]
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    return text.replace('"', "")


def _named(path: Path, found: str, way_out: str) -> FileFormatError:
    return refusal(path, RULE, found, way_out)
