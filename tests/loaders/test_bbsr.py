"""read_umsteiger on the official workbook and on workbooks broken in each way that happens."""

import numpy as np
import pandas as pd
import pytest

from optkommunen.errors import FileFormatError
from optkommunen.loaders.bbsr import COLUMNS, GERMANY, read_umsteiger
from optkommunen.loaders.destatis import read_kreise_workbook
from tests.loaders import books
from tests.shared import shared

WORKBOOK = "data/official/bbsr/ref-kreise-umrech-2021-1990-2020.xlsx"

HEADINGS = [
    "Kreise\n 31.12.2008", "Kreisname 2008", "flächen-\nproportionaler\nUmsteige-schlüssel",
    "bevölkerungs- \nproportionaler \nUmsteige- \nschlüssel",
    "beschäftigten- \nproportionaler \nUmsteige- \nschlüssel", "Fläche am 31.12.2008 in km²",
    "Bevölkerung am 31.12.2008 in 1000",
    "sozialvers.pflichtig Beschäftigte am Arbeitsort am 30.6.2008 in 1000",
    "Kreise\n 31.12.2021", "Kreisname 2021",
]  # fmt: skip


def invented(year=2008, targets=400, target_year=2021):
    """Rows of a sheet: as many invented Kreise, km² and inhabitants as Germany had; the first is divided into two."""
    kreise, area, population = GERMANY[year]
    rows = [
        [1901000, "Musterkreis Nord", 0.25, 0.5, 0.75, 100.5, 20, 7.5, 1902000, "Musterkreis Mitte"],
        [1901000, "Musterkreis Nord", 0.75, 0.5, 0.25, 301.5, 20, 2.5, 1903000, "Musterkreis Süd "],
    ]
    for n in range(1, kreise):
        target = 1902 + min(n, targets - 1)
        parts = [(area - 402) / (kreise - 1), (population - 40) / (kreise - 1), 65.0]
        rows.append([(1901 + n) * 1000, f"Musterkreis {n}", 1, 1, 1, *parts, target * 1000, f"Musterkreis {target}"])
    headings = [text.replace("2008", str(year)).replace("2021", str(target_year)) for text in HEADINGS]
    table = [headings, *rows]
    return table if year >= 1997 else [[cell for n, cell in enumerate(row) if n not in (4, 7)] for row in table]


@pytest.fixture(scope="session")
def umsteiger():
    return read_umsteiger(shared(WORKBOOK))


@pytest.fixture
def workbook(tmp_path):
    def write(change=lambda rows: None, sheet="2008", rows=None, **options):
        rows = rows or invented()
        change(rows)
        return books.write(tmp_path / "umsteiger.xlsx", {sheet: rows}, **options)

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


@pytest.mark.shared
def test_the_numbers_that_the_reader_asks_for_are_those_of_the_workbook(umsteiger):
    found = umsteiger.groupby("year").agg(
        kreise=("key", "nunique"), area=("area_km2", "sum"), population=("population_1000", "sum")
    )
    for year, (kreise, area, population) in found.iterrows():
        assert GERMANY[year][0] == kreise
        assert GERMANY[year][1] == pytest.approx(area, abs=1)
        if year != 2020:  # two populations are missing
            assert GERMANY[year][2] == pytest.approx(population, abs=1)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("year", "file"), [(2018, "04-kreise_stand_31122018.xlsx"), (2021, "04_KreiseVorjahr_stand_31122021.xlsx")]
)
def test_the_numbers_that_the_reader_asks_for_are_those_of_destatis(year, file):
    frame = read_kreise_workbook(shared(f"data/official/destatis_xlsx/{file}"))
    kreise, area, population = GERMANY[year]
    assert (kreise, area) == (len(frame), round(frame["area_km2"].sum()))
    assert population == pytest.approx(frame["population"].sum() / 1000, abs=1)


# --- misprints of the official workbook -------------------------------------------------------------


@pytest.mark.shared
def test_berlin_has_three_and_a_half_million_inhabitants_in_1991_too(umsteiger):
    berlin = umsteiger[umsteiger["key"].eq("11000") & umsteiger["year"].between(1990, 1992)]
    assert berlin["population_1000"].tolist() == [3409.7, 3446.0, 3465.7]
    assert berlin["note"].ne("").tolist() == [False, True, False]


@pytest.mark.shared
def test_divided_kreise_of_thueringen_add_up_to_themselves_and_germany_to_destatis(umsteiger):
    """The workbook prints 360,762 km² and 83,358 thousand inhabitants for 2018."""
    totals = umsteiger[umsteiger["year"].eq(2018)][["area_km2", "population_1000"]].sum()
    assert totals["area_km2"] == pytest.approx(357_574.84, abs=0.05)
    assert totals["population_1000"] == pytest.approx(83_019.2, abs=1)
    ilm = umsteiger[umsteiger["year"].eq(2018) & umsteiger["key"].eq("16070")]
    assert ilm["area_km2"].sum() == pytest.approx(843.71)
    assert ilm["note"].str.startswith("area or population printed whole").all()


@pytest.mark.shared
def test_what_the_workbook_cannot_say_is_missing_with_the_reason(umsteiger):
    missing = umsteiger[umsteiger["population_1000"].isna()]
    assert list(zip(missing["year"], missing["key"], strict=True)) == [(2020, "16056"), (2020, "16063")]
    assert missing["area_km2"].tolist() == [104.17, 1266.98]
    assert missing["note"].str.startswith("printed as area and population of the Kreis of 2021").all()


@pytest.mark.shared
def test_every_part_is_the_share_of_its_weight(umsteiger):
    for weight, part, rounding in (
        ("weight_area", "area_km2", 0.011),
        ("weight_population", "population_1000", 0.1),
        ("weight_employees", "employees_1000", 0.1),
    ):
        whole = umsteiger.groupby(["year", "key"])[part].transform("sum")
        assert (umsteiger[part] - umsteiger[weight] * whole).abs().max() < rounding


@pytest.mark.shared
def test_no_population_doubles_within_a_year(umsteiger):
    """A misprint shows as a jump; the largest true one is a division, below 40 per cent."""
    wide = umsteiger.groupby(["key", "year"])["population_1000"].sum(min_count=1).unstack()
    assert np.log(wide / wide.shift(axis=1)).abs().max(axis=None) < np.log(1.6)


@pytest.mark.shared
def test_the_garbled_name_is_restored(umsteiger):
    """One of 80 names that are empty, in 1990 and 1993, is this one."""
    assert umsteiger.loc[umsteiger["name"].eq(""), "year"].value_counts().to_dict() == {1990: 57, 1993: 23}
    assert set(umsteiger.loc[umsteiger["key"].eq("12072"), "name"]) == {"Teltow-Fläming", ""}


@pytest.mark.shared
def test_notes_stand_only_where_a_number_was_changed(umsteiger):
    noted = umsteiger[umsteiger["note"].ne("")]
    assert noted.groupby("year").size().to_dict() == {1991: 1, 2016: 6, 2017: 6, 2018: 6, 2020: 2}


# --- invented workbooks -----------------------------------------------------------------------------


def test_keys_get_their_zero_back(workbook):
    frame = read_umsteiger(workbook())
    for year in (2008, "2008", ["2008"]):  # one year as number or text, or several
        assert read_umsteiger(workbook(), year).equals(frame)
    assert frame["key"].tolist()[:3] == ["01901", "01901", "01902"]
    assert frame["target"].tolist()[:3] == ["01902", "01903", "01903"]


def test_names_are_stripped(workbook):
    assert read_umsteiger(workbook())["target_name"].tolist()[1] == "Musterkreis Süd"


def test_eight_columns_are_read_for_a_year_up_to_1996(workbook):
    frame = read_umsteiger(workbook(sheet="1995", rows=invented(1995)))
    assert frame["weight_employees"].isna().all()
    assert frame["area_km2"].sum() == pytest.approx(GERMANY[1995][1])


def test_blank_rows_are_skipped(workbook):
    frame = read_umsteiger(workbook(lambda rows: rows.insert(2, [None] * 10)))
    assert len(frame) == 414


def test_a_wrong_dimension_loses_no_rows(workbook):
    xml = books.sheet(invented(), before='<dimension ref="A1:M3"/>')
    assert len(read_umsteiger(workbook(sheet="2008", rows=xml))) == 414


def test_styles_of_other_programs_do_no_harm(workbook):
    odd = '<fills><fill><patternFill><extLst><ext uri="x"/></extLst></patternFill></fill></fills>'
    styles = books.STYLES.replace("<cellXfs>", f"{odd}<cellXfs>")
    assert len(read_umsteiger(workbook(styles=styles))) == 414


# --- other editions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target_year", [2019, 2020])
def test_an_older_edition_is_read_and_its_target_year_told(workbook, target_year):
    rows = invented(2008, targets=401, target_year=target_year)
    frame = read_umsteiger(workbook(sheet=f"2008-{target_year}", rows=rows), [2008])
    assert (set(frame["year"]), set(frame["target_year"])) == ({2008}, {target_year})
    assert frame["target"].nunique() == 401


def test_the_target_year_is_that_of_the_kreise_if_the_heading_says_another(workbook):
    """Headings of 2007 to 2010 say 31.12.2020 in the edition of 2021, which has its 400 Kreise."""
    frame = read_umsteiger(workbook(rows=invented(2008, targets=400, target_year=2020)))
    assert set(frame["target_year"]) == {2021}


@pytest.mark.shared
def test_every_sheet_of_the_edition_of_2021_has_that_target_year(umsteiger):
    assert set(umsteiger["target_year"]) == {2021}


def test_the_workbook_for_gemeinden_is_recognised(workbook):
    path = workbook(put(1, 1, "Gemeinden\n 31.12.2008"), sheet="2008-2021")
    refused(path, r"sheet '2008-2021', row 1.*This is the workbook for Gemeinden; download 'Umsteigeschlüssel Kreise'")


def test_a_year_that_the_reader_does_not_know_is_refused(workbook):
    rows = [[str(c).replace("2008", "2023") for c in invented()[0]], *invented()[1:]]
    refused(workbook(sheet="2023", rows=rows), r"sheet '2023': The reader knows the Kreise of 1990 to 2021")


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


@pytest.mark.parametrize("cell", [None, "0,25", "-", True, -0.5, 1.5])
def test_a_weight_that_is_no_number_is_refused(workbook, cell):
    refused(workbook(put(2, 4, cell)), r"sheet '2008', row 2, column 'weight_population': .*is a number from 0 to 1")


def test_a_lost_row_is_seen_because_weights_no_longer_add_up(workbook):
    match = r"sheet '2008', row 2, column 'weight_area': .*add up to 1; found 0\.250000 for 01901"
    refused(workbook(lambda rows: rows.pop(2)), match)


@pytest.mark.parametrize("kept", [2, 3])
def test_a_sheet_that_lost_many_rows_is_refused(workbook, kept):
    def cut(rows):
        rows[3:] = rows[3::kept]

    refused(
        workbook(cut), r"sheet '2008', column 'key': Germany had 413 Kreise at 31\.12\.2008; found \d+: rows are mi"
    )


@pytest.mark.shared
def test_half_of_an_official_sheet_is_refused(tmp_path):
    parts = books.unpack(shared(WORKBOOK))
    name = "xl/worksheets/sheet19.xml"  # 2008
    head, *rows = parts[name].split(b"<row ")
    rows, tail = [row.partition(b"</row>") for row in rows], b"</sheetData></worksheet>"
    parts[name] = head + b"".join(b"<row " + row + end for row, end, _ in rows[: len(rows) // 2]) + tail
    refused(books.pack(tmp_path / "half.xlsx", parts), r"sheet '2008', column 'key': Germany had 413 Kreise", [2008])


def test_a_lost_target_is_seen(workbook):
    def merge(rows):
        rows[10][8] = rows[11][8]

    refused(workbook(merge), r"column 'target': The targets are the Kreise at 31\.12\. of a year; found 399")


def test_a_changed_part_is_seen_because_it_is_no_longer_its_weights_share(workbook):
    match = (
        r"row 2, column 'population_1000': A part is its weight's share in the source; found 25 of 45 .*weight of 0\.5"
    )
    refused(workbook(put(2, 7, 25)), match)


def test_another_unit_is_seen_by_its_heading_and_by_the_sum_of_germany(workbook):
    refused(workbook(put(1, 7, "Bevölkerung am 31.12.2008 in 100")), r"Heading 7 begins .* and ends with 'in1000'")

    def hundreds(rows):
        for row in rows[1:]:
            row[6] *= 10

    refused(workbook(hundreds), r"column 'population_1000': The parts add up to Germany, about 82,003 at 31\.12\.2008")


def test_a_lost_decimal_point_is_seen_by_the_sum_of_germany(workbook):
    refused(workbook(put(9, 6, 86_573)), r"column 'area_km2': The parts add up to Germany, about 357,106")


@pytest.mark.parametrize("name", ["M³nster", "MÃ¼nster", "M�nster", "M?nster"])
def test_a_garbled_name_is_refused_with_its_place(workbook, name):
    refused(workbook(put(7, 2, name)), rf"sheet '2008', row 7, column 'name': A name is written in German.*{name[:1]}")


def test_an_error_value_is_refused_with_its_place(workbook):
    xml = books.sheet(invented()).replace("<v>301.5</v>", "<v>#REF!</v>").replace('<c r="F3">', '<c r="F3" t="e">')
    refused(workbook(rows=xml), r"sheet '2008', row 3: The cell in column 6 has a value; found an error value #REF!")


def test_damaged_xml_in_a_sound_container_is_refused_with_part_and_line(workbook):
    xml = books.sheet(invented())
    match = r"sheet '2008': .*sheet1\.xml cut or damaged in line 11, after row \d+"
    refused(workbook(rows=xml[:-5000]), match)
    match = r"sheet '2008': .*sheet1\.xml cut or damaged in line 2, after row 1 \(mismatched tag"
    refused(workbook(rows=xml.replace("</c>", "</d>", 1)), match)


def test_a_pair_that_occurs_twice_is_refused(workbook):
    match = r"sheet '2008', row 416: One row for each source and target; found a second row for 01902"
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
    refused(path, r"alt\.xls: The workbook must be \.xlsx; found an old binary \.xls.* save it as")


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
