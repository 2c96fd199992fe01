"""load_returns: the bundled set, a researcher's own files in each form, and each way in which a file is wrong."""

import datetime
import inspect
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.data import store
from optkommunen.data.register import municipalities
from optkommunen.errors import FileFormatError, OptkommunenError, UnknownUnitError
from optkommunen.returns.read import TABLES, load_returns, load_truth
from tests.own_returns import write_own_returns
from tests.returns.files import BUNDLED, REAL, csv_folder, excerpt, put, real_keys, with_column, workbook

# --- bundled ----------------------------------------------------------------------------------------


def test_the_bundled_set_has_the_documented_shapes():
    assert {name: getattr(BUNDLED, name).shape for name in TABLES} == {
        "monthly": (2484, 14),
        "annual": (207, 10),
        "services": (1380, 12),
        "units": (69, 20),
    }


def test_each_row_of_the_bundled_set_is_synthetic():
    assert BUNDLED.synthetic
    for name in TABLES:
        assert set(getattr(BUNDLED, name)["status"]) == {"synthetic"}


def test_the_truth_belongs_to_the_bundled_set():
    truth = load_truth()
    assert set(truth["expected_rate"]) == set(BUNDLED.units["kommune"])
    assert set(truth) == {field["name"] for field in store.resource("musterkommunen_truth")["schema"]["fields"]}


@pytest.mark.parametrize("loader", [load_returns, load_truth], ids=lambda f: f.__name__)
def test_the_loaders_document_licence_and_result(loader):
    text = inspect.getdoc(loader)
    for word in ("**Definition:**", "**Licence:**", "Returns", ">>>"):
        assert word in text


# --- own files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["workbook", "csv", "german csv"])
def test_the_bundled_set_survives_a_round_trip(tmp_path, form):
    if form == "workbook":
        path = tmp_path / "returns.xlsx"
        with pd.ExcelWriter(path) as book:
            for name in TABLES:
                getattr(BUNDLED, name).to_excel(book, sheet_name=name, index=False)
    else:
        path = tmp_path
        marks = {"sep": ";", "decimal": ","} if form == "german csv" else {}
        for name in TABLES:
            getattr(BUNDLED, name).to_csv(tmp_path / f"{name}.csv", index=False, **marks)
    found = load_returns(path)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(found, name), getattr(BUNDLED, name))


def test_the_excerpt_itself_is_read_in_each_form(written):
    found = load_returns(written())
    assert found.monthly["kommune"].tolist() == ["M01", "M01", "M02", "M02"]
    assert found.annual["staff_total"].tolist() == BUNDLED.annual["staff_total"].iloc[[2, 5]].tolist()


def test_a_list_of_csv_files_is_read(tmp_path):
    csv_folder(tmp_path, excerpt())
    found = load_returns([tmp_path / f"{name}.csv" for name in TABLES])
    assert len(found.services) == 10


def test_real_keys_are_observed_and_named_from_the_register(written):
    found = load_returns(written(real_keys))
    assert not found.synthetic
    for name in TABLES:
        assert set(getattr(found, name)["status"]) == {"observed"}
        assert set(getattr(found, name)["kommune"]) == set(REAL.values())
    register = municipalities().set_index("kommune")
    for row in found.units.itertuples():
        assert row.name == register.at[row.kommune, "name"]
        assert row.land == register.at[row.kommune, "land"]
    assert found.units["ring"].eq("").all()
    assert found.units["unemployment_rate"].isna().all()


def test_units_of_real_places_may_bring_a_ring_and_bear_the_name_of_the_register(written):
    def change(tables):
        real_keys(tables)
        tables["units"] = [["kommune", "name", "ring"], ["06438", "LK Offenbach", "Rhein-Main"], ["01054", "", ""]]

    units = load_returns(written(change)).units.set_index("kommune")
    assert units["ring"].to_dict() == {"06438": "Rhein-Main", "01054": ""}
    assert units.at["06438", "name"] == "Offenbach (Landkreis)"


def test_units_may_be_named_in_any_way_the_register_knows(book):
    names = iter(["LK Offenbach", "Kreis Offenbach", "Nordfriesland", "01054"])

    def change(tables):
        real_keys(tables)
        for line in tables["monthly"][1:]:
            line[0] = next(names)

    assert load_returns(book(change)).monthly["kommune"].tolist() == ["06438", "06438", "01054", "01054"]


def test_synthetic_keys_stay_synthetic_whatever_the_file_says(written):
    path = written(put("monthly", 2, "status", "observed"), put("units", 2, "status", "published"))
    found = load_returns(path)
    assert found.monthly["status"].eq("synthetic").all()
    assert found.units["status"].eq("synthetic").all()


def test_a_status_of_a_real_row_is_kept(book):
    def change(tables):
        real_keys(tables)
        tables["annual"] = [
            [*line, word] for line, word in zip(tables["annual"], ["status", "estimated", ""], strict=True)
        ]

    assert load_returns(book(change)).annual["status"].tolist() == ["estimated", "observed"]


def test_an_empty_cell_is_missing_and_not_zero(written):
    found = load_returns(written(put("monthly", 2, "ehb_u25", None), put("services", 3, "offer", None)))
    assert found.monthly["ehb_u25"].isna().tolist() == [True, False, False, False]
    assert found.services["offer"].iloc[1] == ""


def test_further_columns_of_numbers_are_kept_and_named(written):
    over50 = with_column("monthly", "ehb_over50", [10, None, 12.5, 0])
    found = load_returns(written(over50, with_column("annual", "training_days", [3, 4])))
    assert found.further == {"monthly": ("ehb_over50",), "annual": ("training_days",)}
    assert found.monthly["ehb_over50"].fillna(-1).tolist() == [10, -1, 12.5, 0]
    assert found.only(["M01"]).further == found.further


def test_the_bundled_set_has_no_further_columns():
    assert BUNDLED.further == {}


@pytest.mark.parametrize("name", ["ehb_u20", "sanktionen_over50", "bg_new"])
def test_a_further_column_of_another_number_or_with_an_ending_is_no_misspelling(book, name):
    assert load_returns(book(with_column("monthly", name, [1, 2, 3, 4]))).further == {"monthly": (name,)}


def own_units(*columns):
    """A table of units under real keys, and the other tables under them too."""

    def change(tables):
        real_keys(tables)
        tables["units"] = [["kommune", *[name for name, _ in columns]]]
        tables["units"] += [list(line) for line in zip(REAL.values(), *[cells for _, cells in columns], strict=True)]

    return change


def test_the_status_of_the_rings_of_a_workbook_is_kept(book):
    units = own_units(("ring", ["A", "A"]), ("ring_status", ["published", None]), ("region", ["north", "south"]))
    found = load_returns(book(units)).units
    assert found["ring_status"].tolist() == ["published", "observed"]
    assert found["region"].tolist() == ["north", "south"]


def test_sheets_and_columns_are_found_in_capitals_too(book):
    def change(tables):
        tables["Monthly"] = tables.pop("monthly")
        tables["Monthly"][0] = [name.upper() for name in tables["Monthly"][0]]

    assert len(load_returns(book(change)).monthly) == 4


def test_a_month_that_excel_made_a_date_is_that_month(book):
    path = book(put("monthly", 2, "period", datetime.datetime(2008, 1, 1)), put("annual", 2, "period", 2008))
    assert load_returns(path).monthly["period"].iloc[0] == "2008-01"


@given(kept=st.sets(st.sampled_from(sorted(municipalities()["kommune"])), min_size=2, max_size=2))
@settings(max_examples=10, deadline=None)
def test_any_of_the_69_may_report(kept, tmp_path_factory):
    keys = dict(zip(REAL.values(), sorted(kept), strict=True))
    tables = excerpt()
    real_keys(tables)
    for lines in tables.values():
        for line in lines[1:]:
            line[0] = keys[line[0]]
    found = load_returns(csv_folder(tmp_path_factory.mktemp("csv"), tables))
    assert set(found.units["kommune"]) == kept


# --- what is refused: each kind of fault with its cell stands in test_check ----------------------------


def test_returns_with_errors_are_not_loaded_and_the_message_names_the_command(written):
    path = written(put("monthly", 3, "ehb", "k.A."), put("monthly", 4, "bg", -1))
    message = (
        r"found 2 \(and warnings: 0\):\n.*monthly.*E3.*'k\.A\.'.*\n.*monthly.*C4.*\nAll of them: optkommunen check"
    )
    with pytest.raises(FileFormatError, match=message):
        load_returns(path)


def test_more_errors_than_three_are_counted(written):
    path = written(*(put("services", row, "spending", "x" * row) for row in (2, 4, 6, 8, 10)))
    with pytest.raises(FileFormatError, match=r"found 5 .*(.*\n){4}… 2 more\n"):
        load_returns(path)


def test_what_is_missing_is_a_warning_and_travels_with_the_returns(written):
    def change(tables):
        tables["monthly"][0][5] = "unter25"

    found = load_returns(written(change))
    assert [finding.kind for finding in found.warnings] == ["column_absent"]
    assert found.monthly["ehb_u25"].isna().all()
    assert found.further == {"monthly": ("unter25",)}


@pytest.mark.parametrize("absent", [["annual"], ["services"], ["annual", "services"], ["monthly", "services"]])
def test_who_has_some_tables_works_with_these(written, absent):
    def change(tables):
        for name in absent:
            del tables[name]

    found = load_returns(written(change))
    for name in TABLES:
        table = getattr(found, name)
        assert table.empty == (name in absent)
        assert list(table.columns) == list(getattr(BUNDLED, name).columns)


def test_a_note_and_a_name_may_stand_beside_the_numbers(written):
    note = with_column("monthly", "note", ["", "moved", "", ""])
    name = with_column("annual", "name", ["Musterkommune 01", "Musterkommune 2"])
    found = load_returns(written(note, name))
    assert found.monthly["note"].tolist() == ["", "moved", "", ""]
    assert "name" not in found.annual
    assert found.further == {}


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_spoilt_cell_is_read_or_refused_with_its_row_and_never_crashes(data, tmp_path_factory):
    """Whatever stands in one cell: either a table comes back, or an error of the package says where."""
    tables = excerpt()
    name = data.draw(st.sampled_from(TABLES))
    row = data.draw(st.integers(1, len(tables[name]) - 1))
    column = data.draw(st.integers(0, len(tables[name][0]) - 1))
    tables[name][row][column] = data.draw(
        st.one_of(
            st.none(), st.integers(-5, 10**9), st.floats(-1e6, 1e6), st.text("aZä09.-/ ", max_size=6), st.booleans()
        )
    )
    path = workbook(tmp_path_factory.mktemp("book"), tables)
    message = ""
    try:
        found = load_returns(path)
    except OptkommunenError as error:
        message = str(error)
    if message:
        assert "returns.xlsx" in message
        assert re.search(rf"[A-Z]?{row + 1}\b", message) or "units" in message
    else:
        assert set(found.monthly["status"]) == {"synthetic"}


def test_rings_that_excel_made_numbers_stay_whole(tmp_path):
    tables = excerpt()
    column = tables["units"][0].index("ring")
    for line in tables["units"][1:]:
        line[column] = 3.0
    real = {key: REAL[key] for key in REAL}
    for lines in tables.values():
        for line in lines[1:]:
            line[0] = real[line[0]]
            line[-1] = "observed"
    for line in tables["units"][1:]:
        line[1] = None
    assert load_returns(workbook(tmp_path, tables)).units["ring"].tolist() == ["3", "3"]


def test_returns_are_shown_by_their_source_and_not_by_their_tables(written):
    assert repr(BUNDLED) == (
        "Returns: 69 Musterkommunen (invented), monthly 2006-01 to 2008-12, annual 2006 to 2008, services 2005 to "
        "2008; source optkommunen.synthetic"
    )
    assert re.search(r"source .* \(sha256 [0-9a-f]{12}\)$", repr(load_returns(written())))


def test_what_is_declared_and_what_is_not_travels_with_real_returns(written):
    said = load_returns(written(real_keys)).caveats("en")
    assert [line.split(":")[0] for line in said] == ["Not declared by 2 of 2"] * 3


def test_only_who_reports_can_be_selected():
    with pytest.raises(UnknownUnitError, match="no returns of M99"):
        BUNDLED.only(["M01", "M99"])


def test_a_municipality_is_found_by_key_and_by_name():
    assert BUNDLED.find("M14") == BUNDLED.find("Musterkommune 14") == "M14"


def test_one_of_the_69_is_found_by_any_name_in_use(tmp_path):
    returns = load_returns(write_own_returns(tmp_path))
    assert returns.find("09679") == returns.find("LK Würzburg") == "09679"


def test_who_does_not_report_is_not_found(tmp_path):
    with pytest.raises(
        UnknownUnitError,
        match=r"no returns of 'Musterkommune 99'\. 69 report, from M01 \(Muster.* 01\) to M69 \(Muster.* 69\): ",
    ):
        BUNDLED.find("Musterkommune 99")
    with pytest.raises(UnknownUnitError, match="no returns of '06414'"):
        load_returns(write_own_returns(tmp_path)).only(["09679", "06432"]).find("06414")
