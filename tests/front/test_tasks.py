"""What README says that a researcher types, done with returns under real keys, a table of one's own and a year more."""

import re
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from pandas.io.stata import StataReader

import optkommunen as ok
from optkommunen.data import catalogue
from tests.loaders import invented
from tests.own_returns import write_own_returns

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
TABLES = ("monthly", "annual", "services")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns of 34 of the 69, of 2006 to 2008, with two further columns."""
    folder = write_own_returns(tmp_path_factory.mktemp("own"))
    monthly = pd.read_csv(folder / "monthly.csv", dtype={"kommune": "str"})
    further = {"ehb_over50": monthly["ehb"] // 5, "aktivierte_over50": monthly["aktivierte"] // 8}
    monthly.assign(**further).astype(dict.fromkeys(further, "Int64")).to_csv(folder / "monthly.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def returns(folder):
    return ok.load_returns(folder)


@pytest.fixture(scope="module")
def quota(returns):
    return ok.indicator("eingliederungsquote", returns)


@pytest.fixture
def german():
    ok.set_language("de")
    yield
    ok.set_language("en")


def moved_to_2009(folder, target):
    """Rows of 2008 as if they were of 2009."""
    target.mkdir()
    for name in TABLES:
        table = pd.read_csv(folder / f"{name}.csv", dtype="str")
        table = table[table["period"].str.startswith("2008")]
        table.assign(period=table["period"].str.replace("2008", "2009")).to_csv(target / f"{name}.csv", index=False)
    return target


def test_each_public_name_in_the_readme_exists():
    named = set(re.findall(r"\bok\.(\w+)", README))
    assert named <= set(dir(ok))
    assert set(re.findall(r"\bok\.figures\.(\w+)", README)) <= set(dir(ok.figures))


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_the_five_grafiken_come_from_a_single_year_of_one_s_own(folder, tmp_path, number):
    returns = ok.load_returns(moved_to_2009(folder, tmp_path / "2009"))
    figure = ok.figures.grafik(number, returns)
    assert set(figure.table["period"].str[:4]) == {"2009"}


def test_one_more_year_is_appended_to_the_same_files(folder, tmp_path, quota):
    more = moved_to_2009(folder, tmp_path / "2009")
    for name in TABLES:
        both = [pd.read_csv(part / f"{name}.csv", dtype="str") for part in (folder, more)]
        pd.concat(both).to_csv(more / f"{name}.csv", index=False)
    longer = ok.indicator("eingliederungsquote", ok.load_returns(more))
    assert sorted(set(longer["period"])) == ["2006", "2007", "2008", "2009"]
    known = longer[longer["period"] != "2009"].reset_index(drop=True)
    pd.testing.assert_series_equal(known["value"], quota["value"])
    assert ok.compare(longer).table["period"].unique().tolist() == ["2009"]


def test_a_figure_for_a_paper_has_160_mm_and_german_words(quota, tmp_path):
    figure = ok.compare(quota).plot(lang="de", width=160)
    assert figure.get_figwidth() == pytest.approx(160 / 25.4)
    figure.savefig(tmp_path / "a.pdf")
    assert "Eingliederungsquote" in figure.alt_text


def test_funnel_and_ranks_of_an_indicator_of_one_s_own(returns, monkeypatch):
    monkeypatch.setattr(catalogue, "_own", {})
    mine = ok.define(
        "activation_over50", numerator="aktivierte_over50", denominator="ehb_over50", kind="stock_quota", polarity=0,
        label_de="Aktivierungsquote ab 50", label_en="Activation rate, 50+",
    )  # fmt: skip
    table = ok.indicator(mine, returns)
    assert len(ok.funnel(table).of("Coesfeld")) == 2
    assert "Activation rate, 50+" in ok.rank(table, polarity=1).summary()


def test_rings_of_one_s_own_are_a_mapping_of_names(returns, quota):
    rings = {name: "A" if at % 2 else "B" for at, name in enumerate(returns.units["name"])}
    place = ok.compare(quota, rings=rings)
    assert place.table.set_index("name")["ring"].to_dict() == rings
    assert set(ok.figures.grafik(4, returns, rings=rings).table["ring"]) >= {"A", "B"}


def test_a_place_stands_among_its_neighbours(returns, quota):
    place = ok.compare(quota, rings=ok.neighbours(returns, k=10)).of("Coesfeld")
    assert place.table["n_reference"].tolist() == [10]
    assert "own neighbours" in place.summary()


def test_integration_on_services_with_another_control(returns):
    model = ok.regress(returns, "eingliederungen ~ provision_index + waiting_days + ln_household_income")
    assert model.table["term"].tolist() == ["constant", "provision_index", "waiting_days", "ln_household_income"]


def test_an_official_column_of_one_s_own_enters_a_regression(tmp_path):
    (tmp_path / "download.csv").write_bytes(invented.genesis(2009).bytes())
    both = ok.attach(
        ok.conditions(period=2008), ok.read_official(tmp_path / "download.csv"), column="Ausgaben | insgesamt",
        area="2008", period="2009", name="spending",
    )  # fmt: skip
    model = ok.regress(both, "persons_in_bg_per_100 ~ unemployment_rate + log(spending)")
    assert model.table["term"].tolist() == ["constant", "unemployment_rate", "log(spending)"]
    assert model.status == "estimated"


def test_a_table_of_three_models_for_word_has_german_decimal_marks(returns, tmp_path):
    formulas = (None, "eingliederungen ~ coverage_debt", "eingliederungen ~ coverage_debt + waiting_days")
    table = ok.models(*(ok.regress(returns, formula) for formula in formulas))
    table.to_word(tmp_path / "models.docx", lang="de")
    (written,) = Document(str(tmp_path / "models.docx")).tables
    cells = [cell.text for row in written.rows for cell in row.cells]
    for text in (" ".join(cells), table.to_latex(lang="de")):
        assert re.search(r"\d,\d{3}", text)
        assert not re.search(r"\d\.\d", text)


def test_a_frame_and_an_answer_go_to_stata(quota, tmp_path):
    ok.to_stata(quota, tmp_path / "quota.dta")
    ok.compare(quota).to_stata(tmp_path / "place.dta")
    assert pd.read_stata(tmp_path / "quota.dta")["kommune"].tolist() == quota["kommune"].tolist()
    with StataReader(tmp_path / "place.dta") as file:
        assert file.data_label == "optkommunen compare"
        assert file.variable_labels()["distance"] == "Distance"


def test_the_same_analysis_speaks_german_and_has_the_same_numbers(quota, german):
    place = ok.compare(quota)
    assert "34 Kommunen gegen den übrigen Ring" in place.summary()
    ok.set_language("en")
    pd.testing.assert_frame_equal(ok.compare(quota).table, place.table)


def test_who_has_nobody_to_be_compared_with_is_told_so_in_german(quota, german):
    alone = ok.compare(quota).of("Waldshut")
    assert "no reference: nobody else with a value in the rest of the ring" in alone.table["note"].iloc[0]
    assert "keine Referenz: sonst niemand mit einem Wert (übriger Ring)" in alone.to_markdown()
