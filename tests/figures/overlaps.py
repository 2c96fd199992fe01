"""What a reader would see at once: texts that cover one another or run out of the figure."""

import itertools
from unittest.mock import patch

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
        fig.canvas.draw()
    return found


def faults(fig):
    """Sentences about each overlap and each text that leaves the figure; empty if the figure is clean."""
    texts = drawn_texts(fig)
    width, height = fig.canvas.get_width_height()
    said = [
        f"{text!r} leaves the figure"
        for text, box in texts
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        apart = (
            a.x1 - TOLERANCE <= b.x0 or b.x1 - TOLERANCE <= a.x0 or a.y1 - TOLERANCE <= b.y0 or b.y1 - TOLERANCE <= a.y0
        )
        if not apart:
            said.append(f"{one!r} covers {other!r}")
    return said
