"""What the screen of the official figures found for each indicator: the years that are wrong for the 69, the jumps."""

from __future__ import annotations

import pandas as pd

from optkommunen.values import REFERENCE
from optkommunen.words import N_

SOUND, CELLS, COLUMN = N_("sound"), N_("cells unusable"), N_("column unusable")
"""Verdicts of the screen on an indicator in a year."""


def by_indicator(screen: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """The years of each verdict, and how often an indicator jumps among the 69 and elsewhere.

    Parameters
    ----------
    screen : DataFrame
        One row for each indicator and year, as the bundled table ``screen``.
    values : DataFrame
        Value table of the same indicators, ``kommune, indicator, status``.

    Returns
    -------
    DataFrame
        ``indicator, whole_column, single_cells`` (first and last year, "–" for none), ``n_unusable`` (values of the
        69), ``jumps_69_pct, jumps_other_pct`` (jumps per 100 changes from the year before, in the years found),
        ``status``. Indicators that are sound in every year are left out.

    Examples
    --------
    >>> screen = pd.DataFrame({
    ...     "indicator": ["a", "a", "b"], "period": ["2007", "2008", "2008"], "verdict": [COLUMN, COLUMN, SOUND],
    ...     "changes_69": [0, 50, 60], "jumps_69": [0, 10, 0], "changes_other": [0, 300, 300], "jumps_other": [0, 3, 2],
    ... })
    >>> values = pd.DataFrame({"kommune": ["06438", "DE"], "indicator": "a", "status": ["unusable", "observed"]})
    >>> by_indicator(screen, values).to_numpy().tolist()
    [['a', '2007–2008', '–', 1, 20.0, 1.0, 'derived']]
    """
    found = screen[screen["verdict"] != SOUND]
    unusable = values.loc[
        (values["kommune"] != REFERENCE) & (values["status"] == "unusable"), "indicator"
    ].value_counts()
    rows = []
    for name, part in found.groupby("indicator", sort=False):
        row: dict[str, object] = {"indicator": name}
        for verdict, column in ((COLUMN, "whole_column"), (CELLS, "single_cells")):
            row[column] = _span(part.loc[part["verdict"] == verdict, "period"])
        row["n_unusable"] = int(unusable.get(name, 0))
        for who in ("69", "other"):
            changes = int(part[f"changes_{who}"].sum())
            row[f"jumps_{who}_pct"] = 100 * int(part[f"jumps_{who}"].sum()) / changes if changes else float("nan")
        rows.append({**row, "status": "derived"})
    columns = [
        "indicator", "whole_column", "single_cells", "n_unusable", "jumps_69_pct", "jumps_other_pct", "status",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _span(years: pd.Series) -> str:
    if years.empty:
        return "–"
    first, last = years.min(), years.max()
    return str(first) if first == last else f"{first}–{last}"
