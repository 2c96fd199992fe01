"""The words of tables and summaries: heads of columns, what stands in cells, sentences."""

from __future__ import annotations

from optkommunen.data.catalogue import Lang
from optkommunen.figures import terms
from optkommunen.figures.texts import LANGUAGES, WORDS, say

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
}
"""Columns of answers; what is not here has the words of `terms.term`."""

INTERVALS: dict[str, tuple[str, str]] = {
    "interval": ("{level}-%-Intervall", "{level}% interval"),
    "funnel limits": ("{level}-%-Grenzen des Trichters", "{level}% funnel limits"),
    "ranks": ("Ränge zu {level} %", "{level}% set of ranks"),
    "distance": ("{level}-%-Intervall des Abstands", "{level}% interval of the distance"),
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

REFERENCE: dict[str, tuple[str, str]] = {
    "rest of the ring": ("übriger Ring", "rest of the ring"),
    "median of the ring": ("Median des Rings", "median of the ring"),
    "all": ("alle", "all"),
    "chosen peers": ("gewählte Kommunen", "chosen peers"),
}


def _in(pair: tuple[str, str], lang: Lang) -> str:
    return pair[LANGUAGES.index(lang)]


def head(column: str, lang: Lang) -> str:
    """Words for a column; its name where nobody has words for it.

    Examples
    --------
    >>> head("reference_value", "de"), head("unemployment_rate", "en"), head("my_own", "en")
    ('Wert der Referenz', 'Unemployment rate', 'my_own')
    """
    return _in(HEADS[column], lang) if column in HEADS else terms.term(column, lang)


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
        key = f"{column.partition('_')[0]}_{text}"
        return say(key, lang) if key in WORDS else text
    if column in ("status", "ring_status"):
        return _in(STATUS[text], lang) if text in STATUS else text
    if column == "service":
        return terms.service(text, lang)
    if column == "reference":
        return _in(REFERENCE[text], lang) if text in REFERENCE else text
    if column in ("indicator", "variable", "feature", "term", "outcome"):
        return terms.term(text, lang)
    return text
