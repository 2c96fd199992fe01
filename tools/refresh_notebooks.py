"""Execute every notebook top to bottom and store its outputs: `make notebooks`.

What is stored depends on code and data alone: no time stamps, no version of the running Python, ids that
stay. A second run changes no byte. Nothing is written unless every notebook ran.

    python tools/refresh_notebooks.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from optkommunen.errors import OptkommunenError
from optkommunen.front.export import whole_file
from optkommunen.report import execute

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def refresh(folder: Path, *, progress: bool = True) -> list[Path]:
    """Store the outputs of all notebooks of a folder; returns the files whose bytes changed."""
    paths = execute.find(folder)
    notebooks = execute.run(paths, progress=progress)
    changed = []
    for path, notebook in zip(paths, notebooks, strict=True):
        text = stored(notebook)
        if text != path.read_text(encoding="utf-8"):
            with whole_file(path) as part:
                part.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def stored(notebook: NotebookNode) -> str:
    """Text of a notebook file: indent 1, sorted keys, non-ASCII as it is, newline at the end."""
    notebook.metadata = {"kernelspec": KERNEL}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    try:
        changed = refresh(folder)
    except OptkommunenError as error:
        print(error, file=sys.stderr)
        return 1
    for path in changed:
        print(f"changed: {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
