"""A day with the front, as far as it compares: in both languages, on real keys and on the invented ones."""

import openpyxl
import pytest

import optkommunen as ok
from optkommunen import words
from tests.own_returns import write_own_returns


@pytest.fixture(params=["en", "de"])
def lang(request):
    words.set_language(request.param)
    yield request.param
    words.set_language("en")


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Returns with real keys, as a researcher has them in a folder; 05558 is Coesfeld, 09679 Würzburg (Landkreis)."""
    return ok.load_returns(write_own_returns(tmp_path_factory.mktemp("own")))


def texts(fig):
    return [text.get_text() for text in fig.texts]


def test_the_position_of_every_municipality(own, lang, tmp_path):
    quota = ok.indicator("eingliederungsquote", own)
    place = ok.compare(quota)
    assert len(place) == 34
    shown = place._repr_html_()
    assert {"en": "Municipality", "de": "Kommune"}[lang] in shown
    assert {"en": "own reconstruction", "de": "eigene Rekonstruktion"}[lang] in shown
    assert {"en": "estimated", "de": "geschätzt"}[lang] in shown
    fig = place.plot(highlight="Würzburg (Landkreis)")
    drawn = {label.get_text() for label in fig.axes[0].get_yticklabels()}
    ring = place.of("Würzburg (Landkreis)").table["ring"].iloc[0]
    assert drawn == set(place.table.loc[place.table["ring"] == ring, "name"])
    assert "Würzburg (Landkreis)" in drawn
    assert place.of("Coesfeld").table["kommune"].tolist() == ["05558"]
    assert place.of("Coesfeld").summary().startswith("Coesfeld, Eingliederungsquote")
    place.to_excel(tmp_path / "position.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "position.xlsx")["compare"]
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert "SYNTHET" not in " ".join(texts(fig))


@pytest.mark.parametrize("ask", ["funnel", "rank", "shrink"])
def test_the_indicator_goes_in_unchanged(own, lang, ask):
    quota = ok.indicator("eingliederungsquote", own)
    found = getattr(ok, ask)(quota)
    assert len(found.table["kommune"].unique()) == 34
    assert found.plot().axes
    assert "Eingliederungsquote" in found.summary()
    assert found.of("Coesfeld").table["name"].unique().tolist() == ["Coesfeld"]


def test_neighbours_instead_of_the_ring(own, lang):
    near = ok.neighbours(own, k=10)
    assert near.table["kommune"].nunique() == 34
    place = ok.compare(ok.indicator("eingliederungsquote", own), rings=near)
    assert {"en": "their own neighbours", "de": "die eigenen Nachbarn"}[lang] in place.summary()
    fig = place.plot(highlight="Coesfeld")
    assert len(fig.axes[0].get_yticklabels()) == 11
    assert near.plot(highlight="Coesfeld").axes[0].get_yticklabels()[0].get_text().endswith("(n = 10)")


def test_partners_of_coesfeld(own, lang):
    found = ok.partners(ok.indicator("eingliederungsquote", own), "Coesfeld", returns=own)
    assert set(found.table["kommune"]) == {"05558"}
    assert "Coesfeld" in found.summary()
    assert found.plot().axes


def test_the_unemployment_rate_is_compared_by_the_median(lang):
    place = ok.compare(ok.load_context("unemployment_rate", 2008))
    assert {"en": "against the median of the ring", "de": "gegen den Median des Rings"}[lang] in place.summary()
    assert place.show().caption.startswith({"en": "Unemployment rate (%)", "de": "Arbeitslosenquote (%)"}[lang])
    assert any("Rings" in text or "Ringe" in text for text in texts(place.plot(highlight="Coesfeld")))


@pytest.fixture(scope="module")
def answers(quota, returns):
    """Computed once: an answer finds its words when it is asked."""
    near = ok.neighbours(returns)
    found = [ok.compare(quota), ok.compare(quota, rings=near), ok.funnel(quota), ok.rank(quota), ok.shrink(quota), near]
    partners = ok.partners(quota, "M10", rings=near, returns=returns)
    return [*found, ok.types(returns), partners, ok.frontier(returns)]


def test_the_same_day_with_musterkommunen(answers, lang):
    place = answers[0]
    assert place.status == "synthetic"
    fig = place.plot(highlight="M10")
    assert "SYNTHETISCHE DATEN" in " ".join(text.get_text() for text in fig.axes[0].texts)
    for found in answers:
        assert found.summary().endswith(".")
        assert found.show().frame.shape[0] > 0
        assert found.plot().axes
        assert repr(found).startswith("Result of ")
