"""read_genesis on every official table, and on tables broken in each way that happens."""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import MARKERS, VALUE_COLUMNS, parse_number
from optkommunen.loaders.bbsr import read_umsteiger
from optkommunen.loaders.genesis import read_genesis
from tests.shared import shared

FOLDER = "data/official/genesis_csv"
DAMAGED = "662-31-4_sgbii_personen_in_bg_kreise_2012-2014_excelbeschaedigt.csv"
UNEMPLOYED = "13211-01-03-4_arbeitslose_kreise_2001-2022.csv"
POPULATION = "12411-05-01-4_jahresdurchschnittsbevoelkerung_kreise_1995-2019.csv"

TABLES = [  # file, data rows, value columns
    (UNEMPLOYED, 11836, 7),
    (POPULATION, 13450, 3),
    ("13211-02-05-4_arbeitslose_quoten_kreise_2015-2020.csv", 3228, 13),
    ("13312-01-05-4_erwerbstaetige_wz_kreise_2000-2021.csv", 11836, 8),
    ("82411-01-03-4_verfuegbares_einkommen_kreise_2000-2018.csv", 10222, 2),
    ("AI002-1_regionalatlas_bevoelkerung_kreise_2008-2019.csv", 6456, 7),
    ("AI-N-06_regionalatlas_bildung_kreise_2006-2019.csv", 7532, 2),
    ("358-61-4_alt.csv", 525, 4),
    ("171-01-4_alt.csv", 525, 1),
    ("659-71-4_alt.csv", 525, 13),
    ("335-31-4_alt.csv", 525, 10),
    ("426-71-4_alt.csv", 525, 11),
    ("331-51-4_hlu_empfaenger_kreise_2013.csv", 525, 10),
    ("192-71-4_alt.csv", 525, 12),
    (DAMAGED, 1575, 12),
]

SMALL = """GENESIS-Tabelle: 13211-01-03-4
Arbeitslose nach Personengruppen;;;;
Arbeitsmarktstatistik;;;;
;;;Arbeitslose insgesamt;Arbeitslose
;;;;langzeitarbeitslos
;;;Anzahl;Anzahl
2005;DG;Deutschland;4860877;1514880
2005;01;  Schleswig-Holstein;161524;.
2005;01001;      Flensburg, kreisfreie Stadt;7521;2499
2005;031;    Braunschweig, Statistische Region;.;.
2005;03152;      Göttingen, Landkreis;16334;.
2005;03241001;      Hannover, Landeshauptstadt;-;-
__________
"zu ""Arbeitslose"":
01.01.1979;Gebietsstand, sieht aus wie Daten"
Stand: 02.01.2024 / 20:44:32
"""


@functools.cache
def official(file):
    """An official table, read once; no test changes it."""
    return read_genesis(shared(f"{FOLDER}/{file}"), repair_keys=file == DAMAGED)


@pytest.fixture(scope="session")
def unemployed():
    return official(UNEMPLOYED)


@pytest.fixture(scope="session")
def population():
    return official(POPULATION)


@pytest.fixture(scope="session")
def valid_keys():
    """Keys valid on 31.12. of a year, as GENESIS writes them."""
    pairs = read_umsteiger(shared("data/official/bbsr/ref-kreise-umrech-2021-1990-2020.xlsx"), range(2004, 2013))
    pairs["key"] = pairs["key"].replace({"02000": "02", "11000": "11", "05313": "05334002"})
    return {str(year): set(keys) for year, keys in pairs.groupby("year")["key"]}


@pytest.fixture
def small(tmp_path):
    def write(old="", new="", text=SMALL, encoding="cp1252", name="table.csv"):
        assert old in text
        path = tmp_path / name
        path.write_bytes(text.replace(old, new, 1).encode(encoding) if old else text.encode(encoding))
        return path

    return write


def read(path, **options):
    return read_genesis(path, selection=True, **options)


def refused(path, match, **options):
    with pytest.raises(FileFormatError, match=match):
        read_genesis(path, **options)


# --- official files ---------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(("file", "rows", "columns"), TABLES, ids=[table[0][:14] for table in TABLES])
def test_every_official_table_has_its_known_size(file, rows, columns):
    frame = official(file)
    assert len(frame) == rows * columns
    assert frame.groupby(["variable", "unit"]).ngroups == columns
    assert tuple(frame.columns) == VALUE_COLUMNS


@pytest.mark.shared
@pytest.mark.parametrize("file", [table[0] for table in TABLES], ids=[table[0][:14] for table in TABLES])
def test_every_official_cell_is_either_a_number_or_a_marker(file):
    frame = official(file)
    assert (frame["value"].isna() == frame["marker"].ne("")).all()
    assert set(frame["marker"]) <= {"", *MARKERS}


@pytest.mark.shared
@pytest.mark.parametrize("file", [table[0] for table in TABLES], ids=[table[0][:14] for table in TABLES])
def test_every_official_table_states_units_and_has_all_levels(file):
    frame = official(file)
    assert set(frame["unit"]) <= {"Anzahl", "Prozent", "1000", "Tsd. EUR", "EUR", "qkm"}
    assert set(frame["level"]) == {"germany", "land", "regierungsbezirk", "kreis", "part"}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("year", "units", "total", "germany"),
    [
        ("2004", 439, 4_381_044, 4_381_040),
        ("2005", 439, 4_860_894, 4_860_877),
        ("2006", 439, 4_487_060, 4_487_057),
        ("2007", 429, 3_776_421, 3_776_425),
        ("2008", 413, 3_267_958, 3_267_943),
        ("2011", 402, 2_975_814, 2_975_822),
        ("2012", 402, 2_896_998, 2_896_985),
    ],
)
def test_unemployed_of_the_keys_valid_in_a_year_add_up(unemployed, valid_keys, year, units, total, germany):
    frame = unemployed[unemployed["period"].eq(year) & unemployed["variable"].eq("Arbeitslose insgesamt")]
    valid = frame[frame["key"].isin(valid_keys[year])]
    assert (valid["value"].notna().sum(), valid["value"].sum()) == (units, total)
    assert frame.loc[frame["key"] == "DG", "value"].item() == germany


@pytest.mark.shared
@pytest.mark.parametrize("year", ["2009", "2010"])
def test_unemployed_of_2009_and_2010_stand_under_the_keys_of_2011(unemployed, valid_keys, year):
    frame = unemployed[unemployed["period"].eq(year) & unemployed["variable"].eq("Arbeitslose insgesamt")]
    values = frame.set_index("key")["value"]
    own, later = (values[values.index.isin(valid_keys[key_year])] for key_year in (year, "2011"))
    assert own.isna().sum() == 16  # the 16 old Kreise and cities of Mecklenburg-Vorpommern
    assert later.notna().sum() == 402
    assert abs(later.sum() - values["DG"]) < 20


@pytest.mark.shared
@pytest.mark.parametrize(
    ("year", "units", "total", "germany"),
    [
        ("2005", 439, 82_464_353, 82_464_344),
        ("2007", 429, 82_262_677, 82_262_643),
        ("2008", 413, 82_119_793, 82_119_776),
    ],
)
def test_population_of_the_keys_valid_in_a_year_adds_up(population, valid_keys, year, units, total, germany):
    frame = population[population["period"].eq(year) & population["variable"].eq("Insgesamt")]
    valid = frame[frame["key"].isin(valid_keys[year])]
    assert (valid["value"].notna().sum(), valid["value"].sum()) == (units, total)
    assert frame.loc[frame["key"] == "DG", "value"].item() == germany


@pytest.mark.shared
def test_a_sum_over_all_keys_of_a_year_counts_areas_twice(population):
    frame = population[population["period"].eq("2005") & population["variable"].eq("Insgesamt")]
    areas = frame["level"].eq("kreis") | frame["key"].isin(["02", "11", "05334002"])
    assert frame.loc[areas, "value"].sum() > 1.05 * 82_464_353


def visible_69(unemployed, year):
    """Kreise with a number for the total and `.` for severely disabled and long-term unemployed."""
    frame = unemployed[unemployed["period"].eq(year) & unemployed["level"].eq("kreis")]
    markers = frame.pivot_table(index="key", columns="variable", values="marker", aggfunc="first")
    hidden = markers[["Arbeitslose | und zwar | schwerbehindert", "Arbeitslose | und zwar | langzeitarbeitslos"]]
    return set(markers.index[markers["Arbeitslose insgesamt"].eq("") & hidden.eq(".").all(axis=1)])


@pytest.mark.shared
@pytest.mark.parametrize("year", ["2005", "2006"])
def test_the_markers_of_2005_and_2006_are_exactly_the_69(unemployed, year):
    reference = pd.read_csv(shared("data/reference/optionskommunen_69.csv"), dtype="str")
    found = visible_69(unemployed, year)
    assert len(found) == 69
    assert found == set(reference["ags_2005"])


@pytest.mark.shared
@pytest.mark.parametrize("year", ["2004", "2009"])
def test_the_markers_show_no_optionskommune_before_2005_and_from_2009(unemployed, year):
    assert visible_69(unemployed, year) == set()


@pytest.mark.shared
@pytest.mark.parametrize(("year", "total"), [("2005", 691_437), ("2006", 635_472)])
def test_unemployed_of_the_69_add_up(unemployed, year, total):
    frame = unemployed[unemployed["period"].eq(year) & unemployed["variable"].eq("Arbeitslose insgesamt")]
    assert frame.loc[frame["key"].isin(visible_69(unemployed, year)), "value"].sum() == total


@pytest.mark.shared
def test_a_note_that_begins_with_a_date_is_not_read_as_data():
    frame = read_genesis(shared(f"{FOLDER}/{TABLES[2][0]}"))
    assert set(frame["period"]) == {"2015", "2016", "2017", "2018", "2019", "2020"}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "period"),
    [("358-61-4_alt.csv", "2009-12-31"), ("331-51-4_hlu_empfaenger_kreise_2013.csv", "2013-12-31")],
)
def test_days_become_iso_dates_whatever_the_file_prints(file, period):
    assert set(official(file)["period"]) == {period}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "first", "last"),
    [(UNEMPLOYED, "2022", "2001"), (TABLES[5][0], "2008", "2019")],
)
def test_the_order_of_years_is_that_of_the_file(file, first, last):
    period = official(file)["period"]
    assert (period.iloc[0], period.iloc[-1]) == (first, last)


@pytest.mark.shared
def test_the_census_break_of_2011_keeps_its_marker_x():
    frame = read_genesis(shared(f"{FOLDER}/AI002-1_regionalatlas_bevoelkerung_kreise_2008-2019.csv"))
    blocked = frame[frame["marker"].eq("x")]
    assert len(blocked) == 525
    assert set(blocked["period"]) == {"2011"}
    assert set(blocked["variable"]) == {"Bevölkerungsentwicklung im Jahr je 10.000 EW"}


@pytest.mark.shared
def test_values_that_come_later_keep_their_three_dots():
    frame = read_genesis(shared(f"{FOLDER}/426-71-4_alt.csv"))
    assert frame["marker"].eq("...").sum() == 15


@pytest.mark.shared
def test_the_aachen_of_2008_is_a_part():
    frame = read_genesis(shared(f"{FOLDER}/358-61-4_alt.csv"))
    assert set(frame.loc[frame["key"].eq("05334002"), "level"]) == {"part"}


@pytest.mark.shared
def test_a_table_without_unit_line_takes_the_unit_behind_its_title(population):
    assert set(population["unit"]) == {"Anzahl"}


@pytest.mark.shared
def test_code_and_date_of_the_file_are_attributes(unemployed):
    assert unemployed.attrs["table"] == "13211-01-03-4"
    assert unemployed.attrs["created"] == "02.01.2024 / 20:44:32"


@pytest.mark.shared
def test_the_file_that_excel_damaged_is_refused_with_the_row():
    match = r"excelbeschaedigt\.csv, row 11, column 'key': .*leading zeros; found '1' .*repair_keys=True"
    refused(shared(f"{FOLDER}/{DAMAGED}"), match)


@pytest.mark.shared
def test_repaired_keys_equal_those_of_an_undamaged_table_of_the_same_edition():
    repaired = read_genesis(shared(f"{FOLDER}/{DAMAGED}"), repair_keys=True)
    sound = read_genesis(shared(f"{FOLDER}/358-61-4_alt.csv"))
    assert set(repaired["key"]) == set(sound["key"])


@pytest.mark.shared
def test_repaired_kreise_add_up_to_germany():
    frame = read_genesis(shared(f"{FOLDER}/{DAMAGED}"), repair_keys=True)
    persons = frame["variable"].str.endswith("Leistungsberechtigte | Insgesamt")
    total = frame[persons & frame["period"].eq("2014-12-31")].groupby("level")["value"].sum()
    assert total["land"] == total["germany"] == 6_025_595


# --- small tables -----------------------------------------------------------------------------------


def test_heading_parts_are_joined_and_units_kept_apart(small):
    frame = read(small())
    assert frame["variable"].unique().tolist() == [
        "Arbeitslose insgesamt",
        "Arbeitslose | langzeitarbeitslos",
    ]
    assert set(frame["unit"]) == {"Anzahl"}


def test_levels_follow_the_keys(small):
    frame = read(small()).drop_duplicates("key")
    assert frame["level"].tolist() == ["germany", "land", "kreis", "regierungsbezirk", "kreis", "part"]


def test_names_are_stripped_and_keys_are_text(small):
    frame = read(small())
    assert frame.loc[4, ["key", "name"]].tolist() == ["01001", "Flensburg, kreisfreie Stadt"]


def test_area_status_can_be_stated(small):
    assert set(read(small())["area_status"]) == {"contemporary"}
    assert set(read(small(), area_status="31.12.2021")["area_status"]) == {"31.12.2021"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_utf8_with_and_without_bom_reads_like_cp1252(small, encoding):
    expected = read(small())
    pd.testing.assert_frame_equal(read(small(encoding=encoding)), expected)


def test_windows_line_ends_change_nothing(small):
    expected = read(small())
    pd.testing.assert_frame_equal(read(small(text=SMALL.replace("\n", "\r\n"))), expected)


def test_five_underscores_end_the_table_like_ten(small):
    pd.testing.assert_frame_equal(read(small("__________", "_____")), read(small()))


def test_lines_padded_by_a_spreadsheet_change_nothing(small):
    padded = "\n".join(f"{line};;" for line in SMALL.splitlines())
    pd.testing.assert_frame_equal(read(small(text=padded)), read(small()))


def test_a_quoted_name_may_hold_the_separator(small):
    path = small("      Flensburg, kreisfreie Stadt", '"      Flensburg; Stadt"')
    assert read(path).loc[4, "name"] == "Flensburg; Stadt"


def test_a_row_that_repeats_another_is_kept_once(small):
    line = "2005;03152;      Göttingen, Landkreis;16334;.\n"
    pd.testing.assert_frame_equal(read(small(line, line * 2)), read(small()))


def test_repair_restores_zeros_by_indentation(small):
    text = SMALL.replace(";01;", ";1;").replace(";031;", ";31;").replace(";0", ";")
    pd.testing.assert_frame_equal(read(small(text=text), repair_keys=True), read(small()))


# --- broken tables ----------------------------------------------------------------------------------


def test_a_lost_zero_is_refused_with_the_row(small):
    refused(small(";01001;", ";1001;"), r"table\.csv, row 9, column 'key': .*'1001' for 'Flensburg.*'01001'")


def test_a_lost_zero_of_a_regierungsbezirk_is_seen_by_its_indentation(small):
    refused(small(";031;", ";31;"), r"table\.csv, row 10, column 'key': .*'31' for 'Braunschweig")


def test_a_lost_zero_without_indentation_cannot_be_repaired(small):
    path = small(";01001;      F", ";1001;F")
    refused(path, r"table\.csv, row 9, column 'key': .*'1001' for 'Flensburg", repair_keys=True)


def test_a_key_with_letters_is_refused(small):
    refused(small(";01001;", ";O1001;"), r"table\.csv, row 9, column 'key': .*'O1001'")


def test_a_missing_foot_line_is_a_truncated_file(small):
    refused(small(text=SMALL.split("_____")[0]), r"table\.csv, row 12: .*underscores; found none: .*truncated")


def test_a_row_that_stops_in_the_middle_is_refused(small):
    text = SMALL.split(";.\n2005;03241001")[0] + "\n__________\n"
    refused(small(text=text), r"table\.csv, row 11: A data line has 5 fields; found 4 fields: .*truncated")


def test_a_row_with_too_many_fields_is_refused(small):
    refused(small("7521;2499", "7521;2499;1"), r"table\.csv, row 9: A data line has 5 fields; found 6")


def test_a_table_without_data_is_refused(small):
    head, foot = SMALL.split("2005;DG")[0], SMALL[SMALL.index("____") :]
    refused(small(text=head + foot), r"table\.csv, row 7: Data follow the headings; found none")


def test_a_line_without_time_is_refused(small):
    path = small("2005;03152;      G", "03152;      G;1")
    refused(path, r"table\.csv, row 11: Time stands in the first column .*found '03152'")


def test_another_first_line_is_refused(small):
    refused(small("GENESIS-Tabelle", "Bericht"), r"table\.csv, row 1: .*GENESIS-Tabelle: CODE.*'Bericht: 132")


def test_a_column_without_heading_is_refused(small):
    path = small("insgesamt;Arbeitslose\n", "insgesamt;\n")
    path.write_bytes(path.read_bytes().replace(b";;;;langzeitarbeitslos", b";;;;"))
    refused(path, r"table\.csv, row 4: Every value column has a heading.*found 1 headings")


def test_heading_lines_of_different_length_are_refused(small):
    refused(small(";;;Anzahl;Anzahl", ";;;Anzahl"), r"table\.csv, row 4: All heading lines.*found 5, 5, 4")


@pytest.mark.parametrize("cell", ["", "n.v.", "7.521", "7521.0", "*", "1e3", "7 521", "−3"])
def test_a_cell_that_is_neither_number_nor_marker_is_refused(small, cell):
    path = small("7521;2499", f"{cell};2499", encoding="utf-8")
    refused(path, r"table\.csv, row 9, column 'Arbeitslose insgesamt': A cell is a number")


def test_rows_that_contradict_each_other_are_refused(small):
    line = "2005;03152;      Göttingen, Landkreis;16334;.\n"
    path = small(line, line + line.replace("16334", "16335"))
    refused(path, r"table\.csv, row 12: One value for each .*03152, 2005, 'Arbeitslose insgesamt'")


@pytest.mark.parametrize("marker", ["-", ".", "x", "...", "/"])
def test_each_marker_of_official_tables_is_a_missing_value_that_keeps_its_marker(small, marker):
    table = read_genesis(small("7521;2499", f"{marker};2499"), selection=True)
    (cell,) = table[table["key"].eq("01001") & table["variable"].eq("Arbeitslose insgesamt")].to_dict("records")
    assert np.isnan(cell["value"])
    assert cell["marker"] == marker


def test_a_number_and_a_marker_for_the_same_cell_contradict_each_other(small):
    line = "2005;03152;      Göttingen, Landkreis;16334;.\n"
    refused(small(line, line + line.replace("16334", ".")), r"table\.csv, row 12: One value for each")


def test_umlauts_that_were_decoded_wrongly_are_refused(small):
    broken = SMALL.encode("utf-8").decode("cp1252")
    refused(small(text=broken, encoding="utf-8"), r"table\.csv, row 11: .*UTF-8 or cp1252; found 'Ã¶'")


def test_replacement_characters_are_refused(small):
    refused(small("Göttingen", "G\ufffdttingen", encoding="utf-8"), r"table\.csv, row 11: .*decoded wrongly")


def test_an_old_dos_code_page_is_refused(small):
    path = small("Göttingen", "Lüneburg", encoding="cp850")
    refused(path, r"table\.csv, row 11: The text must be UTF-8 or cp1252; found byte 0x81")


def test_utf16_is_refused(small):
    refused(small(encoding="utf-16"), r"table\.csv, row 1: .*UTF-16")


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>Fehler</html>", "\n <HTML><body>", "<?xml?><html>"])
def test_an_html_error_page_is_refused(small, page):
    refused(small(text=page), r"table\.csv: .*download itself; found an HTML page")


def test_a_reply_of_the_web_service_is_refused(small):
    refused(small(text='{"Status":{"Code":104}}'), r"table\.csv: .*found a JSON reply")


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_refused(small, text):
    refused(small(text=text), r"table\.csv: The file must have content; found an empty file")


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    refused(tmp_path / "absent.csv", r"absent\.csv: The file must exist; found nothing at .*Check the folder")


def test_a_folder_is_not_a_file(tmp_path):
    refused(tmp_path, r"The file must exist")


# --- what no table can say --------------------------------------------------------------------------


@pytest.mark.shared
def test_no_value_of_a_count_saved_with_thousands_commas_is_read(tmp_path):
    """617 of the 3,600 values of 192-71-4 would become 16.334 instead of 16,334."""
    raw = shared(f"{FOLDER}/192-71-4_alt.csv").read_bytes()
    path = tmp_path / "saved.csv"
    saved, changed = re.subn(rb"(?<=;)(\d{1,3})(\d{3})(?=[;\n])(?!; )", rb"\1,\2", raw)
    assert changed > 617  # those of Länder and Germany among them
    path.write_bytes(saved)
    refused(
        path, r"saved\.csv, row 11, .*A count \(Anzahl\) is a whole number; found '850,721' for DG, 2014: .*thousands"
    )


@pytest.mark.parametrize("cell", ["16,334", "-16,334", "1,000"])
def test_a_comma_in_a_count_is_refused(small, cell):
    refused(small("7521;", f"{cell};"), r"table\.csv, row 9, .*A count \(Anzahl\) is a whole number; found '")


def test_a_comma_before_three_digits_is_refused_unless_its_column_proves_it(small):
    text = SMALL.replace(";;;Anzahl;Anzahl", ";;;Prozent;Prozent")
    path = small("7521;2499", "12,345;2499", text=text)
    refused(
        path, r"table\.csv, row 9, column 'Arbeitslose insgesamt': A comma is the decimal mark, .*'12,345' .*thousands"
    )
    proven = small(
        "161524;.\n2005;01001;      Flensburg, kreisfreie Stadt;7521;",
        "1,5;.\n2005;01001;      Flensburg;12,345;",
        text,
    )
    assert read(proven).loc[4, "value"] == 12.345


def test_a_count_per_head_may_have_decimals(small):
    path = small("Arbeitslose insgesamt", "Arbeitslose je 10.000 EW")
    path.write_bytes(path.read_bytes().replace(b"7521;", b"75,2;"))
    assert read(path).loc[4, "value"] == 75.2


def test_an_amount_of_money_has_no_third_decimal(small):
    text = SMALL.replace(";;;Anzahl;Anzahl", ";;;EUR;EUR").replace("161524;", "0,5;").replace("7521;", "18,773;")
    refused(small(text=text), r"row 9, .*An amount \(EUR\) has at most two decimals; found '18,773'")


def test_a_negative_count_is_refused(small):
    refused(small("7521;", "-7521;"), r"table\.csv, row 9, .*not below zero; found '-7521' for 01001, 2005")


@pytest.mark.parametrize("heading", ["Wanderungssaldo", "Geburtenüberschuss", "Veränderung der Arbeitslosen"])
def test_a_balance_may_be_negative(small, heading):
    path = small("Arbeitslose insgesamt", heading, encoding="utf-8")
    path.write_bytes(path.read_bytes().replace(b"7521;", b"-7521;"))
    assert read(path).loc[4, "value"] == -7521


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2505", "after 2024-01-02, when the table was made"),
        ("2025", "after 2024-01-02"),
        ("1822", "before 1945"),
        ("31.02.2005", "no day of the calendar"),
    ],
)
def test_an_impossible_time_is_refused(small, time, reason):
    refused(small("2005;01001", f"{time};01001"), rf"table\.csv, row 9, column 'time': .*found '.*', {reason}")


def test_a_projection_may_look_ahead(small):
    path = small("Arbeitslose nach Personengruppen", "Bevölkerungsvorausberechnung")
    path.write_bytes(path.read_bytes().replace(b"\n2005;", b"\n2040;"))
    assert set(read(path)["period"]) == {"2040"}


@pytest.mark.parametrize("key", ["99999", "06499", "00001"])
def test_a_key_that_no_kreis_ever_had_is_refused(small, key):
    refused(
        small(";01001;      Flensburg", f";{key};      Irgendwo"),
        rf"row 9, column 'key': .*found '{key}' for 'Irgendwo",
    )


def test_a_key_of_other_years_is_read_as_genesis_prints_it(small):
    """15002 is valid from 2007 and 03159 from 2016; tables carry both before."""
    text = SMALL.replace("2005;03152;      Göttingen, Landkreis;16334;.", "2005;03159;      Göttingen, Landkreis;-;-")
    assert "03159" in set(read(small(";01001;      Flensburg", ";15002;      Halle (Saale)", text))["key"])


def test_a_key_that_the_register_cannot_know_is_read_outside_its_years(small):
    """The register holds 2004 to 2022: a Kreis dissolved before or made after 2025 can only be checked by its Land."""
    text = SMALL.replace("\n2005;", "\n2001;")
    assert "06499" in set(read(small(";01001;      Flensburg", ";06499;      Irgendwo", text))["key"])


def test_a_table_of_gemeinden_is_named(small):
    path = small(";03241001;      Hannover", ";03241002;      Barsinghausen")
    refused(path, r"row 12, column 'key': A table is by Kreis, not by Gemeinde; .*code ends in -4")


def test_a_name_under_the_key_of_another_area_is_refused(small):
    path = small(";01001;      Flensburg", ";01002;      Flensburg")
    refused(path, r"row 9, column 'key': Key and name mean the same area; found '01002' for 'Flensburg.*01001")


@pytest.mark.parametrize("name", ["G³ttingen", "G÷ttingen", "G?ttingen", "GÃ¶ttingen", "G”ttingen"])
def test_names_from_another_code_page_are_refused(small, name):
    refused(small("Göttingen", name, encoding="utf-8"), r"table\.csv, row 11")


def test_a_lost_line_of_units_is_refused(small):
    path = small(";;;Anzahl;Anzahl\n", "")
    refused(path, r"table\.csv, row 5: Every value column has a unit, .*none in .*langzeitarbeitslos'.*unit='Anzahl'")


def test_a_unit_can_be_stated_for_a_table_without(small):
    assert set(read(small(";;;Anzahl;Anzahl\n", ""), unit="Betten")["unit"]) == {"Betten"}


def test_a_stated_unit_does_not_overrule_the_file(small):
    refused(small(), r"unit='Betten' is for a file that prints no unit; found Anzahl", unit="Betten", selection=True)


@pytest.mark.shared
@pytest.mark.parametrize("file", [TABLES[7][0], TABLES[8][0], TABLES[13][0]])
def test_a_lost_row_of_a_kreis_is_refused(file, tmp_path):
    lines = shared(f"{FOLDER}/{file}").read_bytes().splitlines(keepends=True)
    path = tmp_path / "short.csv"
    path.write_bytes(b"".join(line for line in lines if b";09562;" not in line))
    refused(
        path,
        r"short\.csv: A table has every area of its period; found none of 09562 in .*rows were lost.*selection=True",
    )
    assert len(read(path)) == len(read_genesis(shared(f"{FOLDER}/{file}"))) * 524 / 525


@pytest.mark.shared
def test_a_row_lost_in_one_year_is_refused_even_of_a_dissolved_kreis(tmp_path):
    raw = shared(f"{FOLDER}/{TABLES[6][0]}").read_bytes()
    path = tmp_path / "short.csv"
    path.write_bytes(re.sub(rb"\n2008;14272;[^\n]*", b"", raw, count=1))
    refused(path, r"found none of 14272 in 2008")


@pytest.mark.shared
def test_a_column_sorted_apart_from_its_keys_is_refused_by_its_sums(tmp_path):
    lines = shared(f"{FOLDER}/{TABLES[8][0]}").read_bytes().decode("cp1252").splitlines()
    data = [at for at, line in enumerate(lines) if line.startswith("31.12.2014;")]
    cells = sorted(lines[at].rsplit(";", 1)[1] for at in data)
    for at, cell in zip(data, cells, strict=True):
        lines[at] = f"{lines[at].rsplit(';', 1)[0]};{cell}"
    path = tmp_path / "sorted.csv"
    path.write_bytes("\n".join(lines).encode("cp1252"))
    refused(path, r"sorted\.csv, column 'Gebietsfläche': Länder and Kreise add up .*sorted or shifted apart")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "fits"), [(TABLES[9][0], "105 of 105"), (TABLES[13][0], "170 of 180"), (DAMAGED, "540 of 540")]
)
def test_a_table_says_how_many_of_its_totals_are_the_sum_of_their_parts(file, fits):
    frame = official(file)
    assert frame.attrs["sums"].startswith(f"{fits} totals are the sum of their parts")


# --- Hanau ------------------------------------------------------------------------------------------

MAIN_KINZIG = "{};06435;      Main-Kinzig-Kreis;400;100\n"


def test_the_main_kinzig_kreis_has_an_area_status_of_its_own_from_2026_on(small):
    text = SMALL.replace("02.01.2024", "02.01.2028").replace(
        "__________", MAIN_KINZIG.format(2025) + MAIN_KINZIG.format(2026) + "_____"
    )
    frame = read(small(text=text)).query("key == '06435'").drop_duplicates("period")
    status = dict(zip(frame["period"], frame["area_status"], strict=True))
    assert status["2025"] == "contemporary"
    assert status["2026"] == "contemporary; from 1.1.2026 without Hanau: smaller than before under the same key"


def test_a_table_recalculated_to_2026_has_the_smaller_area_in_every_year(small):
    new = "2005;06499;      Hanau, kreisfreie Stadt;90;10\n"  # a key for the test: the real one is not known here
    text = SMALL.replace("__________", MAIN_KINZIG.format(2005) + new + "_____")
    frame = read(small(text=text), area_status="1.1.2026").query("key == '06435'")
    assert frame["area_status"].str.contains("without Hanau").all()
    refused(small(text=text), r"found '06499' for 'Hanau.*recalculated to a later status needs area_status=")


# --- numbers ----------------------------------------------------------------------------------------


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_a_number_written_in_german_is_read_back(digits, decimals):
    number = digits / 10**decimals
    text = f"{number:.{decimals}f}".replace(".", ",")
    assert parse_number(text) == float(f"{number:.{decimals}f}")


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_a_number_with_thousands_points_is_read_back(digits, decimals):
    number = digits / 10**decimals
    text = f"{number:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    assert parse_number(text, points=True) == float(f"{number:.{decimals}f}")


@given(st.text(alphabet="0123456789.,- ", max_size=8))
def test_a_text_is_read_as_number_only_if_it_says_so_in_german(text):
    try:
        value = parse_number(text)
    except ValueError:
        return
    assert np.isfinite(value)
    assert "." not in text
    assert text.count(",") <= 1


@pytest.mark.parametrize("text", ["", "-", ".", "1.000", "1,", ",5", "1,2,3", "+1", "1 000", "nan", "inf", "٣"])
def test_what_is_not_a_german_number_is_refused(text):
    with pytest.raises(ValueError, match="German notation"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1.5", "12.34", "1.0000", "1000.000", ".123"])
def test_a_decimal_point_is_not_taken_for_a_thousands_point(text):
    with pytest.raises(ValueError, match="German notation"):
        parse_number(text, points=True)
