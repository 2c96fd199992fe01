"""Docstrings of the public names: complete in the form of numpydoc, and listed in their groups by help()."""

import inspect
import re
import tomllib
from pathlib import Path

import pytest
from numpydoc.validate import validate

import optkommunen as ok
from optkommunen.front.model import Model
from optkommunen.front.result import Result

SETTINGS = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
RULES = SETTINGS["tool"]["numpydoc_validation"]
FUNCTIONS = [getattr(ok, name) for name in dir(ok) if inspect.isfunction(getattr(ok, name))]
DRAWN = [getattr(ok.figures, name) for name in dir(ok.figures) if callable(getattr(ok.figures, name))]
ASKED = [
    member.fget if isinstance(member, property) else member
    for kind in (Result, Model)
    for name, member in vars(kind).items()
    if not name.startswith("_") and (callable(member) or isinstance(member, property))
]
NAMES = sorted(
    name
    for name in {f"{each.__module__}.{each.__qualname__}" for each in [*FUNCTIONS, *DRAWN, *ASKED]}
    if not any(re.search(pattern, name) for pattern in RULES["exclude"])
)


def faults(name):
    return {code: said for code, said in validate(name)["errors"]}


def test_the_names_are_those_of_a_researcher():
    assert {"optkommunen.front.comparing.compare", "optkommunen.figures.maps.map_rings"} <= set(NAMES)
    assert {"optkommunen.front.result.Result.to_word", "optkommunen.front.model.Model.inference"} <= set(NAMES)
    assert RULES["checks"][0] == "all"


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_of_a_public_name_is_complete(name):
    assert {code: said for code, said in faults(name).items() if code not in RULES["checks"]} == {}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_function_of_the_front_has_an_example(function):
    assert ">>> " in function.__doc__


@pytest.mark.parametrize("module", [ok, ok.figures], ids=["ok", "figures"])
def test_help_lists_every_name_in_its_group(module):
    listed = re.findall(r"\w+", module.__doc__)
    assert [name for name in module._WHERE if name not in listed] == []
    assert [line for line in module.__doc__.split("\n") if len(line) > 120] == []
