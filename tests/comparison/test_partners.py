"""Learning partners: who is surely better, against statsmodels; what they do differently; what is said of nobody."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from optkommunen.comparison.measure import sign_of
from optkommunen.comparison.neighbours import nearest
from optkommunen.comparison.partners import NO_CANDIDATE, NO_OWN_VALUE, NOBODY_BETTER, learning_partners
from optkommunen.data.register import municipalities
from optkommunen.errors import ComparisonError, ForeignUnitError
from optkommunen.indicators.conditions import conditions
from optkommunen.indicators.rates import indicator
from optkommunen.indicators.service_supply import service_profile
from optkommunen.returns.read import load_returns
from optkommunen.values import SYNTHETIC_KEYS


def frame_of(seed, n=12):
    rng = np.random.default_rng(seed)
    values, se = rng.normal(0, 2, n), rng.uniform(0.3, 1, n)
    return pd.DataFrame({"kommune": SYNTHETIC_KEYS[:n], "value": values, "se": se, "status": "synthetic"})


FRAME = frame_of(4)
WORST = FRAME.loc[FRAME["value"].idxmin(), "kommune"]
BEST = FRAME.loc[FRAME["value"].idxmax(), "kommune"]
RING = FRAME[["kommune"]].assign(ring="R-I")
WHAT = pd.DataFrame({"feature": ["a", "a", "b"], "service": ["x", "y", ""]})
PRACTICE = FRAME[["kommune"]].merge(WHAT, how="cross").assign(value=np.arange(36.0))


def test_p_values_are_those_of_the_normal_test_adjusted_by_holm():
    table = learning_partners(FRAME, WORST, RING).comparisons
    value = FRAME.set_index("kommune")
    z = [
        (value.at[partner, "value"] - value.at[WORST, "value"])
        / np.hypot(value.at[partner, "se"], value.at[WORST, "se"])
        for partner in table["partner"]
    ]
    np.testing.assert_allclose(table["p"], stats.norm.sf(z))
    rejected, adjusted, *_ = multipletests(stats.norm.sf(z), alpha=0.025, method="holm")
    np.testing.assert_allclose(table["p_holm"], adjusted)
    assert table["better"].tolist() == rejected.tolist()
    assert 0 < rejected.sum() < len(table)


def test_the_interval_excludes_zero_where_the_unadjusted_test_rejects():
    table = learning_partners(FRAME, WORST, RING).comparisons
    assert ((table["lower"] > 0) == (table["p"] < 0.025)).all()
    np.testing.assert_allclose(table["upper"] - table["value"], 1.959964 * table["se"], rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(seed, random):
    frame = frame_of(seed)
    moved = frame.iloc[random.sample(range(12), 12)]
    plain = learning_partners(frame, "M03", RING).comparisons
    pd.testing.assert_frame_equal(learning_partners(moved, "M03", RING).comparisons, plain)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_another_unit_of_measurement_changes_no_partner(seed, factor, shift):
    frame = frame_of(seed)
    other = frame.assign(value=factor * (frame["value"] + shift), se=factor * frame["se"])
    assert learning_partners(other, "M03", RING).better == learning_partners(frame, "M03", RING).better


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_other_names_of_the_units_change_only_the_names(seed, random):
    frame = frame_of(seed)
    names = dict(zip(frame["kommune"], random.sample(SYNTHETIC_KEYS, 12), strict=True))
    renamed, ring = (each.assign(kommune=each["kommune"].map(names)) for each in (frame, RING))
    want = [names[key] for key in learning_partners(frame, "M03", RING).better]
    assert learning_partners(renamed, names["M03"], ring).better == want


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_low_is_best_of_the_negative_values(seed):
    frame = frame_of(seed)
    low = learning_partners(frame, "M03", RING, best="low").better
    assert low == learning_partners(frame.assign(value=-frame["value"]), "M03", RING).better


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_nobody_is_a_learning_partner_of_a_unit_that_is_one_of_theirs(seed):
    frame = frame_of(seed)
    better = {key: learning_partners(frame, key, RING).better for key in frame["kommune"]}
    assert not [(key, other) for key, found in better.items() for other in found if key in better[other]]


def test_candidates_are_the_members_of_the_own_ring():
    rings = RING.assign(ring=["R-I"] * 5 + ["R-II"] * 7)
    table = learning_partners(FRAME, "M02", rings).comparisons
    assert sorted(table["partner"]) == ["M01", "M03", "M04", "M05"]


def test_candidates_are_the_nearest_neighbours():
    neighbours = nearest(FRAME.assign(density=range(12)), ["density"], k=3)
    table = learning_partners(FRAME, "M01", neighbours).comparisons
    assert sorted(table["partner"]) == ["M02", "M03", "M04"]


def test_fewer_candidates_make_a_partner_easier_to_find():
    table = learning_partners(FRAME, WORST, RING).comparisons
    first = table["partner"][0]
    pair = RING[RING["kommune"].isin([WORST, first])]
    assert learning_partners(FRAME, WORST, pair).comparisons["p_holm"][0] < table["p_holm"][0]


def test_features_are_differences_of_each_partner_from_oneself():
    found = learning_partners(FRAME, WORST, RING, PRACTICE)
    assert found.features["partner"].drop_duplicates().tolist() == found.better
    assert len(found.features) == 3 * len(found.better)
    value = PRACTICE.set_index(["kommune", "feature", "service"])["value"]
    for row in found.features.itertuples():
        assert row.difference == value[row.partner, row.feature, row.service] - value[WORST, row.feature, row.service]


def test_a_feature_that_is_not_reported_says_whose():
    found = learning_partners(FRAME, WORST, RING, PRACTICE)
    partner = found.better[0]
    lacking = PRACTICE[~((PRACTICE["kommune"] == partner) & (PRACTICE["feature"] == "b"))].assign(note="")
    lacking.loc[(lacking["kommune"] == WORST) & (lacking["service"] == "x"), ["value", "note"]] = [np.nan, "no need"]
    features = learning_partners(FRAME, WORST, RING, lacking).features.set_index(["partner", "feature", "service"])
    assert np.isnan(features.at[(partner, "b", ""), "difference"])
    assert features.at[(partner, "b", ""), "note"] == "theirs: not in the table"
    assert features.at[(partner, "a", "x"), "note"] == "own: no need"


def test_the_practice_of_returns_covers_services_process_and_staffing():
    returns = load_returns()
    table = service_profile(returns, 2008)
    assert table.groupby("feature")["service"].nunique().to_dict() == {
        "betreuungsrelation_1": 1,
        "betreuungsrelation_2": 1,
        "service_coverage": 5,
        "service_in_einv": 5,
        "service_recorded": 5,
        "service_spending_per_ehb": 5,
        "service_waiting_days": 5,
    }
    services = returns.services[returns.services["period"] == "2008"].set_index(["kommune", "service"])
    got = table[table["feature"] == "service_coverage"].set_index(["kommune", "service"])["value"]
    want = 100 * services["served"].astype(float) / services["need"].astype(float)
    np.testing.assert_allclose(got, want[got.index])


def test_the_whole_way_from_returns_to_partners():
    returns = load_returns()
    years = indicator("eingliederungsquote", returns)
    se = (years["upper"] - years["lower"]) / 3.92
    means = years.assign(var=se**2 / 9).groupby("kommune").agg(value=("value", "mean"), var=("var", "sum"))
    values = means.assign(se=np.sqrt(means["var"]), status="synthetic").reset_index()
    neighbours = nearest(conditions(returns))
    table = service_profile(returns, 2008)
    found = [learning_partners(values, key, neighbours, table) for key in ("M01", "M20")]
    for one in found:
        assert set(one.comparisons["status"]) == {"synthetic"}
        assert len(one.features) == len(table[table["kommune"] == "M01"]) * len(one.better)
    assert any(one.better for one in found)


def test_when_nobody_is_better_the_answer_says_so():
    found = learning_partners(FRAME, BEST, RING, PRACTICE)
    assert (found.better, len(found.features), found.reason) == ([], 0, NOBODY_BETTER)
    assert found.sentence("en").startswith(f"Of 11 compared, nobody is surely better than {BEST} (one-sided 2.5 %")
    assert found.sentence("de") == (
        f"Von 11 Verglichenen ist niemand sicher besser als {BEST} (einseitig 2,5 %, Holm); was sich unterscheidet, "
        "kann Zufall sein."
    )


def test_when_somebody_is_better_the_answer_names_them_the_best_first():
    found = learning_partners(FRAME, WORST, RING, level=0.9)
    assert found.reason == ""
    assert found.sentence("en") == (
        f"Of 11 compared, surely better than {WORST} (one-sided 5 %, Holm): {', '.join(found.better)}."
    )
    assert found.sentence("de").endswith(f"(einseitig 5 %, Holm): {', '.join(found.better)}.")
    assert found.better[0] == BEST


def test_a_unit_without_value_gets_no_answer_and_the_reason():
    frame = FRAME.assign(value=FRAME["value"].where(FRAME["kommune"] != "M04"))
    found = learning_partners(frame, "M04", RING)
    assert found.reason == NO_OWN_VALUE
    assert (
        found.sentence("de")
        == "Für M04 ist kein Vergleich möglich: es hat selbst keinen Wert oder keinen Standardfehler."
    )
    assert set(found.comparisons["note"]) == {"no value or standard error of who asks"}


def test_a_ring_of_one_has_nobody_to_learn_from():
    found = learning_partners(FRAME, "M01", RING.assign(ring=RING["kommune"]))
    assert (found.better, found.reason) == ([], NO_CANDIDATE)
    assert found.sentence("en").startswith("No comparison is possible for M01: nobody else in its group has")


def test_a_candidate_without_value_is_not_counted_and_says_why():
    lacking = FRAME.assign(value=FRAME["value"].where(FRAME["kommune"] != BEST))
    table = learning_partners(lacking, WORST, RING).comparisons
    row = table.set_index("partner").loc[BEST]
    assert (row["note"], row["method"], row["better"]) == ("no value or standard error", "none", False)
    others = learning_partners(FRAME[FRAME["kommune"] != BEST], WORST, RING[RING["kommune"] != BEST]).comparisons
    pd.testing.assert_series_equal(table["p_holm"].dropna(), others["p_holm"])


def test_a_neighbour_that_is_not_among_the_values_is_missing():
    found = learning_partners(FRAME[FRAME["kommune"] != BEST], WORST, RING).comparisons.set_index("partner")
    assert (found.at[BEST, "status"], found.at[BEST, "note"]) == ("missing", "no value or standard error")


def test_one_of_the_69_is_shown_by_its_name():
    keys = municipalities()["kommune"].head(2)
    values = pd.DataFrame({"kommune": keys, "value": [1.0, 9.0], "se": 0.1})
    names = municipalities()["name"].head(2).tolist()
    sentence = learning_partners(values, keys[0], values[["kommune"]].assign(ring="R-I")).sentence("en")
    assert sentence == f"Of 1 compared, surely better than {names[0]} (one-sided 2.5 %, Holm): {names[1]}."


def test_the_polarity_is_a_direction():
    assert [sign_of(best) for best in ("high", "low", 1, -1)] == [1, -1, 1, -1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: learning_partners(FRAME, "M60", RING), ComparisonError, "'M60' is not. Found: M01, M02"),
        (lambda: learning_partners(FRAME, "M01", RING.tail(11)), ComparisonError, "M01 is not in the table"),
        (lambda: learning_partners(FRAME, "M01", FRAME), ComparisonError, "Candidates are a table of rings"),
        (lambda: learning_partners(FRAME, "M01", RING, best=0), ComparisonError, "found 0"),
        (lambda: learning_partners(FRAME.assign(se=0.0), "M01", RING), ComparisonError, "that of M01 and M02, M03"),
        (lambda: learning_partners(FRAME.assign(se=-1.0), "M01", RING), ComparisonError, "0 or more"),
        (
            lambda: learning_partners(FRAME.replace("M02", "05111"), "M01", RING),
            ForeignUnitError,
            r"05111 \(Düsseldorf\)",
        ),
        (lambda: learning_partners(FRAME, WORST, RING, FRAME), ComparisonError, "not found: feature"),
        (
            lambda: learning_partners(FRAME, WORST, RING, pd.concat([PRACTICE, PRACTICE])),
            ComparisonError,
            r"more than once here: M01/a/x, .*\. Choose one year",
        ),
        (lambda: service_profile(load_returns(), 2011), ComparisonError, "the returns: 2005 to 2008; not there: 2011"),
    ],
)
def test_what_cannot_be_answered_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_unit_outside_the_closed_set_is_refused():
    values = pd.DataFrame({"kommune": ["05111", "06438"], "value": [1.0, 2.0], "se": 0.1})
    with pytest.raises(ForeignUnitError, match="05111"):
        learning_partners(values, "06438", values[["kommune"]].assign(ring="R-I"))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.998])
def test_the_interval_of_a_difference_is_of_the_level_asked_for(level):
    values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.6, 4.0], "se": [0.2, 0.3, 0.1]})
    table = learning_partners(values, "M01", values[["kommune"]].assign(ring="R-I"), level=level).comparisons
    reach = stats.norm.isf((1 - level) / 2) * table["se"]
    np.testing.assert_allclose(table["upper"] - table["value"], reach)
    np.testing.assert_allclose(table["value"] - table["lower"], reach)


def test_a_feature_carries_the_worse_status_of_both():
    values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 9.0], "se": 0.2, "status": "observed"})
    practice_of = pd.DataFrame(
        {"kommune": ["M01", "M03"], "feature": "staff", "value": [1.0, 2.0], "status": ["observed", "estimated"]}
    )
    found = learning_partners(values, "M01", values[["kommune"]].assign(ring="R-I"), practice_of)
    assert found.features["status"].tolist() == ["estimated"]
