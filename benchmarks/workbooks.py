"""The reader of official workbooks beside openpyxl: equal cells first, then seconds, and memory.

`python benchmarks/workbooks.py` prints both for the 31 sheets of the Umsteigeschlüssel, which lies beside the checkout;
then those of the check of returns of 69 municipalities over three years, and of the same returns with 14 million empty
cells formatted down to the last row. Seconds are of the processor, so that a busy machine does not change their ratio.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from optkommunen.loaders.workbook import Workbook
from optkommunen.returns.check import read

PATH = Path(__file__).resolve().parents[2] / "shared/data/official/bbsr/ref-kreise-umrech-2021-1990-2020.xlsx"
WIDTH = 10


def ours() -> list[list[list]]:
    workbook = Workbook(PATH)
    return [[values for _, values in workbook.page(sheet).lines(WIDTH)] for sheet in workbook.sheets]


def with_openpyxl() -> list[list[list]]:
    import openpyxl

    workbook = openpyxl.load_workbook(PATH, read_only=True, data_only=True)
    pages = [[[*line, *[None] * WIDTH][:WIDTH] for line in sheet.iter_rows(values_only=True)] for sheet in workbook]
    workbook.close()
    return [[line for line in lines if any(value is not None for value in line)] for lines in pages]


def seconds(reader: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        reader()
        times.append(time.process_time() - start)
    return min(times)


def memory(module: str, call: str) -> float:
    """Megabytes that one call adds to what the imports take, at the peak (Linux)."""
    code = (
        f"import {module}\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024\n"
        f"before = peak(); kept = {call}; print(peak() - before)"
    )
    return float(subprocess.check_output([sys.executable, "-c", code], cwd=Path(__file__).parent))


def formatted_to_the_end(source: Path, path: Path, rows: int = 2**20, columns: int = 14) -> Path:
    """Copy of a workbook whose first sheet has empty cells with a format below its table, down to a row."""
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != sheet:
                new.writestr(name, old.read(name))
        before, after = old.read(sheet).split(b"</sheetData>")
        first = max(map(int, re.findall(rb'<row r="(\d+)"', before))) + 1
        with new.open(sheet, "w", force_zip64=True) as part:
            part.write(before)
            for row in range(first, rows + 1):
                cells = "".join(f'<c r="{chr(65 + i)}{row}" s="0"/>' for i in range(columns))
                part.write(f'<row r="{row}">{cells}</row>'.encode())
            part.write(b"</sheetData>" + after)
    return path


def returns_workbook(path: Path) -> Path:
    """The bundled returns as a workbook."""
    import pandas as pd

    from optkommunen.returns.read import load_returns

    returns = load_returns()
    with pd.ExcelWriter(path) as writer:
        for name in ("monthly", "annual", "services", "units"):
            getattr(returns, name).to_excel(writer, sheet_name=name, index=False)
    return path


def main() -> None:
    assert ours() == with_openpyxl()
    for name, reader in (("ours", ours), ("openpyxl", with_openpyxl)):
        megabytes = memory("workbooks, openpyxl", f"workbooks.{reader.__name__}()")
        print(f"{name:<16} {seconds(reader):6.2f} s {megabytes:6.1f} MB")
    with tempfile.TemporaryDirectory() as folder:
        plain = returns_workbook(Path(folder) / "returns.xlsx")
        for name, path in (
            ("returns", plain),
            ("with 14 million", formatted_to_the_end(plain, Path(folder) / "formatted.xlsx")),
        ):
            megabytes = memory("optkommunen.returns.check as check", f"check.read({str(path)!r})")
            print(f"{name:<16} {seconds(lambda path=path: read(path), 1):6.2f} s {megabytes:6.1f} MB")


if __name__ == "__main__":
    main()
