"""The status that a finding carries: the worst of the rows it rests on."""

from __future__ import annotations

import pandas as pd

from optkommunen.values import worst_of


def carried_status(data: pd.DataFrame) -> str:
    """Worst status of the rows; ``unknown`` where the frame has no such column, or has an unknown one already.

    Examples
    --------
    >>> carried_status(pd.DataFrame({"status": ["observed", "estimated"]})), carried_status(pd.DataFrame({"y": [1.0]}))
    ('estimated', 'unknown')
    """
    if "status" not in data or data["status"].eq("unknown").any():
        return "unknown"
    return worst_of(data["status"].unique())
