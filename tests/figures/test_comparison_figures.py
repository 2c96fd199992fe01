"""Figures of the comparison: drawn values are the table's, labels have their colours, nothing overlaps."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.transforms import Bbox

import optkommunen as ok
from optkommunen.comparison.funnel import Funnel
from optkommunen.comparison.position import compare
from optkommunen.comparison.ranks import RankSets
from optkommunen.data.labels import decimals_of
from optkommunen.data.ring_rule import reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.figures.interval_rows import LABEL_COLOURS
from optkommunen.figures.style import PALE
from tests.figures.overlaps import faults

RETURNS = ok.load_returns()
RINGS = RETURNS.units[["kommune", "ring"]]
LONG = dict(
    zip(RETURNS.units["kommune"], [f"Rheingau-Taunus-Kreis {k}" for k in RETURNS.units["kommune"]], strict=True)
)
RATE = ok.indicator("eingliederungsquote", RETURNS)
POSITION = compare(RATE, RINGS, level=0.95)
LAST = RATE[RATE["period"] == "2008"]
COUNTS = LAST.rename(columns={"numerator": "events", "denominator": "exposure"})[
    ["kommune", "events", "exposure", "status"]
]
SPREAD = RATE.groupby("kommune")["value"].agg(["mean", "std"]).reset_index()
VALUES = pd.DataFrame({"kommune": SPREAD["kommune"], "value": SPREAD["mean"], "se": 0.08, "status": "synthetic"})
NAMES = ("eingliederungsquote", "aktivierungsquote", "sanktionsquote")
LABELS = pd.concat([compare(ok.indicator(n, RETURNS), RINGS, level=0.95).assign(indicator=n) for n in NAMES])


def of_ring(ring, table=POSITION):
    return table[table["kommune"].isin(RINGS.loc[RINGS["ring"] == ring, "kommune"])]


def artists(ax, start):
    return {a.get_gid().removeprefix(start): a for a in ax.lines if str(a.get_gid()).startswith(start)}


@pytest.mark.parametrize("ring", ["R-IV", "R-III"])
def test_areas_show_values_intervals_and_references(ring):
    rows = of_ring(ring).set_index("kommune")
    ax = ok.figures.compare_areas(rows.reset_index()).axes[0]
    points, whiskers, references = (artists(ax, f"{kind} ") for kind in ("point", "interval", "reference"))
    assert set(points) == set(rows.index)
    for key, row in rows.iterrows():
        assert points[key].get_xdata()[0] == row["value"]
        assert list(whiskers[key].get_xdata()) == [row["lower"], row["upper"]]
        assert references[key].get_xdata()[0] == row["reference_value"]
        assert mpl.colors.to_hex(whiskers[key].get_color()) == LABEL_COLOURS[row["label"]]


def test_areas_stand_best_first_also_where_low_is_good():
    rows = of_ring("R-V").assign(label=["better"] + ["worse"] * 9).sort_values("value", ignore_index=True)
    down = rows.assign(label=np.where(rows["value"] < rows["value"].median(), "better", "worse"))
    for table, first in (
        (down, "min"),
        (down.assign(label=np.where(down["label"] == "better", "worse", "better")), "max"),
    ):
        ax = ok.figures.compare_areas(table).axes[0]
        top = min(artists(ax, "point ").values(), key=lambda line: line.get_ydata()[0])
        assert top.get_xdata()[0] == getattr(table["value"], first)()


def four_rates(labels):
    """Rates of which the first lies far above the others."""
    rates = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "value": [30, 10.5, 10.1, 10.0], "label": labels})
    rates["reference_value"] = [10.2, 16.7, 16.8, 16.9]
    limits = {"lower": rates["value"] - 0.4, "upper": rates["value"] + 0.4, "level": 0.95, "method": "byar"}
    return rates.assign(**limits, reference="rest of the ring", status="synthetic")


@pytest.mark.parametrize(
    "labels", [["worse", *["similar"] * 3], ["similar", "better", "better", "better"], ["worse", *["better"] * 3]]
)
def test_one_label_is_enough_to_know_that_low_is_good(labels):
    ax = ok.figures.compare_areas(four_rates(labels)).axes[0]
    assert list(artists(ax, "point ")) == ["M04", "M03", "M02", "M01"]


def test_without_a_label_the_polarity_says_who_is_best():
    alike = four_rates("similar")
    for polarity, first in ((None, "M01"), (1, "M01"), (-1, "M04")):
        assert next(iter(artists(ok.figures.compare_areas(alike, polarity=polarity).axes[0], "point "))) == first


def test_an_interval_that_is_not_assessed_can_be_seen():
    ax = ok.figures.compare_areas(four_rates(["not assessed", *["similar"] * 3])).axes[0]
    assert mpl.colors.to_hex(artists(ax, "interval ")["M01"].get_color()) == PALE


@pytest.mark.parametrize(("method", "within"), [("byar", "chance alone"), ("byar+transient", "change between years")])
def test_the_subtitle_says_what_the_interval_holds(method, within):
    fig = ok.figures.compare_areas(four_rates("similar").assign(method=method), lang="en")
    assert within in fig.texts[1].get_text()


def test_a_highlighted_municipality_is_bold():
    ax = ok.figures.compare_areas(of_ring("R-IV"), highlight="M15").axes[0]
    bold = [label.get_text() for label in ax.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == ["M15"]


def test_the_funnel_has_all_points_and_names_those_outside():
    frame = COUNTS.assign(events=COUNTS["events"].where(COUNTS["kommune"] != "M40", 4 * COUNTS["events"]))
    result = Funnel(polarity=1)(frame)
    ax = ok.figures.funnel(result, lang="en", names=LONG).axes[0]
    points = np.vstack([c.get_offsets() for c in ax.collections])
    assert sorted(points[:, 1]) == pytest.approx(sorted(100 * frame["events"] / frame["exposure"]))
    assert LONG["M40"] in [text.get_text() for text in ax.texts]
    assert LONG["M01"] not in [text.get_text() for text in ax.texts]


def test_the_limits_of_the_funnel_are_those_of_the_result():
    result = Funnel()(COUNTS)
    ax = ok.figures.funnel(result).axes[0]
    (line,) = [a for a in ax.lines if a.get_gid() == "upper 0.998"]
    want = result.limits(line.get_xdata())
    np.testing.assert_allclose(line.get_ydata(), want.loc[want["level"] == 0.998, "upper"])


def legend_of(fig):
    return [text.get_text() for text in fig.axes[0].get_legend().get_texts()]


def test_the_counts_of_the_legend_are_those_of_the_note():
    frame = COUNTS.assign(events=COUNTS["events"].where(COUNTS["kommune"] != "M40", 4 * COUNTS["events"]))
    result = Funnel()(frame)
    fig = ok.figures.funnel(result, lang="en")
    counts = {word.rsplit(" (")[0]: int(word.rsplit(" (")[1][:-1]) for word in legend_of(fig) if word.endswith(")")}
    at = result.summary.set_index("level")["outside_additive"]
    assert counts["outside 95% only"] == at[0.95] - at[0.998] > 0
    assert counts["inside"] == 69 - at[0.95]
    assert counts.get("above", 0) + counts.get("below", 0) == at[0.998]
    assert f"95%: outside {at[0.95]} " in fig.texts[-2].get_text() + fig.texts[-1].get_text()


def test_each_limit_has_its_level_at_its_end():
    result = Funnel()(COUNTS)
    ax = ok.figures.funnel(result).axes[0]
    levels = [text for text in ax.texts if text.get_gid() == "level"]
    ends = {line.get_gid(): line.get_ydata()[-1] for line in ax.lines if str(line.get_gid()).startswith("upper")}
    upper = sorted(levels, key=lambda text: text.xy[1])[-2:]
    assert [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in upper] == ["95 %", "99,8 %"]
    assert [text.xy[1] for text in upper] == pytest.approx([ends["upper 0.95"], ends["upper 0.998"]], rel=0.05)


def few_events():
    """Counts of 1 to 50 expected events, true values that differ, two outliers."""
    rng = np.random.default_rng(3)
    exposure = np.round(np.exp(rng.normal(np.log(250), 0.7, 69)))
    events = rng.poisson(0.02 * exposure * np.maximum(rng.normal(1, 0.3, 69), 0))
    events[[2, 40]] += [25, 14]
    return COUNTS[["kommune", "status"]].assign(events=events, exposure=exposure)


def test_at_few_events_a_point_has_the_colour_of_being_outside_where_it_is_outside_the_line_drawn():
    ax = ok.figures.funnel(Funnel()(few_events()), lang="en").axes[0]
    drawn = {line.get_gid(): line for line in ax.lines}

    def beyond(points, level):
        at = [np.interp(np.log(points[:, 0]), np.log(line.get_xdata()), line.get_ydata())
              for line in (drawn[f"lower {level}"], drawn[f"upper {level}"])]  # fmt: skip
        return (points[:, 1] < at[0]) | (points[:, 1] > at[1])

    points = {c.get_gid(): np.asarray(c.get_offsets()) for c in ax.collections if str(c.get_gid()).startswith("flag")}
    assert sum(map(len, points.values())) == 69
    assert not beyond(points["flag inside"], 0.95).any()
    assert beyond(points["flag between"], 0.95).all()
    assert not beyond(points["flag between"], 0.998).any()
    assert beyond(points["flag high"], 0.998).all()


def test_a_funnel_of_few_events_has_sizes_on_its_axis_and_no_rate_below_0():
    ax = ok.figures.funnel(Funnel()(few_events()), lang="en").axes[0]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["50", "100", "200", "500", "1,000", "2,000"]
    assert min(ax.get_yticks()) == 0


def test_a_funnel_of_few_says_so_and_what_it_flags_without_outliers():
    for frame, uncertain in ((COUNTS.head(12), True), (COUNTS, False)):
        result = Funnel()(frame)
        words = "\n".join(text.get_text() for text in ok.figures.funnel(result, lang="en").texts)
        assert ("φ and τ are uncertain" in words) == uncertain
        for share in result.summary["flagged_without_outliers"]:
            assert f"without true outliers {100 * share:.1f}% would lie outside" in words


def test_a_funnel_with_one_level_has_nothing_between():
    assert not [
        word for word in legend_of(ok.figures.funnel(Funnel(levels=(0.95,))(COUNTS), lang="en")) if "only" in word
    ]


def test_rank_sets_are_drawn_as_they_are():
    sets = {kind: RankSets(kind, draws=500)(VALUES) for kind in ("marginal", "simultaneous")}
    ax = ok.figures.rank_sets(sets["marginal"], sets["simultaneous"]).axes[0]
    for kind, table in sets.items():
        lines = artists(ax, f"{kind} ")
        for row in table.itertuples():
            assert list(lines[row.kommune].get_xdata()) == [row.lower, row.upper]


def test_the_rug_has_one_cell_for_each_municipality_and_indicator():
    ax = ok.figures.heatmap(LABELS).axes[0]
    found = {patch.get_gid() for patch in ax.patches}
    assert found == {f"{r.kommune} {r.indicator} {r.label}" for r in LABELS.itertuples()}


def test_the_profile_shows_the_ring_and_oneself():
    table = of_ring("R-IV", LABELS)
    ax = ok.figures.profile(table, "M15", lang="en").axes[0]
    for name in NAMES:
        values = table.loc[table["indicator"] == name].set_index("kommune")["value"]
        at = (values - values.min()) / (values.max() - values.min())
        (own,) = [c for c in ax.collections if c.get_gid() == f"own {name}"]
        assert own.get_offsets()[0, 0] == pytest.approx(at["M15"])
        (median,) = [line for line in ax.lines if line.get_gid() == f"median {name}"]
        assert median.get_xdata()[0] == pytest.approx(at.median())


def test_ring_and_neighbours_show_their_members():
    groups = {"ring": of_ring("R-IV")["kommune"].tolist(), "near": ["M01", "M02", "M08"]}
    ax = ok.figures.ring_and_neighbours(LAST, "M15", groups, lang="en").axes[0]
    values = LAST.set_index("kommune")["value"]
    for i, keys in enumerate(groups.values()):
        (strip,) = [c for c in ax.collections if c.get_gid() == f"group {i}"]
        others = [k for k in keys if k != "M15"]
        assert sorted(strip.get_offsets()[:, 0]) == pytest.approx(sorted(values[others]))
    (own,) = [line for line in ax.lines if line.get_gid() == "own"]
    assert own.get_xdata()[0] == values["M15"]


def test_one_other_is_named_once_and_n_counts_the_others():
    groups = {"ring": ["M15", "M01"], "near": ["M01", "M02", "M08"]}
    fig = ok.figures.ring_and_neighbours(LAST, "M15", groups, lang="en", names=LONG)
    ax = fig.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ring (n = 1)", "near (n = 3)"]
    assert len([text for text in ax.texts if text.get_gid() == "extreme"]) == 3
    assert faults(fig) == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_profile_without_a_range_has_ones_own_value_and_no_marks_explained(lang):
    alone = LABELS[LABELS["kommune"] == "M15"]
    equal = of_ring("R-IV", LABELS).assign(value=2.5)
    for table in (alone, equal):
        fig = ok.figures.profile(table, "M15", lang=lang)
        own = [text.get_text() for text in fig.axes[0].texts if text.get_gid() == "own value"]
        want = table[table["kommune"] == "M15"].set_index("indicator")["value"]
        assert len(own) == 3
        assert own[0].startswith(ok.figures.number(want[NAMES[0]], decimals_of(NAMES[0]), lang))
        assert [ax for ax in fig.axes if ax.get_legend()] == []
        assert faults(fig) == []


@pytest.mark.parametrize("end", ["min", "max"])
def test_a_profile_at_the_end_of_the_ring_does_not_touch_the_number_there(end):
    table = of_ring("R-IV", LABELS)
    one = table[table["indicator"] == NAMES[0]].set_index("kommune")["value"]
    fig = ok.figures.profile(table, one.idxmin() if end == "min" else one.idxmax(), lang="en")
    fig.draw_without_rendering()
    ax = fig.axes[0]
    (own,) = [c for c in ax.collections if c.get_gid() == f"own {NAMES[0]}"]
    x, y = ax.transData.transform(own.get_offsets()[0])
    radius = (own.get_sizes()[0] ** 0.5 / 2 + own.get_linewidths()[0] + 2) * fig.dpi / 72  # and two points of air
    point = Bbox([[x - radius, y - radius], [x + radius, y + radius]])
    assert not [text for text in ax.texts if text.get_gid() == "end" and text.get_window_extent().overlaps(point)]


def test_the_rug_leaves_no_more_room_above_than_its_names_need():
    one = LABELS[LABELS["indicator"] == NAMES[0]]
    for table in (of_ring("R-IV", one).head(7), of_ring("R-IV", LABELS), LABELS):
        fig = ok.figures.heatmap(table)
        fig.draw_without_rendering()
        top = max(text.get_window_extent().y1 for text in fig.axes[0].texts if text.get_gid() == "column")
        legend = fig.axes[1].get_legend().get_window_extent().y0
        assert 0 < (legend - top) / fig.dpi < 0.3
        assert faults(fig) == []


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("names", [None, LONG], ids=["short", "long"])
def test_nothing_covers_anything(lang, names):
    assert faults(ok.figures.compare_areas(of_ring("R-III"), lang=lang, names=names)) == []
    assert faults(ok.figures.compare_areas(POSITION, lang=lang, names=names)) == []
    assert faults(ok.figures.funnel(Funnel()(COUNTS), lang=lang, names=names)) == []
    outliers = COUNTS["events"].where(~COUNTS["kommune"].isin(["M11", "M40", "M60"]), 3 * COUNTS["events"])
    assert faults(ok.figures.funnel(Funnel()(COUNTS.assign(events=outliers)), lang=lang, names=names)) == []
    assert faults(ok.figures.funnel(Funnel()(COUNTS.head(12)), lang=lang, names=names)) == []
    sets = [RankSets(kind, draws=500)(VALUES) for kind in ("marginal", "simultaneous")]
    assert faults(ok.figures.rank_sets(*sets, lang=lang, names=names)) == []
    assert faults(ok.figures.heatmap(LABELS, lang=lang, names=names)) == []
    assert faults(ok.figures.profile(of_ring("R-IV", LABELS), "M15", lang=lang)) == []


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: ok.figures.compare_areas(POSITION.drop(columns="label")), "not found: label"),
        (lambda: ok.figures.compare_areas(pd.concat([POSITION, POSITION])), "once here: M01"),
        (lambda: ok.figures.heatmap(LABELS.drop(columns="status")), "not found: status"),
        (lambda: ok.figures.heatmap(pd.concat([LABELS, LABELS.head(1)])), "once here: M01.eingliederungsquote"),
        (lambda: ok.figures.profile(of_ring("R-IV", LABELS), "M01"), "'M01' is not in it"),
        (lambda: ok.figures.ring_and_neighbours(LAST, "M15", {"none": ["M15"]}), "none has none"),
    ],
)
def test_broken_tables_are_refused(draw, message):
    with pytest.raises(ValueTableError, match=message):
        draw()


OURS = reconstructed()
REAL = {
    name: table.assign(kommune=table["kommune"].map(dict(zip(RINGS["kommune"], OURS["kommune"], strict=True))))
    .drop(columns=["ring", "ring_status"]).merge(OURS[["kommune", "ring"]], on="kommune")
    .assign(status="estimated", ring_status="estimated")
    for name, table in (("position", POSITION), ("labels", LABELS))
}  # fmt: skip
OF_OURS = {
    "areas": (lambda t: ok.figures.compare_areas(t[t["ring"] == "R-I"], lang="en"), "position"),
    "rug": (lambda t: ok.figures.heatmap(t, lang="en"), "labels"),
    "profile": (lambda t: ok.figures.profile(t[t["ring"] == "R-I"], "06438", lang="en"), "labels"),
    "strips": (lambda t: ok.figures.ring_and_neighbours(
        t, "06438", {"ring": OURS.loc[OURS["ring"] == "R-I", "kommune"]}, lang="en"), "position"),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_OURS)
@pytest.mark.parametrize("lost", [[], ["ring_status"]], ids=["with status", "status lost"])
def test_figures_say_where_rings_are_our_reconstruction(name, lost):
    draw, table = OF_OURS[name]
    rows = REAL[table].drop(columns=lost)
    assert "Rings: own reconstruction by the published rule" in every_text(draw(rows))
    mine = rows.assign(ring=rows["ring"].str.replace("R-", "mine "), ring_status="observed")
    if name in ("rug", "strips"):
        assert "reconstruction" not in every_text(draw(mine))
    plt.close("all")


def test_a_position_among_all_says_nothing_of_rings():
    fig = ok.figures.compare_areas(REAL["position"].query("ring == 'R-I'").assign(reference="all"), lang="en")
    assert "reconstruction" not in every_text(fig)


def test_the_position_in_reconstructed_rings_says_so_from_the_comparison_on():
    values = ok.load_context("gdp_per_head", 2008).query("kommune != 'DE'")
    table = compare(values, OURS[["kommune", "ring"]], reference="median", level=None)
    assert "own reconstruction" in every_text(ok.figures.compare_areas(table.query("ring == 'R-IV'"), lang="en"))


def every_text(fig):
    return " ".join(" ".join(text.get_text() for text in fig.findobj(mpl.text.Text)).split())
