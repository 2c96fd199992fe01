"""The command line: `optkommunen template`, `check`, `report` and `data`."""

from __future__ import annotations

import argparse
import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optkommunen import __version__
from optkommunen.errors import OptkommunenError, ReportError

if TYPE_CHECKING:
    from optkommunen.returns.read import Secrecy


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : words after `optkommunen`; those of the process if None.

    Returns
    -------
    int
        Exit code: 0; 1 with one message on stderr where the package refused on purpose, or if a check found errors.

    Examples
    --------
    >>> main(["report", "--notebooks", "no/such/folder", "--output", "no/such/report"])
    1
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a letter shows another, and goes on
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    told = sys.unraisablehook
    try:
        return options.command(options) or 0
    except OptkommunenError as error:
        print(f"optkommunen: {error}", file=sys.stderr)
        sys.unraisablehook = lambda _: None  # on a full disk a sheet that is still open fails once more
    except OSError as error:
        found = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"optkommunen: a file or folder could not be used; {found}. Choose another.", file=sys.stderr)
    gc.collect()
    sys.unraisablehook = told
    return 1


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


def one_or_several(paths: list[Path] | None) -> Path | list[Path] | None:
    """The file that is named, or the list if there are several.

    Examples
    --------
    >>> one_or_several([Path("2008.xlsx")]) == Path("2008.xlsx"), one_or_several(None)
    (True, None)
    """
    return paths[0] if paths and len(paths) == 1 else paths


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="optkommunen", description="Benchmarking of the 69 Optionskommunen.")
    parser.add_argument("--version", action="version", version=f"optkommunen {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    template = commands.add_parser("template", help="write an empty workbook for returns")
    template.add_argument("--period", nargs="+", required=True, metavar="YEAR", help="years to report")
    template.add_argument(
        "--out", type=Path, default=Path("returns.xlsx"), metavar="FILE", help="default: returns.xlsx"
    )
    template.add_argument(
        "--kommune", nargs="+", metavar="NAME", help="keys or names of those that report (default: all 69)"
    )
    template.add_argument("--lang", choices=("de", "en"), help="language of heads and explanations (default: en)")
    template.set_defaults(command=_template)

    check = commands.add_parser("check", help="list everything that is wrong with files of returns")
    check.add_argument("returns", nargs="+", type=Path, metavar="FILE", help="workbooks, folders, or CSV files")
    check.add_argument("--annotated", type=Path, metavar="FILE", help="copy to write, with every finding marked")
    check.add_argument("--lang", choices=("de", "en"), help="language of the findings (default: en)")
    check.set_defaults(command=_check)

    report = commands.add_parser("report", help="execute the notebooks, build the HTML report, print its path")
    report.add_argument("--notebooks", type=Path, metavar="DIR", help="folder of the notebooks (default: notebooks)")
    report.add_argument("--output", type=Path, metavar="DIR", help="folder of the report (default: build/report)")
    _add_returns(report)
    report.add_argument("--indicators", type=Path, metavar="FILE", help="your own indicators, a TOML file")
    report.add_argument("--lang", choices=("de", "en"), help="language of the figures (default: en)")
    report.set_defaults(command=_report)

    data = commands.add_parser("data", help="write all tables and a codebook for R, Stata and Excel")
    data.add_argument("--output", type=Path, metavar="DIR", help="folder of the tables (default: data/processed)")
    _add_returns(data)
    data.add_argument("--lang", choices=("de", "en"), help="language of the labels for Stata (default: en)")
    data.set_defaults(command=_data)
    return parser


def _add_returns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--returns",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="your own returns: workbook or folder of CSV files, several of several years (default: invented)",
    )
    parser.add_argument(
        "--secrecy",
        choices=("on", "off"),
        help="off: also show figures of one or two persons of your returns (default: on)",
    )


def _secrecy(options: argparse.Namespace) -> Secrecy:
    if options.secrecy and not options.returns:
        message = (
            f"Secrecy is about the persons in your own returns; found --secrecy {options.secrecy} without --returns. "
            "Add --returns FILE, or leave it out."
        )
        raise OptkommunenError(message)
    return options.secrecy or "on"


def _template(options: argparse.Namespace) -> None:
    from optkommunen.front.own_returns import template

    print(template(options.out, period=options.period, kommunen=options.kommune, lang=options.lang))


def _check(options: argparse.Namespace) -> int:
    """Findings grouped by kind: the rule once, then each place and what stands there."""
    from optkommunen.front.own_returns import check_returns
    from optkommunen.words import translate

    path = options.returns[0] if len(options.returns) == 1 else options.returns
    result = check_returns(path, annotated=options.annotated, lang=options.lang)
    told: dict[str, list[str]] = {}
    for row in result.table.to_dict("records"):
        rule = f"{translate(row['severity'], options.lang).upper()}: {row['rule']}. {row['way_out']}"
        sheet = [row["file"], row["sheet"]] if len(options.returns) > 1 else [row["sheet"] or row["file"]]
        where = " ".join(filter(None, (*sheet, row["cells"], row["column"])))
        told.setdefault(rule, []).append(f"  {where}: {row['found']}")
    for rule, places in told.items():
        print(rule, *places, sep="\n")
    print(result.summary(options.lang))
    return int(result.facts["errors"] > 0)


def _report(options: argparse.Namespace) -> None:
    from optkommunen import report

    project = Path.cwd() if options.notebooks else project_folder()
    notebooks = options.notebooks or project / "notebooks"
    output = options.output or project / "build" / "report"
    own = {"returns": one_or_several(options.returns), "secrecy": _secrecy(options), "indicators": options.indicators}
    print(report.build(notebooks, output, lang=options.lang, **own))


def _data(options: argparse.Namespace) -> None:
    from optkommunen.front.processed import write
    from optkommunen.returns.read import load_returns

    path, secrecy = one_or_several(options.returns), _secrecy(options)
    returns = load_returns(path, secrecy=secrecy) if path else None
    for path in write(options.output or Path("data/processed"), returns, options.lang):
        print(path)
