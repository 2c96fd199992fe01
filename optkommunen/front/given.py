"""The table of values as a researcher gives it: its indicators, by key, and their values with standard errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from optkommunen.comparison.measure import COUNTED, Measure, is_month, measure_of, without_intervals
from optkommunen.comparison.multi_year_mean import Estimates, multi_year_mean, one_year
from optkommunen.comparison.transient import in_series
from optkommunen.comparison.variance import sampling_variance
from optkommunen.data.labels import value_label
from optkommunen.data.register import keys_of, names, resolve
from optkommunen.errors import ComparisonError, UnknownUnitError
from optkommunen.values import (
    KEY,
    SYNTHETIC_KEYS,
    WITHOUT_VALUE,
    chosen_period,
    plain,
    span_of,
)  # fmt: skip
from optkommunen.words import Note, all_notes

LATEST, MEAN = "latest", "mean"
"""Words for a period: the last one of the table, and the mean of all."""
_GROUPS = ("ring", "land", "all")
"""Columns that a table of sums has in place of the key."""
_REFERENCES = r"DE|\d{2}"
"""Keys of reference rows: Germany and the Länder."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Given(Measure):
    """Values of one indicator, of one service where it is of services; several periods.

    Attributes
    ----------
    frame : DataFrame
        Rows of municipalities, by key, every period; one row each.
    service : str
        Empty if it is of no service.
    """

    frame: pd.DataFrame = field(repr=False)
    service: str

    @property
    def indicator(self) -> str:
        """Name in the catalogue; empty for numbers of one's own."""
        return self.entry.name if self.entry is not None else ""

    @property
    def label(self) -> partial[str]:
        """Label with that of the service, which a note asks for in its language."""
        return partial(value_label, self.indicator, self.service)

    def known(self, period: str | None = None) -> pd.Series:
        """Which rows have a value, of one period or any."""
        frame = self.frame
        found = frame["numerator"].notna() & (frame["denominator"] > 0) if self.summed else frame["value"].notna()
        if "status" in frame:
            found &= ~frame["status"].isin(WITHOUT_VALUE)
        return found if period is None else found & (frame["period"] == period)

    def said(self, asked: object) -> str:
        """The period asked for in words: of the mean the first and the last."""
        if asked == MEAN:
            return span_of(self.frame["period"]).replace(" to ", "–")
        return self.period(asked)

    def period(self, asked: object) -> str:
        """The period asked for, as text; the last one for "latest"."""
        named = None if isinstance(asked, str) and asked == LATEST else asked
        return chosen_period(named, self.frame["period"], "the table", ComparisonError)


def given(
    table: pd.DataFrame, *, kind: str | None = None, polarity: int | None = None, several: bool = False
) -> list[Given]:
    """The indicators of a table, each by itself, in order of appearance.

    Parameters
    ----------
    table : DataFrame
        Of ``ok.indicator``, ``ok.service_indicator``, ``ok.load_context`` or ``ok.caseload``; or ``kommune`` and
        ``numerator, denominator`` or ``value`` of one's own, with ``period`` if there are several.
    kind, polarity : str, int or None
        In place of the catalogue's; needed where the table has no column ``indicator``.
    several : bool, default False
        Whether more than one indicator or service may be in it.

    Raises
    ------
    ComparisonError
        No frame; sums of rings or Länder; kind or polarity not known; several where one is asked for.
    UnknownUnitError, AmbiguousUnitError, ForeignUnitError
        As `keys_of`: a number for a key, a name that is none of the 69.

    Examples
    --------
    Germany is no municipality:

    >>> frame = pd.DataFrame({"kommune": ["Coesfeld", "DE"], "period": 2008, "indicator": "unemployment_rate",
    ...                       "value": [4.9, 7.8]})
    >>> given(frame)[0].frame[["kommune", "period"]].to_numpy().tolist()
    [['05558', '2008']]
    """
    frame = _municipalities(table)
    named = [column for column in ("indicator", "service") if column in frame.columns]
    parts = list(frame.groupby(named, sort=False)) if named else [((), frame)]
    if len(parts) > 1 and not several:
        found = ", ".join(dict.fromkeys(" ".join(map(str, values)) for values, _ in parts))
        message = (
            f"This asks for one indicator, of one service; found {found}. Select one: table[table['indicator'] == …]."
        )
        raise ComparisonError(message)
    return [
        Given(
            frame=part, service=str(part["service"].iloc[0]) if "service" in part else "",
            **vars(measure_of(part, kind=kind, polarity=polarity)),
        )
        for _, part in parts
    ]  # fmt: skip


def only(table: pd.DataFrame, *, kind: str | None = None, polarity: int | None = None) -> Given:
    """As `given`, of a table of one indicator."""
    found = given(table, kind=kind, polarity=polarity)
    if not found:
        message = "A comparison needs rows of municipalities; found none. Look at the table."
        raise ComparisonError(message)
    return found[0]


def require_chance(one: Given, name: str) -> None:
    """Refuse what has no error of chance: published values, counts, costs and ratios.

    Raises
    ------
    ComparisonError
        Names the kinds that have one, and what to use instead.
    """
    if one.counted:
        return
    label = one.indicator or "these values"
    if one.kind in (*COUNTED, "declared"):
        found = f"{label} is published without numerator and denominator"
    else:
        found = f"{label} is of the kind {one.kind}, a full count"
    message = (
        f"{name} rests on the error of chance of rates of events and quotas of stocks ({', '.join(COUNTED)}) with "
        f"their numerator and denominator; {found}. Take compare(), which needs none."
    )
    raise ComparisonError(message)


def names_of(frame: pd.DataFrame) -> dict[str, str]:
    """Name of each key: as the table has it, else as the register has it.

    Examples
    --------
    >>> names_of(pd.DataFrame({"kommune": ["05558", "M01"]}))
    {'05558': 'Coesfeld', 'M01': 'Musterkommune 01'}
    """
    keys = frame[KEY].drop_duplicates()
    found = {key: f"Musterkommune {key[1:]}" for key in keys if key in SYNTHETIC_KEYS}
    found |= {key: names()[key] for key in keys if key in names()}
    if "name" in frame:
        first = dict(zip(reversed(frame[KEY].tolist()), reversed(frame["name"].tolist()), strict=True))
        found |= {key: name for key, name in first.items() if isinstance(name, str) and name}
    return {str(key): str(found.get(key, key)) for key in keys}


def key_among(kommune: str, names: Mapping[str, str], where: str) -> str:
    """Key of a municipality from its key or name: first as in `names`, by key, then as the 69 are known.

    Parameters
    ----------
    where : str
        What has these names, for the message.

    Raises
    ------
    UnknownUnitError, AmbiguousUnitError, ForeignUnitError
        As `resolve`; or it is not among them.

    Examples
    --------
    >>> key_among("LK Coesfeld", {"05558": "Coesfeld"}, "the table")
    '05558'
    """
    text = str(kommune).strip()
    found = [key for key, name in names.items() if text in (key, name)]
    if len(found) == 1:
        return found[0]
    if names.keys() & set(SYNTHETIC_KEYS):
        some = ", ".join(list(names)[:3])
        message = f"A municipality is named as in {where}, such as {some}; found {kommune!r}. Give key or name."
        raise UnknownUnitError(message)
    key = resolve(text)
    if key not in names:
        message = f"{kommune!r} is {key}, which is not in {where}; it has {len(names)} others."
        raise UnknownUnitError(message)
    return key


def source_of(frame: pd.DataFrame) -> str:
    """The different sources of a table, in order of appearance; empty where it names none."""
    sources = frame["source"].dropna().unique() if "source" in frame else ()
    return "; ".join(text for text in sources if text)


def _municipalities(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of municipalities, by key, periods as text."""
    if not isinstance(table, pd.DataFrame):
        message = (
            f"A comparison takes a table of values; found {type(table).__name__}. Pass ok.indicator(name, returns), "
            "ok.load_context(name, period) or a frame of your own."
        )
        raise ComparisonError(message)
    if KEY not in table.columns:
        groups = [column for column in _GROUPS if column in table.columns]
        found = f"sums by {groups[0]}" if groups else f"the columns {', '.join(map(str, table.columns))}"
        message = (
            f"Compared are municipalities, each named in the column {KEY}; found {found}. Pass the table of the "
            "municipalities, without by=."
        )
        raise ComparisonError(message)
    frame = without_intervals(plain(table)) if "level" in table.columns else plain(table)
    units = set(frame[KEY].unique())
    references = {key for key in units if isinstance(key, str) and re.fullmatch(_REFERENCES, key)}
    if references:
        frame = frame[~frame[KEY].isin(references)]
    if not units - references <= names().keys() | set(SYNTHETIC_KEYS):
        frame = frame.assign(**{KEY: keys_of(frame[KEY])})
    if "period" not in frame.columns:
        frame = frame.assign(period="")
    elif frame["period"].dtype != "str":
        frame = frame.assign(period=frame["period"].astype("str"))
    return frame


def chance_alone(n: int) -> Note:
    """That the change between years is not known."""
    return Note("by chance alone: ω² needs three years, found {n}", n=n)


def estimates(one: Given, period: int | str) -> tuple[Estimates, str]:
    """The mean of the years of each municipality, or one year, with the standard error that holds ω².

    Parameters
    ----------
    one : Given
        Of an indicator with an error of chance.
    period : int or str
        ``"mean"``, ``"latest"`` or a year; ω² is of all years anyway.

    Returns
    -------
    Estimates, and str
        The note that they hold chance alone, and whose years before a break do not enter; empty if neither is so.

    Raises
    ------
    ComparisonError
        Months, which are no years; a period that is not there.
    """
    months = is_month(one.frame)
    if months.any():
        message = (
            f"Standard errors hold the change between years, so this takes years; found the month "
            f"{one.frame.loc[months, 'period'].iloc[0]}. Pass ok.indicator(name, returns, time='year')."
        )
        raise ComparisonError(message)
    rows = with_variance(one, "note")
    found = multi_year_mean(rows) if period == MEAN else one_year(rows, one.period(period))
    before = set(rows.index) - set(rows.index[in_series(rows)])
    names = names_of(one.frame)
    broken = [names[key] for key in dict.fromkeys(rows.loc[sorted(before), KEY])]
    notes = [chance_alone(found.n_years)] if found.reason else []
    if broken:
        notes.append(Note("years before a break of the series do not enter: {names}", names=", ".join(broken)))
    return found, all_notes(notes) if notes else ""


def with_variance(one: Given, *others: str) -> pd.DataFrame:
    """``kommune, period, numerator, denominator, status``, and others that there are, with value and s²."""
    frame, known = one.frame, one.known()
    parts = frame[["numerator", "denominator"]].where(known)
    value = frame["value"] if "value" in frame else one.per * parts["numerator"] / parts["denominator"]
    variance = one.per**2 * sampling_variance(parts["numerator"], parts["denominator"], one.kind)
    columns = [c for c in (KEY, "period", "numerator", "denominator", "status", *others) if c in frame]
    return frame[columns].assign(value=value.where(known), variance=variance)
