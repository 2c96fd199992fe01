"""The report: every notebook executed, one HTML site that reads offline, on paper and on a phone.

Chapters are the notebooks in the order of their names; the data dictionary and the provenance page are made
from the catalogue and the descriptor of the data package. A report is published as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optkommunen.errors import ReportError

if TYPE_CHECKING:
    from optkommunen.data.catalogue import Indicator, Lang
    from optkommunen.returns.secrecy import Secrecy


def build(
    notebooks: Path,
    output: Path,
    *,
    descriptor: Mapping[str, Any] | None = None,
    entries: Sequence[Indicator] | None = None,
    progress: bool = True,
    returns: Path | Sequence[Path] | None = None,
    secrecy: Secrecy = "on",
    lang: Lang | None = None,
    indicators: Path | None = None,
) -> Path:
    """Execute the notebooks of a folder and publish the report.

    Parameters
    ----------
    notebooks : folder with the notebooks; they are read, not changed.
    output : folder of the report. An earlier report there is replaced once everything has succeeded.
    descriptor : description of the data; that of the bundled tables if None.
    entries : indicator dictionary; that of the package if None.
    progress : whether a progress bar is shown on stderr.
    returns : a researcher's own returns, one or several files (see ``ok.load_returns``); the invented Musterkommunen
        if None.
    secrecy : whether figures of one or two persons in real returns lose their value (see ``ok.load_returns``).
    lang : language of figures, numbers and names of indicators, ``"de"`` or ``"en"``; that of the notebooks, English,
        if None. Their text and the heads of their tables stay English.
    indicators : indicators of one's own (see ``ok.define``), a TOML file; they stand in the dictionary too.

    Returns
    -------
    Path of index.html.

    Raises
    ------
    ReportError
        There is no notebook, a cell failed, `output` holds something else or cannot be written to, or another run
        writes there. What stood there is unchanged.
    FileFormatError, UnknownUnitError, IndicatorError
        The returns or the indicators are not what the loader expects; found before a notebook is run.
    OptkommunenError
        The figures do not speak that language.

    Examples
    --------
    A folder without notebooks is refused before anything is written:

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     try:
    ...         build(Path(folder), Path(folder) / "report")
    ...     except ReportError as error:
    ...         (Path(folder) / "report").exists(), "notebook" in str(error)
    (False, True)
    """
    missing = [name for name in ("papermill", "nbconvert", "ipykernel", "tqdm") if find_spec(name) is None]
    if missing:
        message = (
            f"Building a report needs the notebook tools; {', '.join(missing)} cannot be imported. "
            "Install them: pip install 'optkommunen[notebooks]'."
        )
        raise ReportError(message)

    from optkommunen.data import catalogue, store
    from optkommunen.loaders.own_indicators import read_indicators
    from optkommunen.report import execute, pages
    from optkommunen.report.chapters import chapter
    from optkommunen.returns.read import load_returns
    from optkommunen.words import language

    if indicators is not None:
        indicators = indicators.resolve()
        catalogue.add_all(read_indicators(indicators))
    descriptor = store.descriptor() if descriptor is None else descriptor
    entries = catalogue.entries() if entries is None else entries
    paths = execute.find(notebooks)
    pages.check_names(path.stem for path in paths)
    if lang is not None:
        language(lang)
    if returns is not None:
        returns = returns.resolve() if isinstance(returns, Path) else [path.resolve() for path in returns]
        load_returns(returns, secrecy=secrecy)
    kept = None if returns is None else secrecy
    with pages.alone(output) as folder:
        pages.prepare(folder)
        executed = execute.run(
            paths, progress=progress, returns=returns, secrecy=kept, lang=lang, indicators=indicators
        )  # fmt: skip
        chapters = [chapter(path.stem, notebook) for path, notebook in zip(paths, executed, strict=True)]
        return pages.publish(pages.render(chapters, descriptor, entries), folder)
