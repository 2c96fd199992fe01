"""Secrecy of the returns: the rule, what it costs, and an attack by linear programming and by the rule itself."""

import itertools
import pickle
from dataclasses import fields

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy.optimize import linprog

import optkommunen as ok
from optkommunen.indicators import rates
from optkommunen.returns.columns import COUNTS, TABLES, table
from optkommunen.returns.read import load_returns
from optkommunen.returns.secrecy import FEWEST, count_protected, is_protected, protect, protected_columns
from tests.front_answers import SERVICES
from tests.own_returns import REAL
from tests.returns.files import csv_folder, excerpt, real_keys, with_column, workbook
from tests.small_returns import SMALL, small_returns, with_other_values
from tests.some_returns import write

COUNTED = ("monthly", "annual", "services")
EQUAL = "sanktionen_u25"
"""A monthly column of which the file also reports the sum of the year."""

GROUPS = {
    "monthly": [
        {"persons": 1, "bg": -1},
        {"persons": 1, "ehb": -1},
        {"persons": 1, "ehb_u25": -1},
        {"persons": 1, "ehb_employed": -1},
        {"persons": 1, "aktivierte": -1},
        {"persons": 1, "aktivierte_u25": -1},
        {"persons": 1, "ehb_u25": -1, "aktivierte": -1, "aktivierte_u25": 1},  # in neither
        {"ehb": 1, "ehb_u25": -1},  # 25 and over
        {"ehb": 1, "ehb_employed": -1},
        {"ehb": 1, "aktivierte": -1},
        {"ehb": 1, "aktivierte_u25": -1},
        {"ehb_u25": 1, "aktivierte_u25": -1},
        {"aktivierte": 1, "aktivierte_u25": -1},
        {"ehb": 1, "ehb_u25": -1, "aktivierte": -1, "aktivierte_u25": 1},  # 25 and over, not activated
        {"eingliederungen": 1, "eingliederungen_u25": -1},
        {"sanktionen": 1, "sanktionen_u25": -1},
    ],
    "services": [
        {"need": 1, "served": -1},
        {"need": 1, "in_einv": -1},
        {"need": 1, "recorded": -1},
        {"served": 1, "recorded": -1},
    ],
    "annual": [],
}
"""Groups of persons or cases that are left beside some of a whole, whose number is therefore not negative.

From what the columns mean, not from what the package knows about them.
"""
AMOUNTS = [{"cost_total": 1, part: -1} for part in ("cost_transfers", "cost_kdu", "cost_administration")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Returns of the 69 with six small places, and a column of the year that is the sum of its months."""
    folder = small_returns(tmp_path_factory.mktemp("small"))
    months = pd.read_csv(folder / "monthly.csv", dtype={"kommune": str})
    years = pd.read_csv(folder / "annual.csv", dtype={"kommune": str, "period": str})
    sums = months.assign(period=months["period"].str[:4]).groupby(["kommune", "period"])[EQUAL].sum().reset_index()
    years.merge(sums, on=["kommune", "period"]).to_csv(folder / "annual.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def whole(folder):
    """As the file has them."""
    return load_returns(folder, secrecy="off")


@pytest.fixture(scope="module")
def returns(folder):
    """As they are loaded."""
    return load_returns(folder)


def months(**columns):
    rows = max(len(values) for values in columns.values())
    periods = [f"2008-{month:02}" for month in range(1, rows + 1)]
    return pd.DataFrame({"kommune": "05558", "period": periods, "status": "observed", **columns})


def services(**columns):
    rows = max(len(values) for values in columns.values())
    keys = {"kommune": "05558", "period": [str(2005 + row) for row in range(rows)], "service": "debt"}
    return pd.DataFrame({**keys, "status": "observed", **columns})


def bits(returns):
    """All that returns hold, column by column: a masked array of integers with what lies under its mask."""
    rest = [repr(getattr(returns, name)) for name in ("source", "warnings")]
    frames = [getattr(returns, name) for name in (*TABLES, "declarations")]
    columns = [(c, str(frame[c].dtype), pickle.dumps(frame[c].array)) for frame in frames for c in frame]
    assert {field.name for field in fields(returns)} == {*TABLES, "declarations", "source", "warnings"}
    return rest, columns


def tables_of(returns):
    return {name: getattr(returns, name) for name in COUNTED}


# The rule


def test_counts_of_one_and_two_lose_their_value_and_zero_and_three_keep_it():
    left = protect({"monthly": months(sanktionen=[0, 1, 2, 3, 40])})["monthly"]
    assert left["sanktionen"].fillna(-1).tolist() == [0, -1, -1, 3, 40]
    assert left["protected"].tolist() == ["", "sanktionen", "sanktionen", "", ""]


def test_a_part_is_protected_whose_complement_is_one_or_two_and_its_whole_stays():
    left = protect({"monthly": months(sanktionen=[40] * 5, sanktionen_u25=[40, 39, 38, 37, 0])})["monthly"]
    assert left["sanktionen_u25"].fillna(-1).tolist() == [40, -1, -1, 37, 0]
    assert left["sanktionen"].tolist() == [40] * 5


def test_a_complement_to_the_whole_of_the_whole_counts_too():
    """Recorded are part of those served, and so of those in need, also where nobody says how many were served."""
    rows = services(need=[50, 50], served=[None, 50], recorded=[48, 47])
    assert protect({"services": rows})["services"]["protected"].tolist() == ["recorded", ""]


def test_parts_of_what_is_protected_are_protected():
    rows = services(need=[50], served=[48], recorded=[20], in_einv=[30])
    assert protect({"services": rows})["services"]["protected"].tolist() == ["served; recorded"]


def test_means_and_amounts_of_one_or_two_persons_are_protected_be_they_zero():
    rows = services(need=[9, 9], served=[2, 4], waiting_days=[0.0, 0.0], spending=[700, 900], municipal_share=[80, 80])
    assert protect({"services": rows})["services"]["protected"].tolist() == [
        "served; waiting_days; spending; municipal_share",
        "",
    ]


def test_costs_of_a_year_with_one_or_two_ehb_in_a_month_are_protected_and_staff_is_not():
    year = pd.DataFrame({"kommune": "05558", "period": ["2008", "2009"], "status": "observed", "staff_total": [1, 2]})
    year = year.assign(cost_total=[9000, 9000])
    left = protect({"monthly": months(ehb=[5, 2, 4]), "annual": year})["annual"]
    assert left["protected"].tolist() == ["cost_total", ""]
    assert left["staff_total"].tolist() == [1, 2]


def test_a_sum_of_the_year_is_protected_of_which_a_month_is():
    year = pd.DataFrame({"kommune": ["05558", "06438"], "period": "2008", "status": "observed", "sanktionen": [9, 9]})
    left = protect({"monthly": months(sanktionen=[5, 2, 2]), "annual": year})["annual"]
    assert left["protected"].tolist() == ["sanktionen", ""]


def test_a_row_that_the_file_calls_suppressed_has_no_value():
    left = protect({"monthly": months(sanktionen=[40], ehb=[500]).assign(status="suppressed")})["monthly"]
    assert left["protected"].tolist() == ["sanktionen; ehb"]
    assert left[["ehb", "sanktionen"]].isna().all(axis=None)


def test_a_further_column_is_protected_by_itself_beside_a_count_and_in_a_row_with_a_protected_one():
    rows = months(ehb=[500, 500, 500, 500], sanktionen=[40, 40, 40, 2])
    left = protect({"monthly": rows.assign(ehb_over50=[2, 499, 90, 90], mean_age=[40.5, 40.5, 40.5, 40.5])})["monthly"]
    assert left["protected"].tolist() == [
        "ehb_over50; mean_age", "ehb_over50; mean_age", "", "sanktionen; ehb_over50; mean_age",
    ]  # fmt: skip


def test_a_further_column_may_have_a_comma_in_its_head():
    left = protect({"monthly": months(ehb=[500, 500]).assign(**{"Fälle, gesamt": [2, 40]})})
    assert count_protected(left) == 1
    assert is_protected(left["monthly"], ["Fälle, gesamt"]).tolist() == [True, False]


def test_a_column_of_words_stays_and_a_table_without_rows_too():
    rows = services(need=[1], offer=["own"])
    left = protect({"services": rows, "monthly": months(ehb=[5])[:0]})
    assert left["services"]["offer"].tolist() == ["own"]
    assert left["monthly"].columns.tolist() == ["kommune", "period", "status", "ehb", "protected"]


def test_every_count_is_part_of_known_columns_and_every_mean_of_a_count():
    for name in TABLES:
        columns = table(name).columns
        for column in columns.values():
            if column.of:
                home = columns if column.of in columns else table("monthly").columns
                assert home[column.of].kind in COUNTS


def one_month(**columns):
    return protect({"monthly": months(**{column: [value] for column, value in columns.items()})})["monthly"]


@pytest.mark.parametrize("value", [39, 38])
def test_a_part_of_two_wholes_is_protected_by_what_is_left_of_either(value):
    assert one_month(ehb=500, ehb_u25=40, aktivierte=100, aktivierte_u25=value)["protected"].tolist() == [
        "aktivierte_u25"
    ]
    assert one_month(ehb=500, ehb_u25=100, aktivierte=40, aktivierte_u25=value)["protected"].tolist() == [
        "aktivierte_u25"
    ]


@pytest.mark.parametrize(("activated", "young", "told"), [(140, 91, True), (139, 91, True), (138, 91, False)])
def test_what_is_left_beside_two_wholes_is_protected_too(activated, young, told):
    """Of 50 eHb of 25 and over 49 (48, 47) are activated."""
    shown = one_month(ehb=500, ehb_u25=450, aktivierte=activated, aktivierte_u25=young)
    assert shown["protected"].tolist() == ["aktivierte_u25" if told else ""]
    none = one_month(ehb=500, ehb_u25=450, aktivierte=activated - young, aktivierte_u25=0)  # no young one: as telling
    assert none["protected"].tolist() == ["aktivierte_u25" if told else ""]


def test_a_part_is_checked_against_both_wholes_when_it_is_read(tmp_path):
    tables = excerpt()
    heads, row = tables["monthly"][:2]
    row[heads.index("ehb_u25")] = row[heads.index("aktivierte_u25")] - 1
    told = [f for f in ok.check_returns(workbook(tmp_path, tables)).table.itertuples() if f.kind == "part"]
    assert [finding.column for finding in told] == ["aktivierte_u25"]


def test_events_are_no_part_of_the_persons():
    """One person may take up work, or be sanctioned, more than once."""
    shown = one_month(ehb=500, ehb_u25=40, sanktionen=60, sanktionen_u25=39, eingliederungen=60, eingliederungen_u25=39)
    assert shown["protected"].tolist() == [""]


def test_a_further_column_is_part_of_two_wholes_too():
    shown = one_month(ehb=500, ehb_over50=450, aktivierte=140, aktivierte_over50=91)
    assert shown["protected"].tolist() == ["ehb_over50; aktivierte_over50"]
    assert one_month(ehb=500, ehb_over50=450, aktivierte=138, aktivierte_over50=91)["protected"].tolist() == [""]


def test_a_further_count_is_one_cell_by_cell():
    left = protect({"monthly": months(ehb=[500] * 4).assign(aided=[2, 33.5, 1, 40])})["monthly"]
    assert left["aided"].fillna(-1).tolist() == [-1, 33.5, -1, 40]


@pytest.mark.parametrize("head", ["service", "offer", "need", "ring", "cost_total"])
def test_a_further_column_may_bear_the_name_of_one_of_another_sheet(head):
    left = protect({"monthly": months(ehb=[500, 500]).assign(**{head: [2, 40]})})["monthly"]
    assert left["protected"].tolist() == [head, ""]


def test_a_further_column_may_have_a_semicolon_in_its_head():
    left = protect({"monthly": months(ehb=[500, 500], sanktionen=[2, 40]).assign(**{"cases; all; 2": [2, 40]})})
    assert left["monthly"]["protected"].tolist() == ["sanktionen; cases, all, 2", ""]
    assert count_protected(left) == 2
    assert is_protected(left["monthly"], ["cases; all; 2"]).tolist() == [True, False]
    pd.testing.assert_frame_equal(protect(left)["monthly"], left["monthly"])


def test_an_annual_sheet_may_have_own_columns_of_the_other_sheets():
    """They are what they are there: parts of each other, and the sum of the months or of the services."""
    year = pd.DataFrame({"kommune": "05558", "period": ["2008"], "status": "observed"})
    rows = services(served=[2]).assign(period="2008")

    def shown(**columns):
        return protect({"services": rows, "annual": year.assign(**columns)})["annual"]["protected"].tolist()

    assert shown(ehb=500.5, cost_total=9000) == [""]
    assert shown(ehb=2, cost_total=9000) == ["cost_total; ehb"]
    assert shown(eingliederungen=50, eingliederungen_u25=48) == ["eingliederungen; eingliederungen_u25"]
    assert shown(eingliederungen=50, eingliederungen_u25=47) == [""]
    assert shown(served=90) == ["served"]  # less the other services it is that one
    assert shown(spending=90) == ["spending"]


def test_a_file_with_such_a_column_is_read(tmp_path):
    tables = excerpt()
    real_keys(tables)
    with_column("annual", "ehb", [2, 5000])(tables)
    path = workbook(tmp_path, tables)
    annual = ok.load_returns(path).annual
    assert is_protected(annual, ["ehb"]).tolist() == is_protected(annual, ["cost_total"]).tolist() == [True, False]
    assert ok.check_returns(path).facts["protected"] > 0


@pytest.mark.parametrize("cells", [[2, 40], ["cost_total", "staff_total"], [None, 7]])
def test_what_is_protected_is_not_taken_from_the_file(tmp_path, cells):
    tables = excerpt()
    real_keys(tables)
    sound = ok.load_returns(workbook(tmp_path, tables))
    with_column("annual", "Protected", cells)(tables)
    path = workbook(tmp_path, tables)
    returns = ok.load_returns(path)
    pd.testing.assert_frame_equal(returns.annual, sound.annual)
    assert "protected" not in ok.load_returns(path, secrecy="off").annual
    assert {finding.kind for finding in returns.warnings} == {"column_protected", "official"}  # eHb of another place
    assert ok.check_returns(path).facts["protected"] == sound.n_protected


def test_no_warning_quotes_a_cell_that_is_not_read(tmp_path):
    """Two files that differ only in such cells are loaded as the same; these are the warnings made before secrecy."""
    loaded = []
    for n in (1, 2):
        (folder := tmp_path / str(n)).mkdir()
        tables = excerpt()
        real_keys(tables)
        heads = tables["monthly"][0]
        for column in ("sanktionen", "sanktionen_u25"):  # protected, so that the sum is not that of the file's bytes
            tables["monthly"][1][heads.index(column)] = 2
        with_column("annual", None, [n, None])(tables)
        with_column("monthly", "cases", [f"{n} persons", "b", "a", "b"])(tables)
        with_column("services", "protected", [n] * (len(tables["services"]) - 1))(tables)
        tables["cases"] = [["who", "n"], ["a", n]]
        for lines in tables["monthly"], tables["annual"]:
            for line in lines:
                del line[3]  # a column that is not there
        path = workbook(folder, tables)
        book = openpyxl.load_workbook(path)
        book["monthly"].row_dimensions[3].hidden = True
        book["annual"].column_dimensions["C"].hidden = True
        book["services"].sheet_state = "hidden"
        book.save(path)
        long = ["06438", "2008-01", "bg", 500, n], ["06438", "2008-01", "sanktionen", 2, n]
        lines = [["kommune", "period", "variable", "value", "persons"], *long]
        (tidy := tmp_path / f"tidy {n}").mkdir()
        csv_folder(tidy, {"monthly": lines, "persons": [["a", "b"], [n, n]]})
        (tidy / "monthly.ods").write_text(str(n), encoding="utf-8")
        loaded.append([load_returns(path), load_returns(tidy)])
    kinds = {finding.kind for returns in loaded[0] for finding in returns.warnings}
    assert kinds >= {
        *("head_unnamed", "column_of_text", "column_protected", "column_absent", "sheet_unknown", "sheet_hidden"),
        *("rows_hidden", "columns_hidden", "column_unread", "file_unread"),
    }
    for one, other in zip(*loaded, strict=True):
        assert bits(one) == bits(other)
        assert one.caveats("en") == other.caveats("en")


# What a reader of the protected frame can find out


def unknowns(tables):
    """Protected cells, by place: the values that a reader does not know."""
    found = {}
    for name in COUNTED:
        frame = tables[name].reset_index(drop=True)
        for row, columns in enumerate(protected_columns(frame)):
            found |= {(name, row, column): len(found) + i for i, column in enumerate(columns)}
    return found


def equations(tables):
    """What a reader knows beside the values: what is left of a whole is not negative, twelve months are the year.

    Each is what it is of (table, row, columns with their factors), cells with their factors, and how their sum is to 0.
    """
    for name in COUNTED:
        for group, row in itertools.product(GROUPS[name] + AMOUNTS * (name == "annual"), range(len(tables[name]))):
            terms = [((name, row, column), factor) for column, factor in group.items()]
            yield (name, row, tuple(group.items())), terms, ">="
    frame, years = (tables[name].reset_index(drop=True) for name in ("monthly", "annual"))
    rows = {place: index for place, index in frame.groupby([frame["kommune"], frame["period"].str[:4]]).groups.items()}
    for row, place in enumerate(zip(years["kommune"], years["period"], strict=True)):
        terms = [*((("monthly", month, EQUAL), 1.0) for month in rows[place]), (("annual", row, EQUAL), -1.0)]
        yield ("annual", row, "sum"), terms, "=="


def attack(tables):
    """Lowest and highest possible value of each protected cell, and of each group that is left."""
    cells = unknowns(tables)
    values = {
        name: {column: tables[name][column].to_numpy(float, na_value=np.nan) for column in numbers(tables[name])}
        for name in COUNTED
    }
    systems, linked, found, groups = {">=": [], "==": []}, {cell: {cell} for cell in cells}, {}, {}
    for what, terms, sign in equations(tables):
        known = sum(factor * values[name][column][row] for (name, row, column), factor in terms
                    if (name, row, column) not in cells)  # fmt: skip
        hidden = {cell: factor for cell, factor in terms if cell in cells}
        if hidden and not np.isnan(known):
            systems[sign].append((hidden, -known))
            together = set().union(*(linked[cell] for cell in hidden))
            for cell in together:
                linked[cell] = together
        if sign == ">=" and not np.isnan(known):
            groups[what] = hidden, known
    blocks = {id(block): block for block in linked.values()}
    solvable = {}
    for number, block in blocks.items():
        order = sorted(block)
        rows = {
            sign: [([terms.get(cell, 0.0) for cell in order], bound) for terms, bound in system if block & terms.keys()]
            for sign, system in systems.items()
        }
        solvable[number] = order, rows
        for cell in order:
            found[cell] = extremes([float(cell == other) for other in order], rows)
    for what, (hidden, known) in groups.items():
        if hidden:
            order, rows = solvable[id(linked[next(iter(hidden))])]
            low, high = extremes([float(hidden.get(cell, 0.0)) for cell in order], rows)
            found[what] = low + known, high + known
        else:  # a reader knows all of it
            found[what] = known, known
    return found, cells


def extremes(aim, rows):
    """Lowest and highest of a sum of cells, none of which is negative."""
    sides = {sign: tuple(map(np.array, zip(*rows[sign], strict=True))) or (None, None) for sign in (">=", "==")}
    (lower, at_least), (equal, just) = sides[">="], sides["=="]
    upper, at_most = (None, None) if lower is None else (-lower, -at_least)
    ends = []
    for direction in (1, -1):
        solved = linprog(direction * np.array(aim), A_ub=upper, b_ub=at_most, A_eq=equal, b_eq=just)
        assert solved.status in (0, 3), solved.message  # solved, or without a limit
        ends.append(direction * (solved.fun if solved.status == 0 else -np.inf))
    return tuple(ends)


def numbers(frame):
    return [c for c in frame if pd.api.types.is_numeric_dtype(frame[c])]


def whole_numbers_between(low, high):
    return np.inf if np.isinf(high) else np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1


def exact(tables):
    """Protected cells of which a reader finds the value, and complements of one or two that he finds."""
    found, cells = attack(tables)
    told = {place for place, ends in found.items() if place in cells and whole_numbers_between(*ends) < 2}
    few = {place for place, (low, high) in found.items()
           if place not in cells and whole_numbers_between(low, high) < 2 and 0 < round(low) < FEWEST}  # fmt: skip
    return told, few


def with_crossings(tables):
    """Of those under 25 one is not activated, in another month of those of 25 and over."""
    monthly = tables["monthly"].copy()
    young, older = monthly.index[monthly["kommune"].eq(SMALL[0])][:2]
    monthly.loc[young, "ehb_u25"] = monthly.loc[young, "aktivierte_u25"] + 1
    row = monthly.loc[older]
    monthly.loc[older, "aktivierte"] = row["aktivierte_u25"] + row["ehb"] - row["ehb_u25"] - 1
    return {**tables, "monthly": monthly}


def test_linear_programming_finds_no_protected_figure_and_no_complement_of_one_or_two(whole):
    shown = protect(with_crossings(tables_of(whole)))
    told, few = exact(shown)
    assert count_protected(shown) > 250
    assert (told, few) == (set(), set())


def test_the_attack_finds_what_hiding_ones_and_twos_alone_gives_away(whole):
    """The same attack on returns of which only the counts of 1 and 2 are blanked, so that it is seen to work."""
    tables = {}
    for name, frame in with_crossings(tables_of(whole)).items():
        counts = [c for c in frame if c in table(name).columns and table(name).columns[c].kind in COUNTS]
        blank = pd.DataFrame({c: frame[c].isin([1, 2]) for c in counts}, index=frame.index)
        named = ["; ".join(blank.columns[row]) for row in blank.to_numpy(bool)]
        tables[name] = frame.assign(**{c: frame[c].mask(blank[c]) for c in counts}, protected=named)
    told, few = exact(tables)
    assert {name for name, _, _ in told} == {"monthly"}  # the year less its other months
    left = {" ".join(f"{'-' if factor < 0 else '+'}{column}" for column, factor in group) for _, _, group in few}
    assert left >= {
        *("+need -served", "+need -in_einv", "+sanktionen -sanktionen_u25"),
        *("+ehb_u25 -aktivierte_u25", "+ehb -ehb_u25 -aktivierte +aktivierte_u25"),
    }


@pytest.mark.parametrize(
    ("name", "columns", "most"),
    [
        ("services", ("need", "served", "recorded"), 9),
        ("services", ("need", "served", "in_einv"), 8),
        ("monthly", ("eingliederungen", "eingliederungen_u25"), 12),
        ("monthly", ("persons", "ehb", "aktivierte", "aktivierte_u25"), 6),
        ("monthly", ("ehb", "ehb_u25", "aktivierte", "aktivierte_u25"), 9),
        ("monthly", ("persons", "ehb", "ehb_u25", "aktivierte", "aktivierte_u25"), 5),
    ],
)
def test_who_knows_the_rule_finds_no_protected_figure_and_no_group_of_one_or_two(name, columns, most):
    """Of all small returns that look alike, some figures not reported, every protected one has two values or more."""
    every = np.array(list(itertools.product((*range(most + 1), np.nan), repeat=len(columns))))
    rows = pd.DataFrame(every, columns=list(columns))
    left = pd.DataFrame({
        str(group): sum(factor * rows[column] for column, factor in group.items())
        for group in GROUPS[name] if group.keys() <= {*columns}
    })  # fmt: skip
    possible = ~left.lt(0).any(axis=1)
    frame, left = (table[possible].reset_index(drop=True) for table in (rows, left))
    frame = frame.astype("Int64").assign(
        kommune=[f"{i:05}" for i in range(len(frame))], period="2008", service="debt", status="observed"
    )
    shown = protect({name: frame})[name]
    alike = shown[[*columns, "protected"]].astype("object").fillna("").astype(str).agg("|".join, axis=1)
    hidden = 0
    for column in columns:
        is_hidden = is_protected(shown, [column])
        values = frame[column].groupby(alike).transform("nunique")
        assert (values[is_hidden] >= 2).all(), frame[is_hidden & values.lt(2)].head()
        hidden += is_hidden.sum()
    for group in left:
        told = left[group].groupby(alike).transform("nunique").eq(1) & left[group].between(1, FEWEST - 1)
        assert not told.any(), (group, shown[told].head())
    assert hidden > 10


def test_other_protected_figures_give_the_same_returns_bit_by_bit(whole, returns, folder, tmp_path):
    other = with_other_values(whole)
    changed = [
        (getattr(whole, name)[column] != getattr(other, name)[column]).fillna(False).sum()
        for name in COUNTED for column in table(name).numbers
    ]  # fmt: skip
    assert sum(changed) > 0.8 * returns.n_protected  # of two values, the file now has the other one
    path = write(other, tmp_path / "other", as_real={key: key for key in other.units["kommune"]})
    again = load_returns(path)
    assert bits(again) == bits(returns)
    assert bits(other.protected()) == bits(whole.protected())
    assert bits(load_returns(path, secrecy="off")) != bits(whole)


# What is protected, and what it costs


def test_invented_returns_are_not_protected_and_real_ones_are_unless_asked(folder, whole, returns):
    assert load_returns().n_protected == 0
    assert "protected" not in load_returns().monthly
    assert (whole.n_protected, "protected" in whole.monthly) == (0, False)
    assert returns.n_protected > 0
    with pytest.raises(ok.errors.OptkommunenError, match=r"Secrecy is 'on' or 'off'; found 'maybe'"):
        ok.load_returns(folder, secrecy="maybe")


def test_protected_later_is_protected_as_loaded(whole, returns):
    later = whole.protected()
    for name in COUNTED:
        pd.testing.assert_frame_equal(getattr(later, name), getattr(returns, name))
    assert later.source == returns.source
    assert later.warnings == ()
    assert bits(later.protected()) == bits(later)


def test_the_number_protected_is_told(returns, folder):
    n = returns.n_protected
    assert repr(returns).endswith(f"; {n} figures protected")
    told = (
        f"Secrecy: {n} figures are not shown, because they are of one or two persons or would give such a figure away."
    )
    assert returns.caveats("en")[0] == told
    assert told in ok.figures.whose(returns, lang="en").splitlines()
    checked = ok.check_returns(folder)
    assert checked.facts["protected"] == n
    assert f"what gives them away: {n}; they are not shown" in checked.summary("en")


def test_real_returns_without_secrecy_say_so(whole, returns):
    told = "Without secrecy: figures of one or two persons are shown; not to be handed on."
    assert whole.caveats("en")[0] == told
    assert told not in returns.caveats("en")
    large = whole.replace(monthly=whole.monthly[:0], annual=whole.annual[:0], services=whole.services[:0])
    assert told not in large.caveats("en")  # nothing of one or two persons


def test_the_source_of_protected_returns_confirms_no_guess(returns, whole):
    assert returns.source != whole.source
    assert returns.source.startswith("annual.csv, monthly.csv, services.csv (protected, sha256 ")


def test_of_usual_sizes_hardly_a_figure_is_protected():
    returns = load_returns()
    cells = sum(getattr(returns, name)[table(name).numbers].notna().sum().sum() for name in COUNTED)
    assert 0 < count_protected(protect(tables_of(returns))) / cells < 0.0003


def test_with_six_small_places_the_worst_quota_loses_less_than_15_per_cent(whole, returns):
    assert whole.monthly.groupby("kommune")["ehb"].max().loc[SMALL].max() < 900

    def known(one):
        quotas = ok.indicator(list(rates.computable()), one)
        return pd.concat([quotas.assign(service=""), ok.service_indicator(SERVICES, one)])

    before, after = known(whole), known(returns)
    lost = before["value"].notna() & after["value"].isna()
    share = (lost.groupby([before["indicator"], before["service"]]).sum()
             / before["value"].notna().groupby([before["indicator"], before["service"]]).sum())  # fmt: skip
    assert 0.05 < share.max() < 0.15
    assert set(after.loc[lost, "status"]) == {"suppressed"}


# What is computed from it


def test_a_month_that_is_protected_is_suppressed_and_its_year_has_no_sum(returns):
    monthly = returns.monthly[is_protected(returns.monthly, ["sanktionen_u25"])]
    quota = ok.indicator("sanktionsquote_u25", returns, time="month").set_index(["kommune", "period"])
    of_months = quota.loc[list(zip(monthly["kommune"], monthly["period"], strict=True))]
    assert set(of_months["status"]) == {"suppressed"}
    assert of_months[["value", "lower", "upper", "numerator"]].isna().all(axis=None)
    years = ok.indicator("sanktionsquote_u25", returns)
    hit = set(zip(monthly["kommune"], monthly["period"].str[:4], strict=True))
    gone = [place in hit for place in zip(years["kommune"], years["period"], strict=True)]
    assert (years["status"].eq("suppressed") == gone).all()
    assert (years["value"].isna() == gone).all()
    first = years[gone].iloc[0]
    assert first["note"].startswith("protected: sanktionen_u25 or ehb_u25 (")


def test_sums_of_rings_count_who_is_protected_as_missing(returns):
    each = ok.indicator("sanktionsquote_u25", returns)
    rings = ok.indicator("sanktionsquote_u25", returns, by="ring").set_index(["ring", "period"])
    known = each[each["value"].notna()].groupby(["ring", "period"])[["numerator"]].sum()
    assert each["status"].eq("suppressed").sum() == rings["n_missing"].sum() > 0
    np.testing.assert_allclose(rings["numerator"], known["numerator"].reindex(rings.index))


def test_five_services_together_are_suppressed_where_one_is_protected(returns):
    table = ok.service_indicator("service_coverage", returns)
    one = table[table["service"] != "together"].groupby(["kommune", "period"])["status"].agg(
        lambda status: status.eq("suppressed").any()
    )  # fmt: skip
    five = table[table["service"] == "together"].set_index(["kommune", "period"])["status"]
    assert (five.eq("suppressed") == one).all()
    assert one.any()


def test_provision_breadth_waiting_and_bounds_say_suppressed(returns):
    protected = returns.services[is_protected(returns.services, ["served"])]
    first = protected.iloc[0]
    for what in ("breadth", "waiting", "recording"):
        rows = ok.service_supply(returns, what=what)
        where = [column for column in ("kommune", "period", "service") if column in rows]
        rows = rows[rows[where].eq(first[where]).all(axis=1)]
        assert rows["value"].isna().all()
        assert set(rows["status"]) == {"suppressed"}


def test_a_protected_year_is_left_out_of_the_regression_with_the_reason(returns):
    left_out = ok.regress(returns).parts["left_out"]
    assert left_out["reason"].astype(str).str.contains("protected: ").any()


def test_a_column_that_is_protected_everywhere_is_reported_all_the_same():
    small = load_returns().only(REAL)
    services = small.services.assign(in_einv=2)
    shown = small.replace(services=services).protected()
    assert shown.services["in_einv"].isna().all()
    assert "in_einv" not in ok.figures.whose(shown, lang="en")
