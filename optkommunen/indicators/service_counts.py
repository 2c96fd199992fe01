"""The few published counts of who used the services, each against the people it is a count of."""

from __future__ import annotations

import pandas as pd

from optkommunen.indicators.caseload import caseload
from optkommunen.loaders.bundled import load_context, load_published
from optkommunen.values import KEY

COUNTS = r"\d{5}\.(services_\w+|counselling_(cases|clients)_(debt|addiction)(_sgb2)?)\.[\d_-]+(\.derived)?"
"""Figures that count persons or cases of a service in a whole municipality, not in one of its offices."""
LAST = "2010"
CLIENTS, INHABITANTS = "SGB II", "all inhabitants"


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
