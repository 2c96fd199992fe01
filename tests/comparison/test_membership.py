"""A ring has the members it has, whoever of them reports."""

from dataclasses import replace

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.comparison.membership import membership, rings_of
from optkommunen.comparison.rings import RINGS, reconstructed
from tests.own_returns import REAL, write_own_returns
from tests.some_returns import some, with_an_eighth_ring

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
