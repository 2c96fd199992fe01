"""GENESIS tables with the time above the columns: the same frame as with the time in the rows."""

import pandas as pd
import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders._files import VALUE_COLUMNS
from optkommunen.loaders.genesis import read_genesis
from tests.loaders.layouts import to_columns
from tests.shared import shared

FOLDER = "data/official/genesis_csv"
POPULATION = """GENESIS-Tabelle: 12411-01-01-4
Bevölkerung nach Geschlecht - Stichtag 31.12. -;;;;
regionale Tiefe: Kreise und krfr. Städte;;;;
Fortschreibung des Bevölkerungsstandes;;;;
Bevölkerungsstand (Anzahl);;;;
;;31.12.2018;31.12.2018;31.12.2018
;;Insgesamt;männlich;weiblich
DG;Deutschland;83019213;40966691;42052522
01;  Schleswig-Holstein;2896712;1419457;1477255
01001;      Flensburg, kreisfreie Stadt;89504;44599;44905
03241001;      Hannover, Landeshauptstadt;.;-;-
__________
Stand: 02.01.2024 / 20:44:32
"""


@pytest.fixture
def across(tmp_path):
    def write(old="", new="", text=POPULATION):
        assert old in text
        path = tmp_path / "across.csv"
        path.write_bytes((text.replace(old, new, 1) if old else text).encode("cp1252"))
        return path

    return write


def refused(path, match):
    with pytest.raises(FileFormatError, match=match):
        read_genesis(path, selection=True)


def test_time_above_the_columns_becomes_the_period(across):
    frame = read_genesis(across(), selection=True)
    assert tuple(frame.columns) == VALUE_COLUMNS
    assert frame.loc[0].tolist()[:7] == [
        "DG",
        "Deutschland",
        "germany",
        "2018-12-31",
        "Insgesamt",
        83019213.0,
        "Anzahl",
    ]
    assert frame["marker"].tolist()[-3:] == [".", "-", "-"]


@pytest.mark.shared
@pytest.mark.parametrize(
    "file",
    [
        "AI-N-06_regionalatlas_bildung_kreise_2006-2019.csv",
        "192-71-4_alt.csv",
        "659-71-4_alt.csv",
        "171-01-4_alt.csv",
        "331-51-4_hlu_empfaenger_kreise_2013.csv",
    ],
)
def test_a_table_reads_the_same_with_its_time_in_rows_and_in_columns(file, tmp_path):
    raw = shared(f"{FOLDER}/{file}").read_bytes().decode("cp1252")
    path = tmp_path / file
    path.write_bytes("\n".join(to_columns(raw.splitlines())).encode("cp1252"))
    rows, columns = read_genesis(shared(f"{FOLDER}/{file}")), read_genesis(path)
    pd.testing.assert_frame_equal(columns, rows)
    assert columns.attrs == rows.attrs


def test_a_table_with_nothing_but_times_above_takes_its_name_from_the_title(across):
    text = POPULATION.replace(";;Insgesamt;männlich;weiblich\n", "").replace(
        ";31.12.2018;31.12.2018;31.12.2018", ";31.12.2016;31.12.2017;31.12.2018"
    )
    frame = read_genesis(across(text=text), selection=True)
    assert set(frame["variable"]) == {"Bevölkerungsstand"}
    assert frame["period"].unique().tolist() == ["2016-12-31", "2017-12-31", "2018-12-31"]


def test_a_lost_line_of_times_is_refused(across):
    refused(across(";;31.12.2018;31.12.2018;31.12.2018\n", ""), r"across\.csv, row 7: .*Time stands|across\.csv, row 6")


def test_an_impossible_time_above_the_columns_is_refused(across):
    refused(
        across(";31.12.2018;31.12.2018;31", ";31.12.2505;31.12.2018;31"), r"row 7, column 'time': .*'2505-12-31', after"
    )


def test_a_lost_unit_is_refused(across):
    refused(
        across("Bevölkerungsstand (Anzahl)", "Bevölkerungsstand"), r"across\.csv, row 7: Every value column has a unit"
    )


def test_a_lost_zero_is_refused_with_the_row(across):
    refused(across("\n01001;", "\n1001;"), r"across\.csv, row 10, column 'key': .*found '1001' for 'Flensburg")


def test_a_row_that_stops_in_the_middle_is_refused(across):
    refused(across(";44599;44905", ";44599"), r"across\.csv, row 10: A data line has 5 fields; found 4")
