"""eHb and persons in BG of the 69 as annual means, derived from published rates and population."""

from __future__ import annotations

import pandas as pd

from optkommunen.data import catalogue
from optkommunen.data.register import municipalities
from optkommunen.loaders.bundled import load_context
from optkommunen.values import KEY, REFERENCE, VALUE_COLUMNS, worst

YEARS = range(2007, 2011)
SPLIT = "15151"
"""Anhalt-Zerbst was split four ways on 1.7.2007: no population, no rate, no value."""


def caseload() -> pd.DataFrame:
    """Persons in BG and erwerbsfähige Hilfebedürftige of the 69, annual means 2007–2010.

    ``persons_in_bg = q_PBG_bev / 1000 × mean population``; ``ehb = persons_in_bg × a_ewfBG / 100``, on the area as
    admitted. Status ``derived`` for the 55 municipalities of unchanged area; ``estimated`` for 13 whose rate is the
    successor's, with their own population while it was published, else carried forward; ``missing`` for
    Anhalt-Zerbst.

    A recording break of the eHb share (status ``unusable`` in the context table) is a doubt about its change from
    the year before, not about the published stock: the share enters here, and the reason is carried in ``note`` with
    the word ``break`` in front. Compare ``persons_in_bg``, which no break touches.

    Returns
    -------
    DataFrame, shape (2 × 69 × 4, columns `VALUE_COLUMNS`)
        Indicators ``persons_in_bg`` and ``ehb``, in persons (not rounded).

    References
    ----------
    INKAR 2024 (BBSR), indicators q_PBG_bev and a_ewfBG; Regionaldatenbank Deutschland, table 12411-05-01-4.

    Examples
    --------
    eHb are part of the persons in BG, in every municipality and year:

    >>> wide = caseload().pivot(index=["kommune", "period"], columns="indicator", values="value").dropna()
    >>> bool((wide["ehb"] < wide["persons_in_bg"]).all())
    True
    """
    parts = load_context(["population", "population_carried", "persons_in_bg_rate", "ehb_share"], YEARS)
    parts = parts[parts[KEY] != REFERENCE]
    wide = parts.set_index([KEY, "period", "indicator"])[["value", "status", "note", "area_status"]].unstack(
        "indicator"
    )
    value, status, note = wide["value"], wide["status"], wide["note"]
    carried = value["population"].isna()
    population = value["population"].fillna(value["population_carried"])
    population_status = status["population"].mask(carried, status["population_carried"]).fillna("missing")
    population_note = note["population"].mask(carried, note["population_carried"]).fillna(note["population"])
    rate, share = value["persons_in_bg_rate"], value["ehb_share"]
    derived = pd.Series("derived", index=wide.index)
    broken = status["ehb_share"] == "unusable"
    share_status = status["ehb_share"].mask(broken, "observed")

    persons = rate / 1000 * population
    frames = {
        "persons_in_bg": (persons, worst(derived, status["persons_in_bg_rate"], population_status), []),
        "ehb": (persons * share / 100, worst(derived, status["persons_in_bg_rate"], share_status, population_status),
                [note["ehb_share"].where(broken, "")]),
    }  # fmt: skip
    split = wide.index.get_level_values(KEY) == SPLIT
    reason = municipalities().set_index(KEY).at[SPLIT, "successor_note"]
    rows = []
    for name, (values, statuses, extra) in frames.items():
        entry = catalogue.indicator(name)
        notes = _joined(
            [*extra, _labelled("rate", note["persons_in_bg_rate"]), _labelled("population", population_note)]
        )
        table = pd.DataFrame({
            "value": values.mask(split), "status": statuses.mask(split, "missing"), "note": notes.mask(split, reason),
        })  # fmt: skip
        rows.append(table.reset_index().assign(
            indicator=name, unit=entry.unit, marker="", area_status="admitted", time_base=entry.time_base,
            source=entry.source,
        ))  # fmt: skip
    return pd.concat(rows, ignore_index=True)[list(VALUE_COLUMNS)]


def _labelled(label: str, note: pd.Series) -> pd.Series:
    return (label + ": " + note).where(note != "", "")


def _joined(notes: list[pd.Series]) -> pd.Series:
    joined = pd.concat(notes, axis=1)
    return joined.apply(lambda row: "; ".join(text for text in row if text), axis=1)
