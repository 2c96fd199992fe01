"""Published single figures on the 69: the independent checks of the official leg."""

from __future__ import annotations

import pandas as pd

from optkommunen.data import store

_UNITS = {"pct": "%", "eur": "€"}


def load_published() -> pd.DataFrame:
    """Figures printed in press releases, council papers and reports, 2005–2015.

    **Format:** one row for each printed figure; ``period`` is a day or month for stocks, a year for annual sums and
    means, ``start/end`` for other spans. ``kommune`` is empty where the figure is not about one of the 69 on its area
    as admitted. Two sources that print different values for one month both stay.
    **Certainty:** ``A`` primary source, ``B`` press or another secondary source, ``C`` derived or date inferred.
    **Licence:** single facts; cite the column ``source``.
    **Known faults:** counts of placements (``eingliederungen``) follow rules of each house and are not comparable.

    Returns
    -------
    DataFrame, shape (833, 13)
        The columns of the descriptor, ``unit`` and ``status`` (always ``published``).

    Examples
    --------
    >>> figures = load_published().set_index("figure_id")
    >>> int(figures.at["ok69.ehb.2006-09-30", "value"])
    690414
    """
    frame = store.table("published_figures")
    suffix = frame["indicator"].str.rsplit("_", n=1).str[-1]
    return frame.assign(unit=suffix.map(_UNITS).fillna("count or ratio"), status="published")
