"""Sets of returns to try the check with: sound and rough ones of the generator, whole or in part, and their files."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from optkommunen.data.register import names
from optkommunen.returns.columns import COUNTS, table
from optkommunen.returns.findings import letters
from optkommunen.synthetic.generator import Generator
from optkommunen.values import KEY

Lines = dict[str, list[list[Any]]]
Place = tuple[str, int, int]
PARTS = ("whole", "whole", "whole", "monthly only", "some months")
"""What a set holds of the three tables: three of five all, one only the months, one a part of the months."""

_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = {"": 0, "date": 1, "0%": 2}
_ERRORS = ("#DIV/0!", "#REF!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")


def returns_of(seed: int, number: int, *, rough: bool, part: str = "whole") -> dict[str, pd.DataFrame]:
    """Tables of so many municipalities under real keys.

    Parameters
    ----------
    seed : of the generator, and of what is rough.
    number : of municipalities.
    rough : wider spread, noisier months, breaks, up to six places with fewer than 900 eHb.
    part : ``whole``; ``monthly only``; ``some months``: at least twelve, and a third of the municipalities later.
    """
    drawn, rng = Generator(seed=seed)(), np.random.default_rng(seed)
    real = dict(zip(sorted(drawn.units[KEY]), names(), strict=True))
    kept = rng.choice(sorted(real), number, replace=False)
    small = set(rng.choice(kept, min(6, number), replace=False)) if rough else set()
    ehb = drawn.monthly.groupby(KEY)["ehb"].mean()
    size = {key: rng.uniform(500, 900) / ehb[key] if key in small else 1.0 for key in real}
    tables = {}
    for name in ("monthly", "annual", "services"):
        frame = getattr(drawn, name)
        frame = frame[frame[KEY].isin(kept)].drop(columns="status").reset_index(drop=True)
        frame = _rough(frame, name, size, rng) if rough else frame
        tables[name] = frame.assign(**{KEY: frame[KEY].map(real)})
        tables[name].insert(1, "name", tables[name][KEY].map(names()))
    if part == "some months":
        return _some_months(tables, rng)
    return {"monthly": tables["monthly"]} if part == "monthly only" else tables


def _some_months(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Twelve months or more and their years; a third of the municipalities begin up to half a year later."""
    monthly = tables["monthly"]
    periods = sorted(monthly["period"].unique())
    length = int(rng.integers(12, len(periods)))
    begin = int(rng.integers(len(periods) - length + 1))
    first = {key: begin + (int(rng.integers(1, 7)) if rng.random() < 1 / 3 else 0) for key in monthly[KEY].unique()}
    at = monthly["period"].map(periods.index)
    monthly = monthly[(at >= monthly[KEY].map(first)) & (at < begin + length)].reset_index(drop=True)
    years = monthly["period"].str[:4].unique()
    yearly = {name: frame[frame["period"].isin(years)].reset_index(drop=True) for name, frame in tables.items()}
    return yearly | {"monthly": monthly}


def _rough(frame: pd.DataFrame, name: str, size: dict[str, float], rng: np.random.Generator) -> pd.DataFrame:
    """A table with wider spread between municipalities, noisier months, and for one in six a break."""
    frame = frame.copy()
    known = table(name)
    index = [frame[KEY]] if "service" not in frame else [frame[KEY], frame["service"]]
    for column in known.numbers:
        kind = known.columns[column].kind
        if kind not in (*COUNTS, "amount"):
            if kind == "number" and name == "annual":  # staff
                frame[column] = (frame[column] * frame[KEY].map(size)).round(2)
            continue
        group = frame.groupby(index).ngroup().to_numpy()
        stock = column in ("bg", "persons", "ehb")
        level = np.exp(rng.normal(0, 0.03 if stock else 0.25, group.max() + 1))[group]
        months = np.exp(rng.normal(0, 0.01 if stock else 0.1, len(frame)))
        late = frame["period"] >= str(rng.choice(["2007", "2007-07", "2008"]))
        break_at = np.where(late, np.where(rng.random(group.max() + 1)[group] < 1 / 6, 0.75, 1.0), 1.0)
        scale = frame[KEY].map(size).to_numpy()
        values = frame[column].astype(float).to_numpy() * level * months * (1.0 if stock else break_at) * scale
        frame[column] = pd.Series(values, frame.index).round().astype("Int64")
    for part, whole in reversed(known.parts):
        least = frame[[part, whole]].min(axis=1)
        frame[part] = least.astype(frame[part].dtype)
    for part, whole in known.parts:
        frame[part] = frame[[part, whole]].min(axis=1).astype(frame[part].dtype)
    if name == "annual":
        parts = frame[["cost_transfers", "cost_kdu", "cost_administration"]].sum(axis=1)
        frame["cost_total"] = parts.where(parts > frame["cost_total"], frame["cost_total"])
    return frame


def lines_of(tables: dict[str, pd.DataFrame]) -> Lines:
    """Tables as lines of plain values, the head first."""
    lines: Lines = {}
    for name, frame in tables.items():
        rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        lines[name] = [list(frame.columns), *rows]
    return lines


def write(folder: Path, lines: Lines, *, is_csv: bool, formats: dict[Place, str] | None = None) -> Path:
    """The lines as CSV files (semicolon and decimal comma), or as a workbook.

    Parameters
    ----------
    folder : where they are written.
    lines : of each table.
    is_csv : CSV files or a workbook.
    formats : number format ``0%`` of cells, by table, row and column.

    Returns
    -------
    Path
        The folder of the CSV files, or the workbook. Its parts are written here and not by a library, which takes ten
        times as long; the tests read workbooks of two libraries and an office program.
    """
    if is_csv:
        for name, rows in lines.items():
            text = "\n".join(";".join(map(_text, line)) for line in rows) + "\n"
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder
    path, sheets, numbers = folder / "returns.xlsx", "", range(1, len(lines) + 1)
    for number, name in zip(numbers, lines, strict=True):
        sheets += f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="r{number}"/>'
    kinds = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    kinds += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    types = "".join(f'<Override PartName="{part}" ContentType="{_TYPES}.{kind}+xml"/>' for part, kind in kinds)
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    formatted = "".join(f'<xf numFmtId="{code}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for code in (0, 14, 9))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}">{relations}{types}</Types>',
        "_rels/.rels": _relations({"r1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook {_SPACE} xmlns:r="{_LINKS}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            {f"r{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in numbers}
            | {"r0": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": f"<styleSheet {_SPACE}><fonts><font/></fonts><fills><fill/></fills>"
        f"<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs>{formatted}</cellXfs></styleSheet>",
    }
    for number, (name, rows) in zip(numbers, lines.items(), strict=True):
        here = {place[1:]: form for place, form in (formats or {}).items() if place[0] == name}
        parts[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows, here)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        for part, text in parts.items():
            container.writestr(part, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')
    return path


def _relations(targets: dict[str, tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="{name}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>'


def _sheet(rows: list[list[Any]], formats: dict[tuple[int, int], str]) -> str:
    heads = [letters(number) for number in range(1, max(map(len, rows)) + 1)]
    text = []
    for row, line in enumerate(rows, 1):
        cells = [
            _cell(f"{heads[i]}{row}", cell, formats.get((row, i + 1), ""))
            for i, cell in enumerate(line)
            if cell is not None
        ]
        text.append(f'<row r="{row}">{"".join(cells)}</row>')
    return f"<worksheet {_SPACE}><sheetData>{''.join(text)}</sheetData></worksheet>"


def _cell(place: str, value: Any, number_format: str) -> str:
    if isinstance(value, str):
        if value.startswith("="):
            return f'<c r="{place}"><f>{escape(value[1:])}</f></c>'
        if value in _ERRORS:
            return f'<c r="{place}" t="e"><v>{value}</v></c>'
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, datetime.datetime):
        number_format, value = "date", (value - datetime.datetime(1899, 12, 30)).days
    style = f' s="{_STYLES[number_format]}"' if number_format else ""
    return f'<c r="{place}"{style}><v>{float(value) if isinstance(value, float) else int(value)}</v></c>'


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.12g}".replace(".", ",") if isinstance(cell, float) else str(cell)
