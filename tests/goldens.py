"""Numbers from the literature that our methods must hit: one reader for the blocks and their data."""

import json

import numpy as np
import pandas as pd

from tests.shared import shared


def golden(name):
    """One block of goldens.json: source, values, tolerance."""
    return json.loads(shared("goldens/goldens.json").read_text(encoding="utf-8"))[name]


def golden_data(name):
    return pd.read_csv(shared(f"goldens/data/{name}.csv"))


def check(got, want, tolerance):
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
