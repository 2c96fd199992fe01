"""Ring against neighbours: how much a position depends on who one is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from optkommunen.errors import ValueTableError
from optkommunen.figures.layout import Chart, new_figure
from optkommunen.figures.notes import alternative, ring_note
from optkommunen.figures.placement import outline
from optkommunen.figures.style import INK, QUIET, DecimalMark, style_context
from optkommunen.figures.watermark import watermark
from optkommunen.values import KEY
from optkommunen.words import language, number, translate

if TYPE_CHECKING:
    pass

OWN, SHARED, OTHER = "#c4501f", "#1f5fa8", "#8c8c8c"
ROW = 0.95


def ring_and_neighbours(
    values: pd.DataFrame,
    kommune: str,
    groups: Mapping[str, Sequence[str]],
    *,
    decimals: int = 2,
    names: Mapping[str, str] | None = None,
    title: str | None = None,
    unit: str = "",
    source: str = "",
    lang: str | None = None,
    width: float | None = None,
    height: float | None = None,
) -> Chart:
    """One municipality among its ring and among its neighbours: a strip for each, with the middle half and the median.

    A group never holds oneself: its n is the number of points. Who stands in several groups is blue. Lowest, highest
    and one's own value are named.

    Parameters
    ----------
    values : DataFrame
        ``kommune, value, status``; with ``ring`` (and ``ring_status``) the figure says where rings are
        reconstructed.
    kommune : str
        Who is compared.
    groups : mapping
        Name of each group (the ring, the neighbours, all) → keys.
    decimals : int, default 2
        Digits of printed values.
    names : mapping, optional
        Name of each key; the key itself if None.
    title : str, optional
        Headline; None: a general one, "": none.
    unit : str
        Unit of the value.
    source : str
        At the foot; "": own calculation.
    lang : {"de", "en"}, optional
        None: the session's.
    width, height : float, optional
        Of the figure in inches; None: the width of a notebook page, the height that it needs.

    Returns
    -------
    Chart

    Raises
    ------
    ValueTableError
        If a column is absent, a key occurs twice, or a group has no value.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> values = pd.DataFrame({"kommune": ["M01", "M02", "M03"], "value": [1.0, 2, 3], "status": "synthetic"})
    >>> fig = ring_and_neighbours(values, "M02", {"ring": ["M01", "M02"], "near": ["M03"]}, lang="en")
    >>> [t.get_text() for t in fig.axes[0].get_yticklabels()]
    ['ring (n = 1)', 'near (n = 1)']
    >>> plt.close(fig)
    """
    lang = language(lang)
    absent = [column for column in (KEY, "value", "status") if column not in values.columns]
    if absent or values[KEY].duplicated().any():
        message = (
            f"The figure needs kommune, value and status, one row each; not found: {', '.join(absent) or 'keys once'}."
        )
        raise ValueTableError(message)
    known = values.dropna(subset=["value"]).set_index(KEY)["value"]
    members = {name: [key for key in keys if key in known.index and key != kommune] for name, keys in groups.items()}
    empty = [name for name, keys in members.items() if not keys]
    if empty:
        message = f"A comparison needs others with a value; {', '.join(empty)} has none."
        raise ValueTableError(message)
    counts = pd.Series([key for keys in members.values() for key in keys]).value_counts()
    words = {str(key): str((names or {}).get(key, key)) for key in known.index}
    if title is None:
        title = translate("{name} against ring and neighbours", lang, name=words.get(kommune, kommune))
    medians = ", ".join(f"{name} {number(known[keys].median(), decimals, lang)}" for name, keys in members.items())
    own = number(known.get(kommune, np.nan), decimals, lang)
    shown = translate("Own value {value}; medians: {medians}.", lang, value=own, medians=medians)
    with style_context():
        page = new_figure(
            ROW * len(members) + 0.9,
            title,
            translate("Points: comparators (blue: in several groups); area: middle half; tick: median", lang),
            source or translate("own calculation", lang),
            lang,
            [ring_note(values, lang)],
            table=values,
            alt_text=alternative(title, shown),
            width=width,
            height=height,
        )
        ax = page.axes(1.7, 0.5, page.width - 1.9, ROW * len(members) + 0.3)
        for y, (_, keys) in enumerate(members.items()):
            strip = known[keys].sort_values()
            q1, median, q3 = np.quantile(strip, [0.25, 0.5, 0.75])
            ax.fill_between([q1, q3], y - 0.24, y + 0.24, color="#e3e7ee", zorder=1, linewidth=0)
            ax.plot([median] * 2, [y - 0.24, y + 0.24], color=INK, linewidth=1.2, zorder=2, gid=f"median {y}")
            shared = [len(members) > 1 and counts[key] > 1 for key in strip.index]
            ax.scatter(
                strip,
                [y] * len(strip),
                s=30,
                c=np.where(shared, SHARED, OTHER),
                edgecolor="white",
                linewidth=0.6,
                zorder=3,
                gid=f"group {y}",
            )
            ends = (
                ((strip.index[0], "left"), (strip.index[-1], "right"))
                if len(strip) > 1
                else ((strip.index[0], "center"),)
            )
            for key, align in ends:
                ax.annotate(
                    words[str(key)],
                    (strip[key], y),
                    (0, -13),
                    textcoords="offset points",
                    size=7,
                    color=QUIET,
                    ha=align,
                    va="center",
                    path_effects=outline(),
                    gid="extreme",
                )
        if kommune in known.index:
            ax.axvline(known[kommune], color=OWN, linewidth=1.6, zorder=4, gid="own")
            ax.annotate(
                f"{words[kommune]}: {number(known[kommune], decimals, lang)}",
                (known[kommune], 1),
                (3, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                size=8,
                color=OWN,
                va="top",
                weight="bold",
                gid="own name",
            )
        ticks = [f"{name} (n = {len(keys)})" for name, keys in members.items()]
        ax.set_yticks(range(len(members)), ticks, size=8.5)
        ax.set(ylim=(len(members) - 0.25, -0.85), xlabel=unit)
        ax.margins(x=0.08)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        ax.xaxis.set_major_formatter(DecimalMark(lang))
    return watermark(page.figure, values["status"], values[KEY])
