"""No answer, table, export or figure shows what is protected: two files that differ only there give the same ones.

The returns that are loaded from the two files are the same bit by bit (`tests.returns.test_secrecy`), and nothing but
the returns goes into an answer; here every answer is computed from both and compared, so that one which looked for the
figures elsewhere (the file, what was kept of it) would be seen.
"""

import io

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.figures import Chart
from optkommunen.front import processed
from optkommunen.front.result import Result
from tests.front_answers import ANSWERS, Asked
from tests.small_returns import SMALL, small_returns, with_other_values
from tests.some_returns import write

DRAWN = {"compare", "grafik 4"}
"""Compared as pictures with their metadata too; the others by the table that they carry and their words."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The small returns, and a file with other figures in the protected cells."""
    one = small_returns(tmp_path_factory.mktemp("one") / "returns")
    other = with_other_values(ok.load_returns(one, secrecy="off"))
    two = tmp_path_factory.mktemp("two") / "returns"
    return one, write(other, two, as_real={key: key for key in other.units["kommune"]})


@pytest.fixture(scope="module")
def both(folders):
    """The returns of both, protected, and how one asks about them."""
    return [Asked(ok.load_returns(folder), SMALL[0]) for folder in folders]


@pytest.fixture(scope="module")
def open_ones(folders):
    """The returns of both as they are."""
    return [Asked(ok.load_returns(folder, secrecy="off"), SMALL[0]) for folder in folders]


def texts_of(answer, name):
    """All that an answer says, as text."""
    if isinstance(answer, pd.DataFrame):
        return [answer.to_csv(index=False)]
    if isinstance(answer, Chart):
        return [answer.table.to_csv(index=False), answer.alt_text, *(picture(answer) if name in DRAWN else [])]
    if isinstance(answer, Result):
        said = [answer.summary(), repr(answer), str(dict(answer.facts)), answer.source, *map(str, answer.notes)]
        tables = [answer.table, *(part for part in answer.parts.values() if isinstance(part, pd.DataFrame))]
        shown = [answer.to_html(), answer.to_latex(), answer.to_markdown()] if len(answer) else []
        drawn = picture(answer.plot()) if name in DRAWN else []
        return [*said, *(table.to_csv(index=False) for table in tables), *shown, *drawn]
    return [str(answer)]


def picture(figure):
    stored = io.BytesIO()
    figure.savefig(stored, format="svg")
    return [stored.getvalue().decode()]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_does_not_hang_on_what_is_protected(name, both):
    first, second = (texts_of(ANSWERS[name](asked), name) for asked in both)
    assert any(first)
    assert first == second


@pytest.mark.parametrize(
    "name", ["monthly", "indicator", "shrink", "partners", "profile", "compare services", "funnel"]
)
def test_without_secrecy_the_same_answers_differ(name, open_ones):
    """So that the comparison is seen to find what hangs on these figures."""
    first, second = (texts_of(ANSWERS[name](asked), name) for asked in open_ones)
    assert first != second


def test_exports_of_the_command_line_do_not_hang_on_what_is_protected(both, folders, tmp_path):
    from optkommunen.cli import main

    for folder, name in zip(folders, ("one", "two"), strict=True):
        assert main(["data", "--returns", str(folder), "--output", str(tmp_path / name)]) == 0
    for kind in ("indicators.csv", "excel_de/indicators.csv", "stata/indicators.dta", "codebook.csv"):
        first, second = ((tmp_path / name / kind).read_bytes() for name in ("one", "two"))
        assert first == second
    written = pd.read_csv(tmp_path / "one" / "indicators.csv", dtype={"kommune": str})
    assert written["status"].eq("suppressed").any()
    assert written.loc[written["status"].eq("suppressed"), ["value", "numerator"]].isna().all(axis=None)
    assert set(written["source"]) == {both[0].returns.source}
    assert len(processed.indicators(both[0].returns)) == len(written)


def test_no_public_function_on_returns_is_forgotten():
    """What takes returns, or a table made of them, is among the answers, or needs none."""
    without = {
        "attach", "caseload", "catalogue", "check_returns", "childcare_design", "define", "load_boundaries",
        "load_context", "load_published", "load_returns", "load_study", "load_truth", "municipalities", "near_a_cut",
        "notebook_style", "read_official", "reconcile", "recorded_cases", "resolve", "screen", "service_counts",
        "set_language", "simulate", "template", "to_stata",
        "errors", "figures", "store", "values",
    }  # fmt: skip
    import inspect

    source = inspect.getsource(inspect.getmodule(Asked))
    public = [name for name in dir(ok) if not name.startswith("_")]
    assert [name for name in public if name not in without and f"ok.{name}(" not in source] == []
