"""Totals and ratios by the catalogue and by declaration."""

from optkommunen.comparison.frontier.quantities import ratios_among
from optkommunen.data import catalogue

ENTRIES = catalogue.entries()


def test_every_rate_quota_relation_and_cost_per_head_of_the_catalogue_is_a_ratio():
    names = [entry.name for entry in ENTRIES if entry.kind in ("event_rate", "stock_quota", "ratio", "cost")]
    assert ratios_among(names) == tuple(names)


def test_every_count_of_the_catalogue_is_a_total():
    assert ratios_among(entry.name for entry in ENTRIES if entry.kind == "count") == ()


def test_published_shares_and_means_are_ratios_and_published_numbers_totals():
    assert ratios_among(["unemployment_rate", "mean_age", "gdp_per_head"]) == (
        "unemployment_rate",
        "mean_age",
        "gdp_per_head",
    )
    assert ratios_among(["population", "unemployed", "employees", "area_km2", "debt"]) == ()


def test_a_column_that_nobody_knows_is_a_total_until_it_is_declared_a_ratio():
    assert ratios_among(["own", "other"]) == ()
    assert ratios_among(["own", "other"], declared=["other"]) == ("other",)
