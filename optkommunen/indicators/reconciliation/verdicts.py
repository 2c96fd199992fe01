"""A verdict on every published figure: how the official leg, or another printed figure, agrees with it."""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import resources
from typing import Any

import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.indicators.reconciliation import bridges, cross_checks
from optkommunen.indicators.reconciliation.printed import Comparison, Figure, Printed
from optkommunen.loaders.bundled import load_published
from optkommunen.validate import require_columns
from optkommunen.words import N_

VERDICTS = (N_("reproduced"), N_("consistent"), N_("not independent"), N_("deviates"), N_("not computable"))
FIGURE_COLUMNS = (
    "figure_id", "scope", "kommune", "name", "indicator", "period", "value", "unit", "approximate", "certainty",
    "definition_note", "source",
)  # fmt: skip
COLUMNS = (
    *FIGURE_COLUMNS, "official", "bridge", "bridged", "deviation_pct", "tolerance_pct", "verdict", "reason", "status",
    "check",
)  # fmt: skip
CHECK_COLUMNS = (
    "check", "figure_id", "value", "official", "bridge", "bridged", "deviation_pct", "tolerance_pct", "verdict",
    "reason", "status", "source",
)  # fmt: skip
_PERIOD = r"\d{4}(-\d{2}(-\d{2})?)?(/\d{4}(-\d{2}(-\d{2})?)?)?"


RULES: tuple[Callable[[Figure, Printed], Comparison | None], ...] = (
    cross_checks.broken_sum,
    bridges.traeger,
    bridges.same_time_base,
    bridges.december,
    bridges.all_together,
    cross_checks.formula,
    bridges.within_year,
    cross_checks.sum_of_years,
    cross_checks.arithmetic,
    cross_checks.second_source,
)
"""How a printed figure may be computed, in order: each gives a comparison, or None where it does not apply.

The first that gives an independent comparison decides, without one the first that gives any.
"""


@dataclass(frozen=True)
class Reason:
    """Why figures of a family are not computable; the first that matches is taken."""

    text: str
    scopes: Sequence[str] = ("*",)
    indicators: Sequence[str] = ("*",)
    before: int = 9999
    after: int = 0

    def fits(self, figure: Figure) -> bool:
        """Whether it speaks of this figure."""
        first, last = (month // 12 for month in figure.span)
        timely = last < self.before and first > self.after
        return timely and _matches(figure.scope, self.scopes) and _matches(figure.indicator, self.indicators)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@functools.cache
def _written() -> dict[str, list[dict[str, Any]]]:
    file = resources.files("optkommunen.indicators.reconciliation").joinpath("reconciliation.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def tolerances() -> pd.DataFrame:
    """The table of tolerances: how far a comparison may be off, and why so far.

    Returns
    -------
    DataFrame
        ``kind`` of comparison, ``indicators`` (patterns), ``pct`` of the printed value, ``because``; the first row
        that fits is taken.

    Examples
    --------
    Every tolerance says why it is as wide as it is:

    >>> bool((tolerances()["because"] != "").all())
    True
    """
    return pd.DataFrame(_written()["tolerance"]).assign(indicators=lambda t: t["indicators"].map(", ".join))


@functools.cache
def _reasons() -> tuple[Reason, ...]:
    return tuple(Reason(**entry) for entry in _written()["reason"])


def reconcile(published: pd.DataFrame | None = None) -> pd.DataFrame:
    """Verdict on each published figure.

    ``reproduced``: the official value of the same concept and time base agrees. ``consistent``: it agrees after the
    bridge named in ``bridge``, or another printed figure does. ``not independent``: it agrees, but only with what it
    was made of (the subtraction in its note, a provisional count and the final one expected from it), which tests
    nothing. ``deviates``: it does not, and ``reason`` says by how much and why, where that is known. ``not
    computable``: public data do not lead to it. Agreement is
    ``|deviation_pct| ≤ tolerance_pct``: the tolerance of the kind of comparison (`tolerances`) and what the print
    leaves open: half a unit of the last digit of each printed value that enters, at least 2.5 % where it says "about".

    Parameters
    ----------
    published : figures to judge, in the columns of ``load_published()``; None for the bundled ones.

    Returns
    -------
    DataFrame
        One row for each figure, in its order: the figure's own columns; ``official``, the package's own value before
        the bridge; ``bridge``; ``bridged``; ``deviation_pct = 100 × (bridged / value - 1)``; ``tolerance_pct``;
        ``verdict``; ``reason``, the row's own note first; ``status``, the worst of what entered, ``missing`` where
        nothing is computed; ``check``, name of a prominent check, else empty.

    Raises
    ------
    ValueTableError
        If a column is missing, an identifier occurs twice, a value or period cannot be read, or a value is synthetic.

    Examples
    --------
    Every figure has a verdict, and what is not reproduced or consistent says why:

    >>> frame = reconcile()
    >>> len(frame) == len(load_published()), sorted(frame["verdict"].unique()) == sorted(VERDICTS)
    (True, True)
    >>> bool((frame.loc[frame["verdict"].isin(["deviates", "not computable"]), "reason"] != "").all())
    True
    """
    frame = load_published() if published is None else _checked(published)
    figures = [_figure(row) for row in frame.to_dict("records")]
    printed = Printed(figures)
    judged = pd.DataFrame([_judge(figure, printed) for figure in figures], index=frame.index, columns=_JUDGED)
    checks = {entry["figure_id"]: entry["name"] for entry in _written()["check"]}
    judged["check"] = frame["figure_id"].map(checks).fillna("")
    return pd.concat([frame[list(FIGURE_COLUMNS)], judged], axis=1).reset_index(drop=True)


_JUDGED = ["official", "bridge", "bridged", "deviation_pct", "tolerance_pct", "verdict", "reason", "status"]


def _figure(row: dict[Any, Any]) -> Figure:
    note = row["definition_note"]
    return Figure(
        row["figure_id"], row["scope"], row["kommune"], row["name"], row["indicator"], row["period"],
        float(row["value"]), bool(row["approximate"]), note if isinstance(note, str) else "",
    )  # fmt: skip


def _judge(figure: Figure, printed: Printed) -> dict[str, object]:
    comparison = _compared(figure, printed) if figure.value else None
    if comparison is None:
        text = next(reason.text for reason in _reasons() if reason.fits(figure))
        reason = _joined(figure.note, text, bridges.beside(figure))
        return {"bridge": "", "verdict": "not computable", "reason": reason, "status": "missing"}
    deviation = 100 * (comparison.bridged / figure.value - 1)
    tolerance = _tolerance(comparison.kind, figure.indicator) + figure.rounding_pct + comparison.rounding_pct
    agreed = "reproduced" if comparison.kind == "same" else "consistent"
    verdict = agreed if comparison.independent else "not independent"
    reason = _joined(figure.note, *comparison.notes)
    if not math.isfinite(deviation) or abs(deviation) > tolerance:
        verdict = "deviates"
        reason = f"deviates by {_percent(deviation)}: {_joined(figure.note, comparison.because, *comparison.notes)}"
    return {
        "official": comparison.official, "bridge": comparison.bridge, "bridged": comparison.bridged,
        "deviation_pct": deviation, "tolerance_pct": tolerance, "verdict": verdict, "reason": reason,
        "status": comparison.status,
    }  # fmt: skip


def _compared(figure: Figure, printed: Printed) -> Comparison | None:
    """First comparison with an independent side; without one the first; None if no rule applies."""
    first: Comparison | None = None
    for rule in RULES:
        found = rule(figure, printed)
        if found is not None and found.independent:
            return found
        first = first or found
    return first


def _percent(deviation: float) -> str:
    """One decimal, or two digits where that would print zero."""
    return f"{deviation:+.1f} %" if abs(deviation) >= 0.05 else f"{deviation:+.2g} %"


def _joined(*texts: str) -> str:
    """Texts in order, what was said once left out the second time."""
    return "; ".join(dict.fromkeys(part for text in texts if text for part in text.split("; ")))


def _tolerance(kind: str, indicator: str) -> float:
    fitting = (t for t in _written()["tolerance"] if t["kind"] == kind and _matches(indicator, t["indicators"]))
    return next(fitting)["pct"]


def _checked(published: pd.DataFrame) -> pd.DataFrame:
    way_out = "Start from ok.load_published() and change or append rows."
    require_columns(published, FIGURE_COLUMNS, "Published figures need", way_out)
    statuses = published["status"] if "status" in published.columns else pd.Series("published", published.index)
    invented = published[statuses.eq("synthetic") | published["kommune"].str.match(r"M\d\d$")]
    twice = published[published["figure_id"].duplicated()]
    numbers = pd.to_numeric(published["value"], errors="coerce")
    unread = published[~numbers.map(math.isfinite) | ~published["period"].astype("str").str.fullmatch(_PERIOD)]
    for found, rule in (
        (invented, "Synthetic values never enter the reconciliation; drop those rows"),
        (twice, "A figure is identified by figure_id; give a second print of it a variant of its own"),
        (unread, "A figure has a number as value and a period YYYY, YYYY-MM, YYYY-MM-DD or start/end; correct the row"),
    ):
        if len(found):
            first = found.iloc[0]
            what = f"Found: {len(found)}, the first {first['figure_id']} (value {first['value']}, {first['period']})"
            message = f"{rule}. {what}."
            raise ValueTableError(message)
    return published.assign(value=numbers)


def prominent_checks(frame: pd.DataFrame) -> pd.DataFrame:
    """The independent checks of the official leg to show first, in a fixed order.

    Four bridged counts of December 2008, one more whose definition differs, and the sum over the municipalities
    against the only totals printed for all 69 (2006: plausibility, not proof; persons in BG do less well than eHb).

    Parameters
    ----------
    frame : result of `reconcile`.

    Returns
    -------
    DataFrame
        ``check, figure_id, printed, official, bridge, bridged, deviation_pct, tolerance_pct, verdict, reason, status,
        source``; checks whose figure is not in the frame are left out.

    Examples
    --------
    The four bridged counts agree within 2 %:

    >>> bool((prominent_checks(reconcile())["deviation_pct"][:4].abs() < 2).all())
    True
    """
    order = {entry["name"]: place for place, entry in enumerate(_written()["check"])}
    chosen = frame.loc[frame["check"].isin(order), list(CHECK_COLUMNS)]
    chosen = chosen.sort_values("check", key=lambda names: names.map(order), ignore_index=True)
    return chosen.rename(columns={"value": "printed"})


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """How many figures of each family have which verdict.

    Parameters
    ----------
    frame : result of `reconcile`.

    Returns
    -------
    DataFrame
        ``family``, one column for each verdict, ``figures`` (all of them); families in the order of the indicator
        dictionary, without figures left out.

    Examples
    --------
    No figure is lost:

    >>> table = summary(reconcile())
    >>> int(table["figures"].sum()) == len(load_published())
    True
    """
    families = [(entry["name"], entry["indicators"]) for entry in _written()["family"]]
    names = frame["indicator"].map(lambda i: next((n for n, patterns in families if _matches(i, patterns)), "other"))
    counts = pd.crosstab(names.rename("family"), frame["verdict"])
    counts = counts.reindex(
        [name for name, _ in families if name in counts.index] + ["other"] * ("other" in counts.index)
    )
    counts = counts.reindex(columns=list(VERDICTS), fill_value=0)
    return counts.assign(figures=counts.sum(axis=1)).rename_axis(columns=None).reset_index()
