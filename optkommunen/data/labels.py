"""What things are called, in German and English: columns, services, models, months, sources.

Columns have their words in ``labels.toml``, indicators in ``catalogue.toml``; all else is translated like sentences.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources

from optkommunen.data.catalogue import entries, known
from optkommunen.data.register import resolve
from optkommunen.errors import OptkommunenError
from optkommunen.words import N_, language, translate

SERVICES = {
    "childcare": N_("childcare"),
    "care": N_("home care"),
    "debt": N_("debt counselling"),
    "psychosocial": N_("psychosocial support"),
    "addiction": N_("addiction counselling"),
    "together": N_("all five"),
}
"""The five services; a name of its own beside the columns, since ``debt`` is an indicator too."""

SAMPLES = (
    N_("all"), N_("both samples"), N_("cities"), N_("without cities"), N_("without breaks"), N_("within region"),
    N_("primary"), N_("primary: quasi-Poisson"), N_("weighted by eHb"), N_("OLS of ln rate"),
    N_("ln eHb free"), N_("naive: no context"), N_("panel"), N_("within municipalities"),
    N_("model"),
)  # fmt: skip
"""Models and samples that this package named for its own designs."""

STATISTICS = (
    N_("OLS"), N_("WLS"), N_("OLS of the rate"), N_("WLS of the rate"), N_("fractional logit"), N_("quasi-Poisson"),
    N_("quasi-binomial"), N_("OLS of the share"),
    N_("classical"), N_("quasi"), N_("HC2"), N_("HC3"), N_("Freedman–Lane"), N_("pairs bootstrap"), N_("percentile"),
    N_("studentised"), N_("delta method"), N_("naive: index and waiting time only"),
    N_("panel with effects of municipality and year"),
)  # fmt: skip
"""Models and inferences that statistics has names for."""

CLUSTERED = (N_("CR1S"), N_("CR2"), N_("CR3"), N_("wild bootstrap"), N_("score bootstrap"))
"""Inferences by cluster, before ``by`` and the column of the clusters."""

TIME_BASES = (
    N_("annual mean"), N_("stock"), N_("mean of March and September"), N_("March"), N_("year"), N_("month"),
    N_("12 months"), N_("mean of the last 12 months"), N_("year on year"), N_("January to month"),
)  # fmt: skip
"""What a period may mean, as in column ``time_base``."""

SOURCE_PARTS = (
    N_("derived from "), N_("edition "), N_("table "),
    N_("as compiled by the GERDA project (county covariates 1995–2022)"), N_("mean population of the year"),
    N_("unemployed by group, annual mean (statistics of the Bundesagentur für Arbeit)"),
    N_("debt of Gemeinden and Gemeindeverbände"), N_("area, population, employees of each source Kreis"),
)  # fmt: skip
"""English parts of column ``source``; anything else is a proper name and stays."""


def time_base(text: str, lang: str | None = None) -> str:
    """What a period means, e.g. ``annual mean``; as it is if it is not one of `TIME_BASES`."""
    return translate(text, lang) if text in TIME_BASES else text


def month_words(period: str, lang: str | None = None) -> str:
    """A month as a text says it.

    Examples
    --------
    >>> month_words("2008-03", "de"), month_words("2008-12")
    ('März 2008', 'December 2008')
    """
    from babel.dates import get_month_names

    year, month = period.split("-")
    return f"{get_month_names(locale=language(lang))[int(month)]} {year}"


def sources(column: Iterable[str], lang: str | None = None) -> str:
    """The different sources of a value table, in order of appearance.

    Examples
    --------
    >>> sources(["INKAR, edition 2024; q_bip_ew"] * 2, "de")
    'INKAR, Ausgabe 2024; q_bip_ew'
    """
    text = "; ".join(dict.fromkeys(source for source in column if source)).replace("Derived: ", "derived from ")
    for part in SOURCE_PARTS:
        text = text.replace(part, translate(part, lang))
    return text


def indicator_label(name: str, lang: str | None = None) -> str:
    """Label of an indicator from the catalogue; the name itself if the catalogue does not know it."""
    entry = known(name)
    return entry.label(lang) if entry else name


@functools.cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    """Words of columns, by table (``columns``, ``heads``), column and language."""
    return tomllib.loads(resources.files("optkommunen.data").joinpath("labels.toml").read_text(encoding="utf-8"))


def column_label(name: str, lang: str | None = None) -> str:
    """Words for a column of the package's own designs; the name itself if neither catalogue nor ``labels.toml`` has it.

    Only for whoever knows that the column is one of them: a researcher's column may bear the same name.

    Examples
    --------
    >>> column_label("ln_density", "de"), column_label("my_own_column")
    ('Einwohner je km² (ln)', 'my_own_column')
    """
    words = _words()["columns"].get(name)
    return words[language(lang)] if words else indicator_label(name, lang)


def column_head(name: str, lang: str | None = None) -> str:
    """Head of a column of a table; its `column_label` where ``labels.toml`` has no head for it.

    Examples
    --------
    In a sentence or as a regressor a ring is a ring, above a column it is a headline:

    >>> column_head("ring"), column_head("reference_value", "de"), column_head("unemployment_rate")
    ('Ring', 'Wert der Referenz', 'Unemployment rate')
    """
    words = _words()["heads"].get(name)
    return words[language(lang)] if words else column_label(name, lang)


def design_labels(lang: str | None = None) -> dict[str, str]:
    """Words for the figures of a model on one of the package's own designs, for their argument ``labels``.

    The designs are those of returns (`integration.design`) and of the change of eHb (`caseload_change.design`); also
    the names of their models and samples. A figure without labels shows every column under the name it has.

    Examples
    --------
    >>> words = design_labels("de")
    >>> words["waiting_days"], words["unemployment_rate"], words["without cities"]
    ('Wartezeit (Tage)', 'Arbeitslosenquote', 'ohne kreisfreie Städte')
    """
    columns = {name: column_label(name, lang) for name in (*(entry.name for entry in entries()), *_words()["columns"])}
    return columns | {name: translate(name, lang) for name in SAMPLES}


def group_name(name: str, lang: str | None = None) -> str:
    """Words for a group of municipalities: east and west; any other has its own name."""
    return column_label(name, lang) if name in ("east", "west") else name


def model_name(name: str, lang: str | None = None) -> str:
    """Name of a model, a sample or an inference of this package; as it is if a part is another's.

    Examples
    --------
    >>> model_name("OLS, all (n = 48)", "de"), model_name("all, mine", "de"), model_name("OLS, all (n = 48)")
    ('OLS, alle (n = 48)', 'all, mine', 'OLS, all (n = 48)')
    >>> model_name("CR2 by land", "de")
    'CR2, Cluster Land'
    """
    return method_name(name, lang, {text: translate(text, lang) for text in SAMPLES} | {"land": "Land"})


def method_name(name: str, lang: str | None = None, words: Mapping[str, str] | None = None) -> str:
    """Name of a model or inference in the language asked for, if all its parts are terms of statistics or in `words`.

    Behind a term of statistics a part may also be one of `SAMPLES`; ``without`` one of the 69 is said anywhere.

    Examples
    --------
    >>> method_name("OLS, all", "de"), method_name("WLS, without Coesfeld", "de"), method_name("OLS, mine", "de")
    ('OLS, alle', 'WLS, ohne Coesfeld', 'OLS, mine')

    What a researcher called a model stays, and so does the column of the clusters:

    >>> [method_name(name, "de") for name in ("quasi-Poisson, HC3", "primary", "wild bootstrap by region")]
    ['Quasi-Poisson, HC3', 'primary', 'Wild-Bootstrap, Cluster region']
    >>> method_name("all (n = 48)", "de"), method_name("all (n = 48)", "de", design_labels("de"))
    ('all (n = 48)', 'alle (n = 48)')
    """
    text, bracket, count = name.partition(" (")
    parts = text.split(", ")
    own = {sample: translate(sample, lang) for sample in SAMPLES} if parts[0] in STATISTICS else {}
    said = [_method(part, lang, own | dict(words or {})) for part in parts]
    return name if None in said else ", ".join(map(str, said)) + bracket + count


def _method(part: str, lang: str | None, own: Mapping[str, str]) -> str | None:
    inference, by, column = part.partition(" by ")
    if part in own:
        return own[part]
    if by and inference in CLUSTERED:
        fields = {"inference": translate(inference, lang), "column": own.get(column, column)}
        return translate("{inference} by {column}", lang, **fields)
    without, _, place = part.partition("without ")
    if not without and _is_of_the_69(place):
        return translate("without {place}", lang, place=place)
    return translate(part, lang) if part in STATISTICS else None


def _is_of_the_69(place: str) -> bool:
    try:
        return bool(resolve(place))
    except OptkommunenError:
        return False


def service_name(name: str, lang: str | None = None) -> str:
    """Words for one of the five services; the name itself if it is another.

    Examples
    --------
    >>> service_name("debt", "de"), service_name("together")
    ('Schuldnerberatung', 'all five')
    """
    return translate(SERVICES[name], lang) if name in SERVICES else name


def value_label(indicator: str, service: str = "", lang: str | None = None) -> str:
    """Label of an indicator, and of its service; the word for a value where it is none of the catalogue.

    Examples
    --------
    >>> value_label("service_coverage", "debt"), value_label("", lang="de")
    ('Coverage of need, debt counselling', 'Wert')
    """
    label = indicator_label(indicator, lang) if indicator else column_head("value", lang)
    return f"{label}, {service_name(service, lang)}" if service else label


def axis_label(name: str, lang: str | None = None) -> str:
    """Label with unit for an axis: from the catalogue; else the name itself.

    Examples
    --------
    >>> axis_label("debtor_rate"), axis_label("service_need")
    ('Debtor rate (Schuldnerquote), % of inhabitants of 18 and over', 'Identified need (per 100 eHb)')
    """
    entry = known(name)
    return entry.axis(lang) if entry else name


def unit_of(name: str, english: str, lang: str | None = None) -> str:
    """Unit of an indicator in the language asked for; as in the value table if the catalogue does not know it."""
    entry = known(name)
    return entry.unit_in(lang) if entry else english


def decimals_of(name: str) -> int:
    """Digits behind the decimal mark; one if the catalogue does not know the indicator."""
    entry = known(name)
    return entry.decimals if entry else 1
