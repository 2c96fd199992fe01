"""The published rule of the Vergleichsringe, worked out for the 69; and what of a table of rings is that own work."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.values import KEY, STATUSES, SYNTHETIC, SYNTHETIC_KEYS, plain, worst

RINGS = ("R-I", "R-II", "R-III", "R-IV", "R-V", "R-VI", "R-VII")
SPACES = ("agglomeration", "urbanised", "rural")
BREMEN_SURROUNDINGS = "0302"
"""Raumordnungsregion Bremen-Umland: belongs to the agglomeration of Bremen, whose own region is the city alone."""

LARGE_CITY, CITY = 300_000, 100_000
AGGLOMERATION_DENSITY, URBANISED_DENSITY, URBANISED_DENSITY_WITH_CITY = 300, 150, 100
DENSE, DENSER = 150, 300
LOW_RATE, HIGH_RATE = 6, 9


def reconstructed() -> pd.DataFrame:
    """Rings by the published rule: settlement type first, then the SGB-II rate. Own reconstruction, not published.

    The rule (Kreis Coesfeld 2007): settlement types of the BBR, and as second criterion the SGB-II rate. Worked out:

    * agglomeration: region with a city over 300,000 or at least 300 inhabitants per km² (Bremen's surroundings
      with Bremen); urbanised: another region with at least 150 per km², or with a city over 100,000 and at least
      100 per km²; rural: the rest;
    * R-I: agglomeration, city over 100,000 or at least 300 per km²;
    * R-II other agglomeration, R-III urbanised with at least 150 per km² or a city over 100,000, both below 9
      persons in BG per 100 inhabitants; R-IV the same two from 9;
    * R-V, R-VI, R-VII: the rest below 6, from 6 to below 9, from 9.

    All 11 published memberships fall together; the other 58 are unverified, so every figure that uses these rings
    says so. Published "ring 4" falls into R-III: the labels are not the published ones.

    Returns
    -------
    DataFrame, shape (69, 5)
        ``kommune, ring, space, basis, status``; ``basis`` says in words why, ``status`` is ``estimated``.

    Examples
    --------
    >>> reconstructed()["ring"].value_counts().reindex(RINGS).tolist()
    [10, 9, 13, 7, 10, 8, 12]
    """
    register = municipalities()
    space, ring = assign(register)
    basis = (
        pd.Series(space)
        + register["density_2005"].map(" region; {:,.0f} inhabitants per km²".format)
        + register["city_over_100k"].map({True: ", city over 100,000", False: ""})
        + register["sgb2_persons_per_100_2008"].map("; {:.1f} persons in BG per 100 inhabitants".format)
    )
    return pd.DataFrame({KEY: register[KEY], "ring": ring, "space": space, "basis": basis, "status": "estimated"})


def assign(register: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Space and ring of each row of a register by the reconstructed rule."""
    metropolis = register["ror_largest_city"].fillna(0) > LARGE_CITY
    agglomeration = (
        metropolis | (register["ror_density"] >= AGGLOMERATION_DENSITY) | (register["ror_code"] == BREMEN_SURROUNDINGS)
    )
    large = register["ror_largest_city"].fillna(0) > CITY
    urbanised = (register["ror_density"] >= URBANISED_DENSITY) | (
        large & (register["ror_density"] >= URBANISED_DENSITY_WITH_CITY)
    )
    city, density, rate = register["city_over_100k"], register["density_2005"], register["sgb2_persons_per_100_2008"]
    dense_town = urbanised & ((density >= DENSE) | city)
    ring = np.select(
        [
            agglomeration & (city | (density >= DENSER)),
            (agglomeration | dense_town) & (rate >= HIGH_RATE),
            agglomeration,
            dense_town,
            rate < LOW_RATE,
            rate < HIGH_RATE,
        ],
        ["R-I", "R-IV", "R-II", "R-III", "R-V", "R-VI"],
        "R-VII",
    )
    return np.select([agglomeration, urbanised], SPACES[:2], SPACES[2]), ring


def is_reconstructed(table: pd.DataFrame, group: str = "ring") -> pd.Series:
    """Which of the 69 a table puts into the ring that our reconstruction gives them, under our name of it.

    Examples
    --------
    >>> table = pd.DataFrame({"kommune": ["06438", "06438", "M01"], "ring": ["R-I", "Rhein-Main", "R-I"]})
    >>> is_reconstructed(table).tolist()
    [True, False, False]
    """
    known = _by_rule()
    found = [
        known.get(str(key)) == str(ring) for key, ring in zip(table[KEY].tolist(), table[group].tolist(), strict=True)
    ]
    return pd.Series(found, index=table.index, dtype=bool)


def in_force(units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rings of some units: their own, or our reconstruction where they bring none.

    Parameters
    ----------
    units : DataFrame, optional
        ``kommune`` and ``name``; ``ring`` and ``ring_status`` where known, as table ``units`` of the returns. The 69 if
        None.

    Returns
    -------
    DataFrame, columns ``kommune, name, ring, status``
        As `ring_status`; who is in no ring while others are has the ring ``""`` and the status ``missing``.

    Examples
    --------
    >>> own = pd.DataFrame({"kommune": ["06438", "M01"], "name": ["Offenbach", "M 1"], "ring": ["A", ""]})
    >>> in_force(own)[["ring", "status"]].to_numpy().tolist()
    [['A', 'observed'], ['', 'missing']]
    """
    table = plain(municipalities() if units is None else units)
    known = table[[c for c in (KEY, "name", "ring", "ring_status") if c in table.columns]].reset_index(drop=True)
    if "ring" not in known or is_blank(known["ring"]).all():
        # a Musterkommune is in no ring of the real ones
        known = known.drop(columns="ring_status", errors="ignore").assign(ring=known[KEY].map(_by_rule()))
    known["ring"] = known["ring"].fillna("").astype("str").str.strip()
    status = ring_status(known).mask(known["ring"] == "", "missing")
    return known.assign(status=status)[[KEY, "name", "ring", "status"]]


def is_blank(rings: pd.Series) -> pd.Series:
    """Which cells name no ring.

    Examples
    --------
    >>> is_blank(pd.Series(["R-I", " ", None])).tolist()
    [False, True, True]
    """
    return rings.fillna("").astype("str").str.strip().eq("")


def ring_name(ring: Any) -> str:
    """Name of a ring as text: a whole number as such (1, not 1.0), nothing for none.

    Examples
    --------
    >>> ring_name(1.0), ring_name(" R-I "), ring_name(None)
    ('1', 'R-I', '')
    """
    if pd.isna(ring):
        return ""
    return f"{ring:.0f}" if isinstance(ring, float) and ring.is_integer() else str(ring).strip()


def ring_status(table: pd.DataFrame, group: str = "ring") -> pd.Series:
    """How sure it is who is in which ring: as the table says, and ``estimated`` wherever it is our reconstruction.

    A reconstructed ring stays one whatever its table lost: a municipality of the 69 in the ring that `reconstructed`
    gives it, under our name of it (R-I to R-VII), is in no published ring.

    Parameters
    ----------
    table : ``kommune`` and the group; its status in ``<group>_status`` or ``status``, if there is one.
    group : column of the groups.

    Returns
    -------
    Series of str, shape (n,)
        A ring of one's own without a status is ``observed``: whoever draws it knows it. That of a Musterkommune is
        ``synthetic``.

    Examples
    --------
    >>> lost = reconstructed()[["kommune", "ring"]]
    >>> own = lost.assign(ring="mine")
    >>> ring_status(lost).unique().tolist(), ring_status(own).unique().tolist()
    (['estimated'], ['observed'])
    """
    ours = zip(table[KEY].tolist(), is_reconstructed(table, group).tolist(), strict=True)
    words = [SYNTHETIC if key in SYNTHETIC_KEYS else "estimated" if is_ours else STATUSES[0] for key, is_ours in ours]
    found = pd.Series(words, index=table.index, dtype="str")
    for column in (f"{group}_status", "status"):
        if column in table.columns:
            given = table[column].astype("str")
            return worst(found, given.where(given.notna(), found) if given.hasnans else given)
    return found


@functools.cache
def _by_rule() -> dict[str, str]:
    return {str(key): str(ring) for key, ring in reconstructed()[[KEY, "ring"]].itertuples(index=False)}
