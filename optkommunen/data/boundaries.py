"""Boundaries of the 69 as admitted and of the Länder, for maps; centres of the 69, for distances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.data import store
from optkommunen.values import KEY

if TYPE_CHECKING:
    import geopandas


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

    text = store.verified_path("boundaries").read_text(encoding="utf-8")
    collection = json.loads(text)
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
