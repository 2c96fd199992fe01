"""The command line: one clean message for what the package refuses, the path of what it made."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pandas.io.stata import StataReader

from optkommunen import cli, report
from optkommunen.data import store
from optkommunen.errors import IntegrityError, ReportError
from optkommunen.front import processed
from optkommunen.front.official_figures import caseload
from optkommunen.front.processed import codebook
from optkommunen.values import VALUE_COLUMNS
from tests.own_returns import REAL, write_own_returns


def write(folder, *sources):
    """A notebook; the first of several cells is that of the parameters."""
    folder.mkdir(parents=True)
    cells = [new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(new_notebook(cells=cells), folder / "00_one.ipynb")


def test_report_prints_the_path_of_the_start_page_last(tmp_path, capfd):
    write(tmp_path / "chapters", "print('text of the notebook')")
    output = tmp_path / "out" / "report"
    assert cli.main(["report", "--notebooks", str(tmp_path / "chapters"), "--output", str(output)]) == 0
    stdout, stderr = capfd.readouterr()
    assert stdout.splitlines()[-1] == str(output / "index.html")
    assert (output / "00_one.html").is_file()
    assert "1/1" in stderr  # the progress bar


def test_the_language_of_the_command_line_reaches_the_notebook(tmp_path):
    write(tmp_path / "notebooks", 'LANG = "en"', 'print("language", LANG)')
    options = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "report"), "--lang", "de"]
    assert cli.main(["report", *options]) == 0
    assert "language de" in (tmp_path / "report" / "00_one.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("asked", "told"), [([], "secrecy on: True"), (["--secrecy", "off"], "secrecy off: False")])
def test_a_report_protects_returns_unless_it_is_asked_not_to(tmp_path, asked, told):
    (tmp_path / "returns").mkdir()
    write_own_returns(tmp_path / "returns")
    rows = "import optkommunen as ok\nreturns = ok.load_returns(RETURNS, secrecy=SECRECY)"
    shown = "print(f'secrecy {SECRECY}:', 'protected' in returns.monthly)"
    write(tmp_path / "notebooks", 'RETURNS = None\nSECRECY = "off"', rows, shown)  # on, whatever the notebook says
    options = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "report")]
    assert cli.main(["report", *options, "--returns", str(tmp_path / "returns"), *asked]) == 0
    assert told in (tmp_path / "report" / "00_one.html").read_text(encoding="utf-8")


def test_secrecy_off_needs_a_notebook_that_takes_it(tmp_path, capsys):
    (tmp_path / "returns").mkdir()
    write_own_returns(tmp_path / "returns")
    write(tmp_path / "notebooks", "RETURNS = None", "RETURNS")
    options = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "report")]
    options += ["--returns", str(tmp_path / "returns")]
    assert cli.main(["report", *options]) == 0  # returns are loaded protected
    assert cli.main(["report", *options, "--secrecy", "off"]) == 1
    assert "SECRECY is set by none of 00_one.ipynb" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "data"])
@pytest.mark.parametrize("asked", ["on", "off"])
def test_secrecy_without_returns_is_refused(tmp_path, capsys, command, asked):
    assert cli.main([command, "--output", str(tmp_path / "out"), "--secrecy", asked]) == 1
    assert f"found --secrecy {asked} without --returns. Add --returns FILE" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_report_takes_the_notebooks_of_the_current_folder(tmp_path, monkeypatch, capsys):
    write(tmp_path / "notebooks", "1 + 1")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "build" / "report" / "index.html")


def test_a_failing_notebook_ends_in_one_message_and_code_1(tmp_path, capsys):
    write(tmp_path / "notebooks", "1 / 0")
    options = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "report")]
    assert cli.main(["report", *options]) == 1
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert "optkommunen: Every cell has to run; 00_one.ipynb, code cell [1]" in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "report").exists()


def test_an_error_that_is_not_ours_propagates(monkeypatch, tmp_path):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(report, "build", fail)
    with pytest.raises(ZeroDivisionError):
        cli.main(["report", "--notebooks", str(tmp_path)])


def test_a_folder_without_notebooks_falls_back_to_the_checkout(tmp_path, monkeypatch):
    (tmp_path / "checkout" / "notebooks").mkdir(parents=True)
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "checkout" / "optkommunen" / "cli.py"))
    assert cli.project_folder(tmp_path) == tmp_path / "checkout"


def test_no_folder_of_notebooks_anywhere_names_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "site-packages" / "optkommunen" / "cli.py"))
    with pytest.raises(ReportError, match="optkommunen report --notebooks DIR"):
        cli.project_folder(tmp_path)


def test_missing_notebook_tools_name_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "find_spec", lambda name: None if name == "papermill" else object())
    with pytest.raises(ReportError, match=r"papermill cannot be imported.*pip install 'optkommunen\[notebooks\]'"):
        report.build(tmp_path, tmp_path / "report")


@pytest.fixture
def few(monkeypatch):
    """Two tables instead of all, so that writing is quick."""
    tables = {"caseload": caseload(), "municipalities": store.table("municipalities")}
    tables |= {"codebook": codebook(tables)}
    monkeypatch.setattr(processed, "processed", lambda returns=None: tables)
    return tables


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_data_prints_the_path_of_each_file_it_wrote(few, tmp_path, capsys):
    assert cli.main(["data", "--output", str(tmp_path / "processed")]) == 0
    printed = capsys.readouterr().out.split()
    assert set(printed) == {str(path) for path in contents(tmp_path)}
    assert len(printed) == 3 * len(few)
    towns = pd.read_csv(tmp_path / "processed" / "municipalities.csv", dtype="str", encoding="utf-8")
    assert towns["kommune"].str.fullmatch("[0-9]{5}").all()
    assert towns["name"].str.contains("ü").any()


def test_every_row_of_official_figures_says_its_unit_source_and_status():
    context = processed.processed()["context"]
    assert set(VALUE_COLUMNS) == set(context)
    assert (context[["unit", "source", "status"]] != "").all(axis=None)


def test_data_can_be_deleted_and_written_again_with_the_same_bytes(few, tmp_path):
    cli.main(["data", "--output", str(tmp_path)])
    before = contents(tmp_path)
    shutil.rmtree(tmp_path)
    cli.main(["data", "--output", str(tmp_path)])
    assert contents(tmp_path) == before


@pytest.mark.parametrize("method", ["to_csv", "to_stata"])
def test_a_table_that_cannot_be_written_leaves_the_earlier_file(few, tmp_path, monkeypatch, capsys, method):
    cli.main(["data", "--output", str(tmp_path)])
    before = contents(tmp_path)

    def fail_half_way(self, path, **kwargs):
        Path(path).write_text("kommu")
        raise OSError("disk is full")

    monkeypatch.setattr(pd.DataFrame, method, fail_half_way)
    assert cli.main(["data", "--output", str(tmp_path)]) == 1
    assert "disk is full. Choose a folder" in capsys.readouterr().err
    assert contents(tmp_path) == before


def test_data_takes_one_s_own_returns_and_the_language_of_the_labels(tmp_path, capsys):
    returns = write_own_returns(tmp_path)
    assert cli.main(["data", "--output", str(tmp_path / "out"), "--returns", str(returns), "--lang", "de"]) == 0
    table = pd.read_stata(tmp_path / "out" / "stata" / "indicators.dta")
    assert set(table["kommune"]) == set(REAL.values())
    assert "synthetic" not in set(table["status"])
    with StataReader(tmp_path / "out" / "stata" / "indicators.dta") as file:
        assert file.data_label == "optkommunen indicators"
        assert file.variable_labels()["numerator"] == "Zähler"


def test_returns_that_are_not_there_end_in_one_message_and_write_nothing(tmp_path, capsys):
    assert cli.main(["data", "--output", str(tmp_path / "out"), "--returns", str(tmp_path / "none.xlsx")]) == 1
    assert capsys.readouterr().err.startswith("optkommunen: ")
    assert not (tmp_path / "out").exists()


def test_a_broken_table_ends_in_one_message(tmp_path, monkeypatch, capsys):
    def fail():
        raise IntegrityError("context.csv is not the file that datapackage.json describes")

    monkeypatch.setattr(store, "tables", fail)
    assert cli.main(["data", "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("optkommunen: context.csv is not the file")


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def test_module_and_command_are_the_same():
    assert run("-m", "optkommunen", "--version").split()[0] == "optkommunen"


def test_importing_the_command_line_loads_nothing_heavy():
    program = "import sys, optkommunen.cli; print({'pandas', 'papermill', 'numpy', 'matplotlib'} & set(sys.modules))"
    assert run("-c", program).strip() == "set()"


def test_no_command_prints_the_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert caught.value.code == 2
    assert "usage: optkommunen" in capsys.readouterr().err
