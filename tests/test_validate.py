"""The gate for frames: every refusal names the rule, what was found and where, and the way out."""

import numpy as np
import pandas as pd
import pytest

from optkommunen import validate
from optkommunen.errors import ComparisonError, ModelError, ValueTableError

GOOD = pd.DataFrame(
    {
        "kommune": ["06438", "09562"],
        "period": ["2008", "2008"],
        "indicator": ["ehb", "ehb"],
        "value": [1.0, float("nan")],
        "status": ["derived", "missing"],
    }
)


def test_a_good_table_passes_unchanged():
    assert validate.check_values(GOOD) is GOOD


@pytest.mark.parametrize("column", ["kommune", "value", "status"])
def test_a_missing_column_is_named(column):
    with pytest.raises(ValueTableError, match=f"not found: {column}"):
        validate.check_values(GOOD.drop(columns=column))


def test_an_unknown_status_is_named():
    with pytest.raises(ValueTableError, match="found guessed"):
        validate.check_values(GOOD.assign(status=["guessed", "missing"]))


def test_a_status_that_promises_a_number_needs_one():
    with pytest.raises(ValueTableError, match="must be a number; 1 are empty, the first for kommune '09562'"):
        validate.check_values(GOOD.assign(status="observed"))


def test_a_key_twice_is_refused():
    with pytest.raises(ValueTableError, match=r"more than once here: 06438/2008/ehb, 09562/2008/ehb\. Keep one"):
        validate.check_values(pd.concat([GOOD, GOOD]))


def test_no_value_table_holds_an_unknown_status():
    with pytest.raises(ValueTableError, match="found unknown"):
        validate.check_values(GOOD.assign(status=["unknown", "missing"]))


def test_columns_that_are_not_there_are_named_with_those_that_are():
    with pytest.raises(ModelError, match=r"The model needs the columns kommune, ehb, bg; not found: ehb, bg \(found: "):
        validate.require_columns(GOOD, ["kommune", "ehb", "bg"], "The model needs", error=ModelError)
    with pytest.raises(ValueTableError, match="found: none"):
        validate.require_columns(pd.DataFrame(), ["kommune"], "Returns need")
    validate.require_columns(GOOD, ["kommune", "value"], "A map needs")


def test_rows_that_stand_more_than_once_are_counted_and_three_are_named():
    frame = pd.DataFrame({"kommune": ["M01", "M02", "M03", "M04", "M05"] * 2 + ["M05"], "period": "2008"})
    with pytest.raises(ComparisonError, match=r"M01/2008, M02/2008, M03/2008 and 2 more\. Choose one"):
        validate.require_once(frame, ["kommune", "period"], "A unit is compared once", "Choose one.", ComparisonError)
    validate.require_once(frame.head(5), ["kommune"], "A unit is compared once")


@pytest.mark.parametrize("wrong", [np.inf, -np.inf, "many", -1])
def test_a_number_is_finite_and_not_below_the_least(wrong):
    frame = pd.DataFrame({"kommune": ["M01", "M02"], "bg": pd.Series([3, wrong], dtype=object)})
    with pytest.raises(ValueTableError, match=f"finite numbers of 0 or more; not so in 1 row, the first: M02: {wrong}"):
        validate.numbers_of(frame, "bg", least=0)
    if wrong == -1:
        assert validate.numbers_of(frame, "bg").tolist() == [3, -1]


def test_a_missing_number_is_missing_unless_it_may_not_be():
    frame = pd.DataFrame({"kommune": ["M01", "M02"], "bg": [3, None]})
    assert np.isnan(validate.numbers_of(frame, "bg")[1])
    with pytest.raises(ValueTableError, match="not so in 1 row, the first: M02"):
        validate.numbers_of(frame, "bg", missing=False)
