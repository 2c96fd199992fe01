"""read_umsteiger on the official workbook and on workbooks broken in each way that happens."""

import openpyxl
import pandas as pd
import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders.bbsr import COLUMNS, read_umsteiger
from tests.shared import shared

WORKBOOK = "data/official/bbsr/ref-kreise-umrech-2021-1990-2020.xlsx"

HEADINGS = [
    "Kreise\n 31.12.2008", "Kreisname 2008", "flächen-\nproportionaler\nUmsteige-schlüssel",
    "bevölkerungs- \nproportionaler \nUmsteige- \nschlüssel",
    "beschäftigten- \nproportionaler \nUmsteige- \nschlüssel", "Fläche am 31.12.2008 in km²",
    "Bevölkerung am 31.12.2008 in 1000",
    "sozialvers.pflichtig Beschäftigte am Arbeitsort am 30.6.2008 in 1000",
    "Kreise\n 31.12.2020", "Kreisname 2020",
]  # fmt: skip
ROWS = [  # an invented Kreis that is divided, and one that stays
    [1901000, "Musterkreis Nord", 0.25, 0.5, 0.75, 100.5, 20, 7.5, 1902000, "Musterkreis Mitte"],
    [1901000, "Musterkreis Nord", 0.75, 0.5, 0.25, 301.5, 20, 2.5, 1903000, "Musterkreis Süd "],
    [16903000, "Musterstadt", 1, 1, 1, 50, 80.5, 30, 16903000, "Musterstadt"],
]


@pytest.fixture(scope="session")
def umsteiger():
    return read_umsteiger(shared(WORKBOOK))


@pytest.fixture
def workbook(tmp_path):
    def write(change=lambda rows: None, sheet="2008", headings=HEADINGS):
        rows = [list(headings), *(list(row[: len(headings)]) for row in ROWS)]
        change(rows)
        book = openpyxl.Workbook()
        book.active.title = sheet
        for row in rows:
            book.active.append(row)
        path = tmp_path / "umsteiger.xlsx"
        book.save(path)
        return path

    return write


def put(row, column, value):
    def change(rows):
        rows[row - 1][column - 1] = value

    return change


def refused(path, match, years=None):
    with pytest.raises(FileFormatError, match=match):
        read_umsteiger(path, years)


# --- official workbook ------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_workbook_has_31_source_years(umsteiger):
    assert umsteiger["year"].unique().tolist() == list(range(1990, 2021))
    assert tuple(umsteiger.columns) == COLUMNS


@pytest.mark.shared
def test_2008_has_420_pairs_of_413_sources_and_400_targets(umsteiger):
    pairs = umsteiger[umsteiger["year"].eq(2008)]
    assert (len(pairs), pairs["key"].nunique(), pairs["target"].nunique()) == (420, 413, 400)


@pytest.mark.shared
def test_parts_of_2008_add_up_to_germany(umsteiger):
    totals = umsteiger[umsteiger["year"].eq(2008)][["population_1000", "area_km2", "employees_1000"]].sum()
    assert totals.round(2).tolist() == [82_002.6, 357_105.71, 27_458.6]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("years", "sources"),
    [((2004, 2005, 2006), 439), ((2007,), 429), ((2008,), 413), ((2009, 2010), 412), ((2011,), 402)],
)
def test_sources_are_the_kreise_valid_in_the_year(umsteiger, years, sources):
    found = umsteiger[umsteiger["year"].isin(years)].groupby("year")["key"].nunique()
    assert set(found) == {sources}


@pytest.mark.shared
def test_the_target_is_the_same_in_every_sheet_whatever_its_heading_says(umsteiger):
    targets = umsteiger.groupby("year")["target"].agg(lambda keys: frozenset(keys))
    assert len(set(targets)) == 1
    assert len(targets.iloc[0]) == 400
    assert "16056" not in targets.iloc[0]  # Eisenach, dissolved on 1.7.2021: so the target is 31.12.2021


@pytest.mark.shared
def test_weights_of_each_source_add_up_to_one(umsteiger):
    weights = umsteiger.groupby(["year", "key"])[["weight_area", "weight_population"]].sum()
    assert weights.sub(1).abs().to_numpy().max() < 1e-9


@pytest.mark.shared
def test_employees_are_missing_up_to_1996_and_only_then(umsteiger):
    missing = umsteiger[["weight_employees", "employees_1000"]].isna()
    assert missing.all(axis=1).equals(umsteiger["year"].le(1996))
    assert missing.any(axis=1).equals(umsteiger["year"].le(1996))


@pytest.mark.shared
def test_keys_agree_with_the_flat_reference_table(umsteiger):
    reference = pd.read_csv(
        shared("data/reference/bbsr_kreise_umsteiger_2004-2011_auf_2021.csv"),
        dtype="str",
        encoding="utf-8-sig",
    )
    pairs = umsteiger[umsteiger["year"].between(2004, 2011)]
    assert len(pairs) == len(reference) == 3449
    assert set(zip(pairs["year"].astype(str), pairs["key"], strict=True)) == set(
        zip(reference["jahr"], reference["ags"], strict=True)
    )


@pytest.mark.shared
def test_only_the_wanted_years_are_read():
    assert set(read_umsteiger(shared(WORKBOOK), [2005, 1995])["year"]) == {1995, 2005}


@pytest.mark.shared
def test_a_year_without_sheet_is_refused():
    refused(shared(WORKBOOK), r"ref-kreise.*\.xlsx: Each source year has a sheet.*no 1989 among 1990", [1989])


@pytest.mark.shared
def test_a_truncated_download_is_refused(tmp_path):
    path = tmp_path / "half.xlsx"
    raw = shared(WORKBOOK).read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    refused(path, r"half\.xlsx: .*complete \.xlsx workbook; found a broken or truncated one")


# --- small workbooks --------------------------------------------------------------------------------


def test_keys_get_their_zero_back(workbook):
    frame = read_umsteiger(workbook())
    for year in (2008, "2008", ["2008"]):  # one year as number or text, or several
        assert read_umsteiger(workbook(), year).equals(frame)
    assert frame["key"].tolist() == ["01901", "01901", "16903"]
    assert frame["target"].tolist() == ["01902", "01903", "16903"]


def test_names_are_stripped(workbook):
    assert read_umsteiger(workbook())["target_name"].tolist()[1] == "Musterkreis Süd"


def test_eight_columns_are_read_for_a_year_up_to_1996(workbook):
    headings = [h.replace("2008", "1995") for n, h in enumerate(HEADINGS) if n not in (4, 7)]

    def drop_employees(rows):
        rows[1:] = [[cell for n, cell in enumerate(row) if n not in (4, 7)] for row in ROWS]

    frame = read_umsteiger(workbook(drop_employees, sheet="1995", headings=headings))
    assert frame["weight_employees"].isna().all()
    assert frame["area_km2"].sum() == 452


def test_blank_rows_are_skipped(workbook):
    frame = read_umsteiger(workbook(lambda rows: rows.insert(2, [None] * 10)))
    assert len(frame) == 3


# --- broken workbooks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "column"),
    [(1, "key"), (3, "weight_area"), (5, "weight_employees"), (6, "area_km2"), (9, "target")],
)
def test_a_renamed_heading_is_refused(workbook, number, column):
    match = rf"umsteiger\.xlsx, sheet '2008', row 1, column '{column}': Heading {number} .*found 'Gewicht'"
    refused(workbook(put(1, number, "Gewicht")), match)


def test_a_sheet_of_another_year_is_refused(workbook):
    refused(workbook(sheet="2007"), r"sheet '2007', row 1, column 'key': .*'kreise31\.12\.2007'")


def test_a_lost_column_is_refused(workbook):
    refused(
        workbook(lambda rows: rows[0].pop()),
        r"sheet '2008', row 1, column 'target_name': .*found '(None|nothing)'",
    )


@pytest.mark.parametrize("key", [1901, "1901000a", None, 1901001, 1901000.5])
def test_a_cell_that_is_no_key_is_refused(workbook, key):
    refused(workbook(put(3, 1, key)), r"umsteiger\.xlsx, sheet '2008', row 3, column 'key': A key is")


@pytest.mark.parametrize("cell", [None, "0,25", "-"])
def test_a_weight_that_is_no_number_is_refused(workbook, cell):
    refused(workbook(put(2, 4, cell)), r"sheet '2008', row 2, column 'weight_population': .*is a number")


def test_a_lost_row_is_seen_because_weights_no_longer_add_up(workbook):
    match = r"sheet '2008', row 2, column 'weight_area': .*add up to 1; found 0\.250000 for 01901"
    refused(workbook(lambda rows: rows.pop(2)), match)


def test_a_pair_that_occurs_twice_is_refused(workbook):
    match = r"sheet '2008', row 5: One row for each source and target; found a second row for 16903"
    refused(workbook(lambda rows: rows.append(rows[3])), match)


def test_a_sheet_without_rows_is_refused(workbook):
    def clear(rows):
        del rows[1:]

    refused(workbook(clear), r"umsteiger\.xlsx, sheet '2008', row 2: .*found none")


def test_a_workbook_without_years_is_refused(workbook):
    refused(workbook(sheet="Tabelle1"), r"umsteiger\.xlsx: Each source year has a sheet.*among Tabelle1")


def test_an_old_binary_workbook_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "alt.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    refused(path, r"alt\.xls: The workbook must be \.xlsx; found an old binary \.xls.* Save it as \.xlsx")


def test_a_workbook_damaged_in_the_middle_is_refused(workbook):
    path = workbook()
    raw = bytearray(path.read_bytes())
    start = raw.index(b"xl/worksheets/sheet1.xml") + 60
    raw[start : start + 40] = bytes(40)
    path.write_bytes(raw)
    refused(path, r"umsteiger\.xlsx: .*found a broken or truncated one")


@pytest.mark.parametrize("raw", [b"Kreise;Kreisname\n1001000;Flensburg\n", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_workbook_is_refused(tmp_path, raw):
    path = tmp_path / "umsteiger.xlsx"
    path.write_bytes(raw)
    refused(path, r"umsteiger\.xlsx: .*complete \.xlsx workbook")


def test_an_html_page_named_xlsx_is_refused(tmp_path):
    path = tmp_path / "umsteiger.xlsx"
    path.write_text("<!doctype html><html></html>")
    refused(path, r"umsteiger\.xlsx: .*found an HTML page")


def test_an_empty_workbook_file_is_refused(tmp_path):
    path = tmp_path / "umsteiger.xlsx"
    path.touch()
    refused(path, r"umsteiger\.xlsx: .*found an empty file")


def test_a_workbook_that_does_not_exist_is_refused(tmp_path):
    refused(tmp_path / "absent.xlsx", r"absent\.xlsx: The file must exist")
