"""Rings: what is published, the reconstruction, own rings."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import optkommunen as ok
from optkommunen.comparison import rings
from optkommunen.comparison.rings import membership, rings_of
from optkommunen.data.register import municipalities
from optkommunen.data.ring_rule import RINGS, reconstructed, ring_status
from optkommunen.errors import ComparisonError, OptkommunenError
from optkommunen.loaders.bundled import load_context
from optkommunen.values import SYNTHETIC_KEYS
from tests.own_returns import REAL, write_own_returns
from tests.shared import shared
from tests.some_returns import some, with_an_eighth_ring


def test_reconstructed_rings_have_the_sizes_of_the_worked_rule():
    sizes = reconstructed()["ring"].value_counts()
    assert [sizes[ring] for ring in RINGS] == [10, 9, 13, 7, 10, 8, 12]


def test_municipalities_published_in_one_ring_fall_into_one_reconstructed_ring():
    published = municipalities()[["kommune", "published_ring"]].query("published_ring != ''")
    both = published.merge(reconstructed(), on="kommune")
    assert len(both) == 11
    assert both.groupby("published_ring")["ring"].unique().map(list).to_dict() == {
        "1 Agglomerationsräume": ["R-I"],
        "4 Verdichtete Kreise": ["R-III"],
    }


@pytest.mark.shared
def test_reconstruction_agrees_with_the_worked_assignment_in_all_69():
    worked = pd.read_csv(shared("data/reference/settlement_types_69.csv"), dtype="str").set_index("ags_2005")
    own = reconstructed().set_index("kommune")
    assert (own["ring"] == worked["ring_reconstructed"]).all()
    assert (own["space"] == worked["region_type"]).all()


def test_a_municipality_near_a_cut_has_its_value_within_the_margin():
    near = rings.near_a_cut(rate_margin=0.5, density_margin=0.1)
    rates = near[near["criterion"].str.startswith("sgb2")]
    assert len(near) > 0
    assert ((rates["value"] - rates["cut"]).abs() < 0.5).all()
    assert (near["ring"] != near["ring_beyond"]).all()


def test_wider_margins_show_more_municipalities():
    assert len(rings.near_a_cut(1.0, 0.2)) > len(rings.near_a_cut(0.1, 0.02))


def test_the_share_between_rings_is_the_adjusted_one_of_an_analysis_of_variance():
    frame = load_context("unemployment_rate", 2008).query("kommune != 'DE'")[["kommune", "value", "status"]]
    by_rule = reconstructed()
    row = rings.between_share(frame, by_rule).iloc[0]
    data = frame.merge(by_rule[["kommune", "ring"]])
    fit = smf.ols("value ~ C(ring)", data).fit()
    assert row["value"] == pytest.approx(fit.rsquared_adj, rel=1e-10)
    assert (row["n"], row["n_rings"], row["status"], row["note"]) == (69, 7, "estimated", "")
    assert row["value"] + row["within"] == pytest.approx(1)
    assert row["p"] == 1 / 10_000


@pytest.mark.parametrize(("name", "percent"), [("unemployment_rate", 75), ("childcare_u3", 83)])
def test_the_shares_between_rings_of_the_chapter(name, percent):
    frame = load_context(name, 2008).query("kommune != 'DE'")
    row = rings.between_share(frame[["kommune", "value", "status"]], reconstructed()).iloc[0]
    assert round(100 * row["value"]) == percent


def random_rings(rng, share, n=69):
    """Values of which a known share of the variance lies between rings of the sizes of the reconstruction."""
    ring = np.repeat(np.arange(7), [10, 9, 13, 7, 10, 8, 12])
    effects = rng.normal(size=7)[ring]
    value = np.sqrt(share) * effects + np.sqrt(1 - share) * rng.normal(size=n)
    frame = pd.DataFrame({"kommune": SYNTHETIC_KEYS, "value": value})
    return frame, frame[["kommune"]].assign(ring=ring.astype(str)), effects.var()


def test_rings_drawn_by_lot_hold_nothing_on_average_and_are_found_as_often_as_the_level_says():
    rng = np.random.default_rng(4)
    found = pd.concat([rings.between_share(*random_rings(rng, 0.0)[:2], draws=199) for _ in range(200)])
    assert abs(found["value"].mean()) < 2.5 * found["value"].std() / np.sqrt(200)  # η² would be .09, 17 such errors
    assert found["value"].min() < 0
    assert (found["p"] <= 0.05).mean() == pytest.approx(0.05, abs=0.035)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_true_share_between_rings_is_met_on_average(share):
    rng, errors = np.random.default_rng(5), []
    for _ in range(120):
        frame, own, spread = random_rings(rng, share)
        true = share * spread / (share * spread + 1 - share)  # of these ring effects
        errors.append(rings.between_share(frame, own, draws=1)["value"].iloc[0] - true)
    assert np.mean(errors) == pytest.approx(0, abs=0.02)


def test_a_permutation_p_of_rings_does_not_depend_on_the_unit_and_counts_ties():
    frame = pd.DataFrame({"kommune": SYNTHETIC_KEYS[:6], "value": [1873.1, 4658.3, 313.9, 1553.9, 7962.4, 7124.3]})
    own = frame[["kommune"]].assign(ring=["a", "a", "b", "b", "c", "c"])
    rows = [rings.between_share(frame.assign(value=frame["value"] * u), own).iloc[0] for u in (1e-12, 1, 1e12)]
    assert len({row["p"] for row in rows}) == 1
    exact = []
    for order in itertools.permutations(frame["value"]):
        pairs = np.reshape(order, (3, 2)).mean(axis=1)
        exact.append(pairs.var())
    assert rows[1]["p"] == pytest.approx(np.mean(np.array(exact) >= exact[0] * (1 - 1e-12)), abs=0.015)
    same = rings.between_share(frame.assign(value=[1.0, 2, 1, 2, 1, 2]), own).iloc[0]
    assert same["p"] == 1  # every assignment holds at least as much between the rings


def test_the_same_seed_gives_the_same_p_and_the_order_of_the_rows_plays_no_part():
    frame, own, _ = random_rings(np.random.default_rng(6), 0.1)
    once = rings.between_share(frame, own, seed=1)
    pd.testing.assert_frame_equal(once, rings.between_share(frame[::-1], own.sample(frac=1, random_state=1), seed=1))
    assert once["p"].iloc[0] != rings.between_share(frame, own, seed=2)["p"].iloc[0]


def test_a_share_between_rings_leaves_out_who_has_no_value_or_ring():
    keys = ["M01", "M02", "M03", "M04", "M05"]
    frame = pd.DataFrame({"kommune": keys, "value": [1.0, None, 3.0, 9.0, 1.0]})
    own = frame[["kommune"]].assign(ring=["a", "a", "b", "", "a"])
    row = rings.between_share(frame, own).iloc[0]
    assert (row["value"], row["n"]) == (1.0, 3)
    with pytest.raises(ComparisonError, match="2 municipalities with value and ring; found 1"):
        rings.between_share(frame.assign(value=[1.0, None, None, 9.0, None]), own)


@pytest.mark.parametrize(
    ("values", "ring", "reason"),
    [
        ([0.1] * 4, list("aabb"), "no value differs"),  # whose mean is not exactly 0.1
        ([0.1, 0.2, 0.3, 0.4], list("aaaa"), "one ring"),
        ([0.1, 0.2, 0.3, 0.4], list("abcd"), "no ring has two"),
    ],
)
def test_where_values_and_rings_hold_no_share_the_reason_stands_beside(values, ring, reason):
    frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04"], "value": values})
    row = rings.between_share(frame, frame[["kommune"]].assign(ring=ring)).iloc[0]
    assert row[["value", "within", "p"]].isna().all()
    assert (row["status"], row["note"]) == ("missing", reason)


@pytest.mark.parametrize("draws", [0, -1, 1.5, True, None])
def test_a_permutation_needs_draws(draws):
    frame, own, _ = random_rings(np.random.default_rng(6), 0.1)
    with pytest.raises(OptkommunenError, match="whole number of draws, at least 1"):
        rings.between_share(frame, own, draws=draws)


def test_only_the_municipalities_that_stay_where_the_rule_puts_them_are_reconstructed():
    moved = reconstructed()[["kommune", "ring"]].replace({"ring": {"R-VII": "mine"}})
    status = ring_status(moved)
    assert (status == "observed").equals(moved["ring"] == "mine")
    assert set(ring_status(moved.assign(status="published"))) == {"estimated", "published"}
    assert set(ring_status(moved.assign(ring_status="estimated", status="observed"))) == {"estimated"}
    assert ring_status(moved.assign(status=None)).equals(status)


RETURNS = ok.load_returns()


def counted(returns, rings=None):
    return membership(returns, returns.units[["kommune", "ring"]] if rings is None else rings).set_index("ring")


def test_five_of_the_eight_members_report():
    table = counted(some())
    assert table["members"].sum() == 69
    table = table[table["reporting"] > 0]
    assert table[["reporting", "members"]].to_numpy().tolist() == [[3, 9], [4, 7], [5, 8]]
    assert set(table["basis"]) == {"bundled"}


def test_all_members_of_the_bundled_set_report():
    table = counted(RETURNS)
    assert table.index.tolist() == list(RINGS)
    assert table["members"].tolist() == table["reporting"].tolist() == [10, 9, 13, 7, 10, 8, 12]


def test_real_returns_are_counted_against_the_reconstructed_rings(tmp_path):
    returns = ok.load_returns(write_own_returns(tmp_path))
    rings, _ = rings_of(returns)
    table = counted(returns, rings)
    assert table["reporting"].sum() == len(REAL)
    everybody = reconstructed()["ring"].value_counts()
    assert table["members"].to_dict() == everybody.loc[table.index].to_dict()
    assert set(table["basis"]) == {"reconstructed"}


def test_rings_of_ones_own_are_as_large_as_the_table_of_units():
    table = counted(with_an_eighth_ring(RETURNS))
    assert set(table["basis"]) == {"units"}
    assert table["members"].sum() == 69
    assert table.at["R-VIII", "members"] == 8


def test_who_is_in_the_table_of_units_and_reports_nothing_is_a_member():
    silent = RETURNS.units["kommune"].iloc[:3].tolist()
    returns = replace(with_an_eighth_ring(RETURNS), monthly=RETURNS.monthly[~RETURNS.monthly["kommune"].isin(silent)])
    table = counted(returns)
    assert table["members"].sum() - table["reporting"].sum() == 3


SAID = {
    "en": "Not all members report: R-II 3 of 9, R-IV 4 of 7, R-VI 5 of 8 "
    "(membership: as in the bundled Musterkommunen).",
    "de": "Nicht alle Mitglieder melden: R-II 3 von 9, R-IV 4 von 7, R-VI 5 von 8 "
    "(Zugehörigkeit: wie bei den mitgelieferten Musterkommunen).",
}


@pytest.mark.parametrize(("lang", "said"), SAID.items())
def test_whose_returns_says_who_does_not_report(lang, said):
    assert ok.figures.whose(some(), lang=lang).splitlines()[1] == said
    assert ok.figures.absent_members(some(), lang=lang) == said
    assert "\n" not in ok.figures.whose(RETURNS, lang=lang)


def test_names_of_rings_carry_the_count_only_where_somebody_is_not_there():
    assert ok.figures.ring_names(some(), lang="en") == {
        "R-II": "R-II (3 of 9)", "R-IV": "R-IV (4 of 7)", "R-VI": "R-VI (5 of 8)", "all": "all (12 of 69)",
    }  # fmt: skip
    assert all(name == ring for ring, name in ok.figures.ring_names(RETURNS).items())


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize("ring", [None, "R-VI"])
def test_grafiken_count_the_members_that_report(number, ring):
    fig = ok.figures.grafik(number, some(), ring, lang="en")
    texts = [text.get_text() for ax in fig.axes for text in ax.texts] + [text.get_text() for text in fig.texts]
    assert any("Not all members report: R-II 3 of 9" in text.replace("\n", " ") for text in texts)
    if ring is None or number == 4:
        assert any("n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}5/8" in text for text in texts)
    full = ok.figures.grafik(number, RETURNS, ring, lang="en")
    texts = [text.get_text() for ax in full.axes for text in ax.texts] + [text.get_text() for text in full.texts]
    assert not any("/" in text and "n\N{NO-BREAK SPACE}=" in text for text in texts)
    assert not any("Not all" in text for text in texts)


def test_the_frame_given_decides_the_rings():
    rings = pd.DataFrame({"kommune": RETURNS.units["kommune"], "ring": "one"})
    assert counted(RETURNS, rings)[["members", "reporting"]].to_numpy().tolist() == [[69, 69]]
