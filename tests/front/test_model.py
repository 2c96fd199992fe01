"""A model answers what the functions of the regression say, to the last digit, and says why where there is none."""

import pickle
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ModelError, NotEnoughDataError, OptkommunenError, UnknownUnitError
from optkommunen.front.result import Result
from optkommunen.p_values import holm
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import alternative_models, alternatives_to, cities, services_jointly
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.inference import inference_table, wald
from optkommunen.regression.influence import adjusted_distance, contributions, leave_group_out, leave_one_out
from optkommunen.regression.linear import LinearModel, linear_counterparts
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.sensitivity import oster, sensitivity
from optkommunen.regression.spatial import morans_i, nearest_weights
from optkommunen.regression.specification_summary import joint_test, summary
from optkommunen.regression.specifications import SpecificationCurve
from optkommunen.words import noted

RETURNS = ok.load_returns()
FRAME = spec.design(RETURNS).frame.assign(share=lambda t: t["rate"] / 100)
FIT = CountModel(spec.OUTCOME, spec.PRIMARY, spec.EXPOSURE, "primary")(FRAME)
TWIN = LinearModel(spec.LN_RATE, spec.PRIMARY)(FRAME)
MODEL = ok.regress(RETURNS)
OWN = {
    "linear": ok.regress(FRAME, "rate ~ provision_index + waiting_days + ln_density"),
    "weighted": ok.regress(FRAME, "rate ~ provision_index + waiting_days + ln_density", weights="ehb"),
    "count": ok.regress(FRAME, "eingliederungen ~ provision_index + waiting_days + ln_density", exposure="ehb"),
    "share": ok.regress(FRAME, "share ~ provision_index + waiting_days + ln_density", share=True),
}
ASKED = ("inference", "joint", "marginal", "influence", "alternatives", "specifications", "sensitivity", "adjusted",
         "residual_space")  # fmt: skip


def same(have, want, without=("source",)):
    whose = [c for c in ("model", "outcome") if c not in want]
    pd.testing.assert_frame_equal(have.drop(columns=[c for c in (*without, *whose) if c in have]), want)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_table_is_that_of_the_fit_with_its_source():
    same(MODEL.table, FIT.table())
    assert set(MODEL.table["source"]) == {RETURNS.source}
    assert (MODEL.name, MODEL.status, MODEL.source) == ("regress", "synthetic", RETURNS.source)
    same(ok.regress(RETURNS, level=0.9).table, FIT.table(0.9))


def test_without_a_level_no_number_changes_and_there_is_no_interval():
    bare = ok.regress(RETURNS, level=None)
    same(bare.table, FIT.table(None))
    assert bare.table["value"].equals(MODEL.table["value"])
    assert bare.inference().table[["lower", "upper"]].isna().all(axis=None)
    assert np.isnan(bare.facts["lower"])
    with pytest.raises(ModelError, match="there is none: the model was asked without a level"):
        bare.plot()


def test_inference_is_the_table_of_the_model_and_of_its_twins():
    fits = [FIT, *linear_counterparts(FIT)]
    want = pd.concat([inference_table(f, spec.INDEX, "land", draws=99, seed=3) for f in fits], ignore_index=True)
    same(MODEL.inference(draws=99, seed=3).table, want)
    same(OWN["weighted"].inference(draws=99).table, inference_table(OWN["weighted"].fit, spec.INDEX, "land", draws=99))


def test_the_joint_test_of_the_stated_model_is_that_of_the_services():
    table, test = services_jointly(FRAME)
    joint = MODEL.joint()
    same(joint.table, table)
    assert (joint.facts["F"], joint.facts["p"]) == (test.F, test.p)
    assert (joint.facts["df1"], joint.facts["df2"]) == (5, 58)


def test_named_terms_are_tested_together_and_adjusted_after_holm():
    joint, names = MODEL.joint(["waiting_days", "ln_density"]), ["waiting_days", "ln_density"]
    assert joint.facts["F"] == wald(FIT, names).F
    assert joint.table["term"].tolist() == names
    np.testing.assert_array_equal(joint.table["p_holm"], holm(joint.table["p"]))
    assert OWN["linear"].joint().facts["df1"] == 3
    with pytest.raises(ModelError, match="'nowhere' is not one of them"):
        MODEL.joint(["nowhere"])


def test_a_marginal_association_is_in_the_unit_that_was_asked_for():
    same(MODEL.marginal().table, average_marginal(FIT, spec.INDEX, 0.1, per=100))
    same(MODEL.marginal("waiting_days", step=7, per=1000).table, average_marginal(FIT, "waiting_days", 7, per=1000))
    same(OWN["linear"].marginal().table, average_marginal(OWN["linear"].fit, spec.INDEX, 1, per=1))
    assert MODEL.facts["marginal"] == MODEL.marginal().table["value"].iloc[0]


def test_without_some_it_is_the_model_fitted_without_them():
    less = MODEL.without(["Musterkommune 07", "M11"])
    want = FIT.without(["M07", "M11"])
    same(less.table, want.table())
    out = less.parts["left_out"]
    assert out[["kommune", "reason"]].to_numpy().tolist() == [[k, "left out on request"] for k in ("M07", "M11")]
    assert (less.facts["n"], less.facts["left_out"], less.interest) == (67, 2, spec.INDEX)
    assert len(less.without("M01").parts["left_out"]) == 3
    assert MODEL.facts["n"] == 69
    with pytest.raises(UnknownUnitError, match="M70"):
        MODEL.without("M70")


def test_without_some_the_rule_for_leverage_one_is_asked_anew():
    model = ok.regress(RETURNS, "rate ~ provision_index + C(land)")
    pair = FRAME.groupby("land")["kommune"].agg(list)
    of_two = next(members for members in pair if len(members) == 2)
    less = model.without(of_two[0])
    assert of_two[1] in less.fit.dropped
    reasons = less.parts["left_out"].set_index("kommune")["reason"]
    assert reasons[of_two[0]] == "left out on request"
    assert reasons[of_two[1]].startswith("leverage one")
    assert len(reasons) == len(set(reasons.index)) == len(model.fit.dropped) + 2


def test_influence_is_leave_one_out_and_each_land_and_the_cities():
    found = MODEL.influence()
    same(found.table, leave_one_out(FIT, spec.INDEX), without=("source", "name", "status"))
    groups = {land: rows["kommune"].tolist() for land, rows in FRAME.groupby("land", sort=False)}
    want = leave_group_out(FIT, spec.INDEX, groups | {"cities": cities(FRAME)})
    same(found.parts["groups"], want)
    assert found.facts["lowest"] == found.table["value"].min()
    own = MODEL.influence({"two": ["M01", "M02"]}).parts["groups"]
    same(own, leave_group_out(FIT, spec.INDEX, {"two": ["M01", "M02"]}))
    assert found.of("M28").table["name"].tolist() == ["Musterkommune 28"]


def test_the_models_beside_the_stated_one_are_those_of_the_regression():
    same(MODEL.alternatives().table, alternative_models(FRAME, spec.panel_design(RETURNS).frame))


@pytest.mark.parametrize("name", OWN)
def test_every_model_has_alternatives_in_its_unit_with_itself_first(name):
    model = OWN[name]
    found = model.alternatives().table
    same(found, alternatives_to(model.fit, spec.INDEX))
    want = model.marginal().table.iloc[0]
    assert found[["value", "lower", "upper", "p"]].iloc[0].tolist() == want[["value", "lower", "upper", "p"]].tolist()
    assert found["model"].iloc[-1] == "provision_index alone"


def test_specifications_have_the_declared_controls_of_returns_and_their_joint_test():
    controls = ["persons_in_bg_per_100", "ln_density", "unemployment_rate"]
    found = MODEL.specifications(controls, draws=49, seed=5)
    inside = [key for key in FRAME["kommune"] if key not in cities(FRAME)]
    samples = {"all": FRAME["kommune"].tolist(), "without cities": inside}
    curves, tests = [], []
    for outcome in (spec.RATE, spec.LN_RATE):
        curve = SpecificationCurve((outcome,), spec.INDEX, tuple(controls), (None, "ehb"), ("waiting_days",), samples)
        curves.append(curve(FRAME))
        tests.append(joint_test(curve, FRAME, 49, seed=5))
    whole = pd.concat(curves, ignore_index=True)
    same(found.parts["curve"], whole)
    same(found.parts["joint_test"], pd.concat(tests, ignore_index=True))
    same(found.table, summary(whole), without=("source", "p_median", "p_share_significant", "p_average_z"))
    assert found.table["p_median"].tolist() == [test["p"].iloc[0] for test in tests]


def test_all_twelve_controls_are_declared_and_the_main_specification_is_the_stated_one():
    curve = MODEL.specifications().parts["curve"]
    assert len(curve) == 2 * 2 * 2 * 2**12
    main = curve[curve["main"]]
    assert set(main["controls"]) == {", ".join(c for c in spec.TWELVE if c in spec.CONTROLS)}
    assert main["value"].iloc[0] == pytest.approx(linear_counterparts(FIT)[0].coef[1])


@pytest.mark.parametrize("name", OWN)
def test_specifications_of_ones_own_model_are_subsets_of_its_regressors(name):
    curve = OWN[name].specifications().parts["curve"]
    assert set(curve["controls"]) == {"", "waiting_days", "ln_density", "waiting_days, ln_density"}
    assert curve["main"].sum() == 1
    assert set(curve["weights"]) == {"linear": {"none"}, "share": {"none"}}.get(name, {"none", "ehb"})


def test_sensitivity_of_a_count_is_that_of_ols_of_the_logarithm_of_the_rate():
    found = MODEL.sensitivity(["unemployment_rate"], k=(1, 2))
    want = sensitivity(TWIN, spec.INDEX, ["unemployment_rate"], (1, 2))
    same(found.table, want.headline, without=("source", "delta"))
    assert found.table["delta"].tolist() == oster(TWIN, spec.INDEX)["delta"].tolist()
    same(found.parts["bounds"], want.bounds)
    same(found.parts["oster"], oster(TWIN, spec.INDEX))
    assert found.notes == ("Of the linear model beside it: OLS of ln_rate.",)
    assert found.facts["RV"] == want.headline["RV"].iloc[0]
    fit = OWN["weighted"].fit
    same(OWN["weighted"].sensitivity().table, sensitivity(fit, spec.INDEX).headline, without=("source", "delta"))
    assert OWN["weighted"].sensitivity().notes == ()


def test_a_bound_that_leaves_nothing_says_so_and_the_others_stay():
    near = FRAME.assign(near=FRAME["provision_index"] + 0.05 * np.sin(np.arange(69)))
    bounds = ok.regress(near, "rate ~ provision_index + near + ln_density").sensitivity(k=(1,)).parts["bounds"]
    row = bounds.set_index("benchmark").loc["near"]
    assert "would leave none" in row["note"]
    assert np.isnan(row["value"])
    assert np.isfinite(bounds.set_index("benchmark").at["ln_density", "value"])
    with pytest.raises(ModelError, match="Choose among the regressors"):
        MODEL.sensitivity(["nowhere"])
    with pytest.raises(ModelError, match="k positive"):
        MODEL.sensitivity(k=(0,))


def test_the_adjusted_distance_comes_with_its_contributions():
    found = MODEL.adjusted()
    same(found.table, adjusted_distance(FIT), without=("source", "name"))
    same(found.parts["contributions"], contributions(FIT))
    one = found.of("Musterkommune 27")
    parts = one.parts["contributions"]
    assert parts["value"].sum() == pytest.approx(one.table["adjustment"].iloc[0])


def test_space_is_asked_of_the_residuals_with_the_places_of_the_returns_or_ones_own():
    places = spec.places(RETURNS)
    want = morans_i(TWIN, nearest_weights(places, 5), 99, seed=4)
    same(MODEL.residual_space(draws=99, seed=4).table, want)
    own = OWN["linear"].residual_space(4, places=places, draws=99)
    same(own.table, morans_i(OWN["linear"].fit, nearest_weights(places, 4), 99, seed=2008))
    with pytest.raises(ModelError, match=r"place of each municipality; not known: M01, .*Give places="):
        OWN["linear"].residual_space()


def test_the_real_design_has_its_places_and_its_words():
    frame = ok.childcare_design()
    model = ok.regress(frame, "ehb_change ~ childcare_u3 + ln_density", weights="population")
    assert (model.status, model.facts["n"]) == ("derived", 48)
    assert "INKAR" in model.source
    assert model.residual_space(draws=99).table["n"].tolist() == [48, 48]
    assert "Betreuungsquote" in model.summary("de")
    assert any("Betreuungsquote" in text.get_text() for text in model.plot(lang="de").texts)
    assert "childcare_u3" in ok.regress(frame.drop(columns="design"), "ehb_change ~ childcare_u3").summary("de")


def test_a_share_is_not_asked_what_only_linear_models_know():
    for asked in (OWN["share"].sensitivity, OWN["share"].residual_space):
        with pytest.raises(ModelError, match="leave out share=True"):
            asked()


@pytest.mark.parametrize("name", ["inference", "influence", "alternatives", "specifications"])
def test_answers_with_a_figure_draw_it(name):
    answer = getattr(MODEL, name)(*([["ln_density"]] if name == "specifications" else []))
    for lang in ("de", "en"):
        fig = answer.plot(lang=lang)
        assert fig.axes
        assert any("optkommunen.synthetic" in text.get_text() for text in fig.texts)
        assert answer.plot(lang=lang, width=160).get_figwidth() == pytest.approx(160 / 25.4)
    with pytest.raises(OptkommunenError, match="no single municipality"):
        answer.plot(highlight=MODEL.fit.data["kommune"].iloc[0])


def test_the_curve_of_another_outcome_is_drawn_when_it_is_named():
    answer = MODEL.specifications(["ln_density"])
    assert "Eingliederungen rate (ln)" in answer.plot(outcome="ln_rate", lang="en").texts[0].get_text()
    with pytest.raises(OptkommunenError, match="rate, ln_rate; found 'share'"):
        answer.plot(outcome="share")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_summary_says_what_it_says_and_what_it_cannot(lang):
    for model in (MODEL, *OWN.values()):
        told = model.summary(lang)
        assert 2 <= told.count(". ") + 1 <= 4
        assert str(model.facts["n"]) in told
    words = {"de": ("keine Wirkung", "2,22 [1,59; 2,86]"), "en": ("not an effect", "2.22 [1.59; 2.86]")}
    assert all(word in MODEL.summary(lang) for word in words[lang])
    for name in ("inference", "sensitivity"):
        assert getattr(MODEL, name)().summary(lang).endswith(".")


def test_ones_own_columns_keep_their_names_in_tables_and_sentences():
    text = "\n".join([str(OWN["linear"].show(lang="de")), OWN["linear"].summary("de")])
    assert "provision_index" in text
    assert "waiting_days" in text
    assert "Angebotsindex" not in text
    assert "Angebotsindex" in str(MODEL.show(lang="de"))


def test_each_row_of_coefficients_has_the_digits_of_its_error():
    shown = MODEL.show(lang="en").frame.set_index("Term")
    assert shown.loc["waiting time (days)", ["Value", "Standard error"]].tolist() == ["−0.0044", "0.0029"]
    assert shown.at["provision index (coverage)", "95% interval"] == "[0.59; 1.05]"
    assert MODEL.show(digits=1).frame["Value"].tolist()[:2] == ["−1.8", "0.8"]
    assert list(MODEL.show(columns=["term", "p"]).frame) == ["Term", "p"]


def test_a_model_and_its_answers_pickle():
    again = pickle.loads(pickle.dumps(MODEL))
    pd.testing.assert_frame_equal(again.table, MODEL.table)
    pd.testing.assert_frame_equal(again.adjusted().table, MODEL.adjusted().table)
    pd.testing.assert_series_equal(again.results.bse, MODEL.results.bse)
    assert again.summary() == MODEL.summary()
    influence = pickle.loads(pickle.dumps(MODEL.influence()))
    assert influence.plot(lang="en").axes


def test_results_carry_the_reported_covariance_and_leave_the_model_alone():
    for model in (MODEL, *OWN.values()):
        np.testing.assert_allclose(model.results.bse, model.table["se"], rtol=1e-10)
        np.testing.assert_allclose(model.results.pvalues, model.table["p"], rtol=1e-10)
        np.testing.assert_allclose(model.results.conf_int(), model.table[["lower", "upper"]], rtol=1e-9)
    mine = MODEL.results
    mine._results.cov_params_default = np.eye(7)
    assert MODEL.results.bse.iloc[1] == pytest.approx(MODEL.table["se"].iloc[1])


# ---- what the data do not carry, and misuse


def test_too_few_municipalities_are_an_answer_with_its_reason_everywhere():
    model = ok.regress(RETURNS.only(["M01", "M02", "M03"]))
    assert not model
    assert model.reason == "6 regressors need at least 9 municipalities; found 3."
    for name in ASKED:
        answer = getattr(model, name)()
        assert isinstance(answer, Result)
        assert (answer.name, answer.reason) == (name, model.reason)
    assert model.without("M01") is model
    assert "found 3" in model.summary()
    assert any("found 3" in text.get_text() for text in model.plot().texts)
    with pytest.raises(NotEnoughDataError, match="found 3"):
        model.results  # noqa: B018


def test_no_services_of_the_year_before_are_a_reason_unless_that_period_was_asked_for():
    bare = replace(RETURNS, services=RETURNS.services[RETURNS.services["period"] < "2007"])
    assert "needs months of 2008 and services of 2007" in ok.regress(bare).reason
    with pytest.raises(NotEnoughDataError, match="needs months of 2008 and services of 2007"):
        ok.regress(bare, period=2008)
    assert ok.regress(bare, period=2007).facts["n"] == 69


def test_below_the_fewest_asked_for_there_is_no_model():
    some = RETURNS.only([f"M{i:02d}" for i in range(1, 25)])
    assert ok.regress(some).facts["n"] == 24
    model = ok.regress(some, fewest=25)
    assert model.reason == "25 municipalities were asked for at least; 24 have what the model needs"


def test_where_one_answer_is_not_carried_the_others_are():
    none = RETURNS.services.assign(served=RETURNS.services["served"].mask(RETURNS.services["period"] == "2007"))
    assert ok.regress(replace(RETURNS, services=none)).reason
    short = ok.regress(FRAME.head(5), "rate ~ provision_index + waiting_days")
    assert short.facts["n"] == 5
    assert "provision_index" in short.influence().table.assign(t="provision_index")["t"].tolist()
    assert short.influence().table["note"].notna().all()


def test_the_model_of_ones_own_share_and_count_are_those_of_the_regression():
    same(OWN["share"].table, ShareModel("share", ("provision_index", "waiting_days", "ln_density"))(FRAME).table())
    fit = CountModel("eingliederungen", ("provision_index", "waiting_days", "ln_density"), "ehb")(FRAME)
    same(OWN["count"].table, fit.table())


# ---- in both languages


def german(text):
    return noted(text, "de")


@pytest.mark.parametrize("name", ["primary", *OWN])
def test_every_item_is_said_in_german_with_its_decimal_comma(name):
    model = MODEL if name == "primary" else OWN[name]
    items = model.parts["items"].set_index("item")["value"]
    shown = ok.show(model.parts["items"], lang="de").frame.set_index("Angabe")["Wert"]
    assert list(shown.index) == [german(item) for item in items.index]
    same_in_both = {"covariance", "source", "clusters", "estimator", "outcome year"} | (
        {"dispersion"} if name == "weighted" else set()
    )
    assert {str(item) for item in items.index if german(items[item]) == items[item]} <= same_in_both
    assert shown["Schätzgröße"].endswith("; Mittel von 69 Kommunen; ein Zusammenhang, keine Wirkung")
    assert not any("municipalit" in text for text in shown)
    assert shown["größter Hebelwert"].startswith("0,")


def test_items_keep_both_languages_through_pickling_and_a_copy():
    items = pickle.loads(pickle.dumps(MODEL)).parts["items"].copy()
    assert str(ok.show(items, lang="de")) == str(ok.show(MODEL.parts["items"], lang="de"))


def test_a_reason_and_notes_are_said_in_the_language_of_the_reader():
    none = ok.regress(RETURNS.only(["M01", "M02", "M03"]))
    assert none.summary("de") == "6 Regressoren brauchen mindestens 9 Kommunen; gefunden 3."
    assert none.inference().summary("de") == none.summary("de")
    short = ok.regress(RETURNS.only(["M01"]), fewest=25)
    assert short.summary("de") == "Mindestens 25 Kommunen waren verlangt; 1 haben, was das Modell braucht."
    less = MODEL.without("M01")
    assert less.show(lang="de").notes == ("1 ausgelassen: auf Wunsch ausgelassen (1).",)
    assert less.show(lang="en").notes == ("1 left out: left out on request (1).",)
    assert (
        MODEL.joint().show(lang="de").notes[0] == "Die Leistungen stehen anstelle von: Angebotsindex (Bedarfsdeckung)."
    )


def test_who_lacks_a_regressor_is_told_why_in_both_languages():
    services = RETURNS.services[(RETURNS.services["kommune"] != "M05") | (RETURNS.services["period"] != "2007")]
    model = ok.regress(replace(RETURNS, services=services))
    assert model.parts["left_out"]["reason"].tolist() == ["services of the year before not reported"]
    assert model.show(lang="de").notes == ("1 ausgelassen: Leistungen des Vorjahres nicht gemeldet (1).",)


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_says_something_in_both_languages(name):
    answer = getattr(MODEL, name)(*([["ln_density"]] if name == "specifications" else []))
    english, german_one = answer.summary("en"), answer.summary("de")
    assert english != german_one
    for text in (english, german_one):
        assert not text.startswith("Result of")
        assert 2 <= text.replace("p < .05", "").count(". ") + 1 <= 4


def test_the_notes_of_inferences_are_said_in_german():
    shown = OWN["linear"].inference(draws=99).show(lang="de").frame
    assert "99 Permutationen" in shown["Anmerkung"].tolist()
    assert any(text.endswith("p mindestens 0,00024") for text in shown["Anmerkung"])


def test_without_a_level_everything_can_still_be_asked():
    bare = ok.regress(RETURNS, "rate ~ waiting_days + ln_density", level=None)
    assert bare.joint().table["p_holm"].isna().all()
    assert bare.joint().facts["F"] == ok.regress(RETURNS, "rate ~ waiting_days + ln_density").joint().facts["F"]
    assert "association" in bare.inference(draws=99).summary("en")
    assert ok.regress(RETURNS, level=None).joint().table["p_holm"].isna().all()


def test_a_group_stands_behind_its_column_everywhere():
    model = ok.regress(FRAME, "rate ~ provision_index + C(ring)")
    assert "ring: R-II" in model.show(lang="en").frame["Term"].tolist()
    assert "ring: R-II" in model.parts["items"].set_index("item").at["estimand", "value"]
    assert "C(ring)[T.R-II]" in model.table["term"].tolist()


def test_the_columns_of_ones_own_specifications_keep_their_names():
    assert OWN["linear"].specifications().show(lang="de").frame["Ergebnis"].tolist() == ["rate"]


def test_a_frame_of_coefficients_has_the_digits_of_its_errors_too():
    shown = ok.show(MODEL.table, lang="en", columns=["term", "value"]).frame
    assert shown["Value"].tolist()[1:3] == ["0.82", "−0.0044"]


def test_a_figure_has_the_title_and_the_size_that_were_asked_for():
    fig = MODEL.plot(title="Mein Titel", width=160, height=120)
    assert fig.texts[0].get_text() == "Mein Titel"
    assert fig.get_size_inches().tolist() == pytest.approx([160 / 25.4, 120 / 25.4])
    assert MODEL.plot(title="").texts[0].get_text() == ""
