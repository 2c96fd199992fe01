"""What every test of a figure needs: German unless told otherwise, and no figure left open."""

import matplotlib.pyplot as plt
import pytest

from optkommunen.words import set_language


@pytest.fixture(autouse=True)
def closed():
    set_language("de")
    yield
    set_language("en")
    plt.close("all")
