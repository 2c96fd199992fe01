"""Who the rows of a table are of: name, ring and how sure the ring is, as columns that survive every merge."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optkommunen.data import store
from optkommunen.data.register import keys_of
from optkommunen.data.ring_rule import in_force, is_blank
from optkommunen.errors import ComparisonError
from optkommunen.front.groups import groups
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, REFERENCE, SYNTHETIC_KEYS

MEMBER = ("name", "ring", "ring_status")
GERMANY = "Deutschland"
"""Name of the reference row."""

By = str | Sequence[str] | pd.DataFrame | Mapping[str, str] | None
"""What rows are added up by; see ``ok.indicator``."""


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
