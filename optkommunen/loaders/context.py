"""The official context figures of the 69 and Germany, as tidy values with status and source."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from optkommunen import catalogue, store
from optkommunen.errors import UnknownIndicatorError
from optkommunen.values import VALUE_COLUMNS


def load_context(
    indicators: str | Iterable[str] | None = None, years: int | Iterable[int] | None = None
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
    indicators : one name, several, or None for all; see ``ok.catalogue.entries()``.
    years : one year, several, or None for all.

    Returns
    -------
    DataFrame, columns `VALUE_COLUMNS`
        ``value`` in the unit of column ``unit``; NaN where the status says so.

    Raises
    ------
    UnknownIndicatorError
        If a name is not an official context indicator.

    Examples
    --------
    Every value knows its source, and 69 municipalities plus Germany stand in each year:

    >>> frame = load_context("unemployment_rate", 2008)
    >>> len(frame), bool((frame["source"] != "").all())
    (70, True)
    """
    frame = store.table("context")
    described = {entry["name"]: entry for entry in store.resource("context")["indicators"]}
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
        wanted_years = [years] if isinstance(years, int) else list(years)
        frame = frame[frame["period"].isin([str(year) for year in wanted_years])]
    entry = frame["indicator"].map(described)
    frame = frame.assign(
        unit=entry.map(lambda e: e["unit"]),
        time_base=entry.map(lambda e: e["time_base"]),
        source=entry.map(lambda e: f"{e['source_title']}; {e['code']}"),
    )
    return frame[list(VALUE_COLUMNS)].reset_index(drop=True)
