"""Chapters on returns that lack something: every chapter is made, and says what is not there."""

from pathlib import Path

import pytest

from optkommunen.report import execute
from tests.some_returns import some, without_care_and_waiting, write
from tests.test_chapters import told

pytestmark = pytest.mark.chapters

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"


def chapters(names, folder):
    """Execute chapters by number on the returns of a folder; what they print and show, by number."""
    paths = [path for path in execute.find(NOTEBOOKS) if path.name[:2] in names]
    few = [{"DRAWS": 9} if path.name.startswith("05") else {} for path in paths]  # of the joint tests
    executed = execute.run(paths, progress=False, returns=folder, parameters=few)
    return {path.name[:2]: told(notebook) for path, notebook in zip(paths, executed, strict=True)}


@pytest.mark.slow
def test_twelve_municipalities_without_care_and_waiting_times_have_a_report(tmp_path):
    folder = write(without_care_and_waiting(some()), tmp_path / "returns")
    pages = chapters(("03", "04", "05"), folder)
    for text in pages.values():
        assert "Not all members report: R-II 3 of 9, R-IV 4 of 7, R-VI 5 of 8" in text
        assert "Nobody reports: home care; waiting_days." in text
    assert "R-VI (5 of 8)" in pages["03"]
    assert "5 of 8" in pages["04"]
    assert "home care" in pages["04"]
    assert "25 municipalities were asked for at least; 12 have what the model needs" in pages["05"]
