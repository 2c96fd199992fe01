"""Tables for other programs in a folder: CSV for R, CSV for a German Excel, Stata, with a codebook of every column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.data import catalogue, store
from optkommunen.data.catalogue import Indicator, Lang
from optkommunen.data.labels import column_head
from optkommunen.errors import UnknownIndicatorError
from optkommunen.front.export import to_stata, whole_file, write_csv
from optkommunen.front.indicators import indicator, service_indicator
from optkommunen.front.official_figures import caseload
from optkommunen.indicators import rates
from optkommunen.loaders.bundled import load_context, load_published
from optkommunen.returns.read import Returns, load_returns
from optkommunen.sheets import begins_formula
from optkommunen.values import STATUSES, SYNTHETIC
from optkommunen.words import language

_CONVERTED = r"[=+\-@\t\r\n]|(?=.*\d)[\d.,:/%€ Ee+-]+$|(?:TRUE|FALSE|WAHR|FALSCH)$"
"""How a text begins, or is, that a spreadsheet takes for a formula, a number, a date or a truth value."""
_LITERAL = 255
"""Characters that a text within a formula may have."""

EXCEL, STATA = "excel_de", "stata"
"""Folders beside the plain CSV files."""
COLUMNS = (
    "file", "column", "indicator", "label_en", "label_de", "description", "type", "unit", "publisher", "source", "code",
    "reference_date", "area_status", "licence", "values",
)  # fmt: skip
_OWN = {"publisher": "optkommunen", "licence": "MIT"}
"""Of the columns that this package adds; whose the values are stands in the rows of the indicators."""
_MANY = 20
"""More values than these are not listed."""


def processed(returns: Returns | None = None) -> dict[str, pd.DataFrame]:
    """Every table that is written, by name: the bundled ones, what is derived from them, and the codebook.

    Parameters
    ----------
    returns : Returns, optional
        Whose indicators are computed; the bundled invented ones if None.

    Returns
    -------
    dict of str to DataFrame
        ``indicators`` holds all that are computed from returns, also those by service (column ``service``).
    """
    # the loaders' frames carry in each row what the bundled files say once: unit, time base, source, status
    tables = store.tables() | {"context": load_context(), "published_figures": load_published()}
    tables |= {"caseload": caseload(), "indicators": indicators(load_returns() if returns is None else returns)}
    return tables | {"codebook": codebook(tables)}


def indicators(returns: Returns) -> pd.DataFrame:
    """All indicators of the catalogue that are computed from returns, by municipality and year.

    Parameters
    ----------
    returns : Returns

    Returns
    -------
    DataFrame
        As from `indicator`, with ``service``, which is empty where an indicator is of no service.
    """
    by_service = [entry.name for entry in catalogue.entries() if entry.by_service and entry.kind != "declared"]
    services = service_indicator(by_service, returns)
    whole = indicator(rates.computable(), returns).assign(service="")
    return pd.concat([whole[list(services)], services], ignore_index=True)


def write(folder: Path, returns: Returns | None = None, lang: Lang | None = None) -> Iterator[Path]:
    """Write all tables, each as CSV, as CSV for a German Excel and for Stata; each file whole or not at all.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    returns : Returns, optional
        Whose indicators are computed; the bundled invented ones if None.
    lang : {"de", "en"} or None, default None
        Language of the labels in the Stata files; None: that of the session.

    Yields
    ------
    Path
        Of a file when it is written.
    """
    tables = processed(returns)
    book = tables["codebook"]
    for path in (folder, folder / EXCEL, folder / STATA):
        path.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        for path, write_one in (
            (folder / f"{name}.csv", write_csv),
            (folder / EXCEL / f"{name}.csv", write_csv_for_excel),
        ):
            write_one(path, frame)
            yield path
        path = folder / STATA / f"{name}.dta"
        to_stata(frame, path, labels=_labels(book, name, lang), title=f"optkommunen {name}", lang=lang)
        yield path


def _labels(book: pd.DataFrame, name: str, lang: Lang | None) -> dict[str, str]:
    """Words of the codebook for the columns of a table, with the unit."""
    rows = book[(book["file"] == name) & (book["indicator"] == "")]
    words = rows[f"label_{language(lang)}"] + rows["unit"].where(rows["unit"] == "", ", " + rows["unit"])
    return dict(zip(rows["column"], words, strict=True))


def codebook(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What each column of some tables holds, from the descriptor of the bundled ones and the catalogue.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By name; one that bears the name of a bundled table may have further columns.

    Returns
    -------
    DataFrame, shape (columns and indicators of all tables, 15)
        Columns `COLUMNS`, all text. ``indicator`` is filled where a row tells of an indicator in column ``value``;
        ``values`` lists what may stand in the column: of a status, from best to worst.

    Examples
    --------
    >>> book = codebook({"screen": store.table("screen")})
    >>> book.query("column == 'verdict'")[["label_de", "values"]].iloc[0].tolist()
    ['Urteil', 'sound | column unusable | cells unusable']
    """
    bundled = {entry["name"]: entry for entry in store.descriptor()["resources"]}
    official = {entry["name"]: entry for entry in bundled["context"]["indicators"]}
    rows = []
    for name, frame in tables.items():
        fields = {f["name"]: f for f in bundled[name]["schema"]["fields"]} if name in bundled else {}
        for column in map(str, frame):
            rows.append({"file": name, "column": column, **_of_column(frame, column, fields.get(column))})
        rows += [{"file": name, "column": "value", **row} for row in _of_indicators(frame, official)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str").fillna("")


def _of_column(frame: pd.DataFrame, column: str, described: Mapping[str, Any] | None) -> dict[str, str]:
    found = {"type": _type(frame[column])}
    if described is None:
        if column == "status":
            found["values"] = " | ".join(STATUSES)
        return found | _OWN | {"label_en": column_head(column, "en"), "label_de": column_head(column, "de")}
    kept = {key: str(described.get(key, "")) for key in ("unit", "publisher", "code", "reference_date", "area_status")}
    allowed = described.get("constraints", {}).get("enum", ())
    if 0 < len(allowed) <= _MANY:
        found["values"] = " | ".join(allowed)
    return {
        **kept, **found, "label_en": described["title"], "label_de": described["title_de"], "type": described["type"],
        "description": described.get("description", ""), "source": described["source_title"],
        "licence": described["licence"],
    }  # fmt: skip


def _of_indicators(frame: pd.DataFrame, official: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Rows of the indicators of a table, if all are of the catalogue; others are told by the table itself."""
    if not {"indicator", "value"} <= set(frame):
        return
    try:
        entries = [catalogue.indicator(name) for name in frame["indicator"].unique()]
    except UnknownIndicatorError:
        return
    for entry in entries:
        source = official.get(entry.name, {})
        kept = {key: str(source.get(key, "")) for key in ("publisher", "code", "reference_date", "area_status")}
        yield {
            **kept, "indicator": entry.name, "label_en": entry.label("en"), "label_de": entry.label("de"),
            "description": entry.definition, "type": "number", "unit": entry.unit, "source": entry.source,
            "licence": source.get("licence", ""), **({} if source else _made_of(entry, frame)),
        }  # fmt: skip


def _made_of(entry: Indicator, frame: pd.DataFrame) -> dict[str, str]:
    """Whose the values of an indicator are that was computed here: by its leg, and by whether returns are invented."""
    if entry.leg == "official":
        return {"publisher": "optkommunen, derived from official figures", "licence": "dl-de/by-2-0"}
    return _OWN if frame["status"].eq(SYNTHETIC).any() else {"publisher": "whoever made the returns"}


def _type(column: pd.Series) -> str:
    """Type in the words of the descriptor."""
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(column) else "string"


def write_csv_for_excel(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a frame as CSV that a German Excel opens by a double click: semicolon, decimal comma, UTF-8 with its mark.

    Excel takes a text such as 05515, 2008-03 or 1/2 for a number or a date, quoted or not. Such a text is written as
    the formula ``="05515"``, whose value is the text; nothing else in a CSV file keeps the leading zero there. So is
    what begins as a formula does. Truth values are WAHR and FALSCH.

    Parameters
    ----------
    path : str or Path
        Of the file.
    frame : DataFrame, shape (n, k)
    """
    cells = frame.copy(deep=False)
    for name in cells:
        column = cells[name]
        if pd.api.types.is_bool_dtype(column):
            cells[name] = column.map({True: "WAHR", False: "FALSCH"})
        elif not pd.api.types.is_numeric_dtype(column):
            text = column.astype("str").where(column.notna(), "")
            cells[name] = text.mask(text.str.match(_CONVERTED), text.map(_as_formula))
    cells.columns = pd.Index([_as_formula(head) if begins_formula(head) else head for head in map(str, cells.columns)])
    with whole_file(path) as part:
        cells.to_csv(part, index=False, sep=";", decimal=",", encoding="utf-8-sig", errors="replace",
                     lineterminator="\r\n")  # fmt: skip


def _as_formula(text: str) -> str:
    """Formula whose value is the text.

    Examples
    --------
    >>> print(_as_formula("05515"), _as_formula('-"x" y'))
    ="05515" ="-""x"" y"
    """
    pieces = [text[at : at + _LITERAL] for at in range(0, len(text), _LITERAL)]
    return "=" + "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)
