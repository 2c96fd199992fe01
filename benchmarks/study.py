"""Long studies: one function over many seeds, on one core, on all, or on a cluster, with the same numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

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


def kept_study(
    draw: Callable[[int], Any], seeds: Sequence[int], folder: Path, title: str, piece: int = 100
) -> list[Any]:
    """As `study`, in pieces that are kept in a folder: a run that was stopped goes on behind the last of them.

    Parameters
    ----------
    draw : function of a seed whose results JSON can hold.
    seeds : one for each draw.
    folder : of the pieces; it must be another one when the code that is studied is another one.
    title : of the bar, and of the pieces.
    piece : draws of each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    results: list[Any] = []
    for start in tqdm(range(0, len(seeds), piece), desc=title, unit=f"{piece} draws"):
        some = seeds[start : start + piece]
        file = folder / f"{title}_{some[0]}_{some[-1]}.json"
        if not file.exists():
            unfinished = file.with_suffix(".part")
            unfinished.write_text(json.dumps(study(draw, some)), encoding="utf-8")
            unfinished.replace(file)
        results += json.loads(file.read_text(encoding="utf-8"))
    return results
