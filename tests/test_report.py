"""The report: complete or not at all, the same bytes from the same input, readable without network."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from optkommunen.errors import ReportError
from optkommunen.report import build, execute, pages
from optkommunen.report.chapters import chapter

SOURCE = {
    "publisher": "Statistische Ämter",
    "licence": "dl-de/by-2-0",
    "attribution": "© Statistische Ämter, 2021",
    "area_status": "31.12.2005 (as admitted)",
    "source_title": "Regionaldatenbank, table 12411",
}
DESCRIPTOR = {
    "name": "figures",
    "title": "Figures <of> the 69",
    "version": "1.2.3",
    "licenses": [{"name": "dl-de/by-2-0", "title": "Datenlizenz", "path": "https://www.govdata.de/dl-de/by-2-0"}],
    "resources": [
        {
            "name": "context",
            "title": "Context & more",
            "description": "Tidy.",
            "path": "context.csv",
            "hash": "sha256:0a1b2c",
            "bytes": 12345,
            "rows": 69,
            "schema": {"fields": [{"name": "kommune", "type": "string", "title": "Key", **SOURCE}]},
            "indicators": [
                {
                    "name": "population",
                    "title": "Mean <i>population</i>",
                    "unit": "persons",
                    "time_base": "annual mean",
                    "code": "12411-05",
                    "reference_date": "31.12.",
                    "notes": "Rounded.",
                    **SOURCE,
                }
            ],
        }
    ],
}
ENTRY = SimpleNamespace(
    name="population",
    label_de="Bevölkerung",
    label_en="Population <annual>",
    unit="persons",
    polarity=0,
    time_base="annual mean",
    definition="Mean of the year & base.",
    numerator="",
    denominator="",
    multiplier=1.0,
    source="Regionaldatenbank",
    certainty="certain",
    leg="official",
)
RATE = SimpleNamespace(
    **{
        **vars(ENTRY),
        "name": "eingliederungsquote",
        "label_en": "Integration rate",
        "numerator": "Eingliederungen",
        "denominator": "ehb",
        "multiplier": 1000.0,
        "polarity": 1,
        "certainty": "plausible",
        "leg": "returns",
    }
)


def write(folder, name, *cells):
    folder.mkdir(exist_ok=True)
    made = [
        new_markdown_cell(text[3:]) if text.startswith("md:") else new_code_cell(textwrap.dedent(text))
        for text in cells
    ]
    notebook = new_notebook(cells=made, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def make(notebooks, output):
    return build(notebooks, output, descriptor=DESCRIPTOR, entries=(ENTRY, RATE), progress=False)


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def two_chapters(folder):
    write(
        folder,
        "00_first",
        "md:# First chapter\n\nWhat it is about.\n\n## Part one\n\n[Second](01_second.ipynb#Results).",
        "# Table\nimport pandas as pd\npd.DataFrame({'value': [1.5]}, index=['M01'])",
        "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])\nplt.show()",
    )
    write(folder, "01_second", "md:# Second chapter\n\n## Results\n\n## Results", "print('Straße <69>')")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    return make(two_chapters(folder / "notebooks"), folder / "build" / "report").parent


@pytest.fixture
def notebooks(tmp_path):
    return write(tmp_path / "notebooks", "00_quick", "md:# Quick", "6 * 7").parent


class Page(HTMLParser):
    """Anchors, links and loaded resources of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded, self.tags, self.images = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if tag == "a" else []
        self.images += [attributes] if tag == "img" else []
        self.loaded += [attributes[name] for name in ("src", "srcset") if name in attributes]
        self.loaded += [attributes["href"]] if tag == "link" else []


@pytest.fixture(scope="module")
def parsed(site):
    return {path.name: Page(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}


def test_one_page_for_each_notebook_and_three_of_its_own(site):
    assert set(content(site)) == {
        "index.html", "00_first.html", "01_second.html", "dictionary.html", "provenance.html",
    }  # fmt: skip


def test_navigation_lists_all_pages_in_order(parsed):
    order = ["index.html", "00_first.html", "01_second.html", "dictionary.html", "provenance.html"]
    for page in parsed.values():
        assert [link for link in page.links if link in order][1 : len(order) + 1] == order


def test_start_page_gives_title_and_first_paragraph_of_every_chapter(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    assert "First chapter" in text
    assert "What it is about." in text
    assert "Second chapter" in text


def test_every_internal_link_resolves(parsed):
    for name, page in parsed.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if target.startswith("https://"):
                continue
            assert (target or name) in parsed, f"{name}: {link}"
            assert not anchor or unquote(anchor) in parsed[target or name].ids, f"{name}: {link}"


def test_link_to_a_notebook_leads_to_its_page(parsed):
    assert "01_second.html#Results" in parsed["00_first.html"].links


def test_no_anchor_occurs_twice(parsed):
    for page in parsed.values():
        assert len(page.ids) == len(set(page.ids))


def test_nothing_is_loaded_from_elsewhere(site, parsed):
    for page in parsed.values():
        assert all(resource.startswith("data:") for resource in page.loaded)
        assert "script" not in page.tags
    assert b"@import" not in b"".join(content(site).values())
    assert b"url(" not in b"".join(content(site).values())


def test_figures_have_an_alternative_text(parsed):
    images = [image for page in parsed.values() for image in page.images]
    assert [image["alt"] for image in images] == ["Figure: Part one"]


def test_code_is_folded_and_named_by_its_first_comment(site):
    text = (site / "00_first.html").read_text(encoding="utf-8")
    assert '<details class="code"><summary>Code<span class="about">: Table</span></summary>' in text


def test_printed_text_is_escaped(site):
    assert "Straße &lt;69&gt;" in (site / "01_second.html").read_text(encoding="utf-8")


def test_footer_names_package_and_data(site):
    text = (site / "01_second.html").read_text(encoding="utf-8")
    assert "data package 1.2.3" in text
    assert pages.fingerprint(DESCRIPTOR) in text


def test_two_builds_are_byte_identical(site, tmp_path):
    again = make(two_chapters(tmp_path / "chapters"), tmp_path / "elsewhere" / "site").parent
    assert content(again) == content(site)


def test_dictionary_lists_every_entry_and_escapes_it(site, parsed):
    text = (site / "dictionary.html").read_text(encoding="utf-8")
    assert {"population", "eingliederungsquote"} <= set(parsed["dictionary.html"].ids)
    for shown in (
        "Population &lt;annual&gt;", "Bevölkerung", "Mean of the year &amp; base.",
        "Eingliederungen ÷ ehb × 1,000", "higher is better",
        "annual mean", "plausible", pages.LEGS["official"], pages.LEGS["returns"],
    ):  # fmt: skip
        assert shown in text


def test_provenance_lists_every_table_column_and_indicator_and_escapes_them(site, parsed):
    text = (site / "provenance.html").read_text(encoding="utf-8")
    assert "table-context" in parsed["provenance.html"].ids
    for shown in (
        "Figures &lt;of&gt; the 69", "Context &amp; more", "context.csv", "0a1b2c", "12,345 bytes", "kommune",
        "Mean &lt;i&gt;population&lt;/i&gt;", "persons, annual mean", "12411-05", "31.12.", "Rounded.",
        *SOURCE.values(),
    ):  # fmt: skip
        assert shown in text


def test_provenance_of_an_indicator_leads_to_its_meaning(parsed):
    assert "dictionary.html#population" in parsed["provenance.html"].links


def test_bundled_data_fill_dictionary_and_provenance():
    from optkommunen.data import catalogue, store

    made = pages.render([], store.descriptor(), catalogue.entries())
    assert set(Page(made["dictionary.html"]).ids) >= {entry.name for entry in catalogue.entries()}
    for resource in store.descriptor()["resources"]:
        assert resource["hash"].removeprefix("sha256:") in made["provenance.html"]


def shown(html):
    output = new_output("execute_result", {"text/html": html, "text/plain": ""}, execution_count=1)
    return chapter("x", new_notebook(cells=[new_code_cell("t", outputs=[output])])).html


FRAME = """<style scoped>td { color: red }</style><table border="1" class="dataframe"><thead>
<tr style="text-align: right;"><th></th><th>value</th><th>status</th></tr>
<tr><th>kommune</th><th></th><th></th></tr></thead>
<tbody><tr><th>M01</th><td>−1.5</td><td>observed</td></tr><tr><th>M02</th><td>–</td><td>observed</td></tr></tbody></table>"""


def test_a_table_scrolls_in_a_frame_that_the_keyboard_reaches():
    html = shown(FRAME)
    frame = '<div aria-label="Table" class="table" role="region" tabindex="0">'
    assert f'{frame}<table class="dataframe">' in html
    assert "color: red" not in html


def test_columns_of_text_are_set_left_and_numbers_right():
    html = shown(FRAME)
    assert '<td class="text">observed</td>' in html
    assert "<td>−1.5</td>" in html
    assert "<td>–</td>" in html


def test_name_of_the_index_stands_in_the_one_header_row():
    html = shown(FRAME)
    assert html.count("<tr") == 3
    assert '<th class="text" scope="col">kommune</th><th scope="col">value</th>' in html.replace("\n", "")


def test_a_chapter_without_heading_is_titled_by_its_file():
    assert chapter("07_notes", new_notebook()).title == "07_notes"


def test_a_failing_cell_is_named_and_the_previous_report_untouched(notebooks, tmp_path):
    output = tmp_path / "report"
    make(notebooks, output)
    before = content(output)
    write(notebooks, "02_broken", "md:# Broken", "x = 1", "\n# Divide\nx / 0\n")
    with pytest.raises(ReportError) as caught:
        make(notebooks, output)
    message = str(caught.value)
    assert '02_broken.ipynb, code cell [2] ("# Divide") failed' in message
    assert "ZeroDivisionError: division by zero" in message
    assert "start again" in message
    assert content(output) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "report"]


def test_a_dying_kernel_is_named(tmp_path):
    write(tmp_path / "notebooks", "00_dies", "import os\nos.kill(os.getpid(), 9)")
    with pytest.raises(ReportError, match=r"00_dies\.ipynb, code cell \[1\] .* the kernel died"):
        make(tmp_path / "notebooks", tmp_path / "report")


def test_a_cell_that_takes_longer_than_the_limit_is_named(tmp_path):
    path = write(tmp_path, "00_slow", "x = 1", "import time\ntime.sleep(60)")
    with pytest.raises(ReportError, match=r'00_slow\.ipynb, code cell \[2\] \("import time"\) .* longer than 1'):
        execute.run([path], progress=False, limit=1)


def test_a_cell_that_leaves_python_is_named_as_the_cells_below_were_not_run(tmp_path):
    path = write(tmp_path, "00_leaves", "import sys\nsys.exit()", "1 / 0")
    with pytest.raises(ReportError, match=r"code cell \[1\] .* SystemExit: the cells below were not run"):
        execute.run([path], progress=False)


def test_what_a_kernel_logs_when_it_is_stopped_does_not_reach_the_terminal(tmp_path, capfd):
    logged = "get_ipython().kernel.log.error('KeyboardInterrupt caught in kernel')"
    execute.run([write(tmp_path, "00_logs", logged)], progress=False)
    assert "KeyboardInterrupt" not in capfd.readouterr().err


def test_the_number_of_a_failing_cell_is_that_of_the_notebook_whatever_was_set(tmp_path):
    path = write(tmp_path, "00_set", "n = 1", "1 / n")
    notebook = execute.read(path)
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, path)
    with pytest.raises(ReportError, match=r'code cell \[2\] \("1 / n"\) failed: ZeroDivisionError'):
        execute.run([path], progress=False, parameters=[{"n": 0}])


def test_a_failing_notebook_stops_the_one_beside_it_at_its_next_cell(tmp_path):
    reached = tmp_path / "reached"
    wait = f"import time\nfrom pathlib import Path\nwhile not Path({str(reached)!r}).exists(): time.sleep(0.1)"
    paths = [
        write(tmp_path, "00_fails", f"open({str(reached)!r}, 'w').close()\n1 / 0"),
        write(tmp_path, "01_waits", wait + "\ntime.sleep(3)", f"open({str(tmp_path / 'further')!r}, 'w')"),
        write(tmp_path, "02_never", f"open({str(tmp_path / 'further')!r}, 'w')"),
    ]
    with pytest.raises(ReportError, match=r"00_fails\.ipynb, code cell \[1\]"):
        execute.run(paths, progress=False)
    assert not (tmp_path / "further").exists()


def test_killing_the_report_half_way_leaves_the_previous_one_and_the_next_run_succeeds(notebooks, tmp_path):
    output = tmp_path / "build" / "report"
    make(notebooks, output)
    before = content(output)

    started = tmp_path / "started"
    slow = write(
        notebooks,
        "02_slow",
        f"from pathlib import Path\nPath({str(started)!r}).touch()",
        "import time; time.sleep(60)",
    )
    program = (
        "import json, sys; from pathlib import Path; from optkommunen.report import build;"
        "build(Path(sys.argv[1]), Path(sys.argv[2]), descriptor=json.loads(sys.argv[3]), entries=())"
    )
    command = [sys.executable, "-c", program, str(notebooks), str(output), json.dumps(DESCRIPTOR)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not started.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert content(output) == before

    slow.unlink()
    make(notebooks, output)
    assert content(output) == before
    assert [path.name for path in output.parent.iterdir()] == ["report"]


MARKED = {"index.html": f"<html>{pages.MARK}new</html>"}
EARLIER = {"index.html": f"<html>{pages.MARK}old</html>".encode(), "old.html": b"old"}


@pytest.fixture
def earlier(tmp_path):
    output = tmp_path / "report"
    output.mkdir()
    for name, data in EARLIER.items():
        (output / name).write_bytes(data)
    return output


def test_publishing_replaces_the_whole_folder(earlier):
    pages.prepare(earlier)
    pages.publish(MARKED, earlier)
    assert set(content(earlier)) == {"index.html"}
    assert [path.name for path in earlier.parent.iterdir()] == ["report"]


def test_a_page_that_cannot_be_written_leaves_the_previous_report(earlier):
    with pytest.raises(OSError, match="no/such"):
        pages.publish({**MARKED, "no/such/page.html": ""}, earlier)
    assert content(earlier) == EARLIER
    assert [path.name for path in earlier.parent.iterdir()] == ["report"]


def test_a_failing_swap_puts_the_previous_report_back(earlier, monkeypatch):
    rename = Path.rename

    def fail_for_the_new_one(self, target):
        if ".new-" in self.name:
            raise OSError("disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises(OSError, match="disk is gone"):
        pages.publish(MARKED, earlier)
    assert content(earlier) == EARLIER


def test_a_kill_between_the_two_renames_is_mended_by_the_next_run(earlier):
    earlier.rename(earlier.with_name(".report.previous"))
    (earlier.parent / ".report.new-1").mkdir()
    pages.prepare(earlier)
    assert content(earlier) == EARLIER
    assert [path.name for path in earlier.parent.iterdir()] == ["report"]


def test_a_folder_that_is_no_report_is_never_replaced(notebooks, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "index.html").write_text("mine")
    with pytest.raises(ReportError, match="replaces only an earlier report or an empty folder"):
        make(notebooks, tmp_path / "thesis")
    assert content(tmp_path / "thesis") == {"index.html": b"mine"}


def test_a_folder_without_notebooks_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"holds no \.ipynb file.*--notebooks DIR"):
        make(tmp_path, tmp_path / "report")


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "00_half.ipynb").write_text('{"cells": [')
    with pytest.raises(ReportError, match=r"00_half\.ipynb is not"):
        make(tmp_path, tmp_path / "report")


def test_a_notebook_must_not_take_the_name_of_an_own_page(tmp_path):
    write(tmp_path / "notebooks", "dictionary", "md:# Mine")
    with pytest.raises(ReportError, match="a notebook is named dictionary"):
        make(tmp_path / "notebooks", tmp_path / "report")
