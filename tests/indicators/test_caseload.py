"""eHb and persons in BG: counts of statuses, totals, and the bridges to published counts."""

import pytest

import optkommunen as ok

FRAME = ok.caseload()
REGISTER = ok.municipalities().set_index("kommune")


def value(kommune, indicator, year):
    rows = FRAME[(FRAME["kommune"] == kommune) & (FRAME["indicator"] == indicator) & (FRAME["period"] == str(year))]
    return float(rows["value"].iloc[0])


@pytest.mark.parametrize("indicator", ["ehb", "persons_in_bg"])
def test_220_values_are_derived_52_estimated_4_missing(indicator):
    counts = FRAME[FRAME["indicator"] == indicator]["status"].value_counts().to_dict()
    assert counts == {"derived": 220, "estimated": 52, "missing": 4}


def test_derived_are_exactly_the_municipalities_of_unchanged_area():
    derived = set(FRAME[FRAME["status"] == "derived"]["kommune"])
    assert derived == set(REGISTER.index[REGISTER["area_same_2021"]])


def test_missing_is_only_the_split_kreis_with_its_reason():
    missing = FRAME[FRAME["status"] == "missing"]
    assert set(missing["kommune"]) == {"15151"}
    assert missing["note"].str.contains("split").all()


@pytest.mark.parametrize(("year", "total"), [(2007, 687_281), (2008, 657_008)])
def test_ehb_of_68_municipalities(year, total):
    rows = FRAME[(FRAME["indicator"] == "ehb") & (FRAME["period"] == str(year))]
    assert rows["value"].count() == 68
    assert rows["value"].sum() == pytest.approx(total, abs=1)


@pytest.mark.parametrize(
    ("kommune", "indicator", "printed"),
    [("09562", "persons_in_bg", 4_890), ("09562", "ehb", 3_385), ("08317", "persons_in_bg", 17_105),
     ("08317", "ehb", 11_368), ("06534", "ehb", 10_455), ("06632", "ehb", 5_518), ("05954", "ehb", 18_883)],
)  # fmt: skip
def test_mean_population_moves_the_check_values_by_at_most_half_a_per_cent(kommune, indicator, printed):
    # printed: computed with the population of 31.12., as INKAR divides
    assert value(kommune, indicator, 2008) == pytest.approx(printed, rel=0.005)


def test_own_population_is_used_while_it_is_published():
    note = FRAME[(FRAME["kommune"].isin(["03152", "03156", "13059"]))]["note"]
    assert not note.str.contains("population:").any()


def test_a_population_carried_forward_says_from_where():
    rows = FRAME[(FRAME["kommune"] == "14272") & (FRAME["period"] == "2009")]
    assert rows["note"].str.contains("mean population of 2007, times the growth of 14625 from 2007 to 2009").all()


def test_sachsen_anhalt_has_no_growth_from_2006_to_2007_and_says_so():
    rows = FRAME[(FRAME["kommune"] == "15261") & (FRAME["period"] == "2007")]
    assert rows["note"].str.contains("no growth is known from 2006 to 2007").all()


def test_a_recording_break_is_carried_in_front_of_the_note_of_ehb_only():
    broken = FRAME[FRAME["note"].str.startswith("break")]
    assert set(broken["indicator"]) == {"ehb"}
    assert "05358" in set(broken[broken["period"] == "2008"]["kommune"])
