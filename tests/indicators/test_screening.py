"""The screen by indicator: years of each verdict, unusable values, jumps among the 69 and elsewhere."""

import pandas as pd

from optkommunen.indicators.screening import CELLS, COLUMN, SOUND, by_indicator


def screen(verdicts, changes=(50, 300), jumps=(5, 3)):
    years = [str(2005 + i) for i in range(len(verdicts))]
    return pd.DataFrame({
        "indicator": "a", "period": years, "verdict": verdicts, "changes_69": changes[0], "jumps_69": jumps[0],
        "changes_other": changes[1], "jumps_other": jumps[1],
    })  # fmt: skip


VALUES = pd.DataFrame({"kommune": ["06438", "DE"], "indicator": "a", "status": "unusable"})


def test_years_are_spans_and_sound_years_do_not_enter():
    row = by_indicator(screen([COLUMN, COLUMN, COLUMN, CELLS, SOUND]), VALUES).iloc[0]
    assert (row["whole_column"], row["single_cells"]) == ("2005–2007", "2008")
    assert (row["jumps_69_pct"], row["jumps_other_pct"]) == (10.0, 1.0)


def test_what_is_sound_in_every_year_is_left_out():
    table = by_indicator(screen([SOUND, SOUND]), VALUES)
    assert table.empty
    assert list(table.columns)[:2] == ["indicator", "whole_column"]


def test_germany_is_not_counted_and_without_a_change_there_is_no_share():
    row = by_indicator(screen([COLUMN], changes=(0, 0), jumps=(0, 0)), VALUES).iloc[0]
    assert row["n_unusable"] == 1
    assert pd.isna(row["jumps_69_pct"])
    assert row["single_cells"] == "–"
