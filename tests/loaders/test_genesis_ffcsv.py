"""read_ffcsv on every official zip and on flat files broken in each way that happens."""

import zipfile

import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import MARKERS, VALUE_COLUMNS
from optkommunen.loaders.genesis_ffcsv import read_ffcsv
from tests.shared import shared

FOLDER = "data/official/genesis_ffcsv_zip"
ZIPS = [("11111-02-01-4", 489), ("12411-01-01-4", 1467), ("13111-01-03-4", 3300)]
ZIPS += [("61511-01-03-4", 3912), ("73111-01-01-4", 1467)]

ENGLISH = """statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;\
1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;\
2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label
90001;Musterstatistik;STAG;Stichtag;2024-12-31;KREISE;Kreise;01001;Musterstadt ;GES;Geschlecht;GESW;weiblich;\
1589,5;Tsd. EUR;MUS001;Musterzahl
90001;Musterstatistik;STAG;Stichtag;2024-12-31;KREISE;Kreise;01001;Musterstadt ;GES;Geschlecht;;Insgesamt;\
.;Tsd. EUR;MUS001;Musterzahl
90001;Musterstatistik;STAG;Stichtag;2024-12-31;REGBEZ;Bezirke;031;Musterbezirk;GES;Geschlecht;;Insgesamt;\
-;Tsd. EUR;MUS001;Musterzahl
90001;Musterstatistik;STAG;Stichtag;2024-12-31;DINSG;Deutschland;DG;Deutschland;GES;Geschlecht;;Insgesamt;\
3000;Tsd. EUR;MUS001;Musterzahl
"""
GERMAN = """Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;\
1_Auspraegung_Code;1_Auspraegung_Label;2_Merkmal_Code;2_Merkmal_Label;2_Auspraegung_Code;2_Auspraegung_Label;\
MUS001__Zahl_der_Muster__Anzahl;MUS001__Zahl_der_Muster__q;MUS002__Mustersumme__Tsd._EUR
90001;Musterstatistik;STAG;Stichtag;31.12.2012;KREISE;Kreise;01001;Müsterstadt;GES;Geschlecht;GESW;weiblich;\
15;e;7,5
90001;Musterstatistik;STAG;Stichtag;31.12.2012;DLAND;Länder;01;Musterland;GES;Geschlecht;;Insgesamt;20;p;-
"""


@pytest.fixture
def flat(tmp_path):
    def write(old="", new="", text=ENGLISH, encoding="utf-8-sig"):
        assert old in text
        path = tmp_path / "90001-01-01-4_ffcsv_de.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            content = (text.replace(old, new, 1) if old else text).encode(encoding)
            archive.writestr("90001-01-01-4_1_de_flat.csv", content)
        return path

    return write


def read(path, **options):
    return read_ffcsv(path, selection=True, **options)


def refused(path, match):
    with pytest.raises(FileFormatError, match=match):
        read_ffcsv(path)


def official(code):
    return read_ffcsv(shared(f"{FOLDER}/{code}_ffcsv_de.zip"))


# --- official zips ----------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(("code", "rows"), ZIPS)
def test_every_official_zip_has_its_known_size(code, rows):
    frame = official(code)
    assert len(frame) == rows
    assert tuple(frame.columns) == (*VALUE_COLUMNS, "variable_code", "quality")
    assert frame.attrs["table"] == code


@pytest.mark.shared
@pytest.mark.parametrize("code", [code for code, _ in ZIPS])
def test_every_official_cell_is_either_a_number_or_a_marker(code):
    frame = official(code)
    assert (frame["value"].isna() == frame["marker"].ne("")).all()
    assert set(frame["marker"]) <= {"", *MARKERS}


@pytest.mark.shared
def test_land_prices_have_four_variables_with_their_units():
    frame = official("61511-01-03-4")
    assert frame.groupby("variable_code")["unit"].first().to_dict() == {
        "BAU001": "Anzahl", "BAU002": "1000 qm", "BAU003": "Tsd. EUR", "BAU004": "EUR",
    }  # fmt: skip


@pytest.mark.shared
def test_men_and_women_of_each_kreis_add_up():
    frame = official("12411-01-01-4")
    table = frame.pivot_table(index="key", columns="variable", values="value").dropna()
    parts = table["Bevölkerungsstand | männlich"] + table["Bevölkerungsstand | weiblich"]
    assert (parts == table["Bevölkerungsstand | Insgesamt"]).all()


@pytest.mark.shared
def test_population_is_there_for_the_400_kreise_of_today():
    frame = official("12411-01-01-4")
    kreise = frame[frame["variable"].eq("Bevölkerungsstand | Insgesamt") & frame["level"].eq("kreis")]
    assert kreise["value"].notna().sum() == 400


@pytest.mark.shared
def test_all_levels_of_the_employment_table_are_recognised():
    frame = official("13111-01-03-4")
    assert set(frame["level"]) == {"germany", "land", "regierungsbezirk", "kreis", "part"}


@pytest.mark.shared
def test_the_employment_table_has_numbers_above_the_kreise_only():
    frame = official("13111-01-03-4")
    assert set(frame.loc[frame["value"].notna(), "level"]) == {"germany", "land", "regierungsbezirk"}


@pytest.mark.shared
def test_employees_of_the_laender_fall_2160_short_of_germany():
    """As published: the file gives no reason (not every workplace seems to be assigned to a Land)."""
    frame = official("13111-01-03-4")
    total = frame[frame["variable"].str.endswith("| Insgesamt | Insgesamt")].groupby("level")["value"].sum()
    assert total["germany"] - total["land"] == 2160


@pytest.mark.shared
def test_a_truncated_download_is_refused(tmp_path):
    raw = shared(f"{FOLDER}/61511-01-03-4_ffcsv_de.zip").read_bytes()
    path = tmp_path / "half.zip"
    path.write_bytes(raw[: len(raw) // 2])
    refused(path, r"half\.zip: The zip must be complete; found a truncated or broken one")


@pytest.mark.shared
def test_the_description_of_a_table_is_not_taken_for_the_table():
    path = shared(f"{FOLDER}/11111-02-01-4_metadata_table.json")
    refused(path, r"metadata_table\.json: .*found a JSON reply")


# --- small flat files -------------------------------------------------------------------------------


def test_labels_of_further_dimensions_are_joined_to_the_variable(flat):
    frame = read(flat())
    assert frame["variable"].tolist()[:2] == ["Musterzahl | weiblich", "Musterzahl | Insgesamt"]


def test_levels_follow_the_region_variable(flat):
    assert read(flat())["level"].tolist() == ["kreis", "kreis", "regierungsbezirk", "germany"]


def test_markers_stay_beside_missing_values(flat):
    frame = read(flat())
    assert frame["marker"].tolist() == ["", ".", "-", ""]
    assert frame["value"].fillna(-9).tolist() == [1589.5, -9, -9, 3000]


def test_names_are_stripped(flat):
    assert read(flat())["name"].iloc[0] == "Musterstadt"


def test_a_csv_taken_out_of_its_zip_reads_the_same(flat, tmp_path):
    path = tmp_path / "flat.csv"
    path.write_bytes(ENGLISH.encode("utf-8-sig"))
    assert read(path).equals(read(flat()))


def test_the_sign_of_quality_is_kept_beside_the_value(flat):
    lines = ENGLISH.splitlines()
    text = "\n".join([f"{lines[0]};value_q", *(f"{line};e" for line in lines[1:])]) + "\n"
    assert read(flat(text=text))["quality"].tolist() == ["e"] * 4


def test_area_status_can_be_stated(flat):
    assert set(read(flat(), area_status="31.12.2024")["area_status"]) == {"31.12.2024"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_german_layout_gives_one_row_for_each_value_column(flat, encoding):
    frame = read(flat(text=GERMAN, encoding=encoding))
    assert frame["variable"].tolist() == [
        "Zahl der Muster | weiblich",
        "Mustersumme | weiblich",
        "Zahl der Muster | Insgesamt",
        "Mustersumme | Insgesamt",
    ]
    assert frame["unit"].tolist() == ["Anzahl", "Tsd. EUR"] * 2
    assert frame["marker"].tolist() == ["", "", "", "-"]
    assert frame["name"].iloc[0] == "Müsterstadt"


def test_the_german_layout_keeps_quality_and_makes_iso_dates(flat):
    frame = read(flat(text=GERMAN))
    assert frame["quality"].tolist() == ["e", "", "p", ""]
    assert set(frame["period"]) == {"2012-12-31"}


# --- broken flat files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        (ENGLISH, "value"),
        (ENGLISH, "1_variable_attribute_code"),
        (ENGLISH, "time"),
        (GERMAN, "1_Auspraegung_Code"),
    ],
)
def test_a_renamed_heading_is_refused(flat, text, heading):
    first, _, rest = text.partition("\n")
    renamed = ";".join("anders" if name == heading else name for name in first.split(";"))
    match = rf"ffcsv_de\.zip, row 1, column '{heading}': A flat file has the heading '{heading}'; found .*anders"
    refused(flat(text=f"{renamed}\n{rest}"), match)


def test_a_german_layout_without_value_column_is_refused(flat):
    text = GERMAN.replace("MUS001__Zahl_der_Muster__Anzahl", "Zahl").replace("MUS002__Mustersumme__Tsd._EUR", "Summe")
    refused(flat(text=text), r"ffcsv_de\.zip, row 1: A value column is named CODE__Label__Unit")


@pytest.mark.parametrize(("old", "new"), [(";01001;", ";1901;"), (";031;", ";31;"), (";DG;", ";0;")])
def test_a_lost_zero_is_refused_with_the_row(flat, old, new):
    row = ENGLISH[: ENGLISH.index(old)].count("\n") + 1
    match = rf"ffcsv_de\.zip, row {row}, column '1_variable_attribute_code': .*found '{new.strip(';')}'"
    refused(flat(old, new), match)


def test_a_table_that_does_not_begin_with_the_region_is_refused(flat):
    match = r"ffcsv_de\.zip, row 2, column '1_variable_code': The first variable is the region .*found 'GES'"
    refused(flat("KREISE;", "GES;"), match)


def test_a_line_with_too_few_fields_is_refused(flat):
    refused(flat(";MUS001;Musterzahl\n", "\n"), r"ffcsv_de\.zip, row 2: Each line has 17 fields; found 15")


def test_a_file_without_last_line_end_is_truncated(flat):
    refused(flat(text=ENGLISH[:-6]), r"ffcsv_de\.zip, row 5: The last line has a line end")


def test_a_file_with_headings_only_is_refused(flat):
    refused(flat(text=ENGLISH.splitlines()[0] + "\n"), r"ffcsv_de\.zip, row 1: Lines with values .*found none")


@pytest.mark.parametrize("cell", ["1.589,5", "", "geheim"])
def test_a_cell_that_is_neither_number_nor_marker_is_refused(flat, cell):
    match = r"ffcsv_de\.zip, row 2, column 'value': A cell is a number"
    refused(flat("1589,5", cell), match)


def test_lines_that_contradict_each_other_are_refused(flat):
    line = ENGLISH.splitlines()[4]
    path = flat(line, f"{line}\n{line.replace('3000', '3001')}")
    refused(path, r"ffcsv_de\.zip, row 6: One value for each .*DG, 2024-12-31, 'Musterzahl \| Insgesamt'")


def test_the_english_layout_must_be_utf8(flat):
    path = flat("Musterbezirk", "Müsterbezirk", encoding="cp1252")
    refused(path, r"ffcsv_de\.zip, row 4: The text must be UTF-8; found byte 0xfc")


def test_umlauts_that_were_decoded_wrongly_are_refused(flat):
    refused(flat("Musterbezirk", "MÃ¼sterbezirk"), r"ffcsv_de\.zip, row 4: .*found 'Ã¼'")


def test_a_zip_without_csv_is_refused(tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    refused(path, r"other\.zip: The zip holds one CSV; found readme\.txt")


def test_a_zip_damaged_in_the_middle_is_refused(flat):
    path = flat()
    raw = bytearray(path.read_bytes())
    raw[120:160] = bytes(40)
    path.write_bytes(raw)
    refused(path, r"ffcsv_de\.zip: The zip must be complete; found a truncated or broken one")


def test_an_html_error_page_is_refused(tmp_path):
    path = tmp_path / "page.zip"
    path.write_text("<html>Anmeldung</html>")
    refused(path, r"page\.zip: .*found an HTML page")


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.zip"
    path.touch()
    refused(path, r"empty\.zip: The file must have content; found an empty file")


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    refused(tmp_path / "absent.zip", r"absent\.zip: The file must exist")


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("Insgesamt", "no time"),
        ("2505-12-31", "after "),
        ("2024-13-31", "no day"),
        ("1822", "before 1945"),
        ("", "no time"),
    ],
)
def test_a_time_that_is_none_is_refused(flat, time, reason):
    match = rf"ffcsv_de\.zip, row 2, column 'time': Time is a year.*found '{time}', {reason}"
    refused(flat(";2024-12-31;", f";{time};"), match)


@pytest.mark.parametrize("time", ["2024", "2023-10P6M", "2024-06", "2023/24"])
def test_years_months_and_spans_are_times(flat, time):
    assert read(flat(";2024-12-31;", f";{time};"))["period"].iloc[0] == time


@pytest.mark.parametrize("heading", ["value", "2_variable_label"])
def test_a_column_that_stands_twice_is_refused(flat, heading):
    lines = [f"{line};{heading if at == 0 else '1'}" for at, line in enumerate(ENGLISH.splitlines())]
    match = rf"row 1, column '{heading}': Each column of a flat file has a name of its own; found 2 of that name"
    refused(flat(text="\n".join(lines) + "\n"), match)


@pytest.mark.parametrize("cell", ["1589.5", "1.589"])
def test_the_english_edition_is_named(flat, cell):
    refused(flat("1589,5", cell), r"row 2, column 'value': A number has a decimal comma; .*_en_flat\.csv.*language=de")


@pytest.mark.parametrize(("region", "variant"), [("KREISE", "FKREISE"), ("REGBEZ", "DLANDU")])
def test_variants_of_the_region_are_read(flat, region, variant):
    path = flat(f"{region};", f"{variant};", text=ENGLISH.replace(";031;", ";03;") if variant == "DLANDU" else ENGLISH)
    assert len(read(path)) == 4


def test_a_flat_file_of_gemeinden_is_named(flat):
    refused(flat("KREISE;", "GEMEIN;"), r"The first variable is the region .*found 'GEMEIN'.*code ends in -4")


def test_a_negative_count_is_refused(flat):
    path = flat(";1589,5;Tsd. EUR;", ";-1589;Anzahl;")
    refused(path, r"ffcsv_de\.zip, row 2, column 'Musterzahl \| weiblich': .*not below zero; found '-1589'")


def test_a_thousands_comma_is_refused(flat):
    refused(flat(";1589,5;", ";1,589;"), r"row 2, .*A comma is the decimal mark.*found '1,589' for 01001")


def test_an_unknown_key_is_refused(flat):
    refused(flat("01001", "06499"), r"row 2, column '1_variable_attribute_code': .*found '06499'")


def test_garbled_names_are_refused(flat):
    refused(flat("Musterstadt", "M³sterstadt"), r"row 2, column '1_variable_attribute_label': .*'M³sterstadt'")


@pytest.mark.shared
def test_a_lost_line_is_refused(tmp_path):
    with zipfile.ZipFile(shared(f"{FOLDER}/12411-01-01-4_ffcsv_de.zip")) as archive:
        lines = archive.read(archive.namelist()[0]).splitlines(keepends=True)
    path = tmp_path / "short.csv"
    path.write_bytes(b"".join(line for line in lines if not (b";09562;" in line and b"weiblich" in line)))
    refused(path, r"short\.csv: .*found none of 09562 in 2024-12-31 \('Bevölkerungsstand \| weiblich'\)")
