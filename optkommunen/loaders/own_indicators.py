"""Indicators of a researcher's own, from a call or a TOML file: what a definition must say, what follows from it."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from optkommunen.data.catalogue import OWN, Indicator, Kind
from optkommunen.errors import FileFormatError, IndicatorError
from optkommunen.loaders._files import read_bytes, refusal
from optkommunen.values import KEY, RESULT_COLUMNS, VALUE_COLUMNS, is_whole

KINDS = tuple(kind for kind in get_args(Kind) if kind != "declared")
"""What a number of one's own may be."""

REQUIRED = ("kind", "polarity", "label_de", "label_en")
OPTIONAL = (
    "numerator", "denominator", "unit", "unit_de", "unit_en", "multiplier", "decimals", "definition", "source",
    "time_base", "by_service",
)  # fmt: skip
_PER_CENT = ("event_rate", "stock_quota")
_MONTHLY = ("event_rate", "cost")
_DECIMALS = {"count": 0, "cost": 0, "stock_quota": 1, "event_rate": 2, "ratio": 2}
_TAKEN = {*VALUE_COLUMNS, *RESULT_COLUMNS, KEY, "ring", "ring_status", "name", "n", "service"}
_FORM = 'Write [name] and below it kind = "stock_quota", polarity = 0, label_de = "…", label_en = "…".'


def own_indicator(name: str, words: Mapping[str, Any]) -> Indicator:
    """Entry of the catalogue from a definition of one's own, every word of it checked.

    Parameters
    ----------
    name : str
        Of letters, digits and underscores, beginning with a letter, as it will stand in column ``indicator``.
    words : mapping
        `REQUIRED` and any of `OPTIONAL`. ``kind`` is one of `KINDS`; without a numerator the values come ready-made (an
        official table) and are not computed from returns. ``unit`` holds for both languages, ``unit_de`` and
        ``unit_en`` for one each; where none is given it follows from kind, numerator and denominator. ``multiplier`` is
        by default 100 for rates and quotas, else 1.

    Raises
    ------
    IndicatorError
        A word missing or unknown, a name that is none, a kind, polarity, multiplier or number of decimals that is
        none, a denominator too few or too many, a unit that does not follow from the rest.

    Examples
    --------
    >>> words = {"kind": "stock_quota", "polarity": 0, "numerator": "active_over50", "denominator": "ehb_over50",
    ...          "label_de": "Quote ab 50", "label_en": "Quota, 50+"}
    >>> quota = own_indicator("quota_over50", words)
    >>> quota.unit_de, quota.unit_en, quota.multiplier, quota.leg
    ('% der ehb_over50', '% of ehb_over50', 100.0, 'own')
    """
    _check_words(name, words)
    kind, polarity = words["kind"], words["polarity"]
    if kind not in KINDS:
        raise _refusal(name, f"kind is one of {', '.join(KINDS)}", f"kind={kind!r}")
    if isinstance(polarity, bool) or polarity not in (-1, 0, 1):
        rule = "polarity is 1 (high is good), -1 (high is bad) or 0 (neither: activity, no success)"
        raise _refusal(name, rule, f"polarity={polarity!r}")
    numerator, denominator = words.get("numerator") or "", words.get("denominator") or ""
    _check_parts(name, kind, numerator, denominator)
    multiplier = words.get("multiplier")
    multiplier = (100.0 if kind in _PER_CENT else 1.0) if multiplier is None else multiplier
    if isinstance(multiplier, bool) or not isinstance(multiplier, int | float) or not 0 < multiplier < math.inf:
        raise _refusal(name, "multiplier is a number above 0", f"multiplier={multiplier!r}")
    decimals = words.get("decimals")
    decimals = _DECIMALS[kind] if decimals is None else decimals
    if not is_whole(decimals, 0, 6):
        raise _refusal(name, "decimals is a whole number from 0 to 6", f"decimals={decimals!r}")
    unit_de, unit_en = _units(name, words, kind, numerator, denominator, float(multiplier))
    return Indicator(
        name=name,
        label_de=words["label_de"].strip(),
        label_en=words["label_en"].strip(),
        unit_de=unit_de,
        unit_en=unit_en,
        polarity=polarity,
        time_base=words.get("time_base") or "",
        definition=words.get("definition") or "",
        source=words.get("source") or "",
        certainty="",
        leg=OWN,
        decimals=decimals,
        numerator=numerator,
        denominator=denominator,
        multiplier=float(multiplier),
        kind=kind,
        by_service=bool(words.get("by_service")),
    )


def read_indicators(path: str | Path) -> tuple[Indicator, ...]:
    r"""Read the definitions of a TOML file; nothing is put into the catalogue.

    **Format:** UTF-8; a table for each indicator, its name in brackets, with the words of
    `own_indicator`.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    tuple of Indicator
        In the order of the file.

    Raises
    ------
    FileFormatError
        Not TOML, no table, or a definition that lacks something; names file and indicator.

    Examples
    --------
    >>> import tempfile
    >>> lines = ['[quota_over50]', 'kind = "stock_quota"', 'polarity = 0', 'numerator = "active_over50"',
    ...          'denominator = "ehb_over50"', 'label_de = "Quote ab 50"', 'label_en = "Quota, 50+"']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.toml")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     read_indicators(path)[0].label("en")
    'Quota, 50+'
    """
    path = Path(path)
    rule = "Own indicators stand in a TOML file, a table for each"
    try:
        tables = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refusal(path, rule, str(error), _FORM) from error
    loose = [name for name, words in tables.items() if not isinstance(words, dict)]
    if loose or not tables:
        raise refusal(path, rule, f"{loose[0]!r} outside of a table" if loose else "none", _FORM)
    try:
        return tuple(own_indicator(name, words) for name, words in tables.items())
    except IndicatorError as error:
        message = f"{path.name}: {error}"
        raise FileFormatError(message) from error


def _check_words(name: str, words: Mapping[str, Any]) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name):
        rule = "the name is of letters, digits and underscores and begins with a letter"
        raise _refusal(name, rule, repr(name))
    if name in _TAKEN:
        raise _refusal(name, "the name is not that of a column of every table", repr(name))
    unknown = [word for word in words if word not in (*REQUIRED, *OPTIONAL)]
    if unknown:
        near = difflib.get_close_matches(unknown[0], (*REQUIRED, *OPTIONAL), n=1)
        hint = f"Did you mean {near[0]}?" if near else "Leave it out."
        raise _refusal(name, f"a definition says {', '.join((*REQUIRED, *OPTIONAL))}", f"{unknown[0]!r}", hint)
    absent = [word for word in REQUIRED if words.get(word) is None or words[word] == ""]
    if absent:
        raise _refusal(name, f"a definition says {', '.join(REQUIRED)}", f"no {', '.join(absent)}", "Add what lacks.")
    for word in ("label_de", "label_en", *OPTIONAL):
        given = words.get(word)
        if word not in ("multiplier", "decimals", "by_service") and given is not None and not isinstance(given, str):
            raise _refusal(name, f"{word} is text", f"{word}={given!r}")


def _check_parts(name: str, kind: str, numerator: str, denominator: str) -> None:
    if denominator and not numerator:
        raise _refusal(name, "a denominator has a numerator", f"denominator={denominator!r} alone")
    if kind == "count" and denominator:
        raise _refusal(name, "a count is divided by nothing", f"denominator={denominator!r}")
    if kind != "count" and numerator and not denominator:
        raise _refusal(name, f"kind {kind!r} has numerator and denominator, columns of the returns", "no denominator")
    if numerator and numerator == denominator:
        raise _refusal(name, "numerator and denominator are two columns", f"{numerator!r} twice")


def _units(
    name: str, words: Mapping[str, Any], kind: str, numerator: str, denominator: str, multiplier: float
) -> tuple[str, str]:
    """German and English unit: as given, else from the parts."""
    given = tuple(words.get(f"unit_{lang}") or words.get("unit") for lang in ("de", "en"))
    if all(given):
        return str(given[0]), str(given[1])
    if any(given):
        raise _refusal(name, "a unit holds for both languages", "one of unit_de, unit_en", "Give both, or unit=.")
    if not denominator:
        rule = "a count, and what has no numerator, says its unit, such as unit='persons'"
        raise _refusal(name, rule, "no unit")
    if kind == "stock_quota" and multiplier == 100:
        return f"% der {denominator}", f"% of {denominator}"
    counted = {"cost": "€", "ratio": numerator}.get(kind, "")
    many = "" if multiplier == 1 else f"{multiplier:,.10g}"
    german = [counted, "je", many.replace(",", "."), denominator, "und Monat" if kind in _MONTHLY else ""]
    english = [counted, "per", many, denominator, "and month" if kind in _MONTHLY else ""]
    return " ".join(filter(None, german)), " ".join(filter(None, english))


def _refusal(name: object, rule: str, found: str, way_out: str = "Correct the definition.") -> IndicatorError:
    message = f"An indicator of one's own: {rule}; found {found} ({name!r}). {way_out}"
    return IndicatorError(message)
