"""Two legs, never mixed: no table, figure or paragraph of the site shows an invented value beside a real name."""

import ast
import functools
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

import optkommunen as ok
from optkommunen import report
from optkommunen.data import catalogue, store
from optkommunen.data.ring_rule import reconstructed
from optkommunen.figures.notes import MARK
from optkommunen.report import execute, pages
from optkommunen.report.chapters import chapter, picture_words
from optkommunen.values import KEY
from tests.own_returns import REAL, write_own_returns

pytestmark = pytest.mark.chapters

NOTEBOOKS = execute.find(Path(__file__).resolve().parents[1] / "notebooks")
INVENTED = re.compile(r"\bM\d\d\b|Musterkommune \d|\bsynthetic\b|SYNTHETISCHE")
_REGISTER = ok.municipalities()
_NAMES = _REGISTER["name"].str.replace(r" \((?:Landkreis|Stadt)\)$", "", regex=True)
REAL_NAME = re.compile("|".join(rf"\b{re.escape(words)}\b" for words in [*_NAMES, *_REGISTER[KEY]]))


def pictures(html):
    """Title and words of each picture of a page."""
    for image in BeautifulSoup(html, "html.parser").find("main").find_all("img"):
        yield picture_words(image["src"])


@functools.cache
def shown_together(html):
    """Texts that a reader sees as one thing: each table, each figure with all words on it, each paragraph."""
    found = [("figure", about["Description"]) for about in pictures(html)]
    soup = BeautifulSoup(html, "html.parser").find("main")
    for code in soup.select("details.code"):
        code.decompose()
    for tag in soup.find_all(["table", "p", "li", "pre", "dd"]):
        if tag.name == "table" or not tag.find_parent("table"):
            found.append((tag.name, " ".join(tag.get_text(" ").split())))
    return found


def mixtures(html):
    """What shows an invented value and a real name together."""
    return [
        (kind, INVENTED.search(text)[0], REAL_NAME.search(text)[0], text[:200])
        for kind, text in shown_together(html)
        if INVENTED.search(text) and REAL_NAME.search(text)
    ]


@pytest.fixture(scope="module")
def site():
    """Pages of the report from the stored notebooks, which the strict comparison keeps true."""
    chapters = [chapter(path.stem, execute.read(path)) for path in NOTEBOOKS]
    return pages.render(chapters, store.descriptor(), catalogue.entries())


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Chapters with returns, by number, on those with real keys that are invented for this test."""
    folder = write_own_returns(tmp_path_factory.mktemp("own"))
    paths = [path for path in NOTEBOOKS if path.name.startswith(("02", "04", "05"))]
    few = [{}, {}, {"DRAWS": 9}]  # of the joint tests, which take most of the time
    runs = execute.run(paths, progress=False, returns=folder, parameters=few)
    return {
        path.name[:2]: f"<main>{chapter(path.stem, run).html}</main>" for path, run in zip(paths, runs, strict=True)
    }


def test_no_table_figure_or_paragraph_of_the_site_mixes_the_legs(site):
    assert {name: found for name, html in site.items() if (found := mixtures(html))} == {}


def test_the_search_sees_both_legs(site):
    texts = [(kind, text) for html in site.values() for kind, text in shown_together(html)]
    for pattern in (INVENTED, REAL_NAME):
        assert {kind for kind, text in texts if pattern.search(text)} >= {"table", "figure"}


@pytest.mark.parametrize(
    "html",
    [
        "<main><table><tr><td>M01</td><td>Offenbach</td></tr></table></main>",
        "<main><table><tr><td>06438</td><td>12.3</td><td>synthetic</td></tr></table></main>",
        "<main><p>Musterkommune 07 lies like Jena.</p></main>",
    ],
)
def test_a_mixture_is_found(html):
    assert len(mixtures(html)) == 1


@pytest.mark.parametrize(("page", "n"), [("02_development_2008.html", 7), ("04_social_services.html", 5)])
def test_every_figure_of_returns_is_marked(site, page, n):
    figures = [text for kind, text in shown_together(site[page]) if kind == "figure"]
    invented = [text for text in figures if "Musterkommune" in text or "returns of the municipalities" in text]
    assert len(invented) == n
    assert all(MARK in " ".join(text.split()) for text in invented)


def test_own_returns_give_the_same_figures_under_real_names_and_without_the_mark(site, own):
    own_site = own["02"]
    bundled, mine = (
        [about["Title"].split(" – ")[0] for about in pictures(html)]  # without the name of the ring
        for html in (site["02_development_2008.html"], own_site)
    )
    assert mine == bundled
    figures = "\n".join(text for kind, text in shown_together(own_site) if kind == "figure")
    names = _REGISTER.set_index(KEY)["name"]
    assert all(names[key] in figures for key in REAL.values())
    assert not INVENTED.search(figures)
    tables = "\n".join(text for kind, text in shown_together(own_site) if kind == "table")
    assert not INVENTED.search(tables)


def test_rings_of_which_not_all_report_say_how_many_do(own):
    text = " ".join(text for _, text in shown_together(own["02"]))
    rings = reconstructed().set_index(KEY)["ring"]
    members, there = rings.value_counts(), rings[list(REAL.values())].value_counts()
    some = [ring for ring in there.index if there[ring] < members[ring]]
    assert len(some) > 1
    assert [ring for ring in some if f"{ring} ({there[ring]} of {members[ring]})" not in text] == []


def test_own_returns_are_announced_as_such(own):
    told = [text for kind, text in shown_together(own["02"]) if kind == "pre"]
    assert any(
        text.startswith(f"Returns of {len(REAL)} municipalities, January 2006 to December 2008.") for text in told
    )


def test_the_chapter_on_services_shows_nothing_invented_to_who_has_returns(own):
    told = [(kind, text) for kind, text in shown_together(own["04"]) if kind in ("table", "figure", "pre")]
    assert [text for _, text in told if INVENTED.search(text)] == []
    assert any("own reconstruction" in text for kind, text in told if kind == "figure")


def test_the_regression_runs_on_own_returns_and_shows_nothing_invented_of_them(own):
    soup = BeautifulSoup(own["05"], "html.parser").find("main")
    start, end = (soup.find("h2", string=re.compile(words)) for words in ("^Returns: ", "^Can the method be believed"))
    shown = ["table", "img", "pre"]
    for elsewhere in [*start.find_all_previous(shown), *end.find_all_next(shown)]:
        elsewhere.decompose()  # the official figures; recovery, on invented places
    for code in soup.select("details.code"):
        code.decompose()
    told = [(kind, text) for kind, text in shown_together(str(soup.parent)) if kind in ("table", "figure", "pre")]
    assert [text for _, text in told if INVENTED.search(text) or "Musterkommune" in text] == []
    assert any(f"mean of {len(REAL)} municipalities" in text for kind, text in told if kind == "table")
    assert sum(kind == "table" for kind, _ in told) >= 8
    assert sum(kind == "figure" for kind, _ in told) >= 3


def test_returns_without_a_notebook_that_asks_for_them_are_refused(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    nbformat.write(notebook, tmp_path / "00_one.ipynb")
    (tmp_path / "returns").mkdir()
    write_own_returns(tmp_path / "returns")
    with pytest.raises(ok.errors.ReportError, match=r"RETURNS is set by none of 00_one\.ipynb"):
        report.build(tmp_path, tmp_path / "report", progress=False, returns=tmp_path / "returns")


def test_returns_that_cannot_be_read_are_refused_before_a_notebook_runs(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("RETURNS = None\n1 / 0")])
    nbformat.write(notebook, tmp_path / "00_one.ipynb")
    with pytest.raises(ok.errors.FileFormatError, match=r"nothing\.xlsx"):
        report.build(tmp_path, tmp_path / "report", progress=False, returns=tmp_path / "nothing.xlsx")


def parameters(source):
    return nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})


def test_a_report_sets_returns_and_language_of_every_notebook_that_has_them_and_changes_none(tmp_path):
    shown = nbformat.v4.new_code_cell("print(LANG, RETURNS)")
    first, second = 'LANG = "en"\nRETURNS = None  # or a file', 'RETURNS, LANG = "mine", "en"'
    paths = [tmp_path / "00_one.ipynb", tmp_path / "01_two.ipynb", tmp_path / "02_none.ipynb"]
    cells = [[parameters(first), shown], [parameters(second), shown], [nbformat.v4.new_code_cell("'LANG = 1'")]]
    for path, held in zip(paths, cells, strict=True):
        nbformat.write(nbformat.v4.new_notebook(cells=held), path)
    before = [path.read_bytes() for path in paths]
    *runs, untouched = execute.run(paths, progress=False, lang="de", returns=Path("own folder/Prüfung.xlsx"))
    assert [run.cells[-1].outputs[0].text for run in runs] == ["de Prüfung.xlsx\n"] * 2
    assert not any("own folder" in nbformat.writes(run) for run in runs)
    own = tmp_path / "Musterstadt" / "2009.xlsx"
    (run,) = execute.run(paths[:1], progress=False, returns=own)
    assert run.cells[-1].outputs[0].text == "en 2009.xlsx\n"
    assert tmp_path.as_posix() not in nbformat.writes(run)
    (run,) = execute.run(paths[:1], progress=False, returns=[own, tmp_path / "other" / "2008.xlsx"])
    assert run.cells[-1].outputs[0].text == "en ['2009.xlsx', '2008.xlsx']\n"
    assert tmp_path.as_posix() not in nbformat.writes(run)
    assert len(untouched.cells) == 1
    assert [path.read_bytes() for path in paths] == before


def test_only_the_path_of_a_file_of_one_s_own_is_cut_to_its_name(tmp_path):
    folder = tmp_path / "data"
    own = folder / "2009"
    own.mkdir(parents=True)
    others = [f"{folder}/other.csv", f"https://example.org{own}/x", f"{own}b", f"{own}-old/x", "/data/2009"]
    cells = [
        parameters("RETURNS = None"),
        nbformat.v4.new_code_cell("print(RETURNS, RETURNS + '/monthly.csv', 'file://' + RETURNS + '.')"),
        nbformat.v4.new_markdown_cell("\n".join(others)),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_one.ipynb")
    (run,) = execute.run([tmp_path / "00_one.ipynb"], progress=False, returns=own)
    assert run.cells[2].outputs[0].text == "2009 2009/monthly.csv file://2009.\n"
    assert run.cells[1].source.splitlines()[-1] == 'RETURNS = "2009"'
    assert run.cells[-1].source.splitlines() == others


def test_a_path_is_cut_to_its_name_however_it_is_spelt(tmp_path):
    own = Path("Müller & Söhne's") / 'Prüfung "2009".xlsx'
    cells = [
        parameters("RETURNS = None"),
        nbformat.v4.new_code_cell("import html; print(RETURNS, html.escape(RETURNS), [RETURNS], sep='\\n')\nRETURNS"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_one.ipynb")
    for returns in (own, tmp_path / own):
        (run,) = execute.run([tmp_path / "00_one.ipynb"], progress=False, returns=returns)
        text = nbformat.writes(run)
        assert [word for word in ("Müller", "xfcller", "ller &", tmp_path.name) if word in text] == []
        assert run.cells[2].outputs[0].text.splitlines()[0] == own.name
        assert ast.literal_eval(run.cells[1].source.splitlines()[-1].removeprefix("RETURNS = ")) == own.name


def test_each_notebook_has_parameters_of_its_own(tmp_path):
    path = tmp_path / "00_one.ipynb"
    cells = [parameters("RINGS, LEVEL = None, 0.95"), nbformat.v4.new_code_cell("RINGS, LEVEL")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    chosen = [{"LEVEL": None, "RINGS": {"M01": 'R-"I"'}}, {"LEVEL": 0.8}, {}]
    runs = execute.run([path] * 3, progress=False, parameters=chosen)
    shown = [run.cells[-1].outputs[0].data["text/plain"] for run in runs]
    assert shown == ["({'M01': 'R-\"I\"'}, None)", "(None, 0.8)", "(None, 0.95)"]
    with pytest.raises(ok.errors.ReportError, match=r"LEVELS is set by none of 00_one\.ipynb"):
        execute.run([path], progress=False, parameters=[{"LEVELS": 0.8}])


def test_a_language_no_notebook_asks_for_is_refused(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), tmp_path / "00_one.ipynb")
    with pytest.raises(ok.errors.ReportError, match=r"LANG is set by none of 00_one\.ipynb"):
        report.build(tmp_path, tmp_path / "report", progress=False, lang="de")


def test_a_language_the_figures_do_not_speak_is_refused_before_a_notebook_runs(tmp_path):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), tmp_path / "00_one.ipynb")
    with pytest.raises(ok.errors.OptkommunenError, match="Words are 'de' or 'en'; found 'fr'"):
        report.build(tmp_path, tmp_path / "report", progress=False, lang="fr")


def test_every_notebook_can_be_set_to_german():
    for path in NOTEBOOKS:
        lines = [line for cell in execute.read(path).cells for line in cell.source.split("\n")]
        assert 'LANG = "en"' in lines, path.name
