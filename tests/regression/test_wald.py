"""Several coefficients at once, against statsmodels and scipy."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from optkommunen.errors import ModelError
from optkommunen.regression.inference import wald
from optkommunen.regression.linear import LinearModel
from tests.regression.test_glm import COUNT
from tests.regression.test_glm import FRAME as COUNTS
from tests.regression.test_linear import FRAME, MODEL


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
