"""Rates for comparable composition: direct and indirect standardisation by bands, and the parts of a rate gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.indicators import intervals
from optkommunen.validate import numbers_of, require_columns, require_once
from optkommunen.values import KEY, RANK, RESULT_COLUMNS, STATUS_OF, WITHOUT_VALUE, check_statuses

BAND = "band"
FEWEST = 10
"""Fewer events than this: no directly standardised rate."""


def direct(
    bands: pd.DataFrame,
    weights: pd.DataFrame,
    keys: Sequence[str] = (KEY,),
    level: float | Iterable[float] | None = 0.95,
    *,
    per: float = 100,
) -> pd.DataFrame:
    """Directly standardised rate: the unit's own rates by band, weighted as in a standard population.

    ``d = Σ w_k O_k/n_k / Σ w_k``, ``var = Σ w_k² O_k/n_k² / (Σ w_k)²``; Dobson's limits
    ``d + √(var/O) (L_O − O)`` and ``d + √(var/O) (U_O − O)``, with exact or Byar limits of the total O.

    Parameters
    ----------
    bands : ``*keys, band, events, stock, status``: one row for each unit and band.
    weights : ``band, weight``: the standard population. Bands are joined by label, never by position.
    keys : columns that name a unit, e.g. ``("kommune", "period")``.
    level : coverage between 0 and 1; several give one row each; None switches intervals off.
    per : the rate is per so many.

    Returns
    -------
    DataFrame
        ``*keys``, then ``value, lower, upper, level, method, status, events, note``. Missing with the reason in
        ``note``: a band lacks, may not enter or has nobody in it, or there are fewer than `FEWEST` events.

    Raises
    ------
    ValueTableError
        If a column is not there, a band is unknown to the weights or occurs twice, a number is negative, or all weights
        are 0.

    References
    ----------
    Dobson, Kuulasmaa, Eberle & Scherer 1991, Statistics in Medicine 10:457–462.

    Examples
    --------
    Weighted with its own composition, a unit keeps its crude rate (here 30 of 400):

    >>> bands = pd.DataFrame({"kommune": "M01", "band": ["u25", "25+"], "events": [20, 10], "stock": [100, 300],
    ...                       "status": "synthetic"})
    >>> own = bands[["band", "stock"]].set_axis(["band", "weight"], axis=1)
    >>> print(direct(bands, own)["value"].round(9).tolist(), direct(bands, own[::-1])["value"].round(9).tolist())
    [7.5] [7.5]
    """
    scale = intervals.checked_per(per)
    rows = _joined(bands, weights, keys)
    if not weights["weight"].gt(0).any():
        message = "A standard population has somebody in it; all weights are 0. Give at least one band a weight."
        raise ValueTableError(message)
    nobody = rows["stock"].eq(0) & rows["reason"].eq("")
    stock = rows["stock"].mask(nobody)
    rows["reason"] = rows["reason"].mask(nobody, "nobody in band " + rows[BAND].astype("str"))
    rows["part"] = rows["weight"] * rows["events"] / stock
    rows["square"] = rows["weight"] ** 2 * rows["events"] / stock**2
    units = _units(rows, keys, ["events", "part", "square", "weight"])
    few = units["events"] < FEWEST
    units["note"] = units["note"].mask((units["note"] == "") & few, f"fewer than {FEWEST} events")
    value = units["part"] / units["weight"]
    spread = np.sqrt(units["square"] / units["events"].mask(few)) / units["weight"]
    return _results(units, keys, value, level, lambda limit: value + spread * (limit - units["events"]), scale)


def indirect(
    bands: pd.DataFrame,
    reference: pd.DataFrame,
    keys: Sequence[str] = (KEY,),
    level: float | Iterable[float] | None = 0.95,
    *,
    per: float = 100,
) -> pd.DataFrame:
    """Indirectly standardised ratio: observed events against those expected at the reference's rates.

    ``value = 100 O / E`` with ``E = Σ n_k R_k/N_k``; limits ``100 L_O/E`` and ``100 U_O/E``, exact or Byar. Each unit
    has its own weights, so two such ratios do not compare with each other, only each with the reference (100).

    Parameters
    ----------
    bands : ``*keys, band, events, stock, status``: one row for each unit and band.
    reference : ``band, events, stock``: R and N of the reference. Bands are joined by label.
    keys, level : as in `direct`.
    per : value of the reference, 100 by default.

    Returns
    -------
    DataFrame
        As `direct`, with ``expected`` beside ``events``. Missing where a band lacks or holds events and nobody, or no
        event is expected.

    Raises
    ------
    ValueTableError
        As `direct`, and if a band of the reference is empty.

    References
    ----------
    Breslow & Day 1987, vol. II, section 2.3.

    Examples
    --------
    The reference against itself is 100:

    >>> bands = pd.DataFrame({"kommune": "M01", "band": ["u25", "25+"], "events": [20, 10], "stock": [100, 300],
    ...                       "status": "synthetic"})
    >>> indirect(bands, bands[["band", "events", "stock"]])["value"].tolist()
    [100.0]
    """
    scale = intervals.checked_per(per)
    _check(reference, [BAND, "events", "stock"], [BAND])
    if empty := _empty_bands(reference):
        message = f"A reference has a rate in each band; nobody is in {', '.join(empty)}. Merge it with another."
        raise ValueTableError(message)
    rates = reference.assign(weight=reference["events"] / reference["stock"])
    rows = _joined(bands, rates, keys)
    without_stock = rows["stock"].eq(0) & rows["events"].gt(0) & rows["reason"].eq("")
    rows["reason"] = rows["reason"].mask(without_stock, "events and nobody in band " + rows[BAND].astype("str"))
    rows["expected"] = rows["stock"] * rows["weight"]
    units = _units(rows, keys, ["events", "expected"])
    none = units["expected"] == 0
    units["note"] = units["note"].mask((units["note"] == "") & none, "no event is expected")
    expected = units["expected"].mask(none)
    return _results(units, keys, units["events"] / expected, level, lambda limit: limit / expected, scale)


def decompose(first: pd.DataFrame, second: pd.DataFrame, *, per: float = 100) -> pd.DataFrame:
    """Kitagawa's parts of the gap between two crude rates: what composition and what rates contribute, by band.

    ``Δ = Σ (p − q)(r + s)/2 + Σ (p + q)/2 (r − s)`` with shares p, q and rates r, s of the bands of the first and the
    second population. The parts describe a difference; they name no cause.

    Parameters
    ----------
    first, second : ``band, events, stock``, the same bands in any order.
    per : the rates are per so many.

    Returns
    -------
    DataFrame
        ``band, composition, rate``, sorted by band; the sum of all is the gap of the crude rates.

    Raises
    ------
    ValueTableError
        If the bands differ, occur twice, or have nobody in them (no rate).

    References
    ----------
    Kitagawa 1955, Journal of the American Statistical Association 50:1168–1194.

    Examples
    --------
    Equal rates in every band leave composition alone:

    >>> first = pd.DataFrame({"band": ["u25", "25+"], "events": [20, 10], "stock": [100, 100]})
    >>> second = pd.DataFrame({"band": ["25+", "u25"], "events": [30, 20], "stock": [300, 100]})
    >>> parts = decompose(first, second)
    >>> print(parts[["composition", "rate"]].sum().tolist(), round(100 * (30 / 200 - 50 / 400), 12))
    [2.5, 0.0] 2.5
    """
    sides, scale = [], intervals.checked_per(per)
    for frame in (first, second):
        _check(frame, [BAND, "events", "stock"], [BAND])
        if empty := _empty_bands(frame):
            message = f"A band without anybody in it has no rate; found {', '.join(empty)}. Merge it with another."
            raise ValueTableError(message)
        one = frame.set_index(BAND)
        sides.append((one["stock"] / one["stock"].sum(), one["events"] / one["stock"]))
    (p, r), (q, s) = sides
    if differ := sorted(set(map(str, p.index.symmetric_difference(q.index)))):
        message = f"Two populations are compared over the same bands; only in one: {', '.join(differ)}. Merge bands."
        raise ValueTableError(message)
    parts = pd.DataFrame({"composition": scale * (p - q) * (r + s) / 2, "rate": scale * (p + q) / 2 * (r - s)})
    return parts.rename_axis(BAND).sort_index().reset_index()


def _joined(bands: pd.DataFrame, weights: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Each unit with each band of the weights, joined by label; ``reason`` where a band has no value that may enter."""
    needed = [*keys, BAND, "events", "stock", "status"]
    require_columns(bands, needed, "Bands need")
    _check(weights, [BAND, "weight"], [BAND])
    unknown = sorted(map(str, set(bands[BAND]) - set(weights[BAND])))
    if unknown:
        message = (
            f"Bands are joined by label; without a weight: {', '.join(unknown)} "
            f"(weights: {', '.join(map(str, weights[BAND]))}). Give both the same labels."
        )
        raise ValueTableError(message)
    check_statuses(bands["status"])
    barred = bands["status"].isin(WITHOUT_VALUE)
    known = bands.assign(events=bands["events"].mask(barred, 0), stock=bands["stock"].mask(barred, 0))
    _check(known, needed, [*keys, BAND])
    grid = bands[list(keys)].drop_duplicates().merge(weights[[BAND, "weight"]], how="cross")
    rows = grid.merge(known[needed], on=[*keys, BAND], how="left", validate="one_to_one")
    label = "band " + rows[BAND].astype("str")
    reason = label.where(rows["status"].isna(), "") + rows["status"].isna().map({True: " not reported", False: ""})
    barred_row = rows["status"].isin(WITHOUT_VALUE)
    rows["reason"] = reason.mask(barred_row, label + " " + rows["status"].astype("str"))
    rows["status"] = rows["status"].fillna("missing")
    return rows


def _units(rows: pd.DataFrame, keys: Sequence[str], columns: list[str]) -> pd.DataFrame:
    ordered = rows.assign(rank=rows["status"].map(RANK)).sort_values([*keys, BAND], kind="stable")
    grouped = ordered.groupby(list(keys), sort=True)
    units = grouped[columns].sum()
    units["note"] = grouped["reason"].agg(lambda reasons: "; ".join(reason for reason in reasons if reason))
    units["status"] = grouped["rank"].max().clip(lower=RANK["derived"]).map(STATUS_OF)
    return units.reset_index()


def _results(
    units: pd.DataFrame,
    keys: Sequence[str],
    value: pd.Series,
    level: float | Iterable[float] | None,
    scaled: Callable[[pd.Series], pd.Series],
    per: float,
) -> pd.DataFrame:
    """Result columns; `scaled` turns a limit of the observed count into one of the value, on the natural scale."""
    known = units["note"] == ""
    units = units.assign(value=per * value.where(known), status=units["status"].where(known, "missing"))
    tables = []
    for one in intervals.levels_of(level):
        limits = intervals.poisson(units["events"].where(known, 0), level=one)
        lower, upper = (scaled(pd.Series(limit, index=units.index)) for limit in (limits.lower, limits.upper))
        tables.append(
            units.assign(
                lower=per * lower.where(known),
                upper=per * upper.where(known),
                level=np.nan if one is None else one,
                method=np.where(known, limits.method, "none"),
            )
        )
    extra = [column for column in ("events", "expected") if column in units.columns]
    long = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)  # units are sorted by their keys
    return long[[*keys, *RESULT_COLUMNS, "status", *extra, "note"]]


def _check(frame: pd.DataFrame, needed: list[str], keys: list[str]) -> None:
    require_columns(frame, needed, "Bands need")
    require_once(frame, keys, f"There is one row per {', '.join(keys)}", "Add them up.")
    for column in [name for name in ("events", "stock", "weight") if name in needed]:
        way_out = "Correct it; a band that is not known has the status 'missing'."
        numbers_of(frame, column, least=0, missing=False, named_by=keys, way_out=way_out)


def _empty_bands(frame: pd.DataFrame) -> list[str]:
    return sorted(frame.loc[frame["stock"] == 0, BAND].astype("str"))
