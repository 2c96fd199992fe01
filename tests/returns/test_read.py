"""load_returns: the bundled set, a researcher's own files in each form, and each way in which a file is wrong."""

import datetime
import inspect
import re

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optkommunen.data import store
from optkommunen.data.register import municipalities
from optkommunen.errors import (
    AmbiguousUnitError,
    FileFormatError,
    ForeignUnitError,
    OptkommunenError,
    UnknownUnitError,
)
from optkommunen.returns.read import TABLES, load_returns, load_truth
from tests.loaders import books
from tests.own_returns import write_own_returns

BUNDLED = load_returns()
REAL = {"M01": "06438", "M02": "01054"}


def excerpt():
    """Two Musterkommunen, two months, one year: column names and lines of each table, as one would type them."""
    tables = {}
    for name in TABLES:
        frame = getattr(BUNDLED, name)
        frame = frame[frame["kommune"].isin(REAL)]
        if "period" in frame:
            frame = frame[frame["period"].isin(["2008-01", "2008-02", "2008"])]
        tables[name] = [list(frame.columns), *frame.astype(object).to_numpy().tolist()]
    return tables


def real_keys(tables):
    """The same numbers under real keys, as a researcher would have them: without status, without units."""
    del tables["units"]
    for lines in tables.values():
        for line in lines:
            del line[-1]
        for line in lines[1:]:
            line[0] = REAL[line[0]]


def drop_units(tables):
    del tables["units"]


def workbook(folder, tables):
    book = openpyxl.Workbook()
    book.active.title = "Hinweise"
    for name, lines in tables.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    path = folder / "returns.xlsx"
    book.save(path)
    return path


def csv_folder(folder, tables, separator=",", decimal="."):
    for name, lines in tables.items():
        text = "\n".join(separator.join(_text(cell, decimal) for cell in line) for line in lines) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def _text(cell, decimal):
    if cell is None:
        return ""
    return format(cell, ".12g").replace(".", decimal) if isinstance(cell, float) else str(cell)


@pytest.fixture(params=["workbook", "csv", "german csv"])
def written(request, tmp_path):
    """Write the excerpt after some changes, in each form."""

    def write(*changes):
        tables = excerpt()
        for change in changes:
            change(tables)
        if request.param == "workbook":
            return workbook(tmp_path, tables)
        return csv_folder(tmp_path, tables, *((";", ",") if request.param == "german csv" else (",", ".")))

    return write


@pytest.fixture
def book(tmp_path):
    def write(*changes):
        tables = excerpt()
        for change in changes:
            change(tables)
        return workbook(tmp_path, tables)

    return write


def put(table, row, column, value):
    """Change one cell; rows as in the file, the line of names is row 1."""

    def change(tables):
        lines = tables[table]
        lines[row - 1][lines[0].index(column)] = value

    return change


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


def test_a_table_given_twice_is_refused_and_loses_no_year_in_silence(tmp_path):
    for folder in ("2007", "2008"):
        (tmp_path / folder).mkdir()
        csv_folder(tmp_path / folder, excerpt())
    files = [tmp_path / folder / f"{name}.csv" for folder in ("2007", "2008") for name in TABLES]
    with pytest.raises(FileFormatError, match=r"Each table is one file; found several files monthly\.csv.*one below"):
        load_returns(files)


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


def test_units_of_real_places_may_bring_a_ring_but_no_other_name(written):
    def change(tables):
        real_keys(tables)
        tables["units"] = [["kommune", "name", "ring"], ["06438", "Atlantis", "Rhein-Main"], ["01054", "", ""]]

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


def with_column(table, name, cells):
    """A further column; the cells of the rows below the line of names."""

    def change(tables):
        for line, cell in zip(tables[table], [name, *cells], strict=True):
            line.append(cell)

    return change


def test_blank_lines_and_columns_without_a_name_are_left_out(book):
    def blank(tables):
        tables["annual"].insert(2, [None] * 3)

    found = load_returns(book(with_column("annual", None, ["seen", None]), blank))
    assert list(found.annual.columns) == list(BUNDLED.annual.columns)
    assert len(found.annual) == 2


def test_further_columns_of_numbers_are_kept_and_named(written):
    over50 = with_column("monthly", "ehb_over50", [10, None, 12.5, 0])
    found = load_returns(written(over50, with_column("annual", "training_days", [3, 4])))
    assert found.further == {"monthly": ("ehb_over50",), "annual": ("training_days",)}
    assert found.monthly["ehb_over50"].fillna(-1).tolist() == [10, -1, 12.5, 0]
    assert found.only(["M01"]).further == found.further


def test_the_bundled_set_has_no_further_columns():
    assert BUNDLED.further == {}


@pytest.mark.parametrize(("name", "meant"), [("eingliederung", "eingliederungen"), ("sanktionnen", "sanktionen")])
def test_a_further_column_that_is_nearly_called_like_a_known_one_is_refused(book, name, meant):
    path = book(with_column("monthly", name, [1, 2, 3, 4]))
    with pytest.raises(FileFormatError, match=f"sheet 'monthly', row 1, column '{name}'.*Did you mean '{meant}'"):
        load_returns(path)


@pytest.mark.parametrize("name", ["ehb_u20", "sanktionen_over50", "bg_new"])
def test_a_further_column_of_another_number_or_with_an_ending_is_no_misspelling(book, name):
    assert load_returns(book(with_column("monthly", name, [1, 2, 3, 4]))).further == {"monthly": (name,)}


def test_a_known_column_that_is_misspelt_is_recognised(book):
    path = book(put("monthly", 1, "eingliederungen", "eingliederungn"))
    with pytest.raises(FileFormatError, match="Did you mean 'eingliederungen' by 'eingliederungn'"):
        load_returns(path)


def test_text_in_a_further_column_is_refused_with_its_cell(book):
    path = book(with_column("annual", "training", [3, "many"]))
    with pytest.raises(FileFormatError, match=r"sheet 'annual', row 3, column 'training'.*'many'.*called 'note'"):
        load_returns(path)


def test_a_note_and_a_name_may_stand_beside_the_numbers(written):
    note, name = with_column("monthly", "note", ["", "moved", "", ""]), with_column("annual", "name", ["a", "b"])
    found = load_returns(written(note, name))
    assert found.monthly["note"].tolist() == ["", "moved", "", ""]
    assert "name" not in found.annual
    assert found.further == {}


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


def test_a_ring_status_of_another_word_is_refused_with_its_cell(book):
    path = book(own_units(("ring", ["A", "A"]), ("ring_status", ["published", "sure"])))
    with pytest.raises(FileFormatError, match=r"sheet 'units', row 3, column 'ring_status'.*'sure'"):
        load_returns(path)


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


# --- what is refused --------------------------------------------------------------------------------


def refused(path, message, error=FileFormatError):
    with pytest.raises(error, match=message):
        load_returns(path)


def test_a_missing_table_is_named_with_those_that_are_there(written):
    def change(tables):
        del tables["annual"]

    refused(written(change), r"units may be left out\); found no (sheet annual|file annual\.csv) among .*Add the table")


def test_a_missing_column_is_named_with_those_that_are_there(written):
    def change(tables):
        tables["monthly"][0][5] = "unter25"

    refused(
        written(change),
        r"monthly.*row 1.*has the columns kommune, period, .*; found no ehb_u25\. Add or rename.*unter25",
    )


def test_a_column_twice_is_refused(written):
    def change(tables):
        tables["monthly"][0][5] = "ehb"

    refused(written(change), "row 1: Column names are unique; found ehb twice")


@pytest.mark.parametrize("lost", ["1054", 1054])
def test_lost_leading_zeros_are_refused(written, lost):
    path = written(real_keys, put("annual", 3, "kommune", lost))
    refused(path, r"annual.*row 3, column 'kommune': A key keeps its leading zeros.*found '1054'.*as text")


def test_a_lost_zero_of_a_musterkommune_is_refused(written):
    refused(written(put("annual", 2, "kommune", "M1")), "row 2, column 'kommune': A key keeps its leading zeros")


def test_an_empty_key_is_refused(written):
    refused(
        written(put("annual", 2, "kommune", None)), "row 2, column 'kommune': Each row names its unit; found an empty"
    )


def test_a_month_twice_is_refused_with_both_rows(written):
    path = written(put("monthly", 3, "period", "2008-01"))
    refused(path, r"row 3: One row for each kommune, period; found M01, 2008-01 a second time \(first in row 2\)")


def test_one_unit_under_two_names_is_the_same_unit(book):
    path = book(real_keys, put("monthly", 3, "kommune", "LK Offenbach"), put("monthly", 3, "period", "2008-01"))
    refused(path, "found 06438, 2008-01 a second time")


def test_a_negative_count_is_refused(written):
    refused(written(put("monthly", 4, "sanktionen", -1)), "row 4, column 'sanktionen': .* is at least 0; found -1")


def test_a_broken_count_is_refused(written):
    refused(written(put("monthly", 4, "bg", 10.5)), r"row 4, column 'bg': A count is a whole number; found 10\.5")


def test_negative_staff_and_a_share_above_100_are_refused(written):
    refused(written(put("annual", 2, "staff_u25", -0.5)), r"column 'staff_u25': .* is at least 0; found -0\.5")
    path = written(put("services", 2, "municipal_share", 101.0))
    refused(path, r"column 'municipal_share': .* at least 0 and at most 100; found 101")


@pytest.mark.parametrize(
    ("table", "part", "whole"),
    [(name, *pair) for name in TABLES[:3] for pair in store.resource(f"musterkommunen_{name}")["parts"]],
)
def test_a_part_larger_than_its_whole_is_refused(book, table, part, whole):
    # the whole alone is lowered: what else is part of it may be found first
    message = rf"sheet '{table}', row 2, column '\w+': \w+ is part of {whole}; found [\d.e+]+ of 0\. Correct"
    refused(book(put(table, 2, whole, 0)), message)
    assert part in getattr(BUNDLED, table)


@pytest.mark.parametrize("text", ["-", "k. A.", "1.234,5", "12 34", "#REF!", "nan"])
def test_text_in_a_number_cell_is_refused(written, text):
    if "," in text:
        text = text.replace(",", "'")  # no separator of a file
    path = written(put("monthly", 3, "ehb", text))
    refused(path, r"row 3, column 'ehb': A cell of this column is a number.*; found .*Write 0 for nothing")


def test_a_number_formatted_as_text_in_a_workbook_is_refused(book):
    refused(book(put("monthly", 3, "ehb", "8000")), r"found '8000'\. .*not formatted as text")


def test_a_truth_value_and_a_date_are_no_numbers(book):
    refused(book(put("monthly", 3, "ehb", True)), "found 'True'")
    refused(book(put("monthly", 3, "ehb", datetime.datetime(2008, 1, 1))), "found datetime")


def test_numbers_in_the_notation_of_the_other_separator_are_refused(tmp_path):
    csv_folder(tmp_path, excerpt(), ";", ".")
    refused(
        tmp_path, r"annual\.csv, row 2, .*a number \(decimal comma, since semicolons separate\); found '[0-9]+\.[0-9]'"
    )


def test_an_unknown_service_is_refused_and_the_five_are_listed(written):
    path = written(put("services", 2, "service", "Schuldnerberatung"))
    refused(
        path, "row 2, column 'service': Service is one of childcare, care, debt, psychosocial, addiction; found 'Schu"
    )


def test_an_unknown_kind_of_offer_is_refused(written):
    refused(written(put("services", 2, "offer", "ja")), "is one of own, contracted, both, referral, none; found 'ja'")


@pytest.mark.parametrize("period", ["01/2008", "2008-1", "Jan 08", "2008", "2008-13", "200801", 200801.0])
def test_a_month_in_another_format_is_refused(written, period):
    path = written(put("monthly", 2, "period", period))
    refused(
        path, r"monthly.*row 2, column 'period': Month is written like 2006-01; found .*as text in this form: 2006-01"
    )


def test_a_year_in_another_format_and_a_day_are_refused(book):
    refused(book(put("annual", 2, "period", "2008-01")), "Year is written like 2006; found '2008-01'")
    refused(book(put("monthly", 2, "period", datetime.datetime(2008, 1, 15))), "found '2008-01-15'")
    refused(book(put("monthly", 2, "period", None)), "Month is written like 2006-01; found an empty cell")


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        ("05111", ForeignUnitError, "limited to the 69 Optionskommunen; '05111' names 05111 \\(Düsseldorf\\)"),
        ("Düsseldorf", ForeignUnitError, "not one of them"),
        ("Atlantis", UnknownUnitError, "no Kreis of 2004 to 2022 is known as 'Atlantis'"),
        ("Offenbach", AmbiguousUnitError, "stands for more than one unit"),
        ("M70", ForeignUnitError, "Musterkommunen are M01 to M69; 'M70' is not one of them"),
        ("DE", UnknownUnitError, "no Kreis of 2004 to 2022 is known as 'DE'"),
    ],
)
def test_a_foreign_unit_is_refused_with_its_place_in_the_file(written, key, error, message):
    path = written(real_keys, put("services", 4, "kommune", key))
    refused(path, rf"services.*row 4, column 'kommune': .*{message}", error)


def test_real_and_invented_units_are_never_mixed(written):
    path = written(drop_units, put("services", 4, "kommune", "06438"))
    refused(path, r"services.*row 4, .*of the 69 or Musterkommunen, never both; found 06438 beside M01\. Put them")


def test_an_invented_value_beside_a_real_key_is_refused(written):
    def change(tables):
        real_keys(tables)
        tables["annual"] = [
            [*line, word] for line, word in zip(tables["annual"], ["status", "", "synthetic"], strict=True)
        ]

    refused(written(change), r"row 3, column 'status': An invented value never stands beside a real municipality")


def test_an_unknown_status_is_refused(book):
    def change(tables):
        real_keys(tables)
        tables["annual"] = [[*line, word] for line, word in zip(tables["annual"], ["status", "", "ok"], strict=True)]

    refused(
        book(change),
        "Status is one of observed, published, derived, estimated, unusable, suppressed, missing; found 'ok'",
    )


def test_musterkommunen_without_the_table_of_units_are_refused(written):
    refused(written(drop_units), "Musterkommunen need the table 'units'.*Add it")


def test_a_unit_that_reports_and_is_not_in_the_table_of_units_is_refused(written):
    def change(tables):
        del tables["units"][2]

    refused(written(change), "holds every unit that reports; found none for M02")


def test_a_table_without_rows_is_refused(book, tmp_path):
    def change(tables):
        del tables["annual"][1:]

    refused(book(change), "sheet 'annual': A table has a line of column names and rows below it; found no rows")

    def nothing(tables):
        tables["annual"] = []

    refused(book(nothing), "sheet 'annual': .*; found nothing")


def test_an_empty_file_is_refused(tmp_path):
    csv_folder(tmp_path, excerpt())
    (tmp_path / "annual.csv").write_bytes(b"")
    refused(tmp_path, r"annual\.csv: The file must have content; found an empty file")


def test_an_empty_folder_and_a_single_csv_are_refused(tmp_path):
    refused(tmp_path, "found no file monthly.csv, file annual.csv, file services.csv among nothing")
    csv_folder(tmp_path, excerpt())
    refused(tmp_path / "monthly.csv", "found no file annual.csv, file services.csv among monthly.csv")


def test_a_shifted_line_is_refused(tmp_path):
    csv_folder(tmp_path, excerpt())
    path = tmp_path / "annual.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("2008,", "2008,,", 1), encoding="utf-8")
    refused(tmp_path, r"annual\.csv, row 2: Each line has 10 fields; found 11")


def test_an_open_quote_is_refused(tmp_path):
    csv_folder(tmp_path, excerpt())
    path = tmp_path / "annual.csv"
    path.write_text(path.read_text(encoding="utf-8") + '"M03', encoding="utf-8")
    refused(tmp_path, r"annual\.csv, row \d+: Quotes are closed in each line")


def test_a_file_that_is_no_workbook_or_not_there_is_refused(tmp_path):
    path = tmp_path / "returns.xlsx"
    refused(path, "The file must exist")
    path.write_bytes(b"PK\x03\x04 nothing")
    refused(path, "must be a complete .xlsx workbook")


def test_a_wrong_dimension_loses_no_rows_of_returns(tmp_path):
    path = workbook(tmp_path, excerpt())
    parts = books.unpack(path)
    for name in [name for name in parts if "worksheets" in name]:
        parts[name] = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:M3"', parts[name])
    found = load_returns(books.pack(tmp_path / "returns.xlsx", parts))
    assert len(found.monthly) == len(excerpt()["monthly"]) - 1


def test_a_workbook_that_openpyxl_cannot_read_is_refused_not_crashed(tmp_path):
    path = workbook(tmp_path, excerpt())
    whole = books.unpack(path)
    odd = b"<fills><fill><patternFill><extLst/></patternFill></fill>"
    styles = re.sub(rb"<fills[^>]*>", odd, whole["xl/styles.xml"])
    refused(books.pack(path, whole | {"xl/styles.xml": styles}), r"complete \.xlsx workbook; found .*TypeError")
    cut = whole["xl/worksheets/sheet1.xml"][:-300]
    refused(books.pack(path, whole | {"xl/worksheets/sheet1.xml": cut}), r"returns\.xlsx: .*complete \.xlsx workbook")


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
        assert message.startswith("returns.xlsx")
        assert f"row {row + 1}" in message or "units" in message
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
    assert load_returns(workbook(tmp_path, tables)).units["ring"].tolist() == ["3", "3"]


def test_returns_are_shown_by_their_source_and_not_by_their_tables(written):
    assert repr(BUNDLED) == "Returns(source='optkommunen.synthetic')"
    assert re.search(r" \(sha256 [0-9a-f]{12}\)'\)$", repr(load_returns(written())))


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
