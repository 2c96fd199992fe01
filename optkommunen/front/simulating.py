"""Invented returns by scenario with their truth, and the tables of the simulation studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from optkommunen.errors import IntegrityError, OptkommunenError
from optkommunen.returns.read import Returns
from optkommunen.synthetic import Effects, Generator
from optkommunen.values import SYNTHETIC

STUDIES = ("comparison_coverage", "funnel", "panel_size", "recovery", "speed")


class Simulated(NamedTuple):
    """Invented returns, and the truth that generated them.

    Attributes
    ----------
    returns : Returns
        Of 69 Musterkommunen; every row has the status ``synthetic``.
    truth : dict
        As from `load_truth`.
    """

    returns: Returns
    truth: dict[str, Any]


def simulate(scenario: str = "complete", *, seed: int, effects: Effects | dict[str, float] | None = None) -> Simulated:
    """Draw one set of Musterkommunen with its truth.

    Parameters
    ----------
    scenario : {"complete", "own_need", "under_recording"}, default "complete"
        In the last two the adjusted model must fail: need has a part that no control measures; served persons are
        recorded incompletely.
    seed : int
        Of all random numbers; the same seed gives the same places, stocks and needs in every scenario.
    effects : Effects or dict or None, default None
        On the logarithm of the rate: ``childcare, care, debt, psychosocial, addiction`` of full coverage, ``waiting``
        of a day; what a dict does not name has none. None: those of the bundled set.

    Returns
    -------
    Simulated
        ``returns, truth``.

    Raises
    ------
    OptkommunenError
        An unknown scenario or effect; lists the known ones.

    Examples
    --------
    >>> import optkommunen as ok
    >>> returns, truth = ok.simulate("own_need", seed=7, effects={"debt": 0.5})
    >>> truth["adjusted_model_holds"], truth["parameters"]["effect_debt"], ok.regress(returns).status
    (False, 0.5, 'synthetic')
    """
    if isinstance(effects, dict):
        known = list(Effects.__dataclass_fields__)
        unknown = [name for name in effects if name not in known]
        if unknown:
            message = f"Effects are those of {', '.join(known)}; found {', '.join(unknown)}. Name some of them."
            raise OptkommunenError(message)
        effects = Effects(**{name: float(effects.get(name, 0.0)) for name in known})
    drawn = Generator(seed=seed, scenario=scenario, effects=Effects() if effects is None else effects)()
    tables = {name: getattr(drawn, name) for name in ("monthly", "annual", "services", "units")}
    counts = {
        name: table.astype({column: "Int64" for column in table.select_dtypes("integer")})
        for name, table in tables.items()
    }  # fmt: skip
    source = f"optkommunen.synthetic, scenario {scenario}, seed {seed}"
    return Simulated(Returns(**counts, source=source), drawn.truth)


def load_study(name: str) -> pd.DataFrame:
    """Table of a simulation study of this package, as stored with its code.

    **Tables:** ``recovery`` (what every estimator finds on regenerated Musterkommunen), ``comparison_coverage``
    (intervals, shrinkage and ranks against the truth), ``panel_size`` (tests of a panel in which few units change),
    ``funnel`` (false alarms of the funnel), ``speed`` (beside what a user would otherwise run).
    **Made by:** the script of the same name in ``benchmarks/``, which says command, seeds and draws.
    **Licence:** MIT.

    Parameters
    ----------
    name : str
        Of the table.

    Returns
    -------
    DataFrame
        Text columns have an empty text where there is none. ``recovery`` also has in per cent ``bias_pct`` (of the
        truth), ``coverage_pct, rejected_pct`` (at 5 %), the last split into ``power_pct`` where there is something to
        find and ``size_pct``, that of the same estimator and term where there is nothing; and ``status``.

    Raises
    ------
    OptkommunenError
        There is no such study; lists them.
    IntegrityError
        The installation is broken.

    Examples
    --------
    >>> study = load_study("recovery")
    >>> sorted(study["scenario"].unique())
    ['complete', 'no_effect', 'own_need', 'under_recording']
    >>> bool((study["power_pct"].isna() == (study["scenario"] == "no_effect")).all())
    True
    """
    if name not in STUDIES:
        message = f"A study is one of {', '.join(STUDIES)}; found {name!r}. Name one of them."
        raise OptkommunenError(message)
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "benchmarks", package.parent / "benchmarks"):
        path = folder / f"{name}.csv"
        if path.is_file():
            table = pd.read_csv(path)
            texts = table.select_dtypes(["object", "string"]).columns
            table = table.assign(**{column: table[column].fillna("") for column in texts})
            return _in_per_cent(table) if name == "recovery" else table
    message = f"The tables of the studies come with the package; {name}.csv was not found. Install the package again."
    raise IntegrityError(message)


def _in_per_cent(table: pd.DataFrame) -> pd.DataFrame:
    """The study of recovery by scenario, with its shares in per cent; see `load_study`."""
    table = table.rename(columns={"case": "scenario"})
    rejected, nothing = 100 * table["rejected"], table["scenario"] == "no_effect"
    asked = ["estimator", "term"]
    size = table[nothing].assign(size_pct=rejected).set_index(asked)["size_pct"]
    return table.assign(
        bias_pct=100 * table["bias"] / table["truth"],
        coverage_pct=100 * table["coverage"],
        rejected_pct=rejected,
        power_pct=rejected.mask(nothing),
        size_pct=size.reindex(pd.MultiIndex.from_frame(table[asked])).array,
        status=SYNTHETIC,
    )
