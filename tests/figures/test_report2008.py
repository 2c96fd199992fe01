"""The five figures of 2008: bars are rates, lines are months, invented values are marked, real ones are not."""

import functools
import hashlib
import itertools
from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.rings import rings_of
from optkommunen.data.ring_rule import RINGS, reconstructed
from optkommunen.errors import ValueTableError
from optkommunen.figures.notes import MARK
from optkommunen.figures.report2008 import DEVELOPMENTS, GRAFIKEN, grafik
from tests.figures.overlaps import faults
from tests.own_returns import REAL, write_own_returns

RETURNS = ok.load_returns()
SMALLEST, LARGEST = "R-IV", "R-III"  # 7 and 13 members


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return ok.load_returns(write_own_returns(tmp_path_factory.mktemp("returns")))


def words(fig):
    return [text.get_text() for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]


def artists(ax, start, kind="lines"):
    return {a.get_gid().removeprefix(start): a for a in getattr(ax, kind) if str(a.get_gid()).startswith(start)}


def said(ax, gid):
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


@functools.cache
def figure(number, ring=None, lang="de", **options):
    """A figure of the bundled returns, made once for all that is said of it; no test changes it."""
    return grafik(number, RETURNS, ring, lang=lang, **options)


@functools.cache
def yearly(name, by=None):
    return ok.indicator(name, RETURNS, by=by)


@pytest.mark.parametrize("ring", [SMALLEST, LARGEST])
@pytest.mark.parametrize("number", [4, 5])
def test_bars_and_whiskers_are_the_values_and_limits_of_the_last_year(number, ring):
    ax = figure(number, ring).axes[0]
    table = yearly(GRAFIKEN[number]).query("period == '2008'").set_index("kommune")
    bars, whiskers = artists(ax, "bar ", "patches"), artists(ax, "interval ")
    assert set(bars) == set(RETURNS.units.query("ring == @ring")["kommune"])
    for key, bar in bars.items():
        assert bar.get_x() == 0
        assert bar.get_width() == table.at[key, "value"]
        np.testing.assert_array_equal(whiskers[key].get_xdata(), table.loc[key, ["lower", "upper"]])


def test_bars_stand_in_order_best_above():
    ax = figure(4, LARGEST).axes[0]
    widths = [bar.get_width() for bar in sorted(artists(ax, "bar ", "patches").values(), key=lambda bar: bar.get_y())]
    assert widths == sorted(widths, reverse=True)
    assert ax.yaxis_inverted()


def test_the_lines_of_ring_and_all_are_sums_over_sums():
    ax = figure(5, SMALLEST).axes[0]
    months = RETURNS.monthly.merge(RETURNS.units[["kommune", "ring"]]).query("period >= '2008'")
    for gid, rows in (("ring value", months[months["ring"] == SMALLEST]), ("all value", months)):
        (line,) = [a for a in ax.lines if a.get_gid() == gid]
        np.testing.assert_allclose(line.get_xdata(), 100 * rows["aktivierte"].sum() / rows["ehb"].sum())


def test_the_change_is_that_since_the_first_year_shown():
    table = yearly("eingliederungsquote").pivot(index="kommune", columns="period", values="value")
    later = grafik(4, RETURNS, SMALLEST, period=(2007, 2008), lang="en")
    for fig, first in ((figure(4, SMALLEST, "en"), "2006"), (later, "2007")):
        ax = fig.axes[0]
        assert said(ax, "since") == [f"since {first}"]
        keys = sorted(artists(ax, "bar ", "patches"), key=lambda key: -table.at[key, "2008"])
        want = [ok.figures.number(table.at[k, "2008"] - table.at[k, first], 2, "en", sign=True) for k in keys]
        assert said(ax, "change") == want


def test_switching_off_the_interval_leaves_the_bars():
    on, off = (fig.axes[0] for fig in (figure(4, SMALLEST), figure(4, SMALLEST, level=None)))
    assert artists(on, "interval ")
    assert not artists(off, "interval ")
    widths = [[bar.get_width() for bar in artists(ax, "bar ", "patches").values()] for ax in (on, off)]
    assert widths[0] == widths[1]


@pytest.mark.parametrize(("number", "column"), [(1, "bg"), (2, "ehb")])
def test_the_line_of_a_count_is_an_index_of_the_sum_on_the_mean_of_the_first_year(number, column):
    ax = figure(number, LARGEST).axes[0]
    months = RETURNS.monthly.merge(RETURNS.units[["kommune", "ring"]]).query("ring == @LARGEST")
    sums = months.groupby("period")[column].sum()
    (line,) = [a for a in ax.lines if a.get_gid() == "sum"]
    np.testing.assert_allclose(line.get_ydata(), 100 * sums / sums.loc["2006-01":"2006-12"].mean())


def test_the_line_of_a_quota_is_the_quota_of_the_sums():
    ax = figure(3, LARGEST).axes[0]
    months = RETURNS.monthly.merge(RETURNS.units[["kommune", "ring"]]).query("ring == @LARGEST")
    sums = months.groupby("period")[["ehb_employed", "ehb"]].sum()
    (line,) = [a for a in ax.lines if a.get_gid() == "sum"]
    np.testing.assert_allclose(line.get_ydata(), 100 * sums["ehb_employed"] / sums["ehb"])


@pytest.mark.parametrize("number", DEVELOPMENTS)
def test_every_municipality_of_a_ring_has_its_line_and_its_name(number):
    ax = figure(number, SMALLEST).axes[0]
    members = RETURNS.units.query("ring == @SMALLEST").set_index("kommune")["name"]
    assert set(artists(ax, "unit ")) == set(members.index)
    for key, name in members.items():
        (label,) = said(ax, f"name {key}")
        assert label.startswith(name)


def test_the_yearly_bars_are_the_means_of_their_months():
    ax = figure(1, SMALLEST).axes[0]
    (monthly,) = [a.get_ydata() for a in ax.lines if a.get_gid() == "sum"]
    for i, year in enumerate(("2006", "2007", "2008")):
        bar = artists(ax, "year ")[year]
        np.testing.assert_allclose(bar.get_ydata(), np.mean(monthly[12 * i : 12 * i + 12]))


@pytest.mark.parametrize("number", GRAFIKEN)
def test_an_overview_shows_all_seven_rings_and_all_together(number):
    headlines = [text.split(" (")[0] for ax in figure(number).axes for text in said(ax, "headline")]
    assert [name for name in headlines if name in RINGS] == list(RINGS)
    assert {"alle Ringe", "Die Ringe"} & set(headlines)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("ring", [None, SMALLEST, LARGEST])
@pytest.mark.parametrize("number", GRAFIKEN)
def test_nothing_covers_anything_with_short_labels(number, ring, lang):
    assert faults(figure(number, ring, lang)) == []


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("number", GRAFIKEN)
def test_nothing_covers_anything_with_long_labels(number, lang):
    names = itertools.cycle(["Rheingau-Taunus-Kreis", "Neustadt an der Aisch", "Würzburg (Landkreis)", "Jena"])
    long = RETURNS.units.assign(name=[f"{next(names)} {key[1:]}" for key in RETURNS.units["kommune"]])
    returns = replace(RETURNS, units=long)
    for ring in (None, LARGEST):
        assert faults(grafik(number, returns, ring, lang=lang)) == []


@pytest.mark.parametrize("number", GRAFIKEN)
def test_invented_returns_are_marked_inside_every_axes_that_shows_values(number):
    for ring in (None, SMALLEST):
        axes = [ax for ax in figure(number, ring).axes if ax.axison]
        assert axes
        assert all([" ".join(text.split()) for text in said(ax, "mark")] == [MARK] for ax in axes)


@pytest.mark.parametrize("number", GRAFIKEN)
def test_real_returns_have_real_names_and_no_mark(number, own):
    fig = grafik(number, own, rings_of(own)[0]["ring"].mode()[0], lang="en")
    text = "\n".join(words(fig))
    assert "Würzburg (Landkreis)" in text or "Offenbach (Landkreis)" in text
    assert not any(word in text for word in ("SYNTH", "Muster", "invented", "M01"))
    assert "Rings: own reconstruction" in text
    assert faults(fig) == []


def test_rings_of_real_returns_are_the_reconstructed_ones_unless_given(own):
    table, reconstruction = rings_of(own)
    known = reconstructed().set_index("kommune")["ring"]
    assert reconstruction
    assert table["ring"].tolist() == known.loc[table["kommune"]].tolist()
    mine, reconstruction = rings_of(own, pd.DataFrame({"kommune": list(REAL.values()), "ring": "mine"}))
    assert not reconstruction
    assert set(mine["ring"]) == {"mine"}


def test_a_municipality_with_a_gap_is_left_out_of_every_month_and_named(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path, drop=[("06438", "2007-05")]))
    fig = grafik(1, returns, rings_of(returns)[0].set_index("kommune").at["06434", "ring"], lang="en")
    assert "or without a base value, and left out: Offenbach (Landkreis)." in "\n".join(words(fig))
    assert "06438" not in artists(fig.axes[0], "unit ")


def test_a_year_with_missing_months_is_hatched_and_explained(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path, drop=[("06438", "2008-05")]))
    fig = grafik(4, returns, rings_of(returns)[0].set_index("kommune").at["06438", "ring"], lang="en")
    bars = artists(fig.axes[0], "bar ", "patches")
    assert {key for key, bar in bars.items() if bar.get_hatch()} == {"06438"}
    assert "Hatched: months are missing, the value stands for the year." in "\n".join(words(fig))


def test_an_estimated_year_is_hatched_and_explained(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    monthly = returns.monthly.copy()
    monthly.loc[(monthly["kommune"] == "06438") & (monthly["period"] == "2008-05"), "status"] = "estimated"
    returns = replace(returns, monthly=monthly)
    fig = grafik(4, returns, rings_of(returns)[0].set_index("kommune").at["06438", "ring"], lang="en")
    bars = artists(fig.axes[0], "bar ", "patches")
    assert {key for key, bar in bars.items() if bar.get_hatch()} == {"06438"}
    assert "Hatched: estimated, as the return itself says." in "\n".join(words(fig))
    assert "months are missing" not in "\n".join(words(fig))


def test_who_reports_nothing_in_the_year_has_no_bar_and_stands_last(tmp_path):
    gone = [("06438", f"2008-{month:02d}") for month in range(1, 13)]
    returns = ok.load_returns(write_own_returns(tmp_path, drop=gone))
    ring = rings_of(returns)[0].set_index("kommune").at["06438", "ring"]
    ax = grafik(4, returns, ring, lang="en").axes[0]
    assert "06438" not in artists(ax, "bar ", "patches")
    assert said(ax, "missing 06438") == [" no value"]
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "Offenbach (Landkreis)"


def test_bars_stand_on_the_same_members_in_both_years_of_a_change(tmp_path):
    gone = [("06432", f"2008-{month:02d}") for month in range(1, 13)]
    returns = ok.load_returns(write_own_returns(tmp_path, drop=gone))
    members = rings_of(returns)[0].query("ring == 'R-I' and kommune != '06432'")["kommune"]
    table = ok.indicator("eingliederungsquote", returns.only(members), by="all", level=None).set_index("period")[
        "value"
    ]
    ax = grafik(4, returns, lang="en").axes[-2]  # the rings among themselves
    rings = [label.get_text() for label in ax.get_yticklabels()]
    assert said(ax, "change")[rings.index("R-I")] == ok.figures.number(
        table["2008"] - table["2006"], 2, "en", sign=True
    )
    text = "\n".join(words(grafik(4, returns, "R-I", lang="en")))
    assert "so not in the change of ring and all: Darmstadt-Dieburg." in text
    of = int(reconstructed()["ring"].eq("R-I").sum())  # ten members, whoever reports
    assert f"R-I (n = {len(members)}/{of})" in text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("number", "column"), [(1, "bg"), (3, "ehb_employed"), (4, "eingliederungen"), (5, "aktivierte")]
)
def test_a_column_that_nobody_reports_gives_a_sheet_that_says_so(number, column):
    monthly = RETURNS.monthly.assign(**{column: pd.array([pd.NA] * len(RETURNS.monthly), dtype="Int64")})
    fig = grafik(number, replace(RETURNS, monthly=monthly), lang="en")
    assert f"Not reported: {column}." in words(fig)
    assert fig.axes == []


def test_a_ring_whose_members_all_have_gaps_gives_a_sheet_that_says_so():
    members = RETURNS.units.query("ring == 'R-IV'")["kommune"]
    monthly = RETURNS.monthly[~(RETURNS.monthly["kommune"].isin(members) & (RETURNS.monthly["period"] == "2007-03"))]
    assert "No municipality has a value in every month." in words(
        grafik(1, replace(RETURNS, monthly=monthly), "R-IV", lang="en")
    )


def test_years_that_nobody_reports_are_a_gap_not_a_neighbour():
    ax = grafik(1, RETURNS, SMALLEST, period=[2006, 2008]).axes[0]
    (line,) = [a for a in ax.lines if a.get_gid() == "sum"]
    assert len(line.get_ydata()) == 36
    assert np.isnan(line.get_ydata()[12:24]).all()
    assert set(artists(ax, "year ")) == {"2006", "2008"}


def test_a_year_of_fewer_months_is_named():
    monthly = RETURNS.monthly.query("'2007-07' <= period <= '2008-12'")
    assert "2007 has 6 months only." in "\n".join(words(grafik(1, replace(RETURNS, monthly=monthly), lang="en")))


def test_a_municipality_without_a_base_is_left_out_of_an_index_and_named():
    first = (RETURNS.monthly["kommune"] == "M15") & (RETURNS.monthly["period"] < "2007")
    returns = replace(RETURNS, monthly=RETURNS.monthly.assign(bg=RETURNS.monthly["bg"].mask(first, 0)))
    fig = grafik(1, returns, "R-IV", lang="en")
    assert "without a base value, and left out: Musterkommune 15." in "\n".join(words(fig))
    assert "M15" not in artists(fig.axes[0], "unit ")


def test_estimated_municipalities_are_dashed_in_a_development(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    status = returns.monthly["status"].mask(returns.monthly["kommune"] == "06438", "estimated")
    fig = grafik(1, replace(returns, monthly=returns.monthly.assign(status=status)), "R-I", lang="en")
    assert artists(fig.axes[0], "unit ")["06438"].get_linestyle() == "--"
    assert "Dashed: estimated." in "\n".join(words(fig))


def test_one_year_has_no_change():
    text = "\n".join(words(grafik(1, RETURNS, SMALLEST, period=2008)) + words(grafik(4, RETURNS, period=[2008])))
    assert "Veränderung" not in text
    assert "seit" not in text


def test_a_ring_keeps_its_colour_whichever_others_are_there():
    few = RETURNS.only(RETURNS.units.query("ring in ['R-II', 'R-V']")["kommune"])
    bars = [artists(grafik(4, data, "R-V").axes[0], "bar ", "patches") for data in (RETURNS, few)]
    assert len({bar.get_facecolor() for found in bars for bar in found.values()}) == 1


def test_the_source_names_the_file_and_its_hash(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path), secrecy="off")  # protected: of what is left of the file
    digest = hashlib.sha256(b"".join((tmp_path / f"{n}.csv").read_bytes() for n in ("annual", "monthly", "services")))
    source = f"annual.csv, monthly.csv, services.csv (sha256 {digest.hexdigest()[:12]})"
    assert returns.source == source
    assert source in "\n".join(words(grafik(4, returns, "R-I", lang="en")))


def test_the_status_of_rings_stays_with_them(own):
    assert set(rings_of(own)[0]["ring_status"]) == {"estimated"}
    assert set(rings_of(RETURNS)[0]["ring_status"]) == {"synthetic"}
    mine = own.units[["kommune"]].assign(ring="mine")
    assert set(rings_of(own, mine)[0]["ring_status"]) == {"observed"}
    assert set(rings_of(own, mine.assign(status="estimated"))[0]["ring_status"]) == {"estimated"}
    named = rings_of(own, mine.assign(kommune=own.units["name"]))[0]
    pd.testing.assert_frame_equal(named, rings_of(own, mine)[0])
    given = reconstructed()[["kommune", "ring"]]
    assert rings_of(own, given)[1]  # the same reconstruction, handed over without its status
    kept = replace(own, units=own.units.assign(ring="mine", ring_status="estimated"))
    assert set(rings_of(kept)[0]["ring_status"]) == {"estimated"}


@pytest.mark.parametrize("number", [3, 4])
def test_reconstructed_rings_handed_over_are_said_and_hatch_no_observed_value(own, number):
    fig = grafik(number, own, rings=reconstructed()[["kommune", "ring"]], lang="en")
    assert "Rings: own reconstruction" in " ".join(" ".join(words(fig)).split())
    assert not any(patch.get_hatch() for ax in fig.axes for patch in ax.patches)
    plt.close(fig)


@pytest.mark.parametrize("number", GRAFIKEN)
def test_the_mark_stays_within_its_axes(number):
    fig = figure(number)
    fig.draw_without_rendering()
    for ax in fig.axes:
        for text in ax.texts:
            if text.get_gid() == "mark":
                assert text.get_window_extent().x1 <= ax.get_window_extent().x1 + 1


def test_a_ring_of_one_is_drawn():
    one = RETURNS.units[["kommune"]].assign(ring=["alone"] + ["others"] * 68)
    for number in GRAFIKEN:
        fig = grafik(number, RETURNS, "alone", rings=one)
        assert faults(fig) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"number": 6}, "Grafiken 1 to 5; found 6"),
        ({"number": 1, "ring": "R-IX"}, r"rings R-I, .*; found 'R-IX'"),
        ({"number": 1, "period": [2005]}, "2006 to 2008; not there: 2005"),
        ({"number": 1, "period": []}, r"not there: any \(empty\)"),
        ({"number": 4, "level": (0.95, 0.998)}, "one level of intervals"),
        ({"number": 4, "rings": pd.DataFrame({"kommune": ["M01"], "ring": ["A"]})}, "have none. Complete the rings"),
        (
            {"number": 4, "rings": pd.DataFrame({"kommune": ["M01"] * 2, "ring": "A"})},
            "belongs to one ring; more than once here: ",
        ),
        (
            {"number": 4, "rings": pd.DataFrame({"kommune": ["M01"]})},
            "An assignment to rings needs the columns kommune, ring; not found: ring",
        ),
        ({"number": 4, "rings": RETURNS.units.assign(ring="all")}, "may not be named 'all'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(ValueTableError, match=message):
        grafik(returns=RETURNS, **arguments)
    assert plt.get_fignums() == []


def test_a_single_month_is_no_development():
    one = replace(RETURNS, monthly=RETURNS.monthly.query("period == '2008-01'"))
    with pytest.raises(ValueTableError, match="at least two months; found 2008-01"):
        grafik(1, one)


def test_rings_may_be_a_mapping_of_names_as_in_a_comparison():
    frame = RETURNS.units[["kommune"]].assign(ring=["A", "B", "C"] * 23)
    names = RETURNS.units.set_index("kommune")["name"]
    mapping = dict(zip(names[frame["kommune"]], frame["ring"], strict=True))
    by_frame, by_mapping = (grafik(4, RETURNS, "A", rings=rings, lang="en") for rings in (frame, mapping))
    pd.testing.assert_frame_equal(by_mapping.table, by_frame.table)


def test_a_width_in_inches_is_refused_with_the_width_in_millimetres():
    with pytest.raises(ValueTableError, match=r"width of a figure is in millimetres.*found 6\.3.*width=6\.3 \* 25\.4"):
        grafik(4, RETURNS, width=6.3)
    assert grafik(4, RETURNS, width=160).get_figwidth() == pytest.approx(160 / 25.4)
