"""Where municipalities stand: compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.comparison import position
from optkommunen.comparison.change import TURNED_COLUMNS, turned_labels
from optkommunen.comparison.measure import COUNTED, Kind
from optkommunen.comparison.quarters import gain_to_best_quarter
from optkommunen.comparison.rings import between_share
from optkommunen.comparison.transient import BY_SIZE, transient_by_size
from optkommunen.errors import TooFewUnitsError
from optkommunen.front.given import LATEST, Given, chance_alone, given, names_of, source_of, with_variance
from optkommunen.front.membership import groups
from optkommunen.front.result import Result, answered, first_level
from optkommunen.indicators.intervals import levels_of
from optkommunen.values import KEY
from optkommunen.words import N_, Note, all_notes

_SHOWN = (
    "name", "service", "indicator", "ring", "period", "value", "lower", "reference_value", "distance",
    "distance_lower", "label", "quarter", "status", "note",
)  # fmt: skip
_OF_CHANCE = ("lower", "distance_lower", "label", "note")
_PARTS = {
    "shares": {
        "columns": ("indicator", "service", "share_between", "p", "n", "n_rings", "status", "note"),
        "digits": {"share_between": 0},
    },
    "gain": {"heads": {"value": "gain", "rate": "value"}, "columns": ("name", "rate", "cut", "value", "unit", "note")},
    "change_by_size": {
        "heads": {"value": "omega"}, "digits": {"smallest": 0, "largest": 0},
        "columns": ("indicator", "service", "fifth", "value", "n_units", "smallest", "largest", "status", "note"),
    },
}  # fmt: skip
"""How parts are shown."""


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
        ``gain`` (to the best quarter of the ring), ``shares`` (variance between rings), ``turned`` (who differs by
        chance alone, and how many of these the other way round in the next period), ``change_by_size`` (ω by fifth of
        size). ``facts``: ``n``, how many
        have which label, and of one indicator ``omega, n_years``. Empty with the reason where nobody has a value, or
        nobody a reference.

    Raises
    ------
    ComparisonError, ForeignUnitError, UnknownUnitError
        As the gates: no municipalities, unknown period or reference, rings in another form, a key that is none.

    See Also
    --------
    optkommunen.comparison.position.compare : The method, with its references.

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
        return Result("compare", pd.DataFrame(), reason=Note("the table has no row of a municipality"))
    whole = every[0].frame if len(every) == 1 else pd.concat([one.frame for one in every])
    group, names = groups(rings, whole), names_of(whole)
    found: list[pd.DataFrame] = []
    notes, reasons, periods = [group.note], [], []
    for one in every:
        chosen, against = one.period(period), reference or ("rest" if one.summed else "median")
        if not one.known(chosen).any():
            reasons.append(no_value(one, chosen))
            continue
        rows = position.compare(
            one.frame, group.frame, reference=against, period=chosen, level=level, kind=one.kind,
            polarity=one.polarity, per=per, quantile_type=quantile_type,
        )  # fmt: skip
        if rows["reference_value"].isna().all():
            text = N_("nobody has a reference: in no ring two municipalities have a value of {label} in {period}")
            reasons.append(Note(text, label=one.label, period=chosen))
            continue
        found.append(named_rows(rows, one, names))
        notes.append(_about(one, rows))
        periods.append(chosen)
    if not found:
        return Result("compare", pd.DataFrame(), notes=tuple(notes), reason=all_notes(reasons))
    data = pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]
    first = levels_of(level)[0]
    parts: dict[str, Any] = {
        "turned": partial(turned, every, group.frame, first),
        "change_by_size": partial(by_size, every),
    }
    if group.nearest:
        parts["neighbours"] = group.frame
    else:
        parts["gain"] = partial(gains, every, group.frame, period=period, per=per, quantile_type=quantile_type)
        parts["shares"] = partial(shares, data, group.frame)
    return answered(
        "compare", data, parts=parts, facts=_facts(found, first), notes=(*notes, *reasons), looks=_PARTS,
        heads={"quarter": "quarter_near"} if group.nearest else {}, names=names, columns=_shown(data), level=first,
        period=", ".join(dict.fromkeys(periods)), polarity=every[0].polarity if len(found) == 1 else None,
    )  # fmt: skip


def _shown(data: pd.DataFrame) -> tuple[str, ...]:
    """Columns of the readable table; where nobody is assessed the notes below say why."""
    assessed = bool((data["label"] != position.NOT_ASSESSED).any())
    return tuple(column for column in _SHOWN if assessed or column not in _OF_CHANCE)


def named_rows(rows: pd.DataFrame, one: Given, names: dict[str, str]) -> pd.DataFrame:
    """Rows of a pure function with what a reader needs beside them: name, service, indicator, unit, source."""
    unit = str(one.frame["unit"].iloc[0]) if "unit" in one.frame else one.entry.unit if one.entry is not None else ""
    words = {"service": one.service, "indicator": one.indicator}
    columns: dict[Any, Any] = {
        KEY: rows[KEY],
        "name": pd.array([names[key] for key in rows[KEY].tolist()], dtype="str"),
    }
    columns |= {column: text for column, text in words.items() if text}
    columns |= {column: rows[column] for column in rows.columns if column not in (*columns, "unit", "source")}
    columns |= {"unit": rows.get("unit", unit), "source": source_of(one.frame)}
    return pd.DataFrame(columns, index=rows.index)


def gains(every: Sequence[Given], rings: pd.DataFrame, *, period: int | str, **asked: Any) -> pd.DataFrame:
    """What the best quarter of the ring would mean for each municipality, of every indicator of the table."""
    found = []
    for one in every:
        kind: dict[str, Any] = {"kind": one.kind, "polarity": one.polarity}
        rows = gain_to_best_quarter(one.frame, rings, period=one.period(period), **kind, **asked)
        found.append(named_rows(rows, one, names_of(one.frame)))
    return pd.concat(found, ignore_index=True)


def shares(data: pd.DataFrame, rings: pd.DataFrame) -> pd.DataFrame:
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
    table["share_between"] = 100 * table["value"]
    return table[[*named, *[column for column in table.columns if column not in named]]]


def turned(every: Sequence[Given], rings: pd.DataFrame, level: float | None) -> pd.DataFrame:
    """How lasting labels by chance alone are, of every indicator with an error of chance; see `turned_labels`."""
    return _of_each(
        every, TURNED_COLUMNS,
        lambda one: turned_labels(one.frame, rings, level=level, kind=one.kind, polarity=one.polarity),
    )  # fmt: skip


def by_size(every: Sequence[Given]) -> pd.DataFrame:
    """ω by fifth of size, of every indicator with an error of chance; see `transient_by_size`."""
    return _of_each(every, BY_SIZE, lambda one: transient_by_size(with_variance(one, "note")))


def _of_each(every: Sequence[Given], columns: list[str], found: Callable[[Given], pd.DataFrame]) -> pd.DataFrame:
    """Tables of all indicators with an error of chance, below each other, with the columns that say of which."""
    tables = []
    for one in every:
        said = {"indicator": one.indicator, "service": one.service}
        if one.counted:
            tables.append(found(one).assign(**{column: text for column, text in said.items() if text}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def no_value(one: Given, period: str) -> Note:
    """Why there is no answer for an indicator that nobody has."""
    return Note("nobody has a value of {label} in {period}", label=one.label, period=period)


def _about(one: Given, rows: pd.DataFrame) -> str:
    """What a reader has to know of the labels of one indicator."""
    if one.counted:
        return chance_alone(int(rows["n_years"].iloc[0])) if rows["omega"].isna().all() else ""
    if one.kind in (*COUNTED, "declared"):
        text = N_("{label}: published without numerator and denominator, so no interval and no label")
    else:
        text = N_("{label}: a full count, so no interval and no label")
    return Note(text, label=one.label)


def _facts(found: Sequence[pd.DataFrame], level: float | None) -> dict[str, Any]:
    """How many values, and how many of each label, of all indicators; of one also how far it moves between years."""
    firsts = [first_level(rows) for rows in found]
    facts: dict[str, Any] = {"n": sum(int(rows["value"].notna().sum()) for rows in firsts)}
    facts |= dict(Counter(label for rows in firsts for label in rows["label"].tolist()).most_common())
    if len(firsts) == 1:
        facts |= {"omega": float(firsts[0]["omega"].iloc[0]), "n_years": int(firsts[0]["n_years"].iloc[0])}
    return facts | ({} if level is None else {"level": float(level)})
