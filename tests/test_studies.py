"""Studies give the same numbers on one core, on two, and on a cluster."""

import joblib
import numpy as np
import pandas as pd
import pytest

from benchmarks.recovery import Recovery
from benchmarks.study import study


def draw(seed):
    return float(np.random.default_rng(seed).standard_normal(1000).mean())


def test_results_are_in_the_order_of_the_seeds():
    assert study(draw, [3, 1, 2]) == [draw(3), draw(1), draw(2)]


def test_two_processes_give_the_same_numbers():
    with joblib.parallel_config(n_jobs=2):
        assert study(draw, range(20)) == [draw(seed) for seed in range(20)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning")
def test_a_study_on_a_cluster_of_two_workers_gives_identical_numbers():
    from distributed import Client, LocalCluster
    from threadpoolctl import threadpool_limits

    recovery, seeds = Recovery(), range(2)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        drawn = study(recovery, seeds)
    with threadpool_limits(1):  # as the workers: the last digit of linear algebra depends on the number of threads
        here = study(recovery, seeds)
    for one, other in zip(drawn, here, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_bar_says_what_runs(capsys):
    study(draw, range(3), progress=True, title="three draws")
    assert "three draws: 100%" in capsys.readouterr().err


def test_an_error_in_a_draw_propagates():
    with pytest.raises(ZeroDivisionError):
        study(lambda seed: 1 / seed, [0])
