"""How much the tests would notice: change one place of a module, run its tests, count the changes that none noticed.

``python tools/mutants.py`` draws mutants of the modules below with a seed and prints those that survive, each with its
line before and after. First the tests of the module alone are run, then, for what they let through, those of its whole
layer. A survivor is a missing test, or a change that makes no difference (equivalent). Nothing is written to the
checkout: the changed source goes straight into the import of a forked process.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.util
import os
import random
import resource
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "figures/layout": "figures/test_layout.py",
    "comparison/position": "comparison/test_position.py",
    "indicators/rates": "indicators/test_rates.py",
    "indicators/services": "indicators/test_services.py",
    "comparison/shrinkage": "comparison/test_shrinkage.py",
    "comparison/ranks": "comparison/test_ranks.py",
    "comparison/funnel": "comparison/test_funnel.py",
    "values": "test_values.py",
    "data/store": "data/test_store.py",
    "returns/read": "returns/test_read.py",
}
"""Module and the tests that are its own."""

OTHERS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
"""Operators and what replaces each."""

SECONDS = 240
"""Of the processor, after which a run counts as noticed: it no longer ends. A busy machine is no endless loop."""


class Mutant(NamedTuple):
    """One changed place: module, its whole source, the line's number and text before and after."""

    module: str
    source: str
    line: int
    before: str
    after: str


def mutants(module: str) -> list[Mutant]:
    """All mutants of a module, in the order of the places; annotations and docstrings are left alone."""
    source = (ROOT / f"optkommunen/{module}.py").read_text(encoding="utf-8")
    found = []
    for place, change in _changes(ast.parse(source)):
        tree = ast.parse(source)
        node = list(_code(tree))[place]
        change(node)
        statement = _statement(tree, node)
        found.append(Mutant(module, ast.unparse(tree), node.lineno, source.splitlines()[node.lineno - 1].strip(),
                            ast.unparse(statement).splitlines()[0]))  # fmt: skip
    return found


def _code(tree: ast.AST) -> Any:
    """Nodes that compute, in a stable order: no annotations, no docstrings, no imports, no decorators."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for node in value if isinstance(value, list) else [value]:
            text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node, ast.AST) and not text and not isinstance(node, (ast.Import, ast.ImportFrom)):
                yield node
                yield from _code(node)


def _changes(tree: ast.AST) -> Any:
    """Place of each node that can be changed, and the function that changes it."""
    for place, node in enumerate(_code(tree)):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHERS:
            yield place, lambda n: n.ops.__setitem__(0, OTHERS[type(n.ops[0])]())
        elif isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)) and type(node.op) in OTHERS:
            yield place, lambda n: setattr(n, "op", OTHERS[type(n.op)]())
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield place, lambda n: setattr(n, "value", not n.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            yield place, lambda n: setattr(n, "value", n.value + 1)
        elif isinstance(node, (ast.If, ast.IfExp)):
            yield place, lambda n: setattr(n, "test", ast.copy_location(ast.Constant(False), n.test))
            yield place, lambda n: setattr(n, "test", ast.copy_location(ast.Constant(True), n.test))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Invert, ast.Not)):
            yield place, lambda n: setattr(n, "operand", ast.UnaryOp(n.op, n.operand))  # twice is not at all


def _statement(tree: ast.AST, wanted: ast.AST) -> ast.AST:
    """The innermost statement that holds a node."""
    holders = [s for s in ast.walk(tree) if isinstance(s, ast.stmt) and any(n is wanted for n in ast.walk(s))]
    return min(holders, key=lambda s: sum(1 for _ in ast.walk(s)))


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports one module from a changed source and leaves all others alone."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = "optkommunen." + mutant.module.replace("/", ".")
        self.path, self.source = str(ROOT / f"optkommunen/{mutant.module}.py"), mutant.source

    def pytest_sessionstart(self) -> None:
        """Stand first again: pytest itself imports the files that it is given, unchanged, unless asked later."""
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        return importlib.util.spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_filename(self, name: str) -> str:
        return self.path

    def get_data(self, path: str) -> bytes:
        return self.source.encode()


def _run(mutant: Mutant, tests: list[str]) -> int:
    """Fork, import the mutant and run the tests up to the first failure: process id of the child."""
    child = os.fork()
    if child:
        return child
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    changed = _Changed(mutant)
    sys.meta_path.insert(0, changed)
    import pytest

    options = ["-x", "-q", "-m", "not browser and not slow", "-p", "xdist.plugin"]
    code = pytest.main([*options, *tests], plugins=[changed])
    os._exit(int(code != 0))


def survivors(drawn: list[Mutant], tests: Any, jobs: int) -> list[Mutant]:
    """Mutants that the tests of their module do not notice, in the order given."""
    running: dict[int, Mutant] = {}
    alive, waiting = [], list(drawn)
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[_run(mutant, tests(mutant))] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            alive.append(mutant)
    return [mutant for mutant in drawn if mutant in alive]


def _own(mutant: Mutant) -> list[str]:
    return [f"tests/{MODULES[mutant.module]}", f"optkommunen/{mutant.module}.py"]


def _layer(mutant: Mutant) -> list[str]:
    folder = mutant.module.rpartition("/")[0]
    return (
        [f"tests/{folder}", "tests/test_legs.py"]
        if folder
        else ["tests/indicators", "tests/comparison", "tests/loaders"]
    )


def main() -> None:
    """Draw, run and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("modules", nargs="*", help="of those listed here; all if none")
    options.add_argument("--number", type=int, default=300, help="mutants drawn, over all modules together")
    options.add_argument("--seed", type=int, default=2008)
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--own", action="store_true", help="by the tests of the module alone: quicker, more survivors")
    asked = options.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # most of a short run was their import
    import geopandas  # noqa: F401  the heavy libraries are loaded once, before the forks
    import hypothesis  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import pandera.pandas  # noqa: F401
    import pytest  # noqa: F401
    import scipy.stats  # noqa: F401
    import statsmodels.api  # noqa: F401

    modules = asked.modules or list(MODULES)
    whole = [Mutant(m, (ROOT / f"optkommunen/{m}.py").read_text(encoding="utf-8"), 0, "", "") for m in modules]
    for broken in sorted(set(whole) - set(survivors(whole, _own, asked.jobs))):
        sys.exit(f"The tests of {broken.module} fail without any change; make them pass first.")
    every = [mutant for module in modules for mutant in mutants(module)]
    drawn = random.Random(asked.seed).sample(every, min(asked.number, len(every)))
    alive = survivors(drawn, _own, asked.jobs)
    alive = alive if asked.own else survivors(alive, _layer, asked.jobs)
    print(f"{len(drawn)} of {len(every)} mutants, {len(drawn) - len(alive)} noticed, {len(alive)} survive")
    for mutant in sorted(alive):
        print(f"{mutant.module}.py:{mutant.line}\n  - {mutant.before}\n  + {mutant.after}")


if __name__ == "__main__":
    main()
