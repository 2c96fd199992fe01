"""Coefficients: drawn as given, nothing estimated."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from optkommunen.data.labels import design_labels
from optkommunen.errors import ValueTableError
from optkommunen.figures import style
from optkommunen.figures.coefficient_plot import ENTERS, coefficients
from optkommunen.regression import caseload_change
from tests.figures.overlaps import faults

TABLE = pd.DataFrame(
    {
        "model": ["OLS", "WLS", "OLS"],
        "term": ["childcare_u3", "childcare_u3", "ln_density"],
        "value": [0.5, -0.25, 1.5],
        "lower": [-0.5, np.nan, 1.0],
        "upper": [1.5, np.nan, 2.0],
        "level": [0.95, np.nan, 0.95],
        "method": ["HC3", "HC3", "HC3"],
        "n": [48, 47, 48],
        "mde": [1.1, 1.2, 0.7],
    }
)


def panels(fig):
    return {ax.get_title(loc="left"): ax for ax in fig.axes if ax.get_title(loc="left")}


def artist(ax, gid):
    found = [a for a in (*ax.lines, *ax.patches) if a.get_gid() == gid]
    return found[0] if found else None


def words(fig, gid):
    return [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == gid]


def every_text(fig):
    return "\n".join(text.get_text() for text in fig.findobj(mpl.text.Text))


def test_point_and_interval_stand_where_the_table_says():
    ax = panels(coefficients(TABLE))["childcare_u3"]
    assert artist(ax, "point OLS").get_xdata().tolist() == [0.5]
    assert artist(ax, "interval OLS").get_xdata().tolist() == [-0.5, 1.5]


def test_a_row_without_interval_has_a_hollow_point_and_no_line():
    fig = coefficients(TABLE)
    ax = panels(fig)["childcare_u3"]
    assert artist(ax, "interval WLS") is None
    assert artist(ax, "point WLS").get_markerfacecolor() == "white"
    assert artist(ax, "point OLS").get_markerfacecolor() != "white"
    assert "hohl: ohne Intervall" in every_text(fig)


def test_the_band_reaches_the_detectable_effect_on_both_sides():
    band = artist(panels(coefficients(TABLE))["childcare_u3"], "mde OLS")
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((-1.1, 1.1))


def test_without_the_column_there_is_no_band_and_no_n():
    fig = coefficients(TABLE.drop(columns=["mde", "n"]))
    assert "nachweisbar" not in every_text(fig)
    assert words(fig, "n") == []


def test_one_row_a_model_in_the_order_of_the_table_from_above():
    fig = coefficients(TABLE)
    ax = panels(fig)["childcare_u3"]
    assert artist(ax, "point OLS").get_ydata()[0] > artist(ax, "point WLS").get_ydata()[0]


def across(fits):
    """The coefficient of the exposure in each of some models."""
    return pd.concat([fit.table()[lambda rows: rows["term"] == caseload_change.EXPOSURE] for fit in fits])


def test_a_term_that_a_model_lacks_is_said_not_to_be_in_it():
    assert words(coefficients(TABLE), "absent") == ["nicht im Modell"]


def test_an_outcome_that_a_model_lacks_is_said_not_to_be_fitted():
    two = TABLE[:2].assign(outcome=["ehb_change", "persons_in_bg_change"])
    assert words(coefficients(two, lang="en"), "absent") == ["not fitted", "not fitted"]


def test_panels_of_one_term_share_their_axis():
    fits = across(caseload_change.models(caseload_change.design()))
    limits = {ax.get_xlim() for ax in panels(coefficients(fits)).values()}
    assert len(limits) == 1


def test_values_are_printed_with_sign_and_mark_of_the_language():
    assert set(words(coefficients(TABLE, lang="de"), "value")) == {"+0,50", "−0,25", "+1,50"}
    assert set(words(coefficients(TABLE, lang="en", decimals=1), "value")) == {"+0.5", "−0.3", "+1.5"}


def test_level_and_method_are_told_once_if_all_rows_have_the_same():
    fig = coefficients(TABLE)
    assert "Linie: 95-%-Intervall; HC3" in every_text(fig)
    assert words(fig, "method") == []
    assert words(coefficients(TABLE.assign(method=["HC3", "HC2", "HC3"])), "method") == ["HC2", "HC3"]


def test_without_labels_terms_outcomes_and_models_have_their_own_names_in_both_languages():
    own = TABLE.assign(term=["rate", "rate", "waiting_days"], outcome="ehb_change", model=["primary", "all", "primary"])
    for lang in ("de", "en"):
        fig = coefficients(own, lang=lang)
        assert list(panels(fig)) == ["rate", "waiting_days"]
        assert words(fig, "model") == ["all", "primary"]
        assert "ehb_change" in every_text(fig)


def test_labels_of_the_package_are_words_for_models_on_its_own_designs():
    fig = coefficients(TABLE, lang="de", labels=design_labels("de"))
    assert list(panels(fig)) == ["Betreuungsquote unter 3 Jahren", "Einwohner je km² (ln)"]


def test_the_constant_and_the_terms_of_statistics_are_translated_whoever_fitted():
    fig = coefficients(TABLE.assign(term="constant", model=["quasi-Poisson", "WLS", "CR2 by region"]), lang="de")
    assert list(panels(fig)) == ["Konstante"]
    assert words(fig, "model") == ["CR2, Cluster region", "WLS", "Quasi-Poisson"]


def test_words_of_ones_own_replace_names():
    fig = coefficients(TABLE, labels={"OLS": "Kleinste Quadrate", "childcare_u3": "Quote"}, unit="Prozentpunkte")
    assert "Kleinste Quadrate" in words(fig, "model")
    assert "Quote" in panels(fig)
    assert panels(fig)["Quote"].get_xlabel() == "Prozentpunkte"


@pytest.mark.parametrize(("status", "text"), [("estimated", "geschätzte Werte"), ("synthetic", "erfundene")])
def test_the_worst_status_that_enters_is_told(status, text):
    assert text in every_text(coefficients(TABLE.assign(status=["derived", status, "observed"])))
    assert text not in every_text(coefficients(TABLE.assign(status="derived")))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_no_text_covers_another_or_leaves_the_figure(lang):
    fits = caseload_change.models(caseload_change.design())
    within = pd.concat([fit.table() for fit in fits[:2]])
    for table in (TABLE, across(fits), within):
        assert faults(coefficients(table, lang=lang)) == []
        assert faults(coefficients(table, lang=lang, labels=design_labels(lang))) == []


def test_the_same_table_gives_the_same_picture():
    assert style.png(coefficients(TABLE)) == style.png(coefficients(TABLE))


def test_a_table_without_the_result_columns_is_refused():
    with pytest.raises(ValueTableError, match="not found: upper, level"):
        coefficients(TABLE.drop(columns=["upper", "level"]))


def test_a_model_twice_in_a_panel_is_refused():
    with pytest.raises(ValueTableError, match=r"more than once here: OLS.childcare_u3"):
        coefficients(pd.concat([TABLE, TABLE[:1]]))


def test_a_value_outside_its_interval_is_refused():
    with pytest.raises(ValueTableError, match="'ln_density' in 'OLS' has 9 outside 1 to 2"):
        coefficients(TABLE.assign(value=[0.5, -0.25, 9.0]))
    assert plt.get_fignums() == []


def test_estimated_and_invented_values_are_told_whatever_else_enters():
    row = {"model": "OLS", "term": "x", "value": 0.4, "lower": 0.1, "upper": 0.9, "level": 0.95, "method": "HC3"}
    other = row | {"model": "WLS", "status": "missing"}
    for status in ("estimated", "synthetic"):
        fig = coefficients(pd.DataFrame([row | {"status": status}, other]), lang="en")
        assert any(ENTERS[status] in text.get_text() for text in fig.texts)


def test_a_figure_names_its_models_in_the_language_asked_for():
    table = across(caseload_change.models(caseload_change.design())[:2])
    for lang, want in (("de", "OLS, alle (n = 48)"), ("en", "OLS, all (n = 48)")):
        fig = coefficients(table, lang=lang, labels=design_labels(lang))
        assert want in [text.get_text() for ax in fig.axes for text in ax.texts if text.get_gid() == "model"]
