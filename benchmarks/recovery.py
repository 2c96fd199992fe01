"""Recovery: what every estimator finds on regenerated Musterkommunen, against its own estimand.

    python benchmarks/recovery.py [DRAWS]        (`make recovery`: 2,000 draws of each case, about half an hour)

Writes benchmarks/recovery.csv, which notebook 05 reads. Seeds 0 to DRAWS - 1; the same table on any number of cores.
"""

from __future__ import annotations

import sys
from pathlib import Path

import joblib
import pandas as pd

from optkommunen.studies import study
from optkommunen.synthetic.recovery import Recovery, summarised

TABLE = Path(__file__).with_suffix(".csv")
DRAWS = 2_000
CASES = {
    "complete": Recovery(),
    "no_effect": Recovery(null=True),
    "own_need": Recovery("own_need"),
    "under_recording": Recovery("under_recording"),
}


def table(draws: int) -> pd.DataFrame:
    found = []
    for case, recovery in CASES.items():
        with joblib.parallel_config(n_jobs=-1):
            summary = summarised(study(recovery, range(draws), progress=True, title=case))
        found.append(summary.assign(case=case))
    long = pd.concat(found, ignore_index=True)
    return long[["case", *(column for column in long.columns if column != "case")]]


if __name__ == "__main__":
    result = table(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)
    result.to_csv(TABLE, index=False, float_format="%.5f", lineterminator="\n")
    print(TABLE)
