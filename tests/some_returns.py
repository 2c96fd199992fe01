"""Returns that lack something, for tests: some municipalities, a service or a field that nobody collected, one year."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from optkommunen.returns.read import TABLES, Returns, load_returns


def some(kommunen: Iterable[str] | None = None) -> Returns:
    """Five of the eight of R-VI, four of the seven of R-IV, three of the nine of R-II; or those named."""
    return load_returns().only(twelve() if kommunen is None else kommunen)


def twelve() -> list[str]:
    """Keys of the twelve."""
    rings = load_returns().units.set_index("kommune")["ring"]
    return [key for ring, n in (("R-VI", 5), ("R-IV", 4), ("R-II", 3)) for key in rings.index[rings == ring][:n]]


def without_care_and_waiting(returns: Returns) -> Returns:
    """Nobody collected the service care, and nobody the waiting times."""
    rows = returns.services[returns.services["service"] != "care"]
    return replace(returns, services=rows.assign(waiting_days=float("nan")))


def without_need(returns: Returns, service: str = "debt") -> Returns:
    """Nobody identified who needs one of the services."""
    rows = returns.services
    return replace(returns, services=rows.assign(need=rows["need"].mask(rows["service"] == service)))


def of_one_year(returns: Returns, year: str = "2008") -> Returns:
    """One year, services too."""
    monthly = returns.monthly[returns.monthly["period"].str[:4] == year]
    annual, services = (table[table["period"] == year] for table in (returns.annual, returns.services))
    return replace(returns, monthly=monthly, annual=annual, services=services)


def with_an_eighth_ring(returns: Returns) -> Returns:
    """Every ninth municipality in a ring of one's own."""
    units = returns.units
    moved = units["kommune"].isin(units["kommune"][::9])
    return replace(returns, units=units.assign(ring=units["ring"].mask(moved, "R-VIII")))


def write(returns: Returns, folder: Path, *, as_real: dict[str, str] | None = None) -> Path:
    """CSV tables in a folder, as a researcher has them; with real keys there is neither status nor units."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        table: pd.DataFrame = getattr(returns, name)
        if as_real is not None and name == "units":
            continue
        if as_real is not None:
            table = table.assign(kommune=table["kommune"].map(as_real)).drop(columns="status")
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder
