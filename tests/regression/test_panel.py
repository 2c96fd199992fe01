"""Panel with effects: equals statsmodels with dummies and clusters, recovers what is there, refuses what is not."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression.integration import panel_design
from optkommunen.regression.panel import PanelModel

FRAME = panel_design(ok.load_returns()).frame
MODEL = PanelModel("eingliederungen", ("provision_index", "waiting_days"), "ehb")


def test_coefficients_and_clustered_errors_equal_those_of_statsmodels_with_dummies():
    result = MODEL(FRAME)
    dummies = pd.get_dummies(FRAME[["kommune", "period"]], dtype=float)
    design = pd.concat([FRAME[["provision_index", "waiting_days"]], dummies.drop(columns="period_2006")], axis=1)
    groups = pd.factorize(FRAME["kommune"])[0]
    peer = sm.GLM(FRAME["eingliederungen"], design, sm.families.Poisson(), exposure=FRAME["ehb"]).fit(
        tol=1e-14, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    np.testing.assert_allclose(result.coef, peer.params.iloc[:2], rtol=1e-8)
    np.testing.assert_allclose(result.table()["se"], peer.bse.iloc[:2] * np.sqrt(69 / 68), rtol=1e-8)


def test_intervals_have_t_with_the_municipalities_less_one():
    table = MODEL(FRAME).table()
    assert table["df"].tolist() == [68, 68]
    assert table["method"].str.contains(r"CR1 t\(68\)").all()
    assert (table["n"] == 207).all()


def test_what_never_changes_in_a_municipality_is_refused_by_name():
    with pytest.raises(ModelError, match="change within municipalities; density never does"):
        PanelModel("eingliederungen", ("density",), "ehb")(FRAME.assign(density=FRAME["ln_density"]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="ehb"), "not found: ehb"),
        (lambda f: pd.concat([f, f.iloc[[4]]]), "1 occur twice, the first: M02 in 2007"),
        (lambda f: f.assign(ehb=f["ehb"].where(f.index != 3, 0.0)), r"ehb must be positive; it is .* for M02 in 2006"),
        (lambda f: f.assign(eingliederungen=f["eingliederungen"].where(f.index != 3, -1.0)), "must be not negative"),
        (
            lambda f: f[f.index != 3][lambda g: ~((g["kommune"] == "M02") & (g["period"] == "2007"))],
            "one year only for M02",
        ),
        (lambda f: f[f["kommune"].isin(["M01", "M02"])], "at least 3 municipalities; found 2"),
        (lambda f: f.assign(eingliederungen=f["eingliederungen"].mask(f["kommune"] == "M05", 0)), "no finite estimate"),
    ],
)
def test_broken_panels_are_refused(change, message):
    with pytest.raises(ModelError, match=message):
        MODEL(change(FRAME))


def test_switching_off_the_interval_changes_no_value():
    on, off = MODEL(FRAME).table(), MODEL(FRAME).table(level=None)
    np.testing.assert_array_equal(on["value"], off["value"])
    assert off["lower"].isna().all()


def test_phi_is_pearson_within_municipalities():
    result = MODEL(FRAME)
    y = FRAME["eingliederungen"].to_numpy()
    want = ((y - result.fitted) ** 2 / result.fitted).sum() / (207 - 73)
    assert result.phi == pytest.approx(want)
