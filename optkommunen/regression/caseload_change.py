"""Change of eHb and of persons in BG 2007–2008 on childcare provision: the specification, fixed before results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optkommunen.data.register import EAST, municipalities
from optkommunen.indicators.caseload import caseload
from optkommunen.indicators.conditions import conditions, logarithmic
from optkommunen.loaders.bundled import load_context
from optkommunen.regression.linear import LinearModel, LinearResult
from optkommunen.values import KEY, REFERENCE, WITHOUT_VALUE, worst

OUTCOMES = ("ehb_change", "persons_in_bg_change")
EXPOSURE = "childcare_u3"
CONTROLS = ("persons_in_bg_per_100", "ln_gdp_per_head", "ln_density", "unemployment_change")
WEIGHTS = "population"
DUEREN = "05358"
"""Its eHb share jumps by 3.35 points in 2008: a recording break; the results are shown without it as well."""


def design(*, everywhere: bool = False) -> pd.DataFrame:
    """Data of the regression: western municipalities of unchanged area, one row each.

    East and west are not pooled: the under-3 quota of March 2007 averages 39 % in the east and 9 % in the west, so it
    would be an east–west indicator. With `everywhere` the eastern ones are there too, for models with a region effect
    (column ``east``), which compare within each region.

    Parameters
    ----------
    everywhere : all 55 of unchanged area, in 10 Länder; else the 48 in the west.

    Returns
    -------
    DataFrame, shape (48, 23) or (55, 23)
        ``kommune, name``; outcomes ``ehb_change, persons_in_bg_change``: change of the logarithm per head 2007–2008,
        times 100 (about per cent); ``childcare_u3``: quota of March 2007, in units of 10 percentage points;
        ``persons_in_bg_per_100``: 2007, per 100 inhabitants; ``ln_gdp_per_head``: 2007; ``ln_density``: 2007;
        ``unemployment_change``: change of the logarithm of the unemployment rate 2007–2008, times 100;
        ``population``: annual mean 2007; ``status``: worst status that enters the row; ``ehb_break``: the eHb share
        of 2007 or 2008 is a recording break; ``land``; ``east``: 1 in the east, else 0; and of the twelve controls of
        2007 (`conditions`) those that are not there yet.

    Examples
    --------
    Nobody's area changed, nobody lies in the east:

    >>> frame = design()
    >>> len(frame), bool((frame["kommune"].str[:2] <= "10").all())
    (48, True)
    """
    register = municipalities()
    sample = register[register["area_same_2021"]]
    if not everywhere:
        sample = sample[~sample["land"].isin(EAST)]
    names = ["population", "area_km2", EXPOSURE, "gdp_per_head", "unemployment_rate"]
    values = pd.concat([load_context(names, (2007, 2008)), caseload()])
    values = values[(values[KEY] != REFERENCE) & values["period"].isin(["2007", "2008"])]
    values = values[values[KEY].isin(sample[KEY])]
    usable = values.assign(value=values["value"].mask(values["status"].isin(WITHOUT_VALUE)))
    wide = usable.pivot(index=KEY, columns=["indicator", "period"], values="value")
    head = {year: wide["population", year] for year in ("2007", "2008")}
    statuses = values.pivot(index=KEY, columns=["indicator", "period"], values="status")
    used = [statuses[n, y] for n in ("ehb", "persons_in_bg", "unemployment_rate", "population") for y in head]
    used += [statuses[n, "2007"] for n in (EXPOSURE, "gdp_per_head", "area_km2")]
    breaks = values[(values["indicator"] == "ehb") & values["note"].str.startswith("break")][KEY]
    frame = pd.DataFrame(
        {
            "ehb_change": _growth(wide["ehb", "2007"] / head["2007"], wide["ehb", "2008"] / head["2008"]),
            "persons_in_bg_change": _growth(
                wide["persons_in_bg", "2007"] / head["2007"], wide["persons_in_bg", "2008"] / head["2008"]
            ),
            EXPOSURE: wide[EXPOSURE, "2007"] / 10,
            "persons_in_bg_per_100": wide["persons_in_bg", "2007"] / head["2007"] * 100,
            "ln_gdp_per_head": np.log(wide["gdp_per_head", "2007"]),
            "ln_density": np.log(head["2007"] / wide["area_km2", "2007"]),
            "unemployment_change": _growth(wide["unemployment_rate", "2007"], wide["unemployment_rate", "2008"]),
            WEIGHTS: head["2007"],
            "status": worst(*used),
            "ehb_break": wide.index.isin(breaks),
        }
    )
    whose = sample[[KEY, "name", "land"]].assign(east=sample["land"].isin(EAST).astype(float))
    frame = whose.merge(frame.reset_index(), on=KEY, validate="one_to_one")
    further = logarithmic(conditions(year=2007)).drop(columns=["status", "note"])
    return frame.merge(further[[c for c in further if c == KEY or c not in frame]], on=KEY, validate="one_to_one")


def stated(frame: pd.DataFrame) -> tuple[str, ...]:
    """Regressors fixed beforehand; of a sample in both regions also the region, so that it compares within each.

    Examples
    --------
    >>> set(stated(design(everywhere=True))) - set(stated(design()))
    {'east'}
    """
    both = 0 < frame["east"].mean() < 1
    return (EXPOSURE, *CONTROLS, *(("east",) if both else ()))


def models(frame: pd.DataFrame) -> list[LinearResult]:
    """Fit the fixed specification: both outcomes, OLS and WLS by population; all, and without Düren.

    The eHb outcome is fitted once more without any recording break of 2008.

    Parameters
    ----------
    frame : as from `design`, or a researcher's own with the same columns.

    Returns
    -------
    list of LinearResult
        Main models first.
    """
    fits = []
    for outcome in OUTCOMES:
        samples = [("all", frame), ("without Düren", frame[frame[KEY] != DUEREN])]
        if outcome == "ehb_change":
            samples.append(("without breaks", frame[~frame["ehb_break"]]))
        for label, sample in samples:
            for weights, kind in ((None, "OLS"), (WEIGHTS, "WLS")):
                model = LinearModel(outcome, (EXPOSURE, *CONTROLS), weights, f"{kind}, {label} (n = {len(sample)})")
                fits.append(model(sample))
    return fits


def _growth(before: pd.Series, after: pd.Series) -> pd.Series:
    return 100 * (after / before).map(np.log)
