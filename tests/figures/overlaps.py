"""What a reader would see at once: texts that cover one another or run out of the figure."""

from unittest.mock import patch

import numpy as np
from matplotlib.text import Text

TOLERANCE = 0.75
"""Pixels by which two boxes may touch: a text's box is a little larger than its letters."""


def drawn_texts(fig):
    """Texts and their boxes as really drawn: ticks outside the limits, for instance, are not."""
    found = []
    draw = Text.draw

    def recorded(self, renderer, *args, **kwargs):
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), Text.get_window_extent(self, renderer)))
        return draw(self, renderer, *args, **kwargs)

    with patch.object(Text, "draw", recorded):
        fig.draw_without_rendering()  # a closed figure has a canvas that draws nothing
    return found


def faults(fig):
    """Sentences about each overlap and each text that leaves the figure; empty if the figure is clean.

    Raises
    ------
    AssertionError
        If no text was drawn: then nothing was looked at.
    """
    texts = drawn_texts(fig)
    assert texts
    width, height = fig.bbox.size
    x0, y0, x1, y1 = np.array([box.extents for _, box in texts]).T
    out = (x0 < 0) | (y0 < 0) | (x1 > width) | (y1 > height)
    apart_x, apart_y = (np.subtract.outer(high - TOLERANCE, low) <= 0 for low, high in ((x0, x1), (y0, y1)))
    apart = apart_x | apart_x.T | apart_y | apart_y.T
    said = [f"{texts[i][0]!r} leaves the figure" for i in np.flatnonzero(out)]
    return said + [f"{texts[i][0]!r} covers {texts[j][0]!r}" for i, j in np.argwhere(np.triu(~apart, 1))]
