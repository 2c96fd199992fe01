"""Pages from plain data: start page, chapters, data dictionary, provenance; a folder of them is replaced as a whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optkommunen import __version__
from optkommunen.errors import ReportError
from optkommunen.report.chapters import ASSETS, Chapter, Section

if TYPE_CHECKING:
    from jinja2 import Environment

    from optkommunen.data.catalogue import Indicator

MARK = '<meta name="generator" content="optkommunen report">'
"""Stands in every page; only a folder whose index.html carries it is ever replaced."""

OWN_PAGES = ("index", "dictionary", "provenance")

LEGS = {
    "official": "Official figures on the 69",
    "returns": "What the municipalities report themselves",
    "own": "Indicators of one's own",
}
POLARITY = {1: "higher is better", 0: "neither high nor low is good in itself", -1: "lower is better"}


@dataclass(frozen=True)
class Link:
    """A page in the navigation."""

    href: str
    title: str


def check_names(names: Iterable[str]) -> None:
    """Refuse a notebook whose page would overwrite one of the report's own.

    Parameters
    ----------
    names : stems of the notebooks' files.

    Examples
    --------
    >>> check_names(["00_overview", "01_rings"])
    """
    for name in set(OWN_PAGES).intersection(names):
        message = f"The pages {', '.join(OWN_PAGES)} are the report's own; a notebook is named {name}. Rename it."
        raise ReportError(message)


def render(chapters: Sequence[Chapter], descriptor: Mapping[str, Any], entries: Sequence[Indicator]) -> dict[str, str]:
    """All pages of the report.

    Parameters
    ----------
    chapters : in reading order.
    descriptor : the data package, as from `store.descriptor()`.
    entries : the indicator dictionary, as from `catalogue.entries()`.

    Returns
    -------
    dict of file name to HTML. The same input gives the same bytes: no page carries a time.

    Examples
    --------
    >>> pages = render([], {"title": "figures", "resources": []}, [])
    >>> list(pages)
    ['index.html', 'dictionary.html', 'provenance.html']
    """
    legs = _by_leg(entries)
    resources = [{**resource, "sources": _by_source(resource)} for resource in descriptor["resources"]]
    contents = (
        Link("index.html", "Start"),
        *(Link(f"{chapter.name}.html", chapter.title) for chapter in chapters),
        Link("dictionary.html", "Data dictionary"),
        Link("provenance.html", "Provenance of the data"),
    )
    own = {"chapters": chapters, "descriptor": descriptor, "entries": entries, "polarity": POLARITY}
    bodies: list[tuple[str, tuple[Section, ...], dict[str, Any]]] = [
        ("index.html.j2", (), own),
        *(("page.html.j2", chapter.sections, {"body": chapter.html}) for chapter in chapters),
        (
            "dictionary.html.j2",
            tuple(Section(f"leg-{leg}", LEGS.get(leg, leg)) for leg in legs),
            {"legs": legs, **own},
        ),
        (
            "provenance.html.j2",
            tuple(Section(f"table-{resource['name']}", resource["title"]) for resource in resources),
            {"resources": resources, "names": {entry.name for entry in entries}, **own},
        ),
    ]
    environment = _environment()
    pages = {}
    for number, (link, (template, sections, values)) in enumerate(zip(contents, bodies, strict=True)):
        pages[link.href] = environment.get_template(template).render(
            **values,
            title=link.title,
            here=link.href,
            contents=contents,
            sections=sections,
            before=contents[number - 1] if number else None,
            after=contents[number + 1] if number + 1 < len(contents) else None,
            mark=MARK,
            version=__version__,
            data_version=descriptor.get("version", ""),
            data_hash=fingerprint(descriptor),
        )
    return pages


def fingerprint(descriptor: Mapping[str, Any]) -> str:
    """First digits of the descriptor's sha256; it holds that of every table, and so stands for all data.

    Examples
    --------
    >>> fingerprint({"resources": []}) == fingerprint({"resources": [{"hash": "sha256:00"}]})
    False
    """
    text = json.dumps(descriptor, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def prepare(output: Path) -> None:
    """Make sure that `output` may be replaced, and clear what a killed run left beside it.

    A run killed between the two renames of :func:`publish` leaves the old report set aside; it is put back.

    Parameters
    ----------
    output : folder of the report; it need not exist.

    Raises
    ------
    ReportError
        Something else than a report stands there.
    """
    aside = _aside(output)
    if aside.exists() and not output.exists():
        aside.rename(output)
    for rest in (aside, *output.parent.glob(f".{output.name}.new-*")):
        shutil.rmtree(rest, ignore_errors=True)

    index = output / "index.html"
    is_report = index.is_file() and MARK in index.read_text(encoding="utf-8", errors="replace")
    is_free = not output.exists() or (output.is_dir() and not any(output.iterdir()))
    if not is_report and not is_free:
        message = (
            f"A report replaces only an earlier report or an empty folder; {output} is neither. "
            "Name another folder with --output DIR, or move this one away."
        )
        raise ReportError(message)


@contextmanager
def alone(output: Path) -> Iterator[Path]:
    """While a report is made for a folder no other run makes one for it; the lock goes with its process.

    Yields
    ------
    Path
        The folder, absolute.

    Raises
    ------
    ReportError
        Another run makes one; the folder cannot be written to, or has no name.
    """
    from filelock import FileLock, Timeout

    try:
        folder = output.resolve()
        path = folder.with_name(f".{folder.name}.lock")
        folder.parent.mkdir(parents=True, exist_ok=True)
        before = _file_number(path)
        lock = FileLock(path)
        lock.acquire(timeout=0)
        if before not in (None, _file_number(path)):  # a run that ended meanwhile has removed the file locked here
            lock.release()
            raise Timeout(str(path))
    except Timeout as error:
        message = f"One report at a time is written into a folder; another run writes into {folder}. Wait for it."
        raise ReportError(message) from error
    except OSError as error:
        message = f"A report is written beside its folder; {error.filename}: {error.strerror}. Name another folder."
        raise ReportError(message) from error
    except ValueError as error:
        message = (
            f"A report is a folder with a name that the system knows; found {str(output)!r} ({error}). Name another."
        )
        raise ReportError(message) from error
    try:
        yield folder
    finally:
        with suppress(OSError):  # where an open file cannot be removed it stays, empty
            path.unlink(missing_ok=True)
        lock.release()


def _file_number(path: Path) -> int | None:
    """Which file stands under a name, None if none does."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def publish(pages: Mapping[str, str], output: Path) -> Path:
    """Write pages into a folder beside `output`, then swap the two.

    Parameters
    ----------
    pages : mapping of file name to HTML; holds `index.html`.
    output : folder of the report, checked by :func:`prepare`.

    Returns
    -------
    Path of index.html.
    """
    stage = output.with_name(f".{output.name}.new-{os.getpid()}")
    aside = _aside(output)
    stage.mkdir(parents=True)
    try:
        for name, html in pages.items():
            (stage / name).write_text(html, encoding="utf-8", newline="\n")
        if output.exists():
            output.rename(aside)
        try:
            stage.rename(output)
        except OSError:
            if aside.exists():
                aside.rename(output)
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)
    return output / "index.html"


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _by_leg(entries: Sequence[Indicator]) -> dict[str, list[Indicator]]:
    return {leg: [e for e in entries if e.leg == leg] for leg in dict.fromkeys(e.leg for e in entries)}


def _by_source(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Columns and indicators of a table, gathered by what they share: source, area status, licence."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    shared = ("source_title", "publisher", "area_status", "licence", "attribution")
    for kind, fields in (
        ("indicator", resource.get("indicators", [])),
        ("column", resource["schema"]["fields"]),
    ):
        for field in fields:
            values = {name: field.get(name) or "" for name in shared}
            group = groups.setdefault(tuple(values.values()), {**values, "rows": []})
            group["rows"].append({**field, "kind": kind})
    return list(groups.values())


def _aside(output: Path) -> Path:
    return output.with_name(f".{output.name}.previous")
