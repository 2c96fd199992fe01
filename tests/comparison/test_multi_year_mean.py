"""The lasting value: means of years, their standard errors, statuses, and unlike years."""

import numpy as np
import pandas as pd
import pytest

from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.transient import transient_variance
from optkommunen.comparison.variance import sampling_variance
from optkommunen.data.register import municipalities
from optkommunen.errors import ComparisonError

KEYS = [f"M{i + 1:02d}" for i in range(12)]
REAL = municipalities()["kommune"].tolist()[:12]


def years(seed=1, periods=("2006", "2007", "2008")):
    rng = np.random.default_rng(seed)
    level = rng.normal(3, 0.5, size=len(KEYS))
    parts = []
    for i, period in enumerate(periods):
        value = level + 0.4 * i + rng.normal(0, 0.2, size=len(KEYS))
        parts.append(pd.DataFrame({"kommune": KEYS, "period": period, "value": value, "variance": 0.01}))
    return pd.concat(parts, ignore_index=True).assign(status="synthetic")


def test_with_all_years_it_is_the_plain_mean_and_the_error_of_a_mean():
    frame = years()
    found = multi_year_mean(frame)
    assert found.table["value"].tolist() == pytest.approx(frame.groupby("kommune")["value"].mean().tolist())
    omega2 = transient_variance(frame).omega2
    assert found.omega2 == omega2 > 0
    assert found.table["se"].tolist() == pytest.approx([np.sqrt((0.01 + omega2) / 3)] * len(KEYS))
    assert found.reason == ""
    assert (found.table["note"] == "").all()
    assert found.df == transient_variance(frame).df == pytest.approx(2 * (len(KEYS) - 1))


def test_two_years_stand_beside_three_without_the_level_of_the_year():
    frame = years()
    whole = multi_year_mean(frame).table.set_index("kommune")
    part = multi_year_mean(frame[(frame["kommune"] != "M01") | (frame["period"] != "2008")]).table.set_index("kommune")
    assert abs(part.at["M01", "value"] - whole.at["M01", "value"]) < 0.2  # the plain mean of two years lacks 0.2
    assert part.at["M01", "n"] == 2
    assert part.at["M01", "se"] > part.at["M02", "se"]
    assert part.at["M01", "note"] == "2 of 3 years, freed of the level of each year"


def test_a_shift_of_one_year_for_all_moves_nobody_against_the_others():
    frame = years()
    gap = frame[(frame["kommune"] != "M03") | (frame["period"] != "2007")]
    shifted = gap.assign(value=gap["value"] + 5 * (gap["period"] == "2007"))
    one, other = (multi_year_mean(f).table["value"] for f in (gap, shifted))
    assert (other - one).tolist() == pytest.approx([5 / 3] * len(KEYS))


def test_without_three_years_only_chance_is_in_it_and_it_says_so():
    found = multi_year_mean(years(periods=("2007", "2008")))
    assert found.omega2 == 0
    assert found.reason == "ω² needs three years, found 2"
    assert found.table["se"].tolist() == pytest.approx([np.sqrt(0.01 / 2)] * len(KEYS))


def test_the_status_is_the_worst_of_the_years_that_enter():
    frame = years().assign(kommune=lambda f: f["kommune"].map(dict(zip(KEYS, REAL, strict=True))), status="derived")
    first = (frame["kommune"] == REAL[0]) & (frame["period"] == "2006")
    later = (frame["kommune"] == REAL[1]) & (frame["period"] == "2008")
    gone = frame["kommune"] == REAL[2]
    frame.loc[first | gone, "status"] = "missing"
    frame.loc[later, "status"] = "estimated"
    table = multi_year_mean(frame).table.set_index("kommune")
    assert table.loc[list(REAL[:4]), "status"].tolist() == ["derived", "estimated", "missing", "derived"]
    assert table.at[REAL[0], "n"] == 2
    assert table.at[REAL[2], "note"] == "no year with a value"
    assert np.isnan(table.at[REAL[2], "value"])
    assert np.isnan(table.at[REAL[2], "se"])


def counted(numerators, denominators=(100, 100, 100)):
    """Counts of three years by municipality, with the variances that chance gives them."""
    rows = [
        {"kommune": key, "period": str(2006 + i), "numerator": o, "denominator": e, "value": 100 * o / e}
        for key, counts in numerators.items()
        for i, (o, e) in enumerate(zip(counts, denominators, strict=True))
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(variance=1e4 * sampling_variance(frame["numerator"], frame["denominator"]))


def test_a_municipality_without_event_does_not_look_surer_than_one_with_one():
    frame = counted({"M01": (0, 0, 0), "M02": (1, 1, 1), "M03": (2, 9, 4), "M04": (6, 3, 7)})
    se = multi_year_mean(frame).table.set_index("kommune")["se"]
    assert se["M01"] > se["M02"]


def test_where_nobody_had_an_event_the_value_stays_and_has_no_standard_error():
    table = multi_year_mean(counted({"M01": (0, 0, 0), "M02": (0, 0, 0)})).table
    assert table["value"].tolist() == [0, 0]
    assert table["se"].isna().all()
    assert table["note"].unique() == "no sampling variance"


def test_the_size_of_a_municipality_is_its_weight_in_the_change_between_years():
    rng = np.random.default_rng(1)
    keys = [f"M{i + 1:02d}" for i in range(12)]
    frame = counted({key: rng.poisson(rng.normal(30, 6, 3)) for key in keys}, (100, 150, 120))
    assert multi_year_mean(frame).omega2 == transient_variance(frame).omega2
    assert multi_year_mean(frame).omega2 != multi_year_mean(frame.drop(columns="denominator")).omega2


def test_nobody_with_all_years_is_refused():
    frame = years(periods=("2007", "2008"))
    half = frame[(frame["kommune"] < "M07") == (frame["period"] == "2007")]
    with pytest.raises(ComparisonError, match=r"nobody has them\. Choose the years that most have"):
        multi_year_mean(half)
