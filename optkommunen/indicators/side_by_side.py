"""Several indicators side by side: one row for each group, with the fewest members and the worst status."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.indicators.rates import ALL, assignment_of, indicator
from optkommunen.values import KEY, RANK, STATUS_OF, WITHOUT_VALUE, chosen_period


def side_by_side(
    names: Sequence[str], data: object, groups: pd.DataFrame, period: str | int | None = None
) -> pd.DataFrame:
    """Values of several indicators by ring and for all, of one year.

    Parameters
    ----------
    names : of computable entries of the catalogue.
    data : returns.
    groups : ``kommune`` and one column of groups, such as ``ring``; ``status`` where there is one.
    period : the year; the last of the returns if None.

    Returns
    -------
    DataFrame
        Index: the groups in order, then ``all``. Columns: the indicators (NaN where nobody reports), then ``n``, the
        smallest number of municipalities that enters one of the values shown, and ``status``, the worst of them.

    Raises
    ------
    ValueTableError
        If the returns have no such year.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns()
    >>> table = side_by_side(["bg", "eingliederungsquote"], returns, returns.units[["kommune", "ring"]])
    >>> bool(abs(table["bg"].iloc[:-1].sum() - table.at["all", "bg"]) < 1e-6), table["status"].unique().tolist()
    (True, ['synthetic'])
    """
    groups = assignment_of(groups)
    group = str(groups.columns[1])
    everyone = groups[[KEY]].assign(**{group: ALL})
    long = pd.concat(
        [indicator(name, data, by, None) for name in names for by in (groups, everyone)], ignore_index=True
    )
    rows = long[long["period"] == chosen_period(period, long["period"], "the returns")]
    shown = rows[~rows["status"].isin(WITHOUT_VALUE)]
    table = rows.pivot(index=group, columns="indicator", values="value")[list(names)].rename_axis(columns=None)
    by_group = shown.groupby(group)
    table["n"] = by_group["n"].min()
    table["n"] = table["n"].fillna(0).astype(int)
    worst = shown.assign(rank=shown["status"].map(RANK)).groupby(group)["rank"].max()
    table["status"] = worst.reindex(table.index).map(STATUS_OF).fillna("missing")
    order = [*sorted(set(table.index) - {ALL}), ALL]
    return table.loc[order]
