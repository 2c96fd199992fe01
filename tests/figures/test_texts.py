"""Both languages say the same."""

import string

import pytest

from optkommunen import catalogue, store
from optkommunen.errors import OptkommunenError
from optkommunen.figures import texts


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
    assert bases <= set(texts.TIME_BASE)


def test_sources_of_the_context_are_german_in_german():
    titles = [entry["source_title"] for entry in store.resource("context")["indicators"]]
    german = texts.sources(titles, "de")
    assert not [word for word in ("edition", "table", "compiled", " of ", "each") if word in german]
    assert texts.sources(titles, "en") != german


def test_an_indicator_of_ones_own_keeps_its_name_and_unit():
    assert (texts.label("my_own"), texts.unit("my_own", "cases"), texts.decimals("my_own")) == ("my_own", "cases", 1)


def test_an_unknown_language_is_refused():
    with pytest.raises(OptkommunenError, match="Figures speak"):
        texts.say("germany", "fr", value="1")
