"""The command line: `optkommunen report` and `optkommunen data`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from optkommunen import __version__
from optkommunen.errors import OptkommunenError, ReportError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : words after `optkommunen`; those of the process if None.

    Returns
    -------
    int
        Exit code: 0, or 1 with one message on stderr where the package refused on purpose.

    Examples
    --------
    >>> main(["report", "--notebooks", "no/such/folder", "--output", "no/such/report"])
    1
    """
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except OptkommunenError as error:
        print(f"optkommunen: {error}", file=sys.stderr)
        return 1
    return 0


def project_folder(start: Path | None = None) -> Path:
    """Folder whose `notebooks` are meant: the current one, else that of an editable checkout.

    Parameters
    ----------
    start : folder that is looked at first; the current one if None.

    Raises
    ------
    ReportError
        Neither holds a folder `notebooks`.
    """
    here = start or Path.cwd()
    checkout = Path(__file__).resolve().parents[1]
    for folder in (here, checkout):
        if (folder / "notebooks").is_dir():
            return folder
    message = (
        f"The report is built from a folder `notebooks`; there is none in {here}. "
        "Go to the checkout of the project, or name the folder: optkommunen report --notebooks DIR."
    )
    raise ReportError(message)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="optkommunen", description="Benchmarking of the 69 Optionskommunen.")
    parser.add_argument("--version", action="version", version=f"optkommunen {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    report = commands.add_parser("report", help="execute the notebooks, build the HTML report, print its path")
    report.add_argument("--notebooks", type=Path, metavar="DIR", help="folder of the notebooks (default: notebooks)")
    report.add_argument("--output", type=Path, metavar="DIR", help="folder of the report (default: build/report)")
    report.add_argument(
        "--returns",
        type=Path,
        metavar="FILE",
        help="your own returns: workbook or folder of CSV files (default: invented)",
    )
    report.add_argument("--indicators", type=Path, metavar="FILE", help="your own indicators, a TOML file")
    report.add_argument("--lang", choices=("de", "en"), help="language of the figures (default: en)")
    report.set_defaults(command=_report)

    data = commands.add_parser("data", help="write all tables and a codebook for R, Stata and Excel")
    data.add_argument("--output", type=Path, metavar="DIR", help="folder of the tables (default: data/processed)")
    data.add_argument(
        "--returns",
        type=Path,
        metavar="FILE",
        help="your own returns: their indicators are written (default: invented)",
    )
    data.add_argument("--lang", choices=("de", "en"), help="language of the labels for Stata (default: en)")
    data.set_defaults(command=_data)
    return parser


def _report(options: argparse.Namespace) -> None:
    from optkommunen import report

    project = Path.cwd() if options.notebooks else project_folder()
    notebooks = options.notebooks or project / "notebooks"
    output = options.output or project / "build" / "report"
    own = {"returns": options.returns, "indicators": options.indicators}
    print(report.build(notebooks, output, lang=options.lang, **own))


def _data(options: argparse.Namespace) -> None:
    from optkommunen.front.processed import write
    from optkommunen.returns.read import load_returns

    returns = load_returns(options.returns) if options.returns else None
    for path in write(options.output or Path("data/processed"), returns, options.lang):
        print(path)
