"""Vergleichsringe: who is in which, how many members report, who is near a cut, and how much a ring explains."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optkommunen.comparison.gate import FEWEST, validate_units
from optkommunen.data import ring_rule, store
from optkommunen.data.register import keys_of, municipalities
from optkommunen.data.ring_rule import in_force, is_reconstructed, reconstructed, ring_name, ring_status
from optkommunen.errors import ComparisonError, TooFewUnitsError, ValueTableError
from optkommunen.indicators.rates import ALL, assignment_of
from optkommunen.p_values import check_draws, count_beyond
from optkommunen.returns.read import Returns
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, UNKNOWN, worst, worst_of
from optkommunen.words import N_


def rings_by_key(rings: pd.DataFrame) -> pd.DataFrame:
    """Who is in which ring, each once: ``kommune, ring, status`` by key; who is in none is left out.

    Parameters
    ----------
    rings : ``kommune`` (key or name) and ``ring``; its status as of `ring_rule.ring_status`.

    Raises
    ------
    ComparisonError
        A column missing, a municipality in two rings.
    UnknownUnitError, AmbiguousUnitError, ForeignUnitError
        As `keys_of`.

    Examples
    --------
    >>> rings_by_key(pd.DataFrame({"kommune": ["Coesfeld", "06438"], "ring": [1.0, None]})).to_numpy().tolist()
    [['05558', '1', 'observed']]
    """
    require_columns(rings, [KEY, "ring"], "A frame of rings needs", "Rename the column of groups.", ComparisonError)
    columns = {KEY: keys_of(rings[KEY].tolist()), "ring": [ring_name(ring) for ring in rings["ring"].tolist()]}
    found = pd.DataFrame(columns, dtype="str")
    require_once(found, [KEY], "A municipality is in one ring", error=ComparisonError)
    for column in ("ring_status", "status"):
        if column in rings.columns:
            found[column] = rings[column].array
    found = pd.DataFrame({KEY: found[KEY], "ring": found["ring"], "status": ring_status(found)})
    return found if all(columns["ring"]) else found[found["ring"] != ""].reset_index(drop=True)


def neighbours_by_key(pairs: pd.DataFrame) -> pd.DataFrame:
    """``kommune, neighbour, status`` by key, without rows of nobody; where no status is given it is `UNKNOWN`."""
    found = pairs[pairs["neighbour"].fillna("") != ""]
    found = found.assign(**{column: keys_of(found[column]) for column in (KEY, "neighbour")})
    status = found.get("status", UNKNOWN)
    return found[[KEY, "neighbour"]].assign(status=status).reset_index(drop=True)


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
    if rings is None:
        units = in_force(returns.units).rename(columns={"status": "ring_status"})
    else:
        units = returns.units[[KEY, "name"]]
        if isinstance(rings, Mapping):
            keys = dict(zip(units["name"], units[KEY], strict=True))
            rings = pd.DataFrame({KEY: [keys.get(name, name) for name in rings], "ring": list(rings.values())})
        require_columns(rings, (KEY, "ring"), "An assignment to rings needs")
        require_once(rings, (KEY,), "A municipality belongs to one ring")
        units = units.merge(assignment_of(rings), on=KEY, how="left", validate="one_to_one")
    without = units.loc[units["ring"].isna() | units["ring"].eq(""), "name"]
    if len(without):
        message = f"Every municipality shown has a ring; {', '.join(without)} have none. Complete the rings."
        raise ValueTableError(message)
    if units["ring"].eq(ALL).any():
        message = f"A ring may not be named {ALL!r}: that stands for all together. Name it otherwise."
        raise ValueTableError(message)
    return units, bool(is_reconstructed(units).any())


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
    if returns.synthetic:
        complete, basis = store.table("musterkommunen_units"), "bundled"
    else:
        complete, basis = reconstructed(), "reconstructed"
    known = complete.set_index(KEY)["ring"]
    if not known.reindex(ring.index).eq(ring).all():
        known, basis = ring, "units"
    reporting = ring[ring.index.isin(returns.monthly[KEY])]
    names = sorted(known.unique())
    return pd.DataFrame({
        "ring": names,
        "members": known.value_counts().reindex(names).to_numpy(),
        "reporting": reporting.value_counts().reindex(names, fill_value=0).to_numpy(),
        "basis": basis,
    })  # fmt: skip


def near_a_cut(rate_margin: float = 0.5, density_margin: float = 0.1) -> pd.DataFrame:
    """Municipalities whose reconstructed ring would change if a value moved a little.

    Parameters
    ----------
    rate_margin : float, default 0.5
        Distance to a cut of the SGB-II rate, in persons per 100 inhabitants.
    density_margin : float, default 0.1
        Relative distance to a cut of the density: 0.1 for 10 %.

    Returns
    -------
    DataFrame
        ``kommune, name, ring, criterion, value, cut, ring_beyond``, sorted by key: one row for each cut that is near
        and that would lead into another ring.

    Examples
    --------
    No margin, no neighbour of a cut:

    >>> len(near_a_cut(0, 0))
    0
    """
    register = municipalities().set_index(KEY)
    now = pd.Series(ring_rule.assign(register)[1], index=register.index)
    cuts = [("sgb2_persons_per_100_2008", cut, rate_margin) for cut in (ring_rule.LOW_RATE, ring_rule.HIGH_RATE)]
    cuts += [("density_2005", cut, cut * density_margin) for cut in (ring_rule.DENSE, ring_rule.DENSER)]
    rows = []
    for column, cut, margin in cuts:
        value = register[column]
        for key in register.index[(value - cut).abs() < margin]:
            beyond = cut if value[key] < cut else cut - 1e-9
            moved = register.assign(**{column: value.where(register.index != key, beyond)})
            ring = pd.Series(ring_rule.assign(moved)[1], index=register.index)[key]
            if ring != now[key]:
                rows.append((key, register.at[key, "name"], now[key], column, value[key], cut, ring))
    columns = [KEY, "name", "ring", "criterion", "value", "cut", "ring_beyond"]
    return pd.DataFrame(rows, columns=columns).sort_values([KEY, "criterion"], ignore_index=True)


def between_share(values: pd.DataFrame, rings: pd.DataFrame, *, draws: int = 9_999, seed: int = 2008) -> pd.DataFrame:
    """Share of the variance that lies between rings, not within them: how much of a figure the ring already holds.

    ``ε² = 1 - (1 - η²)(n - 1)/(n - k)`` with ``η² = Σ n_r (mean_r - mean)² / Σ (x - mean)²``, n municipalities counted
    alike and k rings. Rings drawn by lot also differ: their η² is ``(k - 1)/(n - 1)`` on average, .09 for 69 in seven,
    and their ε² is 0, at times below. The rings are cut by the SGB II rate, so whoever adjusts for it inside a ring
    takes out what is left of it there, and of all that goes with it.

    Parameters
    ----------
    values : ``kommune, value``; ``status`` where there is one. A missing value is left out.
    rings : ``kommune, ring``; its ``status``, if there is one, is carried. Who has no ring is left out.
    draws, seed : assignments of the values to the places in the rings that the permutation test draws.

    Returns
    -------
    DataFrame, one row
        ``value`` (ε², at most 1, not cut at 0), ``within`` (1 - value), ``p`` (permutation test of equal rings), ``n,
        n_rings, draws, status, note``. Without a value and with the reason in ``note`` where no value differs, with one
        ring, and where no ring has two municipalities.

    Raises
    ------
    ComparisonError
        As the gate of every comparison; fewer than two municipalities with value and ring.
    ForeignUnitError
        A unit outside the closed set.
    OptkommunenError
        A number of draws that is none.

    References
    ----------
    Kelley 1935 (ε²); Fisher 1925 (correlation ratio η²).

    Examples
    --------
    Rings that hold equal values hold all of the variance between them:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "value": [1.0, 1.0, 5.0, 5.0]})
    >>> ring = frame[["kommune"]].assign(ring=["R-I", "R-I", "R-II", "R-II"])
    >>> between_share(frame, ring)[["value", "n_rings"]].iloc[0].tolist()
    [1.0, 2.0]
    """
    check_draws(draws)
    data, assigned = validate_units(values, numbers=["value"]), validate_units(rings, others=["ring"]).set_index(KEY)
    data["ring"] = data[KEY].map(assigned["ring"]).fillna("")
    if "status" in rings:
        data["status"] = worst(data["status"], data[KEY].map(assigned["status"]).fillna(data["status"]))
    used = data[data["value"].notna() & (data["ring"] != "")].sort_values(KEY)
    if len(used) < FEWEST:
        message = f"Variance needs {FEWEST} municipalities with value and ring; found {len(used)}."
        raise TooFewUnitsError(message)
    x, n, k = used["value"].to_numpy(), len(used), used["ring"].nunique()
    equal = {N_("no value differs"): x.min() == x.max(), N_("one ring"): k == 1, N_("no ring has two"): k == n}
    note = next((reason for reason, holds in equal.items() if holds), "")
    share = p = float("nan")
    if not note:
        member = pd.get_dummies(used["ring"]).to_numpy(dtype=float)
        z = (x - x.mean()) / np.abs(x - x.mean()).max()
        eta2 = _correlation_ratio(z[None], member)[0]
        drawn = np.random.default_rng(seed).permuted(np.tile(z, (draws, 1)), axis=1)
        share = 1 - (1 - eta2) * (n - 1) / (n - k)
        p = count_beyond(_correlation_ratio(drawn, member), eta2).p(every=False)
    row = {"value": share, "within": 1 - share, "p": p, "n": n, "n_rings": k, "draws": draws}
    status = "missing" if note else worst_of(used["status"])
    return pd.DataFrame([row | {"status": status, "note": note}])


def _correlation_ratio(z: np.ndarray, member: np.ndarray) -> np.ndarray:
    """η² of each row of centred values, shape (draws, n), by membership in rings, shape (n, k)."""
    between = ((z @ member) ** 2 / member.sum(axis=0)).sum(axis=1)
    return np.minimum(between / (z**2).sum(axis=1), 1)
