"""Notebooks stay true: strict nbval compares their outputs; these guards close the holes it leaves.

nbval accepts a stripped or never-run notebook (nothing to compare), one that was run out of order, and
pictures of any kind. `faults` names what it does not see.
"""

import copy
import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SANITISE = ROOT / "tests" / "nbval.cfg"

# a rule is two adjoining lines; nbval silently drops a pair with anything in between
RULE = re.compile(r"^regex: (?P<regex>.*)\n^replace: .*$", re.MULTILINE)
STYLE_CALL = "ok.notebook_style("
MOST_BYTES = 1_000_000


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell):
    return "".join(cell["source"])


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def compared_text(notebook):
    """What nbval compares as text: streams and every representation that is not a bitmap."""
    parts = []
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            parts.append("".join(output.get("text", "")))
            data = output.get("data", {})
            parts += ["".join(value) for mime, value in data.items() if mime not in ("image/png", "image/jpeg")]
    return "\n".join(parts)


def faults(notebook):
    """Reasons why the stored outputs of a notebook cannot be trusted or repeated; empty for a sound one."""
    cells = code_cells(notebook)
    found = []
    if notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        found.append("kernel is not python3")
    if "language_info" in notebook["metadata"]:
        found.append("carries the version of the Python that ran it")
    if [cell["execution_count"] for cell in cells] != list(range(1, len(cells) + 1)):
        found.append("was not run once, top to bottom")
    if re.search(r"0x[0-9a-f]{6,}", compared_text(notebook)):
        found.append("shows a memory address")
    if re.search(r"(?:/home/|/Users/|/root/|/tmp/|[A-Z]:\\)", compared_text(notebook)):
        found.append("shows a path of one machine")
    if not cells or STYLE_CALL not in source(cells[0]):
        found.append("does not start with the style cell")
    if not cells or not re.search(r"^\s*assert |assert_\w+\(", source(cells[-1]), re.MULTILINE):
        found.append("does not end with assertions")
    for number, cell in enumerate(cells, start=1):
        if source(cell).rstrip().endswith(";"):
            found.append(f"cell {number}: a semicolon hides no output here")
        pictures = [
            "".join(output["data"]["image/png"]) for output in cell["outputs"] if "image/png" in output.get("data", {})
        ]
        if len(set(pictures)) < len(pictures):
            found.append(f"cell {number}: shows a figure twice")
        if re.search(r"^# ?NBVAL_\w+[^\w\n]", source(cell), re.MULTILINE):
            found.append(f"cell {number}: a marker with a reason on its line is not read by nbval")
        if "execution" in cell["metadata"]:
            found.append(f"cell {number}: carries execution times")
        if any(output.get("name") == "stderr" for output in cell["outputs"]):
            found.append(f"cell {number}: warns")
        if any(output["output_type"] == "error" for output in cell["outputs"]):
            found.append(f"cell {number}: fails")
    return found


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_outputs_can_be_trusted_and_repeated(path):
    assert faults(load(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_small(path):
    assert path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_has_a_title_and_cells_with_distinct_ids(path):
    cells = load(path)["cells"]
    assert source(cells[0]).startswith("# ")
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_every_sanitise_rule_is_read_and_used():
    text = SANITISE.read_text(encoding="utf-8")
    rules = [match["regex"] for match in RULE.finditer(text)]
    assert len(rules) == text.count("regex:") <= 5
    shown = "\n".join(compared_text(load(path)) for path in NOTEBOOKS)
    assert [rule for rule in rules if not re.search(rule, shown)] == []


def cell(text, count, *outputs):
    return {
        "cell_type": "code",
        "source": text,
        "execution_count": count,
        "metadata": {},
        "outputs": list(outputs),
    }


def result(**data):
    return {
        "output_type": "execute_result",
        "data": {mime.replace("_", "/"): text for mime, text in data.items()},
    }


SOUND = {
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Title"], "metadata": {}},
        cell("import optkommunen as ok\nok.notebook_style()", 1),
        cell("_ = draw()\nplt.show()", 2, result(image_png="iVBOR", text_plain="<Figure size 1x1 with 1 Axes>")),
        cell("assert total == 69", 3),
    ],
}


def test_a_sound_notebook_has_no_faults():
    assert faults(SOUND) == []


@pytest.mark.parametrize(
    ("number", "change", "fault"),
    [
        (2, {"execution_count": None, "outputs": []}, "was not run once, top to bottom"),
        (2, {"execution_count": 7}, "was not run once, top to bottom"),
        (2, {"source": "_ = draw()\nplt.show();"}, "cell 2: a semicolon hides no output here"),
        (2, {"outputs": [result(image_png="iVBOR"), result(image_png="iVBOR")]}, "cell 2: shows a figure twice"),
        (
            2,
            {"source": "# NBVAL_IGNORE_OUTPUT: random\nplt.show()"},
            "cell 2: a marker with a reason on its line is not read by nbval",
        ),
        (2, {"outputs": [result(text_plain="[<Line2D at 0x7f3a2c1b9d50>]")]}, "shows a memory address"),
        (2, {"outputs": [result(text_plain="/home/me/x.csv")]}, "shows a path of one machine"),
        (2, {"outputs": [{"output_type": "stream", "name": "stderr", "text": "Warning"}]}, "cell 2: warns"),
        (2, {"outputs": [{"output_type": "error", "ename": "E", "evalue": ""}]}, "cell 2: fails"),
        (2, {"metadata": {"execution": {}}}, "cell 2: carries execution times"),
        (1, {"source": "import pandas"}, "does not start with the style cell"),
        (3, {"source": "total"}, "does not end with assertions"),
    ],
)
def test_a_fault_in_a_cell_is_seen(number, change, fault):
    broken = copy.deepcopy(SOUND)
    broken["cells"][number].update(change)
    assert fault in faults(broken)


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ({"kernelspec": {"name": "mine"}}, "kernel is not python3"),
        (
            {"kernelspec": {"name": "python3"}, "language_info": {}},
            "carries the version of the Python that ran it",
        ),
    ],
)
def test_a_fault_in_the_metadata_is_seen(metadata, fault):
    assert faults({**SOUND, "metadata": metadata}) == [fault]


@pytest.fixture(scope="module")
def refresh():
    spec = importlib.util.spec_from_file_location("refresh_notebooks", ROOT / "tools" / "refresh_notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.refresh


def test_refreshing_twice_changes_nothing_the_second_time(tmp_path, refresh):
    path = tmp_path / "00_title.ipynb"
    sources = ["# Straße", "print('Größe')\nprint('two')", "import random\nrandom.Random(1).random()"]
    kinds = ["markdown", "code", "code"]
    cells = [{"cell_type": kind, "source": text, "metadata": {}} for kind, text in zip(kinds, sources, strict=True)]
    for made in cells[1:]:
        made |= {"outputs": [], "execution_count": None}
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))

    assert refresh(tmp_path, progress=False) == [path]
    text = path.read_text(encoding="utf-8")
    assert refresh(tmp_path, progress=False) == []
    assert path.read_text(encoding="utf-8") == text
    assert text.endswith("}\n")
    assert "Größe" in text
    notebook = load(path)
    assert [made["execution_count"] for made in code_cells(notebook)] == [1, 2]
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    }
    assert [path.name for path in tmp_path.iterdir()] == ["00_title.ipynb"]
