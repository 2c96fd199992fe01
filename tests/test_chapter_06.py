"""Chapter 06 on returns of one's own: what is checked, protected and shown is theirs, in both languages."""

from pathlib import Path

import pytest

import optkommunen as ok
from optkommunen.report import execute
from tests.own_returns import write_own_returns
from tests.test_chapters import told

pytestmark = pytest.mark.chapters

PATH = Path(__file__).resolve().parents[1] / "notebooks" / "06_your_own_data.ipynb"


@pytest.mark.slow
def test_own_returns_open_and_protected_and_another_official_figure_run_through(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    write_own_returns(own)
    choices = [
        {"RETURNS": own.as_posix(), "KOMMUNE": "Coesfeld"},
        {"RETURNS": own.as_posix(), "SECRECY": "off", "LANG": "de", "KOMMUNE": "06438"},
        {"KOMMUNE": "Musterkommune 30", "OFFICIAL": "household_income", "PERIOD": 2007},
    ]
    safe, german, other = map(told, execute.run([PATH] * 3, progress=False, parameters=choices))
    protected = ok.load_returns(own)
    assert f"{protected.n_protected} figures of one or two persons" in safe
    assert "Coesfeld" in safe
    assert "Musterkommune" not in safe.partition("without value")[2]
    assert "Offenbach (Landkreis)" in german
    assert "Musterkommune 30" in other
    for text in (safe, german, other):
        assert "skipped for yours" in text
