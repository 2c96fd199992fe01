"""Figures that can hardly be: told where they are, and nothing told of sound returns."""

import datetime

import numpy as np
import pytest

from optkommunen.returns import expected
from optkommunen.returns.check import read
from optkommunen.returns.columns import table
from optkommunen.returns.declarations import declared_in
from optkommunen.returns.expected import median_known, sizes
from optkommunen.returns.grid import Grid
from optkommunen.returns.layout import Block
from optkommunen.returns.plausibility import implausible
from optkommunen.returns.read import load_returns
from optkommunen.returns.typed import Typed
from optkommunen.synthetic import Generator
from tests.returns import planted

TODAY = datetime.date(2026, 11, 1)


def tables_of(returns, kommunen=None):
    """Tables as they are read, without a file; row 1 holds the heads."""
    tables = {}
    for name in ("monthly", "annual", "services"):
        frame = getattr(returns, name)
        frame = frame[frame["kommune"].isin(kommunen)] if kommunen else frame
        frame = frame.reset_index(drop=True)
        columns = {column: i for i, column in enumerate(frame.columns, 1)}
        rows = list(range(2, len(frame) + 2))
        tables[name] = Typed(Block(Grid("returns.xlsx", name, {}), table(name), 1, columns, rows, {}), frame, {})
    return tables


def told(tables, official=None):
    return implausible(tables, declared_in(None)[0], official or {}, set())


def change(tables, name, column, rows, by):
    """Figures of some rows changed by a function."""
    frame = tables[name].frame
    frame[column] = frame[column].astype(float)
    mask = rows(frame)
    frame.loc[mask, column] = by(frame.loc[mask, column])
    return mask


@pytest.fixture
def tables():
    return tables_of(load_returns())


def test_thirty_four_faults_come_back_in_one_run_each_once_and_none_invented(tmp_path):
    book = planted.sound_book()
    book.save(tmp_path / "sound.xlsx")
    assert read(tmp_path / "sound.xlsx", today=TODAY).findings == []
    planted.spoil(book)
    book.save(tmp_path / "spoilt.xlsx")
    found = [(finding.kind, finding.cells) for finding in read(tmp_path / "spoilt.xlsx", today=TODAY).findings]
    assert set(found) == planted.PLANTED
    assert len(found) == len(planted.PLANTED) == 34


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("number", [69, 12, 1])
def test_returns_of_other_seeds_are_not_suspected(seed, number):
    drawn = Generator(seed=seed)()
    kept = np.random.default_rng(seed).choice(sorted(drawn.units["kommune"]), number, replace=False)
    assert len(told(tables_of(drawn, set(kept)))) <= 3


@pytest.mark.parametrize("factor", [0.01, 0.1, 10.0, 100.0])
@pytest.mark.parametrize(
    ("name", "column"), [("monthly", "ehb"), ("monthly", "aktivierte"), ("annual", "cost_kdu"), ("services", "need")]
)
def test_a_cell_off_by_a_factor_of_ten_is_told_and_it_alone(tables, name, column, factor):
    mask = change(tables, name, column, lambda frame: frame.index == 100, lambda values: (values * factor).round())
    found = told(tables)
    assert len(found) == 1
    assert found[0].places == tuple(tables[name].place(i, column) for i in tables[name].frame.index[mask])


def test_one_wrong_stock_of_ehb_is_not_told_of_all_that_refer_to_it(tables):
    change(tables, "monthly", "ehb", lambda frame: frame["kommune"] == "M05", lambda values: values * 10)
    assert {finding.column for finding in told(tables)} == {"ehb"}


def test_a_whole_row_in_another_unit_is_one_finding(tables):
    for column in table("monthly").numbers:
        change(tables, "monthly", column, lambda frame: frame.index == 500, lambda values: values * 1000)
    (finding,) = told(tables)
    assert finding.kind == "unit_of_rows"
    assert {row for row, _ in finding.places} == {502}


def test_a_whole_column_in_another_unit_is_one_finding(tables):
    change(tables, "annual", "cost_total", lambda frame: frame.index >= 0, lambda values: values / 1000)
    kinds = [(finding.kind, finding.column) for finding in told(tables) if finding.kind != "sum_of_costs"]
    assert kinds == [("unit_of_rows", "cost_total")]


def test_a_month_that_is_a_copy_of_the_month_before_is_told(tables):
    frame = tables["monthly"].frame
    numbers = table("monthly").numbers
    frame.loc[701, numbers] = frame.loc[700, numbers].to_numpy()
    (finding,) = told(tables)
    assert finding.kind == "equal_series"
    assert {row for row, _ in finding.places} == {703}


@pytest.mark.parametrize(("source", "target"), [("M05", "M06"), ("M05", "M05")])
def test_a_block_of_months_that_stands_again_is_one_finding_of_both_places(tables, source, target):
    frame, columns = tables["monthly"].frame, ["aktivierte", "aktivierte_u25", "eingliederungen"]
    rows = [frame.index[frame["kommune"] == key] for key in (source, target)]
    rows = rows[0][:6], rows[1][20:26]
    frame.loc[rows[1], columns] = frame.loc[rows[0], columns].to_numpy()
    copied = [finding for finding in told(tables) if finding.kind == "equal_series"]
    assert [finding.places for finding in copied] == [
        tuple(sorted(tables["monthly"].place(row, column) for row in (*rows[0], *rows[1]) for column in columns))
    ]


def test_a_series_that_is_near_the_edge_of_the_usual_is_one_finding(tables):
    frame = tables["monthly"].frame
    share = np.where(frame.index % 3, 0.4, 0.5)
    frame["ehb_u25"] = frame["ehb_u25"].where(frame["kommune"] != "M05", (frame["ehb"].astype(float) * share).round())
    assert [(finding.kind, finding.column) for finding in told(tables)] == [("band", "ehb_u25")]
    assert len(told(tables)[0].places) == 12


def test_a_band_reaches_as_far_as_the_municipalities_spread_but_not_where_all_lie_outside(tables):
    frame = tables["monthly"].frame
    level = dict(zip(sorted(set(frame["kommune"])), np.linspace(-1.1, 1.1, 69), strict=True))
    frame["ehb_u25"] = (frame["ehb"].astype(float) * 0.19 * np.exp(frame["kommune"].map(level))).round()
    ratio = frame["ehb_u25"] / frame["ehb"].astype(float)
    low, high = table("monthly").columns["ehb_u25"].band
    assert not ratio.between(low, high).all()
    assert not told({"monthly": tables["monthly"]})
    frame["ehb_u25"] = frame["ehb_u25"] / 1000
    assert "ehb_u25" in {finding.column for finding in told({"monthly": tables["monthly"]})}


def test_a_column_that_is_noisy_throughout_is_not_suspected_and_a_wrong_cell_in_it_is_told(tables):
    rng = np.random.default_rng(3)
    frame = tables["monthly"].frame
    frame["ehb_u25"] = (frame["ehb_u25"].astype(float) * np.exp(rng.normal(0, 0.1, len(frame)))).round()
    assert not told({"monthly": tables["monthly"]})
    change(tables, "monthly", "ehb_u25", lambda frame: frame.index == 100, lambda values: values * 10)
    assert [len(finding.places) for finding in told({"monthly": tables["monthly"]})] == [1]


def test_keys_sorted_alone_show_where_all_are_of_one_size(tables):
    frame = tables["monthly"].frame
    means = frame.groupby("kommune")["ehb"].transform("mean").astype(float)
    for column in ("bg", "persons", "ehb"):
        frame[column] = (frame[column].astype(float) / means * 5000 * (1 + 0.1 * frame["kommune"].eq("M07"))).round()
    rng = np.random.default_rng(1)
    spread = dict(zip(sorted(set(frame["kommune"])), np.exp(rng.normal(0, 0.2, 69)), strict=True))
    for column in ("bg", "persons", "ehb"):
        frame[column] = (frame[column] * frame["kommune"].map(spread)).round()
    shuffled = rng.permutation(len(frame))
    frame["kommune"], frame["period"] = (frame[name].to_numpy()[shuffled] for name in ("kommune", "period"))
    assert [finding.kind for finding in told(tables) if finding.column == "kommune"] == ["exchanged"]


def test_spending_of_zero_where_others_spend_is_told(tables):
    change(tables, "services", "spending", lambda frame: frame["kommune"] == "M05", lambda values: values * 0)
    assert {finding.kind for finding in told(tables)} == {"zero"}


def test_two_municipalities_exchanged_in_a_month_are_told(tables):
    frame = tables["monthly"].frame
    means = frame.groupby("kommune")["ehb"].mean().sort_values()
    small, large = means.index[5], means.index[60]
    rows = [frame.index[(frame["kommune"] == key) & (frame["period"] == "2007-05")][0] for key in (small, large)]
    frame.loc[rows, "kommune"] = [large, small]
    assert [(finding.kind, len(finding.places)) for finding in told(tables)] == [("exchanged", 2)]


def test_a_column_of_keys_sorted_alone_is_one_finding(tables):
    frame = tables["monthly"].frame
    shuffled = np.random.default_rng(1).permutation(len(frame))
    frame["kommune"], frame["period"] = (frame[name].to_numpy()[shuffled] for name in ("kommune", "period"))
    kinds = [finding.kind for finding in told(tables) if finding.places and finding.column == "kommune"]
    assert kinds == ["exchanged"]


def test_costs_whose_parts_exceed_the_total_are_told_unless_housing_is_declared_within_transfers(tables):
    change(tables, "annual", "cost_transfers", lambda frame: frame.index == 7, lambda values: values * 1.3)
    assert "sum_of_costs" in [finding.kind for finding in told(tables)]
    key = tables["annual"].frame.at[7, "kommune"]
    declared = declared_in(None)[0]
    declared.loc[0] = [key, "kdu_in_transfers", "", "yes"]
    assert "sum_of_costs" not in [finding.kind for finding in implausible(tables, declared, {}, set())]


def test_a_control_total_that_differs_is_told(tables):
    frame = tables["monthly"].frame
    year = frame[(frame["kommune"] == "M04") & frame["period"].str.startswith("2008")]
    declared = declared_in(None)[0]
    declared.loc[0] = ["M04", "eingliederungen", "2008", float(year["eingliederungen"].sum())]
    assert implausible(tables, declared, {}, set()) == []
    declared.loc[0, "value"] += 1.0
    (finding,) = implausible(tables, declared, {}, set())
    assert (finding.kind, len(finding.places)) == ("control_total", 12)


def test_columns_that_begin_later_are_no_exchange(tables):
    late = tables["monthly"].frame["period"] < "2007"
    for column in ("ehb_u25", "ehb_employed", "aktivierte", "aktivierte_u25"):
        tables["monthly"].frame.loc[late, column] = None
    assert told(tables) == []


@pytest.mark.parametrize("years", [["2007"], ["2006", "2007", "2008"]])
def test_zeros_for_a_year_or_for_all_are_one_finding_and_its_neighbours_none(tables, years):
    frame = tables["monthly"].frame
    rows = (frame["kommune"] == "M09") & frame["period"].str[:4].isin(years)
    frame.loc[rows, ["aktivierte", "aktivierte_u25"]] = 0
    found = told(tables)
    places = {place for finding in found for place in finding.places}
    assert {row for row, _ in places} == {i + 2 for i in frame.index[rows]}
    assert {finding.kind for finding in found} == {"zero"}


def test_a_year_in_another_unit_marks_that_year_alone(tables):
    rows = change(
        tables,
        "monthly",
        "eingliederungen",
        lambda frame: (frame["kommune"] == "M09") & frame["period"].str.startswith("2007"),
        lambda values: values * 10,
    )
    places = {row for finding in told(tables) for row, _ in finding.places}
    assert places == {i + 2 for i in tables["monthly"].frame.index[rows]}


def test_a_whole_table_in_another_unit_is_one_finding(tables):
    for column in table("monthly").numbers:
        change(tables, "monthly", column, lambda frame: frame.index >= 0, lambda values: values * 100)
    found = [finding for finding in told({"monthly": tables["monthly"]})]
    assert [finding.kind for finding in found] == ["range"]


@pytest.mark.parametrize("axis", [0, 1])
def test_the_median_of_nothing_is_not_known(axis):
    shape = (0, 3) if axis == 0 else (3, 0)
    assert np.isnan(median_known(np.empty(shape), axis)).tolist() == [True] * 3


def test_the_median_of_a_year_is_worked_out_once(monkeypatch):
    called = []
    monkeypatch.setattr(
        expected, "median_known", lambda values, axis: called.append(axis) or median_known(values, axis)
    )
    frame = load_returns().monthly
    found = sizes(frame)
    assert len(called) == 1 + frame["period"].str[:4].nunique()
    np.testing.assert_allclose(found["2008"], found[[f"2008-{month:02}" for month in range(1, 13)]].median(axis=1))
