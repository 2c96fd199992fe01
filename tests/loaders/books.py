"""Workbooks for tests, written part by part, so that each part can be as odd as other programs make it."""

import datetime
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
STYLES = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>'


def letters(column):
    """Name of a column: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(row, column, value):
    """XML of a cell that holds text, a number or a truth value."""
    place = f"{letters(column)}{row}"
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    if isinstance(value, datetime.date):
        return f'<c r="{place}" t="d"><v>{value.isoformat()}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet(rows, before=""):
    """XML of a sheet: ``rows`` is the content of sheetData, or values line by line; ``before`` stands above it."""
    if not isinstance(rows, str):
        rows = "".join(
            f'<row r="{n}">{"".join(cell(n, k, v) for k, v in enumerate(line, 1) if v is not None)}</row>'
            for n, line in enumerate(rows, 1)
        )
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'


def parts_of(sheets, *, styles=STYLES, texts=(), book="", states=None):
    """Parts of a workbook by name; ``sheets`` gives XML or lines of values for each name of a sheet."""
    numbers = {name: n for n, name in enumerate(sheets, 1)}
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"'
        + (f' state="{states[name]}"' if states and name in states else "")
        + "/>"
        for name, n in numbers.items()
    )
    links = [("worksheet", f"rId{n}", f"worksheets/sheet{n}.xml") for n in numbers.values()]
    links += [("styles", "rIdS", "styles.xml"), ("sharedStrings", "rIdT", "sharedStrings.xml")]
    related = "".join(f'<Relationship Id="{i}" Type="{RELATIONS}/{kind}" Target="{to}"/>' for kind, i, to in links)
    root = f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
    shared = "".join(text if text.startswith("<si>") else f"<si><t>{escape(text)}</t></si>" for text in texts)
    kinds = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles"), ("xl/sharedStrings.xml", "sharedStrings")]
    kinds += [(f"xl/worksheets/sheet{n}.xml", "worksheet") for n in numbers.values()]
    typed = "".join(f'<Override PartName="/{part}" ContentType="{CONTENT}.{kind}+xml"/>' for part, kind in kinds)
    typed = f'<Default Extension="rels" ContentType="{CONTENT.split("officedoc")[0]}package.relationships+xml"/>{typed}'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE.replace("relationships", "content-types")}">{typed}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{related}</Relationships>',
        "xl/styles.xml": styles,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
    }
    for name, n in numbers.items():
        content = sheets[name]
        whole = isinstance(content, str) and content.startswith(("<worksheet", "<?xml", "<!"))
        parts[f"xl/worksheets/sheet{n}.xml"] = content if whole else sheet(content)
    return parts


def pack(path: Path, parts):
    """Write parts into a container."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return path


def write(path: Path, sheets, **options):
    """Write a workbook; see `parts_of`."""
    return pack(path, parts_of(sheets, **options))


def unpack(path: Path):
    """Parts of a workbook by name, as bytes."""
    with zipfile.ZipFile(path) as container:
        return {name: container.read(name) for name in container.namelist()}
