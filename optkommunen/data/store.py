"""data/raw as a data package: one table in, its hash and schema verified against the descriptor."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from optkommunen.errors import IntegrityError

if TYPE_CHECKING:
    import pandera.pandas as pa

DESCRIPTOR = "datapackage.json"
_DTYPES = {"string": "str", "number": "float64", "integer": "Int64", "boolean": "bool"}
_State = tuple[int, int, int, int]
_SETTLED = 2.0
"""Seconds after which the times of a file show every further change."""
_HASHED: dict[Path, tuple[_State, str]] = {}
_TABLES: dict[tuple[str, Path], tuple[_State, pd.DataFrame]] = {}
"""Tables that were read and checked, with the state of their file; each caller gets a copy."""
_SOURCE_KEYS = ("publisher", "licence", "attribution", "area_status")


def data_folder() -> Path:
    """Folder of the bundled tables: inside an installed package, or the checkout's ``data/raw``.

    Raises
    ------
    IntegrityError
        If neither exists, so that the installation is broken.

    Examples
    --------
    >>> (data_folder() / DESCRIPTOR).exists()
    True
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "raw", package.parents[1] / "data" / "raw"):
        if (folder / DESCRIPTOR).is_file():
            return folder
    message = (
        f"The bundled tables lie in data/raw with their descriptor {DESCRIPTOR}; it was not found in {package} "
        "or beside it. Install the package again: pip install --force-reinstall optkommunen."
    )
    raise IntegrityError(message)


def descriptor(folder: Path | None = None) -> dict[str, Any]:
    """Descriptor of the data package, with publisher, licence, attribution and area status in every field.

    The file says them once for each source; here they are filled into the fields and indicators that name it.

    Parameters
    ----------
    folder : folder with ``datapackage.json``; the bundled one if None.

    Returns
    -------
    dict
        A new copy at each call: ``name, title, version, licenses, sources, resources``.

    Examples
    --------
    No column of a bundled table is without a publisher:

    >>> fields = [f for r in descriptor()["resources"] for f in r["schema"]["fields"]]
    >>> all(f["publisher"] and f["licence"] for f in fields)
    True
    """
    return copy.deepcopy(_descriptor(folder or data_folder()))


@functools.cache
def _descriptor(folder: Path) -> dict[str, Any]:
    """Descriptor of a folder as `descriptor` gives it; read once, and never handed out."""
    package = json.loads((folder / DESCRIPTOR).read_text(encoding="utf-8"))
    sources = {source["name"]: source for source in package["sources"]}
    for entry in package["resources"]:
        for field in [*entry["schema"]["fields"], *entry.get("indicators", [])]:
            source = sources[field["source"]]
            for key in _SOURCE_KEYS:
                field.setdefault(key, source[key])
            field["source_title"] = source["title"]
    return package


def resource(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Descriptor of one table.

    Raises
    ------
    IntegrityError
        If there is no table of that name; the message lists those that exist.

    Examples
    --------
    >>> resource("municipalities")["rows"]
    69
    """
    return copy.deepcopy(_resource(name, folder or data_folder()))


def _resource(name: str, folder: Path) -> dict[str, Any]:
    resources = {r["name"]: r for r in _descriptor(folder)["resources"]}
    if name not in resources:
        message = f"There is no bundled table {name!r}; there are {', '.join(resources)}."
        raise IntegrityError(message)
    return resources[name]


def verified_path(name: str, folder: Path | None = None) -> Path:
    """Path of a bundled file whose bytes are the ones the descriptor promises.

    Raises
    ------
    IntegrityError
        If the file is missing or a single byte differs; the message gives expected and found hash.

    Examples
    --------
    >>> verified_path("boundaries").suffix
    '.geojson'
    """
    return _verified(name, folder or data_folder())[0]


def _verified(name: str, folder: Path) -> tuple[Path, _State | None]:
    """Path of a file that is as promised, and its state if it is settled.

    A file is not hashed again while its size, its times and its inode are those that were hashed. One changed within
    `_SETTLED` seconds could be changed again without a trace in them, so it is hashed at the next call too.
    """
    entry = _resource(name, folder)
    path = folder / entry["path"]
    if not path.is_file():
        message = f"{entry['path']} belongs to the package and is not in {folder}. Restore it: git checkout data/raw."
        raise IntegrityError(message)
    state = _state_of(path)
    if state is not None and _HASHED.get(path) == (state, entry["hash"]):
        return path, state
    found = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    if found != entry["hash"]:
        message = (
            f"{entry['path']} is not the file that {DESCRIPTOR} describes: expected {entry['hash']}, found {found}. "
            "Bundled tables are never edited by hand. Restore it (git checkout data/raw), or, after a change "
            "of tools/compile_data_raw.py, compile anew: make raw."
        )
        raise IntegrityError(message)
    if state is not None:
        _HASHED[path] = (state, found)
    return path, state


def _state_of(path: Path) -> _State | None:
    """Size, times and inode of a file; None while it is too young for them to show every change."""
    stat = path.stat()
    if time.time() - max(stat.st_mtime, stat.st_ctime) < _SETTLED:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def table(name: str, folder: Path | None = None) -> pd.DataFrame:
    """One bundled table, types as described, every constraint checked.

    Parameters
    ----------
    name : name of a tabular resource of the descriptor.
    folder : folder with ``datapackage.json``; the bundled one if None.

    Returns
    -------
    DataFrame, shape (rows of the descriptor, fields of the descriptor)
        Text columns hold ``""`` where the file is empty, numbers NaN. Keys are text with leading zeros.

    Raises
    ------
    IntegrityError
        If the bytes, the columns, the number of rows or a constraint differ from the descriptor.

    Examples
    --------
    A table equals what its descriptor says of it:

    >>> frame, entry = table("municipalities"), resource("municipalities")
    >>> list(frame.columns) == [f["name"] for f in entry["schema"]["fields"]]
    True
    >>> len(frame) == entry["rows"]
    True
    """
    folder = folder or data_folder()
    path, state = _verified(name, folder)
    if state is None:
        return _read(name, folder, path)
    if _TABLES.get((name, folder), (None,))[0] != state:
        _TABLES[name, folder] = (state, _read(name, folder, path))
    return _TABLES[name, folder][1].copy()


def _read(name: str, folder: Path, path: Path) -> pd.DataFrame:
    entry = _resource(name, folder)
    fields = entry["schema"]["fields"]
    text = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    names = [f["name"] for f in fields]
    if list(text.columns) != names or len(text) != entry["rows"]:
        message = (
            f"{entry['path']} must have the columns {', '.join(names)} and {entry['rows']} rows; "
            f"found {', '.join(text.columns)} and {len(text)}. Compile anew: make raw."
        )
        raise IntegrityError(message)
    return _checked(_typed(text, fields), entry)


def tables(folder: Path | None = None) -> dict[str, pd.DataFrame]:
    """Every bundled table that is tabular, by name.

    Examples
    --------
    >>> sorted(tables())
    ['context', 'kreise', 'municipalities', 'musterkommunen_annual', 'musterkommunen_monthly',
    'musterkommunen_services', 'musterkommunen_units', 'published_figures', 'screen']
    """
    return {r["name"]: table(r["name"], folder) for r in descriptor(folder)["resources"] if r["format"] == "csv"}


def _typed(text: pd.DataFrame, fields: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {}
    for field in fields:
        column, kind = text[field["name"]], field["type"]
        if kind == "boolean":
            columns[field["name"]] = column.map({"true": True, "false": False})  # another word is no bool
        elif kind in ("number", "integer"):
            columns[field["name"]] = pd.to_numeric(column.where(column != "")).astype(_DTYPES[kind])
        else:
            columns[field["name"]] = column
    return pd.DataFrame(columns)


def _checked(frame: pd.DataFrame, entry: dict[str, Any]) -> pd.DataFrame:
    import pandera.errors

    try:
        return schema(entry).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        message = (
            f"{entry['path']} breaks its schema in {len(error.failure_cases)} places; the first: column "
            f"{first['column']!r}, rule {first['check']!r}, found {first['failure_case']!r} in row {first['index']}. "
            "Compile anew: make raw."
        )
        raise IntegrityError(message) from error


def schema(entry: dict[str, Any]) -> pa.DataFrameSchema:
    """Pandera schema of a table, generated from the types and constraints of its descriptor.

    Parameters
    ----------
    entry : descriptor of the table, as from `resource`, or one of the same form with other constraints (a researcher's
        file has other keys than the bundled table of its kind).

    Examples
    --------
    The bundled table passes its own schema:

    >>> bool(schema(resource("kreise")).validate(table("kreise")).equals(table("kreise")))
    True
    """
    import pandera.pandas as pa

    columns = {field["name"]: _column(field) for field in entry["schema"]["fields"]}
    return pa.DataFrameSchema(columns, strict=True, unique=entry["schema"]["primaryKey"])


def _column(field: dict[str, Any]) -> pa.Column:
    import pandera.pandas as pa

    words = field.get("constraints", {})
    required = words.get("required", False)
    checks = []
    if "minimum" in words:
        checks.append(pa.Check.ge(words["minimum"]))
    if "maximum" in words:
        checks.append(pa.Check.le(words["maximum"]))
    if "enum" in words:
        checks.append(pa.Check.isin(["", *words["enum"]]))
    if "pattern" in words:
        checks.append(pa.Check.str_matches(f"^$|{words['pattern']}"))
    if field["type"] == "string" and required:
        checks.append(pa.Check.str_length(min_value=1))
    return pa.Column(_DTYPES[field["type"]], checks, nullable=not required, unique=words.get("unique", False))
