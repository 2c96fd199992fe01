"""Table `context`: every official indicator of the descriptor, for the 69 and Germany, 2005 to 2010."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optkommunen.values import REFERENCE
from tools.raw.official import YEARS, genesis, genesis_column, inkar, umsteiger, umsteiger_sums

COLUMNS = ["kommune", "period", "indicator", "value", "status", "marker", "area_status", "note"]
NO_AREA = "no such area in this year: "
HIDDEN = "not published for this unit and year"


def context(indicators: list[dict[str, Any]], municipalities: pd.DataFrame, kreise: pd.DataFrame) -> pd.DataFrame:
    """Compile the tidy table before the screen has looked at it.

    Parameters
    ----------
    indicators : `indicators` of the resource `context` in the descriptor.
    municipalities, kreise : the two registers.

    Returns
    -------
    DataFrame with the columns of the resource, sorted by indicator, period, kommune.
    """
    parts = []
    for indicator in indicators:
        source, name, code = indicator["source"], indicator["name"], indicator["code"]
        if name == "population_carried":
            part = _carried_forward(parts[0], municipalities)
        elif source.startswith("genesis"):
            part = _from_genesis(code, municipalities, kreise)
        elif source == "bbsr-umsteiger":
            part = _from_umsteiger(code, municipalities)
        else:
            part = _from_inkar(source, code, municipalities)
        parts.append(part.assign(indicator=name))
    order = {indicator["name"]: rank for rank, indicator in enumerate(indicators)}
    table = pd.concat(parts, ignore_index=True)[COLUMNS]
    return table.sort_values(
        ["indicator", "period", "kommune"], key=lambda s: s.map(order) if s.name == "indicator" else s
    ).reset_index(drop=True)


def _from_genesis(code: str, municipalities: pd.DataFrame, kreise: pd.DataFrame) -> pd.DataFrame:
    """Contemporary figures: the own area while it exists, nothing afterwards."""
    printed = genesis_column(code, YEARS)
    germany = printed[printed["key"] == "DG"].assign(
        kommune=REFERENCE, area_status="Germany", status="observed", note=""
    )
    own = _grid(municipalities, sorted(printed["period"].unique())).merge(
        printed[["key", "period", "value", "marker"]], left_on=["kommune", "period"], right_on=["key", "period"],
        how="left", validate="one_to_one",
    )  # fmt: skip
    last = own["kommune"].map(kreise.set_index("key")["valid_to"]).astype(int)
    dissolved = last < own["period"].astype(int)
    own["area_status"] = "admitted"
    own["status"] = own["value"].notna().map({True: "observed", False: "suppressed"})
    own["note"] = own["value"].isna().map({True: HIDDEN, False: ""})
    later = own["value"].isna() & (own["marker"] == "-")
    own.loc[later, ["status", "note"]] = ["missing", "printed under the Kreise of a later reform"]
    reason = own["kommune"].map(municipalities.set_index("kommune")["successor_note"])
    own.loc[dissolved, "status"] = "missing"
    own.loc[dissolved, "note"] = NO_AREA + reason[dissolved]
    own.loc[dissolved, "value"] = float("nan")
    return pd.concat([germany, own])


def _carried_forward(population: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Population of an area that was dissolved: its last own year, times the growth of its successor."""
    printed = genesis("12411-05-01-4")
    printed = printed[(printed["variable"] == "Insgesamt") & printed["value"].notna()]
    by_key = printed.set_index(["key", "period"])["value"]
    whole = municipalities[municipalities["successor_share"].astype(float) == 1].set_index("kommune")
    gone = population[(population["status"] == "missing") & population["kommune"].isin(whole.index)]
    rows = []
    for kommune, years in gone.groupby("kommune")["period"]:
        successor = whole.at[kommune, "ags_2021"]
        own_year = str(int(years.min()) - 1)
        start = max(own_year, by_key[successor].index.min())
        for year in years:
            growth = by_key[successor, year] / by_key[successor, start]
            note = f"mean population of {own_year}, times the growth of {successor} from {start} to {year}"
            if start > own_year:
                note += f" (no growth is known from {own_year} to {start})"
            rows.append((kommune, year, round(by_key[kommune, own_year] * growth), note))
    carried = pd.DataFrame(rows, columns=["kommune", "period", "value", "note"])
    return carried.assign(status="estimated", marker="", area_status="admitted")


def _from_umsteiger(code: str, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Area, population and employees at 31.12., the parts of a Kreis added up."""
    sums = umsteiger_sums()[code].loc[YEARS].round(2)
    germany = sums.groupby("period").sum().round(2).reset_index(name="value")
    germany = germany.assign(
        kommune=REFERENCE, area_status="Germany", status="derived", marker="", note="sum over all Kreise"
    )
    own = _grid(municipalities, YEARS).merge(
        sums.reset_index(name="value"), left_on=["kommune", "period"], right_on=["key", "period"], how="left"
    )
    reason = own["kommune"].map(municipalities.set_index("kommune")["successor_note"])
    gone = own["value"].isna()
    own["status"] = gone.map({False: "observed", True: "missing"})
    own["note"] = (NO_AREA + reason).where(gone, "")
    return pd.concat([germany, own.assign(marker="", area_status="admitted")])


def _from_inkar(edition: str, code: str, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Figures on today's area: exact where the area never changed, else the successor's value, marked."""
    published = inkar()
    published = published[
        (published["edition"] == edition) & (published["code"] == code) & published["period"].isin(YEARS)
    ]
    published = published[published["value"].notna()]
    own = _grid(municipalities, sorted(published["period"].unique())).merge(
        municipalities[["kommune", "ags_2021", "area_same_2021", "name_2021"]], on="kommune"
    )
    own = own.merge(
        published[["key", "period", "value"]], left_on=["ags_2021", "period"], right_on=["key", "period"], how="left",
        validate="many_to_one",
    )  # fmt: skip
    same = own["area_same_2021"] == "true"
    own["area_status"] = same.map({True: "admitted", False: "successor"})
    own["status"] = same.map({True: "observed", False: "estimated"})
    split = own["kommune"] == "15151"
    own["note"] = ("value of " + own["ags_2021"] + " " + own["name_2021"] + ", taken for the smaller old area").where(
        ~same, ""
    )
    own.loc[split, "note"] = "value of 15082 Landkreis Anhalt-Bitterfeld, which holds 36.7 % of the old population"
    own.loc[own["value"].isna(), ["status", "note"]] = ["suppressed", HIDDEN]
    if edition == "gerda-inkar":
        germany = _weighted_mean(code, published)
    else:
        germany = published[published["key"] == "DE"].assign(status="observed", note="")
    return pd.concat([germany.assign(kommune=REFERENCE, area_status="Germany"), own]).assign(marker="")


def _weighted_mean(code: str, published: pd.DataFrame) -> pd.DataFrame:
    """Germany where the compilation has no row for it: mean over the Kreise, weighted by population."""
    people = umsteiger()
    people = people.groupby([people["year"].astype(str).rename("period"), people["target"].rename("key")])[
        "population_1000"
    ].sum()
    weighted = published.merge(people.reset_index(), on=["key", "period"], validate="one_to_one")
    note = "no figure for Germany in this compilation: mean of the Kreise, weighted by population at 31.12."
    if code == "a_aloLang":
        rate = inkar()
        rate = rate[(rate["edition"] == "gerda-inkar") & (rate["code"] == "q_alo")]
        weighted = weighted.merge(
            rate[["key", "period", "value"]], on=["key", "period"], suffixes=("", "_rate"), validate="one_to_one"
        )
        weighted["population_1000"] *= weighted["value_rate"]
        note = (
            "no figure for Germany in this compilation: mean of the Kreise, weighted by unemployment rate × population"
        )
    weighted["product"] = weighted["value"] * weighted["population_1000"]
    sums = weighted.groupby("period")[["product", "population_1000"]].sum()
    value = (sums["product"] / sums["population_1000"]).round(2)
    return value.rename("value").reset_index().assign(status="estimated", note=note)


def _grid(municipalities: pd.DataFrame, years: list[str]) -> pd.DataFrame:
    return pd.MultiIndex.from_product([municipalities["kommune"], years], names=["kommune", "period"]).to_frame(
        index=False
    )
