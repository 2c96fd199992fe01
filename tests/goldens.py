"""Numbers from the literature that our methods must hit: one reader for the blocks and their data.

The numbers are a copy of ours in ``tests/goldens.json``. Tables that a package carries come from that package; those
of the shared folder are not part of the project, and a test that needs one is skipped where it is not there.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels

from tests.shared import shared

GOLDENS = Path(__file__).with_name("goldens.json")


def golden(name):
    """One block of goldens.json: source, values, tolerance."""
    return json.loads(GOLDENS.read_text(encoding="utf-8"))[name]


def golden_data(name):
    return pd.read_csv(shared(f"goldens/data/{name}.csv"))


def ships():
    """Damage to ships (McCullagh and Nelder 1989), of the package statsmodels; rows without service are no data."""
    folder = Path(statsmodels.__file__).parent / "discrete" / "tests" / "results"
    data = pd.read_csv(folder / "ships.csv").query("service > 0").reset_index(drop=True)
    return data.rename(columns={"ship": "type", "yr_con": "year", "yr_op": "period", "accident": "incidents"})


def check(got, want, tolerance):
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
