"""Returns of all 69 of which six are small, for tests of secrecy: invented numbers under real keys."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from optkommunen.data.register import municipalities
from optkommunen.returns.columns import COUNTS, TABLES, Column, table
from optkommunen.returns.read import Returns, load_returns
from optkommunen.returns.secrecy import is_protected, protect
from tests.some_returns import write

SMALL = ["06432", "06438", "05558", "09562", "13059", "01054"]
"""Who has fewer than 900 eHb here; in truth all of the 69 have more."""
MOST = 800


def small_returns(folder: Path, seed: int = 2008) -> Path:
    """CSV tables of the bundled set under the keys of the 69, six of them as if drawn from fewer than 900 eHb."""
    return write(with_small(load_returns(), seed), folder, as_real=keys())


def keys() -> dict[str, str]:
    """Real key of each Musterkommune."""
    return dict(zip(load_returns().units["kommune"], municipalities()["kommune"], strict=True))


def with_small(returns: Returns, seed: int) -> Returns:
    """Persons and cases of six drawn at random from theirs, parts among the persons of their whole."""
    rng = np.random.default_rng(seed)
    small = {invented for invented, key in keys().items() if key in SMALL}
    size = returns.monthly.groupby("kommune")["ehb"].max()
    tables = {}
    for name in TABLES[:3]:
        frame: pd.DataFrame = getattr(returns, name).copy()
        rows = frame["kommune"].isin(small).to_numpy()
        share = (MOST / frame.loc[rows, "kommune"].map(size)).to_numpy(float)
        columns = table(name).columns
        thinned: dict[str, np.ndarray] = {}
        for column in sorted(
            (c for c in columns.values() if c.kind in COUNTS), key=lambda c: len(wholes(c.name, columns))
        ):
            values = frame.loc[rows, column.name].to_numpy(int)
            if column.part_of:
                first, *others = column.part_of
                whole = frame.loc[rows, first].to_numpy(int)
                thinned[column.name] = rng.hypergeometric(values, whole - values, thinned[first])
                for other in others:
                    thinned[column.name] = np.minimum(thinned[column.name], thinned[other])
            else:
                thinned[column.name] = rng.binomial(values, share)
        for column in columns.values():
            if column.kind in COUNTS:
                frame.loc[rows, column.name] = thinned[column.name]
            elif column.kind == "amount" or column.name.startswith("staff"):
                frame.loc[rows, column.name] = (frame.loc[rows, column.name].to_numpy(float) * share).round()
        tables[name] = frame
    return replace(returns, **tables)


def with_other_values(returns: Returns) -> Returns:
    """The same returns, but for figures that are protected: another number that the same rule protects alike."""
    tables = {name: getattr(returns, name) for name in TABLES}
    hidden = protect(tables)
    for name in TABLES[:3]:
        frame, columns = tables[name], table(name).columns
        other = frame.copy()
        for column in [c for c in table(name).numbers if c in frame]:
            values = frame[column].astype(float)
            secret = is_protected(hidden[name], [column]) & values.notna()
            if columns[column].kind in COUNTS:
                flipped = values.where(~values.isin([1, 2]), 3 - values)
                for whole in wholes(column, columns):
                    rest = frame[whole].astype(float) - values
                    flipped = flipped.where(~rest.isin([1, 2]) | values.isin([1, 2]), values + rest - (3 - rest))
            else:
                flipped = values + 1
            other[column] = values.where(~secret, flipped).astype(frame[column].dtype)
        tables[name] = other
    return replace(returns, **{name: _alike(name, tables, hidden, returns) for name in TABLES[:3]})


def _alike(
    name: str, tables: dict[str, pd.DataFrame], hidden: dict[str, pd.DataFrame], returns: Returns
) -> pd.DataFrame:
    """Rows as changed where they are possible and show the same, else as they were."""
    before, after = getattr(returns, name), tables[name]
    possible = ~np.any([after[part] > after[whole] for part, whole in table(name).parts], axis=0)
    shown = protect({**tables, name: after})[name]
    same = (shown.astype("object").fillna("") == hidden[name].astype("object").fillna("")).all(axis=1).to_numpy()
    keep = np.asarray(possible, bool) & same
    return after.where(pd.Series(keep, index=after.index), before)


def wholes(name: str, columns: Mapping[str, Column]) -> list[str]:
    """What a column is a part of, and what that is a part of."""
    part_of = columns[name].part_of
    return list(dict.fromkeys([*part_of, *(above for whole in part_of for above in wholes(whole, columns))]))
