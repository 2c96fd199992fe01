"""Tables for other programs: what is read back is what was written, with its words, and no file is half written."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.io.stata import StataReader

import optkommunen as ok
from optkommunen.data import store
from optkommunen.errors import ValueTableError
from optkommunen.front import processed
from optkommunen.front.processed import COLUMNS, codebook
from optkommunen.values import STATUSES
from tests.own_returns import write_own_returns

MARK = "SYNTHETISCHE DATEN"


@pytest.fixture(scope="module")
def tables():
    return processed.processed()


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("processed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processed, "processed", lambda returns: tables)
        written = list(processed.write(folder))
    assert len(written) == 3 * len(tables)
    return folder


NAMES = [*store.tables(), "caseload", "indicators", "codebook"]


def plain(frame):
    """Texts as text, all numbers as float: what a file without types can give back."""
    columns = {}
    for name, column in frame.items():
        if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
            columns[name] = column.astype("float64")
        else:
            columns[name] = column.fillna("").astype("str")
    return pd.DataFrame(columns)


def test_every_table_is_written_in_three_forms(folder, tables):
    assert list(tables) == NAMES
    assert {path.stem for path in folder.glob("*.csv")} == set(NAMES)
    assert {path.stem for path in (folder / "excel_de").iterdir()} == set(NAMES)
    assert {path.stem for path in (folder / "stata").iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_csv_file_is_read_back_as_it_was(folder, tables, name):
    text = {c: "str" for c in tables[name] if not pd.api.types.is_numeric_dtype(tables[name][c])}
    text = {c: kind for c, kind in text.items() if tables[name][c].dtype != "bool"}
    read = pd.read_csv(folder / f"{name}.csv", dtype=text, keep_default_na=False, na_values={
        c: [""] for c in tables[name] if c not in text
    })  # fmt: skip
    pd.testing.assert_frame_equal(plain(read), plain(tables[name]))


def unformula(text):
    """What Excel shows of the cell ``="05515"``."""
    if not text.startswith("="):
        return text
    return "".join(piece.replace('""', '"') for piece in text[2:-1].split('"&"'))


@pytest.mark.parametrize("name", NAMES)
def test_the_file_for_a_german_excel_is_read_back_as_it_was(folder, tables, name):
    raw = (folder / "excel_de" / f"{name}.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n") == len(tables[name]) + 1
    numbers = [c for c in tables[name] if pd.api.types.is_numeric_dtype(tables[name][c])]
    flags = [c for c in numbers if tables[name][c].dtype == "bool"]
    kinds = {c: "float64" for c in numbers if c not in flags}
    read = pd.read_csv(
        folder / "excel_de" / f"{name}.csv", sep=";", decimal=",", encoding="utf-8-sig", keep_default_na=False,
        dtype={c: kinds.get(c, "str") for c in tables[name]}, na_values={c: [""] for c in kinds},
    )  # fmt: skip
    for column in read.columns.difference(kinds):
        read[column] = read[column].map(unformula)
    read[flags] = (read[flags] == "WAHR").astype("float64")
    pd.testing.assert_frame_equal(plain(read), plain(tables[name]))


@pytest.mark.parametrize(
    "text", ["05515", "2008-03", "2008", "1/2", "3.4", "31.12.2005", "1E5", "-5", "12 %", "-", "=A1", "@x", "TRUE"]
)
def test_what_excel_would_convert_is_a_formula_whose_value_is_the_text(tmp_path, text):
    processed.write_csv_for_excel(tmp_path / "x.csv", pd.DataFrame({"kommune": [text]}))
    cell = pd.read_csv(tmp_path / "x.csv", sep=";", dtype="str", encoding="utf-8-sig")["kommune"].iloc[0]
    assert cell == f'="{text}"'


@pytest.mark.parametrize("text", ["M01", "R-V", "DE", "Coesfeld", "GENESIS 13211-01-03-4", "a;b", 'say "x"', ""])
def test_other_text_stays_as_it_is(tmp_path, text):
    processed.write_csv_for_excel(tmp_path / "x.csv", pd.DataFrame({"kommune": [text], "value": [0.5]}))
    read = pd.read_csv(tmp_path / "x.csv", sep=";", dtype="str", encoding="utf-8-sig", keep_default_na=False)
    assert read.iloc[0].tolist() == [text, "0,5"]


def test_a_long_text_that_begins_as_a_formula_is_a_formula_of_short_ones(tmp_path):
    text = "=" + '"long" ' * 100
    processed.write_csv_for_excel(tmp_path / "x.csv", pd.DataFrame({"note": [text]}))
    cell = pd.read_csv(tmp_path / "x.csv", sep=";", dtype="str", encoding="utf-8-sig")["note"].iloc[0]
    assert unformula(cell) == text
    assert max(len(piece.replace('""', '"')) for piece in cell[2:-1].split('"&"')) == 255


# --- Stata ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_stata_file_is_read_back_as_it_was(folder, tables, name):
    read = pd.read_stata(folder / "stata" / f"{name}.dta", convert_categoricals=False)
    want = plain(tables[name])
    if name != "codebook" and "status" in want:
        labels = labels_of(folder / "stata" / f"{name}.dta")[2]["status"]
        assert list(labels.values())[: STATUSES.index("estimated") + 1] == list(STATUSES)[:4]
        read["status"] = read["status"].map(labels).fillna("")
    pd.testing.assert_frame_equal(plain(read), want, check_dtype=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_for_stata_has_a_label_and_keys_are_text(folder, name):
    with StataReader(folder / "stata" / f"{name}.dta") as file:
        labels, frame = file.variable_labels(), file.read()
        title = file.data_label
    assert all(labels[column] for column in frame)
    assert max(map(len, [*labels.values(), title])) <= 80
    assert max(map(len, frame.columns)) <= 32
    for key in {"kommune", "key", "ags_2008", "period"} & set(frame):
        assert frame[key].map(type).eq(str).all()
    invented = "musterkommunen" in name or name == "indicators"
    assert title == (f"{MARK} – Musterkommunen · " if invented else "") + f"optkommunen {name}"


def labels_of(path):
    """Of the columns, of the data, of the values."""
    with StataReader(path) as file:
        return file.variable_labels(), file.data_label, file.value_labels()


def test_labels_speak_german_if_asked(tmp_path):
    ok.load_context("unemployment_rate", 2008).pipe(ok.to_stata, tmp_path / "x.dta", lang="de")
    labels, title, _ = labels_of(tmp_path / "x.dta")
    assert labels["value"] == "Arbeitslosenquote, %"
    assert labels["area_status"] == "Gebiet des Wertes"
    assert title == ""


def test_an_answer_is_exported_with_its_name_and_the_mark(tmp_path):
    place = ok.compare(ok.indicator("eingliederungsquote", ok.load_returns()))
    place.to_stata(tmp_path / "place.dta")
    labels, title, values = labels_of(tmp_path / "place.dta")
    assert title == f"{MARK} – Musterkommunen · optkommunen compare"
    assert labels["reference_value"] == "Value of the reference"
    assert values["status"][STATUSES.index("derived")] == "derived"
    read = pd.read_stata(tmp_path / "place.dta")
    assert read["kommune"].tolist() == place.table["kommune"].tolist()
    np.testing.assert_array_equal(read["value"], place.table["value"])


def test_a_name_that_stata_forbids_is_changed_and_told(tmp_path):
    names = ["C(land)[T.Bayern]", "if", "2008", "x y", "x_y", "a" * 40, "a" * 41, "größe"]
    ok.to_stata(pd.DataFrame([range(8)], columns=names), tmp_path / "x.dta")
    read, (labels, _, _) = pd.read_stata(tmp_path / "x.dta"), labels_of(tmp_path / "x.dta")
    assert read.iloc[0].tolist() == list(range(8))
    assert read.columns.is_unique
    assert read.columns.str.fullmatch("[A-Za-z_][A-Za-z0-9_]{0,31}").all()
    assert labels[read.columns[0]].startswith("C(land)[T.Bayern]: ")
    assert read.columns[4] == "x_y"


def test_missing_and_infinite_values_are_stata_s_missing_value(tmp_path):
    frame = pd.DataFrame({
        "value": [1.5, np.nan, np.inf],
        "n": pd.array([1, None, 3_000_000_000], dtype="Int64"),
        "known": [True, False, True],
        "kommune": ["01001", None, ""],
        "status": ["observed", None, "missing"],
    })  # fmt: skip
    ok.to_stata(frame, tmp_path / "x.dta")
    with StataReader(tmp_path / "x.dta") as file:
        read = file.read(convert_missing=True, convert_categoricals=False)
    assert [str(v) for v in read["value"]] == ["1.5", ".", "."]
    assert [str(v) for v in read["n"]] == ["1.0", ".", "3000000000.0"]
    assert read["kommune"].tolist() == ["01001", "", ""]
    assert str(read["status"].iloc[1]) == "."
    assert pd.read_stata(tmp_path / "x.dta")["known"].tolist() == ["yes", "no", "yes"]


def test_a_text_too_long_for_sorting_is_kept_whole(tmp_path):
    ok.to_stata(pd.DataFrame({"note": ["ü" * 3000]}), tmp_path / "x.dta")
    assert pd.read_stata(tmp_path / "x.dta")["note"].iloc[0] == "ü" * 3000


def test_what_is_no_stata_file_or_no_table_is_refused(tmp_path):
    with pytest.raises(ValueTableError, match=r"a file \.dta; found 'x\.csv'"):
        ok.to_stata(ok.rings(), tmp_path / "x.csv")
    empty = ok.funnel(ok.indicator("eingliederungsquote", ok.load_returns().only(["M01", "M02"])))
    assert empty.reason
    with pytest.raises(ValueTableError, match="this answer is empty"):
        empty.to_stata(tmp_path / "x.dta")
    assert list(tmp_path.iterdir()) == []


# --- codebook ---------------------------------------------------------------------------------------


def test_the_codebook_has_each_column_of_each_table_once(tables):
    book = tables["codebook"]
    assert tuple(book) == COLUMNS
    rows = book[book["indicator"] == ""]
    want = [(name, column) for name in NAMES if name != "codebook" for column in tables[name]]
    assert list(zip(rows["file"], rows["column"], strict=True)) == want
    assert (book[["label_en", "label_de", "type", "publisher", "licence"]] != "").all(axis=None)
    assert set(book["type"]) == {"string", "number", "integer", "boolean"}


def test_the_codebook_has_each_indicator_of_each_table_once(tables):
    book = tables["codebook"].query("indicator != ''")
    for name in ("context", "caseload", "indicators"):
        assert book.loc[book["file"] == name, "indicator"].tolist() == tables[name]["indicator"].unique().tolist()
    assert set(book["file"]) == {"context", "caseload", "indicators"}
    rate = book.query("file == 'context' and indicator == 'unemployment_rate'").iloc[0]
    assert rate["label_de"] == "Arbeitslosenquote"
    assert rate["unit"] == "%"
    assert rate[["publisher", "code", "area_status", "source"]].ne("").all()
    assert "reported" not in set(book["licence"])


def test_the_words_of_the_codebook_differ_between_the_languages(tables):
    book = tables["codebook"].query("indicator == ''")
    same = set(book.loc[book["label_en"] == book["label_de"], "label_en"])
    assert same == {
        "Land", "Kreisschlüssel", "Name", "Status", "Ring", "Schuldnerquote", "Bedarfsgemeinschaften", "n",
        "Erwerbsfähige Hilfebedürftige (eHb)", "Kosten der Unterkunft (KdU)",
    }  # fmt: skip


def test_the_codebook_lists_the_statuses_from_best_to_worst():
    book = codebook({"caseload": ok.caseload(), "context": ok.load_context(period=2008)})
    values = book.query("column == 'status'").set_index("file")["values"]
    assert values["caseload"] == " | ".join(STATUSES)
    assert values["context"].split(" | ") == [s for s in STATUSES if s in values["context"].split(" | ")]


# --- one's own returns ------------------------------------------------------------------------------


def test_indicators_are_those_of_one_s_own_returns(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    table = processed.indicators(returns)
    assert "synthetic" not in set(table["status"])
    quota = ok.indicator("eingliederungsquote", returns)
    rows = table[table["indicator"] == "eingliederungsquote"].reset_index(drop=True)
    pd.testing.assert_series_equal(rows["value"], quota["value"])
    debt = ok.service_indicator("service_coverage", returns, service="debt")
    rows = table.query("indicator == 'service_coverage' and service == 'debt'").reset_index(drop=True)
    pd.testing.assert_series_equal(rows["value"], debt["value"])
    book = codebook({"indicators": table})
    assert set(book.loc[book["indicator"] != "", "publisher"]) == {"whoever made the returns"}
    assert set(book.loc[book["indicator"] != "", "licence"]) == {""}


# --- the page beside the tables ---------------------------------------------------------------------

PAGE = Path(__file__).resolve().parents[2] / "data" / "processed" / "README.md"


def test_the_page_names_each_table_that_is_written_and_no_other(tables):
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(tables)


def test_the_page_explains_each_status_in_its_order():
    text = PAGE.read_text(encoding="utf-8").split("`status` says")[1]
    assert tuple(re.findall(r"`(\w+)`", text.replace("`note`", ""))) == STATUSES


def test_git_keeps_the_page_and_not_the_tables(folder):
    root = PAGE.parents[2]
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *(f"data/processed/{name}" for name in [*names, "README.md"])],
        cwd=root, capture_output=True, text=True, check=False,
    ).stdout.split()  # fmt: skip
    assert ignored == [f"data/processed/{name}" for name in names]


def test_clean_removes_the_tables_and_spares_the_page(folder, tmp_path):
    rule = (PAGE.parents[2] / "Makefile").read_text(encoding="utf-8").split("\nclean:")[1].splitlines()[1:]
    shutil.copytree(folder, tmp_path / "data" / "processed")
    shutil.copy(PAGE, tmp_path / "data" / "processed")
    subprocess.run("\n".join(rule).replace("$(VENV)", ".venv"), shell=True, cwd=tmp_path, check=True)
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        "data/processed/README.md"
    ]
