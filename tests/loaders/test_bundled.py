"""The bundled official figures: statuses, areas, totals, every loader at once, and the screen by indicator."""

import inspect

import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import UnknownIndicatorError
from optkommunen.loaders.bundled import CELLS, COLUMN, SOUND, screened_indicators
from optkommunen.validate import check_values
from optkommunen.values import REFERENCE
from tests.shared import shared

CONTEXT = ok.load_context()
REGISTER = ok.municipalities().set_index("kommune")
CHANGED = REGISTER.index[~REGISTER["area_same_2021"]]


def cell(kommune, indicator, year):
    frame = CONTEXT[(CONTEXT["kommune"] == kommune) & (CONTEXT["indicator"] == indicator)]
    return frame.set_index("period").loc[str(year)]


def test_the_context_table_passes_the_gate_of_values():
    check_values(CONTEXT)


def test_every_row_names_unit_time_base_source_and_area():
    for column in ("unit", "time_base", "source", "area_status"):
        assert (CONTEXT[column] != "").all()


@pytest.mark.parametrize("indicator", sorted(set(CONTEXT["indicator"]) - {"population_carried"}))
def test_every_indicator_and_year_has_all_69_and_germany(indicator):
    frame = CONTEXT[CONTEXT["indicator"] == indicator]
    for _, year in frame.groupby("period"):
        assert set(year["kommune"]) == {*REGISTER.index, REFERENCE}


def test_a_dissolved_kreis_is_missing_and_never_suppressed():
    frame = CONTEXT[CONTEXT["indicator"].isin(["unemployed", "population"])]
    for kommune in REGISTER.index[~REGISTER["area_same_2008"]]:
        for year in ("2008", "2009", "2010"):
            rows = frame[(frame["kommune"] == kommune) & (frame["period"] == year)]
            assert rows["status"].eq("missing").all()
            assert rows["value"].isna().all()
            assert rows["note"].str.startswith("no such area").all()


def test_a_marker_stays_in_its_own_column_and_is_never_zero():
    marked = CONTEXT[CONTEXT["marker"] != ""]
    assert set(marked["marker"]) <= {".", "-", "x"}
    assert marked["value"].isna().all()


def test_a_successors_value_is_estimated_and_names_the_successor():
    rates = CONTEXT[(CONTEXT["indicator"] == "persons_in_bg_rate") & CONTEXT["kommune"].isin(CHANGED)]
    assert set(rates["status"]) == {"estimated"}
    for row in rates.itertuples():
        assert REGISTER.at[row.kommune, "ags_2021"] in row.note


def test_the_value_of_an_unchanged_area_is_observed():
    rates = CONTEXT[(CONTEXT["indicator"] == "persons_in_bg_rate") & ~CONTEXT["kommune"].isin([*CHANGED, REFERENCE])]
    assert set(rates["status"]) == {"observed"}
    assert len(rates) == 55 * 4


@pytest.mark.parametrize("indicator", ["longterm_share", "unemployed_longterm"])
def test_long_term_unemployment_2005_to_2008_is_unusable_as_a_whole_column(indicator):
    own = CONTEXT[(CONTEXT["indicator"] == indicator) & (CONTEXT["kommune"] != REFERENCE)]
    early = own[own["period"].between("2005", "2008")]
    assert set(early["status"]) <= {"unusable", "missing"}
    assert early[early["status"] == "missing"]["note"].str.contains("no such area|not published").all()
    assert "unusable" not in set(own[own["period"] == "2010"]["status"]) or indicator == "unemployed_longterm"


@pytest.mark.parametrize(("kommune", "year"), [("05358", 2008), ("01054", 2009), ("03358", 2009), ("03361", 2010)])
def test_jumps_of_the_ehb_share_are_unusable_with_the_reason(kommune, year):
    row = cell(kommune, "ehb_share", year)
    assert row["status"] == "unusable"
    assert row["note"].startswith("break: change from the year before")


@pytest.mark.parametrize("indicator", ["ehb_single_parent_share", "bg_single_share", "bg_children_share"])
def test_the_composition_of_bg_breaks(indicator):
    rows = CONTEXT[(CONTEXT["indicator"] == indicator) & (CONTEXT["status"] == "unusable")]
    assert len(rows) >= 10


def test_unemployment_rates_are_not_touched_by_the_screen():
    for indicator in ("unemployment_rate", "unemployed", "persons_in_bg_rate", "gdp_per_head", "childcare_u3"):
        assert "unusable" not in set(CONTEXT[CONTEXT["indicator"] == indicator]["status"])


@pytest.mark.parametrize(("year", "total"), [(2005, 691_437), (2006, 635_472)])
def test_unemployed_of_the_69_as_admitted(year, total):
    frame = ok.load_context("unemployed", year)
    assert frame[frame["kommune"] != REFERENCE]["value"].sum() == total


@pytest.mark.parametrize(
    ("indicator", "printed"),
    [("childcare_u3", 17.65), ("gdp_per_head", 31.05), ("persons_in_bg_rate", 84.23), ("ehb_share", 72.53),
     ("bg_single_share", 52.65), ("benefit_per_bg", 756.43)],
)  # fmt: skip
def test_germany_2008_as_inkar_prints_it(indicator, printed):
    assert cell(REFERENCE, indicator, 2008)["value"] == printed


def test_the_unemployment_rate_of_germany_is_a_marked_estimate():
    row = cell(REFERENCE, "unemployment_rate", 2008)
    assert row["status"] == "estimated"
    assert row["value"] == pytest.approx(7.83, abs=0.005)


def test_a_computed_indicator_is_refused_with_the_way_out():
    with pytest.raises(UnknownIndicatorError, match=r"call ok\.caseload"):
        ok.load_context("ehb")


@pytest.mark.shared
def test_context_agrees_with_the_independent_wide_table_of_2008():
    wide = pd.read_csv(
        shared("data/reference/optionskommunen_69_indikatoren_2008.csv"), dtype={"ags_2005": "str"}
    ).set_index("ags_2005")
    pairs = {
        "unemployment_rate": "q_alo", "persons_in_bg_rate": "q_PBG_bev", "childcare_u3": "a_betr0003_bev0003",
        "gdp_per_head": "q_bip_ew", "foreign_share": "a_ausl_bev", "no_school_certificate": "a_schul_oA",
    }  # fmt: skip
    for indicator, column in pairs.items():
        frame = ok.load_context(indicator, 2008)
        own = frame[frame["kommune"] != REFERENCE].set_index("kommune")["value"]
        pd.testing.assert_series_equal(own, wide[column].round(2), check_names=False, atol=0.006)


def test_boundaries_are_whole_metres_in_epsg_25832_and_mark_two_shapes():
    shapes = ok.load_boundaries()
    assert shapes.crs.to_epsg() == 25832
    assert set(shapes.loc[shapes["approximate"], "key"]) == {"15151", "15367"}
    assert shapes.geometry.is_valid.all()
    assert shapes.attrs["attribution"].startswith("© GeoBasis-DE / BKG")
    assert ok.store.verified_path("boundaries").stat().st_size <= 400_000


def test_boundaries_carry_the_69_keys_as_admitted():
    shapes = ok.load_boundaries()
    assert set(shapes.loc[shapes["level"] == "kommune", "key"]) == set(REGISTER.index)


LOADERS = [ok.load_context, ok.load_published, ok.load_boundaries, ok.municipalities]


@pytest.mark.parametrize("loader", LOADERS, ids=lambda f: f.__name__)
def test_every_loader_documents_source_licence_or_area_and_shape(loader):
    text = inspect.getdoc(loader)
    assert "Returns" in text
    assert ">>>" in text
    assert any(word in text for word in ("**Licence:**", "**Source", "**Area status:**"))


def screen(verdicts, changes=(50, 300), jumps=(5, 3)):
    years = [str(2005 + i) for i in range(len(verdicts))]
    return pd.DataFrame({
        "indicator": "a", "period": years, "verdict": verdicts, "changes_69": changes[0], "jumps_69": jumps[0],
        "changes_other": changes[1], "jumps_other": jumps[1],
    })  # fmt: skip


UNUSABLE = pd.DataFrame({"kommune": ["06438", "DE"], "indicator": "a", "status": "unusable"})


def test_years_are_spans_and_sound_years_do_not_enter():
    row = screened_indicators(screen([COLUMN, COLUMN, COLUMN, CELLS, SOUND]), UNUSABLE).iloc[0]
    assert (row["whole_column"], row["single_cells"]) == ("2005–2007", "2008")
    assert (row["jumps_69_pct"], row["jumps_other_pct"]) == (10.0, 1.0)


def test_what_is_sound_in_every_year_is_left_out():
    table = screened_indicators(screen([SOUND, SOUND]), UNUSABLE)
    assert table.empty
    assert list(table.columns)[:2] == ["indicator", "whole_column"]


def test_germany_is_not_counted_and_without_a_change_there_is_no_share():
    row = screened_indicators(screen([COLUMN], changes=(0, 0), jumps=(0, 0)), UNUSABLE).iloc[0]
    assert row["n_unusable"] == 1
    assert pd.isna(row["jumps_69_pct"])
    assert row["single_cells"] == "–"
