"""The conditions a municipality works under and cannot choose: one row each, official or from the returns."""

from __future__ import annotations

import pandas as pd

from optkommunen.errors import ComparisonError
from optkommunen.loaders.context import load_context
from optkommunen.loaders.returns import Returns
from optkommunen.register import municipalities
from optkommunen.values import KEY, REFERENCE, worst

CONTEXT = (
    "persons_in_bg_per_100", "unemployment_rate", "gdp_per_head", "density", "foreign_share", "age_65plus_share",
    "no_school_certificate", "household_income", "tax_capacity", "commuter_balance", "gva_secondary_share",
    "debtor_rate",
)  # fmt: skip
"""Twelve figures that a job centre cannot influence in the medium term, in the order of the returns' table `units`."""

YEAR = 2007


def context_of(returns: Returns | None = None, year: int = YEAR) -> pd.DataFrame:
    """Context of each unit in one row: the 69 from official figures, or the units of returns.

    Of the 69, density is that of 2005, the last year in which all areas existed. Fourteen areas ended in reforms;
    what is published for them is of the Kreis that holds them today (status ``estimated``, said in ``note``), so two
    of the 69 in one later Kreis look more alike than they were.

    Parameters
    ----------
    returns : returns whose ``units`` hold the context; the official figures of the 69 if None.
    year : year of the official figures; 2007 is the last in which all twelve are published for every unit.

    Returns
    -------
    DataFrame, shape (n, 16)
        ``kommune, name``, the twelve of `CONTEXT`, ``status, note``.

    Raises
    ------
    ComparisonError
        If the official figures of that year do not hold all twelve.

    Examples
    --------
    >>> context = context_of()
    >>> context.shape, context["status"].value_counts().to_dict(), int(context.isna().sum().sum())
    ((69, 16), {'derived': 55, 'estimated': 14}, 0)
    """
    if returns is not None:
        return returns.units[[KEY, "name", *CONTEXT, "status"]].assign(note="")
    published = ["persons_in_bg_rate", *(name for name in CONTEXT if name not in ("persons_in_bg_per_100", "density"))]
    long = load_context(published, year)
    long = long[long[KEY] != REFERENCE]
    absent = sorted(set(published) - set(long["indicator"]))
    if absent:
        message = f"The context of {year} is not complete: no {', '.join(absent)} is published. Use {YEAR}."
        raise ComparisonError(message)
    wide = long.pivot(index=KEY, columns="indicator", values="value")
    statuses = long.pivot(index=KEY, columns="indicator", values="status")
    register = municipalities().set_index(KEY)
    wide["persons_in_bg_per_100"] = wide["persons_in_bg_rate"] / 10  # published per 1,000
    wide["density"] = register["density_2005"]
    wide["name"] = register["name"]
    derived = pd.Series("derived", index=wide.index)
    wide["status"] = worst(derived, *(statuses[column] for column in statuses))
    wide["note"] = long.groupby(KEY)["note"].agg(lambda notes: "; ".join(n for n in dict.fromkeys(notes) if n))
    return wide.reset_index()[[KEY, "name", *CONTEXT, "status", "note"]].rename_axis(columns=None)
