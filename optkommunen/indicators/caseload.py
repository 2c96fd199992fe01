"""Who is counted: eHb and persons in BG of the 69 as annual means, and the few published counts of service users."""

from __future__ import annotations

import pandas as pd

from optkommunen.data import catalogue
from optkommunen.data.register import municipalities
from optkommunen.loaders.bundled import load_context, load_published
from optkommunen.values import KEY, REFERENCE, VALUE_COLUMNS, joined, worst

YEARS = range(2007, 2011)
SPLIT = "15151"
"""Anhalt-Zerbst was split four ways on 1.7.2007: no population, no rate, no value."""

COUNTS = r"\d{5}\.(services_\w+|counselling_(cases|clients)_(debt|addiction)(_sgb2)?)\.[\d_-]+(\.derived)?"
"""Figures that count persons or cases of a service in a whole municipality, not in one of its offices."""
LAST = "2010"
CLIENTS, INHABITANTS = "SGB II", "all inhabitants"


def caseload() -> pd.DataFrame:
    """Persons in BG and erwerbsfähige Hilfebedürftige of the 69, annual means 2007–2010.

    ``persons_in_bg = q_PBG_bev / 1000 × mean population``; ``ehb = persons_in_bg × a_ewfBG / 100``, on the area as
    admitted. Status ``derived`` for the 55 municipalities of unchanged area; ``estimated`` for 13 whose rate is the
    successor's, with their own population while it was published, else carried forward; ``missing`` for
    Anhalt-Zerbst.

    A recording break of the eHb share (status ``unusable`` in the context table) is a doubt about its change from
    the year before, not about the published stock: the share enters here, and the reason is carried in ``note`` with
    the word ``break`` in front. Compare ``persons_in_bg``, which no break touches.

    Returns
    -------
    DataFrame, shape (2 × 69 × 4, columns `VALUE_COLUMNS`)
        Indicators ``persons_in_bg`` and ``ehb``, in persons (not rounded).

    References
    ----------
    INKAR 2024 (BBSR), indicators q_PBG_bev and a_ewfBG; Regionaldatenbank Deutschland, table 12411-05-01-4.

    Examples
    --------
    eHb are part of the persons in BG, in every municipality and year:

    >>> wide = caseload().pivot(index=["kommune", "period"], columns="indicator", values="value").dropna()
    >>> bool((wide["ehb"] < wide["persons_in_bg"]).all())
    True
    """
    parts = load_context(["population", "population_carried", "persons_in_bg_rate", "ehb_share"], YEARS)
    parts = parts[parts[KEY] != REFERENCE]
    wide = parts.set_index([KEY, "period", "indicator"])[["value", "status", "note"]].unstack("indicator")
    value, status, note = wide["value"], wide["status"], wide["note"]
    carried = value["population"].isna()
    population = value["population"].fillna(value["population_carried"])
    population_status = status["population"].mask(carried, status["population_carried"]).fillna("missing")
    population_note = note["population"].mask(carried, note["population_carried"]).fillna(note["population"])
    broken = status["ehb_share"] == "unusable"

    persons = value["persons_in_bg_rate"] / 1000 * population
    of_persons = worst(population_status, status["persons_in_bg_rate"], "derived")
    said = joined(_labelled("rate", note["persons_in_bg_rate"]), _labelled("population", population_note))
    of_ehb = worst(of_persons, status["ehb_share"].mask(broken, "observed"))
    found = {
        "persons_in_bg": (persons, of_persons, said),
        "ehb": (persons * value["ehb_share"] / 100, of_ehb, joined(note["ehb_share"].where(broken, ""), said)),
    }
    split = wide.index.get_level_values(KEY) == SPLIT
    reason = str(municipalities().set_index(KEY).at[SPLIT, "successor_note"])
    tables = []
    for name, (values, statuses, notes) in found.items():
        entry = catalogue.indicator(name)
        note_of = pd.Series(notes, index=wide.index).mask(split, reason)
        columns = {"value": values.mask(split), "status": statuses.mask(split, "missing"), "note": note_of}
        tables.append(pd.DataFrame(columns).reset_index().assign(
            indicator=name, unit=entry.unit, marker="", area_status="admitted", time_base=entry.time_base,
            source=entry.source,
        ))  # fmt: skip
    return pd.concat(tables, ignore_index=True)[list(VALUE_COLUMNS)]


def service_counts() -> pd.DataFrame:
    """Published counts of the services up to 2010, with a rate only against those who are counted.

    The advice centre of a Kreis serves all inhabitants, and its cases are not cases of § 16: such a count is set
    against the inhabitants, and a count of SGB II clients against the eHb. No two places count by the same rule.

    Returns
    -------
    DataFrame
        ``figure_id, kommune, name, service, period, value, approximate, counted`` (``"SGB II"`` or ``"all
        inhabitants"``), ``ehb, population`` (annual means), ``per_100_ehb, per_1000_inhabitants, certainty,
        definition_note, status``. A count of some months is set against the mean of the year as it is.

    Examples
    --------
    A count of all inhabitants is no rate of eHb:

    >>> table = service_counts()
    >>> bool((table["per_100_ehb"].isna() != table["per_1000_inhabitants"].isna()).all())
    True
    """
    figures = load_published()
    counts = figures[figures["figure_id"].str.fullmatch(COUNTS) & (figures["period"].str[:4] <= LAST)]
    of_clients = counts["indicator"].str.endswith("_sgb2")
    of_clients |= counts["definition_note"].str.contains("(SGB II)", regex=False)
    people = pd.concat([caseload(), load_context("population")])
    people = people.pivot(index=[KEY, "period"], columns="indicator", values="value").rename_axis([KEY, "year"])
    counts = counts.assign(
        service=counts["indicator"].str.extract(r"(childcare|addiction_psychosocial|addiction|debt)", expand=False),
        counted=of_clients.map({True: CLIENTS, False: INHABITANTS}),
        year=counts["period"].str[:4],
    ).join(people[["ehb", "population"]], on=[KEY, "year"])
    counts["per_100_ehb"] = (100 * counts["value"] / counts["ehb"]).where(of_clients)
    counts["per_1000_inhabitants"] = (1000 * counts["value"] / counts["population"]).mask(of_clients)
    return counts[
        ["figure_id", KEY, "name", "service", "period", "value", "approximate", "counted", "ehb", "population",
         "per_100_ehb", "per_1000_inhabitants", "certainty", "definition_note", "status"]
    ].reset_index(drop=True)  # fmt: skip


def recorded_cases() -> pd.DataFrame:
    """Cases that the job centres of Germany recorded for three of the services in 2012, beside an estimate of need.

    Both were printed in a paper of January 2014, which does not say of which year the estimate is. A share far below
    100 is under-supply or under-recording, and these figures cannot tell which.

    Returns
    -------
    DataFrame
        ``service, recorded_cases`` (2012), ``estimated_need`` (persons), ``per_100_in_need`` (cases per 100 of these),
        ``need_per_100_elb, recorded_per_100_elb`` (per 100 erwerbsfähige Leistungsberechtigte), ``status``.

    Examples
    --------
    What is recorded of the need is the same of persons and of rates:

    >>> table = recorded_cases()
    >>> share = 100 * table["recorded_per_100_elb"] / table["need_per_100_elb"]
    >>> bool(((share - table["per_100_in_need"]).abs() < 1e-9).all())
    True
    """
    services = pd.Series(["debt", "addiction", "psychosocial"])
    figures = load_published().set_index("figure_id")["value"]
    table = pd.DataFrame(
        {
            "service": services,
            "recorded_cases": figures.loc["de.services_" + services + ".2012"].array,
            "estimated_need": figures.loc["de.services_need_" + services + ".2014-01"].array,
            "need_per_100_elb": figures.loc["de.services_need_" + services + "_pct.2014-01"].array,
        }
    )
    table.insert(3, "per_100_in_need", 100 * table["recorded_cases"] / table["estimated_need"])
    table["recorded_per_100_elb"] = table["per_100_in_need"] * table["need_per_100_elb"] / 100
    return table.assign(status="derived")


def _labelled(label: str, note: pd.Series) -> pd.Series:
    return (label + ": " + note).where(note != "", "")
