"""What a frontier finds: scores, peers, slacks and targets, and how far the scores can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from optkommunen.comparison.frontier import linear_programs
from optkommunen.comparison.frontier.bias_correction import BELOW_ONE, bandwidth, scores_on_pseudo_frontiers
from optkommunen.errors import ComparisonError
from optkommunen.indicators.intervals import levels_of
from optkommunen.p_values import check_draws
from optkommunen.values import KEY, RESULT_COLUMNS, worst, worst_of
from optkommunen.words import N_

EFFICIENT = 1 - BELOW_ONE
"""A score above this counts as efficient."""

ALL_EFFICIENT = N_("no correction: every unit is efficient, so nothing shows how scores are spread")
NO_OTHERS = N_("no superefficiency: no mix of the others does what this unit does (infeasible)")
NOISY = N_("the correction is smaller than its noise (bias² ≤ 3 se²): the raw score may be the better one")


@dataclass(frozen=True)
class FrontierResult:
    """What a `envelopment.Frontier` finds; plain frames, a row or more for each unit of the input, in its order.

    A unit with a value missing is not scored, is nobody's peer, and ``note`` says which value. ``status`` is the worst
    of the unit and its peers. Print `envelopment.caveats` beside any of these.

    Attributes
    ----------
    scores : ``kommune, value, lower, upper, level, method, status, note``; no interval, see `bootstrap`.
    peers : ``kommune, peer, weight, status, note``, the heaviest first. Who is efficient without slack is its own peer.
    slacks : ``kommune, variable, role, value, status, note``: what remains after the projection, in units of the
        column; of a ``fixed`` input it says how much less of it the mix has.
    targets : ``kommune, variable, role, observed, target, status, note``: projection less slack; what the mix of the
        peers has. A fixed input stays as it is.
    units, programs, theta : what the methods below work with: rows of the input, programs and scores of those scored.

    Not in every case is the mix unique; the score and the sum of the slacks are.
    """

    method: str
    scores: pd.DataFrame = field(repr=False)
    peers: pd.DataFrame = field(repr=False)
    slacks: pd.DataFrame = field(repr=False)
    targets: pd.DataFrame = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    programs: linear_programs.Rows = field(repr=False)
    theta: pd.Series = field(repr=False)

    def superefficiency(self) -> pd.DataFrame:
        """Scores against all others without the unit itself: at least 1 on the frontier, unchanged behind it.

        How far an efficient unit could worsen and stay efficient. Far above 1 it is an outlier, and often a reporting
        error, that alone holds up the frontier of others.

        Returns
        -------
        DataFrame
            As `scores`. Where no mix of the others does what the unit does (under variable returns or with fixed
            inputs), there is no value and ``note`` says so.

        References
        ----------
        Andersen & Petersen 1993.

        Examples
        --------
        >>> from optkommunen.comparison.frontier.envelopment import Frontier
        >>> keys = [f"M{i:02d}" for i in range(1, 7)]
        >>> frame = pd.DataFrame({"kommune": keys, "staff": 10.0, "placed": [10.0, 20, 25, 30, 40, 80]})
        >>> Frontier(("staff",), ("placed",))(frame).superefficiency()["value"].tolist()
        [0.125, 0.25, 0.3125, 0.375, 0.5, 2.0]
        """
        efficient = np.flatnonzero(self.theta > EFFICIENT)
        theta = self.theta.copy()
        theta.iloc[efficient] = linear_programs.superefficient(self.programs, efficient)
        units = self._noted(theta.isna().map({True: NO_OTHERS, False: ""}), without=theta.isna().to_numpy())
        return estimates(units, theta, f"{self.method}, superefficiency")

    def bootstrap(
        self, draws: int = 2_000, seed: int = 2008, level: float | Iterable[float] | None = 0.95
    ) -> pd.DataFrame:
        """Scores corrected for their bias, with intervals: the homogeneous smoothed bootstrap.

        The best units observed are rarely the best possible, so the frontier lies too low and scores are too high. The
        bootstrap repeats this once more: units drawn from the estimated frontier and a smoothed distribution of the
        scores form a frontier below it, against which the units score θ* ≥ θ. ``value = 2θ - mean(θ*)``; the
        interval is ``2θ - quantiles of θ*``, at least 0. Its bandwidth: `bias_correction.bandwidth`.
        With 69 units the limits are too narrow: in simulations with a known frontier, 95 % limits held 80 to 86 % of
        the true scores where many units are near it, and half of them where hardly any is.

        Parameters
        ----------
        draws : pseudo-frontiers; as many as the level needs (39 for 95 %), and two at least for ``se``.
        seed : of the draws. The order of the rows plays no part.
        level : coverage; several give one row each; None leaves out the interval and changes no value.

        Returns
        -------
        DataFrame
            ``kommune, value, lower, upper, level, method, score, bias, se, bandwidth, status, note``. ``score`` is the
            raw one, ``bias`` what is taken off, ``se`` the standard deviation of θ*. Missing with the reason where all
            units are efficient; ``note`` also says where the bias is small beside its noise.

        Raises
        ------
        OptkommunenError
            Too few draws for the level.

        References
        ----------
        Simar & Wilson 1998 (method), 2000 (interval; bias against noise).

        Examples
        --------
        >>> from optkommunen.comparison.frontier.envelopment import Frontier
        >>> keys = [f"M{i:02d}" for i in range(1, 10)]
        >>> frame = pd.DataFrame({"kommune": keys, "staff": 10.0, "placed": [10.0, 12, 13, 14, 15, 15, 16, 18, 20]})
        >>> table = Frontier(("staff",), ("placed",))(frame).bootstrap(draws=200)
        >>> bool((table["value"] < table["score"]).all()), bool((table["lower"] < table["upper"]).all())
        (True, True)
        """
        levels = levels_of(level)
        for one in levels:
            check_draws(draws, one)
        if draws == 1:
            message = "A standard deviation of draws needs two of them; found 1. Draw more."
            raise ComparisonError(message)
        theta, h = self.theta.to_numpy(), bandwidth(self.theta.to_numpy())
        drawn = np.full((draws, len(theta)), np.nan)
        if h > 0:
            drawn = scores_on_pseudo_frontiers(self.programs, theta, draws, seed)
        bias, se = drawn.mean(axis=0) - theta, drawn.std(axis=0, ddof=1)
        note = np.where(np.isnan(bias), ALL_EFFICIENT, np.where(bias**2 <= 3 * se**2, NOISY, ""))
        units = self._noted(pd.Series(note, index=self.theta.index), without=np.isnan(bias))
        method = f"{self.method}, Simar & Wilson 1998 with {draws} draws"
        extras = {"score": theta, "bias": bias, "se": se, "bandwidth": np.full(len(theta), h if h > 0 else np.nan)}
        found = []
        for one in levels:
            columns = dict(extras)
            if one is not None:
                reach = np.quantile(drawn, [(1 + one) / 2, (1 - one) / 2], axis=0, method="linear")
                columns["lower"], columns["upper"] = np.maximum(2 * theta - reach, 0)
            table = estimates(units, self.theta - bias, method)
            for name, values in columns.items():
                table[name] = table[KEY].map(pd.Series(values, index=self.theta.index))
            found.append(table.assign(level=np.nan if one is None else one))
        order = [KEY, *RESULT_COLUMNS, *extras, "status", "note"]
        return pd.concat(found).sort_index(kind="stable").reset_index(drop=True)[order]

    def _noted(self, note: pd.Series, without: np.ndarray) -> pd.DataFrame:
        """Units with a note on those scored; where there is none after all, the status is ``missing``."""
        lost = self.units[KEY].isin(note.index[without])
        own = self.units[KEY].map(note).fillna(self.units["note"])
        return self.units.assign(note=own, status=self.units["status"].mask(lost, "missing"))


def estimates(units: pd.DataFrame, value: pd.Series, method: str) -> pd.DataFrame:
    """Result columns without interval, in the order of the units; what has no value is ``missing``."""
    table = units[[KEY, "status", "note"]].assign(value=units[KEY].map(value), lower=np.nan, upper=np.nan, level=np.nan)
    return table.assign(method=method)[[KEY, *RESULT_COLUMNS, "status", "note"]]


def with_peers(units: pd.DataFrame, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Units and their peers, both with the worst status of a unit and its peers: their figures make its score.

    Parameters
    ----------
    units : ``kommune, status, note`` and whatever else.
    pairs : ``kommune, peer, weight`` of the units that are scored.

    Returns
    -------
    units : as given, with that status.
    peers : ``kommune, peer, weight, status, note``; one row without peer for a unit that is not scored.
    """
    own = units.set_index(KEY)["status"]
    theirs = pairs["peer"].map(own).groupby(pairs[KEY]).agg(worst_of).reindex(own.index).fillna(own)
    units = units.assign(status=worst(own, theirs).to_numpy())
    pairs = pairs.sort_values(["weight", "peer"], ascending=[False, True])
    table = units[[KEY, "status", "note"]].merge(pairs, on=KEY, how="left", validate="one_to_many")
    return units, table.fillna({"peer": ""})[[KEY, "peer", "weight", "status", "note"]]


def by_variable(units: pd.DataFrame, roles: dict[str, str], scored: pd.Index, **arrays: np.ndarray) -> pd.DataFrame:
    """Long table, one row for each unit and variable.

    Parameters
    ----------
    units : ``kommune, status, note``.
    roles : role of each variable.
    scored : keys of the rows of the arrays.
    **arrays : further columns, each of shape (scored, variables).

    Returns
    -------
    DataFrame
        ``kommune, variable, role``, the columns given, ``status, note``.
    """
    table = units[[KEY, "status", "note"]].loc[units.index.repeat(len(roles))].reset_index(drop=True)
    table["variable"], table["role"] = (np.tile(np.array(list(names)), len(units)) for names in (roles, roles.values()))
    for name, array in arrays.items():
        table[name] = pd.DataFrame(array, index=scored).reindex(units[KEY]).to_numpy().ravel()
    return table[[KEY, "variable", "role", *arrays, "status", "note"]]
