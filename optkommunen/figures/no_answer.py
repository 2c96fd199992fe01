"""What is drawn where the data carry no answer: the reason, in place of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from optkommunen.figures.layout import new_figure
from optkommunen.figures.style import style_context
from optkommunen.words import translate

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def reason_drawn(
    reason: str, source: str = "", *, lang: str | None = None, title: str | None = None, width: float | None = None,
    height: float | None = None,
) -> Figure:  # fmt: skip
    """A figure without axes that says why there is none.

    Parameters
    ----------
    reason : str
        One sentence.
    source : str, default ""
        Of the data; own calculation if empty.
    lang : {"de", "en"}, optional
        None: the session's.
    title : str or None, default None
        Headline; the words for "no answer" if None.
    width, height : float, optional
        Inches.

    Returns
    -------
    Figure

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig = reason_drawn("A ring of two has no quarters.", lang="en")
    >>> [text.get_text() for text in fig.texts][:2], len(fig.axes)
    (['No answer', 'A ring of two has no quarters.'], 0)
    >>> plt.close(fig)
    """
    head, source = title or translate("No answer", lang), source or translate("own calculation", lang)
    with style_context():
        page = new_figure(
            0.05, head, reason, source, lang, table=pd.DataFrame(), alt_text=reason, width=width, height=height
        )  # fmt: skip
    return page.figure
