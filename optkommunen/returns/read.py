"""Returns of the municipalities: the bundled invented set, or a researcher's own workbook or CSV files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.data import store
from optkommunen.data.register import resolve
from optkommunen.errors import FileFormatError, OptkommunenError, UnknownUnitError
from optkommunen.returns.breaks import CHANGED, breaks_of
from optkommunen.returns.check import named, read
from optkommunen.returns.columns import TABLES, table, title_of
from optkommunen.returns.declarations import answer, declared_in, without_totals
from optkommunen.returns.findings import Finding
from optkommunen.returns.grid import files_of, parts_of
from optkommunen.returns.secrecy import PROTECTED, Secrecy, count_protected, protect
from optkommunen.values import KEY, SYNTHETIC, span_of
from optkommunen.words import N_, language, translate, translate_plural

_HASH = re.compile(r" \((?:protected, )?sha256 [0-9a-f]+\)(?=;|$)")


@dataclass(frozen=True, eq=False, repr=False)
class Returns:
    """Returns of municipalities as four tidy tables, each with ``kommune`` and ``status``.

    Attributes
    ----------
    monthly : one row for each municipality and month; counts.
    annual : one row for each municipality and year; staff and cost.
    services : one row for each municipality, year and service.
    units : one row for each municipality; name, ring, Land and context, empty where not known.
    source : where they come from: the bundled set, or name and hash of the file.
    declarations : what the municipalities declare (`optkommunen.returns.declarations.declared_in`).
    warnings : what the check asks to look at.

    Real ones are protected unless one asks otherwise (`load_returns`, `protected`): their tables then have a column
    ``protected``, which names the figures of the row that lost their value.
    """

    monthly: pd.DataFrame
    annual: pd.DataFrame
    services: pd.DataFrame
    units: pd.DataFrame
    source: str = ""
    declarations: pd.DataFrame = field(default_factory=lambda: declared_in(None)[0])
    warnings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        """Who reports, for which years, where it comes from."""
        who = "Musterkommunen (invented)" if self.synthetic else "of the 69"
        spans = (f"{name} {span_of(getattr(self, name)['period'])}" for name in TABLES[:3] if len(getattr(self, name)))
        reported = ", ".join(spans) or "nothing reported yet"
        asked = f"; {len(self.warnings)} warnings" if self.warnings else ""
        protected = f"; {self.n_protected} figures protected" if self.n_protected else ""
        return f"Returns: {len(self.units)} {who}, {reported}; source {self.source}{asked}{protected}"

    def caveats(self, lang: str | None = None) -> list[str]:
        """What a reader of these returns has to know: what is protected, warnings of the check, what is declared.

        Parameters
        ----------
        lang : {"de", "en"}, optional
            None: the session's.

        Returns
        -------
        list of str
            Sentences; none for the bundled set.

        Examples
        --------
        >>> load_returns().caveats()
        []
        """
        if self.synthetic:
            return []
        said = []
        if self.n_protected:
            said.append(
                translate_plural(
                    "Secrecy: {n} figure is not shown, because it is of one or two persons or would give such a "
                    "figure away.",
                    "Secrecy: {n} figures are not shown, because they are of one or two persons or would give such a "
                    "figure away.",
                    self.n_protected, lang,
                )
            )  # fmt: skip
        elif PROTECTED not in self.monthly and self.protected().n_protected:
            said.append(
                translate("Without secrecy: figures of one or two persons are shown; not to be handed on.", lang)
            )
        if self.warnings:
            text = N_("The check asks to look at {n} things, first: {first}")
            said.append(translate(text, lang, n=len(self.warnings), first=self.warnings[0].sentence(lang)))
        for name, question in table("declarations").columns.items():
            answers = answer(self.declarations, name)
            silent = len(set(self.units[KEY]) - set(answers))
            if name != CHANGED and silent:
                text = N_("Not declared by {n} of {all}: {question}.")
                what = question.title[language(lang)]
                said.append(translate(text, lang, n=silent, all=len(self.units), question=what))
        return [*said, *self._said_of_breaks(lang)]

    def _said_of_breaks(self, lang: str | None) -> list[str]:
        """Whose recording system, or what is counted, changed when; and what follows."""
        breaks, said = self.breaks, []
        changed = breaks["item"] == CHANGED
        for text, rows in (
            (N_("Recording system changed: {changes}."), breaks[changed]),
            (N_("What is counted changed: {changes}."), breaks[~changed]),
        ):
            told = [
                f"{key} {month}" + ("" if item == CHANGED else f" ({title_of(str(item), lang)})")
                for key, month, item in rows[[KEY, "period", "item"]].itertuples(index=False)
            ]
            said += [translate(text, lang, changes=", ".join(told))] if told else []
        if said:
            text = N_("Years before such a break enter neither the mean of years nor ω² of that municipality.")
            said.append(translate(text, lang))
        return said

    @property
    def breaks(self) -> pd.DataFrame:
        """Months from which a municipality counts otherwise than before: declared, or told by its files.

        Figures of a development mark them, the column ``note`` of an indicator names them, and the years before enter
        neither its mean of years nor ω² (`optkommunen.returns.breaks.breaks_of`).

        Examples
        --------
        >>> load_returns().breaks.columns.tolist()
        ['kommune', 'period', 'item', 'note']
        """
        return breaks_of(self.declarations)

    @property
    def synthetic(self) -> bool:
        """Whether the municipalities are invented; then every figure and table carries the mark."""
        return bool(self.units["status"].eq(SYNTHETIC).any())

    @property
    def n_protected(self) -> int:
        """How many figures lost their value to secrecy.

        Examples
        --------
        >>> load_returns().n_protected
        0
        """
        return count_protected({name: getattr(self, name) for name in TABLES[:3]})

    def protected(self) -> Returns:
        """These returns without figures of one or two persons and what gives them away; see `secrecy.protect`.

        Left out are also control totals of the declarations (a total less the other months is the month), warnings of
        the check (they quote figures; `load_returns` makes them of what is left), and the sha256 of the file, which
        would confirm a guess: that of the protected tables takes its place. Nothing leads back to the figures. Invented
        returns are protected too if they are asked for it; `load_returns` leaves them as they are.

        Examples
        --------
        One or two are nowhere, and zeros stay:

        >>> returns = load_returns()
        >>> sanctions = returns.protected().monthly["sanktionen_u25"]
        >>> bool(sanctions.isin([1, 2]).any()), bool((sanctions.eq(0) == returns.monthly["sanktionen_u25"].eq(0)).all())
        (False, True)
        """
        tables: dict[str, Any] = protect({name: getattr(self, name) for name in TABLES})
        source = _of_protected(self.source, tables)
        return replace(self, **tables, source=source, declarations=without_totals(self.declarations), warnings=())

    @property
    def further(self) -> dict[str, tuple[str, ...]]:
        """Columns that only these files have, by table; an indicator of one's own may be made of them.

        Examples
        --------
        >>> load_returns().further
        {}
        """
        known = {name: {*columns_of(name), "note", "ring_status", PROTECTED} for name in TABLES}
        found = {name: tuple(c for c in getattr(self, name).columns if c not in known[name]) for name in TABLES}
        return {name: columns for name, columns in found.items() if columns}

    def only(self, kommunen: Iterable[str]) -> Returns:
        """The returns of some municipalities.

        Raises
        ------
        UnknownUnitError
            If one of them has no returns.

        Examples
        --------
        >>> load_returns().only(["M01", "M02"]).units["kommune"].tolist()
        ['M01', 'M02']
        """
        wanted = set(kommunen)
        absent = sorted(wanted - set(self.units[KEY]))
        if absent:
            message = f"Only who reports can be selected; no returns of {', '.join(absent)}. See the table units."
            raise UnknownUnitError(message)
        tables = {name: getattr(self, name) for name in TABLES}
        changed: dict[str, Any] = {name: table[table[KEY].isin(wanted)] for name, table in tables.items()}
        declared = self.declarations[self.declarations[KEY].isin(wanted)]
        return replace(self, **changed, declarations=declared)

    def replace(self, **tables: pd.DataFrame) -> Returns:
        """These returns with another table: ``monthly, annual, services`` or ``units``.

        Examples
        --------
        >>> returns = load_returns()
        >>> nobody = returns.replace(services=returns.services.assign(served=0))
        >>> int(nobody.services["served"].sum()), nobody.units.equals(returns.units)
        (0, True)
        """
        changed: dict[str, Any] = dict(tables)
        return replace(self, **changed)

    def find(self, name: str) -> str:
        """Key of the municipality of a key or name, which must be among the returns.

        Raises
        ------
        UnknownUnitError
            If nobody here has that key or name. For the 69 names are taken as `register.resolve` takes them, with
            its errors.

        Examples
        --------
        >>> load_returns().find("Musterkommune 14"), load_returns().find("M14")
        ('M14', 'M14')
        """
        keys = self.units.set_index("name")[KEY]
        key = keys.get(name, name)
        if not self.synthetic:
            key = resolve(key)
        if key not in set(keys):
            message = (
                f"Only who reports can be looked at; no returns of {name!r}. {len(keys)} report, from {keys.iloc[0]} "
                f"({keys.index[0]}) to {keys.iloc[-1]} ({keys.index[-1]}): see the table units."
            )
            raise UnknownUnitError(message)
        return str(key)


def load_returns(
    path: str | Path | Iterable[str | Path] | None = None,
    *,
    secrecy: Secrecy = "on",
    official: Mapping[str, pd.DataFrame] | None = None,
) -> Returns:
    """Monthly and annual returns and the services: the bundled invented set, or one's own.

    **Definition:** monthly stocks (BG, persons, eHb, under 25, with earned income, in activation) and events
    (Eingliederungen, sanctions); staff and cost of the year; for each of the five flankierende Leistungen need,
    persons served, waiting time, what is agreed and recorded, spending. Each column: data dictionary, tables
    ``musterkommunen_*``.
    **Bundled:** 69 invented Musterkommunen, 2006–2008 (services from 2005), drawn from a seed with known truth
    (`load_truth`); status ``synthetic`` in every row, because no real returns are public.
    **Own files:** a workbook (.xlsx), a folder or a list of CSV files (``;``, ``,`` or tab; decimal comma or point),
    with the tables ``monthly, annual, services`` and, if wanted, ``units``; who has only some of them works with
    these. A table is known by the name of its sheet or by its heads, in German or English, with titles above them or
    not; a row for each figure or a column for each month will do. ``ok.template`` writes an empty workbook.
    **Several years:** a list of workbooks or folders, in any order, becomes one set of returns. A figure that stands
    in two files must be the same in both; a cell that is empty in one takes the value of the other. A change of the
    recording system (declared), or of what a municipality declares from one file to the next, is a break:
    ``returns.breaks``. CSV files of one list that lie in one folder belong together; a second file of a table begins
    another return.
    **Checked:** every error is found in one reading (``ok.check_returns``), and nothing is loaded while there is one.
    Warnings (figures that can hardly be, columns that are not there) travel with the returns.
    **Further columns** of numbers are kept and named in ``returns.further``, for indicators of one's own
    (``ok.define``); the table ``units`` may also hold text (a region), and ``ring_status``. A ``note`` says why a row
    may not enter. A head that is nearly that of a known column is refused as misspelt.
    **Units:** all of the 69 (name or key as admitted; not all must report), or all Musterkommunen; never both. For
    the 69, names and Länder come from the register, ring and context stay empty unless the table ``units`` gives them.
    **Status:** rows of the 69 are ``observed``, or what their column ``status`` says; Musterkommunen are always
    ``synthetic``, and a row that calls itself synthetic is refused beside a real key.
    **Missing:** a cell may be empty: the value is missing (not zero), and what is computed from it carries the status
    ``missing``.
    **Secrecy:** of the 69, figures of one or two persons and what gives them away have no value (`secrecy.protect`), so
    that everything made of the returns can be handed on; ``returns.n_protected`` says how many. Musterkommunen are
    invented and need none.
    **Area status:** as admitted; also after a Kreis reform the return is of the old area.
    **Licence:** bundled MIT; your own files stay yours and are only read.

    Parameters
    ----------
    path : str, Path, list of these or None, default None
        Workbook, folder, or CSV files; several of these, such as one of each year; the bundled set if None.
    secrecy : {"on", "off"}, default "on"
        Whether figures of one or two persons lose their value; ``"off"`` for work that nobody else sees.
    official : mapping of str to DataFrame, optional
        Official figures that eHb and persons are held against, see `check.read`.

    Returns
    -------
    `Returns`
        ``monthly`` (bundled: 2484 × 14), ``annual`` (207 × 10), ``services`` (1380 × 12), ``units`` (69 × 20). Counts
        are Int64, so that a missing one stays missing.

    Raises
    ------
    FileFormatError
        There is an error in the file: how many, the first of them with file, sheet, cell, rule and way out, and the
        command that lists all.
    OptkommunenError
        Secrecy is neither on nor off.

    Examples
    --------
    >>> returns = load_returns()
    >>> returns.synthetic, returns.monthly["kommune"].nunique(), returns.monthly["period"].max()
    (True, 69, '2008-12')
    >>> bool((returns.monthly["ehb_u25"] <= returns.monthly["ehb"]).all())
    True
    """
    if secrecy not in ("on", "off"):
        message = f"Secrecy is 'on' or 'off'; found {secrecy!r}. Give one of them."
        raise OptkommunenError(message)
    if path is None:
        tables: dict[str, Any] = {name: store.table(f"musterkommunen_{name}") for name in TABLES}
        return Returns(**tables, source="optkommunen.synthetic")
    path = path if isinstance(path, str | Path) else list(path)
    reading = read(path, official, secrecy=secrecy)
    if reading.errors:
        errors, warnings = len(reading.errors), len(reading.warnings)
        message = (
            f"Returns are loaded when they have no errors; found {errors} (and warnings: {warnings}):\n"
            f"{named(reading.errors)}\nAll of them: optkommunen check FILE, or ok.check_returns(FILE)."
        )
        raise FileFormatError(message)
    tables = dict(reading.tables)
    return Returns(
        **tables,
        source=_of_protected(_named_with_hash(path), tables),
        declarations=reading.declarations,
        warnings=tuple(reading.warnings),
    )


def load_truth() -> dict[str, Any]:
    """The truth behind the bundled Musterkommunen: effects, estimands, expected rates.

    **Definition:** what generated the set; by coefficient the value an unbiased estimator finds on average, on the
    logarithm of the rate and as average marginal effect with its weights.
    **Source:** `optkommunen.synthetic`. **Licence:** MIT.

    Returns
    -------
    dict
        See the data dictionary, table ``musterkommunen_truth``.

    Examples
    --------
    The index of all five coverages carries the sum of the effects of the five services:

    >>> estimands = load_truth()["estimands"]
    >>> services = [value["log_rate"] for name, value in estimands.items() if name.startswith("coverage_")]
    >>> len(services), round(sum(services), 6) == estimands["provision_index"]["log_rate"]
    (5, True)
    """
    return json.loads(store.verified_path("musterkommunen_truth").read_text(encoding="utf-8"))


def columns_of(table: str) -> tuple[str, ...]:
    """Columns that a table of the returns has in any case.

    Examples
    --------
    >>> columns_of("annual")[:2]
    ('kommune', 'period')
    """
    return tuple(field["name"] for field in store.resource(f"musterkommunen_{table}")["schema"]["fields"])


def _named_with_hash(path: str | Path | Iterable[str | Path]) -> str:
    """Names of the files and the first digits of the sha256 of their bytes, so that a figure says what it shows."""
    named = []
    for part in parts_of(path):
        files = sorted(files_of(part)[0])
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        named.append(f"{', '.join(file.name for file in files)} (sha256 {digest[:12]})")
    return "; ".join(named)


def _of_protected(source: str, tables: Mapping[str, pd.DataFrame]) -> str:
    """Source with the sha256 of the protected tables, if something is protected: that of the file confirms guesses."""
    if not count_protected(tables):
        return source
    text = "".join(tables[name].to_csv(index=False) for name in TABLES)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{_HASH.sub('', source)} (protected, sha256 {digest[:12]})"
