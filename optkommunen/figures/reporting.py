"""Whose returns a chapter shows: who reports of which ring, what nobody reports."""

from __future__ import annotations

import pandas as pd

from optkommunen.comparison.rings import membership
from optkommunen.data.labels import month_words, service_name
from optkommunen.errors import ValueTableError
from optkommunen.figures.notes import members_note, returns_source
from optkommunen.figures.report2008 import rings_of
from optkommunen.figures.watermark import MARK
from optkommunen.indicators.rates import ALL
from optkommunen.indicators.unreported import silent
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import N_, translate, translate_plural


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
        One line; a second where not all members of the rings report, a third where nobody reports a service or column.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> print(whose(load_returns(), lang="en"))
    SYNTHETISCHE DATEN – Musterkommunen: 69 invented places and values, January 2006 to December 2008; no real place.
    >>> print(whose(load_returns().only(["M10", "M42", "M43"]), lang="en").splitlines()[1])
    Not all members report: R-VI 3 of 8 (membership: as in the bundled Musterkommunen).
    """
    return "\n".join(filter(None, [_head(returns, lang), absent_members(returns, lang=lang), _what(returns, lang)]))


def absent_members(returns: Returns, *, rings: pd.DataFrame | None = None, lang: str | None = None) -> str:
    """Sentence for the foot of a figure: which rings do not report in full; empty if all do, or a ring is not known.

    Parameters
    ----------
    returns : Returns
        As in `whose`.
    rings : DataFrame, optional
        As in `report2008.rings_of`.
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
        As in `report2008.rings_of`.
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
