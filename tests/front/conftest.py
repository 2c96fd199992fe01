"""Each test of the front begins and ends with a catalogue that holds nobody's own indicators."""

import pytest

from optkommunen.data import catalogue


@pytest.fixture(autouse=True)
def _a_catalogue_without_own_entries(monkeypatch):
    monkeypatch.setattr(catalogue, "_own", {})
