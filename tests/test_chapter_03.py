"""The chapter on comparison as its first cell invites to change it: another municipality, own returns, few years."""

import shutil
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from optkommunen.report import execute
from tests.own_returns import write_own_returns

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "notebooks" / "03_benchmarking.ipynb"
CHANGED = {
    "invented": ["Musterkommune 15", "M42"],  # by name; by key, both with partners in the ring and among the neighbours
    "own": ["Würzburg (Landkreis)"],
}


def chapters(folder, kommunen, returns=None):
    """Text that the cells print and show, by municipality looked at."""
    (folder / "notebooks").mkdir()
    (folder / "benchmarks").mkdir()
    for table in ("comparison_coverage.csv", "funnel.csv"):
        shutil.copy(ROOT / "benchmarks" / table, folder / "benchmarks")
    paths = []
    for i, kommune in enumerate(kommunen):
        notebook = nbformat.read(SOURCE, as_version=4)
        first = next(cell for cell in notebook.cells if "KOMMUNE = None" in cell.source)
        first.source = first.source.replace("KOMMUNE = None", f"KOMMUNE = {kommune!r}")
        paths.append(folder / "notebooks" / f"03_{i}.ipynb")
        nbformat.write(notebook, paths[-1])
    run = execute.run(paths, progress=False, returns=returns)
    return {kommune: shown(notebook) for kommune, notebook in zip(kommunen, run, strict=True)}


def shown(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    return chapters(tmp_path_factory.mktemp("invented"), CHANGED["invented"])


@pytest.mark.parametrize(("asked", "name"), [("Musterkommune 15", "Musterkommune 15"), ("M42", "Musterkommune 42")])
def test_another_municipality_goes_through_all_of_it(invented, asked, name):
    text = invented[asked]
    assert f"looked at: {name}, ring" in text
    assert f"{name}: rank" in text
    assert f"{name}: score" in text


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Returns of one year with a month that is not reported."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "returns").mkdir()
    write_own_returns(folder / "returns", drop=[("06438", "2008-05")])
    for name in ("monthly", "annual", "services"):
        table = pd.read_csv(folder / "returns" / f"{name}.csv", dtype={"kommune": str, "period": str})
        table[table["period"].str.startswith("2008")].to_csv(folder / "returns" / f"{name}.csv", index=False)
    return chapters(folder, CHANGED["own"], folder / "returns")[CHANGED["own"][0]]


def test_own_returns_of_one_year_say_that_only_chance_is_in_the_errors(own):
    assert "mean of 1 year; standard errors hold chance alone (ω² needs three years, found 1)" in own


def test_own_returns_stand_under_real_names_only(own):
    after = own[own.index("looked at: ") :]
    assert after.startswith("looked at: Würzburg")
    assert "Musterkommune " not in after
