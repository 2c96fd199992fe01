"""The indicator dictionary: what each number means, in which unit, which direction is good, how certain that is.

The bundled entries stand in ``catalogue.toml``; `add` puts a researcher's own beside them, for as long as the session.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from optkommunen.data import store
from optkommunen.errors import IndicatorError, UnknownIndicatorError
from optkommunen.words import Lang as Lang
from optkommunen.words import language

Kind = Literal["count", "event_rate", "stock_quota", "ratio", "cost", "declared"]

OWN = "own"
"""Leg of the entries that a researcher defined."""


@dataclass(frozen=True)
class Indicator:
    """One entry of the dictionary.

    Parameters
    ----------
    name : identifier, as in column ``indicator``.
    label_de, label_en : short label for axes and tables.
    unit_de, unit_en : unit of the value, e.g. ``"%"``.
    polarity : +1 high is good, -1 high is bad, 0 neither.
    time_base : what the period means: annual mean, stock, month.
    definition : what is counted, in one or two sentences.
    source : where the values come from.
    certainty : ``certain`` (definition read in the source) or ``plausible`` (partly inferred; the definition says
        which part); empty for one's own.
    leg : ``official`` (real published figures), ``returns`` (the municipalities' own reports), or `OWN`.
    decimals : digits shown behind the decimal mark.
    numerator, denominator, multiplier : parts of a rate, empty where the value is published ready-made. Unless `kind`
        is ``declared`` they are columns of the returns.
    kind : how the value comes about, and so which interval it has: ``event_rate`` (events per stock), ``stock_quota``
        (persons among the same persons), ``count``, ``ratio`` and ``cost`` (full counts: no interval), or ``declared``
        (defined here, not computed from the returns' columns).
    by_service : whether numerator and denominator are columns of the services, one value for each of the five.
    """

    name: str
    label_de: str
    label_en: str
    unit_de: str
    unit_en: str
    polarity: int
    time_base: str
    definition: str
    source: str
    certainty: str
    leg: str
    decimals: int = 1
    numerator: str = ""
    denominator: str = ""
    multiplier: float = 1.0
    kind: Kind = "declared"
    by_service: bool = False

    @property
    def unit(self) -> str:
        """Unit in English, as in column ``unit`` of a value table."""
        return self.unit_en

    def unit_in(self, lang: str | None = None) -> str:
        """Unit in the language asked for; None: the session's."""
        return self.unit_de if language(lang) == "de" else self.unit_en

    def label(self, lang: str | None = None) -> str:
        """Short label in the language asked for; None: the session's."""
        return self.label_de if language(lang) == "de" else self.label_en

    def axis(self, lang: str | None = None) -> str:
        """Label with its unit, for an axis; None: in the session's language.

        Examples
        --------
        >>> indicator("unemployment_rate").axis("en")
        'Unemployment rate (%)'
        """
        unit, label = self.unit_in(lang), self.label(lang)
        return f"{label}, {unit}" if label.endswith(")") else f"{label} ({unit})"


_own: dict[str, Indicator] = {}
"""Entries that `add` was given, in that order: all that a session knows beyond the bundled ones."""


@functools.cache
def _bundled() -> dict[str, Indicator]:
    text = resources.files("optkommunen.data").joinpath("catalogue.toml").read_text(encoding="utf-8")
    described = {entry["name"]: entry for entry in store.resource("context")["indicators"]}
    return {name: _entry(name, words, described.get(name)) for name, words in tomllib.loads(text).items()}


def _entry(name: str, words: dict[str, Any], described: dict[str, Any] | None) -> Indicator:
    """Join the meaning (catalogue.toml) with the provenance of a published column (descriptor)."""
    provenance = {}
    if described is not None:
        provenance = {
            "unit_en": described["unit"],
            "time_base": described["time_base"],
            "source": f"{described['source_title']}; {described['code']}",
        }
    return Indicator(name=name, **words, **provenance)


def entries() -> tuple[Indicator, ...]:
    """All indicators, in the order of the dictionary; a researcher's own come last.

    Examples
    --------
    Every published context column has its meaning in the dictionary:

    >>> {i["name"] for i in store.resource("context")["indicators"]} <= {e.name for e in entries()}
    True
    """
    return (*_bundled().values(), *_own.values())


def known(name: str) -> Indicator | None:
    """One indicator by name; None if the catalogue has none of it."""
    return _bundled().get(name) or _own.get(name)


def indicator(name: str) -> Indicator:
    """One indicator by name.

    Raises
    ------
    UnknownIndicatorError
        If the catalogue has no such name; the message lists the nearest ones.

    Examples
    --------
    >>> indicator("ehb").label("en")
    'Persons able to work and in need (eHb)'
    """
    found = known(name)
    if found is None:
        near = difflib.get_close_matches(name, [*_bundled(), *_own], n=3, cutoff=0.4)
        hint = f"Near to it: {', '.join(near)}." if near else "See ok.catalogue() for all."
        message = f"An indicator is named as in the catalogue; {name!r} is not there. {hint}"
        raise UnknownIndicatorError(message)
    return found


def add(entry: Indicator, *, replace: bool = False) -> Indicator:
    """Put an entry of one's own into the dictionary, where every comparison and figure finds it by its name.

    Parameters
    ----------
    entry : Indicator
        As from `own_indicators.own_indicator`. The same entry a second time changes nothing.
    replace : bool, default False
        Whether it may take the place of an entry of one's own that has the same name and other content.

    Returns
    -------
    Indicator
        The entry itself.

    Raises
    ------
    IndicatorError
        If the name is that of a bundled indicator, or of one's own that says something else.

    Examples
    --------
    >>> add(indicator("ehb"))
    Traceback (most recent call last):
    optkommunen.errors.IndicatorError: An indicator of one's own has a name of its own; 'ehb' is in the catalogue
    (Persons able to work and in need (eHb)). Name it otherwise.
    """
    if entry.name in _bundled():
        message = (
            f"An indicator of one's own has a name of its own; {entry.name!r} is in the catalogue "
            f"({_bundled()[entry.name].label_en}). Name it otherwise."
        )
        raise IndicatorError(message)
    before = _own.get(entry.name)
    if before is not None and before != entry and not replace:
        changed = [f.name for f in dataclasses.fields(entry) if getattr(before, f.name) != getattr(entry, f.name)]
        message = (
            f"A name means one indicator; {entry.name!r} was defined with another {', '.join(changed)}. Name this one "
            "otherwise, or put it in the place of the other: replace=True."
        )
        raise IndicatorError(message)
    _own[entry.name] = entry
    return entry


def add_all(several: Iterable[Indicator], *, replace: bool = False) -> None:
    """Put several entries of one's own into the dictionary, or none of them if one is refused; see `add`."""
    before = dict(_own)
    try:
        for entry in several:
            add(entry, replace=replace)
    except IndicatorError:
        _own.clear()
        _own.update(before)
        raise
