"""Specification curve and influence: drawn values are the table's, names stand apart, invented values are marked."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from optkommunen.data.labels import design_labels
from optkommunen.errors import ValueTableError
from optkommunen.figures.robustness import SIGNIFICANT, influence, specification_curve
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


ONE = CURVE[CURVE["outcome"] == "rate"]


def panels(curve, **options):
    """Axes of histogram and bars by form of the outcome."""
    axes = specification_curve(curve, **options).axes
    return list(zip(axes[:-1:2], axes[1:-1:2], strict=True))


def bars_of(ax):
    """Width of each bar by the name beside it."""
    names = [label.get_text() for label in ax.get_yticklabels()]
    return dict(zip(names, [bar.get_width() for bar in ax.patches], strict=True))


def test_every_specification_is_in_the_histogram_of_its_form_of_the_outcome():
    drawn = panels(CURVE)
    assert len(drawn) == 2
    for (histogram, _), (_, rows) in zip(drawn, CURVE.groupby("outcome", sort=False), strict=True):
        assert sum(bar.get_height() for bar in histogram.patches) == len(rows)
        ends = [bar.get_x() for bar in histogram.patches] + [bar.get_x() + bar.get_width() for bar in histogram.patches]
        assert min(ends) == pytest.approx(rows["value"].min())
        assert max(ends) == pytest.approx(rows["value"].max())


def test_dark_bars_are_those_below_five_per_cent():
    ((histogram, _),) = panels(ONE)
    dark = [bar for bar in histogram.patches if bar.get_facecolor() == mpl.colors.to_rgba(SIGNIFICANT)]
    assert sum(bar.get_height() for bar in dark) == ONE["strong"].sum()


def test_the_main_specification_is_marked():
    ((histogram, _),) = panels(CURVE[CURVE["outcome"] == CURVE["outcome"][5]])
    (main,) = [line for line in histogram.lines if line.get_gid() == "main"]
    np.testing.assert_allclose(main.get_xdata(), CURVE["value"][5])


def test_a_bar_says_what_a_choice_does_to_the_coefficient():
    ((_, bars),) = panels(ONE, lang="en", labels=design_labels("en"))
    density = ONE["controls"].str.contains("ln_density")
    want = ONE.loc[density, "value"].mean() - ONE.loc[~density, "value"].mean()
    drawn = bars_of(bars)
    assert drawn["inhabitants per km² (ln)"] == pytest.approx(want)
    weighted = ONE["weights"] == "ehb"
    want = ONE.loc[weighted, "value"].mean() - ONE.loc[~weighted, "value"].mean()
    assert drawn["weighted by eHb"] == pytest.approx(want)
    sizes = [abs(width) for width in drawn.values()]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_without_labels_a_curve_calls_every_choice_by_its_own_name(lang):
    two = pd.concat([CURVE, CURVE.assign(sample="cities")])
    drawn = panels(two, lang=lang)
    assert [histogram.get_title(loc="left") for histogram, _ in drawn] == ["rate", "ln_rate"]
    assert {"cities", *CONTROLS} <= set(bars_of(drawn[0][1]))


def test_the_main_specification_is_not_said_to_be_stated_beforehand():
    legend = specification_curve(CURVE, lang="en").axes[-1].get_legend()
    assert "main specification" in [text.get_text() for text in legend.get_texts()]


def test_a_curve_without_p_values_says_nothing_of_them():
    legend = specification_curve(CURVE.assign(p=float("nan")), lang="en").axes[-1].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["main specification"]


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
