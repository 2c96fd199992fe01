"""What a researcher brings: own indicators from definition to comparison, and official columns beside the 69."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.position import compare
from optkommunen.data import catalogue, labels
from optkommunen.data.register import municipalities
from optkommunen.errors import (
    FileFormatError,
    ForeignUnitError,
    IndicatorError,
    UnknownIndicatorError,
    ValueTableError,
)
from optkommunen.figures.grafik_data import prepare
from optkommunen.loaders.area_join import official_values
from optkommunen.loaders.areas import WITHOUT_HANAU
from optkommunen.regression.inference import inference_table
from optkommunen.regression.linear import LinearModel
from optkommunen.report import pages
from optkommunen.returns import columns
from optkommunen.returns.columns import SHEETS
from optkommunen.returns.read import load_returns
from tests.loaders import invented
from tests.own_returns import REAL, write_own_returns
from tests.shared import shared

OVER50 = {
    "numerator": "aktivierte_over50", "denominator": "ehb_over50", "kind": "stock_quota", "polarity": 0,
    "label_de": "Aktivierungsquote ab 50", "label_en": "Activation rate, 50+",
}  # fmt: skip


def with_over50(folder):
    """A researcher's files under real keys: two further columns, a quarter of the eHb and a fifth of the activated."""
    write_own_returns(folder)
    monthly = pd.read_csv(folder / "monthly.csv", dtype={"kommune": str})
    further = {"ehb_over50": monthly["ehb"] // 4, "aktivierte_over50": monthly["aktivierte"] // 5}
    monthly.assign(**further).to_csv(folder / "monthly.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return load_returns(with_over50(tmp_path_factory.mktemp("own")))


# --- own indicators ---------------------------------------------------------------------------------


def test_an_own_indicator_goes_from_its_definition_to_a_comparison(own):
    mine = ok.define("aktivierungsquote_over50", **OVER50)
    table = ok.indicator(mine, own)
    sums = own.monthly.assign(period=own.monthly["period"].str[:4]).groupby(["kommune", "period"])
    expected = 100 * sums["aktivierte_over50"].sum() / sums["ehb_over50"].sum()
    found = table.set_index(["kommune", "period"])["value"]
    assert (found - expected).abs().max() < 1e-10
    hidden = table["value"].isna()  # of a row with a figure of one or two persons
    assert table["status"].eq("suppressed").equals(hidden)
    assert hidden.sum() <= 2
    assert table.loc[~hidden, "method"].eq("wilson").all()
    place = compare(table, ok.rings(own), level=0.95)
    assert set(place["label"]) <= {"higher", "similar", "lower", "not assessed"}
    assert place["value"].notna().all()


def test_the_name_of_a_defined_indicator_does_as_well_as_the_definition(own):
    mine = ok.define("aktivierungsquote_over50", **OVER50)
    by_name = ok.indicator("aktivierungsquote_over50", own)
    pd.testing.assert_frame_equal(ok.indicator(mine, own), by_name)
    both = ok.indicator(["aktivierungsquote", mine], own, period=2008)
    assert both["indicator"].unique().tolist() == ["aktivierungsquote", "aktivierungsquote_over50"]


@pytest.mark.parametrize(
    ("kind", "numerator", "denominator", "like"),
    [
        ("event_rate", "sanktionen", "bg", ("byar", 100)),
        ("stock_quota", "ehb_u25", "ehb", ("wilson", 100)),
        ("cost", "cost_kdu", "ehb", ("none", 1)),
        ("ratio", "ehb", "bg", ("none", 1)),
        ("count", "ehb_u25", None, ("none", 1)),
    ],
)
def test_each_kind_has_the_interval_and_scale_of_its_kind(own, kind, numerator, denominator, like):
    words = {"kind": kind, "polarity": 1, "numerator": numerator, "denominator": denominator, "unit": "x"}
    mine = ok.define(f"own_{kind}", label_de="a", label_en="b", **words)
    table = ok.indicator(mine, own, period=2008)
    method, multiplier = like
    assert set(table["method"]) - {"exact"} == {method}
    ratio = table["numerator"] / (1 if denominator is None else table["denominator"])
    assert (table["value"] - multiplier * ratio).abs().max() < 1e-9


def test_an_own_indicator_of_the_services_has_a_value_for_each(own):
    words = {"kind": "stock_quota", "polarity": 1, "numerator": "recorded", "denominator": "need", "by_service": True}
    mine = ok.define("recorded_of_need", label_de="a", label_en="b", **words)
    table = ok.service_indicator(mine, own, period=2008, service="debt")
    rows = own.services.query("period == '2008' and service == 'debt'").set_index("kommune")
    expected = 100 * rows["recorded"].astype(float) / rows["need"].astype(float)
    assert (table.set_index("kommune")["value"] - expected).abs().max() < 1e-10


def test_figures_have_label_axis_and_decimals_of_an_own_indicator():
    ok.define("aktivierungsquote_over50", decimals=2, **OVER50)
    assert labels.indicator_label("aktivierungsquote_over50", "de") == "Aktivierungsquote ab 50"
    assert labels.axis_label("aktivierungsquote_over50", "en") == "Activation rate, 50+ (% of ehb_over50)"
    assert labels.decimals_of("aktivierungsquote_over50") == 2


def test_a_figure_of_bars_is_prepared_for_an_own_indicator_like_for_any_other(own):
    ok.define("aktivierungsquote_over50", **OVER50)
    data = prepare("aktivierungsquote_over50", own, months=False, rings=ok.rings(own)[["kommune", "ring", "status"]])
    assert data.entry.axis("de") == "Aktivierungsquote ab 50 (% der ehb_over50)"
    assert len(data.units) == 3 * len(REAL)
    assert data.reconstructed


def test_the_dictionary_page_of_the_report_has_own_indicators_in_a_section_of_their_own():
    ok.define("aktivierungsquote_over50", definition="Persons of 50 and over in measures.", **OVER50)
    page = pages.render([], {"title": "figures", "resources": []}, catalogue.entries())["dictionary.html"]
    section = page.split("Indicators of one&#39;s own")[-1]
    assert "Aktivierungsquote ab 50" in section
    assert "Persons of 50 and over in measures." in section
    assert "aktivierte_over50 ÷ ehb_over50 × 100" in section
    assert "neither high nor low is good" in section


@pytest.mark.parametrize("table", SHEETS)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_catalogue_lists_the_columns_of_the_returns_as_the_template_has_them(table, lang):
    found = ok.catalogue(table=table, lang=lang)
    known = list(columns.table(table).columns.values())
    assert found["column"].tolist() == [column.name for column in known]
    assert found["title"].tolist() == [column.title[lang] for column in known]
    assert found["definition"].tolist() == [column.definition[lang] for column in known]
    assert all(found["definition"])
    assert found.set_index("column")["choices"].ne("").to_dict() == {c.name: c.kind == "choice" for c in known}


@pytest.mark.parametrize("table", [None, "monthly"])
def test_the_catalogue_says_which_columns_it_has(table):
    assert ", ".join(ok.catalogue(table=table).columns) in " ".join(ok.catalogue.__doc__.replace("``", "").split())


def test_a_column_or_table_that_returns_do_not_have_is_refused():
    assert ok.catalogue(["ehb", "bg"], table="monthly")["unit"].tolist() == ["persons", "BG"]
    with pytest.raises(UnknownIndicatorError, match=r"'monthly' is one of kommune, name, .*; found 'ehbb'"):
        ok.catalogue("ehbb", table="monthly")
    with pytest.raises(ValueTableError, match=r"one of monthly, annual, services, units, declarations; found 'weekly'"):
        ok.catalogue(table="weekly")


def test_the_catalogue_lists_own_indicators_last():
    ok.define("aktivierungsquote_over50", **OVER50)
    table = ok.catalogue(lang="de")
    assert table["indicator"].iloc[-1] == "aktivierungsquote_over50"
    assert table["indicator"].is_unique
    row = ok.catalogue("aktivierungsquote_over50", lang="de").iloc[0]
    assert (row["label"], row["unit"], row["leg"]) == ("Aktivierungsquote ab 50", "% der ehb_over50", "own")
    assert len(ok.catalogue(["bg", "aktivierungsquote_over50"])) == 2
    ok.set_language("de")
    try:
        pd.testing.assert_frame_equal(ok.catalogue(), table)
    finally:
        ok.set_language("en")


def test_the_same_definition_twice_is_one_and_another_is_refused_unless_it_replaces():
    first = ok.define("mine", **OVER50)
    assert ok.define("mine", **OVER50) == first
    other = OVER50 | {"polarity": 1, "label_en": "Other"}
    with pytest.raises(IndicatorError, match=r"another label_en, polarity.*replace=True"):
        ok.define("mine", **other)
    assert ok.define("mine", replace=True, **other).polarity == 1
    assert ok.catalogue("mine")["polarity"].tolist() == [1]


@pytest.mark.parametrize("name", ["ehb", "eingliederungsquote"])
def test_a_name_of_the_catalogue_is_never_one_s_own(name):
    with pytest.raises(IndicatorError, match=r"is in the catalogue .* Name it otherwise"):
        ok.define(name, replace=True, **OVER50)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "share"}, "kind is one of count, event_rate, stock_quota, ratio, cost; found kind='share'"),
        ({"kind": "declared"}, "found kind='declared'"),
        ({"polarity": 2}, "polarity is 1 .*; found polarity=2"),
        ({"polarity": True}, "found polarity=True"),
        ({"label_de": None}, "no label_de"),
        ({"label_en": 5}, "label_en is text; found label_en=5"),
        ({"denominator": None}, "has numerator and denominator"),
        ({"numerator": None}, "denominator='ehb_over50' alone"),
        ({"numerator": "ehb_over50"}, "'ehb_over50' twice"),
        ({"kind": "count"}, "a count is divided by nothing"),
        ({"kind": "count", "denominator": None}, "says its unit"),
        ({"numerator": None, "denominator": None}, "says its unit"),
        ({"unit_de": "%"}, "one of unit_de, unit_en"),
        ({"multiplier": 0}, "multiplier is a number above 0"),
        ({"decimals": 1.5}, "decimals is a whole number"),
        ({"polarty": 1}, "Did you mean polarity?"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_with_the_rule(change, words):
    with pytest.raises(IndicatorError, match=words):
        ok.define("mine", **(OVER50 | change))
    with pytest.raises(UnknownIndicatorError):
        catalogue.indicator("mine")


@pytest.mark.parametrize("name", ["", "2nd", "with blank", "value", "kommune", "a.b"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(IndicatorError, match="the name is"):
        ok.define(name, **OVER50)


def test_an_indicator_whose_column_is_not_there_says_what_is(own):
    mine = ok.define("mine", **(OVER50 | {"numerator": "aktivierte_ueber50"}))
    with pytest.raises(ValueTableError, match=r"needs the column 'aktivierte_ueber50'.*aktivierte_over50"):
        ok.indicator(mine, own)


def test_an_indicator_without_parts_is_not_computed_but_compared():
    words = {"kind": "ratio", "polarity": -1, "label_de": "a", "label_en": "b", "unit": "€ per head"}
    mine = ok.define("debt_of_mine", **words)
    with pytest.raises(UnknownIndicatorError, match="not computed from returns"):
        ok.indicator(mine, load_returns())
    values = pd.DataFrame({"kommune": ["01054", "01059", "03152"], "period": "2008", "value": [1.0, 2.0, 3.0]})
    place = compare(values.assign(indicator="debt_of_mine"), ok.rings(), reference="median", level=None)
    assert place["value"].tolist() == [1.0, 2.0, 3.0]


FILE = """
[aktivierungsquote_over50]
numerator = "aktivierte_over50"
denominator = "ehb_over50"
kind = "stock_quota"
polarity = 0
label_de = "Aktivierungsquote ab 50"
label_en = "Activation rate, 50+"

[ehb_over50]
numerator = "ehb_over50"
kind = "count"
polarity = -1
unit_de = "Personen"
unit_en = "persons"
label_de = "eHb ab 50"
label_en = "eHb, 50+"
"""


def test_a_toml_file_defines_as_the_call_does(tmp_path, own):
    path = tmp_path / "mine.toml"
    path.write_text(FILE, encoding="utf-8")
    quota, count = ok.define(path)
    assert ok.define("aktivierungsquote_over50", **OVER50) == quota
    assert ok.define(str(path)) == (quota, count)
    assert ok.indicator([quota, count], own, period=2008)["value"].notna().all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FILE.replace('"count"', '"number"'), r"mine\.toml: .*kind='number' \('ehb_over50'\)"),
        (FILE.replace("polarity = -1", ""), "no polarity"),
        (FILE.replace("[ehb_over50]", "[ehb]"), "'ehb' is in the catalogue"),
        ('kind = "count"', "'kind' outside of a table"),
        ("[mine\nkind = 1", "Own indicators stand in a TOML file"),
        ("# nothing", "found none"),
    ],
)
def test_a_file_with_a_fault_is_refused_as_a_whole(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((FileFormatError, IndicatorError), match=words):
        ok.define(path)
    assert catalogue.entries()[-1].leg != "own"


def test_a_file_holds_its_definitions_itself(tmp_path):
    with pytest.raises(ValueTableError, match="found polarity beside"):
        ok.define(tmp_path / "mine.toml", polarity=1)


# --- official columns beside the 69 -----------------------------------------------------------------


def test_an_invented_table_is_joined_by_the_keys_of_its_year(tmp_path):
    (tmp_path / "download.csv").write_bytes(invented.genesis(2008).bytes())
    table = ok.read_official(tmp_path / "download.csv")
    beside = ok.attach(
        municipalities()[["kommune"]], table, column="Schüler | insgesamt", area="2008", name="x"
    ).set_index("kommune")
    figures = {key: numbers[0] for key, (_, numbers) in invented.figures(2008).items() if numbers}
    register = municipalities().set_index("kommune")
    assert beside["x"].to_dict() == register["ags_2008"].map(figures).to_dict()
    same = register["area_same_2008"]
    assert beside["x_status"].eq("estimated").equals(~same.rename("x_status"))
    assert set(beside.loc[same, "x_status"]) == {"observed"}


def test_a_table_of_another_year_than_the_rows_is_refused_with_the_period_to_name(tmp_path):
    (tmp_path / "download.csv").write_bytes(invented.genesis(2009).bytes())
    table = ok.read_official(tmp_path / "download.csv")
    options = {"column": "Schüler | insgesamt", "area": "2008", "name": "x"}
    with pytest.raises(ValueTableError, match=r"its own year, 2008; the official table has 2009\..*period='2009'"):
        ok.attach(ok.conditions(period=2008), table, **options)
    assert ok.attach(ok.conditions(period=2008), table, period="2009", **options)["x"].notna().all()


@pytest.fixture(scope="module")
def unemployed():
    return ok.read_official(shared("data/official/genesis_csv/13211-01-03-4_arbeitslose_kreise_2001-2022.csv"))


def plain_context(name, year):
    table = ok.load_context(name, year)
    return table[table["kommune"] != "DE"].set_index("kommune")


def test_a_genesis_table_of_2008_gives_what_the_context_has_where_the_area_is_the_same(unemployed):
    table = ok.attach(
        municipalities()[["kommune"]], unemployed, column="Arbeitslose insgesamt", area="2008", period=2008, name="x"
    ).set_index("kommune")
    known = plain_context("unemployed", 2008).query("status == 'observed'")["value"]
    assert len(known) == 58
    assert table.loc[known.index, "x"].tolist() == known.tolist()
    same = municipalities().set_index("kommune")["area_same_2008"]
    assert table["x_status"].eq("estimated").equals(~same & table["x"].notna())
    assert table.at["14272", "x_note"].endswith("14292 has the same value")
    assert "36.7 % of the old population" in table.at["15151", "x_note"]


def test_a_genesis_table_before_the_reforms_has_the_keys_as_admitted(unemployed):
    table = ok.attach(
        municipalities()[["kommune"]], unemployed, column="Arbeitslose insgesamt", area="as_admitted", period="2005",
        name="x",
    ).set_index("kommune")  # fmt: skip
    known = plain_context("unemployed", 2005)
    assert table["x"].tolist() == known["value"].reindex(table.index).tolist()
    assert set(table["x_status"]) == {"observed"}


def test_what_did_not_join_is_listed_with_where_it_is(unemployed):
    table = ok.attach(
        municipalities()[["kommune"]], unemployed, column="Arbeitslose insgesamt", area="as_admitted", period=2018,
        name="x",
    )  # fmt: skip
    lost = table[table["x_status"] == "missing"].set_index("kommune")
    assert len(lost) == (~municipalities()["area_same_2021"]).sum()
    assert lost["x"].isna().all()
    assert "the table has 14625 (area='2008')" in lost.at["14292", "x_note"]


def test_rows_of_several_years_take_the_figure_of_their_year(unemployed):
    frame = plain_context("unemployed", None).reset_index()
    frame = frame[frame["period"].isin(["2005", "2006"])]
    table = ok.attach(frame, unemployed, column="Arbeitslose insgesamt", area="as_admitted", name="x")
    assert table["x"].tolist() == table["value"].tolist()
    assert table["status"].tolist() == frame["status"].tolist()


def test_debts_at_the_end_of_2009_are_those_of_the_context():
    table = ok.read_official(shared("data/official/genesis_csv/358-61-4_alt.csv"))
    column = "Schulden der Gemeinden und Gemeindeverbände"
    beside = ok.attach(municipalities()[["kommune"]], table, column=column, area="2008", name="x").set_index("kommune")
    known = plain_context("debt", 2009).query("status == 'observed'")["value"]
    assert len(known) > 50
    assert beside.loc[known.index, "x"].tolist() == known.tolist()


def test_an_inkar_export_is_joined_by_today_s_areas():
    table = ok.read_official(shared("data/official/inkar_export_csv/INKAR2_econ.csv"))
    beside = ok.attach(
        ok.conditions(), table, column="Arbeitslosenquote", area="today", period=2017, name="rate_2017"
    ).set_index("kommune")
    assert beside["rate_2017"].notna().all()
    assert beside.at["03152", "rate_2017"] == beside.at["03156", "rate_2017"]
    assert beside.at["03156", "rate_2017_note"] == (
        "value of 03159 Landkreis Göttingen, taken for the smaller old area; 03152 has the same value"
    )
    moved = ~municipalities().set_index("kommune")["area_same_2021"]
    assert beside["rate_2017_status"].eq("estimated").equals(moved.rename("rate_2017_status"))


def test_the_destatis_workbook_has_its_figures_as_columns_and_no_periods():
    table = ok.read_official(shared("data/official/destatis_xlsx/04-kreise_stand_31122018.xlsx"))
    beside = ok.attach(municipalities()[["kommune"]], table, column="population", area="today")
    assert beside["population"].notna().all()
    with pytest.raises(ValueTableError, match="no periods"):
        ok.attach(municipalities()[["kommune"]], table, column="population", area="today", period=2018)


def test_a_flat_file_with_a_marker_says_so():
    table = ok.read_official(shared("data/official/genesis_ffcsv_zip/73111-01-01-4_ffcsv_de.zip"))
    beside = ok.attach(municipalities()[["kommune"]], table, column="Lohn- und Einkommensteuer", area="2008", name="x")
    found = beside.set_index("kommune").loc["13059"]
    assert found["x_status"] == "missing"
    assert found["x_note"] == "no value of 13059 in 2021 (marker '-'); the table has 13075 (area='today')"


def test_a_regression_on_an_official_column_carries_its_status(unemployed):
    frame = ok.attach(
        ok.conditions(period=2008).query("status == 'observed'"), unemployed, column="Arbeitslose insgesamt",
        area="2008", period=2008, name="unemployed",
    )  # fmt: skip
    assert set(frame["status"]) == {"observed"}
    whole = ok.attach(
        ok.conditions(period=2008).assign(status="observed"), unemployed, column="Arbeitslose insgesamt", area="2008",
        period=2008, name="unemployed",
    ).dropna(subset=["unemployed"])  # fmt: skip
    fit = LinearModel("unemployment_rate", ("unemployed", "gdp_per_head"))
    assert set(inference_table(fit(whole), "unemployed", draws=199)["status"]) == {"estimated"}
    assert set(inference_table(fit(frame), "unemployed", draws=199)["status"]) == {"observed"}


def official(**columns):
    return pd.DataFrame({"key": ["06438", "01054"], "population": [1.0, 2.0], **columns})


def test_a_kreis_that_lost_a_part_under_the_same_key_is_estimated():
    table = pd.DataFrame({"key": ["06435"], "population": [3.0], "area_status": f"contemporary; {WITHOUT_HANAU}"})
    found = official_values(table, "population", "today").set_index("kommune").loc["06435"]
    assert (found["status"], found["note"]) == ("estimated", WITHOUT_HANAU)


@pytest.mark.parametrize(
    ("table", "arguments", "words"),
    [
        (official(), {"area": "2010"}, "an area status, 'as_admitted', '2008', 'today'; found '2010'"),
        (official(), {"column": "populaton"}, "Did you mean 'population'?"),
        (official(), {"column": "key"}, "There are 'population'"),
        (official().drop(columns="key"), {}, "has the column 'key'"),
        (official(key=[6438, 1054]), {}, "A key is text with its leading zero; found 6438"),
        (official(key=["06438", "06438"]), {}, "06438 has several in 'population'"),
        (official(key=["02000", "11000"]), {}, "none of the keys of the 69"),
        (official(period=["2007", "2008"]), {}, "there are 2007, 2008. Choose"),
        (official(period=["2007", "2007"]), {"period": 2012}, "the official table: 2007"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table, arguments, words):
    frame = pd.DataFrame({"kommune": ["06438"]})
    with pytest.raises(ValueTableError, match=words):
        ok.attach(frame, table, **({"column": "population", "area": "2008"} | arguments))


def test_official_figures_never_stand_beside_invented_places():
    with pytest.raises(ForeignUnitError, match="found M01"):
        ok.attach(pd.DataFrame({"kommune": ["M01"]}), official(), column="population", area="2008")


def test_a_column_that_is_there_already_is_refused_and_no_key_too():
    frame = pd.DataFrame({"kommune": ["06438"], "population": 1.0})
    with pytest.raises(ValueTableError, match="a column 'population' already"):
        ok.attach(frame, official(), column="population", area="2008")
    with pytest.raises(ValueTableError, match="no column 'kommune'"):
        ok.attach(frame.drop(columns="kommune"), official(), column="population", area="2008", name="x")


def test_a_table_that_says_what_its_figures_are_worth_is_believed():
    context = ok.load_context("tax_capacity", 2008)
    official = context.rename(columns={"kommune": "key"})
    official.loc[official["key"] == "05558", "status"] = "suppressed"
    both = ok.attach(ok.conditions(period=2008), official, column="value", area="as_admitted", name="tax")
    both = both.set_index("kommune")
    worth = context.set_index("kommune")["status"].reindex(both.index)
    assert (worth == "estimated").sum() == 14
    others = both.index != "05558"
    assert both.loc[others, "tax_status"].tolist() == worth[others].tolist()
    assert (both.loc[worth == "estimated", "tax_note"] != "").all()
    assert pd.isna(both.at["05558", "tax"])
    assert both.at["05558", "tax_status"] == "missing"


def test_attaching_changes_neither_the_frame_nor_its_order():
    frame = pd.DataFrame({"kommune": ["Nordfriesland", "06438"], "status": "derived"}, index=[5, 2])
    before = frame.copy()
    table = ok.attach(frame, official(), column="population", area="2008")
    pd.testing.assert_frame_equal(frame, before)
    assert table["population"].to_dict() == {5: 2.0, 2: 1.0}
    assert table["status"].tolist() == ["derived", "derived"]


def test_a_kernel_of_the_report_knows_own_indicators(tmp_path):
    import nbformat

    from optkommunen.report import build

    path = tmp_path / "mine.toml"
    path.write_text(FILE, encoding="utf-8")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    cell = nbformat.v4.new_code_cell("import optkommunen as ok\nprint(ok.catalogue('ehb_over50')['label'].item())")
    title = nbformat.v4.new_markdown_cell("# Own")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=[title, cell], metadata=kernel)
    nbformat.write(notebook, folder / "00_own.ipynb")
    index = build(folder, tmp_path / "report", progress=False, indicators=path)
    assert "eHb, 50+" in (index.parent / "00_own.html").read_text(encoding="utf-8")
    assert "eHb ab 50" in (index.parent / "dictionary.html").read_text(encoding="utf-8")


def test_own_indicators_are_not_known_where_nobody_defined_them():
    with pytest.raises(UnknownIndicatorError, match=r"See ok\.catalogue|Near to it"):
        ok.indicator("aktivierungsquote_over50", replace(load_returns(), source="x"))
