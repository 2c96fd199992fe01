"""Every page of the built report in headless Chromium, on a desktop and on a phone.

The report is `build/report` of the checkout, or the folder that OPTKOMMUNEN_REPORT names.
"""

import functools
import http.server
import os
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.browser

REPORT = Path(os.environ.get("OPTKOMMUNEN_REPORT") or Path(__file__).resolve().parents[2] / "build" / "report")
PAGES = sorted(path.name for path in REPORT.glob("*.html"))
WIDTHS = (1280, 390)
PAPER = 672  # A4 between its margins

LOOK = """
const source = image => (image.getAttribute("src") || "").slice(0, 60);
return {
  width: document.documentElement.scrollWidth,
  window: window.innerWidth,
  title: document.title,
  language: document.documentElement.lang,
  links: [...document.links].map(link => link.href),
  anchors: [...document.querySelectorAll("[id]")].map(element => element.id),
  broken: [...document.images].filter(image => !(image.complete && image.naturalWidth)).map(source),
  cut: [...document.querySelectorAll(".table")].filter(frame => frame.scrollWidth > frame.clientWidth + 1)
    .map(frame => `${frame.scrollWidth - frame.clientWidth} px: ${frame.innerText.slice(0, 60)}`),
  nameless: [...document.images].filter(image => !image.alt).map(source),
};
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address():
    if not (REPORT / "index.html").is_file():
        pytest.skip(f"no report is built in {REPORT}; build it with: make report")
    handler = functools.partial(Quiet, directory=str(REPORT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def look(browser, address):
    """What the browser finds on a page at a width; each page is opened once at each width."""

    @functools.cache
    def open_page(page, width, media="screen"):
        # the emulated screen, since a headless window is never narrower than 500 pixels
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(f"{address}/{page}")
        found = browser.execute_script(LOOK)
        found["errors"] = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        return found

    return open_page


def at_every_width(test):
    return pytest.mark.parametrize("width", WIDTHS)(pytest.mark.parametrize("page", PAGES or ["index.html"])(test))


@at_every_width
def test_page_opens_without_an_error(look, page, width):
    found = look(page, width)
    assert found["errors"] == []
    assert found["title"]
    assert found["language"]


@at_every_width
def test_page_is_not_wider_than_the_screen(look, page, width):
    found = look(page, width)
    assert found["window"] == width
    assert found["width"] <= width


@pytest.mark.parametrize("page", PAGES or ["index.html"])
def test_page_is_not_wider_than_a_sheet_of_paper(look, page):
    assert look(page, PAPER, "print")["width"] <= PAPER


@pytest.mark.parametrize("page", [page for page in PAGES if page[:2].isdigit()])
def test_no_table_of_a_chapter_is_cut_on_a_desktop(look, page):
    assert look(page, WIDTHS[0])["cut"] == []


@at_every_width
def test_every_image_is_drawn_and_described(look, page, width):
    found = look(page, width)
    assert found["broken"] == []
    assert found["nameless"] == []


@at_every_width
def test_every_internal_link_resolves(look, address, page, width):
    anchors = {other: set(look(other, width)["anchors"]) for other in PAGES}
    for link in look(page, width)["links"]:
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" != address:
            assert parts.scheme in ("https", "mailto"), link
            continue
        target = unquote(parts.path).lstrip("/") or "index.html"
        assert (REPORT / target).is_file(), link
        assert not parts.fragment or unquote(parts.fragment) in anchors[target], link


def test_report_holds_chapters_dictionary_and_provenance(address):
    assert {"index.html", "dictionary.html", "provenance.html"} < set(PAGES)
