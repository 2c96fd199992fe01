"""The command line: one clean message for what the package refuses, the path of what it made."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from optkommunen import cli, report
from optkommunen.data import store
from optkommunen.errors import IntegrityError, ReportError
from optkommunen.values import VALUE_COLUMNS


def write(folder, source):
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), folder / "00_one.ipynb")


def test_report_prints_the_path_of_the_start_page_last(tmp_path, capfd):
    write(tmp_path / "chapters", "print('text of the notebook')")
    output = tmp_path / "out" / "report"
    assert cli.main(["report", "--notebooks", str(tmp_path / "chapters"), "--output", str(output)]) == 0
    stdout, stderr = capfd.readouterr()
    assert stdout.splitlines()[-1] == str(output / "index.html")
    assert (output / "00_one.html").is_file()
    assert "1/1" in stderr  # the progress bar


def test_the_language_of_the_command_line_reaches_the_notebook(tmp_path):
    write(tmp_path / "notebooks", 'LANG = "en"\nprint("language", LANG)')
    options = ["--notebooks", str(tmp_path / "notebooks"), "--output", str(tmp_path / "report"), "--lang", "de"]
    assert cli.main(["report", *options]) == 0
    assert "language de" in (tmp_path / "report" / "00_one.html").read_text(encoding="utf-8")


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
    monkeypatch.setattr(report, "find_spec", lambda name: None if name == "nbclient" else object())
    with pytest.raises(ReportError, match=r"nbclient cannot be imported.*pip install 'optkommunen\[notebooks\]'"):
        report.build(tmp_path, tmp_path / "report")


def test_data_writes_every_table_as_csv(tmp_path, capsys):
    assert cli.main(["data", "--output", str(tmp_path / "processed")]) == 0
    written = {path.stem: path for path in (tmp_path / "processed").iterdir()}
    assert set(written) == set(store.tables())
    assert capsys.readouterr().out.split() == [str(written[name]) for name in store.tables()]
    towns = pd.read_csv(written["municipalities"], dtype="str", encoding="utf-8")
    assert towns["kommune"].str.fullmatch("[0-9]{5}").all()
    assert towns["name"].str.contains("ü").any()
    context = pd.read_csv(written["context"], keep_default_na=False, dtype="str")
    assert set(VALUE_COLUMNS) == set(context)
    assert (context[["unit", "source", "status"]] != "").all(axis=None)


def test_data_can_be_deleted_and_written_again_with_the_same_bytes(tmp_path):
    folder = tmp_path / "processed"
    cli.main(["data", "--output", str(folder)])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    cli.main(["data", "--output", str(folder)])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_table_that_cannot_be_written_leaves_the_earlier_file(tmp_path, monkeypatch):
    cli.main(["data", "--output", str(tmp_path)])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail_half_way(self, path, **kwargs):
        Path(path).write_text("kommu")
        raise OSError("disk is full")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail_half_way)
    with pytest.raises(OSError, match="disk is full"):
        cli.main(["data", "--output", str(tmp_path)])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


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
    program = "import sys, optkommunen.cli; print({'pandas', 'nbclient', 'numpy', 'matplotlib'} & set(sys.modules))"
    assert run("-c", program).strip() == "set()"


def test_no_command_prints_the_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main([])
    assert caught.value.code == 2
    assert "usage: optkommunen" in capsys.readouterr().err
