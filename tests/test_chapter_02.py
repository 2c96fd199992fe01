"""The chapter on the case load as its cell of parameters invites to change it: three choices of each."""

import re
from pathlib import Path

import nbformat
import pytest

import optkommunen as ok
from optkommunen.report import execute
from optkommunen.report.chapters import picture_words

pytestmark = pytest.mark.chapters

SOURCE = Path(__file__).resolve().parents[1] / "notebooks" / "02_development_2008.ipynb"
CHOICES = [
    {
        "PLACE": '"15151"', "PERIOD": "(2007, 2010)", "KOMMUNE": '"Musterkommune 15"', "YEARS": "(2006, 2007)",
        "LEVEL": "0.8", "RINGS": '{"Coesfeld": "R-II", "M02": "R-VIII"}',
    },
    {
        "PLACE": '"Jena"', "PERIOD": '("2009", "2010")', "KOMMUNE": '"M42"', "YEARS": "2007", "LEVEL": "None",
        "RINGS": "ok.types()",
    },
    {
        "PLACE": '"LK Offenbach"', "PERIOD": "[2008, 2009]", "KOMMUNE": '"M69"', "LEVEL": "0.99",
        "RINGS": "ok.rings().head(9)",
    },
]  # fmt: skip
LOOKED_AT = ["Anhalt-Zerbst", "Jena", "Offenbach (Landkreis)"]


def with_parameters(notebook, changed):
    """The notebook with other values in its cell of parameters."""
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    for name, value in changed.items():
        cell.source, n = re.subn(rf"^{name} = [^ #\n][^#\n]*?(?=  #|$)", f"{name} = {value}", cell.source, flags=re.M)
        assert n == 1, name
    return notebook


@pytest.fixture(scope="module", params=range(3))
def run(request, tmp_path_factory):
    """Number of the choice, and its executed notebook."""
    path = tmp_path_factory.mktemp("chapter") / SOURCE.name
    nbformat.write(with_parameters(nbformat.read(SOURCE, as_version=4), CHOICES[request.param]), path)
    (executed,) = execute.run([path], progress=False)
    return request.param, executed


def outputs(notebook, kind):
    return [output["data"][kind] for cell in notebook.cells for output in cell.get("outputs", [])
            if kind in output.get("data", {})]  # fmt: skip


@pytest.mark.slow
def test_any_choice_goes_through_the_whole_chapter_and_is_what_it_shows(run):
    number, notebook = run
    titles = [picture_words(f"data:image/png;base64,{one}")["Title"] for one in outputs(notebook, "image/png")]
    assert len(titles) == 9
    assert sum(title.endswith(f" – {ring_shown(number)}") for title in titles) == 2
    tables = outputs(notebook, "text/html")
    assert any(LOOKED_AT[number] in table and "Change in %" in table for table in tables)
    first, last = re.findall(r"20\d\d", CHOICES[number]["PERIOD"])
    assert any(f"{first}–{last}" in table for table in tables)


def ring_shown(number):
    kommune = ok.load_returns().find(CHOICES[number]["KOMMUNE"].strip('"'))
    return ok.rings(ok.load_returns()).set_index("kommune")["ring"][kommune]


def test_the_parameters_stand_in_one_cell_and_nothing_else_does():
    notebook = nbformat.read(SOURCE, as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    names = re.findall(r"^(\w+) = ", cell.source, flags=re.M)
    assert {"LANG", "RETURNS", "RINGS", "PLACE", "PERIOD", "KOMMUNE", "LEVEL", "INDICATORS"} <= set(names)


def test_the_chapter_is_prose_with_calls():
    cells = [cell.source for cell in nbformat.read(SOURCE, as_version=4).cells if cell.cell_type == "code"]
    lines = [line for source in cells for line in source.split("\n")]
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if re.match(r"\s*(def |from |try|lambda)", line)] == []
    assert {line for line in lines if line.startswith("import")} == {"import pandas as pd", "import optkommunen as ok"}
    assert max(len(source.split("\n")) for source in cells if "assert " not in source) <= 13
