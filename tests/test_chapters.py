"""Chapters on the front: prose with calls, one cell of parameters, and any value of these that the data carry."""

import ast
from pathlib import Path

import pytest

import optkommunen as ok
from optkommunen.report import execute

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
ON_THE_FRONT = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
IMPORTED = {"optkommunen", "pandas", "matplotlib.pyplot", "tempfile"}


def path(name):
    return NOTEBOOKS / f"{name}.ipynb"


def chapter(name):
    return execute.read(path(name))


def code(name):
    return [cell for cell in chapter(name).cells if cell.cell_type == "code"]


def told(notebook):
    """What an executed notebook prints, and shows as text and HTML."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown = [output.get("data", {}) for output in outputs]
    printed = [output.get("text", "") for output in outputs]
    return "\n".join([*printed, *(data.get(kind, "") for data in shown for kind in ("text/plain", "text/html"))])


@pytest.mark.parametrize("name", ON_THE_FRONT)
def test_a_chapter_has_one_cell_of_parameters_that_sets_names_and_nothing_else(name):
    (cell,) = [cell for cell in code(name) if "parameters" in cell.metadata.get("tags", ())]
    assert all(isinstance(line, ast.Assign) for line in ast.parse(cell.source).body)
    assert 'LANG = "en"' in cell.source.split("\n")


@pytest.mark.parametrize("name", ON_THE_FRONT)
def test_a_chapter_calls_the_front_and_defines_nothing(name):
    for cell in code(name):
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.Try)]
        assert not [node for node in nodes if isinstance(node, ast.ImportFrom | ast.JoinedStr)]
        assert {one.name for node in nodes if isinstance(node, ast.Import) for one in node.names} <= IMPORTED


@pytest.mark.parametrize("name", ON_THE_FRONT)
def test_cells_of_a_chapter_are_short(name):
    for cell in code(name):
        lines = cell.source.split("\n")
        assert max(map(len, lines)) <= 100
        assert len(lines) <= 12 or "assert" in cell.source


@pytest.mark.parametrize(("names", "most"), [(ON_THE_FRONT[:6], 500), (ON_THE_FRONT[6:], 80)])
def test_the_six_chapters_together_have_at_most_500_lines_of_code_apart_from_assertions(names, most):
    cells = [cell.source for name in names for cell in code(name) if "assert" not in cell.source]
    lines = [line.strip() for source in cells for line in source.split("\n")]
    assert len(ON_THE_FRONT) == 7
    assert 0 < sum(bool(line) and not line.startswith("#") for line in lines) <= most


@pytest.mark.parametrize("name", ON_THE_FRONT)
def test_a_chapter_opens_with_three_sentences_of_one_number_each_and_says_whether_it_is_real(name):
    brief = chapter(name).cells[0].source.split("**In brief**")[1]
    points = [line for line in brief.split("\n") if line.startswith("- ")]
    assert len(points) == 3
    assert all(point.startswith(("- *Real.* ", "- *Invented.* ")) and point.count("**") == 2 for point in points)


@pytest.mark.parametrize("name", ["Offenbach", "14625", "Düsseldorf"])
def test_the_refusals_that_chapter_01_quotes_are_those_of_resolve(name):
    text = "\n".join(cell.source for cell in chapter("01_the_69_municipalities").cells)
    with pytest.raises(ok.errors.OptkommunenError) as refused:
        ok.resolve(name)
    assert f'`ok.resolve("{name}")`' in text
    assert f"> {refused.value}\n" in text


@pytest.mark.slow
def test_any_municipality_indicator_and_year_that_the_data_carry_runs_in_both_languages():
    own = {"PLACE": "Coesfeld", "PERIOD": "2010", "INDICATORS": ["debt_per_head", "longterm_share"]}
    choices = [
        {"PLACE": "05117"},
        {"PLACE": "Ostvorpommern"},
        {"PLACE": "LK Offenbach", "LANG": "de"},
        {"PLACE": "Anhalt-Zerbst", "PERIOD": 2005},
        own | {"LANG": "de"},
        {"PLACE": "Kamenz", "INDICATORS": ["population"], "NEAR_RATE": 0, "NEAR_DENSITY": 0},
    ]
    first, second = map(path, ON_THE_FRONT[:2])
    paths = [first] * 3 + [second] * 3
    key, _, german, early, late, one = map(told, execute.run(paths, progress=False, parameters=choices))
    assert "05117." in key
    assert "Unemployment rate" in early
    assert "Persons in BG, rate" not in early  # published from 2007 on
    assert all(label in late for label in ok.catalogue(own["INDICATORS"], lang="de")["label"])
    assert "Table: 0 × " in one  # no margin, nobody near a cut
    for text, word, english in ((german, "Urteil", "Verdict"), (late, "Kommune", "Municipality")):
        assert word in text
        assert english not in text
