"""What goes wrong outside - folder, disk, terminal, a kill, a second run - ends in a message, never in half a file."""

import random
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen import cli
from optkommunen.errors import OptkommunenError, ReportError
from optkommunen.front.export import whole_file, write_csv
from optkommunen.front.processed import write_csv_for_excel
from optkommunen.report import build, pages

FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
import sys
from optkommunen.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""A process whose disk is full after four kilobytes."""

WRITING = """
import sys
import pandas as pd
from optkommunen.front.export import write_csv, write_workbook
frame = pd.DataFrame({"kommune": ["06438"] * 3000, "value": 1.5})
while True:
    write_csv(sys.argv[1] + "/a.csv", frame)
    write_workbook(sys.argv[1] + "/a.xlsx", {"a": frame})
"""


def run(code, *words, **environment):
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **environment)


def answers(returns):
    place = ok.compare(ok.indicator("bg", returns))
    model = ok.models(ok.regress(returns))
    return {"csv": place.to_csv, "xlsx": place.to_excel, "docx": model.to_word, "dta": place.to_stata}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "docx", "dta"])
def test_a_folder_that_is_gone_is_one_message(kind, tmp_path):
    with pytest.raises(OptkommunenError, match=rf"place\.{kind} could not be: .*Choose a folder"):
        answers(ok.load_returns())[kind](tmp_path / "gone" / f"place.{kind}")


NAMELESS = ["", ".", "/", "x\0.csv", "x\ud800.csv"]
"""Paths that are no file's."""


@pytest.mark.parametrize("path", NAMELESS)
@pytest.mark.parametrize("write", [write_csv, write_csv_for_excel])
def test_a_name_that_no_file_can_have_is_one_message(write, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptkommunenError, match=r"A file is written under a name .*Choose another"):
        write(path, pd.DataFrame({"kommune": ["06438"]}))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_value_is_not_told_as_a_wrong_name(tmp_path):
    with pytest.raises(ValueError, match=r"^of the table$"), whole_file(tmp_path / "a.csv"):
        raise ValueError("of the table")


def test_the_folder_of_the_user_is_meant_by_its_sign(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_csv("~/a.csv", pd.DataFrame({"kommune": ["06438"]}))
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_is_wrong_with_another_file_is_not_told_as_the_fault_of_this_one(tmp_path):
    other = tmp_path / "other.txt"
    with pytest.raises(FileNotFoundError, match=r"other\.txt"), whole_file(tmp_path / "a.csv"):
        other.read_text()
    with pytest.raises(OptkommunenError, match=r"a\.csv could not be"), whole_file(tmp_path / "a.csv") as part:
        part.read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_text_is_written_without_the_library_of_workbooks(tmp_path):
    code = (
        "import sys; sys.modules['lxml'] = sys.modules['lxml.etree'] = None; import pandas as pd;"
        "from optkommunen.front.export import write_csv; write_csv(sys.argv[1], pd.DataFrame({'a': [1]}))"
    )
    found = run(code, tmp_path / "a.csv")
    assert (found.returncode, found.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files is set by POSIX systems only")
@pytest.mark.parametrize(
    "words",
    [["template", "--period", "2008", "--out", "x.xlsx"], ["data", "--output", "out"]],
    ids=["template", "data"],
)
def test_a_full_disk_is_one_message_and_leaves_no_part(words, tmp_path):
    found = run(FULL, *words, cwd=tmp_path)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "could not be" in found.stderr
    for path in tmp_path.rglob("*"):  # what had room is whole
        assert path.is_dir() or not path.name.startswith(".")
        assert path.suffix != ".csv" or len(pd.read_csv(path, dtype=str))


def test_a_message_leaves_the_process_as_it_was(tmp_path):
    before = sys.unraisablehook
    assert cli.main(["template", "--period", "2008", "--out", str(tmp_path / "x.csv")]) == 1
    assert sys.unraisablehook is before


def test_a_kill_at_any_moment_leaves_whole_files(tmp_path):
    moments = random.Random(2008)
    for _ in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path)]) as process:
            while not (tmp_path / "a.xlsx").is_file():
                time.sleep(0.05)
            time.sleep(moments.uniform(0, 0.6))
            process.kill()
        assert len(pd.read_csv(tmp_path / "a.csv")) == 3000
        assert len(pd.read_excel(tmp_path / "a.xlsx")) == 3000


def test_two_reports_at_once_are_refused_and_the_first_goes_on(tmp_path):
    notebooks = Path(__file__).parents[1] / "notebooks"
    with (
        pages.alone(tmp_path / "report"),
        pytest.raises(ReportError, match=r"One report at a time .*another run writes into"),
    ):
        build(notebooks, tmp_path / "report", progress=False)
    assert list(tmp_path.iterdir()) == []
    with pages.alone(tmp_path / "report"):
        pass


def test_a_run_that_locked_the_file_of_one_that_ended_is_refused(tmp_path, monkeypatch):
    lock, acquire = tmp_path / ".report.lock", filelock.FileLock.acquire
    lock.touch()

    def acquire_while_another_ends(self, *words, **named):
        acquired = acquire(self, *words, **named)
        lock.unlink()  # by the other
        lock.touch()  # by a third
        return acquired

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire_while_another_ends)
    with pytest.raises(ReportError, match="One report at a time"), pages.alone(tmp_path / "report"):
        pass
    monkeypatch.undo()
    with pages.alone(tmp_path / "report"):  # the third
        pass


@pytest.mark.parametrize("output", ["/", "x\0"])
def test_a_report_without_a_name_is_one_message(output, tmp_path):
    notebooks = Path(__file__).parents[1] / "notebooks"
    with pytest.raises(ReportError, match=r"A report is a folder with a name .*Name another"):
        build(notebooks, Path(output), progress=False)


def test_a_report_under_a_file_is_one_message(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ReportError, match="A report is written beside its folder"),
        pages.alone(tmp_path / "file" / "r"),
    ):
        pass


def test_a_terminal_without_umlauts_goes_on(tmp_path):
    code = "import sys; from optkommunen.cli import main; sys.exit(main(sys.argv[1:]))"
    (tmp_path / "Zürich.csv").write_text("kommune;Monat;eHb\n05111;2008-01;5\n", encoding="utf-8")
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONPATH": str(Path(__file__).parents[1])}
    found = run(code, "check", "--lang", "de", "Zürich.csv", cwd=tmp_path, env=environment)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "Z?rich.csv" in found.stdout
