"""Benchmarking of the 69 German Optionskommunen (SGB II): official figures, indicators, comparison, regression.

The names a notebook needs; each is loaded when it is first used, so that the import itself is cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "municipalities": "optkommunen.data.register",
    "resolve": "optkommunen.data.register",
    "load_context": "optkommunen.loaders.context",
    "load_published": "optkommunen.loaders.published",
    "load_boundaries": "optkommunen.data.boundaries",
    "read_official": "optkommunen.loaders.official",
    "load_returns": "optkommunen.returns.read",
    "load_truth": "optkommunen.returns.read",
    "caseload": "optkommunen.indicators.caseload",
    "total": "optkommunen.indicators.aggregate",
    "indicator": "optkommunen.indicators.rates",
    "service_indicator": "optkommunen.indicators.services",
    "reconcile": "optkommunen.indicators.reconciliation.verdicts",
    "compare": "optkommunen.comparison.position",
    "notebook_style": "optkommunen.figures.style",
    "set_language": "optkommunen.words",
    "regress": "optkommunen.analysis",
}
_MODULES = {
    "catalogue": "optkommunen.data.catalogue",
    "errors": "optkommunen.errors",
    "figures": "optkommunen.figures",
    "store": "optkommunen.data.store",
    "values": "optkommunen.values",
}

if TYPE_CHECKING:
    from optkommunen.analysis import regress as regress
    from optkommunen.comparison.position import compare as compare
    from optkommunen.data.boundaries import load_boundaries as load_boundaries
    from optkommunen.data.register import municipalities as municipalities
    from optkommunen.data.register import resolve as resolve
    from optkommunen.figures.style import notebook_style as notebook_style
    from optkommunen.indicators.aggregate import total as total
    from optkommunen.indicators.caseload import caseload as caseload
    from optkommunen.indicators.rates import indicator as indicator
    from optkommunen.indicators.reconciliation.verdicts import reconcile as reconcile
    from optkommunen.indicators.services import service_indicator as service_indicator
    from optkommunen.loaders.context import load_context as load_context
    from optkommunen.loaders.official import read_official as read_official
    from optkommunen.loaders.published import load_published as load_published
    from optkommunen.returns.read import load_returns as load_returns
    from optkommunen.returns.read import load_truth as load_truth
    from optkommunen.words import set_language as set_language


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        found = getattr(importlib.import_module(_WHERE[name]), name)
    elif name in _MODULES:
        found = importlib.import_module(_MODULES[name])
    else:
        message = f"module 'optkommunen' has no attribute {name!r}; it has {', '.join(sorted([*_WHERE, *_MODULES]))}"
        raise AttributeError(message)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*_WHERE, *_MODULES, "__version__"])
