"""read_inkar on every official export and on exports broken in each way that happens."""

import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import VALUE_COLUMNS
from optkommunen.loaders.bbsr import read_umsteiger
from optkommunen.loaders.inkar import infer_area_status, read_inkar
from tests.shared import shared

FOLDER = "data/official/inkar_export_csv"
SERIES = "inkar_VH_24_02_05_zeitreihe_1995-2021.csv"
EXPORTS = [  # file, value columns
    ("INKAR1_pop.csv", 23),
    ("INKAR2_econ.csv", 22),
    ("INKAR5_infrastructure.csv", 24),
    (SERIES, 127),
]

SMALL = """Kennziffer;Raumeinheit;Aggregat;Arbeitslosenquote;Medianeinkommen ;Asylbewerber;Asylbewerber
;;;2017;2012-2017;2016;2017
"01901";"Musterstadt, Stadt";"krsfr. Stadt";"8,9";"1.527";"-0,7";"5,2"
"03991";"Musterkreis";"Landkreis";"5,6";"2.965,5";"3,1";""
"""
STATUS = "31.12.2017 (401 Kreise)"


@pytest.fixture
def small(tmp_path):
    def write(old="", new="", text=SMALL, encoding="utf-8-sig"):
        assert old in text
        path = tmp_path / "inkar.csv"
        path.write_bytes((text.replace(old, new, 1) if old else text).encode(encoding))
        return path

    return write


def refused(path, match, area_status=STATUS):
    with pytest.raises(FileFormatError, match=match):
        read_inkar(path, area_status=area_status)


# --- official exports -------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(("file", "columns"), EXPORTS, ids=[export[0] for export in EXPORTS])
def test_every_official_export_has_401_kreise(file, columns):
    frame = read_inkar(shared(f"{FOLDER}/{file}"))
    assert len(frame) == 401 * columns
    assert frame["key"].nunique() == 401
    assert frame.groupby(["variable", "period"]).ngroups == columns
    assert set(frame["level"]) == {"kreis"}


@pytest.mark.shared
@pytest.mark.parametrize("file", [export[0] for export in EXPORTS])
def test_the_area_status_of_official_exports_is_inferred(file):
    frame = read_inkar(shared(f"{FOLDER}/{file}"))
    assert set(frame["area_status"]) == {"31.12.2016 to 31.12.2020 (401 Kreise)"}


@pytest.mark.shared
def test_exactly_three_cells_of_the_time_series_are_missing():
    frame = read_inkar(shared(f"{FOLDER}/{SERIES}"))
    missing = frame[frame["value"].isna()]
    assert set(zip(missing["key"], missing["period"], strict=True)) == {
        ("03355", "2017"), ("05566", "2018"), ("11000", "2020"),
    }  # fmt: skip
    assert set(missing["variable"]) == {"Asylbewerber"}


@pytest.mark.shared
def test_a_thousands_point_does_not_make_a_small_number():
    frame = read_inkar(shared(f"{FOLDER}/INKAR2_econ.csv")).set_index(["key", "variable"])["value"]
    assert frame["01001", "Haushaltseinkommen"] == 1527
    assert frame["01001", "Erwerbstätigendichte"] == 1055.0


@pytest.mark.shared
def test_a_span_of_years_is_a_period():
    frame = read_inkar(shared(f"{FOLDER}/INKAR1_pop.csv"))
    spans = frame[frame["period"].eq("2012-2017")]
    assert set(spans["variable"]) == {"Bevölkerungsentwicklung (zensusbasiert)"}


@pytest.mark.shared
def test_unemployment_rates_cover_1998_to_2020():
    frame = read_inkar(shared(f"{FOLDER}/{SERIES}"))
    years = frame.loc[frame["variable"].eq("Arbeitslosenquote"), "period"].unique().tolist()
    assert years == [str(year) for year in range(1998, 2021)]


@pytest.mark.shared
@pytest.mark.parametrize("file", [export[0] for export in EXPORTS])
def test_official_exports_end_with_a_line_end(file):
    assert shared(f"{FOLDER}/{file}").read_bytes().endswith(b"\n")


@pytest.mark.shared
def test_an_export_without_its_last_kreis_is_not_taken_for_a_later_status(tmp_path):
    lines = shared(f"{FOLDER}/INKAR1_pop.csv").read_bytes().splitlines(keepends=True)
    path = tmp_path / "cut.csv"
    path.write_bytes(b"".join(lines[:-1]))
    refused(path, r"cut\.csv: The area status .*found 400 Kreise that fit none of: .*2021 or later", None)


@pytest.mark.shared
def test_the_area_status_agrees_with_the_kreise_of_each_year():
    pairs = read_umsteiger(shared("data/official/bbsr/ref-kreise-umrech-2021-1990-2020.xlsx"), range(2008, 2021))
    spans = {2008: "31.12.2008 (413", 2009: "31.12.2009 to", 2011: "31.12.2011 to", 2016: "31.12.2016 to"}
    for year, keys in pairs.groupby("year")["key"]:
        expected = spans[max(start for start in spans if start <= year)]
        assert str(infer_area_status(keys)).startswith(expected)
    assert infer_area_status(pairs["target"]) == "31.12.2021 or later (400 Kreise)"


# --- small exports ----------------------------------------------------------------------------------


def test_columns_are_those_of_every_value_table(small):
    assert tuple(read_inkar(small(), area_status=STATUS).columns) == VALUE_COLUMNS


def test_values_are_read_with_points_and_commas(small):
    frame = read_inkar(small(), area_status=STATUS)
    assert frame["value"].fillna(-9).tolist() == [8.9, 1527, -0.7, 5.2, 5.6, 2965.5, 3.1, -9]


def test_short_names_are_stripped_and_years_tell_columns_apart(small):
    frame = read_inkar(small(), area_status=STATUS).head(4)
    assert frame["variable"].tolist() == [
        "Arbeitslosenquote",
        "Medianeinkommen",
        "Asylbewerber",
        "Asylbewerber",
    ]
    assert frame["period"].tolist() == ["2017", "2012-2017", "2016", "2017"]


def test_a_stated_area_status_is_kept(small):
    assert set(read_inkar(small(), area_status=STATUS)["area_status"]) == {STATUS}


def test_a_selection_of_kreise_must_state_its_area_status(small):
    refused(small(), r"inkar\.csv: .*found 2 Kreise that fit none of: .* state area_status=", None)


def test_windows_line_ends_change_nothing(small):
    text = SMALL.replace("\n", "\r\n")
    assert read_inkar(small(text=text), area_status=STATUS).equals(read_inkar(small(), area_status=STATUS))


# --- broken exports ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "new"), [("Kennziffer", "Schlüssel"), ("Aggregat", "Typ")])
def test_a_renamed_heading_is_refused(small, heading, new):
    match = rf"inkar\.csv, row 1, column '{heading}': The first headings are .*found '{new}'"
    refused(small(heading, new), match)


def test_a_missing_second_heading_line_is_refused(small):
    refused(small(";;;2017;2012-2017;2016;2017\n", ""), r"inkar\.csv, row 2: The second line is ;;;")


def test_an_export_without_areas_is_refused(small):
    refused(small(text="\n".join(SMALL.splitlines()[:2]) + "\n"), r"inkar\.csv, row 2: .*found 0 areas and 4")


@pytest.mark.parametrize("key", ["1901", "1"])
def test_a_lost_zero_is_refused_with_the_row(small, key):
    match = rf"inkar\.csv, row 3, column 'Kennziffer': .*found '{key}': its leading zero was lost"
    refused(small('"01901"', f'"{key}"'), match)


def test_another_spatial_level_is_refused(small):
    refused(small('"01901"', '"01901000"'), r"inkar\.csv, row 3, column 'Kennziffer': .*'01901000'")


def test_a_line_that_stops_between_two_values_is_refused(small):
    refused(small(';"3,1";""\n', "\n"), r"inkar\.csv, row 4: Each line has 7 fields; found 5: .*truncated")


def test_a_line_that_stops_within_a_value_is_refused(small):
    refused(small('"3,1";""\n', '"3,'), r"inkar\.csv, row 4: The last line has a line end; found none")


def test_an_open_quote_is_refused(small):
    refused(small('"3,1";""', '"3,1;""'), r"inkar\.csv, row 4: Quotes are closed in each line")


@pytest.mark.parametrize("cell", ["8.9", "1.5270", "n.a.", "8,9 %"])
def test_a_cell_that_is_no_number_is_refused(small, cell):
    match = r"inkar\.csv, row 3, column 'Arbeitslosenquote 2017': A cell is a number"
    refused(small('"8,9"', f'"{cell}"'), match)


def test_a_repeated_column_with_other_values_is_refused(small):
    path = small(";;;2017;2012-2017;2016;2017", ";;;2017;2012-2017;2017;2017")
    refused(path, r"inkar\.csv, row 3: One value for each .*01901, 2017, 'Asylbewerber'")


def test_cp1252_is_refused_because_inkar_is_utf8(small):
    path = small("Musterkreis", "Müsterkreis", encoding="cp1252")
    refused(path, r"inkar\.csv, row 4: The text must be UTF-8; found byte 0xfc")


def test_umlauts_that_were_decoded_wrongly_are_refused(small):
    refused(small("Musterkreis", "MÃ¼sterkreis"), r"inkar\.csv, row 4: .*found 'Ã¼': umlauts were decoded wrongly")


def test_an_html_error_page_is_refused(small):
    refused(small(text="<!DOCTYPE html><html></html>"), r"inkar\.csv: .*found an HTML page")


def test_an_empty_file_is_refused(small):
    refused(small(text=""), r"inkar\.csv: The file must have content; found an empty file")


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    refused(tmp_path / "absent.csv", r"absent\.csv: The file must exist")


def test_the_complete_inkar_file_is_named(tmp_path):
    path = tmp_path / "inkar_2024.csv"
    path.write_text("Bereich;ID;Kuerzel;Indikator;Raumbezug;Kennziffer;Name;Zeitbezug;Wert\n", encoding="utf-8")
    refused(path, r"inkar_2024\.csv, row 1: .*found the complete INKAR file .*Export the wanted indicators")


@pytest.mark.parametrize(
    ("start", "kind"), [(b"\xd0\xcf\x11\xe0", "old binary workbook"), (b"PK\x03\x04", "xlsx"), (b"%PDF-1", "PDF")]
)
def test_what_is_no_text_is_named(tmp_path, start, kind):
    path = tmp_path / "inkar.csv"
    path.write_bytes(start + bytes(600))
    refused(path, rf"inkar\.csv: The file must be text; found .*{kind}.*read_official")


@pytest.mark.parametrize("year", ["2505", "1822", "Jahr", ""])
def test_an_impossible_year_is_refused(small, year):
    refused(small(";;;2017;", f";;;{year};"), rf"inkar\.csv, row 2, column 'Arbeitslosenquote': .*found '{year}'")


def test_a_thousands_comma_is_refused(small):
    text = SMALL.replace('"1.527"', '"1,527"').replace('"2.965,5"', '"2,965"')
    refused(small(text=text), r"inkar\.csv, row 3, column 'Medianeinkommen': A comma is the decimal mark.*'1,527'")


def test_a_point_behind_a_zero_is_no_thousands_point(small):
    refused(small('"1.527"', '"0.527"'), r"row 3, column 'Medianeinkommen 2012-2017': A cell is a number")


def test_a_negative_rate_is_refused(small):
    refused(small('"8,9"', '"-8,9"'), r"row 3, column 'Arbeitslosenquote': .*not below zero; found '-8,9'")


def test_garbled_names_are_refused(small):
    refused(small("Musterkreis", "M³sterkreis"), r"inkar\.csv, row 4, column 'Raumeinheit': .*'M³sterkreis' with '³'")


@pytest.mark.shared
def test_a_kreis_under_the_key_of_another_is_refused(tmp_path):
    raw = shared(f"{FOLDER}/INKAR1_pop.csv").read_bytes()
    path = tmp_path / "wrong.csv"
    path.write_bytes(raw.replace(b'"01001";', b'"x";').replace(b'"01002";', b'"01001";').replace(b'"x";', b'"01002";'))
    refused(path, r"row 3, column 'Kennziffer': Key and name mean the same area; found '01002' for 'Flensburg", None)


@pytest.mark.shared
def test_an_emptied_column_of_a_complete_export_is_refused(tmp_path):
    text = shared(f"{FOLDER}/INKAR1_pop.csv").read_bytes().decode("utf-8")
    lines = [";".join([*(f := line.split(";"))[:3], '""', *f[4:]]) for line in text.splitlines()[2:]]
    path = tmp_path / "empty.csv"
    path.write_text("\n".join([*text.splitlines()[:2], *lines, ""]), encoding="utf-8")
    refused(path, r"column 'Einwohner unter 3 Jahren 2017': A column has values; found none", None)


@pytest.mark.shared
def test_an_export_of_2026_is_recognised_and_its_main_kinzig_kreis_marked(tmp_path):
    """Of today's 400 Kreise and a new one of Hessen; its key is made up, the real one is not known here."""
    lines = shared(f"{FOLDER}/INKAR1_pop.csv").read_bytes().decode("utf-8").splitlines()
    lines = [line.replace('"16056";"Eisenach, Stadt"', '"06499";"Hanau, Stadt"') for line in lines]
    path = tmp_path / "inkar_2026.csv"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    frame = read_inkar(path)
    assert set(frame.loc[frame["key"].ne("06435"), "area_status"]) == {
        "1.1.2026 or later (401 Kreise, Hanau apart from the Main-Kinzig-Kreis)"
    }
    assert frame.loc[frame["key"].eq("06435"), "area_status"].str.contains("smaller than before").all()
