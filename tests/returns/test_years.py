"""Returns of several years in several files: joined, compared cell by cell, with the breaks that they tell."""

import itertools

import numpy as np
import openpyxl
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.cli import main
from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.transient import transient_variance
from optkommunen.errors import FileFormatError
from optkommunen.returns.breaks import break_notes
from optkommunen.returns.check import read
from optkommunen.returns.read import load_returns
from tests.own_returns import REAL, write_own_returns
from tests.returns.files import BUNDLED

SOME = {key: REAL[key] for key in ("M01", "M02", "M03", "M04", "M05", "M20")}
"""M20 has a figure of one or two persons."""
YEARS = ("2006", "2007", "2008")
FIRST, SECOND = list(SOME.values())[:2]


def year_book(folder, year, *, change=None, declared=None, keys=SOME, name=None, units=None):
    """Workbook of one year under real keys; ``change`` takes the tables, ``declared`` holds answers by question."""
    path = folder / (name or f"{year}.xlsx")
    tables = {}
    for table in ("monthly", "annual", "services"):
        frame = getattr(BUNDLED, table)
        frame = frame[frame["kommune"].isin(keys) & frame["period"].str.startswith(year)].drop(columns="status")
        tables[table] = frame.assign(kommune=frame["kommune"].map(keys)).reset_index(drop=True)
    if units is not None:
        tables["units"] = units
    if change:
        change(tables)
    with pd.ExcelWriter(path) as book:
        for table, frame in tables.items():
            frame.to_excel(book, sheet_name=table, index=False)
    if declared:
        book = openpyxl.load_workbook(path)
        sheet = book.create_sheet("declarations")
        sheet.append(["question", *keys.values()])
        for question, answers in declared.items():
            sheet.append([question, *(answers.get(key) for key in keys.values())])
        book.save(path)
    return path


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("years")
    return [year_book(folder, year) for year in YEARS]


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Three years of 18 months and more; the second place changed its system, the first counts other Minijobs."""
    folder = tmp_path_factory.mktemp("broken")
    everybody = dict.fromkeys(SOME.values(), "from 15 hours a week")
    first = year_book(folder, "2006", declared={"minijobs": everybody})
    second = year_book(folder, "2007", declared={"minijobs": everybody | {FIRST: "all"},
                                                 "system_changed": {SECOND: "2007-05"}})  # fmt: skip
    third = year_book(folder, "2008", declared={"minijobs": everybody | {FIRST: "all"}})
    return load_returns([third, first, second])


def one_book(folder, keys=SOME):
    def all_years(tables):
        for name in tables:
            frame = getattr(BUNDLED, name)
            frame = frame[frame["kommune"].isin(keys) & frame["period"].str[:4].isin(YEARS)].drop(columns="status")
            tables[name] = frame.assign(kommune=frame["kommune"].map(keys))

    return year_book(folder, "2008", change=all_years, name="all.xlsx")


def set_cell(table, row, column, value):
    def change(tables):
        tables[table][column] = tables[table][column].astype("object")
        tables[table].loc[row, column] = value

    return change


def kinds(paths):
    return [finding.kind for finding in read(paths).findings]


def same(found, wanted):
    for name in ("monthly", "annual", "services", "units"):
        by = [c for c in ("kommune", "period", "service") if c in getattr(wanted, name)]
        one, other = (getattr(r, name).sort_values(by, ignore_index=True) for r in (found, wanted))
        pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("secrecy", ["on", "off"])
def test_three_files_are_what_one_file_of_three_years_is(tmp_path, three, secrecy):
    found = load_returns(three, secrecy=secrecy)
    same(found, load_returns(one_book(tmp_path), secrecy=secrecy))
    assert (found.n_protected > 0) == (secrecy == "on")


def test_the_order_of_the_files_does_not_matter(three):
    wanted = load_returns(three)
    for order in itertools.permutations(three):
        found = load_returns(order)
        same(found, wanted)
        assert found.source == wanted.source


def test_each_file_and_its_hash_is_named_unless_the_hash_would_confirm_a_guess(three):
    assert load_returns(three, secrecy="off").source.count("sha256") == 3
    protected = load_returns(three).source
    assert [name in protected for name in ("2006.xlsx", "2007.xlsx", "2008.xlsx")] == [True] * 3
    assert protected.count("sha256") == 1
    assert "(protected, sha256" in protected


def test_a_file_twice_is_that_file(three):
    same(load_returns([three[0], three[0]]), load_returns(three[0]))


def test_a_year_in_two_files_that_agree_is_that_year(tmp_path, three):
    again = year_book(tmp_path, "2008", name="again.xlsx")
    same(load_returns([*three, again]), load_returns(three))


def test_a_cell_that_is_empty_in_one_file_takes_that_of_the_other(tmp_path, three):
    holes = year_book(tmp_path, "2008", change=set_cell("monthly", 4, "ehb", None), name="holes.xlsx")
    assert load_returns(holes, secrecy="off").monthly["ehb"].isna().sum() == 1
    for files in ([holes, three[2]], [three[2], holes]):
        same(load_returns(files, secrecy="off"), load_returns(three[2], secrecy="off"))


def test_every_cell_that_differs_is_told_at_once_with_both_addresses(tmp_path, three):
    def change(tables):
        tables["monthly"].loc[[3, 4, 20], "bg"] += 7
        tables["annual"].loc[1, "staff_total"] += 1.5

    other = year_book(tmp_path, "2008", change=change, name="other.xlsx")
    found = [f for f in read([three[2], other]).findings if f.kind == "files_differ"]
    assert sorted((f.sheet, f.cells) for f in found) == [("annual", "C3"), ("monthly", "C22"), ("monthly", "C5:C6")]
    together = next(f for f in found if f.cells == "C5:C6")
    before = BUNDLED.monthly.query("kommune == 'M01' and period == '2008-04'")["bg"].item()
    assert f"{before + 7} / {before} (C5)" in together.found
    assert "(C6)" in together.found
    assert "the other: 2008.xlsx, monthly" in together.sentence("en")
    with pytest.raises(FileFormatError, match=r"found 3 .*\n(.*\n)*.*other\.xlsx"):
        load_returns([other, three[2]])


def test_files_of_one_name_are_told_apart_without_their_folders(tmp_path):
    paths = []
    for i, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        change = set_cell("monthly", 0, "bg", 5000 + i)
        paths.append(year_book(tmp_path / folder, "2008", change=change, name="returns.xlsx"))
    found = next(f for f in read(paths).findings if f.kind == "files_differ")
    assert (found.file, dict(found.fields)["other"]) == ("returns.xlsx (2)", "returns.xlsx, monthly")


def test_the_ring_is_one_and_a_number_of_the_place_that_of_the_later_file(tmp_path):
    def units(ring, debtors):
        return pd.DataFrame({"kommune": list(SOME.values()), "ring": ring, "debtors": debtors})

    early = year_book(tmp_path, "2007", units=units("R-1", 5.0))
    late = year_book(tmp_path, "2008", units=units("R-1", 6.0))
    for files in ([early, late], [late, early]):
        found = load_returns(files)
        assert set(found.units["debtors"]) == {6.0}
        assert [f.kind for f in found.warnings if f.kind == "units_changed"] == ["units_changed"]
    other = year_book(tmp_path, "2008", units=units("R-2", 6.0), name="ring.xlsx")
    assert kinds([early, other]).count("files_differ") == 1


def test_units_may_stand_in_one_of_the_files(tmp_path, three):
    units = pd.DataFrame({"kommune": list(SOME.values()), "ring": "R-1"})
    late = year_book(tmp_path, "2008", units=units)
    assert set(load_returns([three[0], late]).units["ring"]) == {"R-1"}
    few = year_book(tmp_path, "2008", units=units[1:], name="few.xlsx")
    assert "units_absent" in kinds([three[0], few])


def test_csv_files_of_two_years_in_one_list_are_two_returns(tmp_path):
    folder = write_own_returns(tmp_path)
    whole = load_returns([folder / f"{name}.csv" for name in ("monthly", "annual", "services")])
    months = pd.read_csv(folder / "monthly.csv", dtype={"kommune": "str"})
    late = months["period"] >= "2008"
    months[~late].to_csv(folder / "monthly.csv", index=False)
    months[late].to_csv(folder / "monthly_2008.csv", index=False)
    parts = sorted(folder.glob("*.csv"))
    assert len(parts) == 4
    same(load_returns(parts), whole)


def test_secrecy_is_that_of_the_joined_returns(tmp_path):
    """A sum of a year gives a protected month away wherever the months stand."""

    def months(tables):
        tables["monthly"]["wetter"] = 50
        tables["monthly"].loc[0, "wetter"] = 2
        del tables["annual"], tables["services"]

    def years(tables):
        tables["annual"]["wetter"] = 552
        del tables["monthly"], tables["services"]

    both = load_returns([year_book(tmp_path, "2008", change=months, name="m.xlsx"),
                         year_book(tmp_path, "2008", change=years, name="a.xlsx")])  # fmt: skip
    row = both.annual.set_index("kommune").loc[FIRST]
    assert np.isnan(row["wetter"])
    assert "wetter" in row["protected"]


def test_a_gap_between_two_files_is_told(tmp_path, three):
    def without_january(tables):
        frame = tables["monthly"]
        tables["monthly"] = frame[(frame["period"] != "2007-01") | (frame["kommune"] != FIRST)]

    second = year_book(tmp_path, "2007", change=without_january)
    found = [f for f in read([three[0], second]).findings if f.kind == "rows_absent"]
    assert [(f.file, f.found) for f in found] == [("2007.xlsx", f"{FIRST}: 2007-01")]


def test_another_unit_in_the_next_file_is_asked_about(tmp_path, three):
    def thousands(tables):
        tables["annual"]["cost_kdu"] = tables["annual"]["cost_kdu"] // 3

    second = year_book(tmp_path, "2007", change=thousands)
    found = [f for f in read([three[0], second]).findings if f.kind == "level_between_files"]
    assert [(f.file, f.column, f.severity) for f in found] == [("2007.xlsx", "cost_kdu", "warning")]
    assert "level_between_files" not in kinds(three)


def test_one_file_that_cannot_be_read_does_not_hide_the_others(tmp_path, three):
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"%PDF-1.4")
    wrong = year_book(tmp_path, "2007", change=set_cell("monthly", 0, "bg", "viele"))
    found = [f for f in read([bad, three[0], wrong]).findings if f.severity == "error"]
    assert {(f.file, f.kind) for f in found} >= {("bad.xlsx", "unreadable")}
    assert {f.file for f in found} == {"bad.xlsx", "2007.xlsx"}


def test_invented_and_real_ones_do_not_join(tmp_path, three):
    invented = year_book(tmp_path, "2007", keys={key: key for key in list(SOME)[:2]})
    assert "units_mixed" in kinds([*three, invented])


# --- breaks -----------------------------------------------------------------------------------------


def test_a_changed_system_and_a_changed_count_are_breaks(broken):
    assert broken.breaks[["kommune", "period", "item"]].to_numpy().tolist() == sorted([
        [FIRST, "2007-01", "minijobs"], [SECOND, "2007-05", "system_changed"],
    ])  # fmt: skip
    told = broken.caveats("en")
    assert f"Recording system changed: {SECOND} 2007-05." in told
    assert f"What is counted changed: {FIRST} 2007-01 (Minijobs counted as Eingliederungen)." in told
    assert [f.kind for f in broken.warnings if f.kind == "declarations_changed"] == ["declarations_changed"]
    assert broken.protected().breaks.equals(broken.breaks)
    assert broken.only([FIRST]).breaks["kommune"].tolist() == [FIRST]


def test_two_declarations_of_the_same_months_are_an_error(tmp_path):
    first = year_book(tmp_path, "2008", declared={"minijobs": {FIRST: "all"}})
    second = year_book(tmp_path, "2008", declared={"minijobs": {FIRST: "none"}}, name="second.xlsx")
    found = [f for f in read([first, second]).findings if f.severity == "error"]
    assert [(f.kind, f.found) for f in found] == [("declarations_differ", f"{FIRST}: none / all")]


def test_two_control_totals_of_a_year_are_an_error_and_equal_ones_are_not(tmp_path):
    total = int(BUNDLED.monthly.query("kommune == 'M01' and period.str[:4] == '2008'")["eingliederungen"].sum())
    books = [year_book(tmp_path, "2008", declared={"eingliederungen 2008": {FIRST: value}}, name=f"{i}.xlsx")
             for i, value in enumerate((total, total, total + 1))]  # fmt: skip
    assert "declarations_differ" not in kinds(books[:2])
    assert "declarations_differ" in kinds([books[0], books[2]])


def test_a_break_stands_where_it_is_and_only_in_what_it_touches(broken):
    quota = ok.indicator("eingliederungsquote", broken)
    noted = quota[quota["note"].str.contains("break:")]
    assert sorted(zip(noted["kommune"], noted["period"], strict=True)) == sorted([(FIRST, "2007"), (SECOND, "2007")])
    stocks = ok.indicator("bg", broken, time="month")
    noted = stocks[stocks["note"].str.contains("break:")]
    assert noted[["kommune", "period"]].to_numpy().tolist() == [[SECOND, "2007-05"]]
    ring = ok.indicator("eingliederungsquote", broken, by="all", period=2007)
    assert ring["note"].tolist() == [f"series breaks in {', '.join(sorted([FIRST, SECOND]))}"]


def test_a_break_of_a_year_that_is_not_there_stands_at_the_next():
    breaks = pd.DataFrame([("M01", "2007-05", "system_changed", "new")], columns=["kommune", "period", "item", "note"])
    rows = pd.DataFrame({"kommune": "M01", "period": ["2006", "2008", "2009"]})
    assert break_notes(rows, breaks, ["ehb"]).tolist() == ["", "break: new", ""]
    assert break_notes(rows[1:], breaks, ["ehb"]).tolist() == ["", ""]  # nothing before it


def test_the_mean_of_years_is_that_of_the_years_from_the_break_on(broken):
    table = ok.indicator("sanktionsquote", broken)
    answer = ok.shrink(table)
    name = broken.units.set_index("kommune").loc[SECOND, "name"]
    assert f"years before a break of the series do not enter: {name}" in answer.notes
    notes = answer.parts["values"].set_index("kommune")["note"]
    assert notes[SECOND] == "2 of 3 years, freed of the level of each year; years before the break of 2007 left out"
    assert set(notes.drop(SECOND)) == {""}  # the Minijobs of the first are no sanctions
    parts = table[table["kommune"] == SECOND].set_index("period")
    without = table[(table["kommune"] != SECOND) | (table["period"] >= "2007")]
    wanted = ok.shrink(without.assign(note=""))
    assert answer.facts["omega2"] == pytest.approx(wanted.facts["omega2"])
    assert answer.table["value"].to_numpy() == pytest.approx(wanted.table["value"].to_numpy())
    assert parts.loc["2006", "value"] > 0  # it is there, and shown where it is asked for


def test_a_development_marks_the_break_and_says_so(broken):
    import matplotlib.pyplot as plt

    fig = ok.figures.grafik(1, broken, lang="en")
    marks = {line.get_gid() for ax in fig.axes for line in ax.lines if str(line.get_gid()).startswith("break")}
    assert marks == {f"break {SECOND} 2007-05"}
    assert any("records a recording break" in text.get_text() for text in fig.texts)
    plt.close(fig)


def test_the_command_line_names_the_file_of_each_place(tmp_path, three, capsys):
    other = year_book(tmp_path, "2008", change=set_cell("monthly", 0, "bg", 5000), name="other.xlsx")
    assert main(["check", str(three[2]), str(other)]) == 1
    said = capsys.readouterr().out
    assert "ERROR: A figure that stands in two files is the same in both (the other: 2008.xlsx, monthly)" in said
    assert "  other.xlsx monthly C2 bg: 5000 / " in said
    assert main(["check", str(three[0]), str(three[1])]) == 0


def test_a_check_of_several_files_marks_all_of_them(tmp_path, three):
    other = year_book(tmp_path, "2008", change=set_cell("monthly", 0, "bg", 5000), name="other.xlsx")
    found = ok.check_returns([three[2], other], annotated=tmp_path / "marked.xlsx")
    assert found.facts["errors"] == 1
    sheets = openpyxl.load_workbook(tmp_path / "marked.xlsx").sheetnames
    assert len(sheets) == 1 + 2 * 3


def test_the_step_of_a_break_is_no_change_between_years():
    """Closed form: four places that never change, one of which counts ten more from 2008 on."""
    keys, years = ["M01", "M02", "M03", "M04"], ["2005", "2006", "2007", "2008", "2009", "2010"]
    rows = [(key, year, 20.0 + i, "") for i, key in enumerate(keys) for year in years]
    frame = pd.DataFrame(rows, columns=["kommune", "period", "value", "note"]).assign(variance=1.0)
    frame.loc[(frame["kommune"] == "M01") & (frame["period"] >= "2008"), "value"] += 10
    assert transient_variance(frame).omega2 > 5
    frame.loc[(frame["kommune"] == "M01") & (frame["period"] == "2008"), "note"] = "break: recording system changed"
    found = multi_year_mean(frame)
    assert transient_variance(frame).omega2 == found.omega2 == 0
    table = found.table.set_index("kommune")
    assert table["value"].tolist() == pytest.approx([30, 21, 22, 23])
    assert table["n"].tolist() == [3, 6, 6, 6]
    assert table["se"].tolist() == pytest.approx([3**-0.5, 6**-0.5, 6**-0.5, 6**-0.5])
