"""Every answer, table and figure that the front gives on some returns, for tests of what may be in none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

import optkommunen as ok
from optkommunen.data import catalogue
from optkommunen.front.processed import indicators
from optkommunen.indicators import rates
from optkommunen.returns.read import Returns

SERVICES = [entry.name for entry in catalogue.entries() if entry.by_service and entry.kind != "declared"]
ALL = list(rates.computable())
WORST = "sanktionsquote_u25"
"""The quota with the fewest cases."""
SUPPLY = ("breadth", "waiting", "offer", "recording")


@dataclass(frozen=True)
class Asked:
    """Returns that are asked about, one of their municipalities, and what several answers are made of."""

    returns: Returns
    kommune: str

    @cached_property
    def worst(self) -> pd.DataFrame:
        return ok.indicator(WORST, self.returns)

    @cached_property
    def under_25(self) -> pd.DataFrame:
        return ok.indicator("eingliederungsquote_u25", self.returns)

    @cached_property
    def rings(self) -> pd.DataFrame:
        return ok.rings(self.returns)

    @cached_property
    def debt(self) -> pd.DataFrame:
        return ok.service_indicator("service_coverage", self.returns, service="debt")

    @cached_property
    def model(self) -> Any:
        return ok.regress(self.returns)


ANSWERS: dict[str, Callable[[Asked], Any]] = {
    "monthly": lambda a: a.returns.monthly,
    "annual": lambda a: a.returns.annual,
    "services": lambda a: a.returns.services,
    "units": lambda a: a.returns.units,
    "declarations": lambda a: a.returns.declarations,
    "repr": lambda a: repr(a.returns),
    "further": lambda a: str(a.returns.further),
    "only": lambda a: a.returns.only([a.kommune]).monthly,
    "caveats": lambda a: "\n".join(a.returns.caveats()),
    "whose": lambda a: ok.figures.whose(a.returns),
    "source": lambda a: ok.figures.source_of(a.returns),
    "annual_progress": lambda a: ok.annual_progress(a.returns, numerator="eingliederungen_u25"),
    "explore": lambda a: "".join(
        view.html() + view.table
        for panel in [ok.explore(a.returns)]
        for view in (panel.view(name, WORST, kommune=a.kommune) for name in ("position", "funnel", "profile"))
    ),
    "indicator": lambda a: ok.indicator(ALL, a.returns),
    "indicator by ring": lambda a: ok.indicator(ALL, a.returns, by="ring"),
    "indicator of all": lambda a: ok.indicator(WORST, a.returns, by="all"),
    "indicator by month": lambda a: ok.indicator(WORST, a.returns, time="month"),
    "services by ring": lambda a: ok.service_indicator(["service_need"], a.returns, by=a.rings, total=True),
    "processed": lambda a: indicators(a.returns),
    "profile": lambda a: ok.service_profile(a.returns),
    **{f"supply of {what}": lambda a, what=what: ok.service_supply(a.returns, what=what) for what in SUPPLY},
    **{f"{what} by ring": lambda a, what=what: ok.service_supply(a.returns, what=what, by=a.rings) for what in SUPPLY},
    "conditions": lambda a: ok.conditions(a.returns),
    "change": lambda a: ok.change(a.worst, period=("2007", "2008")),
    "total": lambda a: ok.total(ok.indicator("bg", a.returns), by="ring"),
    "show": lambda a: ok.show(a.worst).to_html(),
    "medians": lambda a: ok.medians(a.worst, by="ring"),
    "compare": lambda a: ok.compare(a.worst),
    "compare services": lambda a: ok.compare(a.debt),
    "funnel": lambda a: ok.funnel(a.worst),
    "rank": lambda a: ok.rank(a.under_25),
    "shrink": lambda a: ok.shrink(a.worst),
    "neighbours": lambda a: ok.neighbours(a.returns),
    "types": lambda a: ok.types(a.returns),
    "partners": lambda a: ok.partners(a.under_25, a.kommune, returns=a.returns),
    "frontier": lambda a: ok.frontier(a.returns),
    "regress": lambda a: a.model,
    "rate model": lambda a: ok.regress(a.returns, "rate ~ coverage_debt + waiting_days"),
    "models": lambda a: ok.models(a.model, ok.regress(a.returns, "rate ~ coverage_debt")),
    "alternatives": lambda a: a.model.alternatives(),
    "influence": lambda a: a.model.influence(),
    "inference": lambda a: a.model.inference(seed=1),
    "joint": lambda a: a.model.joint(),
    "adjusted": lambda a: a.model.adjusted(),
    "specifications": lambda a: a.model.specifications(draws=9, seed=1),
    "sensitivity": lambda a: a.model.sensitivity(),
    "residual space": lambda a: a.model.residual_space(seed=1),
    "panel": lambda a: a.model.panel(seed=1),
    **{f"grafik {n}": lambda a, n=n: ok.figures.grafik(n, a.returns) for n in range(1, 6)},
    "grafik 4 of a ring": lambda a: ok.figures.grafik(4, a.returns, a.rings["ring"].iloc[0]),
    "by service": lambda a: ok.figures.by_service(
        ok.service_indicator("service_takeup", a.returns, by=a.rings, total=True, period="2008")
    ),
}
"""What can be asked, by name."""
