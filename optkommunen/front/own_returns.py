"""Returns of one's own: loaded, checked, and the empty template to begin with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.front.official_figures import caseload
from optkommunen.front.result import Result
from optkommunen.returns import read as reader
from optkommunen.returns.annotated import write_annotated
from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES
from optkommunen.returns.findings import table_of
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import Note, language, translate, translate_plural

_OFFICIAL = {"ehb": "ehb", "persons": "persons_in_bg"}
"""Column of the returns, and the official figure that it is held against."""

_SHOWN = ["severity", "sheet", "cells", "column", "found", "rule", "way_out"]


def load_returns(path: str | Path | Iterable[str | Path] | None = None) -> Returns:
    """Monthly and annual returns and the services: the bundled invented set, or one's own, checked.

    Parameters
    ----------
    path : str, Path, list of these or None, default None
        Workbook, folder, or CSV files; None for the bundled set. Which forms are read, and what each column means:
        `optkommunen.returns.read.load_returns`.

    Returns
    -------
    `Returns`
        ``monthly, annual, services, units``, what the municipalities declare, and the warnings of the check.

    Raises
    ------
    FileFormatError
        The file has errors: their number, the first of them, and the command that lists all.

    Examples
    --------
    >>> import optkommunen as ok
    >>> ok.load_returns().synthetic
    True
    """
    return reader.load_returns(path, official=None if path is None else official_figures())


def check_returns(
    path: str | Path | Iterable[str | Path], *, annotated: str | Path | None = None, lang: Lang | None = None
) -> Result:
    """Everything that is wrong with a file of returns, or asks to be looked at, in one run.

    Parameters
    ----------
    path : str, Path or list of these
        Workbook, folder, or CSV files; only read.
    annotated : str or Path, optional
        Workbook to write: the same cells at the same addresses, with marks, notes and a list of all findings.
    lang : {"de", "en"} or None, default None
        Language of the findings; None for the session's.

    Returns
    -------
    Result
        ``severity, kind, file, sheet, cells, column, found, rule, way_out, count``, one row for each cause, errors
        first. ``facts``: ``errors, warnings, municipalities`` (that report). Empty with the reason where nothing was
        found.

    Raises
    ------
    FileFormatError
        The annotated copy exists already, or is no ``.xlsx``.

    Examples
    --------
    An empty template has nothing to find:

    >>> import tempfile
    >>> import optkommunen as ok
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = ok.template(Path(folder) / "returns.xlsx", period=2008, kommunen=["Coesfeld"])
    ...     print(ok.check_returns(file).summary())
    No errors and no warnings; nothing is reported yet.
    """
    lang = language(lang)
    reading = read(path, official_figures())
    if annotated is not None:
        write_annotated(annotated, reading.grids, reading.findings, lang=lang)
    table = table_of(reading.findings, lang)
    reporting = len({key for name in TABLES[:3] for key in reading.tables[name][KEY]})
    facts = {"errors": len(reading.errors), "warnings": len(reading.warnings), "municipalities": reporting}
    return Result(
        "check_returns",
        table,
        facts=facts,
        reason="" if len(table) else nothing_found(reporting),
        sentences=f"{__name__}:found",
        heads={"found": "found_there"},
        options={"columns": _SHOWN},
    )


def nothing_found(reporting: int) -> Note:
    """What to say of a file without findings."""
    if not reporting:
        return Note("No errors and no warnings; nothing is reported yet")
    return Note("No errors and no warnings; {n} municipalities report", n=reporting)


def found(result: Result, lang: Lang) -> list[str]:
    """How many findings of which kind, and what to do first."""
    errors, warnings = result.facts["errors"], result.facts["warnings"]
    said = [
        translate_plural("{n} error", "{n} errors", errors, lang)
        + ", "
        + translate_plural("{n} warning.", "{n} warnings.", warnings, lang)
    ]
    if errors:
        said.append(translate("Errors have to be mended before the returns are loaded.", lang))
    if warnings:
        said.append(translate("Warnings ask to look; they travel with the returns into the report.", lang))
    return said


def official_figures() -> dict[str, pd.DataFrame]:
    """Official eHb and persons in Bedarfsgemeinschaften of the 69, that returns are held against.

    Returns
    -------
    dict of DataFrame
        ``kommune, period`` (year), ``value`` under the name of the column of the returns.

    Examples
    --------
    >>> sorted(official_figures())
    ['ehb', 'persons']
    """
    known = caseload().dropna(subset=["value"])
    return {
        column: known.loc[known["indicator"] == indicator, ["kommune", "period", "value"]]
        for column, indicator in _OFFICIAL.items()
    }
