"""The codebook: one row for each column of a table, and for each indicator whose values stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from optkommunen.data import catalogue, store
from optkommunen.data.catalogue import Indicator
from optkommunen.data.labels import column_head
from optkommunen.errors import UnknownIndicatorError
from optkommunen.values import STATUSES, SYNTHETIC

COLUMNS = (
    "file", "column", "indicator", "label_en", "label_de", "description", "type", "unit", "publisher", "source", "code",
    "reference_date", "area_status", "licence", "values",
)  # fmt: skip
_OWN = {"publisher": "optkommunen", "licence": "MIT"}
"""Of the columns that this package adds; whose the values are stands in the rows of the indicators."""
_MANY = 20
"""More values than these are not listed."""


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
