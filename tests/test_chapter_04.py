"""The chapter on the services as its cell of parameters invites to change it: three choices of each."""

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.report import execute
from optkommunen.report.chapters import picture_words
from tests.test_chapters import path, told

pytestmark = pytest.mark.chapters

NAME = "04_social_services"
CHOICES = [
    {
        "PLACE": "15151", "PERIOD": 2005, "KOMMUNE": "Musterkommune 15", "YEAR": 2006, "SERVICE": "together",
        "LEVEL": 0.8, "RINGS": {"M02": "R-VIII"}, "INDICATORS": ["debt_per_head", "longterm_share"],
        "PAIRS": [["unemployment_rate", "childcare_u3"]],
    },
    {
        "PLACE": "LK Offenbach", "PERIOD": "2010", "KOMMUNE": "M42", "YEAR": "2007", "SERVICE": "care", "LEVEL": None,
        "RINGS": {"M42": "R-I"}, "INDICATORS": ["care_need"],
    },
    {
        "LANG": "de", "PLACE": "Jena", "PERIOD": 2007, "KOMMUNE": "M69", "SERVICE": "addiction", "LEVEL": 0.99,
        "PAIRS": [["debtor_rate", "consumer_insolvencies"], ["care_need", "care_home_places"]],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def runs():
    return execute.run([path(NAME)] * len(CHOICES), progress=False, parameters=CHOICES)


def titles(notebook):
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [
        picture_words(f"data:image/png;base64,{one['image/png']}")["Title"] for one in outputs if "image/png" in one
    ]


@pytest.mark.slow
def test_any_choice_goes_through_the_whole_chapter_and_is_what_it_shows(runs):
    first, second, third = map(told, runs)
    assert "longterm" not in first
    assert all(label in first for label in ok.catalogue(CHOICES[0]["INDICATORS"])["label"])
    assert "Anhalt-Zerbst" in first
    assert "R-VIII" in first
    assert "Musterkommune 15, Coverage of need, all five" in first
    assert "80% interval" in first
    assert "% interval" not in second
    assert "Offenbach (Landkreis)" in second
    assert "Musterkommune 42, Coverage of need, home care" in second
    assert "99-%-Intervall" in third
    assert "Suchtberatung" in third
    assert "Need and provision, 2007" in titles(runs[1])
    assert sum("2006" in title for title in titles(runs[0])) >= 4


@pytest.mark.slow
def test_a_chapter_with_other_parameters_says_that_the_text_was_not_checked(runs):
    for notebook, lines in zip(runs, (2, 2, 1), strict=True):
        assert told(notebook).count("is not checked") == lines


@pytest.mark.slow
def test_a_figure_is_shown_once_and_every_choice_has_all_of_them(runs):
    for notebook in runs:
        assert len(titles(notebook)) == 11


def test_the_third_returns_differ_from_the_bundled_ones_only_in_what_the_system_knows():
    returns = ok.load_returns()
    system = ok.simulate("under_recording", seed=ok.load_truth()["seed"]).returns
    key = ["kommune", "period", "service"]
    pd.testing.assert_frame_equal(returns.services[key], system.services[key], check_dtype=False)
    assert (system.services["need"] == returns.services["need"]).all()
    assert (system.services["recorded"] <= returns.services["served"]).all()
    assert (system.services["served"] == system.services["recorded"]).all()
