"""All that is wrong with a file of returns, found in one reading, beside the tables that it holds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from optkommunen.data import store
from optkommunen.data.register import municipalities
from optkommunen.errors import FileFormatError
from optkommunen.returns.columns import TABLES, table
from optkommunen.returns.declarations import declared_in, without_totals
from optkommunen.returns.findings import Finding, merged
from optkommunen.returns.grid import Grid, read_grids, unreadable
from optkommunen.returns.layout import blocks_of
from optkommunen.returns.plausibility import implausible
from optkommunen.returns.secrecy import Secrecy, protect
from optkommunen.returns.typed import NAME, Typed, gaps, one_kind_of_unit, parts_exceeding, typed, with_status
from optkommunen.values import KEY, SYNTHETIC, SYNTHETIC_KEYS
from optkommunen.words import Note

RING_STATUS = "ring_status"
NOT_SHOWN = Note("not shown (secrecy)")
"""What stands in cells that are not read, where nobody can tell whether it is of one or two persons."""
_UNREAD = ("column_of_text", "head_unnamed")
"""Warnings that quote such cells."""
_BUNDLED = {name: f"musterkommunen_{name}" for name in TABLES}


@dataclass(frozen=True)
class Reading:
    """A file of returns as it was read.

    Parameters
    ----------
    tables : ``monthly, annual, services, units``, without what was refused; empty where the file has none.
    findings : errors and warnings, one for each cause, errors first.
    declarations : what the municipalities declare, see `declared_in`.
    grids : the cells, sheet by sheet.
    """

    tables: dict[str, pd.DataFrame]
    findings: list[Finding]
    declarations: pd.DataFrame
    grids: list[Grid] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """What has to be mended before anything is computed."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def warnings(self) -> list[Finding]:
        """What asks to be looked at."""
        return [finding for finding in self.findings if finding.severity == "warning"]


def read(
    path: str | Path | Iterable[str | Path],
    official: Mapping[str, pd.DataFrame] | None = None,
    today: datetime.date | None = None,
    *,
    secrecy: Secrecy = "off",
) -> Reading:
    """Read a file of returns to the end, whatever is wrong in it.

    Parameters
    ----------
    path : workbook, CSV file, folder or list of CSV files.
    official : official figures that eHb and persons are held against, by column: ``kommune, period, value``.
    today : periods after it are refused; the present day if None.
    secrecy : ``"on"`` or ``"off"``, whether figures of one or two persons lose their value, see `secrecy.protect`;
        invented ones keep it. Warnings are then made of what is left, so that none quotes or follows
        from what is protected.

    Returns
    -------
    Reading
        A later check runs on what the earlier ones left whole: a cell in error takes no part in plausibility.

    Examples
    --------
    A file that is none has one finding, which says what it is:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "returns.xlsx"
    ...     _ = file.write_bytes(b"%PDF-1.4")
    ...     found = read(file).findings
    >>> [(finding.kind, finding.file) for finding in found]
    [('unreadable', 'returns.xlsx')]
    """
    today = today or datetime.date.today()
    try:
        grids, findings = read_grids(path)
    except FileFormatError as error:
        name = Path(path).name if isinstance(path, str | Path) else ""
        return Reading(_empty(), [unreadable(error, name)], declared_in(None)[0])
    blocks, sheet, wrong = blocks_of(grids)
    findings += wrong
    if not set(blocks) - {"units"}:
        kinds = {finding.kind for finding in findings if finding.severity == "error"}
        if not kinds:
            found = ", ".join(repr(grid.name) for grid in grids) or "nothing"
            findings.append(Finding("no_table", found, grids[0].file if grids else ""))
        return Reading(_empty(), merged(findings), declared_in(None)[0], grids)
    declarations, wrong = declared_in(sheet)
    findings += wrong
    tables: dict[str, Typed] = {}
    for name, block in blocks.items():
        tables[name], wrong = typed(block, today, _context() if name == "units" else {})
        findings += wrong
    real, wrong = one_kind_of_unit(list(tables.values()))
    findings += wrong
    for name in set(tables) - {"units"}:
        findings += parts_exceeding(tables[name]) + gaps(tables[name])
    if secrecy == "on" and real:
        left = protect({name: tables[name].frame for name in tables})
        tables = {name: replace(typed, frame=left[name]) for name, typed in tables.items()}
        declarations = without_totals(declarations)
        findings = [replace(f, found=NOT_SHOWN) if f.kind in _UNREAD else f for f in findings]
    frames, wrong = _frames(tables, real)
    findings += wrong
    refused = {
        (finding.file, finding.sheet, place)
        for finding in findings
        if finding.severity == "error"
        for place in finding.places
    }
    findings += implausible(tables, declarations, official or {}, refused)
    heads = {
        (block.grid.file, block.sheet, name): block.head_of(name) for block in blocks.values() for name in block.columns
    }
    told = [
        replace(finding, column=heads.get((finding.file, finding.sheet, finding.column), finding.column))
        for finding in merged(findings)
    ]
    return Reading(frames, told, declarations, grids)


def _context() -> dict[str, str]:
    """Type of the columns of the bundled units that are no returns: place and context of Musterkommunen."""
    fields = store.resource(_BUNDLED["units"])["schema"]["fields"]
    known = table("units").columns
    return {entry["name"]: entry["type"] for entry in fields if entry["name"] not in known}


def _empty() -> dict[str, pd.DataFrame]:
    """The four tables without a row."""
    return {name: store.table(_BUNDLED[name]).iloc[:0] for name in TABLES}


def _frames(tables: Mapping[str, Typed], real: bool) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The four tables in the form of the bundled ones, further columns behind."""
    frames = _empty()
    for name in TABLES[:3]:
        if name in tables:
            frame = with_status(tables[name].frame, real)
            frames[name] = _in_order(frame[frame[KEY].isin(SYNTHETIC_KEYS) != real], frames[name])
    used = sorted({key for name in TABLES[:3] for key in frames[name][KEY]})
    findings: list[Finding] = []
    given = tables.get("units")
    if given is None:
        frame = pd.DataFrame({KEY: used})
        if not real and used:
            source = next(iter(tables.values())).block.grid
            findings.append(source.finding("units_needed", "none"))
    else:
        frame = with_status(given.frame[given.frame[KEY].isin(used)], real)
        absent = sorted(set(used) - set(frame[KEY]))
        if absent and KEY not in given.wrong:
            place = [(given.block.head, 0)]
            findings.append(given.block.grid.finding("units_absent", ", ".join(absent), place))
    frames["units"] = _units(frame, real, frames["units"], given)
    return frames, findings


def _units(frame: pd.DataFrame, real: bool, like: pd.DataFrame, given: Typed | None) -> pd.DataFrame:
    """Table of the municipalities: names and Länder of the 69 from the register, Musterkommunen from the file."""
    frame = frame[frame[KEY].isin(SYNTHETIC_KEYS) != real].copy()
    if real:
        register = municipalities().set_index(KEY)
        frame[NAME], frame["land"] = frame[KEY].map(register["name"]), frame[KEY].map(register["land"])
        frame["status"] = frame.get("status", "observed")
    else:
        frame["status"] = SYNTHETIC
        if given is not None and NAME in given.block.cells:
            cells = given.block.cells[NAME]
            frame[NAME] = [str(cell.value).strip() if (cell := cells[i]) else "" for i in frame.index]
    for name in like.columns.difference(frame.columns):
        text = like[name].dtype == "str"
        frame[name] = pd.Series("" if text else float("nan"), frame.index, dtype=like[name].dtype)
    if RING_STATUS in frame:
        stated = given is not None and RING_STATUS in given.block.cells
        frame[RING_STATUS] = frame[RING_STATUS].replace("", "observed")
        frame = frame if stated else frame.drop(columns=RING_STATUS)
    return _in_order(frame, like)


def _in_order(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Columns in the order of the bundled table, with its types; further ones behind."""
    further = [name for name in frame.columns if name not in like.columns]
    frame = frame.reset_index(drop=True)[[*like.columns, *further]]
    return frame.astype(dict(like.dtypes.items()))


def named(findings: Sequence[Finding], most: int = 3) -> str:
    """The first findings, in words, one in a line; how many more there are."""
    lines = [finding.sentence() for finding in findings[:most]]
    more = len(findings) - most
    return "\n".join([*lines, f"… {more} more"] if more > 0 else lines)
