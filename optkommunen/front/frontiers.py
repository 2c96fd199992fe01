"""Learning from the best, with warnings: frontier, of returns or of amounts of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import pandas as pd

from optkommunen.comparison.frontier.amounts import INPUTS, OUTPUTS, amounts
from optkommunen.comparison.frontier.envelopment import Frontier, caveats
from optkommunen.errors import ComparisonError, TooFewUnitsError
from optkommunen.front.given import LATEST, names_of
from optkommunen.front.result import Result
from optkommunen.returns.read import Returns
from optkommunen.values import KEY, chosen_period

Scale = Literal["constant", "variable"]
EFFICIENT = 1 - 1e-8


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
    orientation, fixed, ratios
        As in `optkommunen.comparison.frontier.envelopment.Frontier`.
    level, draws, seed : float, int, int
        Of the bootstrap in ``parts["corrected"]``.

    Returns
    -------
    Result
        ``kommune, name, scale, value`` (score, 1 is on the frontier) ``, status, note``, one row for each municipality
        and scale. ``parts``: ``peers, slacks, targets`` (each with ``scale``), ``corrected`` (scores freed of their
        bias, with intervals), ``amounts``. ``notes``: what must stand beside every such result. Empty with the reason
        where too few municipalities have all amounts.

    Raises
    ------
    ComparisonError
        Columns that are not there, ratios beside totals, amounts that are not above zero.
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
        part: pd.concat([getattr(one, part).assign(scale=each) for each, one in found.items()], ignore_index=True)
        for part in ("peers", "slacks", "targets")
    }
    parts |= {"corrected": partial(corrected, data, made[scales[-1]], draws, seed, level), "amounts": data}
    scores = pd.concat([one.scores.assign(scale=each) for each, one in found.items()], ignore_index=True)
    rows = scores.assign(name=scores[KEY].map(names))
    columns = [KEY, "name", "scale", "value", "lower", "upper", "level", "method", "status", "note"]
    facts: dict[str, Any] = {"n": int(rows.loc[rows["scale"] == scales[0], "value"].notna().sum())}
    for each in scales:
        value = rows.loc[rows["scale"] == each, "value"]
        facts |= {f"efficient_{each}": int((value > EFFICIENT).sum()), f"mean_{each}": float(value.mean())}
    said = str(data["period"].iloc[0]) if "period" in data and len(data) else ""
    return Result(
        "frontier", rows[columns], parts=parts, facts=facts, notes=caveats("en"),
        figure="optkommunen.front.drawing:frontier", sentences="optkommunen.front.sentences:frontier",
        heads={"value": "score"},
        options={"columns": ("name", "scale", "value", "status", "note"), "names": names, "period": said,
                 "scales": scales, "level": level, "across": "scale"},
    )  # fmt: skip


def corrected(frame: pd.DataFrame, made: Frontier, draws: int, seed: int, level: float) -> pd.DataFrame:
    """Scores freed of their bias, with intervals; see `FrontierResult.bootstrap`."""
    return made(frame).bootstrap(draws=draws, seed=seed, level=level).assign(scale=made.returns)


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
