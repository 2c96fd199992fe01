"""Benchmarking of the 69 German Optionskommunen (SGB II): official figures, indicators, comparison, regression.

The public names, in their groups; each is loaded when it is first used, so that the import itself is cheap.

**Session**
    ``set_language`` ("de" or "en"; numbers never change), ``notebook_style``
**The 69**
    ``municipalities``, ``resolve`` (key of any name), ``rings`` (and how sure they are), ``near_a_cut`` (who could
    as well be in another)
**Official figures**
    ``load_context``, ``caseload``, ``load_published``, ``load_boundaries``, ``reconcile`` (verdicts on the
    published figures), ``service_counts`` (of the services), ``recorded_cases`` (of Germany, beside the need),
    ``screen`` (what is unusable), ``read_official`` (a download, told by its content), ``attach`` (a column of it
    beside the 69)
**Returns**
    ``template`` (an empty workbook), ``check_returns`` (all that is wrong in one's own), ``load_returns`` (one's own,
    or invented ones), ``load_truth`` (of the invented ones), ``load_study`` (a table of simulations)
**Indicators**
    ``catalogue``, ``define`` (one of your own), ``indicator``, ``service_indicator``, ``service_profile``,
    ``service_supply``, ``conditions``, ``change`` (between two periods), ``total``, ``medians`` (and range, by group),
    ``annual_progress`` (Jahresfortschrittswert: of the year so far)
**Comparison**
    ``compare`` (against the ring, or rings of your own), ``funnel``, ``rank``, ``shrink``, ``neighbours``, ``types``,
    ``partners``, ``frontier``
**Regression**
    ``regress``, ``models`` (side by side), ``childcare_design`` (real figures), ``simulate`` (returns whose truth is
    known)
**Looking**
    ``show`` (any frame as a readable table), ``figures`` (what belongs to no answer), ``explore`` (a panel in
    JupyterLab), ``to_stata``
**Inside**
    ``store`` (bundled tables), ``values`` (columns, statuses), ``errors``

A comparison or regression answers with a ``Result``: ``.table``, ``.parts``, ``.facts``, ``.notes``, ``.of(place)``,
``.summary()``, ``.plot()``, ``.show()``, ``.to_excel(path)`` and other exports.

``help(ok.indicator)`` explains one of them. Data come first, the rest by keyword; a municipality is named by its key or
by any name in use; ``period`` is 2008, ``"2008"`` or ``"2008-03"``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

_WHERE = {
    "municipalities": "optkommunen.data.register",
    "resolve": "optkommunen.data.register",
    "load_context": "optkommunen.front.official_figures",
    "load_published": "optkommunen.loaders.bundled",
    "service_counts": "optkommunen.indicators.caseload",
    "recorded_cases": "optkommunen.indicators.caseload",
    "load_boundaries": "optkommunen.loaders.bundled",
    "read_official": "optkommunen.loaders.official",
    "load_returns": "optkommunen.front.own_returns",
    "check_returns": "optkommunen.front.own_returns",
    "template": "optkommunen.front.own_returns",
    "load_truth": "optkommunen.returns.read",
    "caseload": "optkommunen.front.official_figures",
    "total": "optkommunen.front.indicators",
    "medians": "optkommunen.front.indicators",
    "annual_progress": "optkommunen.front.progress",
    "rings": "optkommunen.front.membership",
    "attach": "optkommunen.front.own",
    "define": "optkommunen.front.own",
    "catalogue": "optkommunen.front.own",
    "service_profile": "optkommunen.front.indicators",
    "service_supply": "optkommunen.front.indicators",
    "conditions": "optkommunen.front.indicators",
    "change": "optkommunen.front.indicators",
    "indicator": "optkommunen.front.indicators",
    "service_indicator": "optkommunen.front.indicators",
    "reconcile": "optkommunen.front.official_figures",
    "screen": "optkommunen.front.official_figures",
    "near_a_cut": "optkommunen.comparison.rings",
    "compare": "optkommunen.front.comparing",
    "neighbours": "optkommunen.front.surroundings",
    "types": "optkommunen.front.surroundings",
    "funnel": "optkommunen.front.chance",
    "rank": "optkommunen.front.chance",
    "shrink": "optkommunen.front.chance",
    "partners": "optkommunen.front.chance",
    "frontier": "optkommunen.front.frontiers",
    "show": "optkommunen.front.show",
    "to_stata": "optkommunen.front.export",
    "notebook_style": "optkommunen.figures.style",
    "set_language": "optkommunen.words",
    "regress": "optkommunen.front.regressing",
    "childcare_design": "optkommunen.front.regressing",
    "models": "optkommunen.front.models",
    "simulate": "optkommunen.front.simulating",
    "load_study": "optkommunen.front.simulating",
    "explore": "optkommunen.explorer",
}
_MODULES = {
    "errors": "optkommunen.errors",
    "figures": "optkommunen.figures",
    "store": "optkommunen.data.store",
    "values": "optkommunen.values",
}

if TYPE_CHECKING:
    from optkommunen.comparison.rings import near_a_cut as near_a_cut
    from optkommunen.data.register import municipalities as municipalities
    from optkommunen.data.register import resolve as resolve
    from optkommunen.explorer import explore as explore
    from optkommunen.figures.style import notebook_style as notebook_style
    from optkommunen.front.chance import funnel as funnel
    from optkommunen.front.chance import partners as partners
    from optkommunen.front.chance import rank as rank
    from optkommunen.front.chance import shrink as shrink
    from optkommunen.front.comparing import compare as compare
    from optkommunen.front.export import to_stata as to_stata
    from optkommunen.front.frontiers import frontier as frontier
    from optkommunen.front.indicators import change as change
    from optkommunen.front.indicators import conditions as conditions
    from optkommunen.front.indicators import indicator as indicator
    from optkommunen.front.indicators import medians as medians
    from optkommunen.front.indicators import service_indicator as service_indicator
    from optkommunen.front.indicators import service_profile as service_profile
    from optkommunen.front.indicators import service_supply as service_supply
    from optkommunen.front.indicators import total as total
    from optkommunen.front.membership import rings as rings
    from optkommunen.front.models import models as models
    from optkommunen.front.official_figures import caseload as caseload
    from optkommunen.front.official_figures import load_context as load_context
    from optkommunen.front.official_figures import reconcile as reconcile
    from optkommunen.front.official_figures import screen as screen
    from optkommunen.front.own import attach as attach
    from optkommunen.front.own import catalogue as catalogue
    from optkommunen.front.own import define as define
    from optkommunen.front.own_returns import check_returns as check_returns
    from optkommunen.front.own_returns import load_returns as load_returns
    from optkommunen.front.own_returns import template as template
    from optkommunen.front.progress import annual_progress as annual_progress
    from optkommunen.front.regressing import childcare_design as childcare_design
    from optkommunen.front.regressing import regress as regress
    from optkommunen.front.show import show as show
    from optkommunen.front.simulating import load_study as load_study
    from optkommunen.front.simulating import simulate as simulate
    from optkommunen.front.surroundings import neighbours as neighbours
    from optkommunen.front.surroundings import types as types
    from optkommunen.indicators.caseload import recorded_cases as recorded_cases
    from optkommunen.indicators.caseload import service_counts as service_counts
    from optkommunen.loaders.bundled import load_boundaries as load_boundaries
    from optkommunen.loaders.bundled import load_published as load_published
    from optkommunen.loaders.official import read_official as read_official
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
