"""read_kreise_workbook on the official workbooks and on workbooks broken in each way that happens."""

import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders.destatis import COLUMNS, read_kreise_workbook
from tests.loaders import books
from tests.shared import shared

FOLDER = "data/official/destatis_xlsx"
STATUS_2018, STATUS_2021 = "04-kreise_stand_31122018.xlsx", "04_KreiseVorjahr_stand_31122021.xlsx"

TABLE = [  # invented areas in the official layout
    ["Kreisfreie Städte und Landkreise nach Fläche, Bevölkerung und Bevölkerungsdichte"],
    ["Gebietsstand: 31.12.2018"],
    [],
    [
        "Schlüssel-nummer",
        "Regionale Bezeichnung",
        "Kreisfreie Stadt",
        "NUTS3",
        "Fläche \nin km2",
        "Bevölkerung2)",
    ],
    [None, None, "Kreis / Landkreis", None, None, "insgesamt", "männlich", "weiblich", "je km2"],
    [1, "2", 3, 4, 5, 6, 7, 8, 9],
    [],
    ["01", "Musterland"],
    ["01901", "Kreisfreie Stadt", "Musterstadt ", "DEF91", 56.5, 900, 440, 460, 16],
    ["01902", "Landkreis", "Musterkreis", "DEF92", 1428, 1300, 650, 650, 1],
    [None, None, "Insgesamt", None, 1484.5, 2200, 1090, 1110, 1],
    [145, "Direktionsbezirk"],
    [None, "Deutschland", "Insgesamt", None, 1484.5, 2200, 1090, 1110, 1],
    ["1)  Fläche: Fußnote"],
]
SHEET = "Kreisfreie Städte u. Landkreise"


@pytest.fixture
def workbook(tmp_path):
    def write(change=lambda rows: None, sheet=SHEET, **options):
        rows = [list(row) for row in TABLE]
        change(rows)
        return books.write(tmp_path / "kreise.xlsx", {"Deckblatt": [], sheet: rows}, **options)

    return write


def put(row, column, value):
    def change(rows):
        rows[row - 1][column - 1] = value

    return change


def refused(path, match):
    with pytest.raises(FileFormatError, match=match):
        read_kreise_workbook(path)


# --- official workbooks -----------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "kreise", "population", "status"),
    [(STATUS_2018, 401, 83_019_213, "31.12.2018"), (STATUS_2021, 400, 83_237_124, "31.12.2021")],
)
def test_official_workbooks_have_all_kreise_and_inhabitants(file, kreise, population, status):
    frame = read_kreise_workbook(shared(f"{FOLDER}/{file}"))
    assert (len(frame), frame["population"].sum(), set(frame["area_status"])) == (
        kreise,
        population,
        {status},
    )


@pytest.mark.shared
def test_city_states_have_five_digits():
    frame = read_kreise_workbook(shared(f"{FOLDER}/{STATUS_2018}")).set_index("key")
    assert frame.loc[["02000", "11000"], "nuts3"].tolist() == ["DE600", "DE300"]


@pytest.mark.shared
def test_the_only_difference_of_the_two_statuses_is_eisenach():
    before, after = (
        set(read_kreise_workbook(shared(f"{FOLDER}/{file}"))["key"]) for file in (STATUS_2018, STATUS_2021)
    )
    assert before - after == {"16056"}
    assert after <= before


@pytest.mark.shared
def test_kinds_are_those_of_the_workbook():
    frame = read_kreise_workbook(shared(f"{FOLDER}/{STATUS_2018}"))
    assert frame["kind"].value_counts().to_dict() == {
        "Landkreis": 251, "Kreisfreie Stadt": 98, "Kreis": 42, "Stadtkreis": 9, "Regionalverband": 1,
    }  # fmt: skip


@pytest.mark.shared
def test_nuts3_codes_are_unique():
    assert read_kreise_workbook(shared(f"{FOLDER}/{STATUS_2021}"))["nuts3"].is_unique


# --- small workbooks --------------------------------------------------------------------------------


def test_only_rows_of_kreise_are_read(workbook):
    frame = read_kreise_workbook(workbook())
    assert tuple(frame.columns) == COLUMNS
    assert frame["key"].tolist() == ["01901", "01902"]


def test_values_stand_in_their_columns(workbook):
    first = read_kreise_workbook(workbook()).iloc[0].tolist()
    assert first == ["01901", "Musterstadt", "Kreisfreie Stadt", "DEF91", 56.5, 900, 440, 460, "31.12.2018"]


# --- broken workbooks -------------------------------------------------------------------------------


def test_a_key_that_became_a_number_is_refused(workbook):
    match = rf"kreise\.xlsx, sheet '{SHEET}', row 9, column 'key': .*found 1901, a number: leading zeros are lost"
    refused(workbook(put(9, 1, 1901)), match)


def test_a_key_of_four_digits_is_refused(workbook):
    refused(workbook(put(10, 1, "1902")), r"row 10, column 'key': A key is text of five digits; found '1902'")


def test_a_missing_sheet_is_refused(workbook):
    match = r"kreise\.xlsx: The workbook has a sheet 'Kreisfreie Städte …'; found Deckblatt, Tabelle2"
    refused(workbook(sheet="Tabelle2"), match)


@pytest.mark.parametrize(
    ("row", "number", "column"),
    [(4, 2, "kind"), (4, 4, "nuts3"), (4, 5, "area_km2"), (5, 6, "population"), (5, 7, "male")],
)
def test_a_renamed_heading_is_refused(workbook, row, number, column):
    refused(
        workbook(put(row, number, "anders")),
        rf"kreise\.xlsx, sheet '{SHEET}', row {row}, column '{column}': Heading {number} .*found 'anders'",
    )


def test_a_sheet_without_heading_line_is_refused(workbook):
    refused(workbook(put(4, 1, "Nr.")), r"kreise\.xlsx, sheet '.*': A heading line begins with 'Schlüsseln")


def test_a_missing_area_status_is_refused(workbook):
    refused(workbook(put(2, 1, "Stand unbekannt")), r"kreise\.xlsx, sheet '.*': 'Gebietsstand: TT\.MM\.JJJJ'")


@pytest.mark.parametrize("cell", [None, "56,5", "-"])
def test_a_cell_that_is_no_number_is_refused(workbook, cell):
    refused(workbook(put(9, 5, cell)), r"row 9, column 'area_km2': A cell is a number, not below 0; found")


def test_men_and_women_must_add_up(workbook):
    refused(workbook(put(9, 7, 441)), r"row 9, column 'population': .*found 900 against 441 \+ 460")


def test_a_lost_row_is_seen_because_kreise_no_longer_add_up(workbook):
    match = r"row 12, column 'population': .*add up to Germany; found 900 against 2200: rows are missing"
    refused(workbook(lambda rows: rows.pop(9)), match)


def test_a_sheet_cut_before_its_total_is_refused(workbook):
    def cut(rows):
        del rows[10:]

    refused(workbook(cut), r"kreise\.xlsx, sheet '.*', row 10: .*Deutschland, Insgesamt.*truncated")


def test_a_key_that_occurs_twice_is_refused(workbook):
    refused(workbook(put(10, 1, "01901")), r"sheet '.*', column 'key': One row for each key; found 01901 twice")


def test_area_and_population_must_fit_the_printed_density(workbook):
    def swap(rows):
        rows[8][4], rows[9][4] = rows[9][4], rows[8][4]

    refused(workbook(swap), r"row 9, column 'per_km2': Inhabitants per km² .*found 16 against 900 / 1428")


@pytest.mark.parametrize(("number", "column"), [(5, "area_km2"), (7, "male"), (8, "female")])
def test_every_column_must_add_up_to_germany(workbook, number, column):
    refused(
        workbook(put(13, number, 7.0)), rf"row 13, column '{column}': The Kreise add up to Germany; found .* against 7:"
    )


def test_half_a_person_is_refused(workbook):
    refused(workbook(put(9, 7, 439.5)), r"row 9, column 'male': Persons are whole numbers; found 439\.5")


def test_a_truth_value_is_no_number(workbook):
    refused(workbook(put(10, 5, True)), r"row 10, column 'area_km2': A cell is a number, not below 0; found True")


@pytest.mark.parametrize("name", ["M³sterstadt", "MÃ¼sterstadt", "M�sterstadt"])
def test_a_garbled_name_is_refused_with_its_place(workbook, name):
    refused(workbook(put(9, 3, name)), rf"row 9, column 'name': A name is written in German letters; found '{name}'")


def test_an_error_value_is_refused_with_its_place(workbook):
    path = workbook()
    parts = books.unpack(path)
    xml = books.sheet(TABLE).replace('<c r="I9"><v>16</v>', '<c r="I9" t="e"><v>#DIV/0!</v>')
    parts["xl/worksheets/sheet2.xml"] = xml
    refused(books.pack(path, parts), r"row 9: The cell in column 9 has a value; found an error value #DIV/0!")


def test_a_wrong_dimension_loses_no_rows(workbook):
    path = workbook()
    parts = books.unpack(path)
    parts["xl/worksheets/sheet2.xml"] = books.sheet(TABLE, before='<dimension ref="A1:M3"/>')
    assert len(read_kreise_workbook(books.pack(path, parts))) == 2


def test_styles_of_other_programs_do_no_harm(workbook):
    odd = '<fills><fill><patternFill><extLst><ext uri="x"/></extLst></patternFill></fill></fills>'
    assert len(read_kreise_workbook(workbook(styles=books.STYLES.replace("<cellXfs>", f"{odd}<cellXfs>")))) == 2


def test_a_broken_workbook_is_refused(workbook):
    path = workbook()
    path.write_bytes(path.read_bytes()[:-400])
    refused(path, r"kreise\.xlsx: .*complete \.xlsx workbook; found a broken or truncated one")


def test_an_html_page_is_refused(tmp_path):
    path = tmp_path / "kreise.xlsx"
    path.write_text("<html><body>404</body></html>")
    refused(path, r"kreise\.xlsx: .*found an HTML page")


def test_a_workbook_that_does_not_exist_is_refused(tmp_path):
    refused(tmp_path / "absent.xlsx", r"absent\.xlsx: The file must exist")
