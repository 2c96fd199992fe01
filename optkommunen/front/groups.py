"""Rings in every form in which they are given: a frame, a mapping, a column, an answer of neighbours or types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from optkommunen.comparison.rings import neighbours_by_key, rings_by_key
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ComparisonError
from optkommunen.front.result import Result
from optkommunen.values import KEY, SYNTHETIC_KEYS, worst_of
from optkommunen.words import all_notes

FORMS = (
    "a frame of kommune and ring, with its status if you like; a mapping of municipality to ring; the name of a column "
    "of the table; or the answer of ok.neighbours or ok.types"
)


@dataclass(frozen=True, eq=False)
class Groups:
    """Who is compared with whom.

    Attributes
    ----------
    frame : DataFrame
        ``kommune, ring, status``; of neighbours ``kommune, neighbour, status``.
    note : str
        What a reader has to know of them; empty where they are observed.
    """

    frame: pd.DataFrame = field(repr=False)
    note: str = ""

    @property
    def nearest(self) -> bool:
        """Whether each has neighbours of its own in place of a ring."""
        return "neighbour" in self.frame


def groups(rings: Any, table: pd.DataFrame) -> Groups:
    """The rings asked for, by key, with their status.

    Parameters
    ----------
    rings : DataFrame, mapping, str, Result, list of these or None
        Of a list, everybody who is in one of them with a municipality is beside it; an answer without rings is left
        out, with its reason as note. None: the column ``ring`` of the table, else the reconstructed rings of the 69.
    table : DataFrame
        The values that are compared, by key.

    Raises
    ------
    ComparisonError
        Another form, a column that is not there, a unit in two rings, Musterkommunen without rings.
    UnknownUnitError, AmbiguousUnitError, ForeignUnitError
        As `keys_of`.

    Examples
    --------
    A name does as well as a key, and whoever draws a ring knows it:

    >>> table = pd.DataFrame({"kommune": ["05558", "06438"]})
    >>> groups({"Coesfeld": "west", "06438": "south"}, table).frame.to_numpy().tolist()
    [['05558', 'west', 'observed'], ['06438', 'south', 'observed']]
    """
    if isinstance(rings, (list, tuple)):
        return _together(rings, table)
    if isinstance(rings, Result):
        return _of_answer(rings)
    if rings is None:
        return _told(_default(table))
    if isinstance(rings, str):
        if rings not in table.columns:
            message = (
                f"Rings are {FORMS}; the table has no column {rings!r} (there: {', '.join(map(str, table.columns))})."
            )
            raise ComparisonError(message)
        return _told(_column(table, rings))
    if isinstance(rings, (Mapping, pd.Series)):
        series = pd.Series(rings, dtype=object)
        return _told(pd.DataFrame({KEY: list(series.index), "ring": series.to_numpy()}))
    if isinstance(rings, pd.DataFrame) and KEY in rings and "neighbour" in rings:
        return Groups(neighbours_by_key(rings))
    if isinstance(rings, pd.DataFrame) and {KEY, "ring"} <= set(rings.columns):
        return _told(rings)
    found = ", ".join(map(str, rings.columns)) if isinstance(rings, pd.DataFrame) else type(rings).__name__
    message = f"Rings are {FORMS}; found {found}. Rename the columns, or pass one of these."
    raise ComparisonError(message)


def _together(several: Sequence[Any], table: pd.DataFrame) -> Groups:
    """Who is with whom in one of several rings, and in which: ``kommune, neighbour, status, among``."""
    reasons = [one.reason for one in several if isinstance(one, Result) and one.reason]
    found = [groups(one, table) for one in several if not (isinstance(one, Result) and one.reason)]
    pairs = [one.frame.assign(among="neighbours") if one.nearest else _pairs(one.frame) for one in found]
    if not pairs:
        message = f"Of several rings one at least is needed; found {', '.join(map(str, reasons)) or 'none'}. Give one."
        raise ComparisonError(message)
    both = pd.concat(pairs).groupby([KEY, "neighbour"], as_index=False)
    frame = both.agg({"status": worst_of, "among": ", ".join})
    return Groups(frame, all_notes([*[one.note for one in found if one.note], *reasons]))


def _pairs(rings: pd.DataFrame) -> pd.DataFrame:
    """Members of the same ring, two by two."""
    others = rings[[KEY, "ring", "status"]].rename(columns={KEY: "neighbour"})
    pairs = rings[[KEY, "ring"]].merge(others, on="ring")
    return pairs.loc[pairs[KEY] != pairs["neighbour"], [KEY, "neighbour", "status"]].assign(among="ring")


def _default(table: pd.DataFrame) -> pd.DataFrame:
    if "ring" in table.columns:
        return _column(table, "ring")
    if table[KEY].isin(SYNTHETIC_KEYS).any():
        message = (
            "Musterkommunen have the rings of their returns, and the table has no column ring. Pass "
            "rings=returns.units, or another form."
        )
        raise ComparisonError(message)
    return reconstructed()


def _column(table: pd.DataFrame, column: str) -> pd.DataFrame:
    status = f"{column}_status"
    columns = [KEY, column, *([status] if status in table else [])]
    found = table[columns].drop_duplicates()
    return found.set_axis([KEY, "ring", *(["ring_status"] if status in table else [])], axis=1)


def _told(rings: pd.DataFrame) -> Groups:
    """Rings by key with their status, checked, and what a reader has to know of them."""
    from optkommunen.figures.notes import ring_note

    frame = rings_by_key(rings)
    return Groups(frame, ring_note(frame.rename(columns={"status": "ring_status"}), "en"))


def _of_answer(answer: Result) -> Groups:
    if answer.reason:
        message = f"Rings come from an answer that has some; {answer.name} says: {answer.reason}. Choose other rings."
        raise ComparisonError(message)
    if answer.name == "neighbours":
        return Groups(neighbours_by_key(answer.table))
    if answer.name == "types":
        table = answer.table
        frame = table[[KEY, "type", "status"]].rename(columns={"type": "ring"})
        return Groups(frame[frame["ring"] != ""].reset_index(drop=True), "")
    message = f"Rings are {FORMS}; found an answer of {answer.name}."
    raise ComparisonError(message)
