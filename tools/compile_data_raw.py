"""Compile data/raw from ../shared/data: deterministic tables, the screen, the Musterkommunen, hashes in the descriptor.

Run by `make raw`. The descriptor is written by hand, except for `hash`, `bytes` and `rows`, and the words of the
returns' columns (optkommunen/returns/columns.toml), which this fills in.
`--output DIR` writes elsewhere (the tests compare), starting from a copy of the descriptor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from optkommunen.returns.columns import TABLES, table  # noqa: E402  (the repository root is not a package)
from tools.raw.boundaries import boundaries  # noqa: E402
from tools.raw.context import context  # noqa: E402
from tools.raw.musterkommunen import musterkommunen  # noqa: E402
from tools.raw.official import DATA  # noqa: E402
from tools.raw.published import published_figures  # noqa: E402
from tools.raw.registers import kreise, municipalities  # noqa: E402
from tools.raw.screen import apply, screen  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "data" / "raw")
    output = parser.parse_args().output
    if not DATA.is_dir():
        sys.exit(f"The official files are not at {DATA}: only maintainers compile data/raw.")
    output.mkdir(parents=True, exist_ok=True)
    source = ROOT / "data" / "raw" / "datapackage.json"
    if output.resolve() != source.parent:
        shutil.copy(source, output / source.name)
    descriptor = json.loads((output / source.name).read_text(encoding="utf-8"))
    indicators = next(r for r in descriptor["resources"] if r["name"] == "context")["indicators"]

    register, keys = municipalities(), kreise()
    found = screen(indicators, register, keys)
    tables = {
        "municipalities": register,
        "kreise": keys,
        "context": apply(found, context(indicators, register, keys)),
        "published_figures": published_figures(register),
        "screen": found,
    }
    invented, truth = musterkommunen()
    tables |= invented
    for name, frame in tables.items():
        (output / f"{name}.csv").write_text(_csv(frame), encoding="utf-8", newline="\n")
    (output / "boundaries.geojson").write_text(boundaries(register), encoding="utf-8", newline="\n")
    (output / "musterkommunen_truth.json").write_text(truth, encoding="utf-8", newline="\n")

    describe_returns(descriptor)
    for resource in descriptor["resources"]:
        data = (output / resource["path"]).read_bytes()
        resource["hash"] = "sha256:" + hashlib.sha256(data).hexdigest()
        resource["bytes"] = len(data)
        resource["rows"] = len(tables[resource["name"]]) if resource["name"] in tables else _members(resource, data)
    (output / source.name).write_text(json.dumps(descriptor, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for resource in descriptor["resources"]:
        print(
            f"{resource['path']:<28} {resource['rows']:>6} rows  {resource['bytes']:>9,} bytes  {resource['hash'][:19]}"
        )


def describe_returns(descriptor: dict[str, Any]) -> None:
    """Titles, definitions, units and parts of the returns' columns, from the one table that defines them."""
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    for name in TABLES:
        known, resource = table(name), resources[f"musterkommunen_{name}"]
        for entry in resource["schema"]["fields"]:
            column = known.columns.get(entry["name"])
            if column is None:
                continue
            words = {
                "title": column.title["en"],
                "title_de": column.title["de"],
                "description": column.definition["en"],
                "unit": column.unit["en"],
            }
            entry |= {key: text for key, text in words.items() if text}
        if known.parts:
            resource["parts"] = [list(pair) for pair in known.parts]


def _members(resource: dict[str, Any], data: bytes) -> int:
    """Shapes of a map, or members of a JSON object."""
    return data.count(b'"Feature"') if resource["format"] == "geojson" else len(json.loads(data))


def _csv(frame: pd.DataFrame) -> str:
    """Text of the table: numbers as published, without a trailing .0, empty for missing."""
    text = frame.copy()
    for column in text.columns[text.dtypes == "float64"]:
        text[column] = ["" if pd.isna(v) else format(v, ".12g") for v in text[column]]
    return text.to_csv(index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
