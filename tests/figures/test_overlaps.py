"""The check itself finds what it is there to find."""

import matplotlib.pyplot as plt
import pytest

from tests.figures.overlaps import drawn_texts, faults


@pytest.fixture
def fig():
    figure = plt.figure(figsize=(4, 2))
    yield figure
    plt.close(figure)


def test_texts_apart_are_no_fault(fig):
    fig.text(0.1, 0.2, "low")
    fig.text(0.1, 0.8, "high")
    assert faults(fig) == []


def test_texts_one_across_the_other_are_named(fig):
    fig.text(0.5, 0.5, "one")
    fig.text(0.52, 0.5, "other")
    assert faults(fig) == ["'one' covers 'other'"]


def test_a_text_that_leaves_the_figure_is_named(fig):
    fig.text(0.95, 0.5, "a long text")
    assert faults(fig) == ["'a long text' leaves the figure"]


def test_a_tick_label_outside_the_limits_is_not_drawn(fig):
    ax = fig.add_subplot()
    ax.set_xticks([0, 1, 5], ["zero", "one", "five"])
    ax.set(xlim=(0, 2), yticks=[])
    assert [text for text, _ in drawn_texts(fig)] == ["zero", "one"]
