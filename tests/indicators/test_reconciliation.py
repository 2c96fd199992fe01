"""Reconciliation: a verdict on every published figure, and the independent checks of the official leg."""

import pandas as pd
import pytest

from optkommunen.errors import ValueTableError
from optkommunen.indicators.reconciliation.bridges import national_ratios, official_leg
from optkommunen.indicators.reconciliation.verdicts import (
    COLUMNS,
    VERDICTS,
    prominent_checks,
    reconcile,
    summary,
    tolerances,
)
from optkommunen.loaders.bundled import load_context, load_published

PUBLISHED = load_published()
FRAME = reconcile()
ROWS = FRAME.set_index("figure_id")
FOUR = ["09562.ehb.2008-12", "08317.ehb.2008-12-31", "06534.ehb.2008-12", "09562.persons_in_bg.2008-12"]


def row(figure_id, frame=None):
    return (ROWS if frame is None else frame.set_index("figure_id")).loc[figure_id]


def changed(figure_id, **values):
    """The bundled figures with one of them changed."""
    frame = PUBLISHED.copy()
    for column, value in values.items():
        frame.loc[frame["figure_id"] == figure_id, column] = value
    return frame


def only(*figure_ids):
    return PUBLISHED[PUBLISHED["figure_id"].isin(figure_ids)]


def official(kommune, indicator, year):
    frame = load_context(indicator, year)
    return float(frame.loc[frame["kommune"] == kommune, "value"].iloc[0])


# --- the whole table ---------------------------------------------------------------------------------------------


def test_every_published_figure_has_a_verdict_in_its_order():
    assert FRAME["figure_id"].tolist() == PUBLISHED["figure_id"].tolist()
    assert FRAME["verdict"].isin(VERDICTS).all()
    assert FRAME.columns.tolist() == list(COLUMNS)


def test_each_verdict_occurs():
    assert set(FRAME["verdict"]) == set(VERDICTS)


def test_most_figures_are_not_computable_from_public_data():
    assert (FRAME["verdict"] == "not computable").mean() > 0.5


def test_what_deviates_or_is_not_computable_gives_a_reason():
    assert (FRAME.loc[FRAME["verdict"].isin(["deviates", "not computable"]), "reason"].str.len() > 20).all()


def test_a_deviation_is_said_first_with_its_sign_and_size():
    reasons = FRAME.loc[FRAME["verdict"] == "deviates", "reason"]
    assert reasons.str.match(r"deviates by [+-]\d+(\.\d+)? %: .").all()


def test_the_rows_own_note_comes_before_any_other_reason():
    noted = FRAME[(FRAME["verdict"] != "reproduced") & (FRAME["definition_note"] != "")]
    said = noted["reason"].str.replace(r"^deviates by .*? %: ", "", regex=True)
    first = noted["definition_note"].str.split("; ").str[0]
    assert all(reason.startswith(note) for reason, note in zip(said, first, strict=True))


def test_agreement_is_a_deviation_within_the_stated_tolerance():
    judged = FRAME[FRAME["verdict"] != "not computable"]
    within = judged["deviation_pct"].abs() <= judged["tolerance_pct"]
    assert (within == judged["verdict"].isin(["reproduced", "consistent", "not independent"])).all()


def test_the_deviation_is_that_of_the_bridged_value_from_the_print():
    judged = FRAME[FRAME["verdict"] != "not computable"]
    assert (100 * (judged["bridged"] / judged["value"] - 1)).tolist() == pytest.approx(judged["deviation_pct"].tolist())


def test_what_is_not_computable_has_no_value_and_is_missing():
    rest = FRAME[FRAME["verdict"] == "not computable"]
    assert rest[["official", "bridged", "deviation_pct", "tolerance_pct"]].isna().all(axis=None)
    assert (rest["bridge"] == "").all()
    assert set(rest["status"]) == {"missing"}


def test_only_reproduced_figures_go_without_a_bridge():
    agreed = FRAME[FRAME["verdict"].isin(["reproduced", "consistent", "not independent"])]
    assert ((agreed["bridge"] == "") == (agreed["verdict"] == "reproduced")).all()


def test_what_is_judged_has_the_status_of_a_value():
    judged = FRAME[FRAME["verdict"] != "not computable"]
    assert set(judged["status"]) == {"observed", "published", "derived", "estimated"}


# --- the prominent checks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure_id", FOUR)
def test_bridged_counts_of_december_2008_agree_within_two_per_cent(figure_id):
    assert abs(row(figure_id)["deviation_pct"]) < 2
    assert row(figure_id)["verdict"] == "consistent"


def test_without_the_bridge_the_four_would_be_off_by_five_to_seven_per_cent():
    off = ROWS.loc[FOUR, "official"] / ROWS.loc[FOUR, "value"] - 1
    assert off.between(0.05, 0.07).all()


def test_hersfeld_rotenburg_agrees_and_carries_its_definition_note():
    found = row("06632.ehb.2008-12-31")
    assert abs(found["deviation_pct"]) < 2
    assert found["reason"].startswith('counted as "Arbeitsuchende", so not strictly BG / eHb')


def test_sum_of_68_agrees_with_the_printed_sum_of_69_within_one_per_cent():
    found = row("ok69.ehb.2006-09-30")
    assert found["official"] == pytest.approx(687_281, abs=1)
    assert found["deviation_pct"] == pytest.approx(-0.45, abs=0.01)
    assert "plausibility, not proof" in found["bridge"]


def test_persons_in_bg_of_the_69_do_less_well_and_it_is_said():
    found = row("ok69.persons_in_bg.2006-07_2006-09")
    assert found["official"] == pytest.approx(951_430, abs=1)
    assert found["verdict"] == "deviates"
    assert found["reason"].startswith("deviates by -4.9 %: printed as just over 1 million persons")
    assert "1.46 persons per eHb of this sum, the official leg has 1.38" in found["reason"]


def test_prominent_checks_come_in_a_fixed_order_with_the_printed_value():
    checks = prominent_checks(FRAME)
    assert checks["figure_id"].tolist()[:4] == FOUR
    assert checks["printed"].tolist() == [3198, 10702, 9842, 4642, 5249, 690_414, 1_000_000]
    assert prominent_checks(FRAME[::-1])["check"].tolist() == checks["check"].tolist()


def test_prominent_checks_leave_out_what_is_not_in_the_frame():
    assert prominent_checks(reconcile(only(FOUR[0])))["figure_id"].tolist() == FOUR[:1]


# --- the national bridge -----------------------------------------------------------------------------------------

PRINTED_RATIOS = {"2007": 0.966, "2008": 0.952, "2009": 1.000, "2010": 0.967}
"""December stock over annual mean of eHb, with the population of 31.12.: the mean population moves them a little."""


@pytest.mark.parametrize(("year", "ratio"), PRINTED_RATIOS.items())
def test_national_december_to_mean_ratio_of_ehb(year, ratio):
    found = national_ratios().set_index(["indicator", "period"])["ratio"]
    assert found["ehb", year] == pytest.approx(ratio, abs=0.0015)


def test_national_ratio_of_persons_is_the_printed_december_over_rate_times_population():
    mean = official("DE", "persons_in_bg_rate", 2008) / 1000 * official("DE", "population", 2008)
    found = national_ratios().set_index(["indicator", "period"])["ratio"]
    assert found["persons_in_bg", "2008"] == pytest.approx(6_572_146 / mean)


def test_figures_without_germany_are_bridged_by_the_bundled_decembers():
    assert row(FOUR[0], reconcile(only(FOUR[0])))["bridged"] == row(FOUR[0])["bridged"]


def test_a_changed_december_of_germany_does_not_move_the_bridge():
    moved = reconcile(changed("de.ehb.2008-12", value=4_000_000))
    assert row(FOUR[0], moved)["bridged"] == row(FOUR[0])["bridged"]


# --- one hand computation for each rule --------------------------------------------------------------------------


def test_same_time_base_is_the_official_value_itself():
    found = row("12071.unemployed_all.2008")
    assert (found["official"], found["bridged"], found["verdict"]) == (10_083, 10_083, "reproduced")


def test_a_quota_of_march_is_compared_with_the_official_march():
    assert row("de.u3_childcare_quota_pct.2009-03")["bridged"] == official("DE", "childcare_u3", 2009)


def test_a_december_is_the_annual_mean_times_the_national_ratio():
    rate, population, share = (official("09562", i, 2008) for i in ("persons_in_bg_rate", "population", "ehb_share"))
    germany = 84.23 / 1000 * 82_119_776 * 72.53 / 100
    expected = rate / 1000 * population * share / 100 * 4_771_367 / germany
    assert row("09562.ehb.2008-12")["bridged"] == pytest.approx(expected)


def test_sozialgeld_is_bridged_by_its_own_ratio():
    found = row("08317.sozialgeld.2008-12-31")
    persons = 84.23 / 1000 * 82_119_776
    assert found["bridged"] == pytest.approx(found["official"] * 1_800_779 / (persons * (1 - 0.7253)))


def test_a_month_is_set_against_the_unbridged_mean_of_its_year():
    found = row("06431.ehb.2010-04")
    assert found["bridged"] == found["official"]
    assert found["bridge"] == "annual mean 2010 against a month of the same year"


def test_a_month_too_far_from_its_year_deviates_by_month_against_year():
    found = row("12071.unemployment_rate_pct.2007-12")
    assert found["deviation_pct"] == pytest.approx(100 * (16.1 / 14.4 - 1))
    assert found["verdict"] == "deviates"
    assert "month against year" in found["reason"]


def test_persons_are_ehb_and_sozialgeld():
    assert row("de.persons_in_bg.2005-12")["bridged"] == 4_955_770 + 1_779_859


def test_a_sum_that_does_not_add_up_deviates_even_if_the_official_value_is_near():
    found = row("09562.ehb.2008-12.paper2016")
    assert found["bridged"] == 4642 - 1444
    assert found["verdict"] == "deviates"


def test_a_misprinted_total_is_named_at_its_parts():
    assert row("de.persons_in_bg.2009-12")["bridged"] == 6_733_669
    assert "of de.persons_in_bg.2009-12: printed value is 2000 above" in row("de.ehb.2009-12")["reason"]


def test_persons_per_bg_is_the_ratio_of_printed_counts():
    assert row("de.persons_per_bg.2008-12")["bridged"] == 6_572_146 / 3_446_392


def test_share_of_staff_is_relation_one_over_relation_two():
    assert row("typ-zkt.betreuungspersonal_share_pct.2006")["bridged"] == pytest.approx(100 * 72 / 162)


def test_k2_is_integrations_over_the_mean_of_two_decembers():
    found = row("de.integrationsquote_k2_pct.2011")
    assert found["bridged"] == pytest.approx(100 * 1_271_000 / ((4_731_339 + 4_433_930) / 2))
    assert found["verdict"] == "consistent"


def test_recorded_share_is_recorded_cases_over_estimated_need():
    assert row("de.services_debt_recorded_share_pct.2012")["bridged"] == pytest.approx(100 * 32_500 / 1_130_000)


def test_a_rate_of_sgb2_is_its_count_over_the_official_labour_force():
    found = row("05558.unemployment_rate_sgb2_pct.2010-12")
    assert found["bridged"] == pytest.approx(1805 / (4356 / 3.86))
    assert found["verdict"] == "consistent"


def test_a_printed_change_is_that_of_the_printed_stocks():
    assert row("06431.bg_change_pct.2009")["bridged"] == pytest.approx(100 * (7975 / 7854 - 1))


def test_a_printed_fall_of_persons_is_set_against_the_official_mean_of_the_year_before():
    found = row("10046.persons_change_pct.2010")
    persons = official("10046", "persons_in_bg_rate", 2009) / 1000 * official("10046", "population", 2009)
    assert found["bridged"] == pytest.approx(100 * -600 / persons)
    assert found["verdict"] == "consistent"


def test_a_sum_over_years_is_the_sum_of_monthly_means_and_of_the_last_months():
    assert row("06438.eingliederungen.2005-01_2008-10")["bridged"] == 12 * (128 + 278 + 344) + 4507


def test_a_sum_over_years_that_does_not_add_up_deviates():
    found = row("05558.eingliederungen.2005-01_2010-12")
    assert found["bridged"] == 1350 + 2513 + 2606 + 2117 + 1803 + 2084
    assert found["verdict"] == "deviates"


def test_the_national_mean_of_bg_follows_from_the_printed_december():
    ratio = 4_906_916 / (82.21 / 1000 * 81_874_770 * 72.98 / 100)
    assert row("de.bg.2009")["bridged"] == pytest.approx(3_577_789 / ratio)


def test_two_prints_of_one_month_are_set_against_each_other():
    assert row("05154.bg.2010-03")["bridged"] == 8107
    assert row("05154.bg.2010-03")["verdict"] == "deviates"
    assert row("12071.bg.2009-12")["verdict"] == "consistent"


def test_the_two_ends_of_a_change_are_not_two_prints():
    assert row("03459.bg.2014.first")["verdict"] == "not computable"


def test_one_centre_of_three_is_not_a_second_print():
    assert row("06438.counselling_cases_debt.2009.ost")["verdict"] == "not computable"


def test_a_derived_value_follows_from_the_arithmetic_of_its_note():
    found = row("05117.counselling_cases_debt.2008.derived")
    assert found["bridged"] == 1434 - 58
    assert "no independent check" in found["reason"]


def test_every_arithmetic_in_a_note_is_right_and_is_no_test_of_the_figure():
    assert (FRAME.loc[FRAME["bridge"].str.startswith("arithmetic"), "verdict"] == "not independent").all()
    assert FRAME["bridge"].str.startswith("arithmetic").sum() >= 25


# --- an independent side -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "figure_id",
    [
        "06438.counselling_cases_debt.2007.derived",  # 1,433 less the 157 that made it
        "06438.counselling_cases_debt.2009.derived",
        "14286.persons_in_bg.2006-10.derived",  # the sum of two prints against these two
        "de.persons_per_bg.2008-12",  # 6572146 / 3446392 against the two again
        "de.services_debt_recorded_share_pct.2012",
        "05954.bg.2010-12.expected_final",  # provisional + about 300 against the provisional one
        "05954.bg.2010-12.provisional",
    ],
)
def test_the_arithmetic_that_made_a_figure_does_not_test_it(figure_id):
    assert row(figure_id)["verdict"] == "not independent"
    assert "no independent check" in row(figure_id)["reason"]


def test_nothing_that_we_derived_is_called_consistent_with_printed_figures():
    ours = FRAME["definition_note"].str.contains(r"\bderived\b") & (FRAME["verdict"] == "consistent")
    assert ours.sum() >= 5
    assert FRAME.loc[ours, "official"].notna().all()


def test_an_independent_side_is_preferred_to_the_arithmetic_of_the_note():
    found = row("05154.bg.2010-03.derived")  # 8,027 plus 80; the report of the time printed 7,898
    assert (found["bridged"], found["verdict"]) == (7898, "deviates")
    assert row("06534.ehb.2010-08.derived")["verdict"] == "consistent"  # against the official annual mean


def test_a_derivation_that_does_not_add_up_deviates():
    wrong = reconcile(changed("06438.counselling_cases_debt.2007.derived", value=1376))
    assert row("06438.counselling_cases_debt.2007.derived", wrong)["verdict"] == "deviates"


def test_number_of_traeger_is_counted_in_the_register():
    assert row("ok69.n_zkt.2005-01-01")["verdict"] == "reproduced"
    assert row("ok69.n_zkt.2011-01-01")["bridged"] == 67


# --- what does not enter -----------------------------------------------------------------------------------------


def test_what_we_derived_ourselves_is_no_evidence_for_its_parts():
    assert row("14286.persons_in_bg.2006-10.derived")["bridged"] == 18_610 + 4_855
    assert row("14286.ehb.2006-10")["verdict"] == "not computable"


def test_an_unusable_cell_enters_nothing_and_the_reason_says_so():
    found = row("14286.unemployed_u25.2006-10")
    assert found["verdict"] == "not computable"
    assert "is unusable: break" in found["reason"]


def test_official_cells_without_worth_carry_no_number():
    cells = official_leg().values()
    assert all(pd.isna(c.value) for c in cells if c.status in ("unusable", "suppressed", "missing"))


def test_a_rate_of_the_successors_area_is_estimated_and_named():
    found = row("14286.unemployment_rate_pct.2006-10")
    assert found["status"] == "estimated"
    assert "value of 14626 Landkreis Görlitz" in found["reason"]


def test_a_recording_break_of_the_ehb_share_is_said():
    assert "break: change from the year before" in row("03361.ehb.2010-06")["reason"]


def test_unemployed_of_sgb2_alone_are_not_set_against_all_unemployed():
    found = row("05358.unemployed_sgb2.2008-12")
    assert found["verdict"] == "not computable"
    assert "SGB II and SGB III together, annual mean 2008: 10,239" in found["reason"]


@pytest.mark.parametrize("scope", ["Land", "Vergleichsring", "Jobcenter"])
def test_scopes_outside_the_tables_have_no_official_value(scope):
    assert FRAME.loc[FRAME["scope"] == scope, "official"].isna().all()


@pytest.mark.parametrize(
    ("figure_id", "words"),
    [
        ("05358.bg.2008-12", "absolute number of BG per Kreis cannot be derived from public data"),
        ("06438.eingliederungen.2008", "municipal returns only, which are not public; own counts follow rules"),
        ("land-hessen.unemployment_rate_pct.2007", "the context table holds the 69 and Germany"),
        ("12067.bg.2005", "absolute number of BG per Kreis"),
        ("01059.ehb.2005-09", "official rates of persons in BG start in 2007"),
        ("05117.ehb.2011-08", "after 2010"),
        ("de.regelleistung_single_eur_month.2008-07-01", "set by law"),
        ("08317.staff.2008-12-31", "staff of the municipality"),
        ("03361.egt_eur.2008", "municipality's budget"),
        ("06438.rank_eingliederungsquote_69.2008", "a rank needs the returns of all"),
        ("jc-kommba-zerbst-rest-of-anhalt-zerbst.bg.2009-12-31", "not on the area as admitted"),
    ],
)
def test_not_computable_is_specific(figure_id, words):
    assert row(figure_id)["verdict"] == "not computable"
    assert words in row(figure_id)["reason"]


# --- sensitivity, input, tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_print_changed_by_a_fifth_deviates(factor):
    agreed = [*ROWS.index[ROWS["verdict"] == "reproduced"], *FOUR, "ok69.ehb.2006-09-30"]
    chosen = PUBLISHED["figure_id"].isin(agreed)
    moved = reconcile(PUBLISHED.assign(value=PUBLISHED["value"].mask(chosen, factor * PUBLISHED["value"])))
    assert moved.loc[chosen, "verdict"].tolist() == ["deviates"] * len(agreed)


def test_a_hedged_print_gets_a_wider_tolerance():
    exact, hedged = (reconcile(changed(FOUR[0], approximate=a)) for a in (False, True))
    assert row(FOUR[0], hedged)["tolerance_pct"] - row(FOUR[0], exact)["tolerance_pct"] == pytest.approx(2.5, abs=0.02)


def test_a_printed_zero_is_not_computable_not_an_error():
    assert row("06534.ehb.2008-12", reconcile(changed("06534.ehb.2008-12", value=0)))["verdict"] == "not computable"


def test_any_index_gives_the_same_verdicts_and_the_input_is_not_changed():
    given = PUBLISHED.set_axis(range(9000, 9000 + len(PUBLISHED)))
    before = given.copy()
    pd.testing.assert_frame_equal(reconcile(given), FRAME)
    pd.testing.assert_frame_equal(given, before)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (PUBLISHED.drop(columns=["period", "source"]), "not found: period, source"),
        (pd.concat([PUBLISHED, PUBLISHED[:1]]), "figure_id; give a second print of it a variant of its own"),
        (changed(FOUR[0], status="synthetic"), "Synthetic values never enter the reconciliation"),
        (changed(FOUR[0], kommune="M01"), "Synthetic values never enter the reconciliation"),
        (PUBLISHED.astype({"value": "object"}).replace({"value": {3198.0: "many"}}), "value many, 2008-12"),
        (changed(FOUR[0], value=float("nan")), "a number as value"),
        (changed(FOUR[0], period="December 2008"), "a period YYYY, YYYY-MM, YYYY-MM-DD or start/end"),
    ],
)
def test_a_broken_table_is_refused_with_the_way_out(frame, message):
    with pytest.raises(ValueTableError, match=message):
        reconcile(frame)


def test_every_tolerance_has_its_reason():
    assert (tolerances()["because"].str.len() > 10).all()


LEAST = {
    ("eHb and persons in BG", "consistent"): 90,
    ("Bedarfsgemeinschaften", "not computable"): 140,
    ("unemployment", "reproduced"): 3,
    ("Eingliederungen", "not computable"): 70,
    ("childcare", "reproduced"): 4,
    ("staff", "consistent"): 12,
    ("money", "not computable"): 30,
}


@pytest.mark.parametrize(("family", "verdict"), LEAST)
def test_verdicts_by_family(family, verdict):
    assert summary(FRAME).set_index("family").at[family, verdict] >= LEAST[family, verdict]


def test_the_summary_loses_no_figure_and_knows_every_family():
    table = summary(FRAME)
    assert table["figures"].sum() == len(PUBLISHED)
    assert (table[list(VERDICTS)].sum(axis=1) == table["figures"]).all()
    assert "other" not in set(table["family"])
