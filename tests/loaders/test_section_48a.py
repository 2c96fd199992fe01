"""Figures of § 48a SGB II: read by their content, with every way in which a row is wrong."""

import numpy as np
import pytest

import optkommunen as ok
from optkommunen.data import catalogue
from optkommunen.errors import FileFormatError
from optkommunen.loaders.section_48a import INDICATORS

HEAD = "kommune;period;indicator;value"


@pytest.fixture
def file(tmp_path):
    def write(*lines, head=HEAD, encoding="utf-8"):
        path = tmp_path / "Kennzahlen 2012.csv"
        path.write_bytes("\r\n".join([head, *lines, ""]).encode(encoding))
        return path

    return write


def test_all_figures_of_the_verordnung_are_read(file):
    table = ok.read_official(file(*(f"Coesfeld;2012-12;{name.upper()};95,5" for name in INDICATORS)))
    assert table["indicator"].tolist() == list(INDICATORS)
    assert [catalogue.indicator(name).unit for name in INDICATORS] == table["unit"].tolist()
    assert set(table["kommune"]) == {"05558"}
    assert set(table["status"]) == {"published"}
    assert set(table["value"]) == {95.5}
    assert table.attrs["reader"] == "read_section_48a"
    warned = table.set_index("indicator")["note"].str.contains("leave Minijobs out")
    assert sorted(warned.index[warned]) == ["k2", "k2e3", "k2e4", "k3e1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_names_and_encodings_are_those_in_use(file, encoding):
    table = ok.read_official(file("Würzburg (Landkreis);2012-12;k2;30,1", encoding=encoding))
    assert table["kommune"].tolist() == ["09679"]


def test_columns_in_another_order_and_with_commas_between_are_read(file):
    path = file("k2,31.25,05558,2012-12", "k2,,05554,2012-12", head='"indicator",value,Kommune,period')
    table = ok.read_official(path)
    assert table["value"].tolist()[0] == 31.25
    assert np.isnan(table["value"][1])
    assert table["status"].tolist() == ["published", "missing"]


def test_they_go_into_a_comparison_by_the_median_without_parts(file):
    ring = ["06431", "06432", "06434", "06436", "06438"]
    values = [20.0, 22.0, 24.0, 26.0, 28.0]
    rows = (f"{key};2012-12;k2;{value:.1f}" for key, value in zip(ring, values, strict=True))
    answer = ok.compare(ok.read_official(file(*rows)), rings=dict.fromkeys(ring, "I"))
    assert answer.table.set_index("kommune")["value"].to_dict() == dict(zip(ring, values, strict=True))
    assert set(answer.table["reference_value"]) <= {22.0, 23.0, 24.0, 25.0, 26.0}


def test_with_parts_the_ring_is_a_sum_over_a_sum(file):
    head = HEAD + ";numerator;denominator"
    rows = ("05558;2012-12;k2;20,0;2000;10000", "05554;2012-12;k2;40,0;400;1000", "05566;2012-12;k2;30,0;600;2000")
    table = ok.compare(ok.read_official(file(*rows, head=head)), rings=dict.fromkeys(["05558", "05554", "05566"], "IV"))
    rest = table.table.set_index("kommune")["reference_value"]
    assert rest["05558"] == pytest.approx(100 * 1000 / 3000)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("Köln;2012-12;k2;30", r"row 2, column 'kommune': Figures are of the 69.*'Köln'"),
        ("05558;2012;k2;30", r"column 'period': A period is a month; found '2012'. Write it as 2012-03"),
        ("05558;2012-13;k2;30", "A period is a month"),
        ("05558;2008-12;k2;30", "exist from 2011-01 on; found '2008-12'"),
        ("05558;2012-12;k4;30", "An indicator is one of k1, k1e1"),
        ("05558;2012-12;k2;k.A.", r"column 'value': A figure is a number; found 'k\.A\.'. Leave the cell empty"),
        ("05558;2012-12;k2;1.234,5", "A figure is a number"),
        ("05558;2012-12;k2;inf", "A figure is a number"),
        ("05558;2012-12;k2;30 %", "A figure is a number"),
        ("05558;2012-12;k2;-3", "not negative"),
        ("05558;2012-12;k1;-4,0", r"k1 is a quotient .*; found '-4,0'. It looks like a change"),
        ("05558;2012-12;k3;3,1", "k3 is a quotient"),
        ("05558;2012-12;k2", "A row has a cell for each column; found 3 of 4"),
        ('05558;2012-12;k2;"30', "Quotes are closed"),
    ],
)
def test_a_row_that_is_wrong_is_told_with_its_place(file, line, match):
    with pytest.raises(FileFormatError, match=match):
        ok.read_official(file(line))


def test_a_figure_twice_is_told_under_either_name(file):
    with pytest.raises(FileFormatError, match=r"row 3: A figure stands once; found 05558, 2012-12, k2 again \(row 2\)"):
        ok.read_official(file("05558;2012-12;k2;30", "Coesfeld;2012-12;K2;30"))


@pytest.mark.parametrize(
    ("head", "match"),
    [
        ("kommune;period;indicator", "without value"),
        (HEAD + ";numerator", "without denominator"),
        (HEAD + ";wetter", "found 'wetter'"),
        (HEAD + ";value", "found 'value', 'value'"),
    ],
)
def test_a_head_that_is_wrong_is_told(file, head, match):
    with pytest.raises(FileFormatError, match=f"row 1: Figures of § 48a.*{match}"):
        ok.read_official(file("05558;2012-12;k2;30", head=head))


@pytest.mark.parametrize(
    ("parts", "match"),
    [
        ("300;", "stand in every row with a value, or in none; found an empty cell"),
        ("310;1000", "100 times numerator over denominator, but for rounding; found 30 and 100 × 310 / 1000"),
        ("300;0", "100 times numerator over denominator"),
        ("3.000;10.000", r"column 'numerator': A count has no thousands mark; found '3\.000'"),
        ("-300;-1000", "not negative"),
    ],
)
def test_parts_that_are_wrong_are_told(file, parts, match):
    with pytest.raises(FileFormatError, match=match):
        ok.read_official(file(f"05558;2012-12;k2;30,0;{parts}", head=HEAD + ";numerator;denominator"))
