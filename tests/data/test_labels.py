"""What things are called: every name that the package gives is one that the labels know."""

import tomllib
from pathlib import Path

import optkommunen as ok
from optkommunen.data import catalogue, labels, store
from optkommunen.regression import caseload_change, integration
from optkommunen.regression.alternatives import alternative_models


def test_every_time_base_of_the_dictionary_is_a_known_one():
    bases = {entry.time_base for entry in catalogue.entries()}
    assert bases <= set(labels.TIME_BASES)


def test_every_column_has_its_words_in_both_languages():
    tables = tomllib.loads(Path(labels.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    assert set(tables) == {"columns", "heads"}
    for name, words in (tables["columns"] | tables["heads"]).items():
        assert set(words) == {"de", "en"}, name
        assert all(words.values()), name


def test_sources_of_the_context_are_german_in_german():
    titles = [entry["source_title"] for entry in store.resource("context")["indicators"]]
    german = labels.sources(titles, "de")
    assert not [word for word in ("edition", "table", "compiled", " of ", "each") if word in german]
    assert labels.sources(titles, "en") != german


def test_an_indicator_of_ones_own_keeps_its_name_and_unit():
    found = labels.indicator_label("my_own"), labels.unit_of("my_own", "cases"), labels.decimals_of("my_own")
    assert found == ("my_own", "cases", 1)


def test_every_model_and_inference_of_the_package_has_a_german_name():
    returns = ok.load_returns()
    model = ok.regress(returns)
    beside = alternative_models(integration.design(returns).frame, integration.panel_design(returns).frame)["model"]
    stated = [fit.model.name for fit in caseload_change.models(caseload_change.design())]
    within = "OLS, within region (n = 55)"  # as chapter 05 names it, and its samples and groups
    samples = ["all", "both samples", "without cities", "cities", within]
    for name in {*beside, *stated, *model.inference().table["inference"], *samples}:
        for part in name.partition(" (")[0].split(", "):
            known = part in (*labels.SAMPLES, *labels.STATISTICS) or part.removesuffix(" by land") in labels.CLUSTERED
            assert known or part.removeprefix("without ") in set(ok.municipalities()["name"]), name


def test_the_months_have_the_names_of_both_languages():
    assert [labels.month_words(f"2008-{month:02d}", "de") for month in (1, 3, 12)] == [
        "Januar 2008", "März 2008", "Dezember 2008",
    ]  # fmt: skip
    assert labels.month_words("2008-05", "en") == "May 2008"
