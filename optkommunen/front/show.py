"""Any frame as a readable table: words for columns, digits of the catalogue, intervals in one cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optkommunen.data.catalogue import Lang
from optkommunen.errors import ValueTableError
from optkommunen.figures import terms
from optkommunen.figures.style import number, p_value
from optkommunen.front import phrases
from optkommunen.front.session import language
from optkommunen.front.shown import Shown
from optkommunen.values import KEY, plain

WORDS_OF_A_REASON = 12
HIDDEN = (
    "level", "method", "unit", "marker", "area_status", "time_base", "source", "base", "n_months", "n_estimated",
    "n_missing", "quantile_type", "n_reference", "n_years", "omega", "label_poisson", "draws", "seed", "ring_status",
)  # fmt: skip
"""Columns that say how, not what: shown where they are asked for. A level stands in the head of its interval."""
IN_UNIT = (
    "value", "reference_value", "distance", "raw", "mean", "estimate", "centre", "total", "all", "rest", "median",
)  # fmt: skip
"""Columns in the unit of the indicator, with its digits."""
FINER = ("se", "omega", "distance_se")
"""The same, one digit more."""
BOUNDS = {"": "interval", "distance_": "distance"}
"""Pairs of bounds by what their columns begin with, and what they are called."""
_P = ("p", "p_adjusted")


def show(
    frame: pd.DataFrame,
    *,
    digits: int | None = None,
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
    digits : int or None, default None
        Behind the decimal mark, of all numbers that are no counts; None as the catalogue says.
    columns : list of str or None, default None
        Which columns, in which order; a lower bound stands for its pair. None leaves out what only says how.
    rows, across : str or list of str, default None
        Columns that name the rows, and the column whose values stand side by side: indicators, periods or models.
    lang : {"de", "en"} or None, default None
        None for the language of the session.
    caption : str, default ""
        Headline.

    Returns
    -------
    Shown
        Shows in a notebook; ``.frame`` holds the texts; exports by ``to_html, to_latex, to_markdown``.

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
    return readable(
        frame, digits=digits, columns=columns, rows=rows, across=across, lang=lang, caption=caption, named=()
    )  # fmt: skip


def readable(
    frame: pd.DataFrame,
    *,
    digits: int | None = None,
    columns: Sequence[str] | None = None,
    named: Sequence[str] = (),
    rows: str | Sequence[str] | None = None,
    across: str | None = None,
    lang: Lang | None = None,
    caption: str = "",
    heads: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    reason: str = "",
) -> Shown:
    """As `show`, with what an answer knows besides its frame.

    Parameters
    ----------
    named : columns of `frame` shown unless `columns` says otherwise; all but `HIDDEN` if empty.
    heads : what the bounds are, and words for columns in place of `phrases.HEADS`.
    notes : sentences below the table.
    reason : why there is no answer, in place of a table.
    """
    lang, heads = language(lang), dict(heads or {})
    if reason:
        return Shown(pd.DataFrame(), caption, tuple(notes), lang, reason=reason)
    whole = _first_level(plain(frame).reset_index(drop=True))
    asked = [columns] if isinstance(columns, str) else columns
    absent = [column for column in (*(asked or ()), *_listed(rows), *_listed(across)) if column not in frame.columns]
    if absent:
        message = (
            f"Shown are columns of the frame; not there: {', '.join(absent)} (there: "
            f"{', '.join(map(str, frame.columns))}). Choose among them."
        )
        raise ValueTableError(message)
    keep = list(asked) if asked is not None else [c for c in named if c in whole] or _telling(whole, across)
    ids = _listed(rows) or [c for c in ("name" if "name" in whole else KEY, "period") if c in whole and c != across]
    caption = "; ".join(filter(None, [caption, *_uniform(whole, keep, lang, asked, across)]))
    if asked is None:
        keep = [c for c in keep if c not in ("status", "indicator") or not _constant(whole, c)]
    if across is None:
        texts, numeric = _texts(whole, keep, digits, lang, heads)
    else:
        texts, numeric = _pivoted(whole, keep, ids, across, digits, lang, heads)
    return Shown(texts, caption, tuple(notes), lang, numeric=numeric)


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or ())


def _constant(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and len(frame) > 0 and bool((frame[column] == frame[column].iloc[0]).all())


def _telling(frame: pd.DataFrame, across: str | None) -> list[str]:
    """Columns that say what, without those that are empty or, beside a name, the key."""
    kept = []
    for column in map(str, frame.columns):
        hidden = column in HIDDEN and (column != "ring_status" or _constant(frame, column))
        empty = frame[column].isna().all() or (frame[column].astype("str") == "").all()
        if hidden or (column == KEY and "name" in frame) or (empty and len(frame)) or column == across:
            continue
        kept.append(column)
    first = [column for column in ("name", KEY, "ring") if column in kept]
    return first + [column for column in kept if column not in first]


def _first_level(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first level where there are several."""
    if "level" not in frame or frame["level"].nunique() < 2:
        return frame
    return frame[frame["level"].isna() | (frame["level"] == frame["level"].dropna().iloc[0])].reset_index(drop=True)


def _uniform(
    frame: pd.DataFrame, keep: Sequence[str], lang: Lang, asked: Sequence[str] | None, across: str | None
) -> list[str]:
    """What all rows share and the caption therefore says once: indicator with unit, status."""
    said = []
    if _constant(frame, "indicator") and across != "indicator":
        name = str(frame["indicator"].iloc[0])
        english = str(frame["unit"].iloc[0]) if "unit" in frame else ""
        unit = terms.unit(name, english, lang)
        said.append(terms.label(name, lang) + (f" ({unit})" if unit else ""))
    if _constant(frame, "status") and not (asked and "status" in asked):
        said.append(f"{phrases.head('status', lang)}: {phrases.cell('status', str(frame['status'].iloc[0]), lang)}")
    return said


def _texts(
    frame: pd.DataFrame, keep: Sequence[str], digits: int | None, lang: Lang, heads: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Texts under their heads, and the places of columns of numbers."""
    done: set[str] = set()
    found: list[tuple[str, list[str], bool]] = []
    for column in keep:
        if column in done:
            continue
        pair = _pair(column, frame)
        if pair is None:
            values = _column(frame, column, digits, lang)
            found.append((heads.get(column) or phrases.head(column, lang), values, _is_number(frame[column])))
        else:
            start, lower, upper = pair
            done |= {lower, upper}
            kind = heads.get(f"{start}interval", BOUNDS.get(start, "interval"))
            found.append(
                (phrases.bounds_head(kind, _level(frame, lang), lang), _bounds(frame, pair, digits, lang), True)
            )
    texts = pd.DataFrame({i: values for i, (_, values, _) in enumerate(found)}, index=frame.index, dtype="str")
    texts.columns = pd.Index([words for words, _, _ in found])
    return texts, tuple(i for i, (_, _, numeric) in enumerate(found) if numeric)


def _pair(column: str, frame: pd.DataFrame) -> tuple[str, str, str] | None:
    """Beginning, lower and upper bound of the pair that a column belongs to."""
    for end in ("lower", "upper"):
        start = column.removesuffix(end)
        if column.endswith(end) and {f"{start}lower", f"{start}upper"} <= set(frame.columns):
            return start, f"{start}lower", f"{start}upper"
    return None


def _level(frame: pd.DataFrame, lang: Lang) -> str:
    levels = frame["level"].dropna() if "level" in frame else pd.Series(dtype=float)
    if levels.empty:
        return ""
    percent = 100 * float(levels.iloc[0])
    return number(percent, 0 if abs(percent - round(percent)) < 1e-9 else 1, lang)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _column(frame: pd.DataFrame, column: str, digits: int | None, lang: Lang) -> list[str]:
    values = frame[column]
    if pd.api.types.is_bool_dtype(values):
        yes, no = ("ja", "nein") if lang == "de" else ("yes", "no")
        return [yes if value is True or value == 1 else no for value in values]
    if not _is_number(values):
        return ["" if pd.isna(value) else _short(phrases.cell(column, str(value), lang), column) for value in values]
    if column in _P:
        return [p_value(value, lang) for value in values.to_numpy(dtype=float, na_value=np.nan)]
    return _numbers(values, _digits(frame, column, digits), lang)


def _numbers(values: pd.Series, digits: Sequence[int], lang: Lang) -> list[str]:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    return [number(value, places, lang) for value, places in zip(numbers, digits, strict=True)]


def _digits(frame: pd.DataFrame, column: str, digits: int | None) -> list[int]:
    """Digits of each cell: none for counts, those of the indicator in its unit, else as many as tell."""
    start = column.removesuffix("lower").removesuffix("upper")
    bound = start != column
    if pd.api.types.is_integer_dtype(frame[column]):
        return [0] * len(frame)
    if digits is not None:
        return [digits] * len(frame)
    if "indicator" in frame and (bound or column in (*IN_UNIT, *FINER)):
        return [terms.decimals(str(name)) + int(column in FINER) for name in frame["indicator"]]
    alike = [column, *((f"{start}lower", f"{start}upper", "value") if bound or column == "value" else ())]
    held = frame[[c for c in dict.fromkeys(alike) if c in frame]].to_numpy(dtype=float, na_value=np.nan)
    known = held[np.isfinite(held)]
    if (known == np.round(known)).all():
        return [0] * len(frame)
    reach = np.abs(known).max()
    return [1 if reach >= 100 else 2 if reach >= 1 else 3] * len(frame)


def _bounds(frame: pd.DataFrame, pair: tuple[str, str, str], digits: int | None, lang: Lang) -> list[str]:
    _, lower, upper = pair
    low, high = (_numbers(frame[side], _digits(frame, side, digits), lang) for side in (lower, upper))
    without = (frame[lower].isna() & frame[upper].isna()).to_numpy()
    return [
        "–" if none else f"[{a}; {b}]"
        for a, b, none in zip(low, high, without, strict=True)
    ]  # fmt: skip


def _short(text: str, column: str) -> str:
    """A reason of at most twelve words; the whole one stands in the table of the answer."""
    words = text.split()
    if column not in ("note", "reason") or len(words) <= WORDS_OF_A_REASON:
        return text
    return " ".join(words[:WORDS_OF_A_REASON]).rstrip(";,:") + " …"


def _pivoted(
    frame: pd.DataFrame,
    keep: Sequence[str],
    ids: Sequence[str],
    across: str,
    digits: int | None,
    lang: Lang,
    heads: Mapping[str, str],
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """One column, or several, for each value of `across`; rows in order of appearance."""
    shown = [column for column in keep if column not in (*ids, across, KEY, "name")]
    twice = frame[frame.duplicated([*ids, across])]
    if len(twice) or not ids:
        where = ", ".join(f"{c}={twice.iloc[0][c]}" for c in (*ids, across)) if len(twice) else "no column names rows"
        message = (
            f"Side by side stands one row for each {', '.join([*ids, across])}; {len(twice)} occur twice: {where}. "
            "Name the rows by rows=."
        )
        raise ValueTableError(message)
    order = frame[list(ids)].drop_duplicates().reset_index(drop=True)
    found, _ = _texts(order, ids, digits, lang, heads)
    blocks, numeric = [found], []
    for value in frame[across].drop_duplicates():
        part = frame[frame[across] == value].reset_index(drop=True)
        texts, places = _texts(part, shown, digits, lang, heads)
        place = pd.MultiIndex.from_frame(part[list(ids)]) if len(ids) > 1 else pd.Index(part[ids[0]])
        wanted = pd.MultiIndex.from_frame(order) if len(ids) > 1 else pd.Index(order[ids[0]])
        at = place.get_indexer(wanted)
        words = phrases.cell(across, str(value), lang)
        block = pd.DataFrame(
            {i: np.where(at >= 0, texts.iloc[:, i].to_numpy()[at], "") for i in range(texts.shape[1])}, dtype="str"
        )
        block.columns = pd.Index([words if texts.shape[1] == 1 else f"{words}: {head}" for head in texts.columns])
        numeric += [sum(b.shape[1] for b in blocks) + i for i in places]
        blocks.append(block)
    return pd.concat(blocks, axis=1), tuple(numeric)
