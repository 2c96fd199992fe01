"""Where municipalities stand, and who is under similar conditions: compare, neighbours, types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.comparison import neighbours as nearest_units
from optkommunen.comparison import position
from optkommunen.comparison.distances import Weights
from optkommunen.comparison.measure import COUNTED
from optkommunen.comparison.quarters import gain_to_best_quarter
from optkommunen.comparison.rings import between_share
from optkommunen.comparison.types import Typology
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.front.given import LATEST, Given, given, names_of, source_of
from optkommunen.front.groups import groups
from optkommunen.front.phrases import sentence
from optkommunen.front.result import Later, Result
from optkommunen.indicators.conditions import conditions, logarithmic
from optkommunen.indicators.intervals import levels_of
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, REFERENCE, is_whole

Kind = Literal["event_rate", "stock_quota", "cost", "ratio", "count"]
_SHOWN = (
    "name", "service", "indicator", "ring", "period", "value", "lower", "reference_value", "distance",
    "distance_lower", "label", "quarter", "status", "note",
)  # fmt: skip


def compare(
    table: pd.DataFrame,
    *,
    rings: Any = None,
    reference: Literal["rest", "median", "all"] | Sequence[str] | None = None,
    period: int | str = LATEST,
    level: float | Iterable[float] | None = 0.95,
    kind: Kind | None = None,
    polarity: int | None = None,
    per: float | None = None,
    quantile_type: int = 7,
) -> Result:
    """Where each municipality stands: its distance to a reference, how sure that is, and its quarter of the ring.

    Parameters
    ----------
    table : DataFrame
        Of ``ok.indicator``, ``ok.service_indicator``, ``ok.load_context`` or ``ok.caseload``, unchanged, of one
        indicator or several; or one's own with ``kommune`` and ``numerator, denominator`` or ``value``.
    rings : DataFrame, mapping, str or Result, default None
        ``kommune, ring[, status]``; municipality to ring; a column of the table; or the answer of `neighbours` (each
        is compared with its own) or `types`. None: the column ``ring``, else the reconstructed rings of the 69.
    reference : {"rest", "median", "all"} or list of str, default None
        The ring without the municipality itself, its median, all together, or chosen peers. None: the rest of the
        ring; its median where values are published without numerator and denominator.
    period : int or str, default "latest"
        Which is judged; the change between years is estimated from all.
    level : float, list of float or None, default 0.95
        Coverage; several give one row each; None leaves out intervals and labels.
    kind, polarity, per : str, int, float, default None
        In place of the catalogue's; kind and polarity are needed where the table has no column ``indicator``.
    quantile_type : {7, 6}, default 7
        Of the quarters.

    Returns
    -------
    Result
        Rows as of `optkommunen.comparison.position.compare`, with ``name, indicator, unit, source``. ``parts``:
        ``gain`` (to the best quarter of the ring) and ``shares`` (variance between rings). ``facts``: ``n``, how many
        have which label, and of one indicator ``omega, n_years``. Empty with the reason where nobody has a value, or
        nobody a reference.

    Raises
    ------
    ComparisonError, ForeignUnitError, UnknownUnitError
        As the gates: no municipalities, unknown period or reference, rings in another form, a key that is none.

    See Also
    --------
    optkommunen.comparison.position.compare : the method, with its references.

    Examples
    --------
    One year alone says what chance can move, and says so:

    >>> frame = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "period": 2008, "numerator": [300, 100, 40],
    ...                       "denominator": [1000, 500, 200], "ring": "R-I"})
    >>> place = compare(frame, kind="event_rate", polarity=1)
    >>> place.table["label"].tolist(), place.notes
    (['better', 'worse', 'similar'], ('by chance alone: ω² needs three years, found 1',))
    """
    every = given(table, kind=kind, polarity=polarity, several=True)
    if not every:
        return Result("compare", pd.DataFrame(), reason=sentence("no_rows"))
    whole = every[0].frame if len(every) == 1 else pd.concat([one.frame for one in every])
    group, names = groups(rings, whole), names_of(whole)
    found: list[pd.DataFrame] = []
    notes, reasons, periods = [group.note], [], {}
    for one in every:
        chosen, against = one.period(period), reference or ("rest" if one.summed else "median")
        label = one.label
        if not one.known(chosen).any():
            reasons.append(sentence("no_value", label=label, period=chosen))
            continue
        rows = position.compare(
            one.frame, group.frame, reference=against, period=chosen, level=level, kind=one.kind,
            polarity=one.polarity, per=per, quantile_type=quantile_type,
        )  # fmt: skip
        if rows["reference_value"].isna().all():
            reasons.append(sentence("no_reference", label=label, period=chosen))
            continue
        found.append(named_rows(rows, one, names))
        notes.append(_about(one, rows, label))
        periods[label] = chosen
    if not found:
        return Result("compare", pd.DataFrame(), notes=tuple(notes), reason="; ".join(reasons))
    data = pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]
    first = levels_of(level)[0]
    asked = {"table": table, "rings": group.frame, "period": period, "kind": kind, "polarity": polarity, "per": per}
    parts = {"gain": Later(f"{__name__}:gains", asked), "shares": Later(f"{__name__}:shares", {"data": data} | asked)}
    return Result(
        "compare", data, parts={"neighbours": group.frame} if group.nearest else parts, facts=_facts(data, first),
        notes=(*notes, *reasons), figure="optkommunen.front.drawing:position",
        sentences="optkommunen.front.sentences:position",
        options={
            "level": first, "period": ", ".join(dict.fromkeys(periods.values())), "columns": _SHOWN,
            "polarity": every[0].direction if len(found) == 1 else None, "names": names,
        },
    )  # fmt: skip


def named_rows(rows: pd.DataFrame, one: Given, names: dict[str, str]) -> pd.DataFrame:
    """Rows of a pure function with what a reader needs beside them: name, service, indicator, unit, source."""
    front: dict[Any, Any] = {"name": rows[KEY].map(names)}
    if one.service:
        front["service"] = one.service
    if one.indicator:
        front["indicator"] = one.indicator
    unit = str(one.frame["unit"].iloc[0]) if "unit" in one.frame else one.entry.unit if one.entry is not None else ""
    data = rows.assign(**front, source=source_of(one.frame))
    if "unit" not in data:
        data["unit"] = unit
    others = [column for column in rows.columns if column not in (KEY, "unit")]
    return data[[KEY, *front, *others, "unit", "source"]]


def gains(
    table: pd.DataFrame, rings: pd.DataFrame, period: Any, kind: Any, polarity: Any, per: float | None
) -> pd.DataFrame:
    """What the best quarter of the ring would mean for each municipality, of every indicator of the table."""
    found = []
    for one in given(table, kind=kind, polarity=polarity, several=True):
        rows = gain_to_best_quarter(
            one.frame, rings, period=one.period(period), kind=one.kind, polarity=one.polarity, per=per
        )  # fmt: skip
        found.append(named_rows(rows, one, names_of(one.frame)))
    return pd.concat(found, ignore_index=True)


def shares(data: pd.DataFrame, rings: pd.DataFrame, **_: Any) -> pd.DataFrame:
    """Share of the variance that lies between rings, one row for each indicator; see `between_share`."""
    named = [column for column in ("indicator", "service") if column in data]
    rows = data.drop_duplicates([KEY, *named])
    found = []
    for names, part in rows.groupby(named, sort=False) if named else [((), rows)]:
        try:
            share = between_share(part[[KEY, "value", "status"]], rings)
        except TooFewUnitsError as error:
            share = pd.DataFrame([{"value": np.nan, "status": "missing", "note": str(error)}])
        found.append(share.assign(**dict(zip(named, map(str, names), strict=True))))
    table = pd.concat(found, ignore_index=True)
    return table[[*named, *[column for column in table.columns if column not in named]]]


def _about(one: Given, rows: pd.DataFrame, label: str) -> str:
    """What a reader has to know of the labels of one indicator."""
    if one.summed and one.what in COUNTED:
        few = rows["omega"].isna().all()
        return sentence("chance_alone", n=int(rows["n_years"].iloc[0])) if few else ""
    return sentence("published" if one.what in (*COUNTED, "declared") else "full_count", label=label)


def _facts(data: pd.DataFrame, level: float | None) -> dict[str, Any]:
    named = [column for column in (KEY, "indicator", "service") if column in data]
    first = data.drop_duplicates(named)
    facts: dict[str, Any] = {"n": int(first["value"].notna().sum())}
    facts |= {str(label): int(n) for label, n in first["label"].value_counts().items()}
    if len(named) == 1 or not first.duplicated(KEY).any():
        facts |= {"omega": float(first["omega"].iloc[0]), "n_years": int(first["n_years"].iloc[0])}
    return facts | ({} if level is None else {"level": float(level)})


def neighbours(
    returns: Returns | pd.DataFrame | None = None,
    *,
    k: int = 10,
    variables: Sequence[str] | None = None,
    weights: Weights | None = None,
    period: int | str = 2007,
    logarithms: bool = True,
) -> Result:
    """The k municipalities under the most similar conditions, for each municipality.

    Parameters
    ----------
    returns : Returns, DataFrame or None, default None
        Whose municipalities; or ``kommune`` and conditions of one's own; None: all of the 69.
    k : int, default 10
        Neighbours of each.
    variables : list of str or None, default None
        Conditions that count; None: all twelve, or all numbers of one's own frame.
    weights : mapping of str to float or None, default None
        Of the conditions; None: all alike.
    period : int or str, default 2007
        Year of the official conditions.
    logarithms : bool, default True
        Whether positive and skewed conditions enter as logarithms (``ln_density`` and the like).

    Returns
    -------
    Result
        ``kommune, name, position, neighbour, neighbour_name, distance, status, note``. ``parts``: ``overlap`` (how
        many stay without logarithms), ``rings`` (how many are in the own ring), ``conditions``. Empty with the reason
        where too few have all conditions.

    Raises
    ------
    ComparisonError
        A number of neighbours that is none, an unknown condition, a constant one.

    See Also
    --------
    optkommunen.comparison.neighbours.nearest : the method.

    Examples
    --------
    >>> near = neighbours(k=3)
    >>> near.of("Coesfeld").table["neighbour"].nunique(), len(near)
    (3, 207)
    """
    raw, ring = _surroundings(returns, period)
    frame, used = _used(raw, variables, logarithms)
    if not is_whole(k, 1):
        message = f"Neighbours are counted by a whole number from 1; found k={k!r}. Take 5 to 10."
        raise ComparisonError(message)
    complete = int(frame[used].notna().all(axis=1).sum())
    if k >= complete:
        reason = sentence("few_neighbours", n=complete, k=k)
        return Result("neighbours", pd.DataFrame(), reason=reason)
    rows = nearest_units.nearest(frame, used, k, weights)
    names = names_of(ring if ring is not None else frame)
    data = rows.assign(name=rows[KEY].map(names), neighbour_name=rows["neighbour"].map(names).fillna(""))
    data = data[[KEY, "name", "position", "neighbour", "neighbour_name", "distance", "status", "note"]]
    parts: dict[str, Any] = {"conditions": frame}
    facts: dict[str, Any] = {"k": k, "n": complete, "n_variables": len(used)}
    if logarithms and weights is None and set(used) - set(raw.columns):
        plain_ones = [name.removeprefix("ln_") for name in used]
        parts["overlap"] = nearest_units.overlap(rows, nearest_units.nearest(raw, plain_ones, k))
        facts["overlap_median"] = float(parts["overlap"]["common"].median())
    if ring is not None:
        parts["rings"] = _in_ring(rows, ring)
        facts["in_ring_mean"] = float(parts["rings"]["in_ring"].mean())
    shown = ("name", "position", "neighbour_name", "distance", "status", "note")
    return Result(
        "neighbours", data, parts=parts, facts=facts, figure="optkommunen.front.drawing:neighbours",
        sentences="optkommunen.front.sentences:neighbours",
        options={"columns": shown, "names": names, "variables": tuple(used)},
    )  # fmt: skip


def types(
    returns: Returns | pd.DataFrame | None = None,
    *,
    types: int | None = None,
    variables: Sequence[str] | None = None,
    weights: Weights | None = None,
    period: int | str = 2007,
    logarithms: bool = True,
    fewest: int = 5,
    resamples: int = 200,
    seed: int = 2008,
) -> Result:
    """Types of municipalities under similar conditions, by the procedure of the IAB.

    Parameters
    ----------
    returns, variables, weights, period, logarithms
        As in `neighbours`.
    types : int or None, default None
        How many; None: as many as give the highest mean silhouette.
    fewest : int, default 5
        Municipalities in a type that can still be compared with each other.
    resamples, seed : int
        Of the bootstrap in ``parts["stability"]``.

    Returns
    -------
    Result
        ``kommune, name, type, silhouette, nearest, distance, randlage, status, note``. ``parts``: ``cuts`` (what each
        number of types would give), ``stability``, ``conditions``. Empty with the reason where too few have all
        conditions.

    Raises
    ------
    ComparisonError
        A number of types that these municipalities do not give.

    See Also
    --------
    optkommunen.comparison.types.Typology : the method, with its references.
    """
    raw, ring = _surroundings(returns, period)
    frame, used = _used(raw, variables, logarithms)
    typology = Typology(used, types, weights, fewest)
    try:
        rows = typology(frame)
    except TooFewUnitsError as error:
        return Result("types", pd.DataFrame(), reason=str(error))
    names = names_of(ring if ring is not None else frame)
    data = rows.assign(name=rows[KEY].map(names), nearest_name=rows["nearest"].map(names).fillna(""))
    data = data[[KEY, "name", "type", "silhouette", "nearest", "nearest_name", *rows.columns[4:]]]
    facts = {
        "types": int(rows.loc[rows["type"] != "", "type"].nunique()), "n": int((rows["type"] != "").sum()),
        "silhouette": float(rows["silhouette"].mean()), "at_the_edge": int(rows["randlage"].sum()),
        "nearer_to_another": int((rows["silhouette"] < 0).sum()),
    }  # fmt: skip
    asked = {"typology": typology, "frame": frame}
    parts = {
        "cuts": Later(f"{__name__}:cuts", asked),
        "stability": Later(f"{__name__}:stability", asked | {"resamples": resamples, "seed": seed}),
        "conditions": frame,
    }
    shown = ("name", "type", "silhouette", "nearest_name", "distance", "randlage", "status", "note")
    return Result(
        "types", data, parts=parts, facts=facts, figure="optkommunen.front.drawing:types",
        sentences="optkommunen.front.sentences:types",
        options={"columns": shown, "names": names, "variables": tuple(used)},
    )  # fmt: skip


def cuts(typology: Typology, frame: pd.DataFrame) -> pd.DataFrame:
    """What each number of types would give."""
    return typology.cuts(frame)


def stability(typology: Typology, frame: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Agreement of the types with those found otherwise."""
    return typology.stability(frame, resamples, seed)


def _surroundings(returns: Any, period: int | str) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Conditions as they are, and the rings of the same municipalities where they are known."""
    if isinstance(returns, pd.DataFrame):
        own = returns[returns[KEY] != REFERENCE] if KEY in returns else returns
        return own, own[[KEY, "ring"]] if {KEY, "ring"} <= set(own.columns) else None
    if returns is not None and not isinstance(returns, Returns):
        message = f"Conditions are of returns, of a frame, or of the 69; found {type(returns).__name__}. Pass one."
        raise ComparisonError(message)
    frame = conditions(returns, period)
    if returns is None:
        return frame, groups(None, frame).frame
    units = returns.units
    return frame, units[[KEY, "name", "ring"]] if "ring" in units and units["ring"].notna().any() else None


def _used(frame: pd.DataFrame, variables: Sequence[str] | None, logarithms: bool) -> tuple[pd.DataFrame, list[str]]:
    from optkommunen.indicators.conditions import IN_LOGARITHMS

    skewed = [name for name in IN_LOGARITHMS if name in frame]
    taken = logarithmic(frame) if logarithms and len(skewed) == len(IN_LOGARITHMS) else frame
    numeric = [c for c in taken.columns if pd.api.types.is_numeric_dtype(taken[c])]
    asked = [f"ln_{v}" if f"ln_{v}" in taken and v not in taken else v for v in variables or ()]
    return taken, asked or numeric


def _in_ring(rows: pd.DataFrame, ring: pd.DataFrame) -> pd.DataFrame:
    """How many of the neighbours of each are in its own ring."""
    of = ring.set_index(KEY)["ring"]
    pairs = rows[rows["neighbour"] != ""]
    same = pairs[KEY].map(of) == pairs["neighbour"].map(of)
    counted = same.groupby(pairs[KEY]).agg(["sum", "size"]).set_axis(["in_ring", "k"], axis=1).reset_index()
    return counted.assign(ring=counted[KEY].map(of))[[KEY, "ring", "in_ring", "k"]]
