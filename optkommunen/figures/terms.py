"""What things are called on the figures, in German and English: columns, services, models, months, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optkommunen.data.catalogue import Lang, entries, indicator
from optkommunen.errors import UnknownIndicatorError
from optkommunen.figures.texts import LANGUAGES, require_language

TERMS: dict[str, tuple[str, str]] = {
    "constant": ("Konstante", "constant"),
    "ehb_change": ("Veränderung der eHb je Einwohner", "change of eHb per inhabitant"),
    "persons_in_bg_change": ("Veränderung der Personen in BG je Einwohner", "change of persons in BG per inhabitant"),
    "unemployment_change": ("Veränderung der Arbeitslosenquote", "change of the unemployment rate"),
    "persons_in_bg_per_100": ("Personen in BG je 100 Einwohner", "persons in BG per 100 inhabitants"),
    "ln_gdp_per_head": ("BIP je Einwohner (ln)", "GDP per inhabitant (ln)"),
    "ln_density": ("Einwohner je km² (ln)", "inhabitants per km² (ln)"),
    "ln_foreign_share": ("Ausländeranteil (ln)", "share of foreigners (ln)"),
    "ln_household_income": ("Haushaltseinkommen (ln)", "household income (ln)"),
    "ln_tax_capacity": ("Steuerkraft (ln)", "tax capacity (ln)"),
    "gva_secondary_share": ("Anteil der Industrie", "share of industry"),
    "no_school_certificate": ("ohne Schulabschluss", "without school certificate"),
    "age_65plus_share": ("Anteil 65+", "share aged 65+"),
    "ehb": ("eHb", "eHb"),
    "ln_ehb": ("eHb (ln)", "eHb (ln)"),
    "provision_index": ("Angebotsindex (Bedarfsdeckung)", "provision index (coverage)"),
    "waiting_days": ("Wartezeit (Tage)", "waiting time (days)"),
    "coverage_childcare": ("Deckung Kinderbetreuung", "coverage childcare"),
    "coverage_care": ("Deckung häusliche Pflege", "coverage home care"),
    "coverage_debt": ("Deckung Schuldnerberatung", "coverage debt counselling"),
    "coverage_psychosocial": ("Deckung psychosoziale Betreuung", "coverage psychosocial"),
    "coverage_addiction": ("Deckung Suchtberatung", "coverage addiction counselling"),
    "eingliederungen": ("Eingliederungen", "Eingliederungen"),
    "rate": ("Eingliederungen je 100 eHb und Jahr", "Eingliederungen per 100 eHb and year"),
    "ln_rate": ("Eingliederungsrate (ln)", "Eingliederungen rate (ln)"),
    "service_need": ("festgestellter Bedarf (je 100 eHb)", "identified need (per 100 eHb)"),
    "east": ("Ost", "east"),
    "west": ("West", "west"),
}
"""Columns and groups that are no indicators of the catalogue."""

SERVICES: dict[str, tuple[str, str]] = {
    "childcare": ("Kinderbetreuung", "childcare"),
    "care": ("häusliche Pflege", "home care"),
    "debt": ("Schuldnerberatung", "debt counselling"),
    "psychosocial": ("psychosoziale Betreuung", "psychosocial support"),
    "addiction": ("Suchtberatung", "addiction counselling"),
    "together": ("alle fünf", "all five"),
}
"""The five services; a name of its own beside `TERMS`, since ``debt`` is an indicator too."""

MODELS = {
    "all": "alle",
    "both samples": "mit und ohne kreisfreie Städte",
    "cities": "kreisfreie Städte",
    "without cities": "ohne kreisfreie Städte",
    "without breaks": "ohne Erfassungsbrüche",
    "without Düren": "ohne Düren",
    "within region": "innerhalb von Ost/West",
    "primary": "vorab festgelegt",
    "primary: quasi-Poisson": "vorab festgelegt: Quasi-Poisson",
    "weighted by eHb": "gewichtet mit eHb",
    "OLS": "OLS",
    "WLS": "WLS",
    "OLS of the rate": "OLS der Rate",
    "WLS of the rate": "WLS der Rate",
    "OLS of ln rate": "OLS der ln-Rate",
    "fractional logit": "Fractional Logit",
    "ln eHb free": "Koeffizient von ln eHb frei",
    "naive: no context": "naiv: ohne Kontext",
    "panel": "Panel",
    "within municipalities": "Within-Schätzer (Kommunen)",
    "quasi-Poisson": "Quasi-Poisson",
    "classical": "klassisch",
    "quasi": "Quasi",
    "HC2": "HC2",
    "HC3": "HC3",
    "Freedman–Lane": "Freedman–Lane",
    "pairs bootstrap": "Pairs-Bootstrap",
    "percentile": "Perzentile",
    "studentised": "student.",
    "CR1S by land": "CR1S, Cluster Land",
    "CR2 by land": "CR2, Cluster Land",
    "CR3 by land": "CR3, Cluster Land",
    "wild bootstrap by land": "Wild-Bootstrap, Cluster Land",
    "score bootstrap by land": "Score-Bootstrap, Cluster Land",
    "delta method": "Delta-Methode",
}
"""Parts of the names of models, samples and inferences, in English and German."""

SAMPLES = (
    "all", "both samples", "cities", "without cities", "without breaks", "without Düren", "within region", "primary",
    "primary: quasi-Poisson", "weighted by eHb", "OLS of ln rate", "ln eHb free", "naive: no context", "panel",
    "within municipalities",
)  # fmt: skip
"""Those of `MODELS` that this package gave to models and samples of its own designs; the others are statistics."""

_CLUSTERED = {
    "CR1S": "CR1S", "CR2": "CR2", "CR3": "CR3",
    "wild bootstrap": "Wild-Bootstrap", "score bootstrap": "Score-Bootstrap",
}  # fmt: skip
"""Inferences by cluster, before ``by`` and the column of the clusters."""

TIME_BASE = {
    "annual mean": "Jahresmittel",
    "stock": "Bestand",
    "mean of March and September": "Mittel aus März und September",
    "March": "März",
    "year": "Jahreswert",
    "month": "Monat",
    "12 months": "zwölf Monate",
    "mean of the last 12 months": "Mittel der letzten zwölf Monate",
    "year on year": "gegenüber dem Vorjahresmonat",
}

MONTHS = (
    ("Januar", "January"), ("Februar", "February"), ("März", "March"), ("April", "April"), ("Mai", "May"),
    ("Juni", "June"), ("Juli", "July"), ("August", "August"), ("September", "September"), ("Oktober", "October"),
    ("November", "November"), ("Dezember", "December"),
)  # fmt: skip

SOURCE = {
    "derived from ": "berechnet aus ",
    "edition ": "Ausgabe ",
    "table ": "Tabelle ",
    "as compiled by the GERDA project (county covariates 1995–2022)":
        "zusammengestellt vom GERDA-Projekt (Kreisdaten 1995–2022)",
    "mean population of the year": "mittlere Bevölkerung des Jahres",
    "unemployed by group, annual mean (statistics of the Bundesagentur für Arbeit)":
        "Arbeitslose nach Gruppen, Jahresmittel (Statistik der Bundesagentur für Arbeit)",
    "debt of Gemeinden and Gemeindeverbände": "Schulden der Gemeinden und Gemeindeverbände",
    "area, population, employees of each source Kreis": "Fläche, Bevölkerung, Beschäftigte je Ausgangskreis",
}  # fmt: skip
"""English parts of column ``source`` and their German wording; anything else is a proper name and stays."""


def time_base(text: str, lang: Lang = "de") -> str:
    """What a period means, e.g. ``annual mean``; English as in the value table."""
    return TIME_BASE.get(text, text) if lang == "de" else text


def month_words(period: str, lang: Lang = "de") -> str:
    """A month as a text says it.

    Examples
    --------
    >>> month_words("2008-03"), month_words("2008-12", "en")
    ('März 2008', 'December 2008')
    """
    require_language(lang)
    year, month = period.split("-")
    return f"{MONTHS[int(month) - 1][LANGUAGES.index(lang)]} {year}"


def sources(column: Iterable[str], lang: Lang = "de") -> str:
    """The different sources of a value table, in order of appearance.

    Examples
    --------
    >>> sources(["INKAR, edition 2024; q_bip_ew"] * 2)
    'INKAR, Ausgabe 2024; q_bip_ew'
    """
    text = "; ".join(dict.fromkeys(source for source in column if source)).replace("Derived: ", "derived from ")
    if lang == "de":
        for english, german in SOURCE.items():
            text = text.replace(english, german)
    return text


def label(name: str, lang: Lang = "de") -> str:
    """Label of an indicator from the catalogue; the name itself if the catalogue does not know it."""
    try:
        return indicator(name).label(lang)
    except UnknownIndicatorError:
        return name


def term(name: str, lang: Lang = "de") -> str:
    """Words for a column of the package's own designs; the name itself if neither catalogue nor `TERMS` knows it.

    Only for whoever knows that the column is one of them: a researcher's column may bear the same name.

    Examples
    --------
    >>> term("ln_density"), term("my_own_column")
    ('Einwohner je km² (ln)', 'my_own_column')
    """
    return TERMS[name][LANGUAGES.index(lang)] if name in TERMS else label(name, lang)


def labels(lang: Lang = "de") -> dict[str, str]:
    """Words for the figures of a model on one of the package's own designs, for their argument ``labels``.

    The designs are those of returns (`integration.design`) and of the change of eHb (`caseload_change.design`); also
    the names of their models and samples. A figure without labels shows every column under the name it has.

    Examples
    --------
    >>> words = labels("de")
    >>> words["waiting_days"], words["unemployment_rate"], words["without Düren"]
    ('Wartezeit (Tage)', 'Arbeitslosenquote', 'ohne Düren')
    """
    require_language(lang)
    columns = {name: term(name, lang) for name in (*(entry.name for entry in entries()), *TERMS)}
    return columns | {name: MODELS[name] if lang == "de" else name for name in SAMPLES}


def group(name: str, lang: Lang = "de") -> str:
    """Words for a group of municipalities: east and west; any other has its own name."""
    return term(name, lang) if name in ("east", "west") else name


def model_name(name: str, lang: Lang = "de") -> str:
    """Name of a model, a sample or an inference in the language asked for; as it is if a part is not in `MODELS`.

    Examples
    --------
    >>> model_name("OLS, all (n = 48)"), model_name("all, mine"), model_name("OLS, all (n = 48)", "en")
    ('OLS, alle (n = 48)', 'all, mine', 'OLS, all (n = 48)')
    """
    require_language(lang)
    words, bracket, count = name.partition(" (")
    parts = words.split(", ")
    if lang != "de" or not MODELS.keys() >= set(parts):
        return name
    return ", ".join(MODELS[part] for part in parts) + bracket + count


def method_name(name: str, lang: Lang = "de", words: Mapping[str, str] | None = None) -> str:
    """Name of a model or inference in the language asked for, if all its parts are terms of statistics or in `words`.

    Examples
    --------
    What a researcher called a model stays, and so does the column of the clusters:

    >>> method_name("quasi-Poisson, HC3"), method_name("primary"), method_name("wild bootstrap by region")
    ('Quasi-Poisson, HC3', 'primary', 'Wild-Bootstrap, Cluster region')
    >>> method_name("OLS, all (n = 48)", words=labels("de"))
    'OLS, alle (n = 48)'
    """
    require_language(lang)
    own = dict(words or {})
    text, bracket, count = name.partition(" (")
    parts = [_method(part, lang, own) for part in text.split(", ")]
    return name if None in parts else ", ".join(str(part) for part in parts) + bracket + count


def _method(part: str, lang: Lang, own: Mapping[str, str]) -> str | None:
    inference, by, column = part.partition(" by ")
    if part in own:
        return own[part]
    if by and inference in _CLUSTERED:
        column = own.get(column, column)
        return f"{_CLUSTERED[inference]}, Cluster {column}" if lang == "de" else f"{inference} by {column}"
    if part in MODELS and part not in SAMPLES:
        return MODELS[part] if lang == "de" else part
    return None


def service(name: str, lang: Lang = "de") -> str:
    """Words for one of the five services; the name itself if it is another.

    Examples
    --------
    >>> service("debt"), service("together", "en")
    ('Schuldnerberatung', 'all five')
    """
    return SERVICES[name][LANGUAGES.index(lang)] if name in SERVICES else name


def axis(name: str, lang: Lang = "de") -> str:
    """Label with unit for an axis: from the catalogue; else, but for the need of the services, the name itself.

    Examples
    --------
    >>> axis("debtor_rate", "en"), axis("service_need", "en")
    ('Debtor rate (Schuldnerquote), % of inhabitants of 18 and over', 'identified need (per 100 eHb)')
    """
    try:
        return indicator(name).axis(lang)
    except UnknownIndicatorError:
        return term(name, lang) if name == "service_need" else name


def unit(name: str, english: str, lang: Lang = "de") -> str:
    """Unit of an indicator in the language asked for; as in the value table if the catalogue does not know it."""
    try:
        known = indicator(name)
    except UnknownIndicatorError:
        return english
    return known.unit_de if lang == "de" else known.unit_en


def decimals(name: str) -> int:
    """Digits behind the decimal mark; one if the catalogue does not know the indicator."""
    try:
        return indicator(name).decimals
    except UnknownIndicatorError:
        return 1
