"""Tables for other programs in a folder: CSV for R, CSV for a German Excel, Stata, with a codebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from optkommunen.data import catalogue, store
from optkommunen.data.catalogue import Lang
from optkommunen.front import export
from optkommunen.front.codebook import codebook
from optkommunen.front.indicators import indicator, service_indicator
from optkommunen.front.official import caseload
from optkommunen.front.stata import to_stata
from optkommunen.indicators import rates
from optkommunen.loaders.bundled import load_context, load_published
from optkommunen.returns.read import Returns, load_returns
from optkommunen.words import language

EXCEL, STATA = "excel_de", "stata"
"""Folders beside the plain CSV files."""


def processed(returns: Returns | None = None) -> dict[str, pd.DataFrame]:
    """Every table that is written, by name: the bundled ones, what is derived from them, and the codebook.

    Parameters
    ----------
    returns : Returns, optional
        Whose indicators are computed; the bundled invented ones if None.

    Returns
    -------
    dict of str to DataFrame
        ``indicators`` holds all that are computed from returns, also those by service (column ``service``).
    """
    # the loaders' frames carry in each row what the bundled files say once: unit, time base, source, status
    tables = store.tables() | {"context": load_context(), "published_figures": load_published()}
    tables |= {"caseload": caseload(), "indicators": indicators(load_returns() if returns is None else returns)}
    return tables | {"codebook": codebook(tables)}


def indicators(returns: Returns) -> pd.DataFrame:
    """All indicators of the catalogue that are computed from returns, by municipality and year.

    Parameters
    ----------
    returns : Returns

    Returns
    -------
    DataFrame
        As from `indicator`, with ``service``, which is empty where an indicator is of no service.
    """
    by_service = [entry.name for entry in catalogue.entries() if entry.by_service and entry.kind != "declared"]
    services = service_indicator(by_service, returns)
    whole = indicator(rates.computable(), returns).assign(service="")
    return pd.concat([whole[list(services)], services], ignore_index=True)


def write(folder: Path, returns: Returns | None = None, lang: Lang | None = None) -> Iterator[Path]:
    """Write all tables, each as CSV, as CSV for a German Excel and for Stata; each file whole or not at all.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    returns : Returns, optional
        Whose indicators are computed; the bundled invented ones if None.
    lang : {"de", "en"} or None, default None
        Language of the labels in the Stata files; None: that of the session.

    Yields
    ------
    Path
        Of a file when it is written.
    """
    tables = processed(returns)
    book = tables["codebook"]
    for path in (folder, folder / EXCEL, folder / STATA):
        path.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        for path, write_one in (
            (folder / f"{name}.csv", export.write_csv),
            (folder / EXCEL / f"{name}.csv", export.write_csv_for_excel),
        ):
            write_one(path, frame)
            yield path
        path = folder / STATA / f"{name}.dta"
        to_stata(frame, path, labels=_labels(book, name, lang), title=f"optkommunen {name}", lang=lang)
        yield path


def _labels(book: pd.DataFrame, name: str, lang: Lang | None) -> dict[str, str]:
    """Words of the codebook for the columns of a table, with the unit."""
    rows = book[(book["file"] == name) & (book["indicator"] == "")]
    words = rows[f"label_{language(lang)}"] + rows["unit"].where(rows["unit"] == "", ", " + rows["unit"])
    return dict(zip(rows["column"], words, strict=True))
