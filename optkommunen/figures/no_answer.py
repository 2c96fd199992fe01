"""What is drawn where the data carry no answer: the reason, in place of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optkommunen.data.catalogue import Lang
from optkommunen.figures.layout import new_figure
from optkommunen.figures.style import style_context
from optkommunen.figures.texts import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def reason_drawn(reason: str, source: str = "", lang: Lang = "de", *, title: str | None = None) -> Figure:
    """A figure without axes that says why there is none.

    Parameters
    ----------
    reason : str
        One sentence.
    source : str, default ""
        Of the data; own calculation if empty.
    lang : {"de", "en"}, default "de"
    title : str or None, default None
        Headline; the words for "no answer" if None.

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
    head = title or ("Keine Antwort" if lang == "de" else "No answer")
    with style_context():
        return new_figure(0.05, head, reason, source or say("own_calculation", lang), lang).figure


def drawn(result: Any, *, lang: Lang = "de", title: str | None = None, **_: Any) -> Figure:
    """As `reason_drawn`, of an answer that is empty."""
    return reason_drawn(str(result.summary(lang)), result.source, lang, title=title)
