"""Sentences of several figures: at the foot on the rings, on invented values, on who reports; and what one shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optkommunen.data.ring_rule import RINGS, is_reconstructed
from optkommunen.values import KEY
from optkommunen.words import N_, number, translate, translate_plural, with_unit

INVENTED = N_("The values are invented and belong to no real place.")
RECONSTRUCTED = N_("Rings: own reconstruction by the published rule, not published.")
SURE_DIFFERENCE = N_("Better or worse: sure even with the error that the reference itself has.")
BY_CHANCE = N_(
    "The interval says how far the value could move by chance under the same conditions, by Poisson (shares: Wilson) "
    "alone; from year to year values move more. All are counted, no sample is drawn. Overlapping intervals are not a "
    "test."
)
_BASES = {
    "reconstructed": N_("own reconstruction"),
    "bundled": N_("as in the bundled Musterkommunen"),
    "units": N_("as in the table units of the returns"),
}
"""Where the membership of the rings stands, by column ``basis`` of `membership`."""


def ring_note(table: pd.DataFrame, lang: str | None = None) -> str:
    """What to say of the rings that a table compares or sums up within; empty where they are known.

    Parameters
    ----------
    table : DataFrame
        With ``ring`` and ``ring_status`` where it holds them, as `comparison.position.compare` and the indicators
        give them; ``kommune`` and ``ring`` show our reconstruction even where the status got lost.
    lang : {"de", "en"}, optional
        None: the session's.

    Examples
    --------
    >>> table = pd.DataFrame({"kommune": ["06438"], "ring": ["R-I"], "ring_status": ["estimated"]})
    >>> ring_note(table)
    'Rings: own reconstruction by the published rule, not published.'
    >>> ring_note(table.assign(ring="mine"))
    'Rings: estimated assignment, not published.'
    """
    estimated = "ring_status" in table.columns and bool(table["ring_status"].eq("estimated").any())
    if "ring" not in table.columns:
        return ""
    if KEY in table.columns:
        own = bool(is_reconstructed(table).any())
    else:
        own = estimated and set(table.loc[table["ring_status"].eq("estimated"), "ring"]) <= set(RINGS)
    if own:
        return translate(RECONSTRUCTED, lang)
    return translate("Rings: estimated assignment, not published.", lang) if estimated else ""


def members_note(table: pd.DataFrame, lang: str | None = None) -> str:
    """Which rings report in part; empty if none does. A ring of which nobody reports is not spoken of.

    Parameters
    ----------
    table : DataFrame
        As from `membership`.
    lang : {"de", "en"}, optional
        None: the session's.

    Examples
    --------
    >>> table = pd.DataFrame({"ring": ["R-I", "R-VI"], "members": [10, 8], "reporting": [10, 5], "basis": "units"})
    >>> members_note(table)
    'Not all members report: R-VI 5 of 8 (membership: as in the table units of the returns).'
    """
    short = table[(table["reporting"] > 0) & (table["reporting"] < table["members"])]
    if short.empty:
        return ""
    rings = [
        translate("{ring} {n} of {of}", lang, ring=ring, n=n, of=of)
        for ring, n, of in zip(short["ring"], short["reporting"], short["members"], strict=True)
    ]
    basis = translate(_BASES[str(short["basis"].iloc[0])], lang)
    return translate(
        "Not all members report: {rings} (membership: {basis}).", lang, rings=", ".join(rings), basis=basis
    )


def returns_source(file: str, lang: str | None = None) -> str:
    """Source of a figure on returns, with the file where it is known.

    Examples
    --------
    >>> returns_source("mine.xlsx (sha256 0a1b2c3d4e5f)")
    'returns of the municipalities, mine.xlsx (sha256 0a1b2c3d4e5f); own calculation'
    """
    if not file:
        return translate("returns of the municipalities; own calculation", lang)
    return translate("returns of the municipalities, {file}; own calculation", lang, file=file)


def alternative(title: str, *sentences: str) -> str:
    """Text in the place of a figure: its headline, then what it shows.

    Examples
    --------
    >>> alternative("Ranks", "", "From 1 to 3."), alternative("Who is unusual?", "Nobody.")
    ('Ranks. From 1 to 3.', 'Who is unusual? Nobody.')
    """
    head = title if not title or title[-1] in ".?!" else f"{title}."
    return " ".join(part for part in (head, *sentences) if part)


def spread(
    values: pd.Series,
    decimals: int = 1,
    lang: str | None = None,
    names: Mapping[Any, Any] | None = None,
    unit: str = "",
) -> str:
    """How many values there are, and the lowest and the highest by name.

    Parameters
    ----------
    values : Series
        By key; those that are missing do not count.
    decimals : int, default 1
        Digits behind the decimal mark.
    lang : {"de", "en"}, optional
        None: the session's.
    names : mapping, optional
        Name of each key; the key itself where it has none.
    unit : str
        Behind the highest value.

    Examples
    --------
    >>> spread(pd.Series({"M01": 2.0, "M02": 3.5, "M03": None}), names={"M02": "Two"}, unit="%")
    '2 values, from 2.0 (M01) to 3.5% (Two).'
    >>> spread(pd.Series([None], dtype=float))
    'No value.'
    """
    known = values.dropna()
    if known.empty:
        return translate("No value.", lang)
    keys = [str(known.idxmin()), str(known.idxmax())]
    lowest, highest = ((names or {}).get(key, key) for key in keys)
    low, high = number(known.min(), decimals, lang), number(known.max(), decimals, lang)
    if unit:
        high = with_unit(known.max(), decimals, unit, lang)
    return translate_plural(
        "One value: {high} ({highest}).", "{n} values, from {low} ({lowest}) to {high} ({highest}).", len(known), lang,
        low=low, high=high, lowest=lowest, highest=highest,
    )  # fmt: skip
