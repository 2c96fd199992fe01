"""Leave-one-out in closed form, against goldens and refits."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.datasets import stackloss

from optkommunen.errors import ModelError
from optkommunen.regression.glm import CountModel
from optkommunen.regression.influence import leave_group_out, leave_one_out
from optkommunen.regression.linear import LinearModel
from tests.goldens import check, golden, golden_data
from tests.regression import test_glm as glm
from tests.regression.test_linear import FRAME


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


@pytest.mark.parametrize("model", [glm.COUNT, glm.SHARE], ids=["count", "share"])
def test_refits_of_counts_and_shares_equal_fits_of_the_smaller_frame(model):
    fit = model(glm.FRAME)
    table = leave_one_out(fit, "coverage").set_index("kommune")
    assert table["note"].eq("").all()
    for key in fit.data["kommune"]:
        np.testing.assert_allclose(table.at[key, "value"], fit.without([key]).coef[1], rtol=1e-10)


@pytest.mark.parametrize("model", [glm.COUNT, glm.SHARE], ids=["count", "share"])
def test_cook_of_counts_and_shares_equals_statsmodels(model):
    fit = model(glm.FRAME)
    if model is glm.COUNT:
        peer = sm.GLM(fit.y, fit.x, sm.families.Poisson(), offset=fit.offset)
    else:
        peer = sm.GLM(fit.y, fit.x, sm.families.Binomial(), var_weights=fit.w)
    cook = peer.fit(tol=1e-14, scale="X2").get_influence().cooks_distance[0]
    np.testing.assert_allclose(leave_one_out(fit, "coverage")["cook"], cook, rtol=1e-8)


@pytest.mark.parametrize("model", [glm.COUNT, glm.SHARE], ids=["count", "share"])
def test_one_step_influence_is_that_of_the_working_linear_model(model):
    fit = model(glm.FRAME)
    working = fit.w * fit.variance
    z = fit.x @ fit.coef + fit.residuals / fit.variance
    root = np.sqrt(working)
    peer = sm.OLS(root * z, root[:, None] * fit.x).fit().get_influence()
    table = leave_one_out(fit, "coverage")
    np.testing.assert_allclose(table["rstudent"], peer.resid_studentized_external, rtol=1e-8)
    np.testing.assert_allclose(table["cook"], peer.cooks_distance[0], rtol=1e-8)


def test_a_municipality_without_which_nothing_can_be_estimated_has_a_reason():
    pair = glm.FRAME["kommune"].isin(["M01", "M02"])
    frame = glm.FRAME.assign(pair=pair * 1.0, integrations=glm.FRAME["integrations"].mask(glm.FRAME.index == 0, 0))
    table = leave_one_out(CountModel("integrations", ("pair",), "ehb")(frame), "pair").set_index("kommune")
    assert table.index[table["value"].isna()].tolist() == ["M02"]
    assert table.at["M02", "note"] == "without it a regressor separates: no finite estimate"


@pytest.mark.parametrize("model", [glm.COUNT, glm.SHARE, LinearModel("share", ("coverage",), "cases")])
def test_a_land_left_out_equals_a_fit_of_the_others(model):
    table = leave_group_out(model(glm.FRAME), "coverage", "land", level=0.9, kind="HC2")
    assert table["group"].tolist() == glm.FRAME["land"].unique().tolist()
    for land, row in table.set_index("group").iterrows():
        refit = model(glm.FRAME[glm.FRAME["land"] != land]).table(0.9, "HC2").set_index("term").loc["coverage"]
        columns = ["value", "lower", "upper", "n", "method"]
        assert row[columns].tolist() == refit[columns].tolist()


def test_a_named_set_is_left_out():
    fit = glm.COUNT(glm.FRAME)
    cities = ["M03", "M09", "M27"]
    table = leave_group_out(fit, "coverage", {"cities": cities, "M03": ["M03"]}).set_index("group")
    assert table.at["cities", "value"] == fit.without(cities).coef[1]
    assert table["n"].tolist() == [37, 39]


def test_a_group_without_which_nothing_can_be_estimated_has_a_reason():
    frame = glm.FRAME.assign(first=(glm.FRAME["land"] == "L1") * 1.0)
    table = leave_group_out(LinearModel("share", ("first",))(frame), "first", "land").set_index("group")
    assert "constant here: first" in table.at["L1", "note"]
    assert table.index[table["value"].isna()].tolist() == ["L1"]
    assert table.at["L1", "status"] == "missing"


def test_who_fits_itself_without_the_group_is_named():
    pair = glm.FRAME["kommune"].isin(["M01", "M06"]) + 1e-9 * (glm.FRAME["kommune"] > "M30")
    fit = LinearModel("share", ("pair",))(glm.FRAME.assign(pair=pair))
    table = leave_group_out(fit, "pair", "land").set_index("group")
    assert table.at["L1", "note"] == "leverage one, left out as well: M06"
    assert table.at["L1", "n"] == 34


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("region", "'region' is not"),
        ("half", "half is empty for M01"),
        ({"none": []}, "empty here: none"),
        ({"abroad": ["M99"]}, "not in it: M99"),
    ],
)
def test_groups_that_do_not_fit_the_sample_are_refused(groups, message):
    frame = glm.FRAME.assign(half=glm.FRAME["land"].where(glm.FRAME["kommune"] != "M01"))
    with pytest.raises(ModelError, match=message):
        leave_group_out(glm.COUNT(frame), "coverage", groups)


def test_without_a_group_a_regressor_that_leaves_moves_no_other_into_its_place():
    frame = glm.FRAME.assign(pair=glm.FRAME["kommune"].isin(["M05", "M06"]) * 1.0)
    fit = LinearModel("share", ("pair", "coverage"))(frame)
    row = leave_group_out(fit, "coverage", {"M05": ["M05"]}).iloc[0]
    assert row["note"] == "leverage one, left out as well: M06, pair"
    plain = LinearModel("share", ("coverage",))(frame[~frame["kommune"].isin(["M05", "M06"])])
    assert row["value"] == plain.coef[1]
