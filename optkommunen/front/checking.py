"""How far the official figures can be trusted: against what was printed, and against the other Kreise."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optkommunen.data import store
from optkommunen.data.catalogue import Lang
from optkommunen.front.result import Result
from optkommunen.front.show import Look, readable
from optkommunen.front.shown import Shown
from optkommunen.indicators.reconciliation import verdicts
from optkommunen.loaders.bundled import CELLS, COLUMN, load_context, screened_indicators
from optkommunen.values import KEY
from optkommunen.words import language, translate, translate_plural

_HERE = "optkommunen.front.checking"
_FIGURE = ("name", "indicator", "period", "value", "bridged", "deviation_pct", "verdict", "reason", "status")
_PLACES = {"official": 0, "bridged": 0, "deviation_pct": 1, "tolerance_pct": 1}


def reconcile(published: pd.DataFrame | None = None) -> Result:
    """Verdict on each published figure: how the official leg, or another printed figure, agrees with it.

    The verdicts: ``reproduced``, ``consistent``, ``not independent``, ``deviates``, ``not computable``; what they mean
    and how they are reached is told by `optkommunen.indicators.reconciliation.verdicts.reconcile`.

    Parameters
    ----------
    published : DataFrame or None, default None
        Figures to judge, in the columns of ``ok.load_published()``; None for the bundled ones.

    Returns
    -------
    Result
        ``.table`` has a row for each figure, in its order. Parts: ``checks`` (independent ones of the official leg, to
        show first), ``families`` (how many figures of which kind have which verdict), ``tolerances``. Facts: ``n``,
        the number of each verdict, ``against_official`` and ``against_printed`` (what the consistent ones agree with).
        It shows the families, and the figures of one municipality after ``.of()``.

    Raises
    ------
    ValueTableError
        A column missing, an identifier twice, a value or period that cannot be read, a synthetic value.

    Examples
    --------
    >>> answer = reconcile()
    >>> answer.facts["n"] == len(answer) == int(answer.parts["families"]["figures"].sum())
    True
    """
    table = verdicts.reconcile(published)
    return Result(
        "reconcile", table,
        parts={"checks": verdicts.prominent_checks(table), "families": verdicts.summary(table),
               "tolerances": verdicts.tolerances()},
        facts=_tally(table), sentences=f"{_HERE}:reconciled",
        options={"shown": f"{_HERE}:shown_verdicts", "digits": _PLACES},
    )  # fmt: skip


def screen() -> Result:
    """Which official figures are wrong exactly for the 69, by one rule for every indicator and year.

    The 69 are held against the other Kreise in level, and the change of each municipality from the year before against
    the spread of the changes elsewhere: a jump is one of more than 3.5 robust standard deviations. What is found has
    the status ``unusable`` in ``ok.load_context()`` and enters no calculation.

    Returns
    -------
    Result
        ``.table`` has a row for each indicator and year: medians of the 69 and elsewhere, their ``distance`` in robust
        standard deviations, changes, jumps, ``verdict`` (``sound``, ``cells unusable`` or ``column unusable``) and
        ``reason``. Part ``indicators``: for each the years found, how many values are unusable, how often it jumps.
        Facts: ``n`` (indicators and years), ``columns``, ``cells``. It shows the indicators.

    Examples
    --------
    >>> found = screen()
    >>> unusable = load_context()["status"] == "unusable"
    >>> found.facts["columns"], bool(found.parts["indicators"]["n_unusable"].sum() == unusable.sum())
    (8, True)
    """
    table = store.table("screen").rename(columns={"level": "distance"})
    indicators = screened_indicators(table, load_context())
    title = str(store.resource("screen")["title"])
    counts = table["verdict"].value_counts()
    return Result(
        "screen", table.assign(status="derived", source=title), parts={"indicators": indicators},
        facts={"n": len(table), "columns": int(counts[COLUMN]), "cells": int(counts[CELLS])},
        sentences=f"{_HERE}:screened", options={"shown": f"{_HERE}:shown_screen"},
    )  # fmt: skip


def shown_verdicts(
    result: Result, *, digits: int | None, lang: Lang | None, caption: str, columns: Sequence[str] | None,
    rows: str | Sequence[str] | None, across: str | None,
) -> Shown:  # fmt: skip
    """Of `reconcile`: the families, or the figures where columns are asked for or there is one municipality."""
    whole = columns is None and rows is None and across is None and len(result.table[KEY].unique()) != 1
    frame = result.parts["families"] if whole else result.table
    look = Look(language(lang), digits, places=_PLACES)
    return readable(
        frame, look, columns=columns, named=() if whole else _FIGURE, rows=rows, across=across, caption=caption
    )


def shown_screen(
    result: Result, *, digits: int | None, lang: Lang | None, caption: str, columns: Sequence[str] | None,
    rows: str | Sequence[str] | None, across: str | None,
) -> Shown:  # fmt: skip
    """Of `screen`: the indicators, or the table where columns are asked for."""
    whole = columns is None and rows is None and across is None
    frame = result.parts["indicators"] if whole else result.table
    look = Look(language(lang), digits, places={"jumps_69_pct": 1, "jumps_other_pct": 1})
    return readable(frame, look, columns=columns, rows=rows, across=across, caption=caption)


def reconciled(result: Result, lang: Lang) -> list[str]:
    """What `reconcile` says: how many figures have which verdict, and what the agreement is with."""
    found = _tally(result.table)  # of one municipality after `.of`, when the facts are still those of all
    words = ", ".join(f"{translate(verdict, lang)} {found[verdict]}" for verdict in verdicts.VERDICTS if found[verdict])
    said = [translate_plural("{n} printed figure: {counts}.", "{n} printed figures: {counts}.", len(result), lang,
                             counts=words)]  # fmt: skip
    if found["consistent"]:
        said.append(translate(
            "Of the {n} consistent ones {official} agree with an official value, {printed} with other printed figures.",
            lang, n=found["consistent"], official=found["against_official"], printed=found["against_printed"],
        ))  # fmt: skip
    return [*said, translate("A figure that agrees only with what it was made of tests nothing.", lang)]


def screened(result: Result, lang: Lang) -> list[str]:
    """What `screen` says: how many columns and years it found, and what that means."""
    facts = result.facts
    return [
        translate(
            "Of {n} indicators and years {columns} are unusable for all of the 69, {cells} for single municipalities.",
            lang, n=facts["n"], columns=facts["columns"], cells=facts["cells"],
        ),
        translate("What is unusable enters no calculation; what is called sound was not found, not proven.", lang),
    ]  # fmt: skip


def _tally(table: pd.DataFrame) -> dict[str, int]:
    """How many figures there are, have which verdict, and what the consistent ones agree with."""
    counts = table["verdict"].value_counts()
    consistent = table["verdict"] == "consistent"
    printed = int((consistent & (table["status"] == "published")).sum())
    found = {"n": len(table), **{verdict: int(counts.get(verdict, 0)) for verdict in verdicts.VERDICTS}}
    return found | {"against_official": int(consistent.sum()) - printed, "against_printed": printed}
