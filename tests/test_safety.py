"""What goes wrong outside - folder, disk, terminal, a kill, a second run - ends in a message, never in half a file."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import OptkommunenError, ReportError
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
