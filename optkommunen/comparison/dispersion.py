"""How much more units vary than chance allows, the limits that follow, and what these flag where nothing is to find.

On arrays, on the natural scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from optkommunen.errors import ComparisonError
from optkommunen.indicators.intervals import tail_of

Kind = Literal["rate", "proportion"]
Variant = Literal["corrected", "winsorised", "plain"]
Floats = NDArray[np.float64]

FORMS = ("additive", "multiplicative", "naive")

SETS, SEED = 2_000, 2008
"""Of the simulated units that all belong to one distribution."""

FEWEST_LOW = 2
"""Fewer events expected than this: nothing is low, not even none."""


class Overdispersion(NamedTuple):
    """How much more units vary than chance allows; all on the natural scale.

    Attributes
    ----------
    theta0 : centre, sum over sum.
    phi : variance of the units' z-scores, by the variant asked for; 1 if chance explains all.
    tau2 : variance of the true values between units, 0 or more.
    x2, df, p : Pearson's X² of all units against chi-square, whatever the variant; p is P(chi² ≥ X²).
    """

    theta0: float
    phi: float
    tau2: float
    x2: float
    df: int
    p: float


def winsorised_variance(trim: float) -> float:
    """Variance of a standard normal whose tails are pulled in to the quantiles ``trim`` and ``1 - trim``.

    With q that quantile: ``(1 - 2 trim) - 2 q φ(q) + 2 trim q²``.

    Examples
    --------
    >>> round(winsorised_variance(0.1), 4), winsorised_variance(0)
    (0.6787, 1.0)
    """
    if not 0 <= trim < 0.5:
        message = (
            f"Each tail that is pulled in holds less than half of the units; found trim={trim}. The default is 0.1."
        )
        raise ComparisonError(message)
    if trim == 0:
        return 1.0
    q = stats.norm.isf(trim)
    return float((1 - 2 * trim) - 2 * q * stats.norm.pdf(q) + 2 * trim * q**2)


def overdispersion(
    events: ArrayLike, exposure: ArrayLike, kind: Kind = "rate", variant: Variant = "corrected", trim: float = 0.1
) -> Overdispersion:
    """Centre, φ, τ² and the test of excess variation of some rates or proportions.

    ``θ0 = ΣO/ΣE``, ``s = √(θ0/E)`` (proportion ``√(θ0 (1-θ0)/n)``), ``z = (O/E - θ0)/s``, ``φ = mean z²``,
    ``τ² = max(0, (n φ - (n-1)) / (Σw - Σw²/Σw))`` with ``w = 1/s²``. ``winsorised`` pulls z in to its own quantiles
    ``trim`` and ``1 - trim`` (type 7) first, so that a few outliers do not widen the limits that should find them;
    ``corrected`` divides that φ by `winsorised_variance`, because pulling in makes it too small even without outliers;
    ``plain`` does neither.

    Parameters
    ----------
    events, exposure : shape (n,), finite; exposure positive, not all events 0.

    References
    ----------
    DerSimonian & Laird 1986; Spiegelhalter 2005a, Statistics in Medicine 24:1185; 2005b, Quality and Safety in Health
    Care 14:347.

    Examples
    --------
    Equal rates vary less than chance would let them:

    >>> found = overdispersion([10, 20, 40], [100, 200, 400])
    >>> found.theta0, found.phi, found.tau2
    (0.1, 0.0, 0.0)
    """
    theta0, phi, tau2, x2 = (float(one) for one in estimates(events, exposure, kind, variant, trim))
    df = np.size(events) - 1
    return Overdispersion(theta0, phi, tau2, x2, df, float(stats.chi2.sf(x2, df)))


def estimates(
    events: ArrayLike, exposure: ArrayLike, kind: Kind, variant: Variant, trim: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """θ0, φ, τ² and X² of many sets of units at once, each of shape (sets,); see `overdispersion`.

    Parameters
    ----------
    events : shape (sets, n), or (n,) for one set.
    exposure : the same, or (n,) if it is that of all sets.

    Examples
    --------
    >>> theta0, phi, _, _ = estimates([[10, 20, 40], [20, 40, 80]], [100, 200, 400], "rate", "plain", 0.1)
    >>> theta0.tolist(), phi.tolist()
    ([0.1, 0.2], [0.0, 0.0])
    """
    o, e = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(exposure, dtype=float))
    n, theta0 = o.shape[-1], o.sum(axis=-1) / e.sum(axis=-1)
    s = standard_error(theta0[..., None], e, kind)
    z = (o / e - theta0[..., None]) / s
    phi = np.mean(z**2, axis=-1)
    x2 = n * phi
    if variant != "plain":
        lowest, highest = np.quantile(z, [trim, 1 - trim], axis=-1)[..., None]
        phi = np.mean(np.clip(z, lowest, highest) ** 2, axis=-1)
    if variant == "corrected":
        phi = phi / winsorised_variance(trim)
    w = 1 / s**2
    total = w.sum(axis=-1)
    tau2 = np.maximum(0.0, (n * phi - (n - 1)) / (total - (w**2).sum(axis=-1) / total))
    return theta0, phi, tau2, x2


def standard_error(theta0: ArrayLike, exposure: ArrayLike, kind: Kind = "rate") -> Floats:
    """Standard error that chance gives a unit of this size at the centre."""
    centre = np.asarray(theta0, dtype=float)
    return np.sqrt((centre if kind == "rate" else centre * (1 - centre)) / np.asarray(exposure, dtype=float))


def limits_at(
    theta0: ArrayLike, exposure: ArrayLike, level: float, kind: Kind = "rate", excess: ArrayLike = 0.0
) -> tuple[Floats, Floats]:
    """Limits that hold a new value of a unit of this size: one smooth form for all sizes.

    ``θ0 ∓ z √V + (z²-1)/6 · k3/V`` (Cornish–Fisher) with variance V and third cumulant k3 of the value. What chance
    gives has ``s² = θ0/E`` (a share ``θ0 (1-θ0)/n``); true values that spread evenly to both sides add τ² to it, and
    then ``V = s² + τ²``, ``k3 = c (s² + 3 τ²)/E`` with c = 1, of a share ``1 - 2 θ0``. (Of a share τ² is what is added
    to the variance seen, ``1 - 1/n`` of that of the true shares.) With fewer than `FEWEST_LOW` events expected the
    lower limit is 0; where fewer persons are expected outside a share, its upper limit is 1.

    A count is whole, so no limit is right at each size. Without excess, and averaged over expected counts m to 2 m, the
    share above the upper limit is .95 to 1.00 of what the level says from m = 1 on at 95 %, and from m = 10 on at
    99.8 %; below that at 99.8 % it is less, .74 at m = 1. At no single size is it above 1.75 of it.

    Parameters
    ----------
    theta0, exposure, excess : centre, exposures and τ² on the natural scale; any shapes that go together.
    level : coverage, between 0 and 1.

    References
    ----------
    Cornish & Fisher 1938; Spiegelhalter 2005a.

    Examples
    --------
    Few events lie further above their expectation than below; of many, as far above as below:

    >>> lower, upper = limits_at(1.0, [20.0, 2e6], 0.95)
    >>> ((upper - 1) / (1 - lower)).round(2).tolist()
    [1.11, 1.0]
    """
    centre, e, t = (np.asarray(one, dtype=float) for one in (theta0, exposure, excess))
    z, s2 = stats.norm.isf(tail_of(level)), standard_error(centre, e, kind) ** 2
    spread = np.sqrt(s2 + t)
    skewness = (1.0 if kind == "rate" else 1 - 2 * centre) * (s2 + 3 * t) / e / spread**3
    lower = np.maximum(centre - spread * _quantile(z, -skewness), 0)
    upper = centre + spread * _quantile(z, skewness)
    if kind == "proportion":
        upper = np.where((1 - centre) * e < FEWEST_LOW, 1, np.minimum(upper, 1))
    return np.where(centre * e < FEWEST_LOW, 0, lower), upper


def _quantile(z: float, skewness: Floats) -> Floats:
    """Standardised quantile by skewness; it stays at its turning point, which lies beyond what a rate can be."""
    turn = 3 / np.maximum(-skewness, 1e-9)
    reach = np.minimum(z, turn)
    return reach + (reach**2 - 1) / 6 * skewness


def limits(found: Overdispersion, exposure: ArrayLike, level: float, kind: Kind = "rate") -> pd.DataFrame:
    """Limits of units of some sizes in the three `FORMS`: ``lower, upper`` (additive), then those named by their form.

    * additive: true values differ, in all sizes alike, by ``τ²``;
    * multiplicative: everything varies √φ times more than by chance, by ``(φ - 1) s²``, φ not below 1;
    * naive: chance alone.

    All are of the form of `limits_at`. A rate is not below 0, a share not above 1.

    Raises
    ------
    ComparisonError
        An exposure that is not positive and finite.

    Examples
    --------
    Where units vary no more than by chance the three are one:

    >>> one = limits(overdispersion([10, 20, 40], [100, 200, 400]), [1000.0], 0.95).iloc[0]
    >>> bool(one["lower"] == one["lower_multiplicative"] == one["lower_naive"])
    True
    """
    e = np.asarray(exposure, dtype=float)
    wrong = e[~(np.isfinite(e) & (e > 0))]
    if wrong.size:
        message = (
            f"A funnel is drawn over positive, finite exposures; found {wrong.flat[0]:g}. "
            "Start above 0, or leave the unit out."
        )
        raise ComparisonError(message)
    s2 = standard_error(found.theta0, e, kind) ** 2
    excess: dict[str, ArrayLike] = {
        "additive": found.tau2,
        "multiplicative": max(0.0, found.phi - 1) * s2,
        "naive": 0.0,
    }
    columns: dict[str, Floats] = {}
    for form in FORMS:
        lower, upper = limits_at(found.theta0, e, level, kind, excess[form])
        columns |= {f"lower{suffix(form)}": lower, f"upper{suffix(form)}": upper}
    return pd.DataFrame(columns)


def suffix(form: str) -> str:
    """End of the names of columns of one of the `FORMS`; the first has none."""
    return "" if form == FORMS[0] else f"_{form}"


def flagged_without_outliers(
    found: Overdispersion,
    exposure: ArrayLike,
    levels: Sequence[float],
    kind: Kind = "rate",
    variant: Variant = "corrected",
    trim: float = 0.1,
) -> list[float]:
    """Share of units outside the additive limits of each level where all belong to one distribution.

    `SETS` sets of units of these sizes: true values normal around θ0 with variance τ² (below 0 they are 0, shares above
    1 are 1), events Poisson or binomial, and for each set its own θ0, φ, τ² and limits, as the funnel makes them. No
    form and no variant flags exactly the nominal share: counts are whole, and φ is itself estimated.

    Parameters
    ----------
    found : of `dispersion.overdispersion`.
    exposure : of the units, shape (n,); those of shares are rounded to whole persons.
    levels : coverage of the limits.
    kind, variant, trim : of the funnel.

    Returns
    -------
    list
        One share for each level; the Monte-Carlo error is about .001 at 95 % and 69 units.

    Examples
    --------
    At few events fewer are flagged than the level says, here than 5 of 100:

    >>> exposure = [10.0] * 20
    >>> shares = flagged_without_outliers(overdispersion([1] * 20, exposure), exposure, [0.95])
    >>> 0.01 < shares[0] < 0.04
    True
    """
    e = np.asarray(exposure, dtype=float)
    if kind == "proportion":
        e = np.maximum(np.rint(e), 1)
    events = _drawn(found, e, kind)
    if kind == "proportion":
        events = events[events.sum(axis=1) < e.sum()]
    events = events[events.sum(axis=1) > 0]
    theta0, _, tau2, _ = estimates(events, e, kind, variant, trim)
    shares = []
    for level in levels:
        lower, upper = limits_at(theta0[:, None], e, level, kind, tau2[:, None])
        shares.append(float(((events / e < lower) | (events / e > upper)).mean()))
    return shares


def _drawn(found: Overdispersion, e: Floats, kind: Kind) -> Floats:
    """Events of all sets, shape (SETS, n)."""
    rng = np.random.default_rng(SEED)
    truth = np.maximum(rng.normal(found.theta0, np.sqrt(found.tau2), (SETS, len(e))), 0)
    if kind == "rate":
        return rng.poisson(truth * e).astype(float)
    return rng.binomial(e.astype(np.int64), np.minimum(truth, 1)).astype(float)
