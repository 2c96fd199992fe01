"""Leave-one-out in closed form, against goldens and refits."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import stackloss

from optkommunen.errors import ModelError
from optkommunen.regression.influence import leave_one_out
from optkommunen.regression.linear import LinearModel
from tests.goldens import check, golden, golden_data
from tests.regression.test_linear import FRAME


@pytest.mark.shared
def test_stack_loss():
    block = golden("V28_influence_stackloss")
    data = stackloss.load_pandas().data
    frame = data.assign(kommune=[str(i + 1) for i in range(len(data))])
    fit = LinearModel("STACKLOSS", ("AIRFLOW", "WATERTEMP", "ACIDCONC"))(frame)
    without_4 = [leave_one_out(fit, term).set_index("kommune").at["4", "value"] for term in fit.terms]
    check(without_4, block["values"]["loo_coef_without_4"], block["tolerance"])
    table = leave_one_out(fit, "AIRFLOW").set_index("kommune")
    check(table.at["17", "hat"], block["values"]["hat17"], block["tolerance"])
    for row, cook in block["values"]["cook"].items():
        check(table.at[row, "cook"], cook, block["tolerance"])
    press = float(((fit.residuals / (1 - fit.hat)) ** 2).sum())
    check(press, block["values"]["PRESS"], block["tolerance"])


@pytest.mark.shared
def test_weighted_influence_of_north_carolina():
    block = golden("V44_wls_influence")
    want = block["values"]["sids74"]
    data = golden_data("sids74")
    data = data.assign(kommune=[str(i + 1) for i in range(len(data))])
    data["rate"], data["share"] = 1000 * data["SID74"] / data["BIR74"], data["NWBIR74"] / data["BIR74"]
    table = leave_one_out(LinearModel("rate", ("share",), "BIR74")(data), "share").set_index("kommune")
    assert table["hat"].idxmax() == str(want["hat_max_row"])
    assert table["cook"].idxmax() == str(want["cook_max_row"])
    check(table["hat"].max(), want["hat_max"], block["tolerance"])
    check(table["cook"].max(), want["cook_max"], block["tolerance"])
    check(table.at[str(want["cook_max_row"]), "rstudent"], want["rstudent_at_cook_max"], block["tolerance"])
    check([table["value"].min(), table["value"].max()], want["loo_slope_range"], block["tolerance"])


@pytest.mark.shared
def test_alaska_moves_public_schools_most():
    block = golden("V09_publicschools_hc")
    data = golden_data("PublicSchools").dropna()
    frame = pd.DataFrame({"kommune": data.iloc[:, 0], "y": data["Expenditure"], "i": data["Income"] / 1e4})
    table = leave_one_out(LinearModel("y", ("i", "i2"))(frame.assign(i2=frame["i"] ** 2)), "i").set_index("kommune")
    check(table.at["Alaska", "cook"], block["values"]["alaska_cook"], block["tolerance"])
    check(table.at["Alaska", "rstudent"], block["values"]["alaska_rstudent"], block["tolerance"])


@pytest.mark.parametrize("weights", [None, "w"])
def test_closed_form_equals_refits(weights):
    fit = LinearModel("y", ("x", "z"), weights)(FRAME)
    table = leave_one_out(fit, "x").set_index("kommune")
    for key in FRAME["kommune"]:
        refit = fit.without([key])
        np.testing.assert_allclose(table.at[key, "value"], refit.coef[1], rtol=1e-10)


def test_an_unknown_term_is_refused():
    fit = LinearModel("y", ("x",))(FRAME)
    with pytest.raises(ModelError, match="'z' is not one of them"):
        leave_one_out(fit, "z")
