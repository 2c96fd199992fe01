"""Statistical secrecy: counts of one or two persons, and what gives them away, lose their value in the returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.returns.columns import COUNTS, NUMBERS, TABLES, Column, table
from optkommunen.values import KEY

PROTECTED = "protected"
"""Column of protected returns: which figures of the row lost their value; also the marker of such a figure."""

SUPPRESSED = "suppressed"
"""Status of a protected figure, and of what would be computed from it."""

BETWEEN = "; "
"""Between their names; a head may hold a comma."""

FEWEST = 3
"""Cases that a figure is of, at least."""

_BESIDE = {KEY, "period", "service", "status", "note", PROTECTED}
"""Columns that say what a row is about."""


def protect(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Returns whose figures of one or two persons, or cases, have no value, nor has what gives such a figure away.

    The rule is that of the public statistics of the Bundesagentur für Arbeit (§ 281 Abs. 3 SGB III with § 16 BStatG),
    as the foot of its tables states it: numbers of 1 or 2, and data from which such a number can be worked out, are
    not shown. Applied to the columns of the returns:

    1. a count of 1 or 2;
    2. a part that differs by 1 or 2 from one of its wholes: whole minus part would be such a count;
    3. every part of a protected count: otherwise the rule itself would tell the whole (who sees 6 recorded of 10 in
       need knows that 9 were served, because of 8 the 6 would have been protected too);
    4. a mean or an amount whose number of persons is protected (column ``of`` of the table of columns): that of less
       than three persons is nearly each one's own;
    5. in the annual table, the figures of a year whose months are protected in a column of that name, or in eHb for
       costs: year minus the other months would be the month;
    6. a row that the file itself calls ``suppressed``, throughout;
    7. of a further column, which no table of columns describes: a count of 1 or 2; one whose complement to a whole is,
       where its name says what it is part of (``aktivierte_over50`` of ``aktivierte``, of ``ehb_over50`` and ``ehb``);
       and every figure in a row with a protected one, since nobody knows how they hang together.

    Zeros stay: they are of nobody, and the public practice shows them too. Staff is not protected (it is no count of
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
    hidden: dict[str, pd.DataFrame] = {}
    for name in TABLES[:3]:
        if name in tables:
            months = None
            if name == "annual" and "monthly" in hidden:
                months = _of_years(tables[name], tables["monthly"], hidden["monthly"])
            hidden[name] = _hidden(tables[name], table(name).columns, months)
    return dict(tables) | {name: _without(tables[name], cells) for name, cells in hidden.items()}


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
    wanted = set(columns)
    places, texts = pd.factorize(rows[PROTECTED].fillna(""))
    return np.array([not wanted.isdisjoint(_named(text)) for text in texts], dtype=bool)[places]


def protected_columns(rows: pd.DataFrame) -> list[list[str]]:
    """Columns that lost their value, for each row; none in returns without secrecy."""
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


def _hidden(frame: pd.DataFrame, columns: Mapping[str, Column], months: pd.DataFrame | None) -> pd.DataFrame:
    """Which cells of a table lose their value; `months`: which monthly columns are protected in the year of a row."""
    known = [name for name, column in columns.items() if column.kind in NUMBERS and name in frame]
    other = [str(name) for name in frame if name not in columns and name not in _BESIDE]
    further = [name for name in other if _is_number(frame[name])]
    values = frame[[*known, *further]].astype("float64")
    before = pd.DataFrame({name: is_protected(frame, [name]) for name in [*known, *further]}, index=frame.index)
    hidden = before.apply(lambda cells: cells | frame["status"].eq(SUPPRESSED))
    if months is not None:
        for name in [name for name in [*known, *further] if name in months]:
            hidden[name] |= months[name]
    wholes = {name: [whole for whole in _wholes(name, columns) if whole in known] for name in known}
    counts = [name for name in known if columns[name].kind in COUNTS]
    for name in sorted(counts, key=lambda name: len(wholes[name])):  # a whole before its parts
        hidden[name] |= _few(values[name])
        for whole in wholes[name]:
            hidden[name] |= (hidden[whole] | _few(values[whole] - values[name])) & values[name].ne(0)
    for name in known:
        of = columns[name].of
        if of in hidden:
            unknown = values[of].isna() & hidden[wholes[of]].any(axis=1)
            hidden[name] |= hidden[of] | unknown
        elif months is not None and of in months:
            hidden[name] |= months[of]
    own = [name for name in further if values[name].dropna().mod(1).eq(0).all()]
    for name in own:
        there = [whole for whole in _named_wholes(name, counts, columns) if whole in (*counts, *own)]
        beside = values[there].sub(values[name], axis=0)
        hidden[name] |= _few(values[name]) | (_few(beside).any(axis=1) & values[name].ne(0))
    some = hidden.any(axis=1)
    for name in further:
        hidden[name] |= some & values[name].ne(0)
    return (hidden & values.notna()) | before


def _few(values: pd.DataFrame | pd.Series) -> Any:
    """Whether a count is of some, and of fewer than the least that may be shown."""
    return (values > 0) & (values < FEWEST)


def _wholes(name: str, columns: Mapping[str, Column]) -> list[str]:
    """What a column is a part of, and what that is a part of."""
    whole = columns[name].part_of
    return [whole, *_wholes(whole, columns)] if whole else []


def _named_wholes(name: str, counts: Sequence[str], columns: Mapping[str, Column]) -> list[str]:
    """What a further column is part of, as its name says: of the count it begins with, and what that is part of."""
    found = []
    for stem in [stem for stem in counts if name.startswith(f"{stem}_")]:
        of = name.removeprefix(stem)
        found += [stem, *(each for whole in _wholes(stem, columns) for each in (whole, whole + of))]
    return found


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _of_years(years: pd.DataFrame, months: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """For each row of the annual table: which columns are protected in a month of its year."""
    year = months["period"].astype("str").str[:4]
    any_month = hidden.groupby([months[KEY], year]).any()
    rows = pd.MultiIndex.from_arrays([years[KEY], years["period"].astype("str")])
    return any_month.reindex(rows, fill_value=False).set_axis(years.index)


def _without(frame: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """The frame without the values of some cells, their columns named in each row."""
    left = {str(name): _emptied(frame[name], cells) for name, cells in hidden.items() if cells.any()}
    names, cells = hidden.columns.to_numpy(), hidden.to_numpy()
    named = pd.Series([BETWEEN.join(names[row]) if row.any() else "" for row in cells], frame.index, dtype="str")
    return frame.assign(**left, **{PROTECTED: named})


def _emptied(column: pd.Series, cells: pd.Series) -> pd.Series:
    """The column without some values, made anew: a masked array of integers keeps them under its mask."""
    left = column.astype("float64").mask(cells)
    return left.astype(column.dtype) if pd.api.types.is_extension_array_dtype(column.dtype) else left
