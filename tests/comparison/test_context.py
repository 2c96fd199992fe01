"""One row of conditions for each unit, on both legs."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from optkommunen.comparison.context import CONTEXT, context_of
from optkommunen.errors import ComparisonError
from optkommunen.loaders.context import load_context
from optkommunen.loaders.returns import load_returns
from optkommunen.register import municipalities
from optkommunen.synthetic import places


def test_the_twelve_are_those_of_the_musterkommunen():
    assert CONTEXT == places.CONTEXT


def test_the_69_have_all_twelve_and_germany_is_not_among_them():
    context = context_of()
    assert sorted(context["kommune"]) == sorted(municipalities()["kommune"])
    assert context[list(CONTEXT)].notna().all().all()


def test_published_figures_arrive_unchanged():
    published = load_context("household_income", 2007).set_index("kommune")["value"].drop("DE")
    pd.testing.assert_series_equal(
        context_of().set_index("kommune")["household_income"].sort_index(), published.sort_index(), check_names=False
    )


def test_persons_in_bg_are_per_100_inhabitants():
    published = load_context("persons_in_bg_rate", 2007).set_index("kommune")["value"]
    context = context_of().set_index("kommune")["persons_in_bg_per_100"]
    np.testing.assert_allclose(context * 10, published[context.index])


def test_figures_of_a_later_kreis_are_estimated_and_say_so():
    context = context_of().set_index("kommune")
    assert context.loc[context["status"] == "estimated", "note"].str.startswith("value of ").all()
    assert (context.loc[context["status"] == "derived", "note"] == "").all()
    assert (context["status"] == "estimated").sum() == (~municipalities()["area_same_2021"]).sum()


def test_the_units_of_returns_are_taken_as_they_are():
    returns = load_returns()
    context = context_of(returns)
    pd.testing.assert_frame_equal(context[["kommune", *CONTEXT]], returns.units[["kommune", *CONTEXT]])
    assert (context["status"] == "synthetic").all()


def test_returns_of_another_year_need_no_official_figures():
    returns = load_returns()
    few = dataclasses.replace(returns, units=returns.units.head(3))
    assert len(context_of(few)) == 3


def test_a_year_without_all_twelve_is_refused_with_names():
    with pytest.raises(ComparisonError, match=r"context of 2006 is not complete: no persons_in_bg_rate.*Use 2007"):
        context_of(year=2006)
