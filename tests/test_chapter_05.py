"""The chapter on regression as its cell of parameters invites to change it, and how it is folded."""

import pytest

from optkommunen.report import execute
from optkommunen.report.chapters import chapter as page
from tests.test_chapters import chapter, code, path, told

pytestmark = pytest.mark.chapters

NAME = "05_regression"
FEW_DRAWS = {"DRAWS": 9}
"""Of the joint tests, which take most of the time."""
CHOICES = [
    {
        "PLACE": "Coesfeld", "PERIOD": 2007, "LEVEL": 0.8, "KOMMUNE": "M42", "RINGS": {"M02": "R-VIII"},
        "FORMULA": "eingliederungen ~ coverage_debt + waiting_days + unemployment_rate",
    },
    {"PLACE": "Anhalt-Zerbst", "PERIOD": "2006", "LEVEL": 0.99, "KOMMUNE": "Musterkommune 15"},
    {
        "PLACE": "16053", "PERIOD": "2008", "LEVEL": 0.9, "KOMMUNE": "M69", "LANG": "de",
        "FORMULA": "eingliederungen ~ coverage_childcare", "RINGS": {"M01": "R-II", "M02": "R-II", "M03": "R-V"},
    },
]  # fmt: skip


def test_the_chapter_has_no_more_lines_than_a_reader_can_hold():
    lines = [line for cell in code(NAME) if "assert" not in cell.source for line in cell.source.split("\n")]
    assert len(lines) <= 145


def test_everything_that_shows_how_firm_a_result_is_is_folded_in_jupyter_and_in_the_report():
    folded = [cell for cell in code(NAME) if "hide-output" in cell.metadata.get("tags", ())]
    assert all(cell.metadata["jupyter"]["outputs_hidden"] for cell in folded)
    asked = ("inference(", "specifications(", "sensitivity(", "residual_space(")
    of_study = 'ok.regress(one).sensitivity(["unemployment_rate"]'  # what is shown is whether it warns
    firm = [cell for cell in code(NAME) if any(one in cell.source for one in asked) and of_study not in cell.source]
    assert [cell.id for cell in firm if cell not in folded] == []
    assert page(NAME, chapter(NAME)).html.count("<summary>Result</summary>") == len(folded)


@pytest.mark.slow
def test_any_place_service_year_level_and_rings_go_through_the_whole_chapter():
    parameters = [choice | FEW_DRAWS for choice in CHOICES]
    first, second, third = map(told, execute.run([path(NAME)] * 3, progress=False, parameters=parameters))
    assert "OLS, without Coesfeld" in first
    assert "coverage debt counselling" in first
    assert "80% interval" in first
    assert "R-VIII" in first
    assert "panel is made of the model stated beforehand" in first
    assert "99% interval" in second
    assert "Musterkommune 15; Status" in second
    assert "outcome year" in second
    assert "Musterkommune 69; Status" in third
    assert "90-%-Intervall" in third
    assert "OLS, ohne 16053" in third
    assert "OLS, without" not in third
    assert "Deckung Kinderbetreuung" in third
    for text in (first, second, third):
        assert "what the text says of p, intervals and bounds is not checked" in text
