"""Numbers in the BBSR Umsteigeschlüssel that cannot be right: put right where it says how, else missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

PARTS = {
    "area_km2": ("weight_area", 0.02),
    "population_1000": ("weight_population", 0.15),
    "employees_1000": ("weight_employees", 0.15),
}
"""Part value of a source: its weight, and how far rounding to the printed decimals takes it from its share."""

GARBLED = {"Teltow-Flõming": "Teltow-Fläming"}
"""Name in eleven sheets: Windows letters that were read as DOS letters."""

_TENFOLD = "population printed tenfold"
_MERGED = "printed as area and population of the Kreis of 2021; here the area of 2019"
# Year and source: column, printed, right, note.
_MISPRINTS = (
    (1991, "11000", "population_1000", 34_460.3, 3_446.0, _TENFOLD),
    (2020, "16056", "area_km2", 1_371.15, 104.17, _MERGED),
    (2020, "16063", "area_km2", 1_371.15, 1_266.98, _MERGED),
    (2020, "16056", "population_1000", 159.9, np.nan, _MERGED),
    (2020, "16063", "population_1000", 159.9, np.nan, _MERGED),
)
_WHOLE = "area or population printed whole in each row of this source; here its share by weight"


def mend(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Put misprints of one sheet right and say so in ``note``; what is printed otherwise stays as it is.

    Berlin's tenfold population of 1991 stands between 3,409.7 and 3,465.7. Three sources in Thüringen that were
    divided (16063, 16070, 16073; population 2016 to 2018, area 2017 and 2018) carry the whole in each of their two
    rows, against their own weights; with shares by weight the Kreise of 2018 add up to the 357,574.8 km² and 83,019.8
    thousand inhabitants that Destatis counts. Eisenach and the Wartburgkreis of 2020 both carry the Kreis that they
    formed in 2021, whose area is the sum of their areas of 2019; nothing here says how its inhabitants divide.

    Parameters
    ----------
    frame : pairs of one sheet: ``key``, weights, parts, ``note``.
    year : its source year.

    Examples
    --------
    >>> two = {"key": "16063", "weight_area": [0.9, 0.1], "area_km2": [1000.0, 1000.0], "note": ""}
    >>> mend(pd.DataFrame(two), 2017)["area_km2"].tolist()
    [900.0, 100.0]
    """
    frame = frame.copy()
    for wrong_year, key, column, printed, right, note in _MISPRINTS:
        if wrong_year == year:
            hit = frame["key"].eq(key) & frame[column].eq(printed)
            frame[column], frame["note"] = frame[column].mask(hit, right), frame["note"].mask(hit, note)
    for column in PARTS.keys() & set(frame):
        weight, tolerance = PARTS[column]
        equal = frame.groupby("key")[column].transform("nunique").eq(1)
        whole = equal & gap(frame, column).gt(tolerance)
        frame[column] = frame[column].mask(whole, frame[column] * frame[weight])
        frame["note"] = frame["note"].mask(whole, _WHOLE)
    return frame


def gap(frame: pd.DataFrame, column: str) -> pd.Series:
    """How far each part is from its weight's share in the whole source."""
    whole = frame.groupby("key")[column].transform("sum")
    return (frame[column] - frame[PARTS[column][0]] * whole).abs()
