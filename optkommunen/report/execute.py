"""Chapters are run by papermill, top to bottom, each in a kernel of its own; a failing cell is named."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from papermill import PapermillExecutionError, execute_notebook
from tqdm import tqdm

from optkommunen.errors import ReportError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from optkommunen.data.catalogue import Lang
    from optkommunen.returns.secrecy import Secrecy

TAG, INJECTED = "parameters", "injected-parameters"
"""Of the one cell of a chapter that sets what may be changed; of the cell that papermill puts after it."""

AT_ONCE = 2
"""Kernels that run side by side; more than a small machine has cores only makes them wait for each other."""

LIMIT = 600
"""Seconds that one cell may take; the longest of the bundled chapters takes a few."""


def find(folder: Path) -> tuple[Path, ...]:
    """Notebooks of a folder in reading order, which is the order of their names.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("01_rings.ipynb", "00_overview.ipynb", "notes.txt"):
    ...         (Path(folder) / name).touch()
    ...     [path.stem for path in find(Path(folder))]
    ['00_overview', '01_rings']
    """
    paths = tuple(sorted(folder.glob("*.ipynb")))
    if not paths:
        message = (
            f"A report is built from notebooks; {folder.as_posix()} holds no .ipynb file. "
            "Name the folder that does: optkommunen report --notebooks DIR."
        )
        raise ReportError(message)
    return paths


def read(path: Path) -> NotebookNode:
    """Notebook in format 4.5; a cell without id is given one by its position, so that it stays the same.

    Parameters
    ----------
    path : Path of an .ipynb file.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        cells, major = raw["cells"], raw["nbformat"]
    except (ValueError, KeyError) as error:
        message = (
            f"A notebook is a JSON file in nbformat 4; {path.name} is not ({error!r}). "
            "Open and save it in JupyterLab, or remove it from the folder."
        )
        raise ReportError(message) from error
    if major != 4:
        message = f"Notebooks are read in nbformat 4; {path.name} is in {major}. Save it anew in JupyterLab."
        raise ReportError(message)
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number:02d}")
    raw["nbformat_minor"] = max(raw.get("nbformat_minor", 0), 5)
    return nbformat.reads(json.dumps(raw), as_version=4)


def run(
    paths: Sequence[Path],
    *,
    progress: bool = True,
    returns: Path | Sequence[Path] | None = None,
    secrecy: Secrecy | None = None,
    lang: Lang | None = None,
    indicators: Path | None = None,
    parameters: Sequence[Mapping[str, Any]] | None = None,
    limit: int = LIMIT,
) -> tuple[NotebookNode, ...]:
    """Execute notebooks, two at a time, with a progress bar on stderr.

    Parameters are set in the copy that is run, in a cell of their own after the one tagged ``parameters``.

    Parameters
    ----------
    paths : sequence of Path, shape (n,)
    progress : bool, default True
        Whether the bar is shown.
    returns : Path, sequence of Path or None, default None
        A researcher's returns, one or several files: ``RETURNS`` of every chapter that has this parameter.
    secrecy : {"on", "off"} or None, default None
        Whether figures of one or two persons in them are protected: ``SECRECY`` likewise; None leaves what stands
        there. On needs no parameter: returns are loaded so.
    lang : {"de", "en"} or None, default None
        Language of figures, numbers and names of indicators: ``LANG`` of every chapter; None leaves what stands there.
    indicators : Path or None, default None
        TOML file of a researcher's own indicators, which every kernel puts into its catalogue at its start.
    parameters : sequence of mappings or None, shape (n,), default None
        Further parameters of each notebook by name: texts, numbers, None, lists or dictionaries of these.
    limit : int, default 600
        Seconds that a cell may take.

    Returns
    -------
    tuple of NotebookNode, shape (n,), executed, in the order given; the files are not changed.

    Raises
    ------
    ReportError
        A cell failed or took too long, or a kernel died: names notebook and cell. The other notebooks are stopped. Or a
        parameter is given that the notebook, or for what is meant for all every notebook, lacks.
    """
    notebooks = [read(path) for path in paths]
    own = [returns] if isinstance(returns, Path) else list(returns or [])
    named = [path.as_posix() for path in own]
    given = {"RETURNS": named[0] if len(named) == 1 else named or None, "SECRECY": secrecy, "LANG": lang}
    if secrecy == "on" and not any("SECRECY" in _names(notebook) for notebook in notebooks):
        given["SECRECY"] = None
    values = _values(paths, notebooks, {k: v for k, v in given.items() if v is not None}, parameters)
    arguments = ["--log-level=CRITICAL"]  # notes on loopback traffic or on a stop would break the progress bar
    if indicators is not None:
        line = f"import optkommunen; optkommunen.define({indicators.as_posix()!r})"
        arguments.append(f"--IPKernelApp.exec_lines={line}")
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    total = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in cells)
    with tqdm(total=total, desc="notebooks", unit="cell", disable=not progress) as bar, ThreadPool(AT_ONCE) as pool:
        one = partial(_run_one, arguments=arguments, limit=limit, bar=bar, stop=Event())
        executed = pool.starmap(one, zip(paths, notebooks, values, strict=True), chunksize=1)
    return tuple(_by_name(executed, [path for path in (*own, indicators) if path is not None]))


def _values(
    paths: Sequence[Path],
    notebooks: Sequence[NotebookNode],
    for_all: Mapping[str, Any],
    parameters: Sequence[Mapping[str, Any]] | None,
) -> list[dict[str, Any]]:
    """Parameters of each notebook: those for all that it has, and its own."""
    names = [_names(notebook) for notebook in notebooks]
    own = [{}] * len(paths) if parameters is None else parameters
    lacking = {name: paths for name in for_all if not any(name in known for known in names)}
    for path, known, mine in zip(paths, names, own, strict=True):
        lacking |= {name: [path] for name in mine if name not in known}
    for name, where in lacking.items():
        message = (
            f"A parameter is one that the notebook's cell tagged {TAG!r} sets; {name} is set by none of "
            f"{', '.join(path.name for path in where)}. Write a line {name} = … into that cell, or leave it out."
        )
        raise ReportError(message)
    return [
        {name: value for name, value in for_all.items() if name in known} | dict(mine)
        for known, mine in zip(names, own, strict=True)
    ]


def _names(notebook: NotebookNode) -> set[str]:
    """Names that the cell of parameters sets."""
    source = "\n".join(cell.source for cell in notebook.cells if TAG in _tags(cell))
    return {name for line in re.findall(r"^(\w+(?:, *\w+)*) *=(?!=)", source, re.M) for name in re.split(", *", line)}


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


class _Kernel(AsyncKernelManager):
    """A kernel with one thread for small algebra and the notebook's own way of drawing."""

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        picture = {"OPTKOMMUNEN_STATIC": "1"}  # ok.explore stands as a picture where a notebook is stored
        await super().start_kernel(env=inherited | one_thread | picture, **options)


class _StoppedError(Exception):
    """Another notebook failed, so this one need not go on."""


def _run_one(
    path: Path,
    notebook: NotebookNode,
    values: dict[str, Any],
    *,
    arguments: list[str],
    limit: int,
    bar: tqdm,
    stop: Event,
) -> NotebookNode:
    started: list[NotebookNode] = []

    def on_start(cell: NotebookNode, cell_index: int) -> None:
        if stop.is_set():
            raise _StoppedError
        if INJECTED not in _tags(cell):
            started.append(cell)

    def on_end(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        bar.set_postfix_str(path.stem, refresh=False)
        bar.update(INJECTED not in _tags(cell))

    if stop.is_set():
        raise _StoppedError
    try:
        executed = execute_notebook(
            notebook,
            None,
            values,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=limit,
            iopub_timeout=limit,  # a slow machine loses no output
            record_timing=False,  # no wall-clock time in what is stored
            coalesce_streams=True,  # how often a kernel flushes does not show in what is stored
            kernel_manager_class=_Kernel,
            extra_arguments=arguments,
            resources={"metadata": {"path": str(path.parent)}},
            on_cell_execute=on_start,
            on_cell_executed=on_end,
        )
        if executed.metadata.papermill["exception"]:  # papermill takes sys.exit() for a good end
            raise PapermillExecutionError(0, 0, "", "SystemExit", "the cells below were not run", [])
    except (PapermillExecutionError, TimeoutError, DeadKernelError) as error:
        stop.set()
        raise _failure(path, started, _what(error, limit)) from None
    except BaseException:
        stop.set()
        raise
    finally:
        asyncio.get_event_loop().close()  # jupyter_client has opened one for this thread
    return _without_papermill(executed)


def _by_name(executed: list[NotebookNode], files: Sequence[Path]) -> list[NotebookNode]:
    """What was run, where files of one's own stand with their name alone: where they lie is nobody's business."""
    names = {
        full: name
        for file in files
        for path in (file.resolve(), file)
        for full, name in zip(_spellings(path.as_posix()), _spellings(file.name), strict=True)
    }
    any_of = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    found = re.compile(rf"(?<![\w.-])(?<!\w/)(?:{any_of})(?![\w-])")  # whole: neither end nor beginning of another path
    return _replaced(executed, found, names) if files else executed


def _spellings(text: str) -> tuple[str, ...]:
    """As it is printed, set by papermill, shown by Python, and written in HTML."""
    escaped = text.encode("unicode_escape").decode().replace('"', r"\"")
    return text, escaped, repr(text)[1:-1], html.escape(text)


def _replaced(part: Any, found: re.Pattern[str], names: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        return found.sub(lambda match: names[match[0]], part)
    if isinstance(part, dict):
        for key, value in part.items():
            part[key] = _replaced(value, found, names)
    elif isinstance(part, list):
        part[:] = [_replaced(value, found, names) for value in part]
    return part


def _without_papermill(notebook: NotebookNode) -> NotebookNode:
    """Without times and versions; the cell put in has an id that stays."""
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill")
        if part.metadata.get("tags") == []:
            del part.metadata["tags"]
    for cell in notebook.cells:
        if INJECTED in _tags(cell):
            cell.id = INJECTED
    return notebook


def _what(error: Exception, limit: int) -> str:
    if isinstance(error, PapermillExecutionError):
        return f"{error.ename}: {next(filter(str.strip, error.evalue.splitlines()), '').strip()}"
    if isinstance(error, DeadKernelError):
        return "the kernel died, as it does when memory runs out"
    return f"it took longer than {limit} seconds"


def _failure(path: Path, started: list[NotebookNode], what: str) -> ReportError:
    """The cell by the number JupyterLab shows beside it and by its first line: ``code cell [3] ("table = …")``."""
    line = started[-1].source.strip().splitlines()[0] if started else ""
    message = (
        f'Every cell has to run; {path.name}, code cell [{len(started)}] ("{line}") failed: {what}\n'
        f"Open {path.name} in JupyterLab, run it up to this cell, mend it, and start again. "
        "What was built before is unchanged."
    )
    return ReportError(message)
