"""The specification curve, against the golden, statsmodels and the single model; samples that would differ."""

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from optkommunen.errors import ModelError
from optkommunen.regression import specifications
from optkommunen.regression.specification_summary import summary
from optkommunen.regression.specifications import SpecificationCurve
from tests.goldens import check, golden, golden_data

RNG = np.random.default_rng(20100630)
N = 40
FRAME = pd.DataFrame(RNG.normal(size=(N, 5)), columns=["x", "a", "b", "c", "d"])
FRAME["kommune"] = [f"M{i:02d}" for i in range(1, N + 1)]
FRAME["x"] += FRAME["a"] - FRAME["b"]
FRAME["rate"] = 30 + FRAME["x"] + 2 * FRAME["a"] + RNG.normal(size=N)
FRAME["log_rate"] = np.log(FRAME["rate"])
FRAME["ehb"] = np.exp(RNG.normal(9, 0.6, size=N))
FRAME["status"] = "synthetic"
CURVE = SpecificationCurve(("rate", "log_rate"), "x", ("a", "b", "c"), always=("d",))


@pytest.mark.shared
def test_the_curve_of_mtcars():
    block = golden("V39_specification_curve")
    want = block["values"]["wt"]
    cars = golden_data("mtcars")
    cars = cars.rename(columns={cars.columns[0]: "kommune"})
    controls = tuple(c for c in cars.columns if c not in ("kommune", "mpg", "wt"))
    curve = SpecificationCurve(("mpg",), "wt", controls, weights=(None,))(cars)
    described = summary(curve).iloc[0]
    assert described["n_specifications"] == want["n_specs"]
    check(described[["minimum", "value", "maximum"]].astype(float), want["min_median_max"], block["tolerance"])
    assert described["share_negative"] * len(curve) == want["n_negative"]
    assert described["share_significant"] * len(curve) == want["n_p05_HC3"]
    check(curve["value"].iloc[0], want["coef_no_controls"], block["tolerance"])
    check(curve.loc[curve["main"], "value"], want["coef_all_controls"], block["tolerance"])


def test_every_specification_equals_statsmodels():
    curve = CURVE(FRAME)
    assert len(curve) == 2 * 2 * 2**3
    for row in curve.itertuples():
        x = sm.add_constant(FRAME[["x", "d", *filter(None, row.controls.split(", "))]])
        w = 1.0 if row.weights == "none" else FRAME[row.weights]
        peer = sm.WLS(FRAME[row.outcome], x, weights=w).fit(cov_type="HC3", use_t=True)
        got = [row.value, row.se, row.t, row.lower, row.upper]
        want = [peer.params["x"], peer.bse["x"], peer.tvalues["x"], *peer.conf_int().loc["x"]]
        np.testing.assert_allclose(got, want, rtol=1e-10)
        np.testing.assert_allclose(row.p, peer.pvalues["x"], rtol=1e-8)
        assert (row.k, row.n) == (x.shape[1], N)


def test_many_batches_give_the_numbers_of_one(monkeypatch):
    whole = CURVE(FRAME)
    monkeypatch.setattr(specifications, "_CACHED", 100)
    monkeypatch.setattr(specifications, "_NARROW", 1)
    pd.testing.assert_frame_equal(CURVE(FRAME), whole, rtol=1e-12)


def test_columns_of_very_different_size_lose_no_digits():
    large = FRAME.assign(a=1e9 * FRAME["a"], b=1e-9 * FRAME["b"], c=FRAME["c"] + 1e4)
    np.testing.assert_allclose(CURVE(large)["se"], CURVE(FRAME)["se"], rtol=1e-10)


def hc3_in_fractions(x, y, j):
    """Standard error of coefficient j without any rounding until the root: Gauss–Jordan in rational numbers."""
    x, y = [[Fraction(v) for v in row] for row in x.tolist()], [Fraction(v) for v in y.tolist()]
    k = range(len(x[0]))
    rows = [[sum(r[a] * r[b] for r in x) for b in k] + [Fraction(a == b) for b in k] for a in k]
    for a in k:
        rows[a] = [v / rows[a][a] for v in rows[a]]
        for b in k:
            if b != a:
                rows[b] = [v - rows[b][a] * u for v, u in zip(rows[b], rows[a], strict=True)]
    bread = [row[len(k) :] for row in rows]
    pulls = [[sum(bread[a][b] * r[b] for b in k) for a in k] for r in x]
    coef = [sum(pull[a] * v for pull, v in zip(pulls, y, strict=True)) for a in k]
    variance = Fraction(0)
    for r, pull, v in zip(x, pulls, y, strict=True):
        residual = v - sum(r[a] * coef[a] for a in k)
        variance += (pull[j] * residual / (1 - sum(r[a] * pull[a] for a in k))) ** 2
    return float(variance) ** 0.5


def test_nearly_collinear_controls_lose_no_more_digits_than_the_condition_number_has():
    near = FRAME.assign(b=FRAME["a"] + 1e-6 * FRAME["b"])
    curve = CURVE(near)
    x = np.column_stack([np.ones(N), near[["x", "d", "a", "b", "c"]]])
    want = hc3_in_fractions(x, near["rate"].to_numpy(), 1)
    np.testing.assert_allclose(curve.loc[curve["main"], "se"], want, rtol=1e-9)  # statsmodels: 1e-6


def test_the_order_is_as_declared_then_by_number_of_controls():
    curve = CURVE(FRAME)
    cells = list(dict.fromkeys(zip(curve["outcome"], curve["weights"], strict=True)))
    assert cells == list(itertools.product(["rate", "log_rate"], ["none", "ehb"]))
    assert curve["controls"].head(8).tolist() == ["", "a", "b", "c", "a, b", "a, c", "b, c", "a, b, c"]


def test_one_specification_is_the_main_one():
    curve = SpecificationCurve(("rate", "log_rate"), "x", ("a", "b", "c"), main=("c", "a"))(FRAME)
    main = curve[curve["main"]]
    assert main[["outcome", "weights", "controls"]].to_numpy().tolist() == [["rate", "none", "a, c"]]


def test_the_order_of_rows_changes_nothing():
    pd.testing.assert_frame_equal(CURVE(FRAME), CURVE(FRAME.sample(frac=1, random_state=1)), rtol=1e-10)


def test_switching_off_the_interval_changes_no_value():
    off = SpecificationCurve(CURVE.outcomes, "x", CURVE.controls, always=("d",), level=None)(FRAME)
    np.testing.assert_array_equal(off["value"], CURVE(FRAME)["value"])
    assert off[["lower", "upper", "p"]].isna().all().all()
    assert np.isnan(summary(off)["share_significant"]).all()


def test_samples_by_keys_and_by_a_boolean_series_are_the_same():
    large = FRAME.set_index("kommune")["ehb"] > FRAME["ehb"].median()
    samples = {"keys": large.index[large].tolist(), "series": large.sample(frac=1, random_state=1)}
    curve = SpecificationCurve(("rate",), "x", ("a",), samples=samples)(FRAME)
    assert curve["n"].unique().tolist() == [N // 2]
    parts = [curve[curve["sample"] == s].drop(columns=["sample", "main"]).reset_index(drop=True) for s in samples]
    pd.testing.assert_frame_equal(*parts)


def test_an_empty_cell_outside_the_sample_is_no_obstacle():
    holes = FRAME.assign(a=FRAME["a"].where(FRAME["kommune"] != "M02"))
    without = FRAME.loc[FRAME["kommune"] != "M02", "kommune"]
    curve = SpecificationCurve(("rate",), "x", ("a",), samples={"without M02": without})(holes)
    assert (curve["n"] == N - 1).all()


def test_forms_of_the_outcome_are_described_apart():
    described = summary(CURVE(FRAME))
    assert described["outcome"].tolist() == ["rate", "log_rate"]
    assert described["n_specifications"].tolist() == [16, 16]


def test_the_worst_status_that_entered_is_carried():
    mixed = FRAME.assign(status=["derived"] * (N - 1) + ["estimated"])
    assert (CURVE(mixed)["status"] == "estimated").all()
    assert (summary(CURVE(mixed))["status"] == "estimated").all()


HOLES = FRAME.assign(
    a=FRAME["a"].where(~FRAME["kommune"].isin(["M02", "M05"])), log_rate=FRAME["log_rate"].where(FRAME.index != 6)
)
ALONE = FRAME.assign(c=FRAME["c"] * 1e-9 + (FRAME["kommune"] == "M07"))


@pytest.mark.parametrize(
    ("curve", "frame", "message"),
    [
        (CURVE, HOLES, r"not in sample 'all': log_rate for M07; a for M02, M05. Fix the sample first"),
        (CURVE, FRAME.drop(columns="ehb"), "not found: ehb"),
        (CURVE, ALONE, "fits M07 exactly .* Fix the sample first"),
        (CURVE, FRAME.assign(c=FRAME["a"] + FRAME["b"]), "Curve of rate, weights none, sample 'all': .* collinear"),
        (SpecificationCurve(("rate",), "x", ("x", "a")), FRAME, "found twice: x; not a control: none"),
        (SpecificationCurve(("rate",), "x", ("a",), main=("b",)), FRAME, "found twice: none; not a control: b"),
        (SpecificationCurve(("rate",), "x", ("a",), samples={"s": ["M99"]}), FRAME, "in sample 's': M99"),
        (SpecificationCurve(("rate",), "x", ("a",), samples={"s": FRAME["x"] > 0}), FRAME, "indexed by them"),
    ],
    ids=["empty", "column", "exact", "collinear", "roles", "main", "stranger", "position"],
)
def test_what_would_change_the_sample_or_the_meaning_is_refused(curve, frame, message):
    with pytest.raises(ModelError, match=message):
        curve(frame)
