"""The committed tables of planted faults: what they must show, and that the study makes them."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.mutations import FAULTS, FORM, VISIBLE
from benchmarks.robustness import DRAWS, FIRST, NOISE, SOURCES, TABLE, draw, noise, other_source, sound
from benchmarks.sets import lines_of, returns_of, write
from benchmarks.study import kept_study
from optkommunen.returns.check import read

FAULTY = pd.read_csv(TABLE)
PARTS = {"12 × 36": 5, "noise": 2, "other source": 3, "sound": 1}
"""Parts of the study, and how far their seeds lie behind the first, in 100,000."""


def seeds(part, number, step=1):
    begin = FIRST + PARTS[part] * 100_000
    return range(begin, begin + number * step, step)


def test_the_study_planted_ten_thousand_faults_of_every_kind():
    every = FAULTY[FAULTY["what"].eq("all") & FAULTY["study"].isin([FORM, VISIBLE])]
    assert every["n"].sum() > 0.99 * (DRAWS + DRAWS // 9)
    assert set(FAULTY.loc[FAULTY["study"].isin([FORM, VISIBLE]), "what"]) == {*FAULTS, "all"}


def test_no_fault_of_form_is_silent():
    assert (FAULTY.loc[FAULTY["study"] == FORM, "silent"] == 0).all()


@pytest.mark.parametrize(("rough", "most"), [(False, 0.01), (True, 0.03)])
def test_few_visible_faults_are_silent(rough, most):
    rows = FAULTY[(FAULTY["study"] == VISIBLE) & (FAULTY["what"] == "all") & (FAULTY["rough"] == rough)]
    assert len(rows) == 2
    assert (rows["silent"] <= most).all()


def test_no_damage_to_an_official_file_changes_values_unsaid():
    rows = FAULTY[(FAULTY["study"] == "official file") & (FAULTY["what"] != "all")]
    assert len(rows) == 4
    assert (rows["silent"] == 0).all()


def test_sound_sets_have_no_error_and_few_warnings():
    rows = FAULTY[FAULTY["study"] == "sound"]
    assert rows.groupby("units")["n"].sum().to_dict() == {1: 200, 12: 200, 69: 200}
    assert (rows["errors"] == 0).all()
    assert (rows["at_most_3"] >= 0.95).all()


def test_larger_changes_are_found_more_often():
    rows = pd.read_csv(NOISE).query("column == 'all' and count == '100 and more'").set_index("change")["found"]
    assert rows[1.5:].is_monotonic_increasing
    assert rows[5.0] > 0.9


def test_another_area_is_found_by_the_official_figure_and_what_is_not_is_asked():
    rows = pd.read_csv(SOURCES)
    assert (rows.loc[rows["what"] == "area, 40 %", "official"] >= 0.95).all()
    assert (rows["asked"] == 1).all()


def test_faults_planted_anew_are_told_where_the_table_says_that_all_were():
    known = FAULTY.set_index(["study", "what", "units", "rough"])["silent"]
    found = [row for seed in seeds("12 × 36", 12, 7) if (row := draw(seed))]
    assert {row["study"] for row in found} == {FORM, VISIBLE}
    for row in found:
        share = known[row["study"], row["what"], 12, row["rough"]]
        assert share > 0 or not row["silent"]


@pytest.mark.parametrize(("part", "function"), [("noise", noise), ("other source", other_source)])
def test_two_calls_give_the_same(part, function):
    (seed,) = seeds(part, 1)
    assert function(seed) == function(seed)


def test_a_sound_set_made_anew_is_quiet():
    (seed,) = seeds("sound", 1)
    assert all(row["errors"] == 0 and row["warnings"] <= 3 for row in sound(seed))


def test_the_files_of_the_study_hold_what_was_written(tmp_path):
    tables = returns_of(7, 2, rough=False)
    for is_csv in (True, False):
        reading = read(write(tmp_path, lines_of(tables), is_csv=is_csv))
        assert not reading.findings
        for name, frame in tables.items():
            for column in frame.select_dtypes("number"):
                np.testing.assert_allclose(
                    reading.tables[name][column].astype(float), frame[column].astype(float), rtol=1e-11
                )


def test_a_run_that_was_stopped_goes_on_behind_its_last_piece(tmp_path):
    drawn = []

    def once(seed):
        if seed == 5 and len(drawn) < 6:
            raise KeyboardInterrupt
        drawn.append(seed)
        return seed

    with pytest.raises(KeyboardInterrupt):
        kept_study(once, range(6), tmp_path, "some", piece=2)
    drawn.append(-1)
    assert kept_study(once, range(6), tmp_path, "some", piece=2) == [0, 1, 2, 3, 4, 5]
    assert drawn == [0, 1, 2, 3, 4, -1, 4, 5]
