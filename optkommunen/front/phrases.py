"""The words of tables: what stands in cells, and what the bounds of an answer are called."""

from __future__ import annotations

from collections.abc import Mapping

from optkommunen.comparison.funnel import FEW
from optkommunen.comparison.position import NOBODY
from optkommunen.comparison.quarters import TOO_FEW
from optkommunen.data.labels import SERVICES, axis_label, column_label, method_name, model_name
from optkommunen.indicators.aggregate import GERMANY
from optkommunen.words import N_, Note, noted, translate

BOUNDS = {
    "interval": N_("{level}% interval"),
    "funnel limits": N_("{level}% funnel limits"),
    "ranks": N_("{level}% set of ranks"),
    "simultaneous ranks": N_("{level}% set of ranks, whole table"),
    "distance_interval": N_("{level}% interval of the distance"),
}
"""What the bounds of an answer are called."""

STATUS = {
    "observed": N_("observed"), "published": N_("published"), "derived": N_("derived"), "estimated": N_("estimated"),
    "synthetic": N_("synthetic (invented)"), "unusable": N_("unusable"), "suppressed": N_("suppressed"),
    "missing": N_("missing"), "unknown": N_("unknown"),
}  # fmt: skip

VERDICTS = {
    "better": N_("better"), "similar": N_("similar"), "worse": N_("worse"), "higher": N_("higher"),
    "lower": N_("lower"), "not assessed": N_("not assessed"), "inside": N_("inside"), "high": N_("above"),
    "low": N_("below"),
}  # fmt: skip
"""Labels of a comparison, flags of a funnel."""

VARIANTS = {"corrected": N_("corrected"), "winsorised": N_("winsorised"), "plain": N_("plain")}
RESAMPLINGS = {"variable left out": N_("variable left out"), "bootstrap": N_("bootstrap")}
MEASURES = {
    "adjusted_rand": N_("adjusted Rand index"),
    "jaccard": N_("Jaccard"),
    "interval_s": N_("interval by chance alone holds the lasting rate"),
    "interval_s_omega": N_("interval with the change between years holds the lasting rate"),
    "interval_years": N_("interval of the mean of three years holds the lasting rate"),
    "called_different_s": N_("called better or worse, by chance alone"),
    "called_different_s_omega": N_("called better or worse, with the change between years"),
    "marginal_s": N_("rank sets, one municipality, by chance alone: hold its lasting rank"),
    "marginal_s_omega": N_("rank sets, one municipality, with the change between years: hold its lasting rank"),
    "simultaneous_s": N_("rank sets, whole table, by chance alone: hold all ranks"),
    "simultaneous_s_omega": N_("rank sets, whole table, with the change between years: hold all ranks"),
    "distinguishable_s_omega": N_("pairs surely in order, with the change between years"),
    "equal_marginal": N_("where all are equal: one municipality told apart (5 % promised)"),
    "equal_simultaneous": N_("where all are equal: any pair told apart (5 % promised)"),
    "equal_simultaneous_normal": N_("the same where the estimated ω is taken as known"),
    "interval_shrunken_year": N_("interval of the rates shrunken from one year holds the lasting rate"),
    "interval_shrunken_years": N_("interval of the rates shrunken from the mean of three years holds the lasting rate"),
    "error_shrunken_to_raw_year": N_("squared error of the shrunken rates of one year, share of that of the raw"),
    "error_shrunken_to_raw_years": N_("squared error of the shrunken means of three years, share of that of the raw"),
}
"""Measures of stability, and those of the study of coverage."""
ROLES = {"input": N_("input"), "output": N_("output"), "fixed": N_("fixed input")}
AMONG = {"ring": N_("ring"), "neighbours": N_("neighbours")}

SCALES = {"constant": N_("constant returns"), "variable": N_("variable returns")}

REFERENCES = {
    "rest of the ring": N_("rest of the ring"), "median of the ring": N_("median of the ring"), "all": N_("all"),
    "chosen peers": N_("chosen peers"), "own neighbours": N_("own neighbours"),
    "median of the own neighbours": N_("median of the own neighbours"),
}  # fmt: skip

AGAINST = {
    "rest of the ring": N_("the rest of the ring"), "median of the ring": N_("the median of the ring"),
    "all": N_("all together"), "own neighbours": N_("their own neighbours"),
    "median of the own neighbours": N_("the median of their own neighbours"),
}  # fmt: skip
"""References behind "against", in German in the accusative; another as `REFERENCES`."""

REGIONS = {"east": N_("east"), "west": N_("west"), GERMANY: N_("Germany")}
PRINTED_TOGETHER = {"addiction_psychosocial": N_("psychosocial support or addiction counselling")}
COUNTED = {
    "all inhabitants": N_("all inhabitants"), "all": N_("all counted, all recorded"), "system": N_("case system only"),
    "both": N_("both counts"),
}  # fmt: skip
"""Whom a published count is of, and what returns count of those served."""
THIRDS = {"least need": N_("least need"), "middle": N_("middle third"), "most need": N_("most need")}
SCENARIOS = {
    "complete": N_("complete"), "own_need": N_("need of its own"), "under_recording": N_("under-recording"),
    "no_effect": N_("nothing there"),
}  # fmt: skip
"""How invented places were generated."""

CELLS = {
    "label": VERDICTS, "label_poisson": VERDICTS, "flag": VERDICTS, "status": STATUS, "ring_status": STATUS,
    "scale": SCALES, "reference": REFERENCES, "ring": REFERENCES | REGIONS,
    "service": SERVICES | PRINTED_TOGETHER,
    "against": REFERENCES | AGAINST, "region": REGIONS, "counted": COUNTED, "third": THIRDS, "variant": VARIANTS,
    "resampling": RESAMPLINGS, "measure": MEASURES, "role": ROLES, "among": AMONG,
    "scenario": SCENARIOS,
}  # fmt: skip
"""Words of a column, by what stands in it."""

NAMES = ("indicator", "variable", "feature", "term", "outcome", "criterion", "benchmark")
"""Columns that hold the names of others."""
AXES = ("x_indicator", "y_indicator")
"""Columns that hold the names of the axes of a figure: said with their unit."""


ROWS = {str(note): note for note in (FEW, TOO_FEW, *(Note(NOBODY, name=Note(name)) for name in REFERENCES))}
"""Notes of rows that hold a number which never changes, or the name of a reference."""


def cell(column: str, text: str, lang: str | None = None, known: Mapping[str, str] = ROWS) -> str:
    """What stands in a cell of words in the language asked for; anything else as it is.

    Parameters
    ----------
    known : mapping of str to Note, default ROWS
        What a column of a frame, which holds text only, says in notes: by their English.

    Examples
    --------
    >>> cell("label", "better", "de"), cell("status", "synthetic", "de"), cell("service", "debt", "en")
    ('besser', 'erfunden', 'debt counselling')
    """
    if column == "note":
        return "; ".join(noted(known.get(part, part), lang) for part in text.split("; "))
    if column == "among" and ", " in text:
        return ", ".join(cell(column, part, lang) for part in text.split(", "))
    if column == "verdict":
        return noted(text, lang)
    if column in ("inference", "sample", "group"):
        return model_name(text, lang)
    if column in ("model", "estimator"):
        return method_name(text, lang)
    if column in NAMES:
        return column_label(text, lang)
    if column in AXES:
        return axis_label(text, lang)
    words = CELLS.get(column, {})
    return translate(words[text], lang) if text in words else text


def bounds_head(kind: str, level: str, lang: str | None = None) -> str:
    """Head of a pair of bounds, which says what they are and their level.

    Examples
    --------
    >>> bounds_head("funnel limits", "95", "en"), bounds_head("interval", "", "de"), bounds_head("range", "", "en")
    ('95% funnel limits', 'Grenzen', 'Range')
    """
    if not level:
        return translate("Range", lang) if kind == "range" else translate("Bounds", lang)
    return translate(BOUNDS[kind], lang, level=level) if kind in BOUNDS else kind
