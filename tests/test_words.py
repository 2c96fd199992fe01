"""Words: the catalogue is complete and in step with the code, and the language of the session is only about words."""

import ast
import pickle
import string
from functools import partial
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import optkommunen as ok
from optkommunen import words
from optkommunen.data.labels import value_label
from optkommunen.errors import OptkommunenError

PACKAGE = Path(words.__file__).parent
KEYWORDS = {"translate": None, "N_": None, "Note": None, "translate_plural": (1, 2)}
CALLS = {"translate": 1, "N_": 1, "Note": 1, "translate_plural": 2}
"""Functions whose first arguments are texts, and how many of them."""


def catalogue():
    with (PACKAGE / "locale/de/LC_MESSAGES/optkommunen.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def in_code():
    """Texts marked in the code, as Babel finds them."""
    return {found[2] for found in extract_from_dir(PACKAGE, keywords=KEYWORDS, comment_tags=())}


def forms(text):
    return text if isinstance(text, tuple) else (text,)


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture
def english():
    yield
    words.set_language("en")


def test_the_german_catalogue_holds_what_the_code_says_and_nothing_else():
    missing, stale = in_code() - set(catalogue()), set(catalogue()) - in_code()
    assert (missing, stale) == (set(), set()), "make words brings the catalogue into step"


def test_every_text_has_its_german():
    assert [text for text, message in catalogue().items() if not all(forms(message.string)) or message.fuzzy] == []


def test_both_languages_have_the_same_fields():
    for text, message in catalogue().items():
        for english, german in zip(forms(text), forms(message.string), strict=True):
            assert fields(german) <= fields(english) | {"n"}, english
            if not isinstance(text, tuple):
                assert fields(german) == fields(english), english


def test_no_text_hides_where_the_extraction_does_not_look():
    """Babel reads no call inside an f-string and takes two texts of a conditional for one."""
    known = {text for message in catalogue() for text in forms(message)}
    for path in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
            for text in call.args[: CALLS[name]] if name in CALLS else ():
                assert not isinstance(text, ast.IfExp | ast.JoinedStr), f"{path}:{call.lineno}"
                assert not isinstance(text, ast.Constant) or text.value in known, f"{path}:{call.lineno}"


def test_an_english_text_is_itself_and_a_text_without_translation_stays_english():
    assert words.translate("no value", "en") == "no value"
    assert words.translate("a text of nobody", "de") == "a text of nobody"


def test_one_and_several_are_told_apart_in_both_languages():
    texts = "{year} has {n} month only.", "{year} has {n} months only."
    assert words.translate_plural(*texts, 1, "de", year=2008) == "2008 umfasst nur 1 Monat."
    assert words.translate_plural(*texts, 3, "de", year=2008) == "2008 umfasst nur 3 Monate."


def test_a_note_is_its_english_text_until_it_is_read():
    whose = words.Note("own calculation")
    note = words.Note("Germany: {value}", value=whose)
    assert note == "Germany: own calculation"
    assert words.noted(note, "de") == "Deutschland: eigene Berechnung"


def test_a_stored_note_still_speaks_both_languages():
    label = partial(value_label, "service_coverage", "debt")
    for note in (words.Note("nobody had an event in {period}: {label}", period=2008, label=label), words.Note("yes")):
        again = pickle.loads(pickle.dumps(note))
        assert (again, words.noted(again, "de")) == (note, words.noted(note, "de"))
    assert words.noted(words.Note("{label}: a full count, so no interval and no label", label=label), "de") == (
        "Bedarfsdeckung, Schuldnerberatung: eine Vollerhebung, darum kein Intervall und kein Urteil"
    )


def test_a_text_with_brackets_that_is_no_note_stays():
    assert words.noted("C(ring){x}", "de") == words.as_sentence("C(ring){x}.", "de")[:-1] == "C(ring){x}"


def test_an_unknown_language_is_refused(english):
    for ask in (words.set_language, words.language, lambda lang: words.number(1.0, 1, lang)):
        with pytest.raises(OptkommunenError, match="Words are 'de' or 'en'; found 'fr'"):
            ask("fr")
    assert words.language() == "en"


def test_the_language_of_the_session_changes_words_and_no_number(english):
    before = ok.indicator("eingliederungsquote", ok.load_returns())
    assert (words.number(1234.5), words.translate("no value")) == ("1,234.5", "no value")
    words.set_language("de")
    assert (words.number(1234.5), words.translate("no value")) == ("1.234,5", "kein Wert")
    assert words.number(1234.5, lang="en") == "1,234.5"
    assert ok.indicator("eingliederungsquote", ok.load_returns()).equals(before)
