"""The invented places: ring, Land, settlement type, coordinates and the twelve context variables."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optkommunen.data.ring_rule import SPACES, reconstructed
from optkommunen.indicators.conditions import CONDITIONS, IN_LOGARITHMS, conditions
from optkommunen.values import KEY

N = 69
RING_SIZES = {"R-I": 10, "R-II": 9, "R-III": 13, "R-IV": 7, "R-V": 10, "R-VI": 8, "R-VII": 12}
"""As many Musterkommunen in each ring as the reconstruction gives of the 69."""
LAND_SIZES = (13, 13, 10, 6, 5, 5, 5, 4, 2, 2, 2, 1, 1)
"""As the 69 lie in their 13 Länder, largest first; L01 to L13 stand for none of them."""

CONTEXT = CONDITIONS
DECIMALS = (1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1)
# Plausible for a German Kreis of those years, wider than the 69; a place beyond is drawn again (about one in 15).
LOWEST = (1.0, 2.0, 11.0, 35.0, 0.5, 14.0, 2.0, 1000.0, 200.0, -160.0, 8.0, 4.0)
HIGHEST = (25.0, 26.0, 90.0, 2500.0, 25.0, 30.0, 18.0, 2800.0, 1800.0, 80.0, 65.0, 18.0)
MOMENTS_YEAR = 2007
"""The last year in which all twelve are published for the 69 or for the Kreis that holds them today."""

PRIMARY = ("persons_in_bg_per_100", "unemployment_rate", "ln_gdp_per_head", "ln_density")
CENTRE = np.array([8.5, 9.3, 3.2, 5.3])
SCALE = np.array([4.4, 4.6, 0.32, 0.85])
"""Round numbers near mean and SD of the 69: the zero and the unit of the generator's context effects."""
_PRESSURE = np.array([0.45, 0.40, -0.30, 0.20])

_SETTLEMENT = {  # how likely each type is in a ring: the rings are built on settlement types
    "R-I": (1.0, 0.0, 0.0), "R-II": (1.0, 0.0, 0.0), "R-III": (0.0, 1.0, 0.0), "R-IV": (0.3, 0.7, 0.0),
    "R-V": (0.0, 0.6, 0.4), "R-VI": (0.0, 0.25, 0.75), "R-VII": (0.0, 0.1, 0.9),
}  # fmt: skip
_ATTEMPTS = 8
_LAND_NOISE = 0.8  # Länder differ in their conditions, but each holds easy and hard places
_WIDTH, _HEIGHT, _SPREAD = 600_000, 800_000, 45_000  # an invented plane, metres


@dataclass(frozen=True, eq=False)
class ContextMoments:
    """Ring means and pooled within-ring covariance of the twelve context variables.

    Money, density and the foreign share are in natural logarithms (`conditions.IN_LOGARITHMS`).

    Parameters
    ----------
    means : array, shape (7, 12), rows in the order of `RING_SIZES`, columns in that of `CONTEXT`.
    covariance : array, shape (12, 12), deviations from the ring mean, divided by n - 7.
    """

    means: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True, eq=False)
class Places:
    """Drawn places, one row for each Musterkommune in the order of their keys."""

    keys: tuple[str, ...]
    ring: np.ndarray
    land: np.ndarray
    settlement: np.ndarray
    xy: np.ndarray
    context: np.ndarray


def primary(context: np.ndarray) -> np.ndarray:
    """Give the four context variables of the primary model, centred; shape (69, 4) from the twelve, (69, 12)."""
    values = context[:, :4].copy()
    values[:, 2:] = np.log(values[:, 2:])
    return values - CENTRE


def pressure(context: np.ndarray) -> np.ndarray:
    """One number for hard conditions, linear in the four, SD about 1: need and offer follow it. Shape (69,)."""
    return primary(context) / SCALE @ _PRESSURE


@functools.cache
def context_moments() -> ContextMoments:
    """Moments of the real context figures of 2007, by reconstructed ring.

    Only these moments enter a Musterkommune, no figure of a place. Density is that of 2005, the last year in which
    all 69 areas existed; 14 figures of each column are those of the Kreis that holds the area today.

    Returns
    -------
    ContextMoments

    Examples
    --------
    >>> moments = context_moments()
    >>> moments.means.shape, bool(np.all(np.linalg.eigvalsh(moments.covariance) > 0))
    ((7, 12), True)
    """
    wide = conditions(year=MOMENTS_YEAR).set_index(KEY)
    values = _to_drawing_scale(wide[list(CONTEXT)].to_numpy(dtype=float))
    ring = reconstructed().set_index(KEY).loc[wide.index, "ring"].to_numpy()
    means = np.array([values[ring == name].mean(axis=0) for name in RING_SIZES])
    deviations = values - means[pd.Index(RING_SIZES).get_indexer(ring)]
    return ContextMoments(means, deviations.T @ deviations / (N - len(RING_SIZES)))


def draw_places(rng: np.random.Generator, moments: ContextMoments) -> Places:
    """Draw 69 places: context by Cholesky around the ring mean, then Land, settlement type and coordinates.

    Parameters
    ----------
    rng : random stream.
    moments : ring means and covariance.
    """
    names = list(RING_SIZES)
    ring = np.repeat(np.arange(len(names)), list(RING_SIZES.values()))
    noise = rng.standard_normal((_ATTEMPTS, N, len(CONTEXT))) @ np.linalg.cholesky(moments.covariance).T
    context = _first_plausible(_from_drawing_scale(moments.means[ring] + noise))
    context = np.column_stack([np.round(column, d) for column, d in zip(context.T, DECIMALS, strict=True)]) + 0.0
    chances = np.array([_SETTLEMENT[name] for name in names]).cumsum(axis=1)[ring]
    settlement = np.minimum((rng.random((N, 1)) > chances).sum(axis=1), len(SPACES) - 1)

    # The Länder, in random order, take the places from the easiest conditions to the hardest.
    easiest_first = np.argsort(pressure(context) + _LAND_NOISE * rng.standard_normal(N))
    land = np.empty(N, dtype=int)
    shuffled = rng.permutation(len(LAND_SIZES))
    land[easiest_first] = np.repeat(shuffled, np.array(LAND_SIZES)[shuffled])
    centres = rng.uniform(0.1, 0.9, (len(LAND_SIZES), 2)) * [_WIDTH, _HEIGHT]
    xy = centres[land] + _SPREAD * rng.standard_normal((N, 2))
    xy = 100 * np.rint(np.clip(xy, 0, [_WIDTH, _HEIGHT]) / 100)

    order = np.lexsort((rng.random(N), land))  # keys run through the Länder, as Kreisschlüssel do
    keys = tuple(f"M{i:02d}" for i in range(1, N + 1))
    return Places(keys, ring[order], land[order], settlement[order], xy[order], context[order])


def units_frame(places: Places) -> pd.DataFrame:
    """Table `units`: one row for each Musterkommune."""
    names = np.array(list(RING_SIZES))
    frame = pd.DataFrame(
        {
            KEY: places.keys,
            "name": [f"Musterkommune {key[1:]}" for key in places.keys],
            "ring": names[places.ring],
            "land": [f"L{i + 1:02d}" for i in places.land],
            "settlement": np.array(SPACES)[places.settlement],
            "x": places.xy[:, 0],
            "y": places.xy[:, 1],
        }
    )
    return frame.assign(**dict(zip(CONTEXT, places.context.T, strict=True)), status="synthetic")


_LOGARITHMIC = np.array([name in IN_LOGARITHMS for name in CONTEXT])


def _to_drawing_scale(values: np.ndarray) -> np.ndarray:
    return np.where(_LOGARITHMIC, np.log(np.where(_LOGARITHMIC, values, 1)), values)


def _from_drawing_scale(values: np.ndarray) -> np.ndarray:
    return np.where(_LOGARITHMIC, np.exp(np.where(_LOGARITHMIC, values, 0)), values)


def _first_plausible(attempts: np.ndarray) -> np.ndarray:
    """First attempt of each place within the limits, shape (69, 12); should all fail, the first, set to the limits."""
    plausible = ((attempts >= LOWEST) & (attempts <= HIGHEST)).all(axis=2)
    chosen = attempts[plausible.argmax(axis=0), np.arange(attempts.shape[1])]
    return np.clip(chosen, LOWEST, HIGHEST)
