"""The twelve context variables: official for the 69, as brought by returns, and never half of each."""

from dataclasses import replace

import numpy as np
import pytest

import optkommunen as ok
from optkommunen.errors import ValueTableError
from optkommunen.indicators.conditions import CONDITIONS, IN_LOGARITHMS, conditions, logarithmic
from tests.own_returns import REAL, write_own_returns

RETURNS = ok.load_returns()


def test_official_conditions_are_the_published_figures():
    table = conditions().set_index("kommune")
    published = ok.load_context("unemployment_rate", 2007).set_index("kommune")["value"]
    np.testing.assert_array_equal(table["unemployment_rate"], published.loc[table.index])
    rate = ok.load_context("persons_in_bg_rate", 2007).set_index("kommune")["value"]
    np.testing.assert_allclose(table["persons_in_bg_per_100"], rate.loc[table.index] / 10)


def test_figures_of_a_larger_successor_are_estimated():
    table = conditions().set_index("kommune")
    changed = ok.municipalities().query("not area_same_2021")["kommune"]
    assert set(table.index[table["status"] == "estimated"]) == set(changed)


def test_a_figure_that_is_not_published_is_named():
    table = conditions(year=2005)
    lacking = table[table["note"] != ""]
    assert len(lacking)
    for _, row in lacking.iterrows():
        named = row["note"].removeprefix("no value: ").split(", ")
        assert row[named].isna().all()


def test_musterkommunen_bring_their_own_and_no_official_figure_enters():
    table = conditions(RETURNS)
    np.testing.assert_array_equal(table[list(CONDITIONS)], RETURNS.units[list(CONDITIONS)])
    assert set(table["status"]) == {"synthetic"}


def test_real_returns_without_context_take_the_official_figures_of_their_members(tmp_path):
    table = conditions(ok.load_returns(write_own_returns(tmp_path)))
    assert set(table["kommune"]) == set(REAL.values())
    everyone = conditions().set_index("kommune")
    np.testing.assert_array_equal(table["debtor_rate"], everyone.loc[table["kommune"], "debtor_rate"])


def test_half_a_context_is_refused():
    units = RETURNS.units.assign(density=np.nan)
    with pytest.raises(ValueTableError, match="all twelve context variables or none; missing: density"):
        conditions(replace(RETURNS, units=units))


def test_logarithms_are_natural_and_replace_their_column():
    table, logs = conditions(), logarithmic(conditions())
    for name in IN_LOGARITHMS:
        assert name not in logs
        np.testing.assert_allclose(np.exp(logs[f"ln_{name}"]), table[name])


@pytest.mark.parametrize("year", [2004, 2011, "2008-03"])
def test_a_year_without_official_figures_is_refused_with_the_range(year):
    with pytest.raises(ValueTableError, match=f"official context: 2005 to 2010; not there: {year}"):
        conditions(year=year)


def test_a_year_is_a_number_or_text():
    assert conditions(year="2008").equals(conditions(year=2008))
    assert not conditions(year=2008).equals(conditions(year=2007))
