"""The register of the 69 and the list of all German Kreise."""

from __future__ import annotations

import re

import pandas as pd

from tools.raw.official import SPECIAL_KEYS, genesis, inkar, reference, umsteiger

# Display names where the source tables abbreviate, or where the bare name belongs to another Kreis as well.
DISPLAY = {
    "03152": "Göttingen (Landkreis)",
    "03458": "Oldenburg (Landkreis)",
    "03459": "Osnabrück (Landkreis)",
    "05117": "Mülheim an der Ruhr",
    "05915": "Hamm",
    "06414": "Wiesbaden",
    "06438": "Offenbach (Landkreis)",
    "09562": "Erlangen",
    "09662": "Schweinfurt (Stadt)",
    "09679": "Würzburg (Landkreis)",
    "10046": "St. Wendel",
    "16053": "Jena",
}
# Official names at 31.12.2005 of those that the consolidated annex knows under a later name or abbreviates.
ADMITTED = {
    "03358": "Landkreis Soltau-Fallingbostel",
    "05117": "Stadt Mülheim an der Ruhr",
    "07233": "Landkreis Daun",
    "14272": "Landkreis Bautzen",
    "14280": "Landkreis Meißen",
    "14286": "Landkreis Löbau-Zittau",
    "14292": "Landkreis Kamenz",
    "14375": "Landkreis Döbeln",
    "14383": "Muldentalkreis",
    "15151": "Landkreis Anhalt-Zerbst",
    "15153": "Landkreis Bernburg",
    "15261": "Landkreis Merseburg-Querfurt",
    "15367": "Landkreis Schönebeck",
    "15369": "Landkreis Wernigerode",
}
NAMES_2008 = {"07233": "Landkreis Vulkaneifel", "14375": "Landkreis Mittelsachsen"}
NAMES_2021 = {
    "03152": "Landkreis Göttingen",
    "03156": "Landkreis Göttingen",
    "03358": "Landkreis Heidekreis",
    "13059": "Landkreis Vorpommern-Greifswald",
}
SUCCESSION = {
    "03152": "1.11.2016 merged with Osterode am Harz (03156) into Göttingen (03159)",
    "03156": "1.11.2016 merged with Göttingen (03152) into Göttingen (03159)",
    "03358": "1.8.2011 renamed Heidekreis; same key and area",
    "07233": "1.1.2007 renamed Vulkaneifel; same key and area",
    "13059": "4.9.2011 part of Vorpommern-Greifswald (13075)",
    "14272": "1.8.2008 with Kamenz and Hoyerswerda into Bautzen (14625); two zkT offices in one Kreis until 31.12.2010",
    "14280": "1.8.2008 with Riesa-Großenhain into Meißen (14627): same name, other key, larger",
    "14286": "1.8.2008 with Görlitz-Stadt and Niederschlesischer Oberlausitzkreis into Görlitz (14626)",
    "14292": "1.8.2008 with Bautzen and Hoyerswerda into Bautzen (14625); "
    "two zkT offices in one Kreis until 31.12.2010",
    "14375": "1.8.2008 with Freiberg and Mittweida into Mittelsachsen (14522); "
    "the zkT stayed limited to the area of Döbeln",
    "14383": "1.8.2008 with Leipziger Land into Leipzig (14729)",
    "15151": "1.7.2007 split: 36.7 % of its population to Anhalt-Bitterfeld (15082), 35.5 % to Wittenberg (15091), "
    "20.2 % to Dessau-Roßlau (15001), 7.6 % to Jerichower Land (15086)",
    "15153": "1.7.2007 with Schönebeck and Aschersleben-Staßfurt into Salzlandkreis (15089); "
    "two zkT in one Kreis until 31.12.2010",
    "15261": "1.7.2007 with Saalkreis into Saalekreis (15088)",
    "15367": "1.7.2007 with Bernburg and Aschersleben-Staßfurt into Salzlandkreis (15089); "
    "two zkT in one Kreis until 31.12.2010",
    "15369": "1.7.2007 with Halberstadt and Quedlinburg into Harz (15085)",
}
PUBLISHED_RINGS = {"Agglomerationsräume": "1 Agglomerationsräume"}


def municipalities() -> pd.DataFrame:
    """Table `municipalities`: 69 rows, sorted by key."""
    own = reference("optionskommunen_69.csv").set_index("ags_2005")
    types = reference("settlement_types_69.csv").set_index("ags_2005").loc[own.index]
    annex = reference("komtrzv_anlage_konsolidiert_2011_2012.csv")
    annex = annex[annex["ags_31122008_wenn_urspruenglich"] != ""]
    annex = annex.set_index("ags_31122008_wenn_urspruenglich")["bezeichnung"].str.replace("a. d.", "an der")
    key = own.index.to_series()
    in_2008 = key.map(NAMES_2008).fillna(own["ags_31122008"].map(annex))
    return pd.DataFrame(
        {
            "kommune": key,
            "name": key.map(DISPLAY).fillna(own["name_2005"]),
            "name_admitted": key.map(ADMITTED).fillna(in_2008),
            "name_2008": in_2008,
            "name_2021": key.map(NAMES_2021).fillna(in_2008),
            "land": own["land"],
            "kind": own["name_2005"].str.startswith("KS ").map({True: "kreisfreie Stadt", False: "Landkreis"}),
            "ags_2008": own["ags_31122008"],
            "ags_2021": own["ags_2021"],
            "area_same_2008": own["gebiet_2005_gleich_2008"].str.lower(),
            "area_same_2021": own["gebiet_2005_gleich_2021"].str.lower(),
            "successor_share": own["w_bev_2005_nach_2021"],
            "successor_note": key.map(SUCCESSION).fillna(""),
            "population_2005": own["bev_31122005_1000"],
            "area_km2": own["flaeche_31122005_km2"],
            "ror_code": types["ror_code"].str.zfill(4),
            "ror_name": types["ror_name"],
            "ror_density": types["ror_inhabitants_per_km2"],
            "ror_largest_city": types["ror_largest_city_inhabitants"],
            "density_2005": types["inhabitants_per_km2_2005"],
            "city_over_100k": types["city_over_100k"].str.lower(),
            "sgb2_persons_per_100_2008": types["sgb2_persons_per_100_2008"],
            "sgb2_rate_of_successor": types["sgb2_rate_of_successor"].str.lower(),
            "published_ring": types["published_group"].replace(PUBLISHED_RINGS),
            "published_ring_source": types["published_source"],
        }
    ).sort_values("kommune", ignore_index=True)


def kreise() -> pd.DataFrame:
    """Table `kreise`: key, name, kind and years of validity of every Kreis at 31.12. of 2004 to 2022."""
    years = umsteiger()[["key", "year"]].drop_duplicates()
    later = [
        pd.DataFrame({"key": umsteiger()["target"].unique(), "year": 2021}),
        pd.DataFrame({"key": sorted(set(_keys_2022())), "year": 2022}),
    ]
    spans = pd.concat([years, *later]).groupby("key")["year"].agg(valid_from="min", valid_to="max", n="nunique")
    gaps = spans[spans["n"] != spans["valid_to"] - spans["valid_from"] + 1]
    if len(gaps):
        message = f"A Kreis is valid without a gap; not so: {', '.join(gaps.index)}"
        raise ValueError(message)
    printed = genesis("12411-05-01-4").drop_duplicates("key").set_index("key")["name"]
    names = spans.index.to_series().replace(SPECIAL_KEYS).map(printed)
    table = pd.DataFrame([_split_name(name) for name in names], index=spans.index, columns=["name", "kind"])
    return table.join(spans[["valid_from", "valid_to"]]).reset_index().sort_values("key", ignore_index=True)


def _keys_2022() -> pd.Series:
    edition = inkar()
    return edition.loc[(edition["edition"] == "inkar-2024") & (edition["key"] != "DE"), "key"]


def _split_name(printed: str) -> tuple[str, str]:
    """Take the kind off a printed name: 'Offenbach, Landkreis' is a Landkreis called Offenbach."""
    name, *suffixes = printed.split(", ")
    if suffixes:
        rural = any(suffix in ("Landkreis", "Kreis", "Regionalverband") for suffix in suffixes)
    else:
        rural = re.search(r"kreis\b|region\b", name, re.IGNORECASE) is not None
    name = re.sub(r"^(Kreisfreie Stadt|Landkreis) ", "", name.strip())
    return name, "Landkreis" if rural else "kreisfreie Stadt"
