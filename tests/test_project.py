"""The project's own files agree with each other: environments, wheel, imports, lock."""

import importlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import optkommunen
from tests.goldens import GOLDENS, golden_data, ships
from tests.shared import shared

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared():
    """Requirements of pyproject.toml, without extras in brackets."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["notebooks"], *extras["test"]]
    return {re.sub(r"\[.*?\]", "", line) for line in lines if not line.startswith("optkommunen")}


def test_environment_yml_lists_what_pyproject_lists():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = set(re.findall(r"^ +- (\S+)$", text, re.MULTILINE)) - {"conda-forge", "pip", "pip:"}
    assert listed == declared() | {f"python{PROJECT['requires-python']}"}


def test_who_has_no_make_is_told_the_tests_that_make_runs():
    start = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What is in it")[0]
    with_make, _, without = start.partition("Without make:")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = dict(re.findall(r"^(unit|chapters):.*\n.*pytest .* -m (\"[^\"]+\"|\S+)", makefile, re.MULTILINE))
    assert set(runs) == {"unit", "chapters"}
    assert "make chapters" in with_make
    assert [selection for selection in runs.values() if f"pytest -m {selection}\n" not in without] == []


def test_one_version_stands_in_the_package_and_whatever_else_prints_it():
    assert "version" not in PROJECT
    assert "version" in PROJECT["dynamic"]
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert citation[1] == newest[1] == optkommunen.__version__
    command = [sys.executable, "-m", "optkommunen", "--version"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["optkommunen", optkommunen.__version__]


def test_the_workflow_runs_the_commands_of_the_makefile_and_names_no_address():
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"^ +- run: make (\w+)$", text, re.MULTILINE) == ["test", "chapters", "report", "browser"]
    assert {"test", "report", "browser"} <= set(targets)
    assert "://" not in text
    versions = re.search(r"python: \[(.+)\]", text)[1].replace('"', "").split(", ")
    assert versions[0] == PROJECT["requires-python"].removeprefix(">=")


@pytest.mark.shared
def test_the_numbers_of_the_literature_are_the_shared_ones():
    assert GOLDENS.read_bytes() == shared("goldens/goldens.json").read_bytes()


@pytest.mark.shared
def test_the_ships_of_statsmodels_are_those_of_the_numbers_on_ships():
    columns = ["service", "incidents"]
    pd.testing.assert_frame_equal(ships()[columns], golden_data("ships")[columns], check_dtype=False)


def test_every_dependency_says_in_its_line_why_it_is_there():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    for requirement in [*declared(), *PROJECT["optional-dependencies"]["bench"]]:
        name = re.split(r"[<>=]", requirement)[0]
        (line,) = [x for x in lines if re.match(rf'  "{re.escape(name)}(\[.*\])?[<>="]', x)]
        assert re.search(r"#\s+\w+", line), line


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    locked = set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE))
    for requirement in declared():
        assert re.split(r"[<>=]", requirement)[0].lower().replace("_", "-") in locked
    pins = re.split(r"\n(?=[a-z])", text.strip())
    assert all("--hash=sha256:" in pin for pin in pins)


def test_the_lock_of_the_benchmarks_adds_the_peers_and_changes_no_version():
    locks = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "benchmarks/requirements.lock")
    ]
    pinned, with_peers = (set(re.findall(r"^[a-z0-9._-]+==\S+", text, re.MULTILINE)) for text in locks)
    assert pinned < with_peers
    assert "://" not in locks[1]
    for requirement in PROJECT["optional-dependencies"]["bench"]:
        assert re.split(r"[<>=]", requirement)[0].lower() in {pin.split("==")[0] for pin in with_peers - pinned}


@pytest.mark.parametrize("module", ["optkommunen", "optkommunen.cli", "optkommunen.figures"])
def test_importing_loads_nothing_heavy(module):
    code = f"import {module}, sys; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"pandas", "numpy", "scipy", "statsmodels", "seaborn", "matplotlib", "geopandas", "pandera", "nbconvert"}
    assert not heavy & set(out)


def test_every_public_name_loads_and_is_listed():
    import optkommunen as ok

    for name in dir(ok):
        assert getattr(ok, name) is not None
    with pytest.raises(AttributeError, match="it has annual_progress, attach, caseload"):
        ok.nothing  # noqa: B018


def test_help_lists_each_public_name_in_its_group_and_no_other():
    groups = optkommunen.__doc__.partition("**Session**")[2].partition("A comparison")[0]
    assert sorted(re.findall(r"``(\w+)``", groups)) == sorted(set(dir(optkommunen)) - {"__version__"})


def test_the_stored_speed_table_has_a_row_for_each_measure_and_notebooks_within_their_limit(monkeypatch):
    table = pd.read_csv(ROOT / "benchmarks" / "speed.csv")
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    assert len(table) == len(importlib.import_module("run").MEASURES)
    np.testing.assert_allclose(table["ratio"], table["peer_seconds"] / table["seconds"], rtol=0.1, atol=0.06)
    assert (table.loc[table["what"].str.contains("notebooks executed"), "seconds"] < 90).all()
    assert (table.loc[table["what"] == "import optkommunen", "seconds"] < 0.5).all()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True,
        capture_output=True,
    )  # fmt: skip
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_is_named_after_the_version_of_the_package(wheel):
    assert wheel.name.startswith(f"optkommunen-{optkommunen.__version__}-")


@pytest.mark.slow
def test_the_wheel_carries_the_tables_of_data_raw(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "data" / "raw").iterdir():
        assert f"optkommunen/data/raw/{path.name}" in names


@pytest.mark.slow
def test_the_wheel_carries_the_tables_of_the_studies(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "benchmarks").glob("*.csv"):
        assert f"optkommunen/benchmarks/{path.name}" in names


@pytest.mark.slow
def test_the_wheel_works_from_another_folder_without_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import optkommunen as ok; print(ok.__file__); print(len(ok.municipalities()), len(ok.load_boundaries()))"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[0].startswith(str(tmp_path))
    assert out[1:] == ["69", "85"]
