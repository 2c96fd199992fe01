"""An executed notebook becomes a chapter: text, tables and figures first, code folded away."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from nbformat import NotebookNode

ASSETS = Path(__file__).parent / "assets"

_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
# 1,234.5 · −3.2 % · [12.1, 15.6] · 2005–2010; a column is one of numbers when all its filled cells look so
_NUMBER = re.compile(r"[\[(]?[-+−–±<>≤≥]?\s?[\[(]?\d[\d\s.,;:%‰–−+±\-()\[\]e]*")
_EMPTY = {"", "-", "–", "—", ".", "NaN", "nan", "None", "<NA>", "NaT"}


@dataclass(frozen=True)
class Section:
    """Second-level heading of a page: its anchor and its text."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Chapter:
    """One page made from one notebook.

    Parameters
    ----------
    name : stem of the notebook's file; the page is `name.html`.
    title : first-level heading of the notebook, its name where there is none.
    summary : first paragraph as plain text, "" where there is none.
    sections : second-level headings in order.
    html : body of the page.
    """

    name: str
    title: str
    summary: str
    sections: tuple[Section, ...]
    html: str


def chapter(name: str, notebook: NotebookNode) -> Chapter:
    r"""Render an executed notebook.

    Parameters
    ----------
    name : stem of the notebook's file.
    notebook : executed; what it shows is taken from its stored outputs.

    Examples
    --------
    >>> import nbformat
    >>> notebook = nbformat.v4.new_notebook()
    >>> notebook.cells = [nbformat.v4.new_markdown_cell("# Position\n\nWho stands where.\n\n## Ring II")]
    >>> made = chapter("02_position", notebook)
    >>> made.title, made.summary, made.sections
    ('Position', 'Who stands where.', (Section(anchor='Ring-II', title='Ring II'),))
    """
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="chapter", extra_template_basedirs=[str(ASSETS)], exclude_anchor_links=True)
    html, _ = exporter.from_notebook_node(notebook)
    soup = BeautifulSoup(html, "html.parser")
    _mend_anchors(soup)
    for image in soup.find_all("img"):
        heading = image.find_previous(_HEADINGS)
        if not image.get("alt"):
            words = picture_words(str(image.get("src", ""))).get("Title") or (_text(heading) if heading else "")
            image["alt"] = f"Figure: {words}".removesuffix(": ")
    for style in soup.find_all("style", scoped=True):
        style.decompose()  # pandas' own look; the report's style sheet has one for all tables
    for table in soup.find_all("table"):
        _mend_table(soup, table)
    title = soup.find("h1")
    summary = title.find_next("p") if title else soup.find("p")
    return Chapter(
        name=name,
        title=_text(title) if title else name,
        summary=_text(summary) if summary else "",
        sections=tuple(Section(str(h2["id"]), _text(h2)) for h2 in soup.find_all("h2", id=True)),
        html=str(soup).strip(),
    )


def picture_words(source: str) -> dict[str, str]:
    """Words stored with a picture of the package (``Title``, ``Description``); empty for any other.

    Parameters
    ----------
    source : the ``src`` of an image, a data URI of a PNG.
    """
    kind, _, encoded = source.partition(";base64,")
    if kind != "data:image/png":
        return {}
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(base64.b64decode(encoded))) as picture:
            return {name: str(text) for name, text in picture.info.items() if name in ("Title", "Description")}
    except (UnidentifiedImageError, ValueError):
        return {}


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text().split())


def _mend_anchors(soup: BeautifulSoup) -> None:
    """Headings get the anchors they have in JupyterLab, none twice; links to a notebook lead to its page."""
    seen: dict[str, int] = {}
    for heading in soup.find_all(_HEADINGS):
        anchor = _text(heading).replace(" ", "-")
        seen[anchor] = seen.get(anchor, 0) + 1
        heading["id"] = anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}"
    for link in soup.find_all("a", href=True):
        link["href"] = re.sub(r"^(?:\./)?([^/:#?]+)\.ipynb(?=#|$)", r"\1.html", str(link["href"]))


def _mend_table(soup: BeautifulSoup, table: Tag) -> None:
    """Give a table a frame of its own to scroll in, one header row, and columns of text to the left."""
    for attribute in ("border", "style"):
        del table[attribute]
    for row in table.find_all("tr"):
        del row["style"]
    _join_header_rows(table)
    for header in table.select("thead th"):
        header["scope"] = "col"
    for header in table.select("tbody th"):
        header["scope"] = "row"

    rows = [row.find_all("td", recursive=False) for row in table.select("tbody > tr")]
    columns = list(zip(*rows, strict=True)) if rows and len({len(row) for row in rows}) == 1 else []
    heads = [row.find_all("th", recursive=False) for row in table.select("thead > tr")]
    heads = [head for head in heads if len(head) >= len(columns)]
    beside = [cell for head in heads for cell in head[: len(head) - len(columns)]]  # names of index levels
    for back, column in enumerate(reversed(columns), start=1):
        filled = [text for cell in column if (text := _text(cell)) not in _EMPTY]
        if not filled or not all(_NUMBER.fullmatch(text) for text in filled):
            beside += [*column, *(head[-back] for head in heads)]
    for cell in beside:
        cell["class"] = " ".join([*(cell.get("class") or []), "text"])

    frame = soup.new_tag("div", attrs={"class": "table", "tabindex": "0", "role": "region", "aria-label": "Table"})
    heading = table.find_previous(_HEADINGS)
    if heading:
        frame["aria-label"] = f"Table: {_text(heading)}"
    table.wrap(frame)


def _join_header_rows(table: Tag) -> None:
    """Put the names of index levels, which pandas gives a row of their own, into the one header row."""
    rows = [row.find_all("th", recursive=False) for row in table.select("thead > tr")]
    if len(rows) != 2 or len(rows[0]) != len(rows[1]):
        return
    upper, lower = rows
    if all(not _text(above) or not _text(below) for above, below in zip(upper, lower, strict=True)):
        for above, below in zip(upper, lower, strict=True):
            if _text(below):
                above.replace_with(below.extract())
        table.select("thead > tr")[1].decompose()
