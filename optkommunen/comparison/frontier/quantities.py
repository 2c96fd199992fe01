"""What enters a frontier: inputs and outputs of the returns; totals or ratios but not both, nothing that is zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from optkommunen.data import catalogue
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_period, worst
from optkommunen.words import Note

INPUTS, OUTPUTS = ("staff_integration", "staff_other"), ("eingliederungen", "ehb")
"""Staff for integration and all other staff; take-ups of work of a year and the mean stock of eHb."""

TOTAL_UNITS = ("persons", "1,000 persons", "BG", "km²", "1,000 €")
"""Units of the catalogue that add up over municipalities; the others are of rates, shares, means, costs per head."""

WIDEST = 1e5
"""Largest value of a column over its smallest: far beyond municipalities, within what a solver can tell."""


def ratios_among(columns: Iterable[str], declared: Iterable[str] = ()) -> tuple[str, ...]:
    """Columns that are ratios: declared as such, or in the catalogue with a unit that does not add up.

    A column that is neither is taken for a total: a name alone says nothing, so ratios of one's own are declared.

    Examples
    --------
    >>> ratios_among(["staff_total", "eingliederungen", "eingliederungsquote", "own_share"], declared=["own_share"])
    ('eingliederungsquote', 'own_share')
    """
    known, own = {entry.name: entry.unit for entry in catalogue.entries()}, set(declared)
    return tuple(c for c in columns if c in own or (c in known and known[c] not in TOTAL_UNITS))


def check_convex(columns: Sequence[str], declared: Iterable[str], *, constant: bool) -> None:
    """Refuse quantities of which a mix of units is no possible unit.

    A frontier compares each unit with mixes of others. Two units together have the sum of their totals, but not the
    mean of their ratios, because the larger denominator weighs more. And a unit twice as large has the same ratios,
    not twice as large ones.

    Parameters
    ----------
    columns : inputs and outputs.
    declared : those the caller declares to be ratios.
    constant : whether returns are constant.

    Raises
    ------
    ComparisonError
        Ratios beside totals, or ratios under constant returns.

    References
    ----------
    Hollingsworth & Smith 2003; Olesen, Petersen & Podinovski 2015.

    Examples
    --------
    >>> check_convex(["staff_total", "ehb", "eingliederungen"], (), constant=True)
    """
    ratios = ratios_among(columns, declared)
    totals = [column for column in columns if column not in ratios]
    if ratios and totals:
        message = (
            f"Ratios and totals must not be mixed in a frontier; ratios here: {', '.join(ratios)}; totals: "
            f"{', '.join(totals)}. Two units together have the sum of their totals, but not the mean of their ratios, "
            "so ratios break the convexity on which every score rests. Take the ratio's numerator or denominator."
        )
        raise ComparisonError(message)
    if ratios and constant:
        message = (
            f"Constant returns need totals; ratios here: {', '.join(ratios)}. A unit of twice the size does not have "
            "twice the rate. Take totals, or variable returns."
        )
        raise ComparisonError(message)


def check_values(values: pd.DataFrame, inputs: int, outputs: int) -> None:
    """Refuse values that are not positive or cannot be of one unit of measurement, and too many variables.

    Parameters
    ----------
    values : one row for each unit with all values, named by ``kommune``; inputs, then outputs.
    inputs, outputs : how many of each.

    Raises
    ------
    ComparisonError
        Names column and units, or the number of units needed.

    References
    ----------
    Cooper, Seiford & Tone 2007 (rule of thumb for the number of units).

    Examples
    --------
    >>> check_values(pd.DataFrame({"staff": range(1, 7), "placed": 1.0}), 1, 1)
    """
    for column, held in values.items():
        wrong = held.index[held <= 0]
        if len(wrong):
            message = (
                f"Inputs and outputs of a frontier are above zero; {column} is not for {', '.join(wrong)} ({wrong[0]} "
                f"has {held[wrong[0]]:g}). Correct a negative amount; who uses or produces none of it is not "
                "comparable: leave the unit or the column out."
            )
            raise ComparisonError(message)
        if len(held) and held.max() > WIDEST * held.min():
            message = (
                f"Values of one column lie within a factor of {WIDEST:,.0f}; {column} has {held.min():g} for "
                f"{held.idxmin()} and {held.max():g} for {held.idxmax()}. Look for values of another unit."
            )
            raise ComparisonError(message)
    least = max(inputs * outputs, 3 * (inputs + outputs))
    if len(values) < least:
        message = Note(
            "A frontier of {inputs} inputs and {outputs} outputs needs at least max({inputs}·{outputs}, "
            "3·({inputs}+{outputs})) = {least} units with all values; found {n}. With fewer, nearly all look "
            "efficient. Drop a variable.", inputs=inputs, outputs=outputs, least=least, n=len(values),
        )  # fmt: skip
        raise TooFewUnitsError(message)


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
