"""Every comparison and the inputs that go wrong: a clear error, or a result that says what it is."""

import numpy as np
import pandas as pd
import pytest

from optkommunen.comparison.distances import regression_weights
from optkommunen.comparison.frontier.envelopment import Frontier
from optkommunen.comparison.funnel import Funnel
from optkommunen.comparison.gate import standard_errors
from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.neighbours import nearest
from optkommunen.comparison.partners import learning_partners
from optkommunen.comparison.position import compare
from optkommunen.comparison.quarters import gain_to_best_quarter, quarter_cuts
from optkommunen.comparison.ranks import RankSets, distinguishable, top_k
from optkommunen.comparison.shrinkage import eb_beta, eb_gamma, eb_normal
from optkommunen.comparison.types import Typology
from optkommunen.errors import ComparisonError, ForeignUnitError, OptkommunenError
from optkommunen.indicators.service_supply import service_profile
from optkommunen.returns.read import load_returns
from optkommunen.values import KEY, SYNTHETIC_KEYS

N = 14
RNG = np.random.default_rng(5)
GOOD = pd.DataFrame(
    {
        KEY: SYNTHETIC_KEYS[:N],
        "period": "2008",
        "numerator": RNG.integers(50, 900, N).astype(float),
        "denominator": RNG.integers(2_000, 9_000, N).astype(float),
        "value": RNG.normal(10, 4, N),
        "se": RNG.uniform(0.5, 1, N),
        "variance": RNG.uniform(0.3, 1, N),
        "a": RNG.normal(size=N),
        "b": RNG.normal(size=N),
        "status": "synthetic",
    }
)
RINGS = GOOD[[KEY]].assign(ring="R-I")
LISTS = nearest(GOOD, ["a", "b"], k=4)

CALLS = {
    "compare": lambda f: compare(f.drop(columns="value"), RINGS, kind="event_rate", polarity=1, level=0.95),
    "gain": lambda f: gain_to_best_quarter(f.drop(columns="value"), RINGS, kind="event_rate", polarity=1),
    "funnel": lambda f: Funnel(polarity=1, events="numerator", exposure="denominator")(f),
    "funnel of shares": lambda f: Funnel(kind="proportion", polarity=1, events="numerator", exposure="denominator")(f),
    "eb_gamma": lambda f: eb_gamma(f, events="numerator", exposure="denominator"),
    "eb_beta": lambda f: eb_beta(f, part="numerator", whole="denominator"),
    "eb_normal": eb_normal,
    "ranks": lambda f: RankSets("simultaneous", draws=200)(f),
    "lasting": lambda f: multi_year_mean(f.filter([KEY, "period", "value", "variance", "status"])),
    "nearest": lambda f: nearest(f, ["a", "b"], k=3),
    "weights": lambda f: regression_weights(f, "value", ["a", "b"]),
    "types": lambda f: Typology(["a", "b"])(f),
    "frontier": lambda f: Frontier(("denominator",), ("numerator",))(f),
    "partners": lambda f: learning_partners(f.filter([KEY, "value", "se", "status"]), "M01", RINGS),
}
COUNTS = ["numerator", "denominator"]
NUMBERS = [*COUNTS, "value", "se", "variance", "a", "b"]
SIGNED = {"nearest", "weights", "types"}  # a condition, or a value, may be negative
COLUMN = {"eb_normal": "variance", "lasting": "variance", "ranks": "se", "partners": "se"}

called = pytest.mark.parametrize("name", CALLS)


@called
def test_a_good_frame_passes(name):
    assert CALLS[name](GOOD) is not None


@called
def test_a_foreign_unit_is_refused_by_name(name):
    frame = GOOD.assign(**{KEY: GOOD[KEY].mask(GOOD[KEY] == "M03", "05111")})
    with pytest.raises(ForeignUnitError, match=r"05111 \(Düsseldorf\)"):
        CALLS[name](frame)


@called
def test_a_frame_without_the_key_says_which_column_is_missing(name):
    with pytest.raises(ComparisonError, match=f"not found: {KEY}"):
        CALLS[name](GOOD.drop(columns=KEY))


@pytest.mark.parametrize("name", sorted(set(CALLS) - SIGNED))
def test_a_negative_amount_is_refused_with_its_unit(name):
    column = COLUMN.get(name, "numerator")
    frame = GOOD.assign(**{column: GOOD[column].mask(GOOD[KEY] == "M03", -5.0)})
    with pytest.raises(ComparisonError, match=rf"{column}.*(M03: -5|M03 has -5)"):
        CALLS[name](frame)


FEW = {
    "funnel": "at least 2 units; found 1", "funnel of shares": "at least 2 units; found 1",
    "eb_gamma": "at least 2 units; found 1", "eb_beta": "at least 2 units; found 1",
    "eb_normal": "at least 2 units; found 1", "ranks": "at least 2 units; found 1",
    "nearest": "at least 2 units; found 1", "weights": "at least 2 units; found 1",
    "types": "at least 2 units; found 1", "frontier": "at least 2 units; found 1",
}  # fmt: skip


@pytest.mark.parametrize("name", FEW)
def test_one_unit_is_no_comparison(name):
    with pytest.raises(ComparisonError, match=FEW[name]):
        CALLS[name](GOOD.head(1))


def test_a_ring_of_one_has_no_reference_no_gain_and_no_partner():
    rings = RINGS.assign(ring=RINGS["ring"].mask(RINGS[KEY] == "M01", "alone"))
    own = compare(GOOD.drop(columns="value"), rings, kind="event_rate", polarity=1, level=0.95).iloc[0]
    assert (own["label"], np.isnan(own["reference_value"])) == ("not assessed", True)
    assert "nobody else" in own["note"]
    gain = gain_to_best_quarter(GOOD.drop(columns="value"), rings, kind="event_rate", polarity=1).iloc[0]
    assert np.isnan(gain["value"])
    assert "fewer than 4" in gain["note"]
    found = learning_partners(GOOD[[KEY, "value", "se", "status"]], "M01", rings)
    assert found.reason == "nobody else in its group has a value and a standard error"


@pytest.mark.parametrize("k", [0, -1, 1.5, 3.0, True, N, "3", None])
def test_neighbours_are_a_whole_number_of_the_others(k):
    with pytest.raises(ComparisonError, match=f"each has 1 to {N - 1} neighbours; found k="):
        nearest(GOOD, ["a", "b"], k=k)


def test_quarters_are_cut_from_finite_numbers_by_a_known_type():
    with pytest.raises(ComparisonError, match="finite numbers"):
        quarter_cuts([1, 2, 3, np.inf])
    for quantile_type in ("7", True, None, [7], 5):
        with pytest.raises(ComparisonError, match="type 7 or 6"):
            quarter_cuts([1, 2, 3, 4], quantile_type)


@pytest.mark.parametrize("year", [1999, "2008/09", True, 2008.5])
def test_what_municipalities_do_is_asked_for_a_year_of_the_returns(year):
    with pytest.raises(OptkommunenError, match=r"returns: 2005 to 2008; not there|whole number, such as '2008'"):
        service_profile(load_returns(), year)


VARIANCES = pd.DataFrame(np.diag([1.0, 4.0]), index=["M01", "M02"], columns=["M01", "M02"])


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (VARIANCES.to_numpy(), "is a DataFrame named by kommune"),
        (VARIANCES * [1, np.inf], "an infinite one for M02"),
        (VARIANCES * [-1, 1], "a negative one for M01"),
        (VARIANCES.astype("object").replace(4.0, "x"), "holds numbers"),
    ],
    ids=["array", "infinite", "negative", "text"],
)
def test_a_covariance_is_a_named_frame_of_finite_numbers(covariance, message):
    with np.errstate(invalid="ignore"), pytest.raises(ComparisonError, match=message):
        standard_errors(covariance, pd.Series(["M01", "M02"]))


EQUAL = GOOD.assign(numerator=50.0, denominator=500.0, value=5.0, se=0.5, variance=0.25, a=1.0, b=2.0)


@pytest.mark.parametrize("name", ["nearest", "weights", "types"])
def test_conditions_that_are_all_equal_are_named(name):
    with pytest.raises(ComparisonError, match="constant here: "):
        CALLS[name](EQUAL)


def test_values_that_are_all_equal_are_similar_and_pooled_and_unranked():
    assert set(CALLS["compare"](EQUAL)["label"]) == {"similar"}
    assert CALLS["gain"](EQUAL)["value"].eq(0).all()
    for name in ("funnel", "funnel of shares"):
        result = CALLS[name](EQUAL)
        assert set(result.units["flag"]) == {"inside"}
        assert result.summary["tau"].eq(0).all()
    for name in ("eb_gamma", "eb_beta", "eb_normal"):
        table = CALLS[name](EQUAL)
        assert set(table["method"]) == {"pooled"}
        assert table["value"].eq(table["value"].iloc[0]).all()
    assert CALLS["ranks"](EQUAL)["value"].isna().all()
    assert CALLS["lasting"](EQUAL).table["value"].eq(5).all()
    assert CALLS["frontier"](EQUAL).scores["value"].round(9).eq(1).all()
    found = CALLS["partners"](EQUAL)
    assert (found.better, found.reason) == ([], "nobody is surely better")


MISSING = GOOD.assign(**dict.fromkeys(NUMBERS, np.nan), status="missing")
NOTHING = {
    "funnel": "3 units.*found 0", "funnel of shares": "3 units.*found 0", "eb_gamma": "3 units.*found 0",
    "eb_beta": "3 units.*found 0", "eb_normal": "3 units|found 0", "ranks": "found 0", "nearest": "At least 3 units",
    "weights": "found 0", "types": "At least 3 units", "frontier": "found 0",
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING)
def test_without_any_value_there_is_nothing_to_estimate(name):
    with pytest.raises(ComparisonError, match=NOTHING[name]):
        CALLS[name](MISSING)


def test_without_any_value_the_tables_say_so_in_every_row():
    table = CALLS["compare"](MISSING)
    assert set(table["label"]) == {"not assessed"}
    assert (table["note"] != "").all()
    gain = CALLS["gain"](MISSING)
    assert gain["value"].isna().all()
    assert (gain["note"] != "").all()
    assert CALLS["lasting"](MISSING).table["value"].isna().all()
    assert CALLS["partners"](MISSING).reason == "it has no value or no standard error itself"


@pytest.mark.parametrize("name", ["05111", "xx"])
def test_a_neighbour_outside_the_closed_set_is_refused(name):
    among = pd.DataFrame({KEY: "M01", "neighbour": ["M02", name]})
    with pytest.raises((ForeignUnitError, LookupError, ValueError), match=name):
        learning_partners(GOOD[[KEY, "value", "se", "status"]], "M01", among)


def test_an_empty_neighbour_oneself_and_a_repeated_one_do_not_count():
    values = GOOD[[KEY, "value", "se", "status"]]
    plain = learning_partners(values, "M01", pd.DataFrame({KEY: "M01", "neighbour": ["M02", "M05"]}))
    odd = learning_partners(values, "M01", pd.DataFrame({KEY: "M01", "neighbour": ["M02", "M05", "M05", None, "M01"]}))
    pd.testing.assert_frame_equal(plain.comparisons, odd.comparisons)


def test_no_ring_is_no_ring_of_those_without_one():
    rings = RINGS.assign(ring=RINGS["ring"].mask(RINGS[KEY].isin(["M01", "M02", "M03"]), ""))
    with pytest.raises(ComparisonError, match="Who asks has a ring; that of M01 is empty"):
        learning_partners(GOOD[[KEY, "value", "se", "status"]], "M01", rings)


def test_a_part_larger_than_its_whole_is_no_quota():
    frame = GOOD.drop(columns="value").assign(numerator=GOOD["numerator"].mask(GOOD[KEY] == "M03", 99_999.0))
    with pytest.raises(ComparisonError, match="larger than the whole for M03"):
        compare(frame, RINGS, polarity=1, kind="stock_quota", level=0.95)


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ComparisonError, match=r"A kind is one of .*found 'quota'"):
        compare(GOOD.drop(columns="value"), RINGS, polarity=1, kind="quota")


def test_the_worst_status_of_all_stands_beside_every_rank_and_that_of_the_choice_beside_partners():
    frame = GOOD[[KEY, "value", "se"]].assign(status="observed")
    frame.loc[3, "status"] = "estimated"
    assert set(RankSets("marginal", draws=200)(frame)["status"]) == {"estimated"}
    plain = frame.assign(status="observed")
    chosen = RINGS.assign(status=["observed", "estimated", *["observed"] * (N - 2)])
    table = learning_partners(plain, "M01", chosen).comparisons.set_index("partner")["status"]
    assert table["M02"] == "estimated"
    assert set(table.drop("M02")) == {"observed"}
    assert set(learning_partners(plain, "M02", chosen).comparisons["status"]) == {"estimated"}


def test_shares_that_differ_by_chance_alone_are_pooled_most_of_the_time():
    rng, pooled = np.random.default_rng(7), 0
    for _ in range(40):
        whole = rng.integers(200, 900, N)
        frame = pd.DataFrame({KEY: SYNTHETIC_KEYS[:N], "part": rng.binomial(whole, 0.3), "whole": whole})
        pooled += set(eb_beta(frame)["method"]) == {"pooled"}
    assert pooled > 15  # half of the variances lie below that of chance


@pytest.mark.parametrize("made", [lambda t: top_k(t, 3), distinguishable])
def test_a_table_that_is_no_ranking_names_the_column(made):
    with pytest.raises(ComparisonError, match="not found: lower"):
        made(CALLS["ranks"](GOOD).drop(columns="lower"))
