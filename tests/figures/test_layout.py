"""The sheet: what every figure carries, how it is stored, and that it fits where a paper needs it."""

import inspect
import re
import warnings
from io import BytesIO

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

import optkommunen as ok
from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import WIDTH, new_figure
from optkommunen.indicators.caseload import caseload
from optkommunen.words import set_language
from tests.figures.overlaps import faults
from tests.figures.test_comparison_figures import LAST
from tests.figures.test_robustness import WITHOUT
from tests.figures.test_watermark import DRAWN, figure_functions

REAL = {
    "map_rings": lambda **size: ok.figures.map_rings(**size),
    "map_indicator": lambda **size: ok.figures.map_indicator(ok.load_context("childcare_u3", 2008), **size),
    "development": lambda **size: ok.figures.development(caseload().query("indicator == 'ehb'"), **size),
}
PAPER = 160
"""Inches: the width of the text of a page."""
ON_PAPER = (
    DRAWN
    | REAL
    | {  # the others' points lie on a line or on one another, which no width makes readable
        "ring_and_neighbours": lambda **size: ok.figures.ring_and_neighbours(
            LAST, "M15", {"all": LAST["kommune"]}, **size
        ),
        "influence": lambda **size: ok.figures.influence(WITHOUT, 0.7, **size),
    }
)


def words(fig):
    return [text.get_text() for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]


@pytest.mark.parametrize("name", DRAWN)
def test_every_figure_carries_its_table_and_a_text_with_a_number(name):
    fig = DRAWN[name]()
    assert isinstance(fig, ok.figures.Chart)
    assert len(fig.table)
    assert "status" in fig.table or name in ("coefficients", "influence")
    assert re.search(r"\d", fig.alt_text)
    assert "{" not in fig.alt_text


def test_the_text_of_a_figure_is_in_its_language_and_says_what_the_table_holds():
    frame = ok.load_context("childcare_u3", 2008)
    values = frame[frame["kommune"] != "DE"].set_index("kommune")["value"]
    for lang, want in (("de", f"{len(values)} Werte, von 4,0 ("), ("en", f"{len(values)} values, from 4.0 (")):
        fig = ok.figures.map_indicator(frame, lang=lang)
        assert want in fig.alt_text
        assert ok.figures.number(values.max(), 1, lang) in fig.alt_text


def test_to_write_to_the_table_of_a_figure_changes_no_other():
    frame = ok.load_context("childcare_u3", 2008)
    before = frame.copy()
    fig = ok.figures.map_indicator(frame)
    fig.table["value"] = 0.0
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", sorted(figure_functions()))
def test_the_common_keywords_are_keywords(name):
    options = inspect.signature(getattr(ok.figures, name)).parameters
    for option, default in (("lang", None), ("title", None), ("source", ""), ("width", None), ("height", None)):
        assert options[option].kind is inspect.Parameter.KEYWORD_ONLY
        assert options[option].default == default


@pytest.mark.parametrize("name", sorted(figure_functions()))
def test_the_overview_of_the_figures_names_each(name):
    assert name in ok.figures.__doc__


def test_a_figure_speaks_the_language_of_the_session_unless_told():
    for lang, word in (("de", "Quelle: "), ("en", "Source: ")):
        set_language(lang)
        assert any(text.startswith(word) or f"\n{word}" in text for text in words(ok.figures.map_rings()))
    set_language("en")
    assert any("Quelle: " in text for text in words(ok.figures.map_rings(lang="de")))


def test_an_empty_headline_takes_no_room():
    data = {"table": pd.DataFrame()}
    full, none = (new_figure(2, title, "below", "own", **data) for title in ("Title", ""))
    assert none.figure.get_figheight() < full.figure.get_figheight()
    assert "Title" not in words(none.figure)


def test_width_and_height_are_those_asked_for_and_the_body_fills_them():
    small, large = (ok.figures.map_rings(width=WIDTH * 25.4, height=height * 25.4) for height in (8, 10))
    assert [tuple(fig.get_size_inches().round(9)) for fig in (small, large)] == [(WIDTH, 8), (WIDTH, 10)]
    heights = [fig.axes[0].get_position().height * fig.get_figheight() for fig in (small, large)]
    assert heights[1] - heights[0] == pytest.approx(2)


def test_a_height_without_room_for_the_body_is_refused():
    with pytest.raises(ValueTableError, match=r"take \d+ mm; found height=25"):
        ok.figures.map_rings(height=25)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("name", ON_PAPER)
def test_labels_stay_whole_at_the_width_of_a_page(name, lang):
    fig = ON_PAPER[name](width=PAPER, lang=lang)
    assert fig.get_figwidth() == pytest.approx(PAPER / 25.4)
    assert faults(fig) == []


def stored(fig, kind):
    with BytesIO() as file:
        fig.savefig(file, format=kind)
        return file.getvalue()


def test_letters_stay_letters_whatever_the_session_has_set():
    fig = ok.figures.coefficients(pd.DataFrame([
        {"model": "OLS", "term": "x", "value": 0.4, "lower": 0.1, "upper": 0.9, "level": 0.95, "method": "HC3"}
    ]), title="Überschrift")  # fmt: skip
    with mpl.rc_context({"pdf.fonttype": 3, "svg.fonttype": "path"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fontTools subsets the font and may say so
        pdf, svg = stored(fig, "pdf"), stored(fig, "svg").decode()
    assert b"/FontFile2" in pdf  # TrueType
    assert b"/Type3" not in pdf
    assert ">Überschrift</text>" in svg


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_the_same_figure_gives_the_same_file(kind):
    fig = ok.figures.map_rings()
    assert stored(fig, kind) == stored(fig, kind)


def test_a_file_name_tells_the_format(tmp_path):
    fig = ok.figures.map_rings()
    fig.savefig(tmp_path / "rings.svg")
    assert "<dc:date>" not in (tmp_path / "rings.svg").read_text(encoding="utf-8")
    assert isinstance(fig, Figure)
