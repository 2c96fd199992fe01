"""Sums over municipalities."""

import pandas as pd
import pytest

from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.indicators.aggregate import is_count, same_members, total
from optkommunen.indicators.caseload import caseload
from optkommunen.loaders.bundled import load_context


def table(values, statuses, periods=None, unit="persons"):
    n = len(values)
    return pd.DataFrame(
        {
            "kommune": [f"M{i + 1:02d}" for i in range(n)] if periods is None else ["M01", "M02"] * (n // 2),
            "period": periods or ["2008"] * n,
            "indicator": "bg",
            "value": values,
            "unit": unit,
            "status": statuses,
        }
    )


@pytest.fixture(scope="module")
def ehb_with_ring():
    frame = caseload().query("indicator == 'ehb'")
    return frame.merge(reconstructed()[["kommune", "ring"]], on="kommune")


def test_ring_total_equals_sum_of_members(ehb_with_ring):
    sums = total(ehb_with_ring, by="ring").set_index(["ring", "period"])["value"]
    for (ring, period), members in ehb_with_ring.groupby(["ring", "period"]):
        assert sums[ring, period] == pytest.approx(members["value"].sum(), rel=1e-12)


def test_every_municipality_is_counted_once_as_summed_or_as_missing(ehb_with_ring):
    sums = total(ehb_with_ring, by="ring")
    assert (sums["n"] + sums["n_missing"]).groupby(sums["period"]).sum().eq(69).all()


def test_the_sum_carries_the_worst_status_that_is_summed():
    assert total(table([1, 2, 3], ["observed", "estimated", "derived"]))["status"].tolist() == ["estimated"]


def test_missing_municipalities_are_counted_and_do_not_spoil_the_status():
    row = total(table([1, 2, float("nan")], ["observed", "observed", "missing"])).iloc[0]
    assert (row["value"], row["n"], row["n_missing"], row["status"]) == (3, 2, 1, "observed")


@pytest.mark.parametrize("status", ["unusable", "suppressed", "missing"])
def test_a_value_without_worth_enters_nothing_even_if_a_number_is_printed(status):
    row = total(table([1, 2, 1000], ["observed", "observed", status])).iloc[0]
    assert row["value"] == 3


def test_a_group_without_any_value_is_missing_not_zero():
    row = total(table([float("nan")] * 2, ["missing"] * 2)).iloc[0]
    assert pd.isna(row["value"])
    assert (row["status"], row["n"], row["n_missing"]) == ("missing", 0, 2)


def test_a_true_zero_stays_zero():
    assert total(table([0.0], ["observed"]))["value"].tolist() == [0.0]


def test_germany_enters_no_total():
    frame = load_context("unemployed", 2006)
    without = frame[frame["kommune"] != "DE"]
    assert total(frame).equals(total(without))


@pytest.mark.parametrize(
    "name", ["unemployment_rate", "childcare_u3", "benefit_per_bg", "mean_age", "care_home_places"]
)
def test_rates_are_not_summed(name):
    with pytest.raises(ValueTableError, match=f"rates are not; the unit of '{name}'"):
        total(load_context(name, 2009))


@pytest.mark.parametrize("name", ["population", "population_dec", "area_km2", "unemployed", "employees"])
def test_counts_of_the_context_are_summed(name):
    assert (total(load_context(name, 2006))["value"] > 0).all()


def test_a_unit_is_a_count_in_thousands_as_well():
    assert is_count("1,000 €")
    assert not is_count("1,000 € per inhabitant")


def test_two_units_of_one_indicator_are_refused():
    frame = table([1, 2], ["observed"] * 2).assign(unit=["persons", "1,000 persons"])
    with pytest.raises(ValueTableError, match="needs one unit; 'bg' comes in 'persons', '1,000 persons'"):
        total(frame)


def test_the_count_of_a_successor_is_refused_because_two_may_share_it():
    frame = table([1, 2], ["observed", "estimated"]).assign(area_status=["admitted", "successor"])
    with pytest.raises(ValueTableError, match="M02 carry the count of a larger successor"):
        total(frame)


def test_a_row_without_group_is_refused():
    frame = table([1, 2], ["observed"] * 2).assign(ring=["R-I", None])
    with pytest.raises(ValueTableError, match="column 'ring' is empty for M02"):
        total(frame, by="ring")


def test_a_frame_without_status_is_refused():
    with pytest.raises(ValueTableError, match="not found: status"):
        total(table([1], ["observed"]).drop(columns="status"))


def test_totals_of_several_indicators_and_groups_keep_both():
    frame = caseload().assign(land=lambda f: f["kommune"].str[:2], all="69")
    sums = total(frame, by=["all", "land"])
    assert len(sums) == 2 * 4 * frame["land"].nunique()
    assert sums["indicator"].unique().tolist() == ["persons_in_bg", "ehb"]


def test_who_has_a_value_in_some_years_only_is_left_out_of_all():
    frame = table([1, 2, 3, float("nan")], ["observed"] * 3 + ["missing"], ["2007", "2007", "2008", "2008"])
    assert total(frame)["n"].tolist() == [2, 1]
    assert total(same_members(frame))["value"].tolist() == [1, 3]


def test_who_has_no_value_in_any_year_stays_and_is_counted_as_missing():
    frame = caseload().query("indicator == 'ehb'")
    assert same_members(frame).equals(frame)
    assert total(frame)["n_missing"].tolist() == [1, 1, 1, 1]


def test_the_order_of_rows_changes_no_total(ehb_with_ring):
    shuffled = ehb_with_ring.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(total(shuffled, by="ring"), total(ehb_with_ring, by="ring"), rtol=1e-13)


def test_sums_over_reconstructed_rings_are_estimated_and_count_whose_values_are(ehb_with_ring):
    sums = total(ehb_with_ring, by="ring")
    assert set(sums["status"]) == set(sums["ring_status"]) == {"estimated"}
    assert sums.set_index(["ring", "period"]).at[("R-I", "2008"), "n_estimated"] == 0
    own = total(ehb_with_ring.assign(ring="mine"), by="ring")
    assert "ring_status" not in own.columns
    told = total(ehb_with_ring.assign(ring="mine", ring_status="estimated"), by="ring")
    assert set(told["ring_status"]) == {"estimated"}


def test_groups_of_categories_are_summed_as_text(ehb_with_ring):
    pd.testing.assert_frame_equal(
        total(ehb_with_ring.astype({"ring": "category"}), by="ring"), total(ehb_with_ring, by="ring")
    )
