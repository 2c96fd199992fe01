"""The status that a finding carries: the worst of the rows it rests on."""

from __future__ import annotations

import pandas as pd

from optkommunen.values import KEY, SYNTHETIC, SYNTHETIC_KEYS, UNKNOWN, worst_of


def carried_status(data: pd.DataFrame) -> str:
    """Worst status of the rows; without a column of that name ``synthetic`` for Musterkommunen, else ``unknown``.

    Examples
    --------
    >>> carried_status(pd.DataFrame({"status": ["observed", "estimated"]})), carried_status(pd.DataFrame({"y": [1.0]}))
    ('estimated', 'unknown')
    """
    if "status" in data:
        return worst_of(data["status"].unique())
    return SYNTHETIC if KEY in data and data[KEY].isin(SYNTHETIC_KEYS).any() else UNKNOWN
