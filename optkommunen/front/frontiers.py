"""Learning from the best, with warnings: frontier, of returns or of amounts of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any, Literal

import numpy as np
import pandas as pd

from optkommunen.comparison.frontier.envelopment import Frontier, caveats
from optkommunen.comparison.frontier.quantities import INPUTS, OUTPUTS, amounts
from optkommunen.comparison.frontier.scores import EFFICIENT, FrontierResult
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.front.given import LATEST, names_of
from optkommunen.front.result import Result, answered
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_period, worst_of

Scale = Literal["constant", "variable"]
_PARTS = {
    "corrected": {
        "heads": {"value": "corrected"}, "columns": ("name", "scale", "score", "value", "lower", "status", "note"),
    },
    "peers": {"columns": ("name", "scale", "peer_name", "weight", "status")},
    "targets": {
        "columns": ("name", "scale", "variable", "role", "observed", "target", "slack", "status"),
        "digits": {"observed": 1, "target": 1, "slack": 1},
    },
}  # fmt: skip
"""How parts are shown."""


def frontier(
    returns: Returns | pd.DataFrame,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    period: int | str = LATEST,
    scale: Scale | Sequence[Scale] = ("constant", "variable"),
    orientation: Literal["input", "output"] = "input",
    fixed: Sequence[str] = (),
    ratios: Sequence[str] = (),
    level: float = 0.95,
    draws: int = 500,
    seed: int = 2008,
) -> Result:
    """How far each municipality is from a frontier that the best of all form, and who shows the way.

    Parameters
    ----------
    returns : Returns or DataFrame
        Returns, whose staff, Eingliederungen and eHb of a year are compared; or ``kommune`` and amounts of one's own.
    inputs, outputs : list of str or None, default None
        Columns; needed for a frame of one's own.
    period : int or str, default "latest"
        Year of the returns, or of a frame with ``period``.
    scale : {"constant", "variable"} or both, default both
        Returns to scale; both are to be shown.
    orientation : {"input", "output"}, default "input"
        What is sought: the same with less, or more with the same.
    fixed, ratios : sequence of str, default ()
        Inputs nobody can change, and columns that are ratios; `optkommunen.comparison.frontier.envelopment.Frontier`.
    level, draws, seed : float, int, int
        Of the bootstrap in ``parts["corrected"]``.

    Returns
    -------
    Result
        ``kommune, name, scale, value`` (score, 1 is on the frontier) ``, status, note``, one row for each municipality
        and scale. ``parts``: ``peers, slacks, targets, superefficiency`` (each with ``scale``; the last against all
        others: far above 1 is an outlier that alone holds up the frontier), ``corrected`` (scores freed of their bias,
        with intervals), ``quantiles`` (of the scores), ``amounts``. ``facts``: how many are on the frontier, the mean
        score, and who has the ``lowest`` at the last scale. ``notes``: what must stand beside every such result.
        Empty with the reason where too few municipalities have all amounts.

    Raises
    ------
    ComparisonError
        Columns that are not there, ratios beside totals, amounts that are not above zero.

    Examples
    --------
    >>> import optkommunen as ok
    >>> scores = ok.frontier(ok.load_returns(), draws=20).table.pivot(index="kommune", columns="scale", values="value")

    Who may be of any size is never further from the frontier.

    >>> bool((scores["constant"] <= scores["variable"] + 1e-12).all())
    True
    """
    data, used_in, used_out = _amounts(returns, inputs, outputs, period)
    scales = (scale,) if isinstance(scale, str) else tuple(scale)
    common: dict[str, Any] = {"orientation": orientation, "fixed": tuple(fixed), "ratios": tuple(ratios)}
    made = {each: Frontier(used_in, used_out, each, **common) for each in scales}
    try:
        found = {each: one(data) for each, one in made.items()}
    except TooFewUnitsError as error:
        return Result("frontier", pd.DataFrame(), notes=caveats("en"), reason=error.args[0])
    names = names_of(returns.units if isinstance(returns, Returns) else data)
    parts: dict[str, Any] = {
        part: _of_scales(found, attrgetter(part)) for part in ("scores", "peers", "slacks", "targets")
    }
    slack = parts["slacks"].rename(columns={"value": "slack"})[[KEY, "scale", "variable", "slack"]]
    parts["targets"] = parts["targets"].merge(slack, on=[KEY, "scale", "variable"], how="left")
    parts = {part: table.assign(name=table[KEY].map(names)) for part, table in parts.items()}
    parts["peers"]["peer_name"] = parts["peers"]["peer"].map(names)
    rows, last_scale = parts.pop("scores"), scales[-1]
    parts |= {
        "superefficiency": partial(_of_scales, found, methodcaller("superefficiency")),
        "corrected": partial(corrected, found[last_scale], last_scale, draws, seed, level, names),
        "amounts": data, "quantiles": _quantiles(rows),
    }  # fmt: skip
    columns = [KEY, "name", "scale", "value", "lower", "upper", "level", "method", "status", "note"]
    facts: dict[str, Any] = {"n": int(rows.loc[rows["scale"] == scales[0], "value"].notna().sum())}
    for each in scales:
        value = rows.loc[rows["scale"] == each, "value"]
        facts |= {f"efficient_{each}": int((value > EFFICIENT).sum()), f"mean_{each}": float(value.mean())}
    last = rows[rows["scale"] == last_scale].dropna(subset=["value"])
    facts["lowest"] = str(last.sort_values(["value", KEY])[KEY].iloc[0])
    said = str(data["period"].iloc[0]) if "period" in data and len(data) else ""
    return answered(
        "frontier", rows[columns], parts=parts, facts=facts, notes=caveats("en"), heads={"value": "score"},
        looks=_PARTS, names=names, columns=("name", "scale", "value", "status", "note"), level=level, period=said,
        scales=scales, across="scale",
    )  # fmt: skip


def corrected(
    found: FrontierResult, scale: Scale, draws: int, seed: int, level: float, names: dict[str, str]
) -> pd.DataFrame:
    """Scores freed of their bias, with intervals; see `FrontierResult.bootstrap`."""
    rows = found.bootstrap(draws=draws, seed=seed, level=level)
    return rows.assign(name=rows[KEY].map(names), scale=scale)


def _of_scales(found: Mapping[Scale, FrontierResult], table: Callable[[FrontierResult], pd.DataFrame]) -> pd.DataFrame:
    """A table of every scale, below each other."""
    return pd.concat([table(one).assign(scale=each) for each, one in found.items()], ignore_index=True)


def _quantiles(rows: pd.DataFrame) -> pd.DataFrame:
    """Minimum, quartiles and maximum of the scores, by scale."""
    scores = rows.groupby("scale", sort=False)
    table = scores["value"].quantile(np.array([0, 0.25, 0.5, 0.75, 1])).rename_axis(["scale", "share"]).reset_index()
    return table.assign(share=100 * table["share"], status=table["scale"].map(scores["status"].agg(worst_of)))


def _amounts(
    returns: Any, inputs: Sequence[str] | None, outputs: Sequence[str] | None, period: int | str
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    year = None if period == LATEST else period
    if isinstance(returns, Returns):
        frame = amounts(returns, year)
        said = chosen_period(year, returns.annual["period"], "the returns")
        return frame.assign(period=said), tuple(inputs or INPUTS), tuple(outputs or OUTPUTS)
    if not isinstance(returns, pd.DataFrame) or not inputs or not outputs:
        message = (
            "A frontier is of returns, or of a frame with inputs= and outputs= named; found "
            f"{type(returns).__name__}, inputs {inputs!r}, outputs {outputs!r}. Name the columns."
        )
        raise ComparisonError(message)
    if "period" in returns:
        chosen = chosen_period(year, returns["period"].astype("str"), "the frame", ComparisonError)
        returns = returns[returns["period"].astype("str") == chosen]
    return returns, tuple(inputs), tuple(outputs)
