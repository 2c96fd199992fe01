"""Notebooks are run top to bottom, each in a kernel of its own, and a failing cell is named."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optkommunen.errors import ReportError

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from tqdm import tqdm

    from optkommunen.data.catalogue import Lang

SETTINGS = {"RETURNS": "None", "LANG": '"en"'}
"""Lines of a notebook that a report may set, as they stand there: invented returns; figures in English."""

AT_ONCE = 2
"""Kernels that run side by side; more than a small machine has cores only makes them wait for each other."""


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
    import nbformat

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
    returns: Path | None = None,
    lang: Lang | None = None,
    indicators: Path | None = None,
) -> tuple[NotebookNode, ...]:
    """Execute notebooks, two at a time, with a progress bar on stderr.

    Parameters
    ----------
    paths : sequence of Path, shape (n,)
    progress : whether the bar is shown.
    returns : a researcher's returns, put in the place of the line ``RETURNS = None`` of the notebooks.
    lang : language of figures, numbers and names of indicators, put in the place of ``LANG = "en"``; None leaves
        what stands there.
    indicators : TOML file of a researcher's own indicators, which every kernel puts into its catalogue at its start.

    Returns
    -------
    tuple of NotebookNode, shape (n,), executed, in the order given; the files are not changed.

    Raises
    ------
    ReportError
        A cell failed or a kernel died: names notebook and cell. The other notebooks are stopped. Or `returns` or
        `lang` is given and no notebook has the line.
    """
    from tqdm import tqdm

    notebooks = tuple(read(path) for path in paths)
    given = {"RETURNS": None if returns is None else returns.as_posix(), "LANG": lang}
    for name, value in given.items():
        if value is not None and not sum([_put(name, value, notebook) for notebook in notebooks]):
            line = f"{name} = {SETTINGS[name]}"
            message = (
                f"{name} is set in the place of the line {line!r} in a notebook's first cells; none of "
                f"{', '.join(path.name for path in paths)} has it. "
                "Write it there as it stands here, or build the report without."
            )
            raise ReportError(message)
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    total = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in cells)
    with tqdm(total=total, desc="notebooks", unit="cell", disable=not progress) as bar:
        asyncio.run(_run_all(paths, notebooks, bar, _kernel_arguments(indicators)))
    return notebooks


def _put(name: str, value: str, notebook: NotebookNode) -> bool:
    """Set a name where the notebook sets it to what `SETTINGS` says; whether it did."""
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        places = [i for i, line in enumerate(lines) if line.partition("#")[0].rstrip() == f"{name} = {SETTINGS[name]}"]
        if cell.cell_type == "code" and places:
            lines[places[0]] = f"{name} = {value!r}"
            cell.source = "\n".join(lines)
            return True
    return False


class _StoppedError(Exception):
    """Another notebook failed, so this one need not go on."""


def _kernel_arguments(indicators: Path | None) -> list[str]:
    """What each kernel is started with."""
    arguments = ["--log-level=ERROR"]  # a note on loopback traffic would break the progress bar
    if indicators is not None:
        line = f"import optkommunen; optkommunen.define({indicators.as_posix()!r})"
        arguments.append(f"--IPKernelApp.exec_lines={line}")
    return arguments


async def _run_all(paths: Sequence[Path], notebooks: Sequence[NotebookNode], bar: tqdm, arguments: list[str]) -> None:
    # Stopped at the next cell rather than cancelled: a kernel cancelled while it starts is left running.
    free, stop = asyncio.Semaphore(AT_ONCE), asyncio.Event()
    pairs = zip(paths, notebooks, strict=True)
    runs = (_run_one(path, notebook, bar, arguments, free, stop) for path, notebook in pairs)
    for outcome in await asyncio.gather(*runs, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, _StoppedError):
            raise outcome


async def _run_one(
    path: Path,
    notebook: NotebookNode,
    bar: tqdm,
    arguments: list[str],
    free: asyncio.Semaphore,
    stop: asyncio.Event,
) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    started = 0

    def on_start(cell: NotebookNode, cell_index: int) -> None:
        nonlocal started
        started = cell_index
        if stop.is_set():
            raise _StoppedError

    def on_end(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        bar.set_postfix_str(path.stem, refresh=False)
        bar.update()

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=None,
        record_timing=False,  # no wall-clock time in what is stored
        coalesce_streams=True,  # how often a kernel flushes does not show in what is stored
        extra_arguments=arguments,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=on_start,
        on_cell_executed=on_end,
    )
    async with free:
        if stop.is_set():
            raise _StoppedError
        try:
            await client.async_execute(env=_environment())
        except CellExecutionError as error:
            stop.set()
            what = next((line for line in error.evalue.splitlines() if line.strip()), "")
            raise _failure(path, notebook, started, f"{error.ename}: {what.strip()}") from None
        except DeadKernelError:
            stop.set()
            what = "the kernel died, as it does when memory runs out"
            raise _failure(path, notebook, started, what) from None
        except BaseException:
            stop.set()
            raise


def _failure(path: Path, notebook: NotebookNode, index: int, what: str) -> ReportError:
    message = (
        f"Every cell has to run; {path.name}, {_cell_name(notebook, index)} failed: {what}\n"
        f"Open {path.name} in JupyterLab, run it up to this cell, mend it, and start again. "
        "What was built before is unchanged."
    )
    return ReportError(message)


def _cell_name(notebook: NotebookNode, index: int) -> str:
    """`code cell [3] ("table = ok.load_context()")`: the number JupyterLab shows beside the cell."""
    ran = [cell for cell in notebook.cells[: index + 1] if cell.cell_type == "code" and cell.source.strip()]
    return f'code cell [{len(ran)}] ("{ran[-1].source.strip().splitlines()[0]}")'


def _environment() -> dict[str, str]:
    """Environment of the kernels: one thread for small algebra, the notebook's own way of drawing."""
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return inherited | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
