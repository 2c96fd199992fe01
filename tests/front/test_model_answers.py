"""Answers of models in words of their own: panel, a distance taken apart, parts, several models in one figure."""

import pickle

import numpy as np
import pytest

import optkommunen as ok
from optkommunen.errors import ModelError, OptkommunenError
from optkommunen.regression import caseload_change as cc
from optkommunen.regression import integration as spec
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.specifications import SpecificationCurve
from tests.some_returns import of_one_year

RETURNS = ok.load_returns()
MODEL = ok.regress(RETURNS)
WEST = ok.childcare_design()
EHB = ok.regress(WEST, outcome="ehb_change", on=[cc.EXPOSURE, *cc.CONTROLS], name="OLS")
HEAVY = ok.regress(WEST, outcome="ehb_change", on=[cc.EXPOSURE, *cc.CONTROLS], weights=cc.WEIGHTS, name="WLS")
EMPTY = ok.regress(of_one_year(RETURNS))


def test_the_panel_is_that_of_the_regression_with_its_test_by_signs():
    rows = spec.panel_design(RETURNS).frame
    fitted = PanelModel(spec.OUTCOME, (spec.INDEX, spec.WAITING), spec.EXPOSURE)(rows)
    want, row = fitted.table().iloc[0], MODEL.panel(seed=2008).table.iloc[0]
    for column in ("value", "lower", "upper", "p", "df", "n_changing", "effective_clusters"):
        assert row[column] == want[column]
    assert row["p_signs"] == fitted.sign_flips(spec.INDEX, seed=2008)["p"].iloc[0]
    assert row["municipalities"] == 69
    assert "69 of 69" in MODEL.panel().summary("en")


def test_a_model_that_was_not_stated_has_no_panel_but_the_reason():
    found = ok.regress(RETURNS, "eingliederungen ~ coverage_debt").panel()
    assert not found
    assert "stated beforehand" in found.summary("en")


def test_a_distance_of_one_municipality_is_shown_step_by_step_and_the_steps_add_up():
    distances = pickle.loads(pickle.dumps(MODEL.adjusted()))
    table = distances.table.set_index("kommune")
    far = distances.facts["farthest"]
    assert abs(table.at[far, "value"]) == table["value"].abs().max()
    frame = distances.of(far).show(lang="en", digits=6).frame.set_index("Term")["Value"]
    steps = frame.str.replace("−", "-").astype(float)
    assert steps.iloc[:-3].sum() == pytest.approx(steps["Expected"], abs=1e-5)
    assert steps["Observed"] - steps["Expected"] == pytest.approx(steps["adjusted distance"], abs=1e-5)
    assert len(distances.show().frame) == 69


def test_a_part_speaks_the_words_of_its_answer():
    strong = EHB.sensitivity(k=(1,))
    shown = strong.part("bounds").show(lang="de").frame
    assert "Einwohner je km² (ln)" in set(shown["Vergleichsgröße"])
    assert "OLS" not in shown.to_string()  # one model, one outcome: not said in each row
    with pytest.raises(OptkommunenError, match="bounds, oster; found 'peers'"):
        strong.part("peers")


def test_a_part_that_is_empty_or_of_no_answer_says_so():
    alone = ok.regress(WEST, "ehb_change ~ childcare_u3").sensitivity()
    assert alone.part("bounds").summary("en") == "There is nothing in this part."
    assert EMPTY.influence().part("groups").summary("en") == EMPTY.summary("en")


def test_models_of_childcare_have_the_declared_controls_and_both_weightings():
    curve = EHB.specifications().parts["curve"]
    inside = [key for key in WEST["kommune"] if key not in towns()]
    want = SpecificationCurve(
        ("ehb_change",), cc.EXPOSURE, spec.TWELVE, (None, cc.WEIGHTS), ("unemployment_change",),
        {"all": WEST["kommune"].tolist(), "without cities": inside}, cc.CONTROLS[:3],
    )(WEST)  # fmt: skip
    np.testing.assert_allclose(curve["value"], want["value"])
    assert curve["main"].tolist() == want["main"].tolist()
    assert set(HEAVY.specifications().parts["curve"]["weights"]) == {"none", cc.WEIGHTS}
    assert set(EHB.influence().parts["groups"]["group"]) == {*WEST["land"], "cities"}


def towns():
    register = ok.municipalities()
    return set(register.loc[register["kind"] == "kreisfreie Stadt", "kommune"])


def test_of_childcare_ten_percentage_points_are_one_step_and_the_outcome_is_in_per_cent():
    told = EHB.summary("en")
    assert "10 percentage points more of Childcare quota under 3" in told
    assert "(per cent) is 1.20 [−0.87; 3.26]" in told
    assert "10 Prozentpunkten mehr" in EHB.summary("de")


def test_answers_of_several_models_say_whose_they_are():
    for answer in (EHB.influence(), EHB.sensitivity(), EHB.residual_space(draws=9)):
        assert set(answer.table["model"]) == {"OLS"}
        assert set(answer.table["outcome"]) == {"ehb_change"}
    assert set(EHB.influence().parts["groups"]["model"]) == {"OLS"}


def test_one_coefficient_is_drawn_across_models_with_the_intervals_they_were_asked_for():
    other = ok.regress(WEST, outcome="persons_in_bg_change", on=[cc.EXPOSURE, *cc.CONTROLS], name="OLS", level=0.8)
    drawn = ok.models(EHB, HEAVY, other).plot(lang="en").table
    assert drawn[["model", "outcome"]].drop_duplicates().shape == (3, 2)
    assert drawn["value"].tolist() == [m.facts["coefficient"] for m in (EHB, HEAVY, other)]
    assert drawn["lower"].tolist() == [m.facts["lower"] for m in (EHB, HEAVY, other)]
    density = ok.models(EHB, HEAVY).plot(term="ln_density").table
    assert set(density["term"]) == {"ln_density"}
    with pytest.raises(ModelError, match="'coverage_debt' is in none"):
        ok.models(EHB).plot(term="coverage_debt")
