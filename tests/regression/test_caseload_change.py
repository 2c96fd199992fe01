"""The first regression on real figures: its sample, its columns, its main numbers."""

import numpy as np
import pytest
import statsmodels.formula.api as smf

from optkommunen.data.register import municipalities
from optkommunen.loaders.bundled import load_context
from optkommunen.regression import caseload_change as cc
from optkommunen.regression.influence import leave_one_out

DESIGN = cc.design()


def test_the_sample_is_the_48_western_municipalities_of_unchanged_area():
    register = municipalities().set_index("kommune")
    west = register["area_same_2021"] & ~register.index.str.startswith(("12", "13", "14", "15", "16"))
    assert DESIGN["kommune"].tolist() == register.index[west].tolist()
    assert len(DESIGN) == 48


def test_every_number_of_the_design_is_derived_from_published_ones():
    assert DESIGN["status"].eq("derived").all()
    assert not DESIGN.drop(columns=["kommune", "name", "status"]).isna().any().any()


def test_the_columns_of_one_municipality_by_hand():
    values = load_context(years=(2007, 2008)).set_index(["kommune", "period", "indicator"])["value"].loc["06438"]
    row = DESIGN.set_index("kommune").loc["06438"]
    rate07, rate08 = values["2007", "persons_in_bg_rate"], values["2008", "persons_in_bg_rate"]
    share07, share08 = values["2007", "ehb_share"], values["2008", "ehb_share"]
    assert row["persons_in_bg_change"] == pytest.approx(100 * np.log(rate08 / rate07))
    assert row["ehb_change"] == pytest.approx(100 * np.log(rate08 * share08 / (rate07 * share07)))
    assert row["childcare_u3"] == pytest.approx(values["2007", "childcare_u3"] / 10)
    assert row["persons_in_bg_per_100"] == pytest.approx(rate07 / 10)
    assert row["ln_density"] == pytest.approx(np.log(values["2007", "population"] / values["2007", "area_km2"]))
    quotient = values["2008", "unemployment_rate"] / values["2007", "unemployment_rate"]
    assert row["unemployment_change"] == pytest.approx(100 * np.log(quotient))


@pytest.mark.parametrize("outcome", cc.OUTCOMES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_main_models_equal_statsmodels(outcome, weighted):
    formula = f"{outcome} ~ {cc.EXPOSURE} + {' + '.join(cc.CONTROLS)}"
    weights = DESIGN["population"] if weighted else np.ones(48)
    peer = smf.wls(formula, DESIGN, weights=weights).fit(cov_type="HC3", use_t=True)
    kind = "WLS" if weighted else "OLS"
    (fit,) = [f for f in cc.models(DESIGN) if f.model.outcome == outcome and f.model.name == f"{kind}, all (n = 48)"]
    np.testing.assert_allclose(fit.coef, peer.params.to_numpy(), rtol=1e-8)
    np.testing.assert_allclose(fit.table()["se"], peer.bse.to_numpy(), rtol=1e-8)


def test_dueren_is_the_first_of_the_recording_breaks_to_be_left_out():
    assert DESIGN.set_index("kommune").at[cc.DUEREN, "ehb_break"]
    sizes = sorted({fit.n for fit in cc.models(DESIGN)})
    assert sizes == [48 - DESIGN["ehb_break"].sum(), 47, 48]


def test_the_range_of_leave_one_out_holds_every_refit():
    fit = cc.models(DESIGN)[0]
    without = leave_one_out(fit, cc.EXPOSURE)["value"]
    refits = [fit.without([key]).coef[1] for key in fit.data["kommune"]]
    assert without.min() == pytest.approx(min(refits))
    assert without.max() == pytest.approx(max(refits))
