"""funnel, rank, shrink, partners and frontier say to the last digit what the pure functions say."""

import pickle

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.frontier.envelopment import Frontier, caveats
from optkommunen.comparison.funnel import Funnel
from optkommunen.comparison.multi_year_mean import multi_year_mean
from optkommunen.comparison.partners import learning_partners
from optkommunen.comparison.ranks import RankSets, distinguishable, top_k
from optkommunen.comparison.shrinkage import eb_normal
from optkommunen.comparison.transient import transient_variance
from optkommunen.comparison.variance import between_variance, sampling_variance
from optkommunen.errors import ComparisonError, ForeignUnitError, UnknownUnitError
from optkommunen.front.chance import funnel, partners, rank, shrink
from optkommunen.front.frontiers import frontier
from optkommunen.front.given import estimates, only
from optkommunen.front.surroundings import neighbours
from optkommunen.indicators.service_supply import service_profile

DRAWS = 2_000


def years_of(table):
    variance = 100**2 * sampling_variance(table["numerator"], table["denominator"])
    return table[["kommune", "period", "value", "numerator", "denominator", "status"]].assign(variance=variance)


@pytest.mark.parametrize(("fixture", "kind", "polarity"), [("quota", "rate", 1), ("activation", "proportion", 0)])
def test_the_funnel_is_that_of_the_pure_function(request, fixture, kind, polarity):
    table = request.getfixturevalue(fixture)
    counted = table[table["period"] == "2008"].rename(columns={"numerator": "events", "denominator": "exposure"})
    counted = counted[["kommune", "events", "exposure", "status"]]
    expected = Funnel(polarity=polarity, kind=kind)(counted)
    found = funnel(table)
    units = expected.units.rename(columns={"events": "numerator", "exposure": "denominator"})
    pd.testing.assert_frame_equal(found.table[list(units.columns)], units)
    pd.testing.assert_frame_equal(found.parts["levels"], expected.summary)
    first = expected.summary.iloc[0]
    assert found.facts["phi"] == first["phi"]
    assert found.facts["tau2"] == first["tau"] ** 2
    assert found.facts["outside_additive"] == first["outside_additive"]


def test_one_level_of_a_funnel_is_one_row_each(quota):
    assert len(funnel(quota, level=0.95)) == 69
    assert funnel(quota).table["level"].unique().tolist() == [0.95, 0.998]


def test_a_funnel_without_limits_is_refused(quota):
    with pytest.raises(ComparisonError, match="A funnel is made of limits"):
        funnel(quota, level=None)


def test_the_heads_of_a_funnel_say_limits_and_not_interval(quota):
    heads = funnel(quota).show(lang="en").frame.columns
    assert "95% funnel limits" in heads
    assert not any("interval" in head for head in heads)


def test_the_mean_of_the_years_is_that_of_the_pure_function(quota):
    expected = multi_year_mean(years_of(quota))
    found, note = estimates(only(quota), "mean")
    pd.testing.assert_frame_equal(found.table, expected.table)
    assert (found.omega2, found.df, note) == (expected.omega2, expected.df, "")


def test_a_named_year_has_the_change_between_all_years_in_its_error(quota):
    found, _ = estimates(only(quota), 2007)
    rows = years_of(quota)
    omega = transient_variance(rows)
    year = rows[rows["period"] == "2007"].reset_index(drop=True)
    assert (found.omega2, found.df) == (omega.omega2, omega.df)
    assert found.table["value"].tolist() == year["value"].tolist()
    assert found.table["se"].tolist() == np.sqrt(year["variance"] + omega.omega2).tolist()


def test_ranks_are_those_of_the_mean_of_the_years_with_its_degrees_of_freedom(quota):
    mean = multi_year_mean(years_of(quota))
    found = rank(quota, draws=DRAWS)
    marginal = RankSets("marginal", 1, 0.95, DRAWS)(mean.table, df=mean.df)
    simultaneous = RankSets("simultaneous", 1, 0.95, DRAWS)(mean.table, df=mean.df)
    pd.testing.assert_frame_equal(found.table[list(marginal.columns)], marginal)
    pd.testing.assert_frame_equal(found.parts["simultaneous"], simultaneous)
    assert found.table["lower_simultaneous"].equals(simultaneous["lower"])
    pd.testing.assert_frame_equal(found.parts["best"], top_k(simultaneous, 10))
    told = distinguishable(simultaneous).iloc[0]
    assert (found.facts["surely_in_order"], found.facts["pairs"]) == (told["value"], told["pairs"])
    assert found.facts["omega2"] == mean.omega2


def test_where_low_is_good_the_lowest_has_rank_one(quota):
    found = rank(quota, polarity=-1, draws=DRAWS).table
    assert found.loc[found["estimate"].idxmin(), "value"] == 1


def test_where_neither_direction_is_good_nobody_is_best_and_the_answer_says_so(activation):
    for found in (rank(activation, draws=DRAWS), partners(activation, "M10")):
        assert found.reason.startswith("neither direction of Aktivierungsquote")
        assert "polarity=1 or -1" in found.summary("en")
    assert len(rank(activation, polarity=1, draws=DRAWS)) == 69


def test_each_variant_of_the_funnel_stands_in_the_parts(quota):
    found = funnel(quota)
    table = found.parts["variants"].set_index(["variant", "limits_pct"])
    own = found.parts["levels"].set_index("level")
    assert table.index.get_level_values("variant").unique().tolist() == ["plain", "winsorised", "corrected"]
    assert table.loc[("corrected", 95.0), "phi"] == own.loc[0.95, "phi"]
    assert table.loc[("corrected", 99.8), "flagged_pct"] == 100 * own.loc[0.998, "flagged_without_outliers"]


def test_who_moves_most_by_shrinkage_stands_first(quota):
    moved = shrink(quota).parts["moved"]
    assert (moved["value"] - moved["raw"]).abs().is_monotonic_decreasing
    assert len(moved) == 69


@pytest.mark.parametrize("ask", [rank, shrink, lambda table: partners(table, "M01")])
def test_below_three_years_the_notes_say_by_chance_alone(quota, ask):
    found = ask(quota[quota["period"] != "2006"])
    assert found.notes[0] == "by chance alone: ω² needs three years, found 2"
    assert "gefunden 2" in found.show(lang="de").to_html()


@pytest.mark.parametrize("period", ["mean", "2008"])
def test_shrunken_values_are_those_of_the_pure_function(quota, period):
    values = estimates(only(quota), period)[0].table
    variance = values["se"] ** 2
    expected = eb_normal(values.assign(variance=variance))
    found = shrink(quota, period=period)
    pd.testing.assert_frame_equal(found.table[list(expected.columns)], expected)
    assert found.facts["tau2"] == between_variance(values["value"], variance).tau2
    assert found.facts["mean_weight"] == expected["weight"].mean()


def test_where_nobody_differs_all_have_the_mean_and_the_answer_says_so(quota):
    same = quota.assign(numerator=quota["denominator"].floordiv(50), value=2.0)
    found = shrink(same)
    assert set(found.table["method"]) == {"pooled"}
    assert found.notes == ("The municipalities differ no more than by chance: all have the mean.",)
    assert "differ no more than by chance" in found.summary("en")
    assert rank(same, draws=DRAWS).notes == ("the values vary no more than by chance: no ranking",)
    assert rank(same, draws=DRAWS).summary("de").startswith("Die Werte streuen nicht mehr als durch Zufall")


def test_where_no_order_can_be_told_the_figure_says_so(quota):
    same = quota.assign(numerator=quota["denominator"].floordiv(50), value=2.0)
    texts = [text.get_text() for text in rank(same, draws=DRAWS).plot(lang="de").texts]
    assert "Die Werte streuen nicht mehr als durch Zufall: keine Rangfolge." in texts
    with pytest.raises(ComparisonError, match="these have no level"):
        rank(quota, level=None, draws=DRAWS).plot()


@pytest.mark.parametrize("asked", [["M01", "M02"], ["M01"]])
def test_too_few_municipalities_are_an_empty_answer(quota, asked):
    few = quota[quota["kommune"].isin(asked)]
    for ask in (funnel, shrink):
        assert ask(few).reason == f"this takes 3 municipalities with a value, found {len(asked)}"
        assert ask(few).summary("de") == f"Dazu gehören 3 Kommunen mit Wert, gefunden {len(asked)}."
    if len(asked) == 1:
        assert rank(few, draws=DRAWS).reason == "this takes 2 municipalities with a value, found 1"


def test_a_funnel_without_event_is_an_empty_answer(quota):
    assert funnel(quota.assign(numerator=0.0, value=0.0)).reason.startswith("nobody had an event in 2008: Eingl")


def test_partners_are_those_of_the_pure_function(returns, quota):
    mean = multi_year_mean(years_of(quota)).table
    rings = returns.units[["kommune", "ring", "status"]]
    expected = learning_partners(mean, "M10", rings, service_profile(returns, 2008), best=1)
    found = partners(quota, "Musterkommune 10", returns=returns)
    pd.testing.assert_frame_equal(found.table[list(expected.comparisons.columns)], expected.comparisons)
    pd.testing.assert_frame_equal(found.parts["features"].drop(columns="partner_name"), expected.features)
    names = returns.units.set_index("kommune")["name"]
    assert found.summary("de").startswith(expected.sentence("de", names))


def test_partners_who_are_surely_better_are_the_peers(quota, returns):
    lowest = quota.groupby("kommune")["value"].mean().idxmin()
    found = partners(quota, lowest, rings={key: "all" for key in quota["kommune"]}, returns=returns)
    assert found.facts["better"] > 0
    assert found.parts["peers"]["partner"].tolist() == found.table.loc[found.table["better"], "partner"].tolist()
    assert set(found.parts["features"]["partner"]) == set(found.parts["peers"]["partner"])


def test_partners_may_be_sought_among_neighbours(quota, returns):
    near = neighbours(returns, k=7)
    found = partners(quota, "M10", rings=near)
    assert set(found.table["partner"]) == set(near.of("M10").table["neighbour"])


def test_partners_may_be_sought_in_the_ring_and_among_the_neighbours_at_once(quota, returns):
    near = neighbours(returns)
    found = partners(quota, "M14", rings=[returns.units, near], returns=returns)
    ring = returns.units.set_index("kommune")["ring"]
    in_ring = set(ring.index[ring == ring["M14"]]) - {"M14"}
    close = set(near.of("M14").table["neighbour"])
    among = found.table.set_index("partner")["among"]
    assert set(among.index) == in_ring | close
    assert set(among.index[among == "ring, neighbours"]) == in_ring & close
    assert set(among.index[among == "ring"]) == in_ring - close
    largest = found.parts["largest"]
    assert largest.groupby("indicator").size().max() == 2
    every = found.parts["features"].dropna(subset=["difference"]).groupby("feature")["difference"]
    widest = largest.groupby("indicator")["difference"].agg(lambda values: values.abs().max())
    assert widest.to_dict() == every.agg(lambda values: values.abs().max()).reindex(widest.index).to_dict()


def test_an_answer_without_neighbours_is_left_out_of_several_rings_and_says_why(quota, returns):
    none = neighbours(returns, k=69)
    found = partners(quota, "M14", rings=[returns.units, none])
    assert set(found.table["among"]) == {"ring"}
    assert none.reason in " ".join(found.notes)
    with pytest.raises(ComparisonError, match="one at least is needed"):
        partners(quota, "M14", rings=[none])


def test_who_asks_must_be_there(quota):
    with pytest.raises(UnknownUnitError, match="found 'M70'"):
        partners(quota, "M70")
    real = pd.DataFrame({"kommune": ["05558"], "period": "2008", "numerator": 1, "denominator": 9, "ring": "a"})
    with pytest.raises(ForeignUnitError, match="05111"):
        partners(real, "Düsseldorf", kind="event_rate", polarity=1)


def test_who_asks_without_a_value_gets_the_reason(quota):
    silent = quota.assign(numerator=quota["numerator"].mask(quota["kommune"] == "M10"))
    silent["value"] = silent["value"].mask(silent["kommune"] == "M10")
    assert partners(silent, "M10").reason == "Musterkommune 10 has no value or no standard error itself"
    assert partners(silent, "M10").summary("de").startswith("Musterkommune 10 hat selbst keinen Wert")


def test_who_is_alone_in_the_ring_gets_the_reason(quota):
    alone = partners(quota, "M10", rings={"M10": "a", "M11": "b", "M12": "b"})
    assert alone.reason == "nobody else in the group of Musterkommune 10 has a value and a standard error"


def test_a_frontier_of_returns_is_that_of_the_pure_function(returns):
    found = frontier(returns, draws=50)
    amounts = found.parts["amounts"]
    for scale in ("constant", "variable"):
        expected = Frontier(("staff_integration", "staff_other"), ("eingliederungen", "ehb"), scale)(amounts)
        rows = found.table[found.table["scale"] == scale].reset_index(drop=True)
        assert rows["value"].tolist() == expected.scores["value"].tolist()
        peers = found.parts["peers"]
        pd.testing.assert_frame_equal(
            peers[peers["scale"] == scale].drop(columns=["scale", "name", "peer_name"]).reset_index(drop=True),
            expected.peers,
        )
        targets = found.parts["targets"].query("scale == @scale").reset_index(drop=True)
        assert targets["slack"].tolist() == expected.slacks["value"].tolist()
        beyond = found.parts["superefficiency"].query("scale == @scale").drop(columns="scale").reset_index(drop=True)
        pd.testing.assert_frame_equal(beyond, expected.superefficiency())
    boot = expected.bootstrap(draws=50, seed=2008)
    pd.testing.assert_frame_equal(found.parts["corrected"].drop(columns=["scale", "name"]), boot)
    scores = found.table.query("scale == 'variable'").set_index("kommune")["value"]
    assert found.facts["lowest"] == scores.idxmin()
    middle = found.parts["quantiles"].query("scale == 'variable' and share == 50")["value"]
    assert middle.tolist() == [scores.median()]
    assert found.notes == caveats("en")


def test_the_warnings_of_a_frontier_stand_in_the_language_of_the_table(returns):
    shown = frontier(returns).show(lang="de")
    assert shown.notes == caveats("de")
    assert shown.frame.columns.tolist() == ["Kommune", "konstante Skalenerträge", "variable Skalenerträge"]


def test_a_frontier_of_amounts_of_ones_own():
    keys = [f"M{i:02d}" for i in range(1, 7)]
    frame = pd.DataFrame({"kommune": keys, "staff": [10.0, 20, 30, 40, 50, 60], "placed": [10.0, 40, 30, 40, 50, 60]})
    found = frontier(frame, inputs=["staff"], outputs=["placed"], scale="constant")
    assert found.table["value"].round(12).tolist() == [0.5, 1.0, 0.5, 0.5, 0.5, 0.5]
    assert found.parts["superefficiency"]["value"].round(12).tolist() == [0.5, 2.0, 0.5, 0.5, 0.5, 0.5]
    assert pickle.loads(pickle.dumps(found)).of("M02").parts["superefficiency"]["value"].round(12).tolist() == [2.0]
    with pytest.raises(ComparisonError, match="with inputs= and outputs= named"):
        frontier(frame)
    few = frontier(frame.head(4), inputs=["staff"], outputs=["placed"])
    assert "needs at least" in few.reason


@pytest.mark.parametrize("ask", ["funnel", "rank", "shrink", "partners", "frontier"])
def test_answers_can_be_stored_and_drawn_again(quota, returns, ask):
    found = {
        "funnel": lambda: funnel(quota), "rank": lambda: rank(quota, draws=DRAWS), "shrink": lambda: shrink(quota),
        "partners": lambda: partners(quota, "M10"), "frontier": lambda: frontier(returns, draws=50),
    }[ask]()  # fmt: skip
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.table, found.table)
    assert again.summary("de") == found.summary("de")
    assert [t.get_text() for t in again.plot(lang="de").texts] == [t.get_text() for t in found.plot(lang="de").texts]


def test_the_own_language_of_the_session_is_not_needed(quota):
    assert isinstance(ok.rank(quota, draws=DRAWS).summary(), str)
