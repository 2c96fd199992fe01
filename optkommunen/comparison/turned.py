"""How lasting labels by chance alone are: who differs in one period, and the other way round in the next."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from optkommunen.comparison.position import NOT_ASSESSED, compare
from optkommunen.values import KEY, worst_of

UNSURE = ("similar", NOT_ASSESSED)
TURNED_COLUMNS = ["period", "next_period", "n", "differ", "turned", "status"]


def turned_labels(
    frame: pd.DataFrame, rings: pd.DataFrame, *, level: float | None = 0.95, **options: Any
) -> pd.DataFrame:
    """How many differ by chance alone in each period, and how many of these the other way round in the next.

    Parameters
    ----------
    frame, rings, level
        As in `optkommunen.comparison.position.compare`; each period is compared by itself.
    **options
        ``kind, polarity`` of `compare`.

    Returns
    -------
    DataFrame, columns `TURNED_COLUMNS`
        One row for each two periods that follow each other; ``n`` are assessed in the first.

    Raises
    ------
    ComparisonError
        As `compare`.

    Examples
    --------
    The first is sure of being better, then of being worse; so is the other, the other way round:

    >>> counts = {"kommune": ["M01", "M02"] * 2, "period": ["2007"] * 2 + ["2008"] * 2, "denominator": 1000}
    >>> frame = pd.DataFrame({**counts, "numerator": [400, 200, 200, 400], "status": "synthetic"})
    >>> rings = pd.DataFrame({"kommune": ["M01", "M02"], "ring": "R-I"})
    >>> turned_labels(frame, rings, kind="event_rate", polarity=1)[["period", "n", "differ", "turned"]].values.tolist()
    [['2007', 2, 2, 2]]
    """
    found = {}
    for period in sorted(frame["period"].unique()):
        rows = compare(frame, rings, period=period, level=level, **options)
        found[period] = rows.set_index(KEY)[["label_poisson", "status"]]
    counted = []
    for (one, now), (other, after) in pairwise(found.items()):
        label, following = now["label_poisson"], after["label_poisson"].reindex(now.index).fillna(NOT_ASSESSED)
        sure = ~label.isin(UNSURE)
        turned = sure & ~following.isin(UNSURE) & (following != label)
        counted.append({
            "period": one, "next_period": other, "n": int((label != NOT_ASSESSED).sum()), "differ": int(sure.sum()),
            "turned": int(turned.sum()), "status": worst_of([*now["status"], *after["status"]]),
        })  # fmt: skip
    return pd.DataFrame(counted, columns=TURNED_COLUMNS)
