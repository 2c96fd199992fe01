"""What a researcher brings: indicators of their own, and an official column beside the table at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from optkommunen.data import catalogue as dictionary
from optkommunen.data.catalogue import Indicator, Lang
from optkommunen.data.register import keys_of
from optkommunen.errors import ForeignUnitError, UnknownIndicatorError, ValueTableError
from optkommunen.loaders.area_join import Area, official_values
from optkommunen.loaders.own_indicators import own_indicator, read_indicators
from optkommunen.returns import columns as returns_columns
from optkommunen.values import KEY, REFERENCE, SYNTHETIC_KEYS, WITHOUT_VALUE, span_of, worst
from optkommunen.words import language

ENTRY = (
    "indicator", "label", "unit", "kind", "polarity", "numerator", "denominator", "multiplier", "decimals",
    "by_service", "time_base", "leg", "certainty", "definition", "source",
)  # fmt: skip
"""What the catalogue says of an indicator, in the order of its columns."""

COLUMN = ("column", "title", "unit", "kind", "part_of", "choices", "definition", "example")
"""What it says of a column of the returns (``table=``)."""


def define(name: str | Path, *, replace: bool = False, **words: Any) -> Indicator | tuple[Indicator, ...]:
    """Put an indicator of one's own into the catalogue: it works in ``ok.indicator``, every comparison and figure.

    Parameters
    ----------
    name : str or Path
        Name of the indicator; or a TOML file with a table of the words below for each, ``[name]``.
    replace : bool, default False
        Whether an indicator of one's own that has the same name and other content is replaced.
    **words
        ``kind`` : {"event_rate", "stock_quota", "cost", "ratio", "count"}
            Events per stock, persons among the same persons, € per stock, one stock per another, a number: which
            interval belongs to it, and how months become a year.
        ``polarity`` : {1, -1, 0}
            High is good, high is bad, or neither (activity, no success).
        ``label_de``, ``label_en`` : str
            For figures and tables.
        ``numerator``, ``denominator`` : str, optional
            Columns of the returns, also further ones of one's own file; without them the values come ready-made.
        ``unit`` (or ``unit_de``, ``unit_en``) : str, optional
            Follows from the rest where it can.
        ``multiplier`` : float, optional
            100 for rates and quotas, else 1.
        ``decimals`` : int, optional
            Digits shown.
        ``definition``, ``source``, ``time_base`` : str, optional
            For the dictionary page of the report.
        ``by_service`` : bool, optional
            Whether the columns are those of the services (``ok.service_indicator``).

    Returns
    -------
    Indicator, or tuple of them from a file
        Pass it, or its name, to ``ok.indicator``.

    Raises
    ------
    IndicatorError
        A word missing, unknown or wrong; a name that is taken.
    FileFormatError
        A file that is no such TOML; names file and indicator. Nothing of it is put into the catalogue.

    Examples
    --------
    >>> mine = define("sanctions_per_take_up", kind="ratio", polarity=0, numerator="sanktionen",
    ...               denominator="eingliederungen", label_de="Sanktionen je Eingliederung",
    ...               label_en="Sanctions per take-up of work")
    >>> mine.axis("en")
    'Sanctions per take-up of work (sanktionen per eingliederungen)'
    >>> define("ehb", kind="count", polarity=-1, label_de="eHb", label_en="eHb", unit="persons")
    Traceback (most recent call last):
    optkommunen.errors.IndicatorError: An indicator of one's own has a name of its own; 'ehb' is in the catalogue
    (Persons able to work and in need (eHb)). Name it otherwise.
    """
    if isinstance(name, Path) or str(name).lower().endswith(".toml"):
        if words:
            message = f"A file holds its definitions itself; found {', '.join(words)} beside {name}. Leave them out."
            raise ValueTableError(message)
        found = read_indicators(name)
        dictionary.add_all(found, replace=replace)
        return found
    return dictionary.add(own_indicator(name, words), replace=replace)


def catalogue(
    name: str | list[str] | None = None, *, table: str | None = None, lang: Lang | None = None
) -> pd.DataFrame:
    """The indicator dictionary: what each number means, how it is computed, which direction is good.

    With `table` it is that of the returns: what each column of a sheet means and may hold.

    Parameters
    ----------
    name : str or list of str, optional
        Of one indicator or several, or of columns of the `table`; all if None, indicators of one's own last.
    table : {"monthly", "annual", "services", "units", "declarations"}, optional
        A table of the returns, whose columns are listed in place of the indicators.
    lang : {"de", "en"}, optional
        Language of words; definitions of indicators are English. None: that of the session.

    Returns
    -------
    DataFrame
        One row for each indicator: ``indicator, label, unit, kind, polarity, numerator, denominator, multiplier,
        decimals, by_service, time_base, leg, certainty, definition, source``.
        With `table` one row for each of its columns: ``column, title, unit, kind, part_of, choices, definition,
        example``; choices are the words that a cell may hold, where these are few.

    Raises
    ------
    UnknownIndicatorError
        A name that is not there; the message lists the nearest ones, or the columns of the table.
    ValueTableError
        A table that returns do not have.

    Examples
    --------
    >>> catalogue("eingliederungsquote")[["kind", "unit"]].iloc[0].tolist()
    ['event_rate', 'per 100 eHb and month']
    >>> catalogue("ehb_u25", table="monthly", lang="de")[["title", "kind", "part_of"]].iloc[0].tolist()
    ['eHb unter 25 Jahren', 'stock', 'ehb']
    """
    lang, names = language(lang), [name] if isinstance(name, str) else name
    if table is not None:
        return _columns(table, names, lang)
    entries = dictionary.entries() if names is None else [dictionary.indicator(one) for one in names]
    own = {"indicator": lambda e: e.name, "label": lambda e: e.label(lang),
           "unit": lambda e: e.unit_de if lang == "de" else e.unit_en}  # fmt: skip
    columns = {c: [own[c](e) if c in own else getattr(e, c) for e in entries] for c in ENTRY}
    return pd.DataFrame(columns)


def _columns(table: str, names: list[str] | None, lang: Lang) -> pd.DataFrame:
    """Columns of a table of the returns, as template and check know them."""
    if table not in returns_columns.SHEETS:
        message = (
            f"A table of the returns is one of {', '.join(returns_columns.SHEETS)}; found {table!r}. Name one of them."
        )
        raise ValueTableError(message)
    known = returns_columns.table(table).columns
    unknown = [name for name in names or () if name not in known]
    if unknown:
        message = (
            f"A column of the table {table!r} is one of {', '.join(known)}; found {unknown[0]!r}. Further columns of "
            "your own are kept as they are."
        )
        raise UnknownIndicatorError(message)
    rows = [
        (
            *(c.name, c.title[lang], c.unit[lang], c.kind, ", ".join(c.part_of)),
            *(", ".join(c.labels[lang].values()) if c.labels else "", c.definition[lang], c.example),
        )
        for c in (known[name] for name in names or known)
    ]
    return pd.DataFrame(rows, columns=list(COLUMN)).astype("str")


def attach(
    frame: pd.DataFrame,
    official: pd.DataFrame,
    *,
    column: str,
    area: Area,
    period: str | int | None = None,
    name: str | None = None,
) -> pd.DataFrame:
    """Put a figure of an official table beside each of the 69, joined by area status, and say what each is worth.

    Parameters
    ----------
    frame : DataFrame
        Rows of the 69 by ``kommune`` (key or name), such as ``ok.conditions()`` or a design of the regression.
    official : DataFrame
        As from ``ok.read_official``.
    column : str
        One of its variables or numeric columns.
    area : {"as_admitted", "2008", "today"}
        Whose keys the table has: of the 69 as admitted, of the end of 2008, or of today (31.12.2021). A table with the
        keys of each year (GENESIS) has those of its period.
    period : str or int, optional
        Period of the table, where it has several; if None and `frame` has ``period``, the same year as each row.
    name : str, optional
        Name of the new column; `column` if None. A formula takes letters, digits and underscores.

    Returns
    -------
    DataFrame
        The rows of `frame` in their order with the columns ``<name>``, ``<name>_status`` and ``<name>_note``. The value
        of a Kreis that holds the municipality and more, maybe another of the 69, is ``estimated``; what did not join is
        ``missing``; both with the reason. The row's own ``status`` is then the worst that enters, so that a regression
        carries it; in a value table (column ``value``) it is that of ``value`` and stays.

    Raises
    ------
    ValueTableError
        No column ``kommune``, a column that is there already, a key twice in the official table, an area status,
        column or period that is not there, or no key of the 69 among its keys.
    ForeignUnitError
        A Musterkommune or the reference row: official figures are of real places.

    Examples
    --------
    >>> table = pd.DataFrame({"key": ["14625", "06438"], "population": [320.0, 338.0]})
    >>> beside = attach(pd.DataFrame({"kommune": ["Offenbach (Landkreis)", "14272", "01054"]}), table,
    ...                 column="population", area="2008")
    >>> beside[["population", "population_status"]].to_numpy().tolist()
    [[338.0, 'observed'], [320.0, 'estimated'], [nan, 'missing']]
    """
    new = column if name is None else name
    if KEY not in frame.columns or new in frame.columns:
        found = f"a column {new!r} already" if new in frame.columns else f"no column {KEY!r}"
        message = f"A figure is put beside the rows of {KEY!r} as a new column; found {found}. Rename it (name=)."
        raise ValueTableError(message)
    foreign = frame.loc[frame[KEY].isin([*SYNTHETIC_KEYS, REFERENCE]), KEY]
    if len(foreign):
        message = f"Official figures are of the 69; found {foreign.iloc[0]}. Never set them beside invented places."
        raise ForeignUnitError(message)
    keys = keys_of(frame[KEY])
    by_row = period is None and "period" in frame.columns and "period" in official.columns
    years = frame["period"].astype("str").str[:4] if by_row else None
    asked = list(dict.fromkeys(years)) if years is not None else period
    if years is not None and not official["period"].astype("str").str[:4].isin(years).any():
        there = official["period"].astype("str").unique()
        message = (
            f"Without period= each row takes the figure of its own year, {span_of(years)}; the official table has "
            f"{span_of(there)}. Name the period that is meant, such as period={max(there)!r}."
        )
        raise ValueTableError(message)
    values = official_values(official, column, area, asked)
    values["period"] = values["period"].str[:4] if by_row else ""
    wanted = pd.MultiIndex.from_arrays([keys, years if years is not None else [""] * len(keys)])
    found_rows = values.set_index([KEY, "period"]).reindex(wanted)
    status = pd.Series(found_rows["status"].to_numpy(), index=frame.index, dtype="str")
    table = frame.copy(deep=False)
    table[new], table[f"{new}_status"] = found_rows["value"].to_numpy(), status
    table[f"{new}_note"] = found_rows["note"].to_numpy()
    if "value" not in frame.columns:
        before = frame["status"] if "status" in frame.columns else None
        entering = status.mask(status.isin(WITHOUT_VALUE), "observed")
        table["status"] = entering if before is None else worst(before, entering)
    return table
