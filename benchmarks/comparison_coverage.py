"""Coverage: what intervals, rank sets and shrinkage hold on regenerated Musterkommunen.

    python benchmarks/comparison_coverage.py [DRAWS]        (`make coverage`: 2,000 draws)

(Not named coverage.py: a package of that name is imported by a peer of the benchmarks.)

Writes benchmarks/comparison_coverage.csv, which notebook 03 reads. Seeds 0 to DRAWS - 1; the same on any
number of cores.
"""

from __future__ import annotations

import sys
from pathlib import Path

import joblib

from optkommunen.studies import study
from optkommunen.synthetic.coverage import Coverage, summarised

TABLE = Path(__file__).with_suffix(".csv")
DRAWS = 2_000

if __name__ == "__main__":
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS
    with joblib.parallel_config(n_jobs=-1):
        result = summarised(study(Coverage(), range(draws), progress=True, title="coverage"))
    result.to_csv(TABLE, index=False, float_format="%.5f", lineterminator="\n")
    print(TABLE)
