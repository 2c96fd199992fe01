"""CONTRIBUTING.md says what is there: each command, path, function and name between backticks exists."""

import importlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

import optkommunen as ok

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", TEXT)))
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
MODULES = {path.stem: path for path in (ROOT / "optkommunen").rglob("*.py")}
SOURCES = [path for folder in ("optkommunen", "tests", "tools") for path in (ROOT / folder).rglob("*.py")]
SOURCES += [ROOT / "optkommunen" / "data" / "catalogue.toml", ROOT / "data" / "raw" / "datapackage.json"]
SOURCE = "\n".join(p.read_text(encoding="utf-8") for p in SOURCES if p.name != "test_contributing.py")


def exists(name):
    """Whether what stands between backticks is there; by its form a command, a path, a function or a name."""
    words = name.split()
    if words[0] == "make":
        return words[1] in TARGETS
    if words[0] == "python":
        return (ROOT / words[1]).is_file()
    if name == "../shared":
        return True  # beside the checkout, not part of it
    if name == "ok.*":
        return True
    if "/" in name or name.endswith((".md", ".toml", ".lock", ".cff", ".yml")):
        return any(ROOT.glob(name))
    if re.fullmatch(r"ok\.\w+", name):
        return hasattr(ok, name[3:])
    if re.fullmatch(r"\w+\.\w+", name):
        module, attribute = name.split(".")
        path = MODULES[module].relative_to(ROOT).with_suffix("")
        return hasattr(importlib.import_module(".".join(path.parts)), attribute)
    if name.endswith("()"):
        return (
            re.search(rf"^(?:def|class) {re.escape(name[:-2])}\b", SOURCE, re.MULTILINE) or f"as {name[:-2]}" in SOURCE
        )
    return re.search(rf"(?<!\w){re.escape(name.split('=')[0].strip())}(?!\w)", SOURCE)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_there(name):
    assert exists(name)


@pytest.mark.parametrize(
    "name", ["make nothing", "optkommunen/nothing.py", "ok.nothing", "store.nothing", "nothing_here()"]
)
def test_what_is_not_there_would_be_found(name):
    assert not exists(name)


def test_the_layers_are_those_that_the_linter_holds():
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split('type = "layers"')[1]
    lines = re.findall(r'^  "(.+)",$', contract, re.MULTILINE)
    held = [set(re.findall(r"optkommunen\.(\w+)", line)) for line in reversed(lines)]
    drawn = " ".join(re.findall(r"^    ((?:errors|<) .+|.*<.*)$", TEXT, re.MULTILINE)[:2])
    told = [set(re.findall(r"\w+", part)) for part in drawn.split("<") if part.strip()]
    place = {name: at for at, names in enumerate(held) for name in names}
    order = [[place[name] for name in names] for names in told]
    assert all(max(before) < min(after) for before, after in pairwise(order))
    assert set().union(*told) >= set(place) - {"p_values", "studies", "__main__"}


def test_every_command_of_the_makefile_that_writes_a_kept_file_is_told():
    told = set(re.findall(r"`make (\w+)`", TEXT))
    assert {"raw", "notebooks", "words", "data", "bench", "recovery", "coverage", "panelsize", "lock"} <= told


def test_the_page_is_short():
    assert len(TEXT.splitlines()) <= 150
