"""The chapter on comparison as its cell of parameters invites to change it: three choices of each, own returns."""

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from optkommunen.report import execute
from optkommunen.report.chapters import picture_words
from tests.own_returns import REAL, write_own_returns

pytestmark = pytest.mark.chapters

SOURCE = Path(__file__).resolve().parents[1] / "notebooks" / "03_benchmarking.ipynb"
CHOICES = {
    "Musterkommune 15": {
        "PLACE, PERIOD": '"Anhalt-Zerbst", 2010', "OFFICIAL": '["gdp_per_head", "unemployment_rate"]',
        "KOMMUNE": '"Musterkommune 15"', "YEAR, LEVEL": "2007, 0.8", "RINGS": '{"Coesfeld": "R-II", "M02": "R-VIII"}',
        "INDICATORS": '["beschaeftigtenquote", "sanktionsquote"]',
    },
    "Musterkommune 42": {
        "PLACE, PERIOD": '"16053", "2005"', "OFFICIAL": '["childcare_u3", "unemployment_rate"]', "KOMMUNE": '"M42"',
        "YEAR, LEVEL": '"2006", 0.99', "RINGS": "ok.types()", "INDICATORS": '["eingliederungsquote_u25"]',
    },
    "Musterkommune 69": {
        "PLACE, PERIOD": '"LK Offenbach", 2007', "OFFICIAL": '["debtor_rate"]', "KOMMUNE": '"M69"',
        "YEAR, LEVEL": '"latest", 0.998', "RINGS": "ok.rings().head(9)", "INDICATORS": '["aktivierungsquote", "bg"]',
    },
}  # fmt: skip


def written(folder, name, changed):
    """A copy of the chapter whose cell of parameters ends with other values."""
    notebook = nbformat.read(SOURCE, as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    cell.source += "".join(f"\n{names} = {value}" for names, value in changed.items())
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def shown(notebook):
    """All that is printed or shown as text, HTML and title of a figure."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    texts = [one.get(kind, "") for one in data for kind in ("text/plain", "text/html")]
    pictures = [picture_words(f"data:image/png;base64,{one['image/png']}") for one in data if "image/png" in one]
    return "\n".join([*[output.get("text", "") for output in outputs], *texts, *[str(one) for one in pictures]])


@pytest.fixture(scope="module")
def chosen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chosen")
    paths = [written(folder, f"03_{i}", changed) for i, changed in enumerate(CHOICES.values())]
    return dict(zip(CHOICES, map(shown, execute.run(paths, progress=False)), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOICES)
def test_any_choice_goes_through_all_of_it_and_says_that_assertions_were_skipped(chosen, name):
    assert f"{name}, " in chosen[name]
    assert "Other parameters: what hangs on the stored ones is not checked." in chosen[name]
    assert "Corrected for bias" in chosen[name]


@pytest.mark.slow
def test_what_the_data_do_not_carry_is_said_where_it_would_stand(chosen):
    assert "13 municipalities or more; found 0" in chosen["Musterkommune 42"]  # no change of eHb in 2005
    assert "The table has no row of a municipality." in chosen["Musterkommune 42"]  # no childcare quota in 2005
    assert "Neither direction of Aktivierungsquote (persons in measures) is good" in chosen["Musterkommune 69"]
    assert "Musterkommune 42: rank" in chosen["Musterkommune 42"]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Returns of one year with a month that is not reported, in German."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "returns").mkdir()
    write_own_returns(folder / "returns", drop=[("06438", "2008-05")])
    for name in ("monthly", "annual", "services"):
        table = pd.read_csv(folder / "returns" / f"{name}.csv", dtype={"kommune": str, "period": str})
        table[table["period"].str.startswith("2008")].to_csv(folder / "returns" / f"{name}.csv", index=False)
    path = written(folder, "03", {"KOMMUNE": '"Würzburg (Landkreis)"'})
    (notebook,) = execute.run([path], progress=False, returns=folder / "returns", lang="de")
    return notebook


@pytest.mark.slow
def test_own_returns_of_one_year_say_that_only_chance_is_in_the_errors(own):
    assert "Allein nach Zufall: ω² braucht drei Jahre, gefunden 1." in shown(own)


@pytest.mark.slow
def test_real_keys_are_counted_against_the_reconstructed_rings_in_a_german_report(own):
    text = shown(own)
    assert f"Meldungen von {len(REAL)} Kommunen" in text
    assert "Nicht alle Mitglieder melden: R-I " in text
    assert "(Zugehörigkeit: eigene Rekonstruktion)." in text
    assert "SYNTHETISCHE DATEN" not in text


@pytest.mark.slow
def test_own_returns_stand_under_real_names_only(own):
    start = next(i for i, cell in enumerate(own.cells) if cell.source.startswith("## And on returns?"))
    after = own.copy()
    after.cells = own.cells[start:]
    text = shown(after)
    assert "Würzburg (Landkreis), Eingliederungsquote" in text
    assert "Musterkommune " not in text
