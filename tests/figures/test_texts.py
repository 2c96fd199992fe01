"""Both languages say the same."""

import string

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.data import catalogue, store
from optkommunen.errors import OptkommunenError
from optkommunen.figures import terms, texts
from optkommunen.regression import caseload_change, integration
from optkommunen.regression.alternatives import alternative_models


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", texts.WORDS)
def test_both_languages_have_the_same_fields(key):
    german, english = texts.WORDS[key]
    assert fields(german) == fields(english)
    assert german
    assert english


def test_every_time_base_of_the_dictionary_has_a_german_word():
    bases = {entry.time_base for entry in catalogue.entries()}
    assert bases <= set(terms.TIME_BASE)


def test_sources_of_the_context_are_german_in_german():
    titles = [entry["source_title"] for entry in store.resource("context")["indicators"]]
    german = terms.sources(titles, "de")
    assert not [word for word in ("edition", "table", "compiled", " of ", "each") if word in german]
    assert terms.sources(titles, "en") != german


def test_an_indicator_of_ones_own_keeps_its_name_and_unit():
    assert (terms.label("my_own"), terms.unit("my_own", "cases"), terms.decimals("my_own")) == ("my_own", "cases", 1)


def test_an_unknown_language_is_refused():
    with pytest.raises(OptkommunenError, match="Figures speak"):
        texts.say("germany", "fr", value="1")


def test_every_model_and_inference_of_the_package_has_a_german_name():
    returns = ok.load_returns()
    model = ok.regress(returns)
    beside = alternative_models(integration.design(returns).frame, integration.panel_design(returns).frame)["model"]
    stated = [fit.model.name for fit in caseload_change.models(caseload_change.design())]
    within = "OLS, within region (n = 55)"  # as chapter 05 names it, and its samples and groups
    samples = ["all", "both samples", "without cities", "cities", within]
    for name in {*beside, *stated, *model.inference()["inference"], *samples}:
        for part in name.partition(" (")[0].split(", "):
            assert part in terms.MODELS, name


def test_estimated_and_invented_values_are_told_whatever_else_enters():
    row = {"model": "OLS", "term": "x", "value": 0.4, "lower": 0.1, "upper": 0.9, "level": 0.95, "method": "HC3"}
    other = row | {"model": "WLS", "status": "missing"}
    for status in ("estimated", "synthetic"):
        fig = ok.figures.coefficients(pd.DataFrame([row | {"status": status}, other]), "en")
        assert any(texts.say(f"worst_{status}", "en") in text.get_text() for text in fig.texts)


def test_a_figure_names_its_models_in_the_language_asked_for():
    fits = caseload_change.models(caseload_change.design())[:2]
    table = caseload_change.table(fits)
    for lang, want in (("de", "OLS, alle (n = 48)"), ("en", "OLS, all (n = 48)")):
        fig = ok.figures.coefficients(table, lang, terms.labels(lang))
        assert want in [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == "model"]
