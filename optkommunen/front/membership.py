"""Who belongs where: rings in every form in which they are given, and name and ring of each row of a table."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optkommunen.comparison.rings import neighbours_by_key, rings_by_key
from optkommunen.data import store
from optkommunen.data.register import keys_of
from optkommunen.data.ring_rule import in_force, is_blank, reconstructed
from optkommunen.errors import ComparisonError
from optkommunen.front.given import names_of
from optkommunen.front.result import Result
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, REFERENCE, SYNTHETIC_KEYS, worst_of
from optkommunen.words import all_notes

FORMS = (
    "a frame of kommune and ring, with its status if you like; a mapping of municipality to ring; the name of a column "
    "of the table; or the answer of ok.neighbours or ok.types"
)
MEMBER = ("name", "ring", "ring_status")
GERMANY = "Deutschland"
"""Name of the reference row."""

By = str | Sequence[str] | pd.DataFrame | Mapping[str, str] | None
"""What rows are added up by; see ``ok.indicator``."""


@dataclasses.dataclass(frozen=True, eq=False)
class Groups:
    """Who is compared with whom.

    Attributes
    ----------
    frame : DataFrame
        ``kommune, ring, status``; of neighbours ``kommune, neighbour, status``.
    note : str
        What a reader has to know of them; empty where they are observed.
    """

    frame: pd.DataFrame = dataclasses.field(repr=False)
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
        return _checked(_default(table))
    if isinstance(rings, str):
        if rings not in table.columns:
            message = (
                f"Rings are {FORMS}; the table has no column {rings!r} (there: {', '.join(map(str, table.columns))})."
            )
            raise ComparisonError(message)
        return _checked(_column(table, rings))
    if isinstance(rings, (Mapping, pd.Series)):
        series = pd.Series(rings, dtype=object)
        keys = {name: key for key, name in names_of(table).items()}  # as the table names them, Musterkommunen too
        units = [keys.get(unit, unit) for unit in series.index]
        return _checked(pd.DataFrame({KEY: units, "ring": series.to_numpy()}))
    if isinstance(rings, pd.DataFrame) and KEY in rings and "neighbour" in rings:
        return Groups(neighbours_by_key(rings))
    if isinstance(rings, pd.DataFrame) and {KEY, "ring"} <= set(rings.columns):
        return _checked(rings)
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


def _checked(rings: pd.DataFrame) -> Groups:
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


def rings(returns: Returns | None = None, *, own: Any = None) -> pd.DataFrame:
    """Vergleichsring of each municipality, and how sure it is who is in it.

    Parameters
    ----------
    returns : Returns, optional
        ``ok.load_returns()`` or one's own; the 69 if None.
    own : DataFrame, mapping or Result, optional
        Rings of one's own: ``kommune, ring[, status]``, a mapping of key or name to ring, or the answer of
        ``ok.types``. Who is not among them keeps the ring it has, so that a single one can be put right.

    Returns
    -------
    DataFrame, columns ``kommune, name, ring, status``
        For the 69 the published rule, worked out here: ``estimated``, also for the eleven whose membership is published
        (``ok.municipalities()["published_ring"]``), since the other members of their ring are not. Returns that bring
        rings keep them: ``observed``, or what their column ``ring_status`` says, ``synthetic`` for Musterkommunen; who
        is in none has the ring ``""`` and the status ``missing``. Returns that bring none have those of the 69. Rings
        of one's own are ``observed`` unless they say otherwise.

    Raises
    ------
    ComparisonError
        Own rings in another form, or somebody in two of them.

    References
    ----------
    Kreis Coesfeld, SV-7-0669 (2007): the rule.

    Examples
    --------
    >>> rings()["status"].unique().tolist()
    ['estimated']
    >>> from optkommunen.returns.read import load_returns
    >>> rings(load_returns())["status"].unique().tolist()
    ['synthetic']
    >>> rings(own={"Coesfeld": "R-I"}).query("ring == 'R-I'")["status"].value_counts().to_dict()
    {'estimated': 10, 'observed': 1}
    """
    known = in_force(None if returns is None else returns.units)
    if own is None:
        return known
    given = groups(own, known)
    if given.nearest:
        message = "Rings are groups in which each municipality is once; found neighbours. Pass these to ok.compare."
        raise ComparisonError(message)
    mine = given.frame.set_index(KEY)[["ring", "status"]]
    for column in ("ring", "status"):
        known[column] = known[KEY].map(mine[column]).fillna(known[column])
    return known


def members(data: object = None) -> pd.DataFrame:
    """Name, ring and its status by key: of returns, of a frame with key (and its own ring, if it has one), or the 69.

    Examples
    --------
    >>> members().loc["06438"].tolist()
    ['Offenbach (Landkreis)', 'R-I', 'estimated']
    """
    units = getattr(data, "units", None)
    if units is not None:
        return _by_key(in_force(units))
    if not isinstance(data, pd.DataFrame):
        return _of_the_69()
    if KEY in data.columns and data[KEY].isin(SYNTHETIC_KEYS).any():
        known = _by_key(in_force(store.table("musterkommunen_units")))
    else:
        known = _of_the_69()
    if KEY in data.columns and "ring" in data.columns:
        own = data[[c for c in (KEY, "ring", "ring_status") if c in data.columns]].drop_duplicates(KEY)
        ring = _by_key(in_force(own.assign(name=own[KEY].map(known["name"]).fillna(""))))
        known = ring.combine_first(known)
    return known


def with_members(table: pd.DataFrame, data: object = None, *, source: str | None = None) -> pd.DataFrame:
    """A table by municipality with name, ring and its status behind the key, and the source as last column.

    Parameters
    ----------
    table : DataFrame
        With ``kommune``; sums of groups have none and only get the source.
    data : as in `members`.
    source : str, optional
        Text for column ``source``; that of the table stays if None.
    """
    if source is not None:
        table = table.assign(source=source)
    if KEY not in table.columns:
        return table
    known = members(data)
    codes, keys = pd.factorize(table[KEY])
    place = known.index.get_indexer(keys)
    columns = {}
    for name in MEMBER:
        words = known[name].to_numpy(dtype=object)
        # who is not known has the key as name; the reference row is in no ring
        without = [{REFERENCE: GERMANY}.get(key, key) if name == "name" else "" for key in keys]
        found = [words[at] if at >= 0 else other for at, other in zip(place, without, strict=True)]
        columns[name] = pd.array(found, dtype="str").take(codes)
    rest = {name: table[name] for name in table.columns if name not in (KEY, *MEMBER)}
    return pd.DataFrame({KEY: table[KEY], **columns, **rest}, index=table.index)


def with_rings(data: object) -> object:
    """Returns whose units are in rings: where they bring none, in those in force."""
    if not isinstance(data, Returns):
        return data
    if "ring" in data.units.columns and not is_blank(data.units["ring"]).all():
        return data
    found = in_force(data.units)
    units = data.units.assign(ring=found["ring"].array, ring_status=found["status"].array)
    return dataclasses.replace(data, units=units)


def groups_of(by: By) -> str | Sequence[str] | pd.DataFrame | None:
    """Groups as the indicators take them: a mapping of key or name to group is a frame."""
    if isinstance(by, Mapping):
        return pd.DataFrame({KEY: keys_of(list(by)), "ring": list(by.values())})
    return by


def _by_key(found: pd.DataFrame) -> pd.DataFrame:
    # who is in no ring has no status of it
    status = found["status"].where(found["ring"] != "", "")
    return found.assign(ring_status=status).set_index(KEY)[list(MEMBER)]


@functools.cache
def _of_the_69() -> pd.DataFrame:
    return _by_key(in_force())
