"""A folder of pages is replaced as a whole: before, a complete old report; afterwards, a complete new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from optkommunen.errors import ReportError

MARK = '<meta name="generator" content="optkommunen report">'
"""Stands in every page; only a folder whose index.html carries it is ever replaced."""


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


def _aside(output: Path) -> Path:
    return output.with_name(f".{output.name}.previous")
