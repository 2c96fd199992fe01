"""A column is what its cells are, by every road; what is neither numbers nor text is refused with what to write."""

import re
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import optkommunen as ok
from optkommunen.errors import ModelError
from optkommunen.regression import integration as spec
from optkommunen.regression.glm import CountModel, ShareModel
from optkommunen.regression.linear import LinearModel
from optkommunen.regression.panel import PanelModel
from optkommunen.regression.specifications import SpecificationCurve

RETURNS = ok.load_returns()
FRAME = spec.design(RETURNS).frame.assign(share=lambda t: t["rate"] / 100)
GROUP = pd.Series(np.where(FRAME["ln_density"] > 6, "dense", np.where(FRAME["ehb"] > 5000, "large", "other")))
COMMA = FRAME["provision_index"].round(3).astype(str).str.replace(".", ",")
TEXT = ["object", "str", "string", "category", *(["string[pyarrow]"] if find_spec("pyarrow") else [])]
COLUMNS = ["term", "value", "lower", "upper", "p"]


def roads(column, **options):
    """Tables of the same model by a formula and by names, the column in the middle."""
    frame = FRAME.assign(mine=column)
    by_formula = ok.regress(frame, "rate ~ provision_index + mine + waiting_days", **options)
    by_name = ok.regress(frame, outcome="rate", on=["provision_index", "mine", "waiting_days"], **options)
    return [model.table[COLUMNS] for model in (by_formula, by_name)]


@pytest.mark.parametrize("dtype", TEXT)
def test_text_is_groups_by_every_road_and_of_every_dtype(dtype):
    dummies = {f"mine[T.{level}]": GROUP.eq(level).astype(float) for level in ("large", "other")}
    want = LinearModel("rate", ("provision_index", *dummies, "waiting_days"))(FRAME.assign(**dummies)).table()[COLUMNS]
    for table in roads(GROUP.astype(dtype)):
        pd.testing.assert_frame_equal(table, want, rtol=1e-9)
    explicit = ok.regress(FRAME.assign(mine=GROUP.astype(dtype)), "rate ~ provision_index + C(mine) + waiting_days")
    np.testing.assert_allclose(explicit.table["value"], want["value"], rtol=1e-9)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "Float64", "object", "float32"])
def test_numbers_are_numbers_by_every_road_and_of_every_dtype(dtype):
    whole = FRAME["waiting_days"].round()
    want = roads(whole)[0]
    assert want["term"].tolist() == ["constant", "provision_index", "mine", "waiting_days"]
    for table in roads(whole.astype("Int64").astype(dtype)):
        pd.testing.assert_frame_equal(table, want)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_truth_values_are_zero_and_one_by_every_road(dtype):
    dense = FRAME["ln_density"] > 6
    want = roads(dense.astype(float))[0]
    for table in roads(dense.astype(dtype)):
        pd.testing.assert_frame_equal(table, want)


def test_whole_numbers_are_groups_only_where_the_formula_says_so():
    codes = GROUP.map({"dense": 1, "large": 2, "other": 3})
    for table in roads(codes):
        assert table["term"].tolist()[2] == "mine"
    model = ok.regress(FRAME.assign(mine=codes), "rate ~ C(mine)")
    assert model.fit.model.regressors == ("C(mine)[T.2]", "C(mine)[T.3]")
    as_text = ok.regress(FRAME.assign(mine=codes.map("{:02}".format)), "rate ~ C(mine)")
    np.testing.assert_array_equal(as_text.fit.coef, model.fit.coef)


def test_classes_of_cut_are_groups_in_their_order():
    classes = pd.cut(FRAME["waiting_days"], [0, 20, 25, 400])
    for table in roads(classes):
        assert table["term"].tolist()[2:4] == ["mine[T.(20, 25]]", "mine[T.(25, 400]]"]


def test_the_first_group_of_a_category_is_the_reference_and_an_emptied_one_is_none():
    ordered = pd.Series(pd.Categorical(GROUP, categories=["other", "emptied", "dense", "large"], ordered=True))
    for table in roads(ordered):
        assert table["term"].tolist()[2:4] == ["mine[T.dense]", "mine[T.large]"]
    frame = FRAME.assign(mine=ordered)
    few = frame[frame["mine"] != "large"]
    assert ok.regress(few, "rate ~ C(mine)").fit.model.regressors == ("C(mine)[T.dense]",)
    assert ok.regress(few, outcome="rate", on=["mine"]).fit.model.regressors == ("mine[T.dense]",)


# ---- text that is numbers


@pytest.mark.parametrize("dtype", TEXT)
@pytest.mark.parametrize(
    "road",
    [
        {"formula": "rate ~ mine"},
        {"formula": "rate ~ waiting_days + C(mine)"},
        {"formula": "rate ~ log(mine)"},
        {"formula": "mine ~ waiting_days"},
        {"outcome": "rate", "on": ["mine", "waiting_days"]},
        {"outcome": "mine", "on": ["waiting_days"]},
        {"outcome": "rate", "on": ["waiting_days"], "weights": "mine"},
        {"outcome": "eingliederungen", "on": ["waiting_days"], "exposure": "mine"},
        {"outcome": "mine", "on": ["waiting_days"], "share": True},
    ],
)
def test_text_that_is_numbers_is_refused_by_every_road(road, dtype):
    with pytest.raises(ModelError, match=r"mine holds text that reads as numbers, such as '0,\d+' \(M01\)\. Write"):
        ok.regress(FRAME.assign(mine=COMMA.astype(dtype)), **road)


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x.map("{:.3f}".format),
        lambda x: x.map("{:.3f}".format).str.replace(".", ","),
        lambda x: (x * 1e4).map("{:,.1f}".format).str.translate(str.maketrans(",.", ".,")),
        lambda x: (x * 100).map("{:.1f} %".format).str.replace(".", ","),
        lambda x: (-x).map("{:.3f}".format).str.replace("-", "−"),
        lambda x: (x * 1e6).map("{:,.0f}".format).str.replace(",", "\u202f"),
    ],
)
def test_what_the_message_says_to_write_makes_them_numbers(made):
    frame = FRAME.assign(mine=made(FRAME["provision_index"]))
    with pytest.raises(ModelError) as refusal:
        ok.regress(frame, "rate ~ mine")
    code = re.search(r"Write (frame\['mine'\] = pd\.to_numeric\(.*\))(\.$|, or C)", str(refusal.value))[1]
    exec(code, {"frame": frame, "pd": pd})
    correlation = np.corrcoef(frame["mine"], FRAME["provision_index"])[0, 1]
    assert abs(correlation) > 0.999
    assert ok.regress(frame, "rate ~ mine").fit.n == 69


def test_numbers_beside_a_mark_for_missing_are_no_groups():
    frame = FRAME.assign(mine=COMMA.mask(FRAME["kommune"] == "M03", "k. A."))
    with pytest.raises(ModelError, match=r"beside what is none, 'k\. A\.'.*errors='coerce'\)\.$"):
        ok.regress(frame, "rate ~ mine")


def test_codes_of_groups_are_told_how_to_be_groups():
    frame = FRAME.assign(mine=GROUP.map({"dense": "01", "large": "02", "other": "3a"}))
    for arguments in ({"formula": "rate ~ mine"}, {"outcome": "rate", "on": ["mine"]}):
        with pytest.raises(ModelError, match=r"or C\(mine\) in a formula if they are codes of groups\.$"):
            ok.regress(frame, **arguments)
    assert ok.regress(frame, "rate ~ C(mine)").fit.model.regressors == ("C(mine)[T.02]", "C(mine)[T.3a]")


# ---- dates, and what is nothing


DATES = {
    "datetime64": pd.Series(pd.date_range("2008-01-01", periods=69, freq="D")),
    "with zone": pd.Series(pd.date_range("2008-01-01", periods=69, freq="D", tz="Europe/Berlin")),
    "period": pd.Series(pd.period_range("1950", periods=69, freq="Y")),
    "timedelta": pd.Series(pd.to_timedelta(np.arange(69), unit="D")),
    "objects": pd.Series(list(pd.date_range("2008-01-01", periods=69).date), dtype=object),
}


@pytest.mark.parametrize("kind", DATES)
@pytest.mark.parametrize(
    "road",
    [
        {"formula": "rate ~ mine"},
        {"formula": "rate ~ C(mine)"},
        {"formula": "rate ~ I(mine)"},
        {"formula": "mine ~ waiting_days"},
        {"outcome": "rate", "on": ["mine"]},
        {"outcome": "rate", "on": ["waiting_days"], "weights": "mine"},
    ],
)
def test_dates_and_periods_are_refused_by_every_road_with_what_to_write(road, kind):
    number = "days" if kind == "timedelta" else "year"
    with pytest.raises(ModelError, match=rf"mine holds dates, periods or durations, such as .*\.dt\.{number}"):
        ok.regress(FRAME.assign(mine=DATES[kind]), **road)


def test_a_period_as_text_is_groups():
    years = pd.Series(pd.period_range("2006", periods=3, freq="Y")).iloc[np.arange(69) % 3].reset_index(drop=True)
    model = ok.regress(FRAME.assign(mine=years.astype(str)), "rate ~ C(mine)")
    assert model.fit.model.regressors == ("C(mine)[T.2007]", "C(mine)[T.2008]")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pd.Series(["a", *range(68)], dtype=object), "mine holds both, such as"),
        (pd.Series([1j] * 69), "mine is neither, such as"),
        (pd.Series([[1]] * 69, dtype=object), "mine holds both|mine is neither"),
        (FRAME["name"], "Groups hold several municipalities; mine has another value in each of the 69 rows"),
        (pd.Series(["a"] * 69), "must vary over the sample; constant here: mine"),
        (pd.Series(["a", " ", None, *["b"] * 66]), "mine is missing for M02, M03"),
    ],
)
def test_other_columns_are_refused_by_every_road(column, message):
    frame = FRAME.assign(mine=column)
    for arguments in ({"formula": "rate ~ mine"}, {"outcome": "rate", "on": ["mine"]}):
        with pytest.raises(ModelError, match=message):
            ok.regress(frame, **arguments)


# ---- the classes themselves


CLASSES = {
    "linear": LinearModel("rate", ("mine", "waiting_days")),
    "weighted": LinearModel("rate", ("waiting_days",), "mine"),
    "count": CountModel("eingliederungen", ("mine",), "ehb"),
    "exposure": CountModel("eingliederungen", ("waiting_days",), "mine"),
    "share": ShareModel("share", ("mine",)),
    "outcome": ShareModel("mine", ("waiting_days",)),
    "panel": PanelModel("eingliederungen", ("mine",), "ehb"),
    "curve": SpecificationCurve(("rate",), "mine", ("waiting_days",), weights=(None,)),
    "control": SpecificationCurve(("rate",), "waiting_days", ("mine",), weights=(None,)),
}


@pytest.mark.parametrize("model", CLASSES)
@pytest.mark.parametrize(
    ("column", "message"),
    [(COMMA, "mine holds text that reads as numbers"), (GROUP, "mine is text, such as '"), *[
        (dates, "mine holds dates, periods or durations") for dates in DATES.values()
    ]],
)  # fmt: skip
def test_the_models_themselves_take_numbers_only(model, column, message):
    with pytest.raises(ModelError, match=message):
        CLASSES[model](FRAME.assign(mine=column))


# ---- what a formula may say


BAD = {
    "rate ~ waiting_days | land": r"groups of x are written C\(x\); clusters are named beside the formula",
    "rate ~ waiting_days + (1 | land)": r"clusters are named beside the formula",
    "rate ~ waiting_days**ehb": r"a power is written I\(x \*\* 2\)",
    "rate ~ waiting_days + waiting_days**2": r"a power is written I\(x \*\* 2\)",
    "rate ~ waiting_days^2": r"a power is written I\(x \*\* 2\)",
    "rate ~ ehb / waiting_days": r"a ratio is written I\(a / b\)",
    "rate ~ ehb - waiting_days": r"a difference is written I\(a - b\)",
    "rate ~ ring %in% land": "groups within groups are written a:b",
    "rate = waiting_days": "between outcome and regressors stands ~",
    "rate ~ waiting_days ~ ehb": "~ stands once, between outcome and regressors, not 2 times",
    "rate waiting_days": "~ stands once, between outcome and regressors, not 0 times",
    "": "not 0 times",
    "~ waiting_days": "no outcome stands before ~",
    "rate ~": r"nothing stands after ~",
    "rate ~ waiting_days +": r"nothing stands after \+",
    "rate ~ (waiting_days + )": r"nothing stands after \+",
    "rate ~ (waiting_days": "a bracket or a quotation mark is left open",
    "rate ~ waiting_days)": "its brackets do not match",
    "rate ~ log(ehb": "a bracket or a quotation mark is left open",
    "[rate ~ ehb]": r"\[ is no bracket of a formula",
    "rate ~ waiting_days ehb": "waiting_days and ehb stand side by side without a sign between them",
    "rate ~ 'waiting_days'": "'waiting_days' is text, no column",
    "rate ~ 2 * waiting_days": r"2 is a number, no column; a multiple is written I\(2 \* x\)",
    "rate ~ .": "the columns are named one by one",
    "rate, ehb ~ waiting_days": ", is no sign of a formula",
    "rate ~ waiting_days & ehb": "& is no sign of a formula",
    "rate ~ waiting": r"waiting is no column\)\..* Columns: kommune, ",
    "rate ~ root(ehb)": "root is neither a column nor a function of a formula",
    "rate ~ lag(ehb)": "lag is neither a column nor a function of a formula",
    "rate ~ log(ehb, 2, 3, 4)": r"log\(ehb, 2, 3, 4\) cannot be computed from these columns",
    "rate ~ log(ring)": r"log\(ring\) cannot be computed from these columns",
    "rate ~ log(ehb))": "its brackets do not match",
    "rate ~ I(ehb +)": r"I\(ehb \+\) is no expression",
    "rate ~ log(ehb - ehb)": r"finite number; log\(ehb - ehb\) is not for M01",
    "rate ~ C(ring, levels=['R-I', 'R-II'])": r"The levels of a factor name each of its groups; .* leaves out R-III",
    "rate ~ C(ring, contr.treatment('R-0'))": r"C\(ring, contr\.treatment\('R-0'\)\) cannot be computed",
    "rate + ehb ~ waiting_days": "one outcome and at least one regressor; .* has 2 and 1",
    "rate ~ 1": "one outcome and at least one regressor; .* has 1 and 0",
    "1 ~ ehb": "one outcome and at least one regressor; .* has 0 and 1",
    "ring ~ ehb": "An outcome is a number; ring is groups",
    "C(ring) ~ ehb": r"An outcome is a number; C\(ring\) is groups",
    "rate ~ kommune": "Groups hold several municipalities; kommune has another value",
}


@pytest.mark.parametrize("formula", BAD)
def test_a_bad_formula_is_refused_with_what_to_write(formula):
    with pytest.raises(ModelError, match=f"(?s){BAD[formula]}") as refusal:
        ok.regress(FRAME, formula)
    told = str(refusal.value)
    assert told.count(". ") >= 1 or told.endswith(".")
    for internal in ("\x1b", "⧛", "formulaic", "object has no attribute", "Error", "Traceback", "`ehb`"):
        assert internal not in told


def test_what_a_formula_cannot_be_is_no_formula():
    with pytest.raises(ModelError, match="it is no text but list"):
        ok.regress(FRAME, ["rate", "ehb"])


@pytest.mark.parametrize(
    ("formula", "regressors"),
    [
        ("rate ~ waiting_days:ehb", ("waiting_days:ehb",)),
        ("rate ~ ln_ehb*waiting_days", ("ln_ehb", "waiting_days", "ln_ehb:waiting_days")),
        ("rate ~ I(waiting_days ** 2 / ehb)", ("I(waiting_days ** 2 / ehb)",)),
        ("rate ~ (waiting_days + ln_ehb):ln_density", ("waiting_days:ln_density", "ln_ehb:ln_density")),
        ("rate ~ center(waiting_days) + np.sqrt(ehb)", ("center(waiting_days)", "np.sqrt(ehb)")),
        ("rate ~ `my days` + log(`my days`)", ("my days", "log(`my days`)")),
        ("rate ~ C(flag, levels=['yes', 'no'])", ("C(flag, levels=['yes', 'no'])[T.no]",)),
        ("rate ~ I(group == 'dense')", ("I(group == 'dense')",)),
        ("rate ~ C(group, contr.treatment('large'))",
         ("C(group, contr.treatment('large'))[T.dense]", "C(group, contr.treatment('large'))[T.other]")),
    ],
)  # fmt: skip
def test_what_is_allowed_is_read(formula, regressors):
    flag = GROUP.eq("dense").map({True: "yes", False: "no"})
    frame = FRAME.assign(group=GROUP, flag=flag, **{"my days": FRAME["waiting_days"]})
    assert ok.regress(frame, formula).fit.model.regressors == regressors


def test_a_formula_knows_columns_and_functions_and_nothing_of_the_program():
    for name in ("frame", "formula", "KEY", "pd"):
        with pytest.raises(ModelError, match=f"{name} is no"):
            ok.regress(FRAME, f"rate ~ {name}")


def test_a_missing_cell_inside_a_function_is_refused_by_its_column():
    frame = FRAME.assign(waiting_days=FRAME["waiting_days"].mask(FRAME["kommune"] == "M04"))
    for term in ("center(waiting_days)", "poly(waiting_days, 2)", "log(waiting_days)"):
        with pytest.raises(ModelError, match="waiting_days is missing for M04"):
            ok.regress(frame, f"rate ~ {term}")


def test_returns_take_text_as_groups_by_name_too():
    rows = RETURNS.units.assign(ring=np.where(RETURNS.units["kommune"] < "M30", "north", "south"))
    model = ok.regress(replace(RETURNS, units=rows), outcome="rate", on=["provision_index", "ring"])
    assert model.fit.model.regressors == ("provision_index", "ring[T.south]")
