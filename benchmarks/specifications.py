"""4,096 specifications with HC3 beside loops of statsmodels and pyfixest: equal numbers first, then seconds.

`python benchmarks/specifications.py` prints both ratios at n = 69 and how they change with n. One BLAS thread.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from timing import best

from optkommunen.regression.specification_summary import joint_test
from optkommunen.regression.specifications import SpecificationCurve

CONTROLS = tuple(f"c{j}" for j in range(12))
CURVE = SpecificationCurve(("y",), "x", CONTROLS, weights=(None,))
SPECIFICATIONS = [c for size in range(13) for c in itertools.combinations(CONTROLS, size)]
Peer = Callable[[pd.DataFrame, tuple[str, ...]], tuple[float, float]]


def made_up(n: int) -> pd.DataFrame:
    """Correlated controls, half of them related to the outcome, and errors that spread with x."""
    rng = np.random.default_rng(4096)
    frame = pd.DataFrame(rng.normal(size=(n, 12)) + rng.normal(size=(n, 1)), columns=list(CONTROLS))
    frame["x"] = 0.2 * frame[list(CONTROLS)].sum(axis=1) + rng.normal(size=n)
    frame["y"] = frame[list(CONTROLS[:6])].sum(axis=1) + rng.normal(size=n) * (1 + frame["x"].abs())
    return frame.assign(kommune=[f"M{i:04d}" for i in range(n)])


def with_statsmodels(frame: pd.DataFrame) -> Peer:
    """A fit on arrays that are taken from the frame once: the fastest loop a user could write with it."""
    import statsmodels.api as sm

    y, x = frame["y"].to_numpy(), np.column_stack([np.ones(len(frame)), frame[["x", *CONTROLS]]])

    def fit(_: pd.DataFrame, controls: tuple[str, ...]) -> tuple[float, float]:
        columns = [0, 1, *(2 + CONTROLS.index(c) for c in controls)]
        result = sm.OLS(y, x[:, columns]).fit(cov_type="HC3", use_t=True)
        return result.params[1], result.bse[1]

    return fit


def with_pyfixest(frame: pd.DataFrame, k_adj: bool = False) -> Peer:
    import pyfixest as pf

    ssc = pf.ssc(k_adj=k_adj)

    def fit(frame: pd.DataFrame, controls: tuple[str, ...]) -> tuple[float, float]:
        result = pf.feols(" + ".join(["y ~ x", *controls]), frame, vcov="HC3", ssc=ssc)
        return result.coef()["x"], result.se()["x"]

    return fit


def side_by_side(n: int, peer: Callable[[pd.DataFrame], Peer], timed: int) -> tuple[float, float]:
    """Seconds of the whole curve, and of a peer's loop: `timed` specifications drawn at random, scaled to all."""
    frame = made_up(n)
    fit = peer(frame)
    drawn = np.random.default_rng(n).permutation(len(SPECIFICATIONS))[:timed]
    fit(frame, SPECIFICATIONS[0])  # what is loaded or compiled once is not counted
    start = time.perf_counter()
    theirs = [fit(frame, SPECIFICATIONS[i]) for i in drawn]
    seconds = (time.perf_counter() - start) * len(SPECIFICATIONS) / timed
    np.testing.assert_allclose(CURVE(frame)[["value", "se"]].iloc[drawn], theirs, rtol=1e-10)
    return best(lambda: CURVE(frame), 5), seconds


def beside_statsmodels() -> tuple[str, str, float, float]:
    ours, peer = side_by_side(69, with_statsmodels, 4096)
    return "4,096 specifications with HC3", "statsmodels on arrays, all 4,096", ours, peer


def beside_pyfixest() -> tuple[str, str, float, float]:
    ours, peer = side_by_side(69, with_pyfixest, 64)
    default_is_larger()
    return "4,096 specifications with HC3", "pyfixest feols, 64 timed, scaled", ours, peer


def default_is_larger() -> None:
    """Without `k_adj=False` pyfixest multiplies the variance of HC3 by n/(n-k); the peer is asked for plain HC3."""
    frame = made_up(69)
    for controls in ((), CONTROLS):
        (_, default), (_, plain) = (with_pyfixest(frame, adjust)(frame, controls) for adjust in (True, False))
        np.testing.assert_allclose((default / plain) ** 2, 69 / (69 - 2 - len(controls)), rtol=1e-10)


def grown(n: int, timed: int) -> tuple[str, str, float, float]:
    ours, peer = side_by_side(n, with_statsmodels, timed)
    return f"4,096 specifications with HC3, n = {n:,}", f"statsmodels on arrays, {timed} timed, scaled", ours, peer


MEASURES = (beside_statsmodels, beside_pyfixest, partial(grown, 690, 256), partial(grown, 6_900, 64))


def main() -> None:
    for measure in MEASURES:
        ours, peer, seconds, peer_seconds = measure()
        print(f"{ours:<32} {seconds:8.4f} s   {peer:<34} {peer_seconds:9.3f} s   ratio {peer_seconds / seconds:8.1f}")
    frame = made_up(69)
    print(f"joint test, 500 draws x 4,096 specifications: {best(lambda: joint_test(CURVE, frame, seed=1), 3):.2f} s")


if __name__ == "__main__":
    main()
