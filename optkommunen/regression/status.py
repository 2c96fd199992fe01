"""The status that a finding carries: the worst of the rows it rests on."""

from __future__ import annotations

import pandas as pd

from optkommunen.values import KEY, UNKNOWN, status_without, worst_of


def status_of(data: pd.DataFrame) -> str:
    """Worst status of the rows; without a column of that name ``synthetic`` for Musterkommunen, else ``unknown``.

    Examples
    --------
    >>> status_of(pd.DataFrame({"status": ["observed", "estimated"]})), status_of(pd.DataFrame({"y": [1.0]}))
    ('estimated', 'unknown')
    """
    if "status" in data:
        return worst_of(data["status"].unique())
    return status_without(data[KEY]) if KEY in data else UNKNOWN
