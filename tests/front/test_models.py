"""The table of models: what a paper prints, from what the models say."""

import re
from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH

import optkommunen as ok
from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.figures.style import number
from optkommunen.regression import integration as spec

RETURNS = ok.load_returns()
FRAME = spec.design(RETURNS).frame.assign(share=lambda t: t["rate"] / 100)
COUNT = ok.regress(RETURNS)
LINEAR = ok.regress(RETURNS, "rate ~ provision_index + C(ring)", weights="ehb", name="by ring")
SHARE = ok.regress(FRAME, "share ~ provision_index + waiting_days", share=True)
TABLE = ok.models(COUNT, LINEAR, SHARE)


def cells(result, row, **options):
    frame = result.show(lang="en", **options).frame
    return frame[frame.iloc[:, 0] == row].iloc[0].tolist()[1:]


def test_the_unrounded_table_is_that_of_each_model():
    table = TABLE.table
    for head, model in zip(["(1) primary", "(2) by ring", "(3)"], (COUNT, LINEAR, SHARE), strict=True):
        rows = table[table["model"] == head].drop(columns=["model", "source"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, model.fit.table(None).drop(columns="model"))
    assert (TABLE.name, TABLE.status) == ("models", "synthetic")


def test_each_coefficient_has_its_error_below_and_no_stars():
    frame = TABLE.show(lang="en").frame
    at = frame.index[frame.iloc[:, 0] == "provision index (coverage)"][0]
    for column, model in enumerate((COUNT, LINEAR, SHARE), 1):
        row = model.table.set_index("term").loc["provision_index"]
        assert frame.iloc[at, column] == number(row["value"], 3, "en")
        assert frame.iloc[at + 1, column] == f"({number(row['se'], 3, 'en')})"
    assert not frame.apply(lambda c: c.str.contains("*", regex=False)).any(axis=None)


def test_a_term_that_a_model_does_not_have_leaves_its_cells_empty_and_the_constant_stands_last():
    assert cells(TABLE, "GDP per inhabitant (ln)")[1:] == ["", ""]
    assert cells(TABLE, "ring: R-IV")[::2] == ["", ""]
    frame = TABLE.show(lang="en").frame
    names = [name for name in frame.iloc[:, 0] if name]
    assert names.index("constant") + 1 == names.index("N")


def test_intervals_stand_in_place_of_errors_when_a_level_is_given():
    table = ok.models(COUNT, level=0.9)
    frame = table.show(lang="de").frame
    at = frame.index[frame.iloc[:, 0] == "Angebotsindex (Bedarfsdeckung)"][0]
    row = COUNT.fit.table(0.9).set_index("term").loc["provision_index"]
    assert frame.iloc[at + 1, 1] == f"[{number(row['lower'], 3, 'de')}; {number(row['upper'], 3, 'de')}]"
    assert table.show(lang="de").notes[0] == "90-%-Intervalle in eckigen Klammern."


def test_the_statistics_are_those_of_the_fits():
    fits = TABLE.parts["fits"].set_index("model")
    assert cells(TABLE, "N") == ["69", "69", "69"]
    assert cells(TABLE, "Covariance") == ["HC3, t(62)", "HC3, t(61)", "HC3, t(66)"]
    fit = LINEAR.fit
    total = np.average((fit.y - np.average(fit.y, weights=fit.w)) ** 2, weights=fit.w)
    r2 = 1 - np.average(fit.residuals**2, weights=fit.w) / total
    assert fits.at["(2) by ring", "r2"] == pytest.approx(r2)
    assert fits.at["(2) by ring", "r2_adjusted"] == pytest.approx(1 - (1 - r2) * 68 / 61)
    y, mu = COUNT.fit.y, COUNT.fit.fitted
    assert fits.at["(1) primary", "deviance"] == pytest.approx(2 * (y * np.log(y / mu) - (y - mu)).sum())
    assert fits.at["(1) primary", "phi"] == COUNT.fit.phi
    assert cells(TABLE, "Dispersion φ") == ["11.80", "", "0.003037"]
    assert cells(TABLE, "R²") == ["", "0.511", ""]


def test_heads_say_outcome_estimator_exposure_and_weights():
    assert cells(TABLE, "Estimator") == ["quasi-Poisson", "WLS", "fractional logit"]
    assert cells(TABLE, "Exposure") == ["eHb", "", ""]
    assert cells(TABLE, "Weights") == ["", "eHb", ""]
    assert cells(TABLE, "Outcome")[2] == "share"  # a column of one's own keeps its name
    assert "Weights" not in ok.models(COUNT).show(lang="en").frame.iloc[:, 0].tolist()


def test_labels_and_digits_are_those_that_were_asked_for():
    table = ok.models(COUNT, SHARE, digits=1, labels={"share": "Quote", "provision_index": "Angebot"})
    assert cells(table, "Outcome")[1] == "Quote"
    assert cells(table, "Angebot") == ["0.8", "0.6"]
    assert cells(table, "Angebot", digits=2) == ["0.82", "0.56"]


def test_german_tables_have_the_decimal_comma_in_every_format():
    table = ok.models(COUNT, LINEAR, lang="de")
    for text in (table.to_latex(), table.to_html(), table.to_markdown()):
        assert "0,819" in text
        assert "0.819" not in text
        assert "Angebotsindex" in text
    assert "0.819" in table.to_latex(lang="en")


def test_latex_has_rules_between_its_blocks_and_the_notes_below():
    lines = TABLE.to_latex(lang="en").splitlines()
    rules = [i for i, line in enumerate(lines) if line == r"\midrule"]
    assert len(rules) == 3
    assert lines[rules[0] + 1].startswith("Outcome & ")
    assert lines[rules[1] + 1].startswith("provision index (coverage) & 0.819 & ")
    assert lines[rules[2] + 1].startswith("N & 69 & ")
    assert all(line.count("&") == 3 for line in lines if re.match(r"(N|Covariance|R²| )", line) and "&" in line)
    assert any(r"\footnotesize Standard errors in parentheses." in line for line in lines)
    assert lines.index(r"\bottomrule") < next(i for i, line in enumerate(lines) if "footnotesize" in line)


def test_html_is_the_same_on_every_run():
    assert TABLE.to_html() == ok.models(COUNT, LINEAR, SHARE).to_html()


def test_an_empty_model_is_left_out_with_its_reason():
    empty = ok.regress(RETURNS.only(["M01", "M02"]))
    table = ok.models(empty, COUNT)
    assert list(table.show().frame)[1:] == ["(2) primary"]
    assert "(1) is left out: 6 regressors need" in table.notes[0]
    assert "found 2" in ok.models(empty).summary()


def test_what_is_no_model_is_refused():
    for wrong in ([], [COUNT.results], [COUNT.table]):
        with pytest.raises(ModelError, match=r"made of answers of regress; found (none|GLMResultsWrapper|DataFrame)"):
            ok.models(*wrong)
    with pytest.raises(ModelError, match="one layout"):
        TABLE.show(columns=["term"])
    with pytest.raises(ok.errors.OptkommunenError, match="lies between 0 and 1"):
        ok.models(COUNT, level=95)


def in_word(path):
    """Rows of the one table of a Word document, and its paragraphs."""
    document = docx.Document(str(path))
    (table,) = document.tables
    return [[cell.text for cell in row.cells] for row in table.rows], [p.text for p in document.paragraphs]


def test_a_word_document_holds_the_table_its_caption_and_its_notes(tmp_path):
    path = tmp_path / "models.docx"
    path.write_bytes(b"an earlier one")
    TABLE.to_word(path, lang="de", caption="Tabelle 1")
    rows, told = in_word(path)
    shown = TABLE.show(lang="de")
    assert rows == [list(shown.frame.columns), *shown.frame.to_numpy().tolist()]
    assert told == ["Tabelle 1", *shown.notes]
    assert [path.name for path in tmp_path.iterdir()] == ["models.docx"]


def test_a_word_document_has_what_a_paper_prints_in_german_and_no_stars(tmp_path):
    TABLE.to_word(tmp_path / "models.docx", lang="de")
    rows, _ = in_word(tmp_path / "models.docx")
    by_name = {row[0]: row[1:] for row in rows}
    value = COUNT.table.set_index("term").at["provision_index", "value"]
    assert by_name["Angebotsindex (Bedarfsdeckung)"][0] == f"{value:.3f}".replace(".", ",").replace("-", "−")
    assert by_name["N"] == ["69"] * 3
    assert by_name["Kovarianz"][0] == f"HC3, t({COUNT.fit.df})"
    assert by_name["R²"][1] == f"{LINEAR.results.rsquared:.3f}".replace(".", ",")
    assert not [text for row in rows for text in row if "*" in text]


def test_the_head_of_a_word_table_is_bold_and_repeats_and_numbers_are_flush_right(tmp_path):
    TABLE.to_word(tmp_path / "models.docx")
    (table,) = docx.Document(str(tmp_path / "models.docx")).tables
    assert table.rows[0]._tr.trPr.xpath("w:tblHeader")
    assert [row.cells[0].paragraphs[0].runs[0].bold for row in table.rows if row.cells[0].text][:1] == [False]
    assert table.rows[0].cells[1].paragraphs[0].runs[0].bold
    assert [cell.paragraphs[0].alignment for cell in table.rows[3].cells] == [None] + [WD_ALIGN_PARAGRAPH.RIGHT] * 3


def test_a_word_document_of_an_empty_answer_says_the_reason(tmp_path):
    ok.models(ok.regress(RETURNS.only(["M01", "M02"]))).to_word(tmp_path / "empty.docx")
    document = docx.Document(str(tmp_path / "empty.docx"))
    assert "found 2" in document.paragraphs[0].text
    assert document.tables == []


def test_a_word_document_that_cannot_be_written_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "models.docx"
    path.write_bytes(b"an earlier one")

    def fail_half_way(self, file):
        Path(file).write_bytes(b"PK")
        raise OSError("disk is full")

    monkeypatch.setattr("docx.document.Document.save", fail_half_way)
    with pytest.raises(OptkommunenError, match="disk is full"):
        TABLE.to_word(path)
    assert path.read_bytes() == b"an earlier one"
    assert [path.name for path in tmp_path.iterdir()] == ["models.docx"]


def test_a_word_document_under_another_ending_is_refused(tmp_path):
    with pytest.raises(ok.errors.ValueTableError, match=r"a file \.docx; found 'models\.doc'"):
        TABLE.to_word(tmp_path / "models.doc")


def test_the_name_of_a_sample_is_said_in_the_readers_language_and_a_name_of_ones_own_stays():
    west = ok.childcare_design()
    names = ["OLS, without Coesfeld", "OLS, mine", "without anybody"]
    table = ok.models(*(ok.regress(west, outcome="ehb_change", name=name) for name in names))
    german = ["", "(1) OLS, ohne Coesfeld", "(2) OLS, mine", "(3) without anybody"]
    assert table.show(lang="de").frame.columns.tolist() == german
    assert table.show(lang="en").frame.columns.tolist()[1:] == [f"({i}) {name}" for i, name in enumerate(names, 1)]
    shown = ok.show(table.table.assign(model=lambda t: t["model"].str[4:]), rows="term", across="model", lang="de")
    assert any(head.startswith("OLS, ohne Coesfeld") for head in shown.frame.columns)


def test_estimators_of_the_study_are_said_in_the_readers_language():
    study = ok.load_study("recovery").query("scenario == 'complete' and term == 'provision_index'")
    german = ok.show(study, columns=["estimator", "power_pct"], lang="de").frame.iloc[:, 0].tolist()
    assert {"Quasi-Poisson, Modell", "Panel mit Effekten von Kommune und Jahr"} <= set(german)
    assert "naiv: nur Index und Wartezeit, HC3" in german
