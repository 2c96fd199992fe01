"""The explorer shows what its code makes, draws only what is looked at, and finds a place by typing."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import OptkommunenError
from optkommunen.explorer import RINGS, STATIC, VIEWS, Explorer, explore
from optkommunen.figures.style import png
from optkommunen.returns.read import Returns

OWN = "06438"


@pytest.fixture(scope="module")
def official():
    return explore()


@pytest.fixture(scope="module")
def invented():
    return explore(ok.load_returns())


def controls(panel):
    """Indicator, period, rings, municipality, what is shown, and the tabs."""
    *asked, _, shown, tabs = panel.children
    return *(row.children[1] for row in asked), shown, tabs


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("of", ["official", "invented"])
def test_the_code_that_can_be_copied_makes_the_picture(of, view, request):
    panel = request.getfixturevalue(of)
    own = OWN if of == "official" else "M05"
    found = panel.view(view, panel.first, kommune=own)
    assert bool(found.reason) == ((of, view) in {("official", "funnel"), ("official", "ranks"), ("invented", "map")})
    if found.reason:
        return
    names = {"ok": ok, "returns": ok.load_returns()}
    exec(found.code, names)
    assert png(names["figure"]) == found.picture
    assert found.alt_text == names["figure"].alt_text
    plt.close(names["figure"])
    assert "<table" in found.table


@pytest.mark.parametrize("rings", RINGS)
def test_rings_neighbours_and_types_are_compared_with(official, rings):
    table = official.view("position", official.first, rings=rings, kommune=OWN).answer.table
    given = {"ring": None, "neighbours": ok.neighbours(k=10), "types": ok.types()}[rings]
    want = ok.compare(ok.load_context("unemployment_rate"), rings=given).table
    pd.testing.assert_frame_equal(table, want)


def test_a_count_a_rate_and_a_service_each_have_a_development(invented):
    returns = ok.load_returns()
    assert "figures.development(" in invented.view("development", "bg").code
    found = invented.view("development", "service_coverage debt", kommune="M05")
    ring = returns.units.set_index("kommune").loc["M05", "ring"]
    assert set(found.answer["ring"]) == {ring}
    assert 'highlight="M05"' in found.code


def test_every_indicator_with_values_is_there_and_no_other(invented, official):
    assert len(official.choices) == ok.load_context()["indicator"].nunique() + ok.caseload()["indicator"].nunique()
    returns = ok.load_returns()
    for code in invented.choices.values():
        assert eval(code, {"ok": ok, "returns": returns})["value"].notna().any()
    for name in ok.catalogue().query("leg == 'returns' and not by_service")["indicator"]:
        try:
            there = ok.indicator(name, returns)["value"].notna().any()
        except OptkommunenError:
            there = False
        assert (name in invented.choices) == there


def test_an_indicator_of_one_s_own_is_there():
    words = {"label_de": "Beschäftigte je BG", "label_en": "Employed per BG"}
    ok.define("own_of_explorer", numerator="ehb_employed", denominator="bg", kind="ratio", polarity=1, **words)
    assert explore(ok.load_returns()).view("position", "own_of_explorer").picture
    ok.define("own_as_another", numerator="ehb_employed", denominator="bg", kind="ratio", polarity=1, **words)
    labels = explore(ok.load_returns()).labels()
    assert labels["Employed per BG"] == "own_of_explorer"
    assert labels["Employed per BG (own_as_another)"] == "own_as_another"


@pytest.mark.parametrize(
    "asked", [{"view": "Position"}, {"rings": "neighbors"}, {"indicator": "eHb"}, {"kommune": "München"}]
)
def test_what_there_is_not_is_refused(asked, official):
    with pytest.raises(OptkommunenError, match=re.escape(next(iter(asked.values())))):
        official.view(**({"view": "position", "indicator": official.first} | asked))


def test_a_name_does_as_well_as_a_key_in_every_view(official):
    for view in VIEWS:
        assert official.view(view, official.first, kommune="Coesfeld") is official.view(
            view, official.first, kommune="05558"
        )


def test_a_path_is_no_returns():
    with pytest.raises(OptkommunenError, match=r"found str\. Load them first"):
        explore("2009.xlsx")


def test_a_language_that_is_changed_later_holds_for_labels_pictures_and_reasons(official):
    english = official.view("profile", official.first).reason
    ok.set_language("de")
    try:
        assert official.view("profile", official.first).reason == "Bitte eine Kommune wählen: Ein Profil zeigt eine."
        assert official.labels()["Arbeitslosenquote"] == "unemployment_rate"
    finally:
        ok.set_language("en")
    assert official.view("profile", official.first).reason == english


def test_returns_of_services_alone_have_no_profile():
    returns = ok.load_returns()
    some = Returns(monthly=returns.monthly.iloc[:0], annual=returns.annual, services=returns.services,
                   units=returns.units, source="x")  # fmt: skip
    panel = explore(some)
    if not panel._rates():
        assert "no rate and no quota" in panel.view("profile", panel.first, kommune="M05").reason


def test_only_what_is_looked_at_is_drawn_and_once(monkeypatch):
    drawn = []
    once = Explorer._draw
    monkeypatch.setattr(Explorer, "_draw", lambda self, view, *rest: drawn.append(view) or once(self, view, *rest))
    panel = explore(ok.load_returns())
    *_, own, shown, tabs = controls(panel.panel)
    assert drawn == ["position"]
    tabs.selected_index = list(VIEWS).index("funnel")
    assert drawn == ["position", "funnel"]
    own.value = "M05"
    assert drawn == ["position", "funnel", "funnel"]
    tabs.selected_index = 0
    own.value = ""
    assert drawn == ["position", "funnel", "funnel", "position"]
    shown.value = "table"
    shown.value = "code"
    assert len(drawn) == 4


def test_a_municipality_is_typed_and_a_wrong_one_is_told(official):
    panel = official.panel
    *_, own, shown, tabs = controls(panel)
    shown.value = "code"
    own.value = "LK Offenbach"
    assert "highlight=&quot;06438&quot;" in tabs.children[0].value
    own.value = "München"
    told = panel.children[-3].value
    assert "München" in told
    own.value = "<b>"
    assert "<b>" not in panel.children[-3].value


def test_a_profile_without_municipality_says_what_to_do(official):
    assert official.view("profile", official.first).reason == "Choose a municipality: a profile is of one."


def test_the_panel_speaks_the_language_of_the_session():
    ok.set_language("de")
    try:
        panel = explore().panel
        assert panel.children[-1].titles[:3] == ("Position", "Trichter", "Ränge")
    finally:
        ok.set_language("en")


def test_stored_notebooks_hold_a_picture(official, monkeypatch):
    monkeypatch.setenv(STATIC, "1")
    bundle = official._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain"}
    monkeypatch.delenv(STATIC)
    assert "application/vnd.jupyter.widget-view+json" in official._repr_mimebundle_()


def test_returns_without_values_are_refused():
    returns = ok.load_returns()
    empty = Returns(monthly=returns.monthly.iloc[:0], annual=returns.annual.iloc[:0],
                       services=returns.services.iloc[:0], units=returns.units, source="x")  # fmt: skip
    with pytest.raises(OptkommunenError, match="an indicator with values"):
        explore(empty)
