"""Robustness: how many faults of each class the check of returns tells, and how often it suspects sound returns.

    python -m benchmarks.robustness [DRAWS [FIRST]]

(`make robustness`: 9,000 faults in 12 × 36 months, 1,000 in 69 × 36.) Each draw plants one fault (module `mutations`)
in a set of returns (module `sets`: every second one rough, two of five in part), writes it as a workbook or as CSV
files, and reads them. A fault is silent if no finding touches a row or column of it. The classes were fixed before
anything was measured: *form* must never be silent, *visible* in at most 1 % (rough: 3 %). Sound sets must have no
error, and at most 3 warnings in 95 %. The full run writes, beside this file,

* robustness.csv: share of silent faults by class, fault, number of municipalities and roughness; findings of sound
  sets; damage to files in official layouts (`tests.loaders.damage`, invented figures) that changes values unsaid;
* robustness_noise.csv: figures off by less than a factor of nine: share found by size of change, count and column;
* robustness_sources.csv: what only another source shows: share found by the official eHb, by any rule, and asked by a
  declaration.

The same on any number of cores. Pieces are kept under build/robustness: a run that was stopped goes on, unless the code
has changed.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import sys
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from benchmarks.mutations import FAULTS, FORM, NotHereError, Sheets
from benchmarks.sets import PARTS, Lines, lines_of, returns_of, write
from benchmarks.study import kept_study
from optkommunen.errors import FileFormatError
from optkommunen.loaders.official import read_official
from optkommunen.returns.check import Reading, read
from optkommunen.returns.columns import COUNTS, TABLES, table, title_of
from optkommunen.returns.read import load_returns
from optkommunen.values import KEY
from tests.loaders import invented
from tests.loaders.damage import DAMAGE, across

TABLE = Path(__file__).with_suffix(".csv")
NOISE, SOURCES = TABLE.with_stem("robustness_noise"), TABLE.with_stem("robustness_sources")
DRAWS = 9_000
FIRST = 3_000_000
"""First seed of the committed tables. Smaller ones were looked at while thresholds were chosen."""

_PART = 100_000
"""Seeds of each part of the study lie this far apart."""

SETS = {12: 60, 69: 20}
"""Different sets into which faults are planted, half of them rough, by number of municipalities."""

TODAY = datetime.date(2026, 11, 1)
_CHANGES = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0)
_TIMES = 3
"""How often each change, up and down, is made in a set."""

_SIZES = {"below 20": 20, "20 to 99": 100, "100 and more": np.inf}
AREAS = (1.1, 1.25, 1.4, 1.4, 1.6)
OTHERS = ("Minijobs not counted", "housing within transfers")
ASKED = {"area": "area", OTHERS[0]: "minijobs", OTHERS[1]: "kdu_in_transfers"}
"""What only another source shows, and the declaration that asks for it."""


LAYOUTS: dict[str, Callable[[int], Any]] = {
    "times in rows": invented.genesis,
    "times in columns": lambda year: across(invented.genesis(year)),
    "flat file": invented.flat,
    "INKAR": invented.inkar,
}


@functools.lru_cache(maxsize=100)
def sound_tables(number: int, base: int) -> dict[str, pd.DataFrame]:
    """One of the sets of a run, by its seed: the odd ones rough, two of five in part."""
    return returns_of(base, number, rough=bool(base % 2), part=PARTS[base // 2 % len(PARTS)])


@functools.lru_cache(maxsize=100)
def sound_lines(number: int, base: int) -> Lines:
    """Lines of that set."""
    return lines_of(sound_tables(number, base))


def read_written(lines: Lines, *, is_csv: bool, **options: Any) -> Reading:
    """The lines as they come back from files."""
    formats = options.pop("formats", None)
    with tempfile.TemporaryDirectory() as folder:
        return read(write(Path(folder), lines, is_csv=is_csv, formats=formats), today=TODAY, **options)


@functools.lru_cache(maxsize=100)
def told_of_sound(number: int, base: int) -> frozenset[tuple[str, tuple[tuple[int, int], ...]]]:
    """Kind and places of the findings of that set without a fault."""
    found = read_written(sound_lines(number, base), is_csv=True).findings
    return frozenset((finding.kind, finding.places) for finding in found)


def is_told(reading: Reading, sheets: Sheets, before: Collection[object], *, by_row: bool) -> bool:
    """Whether a finding that the sound file has not covers a cell that was changed, or its column or sheet.

    By row: any cell of a row that was changed will do (a key and a name that disagree are told at one of them).
    """
    for finding in reading.findings:
        where = Path(finding.file).stem if sheets.is_csv else finding.sheet
        here = [place for place in sheets.touched if place[0] == where]
        if not here or (finding.kind, finding.places) in before:
            continue
        if not finding.places:
            return True
        for row, column in finding.places:
            if any(row in (0, 1, at) and (by_row or column in (0, number) or number == 0) for _, at, number in here):
                return True
    return False


def _base(seed: int, rng: np.random.Generator, number: int) -> int:
    """Seed of the set of a draw: rough ones for odd seeds."""
    return seed // _PART * _PART + 2 * int(rng.integers(SETS[number] // 2)) + seed % 2


def draw(seed: int, number: int = 12) -> dict[str, Any]:
    """Plant one fault and read the file."""
    rng = np.random.default_rng([seed, 1])
    is_csv, name = bool(rng.random() < 0.5), sorted(FAULTS)[seed // 2 % len(FAULTS)]
    kind, plant = FAULTS[name]
    for _ in range(200):
        base = _base(seed, rng, number)
        lines = sound_lines(number, base)
        sheets = Sheets({table: [list(line) for line in rows] for table, rows in lines.items()}, rng, is_csv)
        try:
            plant(sheets)
        except NotHereError:
            continue
        if sheets.lines != lines:
            break
    else:
        return {}
    reading = read_written(sheets.lines, is_csv=is_csv, formats=sheets.formats)
    told = is_told(reading, sheets, told_of_sound(number, base), by_row=kind == FORM)
    found = {"study": kind, "what": name, "units": number, "rough": bool(base % 2)}
    return found | {"csv": is_csv, "seed": seed, "silent": not told}


def large(seed: int) -> dict[str, Any]:
    """One fault in returns of all 69."""
    return draw(seed, 69)


def sound(seed: int) -> list[dict[str, Any]]:
    """Findings of a set without a fault, for 69, 12 and one municipality; every second pair as workbook."""
    rows = []
    for number in (69, 12, 1):
        reading = read_written(lines_of(sound_tables(number, seed)), is_csv=bool(seed // 2 % 2))
        counts = {"errors": len(reading.errors), "warnings": len(reading.warnings)}
        rows.append({"study": "sound", "what": "", "units": number, "rough": bool(seed % 2), "seed": seed, **counts})
    return rows


def noise(seed: int) -> list[dict[str, Any]]:
    """Figures that are off by less than a factor of nine, each in a series of its own."""
    rng = np.random.default_rng([seed, 2])
    lines = sound_lines(12, _base(seed, rng, 12))
    sheets = Sheets({name: [list(line) for line in rows] for name, rows in lines.items()}, rng, is_csv=True)
    changes, series = [], set()
    for factor in _CHANGES * 2 * _TIMES:
        direction = factor if rng.random() < 0.5 else 1 / factor
        name, row, column = sheets.cell((*COUNTS, "amount"), 1)
        before, own = sheets.at(name, row, column), (column, sheets.at(name, row, "kommune"))
        if own in series or round(before * direction) == before:
            continue
        series.add(own)
        sheets.put(name, row, column, round(before * direction))
        size = next(size for size, below in _SIZES.items() if before < below)
        place = (row, sheets.lines[name][0].index(column) + 1)
        changes.append((name, place, {"change": factor, "count": size, "column": column, "rough": bool(seed % 2)}))
    findings = read_written(sheets.lines, is_csv=True).findings
    told = {(Path(finding.file).stem, place) for finding in findings for place in finding.places}
    return [what | {"found": (name, place) in told} for name, place, what in changes]


def other_source(seed: int) -> dict[str, Any]:
    """A municipality that reports another area, or counts something else: found, or asked by a declaration."""
    rng = np.random.default_rng([seed, 3])
    tables = {name: frame.copy() for name, frame in sound_tables(12, _base(seed, rng, 12)).items()}
    monthly = tables["monthly"]
    years = monthly.assign(period=monthly["period"].str[:4])
    means = years.groupby([KEY, "period"])["ehb"].mean().astype(float)
    official = means.mul(np.exp(rng.normal(0, 0.03, len(means)))).rename("value").reset_index()
    key = str(rng.choice(sorted(monthly[KEY].unique())))
    cases = (*AREAS, *(other for other in OTHERS if other != OTHERS[1] or "annual" in tables))
    case = cases[seed // 2 % len(cases)]
    if isinstance(case, float):
        factor = case if rng.random() < 0.5 else 1 / case
        _scale(monthly, key, table("monthly").numbers, factor)
    elif case == OTHERS[0]:
        _scale(monthly, key, ["ehb_employed"], 0.6)
    else:
        annual = tables["annual"]
        annual["cost_transfers"] += annual["cost_kdu"].where(annual[KEY] == key, 0)
    what = f"area, {100 * (case - 1):.0f} %" if isinstance(case, float) else case
    lines = lines_of(tables)
    rows = {name: [row for row, line in enumerate(lines[name], 1) if line[0] == key] for name in lines}
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), lines, is_csv=True)
        reading = read(path, {"ehb": official}, today=TODAY)
        caveats = load_returns(path).caveats("en") if not reading.errors else []
    kinds = {
        finding.kind
        for finding in reading.findings
        if any(row in rows[Path(finding.file).stem] for row, _ in finding.places)
    }
    question = title_of(ASKED["area" if what.startswith("area") else what], "en")
    asked = any(question in caveat for caveat in caveats)
    return {
        "what": what,
        "rough": bool(seed % 2),
        "official": "official" in kinds,
        "check": bool(kinds),
        "asked": asked,
    }


def official_file(seed: int) -> dict[str, Any]:
    """One kind of damage to a file in an official layout: silent if it is read with other values."""
    turn, at = divmod(seed % _PART, len(LAYOUTS))
    layout, damage = sorted(LAYOUTS)[at], DAMAGE[sorted(DAMAGE)[turn % len(DAMAGE)]]
    csv = LAYOUTS[layout](2014 + turn // len(DAMAGE))
    columns = ["key", "period", "variable", "unit", "value", "marker", "name", "level", "area_status"]
    frames = []
    with tempfile.TemporaryDirectory() as folder:
        for raw in (csv.bytes(), damage(csv)):
            path = Path(folder) / "download.csv"
            path.write_bytes(raw)
            try:
                frame = read_official(path)
            except FileFormatError:
                continue
            frames.append(frame[columns].sort_values(columns[:4]).reset_index(drop=True))
    found = {"study": "official file", "what": layout, "units": None, "rough": False, "csv": True, "seed": seed}
    return found | {"silent": len(frames) == 2 and not frames[0].equals(frames[1])}


def _scale(frame: pd.DataFrame, key: str, columns: list[str], factor: float) -> None:
    rows = frame[KEY] == key
    for column in columns:
        frame.loc[rows, column] = (frame.loc[rows, column].astype(float) * factor).round().astype("Int64")


def summary(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Shares of faults that stay silent, and quantiles of findings of sound sets."""
    frame = pd.DataFrame([row for row in rows if row])
    faults = frame[frame["silent"].notna()].astype({"silent": float})
    by = ["study", "what", "units", "rough"]
    parts = [faults.assign(what="all"), faults]
    shares = [part.groupby(by, dropna=False)["silent"].agg(n="size", silent="mean").reset_index() for part in parts]
    sets = frame[frame["study"] == "sound"]
    quiet = sets.groupby(by).agg(
        n=("seed", "size"),
        errors=("errors", "sum"),
        warnings_95=("warnings", lambda counts: np.quantile(counts, 0.95, method="higher")),
        at_most_3=("warnings", lambda counts: (counts <= 3).mean()),
    )
    whole = dict.fromkeys(["units", "errors", "warnings_95"], "Int64")
    every = pd.concat([*shares, quiet.reset_index()], ignore_index=True).astype(whole)
    return every.sort_values(["study", "units", "rough", "what"], ignore_index=True)


def summary_of_noise(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Share found by size of change and count, and by size of change and column."""
    frame = pd.DataFrame(rows).astype({"found": float})
    by = ["change", "count", "column"]
    parts = [frame.assign(column="all"), frame.assign(count="all")]
    shares = pd.concat([part.groupby(by)["found"].agg(n="size", found="mean").reset_index() for part in parts])
    sizes = {size: at for at, size in enumerate((*_SIZES, "all"))}
    order = {column: at for at, column in enumerate(["all", *(c for name in TABLES for c in table(name).columns)])}
    return shares.sort_values(by, key=lambda values: values.replace(sizes).replace(order), ignore_index=True)


def summary_of_sources(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Share found by the official eHb, by any rule of the check, and asked by a declaration."""
    shares = ["official", "check", "asked"]
    groups = pd.DataFrame(rows).astype(dict.fromkeys(shares, float)).groupby(["what", "rough"])
    return pd.concat([groups.size().rename("n"), groups[shares].mean()], axis=1).reset_index()


def state() -> str:
    """First digits of a hash of what the study runs: the package and this study."""
    root = TABLE.parents[1]
    files = [*(root / "optkommunen").rglob("*.py"), *(root / "optkommunen/returns").glob("*.toml")]
    files += [TABLE.with_name(name) for name in ("robustness.py", "mutations.py", "sets.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]


def main(draws: int = DRAWS, first: int = FIRST) -> dict[Path, pd.DataFrame]:
    """Run all parts, in proportion to the number of faults; the tables by the file that they belong into."""
    folder = TABLE.parents[1] / "build" / "robustness" / state()
    few = max(draws // 45, 2)
    parts = (
        (official_file, few * len(LAYOUTS), "official file", 20),
        (sound, few, "sound", 4),
        (noise, few, "noise", 20),
        (other_source, 2 * few, "other source", 20),
        (large, draws // 9, "69 × 36", 20),
        (draw, draws, "12 × 36", 100),
    )
    rows: dict[str, list[Any]] = {}
    with joblib.parallel_config(n_jobs=-1):
        for at, (function, number, title, piece) in enumerate(parts):
            seeds = range(first + at * _PART, first + at * _PART + number)
            rows[title] = kept_study(function, seeds, folder, title, piece)
    flat = {title: [row for each in rows[title] for row in each] for title in ("sound", "noise")}
    return {
        TABLE: summary(rows["12 × 36"] + rows["69 × 36"] + flat["sound"] + rows["official file"]),
        NOISE: summary_of_noise(flat["noise"]),
        SOURCES: summary_of_sources(rows["other source"]),
    }


if __name__ == "__main__":
    from benchmarks import robustness  # under this name the workers find its functions, and keep the sets they made

    arguments = list(map(int, sys.argv[1:]))
    for file, found in robustness.main(*arguments).items():
        print(found.round(4).to_string())
        if not arguments:
            found.round(4).to_csv(file, index=False, lineterminator="\n")
