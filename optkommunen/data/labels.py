"""What things are called, in German and English: columns, services, models, months, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optkommunen.data.catalogue import entries, indicator
from optkommunen.data.register import resolve
from optkommunen.errors import OptkommunenError, UnknownIndicatorError
from optkommunen.words import N_, language, translate

COLUMNS = {
    "constant": N_("constant"),
    "ehb_change": N_("change of eHb per inhabitant"),
    "persons_in_bg_change": N_("change of persons in BG per inhabitant"),
    "unemployment_change": N_("change of the unemployment rate"),
    "persons_in_bg_per_100": N_("persons in BG per 100 inhabitants"),
    "ln_gdp_per_head": N_("GDP per inhabitant (ln)"),
    "ln_density": N_("inhabitants per km² (ln)"),
    "ln_foreign_share": N_("share of foreigners (ln)"),
    "ln_household_income": N_("household income (ln)"),
    "ln_tax_capacity": N_("tax capacity (ln)"),
    "gva_secondary_share": N_("share of industry"),
    "no_school_certificate": N_("without school certificate"),
    "age_65plus_share": N_("share aged 65+"),
    "ehb": N_("eHb"),
    "ln_ehb": N_("eHb (ln)"),
    "provision_index": N_("provision index (coverage)"),
    "waiting_days": N_("waiting time (days)"),
    "coverage_childcare": N_("coverage childcare"),
    "coverage_care": N_("coverage home care"),
    "coverage_debt": N_("coverage debt counselling"),
    "coverage_psychosocial": N_("coverage psychosocial"),
    "coverage_addiction": N_("coverage addiction counselling"),
    "eingliederungen": N_("Eingliederungen"),
    "rate": N_("Eingliederungen per 100 eHb and year"),
    "ln_rate": N_("Eingliederungen rate (ln)"),
    "n_estimated": N_("of these estimated"),
    "n_missing": N_("without value"),
    "relative": N_("Change in %"),
    "staff_integration": N_("staff for integration (full-time equivalents)"),
    "staff_other": N_("other staff (full-time equivalents)"),
    "east": N_("east"),
    "west": N_("west"),
    "sgb2_persons_per_100_2008": N_("persons in BG per 100, 2008"),
    "density_2005": N_("inhabitants per km², 2005"),
}
"""Columns and groups that are no indicators of the catalogue."""

HEADS = {
    "kommune": N_("Key"),
    "name": N_("Municipality"),
    "ring": N_("Ring"),
    "ring_status": N_("Status of the ring"),
    "land": N_("Land"),
    "period": N_("Period"),
    "indicator": N_("Indicator"),
    "service": N_("Service"),
    "value": N_("Value"),
    "unit": N_("Unit"),
    "lower": N_("Lower bound"),
    "upper": N_("Upper bound"),
    "level": N_("Level"),
    "method": N_("Method"),
    "status": N_("Status"),
    "source": N_("Source"),
    "note": N_("Note"),
    "numerator": N_("Numerator"),
    "denominator": N_("Denominator"),
    "base": N_("Column that is divided by"),
    "n_months": N_("Months"),
    "marker": N_("Marker in place of a number"),
    "area_status": N_("Area of the value"),
    "time_base": N_("What the period means"),
    "se": N_("Standard error"),
    "p": N_("p"),
    "n": N_("n"),
    "reference": N_("Reference"),
    "reference_value": N_("Value of the reference"),
    "n_reference": N_("Municipalities of the reference"),
    "distance": N_("Distance"),
    "label": N_("Label"),
    "label_poisson": N_("Label by chance alone"),
    "quarter": N_("Quarter of the ring"),
    "centre": N_("Centre"),
    "limits_centre": N_("Centre"),
    "exposure": N_("Denominator"),
    "flag": N_("Position"),
    "z": N_("z"),
    "estimate": N_("Estimate"),
    "grade": N_("Grade"),
    "weight": N_("Weight"),
    "raw": N_("Observed"),
    "mean": N_("Mean"),
    "position": N_("Order"),
    "neighbour": N_("Neighbour"),
    "type": N_("Type"),
    "kind": N_("Kind"),
    "partner": N_("Partner"),
    "peer": N_("Peer"),
    "feature": N_("Feature"),
    "variable": N_("Variable"),
    "role": N_("Role"),
    "gain": N_("Gain"),
    "score": N_("Score"),
    "bias": N_("Bias"),
    "rank": N_("Rank"),
    "shrunken": N_("Shrunken"),
    "corrected": N_("Corrected for bias"),
    "difference": N_("Difference"),
    "own": N_("Own value"),
    "theirs": N_("Value of the partner"),
    "partner_name": N_("Partner"),
    "neighbour_name": N_("Neighbour"),
    "p_holm": N_("p (Holm)"),
    "better": N_("Surely better"),
    "scale": N_("Returns to scale"),
    "silhouette": N_("Silhouette"),
    "nearest_name": N_("Nearest"),
    "randlage": N_("At the edge"),
    "term": N_("Term"),
    "outcome": N_("Outcome"),
    "model": N_("Model"),
    "inference": N_("Inference"),
    "benchmark": N_("Benchmark"),
    "mde": N_("Smallest detectable difference"),
    "hat": N_("Leverage"),
    "cook": N_("Cook's distance"),
    "dfbeta": N_("Change"),
    "observed": N_("Observed"),
    "expected": N_("Expected"),
    "minimum": N_("Smallest"),
    "maximum": N_("Largest"),
    "share_one_sign": N_("Share of one sign"),
    "share_significant": N_("Share p < .05"),
    "p_median": N_("p of the median"),
    "n_specifications": N_("Models"),
    "share_positive": N_("Share above zero"),
    "sample": N_("Sample"),
    "group": N_("Without"),
    "df": N_("Degrees of freedom"),
    "p_signs": N_("p by signs"),
    "municipalities": N_("Municipalities"),
    "n_changing": N_("It changes in"),
    "effective_clusters": N_("Effective clusters"),
    "lowest": N_("Lowest"),
    "highest": N_("Highest"),
    "estimator": N_("Estimator"),
    "truth": N_("Truth"),
    "bias_pct": N_("Bias (%)"),
    "coverage_pct": N_("Coverage (%)"),
    "power_pct": N_("Power (%)"),
    "rejected_pct": N_("Rejected (%)"),
    "size_pct": N_("Size (%)"),
    "scenario": N_("Scenario"),
    "largest_leverage": N_("Largest leverage"),
    "minimum_detectable": N_("Smallest detectable difference"),
    "left": N_("Left after the confounder"),
    "delta": N_("Oster's delta"),
    "k": N_("Times as strong"),
    "partial_r2": N_("Partial R²"),
    "RV": N_("Robustness value"),
    "RV_alpha": N_("Robustness value of the interval"),
    "step": N_("Step"),
    "per": N_("Per"),
    "sd": N_("Standard deviation"),
    "item": N_("Item"),
    "omega": N_("ω"),
    "phi": N_("φ"),
    "tau": N_("τ"),
    "variant": N_("Variant"),
    "outside_additive": N_("Outside"),
    "outside_naive": N_("Outside by chance alone"),
    "flagged_pct": N_("Flagged where nobody is unusual (%)"),
    "limits_pct": N_("Limits (%)"),
    "fifth": N_("Fifth"),
    "n_units": N_("Municipalities"),
    "smallest": N_("Smallest"),
    "largest": N_("Largest"),
    "next_period": N_("Next period"),
    "differ": N_("Different by chance alone"),
    "turned": N_("Of these the other way round in the next period"),
    "quarter_near": N_("Quarter of the neighbours"),
    "quarter_changes": N_("Quarter changes"),
    "share_between": N_("Share of variance between rings (%)"),
    "in_ring": N_("Neighbours in the same ring, of ten"),
    "in_type": N_("Neighbours of the same type, of ten"),
    "found": N_("Found of three unusual ones (share)"),
    "among": N_("Among"),
    "resampling": N_("Resampling"),
    "measure": N_("Measure"),
    "target": N_("Target"),
    "slack": N_("Of it slack"),
    "n_rings": N_("Rings"),
    "draws": N_("Draws"),
    "peer_name": N_("Peer"),
    "share": N_("Quantile (%)"),
    "reason": N_("Reason"),
    # of the official figures and the register
    "population_2005": N_("Population 2005 (1,000)"),
    "ags_2008": N_("Key 2008"),
    "ags_2021": N_("Key 2021"),
    "successor_note": N_("What became of the area"),
    "published_ring": N_("Published ring"),
    "criterion": N_("Criterion"),
    "cut": N_("Cut"),
    "ring_beyond": N_("Ring beyond the cut"),
    "verdict": N_("Verdict"),
    "figure_id": N_("Figure"),
    "figures": N_("Figures"),
    "family": N_("Family"),
    "check": N_("Check"),
    "printed": N_("Printed"),
    "official": N_("Computed"),
    "bridge": N_("Bridge"),
    "bridged": N_("Bridged"),
    "deviation_pct": N_("Deviation (%)"),
    "explanation": N_("Explanation"),
    "reproduced": N_("reproduced"),
    "consistent": N_("consistent"),
    "not independent": N_("not independent"),
    "deviates": N_("deviates"),
    "not computable": N_("not computable"),
    "whole_column": N_("Whole column"),
    "single_cells": N_("Single cells"),
    "n_unusable": N_("Unusable values"),
    "jumps_69_pct": N_("Jumps, the 69 (%)"),
    "jumps_other_pct": N_("Jumps elsewhere (%)"),
    "median_69": N_("Median of the 69"),
    "median_other": N_("Median elsewhere"),
    "indicators": N_("Indicators"),
    "values": N_("Values"),
    # of the services
    "x_indicator": N_("Need"),
    "y_indicator": N_("Provision"),
    "incomplete": N_("Incomplete records"),
    "recorded": N_("Recorded (%)"),
    "recorded_cases": N_("Recorded cases, 2012"),
    "estimated_need": N_("Estimated need"),
    "per_100_in_need": N_("Recorded per 100 in need"),
    "need_per_100_elb": N_("Need per 100 eLb"),
    "recorded_per_100_elb": N_("Recorded per 100 eLb"),
    "within_two_weeks": N_("Within two weeks (% of municipalities)"),
    "by itself": N_("by itself"),
    "contracted": N_("contracted"),
    "both": N_("both"),
    "evenness": N_("Evenness"),
    "approximate": N_("About"),
    "counted": N_("Who is counted"),
    "certainty": N_("Source grade"),
    "definition_note": N_("What is counted"),
    "per_100_ehb": N_("Per 100 eHb"),
    "per_1000_inhabitants": N_("Per 1,000 inhabitants"),
    "first_year": N_("From"),
    "last_year": N_("To"),
}
"""Columns of tables and answers."""

SERVICES = {
    "childcare": N_("childcare"),
    "care": N_("home care"),
    "debt": N_("debt counselling"),
    "psychosocial": N_("psychosocial support"),
    "addiction": N_("addiction counselling"),
    "together": N_("all five"),
}
"""The five services; a name of its own beside `COLUMNS`, since ``debt`` is an indicator too."""

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
    N_("12 months"), N_("mean of the last 12 months"), N_("year on year"),
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
    try:
        return indicator(name).label(language(lang))
    except UnknownIndicatorError:
        return name


def column_label(name: str, lang: str | None = None) -> str:
    """Words for a column of the package's own designs; the name itself if neither `COLUMNS` nor catalogue knows it.

    Only for whoever knows that the column is one of them: a researcher's column may bear the same name.

    Examples
    --------
    >>> column_label("ln_density", "de"), column_label("my_own_column")
    ('Einwohner je km² (ln)', 'my_own_column')
    """
    return translate(COLUMNS[name], lang) if name in COLUMNS else indicator_label(name, lang)


def column_head(name: str, lang: str | None = None) -> str:
    """Head of a column of a table; of what is none of `HEADS`, its `column_label`.

    Examples
    --------
    In a sentence or as a regressor a ring is a ring, above a column it is a headline:

    >>> column_head("ring"), column_head("reference_value", "de"), column_head("unemployment_rate")
    ('Ring', 'Wert der Referenz', 'Unemployment rate')
    """
    return translate(HEADS[name], lang) if name in HEADS else column_label(name, lang)


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
    columns = {name: column_label(name, lang) for name in (*(entry.name for entry in entries()), *COLUMNS)}
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
    try:
        return indicator(name).axis(language(lang))
    except UnknownIndicatorError:
        return name


def unit_of(name: str, english: str, lang: str | None = None) -> str:
    """Unit of an indicator in the language asked for; as in the value table if the catalogue does not know it."""
    try:
        known = indicator(name)
    except UnknownIndicatorError:
        return english
    return known.unit_de if language(lang) == "de" else known.unit_en


def decimals_of(name: str) -> int:
    """Digits behind the decimal mark; one if the catalogue does not know the indicator."""
    try:
        return indicator(name).decimals
    except UnknownIndicatorError:
        return 1
