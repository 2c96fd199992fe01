"""Quarters of a ring, and what reaching the best one would mean in persons."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from optkommunen.comparison.gate import carried_status
from optkommunen.comparison.measure import COUNTED, NO_RING, Kind, joined, of_period, prepare_measure, same_ring
from optkommunen.errors import ComparisonError
from optkommunen.indicators.full_grid import MONTHS
from optkommunen.values import KEY, RESULT_COLUMNS, missing_where
from optkommunen.words import N_, Note

QUANTILES: dict[int, Literal["linear", "weibull"]] = {7: "linear", 6: "weibull"}
"""Quantile types of Hyndman & Fan (1996) by their name in numpy."""

FEWEST_IN_QUARTERS = 4
"""Units with a value that a ring needs to be cut into quarters."""

TOO_FEW = Note("no quarters: fewer than {n} values in the ring", n=FEWEST_IN_QUARTERS)

GAIN_COLUMNS = [
    KEY, "ring", "ring_status", "period", *RESULT_COLUMNS, "rate", "cut", "unit", "quantile_type", "status", "note",
]  # fmt: skip


def quarter_cuts(values: ArrayLike, quantile_type: int = 7) -> NDArray[np.float64]:
    """Cuts at 25, 50 and 75 % of some values; missing where fewer than four are known.

    Parameters
    ----------
    values : shape (n,); NaN is left out.
    quantile_type : 7 (between the k-th of n at (k-1)/(n-1)) or 6 (at k/(n+1)). In small rings they differ a lot.

    Examples
    --------
    >>> quarter_cuts([1, 2, 3, 4, 5]).tolist(), quarter_cuts([1, 2, 3, 4, 5], quantile_type=6).tolist()
    ([2.0, 3.0, 4.0], [1.5, 3.0, 4.5])
    """
    if quantile_type not in tuple(QUANTILES):
        message = f"Quarters are cut by quantiles of type 7 or 6; found {quantile_type!r}. Choose one of them."
        raise ComparisonError(message)
    known = np.asarray(values, dtype=float)
    known = known[~np.isnan(known)]
    if np.isinf(known).any():
        message = "Quarters are cut from finite numbers; found an infinite one. Correct it, or set it to missing."
        raise ComparisonError(message)
    if len(known) < FEWEST_IN_QUARTERS:
        return np.full(3, np.nan)
    return np.quantile(known, [0.25, 0.5, 0.75], method=QUANTILES[quantile_type])


def quarters_among(rates: pd.Series, members: NDArray[np.bool_], quantile_type: int = 7) -> pd.DataFrame:
    """Quarter of each unit among the members of its own ring, with the outer cuts.

    Parameters
    ----------
    rates : Series, shape (n,); NaN where there is none.
    members : bool, shape (n, n); who of the columns is in the ring of the unit of the row and has a value, the unit
        itself among them; `measure.same_ring`.

    Returns
    -------
    DataFrame
        ``quarter, cut_25, cut_75, note``, same index; ``note`` says why a unit with a value has no quarter.
    """
    values = rates.to_numpy(dtype=float)
    rings = {row.tobytes(): row for row in members}  # who shares a ring shares its cuts
    of_ring = {name: quarter_cuts(values[row], quantile_type) for name, row in rings.items()}
    cuts = np.array([of_ring[row.tobytes()] for row in members]).reshape(-1, 3)
    quarter = pd.Series(1 + (values[:, None] > cuts).sum(axis=1), index=rates.index, dtype="Int64")
    uncut, known = np.isnan(cuts[:, 0]), ~np.isnan(values)
    return pd.DataFrame({
        "quarter": quarter.mask(uncut | ~known), "cut_25": cuts[:, 0], "cut_75": cuts[:, 2],
        "note": np.where(uncut & known, np.where(members.any(axis=1), TOO_FEW, NO_RING), ""),
    })  # fmt: skip


def gain_to_best_quarter(
    frame: pd.DataFrame,
    rings: pd.DataFrame,
    *,
    period: str | int | None = None,
    polarity: int | None = None,
    kind: Kind | None = None,
    per: float | None = None,
    quantile_type: int = 7,
) -> pd.DataFrame:
    """What the cut of the best quarter of the ring would mean for each municipality, in events or persons.

    ``value = max(0, cut - rate) × denominator``, with polarity -1 ``max(0, rate - cut) × denominator``. Events and €
    are those of a year: a year (or month) known in part is carried to twelve months. A quota gives persons of the mean
    stock. It is arithmetic about distances, no forecast: what sets the best apart may not be theirs to hand on.

    Parameters
    ----------
    frame, rings, period, polarity, kind, per, quantile_type : as in `optkommunen.comparison.position.compare`.

    Returns
    -------
    DataFrame, columns `GAIN_COLUMNS`
        One row for each municipality, sorted by key. ``value`` in ``unit``, 0 where the cut of the best quarter
        is reached; ``rate`` and ``cut`` in the unit of the indicator. Missing with the reason in ``note``: no value,
        no ring, too few values in it, no direction that is good, or no denominator. A full
        count of a distance: no interval.

    Examples
    --------
    Twice the size, twice the persons:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04", "M05"], "period": "2008",
    ...                       "numerator": [20, 40, 30, 40, 50], "denominator": [100, 200, 100, 100, 100]})
    >>> rings = pd.DataFrame({"kommune": frame["kommune"], "ring": "R-I"})
    >>> gain_to_best_quarter(frame, rings, kind="event_rate", polarity=1)["value"].round(9).tolist()
    [20.0, 40.0, 10.0, 0.0, 0.0]
    """
    measure, table = prepare_measure(frame, rings, kind=kind, per=per, polarity=polarity)
    units = of_period(table, period)
    same = same_ring(units, rings)
    within = quarters_among(units["rate"], same, quantile_type)
    cut = within["cut_75" if measure.polarity > 0 else "cut_25"]
    distance = (measure.polarity * (cut - units["rate"])).clip(lower=0) + 0.0
    flow = measure.kind != "stock_quota"
    what = (measure.entry and measure.entry.numerator) or "events"
    gain = distance * units["denominator"] * (MONTHS / units["n_months"] if flow else 1)
    why_not = ""
    if measure.polarity == 0:
        why_not = N_("no best quarter: neither direction is good")
    elif not measure.summed or measure.kind not in (*COUNTED, "cost"):
        why_not = N_("no gain in events or persons: the value is not made of them")
    if why_not:
        gain, cut = gain * np.nan, cut * np.nan
    return units.assign(
        value=gain, lower=np.nan, upper=np.nan, level=np.nan, method="none", rate=measure.per * units["rate"],
        cut=measure.per * cut, unit=what + (" per year" if flow else " (mean stock)"),
        quantile_type=quantile_type, status=missing_where(carried_status(units["status"], same), gain.isna()),
        note=joined(units["reason"], units["note"], within["note"], why_not),
    )[GAIN_COLUMNS]  # fmt: skip
