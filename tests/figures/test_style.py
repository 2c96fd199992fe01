"""Numbers, colours and the rule that a figure needs status."""

import itertools
import subprocess
import sys
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from optkommunen.comparison.funnel import Funnel
from optkommunen.errors import OptkommunenError, ValueTableError
from optkommunen.figures import style
from optkommunen.figures.funnels import FLAG_COLOURS, funnel
from optkommunen.figures.style import DecimalMark
from optkommunen.indicators.rates import indicator
from optkommunen.returns.read import load_returns
from optkommunen.words import number, percent, with_unit

# Machado, Oliveira, Fernandes (2009): what a reader without red, green or blue cones sees, in linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour, vision="normal"):
    """CIE L*a*b* (D65) of a colour as seen."""
    rgb = np.array(mpl.colors.to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(
    ("value", "decimals", "lang", "text"),
    [
        (1234.5, 1, "de", "1.234,5"),
        (1234.5, 1, "en", "1,234.5"),
        (-3, 0, "de", "−3"),
        (-0.04, 1, "de", "0,0"),
        (-0.0, 0, "en", "0"),
        (0.25, 1, "en", "0.3"),
        (17.65, 1, "de", "17,7"),
        (1234567, 0, "de", "1.234.567"),
        (float("nan"), 1, "de", "–"),
    ],
)
def test_a_number_is_written_as_the_language_does(value, decimals, lang, text):
    assert number(value, decimals, lang) == text


def test_a_plus_sign_is_written_only_when_asked_for_and_never_on_nothing():
    assert [number(v, 1, "en", sign=True) for v in (1, 0, 0.01, -1)] == ["+1.0", "0.0", "0.0", "−1.0"]


def test_percent_keeps_sign_and_number_together():
    assert percent(5, 1, "de") == "5,0\N{NO-BREAK SPACE}%"
    assert with_unit(5, 1, "% der Kinder", "de") == "5,0\N{NO-BREAK SPACE}% der Kinder"
    assert with_unit(5, 1, "% of children", "en") == "5.0% of children"


def test_an_unknown_language_is_refused():
    with pytest.raises(OptkommunenError, match="Words are 'de' or 'en'; found 'fr'"):
        number(1, 1, "fr")


def test_ticks_have_the_decimal_mark_and_the_same_digits():
    assert DecimalMark("de").format_ticks([0, 0.5, 1]) == ["0,0", "0,5", "1,0"]
    assert DecimalMark("en").format_ticks([0, 1000, 2000]) == ["0", "1,000", "2,000"]


def test_a_frame_without_status_is_refused():
    with pytest.raises(ValueTableError, match="not found: status"):
        style.require_status(pd.DataFrame({"kommune": ["06438"], "value": [1.0]}))


def test_rings_stand_in_order_of_lightness_so_that_grey_print_tells_them_apart():
    lightness = np.array([lab(colour)[0] for colour in style.RING_COLOURS])
    assert (np.diff(lightness) >= 9).all()


@pytest.mark.parametrize("vision", VISION)
def test_rings_differ_for_the_colour_blind(vision):
    seen = [lab(colour, vision) for colour in style.RING_COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


@pytest.mark.parametrize("classes", range(2, 8))
def test_classes_darken_step_by_step(classes):
    lightness = np.array([lab(colour)[0] for colour in style.sequential(classes)])
    assert (np.diff(lightness) < -5).all()


def test_no_class_looks_like_no_value():
    chroma = [np.hypot(*lab(colour)[1:]) for colour in style.sequential(5)]
    assert min(chroma) > 20


@pytest.mark.parametrize("colour", [*style.RING_COLOURS, *style.sequential(5)])
def test_text_on_a_colour_has_enough_contrast(colour):
    def luminance(c):
        return ((lab(c)[0] + 16) / 116) ** 3

    light, dark = sorted([luminance(colour), luminance(style.ink_on(colour))], reverse=True)
    assert (light + 0.05) / (dark + 0.05) > 4


def test_a_picture_is_the_same_twice_and_has_few_colours():
    fig, ax = plt.subplots()
    ax.imshow(np.random.default_rng(0).random((20, 20)))
    assert style.png(fig) == style.png(fig)
    assert style.png(fig).startswith(b"\x89PNG")
    plt.close(fig)


def test_a_colour_of_three_points_is_in_the_picture():
    outliers = {"M11": 4, "M40": 4, "M60": 4}
    frame = indicator("eingliederungsquote", load_returns()).query("period == '2008'")
    events = frame["numerator"] * frame["kommune"].map(outliers).fillna(1)
    fig = funnel(Funnel(events="numerator", exposure="denominator")(frame.assign(numerator=events)))
    found = np.asarray(Image.open(BytesIO(style.png(fig))).convert("RGB")).reshape(-1, 3)
    assert len(np.unique(found, axis=0)) <= style.COLOURS
    for colour in (FLAG_COLOURS["high"], style.INK, "white"):
        apart = np.linalg.norm(found - 255 * np.array(mpl.colors.to_rgb(colour)), axis=1)
        assert apart.min() <= style.ALIKE
        assert (apart <= style.ALIKE).sum() >= 30
    assert (found == 255).all(axis=1).mean() > 0.5
    plt.close(fig)


def test_the_session_keeps_its_own_settings_after_a_figure():
    before = mpl.rcParams["font.size"]
    with style.style_context():
        assert mpl.rcParams["font.size"] == 9
    assert mpl.rcParams["font.size"] == before


def test_importing_the_figures_loads_no_plotting_library():
    code = (
        "import sys, optkommunen.figures as f; dir(f); "
        "print([m for m in ('matplotlib', 'seaborn', 'geopandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_is_found_and_an_unknown_one_is_answered_with_the_list():
    import optkommunen.figures as figures

    assert all(getattr(figures, name) is not None for name in dir(figures))
    with pytest.raises(AttributeError, match=r"no attribute 'map_ring'; it has .*map_rings"):
        _ = figures.map_ring


def test_no_public_function_bears_the_name_of_a_module():
    import optkommunen.figures as figures

    assert not set(figures._WHERE) & set(figures._HOLDS)
