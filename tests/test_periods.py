"""Every argument that is a period: 2008 and "2008" alike, refused with the range where there is none."""

import dataclasses
import functools
import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import optkommunen
import optkommunen as ok
from optkommunen.comparison.frontier.quantities import amounts
from optkommunen.comparison.measure import of_period
from optkommunen.comparison.multi_year_mean import one_year
from optkommunen.comparison.position import compare
from optkommunen.comparison.quarters import gain_to_best_quarter
from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.front.given import estimates, only, with_variance
from optkommunen.indicators.conditions import YEARS, conditions
from optkommunen.indicators.service_supply import service_profile
from optkommunen.loaders import bundled
from optkommunen.regression import integration
from optkommunen.values import chosen_period, periods_of

NAMES = {"year", "years", "period", "periods", "context_period"}
RETURNS = ok.load_returns()
QUOTA = ok.indicator("eingliederungsquote", RETURNS)
RINGS = RETURNS.units[["kommune", "ring"]]
RETURNED, CONTEXT, COMPLETE = "2006 to 2008", "2005 to 2010", "2007 to 2010"


def drawn(years):
    fig = ok.figures.grafik(4, RETURNS, "R-IV", period=years, lang="en")
    texts = sorted(text.get_text() for ax in fig.axes for text in ax.texts)
    plt.close(fig)
    return texts


@functools.cache
def real_returns():
    keys = dict(zip(RETURNS.units["kommune"], ok.municipalities()["kommune"], strict=True))
    units = RETURNS.units.drop(columns=[c for c in RETURNS.units if c in conditions().columns and c != "kommune"])
    tables = {"monthly": RETURNS.monthly, "annual": RETURNS.annual, "services": RETURNS.services, "units": units}
    real = {name: table.assign(kommune=table["kommune"].map(keys), status="observed") for name, table in tables.items()}
    return type(RETURNS)(**real)


TAKING = {
    ("optkommunen.loaders.bundled", "load_context", "years"): (
        lambda y: bundled.load_context("gdp_per_head", y), CONTEXT),
    ("optkommunen.front.official_figures", "load_context", "period"): (
        lambda y: ok.load_context("gdp_per_head", y), CONTEXT),
    ("optkommunen.front.official_figures", "caseload", "period"): (lambda y: ok.caseload(period=y), COMPLETE),
    ("optkommunen.front.indicators", "indicator", "period"): (
        lambda y: ok.indicator("bg", RETURNS, period=y), RETURNED),
    ("optkommunen.front.indicators", "service_indicator", "period"): (
        lambda y: ok.service_indicator("service_coverage", RETURNS, period=y), r"2005 to 2008"),
    ("optkommunen.front.indicators", "service_profile", "period"): (
        lambda y: ok.service_profile(RETURNS, period=y), r"2005 to 2008"),
    ("optkommunen.front.indicators", "service_supply", "period"): (
        lambda y: ok.service_supply(RETURNS, period=y), r"2005 to 2008"),
    ("optkommunen.front.indicators", "conditions", "period"): (lambda y: ok.conditions(period=y), CONTEXT),
    ("optkommunen.front.indicators", "total", "period"): (
        lambda y: ok.total(ok.load_context("unemployed"), period=y), CONTEXT),
    ("optkommunen.front.indicators", "medians", "period"): (
        lambda y: ok.medians(ok.load_context("gdp_per_head"), by="ring", period=y), CONTEXT),
    ("optkommunen.front.drawing", "neighbours", "period"): (
        lambda y: ok.neighbours(k=3).plot(values=ok.load_context("gdp_per_head"), period=y).table, CONTEXT),
    ("optkommunen.indicators.conditions", "conditions", "year"): (lambda y: conditions(year=y), CONTEXT),
    ("optkommunen.comparison.position", "compare", "period"): (lambda y: compare(QUOTA, RINGS, period=y), RETURNED),
    ("optkommunen.front.comparing", "compare", "period"): (
        lambda y: ok.compare(QUOTA, rings=RINGS, period=y).table, RETURNED),
    ("optkommunen.front.surroundings", "neighbours", "period"): (lambda y: ok.neighbours(period=y).table, CONTEXT),
    ("optkommunen.front.surroundings", "types", "period"): (lambda y: ok.types(period=y).table, CONTEXT),
    ("optkommunen.front.chance", "funnel", "period"): (lambda y: ok.funnel(QUOTA, period=y).table, RETURNED),
    ("optkommunen.front.given", "estimates", "period"): (lambda y: estimates(only(QUOTA), y)[0].table, RETURNED),
    ("optkommunen.comparison.multi_year_mean", "one_year", "period"): (
        lambda y: one_year(with_variance(only(QUOTA)), y).table, RETURNED),
    ("optkommunen.front.chance", "rank", "period"): (
        lambda y: ok.rank(QUOTA, period=y, draws=1_000).table, RETURNED),
    ("optkommunen.front.chance", "shrink", "period"): (lambda y: ok.shrink(QUOTA, period=y).table, RETURNED),
    ("optkommunen.front.chance", "partners", "period"): (
        lambda y: ok.partners(QUOTA, "M01", rings=RINGS, period=y).table, RETURNED),
    ("optkommunen.front.frontiers", "frontier", "period"): (lambda y: ok.frontier(RETURNS, period=y).table, RETURNED),
    ("optkommunen.comparison.frontier.quantities", "amounts", "period"): (lambda y: amounts(RETURNS, y), RETURNED),
    ("optkommunen.comparison.quarters", "gain_to_best_quarter", "period"): (
        lambda y: gain_to_best_quarter(QUOTA, RINGS, period=y), RETURNED),
    ("optkommunen.comparison.measure", "of_period", "period"): (lambda y: of_period(QUOTA, y), RETURNED),
    ("optkommunen.indicators.service_supply", "service_profile", "year"): (
        lambda y: service_profile(RETURNS, y), r"2005 to 2008"),
    ("optkommunen.figures.report2008", "grafik", "period"): (drawn, RETURNED),
    ("optkommunen.regression.integration", "design", "year"): (lambda y: integration.design(RETURNS, y)[0], RETURNED),
    ("optkommunen.regression.integration", "design", "context_period"): (
        lambda y: integration.design(real_returns(), context_period=y)[0], COMPLETE),
    ("optkommunen.regression.integration", "panel_design", "context_period"): (
        lambda y: integration.panel_design(real_returns(), context_period=y)[0], COMPLETE),
    ("optkommunen.front.regressing", "regress", "period"): (lambda y: ok.regress(RETURNS, period=y).table, RETURNED),
    ("optkommunen.front.regressing", "regress", "context_period"): (
        lambda y: ok.regress(real_returns(), context_period=y).table, COMPLETE),
}  # fmt: skip
NO_CHOICE = {
    ("optkommunen.front.comparing", "gains", "period"): "the period that ok.compare was asked for and has checked",
    ("optkommunen.front.comparing", "no_value", "period"): "words of a note",
    ("optkommunen.loaders.areas", "valid_kreise", "year"): "a year that a file holds",
    ("optkommunen.loaders.bbsr", "mend", "year"): "a year that a file holds",
    ("optkommunen.loaders._cells", "why_impossible", "period"): "a period that a file holds",
    ("optkommunen.regression.integration", "context_of", "period"): "outcome year of a design",
    ("optkommunen.figures.grafik_data", "GrafikData", "years"): "frame of yearly values",
    ("optkommunen.figures.time_lines", "break_marks", "periods"): "the periods that a figure shows",
    ("optkommunen.data.labels", "month_words", "period"): "a month that a table holds",
    ("optkommunen.indicators.reconciliation.printed", "Figure", "period"): "a field of a printed figure",
    ("optkommunen.regression.panel", "PanelModel", "period"): "name of a column",
    ("optkommunen.returns.expected", "Series", "periods"): "the periods of a table",
    ("optkommunen.returns.template", "empty_workbook", "years"): "years that ok.template has checked",
    ("optkommunen.values", "span_of", "periods"): "the range itself",
}
READ = {
    ("optkommunen.loaders.bbsr", "read_umsteiger", "years"),
    ("optkommunen.loaders.area_join", "official_values", "periods"),
    ("optkommunen.front.own", "attach", "period"),
    ("optkommunen.front.own_returns", "template", "period"),
    ("optkommunen.front.progress", "annual_progress", "period"),
    ("optkommunen.front.indicators", "change", "period"),
}
"""Need a workbook or official table (test_bbsr.py, test_own.py, test_template.py), take two periods, or take months
(test_annual_progress.py)."""


def taking_a_period():
    for module in pkgutil.walk_packages(optkommunen.__path__, "optkommunen."):
        if module.name.endswith("__main__"):
            continue
        for name, found in vars(importlib.import_module(module.name)).items():
            own = getattr(found, "__module__", "") == module.name and not name.startswith("_")
            if own and (inspect.isfunction(found) or dataclasses.is_dataclass(found)):
                for argument in NAMES & set(inspect.signature(found).parameters):
                    yield module.name, name, argument


def test_every_function_that_takes_a_period_is_known_here():
    assert set(taking_a_period()) == set(TAKING) | set(NO_CHOICE) | READ


@pytest.mark.parametrize("which", TAKING, ids="-".join)
def test_a_year_is_a_number_or_text_alike(which):
    ask, _ = TAKING[which]
    want = ask("2008") if which[2] != "context_period" else ask("2007")
    have = ask(np.int64(2008 if which[2] != "context_period" else 2007))
    assert len(have)
    assert have.equals(want) if isinstance(want, pd.DataFrame) else have == want


@pytest.mark.parametrize("which", TAKING, ids="-".join)
@pytest.mark.parametrize("year", [1999, "soon", 2008.5])
def test_a_year_that_is_not_there_is_refused_with_the_range(which, year):
    ask, span = TAKING[which]
    with pytest.raises(OptkommunenError, match=span if isinstance(year, str) or year == 1999 else "whole number"):
        ask(year)


@pytest.mark.parametrize("which", [("optkommunen.loaders.bundled", "load_context", "years"),
                                   ("optkommunen.figures.report2008", "grafik", "period")], ids="-".join)  # fmt: skip
def test_several_years_are_several(which):
    ask, span = TAKING[which]
    want = ask([2007, 2008])
    for years in (("2007", "2008"), range(2007, 2009), pd.Series([2007, 2008])):
        have = ask(years)
        assert have.equals(want) if isinstance(want, pd.DataFrame) else have == want
    for years in ([], [2008, 1999]):
        with pytest.raises(ValueTableError, match=span):
            ask(years)


def test_where_one_period_is_looked_at_two_are_refused():
    with pytest.raises(OptkommunenError, match="One period is looked at here; found 2007, 2008"):
        compare(QUOTA, RINGS, period=["2007", "2008"])


def test_the_range_of_context_is_that_of_the_indicator():
    with pytest.raises(ValueTableError, match=r"care_home_places: 2005, 2007, 2009; not there: 2008"):
        ok.load_context("care_home_places", 2008)
    with pytest.raises(ValueTableError, match=r"not so: childcare_u3 \(2006 to 2010\)"):
        ok.load_context(["childcare_u3", "unemployment_rate"], 2005)
    assert set(ok.load_context(["childcare_u3", "unemployment_rate"], range(2005, 2011))["period"]) == set(
        map(str, range(2005, 2011))
    )
    assert len(ok.load_context(period=2005)) > 0


def test_the_years_of_the_conditions_are_those_of_the_context():
    assert list(map(str, YEARS)) == sorted(ok.load_context()["period"].unique())


def test_a_month_is_a_period_too():
    table = ok.indicator("eingliederungsquote", RETURNS, time="month")
    months = compare(table, RINGS, period=pd.Period("2008-03"), level=None)
    assert months["period"].unique().tolist() == ["2008-03"]
    with pytest.raises(OptkommunenError, match="2006-01 to 2008-12; not there: 2008"):
        compare(table, RINGS, period=2008)


def test_no_period_at_all_is_a_frame_without_rows():
    with pytest.raises(OptkommunenError, match="the frame: none"):
        chosen_period(None, [], "the frame")


@pytest.mark.parametrize("asked", [True, 2008.5, float("nan"), None, pd.NA, pd.Timestamp("2008-01-01"), [2008, None]])
def test_what_is_no_period_is_refused(asked):
    with pytest.raises(ValueTableError, match="A period is text or a whole number"):
        periods_of(asked)
