"""Several tests at once, against a golden, statsmodels and scipy."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from optkommunen.errors import ModelError
from optkommunen.multiplicity import holm
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.multiple import wald
from tests.goldens import check, golden
from tests.regression.test_glm import COUNT
from tests.regression.test_glm import FRAME as COUNTS
from tests.regression.test_linear import FRAME, MODEL

P = pd.Series(np.random.default_rng(22).uniform(size=40) ** 2).round(2)  # rounded: some are tied


def test_fifteen_p_values_of_benjamini_and_hochberg():
    block = golden("V22_multiplicity")
    p, want = block["values"]["p"], block["values"]
    check(holm(p)[:4], want["holm_adj_first4"], block["tolerance"])
    found_in_a_screen = stats.false_discovery_control(p)  # of more than 20 indicators; scipy does it
    check(found_in_a_screen[:4], want["bh_adj_first4"], block["tolerance"])
    assert (holm(p) <= 0.05).sum() == want["reject05"]["holm"]
    assert (found_in_a_screen <= 0.05).sum() == want["reject05"]["bh"]


def test_adjusted_p_values_equal_statsmodels():
    np.testing.assert_allclose(holm(P), multipletests(P, method="holm")[1], rtol=1e-12)


def test_the_order_of_the_tests_changes_nothing():
    shuffled = P.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(holm(shuffled).sort_index(), holm(P), rtol=1e-14)


def test_labels_that_stand_twice_stay_in_their_place():
    twice = pd.Series([0.04, 0.01, 0.6], index=["a", "a", "b"])
    assert holm(twice).index.tolist() == ["a", "a", "b"]
    assert holm(twice).iloc[1] == pytest.approx(0.03)


@pytest.mark.parametrize("wrong", [np.nan, 1.2, -0.1])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ModelError, match=f"found {wrong:g} at b"):
        holm(pd.Series([0.5, wrong], index=["a", "b"]))


def test_joint_test_with_hc3_equals_statsmodels():
    peer = sm.OLS(FRAME["y"], sm.add_constant(FRAME[["x", "z"]])).fit(cov_type="HC3", use_t=True)
    want = peer.f_test("x = 0, z = 0")
    test = wald(MODEL(FRAME), ["x", "z"])
    np.testing.assert_allclose([test.F, test.p], [want.fvalue, want.pvalue], rtol=1e-8)
    assert (test.df1, test.df2) == (2, 27)


def test_the_classical_joint_test_compares_sums_of_squares():
    large, small = MODEL(FRAME), LinearModel("y", ("x",))(FRAME)
    rss = [float(fit.residuals @ fit.residuals) for fit in (large, small)]
    f = (rss[1] - rss[0]) / (rss[0] / large.df)
    test = wald(large, ["z"], "classical")
    np.testing.assert_allclose([test.F, test.p], [f, stats.f.sf(f, 1, large.df)], rtol=1e-10)


def test_the_unit_of_a_regressor_changes_no_joint_test_of_counts():
    test = wald(COUNT(COUNTS), ["coverage", "density"])
    scaled = wald(COUNT(COUNTS.assign(coverage=100 * COUNTS["coverage"])), ["density", "coverage"])
    np.testing.assert_allclose([test.F, test.p], [scaled.F, scaled.p], rtol=1e-9)


@pytest.mark.parametrize(
    ("terms", "message"),
    [([], "found none"), (["x", "x"], "each once; found x, x"), (["q"], "'q' is not one of them")],
)
def test_terms_that_cannot_be_tested_together_are_refused(terms, message):
    with pytest.raises(ModelError, match=message):
        wald(MODEL(FRAME), terms)
