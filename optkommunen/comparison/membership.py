"""Who of the returns is in which ring; how many members it has and how many report: five of eight are not a ring."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from optkommunen.comparison.rings import reconstructed
from optkommunen.data import store
from optkommunen.data.ring_rule import is_reconstructed, ring_status
from optkommunen.errors import ValueTableError
from optkommunen.indicators.rates import ALL, assignment_of
from optkommunen.returns.read import Returns
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, plain


def membership(returns: Returns, rings: pd.DataFrame) -> pd.DataFrame:
    """Members of each ring, those who report and those who do not.

    A file of returns holds who reports, not who belongs to a ring. Where its rings are those of a complete assignment
    (the reconstructed rings of the 69, the rings of the bundled Musterkommunen), that one is counted; rings of one's
    own are as large as the table ``units`` says.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    rings : table ``kommune, ring`` of the municipalities of the returns.

    Returns
    -------
    DataFrame
        ``ring, members, reporting, basis``, in the order of the rings' names, also rings of which nobody is in `rings`.
        ``reporting``: members with at least one month; ``basis``, where the membership comes from:
        ``reconstructed`` (the 69), ``bundled`` (the Musterkommunen) or ``units`` (the returns' own table).

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> returns = load_returns().only(["M10", "M42", "M43", "M48", "M49"])
    >>> table = membership(returns, returns.units[["kommune", "ring"]]).set_index("ring")
    >>> table.loc["R-VI"].to_dict(), int(table["members"].sum())
    ({'members': 8, 'reporting': 5, 'basis': 'bundled'}, 69)
    """
    ring = rings.set_index(KEY)["ring"]
    known, basis = _complete(returns, ring)
    reporting = ring[ring.index.isin(returns.monthly[KEY])]
    names = sorted(known.unique())
    return pd.DataFrame({
        "ring": names,
        "members": known.value_counts().reindex(names).to_numpy(),
        "reporting": reporting.value_counts().reindex(names, fill_value=0).to_numpy(),
        "basis": basis,
    })  # fmt: skip


def _complete(returns: Returns, ring: pd.Series) -> tuple[pd.Series, str]:
    """The complete assignment with which the rings agree, else the rings themselves."""
    if returns.synthetic:
        known, basis = store.table("musterkommunen_units").set_index(KEY)["ring"], "bundled"
    else:
        known, basis = reconstructed().set_index(KEY)["ring"], "reconstructed"
    agrees = known.reindex(ring.index).eq(ring).all()
    return (known, basis) if agrees else (ring, "units")


def rings_of(returns: Returns, rings: pd.DataFrame | Mapping[str, str] | None = None) -> tuple[pd.DataFrame, bool]:
    """Name and ring of each municipality of the returns, and whether rings are our reconstruction.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    rings : table ``kommune, ring`` by key or name, or a mapping; if None those of the returns, the reconstructed ones
        where they have none.

    Returns
    -------
    DataFrame ``kommune, name, ring, ring_status``, and bool
        ``ring_status`` as of `ring_rule.ring_status`.

    Raises
    ------
    ValueTableError
        If a municipality has no ring.
    """
    own = [c for c in (KEY, "name", "ring", "ring_status") if c in returns.units.columns]
    units = plain(returns.units[own])
    if rings is None and units["ring"].fillna("").str.strip().eq("").all():
        rings = reconstructed()
    if rings is not None:
        if isinstance(rings, Mapping):
            keys = dict(zip(units["name"], units[KEY], strict=True))
            rings = pd.DataFrame({KEY: [keys.get(name, name) for name in rings], "ring": list(rings.values())})
        require_columns(rings, (KEY, "ring"), "An assignment to rings needs")
        require_once(rings, (KEY,), "A municipality belongs to one ring")
        given = assignment_of(rings)
        units = units[[KEY, "name"]].merge(given, on=KEY, how="left", validate="one_to_one")
    without = units.loc[units["ring"].isna() | units["ring"].eq(""), "name"]
    if len(without):
        message = f"Every municipality shown has a ring; {', '.join(without)} have none. Complete the rings."
        raise ValueTableError(message)
    if units["ring"].eq(ALL).any():
        message = f"A ring may not be named {ALL!r}: that stands for all together. Name it otherwise."
        raise ValueTableError(message)
    named = units[[KEY, "name", "ring"]].assign(ring_status=ring_status(units))
    return named, bool(is_reconstructed(named).any())
