"""Data of the primary model: outcome of the year, provision of the year before, context, and who is left out why."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.alternatives import alternative_models, services_jointly
from optkommunen.regression.integration import design, panel_design, places
from tests.own_returns import REAL, write_own_returns
from tests.some_returns import of_one_year, without_care_and_waiting, without_need

RETURNS = ok.load_returns()
FRAME = design(RETURNS).frame.set_index("kommune")


def test_the_outcome_is_the_sum_of_the_year_and_the_exposure_its_mean_stock():
    months = RETURNS.monthly.query("period >= '2008'").groupby("kommune")
    np.testing.assert_allclose(FRAME["eingliederungen"], months["eingliederungen"].sum().loc[FRAME.index])
    np.testing.assert_allclose(FRAME["ehb"], months["ehb"].mean().loc[FRAME.index])


def test_provision_is_that_of_the_year_before():
    before = RETURNS.services.query("period == '2007'").assign(coverage=lambda t: t["served"] / t["need"])
    index = before.groupby("kommune")["coverage"].mean()
    np.testing.assert_allclose(FRAME["provision_index"], index.loc[FRAME.index])
    np.testing.assert_allclose(FRAME["waiting_days"], before.groupby("kommune")["waiting_days"].mean().loc[FRAME.index])


def test_an_earlier_year_takes_its_own_year_before():
    frame = design(RETURNS, 2006).frame
    before = RETURNS.services.query("period == '2005' and kommune == 'M09'")
    want = (before["served"] / before["need"]).mean()
    assert frame.set_index("kommune").at["M09", "provision_index"] == pytest.approx(want)


def test_money_and_density_enter_as_logarithms():
    units = RETURNS.units.set_index("kommune")
    np.testing.assert_allclose(np.exp(FRAME["ln_density"]), units.loc[FRAME.index, "density"])
    assert set(spec.CONTROLS) < set(spec.TWELVE)
    assert len(spec.TWELVE) == 12


def test_who_lacks_a_month_is_left_out_with_the_month(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path, drop=[("06438", "2008-05")]))
    kept, left_out = design(returns)
    assert len(kept) == len(REAL) - 1
    assert left_out["kommune"].tolist() == ["06438"]
    assert left_out["reason"].iloc[0].startswith("11 of 12 months: ")
    assert "(2008-05)" in left_out["reason"].iloc[0]
    panel, out = panel_design(returns)
    assert panel.query("kommune == '06438'")["period"].tolist() == ["2006", "2007"]
    assert out["period"].tolist() == ["2008"]


@pytest.mark.parametrize(
    ("table", "column", "reason"),
    [
        ("services", "served", "not every service is reported"),
        ("services", "waiting_days", "waiting_days missing"),
        ("monthly", "eingliederungen", "eingliederungen"),
    ],
)
def test_who_cannot_enter_is_left_out_with_the_reason(table, column, reason):
    frame = getattr(RETURNS, table)
    changed = frame.assign(**{column: frame[column].mask(frame["kommune"] == "M11")})
    kept, left_out = design(replace(RETURNS, **{table: changed}))
    assert "M11" not in set(kept["kommune"])
    assert left_out["kommune"].tolist() == ["M11"]
    assert reason in left_out["reason"].iloc[0]


def test_without_need_in_a_service_the_index_is_the_mean_of_the_others():
    rows = RETURNS.services
    where = (rows["kommune"] == "M11") & (rows["service"] == "care")
    columns = ["need", "served", "in_einv", "recorded"]
    none = rows.assign(**{c: rows[c].mask(where, 0) for c in columns})
    row = design(replace(RETURNS, services=none)).frame.set_index("kommune").loc["M11"]
    assert np.isnan(row["coverage_care"])
    others = [c for c in spec.COVERAGES if c != "coverage_care"]
    assert row["provision_index"] == pytest.approx(row[others].astype(float).mean())
    assert (row["n_services"], row["note"]) == (4, "no need: care")
    assert set(FRAME["n_services"]) == {5}


def test_a_year_without_services_before_it_is_refused():
    services = RETURNS.services.query("period >= '2006'")
    with pytest.raises(ModelError, match=r"months of 2006 and services of 2005; .*Choose another year"):
        design(replace(RETURNS, services=services), 2006)


def test_real_returns_take_official_context_and_real_places(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    frame = design(returns).frame
    assert set(frame["kommune"]) == set(REAL.values())
    official = ok.load_context("unemployment_rate", 2007).set_index("kommune")["value"]
    np.testing.assert_array_equal(frame["unemployment_rate"], official.loc[frame["kommune"]])
    centres = places(returns).set_index("kommune")
    assert set(centres.index) == set(REAL.values())
    far = np.hypot(*(centres.loc["06438", ["x", "y"]] - centres.loc["01054", ["x", "y"]]))
    assert 400_000 < far < 600_000  # Offenbach to Nordfriesland


def test_the_panel_stacks_the_years_and_drops_who_has_one_only():
    frame, left_out = panel_design(RETURNS)
    one = design(RETURNS, 2007).frame
    pd.testing.assert_frame_equal(frame[frame["period"] == "2007"].reset_index(drop=True), one)
    monthly = RETURNS.monthly[~((RETURNS.monthly["kommune"] == "M02") & (RETURNS.monthly["period"] < "2008"))]
    kept, left_out = panel_design(replace(RETURNS, monthly=monthly))
    assert "M02" not in set(kept["kommune"])
    assert left_out.query("kommune == 'M02'")["reason"].tolist()[-1] == "one year only"


# ---- which year's context


def shifted(folder, years):
    """Own returns, all periods moved by some years."""
    for path in write_own_returns(folder).glob("*.csv"):
        table = pd.read_csv(path, dtype={"kommune": str, "period": str})
        moved = (table["period"].str[:4].astype(int) + years).astype(str)
        table.assign(period=moved + table["period"].str[4:]).to_csv(path, index=False)
    return ok.load_returns(folder)


@pytest.mark.parametrize("outcome", [2008, 2009, 2010, 2011])
def test_the_context_is_of_the_year_before_the_outcome(tmp_path, outcome):
    returns, context = shifted(tmp_path, outcome - 2008), outcome - 1
    frame = design(returns).frame
    assert set(frame["period"]) == {str(outcome)}
    assert set(frame["context_period"]) == {str(context)}
    official = ok.load_context("unemployment_rate", context).set_index("kommune")["value"]
    np.testing.assert_array_equal(frame["unemployment_rate"], official.loc[frame["kommune"]])
    changed = set(ok.municipalities().query("not area_same_2021")["kommune"])
    assert set(frame.loc[frame["status"] == "estimated", "kommune"]) == changed & set(frame["kommune"])
    told = ok.regress(returns).parts["items"].set_index("item").at["context", "value"]
    assert told.startswith(f"{context}, the year before the outcome")


@pytest.mark.parametrize(("years", "year", "of"), [(0, 2007, "2007"), (0, 2006, "2007"), (5, 2013, "2010")])
def test_where_that_year_is_not_published_another_stands_in_and_is_estimated(tmp_path, years, year, of):
    returns = shifted(tmp_path, years)
    frame = design(returns, year).frame
    assert set(frame["context_period"]) == {of}
    assert set(frame["status"]) == {"estimated"}
    model = ok.regress(returns, period=year)
    assert model.fit.status == "estimated"
    told = model.parts["items"].set_index("item").at["context", "value"]
    assert told.startswith(f"{of}, in place of {year - 1}, the year before the outcome, for which not all twelve")


def test_another_year_of_the_context_can_be_asked_for_and_is_told(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    model = ok.regress(returns, context_period="2009")
    assert set(model.fit.data["context_period"]) == {"2009"}
    assert model.fit.status == "estimated"
    told = model.parts["items"].set_index("item").at["context", "value"]
    assert told == "2009, in place of 2007, the year before the outcome: estimated; density of 2005"
    assert "context" not in ok.regress(returns, "rate ~ waiting_days").parts["items"]["item"].tolist()
    for year in (2006, 1999, "spring"):
        with pytest.raises(ModelError, match=f"variables are published: 2007 to 2010; not there: {year}"):
            ok.regress(returns, context_period=year)


def test_the_panel_has_the_context_of_each_year(tmp_path):
    frame = panel_design(shifted(tmp_path, 2)).frame
    found = frame.groupby("period")["context_period"].unique().map(list).to_dict()
    assert found == {"2008": ["2007"], "2009": ["2008"], "2010": ["2009"]}


def test_context_that_the_returns_bring_has_no_year_and_none_can_be_asked_for():
    assert set(FRAME["context_period"]) == {""}
    told = ok.regress(RETURNS).parts["items"].set_index("item").at["context", "value"]
    assert told == "brought by the returns, which name no year"
    with pytest.raises(ModelError, match=r"bring their own context, .*; found context_period=2008"):
        ok.regress(RETURNS, context_period=2008)


@pytest.mark.parametrize("year", [2005, 2011, "abc", "2008-03"])
def test_a_year_that_the_returns_do_not_have_is_refused_with_those_they_have(year):
    with pytest.raises(ModelError, match=f"months of the returns: 2006 to 2008; not there: {year}"):
        ok.regress(RETURNS, period=year)


def test_the_year_is_a_number_or_text():
    pd.testing.assert_frame_equal(ok.regress(RETURNS, period="2007").table, ok.regress(RETURNS, period=2007).table)


def test_who_reports_nothing_of_the_year_is_left_out_with_the_reason():
    monthly = RETURNS.monthly[~((RETURNS.monthly["kommune"] == "M05") & (RETURNS.monthly["period"] > "2008"))]
    model = ok.regress(replace(RETURNS, monthly=monthly))
    assert model.parts["left_out"]["kommune"].tolist() == ["M05"]
    assert model.fit.n + len(model.parts["left_out"]) == 69


# ---- what nobody collected


def test_without_care_and_waiting_times_everybody_stays_and_the_models_have_neither():
    returns = without_care_and_waiting(RETURNS)
    made = design(returns)
    frame = made.frame.set_index("kommune")
    assert len(frame) == 69
    assert made.left_out.empty
    rows = RETURNS.services.query("period == '2007' and service != 'care'")
    index = (rows["served"] / rows["need"]).groupby(rows["kommune"]).mean()
    np.testing.assert_allclose(frame["provision_index"], index[frame.index])
    assert spec.absent(made.frame) == ("waiting_days", "coverage_care")
    model = ok.regress(returns)
    assert model.fit.terms == ("constant", "provision_index", *spec.CONTROLS)
    by_hand = ok.regress(made.frame, outcome="eingliederungen", on=["provision_index", *spec.CONTROLS], exposure="ehb")
    np.testing.assert_array_equal(model.fit.coef, by_hand.fit.coef)


def test_the_summary_says_what_nobody_collected_and_that_the_coefficient_was_stated_beforehand():
    told = ok.regress(without_care_and_waiting(RETURNS)).parts["items"].set_index("item")["value"]
    assert told["not in the model, nobody has it"] == "waiting_days, coverage_care"
    assert told["index of fewer than five services"] == "none"
    assert told["multiple testing"].startswith("this coefficient was stated beforehand")
    assert "not in the model, nobody has it" not in set(ok.regress(RETURNS).parts["items"]["item"])


def test_models_beside_and_the_joint_test_take_the_services_that_are_there():
    frame = design(without_care_and_waiting(RETURNS)).frame
    table = alternative_models(frame, panel_design(without_care_and_waiting(RETURNS)).frame)
    assert table["value"].notna().all()
    assert (table["note"] == "").all()
    single, test = services_jointly(frame)
    assert single["term"].tolist() == [f"coverage_{s}" for s in ("childcare", "debt", "psychosocial", "addiction")]
    assert test.df1 == 4


def test_need_of_one_service_that_nobody_identified_leaves_the_waiting_time_in_the_model():
    made = design(without_need(RETURNS))
    assert len(made.frame) == 69
    assert spec.absent(made.frame) == ("coverage_debt",)
    np.testing.assert_array_equal(made.frame["waiting_days"], FRAME["waiting_days"])


def test_a_panel_takes_the_services_that_were_collected_in_every_year():
    rows = RETURNS.services
    started = replace(RETURNS, services=rows[(rows["service"] != "care") | (rows["period"] >= "2007")])
    assert spec.absent(design(started).frame) == ()
    frame, left_out = panel_design(started)
    assert len(frame) == 3 * 69
    assert left_out.empty
    assert spec.absent(frame) == ("coverage_care",)
    late = frame[frame["period"] == "2008"].set_index("kommune")["provision_index"]
    coverage = [name for name in spec.COVERAGES if name != "coverage_care"]
    np.testing.assert_allclose(late, FRAME[coverage].mean(axis=1)[late.index])


def test_who_lacks_what_somebody_collected_is_left_out_as_before():
    rows = RETURNS.services
    only_one = rows.assign(waiting_days=rows["waiting_days"].where(rows["kommune"] == "M05"))
    made = design(replace(RETURNS, services=only_one))
    assert made.frame["kommune"].tolist() == ["M05"]
    assert made.frame["period"].tolist() == ["2008"]
    assert made.left_out["reason"].value_counts().to_dict() == {"waiting_days missing": 68}


def test_returns_of_one_year_have_no_panel_and_say_so():
    with pytest.raises(ModelError, match="services of 2008 only"):
        panel_design(of_one_year(RETURNS))
    services = RETURNS.services.query("period >= '2007'")
    short = replace(of_one_year(RETURNS), services=services)
    panel = panel_design(short)
    assert panel.frame.empty
    assert set(panel.left_out["reason"]) == {"one year only"}
    table = alternative_models(design(short).frame, panel.frame).set_index("model")
    within = table.loc["panel, within municipalities"]
    assert (within["status"], bool(np.isnan(within["value"]))) == ("missing", True)
    assert within["note"] != ""
    assert table["value"].notna().sum() == len(table) - 1
