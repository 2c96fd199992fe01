"""Official data that lie in the package: context of the 69, published figures, what the screen found, boundaries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.data import catalogue, store
from optkommunen.errors import UnknownIndicatorError, ValueTableError
from optkommunen.values import KEY, REFERENCE, VALUE_COLUMNS, chosen_periods, span_of
from optkommunen.words import N_

if TYPE_CHECKING:
    import geopandas

SOUND, CELLS, COLUMN = N_("sound"), N_("cells unusable"), N_("column unusable")
"""Verdicts of the screen on an indicator in a year."""

_UNITS = {"pct": "%", "eur": "€"}


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
    if indicators is not None:
        wanted = [indicators] if isinstance(indicators, str) else list(indicators)
        for name in wanted:
            catalogue.indicator(name)
            if not frame["indicator"].eq(name).any():
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
    for column in ("unit", "time_base", "source"):  # what the dictionary says once of each
        words = pd.array([getattr(catalogue.indicator(name), column) for name in names], dtype="str")
        frame = frame.assign(**{column: words.take(codes)})
    return frame[list(VALUE_COLUMNS)].reset_index(drop=True)


def load_published() -> pd.DataFrame:
    """Figures printed in press releases, council papers and reports, 2005–2015.

    **Format:** one row for each printed figure; ``period`` is a day or month for stocks, a year for annual sums and
    means, ``start/end`` for other spans. ``kommune`` is empty where the figure is not about one of the 69 on its area
    as admitted. Two sources that print different values for one month both stay.
    **Certainty:** ``A`` primary source, ``B`` press or another secondary source, ``C`` derived or date inferred.
    **Licence:** single facts; cite the column ``source``.
    **Known faults:** counts of placements (``eingliederungen``) follow rules of each house and are not comparable.

    Returns
    -------
    DataFrame, shape (833, 13)
        The columns of the descriptor, ``unit`` and ``status`` (always ``published``).

    Examples
    --------
    >>> figures = load_published().set_index("figure_id")
    >>> int(figures.at["ok69.ehb.2006-09-30", "value"])
    690414
    """
    frame = store.table("published_figures")
    suffix = frame["indicator"].str.rsplit("_", n=1).str[-1]
    return frame.assign(unit=suffix.map(_UNITS).fillna("count or ratio"), status="published")


def screened_indicators(screen: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """The years of each verdict, and how often an indicator jumps among the 69 and elsewhere.

    Parameters
    ----------
    screen : DataFrame
        One row for each indicator and year, as the bundled table ``screen``.
    values : DataFrame
        Value table of the same indicators, ``kommune, indicator, status``.

    Returns
    -------
    DataFrame
        ``indicator, whole_column, single_cells`` (first and last year, "–" for none), ``n_unusable`` (values of the
        69), ``jumps_69_pct, jumps_other_pct`` (jumps per 100 changes from the year before, in the years found),
        ``status``. Indicators that are sound in every year are left out.

    Examples
    --------
    >>> screen = pd.DataFrame({
    ...     "indicator": ["a", "a", "b"], "period": ["2007", "2008", "2008"], "verdict": [COLUMN, COLUMN, SOUND],
    ...     "changes_69": [0, 50, 60], "jumps_69": [0, 10, 0], "changes_other": [0, 300, 300], "jumps_other": [0, 3, 2],
    ... })
    >>> values = pd.DataFrame({"kommune": ["06438", "DE"], "indicator": "a", "status": ["unusable", "observed"]})
    >>> screened_indicators(screen, values).to_numpy().tolist()
    [['a', '2007–2008', '–', 1, 20.0, 1.0, 'derived']]
    """
    found = screen[screen["verdict"] != SOUND]
    counts = ["changes_69", "jumps_69", "changes_other", "jumps_other"]
    jumps = found.groupby("indicator", sort=False)[counts].sum().astype(float)
    years = found.groupby(["indicator", "verdict"])["period"].agg(_span).unstack(fill_value="–")
    years = years.reindex(index=jumps.index, columns=[COLUMN, CELLS], fill_value="–")
    unusable = values.loc[values[KEY].ne(REFERENCE) & values["status"].eq("unusable"), "indicator"].value_counts()
    table = pd.DataFrame(
        {
            "whole_column": years[COLUMN],
            "single_cells": years[CELLS],
            "n_unusable": unusable.reindex(jumps.index, fill_value=0),
            "jumps_69_pct": 100 * jumps["jumps_69"] / jumps["changes_69"],
            "jumps_other_pct": 100 * jumps["jumps_other"] / jumps["changes_other"],
            "status": "derived",
        }
    )
    return table.rename_axis("indicator").reset_index()


def load_boundaries() -> geopandas.GeoDataFrame:
    """Boundaries of the 69 as admitted (31.12.2005) and outlines of the 16 Länder.

    **Format:** EPSG:25832, whole metres, simplified; for display only, never for areas. ``approximate`` marks shapes
    whose area is off by more than 10 % (15151 Anhalt-Zerbst, 15367 Schönebeck), because they were built from the
    Gemeinden of 2016, which cross some old borders.
    **Source and licence:** © GeoBasis-DE / BKG 2016 (Daten verändert), dl-de/by-2-0. The attribution belongs on the
    face of every map and stands in ``frame.attrs["attribution"]``.

    Returns
    -------
    GeoDataFrame, shape (85, 5)
        ``key`` (kommune or two-digit Land), ``level`` (``kommune`` or ``land``), ``name, approximate, geometry``.

    Raises
    ------
    IntegrityError
        If the bundled file was changed.

    Examples
    --------
    >>> shapes = load_boundaries()
    >>> shapes["level"].value_counts().to_dict()
    {'kommune': 69, 'land': 16}
    """
    import geopandas

    collection = json.loads(store.verified_path("boundaries").read_text(encoding="utf-8"))
    frame = geopandas.GeoDataFrame.from_features(collection["features"], crs=collection["crs"]["properties"]["name"])
    frame = frame[["key", "level", "name", "approximate", "geometry"]]
    frame.attrs["attribution"] = collection["attribution"]
    return frame


def centroids() -> pd.DataFrame:
    """Centre of each of the 69 in metres (EPSG:25832), for distances between places.

    Returns
    -------
    DataFrame, shape (69, 3)
        ``kommune, x, y``. The shapes are simplified and two only approximate: good for neighbours, not for areas.

    Examples
    --------
    Places lie in Germany, which is less than a thousand kilometres across:

    >>> table = centroids()
    >>> table.shape, bool(table[["x", "y"]].apply(lambda c: c.max() - c.min()).max() < 1e6)
    ((69, 3), True)
    """
    shapes = load_boundaries()
    shapes = shapes[shapes["level"] == "kommune"]
    centre = shapes.geometry.centroid
    return pd.DataFrame({KEY: shapes["key"].to_numpy(), "x": centre.x.to_numpy(), "y": centre.y.to_numpy()})


def _span(years: pd.Series) -> str:
    first, last = years.min(), years.max()
    return str(first) if first == last else f"{first}–{last}"


def _require_all(names: list[str], frame: pd.DataFrame, chosen: pd.DataFrame) -> None:
    """Refuse years in which one of the indicators named is not published at all; it would be gone without a word."""
    spans = {n: span_of(frame.loc[frame["indicator"] == n, "period"]) for n in set(names) - set(chosen["indicator"])}
    if spans:
        message = (
            "Each indicator named is published in one of the years asked for; not so: "
            f"{', '.join(f'{name} ({spans[name]})' for name in sorted(spans))}. Choose other years, or leave it out."
        )
        raise ValueTableError(message)
