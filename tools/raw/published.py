"""Table `published_figures`: single printed figures, as collected, with this project's key."""

from __future__ import annotations

import pandas as pd

from tools.raw.official import reference


def published_figures(municipalities: pd.DataFrame) -> pd.DataFrame:
    """Compile the table, sorted by identifier; a key that is not one of the 69 is refused."""
    printed = reference("published_figures.csv").rename(columns={"ags_2005": "kommune"})
    foreign = set(printed["kommune"]) - set(municipalities["kommune"]) - {""}
    if foreign:
        message = f"Keys in published_figures.csv that are not among the 69: {', '.join(sorted(foreign))}"
        raise ValueError(message)
    return printed.sort_values("figure_id", ignore_index=True)
