"""The vocabulary of values: columns, statuses from best to worst and how they survive arithmetic, and periods."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.errors import OptkommunenError, ValueTableError

KEY = "kommune"
REFERENCE = "DE"
"""Key of the reference row (Germany); shown beside the 69, never compared or ranked."""

VALUE_COLUMNS = (
    "kommune", "period", "indicator", "value", "unit", "status", "marker", "area_status", "time_base", "source", "note",
)  # fmt: skip
RESULT_COLUMNS = ("value", "lower", "upper", "level", "method")

STATUSES = (
    "observed", "published", "derived", "estimated", "synthetic", "unusable", "suppressed", "missing",
)  # fmt: skip
"""From best to worst."""

SYNTHETIC = "synthetic"
"""Status of everything that rests on an invented value."""
SYNTHETIC_KEYS = tuple(f"M{i:02d}" for i in range(1, 70))
"""Keys of the invented Musterkommunen; no real place has such a key."""

WITHOUT_VALUE = ("unusable", "suppressed", "missing")
"""Statuses whose values enter no calculation."""

BREAK = "break:"
"""Word in a note before what changed in a period: its figures and those of the periods before are not one series."""

UNKNOWN = "unknown"
"""Status of what came from a frame without any; no value table holds it."""

_INVENTED = STATUSES.index(SYNTHETIC)
STATUS_OF = dict(enumerate((*STATUSES[:_INVENTED], UNKNOWN, *STATUSES[_INVENTED:])))
"""Statuses by their place, 0 the best; `UNKNOWN` is worse than an estimate and hides no invented value."""
RANK = {status: rank for rank, status in STATUS_OF.items()}
"""Place of a status."""
STATUS_WORDS = pd.array(list(STATUS_OF.values()), dtype="str")
"""The statuses in that order; ``STATUS_WORDS.take(places)`` is a column of them."""


def ranks(status: pd.Series) -> np.ndarray:
    """Place of each status of a column, as whole numbers.

    Raises
    ------
    ValueTableError
        If one is neither of `STATUSES` nor `UNKNOWN`.

    Examples
    --------
    >>> ranks(pd.Series(["derived", "observed"])).tolist()
    [2, 0]
    """
    codes, words = pd.factorize(status)
    if (codes < 0).any() or not RANK.keys() >= set(words):
        check_statuses(status, RANK)
    return np.array([RANK[word] for word in words], dtype=int)[codes]


def worst(first: pd.Series, *others: pd.Series | str) -> pd.Series:
    """Worst status of each row: what is computed from several values carries the worst of them.

    Parameters
    ----------
    first, *others : Series of str, shape (n,), one for each value that enters; same index. A word holds for every row.

    Returns
    -------
    Series of str, shape (n,)

    Raises
    ------
    ValueTableError
        If a status is neither one of `STATUSES` nor `UNKNOWN`.

    Examples
    --------
    The order of the arguments does not matter, and ``observed`` never hides anything:

    >>> a = pd.Series(["observed", "estimated"]); b = pd.Series(["derived", "observed"])
    >>> worst(a, b).tolist(), worst(b, a).tolist()
    (['derived', 'estimated'], ['derived', 'estimated'])
    >>> worst(a, "derived").tolist()
    ['derived', 'estimated']
    """
    if not all(isinstance(one, str) or one.index.equals(first.index) for one in others):
        message = "Statuses are those of the same rows; found columns of other rows. Align them first (reindex)."
        raise ValueTableError(message)
    places = ranks(first)
    for one in others:
        places = np.maximum(places, ranks(pd.Series([one])) if isinstance(one, str) else ranks(one))
    return pd.Series(STATUS_WORDS.take(places), index=first.index)


def worst_of(statuses: Iterable[str]) -> str:
    """Worst of some statuses, as one word.

    Examples
    --------
    >>> worst_of(["observed", "missing", "derived"]), worst_of(["synthetic", "unknown"])
    ('missing', 'synthetic')
    """
    listed = list(statuses)
    check_statuses(pd.Series(listed, dtype="str"), RANK)
    return max(listed, key=RANK.__getitem__)


def worst_of_groups(rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Worst status of each group among the rows that have a value; ``missing`` where none has one.

    Parameters
    ----------
    rows : DataFrame with `keys` and ``status``.
    keys : columns that name a group.

    Examples
    --------
    A group is ``suppressed`` only if all of it is, and ``missing`` if one is:

    >>> rows = pd.DataFrame({"ring": list("aabbc"), "status": ["observed", "missing", "missing", *2 * ["suppressed"]]})
    >>> worst_of_groups(rows, ["ring"]).to_dict()
    {'a': 'observed', 'b': 'missing', 'c': 'suppressed'}
    """
    groups = [rows[key] for key in keys]
    rank = rows["status"].map(RANK).where(~rows["status"].isin(WITHOUT_VALUE))
    found = rank.groupby(groups, sort=True).max().map(STATUS_OF).fillna("missing")
    return found.mask(rows["status"].eq("suppressed").groupby(groups, sort=True).all(), "suppressed")


def worst_by(rows: pd.DataFrame, keys: list[str], column: str) -> pd.Series:
    """Worst status of each group in a column, whether the rows have a value or not.

    Parameters
    ----------
    rows : DataFrame with `keys` and `column`.
    keys : columns that name a group; the result is sorted by them.
    column : of statuses.

    Raises
    ------
    ValueTableError
        If a status is neither one of `STATUSES` nor `UNKNOWN`.

    Examples
    --------
    >>> rows = pd.DataFrame({"ring": ["b", "a", "a"], "ring_status": ["observed", "estimated", "observed"]})
    >>> worst_by(rows, ["ring"], "ring_status").to_dict()
    {'a': 'estimated', 'b': 'observed'}
    """
    places = pd.Series(ranks(rows[column]), index=rows.index, name=column)
    return places.groupby([rows[key] for key in keys], sort=True).max().map(STATUS_OF).astype("str")


def is_whole(number: object, lowest: int, highest: float = np.inf) -> bool:
    """Whether a number of units, groups or draws is a whole number between two others.

    Examples
    --------
    >>> is_whole(2, 1), is_whole(2.0, 1), is_whole(True, 1), is_whole(7, 1, 6)
    (True, False, False, False)
    """
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool) and bool(lowest <= number <= highest)


def missing_where(status: pd.Series, lost: pd.Series | np.ndarray) -> pd.Series:
    """Status of results: ``missing`` where there is none, unless a status without value says more already.

    Examples
    --------
    >>> missing_where(pd.Series(["derived", "derived", "suppressed"]), pd.Series([False, True, True])).tolist()
    ['derived', 'missing', 'suppressed']
    """
    return status.mask(lost & ~status.isin(WITHOUT_VALUE), "missing")


def joined(*notes: Iterable[str]) -> list[str]:
    """The notes of each row as one; those that say nothing are left out.

    Examples
    --------
    >>> joined(["no need", "", ""], ["estimated", "estimated", ""])
    ['no need; estimated', 'estimated', '']
    """
    return ["; ".join(filter(None, row)) for row in zip(*notes, strict=True)]


def is_break(notes: pd.Series) -> pd.Series:
    """Whether a series breaks in the period of each row, as its note says.

    Examples
    --------
    >>> is_break(pd.Series(["", "11 of 12 months; break: recording system changed 2009-03", None])).tolist()
    [False, True, False]
    """
    places, texts = pd.factorize(notes.fillna("").astype("str"))
    return pd.Series(pd.Series(texts).str.contains(rf"\b{BREAK}").to_numpy(dtype=bool)[places], index=notes.index)


def status_without(keys: pd.Series) -> str:
    """Status of rows whose frame has none: what is of a Musterkommune is invented whatever the frame lost.

    Examples
    --------
    >>> status_without(pd.Series(["06438"])), status_without(pd.Series(["M01"]))
    ('unknown', 'synthetic')
    """
    return SYNTHETIC if keys.isin(SYNTHETIC_KEYS).any() else UNKNOWN


def is_invented(statuses: Iterable[str], keys: Iterable[str] = ()) -> bool:
    """Whether one of some values is invented: by its status, or because it is a Musterkommune's whatever was lost.

    Examples
    --------
    >>> is_invented(["observed", "synthetic"]), is_invented(["unknown"], ["M01"]), is_invented(["observed"], ["06438"])
    (True, True, False)
    """
    return SYNTHETIC in set(statuses) or not set(SYNTHETIC_KEYS).isdisjoint(keys)


def check_statuses(statuses: pd.Series, allowed: Iterable[str] = STATUSES) -> None:
    """Refuse a status that is not in the vocabulary.

    Raises
    ------
    ValueTableError
        Names the unknown statuses and lists the allowed ones.
    """
    unknown = sorted({str(s) for s in statuses.unique()}.difference(allowed))
    if unknown:
        message = f"A status must be one of {', '.join(allowed)}; found {', '.join(unknown)}. Correct the column."
        raise ValueTableError(message)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame without categories: a column of them takes no new word, and groups of nobody stay groups.

    Examples
    --------
    >>> rings = pd.DataFrame({"kommune": ["M01"], "ring": pd.Categorical(["a"], ["a", "b"])})
    >>> plain(rings)["ring"].fillna("").tolist()
    ['a']
    """
    kinds = zip(frame.columns, frame.dtypes, strict=True)
    held = {column: kind.categories.dtype for column, kind in kinds if isinstance(kind, pd.CategoricalDtype)}
    return frame.astype(held) if held else frame.copy(deep=False)


def periods_of(asked: Any) -> list[str]:
    """Periods asked for, as text: a year is 2008 or ``"2008"``, a month ``"2008-03"``; one, or several in a list.

    Raises
    ------
    ValueTableError
        If something that is no period is among them, such as 2008.5 or True.

    Examples
    --------
    >>> periods_of(2008) == periods_of("2008") == periods_of([np.int64(2008)]) == periods_of(2008.0)
    True
    >>> periods_of(range(2007, 2009)), periods_of(("2008-03", pd.Period("2008-04")))
    (['2007', '2008'], ['2008-03', '2008-04'])
    """
    several = isinstance(asked, Iterable) and not isinstance(asked, str)
    return [_period(each) for each in (asked if several else [asked])]


def chosen_periods(
    asked: object, known: Iterable[str], whose: str, error: type[OptkommunenError] = ValueTableError
) -> list[str]:
    """Periods asked for, which must be among those that are there.

    Parameters
    ----------
    asked : as in `periods_of`.
    known : periods that are there, as text.
    whose : what they are the periods of, for the message.
    error : class of the refusal.

    Raises
    ------
    OptkommunenError
        Of the class `error`: a period is not there, or none is asked for. Names the range that is.

    Examples
    --------
    >>> chosen_periods(2008, ["2007", "2008"], "the returns")
    ['2008']
    >>> chosen_periods("2011", ["2007", "2008", "2009"], "the returns")
    Traceback (most recent call last):
    optkommunen.errors.ValueTableError: A period is one of those that are there, written 2008, '2008' or '2008-03'; the
    returns: 2007 to 2009; not there: 2011. Choose another.
    """
    wanted, there = periods_of(asked), _sorted(known)
    absent = [period for period in wanted if period not in there]
    if absent or not wanted:
        message = (
            f"A period is one of those that are there, written 2008, '2008' or '2008-03'; {whose}: {span_of(there)}; "
            f"not there: {', '.join(absent) or 'any (empty)'}. Choose another."
        )
        raise error(message)
    return wanted


def chosen_period(
    asked: object, known: Iterable[str], whose: str, error: type[OptkommunenError] = ValueTableError
) -> str:
    """The one period asked for, the latest that is there if None; as `chosen_periods`.

    Examples
    --------
    >>> chosen_period(None, ["2008", "2007"], "the returns"), chosen_period(2007, ["2008", "2007"], "the returns")
    ('2008', '2007')
    """
    there = _sorted(known)
    if asked is None and there:
        return there[-1]
    wanted = chosen_periods([] if asked is None else asked, there, whose, error)
    if len(wanted) > 1:
        message = f"One period is looked at here; found {', '.join(wanted)}. Choose one of {span_of(there)}."
        raise error(message)
    return wanted[0]


def span_of(periods: Iterable[str]) -> str:
    """Range of some periods in words; listed where one lacks in between.

    Examples
    --------
    >>> span_of(["2005", "2006", "2007"]), span_of(["2005", "2007"]), span_of(["2007-12", "2008-01"]), span_of([])
    ('2005 to 2007', '2005, 2007', '2007-12 to 2008-01', 'none')
    """
    there = sorted(set(periods))
    if len(there) < 2:
        return there[0] if there else "none"
    try:
        unbroken = len(pd.period_range(there[0], there[-1], freq="M" if "-" in there[0] else "Y")) == len(there)
    except ValueError:  # text of a frame of one's own that is no date
        unbroken = False
    return f"{there[0]} to {there[-1]}" if unbroken else ", ".join(there)


def _sorted(periods: Iterable[str]) -> list[str]:
    """Periods in order, each once."""
    return sorted(set(periods.unique() if isinstance(periods, pd.Series) else periods))


def _period(asked: Any) -> str:
    if isinstance(asked, Real) and not isinstance(asked, bool) and float(asked).is_integer():
        return f"{float(asked):.0f}"
    if isinstance(asked, str | pd.Period):
        return str(asked).strip()
    message = f"A period is text or a whole number, such as '2008', 2008 or '2008-03'; found {asked!r}. Write it so."
    raise ValueTableError(message)
