"""From whom one can learn: who is surely better under similar conditions, and what they do differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from optkommunen.comparison.gate import validate_units
from optkommunen.comparison.measure import Best, sign_of
from optkommunen.data.register import municipalities
from optkommunen.errors import ComparisonError
from optkommunen.indicators.intervals import tail_of
from optkommunen.p_values import holm
from optkommunen.validate import require_columns, require_once
from optkommunen.values import KEY, RESULT_COLUMNS, STATUSES, status_without, worst
from optkommunen.words import N_, number, translate

NO_OWN_VALUE = N_("it has no value or no standard error itself")
NO_CANDIDATE = N_("nobody else in its group has a value and a standard error")
SOMEBODY = N_("Of {n} compared, surely better than {own} ({test}): {better}.")
NOBODY = N_("Of {n} compared, nobody is surely better than {own} ({test}); what differs may be chance.")
NOBODY_BETTER = "nobody is surely better"

_COMPARISONS = [
    KEY, "partner", *RESULT_COLUMNS, "own", "theirs", "se", "p", "p_holm", "better", "status", "note",
]  # fmt: skip
_FEATURES = [KEY, "partner", "feature", "service", "own", "theirs", "difference", "unit", "status", "note"]


@dataclass(frozen=True, eq=False)
class Partners:
    """Answer for one municipality: everybody compared, and what those do differently who are surely better.

    Attributes
    ----------
    kommune : who asks.
    comparisons : ``kommune, partner, value, lower, upper, level, method, own, theirs, se, p, p_holm, better, status,
        note``, one row for each candidate, the best first. ``value`` is their indicator minus one's own, the interval
        that of this one difference; ``p`` is one-sided against "not better", ``p_holm`` adjusted for all candidates;
        ``better`` says that they are surely better. ``note`` says why somebody could not be compared.
    features : ``kommune, partner, feature, service, own, theirs, difference, unit, status, note``, one row for each
        partner who is surely better and each feature: an association to ask about on a visit, nothing more.
    reason : why there is nobody, in words; empty if there is somebody.
    """

    kommune: str
    comparisons: pd.DataFrame = field(repr=False)
    features: pd.DataFrame = field(repr=False)
    reason: str

    @property
    def better(self) -> list[str]:
        """Keys of the learning partners, the best first."""
        return self.comparisons.loc[self.comparisons["better"], "partner"].tolist()

    def sentence(self, lang: str | None = None, names: Mapping[str, str] | pd.Series | None = None) -> str:
        """The answer in one sentence.

        Parameters
        ----------
        lang : {"de", "en"}, optional
            None: the session's.
        names : name of each key (a mapping or a Series); the 69 have theirs, anybody else is named by key.

        Examples
        --------
        >>> values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 4.0], "se": 0.2})
        >>> ring = values[["kommune"]].assign(ring="R-I")
        >>> learning_partners(values, "M01", ring).sentence("en")
        'Of 2 compared, surely better than M01 (one-sided 2.5 %, Holm): M03.'
        >>> learning_partners(values, "M03", ring).sentence("en")
        'Of 2 compared, nobody is surely better than M03 (one-sided 2.5 %, Holm); what differs may be chance.'
        >>> learning_partners(values, "M01", ring).sentence("en", {"M03": "Musterkommune 03"})
        'Of 2 compared, surely better than M01 (one-sided 2.5 %, Holm): Musterkommune 03.'
        """
        compared = int((self.comparisons["note"] == "").sum())
        words = municipalities().set_index(KEY)["name"].to_dict() | dict({} if names is None else names)
        own = words.get(self.kommune, self.kommune)
        if not compared:
            why = translate(self.reason, lang)
            return translate("No comparison is possible for {own}: {why}.", lang, own=own, why=why)
        percent = f"{100 * tail_of(float(self.comparisons['level'].iloc[0])):g}"
        digits = len(percent.partition(".")[2])
        test = translate("one-sided {percent} %, Holm", lang, percent=number(float(percent), digits, lang))
        better = ", ".join(words.get(key, key) for key in self.better)
        text = SOMEBODY if better else NOBODY
        return translate(text, lang, n=compared, own=own, test=test, better=better)


def learning_partners(
    values: pd.DataFrame,
    kommune: str,
    among: pd.DataFrame,
    practice: pd.DataFrame | None = None,
    *,
    best: Best = "high",
    level: float = 0.95,
) -> Partners:
    """Who among the own ring or the nearest neighbours is surely better, and what they do differently.

    Each candidate's difference ``d = x_theirs - x_own`` has ``se = √(s_theirs² + s_own²)``; better is who has a
    one-sided p below ``(1 - level)/2`` after Holm's adjustment over all candidates, so a false partner among them is
    named with that probability at most. Give means of three years and their standard errors with the transient
    variance, √((s² + ω²)/3): who was best in a single year is seldom best in the next.

    Parameters
    ----------
    values : DataFrame with ``kommune, value, se``; ``status`` where there is one.
    kommune : who asks.
    among : ``kommune, ring`` (the own ring), or the result of `neighbours.nearest` (the own neighbours).
    practice : result of `service_profile`, or one's own long table ``kommune, feature, service, value,
        unit``; None leaves the features out.
    best : which end is good; the polarity of the catalogue does as well.
    level : of the intervals; the test is one-sided at half its complement.

    Returns
    -------
    `Partners`

    Raises
    ------
    ComparisonError
        Who asks is not in `values` or in no group; two units without any standard error; a malformed table.
    ForeignUnitError
        A unit outside the closed set.

    References
    ----------
    Holm 1979.

    Examples
    --------
    >>> values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [2.0, 2.1, 4.0], "se": 0.2})
    >>> ring = values[["kommune"]].assign(ring="R-I")
    >>> learning_partners(values, "M01", ring).better
    ['M03']
    """
    sign, tail = sign_of(best), tail_of(level)
    data = validate_units(values, counts=["se"], numbers=["value"]).set_index(KEY)
    if kommune not in data.index:
        message = f"Who asks is among the values compared; {kommune!r} is not. Found: {', '.join(data.index)}."
        raise ComparisonError(message)
    candidates = _candidates(kommune, among)
    own, others = data.loc[kommune], data.reindex(candidates.index)
    table = pd.DataFrame(
        {KEY: kommune, "partner": candidates.index, "own": own["value"], "theirs": others["value"].array}
    )
    table["value"] = table["theirs"] - table["own"]
    table["se"] = np.sqrt(others["se"].to_numpy() ** 2 + own["se"] ** 2)
    _check_errors(table)
    reach = stats.norm.isf(tail) * table["se"]
    table["lower"], table["upper"] = table["value"] - reach, table["value"] + reach
    table["level"], table["p"] = level, stats.norm.sf(sign * table["value"] / table["se"])
    table["p_holm"] = holm(table["p"].dropna()).reindex(table.index)
    table["better"] = table["p_holm"] <= tail
    table["method"] = np.where(table["p"].notna(), "normal, one-sided, Holm", "none")
    given = others["status"].fillna("missing")
    asks_status = pd.Series(str(own["status"]), index=candidates.index, dtype="str")
    table["status"] = worst(given, asks_status, candidates).to_numpy()
    asks = "" if pd.notna(own["value"]) and pd.notna(own["se"]) else "no value or standard error of who asks"
    theirs = others["value"].isna().to_numpy() | others["se"].isna().to_numpy()
    table["note"] = np.where(theirs, N_("no value or standard error"), asks)
    order = (-sign * table["value"]).sort_values(kind="stable").index  # candidates come sorted by key
    table = table.loc[order, _COMPARISONS].reset_index(drop=True)
    reason = ""
    if not table["better"].any():
        reason = NO_OWN_VALUE if asks else NOBODY_BETTER if table["p"].notna().any() else NO_CANDIDATE
    features = _features(kommune, table.loc[table["better"], "partner"].tolist(), practice)
    return Partners(kommune, table, features, reason)


def largest_differences(features: pd.DataFrame, n: int = 2) -> pd.DataFrame:
    """The n largest differences of each feature, of whichever partner and service.

    Parameters
    ----------
    features : DataFrame
        Of `Partners`.
    n : int, default 2

    Examples
    --------
    >>> rows = {"feature": ["waiting"] * 3 + ["coverage"], "difference": [1.0, -9.0, 0.0, 2.0]}
    >>> largest_differences(pd.DataFrame(rows), n=1)["difference"].tolist()
    [-9.0, 2.0]
    """
    size = features["difference"].abs()
    rows = features[size > 0].loc[size[size > 0].sort_values(ascending=False, kind="stable").index]
    order = features["feature"].drop_duplicates().tolist()
    return rows.groupby("feature").head(n).sort_values("feature", key=lambda f: f.map(order.index), kind="stable")


def _candidates(kommune: str, among: pd.DataFrame) -> pd.Series:
    """The other members of the own ring, or the own neighbours, by key in its order: how sure their place is."""
    if KEY not in among.columns or not {"ring", "neighbour"} & set(among.columns):
        message = (
            f"Candidates are a table of rings ({KEY}, ring) or of neighbours ({KEY}, neighbour); found the columns "
            f"{', '.join(map(str, among.columns))}."
        )
        raise ComparisonError(message)
    own = among[among[KEY] == kommune]
    if own.empty:
        message = f"Who asks has a ring or neighbours; {kommune} is not in the table. Add it."
        raise ComparisonError(message)
    if "neighbour" in among.columns:
        places = own[own["neighbour"].fillna("") != ""].drop_duplicates("neighbour").set_index("neighbour")
        validate_units(pd.DataFrame({KEY: [kommune, *places.index.difference([kommune])]}), fewest=1)
    else:
        rings = validate_units(among, others=["ring"]).set_index(KEY)
        ring = rings["ring"].fillna("")
        if not ring[kommune]:
            message = f"Who asks has a ring; that of {kommune} is empty. Give it one, or ask among its neighbours."
            raise ComparisonError(message)
        places = rings[ring == ring[kommune]]
    status = places["status"] if "status" in among.columns else pd.Series(STATUSES[0], index=places.index, dtype="str")
    if "neighbour" not in among.columns:
        status = worst(status, pd.Series(str(status[kommune]), index=status.index, dtype="str"))
    return status.drop(kommune, errors="ignore").sort_index()


def _check_errors(table: pd.DataFrame) -> None:
    exact = table.loc[table["value"].notna() & (table["se"] == 0), "partner"]
    if len(exact):
        message = (
            f"A difference is tested by its standard error; that of {table[KEY].iloc[0]} and {', '.join(exact)} is 0. "
            "Full counts have no error to test by: show their difference instead."
        )
        raise ComparisonError(message)


def _features(kommune: str, partners: list[str], practice: pd.DataFrame | None) -> pd.DataFrame:
    """Every feature of every partner beside one's own."""
    if practice is None or not partners:
        return pd.DataFrame(columns=_FEATURES)
    way_out = "It is a long table, such as that of indicators.service_profile."
    require_columns(practice, [KEY, "feature", "value"], "Practice needs", way_out, ComparisonError)
    defaults = {"service": "", "unit": "", "status": status_without(practice[KEY]), "note": ""}
    long = practice.assign(**{name: text for name, text in defaults.items() if name not in practice.columns})
    rule = "A feature has one value for each unit and service"
    require_once(long, [KEY, "feature", "service"], rule, "Choose one year.", ComparisonError)
    what = long[["feature", "service", "unit"]].drop_duplicates(["feature", "service"])
    table = pd.DataFrame({"partner": partners}).merge(what, how="cross")
    columns = ["feature", "service", "value", "status", "note"]
    own = long.loc[long[KEY] == kommune, columns].rename(columns={"value": "own"})
    theirs = long[[KEY, *columns]].rename(columns={"value": "theirs", KEY: "partner"})
    table = table.merge(theirs, on=["partner", "feature", "service"], how="left")
    table = table.merge(own, on=["feature", "service"], how="left", suffixes=("_theirs", "_own"))
    table[KEY], table["difference"] = kommune, table["theirs"] - table["own"]
    table["status"] = worst(table["status_own"].fillna("missing"), table["status_theirs"].fillna("missing"))
    table["note"] = [_both_notes(*both) for both in zip(table["note_own"], table["note_theirs"], strict=True)]
    return table[_FEATURES]


def _both_notes(own: str | float, theirs: str | float) -> str:
    told = {"own": own, "theirs": theirs}
    texts = {side: text if isinstance(text, str) else "not in the table" for side, text in told.items()}
    return "; ".join(f"{side}: {text}" for side, text in texts.items() if text)
