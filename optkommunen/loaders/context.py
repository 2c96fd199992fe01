"""The official context figures of the 69 and Germany, as tidy values with status and source."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import pandas as pd

from optkommunen.data import catalogue, store
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.values import VALUE_COLUMNS, chosen_periods, span_of

_SAID = ("unit", "time_base", "source")


def load_context(
    indicators: str | Iterable[str] | None = None, years: int | str | Iterable[int | str] | None = None
) -> pd.DataFrame:
    """Official context figures of the 69 and Germany, 2005–2010.

    **Format:** one row for each unit, year and indicator; ``kommune`` is the key as admitted, ``DE`` the
    reference row Germany (shown beside the 69, never compared or ranked).
    **Area status:** ``admitted`` (the area as admitted), ``successor`` (the larger Kreis that holds it today; its
    status is ``estimated``) or ``Germany``. A Kreis that no longer exists is ``missing``, never ``suppressed``.
    **Original sources:** Regionaldatenbank Deutschland, BBSR INKAR 2021 and 2024 (partly through GERDA), BBSR
    Umsteigeschlüssel; for each indicator see the data dictionary.
    **Licence:** dl-de/by-2-0, attribution in ``store.resource("context")["indicators"]``.
    **Known faults:** what the screen found stands as status ``unusable`` with the reason in ``note``: long-term
    unemployment 2005–2008, breaks in the eHb share, the composition of BG and some groups of unemployed.

    Parameters
    ----------
    indicators : one name, several, or None for all; see ``ok.catalogue()``.
    years : one year, 2008 or ``"2008"``, several, or None for all.

    Returns
    -------
    DataFrame, columns `VALUE_COLUMNS`
        ``value`` in the unit of column ``unit``; NaN where the status says so.

    Raises
    ------
    UnknownIndicatorError
        If a name is not an official context indicator.
    ValueTableError
        If a year is not among those of the indicators, or an indicator named has none of the years; with the range.

    Examples
    --------
    Every value knows its source, and 69 municipalities plus Germany stand in each year:

    >>> frame = load_context("unemployment_rate", 2008)
    >>> len(frame), bool((frame["source"] != "").all())
    (70, True)
    """
    frame = store.table("context")
    described = _described()
    if indicators is not None:
        wanted = [indicators] if isinstance(indicators, str) else list(indicators)
        for name in wanted:
            catalogue.indicator(name)
            if name not in described:
                message = (
                    f"{name!r} is not an official context column; it is computed. "
                    "For eHb and persons in BG call ok.caseload()."
                )
                raise UnknownIndicatorError(message)
        frame = frame[frame["indicator"].isin(wanted)]
    if years is not None:
        of = "official context" if indicators is None else ", ".join(wanted)
        chosen = frame[frame["period"].isin(chosen_periods(years, frame["period"], of))]
        if indicators is not None:
            _require_all(wanted, frame, chosen)
        frame = chosen
    codes, names = pd.factorize(frame["indicator"])
    said = {column: pd.array([described[name][column] for name in names], dtype="str") for column in _SAID}
    frame = frame.assign(**{column: words.take(codes) for column, words in said.items()})
    return frame[list(VALUE_COLUMNS)].reset_index(drop=True)


@functools.cache
def _described() -> dict[str, dict[str, str]]:
    """What the descriptor says once of each indicator, by its name."""
    entries = store.resource("context")["indicators"]
    return {
        entry["name"]: {
            "unit": entry["unit"],
            "time_base": entry["time_base"],
            "source": f"{entry['source_title']}; {entry['code']}",
        }
        for entry in entries
    }


def _require_all(names: list[str], frame: pd.DataFrame, chosen: pd.DataFrame) -> None:
    """Refuse years in which one of the indicators named is not published at all; it would be gone without a word."""
    spans = {n: span_of(frame.loc[frame["indicator"] == n, "period"]) for n in set(names) - set(chosen["indicator"])}
    if spans:
        message = (
            "Each indicator named is published in one of the years asked for; not so: "
            f"{', '.join(f'{name} ({spans[name]})' for name in sorted(spans))}. Choose other years, or leave it out."
        )
        raise ValueTableError(message)
