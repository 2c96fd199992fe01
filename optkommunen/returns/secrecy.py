"""Statistical secrecy: counts of one or two persons, and what gives them away, lose their value in the returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.returns.columns import COUNTS, NUMBERS, TABLES, Column, table
from optkommunen.values import KEY

Secrecy = Literal["on", "off"]
"""Whether figures of one or two persons, and what gives them away, lose their value."""

PROTECTED = "protected"
"""Column of protected returns: which figures of the row lost their value; also the marker of such a figure."""

SUPPRESSED = "suppressed"
"""Status of a protected figure, and of what would be computed from it."""

BETWEEN = "; "
"""Between their names; a head may hold a comma, and its semicolons become commas there."""

FEWEST = 3
"""Cases that a figure is of, at least."""

_NUMBERS = {name: column for sheet in TABLES for name, column in table(sheet).columns.items() if column.kind in NUMBERS}
"""The figures that returns hold, whatever sheet they stand in."""


def protect(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns whose figures of one or two persons, or cases, have no value, nor has what gives such a figure away.

    The rule is that of the public statistics of the Bundesagentur für Arbeit (§ 281 Abs. 3 SGB III with § 16 BStatG),
    as the foot of its tables states it: numbers of 1 or 2, and data from which such a number can be worked out, are
    not shown. Applied to the columns of the returns:

    1. a count of 1 or 2;
    2. a part that differs by 1 or 2 from one of its wholes: whole minus part would be such a count. What is part of two
       (``aktivierte_u25`` of ``aktivierte`` and of ``ehb_u25``) also where 1 or 2 are left of the whole that these have
       in common (eHb of 25 and over who are not activated), even if it is zero itself, and where both are protected
       (that one of each has nobody in common with the other says that the whole is two);
    3. every part of a protected count: otherwise the rule itself would tell the whole (who sees 6 recorded of 10 in
       need knows that 9 were served, because of 8 the 6 would have been protected too);
    4. a mean or an amount whose number of persons is protected (column ``of`` of the table of columns): that of less
       than three persons is nearly each one's own;
    5. in the annual table, the figures of a year of which a month or a service is protected in a column of that name,
       or in eHb for costs: year minus the other months would be the month;
    6. a row that the file itself calls ``suppressed``, throughout;
    7. a further column, which the sheet has not in the table of columns: a count (a whole number) by 1 to 3, part of
       what its name says: ``eingliederungen_u25`` in any sheet as in the monthly one, ``aktivierte_over50`` of
       ``aktivierte``, of ``ehb_over50`` and ``ehb``; and every figure in a row with a protected one, since nobody knows
       how they hang together.

    Other zeros stay: they are of nobody, and the public practice shows them too. Eingliederungen and sanctions are
    events: one person may have several, so they are no part of the eHb. Staff is not protected (it is no count of
    benefit recipients), nor are units, free text in ``note``, or sums of several further columns.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``monthly, annual, services`` (those that there are); others come back as they are.

    Returns
    -------
    dict of str to DataFrame
        The same rows and columns, and ``protected``: names of the columns that lost their value, ``"; "`` between
        them, empty where none did. A value is missing there; `is_protected` tells it from one not reported.

    References
    ----------
    Statistik der Bundesagentur für Arbeit, Statistische Geheimhaltung: rechtliche Grundlagen und fachliche Regeln.
    Hundepool et al. 2012, Statistical Disclosure Control (primary and secondary suppression).

    Examples
    --------
    Of 50 Eingliederungen, 49 of under 25 would say that one was not; none at all gives nobody away:

    >>> months = pd.DataFrame({"kommune": "05558", "period": ["2008-01", "2008-02", "2008-03"], "status": "observed",
    ...                        "eingliederungen": [50, 50, 50], "eingliederungen_u25": [49, 0, 12]})
    >>> protect({"monthly": months})["monthly"][["eingliederungen_u25", "protected"]].to_numpy().tolist()
    [[nan, 'eingliederungen_u25'], [0.0, ''], [12.0, '']]

    What is protected stays as it is when it is protected again:

    >>> once = protect({"monthly": months})
    >>> once["monthly"].equals(protect(once)["monthly"])
    True
    """
    protected: dict[str, pd.DataFrame] = {}
    for name in ("monthly", "services", "annual"):  # the year last: it is the sum of the others
        if name in tables:
            within = [_of_years(tables[name], tables[other], cells) for other, cells in protected.items()]
            protected[name] = _protected(tables[name], table(name).columns, within if name == "annual" else [])
    return dict(tables) | {name: _without(tables[name], cells) for name, cells in protected.items()}


def is_protected(rows: pd.DataFrame, columns: Iterable[str]) -> np.ndarray:
    """Whether one of some columns lost its value to secrecy, for each row of the returns.

    Examples
    --------
    >>> rows = pd.DataFrame({"protected": ["sanktionen; sanktionen_u25", "", None]})
    >>> is_protected(rows, ["sanktionen_u25"]).tolist(), is_protected(rows, ["bg"]).tolist()
    ([True, False, False], [False, False, False])
    """
    if PROTECTED not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    wanted = {_spelt(name) for name in columns}
    places, texts = pd.factorize(rows[PROTECTED].fillna(""))
    return np.array([not wanted.isdisjoint(_named(text)) for text in texts], dtype=bool)[places]


def protected_columns(rows: pd.DataFrame) -> list[list[str]]:
    """Columns that lost their value, for each row, as ``protected`` spells them; none in returns without secrecy."""
    texts = rows[PROTECTED].fillna("") if PROTECTED in rows.columns else [""] * len(rows)
    return [_named(text) for text in texts]


def count_protected(tables: Mapping[str, pd.DataFrame]) -> int:
    """How many figures of some tables lost their value.

    Examples
    --------
    >>> count_protected({"monthly": pd.DataFrame({"protected": ["bg; persons", ""]}), "units": pd.DataFrame()})
    2
    """
    return sum(len(names) for rows in tables.values() for names in protected_columns(rows))


def _named(text: str) -> list[str]:
    return [name for name in text.split(BETWEEN) if name]


def _spelt(name: str) -> str:
    return name.replace(BETWEEN.strip(), ",")


def _protected(frame: pd.DataFrame, columns: Mapping[str, Column], within: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Which cells of a table lose their value; `within`: what is protected in the year of a row, in another table."""
    there = [str(name) for name in frame]
    known = [name for name in there if name in columns and columns[name].kind in NUMBERS]
    further = [name for name in there if name not in (*columns, PROTECTED) and _is_number(frame[name])]
    values = frame[[*known, *further]].astype("float64")
    before = pd.DataFrame({name: is_protected(frame, [name]) for name in [*known, *further]}, index=frame.index)
    protected = before.apply(lambda cells: cells | frame["status"].eq(SUPPRESSED))
    for cells in within:
        for name in cells.columns.intersection(protected.columns):
            protected[name] |= cells[name]
    counted = [*(name for name in known if columns[name].kind in COUNTS), *further]
    counts = values[counted].where(values[counted].mod(1).eq(0))
    wholes = {name: [whole for whole in _wholes(name) if whole in counts] for name in counted}
    for name in sorted(counted, key=lambda name: len(wholes[name])):  # a whole before its parts
        protected[name] |= _few(counts[name])
        for whole in wholes[name]:
            protected[name] |= (protected[whole] | _few(counts[whole] - counts[name])) & values[name].ne(0)
        for one, other in [pair for pair in _crossed(name) if {*pair} <= {*counted}]:
            filled = counts[[one, other]].gt(0).all(axis=1)
            protected[name] |= filled & protected[one] & protected[other]
            for whole in [whole for whole in wholes[one] if whole in wholes[other]]:
                neither = counts[whole] - counts[one] - counts[other] + counts[name]
                protected[name] |= filled & _few(neither) & ~protected[[one, other, whole]].any(axis=1)
    for name in [name for name in [*known, *further] if name in _NUMBERS]:
        of = _NUMBERS[name].of
        if of in counts:
            protected[name] |= protected[of] | (values[of].isna() & protected[wholes[of]].any(axis=1))
        for cells in within:
            if of in cells:
                protected[name] |= cells[of]
    some = protected.any(axis=1)
    for name in further:
        protected[name] |= some & values[name].ne(0)
    return (protected & values.notna()) | before


def _few(values: pd.DataFrame | pd.Series) -> Any:
    """Whether a count is of some, and of fewer than the least that may be shown."""
    return (values > 0) & (values < FEWEST)


def _part_of(name: str) -> list[tuple[str, ...]]:
    """What a column is a part of; a further one is of the count that its name begins with, and of what this is of."""
    if name in _NUMBERS:
        return [_NUMBERS[name].part_of]
    stems = [stem for stem, column in _NUMBERS.items() if column.kind in COUNTS and name.startswith(f"{stem}_")]
    return [(stem, *(whole + name.removeprefix(stem) for whole in _wholes(stem))) for stem in stems]


def _wholes(name: str) -> list[str]:
    """What a column is a part of, and what that is a part of."""
    found = [whole for wholes in _part_of(name) for whole in wholes]
    return list(dict.fromkeys([*found, *(above for whole in found for above in _wholes(whole))]))


def _crossed(name: str) -> list[tuple[str, str]]:
    """Pairs of columns of which a column is what they have in common."""
    return [(wholes[0], other) for wholes in _part_of(name) for other in wholes[1:]]


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _of_years(years: pd.DataFrame, rows: pd.DataFrame, protected: pd.DataFrame) -> pd.DataFrame:
    """For each row of the annual table: which columns of another are protected in its year."""
    year = rows["period"].astype("str").str[:4]
    any_of_year = protected.groupby([rows[KEY], year]).any()
    places = pd.MultiIndex.from_arrays([years[KEY], years["period"].astype("str")])
    return any_of_year.reindex(places, fill_value=False).set_axis(years.index)


def _without(frame: pd.DataFrame, protected: pd.DataFrame) -> pd.DataFrame:
    """The frame without the values of some cells, their columns named in each row."""
    left = {str(name): _emptied(frame[name], cells) for name, cells in protected.items() if cells.any()}
    names, cells = np.array([_spelt(str(name)) for name in protected]), protected.to_numpy()
    named = pd.Series([BETWEEN.join(names[row]) if row.any() else "" for row in cells], frame.index, dtype="str")
    return frame.assign(**left, **{PROTECTED: named})


def _emptied(column: pd.Series, cells: pd.Series) -> pd.Series:
    """The column without some values, made anew: a masked array of integers keeps them under its mask."""
    left = column.astype("float64").mask(cells)
    return left.astype(column.dtype) if pd.api.types.is_extension_array_dtype(column.dtype) else left
