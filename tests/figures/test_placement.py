"""Names on a map."""

import matplotlib.pyplot as plt
import pytest
import shapely

from optkommunen.figures.placement import place, pole_of_inaccessibility
from optkommunen.loaders.bundled import load_boundaries
from tests.figures.overlaps import faults


@pytest.fixture
def ax():
    fig = plt.figure(figsize=(5, 5))
    axes = fig.add_axes((0.05, 0.05, 0.9, 0.9), xlim=(0, 100), ylim=(0, 100))
    axes.axis("off")
    yield axes
    plt.close(fig)


def test_the_heart_of_every_municipality_lies_inside_it():
    shapes = load_boundaries().query("level == 'kommune'")
    assert all(shape.covers(shapely.Point(pole_of_inaccessibility(shape)[:2])) for shape in shapes["geometry"])


def test_names_of_places_close_together_do_not_overlap(ax):
    points = [(50 + i, 50 + i / 2) for i in range(6)]
    place(ax, points, [f"Long name {i}" for i in range(6)])
    assert faults(ax.figure) == []


def test_names_at_the_border_stay_inside(ax):
    place(ax, [(0, 0), (100, 100), (0, 100), (100, 0)], ["Southwest", "Northeast", "Northwest", "Southeast"])
    assert faults(ax.figure) == []


def test_a_name_rather_stands_on_open_ground(ax):
    (text,) = place(ax, [(50, 50)], ["Name"], avoid=[shapely.box(50, 40, 100, 60)])
    assert text.get_position()[0] < 50


def test_a_name_without_any_free_place_is_left_out(ax):
    assert place(ax, [(50, 50)], ["x" * 200]) == []
    assert not ax.texts
