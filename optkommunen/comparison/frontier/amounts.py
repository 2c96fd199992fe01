"""What the returns hold for a frontier: staff put in, Eingliederungen and persons looked after got out."""

from __future__ import annotations

import pandas as pd

from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_period, worst

INPUTS, OUTPUTS = ("staff_integration", "staff_other"), ("eingliederungen", "ehb")
"""Staff for integration and all other staff; take-ups of work of a year and the mean stock of eHb."""


def amounts(returns: Returns, period: int | str | None = None) -> pd.DataFrame:
    """Inputs and outputs of a year, one row for each municipality that reports staff.

    Parameters
    ----------
    returns : Returns
    period : int, str or None, default None
        The latest year if None.

    Returns
    -------
    DataFrame
        ``kommune``, the columns `INPUTS` and `OUTPUTS`, ``status``; a year known in part is carried to twelve months.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> table = amounts(load_returns(), 2008)
    >>> table.shape, bool((table["staff_other"] > 0).all())
    ((69, 6), True)
    """
    year = chosen_period(period, returns.annual["period"], "the returns")
    staff = returns.annual.loc[returns.annual["period"] == year, [KEY, "staff_total", "staff_integration", "status"]]
    rate = indicator("eingliederungsquote", returns, level=None)
    rate = rate[rate["period"] == year]
    out = pd.DataFrame({
        KEY: rate[KEY], "eingliederungen": 12 * rate["numerator"] / rate["n_months"],
        "ehb": rate["denominator"] / rate["n_months"], "status_rate": rate["status"],
    })  # fmt: skip
    table = staff.assign(staff_other=staff["staff_total"] - staff["staff_integration"]).merge(out, on=KEY)
    table["status"] = worst(table["status"], table["status_rate"])
    return table[[KEY, *INPUTS, *OUTPUTS, "status"]]
