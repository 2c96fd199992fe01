"""The screen: one robust rule for every official column and year, the 69 against the other Kreise.

The Optionskommunen reported late and incompletely to the federal statistics in the first years, so a column can be
sound for Germany and broken for the 69. Five questions are asked of each indicator and year; "elsewhere" are the
Kreise that neither are one of the 69 nor took in the area of one, a "scale" is 1.4826 × median absolute deviation
elsewhere:

* hidden   no number for more than half of the 69, but for less than a tenth elsewhere   → column unusable
* level    median of the 69 more than 2 scales from the median elsewhere                 → column unusable
* parts    the numerator of the rate is unusable in that year                            → column unusable
* twin     another publication of the same figure is unusable in that year               → column unusable
* jumps    changes from the year before by more than 3.5 scales from the median change elsewhere (the usual cut of the
           modified z-score, Iglewicz & Hoaglin 1993) are more frequent among the 69 than elsewhere: one-sided
           Fisher test, p < .001

An indicator with any such answer breaks: in its other years each jump of the 69 is unusable if jumps are more frequent
among them than elsewhere, and so is each value outside the whole range elsewhere and more than 3.5 scales from its
median. Changes from a year whose column is
unusable are not judged. Sizes (population, area) are judged by change only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tools.raw.official import SPECIAL_KEYS, YEARS, genesis_column, inkar, umsteiger_sums

LEVEL, JUMP, P_JUMPS, HIDDEN_69, HIDDEN_ELSEWHERE = 2.0, 3.5, 0.001, 0.5, 0.1
MAD = 1.4826
OUTSIDE = "break: level outside the whole range elsewhere"
FIRST = ["2004", *YEARS]
NOT_JUDGED: dict[str, Any] = {
    "changes_69": 0, "jumps_69": 0, "changes_other": 0, "jumps_other": 0, "p_jumps": np.nan, "_jumping": {},
}  # fmt: skip


def screen(indicators: list[dict[str, Any]], municipalities: pd.DataFrame, kreise: pd.DataFrame) -> pd.DataFrame:
    """Judge every indicator and year of the context table.

    Returns
    -------
    DataFrame
        One row for each indicator and year: what was compared, the answers, the verdict
        (`sound`, `column unusable`, `cells unusable`), the cells and the reason.
    """
    indicators = [i for i in indicators if i.get("screened", True)]
    values = {i["name"]: _values(i, municipalities, kreise) for i in indicators}
    rows: list[dict[str, Any]] = []
    for indicator in indicators:
        wide, numerator = values[indicator["name"]], indicator.get("numerator")
        bad_parts = {r["period"] for r in rows if r["indicator"] == numerator and r["verdict"] == "column unusable"}
        judged: list[dict[str, Any]] = []
        for year in [y for y in YEARS if y in wide.columns and wide[y].notna().any()]:
            bad_before = any(r["period"] == str(int(year) - 1) and r["verdict"] == "column unusable" for r in judged)
            judged.append(_judge(indicator, wide, year, year in bad_parts, bad_before, municipalities, kreise))
        rows += judged
    for indicator in indicators:
        judged = [row for row in rows if row["indicator"] == indicator["name"]]
        _twin(judged, [row for row in rows if row["indicator"] == indicator.get("twin")])
        _cells(judged)
    return pd.DataFrame(rows).drop(columns=["_jumping", "_outside"])


def apply(found: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Write the verdicts of the screen into the context table: status `unusable`, with the reason."""
    table = context.copy()
    for row in found[found["verdict"].isin(["column unusable", "cells unusable"])].itertuples():
        here = (table["indicator"] == row.indicator) & (table["period"] == row.period)
        germany = here & (table["kommune"] == "DE")
        if row.verdict == "column unusable":
            hit = here & ~germany & (table["status"] != "missing")
            table.loc[germany, "note"] = "not comparable with the 69 in this year: their column is unusable"
            table.loc[hit, ["status", "note"]] = ["unusable", row.reason]
            continue
        jumping, outside = (table["kommune"].isin(cells.split()) for cells in (row.cells_jump, row.cells_level))
        table.loc[here & outside, ["status", "note"]] = ["unusable", OUTSIDE]
        table.loc[here & jumping, ["status", "note"]] = ["unusable", row.reason]
    return table


def _values(indicator: dict[str, Any], municipalities: pd.DataFrame, kreise: pd.DataFrame) -> pd.DataFrame:
    """Values by key and year, comparable across Kreise: counts per `per`, sizes as logarithm."""
    source, code = indicator["source"], indicator["code"]
    if source.startswith("genesis"):
        wide = _valid(_genesis_wide(code), kreise)
        per = {"unemployed": "13211-01-03-4 Arbeitslose insgesamt", "population": "12411-05-01-4 Insgesamt"}
        if "per" in indicator:
            wide = wide / _valid(_genesis_wide(per[indicator["per"]]), kreise)
    elif source == "bbsr-umsteiger":
        sums = umsteiger_sums()
        wide = sums[code].unstack("period")
        if indicator.get("per") == "population":
            wide = wide / sums["bev"].unstack("period")
    else:
        table = inkar()
        table = table[(table["edition"] == source) & (table["code"] == code) & (table["key"] != "DE")]
        wide = table.pivot_table(index="key", columns="period", values="value")
        keys = municipalities.set_index("kommune")
        changed = keys.index[keys["area_same_2021"] == "false"]
        wide = wide.drop(index=wide.index.intersection(keys.loc[changed, "ags_2021"]))
    return np.log(wide) if indicator.get("size") else wide


def _genesis_wide(code: str) -> pd.DataFrame:
    wide = genesis_column(code, FIRST).pivot_table(index="key", columns="period", values="value", dropna=False)
    return wide.rename(index={printed: key for key, printed in SPECIAL_KEYS.items()})


def _valid(wide: pd.DataFrame, kreise: pd.DataFrame) -> pd.DataFrame:
    """Only the Kreise valid in each year: some are printed under old and new key at once."""
    spans = kreise.set_index("key")
    wide = wide.reindex(spans.index)
    for year in wide.columns:
        wide.loc[(spans["valid_from"] > int(year)) | (spans["valid_to"] < int(year)), year] = np.nan
    return wide


def _judge(
    indicator: dict[str, Any], wide: pd.DataFrame, year: str, bad_part: bool, bad_before: bool,
    municipalities: pd.DataFrame, kreise: pd.DataFrame,
) -> dict[str, Any]:  # fmt: skip
    successors = set(municipalities["ags_2008"]) | set(municipalities["ags_2021"])
    spans = kreise.set_index("key")
    alive = spans.index[(spans["valid_from"] <= int(year)) & (spans["valid_to"] >= int(year))]
    if indicator["source"].startswith(("inkar", "gerda")):
        alive = wide.index
    is_own = alive.isin(municipalities["kommune"])
    own, other = wide[year].reindex(alive[is_own]), wide[year].reindex(alive[~is_own & ~alive.isin(successors)])
    row: dict[str, Any] = {
        "indicator": indicator["name"], "period": year,
        "n_69": int(own.notna().sum()), "n_other": int(other.notna().sum()),
        "hidden_69": round(float(own.isna().mean()), 3), "hidden_other": round(float(other.isna().mean()), 3),
    }  # fmt: skip
    center, scale = other.median(), MAD * (other - other.median()).abs().median()
    level = (own.median() - center) / scale if scale > 0 and not indicator.get("size") else np.nan
    row |= {
        "median_69": _round(own.median()), "median_other": _round(center), "scale_other": _round(scale),
        "level": round(level, 2),
    }  # fmt: skip
    row |= _jumps(wide, str(int(year) - 1), year, own.index, other.index, bad_before)
    outside = ((own < other.min()) | (own > other.max())) & ((own - center).abs() > JUMP * scale)
    row["_outside"] = [] if indicator.get("size") else sorted(own.index[outside])
    row |= {"verdict": "sound", "cells_jump": "", "cells_level": "", "reason": ""}
    if row["hidden_69"] > HIDDEN_69 and row["hidden_other"] < HIDDEN_ELSEWHERE:
        reason = (
            f"not delivered by the Optionskommunen: no number for {row['hidden_69']:.0%} of them, "
            f"elsewhere for {row['hidden_other']:.0%}"
        )
    elif bad_part:
        reason = f"its numerator {indicator['numerator']} is unusable in {year}"
    elif abs(level) > LEVEL:
        reason = (
            f"level: median of the 69 is {row['median_69']:g}, elsewhere {row['median_other']:g} ({level:+.1f} scales)"
        )
    else:
        return row
    return row | {"verdict": "column unusable", "reason": reason}


def _jumps(
    wide: pd.DataFrame, before: str, year: str, own: pd.Index, other: pd.Index, bad_before: bool
) -> dict[str, Any]:
    if before not in wide.columns or bad_before:
        return dict(NOT_JUDGED)
    change = wide[year] - wide[before]
    here, elsewhere = change.reindex(own).dropna(), change.reindex(other).dropna()
    center = elsewhere.median()
    scale = MAD * (elsewhere - center).abs().median()
    if not scale > 0 or here.empty:
        return dict(NOT_JUDGED)
    jumps, others = (here - center).abs() > JUMP * scale, (elsewhere - center).abs() > JUMP * scale
    counts = [[jumps.sum(), (~jumps).sum()], [others.sum(), (~others).sum()]]
    p = stats.fisher_exact(counts, alternative="greater").pvalue
    jumping = {key: (here[key], center, scale) for key in sorted(here.index[jumps])}
    return {
        "changes_69": len(here), "jumps_69": int(jumps.sum()), "changes_other": len(elsewhere),
        "jumps_other": int(others.sum()), "p_jumps": float(f"{p:.2g}"), "_jumping": jumping,
    }  # fmt: skip


def _twin(judged: list[dict[str, Any]], twins: list[dict[str, Any]]) -> None:
    """Two publications of one figure that contradict each other: which one is right cannot be told."""
    bad = {row["period"]: row for row in twins if row["verdict"] == "column unusable"}
    for row in judged:
        twin = bad.get(row["period"])
        if str(int(row["period"]) - 1) in bad:
            row |= NOT_JUDGED
        if twin and row["verdict"] == "sound":
            row["verdict"] = "column unusable"
            row["reason"] = (
                f"twin: {twin['indicator']}, another publication of the same figure, is unusable ({twin['reason']})"
            )


def _cells(judged: list[dict[str, Any]]) -> None:
    """Once an indicator breaks in one year, its jumps and outside values are unusable in its other years."""
    if not any(row["p_jumps"] < P_JUMPS or row["verdict"] == "column unusable" for row in judged):
        return
    for row in judged:
        more_often = row["jumps_69"] * row["changes_other"] > row["jumps_other"] * row["changes_69"]
        jumping = sorted(row["_jumping"]) if more_often else []
        outside = sorted(set(row["_outside"]) - set(jumping))
        if row["verdict"] == "sound" and (jumping or outside):
            row |= {"verdict": "cells unusable", "cells_jump": " ".join(jumping), "cells_level": " ".join(outside)}
            row["reason"] = (
                f"break: change from the year before out of line with the Kreise elsewhere (jumps: {row['jumps_69']} "
                f"of {row['changes_69']} of the 69, {row['jumps_other']} of {row['changes_other']} elsewhere)"
                if jumping
                else OUTSIDE
            )


def _round(value: float) -> float:
    return float(f"{value:.4g}")
