"""Speed beside what a user would otherwise run: one run, both sides, as a ratio.

`make bench` prints; `python benchmarks/run.py --store` also writes benchmarks/speed.csv.
Seconds are of the machine that ran it; the ratios are what to look at.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from functools import partial
from pathlib import Path

import front
import frontier
import ranks
import rates
import resampling
import specifications
from timing import best

ROOT = Path(__file__).resolve().parents[1]


def fresh_import(module: str) -> float:
    """Time that `import module` takes in a new interpreter, without the interpreter's own start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5))


def imports() -> tuple[str, str, float, float]:
    return "import optkommunen", "import pandas", fresh_import("optkommunen"), fresh_import("pandas")


def leave_one_out(peer: str) -> tuple[str, str, float, float]:
    """Beside refits of statsmodels on frames, as users write them, or on arrays, as fast as it gets."""
    import numpy as np
    import statsmodels.api as sm

    from optkommunen.regression import caseload_change as cc
    from optkommunen.regression.influence import leave_one_out as closed_form

    frame = cc.design()
    fit = cc.models(frame)[1]
    y, x, weights = frame["ehb_change"], sm.add_constant(frame[[cc.EXPOSURE, *cc.CONTROLS]]), frame["population"]
    if peer == "arrays":
        y, x, weights = y.to_numpy(), x.to_numpy(), weights.to_numpy()

    def refits() -> list[float]:
        keep = [np.arange(len(y)) != i for i in range(len(y))]
        return [np.asarray(sm.WLS(y[k], x[k], weights=weights[k]).fit().params)[1] for k in keep]

    np.testing.assert_allclose(closed_form(fit, cc.EXPOSURE)["value"], refits(), rtol=1e-10)
    ours = best(lambda: closed_form(fit, cc.EXPOSURE), 20)
    words = f"48 refits with statsmodels WLS on {peer}"
    return "leave-one-out, 48 municipalities, closed form", words, ours, best(refits)


def leave_one_out_of_counts() -> tuple[str, str, float, float]:
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm

    from optkommunen.regression.glm import CountModel
    from optkommunen.regression.influence import leave_one_out as batched

    rng, n, regressors = np.random.default_rng(2008), 69, tuple("abcdef")
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=regressors)
    frame = frame.assign(kommune=[f"M{i + 1:02d}" for i in range(n)], ehb=rng.lognormal(9, 0.6, size=n))
    rate = np.exp(-1.5 + 0.1 * frame["a"] + rng.normal(scale=0.1, size=n))
    fit = CountModel("integrations", regressors, "ehb")(frame.assign(integrations=rng.poisson(frame["ehb"] * rate)))

    def refits(tol: float = 1e-8) -> list[float]:  # the default of statsmodels
        keep = [np.arange(n) != i for i in range(n)]
        models = [sm.GLM(fit.y[k], fit.x[k], sm.families.Poisson(), offset=fit.offset[k]) for k in keep]
        return [model.fit(start_params=fit.coef, tol=tol).params[1] for model in models]

    np.testing.assert_allclose(batched(fit, "a")["value"], refits(1e-14), rtol=1e-10)
    ours = best(lambda: batched(fit, "a"), 20)
    return "leave-one-out of a count model, 69 refits at once", "69 refits with statsmodels GLM", ours, best(refits)


def model_with_hc3() -> tuple[str, str, float, float]:
    import statsmodels.formula.api as smf

    from optkommunen.regression import caseload_change as cc

    frame = cc.design()
    fit = cc.models(frame)[1]
    formula = f"ehb_change ~ {cc.EXPOSURE} + {' + '.join(cc.CONTROLS)}"

    def peer() -> object:
        return smf.wls(formula, frame, weights=frame["population"]).fit(cov_type="HC3", use_t=True).bse

    return (
        "WLS with HC3 and table",
        "statsmodels formula WLS with HC3",
        best(lambda: fit.model(frame).table(), 20),
        best(peer, 20),
    )


def load_context() -> tuple[str, str, float, float]:
    import pandas as pd

    import optkommunen as ok

    path = ok.store.data_folder() / "context.csv"
    ours, peer = best(ok.load_context), best(lambda: pd.read_csv(path, dtype={"kommune": "str", "period": "str"}))
    return "load_context: hash, schema, units, sources", "pandas.read_csv, nothing checked", ours, peer


def notebooks() -> tuple[str, str, float, float]:
    from optkommunen.report import execute

    paths = execute.find(ROOT / "notebooks")
    seconds = best(lambda: execute.run(paths, progress=False), 1)
    return f"all {len(paths)} notebooks executed", "the project's limit", seconds, 90.0


MEASURES = (
    imports, load_context, notebooks, model_with_hc3, partial(leave_one_out, "frames"),
    partial(leave_one_out, "arrays"), leave_one_out_of_counts,
    *front.MEASURES, *specifications.MEASURES,
    *resampling.MEASURES, *rates.MEASURES, *ranks.MEASURES, *frontier.MEASURES,
)  # fmt: skip


def main() -> None:
    rows = []
    for measure in MEASURES:
        ours, peer, seconds, peer_seconds = measure()
        rows.append([ours, f"{seconds:.5f}", peer, f"{peer_seconds:.5f}", f"{peer_seconds / seconds:.1f}"])
        print(f"{ours:<46} {seconds:9.5f} s   {peer:<36} {peer_seconds:9.5f} s   ratio {peer_seconds / seconds:7.1f}")
    if "--store" in sys.argv[1:]:
        with (ROOT / "benchmarks" / "speed.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["what", "seconds", "peer", "peer_seconds", "ratio"])
            writer.writerows(rows)


if __name__ == "__main__":
    main()
