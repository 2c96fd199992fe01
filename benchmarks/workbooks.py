"""The reader of official workbooks beside openpyxl: equal cells first, then seconds, and memory.

`python benchmarks/workbooks.py` prints both for the 31 sheets of the Umsteigeschlüssel, which lies beside the checkout.
Seconds are of the processor, so that a busy machine does not change their ratio.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from optkommunen.loaders.workbook import Workbook

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


def seconds(reader: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        reader()
        times.append(time.process_time() - start)
    return min(times)


def memory(reader: str) -> float:
    """Megabytes that one reading adds to what the imports take, at the peak (Linux)."""
    code = (
        "import openpyxl, workbooks\n"
        "peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024\n"
        f"before = peak(); pages = workbooks.{reader}(); print(peak() - before)"
    )
    return float(subprocess.check_output([sys.executable, "-c", code], cwd=Path(__file__).parent))


def main() -> None:
    assert ours() == with_openpyxl()
    for name, reader in (("ours", ours), ("openpyxl", with_openpyxl)):
        print(f"{name:<10} {seconds(reader):6.2f} s {memory(reader.__name__):6.1f} MB")


if __name__ == "__main__":
    main()
