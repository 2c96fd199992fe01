"""All that is wrong with one or several files of returns, found in one reading, beside the tables that they hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from optkommunen.data import store
from optkommunen.data.register import municipalities
from optkommunen.errors import FileFormatError
from optkommunen.returns.breaks import joined_declarations
from optkommunen.returns.columns import TABLES, table
from optkommunen.returns.declarations import declared_in, without_totals
from optkommunen.returns.findings import Finding, merged
from optkommunen.returns.grid import Grid, parts_of, read_grids, unreadable
from optkommunen.returns.joining import apart_in_level, in_time, joined, named_apart, of_file, parts_across
from optkommunen.returns.layout import Block, apart, blocks_of
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
    """A file of returns as it was read, or several as one.

    Parameters
    ----------
    tables : ``monthly, annual, services, units``, without what was refused; empty where the file has none.
    findings : errors and warnings, one for each cause, errors first.
    declarations : what the municipalities declare, see `declared_in`; of several files see `joined_declarations`.
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


@dataclass(frozen=True)
class _File:
    """One workbook, folder or set of CSV files: its cells, the tables among them, and what is wrong with their form."""

    grids: list[Grid]
    findings: list[Finding]
    blocks: dict[str, Block]
    declared: Grid | None

    @property
    def has_figures(self) -> bool:
        return bool(set(self.blocks) - {"units"})


def read(
    path: str | Path | Iterable[str | Path],
    official: Mapping[str, pd.DataFrame] | None = None,
    today: datetime.date | None = None,
    *,
    secrecy: Secrecy = "off",
) -> Reading:
    """Read a file of returns, or several that become one, to the end, whatever is wrong in it.

    Parameters
    ----------
    path : workbook, CSV file, folder, or list of these; which CSV files belong together: `parts_of` and `apart`.
    official : official figures that eHb and persons are held against, by column: ``kommune, period, value``.
    today : periods after it are refused; the present day if None.
    secrecy : ``"on"`` or ``"off"``, whether figures of one or two persons lose their value, see `secrecy.protect`;
        invented ones keep it. Warnings are then made of what is left, so that none quotes or follows
        from what is protected.

    Returns
    -------
    Reading
        A later check runs on what the earlier ones left whole: a cell in error takes no part in plausibility. Several
        files are joined (`joining.joined`), then protected; each is checked alone, and against the others.

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
    files = _opened(path)
    findings = [finding for file in files for finding in file.findings]
    grids = [grid for file in files for grid in file.grids]
    if not any(file.has_figures for file in files):
        return Reading(_empty(), merged(findings), declared_in(None)[0], grids)
    tables: list[dict[str, Typed]] = []
    declarations: list[pd.DataFrame] = []
    for file in files:
        declared, wrong = declared_in(file.declared)
        declarations.append(declared)
        findings += wrong
        tables.append({})
        for name, block in file.blocks.items():
            tables[-1][name], wrong = typed(block, today, _context() if name == "units" else {})
            findings += wrong
    real, wrong = one_kind_of_unit([table for file in tables for table in file.values()])
    findings += wrong
    order = in_time(tables)
    tables, declarations = [tables[i] for i in order], [declarations[i] for i in order]
    tables = tables if real else [_with_names(file) for file in tables]
    whole, wrong = joined(tables)
    findings += wrong
    findings += _of_parts(tables, {} if wrong else whole)
    findings += [
        finding for file in tables for name in set(file) - {"units"} for finding in gaps(file[name], whole[name])
    ]
    declared, wrong = joined_declarations(declarations, tables)
    findings += wrong
    if secrecy == "on" and real:
        whole = protect(whole)
        tables = [{name: of_file(table, whole[name]) for name, table in file.items()} for file in tables]
        declarations, declared = [without_totals(one) for one in declarations], without_totals(declared)
        findings = [replace(f, found=NOT_SHOWN) if f.kind in _UNREAD else f for f in findings]
    frames, wrong = _frames(whole, tables, real)
    findings += wrong
    refused = {
        (finding.file, finding.sheet, place)
        for finding in findings
        if finding.severity == "error"
        for place in finding.places
    }
    for mine, own in zip(tables, declarations, strict=True):
        findings += implausible(mine, own, official or {}, refused)
    findings += apart_in_level(tables)
    heads = {
        (block.grid.file, block.sheet, name): block.head_of(name)
        for file in files for block in file.blocks.values() for name in block.columns
    }  # fmt: skip
    told = [
        replace(finding, column=heads.get((finding.file, finding.sheet, finding.column), finding.column))
        for finding in merged(findings)
    ]
    return Reading(frames, told, declared, grids)


def _opened(path: str | Path | Iterable[str | Path]) -> list[_File]:
    """Each return among the files, with its tables; files of one name in different folders are numbered."""
    cells: list[tuple[list[Grid], list[Finding]]] = []
    for part in parts_of(path):
        try:
            grids, findings = read_grids(part)
        except FileFormatError as error:
            cells.append(([], [unreadable(error, part.name if isinstance(part, Path) else Path(str(part)).name)]))
            continue
        sets = apart(grids) if isinstance(part, list) else [grids]
        cells += [(one, findings if one is sets[0] else []) for one in sets]
    names = named_apart([[*(g.file for g in grids), *(f.file for f in wrong)] for grids, wrong in cells])
    files = []
    for (grids, findings), name in zip(cells, names, strict=True):
        grids = [replace(grid, file=name[grid.file]) for grid in grids]
        blocks, declared, wrong = blocks_of(grids)
        findings = [replace(finding, file=name[finding.file]) for finding in findings] + wrong
        files.append(_File(grids, findings, blocks, declared))
    some = any(file.has_figures for file in files)
    for file in files:
        kinds = {finding.kind for finding in file.findings if finding.severity == "error"}
        if not file.has_figures and not kinds and not (some and file.blocks):
            found = ", ".join(repr(grid.name) for grid in file.grids) or "nothing"
            file.findings.append(Finding("no_table", found, file.grids[0].file if file.grids else ""))
    return files


def _of_parts(tables: Sequence[Mapping[str, Typed]], whole: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Parts that are larger than their whole, in a file, or where the whole stands in another file."""
    findings = []
    for file in tables:
        for name in set(file) - {"units"}:
            own = parts_exceeding(file[name])
            findings += own
            if len(tables) > 1 and name in whole:
                across = parts_exceeding(parts_across(file[name], whole[name]))
                findings += [finding for finding in across if finding not in own]
    return findings


def _with_names(file: Mapping[str, Typed]) -> dict[str, Typed]:
    """The tables, that of the Musterkommunen with their names as they stand in the file."""
    tables = dict(file)
    given = tables.get("units")
    if given is not None and NAME in given.block.cells:
        cells = given.block.cells[NAME]
        names = [str(cell.value).strip() if (cell := cells[i]) else "" for i in given.frame.index]
        tables["units"] = replace(given, frame=given.frame.assign(**{NAME: pd.array(names, dtype="str")}))
    return tables


def _context() -> dict[str, str]:
    """Type of the columns of the bundled units that are no returns: place and context of Musterkommunen."""
    fields = store.resource(_BUNDLED["units"])["schema"]["fields"]
    known = table("units").columns
    return {entry["name"]: entry["type"] for entry in fields if entry["name"] not in known}


def _empty() -> dict[str, pd.DataFrame]:
    """The four tables without a row."""
    return {name: store.table(_BUNDLED[name]).iloc[:0] for name in TABLES}


def _frames(
    whole: Mapping[str, pd.DataFrame], tables: Sequence[Mapping[str, Typed]], real: bool
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """The four tables in the form of the bundled ones, further columns behind."""
    frames = _empty()
    for name in TABLES[:3]:
        if name in whole:
            frame = with_status(whole[name], real)
            frames[name] = _in_order(frame[frame[KEY].isin(SYNTHETIC_KEYS) != real], frames[name])
    used = sorted({key for name in TABLES[:3] for key in frames[name][KEY]})
    findings: list[Finding] = []
    given = [file["units"] for file in tables if "units" in file]
    if not given:
        frame = pd.DataFrame({KEY: used})
        if not real and used:
            source = next(table for file in tables for table in file.values()).block.grid
            findings.append(source.finding("units_needed", "none"))
    else:
        frame = with_status(whole["units"][whole["units"][KEY].isin(used)], real)
        absent = sorted(set(used) - set(frame[KEY]))
        if absent and not any(KEY in table.wrong for table in given):
            block = given[0].block
            findings.append(block.grid.finding("units_absent", ", ".join(absent), [(block.head, 0)]))
    ring_status = any(RING_STATUS in table.block.cells for table in given)
    frames["units"] = _units(frame, real, frames["units"], ring_status=ring_status)
    return frames, findings


def _units(frame: pd.DataFrame, real: bool, like: pd.DataFrame, *, ring_status: bool) -> pd.DataFrame:
    """Table of the municipalities: names and Länder of the 69 from the register, Musterkommunen from the file."""
    frame = frame[frame[KEY].isin(SYNTHETIC_KEYS) != real].copy()
    if real:
        register = municipalities().set_index(KEY)
        frame[NAME], frame["land"] = frame[KEY].map(register["name"]), frame[KEY].map(register["land"])
        frame["status"] = frame.get("status", "observed")
    else:
        frame["status"] = SYNTHETIC
    for name in like.columns.difference(frame.columns):
        text = like[name].dtype == "str"
        frame[name] = pd.Series("" if text else float("nan"), frame.index, dtype=like[name].dtype)
    if RING_STATUS in frame:
        frame[RING_STATUS] = frame[RING_STATUS].replace("", "observed")
        frame = frame if ring_status else frame.drop(columns=RING_STATUS)
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
