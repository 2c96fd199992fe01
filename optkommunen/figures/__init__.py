"""Figures: all that draws. Each function takes a frame, refuses one without status, and returns a `Chart`.

A chart is a matplotlib figure that carries the table it was drawn from (``.table``) and a text in its place
(``.alt_text``). Common keywords, where they apply: ``names, title, unit, source, highlight, lang, width, height``.

Places and rings
    map_rings, map_indicator, profile, heatmap, ring_and_neighbours
Comparison
    compare_areas, rank_sets, funnel
Over time
    development (counts), quota_development (rates), grafik (the five of the report on 2008)
Services
    by_service, need_and_provision
Models
    coefficients, specification_curve, influence
Words and style
    number, p_value, source_line, notebook_style; of returns: whose, absent_members, ring_names, source_of

The names are loaded when first used, so that the import itself loads neither matplotlib nor geopandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOLDS = {
    "basemap": "", "coefficient_plot": "coefficients", "funnels": "funnel", "grafik_data": "",
    "interval_rows": "compare_areas rank_sets", "layout": "Chart source_line", "maps": "map_indicator map_rings",
    "notes": "absent_members ring_names source_of whose", "over_time": "development quota_development",
    "placement": "", "profiles": "heatmap profile ring_and_neighbours", "report2008": "grafik",
    "robustness": "influence specification_curve", "scatter": "need_and_provision", "service_rows": "by_service",
    "style": "notebook_style", "time_lines": "",
}  # fmt: skip
"""Public names of each module."""
_WHERE = {name: f"optkommunen.figures.{module}" for module, names in _HOLDS.items() for name in names.split()}
_WHERE |= dict.fromkeys(("number", "p_value"), "optkommunen.words")

if TYPE_CHECKING:
    from optkommunen.figures.coefficient_plot import coefficients as coefficients
    from optkommunen.figures.funnels import funnel as funnel
    from optkommunen.figures.interval_rows import compare_areas as compare_areas
    from optkommunen.figures.interval_rows import rank_sets as rank_sets
    from optkommunen.figures.layout import Chart as Chart
    from optkommunen.figures.layout import source_line as source_line
    from optkommunen.figures.maps import map_indicator as map_indicator
    from optkommunen.figures.maps import map_rings as map_rings
    from optkommunen.figures.notes import absent_members as absent_members
    from optkommunen.figures.notes import ring_names as ring_names
    from optkommunen.figures.notes import source_of as source_of
    from optkommunen.figures.notes import whose as whose
    from optkommunen.figures.over_time import development as development
    from optkommunen.figures.over_time import quota_development as quota_development
    from optkommunen.figures.profiles import heatmap as heatmap
    from optkommunen.figures.profiles import profile as profile
    from optkommunen.figures.profiles import ring_and_neighbours as ring_and_neighbours
    from optkommunen.figures.report2008 import grafik as grafik
    from optkommunen.figures.robustness import influence as influence
    from optkommunen.figures.robustness import specification_curve as specification_curve
    from optkommunen.figures.scatter import need_and_provision as need_and_provision
    from optkommunen.figures.service_rows import by_service as by_service
    from optkommunen.figures.style import notebook_style as notebook_style
    from optkommunen.words import number as number
    from optkommunen.words import p_value as p_value


def __getattr__(name: str) -> Any:
    if name not in _WHERE and name not in _HOLDS:
        message = f"module 'optkommunen.figures' has no attribute {name!r}; it has {', '.join(__dir__())}"
        raise AttributeError(message)
    module = importlib.import_module(_WHERE.get(name, f"optkommunen.figures.{name}"))
    found = globals()[name] = getattr(module, name) if name in _WHERE else module
    return found


def __dir__() -> list[str]:
    return sorted([*_WHERE, *_HOLDS])
