"""Long studies: one function over many seeds, on one core, on all, or on a cluster, with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from joblib import Parallel, delayed
from tqdm import tqdm

Drawn = TypeVar("Drawn")


def study(
    draw: Callable[[int], Drawn], seeds: Iterable[int], *, progress: bool = False, title: str = ""
) -> list[Drawn]:
    """Call a function with each seed; the results are in the order of the seeds, wherever they were computed.

    Where they are computed says `joblib.parallel_config` around the call, in one line: one core without it, all cores
    with ``joblib.parallel_config(n_jobs=-1)``, a cluster with ``joblib.parallel_config(backend="dask")``. As every draw
    takes all its randomness from its seed, the numbers are the same everywhere.

    Parameters
    ----------
    draw : function of a seed; it and what it returns must be picklable where several processes compute.
    seeds : one for each draw.
    progress : whether a progress bar is shown on stderr.
    title : of the bar.

    Returns
    -------
    list, one result for each seed
    """
    listed = list(seeds)
    draws = Parallel(return_as="generator")(delayed(draw)(seed) for seed in listed)
    return list(tqdm(draws, total=len(listed), desc=title or None, disable=not progress))
