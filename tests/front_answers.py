"""Every answer, table and figure that the front gives on some returns, for tests of what may be in none of them."""

from collections.abc import Callable
from typing import Any

import optkommunen as ok
from optkommunen.data import catalogue
from optkommunen.front.processed import indicators
from optkommunen.indicators import rates
from optkommunen.returns.read import Returns

SERVICES = [entry.name for entry in catalogue.entries() if entry.by_service and entry.kind != "declared"]
WORST = "sanktionsquote_u25"
"""The quota with the fewest cases."""


def answers(returns: Returns, kommune: str) -> dict[str, Callable[[], Any]]:
    """What can be asked, by name; each is computed when it is called."""
    quota = ok.indicator(WORST, returns)
    rings = ok.rings(returns)
    services = ok.service_indicator("service_coverage", returns, service="debt")
    model = ok.regress(returns)
    years = ("2007", "2008")
    table: dict[str, Callable[[], Any]] = {
        "monthly": lambda: returns.monthly, "annual": lambda: returns.annual, "services": lambda: returns.services,
        "whose": lambda: ok.figures.whose(returns), "repr": lambda: repr(returns), "caveats": returns.caveats,
        "source": lambda: ok.figures.source_of(returns), "processed": lambda: indicators(returns),
        "indicator": lambda: ok.indicator(list(rates.computable()), returns),
        "by ring": lambda: ok.indicator(list(rates.computable()), returns, by="ring"),
        "of all": lambda: ok.indicator(WORST, returns, by="all"),
        "months": lambda: ok.indicator(WORST, returns, time="month"),
        "of services": lambda: ok.service_indicator(SERVICES, returns),
        "of services by ring": lambda: ok.service_indicator(SERVICES, returns, by=rings, total=True),
        "profile": lambda: ok.service_profile(returns),
        **{f"supply {what}": lambda what=what: ok.service_supply(returns, what=what)
           for what in ("breadth", "waiting", "offer", "recording")},
        **{f"supply {what} by ring": lambda what=what: ok.service_supply(returns, what=what, by=rings)
           for what in ("breadth", "waiting", "offer", "recording")},
        "conditions": lambda: ok.conditions(returns),
        "change": lambda: ok.change(quota, period=years), "medians": lambda: ok.medians(quota, by="ring"),
        "compare": lambda: ok.compare(quota), "compare services": lambda: ok.compare(services),
        "funnel": lambda: ok.funnel(quota), "rank": lambda: ok.rank(quota), "shrink": lambda: ok.shrink(quota),
        "neighbours": lambda: ok.neighbours(returns), "types": lambda: ok.types(returns),
        "partners": lambda: ok.partners(quota, kommune, returns=returns), "frontier": lambda: ok.frontier(returns),
        "regress": lambda: model, "alternatives": model.alternatives, "influence": model.influence,
        "inference": lambda: model.inference(seed=1), "joint": model.joint, "adjusted": model.adjusted,
        "specifications": lambda: model.specifications(draws=9, seed=1), "sensitivity": model.sensitivity,
        "residual space": lambda: model.residual_space(seed=1), "panel": lambda: model.panel(seed=1),
        "rate model": lambda: ok.regress(returns, "rate ~ coverage_debt + waiting_days"),
        **{f"grafik {n}": lambda n=n: ok.figures.grafik(n, returns) for n in range(1, 6)},
        **{f"grafik {n} of a ring": lambda n=n: ok.figures.grafik(n, returns, "R-VI") for n in (1, 4)},
        "by service": lambda: ok.figures.by_service(
            ok.service_indicator(["service_takeup", "service_recorded"], returns, by=rings, total=True, period="2008")
        ),
    }  # fmt: skip
    return table
