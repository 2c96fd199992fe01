"""The official files and compiled reference tables in ../shared/data, each read once."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from optkommunen.loaders.bbsr import read_umsteiger
from optkommunen.loaders.genesis import read_genesis

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
YEARS = [str(year) for year in range(2005, 2011)]
SPECIAL_KEYS = {"02000": "02", "11000": "11", "05313": "05334002"}
"""Keys under which GENESIS prints Hamburg, Berlin and, until 2008, the Stadt Aachen."""
UMSTEIGER_COLUMNS = {"area_km2": "flaeche", "population_1000": "bev", "employees_1000": "besch"}
"""Columns of the BBSR reader and their codes in the descriptor."""


def reference(name: str) -> pd.DataFrame:
    """Read one compiled reference table as text."""
    return pd.read_csv(DATA / "reference" / name, dtype="str", keep_default_na=False, encoding="utf-8")


@functools.cache
def genesis(pattern: str) -> pd.DataFrame:
    """Read the one GENESIS file that starts with the table code."""
    (path,) = sorted((DATA / "official" / "genesis_csv").glob(f"{pattern}*"))
    return read_genesis(path)


def genesis_column(code: str, years: list[str]) -> pd.DataFrame:
    """One column of a GENESIS table, named as in the descriptor ("TABLE last heading"); `period` is the year."""
    table, column = code.split(" ", 1)
    printed = genesis(table)
    printed = printed[printed["variable"].str.split(" | ", regex=False).str[-1] == column]
    printed = printed.assign(period=printed["period"].str[:4])
    return printed[printed["period"].isin(years)]


def umsteiger_sums() -> pd.DataFrame:
    """Area, population and employees by `period` and `key`: the parts of a Kreis added up, columns as in the codes."""
    parts = umsteiger().rename(columns=UMSTEIGER_COLUMNS)
    return parts.groupby([parts["year"].astype(str).rename("period"), "key"])[list(UMSTEIGER_COLUMNS.values())].sum(
        min_count=1
    )


@functools.cache
def umsteiger() -> pd.DataFrame:
    """Area, population and employees of each Kreis at 31.12., and what became of it."""
    return read_umsteiger(DATA / "official" / "bbsr" / "ref-kreise-umrech-2021-1990-2020.xlsx", years=range(2004, 2021))


@functools.cache
def inkar() -> pd.DataFrame:
    """Collect the three INKAR compilations in one long frame: `edition, key, period, code, value`; Germany is DE."""
    return pd.concat([_inkar_2024(), _inkar_2021(), _gerda()], ignore_index=True)


def _inkar_2024() -> pd.DataFrame:
    long = reference("inkar2024_kreise_laender_bund_2004-2012_long.csv.gz")
    long = long[long["raumbezug"].isin(["Kreise", "Bund"])]
    return _long("inkar-2024", long, long["kuerzel"])


def _inkar_2021() -> pd.DataFrame:
    long = reference("inkar2021_kreise_laender_bund_2004-2012_long.csv.gz")
    long = long[long["raumbezug"].isin(["Kreise", "Bund"])]  # the Bund has key 1, as Schleswig-Holstein
    return _long("inkar-2021", long, long["kurzname"] + " (" + long["id"] + ")")


def _long(edition: str, long: pd.DataFrame, code: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "edition": edition,
            "key": long["ags"].where(long["raumbezug"] == "Kreise", "DE"),
            "period": long["zeitbezug"],
            "code": code,
            "value": pd.to_numeric(long["wert"].where(long["wert"] != "")).round(2),  # published with two decimals
        }
    )


def _gerda() -> pd.DataFrame:
    wide = reference("gerda_inkar_county_covariates_1995-2022.csv.gz").rename(
        columns={"county_code": "key", "year": "period"}
    )
    codes = reference("gerda_inkar_codebook.csv").set_index("variable")["inkar_code"]
    wide = wide[wide["period"].between("2004", "2012")]
    long = wide.melt(["key", "period"], var_name="code", value_name="value")
    long["code"] = long["code"].map(codes)
    long["value"] = pd.to_numeric(long["value"].where(long["value"] != "")).round(2)
    return long.assign(edition="gerda-inkar")[["edition", "key", "period", "code", "value"]]
