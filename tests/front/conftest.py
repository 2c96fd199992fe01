"""What the tests of the front share: bundled returns with their names and rings, as ``ok.indicator`` gives them."""

import matplotlib.pyplot as plt
import pytest

import optkommunen as ok
from optkommunen.data import catalogue


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(autouse=True)
def _a_catalogue_without_own_entries(monkeypatch):
    monkeypatch.setattr(catalogue, "_own", {})


@pytest.fixture(scope="session")
def returns():
    return ok.load_returns()


@pytest.fixture(scope="session")
def with_rings(returns):
    """Adds name and ring of the returns to a table of municipalities, if it has none."""
    units = returns.units[["kommune", "name", "ring"]]

    def added(table):
        return table.merge(units[["kommune", *[c for c in ("name", "ring") if c not in table]]], on="kommune")

    return added


@pytest.fixture(scope="session")
def quota(returns, with_rings):
    return with_rings(ok.indicator("eingliederungsquote", returns))


@pytest.fixture(scope="session")
def activation(returns, with_rings):
    return with_rings(ok.indicator("aktivierungsquote", returns))
