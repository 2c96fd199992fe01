"""Boundaries of the 69 as admitted and of the Länder: EPSG:25832 in whole metres, for display only."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon, Polygon

from tools.raw.official import DATA

EPSG = 25832
SLIVER = 10e6
"""Interior rings below this area (m²) are gaps left by dissolving, not exclaves such as Berlin or Bremen."""
APPROXIMATE = 0.10
LAENDER = {
    "01": "Schleswig-Holstein", "02": "Hamburg", "03": "Niedersachsen", "04": "Bremen",
    "05": "Nordrhein-Westfalen", "06": "Hessen", "07": "Rheinland-Pfalz", "08": "Baden-Württemberg", "09": "Bayern",
    "10": "Saarland", "11": "Berlin",
    "12": "Brandenburg", "13": "Mecklenburg-Vorpommern", "14": "Sachsen", "15": "Sachsen-Anhalt", "16": "Thüringen",
}  # fmt: skip


def boundaries(municipalities: pd.DataFrame) -> str:
    """GeoJSON text: 69 municipalities and 16 Länder, one feature a line, with the `crs` member."""
    kreise = gpd.read_file(DATA / "geo" / "kreise_2005-12-31_klein.geojson").to_crs(EPSG)
    kreise["geometry"] = [_whole_metres(shape) for shape in kreise.geometry]
    register = municipalities.set_index("kommune")
    own = kreise[kreise["ags"].isin(register.index)].set_index("ags").sort_index()
    official = register["area_km2"].astype(float).reindex(own.index)
    approximate = (own.area / 1e6 / official - 1).abs() > APPROXIMATE
    features = [
        _feature(key, "kommune", register.at[key, "name"], bool(approximate[key]), shape)
        for key, shape in own.geometry.items()
    ]
    laender = kreise.dissolve(kreise["ags"].str[:2])
    features += [
        _feature(key, "land", LAENDER[key], False, _without_slivers(shape)) for key, shape in laender.geometry.items()
    ]
    head = {
        "type": "FeatureCollection",
        "name": "optkommunen boundaries, area status 31.12.2005",
        "attribution": "© GeoBasis-DE / BKG 2016 (Daten verändert)",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{EPSG}"}},
    }
    lines = [json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features]
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def _whole_metres(shape: Polygon | MultiPolygon) -> Any:
    return shapely.set_precision(shape, 1.0)


def _without_slivers(shape: Polygon | MultiPolygon) -> MultiPolygon:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    kept = []
    for part in parts:
        holes = [ring for ring in part.interiors if Polygon(ring).area >= SLIVER]
        kept.append(Polygon(part.exterior, holes))
    return _whole_metres(MultiPolygon(kept))


def _feature(key: str, level: str, name: str, approximate: bool, shape: Any) -> dict[str, Any]:
    geometry = shapely.geometry.mapping(shapely.normalize(shape))
    return {
        "type": "Feature",
        "properties": {"key": key, "level": level, "name": name, "approximate": approximate},
        "geometry": {"type": geometry["type"], "coordinates": _integers(geometry["coordinates"])},
    }


def _integers(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates)
    return [_integers(part) for part in coordinates]
