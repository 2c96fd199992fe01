"""What a file is that is given as a workbook: an intact .xlsx container, or said by name what else."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from functools import partial
from pathlib import Path

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import DOWNLOAD_AGAIN, read_bytes, refusal
from optkommunen.words import N_, Note, number

UNPACKED = 512 * 2**20
"""Bytes that the parts of a workbook may have together once unpacked (the largest official one: 6 million)."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What the zip module raises for a container, or a part of it, that is damaged, encrypted or packed in an odd way."""

_RULE = N_("The workbook must be .xlsx")
_COMPLETE = N_("The file must be a complete .xlsx workbook")
_SAVE_AS = N_("Open it in a spreadsheet program and save it as 'Excel workbook (.xlsx)'.")
_PASSWORD = (N_("a workbook protected by a password"), N_("Save it without password, or ask the sender to."))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = {  # name of a stream inside an OLE container: what the container is, what to do
    "EncryptedPackage": _PASSWORD,
    "Workbook": (N_("an old binary .xls"), _SAVE_AS),
    "Book": (N_("an old binary .xls (before Excel 97)"), _SAVE_AS),
    "WordDocument": (N_("a Word document"), N_("Choose the workbook.")),
}
_MEMBERS = {  # member of a zip container, as a regular expression: what the container is, what to do
    r"xl/workbook\.bin": (N_("a binary .xlsb workbook"), _SAVE_AS),
    r"content\.xml": (N_("an OpenDocument file (.ods)"), _SAVE_AS),
    r"index/document\.iwa": (N_("an Apple Numbers document"), N_("Export it as .xlsx.")),
    r"word/document\.xml": (N_("a Word document"), N_("Choose the workbook.")),
    r".*_flat\.csv": (
        N_("a GENESIS download in the format ffcsv"),
        N_("It is no workbook: read it with `read_ffcsv`."),
    ),
    r"(?!xl/).*\.(xlsx?|csv|txt)": (N_("an archive that holds other files"), N_("Unpack it and choose one of them.")),
}
_STARTS = {  # first bytes: what the file is, what to do
    b"%PDF": (N_("a PDF"), N_("Ask the publisher for the table as .xlsx or CSV.")),
    b"\x1f\x8b": (N_("a gzip archive"), N_("Unpack it.")),
    b"\x09\x08\x10\x00": (N_("an old binary .xls"), _SAVE_AS),
    b"\x09\x00\x04\x00": (N_("an old binary .xls (before Excel 97)"), _SAVE_AS),
    b"\x09\x02\x06\x00": (N_("an old binary .xls (before Excel 97)"), _SAVE_AS),
    b"\x09\x04\x06\x00": (N_("an old binary .xls (before Excel 97)"), _SAVE_AS),
}


def open_container(path: str | Path) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    r"""Zip container of an .xlsx workbook, and its parts by name (small letters, ``/`` between folders).

    Some programs write ``xl\Workbook.xml`` for ``xl/workbook.xml``: both are found under the second name.

    Raises
    ------
    FileFormatError
        No such file, empty, an HTML page; another kind of file (says which, and what to do); a broken container;
        a part that stands twice; more than `UNPACKED` bytes.
    """
    path = Path(path)
    raw = read_bytes(path)
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        raise _foreign(raw, path)
    try:
        container = zipfile.ZipFile(io.BytesIO(raw))
    except BROKEN as error:
        raise broken(path, str(error)) from error
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in container.infolist():
        name = info.filename.replace("\\", "/").lstrip("/").lower()
        if name in parts:
            found = Note("{part} twice", part=info.filename)
            raise refusal(path, N_("Each part of a workbook stands in its container once"), found)
        if info.flag_bits & 1:
            raise refusal(path, _RULE, *_PASSWORD)
        parts[name] = info
    if "xl/workbook.xml" not in parts:
        for member, (kind, way_out) in _MEMBERS.items():
            if any(re.fullmatch(member, name) for name in parts):
                raise refusal(path, _RULE, kind, way_out)
        if "_rels/.rels" not in parts:
            raise broken(path, Note("it has no part xl/workbook.xml"))
    if (size := sum(info.file_size for info in parts.values())) > UNPACKED:
        rule = Note("A workbook has at most {n} MB when unpacked", n=UNPACKED // 2**20)
        unpacked = partial(number, size / 2**20, 0)
        found = Note("{n} MB: the file is not what it says, or formatted far beyond its table", n=unpacked)
        raise refusal(path, rule, found, N_("Copy the table into a new workbook."))
    return container, parts


def broken(path: Path, why: str) -> FileFormatError:
    """Error for a workbook that is one, but damaged."""
    return refusal(path, _COMPLETE, Note("a broken or truncated one ({why})", why=why))


def _foreign(raw: bytes, path: Path) -> FileFormatError:
    """Error for a file that is no zip container; says what it is."""
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return broken(path, Note("its list of parts is missing at the end"))
    if raw.startswith(_OLE):
        for stream, (kind, way_out) in _STREAMS.items():
            if stream.encode("utf-16-le") in raw:
                return refusal(path, _RULE, kind, way_out)
        return refusal(path, _RULE, N_("an old binary .xls or another old Office file"), _SAVE_AS)
    for start, (kind, way_out) in _STARTS.items():
        if raw.startswith(start):
            return refusal(path, _RULE, kind, way_out)
    if b"urn:schemas-microsoft-com:office:spreadsheet" in raw[:4000]:
        return refusal(path, _RULE, N_("an XML spreadsheet of 2003"), _SAVE_AS)
    if b"\x00" not in raw[:4000] and any(sign in raw.split(b"\n", 1)[0] for sign in (b";", b",", b"\t")):
        way_out = N_("Give it the ending .csv and read it with the reader of that format, or download the workbook.")
        return refusal(path, _COMPLETE, N_("a CSV file"), way_out)
    return refusal(path, _COMPLETE, N_("another kind of file"), DOWNLOAD_AGAIN)
