"""Integration on provision: data and specification, stated before any result, from any returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from optkommunen.errors import ModelError, NotEnoughDataError
from optkommunen.indicators.conditions import CONDITIONS, complete_years, conditions, logarithmic, own_conditions
from optkommunen.indicators.full_grid import MONTHS
from optkommunen.indicators.numerator_denominator import numerator_denominator
from optkommunen.indicators.services import SERVICES, collected, provision
from optkommunen.loaders.bundled import centroids
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, WITHOUT_VALUE, chosen_period, worst
from optkommunen.words import N_, Note, all_notes

OUTCOME, EXPOSURE = "eingliederungen", "ehb"
"""Eingliederungen of the year; mean stock of eHb, the person-years. Both of twelve months."""
INDEX, WAITING = "provision_index", "waiting_days"
CONTROLS = ("persons_in_bg_per_100", "unemployment_rate", "ln_gdp_per_head", "ln_density")
PRIMARY = (INDEX, WAITING, *CONTROLS)
"""The one primary specification: provision of the year before, and four context variables."""
COVERAGES = tuple(f"coverage_{service}" for service in SERVICES)
SERVICES_MODEL = (*COVERAGES, WAITING, *CONTROLS)
"""The five services jointly, in place of their index."""
NAIVE = (INDEX, WAITING)
TWELVE = tuple(logarithmic(pd.DataFrame({name: [1.0] for name in CONDITIONS})).columns)
"""The twelve controls of the specification curve."""
RATE, LN_RATE, LN_EXPOSURE = "rate", "ln_rate", "ln_ehb"
STEP, PER = 0.1, 100
"""Unit of the results: integrations a year per 100 eHb, for 10 more served per 100 with need."""


class Design(NamedTuple):
    """Data of the regression, and who is not in it.

    Attributes
    ----------
    frame : one row for each municipality (and year): ``kommune, name, period, land, ring, eingliederungen, ehb, rate,
        ln_rate, ln_ehb``, the provision of the year before (index, waiting days, five coverages, ``n_services`` that
        the index is the mean of, and in ``note`` which it is not), the twelve controls and ``context_period``, the
        year they are of (empty where the returns bring them), ``status``. ``rate`` is per 100 eHb and year. ``ln_rate``
        is missing where nobody was integrated, a coverage where no need was identified.
    left_out : ``kommune, name, period, reason``.
    """

    frame: pd.DataFrame
    left_out: pd.DataFrame


def absent(frame: pd.DataFrame) -> tuple[str, ...]:
    """Regressors of a design that nobody has: services, or waiting times, that nobody collected.

    Examples
    --------
    >>> absent(pd.DataFrame({"waiting_days": [float("nan")] * 2, "coverage_debt": [0.4, float("nan")]}))
    ('waiting_days',)
    """
    return tuple(name for name in (WAITING, *COVERAGES) if name in frame and len(frame) and frame[name].isna().all())


def present(names: Sequence[str], frame: pd.DataFrame) -> tuple[str, ...]:
    """Regressors of a stated model without those that nobody has: what is left of it on these data.

    Examples
    --------
    >>> present(NAIVE, pd.DataFrame({"provision_index": [0.4, 0.6], "waiting_days": [float("nan")] * 2}))
    ('provision_index',)
    """
    gone = absent(frame)
    return tuple(name for name in names if name not in gone)


def design(returns: Returns, year: int | str | None = None, *, context_period: int | str | None = None) -> Design:
    """Data of one outcome year: Eingliederungen of the year on provision of the year before.

    Coverage is served / need, never per eHb: a regressor with the outcome's denominator would correlate with it by
    construction. A municipality that lacks a month of the outcome, the index, the waiting time or a context variable is
    left out with its reason: part of a year is no year, for Eingliederungen have a season. What *nobody* collected
    leaves nobody out: the index is that of the other services, and without any waiting time the models have none
    (`absent`, `present`).

    The official context, where the returns bring none, is that of the year before the outcome, as the provision. Where
    not all twelve variables are published for that year, those of the nearest year for which they are stand in, all
    twelve. Whatever year stands in for the year before, every row is then ``estimated``.

    Parameters
    ----------
    returns : ``ok.load_returns()`` or one's own.
    year : of the outcome; the last of the returns if None.
    context_period : another year of the official context; 2007 to 2010.

    Raises
    ------
    ModelError
        If the returns have no services for the year before, or no month of the year; if there is no official context of
        the year asked for, or the returns bring their own.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> frame, left_out = design(load_returns())
    >>> frame.shape[0], len(left_out), frame["period"].unique().tolist()
    (69, 0, ['2008'])
    """
    years = sorted(returns.monthly["period"].str[:4].unique())
    period = chosen_period(year, years, "months of the returns", ModelError)
    before = _before(period)
    offered = set(returns.services["period"])
    if before not in offered:
        message = Note(
            "The outcome of {period} needs months of {period} and services of {before}; the returns have months of "
            "{months} and services of {services}. Choose another year.",
            period=period, before=before, months=", ".join(years), services=", ".join(sorted(offered)),
        )  # fmt: skip
        raise NotEnoughDataError(message)
    return _joined(returns, [period], context_period)


def panel_design(returns: Returns, *, context_period: int | str | None = None) -> Design:
    """Data of every outcome year that has provision of the year before, as `design`, municipalities × years.

    A municipality enters with the years that it has; one year alone says nothing within a municipality, so it is left
    out. The index is made of the services that were collected in every year, so that it is the same one throughout;
    waiting times are in it if they were.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> frame, _ = panel_design(load_returns())
    >>> frame.groupby("kommune")["period"].nunique().unique().tolist()
    [3]
    """
    offered = set(returns.services["period"])
    years = [y for y in sorted(returns.monthly["period"].str[:4].unique()) if _before(y) in offered]
    if not years:
        message = Note(
            "A panel needs outcome years with services of the year before; the returns have services of {services} "
            "only. Fit the years by themselves, or add services.", services=", ".join(sorted(offered)),
        )  # fmt: skip
        raise NotEnoughDataError(message)
    joined = _joined(returns, years, context_period)
    single = joined.frame.groupby(KEY)["period"].transform("size") < 2
    alone = joined.frame.loc[single, [KEY, "name", "period"]].assign(reason=N_("one year only"))
    return Design(joined.frame[~single].reset_index(drop=True), pd.concat([joined.left_out, alone], ignore_index=True))


def places(returns: Returns) -> pd.DataFrame:
    """Coordinates of the municipalities in metres: those of the returns, else the centres of the real areas.

    Returns
    -------
    DataFrame
        ``kommune, x, y``.

    Examples
    --------
    >>> from optkommunen.returns.read import load_returns
    >>> places(load_returns()).columns.tolist()
    ['kommune', 'x', 'y']
    """
    own = returns.units[[KEY, "x", "y"]]
    if own[["x", "y"]].notna().all(axis=None):
        return own
    centres = centroids()
    return centres[centres[KEY].isin(returns.units[KEY])].reset_index(drop=True)


def context_of(period: str) -> str:
    """Year of the official context of an outcome year: the year before, else the nearest with all twelve variables.

    Examples
    --------
    >>> context_of("2010"), context_of("2006")
    ('2009', '2007')
    """
    return min(complete_years(), key=lambda year: abs(int(year) - int(_before(period))))


def _before(period: str) -> str:
    return str(int(period) - 1)


def _context(returns: Returns, years: list[str], context_period: int | str | None) -> pd.DataFrame:
    """Context of each municipality and outcome year, with the year it is of."""
    own = own_conditions(returns)
    if own and context_period is not None:
        message = (
            f"The returns bring their own context, in the table 'units'; found context_period={context_period!r}, a "
            "year of the official one. Leave it out, or take the context out of 'units'."
        )
        raise ModelError(message)
    if context_period is not None:
        whose = "years for which all twelve context variables are published"
        context_period = chosen_period(context_period, complete_years(), whose, ModelError)
    tables = []
    for period in years:
        of = "" if own else context_period or context_of(period)
        table = logarithmic(conditions(returns, of) if of else conditions(returns))
        if of and of != _before(period):
            table["status"] = worst(table["status"], pd.Series("estimated", index=table.index))
        tables.append(table.assign(period=period, context_period=of))
    return pd.concat(tables).rename(columns={"note": "note_context", "status": "status_context"})


def _joined(returns: Returns, years: list[str], context_period: int | str | None) -> Design:
    outcome = numerator_denominator(
        returns.monthly, None, OUTCOME, EXPOSURE, flow=True, time="year", members=returns.units[KEY]
    )
    outcome = outcome[outcome["period"].isin(years)]
    outcome = outcome.rename(columns={"numerator": OUTCOME, "note": "note_outcome", "status": "status_outcome"})
    outcome[EXPOSURE] = outcome["denominator"] / MONTHS
    before = [_before(year) for year in years]
    throughout = collected(returns).reindex(before, fill_value=False).all()
    offered = provision(returns, [str(service) for service in throughout.index[throughout]]).rename(
        columns={"note": "note_provision", "status": "status_provision"}
    )
    waited = offered.loc[offered["period"].isin(before)].groupby("period")[WAITING].count()
    timed = bool((waited.reindex(before, fill_value=0) > 0).all())
    if not timed:
        offered[WAITING] = np.nan
    offered["period"] = (offered["period"].astype(int) + 1).astype("str")
    frame = (
        returns.units[[KEY, "name", "land", "ring"]]
        .merge(outcome[[KEY, "period", OUTCOME, EXPOSURE, "n_months", "status_outcome", "note_outcome"]], on=KEY)
        .merge(offered, on=[KEY, "period"], how="left", validate="one_to_one")
        .merge(_context(returns, years, context_period), on=[KEY, "period"], how="left", validate="one_to_one")
    )
    frame["status_provision"] = frame["status_provision"].fillna("missing")
    frame["note_provision"] = frame["note_provision"].fillna(N_("services of the year before not reported"))
    positive = frame[OUTCOME].gt(0) & frame[EXPOSURE].gt(0)
    frame[RATE] = PER * frame[OUTCOME] / frame[EXPOSURE].where(frame[EXPOSURE] > 0)
    frame[LN_RATE] = np.log((frame[OUTCOME] / frame[EXPOSURE]).where(positive))
    frame[LN_EXPOSURE] = np.log(frame[EXPOSURE].where(frame[EXPOSURE] > 0))
    reason = _reasons(frame, [INDEX, WAITING] if timed else [INDEX])
    whose = [KEY, "name", "period"]
    left_out = frame.loc[reason != "", whose].assign(reason=reason[reason != ""])
    kept = frame[reason == ""]
    statuses = [kept[f"status_{side}"] for side in ("outcome", "provision", "context")]
    columns = [
        *whose, "land", "ring", OUTCOME, EXPOSURE, RATE, LN_RATE, LN_EXPOSURE, INDEX, WAITING, *COVERAGES, "n_services",
        "context_period", *TWELVE,
    ]  # fmt: skip
    frame = kept[columns].assign(n_services=kept["n_services"].astype(int), status=worst(*statuses))
    return Design(frame.assign(note=kept["note_provision"]).reset_index(drop=True), left_out.reset_index(drop=True))


def _reasons(frame: pd.DataFrame, offered: list[str]) -> pd.Series:
    """Why a row cannot enter; empty if it can. Objects, since a note keeps its words in both languages."""
    told = []
    for side, columns in (("outcome", [OUTCOME, EXPOSURE]), ("provision", offered), ("context", list(CONTROLS))):
        empty = frame[columns].isna()
        lacking = empty.any(axis=1) | frame[f"status_{side}"].isin(WITHOUT_VALUE)
        if side == "outcome":
            lacking |= frame["n_months"] < MONTHS
        names = [", ".join(empty.columns[row]) or " or ".join(columns) for row in empty.to_numpy()]
        noted = zip(lacking, frame[f"note_{side}"], names, strict=True)
        told.append(
            [(note or Note("{columns} missing", columns=which)) if lacks else "" for lacks, note, which in noted]
        )
    told.append([N_("no eHb") if none else "" for none in frame[EXPOSURE].eq(0)])
    parts = [list(filter(None, row)) for row in zip(*told, strict=True)]
    return pd.Series([all_notes(each) if each else "" for each in parts], index=frame.index, dtype=object)
