"""Returns of one's own: loaded, checked, and the empty template to begin with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.register import keys_of, require_closed_set
from optkommunen.errors import FileFormatError
from optkommunen.front.export import check_ending, save_workbook
from optkommunen.front.official_figures import caseload
from optkommunen.front.result import Result
from optkommunen.returns import read as reader
from optkommunen.returns.annotated import annotated_workbook
from optkommunen.returns.check import read
from optkommunen.returns.columns import TABLES
from optkommunen.returns.findings import table_of
from optkommunen.returns.parse import FIRST_YEAR
from optkommunen.returns.read import Returns
from optkommunen.returns.secrecy import Secrecy, count_protected, protect
from optkommunen.returns.template import empty_workbook
from optkommunen.values import KEY, is_invented, periods_of
from optkommunen.words import N_, Note, language, translate, translate_plural

_OFFICIAL = {"ehb": "ehb", "persons": "persons_in_bg"}
"""Column of the returns, and the official figure that it is held against."""

_SHOWN = ["severity", "sheet", "cells", "column", "found", "rule", "way_out"]


def load_returns(path: str | Path | Iterable[str | Path] | None = None, *, secrecy: Secrecy = "on") -> Returns:
    """Monthly and annual returns and the services: the bundled invented set, or one's own, checked.

    Parameters
    ----------
    path : str, Path, list of these or None, default None
        Workbook, folder, or CSV files; None for the bundled set. Several, such as one workbook of each year, become
        one set, in whatever order: ``["2008.xlsx", "2009.xlsx"]``. Which forms are read, what each column means, and
        how files are joined: `optkommunen.returns.read.load_returns`.
    secrecy : {"on", "off"}, default "on"
        Real returns lose every figure of one or two persons, and what gives such a figure away, before anything is
        computed: what is made of them can be handed on. ``"off"`` keeps all, for work that nobody else sees. The rule:
        `optkommunen.returns.secrecy.protect`. Invented returns need no secrecy.

    Returns
    -------
    `Returns`
        ``monthly, annual, services, units``, what the municipalities declare, and the warnings of the check;
        ``n_protected`` says how many figures are protected, ``protected`` in each row of the tables which.

    Raises
    ------
    FileFormatError
        The file has errors: their number, the first of them, and the command that lists all.
    OptkommunenError
        Secrecy is neither on nor off.

    Examples
    --------
    >>> import optkommunen as ok
    >>> ok.load_returns().synthetic, ok.load_returns().n_protected
    (True, 0)
    """
    return reader.load_returns(path, secrecy=secrecy, official=None if path is None else official_figures())


def template(
    path: str | Path,
    *,
    period: Any,
    kommunen: Sequence[str] | None = None,
    lang: Lang | None = None,
) -> Path:
    """Write an empty workbook for returns.

    Parameters
    ----------
    path : str or Path
        The workbook to write.
    period : str, int or sequence of these
        Years to report, such as ``["2008", "2009"]``.
    kommunen : sequence of str, optional
        Keys or names of those that report; all 69 if None.
    lang : {"de", "en"} or None, default None
        Language of heads and explanations; None for the session's. The reader takes both.

    Returns
    -------
    Path
        Sheets monthly, annual, services, units, declarations and explanations; keys and periods are filled in, each
        column stands with definition, unit and example, words have a list, heads are protected.

    Raises
    ------
    FileFormatError
        The file exists (a template never overwrites one), its folder does not, or a period is no year of SGB II.
    ValueTableError
        Its name does not end in ``.xlsx``.
    UnknownUnitError, ForeignUnitError, AmbiguousUnitError
        A municipality that is not, or not clearly, one of the 69.

    Examples
    --------
    An empty template is read as returns of nobody:

    >>> import tempfile
    >>> import optkommunen as ok
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ok.load_returns(ok.template(f"{folder}/returns.xlsx", period=2008, kommunen=["Coesfeld"])).monthly.empty
    True
    """
    years = sorted(set(periods_of(period)))
    wrong = [year for year in years if not re.fullmatch(r"\d{4}", year) or int(year) < FIRST_YEAR]
    if wrong:
        message = (
            f"Returns are of whole years from {FIRST_YEAR} on, when SGB II began; found {', '.join(wrong)}. Name each "
            "year, such as 2008 2009."
        )
        raise FileFormatError(message)
    if kommunen is not None:
        require_closed_set(keys_of(kommunen))
    _check_new(path, "A template")
    save_workbook(path, empty_workbook(years, kommunen, lang))
    return Path(path)


def check_returns(
    path: str | Path | Iterable[str | Path], *, annotated: str | Path | None = None, lang: Lang | None = None
) -> Result:
    """Everything that is wrong with a file of returns, or asks to be looked at, in one run.

    Parameters
    ----------
    path : str, Path or list of these
        Workbook, folder, or CSV files; several are checked each alone and against each other. Only read.
    annotated : str or Path, optional
        Workbook to write: the same cells at the same addresses, with marks, notes and a list of all findings; none
        where the file cannot be read.
    lang : {"de", "en"} or None, default None
        Language of the findings; None for the session's.

    Returns
    -------
    Result
        ``severity, kind, file, sheet, cells, column, found, rule, way_out, count``, one row for each cause, errors
        first. ``facts``: ``errors, warnings, municipalities`` (that report), ``protected`` (figures that
        `load_returns` will not show, unless asked to). Empty with the reason where nothing was found. It quotes what
        stands in the file, protected or not: it is for whoever mends the file.

    Raises
    ------
    FileFormatError
        The annotated copy exists already.
    ValueTableError
        Its name does not end in ``.xlsx``.

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
    if annotated is not None:
        _check_new(annotated, "An annotated copy")
    reading = read(path, official_figures())
    if annotated is not None and reading.grids:
        save_workbook(annotated, annotated_workbook(reading.grids, reading.findings, lang))
    table = table_of(reading.findings, lang)
    reporting = len({key for name in TABLES[:3] for key in reading.tables[name][KEY]})
    real = not is_invented((), reading.tables["units"][KEY])
    protected = count_protected(protect(reading.tables)) if real else 0
    found = {"errors": len(reading.errors), "warnings": len(reading.warnings)}
    return Result(
        "check_returns",
        table,
        facts={**found, "municipalities": reporting, "protected": protected},
        reason="" if len(table) else nothing_found(reporting, protected),
        sentences=f"{__name__}:found",
        heads={"found": "found_there"},
        options={"columns": _SHOWN},
    )


def nothing_found(reporting: int, protected: int = 0) -> Note:
    """What to say of a file without findings."""
    if not reporting:
        return Note("No errors and no warnings; nothing is reported yet")
    if protected:
        text = N_("No errors and no warnings; {n} municipalities report, figures of one or two persons: {protected}")
        return Note(text, n=reporting, protected=protected)
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
    if result.facts["protected"]:
        text = N_("Figures of one or two persons, and what gives them away: {n}; they are not shown (secrecy).")
        said.append(translate(text, lang, n=result.facts["protected"]))
    return said


def _check_new(path: str | Path, what: str) -> None:
    """Refuse to write over a file that is there, before any work is done."""
    check_ending(path, ".xlsx", what, "Let its name end so.")
    if not Path(path).parent.is_dir():
        message = f"{what} is written into a folder that exists; found none at {Path(path).parent}. Make it first."
        raise FileFormatError(message)
    if Path(path).exists():
        message = f"{what} never overwrites a file; {Path(path).name} exists. Choose another name, or remove it."
        raise FileFormatError(message)


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
