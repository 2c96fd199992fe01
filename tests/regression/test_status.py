"""The status a model carries: the worst that entered, and invented places stay invented."""

import numpy as np
import pandas as pd
import pytest

from optkommunen.regression.glm import CountModel
from optkommunen.regression.linear import LinearModel

REAL = ["06438", "09562", "06431", "06436", "05117", "03457", "06432", "06435", "05558", "06631"]


def frame_of(keys):
    rng = np.random.default_rng(4)
    x = rng.normal(size=len(keys))
    return pd.DataFrame({"kommune": keys, "x": x, "y": rng.poisson(20, len(keys)), "ehb": 1000.0})


@pytest.mark.parametrize("model", [LinearModel("y", ("x",)), CountModel("y", ("x",), "ehb")])
def test_a_frame_without_status_is_unknown_and_one_of_musterkommunen_invented(model):
    assert model(frame_of(REAL)).status == "unknown"
    assert model(frame_of([f"M{i:02d}" for i in range(1, 11)])).status == "synthetic"


@pytest.mark.parametrize("worst", ["derived", "estimated", "synthetic"])
def test_one_row_is_enough(worst):
    frame = frame_of(REAL).assign(status="observed")
    frame.loc[3, "status"] = worst
    assert LinearModel("y", ("x",))(frame).status == worst


def test_an_unknown_row_hides_no_invented_one():
    frame = frame_of(REAL).assign(status=["unknown", "synthetic"] * 5)
    assert LinearModel("y", ("x",))(frame).status == "synthetic"
