"""Figures of an official table for the 69: joined by the keys of an area status, larger areas told apart."""

from __future__ import annotations

import difflib
from typing import Literal, get_args

import numpy as np
import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.errors import ValueTableError
from optkommunen.loaders.areas import WITHOUT_HANAU
from optkommunen.values import KEY, WITHOUT_VALUE, chosen_periods, joined, periods_of, worst

Area = Literal["as_admitted", "2008", "today"]

KEYS: dict[str, str] = {"as_admitted": KEY, "2008": "ags_2008", "today": "ags_2021"}
"""Column of the register that has the keys of an area status."""
_SAME = {"as_admitted": None, "2008": "area_same_2008", "today": "area_same_2021"}
_NAMES = {"as_admitted": "name_admitted", "2008": "name_2008", "today": "name_2021"}
_IDENTITY = ("key", "period", "variable")


def official_values(official: pd.DataFrame, column: str, area: Area, periods: object = None) -> pd.DataFrame:
    """Values of the 69 in one column of an official table, and what each is worth.

    Parameters
    ----------
    official : DataFrame
        As from ``ok.read_official``: ``key`` and ``variable, value, period``, or one column for each figure.
    column : str
        One of its variables, or one of its columns.
    area : {"as_admitted", "2008", "today"}
        Whose keys it has: those of the 69 as admitted, of 31.12.2008, or of 31.12.2021.
    periods : str, int or several, optional
        Periods of the table; needed where it has several. A year finds the one day or span that begins with it.

    Returns
    -------
    DataFrame, columns ``kommune, period, value, status, note``
        69 rows for each period, in the order of the register. ``observed``, or what column ``status`` of the table
        says; ``estimated`` where the area of the key is
        not the municipality's own, and then ``note`` says whose value it is; ``missing`` with the reason where the
        table has no row or no number. ``period`` is empty for a table without.

    Raises
    ------
    ValueTableError
        No column ``key``, keys that are no text, an area status, column or period that is not there, a key twice, or
        no key of the 69 at all.

    Examples
    --------
    Two of the 69 are in one Kreis of 2008, and neither has its value for itself:

    >>> table = pd.DataFrame({"key": ["14625", "06438"], "population": [320.0, 338.0]})
    >>> values = official_values(table, "population", "2008").set_index("kommune")
    >>> values.loc[["14272", "14292", "06438"], "status"].tolist()
    ['estimated', 'estimated', 'observed']
    >>> values.at["14292", "note"]
    'value of 14625 Landkreis Bautzen, taken for the smaller old area; 14272 has the same value'
    """
    if area not in get_args(Area):
        known = ", ".join(map(repr, get_args(Area)))
        message = f"Official keys are those of an area status, {known}; found {area!r}. Say which the table has."
        raise ValueTableError(message)
    table = _of_column(official, column)
    frames = [_joined(table[table["period"] == period], area, period) for period in _periods(table, periods)]
    return pd.concat(frames, ignore_index=True)


def _of_column(official: pd.DataFrame, column: str) -> pd.DataFrame:
    """Key, period, value, marker and area status of one figure."""
    if "key" not in official.columns:
        message = (
            f"An official table has the column 'key', as ok.read_official gives it; found "
            f"{', '.join(map(str, official.columns))}. Name the column of the Kreisschlüssel so."
        )
        raise ValueTableError(message)
    if not official["key"].map(lambda key: isinstance(key, str)).all():
        found = next(key for key in official["key"] if not isinstance(key, str))
        message = (
            f"A key is text with its leading zero; found {found!r}. Read the table with ok.read_official, or write the "
            'zeros again: table["key"].map("{:05d}".format).'
        )
        raise ValueTableError(message)
    tidy = {"variable", "value"} <= set(official.columns)
    names = list(dict.fromkeys(official["variable"])) if tidy else []
    if column in names:
        rows, values = official[official["variable"] == column], "value"
    elif column in official.columns and column not in _IDENTITY and pd.api.types.is_numeric_dtype(official[column]):
        rows, values = official, column
    else:
        numeric = [c for c in official.columns if pd.api.types.is_numeric_dtype(official[c])]
        there = names or list(map(str, numeric))
        near = difflib.get_close_matches(str(column), there, n=3, cutoff=0.5)
        hint = (
            f"Did you mean {', '.join(map(repr, near))}?" if near else f"There are {', '.join(map(repr, there[:12]))}."
        )
        message = f"A column is a variable of the table or one of its numeric columns; found {column!r}. {hint}"
        raise ValueTableError(message)
    text = {
        name: rows[name].astype("str") if name in rows.columns else ""
        for name in ("marker", "area_status", "status", "note")
    }
    period = rows["period"].astype("str") if "period" in rows.columns else ""
    table = pd.DataFrame({"key": rows["key"], "period": period, "value": rows[values].astype(float), **text})
    twice = table[table.duplicated(["key", "period"])]
    if len(twice):
        first = twice.iloc[0]
        message = (
            f"A key has one value of a column and period; {first['key']} has several in {column!r} {first['period']}. "
            "Choose the rows that are meant, or add them up."
        )
        raise ValueTableError(message)
    return table


def _periods(table: pd.DataFrame, asked: object) -> list[str]:
    there = sorted(table["period"].unique())
    if there == [""]:
        if asked is not None:
            message = f"The table has no periods; found period={asked!r}. Leave it out."
            raise ValueTableError(message)
        return there
    if asked is None:
        if len(there) > 1:
            listed = ", ".join(there[:12]) + (" …" if len(there) > 12 else "")
            message = (
                f"A table of several periods is asked for one; there are {listed}. Choose, such as "
                f"period={there[-1]!r}."
            )
            raise ValueTableError(message)
        return there
    found = []
    for one in periods_of(asked):
        of_year = [period for period in there if period.startswith(one) and len(one) == len("2008")]
        found.append(one if one in there or len(of_year) != 1 else of_year[0])
    return chosen_periods(found, there, "the official table")


def _joined(rows: pd.DataFrame, area: Area, period: str) -> pd.DataFrame:
    register = municipalities()
    by_key, keys = rows.set_index("key"), register[KEYS[area]]
    if not keys.isin(by_key.index).any():
        message = (
            f"An official table names Kreise; none of the keys of the 69 ({area}) is among its {len(rows)}, such as "
            f"{', '.join(rows['key'].head(3))}. Name the area status of its keys."
        )
        raise ValueTableError(message)
    found = by_key.reindex(keys)
    told = found["status"].fillna("").to_numpy()  # a table may say itself what its figures are worth
    value = found["value"].mask(np.isin(told, WITHOUT_VALUE)).to_numpy()
    own = np.ones(len(keys), dtype=bool) if _SAME[area] is None else register[_SAME[area]].to_numpy(dtype=bool)
    smaller = found["area_status"].fillna("").str.contains(WITHOUT_HANAU, regex=False).to_numpy(dtype=bool)
    notes = []
    for at, (kommune, key) in enumerate(zip(register[KEY], keys, strict=True)):
        if np.isnan(value[at]):
            notes.append(_why_missing(register.iloc[at], key, period, by_key, area))
        elif not own[at]:
            others = [other for other in register.loc[keys == key, KEY] if other != kommune]
            notes.append(_of_larger(register.iloc[at], key, _NAMES[area], others))
        else:
            notes.append(WITHOUT_HANAU if smaller[at] else "")
    status = np.where(np.isnan(value), "missing", np.where(own & ~smaller, "observed", "estimated"))
    worth = worst(pd.Series(status), pd.Series(np.where(told == "", "observed", told)))
    columns = {KEY: register[KEY], "period": period, "value": value, "status": worth}
    return pd.DataFrame(columns).assign(note=joined(notes, found["note"].fillna("")))


def _of_larger(unit: pd.Series, key: str, name: str, others: list[str]) -> str:
    """Whose value it is, in the words of the context table."""
    share = float(unit["successor_share"])
    whole = "taken for the smaller old area" if share == 1 else f"which holds {100 * share:.1f} % of the old population"
    same = f"; {', '.join(others)} has the same value" if others else ""
    return f"value of {key} {unit[name]}, {whole}{same}"


def _why_missing(unit: pd.Series, key: str, period: str, by_key: pd.DataFrame, area: str) -> str:
    when = f" in {period}" if period else ""
    if key not in by_key.index:
        reason = f"no row of {key}{when}"
    else:
        marker = by_key.at[key, "marker"]
        reason = f"no value of {key}{when}" + (f" (marker {marker!r})" if marker else "")
    for other, column in KEYS.items():
        later = str(unit[column])
        if other != area and later != key and by_key["value"].notna().get(later, False):
            return f"{reason}; the table has {later} (area={other!r})"
    return reason
