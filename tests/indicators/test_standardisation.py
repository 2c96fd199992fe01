"""Standardisation by bands: golden, hand computation, joins by label, Kitagawa's identity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.indicators.standardisation import decompose, direct, indirect
from tests.goldens import check, golden, golden_data


def unit(key="M01", events=(20, 10), stock=(100, 300), status="synthetic"):
    return pd.DataFrame(
        {"kommune": key, "band": ["u25", "25+"], "events": list(events), "stock": list(stock), "status": status}
    )


WEIGHTS = pd.DataFrame({"band": ["u25", "25+"], "weight": [1, 1]})


@pytest.fixture
def bands():
    table = golden_data("standardisation_bands").rename(columns={"count": "events", "pop": "stock"})
    return table.assign(kommune="M01", status="synthetic")


@pytest.mark.shared
def test_v03_direct(bands):
    block = golden("V03_phe_dsr_isr")
    weights = bands.dropna(subset="esp1976")[["band", "esp1976"]].rename(columns={"esp1976": "weight"})
    own = bands[bands["band"].isin(weights["band"])]
    (row,) = direct(own, weights, per=10_000).to_dict("records")
    check(row["events"], block["values"]["dsr_events"], block["tolerance"])
    check(row["value"], block["values"]["dsr_per10000"], block["tolerance"])
    check([row["lower"], row["upper"]], block["values"]["dsr_ci95"], block["tolerance"])


@pytest.mark.shared
def test_v03_indirect(bands):
    block = golden("V03_phe_dsr_isr")
    reference = bands[["band", "ref_count", "ref_pop"]].set_axis(["band", "events", "stock"], axis=1)
    (row,) = indirect(bands, reference).to_dict("records")
    check(row["events"], block["values"]["isr_observed"], block["tolerance"])
    check(row["expected"], block["values"]["isr_expected"], block["tolerance"])
    check(row["value"], block["values"]["isr_x100"], block["tolerance"])
    check([row["lower"], row["upper"]], block["values"]["isr_ci95"], block["tolerance"])


def test_a_direct_rate_by_hand():
    # half of 20/100 and half of 10/300
    assert direct(unit(), WEIGHTS)["value"].iloc[0] == pytest.approx(100 * (0.2 + 1 / 30) / 2)


def test_an_indirect_ratio_by_hand():
    reference = pd.DataFrame({"band": ["25+", "u25"], "events": [50, 100], "stock": [1000, 1000]})
    row = indirect(unit(), reference).iloc[0]
    assert row["expected"] == pytest.approx(100 * 0.1 + 300 * 0.05)
    assert row["value"] == pytest.approx(100 * 30 / 25)


def test_bands_are_joined_by_label_whatever_their_order():
    reference = pd.DataFrame({"band": ["u25", "25+"], "events": [100, 50], "stock": [1000, 1000]})
    shuffled = unit()[::-1]
    pd.testing.assert_frame_equal(direct(unit(), WEIGHTS), direct(shuffled, WEIGHTS[::-1]))
    pd.testing.assert_frame_equal(indirect(unit(), reference), indirect(shuffled, reference[::-1]))


def test_a_band_without_a_weight_is_refused_by_its_label():
    with pytest.raises(ValueTableError, match=r"joined by label; without a weight: 25\+ \(weights: u25\)"):
        direct(unit(), WEIGHTS[:1])


def test_labels_of_another_type_are_other_labels():
    with pytest.raises(ValueTableError, match="without a weight: 1"):
        direct(unit().assign(band=["1", "2"]), WEIGHTS.assign(band=[1, 2]))


def test_a_band_that_was_not_reported_makes_one_unit_missing_and_no_other():
    frame = pd.concat([unit("M01")[:1], unit("M02")])
    first, second = direct(frame, WEIGHTS).to_dict("records")
    assert np.isnan(first["value"])
    assert (first["status"], first["note"], first["method"]) == ("missing", "band 25+ not reported", "none")
    assert (second["status"], second["note"]) == ("synthetic", "")


def test_an_unusable_band_enters_nothing():
    frame = unit(status=["synthetic", "unusable"])
    for result in (direct(frame, WEIGHTS), indirect(frame, unit()[["band", "events", "stock"]])):
        assert result["value"].isna().all()
        assert result["note"].tolist() == ["band 25+ unusable"]


def test_fewer_than_ten_events_have_no_direct_rate():
    row = direct(unit(events=(5, 4)), WEIGHTS).iloc[0]
    assert np.isnan(row["value"])
    assert row["note"] == "fewer than 10 events"


def test_a_band_without_anybody_has_no_rate_but_expects_nothing():
    frame = unit(stock=(100, 0), events=(20, 0))
    assert direct(frame, WEIGHTS)["note"].tolist() == ["nobody in band 25+"]
    assert indirect(frame, unit()[["band", "events", "stock"]])["value"].tolist() == [100.0]


def test_no_expected_event_is_said():
    reference = pd.DataFrame({"band": ["u25", "25+"], "events": [0, 0], "stock": [10, 10]})
    assert indirect(unit(), reference)["note"].tolist() == ["no event is expected"]


def test_an_empty_band_of_the_reference_is_refused():
    with pytest.raises(ValueTableError, match=r"nobody is in 25\+"):
        indirect(unit(), pd.DataFrame({"band": ["u25", "25+"], "events": [1, 1], "stock": [10, 0]}))


def test_no_observed_event_is_a_ratio_of_0_with_an_upper_limit():
    row = indirect(unit(events=(0, 0)), unit()[["band", "events", "stock"]]).iloc[0]
    assert (row["value"], row["lower"], row["method"]) == (0, 0, "exact")
    assert row["upper"] > 0


def test_several_levels_come_long_and_none_changes_no_value():
    frame = pd.concat([unit("M02"), unit("M01")])
    two, off = direct(frame, WEIGHTS, level=(0.95, 0.998)), direct(frame, WEIGHTS, level=None)
    assert two[["kommune", "level"]].to_numpy().tolist() == [
        ["M01", 0.95], ["M01", 0.998], ["M02", 0.95], ["M02", 0.998]
    ]  # fmt: skip
    assert off["value"].tolist() == two["value"][::2].tolist()
    assert off["lower"].isna().all()
    assert set(off["method"]) == {"none"}


@pytest.mark.parametrize(
    ("frame", "message"),
    [(unit().drop(columns="status"), "not found: status"),
     (pd.concat([unit(), unit()]), "more than once here: M01/u25"),
     (unit(events=(-1, 2)), "not so in 1 row, the first: M01/u25: -1"),
     (unit(events=(np.nan, 2)), "has the status 'missing'"),
     (unit(events=("many", 2)), "many")],
    ids=["column", "twice", "negative", "empty", "text"],
)  # fmt: skip
def test_bands_that_break_their_form_are_refused(frame, message):
    with pytest.raises(ValueTableError, match=message):
        direct(frame, WEIGHTS)


STANDARDISED = {
    "direct": lambda **o: direct(unit(), WEIGHTS, **o),
    "indirect": lambda **o: indirect(unit(), unit(), **o),
    "decompose": lambda **o: decompose(unit(), unit(), **o),
}


@pytest.mark.parametrize("name", STANDARDISED)
@pytest.mark.parametrize("per", [0, -100, float("nan"), "x"])
def test_a_standardised_rate_is_per_a_positive_number(name, per):
    with pytest.raises(OptkommunenError, match="per a positive number of units"):
        STANDARDISED[name](per=per)


@pytest.mark.parametrize("name", ["direct", "indirect"])
@pytest.mark.parametrize("level", [95, 0, "0.95", [0.95, None], []])
def test_a_standardised_rate_has_a_level_between_0_and_1(name, level):
    with pytest.raises(OptkommunenError, match=r"Write 0\.95"):
        STANDARDISED[name](level=level)


def test_a_standard_population_of_nobody_is_refused():
    with pytest.raises(ValueTableError, match="all weights are 0"):
        direct(unit(), WEIGHTS.assign(weight=0))


def test_averaged_events_are_standardised_without_an_interval():
    table = direct(unit(events=(20.5, 10)), WEIGHTS, level=None)
    assert table["value"].notna().all()
    assert table["method"].tolist() == ["none"]


COUNT = st.integers(1, 10_000)
POPULATION = st.lists(st.tuples(st.integers(0, 5_000), COUNT), min_size=3, max_size=3)


@given(POPULATION, POPULATION, st.permutations(range(3)))
def test_kitagawas_parts_add_up_to_the_gap(first, second, order):
    one, two = (
        pd.DataFrame(counts, columns=["events", "stock"]).assign(band=["a", "b", "c"]) for counts in (first, second)
    )
    parts = decompose(one, two.iloc[order], per=1)
    gap = one["events"].sum() / one["stock"].sum() - two["events"].sum() / two["stock"].sum()
    got = parts["composition"].sum() + parts["rate"].sum()
    scale = max(1.0, (one["events"] / one["stock"]).max(), (two["events"] / two["stock"]).max())
    assert abs(got - gap) <= 1e-12 * scale


@given(POPULATION, POPULATION)
def test_kitagawas_parts_change_sign_with_the_direction(first, second):
    one, two = (
        pd.DataFrame(counts, columns=["events", "stock"]).assign(band=["a", "b", "c"]) for counts in (first, second)
    )
    there, back = decompose(one, two), decompose(two, one)
    np.testing.assert_allclose(there[["composition", "rate"]], -back[["composition", "rate"]], rtol=1e-12)


def test_populations_over_other_bands_do_not_decompose():
    other = unit().assign(band=["u25", "55+"])
    with pytest.raises(ValueTableError, match=r"only in one: 25\+, 55\+"):
        decompose(unit(), other)
    with pytest.raises(ValueTableError, match=r"no rate; found 25\+"):
        decompose(unit(), unit(stock=(10, 0)))


def test_events_in_a_band_without_anybody_make_a_ratio_missing():
    row = indirect(unit(stock=(100, 0), events=(20, 5)), unit()[["band", "events", "stock"]]).iloc[0]
    assert np.isnan(row["value"])
    assert (row["status"], row["note"]) == ("missing", "events and nobody in band 25+")
