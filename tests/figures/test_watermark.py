"""The mark of invented values: every figure has it, none can switch it off, and pictures can be searched for it."""

import inspect
from io import BytesIO

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

import optkommunen as ok
from optkommunen.comparison.funnel import Funnel
from optkommunen.comparison.ranks import RankSets
from optkommunen.figures import layout, scatter, style
from optkommunen.figures.layout import text_width
from optkommunen.figures.notes import MARK
from optkommunen.regression.linear import LinearModel
from tests.figures import test_comparison_figures as figures

RETURNS = ok.load_returns()
RANKS = ("marginal", "simultaneous")


def yearly_bg():
    table = ok.indicator("bg", RETURNS, level=None).merge(RETURNS.units[["kommune", "ring"]])
    return table[["kommune", "period", "indicator", "value", "unit", "status", "ring"]]


def coefficients():
    frame = RETURNS.units[["kommune", "unemployment_rate", "density", "gdp_per_head", "status"]]
    return LinearModel("unemployment_rate", ("density", "gdp_per_head"), None, "OLS")(frame).table()


def curve():
    rows = {"value": [0.3, 0.1], "lower": [0.1, -0.2], "upper": [0.5, 0.4], "p": [0.01, 0.5], "outcome": "rate"}
    rows |= {"weights": "", "sample": "all", "controls": ["density", ""], "main": [True, False], "status": "synthetic"}
    return pd.DataFrame(rows)


def without():
    return RETURNS.units[["kommune", "name"]].assign(value=[0.3 + 0.001 * i for i in range(69)], hat=0.1)


def of_services(name):
    return (
        ok.service_indicator(name, RETURNS).query("period == '2008'").merge(RETURNS.units[["kommune", "name", "ring"]])
    )


def need_against_coverage():
    coverage = of_services("service_coverage")
    need = coverage.assign(indicator="service_need", value=coverage["denominator"])
    on = ["kommune", "service"]
    return scatter.points(need, coverage, on).merge(RETURNS.units[["kommune", "name", "ring"]], on="kommune")


def rates_of_two_rings():
    table = ok.indicator("beschaeftigtenquote", RETURNS)
    return table[table["ring"].isin(["R-I", "R-II"])]


DRAWN = {
    "development": lambda **size: ok.figures.development(yearly_bg(), **size),
    "coefficients": lambda **size: ok.figures.coefficients(coefficients(), **size),
    "grafik": lambda **size: ok.figures.grafik(4, RETURNS, **size),
    "compare_areas": lambda **size: ok.figures.compare_areas(figures.POSITION, **size),
    "rank_sets": lambda **size: ok.figures.rank_sets(*(RankSets(k, draws=500)(figures.VALUES) for k in RANKS), **size),
    "funnel": lambda **size: ok.figures.funnel(Funnel()(figures.COUNTS), **size),
    "heatmap": lambda **size: ok.figures.heatmap(figures.LABELS, **size),
    "profile": lambda **size: ok.figures.profile(figures.of_ring("R-IV", figures.LABELS), "M15", **size),
    "ring_and_neighbours": lambda **size: ok.figures.ring_and_neighbours(
        figures.LAST, "M15", {"near": ["M01", "M02"]}, **size
    ),
    "specification_curve": lambda **size: ok.figures.specification_curve(curve(), **size),
    "influence": lambda **size: ok.figures.influence(without(), 0.3, status="synthetic", **size),
    "by_service": lambda **size: ok.figures.by_service(
        of_services("service_coverage").query("ring == 'R-IV'"), by="name", **size
    ),
    "need_and_provision": lambda **size: ok.figures.need_and_provision(need_against_coverage(), **size),
    "quota_development": lambda **size: ok.figures.quota_development(rates_of_two_rings(), by="ring", **size),
}
REAL_PLACES_ONLY = {"map_rings", "map_indicator"}  # maps refuse invented values, see their tests


def figure_functions():
    found = {name: getattr(ok.figures, name) for name in dir(ok.figures)}
    return {
        name for name, value in found.items()
        if inspect.isfunction(value) and str(inspect.signature(value).return_annotation) == "Chart"
    }  # fmt: skip


def test_every_function_that_draws_is_looked_at_here():
    assert figure_functions() == set(DRAWN) | REAL_PLACES_ONLY


@pytest.mark.parametrize("name", DRAWN)
def test_invented_values_are_marked_inside_the_axes(name):
    fig = DRAWN[name]()
    marked = [ax for ax in fig.axes if any(text.get_gid() == "mark" for text in ax.texts)]
    assert marked == [ax for ax in fig.axes if ax.axison]


@pytest.mark.parametrize("name", sorted(figure_functions()))
def test_no_switch_turns_the_mark_off(name):
    options = inspect.signature(getattr(ok.figures, name)).parameters
    assert not [option for option in options if "mark" in option or "synth" in option]


def test_one_invented_value_among_real_ones_is_enough():
    _, ax = plt.subplots()
    layout.watermark(ax.figure, pd.Series(["observed"] * 99 + ["synthetic"]))
    assert [text.get_text() for text in ax.texts] == [MARK]


FULL = text_width(MARK, 7.0, "bold")  # inches of the whole mark at its usual size


@pytest.mark.parametrize(
    ("width", "lines", "size"), [(1.2, 1, 7.0), (0.9, 1, 0.94 * 0.9 * 7.0), (0.8, 2, 5.8), (0.46, 2, None)]
)
def test_the_mark_becomes_smaller_then_breaks_and_stays_inside_the_axes(width, lines, size):
    fig = plt.figure(figsize=(width * FULL, 2), dpi=288)
    ax = fig.add_axes((0, 0, 1, 1))
    layout.watermark(fig, ["synthetic"])
    (mark,) = ax.texts
    assert mark.get_text().replace("\n", " ") == MARK
    assert mark.get_text().count("\n") == lines - 1
    assert mark.get_size() == pytest.approx(size) if size else mark.get_size() < 5.8
    left, bottom, right, top = mark.get_window_extent().extents / 4  # points, from the corner of the axes
    assert (left, bottom) == pytest.approx((3, 3), abs=0.5)
    assert 0.8 * width * FULL * 72 * min(1, 1 / width) / lines < right < width * FULL * 72
    assert top - bottom < 1.5 * lines * mark.get_size()


def test_real_values_are_not_marked():
    _, ax = plt.subplots()
    layout.watermark(ax.figure, ["observed", "estimated", "missing"])
    assert ax.texts[:] == []


@pytest.mark.parametrize("status", ["observed", "unknown", "missing"])
def test_a_musterkommune_is_marked_though_its_frame_lost_the_status(status):
    _, (ax, other) = plt.subplots(2)
    layout.watermark(ax.figure, [status], ["06438", "M01"])
    assert [text.get_text() for axes in (ax, other) for text in axes.texts] == [MARK, MARK]


def test_real_keys_without_status_are_not_marked():
    _, ax = plt.subplots()
    layout.watermark(ax.figure, ["unknown"], ["06438"])
    assert ax.texts[:] == []


def test_a_picture_carries_its_words():
    with Image.open(BytesIO(style.png(DRAWN["grafik"]()))) as picture:
        assert picture.info["Title"] == "Eingliederungsquote, 2008"
        assert MARK in " ".join(picture.info["Description"].split())
        assert "Musterkommune 01" in picture.info["Description"]


def test_whose_returns_these_are_is_said_in_both_languages():
    assert ok.figures.whose(RETURNS).startswith(f"{MARK}: 69 erfundene Orte")
    assert ok.figures.whose(RETURNS, lang="en").startswith(f"{MARK}: 69 invented places")
