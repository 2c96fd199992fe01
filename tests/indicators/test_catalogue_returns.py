"""The benchmark's indicators in the catalogue: complete, in both languages, honest about what is only plausible."""

import tomllib

import pytest

from optkommunen.data import catalogue, store
from optkommunen.indicators.rates import computable

RETURNS = [entry for entry in catalogue.entries() if entry.leg == "returns"]
MONTHLY = {
    "bg", "persons", "ehb", "ehb_u25", "ehb_employed", "eingliederungen", "eingliederungen_u25", "aktivierte",
    "aktivierte_u25", "sanktionen", "sanktionen_u25",
}  # fmt: skip
ANNUAL = {
    "staff_total", "staff_integration", "staff_u25", "cost_total", "cost_transfers", "cost_kdu", "cost_administration",
}  # fmt: skip
KENNZAHLEN = {
    "k1", "k1e1", "k1e2", "k1e3", "k1e4", "k2", "k2e1", "k2e2", "k2e3", "k2e4", "k3", "k3e1", "k3e2", "k3e3", "k3e4",
}  # fmt: skip
SERVICES = {
    "service_takeup", "service_need", "service_coverage", "service_breadth", "service_waiting_days", "service_in_einv",
    "service_recorded", "service_spending_per_ehb", "service_municipal_share",
}  # fmt: skip


def entry_of(name):
    return catalogue.indicator(name)


def test_the_list_of_the_benchmarking_is_complete():
    names = {entry.name for entry in RETURNS}
    assert {"bg", "ehb_reported", "persons_per_bg", "unemployment_rate_sgb2", "beschaeftigtenquote"} <= names
    for total in ("eingliederungsquote", "aktivierungsquote", "sanktionsquote"):
        assert {total, f"{total}_u25"} <= names
    assert {f"cost_{part}_per_bg" for part in ("total", "transfers", "kdu", "administration")} <= names
    assert {"betreuungsrelation_1", "betreuungsrelation_2", "betreuungsrelation_u25"} <= names
    assert names >= KENNZAHLEN | SERVICES
    assert catalogue.indicator("unemployment_rate").leg == "official"


@pytest.mark.parametrize("entry", RETURNS, ids=lambda e: e.name)
def test_every_entry_is_filled_in_both_languages(entry):
    for text in (entry.label_de, entry.label_en, entry.unit_de, entry.unit_en, entry.time_base, entry.definition,
                 entry.source, entry.numerator):  # fmt: skip
        assert text.strip()
    assert entry.polarity in (-1, 0, 1)
    assert entry.certainty in ("certain", "plausible")


@pytest.mark.parametrize("name", computable())
def test_numerator_and_denominator_of_what_is_computed_are_columns_of_the_returns(name):
    entry = entry_of(name)
    assert entry.numerator in MONTHLY | ANNUAL
    assert (entry.denominator in MONTHLY | ANNUAL) == (entry.kind != "count")
    assert entry.denominator or entry.kind == "count"
    assert entry.leg == "returns"


@pytest.mark.parametrize("name", computable())
def test_the_kind_fits_the_unit_and_the_multiplier(name):
    entry = entry_of(name)
    if entry.kind in ("event_rate", "stock_quota"):
        assert entry.multiplier == 100
        assert ("and month" in entry.unit_en) == (entry.kind == "event_rate")
        assert entry.unit_en.startswith("%") == (entry.kind == "stock_quota")
    else:
        assert entry.multiplier == 1
        assert entry.unit_en.startswith("€") == (entry.kind == "cost")


@pytest.mark.parametrize("entry", [e for e in RETURNS if e.certainty == "plausible"], ids=lambda e: e.name)
def test_a_plausible_definition_says_what_is_certain_and_what_is_not_or_that_it_is_our_own(entry):
    text = f"{entry.definition} {entry.source}"
    assert "Only plausible:" in text or "As `" in text or "own definition" in text.lower()


def test_an_eingliederung_is_never_called_a_share_of_persons():
    for name in ("eingliederungsquote", "eingliederungsquote_u25", "sanktionsquote", "sanktionsquote_u25"):
        assert entry_of(name).kind == "event_rate"
        assert entry_of(name).unit_en.startswith("per 100 eHb")
    assert "not a share of persons" in entry_of("eingliederungsquote").definition


def test_administrative_cost_is_named_as_our_own_indicator():
    entry = entry_of("cost_administration_per_bg")
    assert "eigene Kennzahl" in entry.label_de
    assert "own indicator" in entry.label_en
    assert "not of the benchmarking" in entry.definition


def test_benchmark_and_48a_are_two_indicators_that_name_each_other():
    assert "`k2`" in entry_of("eingliederungsquote").definition
    assert "Not the Eingliederungsquote" in entry_of("k2").definition


@pytest.mark.parametrize("name", sorted(KENNZAHLEN))
def test_a_kennzahl_is_declared_with_its_formula_and_has_no_value_of_2008(name):
    entry = entry_of(name)
    assert entry.kind == "declared"
    assert entry.numerator
    assert entry.denominator
    assert entry.multiplier == 100
    assert "§ 48a" in entry.source
    assert "Values exist from 2011" in entry.definition
    assert entry.label_en.lower().startswith(name)


@pytest.mark.parametrize("name", sorted(SERVICES | KENNZAHLEN | {"unemployment_rate_sgb2"}))
def test_what_is_declared_is_not_computed(name):
    assert name not in computable()


def test_official_entries_are_declared_so_that_no_return_overwrites_them():
    assert {entry.kind for entry in catalogue.entries() if entry.leg == "official"} == {"declared"}


def test_no_entry_repeats_a_field_with_its_default():
    path = store.data_folder().parents[1] / "optkommunen" / "data" / "catalogue.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    for entry in RETURNS:
        assert words[entry.name].get("kind", "") != "declared"
        assert words[entry.name].get("multiplier", 100) != 1
        assert words[entry.name].get("denominator", " ") != ""


def test_labels_of_the_whole_catalogue_are_distinct_in_both_languages():
    for lang in ("de", "en"):
        axes = [entry.axis(lang) for entry in catalogue.entries()]
        assert len(set(axes)) == len(axes)
