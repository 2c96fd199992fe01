"""Bootstrap, permutation and the exact wild bootstrap beside loops and packages: equal numbers first, then seconds.

`python benchmarks/resampling.py` prints the ratios at n = 69 and how they change with n. One BLAS thread.
"""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pandas as pd
from timing import best

from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.regression.resampling import _refits, freedman_lane, pairs_bootstrap
from optkommunen.regression.wild import wild_bootstrap

REGRESSORS = tuple("abcdef")
DRAWS = 9_999
LAENDER = np.repeat(np.arange(13), (13, 13, 10, 6, 5, 5, 5, 4, 2, 2, 2, 1, 1))


def fitted(n: int = 69) -> LinearResult:
    rng = np.random.default_rng(2008)
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=list(REGRESSORS))
    frame["y"] = 0.3 * frame["a"] + rng.normal(size=n) * (1 + frame["b"].abs())
    land = [f"L{g:02d}" for g in np.resize(LAENDER, n)]
    return LinearModel("y", REGRESSORS)(frame.assign(kommune=[f"M{i:04d}" for i in range(n)], land=land))


def pairs(n: int = 69) -> tuple[str, str, float, float]:
    import statsmodels.api as sm

    fit, timed = fitted(n), 200
    counts = np.random.default_rng(1).integers(0, n, size=(timed, n))

    def loop() -> list[np.ndarray]:
        return [sm.OLS(fit.y[rows], fit.x[rows]).fit().params for rows in counts]

    ours, _ = _refits(fit, timed, 1)  # the same draws
    np.testing.assert_allclose(ours, loop(), rtol=1e-10, atol=1e-10)
    seconds = best(lambda: pairs_bootstrap(fit, draws=DRAWS), 3)
    words = f"pairs bootstrap, {DRAWS:,} draws with HC3, n = {n:,}"
    return words, f"statsmodels OLS on arrays, without HC3 ({timed} timed)", seconds, best(loop, 3) * DRAWS / timed


def permutation() -> tuple[str, str, float, float]:
    import statsmodels.api as sm

    fit, timed = fitted(), 200
    others = np.delete(fit.x, 1, axis=1)
    restricted = sm.OLS(fit.y, others).fit()
    rng = np.random.default_rng(1)

    def loop() -> list[float]:
        found = []
        for _ in range(timed):
            outcome = restricted.fittedvalues + rng.permutation(restricted.resid)
            found.append(sm.OLS(outcome, fit.x).fit(cov_type="HC3", use_t=True).tvalues[1])
        return found

    test = freedman_lane(fit, "a", draws=DRAWS)
    np.testing.assert_allclose(test["t"], sm.OLS(fit.y, fit.x).fit(cov_type="HC3", use_t=True).tvalues[1], rtol=1e-10)
    seconds = best(lambda: freedman_lane(fit, "a", draws=DRAWS), 3)
    peer = f"statsmodels OLS with HC3 on arrays ({timed} timed)"
    return f"Freedman–Lane, {DRAWS:,} permutations", peer, seconds, best(loop, 3) * DRAWS / timed


def wild() -> tuple[str, str, float, float]:
    """All 8,192 sign vectors, on both sides; the two constant vectors tie with the observed one and may be lost."""
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    fit = fitted()
    model = sm.OLS(pd.Series(fit.y), pd.DataFrame(fit.x, columns=list(fit.terms)))
    land = pd.factorize(fit.data["land"])[0]

    def peer() -> float:
        with contextlib.redirect_stdout(io.StringIO()):
            table = wildboottest(model, B=DRAWS, cluster=land, param="a", seed=1, parallel=False, show=False)
        return float(table["p-value"].iloc[0])

    found = wild_bootstrap(fit, "a", "land").iloc[0]
    p = peer()
    assert found["count_gt"] - 1e-6 <= p * 8192 <= found["count_ge"] + 1e-6, (p, found["p"])
    seconds = best(lambda: wild_bootstrap(fit, "a", "land"), 20)
    return "exact wild bootstrap, 13 Länder, 8,192 vectors", "wildboottest (numba, compiled)", seconds, best(peer, 5)


def pairs_of_690() -> tuple[str, str, float, float]:
    return pairs(690)


def pairs_of_6900() -> tuple[str, str, float, float]:
    return pairs(6_900)


MEASURES = (pairs, permutation, wild, pairs_of_690, pairs_of_6900)

if __name__ == "__main__":
    for measure in MEASURES:
        ours, peer, seconds, peer_seconds = measure()
        print(f"{ours:<60} {seconds:9.5f} s   {peer:<60} {peer_seconds:9.3f} s   ratio {peer_seconds / seconds:7.1f}")
