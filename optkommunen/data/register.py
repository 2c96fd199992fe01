"""The 69 Optionskommunen: register, look-up by any name or key in use, and the rule that only they are compared."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from types import MappingProxyType

import pandas as pd

from optkommunen.data import store
from optkommunen.errors import AmbiguousUnitError, ForeignUnitError, UnknownUnitError
from optkommunen.values import KEY, SYNTHETIC_KEYS

EAST = ("Brandenburg", "Mecklenburg-Vorpommern", "Sachsen", "Sachsen-Anhalt", "Thüringen")
"""Länder of the 69 in the east."""

RULE = "Comparison is limited to the 69 Optionskommunen"

_RURAL = r"^(?:landkreis|kreis|lk|lkr|altkreis)\s+|[\s,(]+(?:landkreis|kreis|lk)\)?$"
_CITY = "kreisfreie stadt|landeshauptstadt|stadtkreis|stadt"
_URBAN = rf"^(?:{_CITY}|ks)\s+|[\s,(]+(?:{_CITY})\)?$"
_EPITHET = r"\s*\(.*\)$|\s+(?:am|an der|a\.? ?d\.?|im|in der|in|ob der)\s.*$"
"""What people leave out: 'Osterode am Harz', 'Rotenburg (Wümme)', 'Offenbach am Main'."""
_ALIASES = {"03458": "Oldenburg (Oldenburg)"}  # official tables print Stadt and Landkreis alike


def municipalities() -> pd.DataFrame:
    """Register of the 69, one row each, sorted by key.

    **Area status:** key as admitted (31.12.2005); ``ags_2008`` and ``ags_2021`` are attributes for joining.
    **Source:** KomtrZV of 24.9.2004 (BGBl. I 2349), BBSR, own; see the data dictionary for each column.

    Returns
    -------
    DataFrame, shape (69, 26)
        ``kommune`` (text), names, Land, kind, keys of three area statuses, settlement type, ``region`` (east, west).

    Examples
    --------
    69 keys as admitted, 67 areas at the end of 2008, 66 today; a merge on the later keys is many-to-one:

    >>> register = municipalities()
    >>> [register[column].nunique() for column in ("kommune", "ags_2008", "ags_2021")]
    [69, 67, 66]
    """
    register = store.table("municipalities")
    return register.assign(region=register["land"].isin(EAST).map({True: "east", False: "west"}))


@functools.cache
def kreise() -> pd.DataFrame:
    """Every Kreis of 2004 to 2022 by its key, with name, kind and years; read once, not to be written to."""
    return store.table("kreise").set_index("key")


def resolve(name: str) -> str:
    """Key of one of the 69, from any name or key in use.

    Takes names of 2004 and of 2008, with or without ``Landkreis``, ``Kreis``, ``LK``, ``Stadt``, umlauts or
    epithets, and the Kreisschlüssel of any of the three area statuses. The name or key of a later, larger Kreis
    (Mittelsachsen, 14627) gives the one of the 69 that it holds: the unit is found, but figures of the larger Kreis
    are not its own, so never join figures of 2008 by the new key. A name that both bear (Bautzen, Göttingen, Meißen)
    means the municipality as admitted.

    Parameters
    ----------
    name : str
        A name or a five-digit key.

    Returns
    -------
    str
        Key as admitted.

    Raises
    ------
    AmbiguousUnitError
        If the name is borne by several Kreise, or the key stands for several of the 69; lists the candidates.
    ForeignUnitError
        If it names a German Kreis that is not one of the 69.
    UnknownUnitError
        If it names no Kreis at all.

    Examples
    --------
    >>> resolve("LK Offenbach"), resolve("Kreis Offenbach"), resolve("Muelheim an der Ruhr"), resolve("14280")
    ('06438', '06438', '05117', '14280')
    >>> for column in ("kommune", "name", "name_admitted"):
    ...     assert [resolve(text) for text in municipalities()[column]] == municipalities()["kommune"].tolist()
    """
    text = str(name).strip()
    keys = {text} if re.fullmatch(r"\d{5}", text) else _as_admitted(_keys_named(text))
    if not keys or not all(key in kreise().index for key in keys):
        near = difflib.get_close_matches(_bare(_fold(text)), _names()["full"].unique(), n=3, cutoff=0.7)
        written = _names().drop_duplicates("full").set_index("full")["name"]
        hint = f"Near to it: {', '.join(written[near])}." if near else "See ok.municipalities() for names and keys."
        message = (
            "A unit is given by name or by five-digit Kreisschlüssel (text, with its leading zero); no Kreis of 2004 "
            f"to 2022 is known as {name!r}. {hint}"
        )
        raise UnknownUnitError(message)
    own = sorted({kommune for key in keys for kommune in _kommunen_of(key)})
    if len(own) == 1 and len(keys) == 1:
        return own[0]
    if not own:
        named = " and ".join(f"{key} ({kreise()['name'][key]})" for key in sorted(keys))
        message = f"{RULE}; {name!r} names {named}, not one of them. ok.municipalities() lists the 69."
        raise ForeignUnitError(message)
    candidates = "; ".join(_describe(key) for key in sorted(keys))
    message = f"{name!r} stands for more than one unit: {candidates}. Give the key as admitted: {', '.join(own)}."
    raise AmbiguousUnitError(message)


def name(kommune: str) -> str:
    """Display name of one of the 69.

    Examples
    --------
    >>> name("06438")
    'Offenbach (Landkreis)'
    """
    return str(_register().at[resolve(kommune), "name"])


@functools.cache
def names() -> Mapping[str, str]:
    """Display name of each of the 69, by key; read once.

    Examples
    --------
    >>> names()["05558"], len(names())
    ('Coesfeld', 69)
    """
    return MappingProxyType({str(key): str(text) for key, text in _register()["name"].items()})


def keys_of(units: Iterable[object]) -> list[str]:
    """Keys of units that a table names by key or by name; those of Musterkommunen stay as they are.

    Parameters
    ----------
    units : keys or names as text.

    Raises
    ------
    UnknownUnitError
        A number, which may have lost its leading zero, an empty cell, or a name in no use.
    AmbiguousUnitError, ForeignUnitError
        As `resolve`.

    Examples
    --------
    >>> keys_of(["Coesfeld", "06438", "M01"])
    ['05558', '06438', 'M01']
    >>> keys_of([6438])
    Traceback (most recent call last):
    optkommunen.errors.UnknownUnitError: A key is text of five digits with its leading zero; found the number 6438. Read
    the column as text (dtype={"kommune": str}), or write the zeros again: column.map("{:05d}".format).
    """
    known = {unit: _key_of(unit) for unit in dict.fromkeys(units)}
    return [known[unit] for unit in units]


def require_closed_set(kommunen: Iterable[str]) -> None:
    """Guard of every comparison: all units are of the 69, named by their key as admitted.

    The benchmarking of the Optionskommunen is among themselves only (Deutscher Landkreistag, 19.3.2009).

    Raises
    ------
    ForeignUnitError
        Names each unit that is not one of the 69, and says which key to use where a later key was given.

    Examples
    --------
    >>> require_closed_set(["06438", "09562"])
    >>> require_closed_set(["05111"])
    Traceback (most recent call last):
    optkommunen.errors.ForeignUnitError: Comparison is limited to the 69 Optionskommunen; 05111 (Düsseldorf) is not
    one of them. Drop it; ok.municipalities() lists the 69.
    """
    foreign = [key for key in dict.fromkeys(kommunen) if key not in _register().index]
    if not foreign:
        return
    named, hints = [], []
    for key in foreign:
        named.append(f"{key} ({kreise()['name'][key]})" if key in kreise().index else repr(key))
        old = _kommunen_of(key) if key in kreise().index else []
        hints += [f"{key} is the later key of {' and '.join(old)}: use the key as admitted"] if old else []
    verb = "is not one of them. Drop it" if len(foreign) == 1 else "are not among them. Drop them"
    hint = "; ".join([*hints, "ok.municipalities() lists the 69"])
    message = f"{RULE}; {', '.join(named)} {verb}; {hint}."
    raise ForeignUnitError(message)


def _key_of(unit: object) -> str:
    if isinstance(unit, str) and (unit in SYNTHETIC_KEYS or unit in _register().index):
        return unit
    if isinstance(unit, str) and unit.strip():
        return resolve(unit)
    if isinstance(unit, Real) and unit == unit:
        message = (
            f"A key is text of five digits with its leading zero; found the number {unit}. Read the column as text "
            '(dtype={"kommune": str}), or write the zeros again: column.map("{:05d}".format).'
        )
    else:
        message = f"Each row names its unit by key or name; found {unit!r}. Fill it in."
    raise UnknownUnitError(message)


@functools.cache
def _register() -> pd.DataFrame:
    return municipalities().set_index(KEY)


def _kommunen_of(key: str) -> list[str]:
    """Those of the 69 that a Kreisschlüssel stands for, in whichever area status it is valid."""
    register = _register()
    if key in register.index:
        return [key]
    return list(register.index[(register["ags_2008"] == key) | (register["ags_2021"] == key)])


@functools.cache
def _names() -> pd.DataFrame:
    """Every name in use, folded: `key, kind, full, short, valid_from`."""
    rows = [kreise().reset_index()[["key", "name", "kind", "valid_from"]]]
    register = _register().reset_index()
    for column, key in (("name_admitted", KEY), ("name_2008", "ags_2008"), ("name_2021", "ags_2021")):
        named = register[[key, column, "kind"]].set_axis(["key", "name", "kind"], axis=1)
        rows.append(named.assign(valid_from=named["key"].map(kreise()["valid_from"])))
    rows.append(rows[0].assign(name=rows[0]["key"].map(_ALIASES)).dropna())
    names = pd.concat(rows, ignore_index=True)
    names["full"] = [_bare(_fold(text)) for text in names["name"]]
    names["short"] = [re.sub(_EPITHET, "", text) for text in names["full"]]
    return names.drop_duplicates(["key", "full"])


def _keys_named(text: str) -> set[str]:
    """Keys of the Kreise that bear a name; a kind ('Landkreis', 'Stadt') narrows to that kind, as of 2004 to 2008."""
    folded = _fold(text)
    kind = "kreisfreie Stadt" if re.search(_URBAN, folded) else "Landkreis" if re.search(_RURAL, folded) else ""
    full, short = _bearers(kind)
    bare = _bare(folded)
    return (full.get(bare, set()) | short.get(bare, set())) or short.get(re.sub(_EPITHET, "", bare), set())


@functools.cache
def _bearers(kind: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Keys by full and by short name, folded: of the Kreise of one kind of 2004 to 2008, or of all."""
    names = _names()
    if kind:
        names = names[(names["kind"] == kind) & (names["valid_from"] <= 2008)]
    full: dict[str, set[str]] = {}
    short: dict[str, set[str]] = {}
    for key, whole, bare in zip(names["key"], names["full"], names["short"], strict=True):
        full.setdefault(whole, set()).add(key)
        short.setdefault(bare, set()).add(key)
    return full, short


def _as_admitted(keys: set[str]) -> set[str]:
    """Keys without the later Kreise that hold one of the 69 among them: a name means the municipality as admitted."""
    return {key for key in keys if key in _register().index or not keys & set(_kommunen_of(key))}


def _bare(folded: str) -> str:
    while folded != (stripped := re.sub(_RURAL, "", re.sub(_URBAN, "", folded)).strip()):
        folded = stripped  # 'Wiesbaden, kreisfreie Stadt, Landeshauptstadt' carries two kinds
    return folded


def _fold(text: str) -> str:
    """Lower case; ü, ue and u alike, ß as ss, 'Sankt' as 'St.', hyphens as blanks, '/Ruhr' as '(Ruhr)'."""
    folded = text.strip().lower()
    for written, plain in (("ä", "a"), ("ö", "o"), ("ü", "u"), ("ae", "a"), ("oe", "o"), ("ue", "u")):
        folded = folded.replace(written, plain)
    folded = re.sub(r"\bst\.\s*|\bsankt ", "st. ", folded.replace("ß", "ss").replace("-", " "))
    folded = re.sub(r"\s*/\s*(\w+)$", r" (\1)", folded)
    return re.sub(r"\s+", " ", folded)


def _describe(key: str) -> str:
    kreis = kreise().loc[key]
    span = f"{kreis['valid_from']}–{kreis['valid_to']}".replace("2004–", "until ").replace("–2022", " on")
    span = "" if span == "until 2022" else f", {span}"
    own = _kommunen_of(key)
    place = "not one of the 69" if not own else "one of the 69" if own == [key] else f"holds {' and '.join(own)}"
    return f"{key} {kreis['name']} ({kreis['kind']}{span}; {place})"
