"""The words of tables and summaries: heads of columns, what stands in cells, sentences."""

from __future__ import annotations

import functools
import re

from optkommunen.comparison.frontier.envelopment import caveats
from optkommunen.data.catalogue import Indicator, Lang, entries
from optkommunen.data.labels import SERVICES, column_label, service_name
from optkommunen.words import LANGUAGES, number

HEADS: dict[str, tuple[str, str]] = {
    "kommune": ("Schlüssel", "Key"),
    "name": ("Kommune", "Municipality"),
    "ring": ("Ring", "Ring"),
    "ring_status": ("Status des Rings", "Status of the ring"),
    "land": ("Land", "Land"),
    "period": ("Zeitraum", "Period"),
    "indicator": ("Indikator", "Indicator"),
    "service": ("Leistung", "Service"),
    "value": ("Wert", "Value"),
    "unit": ("Einheit", "Unit"),
    "level": ("Niveau", "Level"),
    "method": ("Verfahren", "Method"),
    "status": ("Status", "Status"),
    "source": ("Quelle", "Source"),
    "note": ("Anmerkung", "Note"),
    "numerator": ("Zähler", "Numerator"),
    "denominator": ("Nenner", "Denominator"),
    "se": ("Standardfehler", "Standard error"),
    "p": ("p", "p"),
    "n": ("n", "n"),
    "reference": ("Referenz", "Reference"),
    "reference_value": ("Wert der Referenz", "Value of the reference"),
    "n_reference": ("Kommunen der Referenz", "Municipalities of the reference"),
    "distance": ("Abstand", "Distance"),
    "label": ("Urteil", "Label"),
    "label_poisson": ("Urteil nach Zufall allein", "Label by chance alone"),
    "quarter": ("Viertel im Ring", "Quarter of the ring"),
    "centre": ("Mittel", "Centre"),
    "limits_centre": ("Mittel", "Centre"),
    "exposure": ("Nenner", "Denominator"),
    "flag": ("Lage", "Position"),
    "z": ("z", "z"),
    "estimate": ("Schätzwert", "Estimate"),
    "grade": ("Stufe", "Grade"),
    "weight": ("Gewicht", "Weight"),
    "raw": ("beobachtet", "Observed"),
    "mean": ("Mittel", "Mean"),
    "position": ("Platz", "Position"),
    "neighbour": ("Nachbar", "Neighbour"),
    "type": ("Typ", "Type"),
    "kind": ("Art", "Kind"),
    "partner": ("Partner", "Partner"),
    "peer": ("Vergleichskommune", "Peer"),
    "feature": ("Merkmal", "Feature"),
    "variable": ("Merkmal", "Variable"),
    "role": ("Rolle", "Role"),
    "gain": ("Abstand zur Spitze", "Gain"),
    "score": ("Effizienz", "Score"),
    "bias": ("Verzerrung", "Bias"),
    "rank": ("Rang", "Rank"),
    "shrunken": ("geschrumpft", "Shrunken"),
    "corrected": ("bereinigt um die Verzerrung", "Corrected for bias"),
    "difference": ("Unterschied", "Difference"),
    "own": ("eigener Wert", "Own value"),
    "theirs": ("Wert des Partners", "Value of the partner"),
    "partner_name": ("Partner", "Partner"),
    "neighbour_name": ("Nachbar", "Neighbour"),
    "p_holm": ("p (Holm)", "p (Holm)"),
    "better": ("sicher besser", "Surely better"),
    "scale": ("Skalenerträge", "Returns to scale"),
    "silhouette": ("Silhouette", "Silhouette"),
    "nearest_name": ("nächste Kommune", "Nearest"),
    "randlage": ("am Rand", "At the edge"),
    "term": ("Regressor", "Term"),
    "outcome": ("Ergebnis", "Outcome"),
    "model": ("Modell", "Model"),
    "inference": ("Inferenz", "Inference"),
    "benchmark": ("Vergleichsgröße", "Benchmark"),
    "mde": ("kleinster nachweisbarer Unterschied", "Smallest detectable difference"),
    "hat": ("Hebelwert", "Leverage"),
    "cook": ("Cooks Distanz", "Cook's distance"),
    "dfbeta": ("Änderung", "Change"),
    "observed": ("beobachtet", "Observed"),
    "expected": ("erwartet", "Expected"),
    "minimum": ("kleinster", "Smallest"),
    "maximum": ("größter", "Largest"),
    "share_one_sign": ("Anteil eines Vorzeichens", "Share of one sign"),
    "share_significant": ("Anteil p < 0,05", "Share p < .05"),
    "p_median": ("p des Medians", "p of the median"),
    "n_specifications": ("Modelle", "Models"),
    "partial_r2": ("partielles R²", "Partial R²"),
    "item": ("Angabe", "Item"),
    "reason": ("Grund", "Reason"),
}
"""Columns of answers; what is not here has the words of `column_label`."""

INTERVALS: dict[str, tuple[str, str]] = {
    "interval": ("{level}-%-Intervall", "{level}% interval"),
    "funnel limits": ("{level}-%-Grenzen des Trichters", "{level}% funnel limits"),
    "ranks": ("Ränge zu {level} %", "{level}% set of ranks"),
    "simultaneous ranks": ("Ränge zu {level} %, ganze Tabelle", "{level}% set of ranks, whole table"),
    "distance_interval": ("{level}-%-Intervall des Abstands", "{level}% interval of the distance"),
    "plain": ("Grenzen", "Bounds"),
}
"""What the bounds of an answer are called."""

STATUS: dict[str, tuple[str, str]] = {
    "observed": ("beobachtet", "observed"),
    "published": ("veröffentlicht", "published"),
    "derived": ("abgeleitet", "derived"),
    "estimated": ("geschätzt", "estimated"),
    "synthetic": ("erfunden", "synthetic (invented)"),
    "unusable": ("unbrauchbar", "unusable"),
    "suppressed": ("gesperrt", "suppressed"),
    "missing": ("kein Wert", "missing"),
    "unknown": ("unbekannt", "unknown"),
}

VERDICTS: dict[str, tuple[str, str]] = {
    "better": ("besser", "better"),
    "similar": ("ähnlich", "similar"),
    "worse": ("schlechter", "worse"),
    "higher": ("höher", "higher"),
    "lower": ("niedriger", "lower"),
    "not assessed": ("nicht beurteilt", "not assessed"),
    "inside": ("innerhalb", "inside"),
    "high": ("oberhalb", "above"),
    "low": ("unterhalb", "below"),
}
"""Labels of a comparison, flags of a funnel."""

SCALES: dict[str, tuple[str, str]] = {
    "constant": ("konstante Skalenerträge", "constant returns"),
    "variable": ("variable Skalenerträge", "variable returns"),
}

REFERENCE: dict[str, tuple[str, str]] = {
    "rest of the ring": ("übriger Ring", "rest of the ring"),
    "median of the ring": ("Median des Rings", "median of the ring"),
    "all": ("alle", "all"),
    "chosen peers": ("gewählte Kommunen", "chosen peers"),
    "own neighbours": ("eigene Nachbarn", "own neighbours"),
    "median of the own neighbours": ("Median der eigenen Nachbarn", "median of the own neighbours"),
}


AGAINST: dict[str, tuple[str, str]] = {
    "rest of the ring": ("den übrigen Ring", "the rest of the ring"),
    "median of the ring": ("den Median des Rings", "the median of the ring"),
    "all": ("alle zusammen", "all together"),
    "chosen peers": ("gewählte Kommunen", "chosen peers"),
    "own neighbours": ("die eigenen Nachbarn", "their own neighbours"),
    "median of the own neighbours": ("den Median der eigenen Nachbarn", "the median of their own neighbours"),
}
"""References behind "against"."""


def _in(pair: tuple[str, str], lang: Lang) -> str:
    return pair[LANGUAGES.index(lang)]


def head(column: str, lang: Lang) -> str:
    """Words for a column; its name where nobody has words for it.

    Examples
    --------
    >>> head("reference_value", "de"), head("unemployment_rate", "en"), head("my_own", "en")
    ('Wert der Referenz', 'Unemployment rate', 'my_own')
    """
    return _in(HEADS[column], lang) if column in HEADS else column_label(column, lang)


def percent(level: float, lang: Lang) -> str:
    """A level as whole per cent, or with the digits it has.

    Examples
    --------
    >>> percent(0.95, "de"), percent(0.998, "de")
    ('95', '99,8')
    """
    share = 100 * level
    return number(share, 0 if abs(share - round(share)) < 1e-9 else 1, lang)


def against(reference: str, lang: Lang) -> str:
    """What stands behind "against"."""
    return _in(AGAINST[reference], lang) if reference in AGAINST else reference


def yes_or_no(value: bool, lang: Lang) -> str:
    """A truth in words."""
    return _in(("ja", "yes") if value else ("nein", "no"), lang)


def bounds_head(kind: str, level: str, lang: Lang) -> str:
    """Head of a pair of bounds, which says what they are and their level.

    Examples
    --------
    >>> bounds_head("funnel limits", "95", "en")
    '95% funnel limits'
    """
    known = INTERVALS.get(kind if level else "plain", (kind, kind))
    return _in(known, lang).format(level=level)


def cell(column: str, text: str, lang: Lang) -> str:
    """What stands in a cell of words in the language asked for; anything else as it is.

    Examples
    --------
    >>> cell("label", "better", "de"), cell("status", "synthetic", "de"), cell("service", "debt", "en")
    ('besser', 'erfunden', 'debt counselling')
    """
    if column in ("label", "label_poisson", "flag"):
        return _in(VERDICTS[text], lang) if text in VERDICTS else text
    if column in ("status", "ring_status"):
        return _in(STATUS[text], lang) if text in STATUS else text
    if column == "service":
        return service_name(text, lang)
    if column == "note":
        return "; ".join(translated(part, lang) for part in text.split("; "))
    if column == "scale":
        return _in(SCALES[text], lang) if text in SCALES else text
    if column in ("reference", "ring"):
        return _in(REFERENCE[text], lang) if text in REFERENCE else text
    if column in ("indicator", "variable", "feature", "term", "outcome"):
        return column_label(text, lang)
    return text


SENTENCES: dict[str, tuple[str, str]] = {
    "group_neighbours": ("nächste Nachbarn", "nearest neighbours"),
    "among_types": ("{name} unter den Typen", "{name} among the types"),
    # compare
    "compared": (
        "{label}, {period}: {n} Kommunen gegen {reference}.",
        "{label}, {period}: {n} municipalities against {reference}.",
    ),
    "labels": (
        "Zum Niveau von {level} %: {counts}.",
        "At the level of {level}%: {counts}.",
    ),
    "one": (
        "{name}, {what}: {value}{interval}; {reference} {against}; Abstand {distance}: {label}.",
        "{name}, {what}: {value}{interval}; {reference} {against}; distance {distance}: {label}.",
    ),
    "label_means": (
        "Ein Urteil sagt, dass ein Unterschied sicher ist, nicht woran er liegt.",
        "A label says that a difference is sure, not what it is due to.",
    ),
    "no_label": (
        "Ohne Zähler und Nenner gibt es kein Intervall und kein Urteil, nur den Abstand zum Median.",
        "Without numerator and denominator there is no interval and no label, only the distance to the median.",
    ),
    "several": (
        "{n} Kommunen in {indicators} Kennzahlen gegen {reference}.",
        "{n} municipalities in {indicators} indicators against {reference}.",
    ),
    # funnel
    "funnel": (
        "{label}, {period}: {outside} von {n} Kommunen liegen außerhalb der {level}-%-Grenzen.",
        "{label}, {period}: {outside} of {n} municipalities lie outside the {level}% limits.",
    ),
    "dispersion": (
        "Die Varianz ist {phi}-mal so groß wie bei Zufall allein; nach dessen Grenzen lägen {naive} außerhalb.",
        "The variance is {phi} times that of chance alone, whose limits would put {naive} outside.",
    ),
    "funnel_means": (
        "Wer außerhalb liegt, ist ungewöhnlich für seine Größe; warum, sagt der Trichter nicht.",
        "Who lies outside is unusual for its size; the funnel does not say why.",
    ),
    # rank
    "ranked": (
        "{label}, {period}: von {pairs} Paaren der {n} Kommunen ist die Reihenfolge bei {share} % sicher.",
        "{label}, {period}: of {pairs} pairs of the {n} municipalities the order of {share}% is sure.",
    ),
    "best": (
        "Unter den besten {k} können {may} sein, {sure} sind es sicher.",
        "{may} may be among the best {k}; {sure} surely are.",
    ),
    "rank_of": (
        "{name}: Rang {rank}, mit den Daten vereinbar {lower} bis {upper}.",
        "{name}: rank {rank}, compatible with {lower} to {upper}.",
    ),
    "rank_means": (
        "Ein Rang ohne seine Menge ist kein Befund.",
        "A rank without its set is no finding.",
    ),
    # shrink
    "shrunken": (
        "{label}, {period}: {n} Kommunen, im Mittel zählt der eigene Wert mit {weight}.",
        "{label}, {period}: {n} municipalities; the own value counts {weight} on average.",
    ),
    "pooled": (
        "Die Kommunen unterscheiden sich nicht mehr als durch Zufall: Alle haben das Mittel.",
        "The municipalities differ no more than by chance: all have the mean.",
    ),
    "shrink_of": (
        "{name}: beobachtet {raw}, geschrumpft {value}{interval}.",
        "{name}: observed {raw}, shrunken {value}{interval}.",
    ),
    "shrink_means": (
        "Geschrumpfte Werte sind Schätzungen und stehen nie anstelle der beobachteten.",
        "Shrunken values are estimates and never stand in place of the observed ones.",
    ),
    # partners
    "partners_mean": (
        "Was die Partner anders machen, ist Anlass zu fragen, keine Ursache.",
        "What partners do differently is a reason to ask, not a cause.",
    ),
    # neighbours, types
    "neighbours": (
        "Je {k} nächste Nachbarn von {n} Kommunen nach {variables} Bedingungen.",
        "The {k} nearest neighbours each of {n} municipalities by {variables} conditions.",
    ),
    "neighbours_of": ("{name}: {names}.", "{name}: {names}."),
    "overlap": (
        "Ohne Logarithmen bleiben im Median {common} von {k} dieselben.",
        "Without logarithms {common} of {k} stay the same, in the median.",
    ),
    "in_ring": (
        "Im Mittel sind {mean} der {k} Nachbarn im selben Ring.",
        "On average {mean} of the {k} neighbours are in the same ring.",
    ),
    "types": (
        "{types} Typen von {n} Kommunen; mittlere Silhouette {silhouette}.",
        "{types} types of {n} municipalities; mean silhouette {silhouette}.",
    ),
    "types_edge": (
        "{edge} liegen am Rand ihres Typs: Der nächste Nachbar gehört zu einem anderen.",
        "{edge} are on the edge of their type: their nearest neighbour is of another.",
    ),
    "types_mean": (
        "Die Typen sind die dieses Pakets, nicht die des IAB.",
        "The types are of this package, not those of the IAB.",
    ),
    # frontier
    "frontier": (
        "{n} Kommunen, {period}: {efficient} auf dem Rand ({scale}); mittlere Effizienz {mean}.",
        "{n} municipalities, {period}: {efficient} on the frontier ({scale}); mean score {mean}.",
    ),
}  # fmt: skip

NOTES: dict[str, tuple[str, str]] = {
    "chance_alone": (
        "allein nach Zufall: ω² braucht drei Jahre, gefunden {n}",
        "by chance alone: ω² needs three years, found {n}",
    ),
    "published": (
        "{label}: ohne Zähler und Nenner veröffentlicht, darum kein Intervall und kein Urteil",
        "{label}: published without numerator and denominator, so no interval and no label",
    ),
    "full_count": (
        "{label}: eine Vollerhebung, darum kein Intervall und kein Urteil",
        "{label}: a full count, so no interval and no label",
    ),
    "no_value": ("niemand hat {period} einen Wert von {label}", "nobody has a value of {label} in {period}"),
    "no_reference": (
        "niemand hat einen Vergleich: In keinem Ring haben zwei Kommunen {period} einen Wert von {label}",
        "nobody has a reference: in no ring two municipalities have a value of {label} in {period}",
    ),
    "no_rows": ("die Tabelle hat keine Zeile einer Kommune", "the table has no row of a municipality"),
    "own_missing": (
        "{name} hat selbst keinen Wert oder keinen Standardfehler",
        "{name} has no value or no standard error itself",
    ),
    "no_candidate": (
        "niemand sonst in der Gruppe von {name} hat einen Wert und einen Standardfehler",
        "nobody else in the group of {name} has a value and a standard error",
    ),
    "few_neighbours": (
        "von {n} Kommunen mit allen Bedingungen hat keine {k} Nachbarn",
        "of {n} municipalities with all conditions none has {k} neighbours",
    ),
    "no_spread": (
        "die Werte streuen nicht mehr als durch Zufall: keine Rangfolge",
        "the values vary no more than by chance: no ranking",
    ),
    "reconstructed": (
        "Ringe: eigene Rekonstruktion nach der veröffentlichten Regel, nicht veröffentlicht.",
        "Rings: own reconstruction by the published rule, not published.",
    ),
    "rings_estimated": (
        "Ringe: geschätzte Zuordnung, nicht veröffentlicht.",
        "Rings: estimated assignment, not published.",
    ),
    # of the functions below the front
    "few_ranks": (
        "eine Rangfolge braucht zwei Kommunen mit Wert und Standardfehler, gefunden {n}",
        "a ranking needs two municipalities with value and standard error, found {n}",
    ),
    "few_units": (
        "dazu gehören {needed} Kommunen mit Wert, gefunden {n}",
        "this takes {needed} municipalities with a value, found {n}",
    ),
    "no_event": (
        "niemand hatte {period} ein Ereignis: {label}",
        "nobody had an event in {period}: {label}",
    ),
}  # fmt: skip


def sentence(key: str, lang: Lang = "en", **fields: object) -> str:
    """A sentence in the language asked for, its fields filled in.

    Examples
    --------
    >>> sentence("chance_alone", "de", n=1)
    'allein nach Zufall: ω² braucht drei Jahre, gefunden 1'
    """
    return _in(SENTENCES.get(key) or NOTES[key], lang).format(**fields)


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Notes in English as patterns, with their German ones."""
    found = []
    for german, english in NOTES.values():
        parts = re.split(r"\{(\w+)\}", english)
        pattern = "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
        found.append((re.compile(pattern), german))
    found += [(re.compile(re.escape(e)), g) for e, g in zip(caveats("en"), caveats("de"), strict=True)]
    return tuple(found)


def label_of(entry: Indicator | None, service: str, lang: Lang) -> str:
    """Label of an indicator, and of its service; ``value`` where it is none of the catalogue."""
    label = entry.label(lang) if entry is not None else _in(("Wert", "value"), lang)
    return f"{label}, {service_name(service, lang)}" if service else label


@functools.cache
def _german_labels() -> dict[str, str]:
    every = [(entry, service) for entry in (None, *entries()) for service in ("", *SERVICES)]
    return {label_of(*each, "en"): label_of(*each, "de") for each in every}


def translated(text: str, lang: Lang) -> str:
    """A note or reason, which an answer holds in English, in the language asked for; as it is if nobody has words.

    Examples
    --------
    >>> translated(sentence("chance_alone", n=2), "de")
    'allein nach Zufall: ω² braucht drei Jahre, gefunden 2'
    """
    if lang == "en":
        return text
    for pattern, german in _patterns():
        match = pattern.fullmatch(text)
        if match:
            fields = match.groupdict()
            if "label" in fields:
                fields["label"] = _german_labels().get(fields["label"], fields["label"])
            return german.format(**fields) if fields else german
    return text
