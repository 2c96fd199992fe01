"""Sentences of several figures: on the rings, on invented values, on whose returns they are; and what one shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from optkommunen.comparison.rings import membership, rings_of
from optkommunen.data.labels import month_words, service_name
from optkommunen.data.ring_rule import RINGS, is_reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.indicators.rates import ALL
from optkommunen.indicators.services import silent
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import N_, number, translate, translate_plural, with_unit

MARK = "SYNTHETISCHE DATEN – Musterkommunen"
"""The mark of invented values, in any language; see `watermark`."""
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


def whose(returns: Returns, *, lang: str | None = None) -> str:
    """Whose values these are: the mark of invented ones, or the municipalities of a file; who and what is not there.

    Parameters
    ----------
    returns : Returns
        ``ok.load_returns()`` or one's own.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    str
        One line; further ones where not all members of the rings report, where nobody reports a service or column, and
        what the check of the returns asks and the municipalities declare.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> print(whose(load_returns(), lang="en"))
    SYNTHETISCHE DATEN – Musterkommunen: 69 invented places and values, January 2006 to December 2008; no real place.
    >>> print(whose(load_returns().only(["M10", "M42", "M43"]), lang="en").splitlines()[1])
    Not all members report: R-VI 3 of 8 (membership: as in the bundled Musterkommunen).
    """
    lines = [_head(returns, lang), absent_members(returns, lang=lang), _what(returns, lang), *returns.caveats(lang)]
    return "\n".join(filter(None, lines))


def absent_members(returns: Returns, *, rings: pd.DataFrame | None = None, lang: str | None = None) -> str:
    """Sentence for the foot of a figure: which rings do not report in full; empty if all do, or a ring is not known.

    Parameters
    ----------
    returns : Returns
        As in `whose`.
    rings : DataFrame, optional
        As in `rings.rings_of`.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    str
        Begins with a capital, ends without a full stop.
    """
    try:
        return members_note(_counted(returns, rings), lang)
    except ValueTableError:  # no ring for somebody: what needs rings refuses it, this sentence need not
        return ""


def source_of(returns: Returns, *, lang: str | None = None) -> str:
    """Source of a figure on returns, for its foot: the file where it is known, and who of the rings does not report.

    Parameters
    ----------
    returns : Returns
        As in `whose`.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    str
        Without the word "source".

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> source_of(load_returns().only(["M10", "M42", "M43"]), lang="en").partition(". ")[2]
    'Not all members report: R-VI 3 of 8 (membership: as in the bundled Musterkommunen)'
    """
    absent = absent_members(returns, lang=lang)
    return ". ".join(filter(None, [returns_source(returns.source, lang), absent.removesuffix(".")]))


def ring_names(returns: Returns, *, rings: pd.DataFrame | None = None, lang: str | None = None) -> dict[str, str]:
    """Names of the rings for tables: with the number of members that report where not all do; ``all`` is all rings.

    Parameters
    ----------
    returns : Returns
        As in `whose`.
    rings : DataFrame, optional
        As in `rings.rings_of`.
    lang : {"de", "en"}, optional
        None: the session's.

    Returns
    -------
    dict of str to str
        By ring, in their order.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> ring_names(load_returns().only(["M10", "M42", "M43"]), lang="en")
    {'R-VI': 'R-VI (3 of 8)', 'all': 'all (3 of 69)'}
    >>> ring_names(load_returns())["R-VI"]
    'R-VI'
    >>> ring_names(load_returns(), lang="de")["all"]
    'alle'
    """
    table = _counted(returns, rings).set_index("ring")[["members", "reporting"]]
    table.loc[ALL] = table.sum()
    table = table[table["reporting"] > 0]
    words = {str(ring): translate(N_("all"), lang) if ring == ALL else str(ring) for ring in table.index}
    return {
        str(ring): words[str(ring)] if row["reporting"] == row["members"]
        else translate("{ring} ({n} of {of})", lang, ring=words[str(ring)], n=row["reporting"], of=row["members"])
        for ring, row in table.iterrows()
    }  # fmt: skip


def _counted(returns: Returns, rings: pd.DataFrame | None) -> pd.DataFrame:
    return membership(returns, rings_of(returns, rings)[0])


def _head(returns: Returns, lang: str | None) -> str:
    months = returns.monthly["period"]
    first, last = (month_words(period, lang) for period in (months.min(), months.max()))
    n = returns.monthly[KEY].nunique()
    if returns.synthetic:
        words = translate_plural(
            "{n} invented place and its values, {first} to {last}; no real place.",
            "{n} invented places and values, {first} to {last}; no real place.", n, lang, first=first, last=last,
        )  # fmt: skip
        return f"{MARK}: {words}"
    words = translate_plural(
        "Returns of one municipality, {first} to {last}.", "Returns of {n} municipalities, {first} to {last}.", n,
        lang, first=first, last=last,
    )  # fmt: skip
    if not returns.source:
        return words
    source = translate("Source: {text}", lang, text=returns.source)
    return f"{words} {source}."


def _what(returns: Returns, lang: str | None) -> str:
    words = []
    for _, column, service in silent(returns).itertuples(index=False):
        name = service_name(service, lang)
        words.append(f"{column} ({name})" if column and service else column or name)
    return translate("Nobody reports: {what}.", lang, what="; ".join(words)) if words else ""


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
