"""Inference side by side and models beside: each row is that of its own method; the front door says the same."""

from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.figures.notes import MARK
from optkommunen.front.model import Model
from optkommunen.p_values import holm
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import alternative_models, cities, left_out_jointly, services_jointly
from optkommunen.regression.clusters import cluster_table
from optkommunen.regression.glm import CountModel
from optkommunen.regression.inference import inference_table
from optkommunen.regression.linear import LinearModel, linear_counterparts
from optkommunen.regression.marginal import average_marginal
from optkommunen.regression.wild import score_bootstrap, wild_bootstrap
from tests.own_returns import write_own_returns

RETURNS = ok.load_returns()
FRAME = spec.design(RETURNS).frame
PRIMARY = CountModel(spec.OUTCOME, spec.PRIMARY, spec.EXPOSURE, "primary")(FRAME)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_rows_of_a_count_model_are_those_of_their_methods():
    table = inference_table(PRIMARY, spec.INDEX, "land").set_index("inference")
    for kind, name in (("classical", "quasi"), ("HC2", "HC2"), ("HC3", "HC3")):
        want = PRIMARY.table(kind=kind).set_index("term").loc[spec.INDEX]
        assert (
            table.loc[name, ["value", "lower", "upper", "p", "mde"]].tolist()
            == want[["value", "lower", "upper", "p", "mde"]].tolist()
        )
    score = score_bootstrap(PRIMARY, spec.INDEX, "land").iloc[0]
    assert table.at["score bootstrap by land", "p"] == score["p"]
    assert table.at["score bootstrap by land", "n_clusters"] == 13


def test_rows_of_a_linear_model_are_those_of_their_methods():
    fit = LinearModel(spec.RATE, spec.PRIMARY, spec.EXPOSURE)(FRAME)
    table = inference_table(fit, spec.INDEX, "land").set_index("inference")
    clustered = cluster_table(fit, "land", [spec.INDEX]).set_index("kind")
    for kind in ("CR1S", "CR2", "CR3"):
        assert table.at[f"{kind} by land", "p"] == clustered.at[kind, "p"]
    assert table.at["wild bootstrap by land", "p"] == wild_bootstrap(fit, spec.INDEX, "land")["p"].iloc[0]
    assert set(table["value"]) == {fit.coef[1]}


def test_a_share_has_the_inference_by_cluster_that_its_summary_speaks_of():
    frame = FRAME.assign(share=FRAME["rate"] / 100)
    result = ok.regress(frame, "share ~ provision_index + waiting_days", share=True)
    told = result.parts["items"].set_index("item").at["clusters", "value"]
    table = result.inference().table.set_index("inference")
    assert told == "13 (land)"
    assert table["n_clusters"].dropna().unique().tolist() == [13]
    want = cluster_table(result.fit, "land", ["provision_index"]).set_index("kind")
    for kind in ("CR1S", "CR2", "CR3"):
        assert table.at[f"{kind} by land", "p"] == want.at[kind, "p"]
    alone = ok.regress(frame, "share ~ provision_index", share=True, cluster=None)
    assert alone.parts["items"].set_index("item").at["clusters", "value"] == "none"
    assert alone.inference().table["n_clusters"].isna().all()


def test_where_nothing_is_left_to_estimate_an_error_from_the_summary_says_so():
    frame = FRAME.assign(made=0.1 + 0.3 * FRAME["provision_index"])
    result = ok.regress(frame, "made ~ provision_index + waiting_days")
    items = result.parts["items"].set_index("item")["value"]
    assert items["minimum detectable"].startswith("the outcome follows the regressors exactly")
    assert items["dispersion"] == "phi = 0"
    with pytest.raises(ModelError, match="A figure shows intervals, and there is none: the outcome follows"):
        result.plot()


def test_the_same_seed_gives_the_same_table():
    fit = LinearModel(spec.RATE, spec.PRIMARY)(FRAME)
    one, two = (inference_table(fit, spec.INDEX, "land", seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_twins_are_linear_models_of_the_rate():
    ols, wls = linear_counterparts(PRIMARY)
    want = LinearModel(spec.RATE, spec.PRIMARY, spec.EXPOSURE)(FRAME)
    np.testing.assert_allclose(wls.coef, want.coef)
    assert ols.model.weights is None
    with pytest.raises(ModelError, match="those of a count model"):
        linear_counterparts(ols)


def test_models_beside_come_in_one_unit():
    table = alternative_models(FRAME, spec.panel_design(RETURNS).frame).set_index("model")
    unit = average_marginal(PRIMARY, spec.INDEX, 0.1, per=100).iloc[0]
    np.testing.assert_allclose(table.loc["primary: quasi-Poisson", "value"], unit["value"])
    ols = LinearModel(spec.RATE, spec.PRIMARY)(FRAME)
    np.testing.assert_allclose(table.loc["OLS of the rate", "value"], 0.1 * ols.coef[1])
    logs = LinearModel(spec.LN_RATE, spec.PRIMARY)(FRAME)
    mean = 100 * FRAME["eingliederungen"].sum() / FRAME["ehb"].sum()
    np.testing.assert_allclose(table.loc["OLS of ln rate", "value"], 0.1 * mean * logs.coef[1])
    assert set(table["outcome"]) == {spec.OUTCOME}
    assert table["mde"].notna().all()
    assert table.loc["panel, within municipalities", "n"] == 207


def test_a_model_that_cannot_be_fitted_says_why_and_the_others_stay():
    frame = FRAME.assign(ln_rate=np.nan)
    table = alternative_models(frame).set_index("model")
    assert np.isnan(table.at["OLS of ln rate", "value"])
    assert "ln_rate is not" in table.at["OLS of ln rate", "note"]
    assert table.drop(index="OLS of ln rate")["value"].notna().all()


def test_the_five_services_are_adjusted_after_holm():
    table, test = services_jointly(FRAME)
    np.testing.assert_allclose(table["p_holm"], holm(table["p"]))
    assert (test.df1, test.df2) == (5, 58)


def test_who_has_no_need_in_a_service_is_not_in_the_joint_model():
    frame = FRAME.assign(coverage_care=FRAME["coverage_care"].where(FRAME["kommune"] != "M08"))
    table, _ = services_jointly(frame)
    assert (table["n"] == 68).all()
    assert (table["note"] == "M08 left out, no coverage_care").all()
    assert left_out_jointly(frame).to_dict("records") == [{"kommune": "M08", "reason": "no coverage_care"}]
    assert (services_jointly(FRAME)[0]["note"] == "").all()


def test_cities_are_those_of_the_register_or_the_six_densest_musterkommunen(tmp_path):
    densest = RETURNS.units.nlargest(6, "density")["kommune"]
    assert set(cities(FRAME)) == set(densest)
    own = spec.design(ok.load_returns(write_own_returns(tmp_path))).frame
    register = ok.municipalities().set_index("kommune")
    assert cities(own) == [k for k in own["kommune"] if register.at[k, "kind"] == "kreisfreie Stadt"]


def test_who_is_not_in_a_model_beside_or_the_joint_one_is_told():
    only = FRAME.assign(ln_density=FRAME["kommune"].eq("M07").astype(float))
    beside = alternative_models(only).set_index("model")
    without = beside.drop(index="naive: no context")
    assert set(without["n"]) == {68}
    assert set(without["note"]) == {"M07 left out, leverage one"}
    assert beside.at["naive: no context", "note"] == ""
    none = only.assign(coverage_care=only["coverage_care"].mask(only["kommune"] == "M11"))
    joint, _ = services_jointly(none)
    assert set(joint["note"]) == {"M11 left out, no coverage_care; M07 left out, leverage one"}


# ---- ok.regress


def test_returns_alone_give_the_primary_model():
    result = ok.regress(RETURNS)
    assert isinstance(result, Model)
    np.testing.assert_array_equal(result.fit.coef, PRIMARY.coef)
    assert result.interest == spec.INDEX


def test_a_formula_makes_its_columns():
    result = ok.regress(RETURNS, "ln_rate ~ coverage_debt + log(ehb) + C(ring)")
    want = LinearModel("ln_rate", ("coverage_debt", "log_ehb"))  # the same columns by hand
    frame = FRAME.assign(log_ehb=np.log(FRAME["ehb"]))
    dummies = pd.get_dummies(frame["ring"], drop_first=True, dtype=float)
    fit = LinearModel("ln_rate", (*want.regressors, *dummies.columns))(pd.concat([frame, dummies], axis=1))
    np.testing.assert_allclose(result.fit.coef, fit.coef, rtol=1e-8)


def test_weights_and_shares_choose_their_models():
    frame = FRAME.assign(share=FRAME["rate"] / 100)
    assert ok.regress(frame, "rate ~ provision_index", weights="ehb").fit.model.label == "WLS"
    assert ok.regress(frame, "share ~ provision_index", share=True).fit.model.label == "fractional logit"
    assert ok.regress(frame, "eingliederungen ~ provision_index", exposure="ehb").fit.model.label == "quasi-Poisson"


def test_the_summary_says_what_a_referee_asks_for():
    items = ok.regress(RETURNS).parts["items"].set_index("item")["value"]
    for item in ("estimand", "estimator", "weights", "covariance", "n", "clusters", "dispersion", "minimum detectable",
                 "multiple testing", "status", "not public"):  # fmt: skip
        assert items[item]
    assert items["status"] == "synthetic"
    assert items["clusters"] == "13 (land)"
    assert f"{PRIMARY.phi:.3g}" in items["dispersion"]


def test_the_largest_leverage_is_told_by_name():
    assert items_of(RETURNS)["largest leverage"].endswith("(Musterkommune 60)")
    farthest = FRAME["kommune"][(FRAME["provision_index"] - FRAME["provision_index"].mean()).abs().idxmax()]
    told = items_of(FRAME.drop(columns="name"), "rate ~ provision_index")["largest leverage"]
    assert told.endswith(f"({farthest})")


def items_of(*arguments, **options):
    return ok.regress(*arguments, **options).parts["items"].set_index("item")["value"]


def test_the_estimand_of_returns_is_told_in_words_and_that_of_a_frame_by_its_columns():
    told = items_of(RETURNS, "eingliederungen ~ provision_index + waiting_days")["estimand"]
    assert told == (
        "how many more Eingliederungen a year per 100 eHb a municipality has with 0.1 more of: provision index "
        "(coverage), 10 more served per 100 with need; among municipalities alike in: waiting time (days); "
        "mean of 69 municipalities; an association, not an effect"
    )
    own = items_of(FRAME, "eingliederungen ~ provision_index + waiting_days", exposure="ehb")["estimand"]
    assert own == (
        "how many more eingliederungen per 100 ehb a municipality has with 1 more of: provision_index; "
        "among municipalities alike in: waiting_days; mean of 69 municipalities; an association, not an effect"
    )
    share = items_of(FRAME.assign(share=FRAME["rate"] / 100), "share ~ provision_index", share=True)["estimand"]
    assert share.startswith("how much more share, in percentage points, a municipality has with 1 more of:")
    assert "nothing else held equal" in share


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"formula": "eingliederungen ~ provision_index", "exposure": "ehb"},
         "fit: by the expected count, so by ehb times expected rate; average: every municipality equally"),
        ({"formula": "share ~ provision_index", "share": True, "weights": "ehb"},
         "fit: by ehb times share (1 - share), as expected; average: every municipality equally"),
        ({"formula": "rate ~ provision_index", "weights": "ehb"},
         "fit: by ehb; average: none, the coefficient is the same everywhere"),
        ({"formula": "rate ~ provision_index"},
         "fit: every municipality equally; average: none, the coefficient is the same everywhere"),
    ],
)  # fmt: skip
def test_weights_of_the_fit_are_not_those_of_the_average(arguments, told):
    assert items_of(FRAME.assign(share=FRAME["rate"] / 100), **arguments)["weights"] == told


def test_only_the_primary_coefficient_was_stated_beforehand():
    assert items_of(RETURNS)["multiple testing"].startswith("this coefficient was stated beforehand")
    chosen = "unadjusted: it holds if {} was chosen before any result; others by joint F, then Holm"
    told = items_of(RETURNS, interest="waiting_days")["multiple testing"]
    assert chosen.format("waiting time (days)") in told
    told = items_of(FRAME, "rate ~ waiting_days + ln_density")["multiple testing"]
    assert chosen.format("waiting_days") in told


def test_what_is_not_public_is_told_of_the_models_that_use_it():
    for formula in ("log(rate) ~ ln_density", "ehb ~ I(coverage_debt ** 2)", "ln_ehb ~ waiting_days"):
        assert "no published study" in items_of(RETURNS, formula)["not public"]
    assert "not public" not in items_of(RETURNS, "unemployment_rate ~ ln_density + ln_gdp_per_head")


def test_the_summary_names_whose_index_has_fewer_than_five_services():
    rows = RETURNS.services
    where = (rows["kommune"] == "M11") & (rows["service"] == "care")
    none = rows.assign(**{c: rows[c].mask(where, 0) for c in ("need", "served", "in_einv", "recorded")})
    item = "index of fewer than five services"
    short = ok.regress(replace(RETURNS, services=none)).parts["items"].set_index("item")["value"]
    assert short[item] == "M11 (4; no need: care)"
    assert ok.regress(RETURNS).parts["items"].set_index("item")["value"][item] == "none"
    assert item not in ok.regress(RETURNS, "rate ~ waiting_days").parts["items"]["item"].tolist()


def test_two_calls_give_the_same_plain_frames():
    one, two = ok.regress(RETURNS), ok.regress(RETURNS)
    pd.testing.assert_frame_equal(one.parts["items"], two.parts["items"])
    pd.testing.assert_frame_equal(one.table, two.table)


def test_the_plot_is_marked_where_values_are_invented():
    fig = ok.regress(RETURNS).plot(lang="en")
    assert any(MARK in " ".join(text.get_text().split()) for ax in fig.axes for text in ax.texts)


def test_without_a_cluster_column_there_is_no_inference_by_cluster():
    frame = FRAME.drop(columns="land")
    table = ok.regress(frame, "rate ~ provision_index").inference().table
    assert not table["inference"].str.contains("by ").any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"formula": "rate ~ provision"}, "'rate ~ provision' does not .*Columns: kommune"),
        ({"formula": "rate provision_index"}, "A formula"),
        ({"formula": "rate ~ provision_index", "on": ["waiting_days"]}, "found both"),
        ({"outcome": "rate"}, "needs an outcome and regressors"),
        ({"outcome": "rate", "on": ["provision_index", "nowhere"]}, "not found: nowhere"),
        ({"outcome": "rate", "on": ["provision_index"], "interest": "debt"}, "'debt' is none"),
        ({"formula": "rate ~ provision_index + I(2 * provision_index)"}, "linear combinations"),
        ({"formula": "rate ~ provision_index - 1"}, "Every model has a constant; 'rate ~ provision_index - 1' takes"),
        ({"formula": "rate ~ 0 + C(ring)"}, "Every model has a constant"),
        ({"formula": "rate ~ rate + provision_index"}, "cannot explain itself; rate stands on both sides"),
        ({"formula": "log(rate) ~ rate"}, "cannot explain itself; rate stands on both sides"),
        ({"outcome": "rate", "on": ["rate", "provision_index"]}, "cannot explain itself; rate is among the regressors"),
        ({"outcome": "rate", "on": "provision_index"}, r"on is a list .*found the text .*on=\['provision_index'\]"),
        ({"outcome": "rate", "on": ["provision_index", "provision_index"]}, "provision_index is named twice"),
        ({"formula": "eingliederungen ~ provision_index", "exposure": "ehb", "weights": "ehb"},
         "found exposure='ehb' and weights='ehb'. Give one"),
        ({"formula": "eingliederungen ~ provision_index", "exposure": "ehb", "share": True}, "'ehb' and share=True"),
        ({"formula": "rate ~ provision_index", "cluster": "region"}, "'region' is not .*cluster=None"),
        ({"formula": "rate ~ provision_index + C(same)"}, "must vary over the sample; constant here: same"),
        ({"formula": "nothing ~ provision_index"}, "outcome must vary over the sample; nothing is 2 for all 69"),
        ({"formula": "rate ~ provision_index", "interest": "constant"}, "'constant' is none"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_fitted_is_refused(arguments, message):
    with pytest.raises(ModelError, match=message):
        ok.regress(FRAME.assign(same="a", nothing=2.0), **arguments)


@pytest.mark.parametrize("role", ["outcome", "regressor", "weights", "exposure"])
@pytest.mark.parametrize("kind", ["Int64", "Float64"])
def test_a_missing_cell_of_a_nullable_column_is_refused_by_name(role, kind):
    numbers = pd.array([None, *range(3, 71)], dtype=kind)
    frame = FRAME.assign(odd=numbers)
    wanted = {
        "outcome": {"outcome": "odd", "on": ["provision_index"]},
        "regressor": {"outcome": "rate", "on": ["provision_index", "odd"]},
        "weights": {"outcome": "rate", "on": ["provision_index"], "weights": "odd"},
        "exposure": {"outcome": "eingliederungen", "on": ["provision_index"], "exposure": "odd"},
    }
    with pytest.raises(ModelError, match="finite number; odd is not for M01"):
        ok.regress(frame, **wanted[role])


@pytest.mark.parametrize("key", [5128, None, ""])
def test_a_key_that_is_no_text_is_refused_with_the_way_out(key):
    keys = FRAME["kommune"].astype(object)
    keys.iloc[3] = key
    with pytest.raises(ModelError, match=r"key is text with its leading zeros.*dtype=\{'kommune': str\}"):
        ok.regress(FRAME.assign(kommune=keys), "rate ~ provision_index")


@pytest.mark.parametrize("level", [95, -1, 0, 1])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ok.errors.OptkommunenError, match="lies between 0 and 1"):
        ok.regress(FRAME, "rate ~ provision_index", level=level)


@pytest.mark.parametrize("other", ["I(provision_index ** 2)", "provision_index:waiting_days"])
def test_a_term_bound_to_another_is_no_comparison_and_says_so(other):
    told = items_of(FRAME, f"rate ~ provision_index + {other} + waiting_days")["estimand"]
    assert told.startswith(
        "the coefficient of one term, provision_index, in the model of rate; no comparison by itself"
    )
    assert f"for {other} cannot stay alike while it differs" in told


@pytest.mark.parametrize(
    "formula", ["rate ~ C(ring) + C(land)", "rate ~ C(ring) + T", "rate ~ np.log(ehb) + np.log(waiting_days)"]
)
def test_groups_of_a_factor_and_names_of_functions_bind_no_terms(formula):
    told = items_of(FRAME.assign(T=FRAME["ln_density"] ** 2), formula)["estimand"]
    assert told.startswith("how much more rate, in its unit, a municipality has with 1 more of: ")


def test_an_empty_frame_has_too_few_rows():
    model = ok.regress(FRAME.iloc[:0], "rate ~ provision_index")
    assert model.reason == "1 regressors need at least 4 municipalities; found 0."


def test_only_a_share_of_returns_has_steps_of_ten_in_a_hundred():
    assert (
        ok.regress(RETURNS, "rate ~ provision_index").question.step
        == ok.regress(RETURNS, "rate ~ coverage_debt").question.step
        == 0.1
    )
    assert (
        ok.regress(RETURNS, "rate ~ waiting_days").question.step
        == ok.regress(RETURNS, "rate ~ C(ring)").question.step
        == 1
    )


def test_a_frame_of_ones_own_with_the_names_of_returns_is_not_taken_for_them():
    model = ok.regress(FRAME, outcome=spec.OUTCOME, on=spec.PRIMARY, exposure=spec.EXPOSURE)
    np.testing.assert_array_equal(model.fit.coef, PRIMARY.coef)
    items = model.parts["items"].set_index("item")["value"]
    assert model.question.step == 1
    assert "was chosen before any result" in items["multiple testing"]
    assert not {"not public", "context"} & set(items.index)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_figure_of_ones_own_model_speaks_with_its_own_columns(lang):
    own = FRAME.rename(columns={"provision_index": "rate", "rate": "my_outcome"})
    model = ok.regress(own, "my_outcome ~ rate + waiting_days", name="primary")
    texts = [text.get_text() for text in model.plot(lang=lang).findobj(mpl.text.Text)]
    assert "rate – my_outcome" in texts
    assert "rate" in texts
    assert "primary, HC3" in texts
    assert not [text for text in texts if "Eingliederung" in text or "vorab" in text]


def test_the_figure_of_returns_speaks_with_the_words_of_the_package():
    texts = [text.get_text() for text in ok.regress(RETURNS).plot(lang="de").findobj(mpl.text.Text)]
    assert "Angebotsindex (Bedarfsdeckung) – Eingliederungen" in texts
    assert "vorab festgelegt, HC3" in texts
    texts = [
        text.get_text() for text in ok.regress(RETURNS, "rate ~ waiting_days").plot(lang="de").findobj(mpl.text.Text)
    ]
    assert "Wartezeit (Tage) – Eingliederungen je 100 eHb und Jahr" in texts
    assert "OLS, CR2, Cluster Land" in texts


def test_who_fits_itself_exactly_is_left_out_with_the_reason():
    model = ok.regress(RETURNS, "rate ~ provision_index + C(land)")
    assert len(model.fit.dropped) > 0
    out = model.parts["left_out"]
    assert out["kommune"].tolist() == list(model.fit.dropped)
    assert out["name"].str.startswith("Musterkommune").all()
    assert out["reason"].str.startswith("leverage one: it alone identifies a regressor and fits itself exactly").all()
    assert model.fit.n + len(out) == len(RETURNS.units)
    frame = FRAME.drop(columns=["name", "period"])
    by_frame = ok.regress(frame, "rate ~ provision_index + C(land)")
    assert by_frame.parts["left_out"]["kommune"].tolist() == list(model.fit.dropped)
    assert list(by_frame.parts["left_out"]) == ["kommune", "reason"]
    told = by_frame.parts["items"].set_index("item").at["n", "value"]
    assert told == f"{model.fit.n} municipalities, {len(out)} left out"


def test_clusters_of_one_value_are_told_and_refused_where_they_were_named():
    frame = FRAME.assign(land="HE", ring="R-I")
    model = ok.regress(frame, "rate ~ provision_index")
    assert model.question.cluster is None
    assert model.parts["items"].set_index("item").at["clusters", "value"] == "none: land is HE for all"
    row = model.inference().table.set_index("inference").loc["by cluster"]
    assert (row["note"], row["method"]) == ("land is HE for all", "none")
    assert row[["lower", "upper", "p", "se"]].isna().all()
    assert row["value"] == model.fit.coef[1]
    counts = ok.regress(frame, "eingliederungen ~ provision_index", exposure="ehb").inference().table
    assert counts["inference"].eq("by cluster").sum() == 3  # the model and its two twins
    for named in ("land", "ring"):
        with pytest.raises(ModelError, match=f"needs two clusters .*; {named} is .* for all. Write cluster=None"):
            ok.regress(frame, "rate ~ provision_index", cluster=named)
    assert ok.regress(frame, "rate ~ provision_index", cluster=None).question.unclustered == ""


def test_a_cluster_that_is_missing_for_some_is_told_and_refused_where_it_was_named():
    frame = FRAME.assign(land=FRAME["land"].mask(FRAME["kommune"] == "M07"))
    model = ok.regress(frame, "rate ~ provision_index")
    assert model.parts["items"].set_index("item").at["clusters", "value"] == "none: land is missing for M07"
    with pytest.raises(ModelError, match="land is missing for M07"):
        ok.regress(frame, "rate ~ provision_index", cluster="land")
    with pytest.raises(ModelError, match="'land' is not"):
        ok.regress(frame.drop(columns="land"), "rate ~ provision_index", cluster="land")


@pytest.mark.parametrize("period", [{"period": 2008}, {"context_period": "2007"}])
def test_a_period_beside_a_frame_is_refused(period):
    with pytest.raises(ModelError, match=r"A frame holds its period; found (period|context_period)="):
        ok.regress(FRAME, "rate ~ provision_index", **period)


def test_a_regressor_with_the_name_of_the_constant_is_refused():
    frame = FRAME.rename(columns={"waiting_days": "constant"})
    for arguments in ({"formula": "rate ~ constant"}, {"outcome": "rate", "on": ["provision_index", "constant"]}):
        with pytest.raises(ModelError, match="constant is the name of the model's own constant"):
            ok.regress(frame, **arguments)


def test_a_name_above_several_columns_is_refused():
    frame = pd.concat([FRAME, FRAME[["waiting_days"]]], axis=1)
    for arguments in ({"formula": "rate ~ waiting_days"}, {"outcome": "rate", "on": ["waiting_days"]}):
        with pytest.raises(ModelError, match="several of the frame are called waiting_days"):
            ok.regress(frame, **arguments)


@pytest.mark.parametrize(("column", "term"), [("ring", "C(ring)"), ("land", "land"), ("ln_density", "ln_density")])
def test_a_missing_cell_of_a_formula_is_refused_by_name(column, term):
    frame = FRAME.assign(**{column: FRAME[column].mask(FRAME["kommune"].isin(["M04", "M11"]))})
    with pytest.raises(ModelError, match=rf"{column} is missing for M04, M11\. Drop them .*dropna"):
        ok.regress(frame, f"rate ~ provision_index + {term}")


def test_a_unit_twice_is_refused_by_name_and_too_few_rows_are_told():
    with pytest.raises(ModelError, match="more than once here: M01"):
        ok.regress(pd.concat([FRAME, FRAME.iloc[[0]]]), "rate ~ provision_index")
    assert "need at least 4 municipalities; found 3" in ok.regress(FRAME.head(3), "rate ~ provision_index").reason


def test_a_land_with_one_municipality_leaves_with_its_dummy():
    result = ok.regress(RETURNS, "rate ~ provision_index + C(land)")
    single = FRAME.groupby("land").filter(lambda rows: len(rows) == 1)
    assert len(single) == 2
    assert result.fit.dropped == tuple(single["kommune"])
    assert result.fit.dropped_regressors == tuple(f"C(land)[T.{land}]" for land in single["land"])
    plain = ok.regress(FRAME[~FRAME["kommune"].isin(single["kommune"])], "rate ~ provision_index + C(land)")
    pd.testing.assert_frame_equal(result.table.drop(columns="source"), plain.table.drop(columns="source"))
    items = result.parts["items"].set_index("item")["value"]
    told = f"{', '.join(single['kommune'])}, and what only they identify: {', '.join(result.fit.dropped_regressors)}"
    assert items["leverage one, dropped"] == told


def test_clusters_are_those_of_the_municipalities_that_stay():
    frame = FRAME[FRAME["land"] == "L02"].assign(land=lambda t: t["land"].mask(t.index == t.index[0], "zz"))
    result = ok.regress(frame, "rate ~ provision_index + C(land)")
    assert result.fit.dropped == (frame["kommune"].iloc[0],)
    assert result.question.cluster is None


def test_where_the_pairs_bootstrap_is_impossible_the_other_rows_stay():
    result = ok.regress(RETURNS, "rate ~ provision_index + C(land)")
    table = result.inference().table.set_index("inference")
    assert table.at["pairs bootstrap", "method"] == "none"
    assert "needs a refit in most draws" in table.at["pairs bootstrap", "note"]
    assert np.isnan(table.at["pairs bootstrap", "lower"])
    assert table.drop(index="pairs bootstrap")["p"].notna().all()
    assert result.plot(lang="en").axes


def test_the_detectable_coefficient_of_each_row_has_its_own_degrees_of_freedom():
    table = ok.regress(FRAME, "rate ~ provision_index + waiting_days").inference().table.set_index("inference")
    for kind, df in (("HC3", 66), ("CR3 by land", 12), ("CR2 by land", table.at["CR2 by land", "df"])):
        errors = table.at[kind, "mde"] / table.at[kind, "se"]
        critical = stats.t.isf(0.025, df)
        power = stats.nct.sf(critical, df, errors) + stats.nct.cdf(-critical, df, errors)
        assert power == pytest.approx(0.80, abs=1e-6)
    assert table.at["CR2 by land", "mde"] / table.at["CR2 by land", "se"] > 3


def test_the_unit_people_think_in_has_its_detectable_association():
    model = ok.regress(RETURNS)
    row = model.marginal().table.iloc[0]
    critical = stats.f.isf(0.05, 1, 62)  # 69 municipalities, six regressors and the constant
    assert stats.ncf.sf(critical, 1, 62, (row["mde"] / row["se"]) ** 2) == pytest.approx(0.80, abs=1e-6)


def test_where_few_clusters_allow_no_p_no_detectable_effect_is_told():
    frame = FRAME.assign(land=np.repeat(["N", "S", "W"], 23))
    table = ok.regress(frame, "rate ~ provision_index + waiting_days + ln_density").inference().table
    refused = table[table["inference"].str.startswith("CR") & table["p"].isna()]
    assert len(refused) > 0
    assert refused["mde"].isna().all()
