"""Any frame as a readable table: words for columns, digits of the catalogue, intervals in one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.data.labels import column_head, decimals_of, indicator_label, unit_of
from optkommunen.errors import ValueTableError
from optkommunen.front.phrases import bounds_head, cell
from optkommunen.front.result import first_level
from optkommunen.front.shown import Shown
from optkommunen.values import KEY, plain
from optkommunen.words import Note, language, level_number, noted, number, p_value, translate

WORDS_OF_A_REASON = 12
HIDDEN = (
    "level", "method", "unit", "marker", "area_status", "time_base", "source", "base", "n_months", "n_estimated",
    "n_missing", "quantile_type", "n_reference", "n_years", "omega", "label_poisson", "draws", "seed", "ring_status",
)  # fmt: skip
"""Columns that say how, not what: shown where they are asked for. A level stands in the head of its interval."""
IN_UNIT = (
    "value", "reference_value", "distance", "raw", "mean", "estimate", "centre", "own", "theirs",
)  # fmt: skip
"""Columns in the unit of the indicator, with its digits."""
FINER = ("se", "omega", "distance_se")
"""The same, one digit more."""
_SAID_ONCE = ("indicator", "service", "period", "status")
"""Columns that go into the caption where all rows share what they hold."""
_ONCE_A_ROW = ("n", "n_estimated", "n_missing", "n_months", "unit", "status", "ring_status", "note", "source")
"""Columns that stand once behind what stands side by side, where all of a row share what they hold."""
_P = ("p", "p_adjusted", "p_holm", "p_signs", "p_median", "p_share_significant", "p_average_z")
_COEFFICIENTS = {"term", "inference"}
"""Columns of which a table of coefficients has one."""
_BY_ERROR = ("value", "se", "mde")
"""Columns of such a table that have the digits of the error of their row."""


class Look(NamedTuple):
    """How cells are written.

    Attributes
    ----------
    lang : language.
    digits : of all numbers that are no counts; None as the catalogue says.
    heads : what bounds are, and which words a column has, by its name.
    places : digits of single columns.
    cell : what stands in a cell of words, by column, text and language.
    """

    lang: Lang
    digits: int | None = None
    heads: Mapping[str, str] = MappingProxyType({})
    places: Mapping[str, int] = MappingProxyType({})
    cell: Callable[[str, str, Lang], str] = cell

    @classmethod
    def of(
        cls, lang: Lang | None, digits: int | Mapping[str, int] | None, heads: Mapping[str, str] = MappingProxyType({}),
        places: Mapping[str, int] = MappingProxyType({}), words: Callable[[str, str, Lang], str] = cell,
    ) -> Look:  # fmt: skip
        """As asked for: digits by column are those of single columns; the language of the session if None."""
        if isinstance(digits, Mapping):
            return cls(language(lang), None, heads, {**places, **digits}, words)
        return cls(language(lang), digits, heads, places, words)


def show(
    frame: pd.DataFrame,
    *,
    digits: int | Mapping[str, int] | None = None,
    columns: Sequence[str] | None = None,
    rows: str | Sequence[str] | None = None,
    across: str | None = None,
    lang: Lang | None = None,
    caption: str = "",
) -> Shown:
    """A frame as a readable table.

    Columns have words instead of names; numbers the digits of the catalogue and the decimal mark of the language; a
    lower and an upper bound stand in one cell, under a head that says what they are and their level. Of several levels
    the first is shown. A status that all rows share stands in the caption. Nothing is computed.

    Parameters
    ----------
    frame : DataFrame
        Any; what it holds under the names of value tables and results is recognised.
    digits : int, mapping of str to int or None, default None
        Behind the decimal mark, of all numbers that are no counts, or of single columns; None as the catalogue says.
    columns : list of str or None, default None
        Which columns, in which order; a lower bound stands for its pair. None leaves out what only says how.
    rows, across : str or list of str, default None
        Columns that name the rows, and the column whose values stand side by side: indicators, periods or models. What
        all of a row share of number, status and note stands once behind them, a status that all rows share in the
        caption.
    lang : {"de", "en"} or None, default None
        None for the language of the session.
    caption : str, default ""
        Headline.

    Returns
    -------
    Shown
        Shows in a notebook; ``.frame`` holds the texts; exports by ``to_html, to_latex, to_markdown, to_word``.

    Raises
    ------
    ValueTableError
        A column that is not there; rows that are not told apart when they are set side by side.

    Examples
    --------
    >>> frame = pd.DataFrame({"kommune": ["M01", "M02"], "indicator": "eingliederungsquote", "value": [2.25, 1.5],
    ...                       "lower": [2.0, 1.25], "upper": [2.5, 1.75], "level": 0.95, "status": "synthetic"})
    >>> shown = show(frame, lang="de")
    >>> shown.frame.iloc[0].tolist(), shown.frame.columns.tolist()
    (['M01', '2,25', '[2,00; 2,50]'], ['Schlüssel', 'Wert', '95-%-Intervall'])
    """
    return readable(frame, Look.of(lang, digits), columns=columns, rows=rows, across=across, caption=caption)


def readable(
    frame: pd.DataFrame,
    look: Look,
    *,
    columns: Sequence[str] | None = None,
    named: Sequence[str] = (),
    rows: str | Sequence[str] | None = None,
    across: str | None = None,
    caption: str = "",
    notes: Sequence[str] = (),
    reason: str = "",
) -> Shown:
    """As `show`, with what an answer knows besides its frame.

    Parameters
    ----------
    named : columns of `frame` shown unless `columns` says otherwise; all but `HIDDEN` if empty.
    notes : sentences below the table.
    reason : why there is no answer, in place of a table.
    """
    if reason:
        return Shown(pd.DataFrame(), caption, tuple(notes), look.lang, reason=reason)
    if frame.index.name is not None:
        frame = frame.reset_index()
    if frame.columns.has_duplicates:
        message = (
            f"Columns have names of their own; twice here: {', '.join(frame.columns[frame.columns.duplicated()])}."
        )
        raise ValueTableError(message)
    asked = [columns] if isinstance(columns, str) else columns
    absent = [column for column in (*(asked or ()), *_listed(rows), *_listed(across)) if column not in frame.columns]
    if absent:
        message = (
            f"Shown are columns of the frame; not there: {', '.join(absent)} (there: "
            f"{', '.join(map(str, frame.columns))}). Choose among them."
        )
        raise ValueTableError(message)
    whole = first_level(plain(frame)).reset_index(drop=True)
    keep = list(asked) if asked is not None else _filled(named, whole) or _telling(whole, across)
    ids = _listed(rows) or [c for c in ("name" if "name" in whole else KEY, "period") if c in whole and c != across]
    placed = [*(asked or ()), *_listed(rows), across]
    if across is not None and "status" not in ids:
        placed = [c for c in placed if c != "status"]  # beside each value only where it differs
    said = [c for c in _SAID_ONCE if c not in placed and _constant(whole, c)]
    keep, ids = [c for c in keep if c not in said], [c for c in ids if c not in said]
    lone = [c for c in keep if c not in (*ids, across, *_ONCE_A_ROW)] if across is not None else []
    heads = [column_head(lone[0], look.lang)] if len(lone) == 1 and lone[0] != "value" else []
    heads = [words for words in heads if words != lone[0]]  # else it says nothing, as what stands side by side has it
    of_values = "relative" not in keep or any(column in IN_UNIT for column in keep)  # a change in % has no unit
    words = [_once(whole, c, look, with_unit=of_values) for c in said]
    caption = "; ".join(filter(None, [caption, *heads, *words]))
    texts, numeric = _texts(whole, keep, look) if across is None else _pivoted(whole, keep, ids, across, look)
    return Shown(texts, caption, tuple(notes), look.lang, numeric=numeric)


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or ())


def _telling(frame: pd.DataFrame, across: str | None) -> list[str]:
    """Columns that say what, without those that are empty or, beside a name, the key."""
    hidden = {c for c in HIDDEN if c != "ring_status" or _constant(frame, c)} | {across}
    if "name" in frame:
        hidden.add(KEY)
    kept = [c for c in _filled(list(map(str, frame.columns)), frame) or map(str, frame.columns) if c not in hidden]
    first = [column for column in ("name", KEY, "ring") if column in kept]
    return first + [column for column in kept if column not in first]


def _filled(named: Sequence[str], frame: pd.DataFrame) -> list[str]:
    """Columns that hold something."""
    return [c for c in named if c in frame and not (frame[c].isna() | (frame[c].astype("str") == "")).all()]


def _constant(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and len(frame) > 0 and bool((frame[column] == frame[column].iloc[0]).all())


def _once(frame: pd.DataFrame, column: str, look: Look, *, with_unit: bool = True) -> str:
    """What all rows share and the caption says once: indicator with unit, service, period, status."""
    text, lang = str(frame[column].iloc[0]), look.lang
    if column == "indicator":
        return _with_unit(frame, lang) if with_unit else indicator_label(text, lang)
    words = _word(column, text, look)
    return f"{column_head(column, lang)}: {words}" if column == "status" else words


def _with_unit(frame: pd.DataFrame, lang: Lang) -> str:
    """The one indicator of a frame and, unless its label ends so, its unit."""
    name = str(frame["indicator"].iloc[0])
    label = indicator_label(name, lang)
    unit = unit_of(name, str(frame["unit"].iloc[0]) if "unit" in frame else "", lang)
    return f"{label} ({unit})" if unit and not label.endswith(f"({unit})") else label


def _texts(frame: pd.DataFrame, keep: Sequence[str], look: Look) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Texts under their heads, and the places of columns of numbers."""
    done: set[str] = set()
    found: list[tuple[str, list[str], bool]] = []
    for column in keep:
        pair = _pair(column, frame)
        if column in done:
            continue
        if pair is None:
            words = column_head(look.heads.get(column, column), look.lang)
            found.append((words, _column(frame, column, look), _is_number(frame[column])))
        else:
            kind, lower, upper = pair
            if kind.endswith("interval") and "method" in frame and frame["method"].eq("range").all():
                kind = "range"
            done |= {lower, upper}
            words = bounds_head(look.heads.get(kind, kind), _level(frame, look.lang), look.lang)
            found.append((words, _bounds(frame, lower, upper, look), True))
    texts = pd.DataFrame({i: values for i, (_, values, _) in enumerate(found)}, index=frame.index, dtype="str")
    texts.columns = pd.Index([words for words, _, _ in found])
    return texts, tuple(i for i, (_, _, numeric) in enumerate(found) if numeric)


def _pair(column: str, frame: pd.DataFrame) -> tuple[str, str, str] | None:
    """What a pair of bounds is called (``interval``, with what stands before or after), and its two columns."""
    for end, other in (("lower", "upper"), ("upper", "lower")):
        if end in column and column.replace(end, other) in frame:
            lower, upper = sorted((column, column.replace(end, other)))
            return column.replace(end, "interval"), lower, upper
    return None


def _level(frame: pd.DataFrame, lang: Lang) -> str:
    levels = frame["level"].dropna() if "level" in frame else pd.Series(dtype=float)
    if levels.empty:
        return ""
    return level_number(float(levels.iloc[0]), lang)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _column(frame: pd.DataFrame, column: str, look: Look) -> list[str]:
    values = frame[column]
    if pd.api.types.is_bool_dtype(values):
        yes, no = translate("yes", look.lang), translate("no", look.lang)
        return ["" if pd.isna(value) else yes if value else no for value in values]
    if not _is_number(values):
        if column == "unit" and "indicator" in frame:
            return [unit_of(str(n), str(u), look.lang) for n, u in zip(frame["indicator"], values, strict=True)]
        words = [None if pd.isna(value) else _word(column, value, look) for value in values]
        return ["" if text is None else _short(text, column) for text in words]
    if column in _P:
        return [p_value(value, look.lang) for value in values.to_numpy(dtype=float, na_value=np.nan)]
    return _numbers(values, _digits(frame, column, look), look.lang)


def _word(column: str, value: Any, look: Look) -> str:
    return noted(value, look.lang) if isinstance(value, Note) else look.cell(column, str(value), look.lang)


def _numbers(values: pd.Series, digits: Sequence[int], lang: Lang) -> list[str]:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    return [number(value, places, lang) for value, places in zip(numbers, digits, strict=True)]


def _digits(frame: pd.DataFrame, column: str, look: Look) -> list[int]:
    """Digits of each cell: none for counts, those of the indicator in its unit, else as many as tell."""
    bound = "lower" in column or "upper" in column
    if pd.api.types.is_integer_dtype(frame[column]):
        return [0] * len(frame)
    if column in look.places or look.digits is not None:
        return [look.places.get(column, look.digits or 0)] * len(frame)
    if "indicator" in frame and (bound or column in (*IN_UNIT, *FINER)):
        return [decimals_of(str(name)) + int(column in FINER) for name in frame["indicator"]]
    if {"value", "se"} <= set(frame) and not _COEFFICIENTS.isdisjoint(frame) and (bound or column in _BY_ERROR):
        return _by_error(frame)
    alike = [column, *(("lower", "upper", "value") if bound or column == "value" else ())]
    held = frame[[c for c in dict.fromkeys(alike) if c in frame]].to_numpy(dtype=float, na_value=np.nan)
    known = held[np.isfinite(held)]
    if (known == np.round(known)).all():
        return [0] * len(frame)
    reach = np.abs(known).max()
    return [1 if reach >= 100 else 2 if reach >= 0.1 else 3] * len(frame)


def _by_error(frame: pd.DataFrame) -> list[int]:
    """Decimals row by row, for coefficients have no unit in common: two digits of the error that count.

    A row without error has the decimals of the row of the same value; where there is none, three digits of the value.
    """
    error = frame["se"].abs().where(lambda se: (se > 0) & np.isfinite(se))
    size = error.fillna(error.groupby(frame["value"]).transform("last")).fillna(frame["value"].abs() / 10)
    return (1 - np.floor(np.log10(size.where(size > 0)))).clip(0, 6).fillna(2).astype(int).tolist()


def _bounds(frame: pd.DataFrame, lower: str, upper: str, look: Look) -> list[str]:
    low, high = (_numbers(frame[side], _digits(frame, side, look), look.lang) for side in (lower, upper))
    without = (frame[lower].isna() & frame[upper].isna()).to_numpy()
    return ["–" if none else f"[{a}; {b}]" for a, b, none in zip(low, high, without, strict=True)]


def _short(text: str, column: str) -> str:
    """A reason of at most twelve words; the whole one stands in the table of the answer."""
    words = text.split()
    if column not in ("note", "reason") or len(words) <= WORDS_OF_A_REASON:
        return text
    return " ".join(words[:WORDS_OF_A_REASON]).rstrip(";,:") + " …"


def _with_bounds(shown: Sequence[str], part: pd.DataFrame) -> list[str]:
    """Columns without the bounds that none of these rows has, as a reference beside ranges."""
    pairs = {column: _pair(column, part) for column in shown}
    filled = {c: pair is None or part[list(pair[1:])].notna().any(axis=None) for c, pair in pairs.items()}
    return [column for column in shown if filled[column] or len(shown) == 1]


def _pivoted(
    frame: pd.DataFrame, keep: Sequence[str], ids: Sequence[str], across: str, look: Look
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """One column, or several, for each value of `across`; rows in order of appearance."""
    twice = frame[frame.duplicated([*ids, across])]
    if len(twice) or not ids:
        where = ", ".join(f"{c}={twice.iloc[0][c]}" for c in (*ids, across)) if len(twice) else "no column names rows"
        message = (
            f"Side by side stands one row for each {', '.join([*ids, across])}; {len(twice)} occur twice: {where}. "
            "Name the rows by rows=."
        )
        raise ValueTableError(message)
    shown = [column for column in keep if column not in (*ids, across, KEY, "name")]
    order = frame[list(ids)].drop_duplicates().reset_index(drop=True)
    place = {tuple(row): i for i, row in enumerate(order.itertuples(index=False))}
    alike = frame.groupby(list(ids), dropna=False)[[c for c in shown if c in _ONCE_A_ROW]].nunique(dropna=False).max()
    once = [column for column in alike.index if alike[column] == 1]
    shown = [column for column in shown if column not in once]
    named, _ = _texts(order, ids, look)
    blocks, numeric = [named], []
    in_unit = across == "indicator" and "unit" not in keep and any(column in IN_UNIT for column in shown)
    for value, part in frame.groupby(across, sort=False):
        texts, places = _texts(part.reset_index(drop=True), _with_bounds(shown, part), look)
        at = [place[tuple(row)] for row in part[list(ids)].itertuples(index=False)]
        block = texts.set_axis(at).reindex(range(len(order)), fill_value="")
        words = _with_unit(part, look.lang) if in_unit else _word(across, str(value), look)
        block.columns = pd.Index([words if len(block.columns) == 1 else f"{words}: {head}" for head in block.columns])
        numeric += [sum(b.shape[1] for b in blocks) + i for i in places]
        blocks.append(block)
    if once:
        texts, places = _texts(frame.drop_duplicates(list(ids)).reset_index(drop=True), once, look)
        numeric += [sum(b.shape[1] for b in blocks) + i for i in places]
        blocks.append(texts)
    return pd.concat(blocks, axis=1), tuple(numeric)
