"""Specification curve and influence: drawn values are the table's, names stand apart, invented values are marked."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from optkommunen.data.labels import design_labels
from optkommunen.errors import ValueTableError
from optkommunen.figures.robustness import influence, specification_curve
from tests.figures.overlaps import faults

RNG = np.random.default_rng(69)
CONTROLS = ["unemployment_rate", "ln_density", "debtor_rate"]


def curve():
    rows = []
    for bits in range(8):
        used = [name for i, name in enumerate(CONTROLS) if bits >> i & 1]
        for outcome in ("rate", "ln_rate"):
            for weights in ("", "ehb"):
                value = RNG.normal(0.2, 0.3)
                rows.append(
                    (outcome, weights, "all", ", ".join(used), value, value - 0.4, value + 0.4, abs(value) > 0.4)
                )
    frame = pd.DataFrame(
        rows, columns=["outcome", "weights", "sample", "controls", "value", "lower", "upper", "strong"]
    )
    frame["p"] = np.where(frame["strong"], 0.01, 0.3)
    return frame.assign(main=frame.index == 5, status="synthetic")


CURVE = curve()
WITHOUT = pd.DataFrame(
    {
        "kommune": [f"M{i:02d}" for i in range(1, 70)],
        "name": [f"Rheingau-Taunus-Kreis {i}" for i in range(1, 70)],
        "value": RNG.normal(0.7, 0.03, 69),
        "hat": RNG.uniform(0.02, 0.4, 69),
    }
)


def test_points_are_all_values_in_order():
    ax = specification_curve(CURVE).axes[0]
    points = np.vstack([c.get_offsets() for c in ax.collections if c.get_gid() == "point"])
    points = points[np.argsort(points[:, 0])]
    np.testing.assert_allclose(points[:, 1], np.sort(CURVE["value"]))


def test_dark_points_are_those_below_five_per_cent():
    ax = specification_curve(CURVE, lang="en").axes[0]
    dark = [c for c in ax.collections if c.get_label() == "p < .05"]
    assert sum(len(c.get_offsets()) for c in dark) == CURVE["strong"].sum()


def test_the_main_specification_is_marked():
    ax = specification_curve(CURVE).axes[0]
    (main,) = [c for c in ax.collections if c.get_gid() == "main"]
    np.testing.assert_allclose(main.get_offsets()[0, 1], CURVE["value"][5])


def test_the_lower_panel_says_which_choices_hold():
    below = specification_curve(CURVE, lang="en", labels=design_labels("en")).axes[1]
    (image,) = below.images
    used = np.isclose(image.get_array(), 0.28)
    names = [label.get_text() for label in below.get_yticklabels()]
    order = CURVE.sort_values("value", kind="stable")
    density = order["controls"].str.contains("ln_density")
    np.testing.assert_array_equal(used[names.index("inhabitants per km² (ln)")], density)
    np.testing.assert_array_equal(used[names.index("unweighted")], order["weights"] == "")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_without_labels_a_curve_calls_every_choice_by_its_own_name(lang):
    two = pd.concat([CURVE, CURVE.assign(sample="cities")])
    names = {label.get_text() for label in specification_curve(two, lang=lang).axes[1].get_yticklabels()}
    assert {"rate", "ln_rate", "all", "cities", *CONTROLS} <= names


def test_the_main_specification_is_not_said_to_be_stated_beforehand():
    legend = specification_curve(CURVE, lang="en").axes[0].get_legend()
    assert "main specification" in [text.get_text() for text in legend.get_texts()]


@pytest.mark.parametrize("lang", ["de", "en"])
def test_nothing_covers_anything(lang):
    assert faults(specification_curve(CURVE, lang=lang, labels=design_labels(lang))) == []
    assert faults(influence(WITHOUT, 0.7, lang=lang, named=8)) == []


def test_influence_shows_every_municipality_and_names_the_most_influential():
    ax = influence(WITHOUT, 0.7, named=5).axes[0]
    (points,) = [c for c in ax.collections if c.get_gid() == "without"]
    np.testing.assert_allclose(points.get_offsets()[:, 1], np.sort(WITHOUT["value"]))
    named = {text.get_gid().removeprefix("name ") for text in ax.texts if str(text.get_gid()).startswith("name ")}
    far = (WITHOUT["value"] - 0.7).abs().sort_values(ascending=False).index[:5]
    assert named == set(WITHOUT.loc[far, "kommune"])


def test_a_municipality_without_a_refit_is_not_drawn():
    ax = influence(WITHOUT.assign(value=WITHOUT["value"].where(WITHOUT.index != 3)), 0.7).axes[0]
    (points,) = [c for c in ax.collections if c.get_gid() == "without"]
    assert len(points.get_offsets()) == 68


@pytest.mark.parametrize(
    "draw", [lambda: specification_curve(CURVE), lambda: influence(WITHOUT, 0.7, status="synthetic")]
)
def test_invented_values_are_marked(draw):
    texts = [text.get_text() for text in draw().findobj(mpl.text.Text)]
    assert any("SYNTHETISCHE DATEN" in text for text in texts)


def test_a_missing_column_is_named():
    with pytest.raises(ValueTableError, match="not found: main"):
        specification_curve(CURVE.drop(columns="main"))
    with pytest.raises(ValueTableError, match="not found: name"):
        influence(WITHOUT.drop(columns="name"), 0.7)
