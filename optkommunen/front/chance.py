"""What rests on the error of chance: funnel, rank, shrink and partners, of one indicator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, get_args

import pandas as pd

from optkommunen.comparison.dispersion import Variant
from optkommunen.comparison.funnel import FEW, Funnel
from optkommunen.comparison.measure import Kind
from optkommunen.comparison.partners import (
    NO_CANDIDATE,
    NO_OWN_VALUE,
    largest_differences,
    learning_partners,
)
from optkommunen.comparison.ranks import SIMULTANEOUS, RankSets, distinguishable, top_k
from optkommunen.comparison.shrinkage import POOLED, eb_normal
from optkommunen.comparison.variance import between_variance
from optkommunen.errors import TooFewUnitsError
from optkommunen.front.comparing import named_rows, no_value
from optkommunen.front.given import LATEST, MEAN, Given, estimates, key_among, names_of, only, require_chance
from optkommunen.front.membership import groups
from optkommunen.front.result import Result, answered
from optkommunen.indicators.intervals import levels_of
from optkommunen.indicators.service_supply import service_profile
from optkommunen.returns.read import Returns
from optkommunen.values import KEY
from optkommunen.words import N_, Note

NO_SPREAD = N_("the values vary no more than by chance: no ranking")
ALL_ALIKE = N_("The municipalities differ no more than by chance: all have the mean.")

_PARTS = {
    "variants": {
        "columns": (
            "variant", "limits_pct", "phi", "tau", "outside_additive", "outside_naive", "flagged_pct", "status", "note",
        ),
        "digits": {"limits_pct": 1, "phi": 1, "tau": 2, "flagged_pct": 2},
    },
    "largest": {"columns": ("partner_name", "indicator", "service", "unit", "own", "theirs", "status")},
}  # fmt: skip
"""How parts are shown."""


def funnel(
    table: pd.DataFrame,
    *,
    period: int | str = LATEST,
    level: float | Iterable[float] = (0.95, 0.998),
    variant: Variant = "corrected",
    kind: Kind | None = None,
    polarity: int | None = None,
) -> Result:
    """Who is unusual for its size: control limits around the mean of all, wider where true values differ.

    Parameters
    ----------
    table : DataFrame
        Of one indicator with an error of chance; as in `compare`.
    period : int or str, default "latest"
        Which is judged.
    level : float or list of float, default (0.95, 0.998)
        Of the limits; two are the custom of the field, and the figure draws both.
    variant : {"corrected", "winsorised", "plain"}, default "corrected"
        How the dispersion is estimated.
    kind, polarity : str, int, default None
        As in `compare`.

    Returns
    -------
    Result
        One row for each municipality and level: ``numerator, denominator, value, lower, upper, flag, label, z`` and the
        rest of `optkommunen.comparison.funnel.Funnel`. ``parts``: ``levels`` (counts outside at each), ``variants``
        (the same of each way to estimate the dispersion, with the share in % that it flags where nobody is unusual).
        ``facts``: ``theta0, phi, tau, tau2, p``. Empty with the reason for fewer than three municipalities, or no
        event.

    Raises
    ------
    ComparisonError
        No error of chance, several indicators, unknown period.

    Examples
    --------
    >>> import optkommunen as ok
    >>> quota = ok.indicator("eingliederungsquote", ok.load_returns())

    By chance alone 52 of 69 would be unusual; true differences widen the limits.

    >>> answer = ok.funnel(quota)
    >>> answer.facts["outside_naive"], answer.facts["outside_additive"]
    (52, 2)
    """
    one = only(table, kind=kind, polarity=polarity)
    require_chance(one, "A funnel")
    chosen = one.period(period)
    rows = _of_period(one, chosen)
    scale: Any = {"event_rate": "rate", "stock_quota": "proportion"}[one.kind]
    asked: Any = level if level is None else levels_of(level)
    made = Funnel(
        levels=asked, variant=variant, kind=scale, per=one.per, polarity=one.polarity, events="numerator",
        exposure="denominator",
    )  # fmt: skip
    try:
        found = made(rows)
    except TooFewUnitsError:
        return _empty("funnel", one, chosen, 3)
    names = names_of(one.frame)
    units = found.units.rename(columns={"events": "numerator", "exposure": "denominator"})
    first = found.summary.iloc[0]
    facts = {name: float(first[name]) for name in ("theta0", "phi", "tau", "x2", "p")}
    facts |= {"tau2": facts["tau"] ** 2, "n": int(first["n"]), "level": float(first["level"])}
    facts |= {name: int(first[name]) for name in ("outside_additive", "outside_naive")}
    shown = ("name", "value", "lower", "flag", "label", "z", "denominator", "status", "note")
    return answered(
        "funnel", named_rows(units, one, names), facts=facts, notes=(FEW if first["note"] else "",), looks=_PARTS,
        parts={"levels": found.summary, "variants": partial(variants, made, rows)}, heads={"interval": "funnel limits"},
        names=names, columns=shown, level=facts["level"], period=chosen, found=found,
    )  # fmt: skip


def variants(made: Funnel, rows: pd.DataFrame) -> pd.DataFrame:
    """Summary of the funnel under each variant of the dispersion."""
    found = [replace(made, variant=each)(rows).summary for each in reversed(get_args(Variant))]
    table = pd.concat(found, ignore_index=True)
    percent = {"limits_pct": 100 * table["level"], "flagged_pct": 100 * table["flagged_without_outliers"]}
    return table.drop(columns=["level", "flagged_without_outliers"]).assign(**percent)


def rank(
    table: pd.DataFrame,
    *,
    period: int | str = MEAN,
    level: float | Iterable[float] | None = 0.95,
    k: int = 10,
    kind: Kind | None = None,
    polarity: int | None = None,
    draws: int = 20_000,
    seed: int = 2008,
) -> Result:
    """The honest league table: each rank with the set of ranks that the data do not rule out.

    Parameters
    ----------
    table : DataFrame
        Of one indicator with an error of chance; as in `compare`.
    period : int or str, default "mean"
        The mean of the years; a year, with the change between all years in its error.
    level : float, list of float or None, default 0.95
        Coverage of the sets of ranks; None leaves them out.
    k : int, default 10
        For ``parts["best"]``: who may be among the best k.
    kind, polarity : str, int, default None
        As in `compare`; a polarity of 0 has no best end, unless +1 or -1 is given for it.
    draws, seed : int
        Of the simulation.

    Returns
    -------
    Result
        ``value`` (the rank), ``lower, upper`` (marginal set: the question of one municipality), ``lower_simultaneous,
        upper_simultaneous`` (the whole table at once), ``estimate, se, grade``. ``parts``: ``simultaneous``, ``best``,
        ``values``. ``facts``: ``pairs``, ``surely_in_order`` (share of the pairs), ``grades``, ``omega2``. Empty with
        the reason where neither direction is good, or fewer than two have a value.

    Raises
    ------
    ComparisonError
        No error of chance, several indicators, unknown period.

    Examples
    --------
    >>> import optkommunen as ok
    >>> quota = ok.indicator("eingliederungsquote", ok.load_returns())

    Few pairs are in order beyond doubt, and nobody is surely among the best ten.

    >>> facts = ok.rank(quota, draws=2000).facts
    >>> round(facts["surely_in_order"], 2), facts["surely_best"]
    (0.04, 0)
    """
    one = only(table, kind=kind, polarity=polarity)
    require_chance(one, "A ranking")
    if one.polarity == 0:
        return _without_best("rank", one)
    kinds: tuple[Literal["marginal", "simultaneous"], ...] = ("marginal", "simultaneous")
    made = {each: RankSets(each, one.polarity, level, draws, seed) for each in kinds}
    try:
        values, note = estimates(one, period)
        sets = {each: sets_of(values.table, df=values.df) for each, sets_of in made.items()}
    except TooFewUnitsError:
        return _empty("rank", one, period, 2)
    both = sets["marginal"].assign(
        lower_simultaneous=sets["simultaneous"]["lower"], upper_simultaneous=sets["simultaneous"]["upper"],
        grade=sets["simultaneous"]["grade"],
    )  # fmt: skip
    facts: dict[str, Any] = {"n": int(both["n"].max()), "omega2": values.omega2}
    parts = {"values": values.table, "simultaneous": sets["simultaneous"]}
    spread = bool(both["value"].notna().any())
    if spread and sets["simultaneous"]["method"].eq(SIMULTANEOUS).any():
        told = distinguishable(sets["simultaneous"]).iloc[0]
        parts["best"] = top_k(sets["simultaneous"], min(k, facts["n"]))
        facts |= {"pairs": int(told["pairs"]), "surely_in_order": float(told["value"]), "grades": int(told["grades"])}
        first = parts["best"][parts["best"]["level"] == told["level"]]
        facts |= {"k": min(k, facts["n"]), "may_be_best": len(first), "surely_best": int(first["sure"].sum())}
        facts["level"] = float(told["level"])
    names = names_of(one.frame)
    shown = ("name", "value", "lower", "lower_simultaneous", "grade", "estimate", "se", "status", "note")
    return answered(
        "rank", named_rows(both, one, names), parts=parts, facts=facts, notes=(note, "" if spread else NO_SPREAD),
        heads={"interval": "ranks", "interval_simultaneous": "simultaneous ranks", "value": "rank"},
        names=names, columns=shown, level=levels_of(level)[0], period=one.said(period),
        digits={"value": 0, "lower": 0, "upper": 0, "lower_simultaneous": 0, "upper_simultaneous": 0},
    )  # fmt: skip


def shrink(
    table: pd.DataFrame,
    *,
    period: int | str = MEAN,
    level: float | Iterable[float] | None = 0.95,
    tau2: Any = "PM",
    kind: Kind | None = None,
    polarity: int | None = None,
) -> Result:
    """Values that borrow strength from all, as far as chance and the change between years blur them.

    Parameters
    ----------
    table : DataFrame
        Of one indicator with an error of chance; as in `compare`.
    period : int or str, default "mean"
        As in `rank`.
    level : float, list of float or None, default 0.95
        Coverage of the intervals; None leaves them out.
    tau2 : {"PM", "DL", "REML", "JS"}, default "PM"
        How the variance between municipalities is estimated.
    kind, polarity : str, int, default None
        As in `compare`.

    Returns
    -------
    Result
        ``value`` (shrunken), ``lower, upper, weight`` (of the own value), ``raw, mean``. ``parts``: ``values``,
        ``moved`` (who moves most, first). ``facts``: ``tau2, omega2, mean_weight, mean``. Empty
        with the reason for fewer than three municipalities.

    Raises
    ------
    ComparisonError
        No error of chance, several indicators, unknown period.

    See Also
    --------
    optkommunen.comparison.shrinkage.eb_normal : The method.

    Examples
    --------
    >>> import optkommunen as ok
    >>> quota = ok.indicator("eingliederungsquote", ok.load_returns())

    Shrunken values differ less than the raw ones; their mean stays.

    >>> table = ok.shrink(quota).table
    >>> bool(table["value"].std() < table["raw"].std())
    True
    """
    one = only(table, kind=kind, polarity=polarity)
    require_chance(one, "Shrinkage")
    try:
        values, note = estimates(one, period)
        rows = values.table.assign(variance=values.table["se"] ** 2)
        found = eb_normal(rows, tau2=tau2, level=level)
    except TooFewUnitsError:
        return _empty("shrink", one, period, 3)
    used = rows[rows["value"].notna() & (rows["variance"] > 0)]
    between = between_variance(used["value"], used["variance"], "PM" if tau2 == "JS" else tau2)
    pooled = bool(found["method"].eq(POOLED).any())
    facts = {
        "tau2": float(between.tau2), "omega2": float(values.omega2), "mean": float(between.mean),
        "mean_weight": float(found.drop_duplicates(KEY)["weight"].mean()), "n": len(used),
    }  # fmt: skip
    names = names_of(one.frame)
    shown = ("name", "raw", "value", "lower", "weight", "status", "note")
    data = named_rows(found, one, names)
    order = (data["value"] - data["raw"]).abs().sort_values(ascending=False).index
    moved = data.loc[order].reset_index(drop=True)
    return answered(
        "shrink", data, parts={"values": values.table, "moved": moved}, facts=facts,
        notes=(note, ALL_ALIKE if pooled else ""), heads={"value": "shrunken"},
        looks={"moved": {"columns": shown, "heads": {"value": "shrunken"}}},
        names=names, columns=shown, level=levels_of(level)[0], period=one.said(period),
    )  # fmt: skip


def partners(
    table: pd.DataFrame,
    kommune: str,
    *,
    rings: Any = None,
    returns: Returns | None = None,
    period: int | str = MEAN,
    level: float = 0.95,
    kind: Kind | None = None,
    polarity: int | None = None,
) -> Result:
    """From whom a municipality may learn: who is surely better in its ring or among its neighbours, and what differs.

    Parameters
    ----------
    table : DataFrame
        Of one indicator with an error of chance; as in `compare`.
    kommune : str
        Who asks: key or any known name.
    rings : DataFrame, mapping, str, Result or list of these, default None
        Among whom; as in `compare`. Of a list, who is in one of them: ``[ok.rings(returns), ok.neighbours(returns)]``.
    returns : Returns or None, default None
        Whose services and staffing are set side by side (``parts["features"]``).
    period : int or str, default "mean"
        As in `rank`.
    level : float, default 0.95
        Of the intervals; the test is one-sided at half its complement, after Holm.
    kind, polarity : str, int, default None
        As in `rank`.

    Returns
    -------
    Result
        ``partner, partner_name, value`` (theirs minus own), ``lower, upper, own, theirs, p, p_holm, better``, the best
        first; of several ``rings`` also ``among`` (in which of them). ``parts``: ``peers`` (who is surely better),
        ``features``, ``largest`` (of each feature the two largest differences), ``values``. Empty with the reason where
        the municipality, or everybody else of its group, has no value, or neither direction is good.

    Raises
    ------
    UnknownUnitError, ForeignUnitError
        Who asks is not in the table.
    ComparisonError
        No error of chance, no ring of who asks, several indicators, unknown period.

    See Also
    --------
    optkommunen.comparison.partners.learning_partners : The method.

    Examples
    --------
    >>> import optkommunen as ok
    >>> quota = ok.indicator("eingliederungsquote", ok.load_returns())

    Six others of the ring are compared; one is better beyond doubt.

    >>> answer = ok.partners(quota, "Musterkommune 15")
    >>> answer.facts["compared"], answer.parts["peers"]["partner"].tolist()
    (6, ['M46'])
    """
    one = only(table, kind=kind, polarity=polarity)
    require_chance(one, "The search for partners")
    names = names_of(one.frame)
    key = key_among(kommune, names, "the table")
    if one.polarity == 0:
        return _without_best("partners", one)
    if not one.known().any():
        return _empty("partners", one, period, 2)
    try:
        values, note = estimates(one, period)
    except TooFewUnitsError:
        return _empty("partners", one, period, 2)
    of_practice = one.period(LATEST if period == MEAN else period)
    practice = None if returns is None else service_profile(returns, of_practice)
    group = groups(rings, one.frame)
    found = learning_partners(values.table, key, group.frame, practice, best=one.polarity, level=level)
    about = {
        NO_OWN_VALUE: N_("{name} has no value or no standard error itself"),
        NO_CANDIDATE: N_("nobody else in the group of {name} has a value and a standard error"),
    }
    if found.reason in about:
        reason = Note(about[found.reason], name=names[key])
        return Result("partners", pd.DataFrame(), notes=(note, group.note), reason=reason)
    everybody = names_of(pd.DataFrame({KEY: [*names, *found.comparisons["partner"]]})) | names
    rows = found.comparisons.assign(partner_name=found.comparisons["partner"].map(everybody))
    if "among" in group.frame:
        rows["among"] = rows["partner"].map(group.frame.query(f"{KEY} == @key").set_index("neighbour")["among"])
    data = named_rows(rows, one, everybody)
    features = found.features.assign(partner_name=found.features["partner"].map(everybody))
    largest = largest_differences(features).rename(columns={"feature": "indicator"})
    facts = {
        "compared": int((rows["note"] == "").sum()), "better": int(rows["better"].sum()), "omega2": values.omega2,
        "level": level,
    }  # fmt: skip
    shown = ("partner_name", "theirs", "value", "lower", "p_holm", "better", "among", "status", "note")
    parts = {"peers": data[data["better"]], "features": features, "largest": largest, "values": values.table}
    return answered(
        "partners", data, parts=parts, facts=facts, notes=(note, group.note), heads={"value": "difference"},
        looks=_PARTS, names=everybody, columns=shown, level=level, period=one.said(period), found=found, kommune=key,
    )  # fmt: skip


def _of_period(one: Given, period: str) -> pd.DataFrame:
    columns = [c for c in (KEY, "numerator", "denominator", "status", "note") if c in one.frame]
    return one.frame.loc[one.frame["period"] == period, columns].reset_index(drop=True)


def _without_best(name: str, one: Given) -> Result:
    """That nobody is the best where neither direction is good."""
    text = N_("neither direction of {label} is good, so nobody is best; polarity=1 or -1 chooses one")
    return Result(name, pd.DataFrame(), reason=Note(text, label=one.label))


def _empty(name: str, one: Given, period: int | str, needed: int) -> Result:
    """Why there is no answer: nobody has a value, too few have one, or nobody had an event."""
    said = one.said(period)
    n = one.frame.loc[one.known(None if period == MEAN else said), KEY].nunique()
    if n == 0:
        reason = no_value(one, said)
    elif n < needed:
        reason = Note("this takes {needed} municipalities with a value, found {n}", needed=needed, n=n)
    else:
        reason = Note("nobody had an event in {period}: {label}", label=one.label, period=said)
    return Result(name, pd.DataFrame(), reason=reason)
